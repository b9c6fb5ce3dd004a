//! The figures behind the charts of a run: weights, records that say too little, patterns, rare values, sources.
//!
//! Values of a column are told only where many records hold them; `pages` draws the line.

mod examples;

pub use examples::{Example, Shown};

use crate::{
    best::Sides,
    compare::pair::{Comparer, Memory, Record},
    match_model::MatchModel,
    people::{Clean, Dictionary, People},
    train::{self, BlockRun, Candidates, History},
    weigh::{Counts, Parameters, Weigher},
};

/// Records that are weighed against themselves.
const RECORDS: usize = 20_000;
/// Patterns and values that are told, the commonest first.
const PATTERNS: usize = 25;
const VALUES: usize = 12;
/// How wide a column of the histogram is, in bits.
const WIDTH: f64 = 2.0;

/// The figures behind the charts of a run.
#[derive(Debug, Clone, Default)]
pub struct Pictures {
    /// Rows written by weight: from, to and how many.
    pub histogram: Vec<(f64, f64, u64)>,
    /// The share of records that do not reach a weight even against themselves, by that weight.
    pub unlinkable: Vec<(f64, f64)>,
    /// Patterns of levels among the candidates of training; without training, among the rows that were written.
    pub patterns: Vec<Pattern>,
    /// Pairs that show how the model weighs.
    pub examples: Vec<Example>,
    /// The training blocks, each with how many pairs it has.
    pub training_blocks: Vec<(String, u64)>,
    /// What each of them says of each share of one person.
    pub spread: Vec<Spread>,
    /// For each comparison that is weighed by frequency: how many values there are, and some with records and bits.
    pub rarity: Vec<Rarity>,
    /// Each side with its columns.
    pub sources: Vec<Source>,
}

/// Pairs with the same levels.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Pattern {
    /// The level of each comparison.
    pub levels: Vec<String>,
    /// How many pairs look so.
    pub pairs: u64,
    /// What such a pair weighs where values count as often as they do on average.
    pub bits: f64,
    /// The ids of one such pair, where both may be shown.
    pub example: Option<(String, String)>,
}

/// One share, as each training block estimates it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Spread {
    /// The comparison.
    pub comparison: String,
    /// The level.
    pub level: String,
    /// The class of pairs.
    pub class: String,
    /// The estimate of each block; none where it cannot learn it.
    pub blocks: Vec<Option<f64>>,
    /// The share that was used.
    pub used: f64,
}

/// All that charts are made from.
#[derive(Clone, Copy)]
pub struct Drawn<'a> {
    /// The two sides, or one file that stands on both.
    pub sides: &'a Sides<'a>,
    /// Whether they are two.
    pub two: bool,
    /// What weighed the pairs.
    pub weigher: &'a Weigher,
    /// The shares and rates.
    pub parameters: &'a Parameters,
    /// How often values occur.
    pub counts: &'a Counts,
    /// How many records a record is held against.
    pub strangers: f64,
    /// How training went, where there was any.
    pub history: Option<&'a History>,
    /// The rows that were written, as often as they are asked for.
    pub rows: &'a dyn Fn() -> Box<dyn Iterator<Item = Shown> + 'a>,
}

/// How the values of a comparison count.
#[derive(Debug, Clone, Default)]
pub struct Rarity {
    /// The comparison.
    pub comparison: String,
    /// How many different values there are.
    pub distinct: u64,
    /// Values with how many records hold them and what agreement adds beside the average.
    pub values: Vec<(String, u64, f64)>,
}

/// What a side's columns hold.
#[derive(Debug, Clone, Default)]
pub struct Source {
    /// What it is called.
    pub name: String,
    /// How many records it has.
    pub records: u64,
    /// Each column: its name, records that have a value, different values, records with the commonest.
    pub columns: Vec<(String, u64, u64, u64)>,
}

/// The rows written, by weight.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a column of the chart by its number"
)]
pub fn histogram(bits: impl Iterator<Item = f64>) -> Vec<(f64, f64, u64)> {
    let mut columns = std::collections::BTreeMap::<i64, u64>::new();
    for bits in bits.filter(|bits| bits.is_finite()) {
        *columns.entry((bits / WIDTH).floor() as i64).or_insert(0) += 1;
    }
    let (Some(first), Some(last)) = (
        columns.keys().next().copied(),
        columns.keys().last().copied(),
    ) else {
        return Vec::new();
    };
    (first..=last)
        .map(|at| {
            #[expect(clippy::cast_precision_loss, reason = "weights are small numbers")]
            let from = at as f64 * WIDTH;
            (from, from + WIDTH, columns.get(&at).copied().unwrap_or(0))
        })
        .collect()
}

/// The share of records that do not reach a weight even against themselves.
#[expect(clippy::cast_precision_loss, reason = "a sample of records")]
pub fn unlinkable(
    comparer: &Comparer,
    weigher: &Weigher,
    dictionary: &Dictionary,
    people: &People,
) -> Vec<(f64, f64)> {
    let mut memory = Memory::default();
    let rows = train::sample(people, RECORDS, 7);
    let mut bits: Vec<f64> = rows
        .iter()
        .map(|row| {
            let record = Record::new(people, *row);
            let levels = comparer.levels(dictionary, &record, &record, &mut memory);
            weigher.weigh(&levels, &record, &record).bits()
        })
        .collect();
    bits.sort_by(f64::total_cmp);
    let all = bits.len().max(1) as f64;
    let points = (0..=100).map(|at| at * bits.len().saturating_sub(1) / 100);
    let mut points: Vec<(f64, f64)> = points
        .filter_map(|at| Some((*bits.get(at)?, at as f64 / all)))
        .collect();
    points.dedup_by(|a, b| (a.0 - b.0).abs() < 1e-9);
    points
}

/// The commonest patterns of levels, each with a pair that has it.
fn patterns(drawn: &Drawn<'_>) -> Vec<Pattern> {
    let model = drawn.sides.model;
    let written;
    let candidates = if let Some(history) = drawn.history {
        &history.candidates
    } else {
        written = patterns_of((drawn.rows)());
        &written
    };
    let mut parameters = drawn.parameters.clone();
    if let Some(rate) = parameters.rates.first_mut() {
        *rate = drawn.strangers;
    }
    let all = candidates.patterns.iter();
    let mut all: Vec<(u64, u64)> = all.map(|(pattern, pairs)| (*pattern, *pairs)).collect();
    all.sort_by_key(|(pattern, pairs)| (std::cmp::Reverse(*pairs), *pattern));
    all.truncate(PATTERNS);
    let id = examples::id_of;
    all.into_iter()
        .map(|(pattern, pairs)| {
            let levels = (0..model.comparisons.len()).map(|at| {
                let level = usize::from(train::level_in(pattern, at));
                let names = model.level_names(at);
                let name = level
                    .checked_sub(1)
                    .and_then(|level| names.get(level).copied());
                name.unwrap_or("missing").to_owned()
            });
            let first = candidates.first.get(&pattern);
            Pattern {
                levels: levels.collect(),
                pairs,
                bits: train::pattern_bits(&parameters, pattern),
                example: first.and_then(|(l, r)| {
                    Some((id(drawn.sides.left, *l)?, id(drawn.sides.right, *r)?))
                }),
            }
        })
        .collect()
}

/// The patterns of the rows that were written.
fn patterns_of(rows: impl Iterator<Item = Shown>) -> Candidates {
    let mut all = Candidates::default();
    for row in rows {
        let pattern = train::pattern(&row.levels);
        *all.patterns.entry(pattern).or_insert(0) += 1;
        all.first.entry(pattern).or_insert((row.left, row.right));
    }
    all
}

/// What each training block says of each share of one person; of a comparison that depends on another, over all rows.
fn spread(drawn: &Drawn<'_>, history: &History) -> Vec<Spread> {
    let (model, parameters) = (drawn.sides.model, drawn.parameters);
    let mut all = Vec::new();
    for (at, comparison) in model.comparisons.iter().enumerate() {
        for (class, name) in parameters.names.iter().enumerate() {
            let told = |run: &BlockRun| run.shares.get(class)?.get(at)?.clone();
            let told: Vec<Option<Vec<f64>>> = history.blocks.iter().map(told).collect();
            if told.iter().all(Option::is_none) {
                continue;
            }
            let used = parameters.shares_of(class, at);
            for (level, (said, used)) in model.level_names(at).iter().zip(used).enumerate() {
                let of = |shares: &Option<Vec<f64>>| shares.as_ref()?.get(level).copied();
                all.push(Spread {
                    comparison: comparison.name.get_ref().clone(),
                    level: (*said).to_owned(),
                    class: name.clone(),
                    blocks: told.iter().map(of).collect(),
                    used: *used,
                });
            }
        }
    }
    all
}

/// How rare and how common values count.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "shares of records, written as records again"
)]
pub fn rarity(
    model: &MatchModel,
    dictionary: &Dictionary,
    counts: &Counts,
    records: u64,
) -> Vec<Rarity> {
    let mut all = Vec::new();
    for (at, comparison) in model.comparisons.iter().enumerate() {
        let Some((shares, exact)) = counts.shares(at) else {
            continue;
        };
        let column = model.column(comparison.column.get_ref());
        let clean = column
            .and_then(|at| model.columns.get(at))
            .map_or(Clean::Code, |c| c.clean);
        let mut values: Vec<(u32, f32)> = (0u32..)
            .zip(shares.iter().copied())
            .filter(|(_, share)| *share > 0.0)
            .collect();
        values.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let distinct = values.len() as u64;
        let told = |share: f32| (f64::from(share) * records as f64).round() as u64;
        let frequent = values
            .iter()
            .filter(|(_, share)| told(*share) >= 100)
            .count();
        let first = values.iter().take(VALUES.min(frequent));
        let last = values
            .iter()
            .take(frequent)
            .skip(VALUES.max(frequent.saturating_sub(VALUES)));
        let row = |(code, share): &(u32, f32)| {
            let rarest = f64::from(*share).max(comparison.rarest);
            (
                dictionary.domain(clean).written(*code),
                told(*share),
                (exact / rarest).log2(),
            )
        };
        all.push(Rarity {
            comparison: comparison.name.get_ref().clone(),
            distinct,
            values: first.chain(last).map(row).collect(),
        });
    }
    all
}

/// What the columns of a side hold.
pub fn source(model: &MatchModel, dictionary: &Dictionary, name: &str, people: &People) -> Source {
    let columns = model.columns.iter().enumerate().map(|(at, column)| {
        let distinct = dictionary.domain(column.clean).distinct();
        let (counts, filled) = people.counts(at, distinct);
        let different = counts.iter().filter(|count| **count > 0).count() as u64;
        let commonest = counts.iter().max().map_or(0, |count| u64::from(*count));
        // Numbers have no table of codes: nearly every one differs.
        let different = if column.clean == Clean::Number {
            filled
        } else {
            different
        };
        (column.name.get_ref().clone(), filled, different, commonest)
    });
    Source {
        name: name.to_owned(),
        records: people.len() as u64,
        columns: columns.collect(),
    }
}

/// All of them.
pub fn of_run(drawn: &Drawn<'_>) -> Pictures {
    let Sides {
        model,
        dictionary,
        comparer,
        left,
        right,
        ..
    } = *drawn.sides;
    let of = |name: &str, people: &People| source(model, dictionary, name, people);
    let (records, sources) = if drawn.two {
        (
            left.len() + right.len(),
            vec![of("left", left), of("right", right)],
        )
    } else {
        (left.len(), vec![of("records", left)])
    };
    Pictures {
        histogram: histogram((drawn.rows)().map(|row| row.bits)),
        unlinkable: unlinkable(comparer, drawn.weigher, dictionary, left),
        patterns: patterns(drawn),
        examples: examples::examples(drawn),
        training_blocks: drawn.history.map_or_else(Vec::new, |history| {
            let blocks = history.blocks.iter();
            blocks.map(|run| (run.name.clone(), run.pairs)).collect()
        }),
        spread: drawn
            .history
            .map(|history| spread(drawn, history))
            .unwrap_or_default(),
        rarity: rarity(model, dictionary, drawn.counts, records as u64),
        sources,
    }
}
