//! Rules about several rows: of one person, of one event, of this submission and the one before it.
//!
//! Each such rule names what its rows have in common (`by`). While the file is read, every row that takes part
//! leaves a short entry: the digest of its key, where it stands, and only those values that the rules compare.
//! Entries with one key come together afterwards ([`spool`]), and rules judge them group by group ([`judge`]).
//! Memory is bounded by a setting: what goes beyond is on disk, encrypted under a key that is never written.

pub(crate) mod build;
mod checker;
pub(crate) mod compile;
pub(crate) mod entry;
pub(crate) mod extract;
mod gather;
mod group;
pub(crate) mod judge;
pub(crate) mod mixed;
mod sorted;
mod spill;
mod spool;

pub(crate) use checker::hand_on;
pub(crate) use gather::{Found, Gathered};

use super::expression::node::{DaysId, NumberId, Text, TruthId};
use mixed::{MixedNumber, MixedTruth};

/// The rules across rows of one dataset.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    pub(crate) streams: Vec<Stream>,
    /// Every value that some rule compares.
    pub(crate) values: Vec<Carried>,
    /// Every condition on one row that some rule rests on.
    pub(crate) truths: Vec<TruthId>,
    /// How many figures over all groups the rules keep.
    pub(crate) slots: usize,
}

impl Plan {
    /// Whether a slot holds the largest of all groups, and not their sum.
    fn is_largest(&self, slot: usize) -> bool {
        self.streams
            .iter()
            .flat_map(|stream| &stream.rules)
            .any(|rule| match &rule.judge {
                AcrossJudge::Group(GroupRule {
                    reports:
                        Reports::Tally {
                            over, first_slot, ..
                        },
                    ..
                }) => slot
                    .checked_sub(*first_slot)
                    .and_then(|at| over.get(at))
                    .is_some_and(|figure| matches!(figure, Over::Largest(_))),
                _ => false,
            })
    }
}

/// Rows that may be compared with each other.
#[derive(Debug, Default)]
pub(crate) struct Stream {
    pub(crate) feeds: Vec<Feed>,
    pub(crate) rules: Vec<AcrossRule>,
    pub(crate) layout: entry::EntryLayout,
}

/// One key under which rows come into a stream.
#[derive(Debug)]
pub(crate) struct Feed {
    /// Its number among all feeds, which entries carry.
    pub(crate) id: usize,
    pub(crate) key: Vec<KeyPart>,
    /// Whether a blank part is a value like any other; otherwise a row with one stays out.
    pub(crate) blanks: bool,
    /// Conditions, by position in the plan, of which one at least must hold for a row to come in.
    pub(crate) roles: Vec<usize>,
}

/// A part of a key.
#[derive(Debug, Clone)]
pub(crate) enum KeyPart {
    Value(Carried),
    /// All cells of the row.
    Row,
}

/// A value that an entry carries.
#[derive(Debug, Clone)]
pub(crate) enum Carried {
    Days(DaysId),
    Number(NumberId),
    Text(Text),
    /// A code; for each id of the list the value it counts as.
    Code {
        field: usize,
        counts_as: Vec<u32>,
    },
}

/// One rule across rows.
#[derive(Debug)]
pub(crate) struct AcrossRule {
    /// The position of the rule in the specification.
    pub(crate) rule: usize,
    pub(crate) judge: AcrossJudge,
}

#[derive(Debug)]
pub(crate) enum AcrossJudge {
    Group(GroupRule),
    Pair(PairRule),
}

/// A judgement of all rows with one key together.
#[derive(Debug)]
pub(crate) struct GroupRule {
    pub(crate) feed: usize,
    pub(crate) field: Option<usize>,
    /// The condition on a row, by position in the plan, that makes it one of the group.
    pub(crate) takes_part: usize,
    pub(crate) figures: Vec<Figure>,
    pub(crate) reports: Reports,
}

/// What a group rule reports.
#[derive(Debug)]
pub(crate) enum Reports {
    /// Each row of this submission for which the condition holds.
    Rows(MixedTruth),
    /// The first row of a group for which the condition holds; all of its rows are concerned.
    First(MixedTruth),
    /// Every row but the first of its group.
    Later,
    /// The file, once for each group; the position of the code field whose value names the group.
    File(MixedTruth, Option<usize>),
    /// The file, if a condition holds of figures over all groups.
    Tally {
        over: Vec<Over>,
        when: TruthId,
        first_slot: usize,
    },
}

/// A figure over all groups.
#[derive(Debug)]
pub(crate) enum Over {
    /// How many groups there are for which it holds.
    Groups(MixedTruth),
    Total(MixedNumber),
    Largest(MixedNumber),
}

/// A figure over the rows of a group.
#[derive(Debug, Clone)]
pub(crate) struct Figure {
    pub(crate) from: From,
    pub(crate) of: FigureKind,
}

/// Whose rows a figure is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum From {
    This,
    Last,
}

/// How a figure is worked out; numbers are positions of truths and values in the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FigureKind {
    Count(usize),
    Distinct(usize),
    Earliest(usize),
    Latest(usize),
    Sum(usize),
    Mean(usize),
}

/// A judgement of rows against other rows.
#[derive(Debug)]
pub(crate) struct PairRule {
    /// The feeds under which the judged rows come, each with the field it is reported at.
    pub(crate) own: Vec<(usize, Option<usize>)>,
    /// The feed of the rows they are held against.
    pub(crate) other: usize,
    pub(crate) own_takes_part: usize,
    pub(crate) other_takes_part: usize,
    /// Whether the others are those of the last submission.
    pub(crate) against_last: bool,
    /// Whether it is found where no other row fits, rather than where one does.
    pub(crate) finds_none: bool,
    pub(crate) when: MixedTruth,
    /// A row is not reported where some other row fits this.
    pub(crate) unless: Option<MixedTruth>,
}
