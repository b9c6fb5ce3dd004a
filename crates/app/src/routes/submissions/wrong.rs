//! The most common wrong values of a submission, for its sender's own pages and nobody else.
//!
//! Only values of columns with a code list that do not point at a person: those are typing, not people.

use super::{Cause, is_owner};
use crate::{
    desks::CommonValue,
    routes::{fault::Fault, library::Entry, visit::Visit},
};
use control::SubmissionRecord;
use model::FieldKind;

/// How many values are named for a cause.
const NAMED: u32 = 3;

/// The most common wrong values of a submission.
pub(super) struct Wrong<'v> {
    entry: Option<&'v Entry>,
    values: Vec<CommonValue>,
}

impl<'v> Wrong<'v> {
    /// Those of a submission; none for whoever is not of the organisation that sent it.
    pub(super) async fn of_submission(
        visit: &'v Visit,
        record: &SubmissionRecord,
    ) -> Result<Self, Fault> {
        let entry = visit.site.library.of(&record.dataset);
        let fields: Vec<&str> = entry
            .filter(|_| is_owner(visit, record))
            .map(|e| &e.specification.dataset().fields)
            .into_iter()
            .flatten()
            .filter(|f| f.kind == FieldKind::Code && !f.identifying)
            .map(|f| f.name.as_str())
            .collect();
        let values = if fields.is_empty() || record.summary.is_null() {
            Vec::new()
        } else {
            let desk = visit.site.workspace.identified()?;
            desk.common_values(&record.id, &fields, NAMED).await?
        };
        Ok(Self { entry, values })
    }

    /// The values of a cause in words: `"M" (211 rows; use "Male")`.
    pub(super) fn of(&self, cause: &Cause) -> Vec<String> {
        let field = cause.column.as_deref().unwrap_or_default();
        let of_cause = self
            .values
            .iter()
            .filter(|v| Some(v.rule.as_str()) == cause.rule.as_deref() && v.field == field);
        of_cause.map(|v| self.in_words(v)).collect()
    }

    fn in_words(&self, value: &CommonValue) -> String {
        let suggestion = self.entry.and_then(|entry| {
            let fields = &entry.specification.dataset().fields;
            let at = fields.iter().position(|f| f.name == value.field)?;
            entry.specification.suggestion(at, &value.value)
        });
        in_words(&value.value, value.rows, suggestion.as_deref())
    }
}

/// `"M" (211 rows; use "Male")`.
pub(in crate::routes) fn in_words(value: &str, rows: u64, suggestion: Option<&str>) -> String {
    let rows = pages::format::counted(rows, "row", "rows");
    let instead = suggestion
        .map(|s| format!("; use \"{s}\""))
        .unwrap_or_default();
    format!("\"{value}\" ({rows}{instead})")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_value_comes_with_its_rows_and_what_to_write() {
        assert_eq!(
            in_words("M", 211, Some("Male")),
            "\"M\" (211 rows; use \"Male\")"
        );
        assert_eq!(in_words("X", 1, None), "\"X\" (1 row)");
    }
}
