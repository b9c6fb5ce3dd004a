//! What the fuzz targets of `fuzz/` run, and `cargo test` on the corpus that is kept there: `docs/fuzzing.md`.
//!
//! Each target takes bytes from a stranger, and must come back whatever they are. Beside that it holds the
//! answer against a second way to it: the same bytes in other pieces, other batches, another evaluator.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "only tests and fuzzing use it, and a panic is how they report"
)]

mod files;
#[cfg(test)]
mod replay;
mod rules;

use model::{Content, Dataset};
use std::sync::OnceLock;

/// A target: bytes in, and a panic if something is wrong.
pub type Target = fn(&[u8]);

/// Every target by its name, which is that of its file in `fuzz/fuzz_targets` and of its corpus.
pub const TARGETS: [(&str, Target); 10] = [
    ("text", files::text),
    ("cells", files::cells),
    ("workbook", files::workbook),
    ("gzip", files::gzip),
    ("zip", files::zip),
    ("header", rules::header),
    ("check", files::check),
    ("rules", rules::rules),
    ("expression", rules::expression),
    ("codes", rules::codes),
];

/// Runs a target by its name.
///
/// # Panics
///
/// If there is no such target, or what it ran was answered wrongly.
pub fn run(name: &str, bytes: &[u8]) {
    let target = TARGETS.iter().find(|(known, _)| *known == name).unwrap().1;
    target(bytes);
}

const DATASET: &str = r#"
name = "visits"
title = "Invented visits"
version = "1"
source = "invented"
table = "visit"
[[field]]
name = "LA Code"
column = "la_code"
kind = "text"
means = "the council"
[[field]]
name = "Last Name"
column = "last_name"
kind = "text"
means = "the family name"
[[field]]
name = "Visit Date"
column = "visit_date"
kind = "date"
layouts = ["%Y-%m-%d"]
means = "the day"
[[field]]
name = "Born"
column = "born"
kind = "date"
means = "the day of birth"
[[field]]
name = "Colour"
column = "colour"
kind = "code"
codes = "colour"
means = "what it looked like"
[[field]]
name = "Visits"
column = "visits"
kind = "integer"
means = "how many"
[[field]]
name = "Cost"
column = "cost"
kind = "decimal"
means = "pounds"
[[field]]
name = "Share"
column = "share"
kind = "number"
means = "of the whole"
"#;

const COLOURS: &str = "value,confidence,group,status,size\nDeep red,certain,warm,current,3\nSea - blue,inferred,cold,current,x\nGrey,certain,cold,retired,\n";
const ABOUT_COLOURS: &str = "title = \"Colour\"\nsource = \"nobody\"\n[earlier]\nrelease = \"Old\"\nmapping = \"cld-r1-to-r2\"\n[also]\ncrimson = \"Deep red\"\n";
/// The evaluator that is slow looks for the mapping under this name.
const EARLIER: &str = "list,value,equivalent,confidence\ncolour,DEEP RED,Deep red,certain\ncolour,Rouge,Deep red,certain\ncolour,Bleu,Sea - blue,certain\ncolour,Vert,,certain\n";

fn content(more: &[(&str, &[u8])]) -> Content {
    let files = [
        ("datasets/visits/dataset.toml", DATASET.as_bytes()),
        ("codes/colour.csv", COLOURS.as_bytes()),
        ("codes/colour.toml", ABOUT_COLOURS.as_bytes()),
        ("codes/cld-r1-to-r2.csv", EARLIER.as_bytes()),
    ];
    let owned = |(path, text): &(&str, &[u8])| ((*path).to_owned(), text.to_vec());
    Content::from_files(files.iter().chain(more).map(owned))
}

fn dataset() -> &'static Dataset {
    static DATASET: OnceLock<Dataset> = OnceLock::new();
    DATASET.get_or_init(|| Dataset::read(&content(&[]), "visits").unwrap())
}

/// The first bytes choose how the rest is used.
fn choices<const N: usize>(bytes: &[u8]) -> Option<([u8; N], &[u8])> {
    let (choices, rest) = bytes.split_first_chunk::<N>()?;
    Some((*choices, rest))
}
