//! The answer to a person who asked what is held about them: one page that prints well, without scripts, pictures or
//! anything from elsewhere. It is no page of the site: it is sealed for the person and sent to them.

use crate::format;
use chrono::{DateTime, Utc};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use model::Date;
use serde::Serialize;

/// Everything about one person, for that person.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct AccessDocument {
    /// The number of the case.
    pub case: u64,
    /// The day on which the person asked.
    pub asked_on: Date,
    /// When this was made.
    pub made_at: DateTime<Utc>,
    /// Who sent records, each in a sentence.
    pub sources: Vec<String>,
    /// The records.
    pub held: Vec<HeldTable>,
    /// What the person said about the use of their records.
    pub wishes: Vec<String>,
    /// Uses of this person's record.
    pub exact: Vec<UseLine>,
    /// Uses that could have held it.
    pub possible: Vec<UseLine>,
    /// What this cannot tell.
    pub not_told: Vec<String>,
}

/// The rows of one table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct HeldTable {
    /// Where it is, in words.
    pub zone: String,
    /// Its name.
    pub table: String,
    /// What people call it.
    pub title: String,
    /// Each column with what it means.
    pub columns: Vec<(String, String)>,
    /// The cells, as text.
    pub rows: Vec<Vec<String>>,
}

/// One use, or several alike.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct UseLine {
    /// A sentence.
    pub says: String,
    /// The entry of the audit log that it is about, where it is one.
    pub entry: Option<u64>,
    /// How many times.
    pub times: u64,
}

/// How it looks on a screen and on paper.
const LOOKS: &str = "
body { font-family: Arial, Helvetica, sans-serif; font-size: 1rem; line-height: 1.5; margin: 2rem auto; max-width: 46rem; padding: 0 1rem; color: #212b32; }
h1 { font-size: 1.9rem; line-height: 1.2; } h2 { font-size: 1.4rem; margin-top: 2.5rem; } h3 { font-size: 1.1rem; }
section.row { border-top: 1px solid #aeb7bd; padding: .5rem 0; break-inside: avoid; }
dl { display: grid; grid-template-columns: minmax(9rem, 1fr) 2fr; gap: .15rem 1rem; margin: .3rem 0; }
dt { color: #4c6272; overflow-wrap: anywhere; } dd { margin: 0; overflow-wrap: anywhere; }
@media (max-width: 30rem) { dl { grid-template-columns: 1fr; } dd { margin-bottom: .4rem; } }
@media print { body { margin: 0; max-width: none; font-size: 10pt; } h2 { break-after: avoid; } }
";

/// The document. `service` is the name of the service that holds the records.
pub fn access_document(service: &str, document: &AccessDocument) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en-GB" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "What we hold about you" }
                style { (PreEscaped(LOOKS)) }
            }
            body {
                h1 { "What " (service) " holds about you, and how it was used" }
                p {
                    "You asked for this on " (format::date(document.asked_on)) ". It was put together on "
                    (format::moment(document.made_at)) " (case " (document.case) "). It is for you alone: keep it safe."
                }
                p { "You may ask us to put right what is wrong, to stop using your records while something is looked into, or to erase what can be erased. You may also complain to the Information Commissioner’s Office." }
                (sentences("Who sent us records about you", &document.sources))
                (sentences("What you told us about the use of your records", &document.wishes))
                h2 { "Who has seen your record" }
                @if document.exact.is_empty() { p { "Nobody was led back to you, and nobody opened your record in an emergency." } }
                @else { ul { @for line in &document.exact { li { (line.says) @if let Some(entry) = line.entry { " (entry " (entry) " of our log)" } } } } }
                h2 { "Where your record was among others" }
                @if document.possible.is_empty() { p { "Nobody has used the tables in which your record stands." } }
                @else { ul { @for line in &document.possible { li { (line.says) } } } }
                (sentences("What we cannot tell you", &document.not_told))
                h2 { "Your records" }
                @if document.held.is_empty() { p { "There are none." } }
                @for table in &document.held { (rows(table)) }
            }
        }
    }
}

fn sentences(heading: &str, all: &[String]) -> Markup {
    html! {
        @if !all.is_empty() {
            h2 { (heading) }
            ul { @for sentence in all { li { (sentence) } } }
        }
    }
}

fn rows(table: &HeldTable) -> Markup {
    let count = table.rows.len() as u64;
    html! {
        h3 { (table.zone) ": " (table.title) }
        p { (format::counted(count, "row", "rows")) ". Blank values are left out." }
        @for row in &table.rows {
            section class="row" {
                dl {
                    @for ((name, means), cell) in table.columns.iter().zip(row) {
                        @if !cell.is_empty() {
                            dt title=(means) { (name.replace('_', " ")) }
                            dd { (cell) }
                        }
                    }
                }
            }
        }
    }
}
