//! What a function of two texts gave before, within one query: a person stands in many rows, and their pseudonym
//! need not be made for each of them. It goes with the query's session, and nothing of it is kept.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

/// How many pairs each thread remembers at most; then it begins anew.
const MOST: usize = 100_000;

/// What was given before, one memory for each thread that works at once.
#[derive(Default)]
pub(crate) struct Remembered {
    idle: Mutex<Vec<Memory>>,
}

/// What was given for one first text.
#[derive(Default)]
pub(crate) struct Memory {
    first: String,
    given: HashMap<String, Option<String>>,
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
            self.given.clear();
        }
        if !self.given.contains_key(second) {
            if self.given.len() >= MOST {
                self.given.clear();
            }
            let made = function(first, second);
            self.given.insert(second.to_owned(), made);
        }
        self.given.get(second)?.as_deref()
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
