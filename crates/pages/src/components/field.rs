//! What form fields share: label, hint, fieldset with legend, and the group around them.

use super::{Size, class_names, errors::message_with_id, when};
use maud::{Markup, html};

/// The name of a field, in words.
#[derive(Debug, Clone, Copy, Default)]
pub struct Label<'a> {
    /// The words.
    pub text: &'a str,
    /// How large they are.
    pub size: Option<Size>,
    /// Whether they are the heading of the page too.
    pub page_heading: bool,
    /// Classes of our own.
    pub classes: &'a str,
}

/// The question that a group of fields answers.
pub type Legend<'a> = Label<'a>;

/// A label for the field with the given id.
pub fn label(options: &Label<'_>, for_id: &str) -> Markup {
    let class = class_names(
        "nhsuk-label",
        [options.size.map(|s| format!("nhsuk-label--{}", s.suffix()))],
        options.classes,
    );
    let inner = html! { label class=(class) for=(for_id) { (options.text) } };
    html! {
        @if options.page_heading {
            h1 class="nhsuk-label-wrapper" { (inner) }
        } @else {
            (inner)
        }
    }
}

/// Help that stands with a field.
pub fn hint(body: &Markup, id: &str, classes: &str) -> Markup {
    html! {
        div class=(class_names("nhsuk-hint", [], classes)) id=[(!id.is_empty()).then_some(id)] { (body) }
    }
}

/// A fieldset around fields that answer one question.
pub fn fieldset(legend: &Legend<'_>, described_by: Option<&str>, body: &Markup) -> Markup {
    let class = class_names(
        "nhsuk-fieldset__legend",
        [legend
            .size
            .map(|s| format!("nhsuk-fieldset__legend--{}", s.suffix()))],
        legend.classes,
    );
    html! {
        fieldset class="nhsuk-fieldset" aria-describedby=[described_by] {
            legend class=(class) {
                @if legend.page_heading {
                    h1 class="nhsuk-fieldset__heading" { (legend.text) }
                } @else {
                    (legend.text)
                }
            }
            (body)
        }
    }
}

/// The parts above a control, in their order, and the ids that describe it.
pub(super) struct Described {
    /// Hint and error message.
    pub(super) above: Markup,
    /// What `aria-describedby` says, if anything.
    pub(super) by: Option<String>,
}

/// The hint and the error message of a field.
pub(super) fn describe(id: &str, hint_text: Option<&Markup>, error: Option<&str>) -> Described {
    let hint_id = format!("{id}-hint");
    let error_id = format!("{id}-error");
    let by: Vec<&str> = [
        hint_text.map(|_| hint_id.as_str()),
        error.map(|_| error_id.as_str()),
    ]
    .into_iter()
    .flatten()
    .collect();
    Described {
        above: html! {
            @if let Some(text) = hint_text { (hint(text, &hint_id, "")) }
            @if let Some(message) = error { (message_with_id(message, Some(&error_id))) }
        },
        by: (!by.is_empty()).then(|| by.join(" ")),
    }
}

/// The group around one field.
pub(super) fn group(error: bool, classes: &str, body: &Markup) -> Markup {
    let class = class_names(
        "nhsuk-form-group",
        [when(error, "nhsuk-form-group--error")],
        classes,
    );
    html! { div class=(class) { (body) } }
}
