//! Working out nodes for a whole batch: each at most once, and only when something asks for it.
//!
//! A condition is true, false or unknown for a row. Unknown comes from comparing something blank or
//! unreadable, spreads as in SQL (`unknown and false` is false, `unknown or true` is true), and a rule
//! finds something only where its condition is true.

use super::{
    functions,
    node::{DaysId, DaysNode, NumberId, NumberNode, Program, Text, TextTest, TruthId, TruthNode},
    syntax::{Arithmetic, Comparison},
};
use crate::check::{
    bits::Bits,
    columns::{Columns, Typed},
    layout::NO_DAY,
    spellings::UNKNOWN,
};
use std::{borrow::Cow, cell::OnceCell, ops::Range};

/// Texts are asked row by row where fewer than one row in so many is concerned.
const FEW: usize = 4;

/// For which rows a condition is true, and for which it cannot be told.
#[derive(Debug, Clone)]
pub(crate) struct Truth {
    pub(crate) yes: Bits,
    /// Absent where every row is known.
    pub(crate) unknown: Option<Bits>,
}

/// What is known beside the rows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Known<'a> {
    /// Days since 1970.
    pub(crate) today: i32,
    pub(crate) sender: Option<&'a str>,
    pub(crate) header_width: usize,
    /// Counts over the whole file, once they are known.
    pub(crate) counted: &'a [f64],
    /// The dates of the submission that this one is compared with, by field.
    pub(crate) compared: &'a [i32],
}

/// The nodes of one program over one batch.
pub(crate) struct Evaluation<'a> {
    program: &'a Program,
    columns: &'a Columns<'a>,
    known: Known<'a>,
    truths: Vec<OnceCell<Truth>>,
    days: Vec<OnceCell<Cow<'a, [i32]>>>,
    numbers: Vec<OnceCell<Vec<f64>>>,
}

impl<'a> Evaluation<'a> {
    pub(crate) fn new(program: &'a Program, columns: &'a Columns<'a>, known: Known<'a>) -> Self {
        let cells = |n: usize| Range { start: 0, end: n };
        Self {
            truths: cells(program.truths.len())
                .map(|_| OnceCell::new())
                .collect(),
            days: cells(program.days.len()).map(|_| OnceCell::new()).collect(),
            numbers: cells(program.numbers.len())
                .map(|_| OnceCell::new())
                .collect(),
            program,
            columns,
            known,
        }
    }

    /// The cells that it works on.
    pub(crate) const fn columns(&self) -> &'a Columns<'a> {
        self.columns
    }

    /// The rows for which a condition is true.
    pub(crate) fn yes(&self, id: TruthId) -> &Bits {
        &self.truth(id).yes
    }

    /// The rows for which a condition cannot be told.
    pub(crate) fn unknown(&self, id: TruthId) -> Option<&Bits> {
        self.truth(id).unknown.as_ref()
    }

    fn truth(&self, id: TruthId) -> &Truth {
        // INVARIANT: ids come from this program, so the cell and the node exist.
        #[expect(
            clippy::indexing_slicing,
            reason = "ids are made by the program that is evaluated"
        )]
        self.truths[id.0].get_or_init(|| self.work_out(&self.program.truths[id.0]))
    }

    /// A condition for some rows only; what it says of the others has no meaning.
    fn truth_within(&self, id: TruthId, rows: &Bits) -> Truth {
        let (Some(cell), Some(node)) = (self.truths.get(id.0), self.program.truths.get(id.0))
        else {
            return certain(Bits::none(self.rows()));
        };
        if let Some(known) = cell.get() {
            return known.clone();
        }
        match node {
            TruthNode::TextIs { text, test } => self.text_is(text, test, Some(rows)),
            TruthNode::Not(of) => not(&self.truth_within(*of, rows)),
            TruthNode::And(left, right) => and(
                &self.truth_within(*left, rows),
                &self.truth_within(*right, rows),
            ),
            TruthNode::Or(left, right) => or(
                &self.truth_within(*left, rows),
                &self.truth_within(*right, rows),
            ),
            // The others cost little, and other rules will want them.
            _ => self.truth(id).clone(),
        }
    }

    pub(crate) fn days(&self, id: DaysId) -> &[i32] {
        #[expect(
            clippy::indexing_slicing,
            reason = "ids are made by the program that is evaluated"
        )]
        self.days[id.0].get_or_init(|| self.work_out_days(self.program.days[id.0]))
    }

    pub(crate) fn numbers(&self, id: NumberId) -> &[f64] {
        #[expect(
            clippy::indexing_slicing,
            reason = "ids are made by the program that is evaluated"
        )]
        self.numbers[id.0].get_or_init(|| self.work_out_numbers(&self.program.numbers[id.0]))
    }

    fn rows(&self) -> usize {
        self.columns.rows()
    }

    fn work_out(&self, node: &TruthNode) -> Truth {
        match node {
            TruthNode::Constant(true) => certain(Bits::all(self.rows())),
            TruthNode::Constant(false) => certain(Bits::none(self.rows())),
            TruthNode::Blank(field) => certain(self.blank(*field)),
            TruthNode::Readable(field) => certain(self.readable(*field)),
            TruthNode::Inexact(field) => certain(self.inexact(*field)),
            TruthNode::CodeIs { field, wanted } => {
                certain(code_is(self.columns.ids(*field), wanted))
            }
            TruthNode::TextIs { text, test } => self.text_is(text, test, None),
            TruthNode::SameText {
                left,
                right,
                ignoring_case,
            } => self.same_text(left, right, *ignoring_case),
            TruthNode::CompareDays { how, left, right } => {
                compare_days(*how, self.days(*left), self.days(*right))
            }
            TruthNode::CompareNumbers { how, left, right } => {
                compare_numbers(*how, self.numbers(*left), self.numbers(*right))
            }
            TruthNode::Not(of) => not(self.truth(*of)),
            TruthNode::And(left, right) => {
                let left = self.truth(*left);
                // Most conditions begin with what they apply to. Where that is nothing, the rest is not
                // needed; where it is little, the rest need not be asked of every row.
                let open = match &left.unknown {
                    Some(unknown) => left.yes.or(unknown),
                    None => left.yes.clone(),
                };
                match open.count() {
                    0 => left.clone(),
                    few if few < self.rows() / FEW => and(left, &self.truth_within(*right, &open)),
                    _ => and(left, self.truth(*right)),
                }
            }
            TruthNode::Or(left, right) => {
                let left = self.truth(*left);
                if left.yes.is_full() {
                    return left.clone();
                }
                or(left, self.truth(*right))
            }
            TruthNode::Untidy(field) => certain(self.untidy(*field)),
            TruthNode::Control(field) => certain(self.control(*field)),
            TruthNode::Shaped(shape) => {
                let columns = self.columns.raw().columns.len();
                let blank = self.blank_row();
                certain(Bits::by_row(self.rows(), |row| {
                    !blank.has(row) && shape.fits(columns, |field| self.columns.cell(field, row))
                }))
            }
            TruthNode::BlankRow => certain(self.blank_row()),
        }
    }

    fn blank_row(&self) -> Bits {
        let mut blank = Bits::all(self.rows());
        for field in 0..self.columns.raw().columns.len() {
            blank = blank.and(&self.blank(field));
            if blank.is_empty() {
                break;
            }
        }
        blank
    }

    fn blank(&self, field: usize) -> Bits {
        self.columns
            .trimmed(field)
            .map_or_else(|| Bits::none(self.rows()), |t| t.blank.clone())
    }

    fn readable(&self, field: usize) -> Bits {
        match self.columns.typed(field) {
            Some(Typed::Days(days)) => Bits::of(days, |day| day != NO_DAY),
            Some(Typed::Hundredths(values) | Typed::Integers(values)) => {
                Bits::of(values, |value| value.is_some())
            }
            Some(Typed::Numbers(values)) => Bits::of(values, |value| value.is_some()),
            _ => self.blank(field).not(),
        }
    }

    fn inexact(&self, field: usize) -> Bits {
        match self.columns.typed(field) {
            Some(Typed::Code {
                ids,
                inexact: Some(inexact),
            }) => inexact.and(&Bits::of(ids, |id| id != UNKNOWN)),
            _ => Bits::none(self.rows()),
        }
    }

    fn untidy(&self, field: usize) -> Bits {
        let outer = self
            .columns
            .trimmed(field)
            .is_some_and(super::super::columns::Trimmed::any_outer_space);
        match self.columns.raw_column(field) {
            Some(column) if outer || self.columns.signs(field).spaces => {
                Bits::by_row(self.rows(), |row| functions::untidy(column.cell(row)))
            }
            _ => Bits::none(self.rows()),
        }
    }

    fn control(&self, field: usize) -> Bits {
        match self.columns.raw_column(field) {
            Some(column) if self.columns.signs(field).control => {
                Bits::by_row(self.rows(), |row| functions::has_control(column.cell(row)))
            }
            _ => Bits::none(self.rows()),
        }
    }

    fn text_is(&self, of: &Text, test: &TextTest, only: Option<&Bits>) -> Truth {
        if let (Text::Field(field), TextTest::LooksScientific) = (of, test)
            && !self.columns.signs(*field).plus
        {
            return Truth {
                yes: Bits::none(self.rows()),
                unknown: some(self.blank(*field)),
            };
        }
        match test {
            TextTest::Matches(pattern) => {
                // A clone has a cache of its own, so that threads do not wait for each other's.
                let pattern = pattern.0.clone();
                self.ask(of, only, |t| pattern.is_match(t))
            }
            TextTest::OneOf(words) => self.ask(of, only, |t| words.has(t)),
            TextTest::Listed(list) => self.ask(of, only, |t| {
                list.0.position(&String::from_utf8_lossy(t)).is_some()
            }),
            TextTest::TenDigits => self.ask(of, only, |t| functions::ten_digits(t).is_some()),
            TextTest::CheckDigitHolds => self.ask(of, only, functions::check_digit_holds),
            TextTest::HoldsNhsNumber => self.ask(of, only, functions::holds_nhs_number),
            TextTest::LooksLikeFormula => self.ask(of, only, functions::looks_like_formula),
            TextTest::LooksScientific => self.ask(of, only, functions::looks_scientific),
        }
    }

    /// Asks a question of each text that is not blank.
    fn ask(&self, text: &Text, only: Option<&Bits>, question: impl Fn(&[u8]) -> bool) -> Truth {
        let mut unknown = Bits::none(self.rows());
        let mut scratch = Vec::new();
        if let Some(only) = only {
            let mut yes = Bits::none(self.rows());
            for row in only.iter() {
                let shown = self.show(text, row, &mut scratch);
                if shown.is_empty() {
                    unknown.set(row);
                } else if question(shown) {
                    yes.set(row);
                }
            }
            return Truth {
                yes,
                unknown: some(unknown),
            };
        }
        if let Text::Field(field) = text
            && let (Some(column), Some(trimmed)) = (
                self.columns.raw_column(*field),
                self.columns.trimmed(*field),
            )
        {
            let mut cells = trimmed.cells(column);
            let yes = Bits::by_row(self.rows(), |_| {
                let cell = cells.next().unwrap_or_default();
                !cell.is_empty() && question(cell)
            });
            return Truth {
                yes,
                unknown: some(trimmed.blank.clone()),
            };
        }
        let yes = Bits::by_row(self.rows(), |row| {
            let shown = self.show(text, row, &mut scratch);
            if shown.is_empty() {
                unknown.set(row);
                return false;
            }
            question(shown)
        });
        Truth {
            yes,
            unknown: some(unknown),
        }
    }

    fn same_text(&self, left: &Text, right: &Text, ignoring_case: bool) -> Truth {
        let mut unknown = Bits::none(self.rows());
        let (mut a, mut b) = (Vec::new(), Vec::new());
        let yes = Bits::by_row(self.rows(), |row| {
            let (a, b) = (self.show(left, row, &mut a), self.show(right, row, &mut b));
            if a.is_empty() || b.is_empty() {
                unknown.set(row);
                return false;
            }
            a == b
                || ignoring_case
                    && String::from_utf8_lossy(a).to_lowercase()
                        == String::from_utf8_lossy(b).to_lowercase()
        });
        Truth {
            yes,
            unknown: some(unknown),
        }
    }

    /// The text of a row, made in `scratch` where it is not simply a cell.
    pub(crate) fn show<'s>(
        &'s self,
        text: &'s Text,
        row: usize,
        scratch: &'s mut Vec<u8>,
    ) -> &'s [u8] {
        match text {
            Text::Field(field) => self.columns.cell(*field, row),
            Text::Fixed(text) => text.as_bytes(),
            Text::Sender => self.known.sender.unwrap_or_default().as_bytes(),
            Text::Without(..) | Text::Upper(_) => {
                scratch.clear();
                self.write(text, row, scratch);
                scratch
            }
        }
    }

    fn write(&self, text: &Text, row: usize, out: &mut Vec<u8>) {
        match text {
            Text::Field(field) => out.extend_from_slice(self.columns.cell(*field, row)),
            Text::Fixed(text) => out.extend_from_slice(text.as_bytes()),
            Text::Sender => {
                out.extend_from_slice(self.known.sender.unwrap_or_default().as_bytes());
            }
            Text::Without(inner, characters) => {
                self.write(inner, row, out);
                if characters.is_ascii() {
                    out.retain(|byte| !characters.as_bytes().contains(byte));
                } else {
                    let kept: String = String::from_utf8_lossy(out)
                        .chars()
                        .filter(|c| !characters.contains(*c))
                        .collect();
                    *out = kept.into_bytes();
                }
            }
            Text::Upper(inner) => {
                self.write(inner, row, out);
                if out.is_ascii() {
                    out.make_ascii_uppercase();
                } else {
                    *out = String::from_utf8_lossy(out).to_uppercase().into_bytes();
                }
            }
        }
    }

    fn work_out_days(&self, node: DaysNode) -> Cow<'a, [i32]> {
        let rows = self.rows();
        match node {
            // The column lives as long as the batch, and so may be lent.
            DaysNode::Field(field) => Cow::Borrowed(self.columns.days(field)),
            DaysNode::Fixed(day) => Cow::Owned(vec![day; rows]),
            DaysNode::Today => Cow::Owned(vec![self.known.today; rows]),
            DaysNode::AddDays(date, count) => Cow::Owned(
                self.days(date)
                    .iter()
                    .zip(self.numbers(count))
                    .map(|(day, count)| functions::add_days(*day, *count))
                    .collect(),
            ),
            DaysNode::AddMonths(date, count) => Cow::Owned(
                self.days(date)
                    .iter()
                    .zip(self.numbers(count))
                    .map(|(day, count)| functions::add_months(*day, *count))
                    .collect(),
            ),
            DaysNode::StartOfMonth(date) => Cow::Owned(
                self.days(date)
                    .iter()
                    .map(|day| functions::month_edge(*day, false))
                    .collect(),
            ),
            DaysNode::EndOfMonth(date) => Cow::Owned(
                self.days(date)
                    .iter()
                    .map(|day| functions::month_edge(*day, true))
                    .collect(),
            ),
            DaysNode::OnlyWhere(truth, date) => {
                let yes = self.yes(truth);
                let days = self.days(date).iter().enumerate();
                Cow::Owned(
                    days.map(|(row, day)| if yes.has(row) { *day } else { NO_DAY })
                        .collect(),
                )
            }
            DaysNode::Earliest(left, right) => self.edge(left, right, i32::min),
            DaysNode::Latest(left, right) => self.edge(left, right, i32::max),
            DaysNode::Compared(field) => {
                let day = self.known.compared.get(field).copied();
                Cow::Owned(vec![day.unwrap_or(NO_DAY); rows])
            }
            DaysNode::FirstKnown(first, second) => Cow::Owned(
                self.days(first)
                    .iter()
                    .zip(self.days(second))
                    .map(|(first, second)| if *first == NO_DAY { *second } else { *first })
                    .collect(),
            ),
        }
    }

    fn edge(&self, left: DaysId, right: DaysId, choose: fn(i32, i32) -> i32) -> Cow<'a, [i32]> {
        let pairs = self.days(left).iter().zip(self.days(right));
        Cow::Owned(
            pairs
                .map(|(a, b)| functions::edge(*a, *b, choose))
                .collect(),
        )
    }

    fn work_out_numbers(&self, node: &NumberNode) -> Vec<f64> {
        let rows = self.rows();
        let of_days = |id: DaysId, part: fn((i32, i32, i32)) -> i32| -> Vec<f64> {
            self.days(id)
                .iter()
                .map(|day| match *day {
                    NO_DAY => f64::NAN,
                    day => f64::from(part(crate::check::layout::civil(day))),
                })
                .collect()
        };
        match node {
            NumberNode::Field(field) => self.number_field(*field),
            NumberNode::Fixed(number) => vec![*number; rows],
            NumberNode::Arithmetic { how, left, right } => {
                let (left, right) = (self.numbers(*left), self.numbers(*right));
                let apply = |f: fn(f64, f64) -> f64| -> Vec<f64> {
                    left.iter().zip(right).map(|(a, b)| f(*a, *b)).collect()
                };
                match how {
                    Arithmetic::Add => apply(|a, b| a + b),
                    Arithmetic::Subtract => apply(|a, b| a - b),
                    Arithmetic::Multiply => apply(|a, b| a * b),
                    // A division by zero has no answer, so whatever rests on it is skipped.
                    Arithmetic::Divide => apply(|a, b| if b == 0.0 { f64::NAN } else { a / b }),
                }
            }
            NumberNode::DaysBetween(left, right) => self
                .days(*left)
                .iter()
                .zip(self.days(*right))
                .map(|(a, b)| {
                    if *a == NO_DAY || *b == NO_DAY {
                        f64::NAN
                    } else {
                        f64::from(*a) - f64::from(*b)
                    }
                })
                .collect(),
            NumberNode::Age { born, on } => self
                .days(*born)
                .iter()
                .zip(self.days(*on))
                .map(|(born, on)| functions::age(*born, *on))
                .collect(),
            NumberNode::Day(id) => of_days(*id, |(_, _, day)| day),
            NumberNode::Month(id) => of_days(*id, |(_, month, _)| month),
            NumberNode::Year(id) => of_days(*id, |(year, _, _)| year),
            NumberNode::FirstKnown(first, second) => self
                .numbers(*first)
                .iter()
                .zip(self.numbers(*second))
                .map(|(first, second)| if first.is_nan() { *second } else { *first })
                .collect(),
            NumberNode::Absolute(of) => self.numbers(*of).iter().map(|n| n.abs()).collect(),
            NumberNode::Length(text) => {
                let mut scratch = Vec::new();
                (0..rows)
                    .map(|row| {
                        let shown = self.show(text, row, &mut scratch);
                        // Characters, not bytes: every byte that does not continue one begins one.
                        let characters = shown.iter().filter(|b| **b & 0xc0 != 0x80).count();
                        count(characters)
                    })
                    .collect()
            }
            NumberNode::CodeNumber { field, numbers } => {
                let last = numbers.len().saturating_sub(1);
                self.columns
                    .ids(*field)
                    .iter()
                    .map(|id| {
                        numbers
                            .get(usize::from(*id).min(last))
                            .copied()
                            .unwrap_or(f64::NAN)
                    })
                    .collect()
            }
            NumberNode::CountFilled(fields) => {
                let mut filled = vec![0.0; rows];
                for field in fields {
                    let present = self.blank(*field).not();
                    for row in present.iter() {
                        if let Some(n) = filled.get_mut(row) {
                            *n += 1.0;
                        }
                    }
                }
                filled
            }
            NumberNode::RowWidth => self
                .columns
                .raw()
                .widths
                .iter()
                .map(|width| f64::from(*width))
                .collect(),
            NumberNode::HeaderWidth => vec![count(self.known.header_width); rows],
            NumberNode::Counted(at) => {
                vec![self.known.counted.get(*at).copied().unwrap_or(f64::NAN); rows]
            }
        }
    }

    fn number_field(&self, field: usize) -> Vec<f64> {
        match self.columns.typed(field) {
            Some(Typed::Hundredths(values)) => values
                .iter()
                .map(|v| v.map_or(f64::NAN, |v| as_number(v) / 100.0))
                .collect(),
            Some(Typed::Integers(values)) => values
                .iter()
                .map(|v| v.map_or(f64::NAN, as_number))
                .collect(),
            Some(Typed::Numbers(values)) => values.iter().map(|v| v.unwrap_or(f64::NAN)).collect(),
            _ => vec![f64::NAN; self.rows()],
        }
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "values have at most seventeen digits, and conditions compare with round figures"
)]
const fn as_number(value: i64) -> f64 {
    value as f64
}

fn count(n: usize) -> f64 {
    u32::try_from(n).map_or(f64::MAX, f64::from)
}

const fn certain(yes: Bits) -> Truth {
    Truth { yes, unknown: None }
}

fn some(bits: Bits) -> Option<Bits> {
    (!bits.is_empty()).then_some(bits)
}

fn code_is(ids: &[u16], wanted: &[bool]) -> Bits {
    let last = wanted.len().saturating_sub(1);
    if wanted.len() <= 64 {
        // Short lists, which most are, fit one word: no memory is read for a row.
        let mut word = 0_u64;
        for (at, wanted) in wanted.iter().enumerate() {
            word |= u64::from(*wanted) << at;
        }
        let last = u16::try_from(last).unwrap_or_default();
        return Bits::of(ids, |id| word >> id.min(last) & 1 == 1);
    }
    Bits::of(ids, |id| {
        wanted
            .get(usize::from(id).min(last))
            .copied()
            .unwrap_or_default()
    })
}

#[expect(
    clippy::needless_bitwise_bool,
    reason = "without branches the loop runs many rows at a time"
)]
fn compare_days(how: Comparison, left: &[i32], right: &[i32]) -> Truth {
    let known = |a: i32, b: i32| (a != NO_DAY) & (b != NO_DAY);
    let yes = match how {
        Comparison::Equal => Bits::of_pairs(left, right, |a, b| (a == b) & known(a, b)),
        Comparison::NotEqual => Bits::of_pairs(left, right, |a, b| (a != b) & known(a, b)),
        Comparison::Less => Bits::of_pairs(left, right, |a, b| (a < b) & known(a, b)),
        Comparison::LessOrEqual => Bits::of_pairs(left, right, |a, b| (a <= b) & known(a, b)),
        Comparison::Greater => Bits::of_pairs(left, right, |a, b| (a > b) & known(a, b)),
        Comparison::GreaterOrEqual => Bits::of_pairs(left, right, |a, b| (a >= b) & known(a, b)),
    };
    Truth {
        yes,
        unknown: some(Bits::of_pairs(left, right, |a, b| !known(a, b))),
    }
}

fn compare_numbers(how: Comparison, left: &[f64], right: &[f64]) -> Truth {
    let yes = Bits::of_pairs(left, right, |a, b| {
        !a.is_nan() && !b.is_nan() && how.holds(&a, &b)
    });
    Truth {
        yes,
        unknown: some(Bits::of_pairs(left, right, |a, b| a.is_nan() || b.is_nan())),
    }
}

fn not(of: &Truth) -> Truth {
    let no = of.yes.not();
    Truth {
        yes: match &of.unknown {
            Some(unknown) => no.without(unknown),
            None => no,
        },
        unknown: of.unknown.clone(),
    }
}

fn and(left: &Truth, right: &Truth) -> Truth {
    let yes = left.yes.and(&right.yes);
    let unknown = match (&left.unknown, &right.unknown) {
        (None, None) => None,
        (Some(u), None) => Some(u.and(&right.yes)),
        (None, Some(u)) => Some(u.and(&left.yes)),
        (Some(a), Some(b)) => {
            let left_may = left.yes.or(a);
            let right_may = right.yes.or(b);
            Some(left_may.and(&right_may).without(&yes))
        }
    };
    Truth {
        yes,
        unknown: unknown.and_then(some),
    }
}

fn or(left: &Truth, right: &Truth) -> Truth {
    let yes = left.yes.or(&right.yes);
    let unknown = match (&left.unknown, &right.unknown) {
        (None, None) => None,
        (Some(u), None) | (None, Some(u)) => Some(u.without(&yes)),
        (Some(a), Some(b)) => Some(a.or(b).without(&yes)),
    };
    Truth {
        yes,
        unknown: unknown.and_then(some),
    }
}
