//! One file per page: a plain function from a view to HTML.
//!
//! `pages::result(&frame, &view)` gives the whole document. A view holds exactly what is shown, as
//! plain data that `app` fills; nothing here reads data, knows a route's method or works anything out
//! about people. No view can hold an `Identifying` value: the cells of a sender's file that a page may show
//! come to [`cause()`] as text that `app` has already masked. Four pages show values of people, each under a
//! permit of its own: [`pair_review()`] to those who judge pairs, [`returned()`] to the sender of the record,
//! [`case_list()`] and [`one_person()`] to one professional.
//!
//! Every form names its fields in the doc of its view. Pages work without scripts and under
//! [`assets::CONTENT_SECURITY_POLICY`].

mod access_document;
mod account;
mod agreement;
mod agreement_draft;
mod agreement_judged;
mod agreement_words;
mod agreements;
mod ask;
pub mod assets;
mod audit;
mod audit_replay;
mod cases;
mod cause;
mod changes;
pub mod chart;
mod check;
mod clerical_review;
mod collection;
pub mod components;
mod confirm;
mod corrections;
mod council;
mod council_change;
mod destruction;
pub mod drawing;
mod errors;
mod evidence;
mod form;
mod form_page;
pub mod format;
mod frame;
mod guidance;
pub mod heat;
mod incidents;
mod keys;
mod linkage;
mod linkage_report;
mod log;
pub mod map;
mod paging;
mod people;
mod person;
mod plot;
mod preferences;
mod preview;
mod problem;
mod qr;
mod quality;
mod quality_overview;
mod recall;
mod receipt;
mod register;
mod release;
mod release_decide;
mod release_new;
mod result;
mod returned;
mod returned_overview;
mod rule;
mod run;
mod runs;
mod sign_in;
mod spec;
mod spec_codes;
mod spec_field;
mod spec_rules;
mod specs;
mod start;
mod state;
mod statements;
mod status;
mod subject_access;
mod submissions;
mod suspensions;
mod upload;
mod waterfall;
mod withdraw;

pub use access_document::{AccessDocument, HeldTable, UseLine, access_document};
pub use account::{
    AccountView, SecondFactorState, SecondFactorView, SessionRow, account, recovery_codes,
    second_factor,
};
pub use agreement::{AgreementDataset, AgreementView, Party, agreement};
pub use agreement_draft::{AgreementDraftView, DraftSection, agreement_draft};
pub use agreement_judged::{
    AgreementQueueView, AgreementVersionView, agreement_queue, agreement_version,
};
pub use agreement_words::{AgreementWordsView, WordsList, WordsQuestion, agreement_words};
pub use agreements::{AgreementRow, AgreementsView, WaitingRow, agreements};
pub use ask::{Answer, AskOutcome, AskTable, AskView, UseChoice, ask};
pub use audit::{AuditEntryView, AuditField, AuditHit, AuditView, audit, audit_entry};
pub use audit_replay::{AuditReplayView, audit_replay};
pub use cases::{
    ApprovalsView, AskCareView, CaseLine, CaseListView, CaseRequestView, CaseRow, CaseState,
    CaseWord, CasesView, Chooser, CohortView, EmergenciesView, EmergencyAskView, EmergencyRow,
    EmergencyView, EnvelopeView, FindChoice, FindQuestion, FindSize, FindView, OnePersonView,
    PersonSide, StateWords, ask_care, case_approvals, case_list, case_request, cases, cohort,
    emergencies, emergency, emergency_ask, envelope, find_people, one_person,
};
pub use cause::{CauseLine, CauseView, cause};
pub use changes::{
    ChangeRow, ChangeState, ChangeView, ChangesView, NewsView, change, changes, news,
};
pub use check::{CheckOutcome, CheckView, check};
pub use clerical_review::{
    DecisionRow, DecisionsView, FieldSays, PairDecision, PairReviewView, PreviousDecision,
    QueueRow, ReviewAgreement, ReviewField, ReviewQueueView, decisions, pair_review, review_queue,
};
pub use collection::{CollectionView, CouncilRow, CouncilState, collection};
pub use confirm::{ConfirmView, confirm};
pub use corrections::{CorrectionView, CorrectionsView, corrections};
pub use council::{
    CouncilContact, CouncilNote, CouncilStep, CouncilSubmission, CouncilView, council,
};
pub use council_change::{CouncilChangeView, CouncilQuestion, council_change};
pub use destruction::{
    CertificateView, DestructionAskView, DestructionCheckView, DestructionRow, DestructionState,
    DestructionView, DestructionsView, FoundView, destruction, destruction_ask, destruction_check,
    destructions,
};
pub use errors::{
    ForbiddenView, OurFaultView, TooLargeView, forbidden, not_found, not_signed_in, our_fault,
    too_large,
};
pub use evidence::{EvidenceChapter, EvidenceMet, EvidenceStatement, EvidenceView, evidence};
pub use form::FieldError;
pub use form_page::{CheckAnswersView, FormField, FormPageView, check_answers, form_page};
pub use frame::{Expiry, Frame, Link, Place, Reader};
pub use guidance::{GuidanceTopic, GuidanceView, guidance};
pub use heat::{HeatMap, HeatRow};
pub use incidents::{
    IncidentRow, IncidentView, IncidentsView, ReportRow, TimelineRow, incident, incidents,
};
pub use keys::{
    KeyAskView, KeyChangeRow, KeyDecideView, KeyRow, KeysView, key_ask, key_decide, keys,
};
pub use linkage::{LinkagePass, LinkageRunRow, LinkageRunsView, linkage_runs};
pub use linkage_report::{
    BlockRule, CalibrationBin, ClusterGraph, ClusterLink, ClusterSize, ColumnProfile,
    ComparisonLevels, CountedValue, Estimate, ExamplePair, GroupComparison, GroupRow,
    LEAST_OF_A_GROUP, LEAST_SHOWN, LevelShares, LinkageReportView, PairClass, PatternRow,
    QualityFigure, ReviewerKappa, RunSetting, SampleBand, SourceProfile, ThresholdMeasures,
    ThresholdRow, TrainingHistory, TruthSource, TruthView, UnlinkablePoint, ValueRarity,
    WeightColumn, WeightHistogram, WrongLink, linkage_report, linkage_report_file,
    linkage_report_json, linkage_report_tables,
};
pub use log::{LogCosignature, LogView, log};
pub use maud::Markup;
pub use paging::Paging;
pub use people::{
    PeopleView, PersonNewView, PersonRow, PersonState, RequestMay, RequestRow, RequestsView,
    account_requests, people, person_new,
};
pub use person::{PersonView, person};
pub use preferences::{
    LeftOutRow, OptingOutView, PreferenceCaseRow, PreferenceCaseView, PreferenceCasesView,
    PreferenceListRow, PreferenceListState, PreferenceNewView, PreferencesView, opting_out,
    preference_case, preference_cases, preference_new, preferences,
};
pub use preview::{HeadlineRow, PreviewView, preview};
pub use problem::{ProblemView, problem};
pub use quality::{QualityRow, QualityView, quality};
pub use quality_overview::{
    CouncilLine, FieldLine, OneField, QualityOverviewView, quality_overview,
};
pub use recall::{HadRow, RecallView, WithdrawnView, recall, release_withdrawn};
pub use receipt::{ReceiptView, receipt};
pub use register::{
    RegisterEntryView, RegisterRow, RegisterSection, RegisterView, register, register_entry,
};
pub use release::{MapView, ReleaseRow, ReleaseView, ReleasesView, release, releases};
pub use release_decide::{ReleaseDecideView, release_decide};
pub use release_new::{ReleaseNewView, RuleSetChoice, release_new};
pub use result::{CauseRow, NextSteps, ResultView, result};
pub use returned::{
    ReturnCount, ReturnDecision, ReturnKind, ReturnRow, ReturnedView, TypedDecision, returned,
};
pub use returned_overview::{
    ReturnedOverviewView, ReturnedReason, ReturnedTotal, returned_overview,
};
pub use rule::{RuleExample, RuleView, rule};
pub use run::{RunInput, RunStep, RunView, run};
pub use runs::{BoardCell, BoardRow, RunsView, runs};
pub use sign_in::{
    FirstPasswordView, KeptForm, RoleChoice, RoleView, SignInCodeView, SignInView, choose_role,
    first_password, send_kept, sign_in, sign_in_code,
};
pub use spec::{FieldRow, SpecView, spec};
pub use spec_codes::{SpecCodesView, spec_codes};
pub use spec_field::{Needed, SpecFieldView, spec_field};
pub use spec_rules::{RuleRow, SpecRulesView, spec_rules};
pub use specs::{SpecRow, SpecsView, specs};
pub use start::{StartNotice, StartView, Task, start};
pub use state::{
    AgreementState, IncidentState, PartState, ReportState, StepState, SubmissionState,
};
pub use statements::{
    AccessibilityView, Contact, CookiesView, PrivacyView, accessibility, cookies, help, privacy,
};
pub use status::{StatusPart, StatusView, status};
pub use subject_access::{
    RightsCaseView, RightsNewView, RightsRow, RightsView, rights, rights_case, rights_new,
};
pub use submissions::{Due, SubmissionRow, SubmissionsView, submissions};
pub use suspensions::{SuspensionRow, SuspensionsView, suspensions};
pub use upload::{DatasetChoice, PeriodChoice, UploadView, upload};
pub use waterfall::{
    BarKind, Waterfall, WaterfallBar, waterfall, waterfall_picture, waterfall_table,
};
pub use withdraw::{WithdrawView, withdraw};
