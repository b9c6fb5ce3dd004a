//! `plain IN OUT [--person-level]`: reads a folder of the contract's layout and writes every table as CSV.
//! `plain invent SEED OUT [--councils N] [--people N]`: writes such a folder of invented councils.

use std::path::Path;

use anyhow::{Result, bail};

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (switches, places): (Vec<&str>, Vec<&str>) = arguments
        .iter()
        .map(String::as_str)
        .partition(|argument| argument.starts_with("--"));
    match (places.as_slice(), switches.as_slice()) {
        (["invent", ..], _) => plain::invent::command(arguments.get(1..).unwrap_or_default()),
        ([from, to], []) => work_out(from, to, false),
        ([from, to], ["--person-level"]) => work_out(from, to, true),
        _ => bail!("usage: plain IN OUT [--person-level], or plain invent SEED OUT"),
    }
}

fn work_out(from: &str, to: &str, about_people_too: bool) -> Result<()> {
    let inputs = plain::read::folder(Path::new(from))?;
    plain::table::write(&plain::run(&inputs)?, Path::new(to), about_people_too)
}
