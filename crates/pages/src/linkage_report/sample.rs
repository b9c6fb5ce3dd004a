//! What people found who judged a sample of pairs, by band of weight; and how far they agree.

use super::exhibit::{
    DataTable, Datum, Exhibit, Section, both, quotient, share_words, total, weight_words, wilson,
};
use crate::{
    format,
    plot::{
        axis::{Steps, Unit},
        rows::{self, Mark, PlotRow, RowPlot},
    },
};
use serde::{Deserialize, Serialize};

/// Pairs of one band of weight, of which some were judged.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SampleBand {
    /// The weight from which it begins; `None` for the lowest.
    pub from: Option<f64>,
    /// The weight where the next one begins; `None` for the highest.
    pub to: Option<f64>,
    /// Whether the run linked them.
    pub linked: bool,
    /// How many pairs there are.
    pub pairs: u64,
    /// How many were judged one person or different people.
    pub judged: u64,
    /// Those judged one person.
    pub same: u64,
    /// Those of which nobody was sure.
    pub unsure: u64,
}

/// How far two people agree.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ReviewerKappa {
    /// The one.
    pub one: String,
    /// The other.
    pub other: String,
    /// Pairs that both judged.
    pub pairs: u64,
    /// Those of which both said the same.
    pub agreed: u64,
    /// Cohen's kappa; `None` where it is not defined.
    pub kappa: Option<f64>,
    /// Its 95 % interval.
    pub interval: Option<(f64, f64)>,
}

/// What a sample shows.
pub(super) fn sample(bands: &[SampleBand], kappas: &[ReviewerKappa]) -> Option<Section> {
    let mut exhibits = Vec::new();
    if !bands.is_empty() {
        exhibits.push(of_bands(bands));
    }
    if !kappas.is_empty() {
        exhibits.push(of_kappas(kappas));
    }
    (!exhibits.is_empty()).then(|| Section {
        id: "clerical-sample",
        heading: "What people found who judged a sample",
        prose: vec![
            "Pairs were drawn from every band of weight and judged without their weight being shown. A band counts as much as it has pairs, not as much as were drawn."
                .to_owned(),
        ],
        exhibits,
    })
}

fn name_of(band: &SampleBand) -> String {
    let bits = match (band.from, band.to) {
        (Some(from), Some(to)) => format!("{} to {} bits", weight_words(from), weight_words(to)),
        (Some(from), None) => format!("{} bits and more", weight_words(from)),
        (None, Some(to)) => format!("below {} bits", weight_words(to)),
        (None, None) => "any weight".to_owned(),
    };
    format!(
        "{bits}, {}",
        if band.linked { "linked" } else { "not linked" }
    )
}

fn of_bands(bands: &[SampleBand]) -> Exhibit {
    let mut table = DataTable::new(
        "sample",
        "Judged pairs by band of weight",
        &[
            "Band",
            "#Pairs",
            "#Judged",
            "#One person",
            "#Share",
            "95% interval",
            "#Not sure",
        ],
    );
    let mut rows = Vec::new();
    for band in bands {
        let interval = wilson(band.same, band.judged);
        let words = interval.map_or(String::new(), |(low, high)| {
            format!("{} to {}", share_words(low), share_words(high))
        });
        table.rows.push(vec![
            Datum::words(name_of(band)),
            Datum::Count(band.pairs),
            Datum::Count(band.judged),
            Datum::Count(band.same),
            Datum::share(band.same, band.judged),
            Datum::words(words),
            Datum::Count(band.unsure),
        ]);
        let mut marks = Vec::new();
        if let (Some((low, high)), Some(at)) = (interval, quotient(band.same, band.judged)) {
            marks.push(Mark::Stretch {
                from: low,
                to: high,
            });
            marks.push(Mark::Dot {
                at,
                series: 0,
                hollow: !band.linked,
            });
        }
        rows.push(PlotRow::Row {
            label: name_of(band),
            figures: vec![format::count(band.judged)],
            marks,
        });
    }
    let judged = total(bands.iter().map(|b| b.judged));
    let title = format!(
        "{} were judged, of {}",
        format::counted(judged, "pair", "pairs"),
        format::count(total(bands.iter().map(|b| b.pairs)))
    );
    let plot = RowPlot {
        id: "sample",
        title: &title,
        subtitle: "Share of judged pairs that are one person, with 95% intervals. Hollow points were not linked.",
        summary: &format!("{title}. The table has every band."),
        unit: Unit::Share,
        steps: Steps::Whole,
        key: Vec::new(),
        reference: None,
        figures: vec!["Judged"],
        rows,
    };
    Exhibit::new(vec![both(|w| rows::picture(&plot, w))], table)
}

fn of_kappas(kappas: &[ReviewerKappa]) -> Exhibit {
    let mut table = DataTable::new(
        "kappas",
        "How far two people agree",
        &[
            "One",
            "Other",
            "#Judged by both",
            "#Agreed",
            "#Kappa",
            "95% interval",
        ],
    );
    for kappa in kappas {
        let interval = kappa.interval.map_or(String::new(), |(low, high)| {
            format!(
                "{} to {}",
                Datum::Number(low, 2).shown(),
                Datum::Number(high, 2).shown()
            )
        });
        table.rows.push(vec![
            Datum::words(&kappa.one),
            Datum::words(&kappa.other),
            Datum::Count(kappa.pairs),
            Datum::Count(kappa.agreed),
            kappa.kappa.map_or(Datum::Nothing, |k| Datum::Number(k, 2)),
            Datum::words(interval),
        ]);
    }
    Exhibit::new(Vec::new(), table)
}
