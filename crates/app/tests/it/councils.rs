//! Files of many councils at once, eight at a time, with the server killed while they land: all arrive whole.
//! The same with 200 councils and larger files is `benches/councils.py`.

use crate::{
    api::{Answer, Machine},
    sending::{OPEN, Server, example},
    workspace::Workspace,
};
use std::{
    collections::BTreeMap,
    sync::{
        Mutex, RwLock,
        atomic::{AtomicUsize, Ordering},
    },
};

const COUNCILS: usize = 24;
const AT_A_TIME: usize = 8;
/// After how many councils the server is killed.
const KILLS: [usize; 3] = [3, 11, 19];

/// Codes of councils that the specification knows.
fn codes() -> Vec<String> {
    let list = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../content/codes/la_codes.csv"
    );
    let list = std::fs::read_to_string(list).unwrap();
    let codes: Vec<String> = list
        .lines()
        .skip(1)
        .filter(|line| line.contains(",current,"))
        .filter_map(|line| line.split(',').next())
        .filter(|code| code.len() == 3)
        .map(str::to_owned)
        .take(COUNCILS)
        .collect();
    assert_eq!(codes.len(), COUNCILS);
    codes
}

/// The example under another council's code.
fn file_of(code: &str) -> Vec<u8> {
    let text = String::from_utf8(example()).unwrap();
    text.lines()
        .map(|line| match line.strip_prefix("503,") {
            Some(rest) => format!("{code},{rest}\r\n"),
            None => format!("{line}\r\n"),
        })
        .collect::<String>()
        .into_bytes()
}

/// A call, made again for as long as the server is gone or busy.
fn call(
    address: &RwLock<String>,
    token: &str,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Answer {
    for _ in 0..100_000 {
        let machine = Machine {
            address: address.read().unwrap().clone(),
            token: token.to_owned(),
        };
        match machine.raw(method, path, headers, body) {
            Some(answer) if answer.status != 503 => return answer,
            _ => std::thread::yield_now(),
        }
    }
    panic!("{method} {path}: no answer");
}

fn land(address: &RwLock<String>, token: &str, code: &str) {
    let (of_file, of_declaration) = (format!("send-{code}"), format!("confirm-{code}"));
    let sent = call(
        address,
        token,
        "POST",
        "/api/v1/submissions",
        &[("Idempotency-Key", &of_file), ("Prefer", "respond-async")],
        &file_of(code),
    );
    assert!(matches!(sent.status, 201 | 202), "{code}: {}", sent.status);
    let here = sent.header("location").to_owned();
    loop {
        let state = call(address, token, "GET", &here, &[], b"").json();
        match state["state"].as_str().unwrap() {
            "checking" => std::thread::yield_now(),
            "checked" => {
                let path = format!("{here}/confirm");
                let key = [("Idempotency-Key", of_declaration.as_str())];
                call(address, token, "POST", &path, &key, b"{\"declared\": true}");
            }
            "accepted" => return,
            other => panic!("{code}: {other}"),
        }
    }
}

#[test]
fn files_of_many_councils_arrive_whole_though_the_server_is_killed_while_they_land() {
    let workspace = Workspace::new();
    let codes = codes();
    let tokens: Vec<String> = codes
        .iter()
        .map(|code| {
            let name = format!("machine-{code}");
            let made = workspace.run(&["account", "token", &name, "--organisation", code]);
            assert_eq!(made.code, Some(0), "{}", made.err);
            made.out.trim().to_owned()
        })
        .collect();
    let server = Server::start(&workspace, OPEN, &[]);
    let address = RwLock::new(server.address.clone());
    let server = Mutex::new(Some(server));
    let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..AT_A_TIME {
            scope.spawn(|| {
                loop {
                    let council = next.fetch_add(1, Ordering::SeqCst);
                    let (Some(code), Some(token)) = (codes.get(council), tokens.get(council))
                    else {
                        return;
                    };
                    land(&address, token, code);
                    let landed = done.fetch_add(1, Ordering::SeqCst) + 1;
                    if KILLS.contains(&landed) {
                        // The other seven are in the middle of something.
                        let mut server = server.lock().unwrap();
                        server.take().unwrap().kill();
                        let again = Server::start(&workspace, OPEN, &[]);
                        address.write().unwrap().clone_from(&again.address);
                        *server = Some(again);
                    }
                }
            });
        }
    });
    drop(server);
    let landed = workspace.landed();
    assert_eq!(landed.len(), COUNCILS);
    let mut rows: BTreeMap<String, u64> = BTreeMap::new();
    for receipt in &landed {
        let code = receipt["sender"].as_str().unwrap().to_owned();
        assert_eq!(receipt["rows_in"], landed[0]["rows_in"], "{code}");
        assert_eq!(receipt["bytes"], file_of(&code).len(), "{code}");
        rows.insert(code, receipt["rows_landed"].as_u64().unwrap());
    }
    assert_eq!(rows.len(), COUNCILS, "a council has two");
    // Every row is in the table, and none is there twice.
    let events = workspace.identified("cld_event");
    let all: u64 = rows.values().sum();
    assert_eq!(u64::try_from(events.len()).unwrap(), all);
    assert!(all > 1_000);
    let mut apart = events;
    apart.dedup();
    assert_eq!(u64::try_from(apart.len()).unwrap(), all);
    workspace.audit_is_whole();
}
