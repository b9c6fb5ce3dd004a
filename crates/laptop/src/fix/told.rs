//! What `haven fix` says it did: by kind of repair and column, with counts and the first rows.

use crate::{Desk, cli::FixArgs, output::thousands};
use land::{
    check::{Outcome, Repair, Specification},
    receive::{Encoding, FileKind, HeaderMatch, Received},
};
use model::finding::column_letters;
use serde_json::json;
use std::{collections::BTreeMap, path::Path};

/// The version of the JSON document. Fields are added over time, never renamed.
const SHAPE: u32 = 1;
/// How many rows are named for a kind of repair in a column.
const FIRST: usize = 5;

/// What was done so far. Its size depends on the columns, not on the rows.
#[derive(Debug, Default)]
pub(super) struct Told {
    cells: BTreeMap<(Repair, usize), Count>,
    rows: u64,
    rows_mended: u64,
    /// What was done to the file as a whole, in words.
    whole: Vec<String>,
}

#[derive(Debug, Default)]
struct Count {
    cells: u64,
    first: Vec<u64>,
}

impl Told {
    pub(super) fn cell(&mut self, repair: Repair, field: usize, row: u64) {
        let count = self.cells.entry((repair, field)).or_default();
        count.cells += 1;
        if count.first.len() < FIRST {
            count.first.push(row);
        }
    }

    pub(super) fn row(&mut self, mended: bool) {
        self.rows += 1;
        self.rows_mended += u64::from(mended);
    }

    /// What was done to the file as a whole.
    pub(super) fn file(
        &mut self,
        received: &Received,
        header: &HeaderMatch,
        specification: &Specification,
    ) {
        let detected = &received.detected;
        if detected.kind == FileKind::Xlsx {
            self.whole.push(
                "Written as CSV; dates of the workbook in the layout of the specification"
                    .to_owned(),
            );
        }
        if let Some(encoding) = detected.encoding.filter(|e| *e != Encoding::Utf8) {
            self.whole
                .push(format!("Written in UTF-8, was {}", encoding.words()));
        }
        if detected.delimiter.is_some_and(|byte| byte != b',') {
            self.whole
                .push("Cells divided by commas, were divided otherwise".to_owned());
        }
        if header.rows_above > 0 {
            self.whole.push(format!(
                "Rows above the header made blank: {}",
                header.rows_above
            ));
        }
        for (field, sent) in &header.inexact {
            let fields = &specification.dataset().fields;
            if let Some(official) = fields.get(*field) {
                self.whole
                    .push(format!("Column \"{sent}\" named \"{}\"", official.name));
            }
        }
    }
}

pub(super) fn tell(
    told: &Told,
    args: &FixArgs,
    specification: &Specification,
    outcome: &Outcome,
    desk: Desk<'_>,
) {
    let output = desk.output;
    let to_output = args.out.as_deref() == Some(Path::new("-")) && !desk.dry_run;
    let fields = &specification.dataset().fields;
    let letter = |field: usize| {
        let position = outcome.header.columns.get(field).copied().flatten();
        position.map_or_else(String::new, column_letters)
    };
    if output.json && !to_output {
        let repairs: Vec<_> = told
            .cells
            .iter()
            .map(|((repair, field), count)| {
                json!({
                    "repair": repair,
                    "says": repair.words(),
                    "column": fields.get(*field).map(|f| &f.name),
                    "letter": letter(*field),
                    "cells": count.cells,
                    "first_rows": count.first,
                })
            })
            .collect();
        output.document(&json!({
            "version": SHAPE,
            "file": args.file.display().to_string(),
            "out": args.out.as_ref().filter(|_| !desk.dry_run).map(|p| p.display().to_string()),
            "dataset": specification.dataset().name,
            "specification": specification.dataset().version,
            "rows_in": outcome.rows_in,
            "rows_out": told.rows,
            "rows_mended": told.rows_mended,
            "whole_file": told.whole,
            "repairs": repairs,
        }));
        return;
    }
    let mut lines = vec![format!(
        "{}  {} rows   spec {} {}",
        args.file.display(),
        thousands(outcome.rows_in),
        specification.dataset().name,
        specification.dataset().version
    )];
    lines.push(String::new());
    let would = if desk.dry_run { "Would mend" } else { "Mended" };
    if told.cells.is_empty() && told.whole.is_empty() {
        lines.push("There is nothing to mend that could not change the meaning.".to_owned());
    } else {
        let cells: u64 = told.cells.values().map(|count| count.cells).sum();
        lines.push(format!(
            "{would}: {} cells in {} rows",
            thousands(cells),
            thousands(told.rows_mended)
        ));
    }
    for whole in &told.whole {
        lines.push(format!("  {whole}"));
    }
    for ((repair, field), count) in &told.cells {
        let name = fields.get(*field).map_or("", |f| f.name.as_str());
        lines.push(format!(
            "  {:<50}  {name} ({})  {} cells",
            repair.words(),
            letter(*field),
            thousands(count.cells)
        ));
        let mut rows: Vec<String> = count.first.iter().map(|row| format!("row {row}")).collect();
        let left = count.cells.saturating_sub(count.first.len() as u64);
        if left > 0 {
            rows.push(format!("and {} more", thousands(left)));
        }
        lines.push(format!("      {}", rows.join(", ")));
    }
    lines.push(String::new());
    match &args.out {
        Some(out) if !desk.dry_run => lines.push(format!(
            "Rows in {}, rows out {}. Next: haven check {}",
            thousands(outcome.rows_in),
            thousands(told.rows),
            out.display()
        )),
        _ => lines.push("Nothing was written.".to_owned()),
    }
    // Standard output has the file itself where it was asked for there.
    if to_output {
        output.tell(&lines.join("\n"));
    } else {
        output.result(&lines.join("\n"));
    }
}
