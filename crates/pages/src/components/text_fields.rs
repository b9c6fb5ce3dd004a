//! Fields that people type into, and the plain file field.

use super::{
    class_names,
    field::{Label, describe, group, label},
    when,
};
use maud::{Markup, html};

/// A field of one line.
#[derive(Debug, Clone, Default)]
pub struct Input<'a> {
    /// Its name in the form; its id too unless `id` is given.
    pub name: &'a str,
    /// Its id.
    pub id: Option<&'a str>,
    /// What it asks for.
    pub label: Label<'a>,
    /// Help beside it.
    pub hint: Option<Markup>,
    /// What is wrong with what was typed.
    pub error: Option<&'a str>,
    /// What was typed before.
    pub value: Option<&'a str>,
    /// The kind of field: `text` unless given.
    pub kind: Option<&'a str>,
    /// What the browser may fill in.
    pub autocomplete: Option<&'a str>,
    /// What keyboard a phone shows.
    pub inputmode: Option<&'a str>,
    /// Whether spelling is checked.
    pub spellcheck: Option<bool>,
    /// How many characters wide it looks: 2, 3, 4, 5, 10, 20 or 30.
    pub width: Option<u8>,
    /// Whether it is switched off.
    pub disabled: bool,
    /// Whether letters stand apart, for codes.
    pub code: bool,
    /// Classes of our own.
    pub classes: &'a str,
}

/// A field of several lines.
#[derive(Debug, Clone, Default)]
pub struct Textarea<'a> {
    /// Its name in the form; its id too unless `id` is given.
    pub name: &'a str,
    /// Its id.
    pub id: Option<&'a str>,
    /// What it asks for.
    pub label: Label<'a>,
    /// Help beside it.
    pub hint: Option<Markup>,
    /// What is wrong with what was typed.
    pub error: Option<&'a str>,
    /// What was typed before.
    pub value: &'a str,
    /// How many lines show: 5 unless given.
    pub rows: Option<u16>,
    /// Whether spelling is checked.
    pub spellcheck: Option<bool>,
    /// What the browser may fill in.
    pub autocomplete: Option<&'a str>,
    /// Whether it is switched off.
    pub disabled: bool,
    /// Classes of our own.
    pub classes: &'a str,
}

/// A field that takes a file.
#[derive(Debug, Clone, Default)]
pub struct FileUpload<'a> {
    /// Its name in the form; its id too unless `id` is given.
    pub name: &'a str,
    /// Its id.
    pub id: Option<&'a str>,
    /// What it asks for.
    pub label: Label<'a>,
    /// Help beside it.
    pub hint: Option<Markup>,
    /// What is wrong with the file.
    pub error: Option<&'a str>,
    /// Whether several files may be chosen.
    pub multiple: bool,
    /// Whether it is switched off.
    pub disabled: bool,
    /// Whether the frontend's script turns it into a drop zone. Our pages leave it out: the drop zone
    /// has one accessibility finding, and the plain field does all that is needed.
    pub drop_zone: bool,
}

/// A field of one line, with its label.
pub fn input(options: &Input<'_>) -> Markup {
    let id = options.id.unwrap_or(options.name);
    let class = class_names(
        "nhsuk-input",
        [
            when(options.code, "nhsuk-input--code"),
            when(options.error.is_some(), "nhsuk-input--error"),
            options.width.map(|w| format!("nhsuk-input--width-{w}")),
        ],
        options.classes,
    );
    let described = describe(id, options.hint.as_ref(), options.error);
    let body = html! {
        (label(&options.label, id))
        (described.above)
        input class=(class) id=(id) name=(options.name) type=(options.kind.unwrap_or("text"))
            spellcheck=[options.spellcheck.map(|s| s.to_string())] value=[options.value]
            disabled[options.disabled] aria-describedby=[described.by]
            autocomplete=[options.autocomplete] inputmode=[options.inputmode];
    };
    group(options.error.is_some(), "", &body)
}

/// A field of several lines, with its label.
pub fn textarea(options: &Textarea<'_>) -> Markup {
    let id = options.id.unwrap_or(options.name);
    let class = class_names(
        "nhsuk-textarea",
        [when(options.error.is_some(), "nhsuk-textarea--error")],
        options.classes,
    );
    let described = describe(id, options.hint.as_ref(), options.error);
    let body = html! {
        (label(&options.label, id))
        (described.above)
        textarea class=(class) id=(id) name=(options.name) rows=(options.rows.unwrap_or(5))
            spellcheck=[options.spellcheck.map(|s| s.to_string())] disabled[options.disabled]
            aria-describedby=[described.by] autocomplete=[options.autocomplete] { (options.value) }
    };
    group(options.error.is_some(), "", &body)
}

/// A field that takes a file, with its label.
pub fn file_upload(options: &FileUpload<'_>) -> Markup {
    let id = options.id.unwrap_or(options.name);
    let described = describe(id, options.hint.as_ref(), options.error);
    let class = class_names(
        "nhsuk-form-group",
        [when(options.error.is_some(), "nhsuk-form-group--error")],
        "nhsuk-file-upload",
    );
    html! {
        div class=(class) data-module=[options.drop_zone.then_some("nhsuk-file-upload")] {
            (label(&options.label, id))
            (described.above)
            input class="nhsuk-file-upload__input" id=(id) name=(options.name) type="file"
                disabled[options.disabled] multiple[options.multiple] aria-describedby=[described.by];
        }
    }
}
