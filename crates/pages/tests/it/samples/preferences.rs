//! Preferences, as the privacy officer, the lead and the public see them.

use super::*;
use pages::*;

/// Adds them to the others.
pub(super) fn add_pages(pages: &mut Vec<(&'static str, String)>) {
    let frame = signed_in(
        "Privacy officer",
        &["Preferences", "Agreements", "Register"],
    );
    let mut add = |name, page: Markup| pages.push((name, page.into_string()));
    add("preferences", preferences(&frame, &view()));
    add(
        "preferences-empty",
        preferences(&frame, &PreferencesView::default()),
    );
    add(
        "preference-new",
        preference_new(&frame, &new_view(Vec::new())),
    );
    let wrong = vec![
        FieldError::new("kind", "Choose what the person said."),
        FieldError::new("nhs_number", "Enter the ten digits of the NHS number."),
        FieldError::new("day", "Enter a day that has passed."),
    ];
    add(
        "preference-new-error",
        preference_new(&frame, &new_view(wrong)),
    );
    add(
        "preference-cases",
        preference_cases(
            &frame,
            &PreferenceCasesView {
                cases: vec![PreferenceCaseRow {
                    number: 12,
                    kind: "Objection".into(),
                    programme: String::new(),
                    said_on: day(2026, 10, 1),
                    state: "Upheld".into(),
                    review_on: Some(day(2027, 10, 1)),
                }],
            },
        ),
    );
    add(
        "preference-cases-empty",
        preference_cases(&frame, &PreferenceCasesView::default()),
    );
    add("preference-case", preference_case(&frame, &case_view()));
    add(
        "opting-out",
        opting_out(
            &visitor(),
            &OptingOutView {
                parts: vec![(
                    "You can say no".into(),
                    vec![
                        "You can say that you do not want this. It never changes the care you get."
                            .into(),
                    ],
                )],
                programmes: vec![(
                    "A record that is shared".into(),
                    "People who look after you in different places can see one record.".into(),
                )],
            },
        ),
    );
}

fn view() -> PreferencesView {
    let list = |number, state| PreferenceListRow {
        number,
        requested_at: at("2026-10-23T09:00:00Z"),
        count_in: 12_345,
        count_out: (state != PreferenceListState::Waiting).then_some(11_702),
        expires_at: (state != PreferenceListState::Waiting).then(|| at("2026-10-30T09:00:00Z")),
        state,
    };
    PreferencesView {
        lists: vec![
            list(4, PreferenceListState::Waiting),
            list(3, PreferenceListState::OutOfDate),
            list(2, PreferenceListState::Holds),
            list(1, PreferenceListState::Replaced),
        ],
        refused: Some("The cleaned list ran out on 30 October 2026.".into()),
        cases: vec![("Local opt-out".into(), "Holds".into(), 17)],
        left_out: vec![LeftOutRow {
            agreement: "DSA-0417".into(),
            table: "long_term_support".into(),
            kind: "National Data Opt-out".into(),
            people: "640".into(),
        }],
        rules: "Small counts are hidden and others rounded.".into(),
        works_on_cases: true,
    }
}

fn new_view(errors: Vec<FieldError>) -> PreferenceNewView {
    let pair = |value: &str, text: &str| (value.to_owned(), text.to_owned());
    PreferenceNewView {
        csrf: "token".into(),
        errors,
        kinds: (
            vec![
                pair("local", "No to a programme"),
                pair("objection", "An objection"),
            ],
            "local".into(),
        ),
        programmes: (
            vec![pair("", "All of them"), pair("a", "Finding people")],
            String::new(),
        ),
        channels: (vec![pair("letter", "By letter")], "letter".into()),
        reasons: (
            vec![pair("not_said", "They did not say")],
            "not_said".into(),
        ),
        said_on: ["31".into(), "3".into(), "2026".into()],
    }
}

fn case_view() -> PreferenceCaseView {
    PreferenceCaseView {
        csrf: "token".into(),
        number: 12,
        facts: vec![
            ("Kind".into(), "Objection".into()),
            ("State".into(), "Waits".into()),
        ],
        may_decide: true,
        may_not: Some("You took this case in, so another person decides it.".into()),
        withdraw: Some(true),
        ..PreferenceCaseView::default()
    }
}
