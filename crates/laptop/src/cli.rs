//! The verbs, their flags and their help.

use clap::{Args, Subcommand, ValueEnum};
use model::Date;
use std::path::PathBuf;

/// What every verb takes.
#[derive(Debug, Clone, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag that stands alone"
)]
pub struct Flags {
    /// Read content from a folder instead of what is built in
    #[arg(long, global = true, value_name = "FOLDER")]
    pub content: Option<PathBuf>,
    /// One JSON document on standard output
    #[arg(long, global = true)]
    pub json: bool,
    /// Only the exit status
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// No colour
    #[arg(long, global = true)]
    pub no_color: bool,
    /// Say what would be done, and do nothing
    #[arg(long, global = true)]
    pub dry_run: bool,
}

/// The verbs that need no workspace and no network.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Check files against their specification; nothing is kept or sent
    #[command(
        before_help = "Examples:\n  haven check march.csv\n  haven check march.csv --report march.xlsx --report march.html"
    )]
    Check(CheckArgs),
    /// Say what a rule means, why it is there and how to fix what it finds
    #[command(before_help = "Examples:\n  haven explain CLD-P003\n  haven explain CLD-E009 --json")]
    Explain {
        /// The rule's code
        rule: String,
    },
}

/// What `check` takes.
#[derive(Debug, Clone, Args)]
pub struct CheckArgs {
    /// The files; `-` is standard input
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    #[command(flatten)]
    pub reading: ReadingArgs,
    /// The council that sends the file, to hold its code against
    #[arg(long, value_name = "CODE")]
    pub from: Option<String>,
    /// The day to take for today [default: today]
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub today: Option<Date>,
    /// Show the warnings and notes too
    #[arg(long)]
    pub warnings: bool,
    /// Exit with 1 on warnings too
    #[arg(long)]
    pub strict: bool,
    /// Write the findings to a file: .xlsx, .csv, .html, .json or .jsonl; may be given several times
    #[arg(long, value_name = "FILE")]
    pub report: Vec<PathBuf>,
    /// One JSON line a finding, as it is found
    #[arg(long, conflicts_with = "json")]
    pub jsonl: bool,
}

/// How a file is read.
#[derive(Debug, Clone, Args)]
pub struct ReadingArgs {
    /// The dataset [default: the one that `content/defaults.toml` names]
    #[arg(long, value_name = "NAME")]
    pub dataset: Option<String>,
    /// The sheet of a workbook
    #[arg(long, value_name = "NAME")]
    pub sheet: Option<String>,
    /// The encoding, instead of the one that is detected
    #[arg(long, value_enum)]
    pub encoding: Option<EncodingArg>,
    /// The delimiter, instead of the one that is detected
    #[arg(long, value_name = "CHARACTER")]
    pub delimiter: Option<char>,
}

/// Encodings that can be stated.
#[derive(Debug, Clone, Copy, ValueEnum)]
#[value(rename_all = "kebab-case")]
pub enum EncodingArg {
    Utf8,
    Utf16Le,
    Utf16Be,
    Windows1252,
}
