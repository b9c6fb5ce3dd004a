//! Programs that sign assertions, and directories.

use crate::people::{at, position, with_ada};
use chrono::TimeDelta;
use control::{
    AssertionRefusal, AssertionRules, Control, DirectoryGroupSaid, DirectoryRefusal,
    DirectoryUserSaid, GroupRoles, KeyAlgorithm, Role,
};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

const ES256: &str = include_str!("keys/es256-a.pem");
const ES256_PUBLIC: &str = include_str!("keys/es256-a.pub.pem");
const OTHER: &str = include_str!("keys/es256-b.pem");
const EDDSA: &str = include_str!("keys/eddsa.pem");
const EDDSA_PUBLIC: &str = include_str!("keys/eddsa.pub.pem");
const RS256: &str = include_str!("keys/rs256.pem");
const RS256_PUBLIC: &str = include_str!("keys/rs256.pub.pem");
const HERE: &str = "https://haven.example/oauth/token";

fn rules() -> AssertionRules {
    AssertionRules {
        audiences: vec![HERE.into(), "https://haven.example".into()],
        skew: TimeDelta::seconds(30),
        token_lasts: TimeDelta::minutes(10),
    }
}

/// An assertion of now, with these claims in place of its own.
fn assertion(algorithm: Algorithm, key: &str, key_id: Option<&str>, other: &Value) -> String {
    let mut claims = json!({
        "iss": "caseworks", "sub": "caseworks", "aud": HERE, "jti": "1",
        "iat": at(0).timestamp(), "exp": at(2).timestamp(),
    });
    for (name, value) in other.as_object().unwrap() {
        claims[name] = value.clone();
    }
    let key = match algorithm {
        Algorithm::ES256 => EncodingKey::from_ec_pem(key.as_bytes()).unwrap(),
        Algorithm::EdDSA => EncodingKey::from_ed_pem(key.as_bytes()).unwrap(),
        Algorithm::HS256 => EncodingKey::from_secret(key.as_bytes()),
        _ => EncodingKey::from_rsa_pem(key.as_bytes()).unwrap(),
    };
    let mut header = Header::new(algorithm);
    header.kid = key_id.map(str::to_owned);
    encode(&header, &claims, &key).unwrap()
}

async fn with_caseworks(address: &str) -> Control {
    let control = with_ada(address).await;
    let place = position(Role::Submitter, "991");
    let made = control
        .create_machine("caseworks", "Case Works", &place, "ben", at(0))
        .await
        .unwrap();
    assert!(made);
    for (name, algorithm, key) in [
        ("e", KeyAlgorithm::Es256, ES256_PUBLIC),
        ("d", KeyAlgorithm::EdDsa, EDDSA_PUBLIC),
        ("r", KeyAlgorithm::Rs256, RS256_PUBLIC),
    ] {
        let added = control
            .add_machine_key("caseworks", name, algorithm, key, "ben", at(0))
            .await;
        assert!(added.unwrap(), "{name}");
    }
    control
}

pub(crate) async fn each_kind_of_key_signs_and_its_token_soon_ends(address: &str) {
    let control = with_caseworks(address).await;
    for (number, algorithm, key) in [
        (1, Algorithm::ES256, ES256),
        (2, Algorithm::EdDSA, EDDSA),
        (3, Algorithm::RS256, RS256),
    ] {
        let shown = assertion(
            algorithm,
            key,
            None,
            &json!({ "jti": format!("n{number}"), "aud": ["https://haven.example"] }),
        );
        let granted = control
            .token_for_assertion(&shown, &rules(), at(0))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(granted.position, position(Role::Submitter, "991"));
        let of = async |minute| {
            control
                .session_of_token(granted.token.reveal(), at(minute))
                .await
                .unwrap()
        };
        assert!(of(9).await.unwrap().program);
        assert!(of(10).await.is_none());
    }
    assert!(
        !control
            .create_machine(
                "ada.thornby",
                "x",
                &position(Role::Submitter, "991"),
                "ben",
                at(0)
            )
            .await
            .unwrap()
    );
}

pub(crate) async fn an_assertion_that_does_not_fit_gives_nothing(address: &str) {
    use AssertionRefusal::{
        BadSignature, Expired, Malformed, NoId, NotNow, UnknownClient, UnknownKey, WrongAudience,
        WrongIssuer,
    };
    let control = with_caseworks(address).await;
    let at_second = |seconds: i64| (at(0) + TimeDelta::seconds(seconds)).timestamp();
    let es = |other: Value| assertion(Algorithm::ES256, ES256, None, &other);
    let tries = [
        (String::new(), Malformed),
        ("a.b.c".into(), Malformed),
        ("x".repeat(9_000), Malformed),
        (es(json!({"sub": "nobody", "iss": "nobody"})), UnknownClient),
        (es(json!({"sub": 7})), UnknownClient),
        (es(json!({"iss": "somebody-else"})), WrongIssuer),
        (
            assertion(Algorithm::ES256, OTHER, None, &json!({})),
            BadSignature,
        ),
        (
            assertion(Algorithm::ES256, ES256, Some("r"), &json!({})),
            UnknownKey,
        ),
        (
            assertion(Algorithm::RS512, RS256, None, &json!({})),
            UnknownKey,
        ),
        // The public key as the secret of a symmetric signature.
        (
            assertion(Algorithm::HS256, ES256_PUBLIC, None, &json!({})),
            UnknownKey,
        ),
        (
            es(json!({"aud": "https://elsewhere.example"})),
            WrongAudience,
        ),
        (
            es(json!({"aud": [HERE, "https://elsewhere.example"]})),
            WrongAudience,
        ),
        (es(json!({"aud": null})), WrongAudience),
        (es(json!({"exp": at_second(-30)})), Expired),
        (es(json!({"exp": null})), Expired),
        (es(json!({"exp": "soon"})), Expired),
        (es(json!({"exp": 1e300})), Expired),
        (es(json!({"exp": at_second(331)})), NotNow),
        (es(json!({"iat": at_second(31)})), NotNow),
        (es(json!({"nbf": at_second(31)})), NotNow),
        (es(json!({"jti": null})), NoId),
        (es(json!({"jti": "x".repeat(201)})), NoId),
    ];
    for (shown, refusal) in tries {
        let given = control
            .token_for_assertion(&shown, &rules(), at(0))
            .await
            .unwrap();
        assert_eq!(given.unwrap_err(), refusal, "{shown:.300}");
    }
    let unsigned = es(json!({}));
    let (head, _) = unsigned.rsplit_once('.').unwrap();
    let given = control
        .token_for_assertion(&format!("{head}."), &rules(), at(0))
        .await
        .unwrap();
    assert_eq!(given.unwrap_err(), BadSignature);
    // Clocks may be wrong by half a minute, either way.
    for (jti, other) in [
        ("a", json!({"exp": at_second(-29)})),
        ("b", json!({"iat": at_second(30), "exp": at_second(330)})),
    ] {
        let mut other = other;
        other["jti"] = json!(jti);
        assert!(
            control
                .token_for_assertion(&es(other), &rules(), at(0))
                .await
                .unwrap()
                .is_ok()
        );
    }
}

pub(crate) async fn an_assertion_counts_once_and_ends_with_its_key_and_program(address: &str) {
    let control = with_caseworks(address).await;
    let es = |jti: &str| assertion(Algorithm::ES256, ES256, Some("e"), &json!({ "jti": jti }));
    let show = async |shown: &str| {
        control
            .token_for_assertion(shown, &rules(), at(0))
            .await
            .unwrap()
    };
    let first = show(&es("1")).await.unwrap();
    assert_eq!(
        show(&es("1")).await.unwrap_err(),
        AssertionRefusal::Replayed
    );
    // Many at once: one of them counts.
    let same = es("many");
    let all = tokio::join!(show(&same), show(&same), show(&same), show(&same));
    assert_eq!(
        [all.0.is_ok(), all.1.is_ok(), all.2.is_ok(), all.3.is_ok()]
            .iter()
            .filter(|ok| **ok)
            .count(),
        1
    );
    assert!(
        control
            .end_machine_key("caseworks", "e", at(0))
            .await
            .unwrap()
    );
    assert_eq!(
        show(&es("2")).await.unwrap_err(),
        AssertionRefusal::UnknownKey
    );
    assert!(
        control
            .session_of_token(first.token.reveal(), at(0))
            .await
            .unwrap()
            .is_none()
    );
    let again = control
        .add_machine_key(
            "caseworks",
            "e",
            KeyAlgorithm::Es256,
            ES256_PUBLIC,
            "ben",
            at(0),
        )
        .await;
    assert!(!again.unwrap(), "a key that has ended does not come back");
    let other = assertion(Algorithm::EdDSA, EDDSA, None, &json!({"jti": "3"}));
    let granted = show(&other).await.unwrap();
    assert!(control.disable_machine("caseworks", at(0)).await.unwrap());
    assert!(
        control
            .session_of_token(granted.token.reveal(), at(0))
            .await
            .unwrap()
            .is_none()
    );
    let other = assertion(Algorithm::EdDSA, EDDSA, None, &json!({"jti": "4"}));
    assert_eq!(
        show(&other).await.unwrap_err(),
        AssertionRefusal::UnknownClient
    );
}

pub(crate) async fn keys_that_are_none_are_not_registered(address: &str) {
    let control = with_caseworks(address).await;
    for (name, algorithm, key) in [
        ("x", KeyAlgorithm::Es256, "no key"),
        ("x", KeyAlgorithm::Es256, RS256_PUBLIC),
        ("x", KeyAlgorithm::Rs256, ES256_PUBLIC),
        ("x", KeyAlgorithm::Tls, "00"),
        ("", KeyAlgorithm::EdDsa, EDDSA_PUBLIC),
        ("a b", KeyAlgorithm::EdDsa, EDDSA_PUBLIC),
    ] {
        let added = control
            .add_machine_key("caseworks", name, algorithm, key, "ben", at(0))
            .await;
        assert!(added.is_err(), "{name} {algorithm}");
    }
    let certificate = "ab".repeat(32);
    let added = control
        .add_machine_key(
            "caseworks",
            "t",
            KeyAlgorithm::Tls,
            &certificate,
            "ben",
            at(0),
        )
        .await;
    assert!(added.unwrap());
    let given = control
        .token_for_certificate("caseworks", &certificate.to_uppercase(), &rules(), at(0))
        .await
        .unwrap();
    assert!(given.is_ok());
    let given = control
        .token_for_certificate("caseworks", &"cd".repeat(32), &rules(), at(0))
        .await
        .unwrap();
    assert_eq!(given.unwrap_err(), AssertionRefusal::UnknownKey);
}

fn said(user_name: &str, active: bool) -> DirectoryUserSaid {
    DirectoryUserSaid {
        user_name: user_name.into(),
        display_name: "Ana Example".into(),
        external_id: Some(format!("id of {user_name}")),
        active,
    }
}

fn roles() -> GroupRoles {
    GroupRoles::from([
        ("analysts".into(), vec![position(Role::Analyst, "QMX")]),
        ("checkers".into(), vec![position(Role::Checker, "QMX")]),
    ])
}

pub(crate) async fn roles_follow_the_groups_of_a_directory(address: &str) {
    let control = Control::open(address).await.unwrap();
    let credential = control
        .create_directory("entra", "ben", at(0), at(60))
        .await
        .unwrap();
    assert_eq!(
        control
            .directory_of(credential.reveal(), at(59))
            .await
            .unwrap()
            .as_deref(),
        Some("entra")
    );
    assert!(
        control
            .directory_of(credential.reveal(), at(60))
            .await
            .unwrap()
            .is_none()
    );
    assert!(control.directory_of("", at(0)).await.unwrap().is_none());
    let user = control
        .create_directory_user("entra", "entra.ana", &said("ana", true), at(0))
        .await
        .unwrap()
        .unwrap();
    let twice = control
        .create_directory_user("entra", "entra.other", &said("ANA", true), at(0))
        .await
        .unwrap();
    assert_eq!(twice.unwrap_err(), DirectoryRefusal::Taken);
    let held = async || {
        let account = control.account("entra.ana").await.unwrap().unwrap();
        account.positions.iter().map(|p| p.role).collect::<Vec<_>>()
    };
    assert!(held().await.is_empty());
    let group = |name: &str, members: &[&str]| DirectoryGroupSaid {
        display_name: name.into(),
        external_id: None,
        members: members.iter().map(|m| (*m).to_owned()).collect(),
    };
    let roles = roles();
    let make = async |said: DirectoryGroupSaid| {
        control
            .create_directory_group("entra", &said, &roles, at(1))
            .await
            .unwrap()
    };
    let analysts = make(group("analysts", &[&user.id])).await.unwrap();
    make(group("checkers", &[&user.id])).await.unwrap();
    make(group("anything else", &[&user.id])).await.unwrap();
    assert_eq!(held().await, [Role::Analyst, Role::Checker]);
    assert_eq!(
        make(group("analysts", &[])).await.unwrap_err(),
        DirectoryRefusal::Taken
    );
    assert_eq!(
        make(group("new", &["nobody"])).await.unwrap_err(),
        DirectoryRefusal::UnknownMember
    );
    assert_eq!(
        control.directory_groups("entra").await.unwrap().len(),
        3,
        "what is refused leaves nothing"
    );
    let put = async |version, said: DirectoryGroupSaid| {
        control
            .replace_directory_group("entra", &analysts.id, version, &said, &roles, at(2))
            .await
            .unwrap()
    };
    assert_eq!(
        put(7, group("analysts", &[])).await.unwrap_err(),
        DirectoryRefusal::Changed
    );
    assert_eq!(
        put(1, group("checkers", &[])).await.unwrap_err(),
        DirectoryRefusal::Taken
    );
    assert_eq!(held().await, [Role::Analyst, Role::Checker]);
    assert_eq!(put(1, group("analysts", &[])).await.unwrap().version, 2);
    assert_eq!(held().await, [Role::Checker]);
    another_directory_sees_none_of_it(&control, &user.id, &analysts.id).await;
}

async fn another_directory_sees_none_of_it(control: &Control, user: &str, group: &str) {
    let roles = roles();
    assert!(control.directory_users("other").await.unwrap().is_empty());
    assert!(
        control
            .directory_user("other", user)
            .await
            .unwrap()
            .is_none()
    );
    assert!(
        !control
            .remove_directory_user("other", user, at(3))
            .await
            .unwrap()
    );
    assert!(
        !control
            .remove_directory_group("other", group, &roles, at(3))
            .await
            .unwrap()
    );
}

pub(crate) async fn a_leaver_is_out_in_the_same_write(address: &str) {
    let control = Control::open(address).await.unwrap();
    control
        .create_directory("entra", "ben", at(0), at(60))
        .await
        .unwrap();
    let user = control
        .create_directory_user("entra", "entra.ana", &said("ana", true), at(0))
        .await
        .unwrap()
        .unwrap();
    let members = [user.id.clone()].into();
    let group = DirectoryGroupSaid {
        display_name: "analysts".into(),
        external_id: None,
        members,
    };
    control
        .create_directory_group("entra", &group, &roles(), at(0))
        .await
        .unwrap()
        .unwrap();
    let arrival = control::Arrival {
        provider: "entra".into(),
        subject: "id of ana".into(),
        username: "entra.unused".into(),
        display_name: "Ana Example".into(),
        positions: None,
        assurance: control::Assurance::Two,
    };
    let signed_in = control.arrive(&arrival, at(1)).await.unwrap().unwrap();
    assert_eq!(
        signed_in.session.username, "entra.ana",
        "known by what the directory calls them"
    );
    let token = control
        .create_token("entra.ana", &position(Role::Analyst, "QMX"), at(1), at(60))
        .await
        .unwrap();
    let now = control
        .directory_user("entra", &user.id)
        .await
        .unwrap()
        .unwrap();
    let gone = control
        .replace_directory_user("entra", &user.id, now.version, &said("ana", false), at(2))
        .await
        .unwrap()
        .unwrap();
    assert!(!gone.said.active);
    assert!(
        control
            .session(signed_in.token.reveal(), at(2))
            .await
            .unwrap()
            .is_none()
    );
    assert!(
        control
            .session_of_token(token.reveal(), at(2))
            .await
            .unwrap()
            .is_none()
    );
    assert_eq!(
        control.arrive(&arrival, at(2)).await.unwrap().unwrap_err(),
        control::ArrivalRefusal::Disabled
    );
    let stale = control
        .replace_directory_user("entra", &user.id, now.version, &said("ana", true), at(2))
        .await
        .unwrap();
    assert_eq!(stale.unwrap_err(), DirectoryRefusal::Changed);
    let back = control
        .replace_directory_user("entra", &user.id, gone.version, &said("ana", true), at(3))
        .await
        .unwrap()
        .unwrap();
    assert!(back.said.active);
    whom_an_administrator_disabled_stays_out(&control, &user.id).await;
}

async fn whom_an_administrator_disabled_stays_out(control: &Control, id: &str) {
    // Whom an administrator disabled does not come back by the directory's saying the same again.
    control.disable_account("entra.ana", at(4)).await.unwrap();
    let now = control.directory_user("entra", id).await.unwrap().unwrap();
    let same = control
        .replace_directory_user("entra", id, now.version, &said("ana", true), at(5))
        .await
        .unwrap()
        .unwrap();
    assert!(!same.said.active);
    assert!(
        control
            .remove_directory_user("entra", id, at(6))
            .await
            .unwrap()
    );
    assert!(control.directory_user("entra", id).await.unwrap().is_none());
    assert!(
        control
            .account("entra.ana")
            .await
            .unwrap()
            .unwrap()
            .positions
            .is_empty()
    );
    let again = control
        .create_directory_user("entra", "entra.ana-2", &said("ana", true), at(7))
        .await
        .unwrap();
    assert!(again.is_ok());
}
