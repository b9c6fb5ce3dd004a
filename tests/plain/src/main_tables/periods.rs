//! Section 4: the period that a submission covers, from the ends of its events.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{NaiveDate, NaiveDateTime};

use crate::date::{days, first_of_month, last_of_month};
use crate::main_tables::Submission;
use crate::record::{Inputs, Row};
use crate::text::Text;

/// What tells submissions apart: council, its name, and when the file came.
type File = (Option<Text>, Option<Text>, NaiveDateTime);

/// Every submission with its derived period (section 4).
pub(super) fn submissions(inputs: &Inputs) -> Vec<Submission> {
    let mut files: BTreeMap<File, Vec<&Row>> = BTreeMap::new();
    for row in &inputs.rows {
        let file = (row.la_code.clone(), row.la_name.clone(), row.import_date);
        files.entry(file).or_default().push(row);
    }
    let mut all = Vec::new();
    for ((la_code, la_name, import_date), rows) in files {
        let stated: BTreeSet<_> = rows
            .iter()
            .map(|row| {
                (
                    row.reporting_period_start_date,
                    row.reporting_period_end_date,
                )
            })
            .collect();
        // What has no code or no name is found again by neither (convention 1.2).
        let known = la_code.is_some() && la_name.is_some();
        let derived = derived_period(&rows, import_date).filter(|_| known);
        all.push(Submission {
            la_code,
            la_name,
            import_date,
            stated_periods: stated.len(),
            stated_start: stated.iter().filter_map(|(start, _)| *start).min(),
            stated_end: stated.iter().filter_map(|(_, end)| *end).max(),
            derived_start: derived.map(|(start, _)| start),
            derived_end: derived.map(|(_, end)| end),
        });
    }
    all
}

/// What ends in one month: rows, and their distinct event types.
#[derive(Default)]
struct Month {
    rows: u64,
    types: BTreeSet<Text>,
}

/// The first day of the earliest and the last day of the latest qualifying month (sections 4.1 to 4.6).
fn derived_period(rows: &[&Row], import_date: NaiveDateTime) -> Option<(NaiveDate, NaiveDate)> {
    let month_of_import = first_of_month(import_date.date());
    let mut months: BTreeMap<NaiveDate, Month> = BTreeMap::new();
    for row in rows {
        let Some(end) = row.event_end_date.filter(|end| *end < month_of_import) else {
            continue;
        };
        let month = months.entry(first_of_month(end)).or_default();
        month.rows += 1;
        month.types.extend(row.event_type.clone());
    }
    let all_rows: u64 = months.values().map(|month| month.rows).sum();
    let most_types = months.values().map(|month| month.types.len()).max()?;
    let qualifies = |month: &Month| {
        all_rows < 100 || (100 * month.rows >= 2 * all_rows && month.types.len() + 1 >= most_types)
    };
    let mut good = months
        .iter()
        .filter(|(_, month)| qualifies(month))
        .map(|(first, _)| *first);
    let earliest = good.next()?;
    let latest = good.next_back().unwrap_or(earliest);
    Some((earliest, last_of_month(latest)))
}

/// The length of a period in months: days over 30.436875, rounded (section 4).
pub(super) fn length_in_months(start: Option<NaiveDate>, end: Option<NaiveDate>) -> Option<i64> {
    let length = days(start?, end?) as f64 / 30.436_875;
    format!("{:.0}", length.round()).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::date::day;
    use crate::testing::{inputs, repeated};

    /// Rows that end on the tenth of a month, of so many event types in turn.
    fn ended(month: &str, count: usize, types: &[&str]) -> Vec<String> {
        let row = |at: usize| {
            let event_type = types[at % types.len()];
            format!(
                "Event_Type={event_type}; Event_End_Date={month}-10; ImportDate=2026-04-20 09:00:00.000"
            )
        };
        (0..count).map(row).collect()
    }

    #[test]
    fn section_4_worked_example_march_is_too_thin_and_january_2024_has_one_type() {
        let four = ["Request", "Assessment", "Service", "Review"];
        let mut rows = Vec::new();
        for month in [
            "2025-04", "2025-05", "2025-06", "2025-07", "2025-08", "2025-09", "2025-10", "2025-11",
            "2025-12", "2026-01", "2026-02",
        ] {
            rows.extend(ended(month, 86, &four));
        }
        rows.extend(ended("2026-03", 12, &four[..3]));
        rows.extend(ended("2024-01", 30, &["Service"]));
        rows.extend(ended("2026-04", 5, &four));
        let found = submissions(&inputs(&rows));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].derived_start, Some(day("2025-04-01")));
        assert_eq!(found[0].derived_end, Some(day("2026-02-28")));
        assert_eq!(
            length_in_months(found[0].derived_start, found[0].derived_end),
            Some(11)
        );
    }

    #[test]
    fn section_4_5_of_a_small_file_every_month_qualifies() {
        let mut rows = ended("2025-04", 3, &["Request", "Service"]);
        rows.extend(ended("2024-01", 1, &["Review"]));
        let found = submissions(&inputs(&rows));
        assert_eq!(found[0].derived_start, Some(day("2024-01-01")));
        assert_eq!(found[0].derived_end, Some(day("2025-04-30")));
    }

    #[test]
    fn section_4_a_file_without_ended_rows_has_no_derived_period() {
        let rows = repeated(
            "Event_Type=Service; ImportDate=2026-04-20 09:00:00.000",
            120,
        );
        let found = submissions(&inputs(&rows));
        assert_eq!((found[0].derived_start, found[0].derived_end), (None, None));
    }
}
