//! Every address of the site and who may open it. The router is made from this list and from nothing
//! else, and the test of who reaches what goes through the same list.

/// A page or an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Page {
    Start,
    Corrections,
    PostNoticeRead,
    SignIn,
    PostSignIn,
    PostSignOut,
    Role,
    PostRole,
    Check,
    PostCheck,
    Submissions,
    Upload,
    PostSubmission,
    Result,
    Cause,
    Confirm,
    PostConfirm,
    Withdraw,
    PostWithdraw,
    Receipt,
    Runs,
    Run,
    Linkage,
    LinkageReport,
    LinkageTable,
    Review,
    PostReview,
    PostReviewUndo,
    ReviewDecisions,
    ReviewLabels,
    ReviewPair,
    Agreements(AgreementPage),
    Ask,
    PostAsk,
    ReleaseNew,
    PostRelease,
    Releases,
    Release,
    Register,
    RegisterEntry,
    RegisterJson,
    RegisterCsv,
    Evidence,
    RegisterFiles,
    RegisterAtom,
    RegisterVersion,
    RegisterOrganisation,
    RegisterTopic,
    Collection,
    CollectionCsv,
    FindingsXlsx,
    Preview,
    Quality,
    QualityXlsx,
    Returned,
    PostReturned,
    ReturnedCsv,
    ReturnedXlsx,
    ReturnedOverview,
    QualityOverview,
    QualityOverviewXlsx,
    Changes,
    ChangesAtom,
    Change,
    News,
    Council,
    CouncilChange,
    PostCouncilChange,
    Specs,
    SpecCurrent,
    Spec,
    SpecField,
    SpecRules,
    SpecCodes,
    SpecFile,
    DictionaryCsv,
    DictionaryJson,
    Rule,
    Guidance,
    Schema,
    Status,
    Accessibility,
    Cookies,
    Privacy,
    Help,
    Problem,
    Asset,
    Image,
    Cases,
    CaseFind,
    PostCaseFind,
    CaseCohort,
    CaseAsk,
    PostCaseAsk,
    CaseRequest,
    PostCaseRequest,
    CaseApprovals,
    CaseApproval,
    PostCaseApproval,
    CaseList,
    PostCaseListOpen,
    CaseListPeople,
    PostCaseOutcome,
    PostCaseListClose,
    Emergencies,
    EmergencyAsk,
    PostEmergencyAsk,
    Emergency,
    PostEmergencyJudge,
    EmergencyRecords,
    PostEmergencyRecords,
    PostEmergencyEnd,
    PostEmergencyReview,
    Preferences,
    PreferenceNew,
    PostPreferenceNew,
    PreferenceCases,
    PreferenceCase,
    PostPreferenceCase,
    OptingOut,
    Log,
    Audit,
    AuditCsv,
    AuditXlsx,
    AuditJson,
    AuditEntry,
    PostAuditVerify,
    Keys,
    KeyAsk,
    PostKeyAsk,
    KeyRequest,
    PostKeyRequest,
    SignInCode,
    PostSignInCode,
    FirstPassword,
    PostFirstPassword,
    Account,
    AccountStay,
    PostAccountSessions,
    SecondFactor,
    PostSecondFactorStart,
    PostSecondFactor,
    People,
    PeopleCsv,
    PersonNew,
    PostPerson,
    AccountRequests,
    PostAccountRequest,
    Person,
    PostPersonChange,
    ProviderAway,
    ProviderBack,
    ProviderOut,
    Incidents,
    IncidentNew,
    PostIncidentNew,
    Incident,
    IncidentAct,
    PostIncidentAct,
    Recall,
    PostRecall,
    Destructions,
    DestructionAsk,
    PostDestructionAsk,
    Destruction,
    PostDestruction,
    Rights,
    RightsNew,
    PostRightsNew,
    RightsCase,
    PostRightsCase,
    AuditReplay,
    ReleaseDecide,
    PostReleaseDecide,
}

/// A page of the life of agreements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AgreementPage {
    List,
    One,
    File,
    Rule,
    Compare,
    WhatIf,
    New,
    PostNew,
    Draft,
    PostDrop,
    Text,
    PostText,
    Part,
    PostPart,
    Submit,
    PostSubmit,
    Approvals,
    Version,
    Act,
    PostAct,
    Suspensions,
    Suspend,
    PostSuspend,
    Lift,
    PostLift,
}

/// How an address is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    Get,
    Post,
}

/// Who may open an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Who {
    /// Anybody, signed in or not.
    Everyone,
    /// Anybody who is signed in.
    SignedIn,
    /// Those who act in one of these roles.
    Roles(&'static [&'static str]),
}

/// One address.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Address {
    pub(crate) asked: Asked,
    /// The path, with its changing parts in braces.
    pub(crate) path: &'static str,
    /// Endings under which the same thing comes as a file.
    pub(crate) files: &'static [&'static str],
    pub(crate) who: Who,
    pub(crate) page: Page,
}

const SUBMITTER: Who = Who::Roles(&["submitter"]);
const SENDING: Who = Who::Roles(&["submitter", "operator"]);
const OPERATOR: Who = Who::Roles(&["operator"]);
const ANALYST: Who = Who::Roles(&["analyst"]);
const CHECKING: Who = Who::Roles(&["checker"]);
const RELEASING: Who = Who::Roles(&["analyst", "checker"]);
/// Those who know which releases there are; the tables are for those who work with them.
const RELEASES: Who = Who::Roles(&[
    "analyst",
    "checker",
    "ig_lead",
    "asset_owner",
    "privacy_officer",
]);
/// Those who put links right, and those whom a correction may concern.
const CORRECTED: Who = Who::Roles(&["operator", "analyst", "checker", "ig_lead"]);
const FINDING: Who = Who::Roles(&["clinician", "analyst"]);
const CASES: Who = Who::Roles(&["clinician", "analyst", "ig_lead"]);
const CARING: Who = Who::Roles(&["clinician"]);
const APPROVING: Who = Who::Roles(&["caldicott_guardian", "asset_owner"]);
const EMERGENCIES: Who = Who::Roles(&[
    "clinician",
    "caldicott_guardian",
    "asset_owner",
    "privacy_officer",
    "ig_lead",
]);
const REVIEWING: Who = Who::Roles(&["privacy_officer"]);
/// Those who read the log.
const AUDITING: Who = Who::Roles(&["auditor", "ig_lead"]);
/// Those who answer for what people said; the lead sees counts only.
const PREFERENCES: Who = Who::Roles(&["privacy_officer", "ig_lead"]);
const PRIVACY: Who = Who::Roles(&["privacy_officer"]);
/// Those who have data destroyed: who asks, and who decides as the second person.
const DESTROYING: Who = Who::Roles(&[
    "privacy_officer",
    "asset_owner",
    "caldicott_guardian",
    "data_steward",
]);
const DESTROYING_DECIDED: Who =
    Who::Roles(&["privacy_officer", "asset_owner", "caldicott_guardian"]);
/// Those who look at who is asking for their own records; the privacy officer answers.
const RIGHTS: Who = Who::Roles(&["privacy_officer", "caldicott_guardian"]);
/// A guardian decides objections that others took in.
const OBJECTIONS: Who = Who::Roles(&["privacy_officer", "caldicott_guardian"]);
/// Those who read agreements; what each of them may know is told page by page.
const READING: Who = Who::Roles(&[
    "analyst",
    "ig_lead",
    "asset_owner",
    "caldicott_guardian",
    "privacy_officer",
    "auditor",
    "agreement_manager",
]);
/// Those who know every agreement.
const GOVERNING: Who = Who::Roles(&[
    "ig_lead",
    "asset_owner",
    "caldicott_guardian",
    "privacy_officer",
    "auditor",
    "agreement_manager",
]);
const WRITING: Who = Who::Roles(&["agreement_manager"]);
/// Those who act on what was handed in: they approve, sign, or take back.
const JUDGING: Who = Who::Roles(&[
    "ig_lead",
    "asset_owner",
    "caldicott_guardian",
    "agreement_manager",
]);
const STOPPING: Who = Who::Roles(&[
    "ig_lead",
    "asset_owner",
    "caldicott_guardian",
    "privacy_officer",
]);
/// Those who work on incidents; `content/incidents.toml` may name fewer.
const INCIDENTS: Who = Who::Roles(&["ig_lead", "asset_owner", "privacy_officer"]);

/// Those who answer for how the service is run.
const ACCOUNTABLE: Who = Who::Roles(&[
    "ig_lead",
    "asset_owner",
    "caldicott_guardian",
    "privacy_officer",
    "auditor",
]);
/// Those who keep keys, and those who approve changes of them.
const KEYS: Who = Who::Roles(&["key_custodian", "asset_owner"]);
const KEY_CUSTODIAN: Who = Who::Roles(&["key_custodian"]);
const ADMINISTRATOR: Who = Who::Roles(&["administrator"]);
/// Those who decide what waits for a second person; `content/roles.toml` may name fewer.
const DECIDING: Who = Who::Roles(&["administrator", "asset_owner", "caldicott_guardian"]);

/// Every address.
pub(crate) const ADDRESSES: &[Address] = &[
    get("/", Who::Everyone, Page::Start),
    get("/sign-in", Who::Everyone, Page::SignIn),
    post("/sign-in", Who::Everyone, Page::PostSignIn),
    post("/sign-out", Who::SignedIn, Page::PostSignOut),
    get("/linkage/corrections", CORRECTED, Page::Corrections),
    post("/notices/read", Who::SignedIn, Page::PostNoticeRead),
    get("/role", Who::SignedIn, Page::Role),
    post("/role", Who::SignedIn, Page::PostRole),
    get("/check", Who::Everyone, Page::Check),
    post("/check", Who::Everyone, Page::PostCheck),
    get("/submissions", SENDING, Page::Submissions),
    post("/submissions", SUBMITTER, Page::PostSubmission),
    get("/submissions/new", SUBMITTER, Page::Upload),
    get("/submissions/{id}", SENDING, Page::Result),
    Address {
        files: &[".csv"],
        ..get("/submissions/{id}/findings/{rule}", SENDING, Page::Cause)
    },
    get("/submissions/{id}/confirm", SUBMITTER, Page::Confirm),
    post("/submissions/{id}/confirm", SUBMITTER, Page::PostConfirm),
    get("/submissions/{id}/withdraw", SUBMITTER, Page::Withdraw),
    post("/submissions/{id}/withdraw", SUBMITTER, Page::PostWithdraw),
    get("/submissions/{id}/receipt", SENDING, Page::Receipt),
    get("/runs", OPERATOR, Page::Runs),
    get("/runs/{id}", OPERATOR, Page::Run),
    get("/linkage", OPERATOR, Page::Linkage),
    Address {
        files: &[".html", ".json"],
        ..get("/linkage/{run}", OPERATOR, Page::LinkageReport)
    },
    get("/linkage/{run}/{table}", OPERATOR, Page::LinkageTable),
    get("/review", OPERATOR, Page::Review),
    post("/review", OPERATOR, Page::PostReview),
    post("/review/undo", OPERATOR, Page::PostReviewUndo),
    get("/review/decisions", OPERATOR, Page::ReviewDecisions),
    get("/review/decisions.csv", OPERATOR, Page::ReviewLabels),
    get("/review/{pair}", OPERATOR, Page::ReviewPair),
    get(
        "/submissions/{id}/findings.xlsx",
        SUBMITTER,
        Page::FindingsXlsx,
    ),
    get("/submissions/{id}/preview", SENDING, Page::Preview),
    get("/submissions/{id}/quality", SENDING, Page::Quality),
    get("/submissions/{id}/quality.xlsx", SENDING, Page::QualityXlsx),
    get("/submissions/{id}/returned", SUBMITTER, Page::Returned),
    post("/submissions/{id}/returned", SUBMITTER, Page::PostReturned),
    get(
        "/submissions/{id}/returned.csv",
        SUBMITTER,
        Page::ReturnedCsv,
    ),
    get(
        "/submissions/{id}/returned.xlsx",
        SUBMITTER,
        Page::ReturnedXlsx,
    ),
    get("/returned", OPERATOR, Page::ReturnedOverview),
    get("/quality", OPERATOR, Page::QualityOverview),
    get("/quality.xlsx", OPERATOR, Page::QualityOverviewXlsx),
    get("/changes", Who::Everyone, Page::Changes),
    get("/changes.atom", Who::Everyone, Page::ChangesAtom),
    get("/changes/{id}", Who::Everyone, Page::Change),
    get("/news/{id}", Who::Everyone, Page::News),
    get("/collection", OPERATOR, Page::Collection),
    get("/collection.csv", OPERATOR, Page::CollectionCsv),
    get("/collection/{code}", OPERATOR, Page::Council),
    get(
        "/collection/{code}/change/{what}",
        OPERATOR,
        Page::CouncilChange,
    ),
    post(
        "/collection/{code}/change/{what}",
        OPERATOR,
        Page::PostCouncilChange,
    ),
    get("/ask", ANALYST, Page::Ask),
    post("/ask", ANALYST, Page::PostAsk),
    get("/releases", RELEASES, Page::Releases),
    post("/releases", ANALYST, Page::PostRelease),
    get("/releases/new", ANALYST, Page::ReleaseNew),
    Address {
        files: &[".csv", ".svg"],
        ..get("/releases/{id}", RELEASING, Page::Release)
    },
    get("/evidence", ACCOUNTABLE, Page::Evidence),
    get("/register", Who::Everyone, Page::Register),
    get("/register.json", Who::Everyone, Page::RegisterJson),
    get("/register.csv", Who::Everyone, Page::RegisterCsv),
    get("/register-files.csv", Who::Everyone, Page::RegisterFiles),
    get("/register.atom", Who::Everyone, Page::RegisterAtom),
    Address {
        files: &[".json"],
        ..get("/register/{id}", Who::Everyone, Page::RegisterEntry)
    },
    get(
        "/register/{id}/versions/{version}",
        Who::Everyone,
        Page::RegisterVersion,
    ),
    get(
        "/register/organisations/{code}",
        Who::Everyone,
        Page::RegisterOrganisation,
    ),
    get(
        "/register/topics/{code}",
        Who::Everyone,
        Page::RegisterTopic,
    ),
    get("/specs", Who::Everyone, Page::Specs),
    get("/specs/{dataset}", Who::Everyone, Page::SpecCurrent),
    get("/specs/{dataset}/{version}", Who::Everyone, Page::Spec),
    get(
        "/specs/{dataset}/{version}/rules",
        Who::Everyone,
        Page::SpecRules,
    ),
    get(
        "/specs/{dataset}/{version}/fields/{column}",
        Who::Everyone,
        Page::SpecField,
    ),
    Address {
        files: &[".csv"],
        ..get(
            "/specs/{dataset}/{version}/codes/{list}",
            Who::Everyone,
            Page::SpecCodes,
        )
    },
    get(
        "/specs/{dataset}/{version}/files/{name}",
        Who::Everyone,
        Page::SpecFile,
    ),
    get(
        "/specs/{dataset}/{version}/dictionary.csv",
        Who::Everyone,
        Page::DictionaryCsv,
    ),
    get(
        "/specs/{dataset}/{version}/dictionary.json",
        Who::Everyone,
        Page::DictionaryJson,
    ),
    get("/rules/{code}", Who::Everyone, Page::Rule),
    get("/guidance", Who::Everyone, Page::Guidance),
    get("/schemas/{name}", Who::Everyone, Page::Schema),
    get("/status", Who::Everyone, Page::Status),
    get("/accessibility", Who::Everyone, Page::Accessibility),
    get("/cookies", Who::Everyone, Page::Cookies),
    get("/privacy", Who::Everyone, Page::Privacy),
    get("/help", Who::Everyone, Page::Help),
    get("/problems/{name}", Who::Everyone, Page::Problem),
    get("/assets/{name}", Who::Everyone, Page::Asset),
    get("/assets/images/{name}", Who::Everyone, Page::Image),
    get("/cases", CASES, Page::Cases),
    get("/cases/new", FINDING, Page::CaseFind),
    post("/cases/new", FINDING, Page::PostCaseFind),
    get("/cases/cohorts/{id}", FINDING, Page::CaseCohort),
    get("/cases/cohorts/{id}/ask", FINDING, Page::CaseAsk),
    post("/cases/cohorts/{id}/ask", FINDING, Page::PostCaseAsk),
    get("/cases/requests/{id}", CASES, Page::CaseRequest),
    post("/cases/requests/{id}", CASES, Page::PostCaseRequest),
    get("/cases/approvals", APPROVING, Page::CaseApprovals),
    get("/cases/approvals/{id}", APPROVING, Page::CaseApproval),
    post("/cases/approvals/{id}", APPROVING, Page::PostCaseApproval),
    get("/cases/lists/{id}", CARING, Page::CaseList),
    post("/cases/lists/{id}/open", CARING, Page::PostCaseListOpen),
    get("/cases/lists/{id}/people", CARING, Page::CaseListPeople),
    post("/cases/lists/{id}/outcomes", CARING, Page::PostCaseOutcome),
    post("/cases/lists/{id}/close", CARING, Page::PostCaseListClose),
    get("/cases/emergencies", EMERGENCIES, Page::Emergencies),
    get("/cases/emergencies/new", CARING, Page::EmergencyAsk),
    post("/cases/emergencies/new", CARING, Page::PostEmergencyAsk),
    get("/cases/emergencies/{id}", EMERGENCIES, Page::Emergency),
    post(
        "/cases/emergencies/{id}/judge",
        APPROVING,
        Page::PostEmergencyJudge,
    ),
    get(
        "/cases/emergencies/{id}/records",
        CARING,
        Page::EmergencyRecords,
    ),
    post(
        "/cases/emergencies/{id}/records",
        CARING,
        Page::PostEmergencyRecords,
    ),
    post(
        "/cases/emergencies/{id}/end",
        CARING,
        Page::PostEmergencyEnd,
    ),
    post(
        "/cases/emergencies/{id}/review",
        REVIEWING,
        Page::PostEmergencyReview,
    ),
    of("/agreements", READING, AgreementPage::List),
    of("/agreements/{id}", READING, AgreementPage::One),
    of("/agreements/{id}/file", READING, AgreementPage::File),
    of("/agreements/{id}/rule", READING, AgreementPage::Rule),
    of(
        "/agreements/{id}/compare",
        GOVERNING,
        AgreementPage::Compare,
    ),
    of("/agreements/what-if", GOVERNING, AgreementPage::WhatIf),
    of("/agreements/new", WRITING, AgreementPage::New),
    to("/agreements/new", WRITING, AgreementPage::PostNew),
    of("/agreements/drafts/{id}", WRITING, AgreementPage::Draft),
    to(
        "/agreements/drafts/{id}/drop",
        WRITING,
        AgreementPage::PostDrop,
    ),
    of("/agreements/drafts/{id}/text", WRITING, AgreementPage::Text),
    to(
        "/agreements/drafts/{id}/text",
        WRITING,
        AgreementPage::PostText,
    ),
    of(
        "/agreements/drafts/{id}/part/{part}",
        WRITING,
        AgreementPage::Part,
    ),
    to(
        "/agreements/drafts/{id}/part/{part}",
        WRITING,
        AgreementPage::PostPart,
    ),
    of(
        "/agreements/drafts/{id}/submit",
        WRITING,
        AgreementPage::Submit,
    ),
    to(
        "/agreements/drafts/{id}/submit",
        WRITING,
        AgreementPage::PostSubmit,
    ),
    of("/agreements/approvals", GOVERNING, AgreementPage::Approvals),
    of(
        "/agreements/approvals/{digest}",
        GOVERNING,
        AgreementPage::Version,
    ),
    of(
        "/agreements/approvals/{digest}/{act}",
        JUDGING,
        AgreementPage::Act,
    ),
    to(
        "/agreements/approvals/{digest}/{act}",
        JUDGING,
        AgreementPage::PostAct,
    ),
    of("/suspensions", GOVERNING, AgreementPage::Suspensions),
    of("/suspensions/new", STOPPING, AgreementPage::Suspend),
    to("/suspensions/new", STOPPING, AgreementPage::PostSuspend),
    of("/suspensions/{number}/lift", STOPPING, AgreementPage::Lift),
    to(
        "/suspensions/{number}/lift",
        STOPPING,
        AgreementPage::PostLift,
    ),
    get("/preferences", PREFERENCES, Page::Preferences),
    get("/preferences/new", PRIVACY, Page::PreferenceNew),
    post("/preferences/new", PRIVACY, Page::PostPreferenceNew),
    get("/preferences/cases", OBJECTIONS, Page::PreferenceCases),
    get(
        "/preferences/cases/{number}",
        OBJECTIONS,
        Page::PreferenceCase,
    ),
    post(
        "/preferences/cases/{number}",
        OBJECTIONS,
        Page::PostPreferenceCase,
    ),
    get("/opting-out", Who::Everyone, Page::OptingOut),
    get("/log", Who::Everyone, Page::Log),
    get("/audit", AUDITING, Page::Audit),
    get("/audit.csv", AUDITING, Page::AuditCsv),
    get("/audit.xlsx", AUDITING, Page::AuditXlsx),
    get("/audit.jsonl", AUDITING, Page::AuditJson),
    Address {
        files: &[".tlog-proof"],
        ..get("/audit/{entry}", AUDITING, Page::AuditEntry)
    },
    get("/audit/{entry}/replay", AUDITING, Page::AuditReplay),
    post("/audit/verify", AUDITING, Page::PostAuditVerify),
    get("/keys", KEYS, Page::Keys),
    get("/keys/change", KEY_CUSTODIAN, Page::KeyAsk),
    post("/keys/change", KEY_CUSTODIAN, Page::PostKeyAsk),
    get("/keys/changes/{number}", KEYS, Page::KeyRequest),
    post("/keys/changes/{number}", KEYS, Page::PostKeyRequest),
    get("/sign-in/code", Who::Everyone, Page::SignInCode),
    post("/sign-in/code", Who::Everyone, Page::PostSignInCode),
    get("/sign-in/first/{token}", Who::Everyone, Page::FirstPassword),
    post(
        "/sign-in/first/{token}",
        Who::Everyone,
        Page::PostFirstPassword,
    ),
    get("/account", Who::SignedIn, Page::Account),
    get("/account/stay", Who::SignedIn, Page::AccountStay),
    post(
        "/account/sessions",
        Who::SignedIn,
        Page::PostAccountSessions,
    ),
    get("/account/second-factor", Who::SignedIn, Page::SecondFactor),
    post(
        "/account/second-factor/start",
        Who::SignedIn,
        Page::PostSecondFactorStart,
    ),
    post(
        "/account/second-factor",
        Who::SignedIn,
        Page::PostSecondFactor,
    ),
    get("/people", ADMINISTRATOR, Page::People),
    get("/people.csv", ADMINISTRATOR, Page::PeopleCsv),
    get("/people/new", ADMINISTRATOR, Page::PersonNew),
    post("/people", ADMINISTRATOR, Page::PostPerson),
    get("/people/requests", DECIDING, Page::AccountRequests),
    post("/people/requests/{id}", DECIDING, Page::PostAccountRequest),
    get("/people/{id}", ADMINISTRATOR, Page::Person),
    post("/people/{id}/{what}", ADMINISTRATOR, Page::PostPersonChange),
    get(
        "/sign-in/with/{provider}",
        Who::Everyone,
        Page::ProviderAway,
    ),
    get(
        "/sign-in/from/{provider}",
        Who::Everyone,
        Page::ProviderBack,
    ),
    get(
        "/sign-out/from/{provider}",
        Who::Everyone,
        Page::ProviderOut,
    ),
    get("/incidents", INCIDENTS, Page::Incidents),
    get("/incidents/new", INCIDENTS, Page::IncidentNew),
    post("/incidents/new", INCIDENTS, Page::PostIncidentNew),
    Address {
        files: &[".json"],
        ..get("/incidents/{number}", INCIDENTS, Page::Incident)
    },
    get("/incidents/{number}/{act}", INCIDENTS, Page::IncidentAct),
    post(
        "/incidents/{number}/{act}",
        INCIDENTS,
        Page::PostIncidentAct,
    ),
    get("/releases/{id}/decide", CHECKING, Page::ReleaseDecide),
    post("/releases/{id}/decide", CHECKING, Page::PostReleaseDecide),
    get("/releases/{id}/recall", INCIDENTS, Page::Recall),
    post("/releases/{id}/recall", INCIDENTS, Page::PostRecall),
    get("/destruction", DESTROYING, Page::Destructions),
    get("/destruction/new", DESTROYING, Page::DestructionAsk),
    post("/destruction/new", DESTROYING, Page::PostDestructionAsk),
    Address {
        files: &[".json"],
        ..get("/destruction/{id}", DESTROYING, Page::Destruction)
    },
    post(
        "/destruction/{id}",
        DESTROYING_DECIDED,
        Page::PostDestruction,
    ),
    get("/subject-access", RIGHTS, Page::Rights),
    get("/subject-access/new", PRIVACY, Page::RightsNew),
    post("/subject-access/new", PRIVACY, Page::PostRightsNew),
    get("/subject-access/{number}", RIGHTS, Page::RightsCase),
    post("/subject-access/{number}", RIGHTS, Page::PostRightsCase),
];

const fn of(path: &'static str, who: Who, page: AgreementPage) -> Address {
    get(path, who, Page::Agreements(page))
}

const fn to(path: &'static str, who: Who, page: AgreementPage) -> Address {
    post(path, who, Page::Agreements(page))
}

const fn get(path: &'static str, who: Who, page: Page) -> Address {
    Address {
        asked: Asked::Get,
        path,
        files: &[],
        who,
        page,
    }
}

const fn post(path: &'static str, who: Who, page: Page) -> Address {
    Address {
        asked: Asked::Post,
        path,
        files: &[],
        who,
        page,
    }
}
