//! Keys as people and scripts deal with them: protected at rest, changed by two people, never shown.

use crate::{
    demo::demo,
    workspace::{Ended, Workspace, identity, key_text},
};
use std::{fs, io::Write, os::unix::fs::PermissionsExt};

const PASSWORD: &[u8] = b"invented-password-for-tests";

pub(crate) fn add(workspace: &Workspace, username: &str, role: &str) {
    let mut child = workspace
        .command(&[
            "account",
            "add",
            username,
            "--name",
            "An Example",
            "--organisation",
            "ZZ9",
            "--role",
            role,
            "--invented",
            "--trained-until",
            "2027-10-30",
        ])
        .stdin(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(PASSWORD).unwrap();
    let ended: Ended = child.wait_with_output().unwrap().into();
    assert_eq!(ended.code, Some(0), "{ended:?}");
}

fn with_people() -> Workspace {
    let workspace = Workspace::new();
    for (username, role) in [
        ("kit", "key_custodian"),
        ("kay", "key_custodian"),
        ("ada", "asset_owner"),
        ("ana", "analyst"),
    ] {
        add(&workspace, username, role);
    }
    workspace
}

/// The state of every key: domain, id and state.
fn states(workspace: &Workspace) -> Vec<String> {
    let listed = workspace.json(&["key", "list"]);
    let keys = listed["keys"].as_array().unwrap();
    let word = |key: &serde_json::Value, name: &str| key[name].as_str().unwrap().to_owned();
    keys.iter()
        .map(|k| {
            format!(
                "{} {} {}",
                word(k, "domain"),
                word(k, "id"),
                word(k, "state")
            )
        })
        .collect()
}

const DOMAIN: &str = "dsa-1/1/ORG/research/table:visit";

#[test]
#[expect(
    clippy::too_many_lines,
    reason = "one story from its beginning to its end"
)]
fn a_key_is_changed_by_two_people_and_shown_to_nobody() {
    let workspace = with_people();
    let mut said = String::new();
    let mut run = |arguments: &[&str], code: i32| {
        let ended = workspace.run(arguments);
        assert_eq!(
            ended.code,
            Some(code),
            "{arguments:?}: {}{}",
            ended.out,
            ended.err
        );
        said.push_str(&ended.out);
        said.push_str(&ended.err);
        ended
    };
    run(&["key", "new", DOMAIN, "--as", "ana"], 4);
    run(&["key", "new", DOMAIN, "--as", "ada"], 4);
    run(&["key", "new", DOMAIN, "--as", "nobody"], 4);
    run(&["key", "new", DOMAIN, "--as", "kit"], 0);
    run(&["key", "new", DOMAIN, "--as", "kit"], 4);
    run(&["key", "new", DOMAIN, "--sealing", "--as", "kit"], 0);
    assert_eq!(
        states(&workspace),
        [format!("{DOMAIN} k1 in use"), format!("{DOMAIN} s1 in use")]
    );
    let rotate = [
        "key",
        "rotate",
        DOMAIN,
        "--as",
        "kit",
        "--why",
        "a year has passed",
    ];
    run(&rotate, 0);
    run(&rotate, 4);
    run(&["key", "approve", "1", "--as", "kit"], 4);
    run(&["key", "approve", "1", "--as", "ana"], 4);
    assert!(
        states(&workspace)[0].ends_with("k1 in use"),
        "nothing before it is approved"
    );
    run(&["key", "approve", "1", "--as", "ada"], 0);
    run(&["key", "refuse", "1", "--as", "kay"], 4);
    assert_eq!(
        states(&workspace),
        [
            format!("{DOMAIN} k1 earlier"),
            format!("{DOMAIN} s1 in use"),
            format!("{DOMAIN} k2 in use")
        ]
    );
    run(
        &[
            "key",
            "destroy",
            DOMAIN,
            "--id",
            "k1",
            "--as",
            "kit",
            "--why",
            "it leaked",
        ],
        0,
    );
    run(&["key", "refuse", "2", "--as", "kay"], 0);
    assert!(states(&workspace)[0].ends_with("k1 earlier"));
    run(
        &[
            "key",
            "destroy",
            DOMAIN,
            "--as",
            "kit",
            "--why",
            "the agreement ended",
        ],
        0,
    );
    run(&["key", "approve", "3", "--as", "kay"], 0);
    assert!(states(&workspace).iter().all(|s| s.ends_with("destroyed")));
    run(
        &["key", "rotate", DOMAIN, "--as", "kit", "--why", "again"],
        4,
    );
    run(&["key", "list"], 0);
    run(&["key", "recipient"], 0);
    let hexadecimal = said
        .split(|c: char| !c.is_ascii_hexdigit())
        .any(|run| run.len() >= 32);
    assert!(
        !hexadecimal && !said.contains("AGE-SECRET"),
        "a key was shown"
    );
    let log = workspace.json(&["audit", "show", "--last", "100"]);
    let entries = log["entries"].as_array().unwrap();
    let changes: Vec<&str> = entries
        .iter()
        .filter(|e| e["kind"] == "key_changed")
        .filter_map(|e| e["reason"].as_str())
        .collect();
    assert!(
        changes
            .iter()
            .any(|c| c.contains("nobody decides what they asked for")),
        "{changes:?}"
    );
    assert!(
        changes.iter().any(|c| c.contains("change 3 carried out")),
        "{changes:?}"
    );
    workspace.audit_is_whole();
}

#[test]
fn a_workspace_from_before_is_protected_and_makes_the_same_pseudonyms() {
    let workspace = Workspace::new();
    let keys = workspace.home().join("keys");
    fs::create_dir_all(&keys).unwrap();
    let digits = "00112233445566778899aabbccddeeff".repeat(2);
    let ring = format!("haven keys 1\nrecipients k1 {digits}\n");
    fs::write(keys.join("recipients.keys"), &ring).unwrap();
    fs::write(keys.join("identified.key"), format!("{digits}\n")).unwrap();
    fs::set_permissions(
        keys.join("identified.key"),
        PermissionsExt::from_mode(0o644),
    )
    .unwrap();
    let value = "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225";
    let list = workspace.beside("values.csv");
    fs::write(
        &list,
        format!("digest\n{value}\n{}\n", value.to_uppercase()),
    )
    .unwrap();
    let imported = || {
        let out = workspace.beside("pseudonyms.csv");
        let done = workspace.run(&[
            "key",
            "import",
            list.to_str().unwrap(),
            "--domain",
            DOMAIN,
            "--out",
            out.to_str().unwrap(),
        ]);
        assert_eq!(done.code, Some(0), "{done:?}");
        fs::read_to_string(out).unwrap()
    };
    let before = imported();
    assert!(!before.contains(value));
    let lines: Vec<&str> = before.lines().collect();
    assert_eq!(lines.len(), 3);
    assert_eq!(lines[1], lines[2], "the same value, written otherwise");
    let checked = workspace.run(&["key", "check"]);
    assert_eq!(checked.code, Some(1));
    assert!(
        checked
            .out
            .contains("identified.key` can be read by everybody"),
        "{}",
        checked.out
    );
    assert!(
        checked.out.contains("recipients.keys` is plain"),
        "{}",
        checked.out
    );
    let protected = workspace.json(&["key", "protect"]);
    assert_eq!(
        protected["protected"].as_array().unwrap().len(),
        2,
        "{protected}"
    );
    assert_eq!(
        workspace.json(&["key", "protect"])["protected"]
            .as_array()
            .unwrap()
            .len(),
        0
    );
    for file in ["recipients.keys", "identified.key"] {
        let bytes = fs::read(keys.join(file)).unwrap();
        assert!(
            !String::from_utf8_lossy(&bytes).contains(&digits[..16]),
            "{file}"
        );
    }
    assert_eq!(key_text(&workspace.home(), "keys/recipients.keys"), ring);
    assert_eq!(imported(), before);
    assert_eq!(
        workspace.json(&["key", "check"])["concerns"]
            .as_array()
            .unwrap()
            .len(),
        0
    );
}

#[test]
fn the_identity_is_under_the_passphrase_that_a_file_holds() {
    let workspace = with_people();
    let passphrase = workspace.beside("passphrase");
    fs::write(&passphrase, "an invented passphrase\n").unwrap();
    fs::set_permissions(&passphrase, PermissionsExt::from_mode(0o600)).unwrap();
    let with = |path: &str, arguments: &[&str]| -> Ended {
        let mut command = workspace.command(arguments);
        command.env("HAVEN_CUSTODY__PASSPHRASE_FILE", path);
        command.output().unwrap().into()
    };
    let here = passphrase.to_str().unwrap();
    assert_eq!(
        with(here, &["key", "new", DOMAIN, "--as", "kit"]).code,
        Some(0)
    );
    let on_disk = fs::read_to_string(identity(&workspace.home())).unwrap_or_default();
    assert!(
        !on_disk.contains("AGE-SECRET"),
        "it was made under the passphrase"
    );
    assert_eq!(with(here, &["key", "list"]).code, Some(0));
    let without = workspace.run(&["key", "list"]);
    assert_eq!(without.code, Some(3), "{}", without.err);
    assert!(
        without.err.contains("under a passphrase"),
        "{}",
        without.err
    );
    fs::write(&passphrase, "another passphrase\n").unwrap();
    let wrong = with(here, &["key", "list"]);
    assert_eq!(wrong.code, Some(3), "{}", wrong.err);
    assert!(!wrong.err.contains("another passphrase"), "{}", wrong.err);
}

#[test]
fn without_the_identity_the_keys_do_not_open_and_nothing_is_made_in_their_place() {
    let workspace = with_people();
    assert_eq!(
        workspace.run(&["key", "new", DOMAIN, "--as", "kit"]).code,
        Some(0)
    );
    let path = identity(&workspace.home());
    let kept = fs::read(&path).unwrap();
    fs::remove_file(&path).unwrap();
    let lost = workspace.run(&["key", "list"]);
    assert_eq!(lost.code, Some(3), "{}", lost.err);
    assert!(
        lost.err.contains("cannot read the identity"),
        "{}",
        lost.err
    );
    assert!(!path.exists(), "another identity would open nothing");
    fs::write(&path, kept).unwrap();
    assert_eq!(states(&workspace), [format!("{DOMAIN} k1 in use")]);
}

#[test]
fn after_a_change_every_pseudonym_shows_the_new_key_and_the_bridge_is_made() {
    let workspace = Workspace::like(&demo().workspace);
    let people = |workspace: &Workspace| {
        let all = workspace.everything();
        let rows = all.iter().filter(|(name, _)| {
            // The token of a list is of no person, and stays what the list was taken under.
            name.starts_with("handover/") && *name != "handover/preference_list"
        });
        let cells = rows.flat_map(|(_, rows)| rows.clone());
        let mut ids: Vec<String> = cells
            .flat_map(|row| {
                row.split(['|', ' ', ','])
                    .map(str::to_owned)
                    .collect::<Vec<_>>()
            })
            .filter(|cell| custody_id(cell).is_some())
            .map(|cell| custody_id(&cell).unwrap().to_owned())
            .collect();
        ids.sort();
        ids.dedup();
        ids
    };
    assert_eq!(people(&workspace), ["k1"]);
    for (arguments, code) in [
        (
            vec![
                "key",
                "rotate",
                "analysis",
                "--as",
                "kit",
                "--why",
                "a year has passed",
            ],
            0,
        ),
        (vec!["key", "approve", "1", "--as", "ada"], 0),
        (vec!["key", "bridge", "analysis", "--as", "ada"], 4),
        (vec!["key", "bridge", "analysis", "--as", "kit"], 0),
        (vec!["pseudonymise"], 0),
    ] {
        let ended = workspace.run(&arguments);
        assert_eq!(
            ended.code,
            Some(code),
            "{arguments:?}: {}{}",
            ended.out,
            ended.err
        );
    }
    assert_eq!(people(&workspace), ["k2"]);
    let bridges = workspace.home().join("keys/pseudonyms.bridges");
    assert_eq!(fs::read_dir(bridges).unwrap().count(), 1);
}

/// The id of the key of a pseudonym.
fn custody_id(cell: &str) -> Option<&str> {
    let (id, digits) = cell.split_once('-')?;
    (id.starts_with('k') && digits.len() == 32).then_some(id)
}
