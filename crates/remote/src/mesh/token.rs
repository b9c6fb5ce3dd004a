//! The token that every call carries: who calls, a number used once, the minute, and a digest that only the two
//! sides can make.

use crate::http::RemoteError;
use hmac::{Hmac, KeyInit, Mac};
use model::Clock;
use sha2::{Digest as _, Sha256};
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};
use zeroize::Zeroizing;

/// The block of the digest, in bytes.
const BLOCK: usize = 64;

/// Makes a new token for each call.
pub(super) struct Tokens {
    mailbox: String,
    password: Zeroizing<String>,
    key: Zeroizing<[u8; BLOCK]>,
    nonce: String,
    count: AtomicU64,
    clock: Arc<dyn Clock>,
}

impl Tokens {
    pub(super) fn new(
        mailbox: &str,
        password: Zeroizing<String>,
        shared_key: &str,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, RemoteError> {
        let mut random = [0u8; 16];
        getrandom::fill(&mut random).map_err(|e| RemoteError::Unusable {
            what: "machine's random numbers",
            why: e.to_string(),
        })?;
        Ok(Self {
            mailbox: mailbox.to_owned(),
            password,
            key: block(shared_key.as_bytes()),
            nonce: in_groups(&hex::encode(random)),
            count: AtomicU64::new(0),
            clock,
        })
    }

    /// The token of the next call.
    pub(super) fn next(&self) -> Zeroizing<String> {
        let count = self.count.fetch_add(1, Ordering::Relaxed);
        let minute = self.clock.now().format("%Y%m%d%H%M").to_string();
        self.token(&self.nonce, count, &minute)
    }

    fn token(&self, nonce: &str, count: u64, minute: &str) -> Zeroizing<String> {
        let Self {
            mailbox, password, ..
        } = self;
        let private = Zeroizing::new(format!(
            "{mailbox}:{nonce}:{count}:{}:{minute}",
            password.as_str()
        ));
        let mut mac = Hmac::<Sha256>::new((&*self.key).into());
        mac.update(private.as_bytes());
        let digest = hex::encode(mac.finalize().into_bytes());
        Zeroizing::new(format!(
            "NHSMESH {mailbox}:{nonce}:{count}:{minute}:{digest}"
        ))
    }
}

/// A key of any length as a block: longer ones by their digest, shorter ones with zeros after them.
fn block(key: &[u8]) -> Zeroizing<[u8; BLOCK]> {
    let mut block = Zeroizing::new([0u8; BLOCK]);
    let short: Zeroizing<Vec<u8>> = Zeroizing::new(if key.len() > BLOCK {
        Sha256::digest(key).to_vec()
    } else {
        key.to_vec()
    });
    for (place, byte) in block.iter_mut().zip(short.iter()) {
        *place = *byte;
    }
    block
}

/// In the groups of a UUID, as the service expects.
fn in_groups(digits: &str) -> String {
    let mut out = String::with_capacity(36);
    for (at, digit) in digits.chars().enumerate() {
        if matches!(at, 8 | 12 | 16 | 20) {
            out.push('-');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{TimeZone, Utc};
    use model::FixedClock;

    /// Made with Python's own `hmac`, the way the service's own client does: see docs/mesh.md.
    const EXPECTED: &str = "NHSMESH X26ABC1:2c001608-5f09-4840-9611-bea43e666a30:7:202610300905:a2458faa44c964c3430fc1d11c5dc6ae9a304faac3f4a5dbc5e0ce6533954f70";

    fn tokens(key: &str) -> Tokens {
        let now = Utc.with_ymd_and_hms(2026, 10, 30, 9, 5, 59).unwrap();
        let clock = Arc::new(FixedClock(now));
        let password = Zeroizing::new("password".to_owned());
        Tokens::new("X26ABC1", password, key, clock).unwrap()
    }

    #[test]
    fn a_token_is_what_another_implementation_makes_of_the_same() {
        let nonce = "2c001608-5f09-4840-9611-bea43e666a30";
        let token = tokens("BackBone").token(nonce, 7, "202610300905");
        assert_eq!(token.as_str(), EXPECTED);
    }

    #[test]
    fn each_call_has_a_token_of_its_own() {
        let tokens = tokens(&"long".repeat(40));
        let (one, two) = (tokens.next(), tokens.next());
        let parts = |token: &str| token.split(':').map(str::to_owned).collect::<Vec<_>>();
        let (one, two) = (parts(&one), parts(&two));
        assert_eq!(one.len(), 5);
        assert_eq!((one[1].len(), &one[1]), (36, &two[1]));
        assert_eq!((one[2].as_str(), two[2].as_str()), ("0", "1"));
        assert_eq!(one[3], "202610300905");
        assert_ne!(one[4], two[4]);
    }
}
