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
        before_help = "Examples:\n  haven check march.csv\n  haven check march.csv --report march.xlsx --report march.html\n  haven check march.csv --last february.csv"
    )]
    Check(CheckArgs),
    /// Say what a rule means, why it is there and how to fix what it finds
    #[command(before_help = "Examples:\n  haven explain CLD-P003\n  haven explain CLD-E009 --json")]
    Explain {
        /// The rule's code
        rule: String,
    },
    /// Mend what can be mended without changing what the file says, and list each repair
    #[command(
        before_help = "Examples:\n  haven fix march.csv -o march-mended.csv\n  haven fix march.xlsx -o march.csv --list repairs.csv"
    )]
    Fix(FixArgs),
    /// Say what changed between two extracts, by the key that the dataset names
    #[command(
        before_help = "Examples:\n  haven diff february.csv march.csv\n  haven diff february.csv march.csv --report changes.csv"
    )]
    Diff(DiffArgs),
    /// Make up a file that fits a specification, about people who do not exist
    #[command(
        before_help = "Examples:\n  haven sample deaths -n 10000 -o deaths.csv\n  haven sample deaths -n 10 --seed 7"
    )]
    Sample(SampleArgs),
}

/// What `fix` takes.
#[derive(Debug, Clone, Args)]
pub struct FixArgs {
    /// The file; `-` is standard input
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Where the mended file goes, as CSV; `-` is standard output
    #[arg(long, short, value_name = "OUT")]
    pub out: Option<PathBuf>,
    /// Write every repair to a CSV file: row, column, cell before and now
    #[arg(long, value_name = "FILE.csv")]
    pub list: Option<PathBuf>,
    #[command(flatten)]
    pub reading: ReadingArgs,
}

/// What `diff` takes.
#[derive(Debug, Clone, Args)]
pub struct DiffArgs {
    /// The earlier extract
    #[arg(value_name = "OLD")]
    pub old: PathBuf,
    /// The later extract
    #[arg(value_name = "NEW")]
    pub new: PathBuf,
    /// The columns by which a row is known again [default: those that the dataset names]
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    pub key: Vec<String>,
    /// Write every row that differs to a CSV file
    #[arg(long, value_name = "FILE.csv")]
    pub report: Option<PathBuf>,
    #[command(flatten)]
    pub reading: ReadingArgs,
}

/// What `sample` takes.
#[derive(Debug, Clone, Args)]
pub struct SampleArgs {
    /// The dataset
    #[arg(value_name = "SPEC")]
    pub spec: String,
    /// How many rows
    #[arg(short = 'n', long, value_name = "N", default_value_t = 1_000)]
    pub rows: u64,
    /// The same seed gives the same file
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Where the file goes, as CSV [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// The day on which the file must pass [default: today]
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub today: Option<Date>,
}

/// What `spec` does without a workspace.
#[derive(Debug, Subcommand)]
pub enum SpecVerb {
    /// List the datasets, with their versions and how many rules they have
    #[command(before_help = "Examples:\n  haven spec list\n  haven spec list --json")]
    List,
    /// Show one specification: its fields and its rules
    #[command(before_help = "Examples:\n  haven spec show deaths\n  haven spec show deaths --json")]
    Show {
        /// The dataset, or FOLDER:NAME for one in another folder of content
        dataset: String,
    },
    /// Say in words what differs between two specifications
    #[command(
        before_help = "Examples:\n  haven spec diff last-year/content:deaths deaths\n  haven spec diff last-year/content:deaths deaths --json"
    )]
    Diff {
        /// The earlier one: a dataset, or FOLDER:NAME for one in another folder of content
        old: String,
        /// The later one
        new: String,
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
    /// The last file of the same sender that was accepted, to hold this one against
    #[arg(long, value_name = "FILE")]
    pub last: Option<PathBuf>,
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
