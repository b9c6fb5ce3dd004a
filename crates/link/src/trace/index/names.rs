//! The names and postcodes of the index: each once, with its cleaned form and the digests that blocks are made of.

use super::texts::{Texts, digest, joined};
use crate::{
    clean::{first_name_key, name_key, postcode_key},
    compare::soundex,
    trace::QualitySettings,
};

/// Names as they are shown, and as they are compared.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Names {
    shown: Texts,
    keys: Texts,
    /// For each name shown: the whole of it as a key, and the first word of it.
    cleaned: Vec<Cleaned>,
}

#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Cleaned {
    whole: u32,
    first: u32,
    whole_digest: u64,
    first_digest: u64,
    sound_digest: u64,
}

impl Names {
    /// The number of a name.
    pub(crate) fn keep(&mut self, name: &str, quality: &QualitySettings) -> u32 {
        let number = self.shown.keep(name.trim());
        if self.shown.len() > self.cleaned.len() {
            let whole = whole_name(name, quality).unwrap_or_default();
            let first = first_name(name, quality).unwrap_or_default();
            self.cleaned.push(Cleaned {
                whole: self.keys.keep(&whole),
                first: self.keys.keep(&first),
                whole_digest: name_digest(&whole),
                first_digest: name_digest(&first),
                sound_digest: sound_digest(&whole),
            });
        }
        number
    }

    /// The name as it is shown.
    pub(crate) fn shown(&self, number: u32) -> &str {
        self.shown.get(number)
    }

    /// The whole name as it is compared; empty where it says nothing.
    pub(crate) fn whole(&self, number: u32) -> &str {
        self.keys.get(self.cleaned(number).whole)
    }

    /// The first word of the name as it is compared.
    pub(crate) fn first(&self, number: u32) -> &str {
        self.keys.get(self.cleaned(number).first)
    }

    /// All names as they are compared, whole names and first words.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        let numbers = 1..=u32::try_from(self.keys.len()).unwrap_or(u32::MAX);
        numbers.map(|number| self.keys.get(number))
    }

    /// Digests of the whole name, its first word and its sound; 0 where there is none.
    pub(crate) fn digests(&self, number: u32) -> [u64; 3] {
        let cleaned = self.cleaned(number);
        [
            cleaned.whole_digest,
            cleaned.first_digest,
            cleaned.sound_digest,
        ]
    }

    pub(crate) const fn bytes(&self) -> usize {
        self.shown.bytes() + self.keys.bytes() + self.cleaned.capacity() * size_of::<Cleaned>()
    }

    fn cleaned(&self, number: u32) -> Cleaned {
        number
            .checked_sub(1)
            .and_then(|at| self.cleaned.get(at as usize))
            .copied()
            .unwrap_or_default()
    }
}

/// A whole name as it is compared; `None` where it says nothing.
pub(crate) fn whole_name(name: &str, quality: &QualitySettings) -> Option<String> {
    name_key(name).filter(|key| !quality.not_names.contains(key))
}

/// The first word of a name that says something.
pub(crate) fn first_name(name: &str, quality: &QualitySettings) -> Option<String> {
    whole_name(name, quality)?;
    first_name_key(name).filter(|key| !quality.not_names.contains(key))
}

/// The digest of a cleaned name, 0 for none.
pub(crate) fn name_digest(key: &str) -> u64 {
    if key.is_empty() { 0 } else { digest(key) }
}

/// The digest of how a cleaned name sounds, 0 for none.
pub(crate) fn sound_digest(key: &str) -> u64 {
    soundex(key).map_or(0, |sound| joined(u64::from(u32::from_be_bytes(sound)), 1))
}

/// Postcodes as they are shown, and whether they say a place.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Places {
    shown: Texts,
    /// For each: digests of the whole and of its outward part, 0 where it says no place.
    digests: Vec<[u64; 2]>,
}

impl Places {
    /// The number of a postcode; one that has not the shape of a postcode is kept as it is.
    pub(crate) fn keep(&mut self, postcode: &str, quality: &QualitySettings) -> u32 {
        let known = place(postcode, quality).unwrap_or_default();
        let shown = postcode_key(postcode).unwrap_or_else(|| postcode.trim().to_owned());
        let number = self.shown.keep(&shown);
        if self.shown.len() > self.digests.len() {
            self.digests.push(place_digests(&known));
        }
        number
    }

    /// The postcode as it is shown.
    pub(crate) fn shown(&self, number: u32) -> &str {
        self.shown.get(number)
    }

    /// The postcode where it says a place, else empty.
    pub(crate) fn place(&self, number: u32) -> &str {
        match self.digests(number) {
            [0, _] => "",
            _ => self.shown(number),
        }
    }

    /// Digests of the postcode and of its outward part; 0 where it says no place.
    pub(crate) fn digests(&self, number: u32) -> [u64; 2] {
        number
            .checked_sub(1)
            .and_then(|at| self.digests.get(at as usize))
            .copied()
            .unwrap_or_default()
    }

    pub(crate) const fn bytes(&self) -> usize {
        self.shown.bytes() + self.digests.capacity() * 16
    }
}

/// Digests of a cleaned postcode and of its outward part, 0 for none.
pub(crate) fn place_digests(place: &str) -> [u64; 2] {
    [name_digest(place), name_digest(outward(place))]
}

/// A postcode as it is compared; `None` where it is none or says no place.
pub(crate) fn place(postcode: &str, quality: &QualitySettings) -> Option<String> {
    let key = postcode_key(postcode)?;
    let known = quality.not_places.iter().all(|none| none != outward(&key));
    known.then_some(key)
}

/// The outward part of a cleaned postcode.
pub(crate) fn outward(place: &str) -> &str {
    place.split(' ').next().unwrap_or_default()
}

/// The sector of a cleaned postcode.
pub(crate) fn sector(place: &str) -> &str {
    place
        .len()
        .checked_sub(2)
        .and_then(|end| place.get(..end))
        .unwrap_or_default()
}
