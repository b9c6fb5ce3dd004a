//! Submissions.

use crate::people::{at, organisation};
use control::{Control, ControlError, NewSubmission, Settlement, SubmissionState};
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
    }
}

fn landed(rows_in: u64, rows_landed: u64, rows_set_aside: u64) -> Settlement {
    Settlement {
        landed: true,
        rows_in,
        rows_landed,
        rows_set_aside,
        table_version: Some(7),
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
        landed: false,
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
