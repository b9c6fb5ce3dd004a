//! The verb `agreement`: what it does, with which flags.

use clap::{Args, Subcommand};
use model::Date;
use std::path::PathBuf;

/// What `agreement` does.
#[derive(Debug, Subcommand)]
pub(crate) enum AgreementVerb {
    /// The agreements, their states, and what waits for somebody
    List {
        /// Only those in this state, such as active
        #[arg(long, value_name = "STATE")]
        state: Option<String>,
    },
    /// One agreement in words
    Show {
        /// Its reference
        #[arg(value_name = "REFERENCE")]
        reference: String,
        /// One of its versions [default: the one that speaks for it today]
        #[arg(long = "agreement-version", value_name = "VERSION")]
        version: Option<String>,
    },
    /// Check the text of an agreement, offline
    Check {
        /// The file; `-` is standard input
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// What a text changes of another, in words, offline
    Diff {
        /// The earlier text
        #[arg(value_name = "OLD")]
        old: PathBuf,
        /// The later text
        #[arg(value_name = "NEW")]
        new: PathBuf,
    },
    /// Begin an agreement from a template, offline
    New {
        /// The template; without one, the templates are listed
        #[arg(long, value_name = "NAME")]
        template: Option<String>,
        /// Where it goes [default: standard output]
        #[arg(long, short, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Hand a text in for approval
    Submit {
        /// The file; `-` is standard input
        #[arg(value_name = "FILE")]
        file: PathBuf,
        #[command(flatten)]
        act: ActArgs,
    },
    /// Approve the version with this digest
    Approve {
        #[command(flatten)]
        which: WhichArgs,
        /// A remark for the record
        #[arg(long, value_name = "WORDS", default_value = "")]
        words: String,
        #[command(flatten)]
        who: WhoArgs,
    },
    /// Send the version with this digest back to its writers
    Return {
        #[command(flatten)]
        which: WhichArgs,
        #[command(flatten)]
        act: ActArgs,
    },
    /// Take the version with this digest back; for its writers
    Withdraw {
        #[command(flatten)]
        which: WhichArgs,
        #[command(flatten)]
        act: ActArgs,
    },
    /// Put the signature of a party on record
    Sign(SignArgs),
    /// Stop an agreement, a person or a release at once
    Suspend {
        #[command(flatten)]
        what: WhatArgs,
        #[command(flatten)]
        act: ActArgs,
    },
    /// Lift a suspension
    Lift {
        /// Its number, as `agreement list` shows it
        #[arg(value_name = "NUMBER")]
        number: u64,
        #[command(flatten)]
        act: ActArgs,
    },
    /// Say that an agreement that has ended is being wound up
    Close {
        /// Its reference
        #[arg(value_name = "REFERENCE")]
        reference: String,
        #[command(flatten)]
        act: ActArgs,
    },
    /// What if one ended, who could see a table, and why
    Simulate(SimulateArgs),
    /// The text of a version, or the rule that machines obey
    Export {
        /// Its reference
        #[arg(value_name = "REFERENCE")]
        reference: String,
        /// One of its versions [default: the one that speaks for it today]
        #[arg(long = "agreement-version", value_name = "VERSION")]
        version: Option<String>,
        /// The rule for machines instead of the text
        #[arg(long)]
        rule: bool,
        /// Where it goes [default: standard output]
        #[arg(long, short, value_name = "FILE")]
        out: Option<PathBuf>,
    },
}

/// Who acts.
#[derive(Debug, Args)]
pub(crate) struct WhoArgs {
    /// The person who acts [default: the account of the machine]
    #[arg(id = "acting", long = "as", value_name = "USERNAME")]
    pub(crate) person: Option<String>,
}

/// Who acts, and why.
#[derive(Debug, Args)]
pub(crate) struct ActArgs {
    /// Why
    #[arg(long, value_name = "WORDS")]
    pub(crate) why: String,
    #[command(flatten)]
    pub(crate) who: WhoArgs,
}

/// Which version.
#[derive(Debug, Args)]
pub(crate) struct WhichArgs {
    /// The digest of the text that you looked at; twelve digits of it are enough
    #[arg(value_name = "DIGEST")]
    pub(crate) digest: String,
}

/// A signature.
#[derive(Debug, Args)]
pub(crate) struct SignArgs {
    #[command(flatten)]
    pub(crate) which: WhichArgs,
    /// The party that has signed, by its code
    #[arg(long, value_name = "CODE")]
    pub(crate) party: String,
    /// Who signed for it
    #[arg(long, value_name = "NAME")]
    pub(crate) name: String,
    /// As what they signed
    #[arg(long, value_name = "ROLE")]
    pub(crate) role: String,
    /// The day on which they did
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) day: Date,
    /// Where the evidence lies, such as the signed letter
    #[arg(long, value_name = "WORDS")]
    pub(crate) evidence: String,
    #[command(flatten)]
    pub(crate) who: WhoArgs,
}

/// What is to be stopped.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct WhatArgs {
    /// An agreement, by its reference
    #[arg(long, value_name = "REFERENCE")]
    pub(crate) agreement: Option<String>,
    /// A person, by the name of their account
    #[arg(long, value_name = "USERNAME")]
    pub(crate) person: Option<String>,
    /// A release, by its name
    #[arg(long, value_name = "RELEASE")]
    pub(crate) release: Option<String>,
}

/// What is asked.
#[derive(Debug, Args)]
pub(crate) struct SimulateArgs {
    /// What if this agreement ended
    #[arg(long, value_name = "REFERENCE", conflicts_with_all = ["table", "why"])]
    pub(crate) ends: Option<String>,
    /// Who could see this table
    #[arg(long, value_name = "TABLE", required_unless_present_any = ["ends", "why"], conflicts_with = "why")]
    pub(crate) table: Option<String>,
    /// Why this person could see this table
    #[arg(long, num_args = 2, value_names = ["PERSON", "TABLE"])]
    pub(crate) why: Option<Vec<String>>,
    /// One column of the table
    #[arg(long, value_name = "COLUMN")]
    pub(crate) column: Option<String>,
    /// The day [default: today]
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) on: Option<Date>,
}

impl AgreementVerb {
    /// What it would do, for those that change something.
    pub(crate) fn would(&self) -> Option<String> {
        Some(match self {
            Self::Submit { file, .. } => format!("would hand {} in for approval", file.display()),
            Self::Approve { which, .. } => format!("would approve {}", which.digest),
            Self::Return { which, .. } => format!("would send {} back", which.digest),
            Self::Withdraw { which, .. } => format!("would take {} back", which.digest),
            Self::Sign(args) => format!(
                "would put the signature of {} under {} on record",
                args.party, args.which.digest
            ),
            Self::Suspend { what, .. } => {
                let named = [&what.agreement, &what.person, &what.release];
                let which = named.into_iter().flatten().next()?;
                format!("would suspend {which} at once")
            }
            Self::Lift { number, .. } => format!("would lift suspension {number}"),
            Self::Close { reference, .. } => {
                format!("would say that {reference} is being wound up")
            }
            _ => return None,
        })
    }
}
