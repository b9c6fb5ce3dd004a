//! Releases, and keys for requests that come twice.

use crate::people::at;
use control::{
    Control, ControlError, IdempotencyKey, NewRelease, NewReleaseDecision, NewWithdrawal,
    ReleaseDecided, ReleaseState, Withdrawal, Withdrawn,
};

pub(crate) fn release(id: &str, state: ReleaseState) -> NewRelease {
    NewRelease {
        id: id.into(),
        title: "People with long-term support".into(),
        agreement: "a1".into(),
        agreement_version: "2".into(),
        purpose: "commissioning".into(),
        rule_set: "stars".into(),
        table_json: "{\"rows\": []}".into(),
        created_at: at(0),
        created_by: "ada.thornby".into(),
        state,
    }
}

pub(crate) async fn only_released_tables_are_public(address: &str) {
    let control = Control::open(address).await.unwrap();
    for (id, state) in [
        ("x1", ReleaseState::InReview),
        ("x2", ReleaseState::Released),
    ] {
        assert!(control.add_release(&release(id, state)).await.unwrap());
    }
    let ids = |records: Vec<control::ReleaseRecord>| {
        records.into_iter().map(|r| r.id).collect::<Vec<_>>()
    };
    assert_eq!(ids(control.public_releases().await.unwrap()), ["x2"]);
    assert_eq!(ids(control.all_releases().await.unwrap()), ["x1", "x2"]);
    assert!(control.public_release("x1").await.unwrap().is_none());
    assert!(control.any_release("x1").await.unwrap().is_some());
    let (review, released) = (ReleaseState::InReview, ReleaseState::Released);
    assert!(control.move_release("x1", review, released).await.unwrap());
    assert!(
        !control
            .move_release("x1", review, ReleaseState::Returned)
            .await
            .unwrap()
    );
    assert!(control.public_release("x1").await.unwrap().is_some());
    let withdrawn = ReleaseState::Withdrawn;
    assert!(
        control
            .move_release("x2", released, withdrawn)
            .await
            .unwrap()
    );
    assert_eq!(ids(control.public_releases().await.unwrap()), ["x1"]);
}

pub(crate) async fn a_release_is_kept_as_it_was(address: &str) {
    let control = Control::open(address).await.unwrap();
    let first = release("x1", ReleaseState::Released);
    assert!(control.add_release(&first).await.unwrap());
    let other = NewRelease {
        table_json: "{}".into(),
        ..first.clone()
    };
    assert!(!control.add_release(&other).await.unwrap());
    let kept = control.public_release("x1").await.unwrap().unwrap();
    assert_eq!(kept.table_json, first.table_json);
    // sha256sum of those twelve bytes.
    assert_eq!(
        kept.digest,
        "0fc3c38b2208033a70a1fff03b2ff41c6d866e25beaaf0f310a8ab3e30ef17c6"
    );
    let not_json = NewRelease {
        id: "x2".into(),
        table_json: "rows".into(),
        ..first
    };
    let refused = control.add_release(&not_json).await;
    assert!(matches!(refused, Err(ControlError::NotJson { .. })));
}

pub(crate) async fn a_release_is_taken_back_once_for_the_reason_given_first(address: &str) {
    let control = Control::open(address).await.unwrap();
    for (id, state) in [
        ("x1", ReleaseState::InReview),
        ("x2", ReleaseState::Released),
        ("x3", ReleaseState::Returned),
    ] {
        assert!(control.add_release(&release(id, state)).await.unwrap());
    }
    let back = |id: &str, reason: &str| {
        let new = NewWithdrawal {
            release: id.into(),
            reason: reason.into(),
            by: "ivy".into(),
            at: at(5),
        };
        let control = &control;
        async move { control.withdraw_release(&new).await }
    };
    for (id, done) in [
        ("x1", Withdrawn::Now),
        ("x2", Withdrawn::Now),
        ("x2", Withdrawn::Already),
        ("x3", Withdrawn::SentBack),
        ("x4", Withdrawn::None),
    ] {
        assert_eq!(back(id, "A count was wrong").await.unwrap(), done, "{id}");
    }
    back("x2", "Another reason").await.unwrap();
    assert!(back("x2", "").await.is_err());
    let kept = |id: &str, had_left| Withdrawal {
        release: id.into(),
        reason: "A count was wrong".into(),
        by: "ivy".into(),
        at: at(5),
        had_left,
    };
    let all = control.withdrawals().await.unwrap();
    assert_eq!(all, [kept("x1", false), kept("x2", true)]);
    assert!(control.public_releases().await.unwrap().is_empty());
    let state = control.any_release("x2").await.unwrap().unwrap().state;
    assert_eq!(state, ReleaseState::Withdrawn);
}

pub(crate) async fn a_key_is_answered_once(address: &str) {
    let control = Control::open(address).await.unwrap();
    let claim = |scope: &'static str, request: &'static str| {
        let control = &control;
        async move {
            control
                .claim_key(scope, "k1", request, at(0))
                .await
                .unwrap()
        }
    };
    assert_eq!(claim("ada", "d1").await, IdempotencyKey::New);
    assert_eq!(claim("ada", "d1").await, IdempotencyKey::Unanswered);
    assert_eq!(claim("ada", "d2").await, IdempotencyKey::OtherRequest);
    assert_eq!(claim("ben", "d2").await, IdempotencyKey::New);
    control.answer_key("ada", "k1", "receipt 1").await.unwrap();
    control.answer_key("ada", "k1", "receipt 2").await.unwrap();
    let answered = IdempotencyKey::Answered("receipt 1".into());
    assert_eq!(claim("ada", "d1").await, answered);
    assert_eq!(claim("ada", "d2").await, IdempotencyKey::OtherRequest);
    for key in ["", &"k".repeat(201)] {
        assert!(control.claim_key("ada", key, "d1", at(0)).await.is_err());
    }
}

pub(crate) async fn checkers_decide_about_what_others_made(address: &str) {
    let control = Control::open(address).await.unwrap();
    for (id, state) in [
        ("x1", ReleaseState::InReview),
        ("x2", ReleaseState::InReview),
        ("x3", ReleaseState::Released),
    ] {
        assert!(control.add_release(&release(id, state)).await.unwrap());
    }
    let made_by = control.any_release("x1").await.unwrap().unwrap().created_by;
    let said = async |id: &str, by: &str, approves: bool, needed: u64| {
        let new = NewReleaseDecision {
            release: id.into(),
            approves,
            reason: "Looked at each cell".into(),
            needed,
            by: by.into(),
            at: at(1),
        };
        control.decide_release(&new).await.unwrap()
    };
    let state = async |id: &str| control.any_release(id).await.unwrap().unwrap().state;
    assert_eq!(
        said("x1", &made_by, true, 1).await,
        ReleaseDecided::OwnRelease
    );
    assert_eq!(
        said("x1", &made_by, false, 1).await,
        ReleaseDecided::OwnRelease
    );
    assert_eq!(state("x1").await, ReleaseState::InReview);
    // Two people, and not one of them twice.
    assert_eq!(
        said("x1", "cas", true, 2).await,
        ReleaseDecided::WaitsForAnother
    );
    assert_eq!(said("x1", "cas", true, 2).await, ReleaseDecided::SaidBefore);
    assert_eq!(state("x1").await, ReleaseState::InReview);
    assert_eq!(said("x1", "cab", true, 2).await, ReleaseDecided::Left);
    assert_eq!(state("x1").await, ReleaseState::Released);
    // One no is enough.
    assert_eq!(
        said("x2", "cas", true, 2).await,
        ReleaseDecided::WaitsForAnother
    );
    assert_eq!(said("x2", "cab", false, 2).await, ReleaseDecided::SentBack);
    assert_eq!(state("x2").await, ReleaseState::Returned);
    for (id, came_to) in [
        ("x2", ReleaseDecided::NotWaiting),
        ("x3", ReleaseDecided::NotWaiting),
        ("none", ReleaseDecided::None),
    ] {
        assert_eq!(said(id, "cat", true, 1).await, came_to, "{id}");
    }
    let kept = control.release_decisions("x2").await.unwrap();
    let kept: Vec<_> = kept.iter().map(|d| (d.by.as_str(), d.approves)).collect();
    assert_eq!(kept, [("cab", false), ("cas", true)]);
    let nothing = NewReleaseDecision {
        release: "x1".into(),
        approves: true,
        reason: String::new(),
        needed: 1,
        by: "cas".into(),
        at: at(1),
    };
    assert!(control.decide_release(&nothing).await.is_err());
}
