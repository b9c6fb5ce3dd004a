//! Where a rule stands and what is to come, in words for the public pages.

use land::check::{Rule, Stage, StageFrom};
use model::{Date, Level};
use pages::format;

/// A line for each stage with its days; one that says so where the rule has always been in force.
pub(super) fn of_rule(rule: &Rule, today: Date) -> Vec<(String, String)> {
    if rule.stages.is_empty() {
        return vec![("Stage".to_owned(), "in force".to_owned())];
    }
    let now = rule.stages.iter().rposition(|s| s.from <= today);
    let mut lines: Vec<(String, String)> = Vec::new();
    if now.is_none() {
        lines.push(("Stage".to_owned(), Stage::Draft.words().to_owned()));
    }
    for (at, stage) in rule.stages.iter().enumerate() {
        let what = match now {
            Some(now) if at < now => "Was before",
            Some(now) if at == now => "Stage",
            _ => "Will be",
        };
        lines.push((
            what.to_owned(),
            with_days(*stage, rule.stages.get(at + 1), at, now),
        ));
    }
    lines
}

fn with_days(stage: StageFrom, next: Option<&StageFrom>, at: usize, now: Option<usize>) -> String {
    let words = stage.stage.words();
    let from = format::date(stage.from);
    let until = next.map(|n| format::date(n.from.pred_opt().unwrap_or(n.from)));
    match (until, now) {
        (Some(until), _) => format!("{words}; from {from} to {until}"),
        (None, Some(now)) if at <= now => format!("{words}; since {from}"),
        (None, _) => format!("{words}; from {from}"),
    }
}

/// Where a rule stands, for a list; `None` where it is simply in force.
pub(super) fn in_a_line(rule: &Rule, today: Date) -> Option<String> {
    let stage = rule.stage(today);
    let next = rule.stages_to_come(today).next();
    let coming = next.map(|n| {
        format!(
            "{} from {}",
            name(n.stage, rule.level),
            format::date(n.from)
        )
    });
    match (stage, coming) {
        (Stage::Reject, None) => None,
        (Stage::Warning, None) if rule.level >= Level::Warning => None,
        (stage, None) => Some(name(stage, rule.level)),
        (stage, Some(coming)) => Some(format!("{}, {coming}", name(stage, rule.level))),
    }
}

/// A stage in a word or two.
fn name(stage: Stage, level: Level) -> String {
    match stage {
        Stage::Draft => "draft",
        Stage::Shadow => "in shadow",
        Stage::Warning if level.rejects() => "warning only",
        Stage::Warning | Stage::Reject => "in force",
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use land::check::Specification;
    use model::Content;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn the_stages_of_a_rule_come_with_their_days() {
        let content = Content::from_folder(
            &std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../content"),
        )
        .unwrap();
        let specification = Specification::read(&content, "cld-r2").unwrap();
        let tried = specification.rule("CLD-V019").unwrap();
        assert_eq!(
            of_rule(tried, day("2025-05-01")),
            [
                (
                    "Stage".to_owned(),
                    "shadow: it is counted, and senders are not told; from 1 April 2025 to 30 June 2025".to_owned()
                ),
                (
                    "Will be".to_owned(),
                    "warning: it rejects nothing; from 1 July 2025".to_owned()
                ),
            ]
        );
        assert_eq!(
            in_a_line(tried, day("2025-05-01")).as_deref(),
            Some("in shadow, in force from 1 July 2025")
        );
        assert_eq!(in_a_line(tried, day("2025-08-01")), None);
        assert_eq!(
            in_a_line(tried, day("2025-01-01")).as_deref(),
            Some("draft, in shadow from 1 April 2025")
        );
        let always = specification.rule("CLD-P003").unwrap();
        assert_eq!(in_a_line(always, day("2025-08-01")), None);
    }
}
