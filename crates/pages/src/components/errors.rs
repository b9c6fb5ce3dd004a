//! The error summary at the top of a form, and the message beside a field, in the same words.

use maud::{Markup, html};

/// The list of what is wrong, each a link to its field.
#[derive(Debug, Clone, Copy, Default)]
pub struct ErrorSummary<'a> {
    /// The heading, mostly "There is a problem".
    pub heading: &'a str,
    /// A sentence under the heading.
    pub description: Option<&'a str>,
    /// The faults.
    pub errors: &'a [ErrorLink],
}

/// One fault of a form.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ErrorLink {
    /// What is wrong and what to do.
    pub text: String,
    /// The field, as `#id`; `None` where no one field is at fault.
    pub href: Option<String>,
}

/// The summary of what is wrong with a form. It takes the focus when the page opens.
pub fn error_summary(options: &ErrorSummary<'_>) -> Markup {
    html! {
        div class="nhsuk-error-summary" data-module="nhsuk-error-summary" {
            div role="alert" {
                h2 class="nhsuk-error-summary__heading" { (options.heading) }
                div class="nhsuk-error-summary__body" {
                    @if let Some(description) = options.description { p { (description) } }
                    @if !options.errors.is_empty() {
                        ul class="nhsuk-list nhsuk-error-summary__list" {
                            @for error in options.errors {
                                li {
                                    @if let Some(href) = &error.href { a href=(href) { (error.text) } }
                                    @else { (error.text) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The message beside a field.
pub fn error_message(text: &str) -> Markup {
    message_with_id(text, None)
}

pub(super) fn message_with_id(text: &str, id: Option<&str>) -> Markup {
    html! {
        span class="nhsuk-error-message" id=[id] {
            span class="nhsuk-u-visually-hidden" { "Error: " }
            (text)
        }
    }
}
