//! What needs no workspace: checking a text, comparing two, beginning from a template.

use super::{text_of, write_out};
use crate::{
    fault::{Exit, Usage},
    output::{Output, table},
    routes::between,
};
use anyhow::Result;
use govern::{
    Agreement, Digest,
    agreement::{Finding, House, Level, Template, review},
};
use model::Content;
use std::{path::Path, sync::Arc};

/// Says everything that is wrong with a text.
pub(super) fn check(file: &Path, content: &Content, output: &Output) -> Result<Exit> {
    let text = text_of(file)?;
    let house = House::read(content)?;
    let (clauses, findings) = review(&text, &house);
    let said = |level: Level| findings.iter().filter(move |f| f.level == level);
    let stops = said(Level::Stops).count();
    if output.json {
        let line = |f: &Finding| {
            serde_json::json!({
                "level": if f.level == Level::Stops { "stops" } else { "warns" },
                "clause": f.clause, "says": f.says, "line": f.line, "column": f.column,
            })
        };
        output.document(&serde_json::json!({
            "version": 1, "file": file.display().to_string(), "digest": Digest::of(&text).as_str(),
            "agreement": clauses.as_ref().map(|c| &c.reference),
            "agreement_version": clauses.as_ref().map(|c| &c.version),
            "is_an_agreement": stops == 0,
            "sentence": clauses.as_ref().filter(|_| stops == 0).map(govern::Clauses::sentence),
            "findings": findings.iter().map(line).collect::<Vec<_>>(),
        }));
    } else {
        for finding in said(Level::Stops) {
            output.result(&format!("error: {}\n", finding.message));
        }
        for finding in said(Level::Warns) {
            output.result(&format!("warning: {}\n", finding.message));
        }
        match clauses.filter(|_| stops == 0) {
            Some(clauses) => output.result(&format!(
                "{} version {} can be handed in. {}\nDigest {}",
                clauses.reference,
                clauses.version,
                clauses.sentence(),
                Digest::of(&text)
            )),
            None => output.tell(&format!(
                "{stops} to mend before it can be handed in. What each clause is: docs/agreements.md"
            )),
        }
    }
    Ok(if stops == 0 {
        Exit::Fine
    } else {
        Exit::DataHasProblems
    })
}

/// Says what a text changes of another.
pub(super) fn diff(old: &Path, new: &Path, content: &Content, output: &Output) -> Result<Exit> {
    let house = Arc::new(House::read(content)?);
    let read = |file: &Path| -> Result<Agreement> {
        let text = text_of(file)?;
        Agreement::from_text("text", &text, &house).map_err(|fault| {
            Usage(format!("`{}` is not an agreement: {fault}", file.display())).into()
        })
    };
    let (before, after) = (read(old)?, read(new)?);
    let said = between(&before, &after);
    if output.json {
        let parts: Vec<serde_json::Value> = said
            .iter()
            .map(|(heading, lines)| serde_json::json!({"effect": heading, "changes": lines}))
            .collect();
        output.document(&serde_json::json!({
            "version": 1, "agreement": after.reference,
            "old": {"version": before.version, "digest": before.digest().as_str()},
            "new": {"version": after.version, "digest": after.digest().as_str()},
            "changes": parts,
        }));
        return Ok(Exit::Fine);
    }
    if said.is_empty() {
        output.result("Nothing that they say differs.");
    }
    for (heading, lines) in said {
        output.result(&format!("{heading}:"));
        for line in lines {
            output.result(&format!("  - {line}"));
        }
    }
    Ok(Exit::Fine)
}

/// Writes a template out, or lists them.
pub(super) fn new(
    name: Option<&str>,
    out: Option<&Path>,
    content: &Content,
    output: &Output,
) -> Result<Exit> {
    let templates = Template::read_all(content)?;
    let Some(name) = name else {
        let rows = templates.iter().map(|t| {
            let guide = t.guide.lines().next().unwrap_or_default();
            vec![Some(t.name.clone()), Some(guide.to_owned())]
        });
        let rows: Vec<_> = rows.collect();
        if output.json {
            output.document(&serde_json::json!({"version": 1, "templates": rows}));
        } else {
            let header = ["Template", "What it is for"].map(str::to_owned);
            output.result(&table(&header, &rows));
        }
        return Ok(Exit::Fine);
    };
    let Some(template) = templates.iter().find(|t| t.name == name) else {
        let names: Vec<&str> = templates.iter().map(|t| t.name.as_str()).collect();
        return Err(Usage(format!(
            "there is no template `{name}`; there are {}",
            names.join(", ")
        ))
        .into());
    };
    write_out(&template.text, out, output)?;
    output.tell(&format!(
        "{} blanks to fill in, such as {}. Then: haven agreement check FILE",
        template.blanks.len(),
        template.blanks.iter().next().map_or("none", String::as_str)
    ));
    Ok(Exit::Fine)
}
