//! `haven explain`: what a rule finds, why it is there, and what to do.

use crate::{
    Defaults, Desk,
    fault::{Exit, Usage},
};
use anyhow::Result;
use land::check::{Rule, Specification};
use model::{Dataset, Date, content::nearest};

pub(crate) fn run(code: &str, desk: Desk<'_>) -> Result<Exit> {
    let (content, output) = (desk.content, desk.output);
    let mut codes = Vec::new();
    let mut names = Dataset::names(content);
    // Releases of a dataset share rules; the usual one speaks for them.
    let usual = Defaults::read(content)?.dataset;
    names.sort_by_key(|name| *name != usual);
    for name in names {
        let specification = Specification::read(content, &name)?;
        if let Some(rule) = specification.rule(code) {
            let (says, fix) = (rule.says_of(None), rule.fix_of(None));
            if output.json {
                output.document(&serde_json::json!({
                    "version": 1, "rule": rule.code, "dataset": name, "level": rule.level, "says": says, "why": rule.why, "fix": fix,
                    "stage": rule.stage(desk.today), "stages": rule.stages,
                }));
            } else {
                output.result(&format!(
                    "{}  {}\n\n{says}\n\nWhy      {}\nWhat to do  {fix}\nDataset  {}{}",
                    rule.code,
                    rule.level,
                    rule.why,
                    specification.dataset().title,
                    stages(rule, desk.today)
                ));
            }
            return Ok(Exit::Fine);
        }
        codes.extend(specification.rules().iter().map(|r| r.code.clone()));
    }
    let hint =
        nearest(code, codes.iter().map(String::as_str)).map(|n| format!("; did you mean `{n}`?"));
    Err(Usage(format!(
        "there is no rule `{code}`{}",
        hint.unwrap_or_default()
    ))
    .into())
}

/// How far the rule has come, and what is to come; nothing where it has always been in force.
fn stages(rule: &Rule, today: Date) -> String {
    if rule.stages.is_empty() {
        return String::new();
    }
    let begun = rule.stages.iter().rev().find(|s| s.from <= today);
    let since = begun.map_or_else(String::new, |s| format!(" since {}", day(s.from)));
    let mut text = format!("\nToday    {}{since}", rule.stage(today).words());
    for next in rule.stages_to_come(today) {
        text += "\nNext     ";
        text += next.stage.words();
        text += " from ";
        text += &day(next.from);
    }
    text
}

fn day(date: Date) -> String {
    date.format("%-d %B %Y").to_string()
}
