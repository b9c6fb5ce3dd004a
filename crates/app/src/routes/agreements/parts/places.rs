//! Places in a text: `parties.0.dspt.code` names a value through tables, lists and tables in a line alike.

use toml_edit::{Array, ArrayOfTables, DocumentMut, InlineTable, Item, Table, Value};

/// What stands at a place.
pub(super) struct Place<'d>(Option<Found<'d>>);

enum Found<'d> {
    Item(&'d Item),
    Value(&'d Value),
    Table(&'d Table),
}

impl<'d> Place<'d> {
    pub(super) const fn none() -> Self {
        Self(None)
    }

    pub(super) fn of(document: &'d DocumentMut, path: &str) -> Self {
        let mut at = Found::Table(document.as_table());
        for part in path.split('.') {
            let Some(next) = at.below(part) else {
                return Self(None);
            };
            at = next;
        }
        Self(Some(at))
    }

    fn value(&self) -> Option<&'d Value> {
        match self.0.as_ref()? {
            Found::Item(item) => item.as_value(),
            Found::Value(value) => Some(value),
            Found::Table(_) => None,
        }
    }

    /// A text, a number, a truth or a day, as it would be typed.
    pub(super) fn text(&self) -> Option<String> {
        let value = self.value()?;
        Some(match value {
            Value::String(text) => text.value().clone(),
            Value::Integer(number) => number.value().to_string(),
            Value::Boolean(truth) => truth.value().to_string(),
            Value::Datetime(day) => day.value().to_string(),
            _ => return None,
        })
    }

    /// The texts of a list.
    pub(super) fn texts(&self) -> Vec<String> {
        let list = self.value().and_then(Value::as_array);
        list.into_iter()
            .flatten()
            .filter_map(|value| value.as_str().map(str::to_owned))
            .collect()
    }

    /// Whatever it is, as it is written in a line.
    pub(super) fn written(&self) -> Option<String> {
        let value = match self.0.as_ref()? {
            Found::Value(value) => (*value).clone(),
            Found::Item(item) => (*item).clone().into_value().ok()?,
            Found::Table(table) => Value::InlineTable((*table).clone().into_inline_table()),
        };
        Some(value.decorated("", "").to_string().trim().to_owned())
    }
}

impl<'d> Found<'d> {
    fn below(&self, part: &str) -> Option<Found<'d>> {
        match self {
            Self::Table(table) => table.get(part).map(Found::Item),
            Self::Value(value) => below_value(value, part),
            Self::Item(Item::Table(table)) => table.get(part).map(Found::Item),
            Self::Item(Item::ArrayOfTables(tables)) => {
                tables.get(part.parse().ok()?).map(Found::Table)
            }
            Self::Item(Item::Value(value)) => below_value(value, part),
            Self::Item(Item::None) => None,
        }
    }
}

fn below_value<'d>(value: &'d Value, part: &str) -> Option<Found<'d>> {
    match value {
        Value::InlineTable(table) => table.get(part).map(Found::Value),
        Value::Array(list) => list.get(part.parse().ok()?).map(Found::Value),
        _ => None,
    }
}

/// The keys of a table.
pub(super) fn keys(document: &DocumentMut, path: &str) -> Vec<String> {
    let Some(found) = Place::of(document, path).0 else {
        return Vec::new();
    };
    let of_table = |table: &Table| table.iter().map(|(key, _)| key.to_owned()).collect();
    match found {
        Found::Table(table) | Found::Item(Item::Table(table)) => of_table(table),
        Found::Item(Item::Value(Value::InlineTable(table)))
        | Found::Value(Value::InlineTable(table)) => {
            table.iter().map(|(key, _)| key.to_owned()).collect()
        }
        _ => Vec::new(),
    }
}

/// How many things a list holds.
pub(super) fn length(document: &DocumentMut, path: &str) -> usize {
    match Place::of(document, path).0 {
        Some(Found::Item(Item::ArrayOfTables(tables))) => tables.len(),
        Some(Found::Item(Item::Value(Value::Array(list))) | Found::Value(Value::Array(list))) => {
            list.len()
        }
        _ => 0,
    }
}

/// Writes a value, or takes away what stands there. Tables and things of a list that are not there yet are made; tables
/// within that lose their last value go.
pub(super) fn set(document: &mut DocumentMut, path: &str, value: Option<Value>) {
    // What says the same stays as it is written, with its line breaks and comments.
    let same = |value: &Value| {
        let new = value.clone().decorated("", "").to_string();
        Place::of(document, path).written().as_deref() == Some(new.trim())
    };
    if value.as_ref().is_some_and(same) {
        return;
    }
    let parts: Vec<&str> = path.split('.').collect();
    set_in_table(document.as_table_mut(), &parts, value);
}

/// Takes a thing away.
pub(super) fn remove(document: &mut DocumentMut, path: &str) {
    set(document, path, None);
}

fn set_in_table(table: &mut Table, parts: &[&str], value: Option<Value>) {
    let (Some(first), rest) = (parts.first(), parts.get(1..).unwrap_or_default()) else {
        return;
    };
    if rest.is_empty() {
        match value {
            Some(value) => put(table.entry(first).or_insert(Item::None), value),
            None => {
                table.remove(first);
            }
        }
        return;
    }
    if value.is_none() && !table.contains_key(first) {
        return;
    }
    let item = table.entry(first).or_insert_with(|| made_for(rest));
    set_in_item(item, rest, value);
    if emptied(item, rest) {
        table.remove(first);
    }
}

/// What has to be there for the rest of a path: a list of tables where the rest begins with a number.
fn made_for(rest: &[&str]) -> Item {
    if rest
        .first()
        .is_some_and(|part| part.parse::<usize>().is_ok())
    {
        Item::ArrayOfTables(ArrayOfTables::new())
    } else if rest.len() == 1 {
        Item::Value(Value::InlineTable(InlineTable::new()))
    } else {
        Item::Table(Table::new())
    }
}

/// A table within that lost its last value, or a list that lost its last thing.
fn emptied(item: &Item, rest: &[&str]) -> bool {
    match item {
        Item::Value(Value::InlineTable(table)) => table.is_empty(),
        Item::Table(table) => table.is_empty() && rest.len() == 1,
        Item::ArrayOfTables(tables) => tables.is_empty(),
        _ => false,
    }
}

fn set_in_item(item: &mut Item, parts: &[&str], value: Option<Value>) {
    match item {
        Item::Table(table) => set_in_table(table, parts, value),
        Item::ArrayOfTables(tables) => {
            let (Some(at), rest) = (place(parts), parts.get(1..).unwrap_or_default()) else {
                return;
            };
            if rest.is_empty() {
                if value.is_none() && at < tables.len() {
                    tables.remove(at);
                }
                return;
            }
            if at == tables.len() && value.is_some() {
                tables.push(Table::new());
            }
            if let Some(table) = tables.get_mut(at) {
                set_in_table(table, rest, value);
            }
        }
        Item::Value(inner) => set_in_value(inner, parts, value),
        Item::None => {}
    }
}

fn set_in_value(inner: &mut Value, parts: &[&str], value: Option<Value>) {
    let (Some(first), rest) = (parts.first(), parts.get(1..).unwrap_or_default()) else {
        return;
    };
    match inner {
        Value::InlineTable(table) if rest.is_empty() => match value {
            Some(value) => {
                table.insert(*first, value);
            }
            None => {
                table.remove(first);
            }
        },
        Value::InlineTable(table) => {
            if value.is_none() && !table.contains_key(first) {
                return;
            }
            let below = table
                .entry(*first)
                .or_insert_with(|| Value::InlineTable(InlineTable::new()));
            set_in_value(below, rest, value);
            if below.as_inline_table().is_some_and(InlineTable::is_empty) {
                table.remove(first);
            }
        }
        Value::Array(list) => set_in_list(list, parts, value),
        _ => {}
    }
}

fn set_in_list(list: &mut Array, parts: &[&str], value: Option<Value>) {
    let (Some(at), rest) = (place(parts), parts.get(1..).unwrap_or_default()) else {
        return;
    };
    if rest.is_empty() {
        if value.is_none() && at < list.len() {
            list.remove(at);
        }
        return;
    }
    if at == list.len() && value.is_some() {
        list.push(InlineTable::new());
    }
    if let Some(below) = list.get_mut(at) {
        set_in_value(below, rest, value);
    }
}

fn place(parts: &[&str]) -> Option<usize> {
    parts.first()?.parse().ok()
}

/// Puts a value in place of another, with the comment beside it.
fn put(item: &mut Item, mut value: Value) {
    if let (Item::Table(old), Value::InlineTable(new)) = (&*item, &value) {
        let mut table = new.clone().into_table();
        *table.decor_mut() = old.decor().clone();
        *item = Item::Table(table);
        return;
    }
    if let Some(old) = item.as_value() {
        *value.decor_mut() = old.decor().clone();
    }
    *item = Item::Value(value);
}
