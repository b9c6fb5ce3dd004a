//! `haven measure`: the official figures, from files alone.

use crate::{
    cli::{MeasureRunArgs, MeasureVerb},
    config::Config,
    fault::{Exit, Usage},
    measures::{Folder, Library, Wanted, lineage, run as carry_out},
    output::{Output, table, thousands},
};
use analyse::methods::Plan;
use anyhow::{Context as _, Result};
use model::{Content, WholeFile};
use std::{io::Write as _, sync::Arc};
use store::{Engine, EngineSettings, Workbench};

pub(crate) async fn run(
    verb: &MeasureVerb,
    config: Config,
    content: Arc<Content>,
    output: &Output,
) -> Result<Exit> {
    match verb {
        MeasureVerb::Run(args) => figures(args, &config, &content, output).await,
        MeasureVerb::List => list(&content, output),
    }
}

async fn figures(
    args: &MeasureRunArgs,
    config: &Config,
    content: &Content,
    output: &Output,
) -> Result<Exit> {
    let library = Library::read(content)?;
    let modes = &library.parameters.modes;
    let flags = modes.get(&args.mode).ok_or_else(|| {
        let known: Vec<&str> = modes.keys().map(String::as_str).collect();
        Usage(format!(
            "there is no mode `{}`; there are: {}",
            args.mode,
            known.join(", ")
        ))
    })?;
    let folder = Folder::open(&args.given, &library.layouts, content)?;
    let values = library
        .parameters
        .values(folder.parameters()?.as_deref())?;
    let plan = Plan::new(
        &library.methods,
        &library.layouts,
        &values,
        (&args.mode, flags),
        &args.names,
        &folder.there(),
    )?;
    if let (false, Some(missing)) = (args.all, plan.left_out.first()) {
        return Err(Usage(format!(
            "`{}` needs {}, which `{}` does not hold",
            missing.method,
            missing.files.join(" and "),
            args.given.display()
        ))
        .into());
    }
    for missing in &plan.left_out {
        output.tell(&format!(
            "{} is left out: it needs {}",
            missing.method,
            missing.files.join(" and ")
        ));
    }
    std::fs::create_dir_all(&args.out)
        .with_context(|| format!("cannot make the folder `{}`", args.out.display()))?;
    let work = args.out.join(".haven-work");
    let engine = Engine::new(
        EngineSettings {
            memory_mb: config.engine.memory_mb,
            threads: config.threads(),
            spill_folder: work.clone(),
            spill_mb: config.engine.spill_mb,
            version: String::new(),
        },
        Vec::new(),
    )?;
    let mut bench = Workbench::new(&engine)?;
    let told = |table: &str, rows: u64, seconds: f64| {
        output.tell(&format!("{seconds:>8.2} s  {:>12}  {table}", thousands(rows)));
    };
    let done = carry_out(
        &plan,
        &folder,
        &values,
        &mut bench,
        &Wanted {
            out: &args.out,
            person_level: args.person_level,
            every_step: args.every_step,
        },
        &told,
    )
    .await;
    drop(bench);
    let _ = std::fs::remove_dir_all(&work);
    let ran = done?;
    let lineage = lineage(&library, &plan, &folder, &values, &args.mode)?;
    let path = args.out.join("run.json");
    let mut file = WholeFile::new(&path)?;
    writeln!(file, "{}", serde_json::to_string_pretty(&lineage)?)?;
    file.keep()
        .with_context(|| format!("cannot write `{}`", path.display()))?;
    if output.json {
        output.document(&lineage);
    } else {
        output.result(&format!(
            "{} tables in `{}`",
            thousands(ran.files.len() as u64),
            args.out.display()
        ));
    }
    Ok(Exit::Fine)
}

fn list(content: &Content, output: &Output) -> Result<Exit> {
    let library = Library::read(content)?;
    let rows: Vec<Vec<Option<String>>> = library
        .methods
        .iter()
        .flat_map(|method| {
            method.measures.iter().map(|measure| {
                vec![
                    Some(measure.clone()),
                    Some(method.title.clone()),
                    Some(method.version.clone()),
                ]
            })
        })
        .collect();
    let header = ["Measure", "What it is", "Method version"].map(str::to_owned);
    output.result(&table(&header, &rows));
    Ok(Exit::Fine)
}
