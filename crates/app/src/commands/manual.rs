//! `haven completions` and `haven man`: both made from the command line itself.

use crate::{cli::Cli, fault::Exit, output::Output};
use anyhow::{Context, Result};
use clap::CommandFactory;
use std::path::Path;

pub(crate) fn completions(shell: clap_complete::Shell, output: &Output) -> Result<Exit> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "haven", &mut text);
    output.result(&String::from_utf8(text)?);
    Ok(Exit::Fine)
}

pub(crate) fn man(out: &Path, output: &Output) -> Result<Exit> {
    std::fs::create_dir_all(out).with_context(|| format!("cannot make `{}`", out.display()))?;
    clap_mangen::generate_to(Cli::command(), out)
        .with_context(|| format!("cannot write to `{}`", out.display()))?;
    output.tell(&format!("Man pages are in {}", out.display()));
    Ok(Exit::Fine)
}
