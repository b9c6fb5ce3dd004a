//! The files: written row by row under a temporary name, renamed when whole, and listed in a manifest.

mod council;
mod hospital;
mod index;
mod people;
mod shelf;
mod spoil;

use crate::{
    Place, PlaceFile, SynthError, Wishes,
    care::Care,
    facts::{
        Facts,
        shapes::{FileKind, FileShape, Holds},
    },
    hospital::Activity,
    people::Town,
};
use std::collections::BTreeMap;

use shelf::Sheet;
pub(crate) use shelf::Shelf;

/// Tells the caller how far the work has come.
pub(crate) struct Pace<'a> {
    done: u64,
    total: u64,
    each_file: u64,
    report: &'a mut dyn FnMut(u64, u64, &str),
}

impl<'a> Pace<'a> {
    /// A pace for these wishes: work is counted in people, and each file as a share of them.
    pub(crate) fn new(
        facts: &Facts,
        wishes: &Wishes,
        report: &'a mut dyn FnMut(u64, u64, &str),
    ) -> Self {
        let councils = facts.ground.councils.len() as u64;
        let share: f64 = facts.ground.councils.iter().map(|c| c.share).sum();
        let people = crate::draw::fixed(f64::from(wishes.people) * share, 1.0);
        let files = councils * u64::from(wishes.quarters) + facts.files.len() as u64;
        let each_file = people / 6;
        Self {
            done: 0,
            total: people * 7 / 2 + files * each_file,
            each_file,
            report,
        }
    }

    /// So much more is done.
    pub(crate) fn step(&mut self, more: u64, what: &str) {
        self.done = (self.done + more).min(self.total);
        (self.report)(self.done, self.total, what);
    }

    fn file(&mut self, path: &str) {
        self.step(self.each_file, path);
    }

    fn finish(&mut self) {
        self.done = self.total;
        (self.report)(self.done, self.total, "done");
    }
}

/// What the writers read from.
struct Desk<'a> {
    facts: &'a Facts,
    seed: u64,
    town: &'a Town,
    care: &'a Care,
    hospital: &'a Activity,
    shelf: &'a Shelf,
}

/// Writes everything.
pub(crate) fn write_all(
    facts: &Facts,
    wishes: &Wishes,
    town: &Town,
    care: &Care,
    hospital: &Activity,
    shelf: &Shelf,
    pace: &mut Pace<'_>,
) -> Result<Place, SynthError> {
    let desk = Desk {
        facts,
        seed: wishes.seed,
        town,
        care,
        hospital,
        shelf,
    };
    let mut files = Vec::new();
    let mut faults = 0;
    for shape in &facts.files {
        let written = match shape.kind {
            FileKind::CouncilCare => {
                let (written, planted) = council::write(&desk, shape, pace)?;
                faults += planted;
                files.extend(written);
                continue;
            }
            FileKind::Index => index::people(&desk, shape),
            FileKind::IndexHistory => index::history(&desk, shape),
            FileKind::SupersededNumbers => index::superseded(&desk, shape),
            FileKind::Deaths => people::deaths(&desk, shape),
            FileKind::OptOuts => people::opt_outs(&desk, shape),
            FileKind::Spells => hospital::spells(&desk, shape),
            FileKind::Attendances => hospital::attendances(&desk, shape),
            FileKind::Postcodes => hospital::postcodes(&desk, shape),
        }?;
        pace.file(&shape.path);
        files.push(PlaceFile {
            path: shape.path.clone(),
            dataset: shape.dataset.clone(),
            sender: shape.sender.clone(),
            rows: written,
        });
    }
    people::who_is_who(&desk)?;
    let whole = Place {
        seed: wishes.seed,
        as_at: wishes.as_at,
        files,
        people: town.people.len() as u64,
        residents: residents(&desk),
        faults,
    };
    shelf.manifest(&whole)?;
    pace.finish();
    Ok(whole)
}

fn residents(desk: &Desk<'_>) -> BTreeMap<String, u64> {
    let as_at = desk.facts.calendar.as_at;
    let mut counts = BTreeMap::new();
    for person in &desk.town.people {
        let council = desk
            .facts
            .ground
            .council_of(desk.town.postcode_on(person, as_at))
            .and_then(|c| desk.facts.ground.councils.get(usize::from(c)));
        if let Some(council) = council.filter(|_| person.died.is_none()) {
            *counts.entry(council.code.clone()).or_insert(0) += 1;
        }
    }
    counts
}

/// Fills the cells of a row; an error if the kind of file knows no such thing.
fn fill(
    shape: &FileShape,
    cells: &mut Vec<String>,
    mut cell: impl FnMut(Holds, &mut String) -> bool,
) -> Result<(), SynthError> {
    cells.resize_with(shape.columns.len(), String::new);
    for ((column, holds), text) in shape.columns.iter().zip(cells.iter_mut()) {
        text.clear();
        if !cell(*holds, text) {
            return Err(SynthError::facts(
                "files.toml",
                format!(
                    "a file of dataset `{}` has nothing to put into `{column}`",
                    shape.dataset
                ),
            ));
        }
    }
    Ok(())
}

/// The names of the columns.
fn header(shape: &FileShape) -> Vec<&str> {
    shape
        .columns
        .iter()
        .map(|(name, _)| name.as_str())
        .collect()
}

/// A file and the truth about its rows, side by side.
struct Pair {
    sheet: Sheet,
    truth: Sheet,
}

impl Pair {
    fn open(desk: &Desk<'_>, shape: &FileShape, path: &str) -> Result<Self, SynthError> {
        Ok(Self {
            sheet: desk.shelf.sheet(path, &header(shape))?,
            truth: desk
                .shelf
                .truth(&format!("rows/{path}"), &["row", "local_key", "person"])?,
        })
    }

    /// Writes a row; gives its number in a spreadsheet.
    fn row(&mut self, cells: &[String], key: &str, person: u32) -> Result<u64, SynthError> {
        self.sheet.row(cells)?;
        let number = self.sheet.rows() + 1;
        self.truth
            .row(&[number.to_string(), key.to_owned(), person.to_string()])?;
        Ok(number)
    }

    fn finish(self) -> Result<u64, SynthError> {
        self.truth.finish()?;
        self.sheet.finish()
    }
}
