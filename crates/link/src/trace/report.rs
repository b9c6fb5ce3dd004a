//! What a run of tracing came to: counts, and the settings that it was run with. Nothing in it points at a person.

use crate::trace::{
    Answer, FileFault, IndexSize, PersonIdKind, ResponseForm, ResultCode, Settings, Step, Survey,
};
use serde::Serialize;
use std::collections::BTreeMap;

/// The report of a run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TraceReport {
    /// Why the file was refused as a whole, where it was.
    pub refused: Option<Refused>,
    /// How many rows were answered.
    pub rows: u64,
    /// Rows with text that was read as Windows-1252.
    pub rows_in_windows_1252: u64,
    /// Columns that were read past.
    pub unknown_columns: Vec<String>,
    /// Rows by result code.
    pub by_code: BTreeMap<ResultCode, u64>,
    /// Rows by the step that gave the id.
    pub by_successful_step: BTreeMap<Step, u64>,
    /// Rows by the last of steps 0 to 4 that was tried.
    pub by_last_step_tried: BTreeMap<Step, u64>,
    /// Rows by the indicator of the response.
    pub by_indicator: BTreeMap<u8, u64>,
    /// Rows by the kind of id that the person goes by.
    pub by_person_id_kind: BTreeMap<PersonIdKind, u64>,
    /// Rows whose number was replaced by the one found.
    pub superseded: u64,
    /// Rows found under another number than was sent.
    pub number_differs: u64,
    /// Rows that several of the unmatched fit.
    pub several_bucket_matches: u64,
    /// Rows for which a block had too many people to be looked at.
    pub rows_with_a_block_passed_over: u64,
    /// People in the file of the unmatched after the run.
    pub unmatched_people: u64,
    /// How large the index was.
    pub index: IndexSize,
    /// What the response had.
    pub form: ResponseForm,
    /// The settings.
    pub settings: Settings,
}

/// Why a file was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Refused {
    /// The code that it was answered with.
    pub code: ResultCode,
    /// What is wrong.
    pub says: String,
}

impl TraceReport {
    pub(crate) fn new(settings: &Settings, index: IndexSize, form: ResponseForm) -> Self {
        Self {
            refused: None,
            rows: 0,
            rows_in_windows_1252: 0,
            unknown_columns: Vec::new(),
            by_code: BTreeMap::new(),
            by_successful_step: BTreeMap::new(),
            by_last_step_tried: BTreeMap::new(),
            by_indicator: BTreeMap::new(),
            by_person_id_kind: BTreeMap::new(),
            superseded: 0,
            number_differs: 0,
            several_bucket_matches: 0,
            rows_with_a_block_passed_over: 0,
            unmatched_people: 0,
            index,
            form,
            settings: settings.clone(),
        }
    }

    pub(crate) fn refuse(&mut self, fault: &FileFault) {
        self.refused = Some(Refused {
            code: fault.code,
            says: fault.says.clone(),
        });
    }

    pub(crate) fn surveyed(&mut self, survey: &Survey) {
        self.rows_in_windows_1252 = survey.rows_in_windows_1252;
        self.unknown_columns.clone_from(&survey.unknown_columns);
    }

    /// The report as people read it: counts with what they mean, then the settings as they stand in content.
    pub fn as_text(&self) -> String {
        let mut lines = Vec::new();
        if let Some(refused) = &self.refused {
            lines.push(format!(
                "the file was refused with code {}: {}",
                refused.code, refused.says
            ));
        }
        lines.push(format!("{:>12}  rows", self.rows));
        for (code, rows) in &self.by_code {
            lines.push(format!("{rows:>12}  code {code}, {}", code.means()));
        }
        for (step, rows) in &self.by_successful_step {
            lines.push(format!("{rows:>12}  settled by step {}", step.name()));
        }
        for (indicator, rows) in &self.by_indicator {
            lines.push(format!("{rows:>12}  with indicator {indicator}"));
        }
        for (kind, rows) in &self.by_person_id_kind {
            lines.push(format!("{rows:>12}  with an id of kind {}", kind.name()));
        }
        for (rows, means) in [
            (self.superseded, "sent with a number that was replaced"),
            (
                self.number_differs,
                "found under another number than was sent",
            ),
            (
                self.several_bucket_matches,
                "that several of the unmatched fit",
            ),
            (
                self.rows_with_a_block_passed_over,
                "with a block of too many people passed over",
            ),
            (self.rows_in_windows_1252, "read as Windows-1252"),
        ] {
            lines.push(format!("{rows:>12}  {means}"));
        }
        for column in &self.unknown_columns {
            lines.push(format!("column `{column}` was read past"));
        }
        let index = &self.index;
        lines.push(format!(
            "the index had {} people, {} former details, {} superseded and {} cancelled numbers",
            index.people, index.former_details, index.superseded, index.cancelled
        ));
        lines.push(format!(
            "{} people are in no index and keep an id of their own",
            self.unmatched_people
        ));
        lines.push(format!("\nsettings:\n\n{}", self.settings.as_text()));
        lines.join("\n")
    }

    /// Counts an answer.
    pub fn count(&mut self, answer: &Answer) {
        self.rows += 1;
        *self.by_code.entry(answer.code).or_default() += 1;
        *self.by_indicator.entry(answer.indicator).or_default() += 1;
        *self
            .by_person_id_kind
            .entry(answer.person_id_kind)
            .or_default() += 1;
        if let Some(step) = answer.successful {
            *self.by_successful_step.entry(step).or_default() += 1;
        }
        if let Some(step) = answer.last_tried {
            *self.by_last_step_tried.entry(step).or_default() += 1;
        }
        self.superseded += u64::from(answer.superseded);
        self.number_differs += u64::from(answer.number_differs);
        self.several_bucket_matches += u64::from(answer.several_bucket_matches);
        self.rows_with_a_block_passed_over += u64::from(answer.blocks_passed_over > 0);
    }
}
