//! Second factors, facts, requests that a second person decides, invitations.

use crate::people::{ada, at, password, position, with_ada};
use chrono::{DateTime, TimeDelta, Utc};
use control::{
    AccountKey, Assurance, Control, Fact, NewAccount, NewRequest, Password, RequestRefusal,
    RequestState, Role, SessionToken, SignInError, SignInRefusal, SignInStep,
};
use totp_rs::{Algorithm, Builder, Secret};

/// The code of an authenticator that was told the secret, at a moment.
pub(crate) fn code(secret: &str, moment: DateTime<Utc>) -> String {
    Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(6)
        .with_step_duration(30)
        .with_secret(Secret::try_from_base32(secret).unwrap())
        .with_account_name("x")
        .with_issuer(Some("x"))
        .build()
        .unwrap()
        .generate(u64::try_from(moment.timestamp()).unwrap())
        .to_string()
}

/// Ada with a second factor that counts: its secret, and her recovery codes.
async fn enrolled(control: &Control, key: &AccountKey) -> (String, Vec<String>) {
    assert!(
        control
            .begin_second_factor("ada.thornby", key, at(0))
            .await
            .unwrap()
    );
    let enrolment = control
        .enrolment("ada.thornby", "Haven: a: place", key)
        .await
        .unwrap()
        .unwrap();
    let secret = enrolment.secret.to_string();
    assert!(
        enrolment
            .address
            .starts_with("otpauth://totp/Haven%20a%20place:ada.thornby?secret="),
        "{}",
        *enrolment.address
    );
    assert!(enrolment.address.contains(&secret));
    let wrong = control
        .confirm_second_factor("ada.thornby", "000000", key, at(1))
        .await
        .unwrap();
    assert!(wrong.is_none());
    assert!(
        control
            .second_factor("ada.thornby")
            .await
            .unwrap()
            .is_none()
    );
    let codes = control
        .confirm_second_factor("ada.thornby", &code(&secret, at(1)), key, at(1))
        .await
        .unwrap()
        .unwrap();
    (secret, codes.reveal().map(str::to_owned).collect())
}

async fn step(control: &Control, minutes: i64) -> SessionToken {
    match control
        .sign_in("ada.thornby", &password(), at(minutes))
        .await
        .unwrap()
    {
        SignInStep::Code(step) => step,
        SignInStep::In(_) => panic!("no code was asked for"),
    }
}

async fn finish(
    control: &Control,
    step: &SessionToken,
    typed: &str,
    key: &AccountKey,
    moment: DateTime<Utc>,
) -> Result<Assurance, String> {
    match control.finish_sign_in(step, typed, key, moment).await {
        Ok(signed_in) => Ok(signed_in.session.assurance),
        Err(SignInError::Refused(SignInRefusal::Locked { .. })) => Err("locked".into()),
        Err(fault) => Err(fault.to_string()),
    }
}

const WRONG: &str = "the code is not right, or was used before";
const SLOW: &str = "the sign-in took too long; begin again";

pub(crate) async fn a_code_counts_once_and_a_recovery_code_too(address: &str) {
    let control = with_ada(address).await;
    let key = AccountKey::generate().unwrap();
    let (secret, codes) = enrolled(&control, &key).await;
    // The code that confirmed it is used up.
    let first = step(&control, 1).await;
    assert_eq!(
        finish(&control, &first, &code(&secret, at(1)), &key, at(1)).await,
        Err(WRONG.into())
    );
    let now = at(2);
    assert_eq!(
        finish(&control, &first, &code(&secret, now), &key, now).await,
        Ok(Assurance::Two)
    );
    // Its step is over, and so is the code, for a step anew.
    assert_eq!(
        finish(&control, &first, &code(&secret, now), &key, now).await,
        Err(SLOW.into())
    );
    let second = step(&control, 2).await;
    assert_eq!(
        finish(&control, &second, &code(&secret, now), &key, now).await,
        Err(WRONG.into())
    );
    let early = now - TimeDelta::seconds(30);
    assert_eq!(
        finish(&control, &second, &code(&secret, early), &key, now).await,
        Err(WRONG.into()),
        "before the last"
    );
    let late = now + TimeDelta::seconds(30);
    assert_eq!(
        finish(&control, &second, &code(&secret, late), &key, now).await,
        Ok(Assurance::Two),
        "one step ahead"
    );
    let spelt = codes[0].to_uppercase().replace('-', " ");
    let third = step(&control, 3).await;
    assert_eq!(
        finish(&control, &third, &spelt, &key, at(3)).await,
        Ok(Assurance::Two)
    );
    assert_eq!(
        control
            .second_factor("ada.thornby")
            .await
            .unwrap()
            .unwrap()
            .codes_left,
        9
    );
    let fourth = step(&control, 4).await;
    assert_eq!(
        finish(&control, &fourth, &codes[0], &key, at(4)).await,
        Err(WRONG.into())
    );
}

pub(crate) async fn a_known_password_buys_no_more_than_five_tries_of_a_code(address: &str) {
    let control = with_ada(address).await;
    let key = AccountKey::generate().unwrap();
    let (secret, _) = enrolled(&control, &key).await;
    // The password that is right counts as one of the five, and does not wash the others away.
    let first = step(&control, 10).await;
    for typed in ["123456", "", "999999999999"] {
        assert_eq!(
            finish(&control, &first, typed, &key, at(10)).await,
            Err(WRONG.into())
        );
    }
    let second = step(&control, 10).await;
    assert_eq!(
        finish(&control, &second, &code(&secret, at(10)), &key, at(10)).await,
        Err("locked".into())
    );
    assert!(
        control
            .sign_in("ada.thornby", &password(), at(11))
            .await
            .is_err()
    );
    let later = step(&control, 40).await;
    assert_eq!(
        finish(&control, &later, &code(&secret, at(40)), &key, at(40)).await,
        Ok(Assurance::Two)
    );
}

pub(crate) async fn a_step_opens_nothing_and_runs_out(address: &str) {
    let control = with_ada(address).await;
    let key = AccountKey::generate().unwrap();
    let (secret, _) = enrolled(&control, &key).await;
    let waiting = step(&control, 1).await;
    assert!(
        control
            .session(waiting.reveal(), at(1))
            .await
            .unwrap()
            .is_none()
    );
    assert_eq!(
        finish(&control, &waiting, &code(&secret, at(6)), &key, at(6)).await,
        Err(SLOW.into())
    );
    let nobody = SessionToken::shown("0".repeat(64));
    assert_eq!(
        finish(&control, &nobody, "123456", &key, at(6)).await,
        Err(SLOW.into())
    );
    let waiting = step(&control, 7).await;
    control.disable_account("ada.thornby", at(7)).await.unwrap();
    assert_eq!(
        finish(&control, &waiting, &code(&secret, at(7)), &key, at(7)).await,
        Err(SLOW.into())
    );
}

pub(crate) async fn enrolling_raises_the_session_and_ends_the_others(address: &str) {
    let control = with_ada(address).await;
    let key = AccountKey::generate().unwrap();
    let mut tokens = Vec::new();
    for _ in 0..2 {
        let signed_in = control
            .sign_in("ada.thornby", &password(), at(0))
            .await
            .unwrap()
            .signed_in()
            .unwrap();
        assert_eq!(signed_in.session.assurance, Assurance::One);
        tokens.push(signed_in.token);
    }
    enrolled(&control, &key).await;
    let raised = control
        .raise_session(tokens[0].reveal(), at(1))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(raised.session.assurance, Assurance::Two);
    for old in &tokens {
        assert!(
            control
                .session(old.reveal(), at(1))
                .await
                .unwrap()
                .is_none()
        );
    }
    // Another secret cannot take the place of one that counts.
    assert!(
        !control
            .begin_second_factor("ada.thornby", &key, at(2))
            .await
            .unwrap()
    );
    assert!(
        control
            .enrolment("ada.thornby", "Haven", &key)
            .await
            .unwrap()
            .is_none()
    );
    assert!(control.remove_second_factor("ada.thornby").await.unwrap());
    assert!(
        control
            .session(raised.token.reveal(), at(2))
            .await
            .unwrap()
            .is_none()
    );
}

async fn with_more_people(address: &str) -> Control {
    let control = with_ada(address).await;
    for name in ["ben", "cleo"] {
        let new = NewAccount {
            username: name.into(),
            positions: vec![position(Role::Administrator, "QMX")],
            ..ada()
        };
        assert!(control.create_account(&new, at(0)).await.unwrap());
    }
    control
}

fn request(asked_by: &str, username: &str, role: Option<Role>) -> NewRequest {
    NewRequest {
        username: username.into(),
        position: role.map(|role| position(role, "QMX")),
        reason: "joins the team on Monday".into(),
        asked_by: asked_by.into(),
    }
}

async fn ask(
    control: &Control,
    by: &str,
    about: &str,
    minute: i64,
) -> Result<String, RequestRefusal> {
    control
        .ask_for_account(&request(by, about, Some(Role::Analyst)), at(minute))
        .await
        .unwrap()
}

async fn decide(
    control: &Control,
    id: &str,
    by: &str,
    approve: bool,
    minute: i64,
) -> Result<RequestState, RequestRefusal> {
    control
        .decide_account_request(id, by, approve, at(minute))
        .await
        .unwrap()
        .map(|r| r.state)
}

pub(crate) async fn a_role_comes_with_a_second_persons_approval(address: &str) {
    let control = with_more_people(address).await;
    assert_eq!(
        ask(&control, "ben", "ben", 0).await,
        Err(RequestRefusal::OwnAccount)
    );
    let id = ask(&control, "ben", "ada.thornby", 0).await.unwrap();
    assert_eq!(
        ask(&control, "cleo", "Ada.Thornby", 1).await,
        Err(RequestRefusal::AskedAlready)
    );
    assert_eq!(
        decide(&control, &id, "ben", true, 1).await,
        Err(RequestRefusal::OwnRequest)
    );
    assert_eq!(
        decide(&control, &id, " BEN ", true, 1).await,
        Err(RequestRefusal::OwnRequest)
    );
    assert_eq!(
        decide(&control, &id, "ada.thornby", true, 1).await,
        Err(RequestRefusal::OwnAccount)
    );
    assert_eq!(
        decide(&control, "none", "cleo", true, 1).await,
        Err(RequestRefusal::NotWaiting)
    );
    let analyst = position(Role::Analyst, "QMX");
    let holds = async || {
        let account = control.account("ada.thornby").await.unwrap().unwrap();
        account.positions.contains(&analyst)
    };
    assert!(!holds().await);
    assert_eq!(
        decide(&control, &id, "cleo", true, 1).await,
        Ok(RequestState::Approved)
    );
    assert!(holds().await);
    assert_eq!(
        decide(&control, &id, "cleo", true, 2).await,
        Err(RequestRefusal::NotWaiting)
    );
    assert!(
        control
            .take_position("ada.thornby", &analyst, at(3))
            .await
            .unwrap()
    );
    requests_that_come_to_nothing(&control).await;
    assert!(!holds().await);
}

/// One that was refused, one that was taken back, and one that waited for too long.
async fn requests_that_come_to_nothing(control: &Control) {
    let id = ask(control, "ben", "ada.thornby", 3).await.unwrap();
    assert_eq!(
        decide(control, &id, "cleo", false, 4).await,
        Ok(RequestState::Refused)
    );
    let id = ask(control, "ben", "ada.thornby", 5).await.unwrap();
    assert!(
        !control
            .withdraw_account_request(&id, "cleo", at(6))
            .await
            .unwrap()
    );
    assert!(
        control
            .withdraw_account_request(&id, "ben", at(6))
            .await
            .unwrap()
    );
    assert_eq!(
        decide(control, &id, "cleo", true, 7).await,
        Err(RequestRefusal::NotWaiting)
    );
    let id = ask(control, "ben", "ada.thornby", 8).await.unwrap();
    assert_eq!(
        control.waiting_account_requests(at(9)).await.unwrap().len(),
        1
    );
    let after = 8 + 14 * 24 * 60;
    assert_eq!(
        decide(control, &id, "cleo", true, after).await,
        Err(RequestRefusal::NotWaiting)
    );
    assert!(
        control
            .waiting_account_requests(at(after))
            .await
            .unwrap()
            .is_empty()
    );
    assert!(ask(control, "ben", "ada.thornby", after).await.is_ok());
    let all = control.account_requests_about("ada.thornby").await.unwrap();
    assert_eq!(all.len(), 5);
}

pub(crate) async fn a_second_factor_is_reset_by_two_people(address: &str) {
    let control = with_more_people(address).await;
    let key = AccountKey::generate().unwrap();
    enrolled(&control, &key).await;
    let id = control
        .ask_for_account(&request("ben", "ada.thornby", None), at(2))
        .await
        .unwrap()
        .unwrap();
    assert!(
        control
            .second_factor("ada.thornby")
            .await
            .unwrap()
            .is_some()
    );
    control
        .decide_account_request(&id, "cleo", true, at(3))
        .await
        .unwrap()
        .unwrap();
    assert!(
        control
            .second_factor("ada.thornby")
            .await
            .unwrap()
            .is_none()
    );
    let signed_in = control
        .sign_in("ada.thornby", &password(), at(4))
        .await
        .unwrap();
    assert!(signed_in.signed_in().is_some());
}

pub(crate) async fn facts_are_kept_in_versions_and_the_latest_holds(address: &str) {
    let control = with_ada(address).await;
    let record = async |fact, value: &str, minute| {
        control
            .record_fact("ada.thornby", fact, value, "ben", at(minute))
            .await
    };
    record(Fact::TrainedUntil, "2026-10-30", 0).await.unwrap();
    record(Fact::TrainedUntil, " 2027-10-30 ", 1).await.unwrap();
    record(Fact::EmployedUntil, "2026-12-31", 1).await.unwrap();
    record(Fact::EmployedUntil, "", 2).await.unwrap();
    record(Fact::Employer, "Brindle Council", 2).await.unwrap();
    for (fact, wrong) in [
        (Fact::TrainedUntil, "tomorrow"),
        (Fact::TrainedUntil, "2026-02-30"),
        (Fact::EmployedUntil, "30/10/2026"),
        (Fact::Employer, "a\nb"),
    ] {
        assert!(record(fact, wrong, 3).await.is_err(), "{wrong}");
    }
    let facts = control.person_facts("Ada.Thornby").await.unwrap();
    assert_eq!(facts.trained_until, Some("2027-10-30".parse().unwrap()));
    assert_eq!(facts.employed_until, None);
    assert_eq!(facts.employer.as_deref(), Some("Brindle Council"));
    assert_eq!(
        control.recorded_facts("ada.thornby").await.unwrap().len(),
        5
    );
    let session = control
        .sign_in("ada.thornby", &password(), at(4))
        .await
        .unwrap()
        .signed_in()
        .unwrap()
        .session;
    assert_eq!(session.facts, facts);
}

pub(crate) async fn an_invitation_sets_a_password_once(address: &str) {
    let control = Control::open(address).await.unwrap();
    let place = [position(Role::Submitter, "991")];
    let made = control
        .create_account_without_password("new.person", "New Person", &place, at(0))
        .await
        .unwrap();
    assert!(made);
    let empty = control
        .sign_in("new.person", &Password::new(""), at(0))
        .await;
    assert!(empty.is_err(), "nobody signs in without a password");
    let old = control.invite("new.person", "ben", at(0)).await.unwrap();
    let token = control.invite("new.person", "ben", at(1)).await.unwrap();
    assert!(
        control
            .invited(old.reveal(), at(1))
            .await
            .unwrap()
            .is_none()
    );
    assert_eq!(
        control
            .invited(token.reveal(), at(1))
            .await
            .unwrap()
            .as_deref(),
        Some("new.person")
    );
    assert!(
        control
            .invited(token.reveal(), at(1 + 3 * 24 * 60))
            .await
            .unwrap()
            .is_none()
    );
    assert!(
        control
            .accept_invitation(token.reveal(), &Password::new("short"), at(2))
            .await
            .is_err()
    );
    let accepted = control
        .accept_invitation(token.reveal(), &password(), at(2))
        .await
        .unwrap();
    assert_eq!(accepted.as_deref(), Some("new.person"));
    let again = control
        .accept_invitation(token.reveal(), &Password::new("another long one"), at(2))
        .await
        .unwrap();
    assert!(again.is_none());
    assert!(
        control
            .sign_in("new.person", &password(), at(3))
            .await
            .unwrap()
            .signed_in()
            .is_some()
    );
}

pub(crate) async fn people_see_and_end_their_own_sessions(address: &str) {
    let control = with_more_people(address).await;
    let enter = async |name: &str, minute| {
        control
            .sign_in(name, &password(), at(minute))
            .await
            .unwrap()
            .signed_in()
            .unwrap()
            .token
    };
    let (one, two, three) = (
        enter("ada.thornby", 0).await,
        enter("ada.thornby", 1).await,
        enter("ada.thornby", 2).await,
    );
    let bens = enter("ben", 2).await;
    let open = control.open_sessions(one.reveal(), at(3)).await.unwrap();
    assert_eq!(open.len(), 3);
    assert_eq!(open.iter().filter(|s| s.this).count(), 1);
    let theirs = control.open_sessions(bens.reveal(), at(3)).await.unwrap();
    // Somebody else's session is not theirs to end, and neither is the one that asks.
    assert_eq!(
        control
            .end_other_sessions(one.reveal(), Some(&theirs[0].id))
            .await
            .unwrap(),
        0
    );
    let own = open.iter().find(|s| s.this).unwrap();
    assert_eq!(
        control
            .end_other_sessions(one.reveal(), Some(&own.id))
            .await
            .unwrap(),
        0
    );
    assert_eq!(
        control
            .end_other_sessions(one.reveal(), Some(&open[0].id))
            .await
            .unwrap(),
        1
    );
    assert!(
        control
            .session(three.reveal(), at(3))
            .await
            .unwrap()
            .is_none()
    );
    assert_eq!(
        control
            .end_other_sessions(one.reveal(), None)
            .await
            .unwrap(),
        1
    );
    assert!(
        control
            .session(two.reveal(), at(3))
            .await
            .unwrap()
            .is_none()
    );
    assert_eq!(
        control.end_other_sessions("no token", None).await.unwrap(),
        0
    );
    assert!(
        control
            .session(one.reveal(), at(3))
            .await
            .unwrap()
            .is_some()
    );
    assert!(
        control
            .session(bens.reveal(), at(3))
            .await
            .unwrap()
            .is_some()
    );
}
