//! What a destruction finds when it is begun. It is written down before anything goes, so that the certificate of one
//! that was killed and finished later names all of it.

use super::Copy;
use crate::workspace::Workspace;
use anyhow::Result;
use serde::{Deserialize, Serialize};

/// Every copy that is to go, and what stays.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Found {
    /// Copies that go.
    pub(crate) copies: Vec<Copy>,
    /// What stays and why, each in a sentence.
    pub(crate) kept: Vec<String>,
    /// Whether keys go with them.
    pub(crate) keys: bool,
}

/// How a copy goes.
pub(super) const KEY_GONE: &str =
    "its key was destroyed: pseudonyms made with it can be neither made again nor led back";
pub(super) const ROWS_GONE: &str =
    "the rows were taken out, their files written anew without them, and the old files deleted";
pub(super) const LIST_GONE: &str = "its key was destroyed, and the list deleted";
pub(super) const RECORD_GONE: &str = "deleted";

impl Found {
    pub(super) fn copy(&mut self, place: String, bytes: u64, method: &str) {
        self.copies.push(Copy {
            place,
            bytes,
            method: method.to_owned(),
        });
    }

    /// Writes down what was found, once; gives what was written down first.
    pub(super) async fn written_down(self, workspace: &Workspace, id: &str) -> Result<Self> {
        let text = serde_json::to_string(&self)?;
        let stands = workspace.control.destruction_found(id, &text).await?;
        Ok(match stands {
            Some(text) => serde_json::from_str(&text)?,
            None => self,
        })
    }
}
