//! `haven sample`: a made-up file that fits a specification, from the dataset's own examples and invented people.
//!
//! Rows are varied freely and then held against the rules; one that a rule would reject is varied less and tried
//! again, down to the example itself. So the file is only as rich as the examples and the code lists are.

mod names;
mod vary;

use crate::{
    Desk, WholeFile,
    check::{source::Source, threads},
    cli::SampleArgs,
    dataset,
    fault::{Exit, Usage},
    output::thousands,
    table::{Reader, Table},
};
use anyhow::{Context, Result, bail};
use land::{
    LandError,
    check::{CheckSettings, Checker, Specification, run as check_file},
    receive::{RawBatch, RawColumn, ReceiveSettings, open},
};
use std::{
    collections::BTreeSet,
    io::{Cursor, Write, stdout},
    path::Path,
};
use vary::{LEVELS, Maker};

/// How many rows are made and checked at once.
const AT_ONCE: u64 = 2_048;

pub(crate) fn run(args: &SampleArgs, desk: Desk<'_>) -> Result<Exit> {
    let name = dataset(Some(&args.spec), desk.content)?;
    let specification = Specification::read(desk.content, &name)?;
    let settings = CheckSettings::on(args.today.unwrap_or(desk.today));
    let judge = Judge::new(&specification, settings.clone())?;
    let mut maker = Maker::new(&specification, desk.content, args.seed)?;
    let fit = |rows: &[Vec<String>]| judge.fit(rows);
    if !maker.keep_those_that_fit(settings.today, fit)? {
        bail!(Usage(format!(
            "no example of `{name}` passes its own rules on {}; state another day with --today",
            settings.today
        )));
    }
    if desk.dry_run {
        desk.output.result(&format!(
            "would write {} rows of {name}",
            thousands(args.rows)
        ));
        return Ok(Exit::Fine);
    }
    let Some(path) = args.out.as_deref().filter(|out| *out != Path::new("-")) else {
        let table = Table::new(Box::new(stdout()) as Box<dyn Write>, Reader::Forwarded)?;
        write(args.rows, &specification, &mut maker, &judge, table, desk)?;
        return Ok(Exit::Fine);
    };
    let fault = || format!("cannot write `{}`", path.display());
    let table = Table::new(WholeFile::new(path).with_context(fault)?, Reader::Forwarded)?;
    let Some(table) = write(args.rows, &specification, &mut maker, &judge, table, desk)? else {
        desk.output
            .tell("Stopped. Nothing was written; run the same command to begin again.");
        return Ok(Exit::Interrupted);
    };
    table.into_inner().keep().with_context(fault)?;
    let rejected = whole(path, &specification, settings)?;
    if rejected.is_empty() {
        desk.output.tell(&format!(
            "{} made-up rows of {name} are in {}",
            thousands(args.rows),
            path.display()
        ));
        return Ok(Exit::Fine);
    }
    // Rules across rows and about the whole file are not seen while rows are made.
    desk.output.tell(&format!(
        "The file was written, but as a whole it breaks {}",
        rejected.into_iter().collect::<Vec<_>>().join(", ")
    ));
    Ok(Exit::DataHasProblems)
}

/// Writes so many rows. `None` when the person stopped it.
fn write<W: Write>(
    rows: u64,
    specification: &Specification,
    maker: &mut Maker<'_>,
    judge: &Judge<'_>,
    mut table: Table<W>,
    desk: Desk<'_>,
) -> Result<Option<Table<W>>> {
    table.row(
        specification
            .dataset()
            .fields
            .iter()
            .map(|f| f.name.as_str()),
    )?;
    let mut meter = desk.output.meter("Making rows");
    let mut done = 0;
    while done < rows {
        if desk.stop.is_asked() {
            meter.end();
            return Ok(None);
        }
        let count = AT_ONCE.min(rows - done);
        let numbers: Vec<u64> = (done..done + count).collect();
        for row in made(&numbers, maker, judge)? {
            table.row(row.iter().map(String::as_str))?;
        }
        done += count;
        #[expect(clippy::cast_precision_loss, reason = "a part is shown in per cent")]
        meter.at(done, Some(done as f64 / rows as f64), 0);
    }
    meter.end();
    Ok(Some(table))
}

/// Rows that fit: those that do not are made again with less in them that differs from the example.
fn made(numbers: &[u64], maker: &mut Maker<'_>, judge: &Judge<'_>) -> Result<Vec<Vec<String>>> {
    let mut rows: Vec<Vec<String>> = vec![Vec::new(); numbers.len()];
    let mut open: Vec<usize> = (0..numbers.len()).collect();
    for level in 0..LEVELS {
        let tried: Vec<Vec<String>> = open
            .iter()
            .filter_map(|at| numbers.get(*at))
            .map(|number| maker.row(*number, level))
            .collect();
        let fits = judge.fit(&tried)?;
        let mut still = Vec::new();
        for ((at, row), fits) in open.iter().zip(tried).zip(fits) {
            match rows.get_mut(*at) {
                Some(place) if fits => *place = row,
                _ => still.push(*at),
            }
        }
        open = still;
        if open.is_empty() {
            return Ok(rows);
        }
    }
    bail!("an example that passes its rules alone does not pass them with another number")
}

/// Holds made-up rows against the rules about records.
struct Judge<'a> {
    checker: Checker<'a>,
    fields: usize,
}

impl<'a> Judge<'a> {
    fn new(specification: &'a Specification, settings: CheckSettings) -> Result<Self> {
        let dataset = specification.dataset();
        let mut header = Table::new(Vec::new(), Reader::Forwarded)?;
        header.row(dataset.fields.iter().map(|f| f.name.as_str()))?;
        let receiver = open(
            Box::new(Cursor::new(header.into_inner())),
            dataset,
            &ReceiveSettings::default(),
        )?;
        Ok(Self {
            checker: Checker::new(specification, receiver.header(), settings),
            fields: dataset.fields.len(),
        })
    }

    /// Whether each row would land.
    fn fit(&self, rows: &[Vec<String>]) -> Result<Vec<bool>> {
        let width = u32::try_from(self.fields).unwrap_or(u32::MAX);
        let mut columns = vec![RawColumn::default(); self.fields];
        for row in rows {
            for (column, cell) in columns.iter_mut().zip(row) {
                column.bytes.extend_from_slice(cell.as_bytes());
                column
                    .ends
                    .push(u32::try_from(column.bytes.len()).unwrap_or(u32::MAX));
            }
        }
        let numbers: Vec<u64> = (0..rows.len() as u64).collect();
        let batch = self.checker.check(RawBatch {
            rows: rows.len(),
            lines: numbers.clone(),
            row_numbers: numbers,
            widths: vec![width; rows.len()],
            columns,
        })?;
        let mut fit = vec![true; rows.len()];
        for finding in self.checker.findings(&batch) {
            let at = finding.row.and_then(|row| usize::try_from(row).ok());
            if let Some(place) = at.and_then(|at| fit.get_mut(at)) {
                *place &= !finding.level.rejects();
            }
        }
        Ok(fit)
    }
}

/// The rules that reject something in the file as it was written.
fn whole(
    path: &Path,
    specification: &Specification,
    settings: CheckSettings,
) -> Result<BTreeSet<String>> {
    let source = Source::open(path, specification.dataset(), &ReceiveSettings::default())?;
    let mut rules = BTreeSet::new();
    let outcome = check_file::<SampleFault>(
        source.receiver,
        specification,
        settings,
        threads(),
        |checker, batch| {
            let rejecting = checker.findings(&batch).filter(|f| f.level.rejects());
            rules.extend(rejecting.map(|f| f.rule));
            Ok(batch.raw)
        },
        |_| {},
    )?;
    let of_file = outcome.file_findings.into_iter();
    rules.extend(of_file.filter(|f| f.level.rejects()).map(|f| f.rule));
    Ok(rules)
}

#[derive(Debug, thiserror::Error)]
enum SampleFault {
    #[error(transparent)]
    Land(#[from] LandError),
    #[error(transparent)]
    Arrow(#[from] arrow_schema::ArrowError),
}

#[cfg(test)]
mod tests;
