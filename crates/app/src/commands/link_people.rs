//! `haven link cluster`, `sample` and `estimate`: from pairs to people, and how good links are without the truth.

use crate::{
    cli::{LinkClusterArgs, LinkEstimateArgs, LinkSampleArgs},
    fault::Exit,
    output::{Output, table, thousands},
};
use anyhow::{Context as _, Result};
use link::{
    cluster::{
        Checks, ClusterFiles, JoinRules, Known, assign, check, join, read, read_known,
        write_checks, write_events, write_people,
    },
    evaluate::{Notice, Sampling, draw, estimate, write_sample},
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
    if output.json {
        let estimate = serde_json::to_value(&estimate).context("the estimate cannot be written")?;
        output.document(&serde_json::json!({"version": 1, "estimate": estimate}));
    } else {
        output.result(&estimate.to_text());
    }
    Ok(Exit::Fine)
}
