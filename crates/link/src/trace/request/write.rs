//! Writing a request, for those who send one.

use super::Row;
use crate::trace::Column;
use std::io::{self, Write};

/// Writes rows as a current request with all its columns, as they were sent.
pub fn write_request<'a>(
    rows: impl IntoIterator<Item = &'a Row>,
    to: impl Write,
) -> io::Result<()> {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(to);
    writer.write_record(Column::ALL.map(Column::name))?;
    for row in rows {
        writer.write_record(Column::ALL.map(|column| row.raw(column)))?;
    }
    writer.flush()
}
