//! Tests of the source tree: who may know whom, what may be called where, and what may not be written.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

const LIGHT: [&str; 8] = [
    "govern",
    "land",
    "link",
    "pseudonymise",
    "analyse",
    "release",
    "synth",
    "pages",
];
/// What only `store` may name.
const ENGINE: [&str; 3] = ["datafusion", "deltalake", "object_store"];
/// Who may name the file format of columns: `link` reads and writes such files itself, without an engine.
const PARQUET: [&str; 2] = ["store", "link"];

/// Names of content that stand in Rust, and why. This list may only get shorter.
const NAMED: [(&str, &str, &str); 4] = [
    (
        "crates/app/src/cli.rs",
        "DSA-0192",
        "the examples of the commands' help",
    ),
    (
        "crates/app/src/cli.rs",
        "long_term_support",
        "the examples of the commands' help",
    ),
    (
        "crates/app/src/cli.rs",
        "demographic-index",
        "the examples of the commands' help",
    ),
    (
        "crates/model/src/dataset.rs",
        "cld-r2",
        "the example of a comment",
    ),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .unwrap()
}

fn below(folder: &Path, all: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            if !["target", ".git", "node_modules", "haven-home"].contains(&name.as_str()) {
                below(&path, all);
            }
        } else {
            all.push(path);
        }
    }
}

/// Every file of some folders whose name ends so, by its path from the root.
fn texts(folders: &[&str], endings: &[&str]) -> Vec<(String, String)> {
    let mut all = Vec::new();
    folders
        .iter()
        .map(|folder| root().join(folder))
        .filter(|f| f.exists())
        .for_each(|folder| below(&folder, &mut all));
    all.sort();
    all.into_iter()
        .filter(|path| {
            endings
                .iter()
                .any(|ending| path.to_string_lossy().ends_with(ending))
        })
        .filter_map(|path| {
            let name = path
                .strip_prefix(root())
                .unwrap()
                .to_string_lossy()
                .into_owned();
            Some((name, fs::read_to_string(path).ok()?))
        })
        .collect()
}

fn rust() -> Vec<(String, String)> {
    texts(&["crates"], &[".rs"])
}

fn is_test(path: &str) -> bool {
    path.contains("/tests/")
        || path.ends_with("/tests.rs")
        || path.contains("/benches/")
        || path.contains("/examples/")
        // The second evaluator and the bodies of fuzz targets are built for tests and fuzzing only.
        || path.contains("/fuzz/")
        || path.ends_with("/expression/slow.rs")
}

/// The code of a file without the tests at its end.
fn without_tests(text: &str) -> &str {
    text.split("#[cfg(test)]").next().unwrap_or(text)
}

/// What a crate depends on, outside its tests.
fn dependencies(name: &str) -> BTreeSet<String> {
    let text = fs::read_to_string(root().join(format!("crates/{name}/Cargo.toml"))).unwrap();
    let table: toml::Table = text.parse().unwrap();
    table
        .get("dependencies")
        .and_then(toml::Value::as_table)
        .map(|t| t.keys().cloned().collect())
        .unwrap_or_default()
}

#[test]
fn crates_use_only_those_that_they_may() {
    let mut crates: Vec<String> = fs::read_dir(root().join("crates"))
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .collect();
    crates.sort();
    let mut allowed: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::from([
        ("model", BTreeSet::new()),
        ("control", BTreeSet::from(["model"])),
        ("custody", BTreeSet::from(["model"])),
        ("laptop", BTreeSet::from(["model", "land"])),
        ("remote", BTreeSet::from(["model"])),
        ("store", BTreeSet::from(["model", "govern"])),
        ("app", crates.iter().map(String::as_str).collect()),
    ]);
    allowed.extend(LIGHT.map(|name| (name, BTreeSet::from(["model"]))));
    assert_eq!(
        crates.iter().map(String::as_str).collect::<BTreeSet<_>>(),
        allowed.keys().copied().collect(),
        "the table in ARCHITECTURE.md names every crate"
    );
    for (name, may) in &allowed {
        let uses = dependencies(name);
        let ours: BTreeSet<&str> = crates
            .iter()
            .map(String::as_str)
            .filter(|c| uses.contains(*c))
            .collect();
        assert!(
            ours.is_subset(may),
            "`{name}` uses {ours:?} and may use {may:?}"
        );
        if *name != "store" {
            assert!(
                !ENGINE.iter().any(|engine| uses.contains(*engine)),
                "only `store` may name the engine, `{name}` does too"
            );
        }
        assert!(
            PARQUET.contains(name) || !uses.contains("parquet"),
            "only `store` and `link` may name Parquet, `{name}` does too"
        );
        assert!(
            *name == "remote" || !uses.contains("reqwest"),
            "only `remote` may name the HTTP client, `{name}` does too"
        );
        if LIGHT.contains(name) || ["model", "laptop", "remote"].contains(name) {
            for heavy in ["tokio", "futures", "async-trait", "sqlx", "axum"] {
                assert!(
                    !uses.contains(heavy),
                    "`{name}` is light and names `{heavy}`"
                );
            }
        }
    }
}

#[test]
fn every_file_says_what_it_is_and_is_short() {
    for (path, text) in rust() {
        assert!(text.starts_with("//!"), "{path} does not open with `//!`");
        let lines = text.lines().count();
        assert!(lines <= 800, "{path} has {lines} lines; divide it");
    }
}

#[test]
fn what_crosses_a_border_is_made_in_one_place() {
    for (path, text) in rust().into_iter().filter(|(path, _)| !is_test(path)) {
        let code = without_tests(&text);
        let within = |folders: &[&str]| {
            folders
                .iter()
                .any(|folder| path.starts_with(&format!("crates/{folder}/")))
        };
        assert!(
            !code.contains("Step::crossing") || within(&["pseudonymise", "model"]),
            "{path} makes a step that crosses"
        );
        assert!(
            !code.contains("Table<Releasable>") && !code.contains("Table::<Releasable>")
                || within(&["release", "store", "model"]),
            "{path} makes a table that may leave"
        );
        assert!(
            !code.contains("ReleasableTable {")
                || within(&["release"])
                || !code.contains("Ok(ReleasableTable {"),
            "{path} makes a table that may leave"
        );
    }
}

#[test]
fn content_is_not_named_in_rust() {
    let mut names: BTreeSet<String> = BTreeSet::new();
    for (path, text) in texts(&["content"], &["dataset.toml", "derive.sql", ".toml"]) {
        let parts: Vec<&str> = path.split('/').collect();
        match parts.as_slice() {
            ["content", "datasets", name, "dataset.toml"] => {
                names.insert((*name).to_owned());
                let table: toml::Table = text.parse().unwrap();
                names.extend(
                    table
                        .get("table")
                        .and_then(toml::Value::as_str)
                        .map(str::to_owned),
                );
            }
            ["content", "derivations", name, "derive.sql"] => {
                names.insert((*name).to_owned());
                names.extend(
                    text.lines()
                        .find_map(|line| line.strip_prefix("-- writes: "))
                        .map(str::to_owned),
                );
            }
            ["content", "agreements", _] => {
                let table: toml::Table = text.parse().unwrap();
                names.extend(
                    table
                        .get("reference")
                        .and_then(toml::Value::as_str)
                        .map(str::to_owned),
                );
            }
            _ => {}
        }
    }
    // Words of the language that a dataset happens to be called by.
    for word in ["deaths", "opt-outs", "death", "opt_out"] {
        names.remove(word);
    }
    assert!(names.len() > 15, "{names:?}");
    let excused: BTreeSet<(&str, &str)> =
        NAMED.iter().map(|(path, name, _)| (*path, *name)).collect();
    let mut seen: BTreeSet<(String, String)> = BTreeSet::new();
    for (path, text) in rust().into_iter().filter(|(path, _)| !is_test(path)) {
        let words: BTreeSet<&str> = without_tests(&text)
            .split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '-'))
            .collect();
        seen.extend(
            names
                .iter()
                .filter(|name| words.contains(name.as_str()))
                .map(|name| (path.clone(), name.clone())),
        );
    }
    let new: Vec<_> = seen
        .iter()
        .filter(|(path, name)| !excused.contains(&(path.as_str(), name.as_str())))
        .collect();
    assert!(
        new.is_empty(),
        "knowledge lives in content/, not in Rust: {new:?}"
    );
    let gone: Vec<_> = excused
        .iter()
        .filter(|(path, name)| !seen.contains(&((*path).to_owned(), (*name).to_owned())))
        .collect();
    assert!(
        gone.is_empty(),
        "take these off the list of exceptions: {gone:?}"
    );
}

#[test]
fn nothing_reads_what_is_outside_the_repository() {
    let outside = ["..", "shared"].join("/");
    for (path, text) in texts(
        &["crates", "content", "docs"],
        &[".rs", ".toml", ".sql", ".md", ".csv", ".sh"],
    ) {
        assert!(
            !text.contains(&outside) && !text.contains(&["/work", "shared"].join("/")),
            "{path} names a folder outside"
        );
    }
}

#[test]
fn every_rule_has_a_code_of_its_own() {
    let mut codes: BTreeMap<String, String> = BTreeMap::new();
    for (path, text) in texts(&["content/datasets"], &[".toml"]) {
        if !path.contains("rules") {
            continue;
        }
        let table: toml::Table = text.parse().unwrap_or_else(|e| panic!("{path}: {e}"));
        for rule in table
            .get("rule")
            .and_then(toml::Value::as_array)
            .into_iter()
            .flatten()
        {
            let code = rule
                .get("code")
                .and_then(toml::Value::as_str)
                .unwrap_or_else(|| panic!("{path}: a rule without a code"));
            if let Some(other) = codes.insert(code.to_owned(), path.clone()) {
                panic!("{code} is in {other} and in {path}");
            }
        }
    }
    assert!(codes.len() > 100, "{}", codes.len());
}

#[test]
fn no_test_is_switched_off_and_nothing_is_left_to_do_without_an_issue() {
    let (ignored, todo) = (["#[ign", "ore"].concat(), ["TO", "DO"].concat());
    for (path, text) in rust() {
        assert!(!text.contains(&ignored), "{path} switches a test off");
        for line in text.lines().filter(|line| line.contains(&todo)) {
            assert!(
                line.contains(&format!("{todo}(#")),
                "{path}: name the issue: {line}"
            );
        }
    }
}
