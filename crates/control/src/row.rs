//! Reading the columns of a row, and turning numbers into what the database keeps.

use crate::{ControlError, time};
use chrono::{DateTime, Utc};
use model::OrganisationCode;
use sqlx::{Row as _, any::AnyRow};

/// A row of an answer, read by the names of its columns.
pub(crate) struct Read<'r>(pub(crate) &'r AnyRow);

impl Read<'_> {
    pub(crate) fn text(&self, column: &'static str) -> Result<String, ControlError> {
        Ok(self.0.try_get(column)?)
    }

    pub(crate) fn text_if_any(&self, column: &'static str) -> Result<Option<String>, ControlError> {
        Ok(self.0.try_get(column)?)
    }

    pub(crate) fn number(&self, column: &'static str) -> Result<i64, ControlError> {
        Ok(self.0.try_get(column)?)
    }

    pub(crate) fn count(&self, column: &'static str) -> Result<u64, ControlError> {
        u64::try_from(self.number(column)?).map_err(|_| ControlError::Unreadable { column })
    }

    pub(crate) fn count_if_any(&self, column: &'static str) -> Result<Option<u64>, ControlError> {
        self.number_if_any(column)?
            .map(|n| u64::try_from(n).map_err(|_| ControlError::Unreadable { column }))
            .transpose()
    }

    pub(crate) fn moment(&self, column: &'static str) -> Result<DateTime<Utc>, ControlError> {
        time::from_millis(self.number(column)?, column)
    }

    pub(crate) fn moment_if_any(
        &self,
        column: &'static str,
    ) -> Result<Option<DateTime<Utc>>, ControlError> {
        self.number_if_any(column)?
            .map(|millis| time::from_millis(millis, column))
            .transpose()
    }

    pub(crate) fn organisation(
        &self,
        column: &'static str,
    ) -> Result<OrganisationCode, ControlError> {
        OrganisationCode::new(&self.text(column)?).map_err(|_| ControlError::Unreadable { column })
    }

    /// A word of a closed list.
    pub(crate) fn word<T>(
        &self,
        column: &'static str,
        from_word: impl Fn(&str) -> Option<T>,
    ) -> Result<T, ControlError> {
        from_word(&self.text(column)?).ok_or(ControlError::Unreadable { column })
    }

    fn number_if_any(&self, column: &'static str) -> Result<Option<i64>, ControlError> {
        Ok(self.0.try_get(column)?)
    }
}

/// A count as the database keeps it.
pub(crate) fn kept(count: u64, column: &'static str) -> Result<i64, ControlError> {
    i64::try_from(count).map_err(|_| ControlError::TooLarge { column })
}

/// The first row of an answer that was read to its end. A statement that writes and returns is only
/// finished, and so visible to other connections, once its last row has been read.
pub(crate) fn first(rows: Vec<AnyRow>) -> Option<AnyRow> {
    rows.into_iter().next()
}
