//! Whether those who were linked are a fair picture of all: how common an outcome is among the linked, among all, and among
//! those who were not linked. It needs no truth about links, only the outcome of every record.

use super::{
    intervals::{Gap, Share},
    judged::{Fate, Judged, Rule},
    significance::fisher,
    told::Told,
    truth::Truth,
};
use serde::{Deserialize, Serialize};

/// A column that says whether something was so.
#[derive(Debug, Clone, Default)]
pub(crate) struct Outcomes {
    pub name: String,
    /// For each record; none where it is not stated.
    pub of: Vec<Option<bool>>,
}

impl Outcomes {
    pub(crate) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            of: Vec::new(),
        }
    }

    /// Adds what the next record states.
    pub(crate) fn push(&mut self, word: &str, file: &str, row: u64, told: &mut Told) {
        let outcome = outcome_of(word);
        if outcome.is_none() && !word.is_empty() {
            let message = "an outcome that is none of 1, 0, yes, no; counts as not stated";
            told.row(file, message, row);
        }
        self.of.push(outcome);
    }
}

/// What a word says of an outcome.
fn outcome_of(word: &str) -> Option<bool> {
    match word.to_lowercase().as_str() {
        "1" | "yes" | "y" | "true" => Some(true),
        "0" | "no" | "n" | "false" => Some(false),
        _ => None,
    }
}

/// How an outcome moves when only the linked are looked at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OutcomeShift {
    /// The column.
    pub column: String,
    /// Among all records that state it.
    pub all: Share,
    /// Among those with a link.
    pub linked: Share,
    /// Among those without.
    pub not_linked: Share,
    /// The share among the linked less that among all.
    pub shift: Option<f64>,
    /// How far the linked are from those who are not linked.
    pub gap: Option<Gap>,
    /// Fisher's exact test of that gap.
    pub likely: Option<f64>,
}

/// The shift of each outcome under a rule.
pub(crate) fn shifts(truth: &Truth, judged: &Judged, rule: Rule) -> Vec<OutcomeShift> {
    if truth.outcomes.is_empty() {
        return Vec::new();
    }
    let mut is_linked = vec![false; truth.records.len()];
    for scored in judged
        .scored
        .iter()
        .filter(|scored| rule.of(scored) == Fate::Given)
    {
        for place in [scored.ends.0, scored.ends.1] {
            if let Some(slot) = is_linked.get_mut(place) {
                *slot = true;
            }
        }
    }
    let outcomes = truth.outcomes.iter();
    outcomes
        .map(|outcomes| {
            let count = |wanted: &dyn Fn(bool) -> bool| {
                let (mut hits, mut of) = (0, 0);
                for (outcome, linked) in outcomes.of.iter().zip(&is_linked) {
                    if let Some(outcome) = outcome.filter(|_| wanted(*linked)) {
                        of += 1;
                        hits += u64::from(outcome);
                    }
                }
                Share::new(hits, of)
            };
            let all = count(&|_| true);
            let (linked, not_linked) = (count(&|linked| linked), count(&|linked| !linked));
            OutcomeShift {
                column: outcomes.name.clone(),
                all,
                linked,
                not_linked,
                shift: linked.share.zip(all.share).map(|(one, all)| one - all),
                gap: linked.against(&not_linked),
                likely: fisher(&linked, &not_linked),
            }
        })
        .collect()
}
