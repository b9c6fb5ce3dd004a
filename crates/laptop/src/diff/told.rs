//! What `haven diff` says: for a terminal, as JSON, and every row as CSV.

use super::{
    Columns,
    hashes::Groups,
    pairs::{Change, Changes, Counts},
};
use crate::{
    Desk, WholeFile,
    cli::DiffArgs,
    output::{table, thousands},
    table::{Reader, Table},
};
use anyhow::{Context, Result};
use land::check::Specification;
use serde_json::{Value, json};
use std::{collections::BTreeMap, path::Path};

/// The version of the JSON document. Fields are added over time, never renamed.
const SHAPE: u32 = 1;
/// How many groups and examples are shown on a terminal.
const GROUPS_SHOWN: usize = 24;
const EXAMPLES: usize = 5;

pub(super) struct Told<'a> {
    pub(super) args: &'a DiffArgs,
    pub(super) specification: &'a Specification,
    pub(super) columns: &'a Columns,
    pub(super) groups: &'a Groups<'a>,
    pub(super) changes: &'a Changes,
    /// Rows of the old file and of the new one.
    pub(super) rows: (u64, u64),
}

impl Told<'_> {
    pub(super) fn tell(&self, desk: Desk<'_>) -> Result<()> {
        if desk.output.json {
            desk.output.document(&self.document());
        } else {
            desk.output.result(&self.text());
        }
        if let Some(path) = self.args.report.as_deref().filter(|_| !desk.dry_run) {
            self.list(path)
                .with_context(|| format!("cannot write `{}`", path.display()))?;
            desk.output
                .tell(&format!("Every change is in {}", path.display()));
        }
        Ok(())
    }

    fn name(&self, field: usize) -> &str {
        let fields = &self.specification.dataset().fields;
        fields.get(field).map_or("", |f| f.name.as_str())
    }

    fn names(&self, fields: &[usize]) -> Vec<&str> {
        fields.iter().map(|at| self.name(*at)).collect()
    }

    /// The name of a column by its position among those compared.
    fn compared(&self, at: usize) -> &str {
        let field = self.columns.compared.get(at).copied();
        field.map_or("", |field| self.name(field))
    }

    /// Groups in the order of their names.
    fn grouped(&self) -> BTreeMap<(&str, &str), Counts> {
        let groups = self.changes.groups.iter();
        groups
            .map(|(group, counts)| (self.groups.label(*group), *counts))
            .collect()
    }

    fn examples(&self, wanted: impl Fn(&Change) -> Option<u64>) -> Vec<u64> {
        self.changes
            .listed
            .iter()
            .filter_map(wanted)
            .take(EXAMPLES)
            .collect()
    }

    fn added(&self) -> Vec<u64> {
        self.examples(|c| c.new.filter(|_| c.old.is_none()))
    }

    fn removed(&self) -> Vec<u64> {
        self.examples(|c| c.old.filter(|_| c.new.is_none()))
    }

    fn text(&self) -> String {
        let total = self.changes.total;
        let mut lines = vec![
            format!(
                "{}  {} rows   {}  {} rows   spec {} {}",
                self.args.old.display(),
                thousands(self.rows.0),
                self.args.new.display(),
                thousands(self.rows.1),
                self.specification.dataset().name,
                self.specification.dataset().version
            ),
            if self.columns.whole_rows {
                "The dataset names no key, so a row is the same only as a whole".to_owned()
            } else {
                format!(
                    "A row is known again by {}",
                    self.names(&self.columns.key).join(", ")
                )
            },
            String::new(),
        ];
        let rows = |rows: &[u64], count: u64| {
            let mut named: Vec<String> = rows.iter().map(|row| format!("row {row}")).collect();
            let left = count.saturating_sub(rows.len() as u64);
            if left > 0 {
                named.push(format!("and {} more", thousands(left)));
            }
            named.join(", ")
        };
        lines.push(format!(
            "Same     {:>10} rows",
            thousands(self.changes.same)
        ));
        for (word, count, examples) in [
            ("Added", total.added, rows(&self.added(), total.added)),
            (
                "Removed",
                total.removed,
                rows(&self.removed(), total.removed),
            ),
            ("Changed", total.changed, String::new()),
        ] {
            let line = format!("{word:<8} {:>10} rows   {examples}", thousands(count));
            lines.push(line.trim_end().to_owned());
        }
        for (what, fields) in [
            ("Only in the old file", &self.columns.only_old),
            ("Only in the new file", &self.columns.only_new),
        ] {
            if !fields.is_empty() {
                lines.push(format!("{what}: {}", self.names(fields).join(", ")));
            }
        }
        if total.changed > 0 {
            lines.push(String::new());
            lines.push("Columns that changed".to_owned());
            lines.push(self.column_table());
        }
        if self.groups.any() && !self.changes.groups.is_empty() {
            lines.push(String::new());
            lines.extend(self.group_table());
        }
        lines.push(String::new());
        lines.push(format!(
            "Next: haven diff {} {} --report changes.csv",
            self.args.old.display(),
            self.args.new.display()
        ));
        lines.join("\n")
    }

    fn column_table(&self) -> String {
        let mut columns: Vec<(usize, &super::pairs::ColumnChanges)> = self
            .changes
            .columns
            .iter()
            .enumerate()
            .filter(|(_, changes)| changes.rows > 0)
            .collect();
        columns.sort_by_key(|(_, changes)| std::cmp::Reverse(changes.rows));
        let rows: Vec<Vec<Option<String>>> = columns
            .into_iter()
            .map(|(at, changes)| {
                let pairs: Vec<String> = changes
                    .first
                    .iter()
                    .take(3)
                    .map(|(old, new)| format!("{old} to {new}"))
                    .collect();
                vec![
                    Some(self.compared(at).to_owned()),
                    Some(changes.rows.to_string()),
                    Some(pairs.join(", ")),
                ]
            })
            .collect();
        let header = ["Column", "Rows", "Old row to new row"];
        table(&header.map(str::to_owned), &rows)
    }

    fn group_table(&self) -> Vec<String> {
        let mut header = Vec::new();
        header.extend(self.groups.by_name().map(str::to_owned));
        header.extend(
            self.groups
                .month_name()
                .map(|name| format!("Month of {name}")),
        );
        header.extend(["Added", "Removed", "Changed"].map(str::to_owned));
        let grouped = self.grouped();
        let mut most: Vec<_> = grouped.iter().collect();
        most.sort_by_key(|(_, c)| std::cmp::Reverse(c.added + c.removed + c.changed));
        most.truncate(GROUPS_SHOWN);
        most.sort_by_key(|(label, _)| **label);
        let rows: Vec<Vec<Option<String>>> = most
            .into_iter()
            .map(|((by, month), counts)| {
                let mut row = Vec::new();
                if self.groups.by_name().is_some() {
                    row.push(Some((*by).to_owned()));
                }
                if self.groups.month_name().is_some() {
                    row.push(Some((*month).to_owned()));
                }
                row.extend(
                    [counts.added, counts.removed, counts.changed].map(|n| Some(n.to_string())),
                );
                row
            })
            .collect();
        let mut lines = vec![table(&header, &rows)];
        if grouped.len() > GROUPS_SHOWN {
            lines.push(format!(
                "and {} more groups, each with fewer; --json has all",
                grouped.len() - GROUPS_SHOWN
            ));
        }
        lines
    }

    fn document(&self) -> Value {
        let total = self.changes.total;
        let columns: Vec<Value> = self
            .changes
            .columns
            .iter()
            .enumerate()
            .filter(|(_, changes)| changes.rows > 0)
            .map(|(at, changes)| {
                let first: Vec<Value> = changes
                    .first
                    .iter()
                    .map(|(old, new)| json!({"old": old, "new": new}))
                    .collect();
                json!({"column": self.compared(at), "rows": changes.rows, "first": first})
            })
            .collect();
        let groups: Vec<Value> = self
            .grouped()
            .into_iter()
            .map(|((by, month), c)| {
                json!({"by": by, "month": month, "added": c.added, "removed": c.removed, "changed": c.changed})
            })
            .collect();
        json!({
            "version": SHAPE,
            "dataset": self.specification.dataset().name,
            "specification": self.specification.dataset().version,
            "old": {"file": self.args.old.display().to_string(), "rows": self.rows.0},
            "new": {"file": self.args.new.display().to_string(), "rows": self.rows.1},
            "key": self.names(&self.columns.key),
            "same": self.changes.same,
            "added": {"rows": total.added, "first": self.added()},
            "removed": {"rows": total.removed, "first": self.removed()},
            "changed": {"rows": total.changed, "columns": columns},
            "only_in_old": self.names(&self.columns.only_old),
            "only_in_new": self.names(&self.columns.only_new),
            "grouped_by": {"by": self.groups.by_name(), "month": self.groups.month_name()},
            "groups": groups,
        })
    }

    /// Every row that differs, as CSV.
    fn list(&self, path: &Path) -> Result<()> {
        let mut out = Table::new(WholeFile::new(path)?, Reader::Person)?;
        out.row([
            "What",
            "Row in the new file",
            "Row in the old file",
            "Columns that changed",
        ])?;
        let number = |row: Option<u64>| row.map_or_else(String::new, |row| row.to_string());
        for change in &self.changes.listed {
            let what = match (change.new, change.old) {
                (Some(_), None) => "added",
                (None, _) => "removed",
                _ => "changed",
            };
            let columns: Vec<&str> = change
                .columns
                .iter()
                .map(|at| self.compared(usize::from(*at)))
                .collect();
            out.row([
                what,
                &number(change.new),
                &number(change.old),
                &columns.join("; "),
            ])?;
        }
        if self.changes.not_listed > 0 {
            let rest = format!("{} more, which are counted only", self.changes.not_listed);
            out.row([rest.as_str(), "", "", ""])?;
        }
        Ok(out.into_inner().keep()?)
    }
}
