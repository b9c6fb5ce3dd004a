//! Completions and man pages, made from the command line itself.

use crate::{fault::Exit, output::Output};
use anyhow::{Context, Result};
use clap::Command;
use std::path::Path;

/// Prints the completions of a program for a shell.
pub fn completions(
    mut command: Command,
    shell: clap_complete::Shell,
    output: &Output,
) -> Result<Exit> {
    let mut text = Vec::new();
    let name = command.get_name().to_owned();
    clap_complete::generate(shell, &mut command, name, &mut text);
    output.result(&String::from_utf8(text)?);
    Ok(Exit::Fine)
}

/// Writes a man page for each verb of a program.
pub fn man(command: Command, out: &Path, output: &Output) -> Result<Exit> {
    std::fs::create_dir_all(out).with_context(|| format!("cannot make `{}`", out.display()))?;
    clap_mangen::generate_to(command, out)
        .with_context(|| format!("cannot write to `{}`", out.display()))?;
    output.tell(&format!("Man pages are in {}", out.display()));
    Ok(Exit::Fine)
}
