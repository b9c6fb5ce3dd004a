//! Answering a question in SQL: what it touches, what its columns are, and its rows under a permit.

use crate::{
    Engine, Store, StoreError,
    engine::{find, read_only, register},
    governed::GovernedTable,
};
use datafusion::{
    arrow::{array::RecordBatch, datatypes::SchemaRef},
    common::{Column, TableReference, tree_node::TreeNodeRecursion},
    datasource::empty::EmptyTable,
    error::DataFusionError,
    logical_expr::{Expr, LogicalPlan, expr::AggregateFunction},
    prelude::SessionContext,
    sql::parser::{DFParser, Statement},
};
use futures::StreamExt;
use govern::{GovernedView, Permit};
use model::{Pseudonymous, Zone};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

/// How much an answer may hold and take.
#[derive(Debug, Clone, Copy)]
pub struct AnswerLimits {
    /// How many rows are given; more are cut off and said to be.
    pub rows: usize,
    /// How long the query may run.
    pub time: Duration,
}

/// The rows of an answer, for use inside the environment.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The columns.
    pub schema: SchemaRef,
    /// The rows, in batches.
    pub batches: Vec<RecordBatch>,
    /// How many rows are given.
    pub rows: usize,
    /// Whether there were more than the limit.
    pub cut_off: bool,
    /// What each column is, where the question counts something.
    pub shape: Vec<CountShape>,
    /// Whether rows stand for totals too, so that a null label means all.
    pub has_totals: bool,
}

/// What a column of an answer is, judged from the plan and not from its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CountShape {
    /// A value that groups people or events.
    Dimension,
    /// How many different people.
    CountOfPeople,
    /// How many rows.
    CountOfRows,
    /// Something else, and why it is not a count.
    Other(String),
}

/// What a question touches, by the names that the agreement uses.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Touched {
    /// The tables.
    pub tables: BTreeSet<String>,
    /// The columns of each table.
    pub columns: BTreeMap<String, BTreeSet<String>>,
}

fn not_a_question(reason: impl Into<String>) -> StoreError {
    StoreError::NotAQuestion { reason: reason.into() }
}

impl Engine {
    /// The tables that a question names. Only one `select` is a question.
    pub fn tables_of(&self, sql: &str) -> Result<BTreeSet<String>, StoreError> {
        let session = SessionContext::new();
        let mut statements =
            DFParser::parse_sql(sql).map_err(|e| not_a_question(format!("the SQL cannot be read: {}", e.strip_backtrace())))?;
        let (Some(statement), true) = (statements.pop_front(), statements.is_empty()) else {
            return Err(not_a_question("ask one question at a time: a single `select`"));
        };
        let is_query = matches!(&statement, Statement::Statement(inner) if matches!(**inner, datafusion::sql::sqlparser::ast::Statement::Query(_)));
        if !is_query {
            return Err(not_a_question("only `select` may be asked; nothing can be made, changed, copied or set"));
        }
        let names = session.state().resolve_table_references(&statement).map_err(|e| not_a_question(e.strip_backtrace()))?;
        names
            .into_iter()
            .map(|name| match name {
                TableReference::Bare { table } => Ok(table.to_string()),
                other => Err(not_a_question(format!("there is no table `{other}`; name a table of the agreement by its bare name"))),
            })
            .collect()
    }

    /// The columns that a question touches, worked out against the tables as the agreement names their
    /// columns (`known`) and, where that does not plan, against all columns that the store has.
    pub async fn touched<Z: Zone>(
        &self,
        stores: &[&Store<Z>],
        known: &[GovernedView],
        sql: &str,
    ) -> Result<Touched, StoreError> {
        let tables = self.tables_of(sql)?;
        let outer = SessionContext::new_with_state(self.session(stores, true).state());
        let (inner, views) = self.inner(stores, known).await?;
        for (name, plan) in views {
            let empty = EmptyTable::new(Arc::new(plan.schema().as_arrow().clone()));
            outer.register_table(name, Arc::new(empty)).map_err(StoreError::query("ask"))?;
        }
        drop(inner);
        let first = outer.sql_with_options(sql, read_only()).await;
        let frame = match first {
            Ok(frame) => frame,
            Err(fault) => {
                let wide = SessionContext::new_with_state(self.session(stores, true).state());
                for table in &tables {
                    if let Some(input) = find(stores, table).await? {
                        let empty = EmptyTable::new(Arc::clone(&input.snapshot.schema));
                        wide.register_table(table.as_str(), Arc::new(empty)).map_err(StoreError::query("ask"))?;
                    }
                }
                match wide.sql_with_options(sql, read_only()).await {
                    Ok(frame) => frame,
                    // A table that nobody has is for the agreement to refuse, by name.
                    Err(_) if tables.iter().any(|t| !known.iter().any(|v| v.table.as_str() == t)) => {
                        return Ok(Touched { tables, columns: BTreeMap::new() });
                    }
                    Err(_) => return Err(not_a_question(in_words(&fault))),
                }
            }
        };
        let plan = frame.into_optimized_plan().map_err(|e| not_a_question(in_words(&e)))?;
        let mut columns: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        plan.apply_with_subqueries(|node| {
            if let LogicalPlan::TableScan(scan) = node {
                let of_table = columns.entry(scan.table_name.table().to_owned()).or_default();
                of_table.extend(scan.projected_schema.fields().iter().map(|f| f.name().clone()));
                for filter in &scan.filters {
                    of_table.extend(filter.column_refs().into_iter().map(|c| c.name.clone()));
                }
            }
            Ok(TreeNodeRecursion::Continue)
        })
        .map_err(StoreError::query("ask"))?;
        Ok(Touched { tables, columns })
    }

    /// Answers a question under a permit: the session sees the permit's views and nothing else.
    pub async fn answer(
        &self,
        stores: &[&Store<Pseudonymous>],
        permit: &Permit,
        sql: &str,
        limits: AnswerLimits,
    ) -> Result<Answer, StoreError> {
        match tokio::time::timeout(limits.time, self.answer_once(stores, permit, sql, limits, true)).await {
            Ok(Err(e)) if e.is_out_of_memory() => {
                tokio::time::timeout(limits.time, self.answer_once(stores, permit, sql, limits, false))
                    .await
                    .unwrap_or(Err(StoreError::OutOfTime { seconds: limits.time.as_secs() }))
                    .map_err(|e| if e.is_out_of_memory() { StoreError::OutOfMemory { limit_mb: self.settings().memory_mb } } else { e })
            }
            Ok(done) => done,
            Err(_) => Err(StoreError::OutOfTime { seconds: limits.time.as_secs() }),
        }
    }

    async fn answer_once(
        &self,
        stores: &[&Store<Pseudonymous>],
        permit: &Permit,
        sql: &str,
        limits: AnswerLimits,
        hash_joins: bool,
    ) -> Result<Answer, StoreError> {
        self.tables_of(sql)?;
        let (inner, views) = self.inner(stores, permit.terms().views()).await?;
        let outer = self.session::<Pseudonymous>(&[], hash_joins);
        for (name, plan) in views {
            let table = GovernedTable::new(plan, inner.state());
            outer.register_table(name, Arc::new(table)).map_err(StoreError::query("ask"))?;
        }
        let frame = outer.sql_with_options(sql, read_only()).await.map_err(|e| not_a_question(in_words(&e)))?;
        let shape = shape(frame.logical_plan());
        let has_totals = has_totals(frame.logical_plan());
        let mut stream = frame.execute_stream().await.map_err(StoreError::query("ask"))?;
        let schema = stream.schema();
        let (mut batches, mut rows, mut cut_off) = (Vec::new(), 0usize, false);
        while let Some(batch) = stream.next().await {
            let batch = batch.map_err(StoreError::query("ask"))?;
            let room = limits.rows.saturating_sub(rows);
            if batch.num_rows() > room {
                cut_off = true;
                batches.push(batch.slice(0, room));
                rows += room;
                break;
            }
            rows += batch.num_rows();
            batches.push(batch);
        }
        Ok(Answer { schema, batches, rows, cut_off, shape, has_totals })
    }

    /// The inner session, which has the stores' tables, and the plan of each governed view in it.
    async fn inner<Z: Zone>(
        &self,
        stores: &[&Store<Z>],
        views: &[GovernedView],
    ) -> Result<(SessionContext, Vec<(String, LogicalPlan)>), StoreError> {
        let inner = self.session(stores, true);
        let names: BTreeSet<&str> =
            views.iter().flat_map(|v| v.reads.iter().map(String::as_str).chain([v.table.as_str()])).collect();
        for name in names {
            if let Some(input) = find(stores, name).await? {
                register(&inner, &input).map_err(StoreError::query("ask"))?;
            } else {
                return Err(StoreError::NoTable { table: name.to_owned(), zone: Z::NAME, hint: Some("run the steps before it") });
            }
        }
        let mut plans = Vec::new();
        for view in views {
            let query = view.query();
            let frame = inner.sql_with_options(query.as_str(), read_only()).await.map_err(StoreError::query("agreement"))?;
            plans.push((view.table.as_str().to_owned(), frame.into_unoptimized_plan()));
        }
        Ok((inner, plans))
    }
}

/// An error of the engine in words for the person who asked: the first line, without the trace.
fn in_words(error: &DataFusionError) -> String {
    let text = error.strip_backtrace();
    let line = text.lines().next().unwrap_or("the SQL cannot be planned");
    line.trim_start_matches("Schema error: ").trim_start_matches("Error during planning: ").to_owned()
}

/// What each column of a plan is. A count table is an aggregate of counts by dimensions, with nothing
/// above it but the choice, naming and order of columns.
fn shape(plan: &LogicalPlan) -> Vec<CountShape> {
    let other = |why: &str| vec![CountShape::Other(why.to_owned()); plan.schema().fields().len()];
    match plan {
        LogicalPlan::Sort(sort) if sort.fetch.is_none() => shape(&sort.input),
        LogicalPlan::SubqueryAlias(alias) => shape(&alias.input),
        LogicalPlan::Projection(projection) => {
            let below = shape(&projection.input);
            projection.expr.iter().map(|e| projected(e, &projection.input, &below)).collect()
        }
        LogicalPlan::Aggregate(aggregate) => {
            let groups = aggregate.group_expr_len().unwrap_or_default();
            let names = plan.schema().fields().len() - aggregate.aggr_expr.len();
            let person_group = aggregate.group_expr.iter().any(names_a_person);
            let dimension = if person_group || groups > names {
                CountShape::Other("it groups by the pseudonym of a person".to_owned())
            } else {
                CountShape::Dimension
            };
            std::iter::repeat_n(dimension, names).chain(aggregate.aggr_expr.iter().map(counted)).collect()
        }
        LogicalPlan::Filter(_) => other("a condition on the counts themselves (`having`) can give small numbers away"),
        LogicalPlan::Limit(_) | LogicalPlan::Sort(_) => other("a table cut off by `limit` shows which counts are largest"),
        LogicalPlan::Union(_) => other("several count tables in one; release each by itself"),
        _ => other("it is not a count"),
    }
}

/// Whether the count groups in several ways at once.
fn has_totals(plan: &LogicalPlan) -> bool {
    match plan {
        LogicalPlan::Aggregate(aggregate) => aggregate.group_expr.iter().any(|e| matches!(e, Expr::GroupingSet(_))),
        LogicalPlan::Sort(_) | LogicalPlan::SubqueryAlias(_) | LogicalPlan::Projection(_) => {
            plan.inputs().iter().any(|input| has_totals(input))
        }
        _ => false,
    }
}

fn projected(expr: &Expr, input: &LogicalPlan, below: &[CountShape]) -> CountShape {
    match expr {
        Expr::Alias(alias) => projected(&alias.expr, input, below),
        Expr::Column(column) => at(column, input, below),
        // `grouping()` tells a total from a value; it says nothing about people.
        _ => {
            let columns = expr.column_refs();
            let dimensions_only =
                !columns.is_empty() && columns.iter().all(|c| at(c, input, below) == CountShape::Dimension);
            if dimensions_only { CountShape::Dimension } else { CountShape::Other("it is worked out from counts; release the counts".to_owned()) }
        }
    }
}

fn at(column: &Column, input: &LogicalPlan, below: &[CountShape]) -> CountShape {
    input
        .schema()
        .index_of_column(column)
        .ok()
        .and_then(|index| below.get(index).cloned())
        .unwrap_or_else(|| CountShape::Other("it is not a count".to_owned()))
}

fn names_a_person(expr: &Expr) -> bool {
    expr.column_refs().iter().any(|c| c.name.contains("pseudonym"))
}

fn counted(expr: &Expr) -> CountShape {
    match expr {
        Expr::Alias(alias) => counted(&alias.expr),
        Expr::AggregateFunction(AggregateFunction { func, params }) if func.name() == "count" => {
            if params.filter.is_some() {
                return CountShape::Other("a count with a condition of its own; make the condition a column or a `where`".to_owned());
            }
            let people = params.args.iter().any(names_a_person);
            match (people, params.distinct) {
                (true, true) => CountShape::CountOfPeople,
                (_, false) => CountShape::CountOfRows,
                (false, true) => CountShape::Other("it counts different values of something that is not people".to_owned()),
            }
        }
        Expr::AggregateFunction(call) => CountShape::Other(format!("`{}` is not a count; a sum, a mean or an extreme can show one person's value", call.func.name())),
        _ => CountShape::Other("it is not a count".to_owned()),
    }
}
