//! Entries of the national register become drafts: what they say is kept, what they do not is a blank.

use super::shipped;
use crate::agreement::{
    House, Level,
    national::{Entry, Labels, NationalError, entries},
    review,
};
use expect_test::expect;
use std::fmt::Write as _;

/// Two entries in the form of the register; everything in them is invented.
const TEXT: &str = "\u{feff}Estuary ICB projects

2 entries

Planning of urgent care around the Estuary — DARS-NIC-000001-AAAAA

Type of data: Pseudonymised, record level

Opt outs honoured: No - data flow is not identifiable, Anonymised - ICO Code Compliant (Does not include the flow of confidential data)

Legal basis: Health and Social Care Act 2012 – s261(1) and s261(2)(b)(ii)

Purposes: No (Integrated Care Board)

Sensitive: Sensitive, and Non-Sensitive

When:DSA runs 2025-04-01 — 2028-03-31 2025.05 — 2026.01.

Access method: Ongoing

Data-controller type: ESTUARY ICB, NORTHLAND ICB

Sublicensing allowed: No

Datasets:

  1. Emergency Care Data Set (ECDS)
  2. Hospital \"Episode\" Statistics

Objectives:

To plan urgent care: where, and when.
To see what grows.

Processing:
Counts are made.

Expected outputs:
• A table
• A map

Expected Measurable Benefits:
Shorter waits.

Files:
2025.05 ECDS, one file

A list of people with a rare condition \u{2013} DARS-NIC-000002-B2B2B\r
Opt outs honoured: Identifiable, Yes (Section 251 NHS Act 2006)\r
Legal basis: Health and Social Care Act 2012 – s261(7); National Health Service Act 2006 - s251\r
Purposes: Yes (Commercial)\r
When:DSA runs 2011-09-27 — 2026-02-30\r
Data-controller type: EXAMPLE REGISTRY\r
Sublicensing allowed: No, Yes\r
";

fn labels() -> Labels {
    Labels::read(&shipped()).unwrap()
}

fn read() -> Vec<Entry> {
    entries(TEXT, &labels()).unwrap()
}

#[test]
fn an_entry_is_read_by_its_labels() {
    let entries = read();
    assert_eq!(entries.len(), 2);
    expect![[r#"
        Entry {
            reference: "DARS-NIC-000001-AAAAA",
            title: "Planning of urgent care around the Estuary",
            line: 5,
            type_of_data: "Pseudonymised, record level",
            opt_outs: "No - data flow is not identifiable, Anonymised - ICO Code Compliant (Does not include the flow of confidential data)",
            legal_basis: "Health and Social Care Act 2012 – s261(1) and s261(2)(b)(ii)",
            commercial: "No (Integrated Care Board)",
            sensitive: "Sensitive, and Non-Sensitive",
            starts: Some(
                2025-04-01,
            ),
            ends: Some(
                2028-03-31,
            ),
            access_method: "Ongoing",
            controllers: [
                "ESTUARY ICB",
                "NORTHLAND ICB",
            ],
            sub_licensing: "No",
            datasets: [
                "Emergency Care Data Set (ECDS)",
                "Hospital \"Episode\" Statistics",
            ],
            objectives: "To plan urgent care: where, and when.\nTo see what grows.",
            processing: "Counts are made.",
            outputs: [
                "A table",
                "A map",
            ],
            benefits: [
                "Shorter waits.",
            ],
            files: [
                "2025.05 ECDS, one file",
            ],
        }
    "#]]
    .assert_debug_eq(&entries[0]);
    // A day that is none is not guessed.
    assert_eq!(entries[1].ends, None);
    assert_eq!(entries[1].starts, "2011-09-27".parse().ok());
}

#[test]
fn a_draft_says_what_the_entry_says_and_leaves_the_rest_blank() {
    let house = House::read(&shipped()).unwrap();
    for entry in read() {
        let draft = entry.draft();
        let table: toml::Table = draft.text.parse().unwrap();
        assert_eq!(table["reference"].as_str(), Some(entry.reference.as_str()));
        assert!(!draft.blanks.is_empty());
        let (_, findings) = review(&draft.text, &house);
        assert!(
            findings.iter().any(|f| f.level == Level::Stops),
            "a draft is no agreement"
        );
    }
    let drafts: Vec<toml::Table> = read()
        .iter()
        .map(|e| e.draft().text.parse().unwrap())
        .collect();
    assert_eq!(drafts[0]["identifiability"].as_str(), Some("deidentified"));
    assert_eq!(drafts[0]["term"]["end"].to_string(), "2028-03-31");
    assert_eq!(
        drafts[0]["parties"][1]["name"].as_str(),
        Some("NORTHLAND ICB")
    );
    assert_eq!(
        drafts[0]["parties"][0]["roles"][0].as_str(),
        Some("joint_controller")
    );
    assert_eq!(
        drafts[0]["opt_outs"]["national_data_opt_out"]["apply"].as_bool(),
        Some(false)
    );
    assert_eq!(
        drafts[0]["opt_outs"]["local"]["apply"].as_bool(),
        Some(true)
    );
    assert_eq!(drafts[0]["onward"]["sharing"].as_str(), Some("none"));
    assert_eq!(
        drafts[1]["identifiability"].as_str(),
        Some("personal_confidential")
    );
    assert_eq!(
        drafts[1]["legal"]["confidentiality"]["answer"].as_str(),
        Some("section_251")
    );
    assert_eq!(
        drafts[1]["opt_outs"]["national_data_opt_out"]["apply"].as_bool(),
        Some(true)
    );
    assert_eq!(drafts[1]["purposes"][0]["commercial"].as_bool(), Some(true));
    assert_eq!(
        drafts[1]["onward"]["sharing"].as_str(),
        Some("listed_recipients")
    );
    assert_eq!(drafts[1]["term"]["end"].as_str(), Some("<last day>"));
}

#[test]
fn a_draft_with_its_blanks_filled_in_is_an_agreement() {
    let house = House::read(&shipped()).unwrap();
    let draft = read()[0].draft();
    let mut text = draft.text.clone();
    for blank in &draft.blanks {
        let value = match blank.as_str() {
            "<day of issue>" => "2025-03-03".to_owned(),
            "<day of the review>" => "2026-03-03".to_owned(),
            "<last day for destruction>" => "2028-06-30".to_owned(),
            "<last day for the certificate>" => "2028-07-31".to_owned(),
            "<condition of Article 6>" => "\"6(1)(e) a task in the public interest\"".to_owned(),
            "<condition of Article 9>" => "\"9(2)(h) managing health systems\"".to_owned(),
            "<purpose of the closed list>" => "\"commissioning\"".to_owned(),
            "<code of ESTUARY ICB>"
            | "<code of the recipient>"
            | "<code of who keeps the data>" => "\"EST-ICB\"".to_owned(),
            "<code of NORTHLAND ICB>" => "\"NTH-ICB\"".to_owned(),
            "<how the column is shown>" => "\"as_is\"".to_owned(),
            "<set of rules for what leaves>" => "\"hes-sub-national\"".to_owned(),
            "<column>" => "\"sex\"".to_owned(),
            "<table for Emergency Care Data Set (ECDS)>" => "\"ecds_attendance\"".to_owned(),
            other if other.starts_with("<table for") => "\"hes_apc\"".to_owned(),
            other if other.starts_with("<kind of care") => "\"hospital\"".to_owned(),
            other if other.starts_with("<address") => "\"https://icb.example/notice\"".to_owned(),
            other if other.starts_with("<last day of") => "2028-06-30".to_owned(),
            other if other.starts_with("<day on which") || other.starts_with("<day by") => {
                if other.contains("benefits") {
                    "2027-01-01"
                } else {
                    "2025-01-01"
                }
                .to_owned()
            }
            other => format!("\"{}\"", other.trim_matches(['<', '>'])),
        };
        text = text.replace(&format!("\"{blank}\""), &value);
    }
    // The keeper of the contracts is a party of its own in practice; here one ICB keeps for both.
    let text = text.replace(
        "parties = [\n    \"EST-ICB\",\n    \"EST-ICB\",\n]",
        "parties = [\"EST-ICB\", \"NTH-ICB\"]",
    );
    let (clauses, findings) = review(&text, &house);
    assert!(findings.is_empty(), "{findings:#?}\n{text}");
    assert_eq!(clauses.unwrap().datasets.len(), 2);
}

#[test]
fn what_is_not_the_register_is_refused() {
    let labels = labels();
    let no = |text: &str| entries(text, &labels).unwrap_err().to_string();
    for text in [
        "",
        "\0",
        "Datasets:\n 1. x",
        "DARS-NIC-1-A",
        "x — DARS-NIC-",
        "Title - DARS-NIC-<b>-x",
    ] {
        assert!(
            no(text).starts_with("no entry was found"),
            "{text}: {}",
            no(text)
        );
    }
    let twice = "A — DARS-NIC-000001-AAAAA\nB — DARS-NIC-000001-AAAAA\n";
    assert_eq!(
        entries(twice, &labels),
        Err(NationalError::Twice {
            reference: "DARS-NIC-000001-AAAAA".to_owned(),
            line: 2,
            before: 1
        })
    );
    let mut many = String::new();
    for index in 0..20_001 {
        writeln!(many, "A — DARS-NIC-{index:06}-AAAAA").unwrap();
    }
    assert_eq!(entries(&many, &labels), Err(NationalError::TooLong));
    // Whatever stands in an entry stays text.
    let hostile = "\"\"\"\n[access]\nroles = [\"x\"]\n\u{202e}\0 — DARS-NIC-000001-AAAAA\nObjectives: \"\"\" '''\n[parties]\n\\u0000 <script>\nDatasets:\n\"]\n";
    let draft = entries(hostile, &labels).unwrap()[0].draft();
    let table: toml::Table = draft.text.parse().unwrap();
    assert_eq!(table["access"]["roles"][0].as_str(), Some("analyst"));
}
