//! Access tokens: what a machine signs in with. Given out once; only the digest is kept. Each is bound to one
//! role and one organisation and ends by itself.

use crate::{
    Control, ControlError, Position, Session,
    accounts::position,
    row::{Read, first},
    secret::{digest, random_hex},
    time::to_millis,
};
use chrono::{DateTime, Utc};
use std::fmt;

/// How tokens begin, so that one that leaks is recognised for what it is.
const BEGINNING: &str = "haven_";

/// An access token. It never prints.
#[derive(Clone)]
pub struct AccessToken(String);

impl AccessToken {
    pub(crate) fn new() -> Result<Self, ControlError> {
        Ok(Self(format!("{BEGINNING}{}", random_hex()?)))
    }

    /// The token as text, for whoever is to use it and for nobody else.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("‹access token›")
    }
}

impl Control {
    /// Makes a token for a machine.
    pub async fn create_token(
        &self,
        username: &str,
        position: &Position,
        now: DateTime<Utc>,
        ends_at: DateTime<Utc>,
    ) -> Result<AccessToken, ControlError> {
        let shaped = (2..=64).contains(&username.len())
            && username.bytes().all(|b| {
                b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'_' | b'-')
            });
        if !shaped {
            return Err(ControlError::Form {
                what: "the name of a machine",
                wanted: "has 2 to 64 lower-case letters, digits, `.`, `_` or `-`",
            });
        }
        let token = AccessToken::new()?;
        sqlx::query(
            "INSERT INTO access_tokens (token_digest, username, role, organisation, created_at, ends_at)
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(digest(token.reveal()))
        .bind(username)
        .bind(position.role.as_str())
        .bind(position.organisation.as_str())
        .bind(to_millis(now))
        .bind(to_millis(ends_at))
        .execute(&self.pool)
        .await?;
        Ok(token)
    }

    /// Ends every token of a machine, and says how many there were.
    pub async fn revoke_tokens(&self, username: &str) -> Result<u64, ControlError> {
        Ok(sqlx::query("DELETE FROM access_tokens WHERE username = $1")
            .bind(username)
            .execute(&self.pool)
            .await?
            .rows_affected())
    }

    /// Who a token stands for; `None` where it is not one, has ended, or its account is disabled.
    pub async fn session_of_token(
        &self,
        token: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<Session>, ControlError> {
        if !token.starts_with(BEGINNING) || token.len() > 100 {
            return Ok(None);
        }
        let rows = sqlx::query(
            "SELECT t.username, t.role, t.organisation, t.ends_at FROM access_tokens t
             LEFT JOIN accounts a ON a.username = t.username
             LEFT JOIN machines m ON m.client_id = t.username
             WHERE t.token_digest = $1 AND t.ends_at > $2 AND a.disabled_at IS NULL
                 AND m.disabled_at IS NULL AND NOT EXISTS
                 (SELECT 1 FROM suspensions x WHERE x.kind = 'person' AND x.subject = t.username AND x.lifted_at IS NULL)",
        )
        .bind(digest(token))
        .bind(to_millis(now))
        .fetch_all(&self.pool)
        .await?;
        let Some(row) = first(rows) else {
            return Ok(None);
        };
        let row = Read(&row);
        let username = row.text("username")?;
        Session::of_token(username, position(&row)?, row.moment("ends_at")?).map(Some)
    }
}
