//! Pages about those who work here: one's own account, people and roles.

use super::*;
use pages::*;

/// Adds them to the others.
pub(super) fn add_pages(pages: &mut Vec<(&'static str, String)>) {
    let frame = signed_in(
        "Administrator of accounts",
        &["People and roles", "Service status"],
    );
    let visitor = visitor();
    let mut add = |name, page: Markup| pages.push((name, page.into_string()));
    add("account", account(&frame, &account_view()));
    add("second-factor", second_factor(&frame, &factor_view(true)));
    let mut wrong = factor_view(true);
    wrong.errors = vec![FieldError::new("code", "The code is not right.")];
    add("second-factor-error", second_factor(&frame, &wrong));
    let codes = strings(&["01ab-cdef-ghjk-mnpq", "23rs-tvwx-yz01-2345"]);
    add("recovery-codes", recovery_codes(&frame, &codes));
    add("people", people(&frame, &people_view()));
    let new = PersonNewView {
        roles: choices(),
        errors: vec![FieldError::new("username", "Enter a user name.")],
        ..PersonNewView::default()
    };
    add("person-new-error", person_new(&frame, &new));
    add("person", person(&frame, &person_view()));
    add(
        "account-requests",
        account_requests(&frame, &requests_view()),
    );
    let code = SignInCodeView {
        error: Some("The code is not right, or was used before.".into()),
        kept: Some(KeptForm {
            action: "/ask".into(),
            fields: vec![("sql".into(), "select 1".into())],
        }),
        ..SignInCodeView::default()
    };
    add("sign-in-code-error", sign_in_code(&visitor, &code));
    let first = FirstPasswordView {
        action: "/sign-in/first/0000".into(),
        username: "new.person".into(),
        ..FirstPasswordView::default()
    };
    add("first-password", first_password(&visitor, &first));
    let kept = KeptForm {
        action: "/ask".into(),
        fields: vec![("sql".into(), "select \"x\" < 1".into())],
    };
    add("send-kept", send_kept(&visitor, "token", &kept));
}

fn choices() -> Vec<(String, String)> {
    [("analyst", "Analyst"), ("checker", "Output checker")]
        .map(|(a, b)| (a.to_owned(), b.to_owned()))
        .into()
}

fn factor_view(under_way: bool) -> SecondFactorView {
    let secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
    let address = format!("otpauth://totp/Haven:jo?secret={secret}&issuer=Haven");
    SecondFactorView {
        csrf: "token".into(),
        needed_for: Some("Analyst".into()),
        secret: under_way.then(|| (address, secret.to_owned())),
        errors: vec![],
    }
}

fn account_view() -> AccountView {
    let session = |id: &str, this| SessionRow {
        id: id.into(),
        position: "Analyst, Estuary ICB".into(),
        began_at: at("2026-10-30T09:00:00Z"),
        seen_at: at("2026-10-30T10:00:00Z"),
        this,
    };
    AccountView {
        csrf: "token".into(),
        name: "Jo Example".into(),
        username: "jo.with.a.rather.long.name@a-council-with-a-long-name.example".into(),
        roles: vec![("Analyst".into(), "Estuary ICB".into())],
        assurance: "Password and second factor".into(),
        second_factor: SecondFactorState::Set {
            since: at("2026-10-01T09:00:00Z"),
            codes_left: 9,
        },
        employed_until: Some(day(2027, 3, 31)),
        closed: strings(&["Your training ended on 1 October 2026. Ask an administrator."]),
        sessions: vec![session("a", true), session("b", false)],
        ..AccountView::default()
    }
}

fn people_view() -> PeopleView {
    let row = |name: &str, state| PersonRow {
        href: "/people/0a1b".into(),
        name: name.into(),
        username: "jo.with.a.rather.long.name@a-council-with-a-long-name.example".into(),
        roles: strings(&["Analyst, Estuary ICB", "Output checker, Estuary Safe Haven"]),
        state,
        second_factor: true,
    };
    PeopleView {
        people: vec![
            row("Jo Example", PersonState::Open),
            row("Ben Example", PersonState::Untrained),
            row("Cas Example", PersonState::Left),
            row("Dot Example", PersonState::Disabled),
        ],
        found: 4,
        waiting: 1,
        ..PeopleView::default()
    }
}

fn person_view() -> PersonView {
    PersonView {
        csrf: "token".into(),
        href: "/people/0a1b".into(),
        notice: Some("The role is asked for.".into()),
        invitation: Some(format!(
            "https://haven.example/sign-in/first/{}",
            "0a".repeat(32)
        )),
        name: "Ben Example".into(),
        username: "ben".into(),
        second_factor: Some(at("2026-10-01T09:00:00Z")),
        roles: vec![("analyst@EST".into(), "Analyst".into(), "Estuary ICB".into())],
        requests: vec![(
            "Output checker of Estuary ICB".into(),
            "jo".into(),
            at("2026-10-01T09:00:00Z"),
            "waits for a second person".into(),
        )],
        choices: choices(),
        approved_roles: strings(&["Analyst", "Output checker"]),
        ..PersonView::default()
    }
}

fn requests_view() -> RequestsView {
    let row = |may| RequestRow {
        action: "/people/requests/0a1b".into(),
        what: "Analyst of Estuary ICB".into(),
        person: "Ben Example (ben)".into(),
        reason: "Joins the team on Monday".into(),
        asked_by: "jo".into(),
        asked_at: at("2026-10-01T09:00:00Z"),
        may,
    };
    RequestsView {
        csrf: "token".into(),
        notice: None,
        requests: vec![
            row(RequestMay::Decide),
            row(RequestMay::Withdraw),
            row(RequestMay::Nothing(
                "It is about you: somebody else decides.".into(),
            )),
        ],
    }
}
