//! Data quality of all councils (`/quality`): fields by council as a heat map, with the tables that say the
//! same in words. For the regional team: counts, and never a row.

use crate::{
    components::{Cell, Column, Scroll, Table, table},
    format,
    frame::{Frame, Link, Page, column, framed, link_list},
    heat::{self, HeatMap},
};
use maud::{Markup, html};

/// What the overview shows.
#[derive(Debug, Clone)]
pub struct QualityOverviewView {
    /// What is collected.
    pub title: String,
    /// How many councils have a file that was counted.
    pub councils_counted: u64,
    /// The map; `None` where there is nothing to draw.
    pub heat: Option<HeatMap>,
    /// The fields, in the official order.
    pub fields: Vec<FieldLine>,
    /// The councils, fewest good cells first.
    pub councils: Vec<CouncilLine>,
    /// One field over all councils, where one was asked for.
    pub one: Option<OneField>,
    /// What "low" means in the tables, such as "under 90%".
    pub low: String,
    /// The figures as files.
    pub downloads: Vec<Link>,
}

/// A field over all councils.
#[derive(Debug, Clone, Default)]
pub struct FieldLine {
    /// Its place in the file.
    pub number: u64,
    /// Its name.
    pub name: String,
    /// The page with every council.
    pub href: String,
    /// The one in the middle, in words.
    pub median: String,
    /// The middle half, in words.
    pub middle: String,
    /// How many councils are low.
    pub low: u64,
    /// How many councils have judged cells.
    pub councils: u64,
}

/// A council over all fields.
#[derive(Debug, Clone, Default)]
pub struct CouncilLine {
    /// Its name.
    pub name: String,
    /// Its report.
    pub href: String,
    /// When its file came, in words.
    pub received: String,
    /// Good cells, in words.
    pub good: String,
    /// How many fields are low.
    pub low: u64,
    /// The field with the fewest good cells.
    pub worst: String,
}

/// One field over all councils.
#[derive(Debug, Clone, Default)]
pub struct OneField {
    /// Its name.
    pub name: String,
    /// The public page about it.
    pub spec_href: String,
    /// Councils, fewest good cells first: name, report, good cells, blank, unusable, old release.
    pub rows: Vec<(String, String, String, [u64; 3])>,
}

/// The overview.
pub fn quality_overview(frame: &Frame, view: &QualityOverviewView) -> Markup {
    let body = html! {
        (column(&html! {
            h1 { span class="nhsuk-caption-xl" { (view.title) } " Data quality by council" }
            p class="nhsuk-lede-text" {
                "The latest accepted file of each council, field by field. Counts only: rows are for their senders."
            }
            @if view.councils_counted == 0 {
                p { "No accepted file was counted yet. The figures show here after the next file that is accepted." }
            }
        }))
        @if let Some(one) = &view.one { (one_field(one)) }
        @if let Some(map) = &view.heat { (heat::figure(map)) }
        @if !view.fields.is_empty() && view.councils_counted > 0 { (fields(view)) }
        @if !view.councils.is_empty() { (councils(view)) }
        @if !view.downloads.is_empty() {
            h2 class="nhsuk-heading-m" { "Take it with you" }
            (link_list(&view.downloads))
        }
    };
    let title = match &view.one {
        Some(one) => format!("Data quality by council: {}", one.name),
        None => "Data quality by council".to_owned(),
    };
    framed(
        frame,
        &Page {
            title: &title,
            error: false,
            wide: false,
            parents: &[("Collection overview", "/collection")],
            body,
        },
    )
}

fn one_field(one: &OneField) -> Markup {
    html! {
        h2 class="nhsuk-heading-m" { (one.name) }
        p {
            a class="nhsuk-link" href=(one.spec_href) { "What this field means" }
            ", or "
            a class="nhsuk-link" href="/quality" { "show all fields" }
            "."
        }
        (table(&Table {
            caption: &format!("{} by council, fewest good cells first", one.name),
            id: Some("one-field"),
            columns: vec![
                Column::text("Council"),
                Column::number("Good"),
                Column::number("Blank, must not be"),
                Column::number("Not usable"),
                Column::number("Old release"),
            ],
            rows: one
                .rows
                .iter()
                .map(|(name, href, good, counts)| {
                    [
                        Cell::html(html! { a class="nhsuk-link" href=(href) { (name) } }),
                        Cell::text(good),
                    ]
                    .into_iter()
                    .chain(counts.iter().map(|n| Cell::text(format::count(*n))))
                    .collect()
                })
                .collect(),
            first_cell_is_header: true,
            compact: true,
            scroll: Scroll::Focusable,
            ..Table::default()
        }))
    }
}

fn fields(view: &QualityOverviewView) -> Markup {
    table(&Table {
        caption: "By field",
        id: Some("by-field"),
        columns: vec![
            Column::number("No."),
            Column::text("Field"),
            Column::number("Middle council"),
            Column::number("Middle half"),
            Column::number(format!("Councils {}", view.low)),
            Column::number("Councils"),
        ],
        rows: view
            .fields
            .iter()
            .map(|f| {
                vec![
                    Cell::text(f.number),
                    Cell::html(html! { a class="nhsuk-link" href=(f.href) { (f.name) } }),
                    Cell::text(&f.median),
                    Cell::html(html! { span class="haven-nowrap" { (f.middle) } }),
                    Cell::text(format::count(f.low)),
                    Cell::text(format::count(f.councils)),
                ]
            })
            .collect(),
        compact: true,
        scroll: Scroll::Focusable,
        ..Table::default()
    })
}

fn councils(view: &QualityOverviewView) -> Markup {
    table(&Table {
        caption: "By council, fewest good cells first",
        id: Some("by-council"),
        columns: vec![
            Column::text("Council"),
            Column::text("File of"),
            Column::number("Good cells"),
            Column::number(format!("Fields {}", view.low)),
            Column::text("Fewest good cells in"),
        ],
        rows: view
            .councils
            .iter()
            .map(|c| {
                vec![
                    Cell::html(html! { a class="nhsuk-link" href=(c.href) { (c.name) } }),
                    Cell::text(&c.received),
                    Cell::text(&c.good),
                    Cell::text(format::count(c.low)),
                    Cell::text(&c.worst),
                ]
            })
            .collect(),
        first_cell_is_header: true,
        compact: true,
        scroll: Scroll::Focusable,
        ..Table::default()
    })
}
