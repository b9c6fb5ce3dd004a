//! The verbs that need no workspace and no network: what an analyst does before anything is sent.
//!
//! `haven` and the small program `haven-laptop` both call [`run`], so they give the same answer. Nothing here
//! reads the clock or the environment: the day and the way to stop come in with a [`Desk`].

pub mod cli;
pub mod fault;
pub mod manual;
pub mod output;

mod built_in;
mod check;
mod diff;
mod explain;
mod fix;
mod report;
mod sample;
pub mod spec;
mod stop;
mod table;
mod usual;

pub use built_in::content;
pub use model::WholeFile;
pub use stop::Stop;
pub use usual::{Defaults, Stated, dataset, london_day, receive_settings, stated};

use anyhow::Result;
use cli::Verb;
use fault::Exit;
use model::{Content, Date};
use output::Output;

/// The version of the program, the same for every crate.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What the verbs work with, beside their own flags.
#[derive(Debug, Clone, Copy)]
pub struct Desk<'a> {
    /// Datasets, rules and code lists.
    pub content: &'a Content,
    /// Where results and progress go.
    pub output: &'a Output,
    /// The day to take for today where no other is stated.
    pub today: Date,
    /// Whether nothing may be written.
    pub dry_run: bool,
    /// Whether the person asked to stop.
    pub stop: &'a Stop,
}

/// Does what a verb says.
pub fn run(verb: &Verb, desk: Desk<'_>) -> Result<Exit> {
    match verb {
        Verb::Check(args) => check::run(args, desk),
        Verb::Explain { rule } => explain::run(rule, desk),
        Verb::Fix(args) => fix::run(args, desk),
        Verb::Diff(args) => diff::run(args, desk),
        Verb::Sample(args) => sample::run(args, desk),
    }
}
