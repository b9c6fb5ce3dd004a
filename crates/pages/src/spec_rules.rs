//! The rules of a specification (`/specs/{dataset}/{version}/rules`). Public.

use crate::{
    components::{Button, Cell, Column, Label, Select, SelectItem, Table, button, select, table},
    components::{Input, input},
    format,
    frame::{Frame, Link, Page, column, framed},
    result::does,
};
use maud::{Markup, html};
use model::Level;

/// What the list of rules shows. The form sends `q` and `level` to the same address by GET.
#[derive(Debug, Clone, Default)]
pub struct SpecRulesView {
    /// The specification they belong to.
    pub spec: Link,
    /// The address of this page.
    pub href: String,
    /// What was searched for.
    pub query: String,
    /// What kind was asked for: `file`, `row`, `warning`, `note`, or nothing.
    pub level: String,
    /// How many rules there are in all.
    pub all: u64,
    /// Those that were found.
    pub rules: Vec<RuleRow>,
}

/// One rule in a list.
#[derive(Debug, Clone)]
pub struct RuleRow {
    /// Its code.
    pub code: String,
    /// Its page.
    pub href: String,
    /// What is wrong where it is broken.
    pub says: String,
    /// What it does.
    pub level: Level,
    /// Where it stands, where that is not simply in force, such as "in shadow until 1 April 2027".
    pub stage: Option<String>,
}

/// The rules of a specification.
pub fn spec_rules(frame: &Frame, view: &SpecRulesView) -> Markup {
    let number = u64::try_from(view.rules.len()).unwrap_or(u64::MAX);
    let body = html! {
        (column(&html! {
            h1 { span class="nhsuk-caption-xl" { (view.spec.text) } " Rules" }
            p class="nhsuk-lede-text" { "This is what we check in a file. Open a rule to see why it is there and how to fix it." }
            form action=(view.href) method="get" role="search" novalidate {
                (input(&Input {
                    name: "q",
                    label: Label { text: "Words, a column or a code", ..Label::default() },
                    kind: Some("search"),
                    value: (!view.query.is_empty()).then_some(view.query.as_str()),
                    autocomplete: Some("off"),
                    width: Some(20),
                    ..Input::default()
                }))
                (select(&Select {
                    name: "level",
                    label: Label { text: "What the rule does", ..Label::default() },
                    items: [
                        ("", "Anything"),
                        ("file", does(Level::RejectFile)),
                        ("row", does(Level::RejectRow)),
                        ("warning", does(Level::Warning)),
                        ("note", does(Level::Note)),
                    ]
                    .into_iter()
                    .map(|(value, text)| SelectItem { value, text, selected: value == view.level, disabled: false })
                    .collect(),
                    ..Select::default()
                }))
                (button(&Button { text: "Show", ..Button::default() }))
            }
            @if view.query.is_empty() && view.level.is_empty() {
                p { (format::counted(view.all, "rule", "rules")) " in all." }
            } @else {
                p {
                    (format::count(number)) " of " (format::counted(view.all, "rule", "rules")) ". "
                    a class="nhsuk-link" href=(view.href) { "Show all rules" }
                }
            }
        }))
        @if view.rules.is_empty() { p { "No rule was found. Try fewer words, or the name of a column." } }
        @else { (rules_table("Rules in the order in which they are checked", &view.rules)) }
    };
    framed(
        frame,
        &Page {
            title: &format!("Rules: {}", view.spec.text),
            error: false,
            wide: false,
            parents: &[
                ("What you can send", "/specs"),
                (&view.spec.text, &view.spec.href),
            ],
            body,
        },
    )
}

/// Rules as a table.
pub(crate) fn rules_table(caption: &str, rules: &[RuleRow]) -> Markup {
    table(&Table {
        caption,
        columns: vec![
            Column::text("Code"),
            Column::text("What is wrong"),
            Column::text("What it does"),
        ],
        rows: rules
            .iter()
            .map(|rule| {
                vec![
                    Cell::html(html! {
                        a class="nhsuk-link haven-nowrap" href=(rule.href) { (rule.code) }
                    }),
                    Cell::text(&rule.says),
                    Cell::html(html! {
                        (does(rule.level))
                        @if let Some(stage) = &rule.stage { span class="haven-note" { (stage) } }
                    }),
                ]
            })
            .collect(),
        first_cell_is_header: true,
        responsive: true,
        ..Table::default()
    })
}
