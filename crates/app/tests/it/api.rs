//! The interface for machines: every answer fits its description, hostile calls are refused and never break it,
//! and a file comes to the same receipt by every road.

use crate::{
    sending::{COUNCIL, OPEN, Server, example, workspace},
    site::calls::API,
    workspace::{Workspace, timeless},
};
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    io::{Read, Write},
    net::TcpStream,
    sync::OnceLock,
    time::Duration,
};

/// The description, as the program serves it.
fn description() -> &'static Value {
    static DESCRIPTION: OnceLock<Value> = OnceLock::new();
    DESCRIPTION.get_or_init(|| {
        serde_json::from_str(include_str!("../../src/routes/api/openapi.json")).unwrap()
    })
}

/// A machine. Every answer that it gets is held against the description.
pub(crate) struct Machine {
    pub(crate) address: String,
    pub(crate) token: String,
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .iter()
            .find(|(n, _)| n == name)
            .map_or("", |(_, v)| v)
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&self.body)))
    }

    pub(crate) fn problem(&self) -> String {
        assert_eq!(self.header("content-type"), "application/problem+json");
        let kind = self.json()["type"].as_str().unwrap().to_owned();
        kind.trim_start_matches("/problems/").to_owned()
    }
}

impl Machine {
    pub(crate) fn of(
        server: &Server,
        workspace: &Workspace,
        organisation: &str,
        role: &str,
    ) -> Self {
        let made = workspace.run(&[
            "account",
            "token",
            "caseworks",
            "--organisation",
            organisation,
            "--role",
            role,
        ]);
        assert_eq!(made.code, Some(0), "{}", made.err);
        Self {
            address: server.address.clone(),
            token: made.out.trim().to_owned(),
        }
    }

    pub(crate) fn call(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Answer {
        let answer = self.raw(method, path, headers, body).unwrap();
        fits(method, path, &answer);
        answer
    }

    /// Sends bytes as they are; `None` where no answer comes.
    pub(crate) fn raw(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Option<Answer> {
        let mut stream = TcpStream::connect(&self.address).ok()?;
        stream
            .set_read_timeout(Some(Duration::from_mins(2)))
            .unwrap();
        let mut head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n",
            self.address
        );
        let mut all = vec![("Authorization", format!("Bearer {}", self.token))];
        all.extend(headers.iter().map(|(n, v)| (*n, (*v).to_owned())));
        if !headers.iter().any(|(n, _)| *n == "Content-Length") {
            all.push(("Content-Length", body.len().to_string()));
        }
        for (name, value) in all.iter().filter(|(_, v)| v != "Bearer ") {
            head.push_str(name);
            head.push_str(": ");
            head.push_str(value);
            head.push_str("\r\n");
        }
        head.push_str("\r\n");
        stream.write_all(head.as_bytes()).ok()?;
        let _ = stream.write_all(body);
        let mut got = Vec::new();
        // A server that refuses early may close before all has been read.
        let _ = stream.read_to_end(&mut got);
        let end = got.windows(4).position(|w| w == b"\r\n\r\n")?;
        let head = String::from_utf8_lossy(&got[..end]).into_owned();
        let mut lines = head.lines();
        let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
        let headers: Vec<(String, String)> = lines
            .filter_map(|l| l.split_once(": "))
            .map(|(n, v)| (n.to_lowercase(), v.to_owned()))
            .collect();
        let mut body = got[end + 4..].to_vec();
        if headers
            .iter()
            .any(|(n, v)| n == "transfer-encoding" && v == "chunked")
        {
            body = unchunked(&body);
        }
        Some(Answer {
            status,
            headers,
            body,
        })
    }

    fn send(&self, file: &[u8], more: &[(&str, &str)]) -> Answer {
        self.call(
            "POST",
            "/api/v1/submissions?file_name=march.csv",
            more,
            file,
        )
    }

    /// Begins an upload, and gives its address.
    fn begin(&self, bytes: usize) -> String {
        let length = bytes.to_string();
        // "march.csv" in base64.
        let headers = [
            ("Tus-Resumable", "1.0.0"),
            ("Upload-Length", length.as_str()),
            ("Upload-Metadata", "filename bWFyY2guY3N2"),
        ];
        let made = self.call("POST", "/api/v1/uploads", &headers, b"");
        assert_eq!(made.status, 201);
        made.header("location").to_owned()
    }

    fn add(&self, upload: &str, offset: usize, piece: &[u8], more: &[(&str, &str)]) -> Answer {
        let offset = offset.to_string();
        let mut headers = vec![
            ("Tus-Resumable", "1.0.0"),
            ("Content-Type", "application/offset+octet-stream"),
            ("Upload-Offset", offset.as_str()),
        ];
        headers.extend_from_slice(more);
        self.call("PATCH", upload, &headers, piece)
    }

    fn offset(&self, upload: &str) -> usize {
        let where_is = self.call("HEAD", upload, &[("Tus-Resumable", "1.0.0")], b"");
        assert_eq!(where_is.status, 200);
        where_is.header("upload-offset").parse().unwrap()
    }
}

fn unchunked(mut body: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    while let Some(end) = body.windows(2).position(|w| w == b"\r\n") {
        let size = usize::from_str_radix(&String::from_utf8_lossy(&body[..end]), 16).unwrap_or(0);
        if size == 0 || body.len() < end + 2 + size {
            break;
        }
        out.extend_from_slice(&body[end + 2..end + 2 + size]);
        body = body.get(end + 4 + size..).unwrap_or_default();
    }
    out
}

/// Holds an answer against the description: its status, its kind and its document.
fn fits(method: &str, path: &str, answer: &Answer) {
    let plain = path.split('?').next().unwrap();
    let template = description()["paths"]
        .as_object()
        .unwrap()
        .keys()
        .find(|t| matches(t, plain))
        .unwrap_or_else(|| panic!("{path} is not described"));
    let operation = &description()["paths"][template][method.to_lowercase()];
    assert!(
        operation.is_object(),
        "{method} {template} is not described"
    );
    let told = format!("{method} {path}: {}", answer.status);
    let responses = &operation["responses"];
    let described = match &responses[answer.status.to_string()] {
        Value::Null if answer.status >= 400 => &description()["components"]["responses"]["Problem"],
        Value::Null => panic!("{told} is not described"),
        found => found,
    };
    let Some(kinds) = described["content"].as_object() else {
        assert!(
            answer.body.is_empty(),
            "{told}: a body that is not described"
        );
        return;
    };
    let kind = answer.header("content-type").split(';').next().unwrap();
    if method == "HEAD" {
        return;
    }
    let found = kinds
        .get(kind)
        .unwrap_or_else(|| panic!("{told}: `{kind}` is not described"));
    if kind.ends_with("json") {
        let wrong = misfits(&found["schema"], &answer.json(), "");
        assert!(wrong.is_empty(), "{told}: {wrong:?}");
    }
}

fn matches(template: &str, path: &str) -> bool {
    let (a, b): (Vec<&str>, Vec<&str>) = (template.split('/').collect(), path.split('/').collect());
    a.len() == b.len() && a.iter().zip(&b).all(|(t, p)| t.starts_with('{') || t == p)
}

/// Where a value does not fit a schema, of the words that the description uses.
fn misfits(schema: &Value, value: &Value, at: &str) -> Vec<String> {
    if let Some(name) = schema["$ref"].as_str() {
        let name = name.trim_start_matches("#/components/schemas/");
        return misfits(&description()["components"]["schemas"][name], value, at);
    }
    let mut wrong = Vec::new();
    let is = |kind: &str| match kind {
        "null" => value.is_null(),
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "boolean" => value.is_boolean(),
        "number" => value.is_number(),
        other => panic!("the description uses `{other}`, which this test does not know"),
    };
    let fits = match &schema["type"] {
        Value::String(kind) => is(kind),
        Value::Array(kinds) => kinds.iter().any(|k| is(k.as_str().unwrap())),
        _ => true,
    };
    if !fits {
        wrong.push(format!("{at}: {value} is not {}", schema["type"]));
    }
    if schema.get("const").is_some_and(|c| c != value) {
        wrong.push(format!("{at}: {value} is not {}", schema["const"]));
    }
    if let Some(words) = schema["enum"].as_array()
        && !words.contains(value)
    {
        wrong.push(format!("{at}: {value} is not among {words:?}"));
    }
    if let Some(fields) = value.as_object() {
        for name in schema["required"].as_array().into_iter().flatten() {
            if !fields.contains_key(name.as_str().unwrap()) {
                wrong.push(format!("{at}: {name} is missing"));
            }
        }
        for (name, value) in fields {
            let below = match &schema["properties"][name] {
                Value::Null => &schema["additionalProperties"],
                found => found,
            };
            // Every field of a document that lists its fields is described.
            if below.is_null() && schema["properties"].is_object() && !at.contains("report") {
                wrong.push(format!("{at}: {name} is not described"));
            } else if below.is_object() {
                wrong.extend(misfits(below, value, &format!("{at}/{name}")));
            }
        }
    }
    for (n, item) in value.as_array().into_iter().flatten().enumerate() {
        if schema["items"].is_object() {
            wrong.extend(misfits(&schema["items"], item, &format!("{at}/{n}")));
        }
    }
    wrong
}

#[test]
fn the_description_names_every_address_and_no_other() {
    let mut described = BTreeSet::new();
    for (path, operations) in description()["paths"].as_object().unwrap() {
        for method in operations.as_object().unwrap().keys() {
            described.insert(format!("{} {path}", method.to_uppercase()));
        }
    }
    let served: BTreeSet<String> = API
        .iter()
        .map(|a| format!("{} {}", a.method, a.path))
        .collect();
    assert_eq!(described, served);
    for address in API {
        let operation = &description()["paths"][address.path][address.method.to_lowercase()];
        let open = operation["security"] == json!([]);
        assert_eq!(open, address.open, "{:?}: who may call it", address.call);
    }
    assert_eq!(description()["openapi"], "3.1.0");
}

#[test]
fn a_file_comes_to_the_same_receipt_by_every_road() {
    let operators = Workspace::new();
    let file = operators.beside("march.csv");
    std::fs::write(&file, example()).unwrap();
    let landed = operators.json(&["land", file.to_str().unwrap(), "--from", COUNCIL]);
    let expected = timeless(&landed["receipts"][0]);
    for road in ["at once", "in parts"] {
        let workspace = workspace();
        let server = Server::start(&workspace, OPEN, &[]);
        let machine = Machine::of(&server, &workspace, COUNCIL, "submitter");
        let here = if road == "at once" {
            let sent = machine.send(&example(), &[]);
            assert_eq!(sent.status, 201);
            assert_eq!(sent.json()["state"], "checked");
            sent.header("location").to_owned()
        } else {
            let upload = machine.begin(example().len());
            let mut offset = 0;
            for piece in example().chunks(5_000) {
                let added = machine.add(&upload, offset, piece, &[]);
                assert_eq!(added.status, 204);
                offset += piece.len();
                assert_eq!(added.header("upload-offset"), offset.to_string());
            }
            assert_eq!(machine.offset(&upload), offset);
            let whole = machine.call("HEAD", &upload, &[("Tus-Resumable", "1.0.0")], b"");
            whole.header("haven-submission").to_owned()
        };
        assert!(workspace.identified("cld_event").is_empty(), "{road}");
        let receipt = machine.call(
            "POST",
            &format!("{here}/confirm"),
            &[],
            b"{\"declared\": true}",
        );
        assert_eq!(receipt.status, 200, "{road}");
        let again = machine.call("GET", &format!("{here}/receipt"), &[], b"");
        assert_eq!(again.json(), receipt.json());
        for (name, value) in expected.as_object().unwrap() {
            assert_eq!(&receipt.json()[name], value, "{road}: {name}");
        }
        assert_eq!(
            workspace.identified("cld_event"),
            operators.identified("cld_event")
        );
        // The findings are the same as well, as JSON, CSV and workbook.
        let report = format!("{here}/report");
        let listed = machine.call("GET", &report, &[], b"").json();
        let csv = machine.call("GET", &report, &[("Accept", "text/csv")], b"");
        let lines = String::from_utf8(csv.body).unwrap().lines().count();
        assert_eq!(lines, listed["findings"].as_array().unwrap().len() + 1);
        let book = machine.call("GET", &format!("{report}?format=xlsx"), &[], b"");
        assert!(book.body.starts_with(b"PK"));
    }
}

#[test]
fn a_write_is_done_once_under_its_key_and_only_on_what_was_seen() {
    let workspace = workspace();
    let server = Server::start(&workspace, OPEN, &[]);
    let machine = Machine::of(&server, &workspace, COUNCIL, "submitter");
    let key = [("Idempotency-Key", "march-1")];
    let first = machine.send(&example(), &key);
    let second = machine.send(&example(), &key);
    assert_eq!((first.status, second.status), (201, 201));
    assert_eq!(first.json(), second.json());
    let other = machine.send(b"a,b\r\n1,2\r\n", &key);
    assert_eq!((other.status, other.problem()), (422, "key-used".into()));
    let long = "k".repeat(201);
    assert_eq!(
        machine
            .send(&example(), &[("Idempotency-Key", &long)])
            .status,
        400
    );
    let here = first.header("location").to_owned();
    let seen = machine.call("GET", &here, &[], b"");
    let tag = seen.header("etag").to_owned();
    let same = machine.call("GET", &here, &[("If-None-Match", &tag)], b"");
    assert_eq!((same.status, same.body.len()), (304, 0));
    let confirm = format!("{here}/confirm");
    let declared = b"{\"declared\": true}";
    for (headers, body, status, problem) in [
        (vec![], &b"{}"[..], 422, "not-declared"),
        (vec![], b"{\"declared\": \"yes\"}", 422, "not-declared"),
        (vec![], b"{", 400, "not-understood"),
        (vec![("If-Match", "\"0\"")], declared, 412, "changed"),
    ] {
        let refused = machine.call("POST", &confirm, &headers, body);
        assert_eq!(
            (refused.status, refused.problem().as_str()),
            (status, problem)
        );
    }
    let headers = [("If-Match", tag.as_str()), ("Idempotency-Key", "march-2")];
    let sent = machine.call("POST", &confirm, &headers, declared);
    assert_eq!(sent.status, 200);
    // The same call again is answered alike, though the tag is an old one by now.
    let again = machine.call("POST", &confirm, &headers, declared);
    assert_eq!(again.json(), sent.json());
    let gone = machine.call("POST", &format!("{here}/withdraw"), &[], b"");
    assert_eq!(gone.json()["state"], "withdrawn");
    let late = machine.call("POST", &confirm, &[], declared);
    assert_eq!(
        (late.status, late.problem().as_str()),
        (409, "not-an-attempt")
    );
    let list = machine
        .call("GET", "/api/v1/submissions?limit=1", &[], b"")
        .json();
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
    assert_eq!(list["next"], json!(null));
}

#[test]
fn an_answer_before_the_check_says_where_to_look() {
    let workspace = workspace();
    let server = Server::start(&workspace, OPEN, &[]);
    let machine = Machine::of(&server, &workspace, COUNCIL, "submitter");
    let sent = machine.send(&example(), &[("Prefer", "respond-async")]);
    assert!(matches!(sent.status, 201 | 202), "{}", sent.status);
    let here = sent.header("location").to_owned();
    for _ in 0..1_000 {
        if machine.call("GET", &here, &[], b"").json()["state"] == "checked" {
            return;
        }
    }
    panic!("it is never checked");
}

#[test]
fn tokens_open_what_is_theirs_and_nothing_else() {
    let workspace = workspace();
    let server = Server::start(&workspace, OPEN, &[]);
    let machine = Machine::of(&server, &workspace, COUNCIL, "submitter");
    let here = machine.send(&example(), &[]).header("location").to_owned();
    let other = Machine::of(&server, &workspace, "714", "submitter");
    let analyst = Machine::of(&server, &workspace, "QH8", "analyst");
    let nobody = Machine {
        address: server.address.clone(),
        token: String::new(),
    };
    let made_up = Machine {
        address: server.address.clone(),
        token: format!("haven_{}", "0".repeat(64)),
    };
    let absent = other.call("GET", "/api/v1/submissions/00000000000000000000", &[], b"");
    for below in ["", "/report", "/receipt", "/returned"] {
        let got = other.call("GET", &format!("{here}{below}"), &[], b"");
        assert_eq!(
            (got.status, got.body),
            (404, absent.body.clone()),
            "{below}"
        );
    }
    for below in ["/confirm", "/withdraw", "/returned/decisions"] {
        let got = other.call(
            "POST",
            &format!("{here}{below}"),
            &[],
            b"{\"declared\": true}",
        );
        assert_eq!(got.status, 404, "{below}");
    }
    assert_eq!(analyst.call("GET", &here, &[], b"").problem(), "wrong-role");
    for stranger in [&nobody, &made_up] {
        let got = stranger.call("GET", &here, &[], b"");
        assert_eq!((got.status, got.problem().as_str()), (401, "sign-in"));
        assert!(got.header("www-authenticate").starts_with("Bearer"));
    }
    workspace.run(&["account", "token", "caseworks", "--revoke"]);
    assert_eq!(machine.call("GET", &here, &[], b"").status, 401);
    // Every type of problem is the address of a page.
    let page = nobody.raw("GET", "/problems/sign-in", &[], b"").unwrap();
    assert_eq!(page.status, 200);
}

#[test]
fn an_upload_goes_on_after_a_kill_and_refuses_what_does_not_join() {
    let workspace = workspace();
    let file = example();
    let (first, rest) = file.split_at(7_000);
    let (upload, token) = {
        let server = Server::start(&workspace, OPEN, &[]);
        let machine = Machine::of(&server, &workspace, COUNCIL, "submitter");
        let upload = machine.begin(file.len());
        assert_eq!(machine.add(&upload, 0, first, &[]).status, 204);
        server.kill();
        (upload, machine.token)
    };
    let server = Server::start(&workspace, OPEN, &[]);
    let machine = Machine {
        address: server.address.clone(),
        token,
    };
    assert_eq!(machine.offset(&upload), 7_000);
    for (offset, piece, more, problem) in [
        (0, rest, vec![], "offset"),
        (8_000, rest, vec![], "offset"),
        (7_000, &file[..], vec![], "too-large"),
        (
            7_000,
            rest,
            vec![(
                "Upload-Checksum",
                "sha256 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
            )],
            "checksum",
        ),
        (
            7_000,
            rest,
            vec![("Upload-Checksum", "md5 AA==")],
            "not-understood",
        ),
    ] {
        let refused = machine.add(&upload, offset, piece, &more);
        assert_eq!(refused.problem(), problem);
        assert_eq!(
            machine.offset(&upload),
            7_000,
            "{problem}: something was kept"
        );
    }
    // One call at a time: the first has sent a part of its piece and is waited for.
    let head = format!(
        "PATCH {upload} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nTus-Resumable: 1.0.0\r\n\
         Content-Type: application/offset+octet-stream\r\nUpload-Offset: 7000\r\nContent-Length: 500\r\n\r\nabc",
        machine.token
    );
    // Either of the two may come first; those that wait are tried until one does.
    let mut waiting = Vec::new();
    let locked = (0..200).any(|_| {
        let mut another = TcpStream::connect(&server.address).unwrap();
        another.write_all(head.as_bytes()).unwrap();
        waiting.push(another);
        machine.add(&upload, 7_001, b"x", &[]).problem() == "locked"
    });
    assert!(locked, "two calls add to one upload");
    drop(waiting);
    // What came before the line broke is kept: here three bytes that are not the file's, so another upload.
    let upload = machine.begin(file.len());
    assert_eq!(machine.add(&upload, 0, &file[..9_000], &[]).status, 204);
    let last = machine.add(&upload, 9_000, &file[9_000..], &[]);
    let became = machine.call("GET", last.header("haven-submission"), &[], b"");
    assert_eq!(became.json()["state"], "checked");
    let ended = machine.begin(10);
    let tus = [("Tus-Resumable", "1.0.0")];
    assert_eq!(machine.call("DELETE", &ended, &tus, b"").status, 204);
    assert_eq!(machine.call("HEAD", &ended, &tus, b"").status, 404);
}

#[test]
fn hostile_calls_are_refused_and_the_service_goes_on() {
    let workspace = workspace();
    let server = Server::start(&workspace, OPEN, &[("HAVEN_LARGEST_FILE_MB", "1")]);
    let machine = Machine::of(&server, &workspace, COUNCIL, "submitter");
    let long = "x".repeat(5_000);
    let huge = "9".repeat(30);
    let ids = [
        "x",
        "..%2f..",
        "%00",
        "' or 1=1",
        "00000000000000000000",
        &long,
    ];
    let hostile_headers: Vec<Vec<(&str, &str)>> = vec![
        vec![],
        vec![("Tus-Resumable", "1.0.0")],
        vec![("Tus-Resumable", "9")],
        vec![("Tus-Resumable", "1.0.0"), ("Upload-Length", "-1")],
        vec![("Tus-Resumable", "1.0.0"), ("Upload-Length", &huge)],
        vec![("Tus-Resumable", "1.0.0"), ("Upload-Length", "2000000")],
        vec![
            ("Tus-Resumable", "1.0.0"),
            ("Upload-Length", "5"),
            ("Upload-Metadata", "filename !"),
        ],
        vec![
            ("Tus-Resumable", "1.0.0"),
            ("Upload-Length", "5"),
            ("Upload-Metadata", "dataset eHg="),
        ],
        vec![
            ("Tus-Resumable", "1.0.0"),
            ("Upload-Offset", &huge),
            ("Content-Type", "application/offset+octet-stream"),
        ],
        vec![
            ("If-Match", &long),
            ("If-None-Match", "\u{1}"),
            ("Idempotency-Key", ""),
        ],
        vec![("Accept", "text/csv"), ("Prefer", "respond-async,,;=")],
    ];
    let bodies: [&[u8]; 6] = [
        b"",
        b"{\"declared\": [[[[]]]]}",
        b"\x00\xff\xfe",
        b"%PDF-1.7",
        b"a,b\r\n1,2\r\n",
        b"PK\x03\x04",
    ];
    let queries = [
        "",
        "?dataset=nothing",
        "?window=x&from=2026-13-40",
        "?from=2026-01-01",
        "?limit=-1&cursor=x",
        "?format=exe",
        "?file_name=%00%0d%0a",
    ];
    let mut calls = 0;
    for (n, address) in API.iter().enumerate() {
        for (h, headers) in hostile_headers.iter().enumerate() {
            for (b, body) in bodies.iter().enumerate() {
                let id = ids[(n + h + b) % ids.len()].replace(' ', "%20");
                let query = queries[(n + h * 2 + b) % queries.len()];
                let path = address.path.replace("{id}", &id) + query;
                let Some(got) = machine.raw(address.method, &path, headers, body) else {
                    continue;
                };
                calls += 1;
                assert!(
                    got.status < 500 || got.status == 503,
                    "{} {path} {headers:?}: {}",
                    address.method,
                    got.status
                );
                if got.status >= 400
                    && got
                        .header("content-type")
                        .starts_with("application/problem")
                {
                    fits(address.method, address.path, &got);
                }
            }
        }
    }
    assert!(calls > 800, "only {calls}");
    let large = vec![b'x'; 1_200_000];
    let got = machine
        .raw("POST", "/api/v1/submissions", &[], &large)
        .unwrap();
    assert_eq!(got.problem(), "too-large");
    assert!(got.json()["detail"].as_str().unwrap().contains("1 MB"));
    assert_eq!(machine.send(&example(), &[]).status, 201, "it goes on");
}
