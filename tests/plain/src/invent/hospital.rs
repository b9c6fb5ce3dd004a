//! Stays in hospital as rows of inpatient data, with every code that counts or does not.

use chrono::Datelike;

use super::dice::Dice;
use super::lives::Spell;
use super::person::{IdHabit, Person};

/// The columns of `sus_apc.csv`, in order.
pub const COLUMNS: [&str; 14] = [
    "Der_DHSC_Pseudo_NHS_Number",
    "APCS_Ident",
    "APCS_Last_Ep_Ind",
    "Admission_Date",
    "Discharge_Date",
    "Month_of_Birth_SUS",
    "Year_of_Birth_SUS",
    "Sex",
    "Der_Postcode_LSOA_2011_Code",
    "Admission_Method",
    "Discharge_Method",
    "Discharge_Destination",
    "Der_Management_Type",
    "Treatment_Function_Code",
];

const ADMISSIONS: [&str; 21] = [
    "11", "12", "13", "21", "22", "23", "24", "25", "28", "2A", "2B", "2C", "2D", "31", "32", "81",
    "82", "83", "84", "99", "98",
];
const REFUSED_TREATMENTS: [&str; 18] = [
    "199", "223", "290", "291", "331", "344", "345", "346", "424", "499", "501", "504", "560",
    "660", "661", "662", "840", "920",
];
const DESTINATIONS: [&str; 12] = [
    "19", "29", "49", "50", "51", "52", "54", "65", "79", "85", "87", "88",
];

/// The rows of one stay: its last episode, and sometimes earlier ones or a copy.
pub fn rows(spell: &Spell, number: usize, person: &Person, dice: &mut Dice) -> Vec<Vec<String>> {
    let number_shown = match person.habit {
        IdHabit::Submitted => person.submitted.clone(),
        IdHabit::CouncilOnly if dice.chance(50) => String::new(),
        _ => person.traced.clone(),
    };
    let sex = match person.usual.get("Gender").map(String::as_str) {
        Some("Male") => "1",
        Some("Female") => "2",
        _ => dice.pick(&["9", "0", "X", ""]),
    };
    let area = match dice.below(20) {
        0 => "W01000001".to_owned(),
        1 => "E01999999".to_owned(),
        2 => String::new(),
        _ => person.small_area.clone(),
    };
    let text = |day: Option<chrono::NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
    let codes = if spell.ordinary {
        ordinary(dice)
    } else {
        odd(dice)
    };
    let management = dice.pick(&["EM", "EM", "NE", "EL", "OT", "em", ""]);
    let row = |last: &str, ident: usize| {
        vec![
            number_shown.clone(),
            format!("S{ident:06}"),
            last.to_owned(),
            spell.admission.to_string(),
            text(spell.discharge),
            person.birth.month().to_string(),
            person.birth.year().to_string(),
            sex.to_owned(),
            area.clone(),
            codes[0].clone(),
            codes[1].clone(),
            codes[2].clone(),
            management.to_owned(),
            codes[3].clone(),
        ]
    };
    let mut rows = vec![row("1", number)];
    if dice.chance(20) {
        rows.push(row(dice.pick(&["0", ""]), number));
    }
    if dice.chance(5) {
        rows.push(row("1", number));
    }
    rows
}

/// Codes of a stay that counts: admission method, discharge method, destination, treatment function.
fn ordinary(dice: &mut Dice) -> [String; 4] {
    [
        dice.pick(&["11", "21", "22", "28", "2A"]),
        dice.pick(&["1", "2", "3", "8"]),
        dice.pick(&["19", "29", "54", "65", "85"]),
        dice.pick(&["100", "300", "320", "430", "314"]),
    ]
    .map(str::to_owned)
}

/// Codes at random, one of them often missing.
fn odd(dice: &mut Dice) -> [String; 4] {
    let treatments = ["100", "650", "658", "700", "710", "720", "65", "7"];
    let mut codes = ordinary(dice);
    let refused = dice.chance(35);
    let treatment = if refused {
        dice.pick(&REFUSED_TREATMENTS)
    } else {
        dice.pick(&treatments)
    };
    let other = [
        dice.pick(&ADMISSIONS),
        dice.pick(&["1", "4", "5", "8", "9"]),
        dice.pick(&DESTINATIONS),
        treatment,
    ];
    let place = dice.pick(&[0, 1, 2, 3, 3, 3]);
    for (nth, (code, other)) in codes.iter_mut().zip(other).enumerate() {
        if nth == place {
            *code = if dice.chance(25) {
                String::new()
            } else {
                other.to_owned()
            };
        }
    }
    codes
}
