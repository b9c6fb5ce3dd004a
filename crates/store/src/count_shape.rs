//! Whether an answer is a count table that may be released, judged from its plan and not from its names.
//!
//! A count table is one aggregate of counts by dimensions, with nothing above it but the choice, naming
//! and order of columns. What is beneath it must keep two promises, or the protection of small numbers means
//! nothing. A label is worked out from the row of one person at most: else a label could carry a whole
//! table. And a row stands for itself once: else one person, repeated, would look like many.

use datafusion::{
    common::{Column, JoinType},
    logical_expr::{
        Aggregate, BinaryExpr, Distinct, Expr, LogicalPlan, Operator, expr::AggregateFunction,
        utils::split_conjunction,
    },
};

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

const SEVERAL_ROWS: &str = "it groups by something that is worked out over several people's rows, which could show those rows";
const UNMATCHED: &str = "tables are joined other than on the person (`join … on a.person_pseudonym = b.person_pseudonym`), so labels and counts mix people up";
const A_PERSON: &str = "it groups by the pseudonym of a person";

/// What each column of a plan is.
pub(crate) fn shape(plan: &LogicalPlan) -> Vec<CountShape> {
    let other = |why: &str| vec![CountShape::Other(why.to_owned()); plan.schema().fields().len()];
    match plan {
        LogicalPlan::Sort(sort) if sort.fetch.is_none() => shape(&sort.input),
        LogicalPlan::SubqueryAlias(alias) => shape(&alias.input),
        LogicalPlan::Projection(projection) => {
            let below = shape(&projection.input);
            projection
                .expr
                .iter()
                .map(|e| projected(e, &projection.input, &below))
                .collect()
        }
        LogicalPlan::Aggregate(aggregate) => counts(aggregate),
        LogicalPlan::Filter(_) => {
            other("a condition on the counts themselves (`having`) can give small numbers away")
        }
        LogicalPlan::Limit(_) | LogicalPlan::Sort(_) => {
            other("a table cut off by `limit` shows which counts are largest")
        }
        LogicalPlan::Union(_) => other("several count tables in one; release each by itself"),
        _ => other("it is not a count"),
    }
}

/// Whether the count groups in several ways at once.
pub(crate) fn has_totals(plan: &LogicalPlan) -> bool {
    match plan {
        LogicalPlan::Aggregate(aggregate) => aggregate
            .group_expr
            .iter()
            .any(|e| matches!(e, Expr::GroupingSet(_))),
        LogicalPlan::Sort(_) | LogicalPlan::SubqueryAlias(_) | LogicalPlan::Projection(_) => {
            plan.inputs().iter().any(|input| has_totals(input))
        }
        _ => false,
    }
}

fn counts(aggregate: &Aggregate) -> Vec<CountShape> {
    let names = aggregate.schema.fields().len() - aggregate.aggr_expr.len();
    let input = aggregate.input.as_ref();
    let beneath = Beneath::of(input);
    let dimension = if let Some(why) = &beneath.mixes {
        CountShape::Other((*why).to_owned())
    } else if aggregate.group_expr.iter().any(has_subquery) {
        CountShape::Other(SEVERAL_ROWS.to_owned())
    } else if aggregate
        .group_expr
        .iter()
        .any(|e| comes_from_a_person(e, input))
    {
        CountShape::Other(A_PERSON.to_owned())
    } else {
        CountShape::Dimension
    };
    let counted = aggregate
        .aggr_expr
        .iter()
        .map(|e| counted(e, input, &beneath));
    std::iter::repeat_n(dimension, names)
        .chain(counted)
        .collect()
}

/// What the rows beneath a count are.
#[derive(Default)]
struct Beneath {
    /// Why rows or labels may mix several people up.
    mixes: Option<&'static str>,
    /// Whether a row may stand there several times, since tables are joined.
    joins: bool,
}

impl Beneath {
    fn of(plan: &LogicalPlan) -> Self {
        let mut this = Self::default();
        this.walk(plan);
        this
    }

    fn walk(&mut self, plan: &LogicalPlan) {
        match plan {
            LogicalPlan::TableScan(_) => return,
            LogicalPlan::Projection(projection) => {
                if projection.expr.iter().any(has_subquery) {
                    self.mixes = Some(SEVERAL_ROWS);
                }
            }
            // Conditions choose rows; what they look into does not show in a label.
            LogicalPlan::Filter(_)
            | LogicalPlan::SubqueryAlias(_)
            | LogicalPlan::Sort(_)
            | LogicalPlan::Limit(_)
            | LogicalPlan::Distinct(Distinct::All(_)) => {}
            LogicalPlan::Aggregate(of_persons) if is_of_persons(of_persons) => {}
            LogicalPlan::Join(join) => {
                self.joins = true;
                let halves = matches!(
                    join.join_type,
                    JoinType::LeftSemi
                        | JoinType::LeftAnti
                        | JoinType::RightSemi
                        | JoinType::RightAnti
                );
                let matches = |a: &Expr, b: &Expr| {
                    is_the_person(a, &join.left) && is_the_person(b, &join.right)
                };
                let equal = |e: &Expr| {
                    matches!(e, Expr::BinaryExpr(BinaryExpr { left, op: Operator::Eq, right })
                        if matches(left, right) || matches(right, left))
                };
                let conditions = join
                    .filter
                    .as_ref()
                    .map(split_conjunction)
                    .unwrap_or_default();
                let on_person =
                    join.on.iter().any(|(l, r)| matches(l, r)) || conditions.into_iter().any(equal);
                if !halves && !on_person {
                    self.mixes = Some(UNMATCHED);
                }
            }
            _ => self.mixes = Some(SEVERAL_ROWS),
        }
        for input in plan.inputs() {
            self.walk(input);
        }
    }
}

/// Whether an aggregate has a group for each person and only numbers of that person's own rows.
fn is_of_persons(aggregate: &Aggregate) -> bool {
    let plain = |e: &Expr| {
        let Expr::AggregateFunction(AggregateFunction { func, .. }) = bare(e) else {
            return false;
        };
        ["count", "sum", "min", "max", "avg"].contains(&func.name())
    };
    aggregate
        .group_expr
        .iter()
        .any(|e| is_the_person(e, &aggregate.input))
        && aggregate.aggr_expr.iter().all(plain)
}

fn bare(expr: &Expr) -> &Expr {
    if let Expr::Alias(alias) = expr {
        bare(&alias.expr)
    } else {
        expr
    }
}

fn has_subquery(expr: &Expr) -> bool {
    use datafusion::common::tree_node::TreeNode;
    expr.exists(|part| {
        Ok(matches!(
            part,
            Expr::ScalarSubquery(_)
                | Expr::InSubquery(_)
                | Expr::Exists(_)
                | Expr::WindowFunction(_)
        ))
    })
    .unwrap_or(true)
}

/// Whether an expression is the pseudonym of a table of the agreement, at most under another name.
fn is_the_person(expr: &Expr, input: &LogicalPlan) -> bool {
    let Expr::Column(column) = bare(expr) else {
        return false;
    };
    match input {
        LogicalPlan::TableScan(_) => is_pseudonym(column),
        LogicalPlan::Projection(projection) => position(column, input)
            .and_then(|at| projection.expr.get(at))
            .is_some_and(|e| is_the_person(e, &projection.input)),
        LogicalPlan::SubqueryAlias(alias) => position(column, input)
            .and_then(|at| alias.input.schema().columns().into_iter().nth(at))
            .is_some_and(|c| is_the_person(&Expr::Column(c), &alias.input)),
        LogicalPlan::Aggregate(aggregate) => position(column, input)
            .and_then(|at| aggregate.group_expr.get(at))
            .is_some_and(|e| is_the_person(e, &aggregate.input)),
        LogicalPlan::Filter(_)
        | LogicalPlan::Sort(_)
        | LogicalPlan::Limit(_)
        | LogicalPlan::Join(_)
        | LogicalPlan::Distinct(_) => input
            .inputs()
            .into_iter()
            .find(|below| below.schema().has_column(column))
            .is_some_and(|below| is_the_person(&Expr::Column(column.clone()), below)),
        _ => false,
    }
}

/// Whether a pseudonym has any part in an expression, however it is wrapped. Counts of it are numbers.
fn comes_from_a_person(expr: &Expr, input: &LogicalPlan) -> bool {
    let of = |column: &Column| match input {
        LogicalPlan::TableScan(_) => is_pseudonym(column),
        LogicalPlan::Projection(projection) => position(column, input)
            .and_then(|at| projection.expr.get(at))
            .is_none_or(|e| comes_from_a_person(e, &projection.input)),
        LogicalPlan::SubqueryAlias(alias) => position(column, input)
            .and_then(|at| alias.input.schema().columns().into_iter().nth(at))
            .is_none_or(|c| comes_from_a_person(&Expr::Column(c), &alias.input)),
        LogicalPlan::Aggregate(aggregate) => match position(column, input) {
            Some(at) if at < aggregate.group_expr.len() => aggregate
                .group_expr
                .get(at)
                .is_none_or(|e| comes_from_a_person(e, &aggregate.input)),
            Some(at) => aggregate
                .aggr_expr
                .get(at - aggregate.group_expr.len())
                .is_none_or(|e| !is_count(e) && comes_from_a_person(e, &aggregate.input)),
            None => true,
        },
        _ => {
            let below = input
                .inputs()
                .into_iter()
                .find(|below| below.schema().has_column(column));
            below.is_none_or(|below| comes_from_a_person(&Expr::Column(column.clone()), below))
        }
    };
    expr.column_refs().into_iter().any(of)
}

fn is_count(expr: &Expr) -> bool {
    matches!(bare(expr), Expr::AggregateFunction(call) if call.func.name() == "count")
}

fn is_pseudonym(column: &Column) -> bool {
    column.name.contains("pseudonym")
}

fn position(column: &Column, plan: &LogicalPlan) -> Option<usize> {
    plan.schema().index_of_column(column).ok()
}

fn projected(expr: &Expr, input: &LogicalPlan, below: &[CountShape]) -> CountShape {
    match expr {
        Expr::Alias(alias) => projected(&alias.expr, input, below),
        Expr::Column(column) => at(column, input, below),
        // `grouping()` tells a total from a value; it says nothing about people.
        _ => {
            let columns = expr.column_refs();
            let dimensions_only = !columns.is_empty()
                && !has_subquery(expr)
                && columns
                    .iter()
                    .all(|c| at(c, input, below) == CountShape::Dimension);
            if dimensions_only {
                CountShape::Dimension
            } else {
                CountShape::Other("it is worked out from counts; release the counts".to_owned())
            }
        }
    }
}

fn at(column: &Column, input: &LogicalPlan, below: &[CountShape]) -> CountShape {
    position(column, input)
        .and_then(|index| below.get(index).cloned())
        .unwrap_or_else(|| CountShape::Other("it is not a count".to_owned()))
}

fn counted(expr: &Expr, input: &LogicalPlan, beneath: &Beneath) -> CountShape {
    let other = |why: &str| CountShape::Other(why.to_owned());
    let Expr::AggregateFunction(AggregateFunction { func, params }) = bare(expr) else {
        return other("it is not a count");
    };
    if func.name() != "count" {
        return CountShape::Other(format!(
            "`{}` is not a count; a sum, a mean or an extreme can show one person's value",
            func.name()
        ));
    }
    if params.filter.is_some() {
        return other(
            "a count with a condition of its own; make the condition a column or a `where`",
        );
    }
    let people = matches!(params.args.as_slice(), [one] if is_the_person(one, input));
    match (params.distinct, people, beneath.mixes) {
        (_, _, Some(why)) => other(why),
        (true, true, None) => CountShape::CountOfPeople,
        (true, false, None) => other("it counts different values of something that is not people"),
        (false, _, None) if beneath.joins => other(
            "joined tables can repeat a row, so rows do not count anything; count people (`count(distinct person_pseudonym)`)",
        ),
        (false, _, None) => CountShape::CountOfRows,
    }
}
