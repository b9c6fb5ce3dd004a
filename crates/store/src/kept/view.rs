//! A governed table read by way of what is kept: the names of its things, and its rows.
//!
//! Which rows pass is named by the table with its files and columns, the condition as it is written, and the files of
//! every table that the condition looks into, such as the preferences of people. A column of them is named by these rows,
//! by how it is made, and by what our own functions make of nobody now, so that under another key it is another column.

use super::{
    Kept, KeptColumns, KeptKey, TableFiles,
    column::{Column, Making},
    rows::Rows,
    units::{Files, Opener, UnitScan, counted, in_pieces},
};
use crate::engine::Input;
use datafusion::{
    arrow::{
        array::{ArrayRef, RecordBatch},
        datatypes::{Schema, SchemaRef},
    },
    common::runtime::SpawnedTask,
    error::{DataFusionError, Result as EngineResult},
    execution::SessionState,
    logical_expr::{Filter, LogicalPlan, TableScan},
    physical_plan::ExecutionPlan,
};
use futures::{StreamExt, TryStreamExt};
use govern::GovernedView;
use std::{collections::BTreeSet, sync::Arc};

/// A view of an agreement, with what is kept of it.
pub(crate) struct KeptView {
    kept: Arc<KeptColumns>,
    input: Arc<Input>,
    of: TableFiles,
    rows: KeptKey,
    /// How each column is made, as the agreement says it.
    columns: Vec<String>,
    own: BTreeSet<String>,
}

/// How a column of an answer comes about.
enum Source {
    /// It is kept.
    Kept(Arc<Column>),
    /// It is made of what stands in these places of the columns that are read.
    Made(Making, Vec<usize>),
}

impl KeptView {
    /// A view over the tables that it reads. `own` are the functions that are ours, `version` what they depend on. None
    /// where nothing is kept, or where the condition looks into the table itself: then a row's passing does not
    /// depend on that row alone.
    pub(crate) fn of(
        kept: &Arc<KeptColumns>,
        view: &GovernedView,
        inputs: &[Arc<Input>],
        (own, version): (BTreeSet<String>, &str),
    ) -> Option<Self> {
        let table = view.table.as_str();
        let input = inputs.iter().find(|input| input.name == table)?;
        if kept.limit == 0 || view.reads.contains(table) {
            return None;
        }
        let files = |input: &Input| {
            let files = input.snapshot.files.iter().map(String::as_bytes);
            let schema = format!("{:?}", input.snapshot.schema);
            let place = [input.address.as_str().as_bytes(), schema.as_bytes()];
            KeptKey::of(place.into_iter().chain(files))
        };
        let of = TableFiles {
            table: KeptKey::of([input.address.as_str().as_bytes(), table.as_bytes()]),
            files: files(input),
        };
        let mut looked_into = Vec::new();
        for name in &view.reads {
            let other = inputs.iter().find(|input| &input.name == name)?;
            looked_into.extend([name.as_bytes().to_vec(), files(other).0.to_vec()]);
        }
        let parts = [&of.table.0, &of.files.0, version.as_bytes()];
        let rows = KeptKey::of(
            parts
                .into_iter()
                .chain([view.filter.as_str().as_bytes()])
                .chain(looked_into.iter().map(Vec::as_slice)),
        );
        Some(Self {
            kept: Arc::clone(kept),
            input: Arc::clone(input),
            of,
            rows,
            columns: view
                .columns
                .iter()
                .map(|column| column.expression.as_str().to_owned())
                .collect(),
            own,
        })
    }

    /// The rows of the view's plan, in the columns wanted. None where they cannot be had in this way.
    pub(crate) async fn scan(
        &self,
        plan: &LogicalPlan,
        wanted: &[usize],
        within: &SessionState,
    ) -> EngineResult<Option<Arc<dyn ExecutionPlan>>> {
        let LogicalPlan::Projection(top) = plan else {
            return Ok(None);
        };
        let LogicalPlan::Filter(condition) = top.input.as_ref() else {
            return Ok(None);
        };
        let LogicalPlan::TableScan(table) = condition.input.as_ref() else {
            return Ok(None);
        };
        let schema = Arc::new(top.schema.as_arrow().project(wanted)?);
        let mut makings = Vec::new();
        for (at, field) in wanted.iter().zip(schema.fields()) {
            let Some(expression) = top.expr.get(*at) else {
                return Ok(None);
            };
            let from = (&table.table_name, &self.input.snapshot.schema);
            match Making::of(expression, field, from, within)? {
                Some(making) => makings.push((*at, making)),
                None => return Ok(None),
            }
        }
        let Some(rows) = self.passing(condition, table, within).await? else {
            return Ok(None);
        };
        let threads = within.config().target_partitions();
        let columns: Vec<(Making, Option<Arc<Column>>)> = futures::stream::iter(makings)
            .map(|(at, making)| self.column(&rows, at, making, within))
            .buffered(threads.max(1))
            .try_collect()
            .await?;
        Ok(Some(serve(rows, columns, schema, threads)))
    }

    /// The rows that pass.
    async fn passing(
        &self,
        condition: &Filter,
        table: &TableScan,
        within: &SessionState,
    ) -> EngineResult<Option<Arc<Rows>>> {
        if let Some(Kept::Rows(rows)) = self.kept.get(&self.rows) {
            return Ok(Some(rows));
        }
        self.kept.forget_other_files(self.of);
        let Some(files) = Files::open(&self.input).await? else {
            return Ok(None);
        };
        let condition = (&table.table_name, condition);
        let rows = Arc::new(Rows::work_out(Arc::new(files), condition, within).await?);
        let what = Kept::Rows(Arc::clone(&rows));
        self.kept.put(self.rows, self.of, what, rows.bytes());
        Ok(Some(rows))
    }

    /// A column of these rows, where it is kept or can be.
    async fn column(
        &self,
        rows: &Arc<Rows>,
        at: usize,
        making: Making,
        within: &SessionState,
    ) -> EngineResult<(Making, Option<Arc<Column>>)> {
        let witness = making.witness(&self.own, within)?;
        let (Some(text), Some(witness), false) =
            (self.columns.get(at), witness, making.from.is_empty())
        else {
            return Ok((making, None));
        };
        let key = KeptKey::of([&self.rows.0, text.as_bytes(), &witness]);
        match self.kept.get(&key) {
            Some(Kept::Column(column)) => return Ok((making, Some(column))),
            Some(_) => return Ok((making, None)),
            None => {}
        }
        let work = Column::make(Arc::clone(rows), making.clone(), self.kept.limit);
        let made = SpawnedTask::spawn(work)
            .await
            .map_err(|e| DataFusionError::ExecutionJoin(Box::new(e)))??;
        // The key may have been changed meanwhile: then nobody knows which of the two made it.
        if making.witness(&self.own, within)? != Some(witness) {
            return Ok((making, None));
        }
        let Some(column) = made.map(Arc::new) else {
            self.kept.put(key, self.of, Kept::TooLarge, 0);
            return Ok((making, None));
        };
        let what = Kept::Column(Arc::clone(&column));
        self.kept.put(key, self.of, what, column.bytes());
        Ok((making, Some(column)))
    }
}

/// Reads what is not kept, and puts what is beside it.
fn serve(
    rows: Arc<Rows>,
    columns: Vec<(Making, Option<Arc<Column>>)>,
    schema: SchemaRef,
    threads: usize,
) -> Arc<dyn ExecutionPlan> {
    let unkept = columns.iter().filter(|(_, kept)| kept.is_none());
    let read: BTreeSet<usize> = unkept.flat_map(|(m, _)| m.from.iter().copied()).collect();
    let read: Vec<usize> = read.into_iter().collect();
    let sources: Arc<Vec<Source>> = Arc::new(
        columns
            .into_iter()
            .map(|(making, kept)| {
                if let Some(column) = kept {
                    return Source::Kept(column);
                }
                let places = making.from.iter();
                let places = places.filter_map(|c| read.binary_search(c).ok()).collect();
                Source::Made(making, places)
            })
            .collect(),
    );
    let (units, shape) = (rows.of_units.len(), Arc::clone(&schema));
    let open: Opener = Arc::new(move |at| {
        let unit = rows.files.units.get(at).zip(rows.of_units.get(at));
        let Some((unit, passing)) = unit.filter(|(_, passing)| passing.count > 0) else {
            return Ok(futures::stream::empty().boxed());
        };
        let raw = if read.is_empty() {
            let nothing = Arc::new(Schema::empty());
            let batches = in_pieces(passing.count);
            let batches = batches.map(move |(_, rows)| counted(&nothing, Vec::new(), rows));
            futures::stream::iter(batches).boxed()
        } else {
            rows.files.read(*unit, &read, passing.mask.as_ref())?
        };
        let (mut begin, sources, shape) = (0, Arc::clone(&sources), Arc::clone(&shape));
        let governed = raw.map(move |raw| {
            let raw = raw?;
            let rows = raw.num_rows();
            let columns = sources.iter().map(|source| source.rows(&raw, at, begin));
            let batch = counted(&shape, columns.collect::<EngineResult<_>>()?, rows);
            begin += rows;
            batch
        });
        Ok(governed.boxed())
    });
    Arc::new(UnitScan::new(schema, units, threads, open))
}

impl Source {
    fn rows(&self, raw: &RecordBatch, unit: usize, begin: usize) -> EngineResult<ArrayRef> {
        match self {
            Self::Kept(column) => column.rows(unit, begin, raw.num_rows()),
            Self::Made(making, places) => making.make(&raw.project(places)?),
        }
    }
}
