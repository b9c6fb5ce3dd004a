//! `haven submit`, `status` and `results`: the road for machines as verbs, with the same receipt as every other.

use crate::{
    sending::{COUNCIL, OPEN, Server, example, workspace},
    workspace::{Ended, Workspace, timeless},
};
use serde_json::Value;

struct Sender<'w> {
    workspace: &'w Workspace,
    address: String,
    token: String,
}

impl<'w> Sender<'w> {
    fn new(workspace: &'w Workspace, server: &Server) -> Self {
        let made = workspace.run(&[
            "account",
            "token",
            "caseworks",
            "--organisation",
            COUNCIL,
            "--role",
            "submitter",
        ]);
        assert_eq!(made.code, Some(0), "{}", made.err);
        Self {
            workspace,
            address: format!("http://{}", server.address),
            token: made.out.trim().to_owned(),
        }
    }

    fn run(&self, arguments: &[&str]) -> Ended {
        let mut all = arguments.to_vec();
        all.extend(["--to", &self.address, "--json"]);
        let ended = self
            .workspace
            .command(&all)
            .env("HAVEN_TOKEN", &self.token)
            .output();
        ended.unwrap().into()
    }

    fn submit(&self, file: &str, more: &[&str]) -> Value {
        let mut arguments = vec!["submit", file];
        arguments.extend_from_slice(more);
        let ended = self.run(&arguments);
        assert_eq!(ended.code, Some(0), "{}", ended.err);
        let document: Value = serde_json::from_str(&ended.out).unwrap();
        document["submissions"][0].clone()
    }
}

fn written(workspace: &Workspace, name: &str, bytes: &[u8]) -> String {
    let path = workspace.beside(name);
    std::fs::write(&path, bytes).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn a_file_that_is_submitted_counts_once_it_is_declared_and_has_the_receipt_of_a_landing() {
    let of_machine = workspace();
    let server = Server::start(&of_machine, OPEN, &[]);
    let sender = Sender::new(&of_machine, &server);
    let file = written(&of_machine, "march.csv", &example());

    let checked = sender.submit(&file, &[]);
    assert_eq!(checked["state"], "checked");
    assert_eq!(of_machine.identified("cld_event").len(), 0);
    let accepted = sender.submit(&file, &["--declare"]);
    assert_eq!(accepted["state"], "accepted");
    assert_eq!(accepted["id"], checked["id"]);

    let landed = workspace();
    let receipt = landed.json(&["land", &file, "--from", COUNCIL]);
    let receipt = &receipt["receipts"][0];
    for (name, of_landing) in [
        ("id", "id"),
        ("sha256", "sha256"),
        ("rows_in", "rows_in"),
        ("rows_accepted", "rows_landed"),
        ("rows_set_aside", "rows_set_aside"),
    ] {
        assert_eq!(accepted[name], receipt[of_landing], "{name}");
    }
    assert_eq!(
        of_machine.identified("cld_event").len(),
        landed.identified("cld_event").len()
    );

    let id = accepted["id"].as_str().unwrap();
    let watched = sender.run(&["status", id, "--watch"]);
    let watched: Value = serde_json::from_str(&watched.out).unwrap();
    assert_eq!(timeless(&watched), timeless(&accepted));
    let out = of_machine.beside("results");
    let fetched = sender.run(&["results", id, "--out", out.to_str().unwrap()]);
    assert_eq!(fetched.code, Some(0), "{}", fetched.err);
    let kept = std::fs::read(out.join("receipt.json")).unwrap();
    let kept: Value = serde_json::from_slice(&kept).unwrap();
    assert_eq!(kept["sha256"], accepted["sha256"]);
    let findings = std::fs::read_to_string(out.join("findings.csv")).unwrap();
    assert!(findings.starts_with("Rule,Level,Row,"), "{findings}");
    let workbook = std::fs::read(out.join("findings.xlsx")).unwrap();
    assert!(workbook.starts_with(b"PK"));
}

#[test]
fn what_was_taken_back_can_be_submitted_again() {
    let workspace = workspace();
    let server = Server::start(&workspace, OPEN, &[]);
    let sender = Sender::new(&workspace, &server);
    let file = written(&workspace, "march.csv", &example());
    let first = sender.submit(&file, &["--declare"]);
    let id = first["id"].as_str().unwrap();
    let mut sue = server.sign_in("sue");
    let page = format!("/submissions/{id}/withdraw");
    let csrf = sue.get(&page).csrf();
    let withdrawn = sue.post(&page, &[("csrf", &csrf)]);
    assert_eq!(withdrawn.status, 303, "{withdrawn:?}");
    assert_eq!(workspace.identified("cld_event").len(), 0);
    let again = sender.submit(&file, &["--declare"]);
    assert_eq!(again["state"], "accepted");
    assert_ne!(workspace.identified("cld_event").len(), 0);
}

#[test]
fn a_file_with_problems_is_not_sent_unless_asked_for() {
    let workspace = workspace();
    let server = Server::start(&workspace, OPEN, &[]);
    let sender = Sender::new(&workspace, &server);
    let text = String::from_utf8(example()).unwrap();
    let wrong = text.replacen("503,", "999,", 1);
    let file = written(&workspace, "march.csv", wrong.as_bytes());
    let held_back = sender.run(&["submit", &file]);
    assert_eq!(held_back.code, Some(1), "{}", held_back.err);
    assert!(
        held_back.err.contains("Nothing was sent"),
        "{}",
        held_back.err
    );
    let none = workspace.json(&["status"]);
    assert_eq!(none["submissions"], serde_json::json!([]));

    let sent = sender.run(&["submit", &file, "--anyway"]);
    let sent: Value = serde_json::from_str(&sent.out).unwrap();
    let state = sent["submissions"][0]["state"].as_str().unwrap();
    assert!(matches!(state, "checked" | "rejected"), "{state}");
}

#[test]
fn an_upload_is_found_again_by_its_key() {
    let workspace = workspace();
    let server = Server::start(&workspace, OPEN, &[]);
    let sender = Sender::new(&workspace, &server);
    let machine = crate::api::Machine {
        address: server.address.clone(),
        token: sender.token.clone(),
    };
    let begin = |key: &str, length: &str| {
        let headers = [
            ("Tus-Resumable", "1.0.0"),
            ("Upload-Length", length),
            ("Upload-Metadata", "filename bWFyY2guY3N2"),
            ("Idempotency-Key", key),
        ];
        machine
            .raw("POST", "/api/v1/uploads", &headers, b"")
            .unwrap()
    };
    let first = begin("march", "100");
    assert_eq!(first.status, 201);
    let again = begin("march", "100");
    assert_eq!(first.header("location"), again.header("location"));
    assert_eq!(
        first.header("upload-expires"),
        again.header("upload-expires")
    );
    let other = begin("april", "100");
    assert_ne!(first.header("location"), other.header("location"));
    assert_eq!(begin("march", "101").status, 422);
}
