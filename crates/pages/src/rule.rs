//! One rule (`/rules/{code}`): what is wrong, why it matters, how to fix it, and examples. Public; every
//! message about a file leads here.

use crate::{
    components::{
        Cell, Column, Details, Scroll, SummaryList, SummaryRow, Table, details, inset_text,
        summary_list, table,
    },
    format,
    frame::{Frame, Link, Page, column, framed, link_list},
    result::does,
};
use maud::{Markup, html};
use model::Level;

/// What the page of a rule shows.
#[derive(Debug, Clone)]
pub struct RuleView {
    /// Its code.
    pub code: String,
    /// What is wrong where it is broken.
    pub says: String,
    /// What it does.
    pub level: Level,
    /// Why it is there.
    pub why: String,
    /// What to do.
    pub fix: String,
    /// The columns it is about.
    pub fields: Vec<Link>,
    /// When it finds something, as it is written.
    pub when: Option<String>,
    /// Where it comes from; a link has an address where there is a public one.
    pub source: Vec<Link>,
    /// Where it stands and since when, a line each; empty where it is simply in force.
    pub stages: Vec<(String, String)>,
    /// The specifications it belongs to.
    pub specs: Vec<Link>,
    /// Examples that are right.
    pub passes: Vec<RuleExample>,
    /// Examples that are found.
    pub fails: Vec<RuleExample>,
}

/// One example: a few rows of a few columns.
#[derive(Debug, Clone, Default)]
pub struct RuleExample {
    /// The names of the columns.
    pub columns: Vec<String>,
    /// The cells, row by row.
    pub rows: Vec<Vec<String>>,
}

/// How many examples of each kind are shown.
const MOST: usize = 5;

/// One rule.
pub fn rule(frame: &Frame, view: &RuleView) -> Markup {
    let body = html! {
        (column(&html! {
            h1 { span class="nhsuk-caption-xl" { "Rule " (view.code) } " " (view.says) }
            (inset_text(&html! { p { strong { (does(view.level)) } ". " (effect(view.level)) } }))
            h2 class="nhsuk-heading-m" { "Why it matters" }
            p { (format::with_code(&view.why)) }
            h2 class="nhsuk-heading-m" { "How to fix it" }
            p { (format::with_code(&view.fix)) }
            @if !view.fields.is_empty() {
                h2 class="nhsuk-heading-m" { @if view.fields.len() == 1 { "Column" } @else { "Columns" } }
                (link_list(&view.fields))
            }
        }))
        (examples("Examples that this rule lets pass", "passes", &view.passes))
        (examples("Examples that this rule finds", "found", &view.fails))
        (column(&html! {
            h2 class="nhsuk-heading-m" { "About this rule" }
            (summary_list(&SummaryList {
                rows: [
                    Some(SummaryRow::new("Code", &view.code)),
                    Some(SummaryRow::new("Where it comes from", sources(&view.source))),
                    (!view.specs.is_empty()).then(|| SummaryRow::new("Checked in", link_list(&view.specs))),
                ]
                .into_iter()
                .flatten()
                .chain(view.stages.iter().map(|(stage, dates)| SummaryRow::new(stage, dates)))
                .collect(),
                ..SummaryList::default()
            }))
            @if let Some(when) = &view.when {
                (details(&Details {
                    summary: "How the rule is written",
                    body: Some(&html! { p class="haven-code" { (when) } }),
                    ..Details::default()
                }))
            }
            p { a class="nhsuk-link" href=(frame.help_href) { "Do you think this rule is wrong? Tell us" } }
        }))
    };
    framed(
        frame,
        &Page {
            title: &format!("Rule {}: {}", view.code, view.says),
            error: false,
            wide: false,
            parents: &[("What you can send", "/specs")],
            body,
        },
    )
}

fn sources(sources: &[Link]) -> Markup {
    html! {
        @for (at, source) in sources.iter().enumerate() {
            @if at > 0 { "; " }
            @if source.href.is_empty() { (source.text) }
            @else { a class="nhsuk-link" href=(source.href) { (source.text) } }
        }
    }
}

/// What a level means for the sender.
const fn effect(level: Level) -> &'static str {
    match level {
        Level::RejectFile => "The whole file stays out until this is fixed.",
        Level::RejectRow => {
            "The row stays out until it is fixed. The rest of the file is taken in."
        }
        Level::Warning => "The row is taken in. Have a look, as it may be a mistake.",
        Level::Note => "The row is taken in. There may be nothing to do.",
    }
}

fn examples(heading: &str, word: &str, examples: &[RuleExample]) -> Markup {
    let shown: Vec<(usize, &RuleExample)> = (1..)
        .zip(examples.iter().filter(|e| !e.columns.is_empty()).take(MOST))
        .collect();
    html! {
        @if !shown.is_empty() {
            h2 class="nhsuk-heading-m" { (heading) }
            @for (number, example) in &shown {
                (table(&Table {
                    caption: &format!("Example {number} ({word})"),
                    id: Some(&format!("{word}-{number}")),
                    columns: example.columns.iter().map(Column::text).collect(),
                    rows: example.rows.iter().map(|row| row.iter().map(|cell| shown_cell(cell)).collect()).collect(),
                    compact: true,
                    scroll: Scroll::Focusable,
                    ..Table::default()
                }))
            }
        }
    }
}

fn shown_cell(cell: &str) -> Cell {
    if cell.is_empty() {
        Cell::html(html! { span class="nhsuk-u-secondary-text-colour" { "(blank)" } })
    } else {
        Cell::html(html! { span class="haven-break" { (cell) } })
    }
}
