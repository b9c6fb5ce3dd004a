//! The adult social care outcomes framework, from the main tables (sections 10 to 14).

use anyhow::Result;

use crate::main_tables::MainTables;
use crate::record::Inputs;
use crate::table::Tables;

/// Adds tables 07 to 11.
pub fn tables(_inputs: &Inputs, _main: &MainTables, _tables: &mut Tables) -> Result<()> {
    Ok(())
}
