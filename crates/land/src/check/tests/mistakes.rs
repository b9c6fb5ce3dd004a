//! Mistakes in rules, as the person who wrote them reads them.

use crate::check::Specification;
use expect_test::{Expect, expect};
use model::Content;

fn check(rules: &str, expected: &Expect) {
    let file = |path: &str, text: &str| (path.to_owned(), text.as_bytes().to_vec());
    let content = Content::from_files([
        file(
            "datasets/visits/dataset.toml",
            r#"
name = "visits"
title = "Visits"
version = "1"
source = "nobody"
table = "visit"
[[field]]
name = "Visit Start"
column = "visit_start"
kind = "date"
means = "When it began."
[[field]]
name = "Visit End"
column = "visit_end"
kind = "date"
means = "When it ended."
[[field]]
name = "Colour"
column = "colour"
kind = "code"
codes = "colour"
means = "What it looked like."
"#,
        ),
        file(
            "codes/colour.csv",
            "value,confidence,group\nDeep red,certain,warm\nSea blue,certain,cold\n",
        ),
        file(
            "codes/colour.toml",
            "title = \"Colour\"\nsource = \"nobody\"\n",
        ),
        file("datasets/visits/rules.toml", rules),
    ]);
    let message = match Specification::read(&content, "visits") {
        Ok(_) => "no mistake".to_owned(),
        Err(fault) => fault.to_string(),
    };
    expected.assert_eq(&message);
}

fn rule(more: &str) -> String {
    format!(
        "[[rule]]\ncode = \"V1\"\nseverity = \"error\"\nscope = \"record\"\nsays = \"x\"\nwhy = \"x\"\nfix = \"x\"\nsource = \"x\"\n{more}\n"
    )
}

fn condition(when: &str) -> String {
    rule(&format!("kind = \"condition\"\nwhen = {when}"))
}

#[test]
fn a_rule_without_mistakes_is_read() {
    check(
        &condition("\"visit_end < visit_start and colour = 'deep RED'\""),
        &expect!["no mistake"],
    );
}

#[test]
fn names_that_are_nearly_right_are_offered() {
    check(
        &condition("\"visit_end < visit_strt\""),
        &expect![[r#"
            unknown column `visit_strt`
               |
            10 | when = "visit_end < visit_strt"
               |                     ^^^^^^^^^^ did you mean `visit_start`?
               content/datasets/visits/rules.toml"#]],
    );
    check(
        &condition("\"Visit_End < visit_start\""),
        &expect![[r#"
            unknown column `Visit_End`
               |
            10 | when = "Visit_End < visit_start"
               |         ^^^^^^^^^ did you mean `visit_end`?
               content/datasets/visits/rules.toml"#]],
    );
    check(
        &condition("\"blnk(visit_end)\""),
        &expect![[r#"
            unknown function `blnk`
               |
            10 | when = "blnk(visit_end)"
               |         ^^^^ did you mean `blank`?
               content/datasets/visits/rules.toml"#]],
    );
    check(
        &condition("\"colour = 'Deep rad'\""),
        &expect![[r#"
            `Deep rad` is not on the code list `colour`
               |
            10 | when = "colour = 'Deep rad'"
               |                  ^^^^^^^^^^ did you mean `Deep red`?
               content/datasets/visits/rules.toml"#]],
    );
    check(
        &condition("\"in_group(colour, 'worm')\""),
        &expect![[r#"
            the code list `colour` never has `worm` in `group`
               |
            10 | when = "in_group(colour, 'worm')"
               |                          ^^^^^^ did you mean `warm`?
               content/datasets/visits/rules.toml"#]],
    );
    check(
        &rule("kind = \"required\"\nfields = [\"visit_ent\"]"),
        &expect![[r#"
            unknown column `visit_ent`
               |
            10 | fields = ["visit_ent"]
               |           ^^^^^^^^^^^ did you mean `visit_end`?
               content/datasets/visits/rules.toml"#]],
    );
}

#[test]
fn kinds_that_do_not_fit_are_named() {
    check(
        &condition("\"visit_end < 'x'\""),
        &expect![[r#"
            a date cannot be compared with a text
               |
            10 | when = "visit_end < 'x'"
               |         ^^^^^^^^^^^^^^^
               content/datasets/visits/rules.toml"#]],
    );
    check(
        &condition("\"visit_end and blank(colour)\""),
        &expect![[r#"
            this is a date, where something true or false is needed
               |
            10 | when = "visit_end and blank(colour)"
               |         ^^^^^^^^^
               content/datasets/visits/rules.toml"#]],
    );
    check(
        &condition("\"colour < 'Deep red'\""),
        &expect![[r#"
            texts and codes have no order, use = or !=
               |
            10 | when = "colour < 'Deep red'"
               |         ^^^^^^^^^^^^^^^^^^^
               content/datasets/visits/rules.toml"#]],
    );
    check(
        &condition("\"age_in_years(visit_start) > 3\""),
        &expect![[r#"
            `age_in_years` is not used so
               |
            10 | when = "age_in_years(visit_start) > 3"
               |         ^^^^^^^^^^^^^^^^^^^^^^^^^ write age_in_years(born, on)
               content/datasets/visits/rules.toml"#]],
    );
    check(
        &condition("\"readable(colour)\""),
        &expect![[r#"
            readable is about dates and numbers, and this is neither
               |
            10 | when = "readable(colour)"
               |                  ^^^^^^
               content/datasets/visits/rules.toml"#]],
    );
    check(
        &condition("\"blank(cell)\""),
        &expect![[r#"
            unknown column `cell`
               |
            10 | when = "blank(cell)"
               |               ^^^^
               content/datasets/visits/rules.toml"#]],
    );
}

#[test]
fn mistakes_in_long_texts_are_found_on_their_line() {
    check(
        &condition("\"\"\"\nvisit_end < visit_start\nand matches(colour, '[')\n\"\"\""),
        &expect![[r"
            the pattern cannot be used: unclosed character class
               |
            12 | and matches(colour, '[')
               |                     ^^^
               content/datasets/visits/rules.toml"]],
    );
    check(
        &condition("\"visit_end < visit_start visit_end\""),
        &expect![[r#"
            `visit_end` cannot stand here: `and`, `or` or a comparison may be missing before it
               |
            10 | when = "visit_end < visit_start visit_end"
               |                                 ^^^^^^^^^
               content/datasets/visits/rules.toml"#]],
    );
}

#[test]
fn rules_that_lack_something_are_refused() {
    check(
        &rule("kind = \"condition\""),
        &expect![[r#"
            this kind of rule needs `when`
              |
            2 | code = "V1"
              |        ^^^^
               content/datasets/visits/rules.toml"#]],
    );
    check(
        &format!(
            "{}{}",
            condition("\"blank(colour)\""),
            condition("\"blank(colour)\"")
        ),
        &expect![[r#"
            the code `V1` is used already, in content/datasets/visits/rules.toml
               |
            12 | code = "V1"
               |        ^^^^
               content/datasets/visits/rules.toml"#]],
    );
    check(
        "[[define]]\nname = \"colour\"\nis = \"blank(colour)\"\nmeans = \"x\"\n",
        &expect![[r#"
            `colour` is taken already
              |
            3 | is = "blank(colour)"
              |       ^^^^^^^^^^^^^
               content/datasets/visits/rules.toml"#]],
    );
    check(
        &rule("kind = \"header\"\nfinds = \"mising\""),
        &expect![[r#"
            `mising` cannot be found by this kind of rule
               |
            10 | finds = "mising"
               |         ^^^^^^^^ use one of missing, extra, duplicated, out_of_order, inexact, rows_above
               content/datasets/visits/rules.toml"#]],
    );
}
