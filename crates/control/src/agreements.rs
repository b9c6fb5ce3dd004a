//! The life of agreements: what was handed in, who approved and signed it, in the order in which it happened.
//!
//! An agreement's text is opaque here: `govern` reads it, this is where it is kept by its digest. Nothing is ever
//! changed but a draft; what was handed in stays as it was.

mod acts;
mod drafts;
mod life;

pub use acts::{Acted, AgreementActor, NewSignature};
pub use drafts::{AgreementDraft, DraftSaved};
pub use life::{ActRefusal, ApprovalRules, Stage, VersionLife};

use crate::{
    Control, ControlError,
    row::{Read, first, kept},
    secret::digest,
    time::to_millis,
    words::words,
};
use chrono::{DateTime, Utc};
use sqlx::{Any, Transaction, any::AnyRow};
use std::collections::BTreeMap;

words! {
    /// What somebody does with a version of an agreement.
    pub enum ActKind {
        /// It may come into force, for this person.
        Approved = "approved",
        /// It goes back to its writers.
        Returned = "returned",
        /// Its writers took it back.
        Withdrawn = "withdrawn",
        /// A party has signed.
        Signed = "signed",
        /// It has ended, and what was held under it is being destroyed.
        Closing = "closing",
        /// What was held under it has been destroyed.
        Destroyed = "destroyed",
    }
}

/// The longest text of an agreement, in bytes.
pub const LONGEST_AGREEMENT: usize = 256 * 1024;

/// The longest reason, in characters.
pub const LONGEST_REASON: usize = 1_000;

/// How often a number is taken anew where somebody else took it first.
pub(crate) const TRIES: usize = 8;

/// A version to be handed in for approval.
#[derive(Debug, Clone)]
pub struct NewAgreementVersion {
    /// What the agreement is cited by, as its text says.
    pub reference: String,
    /// Its version, as its text says.
    pub version: String,
    /// The digest of the text that it changes; empty for a new agreement.
    pub changes: String,
    /// The text.
    pub text: String,
    /// Why it was written.
    pub why: String,
    /// The accounts that wrote it; whoever hands it in is added.
    pub writers: Vec<String>,
    /// The account that hands it in.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// A version as it was handed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgreementVersion {
    /// SHA-256 of its text.
    pub digest: String,
    /// Its place among all that were handed in, from 1.
    pub number: u64,
    /// What the agreement is cited by.
    pub reference: String,
    /// Its version.
    pub version: String,
    /// The digest of the text that it changes; empty for a new agreement.
    pub changes: String,
    /// Why it was written.
    pub why: String,
    /// The accounts that wrote it.
    pub writers: Vec<String>,
    /// When it was handed in.
    pub at: DateTime<Utc>,
    /// The account that handed it in.
    pub by: String,
}

/// One act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgreementAct {
    /// Its place among all acts, from 1.
    pub number: u64,
    /// What was done.
    pub kind: ActKind,
    /// The agreement.
    pub reference: String,
    /// Its version.
    pub version: String,
    /// The digest of its text.
    pub digest: String,
    /// For a signature: the party that has signed.
    pub party: String,
    /// For a signature: who signed for it.
    pub name: String,
    /// For a signature: as what they signed.
    pub signer_role: String,
    /// For a signature: the day, such as 2026-04-01.
    pub day: String,
    /// A reason, or where the evidence lies.
    pub words: String,
    /// When it was put on record.
    pub at: DateTime<Utc>,
    /// By whom.
    pub by: String,
    /// In which role.
    pub role: String,
    /// For which organisation.
    pub organisation: String,
}

/// What became of handing in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Submitted {
    /// It waits for approval, under this number.
    Now(u64),
    /// The same text was handed in before, under this number.
    Already(u64),
    /// Another text has this reference and version.
    VersionTaken,
    /// The draft was changed after its writer had looked at it.
    DraftChanged,
}

impl Control {
    /// Hands a version in. Sent twice, it is kept once. With a draft, its id and the revision that was looked at, the
    /// draft is gone afterwards.
    pub async fn submit_agreement(
        &self,
        new: &NewAgreementVersion,
        draft: Option<(&str, u64)>,
    ) -> Result<Submitted, ControlError> {
        fits(&new.text)?;
        in_words("the reason for a version", &new.why)?;
        let mut tries = 0;
        loop {
            tries += 1;
            match self.try_to_submit(new, draft).await {
                Err(ControlError::Database(source)) if tries < TRIES && was_taken(&source) => {}
                done => return done,
            }
        }
    }

    async fn try_to_submit(
        &self,
        new: &NewAgreementVersion,
        draft: Option<(&str, u64)>,
    ) -> Result<Submitted, ControlError> {
        let mut all = self.write().await?;
        // The number first: whatever is kept from here on takes it, and this try with it.
        let number = next_number(
            &mut all,
            "SELECT COALESCE(MAX(number), 0) AS last FROM agreement_versions",
        )
        .await?;
        let digest = digest(&new.text);
        let same = sqlx::query("SELECT digest, number FROM agreement_versions WHERE digest = $1 OR (reference = $2 AND version = $3)")
            .bind(&digest)
            .bind(&new.reference)
            .bind(&new.version)
            .fetch_all(&mut *all)
            .await?;
        for row in &same {
            let row = Read(row);
            if row.text("digest")? == digest {
                return Ok(Submitted::Already(row.count("number")?));
            }
        }
        if !same.is_empty() {
            return Ok(Submitted::VersionTaken);
        }
        if let Some((id, revision)) = draft {
            let gone = sqlx::query("DELETE FROM agreement_drafts WHERE id = $1 AND revision = $2")
                .bind(id)
                .bind(kept(revision, "revision")?)
                .execute(&mut *all)
                .await?;
            if gone.rows_affected() != 1 {
                return Ok(Submitted::DraftChanged);
            }
        }
        let mut writers = new.writers.clone();
        writers.push(new.by.clone());
        sqlx::query(
            "INSERT INTO agreement_versions
                 (digest, number, reference, version, changes, text, why, writers, submitted_at, submitted_by)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        )
        .bind(&digest)
        .bind(kept(number, "number")?)
        .bind(&new.reference)
        .bind(&new.version)
        .bind(&new.changes)
        .bind(&new.text)
        .bind(&new.why)
        .bind(list_of(writers))
        .bind(to_millis(new.at))
        .bind(&new.by)
        .execute(&mut *all)
        .await?;
        all.commit().await?;
        Ok(Submitted::Now(number))
    }

    /// Every version that was handed in with what was done with it, first to last.
    pub async fn agreement_lives(&self) -> Result<Vec<VersionLife>, ControlError> {
        let rows = sqlx::query(
            "SELECT digest, number, reference, version, changes, why, writers, submitted_at, submitted_by
             FROM agreement_versions ORDER BY number",
        )
            .fetch_all(&self.pool)
            .await?;
        let mut acts: BTreeMap<String, Vec<AgreementAct>> = BTreeMap::new();
        for act in self.agreement_acts().await? {
            acts.entry(act.digest.clone()).or_default().push(act);
        }
        rows.iter()
            .map(|row| {
                let version = version(row)?;
                Ok(VersionLife {
                    acts: acts.remove(&version.digest).unwrap_or_default(),
                    version,
                })
            })
            .collect()
    }

    /// Every act, first to last: those on versions that were handed in, and those on agreements that come as content.
    pub async fn agreement_acts(&self) -> Result<Vec<AgreementAct>, ControlError> {
        let rows = sqlx::query("SELECT * FROM agreement_acts ORDER BY number")
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(act).collect()
    }

    /// The text of a version, by its digest. A text that was altered since is an error.
    pub async fn agreement_text(&self, wanted: &str) -> Result<Option<String>, ControlError> {
        let rows = sqlx::query("SELECT text, reference FROM agreement_versions WHERE digest = $1")
            .bind(wanted)
            .fetch_all(&self.pool)
            .await?;
        let Some(row) = first(rows) else {
            return Ok(None);
        };
        let text = Read(&row).text("text")?;
        if digest(&text) != wanted {
            return Err(ControlError::AlteredAgreement {
                reference: Read(&row).text("reference")?,
            });
        }
        Ok(Some(text))
    }

    /// Changes whenever a version, an act, a suspension, a restriction of somebody's records or a backup that was put back
    /// does: whoever has read them all before can tell whether that still holds.
    pub async fn agreement_stamp(&self) -> Result<String, ControlError> {
        let row = sqlx::query(
            "SELECT (SELECT COALESCE(MAX(number), 0) FROM agreement_versions) AS versions,
                 (SELECT COALESCE(MAX(number), 0) FROM agreement_acts) AS acts,
                 (SELECT COALESCE(MAX(number), 0) FROM suspensions) AS suspended,
                 (SELECT COUNT(lifted_at) FROM suspensions) AS lifted,
                 (SELECT COUNT(*) FROM rights_cases WHERE kind = 'restriction') AS restricted,
                 (SELECT COUNT(closed_by) FROM rights_cases WHERE kind = 'restriction') AS closed,
                 (SELECT COUNT(*) FROM restores WHERE taken_in_at IS NULL) AS put_back",
        )
        .fetch_one(&self.pool)
        .await?;
        let row = Read(&row);
        Ok(format!(
            "{} {} {} {} {} {} {}",
            row.count("versions")?,
            row.count("acts")?,
            row.count("suspended")?,
            row.count("lifted")?,
            row.count("restricted")?,
            row.count("closed")?,
            row.count("put_back")?
        ))
    }

    /// Writes down that the end of an agreement was told of; `false` where that warning was given before.
    pub async fn warn_of_end(
        &self,
        reference: &str,
        last_day: &str,
        days: u64,
        at: DateTime<Utc>,
    ) -> Result<bool, ControlError> {
        let done = sqlx::query(
            "INSERT INTO agreement_warnings (reference, last_day, days, warned_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (reference, last_day, days) DO NOTHING",
        )
        .bind(reference)
        .bind(last_day)
        .bind(kept(days, "days")?)
        .bind(to_millis(at))
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Writes down that something due after the end of an agreement was told of; `false` where that warning was given
    /// before. Without days left it is overdue.
    pub async fn warn_of_retention(
        &self,
        reference: &str,
        (what, due): (&str, &str),
        days: u64,
        at: DateTime<Utc>,
    ) -> Result<bool, ControlError> {
        let done = sqlx::query(
            "INSERT INTO retention_warnings (reference, what, due, days, warned_at) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (reference, what, due, days) DO NOTHING",
        )
        .bind(reference)
        .bind(what)
        .bind(due)
        .bind(kept(days, "days")?)
        .bind(to_millis(at))
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected() == 1)
    }
}

async fn next_number(
    all: &mut Transaction<'static, Any>,
    last: &'static str,
) -> Result<u64, ControlError> {
    let row = sqlx::query(last).fetch_one(&mut **all).await?;
    Ok(Read(&row).count("last")? + 1)
}

fn was_taken(fault: &sqlx::Error) -> bool {
    matches!(fault, sqlx::Error::Database(database) if database.is_unique_violation())
}

fn fits(text: &str) -> Result<(), ControlError> {
    // PostgreSQL keeps no NUL in a text.
    if text.is_empty() || text.len() > LONGEST_AGREEMENT || text.contains('\0') {
        return Err(ControlError::Form {
            what: "the text of an agreement",
            wanted: "has 1 to 262,144 bytes, and no NUL",
        });
    }
    Ok(())
}

pub(crate) fn in_words(what: &'static str, words: &str) -> Result<(), ControlError> {
    let blank = words.trim().is_empty();
    if blank || words.chars().count() > LONGEST_REASON || words.contains(char::is_control) {
        return Err(ControlError::Form {
            what,
            wanted: "has 1 to 1,000 characters, on one line",
        });
    }
    Ok(())
}

/// Accounts as they are kept: each once, in alphabetical order. No name of an account has a space.
fn list_of(mut accounts: Vec<String>) -> String {
    accounts.sort();
    accounts.dedup();
    accounts.join(" ")
}

fn accounts_in(list: &str) -> Vec<String> {
    list.split_whitespace().map(str::to_owned).collect()
}

fn version(row: &AnyRow) -> Result<AgreementVersion, ControlError> {
    let row = Read(row);
    Ok(AgreementVersion {
        digest: row.text("digest")?,
        number: row.count("number")?,
        reference: row.text("reference")?,
        version: row.text("version")?,
        changes: row.text("changes")?,
        why: row.text("why")?,
        writers: accounts_in(&row.text("writers")?),
        at: row.moment("submitted_at")?,
        by: row.text("submitted_by")?,
    })
}

fn act(row: &AnyRow) -> Result<AgreementAct, ControlError> {
    let row = Read(row);
    Ok(AgreementAct {
        number: row.count("number")?,
        kind: row.word("act", ActKind::from_word)?,
        reference: row.text("reference")?,
        version: row.text("version")?,
        digest: row.text("digest")?,
        party: row.text("party")?,
        name: row.text("name")?,
        signer_role: row.text("signer_role")?,
        day: row.text("day")?,
        words: row.text("words")?,
        at: row.moment("acted_at")?,
        by: row.text("acted_by")?,
        role: row.text("acted_as")?,
        organisation: row.text("acted_for")?,
    })
}
