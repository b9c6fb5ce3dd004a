//! What `haven key` takes.

use crate::config::ProcessZone;
use clap::Subcommand;
use std::path::PathBuf;

/// A zone that a process can be of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum ServedZone {
    /// Landing and identity
    Landing,
    /// Pseudonyms only
    Analysis,
    /// Keys, and no data
    Custody,
    /// Everything in one process
    All,
}

impl From<ServedZone> for ProcessZone {
    fn from(zone: ServedZone) -> Self {
        match zone {
            ServedZone::Landing => Self::Landing,
            ServedZone::Analysis => Self::Analysis,
            ServedZone::Custody => Self::Custody,
            ServedZone::All => Self::All,
        }
    }
}

/// What `key` does. No verb shows a key.
#[derive(Debug, Subcommand)]
pub(crate) enum KeyVerb {
    /// Show which keys there are: ids, ages, algorithms and where they are held
    List,
    /// Draw the first key of a domain
    New {
        /// The domain
        domain: String,
        /// For sealing: what its holder can lead back
        #[arg(long)]
        sealing: bool,
        /// The key custodian
        #[arg(long = "as", value_name = "USERNAME")]
        person: String,
    },
    /// Ask for a new key in the place of the one in use; somebody else has to approve
    Rotate {
        /// The domain
        domain: String,
        /// The key custodian who asks
        #[arg(long = "as", value_name = "USERNAME")]
        person: String,
        /// Why
        #[arg(long)]
        why: String,
    },
    /// Ask for the destruction of keys and of all that they open; somebody else has to approve
    Destroy {
        /// The domain
        domain: String,
        /// One key of it [default: all]
        #[arg(long, value_name = "KEY")]
        id: Option<String>,
        /// The key custodian who asks
        #[arg(long = "as", value_name = "USERNAME")]
        person: String,
        /// Why
        #[arg(long)]
        why: String,
    },
    /// Approve a change that somebody else asked for, and carry it out
    Approve {
        /// Its number
        number: u64,
        /// Another key custodian, or an asset owner
        #[arg(long = "as", value_name = "USERNAME")]
        person: String,
    },
    /// Refuse a change that somebody else asked for
    Refuse {
        /// Its number
        number: u64,
        /// Another key custodian, or an asset owner
        #[arg(long = "as", value_name = "USERNAME")]
        person: String,
    },
    /// Make the bridges of a domain from its earlier keys to the one in use
    Bridge {
        /// The domain
        domain: String,
        /// The list of people, as `haven key people` writes it [default: those of the workspace]
        #[arg(long, value_name = "FILE")]
        people: Option<PathBuf>,
        /// The key custodian
        #[arg(long = "as", value_name = "USERNAME")]
        person: String,
    },
    /// Write the list of people that a bridge is made for: the landing zone's part, where zones are apart
    People {
        /// Where it goes
        #[arg(long, short, value_name = "FILE")]
        out: PathBuf,
    },
    /// Make a credential for a process that asks the key service, and show its digest for the settings there
    Credential {
        /// Where it goes
        #[arg(long, short, value_name = "FILE")]
        out: PathBuf,
    },
    /// Protect key files that are still plain, and the identity where a passphrase is set
    Protect,
    /// Look for key files that others could read, that are plain, or that do not open
    Check,
    /// Show the age recipient of this installation: it closes files and opens none
    Recipient,
    /// Write a copy of the key of `handover` for the other zone's recipient
    Share {
        /// The store: `handover`
        zone: String,
        /// The recipient that is to open it, as `haven key recipient` shows it there
        #[arg(long, value_name = "AGE1…")]
        to: String,
        /// Where the copy goes
        #[arg(long, short, value_name = "FILE")]
        out: PathBuf,
    },
    /// Swap values of `OpenPseudonymiser`, one a line, for pseudonyms of a domain
    Import {
        /// The file of values
        file: PathBuf,
        /// The domain
        #[arg(long)]
        domain: String,
        /// Where the pseudonyms go
        #[arg(long, short, value_name = "FILE")]
        out: PathBuf,
    },
}
