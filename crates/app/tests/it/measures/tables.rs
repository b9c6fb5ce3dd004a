//! Tables read from CSV, and how two of them differ: text without regard to case and blanks at its end, numbers by
//! their value.

use std::{collections::BTreeMap, path::Path};

pub(super) struct Cells {
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Cells {
    pub(super) fn read(path: &Path) -> Self {
        let mut reader = csv::ReaderBuilder::new().from_path(path).unwrap();
        let columns = reader
            .headers()
            .unwrap()
            .iter()
            .map(str::to_owned)
            .collect();
        let rows = reader
            .records()
            .map(|row| row.unwrap().iter().map(str::to_owned).collect())
            .collect();
        Self { columns, rows }
    }

    pub(super) fn plain(table: &plain::table::Table) -> Self {
        let cell = |cell: &Option<String>| cell.clone().unwrap_or_default();
        Self {
            columns: table.columns.clone(),
            rows: table
                .rows
                .iter()
                .map(|row| row.iter().map(cell).collect())
                .collect(),
        }
    }

    pub(super) fn columns(&self) -> Vec<String> {
        self.columns.clone()
    }

    /// The rows that have this value in a column; all, where there is no such column.
    pub(super) fn only(mut self, column: &str, value: &str) -> Self {
        if let Some(at) = self.place(column) {
            self.rows.retain(|row| row[at] == value);
        }
        self
    }

    fn place(&self, column: &str) -> Option<usize> {
        self.columns
            .iter()
            .position(|c| c.eq_ignore_ascii_case(column))
    }

    /// Each row of these columns, and how often it is there.
    fn counted(&self, columns: &[String]) -> Result<BTreeMap<Vec<String>, i64>, String> {
        let places = columns
            .iter()
            .map(|c| self.place(c).ok_or(format!("there is no column `{c}`")))
            .collect::<Result<Vec<_>, _>>()?;
        let mut counted = BTreeMap::new();
        for row in &self.rows {
            let key = places.iter().map(|&at| as_compared(&row[at])).collect();
            *counted.entry(key).or_insert(0) += 1;
        }
        Ok(counted)
    }
}

/// How two tables differ in these columns, the first few ways in words.
pub(super) fn differences(expected: &Cells, found: &Cells, columns: &[String]) -> Vec<String> {
    let (wanted, mut there) = match (expected.counted(columns), found.counted(columns)) {
        (Ok(wanted), Ok(there)) => (wanted, there),
        (Err(fault), _) | (_, Err(fault)) => return vec![fault],
    };
    for (row, count) in wanted {
        *there.entry(row).or_insert(0) -= count;
    }
    there
        .into_iter()
        .filter(|(_, count)| *count != 0)
        .take(6)
        .map(|(row, count)| {
            let which = if count > 0 { "more" } else { "missing" };
            let cells: Vec<String> = columns
                .iter()
                .zip(row)
                .map(|(column, cell)| format!("{column}={cell}"))
                .collect();
            format!("{} {which}: {}", count.abs(), cells.join(", "))
        })
        .collect()
}

fn as_compared(cell: &str) -> String {
    let cell = cell.trim_end_matches(' ').to_lowercase();
    match cell.parse::<f64>() {
        Ok(number) if number.is_finite() => format!("{number:.6}"),
        _ => cell,
    }
}
