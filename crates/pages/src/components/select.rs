//! Select: one of many, in a drop-down. Radios are better for a few.

use super::{
    class_names,
    field::{Label, describe, group, label},
    when,
};
use maud::{Markup, html};

/// A drop-down.
#[derive(Debug, Clone, Default)]
pub struct Select<'a> {
    /// Its name in the form; its id too unless `id` is given.
    pub name: &'a str,
    /// Its id.
    pub id: Option<&'a str>,
    /// What it asks.
    pub label: Label<'a>,
    /// Help beside it.
    pub hint: Option<Markup>,
    /// What is wrong with the choice.
    pub error: Option<&'a str>,
    /// What may be chosen.
    pub items: Vec<SelectItem<'a>>,
    /// The value that was chosen before.
    pub value: Option<&'a str>,
    /// Whether it is switched off.
    pub disabled: bool,
}

/// One choice of a drop-down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SelectItem<'a> {
    /// What is sent.
    pub value: &'a str,
    /// What is read.
    pub text: &'a str,
    /// Whether it is chosen from the start.
    pub selected: bool,
    /// Whether it cannot be chosen.
    pub disabled: bool,
}

/// A drop-down, with its label.
pub fn select(options: &Select<'_>) -> Markup {
    let id = options.id.unwrap_or(options.name);
    let class = class_names(
        "nhsuk-select",
        [when(options.error.is_some(), "nhsuk-select--error")],
        "",
    );
    let described = describe(id, options.hint.as_ref(), options.error);
    let body = html! {
        (label(&options.label, id))
        (described.above)
        select class=(class) id=(id) name=(options.name) disabled[options.disabled]
            aria-describedby=[described.by] {
            @for item in &options.items {
                option value=(item.value) selected[item.selected || options.value == Some(item.value)]
                    disabled[item.disabled] { (item.text) }
            }
        }
    };
    group(options.error.is_some(), "", &body)
}
