//! The quality of cells as the national data quality method counts it: what a field is in a row, and what
//! stands in the cell, counted together for every field.
//!
//! These are counts, not findings: nothing here rejects a row. Rules say what is wrong with a file; this
//! says how full and how usable each field is, so that files and senders can be compared.

mod plan;

pub(crate) use plan::{QualityPlan, read};

use super::{Checker, bits::Bits, columns::Columns, expression::evaluate::Evaluation};
use plan::FieldPlan;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How usable the cells of each field are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quality {
    /// Rows that were counted: all but those that are blank or of another width.
    pub rows: u64,
    /// The field by whose values counts are also given.
    pub by: Option<String>,
    /// One for each field, in the official order.
    pub fields: Vec<FieldQuality>,
}

/// How usable the cells of one field are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldQuality {
    /// The field's name in the header.
    pub field: String,
    /// Its column in the landed table.
    pub column: String,
    /// Whether the file has the column; where it has not, every cell counts as blank.
    pub in_file: bool,
    /// Every cell by its status, each counted once.
    pub cells: CellCounts,
    /// The same cells by what the field is in the row.
    pub rows: RowCounts,
    /// Why cells hold no usable value; the counts add up to those that do not.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub invalid: BTreeMap<InvalidKind, u64>,
    /// The same by the values of [`Quality::by`]; values without rows are left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub by: Vec<GroupQuality>,
}

/// The cells of a field in the rows of one group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupQuality {
    /// The value; `None` for rows where it is blank or not on its list.
    pub value: Option<String>,
    /// The cells by their status.
    pub cells: CellCounts,
    /// The cells by what the field is in the row.
    pub rows: RowCounts,
}

/// Cells by status. Each cell has one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CellCounts {
    /// A usable value where the field applies.
    pub valid: u64,
    /// Blank, and it may be.
    pub blank_allowed: u64,
    /// Blank, though the field is mandatory in the row.
    pub blank_mandatory: u64,
    /// Not a usable value.
    pub invalid: u64,
    /// A value that is valid in an earlier release only.
    pub old_release: u64,
    /// The field does not apply to the row, whatever stands there.
    pub not_applicable: u64,
}

/// Cells by what the field is in the row.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowCounts {
    /// Rows where the field must be filled.
    #[serde(default, skip_serializing_if = "Checks::are_none")]
    pub mandatory: Checks,
    /// Rows where it may be filled.
    #[serde(default, skip_serializing_if = "Checks::are_none")]
    pub applicable: Checks,
    /// Rows where it has no meaning.
    #[serde(default, skip_serializing_if = "Checks::are_none")]
    pub not_applicable: Checks,
    /// Rows where nobody can tell.
    #[serde(default, skip_serializing_if = "Checks::are_none")]
    pub undetermined: Checks,
}

/// Cells by what stands in them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checks {
    pub valid: u64,
    pub blank: u64,
    pub invalid: u64,
    pub old_release: u64,
}

/// Why a cell holds no usable value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InvalidKind {
    /// Not on the code list.
    NotOnList,
    /// On the code list, but no longer to be used.
    Withdrawn,
    /// Not a date in the layout of the field.
    NotADate,
    /// Not a number.
    NotANumber,
    /// Not of the shape that the field has.
    Shape,
    /// Too long or too short.
    Length,
    /// Its check digit does not hold.
    CheckDigit,
    /// Too early, too late, too large or too small.
    Range,
}

impl InvalidKind {
    /// All kinds, by the names that content uses.
    pub(crate) const NAMED: [(&'static str, Self); 8] = [
        ("not_on_list", Self::NotOnList),
        ("withdrawn", Self::Withdrawn),
        ("not_a_date", Self::NotADate),
        ("not_a_number", Self::NotANumber),
        ("shape", Self::Shape),
        ("length", Self::Length),
        ("check_digit", Self::CheckDigit),
        ("range", Self::Range),
    ];

    /// What is wrong, in words that follow "the value".
    pub const fn words(self) -> &'static str {
        match self {
            Self::NotOnList => "is not on the list",
            Self::Withdrawn => "is no longer to be used",
            Self::NotADate => "is not a day, month and year",
            Self::NotANumber => "is not a number",
            Self::Shape => "does not have the right shape",
            Self::Length => "is too long or too short",
            Self::CheckDigit => "fails its check digit",
            Self::Range => "is outside of what can be",
        }
    }
}

impl Checks {
    /// How many cells there are.
    pub const fn total(&self) -> u64 {
        self.valid + self.blank + self.invalid + self.old_release
    }

    const fn are_none(&self) -> bool {
        self.total() == 0
    }
}

impl RowCounts {
    /// The cells by status.
    const fn cells(&self) -> CellCounts {
        let (m, a, u) = (self.mandatory, self.applicable, self.undetermined);
        CellCounts {
            valid: m.valid + a.valid + u.valid,
            blank_allowed: a.blank + u.blank,
            blank_mandatory: m.blank,
            invalid: m.invalid + a.invalid + u.invalid,
            old_release: m.old_release + a.old_release + u.old_release,
            not_applicable: self.not_applicable.total(),
        }
    }

    const fn total(&self) -> u64 {
        self.mandatory.total()
            + self.applicable.total()
            + self.not_applicable.total()
            + self.undetermined.total()
    }
}

/// What a field is in a row, and what stands in its cell.
const STATUSES: usize = 4;
const CHECKS: usize = 4;
const CELL_SLOTS: usize = STATUSES * CHECKS;

/// The counts of some rows, as they are gathered: for each group and field every status with every check.
#[derive(Debug, Clone, Default)]
pub(crate) struct QualityCounts {
    cells: Vec<u64>,
    /// For each field and reason.
    reasons: Vec<u64>,
}

impl QualityCounts {
    pub(crate) fn of_batch(
        plan: &QualityPlan,
        evaluation: &Evaluation<'_>,
        columns: &Columns<'_>,
        judged: &Bits,
    ) -> Self {
        let groups = groups(plan, evaluation, judged);
        let mut counts = Self {
            cells: vec![0; groups.len() * plan.fields.len() * CELL_SLOTS],
            reasons: vec![0; plan.fields.iter().map(|f| f.reasons.len()).sum()],
        };
        let mut cells = counts.cells.as_mut_slice();
        let mut reasons = counts.reasons.as_mut_slice();
        for (at, field) in plan.fields.iter().enumerate() {
            let (these, others) = cells.split_at_mut(groups.len() * CELL_SLOTS);
            let (why, left) = reasons.split_at_mut(field.reasons.len());
            (cells, reasons) = (others, left);
            if let Some(trimmed) = columns.trimmed(at) {
                let words = Words::new(field, evaluation, judged, &trimmed.blank);
                words.count(&groups, these, why);
            }
        }
        counts
    }

    /// Adds the counts of other rows.
    pub(crate) fn merge(&mut self, next: &Self) {
        for (sums, more) in [
            (&mut self.cells, &next.cells),
            (&mut self.reasons, &next.reasons),
        ] {
            sums.resize(sums.len().max(more.len()), 0);
            for (sum, n) in sums.iter_mut().zip(more) {
                *sum += n;
            }
        }
    }

    /// The counts by field, with names.
    pub(crate) fn quality(&self, checker: &Checker<'_>, rows: u64) -> Quality {
        let specification = checker.specification();
        let plan = &specification.quality;
        let mut reasons = self.reasons.iter();
        let fields = specification.dataset().fields.iter().zip(&plan.fields);
        let fields = fields.enumerate().map(|(at, (field, planned))| {
            let groups: Vec<RowCounts> = (0..=plan.groups.len())
                .map(|group| self.of_group(plan, at, group))
                .collect();
            let all = groups.iter().fold(RowCounts::default(), sum);
            let mut invalid = BTreeMap::new();
            for (reason, count) in planned.reasons.iter().zip(reasons.by_ref()) {
                if *count > 0 {
                    *invalid.entry(reason.kind).or_default() += count;
                }
            }
            let named = plan.groups.iter().map(|group| Some(group.value.clone()));
            let by = named
                .chain([None])
                .zip(groups)
                .filter(|(_, rows)| !plan.groups.is_empty() && rows.total() > 0);
            FieldQuality {
                field: field.name.clone(),
                column: field.column.clone(),
                in_file: checker.position(at).is_some(),
                cells: all.cells(),
                rows: all,
                invalid,
                by: by
                    .map(|(value, rows)| GroupQuality {
                        value,
                        cells: rows.cells(),
                        rows,
                    })
                    .collect(),
            }
        });
        Quality {
            rows,
            by: plan.by.and_then(|at| {
                let field = specification.dataset().fields.get(at)?;
                Some(field.name.clone())
            }),
            fields: fields.collect(),
        }
    }

    fn of_group(&self, plan: &QualityPlan, field: usize, group: usize) -> RowCounts {
        let start = (field * (plan.groups.len() + 1) + group) * CELL_SLOTS;
        let of = |status: usize| {
            let count = |check: usize| {
                let slot = self.cells.get(start + status * CHECKS + check);
                slot.copied().unwrap_or_default()
            };
            Checks {
                valid: count(0),
                blank: count(1),
                invalid: count(2),
                old_release: count(3),
            }
        };
        RowCounts {
            mandatory: of(0),
            applicable: of(1),
            not_applicable: of(2),
            undetermined: of(3),
        }
    }
}

fn sum(a: RowCounts, b: &RowCounts) -> RowCounts {
    let add = |a: Checks, b: Checks| Checks {
        valid: a.valid + b.valid,
        blank: a.blank + b.blank,
        invalid: a.invalid + b.invalid,
        old_release: a.old_release + b.old_release,
    };
    RowCounts {
        mandatory: add(a.mandatory, b.mandatory),
        applicable: add(a.applicable, b.applicable),
        not_applicable: add(a.not_applicable, b.not_applicable),
        undetermined: add(a.undetermined, b.undetermined),
    }
}

/// The rows of each group, and at the end those of none. Each judged row is in one of them.
fn groups(plan: &QualityPlan, evaluation: &Evaluation<'_>, judged: &Bits) -> Vec<Bits> {
    let mut left = judged.clone();
    let mut groups = Vec::with_capacity(plan.groups.len() + 1);
    for group in &plan.groups {
        let rows = evaluation.yes(group.truth).and(&left);
        left = left.without(&rows);
        groups.push(rows);
    }
    groups.push(left);
    groups
}

/// What is known of the cells of one field, 64 rows to a word.
struct Words<'a> {
    judged: &'a [u64],
    blank: &'a [u64],
    mandatory: &'a [u64],
    not_applicable: &'a [u64],
    undetermined: &'a [u64],
    old_release: &'a [u64],
    reasons: Vec<&'a [u64]>,
}

impl<'a> Words<'a> {
    fn new(
        field: &FieldPlan,
        evaluation: &'a Evaluation<'_>,
        judged: &'a Bits,
        blank: &'a Bits,
    ) -> Self {
        let yes = |truth| evaluation.yes(truth).words();
        let stated = |truth: Option<_>| truth.map_or::<&[u64], _>(&[], yes);
        Self {
            judged: judged.words(),
            blank: blank.words(),
            mandatory: stated(field.mandatory),
            not_applicable: stated(field.not_applicable),
            undetermined: stated(field.undetermined),
            old_release: stated(field.old_release),
            reasons: field.reasons.iter().map(|r| yes(r.truth)).collect(),
        }
    }

    fn count(&self, groups: &[Bits], cells: &mut [u64], reasons: &mut [u64]) {
        let of = |words: &[u64], at: usize| words.get(at).copied().unwrap_or_default();
        for (at, judged) in self.judged.iter().enumerate() {
            let undetermined = of(self.undetermined, at) & judged;
            let mut open = judged & !undetermined;
            let not_applicable = of(self.not_applicable, at) & open;
            open &= !not_applicable;
            let mandatory = of(self.mandatory, at) & open;
            let statuses = [mandatory, open & !mandatory, not_applicable, undetermined];
            let blank = of(self.blank, at) & judged;
            let mut filled = judged & !blank;
            let old_release = of(self.old_release, at) & filled;
            filled &= !old_release;
            let mut invalid = 0;
            for (words, reason) in self.reasons.iter().zip(reasons.iter_mut()) {
                let found = of(words, at) & filled;
                filled &= !found;
                invalid |= found;
                *reason += u64::from(found.count_ones());
            }
            let checks = [filled, blank, invalid, old_release];
            for (group, slots) in groups.iter().zip(cells.chunks_exact_mut(CELL_SLOTS)) {
                let rows = of(group.words(), at);
                if rows == 0 {
                    continue;
                }
                for (status, slots) in statuses.iter().zip(slots.chunks_exact_mut(CHECKS)) {
                    let rows = rows & status;
                    if rows == 0 {
                        continue;
                    }
                    for (check, slot) in checks.iter().zip(slots) {
                        *slot += u64::from((rows & check).count_ones());
                    }
                }
            }
        }
    }
}
