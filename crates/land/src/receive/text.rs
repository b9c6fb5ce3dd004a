//! Rows of a table that is written as text.

use super::{
    ReceiveSettings,
    batch::{Filler, RawBatch},
    decode::{Encoding, TextSource},
    detect::other_text,
    header::HeaderMatch,
    split::{Place, Sink, Splitter, Stop},
};
use crate::LandError;
use model::Dataset;

/// The delimiters that are told apart, the most usual first.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// A header longer than this is no header.
const LONGEST_HEADER: usize = 1 << 20;

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
            let whole = text.get(at..).unwrap_or_default();
            let mut best: Option<((usize, usize), u8)> = None;
            let mut complete = true;
            for candidate in &candidates {
                let mut tried = Names::new(settings.max_columns);
                let cells = begin(*candidate).run(whole, ended, &mut tried);
                complete &= !matches!(cells, Ok((_, Stop::Hungry)));
                let rank = (HeaderMatch::score(&tried.cells, dataset), tried.width);
                if best.is_none_or(|(most, _)| rank > most) {
                    best = Some((rank, *candidate));
                }
            }
            let ((_, width), delimiter) = best.unwrap_or(((0, 0), b','));
            if complete || ended {
                break delimiter;
            }
            if width > settings.max_columns {
                return Err(LandError::TooManyColumns {
                    limit: settings.max_columns,
                });
            }
            if whole.len() > LONGEST_HEADER {
                return Err(LandError::HeaderTooLong {
                    limit: LONGEST_HEADER as u64,
                });
            }
            ended = !source.more(&mut text)?;
        };
        let mut splitter = begin(delimiter);
        let mut names = Names::new(settings.max_columns);
        let (done, _) = splitter.run(text.get(at..).unwrap_or_default(), ended, &mut names)?;
        if names.row == 0 {
            return Err(LandError::Empty);
        }
        if names.width > settings.max_columns {
            return Err(LandError::TooManyColumns {
                limit: settings.max_columns,
            });
        }
        let header =
            HeaderMatch::new(&names.cells, names.row, dataset, None).map_err(
                |e| match other_text(&text) {
                    Some(looks_like) => LandError::OtherKind { looks_like },
                    None => e,
                },
            )?;
        let filler = Filler::new(&header, settings.batch_limits());
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

/// The names of a header: the first row in which something stands.
pub(super) struct Names {
    pub(super) cells: Vec<String>,
    pub(super) width: usize,
    /// The row of the header, 0 while there is none.
    pub(super) row: u64,
    most: usize,
}

impl Names {
    pub(super) fn new(most: usize) -> Self {
        Self {
            cells: Vec::new(),
            width: 0,
            row: 0,
            most,
        }
    }
}

impl Sink for Names {
    fn cell(&mut self, column: usize, cell: &[u8]) {
        self.width = column + 1;
        if column < self.most {
            self.cells.push(String::from_utf8_lossy(cell).into_owned());
        }
    }

    fn end_row(&mut self, row: u64, _: u64, width: usize) {
        if self.cells.iter().all(|cell| cell.trim().is_empty()) {
            self.cells.clear();
        } else {
            self.row = row;
            self.width = width;
        }
    }

    fn is_full(&self) -> bool {
        self.row > 0
    }

    fn overfull(&self) -> Option<usize> {
        None
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
