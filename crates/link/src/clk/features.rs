//! From a value to its features: cleaned as for any linkage, then cut into the pieces that are hashed.

use super::scheme::{Field, NoValues};
use crate::{
    clean::{name_letters, postcode_key},
    compare::BETWEEN,
    people::Clean,
};
use model::nhs_number::ten_digits;

/// Letters of a value that count; more come from a broken file, and would cost time without end.
const MOST_LETTERS: usize = 256;

/// A value in the one form that is cut into features; `None` where it says nothing.
pub(super) fn cleaned(field: &Field, no: &NoValues, text: &str) -> Option<String> {
    // Far more than any letters that count, whatever stands between them.
    let text = text
        .get(..text.floor_char_boundary(MOST_LETTERS * 64))
        .unwrap_or_default();
    let clean = match field.clean {
        Clean::Name => {
            let mut words = name_letters(text);
            words.retain(|word| !no.names.iter().any(|name| name.eq_ignore_ascii_case(word)));
            if field.first_word {
                words.truncate(1);
            }
            words.join(" ")
        }
        Clean::Postcode => {
            let key = postcode_key(text)?;
            if no
                .places
                .iter()
                .any(|place| key.starts_with(place.as_str()))
            {
                return None;
            }
            key.replace(' ', "")
        }
        Clean::Date => date(no, text)?,
        Clean::Number => {
            let digits = ten_digits(text)?;
            if digits.iter().all(|digit| Some(digit) == digits.first()) {
                return None;
            }
            digits
                .iter()
                .map(|digit| char::from(b'0' + digit))
                .collect()
        }
        Clean::Code => {
            let code = text.trim().to_uppercase();
            if no.codes.iter().any(|word| word.to_uppercase() == code) {
                return None;
            }
            code
        }
        Clean::List => {
            let items = text
                .split([BETWEEN, '|'])
                .map(|item| item.trim().to_uppercase());
            let mut items: Vec<String> = items.filter(|item| !item.is_empty()).collect();
            items.retain(|item| !no.codes.iter().any(|word| word.to_uppercase() == *item));
            items.sort_unstable();
            items.dedup();
            items.join(&BETWEEN.to_string())
        }
    };
    (!clean.is_empty()).then(|| clean.chars().take(MOST_LETTERS).collect())
}

/// A date as `YYYYMMDD`, from ISO form with or without a time, or from eight digits.
fn date(no: &NoValues, text: &str) -> Option<String> {
    let day = day(text)?;
    let earliest = no.earliest_date.as_deref().and_then(self::day);
    let no_day = no
        .dates
        .iter()
        .any(|known| self::day(known).as_ref() == Some(&day));
    (!no_day && earliest.is_none_or(|earliest| day >= earliest)).then_some(day)
}

fn day(text: &str) -> Option<String> {
    let text = text.trim();
    let digits = match text.as_bytes() {
        [_, _, _, _, b'-', _, _, b'-', ..] => text.get(..10)?.replace('-', ""),
        [_, _, _, _, _, _, _, _] => text.to_owned(),
        _ => return None,
    };
    if digits.len() != 8 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let part = |from: usize, to: usize| digits.get(from..to)?.parse::<u32>().ok();
    let year = i32::try_from(part(0, 4)?).ok()?;
    model::Date::from_ymd_opt(year, part(4, 6)?, part(6, 8)?)?;
    Some(digits)
}

/// The features of a cleaned value, each once and in a fixed order: the place where that counts, then the letters.
pub(super) fn features(field: &Field, value: &str) -> Vec<Vec<u8>> {
    let Some(grams) = field.grams else {
        return vec![feature(0, value.chars())];
    };
    let padding = if field.padded { grams - 1 } else { 0 };
    let blanks = || std::iter::repeat_n(' ', padding);
    let letters: Vec<char> = blanks().chain(value.chars()).chain(blanks()).collect();
    // A value shorter than one piece is a piece.
    let pieces = letters.windows(grams.min(letters.len()).max(1));
    let mut features: Vec<Vec<u8>> = pieces
        .enumerate()
        .map(|(at, piece)| {
            // Counted from 1: 0 says that the place does not count.
            let place = if field.positional {
                u16::try_from(at + 1).unwrap_or(u16::MAX)
            } else {
                0
            };
            feature(place, piece.iter().copied())
        })
        .collect();
    features.sort_unstable();
    features.dedup();
    features
}

fn feature(place: u16, letters: impl Iterator<Item = char>) -> Vec<u8> {
    let mut bytes = place.to_be_bytes().to_vec();
    for letter in letters {
        bytes.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
    }
    bytes
}
