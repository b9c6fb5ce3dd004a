//! Waiting times (section 15).

use anyhow::Result;

use crate::main_tables::MainTables;
use crate::record::Inputs;
use crate::table::Tables;

/// Adds tables 12.
pub fn tables(_inputs: &Inputs, _main: &MainTables, _tables: &mut Tables) -> Result<()> {
    Ok(())
}
