//! Which rows of a table pass a condition of an agreement: one bit for each row.
//!
//! The condition is worked out by the engine, over the table with a column more, the number of each row. So it may look
//! into other tables, and joins may turn the rows about.

use super::units::{Files, Opener, UnitScan, counted};
use async_trait::async_trait;
use datafusion::{
    arrow::{
        array::{Array, ArrayRef, BooleanBufferBuilder, UInt64Array},
        buffer::BooleanBuffer,
        datatypes::{DataType, Field, Schema, SchemaRef},
    },
    catalog::{Session, TableProvider},
    common::{Column, TableReference},
    datasource::{TableType, provider_as_source},
    error::{DataFusionError, Result as EngineResult},
    execution::SessionState,
    logical_expr::{Expr, Filter, LogicalPlanBuilder},
    physical_plan::{ExecutionPlan, execute_stream},
};
use futures::StreamExt;
use std::{fmt, sync::Arc};

/// No column of a table is called so: names have no blanks.
const NUMBER: &str = "row number";
/// A number is the piece, and the row within it.
const WITHIN: u32 = 32;

/// The rows of a table that pass.
pub(super) struct Rows {
    /// The table's files.
    pub(super) files: Arc<Files>,
    /// Those of each piece.
    pub(super) of_units: Vec<Passing>,
}

/// The rows of one piece that pass.
pub(super) struct Passing {
    /// How many.
    pub(super) count: usize,
    /// Which; none where all do.
    pub(super) mask: Option<BooleanBuffer>,
}

impl Rows {
    /// Works out a condition on a table that the plan knows by this name.
    pub(super) async fn work_out(
        files: Arc<Files>,
        (table, condition): (&TableReference, &Filter),
        within: &SessionState,
    ) -> EngineResult<Self> {
        let numbered = Numbered::of(Arc::clone(&files), within.config().target_partitions());
        let source = provider_as_source(Arc::new(numbered));
        let plan = LogicalPlanBuilder::scan(table.clone(), source, None)?
            .filter(condition.predicate.clone())?
            .project([Expr::Column(Column::new(Some(table.clone()), NUMBER))])?
            .build()?;
        let plan = within.create_physical_plan(&plan).await?;
        let mut stream = execute_stream(plan, within.task_ctx())?;
        let mut masks: Vec<BooleanBufferBuilder> = Vec::new();
        for unit in &files.units {
            let mut mask = BooleanBufferBuilder::new(unit.rows);
            mask.append_n(unit.rows, false);
            masks.push(mask);
        }
        while let Some(batch) = stream.next().await {
            let batch = batch?;
            let numbers = batch.column(0).as_any().downcast_ref::<UInt64Array>();
            let numbers = numbers.filter(|n| n.null_count() == 0).ok_or_else(lost)?;
            for number in numbers.values() {
                let unit = usize::try_from(number >> WITHIN).map_err(|_| lost())?;
                let row = usize::try_from(number & u64::from(u32::MAX)).map_err(|_| lost())?;
                let mask = masks.get_mut(unit).filter(|mask| row < mask.len());
                mask.ok_or_else(lost)?.set_bit(row, true);
            }
        }
        let of_units = masks.into_iter().map(|mut mask| {
            let mask = mask.finish();
            let count = mask.count_set_bits();
            Passing {
                count,
                mask: (count < mask.len()).then_some(mask),
            }
        });
        Ok(Self {
            of_units: of_units.collect(),
            files,
        })
    }

    /// How much memory they take.
    pub(super) fn bytes(&self) -> usize {
        let masks = self.of_units.iter().filter_map(|unit| unit.mask.as_ref());
        self.files.bytes() + masks.map(|mask| mask.len() / 8).sum::<usize>()
    }
}

fn lost() -> DataFusionError {
    DataFusionError::Internal("rows of a table lost their numbers".to_owned())
}

/// A table with the number of each row beside its columns.
struct Numbered {
    files: Arc<Files>,
    schema: SchemaRef,
    threads: usize,
}

impl Numbered {
    fn of(files: Arc<Files>, threads: usize) -> Self {
        let mut fields = files.schema.fields().to_vec();
        fields.push(Arc::new(Field::new(NUMBER, DataType::UInt64, false)));
        Self {
            files,
            schema: Arc::new(Schema::new(fields)),
            threads,
        }
    }
}

impl fmt::Debug for Numbered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Numbered")
    }
}

#[async_trait]
impl TableProvider for Numbered {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        _: &dyn Session,
        projection: Option<&Vec<usize>>,
        _: &[Expr],
        _: Option<usize>,
    ) -> EngineResult<Arc<dyn ExecutionPlan>> {
        let wanted: Vec<usize> =
            projection.map_or_else(|| (0..self.schema.fields().len()).collect(), Clone::clone);
        let schema = Arc::new(self.schema.project(&wanted)?);
        let number = self.files.schema.fields().len();
        let read: Vec<usize> = wanted.iter().copied().filter(|c| *c != number).collect();
        let (files, shape) = (Arc::clone(&self.files), Arc::clone(&schema));
        let open: Opener = Arc::new(move |at| {
            let Some(unit) = files.units.get(at).copied() else {
                return Ok(futures::stream::empty().boxed());
            };
            let first = u64::try_from(at).map_err(|_| lost())? << WITHIN;
            let (mut next, shape, wanted) = (first, Arc::clone(&shape), wanted.clone());
            let rows = files.read(unit, &read, None)?;
            let numbered = rows.map(move |batch| {
                let batch = batch?;
                let rows = batch.num_rows();
                let end = next + u64::try_from(rows).map_err(|_| lost())?;
                let numbers: ArrayRef = Arc::new(UInt64Array::from_iter_values(next..end));
                next = end;
                let mut others = batch.columns().iter();
                let columns = wanted.iter().map(|column| {
                    if *column == number {
                        Some(Arc::clone(&numbers))
                    } else {
                        others.next().map(Arc::clone)
                    }
                });
                counted(
                    &shape,
                    columns.collect::<Option<_>>().ok_or_else(lost)?,
                    rows,
                )
            });
            Ok(numbered.boxed())
        });
        let units = self.files.units.len();
        Ok(Arc::new(UnitScan::new(schema, units, self.threads, open)))
    }
}
