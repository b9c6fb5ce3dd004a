//! What single people said: local opt-outs, consent with its wording, and objections, which another person decides.

use super::was_taken;
use crate::{
    Control, ControlError,
    row::{Read, first, kept},
    time::to_millis,
    words::words,
};
use chrono::{DateTime, Utc};
use model::Date;
use sqlx::any::AnyRow;

words! {
    /// Where a case stands.
    pub enum CaseState {
        /// An objection that nobody has decided yet. It counts until then.
        Open = "open",
        /// An objection that was upheld.
        Upheld = "upheld",
        /// An objection that was not upheld. It counts no longer.
        NotUpheld = "not_upheld",
        /// A preference that needs no decision.
        Holds = "holds",
        /// A preference that the person took back.
        Withdrawn = "withdrawn",
    }
}

words! {
    /// What taking consent back asks for.
    pub enum OnWithdrawal {
        /// Nothing, since it is no consent.
        Nothing = "",
        /// No use from that day on.
        StopFuture = "stop_future",
        /// The same, and to erase what can be erased.
        Erase = "erase",
    }
}

/// Something that a person said, to be taken in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCase {
    /// The kind of preference.
    pub kind: String,
    /// The person, as a keyed token.
    pub subject: String,
    /// The programme that it is about; empty where it is about all.
    pub programme: String,
    /// How the person said it, such as by letter.
    pub channel: String,
    /// Why, as a word of a list; may be empty.
    pub reason: String,
    /// The version of the wording that was agreed to; empty where it is no consent.
    pub wording: String,
    /// The day on which the person said it.
    pub said_on: Date,
    /// When it was taken in.
    pub taken_at: DateTime<Utc>,
    /// The account that took it in.
    pub taken_by: String,
    /// Whether another person has to decide it.
    pub to_be_decided: bool,
}

/// A case as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreferenceCase {
    /// Its number, from 1.
    pub number: u64,
    /// The kind of preference.
    pub kind: String,
    /// The person, as a keyed token.
    pub subject: String,
    /// The programme that it is about; empty where it is about all.
    pub programme: String,
    /// How the person said it.
    pub channel: String,
    /// Why, as a word of a list.
    pub reason: String,
    /// The version of the wording that was agreed to.
    pub wording: String,
    /// The day on which the person said it.
    pub said_on: Date,
    /// When it was taken in.
    pub taken_at: DateTime<Utc>,
    /// The account that took it in.
    pub taken_by: String,
    /// Where it stands.
    pub state: CaseState,
    /// When it was decided and by whom.
    pub decided: Option<(DateTime<Utc>, String)>,
    /// Why it was decided so.
    pub decision: String,
    /// The day on which the decision is looked at again.
    pub review_on: Option<Date>,
    /// The day from which it no longer holds.
    pub withdrawn_on: Option<Date>,
    /// What taking it back asked for.
    pub on_withdrawal: OnWithdrawal,
}

/// What became of a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// It stands.
    Done,
    /// The case was decided before, or is no objection.
    NotOpen,
    /// Whoever took a case in does not decide it.
    OwnCase,
}

/// How often a number is taken anew where somebody else took it first.
const TRIES: usize = 5;

impl Control {
    /// Takes a case in, and gives its number.
    pub async fn take_case(&self, new: &NewCase) -> Result<u64, ControlError> {
        for text in [&new.programme, &new.channel, &new.reason, &new.wording] {
            if text.chars().count() > 200 || text.contains(char::is_control) {
                return Err(ControlError::Form {
                    what: "what is written of a preference",
                    wanted: "has up to 200 characters, on one line",
                });
            }
        }
        let mut tries = 0;
        loop {
            tries += 1;
            match self.try_to_take(new).await {
                Err(ControlError::Database(source)) if tries < TRIES && was_taken(&source) => {}
                done => return done,
            }
        }
    }

    async fn try_to_take(&self, new: &NewCase) -> Result<u64, ControlError> {
        let mut all = self.write().await?;
        let last = sqlx::query("SELECT COALESCE(MAX(number), 0) AS last FROM preference_cases")
            .fetch_one(&mut *all)
            .await?;
        let number = Read(&last).count("last")? + 1;
        let state = if new.to_be_decided {
            CaseState::Open
        } else {
            CaseState::Holds
        };
        sqlx::query(
            "INSERT INTO preference_cases (number, kind, subject, programme, channel, reason, wording, said_on,
                 taken_at, taken_by, state, decision, on_withdrawal)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, '', '')",
        )
        .bind(kept(number, "number")?)
        .bind(&new.kind)
        .bind(&new.subject)
        .bind(&new.programme)
        .bind(&new.channel)
        .bind(&new.reason)
        .bind(&new.wording)
        .bind(new.said_on.to_string())
        .bind(to_millis(new.taken_at))
        .bind(&new.taken_by)
        .bind(state.as_str())
        .execute(&mut *all)
        .await?;
        all.commit().await?;
        Ok(number)
    }

    /// Decides an objection. Nobody decides one that they took in themselves.
    pub async fn decide_case(
        &self,
        number: u64,
        upheld: bool,
        why: &str,
        review_on: Option<Date>,
        (by, at): (&str, DateTime<Utc>),
    ) -> Result<Settled, ControlError> {
        let Some(case) = self.preference_case(number).await? else {
            return Ok(Settled::NotOpen);
        };
        if case.taken_by == by {
            return Ok(Settled::OwnCase);
        }
        let state = if upheld {
            CaseState::Upheld
        } else {
            CaseState::NotUpheld
        };
        let changed = sqlx::query(
            "UPDATE preference_cases SET state = $2, decided_at = $3, decided_by = $4, decision = $5, review_on = $6
             WHERE number = $1 AND state = 'open' AND taken_by <> $4",
        )
        .bind(kept(number, "number")?)
        .bind(state.as_str())
        .bind(to_millis(at))
        .bind(by)
        .bind(why)
        .bind(review_on.map(|day| day.to_string()))
        .execute(&self.pool)
        .await?
        .rows_affected();
        Ok(if changed == 1 {
            Settled::Done
        } else {
            Settled::NotOpen
        })
    }

    /// Writes down that a person took back what they said. `false` where it does not hold.
    pub async fn withdraw_case(
        &self,
        number: u64,
        on: Date,
        asks: OnWithdrawal,
    ) -> Result<bool, ControlError> {
        let changed = sqlx::query(
            "UPDATE preference_cases SET state = 'withdrawn', withdrawn_on = $2, on_withdrawal = $3
             WHERE number = $1 AND state IN ('holds', 'open', 'upheld')",
        )
        .bind(kept(number, "number")?)
        .bind(on.to_string())
        .bind(asks.as_str())
        .execute(&self.pool)
        .await?
        .rows_affected();
        Ok(changed == 1)
    }

    /// A case by its number.
    pub async fn preference_case(
        &self,
        number: u64,
    ) -> Result<Option<PreferenceCase>, ControlError> {
        let Ok(number) = kept(number, "number") else {
            return Ok(None);
        };
        let rows = sqlx::query("SELECT * FROM preference_cases WHERE number = $1")
            .bind(number)
            .fetch_all(&self.pool)
            .await?;
        first(rows).as_ref().map(read).transpose()
    }

    /// All cases, the newest first.
    pub async fn preference_cases(&self) -> Result<Vec<PreferenceCase>, ControlError> {
        let rows = sqlx::query("SELECT * FROM preference_cases ORDER BY number DESC")
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(read).collect()
    }
}

fn read(row: &AnyRow) -> Result<PreferenceCase, ControlError> {
    let row = Read(row);
    let day = |column: &'static str, text: &str| {
        text.parse::<Date>()
            .map_err(|_| ControlError::Unreadable { column })
    };
    let day_if_any = |column: &'static str| -> Result<Option<Date>, ControlError> {
        row.text_if_any(column)?
            .map(|text| day(column, &text))
            .transpose()
    };
    let decided = match (
        row.moment_if_any("decided_at")?,
        row.text_if_any("decided_by")?,
    ) {
        (Some(at), Some(by)) => Some((at, by)),
        _ => None,
    };
    Ok(PreferenceCase {
        number: row.count("number")?,
        kind: row.text("kind")?,
        subject: row.text("subject")?,
        programme: row.text("programme")?,
        channel: row.text("channel")?,
        reason: row.text("reason")?,
        wording: row.text("wording")?,
        said_on: day("said_on", &row.text("said_on")?)?,
        taken_at: row.moment("taken_at")?,
        taken_by: row.text("taken_by")?,
        state: row.word("state", CaseState::from_word)?,
        decided,
        decision: row.text("decision")?,
        review_on: day_if_any("review_on")?,
        withdrawn_on: day_if_any("withdrawn_on")?,
        on_withdrawal: row.word("on_withdrawal", OnWithdrawal::from_word)?,
    })
}
