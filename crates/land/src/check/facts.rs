//! What must be known of all rows before the file can be judged. Its size does not grow with the file.

use super::{
    Checker,
    bits::Bits,
    columns::{Columns, Typed},
    expression::{evaluate::Evaluation, node::TruthId},
    layout::NO_DAY,
    profile::{Profile, ProfileCounts},
    quality::{Quality, QualityCounts},
    specification::{Count, Judge},
    stage::ShadowRows,
};
use crate::receive::RawBatch;
use model::Identifying;
use std::collections::{BTreeMap, BTreeSet};

/// What one batch, or several, contribute to the judgement of the file.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// Rows that rules looked at.
    judged: u64,
    /// Rows with more or fewer cells than the header, which are rows all the same.
    filled: u64,
    /// Rules that are reported once and found something.
    once: BTreeSet<usize>,
    counts: Vec<u64>,
    /// By rule and field.
    values: BTreeMap<(usize, usize), Value>,
    quality: QualityCounts,
    profile: ProfileCounts,
    /// What rules in their shadow stage found in rows.
    pub(super) shadow: ShadowRows,
}

/// The first value of a column, and whether another one followed.
#[derive(Debug, Clone)]
struct Value {
    first: Identifying<Vec<u8>>,
    several: bool,
}

impl Facts {
    pub(super) fn of_batch(
        checker: &Checker<'_>,
        evaluation: &Evaluation<'_>,
        columns: &Columns<'_>,
        judged: &Bits,
    ) -> Self {
        let specification = checker.specification();
        let filled = columns.raw().widths.iter().filter(|width| **width > 0);
        let mut facts = Self {
            judged: judged.count() as u64,
            filled: filled.count() as u64,
            counts: vec![0; specification.slots],
            ..Self::default()
        };
        if judged.is_empty() {
            return facts;
        }
        facts.profile =
            ProfileCounts::of_batch(&specification.profile, evaluation, columns, judged);
        facts.quality =
            QualityCounts::of_batch(&specification.quality, evaluation, columns, judged);
        for (at, rule) in specification.rules.iter().enumerate() {
            if !checker.can_judge(rule) {
                continue;
            }
            match &rule.judge {
                Judge::Once(test) => {
                    if !evaluation.yes(test.truth).and(judged).is_empty() {
                        facts.once.insert(at);
                    }
                }
                Judge::OneValue(fields) => {
                    for field in fields {
                        if let Some(value) = one_value(columns, *field, judged) {
                            facts.values.insert((at, *field), value);
                        }
                    }
                }
                Judge::Count(count) => {
                    let truths = count.columns.iter().flat_map(|column| &column.counts);
                    let slots = facts.counts.iter_mut().skip(count.first_slot);
                    for (slot, truth) in slots.zip(truths) {
                        *slot += evaluation.yes(*truth).and(judged).count() as u64;
                    }
                    if count.with_different {
                        for field in count.columns.iter().filter_map(|column| column.field) {
                            if let Some(value) = one_value(columns, field, judged) {
                                facts.values.insert((at, field), value);
                            }
                        }
                    }
                }
                Judge::Rows(_)
                | Judge::Header(_)
                | Judge::File(_)
                | Judge::Months(_)
                | Judge::Across => {}
            }
        }
        facts
    }

    /// Adds the facts of the batch that follows.
    pub fn merge(&mut self, next: Self) {
        self.judged += next.judged;
        self.filled += next.filled;
        self.quality.merge(&next.quality);
        self.profile.merge(next.profile);
        for (place, rows) in next.shadow {
            *self.shadow.entry(place).or_default() += rows;
        }
        self.once.extend(next.once);
        self.counts
            .resize(self.counts.len().max(next.counts.len()), 0);
        for (sum, more) in self.counts.iter_mut().zip(next.counts) {
            *sum += more;
        }
        for (place, value) in next.values {
            match self.values.get_mut(&place) {
                Some(known) => known.several |= value.several || value.first != known.first,
                None => {
                    self.values.insert(place, value);
                }
            }
        }
    }

    pub(super) fn quality(&self, checker: &Checker<'_>) -> Quality {
        self.quality.quality(checker, self.judged)
    }

    pub(super) fn profile(&self, checker: &Checker<'_>) -> Profile {
        self.profile.profile(checker)
    }

    pub(super) fn once(&self, rule: usize) -> bool {
        self.once.contains(&rule)
    }

    pub(super) fn has_several(&self, rule: usize, field: usize) -> bool {
        self.values.get(&(rule, field)).is_some_and(|v| v.several)
    }

    /// Whether there was nothing to process: no row, or blank ones only.
    pub(super) const fn is_without_rows(&self) -> bool {
        self.judged == 0 && self.filled == 0
    }

    /// The columns for which a rule about counts has something to report.
    pub(super) fn counted_out(
        &self,
        checker: &Checker<'_>,
        rule: usize,
        count: &Count,
        last: Option<&Self>,
    ) -> Vec<Option<usize>> {
        let columns = || count.columns.iter();
        let known = |at: usize, field: Option<usize>| {
            let mut known = self.known(rule, count, at, field);
            if count.with_last {
                match last {
                    Some(last) => known.extend(last.known(rule, count, at, field)),
                    None => known.extend(vec![f64::NAN; known.len()]),
                }
            }
            known
        };
        if count.together {
            let mut sums: Vec<f64> = Vec::new();
            for (at, column) in columns().enumerate() {
                let figures = known(at, column.field);
                if sums.is_empty() {
                    sums = figures;
                } else {
                    // The rows are the same for all columns; only the counts add up.
                    let width = column.counts.len();
                    for (sum, figure) in sums.iter_mut().zip(figures).take(width) {
                        *sum += figure;
                    }
                }
            }
            let field = columns().next().and_then(|c| c.field);
            let field = field.filter(|_| count.columns.len() == 1);
            return if Self::holds_of(checker, count.when, &sums) {
                vec![field]
            } else {
                Vec::new()
            };
        }
        columns()
            .enumerate()
            .filter(|(at, column)| Self::holds_of(checker, count.when, &known(*at, column.field)))
            .map(|(_, column)| column.field)
            .collect()
    }

    /// The counts of one column, the rows, and how many different values it has (two stands for more).
    fn known(&self, rule: usize, count: &Count, at: usize, field: Option<usize>) -> Vec<f64> {
        let width = count.columns.first().map_or(1, |c| c.counts.len().max(1));
        let first = count.first_slot + at * width;
        let counts = self.counts.iter().skip(first).take(width).copied();
        let values = field.and_then(|field| self.values.get(&(rule, field)));
        let different = values.map_or(0, |value| 1 + u64::from(value.several));
        let mut known: Vec<f64> = counts.map(as_number).collect();
        known.resize(width, 0.0);
        known.extend([as_number(self.judged), as_number(different)]);
        known
    }

    /// Whether a condition on figures is true.
    pub(super) fn holds_of(checker: &Checker<'_>, when: TruthId, known: &[f64]) -> bool {
        // The condition speaks of figures only, so one row of no columns is enough to work it out.
        let row = RawBatch {
            rows: 1,
            ..RawBatch::default()
        };
        let columns = Columns::new(&row, &[]);
        let program = &checker.specification().program;
        let evaluation = Evaluation::new(program, &columns, checker.known(known));
        !evaluation.yes(when).is_empty()
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "exact up to nine thousand million million rows"
)]
const fn as_number(n: u64) -> f64 {
    n as f64
}

/// The first readable value of a column, and whether another one follows in the batch.
fn one_value(columns: &Columns<'_>, field: usize, judged: &Bits) -> Option<Value> {
    let days = match columns.typed(field)? {
        Typed::Days(days) => Some(days),
        _ => None,
    };
    let key = |row: usize| -> Option<Vec<u8>> {
        if let Some(days) = days {
            let day = days.get(row).copied()?;
            return (day != NO_DAY).then(|| day.to_be_bytes().to_vec());
        }
        let cell = columns.cell(field, row);
        (!cell.is_empty()).then(|| cell.to_ascii_uppercase())
    };
    let mut found: Option<Value> = None;
    let mut last: &[u8] = &[];
    for row in judged.iter() {
        let cell = columns.cell(field, row);
        if found.is_some() && cell == last {
            continue;
        }
        last = cell;
        let Some(value) = key(row) else {
            continue;
        };
        match &mut found {
            None => {
                found = Some(Value {
                    first: Identifying::new(value),
                    several: false,
                });
            }
            Some(known) if *known.first.reveal() != value => {
                known.several = true;
                break;
            }
            Some(_) => {}
        }
    }
    found
}
