//! From the text of an expression to its words.

use super::{
    Mistake,
    syntax::{Arithmetic, Comparison},
};
use model::Date;
use std::ops::Range;

/// A word of an expression.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Word {
    Name(String),
    Text(String),
    Number(f64),
    Date(Date),
    Compare(Comparison),
    Arithmetic(Arithmetic),
    Open,
    Close,
    Comma,
}

/// The words of a text, each with its place.
pub(crate) fn words(text: &str) -> Result<Vec<(Word, Range<usize>)>, Mistake> {
    let mut words = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..)
        && let Some(first) = rest.chars().next()
    {
        if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        }
        let (word, length) = word(rest, first, at)?;
        words.push((word, at..at + length));
        at += length;
    }
    Ok(words)
}

fn word(rest: &str, first: char, at: usize) -> Result<(Word, usize), Mistake> {
    let single = |word| Ok((word, 1));
    match first {
        '(' => single(Word::Open),
        ')' => single(Word::Close),
        ',' => single(Word::Comma),
        '+' => single(Word::Arithmetic(Arithmetic::Add)),
        '-' => single(Word::Arithmetic(Arithmetic::Subtract)),
        '*' => single(Word::Arithmetic(Arithmetic::Multiply)),
        '/' => single(Word::Arithmetic(Arithmetic::Divide)),
        '=' => single(Word::Compare(Comparison::Equal)),
        '!' if rest.starts_with("!=") => Ok((Word::Compare(Comparison::NotEqual), 2)),
        '<' if rest.starts_with("<=") => Ok((Word::Compare(Comparison::LessOrEqual), 2)),
        '>' if rest.starts_with(">=") => Ok((Word::Compare(Comparison::GreaterOrEqual), 2)),
        '<' => single(Word::Compare(Comparison::Less)),
        '>' => single(Word::Compare(Comparison::Greater)),
        '\'' | '"' => quoted(rest, first, at),
        '0'..='9' => number_or_date(rest, at),
        _ if first.is_ascii_alphabetic() || first == '_' => {
            let mut length = name_length(rest);
            // A name may have one stop in it: `other.event_start_date`.
            if let Some(after) = rest.get(length..).and_then(|r| r.strip_prefix('.'))
                && after.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            {
                length += 1 + name_length(after);
            }
            let name = rest.get(..length).unwrap_or_default().to_owned();
            Ok((Word::Name(name), length))
        }
        _ => Err(Mistake::new(
            at..at + first.len_utf8(),
            format!("`{first}` has no meaning here"),
        )),
    }
}

fn name_length(rest: &str) -> usize {
    rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
        .unwrap_or(rest.len())
}

/// A text stands between single or double quotes; a quote inside it is doubled.
fn quoted(rest: &str, quote: char, at: usize) -> Result<(Word, usize), Mistake> {
    let mut text = String::new();
    let mut characters = rest.char_indices().skip(1).peekable();
    while let Some((offset, c)) = characters.next() {
        if c != quote {
            text.push(c);
        } else if characters.next_if(|(_, next)| *next == quote).is_some() {
            text.push(quote);
        } else {
            return Ok((Word::Text(text), offset + 1));
        }
    }
    Err(Mistake::new(
        at..at + rest.len(),
        format!("the text is not closed, a {quote} is missing"),
    ))
}

fn number_or_date(rest: &str, at: usize) -> Result<(Word, usize), Mistake> {
    let dated = rest.get(..10).filter(|piece| {
        piece.bytes().enumerate().all(|(i, b)| match i {
            4 | 7 => b == b'-',
            _ => b.is_ascii_digit(),
        })
    });
    if let Some(piece) = dated {
        let date = piece.parse().map_err(|_| {
            Mistake::new(
                at..at + 10,
                format!("`{piece}` is not a day of the calendar"),
            )
        })?;
        return Ok((Word::Date(date), 10));
    }
    let length = rest
        .find(|c: char| !(c.is_ascii_digit() || c == '.'))
        .unwrap_or(rest.len());
    let piece = rest.get(..length).unwrap_or_default();
    let number = piece
        .parse()
        .map_err(|_| Mistake::new(at..at + length, format!("`{piece}` is not a number")))?;
    Ok((Word::Number(number), length))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> Vec<Word> {
        words(text).unwrap().into_iter().map(|(w, _)| w).collect()
    }

    #[test]
    fn words_are_told_apart() {
        assert_eq!(
            plain("a_1>=2.5 'it''s' \"x\" 2025-04-01"),
            [
                Word::Name("a_1".into()),
                Word::Compare(Comparison::GreaterOrEqual),
                Word::Number(2.5),
                Word::Text("it's".into()),
                Word::Text("x".into()),
                Word::Date(Date::from_ymd_opt(2025, 4, 1).unwrap()),
            ]
        );
    }

    #[test]
    fn mistakes_point_at_the_characters() {
        for (text, at) in [
            ("a ? b", 2..3),
            ("'open", 0..5),
            ("x = 2025-02-30", 4..14),
            ("1.2.3", 0..5),
        ] {
            assert_eq!(words(text).unwrap_err().at, at, "{text}");
        }
    }
}
