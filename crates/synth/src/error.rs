//! Why a place could not be invented.

use model::ContentError;
use std::path::{Path, PathBuf};

/// The place could not be invented, or its files not be kept.
#[derive(Debug, thiserror::Error)]
pub enum SynthError {
    /// Content cannot be read, or has a mistake.
    #[error(transparent)]
    Content(#[from] ContentError),
    /// Content can be read but does not fit together.
    #[error("content file `place/{file}`: {message}")]
    Facts { file: String, message: String },
    /// The wishes cannot be met.
    #[error("{0}")]
    Wish(String),
    /// Who is who must not lie where the files lie.
    #[error(
        "the folder for the truth, `{truth}`, must not be in or around the output folder `{out}`"
    )]
    TruthNotApart { out: String, truth: String },
    /// A file could not be written.
    #[error("`{path}` cannot be written")]
    Write {
        path: PathBuf,
        source: std::io::Error,
    },
}

impl SynthError {
    pub(crate) fn facts(file: &str, message: impl Into<String>) -> Self {
        Self::Facts {
            file: file.to_owned(),
            message: message.into(),
        }
    }

    pub(crate) fn write(path: &Path) -> impl FnOnce(std::io::Error) -> Self + '_ {
        |source| Self::Write {
            path: path.to_owned(),
            source,
        }
    }

    pub(crate) fn write_csv(path: &Path) -> impl FnOnce(csv::Error) -> Self + '_ {
        |error| Self::Write {
            path: path.to_owned(),
            source: std::io::Error::other(error),
        }
    }
}
