//! A table as an agreement lets it be seen: the only kind that an analyst's session knows.
//!
//! Nothing of the asker's query runs below it. A condition that was pushed under the row filter could
//! tell, by an error or by its time, of rows that the asker may not see; so none is accepted here.

use async_trait::async_trait;
use datafusion::{
    arrow::datatypes::SchemaRef,
    catalog::{Session, TableProvider},
    datasource::TableType,
    error::Result as EngineResult,
    execution::SessionState,
    logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, TableProviderFilterPushDown},
    physical_plan::ExecutionPlan,
};
use std::{fmt, sync::Arc};

/// A governed table: a plan over tables that the session itself cannot name.
pub(crate) struct GovernedTable {
    schema: SchemaRef,
    plan: LogicalPlan,
    within: SessionState,
}

impl GovernedTable {
    pub(crate) fn new(plan: LogicalPlan, within: SessionState) -> Self {
        Self { schema: Arc::new(plan.schema().as_arrow().clone()), plan, within }
    }
}

impl fmt::Debug for GovernedTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GovernedTable").field("schema", &self.schema).finish_non_exhaustive()
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
    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> EngineResult<Vec<TableProviderFilterPushDown>> {
        Ok(vec![TableProviderFilterPushDown::Unsupported; filters.len()])
    }

    async fn scan(
        &self,
        _session: &dyn Session,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        _limit: Option<usize>,
    ) -> EngineResult<Arc<dyn ExecutionPlan>> {
        let plan = match projection {
            None => self.plan.clone(),
            Some(wanted) => {
                let columns = self.plan.schema().columns();
                let kept = wanted.iter().filter_map(|at| columns.get(*at).cloned().map(Expr::Column));
                LogicalPlanBuilder::from(self.plan.clone()).project(kept.collect::<Vec<_>>())?.build()?
            }
        };
        self.within.create_physical_plan(&plan).await
    }
}
