//! People who come through a provider: who of the provider is who here, and sign-ins that are under way there.
//!
//! What a provider said is verified before it comes here.

use crate::{
    Assurance, Control, ControlError, Position, SignedIn,
    accounts::{form_of_names, hold, insert, plain, touch},
    row::{Read, first},
    secret::{digest, same},
    time::{length_in_millis, to_millis},
};
use chrono::{DateTime, Utc};
use std::{collections::BTreeSet, time::Duration};

/// How long somebody may take at the provider.
const AWAY: Duration = Duration::from_mins(15);

/// A sign-in that is under way at a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderStep {
    /// The provider.
    pub provider: String,
    /// What the provider has to put into its answer about the person.
    pub nonce: String,
    /// What proves that the answer is fetched by whoever asked.
    pub verifier: String,
    /// Where to go afterwards.
    pub next: Option<String>,
}

/// Somebody who has come back from a provider, as it vouches for them.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// The provider.
    pub provider: String,
    /// What names the person there, for good.
    pub subject: String,
    /// The name to sign in with here, where the account is still to be made.
    pub username: String,
    /// The name to show.
    pub display_name: String,
    /// The roles that the provider's words amount to; `None` where roles are given here.
    pub positions: Option<Vec<Position>>,
    /// How sure the provider is.
    pub assurance: Assurance,
}

/// Why somebody who has come back is not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ArrivalRefusal {
    /// Nothing that the provider says of them amounts to a role here.
    #[error("nothing that the provider says amounts to a role here")]
    NoRole,
    /// The account is disabled.
    #[error("the account is disabled")]
    Disabled,
    /// An account of that name is somebody else's.
    #[error("an account of that name is there already")]
    NameTaken,
}

impl Control {
    /// Notes that somebody goes to a provider: `state` comes back with them, `browser` stays with their browser.
    pub async fn begin_provider_sign_in(
        &self,
        state: &str,
        browser: &str,
        step: &ProviderStep,
        now: DateTime<Utc>,
    ) -> Result<(), ControlError> {
        sqlx::query(
            "INSERT INTO provider_sign_ins
                 (state_digest, browser_digest, provider, nonce, verifier, next, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(digest(state))
        .bind(digest(browser))
        .bind(&step.provider)
        .bind(&step.nonce)
        .bind(&step.verifier)
        .bind(step.next.as_deref())
        .bind(to_millis(now))
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// The sign-in that somebody comes back from, and with that its end: it counts once. `None` where there is none of
    /// that state, it took too long, or it was begun in another browser.
    pub async fn take_provider_sign_in(
        &self,
        state: &str,
        browser: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<ProviderStep>, ControlError> {
        let rows = sqlx::query(
            "DELETE FROM provider_sign_ins WHERE state_digest = $1 AND created_at > $2
             RETURNING browser_digest, provider, nonce, verifier, next",
        )
        .bind(digest(state))
        .bind(to_millis(now).saturating_sub(length_in_millis(AWAY)))
        .fetch_all(&self.pool)
        .await?;
        let Some(row) = first(rows) else {
            return Ok(None);
        };
        let row = Read(&row);
        if !same(&row.text("browser_digest")?, &digest(browser)) {
            return Ok(None);
        }
        Ok(Some(ProviderStep {
            provider: row.text("provider")?,
            nonce: row.text("nonce")?,
            verifier: row.text("verifier")?,
            next: row.text_if_any("next")?,
        }))
    }

    /// Signs somebody in for whom a provider vouches. The account is made at their first coming, and its name and roles
    /// follow what the provider says. The outer error is a fault, the inner one a no.
    pub async fn arrive(
        &self,
        arrival: &Arrival,
        now: DateTime<Utc>,
    ) -> Result<Result<SignedIn, ArrivalRefusal>, ControlError> {
        if arrival.positions.as_ref().is_some_and(Vec::is_empty) {
            // What they held here through this provider ends as well.
            if let Some(known) = self.identity(&arrival.provider, &arrival.subject).await? {
                self.set_positions(&known, &[]).await?;
            }
            return Ok(Err(ArrivalRefusal::NoRole));
        }
        let known = self.identity(&arrival.provider, &arrival.subject).await?;
        let username = match known {
            Some(username) => username,
            None => match self.first_arrival(arrival, now).await? {
                Ok(username) => username,
                Err(refusal) => return Ok(Err(refusal)),
            },
        };
        let account = self.account(&username).await?;
        let Some(account) = account.filter(|account| account.disabled_at.is_none()) else {
            return Ok(Err(ArrivalRefusal::Disabled));
        };
        if account.display_name != arrival.display_name
            && form_of_names(&username, &arrival.display_name).is_ok()
        {
            self.rename_account(&username, &arrival.display_name, now)
                .await?;
        }
        if let Some(positions) = &arrival.positions {
            let wanted: BTreeSet<&Position> = positions.iter().collect();
            if wanted != account.positions.iter().collect() {
                self.set_positions(&username, positions).await?;
            }
        }
        let signed_in = self
            .start_session(&username, arrival.assurance, Some(&arrival.provider), now)
            .await?;
        Ok(signed_in.ok_or(ArrivalRefusal::NoRole))
    }

    /// The provider through which somebody comes; `None` for an account of this place's own.
    pub async fn provider_of(&self, username: &str) -> Result<Option<String>, ControlError> {
        let rows = sqlx::query(
            "SELECT provider FROM identities WHERE username = $1 ORDER BY provider LIMIT 1",
        )
        .bind(plain(username))
        .fetch_all(&self.pool)
        .await?;
        first(rows)
            .map(|row| Read(&row).text("provider"))
            .transpose()
    }

    async fn identity(
        &self,
        provider: &str,
        subject: &str,
    ) -> Result<Option<String>, ControlError> {
        let rows =
            sqlx::query("SELECT username FROM identities WHERE provider = $1 AND subject = $2")
                .bind(provider)
                .bind(subject)
                .fetch_all(&self.pool)
                .await?;
        first(rows)
            .map(|row| Read(&row).text("username"))
            .transpose()
    }

    async fn first_arrival(
        &self,
        arrival: &Arrival,
        now: DateTime<Utc>,
    ) -> Result<Result<String, ArrivalRefusal>, ControlError> {
        let username = plain(&arrival.username);
        form_of_names(&username, &arrival.display_name)?;
        let mut all = self.write().await?;
        if !insert(&mut all, &username, arrival.display_name.trim(), "", now).await? {
            return Ok(Err(ArrivalRefusal::NameTaken));
        }
        sqlx::query(
            "INSERT INTO identities (provider, subject, username, created_at)
             VALUES ($1, $2, $3, $4)",
        )
        .bind(&arrival.provider)
        .bind(&arrival.subject)
        .bind(&username)
        .bind(to_millis(now))
        .execute(&mut *all)
        .await?;
        hold(
            &mut all,
            &username,
            arrival.positions.as_deref().unwrap_or_default(),
        )
        .await?;
        touch(&mut all, &username, now).await?;
        all.commit().await?;
        Ok(Ok(username))
    }
}
