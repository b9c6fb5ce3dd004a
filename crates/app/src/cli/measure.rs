//! The command line of the official figures.

use clap::{Args, Subcommand};
use std::path::PathBuf;

/// What is done with measures.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum MeasureVerb {
    /// Work figures out from files alone
    #[command(
        before_help = "Examples:\n  haven measure run --all --in extract --out figures\n  haven measure run ascof-2b ascof-2e --in extract --out figures --mode corrected"
    )]
    Run(MeasureRunArgs),
    /// Where a council's figure comes from: from the rows submitted to the people counted
    #[command(
        before_help = "Examples:\n  haven measure explain ascof-2b --la 714 --in extract\n  haven measure explain ascof-2e --la 714 --in extract --year previous"
    )]
    Explain(MeasureExplainArgs),
    /// The measures that there are
    #[command(before_help = "Examples:\n  haven measure list")]
    List,
}

/// What `measure run` takes.
#[derive(Debug, Clone, Args)]
pub(crate) struct MeasureRunArgs {
    /// The measures, by name: see `haven measure list`
    #[arg(required_unless_present = "all")]
    pub(crate) names: Vec<String>,
    /// Every measure that the files allow
    #[arg(long, conflicts_with = "names")]
    pub(crate) all: bool,
    /// The folder with the files
    #[arg(long = "in", value_name = "FOLDER")]
    pub(crate) given: PathBuf,
    /// Where the tables go
    #[arg(long, value_name = "FOLDER")]
    pub(crate) out: PathBuf,
    /// Which way: `published`, or `corrected` where its flaws are mended
    #[arg(long, default_value = "published", value_name = "MODE")]
    pub(crate) mode: String,
    /// Write the tables about single people and rows too; they are for their owner alone
    #[arg(long)]
    pub(crate) person_level: bool,
    /// Write what every step made, to look into a method; for the owner of the rows alone
    #[arg(long, requires = "person_level")]
    pub(crate) every_step: bool,
}

/// What `measure explain` takes.
#[derive(Debug, Clone, Args)]
pub(crate) struct MeasureExplainArgs {
    /// The measure: see `haven measure list`
    pub(crate) name: String,
    /// The council's code
    #[arg(long, value_name = "CODE")]
    pub(crate) la: String,
    /// The folder with the files
    #[arg(long = "in", value_name = "FOLDER")]
    pub(crate) given: PathBuf,
    /// The statistical year: `latest` or `previous`
    #[arg(long, default_value = "latest")]
    pub(crate) year: String,
    /// Which way: `published`, or `corrected` where its flaws are mended
    #[arg(long, default_value = "published", value_name = "MODE")]
    pub(crate) mode: String,
}
