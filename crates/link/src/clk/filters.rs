//! Filters as they are in a file: read, checked, and put in the order of their ids.

use super::ClkError;
use crate::files::{FileError, open};
use arrow_array::{Array as _, StringArray};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use std::path::Path;

/// The column of ids.
pub(super) const ID: &str = "id";
/// The column that says by which scheme and secret a filter was made.
pub(super) const MADE_BY: &str = "made_by";

/// The filters of a file, in the order of their ids: nothing that follows depends on the order of its rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filters {
    /// The ids, in order.
    pub ids: Vec<String>,
    /// The names of a record's filters.
    pub parts: Vec<String>,
    /// By which scheme and secret they were made; empty where the file does not say.
    pub made_by: String,
    /// Words of all filters of one record.
    width: usize,
    words: Vec<u64>,
}

/// A filter as text.
pub(super) fn text(words: &[u64]) -> String {
    if words.iter().all(|word| *word == 0) {
        return String::new();
    }
    let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    BASE64_STANDARD.encode(bytes)
}

fn words(text: &str) -> Option<Vec<u64>> {
    let bytes = BASE64_STANDARD.decode(text.trim()).ok()?;
    let (words, rest) = bytes.as_chunks::<8>();
    rest.is_empty()
        .then(|| words.iter().map(|word| u64::from_le_bytes(*word)).collect())
}

impl Filters {
    /// From ids and filters of `width` words each, one after another.
    pub fn new(ids: Vec<String>, parts: Vec<String>, width: usize, words: &[u64]) -> Self {
        let mut order: Vec<(String, &[u64])> =
            ids.into_iter().zip(words.chunks(width.max(1))).collect();
        order.sort_by(|(a, _), (b, _)| a.cmp(b));
        Self {
            parts,
            made_by: String::new(),
            width,
            words: order
                .iter()
                .flat_map(|(_, words)| words.iter().copied())
                .collect(),
            ids: order.into_iter().map(|(id, _)| id).collect(),
        }
    }

    /// Reads a file that [`encode`](super::encode) wrote, or any with a column `id` and filters in Base64.
    pub fn read(path: &Path) -> Result<Self, ClkError> {
        let columns = open(path, &[])?.columns().to_vec();
        let parts: Vec<String> = columns
            .iter()
            .filter(|name| ![ID, MADE_BY].contains(&name.as_str()))
            .cloned()
            .collect();
        if !columns.iter().any(|name| name == ID) {
            return Err(no_column(path, ID, &columns));
        }
        if parts.is_empty() {
            return Err(no_column(path, "filter", &columns));
        }
        let wanted: Vec<&str> = [ID, MADE_BY]
            .into_iter()
            .chain(parts.iter().map(String::as_str))
            .collect();
        let mut rows = open(path, &wanted)?;
        let mut reading = Reading {
            path,
            row: 0,
            width: None,
            made_by: None,
            ids: Vec::new(),
            cells: Vec::new(),
        };
        while let Some((count, columns)) = rows.next_batch()? {
            for row in 0..count {
                reading.row += 1;
                reading.take(&columns, row, parts.len())?;
            }
        }
        reading.finish(parts)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// Words of one record.
    pub fn width(&self) -> usize {
        self.width
    }

    /// The words of a record: all its parts, one after another.
    pub fn of(&self, record: usize) -> &[u64] {
        self.words
            .get(record * self.width..(record + 1) * self.width)
            .unwrap_or_default()
    }

    /// Bits that are set among all bits of filters that are not empty.
    #[expect(clippy::cast_precision_loss, reason = "a share")]
    pub fn fill(&self) -> f64 {
        let part = (self.width / self.parts.len().max(1)).max(1);
        let filled = self
            .words
            .chunks(part)
            .map(weight)
            .filter(|weight| *weight > 0);
        let (count, bits) = filled.fold((0usize, 0usize), |(count, bits), weight| {
            (count + 1, bits + weight)
        });
        bits as f64 / (count * part * 64).max(1) as f64
    }
}

/// Bits that are set.
pub(super) fn weight(words: &[u64]) -> usize {
    words.iter().map(|word| word.count_ones() as usize).sum()
}

fn no_column(path: &Path, column: &str, columns: &[String]) -> ClkError {
    FileError::NoColumn {
        path: path.to_owned(),
        column: column.to_owned(),
        columns: columns.join(", "),
    }
    .into()
}

struct Reading<'a> {
    path: &'a Path,
    row: usize,
    /// Words of one part, known from the first filter that is not empty.
    width: Option<usize>,
    made_by: Option<String>,
    ids: Vec<String>,
    /// One part after another; empty where there is no filter.
    cells: Vec<Vec<u64>>,
}

impl Reading<'_> {
    fn wrong<T>(&self, message: &'static str) -> Result<T, ClkError> {
        Err(FileError::Row {
            path: self.path.to_owned(),
            row: self.row,
            message,
        }
        .into())
    }

    fn take(
        &mut self,
        columns: &[Option<StringArray>],
        row: usize,
        parts: usize,
    ) -> Result<(), ClkError> {
        let mut cells = columns.iter().map(|column| {
            let column = column.as_ref()?;
            column
                .is_valid(row)
                .then(|| column.value(row))
                .filter(|text| !text.is_empty())
        });
        let Some(id) = cells.next().flatten() else {
            return self.wrong("the id is missing");
        };
        self.ids.push(id.to_owned());
        let made_by = cells.next().flatten().unwrap_or_default();
        match &self.made_by {
            None => self.made_by = Some(made_by.to_owned()),
            Some(first) if first == made_by => {}
            Some(_) => {
                return self.wrong("the filter was made in another way than those before it");
            }
        }
        for text in cells.chain(std::iter::repeat(None)).take(parts) {
            let Some(text) = text else {
                self.cells.push(Vec::new());
                continue;
            };
            let Some(words) = words(text).filter(|words| !words.is_empty()) else {
                return self.wrong("the filter is not Base64 of whole words of 64 bits");
            };
            if *self.width.get_or_insert(words.len()) != words.len() {
                return self.wrong("the filter is longer or shorter than those before it");
            }
            self.cells.push(words);
        }
        Ok(())
    }

    fn finish(self, parts: Vec<String>) -> Result<Filters, ClkError> {
        let width = self.width.unwrap_or(1);
        let mut flat = Vec::with_capacity(width * self.cells.len());
        for cell in self.cells {
            flat.extend(cell.iter().copied().chain(std::iter::repeat(0)).take(width));
        }
        let width = width * parts.len();
        let mut filters = Filters::new(self.ids, parts, width, &flat);
        filters.made_by = self.made_by.unwrap_or_default();
        if filters
            .ids
            .windows(2)
            .any(|pair| matches!(pair, [a, b] if a == b))
        {
            return Err(FileError::NotReadable {
                path: self.path.to_owned(),
                kind: "filters",
                message: "an id stands twice".to_owned(),
            }
            .into());
        }
        Ok(filters)
    }
}
