//! The order of the steps for what was asked, with each name resolved to a table and each parameter to its value.

use super::{Given, Layout, Lookup, Method, MethodError, MethodStep, Run};
use model::Sql;
use std::collections::{BTreeMap, BTreeSet};

/// What was asked cannot be planned.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// Content has a mistake.
    #[error(transparent)]
    Method(#[from] MethodError),
    /// No method goes by the name.
    #[error("there is no measure `{name}`; there are: {known}")]
    Unknown { name: String, known: String },
    /// A step names a parameter that there is not.
    #[error("`{path}` names the parameter `${name}`, which there is not")]
    NoParameter { path: String, name: String },
    /// A step reads a table that nothing gives.
    #[error("`{path}` reads `{table}`: no step writes it, and no input is called so")]
    NoTable { path: String, table: String },
    /// Steps read one another in a circle.
    #[error("steps read one another in a circle at `{0}`")]
    Circle(String),
}

/// A method that cannot run, because a file or a column is not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// The method.
    pub method: String,
    /// What it needs, in words.
    pub what: Vec<String>,
}

/// The steps to run, in order.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Each after those whose tables it reads.
    pub tasks: Vec<Task>,
    /// The tables from outside that they read.
    pub inputs: Vec<Layout>,
    /// The lists among the parameters that they read, as tables.
    pub lists: Vec<String>,
    /// The methods that were left out.
    pub left_out: Vec<Missing>,
}

/// One step of one run.
#[derive(Debug, Clone)]
pub struct Task {
    /// The method it belongs to.
    pub method: String,
    /// The version of the method.
    pub version: String,
    /// The file in the content.
    pub path: String,
    /// What the step is called.
    pub title: String,
    /// Why it is there.
    pub why: String,
    /// The run it belongs to.
    pub run: String,
    /// The table that it makes.
    pub table: String,
    /// The tables that it reads: the name in the query, and the table.
    pub reads: Vec<(String, String)>,
    /// The query.
    pub sql: Sql,
    /// The functions by which later steps look texts up in it.
    pub functions: Vec<Lookup>,
    /// What becomes of the result.
    pub published: Option<Published>,
}

/// A file that a result is published as.
#[derive(Debug, Clone)]
pub struct Published {
    /// The name, without what follows the dot.
    pub file: String,
    /// The columns, in order, by the names that the file gives them.
    pub columns: Vec<String>,
    /// Whether it is about single people or rows: for their owner alone.
    pub person_level: bool,
    /// For a list of people: the columns they are counted by, and those that say who is one.
    pub counts: Option<(Vec<String>, Vec<String>)>,
}

/// The tables that are given, each with its columns in lower case.
pub type There = BTreeMap<String, BTreeSet<String>>;

/// What a plan is made of.
pub(super) struct Asked<'a> {
    methods: &'a [Method],
    layouts: &'a BTreeMap<String, Layout>,
    values: &'a BTreeMap<String, Given>,
    flags: &'a BTreeMap<String, bool>,
    suffix: &'a str,
}

impl Plan {
    /// The steps of the methods that were named (of all, where none is), of a mode; `there` are the files and tables
    /// that are given: what is given is not worked out.
    pub fn new(
        methods: &[Method],
        layouts: &BTreeMap<String, Layout>,
        values: &BTreeMap<String, Given>,
        mode: (&str, &BTreeMap<String, bool>),
        names: &[String],
        there: &There,
    ) -> Result<Self, PlanError> {
        let asked = Asked {
            methods,
            layouts,
            values,
            flags: mode.1,
            suffix: if mode.0 == "published" { "" } else { mode.0 },
        };
        asked.plan(names, there)
    }
}

impl<'a> Asked<'a> {
    /// Every table that a step of a run writes.
    fn written(
        &self,
    ) -> Result<BTreeMap<String, (&'a Method, &'a Run, &'a MethodStep)>, PlanError> {
        let mut written = BTreeMap::new();
        for method in self.methods {
            for run in &method.runs {
                for step in &method.steps {
                    let table = suffixed(&step.writes, &run.name);
                    if written.insert(table.clone(), (method, run, step)).is_some() {
                        return Err(MethodError::WrittenTwice(table).into());
                    }
                }
            }
        }
        Ok(written)
    }

    fn plan(&self, names: &[String], there: &There) -> Result<Plan, PlanError> {
        let written = self.written()?;
        let wanted = self.wanted(names)?;
        let mut plan = Plan {
            tasks: Vec::new(),
            inputs: Vec::new(),
            lists: Vec::new(),
            left_out: Vec::new(),
        };
        let (mut made, mut inputs, mut lists) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        for method in wanted {
            let mut needs = Needs::default();
            for run in &method.runs {
                for step in &method.steps {
                    let table = suffixed(&step.writes, &run.name);
                    self.need(&table, &written, there, &mut needs, &mut Vec::new())?;
                }
            }
            let what = self.missing(method, &needs, &written, there);
            if !what.is_empty() {
                plan.left_out.push(Missing {
                    method: method.name.clone(),
                    what,
                });
                continue;
            }
            for table in needs.order {
                if made.insert(table.clone())
                    && let Some((method, run, step)) = written.get(&table)
                {
                    plan.tasks
                        .push(self.task(&table, method, run, step, &written, there)?);
                }
            }
            inputs.extend(needs.inputs);
            lists.extend(needs.lists);
        }
        plan.inputs = inputs
            .iter()
            .filter_map(|table| self.layouts.get(table).cloned())
            .collect();
        plan.lists = lists.into_iter().collect();
        Ok(plan)
    }

    /// The files and columns that a method needs and that are not there.
    fn missing(
        &self,
        method: &Method,
        needs: &Needs,
        written: &BTreeMap<String, (&Method, &Run, &MethodStep)>,
        there: &There,
    ) -> Vec<String> {
        let file = |table: &str| Some(self.layouts.get(table)?.file.as_str());
        let mut missing = Vec::new();
        for table in &needs.inputs {
            let Some(name) = file(table).filter(|_| !there.contains_key(table)) else {
                continue;
            };
            // What a step would make of it may be given as well.
            let made = written
                .iter()
                .find(|(_, (_, _, step))| step.reads.contains(table));
            match made.and_then(|(made, _)| file(made)) {
                Some(other) => missing.push(format!("the file `{other}` or `{name}`")),
                None => missing.push(format!("the file `{name}`")),
            }
        }
        for (table, columns) in &method.needs {
            if !needs.seen.contains(table) {
                continue;
            }
            let unknown = written.get(table).map(|(_, _, step)| step.unknown());
            for column in columns {
                let known = match there.get(table) {
                    Some(known) => known.contains(&column.to_lowercase()),
                    None => unknown.as_ref().is_none_or(|names| !names.contains(column)),
                };
                if !known {
                    missing.push(format!("the column `{column}` of `{table}`"));
                }
            }
        }
        missing
    }

    fn wanted(&self, names: &[String]) -> Result<Vec<&'a Method>, PlanError> {
        if names.is_empty() {
            return Ok(self.methods.iter().collect());
        }
        let mut wanted: Vec<&Method> = Vec::new();
        for name in names {
            let called = |m: &&Method| m.name == *name || m.measures.contains(name);
            let found: Vec<&Method> = self.methods.iter().filter(called).collect();
            if found.is_empty() {
                let mut known: Vec<&str> = self
                    .methods
                    .iter()
                    .flat_map(|m| m.measures.iter().map(String::as_str))
                    .collect();
                known.sort_unstable();
                known.dedup();
                return Err(PlanError::Unknown {
                    name: name.clone(),
                    known: known.join(", "),
                });
            }
            wanted.extend(found);
        }
        Ok(wanted)
    }

    /// Everything that a table needs, each after what it needs itself.
    fn need(
        &self,
        table: &str,
        written: &BTreeMap<String, (&Method, &Run, &MethodStep)>,
        there: &There,
        needs: &mut Needs,
        path: &mut Vec<String>,
    ) -> Result<(), PlanError> {
        if needs.seen.contains(table) {
            return Ok(());
        }
        if path.iter().any(|above| above == table) {
            return Err(PlanError::Circle(table.to_owned()));
        }
        let Some((_, run, step)) = written.get(table).filter(|_| !there.contains_key(table)) else {
            needs.leaf(table);
            return Ok(());
        };
        path.push(table.to_owned());
        for read in &step.reads {
            let real = resolved(read, run, written);
            if written.contains_key(&real) || self.is_leaf(&real) || there.contains_key(&real) {
                self.need(&real, written, there, needs, path)?;
            } else {
                return Err(PlanError::NoTable {
                    path: step.path.clone(),
                    table: read.clone(),
                });
            }
        }
        path.pop();
        needs.seen.insert(table.to_owned());
        needs.order.push(table.to_owned());
        Ok(())
    }

    fn is_leaf(&self, table: &str) -> bool {
        self.layouts.contains_key(table)
            || table
                .strip_prefix("parameter_")
                .is_some_and(|name| self.values.contains_key(name))
    }

    fn task(
        &self,
        table: &str,
        method: &Method,
        run: &Run,
        step: &MethodStep,
        written: &BTreeMap<String, (&Method, &Run, &MethodStep)>,
        there: &There,
    ) -> Result<Task, PlanError> {
        let reads = step.reads.iter().map(|read| {
            let real = resolved(read, run, written);
            let real = if there.contains_key(read) && !written.contains_key(&real) {
                read.clone()
            } else {
                real
            };
            (read.clone(), real)
        });
        let published = step.publishes.as_ref().map(|file| Published {
            file: suffixed(&suffixed(file, &run.name), self.suffix),
            columns: step.columns(&run.name),
            person_level: step.person_level,
            counts: step.counts(),
        });
        Ok(Task {
            method: method.name.clone(),
            version: method.version.clone(),
            path: step.path.clone(),
            title: step.title.clone(),
            why: step.why.clone(),
            run: run.name.clone(),
            table: table.to_owned(),
            reads: reads.collect(),
            sql: Sql::content(self.bound(step, run)?),
            functions: step.functions.clone(),
            published,
        })
    }

    /// The query with the value of each `$parameter` in its place.
    fn bound(&self, step: &MethodStep, run: &Run) -> Result<String, PlanError> {
        let mut pieces = step.sql.split('$');
        let mut sql = pieces.next().unwrap_or_default().to_owned();
        for piece in pieces {
            let end = piece
                .find(|c: char| !(c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'))
                .unwrap_or(piece.len());
            let (name, rest) = piece.split_at(end);
            let flag = run.flags.get(name).or_else(|| self.flags.get(name));
            let real = run.parameters.get(name).map_or(name, String::as_str);
            match (flag, self.values.get(real)) {
                (Some(flag), _) => sql.push_str(if *flag { "true" } else { "false" }),
                (None, Some(Given::Date(day))) => sql.push_str(Sql::date(*day).as_str()),
                _ => {
                    return Err(PlanError::NoParameter {
                        path: step.path.clone(),
                        name: name.to_owned(),
                    });
                }
            }
            sql.push_str(rest);
        }
        Ok(sql)
    }
}

/// What a method needs, in order.
#[derive(Default)]
struct Needs {
    seen: BTreeSet<String>,
    order: Vec<String>,
    inputs: BTreeSet<String>,
    lists: BTreeSet<String>,
}

impl Needs {
    /// A table that comes from outside, or a list of parameters.
    fn leaf(&mut self, table: &str) {
        self.seen.insert(table.to_owned());
        if let Some(name) = table.strip_prefix("parameter_") {
            self.lists.insert(name.to_owned());
        } else {
            self.inputs.insert(table.to_owned());
        }
    }
}

/// The table that a name in a query stands for: that of the same run, where there is one.
fn resolved(
    read: &str,
    run: &Run,
    written: &BTreeMap<String, (&Method, &Run, &MethodStep)>,
) -> String {
    let own = suffixed(read, &run.name);
    if written.contains_key(&own) {
        own
    } else {
        read.to_owned()
    }
}

fn suffixed(name: &str, suffix: &str) -> String {
    if suffix.is_empty() {
        name.to_owned()
    } else {
        format!("{name}_{suffix}")
    }
}
