//! Files that are not tables: each gets a clear message, and none is read further than it must be.

use super::{Seeded, dataset, gzip, refusal, refusal_with, zip, zip_as};
use crate::receive::{ReceiveSettings, open, open_path};
use flate2::{Compression, write::GzEncoder};
use std::{
    io::{self, Read, Write},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

const CSV: &[u8] = b"LA Code,Last Name,Visit Date\n503,Thornby,2026-01-01\n";

/// An OLE container whose directory names a stream.
fn ole(stream: &str) -> Vec<u8> {
    let mut bytes = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec();
    bytes.resize(1_024, 0);
    bytes.extend(stream.encode_utf16().flat_map(u16::to_le_bytes));
    bytes.resize(2_048, 0);
    bytes
}

/// A tar file of one entry, written by the description of the format in POSIX.1-1988.
fn tar(inside: &[u8]) -> Vec<u8> {
    let mut block = vec![0; 512];
    block[..5].copy_from_slice(b"a.csv");
    block[100..107].copy_from_slice(b"0000644");
    block[124..135].copy_from_slice(format!("{:011o}", inside.len()).as_bytes());
    block[148..156].copy_from_slice(b"        ");
    let sum: u32 = block.iter().map(|b| u32::from(*b)).sum();
    block[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
    block.extend(inside);
    block.resize(512 + inside.len().next_multiple_of(512), 0);
    block
}

/// A zip file whose entries say that they are encrypted.
fn encrypted() -> Vec<u8> {
    let mut bytes = zip(&[("a.csv", CSV)]);
    let directory = bytes.windows(4).rposition(|w| w == b"PK\x01\x02").unwrap();
    bytes[6] |= 1;
    bytes[directory + 8] |= 1;
    bytes
}

/// Bytes of no format.
fn noise() -> Vec<u8> {
    let mut seeded = Seeded(11);
    let bytes = (0..5_000).map(|_| u8::try_from(seeded.below(256)).unwrap());
    [1, 2].into_iter().chain(bytes).collect()
}

#[test]
fn every_other_kind_of_file_is_named() {
    let cases: [(&str, Vec<u8>, &str); 16] = [
        ("empty", vec![], "the file is empty"),
        ("a mark only", b"\xef\xbb\xbf".to_vec(), "the file is empty"),
        (
            "blank lines",
            b"\r\n\r\n,,\r\n".to_vec(),
            "the file is empty",
        ),
        (
            "pdf",
            b"%PDF-1.7\n%\xe2\xe3".to_vec(),
            "this looks like a PDF, not a CSV or Excel file",
        ),
        (
            "picture",
            b"\x89PNG\r\n\x1a\n".to_vec(),
            "this looks like an image, not a CSV or Excel file",
        ),
        (
            "parquet",
            b"PAR1\x15\x04".to_vec(),
            "this looks like a Parquet file, not a CSV or Excel file",
        ),
        (
            "7z",
            b"7z\xbc\xaf\x27\x1c\0\x04".to_vec(),
            "this looks like an archive that is not zip or gzip, not a CSV or Excel file",
        ),
        (
            "noise",
            noise(),
            "this looks like a file that is not text, not a CSV or Excel file",
        ),
        (
            "zeros",
            vec![0; 100_000],
            "this looks like a file that is not text, not a CSV or Excel file",
        ),
        (
            "web page",
            b"\r\n<!DOCTYPE html><html>".to_vec(),
            "this looks like a web page, which some systems name .xls or .csv, save it as CSV or .xlsx in Excel and send that",
        ),
        (
            "xml",
            b"<?xml version='1.0'?><a/>".to_vec(),
            "this looks like an XML file, not a CSV or Excel file",
        ),
        (
            "json",
            b"[{\"a\": 1}]".to_vec(),
            "this looks like a JSON file, not a CSV or Excel file",
        ),
        (
            "utf-32",
            b"\xff\xfe\0\0L\0\0\0".to_vec(),
            "this looks like text in UTF-32, save it as CSV in UTF-8 and send that",
        ),
        (
            "password",
            ole("EncryptedPackage"),
            "the Excel workbook has a password, save it without one and send it again",
        ),
        (
            "old word",
            ole("WordDocument"),
            "this looks like a Word document, not a CSV or Excel file",
        ),
        (
            "old excel",
            ole("Workbook"),
            "this looks like an old Excel workbook (.xls) or one with a password, save it as CSV or as .xlsx without a password and send that",
        ),
    ];
    for (name, bytes, message) in cases {
        assert_eq!(refusal(&bytes), message, "{name}");
    }
}

#[test]
fn what_other_programs_make_under_the_name_of_excel_is_named() {
    let cases: [(&str, Vec<u8>, &str); 5] = [
        (
            "web page called .xls",
            b"<table border=1><tr><td>LA Code</td>".to_vec(),
            "this looks like a web page, which some systems name .xls or .csv, save it as CSV or .xlsx in Excel and send that",
        ),
        (
            "web archive",
            b"MIME-Version: 1.0\r\nContent-Type: multipart/related\r\n".to_vec(),
            "this looks like a web archive, which some systems name .xls, save it as CSV or .xlsx in Excel and send that",
        ),
        (
            "table of Excel 2003",
            b"<?xml version='1.0'?><?mso-application progid='Excel.Sheet'?><Workbook/>".to_vec(),
            "this looks like an XML table of Excel 2003, save it as CSV or .xlsx in Excel and send that",
        ),
        (
            "tar",
            tar(CSV),
            "this looks like an archive that is not zip or gzip, not a CSV or Excel file",
        ),
        (
            "tar in gzip",
            gzip(&tar(CSV)),
            "this looks like an archive that is not zip or gzip, not a CSV or Excel file",
        ),
    ];
    for (name, bytes, message) in cases {
        assert_eq!(refusal(&bytes), message, "{name}");
    }
}

#[test]
fn zip_files_are_named_by_what_they_hold() {
    let cases: [(&str, Vec<u8>, &str); 11] = [
        (
            "no file",
            zip(&[("empty/", b"")]),
            "the zip file holds no file, put exactly one CSV or Excel file in it",
        ),
        (
            "two files",
            zip(&[("a.csv", CSV), ("b.csv", CSV)]),
            "the zip file holds 2 files, put exactly one CSV or Excel file in it",
        ),
        (
            "word",
            zip(&[
                ("[Content_Types].xml", b"<a/>"),
                ("word/document.xml", b"<a/>"),
            ]),
            "this looks like a Word document, not a CSV or Excel file",
        ),
        (
            "xlsb",
            zip(&[("[Content_Types].xml", b"<a/>"), ("xl/workbook.bin", b"")]),
            "this looks like a binary Excel workbook (.xlsb), save it as CSV or .xlsx and send that",
        ),
        (
            "ods",
            zip(&[("mimetype", b"x"), ("META-INF/manifest.xml", b"")]),
            "this looks like an OpenDocument file, save it as CSV or .xlsx and send that",
        ),
        (
            "numbers",
            zip(&[("Index/Document.iwa", b"x"), ("preview.jpg", b"x")]),
            "this looks like an Apple Numbers document, save it as CSV or .xlsx and send that",
        ),
        (
            "encrypted",
            encrypted(),
            "the zip file has a password, save it without one and send it again",
        ),
        (
            "zip in gzip",
            gzip(&zip(&[("a.csv", CSV)])),
            "the gzip file holds another compressed file, compress the CSV or Excel file once only",
        ),
        (
            "pdf in zip",
            zip(&[("a.csv", b"%PDF-1.4")]),
            "this looks like a PDF, not a CSV or Excel file",
        ),
        (
            "gzip in gzip",
            gzip(&gzip(CSV)),
            "the gzip file holds another compressed file, compress the CSV or Excel file once only",
        ),
        (
            "zip in zip",
            zip(&[("a.zip", &zip(&[("a.csv", CSV)]))]),
            "the zip file holds another compressed file, compress the CSV or Excel file once only",
        ),
    ];
    for (name, bytes, message) in cases {
        assert_eq!(refusal(&bytes), message, "{name}");
    }
}

#[test]
fn cut_and_damaged_archives_are_refused() {
    let mut big = CSV.to_vec();
    let mut seeded = Seeded(5);
    for _ in 0..50_000 {
        big.extend_from_slice(format!("{},x,\n", seeded.below(1_000_000)).as_bytes());
    }
    let gz = gzip(&big);
    let damaged_gzip = "the gzip file is cut short or damaged (its contents cannot be uncompressed), make it again and send that";
    for end in [5, 12, gz.len() / 2, gz.len() - 1] {
        assert_eq!(refusal(&gz[..end]), damaged_gzip, "cut at {end}");
    }
    let archive = zip(&[("a.csv", &big)]);
    assert_eq!(
        refusal(&archive[..archive.len() / 2]),
        "the zip file is cut short or damaged (its list of contents is not there), make it again and send that"
    );
    let mut wrong = zip_as(&[("a.csv", &big)], zip::CompressionMethod::Stored);
    let middle = wrong.len() / 2;
    wrong[middle] ^= 1;
    assert_eq!(
        refusal(&wrong),
        "the zip file is cut short or damaged (its contents cannot be uncompressed), make it again and send that"
    );
}

/// Counts how much of an endless source was read.
struct Counted<R>(R, Arc<AtomicU64>);

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.0.read(buffer)?;
        self.1.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

/// The message, and how many bytes were read until it came.
fn refusal_of_stream(source: impl Read + Send + 'static) -> (String, u64) {
    let read = Arc::new(AtomicU64::new(0));
    let source = Box::new(Counted(source, read.clone()));
    let opened = open(source, &dataset(), &ReceiveSettings::default());
    let error = opened
        .and_then(super::drain)
        .expect_err("not a table")
        .to_string();
    (error, read.load(Ordering::Relaxed))
}

#[test]
fn a_line_of_a_gigabyte_is_given_up_after_a_megabyte() {
    const GIGABYTE: u64 = 1 << 30;
    let cases: [(Box<dyn Read + Send>, &str); 5] = [
        (
            Box::new(io::repeat(b'a')),
            "row 1 (line 1), column A is longer than 1 MiB, check the delimiter and the line ends, or shorten the text",
        ),
        (
            Box::new(io::repeat(b',')),
            "the header has more than 2000 columns, check the delimiter and the line ends",
        ),
        (
            Box::new(CSV.chain(io::repeat(b'x'))),
            "row 3 (line 3), column A is longer than 1 MiB, check the delimiter and the line ends, or shorten the text",
        ),
        (
            Box::new(CSV.chain(&b"1,\"open"[..]).chain(io::repeat(b'x'))),
            "row 3 (line 3), column B is longer than 1 MiB, look for a quote that is opened and never closed, or shorten the text",
        ),
        (
            Box::new(CSV.chain(&b"1,\""[..]).chain(io::repeat(b'"'))),
            "row 3 (line 3), column B is longer than 1 MiB, look for a quote that is opened and never closed, or shorten the text",
        ),
    ];
    for (source, expected) in cases {
        let (message, read) = refusal_of_stream(source.take(GIGABYTE));
        assert_eq!(message, expected);
        assert!(read < 4 << 20, "{read} bytes were read");
    }
}

#[test]
fn a_row_that_is_too_wide_is_counted_and_its_cells_are_not_kept() {
    let mut bytes = CSV.to_vec();
    bytes.extend_from_slice(&b"1,".repeat(1_000_000));
    let table = super::read(&bytes);
    assert_eq!(table.rows[1].2, 1_000_001);
    assert_eq!(table.cells()[1], ["1", "1", "1"]);
}

#[test]
fn ten_thousand_columns_are_too_many() {
    let names: Vec<String> = (0..10_000).map(|n| format!("Column {n}")).collect();
    assert_eq!(
        refusal(format!("LA Code,{}\n1\n", names.join(",")).as_bytes()),
        "the header has more than 2000 columns, check the delimiter and the line ends"
    );
}

#[test]
fn a_row_of_many_large_cells_is_too_long() {
    let settings = ReceiveSettings {
        max_cell_bytes: 2_000,
        ..ReceiveSettings::default()
    };
    // Sixteen cells of the largest size fit; the dataset has three, so a wider one is needed.
    let names: Vec<String> = (0..40).map(|n| format!("Column {n}")).collect();
    let fields: Vec<String> = names
        .iter()
        .map(|n| format!("[[field]]\nname='{n}'\ncolumn='c'\nkind='text'\nmeans='x'\n"))
        .collect();
    let toml = fields.concat();
    let file = format!("name='w'\ntitle='W'\nversion='1'\nsource='x'\ntable='w'\n{toml}");
    let content = model::Content::from_files([("datasets/w/dataset.toml".to_owned(), file.into())]);
    let wide = model::Dataset::read(&content, "w").unwrap();
    let row = vec!["x".repeat(1_500); 40].join(",");
    let bytes = format!("{}\n{row}\n", names.join(",")).into_bytes();
    let mut receiver = open(Box::new(io::Cursor::new(bytes)), &wide, &settings).unwrap();
    let error = receiver
        .next_batch(super::super::RawBatch::default())
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "row 2 (line 2) is longer than 32000 bytes, check the line ends"
    );
}

#[test]
fn bombs_go_off_nowhere() {
    // A gzip file may have many parts; one that is made once does for all of them.
    let mut part = GzEncoder::new(Vec::new(), Compression::best());
    let long = [&b"0".repeat(10_000), &b",0,0\n"[..]].concat();
    part.write_all(&long.repeat(600)).unwrap();
    let bomb = [gzip(CSV), part.finish().unwrap().repeat(20)].concat();
    assert!(bomb.len() < 1 << 20);
    assert_eq!(
        refusal(&bomb),
        "the gzip file grows more than 200 times when uncompressed, send the file uncompressed"
    );
    let zeros = vec![b'0'; 65 << 20];
    assert_eq!(
        refusal(&zip(&[("a.csv", &zeros)])),
        "the zip file grows more than 200 times when uncompressed, send the file uncompressed"
    );
    let small = ReceiveSettings {
        max_decompressed_bytes: 1 << 20,
        ..ReceiveSettings::default()
    };
    assert_eq!(
        refusal_with(&bomb, &small),
        "the gzip file is larger than 1 MiB when uncompressed, split it by quarter"
    );
    // An archive that says it holds ten bytes, and holds more.
    let mut lies = zip(&[("a.csv", &[CSV, &long.repeat(600)].concat())]);
    let directory = lies.windows(4).rposition(|w| w == b"PK\x01\x02").unwrap();
    lies[directory + 24..directory + 28].copy_from_slice(&10u32.to_le_bytes());
    assert_eq!(
        refusal_with(&lies, &small),
        "the zip file is larger than 1 MiB when uncompressed, split it by quarter"
    );
}

#[test]
fn a_stream_of_a_zip_file_is_held_up_to_a_limit() {
    let settings = ReceiveSettings {
        max_held_bytes: 100,
        ..ReceiveSettings::default()
    };
    let bytes = zip(&[("a.csv", CSV)]);
    let opened = open(Box::new(io::Cursor::new(bytes)), &dataset(), &settings);
    assert_eq!(
        opened.err().unwrap().to_string(),
        "a zip or Excel file that is not on disk may have at most 100 bytes, save it to a file first"
    );
}

#[test]
fn folders_and_absent_files_are_no_tables() {
    let settings = ReceiveSettings::default();
    let here = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = open_path(here, &dataset(), &settings).err().unwrap();
    assert_eq!(
        folder.to_string(),
        "this is a folder, name the file inside it"
    );
    let absent = open_path(&here.join("nothing.csv"), &dataset(), &settings);
    assert_eq!(
        absent.err().unwrap().to_string(),
        "there is no file of that name, check the name and the folder"
    );
}

#[test]
fn a_delimiter_that_is_a_quote_is_refused() {
    for delimiter in [b'"', b'\n', 0xc3] {
        let settings = ReceiveSettings {
            delimiter: Some(delimiter),
            ..ReceiveSettings::default()
        };
        assert_eq!(
            refusal_with(CSV, &settings),
            "a delimiter is one ASCII character other than a quote or a line end"
        );
    }
}
