//! Numbers, read strictly: no currency signs, no thousands commas, no exponents.

/// The largest number of digits that a decimal or integer may have.
const MOST_DIGITS: usize = 15;

/// A decimal with at most two places, in hundredths: `12`, `12.5`, `-12.50`.
pub(crate) fn hundredths(cell: &[u8]) -> Option<i64> {
    let (negative, digits) = sign(cell);
    let (whole, fraction) = match digits.iter().position(|b| *b == b'.') {
        None => (digits, &[][..]),
        Some(dot) => {
            let fraction = digits.get(dot + 1..)?;
            if fraction.is_empty() || fraction.len() > 2 {
                return None;
            }
            (digits.get(..dot)?, fraction)
        }
    };
    if fraction.len() > 2 {
        return None;
    }
    let whole = natural(whole)?;
    let part = match fraction {
        [] => 0,
        [tenths] => digit(*tenths)? * 10,
        [tenths, hundredths, ..] => digit(*tenths)? * 10 + digit(*hundredths)?,
    };
    let value = whole.checked_mul(100)?.checked_add(part)?;
    Some(if negative { -value } else { value })
}

/// A whole number: `12`, `-3`.
pub(crate) fn integer(cell: &[u8]) -> Option<i64> {
    let (negative, digits) = sign(cell);
    let value = natural(digits)?;
    Some(if negative { -value } else { value })
}

/// A number with a fractional part of any length: `0.125`, `-3`.
pub(crate) fn number(cell: &[u8]) -> Option<f64> {
    let (_, digits) = sign(cell);
    let shaped = digits.first().is_some_and(u8::is_ascii_digit)
        && digits.last().is_some_and(u8::is_ascii_digit)
        && digits.iter().all(|b| b.is_ascii_digit() || *b == b'.')
        && digits.splitn(3, |b| *b == b'.').count() <= 2;
    if !shaped {
        return None;
    }
    std::str::from_utf8(cell).ok()?.parse().ok()
}

fn sign(cell: &[u8]) -> (bool, &[u8]) {
    match cell {
        [b'-', rest @ ..] => (true, rest),
        _ => (false, cell),
    }
}

fn natural(digits: &[u8]) -> Option<i64> {
    if digits.is_empty() || digits.len() > MOST_DIGITS {
        return None;
    }
    digits
        .iter()
        .try_fold(0_i64, |n, byte| digit(*byte).map(|d| n * 10 + d))
}

fn digit(byte: u8) -> Option<i64> {
    byte.is_ascii_digit().then(|| i64::from(byte - b'0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_have_at_most_two_places() {
        for (cell, expected) in [
            ("310.00", Some(31_000)),
            ("23.5", Some(2_350)),
            ("0", Some(0)),
            ("-7.25", Some(-725)),
            ("007", Some(700)),
            ("999999999999999.99", Some(99_999_999_999_999_999)),
            ("9999999999999999", None),
            ("1.234", None),
            ("1.", None),
            (".5", None),
            ("1,120", None),
            ("£1", None),
            ("1e3", None),
            ("--1", None),
            ("+1", None),
            ("", None),
            ("1.2.3", None),
        ] {
            assert_eq!(hundredths(cell.as_bytes()), expected, "{cell}");
        }
    }

    #[test]
    fn other_numbers() {
        assert_eq!(integer(b"12"), Some(12));
        assert_eq!(integer(b"-12"), Some(-12));
        assert_eq!(integer(b"12.0"), None);
        assert_eq!(number(b"0.125"), Some(0.125));
        assert_eq!(number(b"-3"), Some(-3.0));
        for cell in ["1e5", "inf", "NaN", "1.", ".1", "1.2.3", "", "-"] {
            assert_eq!(number(cell.as_bytes()), None, "{cell}");
        }
    }
}
