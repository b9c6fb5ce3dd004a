//! The reader against the `csv` crate, on tables that are well formed.

use super::{Seeded, read, read_with};
use crate::receive::ReceiveSettings;

const PIECES: [&str; 14] = [
    "a",
    "Thornby",
    " ",
    ",",
    "\"",
    "\n",
    "\r\n",
    "é",
    "503",
    "=1",
    "\u{feff}",
    "|",
    "\t",
    "long text ",
];

fn table(seeded: &mut Seeded, delimiter: u8, line_end: csv::Terminator) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new()
        .delimiter(delimiter)
        .terminator(line_end)
        .quote_style([csv::QuoteStyle::Necessary, csv::QuoteStyle::Always][seeded.below(2)])
        .from_writer(Vec::new());
    writer
        .write_record(["LA Code", "Last Name", "Visit Date"])
        .unwrap();
    for _ in 0..seeded.below(40) {
        let cells: Vec<String> = (0..3)
            .map(|_| {
                (0..seeded.below(4))
                    .map(|_| PIECES[seeded.below(PIECES.len())])
                    .collect()
            })
            .collect();
        // A row of blank cells only is a blank line to the other reader, which leaves it out.
        if cells.iter().any(|cell| !cell.is_empty()) {
            writer.write_record(&cells).unwrap();
        }
    }
    writer.into_inner().unwrap()
}

#[test]
fn well_formed_tables_have_the_cells_that_the_csv_crate_finds() {
    let mut seeded = Seeded(31);
    for case in 0..600 {
        let delimiter = [b',', b';', b'\t', b'|'][seeded.below(4)];
        let line_end = [csv::Terminator::CRLF, csv::Terminator::Any(b'\n')][seeded.below(2)];
        let bytes = table(&mut seeded, delimiter, line_end);
        let mut other = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .from_reader(&*bytes);
        let expected: Vec<Vec<String>> = other
            .records()
            .map(|record| record.unwrap().iter().map(str::to_owned).collect())
            .collect();
        let settings = ReceiveSettings {
            batch_rows: 1 + seeded.below(50),
            ..ReceiveSettings::default()
        };
        assert_eq!(
            read_with(&bytes, &settings).unwrap().cells(),
            expected,
            "case {case}"
        );
        assert_eq!(read(&bytes).cells(), expected, "case {case}");
    }
}
