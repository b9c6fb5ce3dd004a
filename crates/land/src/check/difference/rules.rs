//! Rules, and the names that they share, that came, went or changed.

use super::{Change, Group, Happened, listed};
use crate::check::{
    Rule, Specification,
    expression::lexer::{self, Word},
};
use model::Level;
use std::collections::BTreeSet;

/// Names for expressions: a change of one is a change of every rule that uses it.
pub(super) fn compare_definitions(
    from: &Specification,
    to: &Specification,
    changes: &mut Vec<Change>,
) {
    for (name, is) in &to.definitions {
        let before = from.definitions.iter().find(|(known, _)| known == name);
        match before {
            None => changes.push(Change::new(
                Group::Definitions,
                name,
                Happened::Added,
                (None, Some(is)),
                format!("`{name}` is new: `{}`.", in_a_line(is)),
            )),
            Some((_, was)) if !alike(was, is) => {
                let users = users(to, name);
                let used = if users.is_empty() {
                    "no rule uses it".to_owned()
                } else {
                    format!("it changes {}", listed(users.iter().map(String::as_str)))
                };
                changes.push(Change::new(
                    Group::Definitions,
                    name,
                    Happened::Condition,
                    (Some(was), Some(is)),
                    format!(
                        "`{name}` now stands for `{}`; it was `{}`; {used}.",
                        in_a_line(is),
                        in_a_line(was)
                    ),
                ));
            }
            Some(_) => {}
        }
    }
    for (name, was) in &from.definitions {
        if to.definitions.iter().all(|(known, _)| known != name) {
            changes.push(Change::new(
                Group::Definitions,
                name,
                Happened::Removed,
                (Some(was), None),
                format!("`{name}` is no longer there."),
            ));
        }
    }
}

pub(super) fn compare(from: &Specification, to: &Specification, changes: &mut Vec<Change>) {
    for rule in to.rules() {
        match from.rule(&rule.code) {
            None => changes.push(Change::new(
                Group::Rules,
                &rule.code,
                Happened::Added,
                (None, Some(&rule.says_of(None))),
                format!(
                    "{} is new and {}: {}.",
                    rule.code,
                    does(rule.level),
                    rule.says_of(Some("a column"))
                ),
            )),
            Some(before) => compare_rule((from, before), (to, rule), changes),
        }
    }
    for rule in from.rules() {
        if to.rule(&rule.code).is_none() {
            changes.push(Change::new(
                Group::Rules,
                &rule.code,
                Happened::Removed,
                (Some(&rule.says_of(None)), None),
                format!(
                    "{} no longer holds: {}.",
                    rule.code,
                    rule.says_of(Some("a column"))
                ),
            ));
        }
    }
}

fn compare_rule(
    (from, before): (&Specification, &Rule),
    (to, after): (&Specification, &Rule),
    changes: &mut Vec<Change>,
) {
    let code = &after.code;
    let mut differs = |happened, was: &str, is: &str, says: String| {
        changes.push(Change::new(
            Group::Rules,
            code,
            happened,
            (Some(was), Some(is)),
            says,
        ));
    };
    if before.level != after.level {
        let (was, is) = (before.level, after.level);
        differs(
            Happened::Level,
            was.words(),
            is.words(),
            format!("{code} now {}; before, it {}.", does(is), did(was)),
        );
    }
    let (was, is) = (columns(from, before), columns(to, after));
    if was != is {
        differs(
            Happened::Condition,
            &was.join("; "),
            &is.join("; "),
            looks_elsewhere(code, &was, &is),
        );
    }
    for (term, is) in &after.terms {
        let was = before.terms.iter().find(|(name, _)| name == term);
        match was {
            None => differs(
                Happened::Condition,
                "",
                is,
                format!("{code} now has {}: `{}`.", named(term), in_a_line(is)),
            ),
            Some((_, was)) if !alike(was, is) => differs(
                Happened::Condition,
                was,
                is,
                format!(
                    "{code} has another {}: `{}`, where it was `{}`.",
                    named(term)
                        .trim_start_matches("a ")
                        .trim_start_matches("an "),
                    in_a_line(is),
                    in_a_line(was)
                ),
            ),
            Some(_) => {}
        }
    }
    for (term, was) in &before.terms {
        if after.terms.iter().all(|(name, _)| name != term) {
            differs(
                Happened::Condition,
                was,
                "",
                format!(
                    "{code} no longer has {}; it was `{}`.",
                    named(term),
                    in_a_line(was)
                ),
            );
        }
    }
    for (what, was, is) in [
        ("finding", &before.says, &after.says),
        ("reason", &before.why, &after.why),
        ("advice", &before.fix, &after.fix),
    ] {
        if was != is {
            differs(
                Happened::Words,
                was,
                is,
                format!(
                    "{code} puts its {what} in other words: \"{}\"",
                    is.replace("{field}", "a column")
                ),
            );
        }
    }
}

/// The names of the columns that a rule is about, in its order.
fn columns(specification: &Specification, rule: &Rule) -> Vec<String> {
    rule.fields
        .iter()
        .filter_map(|at| specification.dataset().fields.get(*at))
        .map(|field| field.column.clone())
        .collect()
}

fn looks_elsewhere(code: &str, was: &[String], is: &[String]) -> String {
    let only = |a: &[String], b: &[String]| -> Vec<String> {
        a.iter().filter(|c| !b.contains(c)).cloned().collect()
    };
    let (more, fewer) = (only(is, was), only(was, is));
    let names = |columns: &[String]| listed(columns.iter().map(String::as_str));
    match (more.is_empty(), fewer.is_empty()) {
        (false, true) => format!("{code} now also looks at {}.", names(&more)),
        (true, false) => format!("{code} no longer looks at {}.", names(&fewer)),
        (false, false) => format!(
            "{code} now looks at {}, and no longer at {}.",
            names(&more),
            names(&fewer)
        ),
        (true, true) => format!(
            "{code} now names its columns in another order: {}.",
            names(is)
        ),
    }
}

const fn does(level: Level) -> &'static str {
    match level {
        Level::RejectFile => "rejects the file",
        Level::RejectRow => "rejects the row",
        Level::Warning => "warns",
        Level::Note => "makes a note",
    }
}

const fn did(level: Level) -> &'static str {
    match level {
        Level::RejectFile => "rejected the file",
        Level::RejectRow => "rejected the row",
        Level::Warning => "warned",
        Level::Note => "made a note",
    }
}

/// A part of a rule, as people call it.
fn named(term: &str) -> String {
    match term {
        "when" => "a condition".to_owned(),
        "kind" => "a kind".to_owned(),
        "finds" => "a fault to look for".to_owned(),
        "per" => "a way to add up columns".to_owned(),
        "alone" => "a say over other rules".to_owned(),
        other => match other.strip_prefix("counts.") {
            Some(count) => format!("a count `{count}`"),
            None => format!("a part `{other}`"),
        },
    }
}

/// A text in one line.
fn in_a_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The codes of the rules that use a name, by themselves or by way of another name.
fn users(specification: &Specification, name: &str) -> Vec<String> {
    let mut names = BTreeSet::from([name.to_owned()]);
    // A definition may use those before it only, so one pass in order finds all.
    for (other, is) in &specification.definitions {
        if words(is).any(|word| names.contains(&word)) {
            names.insert(other.clone());
        }
    }
    specification
        .rules()
        .iter()
        .filter(|rule| {
            rule.terms
                .iter()
                .filter(|(term, _)| term != "kind")
                .any(|(_, text)| words(text).any(|word| names.contains(&word)))
        })
        .map(|rule| rule.code.clone())
        .collect()
}

/// The names in an expression; none where it is no expression.
fn words(expression: &str) -> impl Iterator<Item = String> {
    let words = lexer::words(expression).unwrap_or_default();
    words.into_iter().filter_map(|(word, _)| match word {
        Word::Name(name) => Some(name),
        _ => None,
    })
}

/// Whether two expressions are the same word for word, however they are broken into lines.
fn alike(a: &str, b: &str) -> bool {
    let bare = |text| -> Option<Vec<Word>> {
        let words = lexer::words(text).ok()?;
        Some(words.into_iter().map(|(word, _)| word).collect())
    };
    a == b || bare(a).is_some_and(|words| bare(b).is_some_and(|others| words == others))
}
