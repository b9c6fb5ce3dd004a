//! Taking single rows out of a table, and values out of its rows, without touching the rest.
//!
//! A file of rows that holds one of them is written anew beside its name's beginning, so that it still belongs to its
//! key; one commit puts every new file in the place of its old one. Files without such a row stay as they are. What the
//! old files held is in older versions until these are erased.

use crate::{
    Engine, Store, StoreError,
    engine::{Input, find, read_only, register},
    tables::Exchanged,
};
use datafusion::arrow::{array::AsArray, datatypes::Int64Type};
use futures::StreamExt as _;
use model::{Sql, Zone, sql};

/// How often a table is looked at anew where others commit to it at the same time.
const TRIES: usize = 20;

/// What is taken out of a table. The conditions speak of its rows as `t`.
#[derive(Debug, Clone)]
pub struct TakenOut<'a> {
    pub table: &'a str,
    /// Which rows go.
    pub gone: &'a Sql,
    /// Columns that lose their value, each with the condition under which it does.
    pub blanked: &'a [(model::Ident, Sql)],
}

/// What came of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rewritten {
    /// How many rows went.
    pub gone: u64,
    /// How many other rows lost a value.
    pub changed: u64,
    /// How many files were written anew.
    pub files: u64,
}

impl Engine {
    /// Takes rows and values out of a table of a zone. Where none is in it, nothing is written.
    pub async fn take_rows_out<Z: Zone>(
        &self,
        store: &Store<Z>,
        what: &TakenOut<'_>,
        note: &str,
    ) -> Result<Rewritten, StoreError> {
        for _ in 0..TRIES {
            let Some(input) = find(&[store], what.table).await? else {
                return Ok(Rewritten::default());
            };
            let mut done = Rewritten::default();
            let mut exchanged = Vec::new();
            for file in &input.snapshot.files {
                let (gone, changed) = self.counted(store, &input, file, what).await?;
                if gone == 0 && changed == 0 {
                    continue;
                }
                exchanged.push(self.written_anew(store, &input, file, what).await?);
                done.gone += gone;
                done.changed += changed;
                done.files += 1;
            }
            if exchanged.is_empty() || store.exchange(what.table, &exchanged, note).await? {
                return Ok(done);
            }
            for new in exchanged.into_iter().filter_map(|e| e.new) {
                store.discard(what.table, &new.file).await?;
            }
        }
        Err(StoreError::Contended {
            table: what.table.to_owned(),
        })
    }

    /// How many rows of a file go, and how many others lose a value.
    async fn counted<Z: Zone>(
        &self,
        store: &Store<Z>,
        input: &Input,
        file: &str,
        what: &TakenOut<'_>,
    ) -> Result<(u64, u64), StoreError> {
        let blanked = Sql::join(
            what.blanked.iter().map(|(_, when)| sql!("({})", *when)),
            " or ",
        );
        let blanked = if what.blanked.is_empty() {
            Sql::fixed("false")
        } else {
            blanked
        };
        let table = model::Ident::new(what.table).ok_or_else(|| StoreError::NoTable {
            table: what.table.to_owned(),
            zone: Z::NAME,
            hint: None,
        })?;
        let query = sql!(
            "select coalesce(sum(case when {} then 1 else 0 end), 0) as gone,
  coalesce(sum(case when not coalesce({}, false) and ({}) then 1 else 0 end), 0) as changed from {} as t",
            *what.gone,
            *what.gone,
            blanked,
            table
        );
        let session = self.session(&[store], true);
        let fault = StoreError::query(what.table);
        register(&session, &input.of_file(file)).map_err(&fault)?;
        let rows = session
            .sql_with_options(query.as_str(), read_only())
            .await
            .map_err(&fault)?
            .collect()
            .await
            .map_err(&fault)?;
        let cell = |column: usize| {
            let batch = rows.iter().find(|batch| batch.num_rows() > 0)?;
            let cells = batch.column(column).as_primitive_opt::<Int64Type>()?;
            u64::try_from(cells.value(0)).ok()
        };
        Ok((cell(0).unwrap_or_default(), cell(1).unwrap_or_default()))
    }

    /// Writes what stays of a file, in its order, under the same beginning of its name.
    async fn written_anew<Z: Zone>(
        &self,
        store: &Store<Z>,
        input: &Input,
        file: &str,
        what: &TakenOut<'_>,
    ) -> Result<Exchanged, StoreError> {
        let schema = &input.snapshot.schema;
        let shown = schema.fields().iter().filter_map(|field| {
            let name = model::Ident::new(field.name())?;
            let when = what.blanked.iter().find(|(column, _)| *column == name);
            Some(match when {
                Some((_, when)) => {
                    sql!(
                        "case when {} then null else t.{} end as {}",
                        *when,
                        name,
                        name
                    )
                }
                None => sql!("t.{} as {}", name, name),
            })
        });
        let table = model::Ident::new(what.table).ok_or_else(|| StoreError::NoTable {
            table: what.table.to_owned(),
            zone: Z::NAME,
            hint: None,
        })?;
        let query = sql!(
            "select {} from {} as t where not coalesce({}, false)",
            Sql::join(shown, ", "),
            table,
            *what.gone
        );
        let session = self.session(&[store], true);
        // One partition reads a file from its first row to its last.
        session
            .state_ref()
            .write()
            .config_mut()
            .options_mut()
            .execution
            .target_partitions = 1;
        let fault = StoreError::query(what.table);
        register(&session, &input.of_file(file)).map_err(&fault)?;
        let frame = session
            .sql_with_options(query.as_str(), read_only())
            .await
            .map_err(&fault)?;
        let mut rows = frame.execute_stream().await.map_err(&fault)?;
        let old = file
            .strip_prefix(&format!("{}/", what.table))
            .unwrap_or(file)
            .to_owned();
        let mut writer = store.writer_beside(what.table, schema, &old)?;
        while let Some(batch) = rows.next().await {
            writer.write(&batch.map_err(&fault)?).await?;
        }
        let new = if writer.rows() == 0 {
            None
        } else {
            Some(writer.park().await?)
        };
        Ok(Exchanged { old, new })
    }
}
