//! Incidents: written down once, a timeline that only grows, and an end.

use crate::people::at;
use control::{
    Control, Incident, IncidentDone, IncidentFact, IncidentLineKind, IncidentRefusal, NewIncident,
    NewIncidentLine, SuspendedKind,
};
use model::Date;
use std::sync::Arc;

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn lost_laptop() -> NewIncident {
    NewIncident {
        category: "breach".into(),
        title: "A laptop was lost".into(),
        noticed_at: at(-3600),
        words: "Left on a train".into(),
        owner: "pru".into(),
        due: day("2026-12-22"),
        by: "ivy".into(),
        at: at(0),
    }
}

fn line(kind: IncidentLineKind, words: &str) -> NewIncidentLine {
    NewIncidentLine {
        kind,
        happened_at: at(0),
        words: words.into(),
        fact: None,
        by: "ivy".into(),
        at: at(1),
        seen: None,
    }
}

async fn only(control: &Control) -> Incident {
    let mut all = control.incidents().await.unwrap();
    assert_eq!(all.len(), 1);
    all.remove(0)
}

pub(crate) async fn an_incident_is_written_down_once_with_who_sees_to_it(address: &str) {
    let control = Control::open(address).await.unwrap();
    let new = lost_laptop();
    assert_eq!(
        control.open_incident(&new).await.unwrap(),
        IncidentDone::Now(1)
    );
    assert_eq!(
        control.open_incident(&new).await.unwrap(),
        IncidentDone::Already(1)
    );
    let kept = only(&control).await;
    assert_eq!(kept.noticed_at(), at(-3600));
    assert_eq!(kept.assigned(), Some(("pru", day("2026-12-22"))));
    let kinds: Vec<_> = kept.lines.iter().map(|l| l.kind).collect();
    assert_eq!(
        kinds,
        [IncidentLineKind::Noticed, IncidentLineKind::Assigned]
    );
    assert_eq!((kept.must_report(), kept.closed()), (None, None));

    let other = NewIncident {
        title: "Another laptop was lost".into(),
        ..new.clone()
    };
    assert_eq!(
        control.open_incident(&other).await.unwrap(),
        IncidentDone::Now(2)
    );
    let counts = control.incident_counts().await.unwrap();
    assert_eq!(
        counts.into_iter().collect::<Vec<_>>(),
        [("breach".to_owned(), 2)]
    );
    for (title, words) in [
        ("", "Left on a train"),
        ("x", " "),
        ("x", "two\nlines"),
        (&*"x".repeat(121), "Left on a train"),
        ("x", &*"x".repeat(1001)),
    ] {
        let wrong = NewIncident {
            title: title.to_owned(),
            words: words.to_owned(),
            ..new.clone()
        };
        assert!(
            control.open_incident(&wrong).await.is_err(),
            "{title} {words}"
        );
    }
}

pub(crate) async fn a_timeline_keeps_what_each_line_says_and_ends_when_it_is_closed(address: &str) {
    use IncidentLineKind::{Assessed, Assigned, Closed, Contained, PutRight, Told};
    let control = Control::open(address).await.unwrap();
    let add = |new: NewIncidentLine| {
        let control = &control;
        async move { control.add_to_incident(1, &new).await.unwrap() }
    };
    let none = IncidentDone::Refused(IncidentRefusal::None);
    assert_eq!(add(line(PutRight, "x")).await, none);
    control.open_incident(&lost_laptop()).await.unwrap();
    let facts = [
        (
            Contained,
            IncidentFact::Stopped(SuspendedKind::Person, "ana".into()),
        ),
        (Assessed, IncidentFact::MustReport(false)),
        (Assessed, IncidentFact::MustReport(true)),
        (Told, IncidentFact::Reported("ico".into())),
        (
            Assigned,
            IncidentFact::Assigned("ada".into(), day("2027-01-10")),
        ),
    ];
    for (number, (kind, fact)) in (3..).zip(facts.clone()) {
        let new = NewIncidentLine {
            fact: Some(fact),
            ..line(kind, "as it was")
        };
        assert_eq!(add(new.clone()).await, IncidentDone::Now(number));
        assert_eq!(add(new).await, IncidentDone::Already(number));
    }
    let kept = only(&control).await;
    let read: Vec<_> = kept
        .lines
        .iter()
        .filter_map(|l| l.fact.clone())
        .skip(1)
        .collect();
    assert_eq!(read, facts.map(|(_, fact)| fact));
    assert_eq!(kept.must_report(), Some(true));
    assert_eq!(kept.reported_at("ico"), Some(at(0)));
    assert_eq!(kept.reported_at("dspt"), None);
    assert_eq!(kept.assigned(), Some(("ada", day("2027-01-10"))));
    assert_eq!(
        kept.stopped().collect::<Vec<_>>(),
        [(SuspendedKind::Person, "ana")]
    );

    // Judged on what somebody else has added to, it does not count.
    let early = NewIncidentLine {
        seen: Some(6),
        ..line(Closed, "All is well")
    };
    assert_eq!(
        add(early.clone()).await,
        IncidentDone::Refused(IncidentRefusal::Changed)
    );
    let closed = NewIncidentLine {
        seen: Some(7),
        ..early
    };
    assert_eq!(add(closed.clone()).await, IncidentDone::Now(8));
    assert_eq!(add(closed).await, IncidentDone::Already(8));
    let refused = IncidentDone::Refused(IncidentRefusal::Closed);
    assert_eq!(add(line(PutRight, "too late")).await, refused);
    assert_eq!(only(&control).await.closed().unwrap().words, "All is well");
}

pub(crate) async fn lines_written_at_once_are_all_kept(address: &str) {
    let control = Arc::new(Control::open(address).await.unwrap());
    control.open_incident(&lost_laptop()).await.unwrap();
    let all = (0..6).map(|number| {
        let control = Arc::clone(&control);
        tokio::spawn(async move {
            let words = format!("line {number}");
            let new = line(IncidentLineKind::PutRight, &words);
            control.add_to_incident(1, &new).await.unwrap()
        })
    });
    let mut numbers = Vec::new();
    for done in all.collect::<Vec<_>>() {
        let IncidentDone::Now(number) = done.await.unwrap() else {
            panic!("a line was not kept");
        };
        numbers.push(number);
    }
    numbers.sort_unstable();
    assert_eq!(numbers, [3, 4, 5, 6, 7, 8]);
}
