//! The road from file to receipt on the site: checked, declared, replaced, withdrawn, late, partial, run out.

use crate::{
    site::{Browser, Got, frontend},
    workspace::{Ended, Workspace, timeless},
};
use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Read, Write},
    process::{Child, ChildStderr, Stdio},
};

/// The council of the example, and the moment at which most tests begin: its window is open.
pub(crate) const COUNCIL: &str = "503";
pub(crate) const OPEN: &str = "2026-10-30T09:00:00Z";
const PASSWORD: &str = "a long enough password";

/// A server that is killed when it is dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: String,
    words: BufReader<ChildStderr>,
}

impl Server {
    pub(crate) fn start(workspace: &Workspace, moment: &str, more: &[(&str, &str)]) -> Self {
        Self::try_start(workspace, moment, more).unwrap()
    }

    /// `None` where it ends before it serves.
    pub(crate) fn try_start(
        workspace: &Workspace,
        moment: &str,
        more: &[(&str, &str)],
    ) -> Option<Self> {
        #[expect(clippy::zombie_processes, reason = "dropping the server waits for it")]
        let mut child = workspace
            .command(&["serve", "--address", "127.0.0.1:0"])
            .env("HAVEN_SITE__FRONTEND", frontend(workspace))
            .env("HAVEN_SITE__SIGN_INS_A_MINUTE", "1000")
            .env("HAVEN_CLOCK_STARTS_AT", moment)
            .envs(more.iter().copied())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let mut words = BufReader::new(child.stderr.take().unwrap());
        loop {
            let mut line = String::new();
            if words.read_line(&mut line).unwrap() == 0 {
                child.wait().unwrap();
                return None;
            }
            if let Some((_, address)) = line.split_once("http://") {
                return Some(Self {
                    child,
                    address: address.trim().to_owned(),
                    words,
                });
            }
        }
    }

    /// Kills it as `kill -9` does, and gives what it said.
    pub(crate) fn kill(mut self) -> String {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        let mut said = String::new();
        self.words.read_to_string(&mut said).unwrap();
        said
    }

    /// Somebody who is not signed in.
    pub(crate) fn visitor(&self) -> Browser {
        Browser {
            address: self.address.clone(),
            cookies: BTreeMap::new(),
        }
    }

    /// Somebody who is signed in; `None` where the server ends before.
    fn try_sign_in(&self, username: &str) -> Option<Browser> {
        let mut browser = self.visitor();
        let page = browser.ask("GET", "/sign-in", "", b"")?;
        let body = format!(
            "csrf={}&username={username}&password={}",
            page.csrf(),
            PASSWORD.replace(' ', "+")
        );
        let form = "application/x-www-form-urlencoded";
        let got = browser.ask("POST", "/sign-in", form, body.as_bytes())?;
        (got.status == 303).then_some(browser)
    }

    pub(crate) fn sign_in(&self, username: &str) -> Browser {
        self.try_sign_in(username).unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An empty workspace with a submitter of the council, and one of another.
pub(crate) fn workspace() -> Workspace {
    let workspace = Workspace::new();
    for (name, organisation, role) in [
        ("sue", COUNCIL, "submitter"),
        ("vic", "714", "submitter"),
        ("ora", "EST-HAVEN", "operator"),
    ] {
        let mut adding = workspace
            .command(&[
                "account",
                "add",
                name,
                "--name",
                name,
                "--organisation",
                organisation,
                "--role",
                role,
                "--invented",
                "--trained-until",
                "2027-10-30",
            ])
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let mut input = adding.stdin.take().unwrap();
        input.write_all(PASSWORD.as_bytes()).unwrap();
        drop(input);
        let ended: Ended = adding.wait_with_output().unwrap().into();
        assert_eq!(ended.code, Some(0), "{}", ended.err);
    }
    workspace
}

pub(crate) fn example() -> Vec<u8> {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../content/datasets/cld-r2/examples/example.csv"
    );
    std::fs::read(path).unwrap()
}

/// The example without its last so many rows: another file of the same sender.
fn shorter_example(by: usize) -> Vec<u8> {
    let text = String::from_utf8(example()).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let mut kept = lines[..lines.len() - by].join("\r\n");
    kept.push_str("\r\n");
    kept.into_bytes()
}

/// Uploads a file, and gives the address of its page.
fn upload(browser: &mut Browser, file: &[u8], more: &[(&str, &str)]) -> String {
    let csrf = browser.get("/submissions/new").csrf();
    let mut fields = vec![("csrf", csrf.as_str()), ("dataset", "cld")];
    fields.extend_from_slice(more);
    let got = browser.send_file("/submissions", &fields, "march.csv", file);
    assert_eq!(got.status, 303, "{got:?}");
    got.header("location").to_owned()
}

fn declare(browser: &mut Browser, page: &str) -> Got {
    let confirm = format!("{page}/confirm");
    let csrf = browser.get(&confirm).csrf();
    browser.post(&confirm, &[("csrf", &csrf), ("declared", "yes")])
}

fn states(workspace: &Workspace) -> Vec<(String, bool)> {
    let status = workspace.json(&["status"]);
    let all = status["submissions"].as_array().unwrap();
    all.iter()
        .map(|s| {
            (
                s["state"].as_str().unwrap().to_owned(),
                s["landed"].as_bool().unwrap(),
            )
        })
        .collect()
}

fn rows(workspace: &Workspace) -> usize {
    workspace.identified("cld_event").len()
}

#[test]
fn rows_count_from_the_declaration_and_the_receipt_is_that_of_an_operators_landing() {
    let workspace = workspace();
    let server = Server::start(&workspace, OPEN, &[]);
    let mut sue = server.sign_in("sue");
    let page = upload(&mut sue, &example(), &[]);
    let result = sue.get(&page);
    assert!(result.body.contains("Not sent yet"), "{}", result.body);
    assert!(
        result
            .body
            .contains("The window closes on 31 October 2026 at 5:00pm.")
    );
    assert_eq!(rows(&workspace), 0, "nothing counts before the declaration");
    assert_eq!(sue.get(&format!("{page}/receipt")).status, 404);
    let confirm = sue.get(&format!("{page}/confirm"));
    assert!(confirm.body.contains("1 October 2025 to 30 September 2026"));
    let without = sue.post(&format!("{page}/confirm"), &[("csrf", &confirm.csrf())]);
    assert_eq!(without.status, 422);
    assert!(without.body.contains("<title>Error: Check and send"));
    assert_eq!(rows(&workspace), 0);
    let sent = declare(&mut sue, &page);
    assert_eq!(
        sent.header("location"),
        format!("{page}/receipt"),
        "{sent:?}"
    );
    let receipt = sue.get(&format!("{page}/receipt"));
    for words in [
        "We have your file",
        "30 October 2026 at 9:0",
        "Declared and sent",
    ] {
        assert!(receipt.body.contains(words), "{words}: {}", receipt.body);
    }
    // A second declaration changes nothing.
    assert_eq!(sue.get(&format!("{page}/confirm")).status, 303);
    assert_eq!(server.sign_in("vic").get(&page).status, 404);
    let operators = Workspace::new();
    let file = operators.beside("march.csv");
    std::fs::write(&file, example()).unwrap();
    let landed = operators.json(&["land", file.to_str().unwrap(), "--from", COUNCIL]);
    let here = workspace.json(&["status"]);
    assert_eq!(
        timeless(&here["submissions"][0]),
        timeless(&landed["receipts"][0])
    );
    assert_eq!(
        workspace.identified("cld_event"),
        operators.identified("cld_event")
    );
    workspace.audit_is_whole();
}

#[test]
fn a_later_file_replaces_withdrawing_takes_rows_out_and_the_same_file_can_come_back() {
    let workspace = workspace();
    let server = Server::start(&workspace, OPEN, &[]);
    let mut sue = server.sign_in("sue");
    let first = upload(&mut sue, &example(), &[]);
    declare(&mut sue, &first);
    let whole = workspace.identified("cld_event");
    assert!(whole.len() > 20);
    let second = upload(&mut sue, &shorter_example(3), &[]);
    assert_eq!(rows(&workspace), whole.len(), "an attempt replaces nothing");
    let confirm = sue.get(&format!("{second}/confirm"));
    assert!(confirm.body.contains("It takes the place of a file"));
    declare(&mut sue, &second);
    assert_eq!(rows(&workspace), whole.len() - 3);
    let replaced = sue.get(&first);
    assert!(replaced.body.contains("replaced by a later file"));
    assert!(replaced.body.contains(&second));
    // What is replaced does not count, so it cannot be withdrawn.
    assert_eq!(sue.get(&format!("{first}/withdraw")).status, 303);
    let withdraw = format!("{second}/withdraw");
    let csrf = sue.get(&withdraw).csrf();
    assert_eq!(sue.post(&withdraw, &[("csrf", &csrf)]).status, 303);
    assert_eq!(rows(&workspace), 0);
    assert!(sue.get(&second).body.contains("You took this file back"));
    assert_eq!(sue.get(&format!("{second}/receipt")).status, 404);
    let states: Vec<String> = states(&workspace).into_iter().map(|(s, _)| s).collect();
    assert_eq!(states, ["withdrawn", "replaced"]);
    let again = upload(&mut sue, &example(), &[]);
    assert_eq!(again, first, "the same bytes are the same submission");
    declare(&mut sue, &again);
    assert_eq!(workspace.identified("cld_event"), whole);
    // The list knows what is due, and that nothing is any more.
    assert!(
        !sue.get("/submissions")
            .body
            .contains("1 October 2025 to 30 September 2026</td>")
    );
    workspace.audit_is_whole();
}

#[test]
fn a_deleted_attempt_leaves_nothing_but_counts() {
    let workspace = workspace();
    let server = Server::start(&workspace, OPEN, &[]);
    let mut sue = server.sign_in("sue");
    let page = upload(&mut sue, &example(), &[]);
    assert!(files_below(&workspace, "identified/vault/objects") > 0);
    let withdraw = format!("{page}/withdraw");
    let csrf = sue.get(&withdraw).csrf();
    sue.post(&withdraw, &[("csrf", &csrf)]);
    assert_eq!(files_below(&workspace, "identified/vault/objects"), 0);
    assert_eq!(files_below(&workspace, "identified/objects/cld_event"), 0);
    assert_eq!(states(&workspace)[0].0, "withdrawn");
}

#[test]
fn attempts_run_out_after_their_days_and_what_counts_stays() {
    let workspace = workspace();
    {
        let server = Server::start(&workspace, OPEN, &[]);
        let mut sue = server.sign_in("sue");
        let counts = upload(&mut sue, &example(), &[]);
        declare(&mut sue, &counts);
        upload(&mut sue, &shorter_example(2), &[]);
    }
    let swept = |moment: &str| {
        let server = Server::start(&workspace, moment, &[]);
        let mut sue = server.sign_in("sue");
        // Sweeping goes on beside the first requests.
        for _ in 0..200 {
            if sue.get("/submissions").body.contains("Deleted") {
                return true;
            }
            if moment == OPEN_13_DAYS_LATER {
                return false;
            }
        }
        false
    };
    assert!(!swept(OPEN_13_DAYS_LATER));
    assert!(swept("2026-11-13T10:00:00Z"));
    let landed = states(&workspace)
        .iter()
        .filter(|(_, landed)| *landed)
        .count();
    assert_eq!(landed, 1);
    assert!(rows(&workspace) > 20);
}

const OPEN_13_DAYS_LATER: &str = "2026-11-12T08:00:00Z";

#[test]
fn files_are_late_from_the_moment_of_closing_in_london_and_parts_are_marked() {
    // The window closes at 5:00pm on 31 October, six days after the clocks went back, and the one before on 31
    // July in summer time.
    for (moment, window, late) in [
        ("2026-10-31T16:55:00Z", "2026-q3", false),
        ("2026-10-31T17:00:00Z", "2026-q3", true),
        ("2026-07-31T15:55:00Z", "2026-q2", false),
        ("2026-07-31T16:00:00Z", "2026-q2", true),
    ] {
        let workspace = workspace();
        let server = Server::start(&workspace, moment, &[]);
        let mut sue = server.sign_in("sue");
        let part = [
            ("window", window),
            ("from-day", "1"),
            ("from-month", "1"),
            ("from-year", "2026"),
            ("to-day", "30"),
            ("to-month", "6"),
            ("to-year", "2026"),
        ];
        let page = upload(&mut sue, &example(), &part);
        let confirm = sue.get(&format!("{page}/confirm"));
        assert_eq!(confirm.body.contains("marked as late."), late, "{moment}");
        declare(&mut sue, &page);
        let receipt = sue.get(&format!("{page}/receipt")).body;
        assert_eq!(receipt.contains("is marked as late"), late, "{moment}");
        assert!(receipt.contains("1 January 2026 to 30 June 2026"));
        assert!(receipt.contains("a part of the period"));
        // Until the window closes a file can be withdrawn, and after that not.
        let form = sue.get(&format!("{page}/withdraw"));
        assert_eq!(form.status, if late { 303 } else { 200 }, "{moment}");
    }
}

#[test]
fn a_period_that_cannot_be_is_told_beside_its_field() {
    let workspace = workspace();
    let server = Server::start(&workspace, OPEN, &[]);
    let mut sue = server.sign_in("sue");
    let csrf = sue.get("/submissions/new").csrf();
    for (fields, words) in [
        (
            [("window", "1999-q1"), ("from-day", "")],
            "Choose the period",
        ),
        (
            [("window", "2026-q3"), ("from-day", "31")],
            "Write the first day",
        ),
    ] {
        let mut all = vec![("csrf", csrf.as_str()), ("dataset", "cld")];
        all.extend_from_slice(&fields);
        let got = sue.send_file("/submissions", &all, "x.csv", &example());
        assert_eq!(got.status, 422);
        assert!(got.body.contains(words), "{words}: {}", got.body);
    }
    assert!(states(&workspace).is_empty());
}

#[test]
fn what_is_only_checked_leaves_no_trace() {
    let workspace = workspace();
    let server = Server::start(&workspace, OPEN, &[("HAVEN_SITE__LARGEST_CHECK_MB", "1")]);
    let mut ora = server.sign_in("ora");
    let csrf = ora.get("/check").csrf();
    let before = files_below(&workspace, "identified");
    let fields = [("csrf", csrf.as_str()), ("dataset", "cld")];
    let got = ora.send_file("/check", &fields, "march.csv", &example());
    assert_eq!(got.status, 200);
    assert!(got.body.contains("Check: nothing to fix") || got.body.contains("to fix"));
    assert!(got.body.contains("march.csv"));
    assert_eq!(files_below(&workspace, "identified"), before);
    assert!(states(&workspace).is_empty());
    let large = vec![b'x'; 1_200_000];
    let got = ora.send_file("/check", &fields, "large.csv", &large);
    assert_eq!(got.status, 413);
    assert!(
        got.body.contains("1 MB"),
        "the limit is named: {}",
        got.body
    );
}

fn files_below(workspace: &Workspace, folder: &str) -> usize {
    fn count(folder: &std::path::Path) -> usize {
        let Ok(entries) = std::fs::read_dir(folder) else {
            return 0;
        };
        entries
            .map(|entry| {
                let path = entry.unwrap().path();
                if path.is_dir() { count(&path) } else { 1 }
            })
            .sum()
    }
    count(&workspace.home().join(folder))
}

#[test]
fn killing_the_server_at_each_write_point_of_declaring_and_withdrawing_leaves_all_rows_or_none() {
    let workspace = workspace();
    let page = {
        let server = Server::start(&workspace, OPEN, &[]);
        upload(&mut server.sign_in("sue"), &example(), &[])
    };
    let whole = {
        let operators = Workspace::new();
        let file = operators.beside("march.csv");
        std::fs::write(&file, example()).unwrap();
        operators.json(&["land", file.to_str().unwrap(), "--from", COUNCIL]);
        operators.identified("cld_event")
    };
    for point in 1u32.. {
        let killed = Workspace::like(&workspace);
        let at = point.to_string();
        let came_to_the_end =
            Server::try_start(&killed, OPEN, &[("HAVEN_KILL_AT_WRITE_POINT", &at)])
                .and_then(|server| declare_and_withdraw(&server, &page))
                .is_some();
        // A server that starts again makes good what the kill left.
        let server = Server::start(&killed, OPEN, &[]);
        let events = killed.identified("cld_event");
        let (state, landed) = states(&killed).remove(0);
        let expected = if landed { &whole[..] } else { &[] };
        assert_eq!(events, expected, "write point {point}: {state}");
        if came_to_the_end {
            assert_eq!(state, "withdrawn");
            assert!(point > 8, "only {point} write points");
            return;
        }
        let mut sue = server.sign_in("sue");
        if state == "checked" {
            assert_eq!(declare(&mut sue, &page).status, 303);
            assert_eq!(killed.identified("cld_event"), whole, "write point {point}");
        }
        killed.audit_is_whole();
    }
}

fn declare_and_withdraw(server: &Server, page: &str) -> Option<()> {
    let mut sue = server.try_sign_in("sue")?;
    let form = "application/x-www-form-urlencoded";
    for (step, more) in [("confirm", "&declared=yes"), ("withdraw", "")] {
        let path = format!("{page}/{step}");
        let csrf = sue.ask("GET", &path, "", b"")?.csrf();
        let body = format!("csrf={csrf}{more}");
        sue.ask("POST", &path, form, body.as_bytes())?;
    }
    Some(())
}
