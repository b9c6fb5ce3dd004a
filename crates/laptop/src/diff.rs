//! `haven diff`: what changed between two extracts, by the key that the dataset names.
//!
//! Each row becomes a handful of keyed hashes, which go to sixty-four files on the disk by the hash of their key; then
//! one sixty-fourth of both extracts at a time is put side by side. No cell is written anywhere, and memory does not
//! grow with the rows.

mod hashes;
mod pairs;
mod shelf;
mod told;

use crate::{
    Desk,
    check::{Stopped, source::Source},
    cli::DiffArgs,
    dataset,
    fault::{Exit, Usage},
    receive_settings,
};
use anyhow::{Context, Result};
use hashes::{Groups, Hasher};
use land::{
    check::Specification,
    receive::{HeaderMatch, RawBatch},
};
use model::{Field, content::nearest};
use pairs::{Changes, pair};
use shelf::Shelf;
use std::path::Path;

pub(crate) fn run(args: &DiffArgs, desk: Desk<'_>) -> Result<Exit> {
    match compare(args, desk) {
        Err(fault) if fault.is::<Stopped>() => {
            desk.output.tell(&format!(
                "Stopped before both files were read, so nothing can be said yet; begin again with: haven diff {} {}",
                args.old.display(),
                args.new.display()
            ));
            Ok(Exit::Interrupted)
        }
        done => done,
    }
}

fn compare(args: &DiffArgs, desk: Desk<'_>) -> Result<Exit> {
    let name = dataset(args.reading.dataset.as_deref(), desk.content)?;
    let specification = Specification::read(desk.content, &name)?;
    let settings = receive_settings(&args.reading)?;
    let open = |path: &Path| {
        Source::open(path, specification.dataset(), &settings)
            .with_context(|| path.display().to_string())
    };
    if args.old == Path::new("-") && args.new == Path::new("-") {
        return Err(Usage("only one of the two can be standard input".to_owned()).into());
    }
    let (old, new) = (open(&args.old)?, open(&args.new)?);
    let columns = Columns::of(
        &specification,
        old.receiver.header(),
        new.receiver.header(),
        &args.key,
    )?;
    let mut hasher = Hasher::new(&specification, &columns);
    let mut groups = Groups::new(&specification, &columns);
    let mut shelves = Vec::new();
    let mut rows = Vec::new();
    for source in [old, new] {
        let mut shelf = Shelf::new(columns.compared.len()).context("cannot make a scratch file")?;
        rows.push(read(source, &mut hasher, &mut groups, &mut shelf, desk)?);
        shelves.push(shelf);
    }
    let [rows_old, rows_new] = rows.as_slice() else {
        return Ok(Exit::OurFault);
    };
    let [old_shelf, new_shelf] = shelves.as_mut_slice() else {
        return Ok(Exit::OurFault);
    };
    let mut changes = Changes::new(columns.compared.len());
    for part in 0..shelf::PARTS {
        if desk.stop.is_asked() {
            return Err(Stopped.into());
        }
        pair(old_shelf.take(part)?, new_shelf.take(part)?, &mut changes);
    }
    changes.sort();
    let told = told::Told {
        args,
        specification: &specification,
        columns: &columns,
        groups: &groups,
        changes: &changes,
        rows: (*rows_old, *rows_new),
    };
    told.tell(desk)?;
    Ok(Exit::Fine)
}

fn read(
    mut source: Source,
    hasher: &mut Hasher<'_>,
    groups: &mut Groups<'_>,
    shelf: &mut Shelf,
    desk: Desk<'_>,
) -> Result<u64> {
    let name = source.name.clone();
    let mut meter = desk.output.meter(&format!("Reading {name}"));
    let mut rows = 0;
    let mut reuse = RawBatch::default();
    while let Some(batch) = source
        .receiver
        .next_batch(std::mem::take(&mut reuse))
        .with_context(|| name.clone())?
    {
        if desk.stop.is_asked() {
            meter.end();
            return Err(Stopped.into());
        }
        for row in 0..batch.rows {
            // A row with nothing in it says nothing, wherever it stands.
            let is_blank = batch.columns.iter().all(|c| c.cell(row).is_empty());
            if is_blank {
                continue;
            }
            rows += 1;
            let number = batch.row_numbers.get(row).copied().unwrap_or_default();
            let group = groups.of(&batch, row);
            hasher.row(&batch, row);
            shelf
                .put(hasher.key(), number, group, hasher.cells())
                .context("cannot write to the scratch file")?;
        }
        meter.at(rows, source.position.part(), 0);
        reuse = batch;
    }
    meter.end();
    Ok(rows)
}

/// The columns by which rows are known again, and those that are compared.
struct Columns {
    key: Vec<usize>,
    compared: Vec<usize>,
    /// Fields that only one of the files has.
    only_old: Vec<usize>,
    only_new: Vec<usize>,
    /// Whether no key is named, so that rows are the same only as a whole.
    whole_rows: bool,
}

impl Columns {
    fn of(
        specification: &Specification,
        old: &HeaderMatch,
        new: &HeaderMatch,
        asked: &[String],
    ) -> Result<Self> {
        let dataset = specification.dataset();
        let has =
            |header: &HeaderMatch, at: usize| header.columns.get(at).copied().flatten().is_some();
        let all = 0..dataset.fields.len();
        let within = |kept: &dyn Fn(bool, bool) -> bool| -> Vec<usize> {
            all.clone()
                .filter(|at| kept(has(old, *at), has(new, *at)))
                .collect()
        };
        let compared = within(&|old, new| old && new);
        let names = if asked.is_empty() {
            &dataset.compare.key
        } else {
            asked
        };
        let key = names
            .iter()
            .map(|name| position(&dataset.fields, name))
            .collect::<Result<Vec<_>>>()?;
        for at in &key {
            if !compared.contains(at) {
                let name = dataset.fields.get(*at).map_or("", |f| f.name.as_str());
                return Err(Usage(format!(
                    "rows are known again by \"{name}\" among others, and not both files have it; name other columns with --key"
                ))
                .into());
            }
        }
        let whole_rows = key.is_empty();
        Ok(Self {
            key: if whole_rows { compared.clone() } else { key },
            compared,
            only_old: within(&|old, new| old && !new),
            only_new: within(&|old, new| !old && new),
            whole_rows,
        })
    }
}

/// A field by its name in the file or in the table.
fn position(fields: &[Field], name: &str) -> Result<usize> {
    let found = fields
        .iter()
        .position(|f| f.column == name || f.name.eq_ignore_ascii_case(name));
    if let Some(at) = found {
        return Ok(at);
    }
    let hint = nearest(name, fields.iter().map(|f| f.name.as_str()))
        .map_or_else(String::new, |near| format!(", did you mean `{near}`?"));
    Err(Usage(format!("there is no column `{name}`{hint}")).into())
}

#[cfg(test)]
mod tests;
