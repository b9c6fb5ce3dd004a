//! Destructions: who asked for one, who approved or refused it, what was found, and the certificate. Two people of two
//! roles, always. A person is a keyed digest here.

use crate::{Control, ControlError, cases::plain_words, row::Read, time::to_millis, words::words};
use chrono::{DateTime, Utc};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;

words! {
    /// What a destruction is about.
    pub enum DestructionKind {
        /// Everything of one submission.
        Submission = "submission",
        /// What was made for one agreement.
        Agreement = "agreement",
        /// Versions of tables that newer ones have taken the place of.
        OldVersions = "old_versions",
        /// Everything about one person.
        Person = "person",
    }
}

/// A destruction that somebody asks for.
#[derive(Debug, Clone)]
pub struct NewDestruction {
    /// Its name.
    pub id: String,
    /// What it is about.
    pub kind: DestructionKind,
    /// Which one, by its id, reference or keyed digest.
    pub what: String,
    /// Why, in words without anyone's details.
    pub reason: String,
    /// Who asks.
    pub by: String,
    /// In which role.
    pub role: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// A destruction, as far as it has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Destruction {
    pub id: String,
    pub kind: DestructionKind,
    pub what: String,
    pub reason: String,
    pub requested_by: String,
    pub requested_role: String,
    pub requested_at: DateTime<Utc>,
    pub approved_by: Option<String>,
    pub approved_role: Option<String>,
    pub approved_at: Option<DateTime<Utc>>,
    /// Whoever refused it, when and why.
    pub refused: Option<(String, DateTime<Utc>, String)>,
    /// What was found when it was begun, as it was written down then.
    #[serde(skip)]
    pub found: Option<String>,
    /// The certificate, exactly as it was made.
    pub certificate: Option<String>,
    /// Its SHA-256, in hexadecimal.
    pub digest: Option<String>,
    pub done_at: Option<DateTime<Utc>>,
}

/// What an approval came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DestructionApproval {
    /// It counts; the destruction may be carried out.
    Now,
    /// It was approved before.
    Already,
    /// Nobody approves what they asked for.
    OwnRequest,
    /// The second person acts in another role.
    SameRole,
    /// Somebody refused it.
    Refused,
    /// There is no such request.
    Unknown,
}

impl Control {
    /// Keeps a request. `false` where one of that name is kept already.
    pub async fn request_destruction(&self, new: &NewDestruction) -> Result<bool, ControlError> {
        let done = sqlx::query(
            "INSERT INTO destructions (id, kind, what, reason, requested_by, requested_role, requested_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO NOTHING",
        )
        .bind(&new.id)
        .bind(new.kind.as_str())
        .bind(&new.what)
        .bind(&new.reason)
        .bind(&new.by)
        .bind(&new.role)
        .bind(to_millis(new.at))
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Every destruction, the newest request first.
    pub async fn destructions(&self) -> Result<Vec<Destruction>, ControlError> {
        let rows = sqlx::query("SELECT * FROM destructions ORDER BY requested_at DESC, id")
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(destruction).collect()
    }

    /// One destruction.
    pub async fn destruction(&self, id: &str) -> Result<Option<Destruction>, ControlError> {
        let row = sqlx::query("SELECT * FROM destructions WHERE id = $1")
            .bind(id)
            .fetch_optional(&self.pool)
            .await?;
        row.as_ref().map(destruction).transpose()
    }

    /// A second person of another role approves. The first approval stands.
    pub async fn approve_destruction(
        &self,
        id: &str,
        (by, role): (&str, &str),
        at: DateTime<Utc>,
    ) -> Result<DestructionApproval, ControlError> {
        let done = sqlx::query(
            "UPDATE destructions SET approved_by = $1, approved_role = $2, approved_at = $3
             WHERE id = $4 AND approved_by IS NULL AND refused_by IS NULL AND requested_by <> $1
                 AND requested_role <> $2",
        )
        .bind(by)
        .bind(role)
        .bind(to_millis(at))
        .bind(id)
        .execute(&self.pool)
        .await?;
        if done.rows_affected() == 1 {
            return Ok(DestructionApproval::Now);
        }
        Ok(match self.destruction(id).await? {
            None => DestructionApproval::Unknown,
            Some(known) if known.approved_by.is_some() => DestructionApproval::Already,
            Some(known) if known.refused.is_some() => DestructionApproval::Refused,
            Some(known) if known.requested_by == by => DestructionApproval::OwnRequest,
            Some(_) => DestructionApproval::SameRole,
        })
    }

    /// Somebody else refuses what was asked for. `false` where it is their own request, or was decided before.
    pub async fn refuse_destruction(
        &self,
        id: &str,
        by: &str,
        why: &str,
        at: DateTime<Utc>,
    ) -> Result<bool, ControlError> {
        let why = plain_words(why).map_err(|_| ControlError::Form {
            what: "the reason",
            wanted: "has up to 1,000 characters, and no number that could point at a person",
        })?;
        let done = sqlx::query(
            "UPDATE destructions SET refused_by = $1, refused_at = $2, refused_why = $3
             WHERE id = $4 AND approved_by IS NULL AND refused_by IS NULL AND requested_by <> $1",
        )
        .bind(by)
        .bind(to_millis(at))
        .bind(why)
        .bind(id)
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Keeps what was found when a destruction was begun. The first finding stands: what has gone since is not found
    /// again. Gives the one that stands.
    pub async fn destruction_found(
        &self,
        id: &str,
        found: &str,
    ) -> Result<Option<String>, ControlError> {
        sqlx::query("UPDATE destructions SET found = $1 WHERE id = $2 AND found IS NULL")
            .bind(found)
            .bind(id)
            .execute(&self.pool)
            .await?;
        Ok(self.destruction(id).await?.and_then(|d| d.found))
    }

    /// Writes down that rows about a person are not taken in again, under the keyed digests of their numbers.
    pub async fn keep_erased(
        &self,
        digests: &[String],
        destruction: &str,
        at: DateTime<Utc>,
    ) -> Result<(), ControlError> {
        for digest in digests {
            sqlx::query(
                "INSERT INTO erased_people (digest, destruction, erased_at) VALUES ($1, $2, $3)
                 ON CONFLICT (digest) DO NOTHING",
            )
            .bind(digest)
            .bind(destruction)
            .bind(to_millis(at))
            .execute(&self.pool)
            .await?;
        }
        Ok(())
    }

    /// The keyed digests of everybody who was erased, each with the destruction that did.
    pub async fn erased_people(&self) -> Result<BTreeMap<String, String>, ControlError> {
        let rows = sqlx::query("SELECT digest, destruction FROM erased_people ORDER BY digest")
            .fetch_all(&self.pool)
            .await?;
        rows.iter()
            .map(|row| Ok((Read(row).text("digest")?, Read(row).text("destruction")?)))
            .collect()
    }

    /// Deletes what was made under an agreement and never became public: releases that wait for a checker or were sent
    /// back, with what they were made from.
    pub async fn erase_drafts(&self, agreement: &str) -> Result<(), ControlError> {
        let mut all = self.write().await?;
        for statement in [
            "DELETE FROM release_bases WHERE release_id IN (SELECT id FROM releases
                 WHERE agreement = $1 AND state IN ('in_review', 'returned'))",
            "DELETE FROM releases WHERE agreement = $1 AND state IN ('in_review', 'returned')",
        ] {
            sqlx::query(statement)
                .bind(agreement)
                .execute(&mut *all)
                .await?;
        }
        all.commit().await?;
        Ok(())
    }

    /// The sealed sets of an agreement's cohorts, by digest: every one that no other agreement's cohort is made of.
    pub async fn cohort_sets(&self, agreement: &str) -> Result<Vec<String>, ControlError> {
        let rows = sqlx::query(
            "SELECT DISTINCT set_digest FROM case_cohort WHERE agreement = $1 AND NOT EXISTS (
                 SELECT 1 FROM case_cohort AS x WHERE x.set_digest = case_cohort.set_digest AND x.agreement <> $1)
             ORDER BY set_digest",
        )
        .bind(agreement)
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|row| Read(row).text("set_digest"))
            .collect()
    }

    /// Every sealed set of a cohort, by digest.
    pub async fn all_cohort_sets(&self) -> Result<Vec<String>, ControlError> {
        let rows = sqlx::query("SELECT DISTINCT set_digest FROM case_cohort ORDER BY set_digest")
            .fetch_all(&self.pool)
            .await?;
        rows.iter()
            .map(|row| Read(row).text("set_digest"))
            .collect()
    }

    /// The envelopes whose key has not been destroyed, of one agreement or of all: request, seal and the digest of the
    /// list.
    pub async fn sealed_envelopes(
        &self,
        agreement: Option<&str>,
    ) -> Result<Vec<(String, String, String)>, ControlError> {
        let rows = sqlx::query(
            "SELECT e.request AS request, e.seal AS seal, e.content_digest AS content_digest, r.agreement AS agreement
             FROM case_envelope AS e JOIN case_request AS r ON r.id = e.request
             WHERE e.destroyed_at IS NULL ORDER BY e.request",
        )
        .fetch_all(&self.pool)
        .await?;
        let mut found = Vec::new();
        for row in &rows {
            let row = Read(row);
            let of = row.text("agreement")?;
            if agreement.is_none_or(|wanted| wanted == of) {
                found.push((
                    row.text("request")?,
                    row.text("seal")?,
                    row.text("content_digest")?,
                ));
            }
        }
        Ok(found)
    }

    /// Keeps the certificate. The first one stands: what was destroyed is not destroyed again.
    pub async fn certify_destruction(
        &self,
        id: &str,
        certificate: &str,
        at: DateTime<Utc>,
    ) -> Result<bool, ControlError> {
        let digest = hex::encode(Sha256::digest(certificate.as_bytes()));
        let done = sqlx::query(
            "UPDATE destructions SET certificate = $1, digest = $2, done_at = $3
             WHERE id = $4 AND approved_by IS NOT NULL AND done_at IS NULL",
        )
        .bind(certificate)
        .bind(digest)
        .bind(to_millis(at))
        .bind(id)
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected() == 1)
    }
}

fn destruction(row: &sqlx::any::AnyRow) -> Result<Destruction, ControlError> {
    let row = Read(row);
    Ok(Destruction {
        id: row.text("id")?,
        kind: row.word("kind", DestructionKind::from_word)?,
        what: row.text("what")?,
        reason: row.text("reason")?,
        requested_by: row.text("requested_by")?,
        requested_role: row.text("requested_role")?,
        requested_at: row.moment("requested_at")?,
        approved_by: row.text_if_any("approved_by")?,
        approved_role: row.text_if_any("approved_role")?,
        approved_at: row.moment_if_any("approved_at")?,
        refused: match (
            row.text_if_any("refused_by")?,
            row.moment_if_any("refused_at")?,
        ) {
            (Some(by), Some(at)) => {
                let why = row.text_if_any("refused_why")?.unwrap_or_default();
                Some((by, at, why))
            }
            _ => None,
        },
        found: row.text_if_any("found")?,
        certificate: row.text_if_any("certificate")?,
        digest: row.text_if_any("digest")?,
        done_at: row.moment_if_any("done_at")?,
    })
}
