//! Texts held once each, known by a number from 1 on; 0 is no text.

use std::hash::{DefaultHasher, Hash, Hasher};

/// Texts in the order in which they were first met.
#[derive(Debug, Clone, Default)]
pub(crate) struct Texts {
    text: String,
    ends: Vec<u64>,
    /// Open addressing: numbers of texts, 0 where free.
    slots: Vec<u32>,
}

/// Two lists of the same texts in the same order are equal, however their tables have grown.
impl PartialEq for Texts {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text && self.ends == other.ends
    }
}

impl Texts {
    /// The number of a text, which is kept if it is new.
    pub(crate) fn keep(&mut self, text: &str) -> u32 {
        if text.is_empty() {
            return 0;
        }
        if (self.ends.len() + 1) * 2 > self.slots.len() {
            self.grow();
        }
        let slot = self.slot(text);
        let held = self.slots.get(slot).copied().unwrap_or_default();
        if held != 0 {
            return held;
        }
        // More than four thousand million texts do not fit; the last number then stands for all of them.
        let Ok(number) = u32::try_from(self.ends.len() + 1) else {
            return u32::MAX;
        };
        self.text.push_str(text);
        self.ends.push(self.text.len() as u64);
        if let Some(free) = self.slots.get_mut(slot) {
            *free = number;
        }
        number
    }

    /// The text with this number; empty for 0.
    pub(crate) fn get(&self, number: u32) -> &str {
        let end = |at: u32| {
            let at = usize::try_from(at.checked_sub(1)?).ok()?;
            usize::try_from(*self.ends.get(at)?).ok()
        };
        let from = number.checked_sub(1).and_then(end).unwrap_or_default();
        end(number)
            .and_then(|to| self.text.get(from..to))
            .unwrap_or_default()
    }

    /// How many there are.
    pub(crate) const fn len(&self) -> usize {
        self.ends.len()
    }

    /// Bytes taken.
    pub(crate) const fn bytes(&self) -> usize {
        self.text.capacity() + self.ends.capacity() * 8 + self.slots.capacity() * 4
    }

    /// Where a text is, or would be put.
    fn slot(&self, text: &str) -> usize {
        let mask = self.slots.len().saturating_sub(1);
        let mut slot = usize::try_from(digest(text)).unwrap_or_default() & mask;
        loop {
            match self.slots.get(slot) {
                Some(0) | None => return slot,
                Some(number) if self.get(*number) == text => return slot,
                Some(_) => slot = (slot + 1) & mask,
            }
        }
    }

    fn grow(&mut self) {
        let size = (self.slots.len() * 2).max(64);
        self.slots = vec![0; size];
        for number in 1..=u32::try_from(self.ends.len()).unwrap_or(u32::MAX) {
            let slot = self.slot(self.get(number));
            if let Some(free) = self.slots.get_mut(slot) {
                *free = number;
            }
        }
    }
}

/// A digest of a text that is the same in every run; never 0, which stands for no text.
pub(crate) fn digest(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish().max(1)
}

/// One digest of two, in this order.
pub(crate) const fn joined(a: u64, b: u64) -> u64 {
    let mut z = (a ^ b.rotate_left(32)).wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27) ^ b).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_text_has_one_number_and_comes_back() {
        let mut texts = Texts::default();
        assert_eq!(texts.keep(""), 0);
        let all: Vec<String> = (0..5_000).map(|i| format!("text {}", i % 3_000)).collect();
        let numbers: Vec<u32> = all.iter().map(|text| texts.keep(text)).collect();
        assert_eq!(texts.len(), 3_000);
        for (text, number) in all.iter().zip(&numbers) {
            assert_eq!(texts.get(*number), text);
            assert_eq!(texts.keep(text), *number);
        }
        assert_eq!((texts.get(0), texts.get(9_999)), ("", ""));
    }

    #[test]
    fn a_digest_of_two_keeps_their_order() {
        assert_ne!(joined(1, 2), joined(2, 1));
        assert_ne!(joined(1, 2), joined(1, 3));
    }
}
