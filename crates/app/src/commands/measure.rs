//! `haven measure`: the official figures, from files alone.

use crate::{
    cli::{MeasureExplainArgs, MeasureRunArgs, MeasureVerb},
    config::Config,
    fault::{Exit, Usage},
    measures::{Explained, Folder, Library, Wanted, explain, lineage, run as carry_out},
    output::{Output, table, thousands},
};
use analyse::methods::{Given, Plan, PlanError};
use anyhow::{Context as _, Result};
use model::{Content, WholeFile};
use std::{
    collections::BTreeMap,
    io::Write as _,
    path::{Path, PathBuf},
    sync::Arc,
};
use store::{Engine, EngineSettings, Workbench};

pub(crate) async fn run(
    verb: &MeasureVerb,
    config: Config,
    content: Arc<Content>,
    output: &Output,
) -> Result<Exit> {
    match verb {
        MeasureVerb::Run(args) => figures(args, &config, &content, output).await,
        MeasureVerb::Explain(args) => funnel(args, &config, &content, output).await,
        MeasureVerb::List => list(&content, output),
    }
}

/// What a command works on: the methods, the folder, the values and the plan.
struct Desk {
    library: Library,
    folder: Folder,
    values: BTreeMap<String, Given>,
    plan: Plan,
}

impl Desk {
    fn open(content: &Content, given: &Path, mode: &str, names: &[String]) -> Result<Self> {
        let library = Library::read(content)?;
        let modes = &library.parameters.modes;
        let flags = modes.get(mode).ok_or_else(|| {
            let known: Vec<&str> = modes.keys().map(String::as_str).collect();
            let known = known.join(", ");
            Usage(format!("there is no mode `{mode}`; there are: {known}"))
        })?;
        let folder = Folder::open(given, &library.layouts, content)?;
        let told = folder.parameters()?;
        let values = library
            .parameters
            .values(told.as_deref())
            .map_err(|fault| Usage(fault.to_string()))?;
        let plan = Plan::new(
            &library.methods,
            &library.layouts,
            &values,
            (mode, flags),
            names,
            &folder.there(&library.layouts)?,
        );
        let plan = plan.map_err(|fault| match fault {
            PlanError::Unknown { .. } => Usage(fault.to_string()).into(),
            fault => anyhow::Error::from(fault),
        })?;
        Ok(Self {
            library,
            folder,
            values,
            plan,
        })
    }

    /// The methods that go by a name.
    fn asked(&self, name: &String) -> Vec<String> {
        let methods = self.library.methods.iter();
        methods
            .filter(|method| method.name == *name || method.measures.contains(name))
            .map(|method| method.name.clone())
            .collect()
    }

    /// Refuses where a measure that was named cannot run.
    fn whole(&self, given: &Path) -> Result<()> {
        if let Some(missing) = self.plan.left_out.first() {
            let needs = missing.what.join(" and ");
            return Err(Usage(format!(
                "`{}` needs {needs}, which `{}` does not hold",
                missing.method,
                given.display()
            ))
            .into());
        }
        Ok(())
    }
}

/// An engine for a run on files, with the folder in which it spills.
struct Place {
    engine: Engine,
    folder: PathBuf,
}

impl Place {
    fn new(config: &Config, folder: PathBuf) -> Result<Self> {
        let settings = EngineSettings {
            memory_mb: config.engine.memory_mb,
            threads: config.threads(),
            spill_folder: folder.clone(),
            spill_mb: config.engine.spill_mb,
            version: String::new(),
        };
        let engine = Engine::new(settings, Vec::new())?;
        Ok(Self { engine, folder })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // What is left is encrypted under a key that is gone.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

async fn figures(
    args: &MeasureRunArgs,
    config: &Config,
    content: &Content,
    output: &Output,
) -> Result<Exit> {
    let desk = Desk::open(content, &args.given, &args.mode, &args.names)?;
    if !args.all {
        desk.whole(&args.given)?;
    }
    for missing in &desk.plan.left_out {
        let needs = missing.what.join(" and ");
        output.tell(&format!("{} is left out: it needs {needs}", missing.method));
    }
    std::fs::create_dir_all(&args.out)
        .with_context(|| format!("cannot make the folder `{}`", args.out.display()))?;
    let place = Place::new(config, args.out.join(".haven-work"))?;
    let mut bench = Workbench::new(&place.engine)?;
    let told = |table: &str, rows: u64, seconds: f64| {
        let rows = thousands(rows);
        output.tell(&format!("{seconds:>8.2} s  {rows:>12}  {table}"));
    };
    let wanted = Wanted {
        out: &args.out,
        person_level: args.person_level,
        every_step: args.every_step,
    };
    let files = carry_out(
        &desk.plan,
        &desk.folder,
        &desk.values,
        &mut bench,
        &wanted,
        &told,
    )
    .await?;
    let lineage = lineage(
        &desk.library,
        &desk.plan,
        &desk.folder,
        &desk.values,
        &args.mode,
    )?;
    let path = args.out.join("run.json");
    let cannot = || format!("cannot write `{}`", path.display());
    let mut file = WholeFile::new(&path).with_context(cannot)?;
    writeln!(file, "{}", serde_json::to_string_pretty(&lineage)?).with_context(cannot)?;
    file.keep().with_context(cannot)?;
    if output.json {
        output.document(&lineage);
    } else {
        let tables = thousands(files.len() as u64);
        output.result(&format!("{tables} tables in `{}`", args.out.display()));
    }
    Ok(Exit::Fine)
}

async fn funnel(
    args: &MeasureExplainArgs,
    config: &Config,
    content: &Content,
    output: &Output,
) -> Result<Exit> {
    if !["latest", "previous"].contains(&args.year.as_str()) {
        let fault = format!("`{}` is no year: use `latest` or `previous`", args.year);
        return Err(Usage(fault).into());
    }
    let desk = Desk::open(
        content,
        &args.given,
        &args.mode,
        std::slice::from_ref(&args.name),
    )?;
    desk.whole(&args.given)?;
    let folder = std::env::temp_dir().join(format!("haven-measure-{}", std::process::id()));
    let place = Place::new(config, folder)?;
    let mut bench = Workbench::new(&place.engine)?;
    let (council, year) = (args.la.as_str(), args.year.as_str());
    let explained = explain(
        &desk.plan,
        &desk.folder,
        &desk.values,
        &mut bench,
        (council, year, &desk.asked(&args.name)),
    )
    .await?;
    if explained.levels.first().is_none_or(|level| level.rows == 0) {
        return Err(Usage(format!(
            "there is no row of council `{council}` in the folder"
        ))
        .into());
    }
    if output.json {
        output.document(&document(&explained, args));
    } else {
        output.result(&in_words(&explained));
    }
    Ok(Exit::Fine)
}

fn in_words(explained: &Explained) -> String {
    let number = |n: u64| Some(thousands(n));
    let rows: Vec<Vec<Option<String>>> = explained
        .levels
        .iter()
        .map(|level| {
            vec![
                Some(level.title.clone()),
                number(level.rows),
                level.people.and_then(number),
                Some(level.why.clone()),
            ]
        })
        .collect();
    let header = ["Step", "Rows", "People", "Why"].map(str::to_owned);
    let mut text = table(&header, &rows);
    for (file, columns, rows) in &explained.figures {
        let cells: Vec<Vec<Option<String>>> = rows
            .iter()
            .map(|row| row.iter().cloned().map(Some).collect())
            .collect();
        text = format!("{text}\n\n{file}\n{}", table(columns, &cells));
    }
    text
}

fn document(explained: &Explained, args: &MeasureExplainArgs) -> serde_json::Value {
    let levels: Vec<_> = explained
        .levels
        .iter()
        .map(|level| {
            serde_json::json!({
                "step": level.title, "why": level.why, "content": level.path, "rows": level.rows, "people": level.people,
            })
        })
        .collect();
    let figures: Vec<_> = explained
        .figures
        .iter()
        .map(|(file, columns, rows)| serde_json::json!({"table": file, "columns": columns, "rows": rows}))
        .collect();
    serde_json::json!({
        "version": 1, "measure": args.name, "council": args.la, "year": args.year, "steps": levels, "figures": figures,
    })
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
