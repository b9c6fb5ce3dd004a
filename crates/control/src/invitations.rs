//! Invitations: a link with which a new person chooses a password, once and within three days.

use crate::{
    Control, ControlError, Password, SessionToken,
    accounts::end_sessions,
    row::{Read, first},
    secret::digest,
    time::to_millis,
};
use chrono::{DateTime, TimeDelta, Utc};

/// How long an invitation holds.
const HOLDS: TimeDelta = TimeDelta::days(3);

impl Control {
    /// Makes an invitation for an account, in place of any earlier one. The token is given out here and never again.
    pub async fn invite(
        &self,
        username: &str,
        by: &str,
        now: DateTime<Utc>,
    ) -> Result<SessionToken, ControlError> {
        let username = self.known(username).await?;
        let token = SessionToken::new()?;
        let mut all = self.write().await?;
        sqlx::query("DELETE FROM invitations WHERE username = $1")
            .bind(&username)
            .execute(&mut *all)
            .await?;
        sqlx::query(
            "INSERT INTO invitations (token_digest, username, created_at, created_by, ends_at)
             VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(digest(token.reveal()))
        .bind(&username)
        .bind(to_millis(now))
        .bind(by)
        .bind(to_millis(now + HOLDS))
        .execute(&mut *all)
        .await?;
        all.commit().await?;
        Ok(token)
    }

    /// Whose invitation it is; `None` where it is none, was used or has run out, or its account is disabled.
    pub async fn invited(
        &self,
        token: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<String>, ControlError> {
        let rows = sqlx::query(
            "SELECT i.username FROM invitations i
             JOIN accounts a ON a.username = i.username AND a.disabled_at IS NULL
             WHERE i.token_digest = $1 AND i.ends_at > $2",
        )
        .bind(digest(token))
        .bind(to_millis(now))
        .fetch_all(&self.pool)
        .await?;
        first(rows)
            .map(|row| Read(&row).text("username"))
            .transpose()
    }

    /// Sets the password of whoever was invited, and uses the invitation up. `None` where it does not hold.
    pub async fn accept_invitation(
        &self,
        token: &str,
        password: &Password,
        now: DateTime<Utc>,
    ) -> Result<Option<String>, ControlError> {
        let Some(username) = self.invited(token, now).await? else {
            return Ok(None);
        };
        let hash = self.passwords.hash(password).await?;
        let mut all = self.write().await?;
        let used = sqlx::query("DELETE FROM invitations WHERE token_digest = $1 AND ends_at > $2")
            .bind(digest(token))
            .bind(to_millis(now))
            .execute(&mut *all)
            .await?
            .rows_affected();
        if used != 1 {
            return Ok(None);
        }
        sqlx::query("UPDATE accounts SET password_hash = $2 WHERE username = $1")
            .bind(&username)
            .bind(hash)
            .execute(&mut *all)
            .await?;
        end_sessions(&mut all, &username).await?;
        all.commit().await?;
        Ok(Some(username))
    }
}
