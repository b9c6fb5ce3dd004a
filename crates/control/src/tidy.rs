//! Throwing away what has run out: sessions, limits, lock-outs and old idempotency keys.

use crate::{
    Control, ControlError,
    time::{length_in_millis, to_millis},
};
use chrono::{DateTime, Utc};
use std::time::Duration;

/// How long an idempotency key is remembered: longer than any client keeps trying.
const KEYS_LAST: Duration = Duration::from_hours(7 * 24);

/// How long a sign-in that is half done can be of use to anybody.
const HALF_DONE: Duration = Duration::from_mins(15);

impl Control {
    /// Throws away what has run out, and says how many rows that were. Nothing depends on it being
    /// called: what has run out counts for nothing while it is still there.
    pub async fn tidy(&self, now: DateTime<Utc>) -> Result<u64, ControlError> {
        let now = to_millis(now);
        let mut gone = sqlx::query("DELETE FROM sessions WHERE seen_at <= $1 OR created_at <= $2")
            .bind(self.idle_since(now))
            .bind(self.oldest_start(now))
            .execute(&self.pool)
            .await?
            .rows_affected();
        gone += sqlx::query("DELETE FROM rate_limits WHERE window_ends_at <= $1")
            .bind(now)
            .execute(&self.pool)
            .await?
            .rows_affected();
        gone += sqlx::query("DELETE FROM failed_sign_ins WHERE last_counted_at <= $1")
            .bind(now.saturating_sub(length_in_millis(self.rules.locked_for)))
            .execute(&self.pool)
            .await?
            .rows_affected();
        for (statement, before) in [
            (
                "DELETE FROM sign_in_steps WHERE created_at <= $1",
                HALF_DONE,
            ),
            (
                "DELETE FROM provider_sign_ins WHERE created_at <= $1",
                HALF_DONE,
            ),
            (
                "DELETE FROM invitations WHERE ends_at <= $1",
                Duration::ZERO,
            ),
            (
                "DELETE FROM used_assertions WHERE ends_at <= $1",
                Duration::ZERO,
            ),
            (
                "DELETE FROM access_tokens WHERE ends_at <= $1",
                Duration::ZERO,
            ),
        ] {
            gone += sqlx::query(statement)
                .bind(now.saturating_sub(length_in_millis(before)))
                .execute(&self.pool)
                .await?
                .rows_affected();
        }
        gone += sqlx::query("DELETE FROM idempotency_keys WHERE created_at <= $1")
            .bind(now.saturating_sub(length_in_millis(KEYS_LAST)))
            .execute(&self.pool)
            .await?
            .rows_affected();
        Ok(gone)
    }
}
