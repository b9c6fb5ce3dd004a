//! Filters from the command line, for measurements: encodes a file of people, or matches two files of filters.
//!
//! usage: clk encode IN -o OUT --secret-file KEY [--scheme FILE] [--hardening LINES] [--id COLUMN] [--owner WORD] [--tokens FILE]
//!        clk match A B -o LINKS --threshold T [--assign all|best|greedy|optimal] [--way auto|exact|sampled]

use link::clk::{
    Assignment, EncodeOptions, MatchOptions, Scheme, Secret, Way, encode, match_filters,
};
use std::{
    collections::BTreeMap,
    error::Error,
    io::Write as _,
    path::{Path, PathBuf},
};

fn main() -> Result<(), Box<dyn Error>> {
    let (mut said, mut files) = (BTreeMap::new(), Vec::new());
    let mut words = std::env::args().skip(1);
    let verb = words.next().unwrap_or_default();
    while let Some(word) = words.next() {
        if word.starts_with('-') {
            let value = words
                .next()
                .ok_or_else(|| format!("`{word}` needs a value"))?;
            said.insert(word.trim_start_matches('-').to_owned(), value);
        } else {
            files.push(PathBuf::from(word));
        }
    }
    let out = PathBuf::from(said.get("o").ok_or("say where to with `-o`")?);
    let threads = said.get("threads").map_or(Ok(2), |text| text.parse())?;
    let mut show = std::io::stdout().lock();
    match (verb.as_str(), files.as_slice()) {
        ("encode", [input]) => {
            let scheme = scheme(&said)?;
            let secret = Secret::new(&std::fs::read(
                said.get("secret-file").ok_or("no --secret-file")?,
            )?)?;
            let options = EncodeOptions {
                id: said.get("id").cloned(),
                owner: said.get("owner").cloned().unwrap_or_default(),
                tokens: said.get("tokens").map(PathBuf::from),
                threads,
            };
            let run = encode(&scheme, &secret, input, &out, &options)?;
            writeln!(show, "{run:?}")?;
        }
        ("match", [left, right]) => {
            let assignment = match said.get("assign").map_or("optimal", String::as_str) {
                "all" => Assignment::All,
                "best" => Assignment::Best,
                "greedy" => Assignment::Greedy,
                "optimal" => Assignment::Optimal,
                other => return Err(format!("`{other}` is no way to assign").into()),
            };
            let way = match said.get("way").map_or("auto", String::as_str) {
                "auto" => Way::Auto,
                "exact" => Way::Exact,
                "sampled" => Way::Sampled,
                other => return Err(format!("`{other}` is no way to search").into()),
            };
            let threshold = said.get("threshold").map_or(Ok(0.8), |text| text.parse())?;
            let options = MatchOptions {
                threshold,
                assignment,
                way,
                threads,
                ..MatchOptions::default()
            };
            let run = match_filters(left, right, &out, &options)?;
            writeln!(show, "{run:?}")?;
        }
        _ => return Err("say `encode IN` or `match A B`".into()),
    }
    Ok(())
}

/// The shipped scheme or the one of a file, with these lines of hardening where some are given.
fn scheme(said: &BTreeMap<String, String>) -> Result<Scheme, Box<dyn Error>> {
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../content/linkage/clk.toml");
    let path = said.get("scheme").map_or(shipped, PathBuf::from);
    let mut text = std::fs::read_to_string(&path)?;
    if let Some(lines) = said.get("hardening") {
        let before = text.split("[hardening]").next().unwrap_or_default();
        text = format!("{before}[hardening]\n{lines}\n");
    }
    Ok(Scheme::from_text(&text, &path.display().to_string())?)
}
