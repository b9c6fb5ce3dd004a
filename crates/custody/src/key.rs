//! One key, what may be told of it, and the keyed digest that everything is made with.

use crate::CustodyError;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::fmt;
use zeroize::Zeroizing;

/// What a digest is of. It is part of what is digested, so that a person, a record and a key made from one text
/// never look alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A person within the analysis zone.
    Person,
    /// A record within the analysis zone.
    Record,
    /// A person as one recipient knows them.
    Recipient,
    /// A key that is made from another, as workspaces have them that are older than keys of one domain each.
    Key,
    /// The place of a pseudonym in a bridge.
    Bridge,
}

impl Kind {
    /// The word that is digested.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Record => "record",
            Self::Recipient => "recipient",
            Self::Key => "key",
            Self::Bridge => "bridge",
        }
    }

    /// A kind of which anyone with leave may ask for pseudonyms.
    pub fn of_word(word: &str) -> Option<Self> {
        [Self::Person, Self::Record, Self::Recipient]
            .into_iter()
            .find(|kind| kind.word() == word)
    }
}

/// What a key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Algorithm {
    /// HMAC with SHA-256: pseudonyms that nobody can lead back, by ids that begin with `k`.
    HmacSha256,
    /// AES-SIV with 256 bits: values that the key's holder can lead back, by ids that begin with `s`.
    Aes256Siv,
}

impl Algorithm {
    /// As key files write it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::HmacSha256 => "hmac-sha-256",
            Self::Aes256Siv => "aes-256-siv",
        }
    }

    /// The letter that ids begin with.
    pub const fn letter(self) -> char {
        match self {
            Self::HmacSha256 => 'k',
            Self::Aes256Siv => 's',
        }
    }

    /// How many bytes a key has.
    pub const fn bytes(self) -> usize {
        match self {
            Self::HmacSha256 => 32,
            // Half of it for the digest, half for the cipher: RFC 5297, section 2.2.
            Self::Aes256Siv => 64,
        }
    }

    pub(crate) fn of_word(word: &str) -> Option<Self> {
        [Self::HmacSha256, Self::Aes256Siv]
            .into_iter()
            .find(|algorithm| algorithm.word() == word)
    }
}

/// Where a key stands in its life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyState {
    /// New values are made with it.
    InUse,
    /// It was replaced; values that were made with it can still be told and led over the bridge.
    Earlier,
    /// It is gone. What was made with it can be neither made again nor led back.
    Destroyed {
        /// The day.
        day: String,
    },
}

/// What may be told of a key: never its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyFacts {
    /// What it is used for.
    pub domain: String,
    /// The id that stands in front of what is made with it.
    pub id: String,
    /// How it is used.
    pub algorithm: Algorithm,
    /// The day on which it was made, where it is known.
    pub made: Option<String>,
    /// Where it stands in its life.
    pub state: KeyState,
    /// Where it is held: `file`, `token`, or `nowhere`.
    pub held: &'static str,
}

/// Where the key itself is.
#[derive(Clone)]
pub(crate) enum Held {
    /// Here, in memory, wiped when it is dropped.
    Here(Zeroizing<Vec<u8>>),
    /// In a token, under this label.
    Token(String),
    /// Nowhere any more, since this day.
    Gone(String),
}

/// One key.
#[derive(Clone)]
pub(crate) struct Key {
    pub(crate) number: u32,
    pub(crate) algorithm: Algorithm,
    pub(crate) made: Option<String>,
    pub(crate) held: Held,
}

impl Key {
    pub(crate) fn id(&self) -> String {
        format!("{}{}", self.algorithm.letter(), self.number)
    }

    /// The key itself, where it is here.
    pub(crate) fn bytes(&self, domain: &str) -> Result<&[u8], CustodyError> {
        match &self.held {
            Held::Here(bytes) => Ok(bytes),
            Held::Token(_) => Err(CustodyError::Cannot(
                "the key is in a token, and only the process that has opened the token can use it",
            )),
            Held::Gone(day) => Err(CustodyError::Destroyed {
                domain: domain.to_owned(),
                id: self.id(),
                day: day.clone(),
            }),
        }
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("‹key›")
    }
}

/// The algorithm and number of a key's id, such as `k2` or `s2`.
pub fn key_number(id: &str) -> Option<(Algorithm, u32)> {
    let algorithm = match id.chars().next()? {
        'k' => Algorithm::HmacSha256,
        's' => Algorithm::Aes256Siv,
        _ => return None,
    };
    let digits = id.get(1..)?;
    let shaped = (1..=9).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    let number = if shaped {
        digits.parse().ok()?
    } else {
        return None;
    };
    Some((algorithm, number))
}

/// Whether a text can name a domain.
pub fn is_domain(name: &str) -> bool {
    (1..=120).contains(&name.len())
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"._:/-".contains(&b))
}

/// What is digested for a value: `"v1" ‖ kind ‖ value` with a zero byte between. No part may hold one, so no two
/// lists of parts are the same message.
pub(crate) fn message(kind: Kind, value: &str) -> Vec<u8> {
    let mut message = Vec::with_capacity(4 + kind.word().len() + value.len());
    for part in [b"v1".as_slice(), kind.word().as_bytes()] {
        message.extend_from_slice(part);
        message.push(0);
    }
    message.extend_from_slice(value.as_bytes());
    message
}

/// HMAC-SHA-256 of a message under a key of any length: RFC 2104.
pub fn digest(key: &[u8], message: &[u8]) -> Result<Zeroizing<[u8; 32]>, CustodyError> {
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key)
        .map_err(|_| CustodyError::Cannot("a key has a length that its algorithm does not take"))?;
    mac.update(message);
    Ok(Zeroizing::new(mac.finalize().into_bytes().into()))
}

/// A pseudonym from a digest: the key's id in front, and the first 128 bits.
pub(crate) fn written(id: &str, digest: &[u8]) -> String {
    let half = digest.get(..16).unwrap_or_default();
    format!("{id}-{}", hex::encode(half))
}

/// Fresh random bytes for a key.
pub(crate) fn drawn(bytes: usize) -> Result<Zeroizing<Vec<u8>>, CustodyError> {
    let mut key = Zeroizing::new(vec![0u8; bytes]);
    getrandom::fill(&mut key).map_err(|e| CustodyError::Random(e.to_string()))?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_is_that_of_rfc_4231() {
        // All test cases of the standard but the fifth, which is of a shortened digest.
        let large = "This is a test using a larger than block-size key and a larger than block-size data. \
                     The key needs to be hashed before being used by the HMAC algorithm.";
        for (key, data, expected) in [
            (
                vec![0x0b; 20],
                b"Hi There".to_vec(),
                "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
            ),
            (
                b"Jefe".to_vec(),
                b"what do ya want for nothing?".to_vec(),
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            ),
            (
                vec![0xaa; 20],
                vec![0xdd; 50],
                "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
            ),
            (
                (1..=25).collect(),
                vec![0xcd; 50],
                "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
            ),
            (
                vec![0xaa; 131],
                b"Test Using Larger Than Block-Size Key - Hash Key First".to_vec(),
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
            ),
            (
                vec![0xaa; 131],
                large.as_bytes().to_vec(),
                "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
            ),
        ] {
            assert_eq!(hex::encode(*digest(&key, &data).unwrap()), expected);
        }
    }

    #[test]
    fn ids_are_a_letter_and_a_number() {
        assert_eq!(key_number("k12"), Some((Algorithm::HmacSha256, 12)));
        assert_eq!(key_number("s1"), Some((Algorithm::Aes256Siv, 1)));
        for wrong in ["", "k", "k-1", "x1", "k1234567890", "k1 ", "1"] {
            assert_eq!(key_number(wrong), None, "{wrong}");
        }
    }
}
