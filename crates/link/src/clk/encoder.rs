//! From a record to its filter.

use super::{
    features::{cleaned, features},
    harden,
    scheme::{Kind, Scheme},
    secret::{Key, Secret},
};
use std::{collections::HashMap, sync::Arc};

/// Features whose places are remembered for each field; what comes after is worked out every time.
const MOST_REMEMBERED: usize = 100_000;

/// What all threads of a run share.
struct Shared {
    scheme: Scheme,
    noise: Key,
    owner: String,
    /// For each part, the keyed order of its bits where filters are balanced.
    orders: Vec<Vec<usize>>,
    chance: Option<u16>,
    made_by: String,
}

/// Makes the filters of records. A clone is made for each thread.
#[derive(Clone)]
pub struct Encoder {
    shared: Arc<Shared>,
    hashes: Vec<FieldHash>,
}

#[derive(Clone)]
struct FieldHash {
    key: Key,
    places: HashMap<Vec<u8>, Vec<u16>, ahash::RandomState>,
}

impl std::fmt::Debug for Encoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Encoder")
            .field("made_by", &self.shared.made_by)
            .finish_non_exhaustive()
    }
}

impl Encoder {
    /// By a scheme and a secret. `owner` names the data owner, so that no two owners' random flips go together.
    pub fn new(scheme: &Scheme, secret: &Secret, owner: &str) -> Self {
        let hashes = scheme.fields.iter().map(|field| FieldHash {
            key: secret.key("field", &field.name),
            places: HashMap::with_hasher(ahash::RandomState::with_seeds(1, 2, 3, 4)),
        });
        let (names, bits) = scheme.parts();
        let orders = names
            .iter()
            .map(|name| harden::order(bits, &secret.key("order", name)));
        // What must be the same for filters to be comparable; the digest tells nothing of the secret.
        let written = toml::to_string(scheme).unwrap_or_default();
        let digest = secret.key("scheme", "").digest(&[written.as_bytes()]);
        let made_by = digest
            .first_chunk::<8>()
            .map(hex::encode)
            .unwrap_or_default();
        Self {
            hashes: hashes.collect(),
            shared: Arc::new(Shared {
                orders: if scheme.hardening.balance {
                    orders.collect()
                } else {
                    Vec::new()
                },
                chance: scheme.hardening.flips.as_ref().map(harden::chance),
                noise: secret.key("flips", owner),
                scheme: scheme.clone(),
                owner: owner.to_owned(),
                made_by,
            }),
        }
    }

    /// A digest of scheme and secret: filters that differ in it cannot be compared.
    pub fn made_by(&self) -> &str {
        &self.shared.made_by
    }

    /// The name of the data owner.
    pub fn owner(&self) -> &str {
        &self.shared.owner
    }

    /// The filters of a record one after another, as words of 64 bits: one for each part of the scheme.
    ///
    /// `values` stand in the order of the scheme's fields. A part of which nothing is known has no bit at all, hardened or
    /// not, so that it is like nothing; so have all parts of a record of which too few fields are known.
    pub fn encode(&mut self, id: &str, values: &[Option<&str>]) -> Vec<u64> {
        let shared = Arc::clone(&self.shared);
        let scheme = &shared.scheme;
        let values: Vec<Option<String>> = scheme
            .fields
            .iter()
            .zip(values.iter().chain(std::iter::repeat(&None)))
            .map(|(field, value)| value.and_then(|value| cleaned(field, &scheme.no_values, value)))
            .collect();
        let words = scheme.length / 64;
        let (names, bits) = scheme.parts();
        // Too little to tell people apart, and enough to show what it is.
        if values.iter().flatten().count() < scheme.fewest_fields {
            return vec![0; names.len() * bits / 64];
        }
        let salt = scheme.hardening.salt.as_ref().map(|salt| {
            let mut places = scheme.fields.iter().zip(&values);
            let found = places.find(|(field, _)| field.name == salt.field);
            let value = found
                .and_then(|(_, value)| value.as_deref())
                .unwrap_or_default();
            value.chars().take(salt.first).collect::<String>()
        });
        let mut parts = vec![vec![0u64; words]; names.len()];
        for (at, (field, value)) in scheme.fields.iter().zip(&values).enumerate() {
            let part = if scheme.kind == Kind::Record { 0 } else { at };
            let (Some(value), Some(hash), Some(part)) =
                (value, self.hashes.get_mut(at), parts.get_mut(part))
            else {
                continue;
            };
            let features = features(field, value);
            // Of bits that do not share out, some are left: a longer name never sets more than its budget, unless
            // it has more features than bits.
            let each = (field.bits / features.len().max(1)).max(1);
            for feature in features {
                hash.set(part, salted(salt.as_deref(), &feature), each, scheme.length);
            }
        }
        let hardened = parts.into_iter().zip(names).enumerate();
        hardened
            .flat_map(|(at, (part, name))| self.harden(part, id, name, at))
            .collect()
    }

    fn harden(&self, mut filter: Vec<u64>, id: &str, name: &str, at: usize) -> Vec<u64> {
        let hardening = &self.shared.scheme.hardening;
        if filter.iter().all(|word| *word == 0) {
            return vec![0; self.shared.scheme.parts().1 / 64];
        }
        for _ in 0..hardening.fold {
            filter = harden::fold(&filter);
        }
        if hardening.rule90 {
            filter = harden::rule90(&filter);
        }
        if let Some(chance) = self.shared.chance {
            let message = [name.as_bytes(), &[0], id.as_bytes(), &[0]].concat();
            harden::flip(&mut filter, chance, &self.shared.noise, &message);
        }
        match self.shared.orders.get(at) {
            Some(order) => harden::balance(&filter, order),
            None => filter,
        }
    }
}

/// What is hashed: the salt with its length before it, then the feature, so that no two messages are one.
fn salted(salt: Option<&str>, feature: &[u8]) -> Vec<u8> {
    let salt = salt.unwrap_or_default();
    let mut message = Vec::with_capacity(2 + salt.len() + feature.len());
    message.extend_from_slice(&u16::try_from(salt.len()).unwrap_or(u16::MAX).to_be_bytes());
    message.extend_from_slice(salt.as_bytes());
    message.extend_from_slice(feature);
    message
}

impl FieldHash {
    /// Sets the bits of one feature.
    fn set(&mut self, filter: &mut [u64], message: Vec<u8>, bits: usize, length: usize) {
        let key = &self.key;
        // The length is a power of two, so every place is as likely as any other.
        let make = |message: &[u8]| -> Vec<u16> {
            let places = key
                .numbers(message)
                .map(|number| number & u16::try_from(length - 1).unwrap_or(u16::MAX));
            places.take(bits).collect()
        };
        if let Some(places) = self.places.get_mut(&message) {
            if places.len() < bits {
                *places = make(&message);
            }
            return put(filter, places, bits);
        }
        let places = make(&message);
        put(filter, &places, bits);
        if self.places.len() < MOST_REMEMBERED {
            self.places.insert(message, places);
        }
    }
}

fn put(filter: &mut [u64], places: &[u16], bits: usize) {
    for place in places.iter().take(bits) {
        if let Some(word) = filter.get_mut(usize::from(place / 64)) {
            *word |= 1 << (place % 64);
        }
    }
}
