//! One runner at a time for the steps of a zone: a lease that is renewed while the work goes on and
//! runs out soon after a process was killed.

use anyhow::{Result, bail};
use control::{Begun, Control, Lease, NewRun, RunState, StepOutcome, StepState};
use model::Clock;
use std::{sync::Arc, time::Duration};
use tokio::{sync::Mutex, task::JoinHandle};

/// How long a lease lasts without being renewed.
const LASTS: Duration = Duration::from_secs(20);

/// A run under way: its lease, and its record for the board.
pub(crate) struct RunUnderWay {
    control: Arc<Control>,
    clock: Arc<dyn Clock>,
    id: String,
    lease: Arc<Mutex<Lease>>,
    renewal: JoinHandle<()>,
}

impl RunUnderWay {
    /// Begins a run of steps of a kind.
    pub(crate) async fn begin(
        control: &Arc<Control>,
        clock: &Arc<dyn Clock>,
        kind: &str,
        steps: Vec<String>,
    ) -> Result<Self> {
        let owner = uuid::Uuid::new_v4().to_string();
        let Some(lease) = take(control, kind, &owner, clock.as_ref()).await? else {
            bail!("another `{kind}` is under way in this workspace; run this again when it is done");
        };
        let id = uuid::Uuid::now_v7().to_string();
        let new = NewRun {
            id: id.clone(),
            kind: kind.to_owned(),
            subject: None,
            started_at: clock.now(),
            code_version: crate::workspace::VERSION.to_owned(),
            inputs_digest: id.clone(),
            steps,
        };
        control.start_run(&new).await?;
        let lease = Arc::new(Mutex::new(lease));
        let (held, book, now) = (Arc::clone(&lease), Arc::clone(control), Arc::clone(clock));
        let renewal = tokio::spawn(async move {
            loop {
                tokio::time::sleep(LASTS / 4).await;
                let mut lease = held.lock().await;
                if let Ok(Some(renewed)) = book.renew_lease(&lease, LASTS, now.now()).await {
                    *lease = renewed;
                }
            }
        });
        Ok(Self { control: Arc::clone(control), clock: Arc::clone(clock), id, lease, renewal })
    }

    /// Marks a step as running.
    pub(crate) async fn begin_step(&self, step: &str) -> Result<()> {
        let lease = self.lease.lock().await;
        if self.control.begin_step(&self.id, step, &lease, self.clock.now()).await? == Begun::LeaseLost {
            bail!("another process has taken over this run; look at `haven status`");
        }
        Ok(())
    }

    /// Marks a step as done or failed.
    pub(crate) async fn end_step(&self, step: &str, rows: Result<u64, String>) -> Result<()> {
        let (state, rows_out, message) = match rows {
            Ok(rows) => (StepState::Done, Some(rows), None),
            Err(message) => (StepState::Failed, None, Some(message)),
        };
        let outcome = StepOutcome { state, rows_in: None, rows_out, rows_set_aside: None, message };
        let lease = self.lease.lock().await;
        self.control.end_step(&self.id, step, &lease, &outcome, self.clock.now()).await?;
        Ok(())
    }

    /// Ends the run.
    pub(crate) async fn end(self, done: bool) -> Result<()> {
        self.renewal.abort();
        let state = if done { RunState::Done } else { RunState::Failed };
        self.control.set_run_state(&self.id, state, self.clock.now()).await?;
        let lease = self.lease.lock().await;
        self.control.give_back_lease(&lease).await?;
        Ok(())
    }
}

/// Takes the lease, waiting once for that of a process that was killed to run out.
async fn take(control: &Control, kind: &str, owner: &str, clock: &dyn Clock) -> Result<Option<Lease>> {
    let name = format!("run:{kind}");
    for _ in 0..=LASTS.as_secs() {
        if let Some(lease) = control.take_lease(&name, owner, LASTS, clock.now()).await? {
            return Ok(Some(lease));
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    Ok(None)
}
