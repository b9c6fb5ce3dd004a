//! A form as a page, and the page that shows its answers before they count: for acts of governance, which ask the same
//! kinds of question over and over.

use crate::{
    components::{
        Button, ButtonVariant, Choice, Choices, FileUpload, Input, Label, Legend, Select,
        SelectItem, Size, SummaryList, SummaryRow, Textarea, WarningCallout, button, checkboxes,
        fieldset, file_upload, hint, input, radios, select, summary_list, textarea,
        warning_callout,
    },
    form::{self, FieldError, error_of},
    frame::{Frame, Link, Page, column, csrf_field, framed},
};
use maud::{Markup, html};

/// What a form shows. It is sent to `action` by POST with `csrf`, `hidden` and its fields by their names.
#[derive(Debug, Clone, Default)]
pub struct FormPageView {
    /// The heading of the page, and its title.
    pub heading: String,
    /// What it is about, above the heading.
    pub caption: String,
    /// Sentences before the fields.
    pub lede: Vec<String>,
    /// What the reader must not miss, as a heading and a sentence.
    pub beware: Option<(String, String)>,
    /// A message that shows lines of a file, set as they are.
    pub message: Option<String>,
    /// Where the form is sent.
    pub action: String,
    /// The token of the form.
    pub csrf: String,
    /// Fields that nobody sees.
    pub hidden: Vec<(String, String)>,
    /// What is asked.
    pub fields: Vec<FormField>,
    /// The words on the button.
    pub button: String,
    /// The way back.
    pub back: Link,
    /// The pages above this one.
    pub parents: Vec<Link>,
    /// What is wrong with what was sent.
    pub errors: Vec<FieldError>,
}

/// One question of a form.
#[derive(Debug, Clone)]
pub enum FormField {
    /// A heading over the fields that follow.
    Heading(String),
    /// One line.
    Line {
        /// The name of the field.
        name: String,
        /// What it asks.
        label: String,
        /// Help beside it.
        hint: String,
        /// What is there.
        value: String,
    },
    /// Several lines.
    Area {
        /// The name of the field.
        name: String,
        /// What it asks.
        label: String,
        /// Help beside it.
        hint: String,
        /// What is there.
        value: String,
        /// How many lines show.
        rows: u16,
        /// Whether it is a file in which each character counts.
        code: bool,
    },
    /// A day: fields `<name>-day`, `<name>-month` and `<name>-year`.
    Day {
        /// What the names of the fields begin with.
        name: String,
        /// What it asks.
        label: String,
        /// Help beside it.
        hint: String,
        /// The day, the month and the year as typed.
        value: [String; 3],
    },
    /// Choices of which one holds.
    One {
        /// The name of the field.
        name: String,
        /// What it asks.
        label: String,
        /// Help beside it.
        hint: String,
        /// The choices: what is sent, what is read, and help.
        items: Vec<(String, String, String)>,
        /// What is chosen.
        value: String,
    },
    /// The same as a list that opens.
    Pick {
        /// The name of the field.
        name: String,
        /// What it asks.
        label: String,
        /// Help beside it.
        hint: String,
        /// The choices: what is sent and what is read.
        items: Vec<(String, String)>,
        /// What is chosen.
        value: String,
    },
    /// Choices of which any may hold; each is a field of its own, `<name>-<value>` with the value `yes`.
    Many {
        /// What the names of the fields begin with.
        name: String,
        /// What it asks.
        label: String,
        /// Help beside it.
        hint: String,
        /// The choices: how the name ends, what is read, and whether it holds.
        items: Vec<(String, String, bool)>,
    },
    /// A file; the form is then sent in parts.
    File {
        /// The name of the field.
        name: String,
        /// What it asks.
        label: String,
        /// Help beside it.
        hint: String,
    },
}

/// What is about to be done. The form is sent to `action` by POST with `csrf` and `hidden`.
#[derive(Debug, Clone, Default)]
pub struct CheckAnswersView {
    /// The heading of the page, and its title.
    pub heading: String,
    /// What it is about, above the heading.
    pub caption: String,
    /// Sentences before the answers.
    pub lede: Vec<String>,
    /// What the reader must not miss, as a heading and a sentence.
    pub beware: Option<(String, String)>,
    /// The answers.
    pub answers: Vec<(String, String)>,
    /// Where the form is sent.
    pub action: String,
    /// The token of the form.
    pub csrf: String,
    /// The answers again, for the form.
    pub hidden: Vec<(String, String)>,
    /// The words on the button.
    pub button: String,
    /// Whether it stops something.
    pub stops: bool,
    /// The way back.
    pub back: Link,
    /// The pages above this one.
    pub parents: Vec<Link>,
}

/// A form as a page.
pub fn form_page(frame: &Frame, view: &FormPageView) -> Markup {
    let parts = view
        .fields
        .iter()
        .any(|field| matches!(field, FormField::File { .. }));
    let body = html! {
        (form::summary(&view.errors))
        (heading(&view.caption, &view.heading))
        @for sentence in &view.lede { p { (sentence) } }
        @if let Some((heading, text)) = &view.beware {
            (warning_callout(&WarningCallout { heading, level: Some(2), text }))
        }
        @if let Some(message) = &view.message {
            div class="nhsuk-scroll__content" role="region" aria-label="Where the mistake is" tabindex="0" {
                pre class="haven-code" { (message) }
            }
        }
        form action=(view.action) method="post" novalidate enctype=[parts.then_some("multipart/form-data")] {
            (hidden(&view.csrf, &view.hidden))
            (fields_of(&view.fields, &view.errors))
            (button(&Button { text: &view.button, prevent_double_click: Some(true), ..Button::default() }))
        }
        p { a class="nhsuk-link" href=(view.back.href) { (view.back.text) } }
    };
    whole(
        frame,
        &view.heading,
        !view.errors.is_empty(),
        &view.parents,
        &body,
    )
}

/// The answers, before they count.
pub fn check_answers(frame: &Frame, view: &CheckAnswersView) -> Markup {
    let variant = if view.stops {
        ButtonVariant::Warning
    } else {
        ButtonVariant::Primary
    };
    let body = html! {
        (heading(&view.caption, &view.heading))
        @for sentence in &view.lede { p { (sentence) } }
        @if let Some((heading, text)) = &view.beware {
            (warning_callout(&WarningCallout { heading, level: Some(2), text }))
        }
        (summary_list(&SummaryList {
            rows: view.answers.iter()
                .map(|(name, answer)| SummaryRow::new(name, html! { span class="haven-break" { (answer) } }))
                .collect(),
            ..SummaryList::default()
        }))
        form action=(view.action) method="post" novalidate {
            (hidden(&view.csrf, &view.hidden))
            input type="hidden" name="checked" value="yes";
            (button(&Button { text: &view.button, variant, prevent_double_click: Some(true), ..Button::default() }))
        }
        p { a class="nhsuk-link" href=(view.back.href) { (view.back.text) } }
    };
    whole(frame, &view.heading, false, &view.parents, &body)
}

fn whole(frame: &Frame, title: &str, error: bool, parents: &[Link], body: &Markup) -> Markup {
    let parents: Vec<(&str, &str)> = parents
        .iter()
        .map(|link| (link.text.as_str(), link.href.as_str()))
        .collect();
    framed(
        frame,
        &Page {
            title,
            error,
            wide: false,
            parents: &parents,
            body: column(body),
        },
    )
}

fn heading(caption: &str, heading: &str) -> Markup {
    html! {
        h1 {
            @if !caption.is_empty() { span class="nhsuk-caption-l haven-break" { (caption) } " " }
            (heading)
        }
    }
}

fn hidden(csrf: &str, fields: &[(String, String)]) -> Markup {
    html! {
        (csrf_field(csrf))
        @for (name, value) in fields { input type="hidden" name=(name) value=(value); }
    }
}

/// Questions, each with what is wrong with its answer.
pub(crate) fn fields_of(fields: &[FormField], errors: &[FieldError]) -> Markup {
    html! { @for one in fields { (field(one, errors)) } }
}

fn field(field: &FormField, errors: &[FieldError]) -> Markup {
    let help = |hint: &String| (!hint.is_empty()).then(|| html! { (hint) });
    match field {
        FormField::Heading(text) => html! { h2 class="nhsuk-heading-m" { (text) } },
        FormField::Line {
            name,
            label,
            hint,
            value,
        } => input(&Input {
            name,
            label: labelled(label),
            hint: help(hint),
            error: error_of(errors, name),
            value: (!value.is_empty()).then_some(value),
            autocomplete: Some("off"),
            ..Input::default()
        }),
        FormField::Area {
            name,
            label,
            hint,
            value,
            rows,
            code,
        } => textarea(&Textarea {
            name,
            label: labelled(label),
            hint: help(hint),
            error: error_of(errors, name),
            value,
            rows: Some(*rows),
            spellcheck: code.then_some(false),
            classes: if *code { "haven-code" } else { "" },
            ..Textarea::default()
        }),
        FormField::Day {
            name,
            label,
            hint,
            value,
        } => day(name, label, hint, value, error_of(errors, name)),
        FormField::One {
            name,
            label,
            hint,
            items,
            value,
        } => radios(&Choices {
            name,
            legend: Some(legend(label)),
            hint: help(hint),
            error: error_of(errors, name),
            items: items
                .iter()
                .map(|(sent, read, more)| Choice {
                    value: sent,
                    text: read,
                    hint: help(more),
                    checked: sent == value,
                    disabled: false,
                })
                .collect(),
            ..Choices::default()
        }),
        FormField::Pick {
            name,
            label,
            hint,
            items,
            value,
        } => select(&Select {
            name,
            label: labelled(label),
            hint: help(hint),
            error: error_of(errors, name),
            items: items
                .iter()
                .map(|(sent, read)| SelectItem {
                    value: sent,
                    text: read,
                    ..SelectItem::default()
                })
                .collect(),
            value: Some(value),
            ..Select::default()
        }),
        FormField::Many {
            name,
            label,
            hint,
            items,
        } => many(name, label, hint, items, error_of(errors, name)),
        FormField::File { name, label, hint } => file_upload(&FileUpload {
            name,
            label: labelled(label),
            hint: help(hint),
            error: error_of(errors, name),
            ..FileUpload::default()
        }),
    }
}

fn labelled(text: &str) -> Label<'_> {
    Label {
        text,
        ..Label::default()
    }
}

fn legend(text: &str) -> Legend<'_> {
    Legend {
        text,
        size: Some(Size::S),
        ..Legend::default()
    }
}

/// A group of several fields with one question, one hint and one error.
fn grouped(name: &str, label: &str, help: &str, error: Option<&str>, inner: &Markup) -> Markup {
    let (hint_id, error_id) = (format!("{name}-hint"), format!("{name}-error"));
    let by: Vec<&str> = [
        (!help.is_empty()).then_some(hint_id.as_str()),
        error.map(|_| error_id.as_str()),
    ]
    .into_iter()
    .flatten()
    .collect();
    let by = by.join(" ");
    let body = html! {
        @if !help.is_empty() { (hint(&html! { (help) }, &hint_id, "")) }
        @if let Some(error) = error {
            span class="nhsuk-error-message" id=(error_id) {
                span class="nhsuk-u-visually-hidden" { "Error:" } " " (error)
            }
        }
        (inner)
    };
    html! {
        div id=(name) class={ "nhsuk-form-group" @if error.is_some() { " nhsuk-form-group--error" } } {
            (fieldset(&legend(label), (!by.is_empty()).then_some(&by), &body))
        }
    }
}

fn day(name: &str, label: &str, help: &str, value: &[String; 3], error: Option<&str>) -> Markup {
    let part = |ending: &str, text: &'static str, value: &str, width| {
        html! {
            div class="nhsuk-date-input__item" {
                (input(&Input {
                    name: &format!("{name}-{ending}"),
                    label: Label { text, classes: "nhsuk-date-input__label", ..Label::default() },
                    value: (!value.is_empty()).then_some(value),
                    inputmode: Some("numeric"),
                    width: Some(width),
                    autocomplete: Some("off"),
                    classes: if error.is_some() { "nhsuk-date-input__input nhsuk-input--error" } else { "nhsuk-date-input__input" },
                    ..Input::default()
                }))
            }
        }
    };
    let [day, month, year] = value;
    let inner = html! {
        div class="nhsuk-date-input" {
            (part("day", "Day", day, 2))
            (part("month", "Month", month, 2))
            (part("year", "Year", year, 4))
        }
    };
    grouped(name, label, help, error, &inner)
}

fn many(
    name: &str,
    label: &str,
    help: &str,
    items: &[(String, String, bool)],
    error: Option<&str>,
) -> Markup {
    let inner = html! {
        @for (ending, text, holds) in items {
            (checkboxes(&Choices {
                name: &format!("{name}-{ending}"),
                items: vec![Choice { value: "yes", text, checked: *holds, ..Choice::default() }],
                small: true,
                ..Choices::default()
            }))
        }
    };
    grouped(name, label, help, error, &inner)
}
