//! What people leave around a table: titles, headings over headings, blank rows and columns.

use super::{Seeded, Table, read, read_with, refusal};
use crate::receive::{ReceiveSettings, open_seekable};
use rust_xlsxwriter::Workbook;
use std::io::Cursor;

const HEADER: &str = "LA Code,Last Name,Visit Date\n";

/// The row of the header, the filled rows above it, and the rows that were read.
fn check(text: &str, expected: (u64, u64), rows: &[(u64, [&str; 3])]) {
    let source = Box::new(Cursor::new(text.to_owned().into_bytes()));
    let receiver = open_seekable(source, &super::dataset(), &ReceiveSettings::default()).unwrap();
    let header = receiver.header();
    assert_eq!((header.row, header.rows_above), expected, "{text:?}");
    assert_eq!(header.columns, [Some(0), Some(1), Some(2)], "{text:?}");
    let table = read(text.as_bytes());
    let found: Vec<(u64, Vec<&str>)> = table
        .rows
        .iter()
        .map(|(row, _, _, cells)| (*row, cells.iter().map(String::as_str).collect()))
        .collect();
    let rows: Vec<(u64, Vec<&str>)> = rows.iter().map(|(row, c)| (*row, c.to_vec())).collect();
    assert_eq!(found, rows, "{text:?}");
}

#[test]
fn titles_and_headings_above_the_header_are_read_past() {
    let table = format!("{HEADER}503,Thornby,2026-01-01\n");
    check(&table, (1, 0), &[(2, ["503", "Thornby", "2026-01-01"])]);
    for (above, expected) in [
        ("Visits, March\n", (2, 1)),
        ("Visits, March\n\nRun on 1 April\n", (4, 2)),
        ("Visits,,\n", (2, 1)),
        // A row of headings over several columns, one of which is called like a column.
        ("Who,,Visit Date,Other,More\n", (2, 1)),
        ("\"a title\nof two lines\"\n", (2, 1)),
    ] {
        let row = expected.0 + 1;
        let text = format!("{above}{table}");
        check(&text, expected, &[(row, ["503", "Thornby", "2026-01-01"])]);
    }
    let nineteen = "a title\n".repeat(19);
    let text = format!("{nineteen}{table}");
    check(&text, (20, 19), &[(21, ["503", "Thornby", "2026-01-01"])]);
    let twenty = format!("one more\n{text}");
    assert!(refusal(twenty.as_bytes()).starts_with("no column of Invented visits is named"));
}

#[test]
fn a_first_row_with_few_known_names_is_the_header_unless_a_better_one_follows() {
    let table = read(b"LA Code,a,b,c,d\n1,2,3,4,5\nx,y,z\n");
    assert_eq!(table.cells(), [["1", "", ""], ["x", "", ""]]);
}

#[test]
fn the_delimiter_is_the_one_under_which_the_header_comes_first() {
    let text = "Visits, of March; with notes\nLA Code;Last Name;Visit Date\n1;a,b;\n";
    check(text, (2, 1), &[(3, ["1", "a,b", ""])]);
}

#[test]
fn how_the_bytes_come_in_does_not_change_where_the_header_is() {
    let mut seeded = Seeded(4);
    for _ in 0..60 {
        let mut text = String::new();
        for _ in 0..seeded.below(22) {
            let length = 1 + seeded.below(40_000);
            text.push_str(
                &["title ", ";;", "LA Code;", "a,b|c\t", "\"q\"\"", "\n"][seeded.below(6)]
                    .repeat(length % 97),
            );
            text.push('\n');
        }
        text.push_str(HEADER);
        text.push_str("1,2,3\n");
        // The same as a file and as a stream in small pieces, which `read_with` compares.
        let _ = read_with(text.as_bytes(), &ReceiveSettings::default());
    }
}

#[test]
fn a_title_of_a_megabyte_is_not_looked_past() {
    let text = format!("{}\n{HEADER}1,2,3\n", "t,".repeat(3 << 18));
    assert_eq!(
        refusal(text.as_bytes()),
        "the header has more than 2000 columns, check the delimiter and the line ends"
    );
    let text = format!("\"{}\"\n{HEADER}1,2,3\n", "title\n".repeat(1 << 16));
    check(&text, (2, 1), &[(3, ["1", "2", "3"])]);
    let long = format!("{text}\n{HEADER}").replace("title\n", "a longer title, of more words,");
    assert_eq!(
        refusal(long.as_bytes()),
        "row 1 (line 1), column A is longer than 1 MiB, look for a quote that is opened and never closed, or shorten the text"
    );
    assert_eq!(
        refusal(&b"\n".repeat(3 << 20)),
        "no header ends within the first 1 MiB, check that the file is a table that begins with the names of its columns"
    );
}

#[test]
fn a_workbook_may_have_titles_too() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write(0, 0, "Visits of March").unwrap();
    sheet.write(2, 1, "Who").unwrap();
    for (column, name) in (0..).zip(["LA Code", "Last Name", "Visit Date"]) {
        sheet.write(3, column, name).unwrap();
    }
    sheet.write(4, 0, "503").unwrap();
    let table = read(&book.save_to_buffer().unwrap());
    assert_eq!(table.cells(), [["503", "", ""]]);
    assert_eq!(table.rows[0].0, 5);
}

#[test]
fn blank_columns_at_the_end_are_counted_and_blank_rows_keep_their_numbers() {
    let table = read(b"LA Code,Last Name,Visit Date,,\n1,a,,,\n\n,,,,\n2,b,,,\n,,,,\n");
    let widths: Vec<(u64, u32)> = table.rows.iter().map(|(row, _, w, _)| (*row, *w)).collect();
    assert_eq!(widths, [(2, 5), (3, 0), (4, 5), (5, 5), (6, 5)]);
    assert_eq!(table.cells()[3], ["2", "b", ""]);
}

#[test]
fn line_ends_of_all_kinds_may_stand_in_one_file() {
    let table = read(b"LA Code,Last Name,Visit Date\r\n1,a,x\n2,b,y\r3,c,z\r\n\r\r\n4,d,");
    let rows: Vec<(u64, u64)> = table
        .rows
        .iter()
        .map(|(row, line, ..)| (*row, *line))
        .collect();
    assert_eq!(rows, [(2, 2), (3, 3), (4, 4), (5, 5), (6, 6), (7, 7)]);
    assert_eq!(table.cells()[5], ["4", "d", ""]);
}

#[test]
fn lone_quotes_and_nul_bytes_are_kept_as_they_are() {
    let table: Table =
        read(b"LA Code,Last Name,Visit Date\n1,a\"b,\"c\"d\n2,\0,\n3,\"never\n4,x,\n");
    assert_eq!(
        table.cells(),
        [
            ["1", "a\"b", "cd"],
            ["2", "\0", ""],
            ["3", "never\n4,x,\n", ""]
        ]
    );
    assert_eq!(table.received.nul_bytes, 1);
    assert!(table.received.unterminated_quote);
}

#[test]
fn a_cell_of_ten_megabytes_is_named_by_its_row_and_column() {
    let text = format!("{HEADER}1,{},\n", "x".repeat(10 << 20));
    assert_eq!(
        refusal(text.as_bytes()),
        "row 2 (line 2), column B is longer than 1 MiB, check the delimiter and the line ends, or shorten the text"
    );
}

#[test]
fn a_million_columns_are_too_many() {
    let names = "name,".repeat(1_000_000);
    assert_eq!(
        refusal(format!("LA Code,{names}\n").as_bytes()),
        "the header has more than 2000 columns, check the delimiter and the line ends"
    );
}
