//! The periods of one invented place: the parameters of the methods, varied by seed, and the days worth hitting.

use chrono::{Datelike, Months, NaiveDate};
use serde_json::json;

use super::dice::{Dice, day, plus};

/// The parameters of one invented place and what follows from them.
#[derive(Debug, Clone)]
pub struct Calendar {
    /// First day of the joined table.
    pub joined_start: NaiveDate,
    /// Last day of the joined table.
    pub joined_end: NaiveDate,
    /// First day of the latest statistical year.
    pub latest_start: NaiveDate,
    /// Last day on which a submission may have been imported.
    pub as_of: NaiveDate,
    /// First day of the year of the NHS England methods.
    pub nhse_start: NaiveDate,
    /// Last day of that year.
    pub nhse_end: NaiveDate,
    /// Last import day that the NHS England methods accept.
    pub nhse_cutoff: NaiveDate,
    /// The day that stands for a missing end in the NHS England methods.
    pub nhse_run_date: NaiveDate,
    /// Import timestamps that are left out.
    pub excluded: Vec<String>,
}

/// The same day of the month `count` months later, clipped to the month's end.
pub fn months_after(day: NaiveDate, count: i32) -> NaiveDate {
    let months = Months::new(count.unsigned_abs());
    let moved = if count < 0 {
        day.checked_sub_months(months)
    } else {
        day.checked_add_months(months)
    };
    moved.unwrap_or(day)
}

/// The last day of a year that starts on `start`.
fn year_end(start: NaiveDate) -> NaiveDate {
    plus(months_after(start, 12), -1)
}

impl Calendar {
    /// The periods of the place with this seed.
    pub fn of(seed: u64, dice: &mut Dice) -> Self {
        let (joined_start, latest_start, nhse_start) = match seed % 5 {
            0 => (day(2023, 4, 1), day(2025, 4, 1), day(2024, 4, 1)),
            1 => (day(2023, 4, 1), day(2024, 4, 1), day(2023, 4, 1)),
            2 => (day(2024, 4, 1), day(2025, 4, 1), day(2025, 4, 1)),
            3 => (day(2023, 4, 1), day(2025, 4, 1), day(2023, 4, 1)),
            _ => (day(2023, 7, 1), day(2025, 7, 1), day(2024, 4, 1)),
        };
        let joined_end = year_end(latest_start);
        let nhse_end = year_end(nhse_start);
        Self {
            joined_start,
            joined_end,
            latest_start,
            as_of: plus(joined_end, 30 + dice.between(0, 10)),
            nhse_start,
            nhse_end,
            nhse_cutoff: plus(nhse_end, 30 + dice.between(0, 30)),
            nhse_run_date: plus(nhse_end, 62 + dice.between(0, 20)),
            excluded: vec![
                "2024-02-29 23:59:59.997".to_owned(),
                format!("{} 13:28:24.253", plus(joined_end, 23)),
                format!("{} 08:22:06.243", plus(joined_end, 24)),
            ],
        }
    }

    /// Last day of the latest statistical year.
    pub fn latest_end(&self) -> NaiveDate {
        year_end(self.latest_start)
    }

    /// First day of the previous statistical year.
    pub fn previous_start(&self) -> NaiveDate {
        months_after(self.latest_start, -12)
    }

    /// First day of the latest statistical year of 2D, three months earlier than the others.
    pub fn latest_start_2d(&self) -> NaiveDate {
        months_after(self.latest_start, -3)
    }

    /// First day of the previous statistical year of 2D.
    pub fn previous_start_2d(&self) -> NaiveDate {
        months_after(self.latest_start, -15)
    }

    /// The first day on which anything happens here.
    pub fn first_day(&self) -> NaiveDate {
        months_after(self.joined_start.min(self.nhse_start), -8)
    }

    /// The last day on which anything happens here.
    pub fn last_day(&self) -> NaiveDate {
        plus(self.joined_end, 25)
    }

    /// The days on which periods begin or end, and other days the methods name.
    pub fn edges(&self) -> Vec<NaiveDate> {
        let mut edges = vec![
            self.latest_start,
            self.latest_end(),
            self.previous_start(),
            plus(self.latest_start, -1),
            self.latest_start_2d(),
            plus(self.latest_start_2d(), -1),
            plus(months_after(self.latest_start_2d(), 12), -1),
            self.nhse_start,
            self.nhse_end,
            plus(self.nhse_end, 1),
            day(2023, 4, 1),
            day(2024, 2, 29),
            day(2025, 7, 1),
        ];
        let mut quarter = self.joined_start;
        while quarter <= self.joined_end {
            edges.push(quarter);
            quarter = months_after(quarter, 3);
        }
        edges.retain(|edge| *edge >= self.first_day() && *edge <= self.last_day());
        edges
    }

    /// Some day: often close to an edge, often a month's last days, otherwise anywhere.
    pub fn some_day(&self, dice: &mut Dice) -> NaiveDate {
        let edges = self.edges();
        match dice.below(10) {
            0..=2 => plus(dice.pick(&edges), dice.between(-9, 9)),
            3 => plus(dice.pick(&edges), dice.between(-1, 1)),
            4 => {
                let anywhere = self.anywhere(dice);
                plus(months_after(first_of(anywhere), 1), -dice.between(1, 3))
            }
            _ => self.anywhere(dice),
        }
    }

    /// Any day of the place's time.
    pub fn anywhere(&self, dice: &mut Dice) -> NaiveDate {
        let length = (self.last_day() - self.first_day()).num_days();
        plus(self.first_day(), dice.between(0, length))
    }

    /// The parameters as the file of the layout holds them.
    pub fn parameters(&self) -> serde_json::Value {
        let text = |day: NaiveDate| day.to_string();
        json!({
            "joined_start": text(self.joined_start),
            "joined_end": text(self.joined_end),
            "single_start": text(self.latest_start),
            "single_end": text(self.latest_end()),
            "as_of": text(self.as_of),
            "excluded_import_timestamps": self.excluded,
            "latest_start": text(self.latest_start),
            "latest_end": text(self.latest_end()),
            "previous_start": text(self.previous_start()),
            "previous_end": text(plus(self.latest_start, -1)),
            "ascof2d_latest_start": text(self.latest_start_2d()),
            "ascof2d_latest_end": text(plus(months_after(self.latest_start_2d(), 12), -1)),
            "ascof2d_previous_start": text(self.previous_start_2d()),
            "ascof2d_previous_end": text(plus(self.latest_start_2d(), -1)),
            "waiting_times_dashboard_lower_limit": "2024-04-01",
            "nhse_period_start": text(self.nhse_start),
            "nhse_period_end": text(self.nhse_end),
            "nhse_snapshot": text(self.nhse_end),
            "nhse_import_cutoff": text(self.nhse_cutoff),
            "nhse_run_date_used_for_open_ends": text(self.nhse_run_date),
            "nhse_lts001c_chain_start_before": text(plus(self.nhse_start, -1)),
            "nhse_2b2c_snapshot": text(plus(self.nhse_end, 1)),
            "nhse_2b2c_admissions_from": text(self.nhse_start),
        })
    }
}

/// The first day of the month of `day`.
pub fn first_of(day: NaiveDate) -> NaiveDate {
    day.with_day(1).unwrap_or(day)
}
