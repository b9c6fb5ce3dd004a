//! Slips of the pen, of the ear and of the scanner, in names, dates and postcodes.

use crate::draw::Draw;

/// Neighbours on the keyboard, for each letter.
const KEYS: [(&str, &str); 26] = [
    ("a", "qsz"),
    ("b", "vng"),
    ("c", "xvd"),
    ("d", "sfe"),
    ("e", "wrd"),
    ("f", "dgr"),
    ("g", "fht"),
    ("h", "gjy"),
    ("i", "uok"),
    ("j", "hku"),
    ("k", "jli"),
    ("l", "kop"),
    ("m", "nj"),
    ("n", "bmh"),
    ("o", "ipl"),
    ("p", "ol"),
    ("q", "wa"),
    ("r", "etf"),
    ("s", "adw"),
    ("t", "ryg"),
    ("u", "yij"),
    ("v", "cbf"),
    ("w", "qes"),
    ("x", "zcs"),
    ("y", "tuh"),
    ("z", "xa"),
];

/// The days of a month.
pub(super) fn days_in(year: u16, month: u8) -> u8 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => {
            29
        }
        2 => 28,
        _ => 31,
    }
}

/// One letter put in, left out, replaced, or exchanged with the next.
pub(super) fn typo(text: &str, draw: &mut Draw) -> Option<String> {
    let mut letters: Vec<char> = text.chars().collect();
    let count = u32::try_from(letters.len()).ok()?;
    if count < 3 {
        return None;
    }
    // First letters are seldom wrong.
    let at = if draw.chance(0.08) {
        0
    } else {
        1 + draw.below(count - 1) as usize
    };
    let here = *letters.get(at)?;
    match draw.below(100) {
        0..20 => letters.insert(
            at + 1,
            if draw.chance(0.45) {
                here.to_ascii_lowercase()
            } else {
                beside(here, draw)
            },
        ),
        20..48 => {
            letters.remove(at);
        }
        48..76 => *letters.get_mut(at)? = like(here, beside(here, draw)),
        _ => {
            let at = at.min(letters.len() - 2);
            let (one, other) = (*letters.get(at)?, *letters.get(at + 1)?);
            *letters.get_mut(at)? = like(one, other);
            *letters.get_mut(at + 1)? = like(other, one);
        }
    }
    Some(capital(letters.into_iter().collect()))
}

/// A key beside a letter's, or another letter.
fn beside(letter: char, draw: &mut Draw) -> char {
    let lower = letter.to_ascii_lowercase();
    let keys = KEYS.iter().find(|(key, _)| key.starts_with(lower));
    let near = keys.map_or(&[][..], |(_, near)| near.as_bytes());
    let drawn = if draw.chance(0.6) {
        draw.pick(near)
    } else {
        None
    };
    let any = b'a' + u8::try_from(draw.below(26)).unwrap_or(0);
    char::from(drawn.copied().unwrap_or(any))
}

/// A letter in the case of another.
fn like(case: char, letter: char) -> char {
    if case.is_uppercase() {
        letter.to_ascii_uppercase()
    } else {
        letter.to_ascii_lowercase()
    }
}

/// With the first letter as a capital.
fn capital(text: String) -> String {
    match text.chars().next() {
        Some(first) if first.is_lowercase() => {
            let rest = text.get(first.len_utf8()..).unwrap_or_default();
            first.to_uppercase().chain(rest.chars()).collect()
        }
        _ => text,
    }
}

/// One of the pairs that fit a text put in the place of the other; `both` allows the second for the first too.
pub(super) fn exchange(text: &str, pairs: &[(String, String)], draw: &mut Draw) -> Option<String> {
    let lower = text.to_lowercase();
    let mut ways: Vec<(usize, &str, &str)> = Vec::new();
    for (one, other) in pairs {
        for (from, to) in [(one, other), (other, one)] {
            if !from.is_empty() {
                ways.extend(
                    lower
                        .match_indices(from.as_str())
                        .map(|(at, _)| (at, from.as_str(), to.as_str())),
                );
            }
        }
    }
    let (at, from, to) = *draw.pick(&ways)?;
    // Only plain letters are sought, but a name's own may be longer in small letters.
    let (before, after) = (text.get(..at)?, text.get(at + from.len()..)?);
    let changed = capital(format!("{before}{to}{after}"));
    (changed.chars().count() >= 2).then_some(changed)
}

/// A letter with an accent in the place of a plain one.
pub(super) fn accent(text: &str, pairs: &[(char, char)], draw: &mut Draw) -> Option<String> {
    let places: Vec<(usize, char)> = text
        .char_indices()
        .filter_map(|(at, c)| {
            pairs
                .iter()
                .find(|(plain, _)| *plain == c)
                .map(|(_, with)| (at, *with))
        })
        .collect();
    let (at, with) = *draw.pick(&places)?;
    Some(format!("{}{with}{}", text.get(..at)?, text.get(at + 1..)?))
}

/// Hyphens, blanks and apostrophes left out or exchanged.
pub(super) fn joined(text: &str, draw: &mut Draw) -> Option<String> {
    let mark = text.chars().find(|c| matches!(c, '-' | ' ' | '\''))?;
    let instead: &[&str] = match mark {
        '-' => &[" ", ""],
        ' ' => &["-", ""],
        _ => &["", " "],
    };
    Some(text.replace(mark, draw.pick(instead)?))
}

/// One part of a name of two or more.
pub(super) fn half(text: &str, draw: &mut Draw) -> Option<String> {
    let parts: Vec<&str> = text
        .split(['-', ' '])
        .filter(|p| p.chars().count() > 1)
        .collect();
    if parts.len() < 2 {
        return None;
    }
    draw.pick(&parts).map(|part| (*part).to_owned())
}

/// Letters taken for digits, and the reverse, in a postcode.
pub(super) fn look_alike(text: &str, draw: &mut Draw) -> Option<String> {
    let swapped = |c| match c {
        'O' => Some('0'),
        '0' => Some('O'),
        'I' => Some('1'),
        '1' => Some('I'),
        _ => None,
    };
    let places: Vec<(usize, char)> = text
        .char_indices()
        .filter_map(|(at, c)| swapped(c).map(|s| (at, s)))
        .collect();
    let (at, with) = *draw.pick(&places)?;
    Some(format!("{}{with}{}", text.get(..at)?, text.get(at + 1..)?))
}

/// One character of a postcode replaced by its like, or exchanged with the next.
pub(super) fn postcode_typo(text: &str, draw: &mut Draw) -> Option<String> {
    let mut marks: Vec<char> = text.chars().collect();
    let count = u32::try_from(marks.len()).ok()?.checked_sub(1)?;
    let at = draw.below(count) as usize;
    let (one, other) = (*marks.get(at)?, *marks.get(at + 1)?);
    if draw.chance(0.4) && one != ' ' && other != ' ' {
        marks.swap(at, at + 1);
    } else {
        let to = match one {
            '0'..='9' => char::from_digit(draw.below(10), 10)?,
            ' ' => return None,
            _ => beside(one, draw).to_ascii_uppercase(),
        };
        *marks.get_mut(at)? = to;
    }
    Some(marks.into_iter().collect())
}

/// A number with a digit replaced, or two neighbours exchanged.
pub(super) fn digit_slip(text: &str, draw: &mut Draw) -> Option<String> {
    let mut digits: Vec<char> = text.chars().collect();
    let count = u32::try_from(digits.len()).ok()?.checked_sub(1)?;
    let at = draw.below(count) as usize;
    if draw.chance(0.45) {
        digits.swap(at, at + 1);
    } else {
        *digits.get_mut(at + 1)? = char::from_digit(draw.below(10), 10)?;
    }
    Some(digits.into_iter().collect())
}

/// A date with one digit wrong that is still a date.
pub(super) fn date_slip(date: (u16, u8, u8), draw: &mut Draw) -> Option<(u16, u8, u8)> {
    let (year, month, day) = date;
    for _ in 0..12 {
        let digit = u8::try_from(draw.below(10)).ok()?;
        let slipped = match draw.below(5) {
            0 => (year - year % 10 + u16::from(digit), month, day),
            1 => (year, month / 10 * 10 + digit, day),
            2 => (year, digit % 2 * 10 + month % 10, day),
            3 => (year, month, day / 10 * 10 + digit),
            _ => (year, month, digit % 4 * 10 + day % 10),
        };
        if slipped != date && is_date(slipped) {
            return Some(slipped);
        }
    }
    None
}

/// Whether there is such a day.
pub(super) fn is_date((year, month, day): (u16, u8, u8)) -> bool {
    (1..=12).contains(&month) && day >= 1 && day <= days_in(year, month)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::Topic;

    fn draw(number: u64) -> Draw {
        Draw::of(1, Topic::Clients, number)
    }

    #[test]
    fn a_typo_is_one_edit_or_one_exchange() {
        for number in 0..500 {
            let wrong = typo("Robinson", &mut draw(number)).unwrap();
            assert!((7..=9).contains(&wrong.len()), "{wrong}");
            assert!(
                wrong.chars().next().is_some_and(char::is_uppercase),
                "{wrong}"
            );
        }
        assert_eq!(typo("Li", &mut draw(1)), None);
    }

    #[test]
    fn marks_between_parts_go_or_change() {
        for number in 0..50 {
            let wrong = joined("O'Brien", &mut draw(number)).unwrap();
            assert!(["OBrien", "O Brien"].contains(&wrong.as_str()));
            let part = half("Smith-Jones", &mut draw(number)).unwrap();
            assert!(["Smith", "Jones"].contains(&part.as_str()));
        }
        assert_eq!(half("Smith", &mut draw(1)), None);
    }

    #[test]
    fn a_slipped_date_is_another_day() {
        for number in 0..500 {
            let slipped = date_slip((1956, 2, 28), &mut draw(number)).unwrap();
            assert!(is_date(slipped) && slipped != (1956, 2, 28));
        }
        assert!(is_date((2000, 2, 29)) && !is_date((1900, 2, 29)));
    }

    #[test]
    fn postcodes_confuse_letters_with_digits() {
        let seen: std::collections::BTreeSet<String> = (0..50)
            .filter_map(|n| look_alike("OX1 2AB", &mut draw(n)))
            .collect();
        assert_eq!(seen.into_iter().collect::<Vec<_>>(), ["0X1 2AB", "OXI 2AB"]);
        assert_eq!(look_alike("SE5 7QQ", &mut draw(1)), None);
    }
}
