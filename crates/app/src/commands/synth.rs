//! `haven synth`: an invented place and its files.

use crate::{
    cli::{Global, SynthArgs, SynthLinkageArgs, SynthOther, SynthVerb, WishArgs},
    fault::{Exit, Usage},
    output::{Output, thousands},
};
use anyhow::Result;
use model::Content;
use synth::{FaultRates, LinkageWishes, Place, Wishes};

pub(crate) fn run(
    verb: &SynthVerb,
    global: &Global,
    content: &Content,
    output: &Output,
) -> Result<Exit> {
    match &verb.linkage {
        Some(SynthOther::Linkage(args)) => linkage(args, global, content, output),
        None => place(&verb.place, global, content, output),
    }
}

/// People to trace and to deduplicate.
fn linkage(
    args: &SynthLinkageArgs,
    global: &Global,
    content: &Content,
    output: &Output,
) -> Result<Exit> {
    if global.flags.dry_run {
        output.result(&format!(
            "would invent {} people into {}",
            thousands(args.index),
            args.out.display()
        ));
        return Ok(Exit::Fine);
    }
    let wishes = LinkageWishes {
        seed: args.seed,
        clients: args.clients,
        index_people: args.index,
        dedupe_records: args.dedupe,
        strength: args.strength,
        with_number: args.numbers,
        ..LinkageWishes::default()
    };
    let progress = output.progress("Inventing", None);
    let files = synth::invent_linkage(content, &wishes, &args.out, &mut |done, _, _| {
        progress.at(done);
    })?;
    progress.end();
    if output.json {
        output.document(&serde_json::json!({"version": 1, "files": files}));
    } else {
        let rows: Vec<String> = files
            .rows
            .iter()
            .map(|(file, rows)| format!("  {file:<20} {:>12} rows", thousands(*rows)))
            .collect();
        output.result(&rows.join("\n"));
    }
    Ok(Exit::Fine)
}

fn place(args: &SynthArgs, global: &Global, content: &Content, output: &Output) -> Result<Exit> {
    let (Some(out), Some(truth)) = (&args.out, &args.truth) else {
        let words = "say where the files go: --out FOLDER --truth FOLDER";
        return Err(Usage(words.to_owned()).into());
    };
    if global.flags.dry_run {
        output.result(&format!(
            "would invent {} residents into {}",
            args.wishes.people,
            out.display()
        ));
        return Ok(Exit::Fine);
    }
    let place = invent(&args.wishes, out, truth, content, output)?;
    if output.json {
        output.document(&serde_json::json!({"version": 1, "place": place}));
    } else {
        output.result(&in_words(&place));
    }
    Ok(Exit::Fine)
}

/// Invents a place with a progress bar.
pub(crate) fn invent(
    wishes: &WishArgs,
    out: &std::path::Path,
    truth: &std::path::Path,
    content: &Content,
    output: &Output,
) -> Result<Place> {
    let wishes = Wishes {
        seed: wishes.seed,
        people: wishes.people,
        as_at: wishes.as_at,
        quarters: wishes.quarters,
        faults: FaultRates {
            scale: wishes.faults,
            ..FaultRates::stated()
        },
    };
    let progress = output.progress("Inventing", None);
    let place = synth::invent(content, &wishes, out, truth, &mut |done, _, _| {
        progress.at(done);
    })?;
    progress.end();
    Ok(place)
}

/// A place in a line.
pub(crate) fn in_words(place: &Place) -> String {
    let rows: u64 = place.files.iter().map(|f| f.rows).sum();
    format!(
        "{} people, {} files with {} rows",
        thousands(place.people),
        place.files.len(),
        thousands(rows)
    )
}
