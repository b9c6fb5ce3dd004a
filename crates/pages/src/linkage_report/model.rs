//! What the model holds: shares of levels by class of pairs, what they weigh, and how rare values count.

use super::exhibit::{DataTable, Datum, Exhibit, Section, both};
use crate::{
    format,
    plot::{
        KeyItem, Sample,
        axis::{Steps, Unit, is_figure},
        rows::{self, Mark, PlotRow, RowPlot},
    },
    waterfall::bits_words,
};
use serde::{Deserialize, Serialize};

/// A value of a column is shown where at least so many records hold it: rarer ones could point at a person.
pub const LEAST_SHOWN: u64 = 100;

/// A class of pairs; strangers come first.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PairClass {
    /// What it is called.
    pub name: String,
    /// Whether its pairs are one person.
    pub same_person: bool,
    /// Pairs of this class for one record.
    pub rate: f64,
}

/// A comparison with its levels, the best first.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ComparisonLevels {
    /// What is compared.
    pub name: String,
    /// Its levels.
    pub levels: Vec<LevelShares>,
}

/// A level and how often it holds.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct LevelShares {
    /// What it is called.
    pub name: String,
    /// In each class, the share of its pairs at this level.
    pub shares: Vec<f64>,
}

/// How the values of one column count.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ValueRarity {
    /// The comparison.
    pub comparison: String,
    /// How many different values there are.
    pub distinct: u64,
    /// Some of the commonest and some of the least common. Those that fewer than [`LEAST_SHOWN`] records hold are
    /// left out of the report, whoever puts them here.
    pub values: Vec<CountedValue>,
}

/// A value and what agreeing on it adds to the weight.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CountedValue {
    /// The value.
    pub value: String,
    /// How many records hold it.
    pub records: u64,
    /// What is added, beside the weight of the level.
    pub bits: f64,
}

impl ValueRarity {
    /// Without the values that too few records hold.
    pub(super) fn safe(&self) -> Self {
        let values = self.values.iter().filter(|v| v.records >= LEAST_SHOWN);
        Self {
            values: values.cloned().collect(),
            ..self.clone()
        }
    }
}

/// The share of a level among pairs of one person: its mean over their classes, each as often as it occurs.
fn among_same(classes: &[PairClass], level: &LevelShares) -> Option<f64> {
    let same = classes
        .iter()
        .zip(&level.shares)
        .filter(|(c, _)| c.same_person);
    let (sum, rates) = same.fold((0.0, 0.0), |(sum, rates), (class, share)| {
        (sum + class.rate * share, rates + class.rate)
    });
    (rates > 0.0).then(|| sum / rates)
}

/// What a level weighs against strangers.
fn bits(classes: &[PairClass], level: &LevelShares) -> Option<f64> {
    let strangers = classes.iter().position(|c| !c.same_person)?;
    let u = level.shares.get(strangers)?;
    let bits = (among_same(classes, level)? / u).log2();
    bits.is_finite().then_some(bits)
}

/// Match weights of every level.
pub(super) fn weights(classes: &[PairClass], comparisons: &[ComparisonLevels]) -> Option<Section> {
    let all = || {
        comparisons.iter().flat_map(|c| {
            let levels = c.levels.iter();
            levels.filter_map(move |l| Some((c, l, bits(classes, l)?)))
        })
    };
    let (best, level, most) = all().max_by(|a, b| a.2.total_cmp(&b.2))?;
    let mut rows = Vec::new();
    let mut table = DataTable::new(
        "weights",
        "Match weight of each level, in bits",
        &[
            "Comparison",
            "Level",
            "#One person (m)",
            "#Strangers (u)",
            "#Weight",
        ],
    );
    for comparison in comparisons {
        rows.push(PlotRow::Group(comparison.name.clone()));
        for level in &comparison.levels {
            let Some(bits) = bits(classes, level) else {
                continue;
            };
            let strangers = classes.iter().position(|c| !c.same_person);
            let u = strangers.and_then(|at| level.shares.get(at)).copied();
            table.rows.push(vec![
                Datum::words(&comparison.name),
                Datum::words(&level.name),
                among_same(classes, level).map_or(Datum::Nothing, Datum::Share),
                u.map_or(Datum::Nothing, Datum::Share),
                Datum::Number(bits, 2),
            ]);
            rows.push(PlotRow::Row {
                label: level.name.clone(),
                figures: vec![bits_words(bits)],
                marks: vec![Mark::Bar {
                    from: 0.0,
                    to: bits,
                    series: usize::from(bits < 0.0) * 3,
                }],
            });
        }
    }
    let title = format!(
        "{} says most: {} bits where it is “{}”",
        best.name,
        bits_words(most),
        level.name
    );
    let plot = RowPlot {
        id: "weights",
        title: &title,
        subtitle: "Match weight of each level against strangers, in bits. One bit doubles the odds.",
        summary: &format!("{title}. The table has every level."),
        unit: Unit::Number,
        steps: Steps::FromZero,
        key: vec![
            KeyItem::new(Sample::Bar(0), "speaks for one person"),
            KeyItem::new(Sample::Bar(3), "speaks against"),
        ],
        reference: None,
        figures: vec!["Bits"],
        rows,
    };
    Some(Section {
        id: "match-weights",
        heading: "Match weights",
        prose: vec![
            "The weight of a level is how much commoner it is among pairs of one person than among strangers. A value that is missing weighs nothing."
                .to_owned(),
        ],
        exhibits: vec![Exhibit::new(vec![both(|w| rows::picture(&plot, w))], table)],
    })
}

/// Shares of levels by class: what other engines call m and u.
pub(super) fn shares(classes: &[PairClass], comparisons: &[ComparisonLevels]) -> Option<Section> {
    if classes.is_empty() || comparisons.iter().all(|c| c.levels.is_empty()) {
        return None;
    }
    // A class has the shape of its place among those of its kind; those of different people are hollow.
    let looks: Vec<(usize, bool)> = classes
        .iter()
        .enumerate()
        .map(|(at, class)| {
            let before = classes.iter().take(at);
            let of_kind = before
                .filter(|c| c.same_person == class.same_person)
                .count();
            (of_kind, !class.same_person)
        })
        .collect();
    let key = classes.iter().zip(&looks).map(|(class, (series, hollow))| {
        let kind = if class.same_person {
            ""
        } else {
            " (different people)"
        };
        KeyItem::new(
            Sample::Dot(*series, *hollow),
            format!("{}{kind}", class.name),
        )
    });
    let mut columns = vec!["Comparison".to_owned(), "Level".to_owned()];
    columns.extend(classes.iter().map(|c| format!("#{}", c.name)));
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    let mut table = DataTable::new("shares", "Share of each level by class of pairs", &columns);
    let mut rows = Vec::new();
    for comparison in comparisons {
        rows.push(PlotRow::Group(comparison.name.clone()));
        for level in &comparison.levels {
            let shares = level.shares.iter().filter(|s| is_figure(**s));
            let (low, high) = shares.fold((1.0_f64, 0.0_f64), |(a, b), s| (a.min(*s), b.max(*s)));
            let mut marks = vec![Mark::Stretch {
                from: low,
                to: high,
            }];
            marks.extend(
                level
                    .shares
                    .iter()
                    .zip(&looks)
                    .map(|(share, (series, hollow))| Mark::Dot {
                        at: *share,
                        series: *series,
                        hollow: *hollow,
                    }),
            );
            rows.push(PlotRow::Row {
                label: level.name.clone(),
                figures: Vec::new(),
                marks,
            });
            let mut row = vec![Datum::words(&comparison.name), Datum::words(&level.name)];
            row.extend(level.shares.iter().map(|s| Datum::Share(*s)));
            table.rows.push(row);
        }
    }
    let plot = RowPlot {
        id: "shares",
        title: "How often each level holds, in each class of pairs",
        subtitle: "Share of the pairs of a class. Each line is ten times the one before.",
        summary: "Points for each level of each comparison. The table has every share.",
        unit: Unit::Share,
        steps: Steps::Tenfold,
        key: key.collect(),
        reference: None,
        figures: Vec::new(),
        rows,
    };
    Some(Section {
        id: "shares-of-levels",
        heading: "Shares of levels (m and u)",
        prose: vec![
            "Filled points are classes of pairs that are one person: together they are what is called m. Hollow points are pairs of different people; strangers are what is called u. The further apart, the more the level says."
                .to_owned(),
        ],
        exhibits: vec![Exhibit::new(vec![both(|w| rows::picture(&plot, w))], table)],
    })
}

/// How common each class of pairs is.
pub(super) fn rates(classes: &[PairClass]) -> Option<Section> {
    if classes.is_empty() {
        return None;
    }
    let mut table = DataTable::new(
        "rates",
        "Pairs of each class for one record",
        &["Class", "One person", "#Pairs for one record"],
    );
    let mut rows = Vec::new();
    for class in classes {
        table.rows.push(vec![
            Datum::words(&class.name),
            Datum::words(if class.same_person { "yes" } else { "no" }),
            Datum::Number(class.rate, 6),
        ]);
        rows.push(PlotRow::Row {
            label: class.name.clone(),
            figures: vec![rate_words(class.rate)],
            marks: vec![Mark::Dot {
                at: class.rate,
                series: usize::from(!class.same_person),
                hollow: !class.same_person,
            }],
        });
    }
    let same: f64 = classes
        .iter()
        .filter(|c| c.same_person)
        .map(|c| c.rate)
        .sum();
    let title = format!("{} pairs of one person for each record", rate_words(same));
    let plot = RowPlot {
        id: "rates",
        title: &title,
        subtitle: "Pairs of each class for one record. Each line is ten times the one before.",
        summary: &format!("{title}, among {} classes.", classes.len()),
        unit: Unit::Number,
        steps: Steps::Tenfold,
        key: vec![
            KeyItem::new(Sample::Dot(0, false), "one person"),
            KeyItem::new(Sample::Dot(1, true), "different people"),
        ],
        reference: None,
        figures: vec!["Pairs"],
        rows,
    };
    Some(Section {
        id: "classes-of-pairs",
        heading: "Classes of pairs",
        prose: Vec::new(),
        exhibits: vec![Exhibit::new(vec![both(|w| rows::picture(&plot, w))], table)],
    })
}

fn rate_words(rate: f64) -> String {
    if !is_figure(rate) {
        return "no figure".to_owned();
    }
    let decimals = [1000.0, 10.0, 0.1, 0.01, 0.001]
        .iter()
        .position(|least| rate >= *least);
    format::number(rate, decimals.unwrap_or(5))
}

/// How common and rare values count.
pub(super) fn rarity(columns: &[ValueRarity]) -> Option<Section> {
    let exhibits: Vec<Exhibit> = columns
        .iter()
        .enumerate()
        .map(|(at, column)| one_rarity(at, &column.safe()))
        .collect();
    (!exhibits.is_empty()).then(|| Section {
        id: "rare-values",
        heading: "How rare values count",
        prose: vec![format!(
            "Agreeing on a common value says less than agreeing on a rare one. Only values that at least {LEAST_SHOWN} records hold are shown."
        )],
        exhibits,
    })
}

fn one_rarity(at: usize, column: &ValueRarity) -> Exhibit {
    let id = format!("rarity-{}", at + 1);
    let mut values: Vec<&CountedValue> = column.values.iter().collect();
    values.sort_by(|a, b| {
        b.records
            .cmp(&a.records)
            .then_with(|| a.value.cmp(&b.value))
    });
    let mut table = DataTable::new(
        &id,
        format!("{}: values and what they add", column.comparison),
        &["Value", "#Records", "#Added bits"],
    );
    let mut rows = Vec::new();
    for value in &values {
        table.rows.push(vec![
            Datum::words(&value.value),
            Datum::Count(value.records),
            Datum::Number(value.bits, 2),
        ]);
        rows.push(PlotRow::Row {
            label: value.value.clone(),
            figures: vec![format::count(value.records), bits_words(value.bits)],
            marks: vec![Mark::Bar {
                from: 0.0,
                to: value.bits,
                series: usize::from(value.bits < 0.0) * 3,
            }],
        });
    }
    let title = match (values.first(), values.last()) {
        (Some(common), Some(rare)) if values.len() > 1 => format!(
            "{}: “{}” adds {} bits, “{}” {}",
            column.comparison,
            common.value,
            bits_words(common.bits),
            rare.value,
            bits_words(rare.bits)
        ),
        _ => format!("{}: what values add", column.comparison),
    };
    let subtitle = format!(
        "Bits added to the weight for agreeing on a value; {} in all.",
        format::counted(column.distinct, "different value", "different values")
    );
    let plot = RowPlot {
        id: &id,
        title: &title,
        subtitle: &subtitle,
        summary: &format!("{title}. {subtitle}"),
        unit: Unit::Number,
        steps: Steps::FromZero,
        key: Vec::new(),
        reference: None,
        figures: vec!["Records", "Bits"],
        rows,
    };
    Exhibit::new(vec![both(|w| rows::picture(&plot, w))], table)
}
