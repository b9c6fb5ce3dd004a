//! SHA-256 digests as text: 64 lower-case hexadecimal digits, so that they can be read out and compared.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::fmt;
use tlog_tiles::Hash;

/// A SHA-256 digest.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest(String);

/// A text that is not a digest.
#[derive(Debug, thiserror::Error)]
#[error("a digest is 64 lower-case hexadecimal digits")]
pub struct NotADigest;

impl Digest {
    /// The digest of some bytes.
    pub fn of(bytes: impl AsRef<[u8]>) -> Self {
        Self(hex::encode(Sha256::digest(bytes)))
    }

    /// The digest of several texts, each with its length before it, so that no two lists collide.
    pub fn of_parts<'a>(parts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut hasher = Sha256::new();
        for part in parts {
            hasher.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            hasher.update(part);
        }
        Self(hex::encode(hasher.finalize()))
    }

    /// The digest of one digest's text followed by some bytes: a link of the audit chain.
    pub(crate) fn chained(previous: &str, body: &[u8]) -> Self {
        let mut hasher = Sha256::new();
        hasher.update(previous);
        hasher.update(body);
        Self(hex::encode(hasher.finalize()))
    }

    /// The digest that stands before the first entry of a log: 64 zeros.
    pub fn none() -> Self {
        Self("0".repeat(64))
    }

    /// Reads a digest.
    pub fn parse(text: &str) -> Result<Self, NotADigest> {
        let shaped = text.len() == 64
            && text
                .bytes()
                .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        if shaped {
            Ok(Self(text.to_owned()))
        } else {
            Err(NotADigest)
        }
    }

    /// The digest that a hash of a tree is.
    pub fn from_hash(hash: Hash) -> Self {
        Self(hex::encode(hash.0))
    }

    /// The digest as a hash of a tree.
    pub fn to_hash(&self) -> Hash {
        let mut bytes = [0u8; 32];
        // INVARIANT: the text is 64 hexadecimal digits.
        let _ = hex::decode_to_slice(&self.0, &mut bytes);
        Hash(bytes)
    }

    /// The digest as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first twelve digits: enough to tell two things apart on a page.
    pub fn short(&self) -> &str {
        self.0.get(..12).unwrap_or(&self.0)
    }
}

impl TryFrom<String> for Digest {
    type Error = NotADigest;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_match_the_published_vector() {
        // FIPS 180-2, appendix B.1.
        assert_eq!(
            Digest::of("abc").as_str(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn parts_are_kept_apart() {
        assert_ne!(Digest::of_parts(["ab", "c"]), Digest::of_parts(["a", "bc"]));
    }

    #[test]
    fn only_lower_case_hexadecimal_is_a_digest() {
        assert!(Digest::parse(&"a".repeat(64)).is_ok());
        for wrong in ["", "abc", &"A".repeat(64), &"g".repeat(64), &"é".repeat(32)] {
            assert!(Digest::parse(wrong).is_err());
        }
    }
}
