//! Values that `OpenPseudonymiser` made: SHA-256 over a value followed by a salt, as 64 hexadecimal digits.
//!
//! Such values are taken in and never made for anyone: whoever has the salt can try all numbers. An imported
//! value is digested again under the key of a domain before it is used.

use crate::CustodyError;
use sha2::{Digest, Sha256};

/// A value of `OpenPseudonymiser`, in its one written form.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Imported(String);

impl Imported {
    /// The 64 digits, in small letters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Reads a value of `OpenPseudonymiser`: 64 hexadecimal digits, small or large.
pub fn imported(text: &str) -> Result<Imported, CustodyError> {
    let text = text.trim();
    if text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit()) {
        Ok(Imported(text.to_ascii_lowercase()))
    } else {
        Err(CustodyError::Cannot(
            "this is no value of OpenPseudonymiser: those have 64 hexadecimal digits",
        ))
    }
}

/// What `OpenPseudonymiser` makes of a value and a salt: to find the people of an imported list, for those who were
/// given its salt.
pub fn open_pseudonym(value: &str, salt: &[u8]) -> Imported {
    let mut hash = Sha256::new();
    hash.update(value.as_bytes());
    hash.update(salt);
    Imported(hex::encode(hash.finalize()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_those_that_open_pseudonymiser_gives() {
        for (salt, expected) in [
            (
                "",
                "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225",
            ),
            (
                "hello",
                "a4455e6581b78d69e569895c2b615dfa90a6cd56938e40ca91edd26e44deedfe",
            ),
        ] {
            let made = open_pseudonym("123456789", salt.as_bytes());
            assert_eq!(made.as_str(), expected);
            let read = imported(&format!(" {} ", expected.to_uppercase())).unwrap();
            assert_eq!(read, made);
        }
        for wrong in ["", "15e2", &"g".repeat(64), &"a".repeat(65)] {
            assert!(imported(wrong).is_err(), "{wrong}");
        }
    }
}
