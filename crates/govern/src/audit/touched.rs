//! What a decision touches, as its entry says it: tables, columns, and the areas to which the agreement
//! keeps. Words of the agreement only, never what somebody typed.

use super::EntryBody;
use crate::{
    Question,
    agreement::{Clauses, predicate::Predicate},
};
use std::collections::BTreeSet;

/// The most columns that an entry names, so that it stays short.
const MOST_COLUMNS: usize = 400;

/// Writes into an entry what a question touches of what its agreement knows.
pub(crate) fn touched(entry: &mut EntryBody, agreement: &Clauses, question: &Question) {
    for (table, columns) in question.touched() {
        let Some((name, dataset)) = agreement
            .datasets
            .iter()
            .find(|(name, _)| name.as_str() == table)
        else {
            continue;
        };
        entry.tables.push(name.as_str().to_owned());
        for column in dataset.fields.keys() {
            let column = column.as_str();
            if columns.contains(column) && entry.columns.len() < MOST_COLUMNS {
                entry.columns.push(format!("{table}.{column}"));
            }
        }
    }
    entry.areas = areas(&agreement.minimisation)
        .unwrap_or_default()
        .into_iter()
        .collect();
}

/// The areas in one of which every row lies; `None` where rows may lie anywhere.
fn areas(predicate: &Predicate) -> Option<BTreeSet<String>> {
    match predicate {
        Predicate::Council(codes) | Predicate::ResidentIn(codes) => Some(
            codes
                .iter()
                .map(|(code, name)| format!("{code} {name}"))
                .collect(),
        ),
        // Each of them holds, so the shortest list says most.
        Predicate::All(all) => all.iter().filter_map(areas).min_by_key(BTreeSet::len),
        Predicate::Any(any) => {
            let each: Option<Vec<BTreeSet<String>>> = any.iter().map(areas).collect();
            each.filter(|each| !each.is_empty())
                .map(|each| each.into_iter().flatten().collect())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(codes: &[&str]) -> Predicate {
        Predicate::ResidentIn(
            codes
                .iter()
                .map(|code| ((*code).to_owned(), format!("Area {code}")))
                .collect(),
        )
    }

    fn check(predicate: &Predicate, expected: Option<&[&str]>) {
        let found = areas(predicate).map(|areas| areas.into_iter().collect::<Vec<_>>());
        let expected = expected.map(|e| e.iter().map(|a| (*a).to_owned()).collect::<Vec<_>>());
        assert_eq!(found, expected);
    }

    #[test]
    fn areas_are_named_only_where_every_row_lies_in_one_of_them() {
        let everyone = || Predicate::Everyone("all".to_owned());
        check(&everyone(), None);
        check(&codes(&["1", "2"]), Some(&["1 Area 1", "2 Area 2"]));
        check(
            &Predicate::All(vec![everyone(), codes(&["1", "2"]), codes(&["2"])]),
            Some(&["2 Area 2"]),
        );
        check(
            &Predicate::Any(vec![codes(&["1"]), codes(&["2"])]),
            Some(&["1 Area 1", "2 Area 2"]),
        );
        check(&Predicate::Any(vec![codes(&["1"]), everyone()]), None);
        check(&Predicate::Any(Vec::new()), None);
    }
}
