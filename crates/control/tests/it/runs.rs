//! Leases, runs and their steps.

use crate::people::at;
use control::{Begun, Control, Lease, NewRun, RunState, StepOutcome, StepState};
use std::time::Duration;

const TEN_MINUTES: Duration = Duration::from_mins(10);

async fn take(control: &Control, owner: &str, minutes: i64) -> Option<Lease> {
    control
        .take_lease("link", owner, TEN_MINUTES, at(minutes))
        .await
        .unwrap()
}

fn run(id: &str) -> NewRun {
    NewRun {
        id: id.into(),
        kind: "receive".into(),
        subject: Some("aa".into()),
        started_at: at(0),
        code_version: "0.1.0".into(),
        inputs_digest: "d1".into(),
        steps: vec!["land".into(), "check".into()],
    }
}

fn outcome(state: StepState) -> StepOutcome {
    StepOutcome {
        state,
        rows_in: Some(10),
        rows_out: Some(8),
        rows_set_aside: Some(2),
        message: None,
    }
}

pub(crate) async fn one_holder_at_a_time(address: &str) {
    let control = Control::open(address).await.unwrap();
    let first = take(&control, "one", 0).await.unwrap();
    assert!(take(&control, "two", 9).await.is_none());
    assert!(take(&control, "one", 9).await.is_none());
    let renewed = control
        .renew_lease(&first, TEN_MINUTES, at(9))
        .await
        .unwrap();
    assert_eq!(renewed.unwrap().expires_at, at(19));
    assert!(take(&control, "two", 18).await.is_none());
    let second = take(&control, "two", 19).await.unwrap();
    assert!(second.fence > first.fence);
    assert!(
        control
            .renew_lease(&first, TEN_MINUTES, at(19))
            .await
            .unwrap()
            .is_none()
    );
    // Giving back what one no longer holds takes nothing from the new holder.
    control.give_back_lease(&first).await.unwrap();
    assert!(take(&control, "three", 20).await.is_none());
    control.give_back_lease(&second).await.unwrap();
    let third = take(&control, "three", 20).await.unwrap();
    assert!(third.fence > second.fence);
}

pub(crate) async fn a_late_holder_cannot_write(address: &str) {
    let control = Control::open(address).await.unwrap();
    control.start_run(&run("r1")).await.unwrap();
    let slept = take(&control, "one", 0).await.unwrap();
    let begun = control
        .begin_step("r1", "land", &slept, at(1))
        .await
        .unwrap();
    assert_eq!(begun, Begun::Go);
    let done = outcome(StepState::Done);
    assert!(
        !control
            .end_step("r1", "land", &slept, &done, at(10))
            .await
            .unwrap()
    );
    let next = take(&control, "two", 10).await.unwrap();
    assert_eq!(
        control
            .begin_step("r1", "land", &next, at(11))
            .await
            .unwrap(),
        Begun::Go
    );
    assert!(
        !control
            .end_step("r1", "land", &slept, &done, at(12))
            .await
            .unwrap()
    );
    let late = control
        .begin_step("r1", "check", &slept, at(12))
        .await
        .unwrap();
    assert_eq!(late, Begun::LeaseLost);
    assert!(
        control
            .end_step("r1", "land", &next, &done, at(12))
            .await
            .unwrap()
    );
}

pub(crate) async fn steps_move_under_a_lease_and_done_steps_are_skipped(address: &str) {
    let control = Control::open(address).await.unwrap();
    assert!(control.start_run(&run("r1")).await.unwrap());
    assert!(!control.start_run(&run("r1")).await.unwrap());
    let lease = take(&control, "one", 0).await.unwrap();
    control
        .begin_step("r1", "land", &lease, at(1))
        .await
        .unwrap();
    let done = outcome(StepState::Done);
    assert!(
        control
            .end_step("r1", "land", &lease, &done, at(2))
            .await
            .unwrap()
    );
    assert!(
        !control
            .end_step("r1", "land", &lease, &done, at(2))
            .await
            .unwrap()
    );
    let again = control
        .begin_step("r1", "land", &lease, at(3))
        .await
        .unwrap();
    assert_eq!(again, Begun::AlreadyDone);
    control
        .begin_step("r1", "check", &lease, at(3))
        .await
        .unwrap();
    let failed = StepOutcome {
        message: Some("the disk is full".into()),
        rows_out: None,
        ..outcome(StepState::Failed)
    };
    assert!(
        control
            .end_step("r1", "check", &lease, &failed, at(4))
            .await
            .unwrap()
    );
    control
        .set_run_state("r1", RunState::Failed, at(4))
        .await
        .unwrap();
    let kept = control.run("r1").await.unwrap().unwrap();
    assert_eq!((kept.state, kept.ended_at), (RunState::Failed, Some(at(4))));
    assert_eq!(kept.subject.as_deref(), Some("aa"));
    let [land, check] = kept.steps.as_slice() else {
        panic!("{kept:?}")
    };
    assert_eq!((land.state, land.rows_out), (StepState::Done, Some(8)));
    assert_eq!((land.started_at, land.ended_at), (Some(at(1)), Some(at(2))));
    assert_eq!(check.message.as_deref(), Some("the disk is full"));
    assert_eq!(check.rows_out, None);
    // A failed step can be done again, and begins clean.
    assert_eq!(
        control
            .begin_step("r1", "check", &lease, at(5))
            .await
            .unwrap(),
        Begun::Go
    );
    let check = control.run("r1").await.unwrap().unwrap().steps.remove(1);
    assert_eq!(
        (check.state, check.message, check.rows_in),
        (StepState::Running, None, None)
    );
    assert!(
        control
            .begin_step("r1", "nowhere", &lease, at(5))
            .await
            .is_err()
    );
    assert!(
        control
            .set_run_state("r9", RunState::Done, at(5))
            .await
            .is_err()
    );
    assert!(control.run("r9").await.unwrap().is_none());
}

pub(crate) async fn a_finished_run_with_the_same_inputs_is_found(address: &str) {
    let control = Control::open(address).await.unwrap();
    for id in ["r1", "r2", "r3"] {
        control.start_run(&run(id)).await.unwrap();
    }
    let found = || control.finished_run("receive", "d1", "0.1.0");
    assert!(found().await.unwrap().is_none());
    control
        .set_run_state("r2", RunState::Done, at(9))
        .await
        .unwrap();
    assert_eq!(found().await.unwrap().unwrap().id, "r2");
    let other = control
        .finished_run("receive", "d2", "0.1.0")
        .await
        .unwrap();
    assert!(other.is_none());
    let later = NewRun {
        started_at: at(60),
        ..run("r0")
    };
    control.start_run(&later).await.unwrap();
    let recent = control.recent_runs(2).await.unwrap();
    let ids: Vec<&str> = recent.iter().map(|r| r.id.as_str()).collect();
    assert_eq!(ids, ["r0", "r1"]);
    assert_eq!(recent[0].steps.len(), 2);
}
