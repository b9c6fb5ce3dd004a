//! Incidents, deviations and findings of audits: what went wrong, who sees to it until when, and a timeline that only
//! grows. What each category asks for is not known here.

use crate::{
    Control, ControlError, SuspendedKind,
    agreements::{TRIES, in_words},
    row::{Read, first, kept},
    time::to_millis,
    words::words,
};
use chrono::{DateTime, Utc};
use model::Date;
use sqlx::any::AnyRow;
use std::collections::BTreeMap;

/// The longest title, in characters.
const LONGEST_TITLE: usize = 120;

words! {
    /// What a line of a timeline is about.
    pub enum IncidentLineKind {
        /// Somebody noticed it.
        Noticed = "noticed",
        /// It was kept from going on.
        Contained = "contained",
        /// How bad it is was weighed.
        Assessed = "assessed",
        /// Somebody was told.
        Told = "told",
        /// Something was put right.
        PutRight = "put_right",
        /// Somebody is to see to it.
        Assigned = "assigned",
        /// Nothing remains to be done.
        Closed = "closed",
    }
}

/// What a line says beyond its words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IncidentFact {
    /// What was stopped at once.
    Stopped(SuspendedKind, String),
    /// Whether it has to be reported.
    MustReport(bool),
    /// To whom it was reported, by the code of a report.
    Reported(String),
    /// Who sees to it, and by which day.
    Assigned(String, Date),
}

/// An incident that somebody writes down. Its first line says how it was noticed, its second who sees to it.
#[derive(Debug, Clone)]
pub struct NewIncident {
    /// A code of content.
    pub category: String,
    /// What it is called.
    pub title: String,
    /// When somebody first noticed it.
    pub noticed_at: DateTime<Utc>,
    /// What was noticed.
    pub words: String,
    /// Who sees to it.
    pub owner: String,
    /// By which day.
    pub due: Date,
    /// Who writes it down.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// A line that somebody adds to a timeline.
#[derive(Debug, Clone)]
pub struct NewIncidentLine {
    /// What it is about.
    pub kind: IncidentLineKind,
    /// When it happened.
    pub happened_at: DateTime<Utc>,
    /// What happened.
    pub words: String,
    /// What it says beyond that.
    pub fact: Option<IncidentFact>,
    /// Who writes it down.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
    /// How many lines there were when its writer looked, where the line was judged on them.
    pub seen: Option<usize>,
}

/// A line of a timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncidentLine {
    /// Its number, from 1.
    pub line: u64,
    /// What it is about.
    pub kind: IncidentLineKind,
    /// When it happened.
    pub happened_at: DateTime<Utc>,
    /// What happened.
    pub words: String,
    /// What it says beyond that.
    pub fact: Option<IncidentFact>,
    /// When it was written down.
    pub written_at: DateTime<Utc>,
    /// By whom.
    pub written_by: String,
}

/// An incident with its timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incident {
    /// Its number, from 1.
    pub number: u64,
    /// A code of content.
    pub category: String,
    /// What it is called.
    pub title: String,
    /// When it was written down.
    pub opened_at: DateTime<Utc>,
    /// By whom.
    pub opened_by: String,
    /// In the order in which they were written.
    pub lines: Vec<IncidentLine>,
}

/// Why a line cannot be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IncidentRefusal {
    /// There is none of that number.
    #[error("there is no such incident")]
    None,
    /// It was closed.
    #[error("it is closed: open a new one that names it")]
    Closed,
    /// Somebody has written since its writer looked.
    #[error("somebody has just added to it: look at it again")]
    Changed,
}

/// What became of writing something down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IncidentDone {
    /// It is on record now, under this number.
    Now(u64),
    /// The same was on record, under this number.
    Already(u64),
    /// It is not.
    Refused(IncidentRefusal),
}

impl Incident {
    /// When it was first noticed.
    pub fn noticed_at(&self) -> DateTime<Utc> {
        self.of(IncidentLineKind::Noticed)
            .map(|line| line.happened_at)
            .min()
            .unwrap_or(self.opened_at)
    }

    /// Who sees to it, and by which day: as it was said last.
    pub fn assigned(&self) -> Option<(&str, Date)> {
        self.lines.iter().rev().find_map(|line| match &line.fact {
            Some(IncidentFact::Assigned(owner, due)) => Some((owner.as_str(), *due)),
            _ => None,
        })
    }

    /// Whether it has to be reported: as it was said last, where it was said.
    pub fn must_report(&self) -> Option<bool> {
        self.lines.iter().rev().find_map(|line| match line.fact {
            Some(IncidentFact::MustReport(must)) => Some(must),
            _ => None,
        })
    }

    /// When it was first reported to somebody.
    pub fn reported_at(&self, report: &str) -> Option<DateTime<Utc>> {
        self.of(IncidentLineKind::Told)
            .filter(
                |line| matches!(&line.fact, Some(IncidentFact::Reported(code)) if code == report),
            )
            .map(|line| line.happened_at)
            .min()
    }

    /// What was stopped because of it, in the order in which it was.
    pub fn stopped(&self) -> impl Iterator<Item = (SuspendedKind, &str)> {
        self.lines.iter().filter_map(|line| match &line.fact {
            Some(IncidentFact::Stopped(kind, which)) => Some((*kind, which.as_str())),
            _ => None,
        })
    }

    /// The line that closed it.
    pub fn closed(&self) -> Option<&IncidentLine> {
        self.of(IncidentLineKind::Closed).next()
    }

    fn of(&self, kind: IncidentLineKind) -> impl Iterator<Item = &IncidentLine> {
        self.lines.iter().filter(move |line| line.kind == kind)
    }
}

impl Control {
    /// Writes an incident down. The same one again, by the same person, is on record already.
    pub async fn open_incident(&self, new: &NewIncident) -> Result<IncidentDone, ControlError> {
        in_words("what was noticed", &new.words)?;
        in_words("the title of an incident", &new.title)?;
        if new.title.chars().count() > LONGEST_TITLE {
            return Err(ControlError::Form {
                what: "the title of an incident",
                wanted: "has 1 to 120 characters, on one line",
            });
        }
        let mut tries = 0;
        loop {
            tries += 1;
            match self.try_to_open_incident(new).await {
                Err(ControlError::Database(source)) if tries < TRIES && was_taken(&source) => {}
                done => return done,
            }
        }
    }

    async fn try_to_open_incident(&self, new: &NewIncident) -> Result<IncidentDone, ControlError> {
        let mut all = self.write().await?;
        // The number first: whatever is kept from here on takes it, and this try with it.
        let last = sqlx::query("SELECT COALESCE(MAX(number), 0) AS last FROM incidents")
            .fetch_one(&mut *all)
            .await?;
        let number = Read(&last).count("last")? + 1;
        let same = sqlx::query(
            "SELECT i.number FROM incidents i JOIN incident_lines l ON l.incident = i.number AND l.line = 1
             WHERE i.category = $1 AND i.title = $2 AND i.opened_by = $3 AND l.happened_at = $4 AND l.words = $5",
        )
        .bind(&new.category)
        .bind(&new.title)
        .bind(&new.by)
        .bind(to_millis(new.noticed_at))
        .bind(&new.words)
        .fetch_all(&mut *all)
        .await?;
        if let Some(row) = first(same) {
            return Ok(IncidentDone::Already(Read(&row).count("number")?));
        }
        sqlx::query(
            "INSERT INTO incidents (number, category, title, opened_at, opened_by) VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(kept(number, "number")?)
        .bind(&new.category)
        .bind(&new.title)
        .bind(to_millis(new.at))
        .bind(&new.by)
        .execute(&mut *all)
        .await?;
        let line = |kind, happened_at, words: &str, fact| NewIncidentLine {
            kind,
            happened_at,
            words: words.to_owned(),
            fact,
            by: new.by.clone(),
            at: new.at,
            seen: None,
        };
        let owner = IncidentFact::Assigned(new.owner.clone(), new.due);
        let lines = [
            line(IncidentLineKind::Noticed, new.noticed_at, &new.words, None),
            line(IncidentLineKind::Assigned, new.at, "", Some(owner)),
        ];
        for (at, line) in (1..).zip(&lines) {
            insert(&mut all, number, at, line).await?;
        }
        all.commit().await?;
        Ok(IncidentDone::Now(number))
    }

    /// Adds a line to a timeline that is open. The same line again is there already.
    pub async fn add_to_incident(
        &self,
        incident: u64,
        new: &NewIncidentLine,
    ) -> Result<IncidentDone, ControlError> {
        if new.kind != IncidentLineKind::Assigned || !new.words.is_empty() {
            in_words("a line of a timeline", &new.words)?;
        }
        let mut tries = 0;
        loop {
            tries += 1;
            match self.try_to_add_line(incident, new).await {
                Err(ControlError::Database(source)) if tries < TRIES && was_taken(&source) => {}
                done => return done,
            }
        }
    }

    async fn try_to_add_line(
        &self,
        incident: u64,
        new: &NewIncidentLine,
    ) -> Result<IncidentDone, ControlError> {
        let mut all = self.write().await?;
        let Ok(wanted) = kept(incident, "incident") else {
            return Ok(IncidentDone::Refused(IncidentRefusal::None));
        };
        let rows = sqlx::query("SELECT * FROM incident_lines WHERE incident = $1 ORDER BY line")
            .bind(wanted)
            .fetch_all(&mut *all)
            .await?;
        let lines: Vec<IncidentLine> = rows.iter().map(line).collect::<Result<_, _>>()?;
        if lines.is_empty() {
            return Ok(IncidentDone::Refused(IncidentRefusal::None));
        }
        let same = |line: &&IncidentLine| {
            line.kind == new.kind
                && line.words == new.words
                && line.fact == new.fact
                && line.written_by == new.by
                && to_millis(line.happened_at) == to_millis(new.happened_at)
        };
        if let Some(line) = lines.iter().find(same) {
            return Ok(IncidentDone::Already(line.line));
        }
        if lines.iter().any(|l| l.kind == IncidentLineKind::Closed) {
            return Ok(IncidentDone::Refused(IncidentRefusal::Closed));
        }
        if new.seen.is_some_and(|seen| seen != lines.len()) {
            return Ok(IncidentDone::Refused(IncidentRefusal::Changed));
        }
        let number = lines.len() as u64 + 1;
        insert(&mut all, incident, number, new).await?;
        all.commit().await?;
        Ok(IncidentDone::Now(number))
    }

    /// Every incident with its timeline, the newest first.
    pub async fn incidents(&self) -> Result<Vec<Incident>, ControlError> {
        let rows = sqlx::query("SELECT * FROM incidents ORDER BY number DESC")
            .fetch_all(&self.pool)
            .await?;
        let mut lines: BTreeMap<u64, Vec<IncidentLine>> = BTreeMap::new();
        let all = sqlx::query("SELECT * FROM incident_lines ORDER BY incident, line")
            .fetch_all(&self.pool)
            .await?;
        for row in &all {
            let of = Read(row).count("incident")?;
            lines.entry(of).or_default().push(line(row)?);
        }
        rows.iter()
            .map(|row| {
                let row = Read(row);
                let number = row.count("number")?;
                Ok(Incident {
                    number,
                    category: row.text("category")?,
                    title: row.text("title")?,
                    opened_at: row.moment("opened_at")?,
                    opened_by: row.text("opened_by")?,
                    lines: lines.remove(&number).unwrap_or_default(),
                })
            })
            .collect()
    }

    /// How many incidents of each category there were.
    pub async fn incident_counts(&self) -> Result<BTreeMap<String, u64>, ControlError> {
        let rows =
            sqlx::query("SELECT category, COUNT(*) AS number FROM incidents GROUP BY category")
                .fetch_all(&self.pool)
                .await?;
        rows.iter()
            .map(|row| {
                let row = Read(row);
                Ok((row.text("category")?, row.count("number")?))
            })
            .collect()
    }
}

async fn insert(
    all: &mut sqlx::Transaction<'_, sqlx::Any>,
    incident: u64,
    number: u64,
    new: &NewIncidentLine,
) -> Result<(), ControlError> {
    let mut stopped: (Option<&str>, Option<&str>) = (None, None);
    let (mut must_report, mut report) = (None, None);
    let mut assigned: (Option<&str>, Option<String>) = (None, None);
    match &new.fact {
        None => {}
        Some(IncidentFact::Stopped(kind, which)) => stopped = (Some(kind.as_str()), Some(which)),
        Some(IncidentFact::MustReport(must)) => must_report = Some(i64::from(*must)),
        Some(IncidentFact::Reported(code)) => report = Some(code.as_str()),
        Some(IncidentFact::Assigned(owner, due)) => assigned = (Some(owner), Some(due.to_string())),
    }
    sqlx::query(
        "INSERT INTO incident_lines (incident, line, kind, happened_at, words, written_at, written_by,
             stopped_kind, stopped, must_report, report, owner, due)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
    )
    .bind(kept(incident, "incident")?)
    .bind(kept(number, "line")?)
    .bind(new.kind.as_str())
    .bind(to_millis(new.happened_at))
    .bind(&new.words)
    .bind(to_millis(new.at))
    .bind(&new.by)
    .bind(stopped.0)
    .bind(stopped.1)
    .bind(must_report)
    .bind(report)
    .bind(assigned.0)
    .bind(assigned.1)
    .execute(&mut **all)
    .await?;
    Ok(())
}

fn line(row: &AnyRow) -> Result<IncidentLine, ControlError> {
    let row = Read(row);
    let fact = if let Some(which) = row.text_if_any("stopped")? {
        let kind = row.word("stopped_kind", SuspendedKind::from_word)?;
        Some(IncidentFact::Stopped(kind, which))
    } else if let Some(must) = row.count_if_any("must_report")? {
        Some(IncidentFact::MustReport(must == 1))
    } else if let Some(report) = row.text_if_any("report")? {
        Some(IncidentFact::Reported(report))
    } else if let Some(owner) = row.text_if_any("owner")? {
        let due = row.text("due")?.parse().ok();
        let due = due.ok_or(ControlError::Unreadable { column: "due" })?;
        Some(IncidentFact::Assigned(owner, due))
    } else {
        None
    };
    Ok(IncidentLine {
        line: row.count("line")?,
        kind: row.word("kind", IncidentLineKind::from_word)?,
        happened_at: row.moment("happened_at")?,
        words: row.text("words")?,
        fact,
        written_at: row.moment("written_at")?,
        written_by: row.text("written_by")?,
    })
}

fn was_taken(fault: &sqlx::Error) -> bool {
    matches!(fault, sqlx::Error::Database(database) if database.is_unique_violation())
}
