//! Rows of submissions: each event told in the words of a file, with the faults that files have.

use chrono::{Datelike, NaiveDate};

use super::calendar::Calendar;
use super::dice::{Dice, plus};
use super::event::{Event, Kind};
use super::files::Submission;
use super::person::{Cells, IdHabit, Person};
use super::place::Council;
use super::values::Values;

/// The columns of `cld_raw.csv`, in order.
pub const COLUMNS: [&str; 67] = [
    "LA_Code",
    "LA_Name",
    "Reporting_Period_Start_Date",
    "Reporting_Period_End_Date",
    "GP_Practice_Name",
    "GP_Practice_Code",
    "Gender",
    "Ethnicity",
    "Date_of_Death",
    "Client_Type",
    "Primary_Support_Reason",
    "Accommodation_Status",
    "Employment_Status",
    "Has_Unpaid_Carer",
    "Autism_Spectrum_Disorder_ASD",
    "Visual_Impairment",
    "Hearing_Impairment",
    "Dementia",
    "Client_Funding_Status",
    "Event_Type",
    "Event_Reference",
    "Event_Start_Date",
    "Event_End_Date",
    "Event_Outcome",
    "Request_Route_of_Access",
    "Der_Conversation",
    "Der_Conversation_1",
    "Assessment_Type",
    "Eligible_Needs_Identified",
    "Method_of_Assessment",
    "Total_Hrs_Caring_per_week",
    "No_of_adults_being_cared_for",
    "Adult_1_Linked_Person_ID",
    "Adult_2_Linked_Person_ID",
    "Adult_3_Linked_Person_ID",
    "Service_Type",
    "Service_Component",
    "Delivery_Mechanism",
    "Provider_CQC_Location_Name",
    "Provider_CQC_Location_ID",
    "Unit_Cost",
    "Cost_Frequency_Unit_Type",
    "Planned_Units_Per_Week",
    "Review_Reason",
    "Review_Outcomes_Achieved",
    "Method_of_Review",
    "Der_DBS_Check_Status",
    "Der_NHS_Number_Pseudo",
    "Der_NHS_Number_Traced_Pseudo",
    "LA_Person_Unique_Identifier",
    "Der_Birth_Year",
    "Der_Birth_Month",
    "Der_Age_Event_Start_Date",
    "Der_Age_Reporting_Period_End_Date",
    "Der_Postcode_Sector",
    "Der_Postcode_Constituency_Code",
    "Der_Postcode_District_Unitary_Authority",
    "Der_Postcode_Electoral_Ward",
    "Der_Postcode_Local_Authority",
    "Der_Postcode_CCG_Code",
    "Der_Postcode_LSOA_Code",
    "Der_Postcode_MSOA_Code",
    "Der_Postcode_yr2011_LSOA",
    "Der_Postcode_yr2011_MSOA",
    "Der_Unique_Record_ID",
    "ImportFileId",
    "ImportDate",
];

/// Columns of words that are mapped, and how many of a thousand cells go missing.
const WORDS: [(&str, usize); 20] = [
    ("Client_Type", 3),
    ("Gender", 15),
    ("Ethnicity", 20),
    ("Primary_Support_Reason", 40),
    ("Accommodation_Status", 60),
    ("Employment_Status", 40),
    ("Has_Unpaid_Carer", 40),
    ("Client_Funding_Status", 30),
    ("Hearing_Impairment", 30),
    ("Visual_Impairment", 30),
    ("Event_Outcome", 30),
    ("Request_Route_of_Access", 50),
    ("Assessment_Type", 20),
    ("Method_of_Assessment", 30),
    ("Service_Type", 8),
    ("Service_Component", 30),
    ("Delivery_Mechanism", 30),
    ("Review_Reason", 30),
    ("Cost_Frequency_Unit_Type", 20),
    ("Total_Hrs_Caring_per_week", 20),
];

/// How many of a thousand cells of a person column hold another value of the list than usual.
const OTHERWISE: [(&str, usize); 7] = [
    ("Gender", 25),
    ("Ethnicity", 60),
    ("Primary_Support_Reason", 70),
    ("Accommodation_Status", 150),
    ("Employment_Status", 120),
    ("Has_Unpaid_Carer", 120),
    ("Client_Funding_Status", 120),
];

/// What a row is written from.
pub struct Told<'a> {
    /// The event.
    pub event: &'a Event,
    /// Whose it is.
    pub person: &'a Person,
    /// The file.
    pub file: &'a Submission,
    /// The council of the file.
    pub council: &'a Council,
}

/// The start and end of an event as files imported on a day tell them.
fn days_as_told(event: &Event, on: NaiveDate) -> (Option<NaiveDate>, Option<NaiveDate>) {
    let mut start = Some(event.start);
    let mut end = event.end;
    for change in event.changes.iter().filter(|change| change.from <= on) {
        match change.column {
            "Event_Start_Date" => start = change.value.parse().ok(),
            "Event_End_Date" => end = change.value.parse().ok(),
            _ => {}
        }
    }
    (start, end)
}

/// Whether a file tells of an event.
pub fn tells_of(file: &Submission, event: &Event, dice: &mut Dice) -> bool {
    let (_, end) = days_as_told(event, file.day);
    let begun = event.start <= file.to;
    let inside = match event.kind {
        Kind::Service => begun && end.is_none_or(|end| end >= file.from),
        _ => begun && end.is_some_and(|end| end >= file.from && end <= file.to),
    };
    if inside {
        !dice.chance(4)
    } else if file.everything {
        event.start <= file.day
    } else {
        event.start <= file.day && dice.chance(3)
    }
}

/// The cells of one row.
pub fn row(told: &Told<'_>, calendar: &Calendar, values: &Values, dice: &mut Dice) -> Cells {
    let Told {
        event,
        person,
        file,
        council,
    } = told;
    let mut cells = person.usual.clone();
    for (column, per_mille) in OTHERWISE {
        if dice.rarely(per_mille) {
            let field = column.to_lowercase();
            cells.insert(column, values.any(&field, dice));
        }
    }
    cells.extend(event.cells.clone());
    for change in event
        .changes
        .iter()
        .filter(|change| change.from <= file.day)
    {
        cells.insert(change.column, change.value.clone());
    }
    for (column, _) in WORDS {
        let value = cells.get(column).cloned().unwrap_or_default();
        if file.release_1 != dice.rarely(25) && !value.is_empty() {
            let field = column.to_lowercase();
            cells.insert(column, values.as_release_1(&field, &value, dice));
        }
    }
    let kind = match dice.below(400) {
        0 => String::new(),
        1 => "Service (other)".to_owned(),
        2 => "Service review".to_owned(),
        _ => event.kind.text().to_owned(),
    };
    cells.insert("Event_Type", kind);
    days(told, &mut cells, dice);
    odd_words(file, &mut cells, dice);
    spoil(&mut cells, dice);
    identify(person, &mut cells, dice);
    birth_and_death(told, calendar, &mut cells, dice);
    cells.insert("LA_Code", council.code.to_owned());
    let nameless = dice.chance(file.nameless);
    cells.insert(
        "LA_Name",
        if nameless {
            String::new()
        } else {
            file.name.clone()
        },
    );
    cells.insert("Event_Reference", format!("E{:05}", dice.below(90_000)));
    cells.insert(
        "Der_DBS_Check_Status",
        dice.pick(&["", "", "Checked"]).to_owned(),
    );
    cells.insert("Der_Postcode_yr2011_LSOA", person.small_area.clone());
    cells.insert("Der_Postcode_LSOA_Code", person.small_area.clone());
    cells.insert("Der_Postcode_Local_Authority", council.area.to_owned());
    cells.insert("ImportDate", file.import());
    cells
}

/// The days of the event and of the stated period.
fn days(told: &Told<'_>, cells: &mut Cells, dice: &mut Dice) {
    let file = told.file;
    let (start, mut end) = days_as_told(told.event, file.day);
    // A file made before the end does not know it, unless it is planned.
    if end.is_some_and(|end| end > file.to) && !file.everything && dice.chance(75) {
        end = None;
    }
    if dice.rarely(6) {
        end = None;
    }
    let start = if dice.rarely(5) { None } else { start };
    let text = |day: Option<NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
    cells.insert("Event_Start_Date", text(start));
    cells.insert("Event_End_Date", text(end));
    let (mut from, mut to) = file.stated;
    if file.stated_varies && dice.chance(30) {
        (from, to) = dice.pick(&[
            (plus(from, 1), to),
            (from, plus(to, -30)),
            (plus(from, -31), to),
        ]);
    }
    let missing = file.stated_varies && dice.chance(5);
    cells.insert(
        "Reporting_Period_Start_Date",
        if missing {
            String::new()
        } else {
            from.to_string()
        },
    );
    cells.insert("Reporting_Period_End_Date", to.to_string());
}

/// Words that were never told as they should: R1 employment as section 18.2 lists it, linked people in another case.
fn odd_words(file: &Submission, cells: &mut Cells, dice: &mut Dice) {
    let paid = cells
        .get("Employment_Status")
        .is_some_and(|status| status.starts_with("Paid: Hours"));
    if file.release_1 && paid && dice.chance(50) {
        cells.insert(
            "Employment_Status",
            "Paid: Hours per week unknown (paid)".to_owned(),
        );
    }
    for column in ["Accommodation_Status", "Employment_Status"] {
        if let Some(status) = cells
            .get(column)
            .filter(|status| !status.is_empty() && dice.rarely(25))
        {
            cells.insert(column, format!(" {status}"));
        }
    }
    for column in [
        "Adult_1_Linked_Person_ID",
        "Adult_2_Linked_Person_ID",
        "Adult_3_Linked_Person_ID",
    ] {
        if let Some(linked) = cells.get(column).filter(|_| dice.chance(10)) {
            let spelled = if dice.chance(50) {
                linked.to_lowercase()
            } else {
                format!("{linked}  ")
            };
            cells.insert(column, spelled);
        }
    }
}

/// Words that go missing, are not on any list, or are spelled in another case or with blanks behind.
fn spoil(cells: &mut Cells, dice: &mut Dice) {
    for (column, missing) in WORDS.iter().chain(&[("Event_Type", 0)]) {
        let Some(value) = cells.get(column).filter(|value| !value.is_empty()).cloned() else {
            continue;
        };
        let spoiled = match dice.below(1000) {
            fault if fault < *missing => String::new(),
            fault if fault >= 992 && *missing > 0 => "Not on any list".to_owned(),
            fault if fault >= 985 && *missing > 0 => "Old system value".to_owned(),
            fault if fault >= 983 && *missing > 0 => format!(" {value}"),
            fault if fault >= 982 && *missing > 0 => "NULL".to_owned(),
            fault if fault >= 955 => value.to_uppercase(),
            fault if fault >= 930 => value.to_lowercase(),
            fault if fault >= 890 => format!("{value}  "),
            _ => value,
        };
        cells.insert(column, spoiled);
    }
}

/// The identifiers of a row.
fn identify(person: &Person, cells: &mut Cells, dice: &mut Dice) {
    let usual = person.la_ids.first().cloned().unwrap_or_default();
    let la_id = if dice.chance(15) {
        dice.pick(&person.la_ids)
    } else {
        usual
    };
    let (traced, submitted, council) = match person.habit {
        IdHabit::Traced => (true, dice.chance(90), !dice.chance(3)),
        IdHabit::SometimesTraced => (dice.chance(45), !dice.chance(12), !dice.chance(5)),
        IdHabit::Submitted => (false, !dice.chance(15), !dice.chance(5)),
        IdHabit::CouncilOnly => (false, false, !dice.chance(2)),
        IdHabit::Careless => (dice.chance(40), dice.chance(40), dice.chance(75)),
    };
    let shown = |show: bool, text: &str| if show { text.to_owned() } else { String::new() };
    cells.insert(
        "Der_NHS_Number_Traced_Pseudo",
        shown(traced, &person.traced),
    );
    cells.insert("Der_NHS_Number_Pseudo", shown(submitted, &person.submitted));
    cells.insert("LA_Person_Unique_Identifier", shown(council, &la_id));
}

/// Birth, death and the ages that the national processor works out.
fn birth_and_death(told: &Told<'_>, calendar: &Calendar, cells: &mut Cells, dice: &mut Dice) {
    let Told {
        event,
        person,
        file,
        ..
    } = told;
    let vague = if person.vague_birth { 25 } else { 2 };
    let mut birth = person.birth;
    if dice.rarely(12) {
        birth = plus(birth, dice.pick(&[-366, -31, 31, 366]));
    }
    let year = if dice.chance(vague) {
        String::new()
    } else {
        birth.year().to_string()
    };
    let month = if dice.chance(vague) {
        String::new()
    } else {
        birth.month().to_string()
    };
    cells.insert("Der_Birth_Year", year);
    cells.insert("Der_Birth_Month", month);
    let age = |day: NaiveDate, dice: &mut Dice| {
        if dice.chance(3) {
            String::new()
        } else {
            (person.age_on(day)).to_string()
        }
    };
    let at_start = age(event.start, dice);
    cells.insert("Der_Age_Event_Start_Date", at_start);
    let at_end = age(file.stated.1, dice);
    cells.insert("Der_Age_Reporting_Period_End_Date", at_end);
    let Some(death) = person.death else { return };
    let known = death <= file.day && person.death_withdrawn.is_none_or(|from| file.day < from);
    if known && death <= calendar.last_day() && !dice.chance(10) {
        let told = if dice.rarely(60) {
            plus(death, dice.between(-3, 3))
        } else {
            death
        };
        cells.insert("Date_of_Death", told.to_string());
    }
}
