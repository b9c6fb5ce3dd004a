//! Each clause refuses by its own name: one clause is changed at a time, and the question that was
//! allowed is refused by that clause and no other.

use super::{NOON, allowed, changed, main_text, moment, question, read};
use crate::{Action, Question, judge};
use expect_test::{Expect, expect};
use model::OrganisationCode;

fn check_agreement(from: &str, to: &str, expected: &Expect) {
    let agreement = read(&changed(from, to)).unwrap_or_else(|e| panic!("{e}"));
    let refusal = judge(&agreement, &allowed(), moment(NOON)).unwrap_err();
    expected.assert_eq(&format!("{}\n{refusal}\n", refusal.clause()));
}

fn check_question(change: impl Fn(&mut Question), expected: &Expect) {
    let agreement = read(&main_text()).unwrap();
    let mut question = allowed();
    change(&mut question);
    let refusal = judge(&agreement, &question, moment(NOON)).unwrap_err();
    expected.assert_eq(&format!("{}\n{refusal}\n", refusal.clause()));
}

#[test]
fn the_unchanged_agreement_allows_the_question() {
    let agreement = read(&main_text()).unwrap();
    assert!(judge(&agreement, &allowed(), moment(NOON)).is_ok());
}

#[test]
fn a_missing_signature_refuses() {
    check_agreement(
        "party = \"992\"\nname = \"Chandra Invented\"\nrole = \"Senior Information Risk Owner\"\nsigned = 2026-03-12",
        "party = \"992\"\nname = \"Chandra Invented\"\nrole = \"Senior Information Risk Owner\"\nsigned = 2026-06-12",
        &expect![[r#"
            signatures
            Agreement DSA-0417 is not in force: Crowstone Council has not signed. Ask Jo Example (information governance lead).
        "#]],
    );
}

#[test]
fn dates_refuse() {
    check_agreement(
        "start = 2026-04-01",
        "start = 2026-05-02",
        &expect![[r#"
            term.start
            Agreement DSA-0417 starts on 2 May 2026. Ask your question again from that day.
        "#]],
    );
    check_agreement(
        "end = 2027-03-31\nreview = 2026-10-01",
        "end = 2026-04-30\nreview = 2026-04-30",
        &expect![[r#"
            term.end
            Agreement DSA-0417 ended on 30 April 2026. Ask Jo Example (information governance lead).
        "#]],
    );
}

#[test]
fn a_suspension_refuses_while_it_lasts() {
    let suspended = |rest: &str| {
        changed(
            "[term]",
            &format!("[suspended]\nreason = \"a laptop is missing\"\n{rest}\n\n[term]"),
        )
    };
    check_agreement(
        "[term]",
        "[suspended]\nfrom = 2026-04-20\nreason = \"A laptop is missing.\"\n\n[term]",
        &expect![[r#"
            suspended
            Agreement DSA-0417 has been suspended since 20 April 2026: A laptop is missing. Ask Jo Example (information governance lead).
        "#]],
    );
    for (rest, open) in [
        ("from = 2026-05-01", false),
        ("from = 2026-05-02", true),
        ("from = 2026-04-20\nlifted = 2026-05-01", true),
        ("from = 2026-04-20\nlifted = 2026-05-02", false),
    ] {
        let agreement = read(&suspended(rest)).unwrap();
        assert_eq!(
            judge(&agreement, &allowed(), moment(NOON)).is_ok(),
            open,
            "{rest}"
        );
    }
}

#[test]
fn an_approval_out_of_date_refuses() {
    check_agreement(
        "answer = \"not_confidential_in_recipients_hands\"",
        "answer = \"section_251\"\napprovals = [{ reference = \"CAG-1\", start = 2025-05-01, end = 2026-04-30 }]",
        &expect![[r#"
            legal.confidentiality
            Agreement DSA-0417 rests on an approval that is not in date today. Ask Jo Example (information governance lead).
        "#]],
    );
    let in_date = changed(
        "answer = \"not_confidential_in_recipients_hands\"",
        "answer = \"section_251\"\napprovals = [{ reference = \"CAG-1\", start = 2025-05-02, end = 2026-05-01 }]",
    );
    assert!(judge(&read(&in_date).unwrap(), &allowed(), moment(NOON)).is_ok());
}

#[test]
fn another_purpose_refuses() {
    check_agreement(
        "code = \"commissioning\"",
        "code = \"statutory_return\"",
        &expect![[r#"
            purposes
            Agreement DSA-0417 is for statutory_return and population_health, not for commissioning. Name one of its purposes, or ask under another agreement.
        "#]],
    );
    check_question(
        |q| q.purpose = "comissioning".into(),
        &expect![[r#"
            purposes
            Agreement DSA-0417 is for commissioning and population_health, not for comissioning. Name one of its purposes, or ask under another agreement. Did you mean commissioning?
        "#]],
    );
}

#[test]
fn people_who_are_not_named_are_refused() {
    check_agreement(
        "account = \"ana\"",
        "account = \"bob\"",
        &expect![[r#"
            access.users
            Agreement DSA-0417 does not name ana. Ask Jo Example (information governance lead).
        "#]],
    );
    check_agreement(
        "{ account = \"ana\", organisation = \"EST-ICB\" }",
        "{ account = \"ana\", organisation = \"EST-ICB\", until = 2026-04-30 }",
        &expect![[r#"
            access.users
            Agreement DSA-0417 names ana, but not for EST-ICB on this day. Ask Jo Example (information governance lead).
        "#]],
    );
    check_question(
        |q| q.person.organisation = OrganisationCode::new("991").unwrap(),
        &expect![[r#"
            access.organisations
            Agreement DSA-0417 does not open data to 991. Ask Jo Example (information governance lead).
        "#]],
    );
    check_agreement(
        "roles = [\"analyst\"]",
        "roles = [\"super_user\"]",
        &expect![[r#"
            access.roles
            Agreement DSA-0417 is for the role super_user, and you are signed in as analyst. Switch your role, if you hold the right one.
        "#]],
    );
}

#[test]
fn rows_are_refused_where_only_counts_are_given() {
    check_agreement(
        "identifiability = \"deidentified\"",
        "identifiability = \"anonymous_aggregate\"",
        &expect![[r#"
            identifiability
            Agreement DSA-0417 gives protected counts only, and this would show rows. Ask for counts instead.
        "#]],
    );
    let agreement = read(&changed(
        "identifiability = \"deidentified\"",
        "identifiability = \"anonymous_aggregate\"",
    ))
    .unwrap();
    let mut counts = allowed();
    counts.action = Action::Release;
    assert!(judge(&agreement, &counts, moment(NOON)).is_ok());
}

#[test]
fn tables_and_columns_outside_are_refused() {
    check_question(
        |q| {
            q.tables.insert("death".into());
        },
        &expect![[r#"
            datasets
            Agreement DSA-0417 covers cld_event, hospital_spell and 2 more. This question also reads death. Ask Jo Example (information governance lead). Or leave it out.
        "#]],
    );
    check_question(
        |q| {
            q.columns.insert("death".into(), ["x".into()].into());
        },
        &expect![[r#"
            datasets
            Agreement DSA-0417 covers cld_event, hospital_spell and 2 more. This question also reads death. Ask Jo Example (information governance lead). Or leave it out.
        "#]],
    );
    check_question(
        |q| {
            q.tables.clear();
            q.columns.clear();
        },
        &expect![[r#"
            datasets
            The question reads no table. Read at least one of cld_event, hospital_spell and 2 more.
        "#]],
    );
    check_question(
        |q| {
            q.columns
                .get_mut("hospital_spell")
                .unwrap()
                .insert("admission_date".into());
        },
        &expect![[r#"
            datasets.hospital_spell.fields
            Agreement DSA-0417 does not open admission_date of hospital_spell. Ask Jo Example (information governance lead). Or leave it out. Did you mean admission_month?
        "#]],
    );
    check_agreement(
        "admission_month = { from = \"admission_date\", treatment = \"month\", why = \"to put stays in order; the day is not needed\" }\n",
        "",
        &expect![[r#"
            datasets.hospital_spell.fields
            Agreement DSA-0417 does not open admission_month of hospital_spell. Ask Jo Example (information governance lead). Or leave it out. Did you mean admission_method?
        "#]],
    );
}

#[test]
fn linkage_that_is_not_listed_is_refused() {
    check_agreement(
        "from = \"cld_event\"\nto = \"hospital_spell\"\nkey_domain = \"events\"",
        "from = \"cld_event\"\nto = \"person_quarter\"\nkey_domain = \"summaries\"\nperformed_by = \"EST-HAVEN\"\nwhy = \"x\"\n\n[[linkage]]\nfrom = \"cld_event\"\nto = \"long_term_support\"\nkey_domain = \"summaries\"",
        &expect![[r#"
            linkage
            Agreement DSA-0417 does not let cld_event be used together with hospital_spell. Ask Jo Example (information governance lead). Or ask about each on its own.
        "#]],
    );
}

#[test]
fn a_pair_may_be_used_in_either_order() {
    let swapped = changed(
        "from = \"cld_event\"\nto = \"hospital_spell\"",
        "from = \"hospital_spell\"\nto = \"cld_event\"",
    );
    assert!(judge(&read(&swapped).unwrap(), &allowed(), moment(NOON)).is_ok());
}

#[test]
fn without_a_list_of_opt_outs_nothing_is_open() {
    for snapshot in [None, Some(String::new())] {
        check_question(
            |q| q.preference_snapshot.clone_from(&snapshot),
            &expect![[r#"
                opt_outs
                Agreement DSA-0417 leaves out people who opted out, and no list of them is loaded. Ask the operator to load the list of opt-outs.
            "#]],
        );
    }
}

#[test]
fn days_are_those_of_the_united_kingdom() {
    let agreement = read(&main_text()).unwrap();
    let asked = |at: &str| {
        judge(
            &agreement,
            &question(&[("person_quarter", &[])]),
            moment(at),
        )
        .err()
        .map(|refusal| refusal.clause().to_owned())
    };
    assert_eq!(asked("2026-03-31T22:59:59Z").as_deref(), Some("term.start"));
    assert_eq!(asked("2026-03-31T23:00:00Z"), None);
    assert_eq!(asked("2027-03-31T22:59:59Z"), None);
    assert_eq!(asked("2027-03-31T23:00:00Z").as_deref(), Some("term.end"));
}

#[test]
fn what_was_typed_is_shown_back_short_and_without_control_characters() {
    let agreement = read(&main_text()).unwrap();
    let mut long = allowed();
    long.purpose = format!("\u{1b}[31m{}", "x".repeat(500));
    let message = judge(&agreement, &long, moment(NOON))
        .unwrap_err()
        .to_string();
    assert!(
        message.len() < 300 && !message.contains('\u{1b}'),
        "{message}"
    );
}
