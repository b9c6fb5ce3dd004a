//! What the index is built from: people as they are now, what they were before, and which numbers were replaced.

use crate::trace::Day;

/// A person as the demographic service holds them now. All text as it was sent.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct PersonRow {
    /// The NHS number, already known to be one.
    pub nhs_number: u64,
    /// The first given name.
    pub given_name: String,
    /// Other given names.
    pub other_given_name: String,
    /// The family name.
    pub family_name: String,
    /// 1, 2, 0 or 9.
    pub sex: String,
    /// The day of birth.
    pub date_of_birth: Day,
    /// The day of death.
    pub date_of_death: Day,
    /// The postcode.
    pub postcode: String,
    /// The code of the practice.
    pub gp_practice: String,
    /// The confidentiality code.
    pub confidentiality: String,
    /// Whether the number was cancelled for legal reasons. Nobody is ever found by it or followed from it.
    pub cancelled: bool,
    /// The lines of the address.
    pub address: [String; 5],
    /// The day of registration with the practice.
    pub gp_registration_date: Day,
    /// The posting of the former registration system.
    pub posting_id: String,
    /// The telephone number.
    pub telephone_number: String,
    /// The mobile number.
    pub mobile_number: String,
    /// The e-mail address.
    pub email_address: String,
    /// Since when these details hold, where that is known. What they replace held until then.
    pub valid_from: Day,
}

/// What may change in a person's life, and is kept with its dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HistoryField {
    /// The family name.
    FamilyName,
    /// The first given name.
    GivenName,
    /// Other given names.
    OtherGivenName,
    /// The sex.
    Sex,
    /// The postcode.
    Postcode,
    /// The practice.
    GpPractice,
    /// The address, its lines divided by `|`.
    Address,
}

impl HistoryField {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::FamilyName,
        Self::GivenName,
        Self::OtherGivenName,
        Self::Sex,
        Self::Postcode,
        Self::GpPractice,
        Self::Address,
    ];

    /// The name in files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::FamilyName => "family_name",
            Self::GivenName => "given_name",
            Self::OtherGivenName => "other_given_name",
            Self::Sex => "sex",
            Self::Postcode => "postcode",
            Self::GpPractice => "gp_practice",
            Self::Address => "address",
        }
    }

    /// The field with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.name() == name)
    }
}

/// What a person was called, or where they lived, from one day on until another.
#[derive(Clone, PartialEq, Eq)]
pub struct HistoryRow {
    /// The NHS number.
    pub nhs_number: u64,
    /// What is told.
    pub field: HistoryField,
    /// What it was.
    pub value: String,
    /// The first day; none where it is not known.
    pub from: Day,
    /// The day from which it held no more; none where it is not known, or where it still holds.
    pub to: Day,
}

/// A number that was replaced by another.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SupersededRow {
    /// The number that holds no more.
    pub nhs_number: u64,
    /// The one that took its place.
    pub replaced_by: u64,
}
