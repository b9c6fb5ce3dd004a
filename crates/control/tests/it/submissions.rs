//! Submissions.

use crate::people::{at, organisation};
use control::{
    Confirmed, Control, ControlError, NewSubmission, ParkedFile, Settlement, Stated,
    SubmissionState,
};
use model::{Identifying, NhsNumber, SubmissionId};
use serde_json::json;

pub(crate) fn submission(id: &str, sender: &str) -> NewSubmission {
    NewSubmission {
        id: SubmissionId::from_digest(id),
        dataset: "home-care".into(),
        sender: organisation(sender),
        file_name: Identifying::new("march.csv".into()),
        sha256: "ab".repeat(32),
        bytes: 5_000_000_000,
        received_at: at(0),
        received_by: "ada.thornby".into(),
        specification_version: "2.1".into(),
        engine_version: "0.1.0".into(),
        straight: false,
        stated: None,
    }
}

fn landed(rows_in: u64, rows_landed: u64, rows_set_aside: u64) -> Settlement {
    Settlement {
        state: SubmissionState::Landed,
        rows_in,
        rows_landed,
        rows_set_aside,
        table_version: Some(7),
        parked: None,
        confirmed: None,
        summary: json!({"causes": [{"rule": "HC012", "rows": 2}]}),
        settled_at: at(5),
    }
}

pub(crate) async fn a_submission_is_kept_once(address: &str) {
    let control = Control::open(address).await.unwrap();
    let number = NhsNumber::test_number(5).unwrap();
    let new = NewSubmission {
        file_name: Identifying::new(format!("C:\\x\\{} \u{202e}march.csv", number.reveal())),
        ..submission("aa", "991")
    };
    assert!(control.receive_submission(&new).await.unwrap());
    let again = NewSubmission {
        received_at: at(9),
        ..new.clone()
    };
    assert!(!control.receive_submission(&again).await.unwrap());
    let kept = control
        .submission(&new.id, &new.sender)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(kept.file_name.reveal(), "(number) march.csv");
    assert_eq!(kept.received_at, at(0));
    assert_eq!(kept.bytes, 5_000_000_000);
    assert_eq!(kept.state, SubmissionState::Received);
    assert_eq!((kept.rows_in, kept.table_version), (0, None));
    assert_eq!(kept.summary, json!(null));
    assert!(!format!("{kept:?}").contains("march"));
}

pub(crate) async fn a_sender_sees_its_own_submissions_only(address: &str) {
    let control = Control::open(address).await.unwrap();
    for (id, sender) in [("a1", "991"), ("a2", "992"), ("a3", "991")] {
        assert!(
            control
                .receive_submission(&submission(id, sender))
                .await
                .unwrap()
        );
    }
    let ids = |records: Vec<control::SubmissionRecord>| {
        records.iter().map(|r| r.id.to_string()).collect::<Vec<_>>()
    };
    let of = |sender: &'static str| {
        let control = &control;
        async move { control.submissions_of(&organisation(sender)).await.unwrap() }
    };
    assert_eq!(ids(of("991").await), ["a1", "a3"]);
    assert_eq!(ids(of("992").await), ["a2"]);
    assert_eq!(ids(of("99").await), [""; 0]);
    assert_eq!(ids(control.all_submissions().await.unwrap()).len(), 3);
    let theirs = SubmissionId::from_digest("a2");
    let us = organisation("991");
    assert!(control.submission(&theirs, &us).await.unwrap().is_none());
    assert!(
        !control
            .withdraw_submission(&theirs, &us, at(1))
            .await
            .unwrap()
    );
    // Another sender cannot take over an id either.
    assert!(
        !control
            .receive_submission(&submission("a2", "991"))
            .await
            .unwrap()
    );
    assert!(
        !control
            .receive_again(&submission("a2", "991"))
            .await
            .unwrap()
    );
    let kept = control.any_submission(&theirs).await.unwrap().unwrap();
    assert_eq!(kept.sender, organisation("992"));
}

pub(crate) async fn every_row_is_accounted_for(address: &str) {
    let control = Control::open(address).await.unwrap();
    let new = submission("b1", "991");
    control.receive_submission(&new).await.unwrap();
    let lost = control
        .settle_submission(&new.id, &landed(100, 97, 2))
        .await;
    assert_eq!(
        lost.unwrap_err().to_string(),
        "100 rows in, but 97 landed and 2 set aside"
    );
    assert!(
        control
            .settle_submission(&new.id, &landed(100, 98, 2))
            .await
            .unwrap()
    );
    let kept = control.any_submission(&new.id).await.unwrap().unwrap();
    assert_eq!(
        (kept.rows_in, kept.rows_landed, kept.rows_set_aside),
        (100, 98, 2)
    );
    assert_eq!(kept.table_version, Some(7));
    assert_eq!(kept.summary["causes"][0]["rows"], 2);
}

pub(crate) async fn the_first_settlement_stands(address: &str) {
    let control = Control::open(address).await.unwrap();
    let new = submission("c1", "991");
    control.receive_submission(&new).await.unwrap();
    assert!(
        control
            .settle_submission(&new.id, &landed(3, 3, 0))
            .await
            .unwrap()
    );
    let rejected = Settlement {
        state: SubmissionState::Rejected,
        table_version: None,
        ..landed(3, 0, 3)
    };
    assert!(!control.settle_submission(&new.id, &rejected).await.unwrap());
    let kept = control.any_submission(&new.id).await.unwrap().unwrap();
    assert_eq!((kept.state, kept.rows_landed), (SubmissionState::Landed, 3));
    assert_eq!(kept.settled_at, Some(at(5)));
    let nowhere = SubmissionId::from_digest("dd");
    let missing = control.settle_submission(&nowhere, &rejected).await;
    assert!(matches!(missing, Err(ControlError::Missing { .. })));
}

pub(crate) async fn withdrawn_and_rejected_files_can_be_sent_again(address: &str) {
    let control = Control::open(address).await.unwrap();
    let new = submission("e1", "991");
    control.receive_submission(&new).await.unwrap();
    // One that is still under way can be neither withdrawn nor sent again.
    assert!(
        !control
            .withdraw_submission(&new.id, &new.sender, at(1))
            .await
            .unwrap()
    );
    assert!(!control.receive_again(&new).await.unwrap());
    control
        .settle_submission(&new.id, &landed(3, 3, 0))
        .await
        .unwrap();
    assert!(!control.receive_again(&new).await.unwrap());
    assert!(
        control
            .withdraw_submission(&new.id, &new.sender, at(6))
            .await
            .unwrap()
    );
    let newer = NewSubmission {
        specification_version: "2.2".into(),
        received_at: at(9),
        ..new.clone()
    };
    assert!(control.receive_again(&newer).await.unwrap());
    let kept = control.any_submission(&new.id).await.unwrap().unwrap();
    assert_eq!(kept.state, SubmissionState::Received);
    assert_eq!(
        (kept.rows_in, kept.table_version, kept.settled_at),
        (0, None, None)
    );
    assert_eq!(kept.specification_version, "2.2");
    assert!(
        control
            .settle_submission(&new.id, &landed(3, 2, 1))
            .await
            .unwrap()
    );
}

/// An attempt: its rows are written and wait.
fn checked(file: &str) -> Settlement {
    Settlement {
        state: SubmissionState::Checked,
        table_version: None,
        parked: Some(ParkedFile {
            file: file.into(),
            bytes: 4_096,
        }),
        ..landed(3, 2, 1)
    }
}

pub(crate) async fn an_attempt_counts_once_it_is_declared(address: &str) {
    let control = Control::open(address).await.unwrap();
    let stated = Stated {
        window: Some("2026-q3".into()),
        from: day("2025-10-01"),
        to: day("2026-09-30"),
    };
    let new = NewSubmission {
        stated: Some(stated.clone()),
        ..submission("f1", "991")
    };
    control.receive_submission(&new).await.unwrap();
    let attempt = checked("part-f1-x.parquet");
    assert!(control.settle_submission(&new.id, &attempt).await.unwrap());
    let kept = control.any_submission(&new.id).await.unwrap().unwrap();
    assert_eq!(kept.state, SubmissionState::Checked);
    assert_eq!((kept.parked, kept.confirmed), (attempt.parked, None));
    assert_eq!(kept.stated, Some(stated));
    // A check that comes to its end a second time does not take the attempt back.
    let rejected = Settlement {
        state: SubmissionState::Rejected,
        ..landed(3, 0, 3)
    };
    assert!(!control.settle_submission(&new.id, &rejected).await.unwrap());
    let declared = Confirmed {
        at: at(8),
        by: "ada.thornby".into(),
        late: true,
        partial: false,
    };
    let sent = Settlement {
        confirmed: Some(declared.clone()),
        ..landed(3, 2, 1)
    };
    assert!(control.settle_submission(&new.id, &sent).await.unwrap());
    let kept = control.any_submission(&new.id).await.unwrap().unwrap();
    assert_eq!(kept.state, SubmissionState::Landed);
    assert_eq!((kept.parked, kept.confirmed), (None, Some(declared)));
}

pub(crate) async fn a_later_file_takes_the_place_of_an_earlier_one(address: &str) {
    let control = Control::open(address).await.unwrap();
    let (earlier, later) = (submission("a7", "991"), submission("b7", "991"));
    for new in [&earlier, &later] {
        control.receive_submission(new).await.unwrap();
    }
    let replace = || control.replace_submission(&earlier.id, &later.id, at(9));
    assert!(!replace().await.unwrap(), "it does not count yet");
    control
        .settle_submission(&earlier.id, &landed(3, 3, 0))
        .await
        .unwrap();
    assert!(replace().await.unwrap());
    assert!(!replace().await.unwrap(), "once");
    let kept = control.any_submission(&earlier.id).await.unwrap().unwrap();
    assert_eq!(kept.state, SubmissionState::Replaced);
    assert_eq!(kept.replaced_by, Some(later.id));
    // It does not count, so it cannot be withdrawn; it can be sent again.
    let withdrawn = control.withdraw_submission(&earlier.id, &earlier.sender, at(9));
    assert!(!withdrawn.await.unwrap());
    assert!(control.receive_again(&earlier).await.unwrap());
}

pub(crate) async fn attempts_run_out_and_what_counts_does_not(address: &str) {
    let control = Control::open(address).await.unwrap();
    for id in ["c7", "d7", "e7"] {
        control
            .receive_submission(&submission(id, "991"))
            .await
            .unwrap();
    }
    let (attempt, counts) = (
        SubmissionId::from_digest("c7"),
        SubmissionId::from_digest("d7"),
    );
    control
        .settle_submission(&attempt, &checked("part-c7-x.parquet"))
        .await
        .unwrap();
    control
        .settle_submission(&counts, &landed(3, 3, 0))
        .await
        .unwrap();
    assert!(control.attempts_until(at(4)).await.unwrap().is_empty());
    let ended: Vec<_> = control
        .attempts_until(at(5))
        .await
        .unwrap()
        .into_iter()
        .map(|r| r.id)
        .collect();
    assert_eq!(ended, std::slice::from_ref(&attempt));
    // All three are of the same bytes, so these are still of use to the others.
    let bytes = submission("c7", "991").sha256;
    assert!(control.has_other_use(&bytes, &attempt).await.unwrap());
    assert!(control.expire_submission(&attempt, at(9)).await.unwrap());
    assert!(!control.expire_submission(&counts, at(9)).await.unwrap());
    let kept = control.any_submission(&attempt).await.unwrap().unwrap();
    assert_eq!((kept.state, kept.parked), (SubmissionState::Expired, None));
    assert_eq!(kept.rows_in, 3, "the counts are kept");
}

fn day(text: &str) -> model::Date {
    text.parse().unwrap()
}
