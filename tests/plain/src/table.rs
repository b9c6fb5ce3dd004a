//! A table as the contract lays it out, and its writing as CSV.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

/// Columns in the contract's order, and rows; a missing cell is nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Table {
    /// The names of the columns.
    pub columns: Vec<String>,
    /// The rows, each as long as `columns`.
    pub rows: Vec<Vec<Option<String>>>,
}

/// The tables of a run, by name.
pub type Tables = BTreeMap<String, Table>;

impl Table {
    /// A table without rows; `columns` are given as the contract writes them, with commas between.
    pub fn new(columns: &str) -> Self {
        Self {
            columns: columns.split(',').map(str::to_owned).collect(),
            rows: Vec::new(),
        }
    }

    /// One row more.
    pub fn push(&mut self, row: Vec<Option<String>>) {
        debug_assert_eq!(row.len(), self.columns.len(), "{:?}", self.columns);
        self.rows.push(row);
    }

    /// The cell of a row under a column; nothing if it is missing or there is no such cell.
    pub fn cell(&self, row: usize, column: &str) -> Option<&str> {
        let at = self.columns.iter().position(|name| name == column)?;
        self.rows.get(row)?.get(at)?.as_deref()
    }

    /// The table as CSV: a header, then the rows in order; a missing cell is empty.
    pub fn to_csv(&self) -> Result<Vec<u8>> {
        let mut rows = self.rows.clone();
        rows.sort();
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(&self.columns)?;
        for row in &rows {
            writer.write_record(row.iter().map(|cell| cell.as_deref().unwrap_or_default()))?;
        }
        writer.into_inner().context("a table could not be written")
    }
}

/// Whether the rows of a table are about single people, so that it is for their owner alone.
pub fn is_about_people(name: &str) -> bool {
    let by_number = ["03_", "04_", "05_", "06_"]
        .iter()
        .any(|start| name.starts_with(start));
    let by_word = [
        "_persons",
        "_episodes",
        "_links",
        "12_waiting_times_requests",
    ]
    .iter()
    .any(|part| name.contains(part));
    let salt_list = name.contains("_salt_") && !name.ends_with("_counts");
    by_number || by_word || salt_list
}

/// Writes each table into a folder as `<name>.csv`; those about people only if asked.
pub fn write(tables: &Tables, folder: &Path, about_people_too: bool) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("`{}` cannot be made", folder.display()))?;
    for (name, table) in tables {
        if about_people_too || !is_about_people(name) {
            let path = folder.join(format!("{name}.csv"));
            fs::write(&path, table.to_csv()?)
                .with_context(|| format!("`{}` cannot be written", path.display()))?;
        }
    }
    Ok(())
}

/// A cell of anything that prints.
pub fn shown(value: impl std::fmt::Display) -> Option<String> {
    Some(value.to_string())
}

/// `n` out of `d`, times `times`, in double precision, rounded half away from zero to one decimal; 0
/// if `d` is 0 (section 1.8).
pub fn one_decimal(times: f64, n: u64, d: u64) -> String {
    if d == 0 {
        return "0.0".to_owned();
    }
    let value = times * n as f64 / d as f64;
    format!("{:.1}", (value * 10.0).round() / 10.0)
}

/// 100 n / d as a decimal rounded half up to two places; nothing if `d` is 0 (section 1.8).
pub fn two_decimals_percent(n: u64, d: u64) -> Option<String> {
    let hundredths = (20_000 * n + d).checked_div(2 * d)?;
    Some(format!("{}.{:02}", hundredths / 100, hundredths % 100))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn section_1_8_shares_round_half_away_from_zero() {
        assert_eq!(one_decimal(100.0, 1, 3), "33.3");
        assert_eq!(one_decimal(100.0, 1, 16), "6.3");
        assert_eq!(one_decimal(100.0, 1, 0), "0.0");
        assert_eq!(two_decimals_percent(2, 3).as_deref(), Some("66.67"));
        assert_eq!(two_decimals_percent(1, 32).as_deref(), Some("3.13"));
        assert_eq!(two_decimals_percent(1, 0), None);
    }

    #[test]
    fn rows_are_written_in_order_and_missing_cells_are_empty() {
        let mut table = Table::new("a,b");
        table.push(vec![shown(2), None]);
        table.push(vec![shown(1), shown("x, y")]);
        assert_eq!(table.to_csv().unwrap(), b"a,b\n1,\"x, y\"\n2,\n");
    }

    #[test]
    fn published_counts_are_not_about_single_people() {
        assert!(is_about_people("20_salt_lts003"));
        assert!(!is_about_people("20_salt_lts003_counts"));
        assert!(is_about_people("07_ascof_2a_episodes_latest"));
        assert!(!is_about_people("12_waiting_times_la"));
    }
}
