//! Targets that read files: text, cells, workbooks, gzip, zip, and the check as a whole.

use super::{choices, dataset};
use crate::{
    LandError,
    check::{
        CheckSettings, Colour, Gathering, Rendering, Report, Shown, Specification, render,
        run as check_file,
    },
    receive::{
        Encoding, RawBatch, ReceiveSettings, Received, Receiver, open, open_seekable, slow::slow,
    },
};
use arrow_schema::ArrowError;
use flate2::{Compression, write::GzEncoder};
use model::{Content, Dataset, Finding};
use std::{
    io::{self, Cursor, Read, Write},
    path::Path,
    sync::OnceLock,
};

/// Row, line, width and cells.
type Row = (u64, u64, u32, Vec<Vec<u8>>);
type Table = (Vec<Row>, Received);

fn settings() -> ReceiveSettings {
    ReceiveSettings {
        max_cell_bytes: 1 << 16,
        max_decompressed_bytes: 8 << 20,
        max_held_bytes: 8 << 20,
        ..ReceiveSettings::default()
    }
}

/// Gives pieces of changing size, as a network does.
struct Dribble<'a>(&'a [u8], usize, usize);

impl Read for Dribble<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.1 = self.1 * 5 % 8_191 + 1;
        let most = buffer.len().min(1 + self.1 % self.2);
        self.0.read(&mut buffer[..most])
    }
}

fn drain(mut file: Receiver) -> Result<Table, LandError> {
    let mut rows = Vec::new();
    let mut reuse = RawBatch::default();
    while let Some(batch) = file.next_batch(reuse)? {
        assert!(batch.rows > 0);
        for column in &batch.columns {
            assert_eq!(column.ends.len(), batch.rows);
            assert!(std::str::from_utf8(&column.bytes).is_ok());
            assert_eq!(column.text().len(), column.bytes.len());
        }
        for row in 0..batch.rows {
            rows.push((
                batch.row_numbers[row],
                batch.lines[row],
                batch.widths[row],
                batch.columns.iter().map(|c| c.cell(row).to_vec()).collect(),
            ));
        }
        reuse = batch;
    }
    let received = file.finish()?;
    assert_eq!(received.rows, rows.len() as u64);
    Ok((rows, received))
}

/// Reads bytes as a file and as a stream in pieces, with batches of two sizes: the answer is the same.
fn read(
    bytes: &[u8],
    pieces: usize,
    batch_rows: usize,
    settings: &ReceiveSettings,
) -> Result<Table, LandError> {
    let whole =
        open_seekable(Box::new(Cursor::new(bytes.to_vec())), dataset(), settings).and_then(drain);
    let small = ReceiveSettings {
        batch_rows,
        batch_bytes: batch_rows * 7,
        ..settings.clone()
    };
    // The receiver wants a source without a borrow.
    let source = Dribble(bytes, pieces, pieces.max(1));
    let mut held = Vec::new();
    let mut pieces = Vec::new();
    let mut source = source;
    loop {
        held.resize(16_384, 0);
        let count = source.read(&mut held).unwrap_or_default();
        if count == 0 {
            break;
        }
        pieces.push(held[..count].to_vec());
    }
    pieces.reverse();
    let stream = open(Box::new(Pieces(pieces)), dataset(), &small).and_then(drain);
    match (&whole, &stream) {
        (Ok(a), Ok(b)) => assert_eq!(a, b, "a stream reads as a file does"),
        (Err(a), Err(b)) => assert_eq!(a.to_string(), b.to_string()),
        (Ok(_), Err(e)) | (Err(e), Ok(_)) => panic!("a stream reads as a file does: {e}"),
    }
    whole
}

/// Pieces of a file, the first of them last.
struct Pieces(Vec<Vec<u8>>);

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(mut piece) = self.0.pop() else {
            return Ok(0);
        };
        let count = piece.len().min(buffer.len());
        buffer[..count].copy_from_slice(&piece[..count]);
        if count < piece.len() {
            self.0.push(piece.split_off(count));
        }
        Ok(count)
    }
}

/// Any bytes, as text in any encoding and with any delimiter, stated or found out.
pub(super) fn text(bytes: &[u8]) {
    let Some(([how, pieces, batch], rest)) = choices(bytes) else {
        return;
    };
    let settings = ReceiveSettings {
        encoding: [
            None,
            None,
            None,
            None,
            Some(Encoding::Utf8),
            Some(Encoding::Utf16Le),
            Some(Encoding::Utf16Be),
            Some(Encoding::Windows1252),
        ][usize::from(how & 7)],
        delimiter: [
            None,
            None,
            None,
            Some(b','),
            Some(b';'),
            Some(b'\t'),
            Some(b'|'),
            Some(b'~'),
        ][usize::from(how >> 3 & 7)],
        ..settings()
    };
    let _ = read(rest, usize::from(pieces), 1 + usize::from(batch), &settings);
}

/// Text under a good header, against the plain reader, cell by cell.
pub(super) fn cells(bytes: &[u8]) {
    let Some(([pieces, batch], rest)) = choices(bytes) else {
        return;
    };
    let Ok(rest) = std::str::from_utf8(rest) else {
        return;
    };
    let header = "LA Code,Last Name,Visit Date,Born,Colour,Visits,Cost,Share\n";
    let text = format!("{header}{rest}");
    let fields = dataset().fields.len();
    let (expected, open) = slow(&text, ',');
    let expected: Vec<Row> = expected
        .into_iter()
        .skip(1)
        .map(|(row, line, mut cells)| {
            let width = u32::try_from(cells.len()).unwrap();
            cells.resize(fields, String::new());
            let cells = cells.into_iter().map(String::into_bytes).collect();
            (row, line, width, cells)
        })
        .collect();
    let settings = ReceiveSettings {
        encoding: Some(Encoding::Utf8),
        delimiter: Some(b','),
        ..settings()
    };
    let found = read(
        text.as_bytes(),
        usize::from(pieces),
        1 + usize::from(batch),
        &settings,
    );
    let (rows, received) = match found {
        Ok(found) => found,
        // So many control characters that it is no text.
        Err(LandError::OtherKind { .. }) => return,
        Err(fault) => panic!("{fault}"),
    };
    assert_eq!(rows, expected);
    assert_eq!(received.open_quote, open);
}

const TYPES: &str = r#"<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/></Types>"#;
const ROOT: &str = r#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;
const BOOK: &str = r#"<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>"#;
const LINKS: &str = r#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/><Relationship Id="rId3" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings" Target="sharedStrings.xml"/></Relationships>"#;

/// An archive whose entries are stored as they are, with right checksums.
fn stored<'a>(parts: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Vec<u8> {
    let options =
        zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        // A name that cannot be an entry's is left out.
        if archive.start_file(name, options).is_ok() {
            archive.write_all(bytes).unwrap();
        }
    }
    archive.finish().unwrap().into_inner()
}

/// A workbook as a whole, or its parts after a NUL each: sheet, shared texts, styles, workbook, links.
pub(super) fn workbook(bytes: &[u8]) {
    if bytes.starts_with(b"PK") {
        let _ = read(bytes, 255, 3, &settings());
        return;
    }
    let mut parts = bytes.split(|b| *b == 0);
    let mut next = |usual: &'static str| match parts.next() {
        Some(part) if !part.is_empty() => part,
        _ => usual.as_bytes(),
    };
    let sheet = next("");
    let texts = next("<sst/>");
    let styles = next("<styleSheet/>");
    let book = next(BOOK);
    let links = next(LINKS);
    let whole = stored([
        ("[Content_Types].xml", TYPES.as_bytes()),
        ("_rels/.rels", ROOT.as_bytes()),
        ("xl/workbook.xml", book),
        ("xl/_rels/workbook.xml.rels", links),
        ("xl/sharedStrings.xml", texts),
        ("xl/styles.xml", styles),
        ("xl/worksheets/sheet1.xml", sheet),
    ]);
    let _ = read(&whole, 255, 3, &settings());
}

/// Bytes after the beginning of a gzip file, or a text that is packed in members and then damaged.
pub(super) fn gzip(bytes: &[u8]) {
    let Some(([how, at, with], rest)) = choices(bytes) else {
        return;
    };
    if how & 1 == 0 {
        let raw = [&[0x1f, 0x8b][..], rest].concat();
        let _ = read(&raw, usize::from(at), 3, &settings());
        return;
    }
    let parts = 1 + usize::from(how >> 1 & 3);
    let mut packed = Vec::new();
    for part in rest.chunks(rest.len().div_ceil(parts).max(1)) {
        let mut member = GzEncoder::new(Vec::new(), Compression::fast());
        member.write_all(part).unwrap();
        packed.extend(member.finish().unwrap());
    }
    if packed.is_empty() {
        return;
    }
    let undamaged = read(&packed, usize::from(at), 3, &settings());
    let plain = read(rest, usize::from(at), 3, &settings());
    match (&undamaged, &plain) {
        (Ok((packed, _)), Ok((plain, _))) => assert_eq!(packed, plain, "packed as plain"),
        // What is packed already may not be packed again; and words may differ.
        (Err(_), Err(_)) | (Err(LandError::CompressedTwice { .. }), Ok(_)) => {}
        (Ok(_), Err(e)) | (Err(e), Ok(_)) => panic!("packed as plain: {e}"),
    }
    let place = usize::from(at) * packed.len() / 256;
    if how & 8 == 0 {
        packed[place] ^= with;
    } else {
        packed.truncate(place);
    }
    let _ = read(&packed, usize::from(with), 3, &settings());
}

/// A zip file as it comes, or one of an entry for each part before a NUL, perhaps damaged.
pub(super) fn zip(bytes: &[u8]) {
    if bytes.starts_with(b"PK") {
        let _ = read(bytes, 255, 3, &settings());
        return;
    }
    let Some(([at, with], rest)) = choices(bytes) else {
        return;
    };
    let parts: Vec<&[u8]> = rest.split(|b| *b == 0).take(4).collect();
    let entries = parts.chunks(2).map(|pair| match pair {
        [name, body] => (std::str::from_utf8(name).unwrap_or("a.csv"), *body),
        _ => ("b.csv", pair.first().copied().unwrap_or_default()),
    });
    let mut whole = stored(entries);
    if at < 128 {
        let place = usize::from(at) * whole.len() / 128;
        whole[place] ^= with;
    }
    let _ = read(&whole, 255, 3, &settings());
}

fn specification() -> &'static Specification {
    static SPECIFICATION: OnceLock<Specification> = OnceLock::new();
    SPECIFICATION.get_or_init(|| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../content");
        Specification::read(&Content::from_folder(&root).unwrap(), "cld-r2").unwrap()
    })
}

#[derive(Debug)]
enum CheckFault {
    Land(LandError),
    Arrow(ArrowError),
}

impl From<LandError> for CheckFault {
    fn from(fault: LandError) -> Self {
        Self::Land(fault)
    }
}

impl From<ArrowError> for CheckFault {
    fn from(fault: ArrowError) -> Self {
        Self::Arrow(fault)
    }
}

/// Findings, rows accepted, rejected and skipped, and the report for a terminal.
type Checked = (Vec<Finding>, [u64; 3], String);

fn check_once(bytes: &[u8], batch_rows: usize, threads: usize) -> Result<Checked, String> {
    let receive = ReceiveSettings {
        batch_rows,
        ..settings()
    };
    let specification = specification();
    let source = Box::new(Cursor::new(bytes.to_vec()));
    let receiver = open(source, specification.dataset(), &receive).map_err(|e| e.to_string())?;
    let settings = CheckSettings {
        sender: Some("503".to_owned()),
        keep_accepted: true,
        ..CheckSettings::on("2026-01-15".parse().unwrap())
    };
    let mut gathering = Gathering::new(10);
    let mut findings = Vec::new();
    let outcome = check_file::<CheckFault>(
        receiver,
        specification,
        settings,
        threads,
        |checker, batch| {
            gathering.add(checker, &batch);
            findings.extend(checker.findings(&batch));
            Ok(batch.raw)
        },
        |_| {},
    )
    .map_err(|fault| match fault {
        CheckFault::Land(fault) => fault.to_string(),
        CheckFault::Arrow(fault) => panic!("{fault}"),
    })?;
    findings.extend(outcome.file_findings.iter().cloned());
    for finding in &findings {
        assert!(specification.rule(&finding.rule).is_some());
    }
    let sums = [
        outcome.rows_accepted,
        outcome.rows_rejected,
        outcome.rows_skipped,
    ];
    assert_eq!(sums.iter().sum::<u64>(), outcome.rows_in);
    let report = Report::new(specification, &outcome, &gathering, "x.csv", Shown::Cells);
    let rendering = Rendering {
        colour: Colour::Off,
        warnings: true,
        file: "x.csv",
        seconds: None,
    };
    Ok((findings, sums, render(&report, rendering)))
}

/// Any bytes, perhaps under the official header, checked against a whole specification twice.
pub(super) fn check(bytes: &[u8]) {
    let Some(([how], rest)) = choices(bytes) else {
        return;
    };
    let header = if how & 1 == 0 {
        header_of(specification().dataset())
    } else {
        String::new()
    };
    let whole = [header.as_bytes(), rest].concat();
    let once = check_once(&whole, 8_192, 1);
    let again = check_once(&whole, 1 + usize::from(how >> 1 & 3), 2);
    assert_eq!(once, again, "batches and threads do not matter");
}

fn header_of(dataset: &Dataset) -> String {
    let names: Vec<String> = dataset
        .fields
        .iter()
        .map(|f| format!("\"{}\"", f.name))
        .collect();
    format!("{}\n", names.join(","))
}
