//! The cells of a batch, each read once into its type, and only where a rule or the landed table needs it.

use super::{
    bits::Bits,
    layout::{Layout, NO_DAY},
    number,
    spellings::{BLANK, Seen, Spellings},
};
use crate::receive::{RawBatch, RawColumn};
use model::FieldKind;
use std::cell::OnceCell;

/// How the cells of one field are read.
#[derive(Debug)]
pub(crate) enum Reading {
    Text,
    Code(Spellings),
    Date(Vec<Layout>),
    Integer,
    Decimal,
    Number,
}

impl Reading {
    pub(crate) const fn kind(&self) -> FieldKind {
        match self {
            Self::Text => FieldKind::Text,
            Self::Code(_) => FieldKind::Code,
            Self::Date(_) => FieldKind::Date,
            Self::Integer => FieldKind::Integer,
            Self::Decimal => FieldKind::Decimal,
            Self::Number => FieldKind::Number,
        }
    }
}

/// The typed columns of one batch, filled as they are asked for.
pub(crate) struct Columns<'a> {
    raw: &'a RawBatch,
    readings: &'a [Reading],
    trimmed: Vec<OnceCell<Trimmed>>,
    typed: Vec<OnceCell<Typed>>,
    signs: Vec<OnceCell<Signs>>,
}

/// Where the cells of a column begin and end once outer white space is off.
pub(crate) struct Trimmed {
    pub(crate) blank: Bits,
    /// Present only where some cell had outer white space.
    spans: Option<Vec<(u32, u32)>>,
}

/// The values of a column.
pub(crate) enum Typed {
    Text,
    Code {
        ids: Vec<u16>,
        /// Rows whose value was not typed letter for letter; absent where all were.
        inexact: Option<Bits>,
    },
    Days(Vec<i32>),
    Hundredths(Vec<Option<i64>>),
    Integers(Vec<Option<i64>>),
    Numbers(Vec<Option<f64>>),
}

/// What the bytes of a whole column hold anywhere, so that most columns need no look at each cell.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Signs {
    /// A byte below the space other than tab and line ends, or DEL, or the lead byte of C1 controls.
    pub(crate) control: bool,
    /// Two spaces together, or the lead byte of a non-breaking space.
    pub(crate) spaces: bool,
    pub(crate) plus: bool,
}

impl<'a> Columns<'a> {
    pub(crate) fn new(raw: &'a RawBatch, readings: &'a [Reading]) -> Self {
        let cells = readings.len();
        Self {
            raw,
            readings,
            trimmed: (0..cells).map(|_| OnceCell::new()).collect(),
            typed: (0..cells).map(|_| OnceCell::new()).collect(),
            signs: (0..cells).map(|_| OnceCell::new()).collect(),
        }
    }

    pub(crate) const fn raw(&self) -> &'a RawBatch {
        self.raw
    }

    pub(crate) const fn rows(&self) -> usize {
        self.raw.rows
    }

    pub(crate) fn raw_column(&self, field: usize) -> Option<&'a RawColumn> {
        self.raw.columns.get(field)
    }

    pub(crate) fn book(&self, field: usize) -> Option<&'a super::codes::CodeBook> {
        match self.readings.get(field) {
            Some(Reading::Code(spellings)) => Some(spellings.book()),
            _ => None,
        }
    }

    /// Where the cells are, and which are blank. `None` only for a field that does not exist.
    pub(crate) fn trimmed(&self, field: usize) -> Option<&Trimmed> {
        let column = self.raw.columns.get(field)?;
        Some(
            self.trimmed
                .get(field)?
                .get_or_init(|| trim(column, self.raw.rows)),
        )
    }

    /// The trimmed text of one cell.
    pub(crate) fn cell(&self, field: usize, row: usize) -> &'a [u8] {
        let (Some(column), Some(trimmed)) = (self.raw.columns.get(field), self.trimmed(field))
        else {
            return &[];
        };
        trimmed.cell(column, row)
    }

    /// The values of a field. `None` only for a field that does not exist.
    pub(crate) fn typed(&self, field: usize) -> Option<&Typed> {
        let column = self.raw.columns.get(field)?;
        let reading = self.readings.get(field)?;
        let trimmed = self.trimmed(field)?;
        Some(
            self.typed
                .get(field)?
                .get_or_init(|| read(column, trimmed, reading)),
        )
    }

    /// Days since 1970, where the field is a date.
    pub(crate) fn days(&self, field: usize) -> &[i32] {
        match self.typed(field) {
            Some(Typed::Days(days)) => days,
            _ => &[],
        }
    }

    /// Ids of the code list, where the field is a code.
    pub(crate) fn ids(&self, field: usize) -> &[u16] {
        match self.typed(field) {
            Some(Typed::Code { ids, .. }) => ids,
            _ => &[],
        }
    }

    /// What the whole column holds anywhere.
    pub(crate) fn signs(&self, field: usize) -> Signs {
        self.raw
            .columns
            .get(field)
            .zip(self.signs.get(field))
            .map(|(column, signs)| *signs.get_or_init(|| Signs::of(&column.bytes)))
            .unwrap_or_default()
    }
}

impl Trimmed {
    /// Whether some cell of the column had outer white space.
    pub(crate) const fn any_outer_space(&self) -> bool {
        self.spans.is_some()
    }

    /// The trimmed text of one cell of the column.
    pub(crate) fn cell<'a>(&self, column: &'a RawColumn, row: usize) -> &'a [u8] {
        match &self.spans {
            None => column.cell(row),
            Some(spans) => spans
                .get(row)
                .and_then(|(start, end)| column.bytes.get(*start as usize..*end as usize))
                .unwrap_or_default(),
        }
    }

    /// The trimmed cells in order.
    pub(crate) fn cells<'a>(&'a self, column: &'a RawColumn) -> Cells<'a> {
        Cells {
            bytes: &column.bytes,
            ends: column.ends.iter(),
            start: 0,
            spans: self.spans.as_ref().map(|spans| spans.iter()),
        }
    }
}

/// Trimmed cells, one after the other.
pub(crate) struct Cells<'a> {
    bytes: &'a [u8],
    ends: std::slice::Iter<'a, u32>,
    start: u32,
    spans: Option<std::slice::Iter<'a, (u32, u32)>>,
}

impl<'a> Iterator for Cells<'a> {
    type Item = &'a [u8];

    #[inline]
    fn next(&mut self) -> Option<&'a [u8]> {
        let (start, end) = if let Some(spans) = &mut self.spans {
            *spans.next()?
        } else {
            let end = *self.ends.next()?;
            (std::mem::replace(&mut self.start, end), end)
        };
        Some(
            self.bytes
                .get(start as usize..end as usize)
                .unwrap_or_default(),
        )
    }
}

impl Signs {
    #[expect(
        clippy::needless_bitwise_bool,
        reason = "without branches the loop runs many bytes at a time"
    )]
    fn of(bytes: &[u8]) -> Self {
        let mut previous = b'x';
        let (mut control, mut spaces, mut plus) = (false, false, false);
        for chunk in bytes.chunks(4096) {
            let (mut c, mut s, mut p) = (false, false, false);
            for byte in chunk {
                let byte = *byte;
                c |= (byte < b' ') & (byte != b'\t') & (byte != b'\n') & (byte != b'\r');
                c |= (byte == 0x7f) | (byte == 0xc2);
                s |= byte == 0xc2;
                p |= byte == b'+';
            }
            for pair in chunk.windows(2) {
                if let [a, b] = pair {
                    s |= (*a == b' ') & (*b == b' ');
                }
            }
            s |= previous == b' ' && chunk.first() == Some(&b' ');
            previous = chunk.last().copied().unwrap_or(previous);
            control |= c;
            spaces |= s;
            plus |= p;
        }
        Self {
            control,
            spaces,
            plus,
        }
    }
}

/// White space at the edge of a cell, or a byte that may begin or end some.
const fn may_be_space(byte: u8) -> bool {
    byte <= b' ' || byte >= 0x80
}

fn trim(column: &RawColumn, rows: usize) -> Trimmed {
    if column.bytes.is_empty() {
        return Trimmed {
            blank: Bits::all(rows),
            spans: None,
        };
    }
    let bytes = column.bytes.as_slice();
    let mut start = 0;
    let mut spans: Option<Vec<(u32, u32)>> = None;
    let blank = Bits::by_row(rows, |row| {
        let end = column.ends.get(row).copied().unwrap_or(start);
        let cell = bytes.get(start as usize..end as usize).unwrap_or_default();
        let edges = match cell {
            [] => false,
            [first, .., last] => may_be_space(*first) | may_be_space(*last),
            [only] => may_be_space(*only),
        };
        let mut span = (start, end);
        if edges && let Ok(text) = std::str::from_utf8(cell) {
            let front = text.len() - text.trim_start().len();
            let kept = text.trim().len();
            if kept < text.len() {
                let front = u32::try_from(front).unwrap_or_default();
                span.0 = start + front;
                span.1 = span.0 + u32::try_from(kept).unwrap_or_default();
                if spans.is_none() {
                    spans = Some(spans_before(column, row, rows));
                }
            }
        }
        if let Some(spans) = &mut spans {
            spans.push(span);
        }
        start = end;
        span.0 == span.1
    });
    Trimmed { blank, spans }
}

/// The spans of the rows above the first that had outer white space.
fn spans_before(column: &RawColumn, row: usize, rows: usize) -> Vec<(u32, u32)> {
    let mut spans = Vec::with_capacity(rows);
    let mut start = 0;
    for end in column.ends.iter().take(row) {
        spans.push((start, *end));
        start = *end;
    }
    spans
}

fn read(column: &RawColumn, trimmed: &Trimmed, reading: &Reading) -> Typed {
    let cells = trimmed.cells(column);
    match reading {
        Reading::Text => Typed::Text,
        Reading::Code(spellings) => read_codes(cells, spellings, trimmed.blank.rows()),
        Reading::Date(layouts) => {
            // The same date often stands in row after row, the reporting period above all.
            let mut last: (&[u8], i32) = (&[], NO_DAY);
            Typed::Days(
                cells
                    .map(|cell| {
                        if cell != last.0 {
                            last = (cell, read_date(cell, layouts));
                        }
                        last.1
                    })
                    .collect(),
            )
        }
        Reading::Decimal => Typed::Hundredths(cells.map(number::hundredths).collect()),
        Reading::Integer => Typed::Integers(cells.map(number::integer).collect()),
        Reading::Number => Typed::Numbers(cells.map(number::number).collect()),
    }
}

pub(crate) fn read_date(cell: &[u8], layouts: &[Layout]) -> i32 {
    layouts
        .iter()
        .map(|layout| layout.read(cell))
        .find(|day| *day != NO_DAY)
        .unwrap_or(NO_DAY)
}

fn read_codes<'a>(
    cells: impl Iterator<Item = &'a [u8]>,
    spellings: &Spellings,
    rows: usize,
) -> Typed {
    let mut seen = Seen::default();
    let mut inexact: Option<Bits> = None;
    let mut last: (&[u8], u16, bool) = (&[], BLANK, true);
    let ids = cells
        .enumerate()
        .map(|(row, cell)| {
            if cell.is_empty() {
                return BLANK;
            }
            if cell != last.0 {
                let (id, exact) = spellings.read(cell, &mut seen);
                last = (cell, id, exact);
            }
            if !last.2 {
                inexact.get_or_insert_with(|| Bits::none(rows)).set(row);
            }
            last.1
        })
        .collect();
    Typed::Code { ids, inexact }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(cells: &[&str]) -> RawBatch {
        let mut raw = RawColumn::default();
        for cell in cells {
            raw.bytes.extend_from_slice(cell.as_bytes());
            raw.ends.push(u32::try_from(raw.bytes.len()).unwrap());
        }
        RawBatch {
            rows: cells.len(),
            columns: vec![raw],
            ..RawBatch::default()
        }
    }

    #[test]
    fn outer_white_space_is_taken_off() {
        let sent = [
            "a",
            "",
            "  b ",
            "É",
            "\u{a0}c\u{a0}",
            " ",
            "d  e",
            "\tf\r\n",
        ];
        let batch = column(&sent);
        let readings = [Reading::Text];
        let columns = Columns::new(&batch, &readings);
        for (row, cell) in sent.iter().enumerate() {
            assert_eq!(columns.cell(0, row), cell.trim().as_bytes());
        }
        let trimmed = columns.trimmed(0).unwrap();
        assert_eq!(trimmed.blank.iter().collect::<Vec<_>>(), [1, 5]);
        assert!(trimmed.any_outer_space());
        assert_eq!(trimmed.cells(&batch.columns[0]).count(), sent.len());
    }

    #[test]
    fn dates_are_read_in_any_stated_layout() {
        let batch = column(&["01/02/2025", "2025-02-01", "", "nope", "01/02/2025"]);
        let readings = [Reading::Date(vec![
            Layout::new("%d/%m/%Y").unwrap(),
            Layout::new("%Y-%m-%d").unwrap(),
        ])];
        let columns = Columns::new(&batch, &readings);
        let day = columns.days(0)[0];
        assert_eq!(columns.days(0), [day, day, NO_DAY, NO_DAY, day]);
    }

    #[test]
    fn signs_are_seen_across_chunks() {
        let mut bytes = vec![b'x'; 4096];
        assert!(!Signs::of(&bytes).spaces);
        bytes[4095] = b' ';
        bytes.push(b' ');
        let signs = Signs::of(&bytes);
        assert!(signs.spaces && !signs.control && !signs.plus);
        assert!(Signs::of(b"a\x01").control);
        assert!(!Signs::of(b"a\tb\r\n").control);
        assert!(Signs::of(b"1E+5").plus);
    }
}
