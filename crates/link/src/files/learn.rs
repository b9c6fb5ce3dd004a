//! Where the shares of levels of a run come from: its own files, a training before, judged pairs.

use super::{FileError, How, Learn, run::Blocks};
use crate::{
    best::Sides,
    match_model::Combine,
    train::{self, History, Labelled},
    weigh::{Counts, Parameters},
};
use std::path::{Path, PathBuf};

/// What learning needs.
pub(super) struct Learning<'a> {
    pub(super) sides: &'a Sides<'a>,
    pub(super) counts: &'a Counts,
    /// How many records a record is held against.
    pub(super) strangers: f64,
    pub(super) how: &'a How,
    /// Files of judged pairs.
    pub(super) labels: &'a [PathBuf],
}

/// What was learned.
pub(super) struct Learned {
    pub(super) parameters: Parameters,
    pub(super) history: Option<History>,
    pub(super) labelled: Option<Labelled>,
}

/// Learns what the run asks for.
pub(super) fn learned(
    learning: &Learning<'_>,
    blocks: &mut Blocks,
    phase: &mut dyn FnMut(&'static str),
) -> Result<Learned, FileError> {
    let two = matches!(blocks, Blocks::Between(_));
    let (mut parameters, mut history) = match &learning.how.learn {
        Learn::Before(parameters) => ((**parameters).clone(), None),
        Learn::FromTheFiles(start) => {
            let (parameters, history) = trained(learning, start, blocks, phase);
            (parameters, Some(history))
        }
    };
    let labelled = if learning.labels.is_empty() {
        None
    } else {
        phase("judged pairs");
        let files: Vec<&Path> = learning.labels.iter().map(AsRef::as_ref).collect();
        let (parameters, history) = (&mut parameters, history.as_mut());
        let sides = learning.sides;
        Some(train::from_labels(sides, two, &files, parameters, history)?)
    };
    Ok(Learned {
        parameters,
        history,
        labelled,
    })
}

fn trained(
    learning: &Learning<'_>,
    start: &Parameters,
    blocks: &mut Blocks,
    phase: &mut dyn FnMut(&'static str),
) -> (Parameters, History) {
    let Sides {
        model,
        dictionary,
        comparer,
        keys,
        left,
        right,
        threads,
        ..
    } = *learning.sides;
    let mut start = start.clone();
    phase("strangers");
    let other = matches!(blocks, Blocks::Between(_)).then_some(right);
    let shares = train::strangers(model, comparer, dictionary, left, other, learning.counts);
    if let Some(first) = start.shares.first_mut() {
        *first = shares;
    }
    start.share_out();
    phase("candidates of a sample");
    let combine = model.training.combine;
    // Which rules bring a pair is worked out only where blocks are looked at one by one.
    let apart = (combine == Combine::Median || learning.how.pictures).then_some(keys);
    let candidates = match blocks {
        Blocks::Between(blocks) => train::candidates_of_sample(learning.sides, blocks, apart),
        Blocks::Within(blocks) => {
            let found =
                train::candidates_within(model, comparer, blocks, dictionary, left, threads, apart);
            blocks.forget_counts();
            found
        }
    };
    phase("train");
    let strangers = learning.strangers;
    let (mut parameters, mut history) =
        train::train(&model.training, &start, candidates, strangers);
    if apart.is_some() {
        phase("train block by block");
        history.blocks = train::by_block(model, &parameters, &history.candidates);
    }
    if combine == Combine::Median {
        parameters = train::combined(model, &parameters, &mut history);
    }
    (parameters, history)
}
