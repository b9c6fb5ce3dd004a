//! Counting findings by cause. Memory depends on the number of rules and columns, not of findings.

use super::{AcrossHit, CheckedBatch, Checker, LikelyKind, Rule};
use model::{Finding, Level};
use std::collections::BTreeMap;

/// How many findings of a cause are kept as examples.
const KEPT: usize = 5;
/// How many different wrong values of a cause are counted; those that come later are not.
const VALUES_COUNTED: usize = 200;
/// Longer wrong values are cut: they are shown in one line.
const VALUE_LENGTH: usize = 80;

/// Findings by cause: one rule at one column.
#[derive(Debug, Default)]
pub struct Tally {
    causes: BTreeMap<(usize, Option<usize>), RuleTally>,
}

/// What one cause came to.
#[derive(Debug, Clone)]
pub struct RuleTally {
    /// The rule's code.
    pub rule: String,
    /// The position of the field in the dataset.
    pub field: Option<usize>,
    /// What it does.
    pub level: Level,
    /// How many rows have it.
    pub rows: u64,
    /// How often it is reported: less often than it has rows, where rows are reported together.
    pub findings: u64,
    /// The first few findings.
    pub first: Vec<Finding>,
    values: BTreeMap<String, u64>,
    likely: BTreeMap<LikelyKind, u64>,
}

impl Tally {
    /// Adds a batch. Batches come in the order of the file, so that the first findings are the first.
    pub fn add(&mut self, checker: &Checker<'_>, batch: &CheckedBatch) {
        let specification = checker.specification();
        self.add_across(checker, &batch.across);
        for hit in &batch.hits {
            let Some(rule) = specification.rules.get(hit.rule) else {
                continue;
            };
            let cause = self.cause(hit.rule, hit.field, rule, checker.level_of(rule));
            let rows = hit.rows.count() as u64;
            cause.rows += rows;
            cause.findings += rows;
            for (kind, rows) in &hit.likely {
                *cause.likely.entry(*kind).or_default() += rows;
            }
            let wanted = KEPT.saturating_sub(cause.first.len());
            let first = hit.rows.iter().take(wanted);
            cause
                .first
                .extend(first.map(|row| checker.finding(&batch.raw, hit, row)));
            // Wrong values are shown where the column has a code list: they are typing, not people.
            let shown = hit.field.filter(|field| {
                specification.code_book(*field).is_some()
                    && specification
                        .dataset()
                        .fields
                        .get(*field)
                        .is_some_and(|f| !f.identifying)
            });
            if let Some(column) = shown.and_then(|field| batch.raw.columns.get(field)) {
                for row in hit.rows.iter() {
                    cause.count_value(column.cell(row));
                }
            }
        }
    }

    /// Adds what rules across rows found, in the order of the file.
    fn add_across(&mut self, checker: &Checker<'_>, hits: &[AcrossHit]) {
        for hit in hits {
            let Some(rule) = checker.specification().rules.get(hit.rule) else {
                continue;
            };
            let cause = self.cause(hit.rule, hit.field, rule, checker.level_of(rule));
            cause.rows += hit.rows;
            cause.findings += 1;
            if cause.first.len() < KEPT {
                cause.first.push(checker.across_finding(hit));
            }
        }
    }

    fn cause(
        &mut self,
        at: usize,
        field: Option<usize>,
        rule: &Rule,
        level: Level,
    ) -> &mut RuleTally {
        self.causes.entry((at, field)).or_insert_with(|| RuleTally {
            rule: rule.code.clone(),
            field,
            level,
            rows: 0,
            findings: 0,
            first: Vec::new(),
            values: BTreeMap::new(),
            likely: BTreeMap::new(),
        })
    }

    /// The causes in rows, by rule in the order of the specification, then by column.
    pub fn causes(&self) -> impl Iterator<Item = &RuleTally> {
        self.causes.values()
    }
}

impl RuleTally {
    fn count_value(&mut self, cell: &[u8]) {
        let text = String::from_utf8_lossy(cell);
        let text = text.trim();
        let end = text.char_indices().nth(VALUE_LENGTH).map(|(at, _)| at);
        let text = end.and_then(|end| text.get(..end)).unwrap_or(text);
        if text.is_empty() {
            return;
        }
        if let Some(count) = self.values.get_mut(text) {
            *count += 1;
        } else if self.values.len() < VALUES_COUNTED {
            self.values.insert(text.to_owned(), 1);
        }
    }

    /// What most likely went wrong and in how many rows, most common first.
    pub fn likely(&self) -> Vec<(LikelyKind, u64)> {
        let mut kinds: Vec<(LikelyKind, u64)> = self.likely.iter().map(|(k, n)| (*k, *n)).collect();
        kinds.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
        kinds
    }

    /// The most common wrong values and how many rows have each, most common first. Empty where the
    /// column has no code list.
    pub fn most_common(&self, most: usize) -> Vec<(String, u64)> {
        let mut values: Vec<(&String, u64)> = self.values.iter().map(|(v, n)| (v, *n)).collect();
        values.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
        values
            .into_iter()
            .take(most)
            .map(|(value, n)| (value.clone(), n))
            .collect()
    }
}
