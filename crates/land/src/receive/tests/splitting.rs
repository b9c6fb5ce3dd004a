//! Cells, rows and lines, compared with a second reader that is slow and plain.

use super::{Row, Seeded, read, read_with};
use crate::receive::{ReceiveSettings, slow::slow};
use std::fmt::Write;

#[test]
fn cells_are_those_of_a_plain_reader() {
    let alphabet = [
        "a",
        "bc",
        ",",
        ",",
        ",",
        "\"",
        "\"",
        "\"\"",
        "\n",
        "\r\n",
        "\r",
        "é",
        " ",
        ";",
        "longer text",
    ];
    let mut seeded = Seeded(2026);
    for case in 0..3_000 {
        let mut text = "LA Code,Last Name,Visit Date\n".to_owned();
        for _ in 0..seeded.below(60) {
            text.push_str(alphabet[seeded.below(alphabet.len())]);
        }
        let (expected, open) = slow(&text, ',');
        let expected: Vec<Row> = expected
            .into_iter()
            .skip(1)
            .map(|(row, line, mut cells)| {
                let width = u32::try_from(cells.len()).unwrap();
                cells.resize(3, String::new());
                (row, line, width, cells)
            })
            .collect();
        let settings = ReceiveSettings {
            batch_rows: 1 + seeded.below(5),
            batch_bytes: 1 + seeded.below(40),
            ..ReceiveSettings::default()
        };
        let table = read_with(text.as_bytes(), &settings).unwrap();
        assert_eq!(table.rows, expected, "case {case}: {text:?}");
        assert_eq!(table.received.open_quote, open, "case {case}: {text:?}");
        assert_eq!(table.received.unterminated_quote, open.is_some());
    }
}

#[test]
fn batch_size_does_not_change_the_result() {
    let mut text = "LA Code;Last Name;Visit Date\r\n".to_owned();
    let mut seeded = Seeded(7);
    for row in 0..20_000 {
        let name = ["Thornby", "\"O\"\"Dell\r\nElder\"", "", "Ærlig"][seeded.below(4)];
        write!(text, "{row};{name};2026-01-{:02}\r\n", 1 + row % 28).unwrap();
    }
    let whole = read(text.as_bytes());
    assert_eq!(whole.rows.len(), 20_000);
    for (batch_rows, batch_bytes) in [(1, 1 << 20), (777, 1 << 20), (8_192, 5_000)] {
        let settings = ReceiveSettings {
            batch_rows,
            batch_bytes,
            ..ReceiveSettings::default()
        };
        assert_eq!(read_with(text.as_bytes(), &settings).unwrap(), whole);
    }
}

#[test]
fn a_quoted_line_break_keeps_one_row_and_counts_as_a_line() {
    let table = read(
        b"LA Code,Last Name,Visit Date\r\n\
          1,\"Thorn\r\nby\",2026-01-01\r\n\
          \r\n\
          2,\"a \"\"b\"\"\n\n\",x,more\r\n\
          3",
    );
    let rows: Vec<(u64, u64, u32)> = table.rows.iter().map(|(r, l, w, _)| (*r, *l, *w)).collect();
    assert_eq!(rows, [(2, 2, 3), (3, 4, 0), (4, 5, 4), (5, 8, 1)]);
    assert_eq!(
        table.cells(),
        [
            ["1", "Thorn\r\nby", "2026-01-01"],
            ["", "", ""],
            ["2", "a \"b\"\n\n", "x"],
            ["3", "", ""]
        ]
    );
}

#[test]
fn leading_formula_characters_are_data() {
    let table = read(b"LA Code,Last Name,Visit Date\n=1+1,+44,@x\n-5,'=a,\n");
    assert_eq!(table.cells(), [["=1+1", "+44", "@x"], ["-5", "'=a", ""]]);
}
