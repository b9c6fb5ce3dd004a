//! The site over all its addresses: who reaches what, what every answer carries, and what forms need.

mod open;
mod parts;
mod records;

use crate::workspace::Workspace;
use list::{ADDRESSES, Address, Asked, Page, Who};
use parts::{cause_of, paths, real_parts};
use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::PathBuf,
    process::{ChildStderr, ChildStdin, Command, Stdio},
    sync::OnceLock,
    time::Duration,
};

/// The same for machines.
#[path = "../../src/routes/calls.rs"]
pub(crate) mod calls;
/// The list from which the router is made: an address that is not in it is not served.
#[path = "../../src/routes/list.rs"]
pub(crate) mod list;

/// Everybody who can sign in to the demo, with their role.
const PEOPLE: [(&str, &str); 11] = [
    ("cleo", "clinician"),
    ("cal", "caldicott_guardian"),
    ("ada", "asset_owner"),
    ("pru", "privacy_officer"),
    ("sue", "submitter"),
    ("vic", "submitter"),
    ("ora", "operator"),
    ("ana", "analyst"),
    ("cas", "checker"),
    ("ivy", "ig_lead"),
    ("max", "administrator"),
];
const QUESTION: &str = "select gender, count(distinct person_pseudonym) as people from long_term_support group by gender";

pub(crate) struct Site {
    pub(crate) workspace: Workspace,
    pub(crate) address: String,
    /// The server ends when this is closed, which is when the tests end.
    _open: ChildStdin,
    _words: BufReader<ChildStderr>,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Got {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

/// A browser with its cookies.
pub(crate) struct Browser {
    pub(crate) address: String,
    pub(crate) cookies: BTreeMap<String, String>,
}

impl Got {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .iter()
            .find(|(n, _)| n == name)
            .map_or("", |(_, v)| v)
    }

    /// The token of the first form of the page.
    pub(crate) fn csrf(&self) -> String {
        let after = self
            .body
            .split("name=\"csrf\" value=\"")
            .nth(1)
            .unwrap_or_else(|| panic!("no form: {self:?}"));
        after.split('"').next().unwrap().to_owned()
    }

    /// The addresses to which the page leads, below a path.
    pub(crate) fn links(&self, below: &str) -> Vec<String> {
        let all = self
            .body
            .split("href=\"")
            .skip(1)
            .map(|rest| rest.split('"').next().unwrap().to_owned());
        all.filter(|href| href.starts_with(below)).collect()
    }
}

impl Browser {
    pub(crate) fn get(&mut self, path: &str) -> Got {
        self.send("GET", path, "", b"")
    }

    pub(crate) fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Got {
        let encode = |text: &str| -> String {
            text.bytes()
                .map(|b| {
                    if b.is_ascii_alphanumeric() {
                        char::from(b).to_string()
                    } else {
                        format!("%{b:02X}")
                    }
                })
                .collect()
        };
        let body: Vec<String> = fields
            .iter()
            .map(|(n, v)| format!("{}={}", encode(n), encode(v)))
            .collect();
        self.send(
            "POST",
            path,
            "application/x-www-form-urlencoded",
            body.join("&").as_bytes(),
        )
    }

    pub(crate) fn upload(&mut self, csrf: &str, dataset: &str, name: &str, file: &[u8]) -> Got {
        let fields = [("csrf", csrf), ("dataset", dataset)];
        self.send_file("/submissions", &fields, name, file)
    }

    /// Sends a form with a file as its last field.
    pub(crate) fn send_file(
        &mut self,
        path: &str,
        fields: &[(&str, &str)],
        name: &str,
        file: &[u8],
    ) -> Got {
        let mut body = Vec::new();
        for (field, value) in fields {
            body.extend_from_slice(
                format!(
                    "--xyz\r\nContent-Disposition: form-data; name=\"{field}\"\r\n\r\n{value}\r\n"
                )
                .as_bytes(),
            );
        }
        body.extend_from_slice(
            format!("--xyz\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: text/csv\r\n\r\n").as_bytes(),
        );
        body.extend_from_slice(file);
        body.extend_from_slice(b"\r\n--xyz--\r\n");
        self.send("POST", path, "multipart/form-data; boundary=xyz", &body)
    }

    pub(crate) fn send(&mut self, method: &str, path: &str, kind: &str, body: &[u8]) -> Got {
        self.ask(method, path, kind, body)
            .unwrap_or_else(|| panic!("{method} {path}: no answer"))
    }

    /// The same, from a server that may end before it answers.
    pub(crate) fn ask(&mut self, method: &str, path: &str, kind: &str, body: &[u8]) -> Option<Got> {
        let mut stream = TcpStream::connect(&self.address).ok()?;
        stream
            .set_read_timeout(Some(Duration::from_mins(1)))
            .unwrap();
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .map(|(n, v)| format!("{n}={v}"))
            .collect();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nCookie: {}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n",
            self.address,
            cookies.join("; "),
            body.len()
        );
        stream.write_all(head.as_bytes()).ok()?;
        // A server that refuses early does not read to the end.
        let _ = stream.write_all(body);
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).ok()?;
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let (head, body) = answer.split_once("\r\n\r\n")?;
        let mut lines = head.lines();
        let status = lines
            .next()
            .unwrap()
            .split(' ')
            .nth(1)
            .unwrap()
            .parse()
            .unwrap();
        let headers: Vec<(String, String)> = lines
            .filter_map(|l| l.split_once(": "))
            .map(|(n, v)| (n.to_lowercase(), v.to_owned()))
            .collect();
        for (_, cookie) in headers.iter().filter(|(n, _)| n == "set-cookie") {
            let (name, rest) = cookie.split_once('=').unwrap();
            let value = rest.split(';').next().unwrap();
            if cookie.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        Some(Got {
            status,
            headers,
            body: body.to_owned(),
        })
    }
}

/// The site of an invented place, made by the first test that needs it.
fn site() -> &'static Site {
    static SITE: OnceLock<Site> = OnceLock::new();
    SITE.get_or_init(|| {
        let workspace = Workspace::new();
        let made = workspace.run(&["demo", "--no-serve", "--people", "1500"]);
        assert_eq!(made.code, Some(0), "{}{}", made.out, made.err);
        serve(workspace, &[])
    })
}

/// The files of the frontend as far as the tests need them.
pub(crate) fn frontend(workspace: &Workspace) -> PathBuf {
    let frontend = workspace.beside("frontend");
    std::fs::create_dir_all(frontend.join("images")).unwrap();
    std::fs::write(
        frontend.join("nhsuk-frontend.min.css"),
        "a{b:c}@font-face{src:url(https://elsewhere/x)}",
    )
    .unwrap();
    std::fs::write(
        frontend.join("nhsuk-frontend.min.js"),
        "export function initAll(){}",
    )
    .unwrap();
    std::fs::write(
        frontend.join("images/nhsuk-icon-cross.svg"),
        "<svg xmlns=\"http://www.w3.org/2000/svg\"/>",
    )
    .unwrap();
    frontend
}

/// Serves the site of a workspace, with settings of its own.
pub(crate) fn serve(workspace: Workspace, settings: &[(&str, &str)]) -> Site {
    let frontend = frontend(&workspace);
    // A static is never dropped, so a shell waits for the end of the tests and then ends the server.
    #[expect(clippy::zombie_processes, reason = "the shell ends with the tests")]
    let mut child = Command::new("sh")
        .args([
            "-c",
            "\"$0\" serve --address 127.0.0.1:0 & served=$!; cat; kill $served",
            env!("CARGO_BIN_EXE_haven"),
        ])
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("HAVEN_HOME", workspace.home())
        .env("HAVEN_SITE__FRONTEND", &frontend)
        .env("HAVEN_SITE__SIGN_INS_A_MINUTE", "1000")
        .env("HAVEN_CLOCK_STARTS_AT", crate::workspace::moment())
        .envs(settings.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let open = child.stdin.take().unwrap();
    let mut words = BufReader::new(child.stderr.take().unwrap());
    loop {
        let mut line = String::new();
        assert!(
            words.read_line(&mut line).unwrap() > 0,
            "the server has ended"
        );
        if let Some((_, address)) = line.split_once("http://") {
            return Site {
                workspace,
                address: address.trim().to_owned(),
                _open: open,
                _words: words,
            };
        }
    }
}

fn visitor() -> Browser {
    Browser {
        address: site().address.clone(),
        cookies: BTreeMap::new(),
    }
}

fn signed_in(username: &str) -> Browser {
    let password = format!("invented-place-{username}");
    sign_in(&site().address, username, &password)
}

/// Somebody who has signed in to a site.
pub(crate) fn sign_in(address: &str, username: &str, password: &str) -> Browser {
    let mut browser = Browser {
        address: address.to_owned(),
        cookies: BTreeMap::new(),
    };
    let csrf = browser.get("/sign-in").csrf();
    let got = browser.post(
        "/sign-in",
        &[
            ("csrf", &csrf),
            ("username", username),
            ("password", password),
        ],
    );
    assert_eq!(got.status, 303, "{got:?}");
    browser
}

#[test]
fn every_address_opens_to_whom_it_is_for_and_to_nobody_else() {
    let mut anonymous = visitor();
    let mut people: Vec<(&str, &str, Browser)> = PEOPLE
        .iter()
        .chain(&crate::agreements::PEOPLE)
        .map(|(name, role)| (*name, *role, signed_in(name)))
        .collect();
    // Pages in the middle of a sign-in: `accounts.rs` and the tests of providers go through them.
    let under_way = [
        Page::SignInCode,
        Page::FirstPassword,
        Page::ProviderAway,
        Page::ProviderBack,
        Page::ProviderOut,
    ];
    let asked = |a: &&Address| a.asked == Asked::Get && !under_way.contains(&a.page);
    for address in ADDRESSES.iter().filter(asked) {
        let parts = real_parts(address.page);
        let parts: Vec<(&str, &str)> = parts.iter().map(|(n, v)| (*n, v.as_str())).collect();
        for path in paths(address, &parts) {
            let got = anonymous.get(&path);
            match address.who {
                Who::Everyone => assert_eq!(got.status, 200, "{path}"),
                Who::SignedIn | Who::Roles(_) => {
                    assert_eq!(got.status, 303, "{path}");
                    assert_eq!(got.header("location"), format!("/sign-in?next={path}"));
                    assert_eq!(got.body, "", "{path}");
                }
            }
            for (name, role, browser) in &mut people {
                let got = browser.get(&path);
                let mine = match address.who {
                    Who::Everyone | Who::SignedIn => true,
                    Who::Roles(roles) => roles.contains(role),
                };
                if !mine {
                    assert_eq!(got.status, 403, "{name} at {path}");
                } else if *name == "vic"
                    && path.contains("/submissions/")
                    && address.path.contains("{id}")
                {
                    assert_eq!(got.status, 404, "{name} at {path}");
                } else {
                    // A released table has no picture where it has too many bars; a question must be asked
                    // before it is released; an operator has no file of cells.
                    let none = ["/releases/new", ".svg"].iter().any(|p| path.contains(p))
                        || (*role == "operator" && path.rsplit('.').next() == Some("csv"))
                        || crate::agreements::leads_nowhere(&path);
                    assert!(
                        matches!(got.status, 200 | 303) || (none && got.status == 404),
                        "{name} at {path}: {}",
                        got.status
                    );
                }
            }
        }
    }
}

#[test]
fn nothing_of_one_council_is_reached_by_another_at_any_address() {
    for (owner, other) in [("sue", "vic"), ("vic", "sue")] {
        let mine = signed_in(owner).get("/submissions").links("/submissions/");
        let mine: Vec<&str> = mine
            .iter()
            .map(|h| h.trim_start_matches("/submissions/"))
            .filter(|id| *id != "new")
            .collect();
        assert!(!mine.is_empty());
        let (_, rule) = cause_of(owner);
        let mut other = signed_in(other);
        let absent = other.get("/submissions/00000000000000000000").body;
        for id in mine {
            for address in ADDRESSES
                .iter()
                .filter(|a| a.asked == Asked::Get && a.path.contains('{'))
            {
                for path in paths(address, &[("id", id), ("rule", &rule), ("name", id)]) {
                    let got = other.get(&path);
                    assert!(matches!(got.status, 403 | 404), "{path}: {}", got.status);
                    // What was asked for comes back where the page offers to stay signed in.
                    let body = got.body.replace(&format!("next={path}"), "");
                    assert!(!body.contains(id), "{path} tells of {id}");
                    if got.status == 404 && address.path.starts_with("/submissions/") {
                        assert_eq!(
                            without_tokens(&got.body),
                            without_tokens(&absent),
                            "{path} differs from what is not there"
                        );
                    }
                }
            }
            for path in [
                "/",
                "/submissions",
                "/submissions?page=2",
                "/status",
                "/register.json",
                "/register.csv",
            ] {
                assert!(!other.get(path).body.contains(id), "{path} tells of {id}");
            }
        }
    }
}

fn without_tokens(page: &str) -> String {
    // What was asked for comes back where the page offers to stay signed in.
    let without = |page: &str, mark: &str| {
        let mut parts = page.split(mark);
        let first = parts.next().unwrap_or_default().to_owned();
        parts.fold(first, |page, part| {
            page + part.split_once('"').map_or("", |(_, rest)| rest)
        })
    };
    [
        "name=\"csrf\" value=\"",
        "/account/stay?next=",
        "data-haven-expiry=\"",
    ]
    .iter()
    .fold(page.to_owned(), |page, mark| without(&page, mark))
}

#[test]
fn what_is_sent_without_the_token_of_the_page_is_refused() {
    let mut people: Vec<(&str, Browser)> = PEOPLE
        .iter()
        .map(|(name, role)| (*role, signed_in(name)))
        .collect();
    let foreign = signed_in("sue").get("/submissions/new").csrf();
    for address in ADDRESSES.iter().filter(|a| a.asked == Asked::Post) {
        for (role, browser) in &mut people {
            let mine = match address.who {
                Who::Everyone | Who::SignedIn => true,
                Who::Roles(roles) => roles.contains(role),
            };
            if !mine {
                assert_eq!(
                    browser.post(address.path, &[]).status,
                    403,
                    "{role} at {}",
                    address.path
                );
                continue;
            }
            for token in ["", "0", foreign.as_str()] {
                let got = if address.page == Page::PostSubmission {
                    browser.upload(token, "cld", "x.csv", b"a,b\r\n1,2\r\n")
                } else {
                    browser.post(
                        address.path,
                        &[
                            ("csrf", token),
                            ("role", "operator@EST-HAVEN"),
                            ("username", "sue"),
                        ],
                    )
                };
                // What a part leads to may be looked for first; nothing is there.
                let nothing = got.status == 404 && address.path.contains('{');
                assert!(got.status == 403 || nothing, "{role} at {}", address.path);
            }
        }
        let mut anonymous = visitor();
        let status = anonymous.post(address.path, &[("csrf", &foreign)]).status;
        assert!(
            if address.who == Who::Everyone {
                status == 403
            } else {
                status == 303
            },
            "{}: {status}",
            address.path
        );
    }
}

#[test]
fn every_answer_carries_the_headers() {
    let mut browser = signed_in("sue");
    let mut paths: Vec<String> = ADDRESSES.iter().map(|a| a.path.to_owned()).collect();
    paths.push("/nowhere".to_owned());
    for path in paths {
        for method in ["GET", "POST", "DELETE"] {
            let got = browser.send(method, &path, "application/x-www-form-urlencoded", b"");
            let policy = got.header("content-security-policy");
            assert!(
                policy.starts_with("default-src 'none'") && !policy.contains("unsafe"),
                "{method} {path}"
            );
            for (name, value) in [
                ("x-content-type-options", "nosniff"),
                ("referrer-policy", "same-origin"),
                ("x-frame-options", "DENY"),
            ] {
                assert_eq!(got.header(name), value, "{method} {path}");
            }
            assert!(
                !got.header("permissions-policy").is_empty(),
                "{method} {path}"
            );
            let open = path.starts_with("/assets/")
                || path.starts_with("/register.")
                || path.starts_with("/register-files.")
                || path == "/changes.atom";
            if !open {
                assert_eq!(got.header("cache-control"), "no-store", "{method} {path}");
            }
        }
    }
    assert!(
        !browser
            .get("/assets/nhsuk-frontend.min.css")
            .body
            .contains("elsewhere")
    );
}

#[test]
fn sign_in_says_no_alike_and_leads_only_to_this_site() {
    let mut browser = visitor();
    let csrf = browser.get("/sign-in").csrf();
    for (username, password) in [
        ("nobody-here", "not-the-password"),
        ("cas", "not-the-password"),
    ] {
        let got = browser.post(
            "/sign-in",
            &[
                ("csrf", &csrf),
                ("username", username),
                ("password", password),
            ],
        );
        assert_eq!(got.status, 422);
        assert!(
            got.body
                .contains("The user name or the password is not right.")
        );
    }
    for (next, to) in [
        ("/help", "/help"),
        ("//evil.example", "/"),
        ("https://evil.example", "/"),
        ("/\\evil.example", "/"),
    ] {
        let mut browser = visitor();
        let csrf = browser.get("/sign-in").csrf();
        let fields = [
            ("csrf", csrf.as_str()),
            ("username", "cas"),
            ("password", "invented-place-cas"),
            ("next", next),
        ];
        let got = browser.post("/sign-in", &fields);
        assert_eq!((got.status, got.header("location")), (303, to), "{next}");
        let cookie = got
            .headers
            .iter()
            .find(|(n, v)| n == "set-cookie" && v.starts_with("haven="))
            .unwrap();
        assert!(
            cookie.1.contains("HttpOnly") && cookie.1.contains("SameSite=Lax"),
            "{cookie:?}"
        );
    }
}

#[test]
fn signing_out_ends_the_session_and_is_in_the_log() {
    let mut browser = signed_in("ivy");
    let before = browser.cookies.clone();
    let csrf = browser.get("/").csrf();
    assert_eq!(browser.post("/sign-out", &[("csrf", &csrf)]).status, 303);
    browser.cookies = before;
    assert_eq!(browser.get("/agreements").status, 303);
    let shown = site().workspace.json(&["audit", "show", "--last", "20000"]);
    for kind in ["signed_in", "signed_out"] {
        let found = shown["entries"]
            .as_array()
            .unwrap()
            .iter()
            .any(|e| e["kind"] == kind && e["actor"] == "ivy");
        assert!(found, "{kind}");
    }
}

#[test]
fn a_file_is_landed_with_its_cells_masked_on_its_own_page_only() {
    let mut browser = signed_in("sue");
    let csrf = browser.get("/submissions/new").csrf();
    let folder = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../content/datasets/cld-r2/examples/"
    );
    let file = std::fs::read(format!("{folder}example_with_errors.csv")).unwrap();
    let got = browser.upload(&csrf, "cld", "errors.csv", &file);
    assert_eq!(got.status, 303, "{got:?}");
    let result = got.header("location").to_owned();
    assert!(browser.get(&result).body.contains("errors.csv"));
    // No number that stands in the file stands on any page about it.
    let text = String::from_utf8_lossy(&file).into_owned();
    let numbers: Vec<&str> = text
        .split([',', '\n', '\r'])
        .filter(|c| c.len() == 10 && c.bytes().all(|b| b.is_ascii_digit()))
        .collect();
    assert!(!numbers.is_empty());
    let causes = browser.get(&result).links(&format!("{result}/findings/"));
    let mut shown = 0;
    for cause in causes {
        for path in [cause.clone(), format!("{cause}.csv")] {
            let page = browser.get(&path).body;
            shown += page.matches("****").count();
            assert!(numbers.iter().all(|n| !page.contains(n)), "{path}");
        }
        let seen = signed_in("ora").get(&cause);
        assert_eq!(seen.status, 200);
        assert!(
            !seen.body.contains("****") && !seen.body.contains("id=\"rows\""),
            "{cause}"
        );
    }
    assert!(shown > 0, "some cell is masked");
}

#[test]
fn a_file_that_cannot_be_read_is_said_to_be_so() {
    let mut browser = signed_in("vic");
    let csrf = browser.get("/submissions/new").csrf();
    for (file, words) in [
        (&b"%PDF-1.7\n1 0 obj"[..], "This looks like a PDF"),
        (b"", "Choose a file."),
    ] {
        let name = if file.is_empty() { "" } else { "x.csv" };
        let got = browser.upload(&csrf, "cld", name, file);
        assert_eq!(got.status, 422, "{got:?}");
        assert!(
            got.body.contains(words) && got.body.contains("<title>Error: "),
            "{words}: {}",
            got.body
        );
    }
    let got = browser.upload(&csrf, "demographic-index", "x.csv", b"a,b\r\n");
    assert_eq!(got.status, 422, "a dataset that submitters do not send");
}

#[test]
fn a_question_is_answered_refused_or_released_under_its_agreement() {
    let mut browser = signed_in("ana");
    let csrf = browser.get("/ask").csrf();
    let ask = |browser: &mut Browser, chosen: &str, sql: &str| {
        browser.post("/ask", &[("csrf", &csrf), ("use", chosen), ("sql", sql)])
    };
    let refused = ask(&mut browser, "DSA-0417/research", QUESTION);
    assert_eq!(refused.status, 403);
    assert!(
        refused.body.contains("Refused by") && refused.body.contains("purpose"),
        "{}",
        refused.body
    );
    let wrong = ask(
        &mut browser,
        "DSA-0417/commissioning",
        "drop table long_term_support",
    );
    assert_eq!(wrong.status, 422);
    let answered = ask(&mut browser, "DSA-0417/commissioning", QUESTION);
    assert_eq!(answered.status, 200, "{}", answered.body);
    let new = answered.links("/releases/new").pop().unwrap();
    let form = browser.get(&new);
    let question = new.split('=').nth(1).unwrap();
    let fields = [
        ("csrf", csrf.as_str()),
        ("question", question),
        ("title", "People by gender"),
        ("rule_set", "hes-sub-national"),
    ];
    let released = browser.post("/releases", &fields);
    assert_eq!(
        (form.status, released.status),
        (200, 303),
        "{}",
        released.body
    );
    let page = browser.get(released.header("location"));
    assert!(
        page.body.contains("People by gender")
            && page
                .body
                .contains("Complementary suppression has not been applied")
    );
    // Another person's question is not there, and the register tells nobody who made the table.
    assert_eq!(signed_in("cas").get(&new).status, 403);
    assert!(!visitor().get("/register.json").body.contains("\"ana\""));
}
