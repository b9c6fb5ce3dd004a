//! One request over HTTP, as the log sees it: an id that all its entries share, and what was kept in it.
//!
//! When a request has kept a decision or a look at people, the end of its answer is an entry as well,
//! with the bytes that really left. `routes/counted.rs` counts them.

use chrono::{DateTime, Utc};
use govern::{EntryBody, Kept, Kind, ObjectKind, Outcome};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use store::Attending;

tokio::task_local! {
    static REQUEST: Arc<Asked>;
}

/// A request that is being answered.
pub(crate) struct Asked {
    pub(crate) id: String,
    role: Mutex<Option<String>>,
    kept: Mutex<Option<Account>>,
    /// What is done with what is still owed when nobody waits for the answer any more.
    gone: Box<dyn Fn(Account) + Send + Sync>,
}

/// What the end of an answer says in the log.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    entry: EntryBody,
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Asked {
    /// A request that has just come.
    pub(crate) fn new(gone: impl Fn(Account) + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self {
            id: uuid::Uuid::new_v4().simple().to_string(),
            role: Mutex::default(),
            kept: Mutex::default(),
            gone: Box::new(gone),
        })
    }

    /// What is owed to the log at the end of the answer; it is owed once.
    pub(crate) fn account(&self) -> Option<Account> {
        held(&self.kept).take()
    }
}

/// A caller may go away before there is an answer, and work of theirs may still be under way: its last
/// thread ends here.
impl Drop for Asked {
    fn drop(&mut self) {
        if let Some(account) = self.account() {
            (self.gone)(account);
        }
    }
}

impl Account {
    /// The entry, once so many bytes have left.
    pub(crate) fn end(self, now: DateTime<Utc>, status: u16, bytes: u64, whole: bool) -> EntryBody {
        let mut entry = self.entry;
        entry.time = now;
        entry.bytes = Some(bytes);
        entry.outcome = if whole {
            Outcome::Done
        } else {
            Outcome::Failed
        };
        entry.reason = Some(if whole {
            format!("status {status}")
        } else {
            format!("status {status}, cut off")
        });
        entry
    }
}

/// Does something within a request.
pub(crate) async fn within<T>(asked: Arc<Asked>, work: impl Future<Output = T>) -> T {
    REQUEST.scope(asked, work).await
}

/// Work for another thread that stays within the request.
pub(crate) fn carried<T>(work: impl FnOnce() -> T) -> impl FnOnce() -> T {
    let asked = REQUEST.try_with(Arc::clone).ok();
    move || match asked {
        Some(asked) => REQUEST.sync_scope(asked, work),
        None => work(),
    }
}

/// Says in which role the request is made.
pub(crate) fn in_role(role: &str) {
    let _ = REQUEST.try_with(|asked| *held(&asked.role) = Some(role.to_owned()));
}

/// Adds to entries what those of a request share, and hears what was kept.
pub(crate) struct Requests;

/// Whether the end of an answer is owed to the log after such an entry.
const fn is_owed(kind: Kind) -> bool {
    kind.shows_people()
        || matches!(
            kind,
            Kind::DecisionAllowed | Kind::DecisionRefused | Kind::AccessRefused | Kind::Searched
        )
}

impl Attending for Requests {
    fn before(&self, entry: &mut EntryBody) {
        let _ = REQUEST.try_with(|asked| {
            entry.request.get_or_insert_with(|| asked.id.clone());
            if entry.role.is_none() {
                entry.role.clone_from(&held(&asked.role));
            }
        });
    }

    fn after(&self, entry: &EntryBody, kept: &Kept) {
        if !is_owed(entry.kind) {
            return;
        }
        let _ = REQUEST.try_with(|asked| {
            let mut owed = held(&asked.kept);
            let decides = matches!(entry.kind, Kind::DecisionAllowed | Kind::DecisionRefused);
            // The decision comes first and stays; what was done under it says how many rows.
            if let Some(account) = owed.as_mut().filter(|_| !decides) {
                account.entry.rows = entry.rows.or(account.entry.rows);
                return;
            }
            let mut end = EntryBody::new(entry.time, Kind::Served, &entry.actor, Outcome::Done);
            end.on_behalf_of.clone_from(&entry.on_behalf_of);
            end.agreement.clone_from(&entry.agreement);
            end.agreement_version.clone_from(&entry.agreement_version);
            end.purpose.clone_from(&entry.purpose);
            end.role.clone_from(&entry.role);
            end.rows = entry.rows;
            end.object_kind = Some(ObjectKind::Response);
            end.decision_id = Some(match &entry.decision_id {
                Some(id) => id.clone(),
                None => format!("{}-{}", kept.seq, kept.hash.short()),
            });
            end.request = Some(asked.id.clone());
            *owed = Some(Account { entry: end });
        });
    }
}
