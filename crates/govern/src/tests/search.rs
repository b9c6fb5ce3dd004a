//! Searching: what is found, in which words, and what is said not to be known.

use super::moment;
use crate::{
    Chain, Entry, EntryBody, Kind, Outcome,
    audit::search::{Area, Concerns, Filter, Found, Search},
};

fn entries() -> Vec<Entry> {
    let mut chain = Chain::start();
    let mut all = Vec::new();
    let mut add = |day: &str, actor: &str, areas: &[&str], change: fn(&mut EntryBody)| {
        let time = moment(&format!("{day}T12:00:00Z"));
        let mut body = EntryBody::new(time, Kind::Answered, actor, Outcome::Done);
        body.agreement = Some("DSA-1".to_owned());
        body.agreement_version = Some("2".to_owned());
        body.purpose = Some("population_health".to_owned());
        body.tables = vec!["long_term_support".to_owned()];
        body.areas = areas.iter().map(|a| (*a).to_owned()).collect();
        body.rows = Some(3);
        change(&mut body);
        let (entry, _) = chain.next(body).unwrap();
        chain.accept(&entry);
        all.push(entry);
    };
    add("2026-04-30", "ana", &["621 Southend-on-Sea"], |_| {});
    add("2026-05-02", "ana", &["621 Southend-on-Sea"], |body| {
        body.role = Some("analyst".to_owned());
        body.on_behalf_of = Some("QH8".to_owned());
        body.request = Some("r1".to_owned());
    });
    add("2026-05-02", "ana", &[], |body| {
        body.kind = Kind::Served;
        body.request = Some("r1".to_owned());
        body.bytes = Some(512);
    });
    add("2026-05-03", "cas", &["991 Estuary Vale"], |_| {});
    add("2026-05-04", "ivy", &[], |_| {});
    add("2026-05-05", "eve", &["621 Southend-on-Sea"], |body| {
        body.kind = Kind::DecisionRefused;
        body.outcome = Outcome::Refused;
        body.rows = None;
        body.reason = Some("people: not named".to_owned());
    });
    add("2026-05-06", "ana", &["E05 Westborough"], |body| {
        body.agreement = Some("DSA-2".to_owned());
    });
    all
}

fn search(filter: Filter) -> Found {
    let mut search = Search::new(filter, 100);
    for entry in &entries() {
        search.look(entry);
    }
    search.end()
}

fn seqs(found: &Found) -> Vec<u64> {
    found.hits.iter().map(|hit| hit.entry.seq).collect()
}

fn westborough() -> Area {
    Area {
        name: "Westborough".to_owned(),
        within: vec!["Southend-on-Sea".to_owned()],
    }
}

#[test]
fn who_has_seen_records_of_a_ward_under_an_agreement_since_may_is_answered() {
    let filter = Filter {
        agreement: Some("dsa-1".to_owned()),
        area: Some(westborough()),
        from: Some(moment("2026-05-01T00:00:00Z")),
        seen: true,
        ..Filter::default()
    };
    let cannot = filter.cannot_say().join(" ");
    let found = search(filter);
    assert_eq!(
        (seqs(&found), found.total, found.elsewhere),
        (vec![2, 5], 2, 1)
    );
    let hit = &found.hits[0];
    assert_eq!(hit.concerns, Some(Concerns::Around));
    assert_eq!(
        hit.sentence(),
        "On 2 May 2026 at 13:00, ana (analyst, for QH8) was shown an answer of 3 rows from long_term_support under agreement DSA-1 version 2 for population health."
    );
    let why = hit.why(Some(&westborough()));
    assert_eq!(
        why,
        [
            "The agreement is limited to 621 Southend-on-Sea, around Westborough: people who live there may have been among the rows.",
            "512 bytes left the service.",
        ]
    );
    assert_eq!(found.hits[1].concerns, Some(Concerns::Anywhere));
    assert!(cannot.contains("whose rows they were"), "{cannot}");
}

#[test]
fn each_part_of_a_filter_lets_through_what_fits_it() {
    let all = Filter::default;
    let some = |text: &str| Some(text.to_owned());
    for (filter, expected) in [
        (all(), vec![1, 2, 3, 4, 5, 6, 7]),
        (
            Filter {
                person: some("CAS"),
                ..all()
            },
            vec![4],
        ),
        (
            Filter {
                organisation: some("qh8"),
                ..all()
            },
            vec![2],
        ),
        (
            Filter {
                agreement: some("DSA-2"),
                ..all()
            },
            vec![7],
        ),
        (
            Filter {
                purpose: some("other"),
                ..all()
            },
            vec![],
        ),
        (
            Filter {
                table: some("death"),
                ..all()
            },
            vec![],
        ),
        (
            Filter {
                kind: Some(Kind::DecisionRefused),
                ..all()
            },
            vec![6],
        ),
        (
            Filter {
                outcome: Some(Outcome::Refused),
                ..all()
            },
            vec![6],
        ),
        (
            Filter {
                seen: true,
                ..all()
            },
            vec![1, 2, 4, 5, 7],
        ),
        (
            Filter {
                until: Some(moment("2026-05-01T00:00:00Z")),
                ..all()
            },
            vec![1],
        ),
        (
            Filter {
                area: Some(westborough()),
                ..all()
            },
            vec![1, 2, 3, 5, 6, 7],
        ),
    ] {
        assert_eq!(seqs(&search(filter.clone())), expected, "{filter:?}");
    }
}

#[test]
fn only_the_newest_are_held_and_all_are_counted() {
    let mut search = Search::new(Filter::default(), 2);
    for entry in &entries() {
        search.look(entry);
    }
    let found = search.end();
    assert_eq!(
        (seqs(&found), found.total, found.looked_at),
        (vec![6, 7], 7, 7)
    );
}

#[test]
fn every_kind_has_a_word_that_reads_back() {
    for kind in Kind::ALL {
        assert_eq!(Kind::from_word(&kind.word()), Some(kind));
        assert!(!kind.did().is_empty());
    }
}
