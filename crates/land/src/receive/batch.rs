//! Raw cells, column by column, in the order of the dataset's fields. Nothing is parsed here.

use super::{header::HeaderMatch, split::Sink};

/// One batch of raw rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RawBatch {
    /// How many rows.
    pub rows: usize,
    /// The spreadsheet row of each, the header being row 1.
    pub row_numbers: Vec<u64>,
    /// The physical line on which each begins; in a workbook the same as the row.
    pub lines: Vec<u64>,
    /// How many cells the file has in each row; 0 for a line with nothing in it.
    pub widths: Vec<u32>,
    /// One column for each field of the dataset; a field that the file lacks has empty cells.
    pub columns: Vec<RawColumn>,
}

/// The cells of one field: UTF-8, one after the other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RawColumn {
    /// The text of all cells.
    pub bytes: Vec<u8>,
    /// Where each cell ends: cell `i` is `bytes[ends[i - 1]..ends[i]]`.
    pub ends: Vec<u32>,
}

impl RawBatch {
    /// The spreadsheet row of the first row here.
    pub fn first_row(&self) -> Option<u64> {
        self.row_numbers.first().copied()
    }

    /// Takes out all rows and keeps the memory.
    pub fn clear(&mut self) {
        self.rows = 0;
        self.row_numbers.clear();
        self.lines.clear();
        self.widths.clear();
        for column in &mut self.columns {
            column.bytes.clear();
            column.ends.clear();
        }
    }
}

impl RawColumn {
    /// One cell, as sent; empty where there is none.
    pub fn cell(&self, row: usize) -> &[u8] {
        let start = match row.checked_sub(1) {
            Some(above) => self.ends.get(above).copied().unwrap_or_default(),
            None => 0,
        };
        let end = self.ends.get(row).copied().unwrap_or_default();
        self.bytes
            .get(start as usize..end as usize)
            .unwrap_or_default()
    }

    /// All cells as one text, to be cut at `ends`: cheaper than asking cell by cell.
    pub fn text(&self) -> &str {
        // INVARIANT: the decoder gives UTF-8 only, and cells are cut at ASCII characters.
        std::str::from_utf8(&self.bytes).unwrap_or_default()
    }

    /// The cells in order.
    pub fn cells(&self) -> impl Iterator<Item = &str> {
        let text = self.text();
        let mut start = 0;
        self.ends.iter().map(move |end| {
            let cell = text.get(start..*end as usize).unwrap_or_default();
            start = *end as usize;
            cell
        })
    }
}

/// The cells of a row past the header's width, from what the last column of a batch keeps of them.
pub fn past_cells(mut kept: &[u8]) -> impl Iterator<Item = &[u8]> {
    // Each cell comes after its length and a colon.
    std::iter::from_fn(move || {
        let colon = kept.iter().position(|byte| *byte == b':')?;
        let (length, rest) = kept.split_at_checked(colon)?;
        let length: usize = std::str::from_utf8(length).ok()?.parse().ok()?;
        let (cell, rest) = rest.get(1..)?.split_at_checked(length)?;
        kept = rest;
        Some(cell)
    })
}

/// Puts cells that come row by row into the columns of a batch.
#[derive(Debug)]
pub(super) struct Filler {
    /// For each column of the file, the field that it holds.
    targets: Vec<Option<u32>>,
    /// How many columns a batch has.
    fields: usize,
    /// Where cells past the header's width go, if they are kept.
    past: Option<usize>,
    limits: BatchLimits,
    batch: RawBatch,
    /// Bytes of cells in the batch, and those of them before the row at hand.
    bytes: usize,
    bytes_before_row: usize,
}

/// When a batch is full, and what is too much for one row.
#[derive(Debug, Clone, Copy)]
pub(super) struct BatchLimits {
    pub(super) rows: usize,
    pub(super) bytes: usize,
    pub(super) row_bytes: usize,
}

impl Filler {
    pub(super) fn new(header: &HeaderMatch, limits: BatchLimits, every_column: bool) -> Self {
        let mut targets = vec![None; header.width];
        for (field, position) in (0u32..).zip(&header.columns) {
            if let Some(target) = position.and_then(|p| targets.get_mut(p as usize)) {
                *target = Some(field);
            }
        }
        let mut fields = header.columns.len();
        if every_column {
            for position in &header.rest {
                if let Some(target) = targets.get_mut(*position as usize) {
                    *target = u32::try_from(fields).ok();
                    fields += 1;
                }
            }
        }
        let past = every_column.then_some(fields);
        Self {
            targets,
            fields: fields + usize::from(every_column),
            past,
            // Ends are 32-bit, and a batch passes its limit by at most one row and one cell.
            limits: BatchLimits {
                rows: limits.rows.max(1),
                bytes: limits.bytes.clamp(1, 1 << 30),
                row_bytes: limits.row_bytes.min(1 << 30),
            },
            batch: RawBatch::default(),
            bytes: 0,
            bytes_before_row: 0,
        }
    }

    /// Starts a batch in memory that was used before.
    pub(super) fn begin(&mut self, mut reuse: RawBatch) {
        reuse.clear();
        reuse.columns.resize_with(self.fields, RawColumn::default);
        self.batch = reuse;
        self.bytes = 0;
        self.bytes_before_row = 0;
    }

    /// Keeps a cell past the header's width, with its length before it, where such are wanted.
    fn past_cell(&mut self, cell: &[u8]) {
        if let Some(raw) = self.past.and_then(|at| self.batch.columns.get_mut(at)) {
            if raw.ends.len() < self.batch.rows {
                raw.ends.resize(self.batch.rows, offset(raw.bytes.len()));
            }
            let before = raw.bytes.len();
            raw.bytes
                .extend_from_slice(format!("{}:", cell.len()).as_bytes());
            raw.bytes.extend_from_slice(cell);
            self.bytes += raw.bytes.len() - before;
        }
    }

    /// The batch, if it has a row.
    pub(super) fn take(&mut self) -> Option<RawBatch> {
        let mut batch = std::mem::take(&mut self.batch);
        for column in &mut batch.columns {
            let end = offset(column.bytes.len());
            column.ends.resize(batch.rows, end);
        }
        (batch.rows > 0).then_some(batch)
    }
}

impl Sink for Filler {
    /// Cells past the header's width count for the width; they are kept only where that is asked for.
    #[inline]
    fn cell(&mut self, column: usize, cell: &[u8]) {
        if let Some(Some(field)) = self.targets.get(column)
            && let Some(raw) = self.batch.columns.get_mut(*field as usize)
        {
            // Nearly half of all cells are empty: their ends come with the next that is not.
            if cell.is_empty() {
                return;
            }
            if raw.ends.len() < self.batch.rows {
                raw.ends.resize(self.batch.rows, offset(raw.bytes.len()));
            }
            raw.bytes.extend_from_slice(cell);
            self.bytes += cell.len();
            raw.ends.push(offset(raw.bytes.len()));
        } else if column >= self.targets.len() {
            self.past_cell(cell);
        }
    }

    fn end_row(&mut self, row: u64, line: u64, width: usize) {
        if let Some(raw) = self.past.and_then(|at| self.batch.columns.get_mut(at))
            && raw.ends.len() == self.batch.rows
        {
            raw.ends.push(offset(raw.bytes.len()));
        }
        self.batch.row_numbers.push(row);
        self.batch.lines.push(line);
        self.batch
            .widths
            .push(u32::try_from(width).unwrap_or(u32::MAX));
        self.batch.rows += 1;
        self.bytes_before_row = self.bytes;
    }

    fn is_full(&self) -> bool {
        self.batch.rows >= self.limits.rows || self.bytes >= self.limits.bytes
    }

    #[inline]
    fn overfull(&self) -> Option<usize> {
        let limit = self.limits.row_bytes;
        (self.bytes - self.bytes_before_row > limit).then_some(limit)
    }
}

/// INVARIANT: a batch holds less than 4 GiB, see [`Filler::new`].
#[inline]
fn offset(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
