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
    let columns: Vec<&String> = table
        .columns
        .iter()
        .filter(|column| *column != "ID")
        .collect();
    let mut people: BTreeMap<Vec<Option<String>>, BTreeSet<Option<String>>> = BTreeMap::new();
    for row in &table.rows {
        let cells = || table.columns.iter().zip(row);
        let group = cells()
            .filter(|(column, _)| *column != "ID")
            .map(|(_, cell)| cell.clone())
            .collect();
        let id = cells()
            .find(|(column, _)| *column == "ID")
            .and_then(|(_, cell)| cell.clone());
        people.entry(group).or_default().insert(id);
    }
    let header = columns
        .iter()
        .map(|column| column.as_str())
        .chain(["Count"])
        .collect::<Vec<_>>()
        .join(",");
    let rows = people.into_iter().map(|(mut group, ids)| {
        group.push(shown(ids.len()));
        group
    });
    tables.insert(format!("{name}_counts"), table_of(&header, rows));
    tables.insert(name.to_owned(), table);
}
