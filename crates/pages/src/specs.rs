//! Specifications (`/specs`): what may be sent, one line for each collection. Public.

use crate::{
    components::{Cell, Column, Table, table},
    format,
    frame::{Frame, Link, Page, column, framed, link_list},
};
use maud::{Markup, html};

/// What the list shows.
#[derive(Debug, Clone, Default)]
pub struct SpecsView {
    /// The specifications.
    pub specifications: Vec<SpecRow>,
    /// Where else to look, such as the questions people ask.
    pub more: Vec<Link>,
}

/// One specification in the list.
#[derive(Debug, Clone, Default)]
pub struct SpecRow {
    /// What it is called.
    pub title: String,
    /// Its page.
    pub href: String,
    /// Its version.
    pub version: String,
    /// How many fields it has.
    pub fields: u64,
    /// How many rules.
    pub rules: u64,
}

/// The list of specifications.
pub fn specs(frame: &Frame, view: &SpecsView) -> Markup {
    let body = html! {
        (column(&html! {
            h1 { "What you can send" }
            p class="nhsuk-lede-text" {
                "Each kind of file has its own page. It lists the columns, what each one means, the words it may hold and the rules we check."
            }
        }))
        @if view.specifications.is_empty() {
            p { "There are none yet. The person who runs the service adds them." }
        } @else {
            (table(&Table {
                caption: "Kinds of file",
                columns: vec![
                    Column::text("Kind of file"),
                    Column::text("Version"),
                    Column::number("Columns"),
                    Column::number("Rules"),
                ],
                rows: view.specifications.iter().map(row).collect(),
                first_cell_is_header: true,
                responsive: true,
                ..Table::default()
            }))
        }
        @if !view.more.is_empty() {
            h2 class="nhsuk-heading-m" { "Help and news" }
            (link_list(&view.more))
        }
    };
    framed(
        frame,
        &Page {
            title: "What you can send",
            error: false,
            wide: false,
            parents: &[],
            body,
        },
    )
}

fn row(spec: &SpecRow) -> Vec<Cell> {
    vec![
        Cell::html(html! { a class="nhsuk-link" href=(spec.href) { (spec.title) } }),
        Cell::text(&spec.version),
        Cell::text(format::count(spec.fields)),
        Cell::text(format::count(spec.rules)),
    ]
}
