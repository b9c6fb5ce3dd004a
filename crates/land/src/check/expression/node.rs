//! What expressions become: nodes that rules share, so that each part is worked out once for a batch.

use super::{
    row_shape::RowShape,
    syntax::{Arithmetic, Comparison},
};
use crate::check::codes::CodeBook;
use regex::bytes::Regex;
use std::{collections::HashMap, sync::Arc};

/// The position of a node that is true, false or unknown for each row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct TruthId(pub(crate) usize);
/// The position of a node that is a date for each row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct DaysId(pub(crate) usize);
/// The position of a node that is a number for each row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct NumberId(pub(crate) usize);

#[derive(Debug, Clone)]
pub(crate) enum TruthNode {
    Constant(bool),
    Blank(usize),
    Readable(usize),
    /// On the list, but not letter for letter.
    Inexact(usize),
    /// For each id of the code list whether it is wanted: blank first, unknown last.
    CodeIs {
        field: usize,
        wanted: Vec<bool>,
    },
    TextIs {
        text: Text,
        test: TextTest,
    },
    SameText {
        left: Text,
        right: Text,
        ignoring_case: bool,
    },
    CompareDays {
        how: Comparison,
        left: DaysId,
        right: DaysId,
    },
    CompareNumbers {
        how: Comparison,
        left: NumberId,
        right: NumberId,
    },
    Not(TruthId),
    And(TruthId, TruthId),
    Or(TruthId, TruthId),
    /// Outer, doubled or non-breaking spaces in the cell as sent.
    Untidy(usize),
    /// A control character other than tab and line ends in the cell as sent.
    Control(usize),
    BlankRow,
    /// The row is no record, but looks like this.
    Shaped(RowShape),
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum DaysNode {
    Field(usize),
    Fixed(i32),
    Today,
    AddDays(DaysId, NumberId),
    AddMonths(DaysId, NumberId),
    StartOfMonth(DaysId),
    EndOfMonth(DaysId),
    FirstKnown(DaysId, DaysId),
    Earliest(DaysId, DaysId),
    Latest(DaysId, DaysId),
    /// The date where a condition is true, otherwise unknown.
    OnlyWhere(TruthId, DaysId),
    /// A date of the submission that this one is compared with.
    Compared(usize),
}

#[derive(Debug, Clone)]
pub(crate) enum NumberNode {
    Field(usize),
    Fixed(f64),
    Arithmetic {
        how: Arithmetic,
        left: NumberId,
        right: NumberId,
    },
    DaysBetween(DaysId, DaysId),
    Age {
        born: DaysId,
        on: DaysId,
    },
    Day(DaysId),
    Month(DaysId),
    Year(DaysId),
    FirstKnown(NumberId, NumberId),
    Absolute(NumberId),
    Length(Text),
    /// A number that the code list states beside each value; missing is not a number.
    CodeNumber {
        field: usize,
        numbers: Vec<f64>,
    },
    CountFilled(Vec<usize>),
    RowWidth,
    HeaderWidth,
    /// A count over the whole file, known at its end.
    Counted(usize),
}

/// A text for each row; blank is unknown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Text {
    Field(usize),
    Fixed(String),
    Sender,
    Without(Box<Self>, String),
    Upper(Box<Self>),
}

/// A question about one text that is not blank.
#[derive(Debug, Clone)]
pub(crate) enum TextTest {
    Matches(Pattern),
    /// Folded spellings.
    OneOf(Words),
    Listed(Listing),
    TenDigits,
    CheckDigitHolds,
    HoldsNhsNumber,
    LooksLikeFormula,
    LooksScientific,
}

/// A compiled pattern that prints as its text.
#[derive(Clone)]
pub(crate) struct Pattern(pub(crate) Regex);

impl std::fmt::Debug for Pattern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", self.0.as_str())
    }
}

/// A code list that prints as its name.
#[derive(Clone)]
pub(crate) struct Listing(pub(crate) Arc<CodeBook>);

impl std::fmt::Debug for Listing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", self.0.name)
    }
}

/// A few words, compared without case; most cells are told apart by length and first byte alone.
#[derive(Debug, Clone)]
pub(crate) struct Words {
    folded: Vec<String>,
    lengths: u64,
    first_bytes: [u64; 2],
    all_ascii: bool,
}

impl Words {
    pub(crate) fn new(words: impl IntoIterator<Item = String>) -> Self {
        let mut set = Self {
            folded: words
                .into_iter()
                .map(|w| crate::check::codes::fold(&w))
                .collect(),
            lengths: 0,
            first_bytes: [0; 2],
            all_ascii: true,
        };
        for word in &set.folded {
            set.all_ascii &= word.is_ascii();
            set.lengths |= 1 << word.len().min(63);
            for byte in word.bytes().take(1) {
                for byte in [byte.to_ascii_lowercase(), byte.to_ascii_uppercase()] {
                    if let Some(half) = set.first_bytes.get_mut(usize::from(byte / 64)) {
                        *half |= 1 << (byte % 64);
                    }
                }
            }
        }
        set
    }

    /// Whether a trimmed text is one of the words, ignoring letter case.
    #[inline]
    pub(crate) fn has(&self, text: &[u8]) -> bool {
        if self.all_ascii {
            if self.lengths >> text.len().min(63) & 1 == 0 {
                return false;
            }
            let first = text.first().copied().unwrap_or_default();
            let half = self.first_bytes.get(usize::from(first / 64));
            if half.is_none_or(|half| half >> (first % 64) & 1 == 0) {
                return false;
            }
            return self
                .folded
                .iter()
                .any(|word| word.as_bytes().eq_ignore_ascii_case(text));
        }
        let folded = crate::check::codes::fold(&String::from_utf8_lossy(text));
        self.folded.contains(&folded)
    }
}

/// The nodes of all rules of a dataset.
#[derive(Debug, Default)]
pub(crate) struct Program {
    pub(crate) truths: Vec<TruthNode>,
    pub(crate) days: Vec<DaysNode>,
    pub(crate) numbers: Vec<NumberNode>,
    /// Nodes by what they are, so that equal ones are kept once.
    known: HashMap<String, usize>,
}

impl Program {
    pub(crate) fn truth(&mut self, node: TruthNode) -> TruthId {
        let key = format!("t{node:?}");
        let next = self.truths.len();
        let at = *self.known.entry(key).or_insert(next);
        if at == next {
            self.truths.push(node);
        }
        TruthId(at)
    }

    pub(crate) fn day(&mut self, node: DaysNode) -> DaysId {
        let key = format!("d{node:?}");
        let next = self.days.len();
        let at = *self.known.entry(key).or_insert(next);
        if at == next {
            self.days.push(node);
        }
        DaysId(at)
    }

    pub(crate) fn number(&mut self, node: NumberNode) -> NumberId {
        let key = format!("n{node:?}");
        let next = self.numbers.len();
        let at = *self.known.entry(key).or_insert(next);
        if at == next {
            self.numbers.push(node);
        }
        NumberId(at)
    }

    pub(crate) fn not(&mut self, of: TruthId) -> TruthId {
        self.truth(TruthNode::Not(of))
    }

    pub(crate) fn and(&mut self, left: TruthId, right: TruthId) -> TruthId {
        self.truth(TruthNode::And(left, right))
    }

    pub(crate) fn or(&mut self, left: TruthId, right: TruthId) -> TruthId {
        self.truth(TruthNode::Or(left, right))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_ignore_case() {
        let words = Words::new(["Unknown".to_owned(), "N/A".to_owned(), "0".to_owned()]);
        for (text, expected) in [
            ("unknown", true),
            ("UNKNOWN", true),
            ("n/a", true),
            ("0", true),
            ("00", false),
            ("known", false),
            ("", false),
            ("É", false),
        ] {
            assert_eq!(words.has(text.as_bytes()), expected, "{text}");
        }
        assert!(Words::new(["É".to_owned()]).has("é".as_bytes()));
    }

    #[test]
    fn equal_nodes_are_kept_once() {
        let mut program = Program::default();
        let a = program.truth(TruthNode::Blank(1));
        let b = program.truth(TruthNode::Blank(2));
        let both = program.and(a, b);
        assert_eq!(program.truth(TruthNode::Blank(1)), a);
        assert_eq!(program.and(a, b), both);
        assert_eq!(program.truths.len(), 3);
    }
}
