//! Mistakes in an agreement point at their line.

use super::{changed, content_with, main_text, read};
use crate::Agreements;
use expect_test::{Expect, expect};
use model::Content;

fn check(from: &str, to: &str, expected: &Expect) {
    let error = read(&changed(from, to)).unwrap_err();
    expected.assert_eq(&format!("{error}\n"));
}

/// The clause and the complaint only.
fn check_short(from: &str, to: &str, expected: &str) {
    let error = read(&changed(from, to)).unwrap_err().to_string();
    let first = error.lines().next().unwrap();
    let found = first.split(", at line").next().unwrap();
    assert_eq!(found, expected);
}

#[test]
fn a_word_that_is_not_known_points_at_its_line() {
    check(
        "answer = \"not_confidential_in_recipients_hands\"",
        "anwser = \"not_confidential_in_recipients_hands\"",
        &expect![[r#"
            TOML parse error at line 40, column 1
               |
            40 | anwser = "not_confidential_in_recipients_hands"
               | ^^^^^^
            unknown field `anwser`, expected one of `answer`, `reason`, `approvals`

               content/agreements/test.toml
        "#]],
    );
    check(
        "treatment = \"month\"",
        "treatment = \"week\"",
        &expect![[r#"
            TOML parse error at line 210, column 62
                |
            210 | event_start_month = { from = "event_start_date", treatment = "week", why = "to put events in order; the day is not needed" }
                |                                                              ^^^^^^
            unknown variant `week`, expected one of `as_is`, `age_band`, `month`, `quarter`, `year`, `postcode_sector`, `postcode_district`, `lsoa`, `pseudonym`, `rounded`

               content/agreements/test.toml
        "#]],
    );
    check(
        "bands = [\"18 to 64\", \"65 to 74\", \"75 to 84\", \"85 and over\"]",
        "bands = [\"18 to 64\", \"64 to 74\"]",
        &expect![[r#"
            TOML parse error at line 166, column 36
                |
            166 | treatment = { age_band = { bands = ["18 to 64", "64 to 74"] } }
                |                                    ^^^^^^^^^^^^^^^^^^^^^^^^
            age band `64 to 74` does not begin after the band before it ends

               content/agreements/test.toml
        "#]],
    );
    check(
        "start = 2026-04-01",
        "start = 2026-04-01T00:00:00Z",
        &expect![[r#"
            TOML parse error at line 27, column 9
               |
            27 | start = 2026-04-01T00:00:00Z
               |         ^^^^^^^^^^^^^^^^^^^^
            `2026-04-01T00:00:00Z` is not a day such as 2026-04-01

               content/agreements/test.toml
        "#]],
    );
    check(
        "la_code = { treatment",
        "\"la code\" = { treatment",
        &expect![[r#"
            TOML parse error at line 208, column 1
                |
            208 | "la code" = { treatment = "as_is", why = "each council plans for its own residents" }
                | ^^^^^^^^^
            `la code` is not the name of a table or a column: use lower-case letters, digits and underscores

               content/agreements/test.toml
        "#]],
    );
    check(
        "facts = { council = \"la_code\", period",
        "facts = { council = { though = \"x\" }, period",
        &expect![[r#"
            TOML parse error at line 204, column 21
                |
            204 | facts = { council = { though = "x" }, period = "event_start_date" }
                |                     ^^^^^^^^^^^^^^^^
            write the name of a column, or `{ through = table, matching = column, column = column }`, or for an age `{ born = column, on = column }`

               content/agreements/test.toml
        "#]],
    );
}

#[test]
fn a_clause_that_makes_no_sense_points_at_its_line() {
    check(
        "start = 2026-04-01",
        "start = 2026-03-01",
        &expect![[r#"
            `term.start`: the agreement starts before it is issued, at line 27, column 1
               |
            27 | start = 2026-03-01
               | ^
               content/agreements/test.toml
        "#]],
    );
    check(
        "facts = { council = \"la_code\", period = \"event_start_date\" }",
        "facts = { council = \"la_code\" }",
        &expect![[r#"
            `datasets.cld_event.facts`: the minimisation speaks of `period`, and this table does not say where it keeps it, at line 204, column 1
                |
            204 | facts = { council = "la_code" }
                | ^
               content/agreements/test.toml
        "#]],
    );
}

#[test]
fn clauses_are_held_against_each_other() {
    for (from, to, expected) in [
        (
            "reference = \"DSA-0417\"",
            "reference = \"DSA 0417/x\"",
            "`reference`: `DSA 0417/x` may hold letters, digits, hyphens, underscores and full stops only, 40 at most",
        ),
        (
            "title = \"Long-term",
            "title = \" \" # \"",
            "`title`: this is blank",
        ),
        (
            "issued = 2026-03-02",
            "issued = 2025-03-31",
            "`term.start`: the agreement starts more than twelve months after it is issued",
        ),
        (
            "end = 2027-03-31",
            "end = 2026-03-31",
            "`term.end`: the agreement ends before it starts",
        ),
        (
            "review = 2026-10-01",
            "review = 2027-10-01",
            "`term.review`: the review is not between the start and the end",
        ),
        (
            "organisation = \"991\"",
            "organisation = \"621\"",
            "`parties.1`: `621` is already a party",
        ),
        (
            "roles = [\"joint_controller\", \"recipient\"]",
            "roles = [\"joint_controller\"]",
            "`parties`: no party is a recipient",
        ),
        (
            "party = \"991\"",
            "party = \"993\"",
            "`signatures.1`: `993` is not a party",
        ),
        (
            "party = \"991\"",
            "party = \"621\"",
            "`signatures.1`: `621` has signed already",
        ),
        (
            "art6 = [\"6(1)(e) a task in the public interest\"]",
            "art6 = []",
            "`legal.art6`: name at least one condition of Article 6",
        ),
        (
            "answer = \"not_confidential_in_recipients_hands\"",
            "answer = \"consent\"",
            "`legal.confidentiality`: this answer needs an approval with its dates",
        ),
        (
            "code = \"population_health\"",
            "code = \"commissioning\"",
            "`purposes.1`: `commissioning` is listed already",
        ),
        (
            "organisations = [\"EST-ICB\"]",
            "organisations = [\"621\"]",
            "`access.organisations.0`: `621` is not a recipient under this agreement",
        ),
        (
            "{ account = \"ana\", organisation = \"EST-ICB\" },",
            "",
            "`access.users`: name at least one person",
        ),
        (
            "{ account = \"ana\", organisation = \"EST-ICB\" }",
            "{ account = \"ana\", organisation = \"621\" }",
            "`access.users.0`: `621` is not one of the organisations of `access.organisations`",
        ),
        (
            "{ period = { from = 2023-04-01 } }",
            "{ period = { } }",
            "`minimisation.all.1`: this condition is empty; to open every row, write `everyone` with a reason",
        ),
        (
            "{ period = { from = 2023-04-01 } }",
            "{ period = { from = 2023-04-01, to = 2022-04-01 } }",
            "`minimisation.all.1`: this ends before it starts",
        ),
        (
            "{ period = { from = 2023-04-01 } }",
            "{ any = [] }",
            "`minimisation.all.1`: this condition is empty; to open every row, write `everyone` with a reason",
        ),
        (
            "{ period = { from = 2023-04-01 } }",
            "{ age = { from = 18 } }",
            "`datasets.cld_event.facts`: the minimisation speaks of `age`, and this table does not say where it keeps it",
        ),
        (
            "person_pseudonym = { treatment = \"pseudonym\"",
            "person_pseudonym = { treatment = \"as_is\"",
            "`datasets.long_term_support.fields.person_pseudonym.treatment`: a pseudonym or a token is always treated as `pseudonym`, and nothing else is",
        ),
        (
            "la_code = { treatment",
            "event_token = { treatment",
            "`datasets.cld_event.fields.event_token.treatment`: a pseudonym or a token is always treated as `pseudonym`, and nothing else is",
        ),
        (
            "council_code = { treatment = \"as_is\"",
            "council_code = { from = \"person_pseudonym\", treatment = \"as_is\"",
            "`datasets.long_term_support.fields.council_code.treatment`: a pseudonym or a token is always treated as `pseudonym`, and nothing else is",
        ),
        (
            "gender = { treatment = \"as_is\", why = \"need differs by sex\" }",
            "gender = { treatment = \"as_is\", why = \"\" }",
            "`datasets.long_term_support.fields.gender.why`: this is blank",
        ),
        (
            "to = \"hospital_spell\"",
            "to = \"death\"",
            "`linkage.0`: `death` is not among the datasets of this agreement",
        ),
        (
            "to = \"hospital_spell\"",
            "to = \"cld_event\"",
            "`linkage.0`: a table needs no leave to be used with itself",
        ),
        (
            "to = \"hospital_spell\"",
            "to = \"person_quarter\"",
            "`linkage.1`: `person_quarter` is in two key domains, so their pseudonyms would be the same",
        ),
        (
            "key_domain = \"events\"",
            "key_domain = \"summaries\"",
            "`linkage`: `cld_event` and `long_term_support` share the key domain `summaries`, so they can be linked: list the pair, or use two key domains",
        ),
        (
            "apply = false, reason = \"No data from GP practices are used.\"",
            "apply = false, reason = \"\"",
            "`opt_outs.type_1.reason`: this is blank",
        ),
        (
            "council = { 621 = \"Southend-on-Sea City Council\",",
            "council = { 621 = \"\",",
            "`minimisation.all.0`: this condition is empty; to open every row, write `everyone` with a reason",
        ),
        (
            "council = \"la_code\", period",
            "council = { born = \"x\", on = \"y\" }, period",
            "`datasets.cld_event.facts.council`: only an age is worked out from a month of birth",
        ),
    ] {
        check_short(from, to, expected);
    }
}

#[test]
fn under_section_251_an_opt_out_that_is_not_applied_needs_evidence() {
    let supported = changed(
        "answer = \"not_confidential_in_recipients_hands\"",
        "answer = \"section_251\"\napprovals = [{ reference = \"CAG-1\", start = 2026-04-01, end = 2027-03-31 }]",
    );
    let without = supported.replacen(
        "national_data_opt_out = { apply = true,",
        "national_data_opt_out = { apply = false,",
        1,
    );
    let error = read(&without).unwrap_err().to_string();
    assert!(
        error.starts_with("`opt_outs.national_data_opt_out`: under section 251"),
        "{error}"
    );
    let with = without.replacen(
        "national_data_opt_out = { apply = false,",
        "national_data_opt_out = { evidence = \"letter of 2 March 2026\", apply = false,",
        1,
    );
    assert!(read(&with).is_ok());
}

#[test]
fn a_key_domain_that_no_key_could_be_kept_under_is_refused() {
    let long = changed("\"DSA-0417\"", &format!("\"{}\"", "D".repeat(40)))
        .replace("\"1.0\"", &format!("\"{}\"", "1".repeat(40)));
    let error = read(&long).unwrap_err().to_string();
    assert!(error.contains("has more than 120 characters"), "{error}");
}

#[test]
fn the_list_of_people_who_opted_out_cannot_be_opened() {
    let text = main_text()
        .replace("[datasets.person_quarter", "[datasets.opt_out")
        .replace("to = \"person_quarter\"", "to = \"opt_out\"");
    let error = read(&text).unwrap_err().to_string();
    assert!(
        error.starts_with("`datasets.opt_out`: the list of people who opted out may be used for"),
        "{error}"
    );
}

#[test]
fn every_kind_of_opt_out_is_answered() {
    let text = main_text();
    let kept: Vec<&str> = text
        .lines()
        .filter(|line| !line.starts_with("local ="))
        .collect();
    let without = kept.join("\n");
    let error = read(&without).unwrap_err().to_string();
    assert!(error.contains("missing field `local`"), "{error}");
}

#[test]
fn a_reference_is_used_once() {
    let house = content_with("");
    let content = Content::from_files([
        (
            "agreements/house.toml".to_owned(),
            house.bytes("agreements/house.toml").unwrap().to_vec(),
        ),
        ("agreements/one.toml".to_owned(), main_text().into_bytes()),
        ("agreements/two.toml".to_owned(), main_text().into_bytes()),
    ]);
    let error = Agreements::read(&content).unwrap_err().to_string();
    assert!(
        error.starts_with(
            "`reference`: `DSA-0417` is the reference and version of `one` too, at line 4"
        ),
        "{error}"
    );
}
