//! Rows by month, the period that they tell of, and months that are too thin.

use super::{MonthCount, Period, Profile, ThinMonth, plan::Dated, plan::ProfilePlan, words};
use crate::check::{
    bits::Bits,
    columns::Columns,
    expression::node::TruthId,
    layout::{self, NO_DAY},
};
use model::Date;
use std::collections::BTreeMap;

/// The months that are counted: those of 1900 to 2100. Dates outside of them are counted together.
const FIRST_YEAR: i32 = 1900;
const MONTHS: usize = 201 * 12;
/// At most so many months are listed.
const LISTED: usize = 60;

/// What a rule of kind `months` looks for.
#[derive(Debug, Clone)]
pub(crate) enum MonthsRule {
    /// The derived period differs from the stated one.
    OtherPeriod,
    /// A month of the stated period has fewer rows than a share of the median of its months.
    ThinMonth {
        /// Positions of series.
        series: Vec<usize>,
        /// The share of the median below which a month is thin.
        below: f64,
        /// The smallest median that says anything.
        median_at_least: f64,
    },
}

/// For each series, rows by month.
#[derive(Debug, Clone, Default)]
pub(super) struct MonthCounts {
    series: Vec<Counts>,
}

#[derive(Debug, Clone)]
struct Counts {
    /// For rows of a day how many are in the month; for those of a stretch how many more than in the
    /// month before.
    months: Vec<i64>,
    outside: u64,
}

/// The position of a day's month, where it is one of those that are counted.
fn month_of(day: i32) -> Option<usize> {
    if day == NO_DAY {
        return None;
    }
    let (year, month, _) = layout::civil(day);
    usize::try_from((year - FIRST_YEAR) * 12 + month - 1)
        .ok()
        .filter(|at| *at < MONTHS)
}

/// The first day of a month by its position.
fn first_day(month: usize) -> Option<Date> {
    let year = FIRST_YEAR + i32::try_from(month / 12).ok()?;
    Date::from_ymd_opt(year, u32::try_from(month % 12).ok()? + 1, 1)
}

fn last_day(month: usize) -> Option<Date> {
    first_day(month + 1)?.pred_opt()
}

impl Counts {
    fn of(dated: Dated, columns: &Columns<'_>, rows: &Bits) -> Self {
        let mut counts = Self {
            months: vec![0; MONTHS],
            outside: 0,
        };
        let day_of = |days: &[i32], row: usize| days.get(row).copied().unwrap_or(NO_DAY);
        match dated {
            Dated::On(field) => {
                let days = columns.days(field);
                let mut last = (NO_DAY, None);
                for row in rows.iter() {
                    let day = day_of(days, row);
                    if day != last.0 {
                        last = (day, month_of(day));
                    }
                    match last.1 {
                        Some(month) => counts.bump(month, 1),
                        None => counts.outside += u64::from(day != NO_DAY),
                    }
                }
            }
            Dated::Through(from, to) => {
                let (starts, ends) = (columns.days(from), columns.days(to));
                for row in rows.iter() {
                    let (start, end) = (day_of(starts, row), day_of(ends, row));
                    let Some(first) = month_of(start) else {
                        counts.outside += u64::from(start != NO_DAY);
                        continue;
                    };
                    if end != NO_DAY && end < start {
                        continue;
                    }
                    counts.bump(first, 1);
                    // Without an end, or with one beyond all months, it is still there at the last.
                    if let Some(last) = month_of(end) {
                        counts.bump(last + 1, -1);
                    }
                }
            }
        }
        counts
    }

    fn bump(&mut self, month: usize, by: i64) {
        if let Some(count) = self.months.get_mut(month) {
            *count += by;
        }
    }
}

impl MonthCounts {
    pub(super) fn of_batch(
        plan: &ProfilePlan,
        columns: &Columns<'_>,
        rows_of: impl Fn(TruthId) -> Bits,
    ) -> Self {
        let series = plan.series.iter();
        Self {
            series: series
                .map(|s| Counts::of(s.dated, columns, &rows_of(s.truth)))
                .collect(),
        }
    }

    pub(super) fn merge(&mut self, next: Self) {
        if self.series.is_empty() {
            self.series = next.series;
            return;
        }
        for (sums, more) in self.series.iter_mut().zip(next.series) {
            sums.outside += more.outside;
            for (sum, n) in sums.months.iter_mut().zip(more.months) {
                *sum += n;
            }
        }
    }

    /// The rows of a series month by month.
    fn counts(&self, plan: &ProfilePlan, series: usize) -> Vec<u64> {
        let Some((counts, about)) = self.series.get(series).zip(plan.series.get(series)) else {
            return vec![0; MONTHS];
        };
        let mut sum = 0;
        counts
            .months
            .iter()
            .map(|n| {
                sum = match about.dated {
                    Dated::On(_) => *n,
                    Dated::Through(..) => sum + n,
                };
                u64::try_from(sum).unwrap_or_default()
            })
            .collect()
    }

    /// The period that the dates tell of: from the first to the last month with a fair share of all rows
    /// and nearly all kinds of them. Rows from the month of the check on take no part.
    pub(super) fn derived(&self, plan: &ProfilePlan, today: Date) -> Option<Period> {
        let derived = plan.derived.as_ref()?;
        let this_month = month_of(layout::days(today))?;
        let by_series: Vec<Vec<u64>> = derived
            .series
            .iter()
            .map(|series| self.counts(plan, *series))
            .collect();
        let months: Vec<(u64, usize)> = (0..this_month)
            .map(|month| {
                let counts = by_series.iter().filter_map(|s| s.get(month));
                let kinds = counts.clone().filter(|n| **n > 0).count();
                (counts.sum(), kinds)
            })
            .collect();
        let rows: u64 = months.iter().map(|(n, _)| n).sum();
        let kinds = months.iter().map(|(_, kinds)| *kinds).max()?;
        let qualifies = |(n, t): &(u64, usize)| {
            if rows < derived.small_file {
                return *n > 0;
            }
            as_number(*n) >= derived.share * as_number(rows) && t + derived.may_lack >= kinds
        };
        let first = months.iter().position(|m| qualifies(m) && m.0 > 0)?;
        let last = months.iter().rposition(|m| qualifies(m) && m.0 > 0)?;
        Some(Period {
            from: first_day(first)?,
            to: last_day(last)?,
        })
    }

    /// Lists the months of the stated and of the derived period.
    pub(super) fn list(&self, plan: &ProfilePlan, today: Date, profile: &mut Profile) {
        let by_series: Vec<Vec<u64>> = (0..plan.series.len())
            .map(|series| self.counts(plan, series))
            .collect();
        let Some((first, last)) = listed(plan, &by_series, today, profile) else {
            return;
        };
        for month in first..=last {
            let Some(day) = first_day(month) else {
                continue;
            };
            let counts = plan.series.iter().zip(&by_series);
            profile.months.push(MonthCount {
                month: day.format("%Y-%m").to_string(),
                series: counts
                    .map(|(s, counts)| {
                        let count = counts.get(month).copied().unwrap_or_default();
                        (s.name.clone(), count)
                    })
                    .collect(),
            });
        }
        for ((about, counts), kept) in plan.series.iter().zip(&by_series).zip(&self.series) {
            if let Dated::On(_) = about.dated {
                let all: u64 = counts.iter().sum();
                let inside: u64 = counts.iter().take(last + 1).skip(first).sum();
                profile
                    .outside
                    .insert(about.name.clone(), all - inside + kept.outside);
            }
        }
    }
}

/// The first and the last month to list.
fn listed(
    plan: &ProfilePlan,
    by_series: &[Vec<u64>],
    today: Date,
    profile: &Profile,
) -> Option<(usize, usize)> {
    let periods = [profile.stated, profile.derived];
    let edges = || {
        periods
            .iter()
            .flatten()
            .flat_map(|p| [p.from, p.to])
            .filter_map(|day| month_of(layout::days(day)))
    };
    let filled = || {
        let dated = plan.series.iter().zip(by_series);
        dated
            .filter(|(s, _)| matches!(s.dated, Dated::On(_)))
            .flat_map(|(_, counts)| counts.iter().enumerate())
            .filter(|(_, n)| **n > 0)
            .map(|(month, _)| month)
    };
    let (first, mut last) = match (edges().min(), edges().max()) {
        (Some(first), Some(last)) => (first, last),
        _ => (filled().min()?, filled().max()?),
    };
    if last >= first + LISTED
        && let Some(this_month) = month_of(layout::days(today))
    {
        last = last.min(this_month).max(first);
    }
    Some((first.max((last + 1).saturating_sub(LISTED)), last))
}

impl MonthsRule {
    /// What the rule finds, in words: one text for each finding.
    pub(crate) fn found(&self, plan: &ProfilePlan, today: Date, profile: &Profile) -> Vec<String> {
        match self {
            Self::OtherPeriod => profile
                .stated
                .zip(profile.derived)
                .filter(|(stated, derived)| stated != derived)
                .map(|(stated, derived)| {
                    format!(
                        "you say {}; the dates reach from {}",
                        stated.words(),
                        derived.words()
                    )
                })
                .into_iter()
                .collect(),
            Self::ThinMonth { series, .. } => {
                let thin = self.thin(plan, today, profile);
                let named = series.iter().filter_map(|at| plan.series.get(*at));
                named
                    .filter_map(|about| {
                        let months: Vec<String> = thin
                            .iter()
                            .filter(|t| t.series == about.name)
                            .map(|t| {
                                format!(
                                    "{} has {}",
                                    words::month(&t.month),
                                    words::thousands(t.count)
                                )
                            })
                            .collect();
                        let usual = thin.iter().find(|t| t.series == about.name)?.usual;
                        let months = months.join(", ");
                        Some(format!(
                            "{}: {months} (usual: {})",
                            about.title,
                            words::thousands(usual)
                        ))
                    })
                    .collect()
            }
        }
    }

    /// The thin months, series by series.
    pub(crate) fn thin(
        &self,
        plan: &ProfilePlan,
        today: Date,
        profile: &Profile,
    ) -> Vec<ThinMonth> {
        let (
            Self::ThinMonth {
                series,
                below,
                median_at_least,
            },
            Some(stated),
        ) = (self, profile.stated)
        else {
            return Vec::new();
        };
        let (first, last) = (key(stated.from), key(stated.to.min(today)));
        let months: Vec<&MonthCount> = profile
            .months
            .iter()
            .filter(|m| first <= m.month && m.month <= last)
            .collect();
        let named = series.iter().filter_map(|at| plan.series.get(*at));
        named
            .flat_map(|about| {
                let counts: BTreeMap<&str, u64> = months
                    .iter()
                    .map(|m| (m.month.as_str(), profile.count(m, &about.name)))
                    .collect();
                let usual = median(counts.values().copied().collect());
                let is_thin =
                    move |n: u64| usual >= *median_at_least && as_number(n) < below * usual;
                counts
                    .into_iter()
                    .filter(move |(_, n)| is_thin(*n))
                    .map(move |(month, count)| ThinMonth {
                        month: month.to_owned(),
                        series: about.name.clone(),
                        count,
                        usual: whole(usual),
                    })
            })
            .collect()
    }
}

fn key(day: Date) -> String {
    day.format("%Y-%m").to_string()
}

/// The middle value, or the mean of the two in the middle.
fn median(mut counts: Vec<u64>) -> f64 {
    counts.sort_unstable();
    let half = counts.len() / 2;
    let at = |at: usize| counts.get(at).copied().map_or(0.0, as_number);
    if counts.len() % 2 == 1 {
        at(half)
    } else if counts.is_empty() {
        0.0
    } else {
        f64::midpoint(at(half - 1), at(half))
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "exact up to nine thousand million million rows"
)]
const fn as_number(n: u64) -> f64 {
    n as f64
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a median of counts is a count or half of one"
)]
fn whole(n: f64) -> u64 {
    n.round() as u64
}
