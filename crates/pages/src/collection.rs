//! Collection overview (`/collection`): every council with its state, its last submission and how good it
//! was, on a map, on hexagons and in a table that can be sorted and filtered by links. For the regional team.

use crate::{
    components::{
        Button, ButtonVariant, Cell, Column, Input, Label, Scroll, Select, SelectItem, Table,
        TagColour, button, input, inset_text, select, table, tag,
    },
    format,
    frame::{Frame, Link, Page, column, framed, link_list},
    map::{
        Outlines,
        categories::{self, StateMap},
    },
};
use chrono::{DateTime, Utc};
use maud::{Markup, html};
use std::sync::Arc;

/// How far a council has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CouncilState {
    /// Nothing is on record.
    NoContact,
    /// Somebody is on record, or something was said.
    InContact,
    /// The agreement is signed.
    Agreed,
    /// It tries.
    Testing,
    /// Its files are accepted.
    Submitting,
}

impl CouncilState {
    /// Every state, from the first to the last.
    pub const ALL: [Self; 5] = [
        Self::NoContact,
        Self::InContact,
        Self::Agreed,
        Self::Testing,
        Self::Submitting,
    ];

    /// The state in words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::NoContact => "No contact",
            Self::InContact => "In contact",
            Self::Agreed => "Agreed",
            Self::Testing => "Testing",
            Self::Submitting => "Submitting",
        }
    }

    /// The state in an address.
    pub const fn slug(self) -> &'static str {
        match self {
            Self::NoContact => "no-contact",
            Self::InContact => "in-contact",
            Self::Agreed => "agreed",
            Self::Testing => "testing",
            Self::Submitting => "submitting",
        }
    }

    pub(crate) fn tag(self) -> Markup {
        let colour = match self {
            Self::NoContact => TagColour::Grey,
            Self::InContact => TagColour::White,
            Self::Agreed => TagColour::Yellow,
            Self::Testing => TagColour::Blue,
            Self::Submitting => TagColour::Green,
        };
        tag(self.words(), colour)
    }
}

/// What the overview shows. The form sends `q`, `state` and `region` to `/collection` by GET.
#[derive(Debug, Clone)]
pub struct CollectionView {
    /// What is collected.
    pub title: String,
    /// How many councils there are in each state, before any filter; links to the filter.
    pub counts: Vec<(CouncilState, u64, String)>,
    /// The councils found, in their order.
    pub councils: Vec<CouncilRow>,
    /// How many there are in all.
    pub all: u64,
    /// What was searched for.
    pub query: String,
    /// The state that was asked for.
    pub state: String,
    /// The region that was asked for.
    pub region: String,
    /// The regions.
    pub regions: Vec<String>,
    /// Ways to sort, as links, each with whether it is the one in use.
    pub sorts: Vec<(Link, bool)>,
    /// The map of true shapes, and the one of hexagons.
    pub maps: Vec<(StateMap, Arc<Outlines>)>,
    /// Councils that no map has.
    pub not_on_maps: Vec<String>,
    /// The table as files.
    pub downloads: Vec<Link>,
}

/// One council in the table.
#[derive(Debug, Clone)]
pub struct CouncilRow {
    /// Its name.
    pub name: String,
    /// Its page.
    pub href: String,
    /// Its code.
    pub code: String,
    /// Its region.
    pub region: String,
    /// How far it has come.
    pub state: CouncilState,
    /// When its last file came, and the page of its result.
    pub last: Option<(DateTime<Utc>, String)>,
    /// How good that file was, in words, such as "98.2%".
    pub quality: Option<String>,
}

/// Below this share of councils with anything on record, the page says why the map is so empty.
const NEARLY_EMPTY: u64 = 10;

/// The overview.
pub fn collection(frame: &Frame, view: &CollectionView) -> Markup {
    let submitting = number_of(view, CouncilState::Submitting);
    let body = html! {
        (column(&html! {
            h1 { span class="nhsuk-caption-xl" { (view.title) } " Collection overview" }
            p class="nhsuk-lede-text" {
                (format::count(submitting)) " of " (format::counted(view.all, "council", "councils"))
                @if submitting == 1 { " is submitting." } @else { " are submitting." }
            }
            (why_empty(view))
        }))
        (counts(view))
        @if !view.maps.is_empty() {
            div class="nhsuk-grid-row" {
                @for (map, outlines) in &view.maps {
                    div class="nhsuk-grid-column-one-half" { (categories::figure(map, outlines)) }
                }
            }
            @if !view.not_on_maps.is_empty() {
                p class="nhsuk-body-s" {
                    "Not on the maps, because there is no outline for them: " (format::listed(&view.not_on_maps)) "."
                }
            }
        }
        (filter(view))
        (councils(view))
        @if !view.downloads.is_empty() { (link_list(&view.downloads)) }
    };
    framed(
        frame,
        &Page {
            title: "Collection overview",
            error: false,
            wide: false,
            parents: &[],
            body,
        },
    )
}

fn number_of(view: &CollectionView, state: CouncilState) -> u64 {
    view.counts
        .iter()
        .find(|(s, _, _)| *s == state)
        .map_or(0, |(_, number, _)| *number)
}

fn why_empty(view: &CollectionView) -> Markup {
    let untouched = number_of(view, CouncilState::NoContact);
    let touched = view.all.saturating_sub(untouched);
    html! {
        @if touched.saturating_mul(NEARLY_EMPTY) < view.all {
            (inset_text(&html! {
                p {
                    "Most of the map is empty: nothing is on record for " (format::counted(untouched, "council", "councils"))
                    ". Open a council below and put a contact, a note or a step on record. A council that sends a file is shown without that."
                }
            }))
        }
    }
}

fn counts(view: &CollectionView) -> Markup {
    table(&Table {
        caption: "Councils by state",
        id: Some("states"),
        columns: vec![
            Column::text("State"),
            Column::number("Councils"),
            Column::number("Share"),
        ],
        rows: view
            .counts
            .iter()
            .map(|(state, number, href)| {
                vec![
                    Cell::html(html! { a class="nhsuk-link" href=(href) { (state.words()) } }),
                    Cell::text(format::count(*number)),
                    Cell::text(
                        format::share(*number, view.all).unwrap_or_else(|| "none".to_owned()),
                    ),
                ]
            })
            .collect(),
        first_cell_is_header: true,
        compact: true,
        ..Table::default()
    })
}

fn filter(view: &CollectionView) -> Markup {
    let choices: Vec<(&str, &str)> = std::iter::once(("", "Any state"))
        .chain(CouncilState::ALL.iter().map(|s| (s.slug(), s.words())))
        .collect();
    let regions: Vec<(&str, &str)> = std::iter::once(("", "Any region"))
        .chain(view.regions.iter().map(|r| (r.as_str(), r.as_str())))
        .collect();
    html! {
        h2 class="nhsuk-heading-m" id="councils" { "Councils" }
        form action="/collection#councils" method="get" role="search" novalidate class="haven-filter" {
            (input(&Input {
                name: "q",
                label: Label { text: "Name or code", ..Label::default() },
                kind: Some("search"),
                value: (!view.query.is_empty()).then_some(view.query.as_str()),
                autocomplete: Some("off"),
                width: Some(20),
                ..Input::default()
            }))
            (select(&Select {
                name: "state",
                label: Label { text: "State", ..Label::default() },
                items: options(&choices, &view.state),
                ..Select::default()
            }))
            (select(&Select {
                name: "region",
                label: Label { text: "Region", ..Label::default() },
                items: options(&regions, &view.region),
                ..Select::default()
            }))
            (button(&Button { text: "Show", variant: ButtonVariant::Secondary, ..Button::default() }))
        }
    }
}

fn options<'v>(choices: &[(&'v str, &'v str)], chosen: &str) -> Vec<SelectItem<'v>> {
    choices
        .iter()
        .map(|(value, text)| SelectItem {
            value,
            text,
            selected: *value == chosen,
            disabled: false,
        })
        .collect()
}

fn councils(view: &CollectionView) -> Markup {
    let found = u64::try_from(view.councils.len()).unwrap_or(u64::MAX);
    let filtered = found != view.all;
    html! {
        p {
            @if filtered {
                (format::count(found)) " of " (format::counted(view.all, "council", "councils")) ". "
                a class="nhsuk-link" href="/collection#councils" { "Show all councils" }
            } @else { (format::counted(view.all, "council", "councils")) "." }
        }
        nav aria-label="Sort the councils" {
            p {
                "Sort by: "
                @for (position, (link, used)) in view.sorts.iter().enumerate() {
                    @if position > 0 { ", " }
                    a class="nhsuk-link" href=(link.href) aria-current=[used.then_some("true")] {
                        (link.text) @if *used { " (in use)" }
                    }
                }
            }
        }
        @if view.councils.is_empty() {
            p { "No council was found. Try part of a name, or take a filter off." }
        } @else {
            (table(&Table {
                caption: if filtered { "Councils that fit" } else { "All councils" },
                id: Some("all-councils"),
                columns: vec![
                    Column::text("Council"),
                    Column::text("Region"),
                    Column::text("State"),
                    Column::text("Last file"),
                    Column::number("Good cells"),
                ],
                rows: view.councils.iter().map(row).collect(),
                first_cell_is_header: true,
                scroll: Scroll::Focusable,
                ..Table::default()
            }))
        }
    }
}

fn row(council: &CouncilRow) -> Vec<Cell> {
    vec![
        Cell::html(html! {
            a class="nhsuk-link" href=(council.href) { (council.name) }
            span class="haven-note" { (council.code) }
        }),
        Cell::text(&council.region),
        Cell::html(council.state.tag()),
        match &council.last {
            Some((when, href)) => {
                Cell::html(html! { a class="nhsuk-link" href=(href) { (format::moment(*when)) } })
            }
            None => Cell::text("none yet"),
        },
        Cell::text(council.quality.as_deref().unwrap_or("no file")),
    ]
}
