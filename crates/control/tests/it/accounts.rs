//! Accounts and signing in.

use crate::people::{ada, at, password, position, with_ada};
use control::{
    Control, ControlError, NewAccount, Password, Role, SignInError, SignInRefusal, SignInRules,
};
use std::time::Duration;

/// How a try ends, in a word.
async fn attempt(control: &Control, username: &str, typed: &Password, minutes: i64) -> String {
    match control.sign_in(username, typed, at(minutes)).await {
        Ok(_) => "in".into(),
        Err(SignInError::Refused(SignInRefusal::WrongNameOrPassword)) => "wrong".into(),
        Err(SignInError::Refused(SignInRefusal::Locked { until })) => {
            format!("locked until {}", (until - at(0)).num_minutes())
        }
        Err(SignInError::Refused(SignInRefusal::Busy { .. })) => "busy".into(),
        Err(SignInError::Refused(other)) => other.to_string(),
        Err(SignInError::Control(e)) => panic!("{e:?}"),
    }
}

fn wrong() -> Password {
    Password::new("not the password")
}

pub(crate) async fn accounts_are_made_once(address: &str) {
    let control = with_ada(address).await;
    let again = NewAccount {
        username: " ADA.Thornby ".into(),
        display_name: "Somebody Else".into(),
        ..ada()
    };
    let ben = NewAccount {
        username: "ben".into(),
        positions: vec![position(Role::Operator, "QMX")],
        ..ada()
    };
    assert_eq!(
        control.create_accounts(&[again, ben], at(1)).await.unwrap(),
        1
    );
    let accounts = control.accounts().await.unwrap();
    assert_eq!(accounts.len(), 2);
    assert_eq!(accounts[0].display_name, "Ada Thornby");
    assert_eq!(accounts[0].created_at, at(0));
    assert_eq!(
        accounts[0].positions,
        [
            position(Role::Submitter, "991"),
            position(Role::Submitter, "992")
        ]
    );
    assert_eq!(accounts[1].username, "ben");
}

pub(crate) async fn accounts_of_the_wrong_form_are_not_made(address: &str) {
    let control = Control::open(address).await.unwrap();
    for account in [
        NewAccount {
            username: "a".into(),
            ..ada()
        },
        NewAccount {
            username: "ada thornby".into(),
            ..ada()
        },
        NewAccount {
            username: "ada'; --".into(),
            ..ada()
        },
        NewAccount {
            display_name: " ".into(),
            ..ada()
        },
        NewAccount {
            positions: vec![],
            ..ada()
        },
        NewAccount {
            password: Password::new("short"),
            ..ada()
        },
    ] {
        let refused = control.create_account(&account, at(0)).await;
        assert!(
            matches!(refused, Err(ControlError::Form { .. })),
            "{account:?}"
        );
    }
    assert!(control.accounts().await.unwrap().is_empty());
    let missing = control.enable_account("nobody", at(0)).await.unwrap_err();
    assert_eq!(missing.to_string(), "there is no account `nobody`");
}

pub(crate) async fn the_right_password_signs_in(address: &str) {
    let control = with_ada(address).await;
    let signed_in = control
        .sign_in("Ada.Thornby ", &password(), at(1))
        .await
        .unwrap()
        .signed_in()
        .unwrap();
    let session = control
        .session(signed_in.token.reveal(), at(2))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(session.username, "ada.thornby");
    assert_eq!(session.display_name, "Ada Thornby");
    assert_eq!(session.position, position(Role::Submitter, "991"));
    assert_eq!(session.positions.len(), 2);
    assert_eq!(session.ends_at, at(1 + 12 * 60));
    for token in [
        "",
        "0",
        &"0".repeat(64),
        &signed_in.token.reveal().to_uppercase(),
    ] {
        assert!(control.session(token, at(2)).await.unwrap().is_none());
    }
}

pub(crate) async fn wrong_unknown_and_disabled_are_refused_alike(address: &str) {
    let control = with_ada(address).await;
    assert_eq!(attempt(&control, "ada.thornby", &wrong(), 1).await, "wrong");
    assert_eq!(attempt(&control, "nobody", &password(), 1).await, "wrong");
    assert_eq!(attempt(&control, "", &password(), 1).await, "wrong");
    control.disable_account("ada.thornby", at(2)).await.unwrap();
    assert_eq!(
        attempt(&control, "ada.thornby", &password(), 3).await,
        "wrong"
    );
    control.enable_account("ada.thornby", at(0)).await.unwrap();
    assert_eq!(attempt(&control, "ada.thornby", &password(), 4).await, "in");
    control.set_positions("ada.thornby", &[]).await.unwrap();
    assert_eq!(
        attempt(&control, "ada.thornby", &password(), 5).await,
        "wrong"
    );
}

pub(crate) async fn five_failures_lock_a_name_whether_it_exists_or_not(address: &str) {
    let control = with_ada(address).await;
    for name in ["ada.thornby", "nobody"] {
        for minute in 1..=5 {
            assert_eq!(attempt(&control, name, &wrong(), minute).await, "wrong");
        }
        // Locked for 15 minutes from the fifth failure, and trying on does not make it longer.
        assert_eq!(
            attempt(&control, name, &wrong(), 6).await,
            "locked until 20"
        );
        assert_eq!(
            attempt(&control, name, &password(), 19).await,
            "locked until 20"
        );
    }
    assert_eq!(
        attempt(&control, "ada.thornby", &password(), 20).await,
        "in"
    );
    // Signing in forgets the failures before it.
    for minute in 21..=24 {
        assert_eq!(
            attempt(&control, "ada.thornby", &wrong(), minute).await,
            "wrong"
        );
    }
    assert_eq!(
        attempt(&control, "ada.thornby", &password(), 25).await,
        "in"
    );
    assert_eq!(
        attempt(&control, "ada.thornby", &wrong(), 26).await,
        "wrong"
    );
    // Four failures, a quarter of an hour of peace, and one more are no five in a row.
    for minute in [30, 31, 32, 33, 48, 49] {
        assert_eq!(
            attempt(&control, "someone", &wrong(), minute).await,
            "wrong"
        );
    }
    for _ in 0..9 {
        attempt(&control, "ada.thornby", &wrong(), 50).await;
    }
    control.unlock("ada.thornby").await.unwrap();
    assert_eq!(
        attempt(&control, "ada.thornby", &password(), 51).await,
        "in"
    );
}

pub(crate) async fn guesses_at_once_do_not_slip_past_the_lock(address: &str) {
    let control = std::sync::Arc::new(with_ada(address).await);
    let tries: Vec<_> = (0..20)
        .map(|_| {
            let control = control.clone();
            tokio::spawn(async move { attempt(&control, "ada.thornby", &wrong(), 1).await })
        })
        .collect();
    let mut looked_at = 0;
    for each in tries {
        looked_at += usize::from(each.await.unwrap() == "wrong");
    }
    assert_eq!(looked_at, 5);
}

pub(crate) async fn the_whole_service_takes_so_many_tries_a_minute(address: &str) {
    let rules = SignInRules {
        tries_a_minute: 3,
        ..SignInRules::default()
    };
    let control = with_ada(address).await.with_sign_in_rules(rules);
    for name in ["a1", "a2", "a3"] {
        assert_eq!(attempt(&control, name, &wrong(), 1).await, "wrong");
    }
    assert_eq!(
        attempt(&control, "ada.thornby", &password(), 1).await,
        "busy"
    );
    assert_eq!(attempt(&control, "ada.thornby", &password(), 2).await, "in");
}

pub(crate) async fn buckets_count_afresh_when_their_window_ends(address: &str) {
    let control = Control::open(address).await.unwrap();
    let hour = Duration::from_hours(1);
    let count = |bucket: &'static str, minutes| control.count_try(bucket, 2, hour, at(minutes));
    assert_eq!(count("upload 1", 0).await.unwrap(), None);
    assert_eq!(count("upload 1", 30).await.unwrap(), None);
    assert_eq!(count("upload 1", 59).await.unwrap(), Some(at(60)));
    assert_eq!(count("upload 2", 59).await.unwrap(), None);
    assert_eq!(count("upload 1", 60).await.unwrap(), None);
}
