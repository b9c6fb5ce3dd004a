//! One row of a request, and what can be wrong with it on its own.

use crate::trace::{Column, Day, ResultCode};
use model::NhsNumber;

/// One row of a request.
#[derive(Clone, PartialEq, Eq)]
pub struct Row {
    place: u64,
    fault: Option<ResultCode>,
    text: String,
    ends: [u32; 24],
}

impl Row {
    /// A row from its cells, for requests that come otherwise than as a file. `place` numbers it.
    pub fn new(place: u64, cells: &[(Column, &str)]) -> Self {
        let mut all = [""; 24];
        for (column, cell) in cells {
            if let Some(held) = all.get_mut(*column as usize) {
                *held = cell;
            }
        }
        Self::checked(place, &all, None, false)
    }

    /// A row that may have a fault already.
    pub(crate) fn checked(
        place: u64,
        cells: &[&str; 24],
        fault: Option<ResultCode>,
        refuse_malformed_numbers: bool,
    ) -> Self {
        let mut text = String::with_capacity(cells.iter().map(|cell| cell.len()).sum());
        let ends = cells.each_ref().map(|cell| {
            text.push_str(cell);
            u32::try_from(text.len()).unwrap_or(u32::MAX)
        });
        let mut row = Self {
            place,
            fault,
            text,
            ends,
        };
        row.fault = fault.or_else(|| row.own_fault(refuse_malformed_numbers));
        row
    }

    /// The row as a spreadsheet numbers it; blank lines are not counted.
    pub const fn place(&self) -> u64 {
        self.place
    }

    /// What is wrong with it. Such a row is not traced.
    pub const fn fault(&self) -> Option<ResultCode> {
        self.fault
    }

    pub(crate) const fn set_fault(&mut self, fault: ResultCode) {
        self.fault = Some(fault);
    }

    /// A cell without the blanks around it.
    pub fn get(&self, column: Column) -> &str {
        self.raw(column).trim()
    }

    /// A cell as it was sent.
    pub fn raw(&self, column: Column) -> &str {
        let at = column as usize;
        let end = |at: usize| self.ends.get(at).map(|end| *end as usize);
        let from = at.checked_sub(1).and_then(end).unwrap_or_default();
        end(at)
            .and_then(|to| self.text.get(from..to))
            .unwrap_or_default()
    }

    fn own_fault(&self, refuse_malformed_numbers: bool) -> Option<ResultCode> {
        if self.get(Column::Reference).is_empty() {
            return Some(ResultCode::ReferenceMissingOrRepeated);
        }
        if !matches!(self.get(Column::Gender), "" | "0" | "1" | "2" | "9") {
            return Some(ResultCode::BadGender);
        }
        let born = self.get(Column::DateOfBirth);
        let dates = Column::ALL.into_iter().filter(|column| column.is_date());
        let dates_hold = (born.is_empty() || Day::parse_compact(born).is_some())
            && dates
                .map(|column| self.get(column))
                .all(|date| date.is_empty() || Day::parse_compact(date).is_some_and(Day::is_whole));
        let number = self.get(Column::NhsNumber);
        let number_holds =
            !refuse_malformed_numbers || number.is_empty() || NhsNumber::parse(number).is_ok();
        (!dates_hold || !number_holds).then_some(ResultCode::BadFormat)
    }
}

/// A row is about a person, so only its place prints.
impl std::fmt::Debug for Row {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "row {} ({:?})", self.place, self.fault)
    }
}
