//! Programs and directories over the site: tokens for signed assertions, and SCIM. What does not fit is refused, told in
//! the protocol's own words, and leaves everything as it was.

use crate::{
    api::{Answer, Machine},
    site::{Site, serve},
    workspace::{Workspace, moment},
};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

const KEY: &str = include_str!("../../../control/tests/it/keys/es256-a.pem");
const KEY_PUBLIC: &str = include_str!("../../../control/tests/it/keys/es256-a.pub.pem");
const OTHER_KEY: &str = include_str!("../../../control/tests/it/keys/es256-b.pem");
const HERE: &str = "https://haven.example/oauth/token";
const FORM: &str = "application/x-www-form-urlencoded";
const JWT: &str = "urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer";

fn open(workspace: Workspace) -> Site {
    serve(
        workspace,
        &[("HAVEN_ACCOUNTS__ADDRESS", "https://haven.example")],
    )
}

fn told(workspace: &Workspace, arguments: &[&str]) -> String {
    let ended = workspace.run(arguments);
    assert_eq!(ended.code, Some(0), "{arguments:?}: {}", ended.err);
    ended.out.trim().to_owned()
}

fn at(site: &Site, token: &str) -> Machine {
    Machine {
        address: site.address.clone(),
        token: token.to_owned(),
    }
}

/// The claims of an assertion of now, with these in place of its own.
fn claims(other: &Value) -> Value {
    let now: chrono::DateTime<chrono::Utc> = moment().parse().unwrap();
    let mut claims = json!({
        "iss": "caseworks", "sub": "caseworks", "aud": HERE, "jti": "one",
        "exp": now.timestamp() + 240,
    });
    for (name, value) in other.as_object().unwrap() {
        claims[name] = value.clone();
    }
    claims
}

fn signed(key: &str, other: &Value) -> String {
    let key = EncodingKey::from_ec_pem(key.as_bytes()).unwrap();
    encode(&Header::new(Algorithm::ES256), &claims(other), &key).unwrap()
}

fn form(assertion: &str) -> String {
    format!(
        "grant_type=client_credentials&client_assertion_type={JWT}&client_assertion={assertion}"
    )
}

fn ask_for_token(site: &Site, body: &[u8]) -> Answer {
    at(site, "")
        .raw("POST", "/oauth/token", &[("Content-Type", FORM)], body)
        .unwrap()
}

#[test]
fn a_signed_assertion_gives_a_token_once_and_nothing_else_gives_one() {
    let workspace = Workspace::new();
    let beside = tempfile::tempdir().unwrap();
    let key = beside.path().join("caseworks.pub.pem");
    std::fs::write(&key, KEY_PUBLIC).unwrap();
    told(
        &workspace,
        &[
            "account",
            "machine",
            "caseworks",
            "--organisation",
            "621",
            "--key",
            key.to_str().unwrap(),
            "--key-id",
            "a",
            "--algorithm",
            "ES256",
        ],
    );
    let site = open(workspace);
    let assertion = signed(KEY, &json!({}));
    let granted = ask_for_token(&site, form(&assertion).as_bytes());
    assert_eq!(granted.status, 200);
    assert_eq!(granted.header("cache-control"), "no-store");
    let token = granted.json()["access_token"].as_str().unwrap().to_owned();
    let listed = at(&site, &token)
        .raw("GET", "/api/v1/submissions", &[], b"")
        .unwrap();
    assert_eq!(listed.status, 200);

    // Each is refused without a reason that would help to guess.
    for (what, assertion) in nobodys_words(&assertion) {
        let refused = ask_for_token(&site, form(&assertion).as_bytes());
        assert_eq!(refused.status, 401, "{what}");
        assert_eq!(refused.json()["error"], "invalid_client", "{what}");
    }

    // What is no request.
    let twice = format!("{}&grant_type=client_credentials", form("a.b.c"));
    for (what, body) in [
        ("nothing", Vec::new()),
        ("another grant", b"grant_type=password&username=x".to_vec()),
        ("no assertion", b"grant_type=client_credentials".to_vec()),
        ("a field twice", twice.into_bytes()),
        ("half a percent sign", b"grant_type=%F".to_vec()),
        (
            "no text",
            b"grant_type=%FF%FE&client_assertion=%00".to_vec(),
        ),
        ("much", vec![b'x'; 4 << 20]),
    ] {
        let refused = ask_for_token(&site, &body);
        assert!(
            (400..=413).contains(&refused.status),
            "{what}: {}",
            refused.status
        );
        assert!(refused.json()["access_token"].is_null(), "{what}");
    }

    // The program goes on, and the log has no word of what was shown.
    let again = ask_for_token(&site, form(&signed(KEY, &json!({"jti": "two"}))).as_bytes());
    assert_eq!(again.status, 200);
    let log = beside.path().join("log.jsonl");
    told(&site.workspace, &["audit", "export", log.to_str().unwrap()]);
    let log = std::fs::read_to_string(log).unwrap();
    assert!(log.contains("caseworks") && log.contains("signed assertion: "));
    let signature = assertion.rsplit('.').next().unwrap();
    for secret in [token.as_str(), signature] {
        assert!(!log.contains(secret));
    }
}

/// Assertions that are nobody's word; the one given has been shown before.
fn nobodys_words(shown: &str) -> Vec<(&'static str, String)> {
    let unsigned = {
        let part = |value: &Value| encoded(value.to_string().as_bytes());
        format!(
            "{}.{}.",
            part(&json!({"alg": "none", "typ": "JWT"})),
            part(&claims(&json!({"jti": "none"})))
        )
    };
    let as_secret = encode(
        &Header::new(Algorithm::HS256),
        &claims(&json!({"jti": "secret"})),
        &EncodingKey::from_secret(KEY_PUBLIC.as_bytes()),
    )
    .unwrap();
    let (head, tail) = shown.split_at(shown.len() - 8);
    vec![
        ("shown again", shown.to_owned()),
        ("without a signature", unsigned),
        ("signed with the public key as a secret", as_secret),
        ("another key", signed(OTHER_KEY, &json!({"jti": "key"}))),
        (
            "for somebody else",
            signed(KEY, &json!({"jti": "aud", "aud": "https://other.example"})),
        ),
        (
            "of somebody else",
            signed(KEY, &json!({"jti": "sub", "iss": "other", "sub": "other"})),
        ),
        (
            "that has ended",
            signed(KEY, &json!({"jti": "exp", "exp": 1_000_000_000})),
        ),
        (
            "for ever",
            signed(KEY, &json!({"jti": "far", "exp": 9_999_999_999_i64})),
        ),
        ("without an id", signed(KEY, &json!({"jti": null}))),
        (
            "with a number where text is",
            signed(KEY, &json!({"jti": 1})),
        ),
        (
            "with an end of its own",
            format!("{head}{}", tail.chars().rev().collect::<String>()),
        ),
        ("that is none", "a.b.c".to_owned()),
        ("of dots", ".".repeat(5_000)),
    ]
}

/// Base64 as tokens have it.
fn encoded(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let mut bits = 0_usize;
        for at in 0..3 {
            bits = bits << 8 | usize::from(three.get(at).copied().unwrap_or(0));
        }
        for at in 0..=three.len() {
            text.push(char::from(LETTERS[bits >> (18 - 6 * at) & 63]));
        }
    }
    text
}

/// One call of a directory, whose answer is SCIM's or empty.
fn scim(directory: &Machine, method: &str, path: &str, body: &[u8]) -> Answer {
    let kind = ("Content-Type", "application/scim+json");
    let answer = directory
        .raw(method, &format!("/scim/v2/{path}"), &[kind], body)
        .unwrap_or_else(|| panic!("{method} {path}: no answer"));
    if answer.status != 204 {
        assert_eq!(answer.header("content-type"), "application/scim+json");
    }
    answer
}

fn made(directory: &Machine, path: &str, what: &Value) -> String {
    let answer = scim(directory, "POST", path, what.to_string().as_bytes());
    assert_eq!(answer.status, 201, "{}", answer.json());
    answer.json()["id"].as_str().unwrap().to_owned()
}

#[test]
fn a_directory_tells_who_joins_and_leaves_and_sees_its_own_people_alone() {
    let workspace = Workspace::new();
    let entra = told(&workspace, &["account", "directory", "entra"]);
    let other = told(&workspace, &["account", "directory", "other"]);
    let site = open(workspace);
    let (entra, other) = (at(&site, &entra), at(&site, &other));
    let una = made(
        &entra,
        "Users",
        &json!({"userName": "una", "displayName": "Una Invented", "externalId": "u-1", "active": true}),
    );
    let group = made(
        &entra,
        "Groups",
        &json!({"displayName": "haven-analysts", "members": [{"value": una}]}),
    );
    assert!(accounts(&site).contains("analyst"), "{}", accounts(&site));

    for (method, path) in [
        ("GET", format!("Users/{una}")),
        ("DELETE", format!("Users/{una}")),
        ("GET", format!("Groups/{group}")),
        ("DELETE", format!("Groups/{group}")),
    ] {
        assert_eq!(
            scim(&other, method, &path, b"").status,
            404,
            "{method} {path}"
        );
    }
    for path in ["Users", "Groups"] {
        assert_eq!(scim(&other, "GET", path, b"").json()["totalResults"], 0);
        assert_eq!(scim(&entra, "GET", path, b"").json()["totalResults"], 1);
    }
    let stolen = json!({"displayName": "haven-analysts", "members": [{"value": una}]});
    let stolen = scim(&other, "POST", "Groups", stolen.to_string().as_bytes());
    assert_eq!(stolen.status, 400, "{}", stolen.json());

    let gone = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{"op": "Replace", "path": "active", "value": "False"}]});
    let gone = scim(
        &entra,
        "PATCH",
        &format!("Users/{una}"),
        gone.to_string().as_bytes(),
    );
    assert_eq!(
        (gone.status, &gone.json()["active"]),
        (200, &json!(false)),
        "{}",
        gone.json()
    );
    assert_eq!(
        scim(&entra, "DELETE", &format!("Users/{una}"), b"").status,
        204
    );
    assert_eq!(
        scim(&entra, "GET", &format!("Users/{una}"), b"").status,
        404
    );
}

fn accounts(site: &Site) -> String {
    told(&site.workspace, &["account", "list"])
}

/// The operations of a change in parts.
fn patch(operations: &Value) -> String {
    json!({"Operations": operations}).to_string()
}

/// A call and what it is refused with: the status, and SCIM's word for the fault.
type Hostile<'a> = (&'static str, &'a str, Vec<u8>, u16, &'static str);

#[expect(clippy::too_many_lines, reason = "a list")]
fn hostile_calls(user: &str) -> Vec<Hostile<'_>> {
    let deep = "[".repeat(100_000);
    let long = json!({"userName": "x".repeat(300_000)}).to_string();
    let many: Vec<Value> = (0..2_001)
        .map(|n| json!({"value": n.to_string()}))
        .collect();
    let many = json!({"displayName": "g", "members": many}).to_string();
    let often = patch(&Value::Array(vec![
        json!({"op": "replace", "path": "active", "value": true});
        101
    ]));
    vec![
        ("POST", "Users", b"{".to_vec(), 400, "invalidSyntax"),
        ("POST", "Users", b"[]".to_vec(), 400, "invalidSyntax"),
        (
            "POST",
            "Users",
            b"\xff\xfe{}".to_vec(),
            400,
            "invalidSyntax",
        ),
        ("POST", "Users", deep.into_bytes(), 400, "invalidSyntax"),
        ("POST", "Users", long.into_bytes(), 400, "invalidSyntax"),
        ("POST", "Users", b"{}".to_vec(), 400, "invalidValue"),
        (
            "POST",
            "Users",
            br#"{"userName":["a"]}"#.to_vec(),
            400,
            "invalidValue",
        ),
        (
            "POST",
            "Users",
            br#"{"userName":"a\u0000b"}"#.to_vec(),
            400,
            "invalidValue",
        ),
        (
            "POST",
            "Users",
            br#"{"userName":"ben","active":7}"#.to_vec(),
            400,
            "invalidValue",
        ),
        (
            "POST",
            "Users",
            br#"{"userName":"UNA"}"#.to_vec(),
            409,
            "uniqueness",
        ),
        ("POST", "Groups", b"{}".to_vec(), 400, "invalidValue"),
        ("POST", "Groups", many.into_bytes(), 400, "invalidValue"),
        (
            "POST",
            "Groups",
            br#"{"displayName":"g","members":[{"value":"nobody"}]}"#.to_vec(),
            400,
            "invalidValue",
        ),
        (
            "POST",
            "Groups",
            br#"{"displayName":"g","members":"nobody"}"#.to_vec(),
            400,
            "invalidValue",
        ),
        (
            "PATCH",
            user,
            patch(&json!([])).into_bytes(),
            400,
            "invalidSyntax",
        ),
        ("PATCH", user, often.into_bytes(), 400, "invalidSyntax"),
        (
            "PATCH",
            user,
            patch(&json!([{"op": "drop"}])).into_bytes(),
            400,
            "invalidSyntax",
        ),
        (
            "PATCH",
            user,
            patch(&json!([{"op": "remove"}])).into_bytes(),
            400,
            "noTarget",
        ),
        (
            "PATCH",
            user,
            patch(&json!([{"op": "replace", "path": "password", "value": "x"}])).into_bytes(),
            400,
            "invalidPath",
        ),
        // The first part would fit: all are done, or none.
        (
            "PATCH",
            user,
            patch(&json!([{"op": "replace", "path": "active", "value": false}, {"op": "drop"}]))
                .into_bytes(),
            400,
            "invalidSyntax",
        ),
        (
            "GET",
            "Users?filter=userName%20co%20%22u%22",
            Vec::new(),
            400,
            "invalidFilter",
        ),
        (
            "GET",
            "Users?filter=password%20eq%20%22u%22",
            Vec::new(),
            400,
            "invalidFilter",
        ),
        ("GET", "Users?filter=((((", Vec::new(), 400, "invalidFilter"),
        ("GET", "Users/..%2f..%2fentra", Vec::new(), 404, ""),
        ("GET", "Users/%00", Vec::new(), 404, ""),
        ("GET", "Users/x/y", Vec::new(), 404, ""),
        ("GET", "Bulk", Vec::new(), 404, ""),
        ("DELETE", "Users/nobody", Vec::new(), 404, ""),
        ("DELETE", "Users", Vec::new(), 405, ""),
        ("PUT", "Schemas", b"{}".to_vec(), 405, ""),
    ]
}

#[test]
fn a_hostile_directory_is_refused_in_scims_words_and_changes_nothing() {
    let workspace = Workspace::new();
    let token = told(&workspace, &["account", "directory", "entra"]);
    let site = open(workspace);
    let entra = at(&site, &token);
    for wrong in ["", "x", &token[1..], &format!("{token}x")] {
        let refused = scim(&at(&site, wrong), "GET", "Users", b"");
        assert_eq!(
            (refused.status, refused.header("www-authenticate")),
            (401, "Bearer")
        );
    }
    let una = made(&entra, "Users", &json!({"userName": "una"}));
    let user = format!("Users/{una}");
    let before = (
        accounts(&site),
        scim(&entra, "GET", &user, b"").json(),
        scim(&entra, "GET", "Groups", b"").json(),
    );

    for (method, path, body, status, kind) in hostile_calls(&user) {
        let refused = scim(&entra, method, path, &body);
        let start = String::from_utf8_lossy(&body[..body.len().min(60)]).into_owned();
        let said = refused.json();
        assert_eq!(refused.status, status, "{method} {path} {start}: {said}");
        assert_eq!(
            said["scimType"].as_str().unwrap_or_default(),
            kind,
            "{method} {path} {start}"
        );
        assert_eq!(said["status"], status.to_string());
    }
    let stale = entra
        .raw(
            "PATCH",
            &format!("/scim/v2/{user}"),
            &[("If-Match", "W/\"99\"")],
            patch(&json!([{"op": "replace", "path": "active", "value": false}])).as_bytes(),
        )
        .unwrap();
    assert_eq!(stale.status, 412);
    for asked in [
        "startIndex=-5&count=-1",
        "startIndex=99999999999999999999",
        "count=99999999999999999999",
        "startIndex=9223372036854775807&count=9223372036854775807",
    ] {
        assert_eq!(
            scim(&entra, "GET", &format!("Users?{asked}"), b"").status,
            200,
            "{asked}"
        );
    }
    let after = (
        accounts(&site),
        scim(&entra, "GET", &user, b"").json(),
        scim(&entra, "GET", "Groups", b"").json(),
    );
    assert_eq!(before, after);
}
