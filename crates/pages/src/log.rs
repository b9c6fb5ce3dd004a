//! The log as the public has it (`/log`): how far it has come, who has cosigned it, and how to check it.

use crate::{
    components::{Cell, Column, Table, table},
    format,
    frame::{Frame, Page, framed},
};
use chrono::{DateTime, Utc};
use maud::{Markup, html};

/// What the page shows.
#[derive(Debug, Clone, Default)]
pub struct LogView {
    /// How many entries there are.
    pub size: u64,
    /// The newest checkpoint.
    pub note: String,
    /// The public key of the log.
    pub key: String,
    /// How many entries the newest cosigned checkpoint has, and the checkpoint.
    pub cosigned_size: Option<u64>,
    pub cosigned_note: Option<String>,
    pub cosignatures: Vec<LogCosignature>,
    /// The witnesses that are known.
    pub witnesses: Vec<String>,
}

/// Who cosigned, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogCosignature {
    pub witness: String,
    pub at: Option<DateTime<Utc>>,
}

/// The page.
pub fn log(frame: &Frame, view: &LogView) -> Markup {
    let body = html! {
        h1 { "The log of who used the data" }
        p { "Everything that is done with people's records is written down in a log. Nobody can change or remove an entry without it being noticed, not even us: each entry becomes part of a number that we sign and that other organisations sign as well." }
        p { "The entries themselves are for auditors. What is here points at nobody." }
        h2 { "How far it has come" }
        p { "The log has " (format::counted(view.size, "entry", "entries")) ". This is its checkpoint:" }
        pre class="haven-code" { (view.note) }
        h2 { "Who has signed with us" }
        @if view.witnesses.is_empty() {
            p { "No other organisation watches this log yet." }
        } @else if let Some(size) = view.cosigned_size {
            p { "Each of these has checked that the log only grew, up to " (format::counted(size, "entry", "entries")) "." }
            (table(&Table {
                caption: "Cosignatures",
                columns: ["Organisation", "When"].map(Column::text).into(),
                rows: view.cosignatures.iter().map(|cosigned| vec![
                    Cell::text(&cosigned.witness),
                    Cell::text(cosigned.at.map_or_else(String::new, format::moment)),
                ]).collect(),
                first_cell_is_header: true,
                ..Table::default()
            }))
            @if let Some(note) = &view.cosigned_note { pre class="haven-code" { (note) } }
        } @else {
            p { (format::listed(&view.witnesses)) " watch this log and have not signed yet." }
        }
        h2 { "Check it yourself" }
        p { "The key of the log:" }
        pre class="haven-code" { (view.key) }
        ul class="nhsuk-list nhsuk-list--bullet" {
            li { a href="/log/checkpoint" { "The checkpoint as a file" } }
            li { "Tiles of hashes lie below " code { "/log/tile/" } ", as " code { "c2sp.org/tlog-tiles" } " describes" }
            li { "To watch the log for others, run " code { "haven audit witness" } " and tell us your public key" }
        }
    };
    framed(
        frame,
        &Page {
            title: "The log of who used the data",
            error: false,
            wide: false,
            parents: &[],
            body,
        },
    )
}
