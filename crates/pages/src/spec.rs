//! One specification (`/specs/{dataset}/{version}`): its columns, its lists, its example files, and the way
//! to its rules. Public.

use crate::{
    components::{Cell, Column, SummaryList, SummaryRow, Table, summary_list, table},
    format,
    frame::{Frame, Link, Page, column, framed, link_list},
};
use maud::{Markup, html};

/// What the page of a specification shows.
#[derive(Debug, Clone, Default)]
pub struct SpecView {
    /// What it is called.
    pub title: String,
    /// Its version.
    pub version: String,
    /// Where the facts come from.
    pub source: String,
    /// Its columns, in the official order.
    pub fields: Vec<FieldRow>,
    /// Its lists of words, as links with how many each has.
    pub lists: Vec<Link>,
    /// Example files, to download.
    pub examples: Vec<Link>,
    /// The columns as files.
    pub downloads: Vec<Link>,
    /// The page of the rules.
    pub rules_href: String,
    /// How many rules there are.
    pub rules: u64,
    /// Other versions and kinds that this one belongs with.
    pub others: Vec<Link>,
}

/// One column in the list.
#[derive(Debug, Clone, Default)]
pub struct FieldRow {
    /// Its place in the file, from 1.
    pub number: u64,
    /// Its name in the header.
    pub name: String,
    /// Its page.
    pub href: String,
    /// What it means.
    pub means: String,
    /// What it holds, in words.
    pub holds: String,
    /// The list it draws on.
    pub list: Option<Link>,
    /// Whether it points at a person.
    pub identifying: bool,
}

/// One specification.
pub fn spec(frame: &Frame, view: &SpecView) -> Markup {
    let number = u64::try_from(view.fields.len()).unwrap_or(u64::MAX);
    let body = html! {
        (column(&html! {
            h1 { span class="nhsuk-caption-xl" { "What you can send" } " " (view.title) }
            p class="nhsuk-lede-text" {
                "A file of this kind has " (format::counted(number, "column", "columns")) ". The first row holds their names."
            }
            (contents(view))
            (summary_list(&SummaryList {
                rows: vec![
                    SummaryRow::new("Version", &view.version),
                    SummaryRow::new("Where this comes from", format::with_links(&view.source)),
                ],
                ..SummaryList::default()
            }))
        }))
        h2 class="nhsuk-heading-m" id="columns" { "Columns" }
        (table(&Table {
            caption: "Columns in the order of the file",
            columns: vec![
                Column::number("No."),
                Column::text("Name"),
                Column::text("What it means"),
                Column::text("What it holds"),
            ],
            rows: view.fields.iter().map(row).collect(),
            responsive: true,
            ..Table::default()
        }))
        @if !view.lists.is_empty() {
            h2 class="nhsuk-heading-m" id="lists" { "Lists of words" }
            p { "Some columns may only hold words from a list. Capital letters do not matter." }
            (link_list(&view.lists))
        }
        h2 class="nhsuk-heading-m" id="rules" { "Rules" }
        @if view.rules == 0 { p { "There are no rules yet." } }
        @else {
            p {
                a class="nhsuk-link" href=(view.rules_href) { "See " (format::counted(view.rules, "rule", "rules")) }
                ". Each one says what is wrong, why it matters and how to fix it."
            }
        }
        @if !view.examples.is_empty() {
            h2 class="nhsuk-heading-m" id="examples" { "Example files" }
            p { "The people in these files are made up. You can use the files to try the service." }
            (link_list(&view.examples))
        }
        @if !view.downloads.is_empty() {
            h2 class="nhsuk-heading-m" id="downloads" { "Take it with you" }
            (link_list(&view.downloads))
        }
        @if !view.others.is_empty() {
            h2 class="nhsuk-heading-m" { "Other kinds of file" }
            (link_list(&view.others))
        }
    };
    framed(
        frame,
        &Page {
            title: &view.title,
            error: false,
            wide: false,
            parents: &[("What you can send", "/specs")],
            body,
        },
    )
}

fn contents(view: &SpecView) -> Markup {
    let parts = [
        Some(("Columns", "#columns")),
        (!view.lists.is_empty()).then_some(("Lists of words", "#lists")),
        Some(("Rules", "#rules")),
        (!view.examples.is_empty()).then_some(("Example files", "#examples")),
        (!view.downloads.is_empty()).then_some(("Take it with you", "#downloads")),
    ];
    html! {
        nav aria-label="On this page" {
            ul class="nhsuk-list" {
                @for (text, href) in parts.into_iter().flatten() {
                    li { a class="nhsuk-link" href=(href) { (text) } }
                }
            }
        }
    }
}

fn row(field: &FieldRow) -> Vec<Cell> {
    vec![
        Cell::text(field.number),
        Cell::html(html! { a class="nhsuk-link" href=(field.href) { (field.name) } }),
        Cell::html(html! {
            (field.means)
            @if field.identifying { span class="haven-note" { "Points at a person" } }
        }),
        Cell::html(html! {
            (field.holds)
            @if let Some(list) = &field.list {
                " " a class="nhsuk-link" href=(list.href) { (list.text) }
            }
        }),
    ]
}
