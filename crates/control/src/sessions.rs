//! Sessions: a token that the browser holds, of which only the digest is kept.

use crate::{
    Assurance, Control, ControlError, PersonFacts, Position, SessionToken,
    accounts::{new_id, plain, position},
    row::{Read, first},
    secret::{digest, random_hex, same},
    time::{length_in_millis, to_millis},
};
use chrono::{DateTime, Utc};
use std::collections::BTreeSet;

/// Being seen is written down at most this often, so that reading pages does not mean writing. A
/// session can thus end up to a minute before its idle time is up, never after.
const SEEN_EVERY_MILLIS: i64 = 60_000;

/// Someone who has just signed in or changed position: the one moment at which the token is known.
#[derive(Debug)]
pub struct SignedIn {
    /// For the cookie.
    pub token: SessionToken,
    /// The session.
    pub session: Session,
}

/// Someone who is signed in, in one of their positions.
#[derive(Clone)]
pub struct Session {
    /// What names it; not its token. Empty for a program.
    pub id: String,
    /// The name that they signed in with.
    pub username: String,
    /// The name to show.
    pub display_name: String,
    /// The role and the organisation in which they act.
    pub position: Position,
    /// What else they could act as.
    pub positions: Vec<Position>,
    /// When it ends, at the latest.
    pub ends_at: DateTime<Utc>,
    /// When it ends if nothing is asked before; never later than `ends_at`.
    pub idle_ends_at: DateTime<Utc>,
    /// How sure it is who they are.
    pub assurance: Assurance,
    /// The provider through which they came; `None` for an account of this place's own, and for programs.
    pub provider: Option<String>,
    /// What is on record about them.
    pub facts: PersonFacts,
    /// Whether they are an invented person of a demonstration place.
    pub invented: bool,
    /// Whether it is a program, which shows a token.
    pub program: bool,
    /// The classes of data that it has opened, by their words.
    pub classes_open: BTreeSet<String>,
    csrf_secret: String,
}

/// A session as its own person sees it, in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenSession {
    /// What names it; not its token.
    pub id: String,
    /// The role and the organisation.
    pub position: Position,
    /// When it began.
    pub began_at: DateTime<Utc>,
    /// When it was last used, to the minute.
    pub seen_at: DateTime<Utc>,
    /// Whether it is the one that asks.
    pub this: bool,
}

impl Session {
    /// What goes into each form, so that another site cannot send one in this person's name.
    pub fn csrf_token(&self) -> &str {
        &self.csrf_secret
    }

    /// What a token stands for: nobody's browser holds it, so no form can come from it.
    pub(crate) fn of_token(
        username: String,
        position: Position,
        ends_at: DateTime<Utc>,
    ) -> Result<Self, ControlError> {
        Ok(Self {
            id: String::new(),
            classes_open: BTreeSet::new(),
            display_name: username.clone(),
            positions: vec![position.clone()],
            csrf_secret: random_hex()?,
            idle_ends_at: ends_at,
            assurance: Assurance::Two,
            provider: None,
            facts: PersonFacts::default(),
            invented: false,
            program: true,
            username,
            position,
            ends_at,
        })
    }

    /// Whether a form came from a page of this session.
    pub fn csrf_matches(&self, given: &str) -> bool {
        same(&self.csrf_secret, given)
    }
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session")
            .field("username", &self.username)
            .field("position", &self.position)
            .finish_non_exhaustive()
    }
}

impl Control {
    /// The session of a token: not signed out, not expired, of an account that is not disabled, in a
    /// position that it still holds. `None` otherwise.
    pub async fn session(
        &self,
        token: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<Session>, ControlError> {
        let now = to_millis(now);
        let token_digest = digest(token);
        let rows = sqlx::query(
            "SELECT s.id, s.username, s.csrf_secret, s.role, s.organisation, s.created_at, s.seen_at,
                 s.assurance, s.provider, s.classes_open, a.display_name, a.invented
             FROM sessions s
             JOIN accounts a ON a.username = s.username AND a.disabled_at IS NULL AND NOT EXISTS
                 (SELECT 1 FROM suspensions x WHERE x.kind = 'person' AND x.subject = a.username AND x.lifted_at IS NULL)
             JOIN positions p ON p.username = s.username AND p.role = s.role
                 AND p.organisation = s.organisation
             WHERE s.token_digest = $1 AND s.seen_at > $2 AND s.created_at > $3",
        )
        .bind(&token_digest)
        .bind(self.idle_since(now))
        .bind(self.oldest_start(now))
        .fetch_all(&self.pool)
        .await?;
        let Some(row) = first(rows) else {
            return Ok(None);
        };
        let mut session = self.read_session(&Read(&row)).await?;
        let mut seen_at = Read(&row).number("seen_at")?;
        if seen_at <= now.saturating_sub(SEEN_EVERY_MILLIS) {
            seen_at = now;
            sqlx::query(
                "UPDATE sessions SET seen_at = $2 WHERE token_digest = $1 AND seen_at < $2",
            )
            .bind(&token_digest)
            .bind(now)
            .execute(&self.pool)
            .await?;
        }
        let idle = seen_at.saturating_add(length_in_millis(self.rules.idle));
        session.idle_ends_at = crate::time::from_millis(idle, "seen_at")?.min(session.ends_at);
        Ok(Some(session))
    }

    /// The open sessions of whoever holds a token, the latest first.
    pub async fn open_sessions(
        &self,
        token: &str,
        now: DateTime<Utc>,
    ) -> Result<Vec<OpenSession>, ControlError> {
        let (now, token_digest) = (to_millis(now), digest(token));
        let rows = sqlx::query(
            "SELECT s.id, s.role, s.organisation, s.created_at, s.seen_at, s.token_digest
             FROM sessions s WHERE s.seen_at > $2 AND s.created_at > $3
                 AND s.username = (SELECT t.username FROM sessions t WHERE t.token_digest = $1)
             ORDER BY s.seen_at DESC, s.created_at DESC LIMIT 200",
        )
        .bind(&token_digest)
        .bind(self.idle_since(now))
        .bind(self.oldest_start(now))
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|row| {
                let row = Read(row);
                Ok(OpenSession {
                    id: row.text_if_any("id")?.unwrap_or_default(),
                    position: position(&row)?,
                    began_at: row.moment("created_at")?,
                    seen_at: row.moment("seen_at")?,
                    this: row.text("token_digest")? == token_digest,
                })
            })
            .collect()
    }

    /// Ends the other sessions of whoever holds a token: one of them by its id, or all. Says how many ended.
    pub async fn end_other_sessions(
        &self,
        token: &str,
        id: Option<&str>,
    ) -> Result<u64, ControlError> {
        Ok(sqlx::query(
            "DELETE FROM sessions WHERE token_digest <> $1
                 AND username = (SELECT t.username FROM sessions t WHERE t.token_digest = $1)
                 AND ($2 = '' OR id = $2)",
        )
        .bind(digest(token))
        .bind(id.unwrap_or_default())
        .execute(&self.pool)
        .await?
        .rows_affected())
    }

    /// Ends every session of an account, and says how many there were.
    pub async fn end_sessions_of(&self, username: &str) -> Result<u64, ControlError> {
        Ok(sqlx::query("DELETE FROM sessions WHERE username = $1")
            .bind(plain(username))
            .execute(&self.pool)
            .await?
            .rows_affected())
    }

    /// Lets a session count as one of two factors, once they were shown, under a new token. Its person's other
    /// sessions end: they were begun with one.
    pub async fn raise_session(
        &self,
        token: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<SignedIn>, ControlError> {
        self.end_other_sessions(token, None).await?;
        let new = SessionToken::new()?;
        let raised = sqlx::query(
            "UPDATE sessions SET token_digest = $2, csrf_secret = $3, assurance = 'aal2'
             WHERE token_digest = $1",
        )
        .bind(digest(token))
        .bind(digest(new.reveal()))
        .bind(random_hex()?)
        .execute(&self.pool)
        .await?
        .rows_affected();
        if raised == 0 {
            return Ok(None);
        }
        let session = self.session(new.reveal(), now).await?;
        Ok(session.map(|session| SignedIn {
            token: new,
            session,
        }))
    }

    /// Lets someone act in another of their positions, under a new token; the old one ends. `None`
    /// where the session is over or the position is not theirs.
    pub async fn change_position(
        &self,
        token: &str,
        position: &Position,
        now: DateTime<Utc>,
    ) -> Result<Option<SignedIn>, ControlError> {
        let new = SessionToken::new()?;
        let millis = to_millis(now);
        let changed = sqlx::query(
            "UPDATE sessions SET token_digest = $4, csrf_secret = $5, role = $6,
                 organisation = $7, seen_at = $8
             WHERE token_digest = $1 AND seen_at > $2 AND created_at > $3
                 AND EXISTS (SELECT 1 FROM positions p WHERE p.username = sessions.username
                     AND p.role = $6 AND p.organisation = $7)",
        )
        .bind(digest(token))
        .bind(self.idle_since(millis))
        .bind(self.oldest_start(millis))
        .bind(digest(new.reveal()))
        .bind(random_hex()?)
        .bind(position.role.as_str())
        .bind(position.organisation.as_str())
        .bind(millis)
        .execute(&self.pool)
        .await?
        .rows_affected();
        if changed == 0 {
            return Ok(None);
        }
        let session = self.session(new.reveal(), now).await?;
        Ok(session.map(|session| SignedIn {
            token: new,
            session,
        }))
    }

    /// Puts down that a session, by its id, opens a class of data. `false`, and nothing is put down, where it has opened
    /// one that may not stand beside it, or is over. Of two at once, the second is judged on what the first left behind.
    pub async fn open_class(
        &self,
        id: &str,
        class: &str,
        never_beside: &[&str],
    ) -> Result<bool, ControlError> {
        let mut all = self.write().await?;
        // Holds the row, so that nobody else reads what is about to change.
        sqlx::query("UPDATE sessions SET classes_open = classes_open WHERE id = $1")
            .bind(id)
            .execute(&mut *all)
            .await?;
        let rows = sqlx::query("SELECT classes_open FROM sessions WHERE id = $1")
            .bind(id)
            .fetch_all(&mut *all)
            .await?;
        let Some(row) = first(rows) else {
            return Ok(false);
        };
        let mut open = each_word(&Read(&row).text("classes_open")?);
        if never_beside.iter().any(|other| open.contains(*other)) {
            return Ok(false);
        }
        if open.insert(class.to_owned()) {
            let open: Vec<String> = open.into_iter().collect();
            sqlx::query("UPDATE sessions SET classes_open = $2 WHERE id = $1")
                .bind(id)
                .bind(open.join(" "))
                .execute(&mut *all)
                .await?;
        }
        all.commit().await?;
        Ok(true)
    }

    /// Ends a session. Ending one that is over is no mistake.
    pub async fn sign_out(&self, token: &str) -> Result<(), ControlError> {
        sqlx::query("DELETE FROM sessions WHERE token_digest = $1")
            .bind(digest(token))
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// A new session in the first position of an account; `None` where it has none.
    pub(crate) async fn start_session(
        &self,
        username: &str,
        assurance: Assurance,
        provider: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<Option<SignedIn>, ControlError> {
        let positions = self.positions(username).await?;
        let Some(position) = positions.first() else {
            return Ok(None);
        };
        let token = SessionToken::new()?;
        sqlx::query(
            "INSERT INTO sessions
                 (token_digest, username, csrf_secret, role, organisation, created_at, seen_at,
                  id, assurance, provider)
             VALUES ($1, $2, $3, $4, $5, $6, $6, $7, $8, $9)",
        )
        .bind(digest(token.reveal()))
        .bind(username)
        .bind(random_hex()?)
        .bind(position.role.as_str())
        .bind(position.organisation.as_str())
        .bind(to_millis(now))
        .bind(new_id()?)
        .bind(assurance.as_str())
        .bind(provider)
        .execute(&self.pool)
        .await?;
        let session = self.session(token.reveal(), now).await?;
        Ok(session.map(|session| SignedIn { token, session }))
    }

    /// Sessions that were last seen then or before are over.
    pub(crate) fn idle_since(&self, now: i64) -> i64 {
        now.saturating_sub(length_in_millis(self.rules.idle))
    }

    /// Sessions that began then or before are over.
    pub(crate) fn oldest_start(&self, now: i64) -> i64 {
        now.saturating_sub(length_in_millis(self.rules.at_most))
    }

    async fn read_session(&self, row: &Read<'_>) -> Result<Session, ControlError> {
        let username = row.text("username")?;
        let at_most = length_in_millis(self.rules.at_most);
        let ends_at = row.number("created_at")?.saturating_add(at_most);
        let ends_at = crate::time::from_millis(ends_at, "created_at")?;
        Ok(Session {
            positions: self.positions(&username).await?,
            facts: self.person_facts(&username).await?,
            assurance: row.word("assurance", Assurance::from_word)?,
            provider: row.text_if_any("provider")?,
            invented: row.number("invented")? != 0,
            program: false,
            id: row.text_if_any("id")?.unwrap_or_default(),
            classes_open: each_word(&row.text("classes_open")?),
            idle_ends_at: ends_at,
            display_name: row.text("display_name")?,
            position: position(row)?,
            ends_at,
            csrf_secret: row.text("csrf_secret")?,
            username,
        })
    }
}

/// The words of a line, each once.
fn each_word(line: &str) -> BTreeSet<String> {
    line.split_whitespace().map(str::to_owned).collect()
}
