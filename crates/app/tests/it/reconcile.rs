//! Whatever leaves under a permit, and every refusal, resolves to one decision and one end in the log, with
//! the bytes that the caller was sent. The large run is `benches/audit/reconcile.py`.

use crate::{
    demo::demo,
    sending::{OPEN, Server},
    site::{Browser, Site, serve, sign_in},
    workspace::Workspace,
};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    io::{Read, Write},
    net::TcpStream,
    time::Duration,
};

/// What a caller saw of one request.
struct Seen {
    what: &'static str,
    id: String,
    status: u16,
    bytes: u64,
}

fn kinds(entries: &[&Value]) -> Vec<String> {
    let mut kinds: Vec<String> = entries
        .iter()
        .map(|e| e["kind"].as_str().unwrap().to_owned())
        .collect();
    kinds.sort();
    kinds
}

/// The entries of the log, once the end of so many requests is among them.
fn entries_once(site: &Site, ids: &[&str]) -> Vec<Value> {
    let mut tries = 0;
    loop {
        let shown = site.workspace.json(&["audit", "show", "--last", "100000"]);
        let all = shown["entries"].as_array().unwrap().clone();
        let ended = |id: &&str| {
            all.iter()
                .any(|e| e["kind"] == "served" && e["request"] == **id)
        };
        if ids.iter().all(ended) {
            return all;
        }
        tries += 1;
        let missing: Vec<_> = ids.iter().filter(|id| !ended(id)).collect();
        assert!(tries < 50, "no end in the log for {missing:?}");
    }
}

fn ask(browser: &mut Browser, sql: &str, what: &'static str, seen: &mut Vec<Seen>) {
    let csrf = browser.get("/ask").csrf();
    let fields = [
        ("csrf", csrf.as_str()),
        ("use", "DSA-0417/commissioning"),
        ("sql", sql),
    ];
    let got = browser.post("/ask", &fields);
    seen.push(Seen {
        what,
        id: got.header("haven-request-id").to_owned(),
        status: got.status,
        bytes: got.body.len() as u64,
    });
}

#[test]
fn what_leaves_and_what_is_refused_resolves_to_one_decision_and_one_end_with_its_bytes() {
    let site = serve(Workspace::like(&demo().workspace), &[]);
    let mut ana = sign_in(&site.address, "ana", "invented-place-ana");
    let mut sue = sign_in(&site.address, "sue", "invented-place-sue");
    let mut seen = Vec::new();
    for round in 1..4 {
        let sql = format!("select gender from long_term_support limit {round}");
        ask(&mut ana, &sql, "answer", &mut seen);
        ask(&mut ana, "select * from death", "refusal", &mut seen);
        ask(&mut ana, "select nonsense", "mistake", &mut seen);
        for (by_sue, path, what) in [
            (true, "/releases", "role"),
            (false, "/audit", "role"),
            (true, "/nowhere", "nothing"),
        ] {
            let got = if by_sue { &mut sue } else { &mut ana }.get(path);
            seen.push(Seen {
                what,
                id: got.header("haven-request-id").to_owned(),
                status: got.status,
                bytes: got.body.len() as u64,
            });
        }
    }
    let release = ana.get("/releases").links("/releases/").into_iter();
    for href in release.filter(|href| !href.ends_with("/new")).take(1) {
        for path in [href.clone(), format!("{href}.csv")] {
            let got = ana.get(&path);
            assert_eq!(got.status, 200);
            seen.push(Seen {
                what: "export",
                id: got.header("haven-request-id").to_owned(),
                status: 200,
                bytes: got.body.len() as u64,
            });
        }
    }
    let owed: Vec<&str> = seen
        .iter()
        .filter(|s| !matches!(s.what, "mistake" | "nothing"))
        .map(|s| s.id.as_str())
        .collect();
    let all = entries_once(&site, &owed);
    let mut by: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
    for entry in &all {
        if let Some(id) = entry["request"].as_str() {
            by.entry(id).or_default().push(entry);
        }
    }
    for seen in &seen {
        let entries = by.get(seen.id.as_str()).cloned().unwrap_or_default();
        let expected: &[&str] = match seen.what {
            "answer" => &["answered", "decision_allowed", "served"],
            "refusal" => &["decision_refused", "served"],
            "role" => &["access_refused", "served"],
            "export" => &["exported", "served"],
            _ => &[],
        };
        assert_eq!(kinds(&entries), expected, "{} {}", seen.what, seen.status);
        let Some(end) = entries.iter().find(|e| e["kind"] == "served") else {
            continue;
        };
        assert_eq!(end["bytes"], seen.bytes, "{}", seen.what);
        assert_eq!(end["outcome"], "done");
        assert_eq!(end["reason"], format!("status {}", seen.status));
        let decided = entries
            .iter()
            .find(|e| {
                matches!(
                    e["kind"].as_str(),
                    Some("decision_allowed" | "decision_refused" | "access_refused" | "exported")
                )
            })
            .unwrap();
        let id = end["decision_id"].as_str().unwrap();
        assert_eq!(id.split('-').next().unwrap(), decided["seq"].to_string());
        assert!(end["role"].is_string() && end["on_behalf_of"].is_string());
    }
    // Every release that was handed out leads to the decision under which it was made.
    for export in all.iter().filter(|e| e["kind"] == "exported") {
        let made: Vec<&Value> = all
            .iter()
            .filter(|e| e["kind"] == "released" && e["object_digest"] == export["object_digest"])
            .collect();
        assert_eq!(made.len(), 1);
        assert!(made[0]["decision_id"].is_string());
    }
    site.workspace.audit_is_whole();
}

#[test]
fn an_answer_that_is_cut_off_has_its_end_with_no_more_bytes_than_were_sent() {
    let site = serve(Workspace::like(&demo().workspace), &[]);
    let mut ana = sign_in(&site.address, "ana", "invented-place-ana");
    let csrf = ana.get("/ask").csrf();
    let before = entries_once(&site, &[]).len();
    let cookies: Vec<String> = ana
        .cookies
        .iter()
        .map(|(n, v)| format!("{n}={v}"))
        .collect();
    let mut got = Vec::new();
    for read in [0, 1, 700, 2_000] {
        let body = format!(
            "csrf={csrf}&use=DSA-0417%2Fcommissioning&sql=select+gender+from+long_term_support+limit+9"
        );
        let mut stream = TcpStream::connect(&site.address).unwrap();
        write!(
            stream,
            "POST /ask HTTP/1.1\r\nHost: x\r\nCookie: {}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
            cookies.join("; "),
            body.len()
        )
        .unwrap();
        let mut bytes = vec![0; read];
        stream.read_exact(&mut bytes).unwrap();
        got.push(bytes.len());
        drop(stream);
    }
    // Each of the four has a decision, and each decision has its end, whenever its caller went.
    let mut tries = 0;
    loop {
        let all = entries_once(&site, &[]);
        let new = &all[..all.len() - before];
        let of = |kind: &str| new.iter().filter(|e| e["kind"] == kind).collect::<Vec<_>>();
        let (decided, ends) = (of("decision_allowed"), of("served"));
        if decided.len() >= 3 && decided.len() == ends.len() {
            for decided in decided {
                let own = ends.iter().filter(|e| e["request"] == decided["request"]);
                assert_eq!(own.count(), 1);
            }
            break;
        }
        tries += 1;
        assert!(
            tries < 50,
            "{} decisions, {} ends",
            decided.len(),
            ends.len()
        );
    }
    site.workspace.audit_is_whole();
}

/// Where the random moments begin; another number tries others.
const SEED: u64 = 4_711;

#[test]
fn killing_the_server_at_random_moments_leaves_no_answer_without_its_entry() {
    let workspace = Workspace::like(&demo().workspace);
    let mut state = SEED;
    for attempt in 0..6 {
        let server = Server::start(&workspace, OPEN, &[]);
        let address = server.address.clone();
        let ana = sign_in(&address, "ana", "invented-place-ana");
        let seen: Vec<String> = std::thread::scope(|scope| {
            let askers: Vec<_> = (0..3)
                .map(|_| {
                    let mut ana = Browser {
                        address: ana.address.clone(),
                        cookies: ana.cookies.clone(),
                    };
                    scope.spawn(move || {
                        let mut seen = Vec::new();
                        let Some(page) = ana.ask("GET", "/ask", "", b"") else {
                            return seen;
                        };
                        let body = format!(
                            "csrf={}&use=DSA-0417%2Fcommissioning&sql=select+count(*)+from+long_term_support",
                            page.csrf()
                        );
                        let kind = "application/x-www-form-urlencoded";
                        while let Some(got) = ana.ask("POST", "/ask", kind, body.as_bytes()) {
                            seen.push(got.header("haven-request-id").to_owned());
                        }
                        seen
                    })
                })
                .collect();
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            // The wait is the test: the kill comes at a moment that the program knows nothing of.
            std::thread::sleep(Duration::from_millis(300 + (state >> 33) % 1_500));
            server.kill();
            askers.into_iter().flat_map(|a| a.join().unwrap()).collect()
        });
        workspace.audit_is_whole();
        let shown = workspace.json(&["audit", "show", "--last", "100000"]);
        let all = shown["entries"].as_array().unwrap();
        for id in &seen {
            let decided = all
                .iter()
                .filter(|e| e["request"] == **id && e["kind"] == "decision_allowed");
            assert_eq!(decided.count(), 1, "attempt {attempt}: {id}");
        }
    }
}
