//! `haven-laptop`: the verbs that need no workspace and no network, as one small file.

use chrono::Utc;
use clap::{CommandFactory, Parser, Subcommand};
use laptop::{
    Desk, Stop,
    cli::{Flags, SpecVerb, Verb},
    fault::{self, Exit},
    manual,
    output::Output,
};
use std::{path::PathBuf, process::ExitCode};

/// Checks and mends files of health and adult social care data on your own machine.
#[derive(Debug, Parser)]
#[command(
    name = "haven-laptop",
    version,
    propagate_version = true,
    infer_long_args = false,
    disable_help_subcommand = true,
    before_help = "Examples:\n  haven-laptop check march.csv\n  haven-laptop explain CLD-P003"
)]
struct Cli {
    #[command(flatten)]
    flags: Flags,
    #[command(subcommand)]
    verb: OwnVerb,
}

/// The verbs of this program: those of the library, and those about itself.
#[derive(Debug, Subcommand)]
enum OwnVerb {
    #[command(flatten)]
    Laptop(Verb),
    /// Work with specifications
    #[command(
        subcommand,
        before_help = "Examples:\n  haven-laptop spec list\n  haven-laptop spec show deaths"
    )]
    Spec(SpecVerb),
    /// Completions for a shell
    #[command(
        before_help = "Examples:\n  haven-laptop completions bash > haven-laptop.bash\n  haven-laptop completions powershell"
    )]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// A man page for each verb
    #[command(
        before_help = "Examples:\n  haven-laptop man --out man\n  haven-laptop man --out /usr/local/share/man/man1"
    )]
    Man {
        /// The folder that the pages go to
        #[arg(long, value_name = "FOLDER")]
        out: PathBuf,
    },
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let output = Output::new(&cli.flags, std::env::var_os("NO_COLOR").is_some());
    match run(&cli, &output) {
        Ok(exit) => exit.into(),
        Err(fault) => fault::report(&fault, &output).into(),
    }
}

fn run(cli: &Cli, output: &Output) -> anyhow::Result<Exit> {
    match &cli.verb {
        OwnVerb::Laptop(verb) => at_desk(cli, output, |desk| laptop::run(verb, desk)),
        OwnVerb::Spec(verb) => at_desk(cli, output, |desk| laptop::spec::run(verb, desk)),
        OwnVerb::Completions { shell } => manual::completions(Cli::command(), *shell, output),
        OwnVerb::Man { out } => manual::man(Cli::command(), out, output),
    }
}

fn at_desk(
    cli: &Cli,
    output: &Output,
    work: impl FnOnce(Desk<'_>) -> anyhow::Result<Exit>,
) -> anyhow::Result<Exit> {
    #[expect(
        clippy::disallowed_methods,
        reason = "a program of its own, so it reads the machine's clock itself"
    )]
    let now = Utc::now();
    work(Desk {
        content: &laptop::content(cli.flags.content.as_deref())?,
        output,
        today: laptop::london_day(now)?,
        dry_run: cli.flags.dry_run,
        stop: &Stop::on_interrupt()?,
    })
}
