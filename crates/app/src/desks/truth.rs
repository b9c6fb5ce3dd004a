//! Links beside the truth of an invented place: how many are right, and for each wrong one why it came about.
//!
//! The truth is the folder that `haven synth` and `haven demo` write beside a place: `people.csv`, and for each file of
//! the place whose each row is. Of a real place there is none.

use super::{
    IdentifiedDesk,
    identified::{count, text},
};
use anyhow::{Context, Result};
use control::SubmissionState;
use link::{LinkageModel, Source, explain::Explanations};
use model::{Dataset, Ident, Sql, source_key, sql};
use pages::{TruthSource, TruthView, WrongLink};
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    path::Path,
};
use store::arrow::array::RecordBatch;

/// Whose each row of a place is.
struct Truth {
    /// The person who holds a number.
    of_number: HashMap<String, String>,
    /// By the name of a file: the person of each row.
    of_row: HashMap<String, HashMap<u64, String>>,
}

/// What was chosen for a record.
struct Chosen {
    person: String,
    pass: String,
    grade: String,
    subject: String,
}

impl Truth {
    fn read(folder: &Path) -> Result<Self> {
        let mut truth = Self {
            of_number: HashMap::new(),
            of_row: HashMap::new(),
        };
        let people = folder.join("people.csv");
        each_row(&people, ["person", "nhs_number"], |[person, number]| {
            truth.of_number.insert(number.to_owned(), person.to_owned());
        })?;
        let mut folders = vec![folder.join("rows")];
        while let Some(folder) = folders.pop() {
            let entries = std::fs::read_dir(&folder)
                .with_context(|| format!("cannot read the truth in {}", folder.display()))?;
            for entry in entries {
                let path = entry?.path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let name = path
                    .file_name()
                    .unwrap_or_default()
                    .to_string_lossy()
                    .into_owned();
                let rows = truth.of_row.entry(name).or_default();
                each_row(&path, ["row", "person"], |[row, person]| {
                    if let Ok(row) = row.parse() {
                        rows.insert(row, person.to_owned());
                    }
                })?;
            }
        }
        Ok(truth)
    }
}

/// Two columns of a file, row by row.
fn each_row(path: &Path, columns: [&str; 2], mut look: impl FnMut([&str; 2])) -> Result<()> {
    let fault = || format!("cannot read the truth in {}", path.display());
    let mut reader = csv::Reader::from_path(path).with_context(fault)?;
    let header = reader.headers().with_context(fault)?.clone();
    let places = columns.map(|name| header.iter().position(|column| column == name));
    let [Some(first), Some(second)] = places else {
        anyhow::bail!(
            "{} has not the columns {}",
            path.display(),
            columns.join(" and ")
        );
    };
    for row in reader.records() {
        let row = row.with_context(fault)?;
        look([first, second].map(|at| row.get(at).unwrap_or_default()));
    }
    Ok(())
}

impl IdentifiedDesk<'_> {
    /// Holds the links of the last run against the truth.
    pub(crate) async fn beside_truth(
        &self,
        model: &LinkageModel,
        folder: &Path,
    ) -> Result<TruthView> {
        let truth = Truth::read(folder)?;
        let here = self.landed().await?;
        let weighed = here.iter().any(|table| table == link::PAIRS);
        let sql = sql!(
            "select distinct nhs_number from {}",
            Sql::fixed(link::INDEX)
        );
        let index: HashSet<String> = texts(&self.look(link::INDEX, &sql).await?, 1)
            .filter_map(|mut row| truth.of_number.get(&row.swap_remove(0)).cloned())
            .collect();
        let mut view = TruthView::default();
        let mut wrong: BTreeMap<[String; 4], WrongLink> = BTreeMap::new();
        for source in model
            .sources
            .iter()
            .filter(|s| here.iter().any(|table| table == s.name()))
        {
            let people = self.people_of_records(source, &truth).await?;
            let chosen = self.chosen(source).await?;
            let mut line = TruthSource {
                source: source.name().to_owned(),
                ..TruthSource::default()
            };
            let mut false_links = Vec::new();
            for (key, person) in &people {
                let found = chosen.get(key).filter(|choice| !choice.person.is_empty());
                match found {
                    Some(choice) if truth.of_number.get(&choice.person) == Some(person) => {
                        line.right += 1;
                    }
                    Some(choice) => {
                        line.wrong += 1;
                        false_links.push((choice, index.contains(person)));
                    }
                    None if index.contains(person) => line.missed += 1,
                    None => line.rightly_alone += 1,
                }
            }
            for (choice, person_in_index) in false_links {
                let (bits, why) = self.why(model, choice, weighed).await?;
                let key = [source.name(), &choice.pass, &choice.subject, &choice.person]
                    .map(str::to_owned);
                wrong
                    .entry(key)
                    .or_insert_with(|| WrongLink {
                        source: source.name().to_owned(),
                        pass: choice.pass.clone(),
                        grade: choice.grade.clone(),
                        bits,
                        person_in_index,
                        why,
                        records: 0,
                    })
                    .records += 1;
            }
            if !people.is_empty() {
                view.sources.push(line);
            }
        }
        view.wrong = wrong.into_values().collect();
        Ok(view)
    }

    /// The person of each record of a source, as the truth of its files says.
    async fn people_of_records(
        &self,
        source: &Source,
        truth: &Truth,
    ) -> Result<BTreeMap<String, String>> {
        let content = &self.workspace.content;
        let mut files = HashMap::new();
        for submission in self.workspace.control.all_submissions().await? {
            let dataset = Dataset::read(content, &submission.dataset)?;
            if dataset.table != source.name() || submission.state != SubmissionState::Landed {
                continue;
            }
            if let Some(rows) = truth.of_row.get(submission.file_name.reveal()) {
                files.insert(submission.id.to_string(), rows);
            }
        }
        let table = Ident::new(source.name()).context("a source has no name")?;
        let sql = sql!(
            "select {} as source_key, submission_id, cast(row_number as bigint) as row_number from {}",
            source_key(&table, &source.source_key),
            table
        );
        let mut people = BTreeMap::new();
        for batch in self.look(source.name(), &sql).await? {
            for row in 0..batch.num_rows() {
                let rows = files.get(&text(&batch, 1, row));
                if let Some(person) = rows.and_then(|rows| rows.get(&count(&batch, 2, row))) {
                    people
                        .entry(text(&batch, 0, row))
                        .or_insert_with(|| person.clone());
                }
            }
        }
        Ok(people)
    }

    /// What was chosen for each record of a source.
    async fn chosen(&self, source: &Source) -> Result<HashMap<String, Chosen>> {
        let sql = sql!(
            "select source_key, person_number, pass, grade, subject from {} where source = {}",
            Sql::fixed(link::CHOICES),
            Sql::text(source.name())
        );
        let rows = self.look(link::CHOICES, &sql).await?;
        Ok(texts(&rows, 5)
            .filter_map(|row| {
                let [key, person, pass, grade, subject] = row.try_into().ok()?;
                Some((
                    key,
                    Chosen {
                        person,
                        pass,
                        grade,
                        subject,
                    },
                ))
            })
            .collect())
    }

    /// Why a link came about: what it weighs where it was weighed, and a sentence.
    async fn why(
        &self,
        model: &LinkageModel,
        choice: &Chosen,
        weighed: bool,
    ) -> Result<(Option<f64>, String)> {
        let pass = model.passes.iter().find(|pass| pass.name == choice.pass);
        if let Some(pass) = pass {
            return Ok((None, format!("{}, and it is another person's", pass.why)));
        }
        if !weighed {
            return Ok((None, "people decided so".to_owned()));
        }
        let sql = sql!(
            "select * from {} where subject = {}",
            Sql::fixed(link::PAIRS),
            Sql::text(&choice.subject)
        );
        let rows = self.look(link::PAIRS, &sql).await?;
        let Some(batch) = rows.iter().find(|batch| batch.num_rows() > 0) else {
            return Ok((None, "people decided so".to_owned()));
        };
        let bits = batch.column_by_name("match_weight").and_then(|column| {
            use store::arrow::array::{AsArray as _, types::Float64Type};
            column
                .as_primitive_opt::<Float64Type>()?
                .iter()
                .next()
                .flatten()
        });
        let explanations = Explanations::read(&self.workspace.content)?;
        Ok((bits, in_words(&explanations, batch)))
    }

    async fn look(&self, table: &str, sql: &Sql) -> Result<Vec<RecordBatch>> {
        Ok(self.engine.look(&[&self.store], &[table], sql).await?)
    }
}

/// The levels of a pair and what usually lies behind such a link, as a sentence.
fn in_words(explanations: &Explanations, batch: &RecordBatch) -> String {
    let schema = batch.schema();
    let levels: Vec<(String, String)> = schema
        .fields()
        .iter()
        .enumerate()
        .filter_map(|(at, field)| {
            let comparison = field.name().strip_suffix("_level")?;
            Some((comparison.to_owned(), text(batch, at, 0)))
        })
        .collect();
    let levels: Vec<(&str, &str)> = levels
        .iter()
        .map(|(comparison, level)| (comparison.as_str(), level.as_str()))
        .collect();
    explanations.explain(&levels).sentence()
}

/// The rows of batches as texts, the first so many columns.
fn texts(batches: &[RecordBatch], columns: usize) -> impl Iterator<Item = Vec<String>> {
    batches.iter().flat_map(move |batch| {
        (0..batch.num_rows()).map(move |row| {
            (0..columns)
                .map(|column| text(batch, column, row))
                .collect()
        })
    })
}
