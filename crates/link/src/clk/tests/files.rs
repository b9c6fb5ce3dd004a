//! Files in, files out: what data owners and the linkage unit run.

use super::*;
use std::{fs, path::Path};

/// A folder that goes with its test.
struct Folder(PathBuf);

impl Folder {
    fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn folder(name: &str) -> Folder {
    let folder = std::env::temp_dir().join(format!("haven-clk-{}-{name}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    Folder(folder)
}

fn people(path: &Path, rows: &[(&str, [&str; 5])]) {
    let mut text = "record_id,given_name,family_name,dob,postcode,sex\n".to_owned();
    for (id, values) in rows {
        text.extend([id, ",", values.join(",").as_str(), "\n"]);
    }
    fs::write(path, text).unwrap();
}

fn made(input: &Path, output: &Path, options: &EncodeOptions) -> Result<EncodeRun, ClkError> {
    encode(&scheme(), &secret(), input, output, options)
}

#[test]
fn files_of_people_become_links() {
    let folder = folder("links");
    let path = |name: &str| folder.join(name);
    let mut near = PEOPLE[1];
    near[0] = "Mohamed";
    people(
        &path("a.csv"),
        &[
            ("a1", PEOPLE[0]),
            ("a2", PEOPLE[1]),
            ("a3", PEOPLE[2]),
            ("a4", ["", "", "", "", "1"]),
        ],
    );
    people(
        &path("b.csv"),
        &[
            ("b9", near),
            ("b8", PEOPLE[0]),
            ("b7", PEOPLE[4]),
            ("b6", ["", "", "", "", "1"]),
        ],
    );
    let options = EncodeOptions {
        threads: 3,
        ..EncodeOptions::default()
    };
    let run = made(&path("a.csv"), &path("a.parquet"), &options).unwrap();
    assert_eq!(
        (run.records, run.empty, run.known[0].1, run.known[4].1),
        (4, 1, 3, 4)
    );
    made(&path("b.csv"), &path("bf.csv"), &options).unwrap();
    let text = fs::read_to_string(path("bf.csv")).unwrap();
    for word in ["Mohamed", "Siddiqui", "1963", "AB1"] {
        assert!(!text.contains(word));
    }
    for threads in [1, 4] {
        let options = MatchOptions {
            threads,
            ..MatchOptions::default()
        };
        let run = match_filters(
            &path("a.parquet"),
            &path("bf.csv"),
            &path("links.csv"),
            &options,
        )
        .unwrap();
        assert_eq!((run.records, run.links, run.full), ((4, 4), 2, 0));
        let links = fs::read_to_string(path("links.csv")).unwrap();
        let rows: Vec<&str> = links.lines().collect();
        assert_eq!(rows[..2], ["left_id,right_id,similarity,next", "a1,b8,1,"]);
        assert!(rows[2].starts_with("a2,b9,0.9"), "{links}");
    }
}

#[test]
fn fields_are_weighed_apart() {
    let folder = folder("fields");
    let path = |name: &str| folder.join(name);
    let mut scheme = scheme();
    scheme.kind = Kind::Fields;
    let mut married = PEOPLE[0];
    married[1] = "Ashworth";
    married[3] = "";
    people(&path("a.csv"), &[("a1", PEOPLE[0])]);
    people(&path("b.csv"), &[("b1", married), ("b2", PEOPLE[3])]);
    for name in ["a", "b"] {
        let (input, output) = (
            path(&format!("{name}.csv")),
            path(&format!("{name}.parquet")),
        );
        encode(
            &scheme,
            &secret(),
            &input,
            &output,
            &EncodeOptions::default(),
        )
        .unwrap();
    }
    let links = |family: f64| {
        let mut fields = FieldWeights::of(&scheme);
        fields.candidates = 0.3;
        fields.weights.insert("family_name".to_owned(), family);
        let options = MatchOptions {
            fields: Some(fields),
            threshold: 0.9,
            ..MatchOptions::default()
        };
        match_filters(
            &path("a.parquet"),
            &path("b.parquet"),
            &path("links.csv"),
            &options,
        )
        .unwrap();
        fs::read_to_string(path("links.csv")).unwrap()
    };
    let light = links(0.0);
    let rows: Vec<&str> = light.lines().collect();
    let fields = ["given_name", "family_name", "dob", "postcode", "sex"]
        .map(|name| format!("{name}_similarity"));
    assert_eq!(
        rows[0],
        format!("left_id,right_id,similarity,next,{}", fields.join(","))
    );
    assert!(rows[1].starts_with("a1,b1,1,,1,0."), "{light}");
    assert!(rows[1].ends_with(",1,,1"), "{light}");
    // One of four known fields is unlike, and now it counts for as much as the others.
    assert_eq!(links(1.0).lines().count(), 1);
}

#[test]
fn the_order_of_the_output_tells_nothing_of_the_input() {
    let folder = folder("order");
    let (input, output) = (folder.join("in.csv"), folder.join("out.csv"));
    let rows: Vec<(String, [&str; 5])> = (0..300)
        .map(|at| (format!("r{at:03}"), PEOPLE[at % 6]))
        .collect();
    let borrowed: Vec<(&str, [&str; 5])> =
        rows.iter().map(|(id, row)| (id.as_str(), *row)).collect();
    people(&input, &borrowed);
    made(&input, &output, &EncodeOptions::default()).unwrap();
    let straight = fs::read(&output).unwrap();
    let turned: Vec<(&str, [&str; 5])> = borrowed.iter().rev().copied().collect();
    people(&input, &turned);
    made(
        &input,
        &output,
        &EncodeOptions {
            threads: 4,
            ..EncodeOptions::default()
        },
    )
    .unwrap();
    assert_eq!(straight, fs::read(&output).unwrap());
    let text = String::from_utf8(straight).unwrap();
    let ids: Vec<&str> = text
        .lines()
        .skip(1)
        .map(|line| line.split(',').next().unwrap())
        .collect();
    let rises = ids.windows(2).filter(|pair| pair[0] < pair[1]).count();
    assert!(
        (110..190).contains(&rises),
        "{rises} of 299 in the order of ids"
    );
}

#[test]
fn nhs_numbers_leave_as_tokens_only() {
    let folder = folder("tokens");
    let path = |name: &str| folder.join(name);
    people(
        &path("in.csv"),
        &[("9990000018", PEOPLE[0]), ("9990000026", PEOPLE[1])],
    );
    let fault = made(&path("in.csv"), &path("out.csv"), &EncodeOptions::default()).unwrap_err();
    assert!(
        fault.to_string().contains("row 1: the id is an NHS number"),
        "{fault}"
    );
    assert!(!fault.to_string().contains("999000"));
    assert!(!path("out.csv").exists());
    let options = |owner: &str| EncodeOptions {
        tokens: Some(path("tokens.csv")),
        owner: owner.to_owned(),
        ..EncodeOptions::default()
    };
    made(&path("in.csv"), &path("out.csv"), &options("housing")).unwrap();
    let (out, tokens) = (
        fs::read_to_string(path("out.csv")).unwrap(),
        fs::read_to_string(path("tokens.csv")).unwrap(),
    );
    assert!(!out.contains("999000"));
    let (token, id) = tokens.lines().nth(1).unwrap().split_once(',').unwrap();
    assert!(id.starts_with("999000") && out.contains(token));
    // Two owners' tokens of one number do not show that it is one.
    made(&path("in.csv"), &path("out.csv"), &options("police")).unwrap();
    assert!(!fs::read_to_string(path("out.csv")).unwrap().contains(token));
}

#[test]
fn files_that_cannot_be_used_are_refused_with_the_reason() {
    let folder = folder("refused");
    let path = |name: &str| folder.join(name);
    let says = |result: Result<(), ClkError>, words: &str| {
        let fault = result.unwrap_err().to_string();
        assert!(fault.contains(words), "`{fault}` for {words}");
    };
    let encoded =
        |name: &str| made(&path(name), &path("out.csv"), &EncodeOptions::default()).map(drop);
    people(&path("twice.csv"), &[("x", PEOPLE[0]), ("x", PEOPLE[1])]);
    says(encoded("twice.csv"), "stands twice");
    people(&path("blank.csv"), &[("x", PEOPLE[0]), ("", PEOPLE[1])]);
    says(encoded("blank.csv"), "row 2: the id is missing");
    fs::write(path("short.csv"), "record_id,given_name\nx,Ada\n").unwrap();
    says(encoded("short.csv"), "no column `family_name`");
    says(encoded("none.csv"), "cannot read");
    people(&path("good.csv"), &[("x", PEOPLE[0])]);
    encoded("good.csv").unwrap();
    let other = Secret::new(b"another secret, of enough bytes too").unwrap();
    encode(
        &scheme(),
        &other,
        &path("good.csv"),
        &path("other.csv"),
        &EncodeOptions::default(),
    )
    .unwrap();
    let matched = |right: &str, threshold: f64| {
        let options = MatchOptions {
            threshold,
            ..MatchOptions::default()
        };
        match_filters(&path("out.csv"), &path(right), &path("links.csv"), &options).map(drop)
    };
    says(matched("other.csv", 0.8), "another secret");
    says(matched("out.csv", f64::NAN), "the threshold");
    says(matched("good.csv", 0.8), "no column `id`");
    for (rows, words) in [
        ("id,filter\na,AAAA\n", "row 1: the filter is not Base64"),
        ("id,filter\na,%%\n", "row 1: the filter is not Base64"),
        (
            "id,filter\na,AQAAAAAAAAA=\nb,AQAAAAAAAAABAAAAAAAAAA==\n",
            "row 2: the filter is longer or shorter",
        ),
        (
            "id,filter\na,AQAAAAAAAAA=\na,AQAAAAAAAAA=\n",
            "an id stands twice",
        ),
        (
            "id,made_by,filter\na,1,AQAAAAAAAAA=\nb,2,AQAAAAAAAAA=\n",
            "row 2: the filter was made in another way",
        ),
        ("id\na\n", "no column `filter`"),
        ("id,filter\n,AQAAAAAAAAA=\n", "row 1: the id is missing"),
        ("id,filter\na,AQAAAAAAAAA=\n", "another scheme"),
    ] {
        fs::write(path("bad.csv"), rows).unwrap();
        says(matched("bad.csv", 0.8), words);
    }
    fs::write(path("empty.csv"), "id,filter\n").unwrap();
    let run = match_filters(
        &path("empty.csv"),
        &path("empty.csv"),
        &path("links.csv"),
        &MatchOptions::default(),
    )
    .unwrap();
    assert_eq!(run.links, 0);
}
