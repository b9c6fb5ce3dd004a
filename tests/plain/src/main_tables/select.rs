//! Section 5: which submission is used for which period.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use chrono::{NaiveDate, NaiveDateTime, NaiveTime};

use crate::date::{add_months, take_days};
use crate::main_tables::{Selected, Submission};
use crate::read::timestamp;
use crate::record::Inputs;
use crate::text::Text;

/// The selection primitive: for each council's name the latest file that covers the period (section 5).
pub(super) fn one_period(
    inputs: &Inputs,
    submissions: &[Submission],
    start: NaiveDate,
    end: NaiveDate,
) -> Result<Vec<Selected>> {
    let excluded = excluded(inputs)?;
    let mut latest: BTreeMap<Text, NaiveDateTime> = BTreeMap::new();
    for file in submissions {
        let Some(la_name) = file.la_name.clone() else {
            continue;
        };
        let covers = file.derived_start.is_some_and(|derived| derived <= start)
            && file.derived_end.is_some_and(|derived| derived >= end);
        let in_time = file.import_date > end.and_time(NaiveTime::MIN)
            && file.import_date.date() <= inputs.parameters.as_of;
        if covers && in_time && !excluded.contains(&file.import_date) {
            let best = latest.entry(la_name).or_insert(file.import_date);
            *best = file.import_date.max(*best);
        }
    }
    let chosen = latest.into_iter();
    Ok(chosen
        .map(|(la_name, import_date)| Selected {
            la_name,
            import_date,
            ref_start: start,
            ref_end: end,
        })
        .collect())
}

/// The primitive for each whole quarter from the start on (section 5, joined submissions).
pub(super) fn by_quarter(
    inputs: &Inputs,
    submissions: &[Submission],
    start: NaiveDate,
    end: NaiveDate,
) -> Result<Vec<Selected>> {
    let mut all = Vec::new();
    for quarter in 0.. {
        let quarter_start = add_months(start, 3 * quarter)?;
        let quarter_end = take_days(add_months(start, 3 * (quarter + 1))?, 1)?;
        if quarter_end > end {
            break;
        }
        all.extend(one_period(inputs, submissions, quarter_start, quarter_end)?);
    }
    Ok(all)
}

/// One reference period to a file: from the first to the last quarter that it won (section 5).
pub(super) fn collapsed(quarters: &[Selected]) -> Vec<Selected> {
    let mut files: BTreeMap<(Text, NaiveDateTime), (NaiveDate, NaiveDate)> = BTreeMap::new();
    for quarter in quarters {
        let file = (quarter.la_name.clone(), quarter.import_date);
        let period = files
            .entry(file)
            .or_insert((quarter.ref_start, quarter.ref_end));
        period.0 = period.0.min(quarter.ref_start);
        period.1 = period.1.max(quarter.ref_end);
    }
    files
        .into_iter()
        .map(|((la_name, import_date), (ref_start, ref_end))| Selected {
            la_name,
            import_date,
            ref_start,
            ref_end,
        })
        .collect()
}

fn excluded(inputs: &Inputs) -> Result<Vec<NaiveDateTime>> {
    let given = &inputs.parameters.excluded_import_timestamps;
    let read = |text: &String| timestamp(text).with_context(|| format!("`{text}` is no timestamp"));
    given.iter().map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::date::day;
    use crate::testing::inputs;

    fn file(start: &str, end: &str, import_date: &str) -> Submission {
        Submission {
            la_code: Text::read("101"),
            la_name: Text::read("Northmoor"),
            import_date: timestamp(import_date).unwrap(),
            stated_periods: 1,
            stated_start: None,
            stated_end: None,
            derived_start: Some(day(start)),
            derived_end: Some(day(end)),
        }
    }

    fn northmoor() -> Vec<Submission> {
        vec![
            file("2024-07-01", "2025-06-30", "2025-07-20 10:00:00"),
            file("2025-01-01", "2025-12-31", "2026-01-22 10:00:00"),
            file("2025-04-01", "2026-03-31", "2026-04-24 10:00:00"),
            file("2025-04-01", "2026-03-31", "2026-05-09 10:00:00"),
        ]
    }

    fn shown(selected: &[Selected]) -> Vec<String> {
        let line = |one: &Selected| {
            format!(
                "{} {} {}",
                one.import_date.date(),
                one.ref_start,
                one.ref_end
            )
        };
        selected.iter().map(line).collect()
    }

    #[test]
    fn section_5_worked_example_northmoor() {
        let mut inputs = inputs::<&str>(&[]);
        inputs.parameters.as_of = day("2026-05-05");
        let (start, end) = (day("2024-07-01"), day("2026-03-31"));
        let quarters = by_quarter(&inputs, &northmoor(), start, end).unwrap();
        assert_eq!(quarters.len(), 7);
        assert_eq!(
            shown(&collapsed(&quarters)),
            [
                "2025-07-20 2024-07-01 2024-12-31",
                "2026-01-22 2025-01-01 2025-03-31",
                "2026-04-24 2025-04-01 2026-03-31",
            ]
        );
        let single = one_period(&inputs, &northmoor(), day("2025-04-01"), end).unwrap();
        assert_eq!(shown(&single), ["2026-04-24 2025-04-01 2026-03-31"]);
    }

    #[test]
    fn section_5_an_excluded_file_gives_way_and_one_of_the_last_day_passes() {
        let mut inputs = inputs::<&str>(&[]);
        inputs.parameters.as_of = day("2026-05-05");
        inputs.parameters.excluded_import_timestamps = vec!["2026-04-24 10:00:00.000".to_owned()];
        let mut files = northmoor();
        files.push(file("2025-04-01", "2026-03-31", "2026-03-31 00:00:00.001"));
        files.push(file("2025-04-01", "2026-03-31", "2026-03-31 00:00:00"));
        let single = one_period(&inputs, &files, day("2025-04-01"), day("2026-03-31")).unwrap();
        assert_eq!(single.len(), 1);
        assert_eq!(
            single[0].import_date,
            timestamp("2026-03-31 00:00:00.001").unwrap()
        );
    }
}
