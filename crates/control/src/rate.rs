//! Rate limits: how often something may be tried in a stretch of time.

use crate::{
    Control, ControlError,
    row::{Read, first, kept},
    secret::digest,
    time::{length_in_millis, to_millis},
};
use chrono::{DateTime, Utc};
use std::time::Duration;

impl Control {
    /// Counts a try in a bucket, such as a page together with the address that asks. `None` where it is
    /// within the limit; otherwise the moment from which tries count afresh. Only a digest of the
    /// bucket's name is kept, since an address can point at a person.
    pub async fn count_try(
        &self,
        bucket: &str,
        limit: u64,
        within: Duration,
        now: DateTime<Utc>,
    ) -> Result<Option<DateTime<Utc>>, ControlError> {
        let now = to_millis(now);
        let rows = sqlx::query(
            "INSERT INTO rate_limits (bucket_digest, window_started_at, window_ends_at, used)
             VALUES ($1, $2, $3, 1)
             ON CONFLICT (bucket_digest) DO UPDATE SET
                 used = CASE WHEN rate_limits.window_ends_at <= $2 THEN 1
                     ELSE rate_limits.used + 1 END,
                 window_started_at = CASE WHEN rate_limits.window_ends_at <= $2 THEN $2
                     ELSE rate_limits.window_started_at END,
                 window_ends_at = CASE WHEN rate_limits.window_ends_at <= $2 THEN $3
                     ELSE rate_limits.window_ends_at END
             RETURNING used, window_ends_at",
        )
        .bind(digest(bucket))
        .bind(now)
        .bind(now.saturating_add(length_in_millis(within)))
        .fetch_all(&self.pool)
        .await?;
        let row = first(rows).ok_or(sqlx::Error::RowNotFound)?;
        let row = Read(&row);
        if row.number("used")? <= kept(limit, "limit")? {
            return Ok(None);
        }
        row.moment("window_ends_at").map(Some)
    }
}
