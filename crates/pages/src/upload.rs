//! Upload (`/submissions/new`): one file, and the dataset it belongs to where there are several.

use crate::{
    components::{
        Button, Choice, Choices, Details, FileUpload, Label, Size, button, details, file_upload,
        inset_text, radios,
    },
    form::{self, FieldError},
    format,
    frame::{Frame, Page, bullets, column, csrf_field, framed},
};
use maud::{Markup, html};

/// What the upload page shows. The form posts `csrf`, `dataset`, `release`, `window`, `from-day`, `from-month`, `from-year`,
/// `to-day`, `to-month`, `to-year` and last `file` as multipart form data to `/submissions`; `dataset` is a
/// hidden field where there is only one. With scripts the file goes in parts to `/api/v1/uploads`.
#[derive(Debug, Clone, Default)]
pub struct UploadView {
    /// The token of the form.
    pub csrf: String,
    /// The datasets that the reader's organisation sends.
    pub datasets: Vec<DatasetChoice>,
    /// The name of the one chosen before.
    pub chosen: Option<String>,
    /// The name of the release that was stated before.
    pub release: Option<String>,
    /// The largest file that is taken.
    pub limit_in_bytes: u64,
    /// The period that is open, until when, and what happens after that, in sentences.
    pub window: Option<String>,
    /// The periods to choose from, the usual one first; none where no period is asked for.
    pub periods: Vec<PeriodChoice>,
    /// What was typed of a shorter period: day, month and year of its first and last day.
    pub shorter: [String; 6],
    /// What is wrong with what was sent.
    pub errors: Vec<FieldError>,
}

/// A period to choose: what a window asks for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PeriodChoice {
    /// The name of the window.
    pub name: String,
    /// The period in words.
    pub title: String,
    /// When the window closes or closed.
    pub hint: String,
    /// Whether it is chosen.
    pub chosen: bool,
}

/// A dataset to choose.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DatasetChoice {
    /// Its name in content.
    pub name: String,
    /// What people call it.
    pub title: String,
    /// A line about it.
    pub hint: String,
    /// Where it is a family: the name and the title of each release that a sender may state.
    pub releases: Vec<(String, String)>,
}

/// The upload page.
pub fn upload(frame: &Frame, view: &UploadView) -> Markup {
    let body = html! {
        (form::summary(&view.errors))
        h1 { "Send a file" }
        @if let Some(window) = &view.window { (inset_text(&html! { p { (window) } })) }
        p { "We check the whole file and tell you everything that needs fixing, all at once." }
        form action="/submissions" method="post" enctype="multipart/form-data" novalidate data-haven-upload="/api/v1/uploads" {
            (csrf_field(&view.csrf))
            (dataset(&view.datasets, view.chosen.as_deref(), form::error_of(&view.errors, "dataset")))
            (release(&view.datasets, view.release.as_deref()))
            (period(view))
            (file_upload(&FileUpload {
                name: "file",
                label: Label { text: "Choose your file", size: Some(Size::M), ..Label::default() },
                hint: Some(html! {
                    "CSV or Excel (XLSX), at most " (format::bytes(view.limit_in_bytes))
                    ". It may be compressed with zip or gzip."
                }),
                error: form::error_of(&view.errors, "file"),
                ..FileUpload::default()
            }))
            (button(&Button { text: "Upload and check", prevent_double_click: Some(true), ..Button::default() }))
            div data-haven-progress hidden {
                p role="status" {}
                progress max="100" value="0" aria-label="Upload" {}
                p { button class="nhsuk-button nhsuk-button--secondary" type="button" { "Pause" } }
            }
        }
        (details(&Details { summary: "What happens to your file", body: Some(&what_happens()), ..Details::default() }))
    };
    framed(
        frame,
        &Page {
            title: "Send a file",
            error: !view.errors.is_empty(),
            wide: false,
            parents: &[("Submissions", "/submissions")],
            body: column(&body),
        },
    )
}

/// Which dataset it is: a field that is not shown where there is only one.
pub(crate) fn dataset(
    datasets: &[DatasetChoice],
    chosen: Option<&str>,
    error: Option<&str>,
) -> Markup {
    match datasets {
        [only] => html! {
            input type="hidden" name="dataset" value=(only.name);
            p { "Dataset: " strong { (only.title) } }
        },
        several => radios(&Choices {
            name: "dataset",
            legend: Some(Label {
                text: "Which dataset is it?",
                size: Some(Size::M),
                ..Label::default()
            }),
            error,
            items: several
                .iter()
                .map(|d| Choice {
                    value: &d.name,
                    text: &d.title,
                    hint: (!d.hint.is_empty()).then(|| html! { (d.hint) }),
                    checked: chosen == Some(d.name.as_str()),
                    disabled: false,
                })
                .collect(),
            ..Choices::default()
        }),
    }
}

/// Which release it follows, where its sender wants to say so.
pub(crate) fn release(datasets: &[DatasetChoice], stated: Option<&str>) -> Markup {
    let releases: Vec<&(String, String)> = datasets.iter().flat_map(|d| &d.releases).collect();
    if releases.is_empty() {
        return html! {};
    }
    let stated = stated.filter(|stated| !stated.is_empty());
    let mut items = vec![Choice {
        value: "",
        text: "Find out from the file",
        checked: stated.is_none(),
        ..Choice::default()
    }];
    items.extend(releases.into_iter().map(|(name, title)| Choice {
        value: name,
        text: title,
        checked: stated == Some(name.as_str()),
        ..Choice::default()
    }));
    let choices = radios(&Choices {
        name: "release",
        legend: Some(Label {
            text: "Which release of the specification does the file follow?",
            size: Some(Size::S),
            ..Label::default()
        }),
        items,
        ..Choices::default()
    });
    details(&Details {
        summary: "State the release yourself",
        body: Some(&choices),
        open: stated.is_some(),
        ..Details::default()
    })
}

fn period(view: &UploadView) -> Markup {
    if view.periods.is_empty() {
        return html! {};
    }
    let choices = radios(&Choices {
        name: "window",
        legend: Some(Label {
            text: "Which period is it about?",
            size: Some(Size::M),
            ..Label::default()
        }),
        error: form::error_of(&view.errors, "window"),
        items: view
            .periods
            .iter()
            .map(|p| Choice {
                value: &p.name,
                text: &p.title,
                hint: Some(html! { (p.hint) }),
                checked: p.chosen,
                disabled: false,
            })
            .collect(),
        ..Choices::default()
    });
    let [fd, fm, fy, td, tm, ty] = &view.shorter;
    let open = view.shorter.iter().any(|t| !t.is_empty());
    let days = html! {
        p { "Leave this blank if the file covers the whole period. A file that covers a part of it is accepted and marked." }
        (day("from", "First day in the file", form::error_of(&view.errors, "from-day"), [fd, fm, fy]))
        (day("to", "Last day in the file", form::error_of(&view.errors, "to-day"), [td, tm, ty]))
    };
    html! {
        (choices)
        (details(&Details { summary: "The file covers only a part of the period", body: Some(&days), open, ..Details::default() }))
    }
}

/// A day in three fields, as people write it.
fn day(name: &str, legend: &str, error: Option<&str>, values: [&String; 3]) -> Markup {
    let parts = [
        ("day", "Day", 2),
        ("month", "Month", 2),
        ("year", "Year", 4),
    ];
    let class = if error.is_some() {
        "nhsuk-form-group nhsuk-form-group--error"
    } else {
        "nhsuk-form-group"
    };
    let error_id = format!("{name}-error");
    html! {
        div class=(class) {
            fieldset class="nhsuk-fieldset" role="group" aria-describedby=[error.is_some().then_some(&error_id)] {
                legend class="nhsuk-fieldset__legend nhsuk-fieldset__legend--s" { (legend) }
                @if let Some(error) = error {
                    span class="nhsuk-error-message" id=(error_id) {
                        span class="nhsuk-u-visually-hidden" { "Error: " } (error)
                    }
                }
                div class="nhsuk-date-input" {
                    @for ((part, text, width), value) in parts.into_iter().zip(values) {
                        @let id = format!("{name}-{part}");
                        div class="nhsuk-date-input__item" {
                            (crate::components::input(&crate::components::Input {
                                name: &id,
                                label: Label { text, classes: "nhsuk-date-input__label", ..Label::default() },
                                value: (!value.is_empty()).then_some(value),
                                inputmode: Some("numeric"),
                                width: Some(width),
                                classes: if error.is_some() { "nhsuk-date-input__input nhsuk-input--error" } else { "nhsuk-date-input__input" },
                                ..crate::components::Input::default()
                            }))
                        }
                    }
                }
            }
        }
    }
}

fn what_happens() -> Markup {
    bullets(&[
        "The file is encrypted as it arrives, and only your organisation can open it again."
            .to_owned(),
        "Every row is checked against the published rules.".to_owned(),
        "Rows that break a rule are set aside. The rest go on.".to_owned(),
        "You see the result first. Nothing is sent until you say so.".to_owned(),
        "You then get a receipt with the time, the number of rows and a fingerprint of the file."
            .to_owned(),
    ])
}
