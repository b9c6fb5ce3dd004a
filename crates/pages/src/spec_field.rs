//! One column of a specification (`/specs/{dataset}/{version}/fields/{column}`). Public.

use crate::{
    components::{SummaryList, SummaryRow, inset_text, summary_list},
    frame::{Frame, Link, Page, column, framed},
    spec_rules::{RuleRow, rules_table},
};
use maud::{Markup, html};

/// What the page of a column shows.
#[derive(Debug, Clone, Default)]
pub struct SpecFieldView {
    /// The specification it belongs to.
    pub spec: Link,
    /// Its place in the file, from 1.
    pub number: u64,
    /// How a spreadsheet names the column.
    pub letters: String,
    /// Its name in the header.
    pub name: String,
    /// Its name in the tables that are made of the file.
    pub column: String,
    /// What it means.
    pub means: String,
    /// What it holds, in words.
    pub holds: String,
    /// How many characters fit.
    pub max_length: Option<u64>,
    /// Whether it points at a person.
    pub identifying: bool,
    /// When it must be filled in, and when it has no meaning.
    pub needed: Vec<Needed>,
    /// Help in plain words, a paragraph each.
    pub guidance: Vec<String>,
    /// The list it draws on.
    pub list: Option<Link>,
    /// The first words of that list, and whether there are more.
    pub words: Vec<String>,
    /// Whether the list has more words than those.
    pub more_words: bool,
    /// The rules about it.
    pub rules: Vec<RuleRow>,
    /// The column before it.
    pub previous: Option<Link>,
    /// The column after it.
    pub next: Option<Link>,
}

/// When something holds of a column.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needed {
    /// What holds, such as that it must be filled in.
    pub what: String,
    /// When, in words; empty where only the condition says it.
    pub words: String,
    /// The condition as it is written, where words do not say it all.
    pub condition: Option<String>,
    /// The names in the condition, with what each means.
    pub names: Vec<(String, String)>,
}

/// One column.
pub fn spec_field(frame: &Frame, view: &SpecFieldView) -> Markup {
    let body = html! {
        (column(&html! {
            h1 { span class="nhsuk-caption-xl" { "Column " (view.number) } " " (view.name) }
            (inset_text(&html! { p { (view.means) } }))
            @for paragraph in &view.guidance { p { (paragraph) } }
            (facts(view))
            @if !view.needed.is_empty() {
                h2 class="nhsuk-heading-m" { "When to fill it in" }
                (summary_list(&SummaryList {
                    rows: view.needed.iter().map(|n| SummaryRow::new(&n.what, needed(n))).collect(),
                    ..SummaryList::default()
                }))
            }
            @if let Some(list) = &view.list {
                h2 class="nhsuk-heading-m" { "Words it may hold" }
                ul class="nhsuk-list nhsuk-list--bullet" { @for word in &view.words { li { (word) } } }
                p {
                    a class="nhsuk-link" href=(list.href) {
                        @if view.more_words { "See the whole list: " } @else { "About the list: " }
                        (list.text)
                    }
                }
            }
        }))
        h2 class="nhsuk-heading-m" { "Rules about this column" }
        @if view.rules.is_empty() { p { "No rule is about this column alone. Rules about the whole file still hold." } }
        @else { (rules_table(&format!("Rules about {}", view.name), &view.rules)) }
        (neighbours(view))
    };
    framed(
        frame,
        &Page {
            title: &format!("{}: {}", view.name, view.spec.text),
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

fn needed(needed: &Needed) -> Markup {
    html! {
        (needed.words)
        @if let Some(condition) = &needed.condition {
            @if !needed.words.is_empty() { " " }
            span class="haven-code" { (condition) }
        }
        @for (name, means) in &needed.names {
            span class="haven-note" { span class="haven-code" { (name) } ": " (means) }
        }
    }
}

fn facts(view: &SpecFieldView) -> Markup {
    summary_list(&SummaryList {
        rows: [
            Some(SummaryRow::new("What it holds", &view.holds)),
            view.max_length
                .map(|most| SummaryRow::new("Longest", format!("{most} characters"))),
            Some(SummaryRow::new(
                "Column in a spreadsheet",
                format!("{}, in the official order", view.letters),
            )),
            Some(SummaryRow::new(
                "Points at a person",
                if view.identifying {
                    "Yes. It stays on the identified side and never reaches analysts as it is."
                } else {
                    "Not by itself"
                },
            )),
            Some(SummaryRow::new(
                "Name in our tables",
                html! { span class="haven-hash" { (view.column) } },
            )),
        ]
        .into_iter()
        .flatten()
        .collect(),
        ..SummaryList::default()
    })
}

fn neighbours(view: &SpecFieldView) -> Markup {
    html! {
        @if view.previous.is_some() || view.next.is_some() {
            nav aria-label="Columns before and after" {
                ul class="nhsuk-list" {
                    @if let Some(link) = &view.previous {
                        li { "Before: " a class="nhsuk-link" href=(link.href) { (link.text) } }
                    }
                    @if let Some(link) = &view.next {
                        li { "After: " a class="nhsuk-link" href=(link.href) { (link.text) } }
                    }
                }
            }
        }
    }
}
