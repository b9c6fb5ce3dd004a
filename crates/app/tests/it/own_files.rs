//! The stages, one command each, on a user's own files.

use crate::workspace::Workspace;

fn example(dataset: &str) -> String {
    let content = concat!(env!("CARGO_MANIFEST_DIR"), "/../../content/datasets");
    format!("{content}/{dataset}/examples/example.csv")
}

#[test]
fn what_can_be_derived_is_derived_and_the_rest_is_named() {
    let workspace = Workspace::new();
    let (events, index) = (example("cld-r2"), example("demographic-index"));
    let of_index = [
        "land",
        &index,
        "--dataset",
        "demographic-index",
        "--from",
        "PDS",
    ];
    for arguments in [
        &["land", events.as_str(), "--from", "503"][..],
        &of_index,
        &["link"],
        &["pseudonymise"],
    ] {
        let ended = workspace.run(arguments);
        assert_eq!(ended.code, Some(0), "{arguments:?}: {}", ended.err);
    }
    let ended = workspace.run(&["derive"]);
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    assert!(
        ended
            .err
            .contains("is left out until there is hospital_spell and emergency_attendance"),
        "{}",
        ended.err
    );
}

/// The example with the birth dates of some people moved by a year, and the rows of others gone.
fn changed(text: &str) -> String {
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().unwrap().split(',').collect();
    let birth = header.iter().position(|h| *h == "Date of Birth").unwrap();
    let mut out = vec![header.join(",")];
    for (at, line) in lines.enumerate() {
        let mut cells: Vec<String> = line.split(',').map(str::to_owned).collect();
        if at % 5 == 1 {
            continue;
        }
        if let Some((days, year)) = cells[birth].rsplit_once('/') {
            let year: u32 = year.parse().unwrap();
            cells[birth] = format!("{days}/{}", year - 1);
        }
        out.push(cells.join(","));
    }
    out.join("\r\n") + "\r\n"
}

#[test]
fn a_file_checked_beside_the_last_one_is_told_what_landing_would_tell() {
    let workspace = Workspace::new();
    let first = example("cld-r2");
    let second = workspace.beside("second.csv");
    let text = std::fs::read_to_string(&first).unwrap();
    std::fs::write(&second, changed(&text)).unwrap();
    let second = second.to_str().unwrap();
    let causes = |list: &serde_json::Value| -> Vec<(String, u64)> {
        let mut all: Vec<(String, u64)> = list
            .as_array()
            .unwrap()
            .iter()
            .map(|c| {
                let rule = c["rule"].as_str().unwrap().to_owned();
                (rule, c["rows"].as_u64().unwrap_or_default())
            })
            .collect();
        all.sort();
        all
    };
    let landed = workspace.run(&["land", &first, "--from", "503"]);
    assert_eq!(landed.code, Some(0), "{}", landed.err);
    let landed = workspace.run(&["land", second, "--from", "503", "--json"]);
    let landed: serde_json::Value = serde_json::from_str(&landed.out).unwrap();
    let checked = workspace.run(&["check", second, "--from", "503", "--last", &first, "--json"]);
    let checked: serde_json::Value = serde_json::from_str(&checked.out).unwrap();
    let told = causes(&checked["causes"]);
    assert_eq!(told, causes(&landed["receipts"][0]["causes"]));
    let alone = workspace.run(&["check", second, "--from", "503", "--json"]);
    let alone: serde_json::Value = serde_json::from_str(&alone.out).unwrap();
    assert!(
        causes(&alone["causes"]).len() < told.len(),
        "some rules need the file before"
    );
    assert_eq!(checked["not_checked"], serde_json::json!([]));
}
