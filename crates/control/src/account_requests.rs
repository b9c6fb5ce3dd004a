//! What a second person decides about an account: a role that sees people's data, and a second factor that is to be
//! taken away. Nobody decides what they asked for, nor anything about themselves; the database checks it once more.

use crate::{
    Control, ControlError, Position, Role,
    accounts::{hold, plain},
    row::{Read, first},
    second_factor::take_second_factor,
    secret::random_hex,
    time::to_millis,
    words::words,
};
use chrono::{DateTime, TimeDelta, Utc};

/// How long a request waits before it counts for nothing.
const WAITS: TimeDelta = TimeDelta::days(14);

words! {
    /// What is asked for.
    pub enum RequestKind {
        /// A role in an organisation.
        GiveRole = "give_role",
        /// To take a second factor away, since its owner has lost it.
        ResetSecondFactor = "reset_second_factor",
    }
}

words! {
    /// What became of a request.
    pub enum RequestState {
        /// Nobody has decided.
        Waiting = "waiting",
        /// It was approved, and done in the same moment.
        Approved = "approved",
        /// It was refused.
        Refused = "refused",
        /// Whoever asked took it back.
        Withdrawn = "withdrawn",
    }
}

/// A request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountRequest {
    /// Its id.
    pub id: String,
    /// What is asked for.
    pub kind: RequestKind,
    /// Whose account it is about.
    pub username: String,
    /// The role that is to be given.
    pub position: Option<Position>,
    /// Why, in the words of whoever asked.
    pub reason: String,
    /// Who asked.
    pub asked_by: String,
    /// When.
    pub asked_at: DateTime<Utc>,
    /// What became of it.
    pub state: RequestState,
    /// Who decided.
    pub decided_by: Option<String>,
    /// When.
    pub decided_at: Option<DateTime<Utc>>,
}

/// A request to be made.
#[derive(Debug, Clone)]
pub struct NewRequest {
    /// Whose account it is about.
    pub username: String,
    /// The role that is to be given; `None` to take the second factor away.
    pub position: Option<Position>,
    /// Why.
    pub reason: String,
    /// Who asks.
    pub asked_by: String,
}

/// Why a request is not made or not decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RequestRefusal {
    /// Somebody asks or decides about themselves.
    #[error("nobody changes their own account; ask somebody else")]
    OwnAccount,
    /// Whoever asked wants to decide.
    #[error("whoever asked cannot decide; somebody else has to")]
    OwnRequest,
    /// It was decided, taken back, or is too old.
    #[error("the request no longer waits")]
    NotWaiting,
    /// The same is waiting already.
    #[error("the same request is waiting already")]
    AskedAlready,
}

impl Control {
    /// Makes a request. The outer error is a fault, the inner one a no.
    pub async fn ask_for_account(
        &self,
        new: &NewRequest,
        now: DateTime<Utc>,
    ) -> Result<Result<String, RequestRefusal>, ControlError> {
        let username = self.known(&new.username).await?;
        let asked_by = plain(&new.asked_by);
        if username == asked_by {
            return Ok(Err(RequestRefusal::OwnAccount));
        }
        let reason = new.reason.trim();
        if reason.is_empty() || reason.chars().count() > 500 || reason.chars().any(char::is_control)
        {
            return Err(ControlError::Form {
                what: "a reason",
                wanted: "has 1 to 500 characters in one line",
            });
        }
        let kind = match new.position {
            Some(_) => RequestKind::GiveRole,
            None => RequestKind::ResetSecondFactor,
        };
        let role = new.position.as_ref().map(|p| p.role.as_str());
        let organisation = new.position.as_ref().map(|p| p.organisation.as_str());
        let id: String = random_hex()?.chars().take(20).collect();
        let mut all = self.write().await?;
        let made = sqlx::query(
            "INSERT INTO account_requests
                 (id, kind, username, role, organisation, reason, asked_by, asked_at, state)
             SELECT $1, $2, $3, $4, $5, $6, $7, $8, 'waiting'
             WHERE NOT EXISTS (SELECT 1 FROM account_requests r WHERE r.kind = $2
                 AND r.username = $3 AND r.state = 'waiting' AND r.asked_at > $9
                 AND COALESCE(r.role, '') = COALESCE($4, '')
                 AND COALESCE(r.organisation, '') = COALESCE($5, ''))",
        )
        .bind(&id)
        .bind(kind.as_str())
        .bind(&username)
        .bind(role)
        .bind(organisation)
        .bind(reason)
        .bind(&asked_by)
        .bind(to_millis(now))
        .bind(to_millis(now - WAITS))
        .execute(&mut *all)
        .await?
        .rows_affected();
        all.commit().await?;
        Ok(if made == 1 {
            Ok(id)
        } else {
            Err(RequestRefusal::AskedAlready)
        })
    }

    /// Decides a request, and does what was asked for where it is approved, in one write.
    pub async fn decide_account_request(
        &self,
        id: &str,
        by: &str,
        approve: bool,
        now: DateTime<Utc>,
    ) -> Result<Result<AccountRequest, RequestRefusal>, ControlError> {
        let by = plain(by);
        let Some(request) = self.account_request(id).await? else {
            return Ok(Err(RequestRefusal::NotWaiting));
        };
        if request.username == by {
            return Ok(Err(RequestRefusal::OwnAccount));
        }
        if request.asked_by == by {
            return Ok(Err(RequestRefusal::OwnRequest));
        }
        let state = if approve {
            RequestState::Approved
        } else {
            RequestState::Refused
        };
        let mut all = self.write().await?;
        let decided = sqlx::query(
            "UPDATE account_requests SET state = $2, decided_by = $3, decided_at = $4
             WHERE id = $1 AND state = 'waiting' AND asked_at > $5
                 AND asked_by <> $3 AND username <> $3",
        )
        .bind(id)
        .bind(state.as_str())
        .bind(&by)
        .bind(to_millis(now))
        .bind(to_millis(now - WAITS))
        .execute(&mut *all)
        .await?
        .rows_affected();
        if decided != 1 {
            return Ok(Err(RequestRefusal::NotWaiting));
        }
        if approve {
            match &request.position {
                Some(position) => {
                    hold(&mut all, &request.username, std::slice::from_ref(position)).await?;
                }
                None => {
                    take_second_factor(&mut all, &request.username).await?;
                }
            }
        }
        all.commit().await?;
        Ok(Ok(AccountRequest {
            state,
            decided_by: Some(by),
            decided_at: Some(now),
            ..request
        }))
    }

    /// Takes a request back that somebody made. Says whether it was waiting.
    pub async fn withdraw_account_request(
        &self,
        id: &str,
        by: &str,
        now: DateTime<Utc>,
    ) -> Result<bool, ControlError> {
        let changed = sqlx::query(
            "UPDATE account_requests SET state = 'withdrawn', decided_at = $3
             WHERE id = $1 AND asked_by = $2 AND state = 'waiting'",
        )
        .bind(id)
        .bind(plain(by))
        .bind(to_millis(now))
        .execute(&self.pool)
        .await?
        .rows_affected();
        Ok(changed == 1)
    }

    /// One request.
    pub async fn account_request(&self, id: &str) -> Result<Option<AccountRequest>, ControlError> {
        let rows = sqlx::query("SELECT * FROM account_requests WHERE id = $1")
            .bind(id)
            .fetch_all(&self.pool)
            .await?;
        first(rows).map(|row| read(&Read(&row))).transpose()
    }

    /// The requests that wait, the oldest first.
    pub async fn waiting_account_requests(
        &self,
        now: DateTime<Utc>,
    ) -> Result<Vec<AccountRequest>, ControlError> {
        let rows = sqlx::query(
            "SELECT * FROM account_requests WHERE state = 'waiting' AND asked_at > $1
             ORDER BY asked_at, id LIMIT 500",
        )
        .bind(to_millis(now - WAITS))
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(|row| read(&Read(row))).collect()
    }

    /// The requests about one person, the latest first.
    pub async fn account_requests_about(
        &self,
        username: &str,
    ) -> Result<Vec<AccountRequest>, ControlError> {
        let rows = sqlx::query(
            "SELECT * FROM account_requests WHERE username = $1 ORDER BY asked_at DESC, id LIMIT 100",
        )
        .bind(plain(username))
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(|row| read(&Read(row))).collect()
    }
}

fn read(row: &Read<'_>) -> Result<AccountRequest, ControlError> {
    let kind = row.word("kind", RequestKind::from_word)?;
    let position = match kind {
        RequestKind::GiveRole => Some(Position {
            role: row.word("role", Role::from_word)?,
            organisation: row.organisation("organisation")?,
        }),
        RequestKind::ResetSecondFactor => None,
    };
    Ok(AccountRequest {
        id: row.text("id")?,
        kind,
        username: row.text("username")?,
        position,
        reason: row.text("reason")?,
        asked_by: row.text("asked_by")?,
        asked_at: row.moment("asked_at")?,
        state: row.word("state", RequestState::from_word)?,
        decided_by: row.text_if_any("decided_by")?,
        decided_at: row.moment_if_any("decided_at")?,
    })
}
