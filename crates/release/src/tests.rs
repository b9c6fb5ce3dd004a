//! Tests of the whole crate on the rule sets in content.

mod page;
mod person_level;
mod regimes;
mod tables;

use crate::{ColumnDescription, ColumnKind, CountTable, ReleaseRefusal, Row, RuleSet};
use model::Content;
use std::path::Path;

fn content() -> Content {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../content/releases");
    let files = Content::from_folder(&root).unwrap();
    let named = files.list("").into_iter().map(|name| {
        let bytes = files.bytes(name).unwrap().to_vec();
        (format!("releases/{name}"), bytes)
    });
    Content::from_files(named)
}

fn rules(name: &str) -> RuleSet {
    RuleSet::read(&content(), name).unwrap()
}

fn column(name: &str, kind: ColumnKind) -> ColumnDescription {
    ColumnDescription {
        name: name.to_owned(),
        title: name.to_owned(),
        kind,
        person_level: false,
    }
}

/// A table written out: a header whose counts are called `people`, `events` or `things`, then rows.
/// `Total` is a total.
fn table(text: &str) -> Result<CountTable, ReleaseRefusal> {
    let mut lines = text.lines().map(|line| {
        let cells = line.split('|').map(|cell| cell.trim().to_owned());
        cells.collect::<Vec<_>>()
    });
    let columns: Vec<ColumnDescription> = lines
        .next()
        .unwrap()
        .iter()
        .map(|name| {
            let kind = match name.as_str() {
                "people" => ColumnKind::CountOfPeople,
                "events" => ColumnKind::CountOfRows,
                "things" => ColumnKind::CountOfThings,
                _ => ColumnKind::Dimension,
            };
            column(name, kind)
        })
        .collect();
    let dimensions = columns
        .iter()
        .filter(|c| c.kind == ColumnKind::Dimension)
        .count();
    let rows = lines
        .map(|cells| {
            let (labels, counts) = cells.split_at(dimensions);
            Row {
                labels: labels
                    .iter()
                    .map(|label| Some(label.clone()).filter(|l| l != "Total"))
                    .collect(),
                counts: counts.iter().map(|count| count.parse().unwrap()).collect(),
            }
        })
        .collect();
    CountTable::new("A table", "invented", &columns, rows)
}
