//! Bringing entries with one key together and judging them. Parts are judged on all cores.

use super::{
    AcrossJudge, GroupRule, Over, PairRule, Plan, Reports, Stream,
    entry::{Entry, key_of},
    group::GroupState,
    mixed::{Asked, MixedTruth},
    sorted::{NAMED, Record},
    spool::{Disk, Part, Spool},
};
use crate::check::RowSet;
use std::{collections::BTreeSet, io::Result};

/// Rows of one key are compared with each other so often at most: anyhow, and more for each of them. Four
/// hundred rows of one person are compared in full.
const COMPARISONS_ANYHOW: u64 = 100_000;
const COMPARISONS_A_ROW: u64 = 200;
/// Groups of one rule that are held until all parts are judged.
const GROUPS_HELD: usize = 10_000;

/// What judging some parts of a stream came to.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    pub(crate) records: Vec<Record>,
    /// Rows that rejecting rules set aside.
    pub(crate) set_aside: RowSet,
    /// Figures over all groups, by slot.
    pub(crate) over: Vec<f64>,
    /// Groups that are reported for the file, by rule: the code that names each.
    pub(crate) of_file: Vec<(usize, u32)>,
    /// Rules that did not get through all comparisons.
    pub(crate) unfinished: BTreeSet<usize>,
}

/// Judges the parts of one stream.
pub(crate) struct Judging<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) stream: &'a Stream,
    pub(crate) disk: &'a Disk,
    /// Words that are sorted in memory at once.
    pub(crate) at_once: usize,
    /// Whether a rule of the specification rejects rows.
    pub(crate) rejects: &'a dyn Fn(usize) -> bool,
    /// Whether a rule is judged at all.
    pub(crate) wanted: &'a dyn Fn(usize) -> bool,
}

impl Judging<'_> {
    /// Judges a part whose keys share what `depth` spools have used of them.
    pub(crate) fn part(&self, part: &Part, depth: u32, verdict: &mut Verdict) -> Result<()> {
        if part.words() <= self.at_once {
            let mut words = Vec::with_capacity(part.words());
            part.each_piece(self.disk, |piece| {
                words.extend_from_slice(piece);
                Ok(())
            })?;
            self.in_memory(&words, verdict);
            return Ok(());
        }
        if Spool::can_part(depth) && self.has_several_keys(part)? {
            let mut spool = Spool::new(self.stream.layout.width(), depth);
            part.each_piece(self.disk, |piece| {
                spool.add(piece);
                if spool.bytes() > self.at_once * 4 {
                    spool.spill(self.disk)?;
                }
                Ok(())
            })?;
            for smaller in spool.into_parts() {
                self.part(&smaller, depth + 1, verdict)?;
            }
            return Ok(());
        }
        self.one_large_group(part, verdict)
    }

    fn has_several_keys(&self, part: &Part) -> Result<bool> {
        let mut first = None;
        let mut several = false;
        part.each_piece(self.disk, |piece| {
            for entry in piece.chunks_exact(self.stream.layout.width()) {
                let key = key_of(entry);
                several |= *first.get_or_insert(key) != key;
            }
            Ok(())
        })?;
        Ok(several)
    }

    fn in_memory(&self, words: &[u32], verdict: &mut Verdict) {
        let layout = &self.stream.layout;
        // Entries came in the order of the file: by key and place they stay in it within their group.
        let mut keyed: Vec<(u128, usize)> = words
            .chunks_exact(layout.width())
            .enumerate()
            .map(|(at, words)| (key_of(words), at * layout.width()))
            .collect();
        keyed.sort_unstable();
        let mut group = Vec::new();
        for of_key in keyed.chunk_by(|a, b| a.0 == b.0) {
            group.clear();
            group.extend(of_key.iter().filter_map(|(_, from)| {
                let words = words.get(*from..from + layout.width())?;
                Some(Entry { words, layout })
            }));
            for at in 0..self.stream.rules.len() {
                self.judge(at, &group, verdict);
            }
        }
    }

    /// More rows of one key than fit into memory: figures are taken piece by piece; of pairs, only those among
    /// the first rows are looked at, and the rule is named as unfinished.
    fn one_large_group(&self, part: &Part, verdict: &mut Verdict) -> Result<()> {
        let layout = &self.stream.layout;
        for (at, rule) in self.stream.rules.iter().enumerate() {
            if !(self.wanted)(rule.rule) {
                continue;
            }
            match &rule.judge {
                AcrossJudge::Pair(_) => {
                    let mut words = Vec::new();
                    part.each_piece(self.disk, |piece| {
                        if words.len() + piece.len() <= self.at_once {
                            words.extend_from_slice(piece);
                        }
                        Ok(())
                    })?;
                    let entries: Vec<Entry<'_>> = words
                        .chunks_exact(layout.width())
                        .map(|words| Entry { words, layout })
                        .collect();
                    self.judge(at, &entries, verdict);
                    verdict.unfinished.insert(rule.rule);
                }
                AcrossJudge::Group(group) => {
                    let mut state = GroupState::new(group);
                    let of_group = OfGroup {
                        judging: self,
                        rule: rule.rule,
                        group,
                    };
                    part.each_piece(self.disk, |piece| {
                        for words in piece.chunks_exact(layout.width()) {
                            of_group.take(Entry { words, layout }, &mut state);
                        }
                        Ok(())
                    })?;
                    let figures = state.figures();
                    part.each_piece(self.disk, |piece| {
                        for words in piece.chunks_exact(layout.width()) {
                            of_group.row(Entry { words, layout }, &state, &figures, verdict);
                        }
                        Ok(())
                    })?;
                    of_group.whole(&state, &figures, verdict);
                }
            }
        }
        Ok(())
    }

    fn judge(&self, at: usize, entries: &[Entry<'_>], verdict: &mut Verdict) {
        let Some(rule) = self.stream.rules.get(at) else {
            return;
        };
        if !(self.wanted)(rule.rule) {
            return;
        }
        match &rule.judge {
            AcrossJudge::Group(group) => {
                let of_group = OfGroup {
                    judging: self,
                    rule: rule.rule,
                    group,
                };
                // One row alone is no duplicate, and has nothing that could vary.
                if entries.len() < 2 && matches!(group.reports, Reports::Later) {
                    return;
                }
                if !entries.iter().any(|entry| of_group.has(*entry)) {
                    return;
                }
                let mut state = GroupState::new(group);
                for entry in entries {
                    of_group.take(*entry, &mut state);
                }
                let figures = state.figures();
                for entry in entries {
                    of_group.row(*entry, &state, &figures, verdict);
                }
                of_group.whole(&state, &figures, verdict);
            }
            AcrossJudge::Pair(pair) => self.pairs(rule.rule, pair, entries, verdict),
        }
    }

    fn pairs(&self, rule: usize, pair: &PairRule, entries: &[Entry<'_>], verdict: &mut Verdict) {
        let others: Vec<&Entry<'_>> = entries
            .iter()
            .filter(|entry| {
                entry.feed() == pair.other
                    && entry.is_of_last() == pair.against_last
                    && entry.truth(pair.other_takes_part) == Some(true)
            })
            .collect();
        if others.is_empty() && !pair.finds_none {
            return;
        }
        let mut left = COMPARISONS_ANYHOW + COMPARISONS_A_ROW * entries.len() as u64;
        for own in entries {
            let Some((_, field)) = pair.own.iter().find(|(feed, _)| *feed == own.feed()) else {
                continue;
            };
            if own.is_of_last() || own.truth(pair.own_takes_part) != Some(true) {
                continue;
            }
            let mut first_that = |condition: &MixedTruth| {
                others.iter().find(|other| {
                    left = left.saturating_sub(1);
                    // A row is not held against itself, unless it comes in under another key as well.
                    let is_itself = other.row() == own.row()
                        && other.feed() == own.feed()
                        && !other.is_of_last();
                    left > 0
                        && !is_itself
                        && condition.holds(&Asked {
                            own: Some(*own),
                            other: Some(***other),
                            figures: &[],
                        })
                })
            };
            let fits = first_that(&pair.when);
            let is_excused = pair.unless.as_ref().is_some_and(|unless| {
                fits.is_some() != pair.finds_none && first_that(unless).is_some()
            });
            if left == 0 {
                verdict.unfinished.insert(rule);
                return;
            }
            if fits.is_some() == pair.finds_none || is_excused {
                continue;
            }
            let mut beside = [0; NAMED];
            if let (Some(other), Some(place)) = (fits, beside.first_mut())
                && !pair.against_last
            {
                *place = other.row();
            }
            self.report(rule, *field, (own.row(), own.line()), 1, beside, verdict);
            if (self.rejects)(rule) {
                verdict.set_aside.insert(own.row());
            }
        }
    }

    #[expect(
        clippy::unused_self,
        reason = "a record is made in one place, beside those who make it"
    )]
    fn report(
        &self,
        rule: usize,
        field: Option<usize>,
        (row, line): (u64, u64),
        rows: u64,
        beside: [u64; NAMED],
        verdict: &mut Verdict,
    ) {
        verdict.records.push(Record {
            row,
            rule: u32::try_from(rule).unwrap_or(u32::MAX),
            field: field.map_or(u32::MAX, |field| u32::try_from(field).unwrap_or(u32::MAX)),
            line,
            rows,
            beside,
        });
    }
}

/// One group rule at work on one group.
struct OfGroup<'a> {
    judging: &'a Judging<'a>,
    rule: usize,
    group: &'a GroupRule,
}

impl OfGroup<'_> {
    fn has(&self, entry: Entry<'_>) -> bool {
        entry.feed() == self.group.feed && entry.truth(self.group.takes_part) == Some(true)
    }

    fn take(&self, entry: Entry<'_>, state: &mut GroupState) {
        if self.has(entry) {
            let label = match self.group.reports {
                Reports::File(_, label) => label,
                _ => None,
            };
            state.add(self.judging.plan, self.group, entry, label);
        }
    }

    /// What is reported row by row.
    fn row(&self, entry: Entry<'_>, state: &GroupState, figures: &[f64], verdict: &mut Verdict) {
        if entry.is_of_last() || !self.has(entry) {
            return;
        }
        let place = (entry.row(), entry.line());
        match &self.group.reports {
            Reports::Rows(when) => {
                let asked = Asked {
                    own: Some(entry),
                    other: None,
                    figures,
                };
                if when.holds(&asked) {
                    let none = [0; NAMED];
                    let field = self.group.field;
                    self.judging
                        .report(self.rule, field, place, 1, none, verdict);
                    self.set_aside(entry, verdict);
                }
            }
            Reports::Later => {
                if let Some((first, _)) = state.first
                    && first != entry.row()
                {
                    let mut beside = [0; NAMED];
                    if let Some(place) = beside.first_mut() {
                        *place = first;
                    }
                    let field = self.group.field;
                    self.judging
                        .report(self.rule, field, place, 1, beside, verdict);
                    self.set_aside(entry, verdict);
                }
            }
            Reports::First(when) => {
                let asked = Asked {
                    own: None,
                    other: None,
                    figures,
                };
                if when.holds(&asked) {
                    self.set_aside(entry, verdict);
                }
            }
            Reports::File(..) | Reports::Tally { .. } => {}
        }
    }

    fn set_aside(&self, entry: Entry<'_>, verdict: &mut Verdict) {
        if (self.judging.rejects)(self.rule) {
            verdict.set_aside.insert(entry.row());
        }
    }

    /// What is reported once for the group.
    fn whole(&self, state: &GroupState, figures: &[f64], verdict: &mut Verdict) {
        let asked = Asked {
            own: None,
            other: None,
            figures,
        };
        match &self.group.reports {
            Reports::First(when) => {
                if let Some(place) = state.first
                    && when.holds(&asked)
                {
                    let (rows, beside) = state.rows();
                    let field = self.group.field;
                    self.judging
                        .report(self.rule, field, place, rows, beside, verdict);
                }
            }
            Reports::File(when, _) => {
                let named = verdict
                    .of_file
                    .iter()
                    .filter(|(rule, _)| *rule == self.rule);
                if when.holds(&asked) && named.count() < GROUPS_HELD {
                    verdict.of_file.push((self.rule, state.label));
                }
            }
            Reports::Tally {
                over, first_slot, ..
            } => {
                for (figure, slot) in over.iter().zip(verdict.over.iter_mut().skip(*first_slot)) {
                    match figure {
                        Over::Groups(when) => *slot += f64::from(u8::from(when.holds(&asked))),
                        Over::Total(number) => *slot += known(number.of(&asked)),
                        Over::Largest(number) => *slot = slot.max(known(number.of(&asked))),
                    }
                }
            }
            Reports::Rows(_) | Reports::Later => {}
        }
    }
}

const fn known(number: f64) -> f64 {
    if number.is_nan() { 0.0 } else { number }
}
