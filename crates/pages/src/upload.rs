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

/// What the upload page shows. The form posts `csrf`, `dataset` and `file`, in this order, as multipart
/// form data to `/submissions`; `dataset` is a hidden field where there is only one.
#[derive(Debug, Clone, Default)]
pub struct UploadView {
    /// The token of the form.
    pub csrf: String,
    /// The datasets that the reader's organisation sends.
    pub datasets: Vec<DatasetChoice>,
    /// The name of the one chosen before.
    pub chosen: Option<String>,
    /// The largest file that is taken.
    pub limit_in_bytes: u64,
    /// The period that is open, and until when, in a sentence.
    pub window: Option<String>,
    /// What is wrong with what was sent.
    pub errors: Vec<FieldError>,
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
}

/// The upload page.
pub fn upload(frame: &Frame, view: &UploadView) -> Markup {
    let body = html! {
        (form::summary(&view.errors))
        h1 { "Send a file" }
        @if let Some(window) = &view.window { (inset_text(&html! { p { (window) } })) }
        p { "We check the whole file and tell you everything that needs fixing, all at once." }
        form action="/submissions" method="post" enctype="multipart/form-data" novalidate {
            (csrf_field(&view.csrf))
            (dataset(view))
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
            (button(&Button { text: "Send and check", prevent_double_click: Some(true), ..Button::default() }))
        }
        (details(&Details { summary: "What happens to your file", body: Some(&what_happens()), ..Details::default() }))
    };
    framed(
        frame,
        &Page {
            title: "Send a file",
            error: !view.errors.is_empty(),
            wide: false,
            parents: &[("Your submissions", "/submissions")],
            body: column(&body),
        },
    )
}

fn dataset(view: &UploadView) -> Markup {
    match view.datasets.as_slice() {
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
            error: form::error_of(&view.errors, "dataset"),
            items: several
                .iter()
                .map(|d| Choice {
                    value: &d.name,
                    text: &d.title,
                    hint: (!d.hint.is_empty()).then(|| html! { (d.hint) }),
                    checked: view.chosen.as_deref() == Some(d.name.as_str()),
                    disabled: false,
                })
                .collect(),
            ..Choices::default()
        }),
    }
}

fn what_happens() -> Markup {
    bullets(&[
        "The file is encrypted as it arrives, and only your organisation can open it again."
            .to_owned(),
        "Every row is checked against the published rules.".to_owned(),
        "Rows that break a rule are set aside. The rest go on.".to_owned(),
        "You get a receipt with the time, the number of rows and a fingerprint of the file."
            .to_owned(),
    ])
}
