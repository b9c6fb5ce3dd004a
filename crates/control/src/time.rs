//! The one place where times become milliseconds since 1970 and back.

use crate::ControlError;
use chrono::{DateTime, Utc};
use std::time::Duration;

/// A moment as it is kept: whole milliseconds since 1970, UTC.
pub fn to_millis(moment: DateTime<Utc>) -> i64 {
    moment.timestamp_millis()
}

/// A moment as it was kept.
pub(crate) fn from_millis(
    millis: i64,
    column: &'static str,
) -> Result<DateTime<Utc>, ControlError> {
    DateTime::from_timestamp_millis(millis).ok_or(ControlError::Unreadable { column })
}

/// A length of time in whole milliseconds.
pub(crate) fn length_in_millis(length: Duration) -> i64 {
    i64::try_from(length.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_come_back_to_the_millisecond() {
        for (millis, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (1_774_915_200_123, "2026-03-31T00:00:00.123Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
        ] {
            let moment: DateTime<Utc> = text.parse().unwrap();
            assert_eq!(to_millis(moment), millis);
            assert_eq!(from_millis(millis, "x").unwrap(), moment);
        }
        assert!(from_millis(i64::MAX, "x").is_err());
    }
}
