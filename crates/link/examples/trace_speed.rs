//! Times tracing on invented people: by default 1,000,000 in the index and 1,000,000 rows of a request.
//!
//! `nice -n 19 cargo run --release -p link --example trace_speed -- 1000000 1000000 2`
//!
//! People carry numbers that begin with 9, which no patient holds. Names are made of syllables, families share a
//! name and a postcode. Rows are as a sender has them: most with number and date of birth, some without a number,
//! some with slips, some of nobody in the index.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a measurement: it may stop where it is"
)]

use link::trace::{
    Bucket, Column, Day, HistoryField, HistoryRow, Index, IndexBuilder, PersonRow, ResponseForm,
    Row, Run, Settings, run, write_request,
};
use model::{Content, Date, NhsNumber};
use std::{
    io::{self, Cursor, Write},
    num::NonZero,
    path::Path,
    time::Instant,
};

/// Numbers that look like chance (`splitmix64`).
struct Chance(u64);

impl Chance {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % n as u64).unwrap()
    }

    /// Small numbers more often than large ones, as names are.
    fn skewed(&mut self, n: usize) -> usize {
        let first = self.below(n);
        self.below(first + 1)
    }
}

const SYLLABLES: [&str; 16] = [
    "BEL", "DOR", "FEN", "GAL", "HAM", "JOR", "KEL", "LIN", "MAR", "NOR", "PEN", "ROW", "SAL",
    "TOR", "VAN", "WIL",
];

fn name(place: usize) -> String {
    let (mut rest, mut name) = (place, String::new());
    loop {
        name.push_str(SYLLABLES[rest % 16]);
        rest /= 16;
        if rest == 0 {
            return name;
        }
    }
}

fn person(number: u64, chance: &mut Chance, family: &(usize, usize)) -> PersonRow {
    let day = Day::new(
        u32::try_from(1925 + chance.below(100)).unwrap(),
        u32::try_from(1 + chance.below(12)).unwrap(),
        u32::try_from(1 + chance.below(28)).unwrap(),
    );
    let place = family.1;
    PersonRow {
        nhs_number: number,
        given_name: name(chance.skewed(4_000)),
        family_name: name(16 + family.0),
        sex: ["1", "2"][chance.below(2)].to_owned(),
        date_of_birth: day.unwrap(),
        postcode: format!(
            "{}{} {}{}{}",
            ["SS", "LN", "YO", "TR"][place % 4],
            place / 4 % 90 + 1,
            place / 360 % 10,
            char::from(b'A' + u8::try_from(place / 3_600 % 26).unwrap()),
            char::from(b'A' + u8::try_from(place / 93_600 % 26).unwrap()),
        ),
        gp_practice: format!("F{:05}", 81_000 + place % 700),
        address: [
            format!("{} {} STREET", chance.below(200), name(place % 5_000)),
            "ESTUARY FALLS".to_owned(),
            String::new(),
            String::new(),
            String::new(),
        ],
        ..PersonRow::default()
    }
}

fn people(many: usize, mut each: impl FnMut(PersonRow)) {
    let mut chance = Chance(1);
    let mut family = (0, 0);
    let mut made = 0;
    for n in 0.. {
        if made == many {
            return;
        }
        let Some(number) = NhsNumber::with_prefix("9", n) else {
            continue;
        };
        if chance.below(3) == 0 {
            family = (chance.skewed(30_000), chance.below(2_400_000));
        }
        let number = number.reveal().parse().unwrap();
        each(person(number, &mut chance, &family));
        made += 1;
    }
}

fn index(many: usize, settings: &Settings, threads: NonZero<usize>) -> Index {
    let mut builder = IndexBuilder::new(settings);
    let mut chance = Chance(3);
    people(many, |person| {
        builder.person(&person);
        if chance.below(5) == 0 {
            builder.history(&HistoryRow {
                nhs_number: person.nhs_number,
                field: [HistoryField::Postcode, HistoryField::FamilyName][chance.below(2)],
                value: ["SS1 1AA".to_owned(), name(16 + chance.skewed(30_000))][chance.below(2)]
                    .clone(),
                from: Day::NONE,
                to: Day::parse("2010-01-01").unwrap(),
            });
        }
    });
    builder.finish(threads)
}

fn request(many: usize, rows: usize) -> Vec<u8> {
    let mut all = Vec::with_capacity(rows);
    let mut chance = Chance(2);
    people(many, |person| {
        // Half of the people are asked for twice.
        for _ in 0..=chance.below(2) {
            if all.len() == rows {
                return;
            }
            let number = format!("{:010}", person.nhs_number);
            let slips = chance.below(100);
            let given = match slips {
                0..5 => person.given_name.chars().rev().collect(),
                _ => person.given_name.clone(),
            };
            let born = match slips {
                5..10 => Day::new(1950, 1, 1).unwrap(),
                _ => person.date_of_birth,
            };
            all.push(Row::new(
                all.len() as u64 + 2,
                &[
                    (Column::Reference, &all.len().to_string()),
                    (
                        Column::NhsNumber,
                        if slips % 10 == 9 { "" } else { &number },
                    ),
                    (Column::FamilyName, &person.family_name),
                    (Column::GivenName, &given),
                    (Column::Gender, &person.sex),
                    (Column::DateOfBirth, &born.compact()),
                    (Column::Postcode, &person.postcode),
                ],
            ));
        }
    });
    let mut file = Vec::new();
    write_request(&all, &mut file).unwrap();
    file
}

fn main() -> io::Result<()> {
    let given: Vec<usize> = std::env::args()
        .skip(1)
        .map(|a| a.parse().unwrap())
        .collect();
    let at = |place: usize, otherwise: usize| given.get(place).copied().unwrap_or(otherwise);
    let (many, rows, workers) = (at(0, 1_000_000), at(1, 1_000_000), at(2, 2));
    let threads = NonZero::new(workers).unwrap();
    let mut out = io::stdout().lock();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../content/linkage/tracing.toml");
    let file = ("linkage/tracing.toml".to_owned(), std::fs::read(path)?);
    let settings = Settings::read(&Content::from_files([file])).unwrap();

    let start = Instant::now();
    people(many, |_| ());
    let made = start.elapsed();
    let start = Instant::now();
    let index = index(many, &settings, threads);
    let size = index.size();
    writeln!(
        out,
        "{many} people: index built in {:.1} s (less {:.1} s to invent them), {} MB",
        start.elapsed().as_secs_f64(),
        made.as_secs_f64(),
        size.bytes / 1_000_000,
    )?;

    let file = request(many, rows);
    let mut bucket = Bucket::default();
    let mut response = Vec::new();
    let of = Run {
        file_name: None,
        submission: 1,
        today: Date::from_ymd_opt(2026, 11, 22).unwrap(),
        threads,
        form: ResponseForm::default(),
    };
    let none: Option<&mut Vec<u8>> = None;
    let start = Instant::now();
    let request = Cursor::new(&file);
    let report = run(
        request,
        &of,
        &index,
        &settings,
        &mut bucket,
        &mut response,
        none,
    )
    .unwrap();
    let took = start.elapsed().as_secs_f64();
    writeln!(
        out,
        "{} rows ({} MB) answered ({} MB) in {took:.1} s on {threads} threads",
        report.rows,
        file.len() / 1_000_000,
        response.len() / 1_000_000,
    )?;
    for (code, count) in &report.by_code {
        writeln!(out, "code {code}: {count}")?;
    }
    for (step, count) in &report.by_successful_step {
        writeln!(out, "step {}: {count}", step.name())?;
    }
    writeln!(
        out,
        "rows with a block passed over: {}",
        report.rows_with_a_block_passed_over
    )?;
    Ok(())
}
