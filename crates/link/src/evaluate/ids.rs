//! Ids as small numbers, so that a million of them are compared and sorted at no cost.

use crate::nhs_number_key;
use std::{borrow::Cow, collections::HashMap};

/// Every id that was read, by number.
#[derive(Debug, Clone)]
pub(crate) struct Ids {
    /// Those of one file, or of the left one; then those of the right one, where equal texts are other records.
    numbers: [HashMap<Box<str>, u32, ahash::RandomState>; 2],
    texts: Vec<Box<str>>,
}

impl Default for Ids {
    fn default() -> Self {
        Self {
            numbers: [(); 2]
                .map(|()| HashMap::with_hasher(ahash::RandomState::with_seeds(1, 2, 3, 4))),
            texts: Vec::new(),
        }
    }
}

/// An id without what surrounds it; an NHS number in groups of three, three and four without its blanks.
fn bare(text: &str) -> Cow<'_, str> {
    let text = text.trim();
    if text.len() == 12
        && text.starts_with(|sign: char| sign.is_ascii_digit())
        && let Some(number) = nhs_number_key(text)
    {
        return Cow::Owned(number);
    }
    Cow::Borrowed(text)
}

impl Ids {
    /// The number of an id; none of an empty one.
    pub(crate) fn number(&mut self, text: &str) -> Option<u32> {
        self.number_in(0, text)
    }

    /// The number of an id of the left file (0) or of the right one (1).
    pub(crate) fn number_in(&mut self, file: usize, text: &str) -> Option<u32> {
        let text = bare(text);
        if text.is_empty() {
            return None;
        }
        let numbers = self.numbers.get_mut(file)?;
        if let Some(number) = numbers.get(text.as_ref()) {
            return Some(*number);
        }
        let number = u32::try_from(self.texts.len()).ok()?;
        self.texts.push(text.as_ref().into());
        numbers.insert(text.as_ref().into(), number);
        Some(number)
    }

    /// The number of an id that was read before.
    pub(crate) fn known(&self, text: &str) -> Option<u32> {
        let [of_first, _] = &self.numbers;
        of_first.get(bare(text).as_ref()).copied()
    }

    /// The id of a number.
    pub(crate) fn text(&self, number: u32) -> &str {
        self.texts.get(number as usize).map_or("", |text| text)
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.texts.len()
    }
}
