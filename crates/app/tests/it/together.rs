//! The server and many commands on one workspace at once do not harm each other.

use crate::workspace::{Ended, TODAY, Workspace, invented_place};
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::Path,
    process::{Child, ChildStderr},
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    time::Duration,
};

/// A server under way; it ends with the test.
struct Server {
    child: Child,
    address: String,
    /// Kept open, so that the server can go on writing to it.
    _words: BufReader<ChildStderr>,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Starts the server on a port that is free, and waits for the line that says where it is.
#[expect(
    clippy::zombie_processes,
    reason = "it is ended and waited for when the server is dropped"
)]
fn serve(workspace: &Workspace) -> Server {
    let frontend = workspace.beside("frontend");
    std::fs::create_dir_all(frontend.join("images")).unwrap();
    std::fs::write(frontend.join("nhsuk-frontend.min.css"), "body{}").unwrap();
    std::fs::write(frontend.join("nhsuk-frontend.min.js"), "export {}").unwrap();
    let mut child = workspace
        .command(&["serve", "--address", "127.0.0.1:0"])
        .env("HAVEN_SITE__FRONTEND", &frontend)
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let mut words = BufReader::new(child.stderr.take().unwrap());
    let mut told = String::new();
    loop {
        let mut line = String::new();
        assert!(
            words.read_line(&mut line).unwrap() > 0,
            "the server has ended: {told}"
        );
        told.push_str(&line);
        if let Some((_, address)) = line.split_once("http://") {
            return Server {
                child,
                address: address.trim().to_owned(),
                _words: words,
            };
        }
    }
}

/// The status of the answer to a request for a page.
fn get(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(30)))
        .unwrap();
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    String::from_utf8_lossy(&answer)
        .lines()
        .next()
        .unwrap_or_default()
        .to_owned()
}

/// What is landed at once: file, dataset and sender. One is sent twice, one by two senders.
const SENT: [(&str, &str, &str); 8] = [
    ("cld/621_20260630.csv", "cld-r2", "621"),
    ("cld/621_20260930.csv", "cld-r2", "621"),
    ("cld/621_20260930.csv", "cld-r2", "621"),
    ("cld/991_20260930.csv", "cld-r2", "991"),
    ("deaths.csv", "deaths", "ONS"),
    ("deaths.csv", "deaths", "NHSE"),
    ("hospital-spells.csv", "hospital-spells", "RAJ"),
    ("demographic-index.csv", "demographic-index", "PDS"),
];

fn land<'a>(path: &'a str, dataset: &'a str, sender: &'a str) -> [&'a str; 9] {
    [
        "land",
        path,
        "--dataset",
        dataset,
        "--from",
        sender,
        "--today",
        TODAY,
        "--json",
    ]
}

fn path_of(place: &Path, file: &str) -> String {
    place.join("place").join(file).to_str().unwrap().to_owned()
}

#[test]
fn many_commands_and_the_server_on_one_workspace_leave_all_whole() {
    let place = invented_place(2_000);
    // One after the other, in a workspace of its own: what all at once has to come to.
    let calm = Workspace::new();
    for (file, dataset, sender) in SENT {
        calm.run(&land(&path_of(place.path(), file), dataset, sender));
    }
    let link = calm.json(&["link"]);

    let busy = Workspace::new();
    let server = serve(&busy);
    let (done, asked) = (AtomicBool::new(false), AtomicU64::new(0));
    let (ended, linked, odd) = std::thread::scope(|all| {
        let watcher = all.spawn(|| {
            let mut odd = Vec::new();
            while !done.load(Ordering::SeqCst) {
                let status = get(&server.address, "/status");
                asked.fetch_add(1, Ordering::SeqCst);
                if status != "HTTP/1.1 200 OK" {
                    odd.push(status);
                }
            }
            odd
        });
        // Linking in the midst of it: whatever is there by then.
        let linking = all.spawn(|| -> Vec<Ended> { (0..3).map(|_| busy.run(&["link"])).collect() });
        let landing: Vec<_> = SENT
            .iter()
            .map(|(file, dataset, sender)| {
                let (busy, path) = (&busy, path_of(place.path(), file));
                all.spawn(move || busy.run(&land(&path, dataset, sender)))
            })
            .collect();
        let ended: Vec<Ended> = landing.into_iter().map(|l| l.join().unwrap()).collect();
        let linked = linking.join().unwrap();
        done.store(true, Ordering::SeqCst);
        (ended, linked, watcher.join().unwrap())
    });

    for (ended, (file, _, sender)) in ended.iter().zip(SENT) {
        assert_eq!(ended.code, Some(0), "{file} from {sender}: {}", ended.err);
    }
    let news = |ended: &Ended| {
        let receipts: serde_json::Value = serde_json::from_str(&ended.out).unwrap();
        receipts["receipts"][0]["was_there"] == false
    };
    let twice = ended.iter().zip(SENT).filter(|(_, sent)| *sent == SENT[1]);
    assert_eq!(
        twice.filter(|(ended, _)| news(ended)).count(),
        1,
        "one of the two has landed it, the other has found it"
    );
    assert!(odd.is_empty(), "{odd:?}");
    assert!(
        asked.load(Ordering::SeqCst) >= 10,
        "the server was hardly asked"
    );
    for run in &linked {
        // Before anything is there to link, or under another's run, it says so; it never fails otherwise.
        assert!(
            run.code == Some(0) || !run.err.contains("fault of ours"),
            "{}",
            run.err
        );
    }

    assert_eq!(by_themselves(busy.landed()), by_themselves(calm.landed()));
    for table in [
        "cld_event",
        "death",
        "hospital_spell",
        "demographic_index",
        "finding",
    ] {
        let rows = |workspace: &Workspace| {
            let mut rows = workspace.identified(table);
            rows.retain(|row| table != "finding" || !row.contains("CLD-H"));
            rows
        };
        assert_eq!(rows(&busy), rows(&calm), "{table}");
    }
    busy.audit_is_whole();
    assert_eq!(busy.landings_in_the_log(), calm.landings_in_the_log());
    assert_eq!(busy.json(&["link"])["passes"], link["passes"]);
    assert_eq!(get(&server.address, "/status"), "HTTP/1.1 200 OK");
}

/// What landed, without what was found beside the sender's last file: which one that is depends on which of two
/// files of one sender came first.
fn by_themselves(mut landed: Vec<serde_json::Value>) -> Vec<serde_json::Value> {
    for receipt in &mut landed {
        let causes = receipt["causes"].as_array_mut().unwrap();
        causes.retain(|cause| !cause["rule"].as_str().unwrap().starts_with("CLD-H"));
    }
    landed
}
