//! The index that every request over FHIR is held against: made once from the newest versions of its tables and
//! shared. When the tables have moved on, the one that is held serves until the next is made.

use super::refused::Refused;
use crate::{
    desks::{TraceIndex, TraceIndexError, Versions, versions},
    routes::fault::without_values,
    workspace::Workspace,
};
use anyhow::Result;
use link::trace::{IndexTables, Settings, fhir::FhirSettings};
use model::Content;
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{
    sync::{Semaphore, watch},
    time::timeout,
};

/// How long a request waits for an index that is being made.
const PATIENCE: Duration = Duration::from_secs(20);
/// How many requests are answered at a time: a search may go through every name of the index.
const AT_A_TIME: usize = 4;

/// What tracing over FHIR shares.
pub(in crate::routes) struct Traced {
    pub(super) fhir: FhirSettings,
    pub(super) settings: Settings,
    tables: IndexTables,
    /// Turns to be answered.
    pub(super) turns: Arc<Semaphore>,
    state: Mutex<State>,
    /// Counts the indexes that were made, or could not be.
    made: watch::Sender<u64>,
}

#[derive(Default)]
struct State {
    held: Option<Arc<TraceIndex>>,
    making: bool,
    /// Why the last try came to nothing, and for which versions.
    failed: Option<(Versions, Refused, Lasts)>,
}

/// Whether the same versions will fail again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lasts {
    Yes,
    No,
}

impl Traced {
    pub(in crate::routes) fn read(content: &Content) -> Result<Self> {
        Ok(Self {
            fhir: FhirSettings::read(content)?,
            settings: Settings::read(content)?,
            tables: IndexTables::read(content)?,
            turns: Arc::new(Semaphore::new(AT_A_TIME)),
            state: Mutex::default(),
            made: watch::Sender::new(0),
        })
    }

    /// The index: the newest, or the one before where the newest is still being made.
    pub(super) async fn index(
        self: &Arc<Self>,
        workspace: &Arc<Workspace>,
    ) -> Result<Arc<TraceIndex>, Refused> {
        let store = workspace.identified_tables().map_err(Refused::ours)?;
        let newest = versions(&store, &self.tables).await;
        let newest = newest.map_err(Refused::ours)?;
        let mut made = self.made.subscribe();
        let mut waited = false;
        loop {
            made.mark_unchanged();
            if let Some(done) = self.now(workspace, &newest, waited) {
                return done;
            }
            let told = timeout(PATIENCE, made.changed()).await;
            if !matches!(told, Ok(Ok(()))) {
                return Err(Refused::Busy {
                    seconds: 30,
                    says: "the index is being read into memory",
                });
            }
            waited = true;
        }
    }

    /// What can be said at once; nothing where the first index is still being made.
    fn now(
        self: &Arc<Self>,
        workspace: &Arc<Workspace>,
        newest: &Versions,
        waited: bool,
    ) -> Option<Result<Arc<TraceIndex>, Refused>> {
        let mut state = self.state();
        let held = state.held.clone();
        if let Some(held) = held.as_ref().filter(|held| held.versions == *newest) {
            return Some(Ok(Arc::clone(held)));
        }
        let failed = state.failed.as_ref().filter(|(of, _, _)| of == newest);
        let hopeless = failed.is_some_and(|(_, _, lasts)| *lasts == Lasts::Yes);
        if !state.making && !hopeless && !waited {
            state.making = true;
            self.make(workspace, newest.clone());
        }
        if let Some(held) = held {
            return Some(Ok(held));
        }
        match &state.failed {
            Some((of, refused, _)) if !state.making && of == newest => Some(Err(refused.clone())),
            _ => None,
        }
    }

    /// Makes the index on a thread of its own: it takes seconds to minutes.
    fn make(self: &Arc<Self>, workspace: &Arc<Workspace>, of: Versions) {
        let (this, workspace) = (Arc::clone(self), Arc::clone(workspace));
        let runtime = tokio::runtime::Handle::current();
        std::thread::spawn(move || {
            let end = End(&this);
            let made = runtime.block_on(async {
                let desk = workspace.identified()?;
                anyhow::Ok(desk.trace_index(&this.tables, &this.settings).await)
            });
            let mut state = this.state();
            match made {
                Ok(Ok(index)) => {
                    let size = index.index.size();
                    tracing::info!(
                        people = size.people,
                        megabytes = size.bytes / 1_000_000,
                        seconds = index.seconds,
                        "the index to trace against is in memory"
                    );
                    state.failed = None;
                    state.held = Some(Arc::new(index));
                }
                Ok(Err(fault)) => {
                    let refused = Refused::from(&fault);
                    let lasts = match fault {
                        TraceIndexError::Store(_) => Lasts::No,
                        _ => Lasts::Yes,
                    };
                    tracing::error!(
                        "the index to trace against: {}",
                        without_values(&fault.into())
                    );
                    state.failed = Some((of, refused, lasts));
                }
                Err(fault) => {
                    state.failed = Some((of, Refused::ours(fault), Lasts::No));
                }
            }
            drop(state);
            drop(end);
        });
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // What is in it is whole at any moment.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Tells those who wait that the making has ended, however it did.
struct End<'t>(&'t Traced);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.state().making = false;
        self.0.made.send_modify(|made| *made += 1);
    }
}
