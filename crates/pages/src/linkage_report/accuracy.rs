//! How good the links are, where the truth or a clerical sample is known: by threshold, as curves, and whether
//! probabilities hold what they say.

use super::{
    exhibit::{
        DataTable, Datum, Exhibit, Section, both, figure, quotient, share_words, weight_words,
        wilson,
    },
    pairs::{band_name, threshold_line},
};
use crate::plot::{
    axis::{Steps, Unit},
    curves::{self, AxisOf, Curve, CurveKind, CurvePlot},
};
use serde::{Deserialize, Serialize};

/// What a threshold would do, in pairs.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ThresholdRow {
    /// The threshold in bits.
    pub bits: f64,
    /// Pairs of one person at or above it.
    pub true_links: u64,
    /// Pairs of different people at or above it.
    pub false_links: u64,
    /// Pairs of one person below it, and those that were never compared.
    pub missed: u64,
    /// Pairs of different people below it; `None` where nobody said how many there are.
    pub true_others: Option<u64>,
    /// The measures, where they were worked out already, such as over queries and not over pairs; worked out from the
    /// counts otherwise.
    pub measures: Option<ThresholdMeasures>,
}

/// The measures of a threshold; one that would be a share of nothing is `None`.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ThresholdMeasures {
    /// The share of links that are right.
    pub precision: Option<f64>,
    /// The share of what there is to find that is found.
    pub recall: Option<f64>,
    /// The harmonic mean of both.
    pub f1: Option<f64>,
    /// The same, leaning to precision.
    pub f_half: Option<f64>,
    /// The same, leaning to recall.
    pub f2: Option<f64>,
    /// Matthews' correlation.
    pub mcc: Option<f64>,
    /// The share of pairs of different people that are not linked.
    pub specificity: Option<f64>,
    /// The share of what is not linked that rightly is not.
    pub npv: Option<f64>,
}

/// A figure about the whole run, such as recall at a precision of 99.9 %.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct QualityFigure {
    /// What it is.
    pub name: String,
    /// The figure: a share from 0 to 1; `None` where it cannot be had, such as a precision that no threshold reaches.
    pub share: Option<f64>,
    /// The interval in which it lies, where it is an estimate.
    pub interval: Option<(f64, f64)>,
    /// What it means, in a sentence.
    pub means: String,
}

/// Pairs whose probability lies in one stretch, and how many of them are one person.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CalibrationBin {
    /// The mean of their probabilities.
    pub predicted: f64,
    /// How many pairs.
    pub pairs: u64,
    /// How many of them are one person.
    pub same: u64,
}

impl ThresholdRow {
    fn measures(&self) -> ThresholdMeasures {
        self.measures.unwrap_or_else(|| self.worked_out())
    }

    fn worked_out(&self) -> ThresholdMeasures {
        let (tp, fp) = (figure(self.true_links), figure(self.false_links));
        let missed = figure(self.missed);
        let others = self.true_others.map(figure);
        let part = |part: f64, rest: f64| (part + rest > 0.0).then(|| part / (part + rest));
        let f = |beta: f64| {
            let weight = beta * beta;
            let below = (1.0 + weight) * tp + weight * missed + fp;
            (below > 0.0).then(|| (1.0 + weight) * tp / below)
        };
        let mcc = |others: f64| {
            // The roots are taken first: the product of four sums of pairs would be beyond all measure.
            let below = (tp + fp).sqrt()
                * (tp + missed).sqrt()
                * (others + fp).sqrt()
                * (others + missed).sqrt();
            (below > 0.0).then(|| (tp * others - fp * missed) / below)
        };
        ThresholdMeasures {
            precision: part(tp, fp),
            recall: part(tp, missed),
            f1: f(1.0),
            f_half: f(0.5),
            f2: f(2.0),
            mcc: others.and_then(mcc),
            specificity: others.and_then(|others| part(others, fp)),
            npv: others.and_then(|others| part(others, missed)),
        }
    }
}

fn datum(share: Option<f64>) -> Datum {
    share.map_or(Datum::Nothing, Datum::Share)
}

/// Figures about the whole run.
pub(super) fn figures(figures: &[QualityFigure]) -> Option<Section> {
    if figures.is_empty() {
        return None;
    }
    let mut table = DataTable::new(
        "figures",
        "Figures about the whole run",
        &["Figure", "#Share", "95% interval", "What it means"],
    );
    for figure in figures {
        let interval = figure.interval.map_or(String::new(), |(low, high)| {
            format!("{} to {}", share_words(low), share_words(high))
        });
        table.rows.push(vec![
            Datum::words(&figure.name),
            datum(figure.share),
            Datum::words(interval),
            Datum::words(&figure.means),
        ]);
    }
    Some(Section {
        id: "quality",
        heading: "How good the links are",
        prose: Vec::new(),
        exhibits: vec![Exhibit::new(Vec::new(), table)],
    })
}

/// The table of what each threshold would do.
fn threshold_table(
    rows: &[ThresholdRow],
    measured: &[(f64, ThresholdMeasures)],
    band: Option<(f64, f64)>,
) -> DataTable {
    let mut table = DataTable::new(
        "thresholds",
        "What each threshold would do",
        &[
            "Threshold in bits",
            "#Precision",
            "#Recall",
            "#F1",
            "#F½",
            "#F2",
            "#MCC",
            "#Specificity",
            "#NPV",
            "#True links",
            "#False links",
            "#Missed",
            "#Rightly apart",
            "Clerical review",
        ],
    );
    for (row, (bits, m)) in rows.iter().zip(measured) {
        let within = band.is_some_and(|(low, high)| (low..high).contains(bits));
        table.rows.push(vec![
            Datum::Number(*bits, 1),
            datum(m.precision),
            datum(m.recall),
            datum(m.f1),
            datum(m.f_half),
            datum(m.f2),
            m.mcc.map_or(Datum::Nothing, |mcc| Datum::Number(mcc, 4)),
            datum(m.specificity),
            datum(m.npv),
            Datum::Count(row.true_links),
            Datum::Count(row.false_links),
            Datum::Count(row.missed),
            row.true_others.map_or(Datum::Nothing, Datum::Count),
            Datum::words(if within { "yes" } else { "" }),
        ]);
    }
    table
}

/// What each threshold would do.
pub(super) fn thresholds(
    rows: &[ThresholdRow],
    threshold: Option<f64>,
    band: Option<(f64, f64)>,
) -> Option<Section> {
    if rows.is_empty() {
        return None;
    }
    let measured: Vec<(f64, ThresholdMeasures)> =
        rows.iter().map(|r| (r.bits, r.measures())).collect();
    let table = threshold_table(rows, &measured, band);
    let best = measured
        .iter()
        .filter_map(|(bits, m)| Some((bits, m.f1?)))
        .max_by(|a, b| a.1.total_cmp(&b.1));
    let title = best.map_or_else(
        || "There is nothing to measure".to_owned(),
        |(bits, f1)| {
            let bits = weight_words(*bits);
            format!("F1 is best at {bits} bits: {}", share_words(f1))
        },
    );
    let of = |name: &str, pick: &dyn Fn(&ThresholdMeasures) -> Option<f64>| Curve {
        name: name.to_owned(),
        kind: CurveKind::Line(
            measured
                .iter()
                .filter_map(|(bits, m)| Some((*bits, pick(m)?)))
                .collect(),
        ),
    };
    let first = vec![
        of("Precision", &|m| m.precision),
        of("Recall", &|m| m.recall),
        of("F1", &|m| m.f1),
        of("MCC", &|m| m.mcc),
    ];
    let second = vec![
        of("F½", &|m| m.f_half),
        of("F2", &|m| m.f2),
        of("Specificity", &|m| m.specificity),
        of("NPV", &|m| m.npv),
    ];
    let plot = |id, title, subtitle, summary, curves| CurvePlot {
        id,
        title,
        subtitle,
        summary,
        across: AxisOf {
            name: "Threshold in bits",
            unit: Unit::Number,
            steps: Steps::Free,
        },
        up: AxisOf {
            name: "Measure",
            unit: Unit::Share,
            steps: Steps::Whole,
        },
        curves,
        references: threshold_line(threshold),
        band: band.map(|(low, high)| (low, high, band_name(low, high))),
        diagonal: None,
    };
    let summary = format!("{title}. The table has every threshold.");
    let first = plot(
        "thresholds",
        &title,
        "Precision, recall, F1 and Matthews’ coefficient by threshold.",
        &summary,
        first,
    );
    let second = plot(
        "thresholds-2",
        "The other measures by threshold",
        "F½ leans to precision, F2 to recall. NPV is the share of pairs left apart that rightly are.",
        "Lines by threshold. The table has every threshold.",
        second,
    );
    Some(Section {
        id: "threshold-tool",
        heading: "What each threshold would do",
        prose: vec![
            "Precision is the share of links that are right; recall the share of pairs of one person that are linked. Pairs that were never compared count as missed. One minus precision is called the false-match rate here."
                .to_owned(),
        ],
        exhibits: vec![Exhibit::new(
            vec![both(|w| curves::picture(&first, w)), both(|w| curves::picture(&second, w))],
            table,
        )],
    })
}

/// The two curves that do not depend on a threshold.
pub(super) fn curves_of(rows: &[ThresholdRow]) -> Option<Section> {
    if rows.is_empty() {
        return None;
    }
    let mut table = DataTable::new(
        "curves",
        "Precision, recall and false links by threshold",
        &[
            "Threshold in bits",
            "#Recall",
            "#Precision",
            "#Share of different people linked",
        ],
    );
    let mut sorted: Vec<&ThresholdRow> = rows.iter().collect();
    sorted.sort_by(|a, b| a.bits.total_cmp(&b.bits));
    let (mut roc, mut precision_recall) = (Vec::new(), Vec::new());
    for row in &sorted {
        let m = row.measures();
        let false_rate = m.specificity.map(|s| 1.0 - s);
        table.rows.push(vec![
            Datum::Number(row.bits, 1),
            datum(m.recall),
            datum(m.precision),
            datum(false_rate),
        ]);
        roc.extend(false_rate.zip(m.recall));
        precision_recall.extend(m.recall.zip(m.precision));
    }
    let strict = sorted.iter().filter_map(|row| {
        let m = row.measures();
        (m.precision? >= 0.999).then_some(m.recall?)
    });
    let strict = strict.fold(None, |best: Option<f64>, r| {
        Some(best.map_or(r, |b| b.max(r)))
    });
    let title = strict.map_or_else(
        || "No threshold reaches a precision of 99.9%".to_owned(),
        |recall| format!("Recall is {} at a precision of 99.9%", share_words(recall)),
    );
    let share = |name, steps| AxisOf {
        name,
        unit: Unit::Share,
        steps,
    };
    let line = |points: Vec<(f64, f64)>| {
        vec![Curve {
            name: "this run".to_owned(),
            kind: CurveKind::Line(points),
        }]
    };
    let precision_recall = CurvePlot {
        id: "precision-recall",
        title: &title,
        subtitle: "Precision by recall. The further to the upper right, the better.",
        summary: &format!("{title}. The table has every point."),
        across: share("Recall", Steps::Free),
        up: share("Precision", Steps::Free),
        curves: line(precision_recall),
        references: Vec::new(),
        band: None,
        diagonal: None,
    };
    let with_roc = !roc.is_empty();
    let roc = CurvePlot {
        id: "roc",
        title: "Recall by the share of different people who would be linked (ROC)",
        subtitle: "Of the pairs that were compared. Across, each line is ten times the one before; none stands at the left edge.",
        summary: "A line from few false links to many. The table has every point.",
        across: share(
            "Share of pairs of different people that are linked",
            Steps::Tenfold,
        ),
        up: share("Recall", Steps::Whole),
        curves: line(roc),
        references: Vec::new(),
        band: None,
        diagonal: None,
    };
    let mut pictures = vec![both(|w| curves::picture(&precision_recall, w))];
    // Without a count of the pairs of different people there is no share of them.
    if with_roc {
        pictures.push(both(|w| curves::picture(&roc, w)));
    }
    Some(Section {
        id: "roc-and-precision-recall",
        heading: "Precision, recall and false links",
        prose: Vec::new(),
        exhibits: vec![Exhibit::new(pictures, table)],
    })
}

/// Whether probabilities hold what they say.
pub(super) fn calibration(bins: &[CalibrationBin]) -> Option<Section> {
    if bins.is_empty() {
        return None;
    }
    let mut table = DataTable::new(
        "calibration",
        "Probabilities and what came true",
        &[
            "Mean probability",
            "#Pairs",
            "#Of one person",
            "#Share",
            "95% interval",
        ],
    );
    let mut points = Vec::new();
    let mut outside = 0;
    for bin in bins {
        let interval = wilson(bin.same, bin.pairs);
        let words = interval.map_or(String::new(), |(low, high)| {
            format!("{} to {}", share_words(low), share_words(high))
        });
        table.rows.push(vec![
            Datum::Share(bin.predicted),
            Datum::Count(bin.pairs),
            Datum::Count(bin.same),
            Datum::share(bin.same, bin.pairs),
            Datum::words(words),
        ]);
        if let (Some(share), Some(interval)) = (quotient(bin.same, bin.pairs), interval) {
            outside += usize::from(bin.predicted < interval.0 || bin.predicted > interval.1);
            points.push((bin.predicted, share, interval));
        }
    }
    let title = format!(
        "{outside} of {} stretches lie off the line by more than chance",
        points.len()
    );
    let plot = CurvePlot {
        id: "calibration",
        title: &title,
        subtitle: "Share of pairs that are one person, by the probability they were given, with 95% intervals.",
        summary: &format!("{title}. The table has every stretch."),
        across: AxisOf {
            name: "Probability that was given",
            unit: Unit::Share,
            steps: Steps::Whole,
        },
        up: AxisOf {
            name: "Share that is one person",
            unit: Unit::Share,
            steps: Steps::Whole,
        },
        curves: vec![Curve {
            name: "pairs".to_owned(),
            kind: CurveKind::Points(points),
        }],
        references: Vec::new(),
        band: None,
        diagonal: Some("as it should be"),
    };
    Some(Section {
        id: "calibration-of-probabilities",
        heading: "Do probabilities hold what they say?",
        prose: Vec::new(),
        exhibits: vec![Exhibit::new(
            vec![both(|w| curves::picture(&plot, w))],
            table,
        )],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Worked out by hand: 90 true links, 10 false, 30 missed, 870 rightly apart.
    #[test]
    fn measures_follow_from_the_four_counts() {
        let row = ThresholdRow {
            bits: 0.0,
            true_links: 90,
            false_links: 10,
            missed: 30,
            true_others: Some(870),
            measures: None,
        };
        let m = row.measures();
        for (found, expected) in [
            (m.precision, 0.9),
            (m.recall, 0.75),
            (m.f1, 2.0 * 0.9 * 0.75 / 1.65),
            (m.f_half, 1.25 * 0.9 * 0.75 / (0.25 * 0.9 + 0.75)),
            (m.f2, 5.0 * 0.9 * 0.75 / (4.0 * 0.9 + 0.75)),
            (m.specificity, 870.0 / 880.0),
            (m.npv, 870.0 / 900.0),
            (
                m.mcc,
                (90.0 * 870.0 - 10.0 * 30.0) / (100.0_f64 * 120.0 * 880.0 * 900.0).sqrt(),
            ),
        ] {
            assert!(
                (found.unwrap() - expected).abs() < 1e-12,
                "{found:?} {expected}"
            );
        }
        let none = ThresholdRow::default().measures();
        assert!(none.precision.is_none() && none.mcc.is_none() && none.f1.is_none());
    }
}
