//! Lists that were asked for, what single people said, and what releases were made from.

use crate::people::at;
use control::{
    CaseState, Control, ListAnswer, ListState, NewCase, NewList, OnWithdrawal, ReleaseBasis,
    Settled,
};
use model::Date;

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn list(file: &str) -> NewList {
    NewList {
        kind: "national_data_opt_out".into(),
        requested_at: at(0),
        requested_by: "pru".into(),
        request_file: file.into(),
        count_in: 10,
    }
}

fn answer(file: &str) -> ListAnswer {
    ListAnswer {
        answered_at: at(1),
        answered_by: "pru".into(),
        answer_file: file.into(),
        count_out: 9,
        digest: "abc".into(),
        expires_at: at(9),
    }
}

pub(crate) async fn the_newest_answer_holds_and_takes_the_place_of_the_one_before(address: &str) {
    let control = Control::open(address).await.unwrap();
    assert_eq!(control.ask_for_list(&list("a")).await.unwrap(), 1);
    // Asked anew before an answer came.
    assert_eq!(control.ask_for_list(&list("b")).await.unwrap(), 2);
    control.list_went_out(2, "20261030_X").await.unwrap();
    assert!(!control.list_answered(1, &answer("x")).await.unwrap());
    assert!(control.list_answered(2, &answer("x")).await.unwrap());
    assert!(!control.list_answered(2, &answer("y")).await.unwrap());
    assert_eq!(control.ask_for_list(&list("c")).await.unwrap(), 3);
    let states = async || -> Vec<ListState> {
        let lists = control.preference_lists().await.unwrap();
        lists.iter().map(|l| l.state).collect()
    };
    // While a new answer is awaited the last one holds.
    assert_eq!(
        states().await,
        [ListState::Waiting, ListState::Answered, ListState::Replaced]
    );
    assert!(control.list_answered(3, &answer("z")).await.unwrap());
    assert_eq!(
        states().await,
        [
            ListState::Answered,
            ListState::Replaced,
            ListState::Replaced
        ]
    );
    let lists = control.preference_lists().await.unwrap();
    assert_eq!(lists[0].answer, Some(answer("z")));
    assert_eq!(lists[1].message.as_deref(), Some("20261030_X"));
    let more = ListAnswer {
        count_out: 11,
        ..answer("w")
    };
    let number = control.ask_for_list(&list("d")).await.unwrap();
    assert!(
        control.list_answered(number, &more).await.is_err(),
        "more than were asked about"
    );
}

fn case(kind: &str, to_be_decided: bool) -> NewCase {
    NewCase {
        kind: kind.into(),
        subject: "token".into(),
        programme: "risk_stratification".into(),
        channel: "letter".into(),
        reason: "not_said".into(),
        wording: String::new(),
        said_on: day("2026-10-01"),
        taken_at: at(0),
        taken_by: "pru".into(),
        to_be_decided,
    }
}

pub(crate) async fn nobody_decides_an_objection_that_they_took_in(address: &str) {
    let control = Control::open(address).await.unwrap();
    let number = control.take_case(&case("objection", true)).await.unwrap();
    let review = Some(day("2027-10-01"));
    let decide = async |upheld, by: &str| {
        control
            .decide_case(number, upheld, "It outweighs.", review, (by, at(2)))
            .await
            .unwrap()
    };
    assert_eq!(decide(true, "pru").await, Settled::OwnCase);
    assert_eq!(decide(true, "ivy").await, Settled::Done);
    assert_eq!(decide(false, "cal").await, Settled::NotOpen);
    let kept = control.preference_case(number).await.unwrap().unwrap();
    assert_eq!(kept.state, CaseState::Upheld);
    assert_eq!(kept.decided, Some((at(2), "ivy".to_owned())));
    assert_eq!(kept.review_on, review);
    assert_eq!(
        control
            .decide_case(99, true, "", None, ("ivy", at(2)))
            .await
            .unwrap(),
        Settled::NotOpen
    );
}

pub(crate) async fn what_a_person_takes_back_holds_no_longer(address: &str) {
    let control = Control::open(address).await.unwrap();
    let number = control.take_case(&case("local", false)).await.unwrap();
    assert_eq!(number, 1);
    assert_eq!(control.take_case(&case("consent", false)).await.unwrap(), 2);
    let asks = OnWithdrawal::Erase;
    assert!(
        control
            .withdraw_case(2, day("2026-10-20"), asks)
            .await
            .unwrap()
    );
    assert!(
        !control
            .withdraw_case(2, day("2026-10-21"), asks)
            .await
            .unwrap()
    );
    let all = control.preference_cases().await.unwrap();
    let states: Vec<CaseState> = all.iter().map(|c| c.state).collect();
    assert_eq!(states, [CaseState::Withdrawn, CaseState::Holds]);
    assert_eq!(all[0].withdrawn_on, Some(day("2026-10-20")));
    assert_eq!(all[0].on_withdrawal, asks);
    let long = NewCase {
        reason: "x".repeat(201),
        ..case("local", false)
    };
    assert!(control.take_case(&long).await.is_err());
}

pub(crate) async fn what_a_release_was_made_from_stays_as_it_was_kept(address: &str) {
    let control = Control::open(address).await.unwrap();
    let basis = ReleaseBasis {
        release: "r".into(),
        tables: "cld_event@3".into(),
        preference_state: "opt_out@2".into(),
        preference_policy: "local".into(),
        held_because: String::new(),
    };
    control.keep_release_basis(&basis).await.unwrap();
    let other = ReleaseBasis {
        tables: "cld_event@4".into(),
        ..basis.clone()
    };
    control.keep_release_basis(&other).await.unwrap();
    assert_eq!(control.release_bases().await.unwrap(), [basis]);
}
