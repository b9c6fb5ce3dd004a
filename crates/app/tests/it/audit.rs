//! The audit log as a file: every deed has its entry, and no change of the file stays unseen.

use crate::{
    demo::{IN_FORCE, demo, with_input},
    workspace::Workspace,
};
use std::{fs, path::PathBuf};

fn journal(workspace: &Workspace) -> PathBuf {
    workspace.home().join("audit/journal")
}

/// A change of the journal's bytes.
type Change = fn(&mut Vec<u8>);

/// Puts other bytes of the same length in the place of the first such bytes.
fn exchange(bytes: &mut [u8], from: &str, to: &str) {
    let at = bytes
        .windows(from.len())
        .position(|window| window == from.as_bytes())
        .unwrap();
    bytes[at..at + to.len()].copy_from_slice(to.as_bytes());
}

#[test]
fn any_change_of_the_log_is_found_and_its_place_named() {
    let altered: Change = |bytes| {
        exchange(bytes, "{\"seq\":5,\"time\":\"2", "{\"seq\":5,\"time\":\"1");
    };
    let changes: [(&str, Change, &str); 6] = [
        ("an altered entry", altered, "entry 5 has been altered"),
        (
            "an entry in another's place",
            |bytes| exchange(bytes, "{\"seq\":7,", "{\"seq\":8,"),
            "entry 7 is not in its place",
        ),
        (
            "another first entry",
            |bytes| exchange(bytes, "{\"seq\":1,", "{\"seq\":2,"),
            "entry 1",
        ),
        (
            "a dropped tail",
            |bytes| bytes.truncate(bytes.len() - 900),
            "the end has been dropped",
        ),
        ("an empty journal", Vec::clear, " cannot be read"),
        (
            "a journal with another beginning",
            |bytes| bytes[3] ^= 1,
            " cannot be read",
        ),
    ];
    for (what, change, words) in changes {
        let copy = Workspace::like(&demo().workspace);
        assert_eq!(copy.run(&["audit", "verify"]).code, Some(0));
        let mut bytes = fs::read(journal(&copy)).unwrap();
        change(&mut bytes);
        fs::write(journal(&copy), bytes).unwrap();
        let ended = copy.run(&["audit", "verify"]);
        assert_eq!(ended.code, Some(1), "{what}: {}{}", ended.out, ended.err);
        assert!(ended.err.contains(words), "{what}: {}", ended.err);
    }
}

#[test]
fn a_log_written_anew_is_found_by_a_checkpoint_kept_elsewhere() {
    let copy = Workspace::like(&demo().workspace);
    let kept = copy.beside("kept.txt");
    fs::copy(copy.home().join("checkpoint/audit.txt"), &kept).unwrap();
    let entries = copy.audit_is_whole();
    fs::remove_dir_all(copy.home().join("audit")).unwrap();
    fs::remove_file(copy.home().join("checkpoint/audit.txt")).unwrap();
    for _ in 0..entries / 2 + 2 {
        let mut ask = vec!["ask"];
        ask.extend(IN_FORCE);
        ask.push("select count(*) from long_term_support");
        assert_eq!(copy.run(&ask).code, Some(0));
    }
    assert_eq!(
        copy.run(&["audit", "verify"]).code,
        Some(0),
        "the new log is whole in itself"
    );
    let ended = copy.run(&["audit", "verify", "--checkpoint", kept.to_str().unwrap()]);
    assert_eq!(ended.code, Some(1), "{}{}", ended.out, ended.err);
    assert!(ended.err.contains("written anew"), "{}", ended.err);
}

/// What the newest entries say was done, oldest first.
fn newest(workspace: &Workspace, how_many: usize) -> Vec<(String, String, u64)> {
    let shown = workspace.json(&["audit", "show", "--last", &how_many.to_string()]);
    let mut entries: Vec<_> = shown["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| {
            let word = |name: &str| e[name].as_str().unwrap_or_default().to_owned();
            (
                word("kind"),
                word("outcome"),
                e["rows"].as_u64().unwrap_or_default(),
            )
        })
        .collect();
    entries.reverse();
    entries
}

#[test]
fn every_deed_has_its_entry() {
    let copy = Workspace::like(&demo().workspace);
    let before = copy.audit_is_whole();
    let with = |verb: &str, sql: &str| {
        let mut all = vec![verb];
        all.extend(IN_FORCE);
        all.push("-");
        with_input(copy.command(&all), sql)
    };
    let told = |kinds: &[(&str, &str)]| {
        let entries = newest(&copy, kinds.len());
        let seen: Vec<(&str, &str)> = entries
            .iter()
            .map(|(kind, outcome, _)| (kind.as_str(), outcome.as_str()))
            .collect();
        assert_eq!(seen, kinds);
    };
    assert_eq!(
        with("ask", "select gender from long_term_support limit 3").code,
        Some(0)
    );
    told(&[("decision_allowed", "allowed"), ("answered", "done")]);
    assert_eq!(
        newest(&copy, 1)[0].2,
        3,
        "an answer's entry says how many rows were shown"
    );
    assert_eq!(with("ask", "select * from death").code, Some(4));
    told(&[("decision_refused", "refused")]);
    assert_eq!(
        with(
            "release",
            "select gender, count(*) as records from long_term_support group by gender"
        )
        .code,
        Some(0)
    );
    told(&[
        ("decision_allowed", "allowed"),
        ("answered", "done"),
        ("released", "done"),
    ]);
    assert_eq!(
        with(
            "release",
            "select gender, max(weekly_cost) as most from long_term_support group by gender"
        )
        .code,
        Some(4)
    );
    told(&[
        ("decision_allowed", "allowed"),
        ("answered", "done"),
        ("release_refused", "refused"),
    ]);
    let place = copy.home().join("place/opt-outs.csv");
    let file = copy.beside("one-more.csv");
    fs::write(
        &file,
        format!(
            "{}\n",
            fs::read_to_string(place)
                .unwrap()
                .lines()
                .take(5)
                .collect::<Vec<_>>()
                .join("\n")
        ),
    )
    .unwrap();
    let landing = [
        "land",
        "--dataset",
        "opt-outs",
        "--from",
        "NDO",
        "--today",
        crate::workspace::TODAY,
        file.to_str().unwrap(),
    ];
    let ended = copy.run(&landing);
    assert_eq!(ended.code, Some(0), "{}{}", ended.out, ended.err);
    told(&[("landed", "done")]);
    assert_eq!(copy.audit_is_whole(), before + 2 + 1 + 3 + 3 + 1);
}

#[test]
fn a_failed_question_leaves_its_decision_in_the_log() {
    let copy = Workspace::like(&demo().workspace);
    let mut ask = vec!["ask"];
    ask.extend(IN_FORCE);
    ask.push("select cast(gender as int) from long_term_support");
    assert_eq!(copy.run(&ask).code, Some(2));
    assert_eq!(newest(&copy, 1)[0].0, "decision_allowed");
}
