//! Values of code lists that came, went, or are spelled in another way.

use super::{Change, Group, Happened, listed};
use crate::check::{
    Specification,
    codes::{CodeBook, Standing, fold},
};
use std::sync::Arc;

/// Two lists, and the columns that take their values from them.
struct Pair<'a> {
    old: &'a Arc<CodeBook>,
    new: &'a Arc<CodeBook>,
    columns: Vec<String>,
}

pub(super) fn compare(from: &Specification, to: &Specification, changes: &mut Vec<Change>) {
    for pair in pairs(from, to) {
        compare_pair(&pair, changes);
    }
    // A column that takes its values from a list in one of the two only is told of as a column.
}

/// The lists of columns that both have, each pair once.
fn pairs<'a>(from: &'a Specification, to: &'a Specification) -> Vec<Pair<'a>> {
    let mut pairs: Vec<Pair<'a>> = Vec::new();
    for (at, field) in to.dataset().fields.iter().enumerate() {
        let mut before = from.dataset().fields.iter();
        let Some(was) = before.position(|f| f.column == field.column) else {
            continue;
        };
        let (Some(old), Some(new)) = (from.code_book(was), to.code_book(at)) else {
            continue;
        };
        let known = pairs
            .iter_mut()
            .find(|p| p.old.name == old.name && p.new.name == new.name);
        if let Some(pair) = known {
            pair.columns.push(field.name.clone());
        } else {
            pairs.push(Pair {
                old,
                new,
                columns: vec![field.name.clone()],
            });
        }
    }
    pairs
}

fn compare_pair(pair: &Pair<'_>, changes: &mut Vec<Change>) {
    let (old, new) = (pair.old, pair.new);
    let of = listed(pair.columns.iter().map(String::as_str));
    let mut tell = |subject: &str, happened, before: Option<&str>, after: Option<&str>, says| {
        changes.push(Change {
            within: pair.columns.clone(),
            ..Change::new(Group::CodeLists, subject, happened, (before, after), says)
        });
    };
    let is_old = |value: &str| old.values().any(|known| fold(known) == fold(value));
    for value in new.values() {
        let Some(before) = old.values().find(|known| fold(known) == fold(value)) else {
            tell(
                value,
                Happened::Added,
                None,
                Some(value),
                format!("{of}: \"{value}\" is new."),
            );
            continue;
        };
        if before != value {
            let capitals = before.to_lowercase() == value.to_lowercase();
            let (happened, what) = if capitals {
                (Happened::CapitalsOnly, "capitals")
            } else {
                (Happened::SpellingOnly, "dashes or spaces")
            };
            tell(
                value,
                happened,
                Some(before),
                Some(value),
                format!("{of}: \"{before}\" is now written \"{value}\"; only {what} differ."),
            );
        }
        for attribute in new.attribute_names().filter(|name| ABOUT.contains(name)) {
            let (was, is) = (said(old, before, attribute), said(new, value, attribute));
            if was != is && old.attribute_names().any(|name| name == attribute) {
                tell(
                    value,
                    Happened::Changed,
                    was,
                    is,
                    format!(
                        "{of}: the {attribute} of \"{value}\" is now {}; it was {}.",
                        quoted(is),
                        quoted(was)
                    ),
                );
            }
        }
    }
    for value in old.values() {
        let now = new.values().any(|known| fold(known) == fold(value));
        if now {
            continue;
        }
        match replacement(old, new, value) {
            Some(is) => {
                let also = if is_old(is) {
                    ", which was there already"
                } else {
                    ""
                };
                tell(
                    value,
                    Happened::Replaced,
                    Some(value),
                    Some(is),
                    format!("{of}: \"{value}\" is replaced by \"{is}\"{also}."),
                );
            }
            None => tell(
                value,
                Happened::Removed,
                Some(value),
                None,
                format!("{of}: \"{value}\" is no longer on the list, and nothing takes its place."),
            ),
        }
    }
}

/// What is told of a value beside its spelling. How sure we are and where we have it from is not part of it.
const ABOUT: [&str; 3] = ["group", "per_week", "most_units_per_week"];

fn said<'a>(book: &'a CodeBook, value: &str, attribute: &str) -> Option<&'a str> {
    book.attribute(book.position(value)?, attribute)
        .filter(|said| !said.is_empty())
}

fn quoted(said: Option<&str>) -> String {
    said.map_or_else(|| "not stated".to_owned(), |said| format!("\"{said}\""))
}

/// The value that took the place of another: by the newer list's own account, or else by the older one's.
fn replacement<'a>(old: &'a CodeBook, new: &'a CodeBook, value: &str) -> Option<&'a str> {
    new.official(value)
        .or_else(|| new.equivalent(value))
        .or_else(|| old.equivalent(value))
        .filter(|now| {
            new.position(now)
                .and_then(|at| new.entry(at))
                .is_some_and(|entry| entry.standing == Standing::Listed)
        })
}
