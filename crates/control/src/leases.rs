//! Leases: for a while, one process alone does a piece of work.
//!
//! The fence is a number that grows with each holder. Whoever writes under a lease shows it, so that a
//! process that slept past its time cannot write over its successor's work.

use crate::{
    Control, ControlError,
    row::{Read, first},
    time::{from_millis, length_in_millis, to_millis},
};
use chrono::{DateTime, Utc};
use std::time::Duration;

/// The right to do a piece of work, until it expires.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// The work.
    pub name: String,
    /// Who does it: unique to a process, such as a random id.
    pub owner: String,
    /// Larger than that of every earlier holder.
    pub fence: i64,
    /// When somebody else may take it.
    pub expires_at: DateTime<Utc>,
}

impl Control {
    /// Takes a lease. `None` while somebody holds it, the same owner included.
    pub async fn take_lease(
        &self,
        name: &str,
        owner: &str,
        lasts: Duration,
        now: DateTime<Utc>,
    ) -> Result<Option<Lease>, ControlError> {
        let now = to_millis(now);
        let expires_at = now.saturating_add(length_in_millis(lasts));
        let rows = sqlx::query(
            "INSERT INTO leases (name, owner, fence, expires_at) VALUES ($1, $2, 1, $3)
             ON CONFLICT (name) DO UPDATE SET owner = $2, fence = leases.fence + 1, expires_at = $3
             WHERE leases.expires_at <= $4
             RETURNING fence",
        )
        .bind(name)
        .bind(owner)
        .bind(expires_at)
        .bind(now)
        .fetch_all(&self.pool)
        .await?;
        let Some(row) = first(rows) else {
            return Ok(None);
        };
        Ok(Some(Lease {
            name: name.to_owned(),
            owner: owner.to_owned(),
            fence: Read(&row).number("fence")?,
            expires_at: from_millis(expires_at, "expires_at")?,
        }))
    }

    /// Makes a lease last longer. `None` where it has expired or somebody else holds it: stop the work.
    pub async fn renew_lease(
        &self,
        lease: &Lease,
        lasts: Duration,
        now: DateTime<Utc>,
    ) -> Result<Option<Lease>, ControlError> {
        let now = to_millis(now);
        let expires_at = now.saturating_add(length_in_millis(lasts));
        let renewed = sqlx::query(
            "UPDATE leases SET expires_at = $4
             WHERE name = $1 AND owner = $2 AND fence = $3 AND expires_at > $5",
        )
        .bind(&lease.name)
        .bind(&lease.owner)
        .bind(lease.fence)
        .bind(expires_at)
        .bind(now)
        .execute(&self.pool)
        .await?
        .rows_affected();
        if renewed == 0 {
            return Ok(None);
        }
        Ok(Some(Lease {
            expires_at: from_millis(expires_at, "expires_at")?,
            ..lease.clone()
        }))
    }

    /// Gives a lease back before its time.
    pub async fn give_back_lease(&self, lease: &Lease) -> Result<(), ControlError> {
        sqlx::query(
            "UPDATE leases SET expires_at = 0 WHERE name = $1 AND owner = $2 AND fence = $3",
        )
        .bind(&lease.name)
        .bind(&lease.owner)
        .bind(lease.fence)
        .execute(&self.pool)
        .await?;
        Ok(())
    }
}
