//! Files of CSV that somebody cut short, or put a quote into.

use super::*;
use proptest::prelude::*;
use std::fs;

/// The cells of all rows, and what was odd about them.
type All = (Vec<Vec<String>>, Vec<(String, u64, u64)>);

fn read(bytes: &[u8]) -> Result<All, FileError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("f.csv");
    fs::write(&path, bytes).unwrap();
    let file = BufReader::new(File::open(&path).unwrap());
    let text = |cell: &[u8]| String::from_utf8_lossy(cell).into_owned();
    let mut rows = CsvRows::new(&path, file, text)?;
    let (mut all, mut row) = (vec![rows.columns().to_vec()], ByteRecord::new());
    while rows.next(&mut row)? {
        all.push(row.iter().map(text).collect());
    }
    let odd = rows.odd().into_iter();
    let odd = odd.map(|odd| (odd.message, odd.count, odd.line));
    Ok((all, odd.collect()))
}

fn refused(bytes: &[u8]) -> String {
    let message = read(bytes).unwrap_err().to_string();
    message.split_once("f.csv, ").unwrap().1.to_owned()
}

#[test]
fn a_quote_that_is_never_closed_is_told_with_its_line_and_column() {
    let text = "id,name,town\n1,Ada,X\n2,\"Bo,Y\n3,Cy,Z\n4,Di,\n";
    let expected = "line 3, column `name`: a quote is opened here and never closed";
    assert_eq!(refused(text.as_bytes()), expected);
    assert_eq!(refused(text.trim_end().as_bytes()), expected);
    assert_eq!(refused(text.replace('\n', "\r\n").as_bytes()), expected);
    // Blank lines before it are lines as well.
    let blank = text.replace("2,\"Bo", "\n\n2,\"Bo");
    assert_eq!(refused(blank.as_bytes()), expected.replace('3', "5"));
    // A file that was cut in its last cell.
    assert_eq!(
        refused(b"id,name\n1,Ada\n2,\"B"),
        "line 3, column `name`: a quote is opened here and never closed"
    );
    // Two quotes within quotes are one that is part of the cell, so it is still open.
    assert!(refused(b"id,name\n1,\"Ada\"\"\n").starts_with("line 2, column `name`"));
}

#[test]
fn a_header_with_an_open_quote_is_told_as_such() {
    assert!(refused(b"id,\"name\n1,Ada\n").starts_with("line 1, column `number 2`"));
}

#[test]
fn a_quote_that_another_one_closes_much_later_is_told() {
    let rows = "3,x,y\n".repeat(147);
    let text = format!("id,name,town\n1,Ada,X\n2,\"Bo,Y\n{rows}9,\"Cy\",Z\n");
    let message = refused(text.as_bytes());
    assert!(
        message.starts_with("line 3, column `name`: a cell of 149 lines begins here"),
        "{message}"
    );
}

#[test]
fn a_few_lines_in_a_cell_are_read_and_told() {
    let (rows, odd) = read(b"id,name\n1,\"Ada\nLi\"\n2,Bo\n3,\"C\r\ny\"\n").unwrap();
    assert_eq!(rows[1], ["1", "Ada\nLi"]);
    assert_eq!(rows.len(), 4);
    let [(message, count, line)] = odd.as_slice() else {
        panic!("{odd:?}")
    };
    assert!(message.contains("in column `name`"), "{message}");
    assert_eq!((*count, *line), (2, 2));
}

#[test]
fn rows_that_are_shorter_or_longer_than_the_header_are_read_and_told() {
    let (rows, odd) = read(b"id,name\n1,Ada\n2\n\n3,Cy,Z\n4\n").unwrap();
    assert_eq!(rows[2..], [vec!["2"], vec!["3", "Cy", "Z"], vec!["4"]]);
    let told: Vec<(&str, u64, u64)> = odd
        .iter()
        .map(|(message, count, line)| (message.split(';').next().unwrap(), *count, *line))
        .collect();
    assert_eq!(
        told,
        [
            ("rows with fewer cells than the header", 2, 3),
            ("rows with more cells than the header", 1, 5)
        ]
    );
}

#[test]
fn a_column_that_stands_twice_is_told() {
    let (_, odd) = read(b"id,name,id\n1,Ada,2\n").unwrap();
    assert_eq!(odd[0].0, "column `id` stands twice; the first is read");
}

#[test]
fn a_file_without_anything_has_no_columns_and_no_rows() {
    for text in ["", "\n", "\r\n\r\n"] {
        let (rows, odd) = read(text.as_bytes()).unwrap();
        assert_eq!((rows, odd), (vec![Vec::new()], Vec::new()), "{text:?}");
    }
}

#[test]
fn a_row_without_an_end_does_not_fill_the_memory() {
    let mut text = b"id,name\n1,".to_vec();
    text.resize(usize::try_from(LONGEST_ROW).unwrap() + (1 << 20), b'a');
    let error = read(&text).unwrap_err().to_string();
    assert!(
        error.ends_with("the row on line 2 is longer than any row"),
        "{error}"
    );
    text[10] = b'"';
    assert!(refused(&text).starts_with("line 2, column `name`: a quote is opened"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Whatever a proper writer makes is read back, even cells that look like the end of a file.
    #[test]
    fn what_was_written_is_read(
        rows in prop::collection::vec(prop::collection::vec("[a\",\n\r\u{1e}é]{0,6}|\u{1e}end of file\u{1e}", 1..4), 1..8),
    ) {
        let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
        for row in &rows {
            writer.write_record(row).unwrap();
        }
        prop_assert_eq!(read(&writer.into_inner().unwrap()).unwrap().0, rows);
    }

    /// Any bytes are read as the plain reader reads them, or refused.
    #[test]
    fn any_bytes_are_read_as_by_a_plain_reader_or_refused(bytes in prop::collection::vec(prop::sample::select(&b"a,\"\n\r"[..]), 0..40)) {
        let mut plain = csv::ReaderBuilder::new().flexible(true).has_headers(false).from_reader(bytes.as_slice());
        let plain: Vec<Vec<String>> = plain
            .records()
            .map(|row| row.unwrap().iter().map(str::to_owned).collect())
            .collect();
        match read(&bytes) {
            Ok((rows, _)) if plain.is_empty() => prop_assert_eq!(rows, vec![Vec::<String>::new()]),
            Ok((rows, _)) => prop_assert_eq!(rows, plain),
            Err(FileError::OpenQuote { .. }) => prop_assert!(bytes.contains(&b'"')),
            Err(other) => prop_assert!(false, "{}", other),
        }
    }
}
