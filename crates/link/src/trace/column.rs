//! The columns of a batch request, and those that a response has beside them, by their names in the files.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

macro_rules! columns {
    ($(#[doc = $doc:literal])+ $enum:ident, $count:literal;
     $($name:ident = $text:literal, $means:literal;)+) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $enum {
            $(#[doc = $means] $name,)+
        }

        impl $enum {
            /// All of them, in order.
            pub const ALL: [Self; $count] = [$(Self::$name,)+];

            /// The name in the header row.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)+
                }
            }
        }
    };
}

columns! {
    /// A column of a batch request, in the order of the public clients.
    Column, 24;
    Reference = "UNIQUE REFERENCE", "What the sender knows the row by; the only column that must be there.";
    NhsNumber = "NHS_NO", "The NHS number.";
    FamilyName = "FAMILY_NAME", "The family name.";
    GivenName = "GIVEN_NAME", "The first given name.";
    OtherGivenName = "OTHER_GIVEN_NAME", "Other given names.";
    Gender = "GENDER", "1, 2, 0 or 9.";
    DateOfBirth = "DATE_OF_BIRTH", "The day of birth, or its month or year alone.";
    Postcode = "POSTCODE", "The postcode.";
    DateOfDeath = "DATE_OF_DEATH", "The day of death.";
    AddressLine1 = "ADDRESS_LINE1", "The address.";
    AddressLine2 = "ADDRESS_LINE2", "The address.";
    AddressLine3 = "ADDRESS_LINE3", "The address.";
    AddressLine4 = "ADDRESS_LINE4", "The address.";
    AddressLine5 = "ADDRESS_LINE5", "The address.";
    AddressDate = "ADDRESS_DATE", "Since when the address holds.";
    GpPractice = "GP_PRACTICE_CODE", "The code of the practice.";
    GpRegistrationDate = "GP_REGISTRATION_DATE", "The day of registration there.";
    PostingId = "NHAIS_POSTING_ID", "The posting of the former registration system.";
    AsAtDate = "AS_AT_DATE", "The day as of which details are wanted.";
    LocalPatientId = "LOCAL_PATIENT_ID", "The sender's own number for the person.";
    InternalId = "INTERNAL_ID", "Another number of the sender's.";
    Telephone = "TELEPHONE_NUMBER", "The telephone number.";
    Mobile = "MOBILE_NUMBER", "The mobile number.";
    Email = "EMAIL_ADDRESS", "The e-mail address.";
}

columns! {
    /// A column of a response: the 29 of a batch trace, then the five scores that the person service adds.
    ResponseColumn, 34;
    Reference = "UNIQUE REFERENCE", "What the sender knows the row by.";
    RequestNumber = "REQ_NHS_NUMBER", "The number that was sent.";
    FamilyName = "FAMILY_NAME", "The family name.";
    GivenName = "GIVEN_NAME", "The first given name.";
    OtherGivenName = "OTHER_GIVEN_NAME", "Other given names.";
    Gender = "GENDER", "1, 2, 0 or 9.";
    DateOfBirth = "DATE_OF_BIRTH", "The day of birth.";
    DateOfDeath = "DATE_OF_DEATH", "The day of death.";
    AddressLine1 = "ADDRESS_LINE1", "The address.";
    AddressLine2 = "ADDRESS_LINE2", "The address.";
    AddressLine3 = "ADDRESS_LINE3", "The address.";
    AddressLine4 = "ADDRESS_LINE4", "The address.";
    AddressLine5 = "ADDRESS_LINE5", "The address.";
    Postcode = "POSTCODE", "The postcode.";
    GpPractice = "GP_PRACTICE_CODE", "The code of the practice.";
    GpRegistrationDate = "GP_REGISTRATION_DATE", "The day of registration there.";
    PostingId = "NHAIS_POSTING_ID", "The posting of the former registration system.";
    AsAtDate = "AS_AT_DATE", "The day as of which details were wanted.";
    LocalPatientId = "LOCAL_PATIENT_ID", "The sender's own number for the person.";
    InternalId = "INTERNAL_ID", "Another number of the sender's.";
    Telephone = "TELEPHONE_NUMBER", "The telephone number.";
    Mobile = "MOBILE_NUMBER", "The mobile number.";
    Email = "EMAIL_ADDRESS", "The e-mail address.";
    Sensitivity = "SENSITIVITY_FLAG", "The confidentiality code of a sensitive record.";
    PersonServiceId = "MPS_ID", "The id of a person who is in no index; several are joined by `~~~`.";
    Code = "ERROR/SUCCESS_CODE", "The result code.";
    MatchedNumber = "MATCHED_NHS_NO", "The number found; ten zeros for nobody, ten nines for several people.";
    Indicator = "MATCHED_ALGORITHM_INDICATOR", "The step that found the person, or the last that was tried.";
    Confidence = "MATCHED_CONFIDENCE_PERCENTAGE", "100 from a cross-check, 0 without a match.";
    FamilyNameScore = "ALGORITHMIC_TRACE_FAMILY_NAME_SCORE_PERC", "Score of the family name.";
    GivenNameScore = "ALGORITHMIC_TRACE_GIVEN_NAME_SCORE_PERC", "Score of the given name.";
    DateOfBirthScore = "ALGORITHMIC_TRACE_DOB_SCORE_PERC", "Score of the date of birth.";
    GenderScore = "ALGORITHMIC_TRACE_GENDER_SCORE_PERC", "Score of the sex.";
    PostcodeScore = "ALGORITHMIC_TRACE_POSTCODE_SCORE_PERC", "Score of the postcode.";
}

impl ResponseColumn {
    /// The columns of a batch trace, without the scores.
    pub const OF_BATCH: usize = 29;

    /// The column with this name, however its case and blanks are written. One public schema has a flag with a
    /// letter missing, and files with that name are about.
    pub fn named(text: &str) -> Option<Self> {
        if same_name("SENSITIVTY_FLAG", text) {
            return Some(Self::Sensitivity);
        }
        Self::ALL
            .into_iter()
            .find(|column| same_name(column.name(), text))
    }
}

impl Column {
    /// The column with this name, however its case and blanks are written.
    pub fn named(text: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|column| same_name(column.name(), text))
    }

    /// Whether it holds a date that must be whole.
    pub const fn is_date(self) -> bool {
        matches!(
            self,
            Self::DateOfDeath | Self::AddressDate | Self::GpRegistrationDate | Self::AsAtDate
        )
    }
}

/// Whether two column names differ in case, blanks and underscores only.
pub(crate) fn same_name(a: &str, b: &str) -> bool {
    let plain = |c: char| match c {
        ' ' | '/' => '_',
        other => other.to_ascii_uppercase(),
    };
    a.trim().chars().map(plain).eq(b.trim().chars().map(plain))
}

impl Serialize for Column {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Column {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        Self::named(&text).ok_or_else(|| {
            let names = Self::ALL.map(Self::name);
            let near = model::content::nearest(&text, names)
                .map(|name| format!(", nearest is `{name}`"))
                .unwrap_or_default();
            D::Error::custom(format!("`{text}` is no column of a request{near}"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_known_however_they_are_typed() {
        for text in ["UNIQUE REFERENCE", "unique_reference", " Unique Reference "] {
            assert_eq!(Column::named(text), Some(Column::Reference), "{text}");
        }
        for column in Column::ALL {
            assert_eq!(Column::named(column.name()), Some(column));
        }
        assert_eq!(Column::named("NHS NUMBER"), None);
        assert_eq!(Column::named(""), None);
    }
}
