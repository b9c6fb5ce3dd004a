//! The public register: what anyone may know of an agreement, made from its clauses and never
//! typed twice.

mod alliance;
mod national;
mod used;

pub use alliance::AllianceUse;
pub use national::{NationalDataset, NationalFile, NationalUse};
pub use used::{ReleasedFile, Used};

use crate::{
    State,
    agreement::{
        Clauses, Facts,
        clauses::{Checker, ConfidentialityAnswer, Identifiability, PartyRole, PreferenceKind},
    },
};
use model::Date;
use serde::Serialize;

/// An agreement as the public reads it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RegisterEntry {
    pub reference: String,
    pub version: String,
    pub title: String,
    pub lay_summary: String,
    /// Who may see what, for which purpose, until when.
    pub sentence: String,
    pub state: State,
    pub organisations: Vec<RegisteredOrganisation>,
    pub purposes: Vec<RegisteredPurpose>,
    /// What about people is used, and why.
    pub data: Vec<RegisteredData>,
    /// Whose rows, in words.
    pub people: String,
    pub identifiability: Identifiability,
    /// What may be linked with what, and why.
    pub linkage: Vec<RegisteredLinkage>,
    pub legal_basis: RegisteredLaw,
    /// For each kind of opt-out, whether it was applied, and why.
    pub opt_outs: Vec<RegisteredOptOut>,
    pub issued: Date,
    pub starts: Date,
    pub ends: Date,
    pub review: Date,
    pub rule_set: String,
    pub checker: Checker,
    /// Whom to ask or to complain to.
    pub contact: String,
}

/// An organisation of a registered agreement, with its roles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RegisteredOrganisation {
    pub code: String,
    pub name: String,
    pub roles: Vec<PartyRole>,
    pub signed: Option<Date>,
}

/// A purpose of a registered agreement, with what came or is to come of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RegisteredPurpose {
    pub code: String,
    pub words: String,
    pub lay_summary: String,
    pub outputs: Vec<String>,
    /// Each with the day by which it is to be seen.
    pub benefits: Vec<(String, Date)>,
    pub commercial: bool,
}

/// A table of a registered agreement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RegisteredData {
    pub table: String,
    pub title: String,
    pub why: String,
    pub fields: Vec<RegisteredField>,
}

/// A column of a registered agreement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RegisteredField {
    pub column: String,
    /// How it is shown, in words.
    pub shown: String,
    pub why: String,
}

/// A linkage of a registered agreement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RegisteredLinkage {
    pub from: String,
    pub to: String,
    pub why: String,
}

/// The three answers of the law.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RegisteredLaw {
    pub art6: Vec<String>,
    pub art9: Vec<String>,
    pub statutory_power: String,
    pub confidentiality: ConfidentialityAnswer,
    pub confidentiality_words: String,
    pub confidentiality_reason: String,
    pub approvals: Vec<String>,
}

/// What a registered agreement does about one kind of opt-out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RegisteredOptOut {
    pub kind: PreferenceKind,
    pub words: String,
    pub applied: bool,
    pub reason: String,
}

impl Clauses {
    /// The entry of the public register, as on a day, with what the text says as the only facts.
    pub fn register_entry(&self, on: Date) -> RegisterEntry {
        self.register_entry_with(&Facts::of_a_file(), on)
    }

    /// The entry of the public register, as on a day.
    pub fn register_entry_with(&self, facts: &Facts, on: Date) -> RegisterEntry {
        RegisterEntry {
            reference: self.reference.clone(),
            version: self.version.clone(),
            title: self.title.clone(),
            lay_summary: self.lay_summary.clone(),
            sentence: self.sentence(),
            state: self.state_with(facts, on),
            organisations: self.registered_organisations(facts, on),
            purposes: self.registered_purposes(),
            data: self.registered_data(),
            people: self.rows_in_words(),
            identifiability: self.identifiability,
            linkage: self
                .linkage
                .iter()
                .map(|pair| RegisteredLinkage {
                    from: pair.from.as_str().to_owned(),
                    to: pair.to.as_str().to_owned(),
                    why: pair.why.clone(),
                })
                .collect(),
            legal_basis: self.registered_law(),
            opt_outs: self
                .opt_outs
                .by_kind()
                .into_iter()
                .map(|(kind, says)| RegisteredOptOut {
                    kind,
                    words: kind.words().to_owned(),
                    applied: says.apply,
                    reason: says.reason.clone(),
                })
                .collect(),
            issued: self.term.issued,
            starts: self.term.start,
            ends: self.term.end,
            review: self.term.review,
            rule_set: self.outputs.rule_set.clone(),
            checker: self.outputs.checker,
            contact: format!("{}, {}", self.contact.name, self.contact.role),
        }
    }

    fn registered_organisations(&self, facts: &Facts, on: Date) -> Vec<RegisteredOrganisation> {
        self.parties
            .iter()
            .map(|party| RegisteredOrganisation {
                code: party.organisation.as_str().to_owned(),
                name: party.name.clone(),
                roles: party.roles.iter().copied().collect(),
                signed: facts
                    .signatures(self)
                    .find(|s| s.party == party.organisation && s.signed <= on)
                    .map(|s| s.signed),
            })
            .collect()
    }

    fn registered_purposes(&self) -> Vec<RegisteredPurpose> {
        self.purposes
            .iter()
            .map(|purpose| RegisteredPurpose {
                code: purpose.code.code().to_owned(),
                words: purpose.code.words().to_owned(),
                lay_summary: purpose.lay_summary.clone(),
                outputs: purpose.outputs.clone(),
                benefits: purpose
                    .benefits
                    .iter()
                    .map(|b| (b.what.clone(), b.by))
                    .collect(),
                commercial: purpose.commercial,
            })
            .collect()
    }

    fn registered_data(&self) -> Vec<RegisteredData> {
        self.datasets
            .iter()
            .map(|(table, terms)| RegisteredData {
                table: table.as_str().to_owned(),
                title: terms.title.clone(),
                why: terms.why.clone(),
                fields: terms
                    .fields
                    .iter()
                    .map(|(column, field)| RegisteredField {
                        column: column.as_str().to_owned(),
                        shown: field.treatment.words(),
                        why: field.why.clone(),
                    })
                    .collect(),
            })
            .collect()
    }

    fn registered_law(&self) -> RegisteredLaw {
        let confidentiality = &self.legal.confidentiality;
        RegisteredLaw {
            art6: self.legal.art6.clone(),
            art9: self.legal.art9.clone(),
            statutory_power: self.legal.statutory_power.clone(),
            confidentiality: confidentiality.answer,
            confidentiality_words: confidentiality.answer.words().to_owned(),
            confidentiality_reason: confidentiality.reason.clone(),
            approvals: confidentiality
                .approvals
                .iter()
                .map(|a| a.reference.clone())
                .collect(),
        }
    }
}
