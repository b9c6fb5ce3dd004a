//! The methods of NHS England for 2023/24 (sections 16 to 21): raw rows, Release 1 words, no cleaning.

pub mod ascof_2bc;
pub mod ascof_2e;
pub mod ascof_3d;
pub mod common;
pub mod lts001;
pub mod lts003;
pub mod lts004;
pub mod sequel;
pub mod sts001;
pub mod sts002a;
pub mod sts002b;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;

use crate::record::Inputs;
use crate::table::{Table, Tables, shown};
use sts001::without_case;

/// Adds tables 20 and 21.
pub fn tables(inputs: &Inputs, tables: &mut Tables) -> Result<()> {
    lts001::tables(inputs, tables)?;
    lts003::tables(inputs, tables);
    lts004::tables(inputs, tables);
    sts001::tables(inputs, tables)?;
    sts002a::tables(inputs, tables)?;
    sts002b::tables(inputs, tables)?;
    ascof_2bc::tables(inputs, tables);
    ascof_2e::tables(inputs, tables);
    ascof_3d::tables(inputs, tables);
    Ok(())
}

/// A table of these rows.
pub(crate) fn table_of(
    columns: &str,
    rows: impl IntoIterator<Item = Vec<Option<String>>>,
) -> Table {
    let mut table = Table::new(columns);
    for row in rows {
        table.push(row);
    }
    table
}

/// Puts a SALT table and its published counts: distinct people by all columns but `ID`.
pub(crate) fn insert_with_counts(name: &str, table: Table, tables: &mut Tables) {
    let without_id = |row: &[Option<String>]| -> Vec<Option<String>> {
        let cells = table.columns.iter().zip(row);
        let kept = cells.filter(|(column, _)| *column != "ID");
        kept.map(|(_, cell)| cell.clone()).collect()
    };
    // Each group as one of its rows has it, and its people.
    let mut groups: BTreeMap<Vec<Option<String>>, Vec<Option<String>>> = BTreeMap::new();
    let mut people: BTreeSet<(Vec<Option<String>>, Option<String>)> = BTreeSet::new();
    for row in &table.rows {
        let folded = without_case(row);
        let group = without_id(&folded);
        let cells = table.columns.iter().zip(folded);
        let mut id = cells.filter(|(column, _)| *column == "ID");
        people.insert((group.clone(), id.find_map(|(_, cell)| cell)));
        groups.entry(group).or_insert_with(|| without_id(row));
    }
    let columns = table.columns.iter().map(String::as_str);
    let header = columns
        .filter(|column| *column != "ID")
        .chain(["Count"])
        .collect::<Vec<_>>()
        .join(",");
    let rows: Vec<_> = groups
        .into_iter()
        .map(|(folded, mut group)| {
            let count = people.iter().filter(|(own, _)| *own == folded).count();
            group.push(shown(count));
            group
        })
        .collect();
    tables.insert(format!("{name}_counts"), table_of(&header, rows));
    tables.insert(name.to_owned(), table);
}
