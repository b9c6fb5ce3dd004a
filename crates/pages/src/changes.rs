//! Changes to what we collect (`/changes`, `/changes/{id}`) and the newsletter about them (`/news/{id}`).
//! Public, and the same as a feed at `/changes.atom`.

use crate::{
    components::{
        Cell, Column, SummaryList, SummaryRow, Table, TagColour, inset_text, summary_list, table,
        tag,
    },
    format,
    frame::{Frame, Link, Page, column, framed, link_list},
};
use maud::{Markup, html};
use model::Date;

/// Where a change stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeState {
    /// Somebody has asked for it, and nothing is decided.
    Proposed,
    /// It will not come.
    Declined,
    /// It will come, and senders have time to get ready.
    Notice,
    /// It has come.
    InForce,
}

impl ChangeState {
    /// The state in words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Proposed => "Proposed",
            Self::Declined => "Declined",
            Self::Notice => "Coming",
            Self::InForce => "In force",
        }
    }

    fn tag(self) -> Markup {
        let colour = match self {
            Self::Proposed => TagColour::White,
            Self::Declined => TagColour::Grey,
            Self::Notice => TagColour::Yellow,
            Self::InForce => TagColour::Green,
        };
        tag(self.words(), colour)
    }
}

/// What the list shows.
#[derive(Debug, Clone, Default)]
pub struct ChangesView {
    /// The changes, newest first.
    pub changes: Vec<ChangeRow>,
    /// The newsletter, newest first, each with its day.
    pub news: Vec<(Link, Date)>,
    /// How long a notice is, a sentence for each kind.
    pub notice: Vec<String>,
}

/// One change in the list.
#[derive(Debug, Clone)]
pub struct ChangeRow {
    /// Its name, such as `C-2026-01`.
    pub id: String,
    /// Its page.
    pub href: String,
    /// What it is.
    pub title: String,
    /// What it changes.
    pub spec: String,
    /// Minor or major.
    pub kind: String,
    /// Where it stands.
    pub state: ChangeState,
    /// From when, in words.
    pub starts: String,
}

/// What the page of one change shows.
#[derive(Debug, Clone)]
pub struct ChangeView {
    /// Its name.
    pub id: String,
    /// What it is.
    pub title: String,
    /// Where it stands.
    pub state: ChangeState,
    /// What it changes.
    pub spec: Link,
    /// Minor or major, with what that means.
    pub kind: String,
    /// When it was proposed, and by whom.
    pub proposed: (Date, String),
    /// The proposal, a paragraph each.
    pub proposal: Vec<String>,
    /// Why, a paragraph each.
    pub reason: Vec<String>,
    /// The columns that it touches.
    pub fields: Vec<Link>,
    /// The rules that it touches.
    pub rules: Vec<Link>,
    /// When it was decided, what, and why.
    pub decision: Option<(Date, String, String)>,
    /// The first day on which it may come, and how that was worked out.
    pub earliest: Option<(Date, String)>,
    /// The first day on which it holds.
    pub starts: Option<Date>,
    /// What the newsletter says about it.
    pub news: Vec<Link>,
}

/// What the page of one piece of news shows.
#[derive(Debug, Clone)]
pub struct NewsView {
    /// What it is called.
    pub title: String,
    /// Its day.
    pub day: Date,
    /// What it says, a paragraph each.
    pub says: Vec<String>,
    /// The changes that it is about.
    pub changes: Vec<Link>,
    /// The one before and the one after.
    pub others: Vec<Link>,
}

/// The list of changes.
pub fn changes(frame: &Frame, view: &ChangesView) -> Markup {
    let body = html! {
        (column(&html! {
            h1 { "Changes to what we collect" }
            p class="nhsuk-lede-text" { "Here is what will change, why, and from when. You hear of it before it comes." }
            @for sentence in &view.notice { p { (sentence) } }
        }))
        @if view.changes.is_empty() {
            p { "No change has been asked for. When one is, it shows here before anything is decided." }
        } @else {
            (table(&Table {
                caption: "Changes, newest first",
                columns: vec![
                    Column::text("Change"),
                    Column::text("Kind"),
                    Column::text("State"),
                    Column::text("From"),
                ],
                rows: view.changes.iter().map(row).collect(),
                first_cell_is_header: true,
                responsive: true,
                ..Table::default()
            }))
        }
        (column(&html! {
            h2 class="nhsuk-heading-m" { "News" }
            @if view.news.is_empty() { p { "There is no news yet." } }
            @for (link, day) in &view.news {
                p {
                    a class="nhsuk-link" href=(link.href) { (link.text) } br;
                    span class="nhsuk-u-secondary-text-colour" { (format::date(*day)) }
                }
            }
            p { a class="nhsuk-link" href="/changes.atom" { "Follow the changes in a feed reader (Atom)" } }
            p { a class="nhsuk-link" href=(frame.help_href) { "Ask for a change" } }
        }))
    };
    framed(
        frame,
        &Page {
            title: "Changes to what we collect",
            error: false,
            wide: false,
            parents: &[("What you can send", "/specs")],
            body,
        },
    )
}

fn row(change: &ChangeRow) -> Vec<Cell> {
    vec![
        Cell::html(html! {
            a class="nhsuk-link" href=(change.href) { (change.title) }
            span class="haven-note" { (change.id) ", " (change.spec) }
        }),
        Cell::text(&change.kind),
        Cell::html(change.state.tag()),
        Cell::text(&change.starts),
    ]
}

/// One change.
pub fn change(frame: &Frame, view: &ChangeView) -> Markup {
    let body = html! {
        h1 { span class="nhsuk-caption-xl" { "Change " (view.id) } " " (view.title) }
        p { (view.state.tag()) }
        @if let Some(starts) = view.starts {
            (inset_text(&html! {
                p { @if view.state == ChangeState::InForce { "It holds since " } @else { "It will hold from " } (format::date(starts)) "." }
            }))
        }
        h2 class="nhsuk-heading-m" { "What changes" }
        @for paragraph in &view.proposal { p { (paragraph) } }
        h2 class="nhsuk-heading-m" { "Why" }
        @for paragraph in &view.reason { p { (paragraph) } }
        @if !view.fields.is_empty() {
            h2 class="nhsuk-heading-m" { "Columns" }
            (link_list(&view.fields))
        }
        @if !view.rules.is_empty() {
            h2 class="nhsuk-heading-m" { "Rules" }
            (link_list(&view.rules))
        }
        h2 class="nhsuk-heading-m" { "Decision" }
        @match &view.decision {
            Some((day, outcome, why)) => { p { (outcome) " on " (format::date(*day)) ". " (why) } }
            None => { p { "Nothing is decided yet. You can still tell us what you think." } }
        }
        h2 class="nhsuk-heading-m" { "Dates" }
        (summary_list(&SummaryList {
            rows: [
                Some(SummaryRow::new("Changes", html! { a class="nhsuk-link" href=(view.spec.href) { (view.spec.text) } })),
                Some(SummaryRow::new("Kind", &view.kind)),
                Some(SummaryRow::new("Proposed", html! { (format::date(view.proposed.0)) ", by " (view.proposed.1) })),
                view.earliest.as_ref().map(|(day, how)| SummaryRow::new("Earliest start", html! { (format::date(*day)) ": " (how) })),
                view.starts.map(|day| SummaryRow::new("Start", format::date(day))),
            ]
            .into_iter()
            .flatten()
            .collect(),
            ..SummaryList::default()
        }))
        @if !view.news.is_empty() {
            h2 class="nhsuk-heading-m" { "In the newsletter" }
            (link_list(&view.news))
        }
        p { a class="nhsuk-link" href=(frame.help_href) { "Tell us what you think" } }
    };
    framed(
        frame,
        &Page {
            title: &format!("Change {}: {}", view.id, view.title),
            error: false,
            wide: false,
            parents: &[("Changes to what we collect", "/changes")],
            body: column(&body),
        },
    )
}

/// One piece of news.
pub fn news(frame: &Frame, view: &NewsView) -> Markup {
    let body = html! {
        h1 { span class="nhsuk-caption-xl" { (format::date(view.day)) } " " (view.title) }
        @for paragraph in &view.says { p { (paragraph) } }
        @if !view.changes.is_empty() {
            h2 class="nhsuk-heading-m" { "Changes" }
            (link_list(&view.changes))
        }
        @if !view.others.is_empty() {
            h2 class="nhsuk-heading-m" { "More news" }
            (link_list(&view.others))
        }
    };
    framed(
        frame,
        &Page {
            title: &format!("{}: news of changes", view.title),
            error: false,
            wide: false,
            parents: &[("Changes to what we collect", "/changes")],
            body: column(&body),
        },
    )
}
