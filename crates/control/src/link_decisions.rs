//! What people decided about pairs of records: each decision with its number, taken back or standing, and what
//! follows from those that stand. Entries are only added.
//!
//! INVARIANT: a pair is a keyed token and a note is free of people's values; whoever calls sees to the latter, for
//! nothing here knows a record.

mod standing;

pub use standing::{JudgedTwice, Standing};

use crate::{
    Control, ControlError,
    row::{Read, first, kept},
    time::to_millis,
    words::words,
};
use chrono::{DateTime, Utc};
use sqlx::any::AnyRow;

words! {
    /// What a person says of a pair.
    pub enum PairDecision {
        /// Both records are of one person.
        SamePerson = "same_person",
        /// They are of different people.
        Different = "different",
        /// It cannot be told.
        NotSure = "not_sure",
    }
}

/// A decision to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewLinkDecision {
    /// The pair, by its token.
    pub pair: String,
    /// The record's side of it, by its token.
    pub left: String,
    /// The person's side of it, by its token.
    pub right: String,
    /// What was decided.
    pub decision: PairDecision,
    /// Whether it was decided without seeing what the model makes of the pair.
    pub blind: bool,
    /// Why, in the person's words; may be empty.
    pub note: String,
    /// The account that decided.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// A decision as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkDecision {
    /// Its number, from 1; never used again.
    pub number: u64,
    /// The pair, by its token.
    pub pair: String,
    /// The record's side of it, by its token.
    pub left: String,
    /// The person's side of it, by its token.
    pub right: String,
    /// What was decided.
    pub decision: PairDecision,
    /// Whether it was decided without seeing what the model makes of the pair.
    pub blind: bool,
    /// Why, in the person's words; may be empty.
    pub note: String,
    /// The account that decided.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
    /// When it was taken back, and by whom.
    pub undone: Option<(DateTime<Utc>, String)>,
}

/// What became of a decision that was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decided {
    /// It is kept under this number.
    Kept(u64),
    /// This person's standing decision on the pair is the same already, under this number.
    Already(u64),
}

impl Decided {
    /// The number under which it is kept.
    pub const fn number(self) -> u64 {
        match self {
            Self::Kept(number) | Self::Already(number) => number,
        }
    }
}

/// What became of taking a decision back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Undone {
    /// It no longer counts.
    Now(LinkDecision),
    /// It was taken back before.
    Already(LinkDecision),
    /// There is no such decision of this person.
    NotTheirs,
}

/// The longest note, in characters.
pub const LONGEST_NOTE: usize = 500;

/// The longest token of a pair or of a side, in bytes.
const LONGEST_TOKEN: usize = 200;

/// How often a number is taken anew where somebody else took it first.
const TRIES: usize = 5;

impl Control {
    /// Keeps a decision. Sent twice, it is kept once.
    pub async fn decide_pair(&self, new: &NewLinkDecision) -> Result<Decided, ControlError> {
        fits(new)?;
        let mut tries = 0;
        loop {
            tries += 1;
            match self.try_to_decide(new).await {
                Err(ControlError::Database(source)) if tries < TRIES && was_taken(&source) => {}
                done => return done,
            }
        }
    }

    async fn try_to_decide(&self, new: &NewLinkDecision) -> Result<Decided, ControlError> {
        let mut all = self.write().await?;
        // The number first: whatever is kept from here on takes it, and this try with it.
        let last = sqlx::query("SELECT COALESCE(MAX(number), 0) AS last FROM link_decision")
            .fetch_one(&mut *all)
            .await?;
        let number = Read(&last).count("last")? + 1;
        let standing = sqlx::query(
            "SELECT * FROM link_decision WHERE pair = $1 AND decided_by = $2 AND undone_at IS NULL
             ORDER BY number DESC LIMIT 1",
        )
        .bind(&new.pair)
        .bind(&new.by)
        .fetch_all(&mut *all)
        .await?;
        if let Some(row) = first(standing) {
            let kept = read(&row)?;
            if kept.decision == new.decision && kept.blind == new.blind && kept.note == new.note {
                return Ok(Decided::Already(kept.number));
            }
        }
        sqlx::query(
            "INSERT INTO link_decision (number, pair, left_side, right_side, decision, blind, note,
                 decided_by, decided_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        )
        .bind(kept(number, "number")?)
        .bind(&new.pair)
        .bind(&new.left)
        .bind(&new.right)
        .bind(new.decision.as_str())
        .bind(i64::from(new.blind))
        .bind(&new.note)
        .bind(&new.by)
        .bind(to_millis(new.at))
        .execute(&mut *all)
        .await?;
        all.commit().await?;
        Ok(Decided::Kept(number))
    }

    /// Takes back one's own decision. Done twice, it is done once.
    pub async fn undo_pair_decision(
        &self,
        number: u64,
        by: &str,
        now: DateTime<Utc>,
    ) -> Result<Undone, ControlError> {
        // A number that is too large for the database is nobody's.
        let Ok(wanted) = kept(number, "number") else {
            return Ok(Undone::NotTheirs);
        };
        let changed = sqlx::query(
            "UPDATE link_decision SET undone_at = $3, undone_by = $2
             WHERE number = $1 AND decided_by = $2 AND undone_at IS NULL",
        )
        .bind(wanted)
        .bind(by)
        .bind(to_millis(now))
        .execute(&self.pool)
        .await?
        .rows_affected();
        let found = self.pair_decision(number).await?;
        Ok(match found.filter(|decision| decision.by == by) {
            Some(decision) if changed == 1 => Undone::Now(decision),
            Some(decision) => Undone::Already(decision),
            None => Undone::NotTheirs,
        })
    }

    /// A decision by its number.
    pub async fn pair_decision(&self, number: u64) -> Result<Option<LinkDecision>, ControlError> {
        let Ok(number) = kept(number, "number") else {
            return Ok(None);
        };
        let rows = sqlx::query("SELECT * FROM link_decision WHERE number = $1")
            .bind(number)
            .fetch_all(&self.pool)
            .await?;
        first(rows).as_ref().map(read).transpose()
    }

    /// Some of all decisions, the newest first, those that were taken back among them.
    pub async fn pair_decisions(
        &self,
        skip: u64,
        at_most: u64,
    ) -> Result<Vec<LinkDecision>, ControlError> {
        let rows =
            sqlx::query("SELECT * FROM link_decision ORDER BY number DESC LIMIT $1 OFFSET $2")
                .bind(kept(at_most, "number")?)
                .bind(kept(skip, "number")?)
                .fetch_all(&self.pool)
                .await?;
        rows.iter().map(read).collect()
    }

    /// How many decisions there are, those that were taken back among them.
    pub async fn count_pair_decisions(&self) -> Result<u64, ControlError> {
        let row = sqlx::query("SELECT COUNT(*) AS decisions FROM link_decision")
            .fetch_one(&self.pool)
            .await?;
        Read(&row).count("decisions")
    }

    /// How many pairs a person has decided since a moment, such as the beginning of the day; what was taken back
    /// does not count.
    pub async fn pairs_decided_since(
        &self,
        by: &str,
        since: DateTime<Utc>,
    ) -> Result<u64, ControlError> {
        let row = sqlx::query(
            "SELECT COUNT(DISTINCT pair) AS pairs FROM link_decision
             WHERE decided_by = $1 AND decided_at >= $2 AND undone_at IS NULL",
        )
        .bind(by)
        .bind(to_millis(since))
        .fetch_one(&self.pool)
        .await?;
        Read(&row).count("pairs")
    }

    /// The newest decision of a person that stands, which is the one to take back first.
    pub async fn last_pair_decision(&self, by: &str) -> Result<Option<LinkDecision>, ControlError> {
        let rows = sqlx::query(
            "SELECT * FROM link_decision WHERE decided_by = $1 AND undone_at IS NULL
             ORDER BY number DESC LIMIT 1",
        )
        .bind(by)
        .fetch_all(&self.pool)
        .await?;
        first(rows).as_ref().map(read).transpose()
    }
}

fn fits(new: &NewLinkDecision) -> Result<(), ControlError> {
    let fits = |token: &String| (1..=LONGEST_TOKEN).contains(&token.len());
    if ![&new.pair, &new.left, &new.right].into_iter().all(fits) {
        return Err(ControlError::Form {
            what: "the token of a pair and of each side",
            wanted: "has 1 to 200 bytes",
        });
    }
    // PostgreSQL keeps no NUL in a text, and a list of decisions has no use for other signs that control.
    if new.note.chars().count() > LONGEST_NOTE || new.note.contains(char::is_control) {
        return Err(ControlError::Form {
            what: "a note on a pair",
            wanted: "has up to 500 characters, on one line",
        });
    }
    Ok(())
}

fn was_taken(fault: &sqlx::Error) -> bool {
    matches!(fault, sqlx::Error::Database(database) if database.is_unique_violation())
}

fn read(row: &AnyRow) -> Result<LinkDecision, ControlError> {
    let row = Read(row);
    let undone_at = row.moment_if_any("undone_at")?;
    Ok(LinkDecision {
        number: row.count("number")?,
        pair: row.text("pair")?,
        left: row.text("left_side")?,
        right: row.text("right_side")?,
        decision: row.word("decision", PairDecision::from_word)?,
        blind: row.number("blind")? == 1,
        note: row.text("note")?,
        by: row.text("decided_by")?,
        at: row.moment("decided_at")?,
        undone: undone_at.zip(row.text_if_any("undone_by")?),
    })
}
