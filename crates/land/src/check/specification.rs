//! A dataset's specification, compiled: how cells are read, and its rules as nodes of one program.

mod assemble;
mod rows_together;
pub(crate) mod shared;

use super::{
    LikelyKind, StageFrom,
    across::Plan,
    codes::CodeBook,
    columns::Reading,
    expression::{
        compile::Needs,
        node::{Program, TruthId},
    },
    profile::{MonthsRule, ProfilePlan},
    quality::QualityPlan,
    rule_file::{Example, KindName, Mend},
};
use crate::LandError;
use model::{Content, ContentError, Dataset, Finding, Level};
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

/// A dataset, its code lists and its rules, ready to check files.
#[derive(Debug)]
pub struct Specification {
    pub(crate) dataset: Dataset,
    pub(crate) readings: Vec<Reading>,
    pub(crate) program: Program,
    pub(crate) rules: Vec<Rule>,
    /// Where each rule stands, by its code.
    pub(crate) by_code: HashMap<String, usize>,
    /// The names that rules share, and what each stands for, as written.
    pub(crate) definitions: Vec<(String, String)>,
    /// What those names mean, in words.
    pub(crate) meanings: Vec<(String, String)>,
    /// How many counts over the whole file the rules keep.
    pub(crate) slots: usize,
    /// What is counted of every cell.
    pub(crate) quality: QualityPlan,
    /// What is counted of rows.
    pub(crate) profile: ProfilePlan,
    /// The rules across rows.
    pub(crate) across: Plan,
    pub(crate) base_rows: BaseRows,
}

/// One rule, as those who break it read it.
#[derive(Debug)]
pub struct Rule {
    /// Its code, which is never used again.
    pub code: String,
    /// What a finding does.
    pub level: Level,
    /// What is wrong; `{field}` stands for the column's name.
    pub says: String,
    /// Why it matters.
    pub why: String,
    /// What to do.
    pub fix: String,
    /// Where the rule comes from.
    pub source: String,
    /// The columns it is about, by position in the dataset.
    pub fields: Vec<usize>,
    /// When it finds something, as written.
    pub when: Option<String>,
    /// All that decides what it finds beside its columns, as written: by key of the rule's file, in order.
    pub terms: Vec<(String, String)>,
    pub(crate) kind: KindName,
    pub(crate) judge: Judge,
    pub(crate) mend: Option<Mend>,
    pub(crate) alone: bool,
    pub(crate) needs: Needs,
    /// The names of figures over all groups.
    pub(crate) groups: Vec<String>,
    /// What is worth trying on the rows that it finds.
    pub(crate) likely: Vec<LikelyKind>,
    /// From which day it does what; without any it is in force.
    pub stages: Vec<StageFrom>,
    pub(crate) passes: Vec<Example>,
    pub(crate) fails: Vec<Example>,
}

/// How a rule comes to its findings.
#[derive(Debug, Clone)]
pub(crate) enum Judge {
    /// Rows for which a condition is true, each at a column or at none.
    Rows(Vec<RowTest>),
    /// The file, if a condition is true for any row.
    Once(RowTest),
    /// Columns that must have one value throughout.
    OneValue(Vec<usize>),
    /// The file, if a condition is true of counts over all rows.
    Count(Count),
    Header(HeaderFault),
    File(FileFault),
    /// What is counted by month.
    Months(MonthsRule),
    /// Rows together; the plan of the specification has how.
    Across,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct RowTest {
    pub(crate) field: Option<usize>,
    pub(crate) truth: TruthId,
}

#[derive(Debug, Clone)]
pub(crate) struct Count {
    /// For each column, or for the rows alone, what is counted.
    pub(crate) columns: Vec<CountColumn>,
    /// The position of the first count among those of all rules.
    pub(crate) first_slot: usize,
    /// True of the counts when there is something to report.
    pub(crate) when: TruthId,
    /// Whether the columns' counts are added up.
    pub(crate) together: bool,
    /// Whether the counts of the last submission are known by name as well.
    pub(crate) with_last: bool,
    /// Whether the number of different values is asked for.
    pub(crate) with_different: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct CountColumn {
    pub(crate) field: Option<usize>,
    pub(crate) counts: Vec<TruthId>,
}

/// What may be wrong with a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HeaderFault {
    Missing,
    Extra,
    Duplicated,
    OutOfOrder,
    Inexact,
    /// Titles, or a row of headings over several columns.
    RowsAbove,
}

/// What may be odd about a file as it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FileFault {
    NotAccepted,
    NoRows,
    Undecodable,
    OtherEncoding,
    OtherDelimiter,
    OpenQuote,
    /// The same bytes were accepted before.
    SentBefore,
    /// The last submission was of a later release.
    EarlierRelease,
}

/// The rows that examples start from: by name, cells by column.
#[derive(Debug, Clone, Default)]
pub(crate) struct BaseRows {
    pub(crate) today: Option<model::Date>,
    pub(crate) sender: Option<String>,
    pub(crate) usual: String,
    pub(crate) rows: BTreeMap<String, BTreeMap<String, String>>,
    /// Whether they, and the examples of rules, are written for several releases in the values of the last.
    pub(crate) are_shared: bool,
}

impl Specification {
    /// Reads `datasets/<name>/`: the dataset, its code lists and its rules.
    ///
    /// A mistake in a rule is reported with its line and character.
    pub fn read(content: &Content, name: &str) -> Result<Self, ContentError> {
        assemble::read(content, name)
    }

    /// The dataset.
    pub const fn dataset(&self) -> &Dataset {
        &self.dataset
    }

    /// The rules, in the order in which they are written.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// A rule by its code.
    pub fn rule(&self, code: &str) -> Option<&Rule> {
        let as_written = self.by_code.get(code);
        let known = as_written.or_else(|| self.by_code.get(&code.to_ascii_uppercase()));
        known.and_then(|at| self.rules.get(*at))
    }

    /// The names that the rules share and an expression uses, with what each means.
    pub fn meanings_in(&self, expression: &str) -> impl Iterator<Item = (&str, &str)> {
        let words: Vec<String> = expression
            .split(|c: char| !c.is_alphanumeric() && c != '_')
            .map(str::to_owned)
            .collect();
        self.meanings
            .iter()
            .filter(move |(name, _)| words.contains(name))
            .map(|(name, means)| (name.as_str(), means.as_str()))
    }

    /// The code list of a field, by its position.
    pub fn code_book(&self, field: usize) -> Option<&Arc<CodeBook>> {
        match self.readings.get(field)? {
            Reading::Code(spellings) => Some(spellings.book()),
            _ => None,
        }
    }

    /// The finding that says why a file could not be read, where the rules have one for it.
    pub fn finding_of(&self, fault: &LandError) -> Option<Finding> {
        let asked = match fault {
            LandError::Empty => FileFault::NoRows,
            LandError::OtherKind { .. }
            | LandError::SaveAs { .. }
            | LandError::Password { .. }
            | LandError::Damaged { .. }
            | LandError::SeveralFiles { .. }
            | LandError::NoFileInside
            | LandError::CompressedTwice { .. }
            | LandError::UnknownCompression
            | LandError::NoSheet => FileFault::NotAccepted,
            _ => return None,
        };
        let rule = self
            .rules
            .iter()
            .find(|r| matches!(r.judge, Judge::File(fault) if fault == asked))?;
        Some(Finding {
            rule: rule.code.clone(),
            level: rule.level,
            row: None,
            line: None,
            column: None,
            field: None,
            cell: None,
            detail: None,
            rows: 0,
        })
    }
}

impl Rule {
    /// The kind of rule, as written.
    pub const fn kind(&self) -> &'static str {
        self.kind.word()
    }

    /// What is wrong, with the name of the column in its place.
    pub fn says_of(&self, field: Option<&str>) -> String {
        self.says
            .replace("{field}", field.unwrap_or(self.unnamed()))
    }

    /// What to do, with the name of the column in its place.
    pub fn fix_of(&self, field: Option<&str>) -> String {
        self.fix.replace("{field}", field.unwrap_or(self.unnamed()))
    }

    /// What stands for a column that has no name here, or one that may not be shown.
    const fn unnamed(&self) -> &'static str {
        match self.judge {
            Judge::Header(_) => "(name not shown)",
            _ => "the row",
        }
    }
}
