//! The rows of one key as a part of a table: parked before they count, taken out when they no longer do.
//!
//! A file of rows bears its key in its name. Taking rows out is a commit that no longer refers to their file;
//! versions from before still do.

use super::{Change, Committed, Exchanged, Mode, Parked, TRIES, add, is_in, removal, times};
use crate::{Store, StoreError, plain};
use datafusion::arrow::datatypes::SchemaRef;
use deltalake::{
    DeltaTable,
    kernel::{Remove, Transaction},
    protocol::SaveMode,
};
use futures::TryStreamExt;
use model::Zone;
use object_store::{ObjectStore, ObjectStoreExt};
use std::collections::BTreeSet;

/// What the names of a key's files begin with. Of a key with several words the first names its rows.
pub(super) fn beginning(key: &str) -> String {
    let word: String = key
        .chars()
        .take_while(char::is_ascii_alphanumeric)
        .collect();
    format!("part-{word}-")
}

/// What the name of a file begins with, which says whose rows it has.
pub(super) fn beginning_of(file: &str) -> &str {
    // A name ends in a UUID, which has 36 letters, and the ending of its format.
    let end = file.len().saturating_sub(36 + ".parquet".len());
    file.get(..end).unwrap_or("part-")
}

impl<Z: Zone> Store<Z> {
    /// Puts new files in the places of old ones, in one commit: keys have the rows that are theirs, before and after.
    /// `false` where an old file is no longer in the table, or somebody else committed first.
    pub(crate) async fn exchange(
        &self,
        name: &str,
        exchanged: &[Exchanged],
        note: &str,
    ) -> Result<bool, StoreError> {
        let Some(table) = self.load(name).await? else {
            return Ok(false);
        };
        let state = table.snapshot().map_err(StoreError::table(name, "read"))?;
        let schema = plain::schema(&state.snapshot().arrow_schema());
        let files = state.log_data();
        let mut removes = Vec::new();
        for each in exchanged {
            let found = files.iter().find(|file| file.path() == each.old);
            let Some(found) = found else {
                return Ok(false);
            };
            removes.push(removal(&found.path(), found.size()));
        }
        let change = Change {
            name,
            schema: &schema,
            add: None,
            removes,
            adds: exchanged
                .iter()
                .filter_map(|e| e.new.as_ref())
                .map(add)
                .collect(),
            transactions: Vec::new(),
            save: SaveMode::Append,
            note,
        };
        Ok(self.attempt(Some(&table), change).await?.is_some())
    }

    /// Adds parked rows to the table under a key; when the rows of that key are there already, nothing
    /// changes. The rows of `others` leave in the same commit.
    pub async fn append_parked(
        &self,
        name: &str,
        schema: &SchemaRef,
        rows: &Parked,
        key: &str,
        others: &[&str],
        note: &str,
    ) -> Result<Committed<Z>, StoreError> {
        let mode = Mode::Append { key, others };
        self.commit(name, &plain::schema(schema), rows, &mode, note)
            .await
    }

    /// Takes the rows of a key out of the table. `false` where they are not in it.
    pub async fn take_out(&self, name: &str, key: &str, note: &str) -> Result<bool, StoreError> {
        for _ in 0..TRIES {
            let Some(table) = self.load(name).await? else {
                return Ok(false);
            };
            if !is_in(times(&table, name, key).await?) {
                return Ok(false);
            }
            let state = table.snapshot().map_err(StoreError::table(name, "read"))?;
            let schema = plain::schema(&state.snapshot().arrow_schema());
            let mut change = Change {
                name,
                schema: &schema,
                add: None,
                removes: Vec::new(),
                adds: Vec::new(),
                transactions: Vec::new(),
                save: SaveMode::Append,
                note,
            };
            leave(&mut change, &table, name, key).await?;
            if self.attempt(Some(&table), change).await?.is_some() {
                return Ok(true);
            }
        }
        Err(StoreError::Contended {
            table: name.to_owned(),
        })
    }

    /// Deletes a file of parked rows. One that is not there is no mistake; one that the table refers to stays.
    pub async fn discard(&self, name: &str, file: &str) -> Result<(), StoreError> {
        let path = format!("{name}/{file}");
        let listed = self.snapshot(name, None).await?;
        if listed.is_some_and(|table| table.files.contains(&path)) {
            return Ok(());
        }
        match self.objects().delete(&path.into()).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(source) => Err(StoreError::Storage {
                doing: "delete parked rows",
                source,
            }),
        }
    }

    /// Deletes every file of a key that the table does not refer to now. Versions from before, in which its
    /// rows were, can then no longer be read.
    pub async fn erase(&self, name: &str, key: &str) -> Result<(), StoreError> {
        let beginning = beginning(key);
        let below = name.into();
        let all: Vec<_> = self
            .objects()
            .list(Some(&below))
            .try_collect()
            .await
            .map_err(|source| StoreError::Storage {
                doing: "list rows",
                source,
            })?;
        for object in all {
            if let Some(file) = object.location.filename()
                && file.starts_with(&beginning)
            {
                self.discard(name, file).await?;
            }
        }
        Ok(())
    }

    /// Deletes every file that some version of the table had and its newest has not: older versions can then no
    /// longer be read. Rows that are parked were in no version, and stay. Gives the files that went, with their sizes.
    pub async fn erase_old_versions(&self, name: &str) -> Result<Vec<(String, u64)>, StoreError> {
        let fault = |doing| move |source| StoreError::Storage { doing, source };
        let Some(newest) = self.snapshot(name, None).await? else {
            return Ok(Vec::new());
        };
        let log = format!("{name}/_delta_log").into();
        let commits: Vec<_> = self
            .objects()
            .list(Some(&log))
            .try_collect()
            .await
            .map_err(fault("list commits"))?;
        let mut ever = BTreeSet::new();
        for commit in commits {
            let body = self.objects().get(&commit.location).await;
            let body = body.map_err(fault("read a commit"))?.bytes().await;
            ever.extend(added(&body.map_err(fault("read a commit"))?));
        }
        let mut gone = Vec::new();
        for file in ever {
            let path = format!("{name}/{file}");
            if newest.files.contains(&path) {
                continue;
            }
            let size = match self.objects().head(&path.clone().into()).await {
                Ok(found) => found.size,
                Err(object_store::Error::NotFound { .. }) => continue,
                Err(source) => return Err(fault("look at rows")(source)),
            };
            self.discard(name, &file).await?;
            gone.push((path, size));
        }
        Ok(gone)
    }
}

/// The files that a commit adds to its table.
fn added(commit: &[u8]) -> Vec<String> {
    String::from_utf8_lossy(commit)
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter_map(|action| Some(action.get("add")?.get("path")?.as_str()?.to_owned()))
        .collect()
}

/// Adds to a change that the rows of a key leave, where they are in the table.
pub(super) async fn leave(
    change: &mut Change<'_>,
    table: &DeltaTable,
    name: &str,
    key: &str,
) -> Result<(), StoreError> {
    let before = times(table, name, key).await?;
    if !is_in(before) {
        return Ok(());
    }
    let state = table.snapshot().map_err(StoreError::table(name, "read"))?;
    let beginning = beginning(key);
    let of_key: Vec<Remove> = state
        .log_data()
        .iter()
        .filter(|file| file.path().starts_with(&beginning))
        .map(|file| removal(&file.path(), file.size()))
        .collect();
    if of_key.is_empty() {
        return Err(StoreError::NoPart {
            table: name.to_owned(),
            key: key.to_owned(),
        });
    }
    change.removes.extend(of_key);
    change.transactions.push(Transaction::new(key, before + 1));
    Ok(())
}
