//! Links beside the truth, where the truth is known: how many are right, and why each wrong one came about.

use super::exhibit::{DataTable, Datum, Exhibit, Section};
use serde::{Deserialize, Serialize};

/// Links beside the truth.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct TruthView {
    /// How the records of each source came out.
    pub sources: Vec<TruthSource>,
    /// Every wrong link.
    pub wrong: Vec<WrongLink>,
}

/// How the records of one source came out.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct TruthSource {
    /// The source.
    pub source: String,
    /// Records whose person is in the index and was found.
    pub right: u64,
    /// Records that were given another person.
    pub wrong: u64,
    /// Records whose person is in the index and that nobody was found for.
    pub missed: u64,
    /// Records whose person is not in the index, and that were given nobody.
    pub rightly_alone: u64,
}

/// A wrong link. Nothing here is a value of a person.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct WrongLink {
    /// The source.
    pub source: String,
    /// The pass, or `weighed`.
    pub pass: String,
    /// The grade that the link got.
    pub grade: String,
    /// What it weighs, where it was weighed.
    pub bits: Option<f64>,
    /// Whether the right person is in the index.
    pub person_in_index: bool,
    /// Why it came about, in a sentence.
    pub why: String,
    /// Records with the same details.
    pub records: u64,
}

/// The section, where there is a truth.
pub(super) fn section(truth: Option<&TruthView>) -> Option<Section> {
    let truth = truth?;
    let mut table = DataTable::new(
        "truth",
        "Links beside the truth, by source",
        &["Source", "#Right", "#Wrong", "#Missed", "#Rightly alone"],
    );
    for source in &truth.sources {
        table.rows.push(vec![
            Datum::words(&source.source),
            Datum::Count(source.right),
            Datum::Count(source.wrong),
            Datum::Count(source.missed),
            Datum::Count(source.rightly_alone),
        ]);
    }
    let mut exhibits = vec![Exhibit::new(Vec::new(), table)];
    if !truth.wrong.is_empty() {
        let mut table = DataTable::new(
            "wrong-links",
            "Every wrong link, and why it came about",
            &[
                "Why",
                "Source",
                "Found by",
                "Grade",
                "#Bits",
                "Right person in the index",
                "#Records",
            ],
        );
        for link in &truth.wrong {
            table.rows.push(vec![
                Datum::words(&link.why),
                Datum::words(&link.source),
                Datum::words(&link.pass),
                Datum::words(&link.grade),
                link.bits
                    .map_or(Datum::Nothing, |bits| Datum::Number(bits, 1)),
                Datum::words(if link.person_in_index { "yes" } else { "no" }),
                Datum::Count(link.records),
            ]);
        }
        exhibits.push(Exhibit::new(Vec::new(), table));
    }
    Some(Section {
        id: "truth",
        heading: "Beside the truth",
        prose: vec![
            "The people of this place are invented, so who each record is about is known. Of a real place it is not.".to_owned(),
        ],
        exhibits,
    })
}
