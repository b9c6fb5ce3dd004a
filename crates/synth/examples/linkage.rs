//! Makes the files on which linkage is developed and measured, without the rest of the program.
//!
//! `cargo run -p synth --example linkage -- --out DIR --clients N --index N --dedupe N --seed N --strength F
//! --numbers F --absent F`

use model::Content;
use std::{
    error::Error,
    io::Write,
    path::{Path, PathBuf},
};
use synth::{LinkageWishes, invent_linkage};

fn main() -> Result<(), Box<dyn Error>> {
    let mut wishes = LinkageWishes::default();
    let mut out = None;
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let value = words
            .next()
            .ok_or_else(|| format!("`{word}` needs a value"))?;
        match word.as_str() {
            "--out" => out = Some(PathBuf::from(value)),
            "--clients" => wishes.clients = value.parse()?,
            "--index" => wishes.index_people = value.parse()?,
            "--dedupe" => wishes.dedupe_records = value.parse()?,
            "--seed" => wishes.seed = value.parse()?,
            "--strength" => wishes.strength = value.parse()?,
            "--numbers" => wishes.with_number = value.parse()?,
            "--absent" => wishes.not_in_index = value.parse()?,
            _ => return Err(format!("`{word}` is not known").into()),
        }
    }
    let out = out.ok_or("say where with `--out`")?;
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../content");
    let content = Content::from_folder(&root)?;
    let mut tell = std::io::stderr();
    let files = invent_linkage(&content, &wishes, &out, &mut |done, total, what| {
        // Progress that cannot be shown is no reason to stop.
        let _ = writeln!(tell, "{done} of {total} {what}");
    })?;
    let mut show = std::io::stdout().lock();
    for (name, rows) in &files.rows {
        writeln!(show, "{rows:>10} {name}")?;
    }
    for (title, cases) in [
        ("clients", &files.client_cases),
        ("people", &files.dedupe_cases),
    ] {
        for (case, count) in cases {
            writeln!(show, "{title:<8}{count:>10} {case}")?;
        }
    }
    Ok(())
}
