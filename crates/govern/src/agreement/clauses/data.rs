//! The clauses about data: tables, columns, and what may be linked.

use super::{
    super::{
        list::closed_list,
        name::Name,
        predicate::{Fact, Found, Period},
        treatment::Treatment,
    },
    law::Confidentiality,
};
use chrono::Datelike;
use model::{Date, OrganisationCode};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

closed_list! {
    /// How close to a person the data come.
    Identifiability {
        /// Protected counts only; no row is ever shown.
        AnonymousAggregate = "anonymous_aggregate", "protected counts only";
        /// Rows under pseudonyms, for named people, inside the safe haven.
        Deidentified = "deidentified", "rows under pseudonyms, for named people only";
        /// Rows that say who each person is.
        PersonalConfidential = "personal_confidential", "rows that say who each person is";
    }
}

/// What is opened of one table.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct DatasetTerms {
    /// What the table holds, for lay readers: it stands in the sentence after "may see".
    pub title: String,
    /// Why the table is needed.
    pub why: String,
    /// What kind of care it is about.
    pub sector: Sector,
    /// How close to a person its rows come, where that is not the class of the agreement.
    #[serde(default)]
    pub class: Option<Identifiability>,
    pub sensitivity: Sensitivity,
    pub refresh: Refresh,
    /// The days that the records of this table are about, where they are fewer than the minimisation says.
    #[serde(default)]
    pub period: Option<Period>,
    /// The answer to the duty of confidence for this table, where it is not that of the agreement.
    #[serde(default)]
    pub confidentiality: Option<Confidentiality>,
    /// Where the table keeps what the minimisation speaks of.
    #[serde(default)]
    pub facts: BTreeMap<Fact, Found>,
    pub fields: BTreeMap<Name, FieldTerms>,
}

closed_list! {
    /// What kind of care a table is about: some approvals never open some kinds.
    Sector {
        SocialCare = "social_care", "adult social care";
        Hospital = "hospital", "hospitals";
        GeneralPractice = "general_practice", "GP practices";
        Community = "community", "community health services";
        MentalHealth = "mental_health", "mental health services";
        Ambulance = "ambulance", "ambulances and urgent care";
        Mortality = "mortality", "deaths";
        Linked = "linked", "several kinds of care put together";
        Other = "other", "other records";
    }
}

closed_list! {
    /// Whether a table holds special categories of personal data, or what the law protects further.
    Sensitivity {
        NotSensitive = "not_sensitive", "not sensitive";
        Sensitive = "sensitive", "sensitive: it is about health or care";
        LegallyRestricted = "legally_restricted", "restricted by a law of its own";
    }
}

closed_list! {
    /// How often the recipient gets a newer state of a table.
    Refresh {
        Once = "once", "once";
        AsReceived = "as_received", "whenever new records come in";
        Daily = "daily", "every day";
        Weekly = "weekly", "every week";
        Monthly = "monthly", "every month";
        Quarterly = "quarterly", "every quarter";
        Yearly = "yearly", "every year";
    }
}

impl Refresh {
    /// Whether a newer state may be let out on a day, when one was let out last on another: once in each day, week (from
    /// Monday), month, quarter or year of the calendar.
    pub fn is_due(self, last: Date, on: Date) -> bool {
        let month = |day: Date| i64::from(day.year()) * 12 + i64::from(day.month0());
        let period = |day: Date| match self {
            Self::Once | Self::AsReceived => 0,
            Self::Daily => i64::from(day.num_days_from_ce()),
            Self::Weekly => (i64::from(day.num_days_from_ce()) - 1).div_euclid(7),
            Self::Monthly => month(day),
            Self::Quarterly => month(day).div_euclid(3),
            Self::Yearly => i64::from(day.year()),
        };
        self == Self::AsReceived || period(last) < period(on)
    }
}

/// How one column is shown, and why it is needed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct FieldTerms {
    /// The column of the analysis zone, where it has another name there.
    #[serde(default)]
    pub from: Option<Name>,
    pub treatment: Treatment,
    pub why: String,
}

/// Two tables that one question may use together.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct LinkagePair {
    pub from: Name,
    pub to: Name,
    /// Tables of one key domain carry the same pseudonyms; no other tables do.
    pub key_domain: String,
    pub why: String,
    /// How sure it must be whose record it is, for a record of either table to be shown at all.
    #[serde(default)]
    pub grade_floor: Option<Grade>,
    /// The party that links.
    pub performed_by: OrganisationCode,
}

closed_list! {
    /// How sure it is whose record a record is, the surest first.
    Grade {
        Certain = "certain", "certain";
        Probable = "probable", "at least probable";
        Possible = "possible", "at least possible";
    }
}

impl Grade {
    /// The grades that are at least as sure, by their codes.
    pub fn and_surer(self) -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(move |g| *g <= self)
    }
}
