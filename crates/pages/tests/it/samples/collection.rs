//! Pages of the collection: the overview full, nearly empty and filtered to nothing, a council, the forms.

use super::*;
use pages::map::categories::{MapFill, MapState, StateMap};
use pages::*;

const SHAPES: &[u8] = include_bytes!(concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../content/geo/england_councils24.json"
));
const HEXAGONS: &[u8] = include_bytes!(concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../content/geo/england_councils24_hexagons.json"
));

/// Adds them to the others.
pub(super) fn add_pages(pages: &mut Vec<(&'static str, String)>) {
    let frame = signed_in("Operator", &["Collection", "Runs", "Submissions"]);
    let mut add = |name, page: Markup| pages.push((name, page.into_string()));
    add("collection", collection(&frame, &overview(|n| n % 5)));
    add(
        "collection-nearly-empty",
        collection(&frame, &overview(|n| usize::from(n == 3))),
    );
    add(
        "collection-none-found",
        collection(
            &frame,
            &CollectionView {
                councils: vec![],
                query: "moon <b>".into(),
                ..overview(|_| 4)
            },
        ),
    );
    add("council", council(&frame, &council_view()));
    add("council-empty", council(&frame, &empty_council()));
    for (name, view) in changes() {
        add(name, council_change(&frame, &view));
    }
}

pub(crate) fn shapes() -> Arc<Outlines> {
    Arc::new(Outlines::from_json(SHAPES).unwrap())
}

pub(crate) fn hexagons() -> Arc<Outlines> {
    Arc::new(Outlines::from_json(HEXAGONS).unwrap())
}

/// A map on which the nth council has the state that `state` gives.
pub(crate) fn state_map(id: &str, letters: bool, state: impl Fn(usize) -> usize) -> StateMap {
    StateMap {
        id: id.into(),
        title: "Where councils have come to".into(),
        subtitle: "Councils in England by state".into(),
        states: CouncilState::ALL
            .into_iter()
            .zip(['N', 'C', 'A', 'T', 'S'])
            .enumerate()
            .map(|(at, (state, letter))| MapState {
                name: state.words().into(),
                letter,
                fill: at.checked_sub(1).map_or(MapFill::Hatched, MapFill::Shade),
            })
            .collect(),
        areas: shapes()
            .areas
            .iter()
            .enumerate()
            .map(|(n, a)| (a.code.clone(), state(n)))
            .collect(),
        letters,
        attribution: "Contains OS data © Crown copyright and database right.".into(),
    }
}

fn overview(state: impl Fn(usize) -> usize + Copy) -> CollectionView {
    let outlines = shapes();
    let of = |n: usize| CouncilState::ALL[state(n)];
    let councils: Vec<CouncilRow> = outlines
        .areas
        .iter()
        .enumerate()
        .map(|(n, area)| CouncilRow {
            name: if n == 7 {
                "Council of the United Boroughs of Very Long Names upon the Estuary and its Islands"
                    .into()
            } else {
                area.name.clone()
            },
            href: format!("/collection/{}", area.code),
            code: area.code.clone(),
            region: "Yorkshire and The Humber".into(),
            state: of(n),
            last: (of(n) >= CouncilState::Testing)
                .then(|| (at("2026-03-31T16:00:00Z"), "/submissions/6f1c".into())),
            quality: (of(n) == CouncilState::Submitting).then(|| "98.2%".into()),
        })
        .collect();
    CollectionView {
        title: "Adult social care client level data".into(),
        counts: CouncilState::ALL
            .map(|s| {
                let number = councils.iter().filter(|c| c.state == s).count();
                (
                    s,
                    u64::try_from(number).unwrap(),
                    format!("/collection?state={}", s.slug()),
                )
            })
            .to_vec(),
        all: 153,
        councils,
        query: String::new(),
        state: "agreed".into(),
        region: String::new(),
        regions: strings(&["East of England", "Yorkshire and The Humber"]),
        sorts: vec![
            (Link::new("name", "/collection?sort=name"), true),
            (Link::new("state", "/collection?sort=state"), false),
        ],
        maps: vec![
            (state_map("shapes", false, state), shapes()),
            (state_map("hexagons", true, state), hexagons()),
        ],
        not_on_maps: strings(&["Estuary Vale", "Crowstone"]),
        downloads: vec![Link::new("All councils as CSV", "/collection.csv")],
    }
}

fn council_view() -> CouncilView {
    CouncilView {
        name: "Southend-on-Sea".into(),
        code: "621".into(),
        region: "East of England".into(),
        state: CouncilState::Submitting,
        because: "Its file of 31 March 2026 was accepted.".into(),
        notice: Some("The record has been changed.".into()),
        facts: vec![
            (
                "System supplier".into(),
                Some("Brindle Care IT, version 7".into()),
                "/collection/621/change/fact-supplier".into(),
            ),
            (
                "Agreement reference".into(),
                None,
                "/collection/621/change/fact-agreement".into(),
            ),
        ],
        steps: vec![
            CouncilStep {
                title: "Agreement signed".into(),
                day: Some(day(2026, 1, 5)),
                planned: false,
                href: "/collection/621/change/step-a".into(),
            },
            CouncilStep {
                title: "Firewall opened".into(),
                day: Some(day(2027, 1, 5)),
                planned: true,
                href: "/collection/621/change/step-b".into(),
            },
            CouncilStep {
                title: "Test file sent".into(),
                day: None,
                planned: false,
                href: "/collection/621/change/step-c".into(),
            },
        ],
        contacts: vec![CouncilContact {
            name: "Ada Thornby".into(),
            job: "Performance lead".into(),
            email: "ada.thornby@a-council-with-a-very-long-address.example".into(),
            telephone: "01632 960 001".into(),
            href: "/collection/621/change/contact-3".into(),
        }],
        add_contact_href: "/collection/621/change/contact".into(),
        notes: vec![CouncilNote {
            at: at("2026-03-01T10:00:00Z"),
            by: "ora".into(),
            text: "They move to a new system in May.\nKeys will change.".into(),
        }],
        add_note_href: "/collection/621/change/note".into(),
        submissions: vec![CouncilSubmission {
            at: at("2026-03-31T16:00:00Z"),
            href: "/submissions/6f1c".into(),
            state: SubmissionState::Accepted,
            rows: 412_806,
            quality: Some("98.2%".into()),
        }],
        history: vec![(
            at("2026-03-01T10:00:00Z"),
            "ora".into(),
            "System supplier: Brindle Care IT, version 7".into(),
        )],
    }
}

fn empty_council() -> CouncilView {
    CouncilView {
        state: CouncilState::NoContact,
        because: "Nothing is on record, and it has sent nothing.".into(),
        notice: None,
        contacts: vec![],
        notes: vec![],
        submissions: vec![],
        history: vec![],
        name: "Council of the United Boroughs of Very Long Names upon the Estuary".into(),
        ..council_view()
    }
}

fn changes() -> Vec<(&'static str, CouncilChangeView)> {
    let view = |asked, errors| CouncilChangeView {
        council: "Southend-on-Sea".into(),
        council_href: "/collection/621".into(),
        action: "/collection/621/change/x".into(),
        csrf: "token".into(),
        errors,
        asked,
    };
    vec![
        (
            "council-fact",
            view(
                CouncilQuestion::Fact {
                    title: "System supplier".into(),
                    hint: "Who makes the system, and which version.".into(),
                    value: "Brindle Care IT".into(),
                },
                vec![],
            ),
        ),
        (
            "council-step",
            view(
                CouncilQuestion::Step {
                    title: "Firewall opened".into(),
                    hint: "The service can be reached.".into(),
                    value: ["5".into(), "1".into(), "2026".into()],
                    on_record: true,
                },
                vec![],
            ),
        ),
        (
            "council-step-error",
            view(
                CouncilQuestion::Step {
                    title: "Test file sent".into(),
                    hint: "A file was sent.".into(),
                    value: ["31".into(), "2".into(), "2026".into()],
                    on_record: false,
                },
                vec![FieldError::new("day", "Type a day, a month and a year.")],
            ),
        ),
        (
            "council-contact-error",
            view(
                CouncilQuestion::Contact {
                    value: CouncilContact::default(),
                    on_record: false,
                },
                vec![FieldError::new("name", "Type the name of the contact.")],
            ),
        ),
        (
            "council-contact",
            view(
                CouncilQuestion::Contact {
                    value: council_view().contacts.remove(0),
                    on_record: true,
                },
                vec![],
            ),
        ),
        (
            "council-note",
            view(
                CouncilQuestion::Note {
                    value: String::new(),
                },
                vec![],
            ),
        ),
    ]
}
