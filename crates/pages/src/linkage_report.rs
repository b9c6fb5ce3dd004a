//! The report of one linkage run (`/linkage/{run}`): every chart that people rely on, each with its table, as a page of
//! the site and as one file that works offline.
//!
//! A section is there when its figures are: without a known truth, the sections on accuracy are left out. Values that
//! few records hold and groups of few records are left out of pages and exports alike.

mod accuracy;
mod clusters;
mod exhibit;
mod groups;
mod model;
mod offline;
mod pairs;
mod sample;
mod sources;
mod training;
mod truth;

pub use accuracy::{CalibrationBin, QualityFigure, ThresholdMeasures, ThresholdRow};
pub use clusters::{ClusterGraph, ClusterLink, ClusterSize};
pub use groups::{GroupComparison, GroupRow, LEAST_OF_A_GROUP};
pub use model::{ComparisonLevels, CountedValue, LEAST_SHOWN, LevelShares, PairClass, ValueRarity};
pub use offline::linkage_report_file;
pub use pairs::{BlockRule, PatternRow, UnlinkablePoint, WeightColumn, WeightHistogram};
pub use sample::{ReviewerKappa, SampleBand};
pub use sources::{ColumnProfile, SourceProfile};
pub use training::{Estimate, TrainingHistory};
pub use truth::{TruthSource, TruthView, WrongLink};

use crate::{
    components::{
        Cell, Column, Scroll, SummaryList, SummaryRow, Table, inset_text, summary_list, table,
    },
    format,
    frame::{Frame, Link, Page, bullets, column, framed, link_list},
    plot::axis::is_figure,
    waterfall::{Waterfall, waterfall},
};
use chrono::{DateTime, Utc};
use exhibit::{Exhibit, Section};
use maud::{Markup, html};
use serde::{Deserialize, Serialize};

/// What the report shows. Whatever is empty is left out.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct LinkageReportView {
    /// What was linked with what, without a value about a person: the heading.
    pub title: String,
    /// The reference of the run.
    pub reference: String,
    /// When it was made.
    pub made_at: Option<DateTime<Utc>>,
    /// The model and its version, in words.
    pub model: String,
    /// Facts about the run: records on each side, pairs compared, where shares came from, time and memory.
    pub facts: Vec<(String, String)>,
    /// Settings that no source publishes, so that a reader can judge them.
    pub settings: Vec<RunSetting>,
    /// What a reader should know first.
    pub notes: Vec<String>,
    /// Rows that were written, by outcome.
    pub outcomes: Vec<(String, u64)>,
    /// The threshold in bits.
    pub threshold: Option<f64>,
    /// The band in which people decide, in bits.
    pub clerical_band: Option<(f64, f64)>,
    /// The classes of pairs, strangers first.
    pub classes: Vec<PairClass>,
    /// The comparisons with their shares.
    pub comparisons: Vec<ComparisonLevels>,
    /// The names of the training runs.
    pub training_runs: Vec<String>,
    /// Their estimates.
    pub estimates: Vec<Estimate>,
    /// How training went.
    pub history: Option<TrainingHistory>,
    /// How rare values count.
    pub rarity: Vec<ValueRarity>,
    /// Records that say too little, from the lightest weight on.
    pub unlinkable: Vec<UnlinkablePoint>,
    /// Pairs by weight.
    pub histogram: Option<WeightHistogram>,
    /// What block rules did, in the order of the model.
    pub blocks: Vec<BlockRule>,
    /// Patterns of levels, the commonest first.
    pub patterns: Vec<PatternRow>,
    /// Waterfalls of example pairs.
    pub examples: Vec<ExamplePair>,
    /// How large clusters are.
    pub cluster_sizes: Vec<ClusterSize>,
    /// Clusters to look at.
    pub clusters: Vec<ClusterGraph>,
    /// The sources.
    pub sources: Vec<SourceProfile>,
    /// Figures about the whole run.
    pub quality: Vec<QualityFigure>,
    /// What each threshold would do, from the lowest on.
    pub thresholds: Vec<ThresholdRow>,
    /// Judged pairs by band of weight.
    pub sample: Vec<SampleBand>,
    /// How far those who judged agree.
    pub kappas: Vec<ReviewerKappa>,
    /// Whether probabilities hold what they say.
    pub calibration: Vec<CalibrationBin>,
    /// Whom linkage misses.
    pub groups: Vec<GroupComparison>,
    /// Links beside the truth, where it is known.
    pub truth: Option<TruthView>,
    /// The report as files, on the site.
    #[serde(skip)]
    pub downloads: Vec<Link>,
}

/// A setting of the run.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RunSetting {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
    /// What it does, and whether it is published or ours.
    pub means: String,
}

/// A pair that shows how the model weighs.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ExamplePair {
    /// Why it is shown, such as "twins". Never a value about a person.
    pub why: String,
    /// What it weighs.
    pub waterfall: Waterfall,
}

/// The report as a page of the site.
pub fn linkage_report(frame: &Frame, view: &LinkageReportView) -> Markup {
    let body = html! {
        (body(view, &|_| html! {}))
        @if !view.downloads.is_empty() {
            div class="haven-screen-only" {
                h2 class="nhsuk-heading-m" { "Take it with you" }
                (link_list(&view.downloads))
            }
        }
    };
    framed(
        frame,
        &Page {
            title: &format!("Linkage report: {}, {}", view.title, view.reference),
            error: false,
            wide: false,
            parents: &[("Linkage", "/linkage")],
            body,
        },
    )
}

/// The figures of the report as JSON.
pub fn linkage_report_json(view: &LinkageReportView) -> String {
    let safe = safe(view);
    // Plain data with text as keys: writing it cannot fail.
    serde_json::to_string_pretty(&safe).unwrap_or_default()
}

/// The tables of the report as files of values with commas between them, each with its name.
pub fn linkage_report_tables(view: &LinkageReportView) -> Vec<(String, String)> {
    sections(view)
        .iter()
        .flat_map(|s| &s.exhibits)
        .map(|e| (format!("{}.csv", e.table.id), e.table.csv()))
        .collect()
}

/// Without what could point at a person.
fn safe(view: &LinkageReportView) -> LinkageReportView {
    LinkageReportView {
        rarity: view.rarity.iter().map(ValueRarity::safe).collect(),
        groups: view.groups.iter().map(|g| g.safe().0).collect(),
        ..view.clone()
    }
}

fn sections(view: &LinkageReportView) -> Vec<Section> {
    let comparisons: Vec<String> = view.comparisons.iter().map(|c| c.name.clone()).collect();
    let threshold = view.threshold.filter(|t| is_figure(*t));
    let band = view
        .clerical_band
        .filter(|(low, high)| is_figure(*low) && is_figure(*high));
    [
        pairs::outcomes(&view.outcomes),
        accuracy::figures(&view.quality),
        truth::section(view.truth.as_ref()),
        accuracy::thresholds(&view.thresholds, threshold, band),
        accuracy::curves_of(&view.thresholds),
        sample::sample(&view.sample, &view.kappas),
        accuracy::calibration(&view.calibration),
        groups::groups(&view.groups),
        pairs::blocking(&view.blocks),
        view.histogram
            .as_ref()
            .and_then(|h| pairs::histogram(h, threshold, band)),
        pairs::unlinkable(&view.unlinkable, threshold),
        pairs::patterns(&comparisons, &view.patterns),
        model::weights(&view.classes, &view.comparisons),
        model::shares(&view.classes, &view.comparisons),
        model::rates(&view.classes),
        view.history
            .as_ref()
            .and_then(|h| training::history(&view.classes, h)),
        training::estimates(&view.training_runs, &view.estimates),
        model::rarity(&view.rarity),
        clusters::sizes(&view.cluster_sizes, &view.clusters),
        sources::profile(&view.sources),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The report below the name of the site; `export` is what stands below each table.
fn body(view: &LinkageReportView, export: &dyn Fn(&Exhibit) -> Markup) -> Markup {
    let sections = sections(view);
    html! {
        (column(&html! {
            h1 {
                span class="nhsuk-caption-xl" { "Linkage report " (view.reference) }
                " "
                (view.title)
            }
            @if !view.notes.is_empty() { (inset_text(&html! { @for note in &view.notes { p { (note) } } })) }
            (facts(view))
            h2 class="nhsuk-heading-m" { "In this report" }
            (contents(view, &sections))
        }))
        @for section in &sections {
            div {
                h2 class="nhsuk-heading-m" id=(section.id) { (section.heading) }
                (column(&html! { @for text in &section.prose { p { (text) } } }))
                @for exhibit in &section.exhibits { (exhibit.markup(&export(exhibit))) }
            }
        }
        @if !view.examples.is_empty() {
            div {
                h2 class="nhsuk-heading-m" id="example-pairs" { "Pairs that show how the model weighs" }
                @for example in &view.examples {
                    h3 class="nhsuk-heading-s haven-break" { (example.why) }
                    (waterfall(&example.waterfall))
                }
            }
        }
        @if !view.settings.is_empty() {
            div {
                h2 class="nhsuk-heading-m" id="settings" { "Settings of this run" }
                (settings(&view.settings))
            }
        }
    }
}

fn facts(view: &LinkageReportView) -> Markup {
    let mut rows = Vec::new();
    if !view.model.is_empty() {
        rows.push(SummaryRow::new("Model", &view.model));
    }
    if let Some(made_at) = view.made_at {
        rows.push(SummaryRow::new("Made", format::moment(made_at)));
    }
    rows.extend(
        view.facts
            .iter()
            .map(|(name, value)| SummaryRow::new(name, value)),
    );
    html! {
        @if !rows.is_empty() {
            (summary_list(&SummaryList { rows, ..SummaryList::default() }))
        }
    }
}

fn contents(view: &LinkageReportView, sections: &[Section]) -> Markup {
    let mut links: Vec<Link> = sections
        .iter()
        .map(|s| Link::new(s.heading, format!("#{}", s.id)))
        .collect();
    if !view.examples.is_empty() {
        links.push(Link::new(
            "Pairs that show how the model weighs",
            "#example-pairs",
        ));
    }
    if !view.settings.is_empty() {
        links.push(Link::new("Settings of this run", "#settings"));
    }
    let without_truth = view.thresholds.is_empty() && view.quality.is_empty();
    html! {
        (link_list(&links))
        @if without_truth {
            (bullets(&["Who is who was not known to this run, so it says nothing about how many links are right.".to_owned()]))
        }
    }
}

fn settings(settings: &[RunSetting]) -> Markup {
    table(&Table {
        caption: "Settings, with what they do",
        id: Some("settings-table"),
        columns: ["Setting", "Value", "What it does"]
            .map(Column::text)
            .into(),
        rows: settings
            .iter()
            .map(|s| {
                vec![
                    Cell::text(&s.name),
                    Cell::text(&s.value),
                    Cell::text(&s.means),
                ]
            })
            .collect(),
        first_cell_is_header: true,
        compact: true,
        scroll: Scroll::Focusable,
        ..Table::default()
    })
}
