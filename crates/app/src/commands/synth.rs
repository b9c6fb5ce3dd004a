//! `haven synth`: an invented place and its files.

use crate::{
    cli::{Global, SynthArgs, WishArgs},
    fault::Exit,
    output::{Output, thousands},
};
use anyhow::Result;
use model::Content;
use synth::{FaultRates, Place, Wishes};

pub(crate) fn run(
    args: &SynthArgs,
    global: &Global,
    content: &Content,
    output: &Output,
) -> Result<Exit> {
    if global.flags.dry_run {
        output.result(&format!(
            "would invent {} residents into {}",
            args.wishes.people,
            args.out.display()
        ));
        return Ok(Exit::Fine);
    }
    let place = invent(&args.wishes, &args.out, &args.truth, content, output)?;
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
