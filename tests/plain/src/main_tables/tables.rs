//! The main tables as the contract lays them out.

use crate::main_tables::MainTables;
use crate::table::Tables;

/// Adds tables 01 to 06.
pub fn write(_main: &MainTables, _tables: &mut Tables) {}
