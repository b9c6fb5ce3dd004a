//! The public register: made from the agreements and the releases, never typed twice.

use super::{
    Answer,
    fault::Fault,
    submissions::safe,
    visit::{Visit, open_data},
};
use axum::extract::Request;
use control::ReleaseRecord;
use govern::{Agreements, RegisterEntry, State};
use pages::{Link, RegisterEntryView, RegisterRow, RegisterView};
use serde::Serialize;

/// A release as the public knows it: not who made it, and not its figures.
#[derive(Debug, Serialize)]
struct RegisteredRelease {
    id: String,
    title: String,
    purpose: String,
    rule_set: String,
    released_at: chrono::DateTime<chrono::Utc>,
}

/// An entry with what came of it.
#[derive(Debug, Serialize)]
struct Registered {
    #[serde(flatten)]
    entry: RegisterEntry,
    releases: Vec<RegisteredRelease>,
}

pub(super) async fn page(visit: &Visit) -> Answer {
    let query: String = visit
        .query("q")
        .unwrap_or_default()
        .trim()
        .chars()
        .take(100)
        .collect();
    let all = registered(visit).await?;
    let words: Vec<String> = query
        .to_lowercase()
        .split_whitespace()
        .map(str::to_owned)
        .collect();
    let view = RegisterView {
        entries: all
            .iter()
            .filter(|r| {
                let text = text_of(&r.entry);
                words.iter().all(|w| text.contains(w))
            })
            .map(|r| RegisterRow {
                href: format!("/register/{}", r.entry.reference),
                title: r.entry.title.clone(),
                sentence: r.entry.lay_summary.clone(),
                who: users(&r.entry).join(", "),
                ends: r.entry.ends,
                ended: r.entry.state >= State::Expired,
            })
            .collect(),
        downloads: vec![
            Link::new("The register as CSV", "/register.csv"),
            Link::new("The register as JSON", "/register.json"),
        ],
        query,
    };
    Ok(Visit::page(&pages::register(&visit.frame(), &view)))
}

pub(super) async fn entry(visit: &Visit, mut request: Request) -> Answer {
    let reference = visit.part(&mut request, "id").await?;
    let all = registered(visit).await?;
    let found = all
        .into_iter()
        .find(|r| r.entry.reference == reference)
        .ok_or(Fault::NotFound)?;
    let (e, law) = (&found.entry, &found.entry.legal_basis);
    let view = RegisterEntryView {
        title: e.title.clone(),
        sentence: e.lay_summary.clone(),
        who: e
            .organisations
            .iter()
            .map(|o| {
                format!(
                    "{}: {}",
                    o.name,
                    o.roles
                        .iter()
                        .map(|r| r.words())
                        .collect::<Vec<_>>()
                        .join("; ")
                )
            })
            .collect(),
        data: e
            .data
            .iter()
            .map(|d| format!("{}. {}", upper(&d.title), d.why))
            .collect(),
        why: e
            .purposes
            .iter()
            .map(|p| {
                let benefits = p
                    .benefits
                    .iter()
                    .map(|(what, by)| format!(" {what} (by {}).", pages::format::date(*by)));
                format!("{}{}", p.lay_summary, benefits.collect::<String>())
            })
            .collect::<Vec<_>>()
            .join(" "),
        can_i_be_known: format!(
            "No names or NHS numbers are shown. People see {}.",
            e.identifiability.words()
        ),
        legal_basis: law
            .art6
            .iter()
            .chain(&law.art9)
            .map(|a| format!("UK GDPR Article {a}"))
            .chain([
                law.statutory_power.clone(),
                format!(
                    "Duty of confidence: {}. {}",
                    law.confidentiality_words, law.confidentiality_reason
                ),
            ])
            .collect(),
        opt_outs: e
            .opt_outs
            .iter()
            .map(|o| {
                let done = if o.applied {
                    "are left out"
                } else {
                    "are not left out"
                };
                format!("People with {} {done}. {}", o.words, o.reason)
            })
            .collect::<Vec<_>>()
            .join(" "),
        starts: e.starts,
        ends: e.ends,
        // The tables themselves are for those who work with them until hidden numbers cannot be worked
        // out from the rest.
        outputs: found
            .releases
            .iter()
            .map(|r| {
                let day = pages::format::date(govern::agreement::day_of(r.released_at));
                Link::new(
                    format!("{}, {day} (you need to sign in to open it)", r.title),
                    format!("/releases/{}", r.id),
                )
            })
            .collect(),
        changed: e.issued,
    };
    Ok(Visit::page(&pages::register_entry(&visit.frame(), &view)))
}

pub(super) async fn json(visit: &Visit) -> Answer {
    let document = serde_json::json!({"version": 1, "entries": registered(visit).await?});
    Ok(open_data(Visit::file(
        "application/json",
        "register.json",
        serde_json::to_string_pretty(&document)?,
    )))
}

pub(super) async fn csv(visit: &Visit) -> Answer {
    // The mark by which spreadsheets know UTF-8.
    let mark = "\u{feff}".as_bytes().to_vec();
    let mut out = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(mark);
    out.write_record([
        "Reference",
        "Version",
        "Title",
        "Summary",
        "Who uses the data",
        "Purposes",
        "Data",
        "Opt-outs applied",
        "State",
        "First day",
        "Last day",
        "Releases",
    ])?;
    for r in registered(visit).await? {
        let e = &r.entry;
        let joined = |words: Vec<String>| safe(&words.join("; "));
        out.write_record([
            safe(&e.reference),
            safe(&e.version),
            safe(&e.title),
            safe(&e.lay_summary),
            joined(users(e)),
            joined(e.purposes.iter().map(|p| p.words.clone()).collect()),
            joined(e.data.iter().map(|d| d.title.clone()).collect()),
            joined(
                e.opt_outs
                    .iter()
                    .filter(|o| o.applied)
                    .map(|o| o.words.clone())
                    .collect(),
            ),
            e.state.to_string(),
            e.starts.to_string(),
            e.ends.to_string(),
            joined(r.releases.iter().map(|r| r.title.clone()).collect()),
        ])?;
    }
    let body = out.into_inner().map_err(|e| anyhow::anyhow!("{e}"))?;
    Ok(open_data(Visit::file(
        "text/csv; charset=utf-8",
        "register.csv",
        body,
    )))
}

/// Every agreement that all parties have signed, with the releases under it.
async fn registered(visit: &Visit) -> Result<Vec<Registered>, Fault> {
    let releases = visit.site.workspace.control.public_releases().await?;
    let agreements = Agreements::read(&visit.site.workspace.content)?;
    Ok(agreements
        .iter()
        .map(|a| a.register_entry(visit.today()))
        .filter(|entry| entry.state >= State::Signed)
        .map(|entry| Registered {
            releases: releases
                .iter()
                .filter(|r| r.agreement == entry.reference)
                .map(known)
                .collect(),
            entry,
        })
        .collect())
}

fn known(record: &ReleaseRecord) -> RegisteredRelease {
    RegisteredRelease {
        id: record.id.clone(),
        title: record.title.clone(),
        purpose: record.purpose.clone(),
        rule_set: record.rule_set.clone(),
        released_at: record.created_at,
    }
}

/// Those who see the data.
fn users(entry: &RegisterEntry) -> Vec<String> {
    use govern::agreement::clauses::PartyRole;
    let sees =
        |o: &&govern::register::RegisteredOrganisation| o.roles.contains(&PartyRole::Recipient);
    let recipients: Vec<String> = entry
        .organisations
        .iter()
        .filter(sees)
        .map(|o| o.name.clone())
        .collect();
    if recipients.is_empty() {
        entry.organisations.iter().map(|o| o.name.clone()).collect()
    } else {
        recipients
    }
}

fn text_of(entry: &RegisterEntry) -> String {
    let mut words = vec![
        entry.reference.as_str(),
        &entry.title,
        &entry.lay_summary,
        &entry.sentence,
    ];
    words.extend(entry.organisations.iter().map(|o| o.name.as_str()));
    words.extend(
        entry
            .purposes
            .iter()
            .flat_map(|p| [p.words.as_str(), &p.lay_summary]),
    );
    words.extend(entry.data.iter().flat_map(|d| [d.title.as_str(), &d.why]));
    words.join(" ").to_lowercase()
}

fn upper(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}
