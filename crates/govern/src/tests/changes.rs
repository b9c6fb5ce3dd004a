//! What a new version changes is told in words, and whether it opens more.

use super::{changed, main_text, read, shipped};
use crate::agreement::{Clauses, Effect, House, changes, in_words, review};

fn clauses(text: &str) -> Clauses {
    let house = House::read(&shipped()).unwrap();
    review(text, &house).0.unwrap()
}

/// One change of the main agreement, with its effect and its words; and that the opposite change has the
/// opposite effect, where it has one.
fn check(from: &str, to: &str, effect: Effect, says: &str) {
    let (old, new) = (clauses(&main_text()), clauses(&changed(from, to)));
    let told = changes(&old, &new);
    assert_eq!(told.len(), 1, "{told:#?}");
    assert_eq!(
        (told[0].effect, told[0].says.as_str()),
        (effect, says),
        "{told:?}"
    );
    let back = changes(&new, &old);
    assert_eq!(back.len(), 1, "{back:#?}");
    assert_eq!(back[0].effect, effect.reversed(), "{back:?}");
}

#[test]
fn each_change_says_what_it_opens() {
    use Effect::{Narrows, Neither, Widens};
    for (from, to, effect, says) in [
        (
            "\nend = 2027-03-31",
            "\nend = 2028-03-31",
            Widens,
            "The last day is now 31 March 2028; before, 31 March 2027.",
        ),
        (
            "start = 2026-04-01",
            "start = 2026-05-01",
            Narrows,
            "The first day is now 1 May 2026; before, 1 April 2026.",
        ),
        (
            "gender = { treatment = \"as_is\", why = \"need differs by sex\" }\n",
            "",
            Narrows,
            "This version no longer shows gender of long_term_support (as it is held).",
        ),
        (
            "treatment = { rounded = { to = 5 } }",
            "treatment = { rounded = { to = 10 } }",
            Narrows,
            "weekly_cost of long_term_support is now shown rounded to the nearest 10; before, rounded to the nearest 5.",
        ),
        (
            "from = \"event_start_date\", treatment = \"month\"",
            "from = \"event_start_date\", treatment = \"as_is\"",
            Widens,
            "event_start_month of cld_event is now shown as it is held; before, as a month.",
        ),
        (
            "local = { apply = true",
            "local = { apply = false",
            Widens,
            "Whether people with a local opt-out are left out is now “false”; before, “true”.",
        ),
        (
            "    { account = \"ana\", organisation = \"EST-ICB\" },\n",
            "    { account = \"ana\", organisation = \"EST-ICB\" },\n    { account = \"bob\", organisation = \"EST-ICB\" },\n",
            Widens,
            "This version newly lets bob ask.",
        ),
        (
            "roles = [\"analyst\"]",
            "roles = [\"analyst\", \"checker\"]",
            Widens,
            "This version newly lets people in the role checker ask.",
        ),
        (
            ", 992 = \"Crowstone Council\" } }",
            " } }",
            Narrows,
            "This version no longer opens rows of Crowstone Council (992).",
        ),
        (
            "{ period = { from = 2023-04-01 } }",
            "{ period = { from = 2022-04-01 } }",
            Widens,
            "Records are opened from 1 April 2022 on; before, from 1 April 2023 on.",
        ),
        (
            "    { period = { from = 2023-04-01 } },\n",
            "    { period = { from = 2023-04-01 } },\n    { age = { from = 65 } },\n",
            Narrows,
            "This version newly asks that rows are about people aged 65 and over.",
        ),
        (
            "checker = \"when_rules_find_something\"",
            "checker = \"two_people\"",
            Narrows,
            "Who looks at what leaves is now “two_people”; before, “when_rules_find_something”.",
        ),
        (
            "sharing = \"anonymous_aggregate_only\"",
            "sharing = \"none\"",
            Narrows,
            "What may be passed on is now “none”; before, “anonymous_aggregate_only”.",
        ),
        (
            "lay_summary = \"\"\"\nCouncils pay",
            "lay_summary = \"\"\"\nHere councils pay",
            Neither,
            "",
        ),
    ] {
        if says.is_empty() {
            let told = changes(&clauses(&main_text()), &clauses(&changed(from, to)));
            assert_eq!((told.len(), told[0].effect), (1, effect), "{told:?}");
        } else {
            check(from, to, effect, says);
        }
    }
}

#[test]
fn a_linkage_that_comes_and_a_table_that_goes_are_each_one_line() {
    let old = clauses(&main_text());
    let text = main_text();
    let from = text.find("[[linkage]]").unwrap();
    let to = text.find("[opt_outs]").unwrap();
    let unlinked = format!("{}{}", &text[..from], &text[to..]);
    let told = changes(&clauses(&unlinked), &old);
    let says: Vec<&str> = told.iter().map(|c| c.says.as_str()).collect();
    assert_eq!(
        says,
        [
            "This version newly lets cld_event and hospital_spell be used together.",
            "This version newly lets long_term_support and person_quarter be used together."
        ]
    );
    assert!(told.iter().all(|c| c.effect == Effect::Widens));
    let mut fewer = old.clone();
    fewer
        .datasets
        .retain(|name, _| name.as_str() != "person_quarter");
    let told = changes(&old, &fewer);
    assert_eq!(told.len(), 1, "{told:#?}");
    assert_eq!(told[0].effect, Effect::Narrows);
    assert!(
        told[0]
            .says
            .starts_with("This version no longer opens the table person_quarter (")
    );
}

#[test]
fn a_condition_of_another_shape_counts_as_wider() {
    let told = changes(
        &clauses(&main_text()),
        &clauses(&changed(
            "{ period = { from = 2023-04-01 } }",
            "{ any = [{ age = { from = 65 } }, { has_code = { F03 = \"dementia\" } }] }",
        )),
    );
    let effects: Vec<Effect> = told.iter().map(|c| c.effect).collect();
    assert_eq!(effects, [Effect::Widens, Effect::Narrows]);
    let words = in_words(&told);
    assert_eq!(words.len(), 2);
    assert!(words[0].1[0].contains("no longer asks that rows are in records from 1 April 2023"));
}

#[test]
fn an_agreement_changes_nothing_against_itself() {
    let agreement = read(&main_text()).unwrap();
    assert_eq!(changes(&agreement, &agreement), []);
    let moved = main_text().replacen(
        "621 = \"Southend-on-Sea City Council\", 991 = \"Estuary Vale Council\"",
        "991 = \"Estuary Vale Council\", 621 = \"Southend-on-Sea City Council\"",
        1,
    );
    assert_ne!(moved, main_text());
    assert_eq!(
        changes(&agreement, &clauses(&moved)),
        [],
        "the order of codes is no change"
    );
}
