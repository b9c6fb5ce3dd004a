//! What senders decided about what tracing found.

use crate::people::at;
use control::{Control, ReturnedDecision};
use model::{OrganisationCode, SubmissionId};

fn council(code: &str) -> OrganisationCode {
    OrganisationCode::new(code).unwrap()
}

fn decision(finding: &str, accepted: bool, why: &str, minute: i64) -> ReturnedDecision {
    ReturnedDecision {
        finding: finding.into(),
        submission: SubmissionId::from_digest("0123456789abcdef0123"),
        kind: "number_found".into(),
        accepted,
        why: why.into(),
        at: at(minute),
        by: "sue".into(),
    }
}

pub(crate) async fn the_latest_decision_holds_and_the_same_one_is_kept_once(address: &str) {
    let control = Control::open(address).await.unwrap();
    let (ours, theirs) = (council("621"), council("991"));
    let first = [
        decision("k1-a", true, "", 0),
        decision("k1-b", false, "somebody else", 0),
    ];
    for (sender, decisions, new) in [
        (&ours, &first[..], 2),
        // A second click says the same, later.
        (
            &ours,
            &[
                decision("k1-a", true, "", 1),
                decision("k1-b", false, "somebody else", 1),
            ][..],
            0,
        ),
        (&ours, &[decision("k1-a", false, "her sister", 2)][..], 1),
        // Another sender's finding of the same name is another finding.
        (&theirs, &[decision("k1-a", true, "", 3)][..], 1),
        // Twice in one call is once.
        (
            &theirs,
            &[decision("k1-c", true, "", 3), decision("k1-c", true, "", 3)][..],
            1,
        ),
        (&theirs, &[][..], 0),
    ] {
        assert_eq!(
            control.decide_returned(sender, decisions).await.unwrap(),
            new
        );
    }
    let held = control.returned_decisions(&ours).await.unwrap();
    assert_eq!(held.len(), 2);
    assert_eq!(held["k1-a"], decision("k1-a", false, "her sister", 2));
    assert_eq!(held["k1-b"], first[1]);
    let all: Vec<(String, String, bool)> = control
        .all_returned_decisions()
        .await
        .unwrap()
        .into_iter()
        .map(|(sender, d)| (sender.to_string(), d.finding, d.accepted))
        .collect();
    let line = |sender: &str, finding: &str, accepted| (sender.into(), finding.into(), accepted);
    assert_eq!(
        all,
        [
            line("621", "k1-a", false),
            line("621", "k1-b", false),
            line("991", "k1-a", true),
            line("991", "k1-c", true),
        ]
    );
}

pub(crate) async fn two_who_decide_at_once_both_come_on_record(address: &str) {
    let control = Control::open(address).await.unwrap();
    let sender = council("621");
    let (yes, no) = (
        [decision("k1-a", true, "", 0)],
        [decision("k1-a", false, "not him", 0)],
    );
    let (first, second) = tokio::join!(
        control.decide_returned(&sender, &yes),
        control.decide_returned(&sender, &no)
    );
    assert_eq!((first.unwrap(), second.unwrap()), (1, 1));
    assert_eq!(control.returned_decisions(&sender).await.unwrap().len(), 1);
}
