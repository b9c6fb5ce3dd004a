//! The known faults: `faults.toml`, typed, with its columns found and its rates settled.

use super::{
    Source,
    shapes::{FileKind, FileShape},
};
use crate::{FaultRates, SynthError};
use serde::Deserialize;

/// All of `faults.toml`.
#[derive(Debug, Default)]
pub(crate) struct FaultFacts {
    pub(crate) on_people: Vec<Fault>,
    pub(crate) on_rows: Vec<Fault>,
    pub(crate) lasts_quarters: [i32; 2],
    pub(crate) corrected_when_sent_again: f64,
}

/// One fault.
#[derive(Debug, Clone)]
pub(crate) struct Fault {
    pub(crate) code: String,
    pub(crate) kind: FaultKind,
    /// The cells it touches, as places in the row.
    pub(crate) columns: Vec<usize>,
    /// The cell it copies from.
    pub(crate) from: Option<usize>,
    pub(crate) with: Vec<String>,
    pub(crate) when: Vec<When>,
    pub(crate) finding: Found,
    /// Another rule instead, where a cell has a value.
    pub(crate) rule_by: Option<(usize, String, String)>,
    pub(crate) also: Vec<Found>,
    pub(crate) rate: f64,
}

/// A finding that the fault leads to.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    pub(crate) field: String,
    pub(crate) rule: String,
    pub(crate) severity: String,
}

/// How cells are spoiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FaultKind {
    /// The cells are emptied.
    Blank,
    /// One of the given texts takes the place of the cell.
    Replace,
    /// The last digit is one more than it should be.
    CheckDigit,
    /// The last character is lost.
    DropLast,
    /// Spaces after the third and sixth character.
    Space,
    /// One of the given texts comes before the cell.
    Prefix,
    /// Another cell is copied here.
    Copy,
    /// The two cells change places.
    Swap,
    /// The date is written year first.
    YearFirst,
    /// The first cell, a start, falls after the second, an end.
    StartAfterEnd,
    /// The date falls after the period.
    AfterPeriod,
    /// Two letters change places, one is lost, or one is doubled.
    SlipLetter,
    /// A slip in a date: day and month swapped, or a year or a day away.
    SlipDate,
    /// A short form of a given name.
    ShortName,
    /// The family name at birth.
    FormerName,
    /// The whole row is sent twice.
    CopyRow,
}

/// A condition on a row.
#[derive(Debug, Clone)]
pub(crate) struct When {
    pub(crate) column: usize,
    pub(crate) is: Vec<String>,
    pub(crate) is_not: Vec<String>,
    pub(crate) filled: Option<bool>,
    /// The cell is a date of birth, and the age at the end of the period lies between these.
    pub(crate) aged: Option<[u32; 2]>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FaultsFile {
    lasts_quarters: [i32; 2],
    corrected_when_sent_again: f64,
    fault: Vec<FaultRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FaultRow {
    code: String,
    #[serde(default)]
    scope: Scope,
    kind: FaultKind,
    columns: Vec<String>,
    #[serde(default)]
    from: Option<String>,
    #[serde(default)]
    with: Vec<String>,
    #[serde(default)]
    when: Vec<WhenRow>,
    #[serde(default)]
    rule: String,
    #[serde(default)]
    rule_by: Option<RuleBy>,
    #[serde(default)]
    severity: String,
    #[serde(default)]
    field: Option<String>,
    #[serde(default)]
    also: Vec<(String, String, String)>,
    rate: f64,
}

#[derive(Deserialize, Default, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum Scope {
    /// All rows of a person at a council.
    Person,
    /// One row.
    #[default]
    Row,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleBy {
    column: String,
    is: String,
    rule: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WhenRow {
    column: String,
    #[serde(default)]
    is: Vec<String>,
    #[serde(default)]
    is_not: Vec<String>,
    #[serde(default)]
    filled: Option<bool>,
    #[serde(default)]
    aged: Option<[u32; 2]>,
}

impl FaultFacts {
    pub(crate) fn read(
        source: &Source<'_>,
        files: &[FileShape],
        rates: &FaultRates,
    ) -> Result<Self, SynthError> {
        let file: FaultsFile = source.toml("faults.toml")?;
        let Some(shape) = files.iter().find(|f| f.kind == FileKind::CouncilCare) else {
            return Ok(Self::default());
        };
        for code in rates.set.keys() {
            if !file.fault.iter().any(|f| f.code == *code) {
                let nearest =
                    model::content::nearest(code, file.fault.iter().map(|f| f.code.as_str()));
                let nearest = nearest.map_or(String::new(), |n| format!(", nearest is `{n}`"));
                return Err(SynthError::Wish(format!(
                    "there is no fault `{code}`{nearest}"
                )));
            }
        }
        let mut facts = Self {
            lasts_quarters: file.lasts_quarters,
            corrected_when_sent_again: file.corrected_when_sent_again,
            ..Self::default()
        };
        for row in file.fault {
            let set = rates.set.get(&row.code).copied();
            let rate = set.unwrap_or(row.rate * rates.scale);
            let scope = row.scope;
            let fault = row.settle(shape, rate)?;
            match scope {
                Scope::Person => facts.on_people.push(fault),
                Scope::Row => facts.on_rows.push(fault),
            }
        }
        Ok(facts)
    }
}

impl FaultRow {
    fn settle(self, shape: &FileShape, rate: f64) -> Result<Fault, SynthError> {
        let find = |name: &str| {
            let at = shape.columns.iter().position(|(column, _)| column == name);
            at.ok_or_else(|| {
                SynthError::facts(
                    "faults.toml",
                    format!("`{}`: no column `{name}` in `files.toml`", self.code),
                )
            })
        };
        let columns = self
            .columns
            .iter()
            .map(|c| find(c))
            .collect::<Result<Vec<_>, _>>()?;
        let when = self
            .when
            .iter()
            .map(|w| {
                Ok(When {
                    column: find(&w.column)?,
                    is: w.is.clone(),
                    is_not: w.is_not.clone(),
                    filled: w.filled,
                    aged: w.aged,
                })
            })
            .collect::<Result<_, SynthError>>()?;
        let rule_by = self
            .rule_by
            .as_ref()
            .map(|r| Ok::<_, SynthError>((find(&r.column)?, r.is.clone(), r.rule.clone())))
            .transpose()?;
        let from = self.from.as_deref().map(find).transpose()?;
        let field = self
            .field
            .or_else(|| self.columns.first().cloned())
            .unwrap_or_default();
        let severity = match (self.rule.as_str(), self.severity) {
            ("", _) => String::new(),
            (_, said) if said.is_empty() => "error".to_owned(),
            (_, said) => said,
        };
        Ok(Fault {
            code: self.code,
            kind: self.kind,
            columns,
            from,
            with: self.with,
            when,
            finding: Found {
                field,
                rule: self.rule,
                severity,
            },
            rule_by,
            also: self
                .also
                .into_iter()
                .map(|(field, rule, severity)| Found {
                    field,
                    rule,
                    severity,
                })
                .collect(),
            rate,
        })
    }
}
