//! Agreements, purposes, decisions, permits, and the shape of the audit log.
//!
//! An agreement is a file in `content/agreements/`. [`judge`] holds a question against it, purely, and so do the
//! policies that are written from it; [`decide`] asks both, has the decision kept in the audit log, and only then
//! makes a [`Permit`], which says what `store` may let the session see. No engine and no files here.

pub mod agreement;
pub mod audit;
pub mod care;
pub mod cases;
mod compile;
mod decide;
mod decision;
mod digest;
pub mod evidence;
pub mod incident;
mod judge;
mod leaving;
mod notice;
pub mod policy;
pub mod preferences;
mod question;
pub mod reading;
mod refusal;
pub mod register;

pub use agreement::{Agreement, Agreements, Clauses, Facts, State};
pub use audit::{
    AuditFault, AuditKeeper, Chain, Checkpoint, Entry, EntryBody, KeepError, Kept, Kind,
    ObjectKind, Outcome, Verified,
};
pub use compile::{GovernedColumn, GovernedView, PERSON_COLUMN, PSEUDONYM_FUNCTION};
pub use decide::{DecideError, Permit, decide};
pub use decision::{DecisionFacts, ReplayError, Replayed, Verdict, replay};
pub use digest::Digest;
pub use judge::{Terms, judge};
pub use leaving::{LeavingFacts, decide_leaving};
pub use notice::{Notice, Part, Section};
pub use policy::{
    Approver, Circumstances, Connection, OpeningFacts, Policies, PolicyError, QuestionFacts,
    UrgencyFacts, Weighed,
};
pub use question::{Action, Asker, Question};
pub use refusal::Refusal;
pub use register::RegisterEntry;

#[cfg(test)]
mod tests;
