//! Section 6: the rows of the selected files that fall in their reference period.

use chrono::NaiveDate;

use crate::main_tables::{InPeriod, Selected};
use crate::record::{Inputs, Row};

/// All rows of each selected file that are in the file's reference period, with the corrected end.
pub(super) fn in_period(inputs: &Inputs, selected: &[Selected]) -> Vec<InPeriod> {
    let mut kept = Vec::new();
    for file in selected {
        for row in &inputs.rows {
            let of_file =
                row.la_name.as_ref() == Some(&file.la_name) && row.import_date == file.import_date;
            let Some(start) = row.event_start_date.filter(|_| of_file) else {
                continue;
            };
            let end = corrected_end(row, start);
            if is_in(row, start, end, file) {
                let row = row.clone();
                let (ref_start, ref_end) = (file.ref_start, file.ref_end);
                kept.push(InPeriod {
                    row,
                    ref_start,
                    ref_end,
                    start,
                    end,
                });
            }
        }
    }
    kept
}

/// The end, or the death if it fell between start and end (section 6.1). An open event that starts on
/// the day of death stays open.
fn corrected_end(row: &Row, start: NaiveDate) -> Option<NaiveDate> {
    match (row.date_of_death, row.event_end_date) {
        (Some(death), Some(end)) if start <= death && death <= end => Some(death),
        (Some(death), None) if death > start => Some(death),
        (_, end) => end,
    }
}

/// Section 6.2. A row without an event type is neither a service nor anything else.
fn is_in(row: &Row, start: NaiveDate, end: Option<NaiveDate>, file: &Selected) -> bool {
    let Some(event_type) = &row.event_type else {
        return false;
    };
    let by_dates = if event_type.has("service") {
        end.is_none_or(|end| end >= file.ref_start) && start <= file.ref_end
    } else {
        end.is_some_and(|end| file.ref_start <= end && end <= file.ref_end) && start <= file.ref_end
    };
    by_dates
        && row
            .date_of_death
            .is_none_or(|death| death >= file.ref_start && death >= start)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::date::cell;
    use crate::testing::{inputs, selected};

    /// The corrected end of a row in 2025/26 (`open` if it has none), or nothing if it is dropped.
    fn kept(row: &str) -> Option<String> {
        let inputs = inputs(&[row]);
        let found = in_period(&inputs, &[selected(&inputs, "2025-04-01", "2026-03-31")]);
        found
            .first()
            .map(|row| cell(row.end).unwrap_or_else(|| "open".to_owned()))
    }

    #[test]
    fn section_6_worked_example() {
        let a = "Event_Type=Service; Event_Start_Date=2024-11-02; Date_of_Death=2025-08-14";
        assert_eq!(kept(a).as_deref(), Some("2025-08-14"));
        let b = "Event_Type=Request; Event_Start_Date=2025-03-20; Event_End_Date=2025-04-02";
        assert_eq!(kept(b).as_deref(), Some("2025-04-02"));
        let c = "Event_Type=Assessment; Event_Start_Date=2026-03-29; Event_End_Date=2026-04-05";
        assert_eq!(kept(c), None);
        let d = "Event_Type=Service; Event_Start_Date=2024-11-02; Date_of_Death=2025-02-01";
        assert_eq!(kept(d), None);
    }

    #[test]
    fn section_6_1_an_open_event_that_starts_on_the_day_of_death_stays_open() {
        let row = "Event_Type=Service; Event_Start_Date=2025-05-01; Date_of_Death=2025-05-01";
        assert_eq!(kept(row).as_deref(), Some("open"));
    }

    #[test]
    fn section_6_3_rows_without_type_start_or_end_drop() {
        assert_eq!(
            kept("Event_Start_Date=2025-05-01; Event_End_Date=2025-05-02"),
            None
        );
        assert_eq!(kept("Event_Type=Service; Event_End_Date=2025-05-02"), None);
        assert_eq!(kept("Event_Type=Review; Event_Start_Date=2025-05-02"), None);
    }

    #[test]
    fn section_6_4_an_end_before_the_start_is_no_matter_here() {
        let row = "Event_Type=Request; Event_Start_Date=2025-06-01; Event_End_Date=2025-05-02";
        assert_eq!(kept(row).as_deref(), Some("2025-05-02"));
    }
}
