//! "What this file says about you": headline counts, events by month, and the period that the dates tell of.
//!
//! Like quality these are counts, not findings. Rules of kind `months` look at them at the end of the file.
//! Memory does not grow with the file: months are those of two centuries, and distinct values are counted
//! in a set of fixed size.

mod distinct;
mod months;
mod plan;
pub(super) mod words;

pub(crate) use months::MonthsRule;
pub(crate) use plan::{ProfilePlan, read, series_named};

use super::{Checker, bits::Bits, columns::Columns, expression::evaluate::Evaluation, layout};
use distinct::Distinct;
use model::Date;
use months::MonthCounts;
use plan::Key;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, hash::Hasher};

/// What a file says about its sender.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// The headline counts, in the order of the dataset.
    pub headlines: Vec<HeadlineCount>,
    /// What is counted by month, in the order of the dataset.
    pub series: Vec<SeriesName>,
    /// The months of the stated and of the derived period, and at most the last sixty.
    pub months: Vec<MonthCount>,
    /// Rows whose date is in none of these months, by series.
    pub outside: BTreeMap<String, u64>,
    /// The period that the file states.
    pub stated: Option<Period>,
    /// The period that its dates tell of.
    pub derived: Option<Period>,
    /// Months of the stated period with far fewer rows than usual, as the rules define it.
    pub thin: Vec<ThinMonth>,
}

/// One headline count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeadlineCount {
    pub name: String,
    pub title: String,
    pub value: u64,
    /// Whether the value is exact. Beyond some 260,000 different values it is an estimate, which in two
    /// files of three is within 0.2 percent.
    pub exact: bool,
}

/// What is counted by month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeriesName {
    pub name: String,
    pub title: String,
}

/// The rows of one month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MonthCount {
    /// Such as `2025-01`.
    pub month: String,
    /// By the names of the series.
    pub series: BTreeMap<String, u64>,
}

/// A period, first and last day included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Period {
    pub from: Date,
    pub to: Date,
}

/// A month with far fewer rows than usual.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThinMonth {
    /// Such as `2025-01`.
    pub month: String,
    /// The name of the series.
    pub series: String,
    pub count: u64,
    /// The median of the months of the stated period.
    pub usual: u64,
}

/// The counts of some rows, as they are gathered.
#[derive(Debug, Clone, Default)]
pub(crate) struct ProfileCounts {
    /// For each headline, where it counts rows.
    rows: Vec<u64>,
    /// For each key, the different values of the headlines that count by it.
    distinct: Vec<Distinct>,
    months: MonthCounts,
    /// The first and the last stated day, which may stand in different rows.
    stated: (Option<i32>, Option<i32>),
}

impl ProfileCounts {
    pub(crate) fn of_batch(
        plan: &ProfilePlan,
        evaluation: &Evaluation<'_>,
        columns: &Columns<'_>,
        judged: &Bits,
    ) -> Self {
        let rows_of = |truth: Option<_>| match truth {
            Some(truth) => evaluation.yes(truth).and(judged),
            None => judged.clone(),
        };
        let rows: Vec<Bits> = plan.headlines.iter().map(|h| rows_of(h.truth)).collect();
        Self {
            rows: rows.iter().map(|rows| rows.count() as u64).collect(),
            distinct: plan
                .keys
                .iter()
                .map(|key| distinct_values(key, &rows, columns))
                .collect(),
            months: MonthCounts::of_batch(plan, columns, |truth| rows_of(Some(truth))),
            stated: plan.stated.map_or((None, None), |(from, to)| {
                let (from, to) = (
                    known(columns.days(from), judged),
                    known(columns.days(to), judged),
                );
                (from.into_iter().min(), to.into_iter().max())
            }),
        }
    }

    /// Adds the counts of other rows.
    pub(crate) fn merge(&mut self, next: Self) {
        self.rows.resize(self.rows.len().max(next.rows.len()), 0);
        for (sum, more) in self.rows.iter_mut().zip(next.rows) {
            *sum += more;
        }
        for (at, more) in next.distinct.into_iter().enumerate() {
            match self.distinct.get_mut(at) {
                Some(known) => known.merge(more),
                None => self.distinct.push(more),
            }
        }
        self.months.merge(next.months);
        // `None` is the least of all, so that only the first day needs care.
        let first = [self.stated.0, next.stated.0].into_iter().flatten().min();
        self.stated = (first, self.stated.1.max(next.stated.1));
    }

    /// The counts with names, and what they tell of the period.
    pub(crate) fn profile(&self, checker: &Checker<'_>) -> Profile {
        let plan = &checker.specification().profile;
        let mut settled: Vec<Distinct> = self.distinct.clone();
        settled.iter_mut().for_each(Distinct::settle);
        let headlines = plan.headlines.iter().enumerate().map(|(at, headline)| {
            let of_key = plan.keys.iter().zip(&settled).find_map(|(key, values)| {
                let bit = key.headlines.iter().position(|h| *h == at)?;
                Some(values.count(bit))
            });
            let rows = self.rows.get(at).copied().unwrap_or_default();
            let (value, exact) = of_key.unwrap_or(if headline.is_of_rows {
                (rows, true)
            } else {
                (0, true)
            });
            HeadlineCount {
                name: headline.name.clone(),
                title: headline.title.clone(),
                value,
                exact,
            }
        });
        let stated = self.stated.0.zip(self.stated.1).and_then(|(from, to)| {
            Some(Period {
                from: layout::date(from)?,
                to: layout::date(to)?,
            })
        });
        let mut profile = Profile {
            headlines: headlines.collect(),
            series: plan
                .series
                .iter()
                .map(|s| SeriesName {
                    name: s.name.clone(),
                    title: s.title.clone(),
                })
                .collect(),
            stated,
            derived: self.months.derived(plan, checker.today()),
            ..Profile::default()
        };
        self.months.list(plan, checker.today(), &mut profile);
        profile
    }
}

impl Profile {
    /// The count of a series in a month, such as `2025-01`.
    pub fn count(&self, month: &MonthCount, series: &str) -> u64 {
        month.series.get(series).copied().unwrap_or_default()
    }
}

/// The days that rows state, each once for as long as it is repeated.
fn known(days: &[i32], judged: &Bits) -> Vec<i32> {
    let mut known: Vec<i32> = Vec::new();
    for row in judged.iter() {
        let day = days.get(row).copied().unwrap_or(layout::NO_DAY);
        if day != layout::NO_DAY && known.last() != Some(&day) {
            known.push(day);
        }
    }
    known
}

/// The values of a key in the rows of the headlines that count by it.
fn distinct_values(key: &Key, rows: &[Bits], columns: &Columns<'_>) -> Distinct {
    let mut values = Distinct::default();
    let counted: Vec<&Bits> = key.headlines.iter().filter_map(|h| rows.get(*h)).collect();
    let mut any = match counted.first() {
        Some(first) => (*first).clone(),
        None => return values,
    };
    for rows in &counted {
        any.add(rows);
    }
    for row in any.iter() {
        let mut mask = 0;
        for (bit, rows) in counted.iter().enumerate() {
            mask |= u32::from(rows.has(row)) << bit;
        }
        let filled = key.fields.iter().enumerate().find_map(|(at, field)| {
            let cell = columns.cell(*field, row);
            (!cell.is_empty()).then_some((at, cell))
        });
        if let Some((at, cell)) = filled {
            values.add(hash(at, cell), mask);
        }
    }
    values
}

/// The hash of a cell: the same for letters in either case and with or without spaces. It is kept in
/// memory only, and only for as long as the check lasts.
fn hash(field: usize, cell: &[u8]) -> u64 {
    let mut hasher = std::hash::DefaultHasher::new();
    hasher.write_usize(field);
    let plain = |byte: &u8| *byte != b' ' && !byte.is_ascii_lowercase();
    if cell.iter().all(plain) {
        hasher.write(cell);
    } else {
        let folded: Vec<u8> = cell
            .iter()
            .filter(|byte| **byte != b' ')
            .map(u8::to_ascii_uppercase)
            .collect();
        hasher.write(&folded);
    }
    hasher.finish()
}
