//! Pages that say what was sent: the preview, quality of a file and of all councils, changes and news.

use super::*;
use pages::chart::{Chart, ChartKind, Series};
use pages::*;

/// Adds them to the others.
pub(super) fn add_pages(pages: &mut Vec<(&'static str, String)>) {
    let sender = signed_in("Submitter", &["Your submissions", "Send a file"]);
    let operator = signed_in("Operator", &["Collection", "Quality", "Runs"]);
    let public = visitor();
    let mut add = |name, page: Markup| pages.push((name, page.into_string()));
    add("preview", preview(&sender, &preview_view()));
    add("preview-empty", preview(&sender, &preview_empty()));
    add("quality-of-file", quality(&sender, &quality_view()));
    add("quality-of-file-empty", quality(&sender, &quality_empty()));
    add(
        "quality-overview",
        quality_overview(&operator, &overview(153)),
    );
    add(
        "quality-overview-one",
        quality_overview(&operator, &overview(1)),
    );
    add(
        "quality-overview-none",
        quality_overview(&operator, &overview(0)),
    );
    add(
        "quality-one-field",
        quality_overview(&operator, &one_field()),
    );
    add("changes", changes(&public, &changes_view()));
    add("changes-none", changes(&public, &ChangesView::default()));
    add("change", change(&public, &change_view()));
    add(
        "change-proposed",
        change(
            &public,
            &ChangeView {
                state: ChangeState::Proposed,
                decision: None,
                earliest: None,
                starts: None,
                fields: vec![],
                rules: vec![],
                news: vec![],
                ..change_view()
            },
        ),
    );
    add("news", news(&public, &news_view()));
}

fn headline(title: &str, jump: bool) -> HeadlineRow {
    HeadlineRow {
        title: title.into(),
        now: "12,345".into(),
        before: "10,001".into(),
        change: "2,344 more (23.4%)".into(),
        jump,
        middle: jump.then(|| "8,000 to 24,000".into()),
    }
}

fn bars(id: &str, values: &[f64]) -> Chart {
    Chart {
        id: id.into(),
        kind: ChartKind::Bars,
        title: "Requests ended: month by month".into(),
        subtitle: "Rows in this file by month; * marks a month outside the stated period".into(),
        category_name: "Month".into(),
        categories: (1..=values.len()).map(|n| format!("Month {n}")).collect(),
        series: vec![Series {
            name: "Requests ended".into(),
            values: values.iter().map(|v| shown(*v)).collect(),
        }],
        decimals: 0,
        notes: vec![],
    }
}

fn preview_view() -> PreviewView {
    PreviewView {
        result_href: "/submissions/6f1c".into(),
        next: Some(Link::new("Continue", "/submissions/6f1c/confirm")),
        dataset: "Client level data, release 2".into(),
        stated: Some((day(2025, 4, 1), day(2026, 3, 31))),
        derived: Some((day(2025, 4, 1), day(2026, 2, 28))),
        period_says: strings(&["The data end before the period that you state."]),
        derived_how: "It is worked out as the national method does.".into(),
        last: Some("31 December 2025".into()),
        readable: true,
        headlines: vec![
            headline("People", false),
            headline(
                "People with long term support at the end of the period",
                true,
            ),
        ],
        middle_note: "The middle half of others is that of 12 other councils.".into(),
        months: vec![
            bars("months-a", &[310.0, 290.0, 305.0, 2.0]),
            bars("months-b", &[0.0, 0.0]),
        ],
        quality_href: Some("/submissions/6f1c/quality".into()),
    }
}

fn preview_empty() -> PreviewView {
    PreviewView {
        next: None,
        stated: None,
        derived: None,
        period_says: vec![],
        last: None,
        headlines: vec![],
        months: vec![],
        quality_href: None,
        ..preview_view()
    }
}

fn quality_row(number: u64) -> QualityRow {
    QualityRow {
        number,
        name: if number == 2 {
            "No. of adults being cared for by this unpaid carer".into()
        } else {
            format!("Field {number}")
        },
        href: format!("/specs/care/2.0/fields/field_{number}"),
        good: (number != 3).then(|| "98.2%".into()),
        change: "2.1 points down".into(),
        middle: Some("96.1% to 99.8%".into()),
        below: number == 1,
        blank: 1_204,
        unusable: 11,
        old_release: 0,
        not_judged: 400_000,
    }
}

fn quality_view() -> QualityView {
    QualityView {
        result_href: "/submissions/6f1c".into(),
        sender: "Southend-on-Sea".into(),
        dataset: "Client level data, release 2".into(),
        received_at: at("2026-03-31T16:00:00Z"),
        rows: 412_806,
        overall: Some("98.2%".into()),
        compared: strings(&[
            "The last accepted file, of 31 December 2025, had 97.1%: 1.1 points up.",
            "The middle half of 12 other councils has 96.1% to 99.8%. This file is among them.",
        ]),
        standing_out: strings(&["Ethnicity: 80.1%, 12.0 points down since the last file"]),
        fields: (1..=6).map(quality_row).collect(),
        trend: Some(Chart {
            kind: ChartKind::Lines,
            decimals: 1,
            ..bars("trend", &[96.1, 97.1, 98.2])
        }),
        worst: Some(bars("worst", &[1204.0, 106.0])),
        reasons: vec![("NHS Number".into(), "fails its check digit".into(), 106)],
        middle_note: "The middle half of others is that of 12 other councils.".into(),
        rows_href: Some("/submissions/6f1c".into()),
        downloads: vec![Link::new(
            "The report as Excel",
            "/submissions/6f1c/quality.xlsx",
        )],
    }
}

fn quality_empty() -> QualityView {
    QualityView {
        rows: 0,
        overall: None,
        compared: vec![],
        standing_out: vec![],
        fields: vec![],
        trend: None,
        worst: None,
        reasons: vec![],
        rows_href: None,
        downloads: vec![],
        ..quality_view()
    }
}

/// A heat map with so many councils and fields, in which some squares have no figure.
pub(crate) fn heat_map(councils: usize, fields: usize) -> HeatMap {
    HeatMap {
        id: format!("heat-{councils}-{fields}"),
        title: "Good cells by field and council, fewest at the top".into(),
        subtitle: "Share of judged cells that are good, latest accepted file of each council"
            .into(),
        column_name: "Number of the field, as in the table below".into(),
        columns: fields,
        bands: vec![
            (0.98, "98.0% or more".into()),
            (0.90, "90.0% to 98.0%".into()),
            (0.75, "75.0% to 90.0%".into()),
            (0.0, "under 75.0%".into()),
        ],
        rows: (0..councils)
            .map(|council| HeatRow {
                name: if council == 1 {
                    "Council of the United Boroughs of Very Long Names upon the Estuary".into()
                } else {
                    format!("Council {council}")
                },
                shares: (0..fields)
                    .map(|field| {
                        let n = u32::try_from((council * 7 + field * 13) % 40).unwrap();
                        (n != 5).then(|| 1.0 - f64::from(n) / 100.0)
                    })
                    .collect(),
            })
            .collect(),
    }
}

fn overview(councils: usize) -> QualityOverviewView {
    QualityOverviewView {
        title: "Adult social care client level data".into(),
        councils_counted: u64::try_from(councils).unwrap(),
        heat: (councils > 0).then(|| heat_map(councils, 50)),
        fields: (1..=50)
            .map(|number| FieldLine {
                number,
                name: format!("Field {number}"),
                href: format!("/quality?field=field_{number}"),
                median: "98.2%".into(),
                middle: "96.1% to 99.8%".into(),
                low: 3,
                councils: u64::try_from(councils).unwrap(),
            })
            .collect(),
        councils: (0..councils)
            .map(|n| CouncilLine {
                name: format!("Council {n}"),
                href: format!("/submissions/{n}/quality"),
                received: "31 March 2026".into(),
                good: "98.2%".into(),
                low: 4,
                worst: "Ethnicity (80.1%)".into(),
            })
            .collect(),
        one: None,
        low: "under 90.0%".into(),
        downloads: vec![Link::new("Fields by council as Excel", "/quality.xlsx")],
    }
}

fn one_field() -> QualityOverviewView {
    QualityOverviewView {
        heat: None,
        one: Some(OneField {
            name: "Ethnicity".into(),
            spec_href: "/specs/care/2.0/fields/ethnicity".into(),
            rows: vec![(
                "Southend-on-Sea".into(),
                "/submissions/6f1c/quality".into(),
                "80.1%".into(),
                [1_204, 11, 0],
            )],
        }),
        ..overview(1)
    }
}

fn changes_view() -> ChangesView {
    ChangesView {
        changes: [
            ChangeState::Proposed,
            ChangeState::Declined,
            ChangeState::Notice,
            ChangeState::InForce,
        ]
        .into_iter()
        .enumerate()
        .map(|(n, state)| ChangeRow {
            id: format!("C-2026-0{n}"),
            href: format!("/changes/C-2026-0{n}"),
            title: "Rows with a postcode that cannot exist are set aside".into(),
            spec: "Client level data, release 2".into(),
            kind: "major".into(),
            state,
            starts: "1 March 2027".into(),
        })
        .collect(),
        news: vec![(
            Link::new("Postcodes will count from March", "/news/a"),
            day(2026, 9, 7),
        )],
        notice: strings(&[
            "A minor change (you need not change your own system) comes 3 months after the decision at the earliest.",
        ]),
    }
}

fn change_view() -> ChangeView {
    ChangeView {
        id: "C-2026-01".into(),
        title: "Rows with a postcode that cannot exist are set aside".into(),
        state: ChangeState::Notice,
        spec: Link::new("Client level data, release 2", "/specs/care/2.0"),
        kind: "major: you may have to change your own system".into(),
        proposed: (day(2026, 7, 6), "a council in the region".into()),
        proposal: strings(&[
            "A postcode outside of every area is a warning today. It will set the row aside.",
        ]),
        reason: strings(&["Such a row can be linked to nothing and lies in no area."]),
        fields: vec![Link::new("Postcode", "/specs/care/2.0/fields/postcode")],
        rules: vec![Link::new("CLD-P040", "/rules/CLD-P040")],
        decision: Some((
            day(2026, 8, 31),
            "Accepted".into(),
            "Six months are enough to mend the exports.".into(),
        )),
        earliest: Some((day(2027, 2, 28), "6 months after the decision".into())),
        starts: Some(day(2027, 3, 1)),
        news: vec![Link::new("Postcodes will count from March", "/news/a")],
    }
}

fn news_view() -> NewsView {
    NewsView {
        title: "Postcodes will count from March".into(),
        day: day(2026, 9, 7),
        says: strings(&["From 1 March 2027 we set a row aside if its postcode cannot exist."]),
        changes: vec![Link::new(
            "Rows with a postcode that cannot exist are set aside",
            "/changes/C-2026-01",
        )],
        others: vec![Link::new("15 June 2026: Dates stay as they are", "/news/b")],
    }
}
