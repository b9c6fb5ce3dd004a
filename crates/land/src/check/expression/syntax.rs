//! The tree of an expression, as written.

use model::Date;
use std::ops::Range;

/// An expression and the bytes of the text that it came from.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Expression {
    pub(crate) kind: ExpressionKind,
    pub(crate) at: Range<usize>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum ExpressionKind {
    Truth(bool),
    Text(String),
    Number(f64),
    Date(Date),
    Name(String),
    Call {
        name: String,
        name_at: Range<usize>,
        arguments: Vec<Expression>,
    },
    Not(Box<Expression>),
    And(Box<Expression>, Box<Expression>),
    Or(Box<Expression>, Box<Expression>),
    Compare {
        how: Comparison,
        left: Box<Expression>,
        right: Box<Expression>,
    },
    In {
        of: Box<Expression>,
        values: Vec<Expression>,
    },
    Arithmetic {
        how: Arithmetic,
        left: Box<Expression>,
        right: Box<Expression>,
    },
    Negative(Box<Expression>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
}

impl Comparison {
    /// Whether the comparison asks for sameness only, not order.
    pub(crate) const fn is_sameness(self) -> bool {
        matches!(self, Self::Equal | Self::NotEqual)
    }

    #[inline]
    pub(crate) fn holds<T: PartialOrd>(self, a: &T, b: &T) -> bool {
        match self {
            Self::Equal => a == b,
            Self::NotEqual => a != b,
            Self::Less => a < b,
            Self::LessOrEqual => a <= b,
            Self::Greater => a > b,
            Self::GreaterOrEqual => a >= b,
        }
    }
}
