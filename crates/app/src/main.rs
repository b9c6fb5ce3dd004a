//! Haven: a safe haven for linked health and adult social care data.
//!
//! Read first: `journey.rs`, the whole journey in one screen.

mod cli;
mod clock;
mod commands;
mod config;
mod desks;
mod fault;
mod journey;
mod output;
mod routes;
mod workspace;

use clap::Parser;
use cli::{Cli, Verb};
use config::Settings;
use fault::Exit;
use include_dir::{Dir, include_dir};
use model::Content;
use output::Output;
use std::{collections::BTreeMap, process::ExitCode, sync::Arc};

/// Content as it was when the program was built.
static CONTENT: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../content");

fn main() -> ExitCode {
    let cli = Cli::parse();
    let output = Output::new(&cli.global);
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(e) => {
            output.fault(&format!("the program cannot start: {e}"));
            return Exit::OurFault.into();
        }
    };
    runtime.block_on(async {
        tokio::select! {
            done = run(cli, &output) => match done {
                Ok(exit) => exit.into(),
                Err(fault) => fault::report(&fault, &output).into(),
            },
            _ = tokio::signal::ctrl_c() => {
                output.tell("Interrupted. What was finished is kept; run the same command again to go on.");
                Exit::Interrupted.into()
            }
        }
    })
}

async fn run(cli: Cli, output: &Output) -> anyhow::Result<Exit> {
    let mut flags = Vec::new();
    if let Some(home) = &cli.global.home {
        flags.push(("home", home.display().to_string()));
    }
    if let Some(content) = &cli.global.content {
        flags.push(("content", content.display().to_string()));
    }
    let environment: BTreeMap<String, String> = std::env::vars().collect();
    let settings = Settings::read(flags, &environment)?;
    let content = Arc::new(content(&settings)?);
    let global = &cli.global;
    if let (true, Some(would)) = (global.dry_run, cli.verb.would(&settings.config)) {
        output.result(&would);
        return Ok(Exit::Fine);
    }
    match cli.verb {
        Verb::Check(args) => commands::check::run(&args, &content, output),
        Verb::Explain { rule } => commands::explain::run(&rule, &content, output),
        Verb::Land(args) => {
            commands::land::run(&args, global, settings.config, content, output).await
        }
        Verb::Trace => commands::steps::trace(global, settings.config, content, output).await,
        Verb::Link => commands::steps::link(global, settings.config, content, output).await,
        Verb::Pseudonymise => {
            commands::steps::pseudonymise(global, settings.config, content, output).await
        }
        Verb::Derive => commands::steps::derive(global, settings.config, content, output).await,
        Verb::Ask(args) => commands::ask::ask(&args, settings.config, content, output).await,
        Verb::Release(args) => {
            commands::ask::release(&args, global, settings.config, content, output).await
        }
        Verb::Serve(args) => commands::serve::run(&args, settings.config, content, output).await,
        Verb::Audit(verb) => commands::audit::run(&verb, settings.config, content, output).await,
        Verb::Synth(args) => commands::synth::run(&args, global, &content, output),
        Verb::Demo(args) => commands::demo::run(&args, settings.config, content, output).await,
        Verb::Status => commands::status::run(settings.config, content, output).await,
        Verb::Account(verb) => commands::account::run(verb, settings.config, content, output).await,
        Verb::Config(verb) => commands::config::run(&verb, &settings, output),
        Verb::Completions { shell } => commands::manual::completions(shell, output),
        Verb::Man { out } => commands::manual::man(&out, output),
    }
}

/// The content that the settings name, or what is built in.
fn content(settings: &Settings) -> anyhow::Result<Content> {
    fn gather(folder: &Dir<'_>, files: &mut Vec<(String, Vec<u8>)>) {
        for file in folder.files() {
            files.push((
                file.path().to_string_lossy().replace('\\', "/"),
                file.contents().to_vec(),
            ));
        }
        for below in folder.dirs() {
            gather(below, files);
        }
    }
    if let Some(folder) = &settings.config.content {
        return Ok(Content::from_folder(folder)?);
    }
    let mut files = Vec::new();
    gather(&CONTENT, &mut files);
    Ok(Content::from_files(files))
}
