//! Files sealed for one person outside of this service: under a passphrase, or for their own key. Anyone opens them with
//! any age program, and needs nothing of ours.

use crate::{CustodyError, Passphrase, protect};

/// Whom a file is sealed for.
pub enum SealedFor {
    /// Whoever knows a passphrase.
    Passphrase(Passphrase),
    /// Whoever has the key of a recipient, `age1…`.
    Recipient(age::x25519::Recipient),
}

impl SealedFor {
    /// A passphrase, as a person types it.
    pub fn passphrase(text: &str) -> Result<Self, CustodyError> {
        Ok(Self::Passphrase(Passphrase::new(text)?))
    }

    /// A recipient, as a person writes it.
    pub fn recipient(text: &str) -> Result<Self, CustodyError> {
        let text = text.trim();
        text.parse()
            .map(Self::Recipient)
            .map_err(|_| CustodyError::NoRecipient(text.chars().take(80).collect()))
    }

    /// Seals bytes.
    pub fn seal(&self, plain: &[u8]) -> Result<Vec<u8>, CustodyError> {
        match self {
            Self::Passphrase(passphrase) => protect::under(passphrase, plain),
            Self::Recipient(to) => protect::sealed_for(to, plain),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{io::Read, iter};

    #[test]
    fn a_sealed_file_opens_for_its_person_alone() {
        let plain = b"everything that is held about one person";
        let key = age::x25519::Identity::generate();
        let to = SealedFor::recipient(&key.to_public().to_string()).unwrap();
        let sealed = to.seal(plain).unwrap();
        assert!(!sealed.windows(10).any(|w| w == &plain[..10]));
        let open = |bytes: &[u8], identity: &dyn age::Identity| {
            let file = age::Decryptor::new_buffered(bytes).unwrap();
            let mut out = Vec::new();
            file.decrypt(iter::once(identity))
                .map(|mut read| read.read_to_end(&mut out).unwrap())
                .map(|_| out)
        };
        assert_eq!(open(&sealed, &key).unwrap(), plain);
        assert!(open(&sealed, &age::x25519::Identity::generate()).is_err());
        let words = "correct horse battery staple";
        let sealed = SealedFor::passphrase(words).unwrap().seal(plain).unwrap();
        let identity = |text: &str| age::scrypt::Identity::new(text.to_owned().into());
        assert_eq!(open(&sealed, &identity(words)).unwrap(), plain);
        assert!(open(&sealed, &identity("something else, as long")).is_err());
        assert!(SealedFor::recipient("age1nobody").is_err());
        assert!(SealedFor::passphrase("short").is_err());
    }
}
