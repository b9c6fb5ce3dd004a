//! A whole linkage on files: read, train or take what the model has, compare, decide, write.

use super::{Cell, Column, FileError, Inputs, Loaded, load, write};
use crate::{
    LinkError,
    best::{Best, Found, Sides, best},
    block::{BlockCount, Keys, LeftBlocks, OwnBlocks},
    compare::pair::{Comparer, Levels, SAYS_NOTHING},
    dedupe::{Pairs, dedupe},
    match_model::MatchModel,
    people::{Dictionary, Lists},
    pictures::{self, Pictures},
    train::{self, History},
    weigh::{Counts, Parameters, Weigher, strangers_rate},
};
use model::Content;
use std::path::Path;

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
    let dictionary = Dictionary::new(lists(content, model)?);
    Ok(dictionary.without(
        &no.names,
        &no.places,
        &no.codes,
        &no.dates,
        no.earliest_date.as_deref(),
    ))
}

/// Links two files: the best person on the right for each record on the left.
pub fn run(
    content: &Content,
    model: &MatchModel,
    inputs: &Inputs,
    out: &Path,
    how: &How,
    phase: &mut dyn FnMut(&'static str),
) -> Result<LinkRun, FileError> {
    let threads = how.threads.max(1);
    phase("read");
    let Loaded {
        dictionary,
        left,
        right,
        notes,
    } = load(model, dictionary(content, model)?, inputs)?;
    let Some(right) = right else {
        return Err(FileError::NothingToCompare {
            path: inputs.left.clone(),
            wanted: "a right side".to_owned(),
        });
    };
    phase("blocks");
    let comparer = Comparer::new(model, &dictionary)?;
    let keys = Keys::new(model, &dictionary);
    let counts = Counts::of(model, &dictionary, &left, Some(&right));
    let strangers = strangers_rate(model.kind, left.len(), right.len());
    let sides = Sides {
        model,
        dictionary: &dictionary,
        comparer: &comparer,
        keys: &keys,
        left: &left,
        right: &right,
        threads,
    };
    let blocks = LeftBlocks::new(&keys, &dictionary, &left, &|_| true);
    let largest = model.decision.largest_block;
    let mut blocks = blocks.without_giants(&keys, &dictionary, &right, largest, threads);
    let mut history = None;
    let mut parameters = match &how.learn {
        Learn::FromTheFiles(parameters) | Learn::Before(parameters) => (**parameters).clone(),
    };
    if matches!(how.learn, Learn::FromTheFiles(_)) {
        phase("strangers");
        let shares = train::strangers(model, &comparer, &dictionary, &left, Some(&right), &counts);
        if let Some(first) = parameters.shares.first_mut() {
            *first = shares;
        }
        parameters.share_out();
        phase("candidates of a sample");
        let (patterns, records) = train::candidates_of_sample(&sides, &blocks);
        phase("train");
        let (trained, how) =
            train::train(&model.training, &parameters, patterns, records, strangers);
        parameters = trained;
        history = Some(how);
    }
    phase("compare");
    let weigher = Weigher::new(model, &parameters, &counts, strangers);
    let Found {
        best,
        compared,
        blocks,
    } = best(&sides, &mut blocks, &weigher);
    phase("write");
    let pictures = how.pictures.then(|| {
        let bits = best.iter().map(|best| best.bits);
        pictures::of_sides(
            &sides,
            &weigher,
            &parameters,
            &counts,
            history.as_ref(),
            bits,
        )
    });
    let columns = columns(model, true);
    let rows = best.iter().map(|best: &Best| {
        let mut row = vec![
            Cell::Text(left.ids().of(best.left as usize)),
            Cell::Text(right.ids().of(best.right as usize)),
            Cell::Number(best.bits),
            Cell::Number(best.probability),
            Cell::Number(best.margin),
        ];
        row.extend(level_cells(model, &best.levels));
        row.push(Cell::Text(best.outcome.word().into()));
        row
    });
    let written = write(out, &columns, rows)?;
    Ok(LinkRun {
        records: (left.len(), Some(right.len())),
        compared,
        blocks,
        written,
        outcomes: tally(best.iter().map(|best| best.outcome.word())),
        parameters,
        history,
        notes,
        pictures,
    })
}

/// Finds the pairs of one file.
pub fn run_within(
    content: &Content,
    model: &MatchModel,
    inputs: &Inputs,
    out: &Path,
    how: &How,
    phase: &mut dyn FnMut(&'static str),
) -> Result<LinkRun, FileError> {
    let threads = how.threads.max(1);
    phase("read");
    let Loaded {
        dictionary,
        left: people,
        notes,
        ..
    } = load(model, dictionary(content, model)?, inputs)?;
    phase("blocks");
    let comparer = Comparer::new(model, &dictionary)?;
    let keys = Keys::new(model, &dictionary);
    let counts = Counts::of(model, &dictionary, &people, None);
    let strangers = strangers_rate(model.kind, people.len(), people.len());
    let largest = model.decision.largest_block;
    let mut blocks = OwnBlocks::new(&keys, &dictionary, &people, largest, threads);
    let mut history = None;
    let mut parameters = match &how.learn {
        Learn::FromTheFiles(parameters) | Learn::Before(parameters) => (**parameters).clone(),
    };
    if matches!(how.learn, Learn::FromTheFiles(_)) {
        phase("strangers");
        let shares = train::strangers(model, &comparer, &dictionary, &people, None, &counts);
        if let Some(first) = parameters.shares.first_mut() {
            *first = shares;
        }
        parameters.share_out();
        phase("candidates of a sample");
        let (patterns, records) =
            train::candidates_within(model, &comparer, &mut blocks, &dictionary, &people, threads);
        blocks.forget_counts();
        phase("train");
        let (trained, how) =
            train::train(&model.training, &parameters, patterns, records, strangers);
        parameters = trained;
        history = Some(how);
    }
    phase("compare");
    let weigher = Weigher::new(model, &parameters, &counts, strangers);
    let Pairs {
        pairs,
        compared,
        blocks,
    } = dedupe(
        model,
        &dictionary,
        &comparer,
        &mut blocks,
        &people,
        &weigher,
        threads,
    );
    phase("write");
    let pictures = how.pictures.then(|| {
        let bits = pairs.iter().map(|pair| pair.bits);
        let patterns = history.as_ref();
        Pictures {
            histogram: pictures::histogram(bits),
            unlinkable: pictures::unlinkable(&comparer, &weigher, &dictionary, &people),
            patterns: patterns
                .map(|history| pictures::patterns(model, &parameters, history))
                .unwrap_or_default(),
            rarity: pictures::rarity(model, &dictionary, &counts, people.len() as u64),
            sources: vec![pictures::source(model, &dictionary, "records", &people)],
        }
    });
    let rows = pairs.iter().map(|pair| {
        let mut row = vec![
            Cell::Text(people.ids().of(pair.left as usize)),
            Cell::Text(people.ids().of(pair.right as usize)),
            Cell::Number(pair.bits),
            Cell::Number(pair.probability),
        ];
        row.extend(level_cells(model, &pair.levels));
        row.push(Cell::Text(pair.outcome.word().into()));
        row
    });
    let written = write(out, &columns(model, false), rows)?;
    Ok(LinkRun {
        records: (people.len(), None),
        compared,
        blocks,
        written,
        outcomes: tally(pairs.iter().map(|pair| pair.outcome.word())),
        parameters,
        history,
        notes,
        pictures,
    })
}

fn columns(model: &MatchModel, margin: bool) -> Vec<Column> {
    let column = |name: &str, number: bool| Column {
        name: name.to_owned(),
        number,
    };
    let mut columns = vec![
        column("left_id", false),
        column("right_id", false),
        column("match_weight", true),
        column("probability", true),
    ];
    if margin {
        columns.push(column("margin", true));
    }
    let comparisons = model.comparisons.iter();
    columns.extend(comparisons.map(|c| column(&format!("{}_level", c.name.get_ref()), false)));
    columns.push(column("decision", false));
    columns
}

fn level_cells<'a>(model: &'a MatchModel, levels: &Levels) -> Vec<Cell<'a>> {
    let comparisons = model.comparisons.iter().zip(levels);
    comparisons
        .map(|(comparison, level)| {
            Cell::Text(match *level {
                SAYS_NOTHING => "missing".into(),
                level => comparison
                    .levels
                    .get(usize::from(level) - 1)
                    .map_or("else", |level| level.name.as_str())
                    .into(),
            })
        })
        .collect()
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
