//! The published client level data methods once more, written plainly from their description.
//!
//! Only tests use it: a slow and obvious second version, to hold against the one that runs in the
//! engine. Vectors, loops and ordered maps; no engine, no queries, and nothing of Haven's other crates.
//! `README.md` beside the crate lists the readings taken where the description leaves a choice.

#![expect(
    clippy::cast_precision_loss,
    reason = "code for tests, with small numbers"
)]

pub mod ascof;
pub mod date;
pub mod invent;
pub mod main_tables;
pub mod nhse;
pub mod read;
pub mod record;
pub mod table;
#[cfg(test)]
pub(crate) mod testing;
pub mod text;
pub mod waiting;

use anyhow::Result;

use crate::main_tables::MainTables;
use crate::record::Inputs;
use crate::table::Tables;

/// Works out every table of the contract, the person-level ones among them.
pub fn run(inputs: &Inputs) -> Result<Tables> {
    let mut tables = Tables::new();
    let main = MainTables::build(inputs)?;
    main_tables::tables::write(&main, &mut tables);
    ascof::tables(inputs, &main, &mut tables)?;
    waiting::tables(inputs, &main, &mut tables)?;
    nhse::tables(inputs, &mut tables)?;
    Ok(tables)
}
