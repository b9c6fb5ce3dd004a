//! What was wrong with the files that a measurement read: told with rows, never a reason to stop.

use crate::files::Rows;
use serde::{Deserialize, Serialize};

/// Rows that are named for each mistake; the others are counted.
const NAMED: usize = 10;

/// A mistake that a file has in one or several rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// The file.
    pub file: String,
    /// What is wrong and what was done about it.
    pub message: String,
    /// How often.
    pub count: u64,
    /// The first rows that have it; the header is row 1.
    pub rows: Vec<u64>,
}

/// All that was told.
#[derive(Debug, Clone, Default)]
pub(crate) struct Told {
    notices: Vec<Notice>,
}

impl Told {
    /// Tells of a row.
    pub(crate) fn row(&mut self, file: &str, message: &str, row: u64) {
        let known = self
            .notices
            .iter_mut()
            .find(|notice| notice.message == message && notice.file == file);
        match known {
            Some(notice) => {
                notice.count += 1;
                // Rows need not come in order: the least ones are named.
                let at = notice.rows.partition_point(|known| *known < row);
                if at < NAMED {
                    notice.rows.insert(at, row);
                    notice.rows.truncate(NAMED);
                }
            }
            None => self.notices.push(Notice {
                file: file.to_owned(),
                message: message.to_owned(),
                count: 1,
                rows: vec![row],
            }),
        }
    }

    /// Tells what was odd about the rows of a file.
    pub(crate) fn odd(&mut self, file: &str, rows: &Rows) {
        self.notices
            .extend(rows.odd().into_iter().map(|odd| Notice {
                file: file.to_owned(),
                message: odd.message,
                count: odd.count,
                rows: vec![odd.line],
            }));
    }

    /// Tells of something that is about no row.
    pub(crate) fn say(&mut self, file: &str, message: String, count: u64) {
        self.notices.push(Notice {
            file: file.to_owned(),
            message,
            count,
            rows: Vec::new(),
        });
    }

    /// All of it.
    pub(crate) fn notices(self) -> Vec<Notice> {
        self.notices
    }
}
