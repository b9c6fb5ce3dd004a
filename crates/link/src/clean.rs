//! Cleaning: how names, postcodes and numbers are brought into one form before they are compared.
//!
//! Plain functions on text; a query calls them by name. They know no dataset. Words that are no
//! names and places that are no places are content (`content/linkage/`), not here.

use model::{Function, NhsNumber, area};
use sha2::{Digest, Sha256};
use unicode_normalization::UnicodeNormalization;

/// The functions that the generated queries call.
pub fn functions() -> Vec<Function> {
    vec![
        Function::text("name_key", name_key),
        Function::text("first_name_key", first_name_key),
        Function::text("postcode_key", postcode_key),
        Function::text("nhs_number_key", nhs_number_key),
        Function::text("internal_identity", internal_identity),
    ]
}

/// A name as upper-case letters only, accents folded: `O'Brien-Müller` is `OBRIENMULLER`.
///
/// Letters of scripts other than Latin are kept as they are. `None` where no letter is left.
pub fn name_key(text: &str) -> Option<String> {
    let mut key = String::with_capacity(text.len());
    if text.is_ascii() {
        let letters = text.bytes().filter(u8::is_ascii_alphabetic);
        key.extend(letters.map(|b| char::from(b.to_ascii_uppercase())));
    } else {
        for letter in text.nfkd().filter(|c| c.is_alphabetic()) {
            match unaccented(letter) {
                Some(plain) => key.push_str(plain),
                None => key.extend(letter.to_uppercase()),
            }
        }
    }
    (!key.is_empty()).then_some(key)
}

/// The words of a name as upper-case letters, accents folded; blanks and hyphens part words, other signs are dropped.
pub(crate) fn name_letters(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut put = |piece: Option<&str>| match piece {
        Some(letters) => {
            if let Some(word) = words.last_mut() {
                word.push_str(letters);
            }
        }
        None => words.push(String::new()),
    };
    for sign in text.chars() {
        if sign.is_ascii_alphabetic() {
            put(Some(sign.to_ascii_uppercase().encode_utf8(&mut [0; 4])));
        } else if sign.is_whitespace() || matches!(sign, '-' | '_' | '/' | '\u{2010}'..='\u{2015}')
        {
            put(None);
        } else if !sign.is_ascii() {
            for letter in std::iter::once(sign).nfkd().filter(|c| c.is_alphabetic()) {
                match unaccented(letter) {
                    Some(plain) => put(Some(plain)),
                    None => letter
                        .to_uppercase()
                        .for_each(|upper| put(Some(upper.encode_utf8(&mut [0; 4])))),
                }
            }
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// The first of several given names: `Mary Ann` is `MARY`, `Mary-Ann` is `MARYANN`.
pub fn first_name_key(text: &str) -> Option<String> {
    text.split_whitespace().find_map(name_key)
}

/// A postcode in the one form used inside, with O and 0, I and 1 put right where the place in the
/// postcode allows a letter or a digit only. `None` where the text has not the shape of a postcode.
pub fn postcode_key(text: &str) -> Option<String> {
    let mut bare: Vec<char> = text
        .chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| c.to_ascii_uppercase())
        .collect();
    let inward_from = bare.len().checked_sub(3)?;
    let (outward, inward) = bare.split_at_mut(inward_from);
    match outward {
        [area, district] => (*area, *district) = (letter_meant(*area), digit_meant(*district)),
        // Neither I nor O ends an outward part of three or four (the letters that may are ABCDEFGHJKPSTUW and
        // ABEHMNPRVWXY: BS 7666), so a digit is meant there.
        [area, _, third] => {
            *area = letter_meant(*area);
            *third = digit_meant(*third);
        }
        [area, second, district, last] => {
            (*area, *second) = (letter_meant(*area), letter_meant(*second));
            (*district, *last) = (digit_meant(*district), digit_meant(*last));
        }
        _ => {}
    }
    if let [sector, unit @ ..] = inward {
        *sector = digit_meant(*sector);
        for letter in unit {
            *letter = letter_meant(*letter);
        }
    }
    area::postcode(&bare.iter().collect::<String>())
}

/// The same as [`postcode_key`] for plain text, without asking for memory; `None` for other text too.
pub(crate) fn postcode_short<'a>(text: &str, room: &'a mut [u8; 8]) -> Option<&'a str> {
    let mut bare = [0u8; 7];
    let mut filled = 0;
    for byte in text.bytes() {
        if !byte.is_ascii() {
            return None;
        }
        if !matches!(byte, b' ' | b'\t'..=b'\r') {
            *bare.get_mut(filled)? = byte.to_ascii_uppercase();
            filled += 1;
        }
    }
    let digit = |byte: &mut u8| {
        *byte = match *byte {
            b'O' => b'0',
            b'I' => b'1',
            other => other,
        };
    };
    let letter = |byte: &mut u8| {
        *byte = match *byte {
            b'0' => b'O',
            b'1' => b'I',
            other => other,
        };
    };
    let (outward, rest) = bare.split_at_mut_checked(filled.checked_sub(3)?)?;
    match outward {
        [area, district] => {
            letter(area);
            digit(district);
        }
        [area, _, third] => {
            letter(area);
            digit(third);
        }
        [area, second, district, last] => {
            letter(area);
            letter(second);
            digit(district);
            digit(last);
        }
        _ => return None,
    }
    let [sector, first, second, ..] = rest else {
        return None;
    };
    digit(sector);
    letter(first);
    letter(second);
    let inward = [*sector, *first, *second];
    let shaped = inward[0].is_ascii_digit()
        && inward[1].is_ascii_uppercase()
        && inward[2].is_ascii_uppercase()
        && outward.first().is_some_and(u8::is_ascii_uppercase)
        && outward.iter().all(u8::is_ascii_alphanumeric);
    if !shaped {
        return None;
    }
    let whole = room.get_mut(..=filled)?;
    let bytes = outward.iter().chain(b" ").chain(&inward);
    for (slot, byte) in whole.iter_mut().zip(bytes) {
        *slot = *byte;
    }
    std::str::from_utf8(whole).ok()
}

/// A valid NHS number as ten digits, `None` for any other text.
///
/// Ten equal digits pass the check sum and are no number: trace services answer `0000000000` for
/// "no match" and `9999999999` for "more than one", and such answers find their way into files.
pub fn nhs_number_key(text: &str) -> Option<String> {
    let number = NhsNumber::parse(text).ok()?;
    let mut digits = number.reveal().bytes();
    let first = digits.next()?;
    digits
        .any(|digit| digit != first)
        .then(|| number.reveal().to_owned())
}

/// The internal identity that stands for what is known of a person: a digest, so that it is the
/// same in every run and is no number that anybody could quote. It never leaves the identified
/// zone; what crosses is a keyed pseudonym of it.
pub fn internal_identity(text: &str) -> Option<String> {
    let mut digest = Sha256::new();
    digest.update(b"internal identity 1|");
    digest.update(text.as_bytes());
    let digits = hex::encode(digest.finalize());
    digits.get(..32).map(|half| format!("p{half}"))
}

/// Latin letters that do not fall apart into a plain letter and an accent.
const fn unaccented(letter: char) -> Option<&'static str> {
    Some(match letter {
        'ß' | 'ẞ' => "SS",
        'æ' | 'Æ' => "AE",
        'œ' | 'Œ' => "OE",
        'ø' | 'Ø' => "O",
        'đ' | 'Đ' | 'ð' | 'Ð' => "D",
        'ł' | 'Ł' => "L",
        'þ' | 'Þ' => "TH",
        'ħ' | 'Ħ' => "H",
        'ı' => "I",
        'ŋ' | 'Ŋ' => "N",
        'ŧ' | 'Ŧ' => "T",
        _ => return None,
    })
}

const fn digit_meant(letter: char) -> char {
    match letter {
        'O' => '0',
        'I' => '1',
        other => other,
    }
}

const fn letter_meant(letter: char) -> char {
    match letter {
        '0' => 'O',
        '1' => 'I',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(clean: fn(&str) -> Option<String>, cases: &[(&str, Option<&str>)]) {
        for (input, expected) in cases {
            assert_eq!(clean(input).as_deref(), *expected, "for `{input}`");
        }
    }

    #[test]
    fn names_are_letters_only() {
        check(
            name_key,
            &[
                ("O'Brien-Müller", Some("OBRIENMULLER")),
                ("  ada ", Some("ADA")),
                ("Łukasz Strauß", Some("LUKASZSTRAUSS")),
                ("Zoe\u{308}", Some("ZOE")),
                ("Zoë", Some("ZOE")),
                ("Søren", Some("SOREN")),
                ("김", name_key("김").as_deref()),
                ("???", None),
                ("", None),
            ],
        );
        assert!(name_key("김").is_some());
    }

    #[test]
    fn only_the_first_given_name_counts() {
        check(
            first_name_key,
            &[
                ("Mary Ann", Some("MARY")),
                ("Mary-Ann", Some("MARYANN")),
                (" - Ada", Some("ADA")),
                (" ", None),
            ],
        );
    }

    #[test]
    fn postcodes_are_put_right_where_only_one_reading_is_possible() {
        check(
            postcode_key,
            &[
                ("ss0 0aa", Some("SS0 0AA")),
                ("SS0OAA", Some("SS0 0AA")),
                ("SSO 0AA", Some("SS0 0AA")),
                ("S1I 1AA", Some("S11 1AA")),
                ("ZA1O 1AA", Some("ZA10 1AA")),
                ("ZA1W 1AA", Some("ZA1W 1AA")),
                ("MO 0AA", Some("M0 0AA")),
                ("0XI0 2AB", Some("OX10 2AB")),
                ("LN99 IZA", Some("LN99 1ZA")),
                ("0X1 2AB", Some("OX1 2AB")),
                ("nowhere", None),
                ("é", None),
                ("SS", None),
            ],
        );
    }

    #[test]
    fn the_short_way_to_a_postcode_says_the_same() {
        let mut texts: Vec<String> = Vec::new();
        for outward in [
            "", "S", "SS", "O1", "0X", "BI", "SS1", "OX1", "0X1", "S1I", "EC1A", "0XI0", "ZA1O",
            "É1", "S-1", "SSSS1",
        ] {
            for inward in [
                "1AA", "OAA", "I0B", "1a1", "AAA", "1A", "12A", "1ÄA", "\u{b}1AA", "1 A\tA",
            ] {
                texts.push(format!("{outward}{inward}"));
                texts.push(format!(" {} {inward} ", outward.to_lowercase()));
            }
        }
        for text in texts.iter().filter(|text| text.is_ascii()) {
            let mut room = [0; 8];
            let short = postcode_short(text, &mut room);
            assert_eq!(short, postcode_key(text).as_deref(), "for {text:?}");
        }
        assert_eq!(postcode_short("É1 1AA", &mut [0; 8]), None);
    }

    #[test]
    fn numbers_must_be_valid_and_no_message() {
        // The vectors are those of the reference on linkage, section 1.
        check(
            nhs_number_key,
            &[
                ("943 476 5919", Some("9434765919")),
                ("9434765870", Some("9434765870")),
                ("9876543210", Some("9876543210")),
                ("4000000004", Some("4000000004")),
                ("9876544322", Some("9876544322")),
                ("9990000018", Some("9990000018")),
                ("9434765918", None),
                ("9876543211", None),
                ("1234567890", None),
                ("0000000000", None),
                ("9999999999", None),
                ("1111111111", None),
                ("999000001", None),
            ],
        );
    }

    #[test]
    fn an_identity_is_stable_and_shows_nothing() {
        let identity = internal_identity("index|9990000018").unwrap();
        assert_eq!(identity, internal_identity("index|9990000018").unwrap());
        assert_ne!(identity, internal_identity("index|9990000026").unwrap());
        assert!(!identity.contains("9990000018"));
        assert_eq!(identity.len(), 33);
    }
}
