//! What `account` takes: people, their roles and facts, and tokens of machines.

use clap::{Args, Subcommand};
use std::path::PathBuf;

/// What `account` does.
#[derive(Debug, Subcommand)]
pub(crate) enum AccountVerb {
    /// Add an account; its password is read from standard input
    Add {
        /// The name to sign in with
        username: String,
        /// The person's name
        #[arg(long)]
        name: String,
        /// The person's organisation
        #[arg(long)]
        organisation: String,
        /// What the person may do; may be given several times
        #[arg(long = "role", required = true)]
        roles: Vec<String>,
        /// An invented person of a place for showing and testing, whom nobody asks for a second factor
        #[arg(long)]
        invented: bool,
        #[command(flatten)]
        facts: FactArgs,
    },
    /// Make a token with which a machine sends files; it is printed once and never again
    Token {
        /// The name of the machine
        username: String,
        /// The organisation for which it acts
        #[arg(long, required_unless_present = "revoke")]
        organisation: Option<String>,
        /// What it may do
        #[arg(long, default_value = "submitter")]
        role: String,
        /// For how many days the token counts
        #[arg(long, default_value_t = 365, value_parser = clap::value_parser!(u32).range(1..=3650))]
        days: u32,
        /// End every token of the machine instead
        #[arg(long)]
        revoke: bool,
    },
    /// Stop an account from signing in; its sessions and tokens end at once
    Disable {
        /// The name to sign in with
        username: String,
    },
    /// Let a disabled account be used again
    Enable {
        /// The name to sign in with
        username: String,
    },
    /// List everybody with their roles
    List,
    /// Give a role; one that sees people's data is asked for, and a second person decides on the site
    Give {
        /// The name to sign in with
        username: String,
        /// The role
        #[arg(long)]
        role: String,
        /// The organisation
        #[arg(long)]
        organisation: String,
        /// Why
        #[arg(long)]
        reason: String,
    },
    /// Take a role away; sessions in it end at once
    Take {
        /// The name to sign in with
        username: String,
        /// The role
        #[arg(long)]
        role: String,
        /// The organisation
        #[arg(long)]
        organisation: String,
    },
    /// Put employment and training on record
    Record {
        /// The name to sign in with
        username: String,
        #[command(flatten)]
        facts: FactArgs,
    },
    /// Ask for the reset of a second factor; a second person decides on the site
    Reset {
        /// The name to sign in with
        username: String,
        /// Why
        #[arg(long)]
        reason: String,
    },
    /// Make a link with which somebody chooses a new password; it is printed once and never again
    Invite {
        /// The name to sign in with
        username: String,
    },
    /// Register a program that signs assertions, and its key
    Machine {
        /// The name of the program, as it calls itself
        client_id: String,
        /// What it is
        #[arg(long)]
        name: Option<String>,
        /// The organisation for which it acts
        #[arg(long)]
        organisation: Option<String>,
        /// What it may do
        #[arg(long, default_value = "submitter")]
        role: String,
        /// The file with its public key, in PEM
        #[arg(long, value_name = "FILE")]
        key: Option<PathBuf>,
        /// What the key is called
        #[arg(long, default_value = "1")]
        key_id: String,
        /// How it signs
        #[arg(long, default_value = "ES256", value_parser = ["ES256", "EdDSA", "RS256"])]
        algorithm: String,
        /// End the key of that name instead
        #[arg(long)]
        end_key: bool,
        /// Disable the program instead; its tokens end at once
        #[arg(long)]
        disable: bool,
    },
    /// Make the credential of a directory that tells of joiners and leavers over SCIM; it is printed once
    Directory {
        /// The name of the directory: that of the provider whose people it has, where there is one
        name: String,
        /// For how many days the credential counts
        #[arg(long, default_value_t = 365, value_parser = clap::value_parser!(u32).range(1..=3650))]
        days: u32,
    },
}

/// What is on record about somebody.
#[derive(Debug, Args)]
pub(crate) struct FactArgs {
    /// Who employs the person
    #[arg(long)]
    pub(crate) employer: Option<String>,
    /// The last day of employment or of an honorary contract
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) employed_until: Option<String>,
    /// The last day on which the training counts
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) trained_until: Option<String>,
}

impl AccountVerb {
    /// What it would do, in words; `None` where it changes nothing.
    pub(crate) fn would(&self, home: &str) -> Option<String> {
        Some(match self {
            Self::List => return None,
            Self::Add { username, .. } => format!("would add account {username} to {home}"),
            Self::Token { username, .. } => {
                format!("would change the tokens of {username} in {home}")
            }
            Self::Disable { username } => format!("would disable account {username} in {home}"),
            Self::Enable { username } => format!("would enable account {username} in {home}"),
            Self::Give { username, role, .. } => {
                format!("would give {username} the role {role} in {home}, or ask for it")
            }
            Self::Take { username, role, .. } => {
                format!("would take the role {role} from {username} in {home}")
            }
            Self::Record { username, .. } => {
                format!("would put facts about {username} on record in {home}")
            }
            Self::Reset { username, .. } => {
                format!("would ask for a reset of the second factor of {username} in {home}")
            }
            Self::Invite { username } => {
                format!("would make a link for a new password of {username} in {home}")
            }
            Self::Machine { client_id, .. } => {
                format!("would change the program {client_id} in {home}")
            }
            Self::Directory { name, .. } => {
                format!("would make a credential of the directory {name} in {home}")
            }
        })
    }
}
