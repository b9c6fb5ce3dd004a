//! Summary list: facts about one thing, each a key and a value.

use super::{class_names, when};
use maud::{Markup, html};

/// Facts about one thing.
#[derive(Debug, Clone, Default)]
pub struct SummaryList<'a> {
    /// The facts.
    pub rows: Vec<SummaryRow<'a>>,
    /// Whether rows are parted without lines.
    pub no_border: bool,
    /// Whether the last row has no line under it.
    pub no_last_row_border: bool,
}

/// One fact.
#[derive(Debug, Clone)]
pub struct SummaryRow<'a> {
    /// What the fact is.
    pub key: &'a str,
    /// The fact.
    pub value: Markup,
    /// What can be done about it.
    pub actions: Vec<SummaryAction<'a>>,
}

/// A link beside a fact.
#[derive(Debug, Clone, Copy)]
pub struct SummaryAction<'a> {
    /// What it does.
    pub text: &'a str,
    /// Where it leads.
    pub href: &'a str,
    /// The rest of the sentence, for a screen reader.
    pub hidden_text: &'a str,
}

impl<'a> SummaryRow<'a> {
    /// A fact without actions.
    pub fn new(key: &'a str, value: impl maud::Render) -> Self {
        Self {
            key,
            value: value.render(),
            actions: Vec::new(),
        }
    }
}

/// The list of facts.
pub fn summary_list(options: &SummaryList<'_>) -> Markup {
    let class = class_names(
        "nhsuk-summary-list",
        [
            when(options.no_border, "nhsuk-summary-list--no-border"),
            when(
                options.no_last_row_border && !options.no_border,
                "nhsuk-summary-list--no-last-row-border",
            ),
        ],
        "",
    );
    let any_actions = options.rows.iter().any(|r| !r.actions.is_empty());
    html! {
        dl class=(class) {
            @for row in &options.rows {
                @let class = class_names("nhsuk-summary-list__row",
                    [when(any_actions && row.actions.is_empty(), "nhsuk-summary-list__row--no-actions")], "");
                div class=(class) {
                    dt class="nhsuk-summary-list__key" { (row.key) }
                    dd class="nhsuk-summary-list__value" { (row.value) }
                    @match row.actions.as_slice() {
                        [] => {}
                        [only] => { dd class="nhsuk-summary-list__actions" { (action(only)) } }
                        several => {
                            dd class="nhsuk-summary-list__actions" {
                                ul class="nhsuk-summary-list__actions-list" {
                                    @for each in several {
                                        li class="nhsuk-summary-list__actions-list-item" { (action(each)) }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn action(link: &SummaryAction<'_>) -> Markup {
    html! {
        a class="nhsuk-link" href=(link.href) {
            (link.text)
            @if !link.hidden_text.is_empty() {
                span class="nhsuk-u-visually-hidden" { " " (link.hidden_text) }
            }
        }
    }
}
