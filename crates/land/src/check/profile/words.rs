//! Periods, months and counts as people read them.

use super::Period;
use model::Date;

impl Period {
    /// `1 Apr 2025 to 31 Mar 2026`.
    pub fn words(&self) -> String {
        let day = |date: Date| date.format("%-d %b %Y");
        format!("{} to {}", day(self.from), day(self.to))
    }
}

/// `March 2026` for `2026-03`.
pub fn month(month: &str) -> String {
    format!("{month}-01")
        .parse::<Date>()
        .map_or_else(|_| month.to_owned(), |day| day.format("%B %Y").to_string())
}

/// 412806 as 412,806.
pub(crate) fn thousands(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
