//! A use of data by the headings of the national Data Uses Register.
//!
//! Source: the fields of NHS England's published register, as the reference on governance lists them.

use super::Used;
use crate::agreement::{
    Clauses,
    clauses::{OnwardSharing, PartyRole},
};
use model::Date;
use serde::Serialize;

/// One agreement, by the national headings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NationalUse {
    pub agreement_reference: String,
    pub title: String,
    pub applicant: String,
    pub controllers: Vec<String>,
    /// Sole, joint or in common.
    pub controller_type: &'static str,
    /// What kinds of organisation they are, each once.
    pub type_of_organisation: Vec<String>,
    pub commercial: bool,
    pub start_date: Date,
    pub end_date: Date,
    /// Purposes and objectives.
    pub objective: Vec<String>,
    pub processing: Vec<String>,
    pub outputs: Vec<String>,
    pub benefits: Vec<String>,
    pub datasets: Vec<NationalDataset>,
    pub legal_basis: Vec<String>,
    /// For each kind of preference whether it was applied, and why or why not.
    pub opt_outs: Vec<String>,
    pub access_method: &'static str,
    pub sub_licensing: String,
    /// One line for each physical file.
    pub files: Vec<NationalFile>,
}

/// A dataset of an agreement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NationalDataset {
    pub dataset: String,
    pub class_of_data: &'static str,
    pub sensitivity: &'static str,
    pub frequency: &'static str,
    pub why: String,
}

/// A file that left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NationalFile {
    pub file: String,
    pub release_date: Date,
}

impl Clauses {
    /// The entry by the national headings.
    pub fn national_use(&self, used: &Used) -> NationalUse {
        let controllers: Vec<&_> = self.parties.iter().filter(|p| p.controls()).collect();
        let mut kinds: Vec<String> = Vec::new();
        for kind in controllers.iter().filter_map(|p| p.kind.as_ref()) {
            if !kinds.contains(kind) {
                kinds.push(kind.clone());
            }
        }
        NationalUse {
            agreement_reference: self.reference.clone(),
            title: self.title.clone(),
            applicant: self.applicant(),
            controllers: controllers.iter().map(|p| p.name.clone()).collect(),
            controller_type: self.controller_type(),
            type_of_organisation: kinds,
            commercial: self.purposes.iter().any(|p| p.commercial),
            start_date: self.term.start,
            end_date: self.term.end,
            objective: self
                .purposes
                .iter()
                .map(|p| {
                    let objective = p.objective.as_deref().unwrap_or(&p.lay_summary);
                    format!("{}: {objective}", p.code.words())
                })
                .collect(),
            processing: self
                .purposes
                .iter()
                .filter_map(|p| p.processing.clone())
                .collect(),
            outputs: self
                .purposes
                .iter()
                .flat_map(|p| p.outputs.clone())
                .collect(),
            benefits: self.benefits_in_words(),
            datasets: self
                .datasets
                .values()
                .map(|terms| NationalDataset {
                    dataset: terms.title.clone(),
                    class_of_data: self.class_of(terms).words(),
                    sensitivity: terms.sensitivity.words(),
                    frequency: terms.refresh.words(),
                    why: terms.why.clone(),
                })
                .collect(),
            legal_basis: self.legal_basis_in_words(),
            opt_outs: self.opt_outs_in_words(),
            access_method: "System access: inside the safe haven; only protected tables leave",
            sub_licensing: match self.onward.sharing {
                OnwardSharing::ListedRecipients => self
                    .onward
                    .sub_licence
                    .clone()
                    .unwrap_or_else(|| self.onward.sharing.words().to_owned()),
                sharing => sharing.words().to_owned(),
            },
            files: used
                .files
                .iter()
                .map(|file| NationalFile {
                    file: file.title.clone(),
                    release_date: crate::agreement::day_of(file.released_at),
                })
                .collect(),
        }
    }

    /// The organisations that may see the data.
    pub(super) fn applicant(&self) -> String {
        let names: Vec<&str> = self
            .access
            .organisations
            .iter()
            .map(|o| self.name_of(o))
            .collect();
        names.join("; ")
    }

    fn controller_type(&self) -> &'static str {
        let has = |role| self.parties.iter().any(|p| p.roles.contains(&role));
        if has(PartyRole::ControllerInCommon) {
            "Controllers in common"
        } else if has(PartyRole::JointController) {
            "Joint controllers"
        } else {
            "Sole controller"
        }
    }

    pub(super) fn legal_basis_in_words(&self) -> Vec<String> {
        let legal = &self.legal;
        legal
            .art6
            .iter()
            .chain(&legal.art9)
            .map(|article| format!("UK GDPR Article {article}"))
            .chain(
                legal
                    .dpa_schedule1
                    .iter()
                    .map(|condition| format!("Data Protection Act 2018 Schedule 1: {condition}")),
            )
            .chain([
                legal.statutory_power.clone(),
                format!(
                    "Duty of confidence: {}",
                    legal.confidentiality.answer.words()
                ),
            ])
            .collect()
    }

    pub(super) fn opt_outs_in_words(&self) -> Vec<String> {
        self.opt_outs
            .by_kind()
            .into_iter()
            .map(|(kind, says)| {
                let done = if says.apply { "applied" } else { "not applied" };
                format!("People with {}: {done}. {}", kind.words(), says.reason)
            })
            .collect()
    }

    pub(super) fn benefits_in_words(&self) -> Vec<String> {
        self.purposes
            .iter()
            .flat_map(|p| &p.benefits)
            .map(|b| format!("{} (by {})", b.what, b.by))
            .collect()
    }
}
