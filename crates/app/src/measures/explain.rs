//! Where a figure of one council comes from: from the rows submitted to the people counted, step by step.

use super::{
    Folder,
    folder::Source,
    run::{last_uses, make, prepare},
};
use analyse::methods::{Given, Plan, Task};
use anyhow::Result;
use model::Sql;
use std::collections::BTreeMap;
use store::{Workbench, arrow::array::RecordBatch};

/// Columns that say which council a row is of, the first that a table has counts.
const COUNCIL: [&str; 2] = ["la_key", "la_code"];
/// Columns that say who a row is about.
const PERSON: [&str; 3] = ["person", "der_nhs_la_combined_person_id", "id"];

/// One step of the funnel.
pub(crate) struct Level {
    /// The step.
    pub(crate) title: String,
    /// Why it is there.
    pub(crate) why: String,
    /// The file of the content that carries it out.
    pub(crate) path: String,
    /// Rows of the council after it.
    pub(crate) rows: u64,
    /// People of the council after it, where rows are about people.
    pub(crate) people: Option<u64>,
}

/// A figure, and the funnel that leads to it.
pub(crate) struct Explained {
    /// From the rows submitted on.
    pub(crate) levels: Vec<Level>,
    /// The rows of the council in the tables that are published: columns and cells.
    pub(crate) figures: Vec<(String, Vec<String>, Vec<Vec<String>>)>,
}

/// Carries a plan out and counts the council's rows and people after each step of the statistical year that was asked
/// for, and of what comes before it.
pub(crate) async fn explain(
    plan: &Plan,
    folder: &Folder,
    values: &BTreeMap<String, Given>,
    bench: &mut Workbench,
    (council, year, methods): (&str, &str, &[String]),
) -> Result<Explained> {
    prepare(plan, folder, values, bench, &|_, _, _| {}).await?;
    let mut explained = Explained {
        levels: Vec::new(),
        figures: Vec::new(),
    };
    for layout in &plan.inputs {
        let own = folder.sources(&layout.table).iter().any(Source::is_own);
        if own && let Some((rows, _)) = counted(bench, &layout.table, council).await? {
            explained.levels.push(Level {
                title: layout.title.clone(),
                why: "What is in the folder.".to_owned(),
                path: layout.file.clone(),
                rows,
                people: None,
            });
        }
    }
    let last = last_uses(&plan.tasks);
    for (at, task) in plan.tasks.iter().enumerate() {
        make(bench, task).await?;
        let of_the_year = [year, "", "joined", "single"].contains(&task.run.as_str());
        if of_the_year {
            let asked = methods.contains(&task.method);
            level(bench, task, (council, asked), &mut explained).await?;
        }
        for table in last.get(&at).into_iter().flatten() {
            bench.let_go(table);
        }
    }
    Ok(explained)
}

async fn level(
    bench: &Workbench,
    task: &Task,
    (council, asked): (&str, bool),
    explained: &mut Explained,
) -> Result<()> {
    let published = task.published.as_ref().filter(|p| !p.person_level);
    if let Some(published) = published {
        if !asked {
            return Ok(());
        }
        let columns = bench.columns(&task.table);
        let shown: Vec<String> = published
            .columns
            .iter()
            .filter_map(|name| columns.iter().find(|c| c.eq_ignore_ascii_case(name)))
            .map(|column| format!("cast(\"{column}\" as varchar)"))
            .collect();
        if let Some(of) = first(&columns, &COUNCIL) {
            let sql = format!(
                "select {} from \"{}\" where lower(\"{of}\") = {} order by {}",
                shown.join(", "),
                task.table,
                Sql::text(&council.to_lowercase()),
                (1..=shown.len())
                    .map(|n| n.to_string())
                    .collect::<Vec<_>>()
                    .join(", ")
            );
            let rows = bench.collected(&[&task.table], &Sql::content(sql)).await?;
            let rows = rows.iter().flat_map(cells).collect();
            explained
                .figures
                .push((published.file.clone(), published.columns.clone(), rows));
        }
    } else if let Some((rows, people)) = counted(bench, &task.table, council).await? {
        explained.levels.push(Level {
            title: task.title.clone(),
            why: task.why.clone(),
            path: task.path.clone(),
            rows,
            people,
        });
    }
    Ok(())
}

/// The rows and people of a council in a table; none where its rows are of no council.
async fn counted(
    bench: &Workbench,
    table: &str,
    council: &str,
) -> Result<Option<(u64, Option<u64>)>> {
    let columns = bench.columns(table);
    let Some(of) = first(&columns, &COUNCIL) else {
        return Ok(None);
    };
    let person = first(&columns, &PERSON);
    let people = person.map_or_else(
        || "cast(null as varchar)".to_owned(),
        |person| format!("cast(count(distinct lower(cast(\"{person}\" as varchar))) as varchar)"),
    );
    let sql = format!(
        "select cast(count(*) as varchar), {people} from \"{table}\" where lower(cast(\"{of}\" as varchar)) = {}",
        Sql::text(&council.to_lowercase())
    );
    let rows = bench.collected(&[table], &Sql::content(sql)).await?;
    let row = rows.iter().flat_map(cells).next().unwrap_or_default();
    let number = |at: usize| row.get(at).and_then(|cell| cell.parse().ok());
    Ok(Some((number(0).unwrap_or(0), number(1))))
}

fn first<'c>(columns: &'c [String], wanted: &[&str]) -> Option<&'c String> {
    wanted
        .iter()
        .find_map(|name| columns.iter().find(|column| column == name))
}

/// The cells of a batch of text columns.
fn cells(batch: &RecordBatch) -> Vec<Vec<String>> {
    use store::arrow::array::{Array as _, AsArray as _};
    let text = |column: usize, row: usize| {
        let array = batch.column(column).as_string::<i32>();
        if array.is_null(row) {
            String::new()
        } else {
            array.value(row).to_owned()
        }
    };
    (0..batch.num_rows())
        .map(|row| {
            (0..batch.num_columns())
                .map(|column| text(column, row))
                .collect()
        })
        .collect()
}
