//! A table as an agreement lets it be seen: the only kind that an analyst's session knows.
//!
//! Nothing of the asker's query runs below it. A condition that was pushed under the row filter could
//! tell, by an error or by its time, of rows that the asker may not see; so none is accepted here.

use crate::kept::KeptView;
use async_trait::async_trait;
use datafusion::{
    arrow::datatypes::SchemaRef,
    catalog::{Session, TableProvider},
    common::tree_node::TreeNodeRecursion,
    datasource::TableType,
    error::Result as EngineResult,
    execution::{SendableRecordBatchStream, SessionState, TaskContext},
    logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, TableProviderFilterPushDown},
    physical_expr::PhysicalExpr,
    physical_plan::{
        DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties, ReplaceChildrenOptions,
    },
};
use std::{fmt, sync::Arc};

/// A governed table: a plan over tables that the session itself cannot name.
pub(crate) struct GovernedTable {
    schema: SchemaRef,
    plan: LogicalPlan,
    within: SessionState,
    kept: Option<KeptView>,
}

impl GovernedTable {
    pub(crate) fn new(plan: LogicalPlan, within: SessionState, kept: Option<KeptView>) -> Self {
        Self {
            schema: Arc::new(plan.schema().as_arrow().clone()),
            plan,
            within,
            kept,
        }
    }
}

impl fmt::Debug for GovernedTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GovernedTable")
            .field("schema", &self.schema)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl TableProvider for GovernedTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::View
    }

    // INVARIANT: no filter of the asker is taken below the agreement's own.
    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> EngineResult<Vec<TableProviderFilterPushDown>> {
        Ok(vec![
            TableProviderFilterPushDown::Unsupported;
            filters.len()
        ])
    }

    async fn scan(
        &self,
        _session: &dyn Session,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        _limit: Option<usize>,
    ) -> EngineResult<Arc<dyn ExecutionPlan>> {
        if let Some(kept) = &self.kept {
            let all: Vec<usize> = (0..self.schema.fields().len()).collect();
            let wanted = projection.unwrap_or(&all);
            if let Some(beneath) = kept.scan(&self.plan, wanted, &self.within).await? {
                return Ok(Arc::new(Barrier { beneath }));
            }
        }
        let plan = match projection {
            None => self.plan.clone(),
            Some(wanted) => {
                let columns = self.plan.schema().columns();
                let kept = wanted
                    .iter()
                    .filter_map(|at| columns.get(*at).cloned().map(Expr::Column));
                LogicalPlanBuilder::from(self.plan.clone())
                    .project(kept.collect::<Vec<_>>())?
                    .build()?
            }
        };
        Ok(Arc::new(Barrier {
            beneath: self.within.create_physical_plan(&plan).await?,
        }))
    }
}

/// Stands between the asker's operators and those of the agreement. The engine moves conditions, limits
/// and orders down through operators that say they can take them; this one takes none, so that rows which
/// the agreement leaves out are never held against a condition of the asker. It shows nothing of what is
/// beneath it, which has been optimised already: doing that once more breaks joins with dynamic filters.
#[derive(Debug)]
struct Barrier {
    beneath: Arc<dyn ExecutionPlan>,
}

impl DisplayAs for Barrier {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Barrier")
    }
}

impl ExecutionPlan for Barrier {
    fn name(&self) -> &'static str {
        "Barrier"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        self.beneath.properties()
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
        context: Arc<TaskContext>,
    ) -> EngineResult<SendableRecordBatchStream> {
        self.beneath.execute(partition, context)
    }
}
