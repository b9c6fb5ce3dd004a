//! Destruction by person: every row about one person in every zone, old versions with them, and what would bring the
//! person back. A request holds a keyed digest of the number; whoever approves it types no number.
//!
//! An original that is about the person goes whole. Rewritten, it would no longer be the file whose digest its sender has
//! in a receipt, and would prove nothing; kept, the person would still be in it. The rows of everybody else stay in the
//! tables, and the sender has the file.

use super::{
    agreement::close_list,
    found::{Found, LIST_GONE, ROWS_GONE},
    rows_in_words,
};
use crate::{
    desks::{IdentifiedDesk, OUTCOMES, PersonHere, Places, RowsAbout, Seal, SealedSet},
    keys::ANALYSIS_DOMAIN,
    workspace::Workspace,
};
use anyhow::Result;
use control::{Destruction, SubmissionRecord, SubmissionState};
use custody::{Algorithm, KeyState};
use model::{Identifying, Sql, sql};
use std::collections::BTreeSet;
use store::TakenOut;

/// The person of a destruction, as they stand here now.
struct Subject {
    person: PersonHere,
    /// The keyed digests of all their numbers.
    wanted: BTreeSet<String>,
    tables: Vec<RowsAbout>,
    places: Places,
    files: Vec<SubmissionRecord>,
    blind: Vec<String>,
    pseudonyms: BTreeSet<String>,
}

impl Subject {
    /// Looks for the person by the digest of a number. Where none is found, what came before has taken them away.
    async fn of(
        workspace: &Workspace,
        desk: &IdentifiedDesk<'_>,
        digest: &str,
        destruction: Option<&str>,
    ) -> Result<Self> {
        let digests = workspace.person_digests()?;
        let numbers: BTreeSet<Identifying<String>> = desk.numbers_of(digest, &digests).await?;
        let mut wanted = BTreeSet::from([digest.to_owned()]);
        for number in &numbers {
            wanted.insert(digests.of(number.reveal())?);
        }
        if let Some(id) = destruction {
            // A run before this one knew all numbers.
            let erased = workspace.control.erased_people().await?;
            wanted.extend(
                erased
                    .into_iter()
                    .filter(|(_, by)| by == id)
                    .map(|(d, _)| d),
            );
        }
        let person = desk.person_here(numbers).await?;
        let tables = desk.rows_about(&person).await?;
        let places = desk.places(&tables).await?;
        let (files, blind) = desk.files_about(&places, &wanted, &digests).await?;
        let mut pseudonyms = desk.pseudonyms_of(&person).await?;
        pseudonyms.extend(earlier_pseudonyms(workspace, &person)?);
        Ok(Self {
            person,
            wanted,
            tables,
            places,
            files,
            blind,
            pseudonyms,
        })
    }
}

/// What goes and what stays, by the digest of a number.
pub(crate) async fn find(workspace: &Workspace, digest: &str) -> Result<Found> {
    let desk = workspace.identified()?;
    let subject = Subject::of(workspace, &desk, digest, None).await?;
    found(workspace, &desk, &subject).await
}

async fn found(
    workspace: &Workspace,
    desk: &IdentifiedDesk<'_>,
    subject: &Subject,
) -> Result<Found> {
    let mut found = Found::default();
    for about in &subject.tables {
        let (rows, pointing) = desk.how_many(about).await?;
        if rows > 0 {
            found.copy(
                format!("identified/{}: {}", about.table, rows_in_words(rows)),
                0,
                ROWS_GONE,
            );
        }
        if pointing > 0 {
            found.copy(
                format!(
                    "identified/{}: what points at the person in {} of others",
                    about.table,
                    rows_in_words(pointing)
                ),
                0,
                "the values were blanked, their files written anew, and the old files deleted",
            );
        }
    }
    for file in &subject.files {
        found.copy(
            format!(
                "identified/vault: the file of submission {}, whole",
                file.id
            ),
            file.bytes,
            super::DELETED,
        );
    }
    for (request, _) in lists_with(workspace, &subject.pseudonyms).await? {
        found.copy(
            format!("identified/envelopes: the list of request {request}, whole"),
            0,
            LIST_GONE,
        );
    }
    for set in sets_with(workspace, &subject.pseudonyms).await? {
        found.copy(
            format!("analysis/cohorts: the sealed set {set}, whole"),
            0,
            super::DELETED,
        );
    }
    found.copy(
        "identified, handover and analysis: links, pseudonymous and derived tables are made again without the person".to_owned(),
        0,
        "made again, and every older version deleted",
    );
    found.copy(
        "audit: detail about the person beside the log".to_owned(),
        0,
        "the person's key was destroyed; the log still verifies",
    );
    found.keys = true;
    found.kept.extend(subject.blind.iter().cloned());
    found.kept.push(
        "a keyed digest of the person's numbers stays, so that a later file or a backup does not bring them back"
            .to_owned(),
    );
    found.kept.push(
        "cases about the person's wishes stay under a keyed token, as proof that what was asked for was done"
            .to_owned(),
    );
    found
        .kept
        .push("released tables stay: they are counts and hold no person".to_owned());
    Ok(found)
}

/// Takes the person away, from what is hardest to find again without them to what names them. Each part done twice comes
/// to the same; the tables of links, by which the person is found, are made again last, by the caller.
pub(super) async fn take_away(
    workspace: &Workspace,
    destruction: &Destruction,
    by: &str,
) -> Result<Found> {
    let desk = workspace.identified()?;
    desk.mend().await?;
    let subject = Subject::of(workspace, &desk, &destruction.what, Some(&destruction.id)).await?;
    let now = workspace.clock.now();
    // From here on no file brings the person in.
    let wanted: Vec<String> = subject.wanted.iter().cloned().collect();
    workspace
        .control
        .keep_erased(&wanted, &destruction.id, now)
        .await?;
    workspace.points().reach();
    let found = found(workspace, &desk, &subject).await?;
    let mut found = found.written_down(workspace, &destruction.id).await?;
    workspace.points().reach();

    for (request, seal) in lists_with(workspace, &subject.pseudonyms).await? {
        close_list(workspace, &request, &seal, by).await?;
    }
    let sets = workspace.cohorts()?;
    for set in sets_with(workspace, &subject.pseudonyms).await? {
        sets.forget(&set)?;
    }
    take_outcomes(workspace, &subject.pseudonyms).await?;
    let subjects = workspace.subjects()?;
    for name in subject.person.subjects() {
        subjects.erase(&workspace.audit, &name, by, now)?;
        workspace.points().reach();
    }
    for file in &subject.files {
        forget(&desk, file, by).await?;
    }
    for place in desk.forget_lists_of(&subject.person).await? {
        found.copy(place, 0, super::DELETED);
    }
    desk.take_findings_out(&subject.person, &subject.places)
        .await?;
    for about in &subject.tables {
        desk.take_person_out(about).await?;
    }
    // What was landed while this went on was told to leave the person out, or came before and is found now.
    let late = Subject::of(workspace, &desk, &destruction.what, Some(&destruction.id)).await?;
    for file in &late.files {
        forget(&desk, file, by).await?;
    }
    for about in &late.tables {
        desk.take_person_out(about).await?;
    }
    Ok(found)
}

/// Deletes the file of a submission. An attempt goes whole: it can be sent again, and comes without the person.
async fn forget(desk: &IdentifiedDesk<'_>, record: &SubmissionRecord, by: &str) -> Result<()> {
    match record.state {
        SubmissionState::Checked | SubmissionState::Rejected => {
            desk.withdraw(&record.id, &record.sender, by).await?;
            desk.destroy(record).await?;
        }
        SubmissionState::Withdrawn | SubmissionState::Expired => desk.destroy(record).await?,
        _ => {}
    }
    desk.vault.forget(&record.sha256)?;
    desk.store.points().reach();
    Ok(())
}

/// The lists for professionals on which the person stands.
async fn lists_with(
    workspace: &Workspace,
    pseudonyms: &BTreeSet<String>,
) -> Result<Vec<(String, Seal)>> {
    let mut found = Vec::new();
    if pseudonyms.is_empty() {
        return Ok(found);
    }
    for (request, seal, content_digest) in workspace.control.sealed_envelopes(None).await? {
        let seal = Seal {
            seal,
            content_digest,
        };
        let people = workspace.envelopes().open(&seal)?.unwrap_or_default();
        if people.iter().any(|p| pseudonyms.contains(&p.pseudonym)) {
            found.push((request, seal));
        }
    }
    Ok(found)
}

/// The sealed sets in which the person is.
async fn sets_with(workspace: &Workspace, pseudonyms: &BTreeSet<String>) -> Result<Vec<String>> {
    let mut found = Vec::new();
    let (vault, desk) = (workspace.cohorts()?, workspace.analysis()?);
    for digest in workspace.control.all_cohort_sets().await? {
        if !vault.holds(&digest) {
            continue;
        }
        let set: SealedSet = desk.sealed_cohort(&digest)?;
        if pseudonyms.iter().any(|p| set.holds(p)) {
            found.push(digest);
        }
    }
    Ok(found)
}

/// What came of contacts with the person.
async fn take_outcomes(workspace: &Workspace, pseudonyms: &BTreeSet<String>) -> Result<()> {
    if pseudonyms.is_empty() {
        return Ok(());
    }
    let desk = workspace.analysis()?;
    let gone = sql!(
        "t.person_pseudonym in ({})",
        Sql::join(pseudonyms.iter().map(|p| Sql::text(p)), ", ")
    );
    let what = TakenOut {
        table: OUTCOMES,
        gone: &gone,
        blanked: &[],
    };
    desk.engine
        .take_rows_out(&desk.store, &what, "rows about a person were erased")
        .await?;
    workspace.points().reach();
    Ok(())
}

/// The person's pseudonyms under keys that are no longer in use: sealed sets of then are under them. Where the keys are
/// kept by another process they are not to be had here.
fn earlier_pseudonyms(workspace: &Workspace, person: &PersonHere) -> Result<Vec<String>> {
    let ring = workspace.keys.pseudonyms.ring()?;
    let mut found = Vec::new();
    for key in ring.facts() {
        let usable = key.domain == ANALYSIS_DOMAIN
            && key.algorithm == Algorithm::HmacSha256
            && !matches!(key.state, KeyState::Destroyed { .. });
        if usable {
            let kind = custody::Kind::Person;
            found.extend(ring.pseudonyms(ANALYSIS_DOMAIN, Some(&key.id), kind, &person.ids())?);
        }
    }
    Ok(found)
}
