//! Invented people in households, and clients who are some of them, written down with faults. One seed, one world.

use model::NhsNumber;

/// The columns of a person, in the order of the files.
pub(super) const COLUMNS: [&str; 8] = [
    "nhs_number",
    "given_name",
    "other_given_name",
    "family_name",
    "sex",
    "dob",
    "postcode",
    "gp_practice",
];

/// Where each column stands.
pub(super) mod at {
    pub(in super::super) const NUMBER: usize = 0;
    pub(in super::super) const GIVEN: usize = 1;
    pub(in super::super) const OTHER: usize = 2;
    pub(in super::super) const FAMILY: usize = 3;
    pub(in super::super) const SEX: usize = 4;
    pub(in super::super) const DOB: usize = 5;
    pub(in super::super) const POSTCODE: usize = 6;
    pub(in super::super) const PRACTICE: usize = 7;
}

/// One record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    /// What names the record.
    pub(super) id: String,
    /// Its cells, by [`COLUMNS`].
    pub(super) cells: [String; COLUMNS.len()],
}

impl Row {
    /// The same with another value in a column.
    pub(super) fn with(mut self, column: usize, value: &str) -> Self {
        value.clone_into(&mut self.cells[column]);
        self
    }

    /// The number of a person of the index.
    pub(super) fn number(&self) -> &str {
        &self.id
    }
}

/// An index, clients of whom most are in it, earlier values and superseded numbers.
#[derive(Debug, Clone, Default)]
pub(super) struct World {
    pub(super) index: Vec<Row>,
    pub(super) clients: Vec<Row>,
    /// Number, column, value.
    pub(super) history: Vec<[String; 3]>,
    /// Old number, new number.
    pub(super) superseded: Vec<[String; 2]>,
}

/// A small generator of numbers (`SplitMix64`), alike on every machine.
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0x5DEE_CE66)
    }

    pub(super) fn below(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((x ^ (x >> 31)) % sides as u64).unwrap()
    }

    /// Whether something of so many in a hundred happens.
    pub(super) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn of<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[self.below(all.len())]
    }

    /// One of a list whose first ones are the most common.
    fn common<'a>(&mut self, all: &[&'a str]) -> &'a str {
        let (a, b) = (self.below(all.len()), self.below(all.len()));
        all[a.min(b)]
    }

    pub(super) fn shuffle<T>(&mut self, all: &mut [T]) {
        for last in (1..all.len()).rev() {
            all.swap(last, self.below(last + 1));
        }
    }
}

const GIVEN: [&str; 56] = [
    "Mary",
    "John",
    "Mohammed",
    "Susan",
    "David",
    "Margaret",
    "Peter",
    "Sarah",
    "Ann",
    "Michael",
    "Muhammad",
    "Fatima",
    "Elizabeth",
    "William",
    "Jean",
    "Robert",
    "Anna",
    "Thomas",
    "Patricia",
    "James",
    "Mohamed",
    "Anne Marie",
    "Li",
    "Katherine",
    "Catherine",
    "Zoë",
    "José",
    "Łukasz",
    "Bob",
    "Bill",
    "Liz",
    "Kate",
    "Peggy",
    "Mike",
    "Dave",
    "Tom",
    "Jo-Ann",
    "Agnieszka",
    "Oluwaseun",
    "Chinedu",
    "Priya",
    "Harpreet",
    "Gurpreet",
    "Aisha",
    "Ayesha",
    "Yusuf",
    "Joseph",
    "Siobhán",
    "Niamh",
    "Wei",
    "Xiao Ming",
    "小龙",
    "Мария",
    "Søren",
    "Baby",
    "X",
];
const FAMILY: [&str; 52] = [
    "Smith",
    "Jones",
    "Khan",
    "Patel",
    "Williams",
    "Brown",
    "Taylor",
    "Begum",
    "Singh",
    "Kaur",
    "Davies",
    "Evans",
    "Hussain",
    "Thomas",
    "Johnson",
    "Roberts",
    "Lee",
    "Walker",
    "Wright",
    "Robinson",
    "Thompson",
    "White",
    "Hughes",
    "Edwards",
    "Green",
    "O'Brien",
    "O Brien",
    "Mc Donald",
    "McDonald",
    "Smith-Jones",
    "Khan Begum",
    "Nowak",
    "Kowalska",
    "Müller",
    "Mueller",
    "Okafor",
    "Adeyemi",
    "García López",
    "Lopez Garcia",
    "van der Berg",
    "Ahmed",
    "Ahmad",
    "Ali",
    "Wang",
    "Chen",
    "李",
    "Иванова",
    "Ng",
    "Nguyen",
    "Fernandes",
    "da Silva",
    "Smyth",
];
const PLACES: [&str; 10] = [
    "ZA1", "ZA2", "ZA12", "ZB3", "ZB4", "Z5", "ZC1A", "ZC10", "ZD7", "ZE9",
];
const LETTERS: [&str; 6] = ["AA", "AB", "BD", "DE", "LN", "XY"];
const PRACTICES: [&str; 5] = ["Z81001", "Z81002", "Z81003", "V81997", "z81004"];

/// The nth number of the 999 range that exists.
pub(super) fn number(n: usize) -> String {
    let mut found = (0u32..).filter_map(NhsNumber::test_number);
    found.nth(n).unwrap().reveal().to_owned()
}

fn numbers(count: usize) -> Vec<String> {
    let found = (0u32..).filter_map(NhsNumber::test_number);
    found.take(count).map(|n| n.reveal().to_owned()).collect()
}

fn place(dice: &mut Dice) -> String {
    format!(
        "{} {}{}",
        dice.of(&PLACES),
        dice.below(9),
        dice.of(&LETTERS)
    )
}

fn day(dice: &mut Dice) -> String {
    if dice.chance(3) {
        return format!("{}-01-01", 1930 + dice.below(70));
    }
    format!(
        "{}-{:02}-{:02}",
        1930 + dice.below(70),
        1 + dice.below(12),
        1 + dice.below(28)
    )
}

impl World {
    /// So many people in the index and so many clients.
    pub(super) fn new(seed: u64, people: usize, clients: usize) -> Self {
        let dice = &mut Dice::new(seed);
        let mut world = Self::default();
        let numbers = numbers(people + people / 10);
        while world.index.len() < people {
            world.household(dice, &numbers, people);
        }
        for at in 0..people / 20 {
            // Chains of one and of two, to people in the index.
            let (old, new) = (people + at, dice.below(people));
            world
                .superseded
                .push([numbers[old].clone(), numbers[new].clone()]);
            if dice.chance(30) {
                let older = people + people / 20 + at;
                world
                    .superseded
                    .push([numbers[older].clone(), numbers[old].clone()]);
            }
        }
        for at in 0..clients {
            let client = world.client(dice, at);
            world.clients.push(client);
        }
        world
    }

    fn household(&mut self, dice: &mut Dice, numbers: &[String], people: usize) {
        let (home, family, practice) = (place(dice), dice.common(&FAMILY), dice.of(&PRACTICES));
        let size = 1 + dice.below(5);
        let mut birthday = day(dice);
        for member in 0..size.min(people - self.index.len()) {
            // A third of those who come after the first are twins of the one before.
            if member == 0 || !dice.chance(30) {
                birthday = day(dice);
            }
            let given = if member == 1 && dice.chance(10) {
                self.index[self.index.len() - 1].cells[at::GIVEN].clone()
            } else {
                dice.common(&GIVEN).to_owned()
            };
            let other = if dice.chance(40) {
                dice.common(&GIVEN)
            } else {
                ""
            };
            let family = if dice.chance(20) {
                dice.common(&FAMILY)
            } else {
                family
            };
            let number = numbers[self.index.len()].clone();
            if dice.chance(20) {
                let (column, value) = match dice.below(4) {
                    0 => ("family_name", dice.common(&FAMILY).to_owned()),
                    1 => ("given_name", dice.common(&GIVEN).to_owned()),
                    _ => ("postcode", place(dice)),
                };
                self.history
                    .push([number.clone(), column.to_owned(), value]);
            }
            let known = |dice: &mut Dice, text: &str| {
                if dice.chance(4) {
                    String::new()
                } else {
                    text.to_owned()
                }
            };
            self.index.push(Row {
                id: number.clone(),
                cells: [
                    number,
                    given,
                    other.to_owned(),
                    family.to_owned(),
                    (1 + dice.below(2)).to_string(),
                    known(dice, &birthday),
                    known(dice, &home),
                    known(dice, practice),
                ],
            });
        }
    }

    fn client(&mut self, dice: &mut Dice, number: usize) -> Row {
        let whom = dice.below(self.index.len());
        let mut cells = self.index[whom].cells.clone();
        if dice.chance(20) {
            // Somebody who is not in the index; half of them are relatives of one who is.
            cells[at::NUMBER] = String::new();
            cells[at::GIVEN] = dice.of(&GIVEN).to_owned();
            cells[at::DOB] = day(dice);
            if dice.chance(50) {
                (cells[at::FAMILY], cells[at::POSTCODE]) =
                    (dice.of(&FAMILY).to_owned(), place(dice));
            }
        }
        self.faults(dice, whom, &mut cells);
        Row {
            id: format!("c{number}"),
            cells,
        }
    }

    fn faults(&self, dice: &mut Dice, whom: usize, cells: &mut [String; COLUMNS.len()]) {
        match dice.below(20) {
            0..10 => cells[at::NUMBER] = String::new(),
            10 => {
                let next = (whom + 1) % self.index.len();
                cells[at::NUMBER].clone_from(&self.index[next].id);
            }
            11 => cells[at::NUMBER] = slip(dice, &cells[at::NUMBER], "0123456789"),
            12 => {
                if let Some([old, _]) = self
                    .superseded
                    .iter()
                    .find(|[_, new]| *new == cells[at::NUMBER])
                {
                    cells[at::NUMBER].clone_from(old);
                }
            }
            13 => cells[at::NUMBER] = "0000000000".to_owned(),
            _ => {}
        }
        match dice.below(16) {
            0 => cells[at::GIVEN] = slip(dice, &cells[at::GIVEN], "AEIOURST"),
            1 => cells[at::GIVEN] = cells[at::GIVEN].chars().take(1).collect(),
            2 => cells.swap(at::GIVEN, at::FAMILY),
            3 => cells.swap(at::GIVEN, at::OTHER),
            4 => cells[at::GIVEN] = format!("{} {}", cells[at::GIVEN], dice.of(&GIVEN)),
            5 => cells[at::GIVEN] = dice.of(&GIVEN).to_owned(),
            6 => cells[at::GIVEN] = cells[at::GIVEN].to_uppercase().replace(' ', ""),
            7 => cells[at::GIVEN] = "Mr".to_owned(),
            _ => {}
        }
        match dice.below(12) {
            0 => cells[at::FAMILY] = slip(dice, &cells[at::FAMILY], "AEIOURST"),
            1 => cells[at::FAMILY] = dice.of(&FAMILY).to_owned(),
            2 => {
                let half = cells[at::FAMILY]
                    .split(['-', ' '])
                    .next()
                    .unwrap()
                    .to_owned();
                cells[at::FAMILY] = half;
            }
            3 => cells[at::FAMILY] = format!("{}-{}", cells[at::FAMILY], dice.of(&FAMILY)),
            _ => {}
        }
        if let Some([number, column, value]) = self
            .history
            .iter()
            .find(|[number, ..]| *number == self.index[whom].id)
            && dice.chance(50)
        {
            let place = COLUMNS.iter().position(|name| name == column).unwrap();
            assert!(!number.is_empty());
            cells[place].clone_from(value);
        }
        match dice.below(16) {
            0 => cells[at::DOB].retain(|c| c != '-'),
            1 => cells[at::DOB] = slip(dice, &cells[at::DOB], "0123456789"),
            2 if cells[at::DOB].len() == 10 => {
                let parts: Vec<&str> = cells[at::DOB].split('-').collect();
                cells[at::DOB] = [parts[0], parts[2], parts[1]].join("-");
            }
            3 => cells[at::DOB] = cells[at::DOB].replacen("19", "20", 1),
            4 if cells[at::DOB].len() == 10 => cells[at::DOB].replace_range(5.., "01-01"),
            5 => cells[at::DOB] = "1900-01-01".to_owned(),
            6 => cells[at::DOB] = day(dice),
            _ => {}
        }
        match dice.below(12) {
            0 => cells[at::POSTCODE] = place(dice),
            1 => cells[at::POSTCODE] = slip(dice, &cells[at::POSTCODE], "0123456789ABD"),
            2 => cells[at::POSTCODE] = cells[at::POSTCODE].replace('0', "O").replace('1', "I"),
            3 => cells[at::POSTCODE] = "ZZ99 3WZ".to_owned(),
            4 => cells[at::POSTCODE] = cells[at::POSTCODE].replace(' ', "").to_lowercase(),
            _ => {}
        }
        match dice.below(10) {
            0 => cells[at::SEX] = "0".to_owned(),
            1 => cells[at::SEX] = (1 + dice.below(2)).to_string(),
            _ => {}
        }
        if dice.chance(20) {
            cells[at::PRACTICE] = dice.of(&PRACTICES).to_owned();
        }
    }

    /// The people of the index and faulty copies of some of them, as one file.
    pub(super) fn one_file(&self) -> Vec<Row> {
        let named = |(at, row): (usize, &Row)| Row {
            id: format!("r{at}"),
            cells: row.cells.clone(),
        };
        self.index
            .iter()
            .chain(&self.clients)
            .enumerate()
            .map(named)
            .collect()
    }
}

/// One letter changed, left out, put in or exchanged with its neighbour.
pub(super) fn slip(dice: &mut Dice, text: &str, letters: &str) -> String {
    let mut signs: Vec<char> = text.chars().collect();
    let letter = letters
        .chars()
        .nth(dice.below(letters.chars().count()))
        .unwrap();
    if signs.len() < 2 {
        return letter.to_string();
    }
    let place = dice.below(signs.len() - 1);
    match dice.below(4) {
        0 => signs[place] = letter,
        1 => {
            signs.remove(place);
        }
        2 => signs.insert(place, letter),
        _ => signs.swap(place, place + 1),
    }
    signs.into_iter().collect()
}

fn line(cells: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    let quoted = |cell: &str| format!("\"{}\"", cell.replace('"', "\"\""));
    let cells: Vec<String> = cells
        .into_iter()
        .map(|cell| quoted(cell.as_ref()))
        .collect();
    format!("{}\n", cells.join(","))
}

/// Records as CSV, each under its own id.
pub(super) fn csv(rows: &[Row]) -> String {
    let header = line(std::iter::once("record_id").chain(COLUMNS));
    let rows = rows
        .iter()
        .map(|row| line(std::iter::once(&row.id).chain(&row.cells)));
    header + &rows.collect::<String>()
}

/// Rows under a header as CSV.
pub(super) fn table<const N: usize>(header: [&str; N], rows: &[[String; N]]) -> String {
    line(header) + &rows.iter().map(line).collect::<String>()
}

/// The earlier values as CSV.
pub(super) fn history(rows: &[[String; 3]]) -> String {
    table(["nhs_number", "field", "value"], rows)
}

/// The superseded numbers as CSV.
pub(super) fn superseded(rows: &[[String; 2]]) -> String {
    table(["nhs_number", "replaced_by"], rows)
}
