//! The second implementation of row filters and masks: plain Rust over rows, from the agreement's file as a tree.
//!
//! It is slow and obvious on purpose. Nothing of it comes from the crates that it is held against.

use super::sheet::{Kind, Sheet, Value};
use chrono::Datelike;
use model::Date;
use std::collections::{BTreeMap, BTreeSet};
use toml::{Table, Value as Toml};

/// Tables by name.
pub(crate) type Sheets = BTreeMap<String, Sheet>;

/// For whom rows are shown.
pub(crate) struct Recipient<'a> {
    pub(crate) organisation: &'a str,
    pub(crate) purpose: &'a str,
    pub(crate) on: Date,
}

/// The columns of the table of preferences.
pub(crate) const PREFERENCES: [(&str, Kind); 8] = [
    ("person_pseudonym", Kind::Text),
    ("kind", Kind::Text),
    ("programme", Kind::Text),
    ("dataset", Kind::Text),
    ("purpose", Kind::Text),
    ("recipient", Kind::Text),
    ("effective_from", Kind::Day),
    ("effective_to", Kind::Day),
];

/// A preference that holds for everything and always.
pub(crate) fn preference(person: &str, kind: &str) -> Vec<Value> {
    let mut row = vec![Value::text(person), Value::text(kind)];
    row.resize(PREFERENCES.len(), Value::Null);
    row
}

/// What the function that swaps pseudonyms makes in tests of a domain and a pseudonym.
pub(crate) fn swapped(domain: &str, pseudonym: &str) -> String {
    let digest = govern::Digest::of(format!("{domain} {pseudonym}"));
    format!("r-{}", digest.short())
}

/// A table as the agreement shows it: its rows and columns, masked.
pub(crate) fn shown(agreement: &Table, sheets: &Sheets, table: &str, to: &Recipient<'_>) -> Sheet {
    let terms = agreement["datasets"][table].as_table().unwrap();
    let sheet = &sheets[table];
    let fields = terms["fields"].as_table().unwrap();
    let domain = domain(agreement, table, to);
    let mut columns = Vec::new();
    for (name, says) in fields {
        columns.push((name.clone(), kind(sheet, name, says)));
    }
    let mut rows = Vec::new();
    for row in &sheet.rows {
        if !passes(agreement, sheets, table, row, to) {
            continue;
        }
        let cells = fields
            .iter()
            .map(|(name, says)| masked(sheet, row, name, says, &domain))
            .collect();
        rows.push(cells);
    }
    Sheet { columns, rows }
}

/// Whether the agreement is about a row, and its person has not opted out.
fn passes(
    agreement: &Table,
    sheets: &Sheets,
    table: &str,
    row: &[Value],
    to: &Recipient<'_>,
) -> bool {
    holds(agreement, &agreement["minimisation"], sheets, table, row)
        && within_own_period(agreement, sheets, table, row)
        && not_opted_out(agreement, sheets, table, row, to)
}

fn not_opted_out(
    agreement: &Table,
    sheets: &Sheets,
    table: &str,
    row: &[Value],
    to: &Recipient<'_>,
) -> bool {
    let mut applied = BTreeSet::new();
    for (kind, says) in agreement["opt_outs"].as_table().unwrap() {
        if says.get("apply") == Some(&Toml::Boolean(true)) {
            applied.insert(kind.clone());
        }
    }
    if applied.is_empty() {
        return true;
    }
    let Value::Text(person) = sheets[table].value(row, "person_pseudonym") else {
        return false;
    };
    let said = &sheets["opt_out"];
    for entry in &said.rows {
        let same = *said.value(entry, "person_pseudonym") == Value::Text(person.clone());
        let kind = said.value(entry, "kind").shown();
        // What a preference does not name, it means whole.
        let about = |column: &str, used: &str| match said.value(entry, column) {
            Value::Null => true,
            named => *named == Value::text(used),
        };
        let begun = match said.value(entry, "effective_from") {
            Value::Day(from) => *from <= to.on,
            _ => true,
        };
        let over = match said.value(entry, "effective_to") {
            Value::Day(last) => *last < to.on,
            _ => false,
        };
        let speaks = about("dataset", table)
            && about("purpose", to.purpose)
            && about("recipient", to.organisation);
        if same && applied.contains(&kind) && speaks && begun && !over {
            return false;
        }
    }
    true
}

/// A table may be open for fewer days than the minimisation says.
fn within_own_period(agreement: &Table, sheets: &Sheets, table: &str, row: &[Value]) -> bool {
    match agreement["datasets"][table].get("period") {
        None => true,
        Some(period) => {
            let mut one = Table::new();
            one.insert("period".to_owned(), period.clone());
            holds(agreement, &Toml::Table(one), sheets, table, row)
        }
    }
}

fn holds(agreement: &Table, predicate: &Toml, sheets: &Sheets, table: &str, row: &[Value]) -> bool {
    let (word, says) = predicate.as_table().unwrap().iter().next().unwrap();
    let list = || says.as_array().unwrap().iter();
    match word.as_str() {
        "all" => list().all(|p| holds(agreement, p, sheets, table, row)),
        "any" => list().any(|p| holds(agreement, p, sheets, table, row)),
        "everyone" => true,
        fact => {
            let found = &agreement["datasets"][table]["facts"][fact];
            let sheet = &sheets[table];
            if let Toml::String(column) = found {
                return test(fact, says, sheet.value(row, column));
            }
            let found = found.as_table().unwrap();
            if let Some(born) = found.get("born") {
                let born = sheet.value(row, born.as_str().unwrap());
                let on = sheet.value(row, found["on"].as_str().unwrap());
                return match (born, on) {
                    (Value::Day(born), Value::Day(on)) => {
                        let age = age_in_years(*born, *on);
                        test(fact, says, &Value::Number(age))
                    }
                    _ => false,
                };
            }
            let other = &sheets[found["through"].as_str().unwrap()];
            let matching = found["matching"].as_str().unwrap();
            let column = found["column"].as_str().unwrap();
            let key = sheet.value(row, matching);
            *key != Value::Null
                && other.rows.iter().any(|there| {
                    other.value(there, matching) == key
                        && test(fact, says, other.value(there, column))
                })
        }
    }
}

/// One condition on one value. A value that is missing meets none.
fn test(fact: &str, says: &Toml, value: &Value) -> bool {
    match (fact, value) {
        (_, Value::Null) => false,
        ("period", Value::Day(day)) => {
            let from = says.get("from").map(date);
            let to = says.get("to").map(date);
            from.is_none_or(|from| from <= *day) && to.is_none_or(|to| *day <= to)
        }
        ("age", Value::Number(age)) => {
            let from = says.get("from").and_then(Toml::as_integer);
            let to = says.get("to").and_then(Toml::as_integer);
            from.is_none_or(|from| from <= *age) && to.is_none_or(|to| *age <= to)
        }
        (_, Value::Text(code)) => says.as_table().unwrap().contains_key(code),
        (fact, value) => panic!("{fact} of {value:?}"),
    }
}

fn date(written: &Toml) -> Date {
    written.to_string().parse().unwrap()
}

/// The age as it is told from the month of birth: a birthday counts from the first day of its month.
fn age_in_years(born: Date, on: Date) -> i64 {
    let mut years = i64::from(on.year()) - i64::from(born.year());
    if on.month() < born.month() {
        years -= 1;
    }
    years
}

fn kind(sheet: &Sheet, name: &str, says: &Toml) -> Kind {
    match says["treatment"].as_str() {
        Some("as_is") => sheet.columns[sheet.at(source(name, says))].1,
        Some("month" | "quarter" | "year") => Kind::Day,
        None if says["treatment"].get("rounded").is_some() => Kind::Real,
        _ => Kind::Text,
    }
}

fn source<'a>(name: &'a str, says: &'a Toml) -> &'a str {
    says.get("from").and_then(Toml::as_str).unwrap_or(name)
}

fn masked(sheet: &Sheet, row: &[Value], name: &str, says: &Toml, domain: &str) -> Value {
    let value = sheet.value(row, source(name, says));
    let treatment = &says["treatment"];
    if let Some(bands) = treatment.get("age_band") {
        let age = match bands.get("on") {
            None => match value {
                Value::Number(age) => Some(*age),
                _ => None,
            },
            Some(on) => match (value, sheet.value(row, on.as_str().unwrap())) {
                (Value::Day(born), Value::Day(on)) => Some(age_in_years(*born, *on)),
                _ => None,
            },
        };
        let labels = bands["bands"].as_array().unwrap();
        return age.map_or(Value::Null, |age| band(labels, age));
    }
    if let Some(rounded) = treatment.get("rounded") {
        #[expect(clippy::cast_precision_loss, reason = "small numbers")]
        let to = rounded["to"].as_integer().unwrap() as f64;
        #[expect(clippy::cast_precision_loss, reason = "small numbers")]
        let number = match value {
            Value::Number(number) => *number as f64,
            Value::Real(number) => *number,
            _ => return Value::Null,
        };
        return Value::Real((number / to).round() * to);
    }
    match (treatment.as_str().unwrap(), value) {
        ("as_is", value) => value.clone(),
        (_, Value::Null) => Value::Null,
        ("month", Value::Day(day)) => first(day.year(), day.month()),
        ("quarter", Value::Day(day)) => first(day.year(), [1, 4, 7, 10][day.month0() as usize / 3]),
        ("year", Value::Day(day)) => first(day.year(), 1),
        ("pseudonym", Value::Text(pseudonym)) => Value::Text(swapped(domain, pseudonym)),
        ("lsoa", Value::Text(code)) => {
            let shaped =
                code.chars().count() == 9 && (code.starts_with("E01") || code.starts_with("W01"));
            if shaped { value.clone() } else { Value::Null }
        }
        (part @ ("postcode_sector" | "postcode_district"), Value::Text(postcode)) => {
            let letters: Vec<char> = postcode.chars().collect();
            let Some(space) = letters.iter().position(|c| *c == ' ') else {
                return Value::Null;
            };
            if !(2..=4).contains(&space) {
                return Value::Null;
            }
            // The outward part has two to four characters; the sector is the first after the space.
            let end = if part == "postcode_sector" {
                space + 2
            } else {
                space
            };
            Value::Text(letters.iter().take(end).collect())
        }
        (other, value) => panic!("{other} of {value:?}"),
    }
}

fn first(year: i32, month: u32) -> Value {
    Value::Day(Date::from_ymd_opt(year, month, 1).unwrap())
}

fn band(labels: &[Toml], age: i64) -> Value {
    for label in labels {
        let label = label.as_str().unwrap();
        let words: Vec<&str> = label.split(' ').collect();
        let number = |word: &str| word.parse::<i64>().unwrap();
        let inside = match words.as_slice() {
            ["under", to] => age >= 0 && age < number(to),
            [from, "to", to] => number(from) <= age && age <= number(to),
            [from, "and", "over"] => number(from) <= age,
            other => panic!("{other:?}"),
        };
        if inside {
            return Value::text(label);
        }
    }
    Value::Null
}

/// The key domain of a recipient's pseudonyms for one table.
pub(crate) fn domain(agreement: &Table, table: &str, to: &Recipient<'_>) -> String {
    let mut group = format!("table:{table}");
    for pair in agreement["linkage"].as_array().unwrap().iter().rev() {
        if pair["from"].as_str() == Some(table) || pair["to"].as_str() == Some(table) {
            group = format!("linked:{}", pair["key_domain"].as_str().unwrap());
        }
    }
    let version = agreement["version"].as_str().unwrap();
    format!(
        "{}/{}/{}/{}/{group}",
        agreement["reference"].as_str().unwrap(),
        version.split('.').next().unwrap(),
        to.organisation,
        to.purpose,
    )
}
