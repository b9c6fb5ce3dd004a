//! Invented people: their identifiers, birth, death and what is usually recorded of them.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};

use super::calendar::{Calendar, first_of, months_after};
use super::dice::{Dice, day, plus};
use super::values::Values;

/// Cells by column name; a column that is absent or empty is missing.
pub type Cells = BTreeMap<&'static str, String>;

/// How a person's identifiers appear from row to row.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum IdHabit {
    /// The traced number on every row.
    #[default]
    Traced,
    /// The traced number on some rows, the submitted one on most.
    SometimesTraced,
    /// Only the submitted number, now and then missing.
    Submitted,
    /// Only the identifier of the council.
    CouncilOnly,
    /// Any of these, and sometimes none at all.
    Careless,
}

/// One invented person as one council knows them.
#[derive(Debug, Clone)]
pub struct Person {
    /// Which of the place's councils.
    pub council: usize,
    /// Traced pseudonym of the NHS number.
    pub traced: String,
    /// Submitted pseudonym of the NHS number; may differ from the traced one.
    pub submitted: String,
    /// Identifiers in the council's system; the first is the usual one.
    pub la_ids: Vec<String>,
    /// How the identifiers appear.
    pub habit: IdHabit,
    /// Full date of birth, of which rows show year and month.
    pub birth: NaiveDate,
    /// Whether rows often lack the year or month of birth.
    pub vague_birth: bool,
    /// Date of death.
    pub death: Option<NaiveDate>,
    /// From which import day on a wrongly recorded death is gone again.
    pub death_withdrawn: Option<NaiveDate>,
    /// What rows usually say about the person.
    pub usual: Cells,
    /// The small area of residence.
    pub small_area: String,
}

impl Person {
    /// Age in whole years on a day, from the full date of birth.
    pub fn age_on(&self, day: NaiveDate) -> i64 {
        let had = (day.month(), day.day()) >= (self.birth.month(), self.birth.day());
        i64::from(day.year() - self.birth.year()) - i64::from(!had)
    }
}

/// An invented pseudonym: sixteen figures that mean nothing.
fn pseudonym(dice: &mut Dice) -> String {
    format!("{:016X}", dice.throw())
}

/// A birth day: often so that 18, 25 or 65 falls near an edge of the calendar.
fn birth(calendar: &Calendar, dice: &mut Dice) -> NaiveDate {
    let near = calendar.some_day(dice);
    let jitter = dice.between(-40, 40);
    match dice.below(100) {
        0..=21 => plus(months_after(near, -12 * 65), jitter),
        22..=29 => plus(months_after(near, -12 * 18), jitter),
        30..=37 => plus(months_after(near, -12 * 25), jitter),
        46..=49 => plus(months_after(near, -12 * 75), jitter),
        50..=53 => plus(
            months_after(near, -i32::try_from(dice.between(0, 17 * 12)).unwrap_or(0)),
            jitter,
        ),
        38..=45 => {
            // The first of the birth month is the edge's day and month.
            let years = dice.pick(&[18, 65, 65, 25, 75, 85, 95]);
            let edge = dice.pick(&calendar.edges());
            plus(
                first_of(months_after(edge, -12 * years)),
                dice.between(0, 27),
            )
        }
        54 => plus(calendar.last_day(), dice.between(-400, 400)),
        55 => day(1800, 1, 1),
        56 => day(1850, 6, 15),
        57..=69 => plus(months_after(near, -12 * 45), dice.between(-6000, 6000)),
        _ => plus(months_after(near, -12 * 82), dice.between(-4000, 4000)),
    }
}

/// What rows usually say about a new person.
fn usual(values: &Values, dice: &mut Dice) -> Cells {
    let mut cells = Cells::new();
    for (column, field) in [
        ("Gender", "gender"),
        ("Ethnicity", "ethnicity"),
        ("Primary_Support_Reason", "primary_support_reason"),
        ("Accommodation_Status", "accommodation_status"),
        ("Employment_Status", "employment_status"),
        ("Has_Unpaid_Carer", "has_unpaid_carer"),
        ("Client_Funding_Status", "client_funding_status"),
        ("Hearing_Impairment", "hearing_impairment"),
        ("Visual_Impairment", "visual_impairment"),
    ] {
        cells.insert(column, values.any(field, dice));
    }
    if dice.chance(80) {
        cells.insert("Gender", dice.pick(&["Male", "Female"]).to_owned());
    }
    if dice.chance(40) {
        cells.insert(
            "Primary_Support_Reason",
            "Learning disability support".to_owned(),
        );
    }
    if dice.chance(30) {
        cells.insert(
            "Accommodation_Status",
            dice.pick(&["Unknown", "", "Old system value"]).to_owned(),
        );
    }
    cells.insert(
        "Autism_Spectrum_Disorder_ASD",
        dice.pick(&["Yes", "No", "Unknown", ""]).to_owned(),
    );
    cells.insert(
        "Dementia",
        dice.pick(&["Yes", "No", "Unknown", ""]).to_owned(),
    );
    cells.insert("GP_Practice_Code", format!("Z9{:04}", dice.below(30)));
    cells.insert("GP_Practice_Name", "Invented Surgery".to_owned());
    cells
}

/// A new person of a council.
pub fn person(
    council: usize,
    nth: usize,
    calendar: &Calendar,
    values: &Values,
    dice: &mut Dice,
) -> Person {
    let traced = pseudonym(dice);
    let submitted = if dice.chance(75) {
        traced.clone()
    } else {
        pseudonym(dice)
    };
    // A fifth of the identifiers come from a range that all councils use, so that they meet.
    let prefix = if dice.chance(20) {
        "P".to_owned()
    } else {
        format!("C{council}-")
    };
    let mut la_ids = vec![format!("{prefix}{:03}", nth + 1)];
    if dice.chance(25) {
        la_ids.push(format!("{prefix}{:03}x", nth + 1));
    }
    let habit = match dice.below(20) {
        0..=7 => IdHabit::Traced,
        8..=11 => IdHabit::SometimesTraced,
        12..=14 => IdHabit::Submitted,
        15..=17 => IdHabit::CouncilOnly,
        _ => IdHabit::Careless,
    };
    let death = dice.chance(14).then(|| {
        let on_an_edge = dice.chance(40);
        if on_an_edge {
            dice.pick(&calendar.edges())
        } else {
            calendar.some_day(dice)
        }
    });
    let death_withdrawn = dice.chance(10).then(|| calendar.anywhere(dice));
    Person {
        council,
        traced,
        submitted,
        la_ids,
        habit,
        birth: birth(calendar, dice),
        vague_birth: dice.chance(12),
        death,
        death_withdrawn,
        usual: usual(values, dice),
        small_area: String::new(),
    }
}
