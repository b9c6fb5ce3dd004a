//! The audit log (`/audit`): search, what was found in sentences, one entry; for those who read the log.

use crate::{
    components::{
        Button, ButtonVariant, Details, Input, Label, Select, SelectItem, SummaryList, SummaryRow,
        button, details, input, inset_text, select, summary_list,
    },
    form::{self, FieldError, error_of},
    format,
    frame::{Frame, Link, Page, framed, link_list},
};
use maud::{Markup, html};

/// What the page shows. The form is sent by GET with the names of `fields`, `seen` and `search`; the log
/// is proven by a POST to `/audit/verify` with `csrf`.
#[derive(Debug, Clone, Default)]
pub struct AuditView {
    /// What was typed: person, organisation, agreement, purpose, table, area, since, until, kind, outcome.
    pub fields: Vec<AuditField>,
    /// Kinds of entry: the word of the log, and what it says somebody did.
    pub kinds: Vec<(String, String)>,
    pub errors: Vec<FieldError>,
    /// Whether a search was made.
    pub searched: bool,
    /// What was found, newest first.
    pub hits: Vec<AuditHit>,
    /// How many there are in all.
    pub total: u64,
    /// How many were left out since their agreement names other areas.
    pub elsewhere: u64,
    pub looked_at: u64,
    /// What the answer cannot say.
    pub cannot_say: Vec<String>,
    pub downloads: Vec<Link>,
    /// Whether the log was found whole, and in which words, when it was just proven.
    pub proven: Option<(bool, String)>,
    pub csrf: String,
}

/// A field of the search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditField {
    pub name: &'static str,
    pub value: String,
}

/// One entry that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditHit {
    pub sentence: String,
    pub why: Vec<String>,
    pub href: String,
    pub number: u64,
}

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntryView {
    pub number: u64,
    pub when: String,
    pub what: String,
    /// Its parts by their names.
    pub parts: Vec<(String, String)>,
    pub leaf: String,
    pub proof: Link,
    /// The public key of the log.
    pub key: String,
    /// Where the decision is judged again; none where it is no decision.
    pub replay: Option<Link>,
}

/// The words and the help of each field that is typed.
const TYPED: [(&str, &str, &str); 8] = [
    ("person", "Who", "The name of an account, such as ana"),
    (
        "organisation",
        "For which organisation",
        "Its code, such as QH8",
    ),
    (
        "agreement",
        "Under which agreement",
        "Its reference, such as DSA-1234",
    ),
    (
        "purpose",
        "For which purpose",
        "The word of the agreement, such as commissioning",
    ),
    (
        "table",
        "Which table",
        "By the name that agreements give it, such as person_year",
    ),
    (
        "area",
        "About people in which area",
        "A council, a ward or an area that agreements name, such as Westborough",
    ),
    (
        "since",
        "Since",
        "A day such as 2026-05-01, or a month such as 2026-05",
    ),
    ("until", "Until", "A day or a month, which is counted in"),
];

/// The page.
pub fn audit(frame: &Frame, view: &AuditView) -> Markup {
    let body = html! {
        (form::summary(&view.errors))
        h1 { "Audit log" }
        p { "Every decision, every look at people's records and every act on the service is an entry here. Your search becomes one too." }
        @if let Some((whole, words)) = &view.proven { (proven(*whole, words)) }
        @if view.searched { (found(view)) }
        h2 { @if view.searched { "Search again" } @else { "Search" } }
        (search(view))
        h2 { "Is the log whole?" }
        p { "Every entry is read and held against the signed checkpoints. With millions of entries it takes up to a minute." }
        form method="post" action="/audit/verify" {
            input type="hidden" name="csrf" value=(view.csrf);
            (button(&Button { text: "Prove the log", variant: ButtonVariant::Secondary, ..Button::default() }))
        }
        p { a href="/log" { "The checkpoint and its cosignatures, as the public has them" } }
    };
    framed(
        frame,
        &Page {
            title: "Audit log",
            error: !view.errors.is_empty(),
            wide: false,
            parents: &[],
            body,
        },
    )
}

fn proven(whole: bool, words: &str) -> Markup {
    inset_text(&html! {
        @if whole {
            h2 class="nhsuk-heading-s" { "The log is whole" }
            p { (words) "." }
        } @else {
            h2 class="nhsuk-heading-s" { "The log is not whole" }
            p { (words) ". Do not change anything; tell the person who runs the service, and keep every copy of the checkpoint." }
        }
    })
}

fn found(view: &AuditView) -> Markup {
    html! {
        h2 { (format::counted(view.total, "entry was found", "entries were found")) }
        p {
            (format::counted(view.looked_at, "entry was", "entries were")) " looked at."
            @if view.elsewhere > 0 {
                " " (format::counted(view.elsewhere, "more was", "more were"))
                " left out: their agreements name other areas only."
            }
            @if view.total > view.hits.len() as u64 {
                " The newest " (view.hits.len()) " are shown."
            }
        }
        ul class="nhsuk-list haven-found" {
            @for hit in &view.hits {
                li {
                    p class="nhsuk-u-margin-bottom-1" { (hit.sentence) }
                    (details(&Details {
                        summary: &format!("Why, and details of entry {}", hit.number),
                        body: Some(&html! {
                            @for why in &hit.why { p { (why) } }
                            p { a href=(hit.href) { "Entry " (hit.number) " in full, with its proof" } }
                        }),
                        ..Details::default()
                    }))
                }
            }
        }
        h3 { "What the log cannot say" }
        ul class="nhsuk-list nhsuk-list--bullet" {
            @for sentence in &view.cannot_say { li { (sentence) } }
        }
        @if !view.hits.is_empty() { (link_list(&view.downloads)) }
    }
}

fn search(view: &AuditView) -> Markup {
    let value = |name: &str| {
        view.fields
            .iter()
            .find(|field| field.name == name)
            .map(|field| field.value.as_str())
    };
    let kinds: Vec<SelectItem<'_>> = std::iter::once(SelectItem {
        text: "Any",
        ..SelectItem::default()
    })
    .chain(view.kinds.iter().map(|(word, did)| SelectItem {
        value: word,
        text: did,
        ..SelectItem::default()
    }))
    .collect();
    let outcomes = [
        ("", "Any"),
        ("allowed", "Allowed"),
        ("refused", "Refused"),
        ("done", "Done"),
        ("failed", "Failed"),
    ]
    .map(|(value, text)| SelectItem {
        value,
        text,
        ..SelectItem::default()
    })
    .to_vec();
    html! {
        form method="get" action="/audit" {
            input type="hidden" name="search" value="1";
            @for (name, label, hint) in TYPED {
                (input(&Input {
                    name,
                    label: Label { text: label, ..Label::default() },
                    hint: Some(html! { (hint) }),
                    error: error_of(&view.errors, name),
                    value: value(name),
                    spellcheck: Some(false),
                    width: Some(20),
                    ..Input::default()
                }))
            }
            (select(&Select { name: "kind", label: Label { text: "What was done", ..Label::default() }, items: kinds, value: value("kind"), ..Select::default() }))
            (select(&Select { name: "outcome", label: Label { text: "How it ended", ..Label::default() }, items: outcomes, value: value("outcome"), ..Select::default() }))
            (select(&Select {
                name: "seen",
                label: Label { text: "Which entries", ..Label::default() },
                items: [("", "All"), ("1", "Only where somebody was shown or given something about people")]
                    .map(|(value, text)| SelectItem { value, text, ..SelectItem::default() }).to_vec(),
                ..Select::default()
            }))
            (button(&Button { text: "Search", ..Button::default() }))
        }
    }
}

/// One entry.
pub fn audit_entry(frame: &Frame, view: &AuditEntryView) -> Markup {
    let title = format!("Entry {}", view.number);
    let rows = view
        .parts
        .iter()
        .map(|(name, value)| SummaryRow::new(name, html! { span class="haven-hash" { (value) } }))
        .collect();
    let body = html! {
        h1 { (title) }
        p { (view.when) ": " (view.what) "." }
        (summary_list(&SummaryList { rows, ..SummaryList::default() }))
        @if let Some(replay) = &view.replay {
            h2 { "Judged again" }
            p { a class="nhsuk-link" href=(replay.href) { (replay.text) } ", from the facts that this entry keeps." }
        }
        h2 { "Proof" }
        p { a href=(view.proof.href) { (view.proof.text) } ", as a small file. Anyone can check it without us:" }
        pre class="haven-code" { code { "haven audit check-proof entry-" (view.number) ".tlog-proof --key '" (view.key) "'" } }
        p { "Its place in the tree: " span class="haven-hash" { (view.leaf) } }
    };
    framed(
        frame,
        &Page {
            title: &title,
            error: false,
            wide: false,
            parents: &[("Audit log", "/audit")],
            body,
        },
    )
}
