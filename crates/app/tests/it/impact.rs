//! What a change of a specification would do is known before it is made: past submissions are held against it.

use crate::workspace::Workspace;
use std::{fs, path::Path};

const CONTENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../content");

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

#[test]
fn a_new_rule_is_held_against_past_files_sender_by_sender() {
    let workspace = Workspace::new();
    let example = format!("{CONTENT}/datasets/cld-r2/examples/example.csv");
    let landed = workspace.run(&["land", &example, "--from", "503"]);
    assert_eq!(landed.code, Some(0), "{}", landed.err);

    let new = workspace.beside("content");
    copy(Path::new(CONTENT), &new);
    let rules = new.join("rules/cld/30-person-identity.toml");
    let mut text = fs::read_to_string(&rules).unwrap();
    text.push_str(
        r#"
[[rule]]
code = "CLD-P999"
severity = "error"
scope = "record"
kind = "condition"
fields = ["client_type"]
when = "client_type = 'Service user'"
says = "The person is a service user"
why = "A trial."
fix = "None."
source = "dhsc-dq-2024"
passes = [{ client_type = "Unpaid carer" }]
fails = [{ client_type = "Service user" }]
"#,
    );
    fs::write(&rules, text).unwrap();
    let expected = fs::read_to_string(&example)
        .unwrap()
        .lines()
        .filter(|line| line.contains(",Service user,"))
        .count();

    let to = format!("{}:cld-r2", new.display());
    let impact = workspace.json(&["spec", "impact", "cld-r2", &to]);
    let sender = &impact["senders"][0];
    assert_eq!(sender["sender"], "503");
    assert_eq!(sender["rows_newly_rejected"], expected);
    assert_eq!(sender["rules"][0]["rule"], "CLD-P999");
    assert_eq!(sender["rules"][0]["rows"], expected);

    let unchanged = workspace.json(&["spec", "impact", "cld-r2", "cld-r2"]);
    assert_eq!(unchanged["senders"][0]["rows_newly_rejected"], 0);
}
