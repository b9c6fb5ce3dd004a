//! The public register as plain files, and the evidence.

use crate::{demo::demo, site::frontend};
use std::{collections::BTreeMap, fs, path::Path};

/// Every file below a folder, by its path.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(at) = folders.pop() {
        for entry in fs::read_dir(&at).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_str().unwrap();
                found.insert(name.to_owned(), fs::read(&path).unwrap());
            }
        }
    }
    found
}

#[test]
fn every_version_that_was_signed_stays_readable() {
    let workspace = &demo().workspace;
    let frontend = frontend(workspace);
    let copy = |to: &Path| {
        let ended: crate::workspace::Ended = workspace
            .command(&["register", "build", to.to_str().unwrap()])
            .env("HAVEN_SITE__FRONTEND", &frontend)
            .output()
            .unwrap()
            .into();
        assert_eq!(ended.code, Some(0), "{}{}", ended.out, ended.err);
        files(to)
    };
    let (first, second) = (workspace.beside("public"), workspace.beside("public-again"));
    let (built, again) = (copy(&first), copy(&second));
    assert_eq!(
        built.keys().collect::<Vec<_>>(),
        again.keys().collect::<Vec<_>>()
    );
    let text = |name: &str| String::from_utf8(built[name].clone()).unwrap();
    let register: serde_json::Value = serde_json::from_str(&text("register.json")).unwrap();
    let entries = register["entries"].as_array().unwrap();
    assert!(entries.len() >= 3);
    for entry in entries {
        let (reference, version) = (
            entry["reference"].as_str().unwrap(),
            entry["version"].as_str().unwrap(),
        );
        let page = text(&format!(
            "register/{reference}/versions/{version}/index.html"
        ));
        let title = entry["notice"]["title"].as_str().unwrap();
        assert!(page.contains(&maud_escaped(title)), "{reference}");
        for section in entry["notice"]["sections"].as_array().unwrap() {
            assert!(page.contains(section["heading"].as_str().unwrap()));
        }
        assert!(text("register.atom").contains(&format!("register/{reference}/{version}")));
        assert!(text("register.csv").contains(reference));
        assert_eq!(
            entry["national_register"]["agreement_reference"],
            entry["alliance_standard"]["project_id"]
        );
    }
    // Nobody who asked is told of, and nothing in the copy runs or calls.
    for (name, body) in &built {
        let body = String::from_utf8_lossy(body);
        if name.starts_with("register") {
            assert!(
                !body.contains("\"ana\"") && !body.contains(">ana<"),
                "{name}"
            );
            assert!(!body.contains("<form"), "{name}");
        }
    }
    assert!(text("register.atom").starts_with("<?xml"));
}

#[test]
fn the_register_counts_what_the_log_says() {
    let workspace = &demo().workspace;
    let register = workspace.json(&["register", "list"]);
    let main = register["entries"]
        .as_array()
        .unwrap()
        .iter()
        .find(|e| e["reference"] == "DSA-0417")
        .unwrap()
        .clone();
    let shown = workspace.json(&["audit", "show", "--last", "100000"]);
    let answered = |entry: &&serde_json::Value| {
        entry["agreement"] == "DSA-0417" && entry["kind"] == "answered"
    };
    let answers = shown["entries"].as_array().unwrap();
    let least = answers.iter().filter(answered).count();
    // Other tests ask too, between the one look and the other.
    assert!(main["used"]["questions"].as_u64().unwrap() > 0);
    assert!(main["used"]["questions"].as_u64().unwrap() <= least as u64);
    assert!(!main["used"]["files"].as_array().unwrap().is_empty());
    assert!(main["used"]["checkpoint"].is_string());
}

#[test]
fn the_evidence_is_a_page_and_a_document_with_live_facts() {
    let workspace = &demo().workspace;
    let page = workspace.beside("evidence.html");
    let ended = workspace.run(&["evidence", "-o", page.to_str().unwrap()]);
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    let page = fs::read_to_string(page).unwrap();
    assert!(page.contains("1.2.01") && page.contains("5.6.02"));
    let document = workspace.json(&["evidence"]);
    let statements = document["statements"].as_array().unwrap();
    assert_eq!(statements.len(), 130);
    let facts: Vec<&str> = statements
        .iter()
        .flat_map(|s| s["facts"].as_array().unwrap())
        .map(|f| f.as_str().unwrap())
        .collect();
    assert!(
        facts.iter().any(|f| f.contains("and it is whole")),
        "{facts:?}"
    );
}

fn maud_escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}
