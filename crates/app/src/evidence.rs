//! Evidence: the statements of a standard beside the facts of this service, for its page and its file.

use crate::workspace::Workspace;
use anyhow::Result;
use chrono::{DateTime, Utc};
use govern::{
    Kind,
    agreement::day_of,
    evidence::{Evidence, LiveFact, Met, SoftwareRole, Statement},
};
use pages::{EvidenceChapter, EvidenceMet, EvidenceStatement, EvidenceView, format};
use std::{collections::BTreeMap, sync::Arc};

/// The standard that Haven answers for.
pub(crate) const STANDARD: &str = "satre";

/// The page of the evidence, with the facts as they are at this moment.
pub(crate) async fn view(workspace: &Workspace) -> Result<EvidenceView> {
    let evidence = Evidence::read(&workspace.content, STANDARD)?;
    let now = workspace.clock.now();
    let facts = facts(workspace, now).await?;
    let mut chapters: Vec<EvidenceChapter> = Vec::new();
    for statement in &evidence.statements {
        let title = format!("{}: {}", statement.pillar, statement.capability);
        if chapters.last().is_none_or(|c| c.title != title) {
            chapters.push(EvidenceChapter {
                title,
                statements: Vec::new(),
            });
        }
        if let Some(chapter) = chapters.last_mut() {
            chapter.statements.push(one(statement, &facts));
        }
    }
    let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
    Ok(EvidenceView {
        totals: [
            SoftwareRole::Enforces,
            SoftwareRole::Evidences,
            SoftwareRole::Supports,
        ]
        .into_iter()
        .map(|role| {
            let (all, met) = evidence.count(role);
            (role.words().to_owned(), count(all), count(met))
        })
        .collect(),
        title: evidence.title,
        source: evidence.source,
        at: now,
        chapters,
    })
}

fn one(statement: &Statement, facts: &BTreeMap<LiveFact, String>) -> EvidenceStatement {
    let answer = &statement.answer;
    EvidenceStatement {
        id: statement.id.clone(),
        gist: statement.gist.clone(),
        importance: statement.importance.clone(),
        role: statement.role.words().to_owned(),
        met: match answer.met {
            Met::Met => EvidenceMet::Met,
            Met::Partly => EvidenceMet::Partly,
            Met::NotMet => EvidenceMet::NotMet,
            Met::Operator => EvidenceMet::Operator,
        },
        how: answer.how.clone(),
        tests: answer.tests.clone(),
        facts: answer
            .facts
            .iter()
            .filter_map(|fact| facts.get(fact).cloned())
            .collect(),
        guides: answer.guides.clone(),
    }
}

/// Each fact as a sentence. What cannot be found out is said so.
async fn facts(workspace: &Workspace, now: DateTime<Utc>) -> Result<BTreeMap<LiveFact, String>> {
    let mut facts = BTreeMap::new();
    let audit = Arc::clone(&workspace.audit);
    let (log, allowed, refused) = tokio::task::spawn_blocking(move || -> Result<_> {
        let (mut entries, mut allowed, mut refused) = (0u64, 0u64, 0u64);
        audit.each(|entry| {
            entries += 1;
            match entry.body.kind {
                Kind::DecisionAllowed => allowed += 1,
                Kind::DecisionRefused => refused += 1,
                _ => {}
            }
        })?;
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let whole = match audit.verify(&[], &[], threads, &|_| {})? {
            Ok(_) => "and it is whole",
            Err(_) => "and it is NOT whole: run `haven audit verify`",
        };
        let log = format!(
            "The audit log has {} entries, {whole}.",
            format::count(entries)
        );
        Ok((log, allowed, refused))
    })
    .await??;
    facts.insert(LiveFact::AuditLog, log);
    facts.insert(
        LiveFact::Decisions,
        format!(
            "{} decisions allowed something, {} refused.",
            format::count(allowed),
            format::count(refused)
        ),
    );
    let mut states: BTreeMap<String, u64> = BTreeMap::new();
    for agreement in workspace.agreements().await?.iter_on(day_of(now)) {
        *states
            .entry(agreement.state(day_of(now)).to_string())
            .or_default() += 1;
    }
    facts.insert(
        LiveFact::Agreements,
        format!("Agreements: {}.", counted(&states)),
    );
    let mut released: BTreeMap<String, u64> = BTreeMap::new();
    for release in workspace.control.all_releases().await? {
        *released
            .entry(release.state.as_str().replace('_', " "))
            .or_default() += 1;
    }
    facts.insert(
        LiveFact::Releases,
        format!("Releases: {}.", counted(&released)),
    );
    let accounts = workspace.control.accounts().await?;
    facts.insert(
        LiveFact::Accounts,
        format!(
            "{} accounts, each with one person's name.",
            format::count(u64::try_from(accounts.len()).unwrap_or(u64::MAX))
        ),
    );
    facts.insert(
        LiveFact::Inventory,
        format!(
            "{} datasets are described; what is held is on the page of the collection.",
            format::count(
                u64::try_from(model::Dataset::names(&workspace.content).len()).unwrap_or(u64::MAX)
            )
        ),
    );
    facts.insert(
        LiveFact::Encryption,
        if workspace.config.site.https {
            "Readers reach the service over HTTPS.".to_owned()
        } else {
            "This service listens on the machine itself, without HTTPS.".to_owned()
        },
    );
    Ok(facts)
}

fn counted(of: &BTreeMap<String, u64>) -> String {
    if of.is_empty() {
        return "none".to_owned();
    }
    of.iter()
        .map(|(what, number)| format!("{} {what}", format::count(*number)))
        .collect::<Vec<_>>()
        .join(", ")
}
