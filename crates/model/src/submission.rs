//! Who sends, and what is sent.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The code of an organisation that sends or receives: letters, digits and hyphens, at most 20.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OrganisationCode(String);

/// A text that is not an organisation code.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not an organisation code: use letters, digits and hyphens, at most 20")]
pub struct NotAnOrganisationCode(String);

impl OrganisationCode {
    /// Reads a code.
    pub fn new(text: &str) -> Result<Self, NotAnOrganisationCode> {
        let shaped = (1..=20).contains(&text.len())
            && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        if shaped {
            Ok(Self(text.to_owned()))
        } else {
            Err(NotAnOrganisationCode(text.chars().take(40).collect()))
        }
    }

    /// The code as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for OrganisationCode {
    type Error = NotAnOrganisationCode;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::new(&text)
    }
}

impl From<OrganisationCode> for String {
    fn from(code: OrganisationCode) -> Self {
        code.0
    }
}

impl fmt::Display for OrganisationCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The name of one submission: the same file from the same sender for the same dataset always has the
/// same one, so a file that lands twice is recognised.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SubmissionId(String);

impl SubmissionId {
    /// From the first 20 hexadecimal digits of a digest over dataset, sender and content.
    pub fn from_digest(hexadecimal: &str) -> Self {
        Self(
            hexadecimal
                .chars()
                .filter(char::is_ascii_hexdigit)
                .take(20)
                .collect(),
        )
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SubmissionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
