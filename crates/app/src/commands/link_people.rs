//! `haven link cluster`, `sample` and `estimate`: from pairs to people, and how good links are without the truth.

use crate::{
    cli::{LinkClusterArgs, LinkEstimateArgs, LinkGoldArgs, LinkSampleArgs},
    fault::Exit,
    output::{Output, table, thousands},
};
use anyhow::{Context as _, Result};
use link::{
    cluster::{
        Checks, ClusterFiles, JoinRules, Known, assign, check, join, read, read_known,
        write_checks, write_events, write_people,
    },
    evaluate::{
        GoldColumns, Notice, Sampling, draw, estimate, gold_people, gold_trace, implausible,
        without_column, write_sample,
    },
    files::writable,
};
use std::path::Path;

fn told(output: &Output, notices: &[Notice]) {
    for notice in notices {
        output.tell(&format!(
            "  {}: {} ({} times)",
            notice.file, notice.message, notice.count
        ));
    }
}

/// Pairs become people, with ids that stay.
pub(crate) fn cluster(args: &LinkClusterArgs, output: &Output) -> Result<Exit> {
    let outputs = [&args.events, &args.checks];
    for path in std::iter::once(&args.out).chain(outputs.into_iter().flatten()) {
        writable(path)?;
    }
    let decisions: Vec<&Path> = args.decisions.iter().map(AsRef::as_ref).collect();
    let inputs = read(&ClusterFiles {
        links: &args.links,
        sides: None,
        records: args.records.as_deref(),
        decisions: &decisions,
        decided: args.threshold.is_empty(),
    })?;
    told(output, &inputs.notices);
    // Without a threshold what the run decided counts, whatever it weighs.
    let thresholds = if args.threshold.is_empty() {
        vec![f64::MIN]
    } else {
        args.threshold.clone()
    };
    let clusters = join(
        &inputs.graph,
        &JoinRules {
            thresholds,
            one_per_source: None,
            constraints: inputs.constraints,
        },
    );
    let known = match &args.known {
        Some(path) if path.exists() => {
            let (known, notices) = read_known(path)?;
            told(output, &notices);
            known
        }
        _ => Known::default(),
    };
    let Some(level) = clusters.levels.first() else {
        return Ok(Exit::Fine);
    };
    let checks = check(
        &inputs.graph,
        &level.cluster_of,
        level.threshold,
        &Checks::default(),
    );
    let assignment = assign(&inputs.graph, &level.cluster_of, &known);
    if assignment.gone > 0 && args.records.is_none() {
        output.tell(&format!(
            "  note: {} records of --known have no link in this run and are taken for gone; with --records they stay",
            thousands(assignment.gone)
        ));
    }
    let records = write_people(&args.out, &inputs.graph, &clusters, &assignment)?;
    if let Some(path) = &args.events {
        write_events(path, &assignment)?;
    }
    if let Some(path) = &args.checks {
        write_checks(path, &inputs.graph, &checks)?;
    }
    let people: std::collections::BTreeSet<u32> = level.cluster_of.iter().copied().collect();
    let looked_at = checks
        .iter()
        .filter(|check| !check.flags.is_empty())
        .count();
    if output.json {
        output.document(&serde_json::json!({
            "version": 1, "records": records, "people": people.len(), "kept": assignment.kept,
            "events": assignment.events.len(), "cut": clusters.cut.len(), "to_look_at": looked_at,
        }));
    } else {
        output.result(&format!(
            "{} records are {} people; {} events, {} pairs not taken because of decisions, {} people to look at",
            thousands(records),
            thousands(people.len() as u64),
            thousands(assignment.events.len() as u64),
            thousands(clusters.cut.len() as u64),
            thousands(looked_at as u64)
        ));
    }
    Ok(Exit::Fine)
}

fn sampling(size: u64, seed: u64) -> Sampling {
    Sampling {
        size,
        seed,
        ..Sampling::default()
    }
}

/// Pairs for people to judge, drawn by bands of weight.
pub(crate) fn sample(args: &LinkSampleArgs, output: &Output) -> Result<Exit> {
    let sample = draw(&args.links, &sampling(args.size, args.seed))?;
    told(output, &sample.notices);
    let written = write_sample(&args.out, &sample)?;
    let header = ["From", "To", "Pairs", "Drawn"].map(str::to_owned);
    let bits = |bits: Option<f64>| Some(bits.map_or_else(String::new, |bits| format!("{bits:.1}")));
    let rows: Vec<_> = sample
        .strata
        .iter()
        .map(|band| {
            vec![
                bits(band.from),
                bits(band.to),
                Some(thousands(band.pairs)),
                Some(thousands(band.draw)),
            ]
        })
        .collect();
    if output.json {
        output.document(
            &serde_json::json!({"version": 1, "written": written, "strata": sample.strata}),
        );
    } else {
        output.result(&table(&header, &rows));
    }
    Ok(Exit::Fine)
}

/// Precision and recall from judged pairs.
pub(crate) fn estimated(args: &LinkEstimateArgs, output: &Output) -> Result<Exit> {
    let labels: Vec<&Path> = args.labels.iter().map(AsRef::as_ref).collect();
    let estimate = estimate(&args.links, &labels, &sampling(args.size, args.seed))?;
    let events = args.events.as_deref();
    let events = events.map(|events| implausible(&args.links, events, None));
    let events = events.transpose()?;
    if output.json {
        let estimate = serde_json::to_value(&estimate).context("the estimate cannot be written")?;
        let events = serde_json::to_value(&events).context("the estimate cannot be written")?;
        output.document(
            &serde_json::json!({"version": 1, "estimate": estimate, "implausible": events}),
        );
    } else {
        output.result(&estimate.to_text());
        if let Some(events) = &events {
            told(output, &events.notices);
            output.result(&events.to_text());
        }
    }
    Ok(Exit::Fine)
}

/// A truth made of numbers and dates of birth that agree.
pub(crate) fn gold(args: &LinkGoldArgs, output: &Output) -> Result<Exit> {
    let columns = GoldColumns::default();
    let gold = match &args.index {
        Some(index) => gold_trace(&args.input, index, &columns, &args.out)?,
        None => gold_people(&args.input, &columns, &args.out)?,
    };
    told(output, &gold.notices);
    if let Some(path) = &args.held_out {
        without_column(&args.input, &columns.number, path)?;
    }
    if output.json {
        let gold = serde_json::to_value(&gold).context("the truth cannot be told of")?;
        output.document(&serde_json::json!({"version": 1, "gold": gold}));
    } else {
        output.result(&format!(
            "{} of {} records have a valid number and a date of birth; the truth of {} is known",
            thousands(gold.with_both),
            thousands(gold.records),
            thousands(gold.known)
        ));
    }
    Ok(Exit::Fine)
}
