//! A whole linkage on files: read, train or take what the model has, compare, decide, write.

use super::{
    Batches, Cell, Column, FileError, Inputs, Loaded, Weighed,
    learn::{Learned, Learning, learned},
    load, load_batches, write,
};
use crate::{
    LinkError,
    best::{Apart, Best, Found, Sides, best},
    block::{BlockCount, Keys, LeftBlocks, OwnBlocks},
    compare::{
        Place,
        pair::{Comparer, Levels, SAYS_NOTHING},
    },
    dedupe::{Pair, Pairs, between, dedupe, one_to_one},
    match_model::{Kind, MatchModel},
    people::{Dictionary, Lists, People},
    pictures::{self, Drawn, Pictures, Shown},
    train::{History, Labelled},
    weigh::{Counts, Parameters, Weigher, strangers_rate},
};
use model::{Content, Date};
use std::path::{Path, PathBuf};

/// Where the shares of levels come from.
#[derive(Debug, Clone, PartialEq)]
pub enum Learn {
    /// From the files of this run, beginning with these.
    FromTheFiles(Box<Parameters>),
    /// From a training before.
    Before(Box<Parameters>),
}

/// What a run did.
#[derive(Debug, Clone)]
pub struct LinkRun {
    /// Records on each side.
    pub records: (usize, Option<usize>),
    /// Pairs that were compared.
    pub compared: u64,
    /// What each block rule did.
    pub blocks: Vec<BlockCount>,
    /// Rows that were written.
    pub written: u64,
    /// How many were written with each outcome.
    pub outcomes: Vec<(&'static str, u64)>,
    /// The shares and rates that were used.
    pub parameters: Parameters,
    /// How training went, where there was any.
    pub history: Option<History>,
    /// What judged pairs said, where there were any.
    pub labelled: Option<Labelled>,
    /// What a reader should know.
    pub notes: Vec<String>,
    /// The figures behind the charts, where they were asked for.
    pub pictures: Option<Pictures>,
}

/// How a run is done.
#[derive(Debug, Clone, PartialEq)]
pub struct How {
    /// Where the shares of levels come from.
    pub learn: Learn,
    /// How many threads work.
    pub threads: usize,
    /// Whether the figures behind the charts are wanted.
    pub pictures: bool,
    /// The day of the run, where dates after it count as missing.
    pub today: Option<Date>,
    /// Pairs of ids that people decided are not one person.
    pub apart: Vec<(String, String)>,
}

/// The lists of names of a model.
pub fn lists(content: &Content, model: &MatchModel) -> Result<Lists, FileError> {
    let mut lists = Lists::default();
    for (name, file) in &model.lists {
        let path = format!("linkage/lists/{file}");
        let mistake = |message: String| LinkError::Mistake {
            path: format!("content/{path}"),
            message,
        };
        let text = content.text(&path).map_err(LinkError::from)?;
        let mut sets: std::collections::BTreeMap<String, Vec<String>> =
            std::collections::BTreeMap::new();
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        for record in reader.records() {
            let record = record.map_err(|e| mistake(e.to_string()))?;
            let (Some(set), Some(name)) = (record.get(0), record.get(1)) else {
                return Err(mistake("a list has two columns, set and name".to_owned()).into());
            };
            sets.entry(set.to_owned())
                .or_default()
                .push(name.to_owned());
        }
        lists.add(
            name,
            sets.values()
                .map(|set| set.iter().map(String::as_str).collect()),
        );
    }
    Ok(lists)
}

/// An empty dictionary with the lists and the "no values" of a model.
pub fn dictionary(content: &Content, model: &MatchModel) -> Result<Dictionary, FileError> {
    let no = &model.no_values;
    let dictionary = Dictionary::new(lists(content, model)?).without(
        &no.names,
        &no.places,
        &no.codes,
        &no.dates,
        no.earliest_date.as_deref(),
    );
    // A model is checked before: what is no day does not come here.
    let latest = no.latest_date.as_deref();
    let latest = latest.and_then(|day| Date::parse_from_str(day, "%Y-%m-%d").ok());
    Ok(match latest {
        Some(day) => dictionary.until(day),
        None => dictionary,
    })
}

/// The blocks of a run.
pub(super) enum Blocks {
    Between(LeftBlocks),
    Within(OwnBlocks),
}

/// What a run found.
enum Rows {
    Best(Vec<Best>),
    Pairs(Vec<Pair>),
}

impl Rows {
    fn len(&self) -> u64 {
        match self {
            Self::Best(rows) => rows.len() as u64,
            Self::Pairs(rows) => rows.len() as u64,
        }
    }

    fn shown(&self) -> Box<dyn Iterator<Item = Shown> + '_> {
        match self {
            Self::Best(rows) => Box::new(rows.iter().map(Shown::from)),
            Self::Pairs(rows) => Box::new(rows.iter().map(Shown::from)),
        }
    }
}

/// Links the records of two files, or finds the pairs of one where there is no right side.
pub fn run(
    content: &Content,
    model: &MatchModel,
    inputs: &Inputs,
    out: &Path,
    how: &How,
    phase: &mut dyn FnMut(&'static str),
) -> Result<LinkRun, FileError> {
    phase("read");
    let mut loaded = load(model, words(content, model, how)?, inputs)?;
    locate(content, model, &mut loaded.dictionary)?;
    if model.kind == Kind::LinkAndDedupe {
        loaded = joined(loaded);
    }
    let first = loaded.first;
    of_loaded(
        model,
        &loaded,
        &inputs.labels,
        how,
        phase,
        &mut |sides, rows| write_rows(out, sides, rows, first),
    )
}

/// Finds the best person for each record of rows that are no files. Pairs of a record and a person in `how.apart`
/// never compete.
pub fn link_batches(
    content: &Content,
    model: &MatchModel,
    left: Batches,
    right: Batches,
    how: &How,
    phase: &mut dyn FnMut(&'static str),
) -> Result<(LinkRun, Weighed), FileError> {
    phase("read");
    let mut loaded = load_batches(model, words(content, model, how)?, left, right)?;
    locate(content, model, &mut loaded.dictionary)?;
    let mut weighed = Weighed::new(model);
    let run = of_loaded(model, &loaded, &[], how, phase, &mut |sides, rows| {
        if let Rows::Best(rows) = rows {
            weighed.add(sides, rows).map_err(|e| FileError::Io {
                doing: "keep what was weighed in",
                path: "memory".into(),
                source: std::io::Error::other(e),
            })?;
        }
        Ok(rows.len())
    })?;
    Ok((run, weighed))
}

/// The dictionary of a run: dates after its day count as missing.
fn words(content: &Content, model: &MatchModel, how: &How) -> Result<Dictionary, FileError> {
    let words = dictionary(content, model)?;
    Ok(match how.today {
        Some(today) => words.until(today),
        None => words,
    })
}

fn of_loaded(
    model: &MatchModel,
    loaded: &Loaded,
    labels: &[PathBuf],
    how: &How,
    phase: &mut dyn FnMut(&'static str),
    keep: &mut dyn FnMut(&Sides<'_>, &Rows) -> Result<u64, FileError>,
) -> Result<LinkRun, FileError> {
    let threads = how.threads.max(1);
    phase("blocks");
    let Loaded {
        dictionary,
        left,
        right,
        first,
        notes,
    } = loaded;
    let records = match first {
        Some(first) => (*first, Some(left.len().saturating_sub(*first))),
        None => (left.len(), right.as_ref().map(People::len)),
    };
    let comparer = Comparer::new(model, dictionary)?;
    let keys = Keys::new(model, dictionary);
    let counts = Counts::of(model, dictionary, left, right.as_ref());
    let other = right.as_ref().unwrap_or(left);
    let sides = Sides {
        model,
        dictionary,
        comparer: &comparer,
        keys: &keys,
        left,
        right: other,
        threads,
        apart: &Apart::new(&how.apart, left, other),
    };
    let strangers = strangers_rate(model.kind, records.0, records.1.unwrap_or(records.0));
    let mut blocks = blocks(&sides, right.is_some());
    let learning = Learning {
        sides: &sides,
        counts: &counts,
        strangers,
        how,
        labels,
    };
    let Learned {
        parameters,
        history,
        labelled,
    } = learned(&learning, &mut blocks, phase)?;
    phase("compare");
    let weigher = Weigher::new(model, &parameters, &counts, strangers);
    let (rows, pairs, counted) = compared(&sides, &mut blocks, &weigher);
    phase("write");
    let pictures = how.pictures.then(|| {
        let drawn = Drawn {
            sides: &sides,
            two: right.is_some(),
            weigher: &weigher,
            parameters: &parameters,
            counts: &counts,
            strangers,
            history: history.as_ref(),
            rows: &|| rows.shown(),
        };
        pictures::of_run(&drawn)
    });
    let written = keep(&sides, &rows)?;
    let mut told = notes.clone();
    let one_person = model.classes.first().map(|class| class.name.get_ref());
    if let (Some(labelled), Some(class)) = (&labelled, one_person) {
        told.extend(labelled.told(class));
    }
    Ok(LinkRun {
        records,
        compared: pairs,
        blocks: counted,
        written,
        outcomes: tally(rows.shown().map(|row| row.outcome.word())),
        parameters,
        history,
        notes: told,
        labelled,
        pictures,
    })
}

/// Where the postcodes are that records have, where the model says so.
fn locate(
    content: &Content,
    model: &MatchModel,
    dictionary: &mut Dictionary,
) -> Result<(), FileError> {
    let Some(file) = &model.coordinates else {
        return Ok(());
    };
    let path = format!("linkage/lists/{file}");
    let mistake = |line: u64, message: &str| LinkError::Mistake {
        path: format!("content/{path}"),
        message: format!("line {line}: {message}"),
    };
    let text = content.text(&path).map_err(LinkError::from)?;
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader
        .headers()
        .map_err(|e| mistake(1, &e.to_string()))?
        .clone();
    let column = |name: &str| header.iter().position(|column| column == name);
    let columns = (column("postcode"), column("latitude"), column("longitude"));
    let (Some(postcode), Some(latitude), Some(longitude)) = columns else {
        let message = "a list of places has the columns postcode, latitude and longitude";
        return Err(mistake(1, message).into());
    };
    for (record, line) in reader.records().zip(2..) {
        let record = record.map_err(|e| mistake(line, &e.to_string()))?;
        let number = |at: usize| record.get(at)?.trim().parse::<f64>().ok();
        let place = number(latitude).zip(number(longitude));
        let Some(place) = place.and_then(|(north, east)| Place::new(north, east)) else {
            let message = "the latitude is a number from -90 to 90 and the longitude one from -180 to 180; leave out postcodes without a place";
            return Err(mistake(line, message).into());
        };
        dictionary.locate(record.get(postcode).unwrap_or_default(), place);
    }
    Ok(())
}

/// Both files as one, where pairs within them are looked for as well as pairs between them.
fn joined(mut loaded: Loaded) -> Loaded {
    let Some(right) = loaded.right.take() else {
        return loaded;
    };
    let ranks = |people: &People| -> std::collections::BTreeSet<u64> {
        (0..people.len())
            .map(|row| people.ids().rank(row))
            .collect()
    };
    let both = ranks(&loaded.left).intersection(&ranks(&right)).count();
    if both > 0 {
        loaded.notes.push(format!(
            "{both} ids stand in both files: `sides` tells their records apart; make them differ before `link cluster`"
        ));
    }
    if right.any_earlier() {
        let message = "earlier values are not compared where pairs within the files are looked for";
        loaded.notes.push(message.to_owned());
    }
    loaded.first = Some(loaded.left.len());
    loaded.left = loaded.left.joined(&right);
    loaded
}

fn blocks(sides: &Sides<'_>, two: bool) -> Blocks {
    let Sides {
        model,
        dictionary,
        keys,
        left,
        right,
        threads,
        ..
    } = *sides;
    let largest = model.decision.largest_block;
    if two {
        let blocks = LeftBlocks::new(keys, dictionary, left, &|_| true);
        Blocks::Between(blocks.without_giants(keys, dictionary, right, largest, threads))
    } else {
        Blocks::Within(OwnBlocks::new(keys, dictionary, left, largest, threads))
    }
}

fn compared(
    sides: &Sides<'_>,
    blocks: &mut Blocks,
    weigher: &Weigher,
) -> (Rows, u64, Vec<BlockCount>) {
    match blocks {
        Blocks::Between(blocks) if sides.model.kind == Kind::Trace => {
            let Found {
                best,
                compared,
                blocks,
            } = best(sides, blocks, weigher);
            (Rows::Best(best), compared, blocks)
        }
        Blocks::Between(blocks) => {
            let Pairs {
                mut pairs,
                compared,
                blocks,
            } = between(sides, blocks, weigher);
            if sides.model.decision.one_to_one {
                one_to_one(&mut pairs, sides.left, sides.right);
            }
            (Rows::Pairs(pairs), compared, blocks)
        }
        Blocks::Within(blocks) => {
            let Pairs {
                pairs,
                compared,
                blocks,
            } = dedupe(sides, blocks, weigher);
            (Rows::Pairs(pairs), compared, blocks)
        }
    }
}

/// Writes the rows; of two files that stand one after the other, `first` is how many records the first one has.
fn write_rows(
    out: &Path,
    sides: &Sides<'_>,
    rows: &Rows,
    first: Option<usize>,
) -> Result<u64, FileError> {
    let Sides {
        model, left, right, ..
    } = *sides;
    let ends = |l: u32, r: u32| {
        [
            Cell::Text(left.ids().of(l as usize)),
            Cell::Text(right.ids().of(r as usize)),
        ]
    };
    match rows {
        Rows::Best(rows) => {
            let rows = rows.iter().map(|best| {
                let mut row = Vec::from(ends(best.left, best.right));
                row.extend([best.bits, best.probability, best.margin].map(Cell::Number));
                row.extend(level_cells(model, &best.levels));
                row.push(Cell::Text(best.outcome.word().into()));
                row
            });
            write(out, &columns(model, true, false), rows)
        }
        Rows::Pairs(rows) => {
            let rows = rows.iter().map(|pair| {
                let mut row = Vec::from(ends(pair.left, pair.right));
                let of = |row: u32, first: usize| (row as usize) < first;
                row.extend(first.map(|first| {
                    let sides = match (of(pair.left, first), of(pair.right, first)) {
                        (true, true) => "left",
                        (false, false) => "right",
                        _ => "between",
                    };
                    Cell::Text(sides.into())
                }));
                row.extend([pair.bits, pair.probability].map(Cell::Number));
                row.extend(level_cells(model, &pair.levels));
                row.push(Cell::Text(pair.outcome.word().into()));
                row
            });
            write(out, &columns(model, false, first.is_some()), rows)
        }
    }
}

fn columns(model: &MatchModel, margin: bool, sides: bool) -> Vec<Column> {
    let column = |name: &str, number: bool| Column {
        name: name.to_owned(),
        number,
    };
    let mut columns = vec![column("left_id", false), column("right_id", false)];
    if sides {
        columns.push(column("sides", false));
    }
    columns.push(column("match_weight", true));
    columns.push(column("probability", true));
    if margin {
        columns.push(column("margin", true));
    }
    let comparisons = model.comparisons.iter();
    columns.extend(comparisons.map(|c| column(&format!("{}_level", c.name.get_ref()), false)));
    columns.push(column("decision", false));
    columns
}

fn level_cells<'a>(model: &'a MatchModel, levels: &Levels) -> Vec<Cell<'a>> {
    let names = level_names(model, levels);
    names.map(|name| Cell::Text(name.into())).collect()
}

/// The name of the level of each comparison, in the order of the model.
pub(super) fn level_names<'a>(
    model: &'a MatchModel,
    levels: &Levels,
) -> impl Iterator<Item = &'a str> {
    let comparisons = model.comparisons.iter().zip(*levels);
    comparisons.map(|(comparison, level)| match level {
        SAYS_NOTHING => "missing",
        level => comparison
            .levels
            .get(usize::from(level) - 1)
            .map_or("else", |level| level.name.as_str()),
    })
}

fn tally(words: impl Iterator<Item = &'static str>) -> Vec<(&'static str, u64)> {
    let mut tally = vec![("link", 0), ("close", 0), ("weak", 0), ("veto", 0)];
    for word in words {
        if let Some((_, count)) = tally.iter_mut().find(|(name, _)| *name == word) {
            *count += 1;
        }
    }
    tally
}
