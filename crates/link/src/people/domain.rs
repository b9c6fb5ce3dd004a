//! The distinct values of one kind, each with what comparisons and block keys need of it, worked out once.

use super::Clean;
use crate::compare::{Place, soundex};
use std::collections::HashMap;

/// The code of a missing value.
pub const MISSING: u32 = 0;
/// Codes of numbers that fail their check digit begin here; valid ones are their first nine digits plus one.
const ODD_NUMBERS: u32 = 0xC000_0000;
const NINE_DIGITS: u32 = 1_000_000_000;

/// A number that depends on the bytes alone, alike on every machine.
pub(crate) fn hash(bytes: &[u8]) -> u64 {
    let mut state = 0x9E37_79B9_7F4A_7C15u64 ^ (bytes.len() as u64);
    for piece in bytes.chunks(8) {
        let mut word = [0u8; 8];
        for (slot, byte) in word.iter_mut().zip(piece) {
            *slot = *byte;
        }
        state = mix(state ^ u64::from_le_bytes(word));
    }
    state
}

/// Spreads the bits of a number over all of it.
pub(crate) const fn mix(number: u64) -> u64 {
    let mut x = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

/// What is derived from a value for a block key. A value without it has none, and makes no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Derive {
    /// The value itself.
    Whole,
    /// The first letters.
    Prefix(u8),
    /// The first of several words.
    First,
    /// The last of several words.
    Last,
    /// The letters without vowels after the first, doubled letters once.
    Consonants,
    /// The Soundex of a name.
    Soundex,
    /// The letters in the order of the alphabet, so that exchanged letters do not matter.
    Sorted,
    /// Year and month of a date.
    YearMonth,
    /// Year and day of the month.
    YearDay,
    /// Month and day.
    MonthDay,
    /// The year.
    Year,
    /// The outward part of a postcode.
    Outward,
    /// A postcode without the last two letters.
    Sector,
    /// The letters that begin a postcode.
    Area,
}

impl Derive {
    /// The name in a linkage model, and the number of letters where it takes one.
    pub fn read(words: &[&str]) -> Option<Self> {
        Some(match words {
            [] => Self::Whole,
            ["prefix", letters] => {
                Self::Prefix(letters.parse().ok().filter(|n| (1..=20).contains(n))?)
            }
            ["initial"] => Self::Prefix(1),
            ["first"] => Self::First,
            ["last"] => Self::Last,
            ["consonants"] => Self::Consonants,
            ["soundex"] => Self::Soundex,
            ["sorted"] => Self::Sorted,
            ["year_month"] => Self::YearMonth,
            ["year_day"] => Self::YearDay,
            ["month_day"] => Self::MonthDay,
            ["year"] => Self::Year,
            ["outward"] => Self::Outward,
            ["sector"] => Self::Sector,
            ["area"] => Self::Area,
            _ => return None,
        })
    }
}

/// What is worked out once for a name; small, for pairs of names are many.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Facts {
    /// The letters that occur, one bit each; all other signs share a bit.
    pub(crate) letters: u32,
    /// The first four bytes; nothing after the end.
    pub(crate) head: u32,
    /// The letters without blanks, as a hash.
    pub(crate) compact: u32,
    /// Where its words and its sets begin.
    words: u32,
    sets: u32,
    /// The Soundex as a number; 0 where there is none.
    pub(crate) soundex: u16,
    /// How many letters; 255 for so many or more.
    pub(crate) length: u8,
    word_count: u8,
    set_count: u8,
}

/// The distinct values of one kind.
#[derive(Debug, Clone)]
pub struct Domain {
    clean: Clean,
    text: String,
    ends: Vec<usize>,
    codes: HashMap<u64, u32, ahash::RandomState>,
    facts: Vec<Facts>,
    tokens: Vec<u64>,
    sets: Vec<u32>,
    /// Where the values are, by code; empty where nobody said.
    places: Vec<Option<Place>>,
    /// Of postcodes, the bytes of each as one number, the first one in the highest byte; 0 where they are too many.
    packed: Vec<u64>,
}

impl Facts {
    /// Whether there is only one word.
    pub(crate) fn single_word(self) -> bool {
        self.word_count == 1
    }

    /// Whether any set of a list has it.
    pub(crate) fn in_sets(self) -> bool {
        self.set_count > 0
    }
}

/// So many letters fit one number.
pub(crate) const PACKED_LETTERS: usize = 8;

/// How many letters a number holds.
pub(crate) const fn packed_letters(packed: u64) -> u32 {
    8 - packed.trailing_zeros() / 8
}

impl Domain {
    /// Without values.
    pub fn new(clean: Clean) -> Self {
        Self {
            clean,
            text: String::new(),
            ends: vec![0],
            codes: HashMap::with_hasher(ahash::RandomState::with_seeds(1, 2, 3, 4)),
            facts: vec![Facts::default()],
            tokens: Vec::new(),
            sets: Vec::new(),
            places: Vec::new(),
            packed: Vec::new(),
        }
    }

    /// How its values are cleaned.
    pub fn clean(&self) -> Clean {
        self.clean
    }

    /// The code that follows the last one: the length of a table by code. Dates and numbers have no such table.
    pub fn distinct(&self) -> usize {
        match self.clean {
            Clean::Date => 1 << 22,
            _ => self.ends.len(),
        }
    }

    /// The code of a cleaned value, new where it was not seen before.
    pub fn code(&mut self, value: &str) -> u32 {
        let mut key = hash(value.as_bytes());
        loop {
            match self.codes.get(&key) {
                Some(code) if self.text(*code) == value => return *code,
                Some(_) => key = mix(key),
                None => break,
            }
        }
        let code = u32::try_from(self.ends.len()).unwrap_or(u32::MAX);
        self.text.push_str(value);
        self.ends.push(self.text.len());
        self.codes.insert(key, code);
        code
    }

    /// Says where a value is, if it was seen.
    pub(super) fn locate(&mut self, value: &str, place: Place) {
        let mut key = hash(value.as_bytes());
        while let Some(code) = self.codes.get(&key).copied() {
            if self.text(code) == value {
                let at = code as usize;
                if self.places.len() <= at {
                    self.places.resize(self.ends.len().max(at + 1), None);
                }
                if let Some(slot) = self.places.get_mut(at) {
                    *slot = Some(place);
                }
                return;
            }
            key = mix(key);
        }
    }

    /// Where a value is, where that is known.
    pub(crate) fn place(&self, code: u32) -> Option<Place> {
        self.places.get(code as usize).copied().flatten()
    }

    /// The cleaned value of a code.
    pub fn text(&self, code: u32) -> &str {
        let at = code as usize;
        let (Some(before), Some(to)) = (
            at.checked_sub(1).and_then(|before| self.ends.get(before)),
            self.ends.get(at),
        ) else {
            return "";
        };
        self.text.get(*before..*to).unwrap_or_default()
    }

    /// The value of a code as people write it.
    pub fn written(&self, code: u32) -> String {
        match self.clean {
            Clean::Date => date_text(code).unwrap_or_default(),
            Clean::Number => number_text(code).unwrap_or_else(|| self.odd(code).to_owned()),
            _ => self.text(code).to_owned(),
        }
    }

    /// Works out what comparisons need of every value that is new since the last time.
    pub(crate) fn describe(&mut self, sets_of: impl Fn(&str) -> Vec<u32>) {
        if self.clean == Clean::Postcode {
            for at in self.packed.len()..self.ends.len() {
                let packed = pack(self.text(u32::try_from(at).unwrap_or(u32::MAX)));
                self.packed.push(packed);
            }
        }
        if self.clean != Clean::Name {
            return;
        }
        for at in self.facts.len()..self.ends.len() {
            let code = u32::try_from(at).unwrap_or(u32::MAX);
            let mut facts = Facts::default();
            let (mut tokens, mut sets) = (Vec::new(), Vec::new());
            {
                let text = self.text(code);
                facts.length = u8::try_from(text.chars().count()).unwrap_or(u8::MAX);
                let mut head = [0; 4];
                for (slot, byte) in head.iter_mut().zip(text.bytes()) {
                    *slot = byte;
                }
                facts.head = u32::from_le_bytes(head);
                for letter in text.bytes() {
                    facts.letters |= letter_bit(letter);
                }
                for word in text.split(' ') {
                    tokens.push(hash(word.as_bytes()));
                }
                facts.soundex = soundex(text).map_or(0, soundex_number);
                let bare: String = text.chars().filter(|c| *c != ' ').collect();
                facts.compact = half(hash(bare.as_bytes()));
                sets.extend(sets_of(text));
            }
            tokens.truncate(255);
            sets.truncate(255);
            facts.word_count = u8::try_from(tokens.len()).unwrap_or(u8::MAX);
            facts.set_count = u8::try_from(sets.len()).unwrap_or(u8::MAX);
            facts.words = extend(&mut self.tokens, &tokens);
            facts.sets = extend(&mut self.sets, &sets);
            self.facts.push(facts);
        }
    }

    pub(crate) fn facts(&self, code: u32) -> Facts {
        self.facts.get(code as usize).copied().unwrap_or_default()
    }

    /// The letters of a short value as one number.
    pub(crate) fn packed(&self, code: u32) -> Option<u64> {
        let packed = self.packed.get(code as usize).copied();
        packed.filter(|packed| *packed != 0)
    }

    pub(crate) fn words(&self, facts: Facts) -> &[u64] {
        let from = facts.words as usize;
        let to = from + usize::from(facts.word_count);
        self.tokens.get(from..to).unwrap_or_default()
    }

    pub(crate) fn sets(&self, facts: Facts) -> &[u32] {
        let from = facts.sets as usize;
        let to = from + usize::from(facts.set_count);
        self.sets.get(from..to).unwrap_or_default()
    }

    /// What a block key takes from a value; `None` where there is nothing to take.
    pub fn derived(&self, code: u32, derive: Derive) -> Option<u64> {
        if code == MISSING {
            return None;
        }
        match self.clean {
            Clean::Date => derived_of_date(code, derive),
            Clean::Number => Some(mix(u64::from(code))),
            _ => derived_of_text(self.text(code), derive),
        }
    }

    /// Codes of ten-digit texts that fail their check digit.
    pub(crate) fn odd_number(&mut self, digits: &str) -> u32 {
        self.code(digits).saturating_add(ODD_NUMBERS)
    }

    fn odd(&self, code: u32) -> &str {
        self.text(code.saturating_sub(ODD_NUMBERS))
    }
}

/// The bytes of a text as one number; 0 where they are too many, or none, or a letter has several.
fn pack(text: &str) -> u64 {
    let mut bytes = [0; PACKED_LETTERS];
    if text.len() > bytes.len() || !text.is_ascii() || text.contains('\0') {
        return 0;
    }
    for (slot, byte) in bytes.iter_mut().zip(text.bytes()) {
        *slot = byte;
    }
    u64::from_be_bytes(bytes)
}

fn extend<T: Copy>(all: &mut Vec<T>, more: &[T]) -> u32 {
    let from = u32::try_from(all.len()).unwrap_or(u32::MAX);
    all.extend_from_slice(more);
    from
}

#[expect(clippy::cast_possible_truncation, reason = "half of a hash is a hash")]
const fn half(hash: u64) -> u32 {
    hash as u32
}

/// The letter and the three digits as one number above 0.
fn soundex_number(code: [u8; 4]) -> u16 {
    let digits = code.iter().skip(1);
    let digits = digits.fold(0, |sum, digit| sum * 7 + u16::from(digit - b'0'));
    let letter = code
        .first()
        .map_or(0, |letter| u16::from(letter - b'A' + 1));
    letter * 343 + digits
}

/// One bit for each letter; all other signs share one.
pub(crate) const fn letter_bit(letter: u8) -> u32 {
    match letter {
        b'A'..=b'Z' => 1 << (letter - b'A'),
        _ => 1 << 26,
    }
}

fn derived_of_text(text: &str, derive: Derive) -> Option<u64> {
    if text.is_empty() {
        return None;
    }
    let head = |end: Option<usize>| end.and_then(|end| text.get(..end));
    let part = match derive {
        Derive::Whole => text,
        Derive::Prefix(letters) => {
            let letters = usize::from(letters);
            let end = text
                .char_indices()
                .nth(letters)
                .map_or(text.len(), |(at, _)| at);
            // A shorter value has no beginning of that length, but an initial is there in every value.
            if text.chars().count() < letters {
                return None;
            }
            head(Some(end))?
        }
        // The outward part of a postcode is its first word.
        Derive::First | Derive::Outward => text.split(' ').next()?,
        Derive::Last => text.rsplit(' ').next()?,
        Derive::Consonants => return Some(hash(consonants(text).as_bytes())),
        Derive::Soundex => return soundex(text).map(|code| hash(&code)),
        Derive::Sorted => {
            let mut letters: Vec<char> = text.chars().filter(|c| *c != ' ').collect();
            letters.sort_unstable();
            return Some(hash(letters.into_iter().collect::<String>().as_bytes()));
        }
        Derive::Sector => head(text.len().checked_sub(2))?,
        Derive::Area => head(text.find(|c: char| !c.is_ascii_alphabetic()))?,
        Derive::YearMonth | Derive::YearDay | Derive::MonthDay | Derive::Year => return None,
    };
    (!part.is_empty()).then(|| hash(part.as_bytes()))
}

/// The first letter and the consonants after it, doubled ones once; H, W and Y count as vowels.
fn consonants(text: &str) -> String {
    let mut out = String::new();
    let mut last = None;
    for (at, letter) in text.chars().filter(|c| *c != ' ').enumerate() {
        let vowel = matches!(letter, 'A' | 'E' | 'I' | 'O' | 'U' | 'Y' | 'H' | 'W');
        if (at == 0 || !vowel) && last != Some(letter) {
            out.push(letter);
        }
        last = Some(letter);
    }
    out
}

fn derived_of_date(code: u32, derive: Derive) -> Option<u64> {
    let (year, month, day) = date_parts(code);
    let number = match derive {
        Derive::Whole => return Some(mix(u64::from(code))),
        Derive::YearMonth => (1, year, month),
        Derive::YearDay => (2, year, day),
        Derive::MonthDay => (3, month, day),
        Derive::Year => (4, year, 0),
        _ => return None,
    };
    let (kind, a, b) = number;
    Some(mix((kind << 48) | (u64::from(a) << 16) | u64::from(b)))
}

/// The code of a date; years from 1 to 8191.
pub(crate) fn date_code(year: u32, month: u32, day: u32) -> u32 {
    (year << 9) | (month << 5) | day
}

/// Year, month and day of a date's code.
pub(crate) const fn date_parts(code: u32) -> (u32, u32, u32) {
    (code >> 9, (code >> 5) & 15, code & 31)
}

fn date_text(code: u32) -> Option<String> {
    let (year, month, day) = date_parts(code);
    (code != MISSING).then(|| format!("{year:04}-{month:02}-{day:02}"))
}

/// The code of a valid number.
pub(crate) fn number_code(digits: &[u8; 10]) -> u32 {
    let nine = digits.iter().take(9);
    nine.fold(0u32, |sum, digit| sum * 10 + u32::from(*digit)) + 1
}

/// Whether a code is that of a valid number.
pub(crate) const fn is_number(code: u32) -> bool {
    code > 0 && code <= NINE_DIGITS
}

/// The ten digits of a valid number's code, as text has them.
pub(crate) fn number_bytes(code: u32) -> Option<[u8; 10]> {
    if !is_number(code) {
        return None;
    }
    let mut bytes = [b'0'; 10];
    let (mut rest, mut sum) = (code - 1, 0);
    for (slot, weight) in bytes.iter_mut().take(9).rev().zip(2..) {
        let digit = rest % 10;
        rest /= 10;
        sum += digit * weight;
        *slot = b'0' + u8::try_from(digit).unwrap_or(0);
    }
    if let Some(last) = bytes.last_mut() {
        *last = b'0' + u8::try_from((11 - sum % 11) % 11).unwrap_or(0);
    }
    Some(bytes)
}

/// The ten digits of a valid number's code.
pub(crate) fn number_text(code: u32) -> Option<String> {
    String::from_utf8(number_bytes(code)?.into()).ok()
}

/// The digits of a number's code, valid or not.
pub(crate) fn number_digits(domain: &Domain, code: u32) -> String {
    number_text(code).unwrap_or_else(|| domain.odd(code).to_owned())
}
