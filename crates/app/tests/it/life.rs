//! The life of the service: what is destroyed is in no copy, and a backup that is put back brings none of it back.

use crate::{
    demo::{IN_FORCE, demo},
    workspace::{Ended, Workspace},
};
use std::{
    fs,
    path::{Path, PathBuf},
};

fn place() -> Workspace {
    Workspace::like(&demo().workspace)
}

/// The smallest submission of a council, with the digest of its file.
fn smallest(workspace: &Workspace) -> (String, String) {
    let status = workspace.json(&["status"]);
    let of_a_council = |s: &&serde_json::Value| {
        s["dataset"].as_str().unwrap().starts_with("cld") && s["state"] == "landed"
    };
    let all = status["submissions"].as_array().unwrap();
    let one = all
        .iter()
        .filter(of_a_council)
        .min_by_key(|s| s["rows_in"].as_u64())
        .unwrap();
    (
        one["id"].as_str().unwrap().to_owned(),
        one["sha256"].as_str().unwrap().to_owned(),
    )
}

fn request(workspace: &Workspace, submission: &str) -> String {
    let asked = workspace.run(&[
        "destroy",
        "request",
        "--submission",
        submission,
        "--reason",
        "sent by mistake",
        "--as",
        "pru",
    ]);
    assert_eq!(asked.code, Some(0), "{}", asked.err);
    asked.out.split_whitespace().next().unwrap().to_owned()
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}

/// Files of rows in all stores.
fn parts(workspace: &Workspace) -> usize {
    ["identified", "handover", "analysis"]
        .iter()
        .flat_map(|zone| files(&workspace.home().join(zone)))
        .filter(|path| path.extension().is_some_and(|e| e == "parquet"))
        .count()
}

fn is_gone(workspace: &Workspace, submission: &str, sha256: &str) {
    let named = |part: &str| {
        files(&workspace.home().join("identified"))
            .iter()
            .any(|path| path.to_string_lossy().contains(part))
    };
    assert!(!named(sha256), "the file that was sent is still there");
    assert!(
        !named(&format!("part-{submission}-")),
        "its rows are still there"
    );
    workspace.audit_is_whole();
}

#[test]
fn what_two_people_destroy_is_in_no_copy_and_the_log_still_verifies() {
    let workspace = place();
    let (submission, sha256) = smallest(&workspace);
    let before = workspace.everything();
    let id = request(&workspace, &submission);
    for (who, words) in [
        ("pru", "nobody approves what they asked for"),
        ("ana", "has none of the roles"),
        ("nobody", "has none of the roles"),
    ] {
        let refused = workspace.run(&["destroy", "approve", &id, "--as", who]);
        assert_eq!(refused.code, Some(4), "{who}");
        assert!(refused.err.contains(words), "{who}: {}", refused.err);
    }
    assert_eq!(
        workspace.everything(),
        before,
        "nothing goes before it is approved"
    );

    let done = workspace.run(&["destroy", "approve", &id, "--as", "ada"]);
    assert_eq!(done.code, Some(0), "{}", done.err);
    is_gone(&workspace, &submission, &sha256);
    // Each table has the files of one version.
    let left = parts(&workspace);
    let again = workspace.run(&["destroy", "approve", &id, "--as", "ada"]);
    assert!(again.out.contains("was carried out before"));
    assert_eq!(parts(&workspace), left);

    let certificate: serde_json::Value =
        serde_json::from_str(&workspace.run(&["destroy", "certificate", &id]).out).unwrap();
    assert_eq!(certificate["what"], submission.as_str());
    assert!(certificate["copies"].as_array().unwrap().len() > 10);
    let shown = workspace.json(&["audit", "show", "--last", "3"]);
    let kinds: Vec<&str> = shown["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["kind"].as_str().unwrap())
        .collect();
    assert!(kinds.contains(&"destroyed"), "{kinds:?}");
}

#[test]
fn a_destruction_that_is_killed_is_finished_and_ends_the_same() {
    let first = place();
    let (submission, sha256) = smallest(&first);
    let id = request(&first, &submission);
    let other = Workspace::like(&first);
    let done = other.run(&["destroy", "approve", &id, "--as", "ada"]);
    assert_eq!(done.code, Some(0), "{}", done.err);
    let whole = other.everything();
    for point in [1, 3, 6, 12, 25, 50] {
        let workspace = Workspace::like(&first);
        let killed: Ended = workspace
            .command(&["destroy", "approve", &id, "--as", "ada"])
            .env("HAVEN_KILL_AT_WRITE_POINT", point.to_string())
            .output()
            .unwrap()
            .into();
        // What was approved is finished by whoever comes; what was not is approved once more.
        for again in [
            &["destroy", "resume"][..],
            &["destroy", "approve", &id, "--as", "ada"],
        ] {
            let ended = workspace.run(again);
            assert_eq!(ended.code, Some(0), "point {point}: {}", ended.err);
        }
        is_gone(&workspace, &submission, &sha256);
        let list = workspace.json(&["destroy", "list"]);
        assert!(
            list["destructions"][0]["done_at"].is_string(),
            "point {point}: {list}"
        );
        let found = workspace.everything();
        assert_eq!(
            found.keys().collect::<Vec<_>>(),
            whole.keys().collect::<Vec<_>>()
        );
        for (table, rows) in &whole {
            assert_eq!(
                found[table].len(),
                rows.len(),
                "point {point}, {table} after {:?}",
                killed.code
            );
        }
    }
}

#[test]
fn a_backup_that_is_put_back_destroys_again_before_anyone_can_read() {
    let workspace = place();
    let (submission, sha256) = smallest(&workspace);
    let backup = workspace.beside("backup");
    let backup = backup.to_str().unwrap();
    let made = workspace.run(&["backup", "make", backup]);
    assert_eq!(made.code, Some(0), "{}", made.err);
    assert_eq!(workspace.run(&["backup", "verify", backup]).code, Some(0));
    // No key and nothing plain is in it.
    let key = crate::workspace::key_text(&workspace.home(), "keys/identified.key");
    for path in files(Path::new(backup)) {
        let body = fs::read(&path).unwrap();
        let text = String::from_utf8_lossy(&body);
        assert!(!text.contains(key.trim()), "{}", path.display());
        assert!(!text.contains("\"actor\""), "{}", path.display());
        assert!(!text.contains("password_hash"), "{}", path.display());
    }

    let id = request(&workspace, &submission);
    let done = workspace.run(&["destroy", "approve", &id, "--as", "ada"]);
    assert_eq!(done.code, Some(0), "{}", done.err);

    let restored = Workspace::new();
    copy_folder(
        &workspace.home().join("keys"),
        &restored.home().join("keys"),
    );
    // The identity that opens them is kept apart from both.
    let identity = crate::workspace::identity;
    fs::copy(identity(&workspace.home()), identity(&restored.home())).unwrap();
    let without_list = restored.run(&["restore", backup]);
    assert_eq!(without_list.code, Some(2), "{}", without_list.err);
    let list = workspace.home().join("audit/destructions.jsonl");
    let arguments = ["restore", backup, "--destructions", list.to_str().unwrap()];
    // Killed on the way, nobody can open it; run again, it ends.
    let killed: Ended = restored
        .command(&arguments)
        .env("HAVEN_KILL_AT_WRITE_POINT", "4")
        .output()
        .unwrap()
        .into();
    assert_ne!(killed.code, Some(0));
    let status = restored.run(&["status"]);
    assert_ne!(status.code, Some(0));
    assert!(status.err.contains("being put back"), "{}", status.err);
    let back = restored.run(&arguments);
    assert_eq!(back.code, Some(0), "{}", back.err);
    is_gone(&restored, &submission, &sha256);
    for (table, rows) in workspace.everything() {
        assert_eq!(restored.everything()[&table].len(), rows.len(), "{table}");
    }

    // Who said no since the backup was made is in no list of before.
    let question = &["select count(*) from long_term_support"][..];
    let ask = || restored.run(&[&["ask"][..], &IN_FORCE, question].concat());
    let refused = ask();
    assert_eq!(refused.code, Some(4), "{}{}", refused.out, refused.err);
    assert!(refused.err.contains("too old"), "{}", refused.err);
    let lists = restored.json(&["preferences", "lists"]);
    assert_eq!(lists["lists"][0]["state"], "answered", "{lists}");
    let numbers = restored.beside("numbers.dat");
    for way in ["--request", "--answer"] {
        let checked = restored.run(&["preferences", "check", way, numbers.to_str().unwrap()]);
        assert_eq!(checked.code, Some(0), "{way}: {}", checked.err);
    }
    // What people said here since is in no backup either: only they and their letters know.
    let refused = ask();
    assert_eq!(refused.code, Some(4), "{}{}", refused.out, refused.err);
    assert!(
        refused.err.contains("haven preferences taken-in-again"),
        "{}",
        refused.err
    );
    let again = |who| restored.run(&["preferences", "taken-in-again", "--as", who]);
    assert_eq!(again("ana").code, Some(4), "a privacy officer says so");
    assert_eq!(ask().code, Some(4));
    let taken = again("pru");
    assert_eq!(taken.code, Some(0), "{}", taken.err);
    let answered = ask();
    assert_eq!(answered.code, Some(0), "{}", answered.err);
    assert_eq!(again("pru").code, Some(4), "nothing waits any more");

    // A byte that was changed is found.
    let mut all = files(Path::new(backup));
    all.retain(|path| path.extension().is_some_and(|e| e == "parquet"));
    let mut body = fs::read(&all[0]).unwrap();
    body[40] ^= 1;
    fs::write(&all[0], body).unwrap();
    let altered = workspace.run(&["backup", "verify", backup]);
    assert_ne!(altered.code, Some(0));
    assert!(altered.err.contains("has been altered"), "{}", altered.err);
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}
