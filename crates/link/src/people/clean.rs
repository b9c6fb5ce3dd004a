//! How the values of a column are brought into one form before they are compared.

use super::{
    Domain,
    domain::{MISSING, date_code, number_code},
};
use crate::{
    clean::{name_letters, postcode_key, postcode_short},
    compare::BETWEEN,
};
use model::nhs_number::{check_digit_holds, ten_digits};
use serde::Deserialize;
use std::borrow::Cow;

/// The kinds of cleaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Clean {
    /// A name: upper-case letters in words, accents folded, words that are no names dropped.
    Name,
    /// A postcode in its one form; pseudo-postcodes that say no place count as missing.
    Postcode,
    /// A date, in ISO form or as eight digits; days before the earliest or after the latest count as missing.
    Date,
    /// A number of ten digits with a check digit; ten equal digits count as missing.
    Number,
    /// A code or any text: trimmed, upper case.
    Code,
    /// Several codes with `;` or `|` between them: each trimmed, upper case, once, in order.
    List,
}

/// One value cleaned: its code, and that of what is over where the rest goes to another column.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cleaned {
    /// The value.
    pub code: u32,
    /// The words after the first one, where they are kept apart.
    pub rest: u32,
}

/// Words that stand where a value should be.
#[derive(Debug, Clone, Default)]
pub(crate) struct NoValues {
    pub(crate) names: Vec<String>,
    pub(crate) places: Vec<String>,
    pub(crate) codes: Vec<String>,
    pub(crate) earliest: u32,
    /// The last day that counts, where there is one.
    pub(crate) latest: Option<u32>,
    pub(crate) dates: Vec<u32>,
}

/// No name has more letters; what comes after them is not read, for two texts are compared letter by letter.
const LONGEST: usize = 1000;

fn bounded(text: &str) -> &str {
    let end = text
        .char_indices()
        .nth(LONGEST)
        .map_or(text.len(), |(at, _)| at);
    text.get(..end).unwrap_or(text)
}

pub(super) fn name(domain: &mut Domain, text: &str, no: &NoValues, apart: bool) -> Cleaned {
    let mut words = name_letters(bounded(text));
    words.retain(|word| !no.names.contains(word));
    let Some(first) = words.first() else {
        return Cleaned::default();
    };
    if !apart || words.len() == 1 {
        return Cleaned {
            code: domain.code(&words.join(" ")),
            rest: MISSING,
        };
    }
    let code = domain.code(first);
    let rest = words.get(1..).unwrap_or_default().join(" ");
    Cleaned {
        code,
        rest: domain.code(&rest),
    }
}

pub(super) fn postcode(domain: &mut Domain, text: &str, no: &NoValues) -> u32 {
    let mut short = [0; 8];
    let key = match postcode_short(text, &mut short) {
        Some(key) => Cow::Borrowed(key),
        None if text.is_ascii() => return MISSING,
        None => match postcode_key(text) {
            Some(key) => Cow::Owned(key),
            None => return MISSING,
        },
    };
    let nowhere = |place: &String| key.starts_with(place.as_str());
    if no.places.iter().any(nowhere) {
        return MISSING;
    }
    domain.code(&key)
}

pub(super) fn code(domain: &mut Domain, text: &str, no: &NoValues) -> u32 {
    let text = bounded(text.trim()).to_uppercase();
    if text.is_empty() || no.codes.contains(&text) {
        return MISSING;
    }
    domain.code(&text)
}

pub(super) fn list(domain: &mut Domain, text: &str, no: &NoValues) -> u32 {
    let whole = bounded(text);
    let mut items: Vec<String> = whole
        .split([BETWEEN, '|'])
        .map(|item| item.trim().to_uppercase())
        .collect();
    // What was cut off in the middle is no item.
    if whole.len() < text.len() {
        items.pop();
    }
    items.retain(|item| !item.is_empty() && !no.codes.contains(item));
    items.sort_unstable();
    items.dedup();
    if items.is_empty() {
        return MISSING;
    }
    domain.code(&items.join(&BETWEEN.to_string()))
}

/// The digits of a text that has nothing else, as nearly all have.
fn bare_digits(text: &str) -> Option<[u8; 10]> {
    let bytes: [u8; 10] = text.as_bytes().try_into().ok()?;
    let digits = bytes.map(|byte| byte.wrapping_sub(b'0'));
    let most = digits.iter().fold(0, |most, digit| most.max(*digit));
    (most < 10).then_some(digits)
}

pub(super) fn number(domain: &mut Domain, text: &str) -> u32 {
    let Some(digits) = bare_digits(text).or_else(|| ten_digits(text)) else {
        return MISSING;
    };
    if digits.iter().all(|digit| Some(digit) == digits.first()) {
        return MISSING;
    }
    if check_digit_holds(&digits) {
        return number_code(&digits);
    }
    let text: String = digits.iter().map(|d| char::from(b'0' + d)).collect();
    domain.odd_number(&text)
}

/// A date as `YYYYMMDD`, or as `YYYY-MM-DD` with or without a time after it. Missing where it is no day of the calendar.
pub(super) fn date(text: &str, no: &NoValues) -> u32 {
    let bytes = text.trim().as_bytes();
    let part = |from: usize, to: usize| {
        let digits = bytes.get(from..to)?;
        digits.iter().try_fold(0u32, |sum, byte| {
            let digit = byte.checked_sub(b'0').filter(|d| *d < 10)?;
            Some(sum * 10 + u32::from(digit))
        })
    };
    // A day with a third digit is no day.
    let ends = matches!(bytes.get(10), None | Some(b' ' | b'T'));
    let parts = if ends && bytes.get(4) == Some(&b'-') && bytes.get(7) == Some(&b'-') {
        (part(0, 4), part(5, 7), part(8, 10))
    } else if bytes.len() == 8 {
        (part(0, 4), part(4, 6), part(6, 8))
    } else {
        return MISSING;
    };
    let (Some(year), Some(month), Some(day)) = parts else {
        return MISSING;
    };
    let real = i32::try_from(year)
        .ok()
        .and_then(|year| model::Date::from_ymd_opt(year, month, day));
    let code = date_code(year, month, day);
    let within = code >= no.earliest && no.latest.is_none_or(|latest| code <= latest);
    let counts = real.is_some() && within && !no.dates.contains(&code);
    if counts && year < 8192 { code } else { MISSING }
}
