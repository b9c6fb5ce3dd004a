//! Excel workbooks: the same cells as in a CSV file, and bounds on what a damaged one can do.

use super::{Seeded, Table, gzip, read, read_with, refusal, refusal_with, zip};
use crate::receive::{FileKind, ReceiveSettings, Wrapping};
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};
use std::{
    fmt::Write,
    io::{Cursor, Read},
};

/// A workbook with a hidden list before the table and notes after it.
fn workbook() -> Vec<u8> {
    let mut book = Workbook::new();
    book.add_worksheet()
        .set_name("Lists")
        .unwrap()
        .write(0, 0, "Yes")
        .unwrap();
    let table = book.add_worksheet();
    table.set_name("Returns").unwrap().set_active(true);
    let day = Format::new().set_num_format("dd/mm/yyyy");
    for (column, name) in ["LA_Code", "Last Name", "Visit Date", "Paid"]
        .iter()
        .enumerate()
    {
        table
            .write(0, u16::try_from(column).unwrap(), *name)
            .unwrap();
    }
    table.write(1, 0, 9_995_260_182_u64).unwrap();
    table.write(1, 1, "Thornby & \"Sons\" <x>").unwrap();
    let date = ExcelDateTime::from_ymd(2026, 1, 31).unwrap();
    table.write_with_format(1, 2, &date, &day).unwrap();
    table.write(1, 3, true).unwrap();
    // Row 3 has a format and no cell; row 4 ends early; column F is past the header.
    table.write_blank(2, 1, &day).unwrap();
    table.write(3, 0, "00503").unwrap();
    table.write(4, 1, "two\nlines").unwrap();
    table.write(4, 5, 1.5).unwrap();
    table.write_blank(9, 0, &day).unwrap();
    book.add_worksheet().set_name("Notes").unwrap();
    let mut bytes = book.save_to_buffer().unwrap();
    // The first sheet is hidden by hand, since the writer wants the first one shown.
    bytes = rewrite(&bytes, "xl/workbook.xml", |xml| {
        xml.replacen(
            "<sheet name=\"Lists\"",
            "<sheet state=\"hidden\" name=\"Lists\"",
            1,
        )
    });
    bytes
}

/// The same workbook with one part changed.
fn rewrite(bytes: &[u8], part: &str, mut change: impl FnMut(&str) -> String) -> Vec<u8> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut parts = Vec::new();
    for index in 0..archive.len() {
        let mut file = archive.by_index(index).unwrap();
        let name = file.name().unwrap().into_owned();
        let mut text = Vec::new();
        file.read_to_end(&mut text).unwrap();
        if name == part {
            text = change(std::str::from_utf8(&text).unwrap()).into_bytes();
        }
        parts.push((name, text));
    }
    let parts: Vec<(&str, &[u8])> = parts.iter().map(|(n, t)| (n.as_str(), &**t)).collect();
    zip(&parts)
}

const SHEET: &str = "xl/worksheets/sheet2.xml";

fn check(table: &Table) {
    let rows: Vec<(u64, u64, u32)> = table.rows.iter().map(|(r, l, w, _)| (*r, *l, *w)).collect();
    assert_eq!(rows, [(2, 2, 4), (3, 3, 0), (4, 4, 4), (5, 5, 6)]);
    assert_eq!(
        table.cells(),
        [
            ["9995260182", "Thornby & \"Sons\" <x>", "2026-01-31"],
            ["", "", ""],
            ["00503", "", ""],
            ["", "two\nlines", ""]
        ]
    );
    assert_eq!(table.received.detected.kind, FileKind::Xlsx);
    assert_eq!(table.received.detected.sheet.as_deref(), Some("Returns"));
}

#[test]
fn the_first_sheet_that_people_see_is_read() {
    let table = read(&workbook());
    check(&table);
    assert_eq!(table.received.detected.wrapping, None);
}

#[test]
fn a_workbook_may_be_compressed_once_more() {
    for (bytes, wrapping) in [
        (gzip(&workbook()), Wrapping::Gzip),
        (zip(&[("returns.xlsx", &workbook())]), Wrapping::Zip),
    ] {
        let table = read(&bytes);
        check(&table);
        assert_eq!(table.received.detected.wrapping, Some(wrapping));
        assert_eq!(table.received.bytes, bytes.len() as u64);
    }
}

#[test]
fn a_sheet_can_be_named() {
    let named = |sheet: &str| ReceiveSettings {
        sheet: Some(sheet.to_owned()),
        ..ReceiveSettings::default()
    };
    check(&read_with(&workbook(), &named("returns")).unwrap());
    assert_eq!(
        refusal_with(&workbook(), &named("Notes")),
        "the file is empty"
    );
    assert_eq!(
        refusal_with(&workbook(), &named("Lists")),
        "no column of Invented visits is named in the first row of sheet `Lists`, which has 1 cell: \
         put the names of the columns there, beginning `LA Code`, `Last Name`, `Visit Date`"
    );
    assert_eq!(
        refusal_with(&workbook(), &named("Return")),
        "the workbook has no sheet `Return`, nearest is `Returns`"
    );
}

#[test]
fn batches_of_a_workbook_join_to_the_same_table() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    let mut csv = "LA Code,Last Name,Visit Date\r\n".to_owned();
    for (column, name) in (0..).zip(["LA Code", "Last Name", "Visit Date"]) {
        sheet.write(0, column, name).unwrap();
    }
    for row in 1..3_000u32 {
        let name = format!("Thornby {}", row % 97);
        sheet.write(row, 0, row).unwrap();
        sheet.write(row, 1, &name).unwrap();
        sheet.write(row, 2, "2026-02-03").unwrap();
        write!(csv, "{row},{name},2026-02-03\r\n").unwrap();
    }
    let bytes = book.save_to_buffer().unwrap();
    let expected = read(csv.as_bytes()).rows;
    for batch_rows in [1, 500, 8_192] {
        let settings = ReceiveSettings {
            batch_rows,
            ..ReceiveSettings::default()
        };
        assert_eq!(read_with(&bytes, &settings).unwrap().rows, expected);
    }
}

#[test]
fn damaged_workbooks_are_refused_in_words() {
    let good = workbook();
    let strings = "xl/sharedStrings.xml";
    let damaged = |why: &str| {
        format!("the Excel workbook is cut short or damaged ({why}), make it again and send that")
    };
    let cases: [(&str, Vec<u8>, String); 9] = [
        (
            "cut short",
            good[..good.len() / 2].to_vec(),
            "the zip file is cut short or damaged (its list of contents is not there), make it again and send that".to_owned(),
        ),
        (
            "more texts claimed than memory holds",
            rewrite(&good, strings, |xml| {
                let at = xml.find("uniqueCount=\"").unwrap() + 13;
                format!("{}99999999999{}", &xml[..at], &xml[at..])
            }),
            damaged("it claims more texts than it holds"),
        ),
        (
            "a claim that hides",
            rewrite(&good, strings, |xml| {
                xml.replace("uniqueCount=\"", "uniqueCount = \"99999999999")
            }),
            damaged("it has XML that Excel does not write"),
        ),
        (
            "entities",
            rewrite(&good, SHEET, |xml| {
                xml.replacen("?>", "?><!DOCTYPE x [<!ENTITY a \"aaaa\">]>", 1)
            }),
            damaged("it has XML that Excel does not write"),
        ),
        (
            "a comment without end",
            rewrite(&good, SHEET, |xml| {
                xml.replacen("<sheetData>", &format!("<sheetData><!--{}-->", "<".repeat(2 << 20)), 1)
            }),
            damaged("one cell of it has more text than Excel allows"),
        ),
        (
            "utf-16",
            rewrite(&good, SHEET, |xml| format!("\0{xml}")),
            damaged("it is not written in UTF-8"),
        ),
        (
            "half a sheet",
            rewrite(&good, SHEET, |xml| xml[..xml.len() / 2].to_owned()),
            damaged("its XML cannot be read"),
        ),
        (
            "rows out of order",
            rewrite(&good, SHEET, |xml| xml.replace("\"A4\"", "\"A1\"").replace("r=\"4\"", "r=\"1\"")),
            damaged("its rows are out of order"),
        ),
        (
            "a cell that is no number",
            rewrite(&good, SHEET, |xml| xml.replace("<v>9995260182</v>", "<v>Thornby</v>").replace("<c r=\"A2\"", "<c r=\"A2\" t=\"n\"")),
            damaged("its cells cannot be read"),
        ),
    ];
    for (name, bytes, message) in cases {
        assert_eq!(refusal(&bytes), message, "{name}");
    }
}

#[test]
fn short_comments_and_sections_in_the_xml_are_read_past() {
    let bytes = rewrite(&workbook(), SHEET, |xml| {
        xml.replacen("<sheetData>", "<!-- <made> by hand --><sheetData>", 1)
    });
    check(&read(&bytes));
}

#[test]
fn a_workbook_that_grows_too_far_is_refused_before_it_is_opened() {
    let bytes = rewrite(&workbook(), SHEET, |xml| {
        xml.replacen(
            "<sheetData>",
            &format!("<sheetData>{}", "<row></row>".repeat(200_000)),
            1,
        )
    });
    let settings = ReceiveSettings {
        max_decompressed_bytes: 1 << 20,
        ..ReceiveSettings::default()
    };
    assert_eq!(
        refusal_with(&bytes, &settings),
        "the Excel workbook is larger than 1 MiB when uncompressed, split it by quarter"
    );
}

#[test]
fn a_receiver_may_be_dropped_at_any_moment() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write(0, 0, "LA Code").unwrap();
    for row in 1..5_000u32 {
        sheet.write(row, 0, row).unwrap();
    }
    let bytes = book.save_to_buffer().unwrap();
    let settings = ReceiveSettings {
        batch_rows: 10,
        ..ReceiveSettings::default()
    };
    for batches in 0..3 {
        let source = Box::new(Cursor::new(bytes.clone()));
        let mut file = super::open_seekable(source, &super::dataset(), &settings).unwrap();
        for _ in 0..batches {
            file.next_batch(super::super::RawBatch::default())
                .unwrap()
                .unwrap();
        }
        let received = file.finish().unwrap();
        assert_eq!(received.rows, batches * 10);
        assert_eq!(received.bytes, bytes.len() as u64);
    }
}

#[test]
fn no_changed_byte_brings_the_reader_down() {
    let csv = b"LA Code,Last Name,Visit Date\n503,\"Thornby, J.\",2026-01-01\n".repeat(20);
    let wide: Vec<u8> = [0xff, 0xfe]
        .into_iter()
        .chain(csv.iter().flat_map(|b| [*b, 0]))
        .collect();
    let files = [workbook(), gzip(&csv), zip(&[("a.csv", &csv)]), csv, wide];
    let mut seeded = Seeded(99);
    let mut refused = 0;
    for _ in 0..200 {
        for file in &files {
            let mut bytes = file.clone();
            for _ in 0..=seeded.below(4) {
                let at = seeded.below(bytes.len());
                bytes[at] = u8::try_from(seeded.below(256)).unwrap();
            }
            bytes.truncate(bytes.len() - seeded.below(3) * seeded.below(bytes.len() / 2));
            let read = super::open_seekable(
                Box::new(Cursor::new(bytes)),
                &super::dataset(),
                &ReceiveSettings::default(),
            )
            .and_then(super::drain);
            refused += usize::from(read.is_err());
        }
        // The parts of a workbook, past the checksums of its archive.
        for part in [
            SHEET,
            "xl/sharedStrings.xml",
            "xl/styles.xml",
            "xl/workbook.xml",
        ] {
            let changed = rewrite(&files[0], part, |xml| {
                let mut letters: Vec<char> = xml.chars().collect();
                for _ in 0..=seeded.below(3) {
                    let at = seeded.below(letters.len());
                    letters[at] = ['<', '"', '9', '\u{0}', 'é', '/'][seeded.below(6)];
                }
                letters.into_iter().collect()
            });
            let read = super::open_seekable(
                Box::new(Cursor::new(changed)),
                &super::dataset(),
                &ReceiveSettings::default(),
            )
            .and_then(super::drain);
            refused += usize::from(read.is_err());
        }
    }
    assert!(refused > 500, "{refused}");
}

#[test]
fn other_sheets_are_counted_hidden_ones_included() {
    let table = read(&workbook());
    assert_eq!(table.received.detected.other_sheets, 2);
}

/// A workbook whose cell B2 is written as this XML.
fn with_cell(xml: &str) -> Vec<u8> {
    rewrite(&workbook(), SHEET, |sheet| {
        let start = sheet.find("<c r=\"B2\"").unwrap();
        let end = start + sheet[start..].find("</c>").unwrap() + 4;
        format!("{}{xml}{}", &sheet[..start], &sheet[end..])
    })
}

#[test]
fn a_formula_is_read_by_its_result_and_one_without_is_refused() {
    for (xml, cell) in [
        (r#"<c r="B2"><f>1+1</f><v>2</v></c>"#, "2"),
        (
            r#"<c r="B2" t="str"><f>A1&amp;""</f><v>Thornby</v></c>"#,
            "Thornby",
        ),
        // A text without letters is a result.
        (r#"<c r="B2" t="str"><f>""</f><v></v></c>"#, ""),
        (r#"<c r="B2" t="b"><f>TRUE()</f><v>1</v></c>"#, "TRUE"),
        (r#"<c r="B2" t="e"><f>1/0</f><v>#DIV/0!</v></c>"#, "#DIV/0!"),
        (r#"<c r="B2" t="e"><f>x</f><v>#REF!</v></c>"#, "#REF!"),
    ] {
        assert_eq!(read(&with_cell(xml)).cells()[0][1], cell, "{xml}");
    }
    for xml in [
        r#"<c r="B2"><f>1+1</f></c>"#,
        r#"<c r="B2"><f>1+1</f><v></v></c>"#,
        r#"<c r="B2"><f>1+1</f><v/></c>"#,
        r#"<c r="B2"><f t="shared" si="0"/><v /></c>"#,
    ] {
        assert_eq!(
            refusal(&with_cell(xml)),
            "a cell of the Excel workbook (B2) holds a formula that was never worked out, \
             open the workbook in Excel, save it and send it again",
            "{xml}"
        );
    }
}

#[test]
fn a_workbook_with_macros_is_read_and_its_macros_are_not() {
    let mut archive = zip::ZipArchive::new(Cursor::new(workbook())).unwrap();
    let mut parts = vec![("xl/vbaProject.bin".to_owned(), vec![0xd0, 0xcf, 0x11, 0xe0])];
    for index in 0..archive.len() {
        let mut file = archive.by_index(index).unwrap();
        let mut text = Vec::new();
        file.read_to_end(&mut text).unwrap();
        let name = file.name().unwrap().into_owned();
        if name == "[Content_Types].xml" {
            let plain =
                "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml";
            let macros = "application/vnd.ms-excel.sheet.macroEnabled.main+xml";
            text = String::from_utf8(text)
                .unwrap()
                .replace(plain, macros)
                .into_bytes();
        }
        parts.push((name, text));
    }
    let parts: Vec<(&str, &[u8])> = parts.iter().map(|(n, t)| (n.as_str(), &**t)).collect();
    check(&read(&zip(&parts)));
}
