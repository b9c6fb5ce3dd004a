//! Bytes to UTF-8, piece by piece. What cannot be decoded is replaced and counted, for the checker.

use super::source::{CHUNK, read_fault, read_some};
use crate::LandError;
use encoding_rs::{Decoder, DecoderResult, UTF_16BE, UTF_16LE, WINDOWS_1252};
use std::io::Read;

/// How characters are written as bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, or ASCII.
    Utf8,
    /// UTF-16, low byte first.
    Utf16Le,
    /// UTF-16, high byte first.
    Utf16Be,
    /// Windows-1252, as Excel on Windows saves a plain CSV.
    Windows1252,
}

impl Encoding {
    /// The encoding in words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Utf16Le => "UTF-16 (little endian)",
            Self::Utf16Be => "UTF-16 (big endian)",
            Self::Windows1252 => "Windows-1252",
        }
    }
}

/// Text in UTF-8 from bytes in any of the encodings.
pub(super) struct TextSource {
    input: Box<dyn Read + Send>,
    /// What the bytes came out of, if anything, for messages.
    archive: Option<&'static str>,
    raw: Vec<u8>,
    /// The part of `raw` that is not decoded yet.
    waiting: std::ops::Range<usize>,
    input_ended: bool,
    state: State,
    /// Bytes or pairs of bytes that are not characters.
    pub(super) faults: u64,
    /// NUL bytes outside UTF-16.
    pub(super) nul_bytes: u64,
}

enum State {
    /// `sure` once a character outside ASCII was seen, or the sender said so: until then any other
    /// byte means that the file is Windows-1252, since ASCII is the same in both.
    Utf8 {
        sure: bool,
    },
    Other(Encoding, Decoder),
}

/// The five bytes that Windows-1252 leaves undefined.
const UNDEFINED_IN_1252: [u8; 5] = [0x81, 0x8d, 0x8f, 0x90, 0x9d];

impl TextSource {
    /// `stated` is the encoding when it is certain: by a byte-order mark or by the sender's word.
    pub(super) fn new(
        input: Box<dyn Read + Send>,
        archive: Option<&'static str>,
        encoding: Encoding,
        stated: bool,
    ) -> Self {
        let state = match encoding {
            Encoding::Utf8 => State::Utf8 { sure: stated },
            other => State::decoding(other),
        };
        Self {
            input,
            archive,
            raw: vec![0; CHUNK],
            waiting: 0..0,
            input_ended: false,
            state,
            faults: 0,
            nul_bytes: 0,
        }
    }

    /// The encoding as far as it is known by now.
    pub(super) fn encoding(&self) -> Encoding {
        match &self.state {
            State::Utf8 { .. } => Encoding::Utf8,
            State::Other(encoding, _) => *encoding,
        }
    }

    /// Puts more text at the end of `text`; `false` once there is no more.
    pub(super) fn more(&mut self, text: &mut Vec<u8>) -> Result<bool, LandError> {
        let before = text.len();
        while text.len() == before {
            if self.input_ended {
                return Ok(false);
            }
            // What waits is at most a part of one character.
            self.raw.copy_within(self.waiting.clone(), 0);
            let kept = self.waiting.len();
            let free = self.raw.get_mut(kept..).unwrap_or_default();
            let count =
                read_some(&mut self.input, free).map_err(|e| read_fault(e, self.archive))?;
            self.input_ended = count == 0;
            self.waiting = 0..kept + count;
            self.decode(text);
        }
        Ok(true)
    }

    fn decode(&mut self, text: &mut Vec<u8>) {
        if let State::Utf8 { .. } = self.state {
            self.decode_utf8(text);
        }
        if let State::Other(encoding, decoder) = &mut self.state {
            let bytes = self.raw.get(self.waiting.clone()).unwrap_or_default();
            match encoding {
                Encoding::Windows1252 => {
                    self.nul_bytes += nul_bytes(bytes);
                    self.faults += bytes
                        .iter()
                        .filter(|b| UNDEFINED_IN_1252.contains(b))
                        .count() as u64;
                }
                Encoding::Utf8 | Encoding::Utf16Le | Encoding::Utf16Be => {}
            }
            self.faults += decode_other(decoder, bytes, self.input_ended, text);
            self.waiting = 0..0;
        }
    }

    /// Takes valid UTF-8 over as it is. Leaves the waiting bytes to Windows-1252 where they are not.
    fn decode_utf8(&mut self, text: &mut Vec<u8>) {
        while !self.waiting.is_empty() {
            let State::Utf8 { sure } = &mut self.state else {
                return;
            };
            let bytes = self.raw.get(self.waiting.clone()).unwrap_or_default();
            let (valid, fault) = match std::str::from_utf8(bytes) {
                Ok(_) => (bytes.len(), None),
                Err(e) => (e.valid_up_to(), Some(e.error_len())),
            };
            let good = bytes.get(..valid).unwrap_or_default();
            *sure |= !good.is_ascii();
            self.nul_bytes += nul_bytes(good);
            text.extend_from_slice(good);
            self.waiting.start += valid;
            match fault {
                None => {}
                // The rest of the character comes with the next piece.
                Some(None) if !self.input_ended => return,
                Some(length) if *sure => {
                    self.faults += 1;
                    text.extend_from_slice("\u{fffd}".as_bytes());
                    self.waiting.start += length.unwrap_or(self.waiting.len());
                }
                Some(_) => self.state = State::decoding(Encoding::Windows1252),
            }
        }
    }
}

impl State {
    fn decoding(encoding: Encoding) -> Self {
        let table = match encoding {
            Encoding::Utf16Le => UTF_16LE,
            Encoding::Utf16Be => UTF_16BE,
            Encoding::Utf8 | Encoding::Windows1252 => WINDOWS_1252,
        };
        Self::Other(encoding, table.new_decoder_without_bom_handling())
    }
}

/// Decodes bytes onto the end of `text`, and counts what is no character.
fn decode_other(decoder: &mut Decoder, mut bytes: &[u8], last: bool, text: &mut Vec<u8>) -> u64 {
    let mut faults = 0;
    loop {
        let start = text.len();
        // Three bytes of UTF-8 is the most that one unit of either encoding becomes.
        text.resize(start + bytes.len() * 3 + 16, 0);
        let free = text.get_mut(start..).unwrap_or_default();
        let (result, read, written) = decoder.decode_to_utf8_without_replacement(bytes, free, last);
        text.truncate(start + written);
        bytes = bytes.get(read..).unwrap_or_default();
        match result {
            DecoderResult::InputEmpty => return faults,
            DecoderResult::OutputFull => {}
            DecoderResult::Malformed(..) => {
                faults += 1;
                text.extend_from_slice("\u{fffd}".as_bytes());
            }
        }
    }
}

fn nul_bytes(bytes: &[u8]) -> u64 {
    memchr::memchr_iter(0, bytes).count() as u64
}
