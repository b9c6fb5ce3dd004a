//! What a function of two texts gave before, within one query: a person stands in many rows, and their pseudonym
//! need not be made for each of them. It goes with the query's session, and nothing of it is kept.

use std::{
    collections::HashMap,
    hash::{BuildHasherDefault, Hasher},
    sync::{Mutex, PoisonError},
};

/// How many pairs each thread remembers at most; then it begins anew.
const MOST: usize = 250_000;

/// What was given before, one memory for each thread that works at once.
#[derive(Default)]
pub(crate) struct Remembered {
    idle: Mutex<Vec<Memory>>,
}

/// What was given for one first text.
#[derive(Default)]
pub(crate) struct Memory {
    first: String,
    places: HashMap<Box<str>, usize, BuildHasherDefault<Quick>>,
    given: Vec<Option<Box<str>>>,
}

/// A hash of few steps. Those whose texts these are do not choose them, so nobody can make them collide.
#[derive(Default)]
struct Quick(u64);

impl Hasher for Quick {
    fn write(&mut self, bytes: &[u8]) {
        let mut parts = bytes.chunks_exact(8);
        for part in &mut parts {
            let word = part.try_into().map_or(0, u64::from_le_bytes);
            self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(0x517c_c1b7_2722_0a95);
        }
        for byte in parts.remainder() {
            self.0 = (self.0.rotate_left(5) ^ u64::from(*byte)).wrapping_mul(0x517c_c1b7_2722_0a95);
        }
    }

    fn finish(&self) -> u64 {
        // The low bits choose the place, and a product's high bits are the better mixed.
        self.0.rotate_left(26)
    }
}

impl Remembered {
    /// Works with a memory that nobody else has meanwhile.
    pub(crate) fn with<T>(&self, work: impl FnOnce(&mut Memory) -> T) -> T {
        let lock = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let mut memory = lock().pop().unwrap_or_default();
        let done = work(&mut memory);
        lock().push(memory);
        done
    }
}

impl Memory {
    /// What the function gives for two texts.
    pub(crate) fn get(
        &mut self,
        first: &str,
        second: &str,
        function: impl FnOnce(&str, &str) -> Option<String>,
    ) -> Option<&str> {
        if self.first != first {
            first.clone_into(&mut self.first);
            self.forget();
        }
        let place = if let Some(place) = self.places.get(second) {
            *place
        } else {
            if self.given.len() >= MOST {
                self.forget();
            }
            let made = function(first, second);
            self.places.insert(second.into(), self.given.len());
            self.given.push(made.map(String::into_boxed_str));
            self.given.len() - 1
        };
        self.given.get(place)?.as_deref()
    }

    fn forget(&mut self) {
        self.places.clear();
        self.given.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_given_for_other_texts_is_not_given_again() {
        let remembered = Remembered::default();
        let mut calls = 0;
        for (first, second) in [("a", "x"), ("a", "y"), ("a", "x"), ("b", "x"), ("a", "x")] {
            remembered.with(|memory| {
                let given = memory.get(first, second, |a, b| {
                    calls += 1;
                    (b != "y").then(|| format!("{a}{b}"))
                });
                let expected = (second != "y").then(|| format!("{first}{second}"));
                assert_eq!(given, expected.as_deref());
            });
        }
        assert_eq!(calls, 4);
    }
}
