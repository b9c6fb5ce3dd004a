//! Whole questions, held against a second implementation: generated agreements and questions over 500 rows a table, through
//! both judges and the real plan, and through plain Rust over rows.
//!
//! A hundred pairs run with the tests. `PAIRS=2000 FIGURES=FILE` makes it the benchmark of `benches/governance`.

use crate::{
    Dice,
    place::{No, Place, Who, agreements, names, rows},
    sheet::{Kind, Sheet, Value},
    slow::{PREFERENCES, Recipient, Sheets, preference, shown, swapped},
};
use model::{Date, Function};
use std::{collections::BTreeMap, fmt::Write as _, io::Write as _};
use toml::{Table, Value as Toml};

const ROWS: usize = 500;
/// How many pairs share their rows.
const SAME_ROWS: usize = 20;

const COUNCILS: [&str; 4] = ["621", "991", "992", "714"];
const AREAS: [&str; 6] = [
    "E01015886",
    "E01015887",
    "W01000001",
    "E02000001",
    "area",
    "",
];
const PRACTICES: [&str; 4] = ["F81001", "F81002", "F81003", "F81004"];
const CODES: [&str; 5] = ["I10", "E11", "O'Hara", "J45", "x%"];
const GRADES: [&str; 3] = ["certain", "probable", "possible"];
const POSTCODES: [&str; 6] = [
    "SS1 1AA",
    "SS11 2BB",
    "W1A 1AA",
    "NOSPACE",
    "X Y",
    "ABCDE 1AA",
];

fn maybe(dice: &mut Dice, value: impl FnOnce(&mut Dice) -> Value) -> Value {
    if dice.once_in(12) {
        Value::Null
    } else {
        value(dice)
    }
}

fn one_of(dice: &mut Dice, from: &[&str]) -> Value {
    maybe(dice, |dice| Value::text(from[dice.below(from.len())]))
}

fn a_day(dice: &mut Dice, first: &str, days: usize) -> Date {
    let first: Date = first.parse().unwrap();
    first + chrono::TimeDelta::days(i64::try_from(dice.below(days)).unwrap())
}

fn person(dice: &mut Dice) -> Value {
    maybe(dice, |dice| {
        Value::Text(format!("k1-{:03}", dice.below(140)))
    })
}

/// The tables of the analysis zone: two that agreements open, one that none does, and the preferences.
fn tables(dice: &mut Dice) -> Sheets {
    let mut event = Sheet::new(&[
        ("person_pseudonym", Kind::Text),
        ("la_code", Kind::Text),
        ("lsoa", Kind::Text),
        ("practice", Kind::Text),
        ("provider", Kind::Text),
        ("payer", Kind::Text),
        ("code", Kind::Text),
        ("grade", Kind::Text),
        ("happened_on", Kind::Day),
        ("born", Kind::Day),
        ("age_in_years", Kind::Number),
        ("cost", Kind::Real),
        ("visits", Kind::Number),
        ("postcode", Kind::Text),
    ]);
    let mut spell = Sheet::new(&[
        ("person_pseudonym", Kind::Text),
        ("site", Kind::Text),
        ("admitted_on", Kind::Day),
        ("born", Kind::Day),
        ("code", Kind::Text),
        ("nights", Kind::Number),
    ]);
    let mut closed = Sheet::new(&[("person_pseudonym", Kind::Text), ("cause", Kind::Text)]);
    let mut opt_out = Sheet::new(&PREFERENCES);
    for _ in 0..ROWS {
        let born = |dice: &mut Dice| {
            let day = a_day(dice, "1930-01-01", 30_000);
            Value::Day(
                Date::parse_from_str(&day.format("%Y-%m-01").to_string(), "%Y-%m-%d").unwrap(),
            )
        };
        #[expect(clippy::cast_precision_loss, reason = "small numbers")]
        let cost = |dice: &mut Dice| Value::Real(dice.below(4_000) as f64 / 4.0);
        let number =
            |dice: &mut Dice, most| Value::Number(i64::try_from(dice.below(most)).unwrap());
        event.rows.push(vec![
            person(dice),
            one_of(dice, &COUNCILS),
            one_of(dice, &AREAS),
            one_of(dice, &PRACTICES),
            one_of(dice, &COUNCILS),
            one_of(dice, &COUNCILS),
            one_of(dice, &CODES),
            one_of(dice, &GRADES),
            maybe(dice, |dice| Value::Day(a_day(dice, "2022-10-01", 1_400))),
            maybe(dice, born),
            maybe(dice, |dice| number(dice, 110)),
            maybe(dice, cost),
            maybe(dice, |dice| number(dice, 30)),
            one_of(dice, &POSTCODES),
        ]);
        spell.rows.push(vec![
            person(dice),
            one_of(dice, &PRACTICES),
            maybe(dice, |dice| Value::Day(a_day(dice, "2022-10-01", 1_400))),
            maybe(dice, born),
            one_of(dice, &CODES),
            maybe(dice, |dice| number(dice, 40)),
        ]);
    }
    closed
        .rows
        .push(vec![Value::text("k1-001"), Value::text("x")]);
    for n in 0..140 {
        for kind in ["national_data_opt_out", "type_1", "local"] {
            if dice.once_in(9) {
                let mut row = preference(&format!("k1-{n:03}"), kind);
                if dice.once_in(3) {
                    row[3] = one_of(dice, &["event", "spell", "closed"]);
                    row[4] = one_of(dice, &["commissioning", "research", "population_health"]);
                    row[5] = one_of(dice, &["EST-ICB", "621"]);
                }
                if dice.once_in(3) {
                    row[6] = maybe(dice, |dice| Value::Day(a_day(dice, "2026-03-01", 120)));
                }
                if dice.once_in(3) {
                    row[7] = maybe(dice, |dice| Value::Day(a_day(dice, "2026-03-01", 120)));
                }
                opt_out.rows.push(row);
            }
        }
    }
    [
        ("event", event),
        ("spell", spell),
        ("closed", closed),
        ("opt_out", opt_out),
    ]
    .map(|(name, sheet)| (name.to_owned(), sheet))
    .into()
}

fn codes(dice: &mut Dice, from: &[&str]) -> Toml {
    let mut set = Table::new();
    for _ in 0..=dice.below(2) {
        let code = *dice.pick(from);
        if !code.is_empty() {
            set.insert(code.to_owned(), "what it is called".into());
        }
    }
    Toml::Table(set)
}

fn date(day: Date) -> Toml {
    Toml::Datetime(day.to_string().parse().unwrap())
}

/// Conditions on rows, joined by all and any to some depth.
fn predicate(dice: &mut Dice, depth: usize) -> Toml {
    let mut made = Table::new();
    if depth > 0 && !dice.once_in(3) {
        let below: Vec<Toml> = (0..=dice.below(3))
            .map(|_| predicate(dice, depth - 1))
            .collect();
        made.insert((*dice.pick(&["all", "any"])).to_owned(), Toml::Array(below));
        return Toml::Table(made);
    }
    let (word, says) = match dice.below(10) {
        0 | 1 => ("council", codes(dice, &COUNCILS)),
        2 => ("resident_in", codes(dice, &AREAS)),
        3 => ("registered_with", codes(dice, &PRACTICES)),
        4 => ("treated_by", codes(dice, &COUNCILS)),
        5 => ("commissioned_by", codes(dice, &COUNCILS)),
        6 => ("has_code", codes(dice, &CODES)),
        7 => ("linked_with", codes(dice, &GRADES)),
        8 => {
            let mut span = Table::new();
            let from = a_day(dice, "2022-10-01", 900);
            if !dice.once_in(3) {
                span.insert("from".into(), date(from));
            }
            if span.is_empty() || dice.once_in(2) {
                let to = from + chrono::TimeDelta::days(i64::try_from(dice.below(500)).unwrap());
                span.insert("to".into(), date(to));
            }
            ("period", Toml::Table(span))
        }
        _ => {
            let mut ages = Table::new();
            let from = i64::try_from(dice.below(90)).unwrap();
            if !dice.once_in(3) {
                ages.insert("from".into(), from.into());
            }
            if ages.is_empty() || dice.once_in(2) {
                ages.insert(
                    "to".into(),
                    (from + i64::try_from(dice.below(40)).unwrap()).into(),
                );
            }
            ("age", Toml::Table(ages))
        }
    };
    made.insert(word.to_owned(), says);
    Toml::Table(made)
}

/// An agreement over the two tables: its rows, its columns and their treatments, whom it leaves out, what it links.
#[expect(clippy::too_many_lines, reason = "a list")]
fn an_agreement(dice: &mut Dice) -> Table {
    let mut own: Table = r#"
        [opt_outs]
        [datasets.event.facts]
        council = "la_code"
        resident_in = "lsoa"
        registered_with = "practice"
        treated_by = "provider"
        commissioned_by = "payer"
        has_code = "code"
        linked_with = "grade"
        period = "happened_on"
        age = "age_in_years"
        [datasets.spell.facts]
        council = { through = "event", matching = "person_pseudonym", column = "la_code" }
        resident_in = { through = "event", matching = "person_pseudonym", column = "lsoa" }
        registered_with = { through = "event", matching = "person_pseudonym", column = "practice" }
        treated_by = { through = "event", matching = "person_pseudonym", column = "provider" }
        commissioned_by = { through = "event", matching = "person_pseudonym", column = "payer" }
        has_code = "code"
        linked_with = { through = "event", matching = "person_pseudonym", column = "grade" }
        period = "admitted_on"
        age = { born = "born", on = "admitted_on" }
    "#
    .parse()
    .unwrap();
    if dice.once_in(2) {
        own["datasets"]["event"]["facts"]["age"] = "born = \"born\"\non = \"happened_on\""
            .parse::<Table>()
            .unwrap()
            .into();
    }
    for kind in ["national_data_opt_out", "type_1", "local", "objection"] {
        own["opt_outs"]
            .as_table_mut()
            .unwrap()
            .insert(kind.into(), dice.once_in(2).into());
    }
    own.insert("minimisation".into(), predicate(dice, 3));
    if dice.once_in(15) {
        own["minimisation"] = "everyone = \"for a test\"".parse::<Table>().unwrap().into();
    }
    let mut pairs = Vec::new();
    if !dice.once_in(4) {
        let mut pair = Table::new();
        let turned = dice.once_in(2);
        let (from, to) = if turned {
            ("spell", "event")
        } else {
            ("event", "spell")
        };
        pair.insert("from".into(), from.into());
        pair.insert("to".into(), to.into());
        pair.insert("key_domain".into(), "both".into());
        pairs.push(Toml::Table(pair));
    }
    own.insert("linkage".into(), Toml::Array(pairs));
    let day = ["as_is", "month", "quarter", "year"];
    let bands = |on: Option<&str>| {
        let on = on.map(|on| format!("on = \"{on}\", ")).unwrap_or_default();
        format!("{{ age_band = {{ {on}bands = [\"under 18\", \"18 to 64\", \"75 and over\"] }} }}")
    };
    let quoted = |word: &str| format!("\"{word}\"");
    let choices: [(&str, &str, Option<&str>, Vec<String>); 16] = [
        ("event", "person_pseudonym", None, vec![quoted("pseudonym")]),
        ("event", "la_code", None, vec![quoted("as_is")]),
        ("event", "lsoa", None, vec![quoted("as_is"), quoted("lsoa")]),
        ("event", "code", None, vec![quoted("as_is")]),
        (
            "event",
            "happened",
            Some("happened_on"),
            day.map(quoted).to_vec(),
        ),
        ("event", "band", Some("age_in_years"), vec![bands(None)]),
        (
            "event",
            "band_then",
            Some("born"),
            vec![bands(Some("happened_on"))],
        ),
        (
            "event",
            "cost",
            None,
            vec![
                quoted("as_is"),
                "{ rounded = { to = 5 } }".into(),
                "{ rounded = { to = 100 } }".into(),
            ],
        ),
        (
            "event",
            "visits",
            None,
            vec![quoted("as_is"), "{ rounded = { to = 3 } }".into()],
        ),
        (
            "event",
            "postcode",
            None,
            ["postcode_sector", "postcode_district"]
                .map(quoted)
                .to_vec(),
        ),
        ("spell", "person_pseudonym", None, vec![quoted("pseudonym")]),
        ("spell", "site", None, vec![quoted("as_is")]),
        (
            "spell",
            "admitted",
            Some("admitted_on"),
            day.map(quoted).to_vec(),
        ),
        (
            "spell",
            "band",
            Some("born"),
            vec![bands(Some("admitted_on"))],
        ),
        (
            "spell",
            "nights",
            None,
            vec![quoted("as_is"), "{ rounded = { to = 2 } }".into()],
        ),
        ("spell", "code", None, vec![quoted("as_is")]),
    ];
    for (table, name, from, treatments) in choices {
        // A column is left out at times, and the person never, so that people can be counted.
        if name != "person_pseudonym" && dice.once_in(8) {
            continue;
        }
        let mut field = format!("treatment = {}\nwhy = \"x\"\n", dice.pick(&treatments));
        if let Some(from) = from {
            let _ = write!(field, "from = \"{from}\"");
        }
        let dataset = own["datasets"][table].as_table_mut().unwrap();
        let fields = dataset
            .entry("fields")
            .or_insert_with(|| Toml::Table(Table::new()));
        fields
            .as_table_mut()
            .unwrap()
            .insert(name.into(), field.parse::<Table>().unwrap().into());
    }
    crate::agreement(&own)
}

/// From the tables as they are shown to the rows of the answer.
type PlainRust = dyn Fn(&Sheets) -> Vec<Vec<String>>;

/// A question as SQL, what it touches, and what plain Rust answers where it is allowed.
struct Asked {
    sql: String,
    touched: BTreeMap<String, Vec<String>>,
    answer: Box<PlainRust>,
}

fn columns(dice: &mut Dice, agreement: &Table, table: &str) -> Vec<String> {
    let all: Vec<String> = names(agreement, table).into_iter().collect();
    let mut some: Vec<String> = all.iter().filter(|_| dice.once_in(2)).cloned().collect();
    if some.is_empty() {
        some.push(all[0].clone());
    }
    some
}

fn cells(sheet: &Sheet, row: &[Value], columns: &[String]) -> Vec<String> {
    columns
        .iter()
        .map(|c| sheet.value(row, c).shown())
        .collect()
}

fn literal(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Text(text) => format!("'{}'", text.replace('\'', "''")),
        Value::Number(number) => number.to_string(),
        Value::Real(number) => format!("{number:?}"),
        Value::Day(day) => format!("date '{day}'"),
    }
}

#[expect(clippy::too_many_lines, reason = "a list")]
fn a_question(dice: &mut Dice, agreement: &Table, sheets: &Sheets) -> Asked {
    let table = (*dice.pick(&["event", "spell"])).to_owned();
    let mut wanted = columns(dice, agreement, &table);
    let to = Recipient {
        organisation: "EST-ICB",
        purpose: "commissioning",
        on: "2026-05-01".parse().unwrap(),
    };
    let touching = |tables: &[(&str, &[String])]| {
        tables
            .iter()
            .map(|(table, columns)| ((*table).to_owned(), columns.to_vec()))
            .collect()
    };
    match dice.below(9) {
        0 | 1 => Asked {
            sql: format!("select {} from {table}", wanted.join(", ")),
            touched: touching(&[(&table, &wanted)]),
            answer: Box::new(move |shown| {
                let sheet = &shown[&table];
                sheet
                    .rows
                    .iter()
                    .map(|row| cells(sheet, row, &wanted))
                    .collect()
            }),
        },
        // A condition on a column, with a value that some row shows, or one that none does.
        2 | 3 => {
            let all: Vec<String> = names(agreement, &table).into_iter().collect();
            let by = dice.pick(&all).clone();
            let sheet = shown(agreement, sheets, &table, &to);
            let value = match sheet.rows.len() {
                0 => Value::Null,
                n => sheet.value(&sheet.rows[dice.below(n)], &by).clone(),
            };
            let condition = match &value {
                Value::Null => format!("{by} is null"),
                value => format!("{by} = {}", literal(value)),
            };
            let mut touched = wanted.clone();
            touched.push(by.clone());
            Asked {
                sql: format!(
                    "select {} from {table} where {condition}",
                    wanted.join(", ")
                ),
                touched: touching(&[(&table, &touched)]),
                answer: Box::new(move |shown| {
                    let sheet = &shown[&table];
                    let kept = sheet
                        .rows
                        .iter()
                        .filter(|row| *sheet.value(row, &by) == value);
                    kept.map(|row| cells(sheet, row, &wanted)).collect()
                }),
            }
        }
        4 | 5 => {
            let by = wanted[0].clone();
            let touched = [by.clone(), "person_pseudonym".to_owned()];
            Asked {
                sql: format!(
                    "select {by}, count(*) as n, count(distinct person_pseudonym) as people from {table} group by {by}"
                ),
                touched: touching(&[(&table, &touched)]),
                answer: Box::new(move |shown| {
                    let sheet = &shown[&table];
                    let mut groups: BTreeMap<(bool, String), (usize, Vec<String>)> =
                        BTreeMap::new();
                    for row in &sheet.rows {
                        let label = sheet.value(row, &by);
                        let group = groups
                            .entry((*label == Value::Null, label.shown()))
                            .or_default();
                        group.0 += 1;
                        let person = sheet.value(row, "person_pseudonym").shown();
                        if !person.is_empty() && !group.1.contains(&person) {
                            group.1.push(person);
                        }
                    }
                    groups
                        .into_iter()
                        .map(|((_, label), (n, people))| {
                            vec![label, n.to_string(), people.len().to_string()]
                        })
                        .collect()
                }),
            }
        }
        6 | 7 => {
            let left = columns(dice, agreement, "event");
            let right = columns(dice, agreement, "spell");
            let person = ["person_pseudonym".to_owned()];
            let list = |of: &str, columns: &[String]| {
                columns
                    .iter()
                    .enumerate()
                    .map(|(n, c)| format!("{of}.{c} as {of}{n}"))
                    .collect::<Vec<_>>()
                    .join(", ")
            };
            Asked {
                sql: format!(
                    "select {}, {} from event as e join spell as s on e.person_pseudonym = s.person_pseudonym",
                    list("e", &left),
                    list("s", &right)
                ),
                touched: touching(&[
                    ("event", &[left.as_slice(), &person].concat()),
                    ("spell", &[right.as_slice(), &person].concat()),
                ]),
                answer: Box::new(move |shown| {
                    let (events, spells) = (&shown["event"], &shown["spell"]);
                    let mut joined = Vec::new();
                    for e in &events.rows {
                        for s in &spells.rows {
                            let one = events.value(e, "person_pseudonym");
                            if *one != Value::Null && one == spells.value(s, "person_pseudonym") {
                                joined.push(
                                    [cells(events, e, &left), cells(spells, s, &right)].concat(),
                                );
                            }
                        }
                    }
                    joined
                }),
            }
        }
        // Something that is not open: a column of the zone, or a table.
        _ => {
            let (outside, sql) = if dice.once_in(2) {
                wanted = vec!["age_in_years".to_owned()];
                ("event", "select age_in_years from event".to_owned())
            } else {
                wanted = vec!["cause".to_owned()];
                ("closed", "select cause from closed".to_owned())
            };
            Asked {
                sql,
                touched: touching(&[(outside, &wanted)]),
                answer: Box::new(|_| panic!("this is never allowed")),
            }
        }
    }
}

fn somebody(dice: &mut Dice) -> Who {
    let mut who = Who::usual();
    if dice.once_in(3) {
        match dice.below(6) {
            0 => who.account = "bob",
            1 => who.organisation = "621",
            2 => who.role = "output_checker",
            3 => who.purpose = "research",
            4 => who.opt_outs_known = false,
            _ => {
                let moments = [
                    "2026-03-31T22:59:59Z",
                    "2026-03-31T23:00:00Z",
                    "2027-03-31T22:59:59Z",
                    "2027-03-31T23:00:00Z",
                ];
                who.now = dice.pick(&moments).parse().unwrap();
            }
        }
    }
    who
}

/// The clause that refuses, if any does, by the order in which clauses are asked.
fn refused_by(agreement: &Table, who: &Who, asked: &Asked) -> Option<String> {
    let first: chrono::DateTime<chrono::Utc> = "2026-03-31T23:00:00Z".parse().unwrap();
    let end: chrono::DateTime<chrono::Utc> = "2027-03-31T23:00:00Z".parse().unwrap();
    let clause = if who.now >= end {
        "term.end"
    } else if who.now < first {
        "term.start"
    } else if who.purpose == "research" {
        "purposes"
    } else if who.organisation != "EST-ICB" {
        "access.organisations"
    } else if who.account != "ana" {
        "access.users"
    } else if who.role != "analyst" {
        "access.roles"
    } else {
        let datasets = agreement["datasets"].as_table().unwrap();
        if asked
            .touched
            .keys()
            .any(|table| !datasets.contains_key(table))
        {
            return Some("datasets".to_owned());
        }
        for (table, columns) in &asked.touched {
            let open = names(agreement, table);
            if columns.iter().any(|column| !open.contains(column)) {
                return Some(format!("datasets.{table}.fields"));
            }
        }
        let linked = !agreement["linkage"].as_array().unwrap().is_empty();
        let applied = agreement["opt_outs"].as_table().unwrap().values();
        let applied = applied
            .filter(|kind| kind.get("apply") == Some(&Toml::Boolean(true)))
            .count();
        if asked.touched.len() > 1 && !linked {
            "linkage"
        } else if applied > 0 && !who.opt_outs_known {
            "opt_outs"
        } else {
            return None;
        }
    };
    Some(clause.to_owned())
}

/// The day in the United Kingdom. Every moment of these questions is in its summer, an hour ahead.
fn uk_day(now: chrono::DateTime<chrono::Utc>) -> Date {
    (now + chrono::TimeDelta::hours(1)).date_naive()
}

#[derive(Default)]
struct Tally {
    pairs: usize,
    allowed: usize,
    refused: BTreeMap<String, usize>,
    rows: usize,
    empty: usize,
}

fn wanted(name: &str) -> Option<String> {
    std::env::var_os(name).and_then(|value| value.into_string().ok())
}

#[test]
fn the_plan_and_plain_rust_agree_row_by_row() {
    let pairs: usize = wanted("PAIRS").map_or(100, |n| n.parse().unwrap());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let tally = runtime.block_on(all_pairs(pairs));
    if let Some(path) = wanted("FIGURES") {
        let mut file = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(path)
            .unwrap();
        writeln!(
            file,
            "differential,pairs,{},allowed,{},of these without a row,{},rows compared,{},refused,{}",
            tally.pairs,
            tally.allowed,
            tally.empty,
            tally.rows,
            tally.refused.iter().map(|(c, n)| format!("{c} {n}")).collect::<Vec<_>>().join("; ")
        )
        .unwrap();
    }
    // Enough was allowed, and enough of that had rows.
    assert!(
        tally.allowed * 2 > tally.pairs,
        "{} of {}",
        tally.allowed,
        tally.pairs
    );
    assert!(
        tally.empty * 3 < tally.allowed,
        "{} of {}",
        tally.empty,
        tally.allowed
    );
    assert!(tally.refused.len() > 5, "{:?}", tally.refused);
}

async fn all_pairs(pairs: usize) -> Tally {
    let mut dice = Dice(20_260_501);
    let mut tally = Tally::default();
    while tally.pairs < pairs {
        let functions = vec![Function::text_pair("recipient_pseudonym", |domain, p| {
            Some(swapped(domain, p))
        })];
        // Room for all that can be kept, for less than a column, and for nothing.
        let kept = [64 << 20, 20_000, 0][tally.pairs / SAME_ROWS % 3];
        let place = Place::with(functions, 1, kept);
        let sheets = tables(&mut dice);
        for (name, sheet) in &sheets {
            place.put(name, sheet).await;
        }
        let mut here = 0;
        while here < SAME_ROWS && tally.pairs < pairs {
            let agreement = an_agreement(&mut dice);
            // A condition without codes makes no sense, and such an agreement is never read.
            let Ok(read) = agreements(&agreement) else {
                continue;
            };
            let asked = a_question(&mut dice, &agreement, &sheets);
            let who = somebody(&mut dice);
            here += 1;
            tally.pairs += 1;
            let context = || {
                format!(
                    "pair {}: {}\n{who:?}\n{}",
                    tally.pairs,
                    asked.sql,
                    toml::to_string(&agreement).unwrap()
                )
            };
            let found = place.ask(&read, &who, &asked.sql).await;
            match (refused_by(&agreement, &who, &asked), found) {
                (Some(expected), Err(No::Refused { clause, .. })) => {
                    assert_eq!(clause, expected, "{}", context());
                    *tally.refused.entry(clause).or_default() += 1;
                }
                (None, Ok(answer)) => {
                    let to = Recipient {
                        organisation: who.organisation,
                        purpose: who.purpose,
                        on: uk_day(who.now),
                    };
                    let open: BTreeMap<String, Sheet> = asked
                        .touched
                        .keys()
                        .map(|table| (table.clone(), shown(&agreement, &sheets, table, &to)))
                        .collect();
                    let mut expected = (asked.answer)(&open);
                    let (_, mut found) = rows(&answer);
                    expected.sort();
                    found.sort();
                    assert_eq!(found, expected, "{}", context());
                    // Once more, by way of what was kept.
                    let again = place.ask(&read, &who, &asked.sql).await.unwrap();
                    let (_, mut found) = rows(&again);
                    found.sort();
                    assert_eq!(found, expected, "asked again: {}", context());
                    tally.allowed += 1;
                    tally.rows += found.len();
                    tally.empty += usize::from(found.is_empty());
                }
                (expected, found) => panic!(
                    "{expected:?} and {:?}: {}",
                    found.map(|a| a.rows),
                    context()
                ),
            }
        }
    }
    tally
}
