//! Why filters could not be made or compared.

use crate::{LinkError, files::FileError};
use std::path::PathBuf;

/// Filters could not be made or compared.
#[derive(Debug, thiserror::Error)]
pub enum ClkError {
    /// The scheme is missing or has a mistake.
    #[error(transparent)]
    Scheme(#[from] LinkError),
    /// A file cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The secret is too short or is no secret.
    #[error(
        "the secret is {problem}; take at least 16 random bytes, such as `openssl rand -base64 32` gives"
    )]
    Secret { problem: &'static str },
    /// An NHS number stands as the id, which the other side would see.
    #[error("{}, row {row}: the id is an NHS number, which must not leave; name another id column, or ask for tokens in place of ids", path.display())]
    NumberAsId { path: PathBuf, row: usize },
    /// The filters of the two files cannot be compared.
    #[error("{} and {} cannot be compared: {problem}", left.display(), right.display())]
    NotAlike {
        left: PathBuf,
        right: PathBuf,
        problem: &'static str,
    },
    /// A number is not what it may be.
    #[error("{what} is {given}; it must be {allowed}")]
    OutOfRange {
        what: &'static str,
        given: f64,
        allowed: &'static str,
    },
}
