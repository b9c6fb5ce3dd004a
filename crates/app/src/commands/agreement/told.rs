//! What `haven agreement` prints: plain words, or one document.

use crate::{
    desks::agreements::{AgreementBook, DueAfterEnd, LifeRules, ends_soon},
    output::{Output, table},
    routes,
};
use control::Stage;
use govern::{
    Agreement, State,
    agreement::{Because, IfEnded, Sight, day_in_words},
};
use model::Date;
use pages::WordsList;

/// The agreements, what waits, and what is suspended.
pub(super) fn list(
    book: &AgreementBook,
    rules: &LifeRules,
    (today, due): (Date, &[DueAfterEnd]),
    state: Option<&str>,
    output: &Output,
) {
    let shown: Vec<&Agreement> = book
        .iter_on(today)
        .filter(|a| state.is_none_or(|s| a.state(today).code() == s))
        .collect();
    let approval = rules.approval();
    let waiting: Vec<_> = book
        .lives
        .iter()
        .filter(|life| matches!(life.stage(&approval), Stage::Submitted | Stage::Approved))
        .filter(|life| {
            book.by_digest(&life.version.digest)
                .is_none_or(|a| matches!(a.state(today), State::Submitted | State::Approved))
        })
        .collect();
    let soon = ends_soon(book, rules, today);
    if output.json {
        let agreements: Vec<serde_json::Value> = shown
            .iter()
            .map(|a| {
                serde_json::json!({
                    "agreement": a.reference, "agreement_version": a.version, "title": a.title,
                    "state": a.state(today), "last_day": a.ends(), "days_left": a.days_left(today),
                    "digest": a.digest().as_str(),
                })
            })
            .collect();
        output.document(&serde_json::json!({
            "version": 1, "agreements": agreements,
            "waiting": waiting.iter().map(|l| serde_json::json!({
                "agreement": l.version.reference, "agreement_version": l.version.version,
                "digest": l.version.digest, "approvals": l.approvals().count(), "signatures": l.signatures().count(),
            })).collect::<Vec<_>>(),
            "warnings": soon.iter().map(|e| &e.words).collect::<Vec<_>>(),
            "due_after_end": due.iter().map(|d| serde_json::json!({
                "agreement": d.reference, "what": d.what, "by": d.by, "overdue": d.days == 0,
            })).collect::<Vec<_>>(),
            "suspended": book.suspensions.iter().filter(|s| s.lifted.is_none())
                .map(|s| serde_json::json!({"suspension": s.number, "kind": s.kind, "subject": s.subject, "reason": s.reason}))
                .collect::<Vec<_>>(),
            "unreadable": book.unreadable,
        }));
        return;
    }
    let header = [
        "Agreement",
        "Version",
        "State",
        "Last day",
        "Days left",
        "Title",
    ];
    let rows: Vec<_> = shown
        .iter()
        .map(|a| {
            let left = a.days_left(today);
            vec![
                Some(a.reference.clone()),
                Some(a.version.clone()),
                Some(a.state(today).to_string()),
                Some(a.ends().to_string()),
                Some(if left < 0 {
                    String::new()
                } else {
                    left.to_string()
                }),
                Some(a.title.clone()),
            ]
        })
        .collect();
    output.result(&table(&header.map(str::to_owned), &rows));
    if !waiting.is_empty() {
        let header = ["Waiting", "Version", "Approvals", "Signatures", "Digest"];
        let rows: Vec<_> = waiting
            .iter()
            .map(|l| {
                vec![
                    Some(l.version.reference.clone()),
                    Some(l.version.version.clone()),
                    Some(l.approvals().count().to_string()),
                    Some(l.signatures().count().to_string()),
                    Some(l.version.digest.clone()),
                ]
            })
            .collect();
        output.result(&table(&header.map(str::to_owned), &rows));
    }
    standing(book, output);
    for words in soon
        .iter()
        .map(|e| &e.words)
        .chain(due.iter().map(|d| &d.words))
    {
        output.tell(words);
    }
    for (reference, why) in &book.unreadable {
        output.tell(&format!(
            "{reference} permits nothing: its version in force can no longer be read: {why}"
        ));
    }
}

/// What is suspended now.
fn standing(book: &AgreementBook, output: &Output) {
    let rows: Vec<_> = book
        .suspensions
        .iter()
        .filter(|s| s.lifted.is_none())
        .map(|s| {
            vec![
                Some(s.number.to_string()),
                Some(s.kind.to_string()),
                Some(s.subject.clone()),
                Some(s.reason.clone()),
            ]
        })
        .collect();
    if !rows.is_empty() {
        let header = ["Suspension", "Kind", "Which", "Why"].map(str::to_owned);
        output.result(&table(&header, &rows));
    }
}

/// One agreement.
pub(super) fn one(book: &AgreementBook, a: &Agreement, today: Date, output: &Output) {
    let state = a.state(today);
    let life = book.life(a.digest().as_str());
    if output.json {
        output.document(&serde_json::json!({
            "version": 1, "state": state, "digest": a.digest().as_str(), "days_left": a.days_left(today),
            "versions": book.versions(&a.reference).iter()
                .map(|v| serde_json::json!({"agreement_version": v.version, "state": v.state(today), "digest": v.digest().as_str()}))
                .collect::<Vec<_>>(),
            "approvals": life.map(|l| l.approvals().map(|x| serde_json::json!({"by": x.by, "role": x.role})).collect::<Vec<_>>()),
            "agreement": a.register_entry(today),
        }));
        return;
    }
    output.result(&format!(
        "{} version {}: {}",
        a.reference, a.version, a.title
    ));
    output.result(&format!("{}\n", a.sentence()));
    output.result(&format!("State:     {state}"));
    for stop in a.stops(today) {
        output.result(&format!("           {} ({})", stop.reason, stop.clause));
    }
    let left = a.days_left(today);
    let left = if left < 0 {
        String::new()
    } else {
        format!(" ({left} days left)")
    };
    output.result(&format!("Last day:  {}{left}", day_in_words(a.ends())));
    output.result(&format!("Digest:    {}", a.digest()));
    for party in a.unsigned(today) {
        output.result(&format!(
            "Unsigned:  {} ({})",
            party.name, party.organisation
        ));
    }
    for section in a.in_words() {
        output.result(&format!("\n{}", section.title));
        for sentence in &section.sentences {
            output.result(&format!("  {sentence}"));
        }
    }
}

pub(super) fn ended(reference: &str, on: Date, found: Option<&IfEnded>, output: &Output) {
    let heading = format!("If {reference} ended on {}", day_in_words(on));
    lists(&heading, &routes::ended(found), output);
}

pub(super) fn seen(book: &AgreementBook, table: &str, on: Date, sights: &[Sight], output: &Output) {
    let heading = format!("Who could see {table} on {}", day_in_words(on));
    lists(&heading, &[routes::seen(book, on, sights)], output);
}

pub(super) fn because(
    person: &str,
    table: &str,
    on: Date,
    chains: Vec<Vec<Because>>,
    output: &Output,
) {
    let heading = format!("Why {person} could see {table} on {}", day_in_words(on));
    lists(&heading, &routes::because(chains), output);
}

fn lists(heading: &str, lists: &[WordsList], output: &Output) {
    if output.json {
        let parts: Vec<serde_json::Value> = lists
            .iter()
            .map(|l| serde_json::json!({"heading": l.heading, "lines": l.lines}))
            .collect();
        output.document(&serde_json::json!({"version": 1, "question": heading, "answer": parts}));
        return;
    }
    output.result(heading);
    for list in lists {
        if !list.heading.is_empty() {
            output.result(&format!("\n{}", list.heading));
        }
        if list.lines.is_empty() {
            output.result(&format!("  {}", list.empty));
        }
        for line in &list.lines {
            output.result(&format!("  - {line}"));
        }
    }
}
