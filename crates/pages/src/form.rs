//! What forms share: what is wrong, said at the top and beside the field in the same words.

use crate::components::{ErrorLink, ErrorSummary, error_summary};
use maud::{Markup, html};

/// One thing wrong with what was sent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FieldError {
    /// The name of the field; empty where no one field is at fault.
    pub field: String,
    /// What is wrong and what to do.
    pub text: String,
}

impl FieldError {
    /// A fault of a field.
    pub fn new(field: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            text: text.into(),
        }
    }
}

/// The summary above a form, or nothing. Each link leads to the id that equals the field's name.
pub(crate) fn summary(errors: &[FieldError]) -> Markup {
    let links: Vec<ErrorLink> = errors
        .iter()
        .map(|e| ErrorLink {
            text: e.text.clone(),
            href: (!e.field.is_empty()).then(|| format!("#{}", e.field)),
        })
        .collect();
    html! {
        @if !links.is_empty() {
            (error_summary(&ErrorSummary { heading: "There is a problem", description: None, errors: &links }))
        }
    }
}

/// What is wrong with one field.
pub(crate) fn error_of<'a>(errors: &'a [FieldError], field: &str) -> Option<&'a str> {
    errors
        .iter()
        .find(|e| e.field == field)
        .map(|e| e.text.as_str())
}
