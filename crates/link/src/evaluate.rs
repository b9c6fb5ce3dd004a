//! How good a linkage is: links held against the truth, and what can be said without it.
//!
//! Over *queries* (a trace): each record has one answer, its heaviest candidate. It is right, wrong (another person
//! though the right one is in the index) or false (a person for somebody who is not in the index). Precision is right
//! answers over answers given; recall is right answers over records whose person is in the index, whether or not
//! blocking reached them. A wrong answer counts as a false link and as a miss.
//!
//! Over *pairs*: every two records of one person are a pair to find, compared or not; precision is pairs of one person
//! over pairs given. Between two files a pair has one record of each: what is alike within one file is not looked for.
//!
//! The false-match rate is 1 less precision (a share of links given), not false positives over negatives.

mod calibration;
mod card;
mod clusters;
mod curve;
mod estimate;
mod false_links;
mod gold;
mod groups;
pub(crate) mod ids;
mod implausible;
mod intervals;
mod judged;
pub(crate) mod labels;
pub(crate) mod links;
mod measures;
mod outcomes;
mod sample;
mod sides;
mod significance;
mod text;
pub(crate) mod told;
mod truth;

#[cfg(test)]
mod tests;

pub use calibration::{Calibration, CalibrationBand};
pub use card::{Card, model_card};
pub use clusters::{Balance, ClusterMeasures, cluster_measures};
pub use curve::{AtThreshold, RecallAtPrecision};
pub use estimate::{Estimate, Estimated, Labelled, Rate, estimate};
pub use false_links::{Explaining, FalseLink, FalseLinks, Falsehood, Reason, write_false_links};
pub use gold::{Gold, GoldColumns, gold_people, gold_trace, without_column};
pub use groups::{GroupRow, GroupTable};
pub use implausible::{HowOften, Implausible, Impossible, implausible};
pub use intervals::{Gap, Share};
pub use judged::Causes;
pub use labels::{Judgement, Kappa, kappa};
pub use links::Decision;
pub use measures::{Measures, Tally};
pub use outcomes::OutcomeShift;
pub use sample::{Drawn, Sample, Sampling, Stratum, draw, write_sample};
pub use sides::Counted;
pub use told::Notice;
pub use truth::TruthShape;

use crate::{cluster::Forest, files::FileError};
use curve::{Curve, Verdict};
use ids::Ids;
use intervals::ratio;
use judged::{Fate, Judged, Rule};
use links::{Ends, Links, name_of};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};
use told::Told;
use truth::{Replaced, Truth, Wanted};

/// Rows of the table by threshold.
const ROWS: u32 = 101;
/// Points of the charts.
const POINTS: usize = 400;

/// What to measure.
#[derive(Debug, Clone, PartialEq)]
pub struct Ask {
    /// The shape of the truth, with its columns.
    pub shape: TruthShape,
    /// Columns of the truth that say which group a record is of.
    pub groups: Vec<String>,
    /// Columns of the truth that say whether something was so of a record.
    pub outcomes: Vec<String>,
    /// For a group column, the group that the others are held against; else the one with the fewest missed.
    pub references: BTreeMap<String, String>,
    /// Groups with less to find are shown, and neither best nor worst.
    pub least_of_a_group: u64,
    /// Precisions at which recall is asked.
    pub precisions: Vec<f64>,
    /// The precision whose threshold is shared by all groups, beside what the run decided.
    pub shared_precision: f64,
    /// Further thresholds at which groups, causes and clusters are asked.
    pub thresholds: Vec<f64>,
    /// By how much the best must be ahead at a threshold; 0 where the weight alone counts.
    pub margin: f64,
    /// People in the index that was traced against.
    pub index: Option<u64>,
    /// Pairs that were compared.
    pub compared: Option<u64>,
    /// Pairs of one person among them, where the run counted them.
    pub true_compared: Option<u64>,
    /// A file of superseded numbers, followed in links and truth.
    pub superseded: Option<PathBuf>,
    /// Of a truth with pairs, which pairs count; none where the ids are to say: two files, where none stands on both
    /// sides.
    pub counted: Option<Counted>,
    /// The column of a truth with people that names the file of each record; then pairs of two files count.
    pub file_column: Option<String>,
}

impl Ask {
    /// What is asked unless something else is: recall at 99 %, 99.9 % and 99.95 %, groups of 200 and more.
    pub fn new(shape: TruthShape) -> Self {
        Self {
            shape,
            groups: Vec::new(),
            outcomes: Vec::new(),
            references: BTreeMap::new(),
            least_of_a_group: 200,
            precisions: vec![0.99, 0.999, 0.9995],
            shared_precision: 0.999,
            thresholds: Vec::new(),
            margin: 0.0,
            index: None,
            compared: None,
            true_compared: None,
            superseded: None,
            counted: None,
            file_column: None,
        }
    }

    /// A trace with the columns that the shipped models expect.
    pub fn trace() -> Self {
        Self::new(TruthShape::Trace {
            record: "record_id".to_owned(),
            person: "nhs_number".to_owned(),
        })
    }

    /// One file with the columns that the shipped models expect.
    pub fn dedupe() -> Self {
        Self::new(TruthShape::People {
            record: "record_id".to_owned(),
            person: "person".to_owned(),
        })
    }
}

/// What measures are over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Over {
    /// Records that were traced, each with one answer.
    Queries,
    /// Pairs of records.
    Pairs,
}

/// How good a linkage is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// What the measures are over.
    pub over: Over,
    /// Which pairs count; none of queries.
    #[serde(default)]
    pub counted: Option<Counted>,
    /// Records with truth.
    pub records: u64,
    /// What there is to find: records whose person is in the index, or pairs of one person.
    pub to_find: u64,
    /// How much of it is in the links, whatever its weight and decision.
    pub in_links: u64,
    /// The threshold with the best F1.
    pub best_f1: Option<AtThreshold>,
    /// The highest recall at each precision.
    pub recall_at: Vec<RecallAtPrecision>,
    /// Measures by threshold, in even steps.
    pub by_threshold: Vec<AtThreshold>,
    /// Measures at thresholds that make a difference, for charts.
    pub points: Vec<AtThreshold>,
    /// Of a trace, the same over pairs of a record and a person.
    pub over_pairs: Option<OverPairs>,
    /// What the run decided, the shared threshold, and those asked for: with causes, groups and clusters.
    pub operating: Vec<OperatingPoint>,
    /// What blocking left to compare.
    pub blocking: Blocking,
    /// Whether probabilities are true.
    pub calibration: Calibration,
    /// What the run decided falsely, or else at the first of the other ways, with the reasons; none where they were not
    /// asked for.
    #[serde(default)]
    pub false_links: Option<FalseLinks>,
    /// What was wrong with the files.
    pub notices: Vec<Notice>,
}

/// Measures over pairs of a record and a person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OverPairs {
    /// The threshold with the best F1.
    pub best_f1: Option<AtThreshold>,
    /// The highest recall at each precision.
    pub recall_at: Vec<RecallAtPrecision>,
    /// Measures by threshold, in even steps.
    pub by_threshold: Vec<AtThreshold>,
}

/// One way of deciding, looked at closely.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OperatingPoint {
    /// What people call it.
    pub name: String,
    /// The threshold; none where the run decided.
    pub threshold: Option<f64>,
    /// What comes of it.
    pub measures: Measures,
    /// Right over links given, with its interval.
    pub precision: Share,
    /// Right over what there is to find.
    pub recall: Share,
    /// Another person though the right one is in the index, over all whose person is in it.
    pub wrong_person: Share,
    /// Links where there is nothing to find, over all where there is nothing to find; of nothing where nobody said how much.
    pub false_traces: Share,
    /// Of what there is to find, what was given no link at all.
    pub unanswered: u64,
    /// Why what was missed was missed.
    pub causes: Causes,
    /// How outcomes move when only the linked are looked at.
    pub outcomes: Vec<OutcomeShift>,
    /// False links that the scores expect: the sum of 1 less the probability over links given.
    pub expected_false: f64,
    /// False links that there are.
    pub observed_false: u64,
    /// Each group column.
    pub groups: Vec<GroupTable>,
    /// Connected components of the links given; none of a trace.
    pub clusters: Option<ClusterMeasures>,
}

/// What blocking left to compare, and what it left out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Blocking {
    /// All pairs that there are.
    pub all: Option<u64>,
    /// Pairs that were compared.
    pub compared: Option<u64>,
    /// 1 less compared over all.
    pub reduction_ratio: Option<f64>,
    /// Pairs of one person that were compared, of all that there are; none where the run did not count them.
    pub completeness: Option<Share>,
    /// Pairs of one person in the links, of all that there are: completeness is at least this.
    pub at_least: Share,
}

/// Holds a file of links against a file of truth.
pub fn evaluate(links: &Path, truth: &Path, ask: &Ask) -> Result<Evaluation, FileError> {
    Ok(held(links, truth, ask, None)?.0)
}

/// The same, with every false link explained. Their ids are in the list alone, not in the evaluation.
pub fn evaluate_and_explain(
    links: &Path,
    truth: &Path,
    ask: &Ask,
    explaining: &Explaining<'_>,
) -> Result<(Evaluation, Vec<FalseLink>), FileError> {
    held(links, truth, ask, Some(explaining))
}

fn held(
    path: &Path,
    truth: &Path,
    ask: &Ask,
    explaining: Option<&Explaining<'_>>,
) -> Result<(Evaluation, Vec<FalseLink>), FileError> {
    let (mut ids, mut told) = (Ids::default(), Told::default());
    let replaced = match &ask.superseded {
        Some(path) => Replaced::read(path, &mut ids, &mut told)?,
        None => Replaced::default(),
    };
    let (over, ends) = over_what(path, truth, ask)?;
    let wanted = Wanted {
        shape: &ask.shape,
        groups: &ask.groups,
        outcomes: &ask.outcomes,
        file: ask.file_column.as_deref(),
        counted: match over {
            Judging::Pairs(counted) => counted,
            Judging::Queries => Counted::OneFile,
        },
        replaced: &replaced,
    };
    let mut truth = truth::read(truth, wanted, &mut ids, &mut told)?;
    let file = name_of(path);
    let mut links = links::read(path, ends, &mut ids, &mut told)?;
    links.follow(|number| replaced.follow(number));
    if truth.open {
        let right = u32::from(ends == Ends::TwoFiles);
        let ends = links.rows.iter();
        for (id, of_file) in ends.flat_map(|link| [(link.left, 0), (link.right, right)]) {
            if truth.place(id).is_none() {
                truth.add(id, None, of_file);
            }
        }
    }
    let judged = match over {
        Judging::Queries => judged::queries(&truth, &links, &ids, &file, &mut told),
        Judging::Pairs(counted) => judged::pairs(&truth, &links, counted, &file, &mut told),
    };
    let curve = judged.curve(ask.margin);
    let rules = rules(ask, links.decided, &curve, &file, &mut told);
    let mut evaluation = measure(&truth, &links, &judged, (&curve, &rules), ask, over);
    told_of(&truth, &links, ask, &file, &mut told);
    let mut explained = Vec::new();
    if let (Some(explaining), Some((name, rule))) = (explaining, rules.first()) {
        explained =
            false_links::explained(path, &judged, *rule, evaluation.over, explaining, &mut told)?;
        let count = evaluation.operating.first();
        let count = count.map_or(0, |point| point.observed_false);
        let summary = false_links::summary(name.clone(), &explained, count);
        evaluation.false_links = Some(summary);
    }
    evaluation.notices = told.notices();
    Ok((evaluation, explained))
}

/// What was asked for and cannot be answered.
fn told_of(truth: &Truth, links: &Links, ask: &Ask, file: &str, told: &mut Told) {
    if ask.margin > 0.0 && !links.margins {
        told.say(
            file,
            "a margin is asked for and the file has none; the weight alone counts".to_owned(),
            1,
        );
    }
    for (column, reference) in &ask.references {
        let groups = truth.groups.iter().find(|groups| groups.name == *column);
        if !groups.is_some_and(|groups| groups.values.contains(reference)) {
            let message = format!(
                "column {column} has no group of the name that was given as the reference; the one with the fewest missed is"
            );
            told.say(file, message, 1);
        }
    }
}

/// What the measures are over, and which pairs count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Judging {
    Queries,
    Pairs(Counted),
}

impl Judging {
    fn pairs(self) -> Option<Counted> {
        match self {
            Self::Queries => None,
            Self::Pairs(counted) => Some(counted),
        }
    }
}

fn over_what(links: &Path, truth: &Path, ask: &Ask) -> Result<(Judging, Ends), FileError> {
    Ok(match &ask.shape {
        TruthShape::Trace { .. } => (Judging::Queries, Ends::Ordered),
        TruthShape::People { .. } => {
            let counted = match ask.file_column {
                Some(_) => Counted::TwoFiles,
                None => Counted::OneFile,
            };
            (Judging::Pairs(counted), Ends::Unordered)
        }
        TruthShape::Pairs { left, right } => {
            let counted = match ask.counted {
                Some(counted) => counted,
                None => sides::found(links, truth, (left, right))?,
            };
            let ends = match counted {
                Counted::OneFile => Ends::Unordered,
                Counted::TwoFiles => Ends::TwoFiles,
            };
            (Judging::Pairs(counted), ends)
        }
    })
}

fn measure(
    truth: &Truth,
    links: &Links,
    judged: &Judged,
    (curve, rules): (&Curve, &[(String, Rule)]),
    ask: &Ask,
    over: Judging,
) -> Evaluation {
    let recall_at = |curve: &Curve| {
        ask.precisions
            .iter()
            .map(|precision| curve.recall_at(*precision))
            .collect()
    };
    let reached = |judged: &Judged| {
        judged
            .scored
            .iter()
            .filter(|scored| scored.verdict == Verdict::Right)
            .count() as u64
    };
    let pairs =
        (over == Judging::Queries).then(|| judged::pairs_of_queries(truth, links, ask.index));
    let records = truth.records.len() as u64;
    let all = match over {
        Judging::Queries => ask.index.map(|index| index.saturating_mul(records)),
        Judging::Pairs(counted) => Some(judged::all_pairs(truth, counted)),
    };
    let kept = all
        .zip(ask.compared)
        .and_then(|(all, compared)| ratio(compared, all));
    let blocking = Blocking {
        all,
        compared: ask.compared,
        reduction_ratio: kept.map(|kept| 1.0 - kept),
        completeness: ask
            .true_compared
            .map(|compared| Share::new(compared.min(judged.positives), judged.positives)),
        at_least: Share::new(reached(pairs.as_ref().unwrap_or(judged)), judged.positives),
    };
    let over_pairs = pairs.map(|pairs| {
        let curve = pairs.curve(ask.margin);
        OverPairs {
            best_f1: curve.best_f1(),
            recall_at: recall_at(&curve),
            by_threshold: curve.table(ROWS, &ask.thresholds),
        }
    });
    let operating = rules
        .iter()
        .map(|(name, rule)| operate(name.clone(), *rule, truth, judged, ask, over))
        .collect();
    Evaluation {
        over: match over {
            Judging::Queries => Over::Queries,
            Judging::Pairs(_) => Over::Pairs,
        },
        counted: over.pairs(),
        records,
        to_find: judged.positives,
        in_links: reached(judged),
        best_f1: curve.best_f1(),
        recall_at: recall_at(curve),
        by_threshold: curve.table(ROWS, &ask.thresholds),
        points: curve.points(POINTS),
        over_pairs,
        operating,
        blocking,
        calibration: calibration::calibration(judged),
        false_links: None,
        notices: Vec::new(),
    }
}

/// The ways of deciding that are looked at closely.
fn rules(
    ask: &Ask,
    decided: bool,
    curve: &Curve,
    file: &str,
    told: &mut Told,
) -> Vec<(String, Rule)> {
    let from = |weight: f64| Rule::From {
        weight,
        margin: ask.margin,
    };
    let mut rules = Vec::new();
    if decided {
        rules.push(("as the run decided".to_owned(), Rule::Decided));
    }
    let percent = format!("{}", (ask.shared_precision * 1e6).round() / 1e4);
    match curve.recall_at(ask.shared_precision).at {
        Some(at) => rules.push((format!("at a precision of {percent} %"), from(at.threshold))),
        None => told.say(
            file,
            format!("no threshold has a precision of {percent} %"),
            1,
        ),
    }
    rules.extend(
        ask.thresholds
            .iter()
            .map(|weight| (format!("from a match weight of {weight}"), from(*weight))),
    );
    rules
}

fn operate(
    name: String,
    rule: Rule,
    truth: &Truth,
    judged: &Judged,
    ask: &Ask,
    over: Judging,
) -> OperatingPoint {
    let (tally, causes) = judged.under(rule);
    let given = || {
        judged
            .scored
            .iter()
            .filter(|scored| rule.of(scored) == Fate::Given)
    };
    let clusters = (over != Judging::Queries).then(|| {
        let mut forest = Forest::new(truth.records.len());
        for scored in given() {
            let place = |place: usize| u32::try_from(place).unwrap_or(u32::MAX);
            forest.join(place(scored.ends.0), place(scored.ends.1));
        }
        cluster_measures(&forest.roots(), &people(truth))
    });
    let groups = truth.groups.iter().map(|groups| {
        let reference = ask.references.get(&groups.name).map(String::as_str);
        groups::table(
            truth,
            groups,
            judged,
            rule,
            over.pairs(),
            reference,
            ask.least_of_a_group,
        )
    });
    OperatingPoint {
        name,
        threshold: match rule {
            Rule::Decided => None,
            Rule::From { weight, .. } => Some(weight),
        },
        measures: tally.measures(),
        precision: Share::new(tally.right, tally.given()),
        recall: Share::new(tally.right, tally.positives),
        wrong_person: Share::new(tally.wrong, tally.positives),
        false_traces: Share::new(
            tally.negatives.map_or(0, |_| tally.falsely),
            tally.negatives.unwrap_or(0),
        ),
        unanswered: tally.missed().saturating_sub(tally.wrong),
        causes,
        outcomes: outcomes::shifts(truth, judged, rule),
        expected_false: given().map(|scored| 1.0 - scored.probability).sum(),
        observed_false: tally.wrong + tally.falsely,
        groups: groups.collect(),
        clusters,
    }
}

/// The person of each record as a number of its own; a record without one is a person of its own.
fn people(truth: &Truth) -> Vec<u32> {
    let last = truth
        .persons
        .iter()
        .flatten()
        .copied()
        .max()
        .map_or(0, |last| last.saturating_add(1));
    let own = (0..).map(|place: u32| last.saturating_add(place));
    truth
        .persons
        .iter()
        .zip(own)
        .map(|(person, own)| person.unwrap_or(own))
        .collect()
}
