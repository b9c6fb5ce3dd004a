//! The public register (`/register`, `/register/{id}`): what is done with people's records, in plain
//! words. No sign-in, no scripts, no cookies.

use crate::{
    components::{Button, SummaryList, SummaryRow, button, inset_text, summary_list},
    components::{Input, Label, input},
    format,
    frame::{Frame, Link, Page, bullets, column, framed, link_list},
};
use maud::{Markup, html};
use model::Date;

/// What the register shows. The search form sends `q` to `/register` by GET.
#[derive(Debug, Clone, Default)]
pub struct RegisterView {
    /// What was searched for.
    pub query: String,
    /// Which part of the register this is, such as the name of an organisation; the whole, where it is empty.
    pub part: String,
    /// Whether there is nobody to answer a search: a copy of the register as plain files.
    pub copy: bool,
    /// The uses found.
    pub entries: Vec<RegisterRow>,
    /// How often, in an emergency, one person's records were opened under a second person's word.
    pub emergencies: u64,
    /// How often something went wrong, a line for each kind.
    pub incidents: Vec<String>,
    /// The register by organisation.
    pub by_organisation: Vec<Link>,
    /// The register by topic.
    pub by_topic: Vec<Link>,
    /// The whole register as files.
    pub downloads: Vec<Link>,
}

/// One use of data in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisterRow {
    /// Its page.
    pub href: String,
    /// What it is called.
    pub title: String,
    /// One sentence at a reading age of about twelve.
    pub sentence: String,
    /// Who uses the data.
    pub who: String,
    /// Its last day.
    pub ends: Date,
    /// Whether that day has passed.
    pub ended: bool,
}

/// What the page of one use shows.
#[derive(Debug, Clone)]
pub struct RegisterEntryView {
    /// What it is called.
    pub title: String,
    /// One sentence at a reading age of about twelve.
    pub sentence: String,
    /// Where it stands, in words, such as "in use".
    pub state: String,
    /// What people are told, part by part.
    pub sections: Vec<RegisterSection>,
    /// Its first day.
    pub starts: Date,
    /// Its last day.
    pub ends: Date,
    /// What came of it.
    pub outputs: Vec<Link>,
    /// What was done so far, in numbers: a line and its number.
    pub numbers: Vec<(String, String)>,
    /// Which version this is.
    pub version: String,
    /// All versions, the newest first.
    pub versions: Vec<Link>,
    /// The entry by the headings that professionals use, as files.
    pub downloads: Vec<Link>,
    /// When the entry was last changed.
    pub changed: Date,
}

/// One part of what people are told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisterSection {
    /// What stands above it.
    pub heading: String,
    /// Its sentences; one stands alone, several make a list.
    pub says: Vec<String>,
}

/// The register.
pub fn register(frame: &Frame, view: &RegisterView) -> Markup {
    let number = u64::try_from(view.entries.len()).unwrap_or(u64::MAX);
    let body = html! {
        h1 { "Register of data uses" }
        p class="nhsuk-lede-text" {
            "This page lists every use of the health and care records we hold: who uses them, what for, and until when."
        }
        @if !view.copy {
            form action="/register" method="get" role="search" novalidate {
                (input(&Input {
                    name: "q",
                    label: Label { text: "Search the register", ..Label::default() },
                    kind: Some("search"),
                    value: (!view.query.is_empty()).then_some(view.query.as_str()),
                    autocomplete: Some("off"),
                    width: Some(20),
                    ..Input::default()
                }))
                (button(&Button { text: "Search", ..Button::default() }))
            }
        }
        @if !view.part.is_empty() {
            h2 class="nhsuk-heading-m" { (format::counted(number, "use", "uses")) " of data: " (view.part) }
            p { a class="nhsuk-link" href="/register" { "Show the whole register" } }
        } @else if view.query.is_empty() {
            h2 class="nhsuk-heading-m" { (format::counted(number, "use", "uses")) " of data" }
        } @else {
            h2 class="nhsuk-heading-m" { (format::counted(number, "use", "uses")) " of data for \u{201c}" (view.query) "\u{201d}" }
            p { a class="nhsuk-link" href="/register" { "Show the whole register" } }
        }
        @if view.entries.is_empty() { (empty(view)) }
        @for entry in &view.entries { (row(entry)) }
        @if view.part.is_empty() && view.query.is_empty() {
            h2 class="nhsuk-heading-m" { "Emergencies" }
            p {
                "In an emergency, one person\u{2019}s records can be opened for a short time if a second person agrees. This has been done "
                (format::counted(view.emergencies, "time", "times")) ". Each time is looked at afterwards."
            }
            @if !view.incidents.is_empty() {
                h2 class="nhsuk-heading-m" { "When something went wrong" }
                p { "We write down each time, and look at what has to change. So far there were:" }
                (bullets(&view.incidents))
            }
        }
        @for (heading, links) in [
            ("By organisation", &view.by_organisation),
            ("By topic", &view.by_topic),
        ] {
            @if !links.is_empty() {
                h2 class="nhsuk-heading-m" { (heading) }
                (link_list(links))
            }
        }
        p { a class="nhsuk-link" href="/opting-out" { "How to say no to the use of your records" } }
        @if !view.downloads.is_empty() {
            h2 class="nhsuk-heading-m" { "Take the register with you" }
            (link_list(&view.downloads))
        }
    };
    let title = if !view.part.is_empty() {
        format!("{}: register of data uses", view.part)
    } else if view.query.is_empty() {
        "Register of data uses".to_owned()
    } else {
        "Search results: register of data uses".to_owned()
    };
    framed(
        frame,
        &Page {
            title: &title,
            error: false,
            wide: false,
            parents: &[],
            body: column(&body),
        },
    )
}

/// One use of data.
pub fn register_entry(frame: &Frame, view: &RegisterEntryView) -> Markup {
    let body = html! {
        h1 { (view.title) }
        (inset_text(&html! { p { (view.sentence) } }))
        p class="nhsuk-body-s nhsuk-u-secondary-text-colour" { (view.state) "." }
        @for section in &view.sections {
            h2 class="nhsuk-heading-m" { (section.heading) }
            @match section.says.as_slice() {
                [only] => { p { (only) } }
                several => { (bullets(several)) }
            }
        }
        p { a class="nhsuk-link" href="/opting-out" { "How to say no to the use of your records" } }
        h2 class="nhsuk-heading-m" { "What came of it" }
        @if view.outputs.is_empty() { p { "Nothing has been published yet." } }
        @else { (link_list(&view.outputs)) }
        h2 class="nhsuk-heading-m" { "What was done so far" }
        (summary_list(&SummaryList {
            rows: view
                .numbers
                .iter()
                .map(|(line, number)| SummaryRow::new(line, number.clone()))
                .collect(),
            ..SummaryList::default()
        }))
        h2 class="nhsuk-heading-m" { "Dates" }
        (summary_list(&SummaryList {
            rows: vec![
                SummaryRow::new("From", format::date(view.starts)),
                SummaryRow::new("Until", format::date(view.ends)),
                SummaryRow::new("This page last changed", format::date(view.changed)),
                SummaryRow::new("Version", view.version.clone()),
            ],
            ..SummaryList::default()
        }))
        @if view.versions.len() > 1 {
            h2 class="nhsuk-heading-m" { "All versions" }
            (link_list(&view.versions))
        }
        @if !view.downloads.is_empty() {
            h2 class="nhsuk-heading-m" { "Take this entry with you" }
            (link_list(&view.downloads))
        }
        p { a class="nhsuk-link" href=(frame.help_href) { "Did this page help? Tell us" } }
    };
    framed(
        frame,
        &Page {
            title: &view.title,
            error: false,
            wide: false,
            parents: &[("Register of data uses", "/register")],
            body: column(&body),
        },
    )
}

fn empty(view: &RegisterView) -> Markup {
    html! {
        @if view.query.is_empty() {
            p { "No use of data has been agreed yet. When one is, it shows here before it begins." }
        } @else {
            p { "Nothing was found. Try fewer words, or the name of an organisation." }
        }
    }
}

fn row(entry: &RegisterRow) -> Markup {
    html! {
        h3 class="nhsuk-heading-s nhsuk-u-margin-bottom-1" { a class="nhsuk-link" href=(entry.href) { (entry.title) } }
        p class="nhsuk-u-margin-bottom-1" { (entry.sentence) }
        p class="nhsuk-body-s nhsuk-u-secondary-text-colour" {
            (entry.who) ". "
            (if entry.ended { "Ended " } else { "Until " }) (format::date(entry.ends)) "."
        }
    }
}
