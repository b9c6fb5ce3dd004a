//! One list of words (`/specs/{dataset}/{version}/codes/{list}`). Public.

use crate::{
    components::{Cell, Column, Scroll, SummaryList, SummaryRow, Table, summary_list, table},
    format,
    frame::{Frame, Link, Page, column, framed, link_list},
};
use maud::{Markup, html};

/// What the page of a list shows.
#[derive(Debug, Clone, Default)]
pub struct SpecCodesView {
    /// The specification it belongs to.
    pub spec: Link,
    /// What it is called.
    pub title: String,
    /// Where it comes from.
    pub source: String,
    /// The columns that draw on it.
    pub fields: Vec<Link>,
    /// What is known of each value beside itself.
    pub attributes: Vec<String>,
    /// The values in order, each with its attributes.
    pub values: Vec<(String, Vec<String>)>,
    /// What an earlier release is called.
    pub earlier_release: Option<String>,
    /// Values of that release, each with the one to use in its place; empty where there is none.
    pub earlier: Vec<(String, String)>,
    /// The list as files.
    pub downloads: Vec<Link>,
}

/// One list of words.
pub fn spec_codes(frame: &Frame, view: &SpecCodesView) -> Markup {
    let number = u64::try_from(view.values.len()).unwrap_or(u64::MAX);
    let columns = std::iter::once(Column::text("Value"))
        .chain(view.attributes.iter().map(Column::text))
        .collect();
    let body = html! {
        (column(&html! {
            h1 { span class="nhsuk-caption-xl" { "List of words" } " " (view.title) }
            p class="nhsuk-lede-text" { "The list has " (format::counted(number, "value", "values")) ". Write them as they stand here." }
            (summary_list(&SummaryList {
                rows: vec![SummaryRow::new("Where this comes from", format::with_links(&view.source))],
                ..SummaryList::default()
            }))
            @if !view.fields.is_empty() {
                h2 class="nhsuk-heading-m" { "Columns that use it" }
                (link_list(&view.fields))
            }
        }))
        (table(&Table {
            caption: "Values",
            id: Some("values"),
            columns,
            rows: view
                .values
                .iter()
                .map(|(value, others)| {
                    std::iter::once(Cell::text(value)).chain(others.iter().map(Cell::text)).collect()
                })
                .collect(),
            first_cell_is_header: true,
            scroll: Scroll::Focusable,
            ..Table::default()
        }))
        @if !view.earlier.is_empty() {
            (table(&Table {
                caption: &format!("Values of {} and what to use now", view.earlier_release.as_deref().unwrap_or("an earlier release")),
                id: Some("earlier"),
                columns: vec![Column::text("Earlier value"), Column::text("Use now")],
                rows: view
                    .earlier
                    .iter()
                    .map(|(old, new)| {
                        let new = if new.is_empty() { "nothing takes its place" } else { new };
                        vec![Cell::text(old), Cell::text(new)]
                    })
                    .collect(),
                first_cell_is_header: true,
                scroll: Scroll::Focusable,
                ..Table::default()
            }))
        }
        @if !view.downloads.is_empty() {
            h2 class="nhsuk-heading-m" { "Take it with you" }
            (link_list(&view.downloads))
        }
    };
    framed(
        frame,
        &Page {
            title: &format!("{}: {}", view.title, view.spec.text),
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
