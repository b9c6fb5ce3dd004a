//! Which release of a dataset a file follows: by its header where that tells, and by its values where several
//! releases have the same columns.
//!
//! A value that one release has on its list and the others have not speaks for that release. Where no such
//! value is found, spelling speaks (releases may differ in capitals only), and at last what is usual.

use super::{
    codes::{CodeBook, Standing},
    spellings::{Seen, Spellings},
};
use crate::{
    LandError,
    receive::{RawBatch, Receiver, alike},
};
use model::{Content, ContentError, Dataset};
use serde::Serialize;
use std::{collections::BTreeMap, sync::Arc};

/// How many rows are looked at, unless another number is asked for.
pub const ROWS_LOOKED_AT: u64 = 10_000;

/// The release that a file was taken for, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Recognised {
    /// The dataset.
    pub dataset: String,
    /// What people call the release.
    pub release: String,
    /// What told it from the others.
    pub by: RecognisedBy,
    /// How many rows were looked at.
    pub rows: u64,
    /// What spoke for each release whose header fits, in the order of their names.
    pub evidence: Vec<Evidence>,
    /// All of this in a sentence.
    pub says: String,
}

/// What told a release from the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RecognisedBy {
    /// The columns: no other release fits as well.
    Header,
    /// Values that only one release has.
    Values,
    /// Values that all have, in the spelling of one.
    Spelling,
    /// Nothing: it is the usual one.
    Usual,
}

/// What spoke for a release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Evidence {
    /// The dataset.
    pub dataset: String,
    /// What people call the release.
    pub release: String,
    /// Cells with a value that no other of these releases has.
    pub values: u64,
    /// Cells with a value that others have too, but spelled as in this release alone.
    pub spellings: u64,
}

/// Why a release could not be looked for.
#[derive(Debug, thiserror::Error)]
pub enum RecogniseError {
    /// The specification of a release cannot be read.
    #[error(transparent)]
    Content(#[from] ContentError),
    /// The file cannot be read.
    #[error(transparent)]
    Land(#[from] LandError),
    /// There is no such family.
    #[error("there is no dataset or family of datasets named `{0}`")]
    NoFamily(String),
}

/// One release that the file may follow.
struct Candidate {
    dataset: Dataset,
    /// One for each field that has a code list.
    lists: Vec<Option<Spellings>>,
    seen: Vec<Seen>,
    values: u64,
    spellings: u64,
}

/// Finds out which release of a family a file follows. `open` opens the file from its beginning, as if it were
/// of a dataset; it is asked at least once. At most so many rows are looked at.
pub fn recognise(
    content: &Content,
    family: &str,
    mut open: impl FnMut(&Dataset) -> Result<Receiver, LandError>,
    most_rows: u64,
) -> Result<Recognised, RecogniseError> {
    let mut members = Dataset::family(content, family)?;
    // The usual one first: where all else is the same, it is the one.
    members.sort_by_key(|dataset| !is_usual(dataset));
    let usual = members
        .first()
        .ok_or_else(|| RecogniseError::NoFamily(family.to_owned()))?
        .clone();
    let Some((mut receiver, read_as)) = opened(&mut open, &members)? else {
        // No release has a single column of the file; the check will say so.
        return Ok(taken(&usual, RecognisedBy::Usual, 0, &[]));
    };
    let header = receiver.header().clone();
    let unknown: Vec<usize> = members
        .iter()
        .map(|member| header.unknown_to(&read_as, member))
        .collect();
    let least = unknown.iter().min().copied().unwrap_or_default();
    let fitting: Vec<Dataset> = members
        .into_iter()
        .zip(unknown)
        .filter(|(_, unknown)| *unknown == least)
        .map(|(member, _)| member)
        .collect();
    if let [only] = fitting.as_slice() {
        return Ok(taken(only, RecognisedBy::Header, 0, &[]));
    }
    let mut candidates = candidates(content, fitting)?;
    let rows = look(&mut receiver, &read_as, &mut candidates, most_rows);
    Ok(decide(&candidates, &usual, rows))
}

/// The release that a file is taken for where it cannot be looked into.
pub fn usual_release(content: &Content, family: &str) -> Result<Recognised, RecogniseError> {
    let mut members = Dataset::family(content, family)?;
    members.sort_by_key(|dataset| !is_usual(dataset));
    let usual = members
        .first()
        .ok_or_else(|| RecogniseError::NoFamily(family.to_owned()))?;
    Ok(taken(usual, RecognisedBy::Usual, 0, &[]))
}

/// The file, opened as the first of the datasets of which it has any column.
fn opened(
    open: &mut impl FnMut(&Dataset) -> Result<Receiver, LandError>,
    members: &[Dataset],
) -> Result<Option<(Receiver, Dataset)>, LandError> {
    for member in members {
        match open(member) {
            Ok(receiver) => return Ok(Some((receiver, member.clone()))),
            Err(LandError::WrongHeader { .. }) => {}
            Err(fault) => return Err(fault),
        }
    }
    Ok(None)
}

fn is_usual(dataset: &Dataset) -> bool {
    dataset.family.as_ref().is_some_and(|family| family.usual)
}

fn candidates(content: &Content, fitting: Vec<Dataset>) -> Result<Vec<Candidate>, ContentError> {
    let mut books: BTreeMap<String, Arc<CodeBook>> = BTreeMap::new();
    let mut candidates = Vec::new();
    for dataset in fitting {
        let mut lists = Vec::new();
        for field in &dataset.fields {
            let Some(name) = &field.codes else {
                lists.push(None);
                continue;
            };
            if !books.contains_key(name) {
                books.insert(name.clone(), Arc::new(CodeBook::read(content, name)?));
            }
            let book = books.get(name).cloned();
            lists.push(book.map(Spellings::new));
        }
        candidates.push(Candidate {
            seen: lists.iter().map(|_| Seen::default()).collect(),
            dataset,
            lists,
            values: 0,
            spellings: 0,
        });
    }
    Ok(candidates)
}

/// Reads rows and counts what speaks for each release. A file that cannot be read on is judged by what was
/// read; the check says what is wrong with it.
fn look(
    receiver: &mut Receiver,
    read_as: &Dataset,
    candidates: &mut [Candidate],
    most_rows: u64,
) -> u64 {
    let columns = coded(read_as, candidates);
    let mut rows = 0;
    let mut reuse = RawBatch::default();
    while rows < most_rows {
        let Ok(Some(batch)) = receiver.next_batch(std::mem::take(&mut reuse)) else {
            break;
        };
        let left = usize::try_from(most_rows - rows).unwrap_or(usize::MAX);
        let looked_at = batch.rows.min(left);
        for (column, places) in &columns {
            let Some(cells) = batch.columns.get(*column) else {
                continue;
            };
            for row in 0..looked_at {
                let cell = cells.cell(row).trim_ascii();
                if !cell.is_empty() {
                    count(cell, places, candidates);
                }
            }
        }
        for candidate in candidates.iter_mut() {
            candidate.seen.fill_with(Seen::default);
        }
        rows += looked_at as u64;
        reuse = batch;
    }
    rows
}

/// The columns of which the releases have different lists: the place in the file as it is read, and that of
/// the field in each release.
fn coded(read_as: &Dataset, candidates: &[Candidate]) -> Vec<(usize, Vec<Option<usize>>)> {
    let mut columns = Vec::new();
    for (at, field) in read_as.fields.iter().enumerate() {
        let places: Vec<Option<usize>> = candidates
            .iter()
            .map(|candidate| {
                let mut fields = candidate.dataset.fields.iter();
                fields.position(|f| alike(&f.name) == alike(&field.name))
            })
            .collect();
        let lists: Vec<Option<&String>> = candidates
            .iter()
            .zip(&places)
            .map(|(candidate, place)| {
                let field = place.and_then(|place| candidate.dataset.fields.get(place));
                field.and_then(|field| field.codes.as_ref())
            })
            .collect();
        let known: Vec<&String> = lists.into_iter().flatten().collect();
        if known.windows(2).any(|pair| pair.first() != pair.get(1)) {
            columns.push((at, places));
        }
    }
    columns
}

fn count(cell: &[u8], places: &[Option<usize>], candidates: &mut [Candidate]) {
    let (mut listed, mut exact) = (Vec::new(), Vec::new());
    for (at, (candidate, place)) in candidates.iter_mut().zip(places).enumerate() {
        let Some(place) = *place else { continue };
        let list = candidate.lists.get(place).and_then(Option::as_ref);
        let Some((list, seen)) = list.zip(candidate.seen.get_mut(place)) else {
            continue;
        };
        let (id, is_exact) = list.read(cell, seen);
        let entry = id.checked_sub(1).and_then(|at| list.book().entry(at));
        if entry.is_some_and(|entry| entry.standing == Standing::Listed) {
            listed.push(at);
            if is_exact {
                exact.push(at);
            }
        }
    }
    let several = listed.len() > 1;
    match (listed.as_slice(), exact.as_slice()) {
        ([only], _) => {
            if let Some(candidate) = candidates.get_mut(*only) {
                candidate.values += 1;
            }
        }
        (_, [only]) if several => {
            if let Some(candidate) = candidates.get_mut(*only) {
                candidate.spellings += 1;
            }
        }
        _ => {}
    }
}

fn decide(candidates: &[Candidate], usual: &Dataset, rows: u64) -> Recognised {
    let most = |by: fn(&Candidate) -> u64| {
        let best = candidates.iter().map(by).max().unwrap_or_default();
        let mut leading = candidates.iter().filter(|c| by(c) == best && best > 0);
        leading.next().filter(|_| leading.next().is_none())
    };
    let (winner, by) = match (most(|c| c.values), most(|c| c.spellings)) {
        (Some(winner), _) => (Some(winner), RecognisedBy::Values),
        // Values that contradict each other are not settled by capitals.
        (None, Some(winner)) if candidates.iter().all(|c| c.values == 0) => {
            (Some(winner), RecognisedBy::Spelling)
        }
        _ => (candidates.first(), RecognisedBy::Usual),
    };
    let mut evidence: Vec<Evidence> = candidates
        .iter()
        .map(|candidate| Evidence {
            dataset: candidate.dataset.name.clone(),
            release: called(&candidate.dataset),
            values: candidate.values,
            spellings: candidate.spellings,
        })
        .collect();
    evidence.sort_by(|a, b| a.dataset.cmp(&b.dataset));
    let winner = winner.map_or(usual, |winner| &winner.dataset);
    taken(winner, by, rows, &evidence)
}

fn called(dataset: &Dataset) -> String {
    dataset
        .family
        .as_ref()
        .map_or_else(|| dataset.name.clone(), |family| family.called.clone())
}

fn taken(dataset: &Dataset, by: RecognisedBy, rows: u64, evidence: &[Evidence]) -> Recognised {
    let release = called(dataset);
    let counts = |of: fn(&Evidence) -> u64, what: &str| {
        let own = evidence.iter().filter(|e| e.dataset == dataset.name);
        let others = evidence.iter().filter(|e| e.dataset != dataset.name);
        own.chain(others.filter(|e| of(e) > 0))
            .map(|e| match of(e) {
                1 => format!("1 cell {what} only {} has", e.release),
                n => format!("{n} cells {what} only {} has", e.release),
            })
            .collect::<Vec<_>>()
            .join(", ")
    };
    let why = match by {
        RecognisedBy::Header => ", by its columns".to_owned(),
        RecognisedBy::Values => format!(
            ": in the first {rows} rows, {}",
            counts(|e| e.values, "with a value that")
        ),
        RecognisedBy::Spelling => format!(
            ": in the first {rows} rows, {}",
            counts(|e| e.spellings, "in a spelling that")
        ),
        RecognisedBy::Usual if evidence.iter().any(|e| e.values > 0) => format!(
            ", the usual release, since its values speak alike for several: {}",
            counts(|e| e.values, "with a value that")
        ),
        RecognisedBy::Usual => {
            ", the usual release, since nothing tells which it follows".to_owned()
        }
    };
    Recognised {
        says: format!("Taken for {release}{why}"),
        dataset: dataset.name.clone(),
        release,
        by,
        rows,
        evidence: evidence.to_vec(),
    }
}
