//! What a file is, by its first bytes. The name of a file proves nothing.

use super::decode::Encoding;
use crate::LandError;

/// How many bytes are looked at.
pub(super) const LOOKED_AT: u64 = 64 * 1024;

/// What the bytes are on the outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outside {
    /// A table as text, perhaps.
    Text,
    /// A gzip file.
    Gzip,
    /// A zip file, which an Excel workbook is as well.
    Zip,
}

/// How the first bytes of a text are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Writing {
    pub(super) encoding: Encoding,
    /// How long the byte-order mark is, 0 without one.
    pub(super) mark: usize,
}

const AN_ARCHIVE: &str = "an archive that is not zip or gzip";
const AN_IMAGE: &str = "an image";

/// The beginnings of files that people send by mistake.
const OTHER_KINDS: [(&[u8], &str); 22] = [
    (b"%PDF", "a PDF"),
    (b"{\\rtf", "a Word document"),
    (b"PAR1", "a Parquet file"),
    (b"\x89PNG\r\n", AN_IMAGE),
    (b"\xff\xd8\xff", AN_IMAGE),
    (b"GIF8", AN_IMAGE),
    (b"II*\0", AN_IMAGE),
    (b"MM\0*", AN_IMAGE),
    (b"7z\xbc\xaf\x27\x1c", AN_ARCHIVE),
    (b"Rar!\x1a\x07", AN_ARCHIVE),
    (b"BZh9", AN_ARCHIVE),
    (b"\xfd7zXZ\0", AN_ARCHIVE),
    (b"\x28\xb5\x2f\xfd", AN_ARCHIVE),
    (b"SQLite format 3\0", "a database"),
    (b"\0\x01\0\0Standard ", "an Access database"),
    (b"MZ\x90\0", "a program"),
    (b"\x7fELF", "a program"),
    (b"-----BEGIN PGP", "an encrypted file"),
    (b"age-encryption.org/", "an encrypted file"),
    (b"$FL2@(#)", "an SPSS file"),
    (b"<stata_dta>", "a Stata file"),
    (b"Obj\x01", "an Avro file"),
];

/// OLE containers: Office files before 2007, and any Office file under a password.
const OLE: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";

/// What the first bytes show, or why they cannot be a table.
pub(super) fn outside(first: &[u8]) -> Result<Outside, LandError> {
    if first.is_empty() {
        return Err(LandError::Empty);
    }
    if first.starts_with(&[0x1f, 0x8b]) {
        return Ok(Outside::Gzip);
    }
    if [b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08"]
        .iter()
        .any(|mark| first.starts_with(*mark))
    {
        return Ok(Outside::Zip);
    }
    if first.starts_with(OLE) {
        return Err(ole(first));
    }
    if is_tar(first) {
        return Err(LandError::OtherKind {
            looks_like: AN_ARCHIVE,
        });
    }
    match OTHER_KINDS.iter().find(|(mark, _)| first.starts_with(mark)) {
        Some((_, looks_like)) => Err(LandError::OtherKind { looks_like }),
        None => Ok(Outside::Text),
    }
}

/// The directory of an OLE container names its streams in UTF-16.
fn ole(first: &[u8]) -> LandError {
    let names = |name: &str| {
        let wide: Vec<u8> = name.bytes().flat_map(|b| [b, 0]).collect();
        memchr::memmem::find(first, &wide).is_some()
    };
    if names("EncryptedPackage") {
        return LandError::Password {
            what: "Excel workbook",
        };
    }
    if names("WordDocument") {
        return LandError::OtherKind {
            looks_like: "a Word document",
        };
    }
    LandError::SaveAs {
        looks_like: "an old Excel workbook (.xls) or one with a password",
        instead: "CSV or as .xlsx without a password",
    }
}

/// The encoding that the first bytes of a text show. Windows-1252 shows later, if at all.
pub(super) fn writing(first: &[u8]) -> Result<Writing, LandError> {
    let marked = |encoding, mark| Ok(Writing { encoding, mark });
    if first.starts_with(&[0xff, 0xfe, 0, 0]) || first.starts_with(&[0, 0, 0xfe, 0xff]) {
        return Err(LandError::SaveAs {
            looks_like: "text in UTF-32",
            instead: "CSV in UTF-8",
        });
    }
    if first.starts_with(&[0xef, 0xbb, 0xbf]) {
        return marked(Encoding::Utf8, 3);
    }
    if first.starts_with(&[0xff, 0xfe]) {
        return marked(Encoding::Utf16Le, 2);
    }
    if first.starts_with(&[0xfe, 0xff]) {
        return marked(Encoding::Utf16Be, 2);
    }
    let encoding = unmarked(first);
    if encoding == Encoding::Utf8 && is_binary(first) {
        return Err(LandError::OtherKind {
            looks_like: "a file that is not text",
        });
    }
    marked(encoding, 0)
}

/// Header names are ASCII, so in UTF-16 nearly every other byte at the beginning is NUL.
fn unmarked(first: &[u8]) -> Encoding {
    let pairs = first.chunks_exact(2).take(256);
    let all = pairs.len();
    let (mut low_first, mut high_first) = (0, 0);
    for pair in pairs {
        if let [a, b] = pair {
            low_first += usize::from(*b == 0 && is_text(*a));
            high_first += usize::from(*a == 0 && is_text(*b));
        }
    }
    let nearly_all = |count: usize| all >= 2 && count * 10 >= all * 9;
    if nearly_all(low_first) {
        Encoding::Utf16Le
    } else if nearly_all(high_first) {
        Encoding::Utf16Be
    } else {
        Encoding::Utf8
    }
}

/// A stray NUL or control character is a finding; where every twentieth byte is one, it is no text.
/// (Of random bytes, one in nine is.)
fn is_binary(first: &[u8]) -> bool {
    let control = first.iter().filter(|b| !is_text(**b)).count();
    control > 8 && control * 20 > first.len()
}

const fn is_text(byte: u8) -> bool {
    byte >= b' ' && byte != 0x7f || matches!(byte, b'\t' | b'\n' | b'\r' | 0x0c)
}

/// Why a text in which no known column name was found is no table, where that is plain.
pub(super) fn other_text(text: &[u8]) -> Option<LandError> {
    let start = text.trim_ascii_start();
    let begins = |mark: &str| {
        start
            .get(..mark.len())
            .is_some_and(|b| b.eq_ignore_ascii_case(mark.as_bytes()))
    };
    let holds = |mark: &str| {
        let beginning = start.get(..4_096).unwrap_or(start);
        memchr::memmem::find(beginning, mark.as_bytes()).is_some()
    };
    let save_as = |looks_like| LandError::SaveAs {
        looks_like,
        instead: "CSV or .xlsx in Excel",
    };
    let other = |looks_like| LandError::OtherKind { looks_like };
    if begins("<!doctype html") || begins("<html") || begins("<table") || begins("<meta") {
        Some(save_as("a web page, which some systems name .xls or .csv"))
    } else if begins("MIME-Version:") {
        Some(save_as("a web archive, which some systems name .xls"))
    } else if holds("urn:schemas-microsoft-com:office:spreadsheet") || holds("Excel.Sheet") {
        Some(save_as("an XML table of Excel 2003"))
    } else if begins("<?xml") {
        Some(other("an XML file"))
    } else if begins("{") || begins("[{") {
        Some(other("a JSON file"))
    } else {
        None
    }
}

/// A tar file begins with a block of 512 bytes that holds its own sum in octal digits.
fn is_tar(first: &[u8]) -> bool {
    let (Some(block), Some(stated)) = (first.get(..512), first.get(148..156)) else {
        return false;
    };
    let digits: String = stated
        .iter()
        .map(|b| char::from(*b))
        .filter(char::is_ascii_digit)
        .collect();
    let sum = block.iter().map(|b| u32::from(*b)).sum::<u32>();
    let without = stated.iter().map(|b| u32::from(*b)).sum::<u32>();
    // The sum is made with spaces in its own place.
    u32::from_str_radix(&digits, 8).is_ok_and(|stated| stated == sum - without + 8 * 32)
}
