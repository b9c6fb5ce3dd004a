//! Cohorts and requests: kept once, found again, taken back.

use super::{CaseJudgement, fits};
use crate::{
    Control, ControlError,
    row::{Read, first, kept},
    time::to_millis,
};
use chrono::{DateTime, Utc};
use model::OrganisationCode;
use sqlx::any::AnyRow;

/// A cohort: people found on de-identified data, as a set that was sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cohort {
    /// Its name: random, so that it cannot be guessed.
    pub id: String,
    /// What its maker calls it.
    pub title: String,
    /// The agreement under which it was found, with version and digest.
    pub agreement: String,
    pub agreement_version: String,
    pub policy_digest: String,
    /// The purpose that was named.
    pub purpose: String,
    /// How it was found, in words, a line each.
    pub words: String,
    /// How it was found, as the question.
    pub question: String,
    /// The table by which it is looked up who may still be led back.
    pub reads: String,
    /// The digest of the sealed set.
    pub set_digest: String,
    /// How many people, as the disclosure rules let it be shown.
    pub size_shown: String,
    /// Those rules.
    pub rule_set: String,
    /// Which versions of which tables were read.
    pub data_versions: String,
    /// The state of preferences that it was found with.
    pub preference_snapshot: Option<String>,
    /// The decision under which it was found.
    pub decision_id: String,
    /// Who found it, for whom and when.
    pub made_by: String,
    pub organisation: OrganisationCode,
    pub made_at: DateTime<Utc>,
}

/// A request to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCaseRequest {
    /// Its name: random, so that it cannot be guessed.
    pub id: String,
    /// The cohort.
    pub cohort: String,
    /// The agreement, its version and its digest on the day of the request.
    pub agreement: String,
    pub agreement_version: String,
    pub policy_digest: String,
    pub purpose: String,
    /// The digest of the sealed set.
    pub set_digest: String,
    /// The digest of all that approvers are shown.
    pub asked_digest: String,
    /// The account of the professional whom alone the list reaches, and the organisation it acts for.
    pub professional: String,
    pub organisation: OrganisationCode,
    /// The kind of relationship, by its code in content.
    pub relationship: String,
    /// What shows the relationship, in words or a reference.
    pub evidence: String,
    /// Why it is needed, and what is to be done for each person.
    pub reason: String,
    pub next_action: String,
    /// The fields that the list has, by their codes.
    pub fields: Vec<String>,
    /// For how many days it may be read.
    pub days: u64,
    /// Who asks, for whom, when, and until when it waits.
    pub requester: String,
    pub requester_organisation: OrganisationCode,
    pub asked_at: DateTime<Utc>,
    pub approve_by: DateTime<Utc>,
}

/// A request as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseRequest {
    /// What was asked.
    pub asked: NewCaseRequest,
    /// When its requester took it back.
    pub withdrawn_at: Option<DateTime<Utc>>,
    /// When, by whom and why it was stopped.
    pub revoked: Option<(DateTime<Utc>, String, String)>,
    /// What was said to it, the earliest first.
    pub judgements: Vec<CaseJudgement>,
}

impl Control {
    /// Keeps a cohort. `false` where one of that name is kept already: it stays as it is.
    pub async fn add_cohort(&self, new: &Cohort) -> Result<bool, ControlError> {
        fits("the title of a cohort", &new.title, 1)?;
        fits("the question of a cohort", &new.question, 1)?;
        let made = sqlx::query(
            "INSERT INTO case_cohort (id, title, agreement, agreement_version, policy_digest, purpose, words, question,
                 reads, set_digest, size_shown, rule_set, data_versions, preference_snapshot, decision_id, made_by,
                 organisation, made_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
             ON CONFLICT (id) DO NOTHING",
        )
        .bind(&new.id)
        .bind(&new.title)
        .bind(&new.agreement)
        .bind(&new.agreement_version)
        .bind(&new.policy_digest)
        .bind(&new.purpose)
        .bind(&new.words)
        .bind(&new.question)
        .bind(&new.reads)
        .bind(&new.set_digest)
        .bind(&new.size_shown)
        .bind(&new.rule_set)
        .bind(&new.data_versions)
        .bind(&new.preference_snapshot)
        .bind(&new.decision_id)
        .bind(&new.made_by)
        .bind(new.organisation.as_str())
        .bind(to_millis(new.made_at))
        .execute(&self.pool)
        .await?
        .rows_affected();
        Ok(made == 1)
    }

    /// A cohort by its name.
    pub async fn cohort(&self, id: &str) -> Result<Option<Cohort>, ControlError> {
        let rows = sqlx::query("SELECT * FROM case_cohort WHERE id = $1")
            .bind(id)
            .fetch_all(&self.pool)
            .await?;
        first(rows).as_ref().map(read_cohort).transpose()
    }

    /// The cohorts of a maker in an organisation, the newest first.
    pub async fn cohorts_of(
        &self,
        made_by: &str,
        organisation: &OrganisationCode,
        at_most: u64,
    ) -> Result<Vec<Cohort>, ControlError> {
        let rows = sqlx::query(
            "SELECT * FROM case_cohort WHERE made_by = $1 AND organisation = $2
             ORDER BY made_at DESC, id LIMIT $3",
        )
        .bind(made_by)
        .bind(organisation.as_str())
        .bind(kept(at_most, "at_most")?)
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(read_cohort).collect()
    }

    /// Keeps a request. `false` where one of that name is kept already: it stays as it is.
    pub async fn add_case_request(&self, new: &NewCaseRequest) -> Result<bool, ControlError> {
        for (what, text) in [
            ("the evidence of a relationship", &new.evidence),
            ("the reason of a request", &new.reason),
            ("the next action", &new.next_action),
        ] {
            fits(what, text, 1)?;
        }
        let made = sqlx::query(
            "INSERT INTO case_request (id, cohort, agreement, agreement_version, policy_digest, purpose, set_digest,
                 asked_digest, professional, organisation, relationship, evidence, reason, next_action, fields, days,
                 requester, requester_organisation, asked_at, approve_by, touched)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, 0)
             ON CONFLICT (id) DO NOTHING",
        )
        .bind(&new.id)
        .bind(&new.cohort)
        .bind(&new.agreement)
        .bind(&new.agreement_version)
        .bind(&new.policy_digest)
        .bind(&new.purpose)
        .bind(&new.set_digest)
        .bind(&new.asked_digest)
        .bind(&new.professional)
        .bind(new.organisation.as_str())
        .bind(&new.relationship)
        .bind(&new.evidence)
        .bind(&new.reason)
        .bind(&new.next_action)
        .bind(new.fields.join(" "))
        .bind(kept(new.days, "days")?)
        .bind(&new.requester)
        .bind(new.requester_organisation.as_str())
        .bind(to_millis(new.asked_at))
        .bind(to_millis(new.approve_by))
        .execute(&self.pool)
        .await?
        .rows_affected();
        Ok(made == 1)
    }

    /// A request by its name.
    pub async fn case_request(&self, id: &str) -> Result<Option<CaseRequest>, ControlError> {
        let rows = sqlx::query("SELECT * FROM case_request WHERE id = $1")
            .bind(id)
            .fetch_all(&self.pool)
            .await?;
        match first(rows) {
            Some(row) => Ok(Some(self.read_request(&row).await?)),
            None => Ok(None),
        }
    }

    /// All requests, the newest first. For those who approve and oversee: a list shows nobody's name.
    pub async fn case_requests(&self, at_most: u64) -> Result<Vec<CaseRequest>, ControlError> {
        let rows = sqlx::query("SELECT * FROM case_request ORDER BY asked_at DESC, id LIMIT $1")
            .bind(kept(at_most, "at_most")?)
            .fetch_all(&self.pool)
            .await?;
        let mut requests = Vec::with_capacity(rows.len());
        for row in &rows {
            requests.push(self.read_request(row).await?);
        }
        Ok(requests)
    }

    /// Takes back one's own request. `false` where there is no such request of this person, or it was stopped before.
    pub async fn withdraw_case_request(
        &self,
        id: &str,
        by: &str,
        now: DateTime<Utc>,
    ) -> Result<bool, ControlError> {
        let changed = sqlx::query(
            "UPDATE case_request SET withdrawn_at = $3, touched = touched + 1
             WHERE id = $1 AND requester = $2 AND withdrawn_at IS NULL AND revoked_at IS NULL",
        )
        .bind(id)
        .bind(by)
        .bind(to_millis(now))
        .execute(&self.pool)
        .await?
        .rows_affected();
        Ok(changed == 1)
    }

    /// Stops a request, approved or not, opened or not. `false` where it was stopped or taken back before.
    pub async fn revoke_case_request(
        &self,
        id: &str,
        by: &str,
        reason: &str,
        now: DateTime<Utc>,
    ) -> Result<bool, ControlError> {
        fits("the reason for stopping", reason, 1)?;
        let changed = sqlx::query(
            "UPDATE case_request SET revoked_at = $3, revoked_by = $2, revoked_reason = $4, touched = touched + 1
             WHERE id = $1 AND withdrawn_at IS NULL AND revoked_at IS NULL",
        )
        .bind(id)
        .bind(by)
        .bind(to_millis(now))
        .bind(reason)
        .execute(&self.pool)
        .await?
        .rows_affected();
        Ok(changed == 1)
    }

    async fn read_request(&self, row: &AnyRow) -> Result<CaseRequest, ControlError> {
        let row = Read(row);
        let id = row.text("id")?;
        let revoked = row
            .moment_if_any("revoked_at")?
            .zip(row.text_if_any("revoked_by")?)
            .zip(row.text_if_any("revoked_reason")?)
            .map(|((at, by), reason)| (at, by, reason));
        Ok(CaseRequest {
            withdrawn_at: row.moment_if_any("withdrawn_at")?,
            revoked,
            judgements: self.case_judgements(&id).await?,
            asked: NewCaseRequest {
                id,
                cohort: row.text("cohort")?,
                agreement: row.text("agreement")?,
                agreement_version: row.text("agreement_version")?,
                policy_digest: row.text("policy_digest")?,
                purpose: row.text("purpose")?,
                set_digest: row.text("set_digest")?,
                asked_digest: row.text("asked_digest")?,
                professional: row.text("professional")?,
                organisation: row.organisation("organisation")?,
                relationship: row.text("relationship")?,
                evidence: row.text("evidence")?,
                reason: row.text("reason")?,
                next_action: row.text("next_action")?,
                fields: row
                    .text("fields")?
                    .split_whitespace()
                    .map(str::to_owned)
                    .collect(),
                days: row.count("days")?,
                requester: row.text("requester")?,
                requester_organisation: row.organisation("requester_organisation")?,
                asked_at: row.moment("asked_at")?,
                approve_by: row.moment("approve_by")?,
            },
        })
    }
}

fn read_cohort(row: &AnyRow) -> Result<Cohort, ControlError> {
    let row = Read(row);
    Ok(Cohort {
        id: row.text("id")?,
        title: row.text("title")?,
        agreement: row.text("agreement")?,
        agreement_version: row.text("agreement_version")?,
        policy_digest: row.text("policy_digest")?,
        purpose: row.text("purpose")?,
        words: row.text("words")?,
        question: row.text("question")?,
        reads: row.text("reads")?,
        set_digest: row.text("set_digest")?,
        size_shown: row.text("size_shown")?,
        rule_set: row.text("rule_set")?,
        data_versions: row.text("data_versions")?,
        preference_snapshot: row.text_if_any("preference_snapshot")?,
        decision_id: row.text("decision_id")?,
        made_by: row.text("made_by")?,
        organisation: row.organisation("organisation")?,
        made_at: row.moment("made_at")?,
    })
}
