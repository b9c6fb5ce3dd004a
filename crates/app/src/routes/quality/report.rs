//! The quality of one submission: for its sender, and in counts for the regional team.

use super::{
    compare::{Middle, per_cent},
    counts::{FieldQuality, Goodness, Quality, Report, Reports, goodness, reports},
};
use crate::routes::{
    Answer,
    fault::Fault,
    sheets::{self, Cover, Sheet, Value},
    submissions,
    visit::Visit,
};
use axum::extract::Request;
use control::{Role, SubmissionRecord, SubmissionState};
use model::Date;
use pages::{
    Link, QualityRow, QualityView,
    chart::{Chart, ChartKind, Series, Value as Figure},
};
use std::collections::BTreeMap;

/// How many files the line over time shows.
const FILES_SHOWN: usize = 12;
/// How many fields the chart of the worst shows.
const WORST_SHOWN: usize = 10;
/// A field that differs by so much from the last file stands out.
const STANDS_OUT: f64 = 0.02;

/// Everything the page and the workbook are made from.
struct Facts {
    record: SubmissionRecord,
    quality: Quality,
    /// The sender's last accepted file before this one.
    last: Option<(SubmissionRecord, Quality)>,
    /// The latest accepted files of others.
    others: Vec<Quality>,
    /// The sender's accepted files up to this one, oldest first.
    trend: Vec<Point>,
    fewest: usize,
}

/// One file of the line over time.
struct Point {
    record: SubmissionRecord,
    goodness: Goodness,
    /// The last day of the period that the file states, or the day on which it came.
    day: Date,
}

pub(in crate::routes) async fn page(visit: &Visit, mut request: Request) -> Answer {
    let facts = gather(visit, &mut request).await?;
    let view = view(visit, &facts);
    Ok(Visit::page(&pages::quality(&visit.frame(), &view)))
}

pub(in crate::routes) async fn xlsx(visit: &Visit, mut request: Request) -> Answer {
    let facts = gather(visit, &mut request).await?;
    let view = view(visit, &facts);
    let sender = visit.site.name_of(&facts.record.sender);
    let cover = Cover {
        title: format!("Data quality of a file from {sender}"),
        facts: vec![
            ("Sender".to_owned(), sender),
            ("Dataset".to_owned(), view.dataset.clone()),
            ("Reference".to_owned(), facts.record.id.to_string()),
            (
                "Received".to_owned(),
                pages::format::moment(facts.record.received_at),
            ),
            (
                "Specification".to_owned(),
                facts.record.specification_version.clone(),
            ),
            ("Checker".to_owned(), facts.record.engine_version.clone()),
        ],
        notes: vec![
            "A cell is good if it holds a usable value. Cells are judged if they are filled in, or blank where they must not be.".to_owned(),
            view.middle_note.clone(),
            "[x] means that there is no figure: no cell was judged, or there are too few others.".to_owned(),
        ],
    };
    let body = sheets::workbook(
        &cover,
        &[
            fields_sheet(&facts),
            reasons_sheet(&view),
            trend_sheet(&facts),
        ],
    )?;
    let name = format!("{}-quality.xlsx", facts.record.id);
    Ok(Visit::file(sheets::KIND, &name, body))
}

async fn gather(visit: &Visit, request: &mut Request) -> Result<Facts, Fault> {
    let record = submissions::find(visit, request).await?;
    let control = &visit.site.workspace.control;
    let reports = reports(visit, std::slice::from_ref(&record.dataset)).await?;
    let all: Vec<SubmissionRecord> = control
        .all_submissions()
        .await?
        .into_iter()
        .filter(|r| r.dataset == record.dataset)
        .collect();
    let mut before: Vec<&SubmissionRecord> = all
        .iter()
        .filter(|r| {
            r.sender == record.sender
                && matches!(r.state, SubmissionState::Landed | SubmissionState::Replaced)
                && r.id != record.id
                && r.received_at < record.received_at
        })
        .collect();
    before.sort_by_key(|r| r.received_at);
    let of = |r: &SubmissionRecord| reports.get(&r.id).and_then(|p: &Report| p.quality.clone());
    let last = before
        .iter()
        .rev()
        .find_map(|r| Some(((*r).clone(), of(r)?)));
    let others = latest(&all, &reports)
        .into_iter()
        .filter(|(sender, _)| **sender != *record.sender.as_str())
        .filter_map(|(_, r)| of(r))
        .collect();
    let mut trend: Vec<Point> = before
        .into_iter()
        .chain(std::iter::once(&record))
        .filter_map(|r| {
            let profile = reports.get(&r.id)?.profile.as_ref();
            Some(Point {
                goodness: goodness(&reports, r)?,
                day: profile
                    .and_then(|p| p.stated)
                    .map_or_else(|| govern::agreement::day_of(r.received_at), |p| p.to),
                record: r.clone(),
            })
        })
        .collect();
    trend.drain(..trend.len().saturating_sub(FILES_SHOWN));
    Ok(Facts {
        quality: of(&record).unwrap_or_default(),
        fewest: visit.site.collection.fewest,
        last,
        others,
        trend,
        record,
    })
}

/// The latest accepted file of each sender that was counted.
pub(in crate::routes) fn latest<'r>(
    records: &'r [SubmissionRecord],
    reports: &Reports,
) -> BTreeMap<&'r str, &'r SubmissionRecord> {
    let mut latest: BTreeMap<&str, &SubmissionRecord> = BTreeMap::new();
    let counted = records
        .iter()
        .filter(|r| r.state == SubmissionState::Landed && goodness(reports, r).is_some());
    for record in counted {
        let held = latest.entry(record.sender.as_str()).or_insert(record);
        if held.received_at < record.received_at {
            *held = record;
        }
    }
    latest
}

impl Facts {
    /// The middle half of the others at one field.
    fn middle(&self, column: &str) -> Option<Middle> {
        let figures = self
            .others
            .iter()
            .filter_map(|q| q.fields.iter().find(|f| f.column == column))
            .filter_map(|f| f.cells.goodness().share());
        Middle::of(figures, self.fewest)
    }

    fn overall_middle(&self) -> Option<Middle> {
        let figures = self.others.iter().filter_map(Quality::goodness);
        Middle::of(figures.filter_map(Goodness::share), self.fewest)
    }

    /// The share of the last file at one field.
    fn before(&self, column: &str) -> Option<f64> {
        let (_, quality) = self.last.as_ref()?;
        let field = quality.fields.iter().find(|f| f.column == column)?;
        field.cells.goodness().share()
    }
}

fn view(visit: &Visit, facts: &Facts) -> QualityView {
    let record = &facts.record;
    let entry = visit.site.library.of(&record.dataset);
    let rows: Vec<QualityRow> = (1u64..)
        .zip(&facts.quality.fields)
        .map(|(number, field)| {
            let href = entry.map_or_else(
                || "/specs".to_owned(),
                |e| format!("{}/fields/{}", e.href(), field.column),
            );
            row(facts, number, field, href)
        })
        .collect();
    let result_href = format!("/submissions/{}", record.id);
    let owner = visit.role() == Some(Role::Submitter)
        && visit.organisation().is_ok_and(|o| *o == record.sender);
    QualityView {
        sender: visit.site.name_of(&record.sender),
        dataset: visit.site.title_of(&record.dataset),
        received_at: record.received_at,
        rows: facts.quality.rows,
        overall: facts.quality.goodness().map(Goodness::words),
        compared: compared(facts),
        standing_out: standing_out(facts),
        fields: rows,
        trend: trend(facts),
        worst: worst(facts),
        reasons: reasons(&facts.quality),
        middle_note: middle_note(facts),
        rows_href: owner.then(|| result_href.clone()),
        downloads: vec![Link::new(
            "The report as Excel",
            format!("{result_href}/quality.xlsx"),
        )],
        result_href,
    }
}

fn row(facts: &Facts, number: u64, field: &FieldQuality, href: String) -> QualityRow {
    let cells = &field.cells;
    let share = cells.goodness().share();
    let middle = facts.middle(&field.column);
    QualityRow {
        number,
        name: field.field.clone(),
        href,
        good: share.map(|_| cells.goodness().words()),
        change: match (share, facts.before(&field.column)) {
            (Some(now), Some(before)) => points(now - before),
            _ => "no figure".to_owned(),
        },
        middle: middle.map(|m| m.shares()),
        below: matches!((share, middle), (Some(s), Some(m)) if s < m.low),
        blank: cells.blank_mandatory,
        unusable: cells.invalid,
        old_release: cells.old_release,
        not_judged: cells.blank_allowed + cells.not_applicable,
    }
}

/// "2.1 points up".
fn points(difference: f64) -> String {
    let tenths = (difference * 1000.0).round();
    if tenths.abs() < 0.5 {
        return "the same".to_owned();
    }
    let way = if tenths > 0.0 { "up" } else { "down" };
    format!(
        "{} points {way}",
        pages::format::number(tenths.abs() / 10.0, 1)
    )
}

fn compared(facts: &Facts) -> Vec<String> {
    let mut lines = Vec::new();
    let share = facts.quality.goodness().and_then(Goodness::share);
    if let (Some(now), Some((last, quality))) = (share, &facts.last)
        && let Some(before) = quality.goodness().and_then(Goodness::share)
    {
        let day = pages::format::date(govern::agreement::day_of(last.received_at));
        lines.push(format!(
            "The last accepted file, of {day}, had {}: {}.",
            per_cent(before),
            points(now - before)
        ));
    }
    if let (Some(now), Some(middle)) = (share, facts.overall_middle()) {
        let place = if now < middle.low {
            "This file lies below that"
        } else if now > middle.high {
            "This file lies above that"
        } else {
            "This file is among them"
        };
        lines.push(format!(
            "The middle half of {} other councils has {}. {place}.",
            middle.councils,
            middle.shares()
        ));
    }
    lines
}

/// Fields that fell since the last file, and those below the middle half of others: the worst first.
fn standing_out(facts: &Facts) -> Vec<String> {
    let mut found: Vec<(f64, String)> = Vec::new();
    for field in &facts.quality.fields {
        let Some(now) = field.cells.goodness().share() else {
            continue;
        };
        let good = field.cells.goodness().words();
        if let Some(before) = facts.before(&field.column)
            && before - now >= STANDS_OUT
        {
            let line = format!(
                "{}: {good}, {} since the last file",
                field.field,
                points(now - before)
            );
            found.push((now - before, line));
        } else if let Some(middle) = facts.middle(&field.column)
            && middle.low - now >= STANDS_OUT
        {
            let line = format!(
                "{}: {good}, where the middle half of others has {}",
                field.field,
                middle.shares()
            );
            found.push((now - middle.low, line));
        }
    }
    found.sort_by(|a, b| a.0.total_cmp(&b.0));
    found
        .into_iter()
        .take(WORST_SHOWN)
        .map(|(_, line)| line)
        .collect()
}

fn trend(facts: &Facts) -> Option<Chart> {
    let points = |g: &Goodness| g.share().map_or(f64::NAN, |s| s * 100.0);
    (facts.trend.len() > 1).then(|| Chart {
        id: "quality-trend".to_owned(),
        kind: ChartKind::Lines,
        title: "Good cells, file by file".to_owned(),
        subtitle: "Share of judged cells that are good, per cent, accepted files of this sender and this one".to_owned(),
        category_name: "Period to".to_owned(),
        categories: facts
            .trend
            .iter()
            .map(|point| point.day.format("%-d %b %Y").to_string())
            .collect(),
        series: vec![Series {
            name: "Good cells, per cent".to_owned(),
            values: facts
                .trend
                .iter()
                .map(|point| Figure::Shown(points(&point.goodness)))
                .collect(),
        }],
        decimals: 1,
        notes: Vec::new(),
    })
}

fn worst(facts: &Facts) -> Option<Chart> {
    let mut fields: Vec<(&str, Goodness)> = facts
        .quality
        .fields
        .iter()
        .map(|f| (f.field.as_str(), f.cells.goodness()))
        .filter(|(_, g)| g.judged > g.good)
        .collect();
    fields.sort_by_key(|(_, g)| std::cmp::Reverse(g.judged - g.good));
    fields.truncate(WORST_SHOWN);
    #[expect(
        clippy::cast_precision_loss,
        reason = "counts of cells are far below 2^52"
    )]
    let figure = |g: &Goodness| Figure::Shown((g.judged - g.good) as f64);
    (!fields.is_empty()).then(|| Chart {
        id: "quality-worst".to_owned(),
        kind: ChartKind::Bars,
        title: "Fields with the most cells to put right".to_owned(),
        subtitle: "Cells that are judged and not good, this file".to_owned(),
        category_name: "Field".to_owned(),
        categories: fields.iter().map(|(name, _)| (*name).to_owned()).collect(),
        series: vec![Series {
            name: "Cells to put right".to_owned(),
            values: fields.iter().map(|(_, g)| figure(g)).collect(),
        }],
        decimals: 0,
        notes: Vec::new(),
    })
}

/// Reasons over all fields, most cells first.
fn reasons(quality: &Quality) -> Vec<(String, String, u64)> {
    let mut all: Vec<(String, String, u64)> = quality
        .fields
        .iter()
        .flat_map(|f| {
            f.invalid
                .iter()
                .map(|(kind, cells)| (f.field.clone(), in_words(kind), *cells))
        })
        .collect();
    all.sort_by(|a, b| b.2.cmp(&a.2).then_with(|| a.cmp(b)));
    all
}

/// A reason in words, as the check itself says it; an unknown one as it is written.
fn in_words(kind: &str) -> String {
    let known: Result<land::check::InvalidKind, _> =
        serde_json::from_value(serde_json::Value::String(kind.to_owned()));
    known.map_or_else(|_| kind.replace('_', " "), |k| k.words().to_owned())
}

fn middle_note(facts: &Facts) -> String {
    let (others, fewest) = (facts.others.len(), facts.fewest);
    if others >= fewest {
        format!(
            "The middle half of others is that of the latest accepted files of {others} other councils: a quarter of them has less, and a quarter has more."
        )
    } else {
        format!(
            "Figures of other councils are not shown yet. That takes at least {fewest} others with an accepted file, and there {}.",
            are(others)
        )
    }
}

/// "are 2", "is 1", "are none".
pub(in crate::routes) fn are(number: usize) -> String {
    match number {
        0 => "are none".to_owned(),
        1 => "is 1".to_owned(),
        more => format!("are {more}"),
    }
}

fn fields_sheet(facts: &Facts) -> Sheet {
    let columns = [
        ("Number", 9.0),
        ("Field", 34.0),
        ("Good", 10.0),
        ("Last file", 10.0),
        ("Middle half of others, from", 14.0),
        ("Middle half of others, to", 14.0),
        ("Good cells", 12.0),
        ("Blank, must not be", 12.0),
        ("Not usable", 12.0),
        ("Old release", 12.0),
        ("Blank, may be", 12.0),
        ("Does not apply", 12.0),
    ];
    let rows = (1u64..).zip(&facts.quality.fields).map(|(number, f)| {
        let middle = facts.middle(&f.column);
        let cells = &f.cells;
        vec![
            Value::Count(number),
            Value::text(f.field.as_str()),
            Value::share(cells.goodness().share()),
            Value::share(facts.before(&f.column)),
            Value::share(middle.map(|m| m.low)),
            Value::share(middle.map(|m| m.high)),
            Value::Count(cells.valid),
            Value::Count(cells.blank_mandatory),
            Value::Count(cells.invalid),
            Value::Count(cells.old_release),
            Value::Count(cells.blank_allowed),
            Value::Count(cells.not_applicable),
        ]
    });
    Sheet {
        name: "Fields".to_owned(),
        about: "Every field with its cells by status, beside the last file and other councils"
            .to_owned(),
        columns: columns.map(|(n, w)| (n.to_owned(), w)).to_vec(),
        rows: rows.collect(),
    }
}

fn reasons_sheet(view: &QualityView) -> Sheet {
    Sheet {
        name: "Reasons".to_owned(),
        about: "Why cells are not usable".to_owned(),
        columns: [("Field", 34.0), ("The value", 40.0), ("Cells", 12.0)]
            .map(|(n, w)| (n.to_owned(), w))
            .to_vec(),
        rows: view
            .reasons
            .iter()
            .map(|(field, reason, cells)| {
                vec![
                    Value::text(field.as_str()),
                    Value::text(reason.as_str()),
                    Value::Count(*cells),
                ]
            })
            .collect(),
    }
}

fn trend_sheet(facts: &Facts) -> Sheet {
    Sheet {
        name: "Over time".to_owned(),
        about: "Good cells, file by file".to_owned(),
        columns: [
            ("Period to", 20.0),
            ("Received", 26.0),
            ("Reference", 24.0),
            ("Rows", 12.0),
            ("Good", 10.0),
        ]
        .map(|(n, w)| (n.to_owned(), w))
        .to_vec(),
        rows: facts
            .trend
            .iter()
            .map(|point| {
                vec![
                    Value::text(pages::format::date(point.day)),
                    Value::text(pages::format::moment(point.record.received_at)),
                    Value::text(point.record.id.as_str()),
                    Value::Count(point.record.rows_in),
                    Value::share(point.goodness.share()),
                ]
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_in_points_of_one_place() {
        for (difference, expected) in [
            (0.021, "2.1 points up"),
            (-0.5, "50.0 points down"),
            (0.0004, "the same"),
            (-0.0004, "the same"),
            (0.0, "the same"),
        ] {
            assert_eq!(points(difference), expected);
        }
    }

    #[test]
    fn reasons_are_in_the_words_of_the_check() {
        assert_eq!(in_words("check_digit"), "fails its check digit");
        assert_eq!(in_words("something_new"), "something new");
    }
}
