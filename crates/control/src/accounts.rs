//! Accounts: who may sign in, and as what.

use crate::{
    Control, ControlError, Password, SuspendedKind,
    row::{Read, first},
    secret::random_hex,
    time::to_millis,
    words::words,
};
use chrono::{DateTime, Utc};
use model::OrganisationCode;
use serde::{Deserialize, Serialize};
use sqlx::{Any, Transaction};

words! {
    /// What someone does here.
    pub enum Role {
        /// Sends files for a council.
        Submitter = "submitter",
        /// Runs the pipeline.
        Operator = "operator",
        /// Asks questions of de-identified data.
        Analyst = "analyst",
        /// Checks what is to leave.
        Checker = "checker",
        /// Answers for information governance.
        IgLead = "ig_lead",
        /// A program that asks who somebody is, one person at a time.
        Tracer = "tracer",
        /// Keeps specifications, rules and mappings.
        DataSteward = "data_steward",
        /// Owns the information: approves, releases, suspends.
        AssetOwner = "asset_owner",
        /// Guards the confidentiality of people and approves the use of what could point at them.
        CaldicottGuardian = "caldicott_guardian",
        /// Keeps opt-outs, objections and requests of people about their own data.
        PrivacyOfficer = "privacy_officer",
        /// Keeps the keys, and sees no data.
        KeyCustodian = "key_custodian",
        /// Reads the audit log, and no data.
        Auditor = "auditor",
        /// Writes agreements, and sees no data.
        AgreementManager = "agreement_manager",
        /// Cares for a person: a professional with a legitimate relationship.
        Clinician = "clinician",
        /// Keeps accounts and roles, and sees no data.
        Administrator = "administrator",
    }
}

/// A role within an organisation. A session and every line of the audit log carry one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Position {
    /// The role.
    pub role: Role,
    /// The organisation.
    pub organisation: OrganisationCode,
}

/// An account to be made.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// The name to sign in with: 2 to 64 lower-case letters, digits, and any of `.` `_` `-` `@`.
    pub username: String,
    /// The name to show.
    pub display_name: String,
    /// At least one.
    pub positions: Vec<Position>,
    /// The first password.
    pub password: Password,
}

/// An account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The name to sign in with.
    pub username: String,
    /// The name to show.
    pub display_name: String,
    /// What it may do, and for whom.
    pub positions: Vec<Position>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Since when it cannot be used: because it was disabled, or because the person is suspended.
    pub disabled_at: Option<DateTime<Utc>>,
    /// What names it in addresses and to a directory.
    pub id: String,
    /// Whether it is of an invented person of a demonstration place, whom nobody asks for a second factor.
    pub invented: bool,
    /// Grows with each change.
    pub version: u64,
    /// When it was last changed.
    pub changed_at: DateTime<Utc>,
}

impl Control {
    /// Makes an account. `false` where the name is taken: that account stays as it is.
    pub async fn create_account(
        &self,
        account: &NewAccount,
        now: DateTime<Utc>,
    ) -> Result<bool, ControlError> {
        let username = form_of(account)?;
        if self.account(&username).await?.is_some() {
            return Ok(false);
        }
        let hash = self.passwords.hash(&account.password).await?;
        let mut all = self.write().await?;
        let made = insert(&mut all, &username, &account.display_name, &hash, now).await?;
        if made {
            hold(&mut all, &username, &account.positions).await?;
        }
        all.commit().await?;
        Ok(made)
    }

    /// Makes an account without a password, for somebody who is invited or comes from elsewhere. It may have no
    /// position yet. `false` where the name is taken.
    pub async fn create_account_without_password(
        &self,
        username: &str,
        display_name: &str,
        positions: &[Position],
        now: DateTime<Utc>,
    ) -> Result<bool, ControlError> {
        let username = plain(username);
        form_of_names(&username, display_name)?;
        let mut all = self.write().await?;
        let made = insert(&mut all, &username, display_name.trim(), "", now).await?;
        if made {
            hold(&mut all, &username, positions).await?;
        }
        all.commit().await?;
        Ok(made)
    }

    /// Marks an account as of an invented person, whom nobody asks for a second factor. There is no way back.
    pub async fn mark_invented(&self, username: &str) -> Result<(), ControlError> {
        let username = self.known(username).await?;
        sqlx::query("UPDATE accounts SET invented = 1 WHERE username = $1")
            .bind(&username)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Whether there is an invented person here.
    pub async fn has_invented_people(&self) -> Result<bool, ControlError> {
        let rows = sqlx::query("SELECT username FROM accounts WHERE invented = 1 LIMIT 1")
            .fetch_all(&self.pool)
            .await?;
        Ok(!rows.is_empty())
    }

    /// An account by its id.
    pub async fn account_by_id(&self, id: &str) -> Result<Option<Account>, ControlError> {
        let row = sqlx::query("SELECT * FROM accounts WHERE id = $1")
            .bind(id)
            .fetch_all(&self.pool)
            .await?;
        match first(row) {
            Some(row) => Ok(Some(self.read_account(&Read(&row)).await?)),
            None => Ok(None),
        }
    }

    /// Gives one position more. Says whether it was new.
    pub async fn give_position(
        &self,
        username: &str,
        position: &Position,
        now: DateTime<Utc>,
    ) -> Result<bool, ControlError> {
        let username = self.known(username).await?;
        let mut all = self.write().await?;
        let before = held(&mut all, &username, position).await?;
        hold(&mut all, &username, std::slice::from_ref(position)).await?;
        touch(&mut all, &username, now).await?;
        all.commit().await?;
        Ok(!before)
    }

    /// Takes one position away. Sessions in it end at once. Says whether it was there.
    pub async fn take_position(
        &self,
        username: &str,
        position: &Position,
        now: DateTime<Utc>,
    ) -> Result<bool, ControlError> {
        let username = self.known(username).await?;
        let mut all = self.write().await?;
        let gone = sqlx::query(
            "DELETE FROM positions WHERE username = $1 AND role = $2 AND organisation = $3",
        )
        .bind(&username)
        .bind(position.role.as_str())
        .bind(position.organisation.as_str())
        .execute(&mut *all)
        .await?
        .rows_affected();
        sqlx::query("DELETE FROM sessions WHERE username = $1 AND role = $2 AND organisation = $3")
            .bind(&username)
            .bind(position.role.as_str())
            .bind(position.organisation.as_str())
            .execute(&mut *all)
            .await?;
        touch(&mut all, &username, now).await?;
        all.commit().await?;
        Ok(gone > 0)
    }

    /// Gives an account another name to show.
    pub async fn rename_account(
        &self,
        username: &str,
        display_name: &str,
        now: DateTime<Utc>,
    ) -> Result<(), ControlError> {
        let username = self.known(username).await?;
        form_of_names(&username, display_name)?;
        let mut all = self.write().await?;
        sqlx::query("UPDATE accounts SET display_name = $2 WHERE username = $1")
            .bind(&username)
            .bind(display_name.trim())
            .execute(&mut *all)
            .await?;
        touch(&mut all, &username, now).await?;
        all.commit().await?;
        Ok(())
    }

    /// Makes those accounts of a list that are not there yet, and says how many that were.
    pub async fn create_accounts(
        &self,
        accounts: &[NewAccount],
        now: DateTime<Utc>,
    ) -> Result<usize, ControlError> {
        let mut made = 0;
        for account in accounts {
            made += usize::from(self.create_account(account, now).await?);
        }
        Ok(made)
    }

    /// An account by its name.
    pub async fn account(&self, username: &str) -> Result<Option<Account>, ControlError> {
        let row = sqlx::query("SELECT * FROM accounts WHERE username = $1")
            .bind(plain(username))
            .fetch_all(&self.pool)
            .await?;
        match first(row) {
            Some(row) => Ok(Some(self.read_account(&Read(&row)).await?)),
            None => Ok(None),
        }
    }

    /// All accounts, by name.
    pub async fn accounts(&self) -> Result<Vec<Account>, ControlError> {
        let rows = sqlx::query("SELECT * FROM accounts ORDER BY username")
            .fetch_all(&self.pool)
            .await?;
        let mut accounts = Vec::with_capacity(rows.len());
        for row in &rows {
            accounts.push(self.read_account(&Read(row)).await?);
        }
        Ok(accounts)
    }

    /// Gives an account these positions and no others. Sessions in a position that is gone end at once.
    pub async fn set_positions(
        &self,
        username: &str,
        positions: &[Position],
    ) -> Result<(), ControlError> {
        let username = self.known(username).await?;
        let mut all = self.write().await?;
        sqlx::query("DELETE FROM positions WHERE username = $1")
            .bind(&username)
            .execute(&mut *all)
            .await?;
        hold(&mut all, &username, positions).await?;
        all.commit().await?;
        Ok(())
    }

    /// Sets another password and ends every session of the account.
    pub async fn set_password(
        &self,
        username: &str,
        password: &Password,
    ) -> Result<(), ControlError> {
        let username = self.known(username).await?;
        let hash = self.passwords.hash(password).await?;
        let mut all = self.write().await?;
        sqlx::query("UPDATE accounts SET password_hash = $2 WHERE username = $1")
            .bind(&username)
            .bind(hash)
            .execute(&mut *all)
            .await?;
        end_sessions(&mut all, &username).await?;
        all.commit().await?;
        Ok(())
    }

    /// Stops an account from being used, at once.
    pub async fn disable_account(
        &self,
        username: &str,
        now: DateTime<Utc>,
    ) -> Result<(), ControlError> {
        let username = self.known(username).await?;
        let mut all = self.write().await?;
        sqlx::query(
            "UPDATE accounts SET disabled_at = $2 WHERE username = $1 AND disabled_at IS NULL",
        )
        .bind(&username)
        .bind(to_millis(now))
        .execute(&mut *all)
        .await?;
        end_sessions(&mut all, &username).await?;
        for statement in [
            "DELETE FROM access_tokens WHERE username = $1",
            "DELETE FROM invitations WHERE username = $1",
        ] {
            sqlx::query(statement)
                .bind(&username)
                .execute(&mut *all)
                .await?;
        }
        touch(&mut all, &username, now).await?;
        all.commit().await?;
        Ok(())
    }

    /// Lets an account be used again.
    pub async fn enable_account(
        &self,
        username: &str,
        now: DateTime<Utc>,
    ) -> Result<(), ControlError> {
        let username = self.known(username).await?;
        let mut all = self.write().await?;
        sqlx::query("UPDATE accounts SET disabled_at = NULL WHERE username = $1")
            .bind(&username)
            .execute(&mut *all)
            .await?;
        touch(&mut all, &username, now).await?;
        all.commit().await?;
        Ok(())
    }

    /// The positions of an account, in order.
    pub(crate) async fn positions(&self, username: &str) -> Result<Vec<Position>, ControlError> {
        let rows = sqlx::query("SELECT role, organisation FROM positions WHERE username = $1")
            .bind(username)
            .fetch_all(&self.pool)
            .await?;
        let mut positions = rows
            .iter()
            .map(|row| position(&Read(row)))
            .collect::<Result<Vec<_>, _>>()?;
        positions.sort();
        Ok(positions)
    }

    async fn read_account(&self, row: &Read<'_>) -> Result<Account, ControlError> {
        let username = row.text("username")?;
        let suspended = self.suspension_of(SuspendedKind::Person, &username).await?;
        let created_at = row.moment("created_at")?;
        Ok(Account {
            positions: self.positions(&username).await?,
            display_name: row.text("display_name")?,
            created_at,
            disabled_at: row
                .moment_if_any("disabled_at")?
                .or(suspended.map(|s| s.at)),
            id: row.text_if_any("id")?.unwrap_or_default(),
            invented: row.number("invented")? != 0,
            version: row.count("version")?,
            changed_at: row.moment_if_any("changed_at")?.unwrap_or(created_at),
            username,
        })
    }

    /// Gives those accounts an id that have none, from before accounts had ids.
    pub(crate) async fn give_ids(&self) -> Result<(), ControlError> {
        let rows = sqlx::query("SELECT username FROM accounts WHERE id IS NULL")
            .fetch_all(&self.pool)
            .await?;
        for row in &rows {
            sqlx::query("UPDATE accounts SET id = $2 WHERE username = $1 AND id IS NULL")
                .bind(Read(row).text("username")?)
                .bind(new_id()?)
                .execute(&self.pool)
                .await?;
        }
        Ok(())
    }

    pub(crate) async fn known(&self, username: &str) -> Result<String, ControlError> {
        match self.account(username).await? {
            Some(account) => Ok(account.username),
            None => Err(ControlError::Missing {
                what: "account",
                id: username.chars().take(64).collect(),
            }),
        }
    }
}

/// The position in a row's `role` and `organisation`.
pub(crate) fn position(row: &Read<'_>) -> Result<Position, ControlError> {
    Ok(Position {
        role: row.word("role", Role::from_word)?,
        organisation: row.organisation("organisation")?,
    })
}

/// A name as it is kept: nobody should fail to sign in over a capital or a space.
pub(crate) fn plain(username: &str) -> String {
    let short: String = username.trim().chars().take(200).collect();
    short.to_lowercase()
}

pub(crate) async fn hold(
    all: &mut Transaction<'static, Any>,
    username: &str,
    positions: &[Position],
) -> Result<(), ControlError> {
    for position in positions {
        sqlx::query(
            "INSERT INTO positions (username, role, organisation) VALUES ($1, $2, $3)
             ON CONFLICT (username, role, organisation) DO NOTHING",
        )
        .bind(username)
        .bind(position.role.as_str())
        .bind(position.organisation.as_str())
        .execute(&mut **all)
        .await?;
    }
    Ok(())
}

/// Whether an account holds a position.
async fn held(
    all: &mut Transaction<'static, Any>,
    username: &str,
    position: &Position,
) -> Result<bool, ControlError> {
    let rows = sqlx::query(
        "SELECT role FROM positions WHERE username = $1 AND role = $2 AND organisation = $3",
    )
    .bind(username)
    .bind(position.role.as_str())
    .bind(position.organisation.as_str())
    .fetch_all(&mut **all)
    .await?;
    Ok(!rows.is_empty())
}

/// Ends every session of an account, and every sign-in that is half done.
pub(crate) async fn end_sessions(
    all: &mut Transaction<'static, Any>,
    username: &str,
) -> Result<(), ControlError> {
    for statement in [
        "DELETE FROM sessions WHERE username = $1",
        "DELETE FROM sign_in_steps WHERE username = $1",
    ] {
        sqlx::query(statement)
            .bind(username)
            .execute(&mut **all)
            .await?;
    }
    Ok(())
}

/// Notes that an account has changed.
pub(crate) async fn touch(
    all: &mut Transaction<'static, Any>,
    username: &str,
    now: DateTime<Utc>,
) -> Result<(), ControlError> {
    sqlx::query("UPDATE accounts SET version = version + 1, changed_at = $2 WHERE username = $1")
        .bind(username)
        .bind(to_millis(now))
        .execute(&mut **all)
        .await?;
    Ok(())
}

/// An account without positions; `false` where the name is taken.
pub(crate) async fn insert(
    all: &mut Transaction<'static, Any>,
    username: &str,
    display_name: &str,
    hash: &str,
    now: DateTime<Utc>,
) -> Result<bool, ControlError> {
    let made = sqlx::query(
        "INSERT INTO accounts (username, display_name, password_hash, created_at, id)
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT (username) DO NOTHING",
    )
    .bind(username)
    .bind(display_name)
    .bind(hash)
    .bind(to_millis(now))
    .bind(new_id()?)
    .execute(&mut **all)
    .await?
    .rows_affected();
    Ok(made == 1)
}

/// 80 random bits: a name that tells nothing.
pub(crate) fn new_id() -> Result<String, ControlError> {
    Ok(random_hex()?.chars().take(20).collect())
}

fn form_of(account: &NewAccount) -> Result<String, ControlError> {
    let username = plain(&account.username);
    form_of_names(&username, &account.display_name)?;
    if account.positions.is_empty() {
        return Err(ControlError::Form {
            what: "an account",
            wanted: "has at least one role in an organisation",
        });
    }
    Ok(username)
}

pub(crate) fn form_of_names(username: &str, display_name: &str) -> Result<(), ControlError> {
    let letters = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-@".contains(c);
    if !(2..=64).contains(&username.len()) || !username.chars().all(letters) {
        return Err(ControlError::Form {
            what: "a user name",
            wanted: "has 2 to 64 letters, digits, and any of . _ - @",
        });
    }
    let name = display_name.trim();
    if name.is_empty() || name.chars().count() > 200 || name.chars().any(char::is_control) {
        return Err(ControlError::Form {
            what: "a name to show",
            wanted: "has 1 to 200 characters",
        });
    }
    Ok(())
}
