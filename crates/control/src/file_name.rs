//! The name of a sent file, made safe to keep and to show. People put all sorts of things into them.

use model::nhs_number::{check_digit_holds, ten_digits};

/// The longest name that is kept, in characters.
const LONGEST: usize = 200;

/// The last part of a path without characters that nobody sees or that turn the reading direction,
/// with NHS numbers masked, and at most 200 characters long.
pub fn sanitised(sent: &str) -> String {
    let last = sent.rsplit(['/', '\\']).next().unwrap_or_default();
    let visible: String = last.chars().filter(|c| !is_unseen(*c)).collect();
    let masked = without_nhs_numbers(visible.trim());
    let short: String = masked.chars().take(LONGEST).collect();
    if short.is_empty() {
        "unnamed".to_owned()
    } else {
        short
    }
}

/// Control characters, and the marks that join, hide or reorder text.
fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{00ad}' | '\u{061c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

/// Every run of ten digits that passes the check digit, whatever single marks stand between the
/// digits, becomes `(number)`. Longer runs, such as times, are left.
pub fn without_nhs_numbers(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let (before, from_digit) = rest.split_at(start);
        let (run, after) = from_digit.split_at(run_of_digits(from_digit));
        let digits: String = run.chars().filter(char::is_ascii_digit).collect();
        let is_number = ten_digits(&digits).is_some_and(|digits| check_digit_holds(&digits));
        out.push_str(before);
        out.push_str(if is_number { "(number)" } else { run });
        rest = after;
    }
    out.push_str(rest);
    out
}

/// The length of a run of digits with at most one space or mark between two of them.
fn run_of_digits(text: &str) -> usize {
    let mut end = 0;
    let mut mark_before = false;
    for (place, c) in text.char_indices() {
        if c.is_ascii_digit() {
            end = place + 1;
            mark_before = false;
        } else if matches!(c, ' ' | '-' | '_' | '.') && !mark_before {
            mark_before = true;
        } else {
            break;
        }
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::NhsNumber;

    #[test]
    fn names_are_made_safe() {
        for (sent, kept) in [
            ("march.csv", "march.csv"),
            ("C:\\Users\\ada\\march.csv", "march.csv"),
            ("../../etc/passwd", "passwd"),
            ("a\u{202e}vsc.exe\n", "avsc.exe"),
            ("\u{0}\u{7}", "unnamed"),
            ("", "unnamed"),
            ("CLD_20260401_20260430.csv", "CLD_20260401_20260430.csv"),
            ("sent 2026-04-01 17.30.csv", "sent 2026-04-01 17.30.csv"),
            ("naïve – café.xlsx", "naïve – café.xlsx"),
        ] {
            assert_eq!(sanitised(sent), kept, "{sent:?}");
        }
        assert_eq!(sanitised(&"é".repeat(300)).chars().count(), 200);
    }

    #[test]
    fn nhs_numbers_are_masked_however_they_are_written() {
        let number = NhsNumber::test_number(123).unwrap();
        let digits = number.reveal();
        let (a, b, c) = (&digits[..3], &digits[3..6], &digits[6..]);
        for (sent, kept) in [
            (format!("notes {digits}.csv"), "notes (number).csv"),
            (format!("{a} {b} {c} review.csv"), "(number) review.csv"),
            (format!("{a}-{b}-{c}"), "(number)"),
            (format!("x{a}_{b}_{c}y"), "x(number)y"),
        ] {
            assert_eq!(sanitised(&sent), kept);
        }
        // Ten digits that fail the check are no NHS number.
        assert_eq!(sanitised("1234567890.csv"), "1234567890.csv");
    }
}
