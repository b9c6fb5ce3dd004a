//! What was compared and what came of it: blocking, weights of pairs, records that cannot be linked even to
//! themselves, patterns of levels.

use super::exhibit::{
    DataTable, Datum, Exhibit, Section, both, figure, share_words, total, weight_words,
};
use crate::{
    format,
    plot::{
        KeyItem, Sample,
        axis::{Steps, Unit},
        curves::{self, AxisOf, Curve, CurveKind, CurvePlot},
        rows::{self, Mark, PlotRow, RowPlot},
    },
    waterfall::probability_words,
};
use serde::{Deserialize, Serialize};

/// What a block rule did.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct BlockRule {
    /// The rule in words, such as `dob, family_name soundex`.
    pub rule: String,
    /// Pairs that it brought and none before it.
    pub pairs: u64,
    /// Pairs of one person among those, where the truth is known.
    pub same: Option<u64>,
    /// Blocks that were left out because they had too many pairs.
    pub left_out: u64,
    /// The pairs that those would have had.
    pub pairs_left_out: u64,
}

/// Pairs by their weight.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct WeightHistogram {
    /// From the lightest on.
    pub columns: Vec<WeightColumn>,
}

/// Pairs of about one weight.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct WeightColumn {
    /// From this many bits on.
    pub from: f64,
    /// Below this many.
    pub to: f64,
    /// How many pairs.
    pub pairs: u64,
}

/// The share of records that cannot reach a weight even when they are held against themselves.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct UnlinkablePoint {
    /// The weight, in bits.
    pub bits: f64,
    /// The share of records below it.
    pub share: f64,
}

/// Pairs with the same levels.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PatternRow {
    /// The level of each comparison, in the order of the model.
    pub levels: Vec<String>,
    /// How many pairs look so.
    pub pairs: u64,
    /// What such a pair weighs, apart from rare values.
    pub bits: f64,
    /// How likely such a pair is one person.
    pub probability: f64,
    /// An example, where one may be shown: name of the column, left value, right value.
    pub example: Vec<(String, String, String)>,
}

/// What came of the records.
pub(super) fn outcomes(outcomes: &[(String, u64)]) -> Option<Section> {
    let all = total(outcomes.iter().map(|(_, count)| *count));
    let (most, count) = outcomes.iter().max_by_key(|(_, count)| *count)?;
    let mut table = DataTable::new(
        "outcomes",
        "What came of it",
        &["Outcome", "#Rows", "#Share"],
    );
    let mut rows = Vec::new();
    for (name, count) in outcomes {
        let share = Datum::share(*count, all);
        rows.push(PlotRow::Row {
            label: name.clone(),
            figures: vec![format::count(*count), share.shown()],
            marks: vec![Mark::Bar {
                from: 0.0,
                to: figure(*count),
                series: 0,
            }],
        });
        table
            .rows
            .push(vec![Datum::words(name), Datum::Count(*count), share]);
    }
    let title = format!(
        "{}: {} of {}",
        most,
        format::count(*count),
        format::count(all)
    );
    let plot = RowPlot {
        id: "outcomes",
        title: &title,
        subtitle: "Rows that were written, by outcome.",
        summary: &format!("{title}. The table has every outcome."),
        unit: Unit::Number,
        steps: Steps::FromZero,
        key: Vec::new(),
        reference: None,
        figures: vec!["Rows", "Share"],
        rows,
    };
    Some(Section {
        id: "outcomes-of-the-run",
        heading: "What came of it",
        prose: Vec::new(),
        exhibits: vec![Exhibit::new(vec![both(|w| rows::picture(&plot, w))], table)],
    })
}

/// Which pairs were compared, rule by rule.
pub(super) fn blocking(blocks: &[BlockRule]) -> Option<Section> {
    let all = total(blocks.iter().map(|b| b.pairs));
    let largest = blocks.iter().max_by_key(|b| b.pairs)?;
    let truth = blocks.iter().any(|b| b.same.is_some());
    let mut columns = vec![
        "Rule",
        "#Pairs it brought",
        "#Pairs so far",
        "#Share so far",
    ];
    if truth {
        columns.extend(["#Of one person", "#Of one person so far"]);
    }
    columns.extend(["#Blocks left out", "#Pairs left out"]);
    let mut table = DataTable::new("blocking", "Pairs brought by each block rule", &columns);
    let (mut so_far, mut same_so_far) = (0_u64, 0_u64);
    let mut rows = Vec::new();
    for block in blocks {
        let before = so_far;
        so_far = so_far.saturating_add(block.pairs);
        let mut row = vec![
            Datum::words(&block.rule),
            Datum::Count(block.pairs),
            Datum::Count(so_far),
            Datum::share(so_far, all),
        ];
        if truth {
            same_so_far = same_so_far.saturating_add(block.same.unwrap_or(0));
            row.push(block.same.map_or(Datum::Nothing, Datum::Count));
            row.push(Datum::Count(same_so_far));
        }
        row.extend([
            Datum::Count(block.left_out),
            Datum::Count(block.pairs_left_out),
        ]);
        table.rows.push(row);
        let mut marks = vec![Mark::Bar {
            from: figure(before),
            to: figure(so_far),
            series: 0,
        }];
        if before > 0 {
            marks.insert(
                0,
                Mark::Stretch {
                    from: 0.0,
                    to: figure(before),
                },
            );
        }
        rows.push(PlotRow::Row {
            label: block.rule.clone(),
            figures: vec![format::count(block.pairs), format::count(so_far)],
            marks,
        });
    }
    let title = format!(
        "“{}” brings most pairs: {} of {}",
        largest.rule,
        format::count(largest.pairs),
        format::count(all)
    );
    let plot = RowPlot {
        id: "blocking",
        title: &title,
        subtitle: "Pairs that each rule brought and none before it. The bar stands where those before it end.",
        summary: &format!("{title}. The table has every rule."),
        unit: Unit::Number,
        steps: Steps::FromZero,
        key: Vec::new(),
        reference: None,
        figures: vec!["Pairs", "So far"],
        rows,
    };
    let left_out = total(blocks.iter().map(|b| b.left_out));
    let pairs = total(blocks.iter().map(|b| b.pairs_left_out));
    let prose = if left_out == 0 {
        "No block was left out.".to_owned()
    } else {
        format!(
            "{} left out because so many records share a value: {} were not compared under that rule. Another rule may have brought them.",
            format::counted(left_out, "block was", "blocks were"),
            format::counted(pairs, "pair", "pairs"),
        )
    };
    Some(Section {
        id: "blocking-rules",
        heading: "Which pairs were compared",
        prose: vec![prose],
        exhibits: vec![Exhibit::new(vec![both(|w| rows::picture(&plot, w))], table)],
    })
}

/// Pairs by weight.
pub(super) fn histogram(
    histogram: &WeightHistogram,
    threshold: Option<f64>,
    band: Option<(f64, f64)>,
) -> Option<Section> {
    let columns = &histogram.columns;
    let all = total(columns.iter().map(|c| c.pairs));
    if all == 0 {
        return None;
    }
    let mut table = DataTable::new(
        "histogram",
        "Pairs by match weight",
        &["From bits", "#To below", "#Pairs"],
    );
    for column in columns {
        table.rows.push(vec![
            Datum::Number(column.from, 1),
            Datum::Number(column.to, 1),
            Datum::Count(column.pairs),
        ]);
    }
    let title = threshold.map_or_else(
        || format!("{} were weighed", format::counted(all, "pair", "pairs")),
        |threshold| {
            let above = columns.iter().filter(|c| c.from >= threshold);
            let above = total(above.map(|c| c.pairs));
            format!(
                "{} of {} pairs weigh more than the threshold",
                format::count(above),
                format::count(all)
            )
        },
    );
    let plot = CurvePlot {
        id: "histogram",
        title: &title,
        subtitle: "Pairs by match weight. Each line is ten times the one below, since most pairs are strangers.",
        summary: &format!("{title}. The table has every column."),
        across: AxisOf {
            name: "Match weight in bits",
            unit: Unit::Number,
            steps: Steps::Free,
        },
        up: AxisOf {
            name: "Pairs",
            unit: Unit::Number,
            steps: Steps::Tenfold,
        },
        curves: vec![Curve {
            name: "Pairs".to_owned(),
            kind: CurveKind::Columns(
                columns
                    .iter()
                    .map(|c| (c.from, c.to, figure(c.pairs)))
                    .collect(),
            ),
        }],
        references: threshold_line(threshold),
        band: band.map(|(low, high)| (low, high, band_name(low, high))),
        diagonal: None,
    };
    Some(Section {
        id: "weights-of-pairs",
        heading: "Weights of pairs",
        prose: Vec::new(),
        exhibits: vec![Exhibit::new(
            vec![both(|w| curves::picture(&plot, w))],
            table,
        )],
    })
}

/// The line at the threshold.
pub(super) fn threshold_line(threshold: Option<f64>) -> Vec<(f64, String)> {
    let line = |t: f64| (t, format!("threshold, {} bits", weight_words(t)));
    threshold.map(line).into_iter().collect()
}

/// What the clerical band is called in a key.
pub(super) fn band_name(low: f64, high: f64) -> String {
    format!(
        "clerical review, {} to {} bits",
        weight_words(low),
        weight_words(high)
    )
}

/// Records that say too little.
pub(super) fn unlinkable(points: &[UnlinkablePoint], threshold: Option<f64>) -> Option<Section> {
    let last = points.last()?;
    let mut table = DataTable::new(
        "unlinkable",
        "Records that cannot reach a weight even against themselves",
        &["Weight in bits", "#Share of records below it"],
    );
    for point in points {
        table.rows.push(vec![
            Datum::Number(point.bits, 1),
            Datum::Share(point.share),
        ]);
    }
    // The share at the threshold is that of the last point that does not lie beyond it.
    let (at, share) = threshold.map_or((last.bits, last.share), |threshold| {
        let reached = points.iter().take_while(|p| p.bits <= threshold).last();
        (threshold, reached.map_or(0.0, |p| p.share))
    });
    let title = format!(
        "{} of records could not reach {} bits even against themselves",
        share_words(share),
        weight_words(at)
    );
    let plot = CurvePlot {
        id: "unlinkable",
        title: &title,
        subtitle: "Share of records whose best possible weight lies below each weight.",
        summary: &format!("{title}. The table has the whole curve."),
        across: AxisOf {
            name: "Match weight in bits",
            unit: Unit::Number,
            steps: Steps::Free,
        },
        up: AxisOf {
            name: "Share of records",
            unit: Unit::Share,
            steps: Steps::FromZero,
        },
        curves: vec![Curve {
            name: "Records below".to_owned(),
            kind: CurveKind::Line(points.iter().map(|p| (p.bits, p.share)).collect()),
        }],
        references: threshold_line(threshold),
        band: None,
        diagonal: None,
    };
    Some(Section {
        id: "unlinkable-records",
        heading: "Records that say too little",
        prose: vec![
            "Each record is held against itself. One that cannot reach the threshold even so is too sparse to be linked, whatever the model."
                .to_owned(),
        ],
        exhibits: vec![Exhibit::new(vec![both(|w| curves::picture(&plot, w))], table)],
    })
}

/// Pairs by what their comparisons said.
pub(super) fn patterns(comparisons: &[String], patterns: &[PatternRow]) -> Option<Section> {
    let most = patterns.iter().max_by_key(|p| p.pairs)?;
    let names: Vec<&str> = comparisons.iter().map(String::as_str).collect();
    let mut columns = vec!["No.", "#Pairs", "#Bits", "#Probability"];
    columns.extend(names);
    let with_examples = patterns.iter().any(|p| !p.example.is_empty());
    if with_examples {
        columns.push("Example");
    }
    let mut table = DataTable::new("patterns", "Pairs by pattern of levels", &columns);
    let mut rows = Vec::new();
    for (at, pattern) in patterns.iter().enumerate() {
        let number = (at + 1).to_string();
        let mut row = vec![
            Datum::words(&number),
            Datum::Count(pattern.pairs),
            Datum::Number(pattern.bits, 1),
            Datum::words(probability_words(pattern.probability)),
        ];
        row.extend((0..comparisons.len()).map(|at| {
            let level = pattern.levels.get(at);
            Datum::words(level.map_or("", String::as_str))
        }));
        if with_examples {
            let example = pattern.example.iter();
            let example =
                example.map(|(column, left, right)| format!("{column}: {left} | {right}"));
            row.push(Datum::words(example.collect::<Vec<_>>().join("; ")));
        }
        table.rows.push(row);
        rows.push(PlotRow::Row {
            label: number,
            figures: vec![format::count(pattern.pairs), weight_words(pattern.bits)],
            marks: vec![Mark::Dot {
                at: figure(pattern.pairs),
                series: usize::from(pattern.probability < 0.5),
                hollow: pattern.probability < 0.5,
            }],
        });
    }
    let title = format!(
        "The commonest pattern is that of {} and weighs {} bits",
        format::counted(most.pairs, "pair", "pairs"),
        weight_words(most.bits)
    );
    let plot = RowPlot {
        id: "patterns",
        title: &title,
        subtitle: "Pairs with each pattern of levels, by its number in the table. Each line is ten times the one before.",
        summary: &format!("{title}. The table has the levels of every pattern."),
        unit: Unit::Number,
        steps: Steps::Tenfold,
        key: vec![
            KeyItem::new(Sample::Dot(0, false), "likely one person"),
            KeyItem::new(Sample::Dot(1, true), "likely different people"),
        ],
        reference: None,
        figures: vec!["Pairs", "Bits"],
        rows,
    };
    Some(Section {
        id: "patterns-of-levels",
        heading: "Pairs by what their comparisons said",
        prose: Vec::new(),
        exhibits: vec![Exhibit::new(vec![both(|w| rows::picture(&plot, w))], table)],
    })
}
