//! Dirty people: files on which tracing, linkage and deduplication are developed and measured.
//!
//! People come in households, households in streets, street after street from a seed, so that an index of any
//! length is made with bounded memory. A record of a person is then spoiled by the cases of `place/linkage.toml`,
//! and the truth says who it is and what is difficult about it.

mod book;
mod deck;
mod facts;
mod ground;
mod households;
mod letters;
mod numbers;
mod record;
mod spoil;
mod street;
#[cfg(test)]
mod tests;
mod trace;
mod twice;

use crate::SynthError;
use facts::World;
use model::Content;
use serde::Serialize;
use std::{collections::BTreeMap, path::Path};

/// What files are wished for.
#[derive(Debug, Clone)]
pub struct LinkageWishes {
    /// The seed; the same seed gives the same bytes.
    pub seed: u64,
    /// Rows of the file to be traced; 0 for no such set.
    pub clients: u64,
    /// People of the index.
    pub index_people: u64,
    /// Records of the set to be deduplicated; 0 for no such set.
    pub dedupe_records: u64,
    /// Multiplies the rate of every case: 0 gives no errors, 1 is realistic, 2 is hard.
    pub strength: f64,
    /// Share of the clients who are not in the index; half of them have a relative who is.
    pub not_in_index: f64,
    /// Share of the clients' records that have an NHS number, right or wrong.
    pub with_number: f64,
}

impl Default for LinkageWishes {
    fn default() -> Self {
        Self {
            seed: 1,
            clients: 5_000,
            index_people: 50_000,
            dedupe_records: 50_000,
            strength: 1.0,
            not_in_index: 0.05,
            with_number: 0.0,
        }
    }
}

/// What was written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct LinkageFiles {
    /// Rows of each file, without its header, by name.
    pub rows: BTreeMap<String, u64>,
    /// Clients' records by what is difficult about them.
    pub client_cases: BTreeMap<String, u64>,
    /// Records of the set to be deduplicated by what is difficult about them.
    pub dedupe_cases: BTreeMap<String, u64>,
}

/// The most people there are numbers for, with those superseded and those not in the index.
const MOST_PEOPLE: u64 = 80_000_000;

/// Writes `clients.csv`, `index.csv`, `history.csv`, `superseded.csv` and `truth.csv` where clients are wished for,
/// and `people.csv` with `people_truth.csv` where records to be deduplicated are. Told of its progress as done,
/// total, and what is being made.
pub fn invent_linkage(
    content: &Content,
    wishes: &LinkageWishes,
    out: &Path,
    progress: &mut dyn FnMut(u64, u64, &str),
) -> Result<LinkageFiles, SynthError> {
    check(wishes)?;
    let facts = facts::Facts::read(content)?;
    std::fs::create_dir_all(out).map_err(SynthError::write(out))?;
    let mut files = LinkageFiles::default();
    if wishes.clients > 0 {
        let world = World::new(&facts, wishes, wishes.index_people);
        trace::write(&world, out, &mut files, progress)?;
    }
    if wishes.dedupe_records > 0 {
        let people = facts.people_of(wishes.dedupe_records);
        let world = World::new(&facts, wishes, people);
        twice::write(&world, out, &mut files, progress)?;
    }
    Ok(files)
}

fn check(wishes: &LinkageWishes) -> Result<(), SynthError> {
    let problem = if wishes.index_people > MOST_PEOPLE || wishes.dedupe_records > MOST_PEOPLE {
        format!("there are numbers for {MOST_PEOPLE} people, ask for no more")
    } else if wishes.clients > wishes.index_people {
        format!(
            "`{}` clients cannot come from an index of `{}` people, ask for fewer clients or more people",
            wishes.clients, wishes.index_people
        )
    } else if !(0.0..=20.0).contains(&wishes.strength) {
        format!("strength `{}` must be from 0 to 20", wishes.strength)
    } else if !(0.0..=0.5).contains(&wishes.not_in_index) {
        format!(
            "share `{}` of clients not in the index must be from 0 to 0.5",
            wishes.not_in_index
        )
    } else if !(0.0..=1.0).contains(&wishes.with_number) {
        format!(
            "share `{}` of clients with a number must be from 0 to 1",
            wishes.with_number
        )
    } else {
        return Ok(());
    };
    Err(SynthError::Wish(problem))
}
