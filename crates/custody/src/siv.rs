//! AES-SIV (RFC 5297): what its key's holder, and nobody else, can lead back. The same value gives the same
//! sealed value, and a sealed value of one domain or version opens in no other.

use crate::CustodyError;
use aes_siv::{KeyInit, siv::Aes256Siv};
use zeroize::Zeroizing;

/// The version of this form of sealing. It is part of the associated data.
pub(crate) const VERSION: &[u8] = b"v1";

/// Seals a value under the 64 bytes of a key, for a domain.
pub fn sealed(key: &[u8], domain: &str, value: &[u8]) -> Result<Vec<u8>, CustodyError> {
    cipher(key)?
        .encrypt([domain.as_bytes(), VERSION], value)
        .map_err(|_| not_sealed(domain))
}

/// Leads a sealed value back.
pub fn opened(key: &[u8], domain: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, CustodyError> {
    cipher(key)?
        .decrypt([domain.as_bytes(), VERSION], sealed)
        .map(Zeroizing::new)
        .map_err(|_| not_sealed(domain))
}

fn cipher(key: &[u8]) -> Result<Aes256Siv, CustodyError> {
    Aes256Siv::new_from_slice(key)
        .map_err(|_| CustodyError::Cannot("a key of AES-SIV has to have 64 bytes"))
}

pub(crate) fn not_sealed(domain: &str) -> CustodyError {
    CustodyError::NotSealed {
        domain: domain.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aes_siv::siv::Aes128Siv;

    fn bytes(text: &str) -> Vec<u8> {
        hex::decode(text.replace(char::is_whitespace, "")).unwrap()
    }

    #[test]
    fn the_cipher_is_that_of_rfc_5297() {
        // Appendix A.1: deterministic, one piece of associated data.
        let key = bytes("fffefdfc fbfaf9f8 f7f6f5f4 f3f2f1f0 f0f1f2f3 f4f5f6f7 f8f9fafb fcfdfeff");
        let about = bytes("10111213 14151617 18191a1b 1c1d1e1f 20212223 24252627");
        let plain = bytes("11223344 55667788 99aabbcc ddee");
        let sealed = Aes128Siv::new_from_slice(&key)
            .unwrap()
            .encrypt([&about], &plain)
            .unwrap();
        assert_eq!(
            sealed,
            bytes("85632d07 c6e8f37f 950acd32 0a2ecc93 40c02b96 90c4dc04 daef7f6a fe5c")
        );
        // Appendix A.2: two pieces of associated data and a nonce.
        let key = bytes("7f7e7d7c 7b7a7978 77767574 73727170 40414243 44454647 48494a4b 4c4d4e4f");
        let first = bytes(
            "00112233 44556677 8899aabb ccddeeff deaddada deaddada ffeeddcc bbaa9988 77665544 33221100",
        );
        let second = bytes("10203040 50607080 90a0");
        let nonce = bytes("09f91102 9d74e35b d84156c5 635688c0");
        let plain = b"this is some plaintext to encrypt using SIV-AES";
        let sealed = Aes128Siv::new_from_slice(&key)
            .unwrap()
            .encrypt([&first, &second, &nonce], plain)
            .unwrap();
        assert_eq!(
            sealed,
            bytes(
                "7bdb6e3b 432667eb 06f4d14b ff2fbd0f cb900f2f ddbe4043 26601965 c889bf17 \
                 dba77ceb 094fa663 b7a3f748 ba8af829 ea64ad54 4a272e9c 485b62a3 fd5c0d"
            )
        );
    }

    #[test]
    fn a_sealed_value_opens_in_its_own_domain_alone() {
        let key: Vec<u8> = (0..64).collect();
        let (here, there) = ("dsa-1/1/ORG/research", "dsa-1/2/ORG/research");
        let one = sealed(&key, here, b"a value").unwrap();
        assert_eq!(one, sealed(&key, here, b"a value").unwrap());
        assert_ne!(one, sealed(&key, there, b"a value").unwrap());
        assert_eq!(**opened(&key, here, &one).unwrap(), *b"a value");
        assert!(opened(&key, there, &one).is_err());
        let mut altered = one;
        altered[3] ^= 1;
        assert!(opened(&key, here, &altered).is_err());
        assert!(sealed(&key[..32], here, b"a value").is_err(), "half a key");
    }
}
