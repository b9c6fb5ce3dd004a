//! The result codes of tracing: those of batch trace files, for a file or a row, and those of the older
//! Demographics Batch Service that still stand in local stores. One enum for all; the wording is ours.
//!
//! The numbers of the two families do not overlap, so that a code of two digits says which one it is.
//! Source: the public message specifications of batch tracing, and a registry's specification for the older service.

use serde::{Serialize, Serializer};
use std::fmt;

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $name:ident = $number:literal, $means:literal;)+) => {
        /// What tracing says of a file or of a row.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum ResultCode {
            $($(#[doc = $doc])+ $name = $number,)+
        }

        impl ResultCode {
            /// Every code, in the order of their numbers.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// What the code means, in a few words.
            pub const fn means(self) -> &'static str {
                match self {
                    $(Self::$name => $means,)+
                }
            }
        }
    };
}

codes! {
    /// A person was found.
    Success = 0, "success";
    /// The text has not the form of a request.
    NotParsed = 1, "could not be parsed";
    /// The reference in the first line is none.
    BadReference = 2, "the reference of the request is not well formed";
    /// The workflow in the first line is not known.
    BadWorkflow = 3, "the workflow id is not known";
    /// The first line promises another number of rows.
    CountDiffers = 4, "the record count differs from the one in the first line";
    /// Something failed that should not.
    Unexpected = 5, "unexpected failure";
    /// More rows than a request may have.
    TooManyRecords = 6, "too many records";
    /// The file is called otherwise than its reference.
    NameDiffers = 7, "the file name and the reference differ";
    /// The row cannot be told from others.
    ReferenceMissingOrRepeated = 8, "the unique reference is missing or repeated";
    /// The timestamp in the first line is none.
    BadTimestamp = 9, "the timestamp is not well formed";
    /// What must be there is not.
    RequiredMissing = 10, "a required field is missing";
    /// A field is longer than it may be.
    TooLong = 11, "a field is too long";
    /// Gender is none of the values that it may have.
    BadGender = 12, "the gender is not an allowed value";
    /// A date or number is written otherwise than it must be.
    BadFormat = 13, "a field is in the wrong format";
    /// The index could not be asked.
    StoreFailure = 14, "the index could not be asked";
    /// The row was not traced.
    NoTrace = 15, "no trace was done";
    /// The row has fewer fields than the header.
    TooFewFields = 16, "too few fields";
    /// The row has more fields than the header.
    TooManyFields = 17, "too many fields";
    /// Older service: one person by exact details.
    OlderOneFound = 20, "one person found by details";
    /// Older service: nobody by exact details.
    OlderNoneFound = 21, "nobody found by details";
    /// Older service: several people by exact details.
    OlderSeveralFound = 22, "several people found by details";
    /// Older service: number and details agree.
    OlderNumberAgrees = 30, "the number and the details agree";
    /// Older service: they do not, and the details find nobody.
    OlderNumberWrongNone = 31, "the number does not agree, and nobody was found by details";
    /// Older service: they do not, and the details find several.
    OlderNumberWrongSeveral = 32, "the number does not agree, and several people were found by details";
    /// Older service: they do not, and the details find one person, who has another number.
    OlderNumberWrongOne = 33, "the number does not agree, and one other person was found by details";
    /// Older service: the number was merged into another.
    OlderNumberMerged = 40, "the number was merged into another";
    /// The number that was sent has been replaced by another.
    Superseded = 90, "success, the number was superseded";
    /// The number that was sent is none, or was cancelled.
    Invalid = 91, "the number is invalid or was invalidated";
    /// The person's record is sensitive; only the number and the names come back.
    Sensitive = 92, "the record is sensitive";
    /// Too few details to look anybody up.
    NotEnough = 96, "not enough details to trace";
    /// Several people fit about equally well.
    Several = 97, "several close matches";
    /// Nobody fits.
    NotFound = 98, "not found";
}

/// What a code comes to, whichever family it is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Outcome {
    /// One person was found.
    Found,
    /// Nobody was found.
    NotFound,
    /// Several people were found.
    Several,
    /// The number is no number of a living record.
    Invalid,
    /// Nothing could be tried.
    NotTried,
    /// The file or the row is faulty.
    Fault,
}

impl ResultCode {
    /// The number.
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// The code with this number.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.iter().copied().find(|c| c.number() == number)
    }

    /// Reads a code; `0` stands for `00`, as spreadsheets write it.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let digits = (1..=2).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        digits.then(|| Self::from_number(text.parse().ok()?))?
    }

    /// Whether it is of the older Demographics Batch Service.
    pub const fn is_older(self) -> bool {
        matches!(self.number(), 20..=40)
    }

    /// Whether a row with this code says something about the person; any other is a fault of the file.
    pub const fn is_usable(self) -> bool {
        self.is_older() || matches!(self.number(), 0 | 15 | 90..=98)
    }

    /// Whether it may stand for a whole file.
    pub const fn is_of_file(self) -> bool {
        matches!(self.number(), 0..=7 | 9..=11 | 14..=17)
    }

    /// Whether it may stand for one row.
    pub const fn is_of_row(self) -> bool {
        self.is_usable() || matches!(self.number(), 1 | 5 | 8 | 10..=14 | 16 | 17)
    }

    /// The same result in the current family.
    #[must_use]
    pub const fn current(self) -> Self {
        match self {
            Self::OlderOneFound | Self::OlderNumberAgrees | Self::OlderNumberWrongOne => {
                Self::Success
            }
            Self::OlderNoneFound | Self::OlderNumberWrongNone => Self::NotFound,
            Self::OlderSeveralFound | Self::OlderNumberWrongSeveral => Self::Several,
            Self::OlderNumberMerged => Self::Superseded,
            current => current,
        }
    }

    /// What it comes to. A number that the older service found to be merged was not followed by it.
    pub const fn outcome(self) -> Outcome {
        match self.current() {
            Self::Success | Self::Superseded | Self::Sensitive => Outcome::Found,
            Self::NotFound => Outcome::NotFound,
            Self::Several => Outcome::Several,
            Self::Invalid => Outcome::Invalid,
            Self::NotEnough | Self::NoTrace => Outcome::NotTried,
            _ => Outcome::Fault,
        }
    }

    /// Whether the number that was sent is probably somebody else's; for the older codes only, since in the
    /// current family the two numbers of the row say so.
    pub const fn says_number_is_wrong(self) -> bool {
        matches!(
            self,
            Self::OlderNumberWrongNone | Self::OlderNumberWrongSeveral | Self::OlderNumberWrongOne
        )
    }
}

impl fmt::Display for ResultCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}", self.number())
    }
}

impl Serialize for ResultCode {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_published_number_has_a_code_and_no_other_has() {
        let published: Vec<u8> = (0..=17)
            .chain([20, 21, 22, 30, 31, 32, 33, 40])
            .chain([90, 91, 92, 96, 97, 98])
            .collect();
        let held: Vec<u8> = ResultCode::ALL.iter().map(|c| c.number()).collect();
        assert_eq!(held, published);
        for number in 0..=u8::MAX {
            let known = published.contains(&number);
            assert_eq!(ResultCode::from_number(number).is_some(), known);
        }
    }

    #[test]
    fn eight_current_codes_are_usable() {
        let usable: Vec<u8> = ResultCode::ALL
            .iter()
            .filter(|c| c.is_usable() && !c.is_older())
            .map(|c| c.number())
            .collect();
        assert_eq!(usable, [0, 15, 90, 91, 92, 96, 97, 98]);
    }

    #[test]
    fn codes_are_two_digits_and_come_back() {
        for code in ResultCode::ALL {
            let text = code.to_string();
            assert_eq!(text.len(), 2);
            assert_eq!(ResultCode::parse(&text), Some(*code));
            assert!(code.is_of_file() || code.is_of_row());
        }
        assert_eq!(ResultCode::parse("0"), Some(ResultCode::Success));
        for none in ["", "-1", "+0", "000", "99", "18", "zz", "९"] {
            assert_eq!(ResultCode::parse(none), None, "{none}");
        }
    }

    #[test]
    fn older_codes_say_the_same_in_the_current_family() {
        let expected = [
            (20, 0, Outcome::Found, false),
            (21, 98, Outcome::NotFound, false),
            (22, 97, Outcome::Several, false),
            (30, 0, Outcome::Found, false),
            (31, 98, Outcome::NotFound, true),
            (32, 97, Outcome::Several, true),
            (33, 0, Outcome::Found, true),
            (40, 90, Outcome::Found, false),
        ];
        for (older, current, outcome, wrong) in expected {
            let code = ResultCode::from_number(older).unwrap();
            assert!(code.is_older());
            assert_eq!(code.current().number(), current, "{older}");
            assert_eq!(code.outcome(), outcome, "{older}");
            assert_eq!(code.says_number_is_wrong(), wrong, "{older}");
        }
        for code in ResultCode::ALL.iter().filter(|c| !c.is_older()) {
            assert_eq!(code.current(), *code);
        }
    }
}
