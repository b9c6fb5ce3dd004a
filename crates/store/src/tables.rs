//! Versioned tables of one zone: Delta tables on an encrypted folder.
//!
//! A commit is one file that either is there or is not, so a table never shows half of a write.
//!
//! Rows come and go under a key. The application transaction of a key counts its comings and goings: an odd
//! number says that its rows are in the table, an even one that they were and are not any more.

mod parts;

use crate::{StoreError, WritePoints, ZoneKey, encrypted::EncryptedFolder, plain};
use datafusion::arrow::{
    array::RecordBatch,
    datatypes::{Schema, SchemaRef},
};
use deltalake::{
    DeltaTable, DeltaTableBuilder, DeltaTableError,
    kernel::{
        Action, Add, Remove, StructType, Transaction,
        engine::arrow_conversion::TryIntoKernel,
        new_metadata,
        transaction::{CommitBuilder, CommitProperties},
    },
    operations::create::CreateBuilder,
    parquet::{
        arrow::AsyncArrowWriter,
        basic::{Compression, ZstdLevel},
        file::properties::WriterProperties,
    },
    protocol::{DeltaOperation, SaveMode},
};
use futures::TryStreamExt;
use model::{Table, Zone};
use object_store::{ObjectStore, buffered::BufWriter};
use std::{marker::PhantomData, path::Path, sync::Arc};
use url::Url;

/// How often a commit is tried again when others commit to the same table at the same time.
const TRIES: usize = 20;

/// The tables of one zone.
#[derive(Debug)]
pub struct Store<Z: Zone> {
    folder: Arc<EncryptedFolder>,
    /// Tells stores apart in the engine's registry of object stores.
    pub(crate) address: Url,
    points: Arc<WritePoints>,
    zone: PhantomData<Z>,
}

/// A version that a commit has made.
#[derive(Debug)]
pub struct Committed<Z: Zone> {
    /// The table at its new version.
    pub table: Table<Z>,
    /// How many rows were written.
    pub rows: u64,
    /// Whether the commit was found to have been made before, so that nothing was written.
    pub was_there: bool,
}

/// A file of a table, and the one that takes its place; none where no row of it stays.
#[derive(Debug)]
pub(crate) struct Exchanged {
    pub(crate) old: String,
    pub(crate) new: Option<Parked>,
}

/// A table as it stands: its handle, schema and files.
pub(crate) struct Snapshot {
    pub(crate) version: u64,
    pub(crate) schema: SchemaRef,
    /// Where its Parquet files are, below the store's address.
    pub(crate) files: Vec<String>,
    /// What the last commit said of itself.
    pub(crate) note: Option<String>,
}

impl<Z: Zone> Store<Z> {
    /// Opens (and makes, when absent) the store in a folder. `part` tells several stores of one zone apart.
    pub fn open(
        folder: &Path,
        part: &'static str,
        key: ZoneKey,
        points: Arc<WritePoints>,
    ) -> Result<Self, StoreError> {
        let folder = Arc::new(EncryptedFolder::open(
            folder,
            part,
            key,
            Arc::clone(&points),
        )?);
        let address = Url::parse(&format!("haven-{}-{part}://tables/", Z::NAME)).map_err(|e| {
            StoreError::File {
                doing: "name the store",
                path: part.to_owned(),
                source: std::io::Error::other(e),
            }
        })?;
        Ok(Self {
            folder,
            address,
            points,
            zone: PhantomData,
        })
    }

    /// The files beneath, as the engine reads them.
    pub(crate) fn objects(&self) -> Arc<dyn ObjectStore> {
        Arc::clone(&self.folder) as Arc<dyn ObjectStore>
    }

    /// The write points that this store reaches.
    pub fn points(&self) -> &Arc<WritePoints> {
        &self.points
    }

    /// The names of the tables that exist: those with a commit. A folder without one is what a killed writer left.
    pub async fn names(&self) -> Result<Vec<String>, StoreError> {
        let fault = |source| StoreError::Storage {
            doing: "list tables",
            source,
        };
        let listed = self.folder.list_with_delimiter(None).await.map_err(fault)?;
        let mut names = Vec::new();
        for name in listed.common_prefixes.iter().filter_map(|p| p.filename()) {
            let log = format!("{name}/_delta_log").into();
            if self
                .folder
                .list(Some(&log))
                .try_next()
                .await
                .map_err(fault)?
                .is_some()
            {
                names.push(name.to_owned());
            }
        }
        names.sort();
        Ok(names)
    }

    /// The newest version of a table, if it exists.
    pub async fn table(&self, name: &str) -> Result<Option<Table<Z>>, StoreError> {
        Ok(self
            .load(name)
            .await?
            .and_then(|t| t.version())
            .map(|version| Table::at(name, version)))
    }

    /// Whether the rows of this key are in this table.
    pub async fn has_commit(&self, name: &str, key: &str) -> Result<bool, StoreError> {
        let Some(table) = self.load(name).await? else {
            return Ok(false);
        };
        Ok(is_in(times(&table, name, key).await?))
    }

    /// The notes that commits left, newest first.
    pub async fn notes(&self, name: &str) -> Result<Vec<String>, StoreError> {
        let Some(table) = self.load(name).await? else {
            return Ok(Vec::new());
        };
        let infos: Vec<_> = table
            .history(None)
            .try_collect()
            .await
            .map_err(StoreError::table(name, "read"))?;
        Ok(infos
            .iter()
            .filter_map(|info| {
                info.info
                    .get("note")
                    .and_then(|n| n.as_str())
                    .map(str::to_owned)
            })
            .collect())
    }

    /// The note of the newest version of a table, where it has one.
    pub async fn newest_note(&self, name: &str) -> Result<Option<String>, StoreError> {
        Ok(self.snapshot(name, None).await?.and_then(|s| s.note))
    }

    /// The schema of a table, if it exists.
    pub async fn schema(&self, name: &str) -> Result<Option<SchemaRef>, StoreError> {
        Ok(self.snapshot(name, None).await?.map(|s| s.schema))
    }

    /// A writer of new rows for a table.
    pub fn writer(&self, name: &str, schema: &SchemaRef) -> Result<TableWriter<'_, Z>, StoreError> {
        self.writer_into(name, schema, "part-")
    }

    /// A writer of rows that belong to a key, so that they can be taken out again under it.
    pub fn writer_for(
        &self,
        name: &str,
        schema: &SchemaRef,
        key: &str,
    ) -> Result<TableWriter<'_, Z>, StoreError> {
        self.writer_into(name, schema, &parts::beginning(key))
    }

    /// A writer of rows that take the place of those in a file: they belong to the same key.
    pub(crate) fn writer_beside(
        &self,
        name: &str,
        schema: &SchemaRef,
        file: &str,
    ) -> Result<TableWriter<'_, Z>, StoreError> {
        self.writer_into(name, schema, parts::beginning_of(file))
    }

    fn writer_into(
        &self,
        name: &str,
        schema: &SchemaRef,
        beginning: &str,
    ) -> Result<TableWriter<'_, Z>, StoreError> {
        let schema = plain::schema(schema);
        let file = format!("{beginning}{}.parquet", uuid::Uuid::now_v7());
        let target = BufWriter::new(self.objects(), format!("{name}/{file}").into());
        let writer =
            AsyncArrowWriter::try_new(target, Arc::clone(&schema), Some(parquet_properties()))
                .map_err(|e| StoreError::query(name)(e.into()))?;
        Ok(TableWriter {
            store: self,
            name: name.to_owned(),
            file,
            schema,
            writer,
            rows: 0,
        })
    }

    /// A table at a version (the newest when none is named).
    pub(crate) async fn snapshot(
        &self,
        name: &str,
        version: Option<u64>,
    ) -> Result<Option<Snapshot>, StoreError> {
        let Some(mut table) = self.load(name).await? else {
            return Ok(None);
        };
        if let Some(version) = version.filter(|v| Some(*v) != table.version()) {
            table
                .load_version(version)
                .await
                .map_err(StoreError::table(name, "read at that version"))?;
        }
        let state = table.snapshot().map_err(StoreError::table(name, "read"))?;
        let mut files: Vec<String> = state
            .log_data()
            .iter()
            .map(|file| format!("{name}/{}", file.path()))
            .collect();
        files.sort();
        let last: Vec<_> = table
            .history(Some(1))
            .try_collect()
            .await
            .map_err(StoreError::table(name, "read"))?;
        let note = last
            .first()
            .and_then(|info| info.info.get("note")?.as_str().map(str::to_owned));
        Ok(Some(Snapshot {
            version: table.version().unwrap_or_default(),
            schema: plain::schema(&state.snapshot().arrow_schema()),
            files,
            note,
        }))
    }

    fn url(name: &str) -> Result<Url, StoreError> {
        // The table format only knows the schemes that it ships with; the store behind the address is ours.
        Url::parse(&format!("memory:///{name}/")).map_err(|e| StoreError::File {
            doing: "name",
            path: name.to_owned(),
            source: std::io::Error::other(e),
        })
    }

    fn handle(&self, name: &str) -> Result<DeltaTable, StoreError> {
        let url = Self::url(name)?;
        DeltaTableBuilder::from_url(url.clone())
            .map(|builder| builder.with_storage_backend(self.objects(), url))
            .and_then(DeltaTableBuilder::build)
            .map_err(StoreError::table(name, "opened"))
    }

    async fn load(&self, name: &str) -> Result<Option<DeltaTable>, StoreError> {
        let mut table = self.handle(name)?;
        match table.load().await {
            Ok(()) => Ok(Some(table)),
            Err(DeltaTableError::NotATable(_)) => Ok(None),
            Err(e) => {
                if table.verify_deltatable_existence().await.unwrap_or(true) {
                    Err(StoreError::table(name, "read")(e))
                } else {
                    Ok(None)
                }
            }
        }
    }
}

/// How many times rows of this key have come or gone.
async fn times(table: &DeltaTable, name: &str, key: &str) -> Result<i64, StoreError> {
    let state = table.snapshot().map_err(StoreError::table(name, "read"))?;
    let log = table.log_store();
    Ok(state
        .transaction_version(log.as_ref(), key)
        .await
        .map_err(StoreError::table(name, "read"))?
        .unwrap_or_default())
}

const fn is_in(times: i64) -> bool {
    times % 2 == 1
}

/// New rows on their way into a table. Dropped without a commit, they never were.
pub struct TableWriter<'s, Z: Zone> {
    store: &'s Store<Z>,
    name: String,
    file: String,
    schema: SchemaRef,
    writer: AsyncArrowWriter<BufWriter>,
    rows: u64,
}

/// Rows that are written and belong to no version of their table yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parked {
    /// The name of their file.
    pub file: String,
    /// Its size.
    pub bytes: u64,
    /// How many rows it has.
    pub rows: u64,
}

/// What a commit does with the rows that were there.
enum Mode<'a> {
    /// Adds to them, once for each key, and takes out those of other keys whose place the new ones take.
    Append { key: &'a str, others: &'a [&'a str] },
    /// Takes their place.
    Replace,
}

/// What one try at a commit is made of.
struct Change<'a> {
    name: &'a str,
    schema: &'a SchemaRef,
    add: Option<Add>,
    removes: Vec<Remove>,
    /// Files that take the place of some of those.
    adds: Vec<Add>,
    transactions: Vec<Transaction>,
    save: SaveMode,
    note: &'a str,
}

impl<Z: Zone> TableWriter<'_, Z> {
    /// How many rows were written so far.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Writes a batch of rows.
    pub async fn write(&mut self, batch: &RecordBatch) -> Result<(), StoreError> {
        let batch = plain::batch(batch, &self.schema).map_err(StoreError::query(&self.name))?;
        self.rows += batch.num_rows() as u64;
        self.writer
            .write(&batch)
            .await
            .map_err(|e| StoreError::query(&self.name)(e.into()))
    }

    /// Adds the rows to the table under a key; when the rows of that key are there already, nothing changes.
    pub async fn append(self, key: &str, note: &str) -> Result<Committed<Z>, StoreError> {
        let (store, name, schema) = (self.store, self.name.clone(), Arc::clone(&self.schema));
        let rows = self.park().await?;
        store
            .append_parked(&name, &schema, &rows, key, &[], note)
            .await
    }

    /// Puts the rows in the place of those that were there, as a new version.
    pub async fn replace(self, note: &str) -> Result<Committed<Z>, StoreError> {
        let (store, name, schema) = (self.store, self.name.clone(), Arc::clone(&self.schema));
        let rows = self.park().await?;
        store
            .commit(&name, &schema, &rows, &Mode::Replace, note)
            .await
    }

    /// Finishes the file of the rows, and leaves it for a commit to come.
    pub async fn park(mut self) -> Result<Parked, StoreError> {
        self.writer
            .finish()
            .await
            .map_err(|e| StoreError::query(&self.name)(e.into()))?;
        Ok(Parked {
            file: self.file,
            bytes: self.writer.bytes_written() as u64,
            rows: self.rows,
        })
    }
}

impl<Z: Zone> Store<Z> {
    async fn commit(
        &self,
        name: &str,
        schema: &SchemaRef,
        rows: &Parked,
        mode: &Mode<'_>,
        note: &str,
    ) -> Result<Committed<Z>, StoreError> {
        for _ in 0..TRIES {
            let current = self.load(name).await?;
            let mut change = Change {
                name,
                schema,
                add: Some(add(rows)),
                removes: Vec::new(),
                adds: Vec::new(),
                transactions: Vec::new(),
                save: SaveMode::Overwrite,
                note,
            };
            if let Mode::Append { key, others } = mode {
                change.save = SaveMode::Append;
                let before = match &current {
                    Some(table) => times(table, name, key).await?,
                    None => 0,
                };
                if is_in(before) {
                    let version = current.and_then(|t| t.version()).unwrap_or_default();
                    return Ok(Committed {
                        table: Table::at(name, version),
                        rows: rows.rows,
                        was_there: true,
                    });
                }
                change.transactions.push(Transaction::new(key, before + 1));
                if let Some(table) = &current {
                    for other in *others {
                        parts::leave(&mut change, table, name, other).await?;
                    }
                }
            }
            if let Some(version) = self.attempt(current.as_ref(), change).await? {
                return Ok(Committed {
                    table: Table::at(name, version),
                    rows: rows.rows,
                    was_there: false,
                });
            }
        }
        Err(StoreError::Contended {
            table: name.to_owned(),
        })
    }

    /// One try; `None` where somebody else committed first: then look again, and decide again.
    async fn attempt(
        &self,
        current: Option<&DeltaTable>,
        change: Change<'_>,
    ) -> Result<Option<u64>, StoreError> {
        let name = change.name.to_owned();
        let done = match current {
            None => self.create(change).await,
            Some(table) => Self::advance(table, change).await,
        };
        match done {
            Ok(version) => Ok(Some(version)),
            Err(e) if is_conflict(&e) => Ok(None),
            Err(e) => Err(StoreError::table(&name, "committed")(e)),
        }
    }

    async fn create(&self, change: Change<'_>) -> Result<u64, DeltaTableError> {
        let log = self
            .handle(change.name)
            .map_err(|e| DeltaTableError::Generic(e.to_string()))?
            .log_store();
        let properties = change.properties();
        let table = CreateBuilder::new()
            .with_log_store(log)
            .with_columns(fields(change.schema)?.fields().cloned())
            .with_actions(change.add.map(Action::Add))
            .with_commit_properties(properties)
            .with_save_mode(SaveMode::ErrorIfExists)
            .await?;
        Ok(table.version().unwrap_or_default())
    }

    async fn advance(table: &DeltaTable, change: Change<'_>) -> Result<u64, DeltaTableError> {
        let state = table.snapshot()?;
        let mut actions: Vec<Action> = Vec::new();
        if matches!(change.save, SaveMode::Overwrite) {
            let as_before = plain::schema(&state.snapshot().arrow_schema()) == *change.schema;
            if !as_before {
                let no_settings: [(&str, &str); 0] = [];
                actions.push(Action::Metadata(new_metadata(
                    &fields(change.schema)?,
                    Vec::<String>::new(),
                    no_settings,
                )?));
            }
            actions.extend(
                state
                    .log_data()
                    .iter()
                    .map(|file| Action::Remove(removal(&file.path(), file.size()))),
            );
        }
        // A dataset that has got a column: rows that were there have none in it. Nothing is ever taken away here.
        if matches!(change.save, SaveMode::Append) {
            let before = plain::schema(&state.snapshot().arrow_schema());
            if let Some(wider) = widened(&before, change.schema) {
                let no_settings: [(&str, &str); 0] = [];
                actions.push(Action::Metadata(new_metadata(
                    &fields(&wider)?,
                    Vec::<String>::new(),
                    no_settings,
                )?));
            }
        }
        let properties = change.properties();
        actions.extend(change.removes.into_iter().map(Action::Remove));
        actions.extend(change.adds.into_iter().map(Action::Add));
        actions.extend(change.add.map(Action::Add));
        let operation = DeltaOperation::Write {
            mode: change.save,
            partition_by: None,
            predicate: None,
        };
        let done = CommitBuilder::from(properties)
            .with_actions(actions)
            .build(Some(state), table.log_store(), operation)
            .await?;
        Ok(done.version())
    }
}

impl Change<'_> {
    fn properties(&self) -> CommitProperties {
        CommitProperties::default()
            .with_metadata([("note".to_owned(), serde_json::Value::from(self.note))])
            .with_max_retries(0)
            .with_application_transactions(self.transactions.clone())
    }
}

/// A schema with the columns that another has besides; `None` where it has none.
fn widened(before: &SchemaRef, with: &SchemaRef) -> Option<SchemaRef> {
    let new: Vec<_> = with
        .fields()
        .iter()
        .filter(|field| before.field_with_name(field.name()).is_err())
        .map(|field| Arc::new(field.as_ref().clone().with_nullable(true)))
        .collect();
    if new.is_empty() {
        return None;
    }
    let all: Vec<_> = before.fields().iter().cloned().chain(new).collect();
    Some(Arc::new(Schema::new(all)))
}

fn add(rows: &Parked) -> Add {
    Add {
        path: rows.file.clone(),
        size: i64::try_from(rows.bytes).unwrap_or(i64::MAX),
        data_change: true,
        stats: Some(format!(r#"{{"numRecords":{}}}"#, rows.rows)),
        ..Add::default()
    }
}

fn fields(schema: &SchemaRef) -> Result<StructType, DeltaTableError> {
    schema
        .as_ref()
        .try_into_kernel()
        .map_err(|e| DeltaTableError::Generic(e.to_string()))
}

fn removal(path: &str, size: i64) -> Remove {
    Remove {
        path: path.to_owned(),
        data_change: true,
        deletion_timestamp: None,
        extended_file_metadata: Some(false),
        partition_values: None,
        size: Some(size),
        tags: None,
        deletion_vector: None,
        base_row_id: None,
        default_row_commit_version: None,
    }
}

fn is_conflict(error: &DeltaTableError) -> bool {
    match error {
        DeltaTableError::VersionAlreadyExists(_) | DeltaTableError::Transaction { .. } => true,
        other => {
            let text = other.to_string();
            text.contains("already exists")
        }
    }
}

/// How the Parquet files are written: compressed well, since they are read more often than written.
pub(crate) fn parquet_properties() -> WriterProperties {
    let level = ZstdLevel::try_new(1).unwrap_or_default();
    WriterProperties::builder()
        .set_compression(Compression::ZSTD(level))
        .set_max_row_group_row_count(Some(128 * 1024))
        .build()
}
