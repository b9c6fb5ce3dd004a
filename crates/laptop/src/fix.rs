//! `haven fix`: repairs that cannot change what a file says, each of them listed. Rows are never added, lost or moved.

mod told;

#[cfg(test)]
mod tests;

use crate::{
    Desk, WholeFile,
    check::{Stopped, source::Source, threads},
    cli::FixArgs,
    dataset,
    fault::{Exit, Usage},
    receive_settings,
    table::{Reader, Table},
};
use anyhow::{Context, Result};
use land::{
    LandError,
    check::{
        CheckSettings, CheckedBatch, Checker, Mended, Repair, Specification, run as check_file,
    },
    receive::{HeaderMatch, RawBatch, Received, past_cells},
};
use model::finding::column_letters;
use std::{
    borrow::Cow,
    collections::HashMap,
    ffi::OsStr,
    io::{Write, sink, stdout},
    path::Path,
};
use told::{Told, tell};

pub(crate) fn run(args: &FixArgs, desk: Desk<'_>) -> Result<Exit> {
    let output = desk.output;
    let out = destination(args, desk.dry_run)?;
    let name = dataset(args.reading.dataset.as_deref(), desk.content)?;
    let specification = Specification::read(desk.content, &name)?;
    let mut reading = receive_settings(&args.reading)?;
    reading.every_column = true;
    let source = Source::open(&args.file, specification.dataset(), &reading)
        .with_context(|| args.file.display().to_string())?;
    let header = source.receiver.header().clone();
    let to = match out {
        Destination::Nowhere => To::Other(Box::new(sink())),
        Destination::Output => To::Other(Box::new(stdout())),
        Destination::File(path) => To::File(
            WholeFile::new(path).with_context(|| format!("cannot write `{}`", path.display()))?,
        ),
    };
    let list = match &args.list {
        Some(path) if !desk.dry_run => {
            Some(begin_list(path).with_context(|| format!("cannot write `{}`", path.display()))?)
        }
        _ => None,
    };
    let mut mending = Mending {
        specification: &specification,
        places: places(&header),
        header: &header,
        table: Table::new(to, Reader::Forwarded)?,
        list,
        told: Told::default(),
        remembered: HashMap::new(),
    };
    mending.header()?;
    let mut meter = output.meter(&format!("Mending {}", source.name));
    let position = source.position;
    // The day matters to no repair; rules are asked only for words that stand for a blank.
    let outcome = check_file::<FixFault>(
        source.receiver,
        &specification,
        CheckSettings::on(desk.today),
        threads(),
        |checker, batch| {
            if desk.stop.is_asked() {
                return Err(FixFault::Other(Stopped.into()));
            }
            mending.batch(checker, &batch)?;
            Ok(batch.raw)
        },
        |state| meter.at(state.rows, position.part(), 0),
    );
    meter.end();
    let outcome = match outcome {
        Err(FixFault::Other(fault)) if fault.is::<Stopped>() => {
            output.tell(&format!(
                "Stopped. Nothing was written; begin again with: haven fix {} -o OUT",
                args.file.display()
            ));
            return Ok(Exit::Interrupted);
        }
        done => done
            .map_err(FixFault::told)
            .with_context(|| args.file.display().to_string())?,
    };
    refuse(&outcome.received, &args.file)?;
    let Mending {
        table,
        list,
        mut told,
        ..
    } = mending;
    told.file(&outcome.received, &header, &specification);
    if let To::File(file) = table.into_inner() {
        file.keep()?;
    }
    if let Some(list) = list {
        list.into_inner().keep()?;
    }
    tell(&told, args, &specification, &outcome, desk);
    Ok(Exit::Fine)
}

enum Destination<'a> {
    Nowhere,
    Output,
    File(&'a Path),
}

fn destination(args: &FixArgs, dry_run: bool) -> Result<Destination<'_>> {
    let Some(out) = args.out.as_deref() else {
        if dry_run {
            return Ok(Destination::Nowhere);
        }
        return Err(Usage(
            "name the file to write with -o OUT, or look first with --dry-run".to_owned(),
        )
        .into());
    };
    if dry_run {
        return Ok(Destination::Nowhere);
    }
    if out == Path::new("-") {
        return Ok(Destination::Output);
    }
    let ending = out.extension().map(OsStr::to_ascii_lowercase);
    if ending.is_some_and(|e| e == "xlsx" || e == "xls") {
        return Err(Usage(format!(
            "`{}`: the file that is written is CSV, so let its name end in .csv",
            out.display()
        ))
        .into());
    }
    let same = std::fs::canonicalize(out).ok();
    if same.is_some() && same == std::fs::canonicalize(&args.file).ok() {
        return Err(Usage(
            "OUT is the file itself; name another, so that the one you have stays".to_owned(),
        )
        .into());
    }
    Ok(Destination::File(out))
}

/// What cannot be passed on as it was sent is not passed on at all.
fn refuse(received: &Received, file: &Path) -> Result<()> {
    let name = file.display();
    if let Some(place) = &received.open_quote {
        return Err(Usage(format!(
            "{name}: a quote is opened in row {} (line {}) and never closed, so the rows after it cannot be told apart; close it and begin again",
            place.row, place.line
        ))
        .into());
    }
    if received.encoding_faults > 0 {
        return Err(Usage(format!(
            "{name}: {} places are no characters of the encoding; state the right one with --encoding",
            received.encoding_faults
        ))
        .into());
    }
    Ok(())
}

enum To {
    File(WholeFile),
    Other(Box<dyn Write>),
}

impl Write for To {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        match self {
            Self::File(file) => file.write(bytes),
            Self::Other(other) => other.write(bytes),
        }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        match self {
            Self::File(file) => file.flush(),
            Self::Other(other) => other.flush(),
        }
    }
}

fn begin_list(path: &Path) -> std::io::Result<Table<WholeFile>> {
    let mut list = Table::new(WholeFile::new(path)?, Reader::Person)?;
    list.row([
        "Row",
        "Line",
        "Column",
        "Column letter",
        "What was done",
        "Cell before",
        "Cell now",
    ])?;
    Ok(list)
}

/// For each column of the file, where a batch has it and which field it is.
fn places(header: &HeaderMatch) -> Vec<(usize, Option<usize>)> {
    let fields = header.columns.len();
    (0u32..)
        .take(header.width)
        .map(|position| {
            let field = header.columns.iter().position(|at| *at == Some(position));
            let among_rest = header.rest.iter().position(|at| *at == position);
            let at = field.or(among_rest.map(|at| fields + at));
            (at.unwrap_or(usize::MAX), field)
        })
        .collect()
}

/// At most so many different cells of a column are remembered with what becomes of them.
const REMEMBERED: usize = 4_096;

struct Mending<'a> {
    specification: &'a Specification,
    header: &'a HeaderMatch,
    places: Vec<(usize, Option<usize>)>,
    table: Table<To>,
    list: Option<Table<WholeFile>>,
    told: Told,
    remembered: HashMap<(usize, String), Option<Mended>>,
}

impl Mending<'_> {
    /// Lines above the header that hold nothing, then the header with the official names.
    fn header(&mut self) -> Result<()> {
        for _ in 1..self.header.row {
            self.table.end_row()?;
        }
        let fields = &self.specification.dataset().fields;
        for ((_, field), sent) in self.places.iter().zip(&self.header.names) {
            let official = field.and_then(|at| fields.get(at)).map(|f| f.name.as_str());
            self.table.cell(official.unwrap_or(sent))?;
        }
        self.table.end_row()?;
        Ok(())
    }

    fn batch(&mut self, checker: &Checker<'_>, batch: &CheckedBatch) -> Result<()> {
        let raw = &batch.raw;
        let mut blanks = checker.blanks(batch).into_iter().peekable();
        for row in 0..raw.rows {
            let mut here = Vec::new();
            while let Some((_, field)) = blanks.next_if(|(at, _)| *at == row) {
                here.push(field);
            }
            self.row(raw, row, &here)?;
        }
        Ok(())
    }

    fn row(&mut self, raw: &RawBatch, row: usize, blanks: &[usize]) -> Result<()> {
        let width = raw.widths.get(row).copied().unwrap_or_default() as usize;
        let number = raw.row_numbers.get(row).copied().unwrap_or_default();
        let line = raw.lines.get(row).copied().unwrap_or_default();
        let mut mended_here = false;
        // A row with fewer cells than the header keeps them so: where they belong is not known.
        for position in 0..width.min(self.places.len()) {
            let Some((at, field)) = self.places.get(position).copied() else {
                continue;
            };
            let cell = raw.columns.get(at).map(|c| c.cell(row)).unwrap_or_default();
            let cell = String::from_utf8_lossy(cell);
            let Some(field) = field.filter(|_| !cell.is_empty()) else {
                self.table.cell(&cell)?;
                continue;
            };
            let mended = if blanks.contains(&field) {
                Some(Mended {
                    cell: String::new(),
                    repairs: vec![Repair::Blank],
                })
            } else {
                self.mended(field, &cell)
            };
            let Some(mended) = mended else {
                self.table.cell(&cell)?;
                continue;
            };
            self.table.cell(&mended.cell)?;
            mended_here = true;
            for repair in &mended.repairs {
                self.told.cell(*repair, field, number);
            }
            if let Some(list) = &mut self.list {
                let fields = &self.specification.dataset().fields;
                let done: Vec<&str> = mended.repairs.iter().map(|r| r.words()).collect();
                list.row([
                    number.to_string().as_str(),
                    &line.to_string(),
                    fields.get(field).map_or("", |f| f.name.as_str()),
                    &column_letters(u32::try_from(position).unwrap_or(u32::MAX)),
                    &done.join("; "),
                    &cell,
                    &mended.cell,
                ])?;
            }
        }
        if let Some(past) = raw.columns.last().filter(|_| width > self.places.len()) {
            for cell in past_cells(past.cell(row)) {
                self.table.cell(&String::from_utf8_lossy(cell))?;
            }
        }
        self.table.end_row()?;
        self.told.row(mended_here);
        Ok(())
    }

    /// What becomes of a cell. Columns of few values are worked out once for each value.
    fn mended(&mut self, field: usize, cell: &str) -> Option<Mended> {
        if self.specification.code_book(field).is_none() {
            return self.specification.mend(field, cell);
        }
        let key = (field, Cow::Borrowed(cell).into_owned());
        if let Some(known) = self.remembered.get(&key) {
            return known.clone();
        }
        let mended = self.specification.mend(field, cell);
        if self.remembered.len() >= REMEMBERED {
            self.remembered.clear();
        }
        self.remembered.insert(key, mended.clone());
        mended
    }
}

#[derive(Debug, thiserror::Error)]
enum FixFault {
    #[error(transparent)]
    Land(#[from] LandError),
    #[error(transparent)]
    Arrow(#[from] arrow_schema::ArrowError),
    #[error(transparent)]
    Other(#[from] anyhow::Error),
}

impl FixFault {
    fn told(self) -> anyhow::Error {
        match self {
            Self::Land(land) => land.into(),
            Self::Arrow(arrow) => arrow.into(),
            Self::Other(other) => other,
        }
    }
}
