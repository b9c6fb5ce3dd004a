//! What is told of two versions of a specification.

use super::specification;
use crate::check::{Difference, Group, Happened, Specification};
use expect_test::expect;
use model::Content;
use std::fmt::Write as _;

struct Version<'a> {
    /// Name, column and what else is said of each field.
    fields: &'a [(&'a str, &'a str, &'a str)],
    colours: &'a str,
    rules: &'a str,
}

const CODE: &str = "kind = \"code\"\ncodes = \"colour\"";
const TEXT: &str = "kind = \"text\"";

fn read(number: &str, version: &Version<'_>) -> Specification {
    let mut dataset = format!(
        "name = \"visits\"\ntitle = \"Visits\"\nversion = \"{number}\"\nsource = \"nobody\"\ntable = \"visit\"\n"
    );
    for (name, column, more) in version.fields {
        write!(
            dataset,
            "[[field]]\nname = \"{name}\"\ncolumn = \"{column}\"\nmeans = \"{column}.\"\n{more}\n"
        )
        .unwrap();
    }
    let file = |path: &str, text: &str| (path.to_owned(), text.as_bytes().to_vec());
    let content = Content::from_files([
        file("datasets/visits/dataset.toml", &dataset),
        file("datasets/visits/rules.toml", version.rules),
        file("codes/colour.csv", version.colours),
        file(
            "codes/colour.toml",
            "title = \"Colour\"\nsource = \"nobody\"\n[earlier]\nrelease = \"Old\"\nmapping = \"old\"\n",
        ),
        file(
            "codes/old.csv",
            "list,value,equivalent\ncolour,Rouge,Deep red\ncolour,Bleu,\n",
        ),
    ]);
    Specification::read(&content, "visits").unwrap_or_else(|fault| panic!("{fault}"))
}

fn rule(code: &str, severity: &str, more: &str) -> String {
    format!(
        "[[rule]]\ncode = \"{code}\"\nseverity = \"{severity}\"\nscope = \"record\"\nwhy = \"x\"\nfix = \"x\"\nsource = \"x\"\n{more}\n"
    )
}

fn two() -> (Specification, Specification) {
    let define = |is: &str| format!("[[define]]\nname = \"warm\"\nis = \"{is}\"\nmeans = \"x\"\n");
    let old = read(
        "1",
        &Version {
            fields: &[
                ("Name", "name", TEXT),
                ("Colour", "colour", CODE),
                ("Note", "note", "kind = \"text\"\nmax_length = 20"),
                ("Gone", "gone", TEXT),
            ],
            colours: "value,group\nRouge,warm\nBleu,cold\nDeep Red,warm\nGrass – green,cold\n",
            rules: &[
                define("colour = 'Deep red'"),
                rule(
                    "V1",
                    "error",
                    "kind = \"condition\"\nsays = \"Warm\"\nwhen = \"warm and filled(name)\"",
                ),
                rule(
                    "V2",
                    "error",
                    "kind = \"required\"\nfields = [\"name\"]\nsays = \"{field} is blank\"",
                ),
                rule(
                    "V3",
                    "info",
                    "kind = \"required\"\nfields = [\"note\"]\nsays = \"No note\"",
                ),
            ]
            .concat(),
        },
    );
    let new = read(
        "2",
        &Version {
            fields: &[
                ("Note", "note", TEXT),
                ("Name of visitor", "name", TEXT),
                ("Colour", "colour", CODE),
                ("Extra", "extra", TEXT),
            ],
            colours: "value,group\nDeep red,hot\nGrass - green,cold\nBlack,\n",
            rules: &[
                define("colour in ('Deep red',  'Black')"),
                rule(
                    "V1",
                    "error",
                    "kind = \"condition\"\nsays = \"Warm\"\nwhen = \"\"\"\nwarm\n  and filled(name)\"\"\"",
                ),
                rule(
                    "V2",
                    "warning",
                    "kind = \"required\"\nfields = [\"name\", \"extra\"]\nsays = \"{field} is empty\"\nwhen = \"warm\"",
                ),
                rule(
                    "V4",
                    "error",
                    "kind = \"required\"\nfields = [\"note\"]\nsays = \"No note\"",
                ),
            ]
            .concat(),
        },
    );
    (old, new)
}

#[test]
fn every_change_is_told_in_a_sentence() {
    let (old, new) = two();
    expect![[r#"
        From visits 1 to visits 2

        Columns (5)
          Column "Note" may now have any length; it was at most 20 characters.
          Column "Note" is now number 1; it was number 3.
          Column "Name" is now named "Name of visitor".
          Column "Extra" is new; it stands after "Colour".
          Column "Gone" is no longer there.

        Code lists (6)
          Colour: "Deep Red" is now written "Deep red"; only capitals differ.
          Colour: the group of "Deep red" is now "hot"; it was "warm".
          Colour: "Grass – green" is now written "Grass - green"; only dashes or spaces differ.
          Colour: "Black" is new.
          Colour: "Rouge" is replaced by "Deep red", which was there already.
          Colour: "Bleu" is no longer on the list, and nothing takes its place.

        Names that rules share (1)
          `warm` now stands for `colour in ('Deep red', 'Black')`; it was `colour = 'Deep red'`; it changes V1 and V2.

        Rules (6)
          V2 now warns; before, it rejected the row.
          V2 now also looks at extra.
          V2 now has a condition: `warm`.
          V2 puts its finding in other words: "a column is empty"
          V4 is new and rejects the row: No note.
          V3 no longer holds: No note.
    "#]].assert_eq(&Difference::between(&old, &new).to_string());
}

#[test]
fn there_and_back_what_was_added_is_removed() {
    let (old, new) = two();
    let (there, back) = (
        Difference::between(&old, &new),
        Difference::between(&new, &old),
    );
    for group in [Group::Columns, Group::Definitions, Group::Rules] {
        assert_eq!(
            there.count(group, Happened::Added),
            back.count(group, Happened::Removed),
            "{group:?}"
        );
        assert_eq!(
            there.count(group, Happened::Removed),
            back.count(group, Happened::Added),
            "{group:?}"
        );
        assert_eq!(
            there.count(group, Happened::Level),
            back.count(group, Happened::Level)
        );
    }
}

#[test]
fn a_specification_does_not_differ_from_itself() {
    for name in ["cld-r2", "deaths", "hes-apc"] {
        let specification = specification(name);
        let difference = Difference::between(&specification, &specification);
        assert!(difference.is_empty(), "{difference}");
    }
}

#[test]
fn the_document_names_what_was_and_what_is() {
    let (old, new) = two();
    let document = serde_json::to_value(Difference::between(&old, &new)).unwrap();
    assert_eq!(document["version"], 1);
    assert_eq!(document["from"]["version"], "1");
    let changes = document["changes"].as_array().unwrap();
    let replaced = changes
        .iter()
        .find(|c| c["happened"] == "replaced")
        .unwrap();
    assert_eq!(replaced["group"], "code_lists");
    assert_eq!(replaced["before"], "Rouge");
    assert_eq!(replaced["after"], "Deep red");
    assert_eq!(replaced["within"][0], "Colour");
    for change in changes {
        let says = change["says"].as_str().unwrap();
        assert!(says.ends_with(['.', '"']) && !says.contains('\n'), "{says}");
    }
}

/// As few columns as possible are called moved: by trying every set of columns that may have stayed.
#[test]
fn as_few_columns_as_possible_are_said_to_have_moved() {
    let names = ["a", "b", "c", "d", "e", "f"];
    let fields = |order: &[usize]| -> Vec<(&str, &str, &str)> {
        order
            .iter()
            .map(|at| (names[*at], names[*at], TEXT))
            .collect()
    };
    let of = |order: &[usize]| {
        read(
            "1",
            &Version {
                fields: &fields(order),
                colours: "value\nDeep red\n",
                rules: "",
            },
        )
    };
    let straight = of(&[0, 1, 2, 3, 4, 5]);
    for order in [
        [0, 1, 2, 3, 4, 5],
        [1, 0, 2, 3, 4, 5],
        [5, 0, 1, 2, 3, 4],
        [1, 2, 3, 4, 5, 0],
        [5, 4, 3, 2, 1, 0],
        [2, 0, 1, 5, 3, 4],
        [3, 1, 4, 0, 5, 2],
    ] {
        let most_that_stay = (0u32..64)
            .filter(|set| {
                let kept: Vec<usize> = order
                    .iter()
                    .copied()
                    .filter(|at| set & (1 << at) != 0)
                    .collect();
                kept.is_sorted()
            })
            .map(u32::count_ones)
            .max()
            .unwrap();
        let difference = Difference::between(&straight, &of(&order));
        let moved = difference.count(Group::Columns, Happened::Moved);
        assert_eq!(moved, 6 - most_that_stay as usize, "{order:?}");
        assert_eq!(difference.changes.len(), moved, "{order:?}");
    }
}
