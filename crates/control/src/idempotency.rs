//! Idempotency keys: a request that is sent twice with one key is done once, and answered alike.

use crate::{
    Control, ControlError,
    row::{Read, first},
    time::to_millis,
};
use chrono::{DateTime, Utc};

/// What is known of a request's key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IdempotencyKey {
    /// Not seen before: do the work, then keep the answer.
    New,
    /// The same request is under way, or was interrupted before it had an answer. Work that can be
    /// done twice without harm may be done again.
    Unanswered,
    /// The same request was answered: give this answer again.
    Answered(String),
    /// The key was used for another request: refuse.
    OtherRequest,
}

impl Control {
    /// Claims a key within a scope, such as an account. The digest says which request it stands for.
    pub async fn claim_key(
        &self,
        scope: &str,
        key: &str,
        request_digest: &str,
        now: DateTime<Utc>,
    ) -> Result<IdempotencyKey, ControlError> {
        if key.is_empty() || key.len() > 200 {
            return Err(ControlError::Form {
                what: "an idempotency key",
                wanted: "has 1 to 200 bytes",
            });
        }
        let made = sqlx::query(
            "INSERT INTO idempotency_keys (scope, idempotency_key, request_digest, created_at)
             VALUES ($1, $2, $3, $4) ON CONFLICT (scope, idempotency_key) DO NOTHING",
        )
        .bind(scope)
        .bind(key)
        .bind(request_digest)
        .bind(to_millis(now))
        .execute(&self.pool)
        .await?
        .rows_affected();
        if made == 1 {
            return Ok(IdempotencyKey::New);
        }
        let rows = sqlx::query(
            "SELECT request_digest, answer FROM idempotency_keys
             WHERE scope = $1 AND idempotency_key = $2",
        )
        .bind(scope)
        .bind(key)
        .fetch_all(&self.pool)
        .await?;
        // Tidied away in between: then nobody remembers it, and the work is new.
        let Some(row) = first(rows) else {
            return Ok(IdempotencyKey::New);
        };
        let row = Read(&row);
        if row.text("request_digest")? != request_digest {
            return Ok(IdempotencyKey::OtherRequest);
        }
        Ok(match row.text_if_any("answer")? {
            Some(answer) => IdempotencyKey::Answered(answer),
            None => IdempotencyKey::Unanswered,
        })
    }

    /// Keeps the answer of a claimed key. The first answer stands.
    pub async fn answer_key(
        &self,
        scope: &str,
        key: &str,
        answer: &str,
    ) -> Result<(), ControlError> {
        sqlx::query(
            "UPDATE idempotency_keys SET answer = $3
             WHERE scope = $1 AND idempotency_key = $2 AND answer IS NULL",
        )
        .bind(scope)
        .bind(key)
        .bind(answer)
        .execute(&self.pool)
        .await?;
        Ok(())
    }
}
