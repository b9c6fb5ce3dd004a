//! Radios (choose one) and checkboxes (choose any).

use super::{
    class_names,
    field::{Described, Label, Legend, describe, fieldset, group, hint, label},
    when,
};
use maud::{Markup, html};

/// A question with its choices.
#[derive(Debug, Clone, Default)]
pub struct Choices<'a> {
    /// The name in the form; the first choice has it as its id unless `id_prefix` is given.
    pub name: &'a str,
    /// What the ids of the choices begin with.
    pub id_prefix: Option<&'a str>,
    /// The question; without one there is no fieldset.
    pub legend: Option<Legend<'a>>,
    /// Help beside it.
    pub hint: Option<Markup>,
    /// What is wrong with the choice.
    pub error: Option<&'a str>,
    /// The choices.
    pub items: Vec<Choice<'a>>,
    /// Whether they are the smaller ones.
    pub small: bool,
    /// Whether they stand in one line.
    pub inline: bool,
    /// Whether the first one has the focus when the page opens: for pages that are worked through by keyboard.
    pub autofocus: bool,
}

/// One choice.
#[derive(Debug, Clone, Default)]
pub struct Choice<'a> {
    /// What is sent.
    pub value: &'a str,
    /// What is read.
    pub text: &'a str,
    /// Help beside it.
    pub hint: Option<Markup>,
    /// Whether it is chosen from the start.
    pub checked: bool,
    /// Whether it cannot be chosen.
    pub disabled: bool,
}

/// Choices of which one holds.
pub fn radios(options: &Choices<'_>) -> Markup {
    let described = about(options);
    let inner = inputs(options, &Kind::RADIOS, &described, None);
    wrapped(options, &described, &inner)
}

/// Choices of which any may hold.
pub fn checkboxes(options: &Choices<'_>) -> Markup {
    let described = about(options);
    // Without a fieldset nothing else would carry the description, so each box does.
    let by = options
        .legend
        .is_none()
        .then(|| described.by.clone())
        .flatten();
    let inner = inputs(options, &Kind::CHECKBOXES, &described, by.as_deref());
    wrapped(options, &described, &inner)
}

struct Kind {
    block: &'static str,
    input: &'static str,
}

impl Kind {
    const RADIOS: Self = Self {
        block: "nhsuk-radios",
        input: "radio",
    };
    const CHECKBOXES: Self = Self {
        block: "nhsuk-checkboxes",
        input: "checkbox",
    };
}

fn about(options: &Choices<'_>) -> Described {
    let prefix = options.id_prefix.unwrap_or(options.name);
    describe(prefix, options.hint.as_ref(), options.error)
}

fn inputs(
    options: &Choices<'_>,
    kind: &Kind,
    described: &Described,
    described_by: Option<&str>,
) -> Markup {
    let prefix = options.id_prefix.unwrap_or(options.name);
    let block = kind.block;
    let class = class_names(
        block,
        [
            when(options.small, &format!("{block}--small")),
            when(options.inline, &format!("{block}--inline")),
        ],
        "",
    );
    html! {
        (described.above)
        div class=(class) data-module=(block) {
            @for (position, item) in options.items.iter().enumerate() {
                // The first id has no number, so that an error summary can link to it.
                @let id = if position == 0 { prefix.to_owned() } else { format!("{prefix}-{}", position + 1) };
                @let hint_id = format!("{id}-item-hint");
                @let by = [described_by, item.hint.is_some().then_some(hint_id.as_str())]
                    .into_iter().flatten().collect::<Vec<_>>().join(" ");
                div class={ (block) "__item" } {
                    input class={ (block) "__input" } id=(id) name=(options.name) type=(kind.input)
                        value=(item.value) checked[item.checked] disabled[item.disabled]
                        autofocus[options.autofocus && position == 0]
                        aria-describedby=[(!by.is_empty()).then_some(by)];
                    (label(&Label { text: item.text, classes: &format!("{block}__label"), ..Label::default() }, &id))
                    @if let Some(text) = &item.hint {
                        (hint(text, &hint_id, &format!("{block}__hint")))
                    }
                }
            }
        }
    }
}

fn wrapped(options: &Choices<'_>, described: &Described, inner: &Markup) -> Markup {
    let body = match &options.legend {
        Some(legend) => fieldset(legend, described.by.as_deref(), inner),
        None => inner.clone(),
    };
    group(options.error.is_some(), "", &body)
}
