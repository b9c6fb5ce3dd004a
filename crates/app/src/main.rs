//! Haven: a safe haven for linked health and adult social care data.
//!
//! Read first: `journey.rs`, the whole journey in one screen.

mod cases;
mod cli;
mod clock;
mod commands;
mod config;
mod desks;
mod destruction;
mod evidence;
mod fault;
mod journey;
mod key_service;
mod keys;
mod measures;
mod networks;
mod providers;
mod registered;
mod request;
mod roles;
mod routes;
mod subject_access;
mod tls;
mod windows;
mod workspace;

use clap::{CommandFactory, Parser};
use cli::{AnyVerb, Cli, Global, SpecVerb, Verb};
use config::Settings;
use fault::Exit;
use laptop::{manual, output, output::Output};
use std::{collections::BTreeMap, process::ExitCode, sync::Arc};

fn main() -> ExitCode {
    let cli = Cli::parse();
    let output = Output::new(&cli.global.flags, std::env::var_os("NO_COLOR").is_some());
    let verb = match cli.verb {
        // These run on their own threads and never wait, so they need no runtime.
        AnyVerb::Laptop(verb) => {
            return end(
                offline(&cli.global, &output, |desk| laptop::run(&verb, desk)),
                &output,
            );
        }
        AnyVerb::Spec(SpecVerb::Impact(args)) => Verb::Impact(args),
        AnyVerb::Spec(SpecVerb::Laptop(verb)) => {
            return end(
                offline(&cli.global, &output, |desk| laptop::spec::run(&verb, desk)),
                &output,
            );
        }
        AnyVerb::Workspace(verb) => verb,
    };
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
            done = run(verb, &cli.global, &output) => end(done, &output),
            _ = tokio::signal::ctrl_c() => {
                output.tell("Interrupted. What was finished is kept; run the same command again to go on.");
                Exit::Interrupted.into()
            }
        }
    })
}

/// The settings from flags, the environment and files.
fn settings(global: &Global) -> anyhow::Result<Settings> {
    let mut flags = Vec::new();
    if let Some(home) = &global.home {
        flags.push(("home", home.display().to_string()));
    }
    if let Some(content) = &global.flags.content {
        flags.push(("content", content.display().to_string()));
    }
    let environment: BTreeMap<String, String> = std::env::vars().collect();
    Ok(Settings::read(flags, &environment)?)
}

/// A verb that needs no workspace and no network.
fn offline(
    global: &Global,
    output: &Output,
    work: impl FnOnce(laptop::Desk<'_>) -> anyhow::Result<Exit>,
) -> anyhow::Result<Exit> {
    let settings = settings(global)?;
    work(laptop::Desk {
        content: &laptop::content(settings.config.content.as_deref())?,
        output,
        today: commands::today(None)?,
        dry_run: global.flags.dry_run,
        stop: &laptop::Stop::on_interrupt()?,
    })
}

/// The status of a verb, once the person was told what went wrong.
fn end(done: anyhow::Result<Exit>, output: &Output) -> ExitCode {
    match done {
        Ok(exit) => exit.into(),
        Err(fault) => fault::report(&fault, output).into(),
    }
}

async fn run(verb: Verb, global: &Global, output: &Output) -> anyhow::Result<Exit> {
    let settings = settings(global)?;
    let content = Arc::new(laptop::content(settings.config.content.as_deref())?);
    if let (true, Some(would)) = (global.flags.dry_run, verb.would(&settings.config)) {
        output.result(&would);
        return Ok(Exit::Fine);
    }
    let config = settings.config.clone();
    match verb {
        Verb::Land(args) => {
            Box::pin(commands::land::run(&args, global, config, content, output)).await
        }
        Verb::Trace(args) => match &args.request {
            Some(request) => {
                commands::trace_file::trace(&args, request, config, content, output).await
            }
            None => Box::pin(commands::steps::trace(global, config, content, output)).await,
        },
        Verb::Link(args) => {
            if let Some(verb) = &args.verb {
                return commands::link_files::link(verb, &content, output);
            }
            let truth = args.truth.as_deref();
            Box::pin(commands::steps::link(
                global, config, content, output, truth,
            ))
            .await
        }
        Verb::Clk(verb) => commands::clk::run(&verb, &content, output),
        Verb::Pseudonymise => commands::steps::pseudonymise(global, config, content, output).await,
        Verb::Correct => commands::correct::run(config, content, output).await,
        Verb::Derive => commands::steps::derive(global, config, content, output).await,
        Verb::Measure(verb) => commands::measure::run(&verb, config, content, output).await,
        Verb::Ask(args) => commands::ask::ask(&args, config, content, output).await,
        Verb::Release(args) => commands::ask::release(&args, global, config, content, output).await,
        Verb::Recall(args) => commands::recall::run(&args, global, config, content, output).await,
        Verb::Serve(args) => commands::serve::run(&args, config, content, output).await,
        Verb::Mesh(verb) => commands::mesh::run(&verb, config, content, output).await,
        Verb::SubjectAccess(verb) => {
            commands::subject_access::run(&verb, config, content, output).await
        }
        Verb::Destroy(verb) => commands::destroy::run(&verb, config, content, output).await,
        Verb::Backup(verb) => commands::backup::run(&verb, config, content, output).await,
        Verb::Restore(args) => {
            Box::pin(commands::backup::restore(&args, config, content, output)).await
        }
        Verb::Evidence(args) => commands::evidence::run(&args, config, content, output).await,
        Verb::Register(verb) => commands::register::run(&verb, config, content, output).await,
        Verb::Preferences(verb) => commands::preferences::run(&verb, config, content, output).await,
        Verb::Audit(verb) => commands::audit::run(&verb, config, content, output).await,
        Verb::Synth(args) => commands::synth::run(&args, global, &content, output),
        Verb::Demo(args) => Box::pin(commands::demo::run(&args, config, content, output)).await,
        Verb::Impact(args) => commands::impact::run(&args, config, content, output).await,
        Verb::Status(args) => commands::status::run(&args, settings, content, output).await,
        Verb::Submit(args) => {
            commands::submit::run(&args, global, &settings, &content, output).await
        }
        Verb::Results(args) => commands::results::run(&args, &settings, output).await,
        Verb::Agreement(verb) => commands::agreement::run(&verb, config, content, output).await,
        Verb::Incident(verb) => commands::incident::run(&verb, config, content, output).await,
        Verb::Account(verb) => commands::account::run(verb, config, content, output).await,
        Verb::Key(verb) => commands::key::run(verb, config, content, output).await,
        Verb::Config(verb) => commands::config::run(&verb, &settings, output),
        Verb::Completions { shell } => manual::completions(Cli::command(), shell, output),
        Verb::Man { out } => manual::man(Cli::command(), &out, output),
    }
}
