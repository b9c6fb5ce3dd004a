//! The submissions of a council: which files it sent, when, about which months, and how carelessly.

use chrono::{Datelike, NaiveDate};

use super::calendar::{Calendar, months_after};
use super::dice::{Dice, plus};
use super::place::Council;

/// One submission.
#[derive(Debug, Clone)]
pub struct Submission {
    /// Which of the place's councils.
    pub council: usize,
    /// The name of the council as this file spells it.
    pub name: String,
    /// First month told of.
    pub from: NaiveDate,
    /// Last day told of.
    pub to: NaiveDate,
    /// The period as the file states it.
    pub stated: (NaiveDate, NaiveDate),
    /// Whether rows state different periods.
    pub stated_varies: bool,
    /// Day of the import.
    pub day: NaiveDate,
    /// Time of the import, with milliseconds.
    pub time: String,
    /// Whether the words are those of Release 1.
    pub release_1: bool,
    /// How many of a hundred rows lack the council's name.
    pub nameless: usize,
    /// Whether the file tells of everything ever known, not only of its period.
    pub everything: bool,
}

impl Submission {
    /// The import timestamp.
    pub fn import(&self) -> String {
        format!("{} {}", self.day, self.time)
    }
}

/// A time of day with milliseconds.
fn time(dice: &mut Dice) -> String {
    format!(
        "{:02}:{:02}:{:02}.{:03}",
        dice.below(24),
        dice.below(60),
        dice.below(60),
        dice.below(1000)
    )
}

/// The name as one file spells it: the same to every comparison.
fn spelled(name: &str, dice: &mut Dice) -> String {
    match dice.below(12) {
        0 => name.to_uppercase(),
        1 => format!("{name}  "),
        2 => name.to_lowercase(),
        _ => name.to_owned(),
    }
}

/// A file about the `months` before and including `to`, imported some days after.
fn about(
    place: usize,
    council: &Council,
    to: NaiveDate,
    months: i32,
    calendar: &Calendar,
    dice: &mut Dice,
) -> Submission {
    let from = plus(months_after(plus(to, 1), -months), 0);
    let day = plus(to, dice.pick(&[1, 3, 10, 18, 20, 25, 29, 31, 45]));
    let mut stated = (from, to);
    if dice.chance(10) {
        stated = dice.pick(&[
            (months_after(from, -12), to),
            (from, plus(to, -1)),
            (from, months_after(to, 3)),
            (months_after(from, 1), to),
            (to, from),
        ]);
    }
    let release_1 = if day <= plus(calendar.nhse_cutoff, 10) {
        dice.chance(90)
    } else {
        dice.chance(12)
    };
    Submission {
        council: place,
        name: spelled(council.name, dice),
        from,
        to,
        stated,
        stated_varies: dice.chance(12),
        day,
        time: time(dice),
        release_1,
        nameless: if dice.chance(6) { 4 } else { 0 },
        everything: dice.chance(8),
    }
}

/// All submissions of a council, oldest first.
pub fn submissions(
    place: usize,
    council: &Council,
    calendar: &Calendar,
    dice: &mut Dice,
) -> Vec<Submission> {
    let mut files = Vec::new();
    let first = calendar.joined_start.min(calendar.nhse_start);
    let mut to = plus(months_after(first, 3), -1);
    let diligence = dice.pick(&[35, 60, 80, 100]);
    while to <= calendar.joined_end {
        let year_end = to == calendar.joined_end
            || to == calendar.nhse_end
            || to == plus(calendar.latest_start, -1);
        if year_end && dice.chance(93) || dice.chance(diligence) {
            let months = if year_end {
                12
            } else {
                dice.pick(&[12, 12, 12, 6, 3, 15, 9])
            };
            let file = about(place, council, to, months, calendar, dice);
            if dice.chance(15) {
                files.push(again(&file, dice));
            }
            files.push(file);
        }
        to = plus(months_after(plus(to, 1), 3), -1);
    }
    awkward(place, council, calendar, dice, &mut files);
    files.sort_by_key(|file| (file.day, file.time.clone()));
    files
}

/// The same file sent once more, the same day or some days later.
fn again(file: &Submission, dice: &mut Dice) -> Submission {
    let mut again = file.clone();
    again.day = plus(file.day, dice.pick(&[0, 1, 2, 9]));
    again.time = time(dice);
    again.release_1 = if dice.chance(20) {
        !file.release_1
    } else {
        file.release_1
    };
    again
}

/// Files that must not be selected, or only just: after the last day, excluded, on the period's last day, nearly empty.
fn awkward(
    place: usize,
    council: &Council,
    calendar: &Calendar,
    dice: &mut Dice,
    files: &mut Vec<Submission>,
) {
    let end = calendar.joined_end;
    if dice.chance(35) {
        let mut late = about(place, council, end, 12, calendar, dice);
        late.day = plus(calendar.as_of, dice.pick(&[1, 1, 5]));
        files.push(late);
    }
    if dice.chance(30) {
        let mut on_time = about(place, council, end, 12, calendar, dice);
        on_time.day = calendar.as_of;
        "23:59:59.997".clone_into(&mut on_time.time);
        files.push(on_time);
    }
    if dice.chance(40) {
        for excluded in calendar.excluded.iter().skip(1) {
            let mut faulty = about(place, council, end, 12, calendar, dice);
            if let Some((_, time)) = excluded.split_once(' ') {
                faulty.day = plus(end, if time.starts_with("13") { 23 } else { 24 });
                time.clone_into(&mut faulty.time);
            }
            files.push(faulty);
        }
    }
    if dice.chance(40) {
        let to = dice.pick(&[end, calendar.nhse_end]);
        let mut early = about(place, council, to, 12, calendar, dice);
        early.day = plus(to, dice.pick(&[0, 0, 0, -1, 1]));
        // Sometimes it is the only one about that year.
        if dice.chance(40) {
            files.retain(|file| file.to != to || file.day <= to);
            early.day = to;
        }
        dice.pick(&["00:00:00.000", "00:00:00.003", "10:15:00.000"])
            .clone_into(&mut early.time);
        files.push(early);
    }
    if dice.chance(25) {
        let to = plus(super::calendar::first_of(calendar.anywhere(dice)), -1);
        files.push(about(place, council, to, 1, calendar, dice));
    }
    if dice.chance(30) {
        let mut last = about(place, council, calendar.nhse_end, 12, calendar, dice);
        last.day = dice.pick(&[
            calendar.nhse_cutoff,
            plus(calendar.nhse_cutoff, 1),
            plus(calendar.nhse_run_date, -1),
            calendar.nhse_run_date,
        ]);
        last.release_1 = true;
        files.push(last);
    }
    if dice.chance(25) {
        let to = plus(months_after(calendar.previous_start(), 18), -1);
        let mut middle = about(place, council, to, 6, calendar, dice);
        middle.day = plus(calendar.as_of, -i64::from(calendar.as_of.day() % 7));
        files.push(middle);
    }
}
