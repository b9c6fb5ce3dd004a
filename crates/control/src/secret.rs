//! Secrets and digests: 256 random bits given out once, of which only the SHA-256 is kept.

use crate::ControlError;
use sha2::{Digest, Sha256};
use std::fmt;
use subtle::ConstantTimeEq;

/// What a browser holds to prove its session. Given out once; it never prints.
#[derive(Clone)]
pub struct SessionToken(String);

impl SessionToken {
    pub(crate) fn new() -> Result<Self, ControlError> {
        random_hex().map(Self)
    }

    /// A token that a browser showed; whether it stands for anything is found out elsewhere.
    pub fn shown(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The token as text, for the cookie and nothing else.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SessionToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("‹session token›")
    }
}

/// 256 random bits in hexadecimal.
pub(crate) fn random_hex() -> Result<String, ControlError> {
    let mut bytes = [0u8; 32];
    getrandom::fill(&mut bytes).map_err(|_| ControlError::Random)?;
    Ok(hex::encode(bytes))
}

/// SHA-256 of a text, in hexadecimal.
pub(crate) fn digest(text: &str) -> String {
    hex::encode(Sha256::digest(text.as_bytes()))
}

/// Whether two texts are the same, in a time that depends on their length alone.
pub(crate) fn same(a: &str, b: &str) -> bool {
    a.as_bytes().ct_eq(b.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_256_bits_differ_and_do_not_print() {
        let (a, b) = (SessionToken::new().unwrap(), SessionToken::new().unwrap());
        assert_eq!(a.reveal().len(), 64);
        assert_ne!(a.reveal(), b.reveal());
        assert_eq!(format!("{a:?}"), "‹session token›");
    }

    #[test]
    fn digests_are_sha_256() {
        // The one-block example of FIPS 180-4, "abc".
        assert_eq!(
            digest("abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}
