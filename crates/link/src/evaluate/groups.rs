//! Whom a linkage misses: missed and false links of each group at the shared threshold, and why.
//!
//! A query counts in the group of its record. A pair counts once in each group that one of its two records is of.

use super::{
    curve::Verdict,
    intervals::{Gap, Share, ratio},
    judged::{Causes, Fate, Judged, Rule, count},
    measures::Tally,
    sides::{Counted, Sizes},
    significance::{all_alike, fisher, holm},
    truth::{Groups, Truth},
};
use serde::{Deserialize, Serialize};

/// The groups of one column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GroupTable {
    /// The column.
    pub column: String,
    /// The group that the others are held against: the one that was named, or the one with the fewest missed.
    pub reference: Option<String>,
    /// Whether it was named.
    pub named: bool,
    /// The groups in order of their names.
    pub rows: Vec<GroupRow>,
    /// The group with the most missed, among those that are large enough to say.
    pub worst: Option<String>,
    /// How far the worst is from the reference.
    pub worst_gap: Option<Gap>,
    /// How likely the missed of all groups would be so far apart where there is no difference (chi-squared).
    #[serde(default)]
    pub all_alike: Option<f64>,
}

/// One group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GroupRow {
    /// The group.
    pub group: String,
    /// Its records.
    pub records: u64,
    /// What there is to find and was not found.
    pub missed: Share,
    /// False links among those given.
    pub false_links: Share,
    /// False traces among those who are not in the index; of pairs there are none.
    pub false_traces: Share,
    /// Why what was missed was missed.
    pub causes: Causes,
    /// Its share of all records.
    pub share_of_records: Option<f64>,
    /// Its share of the links given: less than its share of records where the linked are no fair picture of all.
    pub share_of_links: Option<f64>,
    /// How far its missed are from the reference's.
    pub missed_gap: Option<Gap>,
    /// How far its false links are from the reference's.
    pub false_gap: Option<Gap>,
    /// How likely its missed would be so far from the reference's where there is no difference (Fisher's exact test).
    #[serde(default)]
    pub missed_likely: Option<f64>,
    /// The same where all groups of the column are looked at (Holm's correction).
    #[serde(default)]
    pub missed_likely_of_all: Option<f64>,
    /// How likely its false links would be so far from the reference's.
    #[serde(default)]
    pub false_likely: Option<f64>,
    /// Whether it is large enough to be best or worst.
    pub enough: bool,
}

#[derive(Debug, Clone, Default)]
struct OfGroup {
    records: u64,
    tally: Tally,
    absent: u64,
    found: u64,
    causes: Causes,
}

/// The groups of one column under a rule. Groups with less than `least` to find are shown and neither best nor worst.
pub(crate) fn table(
    truth: &Truth,
    groups: &Groups,
    judged: &Judged,
    rule: Rule,
    pairs: Option<Counted>,
    reference: Option<&str>,
    least: u64,
) -> GroupTable {
    let queries = pairs.is_none();
    let counted = match pairs {
        None => of_queries(truth, groups, judged, rule),
        Some(pairs) => of_pairs(truth, groups, judged, rule, pairs),
    };
    let records: u64 = counted.iter().map(|group| group.records).sum();
    let given: u64 = counted.iter().map(|group| group.tally.given()).sum();
    let mut rows: Vec<GroupRow> = groups
        .values
        .iter()
        .zip(counted)
        .filter(|(_, counted)| counted.records > 0)
        .map(|(name, counted)| {
            let OfGroup {
                records: mine,
                tally,
                absent,
                found,
                causes,
            } = counted;
            let blocked_out = tally.positives.saturating_sub(found);
            GroupRow {
                group: name.clone(),
                records: mine,
                missed: Share::new(tally.missed(), tally.positives),
                false_links: Share::new(tally.wrong + tally.falsely, tally.given()),
                false_traces: Share::new(if queries { tally.falsely } else { 0 }, absent),
                causes: Causes {
                    blocked_out,
                    ..causes
                },
                share_of_records: ratio(mine, records),
                share_of_links: ratio(tally.given(), given),
                missed_gap: None,
                false_gap: None,
                missed_likely: None,
                missed_likely_of_all: None,
                false_likely: None,
                enough: tally.positives >= least,
            }
        })
        .collect();
    rows.sort_by(|a, b| a.group.cmp(&b.group));
    let by_missed = |row: &&GroupRow, other: &&GroupRow| {
        let share = |row: &GroupRow| row.missed.share.unwrap_or(0.0);
        share(row)
            .total_cmp(&share(other))
            .then_with(|| other.group.cmp(&row.group))
    };
    let of_size = || rows.iter().filter(|row| row.enough && row.missed.of > 0);
    let named = reference
        .and_then(|name| rows.iter().find(|row| row.group == name))
        .cloned();
    let held_against = named
        .clone()
        .or_else(|| of_size().min_by(by_missed).cloned());
    let worst = of_size().max_by(by_missed).cloned();
    let mut gap = None;
    if let Some(reference) = &held_against {
        gap = worst
            .as_ref()
            .and_then(|worst| worst.missed.against(&reference.missed));
        for row in rows.iter_mut().filter(|row| row.group != reference.group) {
            row.missed_gap = row.missed.against(&reference.missed);
            row.false_gap = row.false_links.against(&reference.false_links);
            row.missed_likely = fisher(&row.missed, &reference.missed);
            row.false_likely = fisher(&row.false_links, &reference.false_links);
        }
        let tests: Vec<Option<f64>> = rows.iter().map(|row| row.missed_likely).collect();
        for (row, test) in rows.iter_mut().zip(holm(&tests)) {
            row.missed_likely_of_all = test;
        }
    }
    GroupTable {
        column: groups.name.clone(),
        reference: held_against.map(|row| row.group),
        named: named.is_some(),
        all_alike: all_alike(&rows.iter().map(|row| row.missed).collect::<Vec<_>>()),
        rows,
        worst: worst.map(|row| row.group),
        worst_gap: gap,
    }
}

fn of_queries(truth: &Truth, groups: &Groups, judged: &Judged, rule: Rule) -> Vec<OfGroup> {
    let mut counted = vec![OfGroup::default(); groups.values.len()];
    for (group, person) in groups.of.iter().zip(&truth.persons) {
        if let Some(counted) = counted.get_mut(*group as usize) {
            counted.records += 1;
            match person {
                Some(_) => counted.tally.positives += 1,
                None => counted.absent += 1,
            }
        }
    }
    for scored in &judged.scored {
        let group = groups.of.get(scored.ends.0).copied().unwrap_or(u32::MAX);
        put(&mut counted, group, scored.verdict, rule.of(scored));
    }
    counted
}

fn put(counted: &mut [OfGroup], group: u32, verdict: Verdict, fate: Fate) {
    if let Some(counted) = counted.get_mut(group as usize) {
        count(&mut counted.tally, &mut counted.causes, verdict, fate);
        counted.found += u64::from(verdict != Verdict::Falsely);
    }
}

fn of_pairs(
    truth: &Truth,
    groups: &Groups,
    judged: &Judged,
    rule: Rule,
    pairs: Counted,
) -> Vec<OfGroup> {
    let mut counted = vec![OfGroup::default(); groups.values.len()];
    // Records in order of their person and group: a person's pairs with an end in a group are all pairs less those
    // without one.
    let mut order: Vec<(u32, u32, u32)> = Vec::with_capacity(groups.of.len());
    for ((group, person), of_file) in groups.of.iter().zip(&truth.persons).zip(&truth.files) {
        if let Some(counted) = counted.get_mut(*group as usize) {
            counted.records += 1;
        }
        if let Some(person) = person {
            order.push((*person, *group, *of_file));
        }
    }
    order.sort_unstable();
    for person in order.chunk_by(|a, b| a.0 == b.0) {
        let sizes = |records: &[(u32, u32, u32)]| {
            let mut sizes = Sizes::default();
            for (_, _, of_file) in records {
                sizes.add(*of_file, 1);
            }
            sizes
        };
        let all = sizes(person);
        for of_group in person.chunk_by(|a, b| a.1 == b.1) {
            let group = of_group.first().map_or(u32::MAX, |(_, group, _)| *group);
            if let Some(counted) = counted.get_mut(group as usize) {
                let others = all.without(&sizes(of_group));
                counted.tally.positives += all.pairs(pairs) - others.pairs(pairs);
            }
        }
    }
    for scored in &judged.scored {
        let group = |place: usize| groups.of.get(place).copied().unwrap_or(u32::MAX);
        let (one, other) = (group(scored.ends.0), group(scored.ends.1));
        put(&mut counted, one, scored.verdict, rule.of(scored));
        if other != one {
            put(&mut counted, other, scored.verdict, rule.of(scored));
        }
    }
    counted
}
