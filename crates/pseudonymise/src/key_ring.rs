//! Key rings: named keys, and the text in which they are kept.
//!
//! Reading and writing the file, and drawing the random bytes, belong to `app`. Keys never print,
//! and are wiped from memory when a ring is dropped.

use crate::pseudonym::{self, Kind};
use std::{collections::BTreeMap, fmt};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// The keys of a zone, by domain. Each domain keeps its earlier keys; the last one is in use.
#[derive(Clone, Default)]
pub struct KeyRing {
    domains: BTreeMap<String, Vec<Key>>,
}

/// One key with the id that pseudonyms carry in front.
#[derive(Clone)]
pub(crate) struct Key {
    id: String,
    bytes: Zeroizing<[u8; 32]>,
}

/// Why a key ring cannot be used. Nothing here holds a key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The first line says what the file is.
    #[error("this is no key file: its first line should be `{FIRST_LINE}`")]
    NotAKeyFile,
    /// A line is not `domain id key`.
    #[error(
        "line {line} of the key file should be a domain, `k` and a number, and 64 hexadecimal digits"
    )]
    Line { line: usize },
    /// A domain has a name that cannot be written on one line.
    #[error(
        "`{0}` cannot name a key domain: use letters, digits and . _ : / - and at most 120 of them"
    )]
    DomainName(String),
    /// One id stands twice in a domain.
    #[error("key `{id}` of domain `{domain}` stands twice in the key file")]
    IdTwice { domain: String, id: String },
    /// One key in two places would make pseudonyms that are meant to differ the same.
    #[error("domain `{domain}` has a key that is in use elsewhere on the ring")]
    KeyTwice { domain: String },
    /// The bytes cannot have been drawn at random.
    #[error("the key for domain `{domain}` is not random")]
    NotRandom { domain: String },
    /// No such domain.
    #[error("the key ring has no key for domain `{0}`")]
    NoKey(String),
}

const FIRST_LINE: &str = "haven keys 1";

impl KeyRing {
    /// A ring without keys.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads the text of a key file.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let mut lines = (1..).zip(text.lines());
        if lines
            .next()
            .is_none_or(|(_, first)| first.trim() != FIRST_LINE)
        {
            return Err(KeyError::NotAKeyFile);
        }
        let mut ring = Self::new();
        for (line, text) in lines {
            let text = text.trim();
            if text.is_empty() || text.starts_with('#') {
                continue;
            }
            let mut words = text.split_whitespace();
            let (Some(domain), Some(id), Some(digits), None) =
                (words.next(), words.next(), words.next(), words.next())
            else {
                return Err(KeyError::Line { line });
            };
            let mut bytes = Zeroizing::new([0u8; 32]);
            if !is_key_id(id) || hex::decode_to_slice(digits, bytes.as_mut_slice()).is_err() {
                return Err(KeyError::Line { line });
            }
            if ring.keys(domain).iter().any(|key| key.id == id) {
                return Err(KeyError::IdTwice {
                    domain: domain.to_owned(),
                    id: id.to_owned(),
                });
            }
            ring.keep(domain, id.to_owned(), bytes)?;
        }
        Ok(ring)
    }

    /// The text of a key file with these keys.
    pub fn format(&self) -> Zeroizing<String> {
        // Room for all from the start, so that growing leaves no copy of a key behind in memory.
        let lines = self
            .domains
            .iter()
            .flat_map(|(domain, keys)| keys.iter().map(|key| domain.len() + key.id.len() + 67));
        let mut text = Zeroizing::new(String::with_capacity(
            FIRST_LINE.len() + 1 + lines.sum::<usize>(),
        ));
        text.push_str(FIRST_LINE);
        text.push('\n');
        for (domain, keys) in &self.domains {
            for key in keys {
                let mut digits = Zeroizing::new([0u8; 64]);
                // 32 bytes are 64 digits, so the slice always fits.
                if hex::encode_to_slice(key.bytes.as_slice(), digits.as_mut_slice()).is_ok() {
                    for part in [domain.as_str(), " ", &key.id, " "] {
                        text.push_str(part);
                    }
                    text.extend(digits.iter().map(|digit| char::from(*digit)));
                    text.push('\n');
                }
            }
        }
        text
    }

    /// Adds a key to a domain and puts it in use; gives its id. Earlier keys stay on the ring, so
    /// that pseudonyms made under them can still be told.
    pub fn add(&mut self, domain: &str, bytes: Zeroizing<[u8; 32]>) -> Result<&str, KeyError> {
        let highest = self
            .keys(domain)
            .iter()
            .filter_map(|key| key.id.strip_prefix('k')?.parse::<u32>().ok())
            .max();
        let id = format!("k{}", highest.unwrap_or_default().saturating_add(1));
        self.keep(domain, id, bytes)?;
        self.key_id(domain)
            .ok_or_else(|| KeyError::NoKey(domain.to_owned()))
    }

    /// Removes every key of a domain, so that its pseudonyms can never be made again.
    pub fn destroy(&mut self, domain: &str) -> Result<(), KeyError> {
        self.domains
            .remove(domain)
            .map(|_| ())
            .ok_or_else(|| KeyError::NoKey(domain.to_owned()))
    }

    /// The names of the domains that have keys.
    pub fn domains(&self) -> impl Iterator<Item = &str> {
        self.domains.keys().map(String::as_str)
    }

    /// The id of the key in use for a domain.
    pub fn key_id(&self, domain: &str) -> Option<&str> {
        self.key(domain).map(|key| key.id.as_str())
    }

    /// The key in use for a domain.
    pub(crate) fn key(&self, domain: &str) -> Option<&Key> {
        self.keys(domain).last()
    }

    /// The key in use for a domain, or one derived for it from the key of a root domain.
    pub(crate) fn key_or_derived(&self, root: &str, domain: &str) -> Option<Key> {
        if domain == root || !is_domain(domain) {
            return None;
        }
        self.key(domain)
            .cloned()
            .or_else(|| self.key(root).map(|root| root.derived(domain)))
    }

    fn keys(&self, domain: &str) -> &[Key] {
        self.domains.get(domain).map_or(&[], Vec::as_slice)
    }

    fn keep(
        &mut self,
        domain: &str,
        id: String,
        bytes: Zeroizing<[u8; 32]>,
    ) -> Result<(), KeyError> {
        if !is_domain(domain) {
            return Err(KeyError::DomainName(domain.chars().take(120).collect()));
        }
        if bytes.iter().all(|byte| Some(byte) == bytes.first()) {
            return Err(KeyError::NotRandom {
                domain: domain.to_owned(),
            });
        }
        let taken = self
            .domains
            .values()
            .flatten()
            .any(|key| bool::from(key.bytes.ct_eq(bytes.as_slice())));
        if taken {
            return Err(KeyError::KeyTwice {
                domain: domain.to_owned(),
            });
        }
        self.domains
            .entry(domain.to_owned())
            .or_default()
            .push(Key { id, bytes });
        Ok(())
    }
}

impl Key {
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.bytes
    }

    fn derived(&self, domain: &str) -> Self {
        Self {
            id: self.id.clone(),
            bytes: pseudonym::digest(self, Kind::Key, domain),
        }
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyRing(‹keys›)")
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("‹key›")
    }
}

fn is_key_id(id: &str) -> bool {
    id.strip_prefix('k')
        .is_some_and(|n| (1..=9).contains(&n.len()) && n.bytes().all(|b| b.is_ascii_digit()))
}

fn is_domain(name: &str) -> bool {
    (1..=120).contains(&name.len())
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"._:/-".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
    const TWO: &str = "ffeeddccbbaa99887766554433221100ffeeddccbbaa99887766554433221100";

    fn file(lines: &str) -> String {
        format!("{FIRST_LINE}\n{lines}\n")
    }

    #[test]
    fn a_ring_is_kept_as_text_and_comes_back_the_same() {
        let text = file(&format!("analysis k1 {ONE}\nanalysis k2 {TWO}"));
        let ring = KeyRing::parse(&format!("{text}\n# a note\n")).unwrap();
        assert_eq!(ring.key_id("analysis"), Some("k2"));
        assert_eq!(*ring.format(), text);
        assert_eq!(ring.domains().collect::<Vec<_>>(), ["analysis"]);
    }

    #[test]
    fn a_new_key_is_put_in_use_under_the_next_id() {
        let mut ring = KeyRing::parse(&file(&format!("analysis k4 {ONE}"))).unwrap();
        let mut bytes = Zeroizing::new([7; 32]);
        bytes[0] = 8;
        assert_eq!(ring.add("analysis", bytes).unwrap(), "k5");
        assert_eq!(ring.key_id("analysis"), Some("k5"));
        ring.destroy("analysis").unwrap();
        assert!(ring.key_id("analysis").is_none());
        assert!(ring.destroy("analysis").is_err());
    }

    #[test]
    fn a_ring_never_prints_its_keys() {
        let ring = KeyRing::parse(&file(&format!("analysis k1 {ONE}"))).unwrap();
        let shown = format!("{ring:?} {ring:#?} {:?}", ring.key("analysis"));
        assert!(!shown.contains("0011"), "{shown}");
        assert!(!shown.contains("17, 34"), "{shown}");
        assert_eq!(format!("{ring:?}"), "KeyRing(‹keys›)");
    }

    #[test]
    fn a_faulty_key_file_is_refused_without_showing_keys() {
        let zeros = "0".repeat(64);
        for (text, said) in [
            (String::new(), "no key file"),
            (format!("analysis k1 {ONE}"), "no key file"),
            (file("analysis k1"), "line 2"),
            (file(&format!("analysis k1 {ONE}00")), "line 2"),
            (file(&format!("analysis one {ONE}")), "line 2"),
            (file(&format!("analysis k1 {ONE} more")), "line 2"),
            (
                file(&format!("analysis k1 {ONE}\nanalysis k1 {TWO}")),
                "`k1` of domain `analysis` stands twice",
            ),
            (
                file(&format!("analysis k1 {ONE}\nother k1 {ONE}")),
                "`other` has a key that is in use elsewhere",
            ),
            (file(&format!("analysis k1 {zeros}")), "is not random"),
            (file(&format!("d'oh k1 {ONE}")), "cannot name a key domain"),
        ] {
            let error = KeyRing::parse(&text).unwrap_err();
            let shown = format!("{error} {error:?}");
            assert!(shown.contains(said), "{shown}");
            assert!(
                !shown.contains("0011") && !shown.contains("ffee"),
                "{shown}"
            );
        }
    }
}
