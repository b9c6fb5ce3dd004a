//! The clauses about law: the three separate answers of the legal basis, ethics, and preferences.

use super::super::{
    list::closed_list,
    name::{whole_day, whole_day_if_any},
};
use model::Date;
use serde::{Deserialize, Serialize};

/// The law it rests on: separate answers, of which none implies another.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Legal {
    /// UK GDPR Article 6.
    pub art6: Vec<String>,
    /// UK GDPR Article 9.
    pub art9: Vec<String>,
    /// Conditions of Schedule 1 to the Data Protection Act 2018.
    #[serde(default)]
    pub dpa_schedule1: Vec<String>,
    /// The power under which the data may be disclosed at all.
    pub statutory_power: String,
    /// How the common-law duty of confidence is met.
    pub confidentiality: Confidentiality,
}

/// How the common-law duty of confidence is met.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Confidentiality {
    pub answer: ConfidentialityAnswer,
    pub reason: String,
    /// Approvals that the answer needs, each with its own end.
    #[serde(default)]
    pub approvals: Vec<Approval>,
}

closed_list! {
    /// The answers to the common-law duty of confidence.
    ConfidentialityAnswer {
        /// De-identified with controls; the recipient never holds the key.
        NotConfidentialInRecipientsHands = "not_confidential_in_recipients_hands",
            "the data do not point at anyone in the hands of those who see them";
        Consent = "consent", "each person has agreed";
        /// Support under section 251 of the NHS Act 2006.
        Section251 = "section_251", "support under section 251 of the NHS Act 2006";
        LegalObligation = "legal_obligation", "the law requires it";
        OverridingPublicInterest = "overriding_public_interest", "an overriding public interest";
        DirectCare = "direct_care", "the person's own care";
    }
}

/// An approval by another body.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    pub reference: String,
    /// Who gave it.
    #[serde(default)]
    pub body: Option<String>,
    #[serde(with = "whole_day")]
    pub start: Date,
    #[serde(with = "whole_day")]
    pub end: Date,
    /// The day by which it is reviewed next.
    #[serde(default, with = "whole_day_if_any")]
    pub annual_review: Option<Date>,
}

/// What an ethics committee approved.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Ethics {
    pub body: String,
    pub reference: String,
    #[serde(with = "whole_day")]
    pub approved: Date,
}

/// For each kind of preference, whether it removes people, and why.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct OptOuts {
    pub national_data_opt_out: OptOut,
    pub type_1: OptOut,
    pub local: OptOut,
    /// People who agreed and took it back.
    pub consent_withdrawn: OptOut,
    /// People whose objection under Article 21 was upheld.
    pub objection: OptOut,
    /// People found to lack the capacity to choose, where a programme leaves them out.
    pub lacks_capacity: OptOut,
}

/// Whether one kind of preference removes people, and why.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct OptOut {
    pub apply: bool,
    pub reason: String,
    /// Where the reason can be checked, such as the letter of approval.
    #[serde(default)]
    pub evidence: Option<String>,
    /// The programme whose opt-outs count; without one, those of every programme do.
    #[serde(default)]
    pub programme: Option<String>,
}

closed_list! {
    /// The kinds of preference, by the codes that the table of preferences uses. The words follow "with".
    PreferenceKind {
        NationalDataOptOut = "national_data_opt_out", "a National Data Opt-out";
        Type1 = "type_1", "a type 1 opt-out at their GP practice";
        Local = "local", "a local opt-out";
        ConsentWithdrawn = "consent_withdrawn", "a consent that they took back";
        Objection = "objection", "an objection that was upheld";
        LacksCapacity = "lacks_capacity", "a finding that they cannot choose for themselves";
    }
}

impl OptOuts {
    /// Each kind with what the agreement says about it.
    pub fn by_kind(&self) -> [(PreferenceKind, &OptOut); 6] {
        [
            (
                PreferenceKind::NationalDataOptOut,
                &self.national_data_opt_out,
            ),
            (PreferenceKind::Type1, &self.type_1),
            (PreferenceKind::Local, &self.local),
            (PreferenceKind::ConsentWithdrawn, &self.consent_withdrawn),
            (PreferenceKind::Objection, &self.objection),
            (PreferenceKind::LacksCapacity, &self.lacks_capacity),
        ]
    }

    /// The kinds that remove people, each with the programme to which it is limited.
    pub fn policy(&self) -> crate::preferences::Policy {
        let applied = self.by_kind().into_iter().filter(|(_, says)| says.apply);
        applied
            .map(|(kind, says)| (kind, says.programme.clone()))
            .collect()
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

impl ConfidentialityAnswer {
    /// Whether the answer stands only while an approval does.
    pub const fn needs_approval(self) -> bool {
        matches!(self, Self::Consent | Self::Section251)
    }
}

impl Approval {
    /// Whether it holds on a day.
    pub fn holds(&self, on: Date) -> bool {
        self.start <= on && on <= self.end
    }
}
