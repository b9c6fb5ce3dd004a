//! Training on several blocks, each by itself: the pairs that share the keys of one rule, or of one of a few.
//!
//! Within a block its own keys agree, so that nothing can be learned there of the comparisons over them; the others are
//! learned from pairs that were chosen without regard to them. Where blocks disagree, something is wrong with the
//! model or the files: the estimates beside each other are a chart of the report. Of what blocks say the middle may be
//! taken in place of what all candidate pairs together say.

use super::{
    Candidates, History, Kept, Patterns, expect, greatest_change, maximise, normalise, rounds,
};
use crate::{
    match_model::{Block, MatchModel},
    weigh::Parameters,
};

/// What one training block says.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct BlockRun {
    /// The rules of the block.
    pub name: String,
    /// How many pairs share one of its keys.
    pub pairs: u64,
    /// By class and comparison, the shares that it found. There are none of classes of different people, of
    /// comparisons over its own keys, and where too few pairs are of that class.
    pub shares: Vec<Vec<Option<Vec<f64>>>>,
}

/// One or several block rules.
struct Group {
    name: String,
    rules: u32,
    kept: Kept,
}

fn groups(model: &MatchModel) -> Vec<Group> {
    let of = |rules: &[usize]| {
        let blocks: Vec<&Block> = rules
            .iter()
            .filter_map(|at| model.blocks.get(*at))
            .collect();
        let parts = blocks.iter().flat_map(|block| &block.same);
        let columns: Vec<&str> = parts
            .filter_map(|part| part.get_ref().split_whitespace().next())
            .collect();
        let comparisons = model.comparisons.iter();
        let unseen = comparisons.map(|c| columns.contains(&c.column.get_ref().as_str()));
        let titles: Vec<String> = blocks.iter().map(|block| block.title()).collect();
        Group {
            name: titles.join("; "),
            rules: rules.iter().fold(0, |rules, at| rules | (1 << at)),
            kept: Kept {
                unseen: unseen.collect(),
                held: Vec::new(),
            },
        }
    };
    if model.training.blocks.is_empty() {
        return (0..model.blocks.len()).map(|at| of(&[at])).collect();
    }
    let named = |name: &String| model.blocks.iter().position(|block| block.title() == *name);
    let groups = model.training.blocks.iter();
    groups
        .map(|names| {
            let rules = names.iter().filter_map(|name| named(name.get_ref()));
            of(&rules.collect::<Vec<_>>())
        })
        .collect()
}

/// Whether blocks can learn a class's shares of a comparison: those of one person that are its own.
fn learned(parameters: &Parameters, class: usize, comparison: usize) -> bool {
    let own = |of: &[Vec<usize>]| of.get(class).and_then(|of| of.get(comparison)).copied();
    parameters.same_person.get(class).copied().unwrap_or(false)
        && !parameters.fixed.get(class).copied().unwrap_or(true)
        && own(&parameters.owner) == Some(class)
}

/// What each training block says by itself, beginning with what all pairs together say.
pub fn by_block(model: &MatchModel, start: &Parameters, candidates: &Candidates) -> Vec<BlockRun> {
    let groups = groups(model).into_iter();
    groups
        .map(|group| {
            let mut patterns = Patterns::new();
            for ((pattern, rules), pairs) in &candidates.by_rules {
                if rules & group.rules != 0 {
                    *patterns.entry(*pattern).or_insert(0) += pairs;
                }
            }
            let pairs = patterns.values().sum();
            let shares = of_block(model, start, &patterns, candidates.records, &group.kept);
            BlockRun {
                name: group.name,
                pairs,
                shares,
            }
        })
        .collect()
}

/// The shares of one block. How many pairs of each class it holds is its own: a class that agrees in the keys of the
/// block has more of its pairs there than another.
fn of_block(
    model: &MatchModel,
    start: &Parameters,
    patterns: &Patterns,
    records: f64,
    kept: &Kept,
) -> Vec<Vec<Option<Vec<f64>>>> {
    let training = &model.training;
    let mut now = start.clone();
    let rates = |now: &mut Parameters, totals: &[f64]| {
        for (rate, total) in now.rates.iter_mut().zip(totals) {
            *rate = (total / records.max(1.0)).max(1e-12);
        }
    };
    // With everything in sight first, so that the block begins with its own share of each class.
    let (mut sums, mut totals) = expect(&now, patterns, &Kept::default());
    rates(&mut now, &totals);
    for _ in 0..training.rounds {
        (sums, totals) = expect(&now, patterns, kept);
        let before = now.clone();
        maximise(training, &mut now, &sums, &totals, records, kept);
        rates(&mut now, &totals);
        if greatest_change(&before, &now) < training.enough {
            break;
        }
    }
    let seen = |class: usize, comparison: usize| -> f64 {
        let owned = (0..now.classes()).filter(|other| {
            let owner = now.owner.get(*other).and_then(|of| of.get(comparison));
            owner == Some(&class)
        });
        let of = |class: usize| sums.get(class).and_then(|of| of.get(comparison));
        owned.filter_map(of).flatten().sum()
    };
    (0..now.classes())
        .map(|class| {
            (0..now.shape.len())
                .map(|comparison| {
                    let enough = seen(class, comparison) >= training.fewest.max(1.0);
                    let told = learned(&now, class, comparison) && !kept.unseen(comparison);
                    (told && enough).then(|| now.shares_of(class, comparison).to_vec())
                })
                .collect()
        })
        .collect()
}

/// The middle of what the training blocks say of one person, with everything else learned again beside it from all pairs.
/// Where no block could learn a comparison, what all pairs say of it stays.
pub fn combined(model: &MatchModel, parameters: &Parameters, history: &mut History) -> Parameters {
    let mut now = parameters.clone();
    let mut kept = Kept {
        unseen: Vec::new(),
        held: vec![vec![false; now.shape.len()]; now.classes()],
    };
    for class in 0..now.classes() {
        for comparison in 0..now.shape.len() {
            let told = history.blocks.iter();
            let told: Vec<&Vec<f64>> = told
                .filter_map(|run| run.shares.get(class)?.get(comparison)?.as_ref())
                .collect();
            if told.is_empty() {
                continue;
            }
            let levels = now.shape.get(comparison).map_or(1, |(levels, _)| *levels);
            let shares = middle(&told, levels, model.training.least);
            let of_class = now.shares.get_mut(class);
            if let Some(slot) = of_class.and_then(|of| of.get_mut(comparison)) {
                *slot = shares;
            }
            let of_class = kept.held.get_mut(class);
            if let Some(slot) = of_class.and_then(|of| of.get_mut(comparison)) {
                *slot = true;
            }
        }
    }
    now.share_out();
    let candidates = std::mem::take(&mut history.candidates);
    let (patterns, records) = (&candidates.patterns, candidates.records);
    rounds(&model.training, &mut now, patterns, records, &kept, history);
    history.candidates = candidates;
    now
}

/// The median of each share, made to sum to 1 again in every row.
fn middle(told: &[&Vec<f64>], levels: usize, least: f64) -> Vec<f64> {
    let length = told.first().map_or(0, |shares| shares.len());
    let medians = (0..length).map(|at| {
        let mut all: Vec<f64> = told.iter().filter_map(|of| of.get(at)).copied().collect();
        all.sort_by(f64::total_cmp);
        let half = |at: usize| all.get(at).copied().unwrap_or(0.0);
        f64::midpoint(half((all.len().max(1) - 1) / 2), half(all.len() / 2))
    });
    let mut shares: Vec<f64> = medians.collect();
    for row in shares.chunks_mut(levels.max(1)) {
        normalise(row, least);
    }
    shares
}

#[cfg(test)]
mod tests;
