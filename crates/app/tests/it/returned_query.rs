//! The query of what is returned to a sender, beside a slow and obvious second version, on generated tables.

use crate::{
    demo::{cells, engine_with, wait},
    examples::content,
};
use link::{About, LinkageModel, Returning, Tables};
use model::{Function, Identifiable, SubmissionId};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
    sync::Arc,
};
use store::{Store, WritePoints, ZoneKey};
use tempfile::TempDir;

const SUBMISSION: &str = "0123456789abcdef0123";
/// Of the range that nobody has, and one that fails its check.
const NUMBERS: [&str; 6] = [
    "9990000018",
    "9990000026",
    "9990000034",
    "9990000042",
    "9990000050",
    "9990000069",
];
const GIVEN: [&str; 5] = ["Ada", "ADA May", "Bea", "UNKNOWN", ""];
const FAMILY: [&str; 4] = ["Thornby", "thornby", "O'Brien", ""];
const BORN: [&str; 3] = ["1941-03-14", "1941-03-15", ""];
const DIED: [&str; 4] = ["", "", "2025-05-19", "2025-05-20"];
const PRACTICES: [&str; 5] = ["Y99901", "y99901", "Y99902", "V81999", ""];
const MARKS: [&str; 6] = ["", "N", "S", "u", "", "N"];
const STATES: [&str; 4] = ["", "active", "", "cancelled"];
const PASSES: [&str; 5] = [
    "number_and_birth_date",
    "names_birth_date_and_sex",
    "weighed",
    "clerical",
    "of_tomorrow",
];
const WEIGHTS: [&str; 5] = ["", "3.5", "40", "-2000", "2000"];
const OUTCOMES: [&str; 4] = ["link", "close", "weak", "veto"];

/// Numbers that look random and are the same on every run (`SplitMix64`).
struct Draw(u64);

impl Draw {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        usize::try_from(mixed % u64::try_from(end).unwrap()).unwrap()
    }

    fn one(&mut self, of: &[&'static str]) -> &'static str {
        of[self.below(of.len())]
    }
}

type Row = BTreeMap<&'static str, String>;

fn row(cells: &[(&'static str, &str)]) -> Row {
    cells.iter().map(|(n, c)| (*n, (*c).to_owned())).collect()
}

/// The tables that the query reads.
struct Case {
    events: Vec<Row>,
    index: Vec<Row>,
    choices: Vec<Row>,
    pairs: Vec<Row>,
}

impl Case {
    fn draw(seed: u64) -> Self {
        let mut draw = Draw(seed);
        let mut case = Self {
            events: vec![],
            index: vec![],
            choices: vec![],
            pairs: vec![],
        };
        for number in &NUMBERS[..5] {
            for nth in 0..=draw.below(2) {
                case.index.push(row(&[
                    ("nhs_number", number),
                    ("given_name", draw.one(&GIVEN[..3])),
                    ("family_name", draw.one(&FAMILY[..3])),
                    ("date_of_birth", draw.one(&BORN[..2])),
                    ("date_of_death", draw.one(&DIED)),
                    ("gp_practice_code", draw.one(&PRACTICES)),
                    ("confidentiality", draw.one(&MARKS)),
                    ("status", draw.one(&STATES)),
                    ("received_at", &format!("2026-01-0{}T09:00:00", nth + 1)),
                    ("submission_id", &format!("i{nth}")),
                    ("row_number", "2"),
                ]));
            }
        }
        for n in 0..40 {
            let record = format!("R{n}");
            for _ in 0..=draw.below(3) {
                let at = (case.events.len() + 2).to_string();
                let ours = draw.below(8) > 0;
                case.events.push(row(&[
                    ("sender", "503"),
                    ("submission_id", if ours { SUBMISSION } else { "another" }),
                    ("row_number", &at),
                    ("la_person_unique_identifier", &record),
                    (
                        "nhs_number",
                        draw.one(&[NUMBERS[0], NUMBERS[1], "999 000 0018", "9990000019", ""]),
                    ),
                    ("first_name", draw.one(&GIVEN)),
                    ("last_name", draw.one(&FAMILY)),
                    ("date_of_birth", draw.one(&BORN)),
                    ("date_of_death", draw.one(&DIED)),
                    ("gp_practice_code", draw.one(&PRACTICES)),
                ]));
            }
            let key = format!("503|{record}");
            let subject = format!("s{}", draw.below(30));
            if draw.below(8) > 0 {
                let several = draw.below(6) == 0;
                case.choices.push(row(&[
                    ("source", "cld_event"),
                    ("source_key", &key),
                    ("people", if several { "2" } else { "1" }),
                    (
                        "person_number",
                        if several { "" } else { draw.one(&NUMBERS) },
                    ),
                    ("subject", &subject),
                    ("pass", draw.one(&PASSES)),
                    ("match_weight", draw.one(&WEIGHTS)),
                ]));
                // The same key of another source is another record.
                case.choices.push(row(&[
                    ("source", "death"),
                    ("source_key", &key),
                    ("people", "1"),
                    ("person_number", draw.one(&NUMBERS)),
                    ("subject", &subject),
                    ("pass", "number_and_birth_date"),
                    ("match_weight", ""),
                ]));
            }
        }
        for n in 0..30 {
            if draw.below(2) == 0 {
                case.pairs.push(row(&[
                    ("subject", &format!("s{n}")),
                    ("person_number", draw.one(&NUMBERS)),
                    ("outcome", draw.one(&OUTCOMES)),
                ]));
            }
        }
        case
    }
}

/// A line of the query as text: about, row, rows, reference, yours, found, pass, confidence, token, offered, named.
type Line = Vec<String>;

fn confidence(settings: &Returning, choice: &Row, weights: bool) -> f64 {
    let known = settings.passes.iter().find(|p| p.name == choice["pass"]);
    match known.and_then(|p| p.confidence) {
        Some(stated) => stated,
        None if weights && !choice["match_weight"].is_empty() => {
            let bits: f64 = choice["match_weight"].parse().unwrap();
            1.0 / (1.0 + 2f64.powf(-bits))
        }
        None => 0.0,
    }
}

/// The second version: record by record, in loops.
fn slowly(
    case: &Case,
    settings: &Returning,
    model: &LinkageModel,
    weights: bool,
    pairs: bool,
) -> BTreeSet<Line> {
    let mut lines = BTreeSet::new();
    let mut records: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
    for event in case
        .events
        .iter()
        .filter(|e| e["submission_id"] == SUBMISSION)
    {
        records
            .entry(&event["la_person_unique_identifier"])
            .or_default()
            .push(event);
    }
    for (reference, rows) in records {
        let key = format!("503|{reference}");
        let choice = case
            .choices
            .iter()
            .find(|c| c["source"] == "cld_event" && c["source_key"] == key && c["people"] == "1");
        let Some(choice) = choice else { continue };
        let number = &choice["person_number"];
        let forms: Vec<&Row> = case
            .index
            .iter()
            .filter(|i| i["nhs_number"] == *number)
            .collect();
        let Some(person) = forms.iter().max_by_key(|i| &i["received_at"]) else {
            continue;
        };
        let mark = forms
            .iter()
            .filter(|i| !i["confidentiality"].is_empty())
            .max_by_key(|i| &i["received_at"])
            .map_or(String::new(), |i| i["confidentiality"].to_uppercase());
        let sensitive = !["", "N", "U"].contains(&mark.as_str()) || person["status"] == "cancelled";
        let sure = confidence(settings, choice, weights);
        let doubtful = pairs
            && choice["pass"] != "clerical"
            && case
                .pairs
                .iter()
                .filter(|p| p["subject"] == choice["subject"])
                .any(|p| {
                    p["outcome"] == "close"
                        || (p["outcome"] == "link" && p["person_number"] != *number)
                });
        for about in About::ALL {
            let differing: Vec<(&Row, String, String)> = rows
                .iter()
                .filter_map(|r| differs(about, r, person, model).map(|(y, f)| (*r, y, f)))
                .collect();
            let blank = |(sent, yours, _): &&(&Row, String, String)| match about {
                About::Number => link::nhs_number_key(&sent["nhs_number"]).is_none(),
                _ => yours.is_empty(),
            };
            let Some((sent, yours, found)) =
                differing.iter().find(|d| !blank(d)).or(differing.first())
            else {
                continue;
            };
            let offered = !sensitive && !doubtful && sure >= settings.floor[&about];
            let told = |text: String| if offered { text } else { String::new() };
            lines.insert(vec![
                about.word().to_owned(),
                sent["row_number"].clone(),
                differing.len().to_string(),
                told(reference.to_owned()),
                told(yours.clone()),
                told(found.clone()),
                choice["pass"].clone(),
                format!("{:.0}", sure * 1e6),
                told(format!(
                    "returned|503|cld_event|{key}|{}|{found}",
                    about.word()
                )),
                u8::from(offered).to_string(),
                told(format!(
                    "{} {} {} {}",
                    sent["first_name"],
                    sent["last_name"],
                    person["given_name"],
                    person["family_name"]
                )),
            ]);
        }
    }
    lines
}

/// What the sender has and what was found, where they differ.
fn differs(
    about: About,
    sent: &Row,
    person: &Row,
    model: &LinkageModel,
) -> Option<(String, String)> {
    let (yours, found) = match about {
        About::Number => (sent["nhs_number"].clone(), person["nhs_number"].clone()),
        About::Name => (
            format!("{} {}", sent["first_name"], sent["last_name"]),
            format!("{} {}", person["given_name"], person["family_name"]),
        ),
        About::BirthDate => (
            sent["date_of_birth"].clone(),
            person["date_of_birth"].clone(),
        ),
        About::Practice => (
            sent["gp_practice_code"].to_uppercase(),
            person["gp_practice_code"].to_uppercase(),
        ),
        About::Death => (
            sent["date_of_death"].clone(),
            person["date_of_death"].clone(),
        ),
    };
    let differ = match about {
        About::Number => link::nhs_number_key(&yours).as_ref() != Some(&found),
        About::Name => {
            let said = |name: &str| {
                link::name_key(name).is_some_and(|key| !model.not_names.contains(&key))
            };
            said(&sent["first_name"])
                && said(&sent["last_name"])
                && (link::first_name_key(&sent["first_name"])
                    != link::first_name_key(&person["given_name"])
                    || link::name_key(&sent["last_name"]) != link::name_key(&person["family_name"]))
        }
        About::BirthDate => !yours.is_empty() && yours != found,
        About::Practice => !found.is_empty() && found != "V81999" && yours != found,
        About::Death => !found.is_empty() && yours != found,
    };
    differ.then_some((yours, found))
}

fn put(store: &Store<Identifiable>, table: &str, header: &[&str], rows: &[Row]) {
    let mut text = header.join(",");
    for row in rows {
        text.push('\n');
        let cells = header
            .iter()
            .map(|h| row[h.split(':').next().unwrap()].as_str());
        write!(text, "{}", cells.collect::<Vec<_>>().join(",")).unwrap();
    }
    let batch = analyse::example::batch(&text).unwrap();
    wait(async {
        let mut writer = store.writer(table, &batch.schema()).unwrap();
        writer.write(&batch).await.unwrap();
        writer.replace("generated").await.unwrap();
    });
}

fn by_the_engine(
    case: &Case,
    settings: &Returning,
    model: &LinkageModel,
    weights: bool,
    pairs: bool,
) -> (BTreeSet<Line>, Vec<String>) {
    let folder = TempDir::new().unwrap();
    let points = Arc::new(WritePoints::default());
    let key = ZoneKey::generate().unwrap();
    let store =
        Store::<Identifiable>::open(&folder.path().join("store"), "own", key, points).unwrap();
    put(
        &store,
        "cld_event",
        &[
            "sender:text",
            "submission_id:text",
            "row_number:integer",
            "la_person_unique_identifier:text",
            "nhs_number:text",
            "first_name:text",
            "last_name:text",
            "date_of_birth:date",
            "date_of_death:date",
            "gp_practice_code:text",
        ],
        &case.events,
    );
    put(
        &store,
        "demographic_index",
        &[
            "nhs_number:text",
            "given_name:text",
            "family_name:text",
            "date_of_birth:date",
            "date_of_death:date",
            "gp_practice_code:text",
            "confidentiality:text",
            "status:text",
            "received_at:moment",
            "submission_id:text",
            "row_number:integer",
        ],
        &case.index,
    );
    let mut choice = vec![
        "source:text",
        "source_key:text",
        "people:integer",
        "subject:text",
        "person_number:text",
        "pass:text",
    ];
    if weights {
        choice.push("match_weight:number");
    }
    put(&store, link::CHOICES, &choice, &case.choices);
    put(
        &store,
        "link_pair",
        &["subject:text", "person_number:text", "outcome:text"],
        &case.pairs,
    );
    let mut functions = link::functions();
    // Nothing is hidden here, so that what a token is made of can be seen.
    functions.push(Function::text("record_token", |text| Some(text.to_owned())));
    let engine = engine_with(&folder.path().join("spill"), functions);
    let tables = Tables {
        model,
        source: model
            .sources
            .iter()
            .find(|s| s.name() == "cld_event")
            .unwrap(),
        weights,
        pairs,
    };
    let id = SubmissionId::from_digest(SUBMISSION);
    let look =
        |query| cells(&wait(engine.look(&[&store], &Returning::reads(&tables), &query)).unwrap());
    let lines = look(settings.findings(&tables, &id, 1_000))
        .into_iter()
        .map(|mut line| {
            line[7] = format!("{:.0}", line[7].parse::<f64>().unwrap() * 1e6);
            line
        })
        .collect();
    let counted = look(Returning::records(&tables, &id)).remove(0);
    (lines, counted)
}

#[test]
fn the_query_and_a_slow_second_version_return_the_same() {
    let content = content();
    let model = LinkageModel::read(&content, "deterministic").unwrap();
    let settings = Returning::read(&content).unwrap();
    let (mut told, mut held) = (0, 0);
    for seed in 1..=3 {
        let case = Case::draw(seed);
        for (weights, pairs) in [(false, false), (true, false), (true, true)] {
            let expected = slowly(&case, &settings, &model, weights, pairs);
            let (got, counted) = by_the_engine(&case, &settings, &model, weights, pairs);
            assert_eq!(
                got, expected,
                "seed {seed}, weights {weights}, pairs {pairs}"
            );
            told += got.iter().filter(|l| l[9] == "1").count();
            held += got.iter().filter(|l| l[9] == "0").count();
            let sent: BTreeSet<String> = case
                .events
                .iter()
                .filter(|e| e["submission_id"] == SUBMISSION)
                .map(|e| format!("503|{}", e["la_person_unique_identifier"]))
                .collect();
            let people = |key: &String| {
                let same = |c: &&Row| c["source"] == "cld_event" && c["source_key"] == *key;
                case.choices.iter().find(same).map(|c| c["people"].clone())
            };
            let nobody = sent.iter().filter(|key| people(key).is_none()).count();
            let several = sent
                .iter()
                .filter(|key| people(key).as_deref() == Some("2"))
                .count();
            assert_eq!(
                counted,
                [sent.len(), nobody, several].map(|n| n.to_string())
            );
        }
    }
    assert!(
        told > 30 && held > 100,
        "{told} told, {held} held back: the cases say too little"
    );
}

#[test]
fn a_table_takes_a_column_that_its_dataset_has_got_since() {
    let folder = TempDir::new().unwrap();
    let points = Arc::new(WritePoints::default());
    let key = ZoneKey::generate().unwrap();
    let store =
        Store::<Identifiable>::open(&folder.path().join("store"), "own", key, points).unwrap();
    for (name, text) in [
        ("one", "number:text\n1\n2"),
        ("two", "number:text,mark:text\n3,S"),
        // A file of the earlier form again.
        ("three", "number:text\n4"),
    ] {
        let batch = analyse::example::batch(text).unwrap();
        wait(async {
            let mut writer = store.writer("people", &batch.schema()).unwrap();
            writer.write(&batch).await.unwrap();
            writer.append(name, "").await.unwrap();
        });
    }
    let engine = engine_with(&folder.path().join("spill"), Vec::new());
    let query = model::Sql::fixed("select number, mark from people order by number");
    let rows = cells(&wait(engine.look(&[&store], &["people"], &query)).unwrap());
    let rows: Vec<String> = rows.into_iter().map(|row| row.join("|")).collect();
    assert_eq!(rows, ["1|", "2|", "3|S", "4|"]);
}
