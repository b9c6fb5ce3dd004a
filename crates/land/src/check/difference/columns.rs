//! Columns that came, went, moved or changed.

use super::{Change, Group, Happened, listed};
use crate::check::Specification;
use model::{Dataset, Field, FieldKind};

pub(super) fn compare(from: &Specification, to: &Specification, changes: &mut Vec<Change>) {
    let (old, new) = (from.dataset(), to.dataset());
    if old.all_columns_required != new.all_columns_required {
        let word = |all: bool| if all { "all" } else { "known ones only" };
        let says = if new.all_columns_required {
            "The file must now have every column."
        } else {
            "Columns may now be left out of the file; their cells are then blank."
        };
        changes.push(Change::new(
            Group::Columns,
            "all columns",
            Happened::Changed,
            (
                Some(word(old.all_columns_required)),
                Some(word(new.all_columns_required)),
            ),
            says.to_owned(),
        ));
    }
    let moved = moved(old, new);
    for (at, field) in new.fields.iter().enumerate() {
        match old.field(&field.column) {
            None => changes.push(added(new, at, field)),
            Some(before) => compare_field(before, field, changes),
        }
        if let Some(position) = moved.iter().find(|(column, _)| *column == field.column) {
            changes.push(Change::new(
                Group::Columns,
                &field.name,
                Happened::Moved,
                (
                    Some(&(position.1 + 1).to_string()),
                    Some(&(at + 1).to_string()),
                ),
                format!(
                    "Column \"{}\" is now number {}; it was number {}.",
                    field.name,
                    at + 1,
                    position.1 + 1
                ),
            ));
        }
    }
    for field in &old.fields {
        if new.field(&field.column).is_none() {
            changes.push(Change::new(
                Group::Columns,
                &field.name,
                Happened::Removed,
                (Some(&field.name), None),
                format!("Column \"{}\" is no longer there.", field.name),
            ));
        }
    }
}

fn added(new: &Dataset, at: usize, field: &Field) -> Change {
    let before = at.checked_sub(1).and_then(|at| new.fields.get(at));
    let place = before.map_or_else(
        || "it is the first".to_owned(),
        |before| format!("it stands after \"{}\"", before.name),
    );
    Change::new(
        Group::Columns,
        &field.name,
        Happened::Added,
        (None, Some(&field.name)),
        format!("Column \"{}\" is new; {place}.", field.name),
    )
}

fn compare_field(before: &Field, after: &Field, changes: &mut Vec<Change>) {
    let name = &after.name;
    if before.name != after.name {
        changes.push(Change::new(
            Group::Columns,
            name,
            Happened::Renamed,
            (Some(&before.name), Some(name)),
            format!("Column \"{}\" is now named \"{name}\".", before.name),
        ));
    }
    let mut differs = |was: &str, is: &str, says: String| {
        changes.push(Change::new(
            Group::Columns,
            name,
            Happened::Changed,
            (Some(was), Some(is)),
            says,
        ));
    };
    if before.kind != after.kind {
        let (was, is) = (words(before.kind), words(after.kind));
        differs(
            was,
            is,
            format!("Column \"{name}\" is now {is}; it was {was}."),
        );
    }
    let longest = |field: &Field| {
        field
            .max_length
            .map_or("none".to_owned(), |n| n.to_string())
    };
    let (was, is) = (longest(before), longest(after));
    if was != is {
        let says = match (before.max_length, after.max_length) {
            (Some(was), None) => {
                format!(
                    "Column \"{name}\" may now have any length; it was at most {was} characters."
                )
            }
            (_, Some(is)) => format!("Column \"{name}\" may now have at most {is} characters."),
            (None, None) => String::new(),
        };
        differs(&was, &is, says);
    }
    let layouts = |field: &Field| listed(field.layouts.iter().map(String::as_str));
    let (was, is) = (layouts(before), layouts(after));
    if was != is && before.kind == after.kind {
        differs(
            &was,
            &is,
            format!("Dates in column \"{name}\" are now written as {is}; they were as {was}."),
        );
    }
    if before.identifying != after.identifying {
        let word = |points: bool| {
            if points {
                "points at a person"
            } else {
                "does not point at a person"
            }
        };
        let (was, is) = (word(before.identifying), word(after.identifying));
        differs(was, is, format!("Column \"{name}\" now {is}."));
    }
    if before.means != after.means {
        differs(
            &before.means,
            &after.means,
            format!(
                "What column \"{name}\" means is put in other words: {}",
                after.means
            ),
        );
    }
}

const fn words(kind: FieldKind) -> &'static str {
    match kind {
        FieldKind::Text => "text",
        FieldKind::Code => "a value of a code list",
        FieldKind::Date => "a date",
        FieldKind::Integer => "a whole number",
        FieldKind::Decimal => "a number with two decimal places",
        FieldKind::Number => "a number",
    }
}

/// Columns of both that do not stand in the same order, as few as possible, with the place that they had.
///
/// What keeps its order is the longest run of columns, not necessarily next to each other, whose places rise in both.
fn moved(old: &Dataset, new: &Dataset) -> Vec<(String, usize)> {
    let places: Vec<(&str, usize)> = new
        .fields
        .iter()
        .filter_map(|field| {
            let at = old.fields.iter().position(|f| f.column == field.column)?;
            Some((field.column.as_str(), at))
        })
        .collect();
    // The length of the longest rising run that ends at each place, and what comes before it there.
    let mut best: Vec<(usize, Option<usize>)> = Vec::with_capacity(places.len());
    for (at, (_, place)) in places.iter().enumerate() {
        let before = places
            .iter()
            .zip(&best)
            .take(at)
            .enumerate()
            .filter(|(_, ((_, earlier), _))| earlier < place)
            .max_by_key(|(at, (_, (length, _)))| (*length, std::cmp::Reverse(*at)));
        best.push(before.map_or((1, None), |(at, (_, (length, _)))| (length + 1, Some(at))));
    }
    let mut kept = vec![false; places.len()];
    let mut at = (0..best.len()).max_by_key(|at| best.get(*at).map(|(length, _)| *length));
    while let Some(place) = at {
        if let Some(kept) = kept.get_mut(place) {
            *kept = true;
        }
        at = best.get(place).and_then(|(_, before)| *before);
    }
    places
        .iter()
        .zip(kept)
        .filter(|(_, kept)| !kept)
        .map(|((column, place), _)| ((*column).to_owned(), *place))
        .collect()
}
