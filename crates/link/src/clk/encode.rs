//! What a data owner runs: a file of people in, a file of filters out.

use super::{
    ClkError, Encoder, Scheme, Secret,
    filters::{ID, MADE_BY, text, weight},
};
use crate::files::{Cell, Column, FileError, open, write};
use arrow_array::{Array as _, StringArray};
use model::NhsNumber;
use std::path::{Path, PathBuf};

/// How a file is turned into filters, beside the scheme.
#[derive(Debug, Clone, Default)]
pub struct EncodeOptions {
    /// The column of ids, where it is not the scheme's.
    pub id: Option<String>,
    /// A word that names the data owner; each owner of a project takes another one.
    pub owner: String,
    /// Where to write which token stands for which id. Then tokens stand in place of ids, and this file stays.
    pub tokens: Option<PathBuf>,
    /// Threads; 0 counts as 1.
    pub threads: usize,
}

/// What encoding did.
#[derive(Debug, Clone, PartialEq)]
pub struct EncodeRun {
    /// Rows that were read.
    pub records: usize,
    /// Records of which too little is known for a filter.
    pub empty: usize,
    /// The share of bits that are set, over filters that are not empty.
    pub fill: f64,
    /// For each field, how many records have it before cleaning.
    pub known: Vec<(String, usize)>,
    /// The digest of scheme and secret that the file bears.
    pub made_by: String,
}

/// A record that waits to be written: its place in the order, its id and its filters.
struct Made {
    order: [u8; 32],
    id: String,
    words: Vec<u64>,
}

/// Makes the filters of a file's records and writes them, in an order that tells nothing.
pub fn encode(
    scheme: &Scheme,
    secret: &Secret,
    input: &Path,
    output: &Path,
    options: &EncodeOptions,
) -> Result<EncodeRun, ClkError> {
    let id = options.id.as_deref().unwrap_or(&scheme.id);
    let wanted: Vec<&str> = std::iter::once(id)
        .chain(scheme.fields.iter().map(super::Field::column))
        .collect();
    let mut rows = open(input, &wanted)?;
    let mut missing = wanted.iter().enumerate().filter(|(at, _)| !rows.has(*at));
    if let Some((_, column)) = missing.next() {
        // A field that one owner lacks would make all his filters unlike those of the others.
        return Err(FileError::NoColumn {
            path: input.to_owned(),
            column: (*column).to_owned(),
            columns: rows.columns().join(", "),
        }
        .into());
    }
    let order = secret.key("id order", &options.owner);
    let mut encoders =
        vec![Encoder::new(scheme, secret, &options.owner); options.threads.clamp(1, 256)];
    let mut made: Vec<Made> = Vec::new();
    let mut known = vec![0usize; scheme.fields.len()];
    while let Some((count, columns)) = rows.next_batch()? {
        let texts: Vec<Option<&StringArray>> = columns.iter().map(Option::as_ref).collect();
        let (ids, fields) = texts
            .split_first()
            .map_or((None, [].as_slice()), |(ids, fields)| (*ids, fields));
        let first = made.len();
        for row in 0..count {
            let at = first + row + 1;
            let id = cell(ids, row).ok_or_else(|| wrong(input, at, "the id is missing"))?;
            if options.tokens.is_none() && NhsNumber::parse(id).is_ok() {
                return Err(ClkError::NumberAsId {
                    path: input.to_owned(),
                    row: at,
                });
            }
            made.push(Made {
                order: order.digest(&[id.as_bytes()]),
                id: id.to_owned(),
                words: Vec::new(),
            });
        }
        for (known, field) in known.iter_mut().zip(fields) {
            *known += (0..count)
                .filter(|row| cell(*field, *row).is_some())
                .count();
        }
        let share = count.div_ceil(encoders.len()).max(1);
        std::thread::scope(|scope| {
            let parts = made.get_mut(first..).unwrap_or_default().chunks_mut(share);
            for ((part, records), encoder) in parts.enumerate().zip(&mut encoders) {
                scope.spawn(move || {
                    for (at, record) in records.iter_mut().enumerate() {
                        let values: Vec<Option<&str>> = fields
                            .iter()
                            .map(|field| cell(*field, part * share + at))
                            .collect();
                        record.words = encoder.encode(&record.id, &values);
                    }
                });
            }
        });
    }
    made.sort_unstable_by_key(|made| made.order);
    if made
        .windows(2)
        .any(|pair| matches!(pair, [a, b] if a.order == b.order))
    {
        return Err(FileError::NotReadable {
            path: input.to_owned(),
            kind: "people",
            message: format!("an id of column `{id}` stands twice; take a column in which each record has its own"),
        }
        .into());
    }
    let made_by = encoders
        .first()
        .map(|encoder| encoder.made_by().to_owned())
        .unwrap_or_default();
    write_filters(scheme, &made, &made_by, output, options)?;
    Ok(summary(scheme, &made, made_by, known))
}

fn cell(column: Option<&StringArray>, row: usize) -> Option<&str> {
    let column = column?;
    column
        .is_valid(row)
        .then(|| column.value(row))
        .filter(|text| !text.trim().is_empty())
}

fn wrong(path: &Path, row: usize, message: &'static str) -> ClkError {
    FileError::Row {
        path: path.to_owned(),
        row,
        message,
    }
    .into()
}

fn column(name: &str) -> Column {
    Column {
        name: name.to_owned(),
        number: false,
    }
}

/// The first half of the digest that gives the order: another half stays unknown, and neither shows the id.
fn token(made: &Made) -> String {
    hex::encode(made.order.get(..16).unwrap_or_default())
}

fn write_filters(
    scheme: &Scheme,
    made: &[Made],
    made_by: &str,
    output: &Path,
    options: &EncodeOptions,
) -> Result<(), ClkError> {
    if let Some(tokens) = &options.tokens {
        let rows = made.iter().map(|made| {
            vec![
                Cell::Text(token(made).into()),
                Cell::Text(made.id.clone().into()),
            ]
        });
        write(tokens, &[column("token"), column(&scheme.id)], rows)?;
    }
    let (names, bits) = scheme.parts();
    let columns: Vec<Column> = [ID, MADE_BY].into_iter().chain(names).map(column).collect();
    let rows = made.iter().map(|made| {
        let id = if options.tokens.is_some() {
            token(made)
        } else {
            made.id.clone()
        };
        let mut row = vec![Cell::Text(id.into()), Cell::Text(made_by.to_owned().into())];
        row.extend(
            made.words
                .chunks((bits / 64).max(1))
                .map(|words| Cell::Text(text(words).into())),
        );
        row
    });
    write(output, &columns, rows)?;
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "a share of bits")]
fn summary(scheme: &Scheme, made: &[Made], made_by: String, known: Vec<usize>) -> EncodeRun {
    let width = (scheme.parts().1 / 64).max(1);
    let parts = made
        .iter()
        .flat_map(|made| made.words.chunks(width))
        .map(weight)
        .filter(|weight| *weight > 0);
    let (count, bits) = parts.fold((0usize, 0usize), |(count, bits), weight| {
        (count + 1, bits + weight)
    });
    let empty = made
        .iter()
        .filter(|made| made.words.iter().all(|word| *word == 0))
        .count();
    EncodeRun {
        records: made.len(),
        empty,
        fill: bits as f64 / (count * width * 64).max(1) as f64,
        known: scheme
            .fields
            .iter()
            .map(|field| field.name.clone())
            .zip(known)
            .collect(),
        made_by,
    }
}
