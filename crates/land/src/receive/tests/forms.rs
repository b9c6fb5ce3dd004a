//! The same table in every form that people send it in.

use super::{gzip, read, read_with, zip, zip_as};
use crate::receive::{Detected, Encoding, FileKind, ReceiveSettings, Wrapping};
use sha2::{Digest, Sha256};

const ROWS: [[&str; 3]; 4] = [
    ["LA Code", "Last Name", "Visit Date"],
    ["503", "Thornby, J.; \"the elder\"", "2026-01-31"],
    ["", "Brontë €|\tÆ", ""],
    ["991", "two\nlines", "x"],
];

fn table(delimiter: &str, line_end: &str) -> String {
    ROWS.map(|row| {
        let cells = row.map(|cell| format!("\"{}\"", cell.replace('"', "\"\"")));
        format!("{}{line_end}", cells.join(delimiter))
    })
    .concat()
}

fn encode(text: &str, encoding: Encoding, mark: bool) -> Vec<u8> {
    let marked = if mark {
        format!("\u{feff}{text}")
    } else {
        text.to_owned()
    };
    match encoding {
        Encoding::Utf8 => marked.into_bytes(),
        Encoding::Utf16Le => marked.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        Encoding::Utf16Be => marked.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        // The three characters of the table that are not Latin-1 or not ASCII.
        Encoding::Windows1252 => text
            .chars()
            .map(|c| match c {
                '€' => 0x80,
                c => u8::try_from(u32::from(c)).unwrap(),
            })
            .collect(),
    }
}

#[test]
fn every_encoding_line_end_and_delimiter_gives_the_same_cells() {
    let encodings = [
        (Encoding::Utf8, false),
        (Encoding::Utf8, true),
        (Encoding::Utf16Le, true),
        (Encoding::Utf16Le, false),
        (Encoding::Utf16Be, true),
        (Encoding::Utf16Be, false),
        (Encoding::Windows1252, false),
    ];
    for (encoding, mark) in encodings {
        for line_end in ["\n", "\r\n", "\r"] {
            for delimiter in [",", ";", "\t", "|"] {
                let bytes = encode(&table(delimiter, line_end), encoding, mark);
                let table = read(&bytes);
                assert_eq!(
                    table.cells(),
                    ROWS[1..],
                    "{encoding:?} {mark} {line_end:?} {delimiter}"
                );
                assert_eq!(
                    table.received.detected,
                    Detected {
                        kind: FileKind::Csv,
                        wrapping: None,
                        encoding: Some(encoding),
                        byte_order_mark: mark,
                        delimiter: Some(delimiter.as_bytes()[0]),
                        sheet: None,
                        other_sheets: 0,
                    }
                );
                assert_eq!(table.received.encoding_faults, 0);
                assert_eq!(table.received.nul_bytes, 0);
                assert_eq!(table.received.bytes, bytes.len() as u64);
                assert_eq!(
                    table.received.sha256,
                    hex::encode(Sha256::digest(&bytes)),
                    "the fingerprint is of the bytes as sent"
                );
            }
        }
    }
}

#[test]
fn compressed_files_hold_the_same_cells() {
    let plain = table(",", "\r\n").into_bytes();
    let mac = zip(&[
        ("export/", b""),
        ("export/march.csv", &plain),
        ("__MACOSX/export/._march.csv", b"x"),
        ("export/.DS_Store", b"x"),
    ]);
    let stored = zip_as(&[("march.csv", &plain)], zip::CompressionMethod::Stored);
    let two_parts = [gzip(&plain[..50]), gzip(&plain[50..])].concat();
    for (bytes, wrapping) in [
        (gzip(&plain), Wrapping::Gzip),
        (two_parts, Wrapping::Gzip),
        (zip(&[("march.csv", &plain)]), Wrapping::Zip),
        (stored, Wrapping::Zip),
        (mac, Wrapping::Zip),
    ] {
        let table = read(&bytes);
        assert_eq!(table.cells(), ROWS[1..]);
        assert_eq!(table.received.detected.wrapping, Some(wrapping));
        assert_eq!(table.received.sha256, hex::encode(Sha256::digest(&bytes)));
        assert_eq!(table.received.bytes, bytes.len() as u64);
    }
}

#[test]
fn windows_1252_may_show_in_the_last_row_only() {
    let mut bytes = b"LA Code,Last Name,Visit Date\n".to_vec();
    for _ in 0..100_000 {
        bytes.extend_from_slice(b"503,Thornby,2026-01-01\n");
    }
    bytes.extend_from_slice(b"503,Bront\xeb,\n");
    let table = read(&bytes);
    assert_eq!(table.rows.last().unwrap().3, ["503", "Brontë", ""]);
    assert_eq!(
        table.received.detected.encoding,
        Some(Encoding::Windows1252)
    );
    assert_eq!(table.received.encoding_faults, 0);
}

#[test]
fn what_was_found_can_be_overridden() {
    let settings = ReceiveSettings {
        encoding: Some(Encoding::Windows1252),
        delimiter: Some(b';'),
        ..ReceiveSettings::default()
    };
    let table = read_with("LA Code;Last Name\n1,2;é\n".as_bytes(), &settings).unwrap();
    assert_eq!(table.cells(), [["1,2", "Ã©", ""]]);
    let tilde = ReceiveSettings {
        delimiter: Some(b'~'),
        ..ReceiveSettings::default()
    };
    let table = read_with(b"LA Code~Last Name\n1~x\n", &tilde).unwrap();
    assert_eq!(table.cells(), [["1", "x", ""]]);
}

#[test]
fn characters_that_do_not_decode_are_counted_and_replaced() {
    let header = b"LA Code,Last Name,Visit Date\n".as_slice();
    // Once a character of UTF-8 was seen, other bytes are faults.
    let mixed = [header, "1,é,\n".as_bytes(), b"2,\xeb,\n3,\xe2\x82,\n4,\xc3"].concat();
    let table = read(&mixed);
    assert_eq!(
        table.cells(),
        [
            ["1", "é", ""],
            ["2", "\u{fffd}", ""],
            ["3", "\u{fffd}", ""],
            ["4", "\u{fffd}", ""]
        ]
    );
    assert_eq!(table.received.encoding_faults, 3);
    // A byte that Windows-1252 leaves undefined.
    assert_eq!(
        read(&[header, b"1,\xeb\x81,\n"].concat())
            .received
            .encoding_faults,
        1
    );
    // UTF-16 that ends within a character.
    let mut cut = encode("LA Code,Last Name\n1,x", Encoding::Utf16Le, true);
    cut.pop();
    let table = read(&cut);
    assert_eq!(table.cells(), [["1", "\u{fffd}", ""]]);
    assert_eq!(table.received.encoding_faults, 1);
    // A NUL is kept for the checker.
    let table = read(&[header, b"1,a\0b,\0\n"].concat());
    assert_eq!(table.cells(), [["1", "a\0b", "\0"]]);
    assert_eq!(table.received.nul_bytes, 2);
}

#[test]
fn the_line_by_which_excel_is_told_the_delimiter_is_no_row() {
    for line_end in ["\n", "\r\n", "\r"] {
        let text = format!("sep=;{line_end}LA Code;Last Name{line_end}1;a,b{line_end}");
        let table = read(text.as_bytes());
        let row = (2, 3, 2, ["1", "a,b", ""].map(str::to_owned).to_vec());
        assert_eq!(table.rows, [row]);
    }
}

#[test]
fn a_header_without_rows_is_a_table_of_none() {
    for text in ["LA Code", "LA Code,Last Name\n", "\n\nLA Code\r\n"] {
        assert_eq!(read(text.as_bytes()).rows, []);
    }
}
