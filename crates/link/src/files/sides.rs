//! From files to people: values cleaned once, ids kept, earlier values and superseded numbers followed.

use super::{Batches, FileError, Rows, open};
use crate::{
    match_model::{Kind, MatchModel},
    people::{
        Clean, Cleaned, Dictionary, Earlier, Ids, MISSING, People, Seen, Split, is_number,
        number_digits,
    },
};
use arrow_array::{Array as _, StringArray};
use std::{
    collections::{BTreeSet, HashMap},
    path::{Path, PathBuf},
};

/// The files of a linkage.
#[derive(Debug, Clone, Default)]
pub struct Inputs {
    /// The left side, or the one file.
    pub left: PathBuf,
    /// The right side; there is none within one file.
    pub right: Option<PathBuf>,
    /// Earlier values of people on the right.
    pub history: Option<PathBuf>,
    /// Numbers that gave way to others.
    pub superseded: Option<PathBuf>,
    /// Pairs that somebody judged, from which the shares of one person come.
    pub labels: Vec<PathBuf>,
}

/// Both sides, read.
#[derive(Debug)]
pub struct Loaded {
    /// The distinct values.
    pub dictionary: Dictionary,
    /// The left side.
    pub left: People,
    /// The right side.
    pub right: Option<People>,
    /// Where two files stand one after the other on the left, how many records the first one has.
    pub first: Option<usize>,
    /// What a reader should know.
    pub notes: Vec<String>,
}

type Followed = HashMap<u32, u32, ahash::RandomState>;

/// Reads the files of a linkage.
pub fn load(
    model: &MatchModel,
    dictionary: Dictionary,
    inputs: &Inputs,
) -> Result<Loaded, FileError> {
    let mut loader = Loader {
        model,
        dictionary,
        superseded: HashMap::with_hasher(ahash::RandomState::with_seeds(1, 2, 3, 4)),
        seen: Vec::new(),
        notes: Vec::new(),
    };
    if let Some(path) = &inputs.superseded {
        loader.superseded(path)?;
    }
    let right = match &inputs.right {
        Some(path) => {
            let id = model.right_id.as_deref().unwrap_or(&model.left_id);
            let mut people = loader.people(path, id)?;
            if let Some(history) = &inputs.history {
                people = loader.history(history, people)?;
            }
            Some(people)
        }
        None => None,
    };
    let left = loader.people(&inputs.left, &model.left_id)?;
    loader.dictionary.describe();
    Ok(Loaded {
        dictionary: loader.dictionary,
        left,
        right,
        first: None,
        notes: loader.notes,
    })
}

/// The same of rows that are no files: records on the left, forms in which people stand in an index on the right.
pub fn load_batches(
    model: &MatchModel,
    dictionary: Dictionary,
    left: Batches,
    right: Batches,
) -> Result<Loaded, FileError> {
    let mut loader = Loader {
        model,
        dictionary,
        superseded: HashMap::with_hasher(ahash::RandomState::with_seeds(1, 2, 3, 4)),
        seen: Vec::new(),
        notes: Vec::new(),
    };
    let mut side = |rows: Batches, id: &str| {
        let name = PathBuf::from(&rows.name);
        loader.people_of(&name, id, |wanted| Ok(rows.open(wanted)))
    };
    let right = side(right, model.right_id.as_deref().unwrap_or(&model.left_id))?;
    let left = side(left, &model.left_id)?;
    loader.dictionary.describe();
    Ok(Loaded {
        dictionary: loader.dictionary,
        left,
        right: Some(right),
        first: None,
        notes: loader.notes,
    })
}

struct Loader<'a> {
    model: &'a MatchModel,
    dictionary: Dictionary,
    superseded: Followed,
    /// For each column, the texts that were cleaned before.
    seen: Vec<Seen>,
    notes: Vec<String>,
}

/// The ids of a side while it is read.
struct SideIds {
    ids: Ids,
    /// How many rows have no id that can be used, and the first of them as a spreadsheet numbers it.
    without: u64,
    first: Option<usize>,
}

impl SideIds {
    fn new(numbers: bool) -> Self {
        let ids = if numbers {
            Ids::Numbers(Vec::new())
        } else {
            Ids::Texts {
                text: String::new(),
                ends: Vec::new(),
            }
        };
        Self {
            ids,
            without: 0,
            first: None,
        }
    }

    /// Adds the id of the next row; `false` where it cannot be used.
    fn add(&mut self, text: &str, number: u32) -> bool {
        let row = self.ids.len() + 1;
        match &mut self.ids {
            Ids::Numbers(all) => {
                all.push(number);
                if !is_number(number) {
                    self.without += 1;
                    self.first.get_or_insert(row + 1);
                    return false;
                }
            }
            Ids::Texts { text: all, ends } => {
                if text.is_empty() {
                    all.push_str(&row.to_string());
                } else {
                    all.push_str(text);
                }
                ends.push(all.len());
            }
        }
        true
    }

    fn note(&self, path: &Path) -> Option<String> {
        let first = self.first?;
        Some(format!(
            "{}: {} rows have no valid number to name the person and are left out, the first is row {first}",
            path.display(),
            self.without
        ))
    }
}

/// Where each number leads in the end, and how many lead in a circle, which ends at its least number. No number is
/// passed twice, so that a chain of a million is read as fast as a million chains.
fn ends(next: &Followed) -> (Followed, usize) {
    let mut starts: Vec<u32> = next.keys().copied().collect();
    starts.sort_unstable();
    let mut ends = Followed::with_hasher(ahash::RandomState::with_seeds(1, 2, 3, 4));
    let mut circles = 0;
    for start in starts {
        let mut way = Vec::new();
        let mut places = Followed::with_hasher(ahash::RandomState::with_seeds(1, 2, 3, 4));
        let mut at = start;
        let end = loop {
            if let Some(end) = ends.get(&at) {
                break *end;
            }
            if let Some(from) = places.get(&at) {
                let circle = way.iter().skip(*from as usize);
                break circle.copied().min().unwrap_or(at);
            }
            let Some(to) = next.get(&at) else {
                break at;
            };
            places.insert(at, u32::try_from(way.len()).unwrap_or(u32::MAX));
            way.push(at);
            at = *to;
        };
        // The end of a chain leads nowhere; that of a circle leads on.
        if next.contains_key(&end) {
            circles += way.len();
        }
        ends.extend(way.into_iter().map(|passed| (passed, end)));
    }
    (ends, circles)
}

impl Loader<'_> {
    fn followed(&self, code: u32) -> u32 {
        self.superseded.get(&code).copied().unwrap_or(code)
    }

    fn number(&mut self, text: &str) -> u32 {
        self.dictionary
            .clean(Clean::Number, text, Split::Whole)
            .code
    }

    fn digits(&self, code: u32) -> String {
        number_digits(self.dictionary.domain(Clean::Number), code)
    }

    /// A value cleaned, once for each text of a column.
    fn cleaned(&mut self, at: usize, clean: Clean, text: &str, split: Split) -> Cleaned {
        let dictionary = &mut self.dictionary;
        match self.seen.get_mut(at) {
            Some(seen) => seen.get(text, || dictionary.clean(clean, text, split)),
            None => dictionary.clean(clean, text, split),
        }
    }

    fn superseded(&mut self, path: &Path) -> Result<(), FileError> {
        let mut rows = open(path, &["nhs_number", "replaced_by"])?;
        need(&rows, path, &["nhs_number", "replaced_by"])?;
        let mut next = Followed::with_hasher(ahash::RandomState::with_seeds(1, 2, 3, 4));
        let mut several = BTreeSet::new();
        while let Some((count, columns)) = rows.next_batch()? {
            let [Some(old), Some(new)] = columns.as_slice() else {
                continue;
            };
            for row in 0..count {
                let (old, new) = (self.number(value(old, row)), self.number(value(new, row)));
                if old == MISSING || new == MISSING || old == new {
                    continue;
                }
                let kept = next.entry(old).or_insert(new);
                if *kept != new {
                    several.insert(old);
                    // The least one counts, whichever row comes first.
                    if self.digits(new) < self.digits(*kept) {
                        *kept = new;
                    }
                }
            }
        }
        self.notes.extend(rows.notes());
        if !several.is_empty() {
            self.notes.push(format!(
                "{}: {} numbers give way to several others; the least of these counts",
                path.display(),
                several.len()
            ));
        }
        let circles;
        (self.superseded, circles) = ends(&next);
        if circles > 0 {
            self.notes
                .push(format!("{circles} superseded numbers lead in a circle"));
        }
        Ok(())
    }

    fn people(&mut self, path: &Path, id: &str) -> Result<People, FileError> {
        self.people_of(path, id, |wanted| open(path, wanted))
    }

    fn people_of(
        &mut self,
        path: &Path,
        id: &str,
        open: impl FnOnce(&[&str]) -> Result<Rows, FileError>,
    ) -> Result<People, FileError> {
        let model = self.model;
        let names: Vec<&str> = model
            .columns
            .iter()
            .map(|c| c.name.get_ref().as_str())
            .collect();
        let mut wanted = names.clone();
        wanted.push(id);
        let mut rows = open(&wanted)?;
        let id_at = names.len();
        if model.kind != Kind::Dedupe {
            need(&rows, path, &[id])?;
        }
        let missing: Vec<&str> = names
            .iter()
            .enumerate()
            .filter(|(at, _)| !rows.has(*at))
            .map(|(_, n)| *n)
            .collect();
        if missing.len() == names.len() {
            return Err(FileError::NothingToCompare {
                path: path.to_owned(),
                wanted: names.join(", "),
            });
        }
        for name in missing {
            self.notes.push(format!(
                "{} has no column {name}: it is not compared",
                path.display()
            ));
        }
        let number_at = model.column(id).filter(|at| {
            let column = model.columns.get(*at);
            column.is_some_and(|column| column.clean == Clean::Number)
        });
        let width = model.columns.len();
        let mut codes: Vec<u32> = Vec::new();
        let mut ids = SideIds::new(number_at.is_some());
        self.seen.resize_with(width, Seen::default);
        while let Some((count, columns)) = rows.next_batch()? {
            let start = codes.len();
            codes.resize(start + count * width, MISSING);
            let block = codes.get_mut(start..).unwrap_or_default();
            for (at, (column, array)) in model.columns.iter().zip(&columns).enumerate() {
                let Some(array) = array else {
                    continue;
                };
                let rest = column
                    .rest_to
                    .as_ref()
                    .and_then(|rest| model.column(rest.get_ref()));
                self.column(column.clean, rest, array, block, at, width);
            }
            let id_column = columns.get(id_at).and_then(Option::as_ref);
            let block = codes.get_mut(start..).unwrap_or_default();
            for (row, codes) in block.chunks_exact_mut(width).enumerate() {
                let text = id_column.map_or("", |ids| value(ids, row));
                // A number that names the person was read with its column.
                let number = number_at.and_then(|at| codes.get(at)).copied();
                if !ids.add(text, number.unwrap_or(MISSING)) {
                    // Nobody could be told who it is: the row has no key and meets no other.
                    codes.fill(MISSING);
                }
            }
        }
        self.notes.extend(ids.note(path));
        self.notes.extend(rows.notes());
        Ok(People::new(width, codes, ids.ids))
    }

    fn column(
        &mut self,
        clean: Clean,
        rest: Option<usize>,
        array: &StringArray,
        block: &mut [u32],
        at: usize,
        width: usize,
    ) {
        let split = if rest.is_some() {
            Split::FirstApart
        } else {
            Split::Whole
        };
        for (row, codes) in block.chunks_exact_mut(width).enumerate() {
            let text = value(array, row);
            if text.is_empty() {
                continue;
            }
            let cleaned = match clean {
                Clean::Date | Clean::Number => {
                    let code = self.dictionary.clean(clean, text, split).code;
                    Cleaned {
                        code: self.followed_if(clean, code),
                        rest: MISSING,
                    }
                }
                _ => self.cleaned(at, clean, text, split),
            };
            if let Some(slot) = codes.get_mut(at) {
                // Words that another column handed on come before its own.
                *slot = self.dictionary_joined(clean, *slot, cleaned.code);
            }
            if let Some(slot) = rest.and_then(|rest| codes.get_mut(rest)) {
                *slot = self.dictionary_joined(clean, cleaned.rest, *slot);
            }
        }
    }

    fn followed_if(&self, clean: Clean, code: u32) -> u32 {
        if clean == Clean::Number {
            self.followed(code)
        } else {
            code
        }
    }

    fn dictionary_joined(&mut self, clean: Clean, first: u32, second: u32) -> u32 {
        match (first, second) {
            (MISSING, code) | (code, MISSING) => code,
            (a, b) if clean == Clean::Name => self.dictionary.joined(a, b),
            (_, b) => b,
        }
    }

    fn history(&mut self, path: &Path, people: People) -> Result<People, FileError> {
        let mut rows = open(path, &["nhs_number", "field", "value"])?;
        need(&rows, path, &["nhs_number", "field", "value"])?;
        let mut row_of: Followed = HashMap::with_capacity_and_hasher(
            people.len(),
            ahash::RandomState::with_seeds(1, 2, 3, 4),
        );
        // Several rows may be about one person, above all where numbers gave way to others.
        let mut more_of: HashMap<u32, Vec<u32>, ahash::RandomState> =
            HashMap::with_hasher(ahash::RandomState::with_seeds(1, 2, 3, 4));
        if let Ids::Numbers(codes) = people.ids() {
            for (row, code) in (0u32..).zip(codes) {
                if let Some(before) = row_of.insert(*code, row) {
                    more_of.entry(*code).or_default().push(before);
                }
            }
        }
        let mut values: Vec<Vec<(u32, u32)>> = vec![Vec::new(); people.width()];
        let (mut strangers, mut unknown) = (0u64, 0u64);
        while let Some((count, columns)) = rows.next_batch()? {
            let [Some(numbers), Some(fields), Some(texts)] = columns.as_slice() else {
                continue;
            };
            let (mut field, mut found) = ("", None);
            for row in 0..count {
                if value(fields, row) != field || row == 0 {
                    field = value(fields, row);
                    let at = self.model.column(field);
                    found = at.and_then(|at| Some((at, self.model.columns.get(at)?)));
                }
                let Some((at, column)) = found else {
                    unknown += 1;
                    continue;
                };
                let number = self.number(value(numbers, row));
                let number = self.followed(number);
                let Some(last) = row_of.get(&number) else {
                    strangers += 1;
                    continue;
                };
                if !column.earlier {
                    continue;
                }
                let text = value(texts, row);
                let code = if column.rest_to.is_some() {
                    let dictionary = &mut self.dictionary;
                    dictionary.clean(column.clean, text, Split::Whole).code
                } else {
                    self.cleaned(at, column.clean, text, Split::Whole).code
                };
                let Some(values) = values.get_mut(at).filter(|_| code != MISSING) else {
                    continue;
                };
                let more = more_of.get(&number).into_iter().flatten();
                for person in more.chain([last]) {
                    let current = people.row(*person as usize).get(at).copied();
                    if current != Some(code) {
                        values.push((*person, code));
                    }
                }
            }
        }
        self.notes.extend(rows.notes());
        if strangers > 0 {
            self.notes.push(format!(
                "{strangers} rows of {} are about nobody in the index",
                path.display()
            ));
        }
        if unknown > 0 {
            self.notes.push(format!(
                "{unknown} rows of {} are of a column that this model does not compare",
                path.display()
            ));
        }
        let mut people = people;
        for (at, pairs) in values.into_iter().enumerate() {
            if !pairs.is_empty() {
                let rows = people.len();
                people = people.with_earlier(at, Earlier::new(rows, &pairs));
            }
        }
        Ok(people)
    }
}

fn value(array: &StringArray, row: usize) -> &str {
    if row < array.len() && array.is_valid(row) {
        array.value(row)
    } else {
        ""
    }
}

fn need(rows: &Rows, path: &Path, columns: &[&str]) -> Result<(), FileError> {
    for column in columns {
        if !rows.columns().iter().any(|name| name == column) {
            return Err(FileError::NoColumn {
                path: path.to_owned(),
                column: (*column).to_owned(),
                columns: rows.columns().join(", "),
            });
        }
    }
    Ok(())
}
