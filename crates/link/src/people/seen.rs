//! Raw texts that were cleaned before, so that a value that stands in a million rows is cleaned once.

use super::Cleaned;
use std::collections::HashMap;

/// Raw texts and what came of each.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// Short texts as the number that their bytes make, so that nothing else has to be looked at.
    short: HashMap<u128, Cleaned, Fixed>,
    long: HashMap<String, Cleaned, Fixed>,
}

/// Hashes alike in every run.
#[derive(Debug, Clone)]
struct Fixed(ahash::RandomState);

impl Default for Fixed {
    fn default() -> Self {
        Self(ahash::RandomState::with_seeds(1, 2, 3, 4))
    }
}

impl std::hash::BuildHasher for Fixed {
    type Hasher = ahash::AHasher;

    fn build_hasher(&self) -> Self::Hasher {
        self.0.build_hasher()
    }
}

impl Seen {
    /// What became of a text, which is cleaned now where it was not before.
    pub(crate) fn get(&mut self, text: &str, clean: impl FnOnce() -> Cleaned) -> Cleaned {
        match packed(text.as_bytes()) {
            Some(key) => match self.short.get(&key) {
                Some(cleaned) => *cleaned,
                None => *self.short.entry(key).or_insert_with(clean),
            },
            None => match self.long.get(text) {
                Some(cleaned) => *cleaned,
                None => *self.long.entry(text.to_owned()).or_insert_with(clean),
            },
        }
    }
}

/// The bytes of a short text, and how many they are, as one number: two pieces, which may overlap, and the length.
fn packed(bytes: &[u8]) -> Option<u128> {
    let (first, last) = if let (Some(first), Some(last)) =
        (bytes.first_chunk::<8>(), bytes.last_chunk::<8>())
    {
        (u64::from_le_bytes(*first), u64::from_le_bytes(*last))
    } else if let (Some(first), Some(last)) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        (
            u32::from_le_bytes(*first).into(),
            u32::from_le_bytes(*last).into(),
        )
    } else {
        let all = bytes.iter().rev();
        (all.fold(0, |all, byte| (all << 8) | u64::from(*byte)), 0)
    };
    // Of so few bytes the pieces share at least one, which leaves room for the length.
    let length = u8::try_from(bytes.len())
        .ok()
        .filter(|length| *length < 16)?;
    Some(u128::from(first) | (u128::from(last >> 8) << 64) | (u128::from(length) << 120))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_told_apart_by_every_byte_and_by_their_length() {
        let long = "a name of more than fifteen bytes";
        let texts = [
            "",
            "A",
            "AB",
            "BA",
            "A\0",
            "123456789012345",
            "1234567890123456",
            long,
        ];
        let mut seen = Seen::default();
        for (code, text) in (1..).zip(texts) {
            assert_eq!(seen.get(text, || Cleaned { code, rest: 0 }).code, code);
        }
        for (code, text) in (1..).zip(texts) {
            assert_eq!(seen.get(text, Cleaned::default).code, code, "{text:?}");
        }
    }
}
