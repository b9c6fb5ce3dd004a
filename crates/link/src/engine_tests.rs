//! Tests of the probabilistic engine as a whole, on files and from the outside: against a slow, plain second
//! implementation, over properties that must hold of any input, over hard cases and over bad input.

mod agree;
mod bad_files;
mod bad_input;
mod bad_models;
mod hard_cases;
mod hard_pairs;
mod invented;
mod learned;
mod of_rows;
mod places_and_lists;
mod plain;
mod properties;
mod settings;
mod two_sides;
mod waterfalls;

use crate::{
    files::{FileError, How, Inputs, Learn, LinkRun, run},
    match_model::MatchModel,
    weigh::Parameters,
};
use model::Content;
use std::{collections::BTreeMap, fs, path::Path, sync::OnceLock};
use tempfile::TempDir;

/// The content that is shipped.
fn content() -> &'static Content {
    static CONTENT: OnceLock<Content> = OnceLock::new();
    CONTENT.get_or_init(|| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../content");
        Content::from_folder(&folder).unwrap()
    })
}

/// The text of a shipped model.
fn shipped(name: &str) -> String {
    let path = format!("linkage/{name}.toml");
    content().text(&path).unwrap().to_owned()
}

/// A model, with fewer random pairs in training than the shipped one asks for, for tests are built for debugging.
fn quick(text: &str) -> MatchModel {
    let training = "\n[training]\nrandom_pairs = 20000\n";
    MatchModel::from_text(&format!("{text}{training}"), "m.toml").unwrap()
}

/// A folder with the files of one linkage, which goes when the test ends.
struct Desk {
    folder: TempDir,
    inputs: Inputs,
}

/// A row of an output file: its cells by the name of their column.
type Cells = BTreeMap<String, String>;

impl Desk {
    /// From the texts of the files: the left side or the one file, the right side, the history, the superseded numbers.
    fn new(left: &str, right: Option<&str>, history: Option<&str>, gone: Option<&str>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let put = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::write(&path, text).unwrap();
            path
        };
        let inputs = Inputs {
            left: put("left.csv", left),
            right: right.map(|text| put("right.csv", text)),
            history: history.map(|text| put("history.csv", text)),
            superseded: gone.map(|text| put("superseded.csv", text)),
            labels: Vec::new(),
        };
        Self { folder, inputs }
    }

    /// Links the files and reads what was written.
    fn link(
        &self,
        model: &MatchModel,
        learn: &Learn,
        threads: usize,
    ) -> Result<(LinkRun, Vec<Cells>), FileError> {
        let how = How {
            learn: learn.clone(),
            threads,
            pictures: false,
            today: None,
            apart: Vec::new(),
        };
        self.linked(model, &how)
    }

    /// The same in any way of doing it.
    fn linked(&self, model: &MatchModel, how: &How) -> Result<(LinkRun, Vec<Cells>), FileError> {
        let out = self.folder.path().join("out.csv");
        let done = run(content(), model, &self.inputs, &out, how, &mut |_| {})?;
        let mut reader = csv::Reader::from_path(&out).unwrap();
        let rows = reader.deserialize().map(Result::unwrap).collect();
        Ok((done, rows))
    }
}

/// Training that begins with the numbers that stand in a model.
fn learning(model: &MatchModel) -> Learn {
    Learn::FromTheFiles(Box::new(Parameters::of(model)))
}

/// The numbers that stand in a model, untrained.
fn untrained(model: &MatchModel) -> Learn {
    Learn::Before(Box::new(Parameters::of(model)))
}
