//! What is on record about a council's way to submitting. Entries are only added: the latest of each kind and
//! name is what holds, and all of them together are the history.

use crate::{
    Control, ControlError,
    row::{Read, kept},
    time::to_millis,
    words::words,
};
use chrono::{DateTime, Utc};
use sqlx::any::AnyRow;

words! {
    /// What an entry is about.
    pub enum OnboardingKind {
        /// A single fact, such as who supplies the council's system.
        Fact = "fact",
        /// A step and its day.
        Step = "step",
        /// Somebody to reach.
        Contact = "contact",
        /// What was said or agreed.
        Note = "note",
    }
}

/// Something to put on record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewOnboarding {
    /// The council, by its code.
    pub council: String,
    /// What it is about.
    pub kind: OnboardingKind,
    /// Which fact, step or contact; empty for a new note or a new contact, which are then named by their number.
    pub name: String,
    /// What is on record from now on; empty takes it off.
    pub entry: String,
    /// When.
    pub written_at: DateTime<Utc>,
    /// The account that writes it.
    pub written_by: String,
}

/// An entry as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnboardingEntry {
    /// The council, by its code.
    pub council: String,
    /// Its place in the history of that council, from 1.
    pub number: u64,
    /// What it is about.
    pub kind: OnboardingKind,
    /// Which fact, step, contact or note.
    pub name: String,
    /// What it puts on record; empty where it takes something off.
    pub entry: String,
    /// When it was written.
    pub written_at: DateTime<Utc>,
    /// The account that wrote it.
    pub written_by: String,
}

/// How often a number is taken anew where somebody else took it first.
const TRIES: usize = 5;

impl Control {
    /// Puts something on record, and gives its number.
    pub async fn add_onboarding(&self, new: &NewOnboarding) -> Result<u64, ControlError> {
        let mut tries = 0;
        loop {
            tries += 1;
            match self.try_to_add(new).await {
                Err(ControlError::Database(source)) if tries < TRIES && was_taken(&source) => {}
                done => return done,
            }
        }
    }

    async fn try_to_add(&self, new: &NewOnboarding) -> Result<u64, ControlError> {
        let mut all = self.write().await?;
        let last = sqlx::query(
            "SELECT COALESCE(MAX(number), 0) AS last FROM onboarding_entries WHERE council = $1",
        )
        .bind(&new.council)
        .fetch_one(&mut *all)
        .await?;
        let number = Read(&last).count("last")? + 1;
        let name = if new.name.is_empty() {
            number.to_string()
        } else {
            new.name.clone()
        };
        sqlx::query(
            "INSERT INTO onboarding_entries (council, number, written_at, written_by, kind, name, entry)
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(&new.council)
        .bind(kept(number, "number")?)
        .bind(to_millis(new.written_at))
        .bind(&new.written_by)
        .bind(new.kind.as_str())
        .bind(&name)
        .bind(&new.entry)
        .execute(&mut *all)
        .await?;
        all.commit().await?;
        Ok(number)
    }

    /// The history of one council, first to last.
    pub async fn onboarding_of(&self, council: &str) -> Result<Vec<OnboardingEntry>, ControlError> {
        let rows = sqlx::query(
            "SELECT * FROM onboarding_entries WHERE council = $1 ORDER BY council, number",
        )
        .bind(council)
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(entry).collect()
    }

    /// The histories of all councils.
    pub async fn all_onboarding(&self) -> Result<Vec<OnboardingEntry>, ControlError> {
        let rows = sqlx::query("SELECT * FROM onboarding_entries ORDER BY council, number")
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(entry).collect()
    }
}

/// What is on record now: the latest entry of each kind and name, those taken off left out, in the order in
/// which they were first put on record.
pub fn on_record(history: &[OnboardingEntry]) -> Vec<&OnboardingEntry> {
    let mut latest: Vec<&OnboardingEntry> = Vec::new();
    for entry in history {
        let same = |e: &&mut &OnboardingEntry| {
            e.council == entry.council && e.kind == entry.kind && e.name == entry.name
        };
        match latest.iter_mut().find(same) {
            Some(place) => *place = entry,
            None => latest.push(entry),
        }
    }
    latest.retain(|e| !e.entry.is_empty());
    latest
}

fn was_taken(fault: &sqlx::Error) -> bool {
    matches!(fault, sqlx::Error::Database(database) if database.is_unique_violation())
}

fn entry(row: &AnyRow) -> Result<OnboardingEntry, ControlError> {
    let row = Read(row);
    Ok(OnboardingEntry {
        council: row.text("council")?,
        number: row.count("number")?,
        kind: row.word("kind", OnboardingKind::from_word)?,
        name: row.text("name")?,
        entry: row.text("entry")?,
        written_at: row.moment("written_at")?,
        written_by: row.text("written_by")?,
    })
}
