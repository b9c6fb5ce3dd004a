//! Control data: accounts, sessions, submissions, runs, leases, releases, decisions about pairs, the life of
//! agreements. No data about patients.
//!
//! `SQLite` by default and `PostgreSQL` for several nodes, with the same migrations and statements. Times
//! come in as arguments; nothing here reads a clock. No query engine is known here.

pub mod account_requests;
pub mod accounts;
pub mod agreements;
pub mod backups;
pub mod break_glass;
pub mod cases;
pub mod destructions;
pub mod directories;
pub mod error;
pub mod facts;
pub mod file_name;
pub mod idempotency;
pub mod identities;
pub mod incidents;
mod invitations;
pub mod key_requests;
pub mod leases;
pub mod link_decisions;
pub mod machines;
pub mod notices;
pub mod onboarding;
mod open;
mod password;
pub mod preferences;
pub mod rate;
pub mod releases;
pub mod reports;
pub mod returned;
pub mod rights;
mod row;
pub mod runs;
pub mod second_factor;
mod secret;
pub mod sessions;
pub mod sign_in;
pub mod submissions;
pub mod suspensions;
mod tidy;
pub mod time;
pub mod tokens;
pub mod uploads;
mod words;

pub use account_requests::{AccountRequest, NewRequest, RequestKind, RequestRefusal, RequestState};
pub use accounts::{Account, NewAccount, Position, Role};
pub use agreements::{
    ActKind, ActRefusal, Acted, AgreementAct, AgreementActor, AgreementDraft, AgreementVersion,
    ApprovalRules, DraftSaved, NewAgreementVersion, NewSignature, Stage, Submitted, VersionLife,
};
pub use backups::Backup;
pub use break_glass::{BreakGlass, GlassJudgement, GlassReview, NewBreakGlass};
pub use cases::{
    CaseJudgement, CaseOutcome, CaseRequest, Cohort, Envelope, Judged, NewCaseRequest, NewEnvelope,
    NewJudgement, NewOutcome, Recorded,
};
pub use destructions::{Destruction, DestructionApproval, DestructionKind, NewDestruction};
pub use directories::{
    DirectoryGroup, DirectoryGroupSaid, DirectoryRefusal, DirectoryUser, DirectoryUserSaid,
    GroupRoles,
};
pub use error::ControlError;
pub use facts::{Assurance, Fact, PersonFacts, RecordedFact};
pub use idempotency::IdempotencyKey;
pub use identities::{Arrival, ArrivalRefusal, ProviderStep};
pub use incidents::{
    Incident, IncidentDone, IncidentFact, IncidentLine, IncidentLineKind, IncidentRefusal,
    NewIncident, NewIncidentLine,
};
pub use key_requests::{KeyChange, KeyRequest, KeyRequestState, NewKeyRequest};
pub use leases::Lease;
pub use link_decisions::{
    Decided, JudgedTwice, LinkDecision, NewLinkDecision, PairDecision, Standing, Undone,
};
pub use machines::{AssertionRefusal, AssertionRules, Granted, KeyAlgorithm, Machine, MachineKey};
pub use notices::Notice;
pub use onboarding::{NewOnboarding, OnboardingEntry, OnboardingKind, on_record};
pub use open::Control;
pub use password::Password;
pub use preferences::{
    CaseState, ListAnswer, ListState, NewCase, NewList, OnWithdrawal, PreferenceCase,
    PreferenceList, ReleaseBasis, Settled,
};
pub use releases::{
    NewRelease, NewReleaseDecision, NewWithdrawal, ReleaseDecided, ReleaseDecision, ReleaseRecord,
    ReleaseState, Withdrawal, Withdrawn,
};
pub use returned::ReturnedDecision;
pub use rights::{NewRightsCase, RightsActed, RightsCase, RightsKind, RightsOutcome};
pub use runs::{Begun, NewRun, Run, RunState, RunStep, StepOutcome, StepState};
pub use second_factor::{AccountKey, Enrolment, RecoveryCodes, SecondFactor};
pub use secret::SessionToken;
pub use sessions::{OpenSession, Session, SignedIn};
pub use sign_in::{SignInError, SignInRefusal, SignInRules, SignInStep};
pub use submissions::{
    Confirmed, NewSubmission, ParkedFile, Settlement, Stated, SubmissionRecord, SubmissionState,
};
pub use suspensions::{SuspendedKind, Suspension, SuspensionDone};
pub use tokens::AccessToken;
pub use uploads::Upload;
