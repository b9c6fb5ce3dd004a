//! The clauses of an agreement, as its file writes them. Reading is here; sense is checked in `check`.

mod data;
mod law;
mod leaving;
mod parties;
mod people;

pub use data::{
    DatasetTerms, FieldTerms, Grade, Identifiability, LinkagePair, Refresh, Sector, Sensitivity,
};
pub use law::{
    Approval, Confidentiality, ConfidentialityAnswer, Ethics, Legal, OptOut, OptOuts,
    PreferenceKind,
};
pub use leaving::{Checker, FileKind, Onward, OnwardRecipient, OnwardSharing, Outputs};
pub use parties::{
    AreaOfLaw, Dspt, DsptStatus, FrameworkContract, Notice, Party, PartyRole, Registration,
    Storage, Transparency,
};
pub use people::{
    Access, HonoraryContract, IdentifyingField, Location, Professional, Reidentification, Training,
    User, UserKind,
};

use super::{
    list::closed_list,
    name::{Name, whole_day, whole_day_if_any},
    predicate::Predicate,
};
use model::{Date, OrganisationCode};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Everything that an agreement says.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Clauses {
    /// What the agreement is cited by. It never changes.
    pub reference: String,
    /// Grows with each change. The part before the first full stop is the line within which
    /// pseudonyms stay the same.
    pub version: String,
    /// What professionals call it.
    pub title: String,
    /// What the people whose data it concerns may call it; the title, where it is left out.
    #[serde(default)]
    pub lay_title: Option<String>,
    /// What it is, for the people whose data it concerns.
    pub lay_summary: String,
    /// How close to a person its data come.
    pub identifiability: Identifiability,
    /// Whom to ask.
    pub contact: Contact,
    /// Who put it forward. Counts in a file of content only: [`Facts`](super::facts::Facts).
    #[serde(default)]
    pub submitted: Option<Assent>,
    /// Who approved it. Counts in a file of content only.
    #[serde(default)]
    pub approved: Vec<Assent>,
    /// How the data are kept safe, in sentences.
    #[serde(default)]
    pub security: Vec<String>,
    /// What the parties agreed beyond the other clauses, in sentences.
    #[serde(default)]
    pub special_conditions: Vec<String>,
    /// Whether access is stopped for now.
    #[serde(default)]
    pub suspended: Option<Suspension>,
    pub term: Term,
    pub legal: Legal,
    /// The approval of an ethics committee, which research needs.
    #[serde(default)]
    pub ethics: Option<Ethics>,
    pub parties: Vec<Party>,
    /// The contracts above this agreement: each controller has one with the safe haven.
    #[serde(default)]
    pub framework_contracts: Vec<FrameworkContract>,
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
    /// Whether, for whom and how far a professional may learn who the people of a list are.
    #[serde(default)]
    pub reidentification: Option<Reidentification>,
    pub outputs: Outputs,
    pub onward: Onward,
    /// Where the data are kept.
    pub storage: Vec<Storage>,
    pub transparency: Transparency,
    #[serde(default)]
    pub signatures: Vec<Signature>,
}

/// Whom to ask about the agreement.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Contact {
    pub name: String,
    pub role: String,
}

/// Someone put the agreement forward, or approved it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Assent {
    pub name: String,
    pub role: String,
    #[serde(with = "whole_day")]
    pub on: Date,
}

/// Access is stopped from a day until it is lifted.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Suspension {
    #[serde(with = "whole_day")]
    pub from: Date,
    pub reason: String,
    /// The first day on which access is open again.
    #[serde(default, with = "whole_day_if_any")]
    pub lifted: Option<Date>,
}

/// When it holds. All days are included, in the time of the United Kingdom.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Term {
    #[serde(with = "whole_day")]
    pub issued: Date,
    #[serde(with = "whole_day")]
    pub start: Date,
    #[serde(with = "whole_day")]
    pub end: Date,
    #[serde(with = "whole_day")]
    pub review: Date,
    /// The last day by which what was made for this agreement is destroyed.
    #[serde(with = "whole_day")]
    pub destruction_due: Date,
    /// The last day by which the certificate of destruction is given.
    #[serde(with = "whole_day")]
    pub certificate_due: Date,
    /// What is kept after the last day, until when, and which duty asks it.
    #[serde(default)]
    pub retention: Option<Retention>,
}

/// Something is kept after the last day of the agreement.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Retention {
    pub what: String,
    #[serde(with = "whole_day")]
    pub until: Date,
    /// The legal duty or the reason.
    pub why: String,
}

/// A purpose, with what is to come of it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Purpose {
    pub code: PurposeCode,
    pub lay_summary: String,
    /// What is to be found out, for professionals.
    #[serde(default)]
    pub objective: Option<String>,
    /// What is done with the data, for professionals.
    #[serde(default)]
    pub processing: Option<String>,
    pub outputs: Vec<String>,
    pub benefits: Vec<Benefit>,
    #[serde(default)]
    pub commercial: bool,
}

/// A benefit that can be measured by a day.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Benefit {
    pub what: String,
    #[serde(with = "whole_day")]
    pub by: Date,
}

closed_list! {
    /// The closed list of purposes. Its words follow "for".
    PurposeCode {
        Commissioning = "commissioning", "planning and buying care (commissioning)";
        PopulationHealth = "population_health", "understanding the health of the population";
        InvoiceValidation = "invoice_validation", "checking invoices for care";
        RiskStratificationCaseFinding = "risk_stratification_case_finding",
            "finding people whom a clinician may help early";
        ServiceEvaluation = "service_evaluation", "judging how well a service works";
        Research = "research", "research";
        StatutoryReturn = "statutory_return", "a return that the law requires";
        DirectCare = "direct_care", "the care of the person";
    }
}

/// A party has signed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Signature {
    pub party: OrganisationCode,
    pub name: String,
    pub role: String,
    #[serde(with = "whole_day")]
    pub signed: Date,
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

    /// What lay readers call it.
    pub fn title_for_everyone(&self) -> &str {
        self.lay_title.as_deref().unwrap_or(&self.title)
    }

    /// How close to a person the rows of a table come.
    pub fn class_of(&self, terms: &DatasetTerms) -> Identifiability {
        terms.class.unwrap_or(self.identifiability)
    }

    /// The answer to the duty of confidence for a table: its own, or that of the agreement.
    pub fn confidentiality_of<'a>(&'a self, terms: &'a DatasetTerms) -> &'a Confidentiality {
        terms
            .confidentiality
            .as_ref()
            .unwrap_or(&self.legal.confidentiality)
    }

    /// The agreement as a file that reads back as the same clauses. Comments are not kept.
    pub fn to_text(&self) -> Result<String, toml::ser::Error> {
        toml::to_string_pretty(self)
    }
}
