//! Published tables as CSV: the columns of the layout in their order, rows sorted, so that the same rows give the same bytes.

use super::run::Wanted;
use analyse::methods::{Published, Task};
use anyhow::{Context as _, Result, bail};
use futures::StreamExt as _;
use model::{Sql, WholeFile};
use std::{
    io::Write,
    path::{Path, PathBuf},
};
use store::{
    Workbench,
    arrow::{
        array::{Array, AsArray as _, RecordBatch},
        datatypes::{
            DataType, Date32Type, Decimal128Type, Float64Type, Int64Type, TimestampMicrosecondType,
        },
        util::display::{ArrayFormatter, FormatOptions},
    },
};

/// Writes what a task publishes: the table, unless it is about single people and was not asked for, and its counts.
pub(super) async fn published(
    bench: &Workbench,
    task: &Task,
    published: &Published,
    wanted: &Wanted<'_>,
) -> Result<Vec<PathBuf>> {
    let out = wanted.out;
    let mut files = Vec::new();
    if wanted.person_level || !published.person_level {
        let columns = matched(bench, task, &published.columns)?;
        let sql = sorted(&task.table, &columns, &published.columns);
        let path = out.join(format!("{}.csv", published.file));
        write(bench, task, &sql, &published.columns, &path).await?;
        files.push(path);
    }
    if let Some((by, of)) = &published.counts {
        let (by_columns, of_columns) = (matched(bench, task, by)?, matched(bench, task, of)?);
        let by_list = quoted(&by_columns);
        let one = of_columns
            .iter()
            .map(|c| format!("coalesce(cast(\"{c}\" as varchar), '')"))
            .collect::<Vec<_>>()
            .join(" || '|' || ");
        let order: Vec<String> = (1..=by.len()).map(|n| format!("{n} nulls first")).collect();
        let sql = format!(
            "select {by_list}, count(distinct {one}) from \"{}\" group by {by_list} order by {}",
            task.table,
            order.join(", ")
        );
        let mut columns = by.clone();
        columns.push("Count".to_owned());
        let path = out.join(format!("{}_counts.csv", published.file));
        write(bench, task, &sql, &columns, &path).await?;
        files.push(path);
    }
    Ok(files)
}

/// Writes the whole table that a task made, under its own name.
pub(super) async fn whole(bench: &Workbench, task: &Task, out: &Path) -> Result<PathBuf> {
    let columns = bench.columns(&task.table);
    let path = out.join(format!("{}.csv", task.table));
    let sql = sorted(&task.table, &columns, &columns);
    write(bench, task, &sql, &columns, &path).await?;
    Ok(path)
}

/// The columns of the table that stand for those of the file.
fn matched(bench: &Workbench, task: &Task, columns: &[String]) -> Result<Vec<String>> {
    let there = bench.columns(&task.table);
    columns
        .iter()
        .map(|column| {
            let found = there.iter().find(|c| c.eq_ignore_ascii_case(column));
            match found {
                Some(found) => Ok(found.clone()),
                None => bail!("`{}` publishes `{column}` and does not give it", task.path),
            }
        })
        .collect()
}

fn quoted(columns: &[String]) -> String {
    let columns: Vec<String> = columns.iter().map(|c| format!("\"{c}\"")).collect();
    columns.join(", ")
}

fn sorted(table: &str, columns: &[String], names: &[String]) -> String {
    let order: Vec<String> = (1..=names.len())
        .map(|n| format!("{n} nulls first"))
        .collect();
    format!(
        "select {} from \"{table}\" order by {}",
        quoted(columns),
        order.join(", ")
    )
}

async fn write(
    bench: &Workbench,
    task: &Task,
    sql: &str,
    columns: &[String],
    path: &Path,
) -> Result<()> {
    let cannot = || format!("cannot write `{}`", path.display());
    let mut rows = bench
        .rows(&[&task.table], &Sql::content(sql))
        .await
        .with_context(cannot)?;
    let mut file = WholeFile::new(path).with_context(cannot)?;
    let mut csv = csv::Writer::from_writer(Vec::new());
    csv.write_record(columns)?;
    while let Some(batch) = rows.next().await {
        let batch = batch.with_context(cannot)?;
        for row in 0..batch.num_rows() {
            let cells: Vec<String> = (0..batch.num_columns())
                .map(|column| cell(&batch, column, row))
                .collect::<Result<_>>()?;
            csv.write_record(&cells)?;
        }
        let bytes = csv.into_inner().map_err(csv::IntoInnerError::into_error)?;
        file.write_all(&bytes).with_context(cannot)?;
        csv = csv::Writer::from_writer(Vec::new());
    }
    let bytes = csv.into_inner().map_err(csv::IntoInnerError::into_error)?;
    file.write_all(&bytes).with_context(cannot)?;
    file.keep().with_context(cannot)
}

/// A cell as the layout writes it: days and moments as ISO has them, numbers without needless digits, missing as nothing.
fn cell(batch: &RecordBatch, column: usize, row: usize) -> Result<String> {
    let array = batch.column(column);
    if array.is_null(row) {
        return Ok(String::new());
    }
    Ok(match array.data_type() {
        DataType::Utf8 => array.as_string::<i32>().value(row).to_owned(),
        DataType::Int64 => array.as_primitive::<Int64Type>().value(row).to_string(),
        DataType::Float64 => array.as_primitive::<Float64Type>().value(row).to_string(),
        DataType::Date32 => array
            .as_primitive::<Date32Type>()
            .value_as_date(row)
            .map_or_else(String::new, |day| day.to_string()),
        DataType::Timestamp(_, _) => {
            let micros = store::arrow::compute::cast(
                array,
                &DataType::Timestamp(store::arrow::datatypes::TimeUnit::Microsecond, None),
            )?;
            micros
                .as_primitive::<TimestampMicrosecondType>()
                .value_as_datetime(row)
                .map_or_else(String::new, |moment| {
                    moment.format("%Y-%m-%d %H:%M:%S%.3f").to_string()
                })
        }
        DataType::Decimal128(_, _) => {
            let array = array.as_primitive::<Decimal128Type>();
            array.value_as_string(row)
        }
        _ => {
            let options = FormatOptions::default();
            ArrayFormatter::try_new(array, &options)?
                .value(row)
                .to_string()
        }
    })
}
