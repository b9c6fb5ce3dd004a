//! The checker's part in rules across rows: what a batch leaves behind, and how what was found is told.

use super::{
    Found, Gathered,
    extract::{Entries, Wanted, extract},
    mixed::code_position,
    sorted::{NAMED, Record},
};
use crate::{
    LandError,
    check::{
        AcrossHit, CheckedBatch, Checker, Facts,
        bits::Bits,
        columns::{Columns, Reading, Typed},
        expression::evaluate::Evaluation,
        layout::NO_DAY,
        specification::Rule,
    },
    receive::RawBatch,
};
use model::{Finding, Level};
use std::collections::BTreeSet;

/// Groups of one rule that are named; there may be more.
const GROUPS_NAMED: usize = 20;

impl Checker<'_> {
    /// Makes this the checker of the last submission, which is compared with one that begins so.
    pub(crate) fn is_last(&mut self, first_of_other: Option<&RawBatch>) {
        self.of_last = true;
        self.is_compared(first_of_other);
    }

    /// Takes the dates of the submission that this one is compared with from its first rows.
    pub(crate) fn is_compared(&mut self, first_of_other: Option<&RawBatch>) {
        let readings = &self.specification.readings;
        let none = RawBatch::default();
        let columns = Columns::new(first_of_other.unwrap_or(&none), readings);
        self.compared = (0..readings.len())
            .map(|field| match columns.typed(field) {
                Some(Typed::Days(days)) => {
                    let known = days.iter().find(|day| **day != NO_DAY);
                    known.copied().unwrap_or(NO_DAY)
                }
                _ => NO_DAY,
            })
            .collect();
    }

    /// What the rows of a batch leave behind.
    pub(crate) fn entries(&self, evaluation: &Evaluation<'_>, judged: &Bits) -> Entries {
        let plan = &self.specification.across;
        let is_wanted = |stream: &super::Stream| {
            let mut rules = stream.rules.iter();
            rules.any(|rule| self.can_judge_at(rule.rule))
        };
        extract(
            plan,
            evaluation,
            Wanted {
                judged,
                of_last: self.of_last,
                streams: &plan.streams.iter().map(is_wanted).collect::<Vec<_>>(),
            },
        )
    }

    /// Judges what all batches left behind.
    pub(crate) fn judge_across(
        &self,
        gathered: Gathered<'_>,
        threads: usize,
    ) -> std::io::Result<Found> {
        let rejects = |rule: usize| {
            let rule = self.specification.rules.get(rule);
            rule.is_some_and(|rule| rule.level == Level::RejectRow)
        };
        gathered.judge(threads, &rejects, &|rule| self.can_judge_at(rule))
    }

    /// What rules across rows found in the file as a whole.
    pub(crate) fn found_across(&self, found: &Found) -> Vec<Finding> {
        let mut findings = Vec::new();
        let mut named = BTreeSet::new();
        let mut of_rule = 0;
        let mut last = None;
        for (at, label) in &found.of_file {
            if last.replace(*at) != Some(*at) {
                of_rule = 0;
                named.clear();
            }
            of_rule += 1;
            if of_rule <= GROUPS_NAMED
                && named.insert(*label)
                && let Some(rule) = self.specification.rules.get(*at)
            {
                let mut finding = self.of_file(rule, rule.fields.first().copied(), None);
                finding.detail = self.label(rule, *label);
                findings.push(finding);
            }
        }
        for stream in &self.specification.across.streams {
            for across in &stream.rules {
                let Some(rule) = self.specification.rules.get(across.rule) else {
                    continue;
                };
                if let super::AcrossJudge::Group(super::GroupRule {
                    reports:
                        super::Reports::Tally {
                            over,
                            when,
                            first_slot,
                        },
                    ..
                }) = &across.judge
                    && self.can_judge(rule)
                {
                    let figures: Vec<f64> = found
                        .over
                        .iter()
                        .skip(*first_slot)
                        .take(over.len())
                        .copied()
                        .collect();
                    if Facts::holds_of(self, *when, &figures) {
                        let mut finding = self.of_file(rule, rule.fields.first().copied(), None);
                        finding.detail = Some(figures_in_words(&rule.groups, &figures));
                        findings.push(finding);
                    }
                }
            }
        }
        findings
    }

    /// The value of a code that names a group.
    fn label(&self, rule: &Rule, word: u32) -> Option<String> {
        let position = code_position(word)?;
        rule.fields
            .iter()
            .find_map(|field| match self.specification.readings.get(*field) {
                Some(Reading::Code(spellings)) => {
                    spellings.book().entry(position).map(|e| e.value.clone())
                }
                _ => None,
            })
    }

    /// The codes of rules, in words for the list of what was not checked.
    pub(crate) fn codes_of(&self, positions: &BTreeSet<usize>) -> Vec<String> {
        let rules = &self.specification.rules;
        positions
            .iter()
            .filter_map(|at| rules.get(*at))
            .map(|rule| rule.code.clone())
            .collect()
    }
}

/// Hands on what was found in rows, in the order of the file, as batches without rows.
pub(crate) fn hand_on<E: From<LandError>>(
    found: Found,
    mut take: impl FnMut(CheckedBatch) -> Result<(), E>,
) -> Result<(), E> {
    found.hand_on(
        |records| {
            let across = records.iter().map(AcrossHit::of).collect();
            take(CheckedBatch {
                raw: RawBatch::default(),
                accepted: None,
                rows_accepted: 0,
                rows_rejected: 0,
                rows_skipped: 0,
                facts: Facts::default(),
                hits: Vec::new(),
                rejected: Bits::none(0),
                entries: Entries::new(),
                across,
            })
        },
        |fault| E::from(LandError::Scratch(fault)),
    )
}

impl AcrossHit {
    fn of(record: &Record) -> Self {
        Self {
            rule: record.rule as usize,
            field: (record.field != u32::MAX).then_some(record.field as usize),
            row: record.row,
            line: record.line,
            rows: record.rows,
            detail: rows_in_words(&record.beside, record.rows),
        }
    }
}

/// `row 12`, `rows 12 and 13`, `rows 12, 13, 14 and 5 more`.
fn rows_in_words(beside: &[u64; NAMED], rows: u64) -> Option<String> {
    let named: Vec<String> = beside
        .iter()
        .filter(|row| **row > 0)
        .map(u64::to_string)
        .collect();
    let more = rows.saturating_sub(1 + named.len() as u64);
    let (last, before) = named.split_last()?;
    Some(match (before, more) {
        ([], 0) => format!("row {last}"),
        (_, 0) => format!("rows {} and {last}", before.join(", ")),
        _ => format!("rows {} and {more} more", named.join(", ")),
    })
}

fn figures_in_words(names: &[String], figures: &[f64]) -> String {
    let each: Vec<String> = names
        .iter()
        .zip(figures)
        .map(|(name, figure)| format!("{} {figure}", name.replace('_', " ")))
        .collect();
    each.join(", ")
}

#[cfg(test)]
mod tests {
    use super::rows_in_words;

    #[test]
    fn rows_beside_are_named_in_words() {
        for (beside, rows, words) in [
            ([0, 0, 0], 1, None),
            ([12, 0, 0], 1, Some("row 12")),
            ([12, 13, 0], 3, Some("rows 12 and 13")),
            ([12, 13, 14], 4, Some("rows 12, 13 and 14")),
            ([12, 13, 14], 9, Some("rows 12, 13, 14 and 5 more")),
        ] {
            assert_eq!(rows_in_words(&beside, rows).as_deref(), words);
        }
    }
}
