//! Small worlds full of twins, namesakes, merged, cancelled and sensitive people, and rows that ask for them badly.

use super::*;

const FAMILIES: [&str; 9] = [
    "THORNBY",
    "Thornbey",
    "OAKLEY",
    "QUILL",
    "O'Dell",
    "ODELL-QUILL",
    "ADA",
    "Łysk",
    "UNKNOWN",
];
const GIVENS: [&str; 12] = [
    "ADA", "ADA MAY", "ADAM", "A", "EVE", "EVIE", "MAY", "ZOË", "QUILL", "BABY", "", "JEAN-LUC",
];
const PLACES: [&str; 9] = [
    "SS0 0AA", "SS0 0AB", "ss01aa", "SS1 1AA", "SSO 0AA", "LN1 1AA", "ZZ99 3VZ", "", "nowhere",
];
const PRACTICES: [&str; 3] = ["F81001", "f81002", ""];
const DAYS: [&str; 12] = [
    "1950-03-02",
    "1950-02-03",
    "1950-03-12",
    "1950-03-03",
    "1951-03-02",
    "1950-04-02",
    "1960-07-09",
    "1950-03",
    "1950",
    "1900-01-01",
    "",
    "2010-12-31",
];
const SEXES: [&str; 6] = ["1", "2", "1", "2", "0", "9"];

/// A world: rows that an index is built from.
pub(super) struct World {
    pub(super) people: Vec<PersonRow>,
    pub(super) history: Vec<HistoryRow>,
    pub(super) superseded: Vec<SupersededRow>,
}

/// The numbers of a world, of which some are nobody's.
fn numbers() -> Vec<u64> {
    let all = (0..).filter_map(NhsNumber::test_number);
    all.take(150).map(|n| n.reveal().parse().unwrap()).collect()
}

pub(super) fn world(seed: u64, people: usize) -> World {
    let mut chance = Chance(seed);
    let numbers = numbers();
    let mut world = World {
        people: Vec::new(),
        history: Vec::new(),
        superseded: Vec::new(),
    };
    for number in numbers.iter().take(people) {
        let mut person = match world.people.last() {
            // A twin, a spouse or a namesake of the one before.
            Some(last) if chance.one_in(3) => last.clone(),
            _ => PersonRow {
                family_name: chance.of(&FAMILIES).to_owned(),
                given_name: chance.of(&GIVENS).to_owned(),
                sex: chance.of(&SEXES).to_owned(),
                date_of_birth: Day::parse(chance.of(&DAYS)).unwrap_or_default(),
                postcode: chance.of(&PLACES).to_owned(),
                gp_practice: chance.of(&PRACTICES).to_owned(),
                ..PersonRow::default()
            },
        };
        person.nhs_number = *number;
        match chance.below(6) {
            0 => person.given_name = chance.of(&GIVENS).to_owned(),
            1 => person.other_given_name = chance.of(&GIVENS).to_owned(),
            2 => person.postcode = chance.of(&PLACES).to_owned(),
            _ => {}
        }
        person.confidentiality = chance.of(&["", "", "", "N", "S", "I", "Y", "U"]).to_owned();
        person.cancelled = chance.one_in(15);
        if chance.one_in(8) {
            person.date_of_death = Day::parse("2020-05-05").unwrap();
        }
        world.people.push(person);
        while chance.one_in(3) {
            world.history.push(a_past(&mut chance, *number));
        }
    }
    for _ in 0..people / 6 {
        world.superseded.push(SupersededRow {
            nhs_number: numbers[chance.below(numbers.len())],
            replaced_by: numbers[chance.below(numbers.len())],
        });
    }
    world
}

pub(super) fn a_past(chance: &mut Chance, number: u64) -> HistoryRow {
    let field = HistoryField::ALL[chance.below(7)];
    let value = match field {
        HistoryField::FamilyName => chance.of(&FAMILIES),
        HistoryField::GivenName | HistoryField::OtherGivenName => chance.of(&GIVENS),
        HistoryField::Sex => chance.of(&SEXES),
        HistoryField::Postcode => chance.of(&PLACES),
        HistoryField::GpPractice => chance.of(&PRACTICES),
        HistoryField::Address => chance.of(&["1 High Street|Estuary Falls", "2 Low Road"]),
    };
    let day = |text: &str| Day::parse(text).unwrap_or_default();
    HistoryRow {
        nhs_number: number,
        field,
        value: value.to_owned(),
        from: day(chance.of(&["", "", "1960-01-01", "1990-06-15"])),
        to: day(chance.of(&["", "", "1995-01-01", "2005-02-03"])),
    }
}

/// A change of somebody, with or without the day from which it holds.
pub(super) fn a_change(chance: &mut Chance, person: &PersonRow) -> PersonRow {
    let mut changed = person.clone();
    match chance.below(6) {
        0 => changed.family_name = chance.of(&FAMILIES).to_owned(),
        1 => changed.given_name = chance.of(&GIVENS).to_owned(),
        2 => changed.postcode = chance.of(&PLACES).to_owned(),
        3 => changed.gp_practice = chance.of(&PRACTICES).to_owned(),
        4 => changed.cancelled = !changed.cancelled,
        _ => changed.address[0] = format!("{} Mill Lane", chance.below(3)),
    }
    let from = chance.of(&["", "1999-09-09", "2001-01-01"]);
    changed.valid_from = Day::parse(from).unwrap_or_default();
    changed
}

/// A row that asks for one of these people, well or badly, or for nobody.
pub(super) fn a_row(chance: &mut Chance, place: u64, world: &World) -> Row {
    let numbers = numbers();
    let nobody = PersonRow::default();
    let person = match world.people.len() {
        0 => &nobody,
        many => &world.people[chance.below(many)],
    };
    let mut number = format!("{:010}", person.nhs_number);
    let mut family = person.family_name.clone();
    let mut given = person.given_name.clone();
    let mut other = String::new();
    let mut sex = person.sex.clone();
    let mut born = person.date_of_birth.compact();
    let mut postcode = person.postcode.clone();
    let mut practice = String::new();
    let mut died = String::new();
    let day = |text: &str| text.replace('-', "");
    // Half of all rows ask without a number, or with one that may be anybody's.
    match chance.below(6) {
        0 | 1 => number.clear(),
        2 => number = format!("{:010}", numbers[chance.below(numbers.len())]),
        3 if chance.one_in(3) => number = "1234567890".to_owned(),
        _ => {}
    }
    for _ in 0..chance.below(5) {
        match chance.below(14) {
            0 => family.clear(),
            1 => family = chance.of(&FAMILIES).to_owned(),
            2 => given.clear(),
            3 => given = chance.of(&GIVENS).to_owned(),
            4 => std::mem::swap(&mut given, &mut family),
            5 => sex = chance.of(&["", "0", "1", "2", "9"]).to_owned(),
            6 => born = day(chance.of(&DAYS)),
            7 => born.clear(),
            8 => born.truncate(6),
            9 => postcode.clear(),
            10 => postcode = chance.of(&PLACES).to_owned(),
            11 => practice = chance.of(&PRACTICES).to_owned(),
            12 => died = chance.of(&["20200505", "20210101"]).to_owned(),
            _ => other = chance.of(&GIVENS).to_owned(),
        }
    }
    Row::new(
        place,
        &[
            (Column::Reference, &place.to_string()),
            (Column::NhsNumber, &number),
            (Column::FamilyName, &family),
            (Column::GivenName, &given),
            (Column::OtherGivenName, &other),
            (Column::Gender, &sex),
            (Column::DateOfBirth, &born),
            (Column::Postcode, &postcode),
            (Column::GpPractice, &practice),
            (Column::DateOfDeath, &died),
        ],
    )
}

pub(super) fn built(world: &World, settings: &Settings) -> Index {
    let mut builder = IndexBuilder::new(settings);
    for person in &world.people {
        builder.person(person);
    }
    for past in &world.history {
        builder.history(past);
    }
    for superseded in &world.superseded {
        builder.superseded(*superseded);
    }
    builder.finish(NonZero::<usize>::MIN)
}
