//! The verbs of `haven audit`.

use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

/// What `audit` does.
#[derive(Debug, Subcommand)]
pub(crate) enum AuditVerb {
    /// Prove that no entry was altered, dropped or put elsewhere
    Verify {
        /// A checkpoint kept elsewhere, beside those of the workspace
        #[arg(long, value_name = "FILE")]
        checkpoint: Option<PathBuf>,
    },
    /// Show the newest entries
    Show {
        /// How many
        #[arg(long, default_value_t = 20)]
        last: usize,
    },
    /// Say who did what, when, under which agreement and why
    #[command(
        before_help = "Examples:\n  haven audit search --seen --area Westborough --agreement DSA-1234 --since 2026-05\n  haven audit search --person ana --kind decision_refused"
    )]
    Search {
        #[command(flatten)]
        filter: AuditFilter,
        /// How many of the newest are told
        #[arg(long, default_value_t = 50)]
        last: usize,
    },
    /// Write a proof that an entry is in the log, for somebody who has only the log's public key
    #[command(before_help = "Examples:\n  haven audit prove 4711 --out entry-4711.tlog-proof")]
    Prove {
        /// The number of the entry
        #[arg(value_name = "ENTRY")]
        entry: u64,
        /// Where to write it, instead of standard output
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Check a proof; needs no workspace and no network
    #[command(
        before_help = "Examples:\n  haven audit check-proof entry-4711.tlog-proof --key 'haven/audit+1a2b3c4d+AY…'"
    )]
    CheckProof {
        /// The proof
        #[arg(value_name = "FILE")]
        proof: PathBuf,
        /// The public key of the log, or a file with it
        #[arg(long)]
        key: String,
        /// Public keys of witnesses whose cosignatures are looked for
        #[arg(long)]
        witness: Vec<String>,
    },
    /// Judge one decision again from what its entry keeps, and say whether the same comes out
    #[command(before_help = "Examples:\n  haven audit replay 4711")]
    Replay {
        /// The number of the entry
        #[arg(value_name = "ENTRY")]
        entry: u64,
    },
    /// Write entries to a file
    #[command(
        before_help = "Examples:\n  haven audit export audit.xlsx --since 2026-05\n  haven audit export audit.csv\n  haven audit export audit.jsonl --person ana"
    )]
    Export {
        /// The file; its ending says the format: csv, xlsx or jsonl
        #[arg(value_name = "FILE")]
        out: PathBuf,
        #[command(flatten)]
        filter: AuditFilter,
    },
    /// Publish the checkpoint, with the tiles that belong to it, and print it
    Publish,
    /// Print the public key of the log
    Key,
    /// Watch the log of another organisation: check that it only grew, and cosign its checkpoint
    #[command(
        before_help = "Examples:\n  haven audit witness https://haven.example --log-key 'haven/audit+1a2b3c4d+AY…' --name council.example/witness --state witness\n  haven audit witness /mnt/shared/audit --log-key key.txt --name council.example/witness --state witness"
    )]
    Witness(WitnessArgs),
    /// Take in a checkpoint that a witness has cosigned
    TakeCosignature {
        /// The note that the witness wrote
        #[arg(value_name = "FILE")]
        note: PathBuf,
    },
    /// Measure how fast a log on this disk is kept and proven, in a folder of its own
    #[command(before_help = "Examples:\n  haven audit measure measure-here --entries 1000000")]
    Measure {
        /// A folder that is made and removed
        #[arg(value_name = "FOLDER")]
        folder: PathBuf,
        /// How many entries are kept by many threads, each waiting for its own
        #[arg(long, default_value_t = 50_000)]
        kept: u64,
        /// How many threads keep entries
        #[arg(long, default_value_t = 64)]
        threads: usize,
        /// Up to how many entries the log is filled before it is proven
        #[arg(long, default_value_t = 1_000_000)]
        entries: u64,
    },
}

/// Which entries.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct AuditFilter {
    /// The account that acted
    #[arg(long)]
    pub(crate) person: Option<String>,
    /// The organisation for which it acted
    #[arg(long)]
    pub(crate) organisation: Option<String>,
    /// The reference of the agreement
    #[arg(long)]
    pub(crate) agreement: Option<String>,
    /// The purpose, by the word of the agreement
    #[arg(long)]
    pub(crate) purpose: Option<String>,
    /// The table, by the name that agreements give it
    #[arg(long)]
    pub(crate) table: Option<String>,
    /// A council, a ward or an area
    #[arg(long)]
    pub(crate) area: Option<String>,
    /// From this day or month on: 2026-05-01 or 2026-05
    #[arg(long, value_name = "DAY")]
    pub(crate) since: Option<String>,
    /// Until the end of this day or month
    #[arg(long, value_name = "DAY")]
    pub(crate) until: Option<String>,
    /// The kind of entry, such as `answered` or `decision_refused`
    #[arg(long)]
    pub(crate) kind: Option<String>,
    /// How it ended
    #[arg(long, value_enum)]
    pub(crate) outcome: Option<AuditOutcome>,
    /// Only where somebody was shown or given something about people
    #[arg(long)]
    pub(crate) seen: bool,
}

/// How an entry ended.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum AuditOutcome {
    Allowed,
    Refused,
    Done,
    Failed,
}

/// How a log is watched.
#[derive(Debug, Clone, Args)]
pub(crate) struct WitnessArgs {
    /// The address of the service, or the folder of its log
    #[arg(value_name = "LOG")]
    pub(crate) log: String,
    /// The public key of the log, or a file with it
    #[arg(long, value_name = "KEY")]
    pub(crate) log_key: String,
    /// The name under which the witness signs: no spaces, no plus signs
    #[arg(long)]
    pub(crate) name: String,
    /// The folder where the witness keeps its key and what it has seen; made where it is not there
    #[arg(long, value_name = "FOLDER")]
    pub(crate) state: PathBuf,
    /// Who may vouch for the service, in PEM
    #[arg(long, value_name = "FILE")]
    pub(crate) authorities: Option<PathBuf>,
}
