//! Agreements (`/agreements`): who may see what, for which purpose, until when.

use crate::{
    components::{Cell, Column, Size, Table, table},
    format,
    frame::{Frame, Page, framed},
    state::AgreementState,
};
use maud::{Markup, html};
use model::Date;

/// What the list of agreements shows.
#[derive(Debug, Clone, Default)]
pub struct AgreementsView {
    /// The agreements that the reader may know of.
    pub agreements: Vec<AgreementRow>,
}

/// One agreement in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgreementRow {
    /// Its reference.
    pub id: String,
    /// Its page.
    pub href: String,
    /// What it is called.
    pub title: String,
    /// Who may see what, for which purpose.
    pub sentence: String,
    /// How it stands today.
    pub state: AgreementState,
    /// Its last day.
    pub ends: Date,
    /// How soon it ends, where that is worth saying: "Ends in 28 days".
    pub warning: Option<String>,
}

/// The list of agreements.
pub fn agreements(frame: &Frame, view: &AgreementsView) -> Markup {
    let body = html! {
        h1 { "Agreements" }
        p { "Nothing here is read without an agreement that allows it. Access stops by itself on the last day." }
        @if view.agreements.is_empty() {
            p { "There is no agreement yet. One begins as a file that every party signs." }
        } @else {
            (table(&Table {
                caption: "All agreements",
                caption_size: Some(Size::M),
                columns: ["Agreement", "What it allows", "State", "Last day"].map(Column::text).into(),
                rows: view.agreements.iter().map(row).collect(),
                first_cell_is_header: true,
                responsive: true,
                ..Table::default()
            }))
        }
    };
    framed(
        frame,
        &Page {
            title: "Agreements",
            error: false,
            wide: false,
            parents: &[],
            body,
        },
    )
}

fn row(agreement: &AgreementRow) -> Vec<Cell> {
    vec![
        Cell::html(html! {
            a class="nhsuk-link" href=(agreement.href) { (agreement.title) }
            " " span class="haven-note" { (agreement.id) }
        }),
        Cell::text(&agreement.sentence),
        Cell::html(agreement.state.tag()),
        Cell::html(html! {
            (format::date(agreement.ends))
            @if let Some(warning) = &agreement.warning { " " span class="haven-note" { (warning) } }
        }),
    ]
}
