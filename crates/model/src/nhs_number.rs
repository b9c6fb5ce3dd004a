//! NHS numbers: shape and check digit (Modulus 11). It says that a number fails, never what it should be.

use crate::Identifying;

/// A ten-digit NHS number that passes its check digit.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NhsNumber(Identifying<String>);

/// Why a text is not an NHS number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NhsNumberFault {
    /// Not exactly ten digits after spaces and hyphens are taken out.
    NotTenDigits,
    /// Ten digits that fail Modulus 11.
    CheckDigit,
}

impl NhsNumber {
    /// Reads a number, ignoring spaces and hyphens.
    pub fn parse(text: &str) -> Result<Self, NhsNumberFault> {
        let digits = ten_digits(text).ok_or(NhsNumberFault::NotTenDigits)?;
        if !check_digit_holds(&digits) {
            return Err(NhsNumberFault::CheckDigit);
        }
        Ok(Self(Identifying::new(
            digits.iter().map(|d| char::from(b'0' + d)).collect(),
        )))
    }

    /// The nth number of the 999 test range, `None` where its check digit would be 10.
    pub fn test_number(n: u32) -> Option<Self> {
        Self::with_prefix("999", n)
    }

    /// A number from a prefix and the digits that follow it, `None` where no check digit exists.
    pub fn with_prefix(prefix: &str, n: u32) -> Option<Self> {
        let width = 9usize.checked_sub(prefix.len())?;
        let stem = format!("{prefix}{n:0width$}");
        if stem.len() != 9 {
            return None;
        }
        let mut digits = [0u8; 10];
        for (slot, byte) in digits.iter_mut().zip(stem.bytes()) {
            *slot = byte.checked_sub(b'0').filter(|d| *d < 10)?;
        }
        let check = check_digit(&digits)?;
        Some(Self(Identifying::new(format!("{stem}{check}"))))
    }

    /// The ten digits.
    pub fn reveal(&self) -> &str {
        self.0.reveal()
    }
}

/// The ten digits of a text, once spaces and hyphens are taken out.
pub fn ten_digits(text: &str) -> Option<[u8; 10]> {
    let mut digits = [0u8; 10];
    let mut filled = 0usize;
    for byte in text.bytes() {
        match byte {
            b' ' | b'-' => {}
            b'0'..=b'9' => {
                *digits.get_mut(filled)? = byte - b'0';
                filled += 1;
            }
            _ => return None,
        }
    }
    (filled == 10).then_some(digits)
}

/// Whether the tenth digit is the Modulus 11 check digit of the first nine.
pub fn check_digit_holds(digits: &[u8; 10]) -> bool {
    let [.., last] = digits;
    check_digit(digits) == Some(*last)
}

/// The Modulus 11 check digit of the first nine digits; `None` where it would be 10.
fn check_digit(digits: &[u8; 10]) -> Option<u8> {
    let sum: u32 = digits
        .iter()
        .take(9)
        .zip((2..=10).rev())
        .map(|(d, w)| u32::from(*d) * w)
        .sum();
    match 11 - sum % 11 {
        11 => Some(0),
        10 => None,
        n => u8::try_from(n).ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digit_decides() {
        // 943 476 5919 is the NHS Data Dictionary's own example.
        assert!(NhsNumber::parse("943 476 5919").is_ok());
        assert_eq!(
            NhsNumber::parse("943-476-5918"),
            Err(NhsNumberFault::CheckDigit)
        );
        assert_eq!(
            NhsNumber::parse("94347659"),
            Err(NhsNumberFault::NotTenDigits)
        );
    }

    #[test]
    fn the_test_range_holds_909_091_numbers() {
        let held = (0..1_000_000)
            .filter(|n| NhsNumber::test_number(*n).is_some())
            .count();
        assert_eq!(held, 909_091);
    }
}
