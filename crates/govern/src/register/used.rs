//! What was done under an agreement, as far as the public is told: counts, files and proofs, never who.

use chrono::{DateTime, Utc};
use model::Date;
use serde::Serialize;

/// What was done under an agreement so far. The lines about questions, people left out and the log are
/// in neither of the national formats; nobody else publishes them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Used {
    /// Questions that were answered.
    pub questions: u64,
    /// Questions that were refused.
    pub refused: u64,
    /// Rows that the answers had.
    pub rows: u64,
    /// People whose preference removed them, rounded; without one, they are not known or nobody is left out.
    pub people_left_out: Option<String>,
    /// What left, a line for each file.
    pub files: Vec<ReleasedFile>,
    /// The last checkpoint of the audit log that covers all of this.
    pub checkpoint: Option<String>,
    /// The certificate of destruction, by its digest.
    pub destruction_certificate: Option<String>,
}

/// Something that left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReleasedFile {
    pub id: String,
    pub title: String,
    /// The code of the purpose.
    pub purpose: String,
    pub rule_set: String,
    pub released_at: DateTime<Utc>,
    /// The day on which it was taken back.
    pub withdrawn: Option<Date>,
    /// Why, in words for the public.
    pub withdrawn_because: Option<String>,
}
