//! What people ask about their own records, and who may look at who is asking.

use crate::people::at;
use control::{Control, NewRightsCase, RightsActed, RightsKind, RightsOutcome};

fn new(kind: RightsKind) -> NewRightsCase {
    NewRightsCase {
        kind,
        subject: "ab".repeat(32),
        asked_on: "2026-11-02".parse().unwrap(),
        channel: "letter".into(),
        identity: "a passport, and a letter with the address".into(),
        words: String::new(),
        by: "pru".into(),
        at: at(0),
    }
}

pub(crate) async fn two_people_look_at_who_is_asking_before_anything_is_answered(address: &str) {
    let control = Control::open(address).await.unwrap();
    let case = new(RightsKind::Access);
    assert_eq!(control.take_rights_case(&case).await.unwrap(), 1);
    let answer = async || control.answer_rights_case(1, ("pru", at(1))).await.unwrap();
    let check = async |who: &'static str| {
        let checked = control.check_rights_case(1, "a driving licence", (who, at(2)));
        checked.await.unwrap()
    };
    let close = async |outcome| {
        let closed = control.close_rights_case(1, outcome, "sent by post", ("pru", at(4)));
        closed.await.unwrap()
    };
    assert_eq!(answer().await, RightsActed::NotChecked);
    assert_eq!(check("pru").await, RightsActed::OwnCase);
    assert_eq!(
        close(RightsOutcome::Answered).await,
        RightsActed::NotChecked
    );
    assert_eq!(check("cal").await, RightsActed::Done);
    assert_eq!(check("pat").await, RightsActed::Over);
    assert_eq!(answer().await, RightsActed::Done);
    assert_eq!(answer().await, RightsActed::Done);
    let known = control.rights_case(1).await.unwrap().unwrap();
    assert_eq!(known.due_on.to_string(), "2026-12-02");
    assert_eq!(known.answers, 2);
    assert_eq!(close(RightsOutcome::Answered).await, RightsActed::Done);
    assert_eq!(close(RightsOutcome::NotDone).await, RightsActed::Over);
    assert_eq!(answer().await, RightsActed::Over);
    let unknown = control.check_rights_case(9, "anything", ("cal", at(5)));
    assert_eq!(unknown.await.unwrap(), RightsActed::Unknown);

    // What could point at a person is not kept, and neither is a blank.
    for identity in ["NHS number 999 000 0018", "born 07/03/1984", " "] {
        let case = NewRightsCase {
            identity: identity.into(),
            ..new(RightsKind::Rectification)
        };
        let taken = control.take_rights_case(&case).await;
        assert!(taken.is_err(), "{identity}");
    }
    // One that nobody has looked at can be taken back, and nothing else.
    let case = new(RightsKind::Restriction);
    let second = control.take_rights_case(&case).await.unwrap();
    let done = control.close_rights_case(second, RightsOutcome::Done, "done", ("pru", at(6)));
    assert_eq!(done.await.unwrap(), RightsActed::NotChecked);
    let back =
        control.close_rights_case(second, RightsOutcome::Withdrawn, "by phone", ("pru", at(7)));
    assert_eq!(back.await.unwrap(), RightsActed::Done);
    // Of cases for answering, only those that ask to see.
    let case = new(RightsKind::Rectification);
    let third = control.take_rights_case(&case).await.unwrap();
    let checked = control.check_rights_case(third, "a passport", ("cal", at(8)));
    assert_eq!(checked.await.unwrap(), RightsActed::Done);
    let answered = control.answer_rights_case(third, ("pru", at(9)));
    assert_eq!(answered.await.unwrap(), RightsActed::Over);
    let order: Vec<u64> = control
        .rights_cases()
        .await
        .unwrap()
        .iter()
        .map(|case| case.number)
        .collect();
    assert_eq!(order, [3, 2, 1], "open ones first, then the newest");
}
