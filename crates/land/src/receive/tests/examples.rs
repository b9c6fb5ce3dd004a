//! The example files of `content/`, some of which nobody here wrote.

use crate::receive::{RawBatch, ReceiveSettings, open_path, slow::slow};
use flate2::read::GzDecoder;
use model::{Content, Dataset};
use std::{
    fs::File,
    io::Read,
    path::{Path, PathBuf},
};

fn content() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../content")
}

/// The text of a file, gzipped or not, all at once.
fn text(path: &Path) -> String {
    let mut text = String::new();
    let mut file = File::open(path).unwrap();
    if path.extension().is_some_and(|end| end == "gz") {
        GzDecoder::new(file).read_to_string(&mut text).unwrap();
    } else {
        file.read_to_string(&mut text).unwrap();
    }
    text
}

/// Reads an example, holds it against the plain reader, and gives the number of its rows.
fn check(name: &str, file: &str) -> usize {
    let dataset = Dataset::read(&Content::from_folder(&content()).unwrap(), name).unwrap();
    let path = content().join(format!("datasets/{name}/examples/{file}"));
    let mut receiver = open_path(&path, &dataset, &ReceiveSettings::default()).unwrap();
    let header = receiver.header().clone();
    assert!(header.in_order, "{name}");
    assert_eq!(header.width, dataset.fields.len(), "{name}");
    assert!(
        header.inexact.is_empty()
            && header.missing.is_empty()
            && header.extra.is_empty()
            && header.duplicated.is_empty(),
        "{name}: {header:?}"
    );
    let (expected, _) = slow(&text(&path), ',');
    let mut expected = expected.into_iter().skip(1);
    let mut rows = 0;
    while let Some(batch) = receiver.next_batch(RawBatch::default()).unwrap() {
        for row in 0..batch.rows {
            let (number, line, cells) = expected.next().unwrap();
            assert_eq!((number, line), (batch.row_numbers[row], batch.lines[row]));
            let read: Vec<&[u8]> = batch.columns.iter().map(|c| c.cell(row)).collect();
            let cells: Vec<&[u8]> = cells.iter().map(String::as_bytes).collect();
            assert_eq!(read, cells, "{name}, row {number}");
        }
        rows += batch.rows;
    }
    assert!(expected.next().is_none());
    rows
}

#[test]
fn examples_fit_their_datasets() {
    for (name, rows) in [
        ("demographic-index", 10),
        ("demographic-history", 8),
        ("superseded-numbers", 3),
        ("hospital-spells", 10),
        ("emergency-attendances", 10),
        ("deaths", 10),
        ("opt-outs", 9),
        ("postcode-areas", 10),
        ("community-referrals", 10),
        ("community-contacts", 12),
        ("community-spells", 10),
        ("mh-referrals", 10),
        ("mh-contacts", 11),
        ("mh-spells", 10),
        ("mh-ward-stays", 10),
        ("mh-legal-status", 10),
        ("mh-clusters", 10),
        ("talking-therapies", 10),
        ("gp-events", 12),
        ("gp-appointments", 12),
        ("gp-medication", 10),
        ("contract-plan", 10),
        ("provider-claims", 10),
        ("tariff", 10),
        ("market-forces-factor", 10),
        ("unit-costs", 12),
        ("apc-episodes", 10),
        ("apc-diagnoses", 12),
        ("apc-procedures", 10),
        ("outpatient-attendances", 10),
        ("emergency-care", 10),
        ("rtt-pathways", 10),
        ("demographics", 10),
        ("urgent-contacts", 10),
        ("proms", 10),
        ("local-provider-flow", 10),
    ] {
        assert_eq!(check(name, "example.csv"), rows, "{name}");
    }
}

#[test]
fn the_artificial_hes_samples_are_read_whole() {
    // The numbers of rows that the publisher states.
    for (name, file, rows) in [
        ("hes-apc", "artificial_hes_apc_0102_sample.csv.gz", 2_075),
        ("hes-ae", "artificial_hes_ae_0708_sample.csv.gz", 1_000),
        ("hes-op", "artificial_hes_op_0304_sample.csv.gz", 1_000),
    ] {
        assert_eq!(check(name, file), rows, "{name}");
    }
}
