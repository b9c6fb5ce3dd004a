//! The verb `incident`: what it does, with which flags.

use super::{ActArgs, WhatArgs, WhoArgs};
use clap::{Args, Subcommand, ValueEnum};
use model::Date;
use std::path::PathBuf;

/// What `incident` does.
#[derive(Debug, Subcommand)]
pub(crate) enum IncidentVerb {
    /// Write an incident, a deviation or a finding of an audit down
    Open(OpenArgs),
    /// Add a line to a timeline
    Add(AddArgs),
    /// Say who sees to it, and by when
    Assign {
        /// The number of the incident
        #[arg(value_name = "NUMBER")]
        number: u64,
        /// Who sees to it, by account
        #[arg(long, value_name = "USERNAME")]
        owner: String,
        /// By which day
        #[arg(long, value_name = "YYYY-MM-DD")]
        due: Date,
        #[command(flatten)]
        act: ActArgs,
    },
    /// Stop an agreement, a person or a release at once because of it
    Stop {
        /// The number of the incident
        #[arg(value_name = "NUMBER")]
        number: u64,
        #[command(flatten)]
        what: WhatArgs,
        #[command(flatten)]
        act: ActArgs,
    },
    /// Close it, once everybody was told who has to be
    Close {
        /// The number of the incident
        #[arg(value_name = "NUMBER")]
        number: u64,
        #[command(flatten)]
        act: ActArgs,
    },
    /// All of them, and who has to be told by when
    List {
        #[command(flatten)]
        who: WhoArgs,
    },
    /// Write one as a file, with the entries of the audit log that belong to it
    Export {
        /// The number of the incident
        #[arg(value_name = "NUMBER")]
        number: u64,
        /// Where it goes [default: standard output]
        #[arg(long, short, value_name = "FILE")]
        out: Option<PathBuf>,
        #[command(flatten)]
        who: WhoArgs,
    },
}

/// An incident.
#[derive(Debug, Args)]
pub(crate) struct OpenArgs {
    /// What kind it is, by the code of `content/incidents.toml`
    #[arg(long, value_name = "CODE")]
    pub(crate) category: String,
    /// What went wrong, in a few words
    #[arg(long, value_name = "WORDS")]
    pub(crate) title: String,
    /// When it was first noticed, in London time [default: now]
    #[arg(long, value_name = "YYYY-MM-DDTHH:MM")]
    pub(crate) noticed: Option<String>,
    /// What was noticed
    #[arg(long, value_name = "WORDS")]
    pub(crate) words: String,
    /// Who sees to it, by account [default: whoever writes it down]
    #[arg(long, value_name = "USERNAME")]
    pub(crate) owner: Option<String>,
    /// By which day [default: as its kind asks for]
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) due: Option<Date>,
    #[command(flatten)]
    pub(crate) who: WhoArgs,
}

/// A line.
#[derive(Debug, Args)]
pub(crate) struct AddArgs {
    /// The number of the incident
    #[arg(value_name = "NUMBER")]
    pub(crate) number: u64,
    /// What the line is about
    #[arg(long, value_enum)]
    pub(crate) kind: LineKind,
    /// When it happened, in London time [default: now]
    #[arg(long, value_name = "YYYY-MM-DDTHH:MM")]
    pub(crate) at: Option<String>,
    /// What happened
    #[arg(long, value_name = "WORDS")]
    pub(crate) words: String,
    /// Of what was told: to whom, by the code of `content/incidents.toml`
    #[arg(long, value_name = "CODE")]
    pub(crate) to: Option<String>,
    /// Of what was assessed: whether it has to be reported
    #[arg(long, value_name = "YES OR NO", value_parser = yes_or_no)]
    pub(crate) must_report: Option<bool>,
    #[command(flatten)]
    pub(crate) who: WhoArgs,
}

/// What a line is about, as somebody writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LineKind {
    Noticed,
    Contained,
    Assessed,
    Told,
    PutRight,
}

fn yes_or_no(word: &str) -> Result<bool, String> {
    match word {
        "yes" => Ok(true),
        "no" => Ok(false),
        other => Err(format!("`{other}` is neither `yes` nor `no`")),
    }
}

impl IncidentVerb {
    /// What it would do, for those that change something.
    pub(crate) fn would(&self) -> Option<String> {
        Some(match self {
            Self::Open(args) => format!("would write down: {}", args.title),
            Self::Add(args) => format!("would add to the timeline of incident {}", args.number),
            Self::Assign { number, owner, .. } => {
                format!("would give incident {number} to {owner}")
            }
            Self::Stop { number, what, .. } => {
                let named = [&what.agreement, &what.person, &what.release];
                let which = named.into_iter().flatten().next()?;
                format!("would suspend {which} at once because of incident {number}")
            }
            Self::Close { number, .. } => format!("would close incident {number}"),
            Self::List { .. } | Self::Export { .. } => return None,
        })
    }
}
