//! A released table (`/releases/{id}`), with its picture, its map and its birth certificate; and the
//! list of releases (`/releases`).

use crate::{
    chart::{self, Chart, SymbolNote},
    components::{
        Cell, Column, Details, Scroll, Size, SummaryList, SummaryRow, Table, WarningCallout,
        details, summary_list, table, warning_callout,
    },
    format,
    frame::{Frame, Link, Page, bullets, column, framed, link_list},
    map::{self, AreaMap, Outlines},
};
use chrono::{DateTime, Utc};
use maud::{Markup, html};
use std::sync::Arc;

/// What the page of a release shows: figures that may leave, and nothing else.
#[derive(Debug, Clone)]
pub struct ReleaseView {
    /// Its reference.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// When it was made.
    pub released_at: DateTime<Utc>,
    /// The agreement it was made under.
    pub agreement: Link,
    /// Whether a checker has to decide before it leaves.
    pub waits: bool,
    /// Why it waits for a checker, or waited, though the rules found nothing; empty where it does not.
    pub held_because: String,
    /// What for.
    pub purpose: String,
    /// The rule set that made it safe.
    pub rule_set: String,
    /// What the rules did, in sentences.
    pub rules: Vec<String>,
    /// Whether hidden numbers were also protected from being worked out from the rest.
    pub complementary_suppression: bool,
    /// The columns, each with whether it holds numbers.
    pub columns: Vec<(String, bool)>,
    /// The cells, in words: numbers as they may be shown, symbols as they stand.
    pub rows: Vec<Vec<String>>,
    /// What the symbols mean.
    pub notes: Vec<SymbolNote>,
    /// The picture.
    pub chart: Option<Chart>,
    /// The map.
    pub map: Option<MapView>,
    /// The table as files.
    pub downloads: Vec<Link>,
    /// Query, versions, person and time: each with its name.
    pub birth_certificate: Vec<(String, String)>,
}

/// A map with its outlines.
#[derive(Debug, Clone)]
pub struct MapView {
    /// What it shows.
    pub map: AreaMap,
    /// The areas.
    pub outlines: Arc<Outlines>,
}

/// What the list of releases shows.
#[derive(Debug, Clone, Default)]
pub struct ReleasesView {
    /// Those that wait for the reader to decide, what waits longest first.
    pub waiting: Vec<ReleaseRow>,
    /// The releases, latest first.
    pub releases: Vec<ReleaseRow>,
}

/// One release in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseRow {
    /// Its page.
    pub href: String,
    /// What it is called.
    pub title: String,
    /// The agreement it was made under.
    pub agreement: String,
    /// The rule set that made it safe.
    pub rule_set: String,
    /// When it was made.
    pub released_at: DateTime<Utc>,
}

/// A released table.
pub fn release(frame: &Frame, view: &ReleaseView) -> Markup {
    let body = html! {
        (column(&html! {
            h1 {
                span class="nhsuk-caption-xl" { "Release " (view.id) }
                " "
                (view.title)
            }
            @if view.waits {
                (warning_callout(&WarningCallout {
                    heading: "It waits for a checker",
                    level: Some(2),
                    text: if view.held_because.is_empty() {
                        "It may not leave before a checker has decided."
                    } else {
                        &view.held_because
                    },
                }))
            }
            @if !view.complementary_suppression {
                (warning_callout(&WarningCallout {
                    heading: "Before you share this table",
                    level: Some(2),
                    text: "Complementary suppression has not been applied. A hidden number might be worked out from totals and from other tables. Keep this table inside your organisation until it has been checked.",
                }))
            }
            (summary_list(&SummaryList {
                rows: vec![
                    SummaryRow::new("Made safe by", &view.rule_set),
                    SummaryRow::new("Agreement", html! { a class="nhsuk-link" href=(view.agreement.href) { (view.agreement.text) } }),
                    SummaryRow::new("Purpose", &view.purpose),
                    SummaryRow::new("Released", format::moment(view.released_at)),
                ]
                .into_iter()
                .chain((!view.waits && !view.held_because.is_empty())
                    .then(|| SummaryRow::new("Why a checker looked at it", &view.held_because)))
                .collect(),
                ..SummaryList::default()
            }))
        }))
        (safe_table(view))
        (chart::symbol_notes(&view.notes))
        @if !view.rules.is_empty() {
            h2 class="nhsuk-heading-m" { "What the rules did" }
            (bullets(&view.rules))
        }
        @if let Some(chart) = &view.chart { h2 class="nhsuk-heading-m" { "Chart" } (chart::figure(chart)) }
        @if let Some(view) = &view.map { h2 class="nhsuk-heading-m" { "Map" } (map::figure(&view.map, &view.outlines)) }
        @if !view.downloads.is_empty() { h2 class="nhsuk-heading-m" { "Download" } (link_list(&view.downloads)) }
        @if !view.birth_certificate.is_empty() {
            (details(&Details { summary: "Where these figures come from", body: Some(&certificate(view)), ..Details::default() }))
        }
    };
    framed(
        frame,
        &Page {
            title: &format!("Release: {}", view.title),
            error: false,
            wide: false,
            parents: &[("Releases", "/releases")],
            body,
        },
    )
}

/// The list of releases.
pub fn releases(frame: &Frame, view: &ReleasesView) -> Markup {
    let body = html! {
        h1 { "Releases" }
        @if !view.waiting.is_empty() { (rows("Waiting for a checker", "Made", &view.waiting)) }
        @if view.releases.is_empty() {
            p { "Nothing has been released yet. " a class="nhsuk-link" href="/ask" { "Ask a question" } " to begin." }
        } @else { (rows("Tables that may leave", "Released", &view.releases)) }
    };
    framed(
        frame,
        &Page {
            title: "Releases",
            error: false,
            wide: false,
            parents: &[],
            body,
        },
    )
}

fn rows(caption: &str, moment: &str, rows: &[ReleaseRow]) -> Markup {
    table(&Table {
        caption,
        caption_size: Some(Size::M),
        columns: ["Table", "Agreement", "Made safe by", moment]
            .map(Column::text)
            .into(),
        rows: rows
            .iter()
            .map(|r| {
                vec![
                    Cell::html(html! { a class="nhsuk-link" href=(r.href) { (r.title) } }),
                    Cell::text(&r.agreement),
                    Cell::text(&r.rule_set),
                    Cell::text(format::moment(r.released_at)),
                ]
            })
            .collect(),
        first_cell_is_header: true,
        responsive: true,
        ..Table::default()
    })
}

pub(crate) fn safe_table(view: &ReleaseView) -> Markup {
    table(&Table {
        caption: &view.title,
        caption_size: Some(Size::M),
        id: Some("release-table"),
        columns: view
            .columns
            .iter()
            .map(|(name, numeric)| Column {
                name: name.clone(),
                numeric: *numeric,
            })
            .collect(),
        rows: view
            .rows
            .iter()
            .map(|row| row.iter().map(Cell::text).collect())
            .collect(),
        first_cell_is_header: true,
        compact: true,
        scroll: Scroll::Focusable,
        ..Table::default()
    })
}

fn certificate(view: &ReleaseView) -> Markup {
    summary_list(&SummaryList {
        rows: view
            .birth_certificate
            .iter()
            .map(|(name, value)| {
                SummaryRow::new(name, html! { span class="haven-hash" { (value) } })
            })
            .collect(),
        ..SummaryList::default()
    })
}
