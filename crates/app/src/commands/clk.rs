//! `haven clk encode` and `haven clk match`: linkage without names, by keyed filters.

use crate::{
    cli::{ClkEncodeArgs, ClkMatchArgs, ClkVerb},
    fault::Exit,
    output::{Output, thousands},
};
use anyhow::{Context as _, Result};
use link::clk::{EncodeOptions, MatchOptions, Scheme, Secret, encode, match_filters};
use model::Content;

pub(crate) fn run(verb: &ClkVerb, content: &Content, output: &Output) -> Result<Exit> {
    match verb {
        ClkVerb::Encode(args) => encode_file(args, content, output),
        ClkVerb::Match(args) => match_files(args, output),
    }
}

fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

fn encode_file(args: &ClkEncodeArgs, content: &Content, output: &Output) -> Result<Exit> {
    let scheme = Scheme::read(content, &args.scheme)?;
    let secret = std::fs::read(&args.secret_file)
        .with_context(|| format!("cannot read {}", args.secret_file.display()))?;
    let secret = Secret::new(&secret)?;
    let options = EncodeOptions {
        id: args.id.clone(),
        owner: args.owner.clone(),
        tokens: args.tokens.clone(),
        threads: threads(),
    };
    let run = encode(&scheme, &secret, &args.input, &args.out, &options)?;
    if output.json {
        output.document(&serde_json::json!({
            "version": 1, "records": run.records, "without_filter": run.empty, "fill": run.fill,
            "known": run.known, "made_by": run.made_by,
        }));
    } else {
        output.result(&format!(
            "{} filters, {} of them empty because too little is known; {:.1} % of bits are set",
            thousands(run.records as u64),
            thousands(run.empty as u64),
            run.fill * 100.0
        ));
    }
    Ok(Exit::Fine)
}

fn match_files(args: &ClkMatchArgs, output: &Output) -> Result<Exit> {
    let options = MatchOptions {
        threshold: args.threshold,
        threads: threads(),
        ..MatchOptions::default()
    };
    let run = match_filters(&args.left, &args.right, &args.out, &options)?;
    if output.json {
        output.document(&serde_json::json!({
            "version": 1, "records": run.records, "fill": run.fill, "alike": run.alike, "full": run.full, "exact": run.exact,
            "links": run.links, "groups_assigned_greedily": run.greedy_groups,
        }));
    } else {
        output.result(&format!(
            "{} filters against {}: {} links",
            thousands(run.records.0 as u64),
            thousands(run.records.1 as u64),
            thousands(run.links)
        ));
    }
    Ok(Exit::Fine)
}
