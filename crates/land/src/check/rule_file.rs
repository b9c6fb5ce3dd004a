//! Rules as they are written: `datasets/<name>/rules.toml`, or several files in `rules/`.

use model::Level;
use serde::Deserialize;
use std::collections::BTreeMap;
use toml::Spanned;

/// One file of rules.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RuleFile {
    /// Names for expressions, for this file and those that follow it.
    #[serde(default, rename = "define")]
    pub(crate) definitions: Vec<Definition>,
    #[serde(default, rename = "rule")]
    pub(crate) rules: Vec<WrittenRule>,
}

/// A name for an expression.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Definition {
    pub(crate) name: Spanned<String>,
    pub(crate) is: Spanned<String>,
    /// The releases for which it holds; all, unless stated.
    #[serde(default)]
    pub(crate) releases: Vec<Spanned<String>>,
    /// What it means, for the reader of the file and the generated pages.
    pub(crate) means: String,
}

/// One rule.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WrittenRule {
    pub(crate) code: Spanned<String>,
    pub(crate) severity: Severity,
    pub(crate) scope: Scope,
    pub(crate) kind: KindName,
    /// The releases for which it holds; all, unless stated.
    #[serde(default)]
    pub(crate) releases: Vec<Spanned<String>>,
    /// The columns it is about, by the name in the landed table; `"*"` is all, `"codes"` those with a code list.
    #[serde(default)]
    pub(crate) fields: Vec<Spanned<String>>,
    /// When the rule finds something.
    #[serde(default)]
    pub(crate) when: Option<Spanned<String>>,
    /// For `count`: what is counted over the whole file, by name.
    #[serde(default)]
    pub(crate) counts: BTreeMap<String, Spanned<String>>,
    /// For `count`: whether columns are judged one by one or together.
    #[serde(default)]
    pub(crate) per: Per,
    /// For `header` and `file`: what is looked for.
    #[serde(default)]
    pub(crate) finds: Option<Spanned<String>>,
    /// For `months`: the series it is about, by the names under `[monthly]` of the dataset.
    #[serde(default)]
    pub(crate) series: Vec<Spanned<String>>,
    /// For `months`: the share of the median below which a month is thin.
    #[serde(default)]
    pub(crate) below: Option<f64>,
    /// For `months`: the smallest median that says anything.
    #[serde(default)]
    pub(crate) median_at_least: Option<f64>,
    /// For rules across rows: what rows have in common that are judged together; `"*"` is all cells.
    #[serde(default)]
    pub(crate) by: Vec<Spanned<String>>,
    /// For rules across rows: which rows take part; all, unless stated.
    #[serde(default, rename = "where")]
    pub(crate) takes_part: Option<Spanned<String>>,
    /// For `pair`: which rows the row is held against; those that take part, unless stated.
    #[serde(default)]
    pub(crate) other: Option<Spanned<String>>,
    /// For `pair`: what those rows have in common with it; the same as `by`, unless stated.
    #[serde(default)]
    pub(crate) other_by: Vec<Spanned<String>>,
    /// For `pair`: whether those rows are of this submission or of the last one.
    #[serde(default)]
    pub(crate) against: Against,
    /// For `pair`: a row is not reported where some other row fits this.
    #[serde(default)]
    pub(crate) unless: Option<Spanned<String>>,
    /// For `group`: what is reported.
    #[serde(default)]
    pub(crate) reports: Reported,
    /// For `varies`: whether a blank is a value like any other.
    #[serde(default)]
    pub(crate) blanks: bool,
    /// For `tally`: figures over all groups, by name.
    #[serde(default)]
    pub(crate) groups: BTreeMap<String, Spanned<String>>,
    /// What `haven fix` may do to a cell that the rule finds.
    #[serde(default)]
    pub(crate) mend: Option<Mend>,
    /// From which day the rule does what; without any it is in force.
    #[serde(default)]
    pub(crate) stages: Vec<WrittenStage>,
    /// What most likely went wrong in the rows it finds: kinds that are worth trying.
    #[serde(default)]
    pub(crate) likely: Vec<Spanned<String>>,
    /// No other rule looks at the row, and the row is not accepted.
    #[serde(default)]
    pub(crate) alone: bool,
    pub(crate) says: Spanned<String>,
    pub(crate) why: String,
    pub(crate) fix: String,
    pub(crate) source: String,
    #[serde(default)]
    pub(crate) passes: Vec<Example>,
    #[serde(default)]
    pub(crate) fails: Vec<Example>,
}

/// A stage of a rule's life.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WrittenStage {
    pub(crate) from: Spanned<toml::value::Datetime>,
    pub(crate) stage: Spanned<String>,
}

impl WrittenRule {
    /// All that decides what the rule finds beside its columns: by key, as written, in a fixed order.
    pub(crate) fn terms(&self) -> Vec<(String, String)> {
        let mut terms = vec![("kind".to_owned(), self.kind.word().to_owned())];
        let mut add = |key: &str, text: Option<&String>| {
            terms.extend(text.map(|text| (key.to_owned(), text.clone())));
        };
        add("when", self.when.as_ref().map(Spanned::get_ref));
        add("finds", self.finds.as_ref().map(Spanned::get_ref));
        for (name, counted) in &self.counts {
            add(&format!("counts.{name}"), Some(counted.get_ref()));
        }
        for (key, expressions) in [("by", &self.by), ("other_by", &self.other_by)] {
            let written: Vec<&str> = expressions.iter().map(|e| e.get_ref().as_str()).collect();
            if !written.is_empty() {
                add(key, Some(&written.join(", ")));
            }
        }
        add("where", self.takes_part.as_ref().map(Spanned::get_ref));
        add("other", self.other.as_ref().map(Spanned::get_ref));
        add("unless", self.unless.as_ref().map(Spanned::get_ref));
        for (name, figure) in &self.groups {
            add(&format!("groups.{name}"), Some(figure.get_ref()));
        }
        for (key, word) in [
            ("against", (self.against == Against::Last).then_some("last")),
            ("reports", self.reports.word()),
            ("blanks", self.blanks.then_some("true")),
        ] {
            add(key, word.map(str::to_owned).as_ref());
        }
        if self.per == Per::File {
            add("per", Some(&"file".to_owned()));
        }
        let series: Vec<&str> = self.series.iter().map(|s| s.get_ref().as_str()).collect();
        add(
            "series",
            Some(series.join(", ")).filter(|s| !s.is_empty()).as_ref(),
        );
        for (key, number) in [
            ("below", self.below),
            ("median_at_least", self.median_at_least),
        ] {
            add(key, number.map(|n| n.to_string()).as_ref());
        }
        for stage in &self.stages {
            let text = format!("{} from {}", stage.stage.get_ref(), stage.from.get_ref());
            add(&format!("stages.{}", stage.stage.get_ref()), Some(&text));
        }
        if self.alone {
            add("alone", Some(&"true".to_owned()));
        }
        terms
    }
}

impl KindName {
    /// The kind, as written.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Condition => "condition",
            Self::Cell => "cell",
            Self::Required => "required",
            Self::NotApplicable => "not_applicable",
            Self::Once => "once",
            Self::OneValue => "one_value",
            Self::Count => "count",
            Self::Header => "header",
            Self::File => "file",
            Self::Months => "months",
            Self::Duplicate => "duplicate",
            Self::Varies => "varies",
            Self::Group => "group",
            Self::Pair => "pair",
            Self::Tally => "tally",
        }
    }
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Severity {
    Error,
    Warning,
    Info,
}

/// What a rule looks at, and so what an error does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Scope {
    File,
    Record,
    CrossRecord,
    CrossSubmission,
}

/// The kinds of rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum KindName {
    /// A row for which `when` is true; reported at the first of `fields`.
    Condition,
    /// Each of `fields` for which `when` is true, `cell` standing for the column.
    Cell,
    /// Each of `fields` that is blank, where `when` is true (always, unless stated).
    Required,
    /// Each of `fields` that is filled, where `when` is true.
    NotApplicable,
    /// The file, if `when` is true for any row.
    Once,
    /// Each of `fields` that has more than one value in the file.
    OneValue,
    /// The file, if `when` is true of `counts`.
    Count,
    /// The header.
    Header,
    /// The file as it came.
    File,
    /// What is counted by month.
    Months,
    /// Each row that agrees with an earlier one in `by`.
    Duplicate,
    /// Each of `fields` that has several values among the rows that agree in `by`.
    Varies,
    /// Rows that agree in `by`, if `when` is true of `counts` over them.
    Group,
    /// A row, if some other row that agrees in `by` fits `when`, or if none does.
    Pair,
    /// The file, if `when` is true of `groups`, which are figures over all groups.
    Tally,
}

/// Which rows a row is held against.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Against {
    #[default]
    File,
    Last,
}

/// What a rule about groups reports.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Reported {
    /// Each row for which the condition holds.
    #[default]
    Rows,
    /// The first row of each group; all of its rows are concerned.
    First,
    /// The file, once for each group.
    File,
}

impl Reported {
    /// The word as written, where it is not the usual.
    const fn word(self) -> Option<&'static str> {
        match self {
            Self::Rows => None,
            Self::First => Some("first"),
            Self::File => Some("file"),
        }
    }
}

/// What may be done to a cell without changing what it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Mend {
    /// The cell is made blank.
    Blank,
}

/// How the counts of several columns are judged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Per {
    #[default]
    Column,
    File,
}

/// The key in the cells of an example that names the release which it is about, in place of a column.
pub(crate) const RELEASE: &str = "release";
/// The key in the cells of an example that names the row from which it starts, in place of a column.
pub(crate) const BASE: &str = "base";

impl Example {
    /// The release that it is about, where it is about one only. Its cells are then in the values of that release.
    pub(crate) fn release(&self) -> Option<&str> {
        match self {
            Self::Row(cells) => cells.get(RELEASE).map(String::as_str),
            Self::File(file) => file.release.as_deref(),
            Self::Raw(_) => None,
        }
    }
}

/// An example: cells that differ from a base row, or the few rows of a file.
#[expect(
    clippy::large_enum_variant,
    reason = "a rule has a few examples, read once"
)]
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(crate) enum Example {
    File(FileExample),
    Raw(RawExample),
    Row(BTreeMap<String, String>),
}

/// A file as it comes, without a header of ours.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawExample {
    pub(crate) raw: String,
}

/// A whole small file.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FileExample {
    /// The release whose values it is written in, where it is about one only.
    #[serde(default)]
    pub(crate) release: Option<String>,
    /// Its rows, each as cells that differ from a base row.
    pub(crate) rows: Vec<BTreeMap<String, String>>,
    /// How many times the rows stand in the file.
    #[serde(default = "once")]
    pub(crate) times: usize,
    /// Columns that are left out of the header.
    #[serde(default)]
    pub(crate) without: Vec<String>,
    /// Names that stand at the end of the header, with empty cells.
    #[serde(default)]
    pub(crate) also: Vec<String>,
    /// Names in place of the official ones.
    #[serde(default)]
    pub(crate) renamed: BTreeMap<String, String>,
    /// Two columns that change places.
    #[serde(default)]
    pub(crate) swapped: Option<(String, String)>,
    /// Text that stands after the last row.
    #[serde(default)]
    pub(crate) ending: String,
    /// What stands between cells.
    #[serde(default)]
    pub(crate) delimiter: Option<char>,
    /// Whether the file begins with a byte-order mark.
    #[serde(default)]
    pub(crate) byte_order_mark: bool,
    /// The rows of the last accepted submission of the same sender.
    #[serde(default)]
    pub(crate) last: Vec<BTreeMap<String, String>>,
    /// How many times those rows stand in it.
    #[serde(default = "once")]
    pub(crate) last_times: usize,
    /// Whether the last submission was of a later release.
    #[serde(default)]
    pub(crate) last_of_later_release: bool,
    /// Whether the same file was accepted before.
    #[serde(default)]
    pub(crate) sent_before: bool,
}

const fn once() -> usize {
    1
}

impl Severity {
    /// What a finding does, by the rule's severity and scope.
    pub(crate) const fn level(self, scope: Scope) -> Level {
        match (self, scope) {
            (Self::Error, Scope::File | Scope::CrossSubmission) => Level::RejectFile,
            (Self::Error, Scope::Record | Scope::CrossRecord) => Level::RejectRow,
            (Self::Warning, _) => Level::Warning,
            (Self::Info, _) => Level::Note,
        }
    }
}
