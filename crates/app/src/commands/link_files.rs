//! `haven link run` and `haven link dedupe`: linkage on files alone, no workspace.

use super::link_report;
use crate::{
    cli::{HowToLink, LinkVerb},
    clock::SystemClock,
    fault::{Exit, Usage},
    output::{Output, table, thousands},
};
use anyhow::{Context as _, Result};
use link::{
    evaluate::{Card, model_card},
    files::{How, Inputs, Learn, LinkRun, run, writable},
    match_model::{Kind, MatchModel},
    trained::Trained,
    weigh::Parameters,
};
use model::{Clock as _, Content, WholeFile};
use std::{io::Write as _, path::Path, time::Instant};

pub(crate) fn link(verb: &LinkVerb, content: &Content, output: &Output) -> Result<Exit> {
    let (how, inputs) = match verb {
        LinkVerb::Run(args) => (
            &args.how,
            Inputs {
                left: args.left.clone(),
                right: Some(args.right.clone()),
                history: args.history.clone(),
                superseded: args.superseded.clone(),
                labels: args.how.labels.clone(),
            },
        ),
        LinkVerb::Dedupe(args) => (
            &args.how,
            Inputs {
                left: args.input.clone(),
                labels: args.how.labels.clone(),
                ..Inputs::default()
            },
        ),
        LinkVerb::Evaluate(args) => return super::link_evaluate::run(args, content, output),
        LinkVerb::Cluster(args) => return super::link_people::cluster(args, output),
        LinkVerb::Sample(args) => return super::link_people::sample(args, output),
        LinkVerb::Estimate(args) => return super::link_people::estimated(args, output),
        LinkVerb::Gold(args) => return super::link_people::gold(args, output),
    };
    let mut model = read_model(content, &how.model)?;
    let within = inputs.right.is_none();
    if within != (model.kind == Kind::Dedupe) {
        let (verb, other) = if within {
            ("dedupe", "run")
        } else {
            ("run", "dedupe")
        };
        return Err(Usage(format!(
            "`{}` is not a model for `link {verb}`: use `link {other}`",
            how.model
        ))
        .into());
    }
    let outputs = [&how.save_trained, &how.report, &how.card];
    for path in std::iter::once(&how.out).chain(outputs.into_iter().flatten()) {
        writable(path)?;
    }
    if matches!(verb, LinkVerb::Run(args) if args.within) {
        if model.kind == Kind::Trace {
            let fault = format!(
                "`{}` is a trace: `--within` is for models of pairs",
                how.model
            );
            return Err(Usage(fault).into());
        }
        model.kind = Kind::LinkAndDedupe;
        model.decision.one_to_one = false;
    }
    let learn = learn(content, &model, how)?;
    let threads = how
        .threads
        .unwrap_or_else(|| std::thread::available_parallelism().map_or(1, std::num::NonZero::get));
    let way = How {
        learn,
        threads,
        pictures: how.report.is_some(),
        today: Some(SystemClock.now().date_naive()),
        apart: Vec::new(),
    };
    let begun = Instant::now();
    let mut phase = |name: &'static str| {
        output.tell(&format!(
            "  {:>6.1} s  {name}",
            begun.elapsed().as_secs_f64()
        ));
    };
    let done = run(content, &model, &inputs, &how.out, &way, &mut phase)?;
    if let Some(path) = &how.save_trained {
        let on = format!(
            "{} records of {}",
            thousands(done.records.0 as u64),
            inputs.left.display()
        );
        let text = Trained::of(&model, &done.parameters, &on).to_text()?;
        write_whole(path, &text)?;
    }
    if let Some(path) = &how.report {
        let view = link_report::of_run(&model, &done, &how.model, SystemClock.now());
        write_whole(path, &pages::linkage_report_file(&view).into_string())?;
    }
    if let Some(path) = &how.card {
        write_whole(path, &card(&model, how, &inputs, &done))?;
    }
    if output.json {
        output.document(&document(&model, &done));
    } else {
        for note in &done.notes {
            output.tell(&format!("  note: {note}"));
        }
        output.result(&report(&model, &done));
    }
    Ok(Exit::Fine)
}

/// What the model is, on what it learned and what it learned.
fn card(model: &MatchModel, how: &HowToLink, inputs: &Inputs, done: &LinkRun) -> String {
    let mut data = vec![(
        "Left".to_owned(),
        format!(
            "{}, {} records",
            inputs.left.display(),
            thousands(done.records.0 as u64)
        ),
    )];
    if let (Some(path), Some(records)) = (&inputs.right, done.records.1) {
        data.push((
            "Right".to_owned(),
            format!("{}, {} records", path.display(), thousands(records as u64)),
        ));
    }
    model_card(&Card {
        name: &how.model,
        version: env!("CARGO_PKG_VERSION"),
        date: &SystemClock.now().format("%Y-%m-%d").to_string(),
        purpose: &model.title,
        data: &data,
        limits: &[],
        model,
        parameters: &done.parameters,
        evaluation: None,
    })
}

/// A model by its name, or from a file.
pub(super) fn read_model(content: &Content, name: &str) -> Result<MatchModel> {
    let is_file = Path::new(name)
        .extension()
        .is_some_and(|end| end.eq_ignore_ascii_case("toml"));
    if !is_file {
        return Ok(MatchModel::read(content, name)?);
    }
    let text = std::fs::read_to_string(name).with_context(|| format!("cannot read {name}"))?;
    Ok(MatchModel::from_text(&text, name)?)
}

fn learn(content: &Content, model: &MatchModel, how: &HowToLink) -> Result<Learn> {
    let shipped = format!("linkage/trained/{}.toml", how.model);
    let read = |text: &str, path: &str| -> Result<Box<Parameters>> {
        Ok(Box::new(
            Trained::from_text(text, path)?.parameters(model, path)?,
        ))
    };
    Ok(match how.trained.as_deref() {
        Some("shipped") => Learn::Before(read(content.text(&shipped)?, &shipped)?),
        Some(path) => {
            let text =
                std::fs::read_to_string(path).with_context(|| format!("cannot read {path}"))?;
            Learn::Before(read(&text, path)?)
        }
        // What was learned on many people is where training begins: with few it stays near. A model that was changed
        // since begins with its own shares.
        None => {
            let text = content.text(&shipped).ok();
            let learned = text.and_then(|text| read(text, &shipped).ok());
            Learn::FromTheFiles(learned.unwrap_or_else(|| Box::new(Parameters::of(model))))
        }
    })
}

/// A text that is there whole or not at all.
pub(super) fn write_whole(path: &Path, text: &str) -> Result<()> {
    let written = WholeFile::new(path).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.keep()
    });
    written.with_context(|| format!("cannot write {}", path.display()))
}

fn report(model: &MatchModel, done: &LinkRun) -> String {
    let mut lines = vec![format!(
        "{}: {} records{}, {} pairs compared, {} rows written",
        model.title,
        thousands(done.records.0 as u64),
        done.records
            .1
            .map(|right| format!(" against {}", thousands(right as u64)))
            .unwrap_or_default(),
        thousands(done.compared),
        thousands(done.written)
    )];
    for (outcome, count) in &done.outcomes {
        lines.push(format!("  {outcome:<6} {:>12}", thousands(*count)));
    }
    let header = ["Block rule", "Pairs", "Blocks left out", "Their pairs"].map(str::to_owned);
    let rows: Vec<_> = model
        .blocks
        .iter()
        .zip(&done.blocks)
        .map(|(block, count)| {
            vec![
                Some(block.title()),
                Some(thousands(count.pairs)),
                Some(thousands(count.left_out)),
                Some(thousands(count.pairs_left_out)),
            ]
        })
        .collect();
    lines.push(table(&header, &rows));
    let history = done.history.iter().flat_map(|history| &history.warnings);
    lines.extend(history.map(|warning| format!("look at this: {warning}")));
    lines.join("\n")
}

fn document(model: &MatchModel, done: &LinkRun) -> serde_json::Value {
    let blocks: Vec<_> = model
        .blocks
        .iter()
        .zip(&done.blocks)
        .map(|(block, count)| {
            serde_json::json!({
                "rule": block.title(), "pairs": count.pairs,
                "blocks_left_out": count.left_out, "pairs_left_out": count.pairs_left_out,
            })
        })
        .collect();
    let outcomes: serde_json::Map<String, serde_json::Value> = done
        .outcomes
        .iter()
        .map(|(name, count)| ((*name).to_owned(), (*count).into()))
        .collect();
    serde_json::json!({
        "version": 1, "model": model.title,
        "records": {"left": done.records.0, "right": done.records.1},
        "pairs_compared": done.compared, "rows_written": done.written, "outcomes": outcomes, "blocks": blocks,
        "trained": Trained::of(model, &done.parameters, "this run"),
        "notes": done.notes, "warnings": done.history.as_ref().map(|history| &history.warnings),
    })
}
