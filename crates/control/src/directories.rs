//! A directory of people that makes, changes and ends accounts here (SCIM 2.0), under a credential of its own.
//!
//! Groups give roles where the installation says so, and nothing else does: an account from a directory has no role of
//! its own. Leaving is immediate: sessions and tokens end in the same write.

use crate::{
    AccessToken, Control, ControlError, Position,
    accounts::{end_sessions, form_of_names, hold, insert, new_id, touch},
    row::{Read, first},
    secret::digest,
    time::to_millis,
};
use chrono::{DateTime, Utc};
use sqlx::{Any, Transaction};
use std::collections::{BTreeMap, BTreeSet};

/// What the name of a group gives.
pub type GroupRoles = BTreeMap<String, Vec<Position>>;

/// What a directory says of somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectoryUserSaid {
    /// The name there.
    pub user_name: String,
    /// The name to show.
    pub display_name: String,
    /// What names them there for good.
    pub external_id: Option<String>,
    /// Whether they may come.
    pub active: bool,
}

/// Somebody of a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectoryUser {
    /// The id here.
    pub id: String,
    /// The user name here.
    pub username: String,
    /// What the directory says.
    pub said: DirectoryUserSaid,
    /// The groups: id and name.
    pub groups: Vec<(String, String)>,
    /// Grows with each change.
    pub version: u64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub changed_at: DateTime<Utc>,
}

/// What a directory says of a group.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DirectoryGroupSaid {
    /// Its name.
    pub display_name: String,
    /// What names it there for good.
    pub external_id: Option<String>,
    /// The ids of its members.
    pub members: BTreeSet<String>,
}

/// A group of a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectoryGroup {
    /// The id here.
    pub id: String,
    /// What the directory says.
    pub said: DirectoryGroupSaid,
    /// Grows with each change.
    pub version: u64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub changed_at: DateTime<Utc>,
}

/// Why a directory's wish is not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DirectoryRefusal {
    /// There is none of that id.
    #[error("there is none of that id")]
    Missing,
    /// The name is taken.
    #[error("the name is taken")]
    Taken,
    /// It was changed since it was read.
    #[error("it was changed since it was read")]
    Changed,
    /// A member is not one of this directory's people.
    #[error("a member is not one of this directory's people")]
    UnknownMember,
}

type Outcome<T> = Result<Result<T, DirectoryRefusal>, ControlError>;

impl Control {
    /// Makes the credential of a directory, in place of any earlier one. It is given out here and never again.
    pub async fn create_directory(
        &self,
        name: &str,
        by: &str,
        now: DateTime<Utc>,
        ends_at: DateTime<Utc>,
    ) -> Result<AccessToken, ControlError> {
        let shaped = (1..=20).contains(&name.len())
            && name
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if !shaped {
            return Err(ControlError::Form {
                what: "the name of a directory",
                wanted: "has 1 to 20 lower-case letters, digits or hyphens",
            });
        }
        let token = AccessToken::new()?;
        sqlx::query(
            "INSERT INTO directories (name, credential_digest, created_at, created_by, ends_at)
             VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (name) DO UPDATE SET credential_digest = $2, created_at = $3,
                 created_by = $4, ends_at = $5",
        )
        .bind(name)
        .bind(digest(token.reveal()))
        .bind(to_millis(now))
        .bind(by)
        .bind(to_millis(ends_at))
        .execute(&self.pool)
        .await?;
        Ok(token)
    }

    /// The directory of a credential; `None` where it is none, or has ended.
    pub async fn directory_of(
        &self,
        credential: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<String>, ControlError> {
        if credential.len() > 200 {
            return Ok(None);
        }
        let rows = sqlx::query(
            "SELECT name FROM directories WHERE credential_digest = $1 AND ends_at > $2",
        )
        .bind(digest(credential))
        .bind(to_millis(now))
        .fetch_all(&self.pool)
        .await?;
        first(rows).map(|row| Read(&row).text("name")).transpose()
    }

    /// Makes an account for somebody of a directory, under a user name that was made for it.
    pub async fn create_directory_user(
        &self,
        directory: &str,
        username: &str,
        said: &DirectoryUserSaid,
        now: DateTime<Utc>,
    ) -> Outcome<DirectoryUser> {
        form_of_names(username, &said.display_name)?;
        let mut all = self.write().await?;
        if name_is_taken(&mut all, directory, &said.user_name, "").await?
            || !insert(&mut all, username, said.display_name.trim(), "", now).await?
        {
            return Ok(Err(DirectoryRefusal::Taken));
        }
        sqlx::query(
            "INSERT INTO directory_users
                 (username, directory, user_name, external_id, active, created_at)
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(username)
        .bind(directory)
        .bind(&said.user_name)
        .bind(said.external_id.as_deref())
        .bind(i64::from(said.active))
        .bind(to_millis(now))
        .execute(&mut *all)
        .await?;
        identify(&mut all, directory, username, said, now).await?;
        if !said.active {
            end(&mut all, username, now).await?;
        }
        touch(&mut all, username, now).await?;
        all.commit().await?;
        let Some(id) = self.account(username).await?.map(|account| account.id) else {
            return Ok(Err(DirectoryRefusal::Missing));
        };
        let made = self.directory_user(directory, &id).await?;
        Ok(made.ok_or(DirectoryRefusal::Missing))
    }

    /// Somebody of a directory.
    pub async fn directory_user(
        &self,
        directory: &str,
        id: &str,
    ) -> Result<Option<DirectoryUser>, ControlError> {
        let rows = sqlx::query(
            "SELECT d.username, d.user_name, d.external_id, d.created_at, a.id, a.display_name,
                 a.disabled_at, a.version, a.changed_at
             FROM directory_users d JOIN accounts a ON a.username = d.username
             WHERE d.directory = $1 AND a.id = $2 AND d.gone_at IS NULL",
        )
        .bind(directory)
        .bind(id)
        .fetch_all(&self.pool)
        .await?;
        let Some(row) = first(rows) else {
            return Ok(None);
        };
        self.read_directory_user(&Read(&row)).await.map(Some)
    }

    /// Everybody of a directory, in the order in which they were made.
    pub async fn directory_users(
        &self,
        directory: &str,
    ) -> Result<Vec<DirectoryUser>, ControlError> {
        let rows = sqlx::query(
            "SELECT d.username, d.user_name, d.external_id, d.created_at, a.id, a.display_name,
                 a.disabled_at, a.version, a.changed_at
             FROM directory_users d JOIN accounts a ON a.username = d.username
             WHERE d.directory = $1 AND d.gone_at IS NULL ORDER BY d.created_at, d.username",
        )
        .bind(directory)
        .fetch_all(&self.pool)
        .await?;
        let mut users = Vec::with_capacity(rows.len());
        for row in &rows {
            users.push(self.read_directory_user(&Read(row)).await?);
        }
        Ok(users)
    }

    /// Changes somebody to what the directory says now, if they are still at that version.
    pub async fn replace_directory_user(
        &self,
        directory: &str,
        id: &str,
        version: u64,
        said: &DirectoryUserSaid,
        now: DateTime<Utc>,
    ) -> Outcome<DirectoryUser> {
        let Some(before) = self.directory_user(directory, id).await? else {
            return Ok(Err(DirectoryRefusal::Missing));
        };
        let username = &before.username;
        form_of_names(username, &said.display_name)?;
        let mut all = self.write().await?;
        if name_is_taken(&mut all, directory, &said.user_name, username).await? {
            return Ok(Err(DirectoryRefusal::Taken));
        }
        let Some(was_active) = is_active(&mut all, username, version).await? else {
            return Ok(Err(DirectoryRefusal::Changed));
        };
        sqlx::query("UPDATE accounts SET display_name = $2 WHERE username = $1")
            .bind(username)
            .bind(said.display_name.trim())
            .execute(&mut *all)
            .await?;
        sqlx::query(
            "UPDATE directory_users SET user_name = $2, external_id = $3, active = $4
             WHERE username = $1",
        )
        .bind(username)
        .bind(&said.user_name)
        .bind(said.external_id.as_deref())
        .bind(i64::from(said.active))
        .execute(&mut *all)
        .await?;
        identify(&mut all, directory, username, said, now).await?;
        if !said.active {
            end(&mut all, username, now).await?;
        } else if !was_active {
            sqlx::query("UPDATE accounts SET disabled_at = NULL WHERE username = $1")
                .bind(username)
                .execute(&mut *all)
                .await?;
        }
        touch(&mut all, username, now).await?;
        all.commit().await?;
        let changed = self.directory_user(directory, id).await?;
        Ok(changed.ok_or(DirectoryRefusal::Missing))
    }

    /// Ends somebody for the directory. The account stays, disabled, since the log names it. Says whether it was there.
    pub async fn remove_directory_user(
        &self,
        directory: &str,
        id: &str,
        now: DateTime<Utc>,
    ) -> Result<bool, ControlError> {
        let Some(user) = self.directory_user(directory, id).await? else {
            return Ok(false);
        };
        let mut all = self.write().await?;
        end(&mut all, &user.username, now).await?;
        for statement in [
            "DELETE FROM directory_members WHERE username = $1",
            "DELETE FROM positions WHERE username = $1",
            "DELETE FROM identities WHERE username = $1",
        ] {
            sqlx::query(statement)
                .bind(&user.username)
                .execute(&mut *all)
                .await?;
        }
        sqlx::query("UPDATE directory_users SET gone_at = $2, active = 0 WHERE username = $1")
            .bind(&user.username)
            .bind(to_millis(now))
            .execute(&mut *all)
            .await?;
        touch(&mut all, &user.username, now).await?;
        all.commit().await?;
        Ok(true)
    }

    /// Makes a group.
    pub async fn create_directory_group(
        &self,
        directory: &str,
        said: &DirectoryGroupSaid,
        roles: &GroupRoles,
        now: DateTime<Utc>,
    ) -> Outcome<DirectoryGroup> {
        let id = new_id()?;
        let mut all = self.write().await?;
        let made = sqlx::query(
            "INSERT INTO directory_groups
                 (id, directory, display_name, external_id, version, created_at, changed_at)
             VALUES ($1, $2, $3, $4, 1, $5, $5) ON CONFLICT (directory, display_name) DO NOTHING",
        )
        .bind(&id)
        .bind(directory)
        .bind(&said.display_name)
        .bind(said.external_id.as_deref())
        .bind(to_millis(now))
        .execute(&mut *all)
        .await?
        .rows_affected();
        if made != 1 {
            return Ok(Err(DirectoryRefusal::Taken));
        }
        if let Err(refusal) = fill(&mut all, directory, &id, &said.members, roles, now).await? {
            return Ok(Err(refusal));
        }
        all.commit().await?;
        let group = self.directory_group(directory, &id).await?;
        Ok(group.ok_or(DirectoryRefusal::Missing))
    }

    /// A group of a directory.
    pub async fn directory_group(
        &self,
        directory: &str,
        id: &str,
    ) -> Result<Option<DirectoryGroup>, ControlError> {
        let all = self.directory_groups(directory).await?;
        Ok(all.into_iter().find(|group| group.id == id))
    }

    /// The groups of a directory, in the order in which they were made.
    pub async fn directory_groups(
        &self,
        directory: &str,
    ) -> Result<Vec<DirectoryGroup>, ControlError> {
        let rows = sqlx::query(
            "SELECT m.group_id, a.id FROM directory_members m
             JOIN directory_groups g ON g.id = m.group_id
             JOIN accounts a ON a.username = m.username WHERE g.directory = $1",
        )
        .bind(directory)
        .fetch_all(&self.pool)
        .await?;
        let mut members: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for row in &rows {
            let row = Read(row);
            let group = members.entry(row.text("group_id")?).or_default();
            group.insert(row.text("id")?);
        }
        let rows = sqlx::query(
            "SELECT * FROM directory_groups WHERE directory = $1 ORDER BY created_at, id",
        )
        .bind(directory)
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|row| {
                let row = Read(row);
                let id = row.text("id")?;
                Ok(DirectoryGroup {
                    said: DirectoryGroupSaid {
                        display_name: row.text("display_name")?,
                        external_id: row.text_if_any("external_id")?,
                        members: members.remove(&id).unwrap_or_default(),
                    },
                    version: row.count("version")?,
                    created_at: row.moment("created_at")?,
                    changed_at: row.moment("changed_at")?,
                    id,
                })
            })
            .collect()
    }

    /// Changes a group to what the directory says now, if it is still at that version. Roles follow in the same write.
    pub async fn replace_directory_group(
        &self,
        directory: &str,
        id: &str,
        version: u64,
        said: &DirectoryGroupSaid,
        roles: &GroupRoles,
        now: DateTime<Utc>,
    ) -> Outcome<DirectoryGroup> {
        let all_groups = self.directory_groups(directory).await?;
        if !all_groups.iter().any(|group| group.id == id) {
            return Ok(Err(DirectoryRefusal::Missing));
        }
        let same_name =
            |group: &DirectoryGroup| group.id != id && group.said.display_name == said.display_name;
        if all_groups.iter().any(same_name) {
            return Ok(Err(DirectoryRefusal::Taken));
        }
        let mut all = self.write().await?;
        let changed = sqlx::query(
            "UPDATE directory_groups SET display_name = $3, external_id = $4,
                 version = version + 1, changed_at = $5
             WHERE id = $1 AND version = $2",
        )
        .bind(id)
        .bind(crate::row::kept(version, "version")?)
        .bind(&said.display_name)
        .bind(said.external_id.as_deref())
        .bind(to_millis(now))
        .execute(&mut *all)
        .await?
        .rows_affected();
        if changed != 1 {
            return Ok(Err(DirectoryRefusal::Changed));
        }
        if let Err(refusal) = fill(&mut all, directory, id, &said.members, roles, now).await? {
            return Ok(Err(refusal));
        }
        all.commit().await?;
        let group = self.directory_group(directory, id).await?;
        Ok(group.ok_or(DirectoryRefusal::Missing))
    }

    /// Takes a group away, with the roles that it gave. Says whether it was there.
    pub async fn remove_directory_group(
        &self,
        directory: &str,
        id: &str,
        roles: &GroupRoles,
        now: DateTime<Utc>,
    ) -> Result<bool, ControlError> {
        if self.directory_group(directory, id).await?.is_none() {
            return Ok(false);
        }
        let mut all = self.write().await?;
        let nobody = BTreeSet::new();
        if fill(&mut all, directory, id, &nobody, roles, now)
            .await?
            .is_err()
        {
            return Ok(false);
        }
        sqlx::query("DELETE FROM directory_groups WHERE id = $1")
            .bind(id)
            .execute(&mut *all)
            .await?;
        all.commit().await?;
        Ok(true)
    }

    async fn read_directory_user(&self, row: &Read<'_>) -> Result<DirectoryUser, ControlError> {
        let username = row.text("username")?;
        let groups = sqlx::query(
            "SELECT g.id, g.display_name FROM directory_members m
             JOIN directory_groups g ON g.id = m.group_id WHERE m.username = $1 ORDER BY g.id",
        )
        .bind(&username)
        .fetch_all(&self.pool)
        .await?;
        let created_at = row.moment("created_at")?;
        Ok(DirectoryUser {
            id: row.text("id")?,
            said: DirectoryUserSaid {
                user_name: row.text("user_name")?,
                display_name: row.text("display_name")?,
                external_id: row.text_if_any("external_id")?,
                active: row.moment_if_any("disabled_at")?.is_none(),
            },
            groups: groups
                .iter()
                .map(|row| Ok((Read(row).text("id")?, Read(row).text("display_name")?)))
                .collect::<Result<_, ControlError>>()?,
            version: row.count("version")?,
            created_at,
            changed_at: row.moment_if_any("changed_at")?.unwrap_or(created_at),
            username,
        })
    }
}

async fn name_is_taken(
    all: &mut Transaction<'static, Any>,
    directory: &str,
    user_name: &str,
    but: &str,
) -> Result<bool, ControlError> {
    let rows = sqlx::query(
        "SELECT username FROM directory_users WHERE directory = $1 AND username <> $3
             AND LOWER(user_name) = LOWER($2) AND gone_at IS NULL",
    )
    .bind(directory)
    .bind(user_name)
    .bind(but)
    .fetch_all(&mut **all)
    .await?;
    Ok(!rows.is_empty())
}

/// Whether the directory had last called somebody active; `None` where they are not at that version.
async fn is_active(
    all: &mut Transaction<'static, Any>,
    username: &str,
    version: u64,
) -> Result<Option<bool>, ControlError> {
    let rows = sqlx::query(
        "SELECT d.active FROM directory_users d JOIN accounts a ON a.username = d.username
         WHERE d.username = $1 AND a.version = $2",
    )
    .bind(username)
    .bind(crate::row::kept(version, "version")?)
    .fetch_all(&mut **all)
    .await?;
    first(rows)
        .map(|row| Ok(Read(&row).number("active")? != 0))
        .transpose()
}

/// Lets somebody who comes through the provider of the directory's name be known by what names them there.
async fn identify(
    all: &mut Transaction<'static, Any>,
    directory: &str,
    username: &str,
    said: &DirectoryUserSaid,
    now: DateTime<Utc>,
) -> Result<(), ControlError> {
    sqlx::query("DELETE FROM identities WHERE provider = $1 AND username = $2")
        .bind(directory)
        .bind(username)
        .execute(&mut **all)
        .await?;
    if let Some(subject) = &said.external_id {
        sqlx::query(
            "INSERT INTO identities (provider, subject, username, created_at)
             VALUES ($1, $2, $3, $4) ON CONFLICT (provider, subject) DO NOTHING",
        )
        .bind(directory)
        .bind(subject)
        .bind(username)
        .bind(to_millis(now))
        .execute(&mut **all)
        .await?;
    }
    Ok(())
}

/// Ends an account at once: sessions, half-done sign-ins, tokens.
async fn end(
    all: &mut Transaction<'static, Any>,
    username: &str,
    now: DateTime<Utc>,
) -> Result<(), ControlError> {
    sqlx::query("UPDATE accounts SET disabled_at = COALESCE(disabled_at, $2) WHERE username = $1")
        .bind(username)
        .bind(to_millis(now))
        .execute(&mut **all)
        .await?;
    end_sessions(all, username).await?;
    sqlx::query("DELETE FROM access_tokens WHERE username = $1")
        .bind(username)
        .execute(&mut **all)
        .await?;
    Ok(())
}

/// Sets the members of a group, and lets the roles of all whom that concerns follow.
async fn fill(
    all: &mut Transaction<'static, Any>,
    directory: &str,
    group: &str,
    members: &BTreeSet<String>,
    roles: &GroupRoles,
    now: DateTime<Utc>,
) -> Result<Result<(), DirectoryRefusal>, ControlError> {
    let mut wanted = BTreeSet::new();
    for id in members {
        let rows = sqlx::query(
            "SELECT d.username FROM directory_users d JOIN accounts a ON a.username = d.username
             WHERE d.directory = $1 AND a.id = $2 AND d.gone_at IS NULL",
        )
        .bind(directory)
        .bind(id)
        .fetch_all(&mut **all)
        .await?;
        let Some(row) = first(rows) else {
            return Ok(Err(DirectoryRefusal::UnknownMember));
        };
        wanted.insert(Read(&row).text("username")?);
    }
    let rows = sqlx::query("SELECT username FROM directory_members WHERE group_id = $1")
        .bind(group)
        .fetch_all(&mut **all)
        .await?;
    let mut concerned = wanted.clone();
    for row in &rows {
        concerned.insert(Read(row).text("username")?);
    }
    sqlx::query("DELETE FROM directory_members WHERE group_id = $1")
        .bind(group)
        .execute(&mut **all)
        .await?;
    for username in &wanted {
        sqlx::query("INSERT INTO directory_members (group_id, username) VALUES ($1, $2)")
            .bind(group)
            .bind(username)
            .execute(&mut **all)
            .await?;
    }
    for username in &concerned {
        follow(all, username, roles, now).await?;
    }
    Ok(Ok(()))
}

/// Gives somebody exactly the roles of their groups.
async fn follow(
    all: &mut Transaction<'static, Any>,
    username: &str,
    roles: &GroupRoles,
    now: DateTime<Utc>,
) -> Result<(), ControlError> {
    let rows = sqlx::query(
        "SELECT g.display_name FROM directory_members m
         JOIN directory_groups g ON g.id = m.group_id WHERE m.username = $1",
    )
    .bind(username)
    .fetch_all(&mut **all)
    .await?;
    let mut positions = BTreeSet::new();
    for row in &rows {
        let name = Read(row).text("display_name")?;
        positions.extend(roles.get(&name).into_iter().flatten().cloned());
    }
    sqlx::query("DELETE FROM positions WHERE username = $1")
        .bind(username)
        .execute(&mut **all)
        .await?;
    let positions: Vec<Position> = positions.into_iter().collect();
    hold(all, username, &positions).await?;
    touch(all, username, now).await
}
