//! Rows of comma-separated text from strangers, in bounded memory: whatever the bytes are, there is a row or an end.
//!
//! UTF-8 is expected, UTF-16 is recognised, and a field that is not UTF-8 is read as Windows-1252, which is what
//! spreadsheets write. A field that is too long is cut and said to be so; its rest is never held.

use csv_core::{ReadFieldResult, Reader};
use encoding_rs::{CoderResult, Decoder, UTF_16BE, UTF_16LE, WINDOWS_1252};
use std::io::{self, Read};

/// More fields than this are counted and not kept.
const FIELDS_KEPT: usize = 256;
const READ_AT_ONCE: usize = 64 << 10;

/// One row as it was read.
#[derive(Default)]
pub(crate) struct Record {
    text: String,
    ends: Vec<usize>,
    /// How many fields there were, kept or not.
    pub(crate) fields: usize,
    /// Whether a field was longer than it may be.
    pub(crate) too_long: bool,
    /// Whether a field was not UTF-8.
    pub(crate) other_encoding: bool,
}

impl Record {
    /// A field as it was written; empty where there is none.
    pub(crate) fn get(&self, at: usize) -> &str {
        let from = at
            .checked_sub(1)
            .and_then(|before| self.ends.get(before))
            .copied()
            .unwrap_or_default();
        self.ends
            .get(at)
            .and_then(|to| self.text.get(from..*to))
            .unwrap_or_default()
    }

    /// The fields that were kept.
    pub(crate) fn kept(&self) -> impl Iterator<Item = &str> {
        (0..self.ends.len()).map(|at| self.get(at))
    }

    fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
        self.fields = 0;
        self.too_long = false;
        self.other_encoding = false;
    }

    fn push(&mut self, field: &[u8], longest: usize, cut: bool) {
        self.fields += 1;
        if self.fields > FIELDS_KEPT {
            return;
        }
        let decoded = match std::str::from_utf8(field) {
            Ok(text) => text.into(),
            // A field that was cut may end within a letter.
            Err(fault) if cut && fault.error_len().is_none() => {
                String::from_utf8_lossy(field.get(..fault.valid_up_to()).unwrap_or_default())
            }
            Err(_) => {
                self.other_encoding = true;
                WINDOWS_1252.decode_without_bom_handling(field).0
            }
        };
        match decoded.char_indices().nth(longest) {
            Some((end, _)) => {
                self.too_long = true;
                self.text.push_str(decoded.get(..end).unwrap_or_default());
            }
            None => self.text.push_str(&decoded),
        }
        self.too_long |= cut;
        self.ends.push(self.text.len());
    }
}

/// Reads rows one after the other.
pub(crate) struct Records<R> {
    bytes: Decoded<R>,
    core: Reader,
    input: Vec<u8>,
    from: usize,
    to: usize,
    field: Vec<u8>,
    longest: usize,
    rows: u64,
}

impl<R: Read> Records<R> {
    /// `longest` is the most characters that a field may have.
    pub(crate) fn new(bytes: R, longest: usize) -> Self {
        Self {
            bytes: Decoded::new(bytes),
            core: Reader::new(),
            input: vec![0; READ_AT_ONCE],
            from: 0,
            to: 0,
            // No letter takes more than four bytes; one byte more tells that a field goes on.
            field: vec![0; longest.saturating_mul(4).saturating_add(1).min(1 << 24)],
            longest,
            rows: 0,
        }
    }

    /// How many rows were read.
    pub(crate) const fn rows(&self) -> u64 {
        self.rows
    }

    /// Reads the next row; `false` where there is none. Empty lines are no rows.
    pub(crate) fn next(&mut self, record: &mut Record) -> io::Result<bool> {
        record.clear();
        let (mut held, mut cut) = (0, false);
        loop {
            if self.from == self.to {
                self.to = read_some(&mut self.bytes, &mut self.input)?;
                self.from = 0;
            }
            let input = self.input.get(self.from..self.to).unwrap_or_default();
            let output = self.field.get_mut(held..).unwrap_or_default();
            let (result, used, written) = self.core.read_field(input, output);
            self.from += used;
            held += written;
            match result {
                ReadFieldResult::InputEmpty => {}
                ReadFieldResult::OutputFull => {
                    // The beginning is kept, the last byte is written over until the field ends.
                    cut = true;
                    held = self.field.len().saturating_sub(1);
                }
                ReadFieldResult::Field { record_end } => {
                    if cut {
                        held = held.min(self.field.len().saturating_sub(1));
                    }
                    let field = self.field.get(..held).unwrap_or_default();
                    record.push(field, self.longest, cut);
                    (held, cut) = (0, false);
                    if record_end {
                        self.rows += 1;
                        return Ok(true);
                    }
                }
                ReadFieldResult::End => return Ok(false),
            }
        }
    }
}

fn read_some(from: &mut impl Read, into: &mut [u8]) -> io::Result<usize> {
    loop {
        match from.read(into) {
            Err(fault) if fault.kind() == io::ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}

/// Bytes without a mark at their beginning, and UTF-16 as UTF-8.
struct Decoded<R> {
    inner: R,
    begun: bool,
    decoder: Option<Decoder>,
    waiting: Vec<u8>,
    at: usize,
    ended: bool,
}

impl<R: Read> Decoded<R> {
    const fn new(inner: R) -> Self {
        Self {
            inner,
            begun: false,
            decoder: None,
            waiting: Vec::new(),
            at: 0,
            ended: false,
        }
    }

    /// Looks at the first bytes.
    fn begin(&mut self) -> io::Result<()> {
        self.begun = true;
        let mut first = [0; 3];
        let mut held = 0;
        while held < first.len() {
            let room = first.get_mut(held..).unwrap_or_default();
            match read_some(&mut self.inner, room)? {
                0 => break,
                more => held += more,
            }
        }
        let first = first.get(..held).unwrap_or_default();
        let (encoding, mark) = match first {
            [0xEF, 0xBB, 0xBF] => (None, 3),
            [0xFF, 0xFE, ..] => (Some(UTF_16LE), 2),
            [0xFE, 0xFF, ..] => (Some(UTF_16BE), 2),
            // Column names are ASCII, so a zero in the first two bytes can be nothing else.
            [1..=255, 0, ..] => (Some(UTF_16LE), 0),
            [0, 1..=255, ..] => (Some(UTF_16BE), 0),
            _ => (None, 0),
        };
        self.decoder = encoding.map(encoding_rs::Encoding::new_decoder_without_bom_handling);
        self.waiting = first.get(mark..).unwrap_or_default().to_vec();
        Ok(())
    }
}

impl<R: Read> Read for Decoded<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if !self.begun {
            self.begin()?;
        }
        let Some(decoder) = &mut self.decoder else {
            let waiting = self.waiting.get(self.at..).unwrap_or_default();
            if waiting.is_empty() {
                return self.inner.read(into);
            }
            let many = waiting.len().min(into.len());
            if let (Some(to), Some(from)) = (into.get_mut(..many), waiting.get(..many)) {
                to.copy_from_slice(from);
            }
            self.at += many;
            return Ok(many);
        };
        loop {
            if self.at == self.waiting.len() && !self.ended {
                self.waiting.resize(READ_AT_ONCE, 0);
                self.at = 0;
                let many = read_some(&mut self.inner, &mut self.waiting)?;
                self.waiting.truncate(many);
                self.ended = many == 0;
            }
            let waiting = self.waiting.get(self.at..).unwrap_or_default();
            let (result, used, written, _) = decoder.decode_to_utf8(waiting, into, self.ended);
            self.at += used;
            // A decoder that has finished may not be asked again.
            if self.ended && result == CoderResult::InputEmpty {
                self.decoder = None;
                self.waiting.clear();
                self.at = 0;
                return Ok(written);
            }
            if written > 0 {
                return Ok(written);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A reader that gives a few bytes at a time.
    struct Drip<'a>(&'a [u8], usize);

    impl Read for Drip<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let many = self.1.min(into.len()).min(self.0.len());
            let (now, later) = self.0.split_at(many);
            into[..many].copy_from_slice(now);
            self.0 = later;
            Ok(many)
        }
    }

    fn read(bytes: &[u8], longest: usize, drip: usize) -> Vec<(Vec<String>, usize, bool, bool)> {
        let mut records = Records::new(Drip(bytes, drip), longest);
        let (mut record, mut all) = (Record::default(), Vec::new());
        while records.next(&mut record).unwrap() {
            all.push((
                record.kept().map(str::to_owned).collect(),
                record.fields,
                record.too_long,
                record.other_encoding,
            ));
        }
        assert_eq!(records.rows(), all.len() as u64);
        all
    }

    fn fields(bytes: &[u8]) -> Vec<Vec<String>> {
        let rows = read(bytes, 20, 7);
        assert_eq!(rows, read(bytes, 20, 1));
        rows.into_iter().map(|row| row.0).collect()
    }

    #[test]
    fn encodings_come_out_as_one_text() {
        let text = "A,Zoë\r\n\"B,\"\"b\",Łukasz\r\n";
        let expected = [["A", "Zoë"], ["B,\"b", "Łukasz"]];
        assert_eq!(fields(text.as_bytes()), expected);
        assert_eq!(
            fields(&[b"\xEF\xBB\xBF", text.as_bytes()].concat()),
            expected
        );
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for bytes in [&little, &big] {
            assert_eq!(fields(bytes), expected);
        }
        assert_eq!(fields(&[b"\xFF\xFE", little.as_slice()].concat()), expected);
        assert_eq!(fields(&[b"\xFE\xFF", big.as_slice()].concat()), expected);
        let rows = read(b"A,Zo\xEB\nB,Ada", 20, 3);
        assert_eq!(rows[0], (vec!["A".into(), "Zoë".into()], 2, false, true));
        assert!(!rows[1].3);
    }

    #[test]
    fn a_field_that_is_too_long_is_cut_and_the_next_row_is_whole() {
        let long = format!("a,{},c\nd,e,f\n", "ë".repeat(5_000));
        let rows = read(long.as_bytes(), 3, 1_000);
        assert_eq!(
            rows[0],
            (vec!["a".into(), "ëëë".into(), "c".into()], 3, true, false)
        );
        assert_eq!(
            rows[1],
            (vec!["d".into(), "e".into(), "f".into()], 3, false, false)
        );
        // Just as long as it may be, in letters of four bytes.
        let rows = read("𝔄𝔅𝔇,𝔄𝔅𝔇𝔈\n".as_bytes(), 3, 5);
        assert_eq!(rows[0], (vec!["𝔄𝔅𝔇".into(), "𝔄𝔅𝔇".into()], 2, true, false));
    }

    #[test]
    fn an_endless_quote_and_endless_fields_end() {
        let rows = read(format!("a,\"{}", "x\n".repeat(10_000)).as_bytes(), 5, 100);
        assert_eq!(rows.len(), 1);
        assert!(rows[0].2);
        let rows = read(",".repeat(100_000).as_bytes(), 5, 1_000);
        assert_eq!((rows[0].0.len(), rows[0].1), (FIELDS_KEPT, 100_001));
    }

    proptest! {
        #[test]
        fn any_bytes_end_and_pieces_make_no_difference(
            bytes in prop_oneof![
                prop::collection::vec(any::<u8>(), 0..300),
                "[a,\"\r\né]{0,100}".prop_map(String::into_bytes),
            ],
            drip in 1usize..20,
        ) {
            prop_assert_eq!(read(&bytes, 4, drip), read(&bytes, 4, usize::MAX));
        }

        #[test]
        fn what_was_written_is_read(
            rows in prop::collection::vec(prop::collection::vec("[a-c,\"\n é]{0,6}", 3), 1..20),
            drip in 1usize..50,
        ) {
            let mut writer = csv::WriterBuilder::new()
                .quote_style(csv::QuoteStyle::Always)
                .from_writer(Vec::new());
            for row in &rows {
                writer.write_record(row).unwrap();
            }
            let bytes = writer.into_inner().unwrap();
            let back: Vec<Vec<String>> = read(&bytes, 20, drip).into_iter().map(|r| r.0).collect();
            prop_assert_eq!(back, rows);
        }
    }
}
