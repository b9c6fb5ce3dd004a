//! A workspace with the tables of a linkage run, made by hand, and the people who review it.

use crate::{
    site::{Browser, Site, serve, sign_in},
    workspace::Workspace,
};
use model::{Date, Identifiable, Zone};
use std::{io::Write as _, sync::Arc};
use store::{
    Store, WritePoints, ZoneKey,
    arrow::{
        array::{ArrayRef, Date32Array, Float64Array, Int64Array, RecordBatch, StringArray},
        datatypes::{Field, Schema},
    },
};

/// What each pair of [`PAIRS`] is called.
pub(super) fn token(number: usize) -> String {
    format!("k1-{number:032x}")
}

/// The pairs: number, weight of the pair and among all, probability, outcome; then the level of each comparison.
const PAIRS: &str = "
    1 | 10.0 |  9.0 | 0.95   | link  | missing | equal      | equal    | equal     | equal | equal
    2 |  6.0 |  0.0 | 0.5    | close | missing | nickname   | equal    | equal     | equal | same district
    3 | -1.0 | -1.2 | 0.3    | weak  | else    | equal      | one edit | one digit | equal | else
    4 | 12.0 | 11.0 | 0.99   | link  | else    | equal      | equal    | equal     | equal | equal
    5 |  9.0 |  8.0 | 0.98   | veto  | missing | else       | equal    | equal     | equal | equal
    6 | 20.0 | 20.0 | 0.9999 | link  | equal   | equal      | equal    | equal     | equal | equal
    7 | -8.0 | -8.0 | 0.005  | weak  | missing | else       | equal    | else      | equal | else
    8 |  7.0 |  6.0 | 0.97   | veto  | missing | else       | equal    | equal     | equal | equal
";

/// The records: pair, how many were sent with its details, how many of these are linked to its person, and how many to
/// another one.
const RECORDS: &str = "
    1 | 1 | 1 | 0
    2 | 4 | 0 | 0
    3 | 1 | 1 | 0
    4 | 2 | 0 | 2
    5 | 1 | 0 | 0
    6 | 3 | 3 | 0
    7 | 1 | 0 | 0
    8 | 1 | 1 | 0
";

/// The pairs that wait, worked out by hand: an answer on 2 is worth 4 * .5 = 2 records, on 4 2 * .99, on 8 (a veto,
/// yet linked) 1, on 3 (linked) .7, on 1 .05. On 6 it is worth .0003 and on 7 .005, and 5 is under a veto.
pub(super) const WAITING: [usize; 5] = [2, 4, 8, 3, 1];

/// Texts that stand in the tables and point at people.
pub(super) const VALUES: [&str; 6] = [
    "Quenby",
    "Larkspurre",
    "Wrenfield",
    "999 000 0",
    "9990000",
    "ZZ9 ",
];

/// The site of the workspace, with a share of pairs that two people judge.
pub(super) fn place(second_percent: &str) -> Site {
    let workspace = Workspace::new();
    let key = workspace.home().join("keys/identified.key");
    std::fs::create_dir_all(key.parent().unwrap()).unwrap();
    std::fs::write(&key, &*ZoneKey::generate().unwrap().to_file_text()).unwrap();
    fill(&workspace);
    for (username, role) in [
        ("ora", "operator"),
        ("vera", "operator"),
        ("ana", "analyst"),
    ] {
        add_account(&workspace, username, role);
    }
    serve(
        workspace,
        &[("HAVEN_REVIEW__SECOND_PERCENT", second_percent)],
    )
}

/// Makes one operator.
pub(super) fn add_operator(workspace: &Workspace) {
    add_account(workspace, "ora", "operator");
}

fn add_account(workspace: &Workspace, username: &str, role: &str) {
    let arguments = ["account", "add", username, "--name", username];
    let place = ["--organisation", "EST-HAVEN", "--role", role];
    let facts = ["--invented", "--trained-until", "2027-10-30"];
    let mut child = workspace
        .command(&[&arguments[..], &place[..], &facts[..]].concat())
        .stdin(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(PASSWORD.as_bytes())
        .unwrap();
    let ended = child.wait_with_output().unwrap();
    assert!(ended.status.success(), "{ended:?}");
}

const PASSWORD: &str = "an invented password";

/// Somebody who has signed in there.
pub(super) fn signed_in(site: &Site, username: &str) -> Browser {
    sign_in(&site.address, username, PASSWORD)
}

/// A column of a table.
enum Column {
    Text(Vec<Option<String>>),
    Whole(Vec<i64>),
    Figure(Vec<f64>),
    Day(Vec<Date>),
}

fn batch(columns: Vec<(&str, Column)>) -> RecordBatch {
    let arrays: Vec<(&str, ArrayRef)> = columns
        .into_iter()
        .map(|(name, column)| -> (&str, ArrayRef) {
            let array: ArrayRef = match column {
                Column::Text(all) => Arc::new(StringArray::from(all)),
                Column::Whole(all) => Arc::new(Int64Array::from(all)),
                Column::Figure(all) => Arc::new(Float64Array::from(all)),
                Column::Day(all) => {
                    let days = all.iter().map(Date::to_epoch_days);
                    Arc::new(Date32Array::from_iter_values(days))
                }
            };
            (name, array)
        })
        .collect();
    let fields: Vec<Field> = arrays
        .iter()
        .map(|(name, array)| Field::new(*name, array.data_type().clone(), true))
        .collect();
    let columns = arrays.into_iter().map(|(_, array)| array).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap()
}

fn rows(table: &str) -> Vec<Vec<&str>> {
    let lines = table.lines().map(str::trim).filter(|line| !line.is_empty());
    lines
        .map(|line| line.split('|').map(str::trim).collect())
        .collect()
}

fn text(all: impl IntoIterator<Item = String>) -> Column {
    Column::Text(all.into_iter().map(Some).collect())
}

/// Writes the tables as a run leaves them.
fn fill(workspace: &Workspace) {
    let key = crate::workspace::key_text(&workspace.home(), "keys/identified.key");
    let key = ZoneKey::parse(&key, Identifiable::NAME).unwrap();
    let folder = workspace.home().join("identified");
    let store = Store::<Identifiable>::open(&folder, "own", key, Arc::new(WritePoints::default()));
    let store = store.unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    for (name, batch) in tables() {
        runtime.block_on(async {
            let mut writer = store.writer(name, &batch.schema()).unwrap();
            writer.write(&batch).await.unwrap();
            writer.replace("by hand").await.unwrap();
        });
    }
}

fn subject(number: usize) -> String {
    format!("k1-5{number:031x}")
}

/// The person of a pair: a number of the range that nobody holds.
fn person(number: usize) -> String {
    format!("9990000{number:03}")
}

fn tables() -> Vec<(&'static str, RecordBatch)> {
    let pairs = rows(PAIRS);
    let number = |row: &Vec<&str>| row[0].parse::<usize>().unwrap();
    let cell = |at: usize| text(pairs.iter().map(|row| row[at].to_owned()));
    let figure =
        |at: usize| Column::Figure(pairs.iter().map(|row| row[at].parse().unwrap()).collect());
    let each = |of: fn(usize) -> String| text(pairs.iter().map(|row| of(number(row))));
    let mut weighed = vec![
        ("pair", each(token)),
        ("subject", each(subject)),
        ("person_number", each(person)),
        ("pair_weight", figure(1)),
        ("match_weight", figure(2)),
        ("probability", figure(3)),
        ("margin", figure(1)),
        ("outcome", cell(4)),
        (
            "model",
            text(pairs.iter().map(|_| "nhs-trace 3f2a9c01".to_owned())),
        ),
    ];
    for (at, level) in [
        "nhs_number_level",
        "given_name_level",
        "family_name_level",
        "dob_level",
        "sex_level",
        "postcode_level",
    ]
    .into_iter()
    .enumerate()
    {
        weighed.push((level, cell(5 + at)));
    }
    let born = |day: u32| Date::from_ymd_opt(1984, 3, day).unwrap();
    let all = |text: &str| Column::Text(vec![Some(text.to_owned()); pairs.len()]);
    let subjects = vec![
        ("subject", each(subject)),
        ("nhs_number", Column::Text(vec![None; pairs.len()])),
        ("given_name", all("Quenby Jo")),
        ("family_name", all("Larkspurre")),
        ("sex", all("2")),
        (
            "date_of_birth",
            Column::Day(pairs.iter().map(|_| born(7)).collect()),
        ),
        ("postcode", all("ZZ9 1AA")),
        (
            "records",
            Column::Whole(
                rows(RECORDS)
                    .iter()
                    .map(|row| row[1].parse().unwrap())
                    .collect(),
            ),
        ),
    ];
    // Two forms of each person: a former family name and address.
    let twice = || pairs.iter().flat_map(|row| [number(row); 2]);
    let in_turn = |one: &str, other: &str| {
        text(
            pairs
                .iter()
                .flat_map(|_| [one.to_owned(), other.to_owned()]),
        )
    };
    let index = vec![
        ("nhs_number", text(twice().map(person))),
        ("given_sent", in_turn("Quenby", "Quenby")),
        ("family_sent", in_turn("Wrenfield", "Larkspurre")),
        ("sex", in_turn("2", "2")),
        (
            "date_of_birth",
            Column::Day(twice().map(|_| born(8)).collect()),
        ),
        ("postcode", in_turn("ZZ9 4BB", "ZZ9 1AA")),
    ];
    vec![
        ("link_pair", batch(weighed)),
        ("link_subject", batch(subjects)),
        ("link_index", batch(index)),
        ("link_choice", choices()),
    ]
}

/// The person chosen for each record that has one.
fn choices() -> RecordBatch {
    let mut records: Vec<(String, usize, Option<String>)> = Vec::new();
    for row in rows(RECORDS) {
        let [pair, sent, linked, elsewhere]: [usize; 4] =
            std::array::from_fn(|at| row[at].parse().unwrap());
        for record in 0..sent {
            let chosen = if record < linked {
                Some(person(pair))
            } else if record < linked + elsewhere {
                Some(person(900 + pair))
            } else {
                None
            };
            records.push((format!("{pair}-{record}"), pair, chosen));
        }
    }
    let source = |count: usize| Column::Text(vec![Some("cld_event".to_owned()); count]);
    let chosen: Vec<_> = records.iter().filter(|(_, _, c)| c.is_some()).collect();
    batch(vec![
        ("source", source(chosen.len())),
        (
            "source_key",
            text(chosen.iter().map(|(key, ..)| key.clone())),
        ),
        (
            "subject",
            text(chosen.iter().map(|(_, pair, _)| subject(*pair))),
        ),
        (
            "person_number",
            Column::Text(chosen.iter().map(|(_, _, c)| c.clone()).collect()),
        ),
    ])
}
