//! The audit log for those who read it (`/audit`): a search that answers in sentences, one entry with its
//! proof, the log proven, and what was found as a file. Each search is itself in the log.

pub(super) mod replay;

use super::{Answer, fault::Fault, list::Page, visit::Visit};
use crate::commands::audit::{export, found};
use axum::{extract::Request, http::StatusCode};
use govern::{
    Digest, Entry, EntryBody, Kind, ObjectKind, Outcome,
    audit::{
        EntryProof,
        search::{Filter, Found, moment},
    },
};
use pages::{AuditEntryView, AuditField, AuditHit, AuditView, FieldError, Link};
use std::{collections::BTreeMap, sync::Arc};

/// How many entries a page shows, and how many a file holds.
const SHOWN: usize = 100;
const IN_A_FILE: usize = 100_000;

/// The fields of the form, in their order.
const FIELDS: [&str; 10] = [
    "person",
    "organisation",
    "agreement",
    "purpose",
    "table",
    "area",
    "since",
    "until",
    "kind",
    "outcome",
];

pub(super) async fn page(visit: &Visit) -> Answer {
    let mut view = AuditView {
        fields: fields(visit),
        kinds: Kind::ALL
            .iter()
            .map(|kind| (kind.word(), kind.did()))
            .collect(),
        csrf: visit.csrf(),
        ..AuditView::default()
    };
    if visit.query("search").is_none() {
        return Ok(Visit::page(&pages::audit(&visit.frame(), &view)));
    }
    let filter = match asked(visit) {
        Ok(filter) => filter,
        Err(errors) => {
            view.errors = errors;
            let page = pages::audit(&visit.frame(), &view);
            return Ok(Visit::page_with(StatusCode::UNPROCESSABLE_ENTITY, &page));
        }
    };
    let area = filter.area.clone();
    view.cannot_say = filter.cannot_say();
    let found = search(visit, filter, SHOWN).await?;
    view.searched = true;
    view.total = found.total;
    view.elsewhere = found.elsewhere;
    view.looked_at = found.looked_at;
    view.hits = found
        .hits
        .iter()
        .rev()
        .map(|hit| AuditHit {
            sentence: hit.sentence(),
            why: hit.why(area.as_ref()),
            href: format!("/audit/{}", hit.entry.seq),
            number: hit.entry.seq,
        })
        .collect();
    let query = query_of(visit);
    view.downloads = [("CSV", "csv"), ("Excel", "xlsx"), ("JSON lines", "jsonl")]
        .map(|(words, ending)| {
            Link::new(
                format!("What was found as {words}"),
                format!("/audit.{ending}?{query}"),
            )
        })
        .to_vec();
    Ok(Visit::page(&pages::audit(&visit.frame(), &view)))
}

/// What was found as a file.
pub(super) async fn file(visit: &Visit, page: Page) -> Answer {
    match page {
        Page::AuditXlsx => xlsx(visit).await,
        Page::AuditJson => jsonl(visit).await,
        _ => csv(visit).await,
    }
}

async fn csv(visit: &Visit) -> Answer {
    let found = for_a_file(visit).await?;
    Ok(Visit::file(
        "text/csv; charset=utf-8",
        "audit.csv",
        export::csv(&found)?,
    ))
}

async fn xlsx(visit: &Visit) -> Answer {
    let found = for_a_file(visit).await?;
    Ok(Visit::file(
        super::sheets::KIND,
        "audit.xlsx",
        export::xlsx(&found)?,
    ))
}

async fn jsonl(visit: &Visit) -> Answer {
    let found = for_a_file(visit).await?;
    Ok(Visit::file(
        "application/jsonl",
        "audit.jsonl",
        export::jsonl(&found)?,
    ))
}

async fn for_a_file(visit: &Visit) -> Result<Vec<Entry>, Fault> {
    let filter = asked(visit).map_err(|_| Fault::NotFound)?;
    let found = search(visit, filter, IN_A_FILE).await?;
    Ok(found.hits.into_iter().map(|hit| hit.entry).collect())
}

/// Searches, once the search itself is in the log.
async fn search(visit: &Visit, filter: Filter, most: usize) -> Result<Found, Fault> {
    let mut entry = EntryBody::new(
        visit.now,
        Kind::Searched,
        &visit.session()?.username,
        Outcome::Done,
    );
    entry.object_kind = Some(ObjectKind::Log);
    // What was looked for may name a person: the log has its digest, and which fields were filled in.
    let filled: Vec<&str> = FIELDS
        .into_iter()
        .filter(|name| {
            visit
                .query(name)
                .is_some_and(|value| !value.trim().is_empty())
        })
        .collect();
    entry.object_digest = Some(Digest::of(query_of(visit)));
    entry.reason = (!filled.is_empty()).then(|| format!("by {}", filled.join(", ")));
    visit.keep(entry).await?;
    let audit = Arc::clone(&visit.site.workspace.audit);
    Ok(tokio::task::spawn_blocking(move || found(&audit, filter, most)).await??)
}

/// One entry: what it says, where it stands, and its proof as a file.
pub(super) async fn entry(visit: &Visit, mut request: Request) -> Answer {
    let asked = visit.part(&mut request, "entry").await?;
    let (number, ending) = visit.without_ending(&asked);
    let seq: u64 = number.parse().map_err(|_| Fault::NotFound)?;
    let index = seq.checked_sub(1).ok_or(Fault::NotFound)?;
    let audit = Arc::clone(&visit.site.workspace.audit);
    let (line, proof) = tokio::task::spawn_blocking(move || -> anyhow::Result<_> {
        let Some(line) = audit.line(index)? else {
            return Ok((None, None));
        };
        let checkpoint = audit.publish()?;
        let proof = EntryProof::make(&audit.tiles()?, &line, index, checkpoint)?;
        Ok((Some(line), Some(proof.to_string())))
    })
    .await??;
    let line = line.ok_or(Fault::NotFound)?;
    if ending == ".tlog-proof" {
        let name = format!("entry-{seq}.tlog-proof");
        return Ok(Visit::file(
            "text/plain; charset=utf-8",
            &name,
            proof.unwrap_or_default(),
        ));
    }
    let entry = Entry::read(&line).map_err(|_| Fault::NotFound)?;
    let parts: BTreeMap<String, serde_json::Value> = serde_json::from_str(&line)?;
    let view = AuditEntryView {
        number: seq,
        when: moment(entry.body.time),
        what: entry.body.kind.did(),
        parts: parts
            .into_iter()
            .map(|(name, value)| {
                let words = match value {
                    serde_json::Value::String(text) => text,
                    serde_json::Value::Array(all) => all
                        .iter()
                        .filter_map(serde_json::Value::as_str)
                        .collect::<Vec<_>>()
                        .join(", "),
                    other => other.to_string(),
                };
                (name.replace('_', " "), words)
            })
            .collect(),
        replay: entry
            .body
            .facts
            .as_ref()
            .map(|_| Link::new("Judge this decision again", format!("/audit/{seq}/replay"))),
        leaf: entry.hash.to_string(),
        proof: Link::new(
            "Proof that this entry is in the log",
            format!("/audit/{seq}.tlog-proof"),
        ),
        key: visit.site.workspace.audit.public_key().to_string(),
    };
    Ok(Visit::page(&pages::audit_entry(&visit.frame(), &view)))
}

/// Proves the log, and says what came of it.
pub(super) async fn verify(visit: &Visit, request: Request) -> Answer {
    visit.form(request).await?;
    let workspace = &visit.site.workspace;
    let witnesses = workspace.witnesses()?;
    let (audit, threads) = (Arc::clone(&workspace.audit), workspace.config.threads());
    let verified =
        tokio::task::spawn_blocking(move || audit.verify(&[], &witnesses, threads, &|_| {}))
            .await??;
    let whole = verified.is_ok();
    let mut entry = EntryBody::new(
        visit.now,
        Kind::Verified,
        &visit.session()?.username,
        if whole {
            Outcome::Done
        } else {
            Outcome::Failed
        },
    );
    entry.object_kind = Some(ObjectKind::Log);
    if let Ok(verified) = &verified {
        entry.rows = Some(verified.entries);
        entry.object_digest = Some(verified.root.clone());
    }
    visit.keep(entry).await?;
    let view = AuditView {
        fields: fields(visit),
        kinds: Kind::ALL
            .iter()
            .map(|kind| (kind.word(), kind.did()))
            .collect(),
        csrf: visit.csrf(),
        proven: Some(match verified {
            Ok(verified) => (true, verified.to_string()),
            Err(fault) => (false, fault.to_string()),
        }),
        ..AuditView::default()
    };
    Ok(Visit::page(&pages::audit(&visit.frame(), &view)))
}

fn fields(visit: &Visit) -> Vec<AuditField> {
    FIELDS
        .into_iter()
        .map(|name| AuditField {
            name,
            value: visit
                .query(name)
                .unwrap_or_default()
                .chars()
                .take(100)
                .collect(),
        })
        .collect()
}

fn query_of(visit: &Visit) -> String {
    let mut pairs: Vec<(&str, String)> = Vec::new();
    for name in FIELDS.into_iter().chain(["seen"]) {
        if let Some(value) = visit.query(name).filter(|value| !value.is_empty()) {
            pairs.push((name, value.chars().take(100).collect::<String>()));
        }
    }
    as_query(&pairs)
}

/// Pairs as the query of an address.
fn as_query(pairs: &[(&str, String)]) -> String {
    let encoded = |text: &str| -> String {
        text.bytes()
            .map(|byte| match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => {
                    char::from(byte).to_string()
                }
                _ => format!("%{byte:02X}"),
            })
            .collect()
    };
    pairs
        .iter()
        .map(|(name, value)| format!("{name}={}", encoded(value)))
        .collect::<Vec<_>>()
        .join("&")
}

/// What the form asks for.
fn asked(visit: &Visit) -> Result<Filter, Vec<FieldError>> {
    let value = |name: &str| {
        visit
            .query(name)
            .map(str::trim)
            .filter(|value| !value.is_empty())
            .map(|value| value.chars().take(100).collect::<String>())
    };
    let mut errors = Vec::new();
    let mut day = |name: &'static str, end: bool| {
        let text = value(name)?;
        let moment = crate::commands::audit::moment_of(&text, end);
        if moment.is_none() {
            errors.push(FieldError::new(
                name,
                "Write the day as 2026-05-01, or the month as 2026-05.",
            ));
        }
        moment
    };
    let (from, until) = (day("since", false), day("until", true));
    let area = value("area");
    let filter = Filter {
        person: value("person"),
        organisation: value("organisation"),
        agreement: value("agreement"),
        purpose: value("purpose"),
        table: value("table"),
        area: area.map(|name| crate::commands::audit::area(&visit.site.workspace.content, &name)),
        kind: value("kind").and_then(|word| Kind::from_word(&word)),
        outcome: value("outcome").and_then(|word| crate::commands::audit::outcome(&word)),
        from,
        until,
        seen: value("seen").is_some(),
    };
    if errors.is_empty() {
        Ok(filter)
    } else {
        Err(errors)
    }
}
