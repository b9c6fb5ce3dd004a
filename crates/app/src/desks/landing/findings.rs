//! The findings of a submission, read back for its sender's own pages.

use super::{FINDINGS, IdentifiedDesk};
use crate::desks::identified::{count, text};
use anyhow::Result;
use model::{Identifying, Sql, SubmissionId, sql};
use store::arrow::{
    array::{Array, AsArray, RecordBatch},
    datatypes::Int64Type,
};

/// One finding of a submission.
#[derive(Debug, Clone)]
pub(crate) struct FindingRow {
    pub(crate) row: Option<u64>,
    /// The physical line on which the record begins.
    pub(crate) line: Option<u64>,
    pub(crate) column: Option<u32>,
    pub(crate) field: String,
    /// The cell; `None` where the finding is not about one.
    pub(crate) cell: Option<Identifying<String>>,
    /// What belongs to it, such as the other rows concerned.
    pub(crate) detail: Option<String>,
}

/// A wrong value, and how often it was found.
#[derive(Debug, Clone)]
pub(crate) struct CommonValue {
    pub(crate) rule: String,
    pub(crate) field: String,
    pub(crate) value: String,
    pub(crate) rows: u64,
}

impl IdentifiedDesk<'_> {
    /// The findings of a rule, a page at a time, and how many there are.
    pub(crate) async fn findings(
        &self,
        id: &SubmissionId,
        rule: &str,
        page: u64,
        per_page: u64,
    ) -> Result<(Vec<FindingRow>, u64)> {
        let at = i64::try_from(page.saturating_mul(per_page))?;
        let Some(schema) = self.store.schema(FINDINGS).await? else {
            // No file was read far enough to have any.
            return Ok((Vec::new(), 0));
        };
        // A workspace of an earlier version kept no detail.
        let kept = schema.field_with_name("detail").is_ok();
        let (id, rule) = (Sql::text(id.as_str()), Sql::text(rule));
        let (most, at) = (Sql::number(i64::try_from(per_page)?), Sql::number(at));
        let query = if kept {
            sql!(
                "select row_number, column_position, field, cell, count(*) over () as found, line, detail from finding \
                 where submission_id = {} and rule = {} order by row_number, column_position limit {} offset {}",
                id,
                rule,
                most,
                at
            )
        } else {
            sql!(
                "select row_number, column_position, field, cell, count(*) over () as found, line from finding \
                 where submission_id = {} and rule = {} order by row_number, column_position limit {} offset {}",
                id,
                rule,
                most,
                at
            )
        };
        let batches = self
            .engine
            .look(&[&self.store], &[FINDINGS], &query)
            .await?;
        let mut rows = Vec::new();
        let mut found = 0;
        for batch in &batches {
            for row in 0..batch.num_rows() {
                found = count(batch, 4, row);
                let positive = |column| Some(count(batch, column, row)).filter(|n| *n > 0);
                rows.push(FindingRow {
                    row: positive(0),
                    line: positive(5),
                    column: position(batch, row),
                    field: text(batch, 2, row),
                    cell: is_there(batch, 3, row).then(|| Identifying::new(text(batch, 3, row))),
                    detail: (kept && is_there(batch, 6, row)).then(|| text(batch, 6, row)),
                });
            }
        }
        Ok((rows, found))
    }

    /// The most common wrong values of each rule in some columns, most common first.
    pub(crate) async fn common_values(
        &self,
        id: &SubmissionId,
        fields: &[&str],
        most: u32,
    ) -> Result<Vec<CommonValue>> {
        if self.store.schema(FINDINGS).await?.is_none() {
            return Ok(Vec::new());
        }
        let query = sql!(
            "select rule, field, cell, found from (\
               select rule, field, cell, count(*) as found, \
                 row_number() over (partition by rule, field order by count(*) desc, cell) as place \
               from finding where submission_id = {} and field in ({}) and cell <> '' group by rule, field, cell\
             ) where place <= {} order by rule, field, place",
            Sql::text(id.as_str()),
            Sql::join(fields.iter().map(|f| Sql::text(f)), ", "),
            Sql::number(i64::from(most))
        );
        let batches = self
            .engine
            .look(&[&self.store], &[FINDINGS], &query)
            .await?;
        let of_batch = |batch: &RecordBatch| -> Vec<CommonValue> {
            let value = |row| CommonValue {
                rule: text(batch, 0, row),
                field: text(batch, 1, row),
                value: text(batch, 2, row),
                rows: count(batch, 3, row),
            };
            (0..batch.num_rows()).map(value).collect()
        };
        Ok(batches.iter().flat_map(of_batch).collect())
    }
}

fn is_there(batch: &RecordBatch, column: usize, row: usize) -> bool {
    let cells = batch.columns().get(column);
    cells.is_some_and(|cells| cells.is_valid(row))
}

fn position(batch: &RecordBatch, row: usize) -> Option<u32> {
    let cells = batch.column(1).as_primitive_opt::<Int64Type>()?;
    cells
        .is_valid(row)
        .then(|| u32::try_from(cells.value(row)).ok())
        .flatten()
}
