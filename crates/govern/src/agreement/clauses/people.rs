//! The clauses about people who may ask, and about the professional who may learn who someone is.

use super::{
    super::{
        list::closed_list,
        name::{Name, whole_day, whole_day_if_any},
    },
    PurposeCode,
    law::Confidentiality,
    parties::AreaOfLaw,
};
use model::{Date, OrganisationCode};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Who may ask.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Access {
    pub organisations: Vec<OrganisationCode>,
    pub roles: Vec<String>,
    pub users: Vec<User>,
    /// Contracts of people who work for someone other than the organisation they ask for.
    #[serde(default)]
    pub honorary_contracts: Vec<HonoraryContract>,
    /// What training everyone who asks has had.
    #[serde(default)]
    pub training: Option<Training>,
    /// From where people may ask.
    #[serde(default)]
    pub location: Option<Location>,
}

/// A person who may ask, by the name of their account.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct User {
    pub account: String,
    pub organisation: OrganisationCode,
    #[serde(default)]
    pub kind: UserKind,
    /// The organisation that employs the person, where it is not the one they ask for. Needs an
    /// honorary contract.
    #[serde(default)]
    pub employer: Option<String>,
    #[serde(default, with = "whole_day_if_any")]
    pub from: Option<Date>,
    #[serde(default, with = "whole_day_if_any")]
    pub until: Option<Date>,
}

closed_list! {
    /// What a person may do under the agreement.
    #[derive(Default)]
    UserKind {
        #[default]
        Ordinary = "ordinary", "asks questions about the data";
        /// Loads, links and mends; sees nothing in the clear without a task.
        SuperUser = "super_user", "loads and links the data, and sees them only for a task";
    }
}

/// The contract under which a person works for an organisation that does not employ them.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct HonoraryContract {
    pub account: String,
    pub employer: String,
    /// The organisation for which the person asks.
    pub host: OrganisationCode,
    pub contract: String,
    #[serde(with = "whole_day")]
    pub start: Date,
    #[serde(with = "whole_day")]
    pub end: Date,
}

/// What training everyone who asks has had.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Training {
    pub course: String,
    /// For how many days it counts.
    pub valid_days: u16,
}

/// From where people may ask.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Location {
    pub territory: BTreeSet<AreaOfLaw>,
    /// Rooms, networks or devices, in words.
    #[serde(default)]
    pub places: Vec<String>,
}

/// Whether, for whom and how far a professional may learn who the people of a list are. The list is
/// found on rows under pseudonyms; only the professional named sees who they are.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Reidentification {
    /// For which purposes of the agreement.
    pub purposes: BTreeSet<PurposeCode>,
    /// What the professional does for the people.
    pub why: String,
    /// The answer to the duty of confidence for the opening: never that of the finding.
    pub confidentiality: Confidentiality,
    pub professionals: Vec<Professional>,
    /// The columns of the identity store that may reach the professional, each with its reason.
    pub fields: BTreeMap<Name, IdentifyingField>,
    /// For how many days the professional may open the list.
    pub days: u16,
    /// The most people that one request may be about.
    pub at_most: u32,
    /// The roles that approve: one person of each of two of them, neither of whom asked.
    pub approvers: BTreeSet<String>,
    /// What the professional may answer about each person.
    pub outcomes: Vec<String>,
}

/// A professional with a duty of care to the people.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Professional {
    pub account: String,
    pub organisation: OrganisationCode,
    pub role: String,
    /// To whom the duty of care is, and why.
    pub relationship: String,
    #[serde(default, with = "whole_day_if_any")]
    pub from: Option<Date>,
    #[serde(default, with = "whole_day_if_any")]
    pub until: Option<Date>,
}

/// Why a professional needs one column of the identity store.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct IdentifyingField {
    pub why: String,
}

/// Whether a day lies between two days that may be left out.
pub(super) fn within(from: Option<Date>, until: Option<Date>, on: Date) -> bool {
    from.is_none_or(|from| from <= on) && until.is_none_or(|until| on <= until)
}

impl User {
    /// Whether the agreement names the person on a day, honorary contracts aside.
    pub fn named(&self, on: Date) -> bool {
        within(self.from, self.until, on)
    }
}

impl Professional {
    /// Whether the agreement names the professional on a day.
    pub fn named(&self, on: Date) -> bool {
        within(self.from, self.until, on)
    }
}

impl Access {
    /// The person of this account who may ask for this organisation on a day. Whoever is employed
    /// elsewhere needs an honorary contract that is in date.
    pub fn person(
        &self,
        account: &str,
        organisation: &OrganisationCode,
        on: Date,
    ) -> Option<&User> {
        self.users
            .iter()
            .find(|u| u.account == account && &u.organisation == organisation && u.named(on))
            .filter(|u| u.employer.is_none() || self.contract(u, on).is_some())
    }

    /// The honorary contract of a person that is in date on a day.
    pub fn contract(&self, user: &User, on: Date) -> Option<&HonoraryContract> {
        self.honorary_contracts.iter().find(|c| {
            c.account == user.account && c.host == user.organisation && c.start <= on && on <= c.end
        })
    }
}

impl Reidentification {
    /// The professional of this account who may receive a list for this organisation on a day.
    pub fn professional(
        &self,
        account: &str,
        organisation: &OrganisationCode,
        on: Date,
    ) -> Option<&Professional> {
        self.professionals
            .iter()
            .find(|p| p.account == account && &p.organisation == organisation && p.named(on))
    }
}
