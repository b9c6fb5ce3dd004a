//! Rows that are told by their shape: a header that is repeated, a total beneath the table.
//!
//! Both are told by the first cell that holds something, which for nearly every row settles it.

use crate::receive::alike;

/// What a row may look like, instead of a record.
#[derive(Debug, Clone)]
pub(crate) enum RowShape {
    /// Names of columns, each as it is written without what may differ.
    Header(Vec<String>),
    /// A word such as "total", numbers, and little else. The words are in lower case.
    Totals(Vec<String>),
}

impl RowShape {
    /// Whether a row has the shape; `cell` gives the trimmed cells of its columns in order.
    pub(super) fn fits<'a>(&self, columns: usize, cell: impl Fn(usize) -> &'a [u8]) -> bool {
        let Some(first) = (0..columns).find(|at| !cell(*at).is_empty()) else {
            return false;
        };
        match self {
            Self::Header(names) => {
                let is_name = |at: usize| {
                    names.get(at).is_some_and(|name| {
                        std::str::from_utf8(cell(at)).is_ok_and(|text| alike(text) == *name)
                    })
                };
                // Names begin with a letter, and most first cells of records are keys.
                let may_be = cell(first).first().is_some_and(|b| !b.is_ascii_digit());
                if !may_be || !is_name(first) {
                    return false;
                }
                let filled = || (first..columns).filter(|at| !cell(*at).is_empty());
                filled().filter(|at| is_name(*at)).count() * 2 >= filled().count()
            }
            Self::Totals(words) => {
                if !begins_with_word(cell(first), words) {
                    return false;
                }
                let others = (first + 1..columns).filter(|at| !cell(*at).is_empty());
                let numbers = others.clone().all(|at| is_number(cell(at)));
                numbers && (1 + others.count()) * 2 <= columns.max(4)
            }
        }
    }
}

/// Whether a text begins with one of the words, once what stands before its first letter is off, as in
/// "(61 rows affected)".
fn begins_with_word(text: &[u8], words: &[String]) -> bool {
    let Some(start) = text.iter().position(u8::is_ascii_alphabetic) else {
        return false;
    };
    let text = text.get(start..).unwrap_or_default();
    words.iter().any(|word| {
        let (Some(beginning), Some(rest)) = (text.get(..word.len()), text.get(word.len()..)) else {
            return false;
        };
        beginning.eq_ignore_ascii_case(word.as_bytes())
            && !rest
                .first()
                .is_some_and(|b| b.is_ascii_alphanumeric() || !b.is_ascii())
    })
}

/// Digits with what people put around and between them.
fn is_number(text: &[u8]) -> bool {
    // The pound sign and the euro sign are of more than one byte, none of them ASCII.
    let sign = |b: &u8| b"0123456789.,+-()%$ ".contains(b) || !b.is_ascii();
    text.iter().any(u8::is_ascii_digit) && text.iter().all(sign)
}
