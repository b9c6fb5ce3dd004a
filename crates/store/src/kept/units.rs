//! The files of a table in the pieces in which they are read here: one row group after the other, rows in the order
//! in which they stand, so that a row has a number.

use crate::engine::Input;
use datafusion::{
    arrow::{
        array::{ArrayRef, RecordBatch, RecordBatchOptions, new_null_array},
        buffer::BooleanBuffer,
        datatypes::{Schema, SchemaRef},
    },
    common::tree_node::TreeNodeRecursion,
    datasource::{
        listing::{ListingTableUrl, PartitionedFile},
        physical_plan::{ParquetFileReaderFactory, parquet::DefaultParquetFileReaderFactory},
    },
    error::{DataFusionError, Result as EngineResult},
    execution::{SendableRecordBatchStream, TaskContext},
    parquet::arrow::{
        ParquetRecordBatchStreamBuilder, ProjectionMask,
        arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, RowSelection},
        async_reader::AsyncFileReader,
    },
    physical_expr::{EquivalenceProperties, PhysicalExpr},
    physical_plan::{
        DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PlanProperties,
        ReplaceChildrenOptions,
        execution_plan::{Boundedness, EmissionType},
        metrics::ExecutionPlanMetricsSet,
        stream::RecordBatchStreamAdapter,
    },
};
use futures::{StreamExt, TryStreamExt, stream::BoxStream};
use object_store::ObjectStoreExt;
use std::{fmt, sync::Arc};

/// How many rows are given at a time.
pub(super) const BATCH: usize = 8_192;

/// Rows as they are read.
pub(super) type Rows = BoxStream<'static, EngineResult<RecordBatch>>;

/// The files of a table, with their footers.
pub(super) struct Files {
    reader: DefaultParquetFileReaderFactory,
    /// The columns of the table.
    pub(super) schema: SchemaRef,
    footers: Vec<(PartitionedFile, ArrowReaderMetadata)>,
    /// The pieces, in the order of the files and of the row groups within.
    pub(super) units: Vec<Unit>,
}

/// One row group.
#[derive(Debug, Clone, Copy)]
pub(super) struct Unit {
    file: usize,
    group: usize,
    /// How many rows it has.
    pub(super) rows: usize,
}

impl Files {
    /// Reads the footers. None where a file has a column of another type than its table, or a
    /// row group of more rows than have numbers.
    pub(super) async fn open(input: &Input) -> EngineResult<Option<Self>> {
        let mut opened = Self {
            reader: DefaultParquetFileReaderFactory::new(Arc::clone(&input.objects)),
            schema: Arc::clone(&input.snapshot.schema),
            footers: Vec::new(),
            units: Vec::new(),
        };
        for name in &input.snapshot.files {
            let place = ListingTableUrl::parse(format!("{}{name}", input.address))?;
            let facts = input.objects.head(place.prefix()).await?;
            let file = PartitionedFile::new_from_meta(facts);
            let mut bytes = opened.bytes_of(&file)?;
            let footer =
                ArrowReaderMetadata::load_async(&mut bytes, ArrowReaderOptions::new()).await?;
            let alike = footer.schema().fields().iter().all(|has| {
                let wanted = opened.schema.field_with_name(has.name());
                wanted.is_ok_and(|wanted| wanted.data_type() == has.data_type())
            });
            if !alike {
                return Ok(None);
            }
            for (group, facts) in footer.metadata().row_groups().iter().enumerate() {
                let Ok(rows) = u32::try_from(facts.num_rows()) else {
                    return Ok(None);
                };
                opened.units.push(Unit {
                    file: opened.footers.len(),
                    group,
                    rows: rows as usize,
                });
            }
            opened.footers.push((file, footer));
        }
        Ok(Some(opened))
    }

    /// How much memory the footers take.
    pub(super) fn bytes(&self) -> usize {
        let all = self.footers.iter();
        all.map(|(_, f)| f.metadata().memory_size()).sum()
    }

    fn bytes_of(&self, file: &PartitionedFile) -> EngineResult<Box<dyn AsyncFileReader>> {
        let none = ExecutionPlanMetricsSet::new();
        let bytes = self.reader.create_reader(0, file.clone(), None, &none)?;
        Ok(bytes)
    }

    /// Some columns of a piece, those rows of it that are `passing`, in their order. Where a file is from before a
    /// column, it has nothing there.
    pub(super) fn read(
        &self,
        unit: Unit,
        columns: &[usize],
        passing: Option<&BooleanBuffer>,
    ) -> EngineResult<Rows> {
        let wanted = Arc::new(self.schema.project(columns)?);
        let rows = passing.map_or(unit.rows, BooleanBuffer::count_set_bits);
        let Some((file, footer)) = self.footers.get(unit.file).filter(|_| rows > 0) else {
            return Ok(futures::stream::empty().boxed());
        };
        let present: Vec<usize> = wanted
            .fields()
            .iter()
            .filter_map(|field| footer.schema().index_of(field.name()).ok())
            .collect();
        if present.is_empty() {
            let empty = Arc::new(Schema::empty());
            let batches = in_pieces(rows).map(move |(_, some)| {
                let none = counted(&empty, Vec::new(), some)?;
                completed(&none, &wanted)
            });
            return Ok(futures::stream::iter(batches).boxed());
        }
        let mask = ProjectionMask::roots(footer.parquet_schema(), present);
        let mut read = ParquetRecordBatchStreamBuilder::new_with_metadata(
            self.bytes_of(file)?,
            footer.clone(),
        )
        .with_row_groups(vec![unit.group])
        .with_projection(mask)
        .with_batch_size(BATCH);
        if let Some(passing) = passing {
            read = read.with_row_selection(RowSelection::from_boolean_buffer(passing.clone()));
        }
        let batches = read.build()?.map_err(DataFusionError::from);
        Ok(batches
            .map(move |batch| completed(&batch?, &wanted))
            .boxed())
    }
}

/// So many rows, a batch after the other: where each begins, and how many it has.
pub(super) fn in_pieces(rows: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..rows)
        .step_by(BATCH)
        .map(move |begin| (begin, BATCH.min(rows - begin)))
}

/// A batch that may have no columns and has rows all the same.
pub(super) fn counted(
    schema: &SchemaRef,
    columns: Vec<ArrayRef>,
    rows: usize,
) -> EngineResult<RecordBatch> {
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    Ok(RecordBatch::try_new_with_options(
        Arc::clone(schema),
        columns,
        &options,
    )?)
}

/// The columns wanted, in their order, with nothing in those that the batch does not have.
fn completed(batch: &RecordBatch, wanted: &SchemaRef) -> EngineResult<RecordBatch> {
    let rows = batch.num_rows();
    let columns = wanted.fields().iter().map(|field| {
        let has = batch.column_by_name(field.name());
        has.map_or_else(|| new_null_array(field.data_type(), rows), Arc::clone)
    });
    counted(wanted, columns.collect(), rows)
}

/// Gives the rows of a piece.
pub(super) type Opener = Arc<dyn Fn(usize) -> EngineResult<Rows> + Send + Sync>;

/// Reads pieces, some in each partition. It takes no condition, limit or order from above.
pub(super) struct UnitScan {
    properties: Arc<PlanProperties>,
    units: usize,
    open: Opener,
}

impl UnitScan {
    pub(super) fn new(schema: SchemaRef, units: usize, threads: usize, open: Opener) -> Self {
        let properties = PlanProperties::new(
            EquivalenceProperties::new(schema),
            Partitioning::UnknownPartitioning(units.min(threads).max(1)),
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        Self {
            properties: Arc::new(properties),
            units,
            open,
        }
    }
}

impl fmt::Debug for UnitScan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UnitScan")
    }
}

impl DisplayAs for UnitScan {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UnitScan")
    }
}

impl ExecutionPlan for UnitScan {
    fn name(&self) -> &'static str {
        "UnitScan"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        Vec::new()
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> EngineResult<TreeNodeRecursion>,
    ) -> EngineResult<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn replace_children(
        self: Arc<Self>,
        _: Vec<Arc<dyn ExecutionPlan>>,
        _: ReplaceChildrenOptions,
    ) -> EngineResult<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }

    fn with_new_children(
        self: Arc<Self>,
        _: Vec<Arc<dyn ExecutionPlan>>,
    ) -> EngineResult<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }

    fn execute(
        &self,
        partition: usize,
        _: Arc<TaskContext>,
    ) -> EngineResult<SendableRecordBatchStream> {
        let step = self.properties.partitioning.partition_count();
        let open = Arc::clone(&self.open);
        let rows = futures::stream::iter((partition..self.units).step_by(step))
            .map(move |unit| open(unit))
            .try_flatten();
        let schema = Arc::clone(self.properties.eq_properties.schema());
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, rows)))
    }
}
