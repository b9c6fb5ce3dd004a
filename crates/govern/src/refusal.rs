//! A refusal: the clause that says no, and what to do about it. A refusal is not an error.

use serde::Serialize;

/// Why a question may not be answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{says} {next}")]
pub struct Refusal {
    /// The clause, as a path in the agreement: `term.end`, `datasets.<table>.fields`.
    clause: String,
    /// What is not allowed, in a sentence for the person who asked.
    says: String,
    /// What to do, in a sentence.
    next: String,
    /// What the audit log may say. It holds nothing that the person typed: a value that points at
    /// someone can be typed anywhere, even as the name of a column.
    #[serde(skip)]
    for_log: String,
}

impl Refusal {
    pub(crate) fn new(
        clause: impl Into<String>,
        says: impl Into<String>,
        next: impl Into<String>,
        for_log: impl Into<String>,
    ) -> Self {
        Self {
            clause: clause.into(),
            says: says.into(),
            next: next.into(),
            for_log: for_log.into(),
        }
    }

    /// The clause that refuses, as a path in the agreement.
    pub fn clause(&self) -> &str {
        &self.clause
    }

    /// What is not allowed.
    pub fn says(&self) -> &str {
        &self.says
    }

    /// What to do about it.
    pub fn next(&self) -> &str {
        &self.next
    }

    pub(crate) fn for_log(&self) -> &str {
        &self.for_log
    }
}

/// Text that a person typed, fit to be shown back: short, and without control characters.
pub(crate) fn shown(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_control())
        .take(60)
        .collect::<String>()
}

/// Several names that a person typed, fit to be shown back.
pub(crate) fn several<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<String> = names.into_iter().map(shown).collect();
    match names.as_slice() {
        [] => String::new(),
        [a] => a.clone(),
        [a, b] => format!("{a} and {b}"),
        [a, b, c] => format!("{a}, {b} and {c}"),
        [a, b, ..] => format!("{a}, {b} and {} more", names.len() - 2),
    }
}
