//! The sets made small and looked at from outside: the files are read back, and nothing else is trusted.

use super::{LinkageFiles, LinkageWishes, invent_linkage};
use crate::SynthError;
use model::{Content, NhsNumber};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

type Row = BTreeMap<String, String>;

/// What a client's record has that a row of the index has too.
const FIELDS: [&str; 7] = [
    "given_name",
    "other_given_name",
    "family_name",
    "sex",
    "dob",
    "postcode",
    "gp_practice",
];

struct Made {
    folder: tempfile::TempDir,
    files: LinkageFiles,
}

fn content() -> Content {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../content");
    Content::from_folder(Path::new(root)).unwrap()
}

fn make(wishes: &LinkageWishes) -> Made {
    let folder = tempfile::tempdir().unwrap();
    let files = invent_linkage(&content(), wishes, folder.path(), &mut |_, _, _| {}).unwrap();
    Made { folder, files }
}

fn wishes(clients: u64, index_people: u64, dedupe_records: u64) -> LinkageWishes {
    LinkageWishes {
        seed: 5,
        clients,
        index_people,
        dedupe_records,
        ..LinkageWishes::default()
    }
}

impl Made {
    fn bytes(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.folder.path().join(name)).unwrap()
    }

    fn rows(&self, name: &str) -> Vec<Row> {
        let bytes = self.bytes(name);
        csv::Reader::from_reader(bytes.as_slice())
            .into_deserialize()
            .collect::<Result<_, _>>()
            .unwrap()
    }

    fn by(&self, name: &str, column: &str) -> BTreeMap<String, Row> {
        let rows = self.rows(name);
        let count = rows.len();
        let by: BTreeMap<String, Row> = rows.into_iter().map(|r| (r[column].clone(), r)).collect();
        assert_eq!(by.len(), count, "`{column}` of {name} repeats");
        by
    }
}

fn share(part: usize, of: usize) -> f64 {
    f64::from(u32::try_from(part).unwrap()) / f64::from(u32::try_from(of).unwrap().max(1))
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_does_not() {
    let wish = wishes(300, 3_000, 3_000);
    let (one, other) = (make(&wish), make(&wish));
    let different = make(&LinkageWishes { seed: 6, ..wish });
    assert_eq!(one.files, other.files);
    for name in one.files.rows.keys() {
        assert_eq!(one.bytes(name), other.bytes(name), "{name}");
        assert_ne!(one.bytes(name), different.bytes(name), "{name}");
    }
    assert_eq!(one.files.rows.len(), 7);
    for (name, rows) in &one.files.rows {
        assert_eq!(one.rows(name).len() as u64, *rows, "{name}");
    }
    let left_over = std::fs::read_dir(one.folder.path()).unwrap().count();
    assert_eq!(left_over, 7);
}

#[test]
fn the_people_are_the_same_at_any_strength() {
    let wish = wishes(500, 5_000, 0);
    let hard = LinkageWishes {
        strength: 2.0,
        ..wish.clone()
    };
    let (mild, hard) = (make(&wish), make(&hard));
    let whose = |made: &Made| {
        let truths = made.rows("truth.csv").into_iter();
        truths
            .map(|t| t["nhs_number"].clone())
            .collect::<BTreeSet<_>>()
    };
    assert_eq!(whose(&mild), whose(&hard));
    assert_eq!(mild.bytes("history.csv"), hard.bytes("history.csv"));
    assert_eq!(mild.bytes("superseded.csv"), hard.bytes("superseded.csv"));
}

#[test]
fn each_clients_truth_is_in_the_index_unless_it_says_that_it_is_not() {
    let made = make(&LinkageWishes {
        with_number: 0.9,
        ..wishes(2_000, 20_000, 0)
    });
    let index = made.by("index.csv", "nhs_number");
    let replaced: BTreeMap<String, String> = made
        .rows("superseded.csv")
        .into_iter()
        .map(|r| (r["nhs_number"].clone(), r["replaced_by"].clone()))
        .collect();
    let truth = made.by("truth.csv", "record_id");
    let clients = made.by("clients.csv", "record_id");
    assert_eq!(
        (index.len(), clients.len(), truth.len()),
        (20_000, 2_000, 2_000)
    );
    let mut of_clients = BTreeSet::new();
    for (id, client) in &clients {
        let (number, cases) = (&truth[id]["nhs_number"], &truth[id]["case"]);
        let has = |case: &str| cases.split(';').any(|c| c == case);
        assert_eq!(
            number.is_empty(),
            has("not_in_index") || has("not_in_index_relative_is")
        );
        if number.is_empty() {
            continue;
        }
        assert!(index.contains_key(number), "{id}");
        assert!(of_clients.insert(number.clone()), "{id} is a second record");
        let given = &client["nhs_number"];
        let wrong = cases.split(';').any(|c| c.starts_with("number_"));
        assert_eq!(wrong, !given.is_empty() && given != number, "{id} {cases}");
        if has("number_superseded") && cases.matches("number_").count() == 1 {
            let mut at = given.clone();
            while let Some(next) = replaced.get(&at) {
                at.clone_from(next);
            }
            assert_eq!(&at, number);
        }
        if has("number_of_stranger") && cases.matches("number_").count() == 1 {
            assert!(NhsNumber::parse(given).is_ok());
        }
    }
    assert_eq!(of_clients.len(), 1_900);
    // Every chain ends in the index, and no earlier number is in it.
    for earlier in replaced.keys() {
        let mut at = earlier;
        let mut steps = 0;
        while let Some(next) = replaced.get(at) {
            at = next;
            steps += 1;
        }
        assert!(steps <= 2 && index.contains_key(at) && !index.contains_key(earlier));
    }
    let chains = replaced.values().filter(|r| replaced.contains_key(*r));
    assert!(chains.count() > 5);
    for row in made.rows("history.csv") {
        assert!(index.contains_key(&row["nhs_number"]));
        assert!(["family_name", "postcode"].contains(&row["field"].as_str()));
        assert!(!row["value"].is_empty());
    }
}

#[test]
fn a_client_who_is_absent_though_a_relative_is_not_has_one_in_the_index() {
    let made = make(&LinkageWishes {
        strength: 0.0,
        ..wishes(1_000, 10_000, 0)
    });
    let index = made.rows("index.csv");
    let at: BTreeSet<(&str, &str)> = index
        .iter()
        .map(|r| (r["family_name"].as_str(), r["postcode"].as_str()))
        .collect();
    let clients = made.by("clients.csv", "record_id");
    let mut relatives = 0;
    for row in made.rows("truth.csv") {
        if row["case"]
            .split(';')
            .any(|c| c == "not_in_index_relative_is")
        {
            let client = &clients[&row["record_id"]];
            assert!(at.contains(&(client["family_name"].as_str(), client["postcode"].as_str())));
            relatives += 1;
        }
    }
    assert_eq!(relatives, 25);
}

#[test]
fn numbers_are_valid_begin_with_nine_and_are_given_once() {
    let made = make(&wishes(100, 20_000, 0));
    let mut seen = BTreeSet::new();
    let earlier = made.rows("superseded.csv");
    for row in made.rows("index.csv").iter().chain(&earlier) {
        let number = &row["nhs_number"];
        assert!(number.starts_with('9') && NhsNumber::parse(number).is_ok());
        assert!(seen.insert(number.clone()));
    }
}

#[test]
fn strength_zero_makes_no_errors() {
    let wish = LinkageWishes {
        strength: 0.0,
        with_number: 1.0,
        ..wishes(1_000, 10_000, 5_000)
    };
    let made = make(&wish);
    let index = made.by("index.csv", "nhs_number");
    let truth = made.by("truth.csv", "record_id");
    for client in made.rows("clients.csv") {
        let number = &truth[&client["record_id"]]["nhs_number"];
        if let Some(person) = index.get(number) {
            let same = FIELDS.iter().all(|f| client[*f] == person[*f]);
            assert!(same && client["nhs_number"] == *number);
        }
    }
    let truth = made.by("people_truth.csv", "record_id");
    let mut of: BTreeMap<&str, Row> = BTreeMap::new();
    for mut record in made.rows("people.csv") {
        let id = record.remove("record_id").unwrap();
        let first = of
            .entry(&truth[&id]["person"])
            .or_insert_with(|| record.clone());
        assert_eq!(first, &record);
    }
}

#[test]
fn every_hard_case_occurs() {
    let made = make(&LinkageWishes {
        with_number: 0.9,
        strength: 2.0,
        ..wishes(30_000, 60_000, 20_000)
    });
    // The cases of content, and those that lie in the people.
    let content = content();
    let text = content.text("place/linkage.toml").unwrap();
    let file: toml::Table = toml::from_str(text).unwrap();
    let planted = file["case"].as_array().unwrap().iter();
    let mut expected: Vec<&str> = planted.map(|c| c["code"].as_str().unwrap()).collect();
    expected.extend([
        "twin_of_one_sex",
        "twin_of_two_sexes",
        "namesake_at_address",
        "namesake_of_another_generation",
        "moved_with_household",
        "woman_with_other_family_name",
        "women_with_several_family_names",
        "born_first_of_january",
        "care_home",
        "has_superseded_number",
        "has_superseded_chain",
        "not_in_index",
        "not_in_index_relative_is",
    ]);
    for case in expected {
        let count = made.files.client_cases.get(case).copied().unwrap_or(0);
        assert!(count > 0, "`{case}` does not occur");
    }
    // A care home's postcode holds many people.
    let born = |row: &Row| row["dob"].get(..4).and_then(|y| y.parse::<u32>().ok());
    let mut old: BTreeMap<String, u32> = BTreeMap::new();
    for row in made.rows("index.csv") {
        if born(&row).is_some_and(|year| year < 1951) && !row["postcode"].is_empty() {
            *old.entry(row["postcode"].clone()).or_default() += 1;
        }
    }
    assert!(old.values().any(|count| (38..=80).contains(count)));
}

#[test]
fn rates_are_near_what_content_and_the_reference_state() {
    let made = make(&wishes(40_000, 100_000, 0));
    let index = made.by("index.csv", "nhs_number");
    let truth = made.by("truth.csv", "record_id");
    let (mut present, mut same, mut elsewhere, mut british) = (0, 0, 0, 0);
    let mut differs: BTreeMap<&str, usize> = BTreeMap::new();
    for client in made.rows("clients.csv") {
        let truth = &truth[&client["record_id"]];
        let Some(person) = index.get(&truth["nhs_number"]) else {
            continue;
        };
        present += 1;
        british += usize::from(truth["group"] == "white_british");
        elsewhere += usize::from(truth["case"].contains("postcode_elsewhere"));
        let unlike = FIELDS.iter().filter(|f| {
            let (a, b) = (&client[**f], &person[**f]);
            let unknown = |v: &str| v.is_empty() || (**f == "sex" && ["0", "9"].contains(&v));
            !unknown(a) && !unknown(b) && a != b
        });
        let unlike: Vec<&&str> = unlike.collect();
        same += usize::from(unlike.is_empty());
        for field in unlike {
            *differs.entry(field).or_default() += 1;
        }
    }
    let near = |what: &str, is: f64, low: f64, high: f64| {
        assert!((low..high).contains(&is), "{what}: {is}");
    };
    near("identical", share(same, present), 0.58, 0.70);
    near(
        "moved unknown to the index",
        share(elsewhere, present),
        0.024,
        0.042,
    );
    near("white british", share(british, present), 0.65, 0.82);
    for (field, low, high) in [
        ("given_name", 0.06, 0.12),
        ("family_name", 0.045, 0.09),
        ("dob", 0.015, 0.035),
        ("postcode", 0.09, 0.16),
        ("sex", 0.001, 0.006),
    ] {
        near(field, share(differs[field], present), low, high);
    }
    // A rate that fits every record, twice as high at twice the strength.
    let case = |made: &Made, case: &str| {
        let count = usize::try_from(made.files.client_cases[case]).unwrap();
        share(count, 40_000)
    };
    near("no date", case(&made, "birth_date_missing"), 0.004, 0.0065);
    let hard = make(&LinkageWishes {
        strength: 2.0,
        ..wishes(40_000, 100_000, 0)
    });
    near(
        "no date, hard",
        case(&hard, "birth_date_missing"),
        0.0085,
        0.0125,
    );
}

#[test]
fn a_third_of_the_people_have_several_records_and_households_are_whole() {
    let made = make(&wishes(0, 0, 30_000));
    assert_eq!(made.files.rows.len(), 2);
    let mut records: BTreeMap<String, usize> = BTreeMap::new();
    for row in made.rows("people_truth.csv") {
        *records.entry(row["person"].clone()).or_default() += 1;
    }
    let several = records.values().filter(|count| **count > 1).count();
    let share = share(several, records.len());
    assert!((0.30..0.36).contains(&share), "{share}");
    assert_eq!(records.values().max(), Some(&4));
    assert_eq!(records.values().sum::<usize>(), 30_000);
}

#[test]
fn wishes_that_cannot_be_met_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    for wish in [
        wishes(10, 5, 0),
        wishes(10, 90_000_000, 0),
        LinkageWishes {
            strength: -1.0,
            ..wishes(1, 10, 0)
        },
        LinkageWishes {
            strength: f64::NAN,
            ..wishes(1, 10, 0)
        },
        LinkageWishes {
            with_number: 2.0,
            ..wishes(1, 10, 0)
        },
        LinkageWishes {
            not_in_index: 0.9,
            ..wishes(1, 10, 0)
        },
    ] {
        let made = invent_linkage(&content(), &wish, folder.path(), &mut |_, _, _| {});
        assert!(matches!(made, Err(SynthError::Wish(_))));
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn tiny_sets_are_made_too() {
    for (clients, people, records) in [(1, 1, 1), (3, 3, 2), (40, 40, 5)] {
        let made = make(&wishes(clients, people, records));
        assert_eq!(made.files.rows["clients.csv"], clients);
        assert_eq!(made.files.rows["index.csv"], people);
        assert_eq!(made.files.rows["people.csv"], records);
    }
}

#[test]
fn names_are_as_skewed_as_englands() {
    // Smith is borne by 1.1 to 1.3 per cent of people in Great Britain; the lists are ours, so the bounds are wide.
    let made = make(&wishes(1, 100_000, 0));
    let mut names: BTreeMap<String, usize> = BTreeMap::new();
    for row in made.rows("index.csv") {
        *names.entry(row["family_name"].clone()).or_default() += 1;
    }
    let smith = share(names["Smith"], 100_000);
    assert!((0.006..0.015).contains(&smith), "{smith}");
    let rare = names.values().filter(|count| **count <= 2).count();
    assert!(names.len() > 8_000, "{}", names.len());
    let rare = share(rare, names.len());
    assert!(rare > 0.4, "{rare}");
    for name in ["Khan", "Begum", "Patel", "Singh", "Kaur"] {
        assert!(share(names[name], 100_000) > 0.001, "{name}");
    }
}

#[test]
fn ages_groups_and_postcodes_are_spread_like_englands() {
    // ONS, England mid-2023: under 16 about 18.5 per cent, 65 and over 18.7; about 41 people to a postcode with
    // households, about 8,000 to 10,000 patients to a practice. Shares of groups: content.
    let made = make(&LinkageWishes {
        strength: 0.0,
        not_in_index: 0.0,
        ..wishes(50_000, 200_000, 0)
    });
    let index = made.rows("index.csv");
    let born = |low: &str, high: &str| {
        let between = |r: &&Row| (low..high).contains(&r["dob"].get(..7).unwrap());
        share(index.iter().filter(between).count(), index.len())
    };
    let (young, old) = (born("2010-07", "2030-01"), born("1900-01", "1961-07"));
    assert!((0.15..0.22).contains(&young), "{young}");
    assert!((0.16..0.22).contains(&old), "{old}");
    let distinct = |column: &str| {
        index
            .iter()
            .map(|r| &r[column])
            .collect::<BTreeSet<_>>()
            .len()
    };
    let (by_postcode, by_practice) = (
        index.len() / distinct("postcode"),
        index.len() / distinct("gp_practice"),
    );
    assert!((36..46).contains(&by_postcode), "{by_postcode}");
    assert!((5_000..11_000).contains(&by_practice), "{by_practice}");
    let truths = made.rows("truth.csv");
    let of = |group: &str| {
        share(
            truths.iter().filter(|t| t["group"] == group).count(),
            truths.len(),
        )
    };
    for (group, low, high) in [
        ("white_british", 0.66, 0.79),
        ("other_white", 0.04, 0.09),
        ("indian", 0.018, 0.055),
        ("pakistani", 0.015, 0.05),
        ("african", 0.012, 0.05),
    ] {
        let is = of(group);
        assert!((low..high).contains(&is), "{group}: {is}");
    }
}
