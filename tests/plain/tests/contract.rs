//! Every table of the contract is there, with its columns; the same seed gives the same bytes.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::Result;
use plain::invent::{Size, invent};
use plain::table::{Table, Tables};

/// The working table of which only the plain columns are written.
const IN_PART: &str = "12_waiting_times_requests";

fn invented(seed: u64, name: &str) -> Result<PathBuf> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{seed}"));
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    invent(seed, Size::default(), &folder)?;
    Ok(folder)
}

fn tables(seed: u64, name: &str) -> Result<Tables> {
    plain::run(&plain::read::folder(&invented(seed, name)?)?)
}

fn csv(table: &Table) -> Result<String> {
    Ok(String::from_utf8(table.to_csv()?)?)
}

#[test]
fn every_table_has_the_columns_of_the_contract() {
    let mut reader = csv::Reader::from_reader(include_str!("../data/tables.csv").as_bytes());
    let found = tables(1, "columns").unwrap();
    let mut named = BTreeSet::new();
    for line in reader.records() {
        let line = line.unwrap();
        let (name, columns) = (&line[0], &line[1]);
        named.insert(name.to_owned());
        let table = found
            .get(name)
            .unwrap_or_else(|| panic!("no table `{name}`"));
        if name == IN_PART {
            let all: BTreeSet<&str> = columns.split(',').collect();
            let outside = table
                .columns
                .iter()
                .find(|column| !all.contains(column.as_str()));
            assert_eq!(outside, None, "{name}");
        } else {
            assert_eq!(table.columns.join(","), columns, "{name}");
        }
        let length = table.columns.len();
        assert!(table.rows.iter().all(|row| row.len() == length), "{name}");
    }
    let more = found
        .keys()
        .filter(|name| !named.contains(*name) && !name.ends_with("_counts"));
    assert_eq!(more.collect::<Vec<_>>(), Vec::<&String>::new());
}

#[test]
fn a_seed_gives_the_same_files_and_the_same_tables() {
    let (one, two) = (invented(7, "one").unwrap(), invented(7, "two").unwrap());
    for file in ["cld_raw.csv", "sus_apc.csv", "parameters.json"] {
        let read = |folder: &Path| std::fs::read(folder.join(file)).unwrap();
        assert_eq!(read(&one), read(&two), "{file}");
    }
    assert_eq!(tables(7, "first").unwrap(), tables(7, "second").unwrap());
}

/// The counts of one table that are the rows of another.
#[test]
fn counts_agree_with_their_lists() {
    for seed in 1..=20 {
        let found = tables(seed, "counts").unwrap();
        for year in ["latest", "previous"] {
            let rows = |name: &str| found[&format!("{name}_{year}")].rows.len() as u64;
            let sum = |name: &str, column: &str| -> u64 {
                let table = &found[&format!("{name}_{year}")];
                let cells = (0..table.rows.len()).filter_map(|row| table.cell(row, column));
                cells.map(|cell| cell.parse::<u64>().unwrap()).sum()
            };
            assert_eq!(
                sum("07_ascof_2a_disaggregated", "ST_Max_Count"),
                rows("07_ascof_2a_episodes"),
                "seed {seed}"
            );
            assert!(sum("08_ascof_2b_2c", "Numerator") <= rows("08_ascof_2b_2c_persons"));
        }
        let persons = &found["06_person_details"];
        let events = &found["05_unique_events_joined"];
        let people: BTreeSet<String> = (0..events.rows.len())
            .map(|row| {
                let cell = |column: &str| events.cell(row, column).unwrap_or("").to_lowercase();
                format!(
                    "{} {}",
                    cell("LA_Code"),
                    cell("Der_NHS_LA_Combined_Person_ID")
                )
            })
            .collect();
        assert_eq!(persons.rows.len(), people.len(), "seed {seed}");
        assert!(
            csv(persons)
                .unwrap()
                .starts_with("Reporting_Period_End_Date,LA_Code,")
        );
    }
}
