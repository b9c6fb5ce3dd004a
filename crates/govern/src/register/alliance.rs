//! A use of data by the headings of the register standard of the UK Health Data Research Alliance.
//!
//! Source: the standard as the national gateway implements it, as the reference on governance lists it.

use super::Used;
use crate::agreement::{Clauses, DatasetTerms, Facts, clauses::PartyRole};
use chrono::{DateTime, Utc};
use model::Date;
use serde::Serialize;

/// One agreement, by the headings of the Alliance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AllianceUse {
    pub project_title: String,
    pub project_id: String,
    pub dataset_names: Vec<String>,
    pub organisation_name: String,
    pub organisation_sector: Vec<String>,
    /// Whom to ask: people who use the data are told as a number.
    pub applicants: String,
    pub funders_and_sponsors: Vec<String>,
    pub accredited_researcher_status: &'static str,
    pub sub_licence_arrangements: String,
    pub lay_summary: String,
    pub public_benefit_statement: Vec<String>,
    pub request_category: Vec<String>,
    pub technical_summary: Vec<String>,
    pub other_approvals: Vec<String>,
    pub project_start_date: Date,
    pub project_end_date: Date,
    pub latest_approval_date: Option<Date>,
    pub data_sensitivity_level: &'static str,
    pub legal_basis: Vec<String>,
    pub duty_of_confidentiality: String,
    pub national_data_opt_out_applied: bool,
    pub request_frequency: Vec<String>,
    pub how_data_are_processed: Vec<String>,
    pub confidential_data_used: String,
    pub access_date: Option<DateTime<Utc>>,
    pub access_location: Vec<String>,
    pub privacy_enhancement: Vec<String>,
    /// Addresses of what came of it.
    pub outputs: Vec<String>,
}

impl Clauses {
    /// The entry by the headings of the Alliance, as on a day.
    pub fn alliance_use(&self, facts: &Facts, used: &Used, on: Date) -> AllianceUse {
        let confidentiality = &self.legal.confidentiality;
        AllianceUse {
            project_title: self.title.clone(),
            project_id: self.reference.clone(),
            dataset_names: self.each_table(&|terms| terms.title.clone()),
            organisation_name: self.applicant(),
            organisation_sector: self.sectors(),
            applicants: format!(
                "{} named people; ask {}, {}",
                self.access.users.len(),
                self.contact.name,
                self.contact.role
            ),
            funders_and_sponsors: self.funders(),
            accredited_researcher_status: if self.access.training.is_some() {
                "Trained for safe use, as the agreement asks"
            } else {
                "Not asked"
            },
            sub_licence_arrangements: self
                .onward
                .sub_licence
                .clone()
                .unwrap_or_else(|| self.onward.sharing.words().to_owned()),
            lay_summary: self.lay_summary.trim().to_owned(),
            public_benefit_statement: self.benefits_in_words(),
            request_category: self
                .purposes
                .iter()
                .map(|p| p.code.words().to_owned())
                .collect(),
            technical_summary: self
                .purposes
                .iter()
                .flat_map(|p| p.objective.iter().chain(&p.processing))
                .cloned()
                .collect(),
            other_approvals: confidentiality
                .approvals
                .iter()
                .map(|a| a.reference.clone())
                .chain(
                    self.ethics
                        .iter()
                        .map(|e| format!("{}, {}", e.body, e.reference)),
                )
                .collect(),
            project_start_date: self.term.start,
            project_end_date: self.term.end,
            latest_approval_date: facts
                .approvals_by(self, on)
                .into_iter()
                .map(|approval| approval.on)
                .max(),
            data_sensitivity_level: self.identifiability.words(),
            legal_basis: self.legal_basis_in_words(),
            duty_of_confidentiality: format!(
                "{}. {}",
                confidentiality.answer.words(),
                confidentiality.reason
            ),
            national_data_opt_out_applied: self.opt_outs.national_data_opt_out.apply,
            request_frequency: self.each_table(&|terms| terms.refresh.words().to_owned()),
            how_data_are_processed: self.linkage_in_words(),
            confidential_data_used: self.rows_in_words(),
            access_date: used.files.iter().map(|file| file.released_at).max(),
            access_location: self
                .storage
                .iter()
                .map(|kept| format!("{}, {}", self.name_of(&kept.organisation), kept.place))
                .collect(),
            privacy_enhancement: self.security.clone(),
            outputs: used
                .files
                .iter()
                .map(|file| format!("/releases/{}", file.id))
                .collect(),
        }
    }

    fn funders(&self) -> Vec<String> {
        self.parties
            .iter()
            .filter(|p| p.roles.contains(&PartyRole::Funder))
            .map(|p| p.name.clone())
            .collect()
    }

    fn sectors(&self) -> Vec<String> {
        self.parties
            .iter()
            .filter(|p| self.access.organisations.contains(&p.organisation))
            .filter_map(|p| p.kind.clone())
            .collect()
    }

    /// What is said of each table, each saying once.
    fn each_table(&self, words: &dyn Fn(&DatasetTerms) -> String) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        for said in self.datasets.values().map(words) {
            if !found.contains(&said) {
                found.push(said);
            }
        }
        found
    }

    fn linkage_in_words(&self) -> Vec<String> {
        self.linkage
            .iter()
            .map(|pair| {
                format!(
                    "{} with {}, linked by {}: {}",
                    pair.from,
                    pair.to,
                    self.name_of(&pair.performed_by),
                    pair.why
                )
            })
            .collect()
    }
}
