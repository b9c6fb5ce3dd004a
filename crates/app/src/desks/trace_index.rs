//! The index that is traced against, from the landed tables into memory. Nothing of it is written anywhere.

use super::{IdentifiedDesk, identified::text};
use link::trace::{FilesReport, Index, IndexBuilder, IndexTables, Settings};
use model::Identifiable;
use std::{num::NonZero, time::Instant};
use store::{Store, StoreError};

/// Which versions of its tables an index is made from; none where there is no such table yet.
pub(crate) type Versions = Vec<Option<u64>>;

/// An index in memory.
pub(crate) struct TraceIndex {
    pub(crate) index: Index,
    pub(crate) versions: Versions,
    /// For each table what was read, and what was left out.
    pub(crate) read: Vec<(String, FilesReport)>,
    pub(crate) seconds: f64,
}

/// Why there is no index.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TraceIndexError {
    /// Nobody was landed.
    #[error(
        "no index was landed: there is no table `{table}`; land a file of people, or name one with --index"
    )]
    Nobody { table: String },
    /// More people than fit.
    #[error(
        "the index needs more than the {index_mb} MB of the setting `trace.index_mb`: they were full after {rows} rows"
    )]
    TooLarge { index_mb: u64, rows: u64 },
    /// The tables could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The newest versions of the tables.
pub(crate) async fn versions(
    store: &Store<Identifiable>,
    tables: &IndexTables,
) -> Result<Versions, StoreError> {
    let mut versions = Vec::new();
    for table in tables.all() {
        let newest = store.table(table.name()).await?;
        versions.push(newest.map(|table| table.version()));
    }
    Ok(versions)
}

impl IdentifiedDesk<'_> {
    /// Reads the newest versions, landing by landing, so that a later row about a person changes the earlier one.
    pub(crate) async fn trace_index(
        &self,
        tables: &IndexTables,
        settings: &Settings,
    ) -> Result<TraceIndex, TraceIndexError> {
        let began = Instant::now();
        let config = &self.workspace.config;
        let index_mb = config.trace.index_mb;
        let most = index_mb.saturating_mul(1_000_000);
        let versions = versions(&self.store, tables).await?;
        let mut builder = IndexBuilder::new(settings);
        let mut read = Vec::new();
        for (place, (table, version)) in tables.all().iter().zip(&versions).enumerate() {
            let schema = self.store.schema(table.name()).await?;
            let Some(schema) = schema.filter(|_| version.is_some()) else {
                if place == 0 {
                    let table = table.name().to_owned();
                    return Err(TraceIndexError::Nobody { table });
                }
                continue;
            };
            let held: Vec<&str> = schema.fields().iter().map(|f| f.name().as_str()).collect();
            let (stores, reads) = ([&self.store], [table.name()]);
            let mut report = FilesReport::default();
            let landings = self.engine.look(&stores, &reads, &table.landings()).await?;
            for batch in &landings {
                for row in 0..batch.num_rows() {
                    let rows = table.rows_of(&text(batch, 0, row), &held);
                    let mut fits = true;
                    let take = |batch: &store::arrow::array::RecordBatch| {
                        table.take(batch, &mut builder, &mut report);
                        fits = builder.bytes() <= most;
                        fits
                    };
                    self.engine.each(&stores, &reads, &rows, take).await?;
                    if !fits {
                        let rows = report.rows;
                        return Err(TraceIndexError::TooLarge { index_mb, rows });
                    }
                }
            }
            read.push((table.name().to_owned(), report));
        }
        let threads = NonZero::new(config.threads()).unwrap_or(NonZero::<usize>::MIN);
        Ok(TraceIndex {
            index: builder.finish(threads),
            versions,
            read,
            seconds: began.elapsed().as_secs_f64(),
        })
    }
}
