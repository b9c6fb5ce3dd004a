//! Answering a question in SQL: what it touches, what its columns are, and its rows under a permit.

use crate::{
    CountShape, Engine, Store, StoreError,
    count_shape::{has_totals, shape},
    engine::{Input, find, read_only, register},
    governed::GovernedTable,
    kept::KeptView,
};
use datafusion::{
    arrow::{array::RecordBatch, datatypes::SchemaRef, error::ArrowError},
    common::{
        TableReference,
        tree_node::{TreeNode, TreeNodeRecursion},
    },
    datasource::empty::EmptyTable,
    error::DataFusionError,
    logical_expr::{Expr, LogicalPlan},
    prelude::SessionContext,
    sql::{
        parser::{DFParser, Statement},
        sqlparser::{
            dialect::GenericDialect,
            tokenizer::{Token, Tokenizer},
        },
    },
};
use futures::{FutureExt, StreamExt};
use govern::{GovernedView, Permit};
use model::{Ident, Pseudonymous, Zone};
use std::{
    collections::{BTreeMap, BTreeSet},
    panic::AssertUnwindSafe,
    sync::Arc,
    time::Duration,
};

/// How long a question may be, in bytes.
const LONGEST: usize = 200_000;
/// How many words and signs a question may have beside its lists of values. Each can nest what follows
/// one level deeper, and plans are worked through by recursion, whose stack must suffice.
const MOST_SIGNS: usize = 1_000;

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

/// What a question touches, by the names that the agreement uses.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Touched {
    /// The tables.
    pub tables: BTreeSet<String>,
    /// The columns of each table.
    pub columns: BTreeMap<String, BTreeSet<String>>,
}

fn not_a_question(reason: impl Into<String>) -> StoreError {
    StoreError::NotAQuestion {
        reason: reason.into(),
    }
}

impl Engine {
    /// The tables that a question names. Only one `select` is a question.
    pub fn tables_of(&self, sql: &str) -> Result<BTreeSet<String>, StoreError> {
        within_bounds(sql)?;
        let session = SessionContext::new();
        let mut statements = DFParser::parse_sql(sql).map_err(|e| {
            not_a_question(format!("the SQL cannot be read: {}", e.strip_backtrace()))
        })?;
        let (Some(statement), true) = (statements.pop_front(), statements.is_empty()) else {
            return Err(not_a_question(
                "ask one question at a time: a single `select`",
            ));
        };
        let is_query = matches!(&statement, Statement::Statement(inner) if matches!(**inner, datafusion::sql::sqlparser::ast::Statement::Query(_)));
        if !is_query {
            return Err(not_a_question(
                "only `select` may be asked; nothing can be made, changed, copied or set",
            ));
        }
        let names = session
            .state()
            .resolve_table_references(&statement)
            .map_err(|e| not_a_question(e.strip_backtrace()))?;
        names
            .into_iter()
            .map(|name| match name {
                TableReference::Bare { table } if Ident::new(&table).is_some() => {
                    Ok(table.to_string())
                }
                other => Err(not_a_question(format!(
                    "there is no table `{other}`; name a table of the agreement by its bare name"
                ))),
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
        let outer = self.asker_session(true);
        let inner = self.inner(stores, known).await?;
        for (view, plan) in known.iter().zip(inner.plans) {
            let empty = EmptyTable::new(Arc::new(plan.schema().as_arrow().clone()));
            outer
                .register_table(view.table.as_str(), Arc::new(empty))
                .map_err(StoreError::query("ask"))?;
        }
        let first = outer.sql_with_options(sql, read_only()).await;
        let frame = match first {
            Ok(frame) => frame,
            Err(fault) => {
                let wide = self.asker_session(true);
                for table in &tables {
                    if let Some(input) = find(stores, table).await? {
                        let empty = EmptyTable::new(Arc::clone(&input.snapshot.schema));
                        wide.register_table(table.as_str(), Arc::new(empty))
                            .map_err(StoreError::query("ask"))?;
                    }
                }
                match wide.sql_with_options(sql, read_only()).await {
                    Ok(frame) => frame,
                    // A table that nobody has is for the agreement to refuse, by name.
                    Err(_)
                        if tables
                            .iter()
                            .any(|t| !known.iter().any(|v| v.table.as_str() == t)) =>
                    {
                        return Ok(Touched {
                            tables,
                            columns: BTreeMap::new(),
                        });
                    }
                    Err(_) => return Err(not_a_question(in_words(&fault))),
                }
            }
        };
        let mut columns = named(frame.logical_plan()).map_err(StoreError::query("ask"))?;
        let plan = frame
            .into_optimized_plan()
            .map_err(|e| not_a_question(in_words(&e)))?;
        plan.apply_with_subqueries(|node| {
            if let LogicalPlan::TableScan(scan) = node {
                let of_table = columns
                    .entry(scan.table_name.table().to_owned())
                    .or_default();
                of_table.extend(
                    scan.projected_schema
                        .fields()
                        .iter()
                        .map(|f| f.name().clone()),
                );
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
        match self.answer_in_time(stores, permit, sql, limits, true).await {
            Err(e) if e.is_out_of_memory() => self
                .answer_in_time(stores, permit, sql, limits, false)
                .await
                .map_err(|e| {
                    if e.is_out_of_memory() {
                        StoreError::OutOfMemory {
                            limit_mb: self.settings().memory_mb,
                        }
                    } else {
                        e
                    }
                }),
            done => done,
        }
    }

    /// One try, which ends when its time is up. A panic of the engine ends the try and nothing else: it
    /// must not take the program down with it, whatever was asked.
    async fn answer_in_time(
        &self,
        stores: &[&Store<Pseudonymous>],
        permit: &Permit,
        sql: &str,
        limits: AnswerLimits,
        hash_joins: bool,
    ) -> Result<Answer, StoreError> {
        let work = AssertUnwindSafe(self.answer_once(stores, permit, sql, limits, hash_joins))
            .catch_unwind();
        match tokio::time::timeout(limits.time, work).await {
            Ok(Ok(done)) => done,
            Ok(Err(_)) => Err(StoreError::GaveUp),
            Err(_) => Err(StoreError::OutOfTime {
                seconds: limits.time.as_secs(),
            }),
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
        let views = permit.terms().views();
        let inner = self.inner(stores, views).await?;
        let outer = self.asker_session(hash_joins);
        for (view, plan) in views.iter().zip(inner.plans) {
            let own = (self.function_names(), self.settings().version.as_str());
            let kept = KeptView::of(self.kept(), view, &inner.inputs, own);
            let table = GovernedTable::new(plan, inner.session.state(), kept);
            outer
                .register_table(view.table.as_str(), Arc::new(table))
                .map_err(StoreError::query("ask"))?;
        }
        let frame = outer
            .sql_with_options(sql, read_only())
            .await
            .map_err(|e| not_a_question(in_words(&e)))?;
        let shape = shape(frame.logical_plan());
        let has_totals = has_totals(frame.logical_plan());
        let mut stream = frame.execute_stream().await.map_err(while_running)?;
        let schema = stream.schema();
        let (mut batches, mut rows, mut cut_off) = (Vec::new(), 0usize, false);
        while let Some(batch) = stream.next().await {
            let batch = batch.map_err(while_running)?;
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
        Ok(Answer {
            schema,
            batches,
            rows,
            cut_off,
            shape,
            has_totals,
        })
    }

    /// The inner session, and the plan of each governed view in it.
    async fn inner<Z: Zone>(
        &self,
        stores: &[&Store<Z>],
        views: &[GovernedView],
    ) -> Result<Inner, StoreError> {
        let session = self.session(stores, true);
        let names: BTreeSet<&str> = views
            .iter()
            .flat_map(|v| v.reads.iter().map(String::as_str).chain([v.table.as_str()]))
            .collect();
        let mut inputs = Vec::new();
        for name in names {
            if let Some(input) = find(stores, name).await? {
                register(&session, &input).map_err(StoreError::query("ask"))?;
                inputs.push(Arc::new(input));
            } else {
                return Err(StoreError::NoTable {
                    table: name.to_owned(),
                    zone: Z::NAME,
                    hint: Some("run the steps before it"),
                });
            }
        }
        let mut plans = Vec::new();
        for view in views {
            let query = view.query();
            let frame = session
                .sql_with_options(query.as_str(), read_only())
                .await
                .map_err(StoreError::query("agreement"))?;
            plans.push(frame.into_unoptimized_plan());
        }
        Ok(Inner {
            session,
            inputs,
            plans,
        })
    }
}

/// What a question's governed tables are made of.
struct Inner {
    /// Has the stores' tables.
    session: SessionContext,
    /// These tables, as they stand.
    inputs: Vec<Arc<Input>>,
    /// The plan of each view, in their order.
    plans: Vec<LogicalPlan>,
}

/// Refuses what is too long, or nested too deeply, to be worked through.
fn within_bounds(sql: &str) -> Result<(), StoreError> {
    if sql.len() > LONGEST {
        return Err(not_a_question(format!(
            "the question is longer than {LONGEST} characters"
        )));
    }
    let tokens = Tokenizer::new(&GenericDialect {}, sql)
        .tokenize()
        .map_err(|e| not_a_question(format!("the SQL cannot be read: {e}")))?;
    let is_value =
        |token: &Token| matches!(token, Token::Number(..) | Token::SingleQuotedString(_));
    let (mut signs, mut after_value) = (0usize, false);
    for token in tokens
        .iter()
        .filter(|token| !matches!(token, Token::Whitespace(_)))
    {
        let of_list = is_value(token) || (after_value && *token == Token::Comma);
        signs += usize::from(!of_list);
        after_value = is_value(token);
    }
    if signs > MOST_SIGNS {
        return Err(not_a_question(format!(
            "the question has {signs} words and signs beside its lists of values; the most is {MOST_SIGNS}"
        )));
    }
    Ok(())
}

/// The columns that a plan names anywhere, by table: also those that a better plan would do without, since
/// the question is planned once more over the columns that its permit opens.
fn named(plan: &LogicalPlan) -> Result<BTreeMap<String, BTreeSet<String>>, DataFusionError> {
    let mut names: BTreeSet<String> = BTreeSet::new();
    let mut tables: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    plan.apply_with_subqueries(|node| {
        if let LogicalPlan::TableScan(scan) = node {
            let known = tables
                .entry(scan.table_name.table().to_owned())
                .or_default();
            known.extend(
                scan.source
                    .schema()
                    .fields()
                    .iter()
                    .map(|f| f.name().clone()),
            );
        }
        node.apply_expressions(|expr| {
            expr.apply(|part| {
                if let Expr::Column(column) | Expr::OuterReferenceColumn(_, column) = part {
                    names.insert(column.name.clone());
                }
                Ok(TreeNodeRecursion::Continue)
            })
        })
    })?;
    for columns in tables.values_mut() {
        columns.retain(|column| names.contains(column));
    }
    Ok(tables)
}

/// What went wrong while rows were worked through. Faults of the question are told in words that carry no
/// value of any row.
fn while_running(error: DataFusionError) -> StoreError {
    const CAST: &str = "a value cannot be turned into the type that the question asks for; `try_cast` gives null instead";
    const ZERO: &str =
        "the question divides by zero for some row; `nullif(x, 0)` gives null instead";
    const OTHER: &str = "the question cannot be worked out for every row: a value is outside what an operation takes";
    match error.find_root() {
        DataFusionError::ArrowError(fault, _) => match **fault {
            ArrowError::DivideByZero => not_a_question(ZERO),
            ArrowError::CastError(_) | ArrowError::ParseError(_) => not_a_question(CAST),
            ArrowError::ArithmeticOverflow(_)
            | ArrowError::ComputeError(_)
            | ArrowError::InvalidArgumentError(_) => not_a_question(OTHER),
            // What was to be spilled did not fit where it goes; the engine says so as a fault of a file.
            ArrowError::IoError(ref said, _) if said.contains(crate::spill::FULL) => {
                StoreError::GaveUp
            }
            _ => StoreError::query("ask")(error),
        },
        DataFusionError::Execution(_) => not_a_question(OTHER),
        DataFusionError::Plan(_)
        | DataFusionError::NotImplemented(_)
        | DataFusionError::SchemaError(..) => not_a_question(in_words(&error)),
        _ => StoreError::query("ask")(error),
    }
}

/// An error of the engine in words for the person who asked: the first line, without the trace.
fn in_words(error: &DataFusionError) -> String {
    let text = error.strip_backtrace();
    let line = text.lines().next().unwrap_or("the SQL cannot be planned");
    line.trim_start_matches("Schema error: ")
        .trim_start_matches("Error during planning: ")
        .to_owned()
}
