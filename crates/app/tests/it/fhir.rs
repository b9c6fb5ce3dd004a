//! Tracing over FHIR: a client finds people and nobody else may, every answer is in the log first, and whatever comes
//! in is answered by an outcome without a value.

use crate::{
    api::{Answer, Machine},
    sending::{COUNCIL, OPEN, Server, workspace},
    site::calls::{FHIR, FHIR_BASE, FhirAddress},
    workspace::Workspace,
};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const FHIR_JSON: (&str, &str) = ("Content-Type", "application/fhir+json");
const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");
/// The first person of the example index.
const ADA: &str = "9995260182";

/// The example file of a dataset.
fn example_of(dataset: &str) -> String {
    let content = concat!(env!("CARGO_MANIFEST_DIR"), "/../../content/datasets");
    std::fs::read_to_string(format!("{content}/{dataset}/examples/example.csv")).unwrap()
}

/// The example file of the demographic index.
fn people() -> String {
    example_of("demographic-index")
}

fn land(workspace: &Workspace, name: &str, file: &str) {
    land_as(workspace, "demographic-index", name, file);
}

fn land_as(workspace: &Workspace, dataset: &str, name: &str, file: &str) {
    let path = workspace.beside(name);
    std::fs::write(&path, file).unwrap();
    let path = path.to_str().unwrap();
    let landed = workspace.json(&["land", path, "--dataset", dataset, "--from", "PDS"]);
    assert_eq!(landed["receipts"][0]["landed"], true, "{landed}");
}

fn with_index() -> Workspace {
    let workspace = workspace();
    land(&workspace, "index.csv", &people());
    workspace
}

fn ask(machine: &Machine, method: &str, path: &str, body: &str) -> Answer {
    let headers: &[_] = if method == "POST" { &[FHIR_JSON] } else { &[] };
    ask_with(machine, method, path, headers, body.as_bytes())
}

fn ask_with(
    machine: &Machine,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Answer {
    let path = format!("{FHIR_BASE}/{path}");
    let answer = machine.raw(method, &path, headers, body).unwrap();
    assert_eq!(
        answer.header("content-type"),
        "application/fhir+json",
        "{method} {path}"
    );
    assert_eq!(answer.header("cache-control"), "no-store");
    answer
}

/// Who is in a bundle.
fn found(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.status, 200, "{}", answer.json());
    let bundle = answer.json();
    assert_eq!(bundle["resourceType"], "Bundle");
    let entries = bundle["entry"].as_array().cloned().unwrap_or_default();
    entries
        .iter()
        .filter(|entry| entry["resource"]["resourceType"] == "Patient")
        .map(|entry| entry["resource"]["id"].as_str().unwrap().to_owned())
        .collect()
}

/// The kind of issue of an outcome, and its code of the service where it has one.
fn issue(answer: &Answer) -> (String, String) {
    let outcome = answer.json();
    assert_eq!(outcome["resourceType"], "OperationOutcome", "{outcome}");
    let issue = &outcome["issue"][0];
    let code = &issue["details"]["coding"][0]["code"];
    (
        issue["code"].as_str().unwrap().to_owned(),
        code.as_str().unwrap_or_default().to_owned(),
    )
}

/// A request to match somebody of these details.
fn to_match(patient: &Value) -> String {
    json!({
        "resourceType": "Parameters",
        "parameter": [{"name": "resource", "resource": patient}, {"name": "onlyCertainMatches", "valueBoolean": true}],
    })
    .to_string()
}

fn ada() -> Value {
    json!({
        "resourceType": "Patient",
        "name": [{"family": "Thornby", "given": ["Ada"]}],
        "gender": "female",
        "birthDate": "1941-03-14",
    })
}

/// The entries of the audit log about tracing, in their order: purpose, people, outcome and reason.
fn entries(workspace: &Workspace) -> Vec<String> {
    let shown = workspace.json(&["audit", "show", "--last", "20000"]);
    let all = shown["entries"].as_array().unwrap();
    // The log is shown from its end.
    let traced = all.iter().rev().filter(|entry| entry["kind"] == "traced");
    traced
        .map(|e| {
            let text = |name: &str| e[name].as_str().unwrap_or("-").to_owned();
            let (actor, purpose, rows) = (text("actor"), text("purpose"), &e["rows"]);
            format!(
                "{actor} {purpose} {rows} {} {}",
                text("outcome"),
                text("reason")
            )
        })
        .collect()
}

#[test]
fn a_client_finds_people_and_every_answer_is_in_the_log_without_a_value() {
    let workspace = with_index();
    let server = Server::start(&workspace, OPEN, &[]);
    let client = Machine::of(&server, &workspace, "EST-HAVEN", "tracer");
    let operator = Machine::of(&server, &workspace, "EST-HAVEN", "operator");

    let matched = ask(&client, "POST", "Patient/$match", &to_match(&ada()));
    assert_eq!(found(&matched), [ADA]);
    let entry = &matched.json()["entry"][0];
    assert_eq!(entry["search"]["score"], 1.0);
    let grade = "http://hl7.org/fhir/StructureDefinition/match-grade";
    let grades = entry["search"]["extension"].as_array().unwrap();
    assert!(
        grades
            .iter()
            .any(|e| e["url"] == grade && e["valueCode"] == "certain"),
        "{entry}"
    );
    // As some clients write a dollar sign, and with the Patient alone.
    let written = ask(&client, "POST", "Patient/%24match", &ada().to_string());
    assert_eq!(found(&written), [ADA]);

    let query = "family=THORNBY&birthdate=eq1941-03-14&_history=true";
    let searched = ask(&client, "GET", &format!("Patient?{query}"), "");
    assert_eq!(found(&searched), [ADA]);
    let posted = ask_with(
        &client,
        "POST",
        "Patient/_search",
        &[FORM, ("Haven-Purpose", "data-quality")],
        query.as_bytes(),
    );
    assert_eq!(found(&posted), [ADA]);
    // Two people of one name between two days: somebody who looks gets both, a program none.
    let both = "Patient?family=Thornby&birthdate=ge1930-01-01&birthdate=le1950-01-01";
    assert_eq!(found(&ask(&operator, "GET", both, "")).len(), 2);
    let none = ask(&client, "GET", both, "");
    assert_eq!(
        (none.status, issue(&none).1.as_str()),
        (200, "TOO_MANY_MATCHES")
    );

    let headers = [("X-Request-ID", "60e0b220-8136-4ca5-ae46-1d97ef59d068")];
    let path = format!("Patient/{ADA}");
    let read = ask_with(&operator, "GET", &path, &headers, b"");
    assert_eq!(read.json()["name"][0]["family"], "Thornby");
    assert_eq!(read.header("x-request-id"), headers[0].1);
    let nobody = ask(&operator, "GET", "Patient/9990000018", "");
    assert_eq!(
        (nobody.status, issue(&nobody).1.as_str()),
        (404, "RESOURCE_NOT_FOUND")
    );

    assert_eq!(
        entries(&workspace),
        [
            "caseworks tracing 1 done POST /fhir/R4/Patient/$match",
            "caseworks tracing 1 done POST /fhir/R4/Patient/$match",
            "caseworks tracing 1 done GET /fhir/R4/Patient",
            "caseworks data-quality 1 done POST /fhir/R4/Patient/_search",
            "caseworks tracing 2 done GET /fhir/R4/Patient",
            "caseworks tracing 0 done GET /fhir/R4/Patient: TOO_MANY_MATCHES",
            "caseworks tracing 1 done GET /fhir/R4/Patient/{id}",
            "caseworks tracing 0 done GET /fhir/R4/Patient/{id}: RESOURCE_NOT_FOUND",
        ]
    );
    workspace.audit_is_whole();
    let said = server.kill().to_lowercase();
    let log = std::fs::read(workspace.home().join("audit/journal")).unwrap();
    let log = String::from_utf8_lossy(&log);
    for value in ["thornby", ADA, "9990000018", "1941-03-14"] {
        assert!(!said.contains(value), "{said}");
        assert!(!log.to_lowercase().contains(value));
    }
}

#[test]
fn only_operators_and_tracing_programs_may_ask_and_only_so_often() {
    let workspace = with_index();
    let server = Server::start(&workspace, OPEN, &[("HAVEN_TRACE__ASKS_A_MINUTE", "3")]);
    let path = format!("Patient/{ADA}");
    for token in [String::new(), format!("haven_{}", "0".repeat(64))] {
        let stranger = Machine {
            address: server.address.clone(),
            token,
        };
        let refused = ask(&stranger, "GET", &path, "");
        assert_eq!(
            (refused.status, issue(&refused).1.as_str()),
            (401, "ACCESS_DENIED")
        );
        assert!(refused.header("www-authenticate").starts_with("Bearer"));
    }
    for (organisation, role) in [
        (COUNCIL, "submitter"),
        ("QH8", "analyst"),
        ("QH8", "ig_lead"),
    ] {
        let other = Machine::of(&server, &workspace, organisation, role);
        let refused = ask(&other, "GET", &path, "");
        assert_eq!(
            (refused.status, issue(&refused).1.as_str()),
            (403, "ACCESS_DENIED"),
            "{role}"
        );
    }
    let client = Machine::of(&server, &workspace, "EST-HAVEN", "tracer");
    // A program has no other road.
    let list = client.raw("GET", "/api/v1/submissions", &[], b"").unwrap();
    assert_eq!(list.status, 403);
    let purpose = [("Haven-Purpose", "curiosity")];
    let refused = ask_with(&client, "GET", &path, &purpose, b"");
    assert_eq!(
        (refused.status, issue(&refused).1.as_str()),
        (400, "INVALID_SEARCH_DATA")
    );
    for _ in 0..3 {
        assert_eq!(ask(&client, "GET", &path, "").status, 200);
    }
    let throttled = ask(&client, "GET", &path, "");
    assert_eq!(
        (throttled.status, issue(&throttled).0.as_str()),
        (429, "throttled")
    );
    assert!(throttled.header("retry-after").parse::<u64>().unwrap() <= 61);
    let refusals = entries(&workspace);
    let denied = "caseworks tracing 0 refused GET /fhir/R4/Patient/{id}: ACCESS_DENIED";
    assert_eq!(
        refusals.iter().filter(|e| *e == denied).count(),
        3,
        "{refusals:?}"
    );
    assert!(
        refusals.contains(
            &"caseworks - 0 refused GET /fhir/R4/Patient/{id}: INVALID_SEARCH_DATA".to_owned()
        ),
        "{refusals:?}"
    );
    assert_eq!(refusals.len(), 3 + 1 + 3);
}

#[test]
fn what_is_there_is_stated_and_nothing_else_answers() {
    let workspace = workspace();
    let server = Server::start(&workspace, OPEN, &[]);
    let stranger = Machine {
        address: server.address.clone(),
        token: String::new(),
    };
    let statement = ask(&stranger, "GET", "metadata", "");
    assert_eq!(statement.status, 200);
    let statement = statement.json();
    assert_eq!(statement["resourceType"], "CapabilityStatement");
    assert_eq!(statement["fhirVersion"], "4.0.1");
    let resources = statement["rest"][0]["resource"].as_array().unwrap();
    assert_eq!(resources.len(), 1);
    let codes: BTreeSet<&str> = resources[0]["interaction"]
        .as_array()
        .unwrap()
        .iter()
        .map(|i| i["code"].as_str().unwrap())
        .collect();
    assert_eq!(codes, BTreeSet::from(["read", "search-type"]));
    assert_eq!(resources[0]["operation"][0]["name"], "match");
    let paths: Vec<String> = FHIR
        .iter()
        .map(|address| {
            let who = if address.open { "everybody" } else { "some" };
            let FhirAddress {
                method,
                path,
                interaction,
                ..
            } = address;
            format!("{method} {path} {interaction:?} {who}")
        })
        .collect();
    assert_eq!(
        paths,
        [
            "GET metadata Capabilities everybody",
            "POST Patient/$match Match some",
            "GET Patient Search some",
            "POST Patient/_search SearchByForm some",
            "GET Patient/{id} Read some",
        ],
        "the statement and this test speak of every address"
    );
    for (method, path, status, allow) in [
        ("GET", "", 404, ""),
        ("GET", "Practitioner", 404, ""),
        ("GET", "Patient/1/2", 404, ""),
        ("GET", "Patient/", 404, ""),
        ("GET", "%ff", 404, ""),
        ("POST", "Patient", 405, "GET"),
        ("PUT", "Patient/9995260182", 405, "GET"),
        ("DELETE", "metadata", 405, "GET"),
        ("GET", "Patient/$match", 405, "POST"),
        ("GET", "Patient/_search", 405, "POST"),
        ("TRACE", "Patient/$match", 405, "POST"),
    ] {
        let refused = ask(&stranger, method, path, "");
        assert_eq!(
            (refused.status, refused.header("allow")),
            (status, allow),
            "{method} {path}"
        );
        assert_eq!(issue(&refused).0, "not-supported");
    }
    // The base itself, without a slash.
    let base = stranger.raw("GET", FHIR_BASE, &[], b"").unwrap();
    assert_eq!(base.status, 404);
    assert_eq!(base.header("content-type"), "application/fhir+json");
}

#[test]
fn hostile_requests_are_answered_by_outcomes_without_their_values() {
    let workspace = with_index();
    let server = Server::start(&workspace, OPEN, &[("HAVEN_TRACE__ASKS_A_MINUTE", "1000")]);
    let machine = Machine::of(&server, &workspace, "EST-HAVEN", "operator");
    let long = format!("Patient?family={}&birthdate=1941", "zyzzy".repeat(2_000));
    let huge = format!(
        "{{\"resourceType\": \"Patient\", \"id\": \"{}\"}}",
        "zyzzy".repeat(40_000)
    );
    let deep = "[".repeat(50_000);
    let twice = json!({
        "resourceType": "Parameters",
        "parameter": [{"name": "resource", "resource": ada()}, {"name": "resource", "resource": ada()}],
    })
    .to_string();
    let matches: Vec<(&[u8], u16, &str)> = vec![
        (b"", 400, "value"),
        (b"{\"zyzzy", 400, "value"),
        (b"null", 400, "value"),
        (b"{\"resourceType\": \"Zyzzy\"}", 400, "value"),
        (b"{\"resourceType\": \"Patient\"}", 400, "value"),
        (b"\xff\xfe\x00", 400, "value"),
        (deep.as_bytes(), 400, "value"),
        (twice.as_bytes(), 400, "value"),
        (huge.as_bytes(), 413, "too-long"),
    ];
    let check = |answer: &Answer, status: u16, kind: &str, told: &str| {
        assert_eq!(
            (answer.status, issue(answer).0.as_str()),
            (status, kind),
            "{told}"
        );
        let text = answer.json().to_string().to_lowercase();
        assert!(!text.contains("zyzzy"), "{text}");
    };
    for (body, status, kind) in matches {
        let answer = ask_with(&machine, "POST", "Patient/$match", &[FHIR_JSON], body);
        check(
            &answer,
            status,
            kind,
            &String::from_utf8_lossy(&body[..body.len().min(40)]),
        );
    }
    for (query, status, kind) in [
        ("Patient", 400, "value"),
        ("Patient?family=Zyzzy", 400, "value"),
        (
            "Patient?family=Zyzzy&family=Thornby&birthdate=1941",
            400,
            "value",
        ),
        ("Patient?family=Zyzzy&birthdate=1941-02-30", 400, "value"),
        (
            "Patient?zyzzy=zyzzy&family=Thornby&birthdate=1941",
            400,
            "value",
        ),
        (
            "Patient?family=Zyzzy&birthdate=1941&_max-results=51",
            400,
            "value",
        ),
        ("Patient?family=Z*&birthdate=1941", 400, "value"),
        ("Patient?family=%ff%00&birthdate=zyzzy", 400, "value"),
        (
            "Patient?_format=xml&family=Zyzzy&birthdate=1941",
            406,
            "not-supported",
        ),
        ("Patient/zyzzy", 400, "value"),
        ("Patient/999526018", 400, "value"),
        ("Patient/9995260183", 400, "value"),
        (long.as_str(), 414, "too-long"),
    ] {
        check(&ask(&machine, "GET", query, ""), status, kind, query);
    }
    let xml = [("Content-Type", "application/fhir+xml")];
    let wants_xml = [("Accept", "application/fhir+xml")];
    for (method, path, headers, status) in [
        ("POST", "Patient/$match", &xml[..], 415),
        ("POST", "Patient/$match", &[][..], 415),
        ("POST", "Patient/_search", &[FHIR_JSON][..], 415),
        ("GET", "Patient/9995260182", &wants_xml[..], 406),
    ] {
        let answer = ask_with(&machine, method, path, headers, b"<zyzzy/>");
        check(&answer, status, "not-supported", path);
    }
    let odd_id = [("X-Request-ID", "zyzzy: 1")];
    let path = format!("Patient/{ADA}");
    let answer = ask_with(&machine, "GET", &path, &odd_id, b"");
    assert_eq!((answer.status, answer.header("x-request-id")), (200, ""));
    let long_form = format!("family={}", "x".repeat(10_000));
    let answer = ask_with(
        &machine,
        "POST",
        "Patient/_search",
        &[FORM],
        long_form.as_bytes(),
    );
    check(&answer, 413, "too-long", "a long form");
}

#[test]
fn without_an_index_or_memory_for_it_nobody_is_answered_and_the_reason_is_told() {
    let empty = workspace();
    let full = with_index();
    for (workspace, megabytes, says, told) in [
        (
            &empty,
            "100",
            "no index of people has been landed",
            "no index was landed",
        ),
        (&full, "0", "too large for the memory", "`trace.index_mb`"),
    ] {
        let settings = [("HAVEN_TRACE__INDEX_MB", megabytes)];
        let server = Server::start(workspace, OPEN, &settings);
        let machine = Machine::of(&server, workspace, "EST-HAVEN", "operator");
        let refused = ask(&machine, "GET", &format!("Patient/{ADA}"), "");
        assert_eq!(refused.status, 503);
        let diagnostics = refused.json()["issue"][0]["diagnostics"].clone();
        assert!(
            diagnostics.as_str().unwrap().contains(says),
            "{diagnostics}"
        );
        let request = workspace.beside("request.csv");
        std::fs::write(&request, "UNIQUE REFERENCE\n1\n").unwrap();
        let response = workspace.beside("response.csv");
        let ended = workspace
            .command(&[
                "trace",
                request.to_str().unwrap(),
                "-o",
                response.to_str().unwrap(),
            ])
            .env("HAVEN_TRACE__INDEX_MB", megabytes)
            .output()
            .unwrap();
        let err = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert_eq!(ended.status.code(), Some(2), "{err}");
        assert!(err.contains(told), "{err}");
        assert!(!response.exists());
    }
}

#[test]
fn a_later_landing_is_found_while_the_one_before_serves() {
    let workspace = with_index();
    let server = Server::start(
        &workspace,
        OPEN,
        &[("HAVEN_TRACE__ASKS_A_MINUTE", "100000")],
    );
    let machine = Machine::of(&server, &workspace, "EST-HAVEN", "operator");
    let before = "Patient?family=Thornby&birthdate=1941-03-14";
    assert_eq!(found(&ask(&machine, "GET", before, "")), [ADA]);
    // She is called by another name now; whoever knows the former one finds her through history.
    let change = format!(
        "nhs_number,given_name,other_given_name,family_name,sex,date_of_birth,postcode,gp_practice_code\n\
         {ADA},Ada,May,Quillfeather,2,1941-03-14,LN99 9ZA,Y99901\n"
    );
    land(&workspace, "change.csv", &change);
    let now = "Patient?family=Quillfeather&birthdate=1941-03-14";
    let seen = (0..10_000).any(|_| {
        let answer = found(&ask(&machine, "GET", now, ""));
        assert!(answer.is_empty() || answer == [ADA]);
        !answer.is_empty()
    });
    assert!(seen, "the later landing is never read");
    assert!(found(&ask(&machine, "GET", before, "")).is_empty());
    let through_history = ask(&machine, "GET", &format!("{before}&_history=true"), "");
    assert_eq!(found(&through_history), [ADA]);
    assert_eq!(
        through_history.json()["entry"][0]["resource"]["name"][0]["family"],
        "Quillfeather",
        "what holds now"
    );
}

#[test]
fn former_names_places_and_numbers_find_people_and_sensitive_ones_are_nowhere() {
    let workspace = with_index();
    for dataset in ["demographic-history", "superseded-numbers"] {
        land_as(
            &workspace,
            dataset,
            &format!("{dataset}.csv"),
            &example_of(dataset),
        );
    }
    let cancelled = "nhs_number,family_name,date_of_birth,sex,status\n9997002369,Marrable,2016-06-01,0,cancelled\n";
    land(&workspace, "cancelled.csv", cancelled);
    let server = Server::start(&workspace, OPEN, &[]);
    let machine = Machine::of(&server, &workspace, "EST-HAVEN", "operator");
    // A number that gave way, and one that gave way to one that did.
    let read = ask(&machine, "GET", "Patient/9997003004", "").json();
    assert_eq!(read["id"], ADA);
    assert_eq!(read["address"][0]["postalCode"], "LN99 9ZA");
    let sensitive = ask(&machine, "GET", "Patient/9997003020", "").json();
    assert_eq!(sensitive["id"], "9997001346");
    assert_eq!(sensitive["meta"]["security"][0]["code"], "R");
    for blanked in ["address", "generalPractitioner", "telecom"] {
        assert!(sensitive[blanked].is_null(), "{sensitive}");
    }
    // Her name at birth is history alone.
    let query = "Patient?family=Marrable&birthdate=1941-03-14";
    assert!(found(&ask(&machine, "GET", query, "")).is_empty());
    let through_history = ask(&machine, "GET", &format!("{query}&_history=true"), "");
    assert_eq!(found(&through_history), [ADA]);
    let gone = ask(&machine, "GET", "Patient/9997002369", "");
    assert_eq!(
        (gone.status, issue(&gone).1.as_str()),
        (404, "INVALIDATED_RESOURCE")
    );
    // The batch trace follows the number, and says where she lived on a day.
    let (request, response) = (
        workspace.beside("request.csv"),
        workspace.beside("response.csv"),
    );
    std::fs::write(
        &request,
        "UNIQUE REFERENCE,NHS_NO,DATE_OF_BIRTH,AS_AT_DATE\n1,9997003004,19410314,19800101\n",
    )
    .unwrap();
    let (request, out) = (request.to_str().unwrap(), response.to_str().unwrap());
    workspace.json(&["trace", request, "-o", out]);
    let text = std::fs::read_to_string(&response).unwrap();
    let mut lines = text.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let (header, row) = (lines.next().unwrap(), lines.next().unwrap());
    let cell = |name: &str| row[header.iter().position(|column| *column == name).unwrap()];
    assert_eq!(
        (
            cell("ERROR/SUCCESS_CODE"),
            cell("MATCHED_NHS_NO"),
            cell("POSTCODE")
        ),
        ("90", ADA, "LN99 9ZH")
    );
}

#[test]
fn a_request_is_answered_alike_from_the_workspace_and_from_files() {
    let workspace = with_index();
    let files = workspace.beside("people.csv");
    let renamed =
        people()
            .replacen("date_of_birth", "dob", 1)
            .replacen("gp_practice_code", "gp_practice", 1);
    std::fs::write(&files, renamed).unwrap();
    let request = workspace.beside("request.csv");
    std::fs::write(
        &request,
        "UNIQUE REFERENCE,NHS_NO,FAMILY_NAME,GIVEN_NAME,GENDER,DATE_OF_BIRTH,POSTCODE\n\
         1,9995260182,,,,19410314,\n\
         2,,Fallowmere,Priya,2,19560730,\n\
         3,,Fallowmere,,2,19560730,LN99 9ZB\n\
         4,,Nobody,Nora,2,19560730,LN99 9ZB\n\
         5,,,,,,\n",
    )
    .unwrap();
    let traced = |more: &[&str], name: &str| {
        let response = workspace.beside(name);
        let mut arguments = vec![
            "trace",
            request.to_str().unwrap(),
            "-o",
            response.to_str().unwrap(),
        ];
        arguments.extend(more);
        let report = workspace.json(&arguments);
        (report, std::fs::read_to_string(response).unwrap())
    };
    let from_files = traced(&["--index", files.to_str().unwrap()], "one.csv");
    assert!(entries(&workspace).is_empty(), "no workspace, no entry");
    let from_workspace = traced(&[], "two.csv");
    assert_eq!(from_workspace, from_files);
    assert!(from_workspace.1.contains(ADA));
    assert_eq!(entries(&workspace), ["haven trace - 5 done -"]);
}
