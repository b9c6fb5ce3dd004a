//! The clauses of an agreement, as its file writes them. Reading is here; sense is checked in `check`.

use super::{
    name::{Name, day, day_if_any},
    predicate::{Fact, Found, Predicate},
    treatment::Treatment,
};
use model::{Date, OrganisationCode};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Everything that an agreement says.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clauses {
    /// What the agreement is cited by. It never changes.
    pub reference: String,
    /// Grows with each change. The part before the first full stop is the line within which
    /// pseudonyms stay the same.
    pub version: String,
    /// What professionals call it.
    pub title: String,
    /// What it is, for the people whose data it concerns.
    pub lay_summary: String,
    /// How close to a person its data come.
    pub identifiability: Identifiability,
    /// Whom to ask.
    pub contact: Contact,
    /// Whether access is stopped for now.
    #[serde(default)]
    pub suspended: Option<Suspension>,
    pub term: Term,
    pub legal: Legal,
    pub parties: Vec<Party>,
    pub purposes: Vec<Purpose>,
    pub access: Access,
    /// The tables it opens, by name.
    pub datasets: BTreeMap<Name, DatasetTerms>,
    /// The pairs of tables that one question may use together. Anything not listed is refused.
    #[serde(default)]
    pub linkage: Vec<LinkagePair>,
    /// Which rows it is about.
    pub minimisation: Predicate,
    pub opt_outs: OptOuts,
    pub outputs: Outputs,
    #[serde(default)]
    pub signatures: Vec<Signature>,
}

/// How close to a person the data come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Identifiability {
    /// Protected counts only; no row is ever shown.
    AnonymousAggregate,
    /// Rows under pseudonyms, for named people, inside the safe haven.
    Deidentified,
}

/// Whom to ask about the agreement.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contact {
    pub name: String,
    pub role: String,
}

/// Access is stopped from a day until it is lifted.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Suspension {
    #[serde(deserialize_with = "day")]
    pub from: Date,
    pub reason: String,
    /// The first day on which access is open again.
    #[serde(default, deserialize_with = "day_if_any")]
    pub lifted: Option<Date>,
}

/// When it holds. All days are included, in the time of the United Kingdom.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Term {
    #[serde(deserialize_with = "day")]
    pub issued: Date,
    #[serde(deserialize_with = "day")]
    pub start: Date,
    #[serde(deserialize_with = "day")]
    pub end: Date,
    #[serde(deserialize_with = "day")]
    pub review: Date,
}

/// The law it rests on: three separate answers, of which none implies another.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Legal {
    /// UK GDPR Article 6.
    pub art6: Vec<String>,
    /// UK GDPR Article 9.
    pub art9: Vec<String>,
    /// The power under which the data may be disclosed at all.
    pub statutory_power: String,
    /// How the common-law duty of confidence is met.
    pub confidentiality: Confidentiality,
}

/// How the common-law duty of confidence is met.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Confidentiality {
    pub answer: ConfidentialityAnswer,
    pub reason: String,
    /// Approvals that the answer needs, each with its own end.
    #[serde(default)]
    pub approvals: Vec<Approval>,
}

/// The answers to the common-law duty of confidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ConfidentialityAnswer {
    /// De-identified with controls; the recipient never holds the key.
    NotConfidentialInRecipientsHands,
    Consent,
    /// Support under section 251 of the NHS Act 2006.
    #[serde(rename = "section_251")]
    Section251,
    LegalObligation,
    OverridingPublicInterest,
    DirectCare,
}

/// An approval by another body.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    pub reference: String,
    #[serde(deserialize_with = "day")]
    pub start: Date,
    #[serde(deserialize_with = "day")]
    pub end: Date,
}

/// An organisation that is bound by the agreement.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Party {
    pub organisation: OrganisationCode,
    pub name: String,
    pub roles: BTreeSet<PartyRole>,
}

/// What a party is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PartyRole {
    Controller,
    JointController,
    Processor,
    SafeHaven,
    Recipient,
}

/// A purpose, with what is to come of it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Purpose {
    pub code: PurposeCode,
    pub lay_summary: String,
    pub outputs: Vec<String>,
    pub benefits: Vec<Benefit>,
    #[serde(default)]
    pub commercial: bool,
}

/// A benefit that can be measured by a day.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Benefit {
    pub what: String,
    #[serde(deserialize_with = "day")]
    pub by: Date,
}

/// The closed list of purposes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PurposeCode {
    Commissioning,
    PopulationHealth,
    InvoiceValidation,
    RiskStratificationCaseFinding,
    ServiceEvaluation,
    Research,
    StatutoryReturn,
    DirectCare,
}

/// Who may ask.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Access {
    pub organisations: Vec<OrganisationCode>,
    pub roles: Vec<String>,
    pub users: Vec<User>,
}

/// A person who may ask, by the name of their account.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct User {
    pub account: String,
    pub organisation: OrganisationCode,
    #[serde(default, deserialize_with = "day_if_any")]
    pub from: Option<Date>,
    #[serde(default, deserialize_with = "day_if_any")]
    pub until: Option<Date>,
}

/// What is opened of one table.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatasetTerms {
    /// What the table holds, for lay readers: it stands in the sentence after "may see".
    pub title: String,
    /// Why the table is needed.
    pub why: String,
    /// Where the table keeps what the minimisation speaks of.
    #[serde(default)]
    pub facts: BTreeMap<Fact, Found>,
    pub fields: BTreeMap<Name, FieldTerms>,
}

/// How one column is shown, and why it is needed.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldTerms {
    /// The column of the analysis zone, where it has another name there.
    #[serde(default)]
    pub from: Option<Name>,
    pub treatment: Treatment,
    pub why: String,
}

/// Two tables that one question may use together.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinkagePair {
    pub from: Name,
    pub to: Name,
    /// Tables of one key domain carry the same pseudonyms; no other tables do.
    pub key_domain: String,
    pub why: String,
}

/// For each kind of preference, whether it removes people, and why.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OptOuts {
    pub national_data_opt_out: OptOut,
    pub type_1: OptOut,
    pub local: OptOut,
}

/// Whether one kind of preference removes people, and why.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OptOut {
    pub apply: bool,
    pub reason: String,
    /// Where the reason can be checked, such as the letter of approval.
    #[serde(default)]
    pub evidence: Option<String>,
}

/// The kinds of preference, by the codes that the table of preferences uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PreferenceKind {
    NationalDataOptOut,
    #[serde(rename = "type_1")]
    Type1,
    Local,
}

/// What may leave.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outputs {
    /// The disclosure rules, by the name of their set in `content/releases/`.
    pub rule_set: String,
    pub checker: Checker,
}

/// Who looks at an output before it leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Checker {
    /// Nobody, where the rules find nothing; otherwise one person.
    WhenRulesFindSomething,
    OnePerson,
    TwoPeople,
}

/// A party has signed.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signature {
    pub party: OrganisationCode,
    pub name: String,
    pub role: String,
    #[serde(deserialize_with = "day")]
    pub signed: Date,
}

/// What holds for every agreement of this safe haven, from `content/agreements/house.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct House {
    /// The table of the analysis zone that holds who has opted out: a pseudonym and a kind.
    pub preferences_table: Name,
}

impl OptOuts {
    /// Each kind with what the agreement says about it.
    pub fn by_kind(&self) -> [(PreferenceKind, &OptOut); 3] {
        [
            (
                PreferenceKind::NationalDataOptOut,
                &self.national_data_opt_out,
            ),
            (PreferenceKind::Type1, &self.type_1),
            (PreferenceKind::Local, &self.local),
        ]
    }

    /// The kinds that remove people.
    pub fn applied(&self) -> Vec<PreferenceKind> {
        self.by_kind()
            .into_iter()
            .filter(|(_, says)| says.apply)
            .map(|(kind, _)| kind)
            .collect()
    }
}

impl PreferenceKind {
    /// The code in the table of preferences.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NationalDataOptOut => "national_data_opt_out",
            Self::Type1 => "type_1",
            Self::Local => "local",
        }
    }
}

impl PurposeCode {
    /// The purposes, in the order of the closed list.
    pub const ALL: [Self; 8] = [
        Self::Commissioning,
        Self::PopulationHealth,
        Self::InvoiceValidation,
        Self::RiskStratificationCaseFinding,
        Self::ServiceEvaluation,
        Self::Research,
        Self::StatutoryReturn,
        Self::DirectCare,
    ];

    /// The code that a question names.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Commissioning => "commissioning",
            Self::PopulationHealth => "population_health",
            Self::InvoiceValidation => "invoice_validation",
            Self::RiskStratificationCaseFinding => "risk_stratification_case_finding",
            Self::ServiceEvaluation => "service_evaluation",
            Self::Research => "research",
            Self::StatutoryReturn => "statutory_return",
            Self::DirectCare => "direct_care",
        }
    }
}

impl Clauses {
    /// The party with this code.
    pub fn party(&self, organisation: &OrganisationCode) -> Option<&Party> {
        self.parties
            .iter()
            .find(|p| &p.organisation == organisation)
    }

    /// The name of a party, or its code where it is none.
    pub fn name_of<'a>(&'a self, organisation: &'a OrganisationCode) -> &'a str {
        self.party(organisation)
            .map_or(organisation.as_str(), |p| p.name.as_str())
    }
}
