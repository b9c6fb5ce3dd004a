//! Why the store could not do its work.

use datafusion::error::DataFusionError;
use deltalake::DeltaTableError;

/// The store could not do its work.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A file or folder could not be read or written.
    #[error("cannot {doing} `{path}`")]
    File {
        doing: &'static str,
        path: String,
        source: std::io::Error,
    },
    /// A key has the wrong length or shape.
    #[error("the key of zone `{zone}` is not 64 hexadecimal digits")]
    BadKey { zone: &'static str },
    /// A table that a step reads is not there yet.
    #[error("table `{table}` is not in the {zone} zone yet{}", hint.map(|h| format!(": {h}")).unwrap_or_default())]
    NoTable {
        table: String,
        zone: &'static str,
        hint: Option<&'static str>,
    },
    /// A table kept changing under a writer.
    #[error("table `{table}` was changed by somebody else at the same time; run the step again")]
    Contended { table: String },
    /// The rows of a key are in no file of their own.
    #[error(
        "table `{table}` holds the rows of `{key}` together with others; they cannot be taken out"
    )]
    NoPart { table: String, key: String },
    /// A query does not plan or failed while it ran.
    #[error("step `{step}` failed")]
    Query {
        step: String,
        source: Box<DataFusionError>,
    },
    /// Work on rows that is no query failed; `message` holds no value of a row.
    #[error("step `{step}` failed: {message}")]
    Work { step: String, message: String },
    /// The table format refused.
    #[error("table `{table}` cannot be {doing}")]
    Table {
        table: String,
        doing: &'static str,
        source: Box<DeltaTableError>,
    },
    /// A query needed more memory than the setting allows.
    #[error("the query needs more than its {limit_mb} MB of memory; ask for fewer rows or columns")]
    OutOfMemory { limit_mb: usize },
    /// A query ran longer than its time.
    #[error("the query was stopped after {seconds} seconds; ask for less at a time")]
    OutOfTime { seconds: u64 },
    /// The engine failed at a query in a way that it should not.
    #[error(
        "the query engine cannot work this question out; ask it in a simpler way, or for less at a time"
    )]
    GaveUp,
    /// The query is not one that may be asked.
    #[error("{reason}")]
    NotAQuestion { reason: String },
    /// The audit log could not be kept.
    #[error("the audit log cannot be kept")]
    Audit { source: std::io::Error },
    /// Anything that the object store beneath refuses.
    #[error("storage cannot {doing}")]
    Storage {
        doing: &'static str,
        source: object_store::Error,
    },
}

impl StoreError {
    pub(crate) fn table(table: &str, doing: &'static str) -> impl FnOnce(DeltaTableError) -> Self {
        let table = table.to_owned();
        move |source| Self::Table {
            table,
            doing,
            source: Box::new(source),
        }
    }

    pub(crate) fn query(step: &str) -> impl Fn(DataFusionError) -> Self {
        let step = step.to_owned();
        move |source| Self::Query {
            step: step.clone(),
            source: Box::new(source),
        }
    }

    /// Whether the engine ran out of the memory that it was given.
    pub(crate) fn is_out_of_memory(&self) -> bool {
        match self {
            Self::Query { source, .. } => {
                matches!(source.find_root(), DataFusionError::ResourcesExhausted(_))
            }
            Self::OutOfMemory { .. } => true,
            _ => false,
        }
    }
}

/// Whether the words of this error may quote a cell: the engine's and Arrow's own, once rows are worked
/// through. Their words about the query itself, such as a column that is not there, hold no row.
pub fn may_quote_a_row(error: &(dyn std::error::Error + 'static)) -> bool {
    if error.is::<datafusion::arrow::error::ArrowError>() {
        return true;
    }
    error
        .downcast_ref::<DataFusionError>()
        .is_some_and(|fault| {
            !matches!(
                fault.find_root(),
                DataFusionError::Plan(_)
                    | DataFusionError::SchemaError(..)
                    | DataFusionError::NotImplemented(_)
                    | DataFusionError::Configuration(_)
                    | DataFusionError::ResourcesExhausted(_)
                    | DataFusionError::ObjectStore(_)
                    | DataFusionError::IoError(_)
            )
        })
}
