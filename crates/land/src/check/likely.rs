//! What most likely went wrong in rows that break a rule, where the data shows it.
//!
//! Each kind says how a cell would read without the mishap. A row counts for a kind if with that cell neither
//! the rule nor any rule that rejects rows finds anything at the column any more, and the cell is usable by
//! what `dataset.toml` says of its field. Rules name the kinds that are worth trying on them; a cell that its
//! field cannot use is tried with those of its kind.
//! Only how many rows there are is told: no cell is changed, and nobody's number is guessed.

mod undone;

use super::{
    Checker, Hit,
    bits::Bits,
    columns::Columns,
    expression::{
        evaluate::Evaluation,
        node::{DaysId, DaysNode, NumberId, NumberNode, Program, Text, TruthId, TruthNode},
    },
    specification::Judge,
};
use crate::receive::{RawBatch, RawColumn};
use model::FieldKind;
use serde::Serialize;
use std::collections::BTreeSet;
use undone::Undone;

/// What most likely went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LikelyKind {
    /// A date that is right a year later.
    PreviousYear,
    /// A date that is right with day and month in each other's place.
    DayMonthSwapped,
    /// A date as the day count of a spreadsheet.
    DayCount,
    /// A number as 9.99E+9.
    Scientific,
    /// A date or a code whose leading zeros a spreadsheet took off.
    LeadingZeros,
    /// Right but for capitals.
    LetterCase,
    /// A value of another release.
    OtherRelease,
}

impl LikelyKind {
    /// All kinds, by the names that rules use.
    pub(crate) const NAMED: [(&'static str, Self); 7] = [
        ("previous_year", Self::PreviousYear),
        ("day_month_swapped", Self::DayMonthSwapped),
        ("day_count", Self::DayCount),
        ("scientific", Self::Scientific),
        ("leading_zeros", Self::LeadingZeros),
        ("letter_case", Self::LetterCase),
        ("other_release", Self::OtherRelease),
    ];

    /// What went wrong with a column, in words.
    pub fn words(self, column: &str) -> String {
        match self {
            Self::PreviousYear => format!("{column} typed in the previous year"),
            Self::DayMonthSwapped => format!("{column} with day and month swapped"),
            Self::DayCount => format!("{column} as the day count of a spreadsheet"),
            Self::Scientific => format!("{column} in the scientific notation of a spreadsheet"),
            Self::LeadingZeros => format!("{column} without its leading zeros"),
            Self::LetterCase => format!("{column} right but for capital letters"),
            Self::OtherRelease => format!("{column} with a value of another release"),
        }
    }

    /// The kinds that are tried on a cell that its field cannot use.
    const fn usual(kind: FieldKind) -> &'static [Self] {
        match kind {
            FieldKind::Date => &[Self::LeadingZeros, Self::DayMonthSwapped, Self::DayCount],
            FieldKind::Code => &[Self::LetterCase, Self::LeadingZeros],
            FieldKind::Text => &[Self::Scientific, Self::LetterCase],
            FieldKind::Integer | FieldKind::Decimal | FieldKind::Number => &[Self::Scientific],
        }
    }
}

/// Works out for each hit how many of its rows a kind explains; each row is explained once at most.
pub(super) fn explain(
    checker: &Checker<'_>,
    evaluation: &Evaluation<'_>,
    columns: &Columns<'_>,
    hits: &mut [Hit],
) {
    for hit in hits {
        let Some(field) = hit.field else { continue };
        hit.likely = Explained {
            checker,
            columns,
            hit,
            field,
        }
        .counts(evaluation);
    }
}

struct Explained<'a, 'b> {
    checker: &'a Checker<'a>,
    columns: &'a Columns<'b>,
    hit: &'a Hit,
    field: usize,
}

impl Explained<'_, '_> {
    fn counts(&self, evaluation: &Evaluation<'_>) -> Vec<(LikelyKind, u64)> {
        let specification = self.checker.specification();
        let (Some(rule), Some(reading)) = (
            specification.rules.get(self.hit.rule),
            specification.readings.get(self.field),
        ) else {
            return Vec::new();
        };
        let mut counts = Vec::new();
        let mut left = self.hit.rows.clone();
        for kind in &rule.likely {
            self.count(*kind, &mut left, &mut counts);
        }
        // Other rules about a cell that cannot be used are about something else.
        let unusable = specification.quality.unusable(self.field);
        let mut cells = Bits::none(left.rows());
        for truth in &unusable {
            cells.add(&evaluation.yes(*truth).and(&left));
        }
        if !cells.is_empty() {
            for kind in LikelyKind::usual(reading.kind()) {
                if !rule.likely.contains(kind) {
                    self.count(*kind, &mut cells, &mut counts);
                }
            }
        }
        counts
    }

    /// Takes the rows that a kind explains out of those that are left, and counts them.
    fn count(&self, kind: LikelyKind, left: &mut Bits, counts: &mut Vec<(LikelyKind, u64)>) {
        let mut rows = Vec::new();
        let mut cells = RawColumn::default();
        let mut explained = Bits::none(left.rows());
        for row in left.iter() {
            let cell = self.columns.cell(self.field, row);
            match undone::undone(kind, cell, self.checker.specification(), self.field) {
                Undone::No => {}
                Undone::Sure => explained.set(row),
                Undone::Reads(text) => {
                    cells.bytes.extend_from_slice(text.as_bytes());
                    let end = u32::try_from(cells.bytes.len()).unwrap_or(u32::MAX);
                    cells.ends.push(end);
                    rows.push(row);
                }
            }
        }
        if !rows.is_empty() {
            self.try_again(&rows, cells, &mut explained);
        }
        let count = explained.count() as u64;
        if count > 0 {
            counts.push((kind, count));
            *left = left.without(&explained);
        }
    }

    /// Holds rows with another cell against the rule again, and marks those that it does not find.
    fn try_again(&self, rows: &[usize], cells: RawColumn, explained: &mut Bits) {
        let specification = self.checker.specification();
        let mut asked = specification.quality.unusable(self.field);
        for (at, rule) in specification.rules.iter().enumerate() {
            if let Judge::Rows(tests) = &rule.judge
                && (at == self.hit.rule
                    || self.checker.level_of(rule).rejects() && self.checker.can_judge(rule))
            {
                let own = tests.iter().filter(|test| test.field == Some(self.field));
                asked.extend(own.map(|test| test.truth));
            }
        }
        let mut used = BTreeSet::new();
        for truth in &asked {
            fields_of_truth(&specification.program, *truth, &mut used);
        }
        let raw = self.columns.raw();
        let mut batch = RawBatch {
            rows: rows.len(),
            row_numbers: vec![0; rows.len()],
            lines: vec![0; rows.len()],
            widths: rows
                .iter()
                .map(|row| raw.widths.get(*row).copied().unwrap_or_default())
                .collect(),
            columns: vec![RawColumn::default(); raw.columns.len()],
        };
        for (at, column) in batch.columns.iter_mut().enumerate() {
            if at == self.field || !used.contains(&at) {
                continue;
            }
            for row in rows {
                let cell = raw.columns.get(at).map_or(&[][..], |c| c.cell(*row));
                column.bytes.extend_from_slice(cell);
                let end = u32::try_from(column.bytes.len()).unwrap_or(u32::MAX);
                column.ends.push(end);
            }
        }
        if let Some(column) = batch.columns.get_mut(self.field) {
            *column = cells;
        }
        let columns = Columns::new(&batch, &specification.readings);
        let known = self.checker.known(&[]);
        let again = Evaluation::new(&specification.program, &columns, known);
        let mut found = Bits::none(rows.len());
        for truth in asked {
            found.add(again.yes(truth));
        }
        for (at, row) in rows.iter().enumerate() {
            if !found.has(at) {
                explained.set(*row);
            }
        }
    }
}

/// The columns that a condition reads.
fn fields_of_truth(program: &Program, id: TruthId, used: &mut BTreeSet<usize>) {
    let Some(node) = program.truths.get(id.0) else {
        return;
    };
    match node {
        TruthNode::Constant(_) => {}
        TruthNode::Blank(field)
        | TruthNode::Readable(field)
        | TruthNode::Inexact(field)
        | TruthNode::CodeIs { field, .. }
        | TruthNode::Untidy(field)
        | TruthNode::Control(field) => {
            used.insert(*field);
        }
        TruthNode::TextIs { text, .. } => fields_of_text(text, used),
        TruthNode::SameText { left, right, .. } => {
            fields_of_text(left, used);
            fields_of_text(right, used);
        }
        TruthNode::CompareDays { left, right, .. } => {
            fields_of_days(program, *left, used);
            fields_of_days(program, *right, used);
        }
        TruthNode::CompareNumbers { left, right, .. } => {
            fields_of_number(program, *left, used);
            fields_of_number(program, *right, used);
        }
        TruthNode::Not(of) => fields_of_truth(program, *of, used),
        TruthNode::And(left, right) | TruthNode::Or(left, right) => {
            fields_of_truth(program, *left, used);
            fields_of_truth(program, *right, used);
        }
        TruthNode::BlankRow | TruthNode::Shaped(_) => used.extend(0..usize::from(u16::MAX)),
    }
}

fn fields_of_text(text: &Text, used: &mut BTreeSet<usize>) {
    match text {
        Text::Field(field) => {
            used.insert(*field);
        }
        Text::Fixed(_) | Text::Sender => {}
        Text::Without(of, _) | Text::Upper(of) => fields_of_text(of, used),
    }
}

fn fields_of_days(program: &Program, id: DaysId, used: &mut BTreeSet<usize>) {
    let Some(node) = program.days.get(id.0) else {
        return;
    };
    match node {
        DaysNode::Field(field) => {
            used.insert(*field);
        }
        DaysNode::Fixed(_) | DaysNode::Today | DaysNode::Compared(_) => {}
        DaysNode::AddDays(of, count) | DaysNode::AddMonths(of, count) => {
            fields_of_days(program, *of, used);
            fields_of_number(program, *count, used);
        }
        DaysNode::StartOfMonth(of) | DaysNode::EndOfMonth(of) => {
            fields_of_days(program, *of, used);
        }
        DaysNode::OnlyWhere(truth, of) => {
            fields_of_truth(program, *truth, used);
            fields_of_days(program, *of, used);
        }
        DaysNode::FirstKnown(first, second)
        | DaysNode::Earliest(first, second)
        | DaysNode::Latest(first, second) => {
            fields_of_days(program, *first, used);
            fields_of_days(program, *second, used);
        }
    }
}

fn fields_of_number(program: &Program, id: NumberId, used: &mut BTreeSet<usize>) {
    let Some(node) = program.numbers.get(id.0) else {
        return;
    };
    match node {
        NumberNode::Field(field) | NumberNode::CodeNumber { field, .. } => {
            used.insert(*field);
        }
        NumberNode::Fixed(_)
        | NumberNode::RowWidth
        | NumberNode::HeaderWidth
        | NumberNode::Counted(_) => {}
        NumberNode::Arithmetic { left, right, .. } | NumberNode::FirstKnown(left, right) => {
            fields_of_number(program, *left, used);
            fields_of_number(program, *right, used);
        }
        NumberNode::DaysBetween(a, b) | NumberNode::Age { born: a, on: b } => {
            fields_of_days(program, *a, used);
            fields_of_days(program, *b, used);
        }
        NumberNode::Day(of) | NumberNode::Month(of) | NumberNode::Year(of) => {
            fields_of_days(program, *of, used);
        }
        NumberNode::Absolute(of) => fields_of_number(program, *of, used),
        NumberNode::Length(text) => fields_of_text(text, used),
        NumberNode::CountFilled(fields) => used.extend(fields),
    }
}
