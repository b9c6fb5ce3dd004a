//! What a file says about its sender: headline counts beside the last accepted file and other councils, and
//! month by month against the stated period. Jumps are flagged, and never stop anybody.

use super::{
    Answer,
    quality::{Middle, Reports, reports},
    submissions,
    visit::Visit,
};
use axum::extract::Request;
use control::{Role, SubmissionRecord, SubmissionState};
use model::Date;
use pages::{
    HeadlineRow, Link, PreviewView,
    chart::{Chart, ChartKind, Series, Value},
};
use serde::Deserialize;
use std::collections::BTreeMap;

/// What a file says, as it is kept beside a submission. What a later version adds is passed over.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Profile {
    headlines: Vec<Headline>,
    series: Vec<SeriesName>,
    months: Vec<Month>,
    outside: BTreeMap<String, u64>,
    pub(super) stated: Option<Period>,
    derived: Option<Period>,
    thin: Vec<Thin>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Headline {
    name: String,
    title: String,
    value: u64,
    exact: Option<bool>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct SeriesName {
    name: String,
    title: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Month {
    month: String,
    series: BTreeMap<String, u64>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
pub(super) struct Period {
    from: Date,
    pub(super) to: Date,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Thin {
    month: String,
    series: String,
    count: u64,
    usual: u64,
}

pub(super) async fn page(visit: &Visit, mut request: Request) -> Answer {
    let record = submissions::find(visit, &mut request).await?;
    let reports = reports(visit, std::slice::from_ref(&record.dataset)).await?;
    let all: Vec<SubmissionRecord> = visit
        .site
        .workspace
        .control
        .all_submissions()
        .await?
        .into_iter()
        .filter(|r| r.dataset == record.dataset)
        .collect();
    let profile = of(&reports, &record).unwrap_or_default();
    let last = last_accepted(&all, &reports, &record);
    let others: Vec<Profile> = super::quality::latest(&all, &reports)
        .into_values()
        .filter(|r| r.sender != record.sender)
        .filter_map(|r| of(&reports, r))
        .collect();
    let collection = &visit.site.collection;
    let result_href = format!("/submissions/{}", record.id);
    let view = PreviewView {
        dataset: visit.site.title_of(&record.dataset),
        next: (record.state == SubmissionState::Checked && visit.role() == Some(Role::Submitter))
            .then(|| Link::new("Go on to check and send", format!("{result_href}/confirm"))),
        stated: profile.stated.map(|p| (p.from, p.to)),
        derived: profile.derived.map(|p| (p.from, p.to)),
        period_says: period_says(&profile),
        derived_how: "The period that the data cover is made of the months in which a usual number of rows end. It is worked out as the national method does.".to_owned(),
        last: last
            .as_ref()
            .map(|(r, _)| pages::format::date(govern::agreement::day_of(r.received_at))),
        readable: record.rows_in > 0,
        headlines: profile
            .headlines
            .iter()
            .map(|h| {
                let before = last.as_ref().and_then(|(_, p)| value(p, &h.name));
                let figures = others.iter().filter_map(|p| value(p, &h.name)).map(figure);
                headline(h, before, Middle::of(figures, collection.fewest), collection.jump)
            })
            .collect(),
        middle_note: if others.len() >= collection.fewest {
            format!("The middle half of others is that of {} other councils. They differ in size, so look at the difference from your last file first.", others.len())
        } else {
            format!(
                "Figures of other councils are not shown yet. That takes at least {} others with an accepted file, and there {}.",
                collection.fewest,
                super::quality::are(others.len())
            )
        },
        months: months(&profile),
        quality_href: Some(format!("{result_href}/quality")),
        result_href,
    };
    Ok(Visit::page(&pages::preview(&visit.frame(), &view)))
}

fn of(reports: &Reports, record: &SubmissionRecord) -> Option<Profile> {
    reports.get(&record.id)?.profile.clone()
}

/// The last accepted file of the same sender before this one, with what it said.
fn last_accepted(
    all: &[SubmissionRecord],
    reports: &Reports,
    record: &SubmissionRecord,
) -> Option<(SubmissionRecord, Profile)> {
    all.iter()
        .filter(|r| {
            r.sender == record.sender
                && matches!(r.state, SubmissionState::Landed | SubmissionState::Replaced)
                && r.id != record.id
                && r.received_at < record.received_at
        })
        .max_by_key(|r| r.received_at)
        .and_then(|r| Some((r.clone(), of(reports, r)?)))
}

fn value(profile: &Profile, name: &str) -> Option<u64> {
    let found = profile.headlines.iter().find(|h| h.name == name)?;
    Some(found.value)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts of people and events are far below 2^52"
)]
const fn figure(count: u64) -> f64 {
    count as f64
}

/// What counts as a jump: so many per cent, and at least so many.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Jump {
    pub(super) per_cent: u64,
    pub(super) least: u64,
}

impl Jump {
    /// Whether going from one count to another is a jump.
    fn is(self, before: u64, now: u64) -> bool {
        let difference = now.abs_diff(before);
        difference >= self.least
            && u128::from(difference) * 100 > u128::from(before) * u128::from(self.per_cent)
    }
}

fn headline(of: &Headline, before: Option<u64>, middle: Option<Middle>, jump: Jump) -> HeadlineRow {
    let about = if of.exact == Some(false) {
        "about "
    } else {
        ""
    };
    HeadlineRow {
        title: of.title.clone(),
        now: format!("{about}{}", pages::format::count(of.value)),
        before: before.map_or_else(|| "none".to_owned(), pages::format::count),
        change: before.map_or_else(|| "no figure".to_owned(), |b| change(b, of.value)),
        jump: before.is_some_and(|b| jump.is(b, of.value)),
        middle: middle.map(|m| m.counts()),
    }
}

/// "120 more (10.0%)".
fn change(before: u64, now: u64) -> String {
    if before == now {
        return "the same".to_owned();
    }
    let difference = now.abs_diff(before);
    let way = if now > before { "more" } else { "fewer" };
    let share = pages::format::share(difference, before);
    let share = share.map(|s| format!(" ({s})")).unwrap_or_default();
    format!("{} {way}{share}", pages::format::count(difference))
}

fn period_says(profile: &Profile) -> Vec<String> {
    let mut says = Vec::new();
    match (profile.stated, profile.derived) {
        (Some(stated), Some(derived)) => {
            if derived.to < stated.to {
                says.push(format!(
                    "The data end before the period that you state: after {} there are too few rows.",
                    pages::format::date(derived.to)
                ));
            }
            if derived.from > stated.from {
                says.push(format!(
                    "The data begin after the period that you state: before {} there are too few rows.",
                    pages::format::date(derived.from)
                ));
            }
            if derived.from <= stated.from && derived.to >= stated.to {
                says.push("The data cover the period that you state.".to_owned());
            }
        }
        (None, _) => says.push("The file does not state one period for all its rows.".to_owned()),
        (_, None) => says.push(
            "No period can be worked out from the data: no month has a usual number of rows."
                .to_owned(),
        ),
    }
    for thin in &profile.thin {
        let series = profile.series.iter().find(|s| s.name == thin.series);
        let title = series.map_or(thin.series.as_str(), |s| s.title.as_str());
        says.push(format!(
            "{}: {} has {}. Usual is {}.",
            title,
            month_in_words(&thin.month),
            pages::format::count(thin.count),
            pages::format::count(thin.usual)
        ));
    }
    for (series, outside) in profile.outside.iter().filter(|(_, rows)| **rows > 0) {
        let Some(series) = profile.series.iter().find(|s| s.name == *series) else {
            continue;
        };
        says.push(format!(
            "{}: {} {} before or after the months shown below.",
            series.title,
            pages::format::counted(*outside, "row", "rows"),
            if *outside == 1 { "lies" } else { "lie" }
        ));
    }
    says
}

/// "March 2026" of "2026-03"; another text as it is.
fn month_in_words(month: &str) -> String {
    let first: Result<Date, _> = format!("{month}-01").parse();
    first.map_or_else(|_| month.to_owned(), |d| d.format("%B %Y").to_string())
}

/// One chart for each series, with the months of the stated period told from the others.
fn months(profile: &Profile) -> Vec<Chart> {
    let inside = |month: &str| {
        let first: Option<Date> = format!("{month}-01").parse().ok();
        match (profile.stated, first) {
            (Some(stated), Some(first)) => first
                .checked_add_months(chrono::Months::new(1))
                .is_some_and(|next| next > stated.from && first <= stated.to),
            _ => true,
        }
    };
    profile
        .series
        .iter()
        .map(|series| {
            let values = profile
                .months
                .iter()
                .map(|m| m.series.get(&series.name).copied().unwrap_or_default());
            let outside: u64 = profile
                .months
                .iter()
                .filter(|m| !inside(&m.month))
                .map(|m| m.series.get(&series.name).copied().unwrap_or_default())
                .sum();
            let title = if outside == 0 {
                format!("{}: month by month", series.title)
            } else {
                format!(
                    "{}: {} outside the stated period",
                    series.title,
                    pages::format::count(outside)
                )
            };
            Chart {
                id: format!("months-{}", series.name.replace('_', "-")),
                kind: ChartKind::Bars,
                title,
                subtitle: "Rows in this file by month; * marks a month outside the stated period"
                    .to_owned(),
                category_name: "Month".to_owned(),
                categories: profile
                    .months
                    .iter()
                    .map(|m| {
                        let star = if inside(&m.month) { "" } else { " *" };
                        format!("{}{star}", month_in_words(&m.month))
                    })
                    .collect(),
                series: vec![Series {
                    name: series.title.clone(),
                    values: values.map(|v| Value::Shown(figure(v))).collect(),
                }],
                decimals: 0,
                notes: Vec::new(),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jump_is_large_in_both_ways() {
        let jump = Jump {
            per_cent: 20,
            least: 10,
        };
        for (before, now, expected) in [
            (100, 121, true),
            (100, 120, false),
            (100, 79, true),
            (5, 14, false),
            (5, 15, true),
            (0, 10, true),
            (0, 9, false),
            (1_000_000, 1_200_001, true),
        ] {
            assert_eq!(jump.is(before, now), expected, "{before} to {now}");
        }
    }

    #[test]
    fn changes_and_months_are_in_words() {
        assert_eq!(change(1_200, 1_320), "120 more (10.0%)");
        assert_eq!(change(10, 4), "6 fewer (60%)");
        assert_eq!(change(0, 4), "4 more");
        assert_eq!(change(4, 4), "the same");
        assert_eq!(month_in_words("2026-03"), "March 2026");
        assert_eq!(month_in_words("soon"), "soon");
    }

    #[test]
    fn a_period_that_the_data_do_not_reach_is_told() {
        let day = |text: &str| text.parse().unwrap();
        let profile = Profile {
            stated: Some(Period {
                from: day("2025-04-01"),
                to: day("2026-03-31"),
            }),
            derived: Some(Period {
                from: day("2025-04-01"),
                to: day("2026-02-28"),
            }),
            ..Profile::default()
        };
        assert_eq!(
            period_says(&profile),
            [
                "The data end before the period that you state: after 28 February 2026 there are too few rows."
            ]
        );
    }
}
