//! What people ask about their own records: to see them, to have them put right, or not used for now. A person is a
//! keyed digest here, and two people look at who is asking.

use crate::{
    Control, ControlError,
    cases::plain_words,
    row::{Read, first, kept},
    time::to_millis,
    words::words,
};
use chrono::{DateTime, Months, Utc};
use model::Date;
use sqlx::any::AnyRow;

words! {
    /// What a person asks for.
    pub enum RightsKind {
        /// To be told what is held about them and how it was used.
        Access = "access",
        /// To have something put right.
        Rectification = "rectification",
        /// That their records are not used while something is looked into.
        Restriction = "restriction",
    }
}

words! {
    /// What came of it.
    pub enum RightsOutcome {
        /// The person has the answer.
        Answered = "answered",
        /// What was asked for was done.
        Done = "done",
        /// It was not done, and the person was told why.
        NotDone = "not_done",
        /// The person took it back.
        Withdrawn = "withdrawn",
    }
}

/// A case to be taken in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRightsCase {
    /// What is asked for.
    pub kind: RightsKind,
    /// The person, as a keyed digest.
    pub subject: String,
    /// The day on which it was asked.
    pub asked_on: Date,
    /// How it came, such as by letter.
    pub channel: String,
    /// How the first person knows who is asking.
    pub identity: String,
    /// What is asked for, in words without anyone's details; may be empty.
    pub words: String,
    /// Who takes it in.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// A case as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RightsCase {
    /// Its number, from 1.
    pub number: u64,
    /// What was taken in.
    pub taken: NewRightsCase,
    /// The last day for an answer.
    pub due_on: Date,
    /// How a second person knows who is asking, who, and when.
    pub checked: Option<(String, String, DateTime<Utc>)>,
    /// How often the answer was made, by whom and when last.
    pub answers: u64,
    /// Who made it last, and when.
    pub answered: Option<(String, DateTime<Utc>)>,
    /// What came of it, in words, by whom and when.
    pub closed: Option<(RightsOutcome, String, String, DateTime<Utc>)>,
}

/// What became of an act on a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RightsActed {
    /// It stands.
    Done,
    /// Whoever took a case in does not check it.
    OwnCase,
    /// A second person has not looked at who is asking yet.
    NotChecked,
    /// It was done before, or the case is closed.
    Over,
    /// There is no such case.
    Unknown,
}

/// The last day for an answer: one month after the day of the request.
pub fn due_on(asked_on: Date) -> Date {
    asked_on
        .checked_add_months(Months::new(1))
        .unwrap_or(Date::MAX)
}

/// How often a number is taken anew where somebody else took it first.
const TRIES: usize = 5;

fn words_of(what: &'static str, text: &str, least: usize) -> Result<String, ControlError> {
    let line = plain_words(text).map_err(|_| ControlError::Form {
        what,
        wanted: "has up to 1,000 characters, and no number that could point at a person",
    })?;
    if line.chars().count() < least {
        return Err(ControlError::Form {
            what,
            wanted: "is filled in",
        });
    }
    Ok(line)
}

impl Control {
    /// Takes a case in, and gives its number.
    pub async fn take_rights_case(&self, new: &NewRightsCase) -> Result<u64, ControlError> {
        let mut tries = 0;
        loop {
            tries += 1;
            match self.try_to_take_rights_case(new).await {
                Err(ControlError::Database(sqlx::Error::Database(database)))
                    if tries < TRIES && database.is_unique_violation() => {}
                done => return done,
            }
        }
    }

    async fn try_to_take_rights_case(&self, new: &NewRightsCase) -> Result<u64, ControlError> {
        let channel = words_of("how the request came", &new.channel, 1)?;
        let identity = words_of("how you know who is asking", &new.identity, 1)?;
        let words = words_of("what is asked for", &new.words, 0)?;
        let mut all = self.write().await?;
        let last = sqlx::query("SELECT COALESCE(MAX(number), 0) AS last FROM rights_cases")
            .fetch_one(&mut *all)
            .await?;
        let number = Read(&last).count("last")? + 1;
        sqlx::query(
            "INSERT INTO rights_cases (number, kind, subject, asked_on, due_on, channel, identity_first, words,
                 taken_by, taken_at, answers)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0)",
        )
        .bind(kept(number, "number")?)
        .bind(new.kind.as_str())
        .bind(&new.subject)
        .bind(new.asked_on.to_string())
        .bind(due_on(new.asked_on).to_string())
        .bind(channel)
        .bind(identity)
        .bind(words)
        .bind(&new.by)
        .bind(to_millis(new.at))
        .execute(&mut *all)
        .await?;
        all.commit().await?;
        Ok(number)
    }

    /// A second person has looked at who is asking.
    pub async fn check_rights_case(
        &self,
        number: u64,
        identity: &str,
        (by, at): (&str, DateTime<Utc>),
    ) -> Result<RightsActed, ControlError> {
        let identity = words_of("how you know who is asking", identity, 1)?;
        let done = sqlx::query(
            "UPDATE rights_cases SET identity_second = $2, checked_by = $3, checked_at = $4
             WHERE number = $1 AND checked_by IS NULL AND closed_by IS NULL AND taken_by <> $3",
        )
        .bind(kept(number, "number")?)
        .bind(identity)
        .bind(by)
        .bind(to_millis(at))
        .execute(&self.pool)
        .await?;
        if done.rows_affected() == 1 {
            return Ok(RightsActed::Done);
        }
        Ok(match self.rights_case(number).await? {
            None => RightsActed::Unknown,
            Some(case) if case.checked.is_some() || case.closed.is_some() => RightsActed::Over,
            Some(_) => RightsActed::OwnCase,
        })
    }

    /// Writes down that the answer was made. Only a case that two people have looked at is answered.
    pub async fn answer_rights_case(
        &self,
        number: u64,
        (by, at): (&str, DateTime<Utc>),
    ) -> Result<RightsActed, ControlError> {
        let done = sqlx::query(
            "UPDATE rights_cases SET answers = answers + 1, answered_by = $2, answered_at = $3
             WHERE number = $1 AND kind = 'access' AND checked_by IS NOT NULL AND closed_by IS NULL",
        )
        .bind(kept(number, "number")?)
        .bind(by)
        .bind(to_millis(at))
        .execute(&self.pool)
        .await?;
        self.came_to(done.rows_affected(), number).await
    }

    /// Closes a case with what came of it.
    pub async fn close_rights_case(
        &self,
        number: u64,
        outcome: RightsOutcome,
        words: &str,
        (by, at): (&str, DateTime<Utc>),
    ) -> Result<RightsActed, ControlError> {
        let words = words_of("what came of it", words, 1)?;
        let done = sqlx::query(
            "UPDATE rights_cases SET outcome = $2, closed_words = $3, closed_by = $4, closed_at = $5
             WHERE number = $1 AND closed_by IS NULL AND ($2 = 'withdrawn' OR checked_by IS NOT NULL)",
        )
        .bind(kept(number, "number")?)
        .bind(outcome.as_str())
        .bind(words)
        .bind(by)
        .bind(to_millis(at))
        .execute(&self.pool)
        .await?;
        self.came_to(done.rows_affected(), number).await
    }

    async fn came_to(&self, rows: u64, number: u64) -> Result<RightsActed, ControlError> {
        if rows == 1 {
            return Ok(RightsActed::Done);
        }
        Ok(match self.rights_case(number).await? {
            None => RightsActed::Unknown,
            Some(case) if case.closed.is_none() && case.checked.is_none() => {
                RightsActed::NotChecked
            }
            Some(_) => RightsActed::Over,
        })
    }

    /// The restrictions that stand: those that were asked for, from when they were taken in until they are closed. In
    /// the order of their numbers.
    pub async fn standing_restrictions(&self) -> Result<Vec<RightsCase>, ControlError> {
        let rows = sqlx::query(
            "SELECT * FROM rights_cases WHERE kind = 'restriction' AND closed_by IS NULL ORDER BY number",
        )
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(read).collect()
    }

    /// A case by its number.
    pub async fn rights_case(&self, number: u64) -> Result<Option<RightsCase>, ControlError> {
        let Ok(number) = kept(number, "number") else {
            return Ok(None);
        };
        let rows = sqlx::query("SELECT * FROM rights_cases WHERE number = $1")
            .bind(number)
            .fetch_all(&self.pool)
            .await?;
        first(rows).as_ref().map(read).transpose()
    }

    /// All cases: those that are open first, by their last day, then the others, the newest first.
    pub async fn rights_cases(&self) -> Result<Vec<RightsCase>, ControlError> {
        let rows = sqlx::query(
            "SELECT * FROM rights_cases ORDER BY CASE WHEN closed_by IS NULL THEN 0 ELSE 1 END,
                 CASE WHEN closed_by IS NULL THEN due_on ELSE '' END, number DESC",
        )
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(read).collect()
    }
}

fn read(row: &AnyRow) -> Result<RightsCase, ControlError> {
    let row = Read(row);
    let day = |column: &'static str| -> Result<Date, ControlError> {
        row.text(column)?
            .parse()
            .map_err(|_| ControlError::Unreadable { column })
    };
    let words = |column: &'static str| -> Result<String, ControlError> {
        Ok(row.text_if_any(column)?.unwrap_or_default())
    };
    let checked = match (
        row.text_if_any("checked_by")?,
        row.moment_if_any("checked_at")?,
    ) {
        (Some(by), Some(at)) => Some((words("identity_second")?, by, at)),
        _ => None,
    };
    let answered = row
        .text_if_any("answered_by")?
        .zip(row.moment_if_any("answered_at")?);
    let closed = match (
        row.text_if_any("outcome")?,
        row.text_if_any("closed_by")?,
        row.moment_if_any("closed_at")?,
    ) {
        (Some(outcome), Some(by), Some(at)) => {
            let outcome = RightsOutcome::from_word(&outcome)
                .ok_or(ControlError::Unreadable { column: "outcome" })?;
            Some((outcome, words("closed_words")?, by, at))
        }
        _ => None,
    };
    Ok(RightsCase {
        number: row.count("number")?,
        taken: NewRightsCase {
            kind: row.word("kind", RightsKind::from_word)?,
            subject: row.text("subject")?,
            asked_on: day("asked_on")?,
            channel: row.text("channel")?,
            identity: row.text("identity_first")?,
            words: row.text("words")?,
            by: row.text("taken_by")?,
            at: row.moment("taken_at")?,
        },
        due_on: day("due_on")?,
        checked,
        answers: row.count("answers")?,
        answered,
        closed,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_due_a_month_later_and_on_the_last_day_of_a_shorter_month() {
        for (asked, due) in [
            ("2026-11-22", "2026-12-22"),
            ("2027-01-31", "2027-02-28"),
            ("2028-01-31", "2028-02-29"),
            ("2026-12-31", "2027-01-31"),
        ] {
            let asked: Date = asked.parse().unwrap();
            assert_eq!(due_on(asked).to_string(), due);
        }
    }
}
