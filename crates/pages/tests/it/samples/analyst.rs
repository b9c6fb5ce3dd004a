//! Pages of those who ask and release.

use super::*;
use pages::{
    chart::{Chart, ChartKind, Series, SymbolNote},
    map::{AreaMap, AreaValue},
    *,
};

/// Adds them to the others.
pub(super) fn add_pages(pages: &mut Vec<(&'static str, String)>) {
    let frame = signed_in("Analyst", &["Ask a question", "Releases", "Agreements"]);
    let mut add = |name, page: Markup| pages.push((name, page.into_string()));
    add("ask", ask(&frame, &ask_view(None)));
    add(
        "ask-answer",
        ask(&frame, &ask_view(Some(AskOutcome::Answered(answer())))),
    );
    add(
        "ask-refused",
        ask(
            &frame,
            &ask_view(Some(AskOutcome::Refused {
                reason:
                    "This question reads the postcode sector. The agreement leaves that field out."
                        .into(),
                clause: "DSA-0001, dataset adult social care, field postcode sector".into(),
                instead: "Leave the field out, or ask for a change to the agreement.".into(),
            })),
        ),
    );
    add(
        "ask-error",
        ask(
            &frame,
            &AskView {
                errors: vec![FieldError::new(
                    "sql",
                    "There is no table `person`. Did you mean `person_quarter`?",
                )],
                ..ask_view(None)
            },
        ),
    );
    add("ask-nothing", ask(&frame, &AskView::default()));
    add(
        "ask-nothing-in-force",
        ask(
            &frame,
            &AskView {
                uses: Vec::new(),
                ..ask_view(Some(AskOutcome::Refused {
                    reason: "Agreement DSA-0418 ended on 31 March 2026.".into(),
                    clause: "agreement DSA-0418, clause term.end".into(),
                    instead: "Ask Jo Example (information governance lead).".into(),
                }))
            },
        ),
    );
    add("release-new", release_new(&frame, &release_new_view()));
    add(
        "release-new-error",
        release_new(
            &frame,
            &ReleaseNewView {
                errors: vec![
                    FieldError::new("title", "Say what the table is called."),
                    FieldError::new("rule_set", "Choose the rules that make the table safe."),
                ],
                title: String::new(),
                chosen: None,
                refusal: Some((
                    "The answer has a row for each person. Only counts of people can be released."
                        .into(),
                    "no person-level rows".into(),
                )),
                ..release_new_view()
            },
        ),
    );
    add("release", release(&frame, &release_view()));
    add(
        "releases",
        releases(
            &frame,
            &ReleasesView {
                waiting: Vec::new(),
                releases: vec![ReleaseRow {
                    href: "/releases/R-12".into(),
                    title: "People with long-term support by neighbourhood".into(),
                    agreement: "DSA-0001".into(),
                    rule_set: "Adult social care".into(),
                    released_at: at("2026-03-31T16:00:00Z"),
                }],
            },
        ),
    );
    add("releases-empty", releases(&frame, &ReleasesView::default()));
    add_checking(&mut add);
}

fn ask_view(outcome: Option<AskOutcome>) -> AskView {
    AskView {
        csrf: "token".into(),
        uses: vec![UseChoice { value: "DSA-0001/planning".into(), text: "DSA-0001 Care at home after hospital: planning".into() }],
        chosen: Some("DSA-0001/planning".into()),
        sql: "select lsoa21_code, count(distinct person_pseudonym) as people\nfrom long_term_support\nwhere age_band <> '18 to 64'\ngroup by lsoa21_code".into(),
        row_limit: 10_000,
        time_limit_in_seconds: 60,
        tables: vec![AskTable { name: "long_term_support".into(), means: "One row for each person with long-term support at the end of a period.".into(), columns: strings(&["person_pseudonym", "period_end", "age_band", "lsoa21_code", "support_setting"]) }],
        errors: vec![],
        outcome,
    }
}

fn answer() -> Answer {
    Answer {
        columns: vec![
            ("lsoa21_code".into(), false),
            ("age_band".into(), false),
            ("people".into(), true),
        ],
        rows: (0..6)
            .map(|n| {
                vec![
                    Some(format!("E0101581{n}")),
                    if n == 2 {
                        None
                    } else {
                        Some("65 and over".into())
                    },
                    Some(format!("{}", 3 + n * 7)),
                ]
            })
            .collect(),
        cut: true,
        milliseconds: 412,
        applied: strings(&[
            "Rows limited to people aged 18 and over in the three councils.",
            "12 people left out because they opted out.",
            "Dates of birth shown as months.",
        ]),
        release_href: Some("/releases/new?question=Q-1".into()),
    }
}

fn release_new_view() -> ReleaseNewView {
    ReleaseNewView {
        csrf: "token".into(),
        question: "Q-1".into(),
        sql: ask_view(None).sql,
        used_under: "DSA-0001 Care at home after hospital: planning".into(),
        title: "People with long-term support by neighbourhood".into(),
        rule_sets: vec![
            RuleSetChoice {
                name: "asc".into(),
                title: "Adult social care".into(),
                means: "Counts under 5 are hidden, the rest are rounded to the nearest 5.".into(),
            },
            RuleSetChoice {
                name: "hes".into(),
                title: "Hospital episodes, below national level".into(),
                means: "1 to 7 are hidden, the rest are rounded to the nearest 5.".into(),
            },
        ],
        chosen: Some("asc".into()),
        errors: vec![],
        refusal: None,
    }
}

#[expect(clippy::too_many_lines, reason = "a sample")]
fn release_view() -> ReleaseView {
    let outlines = outlines();
    let bands = ["18 to 64", "65 to 74", "75 to 84", "85 and over"];
    let notes = vec![SymbolNote {
        symbol: "*".into(),
        meaning: "hidden because it stands for fewer than 8 people".into(),
    }];
    ReleaseView {
        id: "R-12".into(),
        title: "People with long-term support by age and setting, March 2026".into(),
        released_at: at("2026-03-31T16:00:00Z"),
        agreement: Link::new("DSA-0001", "/agreements/DSA-0001"),
        waits: false,
        held_because: String::new(),
        purpose: "Plan how much care at home is needed".into(),
        rule_set: "Hospital episodes, below national level".into(),
        rules: strings(&[
            "1 to 7 are hidden.",
            "Other counts are rounded to the nearest 5.",
            "Totals are rounded from the true total, so parts need not add up.",
        ]),
        complementary_suppression: false,
        columns: vec![
            ("Age".into(), false),
            ("At home".into(), true),
            ("In a care home".into(), true),
            ("All".into(), true),
        ],
        rows: bands
            .iter()
            .enumerate()
            .map(|(n, b)| {
                vec![
                    (*b).to_owned(),
                    format!("{}", 640 + n * 105),
                    if n == 0 {
                        "*".into()
                    } else {
                        format!("{}", n * 120)
                    },
                    format!("1,{}05", n + 2),
                ]
            })
            .collect(),
        notes: notes.clone(),
        chart: Some(Chart {
            id: "by-age".into(),
            kind: ChartKind::Bars,
            title: "Most people with long-term support live at home at every age".into(),
            subtitle: "People with long-term support, three councils, March 2026".into(),
            category_name: "Age".into(),
            categories: strings(&bands),
            series: vec![
                Series {
                    name: "At home".into(),
                    values: vec![shown(640.0), shown(745.0), shown(850.0), shown(955.0)],
                },
                Series {
                    name: "In a care home".into(),
                    values: vec![hidden(), shown(120.0), shown(240.0), shown(360.0)],
                },
            ],
            decimals: 0,
            notes: notes.clone(),
        }),
        map: Some(MapView {
            map: AreaMap {
                id: "by-area".into(),
                title: "Long-term support is most common in the centre and along the sea front"
                    .into(),
                subtitle: "People with long-term support, Southend-on-Sea, March 2026".into(),
                area_name: "Neighbourhood".into(),
                value_name: "People".into(),
                values: outlines
                    .areas
                    .iter()
                    .enumerate()
                    .filter(|(n, _)| n % 17 != 3)
                    .map(|(n, a)| AreaValue {
                        code: a.code.clone(),
                        value: if n % 13 == 5 {
                            hidden()
                        } else {
                            shown(f64::from(u32::try_from((n * 7919) % 23).unwrap()) * 5.0 + 10.0)
                        },
                    })
                    .collect(),
                decimals: 0,
                notes,
                attribution: outlines.licence.clone(),
            },
            outlines,
        }),
        downloads: vec![Link::new("This table as CSV", "/releases/R-12.csv")],
        birth_certificate: vec![
            ("Query".into(), ask_view(None).sql),
            ("Data".into(), "long_term_support, version 4".into()),
            (
                "Made by".into(),
                "Sam Sample, analyst, Estuary Region ICB".into(),
            ),
        ],
    }
}

/// What an output checker sees.
fn add_checking(add: &mut impl FnMut(&'static str, Markup)) {
    let frame = signed_in("Output checker", &["Releases"]);
    let row = |title: &str, href: &str| ReleaseRow {
        href: href.into(),
        title: title.into(),
        agreement: "DSA-0001".into(),
        rule_set: "Hospital episodes, below national level".into(),
        released_at: at("2026-03-31T16:00:00Z"),
    };
    let list = ReleasesView {
        waiting: vec![row(
            "People with long-term support by age and setting",
            "/releases/R-14/decide",
        )],
        releases: vec![row(
            "Stays by month (sent back by a checker)",
            "/releases/R-11",
        )],
    };
    add("releases-waiting", releases(&frame, &list));
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let view = ReleaseDecideView {
        release: ReleaseView {
            waits: true,
            ..release_view()
        },
        facts: vec![
            pair("State", "Waits for a checker"),
            pair("Agreement", "DSA-0001 version 2"),
            pair("Made by", "ana"),
            pair("Who decides", "2 people, not whoever made it"),
        ],
        checks: vec![
            pair(
                "Hidden numbers",
                "1, and totals are shown: look whether one can be worked out",
            ),
            pair("Smallest number shown", "120"),
            pair("Beside earlier releases", "Nothing was found"),
        ],
        said: strings(&[
            "cas approved it on 31 March 2026, 5:10pm: No hidden number can be worked out.",
        ]),
        done: None,
        why_not: None,
        fields: vec![
            FormField::One {
                name: "decision".into(),
                label: "May this table leave?".into(),
                hint: String::new(),
                items: vec![
                    ("approve".into(), "Yes, approve it".into(), String::new()),
                    (
                        "return".into(),
                        "No, send it back".into(),
                        "Whoever made it can make another.".into(),
                    ),
                ],
                value: String::new(),
            },
            FormField::Area {
                name: "reason".into(),
                label: "Why?".into(),
                hint: "Up to 500 characters.".into(),
                value: String::new(),
                rows: 3,
                code: false,
            },
        ],
        csrf: HASH.into(),
        errors: Vec::new(),
    };
    add("release-decide", release_decide(&frame, &view));
    let wrong = ReleaseDecideView {
        errors: vec![
            FieldError::new("decision", "Choose whether the table may leave."),
            FieldError::new("reason", "Say why."),
        ],
        ..view.clone()
    };
    add("release-decide-error", release_decide(&frame, &wrong));
    let own = ReleaseDecideView {
        why_not: Some("You made this table, so somebody else decides about it.".into()),
        fields: Vec::new(),
        ..view.clone()
    };
    add("release-decide-own", release_decide(&frame, &own));
    let done = ReleaseDecideView {
        done: Some("It may leave, and is in the public register.".into()),
        fields: Vec::new(),
        ..view
    };
    add("release-decide-done", release_decide(&frame, &done));
}
