//! The life of a rule: written down, tried out of sight, warning, and in force, each from a day that is known
//! in advance.

use super::{
    Checker, Hit,
    bits::Bits,
    rule_file::WrittenStage,
    specification::{Judge, Rule},
};
use crate::check::{expression::evaluate::Evaluation, mistake::Source};
use model::{ContentError, Date, Finding, Level};
use serde::Serialize;
use std::collections::BTreeMap;

/// How far a rule has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// It does not run.
    Draft,
    /// It runs, and the sender is not told.
    Shadow,
    /// It warns at most, whatever its severity.
    Warning,
    /// It does what its severity says.
    Reject,
}

impl Stage {
    const NAMED: [(&'static str, Self); 4] = [
        ("draft", Self::Draft),
        ("shadow", Self::Shadow),
        ("warning", Self::Warning),
        ("reject", Self::Reject),
    ];

    /// What the stage means, in words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Draft => "draft: it does not run",
            Self::Shadow => "shadow: it is counted, and senders are not told",
            Self::Warning => "warning: it rejects nothing",
            Self::Reject => "in force",
        }
    }
}

/// A stage, and the day from which it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct StageFrom {
    pub from: Date,
    pub stage: Stage,
}

/// What a rule in its shadow stage found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ShadowCount {
    pub rule: String,
    /// What it would do in force.
    pub level: Level,
    pub column: Option<String>,
    /// How many rows; `None` for the file as a whole.
    pub rows: Option<u64>,
}

impl Rule {
    /// How far the rule has come on a day. Without stages it is in force.
    pub fn stage(&self, today: Date) -> Stage {
        if self.stages.is_empty() {
            return Stage::Reject;
        }
        let begun = self.stages.iter().rev().find(|s| s.from <= today);
        begun.map_or(Stage::Draft, |s| s.stage)
    }

    /// What a finding of the rule does on a day.
    pub fn level_on(&self, today: Date) -> Level {
        match self.stage(today) {
            Stage::Reject => self.level,
            Stage::Draft | Stage::Shadow | Stage::Warning => self.level.max(Level::Warning),
        }
    }

    /// The stages that are still to come after a day.
    pub fn stages_to_come(&self, today: Date) -> impl Iterator<Item = &StageFrom> {
        self.stages.iter().filter(move |s| s.from > today)
    }
}

/// The stages of a rule as they are written; each begins later than the one before.
pub(crate) fn read(
    source: Source<'_>,
    written: &[WrittenStage],
) -> Result<Vec<StageFrom>, ContentError> {
    let mut stages: Vec<StageFrom> = Vec::new();
    for one in written {
        let name = one.stage.get_ref();
        let known = Stage::NAMED.iter().find(|(known, _)| known == name);
        let stage = known.map(|(_, stage)| *stage).ok_or_else(|| {
            let names: Vec<&str> = Stage::NAMED.iter().map(|(known, _)| *known).collect();
            let hint = format!("use one of {}", names.join(", "));
            source.mistake(
                one.stage.span(),
                &format!("unknown stage `{name}`"),
                Some(hint),
            )
        })?;
        let from: Date = one.from.get_ref().to_string().parse().map_err(|_| {
            let hint = Some("write it as 2027-01-01".to_owned());
            source.mistake(one.from.span(), "this is not a day", hint)
        })?;
        if let Some(last) = stages.last().filter(|last| last.from >= from) {
            let says = format!(
                "a stage begins after the one before it, which begins {}",
                last.from
            );
            return Err(source.mistake(one.from.span(), &says, None));
        }
        stages.push(StageFrom { from, stage });
    }
    Ok(stages)
}

/// Rows that rules in their shadow stage found, by rule and column.
pub(crate) type ShadowRows = BTreeMap<(usize, Option<usize>), u64>;

impl Checker<'_> {
    pub(crate) fn stage_of(&self, rule: &Rule) -> Stage {
        if self.settings.at_full_severity {
            Stage::Reject
        } else {
            rule.stage(self.settings.today)
        }
    }

    /// What a finding of a rule does today.
    pub(crate) fn level_of(&self, rule: &Rule) -> Level {
        match self.stage_of(rule) {
            Stage::Reject => rule.level,
            _ => rule.level.max(Level::Warning),
        }
    }

    /// Whether a rule tells the sender what it finds.
    pub(crate) fn tells(&self, rule: &Rule) -> bool {
        self.stage_of(rule) >= Stage::Warning
    }

    /// Counts what rules in their shadow stage find in the rows that are judged.
    pub(super) fn shadow_rows(&self, evaluation: &Evaluation<'_>, quiet: &Bits) -> ShadowRows {
        let mut counts = ShadowRows::new();
        if self.of_last {
            return counts;
        }
        for (at, rule) in self.specification.rules.iter().enumerate() {
            if self.stage_of(rule) != Stage::Shadow
                || !self.can_judge(rule)
                || !matches!(rule.judge, Judge::Rows(_))
            {
                continue;
            }
            let mut hits: Vec<Hit> = Vec::new();
            self.judge_rows(at, rule, evaluation, &mut quiet.clone(), &mut hits);
            for hit in hits {
                *counts.entry((at, hit.field)).or_default() += hit.rows.count() as u64;
            }
        }
        counts
    }

    /// Parts what concerns the file into what the sender is told and what rules in their shadow stage found.
    pub(super) fn parted(&self, findings: Vec<Finding>) -> (Vec<Finding>, Vec<Finding>) {
        findings.into_iter().partition(|finding| {
            let rule = self.specification.rule(&finding.rule);
            rule.is_none_or(|rule| self.tells(rule))
        })
    }

    /// What rules in their shadow stage found, in rows and of the file.
    pub(super) fn shadow(&self, rows: &ShadowRows, of_file: &[Finding]) -> Vec<ShadowCount> {
        let of_file = of_file.iter().filter_map(|finding| {
            let rule = self.specification.rule(&finding.rule)?;
            Some(ShadowCount {
                rule: rule.code.clone(),
                level: rule.level,
                column: finding.field.clone(),
                rows: None,
            })
        });
        let in_rows = rows.iter().filter_map(|((at, field), rows)| {
            let rule = self.specification.rules.get(*at)?;
            Some(ShadowCount {
                rule: rule.code.clone(),
                level: rule.level,
                column: field.and_then(|field| self.field_name(field)),
                rows: Some(*rows),
            })
        });
        of_file.chain(in_rows).collect()
    }
}
