//! Pointing at a mistake in a file of rules: the line, the characters, and what may have been meant.

use super::expression::Mistake;
use model::ContentError;
use std::{fmt::Write as _, ops::Range};

/// A file of rules, for messages.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Source<'a> {
    pub(crate) path: &'a str,
    pub(crate) text: &'a str,
}

impl Source<'_> {
    /// A mistake in a value as a whole; `value` is its place in the file.
    pub(crate) fn mistake(
        &self,
        value: Range<usize>,
        says: &str,
        hint: Option<String>,
    ) -> ContentError {
        self.point(value, says, hint)
    }

    /// A mistake inside an expression that stands as a text at `value`.
    pub(crate) fn inside(&self, value: Range<usize>, mistake: Mistake) -> ContentError {
        let literal = self.text.get(value.clone()).unwrap_or_default();
        let start = value.start + written_offset(literal, mistake.at.start);
        let end = value.start + written_offset(literal, mistake.at.end.max(mistake.at.start));
        self.point(start..end.max(start), &mistake.says, mistake.hint)
    }

    fn point(&self, at: Range<usize>, says: &str, hint: Option<String>) -> ContentError {
        let start = at.start.min(self.text.len());
        let before = self.text.get(..start).unwrap_or_default();
        let number = before.matches('\n').count() + 1;
        let line_start = before.rfind('\n').map_or(0, |n| n + 1);
        let line = self
            .text
            .get(line_start..)
            .and_then(|rest| rest.lines().next())
            .unwrap_or_default();
        let indent = before.get(line_start..).unwrap_or_default().chars().count();
        let marked = self
            .text
            .get(start..at.end.min(line_start + line.len()))
            .unwrap_or_default()
            .chars()
            .count()
            .max(1);
        let gutter = number.to_string();
        let margin = " ".repeat(gutter.len());
        let mut message = format!("{says}\n{margin} |\n{gutter} | {line}\n");
        // Writing to a text cannot fail.
        let _ = write!(
            message,
            "{margin} | {}{}",
            " ".repeat(indent),
            "^".repeat(marked)
        );
        if let Some(hint) = hint {
            let _ = write!(message, " {hint}");
        }
        ContentError::Mistake {
            path: self.path.to_owned(),
            message,
        }
    }
}

/// Where a byte of a TOML text stands in the literal that it was written as.
fn written_offset(literal: &str, decoded: usize) -> usize {
    let (opening, escapes) = match literal {
        l if l.starts_with("\"\"\"") => (3, true),
        l if l.starts_with("'''") => (3, false),
        l if l.starts_with('\'') => (1, false),
        _ => (1, true),
    };
    let mut at = opening;
    if opening == 3 {
        let rest = literal.get(at..).unwrap_or_default();
        if rest.starts_with("\r\n") {
            at += 2;
        } else if rest.starts_with('\n') {
            at += 1;
        }
    }
    let mut left = decoded;
    while left > 0 {
        let Some(c) = literal.get(at..).and_then(|rest| rest.chars().next()) else {
            return at;
        };
        if escapes && c == '\\' {
            let (written, means) = escape(literal.get(at + 1..).unwrap_or_default());
            at += 1 + written;
            left = left.saturating_sub(means);
        } else {
            at += c.len_utf8();
            left = left.saturating_sub(c.len_utf8());
        }
    }
    at
}

/// How long an escape is as written after its backslash, and how many bytes it stands for.
fn escape(rest: &str) -> (usize, usize) {
    let digits = match rest.chars().next() {
        Some('u') => 4,
        Some('U') => 8,
        Some('x') => 2,
        Some(c) if c.is_whitespace() => {
            let skipped = rest.len() - rest.trim_start().len();
            return (skipped, 0);
        }
        _ => return (1, 1),
    };
    let means = rest
        .get(1..=digits)
        .and_then(|hex| u32::from_str_radix(hex, 16).ok())
        .and_then(char::from_u32)
        .map_or(1, char::len_utf8);
    (1 + digits, means)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_marks_stand_under_the_characters() {
        let text = "[[rule]]\nwhen = \"event_end < event_strt\"\n";
        let value = text.find('"').unwrap()..text.len() - 1;
        let source = Source {
            path: "datasets/x/rules.toml",
            text,
        };
        let mistake = Mistake::new(12..22, "unknown column `event_strt`")
            .hinting(Some("did you mean `event_start`?".to_owned()));
        assert_eq!(
            source.inside(value, mistake).to_string(),
            "unknown column `event_strt`\n  |\n2 | when = \"event_end < event_strt\"\n  |                     ^^^^^^^^^^ did you mean `event_start`?\n   content/datasets/x/rules.toml"
        );
    }

    #[test]
    fn escapes_and_long_texts_are_counted_as_written() {
        for (literal, decoded, written) in [
            (r#""abc""#, 2, 3),
            ("'abc'", 2, 3),
            (r#""a\\bc""#, 3, 5),
            (r#""a\u00e9b""#, 3, 8),
            ("'''\nabc'''", 1, 5),
            ("\"\"\"\nab\nc\"\"\"", 3, 7),
            ("\"\"\"ab\\\n   c\"\"\"", 2, 5),
        ] {
            assert_eq!(written_offset(literal, decoded), written, "{literal}");
        }
    }
}
