//! People, roles and second factors over the site: who gets in, who decides, and what happens to a form whose session
//! has ended.

use crate::{
    site::{Browser, Got, Site, serve, sign_in},
    workspace::Workspace,
};
use std::{collections::BTreeMap, io::Write, process::Stdio, time::Instant};
use totp_rs::{Algorithm, Builder, Secret};

const PASSWORD: &str = "an invented password";

/// A site without data, with these people: name, role, and what else `haven account add` is told.
fn place(people: &[(&str, &str, &[&str])]) -> (Site, Instant) {
    let workspace = Workspace::new();
    for (name, role, more) in people {
        let start = [
            "account",
            "add",
            name,
            "--name",
            name,
            "--organisation",
            "EST-HAVEN",
            "--role",
            role,
        ];
        let mut child = workspace
            .command(&[&start[..], more].concat())
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(PASSWORD.as_bytes())
            .unwrap();
        let ended = child.wait_with_output().unwrap();
        assert!(ended.status.success(), "{ended:?}");
    }
    let site = serve(workspace, &[]);
    (site, Instant::now())
}

/// The code of an authenticator, at the time of a server whose clock was started then.
fn code(secret: &str, began: Instant, ahead: u64) -> String {
    let moment: chrono::DateTime<chrono::Utc> = crate::workspace::moment().parse().unwrap();
    let now = u64::try_from(moment.timestamp()).unwrap() + began.elapsed().as_secs() + ahead;
    Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(6)
        .with_step_duration(30)
        .with_secret(Secret::try_from_base32(secret).unwrap())
        .with_account_name("x")
        .with_issuer(Some("x"))
        .build()
        .unwrap()
        .generate(now)
        .to_string()
}

fn text_of(got: &Got, id: &str) -> String {
    let after = got
        .body
        .split(&format!("id=\"{id}\""))
        .nth(1)
        .unwrap_or_else(|| panic!("{got:?}"));
    after
        .split_once('>')
        .unwrap()
        .1
        .split('<')
        .next()
        .unwrap()
        .to_owned()
}

#[test]
fn a_role_opens_once_its_second_factor_is_set_up_and_a_code_is_asked_for_from_then_on() {
    let (site, began) = place(&[("max", "administrator", &[])]);
    let mut max = sign_in(&site.address, "max", PASSWORD);
    let closed = max.get("/people");
    assert_eq!(
        (closed.status, closed.header("location")),
        (303, "/account/second-factor")
    );
    assert_eq!(max.get("/").status, 200);
    let csrf = max.get("/account/second-factor").csrf();
    assert_eq!(
        max.post("/account/second-factor/start", &[("csrf", &csrf)])
            .status,
        303
    );
    let page = max.get("/account/second-factor");
    assert!(
        page.body
            .contains("href=\"otpauth://totp/Haven:max?secret=")
            && page.body.contains("<svg"),
        "{page:?}"
    );
    let secret = text_of(&page, "secret").replace(' ', "");
    let wrong = max.post(
        "/account/second-factor",
        &[("csrf", &page.csrf()), ("code", "000000")],
    );
    assert_eq!(wrong.status, 422);
    let right = code(&secret, began, 0);
    let codes = max.post(
        "/account/second-factor",
        &[("csrf", &page.csrf()), ("code", &right)],
    );
    assert_eq!(codes.status, 200, "{codes:?}");
    let recovery: Vec<String> = text_of(&codes, "codes")
        .lines()
        .map(str::to_owned)
        .collect();
    assert_eq!(recovery.len(), 10);
    assert_eq!(max.get("/people").status, 200);

    // Signing in anew asks for a code; the page before it opens nothing.
    let mut again = Browser {
        address: site.address.clone(),
        cookies: BTreeMap::new(),
    };
    let csrf = again.get("/sign-in").csrf();
    let asked = again.post(
        "/sign-in",
        &[("csrf", &csrf), ("username", "max"), ("password", PASSWORD)],
    );
    assert_eq!(asked.status, 200);
    assert!(asked.body.contains("Enter your code"), "{asked:?}");
    assert_eq!(again.get("/account").status, 303);
    let refused = again.post(
        "/sign-in/code",
        &[("csrf", &asked.csrf()), ("code", &right)],
    );
    assert_eq!(refused.status, 422, "a code counts once");
    let next = code(&secret, began, 30);
    let entered = again.post(
        "/sign-in/code",
        &[("csrf", &refused.csrf()), ("code", &next)],
    );
    assert_eq!(entered.status, 303, "{entered:?}");
    assert_eq!(again.get("/people").status, 200);
    let log = site
        .workspace
        .json(&["audit", "show", "--last", "20"])
        .to_string();
    assert!(
        log.contains("second factor set up") && log.contains("at the second factor"),
        "{log}"
    );
    assert!(!log.contains(&secret) && !log.contains(&recovery[0]));
}

#[test]
fn access_ends_with_training_and_with_employment() {
    let (site, _) = place(&[
        ("ana", "analyst", &["--invented"]),
        (
            "ben",
            "analyst",
            &["--invented", "--trained-until", "2026-10-29"],
        ),
        (
            "cara",
            "analyst",
            &["--invented", "--trained-until", "2026-10-30"],
        ),
        (
            "dan",
            "analyst",
            &[
                "--invented",
                "--trained-until",
                "2027-10-30",
                "--employed-until",
                "2026-10-29",
            ],
        ),
    ]);
    for (name, status, words) in [
        ("ana", 403, "Your training is not on record"),
        ("ben", 403, "Your training counted until 29 October 2026"),
        ("cara", 200, "Ask a question"),
        ("dan", 403, "Your employment ended on 29 October 2026"),
    ] {
        let mut browser = sign_in(&site.address, name, PASSWORD);
        let got = browser.get("/ask");
        assert_eq!(got.status, status, "{name}");
        assert!(got.body.contains(words), "{name}: {}", got.body);
        assert_eq!(browser.get("/account").status, 200);
    }
    let recorded =
        site.workspace
            .run(&["account", "record", "ana", "--trained-until", "2027-01-31"]);
    assert_eq!(recorded.code, Some(0), "{}", recorded.err);
    assert_eq!(
        sign_in(&site.address, "ana", PASSWORD).get("/ask").status,
        200
    );
}

#[test]
fn roles_that_see_people_take_two_and_nobody_changes_themselves() {
    let invented = &["--invented", "--trained-until", "2027-10-30"][..];
    let (site, _) = place(&[
        ("max", "administrator", invented),
        ("mia", "administrator", invented),
        ("ada", "asset_owner", invented),
        ("sue", "submitter", invented),
    ]);
    let mut max = sign_in(&site.address, "max", PASSWORD);
    let new = [
        ("name", "Ned New"),
        ("username", "ned"),
        ("organisation", "est-haven"),
        ("reason", "joins on Monday"),
    ];
    let form = max.get("/people/new").csrf();
    let added = max.post(
        "/people",
        &[&new[..], &[("csrf", &form), ("role", "analyst")]].concat(),
    );
    assert_eq!(added.status, 303, "{added:?}");
    let ned = added.header("location").to_owned();
    let again = max.post(
        "/people",
        &[&new[..], &[("csrf", &form), ("role", "analyst")]].concat(),
    );
    assert_eq!(again.status, 422);
    let page = max.get(&ned);
    assert!(
        page.body.contains("None: this person cannot sign in")
            && page.body.contains("waits for a second person"),
        "{page:?}"
    );

    // Whoever asked cannot decide, nor can somebody without the role; another can, once.
    let requests = max.get("/people/requests");
    let action = requests
        .body
        .split("action=\"")
        .find_map(|r| {
            r.split('"')
                .next()
                .filter(|a| a.starts_with("/people/requests/"))
        })
        .unwrap()
        .to_owned();
    let own = max.post(
        &action,
        &[("csrf", &requests.csrf()), ("decision", "approve")],
    );
    assert_eq!(own.header("location"), "/people/requests?done=not");
    let mut sue = sign_in(&site.address, "sue", PASSWORD);
    assert_eq!(sue.get("/people/requests").status, 403);
    let mut ada = sign_in(&site.address, "ada", PASSWORD);
    let csrf = ada.get("/people/requests").csrf();
    let decided = ada.post(&action, &[("csrf", &csrf), ("decision", "approve")]);
    assert_eq!(decided.header("location"), "/people/requests?done=approved");
    let twice = ada.post(&action, &[("csrf", &csrf), ("decision", "approve")]);
    assert_eq!(twice.header("location"), "/people/requests?done=not");
    assert!(max.get(&ned).body.contains("approved by ada"));

    a_link_sets_a_password_and_nobody_changes_themselves(&site, &mut max, &ned, &page);
}

fn a_link_sets_a_password_and_nobody_changes_themselves(
    site: &Site,
    max: &mut Browser,
    ned: &str,
    page: &Got,
) {
    // A link lets the new person choose a password.
    let invited = max.post(&format!("{ned}/invite"), &[("csrf", &page.csrf())]);
    let link = text_of(&invited, "invitation");
    let path = link
        .split_once("/sign-in/first/")
        .map(|(_, token)| format!("/sign-in/first/{token}"))
        .unwrap();
    let mut browser = Browser {
        address: site.address.clone(),
        cookies: BTreeMap::new(),
    };
    let csrf = browser.get(&path).csrf();
    assert_eq!(
        browser
            .post(&path, &[("csrf", &csrf), ("password", "short")])
            .status,
        422
    );
    assert_eq!(
        browser
            .post(
                &path,
                &[("csrf", &csrf), ("password", "another invented one")]
            )
            .status,
        303
    );
    assert_eq!(browser.get(&path).status, 404);
    let mut ned_in = sign_in(&site.address, "ned", "another invented one");
    assert_eq!(
        ned_in.get("/ask").header("location"),
        "/account/second-factor"
    );

    // Nobody changes their own account, and disabling ends what is open.
    let me = max
        .get("/people?q=max")
        .links("/people/")
        .into_iter()
        .find(|l| l.len() == 28)
        .unwrap();
    let refused = max.post(
        &format!("{me}/roles"),
        &[
            ("csrf", &page.csrf()),
            ("role", "operator"),
            ("organisation", "EST-HAVEN"),
            ("reason", "x"),
        ],
    );
    assert_eq!(refused.status, 403);
    assert!(!max.get(&me).body.contains("Operator"));
    assert_eq!(
        max.post(&format!("{ned}/disable"), &[("csrf", &page.csrf())])
            .status,
        200
    );
    assert_eq!(ned_in.get("/account").status, 303);
    let csv = max.get("/people.csv");
    assert!(
        csv.body.contains("ned,Ned New,analyst,EST-HAVEN,disabled"),
        "{csv:?}"
    );
}

#[test]
fn a_form_whose_session_has_ended_waits_for_its_sender() {
    let invented = &["--invented", "--trained-until", "2027-10-30"][..];
    let (site, _) = place(&[("ana", "analyst", invented)]);
    let mut browser = Browser {
        address: site.address.clone(),
        cookies: BTreeMap::new(),
    };
    let fields = [
        ("csrf", "old"),
        ("sql", "select 1 < 2"),
        ("use", "DSA/x"),
        ("password", "hush"),
    ];
    // Without the cookie of a session it may come from anywhere, and is not kept.
    assert_eq!(browser.post("/ask", &fields).status, 303);
    browser.cookies.insert("haven".into(), "0".repeat(64));
    let waits = browser.post("/ask", &fields);
    assert_eq!(waits.status, 200);
    assert!(
        waits
            .body
            .contains("name=\"kept.sql\" value=\"select 1 &lt; 2\""),
        "{waits:?}"
    );
    assert!(!waits.body.contains("hush") && !waits.body.contains("\"old\""));
    let csrf = waits.csrf();
    let kept = [
        ("csrf", csrf.as_str()),
        ("username", "ana"),
        ("kept-action", "/ask"),
        ("kept.sql", "select 1 < 2"),
        ("kept.csrf", "forged"),
    ];
    let wrong = browser.post(
        "/sign-in",
        &[&kept[..], &[("password", "not it at all")]].concat(),
    );
    assert!(
        wrong.status == 422 && wrong.body.contains("kept.sql"),
        "{wrong:?}"
    );
    let back = browser.post("/sign-in", &[&kept[..], &[("password", PASSWORD)]].concat());
    assert_eq!(back.status, 200);
    assert!(
        back.body.contains("action=\"/ask\"")
            && back.body.contains("name=\"sql\" value=\"select 1 &lt; 2\""),
        "{back:?}"
    );
    assert!(!back.body.contains("forged"));
    let sent = browser.post(
        "/ask",
        &[
            ("csrf", &back.csrf()),
            ("sql", "select 1 < 2"),
            ("use", "DSA/x"),
        ],
    );
    // It arrived under the new session, and was answered: there is no such agreement.
    assert!(
        sent.status == 403 && sent.body.contains("There is no agreement DSA"),
        "{sent:?}"
    );
    let elsewhere = browser.post(
        "/sign-in",
        &[("csrf", "x"), ("kept-action", "https://evil.example/")],
    );
    assert!(!elsewhere.body.contains("evil"));
}

#[test]
fn the_page_says_how_long_a_session_lasts_and_a_link_keeps_it() {
    let (site, _) = place(&[("sue", "submitter", &["--invented"])]);
    let mut sue = sign_in(&site.address, "sue", PASSWORD);
    let page = sue.get("/submissions");
    assert!(
        page.body.contains("data-haven-expiry=\"1")
            && page
                .body
                .contains("href=\"/account/stay?next=/submissions\""),
        "{page:?}"
    );
    let stay = sue.get("/account/stay?next=/submissions");
    assert_eq!(
        (stay.status, stay.header("location")),
        (303, "/submissions")
    );
    assert_eq!(
        sue.get("/account/stay?next=//evil.example")
            .header("location"),
        "/"
    );
    assert!(!visitor_sees(&site).contains("data-haven-expiry"));
}

fn visitor_sees(site: &Site) -> String {
    let mut nobody = Browser {
        address: site.address.clone(),
        cookies: BTreeMap::new(),
    };
    nobody.get("/").body
}
