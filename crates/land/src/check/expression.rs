//! The language in which conditions are written: `service and event_end_date < event_start_date`.
//!
//! A text becomes a tree ([`syntax`]), the tree is checked against the dataset's fields and turned into
//! shared nodes ([`compile`]), and nodes are worked out for a whole batch at once ([`evaluate`]).
//! The guide for those who write rules is `docs/rules.md`.

pub(crate) mod compile;
pub(crate) mod evaluate;
pub(crate) mod functions;
pub(crate) mod lexer;
pub(crate) mod node;
pub(crate) mod parser;
pub(crate) mod row_shape;
pub(crate) mod syntax;

#[cfg(any(test, fuzzing))]
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::too_many_lines,
    clippy::struct_field_names,
    clippy::manual_try_fold,
    clippy::unused_self,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test's evaluator on small numbers, plain rather than polished"
)]
pub(crate) mod slow;

use std::ops::Range;

/// A mistake in an expression, and the characters that it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mistake {
    /// What is wrong, starting in lower case.
    pub(crate) says: String,
    /// What may have been meant.
    pub(crate) hint: Option<String>,
    /// The place, in bytes of the expression.
    pub(crate) at: Range<usize>,
}

impl Mistake {
    pub(crate) fn new(at: Range<usize>, says: impl Into<String>) -> Self {
        Self {
            says: says.into(),
            hint: None,
            at,
        }
    }

    pub(crate) fn hinting(mut self, hint: Option<String>) -> Self {
        self.hint = hint;
        self
    }
}
