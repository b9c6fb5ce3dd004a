//! Signing in: the same answer and about the same time whether or not there is such an account.

use crate::{
    AccountKey, Assurance, Control, ControlError, Password, SessionToken, SignedIn,
    accounts::plain,
    row::{Read, first, kept},
    secret::digest,
    time::{length_in_millis, to_millis},
};
use chrono::{DateTime, Utc};
use std::time::Duration;

/// How long a right password waits for its code.
const CODE_WITHIN: Duration = Duration::from_mins(5);

/// Where signing in has come to.
#[derive(Debug)]
pub enum SignInStep {
    /// All the way.
    In(Box<SignedIn>),
    /// The password was right, and a code of the second factor is still to come. The token stands for this sign-in
    /// alone, and opens nothing.
    Code(SessionToken),
}

impl SignInStep {
    /// Whoever is in.
    pub fn signed_in(self) -> Option<SignedIn> {
        match self {
            Self::In(signed_in) => Some(*signed_in),
            Self::Code(_) => None,
        }
    }
}

/// How signing in and sessions are limited.
#[derive(Debug, Clone, Copy)]
pub struct SignInRules {
    /// How many failures in a row lock a name.
    pub failures_until_locked: u64,
    /// How long a name stays locked, and after how long failures are forgotten.
    pub locked_for: Duration,
    /// How many tries a minute the whole service takes, whatever their names.
    pub tries_a_minute: u64,
    /// How long a session lasts without being used.
    pub idle: Duration,
    /// How long a session lasts at most.
    pub at_most: Duration,
}

impl Default for SignInRules {
    fn default() -> Self {
        Self {
            failures_until_locked: 5,
            locked_for: Duration::from_mins(15),
            tries_a_minute: 120,
            idle: Duration::from_mins(30),
            at_most: Duration::from_hours(12),
        }
    }
}

/// Why someone may not sign in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignInRefusal {
    /// No account with this name and password, or it is disabled.
    #[error("the user name or the password is not right")]
    WrongNameOrPassword,
    /// The code is not of this moment, was used before, or is none.
    #[error("the code is not right, or was used before")]
    WrongCode,
    /// The code did not come in time.
    #[error("the sign-in took too long; begin again")]
    TooSlow,
    /// Too many failures with this name, whether or not there is such an account.
    #[error("too many failed tries with this user name; it is locked until {}", until.format("%-I:%M%P UTC"))]
    Locked { until: DateTime<Utc> },
    /// Too many tries on the whole service.
    #[error("too many people are trying to sign in; try again after {}", after.format("%-I:%M%P UTC"))]
    Busy { after: DateTime<Utc> },
}

/// Why signing in did not happen: refused, or not possible.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// Refused.
    #[error(transparent)]
    Refused(#[from] SignInRefusal),
    /// Not possible.
    #[error(transparent)]
    Control(#[from] ControlError),
}

impl From<sqlx::Error> for SignInError {
    fn from(e: sqlx::Error) -> Self {
        Self::Control(e.into())
    }
}

impl Control {
    /// Signs someone in, in the first of their positions, or as far as their second factor. The token in the
    /// answer is given out here and never again.
    pub async fn sign_in(
        &self,
        username: &str,
        password: &Password,
        now: DateTime<Utc>,
    ) -> Result<SignInStep, SignInError> {
        self.count_sign_in(now).await?;
        let username = plain(username);
        // Counted as a failure before the password is looked at: many tries at once must not all
        // find the name unlocked.
        let locked_until = self.count_failure(&username, now).await?;
        let rows = sqlx::query(
            "SELECT password_hash FROM accounts WHERE username = $1 AND disabled_at IS NULL AND NOT EXISTS
                 (SELECT 1 FROM suspensions x WHERE x.kind = 'person' AND x.subject = $1 AND x.lifted_at IS NULL)",
        )
        .bind(&username)
        .fetch_all(&self.pool)
        .await?;
        let hash = match first(rows) {
            // Somebody who was invited, or comes from elsewhere, has no password here.
            Some(row) => Some(Read(&row).text("password_hash")?).filter(|hash| !hash.is_empty()),
            None => None,
        };
        let matches = self.passwords.matches(password, hash).await?;
        if let Some(until) = locked_until {
            return Err(SignInRefusal::Locked { until }.into());
        }
        if !matches {
            return Err(SignInRefusal::WrongNameOrPassword.into());
        }
        if self.second_factor(&username).await?.is_some() {
            // Failures stay counted until the code is right: a known password must not buy more tries.
            return Ok(SignInStep::Code(
                self.begin_code_step(&username, now).await?,
            ));
        }
        let signed_in = self
            .start_session(&username, Assurance::One, None, now)
            .await?;
        let Some(signed_in) = signed_in else {
            // Someone whose every position was taken away has nothing to sign in to.
            return Err(SignInRefusal::WrongNameOrPassword.into());
        };
        self.unlock(&username).await?;
        Ok(SignInStep::In(Box::new(signed_in)))
    }

    /// Finishes a sign-in with a code of the second factor, or with a recovery code.
    pub async fn finish_sign_in(
        &self,
        step: &SessionToken,
        typed: &str,
        key: &AccountKey,
        now: DateTime<Utc>,
    ) -> Result<SignedIn, SignInError> {
        self.count_sign_in(now).await?;
        let since = to_millis(now).saturating_sub(length_in_millis(CODE_WITHIN));
        let rows = sqlx::query(
            "SELECT s.username FROM sign_in_steps s
             JOIN accounts a ON a.username = s.username AND a.disabled_at IS NULL
             WHERE s.token_digest = $1 AND s.created_at > $2",
        )
        .bind(digest(step.reveal()))
        .bind(since)
        .fetch_all(&self.pool)
        .await?;
        let Some(row) = first(rows) else {
            return Err(SignInRefusal::TooSlow.into());
        };
        let username = Read(&row).text("username")?;
        if let Some(until) = self.count_failure(&username, now).await? {
            return Err(SignInRefusal::Locked { until }.into());
        }
        if !self.code_counts(&username, typed, key, now).await? {
            return Err(SignInRefusal::WrongCode.into());
        }
        let ended = sqlx::query("DELETE FROM sign_in_steps WHERE token_digest = $1")
            .bind(digest(step.reveal()))
            .execute(&self.pool)
            .await?
            .rows_affected();
        if ended != 1 {
            return Err(SignInRefusal::TooSlow.into());
        }
        let signed_in = self
            .start_session(&username, Assurance::Two, None, now)
            .await?;
        let Some(signed_in) = signed_in else {
            return Err(SignInRefusal::WrongNameOrPassword.into());
        };
        self.unlock(&username).await?;
        Ok(signed_in)
    }

    /// Whose sign-in waits for a code; `None` where none does.
    pub async fn sign_in_step(
        &self,
        step: &SessionToken,
        now: DateTime<Utc>,
    ) -> Result<Option<String>, ControlError> {
        let since = to_millis(now).saturating_sub(length_in_millis(CODE_WITHIN));
        let rows = sqlx::query(
            "SELECT username FROM sign_in_steps WHERE token_digest = $1 AND created_at > $2",
        )
        .bind(digest(step.reveal()))
        .bind(since)
        .fetch_all(&self.pool)
        .await?;
        first(rows)
            .map(|row| Read(&row).text("username"))
            .transpose()
    }

    async fn begin_code_step(
        &self,
        username: &str,
        now: DateTime<Utc>,
    ) -> Result<SessionToken, ControlError> {
        let token = SessionToken::new()?;
        sqlx::query(
            "INSERT INTO sign_in_steps (token_digest, username, created_at) VALUES ($1, $2, $3)",
        )
        .bind(digest(token.reveal()))
        .bind(username)
        .bind(to_millis(now))
        .execute(&self.pool)
        .await?;
        Ok(token)
    }

    /// Counts one try of the whole service.
    async fn count_sign_in(&self, now: DateTime<Utc>) -> Result<(), SignInError> {
        let minute = Duration::from_mins(1);
        let limit = self.rules.tries_a_minute;
        match self.count_try("sign in", limit, minute, now).await? {
            Some(after) => Err(SignInRefusal::Busy { after }.into()),
            None => Ok(()),
        }
    }

    /// Lets a name be tried again at once.
    pub async fn unlock(&self, username: &str) -> Result<(), ControlError> {
        sqlx::query("DELETE FROM failed_sign_ins WHERE name_digest = $1")
            .bind(digest(&plain(username)))
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Counts a failure with a name, and says until when the name is locked if it is. A locked name
    /// is not locked for longer by further tries.
    async fn count_failure(
        &self,
        username: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<DateTime<Utc>>, ControlError> {
        let length = length_in_millis(self.rules.locked_for);
        let allowed = kept(self.rules.failures_until_locked, "failures_until_locked")?;
        let now = to_millis(now);
        let rows = sqlx::query(
            "INSERT INTO failed_sign_ins (name_digest, failures, last_counted_at)
             VALUES ($1, 1, $2)
             ON CONFLICT (name_digest) DO UPDATE SET
                 failures = CASE WHEN failed_sign_ins.last_counted_at <= $3 THEN 1
                     ELSE failed_sign_ins.failures + 1 END,
                 last_counted_at = CASE WHEN failed_sign_ins.last_counted_at <= $3 THEN $2
                     WHEN failed_sign_ins.failures < $4 THEN $2
                     ELSE failed_sign_ins.last_counted_at END
             RETURNING failures, last_counted_at",
        )
        .bind(digest(username))
        .bind(now)
        .bind(now.saturating_sub(length))
        .bind(allowed)
        .fetch_all(&self.pool)
        .await?;
        let row = first(rows).ok_or(sqlx::Error::RowNotFound)?;
        let row = Read(&row);
        if row.number("failures")? <= allowed {
            return Ok(None);
        }
        let until = row.number("last_counted_at")?.saturating_add(length);
        crate::time::from_millis(until, "last_counted_at").map(Some)
    }
}
