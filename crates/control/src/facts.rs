//! Facts about the people who work here: who employs them, and until when, and until when their training counts.
//! Decisions ask them. Not here: anything about the people whose records are held.

use crate::{Control, ControlError, accounts::plain, row::Read, time::to_millis, words::words};
use chrono::{DateTime, Utc};
use model::Date;

words! {
    /// What is on record about somebody.
    pub enum Fact {
        /// Who employs them.
        Employer = "employer",
        /// The last day of their employment or honorary contract.
        EmployedUntil = "employed_until",
        /// The last day on which their training counts.
        TrainedUntil = "trained_until",
    }
}

words! {
    /// How sure it is that somebody is who they say: the levels of authenticators of NIST SP 800-63B.
    pub enum Assurance {
        /// One factor, such as a password.
        One = "aal1",
        /// Two factors.
        Two = "aal2",
        /// Two factors, one of them a device that cannot be copied.
        Three = "aal3",
    }
}

/// What is on record about one person. A fact that nobody recorded is absent, which is not the same as satisfied.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PersonFacts {
    /// Who employs them.
    pub employer: Option<String>,
    /// The last day of their employment.
    pub employed_until: Option<Date>,
    /// The last day on which their training counts.
    pub trained_until: Option<Date>,
}

impl PersonFacts {
    /// Whether their training counts on a day.
    pub fn is_trained_on(&self, day: Date) -> bool {
        self.trained_until.is_some_and(|last| day <= last)
    }

    /// Whether they have left by a day. Somebody without a date of leaving has not.
    pub fn has_left_by(&self, day: Date) -> bool {
        self.employed_until.is_some_and(|last| day > last)
    }
}

/// One fact as it was recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedFact {
    /// Which.
    pub fact: Fact,
    /// What; empty where it was taken back.
    pub value: String,
    /// When.
    pub recorded_at: DateTime<Utc>,
    /// By whom.
    pub recorded_by: String,
}

impl Control {
    /// Puts a fact on record; an empty value takes it back. Days are written as 2027-03-31.
    pub async fn record_fact(
        &self,
        username: &str,
        fact: Fact,
        value: &str,
        by: &str,
        now: DateTime<Utc>,
    ) -> Result<(), ControlError> {
        let username = self.known(username).await?;
        let value = value.trim();
        check(fact, value)?;
        let mut all = self.write().await?;
        sqlx::query(
            "INSERT INTO person_facts (username, fact, version, value, recorded_at, recorded_by)
             SELECT $1, $2, COALESCE(MAX(version), 0) + 1, $3, $4, $5 FROM person_facts
             WHERE username = $1 AND fact = $2",
        )
        .bind(&username)
        .bind(fact.as_str())
        .bind(value)
        .bind(to_millis(now))
        .bind(by)
        .execute(&mut *all)
        .await?;
        all.commit().await?;
        Ok(())
    }

    /// What is on record about somebody now.
    pub async fn person_facts(&self, username: &str) -> Result<PersonFacts, ControlError> {
        let rows = sqlx::query(
            "SELECT f.fact, f.value FROM person_facts f
             WHERE f.username = $1 AND f.version = (SELECT MAX(g.version) FROM person_facts g
                 WHERE g.username = f.username AND g.fact = f.fact)",
        )
        .bind(plain(username))
        .fetch_all(&self.pool)
        .await?;
        let mut facts = PersonFacts::default();
        for row in &rows {
            let row = Read(row);
            let value = row.text("value")?;
            let day = || match value.as_str() {
                "" => Ok(None),
                text => text
                    .parse()
                    .map(Some)
                    .map_err(|_| ControlError::Unreadable { column: "value" }),
            };
            match row.word("fact", Fact::from_word)? {
                Fact::Employer => facts.employer = Some(value).filter(|v| !v.is_empty()),
                Fact::EmployedUntil => facts.employed_until = day()?,
                Fact::TrainedUntil => facts.trained_until = day()?,
            }
        }
        Ok(facts)
    }

    /// All that was ever recorded about somebody, the latest first.
    pub async fn recorded_facts(&self, username: &str) -> Result<Vec<RecordedFact>, ControlError> {
        let rows = sqlx::query(
            "SELECT fact, value, recorded_at, recorded_by FROM person_facts WHERE username = $1
             ORDER BY recorded_at DESC, fact, version DESC",
        )
        .bind(plain(username))
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|row| {
                let row = Read(row);
                Ok(RecordedFact {
                    fact: row.word("fact", Fact::from_word)?,
                    value: row.text("value")?,
                    recorded_at: row.moment("recorded_at")?,
                    recorded_by: row.text("recorded_by")?,
                })
            })
            .collect()
    }
}

fn check(fact: Fact, value: &str) -> Result<(), ControlError> {
    let right = match fact {
        Fact::Employer => value.chars().count() <= 200 && !value.chars().any(char::is_control),
        Fact::EmployedUntil | Fact::TrainedUntil => {
            value.is_empty() || (value.len() == 10 && value.parse::<Date>().is_ok())
        }
    };
    if right {
        return Ok(());
    }
    Err(ControlError::Form {
        what: "a fact about a person",
        wanted: "is a day such as 2027-03-31, or the name of an employer with at most 200 characters",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn training_that_nobody_recorded_does_not_count_and_its_last_day_does() {
        let day = |text: &str| text.parse::<Date>().unwrap();
        let facts = PersonFacts {
            trained_until: Some(day("2026-10-30")),
            employed_until: Some(day("2026-10-30")),
            ..PersonFacts::default()
        };
        assert!(facts.is_trained_on(day("2026-10-30")));
        assert!(!facts.is_trained_on(day("2026-10-31")));
        assert!(!facts.has_left_by(day("2026-10-30")));
        assert!(facts.has_left_by(day("2026-10-31")));
        let nothing = PersonFacts::default();
        assert!(!nothing.is_trained_on(day("2026-10-30")));
        assert!(!nothing.has_left_by(day("2026-10-30")));
    }
}
