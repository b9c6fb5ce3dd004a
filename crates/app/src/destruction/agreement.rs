//! Destruction by agreement: what its recipients got and had made, and the keys of their pseudonyms. With its certificate
//! the agreement is destroyed.

use super::{
    found::{Found, KEY_GONE, LIST_GONE, RECORD_GONE, ROWS_GONE},
    rows_in_words,
};
use crate::{
    desks::{Seal, agreements::AgreementBook},
    workspace::Workspace,
};
use anyhow::{Context as _, Result, bail};
use control::{ActKind, AgreementActor, Destruction, ReleaseState};
use custody::{CustodyError, KeyState};
use govern::{
    AuditKeeper as _, Digest, EntryBody, Kind, ObjectKind, Outcome,
    agreement::{State, day_of},
};
use model::{Sql, sql};
use store::TakenOut;

/// Refuses an agreement that has not ended: what it still permits is not destroyed.
pub(crate) async fn may_go(workspace: &Workspace, reference: &str) -> Result<()> {
    let book = workspace.agreements().await?;
    let today = day_of(workspace.clock.now());
    let Some(agreement) = book.on(reference, today) else {
        bail!("there is no agreement `{reference}`");
    };
    match agreement.state(today) {
        State::Closing | State::Expired => Ok(()),
        State::Destroyed => bail!("agreement {reference} is destroyed already"),
        state => bail!(
            "agreement {reference} is {}: what it was used for is destroyed once it has ended or is being wound up",
            state.words()
        ),
    }
}

/// What goes and what stays.
pub(crate) async fn find(workspace: &Workspace, reference: &str) -> Result<Found> {
    let control = &workspace.control;
    let mut found = Found::default();
    let mut public = 0u64;
    for release in control.all_releases().await? {
        if release.agreement != reference {
            continue;
        }
        match release.state {
            ReleaseState::InReview | ReleaseState::Returned => found.copy(
                format!("control: release {}, which never left", release.id),
                release.table_json.len() as u64,
                RECORD_GONE,
            ),
            ReleaseState::Released | ReleaseState::Withdrawn => public += 1,
        }
    }
    let sets = workspace.cohorts()?;
    for set in control.cohort_sets(reference).await? {
        if sets.holds(&set) {
            found.copy(
                format!("analysis/cohorts: the sealed set {set}"),
                0,
                super::DELETED,
            );
        }
    }
    for (request, _, _) in control.sealed_envelopes(Some(reference)).await? {
        found.copy(
            format!("identified/envelopes: the list of request {request}"),
            0,
            LIST_GONE,
        );
    }
    let outcomes = outcomes_of(workspace, reference).await?;
    if outcomes > 0 {
        found.copy(
            format!("analysis/case_outcome: {}", rows_in_words(outcomes)),
            0,
            ROWS_GONE,
        );
    }
    for (domain, id) in keys_of(workspace, reference)? {
        found.keys = true;
        found.copy(format!("keys: key {id} of {domain}"), 0, KEY_GONE);
    }
    if workspace.keys.recipients.ring()?.makes_from_root() {
        found.kept.push("recipients' pseudonyms of earlier versions were made from one key for all: that one stays while others use it".to_owned());
    }
    if public > 0 {
        found.kept.push(format!(
            "{public} released tables stay in the public register: they are counts, and belong to the public; a recall takes one back"
        ));
    }
    found.kept.push(
        "pseudonymous and derived tables stay in their zones: they are made for every agreement, and this one opens none of them any more"
            .to_owned(),
    );
    found.kept.push(
        "the text of the agreement, what was decided about it, and the entries of the audit log stay, as proof of what was done"
            .to_owned(),
    );
    found.kept.push(
        "what was downloaded is with its recipients, who owe a certificate of their own".to_owned(),
    );
    Ok(found)
}

/// Takes away what goes. Each part done twice comes to the same.
pub(super) async fn take_away(
    workspace: &Workspace,
    destruction: &Destruction,
    by: &str,
) -> Result<Found> {
    let reference = destruction.what.as_str();
    let found = find(workspace, reference).await?;
    let found = found.written_down(workspace, &destruction.id).await?;
    workspace.points().reach();
    let control = &workspace.control;
    // Lists of people first: they are what does most harm.
    for (request, seal, content_digest) in control.sealed_envelopes(Some(reference)).await? {
        let seal = Seal {
            seal,
            content_digest,
        };
        close_list(workspace, &request, &seal, by).await?;
    }
    let sets = workspace.cohorts()?;
    for set in control.cohort_sets(reference).await? {
        sets.forget(&set)?;
    }
    workspace.points().reach();
    if outcomes_of(workspace, reference).await? > 0 {
        let desk = workspace.analysis()?;
        let gone = sql!("t.agreement = {}", Sql::text(reference));
        let what = TakenOut {
            table: crate::desks::OUTCOMES,
            gone: &gone,
            blanked: &[],
        };
        desk.engine
            .take_rows_out(&desk.store, &what, "rows of an agreement were destroyed")
            .await?;
    }
    workspace.points().reach();
    control.erase_drafts(reference).await?;
    workspace.points().reach();
    for (domain, _) in keys_of(workspace, reference)? {
        workspace.keys.recipients.change(|ring, today| {
            match ring.destroy(&domain, None, today) {
                // Another process was quicker.
                Err(CustodyError::NoKey(_)) => Ok(Vec::new()),
                done => done,
            }
        })?;
        workspace.points().reach();
    }
    Ok(found)
}

/// Puts on record that the agreement is destroyed, in all its versions, so that none comes back.
pub(super) async fn is_destroyed(
    workspace: &Workspace,
    destruction: &Destruction,
    by: &str,
) -> Result<()> {
    let reference = destruction.what.as_str();
    let book = workspace.agreements().await?;
    let account = workspace.control.account(by).await?;
    let role = destruction.approved_role.clone().unwrap_or_default();
    let organisation = account
        .and_then(|a| {
            let position = a.positions.iter().find(|p| p.role.as_str() == role)?;
            Some(position.organisation.to_string())
        })
        .unwrap_or_default();
    let who = AgreementActor {
        username: by.to_owned(),
        role,
        organisation,
    };
    let words = format!("certificate of destruction {}", destruction.id);
    for (version, digest) in versions(&book, reference) {
        let about = (reference, version.as_str(), digest.as_str());
        workspace
            .control
            .end_agreement(
                ActKind::Destroyed,
                about,
                &who,
                &words,
                workspace.clock.now(),
            )
            .await?;
        workspace.points().reach();
    }
    Ok(())
}

fn versions(book: &AgreementBook, reference: &str) -> Vec<(String, String)> {
    book.every_version()
        .filter(|agreement| agreement.reference == reference)
        .map(|agreement| {
            (
                agreement.version.clone(),
                agreement.digest().as_str().to_owned(),
            )
        })
        .collect()
}

/// The keys of the agreement's recipients that are there: domain and id.
fn keys_of(workspace: &Workspace, reference: &str) -> Result<Vec<(String, String)>> {
    let beginning = format!("{reference}/");
    let facts = workspace.keys.recipients.ring()?.facts();
    Ok(facts
        .into_iter()
        .filter(|key| {
            key.domain.starts_with(&beginning) && !matches!(key.state, KeyState::Destroyed { .. })
        })
        .map(|key| (key.domain, key.id))
        .collect())
}

/// How many rows there are of what came of contacts under the agreement.
async fn outcomes_of(workspace: &Workspace, reference: &str) -> Result<u64> {
    let desk = workspace.analysis()?;
    if desk.store.table(crate::desks::OUTCOMES).await?.is_none() {
        return Ok(0);
    }
    let query = sql!(
        "select count(*) as n from case_outcome where agreement = {}",
        Sql::text(reference)
    );
    let reads = [crate::desks::OUTCOMES];
    let rows = desk.engine.look(&[&desk.store], &reads, &query).await?;
    Ok(rows
        .iter()
        .find(|batch| batch.num_rows() > 0)
        .map_or(0, |batch| crate::desks::count(batch, 0, 0)))
}

/// Ends a list for good: its key goes, then the list.
pub(super) async fn close_list(
    workspace: &Workspace,
    request: &str,
    seal: &Seal,
    by: &str,
) -> Result<()> {
    let now = workspace.clock.now();
    workspace.control.close_envelope(request, now).await?;
    workspace.envelopes().destroy(&seal.seal)?;
    let mut entry = EntryBody::new(now, Kind::EnvelopeClosed, by, Outcome::Done);
    entry.object_kind = Some(ObjectKind::Envelope);
    entry.object_digest = Some(Digest::of(request));
    entry.reason = Some("what it was for was destroyed, and so was its key".to_owned());
    workspace
        .audit
        .keep(entry)
        .context("nothing goes on while the audit log cannot be written")?;
    workspace.control.envelope_destroyed(request, now).await?;
    workspace.points().reach();
    Ok(())
}
