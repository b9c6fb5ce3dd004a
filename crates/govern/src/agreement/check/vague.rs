//! Words that say nothing, and blanks of a template that nobody filled in.

use super::{
    super::{clauses::Clauses, house::House},
    Found,
};
use toml::Value;

/// Vague words in what says what, why and how. Which words they are, `house.toml` says.
pub(super) fn check(clauses: &Clauses, house: &House, found: &mut Found) {
    for (clause, text) in texts(clauses) {
        let words = words_of(text);
        for term in &house.vague_terms {
            let sought = words_of(term);
            let there = !sought.is_empty()
                && words
                    .windows(sought.len())
                    .any(|window| window == sought.as_slice());
            found.no_if(
                there,
                clause.clone(),
                format!("`{term}` says nothing: say what exactly"),
            );
        }
    }
}

fn words_of(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric() && c != '\'')
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

fn texts(clauses: &Clauses) -> Vec<(String, &str)> {
    let mut texts: Vec<(String, &str)> = Vec::new();
    for (table, terms) in &clauses.datasets {
        texts.push((format!("datasets.{table}.why"), &terms.why));
        for (name, field) in &terms.fields {
            texts.push((format!("datasets.{table}.fields.{name}.why"), &field.why));
        }
    }
    for (index, pair) in clauses.linkage.iter().enumerate() {
        texts.push((format!("linkage.{index}.why"), &pair.why));
    }
    for (index, purpose) in clauses.purposes.iter().enumerate() {
        let clause = format!("purposes.{index}");
        texts.push((format!("{clause}.lay_summary"), &purpose.lay_summary));
        for (word, text) in [
            ("objective", &purpose.objective),
            ("processing", &purpose.processing),
        ] {
            if let Some(text) = text {
                texts.push((format!("{clause}.{word}"), text));
            }
        }
        for (at, output) in purpose.outputs.iter().enumerate() {
            texts.push((format!("{clause}.outputs.{at}"), output));
        }
        for (at, benefit) in purpose.benefits.iter().enumerate() {
            texts.push((format!("{clause}.benefits.{at}.what"), &benefit.what));
        }
    }
    for (word, list) in [
        ("security", &clauses.security),
        ("special_conditions", &clauses.special_conditions),
    ] {
        for (index, text) in list.iter().enumerate() {
            texts.push((format!("{word}.{index}"), text));
        }
    }
    if let Some(clause) = &clauses.reidentification {
        texts.push(("reidentification.why".to_owned(), &clause.why));
        for (name, field) in &clause.fields {
            texts.push((format!("reidentification.fields.{name}.why"), &field.why));
        }
    }
    texts
}

/// Texts such as `<name of the council>`, which templates have where something is to be filled in.
pub(super) fn blanks(text: &str, found: &mut Found) {
    if !text.contains('<') {
        return;
    }
    // The text was read before, so it is TOML.
    if let Ok(Value::Table(table)) = text.parse::<toml::Table>().map(Value::Table) {
        for (key, value) in &table {
            blank(key, value, found);
        }
    }
}

fn is_blank(text: &str) -> bool {
    text.starts_with('<') && text.ends_with('>')
}

fn blank(path: &str, value: &Value, found: &mut Found) {
    match value {
        Value::String(text) => {
            let text = text.trim();
            found.no_if(
                is_blank(text),
                path,
                format!("this is still to be filled in: {text}"),
            );
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                blank(&format!("{path}.{index}"), item, found);
            }
        }
        Value::Table(table) => {
            for (key, item) in table {
                let below = format!("{path}.{key}");
                found.no_if(
                    is_blank(key),
                    &below,
                    format!("this is still to be filled in: {key}"),
                );
                blank(&below, item, found);
            }
        }
        _ => {}
    }
}
