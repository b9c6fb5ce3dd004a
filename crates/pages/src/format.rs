//! How numbers, dates and times are written for people: 1,204 and 31 March 2026 and 5:00pm.

use chrono::{DateTime, Datelike, NaiveDateTime, Timelike, Utc};
use maud::{Markup, html};
use model::Date;

/// A whole number with commas between thousands.
pub fn count(number: u64) -> String {
    grouped(&number.to_string())
}

/// A number with a fixed number of places after the point, and commas.
pub fn number(value: f64, decimals: usize) -> String {
    let text = format!("{:.decimals$}", value.abs());
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let is_zero = text.chars().all(|c| matches!(c, '0' | '.'));
    let sign = if value < 0.0 && !is_zero { "-" } else { "" };
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{sign}{}{point}{fraction}", grouped(whole))
}

/// A count with its noun: "1 row", "1,204 rows".
pub fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

/// A part of a whole as a percentage: one decimal place, or none under 100 cases; `None` of nothing.
pub fn share(part: u64, whole: u64) -> Option<String> {
    if whole == 0 {
        return None;
    }
    // In integers, so that the last digit shown never hangs on a rounding error.
    let (part, whole_wide) = (u128::from(part), u128::from(whole));
    Some(if whole < 100 {
        format!("{}%", (part * 200 + whole_wide) / (whole_wide * 2))
    } else {
        let tenths = (part * 2000 + whole_wide) / (whole_wide * 2);
        if part > 0 && tenths == 0 {
            "under 0.1%".to_owned()
        } else {
            format!("{}.{}%", tenths / 10, tenths % 10)
        }
    })
}

/// A text of content, in which names to type stand between backticks: those are set as code.
pub fn with_code(text: &str) -> Markup {
    html! {
        @for (at, part) in text.split('`').enumerate() {
            @if at % 2 == 1 { span class="haven-code" { (part) } } @else { (part) }
        }
    }
}

/// A text of content in which addresses of public places are links.
pub fn with_links(text: &str) -> Markup {
    html! {
        @for (at, word) in text.split(' ').enumerate() {
            @if at > 0 { " " }
            @let core = word.trim_matches(['(', ')', ',', ';', ':', '.']);
            @if let Some(href) = public_place(core) {
                @let start = word.find(core).unwrap_or_default();
                (word.get(..start).unwrap_or_default())
                a class="nhsuk-link" href=(href) { (core) }
                (word.get(start + core.len()..).unwrap_or_default())
            } @else { (word) }
        }
    }
}

/// The address that a word of a text stands for, such as `ucum.org` or `github.com/owner/name`.
fn public_place(word: &str) -> Option<String> {
    let (host, _) = word.split_once('/').unwrap_or((word, ""));
    let (_, ending) = host.rsplit_once('.')?;
    let known = ["com", "org", "uk"].contains(&ending)
        && host
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'))
        && word
            .chars()
            .all(|c| c.is_ascii_graphic() && !matches!(c, '"' | '<' | '>'));
    known.then(|| format!("https://{word}"))
}

/// A day: 31 March 2026.
pub fn date(day: Date) -> String {
    day.format("%-d %B %Y").to_string()
}

/// A moment as people in England read it: 31 March 2026 at 5:00pm.
pub fn moment(when: DateTime<Utc>) -> String {
    let local: NaiveDateTime = when.with_timezone(&chrono_tz::Europe::London).naive_local();
    let (hour, half) = match local.hour() {
        0 => (12, "am"),
        h @ 1..=11 => (h, "am"),
        12 => (12, "pm"),
        h => (h - 12, "pm"),
    };
    format!(
        "{} {} at {hour}:{:02}{half}",
        local.format("%-d %B"),
        local.year(),
        local.minute()
    )
}

/// A number of bytes: 512 bytes, 4.2 MB.
pub fn bytes(size: u64) -> String {
    let units = [("GB", 1_000_000_000_u64), ("MB", 1_000_000), ("kB", 1_000)];
    for (name, unit) in units {
        if size >= unit {
            let tenths = (u128::from(size) * 20 / u128::from(unit)).div_ceil(2);
            return if tenths % 10 == 0 {
                format!("{} {name}", tenths / 10)
            } else {
                format!("{}.{} {name}", tenths / 10, tenths % 10)
            };
        }
    }
    counted(size, "byte", "bytes")
}

/// A stretch of time: 850 ms, 3.1 seconds, 2 minutes 5 seconds.
pub fn duration(milliseconds: u64) -> String {
    match milliseconds {
        0..1_000 => format!("{milliseconds} ms"),
        1_000..60_000 => {
            let tenths = milliseconds / 100;
            format!("{}.{} seconds", tenths / 10, tenths % 10)
        }
        _ => format!(
            "{} {}",
            counted(milliseconds / 60_000, "minute", "minutes"),
            counted(milliseconds % 60_000 / 1_000, "second", "seconds")
        ),
    }
}

/// Words in a row: "a", "a and b", "a, b and c".
pub fn listed(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

fn grouped(digits: &str) -> String {
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_commas() {
        for (number, expected) in [
            (0, "0"),
            (999, "999"),
            (1204, "1,204"),
            (1_000_000, "1,000,000"),
        ] {
            assert_eq!(count(number), expected);
        }
        assert_eq!(number(-1234.56, 1), "-1,234.6");
        assert_eq!(number(-0.01, 1), "0.0");
    }

    #[test]
    fn percentages_have_one_place_from_a_hundred_cases() {
        for (part, whole, expected) in [
            (1204, 412_806, Some("0.3%")),
            (1, 3, Some("33%")),
            (1, 200, Some("0.5%")),
            (1, 1_000_000, Some("under 0.1%")),
            (0, 1_000, Some("0.0%")),
            (5, 0, None),
        ] {
            assert_eq!(share(part, whole).as_deref(), expected);
        }
    }

    #[test]
    fn moments_are_in_local_time() {
        let at = |text: &str| moment(text.parse().unwrap());
        assert_eq!(at("2026-03-31T16:00:00Z"), "31 March 2026 at 5:00pm");
        assert_eq!(at("2026-01-01T00:05:00Z"), "1 January 2026 at 12:05am");
        assert_eq!(at("2026-01-01T12:00:00Z"), "1 January 2026 at 12:00pm");
    }

    #[test]
    fn public_places_in_a_text_are_links() {
        for (text, expected) in [
            (
                "Units (ucum.org), the few",
                "Units (<a class=\"nhsuk-link\" href=\"https://ucum.org\">ucum.org</a>), the few",
            ),
            (
                "DHSC (github.com/DataS-DHSC/ASC-CLD-LA-Dashboard), June",
                "DHSC (<a class=\"nhsuk-link\" href=\"https://github.com/DataS-DHSC/ASC-CLD-LA-Dashboard\">github.com/DataS-DHSC/ASC-CLD-LA-Dashboard</a>), June",
            ),
            (
                "see README.md. 2.0 and so on",
                "see README.md. 2.0 and so on",
            ),
        ] {
            assert_eq!(with_links(text).into_string(), expected);
        }
    }

    #[test]
    fn names_to_type_are_set_as_code() {
        assert_eq!(
            with_code("`haven fix` can do it").into_string(),
            "<span class=\"haven-code\">haven fix</span> can do it"
        );
        assert_eq!(with_code("plain").into_string(), "plain");
    }

    #[test]
    fn sizes_and_times_are_in_words() {
        assert_eq!(bytes(1), "1 byte");
        assert_eq!(bytes(4_000_000_000), "4 GB");
        assert_eq!(bytes(6_100_000_000), "6.1 GB");
        assert_eq!(duration(3_140), "3.1 seconds");
        assert_eq!(duration(61_000), "1 minute 1 second");
    }
}
