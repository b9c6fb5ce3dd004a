//! An invented place: people, lives, and the files that systems would send.
//!
//! Everything is drawn from a seed and from `content/place`, so the same seed and content give the same bytes
//! on every platform. Who is who goes to a folder of its own, which nothing in the journey reads.

mod care;
mod days;
mod draw;
mod error;
mod facts;
mod files;
mod hospital;
mod linkage;
mod people;
#[cfg(test)]
mod tests;

pub use error::SynthError;
pub use linkage::{LinkageFiles, LinkageWishes, invent_linkage};

use model::{Content, Date};
use serde::Serialize;
use std::{collections::BTreeMap, path::Path};

/// What kind of place is wished for.
#[derive(Debug, Clone)]
pub struct Wishes {
    /// The seed; the same seed gives the same bytes.
    pub seed: u64,
    /// Residents of the first council of `content/place/place.toml`; the others scale along.
    pub people: u32,
    /// The day on which the files are made; the last period ends on the last quarter day up to it.
    pub as_at: Date,
    /// How many quarterly submissions each council has sent by then.
    pub quarters: u32,
    /// How often known faults are planted.
    pub faults: FaultRates,
}

impl Default for Wishes {
    fn default() -> Self {
        Self {
            seed: 1,
            people: 20_000,
            as_at: Date::from_ymd_opt(2026, 9, 30).unwrap_or_default(),
            quarters: 6,
            faults: FaultRates::stated(),
        }
    }
}

/// How often faults are planted, beside what `content/place/faults.toml` states.
#[derive(Debug, Clone)]
pub struct FaultRates {
    /// Multiplies every stated rate.
    pub scale: f64,
    /// Rates that replace the stated ones, by the code of the fault; these are not scaled.
    pub set: BTreeMap<String, f64>,
}

impl FaultRates {
    /// The rates as content states them.
    pub const fn stated() -> Self {
        Self {
            scale: 1.0,
            set: BTreeMap::new(),
        }
    }

    /// No faults at all.
    pub const fn none() -> Self {
        Self {
            scale: 0.0,
            set: BTreeMap::new(),
        }
    }

    /// The same, with one fault at a rate of its own.
    #[must_use]
    pub fn with(mut self, code: &str, rate: f64) -> Self {
        self.set.insert(code.to_owned(), rate);
        self
    }
}

/// What was invented.
#[derive(Debug, Clone, Serialize)]
pub struct Place {
    /// The seed it came from.
    pub seed: u64,
    /// The day on which the files were made.
    pub as_at: Date,
    /// The files, in the order in which they would arrive.
    pub files: Vec<PlaceFile>,
    /// Everyone who ever lived there in these years, with those who died or left.
    pub people: u64,
    /// Residents of each council on the day, by its code.
    pub residents: BTreeMap<String, u64>,
    /// Faults planted, over all files.
    pub faults: u64,
}

/// One file that a system would send.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlaceFile {
    /// Its path below the output folder, with `/` between the parts.
    pub path: String,
    /// The dataset it belongs to.
    pub dataset: String,
    /// The code of the organisation that sends it.
    pub sender: String,
    /// Its rows, without the header.
    pub rows: u64,
}

/// Invents a place: the files go to `out` with a `manifest.json` that lists them, and who is who goes to `truth`,
/// which must be a folder apart. Told of its progress as done, total, and what is being made.
pub fn invent(
    content: &Content,
    wishes: &Wishes,
    out: &Path,
    truth: &Path,
    progress: &mut dyn FnMut(u64, u64, &str),
) -> Result<Place, SynthError> {
    let facts = facts::Facts::read(content, wishes)?;
    let shelf = files::Shelf::open(out, truth)?;
    let mut pace = files::Pace::new(&facts, wishes, progress);
    let mut town = people::settle(&facts, wishes, &mut pace);
    let care = care::careers(&facts, wishes, &mut town, &mut pace);
    let hospital = hospital::activity(&facts, wishes, &town, &care, &mut pace);
    files::write_all(&facts, wishes, &town, &care, &hospital, &shelf, &mut pace)
}
