//! What people read: the sentence and the public register.

use super::{changed, main_text, read, shipped};
use crate::{Agreement, Agreements, State};
use expect_test::expect;

fn sentence(name: &str) -> String {
    let agreement = Agreement::read(&shipped(), name).unwrap();
    format!("{}\n", agreement.sentence())
}

#[test]
fn an_agreement_is_one_sentence() {
    expect![[r#"
        One named person at Estuary ICB may see rows under pseudonyms, without names or NHS numbers, of events of adult social care, stays in hospital, long-term care and support and a summary of each person's care by quarter, about people known to Southend-on-Sea City Council, Estuary Vale Council or Crowstone Council and in records from 1 April 2023 onwards, leaving out people with a National Data Opt-out, a local opt-out or an objection that was upheld, for planning and buying care (commissioning) and understanding the health of the population, from 1 April 2026 until the end of 31 March 2027.
    "#]].assert_eq(&sentence("southend-icb-long-term-support"));
    expect![[r#"
        One named person at Southend-on-Sea City Council may see protected counts, and no rows, from long-term care and support, about people known to Southend-on-Sea City Council and about people aged 18 and over, leaving out people with a local opt-out or an objection that was upheld, for judging how well a service works, from 1 April 2026 until the end of 31 March 2027.
    "#]].assert_eq(&sentence("southend-own-counts"));
    expect![[r#"
        One named person at Estuary ICB may see rows under pseudonyms, without names or NHS numbers, of a summary of each person's care by quarter, about people known to Estuary Vale Council and in records from 1 April 2023 to 31 March 2025, leaving out people with a National Data Opt-out, a local opt-out or an objection that was upheld, for judging how well a service works, from 1 April 2024 until the end of 31 March 2025.
    "#]].assert_eq(&sentence("estuary-falls-pilot"));
}

#[test]
fn a_sentence_says_that_someone_may_learn_who_people_are() {
    assert!(sentence("estuary-case-finding").ends_with(
        " until the end of 31 March 2027. One named professional may learn who the people of a list are, once two others have agreed.\n"
    ));
}

#[test]
fn a_changed_clause_changes_the_sentence() {
    let before = read(&main_text()).unwrap().sentence();
    for (from, to) in [
        ("end = 2027-03-31", "end = 2027-06-30"),
        ("start = 2026-04-01", "start = 2026-04-02"),
        ("code = \"commissioning\"", "code = \"statutory_return\""),
        ("name = \"Estuary ICB\"", "name = \"Another ICB\""),
        ("621 = \"Southend-on-Sea City Council\", ", ""),
        ("from = 2023-04-01", "from = 2024-04-01"),
        ("title = \"stays in hospital\"", "title = \"stays\""),
        ("local = { apply = true", "local = { apply = false"),
        (
            "identifiability = \"deidentified\"",
            "identifiability = \"anonymous_aggregate\"",
        ),
    ] {
        assert_ne!(read(&changed(from, to)).unwrap().sentence(), before, "{to}");
    }
}

#[test]
fn the_register_says_what_the_agreement_says() {
    let on = "2026-03-11".parse().unwrap();
    let entry = read(&main_text()).unwrap().register_entry(on);
    assert_eq!(entry.state, State::Approved);
    assert_eq!(entry.organisations.len(), 5);
    assert_eq!(
        entry
            .organisations
            .iter()
            .filter(|o| o.signed.is_some())
            .count(),
        2
    );
    assert_eq!(entry.data.len(), 4);
    let fields = entry
        .data
        .iter()
        .find(|d| d.table == "hospital_spell")
        .unwrap();
    expect![[r#"
        [
            RegisteredField {
                column: "admission_method",
                shown: "as it is held",
                why: "to tell emergencies from planned care",
            },
            RegisteredField {
                column: "admission_month",
                shown: "as a month",
                why: "to put stays in order; the day is not needed",
            },
            RegisteredField {
                column: "age_band",
                shown: "as an age band (under 18, 18 to 64, 65 to 74, 75 to 84, 85 and over)",
                why: "need rises with age",
            },
            RegisteredField {
                column: "discharge_destination",
                shown: "as it is held",
                why: "to see who goes home and who to a care home",
            },
            RegisteredField {
                column: "discharge_month",
                shown: "as a month",
                why: "to put stays in order; the day is not needed",
            },
            RegisteredField {
                column: "person_pseudonym",
                shown: "as a pseudonym made for this recipient",
                why: "to put events and stays of one person in order",
            },
            RegisteredField {
                column: "treatment_function_code",
                shown: "as it is held",
                why: "to tell the kind of care apart",
            },
        ]
    "#]]
    .assert_debug_eq(&fields.fields);
    expect![[r#"
        [
            RegisteredOptOut {
                kind: NationalDataOptOut,
                words: "a National Data Opt-out",
                applied: true,
                reason: "The councils and the ICB chose to honour it, though the law does not ask it of data that point at nobody.",
            },
            RegisteredOptOut {
                kind: Type1,
                words: "a type 1 opt-out at their GP practice",
                applied: false,
                reason: "No data from GP practices are used.",
            },
            RegisteredOptOut {
                kind: Local,
                words: "a local opt-out",
                applied: true,
                reason: "People were promised that an opt-out made with their council would hold for planning too.",
            },
            RegisteredOptOut {
                kind: ConsentWithdrawn,
                words: "a consent that they took back",
                applied: false,
                reason: "Nothing here rests on consent.",
            },
            RegisteredOptOut {
                kind: Objection,
                words: "an objection that was upheld",
                applied: true,
                reason: "A person whose objection was upheld is left out of planning too.",
            },
            RegisteredOptOut {
                kind: LacksCapacity,
                words: "a finding that they cannot choose for themselves",
                applied: false,
                reason: "No programme of this agreement has that rule.",
            },
        ]
    "#]].assert_debug_eq(&entry.opt_outs);
    assert_eq!(entry.linkage.len(), 2);
    let json = serde_json::to_value(&entry).unwrap();
    assert_eq!(json["ends"], "2027-03-31");
    assert_eq!(json["opt_outs"][1]["kind"], "type_1");
    assert!(
        !json.to_string().contains("\"ana\""),
        "accounts are not published"
    );
}

#[test]
fn states_follow_from_the_facts_and_the_day() {
    let agreements = Agreements::read(&shipped()).unwrap();
    let state = |reference: &str, day: &str| {
        agreements
            .get(reference)
            .unwrap()
            .state(day.parse().unwrap())
    };
    assert_eq!(state("DSA-0417", "2026-03-02"), State::Draft);
    assert_eq!(state("DSA-0417", "2026-03-03"), State::Submitted);
    assert_eq!(state("DSA-0417", "2026-03-05"), State::Submitted);
    assert_eq!(state("DSA-0417", "2026-03-06"), State::Approved);
    assert_eq!(state("DSA-0417", "2026-03-15"), State::Approved);
    assert_eq!(state("DSA-0417", "2026-03-16"), State::Signed);
    assert_eq!(state("DSA-0417", "2026-04-01"), State::Active);
    assert_eq!(state("DSA-0417", "2027-03-31"), State::Active);
    assert_eq!(state("DSA-0417", "2027-04-01"), State::Expired);
    assert_eq!(state("DSA-0192", "2026-05-01"), State::Expired);
    let left = agreements.get("DSA-0417").unwrap();
    assert_eq!(left.days_left("2027-03-01".parse().unwrap()), 30);
    assert_eq!(left.days_left("2027-04-01".parse().unwrap()), -1);
}
