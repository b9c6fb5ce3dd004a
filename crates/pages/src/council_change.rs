//! Changing one thing on a council's record (`/collection/{code}/change/{what}`). For the regional team.

use crate::{
    components::{
        Button, ButtonVariant, Input, Label, Legend, Size, Textarea, button, fieldset, hint, input,
        textarea,
    },
    council::{CouncilContact, above},
    form::{self, FieldError, error_of},
    frame::{Frame, Page, column, csrf_field, framed},
};
use maud::{Markup, html};

/// What a form for one change shows. It is sent to `action` by POST with `csrf` and the fields of its kind.
#[derive(Debug, Clone)]
pub struct CouncilChangeView {
    /// The council's name.
    pub council: String,
    /// Its page.
    pub council_href: String,
    /// Where the form is sent.
    pub action: String,
    /// The token of the form.
    pub csrf: String,
    /// What is wrong with what was sent.
    pub errors: Vec<FieldError>,
    /// What is asked.
    pub asked: CouncilQuestion,
}

/// What is asked.
#[derive(Debug, Clone)]
pub enum CouncilQuestion {
    /// A fact: field `entry`.
    Fact {
        /// What it is.
        title: String,
        /// Help beside it.
        hint: String,
        /// What is on record.
        value: String,
    },
    /// The day of a step: fields `day`, `month` and `year`, or the button `none`.
    Step {
        /// What it is.
        title: String,
        /// What it means to have done it.
        hint: String,
        /// The day, the month and the year as typed.
        value: [String; 3],
        /// Whether there is a day on record that can be taken off.
        on_record: bool,
    },
    /// A person: fields `name`, `job`, `email` and `telephone`, or the button `none`.
    Contact {
        /// What is on record.
        value: CouncilContact,
        /// Whether somebody is on record who can be removed.
        on_record: bool,
    },
    /// A note: field `entry`.
    Note {
        /// What was typed.
        value: String,
    },
}

/// The form.
pub fn council_change(frame: &Frame, view: &CouncilChangeView) -> Markup {
    let heading = match &view.asked {
        CouncilQuestion::Fact { title, .. } => title.clone(),
        CouncilQuestion::Step { title, .. } => format!("When was this done? {title}"),
        CouncilQuestion::Contact { on_record, .. } => if *on_record {
            "Change a contact"
        } else {
            "Add a contact"
        }
        .to_owned(),
        CouncilQuestion::Note { .. } => "Add a note".to_owned(),
    };
    let above = above(&view.council, &view.council_href);
    let body = html! {
        (form::summary(&view.errors))
        h1 { span class="nhsuk-caption-l" { (view.council) } " " (heading) }
        form action=(view.action) method="post" novalidate {
            (csrf_field(&view.csrf))
            (fields(view))
            (button(&Button { text: "Put on record", ..Button::default() }))
        }
        (off_record(view))
        p { a class="nhsuk-link" href=(view.council_href) { "Go back without changing anything" } }
    };
    framed(
        frame,
        &Page {
            title: &format!("{heading}: {}", view.council),
            error: !view.errors.is_empty(),
            wide: false,
            parents: &[
                ("Collection overview", "/collection"),
                (&above.text, &above.href),
            ],
            body: column(&body),
        },
    )
}

fn fields(view: &CouncilChangeView) -> Markup {
    let field = |name: &'static str, text: &'static str, value: &str, kind, autocomplete| {
        input(&Input {
            name,
            label: Label {
                text,
                ..Label::default()
            },
            error: error_of(&view.errors, name),
            value: (!value.is_empty()).then_some(value),
            kind,
            autocomplete,
            ..Input::default()
        })
    };
    match &view.asked {
        CouncilQuestion::Fact {
            title, hint, value, ..
        } => input(&Input {
            name: "entry",
            label: Label {
                text: title,
                ..Label::default()
            },
            hint: (!hint.is_empty()).then(|| html! { (hint) }),
            error: error_of(&view.errors, "entry"),
            value: (!value.is_empty()).then_some(value.as_str()),
            autocomplete: Some("off"),
            ..Input::default()
        }),
        CouncilQuestion::Step { hint, value, .. } => day_fields(view, hint, value),
        CouncilQuestion::Contact { value, .. } => html! {
            (field("name", "Full name", &value.name, None, Some("off")))
            (field("job", "Job", &value.job, None, Some("off")))
            (field("email", "Email address", &value.email, Some("email"), Some("off")))
            (field("telephone", "Telephone number", &value.telephone, Some("tel"), Some("off")))
        },
        CouncilQuestion::Note { value } => textarea(&Textarea {
            name: "entry",
            label: Label {
                text: "What was said or agreed",
                ..Label::default()
            },
            hint: Some(
                html! { "Everyone in the regional team can read it. Write nothing about people who receive care." },
            ),
            error: error_of(&view.errors, "entry"),
            value,
            ..Textarea::default()
        }),
    }
}

fn day_fields(view: &CouncilChangeView, help: &str, value: &[String; 3]) -> Markup {
    let help = format!("{help} For example, 31 3 2026. A day that lies ahead counts as planned.");
    day_parts("Date", &help, value, error_of(&view.errors, "day"))
}

/// A day in three fields: `day`, `month` and `year`.
pub(crate) fn day_parts(
    legend: &str,
    help: &str,
    [day, month, year]: &[String; 3],
    error: Option<&str>,
) -> Markup {
    let part = |name: &'static str, text: &'static str, value: &str, width| {
        html! {
            div class="nhsuk-date-input__item" {
                (input(&Input {
                    name,
                    label: Label { text, classes: "nhsuk-date-input__label", ..Label::default() },
                    value: (!value.is_empty()).then_some(value),
                    inputmode: Some("numeric"),
                    width: Some(width),
                    classes: if error.is_none() { "nhsuk-date-input__input" } else { "nhsuk-date-input__input nhsuk-input--error" },
                    ..Input::default()
                }))
            }
        }
    };
    let body = html! {
        (hint(&html! { (help) }, "day-hint", ""))
        @if let Some(error) = error {
            span class="nhsuk-error-message" id="day-error" {
                span class="nhsuk-u-visually-hidden" { "Error:" } " " (error)
            }
        }
        div class="nhsuk-date-input" id="step-day" {
            (part("day", "Day", day, 2))
            (part("month", "Month", month, 2))
            (part("year", "Year", year, 4))
        }
    };
    let by = if error.is_some() {
        "day-hint day-error"
    } else {
        "day-hint"
    };
    html! {
        div class={ "nhsuk-form-group" @if error.is_some() { " nhsuk-form-group--error" } } {
            (fieldset(&Legend { text: legend, size: Some(Size::S), ..Legend::default() }, Some(by), &body))
        }
    }
}

/// The second form of the page, for those who want something gone.
fn off_record(view: &CouncilChangeView) -> Markup {
    let text = match &view.asked {
        CouncilQuestion::Step {
            on_record: true, ..
        } => "Not done after all",
        CouncilQuestion::Contact {
            on_record: true, ..
        } => "Remove this contact",
        _ => return html! {},
    };
    html! {
        form action=(view.action) method="post" novalidate {
            (csrf_field(&view.csrf))
            input type="hidden" name="none" value="yes";
            (button(&Button { text, variant: ButtonVariant::Secondary, ..Button::default() }))
        }
    }
}
