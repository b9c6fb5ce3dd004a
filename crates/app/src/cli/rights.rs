//! The arguments of `haven subject-access`.

use clap::Subcommand;
use std::path::PathBuf;

/// What `subject-access` does.
#[derive(Debug, Subcommand)]
pub(crate) enum SubjectAccessVerb {
    /// Take in what a person asks, whose NHS number comes on standard input
    Take {
        /// What is asked: access, rectification or restriction
        #[arg(long, value_name = "KIND", default_value = "access")]
        kind: String,
        /// The day on which it was asked, such as 2026-04-01; today, if left out
        #[arg(long, value_name = "DAY")]
        asked: Option<String>,
        /// How it came, such as by letter
        #[arg(long, value_name = "WORDS")]
        channel: String,
        /// How you know who is asking, without anyone's details
        #[arg(long, value_name = "WORDS")]
        identity: String,
        /// What is asked for, without anyone's details
        #[arg(long, value_name = "WORDS", default_value = "")]
        words: String,
        /// Who takes it in
        #[arg(long = "as", value_name = "USERNAME")]
        by: String,
    },
    /// Look at who is asking, as the second person
    Check {
        /// Its number
        #[arg(value_name = "CASE")]
        case: u64,
        /// How you know who is asking, without anyone's details
        #[arg(long, value_name = "WORDS")]
        identity: String,
        /// Who looks
        #[arg(long = "as", value_name = "USERNAME")]
        by: String,
    },
    /// Bring everything that is held and every use together, sealed for the person
    Answer {
        /// Its number
        #[arg(value_name = "CASE")]
        case: u64,
        /// The folder for the two sealed files
        #[arg(short, long, value_name = "DIR")]
        out: PathBuf,
        /// A file with the passphrase under which they are sealed
        #[arg(long, value_name = "FILE")]
        passphrase_file: Option<PathBuf>,
        /// The person's own key: an age recipient
        #[arg(long, value_name = "RECIPIENT")]
        recipient: Option<String>,
        /// Who has it made
        #[arg(long = "as", value_name = "USERNAME")]
        by: String,
    },
    /// Close a case with what came of it
    Close {
        /// Its number
        #[arg(value_name = "CASE")]
        case: u64,
        /// answered, done, `not_done` or withdrawn
        #[arg(long, value_name = "OUTCOME")]
        outcome: String,
        /// What was done and said, without anyone's details
        #[arg(long, value_name = "WORDS")]
        words: String,
        /// Who closes it
        #[arg(long = "as", value_name = "USERNAME")]
        by: String,
    },
    /// Show all of them, the most pressing first
    List,
}
