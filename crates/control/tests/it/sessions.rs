//! Sessions.

use crate::people::{at, password, position, with_ada};
use control::{Control, Password, Role, SignedIn};

async fn sign_in(control: &Control, minutes: i64) -> SignedIn {
    control
        .sign_in("ada.thornby", &password(), at(minutes))
        .await
        .unwrap()
        .signed_in()
        .unwrap()
}

async fn lives(control: &Control, signed_in: &SignedIn, minutes: i64) -> bool {
    let token = signed_in.token.reveal();
    control.session(token, at(minutes)).await.unwrap().is_some()
}

pub(crate) async fn sessions_end_after_half_an_hour_unused_and_after_twelve_hours(address: &str) {
    let control = with_ada(address).await;
    let unused = sign_in(&control, 0).await;
    assert!(!lives(&control, &unused, 30).await);
    let until_the_last_minute = sign_in(&control, 0).await;
    assert!(lives(&control, &until_the_last_minute, 29).await);
    assert!(lives(&control, &until_the_last_minute, 58).await);
    assert!(!lives(&control, &until_the_last_minute, 88).await);
    let busy = sign_in(&control, 0).await;
    for minutes in (0..12 * 60).step_by(20) {
        assert!(lives(&control, &busy, minutes).await, "{minutes}");
    }
    assert!(lives(&control, &busy, 12 * 60 - 1).await);
    assert!(!lives(&control, &busy, 12 * 60).await);
}

pub(crate) async fn signing_out_ends_one_session(address: &str) {
    let control = with_ada(address).await;
    let (first, second) = (sign_in(&control, 0).await, sign_in(&control, 0).await);
    assert_ne!(first.token.reveal(), second.token.reveal());
    control.sign_out(first.token.reveal()).await.unwrap();
    control.sign_out(first.token.reveal()).await.unwrap();
    assert!(!lives(&control, &first, 1).await);
    assert!(lives(&control, &second, 1).await);
}

pub(crate) async fn a_session_lives_only_while_its_account_and_position_do(address: &str) {
    let control = with_ada(address).await;
    let session = sign_in(&control, 0).await;
    control
        .set_positions("ada.thornby", &[position(Role::Analyst, "991")])
        .await
        .unwrap();
    assert!(!lives(&control, &session, 1).await);
    let session = sign_in(&control, 2).await;
    assert_eq!(session.session.position, position(Role::Analyst, "991"));
    control
        .set_password("ada.thornby", &Password::new("another long one"))
        .await
        .unwrap();
    assert!(!lives(&control, &session, 3).await);
    let session = control
        .sign_in("ada.thornby", &Password::new("another long one"), at(4))
        .await
        .unwrap()
        .signed_in()
        .unwrap();
    control.disable_account("ada.thornby", at(5)).await.unwrap();
    control.enable_account("ada.thornby", at(3)).await.unwrap();
    assert!(!lives(&control, &session, 6).await);
}

pub(crate) async fn changing_position_gives_another_token(address: &str) {
    let control = with_ada(address).await;
    let before = sign_in(&control, 0).await;
    let token = before.token.reveal();
    for not_hers in [
        position(Role::Operator, "991"),
        position(Role::Submitter, "993"),
    ] {
        let refused = control.change_position(token, &not_hers, at(1)).await;
        assert!(refused.unwrap().is_none());
    }
    let other = position(Role::Submitter, "992");
    let after = control.change_position(token, &other, at(1)).await.unwrap();
    let after = after.unwrap();
    assert_eq!(after.session.position, other);
    assert_ne!(after.session.csrf_token(), before.session.csrf_token());
    assert!(!lives(&control, &before, 2).await);
    assert!(lives(&control, &after, 2).await);
    // The twelve hours count from signing in.
    assert_eq!(after.session.ends_at, before.session.ends_at);
    let too_late = control
        .change_position(after.token.reveal(), &other, at(40))
        .await;
    assert!(too_late.unwrap().is_none());
}

pub(crate) async fn forms_need_the_secret_of_the_session(address: &str) {
    let control = with_ada(address).await;
    let (one, two) = (sign_in(&control, 0).await, sign_in(&control, 0).await);
    let secret = one.session.csrf_token();
    assert_eq!(secret.len(), 64);
    assert!(one.session.csrf_matches(secret));
    assert!(!one.session.csrf_matches(two.session.csrf_token()));
    assert!(!one.session.csrf_matches(""));
    assert!(!format!("{one:?}").contains(secret));
}

pub(crate) async fn what_has_run_out_is_tidied_away(address: &str) {
    let control = with_ada(address).await;
    let old = sign_in(&control, 0).await;
    let new = sign_in(&control, 40).await;
    let wrong = Password::new("not the password");
    assert!(control.sign_in("nobody", &wrong, at(0)).await.is_err());
    control.claim_key("ada", "k", "d", at(0)).await.unwrap();
    // One session, one lock-out count and one minute of tries.
    assert_eq!(control.tidy(at(41)).await.unwrap(), 3);
    assert!(!lives(&control, &old, 41).await);
    assert!(lives(&control, &new, 41).await);
    // The other session, the rest of the limits, and the key after a week.
    assert_eq!(control.tidy(at(8 * 24 * 60)).await.unwrap(), 2);
    assert_eq!(control.tidy(at(8 * 24 * 60)).await.unwrap(), 0);
}
