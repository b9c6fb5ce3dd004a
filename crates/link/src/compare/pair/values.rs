//! Whether a test holds between two values, and which of many tests do: what most pairs need is decided from a few
//! bytes that are worked out once for each value, and text is only read where those leave it open.

use crate::{
    compare::{
        jaro_winkler, metres_between, one_edit, osa_distance, shared_items, soundex,
        within_one_edit,
    },
    match_model::Test,
    people::{Clean, Domain, Facts, date_parts, number_bytes, number_digits, packed_letters},
};

/// Which of many tests hold, as bits in their order.
pub(super) enum Holding {
    /// These do.
    Known(u32),
    /// Text has to be read, which is worth remembering.
    Dear,
}

/// Which tests hold between two values that differ, as far as it can be told without reading text.
pub(super) fn quickly(tests: &[Test], domain: &Domain, a: u32, b: u32) -> Holding {
    match domain.clean() {
        Clean::Name => names(tests, domain, a, b),
        Clean::Postcode => postcodes(tests, domain, a, b),
        Clean::Date => Holding::Known(all(tests, |test| date_test(test, a, b))),
        Clean::Number | Clean::Code | Clean::List => {
            if tests == [Test::Exact] {
                Holding::Known(0)
            } else {
                Holding::Dear
            }
        }
    }
}

/// Which tests hold between two values.
pub(super) fn slowly(tests: &[Test], domain: &Domain, a: u32, b: u32) -> u32 {
    let mut similarity = None;
    all(tests, |test| match test {
        // One measure serves every level that asks how alike two names are.
        Test::JaroWinkler(least) if domain.clean() == Clean::Name => {
            let (x, y) = (domain.facts(a), domain.facts(b));
            jaro_winkler_at_most(x, y) >= least
                && *similarity.get_or_insert_with(|| jaro_winkler(domain.text(a), domain.text(b)))
                    >= least
        }
        _ => value_test(test, domain, a, b),
    })
}

fn all(tests: &[Test], mut holds: impl FnMut(Test) -> bool) -> u32 {
    let tests = tests.iter().enumerate();
    tests.fold(0, |mask, (place, test)| {
        mask | (u32::from(holds(*test)) << place)
    })
}

fn names(tests: &[Test], domain: &Domain, a: u32, b: u32) -> Holding {
    let (x, y) = (domain.facts(a), domain.facts(b));
    let most = jaro_winkler_at_most(x, y);
    let mut dear = false;
    let mask = all(tests, |test| match test {
        Test::Exact => a == b,
        Test::JaroWinkler(least) => {
            dear |= most >= least;
            false
        }
        Test::Edits(edits) => {
            dear |= may_be_edits(x, y, edits);
            false
        }
        Test::SameLetters => x.compact == y.compact,
        Test::SharesWord if x.single_word() && y.single_word() => a == b,
        Test::Initial => (x.length == 1 || y.length == 1) && name_test(test, domain, a, b),
        Test::List(..) => x.in_sets() && y.in_sets() && name_test(test, domain, a, b),
        Test::Soundex | Test::FirstWord | Test::SharesWord => name_test(test, domain, a, b),
        _ => {
            dear = true;
            false
        }
    });
    if dear {
        Holding::Dear
    } else {
        Holding::Known(mask)
    }
}

fn postcodes(tests: &[Test], domain: &Domain, a: u32, b: u32) -> Holding {
    let (Some(x), Some(y)) = (domain.packed(a), domain.packed(b)) else {
        return Holding::Dear;
    };
    let mut dear = false;
    let mask = all(tests, |test| {
        packed_test(test, x, y).unwrap_or_else(|| {
            dear = true;
            false
        })
    });
    if dear {
        Holding::Dear
    } else {
        Holding::Known(mask)
    }
}

/// A test between two postcodes, each as the bytes of one number; `None` where it is not made for such.
fn packed_test(test: Test, x: u64, y: u64) -> Option<bool> {
    Some(match test {
        Test::Exact => x == y,
        Test::Edits(1) => packed_one_edit(x, y),
        Test::Sector => {
            // Without the last two letters.
            let head = |packed: u64| {
                let kept = packed_letters(packed).saturating_sub(2);
                (kept, packed & first_bytes(kept))
            };
            head(x).0 > 0 && head(x) == head(y)
        }
        Test::FirstWord | Test::Outward => {
            let head = |packed: u64| packed & first_bytes(before(packed, |byte| byte == b' '));
            head(x) == head(y)
        }
        Test::Area => {
            let letters = |packed| before(packed, |byte: u8| !byte.is_ascii_alphabetic());
            let (of_x, of_y) = (letters(x), letters(y));
            of_x > 0 && of_x == of_y && (x ^ y) & first_bytes(of_x) == 0
        }
        _ => return None,
    })
}

/// How many bytes stand before the first one that is meant; all, where none is.
fn before(packed: u64, meant: impl Fn(u8) -> bool) -> u32 {
    let letters = packed_letters(packed);
    (0..letters)
        .find(|at| meant(packed.to_be_bytes().get(*at as usize).copied().unwrap_or(0)))
        .unwrap_or(letters)
}

/// A mask of the first bytes.
const fn first_bytes(bytes: u32) -> u64 {
    match u64::MAX.checked_shr(8 * bytes) {
        Some(rest) => !rest,
        None => u64::MAX,
    }
}

/// Whether one letter more, less or other, or two neighbours exchanged, make one out of the other.
fn packed_one_edit(x: u64, y: u64) -> bool {
    let (of_x, of_y) = (packed_letters(x), packed_letters(y));
    let apart = x ^ y;
    if apart == 0 {
        return true;
    }
    let same = apart.leading_zeros() / 8;
    if of_x == of_y {
        let last = (63 - apart.trailing_zeros()) / 8;
        return match last - same {
            0 => true,
            1 => {
                let byte = |packed: u64, at: u32| packed >> (56 - 8 * at) & 0xFF;
                byte(x, same) == byte(y, last) && byte(x, last) == byte(y, same)
            }
            _ => false,
        };
    }
    if of_x.abs_diff(of_y) != 1 {
        return false;
    }
    // One letter put in: what follows it in the longer one is what stands there in the shorter one.
    let (short, long) = if of_x < of_y { (x, y) } else { (y, x) };
    let tail = !first_bytes(same);
    (long << 8) & tail == short & tail
}

/// Whether a test holds between two values. All tests are symmetric.
pub(crate) fn value_test(test: Test, domain: &Domain, a: u32, b: u32) -> bool {
    if test == Test::Exact {
        return a == b;
    }
    match domain.clean() {
        Clean::Date => date_test(test, a, b),
        Clean::Number => match (test, number_bytes(a), number_bytes(b)) {
            (Test::Edits(1), Some(a), Some(b)) => one_edit(&a, &b),
            _ => text_test(test, &number_digits(domain, a), &number_digits(domain, b)),
        },
        Clean::Name => name_test(test, domain, a, b),
        Clean::Postcode => match test {
            Test::Distance(metres) => match (domain.place(a), domain.place(b)) {
                (Some(a), Some(b)) => metres_between(a, b) <= f64::from(metres),
                _ => false,
            },
            _ => text_test(test, domain.text(a), domain.text(b)),
        },
        Clean::Code => text_test(test, domain.text(a), domain.text(b)),
        Clean::List => match test {
            Test::Shares(items) => {
                shared_items(domain.text(a), domain.text(b)) >= usize::from(items)
            }
            _ => false,
        },
    }
}

fn name_test(test: Test, domain: &Domain, a: u32, b: u32) -> bool {
    let (x, y) = (domain.facts(a), domain.facts(b));
    match test {
        Test::JaroWinkler(least) => {
            jaro_winkler_at_most(x, y) >= least
                && jaro_winkler(domain.text(a), domain.text(b)) >= least
        }
        Test::Edits(edits) => {
            may_be_edits(x, y, edits) && text_test(test, domain.text(a), domain.text(b))
        }
        Test::Initial => {
            (x.length == 1 || y.length == 1) && text_test(test, domain.text(a), domain.text(b))
        }
        Test::Soundex => x.soundex != 0 && x.soundex == y.soundex,
        Test::SameLetters => x.compact == y.compact,
        Test::FirstWord => domain.words(x).first() == domain.words(y).first(),
        // Two names of one word each share it where they are the same.
        Test::SharesWord if x.single_word() && y.single_word() => a == b,
        Test::SharesWord => {
            let others = domain.words(y);
            domain.words(x).iter().any(|word| others.contains(word))
        }
        Test::List(from, to) => {
            let others = domain.sets(y);
            let mut sets = domain.sets(x).iter();
            sets.any(|set| (from..to).contains(set) && others.contains(set))
        }
        _ => text_test(test, domain.text(a), domain.text(b)),
    }
}

/// So many edits change no more kinds of letters, and the length by no more.
fn may_be_edits(x: Facts, y: Facts, edits: u8) -> bool {
    let only = |x: Facts, y: Facts| (x.letters & !y.letters).count_ones();
    x.length.abs_diff(y.length) <= edits && only(x, y).max(only(y, x)) <= u32::from(edits)
}

/// No more letters can agree than kinds of letters allow for; most pairs of names end here.
fn jaro_winkler_at_most(x: Facts, y: Facts) -> f64 {
    let only = |x: Facts, y: Facts| f64::from((x.letters & !y.letters).count_ones());
    let (long_x, long_y) = (f64::from(x.length), f64::from(y.length));
    if x.length == u8::MAX || y.length == u8::MAX {
        return 1.0;
    }
    let agree = (long_x - only(x, y)).min(long_y - only(y, x)).max(0.0);
    let most = (agree / long_x + agree / long_y + 1.0) / 3.0;
    let same = ((x.head ^ y.head).trailing_zeros() / 8).min(4);
    (0.1 * f64::from(same)).mul_add(1.0 - most, most)
}

fn text_test(test: Test, a: &str, b: &str) -> bool {
    match test {
        Test::Exact => a == b,
        Test::JaroWinkler(least) => jaro_winkler(a, b) >= least,
        Test::Edits(1) => within_one_edit(a, b),
        Test::Edits(edits) => osa_distance(a, b) <= usize::from(edits),
        Test::Initial => {
            let (first_a, first_b) = (a.chars().next(), b.chars().next());
            let single = a.chars().nth(1).is_none() || b.chars().nth(1).is_none();
            single && first_a.is_some() && first_a == first_b
        }
        Test::Prefix(letters) => {
            let letters = usize::from(letters);
            let head = |text: &str| text.chars().take(letters).collect::<String>();
            let long = |text: &str| text.chars().count() >= letters;
            long(a) && long(b) && head(a) == head(b)
        }
        // The outward part of a postcode is its first word.
        Test::FirstWord | Test::Outward => a.split(' ').next() == b.split(' ').next(),
        Test::SharesWord => a
            .split(' ')
            .any(|word| b.split(' ').any(|other| word == other)),
        Test::SameLetters => a
            .chars()
            .filter(|c| *c != ' ')
            .eq(b.chars().filter(|c| *c != ' ')),
        Test::Sector => {
            let head = |text| sector(text).filter(|head: &&str| !head.is_empty());
            head(a).is_some() && head(a) == head(b)
        }
        Test::Area => {
            let head = |text: &str| text.bytes().take_while(u8::is_ascii_alphabetic).count();
            head(a) > 0 && a.get(..head(a)) == b.get(..head(b))
        }
        Test::Soundex => {
            let code = soundex(a);
            code.is_some() && code == soundex(b)
        }
        _ => false,
    }
}

/// A postcode without its last two letters.
fn sector(text: &str) -> Option<&str> {
    text.get(..text.len().checked_sub(2)?)
}

fn date_test(test: Test, a: u32, b: u32) -> bool {
    let ((year, month, day), (other_year, other_month, other_day)) = (date_parts(a), date_parts(b));
    match test {
        Test::Exact => a == b,
        Test::Exchanged => year == other_year && month == other_day && day == other_month,
        Test::TwoParts => {
            let same = [year == other_year, month == other_month, day == other_day];
            same.iter().filter(|same| **same).count() >= 2
        }
        Test::NewYear => {
            year == other_year && ((month, day) == (1, 1) || (other_month, other_day) == (1, 1))
        }
        Test::Century => {
            (month, day) == (other_month, other_day) && year.abs_diff(other_year) == 100
        }
        Test::Year => year == other_year,
        Test::WithinDays(days) => days_of(a).abs_diff(days_of(b)) <= days,
        Test::OneDigit => one_digit(a, b),
        _ => false,
    }
}

/// The eight digits of a date, four bits each.
const fn digits(code: u32) -> u32 {
    let (year, month, day) = date_parts(code);
    (pair_of_digits(year / 100) << 24)
        | (pair_of_digits(year % 100) << 16)
        | (pair_of_digits(month) << 8)
        | pair_of_digits(day)
}

const fn pair_of_digits(number: u32) -> u32 {
    ((number / 10 % 10) << 4) | (number % 10)
}

/// Whether one digit differs, or two neighbours are exchanged.
fn one_digit(a: u32, b: u32) -> bool {
    let (a, b) = (digits(a), digits(b));
    let apart = a ^ b;
    let first = apart.trailing_zeros() / 4 * 4;
    match apart.checked_shr(first).unwrap_or(0) {
        0..=0xF => true,
        rest if rest <= 0xFF => {
            let (x, y) = ((a >> first) & 0xFF, (b >> first) & 0xFF);
            x == (y >> 4 | (y & 0xF) << 4)
        }
        _ => false,
    }
}

/// Days since a day long ago, by the calendar of today.
fn days_of(code: u32) -> u32 {
    let (year, month, day) = date_parts(code);
    let (year, month) = if month <= 2 {
        (year.saturating_sub(1), month + 9)
    } else {
        (year, month - 3)
    };
    365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        compare::tests::texts,
        people::{Dictionary, Lists, Split},
    };

    fn tests() -> Vec<Test> {
        vec![
            Test::Exact,
            Test::JaroWinkler(0.9),
            Test::JaroWinkler(0.8),
            Test::Edits(1),
            Test::Initial,
            Test::FirstWord,
            Test::SameLetters,
            Test::SharesWord,
            Test::List(0, 1),
            Test::Soundex,
            Test::Outward,
            Test::Sector,
            Test::Area,
        ]
    }

    /// What text says, without anything that was worked out for a value before.
    fn plainly(test: Test, dictionary: &Dictionary, clean: Clean, a: u32, b: u32) -> bool {
        let domain = dictionary.domain(clean);
        match test {
            Test::Exact => a == b,
            Test::List(..) => name_test(test, domain, a, b),
            _ => text_test(test, domain.text(a), domain.text(b)),
        }
    }

    fn agrees(clean: Clean, values: &[String]) {
        let mut lists = Lists::default();
        lists.add("nicknames", [vec!["KATHERINE", "CATHERINE"]]);
        let mut dictionary = Dictionary::new(lists);
        let mut codes: Vec<u32> = values
            .iter()
            .map(|value| dictionary.clean(clean, value, Split::Whole).code)
            .filter(|code| *code != 0)
            .collect();
        codes.sort_unstable();
        codes.dedup();
        dictionary.describe();
        let tests = tests();
        for a in &codes {
            for b in &codes {
                let expected = all(&tests, |test| plainly(test, &dictionary, clean, *a, *b));
                let domain = dictionary.domain(clean);
                let said = (domain.written(*a), domain.written(*b));
                assert_eq!(slowly(&tests, domain, *a, *b), expected, "{said:?}");
                if let Holding::Known(mask) = quickly(&tests, domain, *a, *b) {
                    assert_eq!(mask, expected, "{said:?}");
                }
            }
        }
    }

    #[test]
    fn what_is_told_quickly_about_names_is_what_text_says() {
        agrees(Clean::Name, &texts());
    }

    #[test]
    fn what_is_told_quickly_about_postcodes_is_what_text_says() {
        let mut places: Vec<String> = Vec::new();
        for outward in [
            "B1", "B2", "B11", "B21", "SS1", "SS11", "S11", "EC1A", "EC1B", "CE1A",
        ] {
            for inward in ["1AA", "2AA", "1AB", "1BA", "2BB"] {
                places.push(format!("{outward} {inward}"));
            }
        }
        agrees(Clean::Postcode, &places);
    }

    #[test]
    fn numbers_one_edit_apart_are_told_by_their_digits() {
        let mut dictionary = Dictionary::new(Lists::default());
        let mut code = |text: &str| dictionary.clean(Clean::Number, text, Split::Whole).code;
        let (valid, other, odd) = (code("9434765919"), code("9434765870"), code("9434765918"));
        let domain = dictionary.domain(Clean::Number);
        assert_eq!(domain.written(valid), "9434765919");
        assert!(value_test(Test::Edits(1), domain, valid, odd));
        assert!(!value_test(Test::Edits(1), domain, valid, other));
        assert!(value_test(Test::Edits(1), domain, valid, valid));
    }
}
