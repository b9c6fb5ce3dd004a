//! `haven spec show`: one specification, whole, for a person or as JSON.

use super::{LEVELS, SHAPE};
use crate::{Desk, fault::Exit, output::table};
use anyhow::Result;
use land::check::{Rule, Specification};
use model::{Field, FieldKind};
use serde_json::{Value, json};
use std::fmt::Write as _;

pub(super) fn run(name: &str, desk: Desk<'_>) -> Result<Exit> {
    let specification = super::named(name, desk.content)?;
    if desk.output.json {
        desk.output.document(&document(&specification));
    } else {
        desk.output.result(&text(&specification));
    }
    Ok(Exit::Fine)
}

fn text(specification: &Specification) -> String {
    let dataset = specification.dataset();
    let mut out = format!(
        "{} ({})\nVersion  {}\nSource   {}\n\nFields\n",
        dataset.title, dataset.name, dataset.version, dataset.source
    );
    let rows: Vec<Vec<Option<String>>> = dataset
        .fields
        .iter()
        .enumerate()
        .map(|(at, field)| {
            vec![
                Some((at + 1).to_string()),
                Some(field.name.clone()),
                Some(kind(specification, at, field)),
                Some(if field.identifying { "yes" } else { "" }.to_owned()),
                Some(field.means.clone()),
            ]
        })
        .collect();
    let header = ["No", "Name", "Kind", "Points at a person", "Meaning"];
    out.push_str(&table(&header.map(str::to_owned), &rows));
    for level in LEVELS {
        let rules: Vec<&Rule> = specification
            .rules()
            .iter()
            .filter(|rule| rule.level == level)
            .collect();
        if rules.is_empty() {
            continue;
        }
        // Writing to a text cannot fail.
        let _ = writeln!(out, "\nRules: {level} ({})", rules.len());
        for rule in rules {
            let _ = writeln!(out, "  {:<10} {}", rule.code, says(specification, rule));
        }
    }
    out.push_str("\nNext: haven explain RULE");
    out
}

/// What a rule says, with the names of its columns where it stands for several.
fn says(specification: &Specification, rule: &Rule) -> String {
    if !rule.says.contains("{field}") {
        return rule.says.clone();
    }
    let all = &specification.dataset().fields;
    let names: Vec<&str> = rule
        .fields
        .iter()
        .filter_map(|at| all.get(*at))
        .map(|field| field.name.as_str())
        .collect();
    match names.as_slice() {
        [one] => rule.says_of(Some(one)),
        [] => rule.says_of(None),
        several if several.len() == all.len() => rule.says_of(Some("Any column")),
        several => format!(
            "{} ({})",
            rule.says_of(Some("The column")),
            several.join(", ")
        ),
    }
}

fn kind(specification: &Specification, at: usize, field: &Field) -> String {
    match field.kind {
        FieldKind::Text => field
            .max_length
            .map_or_else(|| "text".to_owned(), |most| format!("text to {most}")),
        FieldKind::Code => specification.code_book(at).map_or_else(
            || "code".to_owned(),
            |book| format!("code, {} values", book.values().count()),
        ),
        FieldKind::Date => "date".to_owned(),
        FieldKind::Integer => "whole number".to_owned(),
        FieldKind::Decimal => "number, two places".to_owned(),
        FieldKind::Number => "number".to_owned(),
    }
}

fn document(specification: &Specification) -> Value {
    let dataset = specification.dataset();
    let column = |at: &usize| dataset.fields.get(*at).map(|f| f.column.clone());
    let fields: Vec<Value> = dataset
        .fields
        .iter()
        .enumerate()
        .map(|(at, field)| {
            let values: Option<Vec<&str>> = specification
                .code_book(at)
                .map(|book| book.values().collect());
            json!({
                "name": field.name,
                "column": field.column,
                "kind": kind(specification, at, field),
                "max_length": field.max_length,
                "layouts": field.layouts,
                "identifying": field.identifying,
                "codes": field.codes,
                "values": values,
                "means": field.means,
            })
        })
        .collect();
    let rules: Vec<Value> = specification
        .rules()
        .iter()
        .map(|rule| {
            json!({
                "code": rule.code,
                "level": rule.level,
                "kind": rule.kind(),
                "says": rule.says,
                "why": rule.why,
                "fix": rule.fix,
                "source": rule.source,
                "when": rule.when,
                "fields": rule.fields.iter().filter_map(column).collect::<Vec<_>>(),
            })
        })
        .collect();
    json!({
        "version": SHAPE,
        "name": dataset.name,
        "title": dataset.title,
        "specification": dataset.version,
        "source": dataset.source,
        "key": dataset.compare.key,
        "fields": fields,
        "rules": rules,
    })
}
