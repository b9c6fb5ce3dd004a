//! The clauses about organisations: the contracts above the agreement, the parties, where data are
//! kept, and what the public is told.

use super::super::{
    list::closed_list,
    name::{whole_day, whole_day_if_any},
};
use model::{Date, OrganisationCode};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A contract above the agreement: general duties, audit, confidentiality, destruction at the end.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct FrameworkContract {
    pub reference: String,
    pub parties: BTreeSet<OrganisationCode>,
    #[serde(with = "whole_day")]
    pub signed: Date,
    /// Its last day; without one it holds until it is ended.
    #[serde(default, with = "whole_day_if_any")]
    pub ends: Option<Date>,
}

/// An organisation that is bound by the agreement.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Party {
    pub organisation: OrganisationCode,
    pub name: String,
    pub roles: BTreeSet<PartyRole>,
    /// What kind of organisation it is, as the register says it.
    #[serde(default)]
    pub kind: Option<String>,
    /// Where it may hold or look at data. Empty for a party that does neither.
    #[serde(default)]
    pub territory: BTreeSet<AreaOfLaw>,
    /// Its yearly security assurance. Whoever holds or sees data has one in date.
    #[serde(default)]
    pub dspt: Option<Dspt>,
    /// Its entry in the register of those who process personal data.
    #[serde(default)]
    pub registration: Option<Registration>,
}

closed_list! {
    /// What a party is.
    PartyRole {
        #[serde(alias = "sole_controller")]
        Controller = "controller", "decides how the data are used (controller)";
        JointController = "joint_controller",
            "decides with others how the data are used (joint controller)";
        ControllerInCommon = "controller_in_common",
            "decides how its own copy of the data is used (controller in common)";
        Processor = "processor", "works with the data on instruction (processor)";
        SubProcessor = "sub_processor", "works with the data for a processor (sub-processor)";
        ProcessorWithoutSight = "processor_without_sight",
            "keeps machines running and may never see the data (processor without sight)";
        SafeHaven = "safe_haven", "keeps the data safe (safe haven)";
        Funder = "funder", "pays for the work and sees no data (funder)";
        Recipient = "recipient", "may see the data (recipient)";
    }
}

closed_list! {
    /// Where data may be held or looked at.
    AreaOfLaw {
        England = "england", "England";
        Wales = "wales", "Wales";
        Scotland = "scotland", "Scotland";
        NorthernIreland = "northern_ireland", "Northern Ireland";
        EuropeanEconomicArea = "european_economic_area", "the European Economic Area";
        AdequateCountry = "adequate_country", "a country whose protection was found adequate";
    }
}

/// The yearly self-assessment of data security.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Dspt {
    /// The code under which it is published.
    pub code: String,
    pub status: DsptStatus,
    /// The edition, such as `2026-27`.
    pub edition: String,
    /// Its last day.
    #[serde(with = "whole_day")]
    pub expires: Date,
}

closed_list! {
    /// What the self-assessment came to.
    DsptStatus {
        StandardsMet = "standards_met", "standards met";
        StandardsExceeded = "standards_exceeded", "standards exceeded";
        ApproachingStandards = "approaching_standards", "approaching standards, with a plan";
        StandardsNotMet = "standards_not_met", "standards not met";
    }
}

/// An entry in the register of those who process personal data.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Registration {
    pub number: String,
    /// Its last day.
    #[serde(with = "whole_day")]
    pub expires: Date,
}

/// A place where the data are kept.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Storage {
    /// The party that keeps them.
    pub organisation: OrganisationCode,
    pub place: String,
    pub territory: AreaOfLaw,
}

/// Where the public is told.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Transparency {
    /// One for each controller.
    pub notices: Vec<Notice>,
}

/// The public notice of a party.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Notice {
    pub organisation: OrganisationCode,
    pub address: String,
}

impl PartyRole {
    /// Whether a party of this role decides about the data.
    pub const fn controls(self) -> bool {
        matches!(
            self,
            Self::Controller | Self::JointController | Self::ControllerInCommon
        )
    }

    /// Whether a party of this role holds or sees data.
    pub const fn handles(self) -> bool {
        matches!(
            self,
            Self::Processor | Self::SubProcessor | Self::SafeHaven | Self::Recipient
        )
    }
}

impl Party {
    /// Whether it decides about the data.
    pub fn controls(&self) -> bool {
        self.roles.iter().any(|role| role.controls())
    }

    /// Whether it holds or sees data.
    pub fn handles(&self) -> bool {
        self.roles.iter().any(|role| role.handles())
    }
}

impl DsptStatus {
    /// Whether a party with this status may hold or see data.
    pub const fn suffices(self) -> bool {
        !matches!(self, Self::StandardsNotMet)
    }
}
