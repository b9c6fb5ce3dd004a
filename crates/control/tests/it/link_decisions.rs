//! Decisions about pairs: kept once, taken back, settled, counted.

use crate::people::at;
use control::{Control, ControlError, Decided, NewLinkDecision, PairDecision, Undone};

use PairDecision::{Different, NotSure, SamePerson};

fn new(pair: &str, decision: PairDecision, by: &str, minutes: i64) -> NewLinkDecision {
    NewLinkDecision {
        pair: pair.into(),
        left: format!("{pair}-left"),
        right: format!("{pair}-right"),
        decision,
        blind: false,
        note: String::new(),
        by: by.into(),
        at: at(minutes),
    }
}

/// Keeps decisions one after another, and gives their numbers.
async fn decide(control: &Control, all: &[(&str, PairDecision, &str)]) -> Vec<u64> {
    let mut numbers = Vec::new();
    for (minutes, (pair, decision, by)) in (0..).zip(all) {
        let kept = control
            .decide_pair(&new(pair, *decision, by, minutes))
            .await;
        numbers.push(kept.unwrap().number());
    }
    numbers
}

pub(crate) async fn a_decision_sent_twice_is_kept_once(address: &str) {
    let control = Control::open(address).await.unwrap();
    let one = new("p1", SamePerson, "ada", 0);
    assert_eq!(control.decide_pair(&one).await.unwrap(), Decided::Kept(1));
    let again = NewLinkDecision {
        at: at(1),
        ..one.clone()
    };
    assert_eq!(
        control.decide_pair(&again).await.unwrap(),
        Decided::Already(1)
    );
    // Another note, another answer, another person and another pair are no repetitions.
    let noted = NewLinkDecision {
        note: "Seen the letter".into(),
        ..one.clone()
    };
    assert_eq!(control.decide_pair(&noted).await.unwrap(), Decided::Kept(2));
    let other = new("p1", Different, "ada", 2);
    assert_eq!(control.decide_pair(&other).await.unwrap(), Decided::Kept(3));
    assert_eq!(control.decide_pair(&one).await.unwrap(), Decided::Kept(4));
    let (bo, p2) = (
        new("p1", SamePerson, "bo", 3),
        new("p2", SamePerson, "ada", 3),
    );
    assert_eq!(control.decide_pair(&bo).await.unwrap(), Decided::Kept(5));
    assert_eq!(control.decide_pair(&p2).await.unwrap(), Decided::Kept(6));

    let standing = control.standing_decisions("p1").await.unwrap();
    let who: Vec<(u64, &str)> = standing
        .decisions
        .iter()
        .map(|d| (d.number, d.by.as_str()))
        .collect();
    assert_eq!(who, [(4, "ada"), (5, "bo")]);
    assert_eq!(standing.of("bo").unwrap().decision, SamePerson);
    assert!(standing.of("cy").is_none());
    let second = control.pair_decision(2).await.unwrap().unwrap();
    let sides = (second.left.as_str(), second.right.as_str());
    assert_eq!(second.note, "Seen the letter");
    assert_eq!(sides, ("p1-left", "p1-right"));
}

pub(crate) async fn people_take_back_their_own_decisions_only(address: &str) {
    let control = Control::open(address).await.unwrap();
    decide(
        &control,
        &[("p1", SamePerson, "ada"), ("p1", Different, "ada")],
    )
    .await;
    assert_eq!(
        control.undo_pair_decision(2, "bo", at(3)).await.unwrap(),
        Undone::NotTheirs
    );
    for number in [0, 3, u64::MAX] {
        let undone = control.undo_pair_decision(number, "ada", at(3)).await;
        assert_eq!(undone.unwrap(), Undone::NotTheirs);
    }
    let Undone::Now(first) = control.undo_pair_decision(2, "ada", at(4)).await.unwrap() else {
        panic!("not taken back");
    };
    assert_eq!(first.undone, Some((at(4), "ada".to_owned())));
    let Undone::Already(second) = control.undo_pair_decision(2, "ada", at(9)).await.unwrap() else {
        panic!("taken back twice");
    };
    assert_eq!(second, first);
    // What was said before the change of mind stands again.
    let settled = control.settled_pairs().await.unwrap();
    assert_eq!(settled, [("p1".to_owned(), SamePerson)]);
    control.undo_pair_decision(1, "ada", at(5)).await.unwrap();
    assert!(control.settled_pairs().await.unwrap().is_empty());
    assert!(control.last_pair_decision("ada").await.unwrap().is_none());
    // A decision after taking back is a new one, though it says the same.
    let again = control
        .decide_pair(&new("p1", SamePerson, "ada", 6))
        .await
        .unwrap();
    assert_eq!(again, Decided::Kept(3));
}

pub(crate) async fn a_pair_is_settled_while_all_are_of_one_mind(address: &str) {
    let control = Control::open(address).await.unwrap();
    let numbers = decide(
        &control,
        &[
            ("alone", SamePerson, "ada"),
            ("both", Different, "ada"),
            ("both", Different, "bo"),
            ("differ", SamePerson, "ada"),
            ("differ", Different, "bo"),
            ("half", SamePerson, "ada"),
            ("half", NotSure, "bo"),
            ("unsure", NotSure, "ada"),
            ("changed", SamePerson, "ada"),
            ("changed", Different, "bo"),
            ("changed", Different, "ada"),
        ],
    )
    .await;
    let settled = |all: &[(&str, PairDecision)]| -> Vec<(String, PairDecision)> {
        all.iter()
            .map(|(pair, decision)| ((*pair).to_owned(), *decision))
            .collect()
    };
    assert_eq!(
        control.settled_pairs().await.unwrap(),
        settled(&[
            ("alone", SamePerson),
            ("both", Different),
            ("changed", Different)
        ])
    );
    control
        .undo_pair_decision(numbers[6], "bo", at(20))
        .await
        .unwrap();
    control
        .undo_pair_decision(numbers[10], "ada", at(20))
        .await
        .unwrap();
    assert_eq!(
        control.settled_pairs().await.unwrap(),
        settled(&[
            ("alone", SamePerson),
            ("both", Different),
            ("half", SamePerson)
        ])
    );
}

pub(crate) async fn pairs_judged_by_two_are_told_with_both_answers(address: &str) {
    let control = Control::open(address).await.unwrap();
    decide(
        &control,
        &[
            ("b", SamePerson, "bo"),
            ("a", NotSure, "ada"),
            ("b", Different, "ada"),
            ("b", SamePerson, "cy"),
            ("b", NotSure, "bo"),
            ("c", SamePerson, "ada"),
            ("c", SamePerson, "ada"),
            ("a", SamePerson, "cy"),
        ],
    )
    .await;
    let twice = control.pairs_judged_twice().await.unwrap();
    let told: Vec<_> = twice
        .iter()
        .map(|t| {
            (
                t.pair.as_str(),
                t.first.decision,
                t.second.decision,
                t.second.by.as_str(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("a", NotSure, SamePerson, "cy"),
            ("b", NotSure, Different, "ada")
        ]
    );
}

pub(crate) async fn decisions_are_listed_newest_first_and_counted_by_the_day(address: &str) {
    let control = Control::open(address).await.unwrap();
    decide(
        &control,
        &[
            ("p1", SamePerson, "ada"),
            ("p2", SamePerson, "ada"),
            ("p2", Different, "ada"),
            ("p3", SamePerson, "bo"),
            ("p4", SamePerson, "ada"),
        ],
    )
    .await;
    control.undo_pair_decision(5, "ada", at(9)).await.unwrap();
    let page = |skip, at_most| {
        let control = &control;
        async move {
            let page = control.pair_decisions(skip, at_most).await.unwrap();
            page.iter().map(|d| d.number).collect::<Vec<_>>()
        }
    };
    assert_eq!(page(0, 2).await, [5, 4]);
    assert_eq!(page(2, 9).await, [3, 2, 1]);
    assert!(page(5, 9).await.is_empty());
    assert_eq!(control.count_pair_decisions().await.unwrap(), 5);
    // Minutes 0 to 2 are Ada's p1, p2 and p2 again; her p4 was taken back.
    for (since, pairs) in [(0, 2), (1, 1), (3, 0)] {
        let count = control.pairs_decided_since("ada", at(since)).await;
        assert_eq!(count.unwrap(), pairs, "{since}");
    }
    assert_eq!(
        control
            .last_pair_decision("ada")
            .await
            .unwrap()
            .unwrap()
            .number,
        3
    );
    assert!(control.last_pair_decision("cy").await.unwrap().is_none());
}

pub(crate) async fn many_decide_at_once_and_none_is_lost(address: &str) {
    let control = Control::open(address).await.unwrap();
    let (ada, bo) = (
        new("p1", SamePerson, "ada", 0),
        new("p1", SamePerson, "bo", 0),
    );
    let (one, two, three, four) = tokio::join!(
        control.decide_pair(&ada),
        control.decide_pair(&bo),
        control.decide_pair(&ada),
        control.decide_pair(&bo),
    );
    let mut kept: Vec<Decided> = [one, two, three, four].map(Result::unwrap).into();
    kept.sort_by_key(|d| (d.number(), matches!(d, Decided::Already(_))));
    assert_eq!(
        kept,
        [
            Decided::Kept(1),
            Decided::Already(1),
            Decided::Kept(2),
            Decided::Already(2)
        ]
    );
}

pub(crate) async fn notes_and_names_of_the_wrong_form_are_not_kept(address: &str) {
    let control = Control::open(address).await.unwrap();
    let fine = new("p1", NotSure, "ada", 0);
    let with = |pair: String, note: String| NewLinkDecision {
        pair,
        note,
        ..fine.clone()
    };
    for wrong in [
        with(String::new(), String::new()),
        with("x".repeat(201), String::new()),
        with("p1".into(), "x".repeat(501)),
        with("p1".into(), "two\nlines".into()),
        with("p1".into(), "nothing\0".into()),
    ] {
        let refused = control.decide_pair(&wrong).await;
        assert!(
            matches!(refused, Err(ControlError::Form { .. })),
            "{wrong:?}"
        );
    }
    // Signs count, not bytes, and quotes are only text.
    let odd = with("'; DROP TABLE link_decision; --".into(), "ß".repeat(500));
    assert_eq!(control.decide_pair(&odd).await.unwrap(), Decided::Kept(1));
    assert_eq!(control.count_pair_decisions().await.unwrap(), 1);
}
