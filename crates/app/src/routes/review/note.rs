//! Notes on pairs: what a person may write, for control data hold nothing about patients.

use crate::desks::{Pair, Side};
use control::link_decisions::LONGEST_NOTE;

/// The shortest value that is looked for in a note: shorter ones, such as an initial, are in every sentence.
const SHORTEST: usize = 3;

/// The note in one line, or why it cannot be kept.
pub(super) fn fit(text: &str, pair: &Pair) -> Result<String, String> {
    let note = text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ");
    if note.chars().count() > LONGEST_NOTE {
        return Err(format!("Shorten the note to {LONGEST_NOTE} characters."));
    }
    if holds_a_value(&note, pair) {
        return Err(
            "Take names, numbers, dates and postcodes out of the note: it is kept where none may be."
                .to_owned(),
        );
    }
    Ok(note)
}

fn holds_a_value(note: &str, pair: &Pair) -> bool {
    let digits = note.chars().filter(char::is_ascii_digit).count();
    // No reason needs so many digits; a number, a date or two postcodes do.
    if digits >= 6 {
        return true;
    }
    let words = letters_of(note);
    let run_together: String = words.concat();
    let sides = std::iter::once(&pair.left).chain(&pair.forms);
    sides.flat_map(values).any(|value| {
        let parts = letters_of(&value);
        let whole = parts.concat();
        let in_it = |part: &String| part.chars().count() >= SHORTEST && words.contains(part);
        parts.iter().any(in_it)
            || (whole.chars().count() >= 5
                && whole.chars().any(|c| c.is_ascii_digit())
                && run_together.contains(&whole))
    })
}

/// What points at a person; sex does not.
fn values(side: &Side) -> Vec<String> {
    [
        &side.nhs_number,
        &side.given_name,
        &side.family_name,
        &side.date_of_birth,
        &side.postcode,
    ]
    .into_iter()
    .flatten()
    .map(|value| value.reveal().clone())
    .collect()
}

/// The words of a text in capitals, without signs.
fn letters_of(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_uppercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Identifying;
    use std::collections::BTreeMap;

    fn pair() -> Pair {
        let value = |text: &str| Some(Identifying::new(text.to_owned()));
        Pair {
            token: "t".to_owned(),
            left_token: "l".to_owned(),
            right_token: "r".to_owned(),
            bits_alone: 1.0,
            bits: 1.0,
            probability: 0.5,
            outcome: "close".to_owned(),
            model: String::new(),
            levels: BTreeMap::new(),
            left: Side {
                nhs_number: value("9990000018"),
                given_name: value("Anne-Marie Jo"),
                family_name: value("O'Thornby"),
                date_of_birth: value("1984-03-07"),
                sex: value("2"),
                postcode: value("ZZ1 1AA"),
            },
            forms: vec![Side {
                family_name: value("Brindle"),
                ..Side::default()
            }],
            records: 1,
            linked: 0,
            elsewhere: 0,
        }
    }

    #[test]
    fn a_reason_in_words_is_kept_on_one_line() {
        for (typed, kept) in [
            ("", ""),
            (
                "  Twins,\r\n I think\t(2 of them) ",
                "Twins, I think (2 of them)",
            ),
            ("A jo of work, no 7", "A jo of work, no 7"),
            ("born in the same year\0", "born in the same year"),
        ] {
            assert_eq!(fit(typed, &pair()).as_deref(), Ok(kept));
        }
    }

    #[test]
    fn a_value_of_the_pair_and_anything_like_a_number_is_sent_back() {
        for typed in [
            "Is Marie the twin?",
            "née BRINDLE",
            "Thornby again",
            "born 1984-03-07",
            "07/03/1984 is hers",
            "999 000 0018",
            "moved to zz11aa",
            "at ZZ1 1AA",
            &"x".repeat(501),
        ] {
            assert!(fit(typed, &pair()).is_err(), "{typed}");
        }
    }
}
