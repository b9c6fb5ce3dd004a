//! Pseudonyms: what a keyed digest makes of an identity, and the functions that queries call.
//!
//! `HMAC-SHA-256(key, "v1" ‖ kind ‖ value)` with its first 128 bits kept, and the id of the key in
//! front: `k1-` and 32 hexadecimal digits. Without the key nobody can go back, nor try all numbers.

use crate::{KeyError, KeyRing, KnownWords, key_ring::Key};
use hmac::{Hmac, KeyInit, Mac};
use model::{Function, NhsNumber, area};
use sha2::Sha256;
use std::sync::Arc;
use zeroize::Zeroizing;

/// What a digest is of. It is part of what is digested, so that a person, a record and a key made
/// from one text never look alike.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    Person,
    Record,
    RecipientsPerson,
    Key,
}

impl Kind {
    const fn word(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Record => "record",
            Self::RecipientsPerson => "recipient",
            Self::Key => "key",
        }
    }
}

/// A pseudonym taken apart, as it is told apart from other text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadPseudonym<'a> {
    /// The id of the key that made it.
    pub key_id: &'a str,
    /// The 32 hexadecimal digits.
    pub digits: &'a str,
}

impl<'a> ReadPseudonym<'a> {
    /// Reads a pseudonym, `None` for any other text.
    pub fn of(text: &'a str) -> Option<Self> {
        let (key_id, digits) = text.split_once('-')?;
        let number = key_id.strip_prefix('k')?;
        let shaped = !number.is_empty()
            && number.bytes().all(|b| b.is_ascii_digit())
            && digits.len() == 32
            && digits
                .bytes()
                .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        shaped.then_some(Self { key_id, digits })
    }
}

/// The functions that the crossing calls, with the key of the domain it crosses into.
pub fn functions(
    ring: &KeyRing,
    domain: &str,
    words: KnownWords,
) -> Result<Vec<Function>, KeyError> {
    let key = ring
        .key(domain)
        .ok_or_else(|| KeyError::NoKey(domain.to_owned()))?;
    let (person, record) = (key.clone(), key.clone());
    Ok(vec![
        Function::text("pseudonym", move |id| Some(made(&person, Kind::Person, id))),
        Function::text("record_token", move |name| {
            Some(made(&record, Kind::Record, name))
        }),
        Function::text_pair("listed", move |list, word| Some(words.listed(list, word))),
        Function::text("short_code", short_code),
        Function::text("postcode_form", area::postcode),
        Function::text("postcode_sector", area::postcode_sector),
    ])
}

/// The function that gives a recipient's own pseudonyms, from domain and pseudonym. A domain with no
/// key of its own has one derived for it from the key of the domain `root`. Null where neither is
/// on the ring, or where the text is no pseudonym, so that nothing else can leave by this way.
pub fn recipient_functions(ring: &KeyRing, root: &str) -> Vec<Function> {
    let (ring, root) = (Arc::new(ring.clone()), root.to_owned());
    vec![Function::text_pair(
        "recipient_pseudonym",
        move |domain, pseudonym| {
            ReadPseudonym::of(pseudonym)?;
            let key = ring.key_or_derived(&root, domain)?;
            Some(made(&key, Kind::RecipientsPerson, pseudonym))
        },
    )]
}

/// A pseudonym or token, with the key's id in front.
fn made(key: &Key, kind: Kind, value: &str) -> String {
    let digest = digest(key, kind, value);
    let half = digest.get(..16).unwrap_or_default();
    format!("{}-{}", key.id(), hex::encode(half))
}

/// The whole digest.
pub(crate) fn digest(key: &Key, kind: Kind, value: &str) -> Zeroizing<[u8; 32]> {
    mac(
        key.bytes(),
        &[b"v1", kind.word().as_bytes(), value.as_bytes()],
    )
}

/// HMAC-SHA-256 over parts with a zero byte between them: no part may hold one, so no two lists of
/// parts are the same message.
pub(crate) fn mac(key: &[u8; 32], parts: &[&[u8]]) -> Zeroizing<[u8; 32]> {
    // A key shorter than the block of the digest is filled up with zeros: RFC 2104, section 2.
    let mut block = Zeroizing::new([0u8; 64]);
    for (slot, byte) in block.iter_mut().zip(key) {
        *slot = *byte;
    }
    let mut mac = Hmac::<Sha256>::new((&*block).into());
    for (place, part) in parts.iter().enumerate() {
        if place > 0 {
            mac.update(&[0]);
        }
        mac.update(part);
    }
    Zeroizing::new(mac.finalize().into_bytes().into())
}

/// A text that has the shape of a code: at most twelve letters, digits and `. - / + _ : &`, or at
/// most eighteen digits, as the codes of clinical terms have; no blank within, and neither an NHS
/// number nor a postcode. Free text that strayed into a column of codes becomes null here.
fn short_code(text: &str) -> Option<String> {
    let text = text.trim();
    let shaped = (1..=12).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b".-/+_:&".contains(&b));
    let digits = (1..=18).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    // In the forms in which NHS numbers are written. Other codes of ten digits have hyphens too.
    let in_three_parts = text.split('-').map(str::len).eq([3, 3, 4]);
    let numbered = (digits || in_three_parts) && NhsNumber::parse(text).is_ok();
    let points_at_someone = numbered || area::postcode(text).is_some();
    ((shaped || digits) && !points_at_someone).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{FunctionKind, NhsNumber};
    use std::collections::BTreeSet;

    fn ring(domains: &[&str]) -> KeyRing {
        let mut ring = KeyRing::new();
        for (n, domain) in (1..).zip(domains) {
            let mut bytes = Zeroizing::new([n; 32]);
            bytes[0] = 0xff;
            ring.add(domain, bytes).unwrap();
        }
        ring
    }

    fn call(functions: &[Function], name: &str, args: &[&str]) -> Option<String> {
        let function = functions.iter().find(|f| f.name == name).unwrap();
        match &function.kind {
            FunctionKind::Text(f) => f(args[0]),
            FunctionKind::TextPair(f) => f(args[0], args[1]),
            FunctionKind::Pair(_) => panic!("no such function here"),
        }
    }

    #[test]
    fn the_digest_is_that_of_rfc_4231() {
        // Test cases 1 to 4: keys no longer than ours, filled up with zeros as the standard has it.
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
        ] {
            let mut padded = [0u8; 32];
            padded[..key.len()].copy_from_slice(&key);
            assert_eq!(hex::encode(*mac(&padded, &[&data])), expected);
        }
    }

    #[test]
    fn a_pseudonym_shows_its_key_and_nothing_else() {
        let functions = functions(&ring(&["analysis"]), "analysis", KnownWords::default()).unwrap();
        let person = "p0123456789abcdef0123456789abcdef";
        let pseudonym = call(&functions, "pseudonym", &[person]).unwrap();
        let read = ReadPseudonym::of(&pseudonym).unwrap();
        assert_eq!(read.key_id, "k1");
        assert_eq!(pseudonym, call(&functions, "pseudonym", &[person]).unwrap());
        assert!(!pseudonym.contains("0123456789"));
        // A person and a record of one text have nothing in common.
        assert_ne!(
            pseudonym,
            call(&functions, "record_token", &[person]).unwrap()
        );
        assert_eq!(ReadPseudonym::of("9990001006"), None);
        assert_eq!(ReadPseudonym::of(person), None);
    }

    #[test]
    fn recipients_cannot_compare_pseudonyms() {
        let ring = ring(&["analysis", "recipients", "alone/1/ORG/research"]);
        let person = call(
            &functions(&ring, "analysis", KnownWords::default()).unwrap(),
            "pseudonym",
            &["p1"],
        )
        .unwrap();
        let functions = recipient_functions(&ring, "recipients");
        let given = |domain: &str| call(&functions, "recipient_pseudonym", &[domain, &person]);
        let domains = [
            "alone/1/ORG/research",
            "dsa-1/1/ORG/research",
            "dsa-1/2/ORG/research",
            "dsa-1/1/ORG/planning",
            "dsa-1/1/OTHER/research",
        ];
        let different: BTreeSet<String> = domains.iter().map(|d| given(d).unwrap()).collect();
        assert_eq!(different.len(), domains.len());
        assert!(!different.contains(&person));
        assert_eq!(given("dsa-1/1/ORG/research"), given("dsa-1/1/ORG/research"));
        // What is no pseudonym does not leave this way, nor does anything under the root itself.
        assert_eq!(
            call(&functions, "recipient_pseudonym", &["dsa-1", "9990001006"]),
            None
        );
        assert_eq!(given("recipients"), None);
        assert_eq!(given("no such domain, it has blanks"), None);
    }

    #[test]
    fn no_key_is_never_a_weak_key() {
        assert!(functions(&ring(&[]), "analysis", KnownWords::default()).is_err());
        let functions = recipient_functions(&ring(&["analysis"]), "recipients");
        let pseudonym = "k1-0123456789abcdef0123456789abcdef";
        assert_eq!(
            call(&functions, "recipient_pseudonym", &["dsa-1", pseudonym]),
            None
        );
    }

    #[test]
    fn only_what_looks_like_a_code_crosses_as_one() {
        let number = NhsNumber::test_number(100).unwrap();
        for (text, crosses) in [
            ("Y99901", true),
            ("I21.9", true),
            ("08:30", true),
            // The ten digits of this key of a location would make a valid NHS number.
            ("1-999000005", true),
            ("-   ", true),
            ("&", true),
            ("1234567890123456", true),
            ("1234567890123456789", false),
            (number.reveal(), false),
            ("999-000-1006", false),
            ("999 000 1006", false),
            ("SS0 0AA", false),
            ("SS00AA", false),
            ("Ada Thornby", false),
            ("AVeryLongName", false),
            ("Zoë", false),
            ("", false),
        ] {
            assert_eq!(short_code(text).is_some(), crosses, "{text}");
        }
    }
}
