//! Rows of one sheet of a workbook, read as a stream.
//!
//! The workbook's reader borrows from itself while it streams, so it lives on a thread of its own and
//! hands over one batch at a time. It waits while nobody takes them, and ends when nobody is there.

use super::{
    ReceiveSettings,
    archive::WORKBOOK,
    batch::{Filler, RawBatch},
    header::HeaderMatch,
    names::HeaderSearch,
    render::{Dates, render},
    source::Seekable,
    split::Sink,
};
use crate::LandError;
use calamine::{DataRef, Reader, Sheet, SheetType, SheetVisible, Xlsx, XlsxCellReader, XlsxError};
use model::{Dataset, FieldKind, content::nearest, finding::column_letters};
use std::{
    io::BufReader,
    sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel},
    thread,
};

type Book = Xlsx<BufReader<Box<dyn Seekable>>>;
type Cells<'a> = XlsxCellReader<'a, BufReader<Box<dyn Seekable>>>;

/// What the thread hands over.
enum Parcel {
    Start { chosen: Chosen, header: HeaderMatch },
    Rows(RawBatch),
    End,
}

/// The sheet that is read.
pub(super) struct Chosen {
    pub(super) sheet: String,
    /// How many other sheets with cells there are, hidden ones included.
    pub(super) others: usize,
}

/// The rows of a sheet, from the one after the header.
pub(super) struct SheetRows {
    from: Receiver<Result<Parcel, LandError>>,
    reuse: Sender<RawBatch>,
    ended: bool,
}

/// Excel has no row after this one.
const LAST_ROW: u32 = 1_048_576;

impl SheetRows {
    /// Reads the header. The workbook was verified.
    pub(super) fn open(
        source: Box<dyn Seekable>,
        dataset: &Dataset,
        settings: &ReceiveSettings,
    ) -> Result<(Self, Chosen, HeaderMatch), LandError> {
        let (to, from) = sync_channel(1);
        let (reuse, used) = channel();
        let dataset = dataset.clone();
        let settings = settings.clone();
        thread::Builder::new()
            .name("workbook".to_owned())
            .spawn(move || {
                let end =
                    read(source, &dataset, &settings, &to, &used).unwrap_or_else(|e| Some(Err(e)));
                // Nobody is there to hear of it when the receiver has gone.
                if let Some(end) = end {
                    drop(to.send(end));
                }
            })?;
        let mut rows = Self {
            from,
            reuse,
            ended: false,
        };
        match rows.next()? {
            Parcel::Start { chosen, header } => Ok((rows, chosen, header)),
            Parcel::Rows(_) | Parcel::End => Err(damaged("it has no rows")),
        }
    }

    /// The next rows, `None` at the end.
    pub(super) fn next_batch(&mut self, reuse: RawBatch) -> Result<Option<RawBatch>, LandError> {
        if self.ended {
            return Ok(None);
        }
        // Refused only when the thread has ended, and then there is no use for it.
        drop(self.reuse.send(reuse));
        match self.next()? {
            Parcel::Rows(batch) => Ok(Some(batch)),
            Parcel::Start { .. } | Parcel::End => {
                self.ended = true;
                Ok(None)
            }
        }
    }

    fn next(&mut self) -> Result<Parcel, LandError> {
        // A thread that is gone without a word has met what its reader did not foresee.
        let parcel = self
            .from
            .recv()
            .unwrap_or_else(|_| Err(damaged("its parts do not fit together")));
        self.ended = parcel.is_err();
        parcel
    }
}

/// Where parcels go; `None` in an answer means that nobody takes them any more.
type Post<'a> = &'a SyncSender<Result<Parcel, LandError>>;

fn read(
    source: Box<dyn Seekable>,
    dataset: &Dataset,
    settings: &ReceiveSettings,
    to: Post<'_>,
    used: &Receiver<RawBatch>,
) -> Result<Option<Result<Parcel, LandError>>, LandError> {
    let mut book: Book = Xlsx::new(BufReader::new(source)).map_err(|e| fault(&e))?;
    let chosen = Chosen {
        sheet: choose(&book, settings.sheet.as_deref())?,
        others: with_cells(&book).count().saturating_sub(1),
    };
    let sheet = chosen.sheet.clone();
    let is_1904 = book.has_1904_epoch();
    let header = find_header(&mut book, &sheet, is_1904, dataset, settings)?;
    // Rows further down may have been looked at: again from the beginning to the header.
    let mut rows = Rows::new(&mut book, &sheet, is_1904, settings)?;
    let mut again = HeaderSearch::again(dataset, settings.max_columns, header.row);
    while !again.is_full() && rows.row_into(&mut again, 0)? {}
    rows.dates.layouts(layouts(dataset, &header));
    let width = header.width;
    let mut filler = Filler::new(&header, settings.batch_limits(), settings.every_column);
    if to.send(Ok(Parcel::Start { chosen, header })).is_err() {
        return Ok(None);
    }
    let mut more = true;
    while more {
        filler.begin(used.try_recv().unwrap_or_default());
        while more && !filler.is_full() {
            more = rows.row_into(&mut filler, width)?;
        }
        if let Some(batch) = filler.take()
            && to.send(Ok(Parcel::Rows(batch))).is_err()
        {
            return Ok(None);
        }
    }
    Ok(Some(Ok(Parcel::End)))
}

fn find_header(
    book: &mut Book,
    sheet: &str,
    is_1904: bool,
    dataset: &Dataset,
    settings: &ReceiveSettings,
) -> Result<HeaderMatch, LandError> {
    let mut search = HeaderSearch::new(dataset, settings.max_columns);
    let mut rows = Rows::new(book, sheet, is_1904, settings)?;
    while !search.is_full() && rows.row_into(&mut search, 0)? {}
    let names = search.found().ok_or(LandError::Empty)?;
    names.matched(dataset, settings, Some(sheet))
}

/// The sheets that are no charts or macros.
fn with_cells(book: &Book) -> impl Iterator<Item = &Sheet> {
    let sheets = book.sheets_metadata().iter();
    sheets.filter(|s| s.typ == SheetType::WorkSheet)
}

/// The sheet that was asked for, else the first that a person sees.
fn choose(book: &Book, asked: Option<&str>) -> Result<String, LandError> {
    let sheets = book.sheets_metadata();
    let Some(asked) = asked else {
        return with_cells(book)
            .find(|s| s.visible == SheetVisible::Visible)
            .or_else(|| with_cells(book).next())
            .map(|s| s.name.clone())
            .ok_or(LandError::NoSheet);
    };
    let names = || sheets.iter().map(|s| s.name.as_str());
    names()
        .find(|name| *name == asked)
        .or_else(|| names().find(|name| name.to_lowercase() == asked.to_lowercase()))
        .map(str::to_owned)
        .ok_or_else(|| LandError::NoSuchSheet {
            asked: asked.to_owned(),
            nearest: nearest(asked, names()).map(str::to_owned),
        })
}

/// For each column of the file, the layout in which its field's dates are written.
fn layouts(dataset: &Dataset, header: &HeaderMatch) -> Vec<Option<String>> {
    let mut layouts = vec![None; header.width];
    for (field, position) in dataset.fields.iter().zip(&header.columns) {
        if field.kind == FieldKind::Date
            && let Some(slot) = position.and_then(|p| layouts.get_mut(p as usize))
        {
            *slot = field.layouts.first().cloned();
        }
    }
    layouts
}

/// Cells put together to rows.
struct Rows<'a> {
    cells: Cells<'a>,
    dates: Dates,
    /// The first cell of the next row, which ended the one before.
    waiting: Option<(u32, u32, DataRef<'a>)>,
    /// The reader must not be asked again after its end.
    ended: bool,
    /// The row that comes next, from 0.
    next_row: u32,
    text: String,
    most_cell_bytes: usize,
    most_columns: usize,
}

impl<'a> Rows<'a> {
    fn new(
        book: &'a mut Book,
        sheet: &str,
        is_1904: bool,
        settings: &ReceiveSettings,
    ) -> Result<Self, LandError> {
        Ok(Self {
            cells: book.worksheet_cells_reader(sheet).map_err(|e| fault(&e))?,
            dates: Dates::new(is_1904),
            waiting: None,
            ended: false,
            next_row: 0,
            text: String::new(),
            most_cell_bytes: settings.max_cell_bytes,
            most_columns: settings.max_columns,
        })
    }

    /// The next cell in which something stands.
    fn next_cell(&mut self) -> Result<Option<(u32, u32, DataRef<'a>)>, LandError> {
        if self.waiting.is_some() {
            return Ok(self.waiting.take());
        }
        while !self.ended {
            let Some(cell) = self.cells.next_cell().map_err(|e| fault(&e))? else {
                self.ended = true;
                break;
            };
            let (row, column) = cell.get_position();
            let value = match cell.get_value() {
                DataRef::Empty | DataRef::SharedString("") => continue,
                DataRef::String(text) if text.is_empty() => continue,
                value => value.clone(),
            };
            if row >= LAST_ROW || row < self.next_row {
                return Err(damaged("its rows are out of order"));
            }
            return Ok(Some((row, column, value)));
        }
        Ok(None)
    }

    /// Puts one row into a sink; `false` when there is none. A row between others in which nothing
    /// stands is a row, as it is for the person who looks at the sheet; after the last there is none.
    fn row_into(&mut self, sink: &mut impl Sink, width: usize) -> Result<bool, LandError> {
        let Some((row, mut column, mut value)) = self.next_cell()? else {
            return Ok(false);
        };
        let number = u64::from(self.next_row) + 1;
        if row > self.next_row {
            self.waiting = Some((row, column, value));
            self.next_row += 1;
            sink.end_row(number, number, 0);
            return Ok(true);
        }
        let mut filled = 0usize;
        loop {
            let position = column as usize;
            if position < filled {
                return Err(damaged("its cells are out of order"));
            }
            // Columns past the header are counted, and so is a header that is too wide.
            if position <= self.most_columns {
                for blank in filled..position {
                    sink.cell(blank, &[]);
                }
                self.give(sink, position, number, &value)?;
            }
            filled = position + 1;
            match self.next_cell()? {
                Some((same, next, more)) if same == row => (column, value) = (next, more),
                Some(other) => {
                    self.waiting = Some(other);
                    break;
                }
                None => break,
            }
        }
        self.next_row = row + 1;
        for blank in filled..width {
            sink.cell(blank, &[]);
        }
        sink.end_row(number, number, filled.max(width));
        Ok(true)
    }

    fn give(
        &mut self,
        sink: &mut impl Sink,
        column: usize,
        row: u64,
        value: &DataRef<'_>,
    ) -> Result<(), LandError> {
        let cell = render(value, &self.dates, column, &mut self.text);
        if cell.len() > self.most_cell_bytes {
            return Err(LandError::CellTooLong {
                row,
                line: row,
                column: column_letters(u32::try_from(column).unwrap_or(u32::MAX)),
                limit: self.most_cell_bytes as u64,
                quoted: false,
            });
        }
        sink.cell(column, cell.as_bytes());
        match sink.overfull() {
            None => Ok(()),
            Some(limit) => Err(LandError::RowTooLong {
                row,
                line: row,
                limit: limit as u64,
            }),
        }
    }
}

/// The reader's own messages may quote a cell, so only their kind is kept.
fn fault(error: &XlsxError) -> LandError {
    match error {
        XlsxError::Password => LandError::Password { what: WORKBOOK },
        XlsxError::WorksheetNotFound(_) | XlsxError::NotAWorksheet(_) => LandError::NoSheet,
        XlsxError::FileNotFound(_) | XlsxError::RelationshipNotFound => {
            damaged("a part of it is not there")
        }
        XlsxError::Xml(_) | XlsxError::XmlAttr(_) | XlsxError::XmlEof(_) => {
            damaged("its XML cannot be read")
        }
        XlsxError::CellError(_) => damaged("a formula in it shows an error"),
        _ => damaged("its cells cannot be read"),
    }
}

fn damaged(why: &'static str) -> LandError {
    LandError::Damaged {
        what: WORKBOOK,
        why,
    }
}
