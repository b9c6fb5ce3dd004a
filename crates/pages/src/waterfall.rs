//! The waterfall of one pair: what it weighed before anything was compared, what each comparison added or took away,
//! and where that ends, with the probability at the side. Used by the report of a run and by clerical review.

use crate::{
    components::{Cell, Column, Details, Scroll, Table, details, table},
    drawing::Width,
    format,
    plot::{
        KeyItem, Sample,
        axis::{Steps, Unit, is_figure},
        rows::{self, Mark, PlotRow, RowPlot},
    },
};
use maud::{Markup, html};
use serde::{Deserialize, Serialize};

/// What a pair weighs, bar by bar, in the order in which they are drawn.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Waterfall {
    /// A name that no other picture of the page has: letters, digits and hyphens.
    pub id: String,
    /// The bars. Their sum is the weight of the pair.
    pub bars: Vec<WaterfallBar>,
    /// The probability that counts in the end, where it is not what the sum alone gives.
    pub probability: Option<f64>,
}

/// One bar.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct WaterfallBar {
    /// The comparison, or what else it is about.
    pub name: String,
    /// The level that held; empty where there is none.
    pub level: String,
    /// What it adds to the weight.
    pub bits: f64,
    /// What kind of bar it is.
    pub kind: BarKind,
}

/// What a bar stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BarKind {
    /// What is known before anything is compared.
    Prior,
    /// A comparison.
    #[default]
    Comparison,
    /// How rare or common the value is that agrees.
    Rarity,
    /// What is taken off because relatives and neighbours look alike too.
    LookAlikes,
    /// What is taken off because of other candidates.
    OtherCandidates,
}

impl BarKind {
    const fn series(self, bits: f64) -> usize {
        match self {
            Self::Rarity => 1,
            Self::LookAlikes | Self::OtherCandidates => 2,
            Self::Prior | Self::Comparison => {
                if bits < 0.0 {
                    3
                } else {
                    0
                }
            }
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::Prior => "before anything is compared",
            Self::Comparison => "comparison",
            Self::Rarity => "how rare the value is",
            Self::LookAlikes => "relatives and neighbours look alike too",
            Self::OtherCandidates => "other candidates",
        }
    }
}

impl Waterfall {
    /// What the pair weighs.
    pub fn bits(&self) -> f64 {
        self.bars
            .iter()
            .map(|b| b.bits)
            .filter(|b| is_figure(*b))
            .sum()
    }

    /// How likely it is one person.
    pub fn probability(&self) -> f64 {
        self.probability
            .unwrap_or_else(|| probability_of(self.bits()))
    }

    /// The weight after each bar.
    fn running(&self) -> impl Iterator<Item = (&WaterfallBar, f64, f64)> {
        self.bars.iter().scan(0.0, |so_far, bar| {
            let from = *so_far;
            if is_figure(bar.bits) {
                *so_far += bar.bits;
            }
            Some((bar, from, *so_far))
        })
    }
}

/// `2^W / (1 + 2^W)`, in a form that cannot overflow.
fn probability_of(bits: f64) -> f64 {
    1.0 / (1.0 + (-bits).exp2())
}

/// A probability in words that never say certain.
pub(crate) fn probability_words(probability: f64) -> String {
    if !probability.is_finite() {
        "no figure".to_owned()
    } else if probability > 0.9999 {
        "over 99.99%".to_owned()
    } else if probability < 0.0001 {
        "under 0.01%".to_owned()
    } else {
        let percent = probability * 100.0;
        let near_an_end = !(1.0..=99.0).contains(&percent);
        format!(
            "{}%",
            format::number(percent, if near_an_end { 2 } else { 1 })
        )
    }
}

/// A weight with its sign.
pub(crate) fn bits_words(bits: f64) -> String {
    if !is_figure(bits) {
        return "no figure".to_owned();
    }
    let words = format::number(bits, 1);
    if bits >= 0.05 {
        format!("+{words}")
    } else {
        words
    }
}

fn title_of(waterfall: &Waterfall) -> String {
    format!(
        "{} bits in all: {} likely to be one person",
        bits_words(waterfall.bits()),
        probability_words(waterfall.probability())
    )
}

/// The picture alone, at one width.
pub fn waterfall_picture(waterfall: &Waterfall, width: Width) -> Markup {
    let title = title_of(waterfall);
    let mut rows: Vec<PlotRow> = waterfall
        .running()
        .map(|(bar, from, to)| PlotRow::Row {
            label: if bar.level.is_empty() {
                bar.name.clone()
            } else {
                format!("{}: {}", bar.name, bar.level)
            },
            figures: vec![bits_words(bar.bits), probability_words(probability_of(to))],
            marks: vec![Mark::Bar {
                from,
                to,
                series: bar.kind.series(bar.bits),
            }],
        })
        .collect();
    if !rows.is_empty() {
        let bits = waterfall.bits();
        rows.push(PlotRow::Row {
            label: "Total".to_owned(),
            figures: vec![bits_words(bits), probability_words(waterfall.probability())],
            marks: vec![
                Mark::Stretch {
                    from: 0.0,
                    to: bits,
                },
                Mark::Dot {
                    at: bits,
                    series: 0,
                    hollow: true,
                },
            ],
        });
    }
    let mut key = vec![
        KeyItem::new(Sample::Bar(0), "speaks for one person"),
        KeyItem::new(Sample::Bar(3), "speaks against"),
    ];
    let has = |kinds: &[BarKind]| waterfall.bars.iter().any(|b| kinds.contains(&b.kind));
    if has(&[BarKind::Rarity]) {
        key.push(KeyItem::new(Sample::Bar(1), "how rare the value is"));
    }
    if has(&[BarKind::LookAlikes, BarKind::OtherCandidates]) {
        key.push(KeyItem::new(Sample::Bar(2), "others look alike too"));
    }
    rows::picture(
        &RowPlot {
            id: &waterfall.id,
            title: &title,
            subtitle: "Match weight in bits, added up from the top. One bit doubles the odds.",
            summary: &format!("Waterfall of {} bars. {title}.", waterfall.bars.len()),
            unit: Unit::Number,
            steps: Steps::FromZero,
            key,
            reference: None,
            figures: vec!["Bits", "Likely"],
            rows,
        },
        width,
    )
}

/// The bars as a table.
pub fn waterfall_table(waterfall: &Waterfall) -> Markup {
    let mut rows: Vec<Vec<Cell>> = waterfall
        .running()
        .map(|(bar, _, to)| {
            vec![
                Cell::text(&bar.name),
                Cell::text(&bar.level),
                Cell::text(bar.kind.words()),
                Cell::text(bits_words(bar.bits)),
                Cell::text(bits_words(to)),
                Cell::text(probability_words(probability_of(to))),
            ]
        })
        .collect();
    rows.push(vec![
        Cell::text("Total"),
        Cell::text(""),
        Cell::text(""),
        Cell::text(bits_words(waterfall.bits())),
        Cell::text(bits_words(waterfall.bits())),
        Cell::text(probability_words(waterfall.probability())),
    ]);
    table(&Table {
        caption: "What the pair weighs",
        id: Some(&format!("{}-table", waterfall.id)),
        columns: vec![
            Column::text("About"),
            Column::text("Level"),
            Column::text("Kind"),
            Column::number("Bits"),
            Column::number("So far"),
            Column::number("Likely"),
        ],
        rows,
        first_cell_is_header: true,
        compact: true,
        scroll: Scroll::Focusable,
        ..Table::default()
    })
}

/// The picture at both widths with its table below.
pub fn waterfall(waterfall: &Waterfall) -> Markup {
    let data = waterfall_table(waterfall);
    html! {
        figure class="haven-figure" {
            (waterfall_picture(waterfall, Width::Wide))
            (waterfall_picture(waterfall, Width::Narrow))
            (details(&Details {
                summary: "Table of the figures: what the pair weighs",
                body: Some(&data),
                ..Details::default()
            }))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The pairs of weight and probability that people know by heart.
    #[test]
    fn weights_become_probabilities() {
        for (bits, expected) in [
            (0.0, 0.5),
            (5.0, 0.970),
            (10.0, 0.999_02),
            (-1100.0, 0.0),
            (1100.0, 1.0),
        ] {
            assert!((probability_of(bits) - expected).abs() < 5e-4, "{bits}");
        }
        for (probability, expected) in [
            (0.970, "97.0%"),
            (0.999_02, "99.90%"),
            (1.0, "over 99.99%"),
            (0.0, "under 0.01%"),
            (f64::NAN, "no figure"),
        ] {
            assert_eq!(probability_words(probability), expected);
        }
    }

    #[test]
    fn bars_add_up_and_end_in_the_total() {
        let bar = |name: &str, bits| WaterfallBar {
            name: name.to_owned(),
            bits,
            ..WaterfallBar::default()
        };
        let waterfall = Waterfall {
            id: "w".to_owned(),
            bars: vec![
                bar("a", -20.0),
                bar("b", 12.5),
                bar("c", f64::NAN),
                bar("d", 9.0),
            ],
            probability: None,
        };
        assert!((waterfall.bits() - 1.5).abs() < 1e-12);
        let ends: Vec<f64> = waterfall.running().map(|(_, _, to)| to).collect();
        assert_eq!(ends, [-20.0, -7.5, -7.5, 1.5]);
    }
}
