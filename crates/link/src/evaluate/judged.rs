//! Every link held against the truth: the answer to each query of a trace, or each pair of one file.

use super::{
    curve::{Curve, Verdict},
    ids::Ids,
    links::{Decision, Link, Links},
    measures::Tally,
    sides::{Counted, Sizes},
    told::Told,
    truth::Truth,
};
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

/// Why what there is to find was not found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Causes {
    /// Not in the links at all: no block rule brought the pair together, or it weighs less than is written.
    pub blocked_out: u64,
    /// Found, and too light.
    pub below_threshold: u64,
    /// Found, and another person is nearly as good.
    pub margin: u64,
    /// Found, and forbidden by a veto.
    pub veto: u64,
    /// Another person is the best, given or not.
    pub wrong_best: u64,
}

/// A link with what is true of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scored {
    pub weight: f64,
    pub probability: f64,
    pub margin: f64,
    pub decision: Decision,
    pub verdict: Verdict,
    /// Its row in the file of links.
    pub row: u64,
    /// The records that it is about, by their places in the truth; twice the same for a query.
    pub ends: (usize, usize),
}

/// When a link is given.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Rule {
    /// As the run decided.
    Decided,
    /// From a match weight on, where it is ahead of the next person by a margin.
    From { weight: f64, margin: f64 },
}

/// What becomes of a link under a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Given,
    Below,
    Margin,
    Veto,
}

impl Rule {
    pub(crate) fn fate(self, weight: f64, margin: f64, decision: Decision) -> Fate {
        match (decision, self) {
            (Decision::Veto, _) => Fate::Veto,
            (Decision::Link, Self::Decided) => Fate::Given,
            (Decision::Close, Self::Decided) => Fate::Margin,
            (_, Self::Decided) => Fate::Below,
            (
                _,
                Self::From {
                    weight: least,
                    margin: ahead,
                },
            ) if weight >= least => {
                if margin >= ahead {
                    Fate::Given
                } else {
                    Fate::Margin
                }
            }
            (Decision::Close, _) => Fate::Margin,
            _ => Fate::Below,
        }
    }

    pub(crate) fn of(self, scored: &Scored) -> Fate {
        self.fate(scored.weight, scored.margin, scored.decision)
    }
}

/// All links held against the truth.
#[derive(Debug, Clone, Default)]
pub(crate) struct Judged {
    pub scored: Vec<Scored>,
    pub positives: u64,
    pub negatives: Option<u64>,
}

impl Judged {
    /// Measures by threshold; what a veto or the margin forbids is given at none.
    pub(crate) fn curve(&self, margin: f64) -> Curve {
        let rule = Rule::From {
            weight: f64::NEG_INFINITY,
            margin,
        };
        let given = self
            .scored
            .iter()
            .filter(|scored| rule.of(scored) == Fate::Given);
        Curve::new(
            given
                .map(|scored| (scored.weight, scored.verdict))
                .collect(),
            self.positives,
            self.negatives,
        )
    }

    /// What a rule gives, and why it misses what it misses.
    pub(crate) fn under(&self, rule: Rule) -> (Tally, Causes) {
        let mut tally = Tally {
            positives: self.positives,
            negatives: self.negatives,
            ..Tally::default()
        };
        let mut causes = Causes::default();
        let mut there = 0;
        for scored in &self.scored {
            count(&mut tally, &mut causes, scored.verdict, rule.of(scored));
            there += u64::from(scored.verdict != Verdict::Falsely);
        }
        causes.blocked_out = self.positives.saturating_sub(there);
        (tally, causes)
    }
}

/// Counts one link; those that were not in the links are for the caller to count.
pub(crate) fn count(tally: &mut Tally, causes: &mut Causes, verdict: Verdict, fate: Fate) {
    match (verdict, fate) {
        (Verdict::Right, Fate::Given) => tally.right += 1,
        (Verdict::Right, Fate::Below) => causes.below_threshold += 1,
        (Verdict::Right, Fate::Margin) => causes.margin += 1,
        (Verdict::Right, Fate::Veto) => causes.veto += 1,
        (Verdict::Wrong, fate) => {
            causes.wrong_best += 1;
            tally.wrong += u64::from(fate == Fate::Given);
        }
        (Verdict::Falsely, fate) => tally.falsely += u64::from(fate == Fate::Given),
    }
}

/// The answer to each query: its heaviest candidate; of several that weigh the same, the first in order of its id.
pub(crate) fn queries(
    truth: &Truth,
    links: &Links,
    ids: &Ids,
    file: &str,
    told: &mut Told,
) -> Judged {
    let mut best: Vec<Option<&Link>> = vec![None; truth.records.len()];
    for link in &links.rows {
        let Some(place) = truth.place(link.left) else {
            told.row(
                file,
                "a link of a record about which there is no truth; left out",
                link.row,
            );
            continue;
        };
        if let Some(slot) = best.get_mut(place) {
            let order = |old: &&Link| {
                old.weight
                    .total_cmp(&link.weight)
                    .then_with(|| ids.text(link.right).cmp(ids.text(old.right)))
            };
            if slot.as_ref().is_none_or(|old| order(old) == Ordering::Less) {
                *slot = Some(link);
            }
        }
    }
    let positives = truth
        .persons
        .iter()
        .filter(|person| person.is_some())
        .count() as u64;
    let mut judged = Judged {
        positives,
        negatives: Some(truth.records.len() as u64 - positives),
        ..Judged::default()
    };
    for (place, (best, person)) in best.iter().zip(&truth.persons).enumerate() {
        let Some(link) = best else { continue };
        let verdict = match person {
            None => Verdict::Falsely,
            Some(person) if *person == link.right => Verdict::Right,
            Some(_) => Verdict::Wrong,
        };
        judged.scored.push(scored(link, verdict, (place, place)));
    }
    judged
}

/// Every pair of a trace, whether the best of its record or not. `index` is how many people were to choose from.
pub(crate) fn pairs_of_queries(truth: &Truth, links: &Links, index: Option<u64>) -> Judged {
    let positives = truth
        .persons
        .iter()
        .filter(|person| person.is_some())
        .count() as u64;
    let all = index.map(|index| index.saturating_mul(truth.records.len() as u64));
    let mut judged = Judged {
        positives,
        negatives: all.map(|all| all.saturating_sub(positives)),
        ..Judged::default()
    };
    for link in &links.rows {
        if let Some(place) = truth.place(link.left) {
            let same = truth.persons.get(place).copied().flatten() == Some(link.right);
            judged.scored.push(scored(
                link,
                if same {
                    Verdict::Right
                } else {
                    Verdict::Falsely
                },
                (place, place),
            ));
        }
    }
    judged
}

/// Pairs of two out of so many.
pub(crate) fn pairs_of(many: u64) -> u64 {
    let (even, odd) = if many.is_multiple_of(2) {
        (many / 2, many.saturating_sub(1))
    } else {
        (many.saturating_sub(1) / 2, many)
    };
    even.saturating_mul(odd)
}

/// All pairs of records with truth that count.
pub(crate) fn all_pairs(truth: &Truth, counted: Counted) -> u64 {
    let mut all = Sizes::default();
    for of_file in &truth.files {
        all.add(*of_file, 1);
    }
    all.pairs(counted)
}

/// Every pair of records that was written, against all pairs that count.
pub(crate) fn pairs(
    truth: &Truth,
    links: &Links,
    counted: Counted,
    file: &str,
    told: &mut Told,
) -> Judged {
    let persons = |place: usize| truth.persons.get(place).copied().flatten();
    let mut sizes: Vec<Sizes> = Vec::new();
    for (person, of_file) in truth.persons.iter().zip(&truth.files) {
        let Some(at) = person.map(|person| person as usize) else {
            continue;
        };
        if sizes.len() <= at {
            sizes.resize(at + 1, Sizes::default());
        }
        if let Some(sizes) = sizes.get_mut(at) {
            sizes.add(*of_file, 1);
        }
    }
    let positives: u64 = sizes.iter().map(|sizes| sizes.pairs(counted)).sum();
    let mut judged = Judged {
        positives,
        negatives: Some(all_pairs(truth, counted).saturating_sub(positives)),
        ..Judged::default()
    };
    for link in &links.rows {
        let (Some(left), Some(right)) = (truth.place(link.left), truth.place(link.right)) else {
            told.row(
                file,
                "a link of a record about which there is no truth; left out",
                link.row,
            );
            continue;
        };
        if counted == Counted::TwoFiles && truth.file(left) == truth.file(right) {
            let message = "a link of two records of one file, which is not asked for; left out";
            told.row(file, message, link.row);
            continue;
        }
        let same = persons(left).is_some() && persons(left) == persons(right);
        judged.scored.push(scored(
            link,
            if same {
                Verdict::Right
            } else {
                Verdict::Falsely
            },
            (left, right),
        ));
    }
    judged
}

fn scored(link: &Link, verdict: Verdict, ends: (usize, usize)) -> Scored {
    Scored {
        weight: link.weight,
        probability: link.probability,
        margin: link.margin,
        decision: link.decision,
        verdict,
        row: link.row,
        ends,
    }
}
