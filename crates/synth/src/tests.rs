//! The whole place, invented small and looked at from outside.

mod checker;

use crate::{FaultRates, Place, SynthError, Wishes, invent};
use checker::{Sheet, check};
use model::{Content, Dataset, Date, NhsNumber};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

/// A place in folders that vanish with it.
struct Made {
    place: Place,
    out: tempfile::TempDir,
    truth: tempfile::TempDir,
}

fn content() -> Content {
    Content::from_folder(Path::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../content"
    )))
    .unwrap()
}

fn make(wishes: &Wishes) -> Made {
    let (out, truth) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let place = invent(
        &content(),
        wishes,
        out.path(),
        truth.path(),
        &mut |_, _, _| {},
    )
    .unwrap();
    Made { place, out, truth }
}

fn wishes(people: u32, faults: FaultRates) -> Wishes {
    Wishes {
        seed: 7,
        people,
        faults,
        ..Wishes::default()
    }
}

/// Many faults, so that a small place has most kinds.
fn many() -> FaultRates {
    FaultRates {
        scale: 10.0,
        ..FaultRates::stated()
    }
}

impl Made {
    fn sheet(&self, path: &str) -> Sheet {
        Sheet::read(&self.out.path().join(path))
    }

    fn truth(&self, path: &str) -> Sheet {
        Sheet::read(&self.truth.path().join(path))
    }

    /// The paths of the files that councils send.
    fn submissions(&self) -> Vec<String> {
        let of_councils = |path: &&str| path.starts_with("cld/");
        let paths = self.place.files.iter().map(|f| f.path.as_str());
        paths.filter(of_councils).map(str::to_owned).collect()
    }
}

/// Every file below a folder with its bytes.
fn bytes(root: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut waiting = vec![root.to_path_buf()];
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
            } else {
                let name = path.strip_prefix(root).unwrap().to_path_buf();
                files.insert(name, std::fs::read(&path).unwrap());
            }
        }
    }
    files
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_seed_others() {
    let one = make(&wishes(1_500, FaultRates::stated()));
    let same = make(&wishes(1_500, FaultRates::stated()));
    let other = make(&Wishes {
        seed: 8,
        ..wishes(1_500, FaultRates::stated())
    });
    assert_eq!(bytes(one.out.path()), bytes(same.out.path()));
    assert_eq!(bytes(one.truth.path()), bytes(same.truth.path()));
    assert_ne!(bytes(one.out.path()), bytes(other.out.path()));
}

#[test]
fn even_a_handful_of_people_make_a_place() {
    for people in [0, 1, 12] {
        let made = make(&wishes(people, FaultRates::stated()));
        assert_eq!(
            made.place.residents.get("621").copied().unwrap_or(0),
            u64::from(people)
        );
        assert_eq!(made.submissions().len(), 19);
    }
}

#[test]
fn progress_never_goes_back_and_ends_whole() {
    let folder = tempfile::tempdir().unwrap();
    let (out, truth) = (folder.path().join("out"), folder.path().join("truth"));
    let mut steps = Vec::new();
    let wishes = wishes(2_000, FaultRates::stated());
    invent(&content(), &wishes, &out, &truth, &mut |done, total, _| {
        steps.push((done, total));
    })
    .unwrap();
    assert!(
        steps
            .windows(2)
            .all(|pair| pair[0].0 <= pair[1].0 && pair[0].1 == pair[1].1)
    );
    assert!(steps.len() > 20);
    assert!(steps.last().is_some_and(|(done, total)| done == total));
}

#[test]
fn faults_do_not_change_who_lives_there() {
    let faulty = make(&wishes(1_500, many()));
    let clean = make(&wishes(1_500, FaultRates::none()));
    for path in ["demographic-index.csv", "hospital-spells.csv", "deaths.csv"] {
        assert!(
            faulty.sheet(path).rows == clean.sheet(path).rows,
            "{path} differs"
        );
    }
}

#[test]
fn every_file_has_the_columns_of_its_dataset_and_is_in_the_manifest() {
    let made = make(&wishes(1_000, FaultRates::stated()));
    let content = content();
    for file in &made.place.files {
        let dataset = Dataset::read(&content, &file.dataset).unwrap();
        let names: Vec<&str> = dataset.fields.iter().map(|f| f.name.as_str()).collect();
        let sheet = made.sheet(&file.path);
        // Where a file may leave columns out, an invented one does, and only at its end.
        let left_out = names.len().saturating_sub(sheet.header.len());
        let kept = names.len() - left_out;
        assert!(left_out == 0 || !dataset.all_columns_required);
        assert_eq!(sheet.header, names[..kept], "{}", file.path);
        assert_eq!(sheet.rows.len() as u64, file.rows, "{}", file.path);
    }
    let manifest = std::fs::read_to_string(made.out.path().join("manifest.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
    let listed: BTreeSet<&str> = manifest["files"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| f["path"].as_str().unwrap())
        .chain(["manifest.json"])
        .collect();
    let there = bytes(made.out.path());
    let there: BTreeSet<&str> = there.keys().map(|p| p.to_str().unwrap()).collect();
    assert_eq!(listed, there);
}

#[test]
fn the_index_has_a_past_and_numbers_that_gave_way() {
    let made = make(&wishes(4_000, FaultRates::stated()));
    let index = made.sheet("demographic-index.csv");
    let now: BTreeMap<&str, &str> = (0..index.rows.len())
        .map(|at| {
            let row = index.row(at);
            (row.get("nhs_number"), row.get("family_name"))
        })
        .collect();
    let history = made.sheet("demographic-history.csv");
    let mut fields = BTreeSet::new();
    for at in 0..history.rows.len() {
        let row = history.row(at);
        let family = now[row.get("nhs_number")];
        fields.insert(row.get("field"));
        let same = row.get("field") == "family_name" && row.get("value") == family;
        assert!(!same, "what holds now is no history");
        let (from, to) = (row.get("valid_from"), row.get("valid_to"));
        assert!(from.is_empty() || to.is_empty() || from < to, "{from} {to}");
    }
    assert_eq!(fields, BTreeSet::from(["family_name", "postcode"]));
    let superseded = made.sheet("superseded-numbers.csv");
    assert!(superseded.rows.len() > 5, "{}", superseded.rows.len());
    let replaced: BTreeMap<&str, &str> = (0..superseded.rows.len())
        .map(|at| {
            let row = superseded.row(at);
            (row.get("nhs_number"), row.get("replaced_by"))
        })
        .collect();
    for (old, new) in &replaced {
        assert!(NhsNumber::parse(old).is_ok() && !now.contains_key(*old));
        // At most one number stands between, and the last is somebody's.
        let last = replaced.get(new).copied().unwrap_or(new);
        assert!(now.contains_key(last), "{last}");
    }
}

#[test]
fn councils_send_each_quarter_and_one_of_them_one_quarter_twice() {
    let made = make(&wishes(600, FaultRates::stated()));
    let sent = made.submissions();
    assert_eq!(sent.len(), 3 * 6 + 1);
    assert!(sent.contains(&"cld/621_20250630.csv".to_owned()));
    assert!(sent.contains(&"cld/992_20260930.csv".to_owned()));
    let again: Vec<&String> = sent
        .iter()
        .filter(|p| p.contains("_resubmission"))
        .collect();
    assert_eq!(again, ["cld/621_20251231_resubmission.csv"]);
    for path in sent {
        let sheet = made.sheet(&path);
        let period = |row: &checker::Row<'_>| {
            (
                row.date("Reporting Period Start Date").unwrap(),
                row.date("Reporting Period End Date").unwrap(),
            )
        };
        let (from, to) = period(&sheet.row(0));
        assert_eq!(to.format("%Y%m%d").to_string(), path[8..16]);
        assert_eq!(from, to + chrono::Days::new(1) - chrono::Months::new(12));
        assert!((0..sheet.rows.len()).all(|at| period(&sheet.row(at)) == (from, to)));
    }
}

/// What the checker finds, and what the truth says was planted, by file and row; errors only, for the rules that the
/// checker knows.
fn found_and_planted(made: &Made) -> (BTreeSet<String>, BTreeSet<String>) {
    let mut found = BTreeSet::new();
    for path in made.submissions() {
        let sheet = made.sheet(&path);
        for (row, rule) in check(&sheet) {
            found.insert(format!("{path} {row} {rule}"));
        }
    }
    let truth = made.truth("faults.csv");
    let planted = (0..truth.rows.len())
        .map(|at| truth.row(at))
        .filter(|r| r.get("severity") == "error" && checker::RULES.contains(&r.get("rule")))
        .map(|r| format!("{} {} {}", r.get("file"), r.get("row"), r.get("rule")))
        .collect();
    (found, planted)
}

#[test]
fn every_planted_fault_is_listed_and_nothing_else_breaks_a_rule() {
    let made = make(&wishes(12_000, many()));
    let (found, planted) = found_and_planted(&made);
    let unlisted: Vec<&String> = found.difference(&planted).take(10).collect();
    let missing: Vec<&String> = planted.difference(&found).take(10).collect();
    assert!(unlisted.is_empty(), "broken but not planted: {unlisted:?}");
    assert!(missing.is_empty(), "planted but not broken: {missing:?}");
    let rules: BTreeSet<&str> = planted
        .iter()
        .filter_map(|line| line.rsplit(' ').next())
        .collect();
    assert!(rules.len() > 30, "only {} rules: {rules:?}", rules.len());
}

#[test]
fn a_place_without_faults_breaks_nothing() {
    let made = make(&wishes(12_000, FaultRates::none()));
    let (found, _) = found_and_planted(&made);
    assert_eq!(found, BTreeSet::new());
    assert_eq!(made.place.faults, 0);
    assert!(made.truth("faults.csv").rows.is_empty());
}

#[test]
fn one_fault_can_be_set_by_its_code() {
    let only = FaultRates::none().with("nhs_number_missing", 1.0);
    let made = make(&wishes(800, only));
    let sheet = made.sheet("cld/621_20260930.csv");
    assert!((0..sheet.rows.len()).all(|at| sheet.row(at).get("NHS Number").is_empty()));
    let made = make(&wishes(800, FaultRates::none()));
    let sheet = made.sheet("cld/621_20260930.csv");
    assert!((0..sheet.rows.len()).all(|at| !sheet.row(at).get("NHS Number").is_empty()));
}

#[test]
fn an_unknown_fault_is_refused_with_the_nearest() {
    let folder = tempfile::tempdir().unwrap();
    let wishes = wishes(100, FaultRates::none().with("nhs_number_mising", 0.5));
    let (out, truth) = (folder.path().join("out"), folder.path().join("truth"));
    let error = invent(&content(), &wishes, &out, &truth, &mut |_, _, _| {}).unwrap_err();
    assert_eq!(
        error.to_string(),
        "there is no fault `nhs_number_mising`, nearest is `nhs_number_missing`"
    );
}

#[test]
fn the_truth_must_lie_apart() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    for truth in [out.clone(), out.join("truth"), folder.path().to_path_buf()] {
        let wishes = wishes(100, FaultRates::none());
        let refused = invent(&content(), &wishes, &out, &truth, &mut |_, _, _| {});
        assert!(matches!(refused, Err(SynthError::TruthNotApart { .. })));
    }
}

#[test]
fn every_row_about_a_person_says_who_in_the_truth_alone() {
    let made = make(&wishes(1_500, many()));
    let people = made.truth("people.csv").rows.len();
    assert_eq!(people as u64, made.place.people);
    for file in &made.place.files {
        if file.dataset == "postcode-areas" {
            continue;
        }
        let truth = made.truth(&format!("rows/{}", file.path));
        assert_eq!(truth.rows.len() as u64, file.rows, "{}", file.path);
        for at in 0..truth.rows.len() {
            let row = truth.row(at);
            assert_eq!(row.get("row"), (at + 2).to_string());
            assert!(row.get("person").parse::<usize>().unwrap() < people);
        }
        assert!(!made.sheet(&file.path).header.contains(&"person".to_owned()));
    }
}

#[test]
fn nhs_numbers_are_nobodys_and_pass_the_check_unless_planted() {
    let made = make(&wishes(4_000, many()));
    let truth = made.truth("faults.csv");
    let spoiled: BTreeSet<(String, String)> = (0..truth.rows.len())
        .map(|at| truth.row(at))
        .filter(|r| r.get("fault").starts_with("nhs_number"))
        .map(|r| (r.get("file").to_owned(), r.get("row").to_owned()))
        .collect();
    assert!(!spoiled.is_empty());
    for file in &made.place.files {
        let sheet = made.sheet(&file.path);
        let Some(column) = sheet
            .header
            .iter()
            .position(|h| h == "NHS Number" || h == "nhs_number")
        else {
            continue;
        };
        for (at, row) in sheet.rows.iter().enumerate() {
            let number = &row[column];
            let planted = spoiled.contains(&(file.path.clone(), (at + 2).to_string()));
            assert!(number.is_empty() || number.starts_with('9'));
            let passes = number.is_empty() || NhsNumber::parse(number).is_ok();
            let exact = number.is_empty() || number.len() == 10;
            assert!((passes && exact) || planted, "{} row {}", file.path, at + 2);
        }
    }
}

#[test]
fn ages_and_sexes_are_those_of_the_source() {
    let people = 20_000;
    let made = make(&wishes(people, FaultRates::none()));
    assert_eq!(made.place.residents["621"], u64::from(people));
    assert_eq!(made.place.residents["991"], 8_000);
    let as_at = Date::from_ymd_opt(2026, 9, 30).unwrap();
    let mut invented: BTreeMap<(u32, &str), f64> = BTreeMap::new();
    let truth = made.truth("people.csv");
    for at in 0..truth.rows.len() {
        let row = truth.row(at);
        if row.get("council") == "621" && row.get("date_of_death").is_empty() {
            let born: Date = row.get("date_of_birth").parse().unwrap();
            let band = as_at.years_since(born).unwrap() / 10;
            let sex = if row.get("sex") == "1" {
                "male"
            } else {
                "female"
            };
            *invented.entry((band.min(9), sex)).or_default() += 1.0;
        }
    }
    let source = Sheet::parse(content().text("place/population.csv").unwrap());
    let mut expected: BTreeMap<(u32, &str), f64> = BTreeMap::new();
    let mut total = 0.0;
    for at in 0..source.rows.len() {
        let row = source.row(at);
        for sex in ["male", "female"] {
            let count: f64 = row.get(sex).parse().unwrap();
            let band = row.get("age").parse::<u32>().unwrap() / 10;
            *expected.entry((band.min(9), sex)).or_default() += count;
            total += count;
        }
    }
    for (cell, count) in expected {
        let wanted = count * f64::from(people) / total;
        let got = invented.get(&cell).copied().unwrap_or_default();
        // Each single year is rounded by less than one, and ten of them make a band.
        assert!((got - wanted).abs() < 6.0, "{cell:?}: {got}, not {wanted}");
    }
}

#[test]
fn households_hold_families_couples_twins_and_people_of_one_name() {
    let made = make(&wishes(10_000, FaultRates::none()));
    let truth = made.truth("people.csv");
    let mut houses: BTreeMap<&str, Vec<checker::Row<'_>>> = BTreeMap::new();
    for at in 0..truth.rows.len() {
        let row = truth.row(at);
        houses.entry(row.get("household")).or_default().push(row);
    }
    let has = |what: &str, least: usize, test: &dyn Fn(&[checker::Row<'_>]) -> bool| {
        let count = houses.values().filter(|h| test(h)).count();
        assert!(count >= least, "{count} households with {what}");
    };
    let pairs = |house: &[checker::Row<'_>],
                 test: &dyn Fn(&checker::Row<'_>, &checker::Row<'_>) -> bool| {
        house
            .iter()
            .enumerate()
            .any(|(n, one)| house.iter().skip(n + 1).any(|other| test(one, other)))
    };
    let same =
        |a: &checker::Row<'_>, b: &checker::Row<'_>, field: &str| a.get(field) == b.get(field);
    has("one person", 2_000, &|h| h.len() == 1);
    has("four or more", 800, &|h| h.len() >= 4);
    has("twins", 10, &|h| {
        pairs(h, &|a, b| {
            same(a, b, "date_of_birth") && same(a, b, "family_name")
        })
    });
    has("two of one name", 10, &|h| {
        pairs(h, &|a, b| {
            same(a, b, "given_name") && same(a, b, "family_name") && !same(a, b, "date_of_birth")
        })
    });
    has("a wife under her husband's name", 1_000, &|h| {
        pairs(h, &|a, b| {
            same(a, b, "family_name") && !same(a, b, "family_name_at_birth") && !same(a, b, "sex")
        })
    });
    has("unrelated people", 20, &|h| {
        let names: BTreeSet<&str> = h.iter().map(|p| p.get("family_name")).collect();
        names.len() >= 3
    });
}

#[test]
fn some_people_are_known_to_two_councils() {
    let made = make(&wishes(20_000, FaultRates::none()));
    let mut known: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for path in made.submissions() {
        let truth = made.truth(&format!("rows/{path}"));
        for at in 0..truth.rows.len() {
            let person = truth.row(at).get("person").to_owned();
            known
                .entry(person)
                .or_default()
                .insert(path[4..7].to_owned());
        }
    }
    let shared = known.values().filter(|councils| councils.len() > 1).count();
    assert!(shared > 20, "{shared}");
}

#[test]
fn an_event_keeps_its_reference_from_submission_to_submission() {
    let made = make(&wishes(6_000, FaultRates::none()));
    let mut seen: BTreeMap<String, [String; 4]> = BTreeMap::new();
    let mut again = 0;
    for path in made.submissions() {
        let sheet = made.sheet(&path);
        let mut here = BTreeSet::new();
        for at in 0..sheet.rows.len() {
            let row = sheet.row(at);
            let reference = row.get("Event Reference").to_owned();
            if reference.is_empty() {
                assert_eq!(row.get("Client Type"), "Unpaid carer known by association");
                continue;
            }
            assert!(here.insert(reference.clone()), "{path}: twice in one file");
            let event = [
                row.get("LA Person Unique Identifier"),
                row.get("Event Type"),
                row.get("Event Start Date"),
                row.get("Service Component"),
            ]
            .map(str::to_owned);
            match seen.get(&reference) {
                Some(before) => {
                    assert_eq!(*before, event, "{path}");
                    again += 1;
                }
                None => {
                    seen.insert(reference, event);
                }
            }
        }
    }
    assert!(again > seen.len());
}

#[test]
fn requests_after_a_stay_in_hospital_have_that_stay() {
    let made = make(&wishes(10_000, FaultRates::none()));
    let spells = made.sheet("hospital-spells.csv");
    let truth = made.truth("rows/hospital-spells.csv");
    let stays: BTreeSet<(String, String)> = (0..spells.rows.len())
        .map(|at| {
            let person = truth.row(at).get("person").to_owned();
            (person, spells.row(at).get("discharge_date").to_owned())
        })
        .collect();
    let path = "cld/621_20260930.csv";
    let (sheet, truth) = (made.sheet(path), made.truth(&format!("rows/{path}")));
    let (mut with, mut without) = (0, 0);
    for at in 0..sheet.rows.len() {
        let row = sheet.row(at);
        if row.get("Request: Route of Access") == "Discharge from hospital" {
            let day = row.date("Event End Date").unwrap().to_string();
            let person = truth.row(at).get("person").to_owned();
            if stays.contains(&(person, day)) {
                with += 1;
            } else {
                without += 1;
            }
        }
    }
    // A few stays would overlap another one, or the day of death, and are left out.
    assert!(
        with > 20 && with > 10 * without,
        "{with} with, {without} without"
    );
}

#[test]
fn invented_areas_and_postcodes_are_marked_as_such() {
    let made = make(&wishes(300, FaultRates::none()));
    let areas = made.sheet("postcode-areas.csv");
    for at in 0..areas.rows.len() {
        let row = areas.row(at);
        let invented = row.get("council_code") != "621";
        assert_eq!(row.get("lsoa21_code").starts_with("E01999"), invented);
        let district = row.get("postcode").split(' ').next().unwrap();
        assert_eq!(["SS88", "SS89"].contains(&district), invented);
    }
}
