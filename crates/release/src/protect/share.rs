//! Percentages, made from numbers as shown and from nothing else.
//!
//! A percentage from true numbers gives them away: with 23 people on a list, 13.0% is 3 of them.

use crate::{
    Cell, RefusalReason, ReleasableTable, ReleaseRefusal,
    published::{Holds, Note, PublishedColumn, PublishedRow},
    rules::Percentages,
};

/// What stands where a percentage has nothing to be a percentage of.
pub const NOT_APPLICABLE: &str = "[z]";

/// What a column is a percentage of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Share<'a> {
    /// Another column of the same row.
    OfColumn(&'a str),
    /// The same column in the row that is the total over this dimension.
    OfTotalOver(&'a str),
}

impl ReleasableTable {
    /// The same table with a column of percentages. It needs no true number, and so cannot tell
    /// more than the table does already.
    pub fn with_percentage(
        mut self,
        name: impl Into<String>,
        title: impl Into<String>,
        column: &str,
        share: Share<'_>,
    ) -> Result<Self, ReleaseRefusal> {
        let name = name.into();
        if self.percentages == Percentages::NotAllowed {
            return Err(RefusalReason::PercentagesNotAllowed.into());
        }
        if self.table.column(&name).is_some() || self.table.dimension(&name).is_some() {
            return Err(RefusalReason::ColumnTwice { column: name }.into());
        }
        let part = self.count_column(column)?;
        let (cells, of): (Vec<Cell>, &str) = match share {
            Share::OfColumn(other) => {
                let whole = self.count_column(other)?;
                let rows = self.table.rows.iter();
                let cells = rows.map(|row| percentage(row.cells.get(part), row.cells.get(whole)));
                (cells.collect(), other)
            }
            Share::OfTotalOver(dimension) => (self.of_totals(part, dimension)?, column),
        };
        for (row, cell) in self.table.rows.iter_mut().zip(cells) {
            row.cells.push(cell);
        }
        self.table.columns.push(PublishedColumn {
            name,
            title: title.into(),
            holds: Holds::PercentageOf(of.to_owned()),
        });
        let note = Note::saying(
            "Percentages are made from the numbers as shown here, and are hidden where either number is hidden.",
        );
        if !self.table.notes.contains(&note) {
            self.table.notes.insert(0, note);
        }
        Ok(self)
    }

    fn of_totals(&self, part: usize, dimension: &str) -> Result<Vec<Cell>, ReleaseRefusal> {
        let place = self
            .table
            .dimension(dimension)
            .ok_or_else(|| self.unknown(dimension))?;
        let total_labels = |row: &PublishedRow| {
            let labels = row.labels.iter().enumerate();
            labels
                .map(|(i, label)| label.clone().filter(|_| i != place))
                .collect::<Vec<_>>()
        };
        let wholes: std::collections::BTreeMap<&[Option<String>], &Cell> = self
            .table
            .rows
            .iter()
            .filter(|row| row.labels.get(place).is_some_and(Option::is_none))
            .filter_map(|row| Some((row.labels.as_slice(), row.cells.get(part)?)))
            .collect();
        let rows = self.table.rows.iter();
        Ok(rows
            .map(|row| {
                let whole = wholes.get(total_labels(row).as_slice()).copied();
                percentage(row.cells.get(part), whole)
            })
            .collect())
    }

    fn count_column(&self, name: &str) -> Result<usize, ReleaseRefusal> {
        let place = self.table.column(name).ok_or_else(|| self.unknown(name))?;
        match self.table.columns.get(place).map(|column| &column.holds) {
            Some(Holds::Count(_)) => Ok(place),
            _ => Err(self.unknown(name).into()),
        }
    }

    fn unknown(&self, column: &str) -> RefusalReason {
        let counts = self.table.columns.iter().map(|c| c.name.as_str());
        let dimensions = self.table.dimensions.iter().map(|d| d.name.as_str());
        RefusalReason::UnknownColumn {
            column: column.to_owned(),
            nearest: model::content::nearest(column, counts.chain(dimensions)).map(str::to_owned),
        }
    }
}

fn percentage(part: Option<&Cell>, whole: Option<&Cell>) -> Cell {
    match (part, whole) {
        (Some(Cell::Hidden { symbol, .. }), _) | (_, Some(Cell::Hidden { symbol, .. })) => {
            Cell::NoPercentage {
                symbol: symbol.clone(),
                reason: "hidden because it would be made from a hidden number".to_owned(),
            }
        }
        (Some(Cell::Shown { value: part, .. }), Some(Cell::Shown { value: whole, .. }))
            if *whole > 0 =>
        {
            // One decimal place, and none where the whole is under 100: more would claim a precision
            // that the numbers do not have.
            let (steps, tenths_in_step, decimals) = if *whole < 100 {
                (100, 10, 0)
            } else {
                (1000, 1, 1)
            };
            let (part, whole) = (u128::from(*part), u128::from(*whole));
            let nearest = (part * steps * 2 + whole) / (whole * 2);
            Cell::Percentage {
                tenths: u64::try_from(nearest * tenths_in_step).unwrap_or(u64::MAX),
                decimals,
            }
        }
        _ => Cell::NoPercentage {
            symbol: NOT_APPLICABLE.to_owned(),
            reason: "there is nothing that it could be a percentage of".to_owned(),
        },
    }
}
