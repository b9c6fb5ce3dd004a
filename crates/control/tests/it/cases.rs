//! Re-identification for care and break-glass: who may say what, once, in whichever order it comes.

use crate::people::{at, organisation};
use control::{
    CaseRequest, Cohort, Control, ControlError, GlassJudgement, GlassReview, Judged, NewBreakGlass,
    NewCaseRequest, NewEnvelope, NewJudgement, NewOutcome, Recorded,
};

fn cohort(id: &str) -> Cohort {
    Cohort {
        id: id.into(),
        title: "Falls this winter".into(),
        agreement: "DSA-1".into(),
        agreement_version: "1.0".into(),
        policy_digest: "d1".into(),
        purpose: "risk_stratification_case_finding".into(),
        words: "Age: 85 and over".into(),
        question: "select person_pseudonym from t".into(),
        reads: "t".into(),
        set_digest: "s1".into(),
        size_shown: "15".into(),
        rule_set: "hes-sub-national".into(),
        data_versions: "t@1".into(),
        preference_snapshot: Some("opt_out@1".into()),
        decision_id: "1-a".into(),
        made_by: "cleo".into(),
        organisation: organisation("EST-ICB"),
        made_at: at(0),
    }
}

fn request(id: &str) -> NewCaseRequest {
    NewCaseRequest {
        id: id.into(),
        cohort: "c1".into(),
        agreement: "DSA-1".into(),
        agreement_version: "1.0".into(),
        policy_digest: "d1".into(),
        purpose: "risk_stratification_case_finding".into(),
        set_digest: "s1".into(),
        asked_digest: "asked".into(),
        professional: "cleo".into(),
        organisation: organisation("EST-ICB"),
        relationship: "registered".into(),
        evidence: "Practice list of May".into(),
        reason: "Winter falls".into(),
        next_action: "Ring and offer a home check".into(),
        fields: vec!["name".into(), "postcode".into()],
        days: 7,
        requester: "ana".into(),
        requester_organisation: organisation("EST-ICB"),
        asked_at: at(1),
        approve_by: at(100),
    }
}

fn says(by: &str, role: &str, approves: bool, minutes: i64) -> NewJudgement {
    NewJudgement {
        request: "r1".into(),
        by: by.into(),
        role: role.into(),
        organisation: organisation("EST-ICB"),
        approves,
        reason: "It is needed".into(),
        saw_digest: "asked".into(),
        at: at(minutes),
    }
}

fn envelope(seal: &str) -> NewEnvelope {
    NewEnvelope {
        request: "r1".into(),
        seal: seal.into(),
        content_digest: "list".into(),
        sealed_at: at(10),
        ends_at: at(60),
        rows: 2,
        not_open_now: 1,
        no_relationship: 3,
        not_found: 0,
        preference_snapshot: None,
        decision_id: "2-b".into(),
    }
}

/// A database with a cohort and a request for it.
async fn asked(address: &str) -> Control {
    let control = Control::open(address).await.unwrap();
    assert!(control.add_cohort(&cohort("c1")).await.unwrap());
    assert!(control.add_case_request(&request("r1")).await.unwrap());
    control
}

async fn kept(control: &Control) -> CaseRequest {
    control.case_request("r1").await.unwrap().unwrap()
}

pub(crate) async fn cohorts_and_requests_are_kept_once_and_come_back_as_they_were(address: &str) {
    let control = asked(address).await;
    let other = Cohort {
        title: "Another".into(),
        ..cohort("c1")
    };
    assert!(!control.add_cohort(&other).await.unwrap());
    assert_eq!(control.cohort("c1").await.unwrap(), Some(cohort("c1")));
    assert_eq!(control.cohort("c2").await.unwrap(), None);
    let of = |who: &'static str, code: &'static str| {
        let control = &control;
        async move {
            let code = organisation(code);
            control.cohorts_of(who, &code, 10).await.unwrap().len()
        }
    };
    assert_eq!(of("cleo", "EST-ICB").await, 1);
    assert_eq!(of("cleo", "991").await, 0);
    assert_eq!(of("ana", "EST-ICB").await, 0);
    let changed = NewCaseRequest {
        set_digest: "s2".into(),
        ..request("r1")
    };
    assert!(!control.add_case_request(&changed).await.unwrap());
    assert_eq!(kept(&control).await.asked, request("r1"));
    let blank = NewCaseRequest {
        reason: String::new(),
        ..request("r2")
    };
    let refused = control.add_case_request(&blank).await.unwrap_err();
    assert!(matches!(refused, ControlError::Form { .. }));
    // A request is always for a cohort that is there.
    let astray = NewCaseRequest {
        cohort: "c9".into(),
        ..request("r3")
    };
    assert!(control.add_case_request(&astray).await.is_err());
}

pub(crate) async fn approvals_are_of_different_people_and_of_different_roles(address: &str) {
    let control = asked(address).await;
    let say = |by: &'static str, role: &'static str, approves, minutes| {
        let control = &control;
        async move {
            let said = says(by, role, approves, minutes);
            control.judge_case_request(&said).await.unwrap()
        }
    };
    // Nobody says anything to what they asked for, or would receive.
    for own in ["ana", "cleo"] {
        assert_eq!(
            say(own, "caldicott_guardian", true, 2).await,
            Judged::NotOpen
        );
    }
    let unseen = NewJudgement {
        saw_digest: "another".into(),
        ..says("cal", "caldicott_guardian", true, 2)
    };
    assert_eq!(
        control.judge_case_request(&unseen).await.unwrap(),
        Judged::NotOpen
    );
    assert_eq!(
        say("cal", "caldicott_guardian", true, 2).await,
        Judged::Kept
    );
    assert_eq!(
        say("cal", "caldicott_guardian", true, 3).await,
        Judged::Already
    );
    // The same person in another role, another person in the same role, and a change of mind.
    assert_eq!(say("cal", "asset_owner", true, 3).await, Judged::Taken);
    assert_eq!(
        say("dee", "caldicott_guardian", true, 3).await,
        Judged::Taken
    );
    assert_eq!(
        say("cal", "caldicott_guardian", false, 3).await,
        Judged::Taken
    );
    // Its time is over at the moment that was named.
    assert_eq!(say("ada", "asset_owner", true, 100).await, Judged::NotOpen);
    assert_eq!(say("ada", "asset_owner", true, 99).await, Judged::Kept);
    let said: Vec<(String, bool)> = kept(&control)
        .await
        .judgements
        .into_iter()
        .map(|j| (j.by, j.approves))
        .collect();
    assert_eq!(said, [("cal".to_owned(), true), ("ada".to_owned(), true)]);
}

pub(crate) async fn a_refusal_ends_it_and_so_does_taking_back(address: &str) {
    let control = asked(address).await;
    let refusal = says("ada", "asset_owner", false, 2);
    let approval = says("cal", "caldicott_guardian", true, 3);
    assert_eq!(
        control.judge_case_request(&refusal).await.unwrap(),
        Judged::Kept
    );
    assert_eq!(
        control.judge_case_request(&approval).await.unwrap(),
        Judged::NotOpen
    );
    control.add_case_request(&request("r2")).await.unwrap();
    for (who, taken_back) in [("cleo", false), ("ana", true), ("ana", false)] {
        let done = control.withdraw_case_request("r2", who, at(4)).await;
        assert_eq!(done.unwrap(), taken_back, "{who}");
    }
    let late = NewJudgement {
        request: "r2".into(),
        ..approval
    };
    assert_eq!(
        control.judge_case_request(&late).await.unwrap(),
        Judged::NotOpen
    );
    let stopped = control.revoke_case_request("r2", "ivy", "Not needed", at(5));
    assert!(!stopped.await.unwrap());
}

pub(crate) async fn many_approve_at_once_and_each_role_counts_once(address: &str) {
    let control = asked(address).await;
    let mut all = tokio::task::JoinSet::new();
    for n in 0..8 {
        let control = Control::open(address).await.unwrap();
        all.spawn(async move {
            let role = ["caldicott_guardian", "asset_owner"][n % 2];
            let said = says(&format!("person{n}"), role, true, 2);
            control.judge_case_request(&said).await.unwrap()
        });
    }
    let said = all.join_all().await;
    let counted = |what| said.iter().filter(|s| **s == what).count();
    assert_eq!((counted(Judged::Kept), counted(Judged::Taken)), (2, 6));
    let roles: std::collections::BTreeSet<String> = kept(&control)
        .await
        .judgements
        .into_iter()
        .map(|j| j.role)
        .collect();
    assert_eq!(roles.len(), 2);
}

pub(crate) async fn an_envelope_is_sealed_once_and_read_until_it_ends(address: &str) {
    let control = asked(address).await;
    assert_eq!(control.envelope("r1").await.unwrap(), None);
    assert_eq!(
        control.read_envelope("r1", "cleo", 2, at(9)).await.unwrap(),
        None
    );
    assert!(control.seal_envelope(&envelope("a")).await.unwrap());
    assert!(!control.seal_envelope(&envelope("b")).await.unwrap());
    assert_eq!(control.seals().await.unwrap(), ["a"]);
    let read = |minutes| control.read_envelope("r1", "cleo", 2, at(minutes));
    assert_eq!(read(11).await.unwrap(), Some(1));
    assert_eq!(read(59).await.unwrap(), Some(2));
    assert_eq!(read(60).await.unwrap(), None);
    let held = control.envelope("r1").await.unwrap().unwrap();
    assert_eq!(held.sealed, envelope("a"));
    assert_eq!(held.readings[1], ("cleo".to_owned(), at(59), 2));
    assert!(control.ended_envelopes(at(59)).await.unwrap().is_empty());
    let ended = control.ended_envelopes(at(60)).await.unwrap();
    assert_eq!(ended, [("r1".to_owned(), "a".to_owned())]);
    assert!(control.close_envelope("r1", at(20)).await.unwrap());
    assert!(!control.close_envelope("r1", at(21)).await.unwrap());
    assert_eq!(control.ended_envelopes(at(30)).await.unwrap().len(), 1);
    assert_eq!(read(30).await.unwrap(), None);
    control.envelope_destroyed("r1", at(31)).await.unwrap();
    control.envelope_destroyed("r1", at(32)).await.unwrap();
    assert!(control.ended_envelopes(at(90)).await.unwrap().is_empty());
    let held = control.envelope("r1").await.unwrap().unwrap();
    assert_eq!(
        (held.closed_at, held.destroyed_at),
        (Some(at(20)), Some(at(31)))
    );
}

pub(crate) async fn what_is_stopped_is_neither_sealed_nor_read(address: &str) {
    let control = asked(address).await;
    control.add_case_request(&request("r2")).await.unwrap();
    control.seal_envelope(&envelope("a")).await.unwrap();
    for request in ["r1", "r2"] {
        let stopped = control.revoke_case_request(request, "ivy", "Wrong list", at(12));
        assert!(stopped.await.unwrap());
    }
    assert_eq!(
        control
            .read_envelope("r1", "cleo", 2, at(13))
            .await
            .unwrap(),
        None
    );
    assert_eq!(control.ended_envelopes(at(13)).await.unwrap().len(), 1);
    let second = NewEnvelope {
        request: "r2".into(),
        ..envelope("b")
    };
    assert!(!control.seal_envelope(&second).await.unwrap());
    let (when, who, why) = kept(&control).await.revoked.unwrap();
    assert_eq!(
        (when, who.as_str(), why.as_str()),
        (at(12), "ivy", "Wrong list")
    );
}

pub(crate) async fn the_latest_outcome_of_a_line_holds(address: &str) {
    let control = asked(address).await;
    control.seal_envelope(&envelope("a")).await.unwrap();
    let record = |line, outcome: &'static str, minutes| {
        let control = &control;
        async move {
            let new = NewOutcome {
                request: "r1".into(),
                line,
                outcome: outcome.into(),
                by: "cleo".into(),
                at: at(minutes),
            };
            control.record_outcome(&new).await.unwrap()
        }
    };
    assert_eq!(record(1, "contacted", 11).await, Recorded::Kept(1));
    assert_eq!(record(1, "contacted", 12).await, Recorded::Already(1));
    assert_eq!(record(1, "declined", 13).await, Recorded::Kept(2));
    assert_eq!(record(2, "contacted", 13).await, Recorded::Kept(1));
    for line in [0, 3, u64::MAX] {
        assert_eq!(record(line, "contacted", 13).await, Recorded::NotOpen);
    }
    assert_eq!(record(1, "contacted", 60).await, Recorded::NotOpen);
    let held: Vec<(u64, String)> = control
        .outcomes("r1")
        .await
        .unwrap()
        .into_values()
        .map(|o| (o.line, o.outcome))
        .collect();
    assert_eq!(
        held,
        [(1, "declined".to_owned()), (2, "contacted".to_owned())]
    );
}

pub(crate) async fn glass_is_broken_by_two_and_looked_at_by_a_third(address: &str) {
    let control = Control::open(address).await.unwrap();
    let new = NewBreakGlass {
        id: "g1".into(),
        person_token: "k1-0".into(),
        emergency: "Found unconscious, medicines not known".into(),
        professional: "cleo".into(),
        organisation: organisation("EST-ICB"),
        asked_at: at(0),
        asked_digest: "asked".into(),
        approve_by: at(30),
        minutes: 60,
    };
    assert!(control.ask_break_glass(&new).await.unwrap());
    assert!(!control.ask_break_glass(&new).await.unwrap());
    let judge = |by: &'static str, saw: &'static str, minutes| {
        let control = &control;
        async move {
            let judgement = GlassJudgement {
                by: by.into(),
                role: "caldicott_guardian".into(),
                approves: true,
                reason: "Life at risk".into(),
                at: at(minutes),
            };
            let done = control.judge_break_glass("g1", saw, &judgement, at(5_000));
            done.await.unwrap()
        }
    };
    for (by, saw, minutes, counts) in [
        ("cleo", "asked", 1, false),
        ("cal", "another", 1, false),
        ("cal", "asked", 30, false),
        ("cal", "asked", 10, true),
        ("ada", "asked", 11, false),
    ] {
        assert_eq!(
            judge(by, saw, minutes).await,
            counts,
            "{by} {saw} {minutes}"
        );
    }
    assert_eq!(control.break_glass_openings().await.unwrap(), 0);
    control.note_glass_reading("g1", at(12)).await.unwrap();
    control.note_glass_reading("g1", at(13)).await.unwrap();
    let held = control.break_glass("g1").await.unwrap().unwrap();
    assert_eq!((held.opened_at, held.readings), (Some(at(12)), 2));
    assert!(held.is_open(at(69)) && !held.is_open(at(70)));
    assert_eq!(control.break_glass_openings().await.unwrap(), 1);
    assert!(!control.end_break_glass("g1", "ada", at(14)).await.unwrap());
    assert!(control.end_break_glass("g1", "cleo", at(14)).await.unwrap());
    let held = control.break_glass("g1").await.unwrap().unwrap();
    assert!(!held.is_open(at(14)) && held.review_is_late(at(5_000)));
    assert_eq!(
        control.late_glass_reviews("cleo", at(4_999)).await.unwrap(),
        0
    );
    assert_eq!(
        control.late_glass_reviews("cleo", at(5_000)).await.unwrap(),
        1
    );
    let review = |by: &str| GlassReview {
        by: by.into(),
        justified: true,
        words: "The record shows the emergency".into(),
        at: at(20),
    };
    for (by, counts) in [
        ("cleo", false),
        ("cal", false),
        ("pru", true),
        ("pru", false),
    ] {
        let done = control.review_break_glass("g1", &review(by)).await;
        assert_eq!(done.unwrap(), counts, "{by}");
    }
    assert_eq!(
        control.late_glass_reviews("cleo", at(9_000)).await.unwrap(),
        0
    );
    let all = control.all_break_glass(10).await.unwrap();
    assert_eq!(all[0].review, Some(review("pru")));
}
