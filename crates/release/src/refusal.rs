//! Why a table may not leave. The reasons speak of columns and rows, never of labels or counts.

use crate::Unit;

/// A table may not leave; every reason is given at once.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this table may not leave: {}", sentences(.reasons))]
pub struct ReleaseRefusal {
    /// The reasons, at least one.
    pub reasons: Vec<RefusalReason>,
}

/// One reason why a table may not leave.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RefusalReason {
    /// A column points at single people.
    #[error(
        "column `{column}` is about single people; group them and count, and leave the column out"
    )]
    PersonLevelColumn { column: String },
    /// A column is neither a dimension nor a count.
    #[error(
        "column `{column}` is not a count: {reason}; only counts and the columns that they are grouped by may leave"
    )]
    NotACount { column: String, reason: String },
    /// Nothing is counted.
    #[error("the table counts nothing; add a count of people or of rows")]
    NoCount,
    /// Two columns have one name.
    #[error("two columns are called `{column}`")]
    ColumnTwice { column: String },
    /// A row does not fit the columns. Rows are numbered from 1.
    #[error("row {row} does not have one cell for each column")]
    RowDoesNotFit { row: usize },
    /// Two rows have the same labels, so something else tells them apart.
    #[error(
        "row {row} repeats the labels of an earlier row; a column that tells them apart is missing, or blank labels need a name such as `Not known`"
    )]
    RowTwice { row: usize },
    /// A label could be read as a total.
    #[error(
        "column `{column}` has a label that reads as a total; give it another name, since blank stands for the total"
    )]
    LabelReadsAsTotal { column: String },
    /// Labels look like NHS numbers.
    #[error("column `{column}` has labels that look like NHS numbers")]
    LabelsLookLikeNhsNumbers { column: String },
    /// There are more rows than people, so rows stand for people or the table is too sparse.
    #[error("the table has more rows than {unit} counted in `{column}`; use fewer or wider groups")]
    MoreRowsThanCounted { column: String, unit: Unit },
    /// Each row holds one person.
    #[error(
        "each row of `{column}` holds one of the {unit} counted, so the table is at person level; use fewer or wider groups"
    )]
    OneInEachRow { column: String, unit: Unit },
    /// The rule set makes totals from parts, and the parts do not make this total.
    #[error(
        "the total in row {row} of `{column}` is not the sum of its parts, and this rule set makes totals from parts; leave that total out, or count each person in one group only"
    )]
    TotalIsNotItsParts { column: String, row: usize },
    /// The rule set makes totals from parts, and there are none.
    #[error(
        "the total in row {row} has no rows that make it up, and this rule set makes totals from parts"
    )]
    TotalWithoutParts { row: usize },
    /// A column that was named is not in the table.
    #[error("the table has no column `{column}`{}", nearest.as_ref().map(|n| format!(", nearest is `{n}`")).unwrap_or_default())]
    UnknownColumn {
        column: String,
        nearest: Option<String>,
    },
    /// The rule set does not allow percentages.
    #[error("this rule set does not allow percentages")]
    PercentagesNotAllowed,
}

impl From<RefusalReason> for ReleaseRefusal {
    fn from(reason: RefusalReason) -> Self {
        Self {
            reasons: vec![reason],
        }
    }
}

impl ReleaseRefusal {
    /// A refusal if there is any reason for one.
    pub(crate) fn unless_empty(reasons: Vec<RefusalReason>) -> Result<(), Self> {
        if reasons.is_empty() {
            Ok(())
        } else {
            Err(Self { reasons })
        }
    }
}

fn sentences(reasons: &[RefusalReason]) -> String {
    reasons
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("; ")
}
