//! One agreement (`/agreements/{id}`): the page, its text as a file, and the rule that machines obey.

use super::{Answer, Visit, holds, known, may_know, state_of};
use crate::{
    desks::agreements::{AgreementBook, LifeRules, remains},
    routes::fault::Fault,
};
use axum::extract::Request;
use control::{ActKind, AgreementAct, SuspendedKind, VersionLife};
use govern::{Agreement, Digest, GovernedView, State};
use pages::{AgreementDataset, AgreementView, Link, Party, format};

pub(super) async fn page(visit: &Visit, mut request: Request) -> Answer {
    let (book, rules, agreement) = asked(visit, &mut request).await?;
    let certified = visit.site.workspace.certified().await?;
    let view = AgreementView {
        remains: remains(&agreement, &certified, visit.today()),
        actions: actions(visit, &rules, &agreement),
        history: history(&book, &agreement),
        versions: versions(visit, &book, &agreement),
        downloads: downloads(&agreement),
        rule: rule_of(&agreement),
        ..view(visit, &agreement)
    };
    Ok(Visit::page(&pages::agreement(&visit.frame(), &view)))
}

/// The text, byte for byte.
pub(super) async fn file(visit: &Visit, mut request: Request) -> Answer {
    let (book, _, agreement) = asked(visit, &mut request).await?;
    let text = book
        .text(&visit.site.workspace.content, agreement.digest().as_str())
        .ok_or(Fault::NotFound)?;
    Ok(text_file(&agreement, text))
}

pub(super) fn text_file(agreement: &Agreement, text: String) -> axum::response::Response {
    let name = format!("{}-{}.toml", agreement.reference, agreement.version);
    Visit::file("application/toml; charset=utf-8", &name, text)
}

/// What machines obey: the filter and the columns of each table, with their digests.
pub(super) async fn rule(visit: &Visit, mut request: Request) -> Answer {
    let (_, _, agreement) = asked(visit, &mut request).await?;
    let name = format!("{}-{}.json", agreement.reference, agreement.version);
    let body = serde_json::to_vec_pretty(&machine_rule(&agreement))?;
    Ok(Visit::file("application/json", &name, body))
}

/// The rule of an agreement as a document for machines.
pub(crate) fn machine_rule(agreement: &Agreement) -> serde_json::Value {
    let tables: Vec<serde_json::Value> = views(agreement)
        .iter()
        .map(|view| {
            serde_json::json!({
                "table": view.table.as_str(),
                "filter": view.filter.as_str(),
                "filter_digest": digest_of(view),
                "reads": view.reads,
                "columns": view.columns.iter()
                    .map(|c| serde_json::json!({"name": c.name.as_str(), "made_by": c.expression.as_str()}))
                    .collect::<Vec<_>>(),
            })
        })
        .collect();
    serde_json::json!({
        "version": 1,
        "agreement": agreement.reference, "agreement_version": agreement.version,
        "policy_digest": agreement.digest().as_str(),
        "sentence": agreement.sentence(),
        "tables": tables,
    })
}

fn views(agreement: &Agreement) -> Vec<GovernedView> {
    let tables = agreement
        .datasets
        .keys()
        .map(|name| name.as_str().to_owned())
        .collect();
    agreement.planning_views(&tables)
}

fn digest_of(view: &GovernedView) -> String {
    Digest::of(view.filter.as_str()).as_str().to_owned()
}

fn rule_of(agreement: &Agreement) -> Vec<(String, String)> {
    let text = ("Text".to_owned(), agreement.digest().as_str().to_owned());
    let filters = views(agreement)
        .iter()
        .map(|view| {
            (
                format!("Row filter of {}", view.table.as_str()),
                digest_of(view),
            )
        })
        .collect::<Vec<_>>();
    std::iter::once(text).chain(filters).collect()
}

fn downloads(agreement: &Agreement) -> Vec<Link> {
    let at = |what: &str| {
        format!(
            "/agreements/{}/{what}?version={}",
            agreement.reference, agreement.version
        )
    };
    vec![
        Link::new("The text as a file (TOML)", at("file")),
        Link::new("The rule for machines (JSON)", at("rule")),
    ]
}

/// The agreement of an address: the version that speaks for it today, or the one that is named.
async fn asked(
    visit: &Visit,
    request: &mut Request,
) -> Result<(std::sync::Arc<AgreementBook>, LifeRules, Agreement), Fault> {
    let reference = visit.part(request, "id").await?;
    let (book, rules) = known(visit).await?;
    let found = match visit.query("version") {
        Some(version) => book.version(&reference, version),
        None => book.on(&reference, visit.today()),
    };
    let found = found
        .filter(|a| may_know(visit, &rules, a))
        .cloned()
        .ok_or(Fault::NotFound)?;
    Ok((book, rules, found))
}

fn actions(visit: &Visit, rules: &LifeRules, agreement: &Agreement) -> Vec<Link> {
    let reference = &agreement.reference;
    let mut actions = Vec::new();
    if holds(visit, &rules.write) {
        let href = format!("/agreements/new?changes={reference}");
        actions.push(Link::new("Write a new version", href));
    }
    if holds(visit, &rules.know_all) {
        let compare = format!("/agreements/{reference}/compare");
        actions.push(Link::new("Compare versions", compare));
        let what_if = |ask: &str| format!("/agreements/what-if?ask={ask}&agreement={reference}");
        actions.push(Link::new("What if it ended today?", what_if("ends")));
        actions.push(Link::new("Why could they see this?", what_if("why")));
    }
    if holds(visit, &rules.suspend) {
        let href = format!("/suspensions/new?kind=agreement&subject={reference}");
        actions.push(Link::new("Suspend at once", href));
    }
    actions
}

fn versions(visit: &Visit, book: &AgreementBook, agreement: &Agreement) -> Vec<Link> {
    book.versions(&agreement.reference)
        .iter()
        .filter(|other| other.version != agreement.version)
        .map(|other| {
            let state = other.state(visit.today());
            Link::new(
                format!("Version {}, {}", other.version, state.words()),
                format!("/agreements/{}?version={}", other.reference, other.version),
            )
        })
        .collect()
}

/// What happened to a version, first to last.
fn history(book: &AgreementBook, agreement: &Agreement) -> Vec<(String, String)> {
    let mut events: Vec<(chrono::DateTime<chrono::Utc>, String)> = Vec::new();
    if let Some(life) = book.life(agreement.digest().as_str()) {
        events.extend(told(life));
    }
    for s in &book.suspensions {
        if s.kind == SuspendedKind::Agreement && s.subject == agreement.reference {
            events.push((s.at, format!("Suspended by {}: {}", s.by, s.reason)));
            if let Some((at, by, why)) = &s.lifted {
                events.push((*at, format!("Suspension lifted by {by}: {why}")));
            }
        }
    }
    events.sort();
    let mut lines: Vec<(String, String)> = Vec::new();
    if book.life(agreement.digest().as_str()).is_none() {
        lines = of_the_file(agreement);
    }
    lines.extend(
        events
            .into_iter()
            .map(|(at, what)| (format::moment(at), what)),
    );
    lines
}

/// What the file of an agreement says happened to it.
fn of_the_file(agreement: &Agreement) -> Vec<(String, String)> {
    let handed_in = agreement.submitted.iter().map(|a| {
        let what = format!("Handed in by {}, {}", a.name, a.role);
        (a.on, what)
    });
    let approved = agreement
        .approved
        .iter()
        .map(|a| (a.on, format!("Approved by {}, {}", a.name, a.role)));
    let signed = agreement.signatures.iter().map(|s| {
        let party = agreement.name_of(&s.party);
        (s.signed, format!("{party} signed: {}, {}", s.name, s.role))
    });
    let mut lines: Vec<_> = handed_in.chain(approved).chain(signed).collect();
    lines.sort();
    lines
        .into_iter()
        .map(|(day, what)| (format::date(day), what))
        .collect()
}

/// What was done with a version, each in a sentence.
pub(super) fn told(life: &VersionLife) -> Vec<(chrono::DateTime<chrono::Utc>, String)> {
    let version = &life.version;
    let handed_in = (
        version.at,
        format!("Handed in by {}: {}", version.by, version.why),
    );
    let acts = life.acts.iter().map(|act| (act.at, act_in_words(act)));
    std::iter::once(handed_in).chain(acts).collect()
}

fn act_in_words(act: &AgreementAct) -> String {
    let role = control::Role::from_word(&act.role).map_or_else(
        || act.role.clone(),
        |role| crate::routes::visit::role_in_words(role).to_lowercase(),
    );
    let with = |what: &str| match act.words.as_str() {
        "" => format!("{what} by {}, {role}", act.by),
        words => format!("{what} by {}, {role}: {words}", act.by),
    };
    match act.kind {
        ActKind::Approved => with("Approved"),
        ActKind::Returned => with("Sent back"),
        ActKind::Withdrawn => with("Taken back"),
        ActKind::Closing => with("Said to be wound up"),
        ActKind::Destroyed => with("Said to be destroyed"),
        ActKind::Signed => format!(
            "{} signed on {}: {}, {}. Evidence: {}. Put on record by {}, {role}",
            act.party, act.day, act.name, act.signer_role, act.words, act.by
        ),
    }
}

/// What people call a rule set, or its name.
pub(crate) fn rule_set_title(visit: &Visit, name: &str) -> String {
    release::RuleSet::read(&visit.site.workspace.content, name)
        .map_or_else(|_| name.to_owned(), |r| r.title)
}

/// Why an agreement permits nothing now, in sentences.
fn stopped(visit: &Visit, a: &Agreement) -> Vec<String> {
    let today = visit.today();
    match a.state(today) {
        State::Suspended => a
            .stops(today)
            .iter()
            .map(|stop| {
                super::sentence(&format!(
                    "stopped since {}: {}",
                    format::date(stop.since),
                    stop.reason
                ))
            })
            .collect(),
        State::Approved => {
            let missing: Vec<String> = a.unsigned(today).iter().map(|p| p.name.clone()).collect();
            vec![format!("{} has not signed.", format::listed(&missing))]
        }
        _ => Vec::new(),
    }
}

/// An agreement as everyone reads it.
pub(super) fn view(visit: &Visit, a: &Agreement) -> AgreementView {
    let entry = a.register_entry(visit.today());
    let law = &entry.legal_basis;
    let users = a
        .access
        .users
        .iter()
        .map(|u| format!("{}, at {}", u.account, a.name_of(&u.organisation)));
    AgreementView {
        id: a.reference.clone(),
        version: a.version.clone(),
        title: a.title.clone(),
        sentence: entry.sentence.clone(),
        state: state_of(visit, a),
        warning: warning(visit, a)
            .map(|w| format!("{w}. After its last day nothing more can be asked under it.")),
        starts: a.term.start,
        ends: a.ends(),
        parties: parties(&entry),
        legal_basis: vec![
            ("UK GDPR Article 6".to_owned(), law.art6.join("; ")),
            ("UK GDPR Article 9".to_owned(), law.art9.join("; ")),
            ("Power to share".to_owned(), law.statutory_power.clone()),
            (
                "Duty of confidence".to_owned(),
                format!(
                    "{}. {}",
                    law.confidentiality_words, law.confidentiality_reason
                ),
            ),
        ],
        purposes: entry
            .purposes
            .iter()
            .map(|p| (p.words.clone(), p.lay_summary.clone()))
            .collect(),
        people_and_places: users
            .chain([format!("Roles: {}", a.access.roles.join(", "))])
            .collect(),
        datasets: entry
            .data
            .iter()
            .map(|d| AgreementDataset {
                title: format!("{} ({})", d.title, d.table),
                fields: d
                    .fields
                    .iter()
                    .map(|f| (f.column.clone(), f.shown.clone()))
                    .collect(),
            })
            .collect(),
        rows: vec![format!("Rows {}", entry.people)],
        linkage: if entry.linkage.is_empty() {
            vec!["Nothing may be linked.".to_owned()]
        } else {
            let pairs = entry
                .linkage
                .iter()
                .map(|l| format!("{} with {}: {}", l.from, l.to, l.why));
            pairs.chain(["Nothing else.".to_owned()]).collect()
        },
        opt_outs: entry
            .opt_outs
            .iter()
            .map(|o| {
                format!(
                    "People with {}: {}. {}",
                    o.words,
                    if o.applied {
                        "left out"
                    } else {
                        "not left out"
                    },
                    o.reason
                )
            })
            .collect(),
        output_rules: vec![
            format!("Rule set: {}", rule_set_title(visit, &entry.rule_set)),
            format!(
                "Who looks at a table before it leaves: {}",
                entry.checker.words()
            ),
        ],
        more: more(a),
        stopped: stopped(visit, a),
        remains: Vec::new(),
        actions: Vec::new(),
        downloads: Vec::new(),
        rule: Vec::new(),
        history: Vec::new(),
        versions: Vec::new(),
    }
}

fn warning(visit: &Visit, agreement: &Agreement) -> Option<String> {
    if state_of(visit, agreement) != pages::AgreementState::EndsSoon {
        return None;
    }
    let left = u64::try_from(agreement.days_left(visit.today())).ok()?;
    Some(format!(
        "It ends in {}",
        format::counted(left, "day", "days")
    ))
}

/// What else it says, for whoever has to judge all of it.
fn more(a: &Agreement) -> Vec<(String, Vec<String>)> {
    let onward = std::iter::once(super::sentence(a.onward.sharing.words())).chain(
        a.onward
            .recipients
            .iter()
            .map(|r| format!("{}: {}. {}", r.name, r.what, r.why)),
    );
    let storage = a.storage.iter().map(|s| {
        format!(
            "{}, by {}, in {}",
            s.place,
            a.name_of(&s.organisation),
            s.territory.words()
        )
    });
    let term = [
        format!("Issued on {}", format::date(a.term.issued)),
        format!("To be looked at again by {}", format::date(a.term.review)),
        format!(
            "What was made for it is destroyed by {}, and certified by {}",
            format::date(a.term.destruction_due),
            format::date(a.term.certificate_due)
        ),
    ];
    let notices = a
        .transparency
        .notices
        .iter()
        .map(|n| format!("{}: {}", a.name_of(&n.organisation), n.address));
    let parts = [
        ("Term, and what comes after it", term.to_vec()),
        ("Passing on", onward.collect()),
        ("Where the data are kept", storage.collect()),
        ("How they are kept safe", a.security.clone()),
        ("What was agreed beyond this", a.special_conditions.clone()),
        ("Where the public is told", notices.collect()),
    ];
    parts
        .into_iter()
        .filter(|(_, lines): &(_, Vec<String>)| !lines.is_empty())
        .map(|(heading, lines)| (heading.to_owned(), lines))
        .collect()
}

/// The parties, each with what it is and when it signed.
fn parties(entry: &govern::RegisterEntry) -> Vec<Party> {
    entry
        .organisations
        .iter()
        .map(|o| Party {
            name: o.name.clone(),
            part: o
                .roles
                .iter()
                .map(|r| r.words())
                .collect::<Vec<_>>()
                .join("; "),
            signed: o.signed,
        })
        .collect()
}
