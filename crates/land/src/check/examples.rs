//! Running the examples that stand beside each rule: one that passes must not be found, one that fails must.

use super::{
    CheckSettings, Earlier, Files, Rule, Specification,
    rule_file::{BASE, Example, FileExample, RELEASE},
    run,
    specification::shared::translate,
};
use crate::{
    LandError,
    receive::{ReceiveSettings, open},
};
use sha2::{Digest as _, Sha256};
use std::{collections::BTreeMap, io::Cursor};

/// An example that does not do what its rule says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExampleFault {
    /// The rule's code.
    pub rule: String,
    /// What is wrong, in words.
    pub says: String,
}

/// An example as people see it: the cells that matter, by the names of their columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownExample {
    /// Names and cells, row by row.
    pub rows: Vec<Vec<(String, String)>>,
}

impl Specification {
    /// Runs the examples of all rules. Empty when each does what its rule says.
    pub fn check_examples(&self) -> Vec<ExampleFault> {
        let mut faults = Vec::new();
        for (name, row) in &self.base_rows.rows {
            let rejecting = self.run(&FileExample {
                rows: vec![BTreeMap::from([("base".to_owned(), name.clone())])],
                times: 1,
                ..FileExample::default()
            });
            let found: Vec<String> = match rejecting {
                Ok(found) => found
                    .into_iter()
                    .filter(|code| self.rule(code).is_some_and(|r| r.level.rejects()))
                    .collect(),
                Err(fault) => vec![fault],
            };
            if !found.is_empty() || row.is_empty() {
                faults.push(ExampleFault {
                    rule: format!("base row `{name}`"),
                    says: format!("should have no fault, but has {}", found.join(", ")),
                });
            }
        }
        for rule in &self.rules {
            self.check_examples_of(rule, &mut faults);
        }
        faults
    }

    fn check_examples_of(&self, rule: &Rule, faults: &mut Vec<ExampleFault>) {
        let mut fault = |says: String| {
            faults.push(ExampleFault {
                rule: rule.code.clone(),
                says,
            });
        };
        for (examples, should_be_found, word) in [
            (&rule.passes, false, "passes"),
            (&rule.fails, true, "fails"),
        ] {
            if !examples.iter().any(|example| self.is_for(example)) {
                fault(format!("has no example that {word}"));
            }
            for (number, example) in (1..).zip(examples) {
                if !self.is_for(example) {
                    continue;
                }
                match self.codes_found(example) {
                    Ok(found) if found.contains(&rule.code) == should_be_found => {}
                    Ok(found) => fault(format!(
                        "the example number {number} that {word} {} found; found: {}",
                        if should_be_found { "is not" } else { "is" },
                        found.join(", ")
                    )),
                    Err(problem) => fault(format!(
                        "the example number {number} that {word} cannot be run: {problem}"
                    )),
                }
            }
        }
    }

    /// Whether an example is about this dataset: not about another release alone, and not about columns that
    /// only other datasets of a shared room have.
    fn is_for(&self, example: &Example) -> bool {
        let release = example.release();
        if release.is_some() && release != self.dataset().release() {
            return false;
        }
        let takes_some = self.dataset().shared_rules.as_ref();
        if takes_some.is_none_or(|shared| shared.only.is_empty()) {
            return true;
        }
        let known = |column: &String| {
            [RELEASE, BASE].contains(&column.as_str()) || self.dataset().field(column).is_some()
        };
        match example {
            Example::Row(cells) => cells.keys().all(known),
            Example::File(file) => {
                let cells = file.rows.iter().flat_map(BTreeMap::keys);
                let swapped = file.swapped.iter().flat_map(|(a, b)| [a, b]);
                cells
                    .chain(&file.without)
                    .chain(file.renamed.keys())
                    .chain(swapped)
                    .all(known)
            }
            Example::Raw(_) => true,
        }
    }

    fn codes_found(&self, example: &Example) -> Result<Vec<String>, String> {
        match example {
            Example::Row(row) => self.run(&FileExample {
                release: row.get(RELEASE).cloned(),
                rows: vec![row.clone()],
                times: 1,
                ..FileExample::default()
            }),
            Example::File(file) => self.run(file),
            Example::Raw(file) => self.receive(file.raw.clone().into_bytes(), None, None),
        }
    }

    fn run(&self, example: &FileExample) -> Result<Vec<String>, String> {
        let text = write_file(self, example, &example.rows, example.times)?;
        let last = if example.last.is_empty() {
            None
        } else {
            let text = write_file(self, example, &example.last, example.last_times)?;
            Some(text.into_bytes())
        };
        let digest = hex::encode(Sha256::digest(text.as_bytes()));
        let earlier = (last.is_some() || example.sent_before || example.last_of_later_release)
            .then(|| Earlier {
                sha256: if example.sent_before {
                    vec![digest]
                } else {
                    Vec::new()
                },
                of_later_release: example.last_of_later_release,
            });
        self.receive(text.into_bytes(), last, earlier)
    }

    /// The codes of the rules that find something in a file, each once, in the order of the rules.
    fn receive(
        &self,
        bytes: Vec<u8>,
        last: Option<Vec<u8>>,
        earlier: Option<Earlier>,
    ) -> Result<Vec<String>, String> {
        let today = self
            .base_rows
            .today
            .ok_or("examples/base.toml with `today` and base rows is missing")?;
        let settings = CheckSettings {
            sender: self.base_rows.sender.clone(),
            keep_accepted: true,
            earlier,
            at_full_severity: true,
            ..CheckSettings::on(today)
        };
        let found = match self.findings_in(bytes, last, settings) {
            Ok(found) => found,
            Err(ExampleError::Land(fault)) => match self.finding_of(&fault) {
                Some(finding) => vec![finding.rule],
                None => return Err(fault.to_string()),
            },
            Err(ExampleError::Arrow(fault)) => return Err(fault.to_string()),
        };
        let codes = self.rules.iter().map(|rule| &rule.code);
        Ok(codes.filter(|code| found.contains(code)).cloned().collect())
    }

    fn findings_in(
        &self,
        bytes: Vec<u8>,
        last: Option<Vec<u8>>,
        settings: CheckSettings,
    ) -> Result<Vec<String>, ExampleError> {
        let open = |bytes: Vec<u8>| {
            let source = Box::new(Cursor::new(bytes));
            open(source, self.dataset(), &ReceiveSettings::default())
        };
        let files = Files {
            receiver: open(bytes)?,
            last: last.map(open).transpose()?,
        };
        let mut found = Vec::new();
        let outcome = run(
            files,
            self,
            settings,
            1,
            |checker, batch| {
                found.extend(checker.findings(&batch).map(|finding| finding.rule));
                Ok::<_, ExampleError>(batch.raw)
            },
            |_| {},
        )?;
        found.extend(
            outcome
                .file_findings
                .into_iter()
                .map(|finding| finding.rule),
        );
        Ok(found)
    }

    /// The cells of a base row with those of an example in their place: in the values of this release, unless
    /// the example is about one release alone.
    pub(crate) fn whole_row(
        &self,
        written: &BTreeMap<String, String>,
        release: Option<&str>,
    ) -> Result<BTreeMap<String, String>, String> {
        let base = &self.base_rows;
        let name = written.get(BASE).unwrap_or(&base.usual);
        let mut cells = base
            .rows
            .get(name)
            .ok_or_else(|| format!("there is no base row `{name}`"))?
            .clone();
        let is_here = |column: &String| column != BASE && column != RELEASE;
        for (column, cell) in written.iter().filter(|(column, _)| is_here(column)) {
            if self.dataset().field(column).is_none() {
                return Err(format!("unknown column `{column}`"));
            }
            cells.insert(column.clone(), self.written_here(column, cell, release));
        }
        Ok(cells)
    }

    fn written_here(&self, column: &str, cell: &str, release: Option<&str>) -> String {
        let mut cell = cell.to_owned();
        if release.is_none() && self.base_rows.are_shared {
            let mut fields = self.dataset().fields.iter();
            let place = fields.position(|field| field.column == column);
            translate(&self.readings, place, &mut cell);
        }
        cell
    }

    /// Rows that the examples of the rules start from, whole, in the order of the fields.
    pub fn example_rows(&self) -> Vec<Vec<String>> {
        let fields = &self.dataset().fields;
        let whole = |row: &BTreeMap<String, String>| {
            let cells = fields.iter().map(|f| row.get(&f.column).cloned());
            cells.map(Option::unwrap_or_default).collect()
        };
        self.base_rows.rows.values().map(whole).collect()
    }

    /// The day on which those rows are without a fault.
    pub const fn example_day(&self) -> Option<model::Date> {
        self.base_rows.today
    }

    /// The examples of a rule, as people see them: those that pass, then those that fail.
    pub fn shown_examples(&self, rule: &Rule) -> (Vec<ShownExample>, Vec<ShownExample>) {
        let shown = |examples: &[Example]| {
            let here = examples.iter().filter(|example| self.is_for(example));
            here.map(|example| self.shown(rule, example)).collect()
        };
        (shown(&rule.passes), shown(&rule.fails))
    }

    fn shown(&self, rule: &Rule, example: &Example) -> ShownExample {
        let fields = &self.dataset().fields;
        // A rule about every column is about none in particular.
        let about = |at: usize| rule.fields.len() < fields.len() && rule.fields.contains(&at);
        // The columns of the rule and those that the example changes, in the order of the file.
        let left_out: &[String] = match example {
            Example::File(file) => &file.without,
            _ => &[],
        };
        let row = |written: &BTreeMap<String, String>| {
            let whole = self.whole_row(written, example.release());
            let whole = whole.unwrap_or_default();
            let shown = fields.iter().enumerate();
            shown
                .filter(|(at, field)| about(*at) || written.contains_key(&field.column))
                .filter(|(_, field)| !left_out.contains(&field.column))
                .filter_map(|(_, field)| {
                    let cell = whole.get(&field.column).cloned();
                    Some((field.name.clone(), cell?))
                })
                .collect()
        };
        ShownExample {
            rows: match example {
                Example::Row(cells) => vec![row(cells)],
                Example::File(file) => file.rows.iter().map(row).collect(),
                Example::Raw(_) => Vec::new(),
            },
        }
    }
}

/// Why an example could not be run.
#[derive(Debug, thiserror::Error)]
enum ExampleError {
    #[error(transparent)]
    Land(#[from] LandError),
    #[error(transparent)]
    Arrow(#[from] arrow_schema::ArrowError),
}

/// The example as the text of a CSV file.
fn write_file(
    specification: &Specification,
    example: &FileExample,
    rows: &[BTreeMap<String, String>],
    times: usize,
) -> Result<String, String> {
    let dataset = specification.dataset();
    let mut order: Vec<usize> = (0..dataset.fields.len()).collect();
    let place = |column: &str| {
        dataset
            .fields
            .iter()
            .position(|f| f.column == column)
            .ok_or_else(|| format!("unknown column `{column}`"))
    };
    if let Some((a, b)) = &example.swapped {
        order.swap(place(a)?, place(b)?);
    }
    for column in &example.without {
        let at = place(column)?;
        order.retain(|field| *field != at);
    }
    for column in example.renamed.keys() {
        place(column)?;
    }
    let comma = example.delimiter.unwrap_or(',');
    let mut text = String::new();
    if example.byte_order_mark {
        text.push('\u{feff}');
    }
    let names = order.iter().filter_map(|at| {
        let field = dataset.fields.get(*at)?;
        let renamed = example.renamed.get(&field.column);
        Some(renamed.unwrap_or(&field.name).as_str())
    });
    write_row(
        &mut text,
        names.chain(example.also.iter().map(String::as_str)),
        comma,
    );
    for _ in 0..times {
        for written in rows {
            let cells = specification.whole_row(written, example.release.as_deref())?;
            let row = order.iter().map(|at| {
                let column = dataset.fields.get(*at).map(|f| f.column.as_str());
                column.and_then(|c| cells.get(c)).map_or("", String::as_str)
            });
            write_row(&mut text, row.chain(example.also.iter().map(|_| "")), comma);
        }
    }
    text.push_str(&example.ending);
    Ok(text)
}

fn write_row<'a>(text: &mut String, cells: impl Iterator<Item = &'a str>, comma: char) {
    for (at, cell) in cells.enumerate() {
        if at > 0 {
            text.push(comma);
        }
        text.push('"');
        text.push_str(&cell.replace('"', "\"\""));
        text.push('"');
    }
    text.push('\n');
}
