//! Why a linkage model cannot be used.

use model::ContentError;

/// A linkage model cannot be read, or would link people whom it should not.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// The file is missing or has a mistake.
    #[error(transparent)]
    Content(#[from] ContentError),
    /// A linkage model has a mistake; `message` says where.
    #[error("{message}\n   {path}")]
    Mistake { path: String, message: String },
    /// Two passes have one name, or a pass has the name of an outcome.
    #[error("pass `{pass}` of content/{path} has a name that is taken")]
    NameTaken { path: String, pass: String },
    /// A pass could take relatives or strangers for one person.
    #[error("pass `{pass}` of content/{path} is too loose: it needs {lacking}")]
    TooLoose {
        path: String,
        pass: String,
        lacking: &'static str,
    },
    /// A pass names a table that is no source.
    #[error(
        "pass `{pass}` of content/{path} is for `{source_table}`, which is none of its sources"
    )]
    UnknownSource {
        path: String,
        pass: String,
        source_table: String,
    },
    /// The index does not say where its NHS numbers are.
    #[error("the index of content/{path} has no column for the NHS number")]
    IndexWithoutNumber { path: String },
    /// Nothing says which rows of a table are one record.
    #[error("table `{table}` has no source_key in content/{path}")]
    NoKey { path: String, table: String },
    /// One table stands twice among index and sources.
    #[error("table `{table}` stands twice in content/{path}")]
    TableTwice { path: String, table: String },
}
