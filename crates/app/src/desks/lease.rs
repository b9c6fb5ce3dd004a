//! One runner at a time for the steps of a zone: a lease that is renewed while the work goes on and
//! runs out soon after a process was killed.

use super::StepDone;
use anyhow::{Result, bail};
use control::{Begun, Control, Lease, NewRun, RunState, StepOutcome, StepState};
use model::{Clock, Step, Zone};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use store::{Ran, StoreError};
use tokio::{sync::Mutex, task::JoinHandle};

/// A run under way: its lease, and its record for the board.
pub(crate) struct RunUnderWay {
    control: Arc<Control>,
    clock: Arc<dyn Clock>,
    id: String,
    lease: Arc<Mutex<Lease>>,
    renewal: JoinHandle<()>,
}

impl RunUnderWay {
    /// Begins a run of steps of a kind. Its lease lasts so long without being renewed.
    pub(crate) async fn begin(
        control: &Arc<Control>,
        clock: &Arc<dyn Clock>,
        lasts: Duration,
        kind: &str,
        steps: Vec<String>,
    ) -> Result<Self> {
        let owner = uuid::Uuid::new_v4().to_string();
        let Some(lease) = take(control, kind, &owner, lasts, clock.as_ref()).await? else {
            bail!(
                "another `{kind}` is under way in this workspace; run this again when it is done"
            );
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
                tokio::time::sleep(lasts / 4).await;
                let mut lease = held.lock().await;
                if let Ok(Some(renewed)) = book.renew_lease(&lease, lasts, now.now()).await {
                    *lease = renewed;
                }
            }
        });
        Ok(Self {
            control: Arc::clone(control),
            clock: Arc::clone(clock),
            id,
            lease,
            renewal,
        })
    }

    /// Does each step with `work`, one after the other, and writes down how it went. The first that fails
    /// ends the run.
    pub(crate) async fn each<From: Zone, To: Zone>(
        self,
        steps: &[Step<From, To>],
        tell: &mut dyn FnMut(&StepDone),
        work: impl AsyncFn(&Step<From, To>) -> Result<Ran<To>, StoreError>,
    ) -> Result<Vec<StepDone>> {
        let mut done = Vec::new();
        for step in steps {
            self.begin_step(&step.name).await?;
            let started = Instant::now();
            match work(step).await {
                Ok(ran) => {
                    self.end_step(&step.name, Ok(ran.rows)).await?;
                    let line = StepDone {
                        step: step.name.clone(),
                        why: step.why.clone(),
                        table: step.writes.clone(),
                        version: ran.table.version(),
                        rows: ran.rows,
                        skipped: ran.skipped,
                        seconds: started.elapsed().as_secs_f64(),
                    };
                    tell(&line);
                    done.push(line);
                }
                Err(fault) => {
                    // What failed, in words for the board; a fault of the store carries no value in its own words.
                    self.end_step(&step.name, Err(fault.to_string())).await?;
                    self.end(false).await?;
                    return Err(fault.into());
                }
            }
        }
        self.end(true).await?;
        Ok(done)
    }

    async fn begin_step(&self, step: &str) -> Result<()> {
        let lease = self.lease.lock().await;
        if self
            .control
            .begin_step(&self.id, step, &lease, self.clock.now())
            .await?
            == Begun::LeaseLost
        {
            bail!("another process has taken over this run; look at `haven status`");
        }
        Ok(())
    }

    async fn end_step(&self, step: &str, rows: Result<u64, String>) -> Result<()> {
        let (state, rows_out, message) = match rows {
            Ok(rows) => (StepState::Done, Some(rows), None),
            Err(message) => (StepState::Failed, None, Some(message)),
        };
        let outcome = StepOutcome {
            state,
            rows_in: None,
            rows_out,
            rows_set_aside: None,
            message,
        };
        let lease = self.lease.lock().await;
        self.control
            .end_step(&self.id, step, &lease, &outcome, self.clock.now())
            .await?;
        Ok(())
    }

    async fn end(self, done: bool) -> Result<()> {
        self.renewal.abort();
        let state = if done {
            RunState::Done
        } else {
            RunState::Failed
        };
        self.control
            .set_run_state(&self.id, state, self.clock.now())
            .await?;
        let lease = self.lease.lock().await;
        self.control.give_back_lease(&lease).await?;
        Ok(())
    }
}

/// Takes the lease, waiting once for that of a process that was killed to run out.
async fn take(
    control: &Control,
    kind: &str,
    owner: &str,
    lasts: Duration,
    clock: &dyn Clock,
) -> Result<Option<Lease>> {
    let name = format!("run:{kind}");
    let pause = Duration::from_secs(1).min(lasts / 4);
    let mut waited = Duration::ZERO;
    loop {
        let taken = control.take_lease(&name, owner, lasts, clock.now()).await?;
        if taken.is_some() || waited > lasts {
            return Ok(taken);
        }
        tokio::time::sleep(pause).await;
        waited += pause;
    }
}
