//! Holding raw cells against the rules of their dataset, in one pass.
//!
//! A [`Specification`] is read from content once. A [`Checker`] holds it against one file: it reads each
//! cell once into its type, works out all rules for a batch of rows at a time, and hands back the rows
//! that may land, in Arrow, beside what was found. Batches know nothing of each other, so several cores
//! may check at once; what concerns the file as a whole is gathered in [`Facts`] and judged at the end.

mod accepted;
mod across;
mod bits;
mod codes;
mod columns;
mod damage;
mod difference;
mod examples;
pub(crate) mod expression;
mod facts;
mod layout;
mod likely;
mod mistake;
mod number;
mod profile;
mod quality;
mod recognise;
mod repair;
mod report;
mod row_set;
mod rule_file;
mod run;
mod specification;
mod spellings;
mod stage;
mod suggest;
mod tally;

#[cfg(test)]
mod tests;

pub use codes::CodeBook;
pub use difference::{Change, Difference, Edition, Group, Happened};
pub use examples::{ExampleFault, ShownExample};
pub use facts::Facts;
pub use likely::LikelyKind;
pub use profile::{
    HeadlineCount, MonthCount, Period, Profile, SeriesName, ThinMonth, words::month as month_words,
};
pub use quality::{
    CellCounts, Checks, FieldQuality, GroupQuality, InvalidKind, Quality, RowCounts,
};
pub use recognise::{
    Evidence, ROWS_LOOKED_AT, RecogniseError, Recognised, RecognisedBy, recognise, usual_release,
};
pub use repair::{Mended, Repair};
pub use report::{
    Cause, FileFacts, Gathering, Likely, Report, ReportFinding, Shown, Wording, WrongValue,
    terminal::{Colour, Rendering, render},
};
pub use row_set::RowSet;
pub use run::{Files, Outcome, Progress, run};
pub use specification::{Rule, Specification};
pub use stage::{ShadowCount, Stage, StageFrom};
pub use tally::{RuleTally, Tally};

use crate::receive::{HeaderMatch, RawBatch, Received};
use across::extract::Entries;
use arrow_array::RecordBatch;
use arrow_schema::{ArrowError, DataType, Schema};
use bits::Bits;
use columns::Columns;
use expression::evaluate::{Evaluation, Known};
use model::{Date, Finding, Identifying, Level};
use specification::{FileFault, HeaderFault, Judge};
use std::sync::Arc;

/// The functions that conditions may use, for the guide: how each is written, and what it means.
pub fn functions() -> impl Iterator<Item = (&'static str, &'static str)> {
    expression::functions::FUNCTIONS
        .iter()
        .map(|function| (function.written, function.means))
}

/// The values that conditions may use beside columns, for the guide: the name of each, and what it means.
pub fn values() -> impl Iterator<Item = (&'static str, &'static str)> {
    expression::functions::VALUES.into_iter()
}

/// What a check needs to know beside the file.
#[derive(Debug, Clone)]
pub struct CheckSettings {
    /// The day of the check.
    pub today: Date,
    /// The code of the organisation whose account sends the file; where it is not known, rules about it
    /// are listed as not checked.
    pub sender: Option<String>,
    /// Whether the rows that may land are wanted, and not only the findings.
    pub keep_accepted: bool,
    /// Rows that an earlier pass set aside because of other rows; they are not accepted.
    pub leave_out: Option<Arc<RowSet>>,
    /// What is known of the same sender's earlier submissions; where nothing is, rules about them are
    /// listed as not checked.
    pub earlier: Option<Earlier>,
    /// Where rules across rows keep what they compare.
    pub scratch: Scratch,
    /// Whether rules run at their full severity, whatever their stage: for their examples.
    pub at_full_severity: bool,
}

/// What is known of earlier submissions of the same sender, beside the rows of the last one.
#[derive(Debug, Clone, Default)]
pub struct Earlier {
    /// The fingerprints of the files that were accepted, in hexadecimal.
    pub sha256: Vec<String>,
    /// Whether the last accepted submission was of a later release.
    pub of_later_release: bool,
}

/// Memory and disk for rules across rows.
#[derive(Debug, Clone)]
pub struct Scratch {
    /// At most so many bytes stay in memory; the rest goes to a nameless file, encrypted.
    pub memory: usize,
    /// The folder of that file; the system's own for such files where none is named.
    pub folder: Option<std::path::PathBuf>,
}

impl Default for Scratch {
    fn default() -> Self {
        Self {
            memory: 96 << 20,
            folder: None,
        }
    }
}

impl CheckSettings {
    /// For a check on a day, with nothing else known and nothing else wanted.
    pub fn on(today: Date) -> Self {
        Self {
            today,
            sender: None,
            keep_accepted: false,
            leave_out: None,
            earlier: None,
            scratch: Scratch::default(),
            at_full_severity: false,
        }
    }
}

/// One file held against its specification. It may be shared between threads.
#[derive(Debug)]
pub struct Checker<'s> {
    specification: &'s Specification,
    header: HeaderMatch,
    settings: CheckSettings,
    schema: Arc<Schema>,
    /// The dates of the submission that this one is compared with, by field; empty where there is none.
    compared: Vec<i32>,
    /// Whether the file is the last submission, read only for what the next one is compared with.
    of_last: bool,
}

/// What was found in one batch.
#[derive(Debug)]
pub struct CheckedBatch {
    /// The raw rows, so that findings can show cells, and for their memory to be used again.
    pub raw: RawBatch,
    /// The rows that may land: `row_number`, then the dataset's fields by their column names, in the types of
    /// [`model::Dataset::schema`]. Submission, sender and moment are for the caller to add. A cell that is
    /// blank or unreadable is null; a code is in its official spelling where it is on the list.
    pub accepted: Option<RecordBatch>,
    /// How many rows may land.
    pub rows_accepted: usize,
    /// How many rows are set aside because a rule rejects them.
    pub rows_rejected: usize,
    /// How many rows are set aside because there is nothing in them.
    pub rows_skipped: usize,
    /// What must be known of all batches before the file can be judged.
    pub facts: Facts,
    pub(crate) hits: Vec<Hit>,
    /// The rows that are set aside because a rule rejects them.
    pub(crate) rejected: Bits,
    /// What the rows leave behind for rules across rows.
    pub(crate) entries: Entries,
    /// What rules across rows found; a batch with such has no rows of its own.
    pub(crate) across: Vec<AcrossHit>,
}

/// What a rule across rows found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AcrossHit {
    /// The position of the rule.
    pub(crate) rule: usize,
    pub(crate) field: Option<usize>,
    /// Where it is reported.
    pub(crate) row: u64,
    pub(crate) line: u64,
    /// How many rows it is about.
    pub(crate) rows: u64,
    pub(crate) detail: Option<String>,
}

impl CheckedBatch {
    /// Adds the rows that have at least one finding of a level.
    pub(crate) fn add_rows_at(&self, checker: &Checker<'_>, level: Level, to: &mut RowSet) {
        let rules = &checker.specification.rules;
        let is_at = |rule: usize| {
            rules
                .get(rule)
                .is_some_and(|r| checker.level_of(r) == level)
        };
        let mut rows = Bits::none(self.raw.rows);
        for hit in self.hits.iter().filter(|hit| is_at(hit.rule)) {
            rows.add(&hit.rows);
        }
        for row in rows.iter() {
            if let Some(row) = self.raw.row_numbers.get(row) {
                to.insert(*row);
            }
        }
        for hit in self.across.iter().filter(|hit| is_at(hit.rule)) {
            to.insert(hit.row);
        }
    }
}

/// Rows that break one rule at one column.
#[derive(Debug)]
pub(crate) struct Hit {
    /// The position of the rule.
    pub(crate) rule: usize,
    pub(crate) field: Option<usize>,
    pub(crate) rows: Bits,
    /// What most likely went wrong, and in how many of the rows.
    pub(crate) likely: Vec<(LikelyKind, u64)>,
}

impl<'s> Checker<'s> {
    /// A checker for a file with this header.
    pub fn new(
        specification: &'s Specification,
        header: &HeaderMatch,
        settings: CheckSettings,
    ) -> Self {
        let dataset = specification.dataset();
        let row_number = arrow_schema::Field::new("row_number", DataType::Int64, false);
        let fields = dataset
            .fields
            .iter()
            .map(|f| arrow_schema::Field::new(&f.column, f.kind.arrow(), true));
        Self {
            specification,
            header: header.clone(),
            settings,
            schema: Arc::new(Schema::new(
                std::iter::once(row_number)
                    .chain(fields)
                    .collect::<Vec<_>>(),
            )),
            compared: Vec::new(),
            of_last: false,
        }
    }

    /// The specification.
    pub const fn specification(&self) -> &'s Specification {
        self.specification
    }

    /// How the file's header fits.
    pub const fn header(&self) -> &HeaderMatch {
        &self.header
    }

    /// The schema of accepted rows: `row_number`, then the fields.
    pub fn schema(&self) -> Arc<Schema> {
        Arc::clone(&self.schema)
    }

    /// The codes of the rules that cannot be judged with what is known here.
    pub fn not_checked(&self) -> Vec<String> {
        self.specification
            .rules
            .iter()
            .filter(|rule| !self.can_judge(rule) && self.tells(rule))
            .map(|rule| rule.code.clone())
            .collect()
    }

    fn can_judge(&self, rule: &Rule) -> bool {
        let knows_last = match rule.judge {
            Judge::File(_) => self.settings.earlier.is_some(),
            _ => self.of_last || !self.compared.is_empty(),
        };
        (!rule.needs.sender || self.settings.sender.is_some()) && (!rule.needs.last || knows_last)
    }

    fn can_judge_at(&self, rule: usize) -> bool {
        let rule = self.specification.rules.get(rule);
        rule.is_some_and(|rule| self.can_judge(rule))
    }

    /// Checks one batch of rows. The answer depends on nothing but the batch.
    pub fn check(&self, raw: RawBatch) -> Result<CheckedBatch, ArrowError> {
        let columns = Columns::new(&raw, &self.specification.readings);
        let evaluation = Evaluation::new(&self.specification.program, &columns, self.known(&[]));
        let rows = raw.rows;
        let mut hits = Vec::new();
        let mut rejected = Bits::none(rows);
        let mut alone = Bits::none(rows);
        for (at, rule) in self.specification.rules.iter().enumerate() {
            if rule.alone && self.tells(rule) {
                let before = alone.clone();
                self.judge_rows(at, rule, &evaluation, &mut alone, &mut hits);
                if self.level_of(rule).rejects() {
                    rejected.add(&alone.without(&before));
                }
            }
        }
        let quiet = alone.clone();
        for (at, rule) in self.specification.rules.iter().enumerate() {
            if rule.alone
                || !self.tells(rule)
                || self.of_last
                || !self.can_judge(rule)
                || quiet.is_full()
            {
                continue;
            }
            let mut found = quiet.clone();
            self.judge_rows(at, rule, &evaluation, &mut found, &mut hits);
            if self.level_of(rule).rejects() {
                rejected.add(&found.without(&quiet));
            }
        }
        hits.sort_by_key(|hit| hit.rule);
        likely::explain(self, &evaluation, &columns, &mut hits);
        let judged = quiet.not();
        let mut facts = Facts::of_batch(self, &evaluation, &columns, &judged);
        facts.shadow = self.shadow_rows(&evaluation, &quiet);
        let entries = self.entries(&evaluation, &judged);
        let mut kept = judged.without(&rejected);
        if let Some(left_out) = &self.settings.leave_out {
            let rows = Bits::by_row(rows, |row| {
                raw_row(&columns, row).is_some_and(|row| left_out.contains(row))
            });
            rejected.add(&rows.and(&kept));
            kept = kept.without(&rows);
        }
        let accepted = if self.settings.keep_accepted {
            Some(accepted::build(&columns, &kept, &self.schema)?)
        } else {
            None
        };
        let (rows_accepted, rows_rejected) = (kept.count(), rejected.count());
        drop(evaluation);
        drop(columns);
        Ok(CheckedBatch {
            accepted,
            rows_accepted,
            rows_rejected,
            rows_skipped: rows - rows_accepted - rows_rejected,
            facts,
            hits,
            rejected,
            entries,
            across: Vec::new(),
            raw,
        })
    }

    /// Adds the hits of a rule about rows. Rows in `found` at the start are not looked at; those where the
    /// rule finds something are added to it.
    fn judge_rows(
        &self,
        at: usize,
        rule: &Rule,
        evaluation: &Evaluation<'_>,
        found: &mut Bits,
        hits: &mut Vec<Hit>,
    ) {
        let Judge::Rows(tests) = &rule.judge else {
            return;
        };
        let quiet = found.clone();
        for test in tests {
            if test
                .field
                .is_some_and(|field| self.is_reported_absent(field))
            {
                continue;
            }
            let yes = evaluation.yes(test.truth);
            if yes.is_empty() {
                continue;
            }
            let rows = yes.without(&quiet);
            if rows.is_empty() {
                continue;
            }
            found.add(&rows);
            hits.push(Hit {
                rule: at,
                field: test.field,
                rows,
                likely: Vec::new(),
            });
        }
    }

    /// A column that the header must have and has not is reported once, not again in every row.
    fn is_reported_absent(&self, field: usize) -> bool {
        self.specification.dataset.all_columns_required
            && self.header.columns.get(field).is_some_and(Option::is_none)
    }

    fn known<'k>(&'k self, counted: &'k [f64]) -> Known<'k> {
        Known {
            today: layout::days(self.settings.today),
            sender: self.settings.sender.as_deref(),
            header_width: self.header.width,
            counted,
            compared: &self.compared,
        }
    }

    /// The findings of a batch, row by row, and within a row in the order of the rules.
    pub fn findings<'b>(&'b self, batch: &'b CheckedBatch) -> impl Iterator<Item = Finding> + 'b {
        let mut places: Vec<(usize, usize)> = batch
            .hits
            .iter()
            .enumerate()
            .flat_map(|(hit, found)| found.rows.iter().map(move |row| (row, hit)))
            .collect();
        places.sort_unstable();
        places
            .into_iter()
            .filter_map(|(row, hit)| {
                let hit = batch.hits.get(hit)?;
                Some(self.finding(&batch.raw, hit, row))
            })
            .chain(batch.across.iter().map(|hit| self.across_finding(hit)))
    }

    /// One finding of a rule across rows.
    pub(crate) fn across_finding(&self, hit: &AcrossHit) -> Finding {
        let rule = self.specification.rules.get(hit.rule);
        Finding {
            rule: rule.map_or_else(String::new, |r| r.code.clone()),
            level: rule.map_or(Level::Note, |r| self.level_of(r)),
            row: Some(hit.row),
            line: Some(hit.line),
            column: hit.field.and_then(|field| self.position(field)),
            field: hit.field.and_then(|field| self.field_name(field)),
            cell: None,
            detail: hit.detail.clone(),
            rows: hit.rows,
        }
    }

    /// One finding in a row.
    pub(crate) fn finding(&self, raw: &RawBatch, hit: &Hit, row: usize) -> Finding {
        let rule = self.specification.rules.get(hit.rule);
        let cell = hit
            .field
            .and_then(|field| raw.columns.get(field))
            .map(|column| String::from_utf8_lossy(column.cell(row)).into_owned());
        Finding {
            rule: rule.map_or_else(String::new, |r| r.code.clone()),
            level: rule.map_or(Level::Note, |r| self.level_of(r)),
            row: raw.row_numbers.get(row).copied(),
            line: raw.lines.get(row).copied(),
            column: hit.field.and_then(|field| self.position(field)),
            field: hit.field.and_then(|field| self.field_name(field)),
            cell: cell.map(Identifying::new),
            detail: None,
            rows: 1,
        }
    }

    /// Where the file has a field.
    fn position(&self, field: usize) -> Option<u32> {
        self.header.columns.get(field).copied().flatten()
    }

    fn field_name(&self, field: usize) -> Option<String> {
        let dataset = self.specification.dataset();
        dataset.fields.get(field).map(|f| f.name.clone())
    }

    /// How usable the cells of each field are. `facts` are those of all batches, merged.
    pub fn quality(&self, facts: &Facts) -> Quality {
        facts.quality(self)
    }

    /// What the file says about its sender. `facts` are those of all batches, merged.
    pub fn profile(&self, facts: &Facts) -> Profile {
        let mut profile = facts.profile(self);
        let plan = &self.specification.profile;
        for rule in &self.specification.rules {
            if let Judge::Months(months) = &rule.judge {
                let thin = months.thin(plan, self.settings.today, &profile);
                profile.thin.extend(thin);
            }
        }
        profile
    }

    pub(crate) const fn today(&self) -> Date {
        self.settings.today
    }

    /// What is wrong with the header, known before any row is read.
    pub fn header_findings(&self) -> Vec<Finding> {
        self.parted(self.found_in_header()).0
    }

    fn found_in_header(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        for rule in &self.specification.rules {
            let Judge::Header(fault) = rule.judge else {
                continue;
            };
            let header = &self.header;
            match fault {
                HeaderFault::Missing if self.specification.dataset.all_columns_required => {
                    let missing = header.missing.iter();
                    findings.extend(missing.map(|m| self.of_file(rule, Some(m.field), None)));
                }
                HeaderFault::Extra => {
                    let extra = header.extra.iter();
                    findings.extend(extra.map(|name| self.of_file(rule, None, Some(name))));
                }
                HeaderFault::Duplicated => {
                    let twice = header.duplicated.iter();
                    findings.extend(twice.map(|name| self.of_file(rule, None, Some(name))));
                }
                HeaderFault::OutOfOrder if !header.in_order => {
                    findings.push(self.of_file(rule, None, None));
                }
                HeaderFault::RowsAbove if header.rows_above > 0 => {
                    let mut finding = self.of_file(rule, None, None);
                    finding.row = Some(header.row);
                    findings.push(finding);
                }
                HeaderFault::Inexact => {
                    let inexact = header.inexact.iter();
                    findings.extend(
                        inexact.map(|(field, name)| self.of_file(rule, Some(*field), Some(name))),
                    );
                }
                HeaderFault::Missing | HeaderFault::OutOfOrder | HeaderFault::RowsAbove => {}
            }
        }
        findings
    }

    /// What is wrong with the file as a whole, once every row was read. `facts` are those of all batches,
    /// merged in the order of the file; `last` those of the last submission, where it is known.
    pub(crate) fn finish(
        &self,
        facts: &Facts,
        last: Option<&Facts>,
        received: &Received,
    ) -> Vec<Finding> {
        self.parted(self.found_at_end(facts, last, received)).0
    }

    /// What rules in their shadow stage found, which the sender is not told.
    pub(crate) fn shadow_counts(
        &self,
        facts: &Facts,
        last: Option<&Facts>,
        received: &Received,
    ) -> Vec<ShadowCount> {
        let mut of_file = self.parted(self.found_in_header()).1;
        of_file.extend(self.parted(self.found_at_end(facts, last, received)).1);
        of_file.retain(|f| {
            let rule = self.specification.rule(&f.rule);
            rule.is_some_and(|rule| self.stage_of(rule) == Stage::Shadow)
        });
        self.shadow(&facts.shadow, &of_file)
    }

    fn found_at_end(
        &self,
        facts: &Facts,
        last: Option<&Facts>,
        received: &Received,
    ) -> Vec<Finding> {
        let mut findings = Vec::new();
        for (at, rule) in self.specification.rules.iter().enumerate() {
            if !self.can_judge(rule) {
                continue;
            }
            match &rule.judge {
                Judge::Rows(_) | Judge::Header(_) | Judge::Across => {}
                Judge::File(fault) => {
                    if self.is_odd(*fault, facts, received) {
                        findings.push(self.of_file(rule, None, None));
                    }
                }
                Judge::Once(test) => {
                    if facts.once(at) {
                        findings.push(self.of_file(rule, test.field, None));
                    }
                }
                Judge::OneValue(fields) => {
                    for field in fields {
                        if facts.has_several(at, *field) {
                            findings.push(self.of_file(rule, Some(*field), None));
                        }
                    }
                }
                Judge::Months(months) => {
                    let plan = &self.specification.profile;
                    let profile = facts.profile(self);
                    let field = rule.fields.first().copied();
                    for detail in months.found(plan, self.settings.today, &profile) {
                        let mut finding = self.of_file(rule, field, None);
                        finding.detail = Some(detail);
                        findings.push(finding);
                    }
                }
                Judge::Count(count) => {
                    for field in facts.counted_out(self, at, count, last) {
                        findings.push(self.of_file(rule, field, None));
                    }
                }
            }
        }
        findings
    }

    /// Whether the file as it came is what a rule looks for.
    fn is_odd(&self, fault: FileFault, facts: &Facts, received: &Received) -> bool {
        use crate::receive::{Encoding, FileKind};
        let detected = &received.detected;
        let earlier = self.settings.earlier.as_ref();
        match fault {
            // A file that is not accepted never comes this far; `Specification::finding_of` tells it.
            FileFault::NotAccepted => false,
            FileFault::NoRows => facts.is_without_rows(),
            FileFault::Undecodable => received.nul_bytes > 0 || received.encoding_faults > 0,
            FileFault::OtherEncoding => {
                detected.byte_order_mark && detected.encoding == Some(Encoding::Utf8)
                    || detected.encoding == Some(Encoding::Windows1252)
            }
            FileFault::OtherDelimiter => {
                detected.kind == FileKind::Csv && detected.delimiter.is_some_and(|d| d != b',')
            }
            FileFault::OpenQuote => received.unterminated_quote,
            FileFault::SentBefore => earlier.is_some_and(|e| e.sha256.contains(&received.sha256)),
            FileFault::EarlierRelease => earlier.is_some_and(|e| e.of_later_release),
        }
    }

    fn of_file(&self, rule: &Rule, field: Option<usize>, cell: Option<&String>) -> Finding {
        Finding {
            rule: rule.code.clone(),
            level: self.level_of(rule),
            row: None,
            line: None,
            column: field.and_then(|field| self.position(field)),
            field: field.and_then(|field| self.field_name(field)),
            cell: cell.cloned().map(Identifying::new),
            detail: None,
            rows: 0,
        }
    }
}

fn raw_row(columns: &Columns<'_>, row: usize) -> Option<u64> {
    columns.raw().row_numbers.get(row).copied()
}
