//! A ring of keys by domain, the text in which they are kept, and everything that is made with them.

use crate::{
    Algorithm, CustodyError, KeyFacts, KeyState, Kind,
    key::{Held, Key, digest, drawn, is_domain, key_number, message, written},
    siv,
};
use std::{collections::BTreeMap, fmt, sync::Arc};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

const FIRST_LINE: &str = "haven keys 2";
/// Files from before: lines of `domain id key`, all keys for HMAC.
const FIRST_LINE_BEFORE: &str = "haven keys 1";
/// The domain from whose key those of recipients are made in workspaces from before.
const ROOT: &str = "recipients";
const IN_TOKEN: &str = "token:";
const GONE: &str = "destroyed:";

/// What a token does with keys that never leave it. Labels name the keys.
pub trait Token: Send + Sync {
    /// The HMAC-SHA-256 of each message.
    fn digests(&self, label: &str, messages: &[Vec<u8>]) -> Result<Vec<[u8; 32]>, CustodyError>;
    /// AES-SIV of each value, for a domain.
    fn sealed(
        &self,
        label: &str,
        domain: &str,
        values: &[&[u8]],
    ) -> Result<Vec<Vec<u8>>, CustodyError>;
    /// What was sealed, led back.
    fn opened(
        &self,
        label: &str,
        domain: &str,
        sealed: &[Vec<u8>],
    ) -> Result<Vec<Zeroizing<Vec<u8>>>, CustodyError>;
    /// Makes a key in the token.
    fn make(&self, label: &str, algorithm: Algorithm) -> Result<(), CustodyError>;
    /// Destroys a key. One that is not there is no mistake.
    fn destroy(&self, label: &str) -> Result<(), CustodyError>;
}

/// The keys of one file, by domain. Each domain keeps its earlier keys; the last one of an algorithm is in use.
#[derive(Clone, Default)]
pub struct Ring {
    domains: BTreeMap<String, Vec<Key>>,
    token: Option<Arc<dyn Token>>,
}

impl fmt::Debug for Ring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ring(‹keys›)")
    }
}

impl Ring {
    /// A ring without keys.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same ring with a token in which some keys are held, and in which new ones are made.
    #[must_use]
    pub fn with_token(mut self, token: Option<Arc<dyn Token>>) -> Self {
        self.token = token;
        self
    }

    /// Reads the text of a key file.
    pub fn parse(text: &str) -> Result<Self, CustodyError> {
        let mut lines = (1..).zip(text.lines());
        let before = match lines.next().map(|(_, first)| first.trim()) {
            Some(FIRST_LINE) => false,
            Some(FIRST_LINE_BEFORE) => true,
            _ => return Err(CustodyError::NotAKeyFile),
        };
        let mut ring = Self::new();
        for (line, text) in lines {
            let text = text.trim();
            if text.is_empty() || text.starts_with('#') {
                continue;
            }
            let words: Vec<&str> = text.split_whitespace().collect();
            let read = match words.as_slice() {
                [domain, id, value] if before => {
                    read_key(id, Algorithm::HmacSha256.word(), "-", value).map(|k| (*domain, k))
                }
                [domain, id, algorithm, day, value] if !before => {
                    read_key(id, algorithm, day, value).map(|k| (*domain, k))
                }
                _ => None,
            };
            let (domain, key) = read.ok_or(CustodyError::Line { line })?;
            ring.keep(domain, key)?;
        }
        Ok(ring)
    }

    /// The text of a key file with these keys.
    pub fn format(&self) -> Zeroizing<String> {
        // Room for all from the start, so that growing leaves no copy of a key behind in memory.
        let room: usize = self
            .domains
            .iter()
            .map(|(domain, keys)| keys.len() * (domain.len() + 320))
            .sum();
        let mut text = Zeroizing::new(String::with_capacity(FIRST_LINE.len() + 1 + room));
        text.push_str(FIRST_LINE);
        text.push('\n');
        for (domain, keys) in &self.domains {
            for key in keys {
                let id = key.id();
                let day = key.made.as_deref().unwrap_or("-");
                for part in [
                    domain.as_str(),
                    " ",
                    &id,
                    " ",
                    key.algorithm.word(),
                    " ",
                    day,
                    " ",
                ] {
                    text.push_str(part);
                }
                match &key.held {
                    Held::Here(bytes) => {
                        for byte in bytes.iter() {
                            let digits = [byte >> 4, byte & 15];
                            text.extend(
                                digits.map(|d| char::from_digit(u32::from(d), 16).unwrap_or('0')),
                            );
                        }
                    }
                    Held::Token(label) => {
                        text.push_str(IN_TOKEN);
                        text.push_str(label);
                    }
                    Held::Gone(day) => {
                        text.push_str(GONE);
                        text.push_str(day);
                    }
                }
                text.push('\n');
            }
        }
        text
    }

    /// Draws a key for a domain and puts it in use; gives its id. Earlier keys stay, so that what was made with
    /// them can still be told. `day` is today.
    pub fn draw(
        &mut self,
        domain: &str,
        algorithm: Algorithm,
        day: &str,
    ) -> Result<String, CustodyError> {
        self.own(domain)?;
        let number = 1 + self
            .keys(domain)
            .iter()
            .filter(|key| key.algorithm == algorithm)
            .map(|key| key.number)
            .max()
            .unwrap_or_default();
        let held = match &self.token {
            Some(token) => {
                let label = format!("haven/{domain}/{}{number}", algorithm.letter());
                token.make(&label, algorithm)?;
                Held::Token(label)
            }
            None => Held::Here(drawn(algorithm.bytes())?),
        };
        self.add(domain, algorithm, number, day, held)
    }

    /// Adds a key that was drawn elsewhere, and puts it in use.
    pub fn add_key(
        &mut self,
        domain: &str,
        algorithm: Algorithm,
        bytes: Zeroizing<Vec<u8>>,
        day: &str,
    ) -> Result<String, CustodyError> {
        let last = self
            .keys(domain)
            .iter()
            .filter(|k| k.algorithm == algorithm);
        let number = 1 + last.map(|key| key.number).max().unwrap_or_default();
        self.add(domain, algorithm, number, day, Held::Here(bytes))
    }

    fn add(
        &mut self,
        domain: &str,
        algorithm: Algorithm,
        number: u32,
        day: &str,
        held: Held,
    ) -> Result<String, CustodyError> {
        let key = Key {
            number,
            algorithm,
            made: Some(day.to_owned()),
            held,
        };
        let id = key.id();
        self.keep(domain, key)?;
        Ok(id)
    }

    /// Destroys every key of a domain, or one of them: what was made with them can be neither made again nor led
    /// back. That there were such keys stays on the ring. Gives their ids.
    pub fn destroy(
        &mut self,
        domain: &str,
        id: Option<&str>,
        day: &str,
    ) -> Result<Vec<String>, CustodyError> {
        self.own(domain)?;
        let token = self.token.clone();
        let mut gone = Vec::new();
        for key in self.domains.get_mut(domain).into_iter().flatten() {
            if id.is_some_and(|id| id != key.id()) || matches!(key.held, Held::Gone(_)) {
                continue;
            }
            if let (Held::Token(label), Some(token)) = (&key.held, &token) {
                token.destroy(label)?;
            }
            key.held = Held::Gone(day.to_owned());
            gone.push(key.id());
        }
        if gone.is_empty() {
            return Err(CustodyError::NoKey(domain.to_owned()));
        }
        Ok(gone)
    }

    /// The names of the domains.
    pub fn domains(&self) -> impl Iterator<Item = &str> {
        self.domains.keys().map(String::as_str)
    }

    /// Whether a domain without a key of its own gets one that is made from another, as before.
    pub fn makes_from_root(&self) -> bool {
        self.last(ROOT, Algorithm::HmacSha256)
            .is_some_and(|key| !matches!(key.held, Held::Gone(_)))
    }

    /// What may be told of all keys.
    pub fn facts(&self) -> Vec<KeyFacts> {
        let mut facts = Vec::new();
        for (domain, keys) in &self.domains {
            for key in keys {
                let last = self.last(domain, key.algorithm).map(|last| last.number);
                let (state, held) = match &key.held {
                    Held::Gone(day) => (KeyState::Destroyed { day: day.clone() }, "nowhere"),
                    Held::Here(_) | Held::Token(_) => {
                        let held = if matches!(key.held, Held::Token(_)) {
                            "token"
                        } else {
                            "file"
                        };
                        if last == Some(key.number) {
                            (KeyState::InUse, held)
                        } else {
                            (KeyState::Earlier, held)
                        }
                    }
                };
                facts.push(KeyFacts {
                    domain: domain.clone(),
                    id: key.id(),
                    algorithm: key.algorithm,
                    made: key.made.clone(),
                    state,
                    held,
                });
            }
        }
        facts
    }

    /// The id of the key in use for pseudonyms of a domain.
    pub fn in_use(&self, domain: &str) -> Option<String> {
        self.key_for(domain, None).ok().map(|key| key.id())
    }

    /// The pseudonyms of values, in their order: under the key in use, or under the one with an id.
    pub fn pseudonyms(
        &self,
        domain: &str,
        id: Option<&str>,
        kind: Kind,
        values: &[&str],
    ) -> Result<Vec<String>, CustodyError> {
        let key = self.key_for(domain, id)?;
        let id = key.id();
        let digests = self.digests(domain, &key, kind, values)?;
        Ok(digests.iter().map(|digest| written(&id, digest)).collect())
    }

    /// The whole digests of values under a key.
    pub(crate) fn digests(
        &self,
        domain: &str,
        key: &Key,
        kind: Kind,
        values: &[&str],
    ) -> Result<Vec<[u8; 32]>, CustodyError> {
        let messages = values.iter().map(|value| message(kind, value));
        if let Held::Token(label) = &key.held {
            return self.token()?.digests(label, &messages.collect::<Vec<_>>());
        }
        let bytes = key.bytes(domain)?;
        messages.map(|m| digest(bytes, &m).map(|d| *d)).collect()
    }

    /// Values sealed for a domain, each as the key's id and hexadecimal digits.
    pub fn sealed(&self, domain: &str, values: &[&str]) -> Result<Vec<String>, CustodyError> {
        let key = self.siv_key(domain, None)?;
        let id = key.id();
        let values: Vec<&[u8]> = values.iter().map(|value| value.as_bytes()).collect();
        let sealed = self.siv_sealed(domain, key, &values)?;
        Ok(sealed
            .iter()
            .map(|bytes| format!("{id}-{}", hex::encode(bytes)))
            .collect())
    }

    /// What was sealed for a domain, led back.
    pub fn opened(
        &self,
        domain: &str,
        sealed: &[&str],
    ) -> Result<Vec<Zeroizing<String>>, CustodyError> {
        sealed
            .iter()
            .map(|text| {
                let (id, digits) = text
                    .split_once('-')
                    .ok_or_else(|| siv::not_sealed(domain))?;
                let bytes = hex::decode(digits).map_err(|_| siv::not_sealed(domain))?;
                let key = self.siv_key(domain, Some(id))?;
                let plain = self.siv_opened(domain, key, bytes)?;
                std::str::from_utf8(&plain)
                    .map(|text| Zeroizing::new(text.to_owned()))
                    .map_err(|_| siv::not_sealed(domain))
            })
            .collect()
    }

    pub(crate) fn siv_sealed(
        &self,
        domain: &str,
        key: &Key,
        values: &[&[u8]],
    ) -> Result<Vec<Vec<u8>>, CustodyError> {
        if let Held::Token(label) = &key.held {
            return self.token()?.sealed(label, domain, values);
        }
        let bytes = key.bytes(domain)?;
        values
            .iter()
            .map(|value| siv::sealed(bytes, domain, value))
            .collect()
    }

    pub(crate) fn siv_opened(
        &self,
        domain: &str,
        key: &Key,
        sealed: Vec<u8>,
    ) -> Result<Zeroizing<Vec<u8>>, CustodyError> {
        if let Held::Token(label) = &key.held {
            let opened = self.token()?.opened(label, domain, &[sealed])?;
            return opened
                .into_iter()
                .next()
                .ok_or_else(|| siv::not_sealed(domain));
        }
        siv::opened(key.bytes(domain)?, domain, &sealed)
    }

    pub(crate) fn siv_key(&self, domain: &str, id: Option<&str>) -> Result<&Key, CustodyError> {
        let wanted = |key: &&Key| {
            key.algorithm == Algorithm::Aes256Siv && id.is_none_or(|id| id == key.id())
        };
        self.keys(domain)
            .iter()
            .rfind(wanted)
            .ok_or_else(|| CustodyError::NoKey(domain.to_owned()))
    }

    /// The key for pseudonyms of a domain: the one in use, or the one with an id. A domain without one gets one
    /// that is made from another, where the ring is from before.
    pub(crate) fn key_for(&self, domain: &str, id: Option<&str>) -> Result<Key, CustodyError> {
        let of_domain = self.keys(domain).iter();
        let mut own = of_domain
            .filter(|key| key.algorithm == Algorithm::HmacSha256)
            .peekable();
        if own.peek().is_some() {
            let key = own
                .rfind(|key| id.is_none_or(|id| id == key.id()))
                .ok_or_else(|| CustodyError::NoKey(domain.to_owned()))?;
            if let Held::Gone(day) = &key.held {
                return Err(CustodyError::Destroyed {
                    domain: domain.to_owned(),
                    id: key.id(),
                    day: day.clone(),
                });
            }
            return Ok(key.clone());
        }
        self.made_from_root(domain)?
            .filter(|key| id.is_none_or(|id| id == key.id()))
            .ok_or_else(|| CustodyError::NoKey(domain.to_owned()))
    }

    /// The key of a domain as rings from before make it: a digest of its name under the key of [`ROOT`].
    fn made_from_root(&self, domain: &str) -> Result<Option<Key>, CustodyError> {
        let root = self.last(ROOT, Algorithm::HmacSha256);
        let Some(root) = root.filter(|_| domain != ROOT && is_domain(domain)) else {
            return Ok(None);
        };
        if matches!(root.held, Held::Gone(_)) {
            return Ok(None);
        }
        let made = digest(root.bytes(ROOT)?, &message(Kind::Key, domain))?;
        Ok(Some(Key {
            number: root.number,
            algorithm: Algorithm::HmacSha256,
            made: root.made.clone(),
            held: Held::Here(Zeroizing::new(made.to_vec())),
        }))
    }

    /// Gives a domain whose key is made from another that key as its own, so that it can be changed and destroyed.
    fn own(&mut self, domain: &str) -> Result<(), CustodyError> {
        if self
            .keys(domain)
            .iter()
            .any(|key| key.algorithm == Algorithm::HmacSha256)
        {
            return Ok(());
        }
        match self.made_from_root(domain)? {
            Some(key) => self.keep(domain, key),
            None => Ok(()),
        }
    }

    fn token(&self) -> Result<&Arc<dyn Token>, CustodyError> {
        self.token.as_ref().ok_or(CustodyError::Cannot(
            "the key is in a token, and no token is set: `custody.token.library`",
        ))
    }

    fn keys(&self, domain: &str) -> &[Key] {
        self.domains.get(domain).map_or(&[], Vec::as_slice)
    }

    fn last(&self, domain: &str, algorithm: Algorithm) -> Option<&Key> {
        self.keys(domain)
            .iter()
            .rfind(|key| key.algorithm == algorithm)
    }

    fn keep(&mut self, domain: &str, key: Key) -> Result<(), CustodyError> {
        if !is_domain(domain) {
            return Err(CustodyError::DomainName(domain.chars().take(120).collect()));
        }
        let id = key.id();
        if self.keys(domain).iter().any(|other| other.id() == id) {
            return Err(CustodyError::IdTwice {
                domain: domain.to_owned(),
                id,
            });
        }
        if let Held::Here(bytes) = &key.held {
            if bytes.iter().all(|byte| Some(byte) == bytes.first()) {
                return Err(CustodyError::NotRandom {
                    domain: domain.to_owned(),
                });
            }
            let taken = self
                .domains
                .values()
                .flatten()
                .any(|other| match &other.held {
                    Held::Here(theirs) => theirs.ct_eq(bytes).into(),
                    Held::Token(_) | Held::Gone(_) => false,
                });
            if taken {
                return Err(CustodyError::KeyTwice {
                    domain: domain.to_owned(),
                });
            }
        }
        self.domains.entry(domain.to_owned()).or_default().push(key);
        Ok(())
    }
}

/// A key from the words of its line.
fn read_key(id: &str, algorithm: &str, day: &str, value: &str) -> Option<Key> {
    let (stated, number) = key_number(id)?;
    let algorithm = Algorithm::of_word(algorithm).filter(|algorithm| *algorithm == stated)?;
    let held = if let Some(label) = value.strip_prefix(IN_TOKEN) {
        Held::Token(label.to_owned())
    } else if let Some(day) = value.strip_prefix(GONE) {
        Held::Gone(day.to_owned())
    } else {
        let mut bytes = Zeroizing::new(vec![0u8; algorithm.bytes()]);
        hex::decode_to_slice(value, &mut bytes).ok()?;
        Held::Here(bytes)
    };
    Some(Key {
        number,
        algorithm,
        made: (day != "-").then(|| day.to_owned()),
        held,
    })
}

#[cfg(test)]
mod tests;
