//! Invented councils with every fault of the trap list: `plain invent SEED OUT [--councils N] [--people N]`.

use anyhow::Result;

/// Runs the command with the arguments after `invent`.
pub fn command(_arguments: &[String]) -> Result<()> {
    Ok(())
}
