//! Clauses as a tree, with the items of lists under names, and the walk over two such trees.

use super::{
    Change,
    rules::{self, Sides},
};
use crate::agreement::Clauses;
use std::collections::{BTreeMap, BTreeSet};
use toml::{Table, Value};

/// A part of an agreement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    Leaf(String),
    Parts(BTreeMap<String, Part>),
}

/// The agreement as a tree. What cannot be laid out has no tree, and such clauses cannot have been read.
pub(super) fn of(clauses: &Clauses) -> Option<Part> {
    let mut table: Table = clauses.to_text().ok()?.parse().ok()?;
    // Rows have words of their own.
    table.remove("minimisation");
    Some(part(&mut Vec::new(), Value::Table(table)))
}

fn part(path: &mut Vec<String>, value: Value) -> Part {
    match value {
        Value::Table(table) => {
            let mut parts = BTreeMap::new();
            for (key, value) in table {
                path.push(key);
                let below = part(path, value);
                if let Some(key) = path.pop() {
                    parts.insert(key, below);
                }
            }
            Part::Parts(parts)
        }
        Value::Array(items) => {
            let mut parts = BTreeMap::new();
            for item in items {
                let mut name = name_of(path, &item);
                // Two items of one name, which no checked agreement has, are kept apart.
                while parts.contains_key(&name) {
                    name.push('+');
                }
                path.push(name);
                let below = part(path, item);
                if let Some(key) = path.pop() {
                    parts.insert(key, below);
                }
            }
            Part::Parts(parts)
        }
        Value::String(text) => Part::Leaf(text),
        other => Part::Leaf(other.to_string()),
    }
}

/// What names an item of a list: for an item with parts, the ones that no other item has.
fn name_of(path: &[String], item: &Value) -> String {
    let Value::Table(table) = item else {
        return match item {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
    };
    let keys: &[&str] = match path.last().map(String::as_str) {
        Some("parties" | "notices") => &["organisation"],
        Some("framework_contracts" | "approvals") => &["reference"],
        Some("purposes") => &["code"],
        Some("benefits") => &["what"],
        Some("users" | "professionals") => &["account"],
        Some("honorary_contracts") => &["contract"],
        Some("linkage") => &["from", "to"],
        Some("storage") => &["organisation", "place"],
        Some("signatures") => &["party"],
        Some("approved" | "recipients") => &["name"],
        _ => &[],
    };
    let named: Vec<String> = keys
        .iter()
        .filter_map(|key| table.get(*key))
        .map(|value| match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        })
        .collect();
    if named.is_empty() {
        item.to_string()
    } else {
        named.join(" and ")
    }
}

/// Puts a line for every difference.
pub(super) fn compare(
    path: &mut Vec<String>,
    old: Option<&Part>,
    new: Option<&Part>,
    sides: &Sides<'_>,
    found: &mut Vec<Change>,
) {
    if old == new {
        return;
    }
    let keys: Vec<&str> = path.iter().map(String::as_str).collect();
    if let Some(changes) = rules::whole(&keys, old, new, sides) {
        found.extend(changes);
        return;
    }
    let none = BTreeMap::new();
    match (old, new) {
        (Some(Part::Parts(_)) | None, Some(Part::Parts(_)) | None) => {
            let below = |part: Option<&'_ Part>| match part {
                Some(Part::Parts(parts)) => parts.clone(),
                _ => none.clone(),
            };
            let (before, after) = (below(old), below(new));
            let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
            for name in names {
                path.push(name.clone());
                compare(path, before.get(name), after.get(name), sides, found);
                path.pop();
            }
        }
        _ => found.push(rules::leaf(&keys, shown(old), shown(new))),
    }
}

/// What a part says, on one line.
pub(super) fn shown(part: Option<&Part>) -> Option<String> {
    part.map(|part| match part {
        Part::Leaf(text) => text.trim().to_owned(),
        Part::Parts(parts) => {
            let each: Vec<String> = parts
                .iter()
                .map(|(name, below)| match below {
                    // An item of a list of words is its own name.
                    Part::Leaf(text) if text == name => text.clone(),
                    _ => format!("{name} {}", shown(Some(below)).unwrap_or_default()),
                })
                .collect();
            each.join(", ")
        }
    })
}
