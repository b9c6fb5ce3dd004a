//! The value lists that invented records draw from, and the mapping files made of them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;

use super::dice::Dice;

const LISTS: &str = include_str!("../../data/values.csv");

/// A raw value and what it is mapped to.
#[derive(Debug, Clone, Deserialize)]
struct Pair {
    field: String,
    release: String,
    raw: String,
    cleaned: String,
    group: String,
}

/// All value lists.
#[derive(Debug, Clone)]
pub struct Values {
    pairs: Vec<Pair>,
    cleaned: BTreeMap<String, Vec<String>>,
}

/// How a mapping file is laid out: field, file, column stem, end of the cleaned column's name, grouped or not.
const FILES: [(&str, &str, &str, &str, bool); 22] = [
    (
        "accommodation_status",
        "Accommodation_Status",
        "Accommodation_Status",
        "_R2",
        false,
    ),
    (
        "assessment_type",
        "Assessment_Type",
        "Assessment_Type",
        "_R2",
        false,
    ),
    (
        "client_funding_status",
        "Client_Funding_Status",
        "Client_Funding_Status",
        "_R2",
        false,
    ),
    ("client_type", "Client_Type", "Client_Type", "_R2", false),
    (
        "cost_frequency_unit_type",
        "Cost_Frequency_Unit_Type",
        "Cost_Frequency_Unit_Type",
        "_R2",
        false,
    ),
    (
        "delivery_mechanism",
        "Delivery_Mechanism",
        "Delivery_Mechanism",
        "_R2",
        false,
    ),
    (
        "employment_status",
        "Employment_Status",
        "Employment_Status",
        "_R2",
        false,
    ),
    ("ethnicity", "Ethnicity", "Ethnicity", "_R2", true),
    (
        "event_outcome",
        "Event_Outcome",
        "Event_Outcome",
        "_R2",
        true,
    ),
    ("gender", "Gender", "Gender", "", false),
    (
        "has_unpaid_carer",
        "Has_Unpaid_Carer",
        "Has_Unpaid_Carer",
        "",
        false,
    ),
    (
        "hearing_impairment",
        "Hearing_Impairment",
        "Hearing_Impairment",
        "_R2",
        false,
    ),
    (
        "method_of_assessment",
        "Method_Of_Assessment",
        "Method_Of_Assessment",
        "_R2",
        false,
    ),
    (
        "method_of_review",
        "Method_Of_Review",
        "Method_Of_Review",
        "_R2",
        false,
    ),
    (
        "primary_support_reason",
        "Primary_Support_Reason",
        "Primary_Support_Reason",
        "_R2",
        false,
    ),
    (
        "request_route_of_access",
        "Request_Route_Of_Access",
        "Request_Route_Of_Access",
        "_R2",
        false,
    ),
    (
        "review_outcomes_achieved",
        "Review_Outcomes_Achieved",
        "Review_Outcomes_Achieved",
        "_R2",
        false,
    ),
    (
        "review_reason",
        "Review_Reason",
        "Review_Reason",
        "_R2",
        false,
    ),
    (
        "service_component",
        "Service_Component",
        "Service_Component",
        "_R2",
        false,
    ),
    ("service_type", "Service_Type", "Service_Type", "_R2", true),
    (
        "total_hrs_caring_per_week",
        "Total_Hrs_Caring_Per_Week",
        "Total_Hrs_Caring_Per_Week",
        "_R2",
        false,
    ),
    (
        "visual_impairment",
        "Visual_Impairment",
        "Visual_Impairment",
        "_R2",
        false,
    ),
];

/// The event outcomes in the order of their hierarchy, section 3.2.
pub const OUTCOMES: [&str; 17] = [
    "Progress to reablement/ST-Max",
    "Progress to assessment, review or reassessment",
    "Release 1 specification only: Not mapped",
    "Progress to support planning or services",
    "Continuation of support or services",
    "Admitted to hospital",
    "NFA: Responsibility moved to another local authority",
    "NFA: Referral to NHS services or NHS funded social care",
    "NFA: Self-funded client or under 12wk disregard",
    "NFA: Information and advice or signposting",
    "NFA: Referral to other service within the local authority",
    "NFA: Support declined",
    "NFA: Deceased",
    "NFA: Support ended as planned",
    "NFA: Support ended for other reason",
    "NFA: No services offered for other reason",
    "NFA: Other",
];

impl Values {
    /// Reads the lists.
    pub fn read() -> Result<Self> {
        let mut pairs = Vec::new();
        for pair in csv::Reader::from_reader(LISTS.as_bytes()).deserialize() {
            pairs.push(pair.context("the value lists do not read")?);
        }
        let mut cleaned: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for Pair {
            field,
            release,
            cleaned: value,
            ..
        } in &pairs
        {
            let list = cleaned.entry(field.clone()).or_default();
            if release == "r2" && !list.contains(value) {
                list.push(value.clone());
            }
        }
        Ok(Self { pairs, cleaned })
    }

    /// One of the cleaned values of a field.
    pub fn any(&self, field: &str, dice: &mut Dice) -> String {
        self.cleaned
            .get(field)
            .map(|list| dice.pick(list))
            .unwrap_or_default()
    }

    /// A cleaned value as Release 1 spelled it; itself where Release 1 had none.
    pub fn as_release_1(&self, field: &str, cleaned: &str, dice: &mut Dice) -> String {
        let spellings: Vec<String> = (self.pairs.iter())
            .filter(|pair| pair.field == field && pair.release == "r1" && pair.cleaned == cleaned)
            .map(|pair| pair.raw.clone())
            .collect();
        if spellings.is_empty() {
            cleaned.to_owned()
        } else {
            dice.pick(&spellings)
        }
    }

    /// Writes the mapping files and the outcome hierarchy into the folder.
    pub fn write_mappings(&self, folder: &Path) -> Result<()> {
        for (field, file, stem, ending, grouped) in FILES {
            let mut writer =
                csv::Writer::from_path(folder.join(format!("REF_{file}_Mapping.csv")))?;
            let mut header = vec![format!("{stem}_Raw"), format!("{stem}_Cleaned{ending}")];
            if grouped {
                header.push(format!("{stem}_Grouped{ending}"));
            }
            writer.write_record(&header)?;
            let mut seen = BTreeSet::new();
            for pair in self.pairs.iter().filter(|pair| pair.field == field) {
                if seen.insert(pair.raw.to_lowercase()) {
                    let mut row = vec![pair.raw.as_str(), pair.cleaned.as_str()];
                    if grouped {
                        row.push(&pair.group);
                    }
                    writer.write_record(&row)?;
                }
            }
            writer.flush()?;
        }
        let mut writer = csv::Writer::from_path(folder.join("REF_Event_Outcome_Hierarchy_R2.csv"))?;
        writer.write_record(["Event_Outcome_Hierarchy", "Event_Outcome_Spec"])?;
        for (place, outcome) in OUTCOMES.iter().enumerate() {
            writer.write_record([(place + 1).to_string().as_str(), outcome])?;
        }
        writer.flush()?;
        Ok(())
    }
}
