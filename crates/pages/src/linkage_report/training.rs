//! How training found the shares: estimates of several runs beside each other, and one run round by round.

use super::{
    exhibit::{DataTable, Datum, Exhibit, Section, both, share_words},
    model::PairClass,
};
use crate::plot::{
    KeyItem, Sample,
    axis::{Steps, Unit, is_figure},
    curves::{self, AxisOf, Curve, CurveKind, CurvePlot},
    rows::{self, Mark, PlotRow, RowPlot},
};
use serde::{Deserialize, Serialize};

/// One share as several training runs estimated it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Estimate {
    /// The comparison.
    pub comparison: String,
    /// The level.
    pub level: String,
    /// The class.
    pub class: String,
    /// The estimate of each run, in the order of `training_runs`; `None` where a run could not learn it.
    pub runs: Vec<Option<f64>>,
    /// The estimate that was used.
    pub used: f64,
}

/// How training went.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct TrainingHistory {
    /// After each round, the rates of the classes.
    pub rates: Vec<Vec<f64>>,
    /// The greatest change of a share in each round.
    pub changes: Vec<f64>,
    /// The change below which training stops.
    pub enough: f64,
    /// What should be looked at.
    pub warnings: Vec<String>,
}

/// So many runs can have points of their own; of more, the least and the greatest estimate are drawn.
const TOLD_APART: usize = 8;

/// From the least estimate to the greatest, and a point for each run; for the one that was used where runs are many.
fn marks_of(estimate: &Estimate, runs: usize, (low, high): (f64, f64)) -> Vec<Mark> {
    let mut marks = Vec::new();
    if low <= high {
        marks.push(Mark::Stretch {
            from: low,
            to: high,
        });
    }
    if runs > TOLD_APART {
        marks.push(Mark::Dot {
            at: estimate.used,
            series: 0,
            hollow: false,
        });
        return marks;
    }
    let known = estimate.runs.iter().enumerate();
    marks.extend(known.filter_map(|(series, at)| {
        Some(Mark::Dot {
            at: (*at)?,
            series,
            hollow: series >= 4,
        })
    }));
    marks
}

fn key_of(runs: &[String]) -> Vec<KeyItem> {
    if runs.len() > TOLD_APART {
        let words = "used; the line goes from the least estimate to the greatest";
        return vec![KeyItem::new(Sample::Dot(0, false), words)];
    }
    let runs = runs.iter().enumerate();
    runs.map(|(at, run)| KeyItem::new(Sample::Dot(at, at >= 4), run))
        .collect()
}

/// How far estimates of training runs lie apart.
pub(super) fn estimates(runs: &[String], estimates: &[Estimate]) -> Option<Section> {
    if runs.is_empty() || estimates.is_empty() {
        return None;
    }
    let spread = |estimate: &Estimate| {
        let known = estimate.runs.iter().flatten().filter(|v| is_figure(**v));
        known.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| {
            (a.min(*v), b.max(*v))
        })
    };
    let mut columns = vec!["Comparison", "Level", "Class"];
    let names: Vec<String> = runs.iter().map(|run| format!("#{run}")).collect();
    columns.extend(names.iter().map(String::as_str));
    columns.extend(["#Used", "#Spread"]);
    let mut table = DataTable::new(
        "estimates",
        "Each training run's estimate of each share",
        &columns,
    );
    let mut rows = Vec::new();
    let mut last = "";
    for estimate in estimates {
        if last != estimate.comparison {
            rows.push(PlotRow::Group(estimate.comparison.clone()));
            last = &estimate.comparison;
        }
        let (low, high) = spread(estimate);
        let marks = marks_of(estimate, runs.len(), (low, high));
        let apart = if low <= high { high - low } else { f64::NAN };
        rows.push(PlotRow::Row {
            label: format!("{}, {}", estimate.level, estimate.class),
            figures: vec![Datum::Share(apart).shown()],
            marks,
        });
        let mut row = vec![
            Datum::words(&estimate.comparison),
            Datum::words(&estimate.level),
            Datum::words(&estimate.class),
        ];
        row.extend((0..runs.len()).map(|at| {
            let known = estimate.runs.get(at).copied().flatten();
            known.map_or(Datum::Nothing, Datum::Share)
        }));
        row.extend([Datum::Share(estimate.used), Datum::Share(apart)]);
        table.rows.push(row);
    }
    let widest = estimates
        .iter()
        .map(|e| (e, spread(e)))
        .filter(|(_, (low, high))| low <= high)
        .max_by(|a, b| (a.1.1 - a.1.0).total_cmp(&(b.1.1 - b.1.0)));
    let title = widest.map_or_else(
        || "No run could learn these shares".to_owned(),
        |(e, (low, high))| {
            let apart = share_words(high - low);
            format!(
                "Runs differ most on {}, “{}”: by {apart} of pairs",
                e.comparison, e.level
            )
        },
    );
    let plot = RowPlot {
        id: "estimates",
        title: &title,
        subtitle: "Estimates of each share across training runs. Points far apart mean that something is wrong. Each line is ten times the one before.",
        summary: &format!("{title}. The table has every estimate."),
        unit: Unit::Share,
        steps: Steps::Tenfold,
        key: key_of(runs),
        reference: None,
        figures: vec!["Spread"],
        rows,
    };
    Some(Section {
        id: "training-runs",
        heading: "Estimates across training runs",
        prose: vec![
            "Each run sees only the pairs that one block rule brings, and learns nothing of the columns in its own rule."
                .to_owned(),
        ],
        exhibits: vec![Exhibit::new(vec![both(|w| rows::picture(&plot, w))], table)],
    })
}

/// Rates and the greatest change after each round.
fn history_table(classes: &[PairClass], history: &TrainingHistory, rounds: usize) -> DataTable {
    let mut columns = vec!["Round".to_owned(), "#Greatest change".to_owned()];
    columns.extend(classes.iter().map(|c| format!("#{}", c.name)));
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    let mut table = DataTable::new("history", "Training, round by round", &columns);
    for round in 0..rounds {
        let mut row = vec![
            Datum::words((round + 1).to_string()),
            history
                .changes
                .get(round)
                .map_or(Datum::Nothing, |c| Datum::Number(*c, 6)),
        ];
        let rates = history.rates.get(round);
        row.extend((0..classes.len()).map(|class| {
            let rate = rates.and_then(|rates| rates.get(class));
            rate.map_or(Datum::Nothing, |rate| Datum::Number(*rate, 4))
        }));
        table.rows.push(row);
    }
    table
}

/// Training round by round.
pub(super) fn history(classes: &[PairClass], history: &TrainingHistory) -> Option<Section> {
    if history.changes.is_empty() && history.rates.is_empty() {
        return None;
    }
    let rounds = history.changes.len().max(history.rates.len());
    let learned: Vec<(usize, &PairClass)> = classes.iter().enumerate().skip(1).collect();
    let table = history_table(classes, history, rounds);
    let points = |values: &mut dyn Iterator<Item = f64>| -> Vec<(f64, f64)> {
        let rounds = std::iter::successors(Some(1.0), |round| Some(round + 1.0));
        rounds.zip(values).collect()
    };
    let settled = history
        .changes
        .last()
        .is_some_and(|last| *last < history.enough);
    let counted = u64::try_from(rounds).unwrap_or(u64::MAX);
    let counted = crate::format::counted(counted, "round", "rounds");
    let said = if settled {
        format!("Training settled after {counted}")
    } else {
        format!("Training had not settled after {counted}")
    };
    let across = AxisOf {
        name: "Round",
        unit: Unit::Number,
        steps: Steps::Free,
    };
    let tenfold = |name| AxisOf {
        name,
        unit: Unit::Number,
        steps: Steps::Tenfold,
    };
    let changes = CurvePlot {
        id: "history-changes",
        title: &said,
        subtitle: &format!(
            "Greatest change of a share in each round; training stops below {}.",
            history.enough
        ),
        summary: &format!("{said}. The table has every round."),
        across,
        up: tenfold("Greatest change"),
        curves: vec![Curve {
            name: "Greatest change".to_owned(),
            kind: CurveKind::Line(points(&mut history.changes.iter().copied())),
        }],
        references: Vec::new(),
        band: None,
        diagonal: None,
    };
    // Four lines at most can be told apart.
    let panels: Vec<[maud::Markup; 2]> = learned
        .chunks(4)
        .enumerate()
        .map(|(at, classes)| {
            let curves = classes.iter().map(|(at, class)| {
                let rates = history.rates.iter().map(|r| r.get(*at).copied().unwrap_or(f64::NAN));
                Curve {
                    name: class.name.clone(),
                    kind: CurveKind::Line(points(&mut rates.into_iter())),
                }
            });
            let plot = CurvePlot {
                id: &format!("history-rates-{}", at + 1),
                title: "Rates of the classes, round by round",
                subtitle: "Pairs of each class for one record. Each line is ten times the one below.",
                summary: "Lines by round. The table has every round.",
                across,
                up: tenfold("Pairs for one record"),
                curves: curves.collect(),
                references: Vec::new(),
                band: None,
                diagonal: None,
            };
            both(|w| curves::picture(&plot, w))
        })
        .collect();
    let mut pictures = vec![both(|w| curves::picture(&changes, w))];
    if !history.rates.is_empty() {
        pictures.extend(panels);
    }
    Some(Section {
        id: "training-history",
        heading: "Training, round by round",
        prose: history.warnings.clone(),
        exhibits: vec![Exhibit::new(pictures, table)],
    })
}
