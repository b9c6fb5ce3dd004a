//! The counts that stand beside a submission, and the figures made of them.

use crate::routes::{fault::Fault, preview::Profile, visit::Visit};
use control::SubmissionRecord;
use model::SubmissionId;
use serde::Deserialize;
use std::collections::BTreeMap;

/// What is kept beside a submission. What a later version adds is passed over.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(in crate::routes) struct Report {
    pub(in crate::routes) quality: Option<Quality>,
    pub(in crate::routes) profile: Option<Profile>,
}

/// How usable the cells of a file are.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(in crate::routes) struct Quality {
    pub(in crate::routes) rows: u64,
    pub(in crate::routes) fields: Vec<FieldQuality>,
}

/// How usable the cells of one field are.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(in crate::routes) struct FieldQuality {
    pub(in crate::routes) field: String,
    pub(in crate::routes) column: String,
    pub(in crate::routes) cells: Cells,
    /// Why cells hold no usable value, by the word for the reason.
    pub(in crate::routes) invalid: BTreeMap<String, u64>,
}

/// Cells by status.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(in crate::routes) struct Cells {
    pub(in crate::routes) valid: u64,
    pub(in crate::routes) blank_allowed: u64,
    pub(in crate::routes) blank_mandatory: u64,
    pub(in crate::routes) invalid: u64,
    pub(in crate::routes) old_release: u64,
    pub(in crate::routes) not_applicable: u64,
}

/// Good cells among those that are judged: filled ones, and blank ones that may not be blank.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::routes) struct Goodness {
    pub(in crate::routes) good: u64,
    pub(in crate::routes) judged: u64,
}

/// The reports of all submissions of some datasets.
pub(in crate::routes) type Reports = BTreeMap<SubmissionId, Report>;

/// The reports of all submissions of some datasets.
pub(in crate::routes) async fn reports(
    visit: &Visit,
    datasets: &[String],
) -> Result<Reports, Fault> {
    let mut reports = BTreeMap::new();
    for dataset in datasets {
        let kept = visit.site.workspace.control.reports_of(dataset).await?;
        reports.extend(
            kept.into_iter()
                .map(|(id, report)| (id, serde_json::from_value(report).unwrap_or_default())),
        );
    }
    Ok(reports)
}

/// How good a submission is, where that is known.
pub(in crate::routes) fn goodness(
    reports: &Reports,
    record: &SubmissionRecord,
) -> Option<Goodness> {
    reports.get(&record.id)?.quality.as_ref()?.goodness()
}

impl Quality {
    /// All fields together.
    pub(in crate::routes) fn goodness(&self) -> Option<Goodness> {
        let all =
            self.fields
                .iter()
                .map(|f| f.cells.goodness())
                .fold(Goodness::default(), |a, b| Goodness {
                    good: a.good + b.good,
                    judged: a.judged + b.judged,
                });
        (all.judged > 0).then_some(all)
    }
}

impl Cells {
    pub(in crate::routes) const fn goodness(&self) -> Goodness {
        Goodness {
            good: self.valid,
            judged: self.valid + self.blank_mandatory + self.invalid + self.old_release,
        }
    }
}

impl Goodness {
    /// "98.2%".
    pub(in crate::routes) fn words(self) -> String {
        pages::format::share(self.good, self.judged).unwrap_or_else(|| "no cells".to_owned())
    }

    /// "98.2", for a machine.
    pub(in crate::routes) fn per_cent(self) -> String {
        self.share()
            .map(|s| format!("{:.1}", s * 100.0))
            .unwrap_or_default()
    }

    /// Something to sort by.
    pub(in crate::routes) fn parts_in_a_million(self) -> u64 {
        let parts = u128::from(self.good) * 1_000_000 / u128::from(self.judged.max(1));
        u64::try_from(parts).unwrap_or(u64::MAX)
    }

    /// From 0 to 1; `None` where nothing was judged.
    pub(in crate::routes) fn share(self) -> Option<f64> {
        #[expect(
            clippy::cast_precision_loss,
            reason = "counts of cells are far below 2^52, and a share has a few places"
        )]
        (self.judged > 0).then(|| self.good as f64 / self.judged as f64)
    }
}
