//! Runs and their steps, as the pipeline board shows them.
//!
//! A step is moved only by the holder of a lease, so two runners never do the same step at once.

use crate::{
    Control, ControlError, Lease,
    row::{Read, first, kept},
    time::to_millis,
    words::words,
};
use chrono::{DateTime, Utc};
use sqlx::any::AnyRow;

words! {
    /// Where a run stands.
    pub enum RunState {
        /// Under way, or interrupted.
        Running = "running",
        /// Every step is done.
        Done = "done",
        /// Someone has to decide something.
        NeedsPerson = "needs_person",
        /// A step failed.
        Failed = "failed",
    }
}

words! {
    /// Where a step stands.
    pub enum StepState {
        /// Not begun.
        Waiting = "waiting",
        /// Under way, or interrupted.
        Running = "running",
        /// Done.
        Done = "done",
        /// Someone has to decide something.
        NeedsPerson = "needs_person",
        /// It failed.
        Failed = "failed",
    }
}

/// A run that begins.
#[derive(Debug, Clone)]
pub struct NewRun {
    /// Its name, unique.
    pub id: String,
    /// What kind of work it is.
    pub kind: String,
    /// What it is about, such as a submission.
    pub subject: Option<String>,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// The version of the program.
    pub code_version: String,
    /// The digest of everything that it reads.
    pub inputs_digest: String,
    /// The names of its steps, in order.
    pub steps: Vec<String>,
}

/// A run with its steps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Its name.
    pub id: String,
    /// What kind of work it is.
    pub kind: String,
    /// What it is about, such as a submission.
    pub subject: Option<String>,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
    /// Where it stands.
    pub state: RunState,
    /// The version of the program.
    pub code_version: String,
    /// The digest of everything that it reads.
    pub inputs_digest: String,
    /// Its steps, in order.
    pub steps: Vec<RunStep>,
}

/// One step of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunStep {
    /// The name of the step.
    pub name: String,
    /// Where it stands.
    pub state: StepState,
    /// Rows that it read.
    pub rows_in: Option<u64>,
    /// Rows that it wrote.
    pub rows_out: Option<u64>,
    /// Rows that it set aside.
    pub rows_set_aside: Option<u64>,
    /// When it last began.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
    /// Why it stands so, in a sentence. Never a value about a person.
    pub message: Option<String>,
}

/// How a step ended.
#[derive(Debug, Clone)]
pub struct StepOutcome {
    /// Done, needs a person, or failed.
    pub state: StepState,
    /// Rows that it read.
    pub rows_in: Option<u64>,
    /// Rows that it wrote.
    pub rows_out: Option<u64>,
    /// Rows that it set aside.
    pub rows_set_aside: Option<u64>,
    /// Why it stands so, in a sentence. Never a value about a person.
    pub message: Option<String>,
}

/// What to do about a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Begun {
    /// Do it: it is marked as running.
    Go,
    /// It is done already: skip it.
    AlreadyDone,
    /// The lease is no longer held: stop.
    LeaseLost,
}

impl Control {
    /// Writes down that a run begins, with its steps waiting. `false` where it is written already.
    pub async fn start_run(&self, new: &NewRun) -> Result<bool, ControlError> {
        let mut all = self.write().await?;
        let made = sqlx::query(
            "INSERT INTO runs (id, kind, subject, started_at, state, code_version, inputs_digest)
             VALUES ($1, $2, $3, $4, 'running', $5, $6) ON CONFLICT (id) DO NOTHING",
        )
        .bind(&new.id)
        .bind(&new.kind)
        .bind(new.subject.as_deref())
        .bind(to_millis(new.started_at))
        .bind(&new.code_version)
        .bind(&new.inputs_digest)
        .execute(&mut *all)
        .await?
        .rows_affected();
        if made == 1 {
            for (place, step) in (0i64..).zip(&new.steps) {
                sqlx::query(
                    "INSERT INTO run_steps (run_id, name, place, state)
                     VALUES ($1, $2, $3, 'waiting')",
                )
                .bind(&new.id)
                .bind(step)
                .bind(place)
                .execute(&mut *all)
                .await?;
            }
        }
        all.commit().await?;
        Ok(made == 1)
    }

    /// Marks a step as running, under a lease that is still held, and says what to do about it.
    pub async fn begin_step(
        &self,
        run: &str,
        step: &str,
        lease: &Lease,
        now: DateTime<Utc>,
    ) -> Result<Begun, ControlError> {
        let rows = sqlx::query(
            "UPDATE run_steps SET state = 'running', started_at = $3, ended_at = NULL,
                 rows_in = NULL, rows_out = NULL, rows_set_aside = NULL, message = NULL
             WHERE run_id = $1 AND name = $2 AND state <> 'done'
                 AND EXISTS (SELECT 1 FROM leases l WHERE l.name = $4 AND l.owner = $5
                     AND l.fence = $6 AND l.expires_at > $3)
             RETURNING name",
        )
        .bind(run)
        .bind(step)
        .bind(to_millis(now))
        .bind(&lease.name)
        .bind(&lease.owner)
        .bind(lease.fence)
        .fetch_all(&self.pool)
        .await?;
        if first(rows).is_some() {
            return Ok(Begun::Go);
        }
        match self.step(run, step).await?.state {
            StepState::Done => Ok(Begun::AlreadyDone),
            _ => Ok(Begun::LeaseLost),
        }
    }

    /// Writes down how a running step ended. `false` where the lease is no longer held or the step is not
    /// running: somebody else's word stands.
    pub async fn end_step(
        &self,
        run: &str,
        step: &str,
        lease: &Lease,
        outcome: &StepOutcome,
        now: DateTime<Utc>,
    ) -> Result<bool, ControlError> {
        let number = |count: Option<u64>, column| count.map(|n| kept(n, column)).transpose();
        let changed = sqlx::query(
            "UPDATE run_steps SET state = $7, ended_at = $3, rows_in = $8, rows_out = $9,
                 rows_set_aside = $10, message = $11
             WHERE run_id = $1 AND name = $2 AND state = 'running'
                 AND EXISTS (SELECT 1 FROM leases l WHERE l.name = $4 AND l.owner = $5
                     AND l.fence = $6 AND l.expires_at > $3)",
        )
        .bind(run)
        .bind(step)
        .bind(to_millis(now))
        .bind(&lease.name)
        .bind(&lease.owner)
        .bind(lease.fence)
        .bind(outcome.state.as_str())
        .bind(number(outcome.rows_in, "rows_in")?)
        .bind(number(outcome.rows_out, "rows_out")?)
        .bind(number(outcome.rows_set_aside, "rows_set_aside")?)
        .bind(outcome.message.as_deref())
        .execute(&self.pool)
        .await?
        .rows_affected();
        Ok(changed == 1)
    }

    /// Writes down how a run stands; a run that is no longer running has ended.
    pub async fn set_run_state(
        &self,
        run: &str,
        state: RunState,
        now: DateTime<Utc>,
    ) -> Result<(), ControlError> {
        let ended = (state != RunState::Running).then(|| to_millis(now));
        let changed = sqlx::query("UPDATE runs SET state = $2, ended_at = $3 WHERE id = $1")
            .bind(run)
            .bind(state.as_str())
            .bind(ended)
            .execute(&self.pool)
            .await?
            .rows_affected();
        if changed == 0 {
            return Err(missing("run", run));
        }
        Ok(())
    }

    /// A run by its name.
    pub async fn run(&self, id: &str) -> Result<Option<Run>, ControlError> {
        let rows = sqlx::query("SELECT * FROM runs WHERE id = $1")
            .bind(id)
            .fetch_all(&self.pool)
            .await?;
        self.with_steps(rows)
            .await
            .map(|runs| runs.into_iter().next())
    }

    /// The latest runs, the newest first.
    pub async fn recent_runs(&self, at_most: u32) -> Result<Vec<Run>, ControlError> {
        let rows = sqlx::query("SELECT * FROM runs ORDER BY started_at DESC, id LIMIT $1")
            .bind(i64::from(at_most))
            .fetch_all(&self.pool)
            .await?;
        self.with_steps(rows).await
    }

    /// The latest run of a kind that is done with the same inputs and the same program, if there is
    /// one: doing it again would give the same.
    pub async fn finished_run(
        &self,
        kind: &str,
        inputs_digest: &str,
        code_version: &str,
    ) -> Result<Option<Run>, ControlError> {
        let rows = sqlx::query(
            "SELECT * FROM runs WHERE kind = $1 AND inputs_digest = $2 AND code_version = $3
                 AND state = 'done' ORDER BY started_at DESC, id LIMIT 1",
        )
        .bind(kind)
        .bind(inputs_digest)
        .bind(code_version)
        .fetch_all(&self.pool)
        .await?;
        self.with_steps(rows)
            .await
            .map(|runs| runs.into_iter().next())
    }

    async fn step(&self, run: &str, step: &str) -> Result<RunStep, ControlError> {
        let rows = sqlx::query("SELECT * FROM run_steps WHERE run_id = $1 AND name = $2")
            .bind(run)
            .bind(step)
            .fetch_all(&self.pool)
            .await?;
        match first(rows) {
            Some(row) => read_step(&row),
            None => Err(missing("step of that run called", step)),
        }
    }

    async fn with_steps(&self, rows: Vec<AnyRow>) -> Result<Vec<Run>, ControlError> {
        let mut runs = Vec::with_capacity(rows.len());
        for row in &rows {
            let row = Read(row);
            let id = row.text("id")?;
            let steps = sqlx::query("SELECT * FROM run_steps WHERE run_id = $1 ORDER BY place")
                .bind(&id)
                .fetch_all(&self.pool)
                .await?;
            runs.push(Run {
                id,
                kind: row.text("kind")?,
                subject: row.text_if_any("subject")?,
                started_at: row.moment("started_at")?,
                ended_at: row.moment_if_any("ended_at")?,
                state: row.word("state", RunState::from_word)?,
                code_version: row.text("code_version")?,
                inputs_digest: row.text("inputs_digest")?,
                steps: steps.iter().map(read_step).collect::<Result<_, _>>()?,
            });
        }
        Ok(runs)
    }
}

fn read_step(row: &AnyRow) -> Result<RunStep, ControlError> {
    let row = Read(row);
    Ok(RunStep {
        name: row.text("name")?,
        state: row.word("state", StepState::from_word)?,
        rows_in: row.count_if_any("rows_in")?,
        rows_out: row.count_if_any("rows_out")?,
        rows_set_aside: row.count_if_any("rows_set_aside")?,
        started_at: row.moment_if_any("started_at")?,
        ended_at: row.moment_if_any("ended_at")?,
        message: row.text_if_any("message")?,
    })
}

fn missing(what: &'static str, id: &str) -> ControlError {
    ControlError::Missing {
        what,
        id: id.to_owned(),
    }
}
