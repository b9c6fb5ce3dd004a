//! What is on record about councils, and the reports beside submissions.

use crate::people::at;
use control::{Control, NewOnboarding, OnboardingKind, on_record};
use model::SubmissionId;

fn entry(kind: OnboardingKind, name: &str, entry: &str) -> NewOnboarding {
    NewOnboarding {
        council: "621".into(),
        kind,
        name: name.into(),
        entry: entry.into(),
        written_at: at(0),
        written_by: "ora".into(),
    }
}

pub(crate) async fn the_latest_entry_holds_and_the_history_stays(address: &str) {
    let control = Control::open(address).await.unwrap();
    let (fact, step, note) = (
        OnboardingKind::Fact,
        OnboardingKind::Step,
        OnboardingKind::Note,
    );
    for (number, new) in [
        (1, entry(fact, "supplier", "Brindle Systems")),
        (2, entry(step, "firewall", "2026-03-01")),
        (3, entry(note, "", "Called; will call back.")),
        (4, entry(fact, "supplier", "Fenwick Care IT")),
        (5, entry(step, "firewall", "")),
        (6, entry(note, "", "They did.")),
    ] {
        assert_eq!(control.add_onboarding(&new).await.unwrap(), number);
    }
    let other = NewOnboarding {
        council: "991".into(),
        ..entry(fact, "supplier", "None")
    };
    assert_eq!(control.add_onboarding(&other).await.unwrap(), 1);

    let history = control.onboarding_of("621").await.unwrap();
    assert_eq!(history.len(), 6);
    let now: Vec<(&str, &str)> = on_record(&history)
        .iter()
        .map(|e| (e.name.as_str(), e.entry.as_str()))
        .collect();
    assert_eq!(
        now,
        [
            ("supplier", "Fenwick Care IT"),
            ("3", "Called; will call back."),
            ("6", "They did."),
        ]
    );
    assert_eq!(history[0].written_at, at(0));
    assert_eq!(history[0].written_by, "ora");
    let all = control.all_onboarding().await.unwrap();
    assert_eq!(all.len(), 7);
    assert_eq!(on_record(&all).len(), 4);
}

pub(crate) async fn two_who_write_at_once_both_come_on_record(address: &str) {
    let control = Control::open(address).await.unwrap();
    let (one, two) = (
        entry(OnboardingKind::Note, "", "one"),
        entry(OnboardingKind::Note, "", "two"),
    );
    let (first, second) = tokio::join!(control.add_onboarding(&one), control.add_onboarding(&two));
    let mut numbers = [first.unwrap(), second.unwrap()];
    numbers.sort_unstable();
    assert_eq!(numbers, [1, 2]);
    assert_eq!(control.onboarding_of("621").await.unwrap().len(), 2);
}

pub(crate) async fn a_report_stands_beside_its_submission(address: &str) {
    let control = Control::open(address).await.unwrap();
    let new = crate::submissions::submission("aa", "621");
    assert!(control.receive_submission(&new).await.unwrap());
    let id = new.id.clone();
    assert!(control.report(&id).await.unwrap().is_none());
    for rows in [1, 2] {
        let report = serde_json::json!({"rows": rows});
        control.keep_report(&id, &report, at(rows)).await.unwrap();
        assert_eq!(control.report(&id).await.unwrap(), Some(report));
    }
    let all = control.reports_of(&new.dataset).await.unwrap();
    assert_eq!(all.keys().collect::<Vec<_>>(), [&id]);
    assert!(control.reports_of("another").await.unwrap().is_empty());
    let unknown = SubmissionId::from_digest("0123456789abcdef0123");
    let none = control
        .keep_report(&unknown, &serde_json::json!({}), at(0))
        .await;
    assert!(none.is_err(), "a report belongs to a submission");
}
