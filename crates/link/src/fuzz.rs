//! What two fuzz targets of `fuzz/` run, and `cargo test` on the corpus that is kept there: `docs/fuzzing.md`.
//!
//! A target takes bytes from a stranger and must come back whatever they are: a model file, or one of the files of a
//! linkage.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "only tests and fuzzing use it, and a panic is how they report"
)]

use crate::{
    compare::pair::{Comparer, Memory, Record},
    files::{How, Inputs, Learn, run as link},
    match_model::MatchModel,
    people::{Clean, Dictionary, Ids, Lists, MISSING, People, Split},
    trained::Trained,
    weigh::{Counts, Parameters, Weigher},
};
use model::Content;
use std::{
    fs,
    path::PathBuf,
    sync::atomic::{AtomicU64, Ordering},
};

/// A target: bytes in, and a panic if something is wrong.
pub type Target = fn(&[u8]);

/// Every target by its name, which is that of its file in `fuzz/fuzz_targets` and of its corpus.
pub const TARGETS: [(&str, Target); 2] = [("link_model", model_text), ("link_files", files)];

/// Runs a target by its name.
///
/// # Panics
///
/// If there is no such target, or what it ran was answered wrongly.
pub fn run(name: &str, bytes: &[u8]) {
    let target = TARGETS.iter().find(|(known, _)| *known == name).unwrap().1;
    target(bytes);
}

/// A model file: refused with a reason that points into it, or ready to weigh pairs and to be trained.
fn model_text(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let model = match MatchModel::from_text(&text, "m.toml") {
        Ok(model) => model,
        Err(fault) => {
            points_into(&fault.to_string(), &text);
            return;
        }
    };
    let parameters = Parameters::of(&model);
    let trained = Trained::of(&model, &parameters, "").to_text().unwrap();
    let trained = Trained::from_text(&trained, "t.toml").unwrap();
    // Shares so small that they are written as 0 still sum to 1.
    trained
        .parameters(&model, "t.toml")
        .expect("what a model says of itself fits it");
    let mut lists = Lists::default();
    for name in model.lists.keys() {
        lists.add(name, [vec!["Ada", "Adela"], vec!["Bo"]]);
    }
    let mut dictionary = Dictionary::new(lists);
    let mut codes = Vec::new();
    for column in &model.columns {
        let text = match column.clean {
            Clean::Name => "Ada Bo",
            Clean::Postcode => "ZA1 1AA",
            Clean::Date => "1984-06-17",
            Clean::Number => "9990000018",
            Clean::Code => "A",
            Clean::List => "A;B",
        };
        codes.push(dictionary.clean(column.clean, text, Split::Whole).code);
    }
    codes.extend(vec![MISSING; model.columns.len()]);
    codes.extend(
        codes
            .iter()
            .take(model.columns.len())
            .copied()
            .collect::<Vec<_>>(),
    );
    dictionary.describe();
    let people = People::new(model.columns.len(), codes, Ids::Numbers(vec![1, 2, 3]));
    let comparer = Comparer::new(&model, &dictionary).expect("a checked model compares");
    let counts = Counts::of(&model, &dictionary, &people, None);
    let weigher = Weigher::new(&model, &parameters, &counts, 1.0);
    let mut memory = Memory::default();
    for (a, b) in [(0, 1), (0, 2), (1, 2)] {
        let (a, b) = (Record::new(&people, a), Record::new(&people, b));
        let levels = comparer.levels(&dictionary, &a, &b, &mut memory);
        let bits = weigher.weigh(&levels, &a, &b).bits();
        assert!(!bits.is_nan(), "a weight that is no number");
        let _ = comparer.veto(&dictionary, &a, &b);
    }
}

/// A line and a character that a message names are in the text.
fn points_into(message: &str, text: &str) {
    assert!(!message.is_empty());
    let Some((_, after)) = message
        .split_once("line ")
        .filter(|(before, _)| before.is_empty())
    else {
        return;
    };
    let line: String = after.chars().take_while(char::is_ascii_digit).collect();
    if let Ok(line) = line.parse::<usize>() {
        assert!(
            (1..=text.matches('\n').count() + 1).contains(&line),
            "{message}"
        );
    }
}

const MODEL: &str = include_str!("../../../content/linkage/nhs-trace.toml");
const PEOPLE: &str = "record_id,nhs_number,given_name,other_given_name,family_name,sex,dob,postcode,gp_practice\n\
    a,9990000018,Zoe,,Whitfield,2,1984-06-17,ZA4 4QT,Z81009\n\
    b,9990000026,Li,Wei,Wang,1,1991-01-01,ZA1 1AA,Z81009\n";
const HISTORY: &str = "nhs_number,field,value\n9990000018,postcode,ZA9 9AA\n";
const SUPERSEDED: &str = "nhs_number,replaced_by\n9990000034,9990000018\n";

/// The first byte says which of the files of a linkage the others are, and whether as Parquet or as CSV.
fn files(bytes: &[u8]) {
    let Some((choice, bytes)) = bytes.split_first() else {
        return;
    };
    let folder = Folder::new();
    let ending = if choice & 1 == 0 { "csv" } else { "parquet" };
    let put = |role: u8, name: &str, usual: &str| {
        let (name, bytes) = if choice >> 1 & 3 == role {
            (format!("{name}.{ending}"), bytes)
        } else {
            (format!("{name}.csv"), usual.as_bytes())
        };
        let path = folder.0.join(name);
        fs::write(&path, bytes).unwrap();
        path
    };
    let inputs = Inputs {
        left: put(0, "left", PEOPLE),
        right: Some(put(1, "right", PEOPLE)),
        history: Some(put(2, "history", HISTORY)),
        superseded: Some(put(3, "superseded", SUPERSEDED)),
        labels: Vec::new(),
    };
    let list = b"set,name\na,zoe\na,zoey\n".to_vec();
    let content =
        ["nicknames", "spellings"].map(|name| (format!("linkage/lists/{name}.csv"), list.clone()));
    let content = Content::from_files(content);
    let model = MatchModel::from_text(MODEL, "m.toml").unwrap();
    let linked = |threads: usize| {
        let how = How {
            learn: Learn::Before(Box::new(Parameters::of(&model))),
            threads,
            pictures: false,
            today: None,
            apart: Vec::new(),
        };
        let out = folder.0.join("out.csv");
        let done = link(&content, &model, &inputs, &out, &how, &mut |_| {});
        done.map(|run| (run.compared, fs::read(out).unwrap()))
            .map_err(|fault| fault.to_string())
    };
    match (linked(1), linked(2)) {
        (Ok(one), Ok(two)) => assert_eq!(one, two, "the number of threads matters"),
        (Err(one), Err(two)) => assert_eq!(one, two),
        _ => panic!("one of two runs failed"),
    }
}

/// A folder of its own, which goes with the run.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let next = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("haven-link-fuzz-{}-{next}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod replay {
    use super::{TARGETS, fs, run};
    use std::path::Path;

    #[test]
    fn every_input_that_is_kept_is_answered() {
        let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus");
        for (name, _) in TARGETS {
            let entries = fs::read_dir(kept.join(name)).unwrap();
            let mut inputs: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
            inputs.sort();
            assert!(!inputs.is_empty(), "{name}");
            for input in inputs {
                run(name, &fs::read(input).unwrap());
            }
        }
    }

    #[test]
    fn every_target_has_its_file() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/fuzz_targets");
        for (name, _) in TARGETS {
            let text = fs::read_to_string(folder.join(format!("{name}.rs"))).unwrap();
            assert!(text.contains(&format!("\"{name}\"")), "{name}");
        }
    }
}
