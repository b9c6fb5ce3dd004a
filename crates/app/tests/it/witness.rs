//! Proofs that strangers check, and witnesses that notice when a log does not only grow.

use crate::{
    demo::{IN_FORCE, demo},
    site::serve,
    workspace::Workspace,
};
use std::fs;

fn ask(workspace: &Workspace) {
    let mut ask = vec!["ask"];
    ask.extend(IN_FORCE);
    ask.push("select count(*) from long_term_support");
    assert_eq!(workspace.run(&ask).code, Some(0));
}

fn key_of(workspace: &Workspace) -> String {
    workspace.run(&["audit", "key"]).out.trim().to_owned()
}

#[test]
fn a_proof_of_an_entry_is_checked_by_somebody_who_has_only_the_key() {
    let copy = Workspace::like(&demo().workspace);
    let file = copy.beside("entry-5.tlog-proof");
    let path = file.to_str().unwrap();
    let made = copy.run(&["audit", "prove", "5", "--out", path]);
    assert_eq!(made.code, Some(0), "{}", made.err);
    let key = key_of(&copy);
    let stranger = Workspace::new();
    let checked = stranger.json(&["audit", "check-proof", path, "--key", &key]);
    assert_eq!(
        (&checked["holds"], &checked["entry"]),
        (&true.into(), &5.into())
    );
    assert!(!stranger.home().join("audit").exists());
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replace("index 4", "index 3")).unwrap();
    let ended = stranger.run(&["audit", "check-proof", path, "--key", &key]);
    assert_eq!(ended.code, Some(1), "{}", ended.err);
    let other = key_of(&stranger);
    fs::write(&file, text).unwrap();
    let ended = stranger.run(&["audit", "check-proof", path, "--key", &other]);
    assert_eq!(ended.code, Some(1), "{}", ended.err);
    let none = copy.run(&["audit", "prove", "999999"]);
    assert_ne!(none.code, Some(0));
}

#[test]
fn a_witness_cosigns_a_log_that_grew_and_refuses_one_that_did_not() {
    let copy = Workspace::like(&demo().workspace);
    let (key, folder) = (key_of(&copy), copy.home().join("audit"));
    let state = copy.beside("witness");
    let witness = |log: &str| {
        let (state, key) = (state.to_str().unwrap(), key.as_str());
        let name = "council.example/witness";
        let arguments = [
            "audit",
            "witness",
            log,
            "--log-key",
            key,
            "--name",
            name,
            "--state",
            state,
            "--json",
        ];
        Workspace::new().run(&arguments)
    };
    let folder = folder.to_str().unwrap();
    copy.json(&["audit", "show"]);
    assert_eq!(copy.run(&["audit", "publish"]).code, Some(0));
    let first = witness(folder);
    assert_eq!(first.code, Some(0), "{}{}", first.out, first.err);
    let first: serde_json::Value = serde_json::from_str(&first.out).unwrap();
    ask(&copy);
    copy.run(&["audit", "publish"]);
    let second = witness(folder);
    let second: serde_json::Value = serde_json::from_str(&second.out).unwrap();
    assert_eq!(second["from"], first["entries"]);
    assert!(second["entries"].as_u64() > first["entries"].as_u64());

    // What the witness wrote is taken in, once its key is known.
    let public = second["key"].as_str().unwrap();
    let note = copy.beside("cosigned.txt");
    fs::write(&note, second["note"].as_str().unwrap()).unwrap();
    let take = ["audit", "take-cosignature", note.to_str().unwrap()];
    assert_ne!(copy.run(&take).code, Some(0));
    let settings = copy.home().join("haven.toml");
    fs::write(&settings, "").unwrap();
    let known = format!("[audit]\nwitnesses = [\"{public}\"]\n");
    let place = copy.beside("place");
    fs::create_dir_all(&place).unwrap();
    fs::write(place.join("haven.toml"), known).unwrap();
    let mut command = copy.command(&take);
    let taken = command.current_dir(&place).output().unwrap();
    assert!(
        taken.status.success(),
        "{}",
        String::from_utf8_lossy(&taken.stderr)
    );
    let mut command = copy.command(&["audit", "verify", "--json"]);
    let verified = command.current_dir(&place).output().unwrap();
    let verified: serde_json::Value = serde_json::from_slice(&verified.stdout).unwrap();
    assert_eq!(
        (&verified["whole"], &verified["cosignatures"]),
        (&true.into(), &1.into())
    );

    // A log that was written anew under the same key.
    for gone in ["audit", "checkpoint"] {
        fs::remove_dir_all(copy.home().join(gone)).unwrap();
    }
    let entries = second["entries"].as_u64().unwrap();
    for _ in 0..entries / 2 + 2 {
        ask(&copy);
    }
    copy.run(&["audit", "publish"]);
    let ended = witness(folder);
    assert_eq!(ended.code, Some(1), "{}{}", ended.out, ended.err);
    assert!(ended.err.contains("NOT cosigned"), "{}", ended.err);
}

#[test]
fn the_public_has_hashes_and_auditors_have_entries() {
    let site = serve(Workspace::like(&demo().workspace), &[]);
    let mut browser = crate::site::sign_in(&site.address, "ivy", "invented-place-ivy");
    let note = browser.get("/log/checkpoint");
    assert_eq!(note.status, 200);
    let width: usize = note.body.lines().nth(1).unwrap().parse().unwrap();
    // Of a longer log the first tile is whole.
    let width = width.min(256);
    let part = if width < 256 {
        format!(".p/{width}")
    } else {
        String::new()
    };
    let cookies = std::mem::take(&mut browser.cookies);
    let tile = browser.get(&format!("/log/tile/0/000{part}"));
    assert_eq!(
        (tile.status, tile.header("content-length")),
        (200, (width * 32).to_string().as_str())
    );
    let bundle = format!("/log/tile/entries/000{part}");
    assert_eq!(browser.get(&bundle).status, 303);
    for wrong in [
        "/log/tile/0/1",
        "/log/tile/../keys",
        "/log/tile/0/x000/000",
        "/log/cosigned",
    ] {
        assert_eq!(browser.get(wrong).status, 404, "{wrong}");
    }
    let refused = browser.send(
        "POST",
        "/log/cosignatures",
        "text/plain",
        note.body.as_bytes(),
    );
    assert_eq!(refused.status, 403);
    browser.cookies = cookies;
    let got = browser.get(&bundle);
    assert_eq!(got.status, 200);
    assert!(got.body.contains("\"seq\":1,"));
    let mut sue = crate::site::sign_in(&site.address, "sue", "invented-place-sue");
    assert_eq!(sue.get(&bundle).status, 403);
}

#[test]
fn who_has_seen_records_of_a_ward_is_answered_in_sentences_and_the_search_is_an_entry() {
    let copy = Workspace::like(&demo().workspace);
    ask(&copy);
    let found = copy.json(&[
        "audit",
        "search",
        "--seen",
        "--area",
        "Westborough",
        "--agreement",
        "DSA-0417",
        "--since",
        "2026-05",
    ]);
    assert!(found["found"].as_u64() > Some(0), "{found}");
    let newest = found["entries"].as_array().unwrap().last().unwrap();
    let sentence = newest["sentence"].as_str().unwrap();
    assert!(
        sentence.contains("ana")
            && sentence.contains(
                "was shown an answer of 1 row from long_term_support under agreement DSA-0417"
            ),
        "{sentence}"
    );
    let why = newest["why"].to_string();
    assert!(
        why.contains("Southend-on-Sea") && why.contains("Westborough"),
        "{why}"
    );
    assert!(
        found["cannot_say"]
            .to_string()
            .contains("whose rows they were")
    );
    let none = copy.json(&["audit", "search", "--person", "nobody"]);
    assert_eq!(none["found"], 0);
    let shown = copy.json(&["audit", "show", "--last", "1"]);
    assert_eq!(shown["entries"][0]["kind"], "searched");
    for ending in ["csv", "xlsx", "jsonl"] {
        let file = copy.beside(&format!("audit.{ending}"));
        let ended = copy.run(&["audit", "export", file.to_str().unwrap()]);
        assert_eq!(ended.code, Some(0), "{}", ended.err);
        assert!(fs::metadata(&file).unwrap().len() > 1_000);
    }
    let wrong = copy.run(&["audit", "export", "audit.pdf"]);
    assert_ne!(wrong.code, Some(0));
}
