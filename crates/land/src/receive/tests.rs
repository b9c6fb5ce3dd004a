//! What every test of receiving uses: a small dataset, and a file read to its end.

mod examples;
mod forms;
mod headers;
mod malformed;
mod paths;
mod second_reader;
mod splitting;
mod surroundings;
mod workbooks;

use super::{ReceiveSettings, Received, Receiver, open_seekable};
use crate::LandError;
use flate2::{Compression, write::GzEncoder};
use model::{Content, Dataset};
use std::io::{Cursor, Read, Write};

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
"#;

fn dataset() -> Dataset {
    let file = ("datasets/visits/dataset.toml".to_owned(), DATASET.into());
    Dataset::read(&Content::from_files([file]), "visits").unwrap()
}

/// One row: its number, its line, its width and the dataset's cells.
type Row = (u64, u64, u32, Vec<String>);

#[derive(Debug, PartialEq)]
struct Table {
    rows: Vec<Row>,
    received: Received,
}

impl Table {
    fn cells(&self) -> Vec<Vec<&str>> {
        self.rows
            .iter()
            .map(|(.., cells)| cells.iter().map(String::as_str).collect())
            .collect()
    }
}

/// Reads to the end, and looks at each batch in every way that it offers.
fn drain(mut file: Receiver) -> Result<Table, LandError> {
    let mut rows = Vec::new();
    let mut reuse = super::RawBatch::default();
    while let Some(batch) = file.next_batch(reuse)? {
        assert!(batch.rows > 0);
        assert_eq!(batch.first_row(), batch.row_numbers.first().copied());
        let columns: Vec<Vec<&str>> = batch.columns.iter().map(|c| c.cells().collect()).collect();
        for row in 0..batch.rows {
            let cells: Vec<String> = batch
                .columns
                .iter()
                .map(|c| String::from_utf8(c.cell(row).to_vec()).unwrap())
                .collect();
            assert!(cells.iter().zip(&columns).all(|(a, b)| a == b[row]));
            rows.push((
                batch.row_numbers[row],
                batch.lines[row],
                batch.widths[row],
                cells,
            ));
        }
        reuse = batch;
    }
    let received = file.finish()?;
    assert_eq!(received.rows, rows.len() as u64);
    Ok(Table { rows, received })
}

fn read_with(bytes: &[u8], settings: &ReceiveSettings) -> Result<Table, LandError> {
    let seekable =
        open_seekable(Box::new(Cursor::new(bytes.to_vec())), &dataset(), settings).and_then(drain);
    let stream = super::open(
        Box::new(Dribble(Cursor::new(bytes.to_vec()), 1)),
        &dataset(),
        settings,
    )
    .and_then(drain);
    match (&seekable, &stream) {
        (Ok(a), Ok(b)) => assert_eq!(a, b, "a stream reads as a file does"),
        (Err(a), Err(b)) => assert_eq!(a.to_string(), b.to_string()),
        _ => panic!("a stream reads as a file does: {seekable:?} {stream:?}"),
    }
    seekable
}

fn read(bytes: &[u8]) -> Table {
    read_with(bytes, &ReceiveSettings::default()).unwrap()
}

fn refusal(bytes: &[u8]) -> String {
    refusal_with(bytes, &ReceiveSettings::default())
}

fn refusal_with(bytes: &[u8], settings: &ReceiveSettings) -> String {
    read_with(bytes, settings).unwrap_err().to_string()
}

/// Gives pieces of changing size, as a network does.
struct Dribble<R>(R, usize);

impl<R: Read> Read for Dribble<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.1 = self.1 * 5 % 8_191 + 1;
        let most = buffer.len().min(self.1);
        self.0.read(&mut buffer[..most])
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut gz = GzEncoder::new(Vec::new(), Compression::fast());
    gz.write_all(bytes).unwrap();
    gz.finish().unwrap()
}

fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    zip_as(files, zip::CompressionMethod::Deflated)
}

fn zip_as(files: &[(&str, &[u8])], method: zip::CompressionMethod) -> Vec<u8> {
    let options = zip::write::SimpleFileOptions::default().compression_method(method);
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        if name.ends_with('/') {
            archive.add_directory(*name, options).unwrap();
            continue;
        }
        archive.start_file(*name, options).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

/// The same pseudo-random numbers on every run.
struct Seeded(u64);

impl Seeded {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % most
    }
}
