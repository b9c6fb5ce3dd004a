//! Break-glass: one person's records for one professional in a stated emergency, for so many minutes, with a second
//! person's word and a look afterwards. What is published is how often it happened.
//!
//! INVARIANT: the person is a keyed token, and what is written is free of numbers that could be somebody's.

use crate::{
    Control, ControlError,
    row::{Read, first, kept},
    time::to_millis,
};
use chrono::{DateTime, TimeDelta, Utc};
use model::OrganisationCode;
use sqlx::any::AnyRow;

/// A request to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewBreakGlass {
    /// Its name: random, so that it cannot be guessed.
    pub id: String,
    /// The person, by a keyed token.
    pub person_token: String,
    /// What the emergency is.
    pub emergency: String,
    /// Who asks and alone may look, for whom and when.
    pub professional: String,
    pub organisation: OrganisationCode,
    pub asked_at: DateTime<Utc>,
    /// The digest of all that the second person is shown.
    pub asked_digest: String,
    /// Until when it waits for the second person.
    pub approve_by: DateTime<Utc>,
    /// For how many minutes it opens once the second person has agreed.
    pub minutes: u64,
}

/// What the second person said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GlassJudgement {
    /// Who said it, and in which role.
    pub by: String,
    pub role: String,
    /// Whether they agree; else they refuse.
    pub approves: bool,
    /// Why.
    pub reason: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// What the look afterwards came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GlassReview {
    /// Who looked.
    pub by: String,
    /// Whether the emergency justified it.
    pub justified: bool,
    /// What was found, in words.
    pub words: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// A request as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BreakGlass {
    /// What was asked.
    pub asked: NewBreakGlass,
    /// What the second person said.
    pub judgement: Option<GlassJudgement>,
    /// When it was opened first, and how often it was read.
    pub opened_at: Option<DateTime<Utc>>,
    pub readings: u64,
    /// When the professional ended it.
    pub ended_at: Option<DateTime<Utc>>,
    /// Until when it has to be looked at afterwards, once it was agreed to.
    pub review_by: Option<DateTime<Utc>>,
    /// What that look came to.
    pub review: Option<GlassReview>,
}

impl BreakGlass {
    /// Until when it may be read; none until a second person has agreed.
    pub fn ends_at(&self) -> Option<DateTime<Utc>> {
        let judgement = self.judgement.as_ref().filter(|j| j.approves)?;
        let minutes = TimeDelta::try_minutes(i64::try_from(self.asked.minutes).ok()?)?;
        let ends = judgement.at.checked_add_signed(minutes)?;
        Some(self.ended_at.map_or(ends, |ended| ended.min(ends)))
    }

    /// Whether it may be read now.
    pub fn is_open(&self, now: DateTime<Utc>) -> bool {
        self.ends_at().is_some_and(|ends| now < ends)
    }

    /// Whether the look afterwards is late.
    pub fn review_is_late(&self, now: DateTime<Utc>) -> bool {
        self.review.is_none() && self.review_by.is_some_and(|by| by <= now)
    }
}

impl Control {
    /// Keeps a request. `false` where one of that name is kept already: it stays as it is.
    pub async fn ask_break_glass(&self, new: &NewBreakGlass) -> Result<bool, ControlError> {
        said(&new.emergency)?;
        let made = sqlx::query(
            "INSERT INTO break_glass (id, person_token, emergency, professional, organisation, asked_at, asked_digest,
                 approve_by, minutes, readings)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0) ON CONFLICT (id) DO NOTHING",
        )
        .bind(&new.id)
        .bind(&new.person_token)
        .bind(&new.emergency)
        .bind(&new.professional)
        .bind(new.organisation.as_str())
        .bind(to_millis(new.asked_at))
        .bind(&new.asked_digest)
        .bind(to_millis(new.approve_by))
        .bind(kept(new.minutes, "minutes")?)
        .execute(&self.pool)
        .await?
        .rows_affected();
        Ok(made == 1)
    }

    /// Keeps what the second person said. `false` where somebody said something before, where it waits no longer, where
    /// it is not what they were shown, and where it is their own.
    pub async fn judge_break_glass(
        &self,
        id: &str,
        saw_digest: &str,
        judgement: &GlassJudgement,
        review_by: DateTime<Utc>,
    ) -> Result<bool, ControlError> {
        said(&judgement.reason)?;
        let review_by = judgement.approves.then(|| to_millis(review_by));
        let changed = sqlx::query(
            "UPDATE break_glass SET judged_by = $3, judged_role = $4, approves = $5, judged_reason = $6, judged_at = $7,
                 review_by = $8
             WHERE id = $1 AND asked_digest = $2 AND professional <> $3 AND judged_by IS NULL AND approve_by > $7",
        )
        .bind(id)
        .bind(saw_digest)
        .bind(&judgement.by)
        .bind(&judgement.role)
        .bind(i64::from(judgement.approves))
        .bind(&judgement.reason)
        .bind(to_millis(judgement.at))
        .bind(review_by)
        .execute(&self.pool)
        .await?
        .rows_affected();
        Ok(changed == 1)
    }

    /// Notes that it was read.
    pub async fn note_glass_reading(
        &self,
        id: &str,
        now: DateTime<Utc>,
    ) -> Result<(), ControlError> {
        sqlx::query(
            "UPDATE break_glass SET readings = readings + 1, opened_at = COALESCE(opened_at, $2)
             WHERE id = $1 AND approves = 1",
        )
        .bind(id)
        .bind(to_millis(now))
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Ends it before its time. Done twice, it is done once.
    pub async fn end_break_glass(
        &self,
        id: &str,
        by: &str,
        now: DateTime<Utc>,
    ) -> Result<bool, ControlError> {
        let changed = sqlx::query(
            "UPDATE break_glass SET ended_at = $3 WHERE id = $1 AND professional = $2 AND ended_at IS NULL",
        )
        .bind(id)
        .bind(by)
        .bind(to_millis(now))
        .execute(&self.pool)
        .await?
        .rows_affected();
        Ok(changed == 1)
    }

    /// Keeps what the look afterwards came to. `false` where it was looked at before, where nobody had agreed to it, and
    /// where it is their own doing.
    pub async fn review_break_glass(
        &self,
        id: &str,
        review: &GlassReview,
    ) -> Result<bool, ControlError> {
        said(&review.words)?;
        let changed = sqlx::query(
            "UPDATE break_glass SET reviewed_by = $2, justified = $3, review_words = $4, reviewed_at = $5
             WHERE id = $1 AND approves = 1 AND reviewed_by IS NULL AND professional <> $2 AND judged_by <> $2",
        )
        .bind(id)
        .bind(&review.by)
        .bind(i64::from(review.justified))
        .bind(&review.words)
        .bind(to_millis(review.at))
        .execute(&self.pool)
        .await?
        .rows_affected();
        Ok(changed == 1)
    }

    /// One of them by its name.
    pub async fn break_glass(&self, id: &str) -> Result<Option<BreakGlass>, ControlError> {
        let rows = sqlx::query("SELECT * FROM break_glass WHERE id = $1")
            .bind(id)
            .fetch_all(&self.pool)
            .await?;
        first(rows).as_ref().map(read).transpose()
    }

    /// All of them, the newest first.
    pub async fn all_break_glass(&self, at_most: u64) -> Result<Vec<BreakGlass>, ControlError> {
        let rows = sqlx::query("SELECT * FROM break_glass ORDER BY asked_at DESC, id LIMIT $1")
            .bind(kept(at_most, "at_most")?)
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(read).collect()
    }

    /// How often it was opened: the figure that is published.
    pub async fn break_glass_openings(&self) -> Result<u64, ControlError> {
        let row =
            sqlx::query("SELECT COUNT(*) AS openings FROM break_glass WHERE opened_at IS NOT NULL")
                .fetch_one(&self.pool)
                .await?;
        Read(&row).count("openings")
    }

    /// How many of a professional's were opened and not looked at in time.
    pub async fn late_glass_reviews(
        &self,
        professional: &str,
        now: DateTime<Utc>,
    ) -> Result<u64, ControlError> {
        let row = sqlx::query(
            "SELECT COUNT(*) AS late FROM break_glass
             WHERE professional = $1 AND reviewed_by IS NULL AND review_by <= $2",
        )
        .bind(professional)
        .bind(to_millis(now))
        .fetch_one(&self.pool)
        .await?;
        Read(&row).count("late")
    }
}

fn said(text: &str) -> Result<(), ControlError> {
    let length = text.chars().count();
    if length == 0 || length > crate::cases::LONGEST_WORDS || text.contains(char::is_control) {
        return Err(ControlError::Form {
            what: "what is written about an emergency",
            wanted: "has 1 to 1,000 characters, on one line",
        });
    }
    Ok(())
}

fn read(row: &AnyRow) -> Result<BreakGlass, ControlError> {
    let row = Read(row);
    let judgement = match row.moment_if_any("judged_at")? {
        Some(at) => Some(GlassJudgement {
            by: row.text("judged_by")?,
            role: row.text("judged_role")?,
            approves: row.number("approves")? == 1,
            reason: row.text("judged_reason")?,
            at,
        }),
        None => None,
    };
    let review = match row.moment_if_any("reviewed_at")? {
        Some(at) => Some(GlassReview {
            by: row.text("reviewed_by")?,
            justified: row.number("justified")? == 1,
            words: row.text("review_words")?,
            at,
        }),
        None => None,
    };
    Ok(BreakGlass {
        judgement,
        opened_at: row.moment_if_any("opened_at")?,
        readings: row.count("readings")?,
        ended_at: row.moment_if_any("ended_at")?,
        review_by: row.moment_if_any("review_by")?,
        review,
        asked: NewBreakGlass {
            id: row.text("id")?,
            person_token: row.text("person_token")?,
            emergency: row.text("emergency")?,
            professional: row.text("professional")?,
            organisation: row.organisation("organisation")?,
            asked_at: row.moment("asked_at")?,
            asked_digest: row.text("asked_digest")?,
            approve_by: row.moment("approve_by")?,
            minutes: row.count("minutes")?,
        },
    })
}
