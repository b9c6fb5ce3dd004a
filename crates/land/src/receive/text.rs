//! Rows of a table that is written as text.

use super::{
    ReceiveSettings,
    batch::{Filler, RawBatch},
    decode::{Encoding, TextSource},
    detect::other_text,
    header::HeaderMatch,
    names::HeaderSearch,
    split::{Place, Splitter, Stop},
};
use crate::LandError;
use model::Dataset;

/// The delimiters that are told apart, the most usual first.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// A header longer than this is no header.
const LONGEST_HEADER: usize = 1 << 20;

/// A little more than that is looked at, which tells that a cell is too long.
const SEEN: usize = LONGEST_HEADER + 1024;

/// The rows of a text, from the one after the header.
pub(super) struct TextRows {
    source: TextSource,
    text: Vec<u8>,
    /// Where the text begins that is not split yet.
    at: usize,
    ended: bool,
    splitter: Splitter,
    filler: Filler,
    pub(super) delimiter: u8,
}

/// What was found on the way, for the checker.
pub(super) struct TextFacts {
    pub(super) encoding: Encoding,
    pub(super) faults: u64,
    pub(super) nul_bytes: u64,
    pub(super) open_quote: Option<Place>,
}

impl TextRows {
    /// Reads the header.
    pub(super) fn open(
        mut source: TextSource,
        dataset: &Dataset,
        settings: &ReceiveSettings,
    ) -> Result<(Self, HeaderMatch), LandError> {
        let mut text = Vec::new();
        let mut ended = !source.more(&mut text)?;
        let hint = loop {
            match separator_line(&text) {
                Hint::Unsure if !ended => ended = !source.more(&mut text)?,
                Hint::Unsure | Hint::None => break None,
                Hint::Line { delimiter, length } => break Some((delimiter, length)),
            }
        };
        let at = hint.map_or(0, |(_, length)| length);
        let asked = settings.delimiter.or(hint.map(|(delimiter, _)| delimiter));
        let candidates = asked.map_or(DELIMITERS.to_vec(), |one| vec![one]);
        let begin = |delimiter| {
            let mut splitter = Splitter::new(delimiter, settings.max_cell_bytes);
            if hint.is_some() {
                splitter.skip_line();
            }
            splitter
        };
        let delimiter = loop {
            let (whole, last) = seen(&text, at, ended);
            let tried = try_all(&candidates, begin, whole, last, dataset, settings);
            if tried.settled || ended || text.len() >= at + SEEN {
                break tried.delimiter;
            }
            // Twice as much each time, so that small pieces are not looked at over and over.
            let enough = text.len() * 2;
            while !ended && text.len() < enough {
                ended = !source.more(&mut text)?;
            }
        };
        let mut splitter = begin(delimiter);
        let (whole, last) = seen(&text, at, ended);
        let mut search = HeaderSearch::new(dataset, settings.max_columns);
        let searched = splitter.run(whole, last, &mut search);
        let names = match search.found() {
            Some(names) => names,
            None if search.is_too_wide() => {
                return Err(LandError::TooManyColumns {
                    limit: settings.max_columns,
                });
            }
            None => {
                let (_, stop) = searched?;
                return Err(if stop == Stop::Ended {
                    LandError::Empty
                } else {
                    LandError::HeaderTooLong {
                        limit: LONGEST_HEADER as u64,
                    }
                });
            }
        };
        let header =
            names
                .matched(dataset, settings, None)
                .map_err(|e| match (&e, other_text(&text)) {
                    (LandError::WrongHeader { .. }, Some(other)) => other,
                    _ => e,
                })?;
        // Again from the beginning to the header and no further.
        let mut splitter = begin(delimiter);
        let mut search = HeaderSearch::again(dataset, settings.max_columns, header.row);
        let (done, _) = splitter.run(whole, last, &mut search)?;
        let filler = Filler::new(&header, settings.batch_limits(), settings.every_column);
        let rows = Self {
            source,
            text,
            at: at + done,
            ended,
            splitter,
            filler,
            delimiter,
        };
        Ok((rows, header))
    }

    /// The next rows, `None` at the end.
    pub(super) fn next_batch(&mut self, reuse: RawBatch) -> Result<Option<RawBatch>, LandError> {
        self.filler.begin(reuse);
        loop {
            let text = self.text.get(self.at..).unwrap_or_default();
            let (done, stop) = self.splitter.run(text, self.ended, &mut self.filler)?;
            self.at += done;
            match stop {
                Stop::Full | Stop::Ended => return Ok(self.filler.take()),
                Stop::Hungry => {
                    // What is left is a part of one cell.
                    self.text.drain(..self.at);
                    self.at = 0;
                    self.ended = !self.source.more(&mut self.text)?;
                }
            }
        }
    }

    /// What was found so far.
    pub(super) fn facts(&self) -> TextFacts {
        TextFacts {
            encoding: self.source.encoding(),
            faults: self.source.faults,
            nul_bytes: self.source.nul_bytes,
            open_quote: self.splitter.open_quote,
        }
    }
}

/// As much of a text as the header may take up, so that what is found does not depend on how much came at
/// once; and whether that is the whole.
fn seen(text: &[u8], at: usize, ended: bool) -> (&[u8], bool) {
    let end = text.len().min(at + SEEN);
    let last = ended && end == text.len();
    (text.get(at..end).unwrap_or_default(), last)
}

/// What came of trying delimiters.
struct Tried {
    delimiter: u8,
    /// Whether more text could not change the choice.
    settled: bool,
}

/// The delimiter with which the header is found first, and then that with which most names are known.
fn try_all(
    candidates: &[u8],
    begin: impl Fn(u8) -> Splitter,
    text: &[u8],
    last: bool,
    dataset: &Dataset,
    settings: &ReceiveSettings,
) -> Tried {
    let tried: Vec<(u8, HeaderSearch, bool)> = candidates
        .iter()
        .map(|delimiter| {
            let mut search = HeaderSearch::new(dataset, settings.max_columns);
            let run = begin(*delimiter).run(text, last, &mut search);
            (*delimiter, search, !matches!(run, Ok((_, Stop::Hungry))))
        })
        .collect();
    // The first of equals, which is the most usual.
    let mut best: Option<&(u8, HeaderSearch, bool)> = None;
    for one in &tried {
        if best.is_none_or(|best| one.1.rank() > best.1.rank()) {
            best = Some(one);
        }
    }
    let Some((delimiter, search, done)) = best else {
        return Tried {
            delimiter: b',',
            settled: true,
        };
    };
    // A header further down would count for less.
    let above = search.good_after();
    let settled = *done
        && tried.iter().all(|(_, other, done)| {
            *done || above.is_some_and(|above| other.filled_rows() > above)
        });
    Tried {
        delimiter: *delimiter,
        settled,
    }
}

/// Whether a text begins with the line by which Excel is told the delimiter.
enum Hint {
    Line { delimiter: u8, length: usize },
    None,
    Unsure,
}

/// Reads `sep=;` and its line end. Excel does not show that line, so it is no row.
fn separator_line(text: &[u8]) -> Hint {
    let Some((start, rest)) = text.split_at_checked(5) else {
        return Hint::Unsure;
    };
    let (word, delimiter) = start.split_at(4);
    if !word.eq_ignore_ascii_case(b"sep=") {
        return Hint::None;
    }
    let delimiter = match delimiter {
        [byte] if byte.is_ascii() && !matches!(byte, b'"' | b'\r' | b'\n') => *byte,
        _ => return Hint::None,
    };
    let length = match rest {
        [b'\r', b'\n', ..] => 7,
        [b'\r' | b'\n', _, ..] => 6,
        [] | [_] => return Hint::Unsure,
        _ => return Hint::None,
    };
    Hint::Line { delimiter, length }
}
