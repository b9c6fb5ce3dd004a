//! The methods of NHS England for 2023/24 (sections 16 to 21).

use anyhow::Result;

use crate::record::Inputs;
use crate::table::Tables;

/// Adds tables 20 and 21.
pub fn tables(_inputs: &Inputs, _tables: &mut Tables) -> Result<()> {
    Ok(())
}
