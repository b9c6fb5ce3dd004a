//! Making sure that a workbook can be opened in bounded memory, before anything opens it.
//!
//! A workbook is XML that was compressed. The reader holds the shared texts in memory, reserves as much as
//! the file claims to need, and holds one piece of XML at a time; each of these is looked at first.

use super::{
    archive::{Entry, WORKBOOK},
    source::{CHUNK, Limits, Seekable, read_fault, read_some},
};
use crate::LandError;
use memchr::{memchr, memmem};

/// The most that parts other than sheets may hold, since they are read whole.
const MOST_HELD: u64 = 256 << 20;

/// The longest piece of XML between two `<`; a cell of Excel holds 32,767 characters.
const LONGEST_PIECE: u64 = 1 << 20;

/// Reads every part once, and counts what comes out rather than believe what is declared.
pub(super) fn verify(
    source: &mut dyn Seekable,
    parts: &[Entry],
    limits: Limits,
) -> Result<(), LandError> {
    let declared = parts
        .iter()
        .map(|part| part.size)
        .fold(0, u64::saturating_add);
    let compressed = parts
        .iter()
        .map(|part| part.compressed)
        .fold(0, u64::saturating_add);
    limits.check_declared(WORKBOOK, compressed, declared)?;
    let mut all = 0u64;
    let mut held = 0u64;
    let mut chunk = vec![0; CHUNK];
    for part in parts {
        let streamed = is_sheet(&part.name);
        let mut bytes = part.read(&mut *source, limits, WORKBOOK)?;
        let mut xml = is_xml(&part.name).then(|| Shape {
            formulas: streamed.then(Formulas::default),
            ..Shape::default()
        });
        loop {
            let count =
                read_some(&mut bytes, &mut chunk).map_err(|e| read_fault(e, Some(WORKBOOK)))?;
            if count == 0 {
                break;
            }
            all = all.saturating_add(count as u64);
            if all > limits.most_bytes {
                return Err(LandError::ExpandsTooFar {
                    what: WORKBOOK,
                    limit: limits.most_bytes,
                });
            }
            if !streamed {
                held += count as u64;
                if held > MOST_HELD {
                    return Err(LandError::WorkbookTooLarge { limit: MOST_HELD });
                }
            }
            if let Some(xml) = &mut xml {
                xml.look(chunk.get(..count).unwrap_or_default())?;
            }
        }
        if let Some(xml) = xml {
            xml.check_claim()?;
        }
    }
    Ok(())
}

/// Sheets are streamed; they are called `sheet1.xml` and so on.
fn is_sheet(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.contains("/worksheets/")
        && name
            .rsplit('/')
            .next()
            .is_some_and(|file| file.starts_with("sheet"))
}

/// Pictures and the like are not opened as XML.
fn is_xml(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let end = name.rsplit_once('.').map_or("", |(_, end)| end);
    matches!(end, "xml" | "rels")
}

/// How a part says how many texts it holds; the reader reserves memory for as many.
const CLAIM: &[u8] = b"uniqueCount";

/// How much of the previous piece is kept, since a word may be cut in two.
const KEPT: usize = 128;

/// What is seen of an XML text as it goes by.
#[derive(Default)]
struct Shape {
    /// The end of what has gone by, and the piece at hand.
    window: Vec<u8>,
    /// Where in the part the window begins.
    start: u64,
    /// How far into the window the marks were followed.
    followed: usize,
    /// Where in the part the last mark was.
    last: u64,
    /// The end of the comment or section at hand: marks within it do not count.
    until: Option<&'static [u8]>,
    claimed: u64,
    /// The formulas of a sheet.
    formulas: Option<Formulas>,
}

/// What is seen of the cell at hand: whether it has a formula, and the formula a result.
///
/// Programs that write workbooks without working them out leave formulas whose result is not there. It would
/// read as a blank cell, while whoever opens the workbook in Excel sees a value.
#[derive(Default)]
struct Formulas {
    cell: Vec<u8>,
    /// An empty text is a result.
    is_text: bool,
    waits: bool,
}

impl Formulas {
    /// Looks at a piece of XML that begins with a mark; `false` if more of it must be seen.
    fn look(&mut self, piece: &[u8]) -> Result<bool, LandError> {
        let name_ends = |at: usize| {
            matches!(
                piece.get(at),
                Some(b' ' | b'>' | b'/' | b'\n' | b'\r' | b'\t')
            )
        };
        if piece.starts_with(b"<c") && name_ends(2) {
            let Some(end) = memchr(b'>', piece) else {
                return Ok(false);
            };
            let tag = piece.get(..end).unwrap_or_default();
            self.is_text = memmem::find(tag, b" t=\"str\"").is_some();
            self.cell = reference(tag).to_vec();
            self.waits = false;
        } else if piece.starts_with(b"<f") && name_ends(2) {
            self.waits = !self.is_text;
        } else if piece.starts_with(b"<v>") {
            // A result follows, unless the next mark does.
            self.waits &= piece.get(3).is_none_or(|b| *b == b'<');
        } else if piece.starts_with(b"<is") {
            self.waits = false;
        } else if piece.starts_with(b"</c>") && std::mem::take(&mut self.waits) {
            let cell = String::from_utf8_lossy(&self.cell).into_owned();
            return Err(LandError::FormulaWithoutResult { cell });
        }
        Ok(true)
    }
}

/// The place that the tag of a cell states, if it looks like one.
fn reference(tag: &[u8]) -> &[u8] {
    let start = memmem::find(tag, b" r=\"").map_or(tag.len(), |at| at + 4);
    let rest = tag.get(start..).unwrap_or_default();
    let length = rest
        .iter()
        .take_while(|b| b.is_ascii_alphanumeric())
        .count();
    rest.get(..length.min(10)).unwrap_or_default()
}

impl Shape {
    fn look(&mut self, chunk: &[u8]) -> Result<(), LandError> {
        let utf16 = matches!(chunk, [0xff | 0xfe | 0, ..] | [_, 0, ..]);
        if self.start == 0 && self.window.is_empty() && utf16 {
            return Err(strange("it is not written in UTF-8"));
        }
        self.window.extend_from_slice(chunk);
        self.claims()?;
        self.marks()?;
        let seen = self.start + self.window.len() as u64;
        self.check_gap(seen)?;
        let done = self.window.len().saturating_sub(KEPT).min(self.followed);
        self.window.drain(..done);
        self.start += done as u64;
        self.followed -= done;
        Ok(())
    }

    /// Follows the `<` of the text.
    fn marks(&mut self) -> Result<(), LandError> {
        loop {
            let rest = self.window.get(self.followed..).unwrap_or_default();
            if let Some(end) = self.until {
                let Some(at) = memmem::find(rest, end) else {
                    self.followed += rest.len().saturating_sub(end.len());
                    return Ok(());
                };
                self.followed += at + end.len();
                self.until = None;
                continue;
            }
            let Some(at) = memchr(b'<', rest) else {
                self.followed += rest.len();
                return Ok(());
            };
            let mark = rest.get(at..).unwrap_or_default();
            if mark.len() < b"<![CDATA[".len() {
                self.followed += at;
                return Ok(());
            }
            let place = self.start + (self.followed + at) as u64;
            self.check_gap(place)?;
            if let Some(formulas) = &mut self.formulas
                && !formulas.look(mark)?
            {
                self.followed += at;
                return Ok(());
            }
            self.last = place;
            self.until = if mark.starts_with(b"<!--") {
                Some(b"-->")
            } else if mark.starts_with(b"<![CDATA[") {
                Some(b"]]>")
            } else if mark.starts_with(b"<!") {
                // Declarations can repeat themselves without end.
                return Err(strange("it has XML that Excel does not write"));
            } else {
                None
            };
            self.followed += at + 1;
        }
    }

    fn check_gap(&self, place: u64) -> Result<(), LandError> {
        if place.saturating_sub(self.last) > LONGEST_PIECE {
            return Err(strange("one cell of it has more text than Excel allows"));
        }
        Ok(())
    }

    /// Reads how many texts the part claims to hold.
    fn claims(&mut self) -> Result<(), LandError> {
        for at in memmem::find_iter(&self.window, CLAIM) {
            let after = self.window.get(at + CLAIM.len()..).unwrap_or_default();
            let value = match after {
                [b'=', b'"' | b'\'', value @ ..] => value,
                [b'=', b' ' | b'\t' | b'\r' | b'\n', ..] | [b' ' | b'\t' | b'\r' | b'\n', ..] => {
                    return Err(strange("it has XML that Excel does not write"));
                }
                _ => continue,
            };
            let length = value
                .iter()
                .take_while(|b| !matches!(b, b'"' | b'\''))
                .count();
            let claim = std::str::from_utf8(value.get(..length).unwrap_or_default())
                .ok()
                .and_then(|digits| digits.parse().ok());
            // What is cut off here is whole the next time.
            if length < value.len() {
                self.claimed = self.claimed.max(claim.unwrap_or(u64::MAX));
            }
        }
        Ok(())
    }

    /// A text takes up at least the five bytes of its `<si/>`.
    fn check_claim(&self) -> Result<(), LandError> {
        let bytes = self.start + self.window.len() as u64;
        if self.claimed > bytes / 5 + 1 {
            return Err(strange("it claims more texts than it holds"));
        }
        Ok(())
    }
}

fn strange(why: &'static str) -> LandError {
    LandError::Damaged {
        what: WORKBOOK,
        why,
    }
}
