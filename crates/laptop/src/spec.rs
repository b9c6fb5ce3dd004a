//! `haven spec`: which specifications there are, what each says, and what differs between two.

mod show;

use crate::{
    Desk, built_in,
    cli::SpecVerb,
    dataset,
    fault::{Exit, Usage},
    output::table,
};
use anyhow::{Context, Result};
use land::check::{Difference, Specification};
use model::{Content, Dataset, Level};
use serde_json::json;
use std::path::Path;

/// The version of the JSON documents. Fields are added over time, never renamed.
const SHAPE: u32 = 1;
/// Worst first.
const LEVELS: [Level; 4] = [
    Level::RejectFile,
    Level::RejectRow,
    Level::Warning,
    Level::Note,
];

/// Does what a verb of `spec` says.
pub fn run(verb: &SpecVerb, desk: Desk<'_>) -> Result<Exit> {
    match verb {
        SpecVerb::List => list(desk),
        SpecVerb::Show { dataset } => show::run(dataset, desk),
        SpecVerb::Diff { old, new } => diff(old, new, desk),
    }
}

fn list(desk: Desk<'_>) -> Result<Exit> {
    let (mut rows, mut documents) = (Vec::new(), Vec::new());
    for name in Dataset::names(desk.content) {
        let specification = Specification::read(desk.content, &name)?;
        let dataset = specification.dataset();
        let at = |level| {
            let rules = specification.rules().iter();
            rules.filter(|rule| rule.level == level).count()
        };
        let mut row = vec![
            Some(name.clone()),
            Some(dataset.version.clone()),
            Some(dataset.fields.len().to_string()),
            Some(specification.rules().len().to_string()),
        ];
        row.extend(LEVELS.map(|level| Some(at(level).to_string())));
        row.push(Some(dataset.title.clone()));
        rows.push(row);
        documents.push(json!({
            "name": name,
            "title": dataset.title,
            "specification": dataset.version,
            "source": dataset.source,
            "fields": dataset.fields.len(),
            "rules": specification.rules().len(),
            "rules_by_level": levels(&specification),
        }));
    }
    if desk.output.json {
        desk.output
            .document(&json!({"version": SHAPE, "datasets": documents}));
    } else {
        let header = [
            "Dataset",
            "Version",
            "Fields",
            "Rules",
            "Reject file",
            "Reject row",
            "Warning",
            "Note",
            "Title",
        ];
        desk.output
            .result(&table(&header.map(str::to_owned), &rows));
    }
    Ok(Exit::Fine)
}

/// How many rules there are at each level.
fn levels(specification: &Specification) -> serde_json::Value {
    let mut counts = serde_json::Map::new();
    for level in LEVELS {
        let rules = specification.rules().iter();
        let count = rules.filter(|rule| rule.level == level).count();
        counts.insert(level.words().replace(' ', "_"), count.into());
    }
    counts.into()
}

fn diff(old: &str, new: &str, desk: Desk<'_>) -> Result<Exit> {
    let difference = Difference::between(&named(old, desk.content)?, &named(new, desk.content)?);
    let output = desk.output;
    if output.json {
        output.document(&serde_json::to_value(&difference)?);
        return Ok(Exit::Fine);
    }
    let (from, to) = (&difference.from, &difference.to);
    let mut text = format!(
        "From {} {} to {} {}\n",
        from.dataset, from.version, to.dataset, to.version
    );
    if difference.is_empty() {
        text.push_str("\nNothing differs.");
    }
    for (group, changes) in difference.groups() {
        text.push('\n');
        text.push_str(group.heading());
        text.push('\n');
        for change in changes {
            text.push_str("  ");
            text.push_str(&change.says);
            text.push('\n');
        }
    }
    output.result(&text);
    Ok(Exit::Fine)
}

/// A specification by the name of its dataset, or `FOLDER:NAME` for one in another folder of content.
pub fn named(name: &str, content: &Content) -> Result<Specification> {
    if Dataset::names(content).iter().any(|known| known == name) {
        return Ok(Specification::read(content, name)?);
    }
    if let Some((folder, name)) = name.rsplit_once(':')
        && Path::new(folder).is_dir()
    {
        let other = built_in::content(Some(Path::new(folder)))
            .with_context(|| format!("the content in `{folder}`"))?;
        let name = dataset(Some(name), &other)?;
        return Ok(Specification::read(&other, &name)?);
    }
    if name.contains(':') {
        return Err(Usage(format!(
            "`{name}`: write FOLDER:NAME, such as old/content:{}",
            dataset(None, content)?
        ))
        .into());
    }
    Ok(Specification::read(
        content,
        &dataset(Some(name), content)?,
    )?)
}
