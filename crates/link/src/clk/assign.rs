//! From pairs that are alike to links: all of them, each record's best, or one to one.

use super::Pair;
use std::collections::{BTreeMap, BTreeSet};

/// A group of records with more on its smaller side is assigned greedily: the exact way costs the cube.
const LARGEST: usize = 64;

/// Which pairs become links.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Assignment {
    /// All.
    All,
    /// For each record on the left the best one.
    Best,
    /// One to one: the most alike pair first, then the most alike of what is left.
    Greedy,
    /// One to one: the highest sum of likeness in each group of records that hang together.
    Optimal,
}

/// The pairs that become links, in the order of the left, and groups too large for [`Assignment::Optimal`].
pub(super) fn assign(pairs: &[Pair], assignment: Assignment) -> (Vec<Pair>, usize) {
    let (mut links, too_large) = match assignment {
        Assignment::All => (pairs.to_vec(), 0),
        Assignment::Best => (best(pairs), 0),
        Assignment::Greedy => (greedy(pairs.to_vec()), 0),
        Assignment::Optimal => optimal(pairs),
    };
    links.sort_by(|a, b| {
        a.left
            .cmp(&b.left)
            .then(b.similarity.total_cmp(&a.similarity))
            .then(a.right.cmp(&b.right))
    });
    (links, too_large)
}

fn order(pairs: &mut [Pair]) {
    pairs.sort_unstable_by(|a, b| {
        b.similarity
            .total_cmp(&a.similarity)
            .then(a.left.cmp(&b.left))
            .then(a.right.cmp(&b.right))
    });
}

fn best(pairs: &[Pair]) -> Vec<Pair> {
    let mut pairs = pairs.to_vec();
    order(&mut pairs);
    pairs.sort_by_key(|pair| pair.left);
    pairs.dedup_by_key(|pair| pair.left);
    pairs
}

fn greedy(mut pairs: Vec<Pair>) -> Vec<Pair> {
    order(&mut pairs);
    let (mut lefts, mut rights) = (BTreeSet::new(), BTreeSet::new());
    pairs.retain(|pair| {
        let free = !lefts.contains(&pair.left) && !rights.contains(&pair.right);
        if free {
            lefts.insert(pair.left);
            rights.insert(pair.right);
        }
        free
    });
    pairs
}

fn optimal(pairs: &[Pair]) -> (Vec<Pair>, usize) {
    let (mut links, mut too_large) = (Vec::new(), 0);
    for group in groups(pairs) {
        let lefts = distinct(group.iter().map(|pair| pair.left));
        let rights = distinct(group.iter().map(|pair| pair.right));
        if lefts.len() == 1 || rights.len() == 1 {
            links.extend(greedy(group).into_iter().take(1));
        } else if lefts.len().min(rights.len()) > LARGEST
            || lefts.len().max(rights.len()) > LARGEST * 16
        {
            too_large += 1;
            links.extend(greedy(group));
        } else {
            links.extend(heaviest(&group, &lefts, &rights));
        }
    }
    (links, too_large)
}

fn distinct(records: impl Iterator<Item = u32>) -> Vec<u32> {
    let mut records: Vec<u32> = records.collect();
    records.sort_unstable();
    records.dedup();
    records
}

/// The pairs in groups that share no record, in the order of their first record on the left.
fn groups(pairs: &[Pair]) -> Vec<Vec<Pair>> {
    let lefts = distinct(pairs.iter().map(|pair| pair.left));
    let rights = distinct(pairs.iter().map(|pair| pair.right));
    let left = |pair: &Pair| lefts.binary_search(&pair.left).unwrap_or(0);
    let right = |pair: &Pair| lefts.len() + rights.binary_search(&pair.right).unwrap_or(0);
    let mut parents: Vec<usize> = (0..lefts.len() + rights.len()).collect();
    for pair in pairs {
        let (a, b) = (
            root(&mut parents, left(pair)),
            root(&mut parents, right(pair)),
        );
        if let Some(parent) = parents.get_mut(a.max(b)) {
            *parent = a.min(b);
        }
    }
    let mut groups: BTreeMap<usize, Vec<Pair>> = BTreeMap::new();
    for pair in pairs {
        groups
            .entry(root(&mut parents, left(pair)))
            .or_default()
            .push(*pair);
    }
    groups.into_values().collect()
}

fn root(parents: &mut [usize], mut at: usize) -> usize {
    while let Some(parent) = parents.get(at).copied().filter(|parent| *parent != at) {
        let above = parents.get(parent).copied().unwrap_or(parent);
        if let Some(slot) = parents.get_mut(at) {
            *slot = above;
        }
        at = above;
    }
    at
}

/// The one-to-one pairs of the highest sum, by shortest augmenting paths with potentials (Jonker and Volgenant's form of
/// the Hungarian method). Pairs that are not alike enough weigh nothing, and are left out of the answer.
fn heaviest(group: &[Pair], lefts: &[u32], rights: &[u32]) -> Vec<Pair> {
    let turned = lefts.len() > rights.len();
    let (rows, columns) = if turned {
        (rights, lefts)
    } else {
        (lefts, rights)
    };
    let mut table = vec![vec![0.0f64; columns.len()]; rows.len()];
    for pair in group {
        let (row, column) = if turned {
            (pair.right, pair.left)
        } else {
            (pair.left, pair.right)
        };
        let places = (rows.binary_search(&row), columns.binary_search(&column));
        if let (Ok(row), Ok(column)) = places
            && let Some(cell) = table.get_mut(row).and_then(|row| row.get_mut(column))
        {
            *cell = pair.similarity;
        }
    }
    let chosen = least_cost(&table);
    let chosen = chosen.iter().enumerate().filter_map(|(column, row)| {
        let (row, column) = (rows.get((*row)?)?, columns.get(column)?);
        Some(if turned {
            (*column, *row)
        } else {
            (*row, *column)
        })
    });
    let chosen: BTreeSet<(u32, u32)> = chosen.collect();
    group
        .iter()
        .filter(|pair| chosen.contains(&(pair.left, pair.right)))
        .copied()
        .collect()
}

/// For each column the row that takes it, so that the sum of the table is highest. No more rows than columns.
#[expect(
    clippy::indexing_slicing,
    reason = "rows and columns are counted from the table itself; place 0 stands for none"
)]
fn least_cost(table: &[Vec<f64>]) -> Vec<Option<usize>> {
    let (rows, columns) = (table.len(), table.first().map_or(0, Vec::len));
    let (mut u, mut v) = (vec![0.0; rows + 1], vec![0.0; columns + 1]);
    let mut taken = vec![0usize; columns + 1];
    for row in 1..=rows {
        taken[0] = row;
        let (mut least, mut from, mut seen) = (
            vec![f64::INFINITY; columns + 1],
            vec![0usize; columns + 1],
            vec![false; columns + 1],
        );
        let mut at = 0;
        loop {
            seen[at] = true;
            let (mut step, mut next) = (f64::INFINITY, 0);
            for column in (1..=columns).filter(|column| !seen[*column]) {
                let cost = -table[taken[at] - 1][column - 1] - u[taken[at]] - v[column];
                if cost < least[column] {
                    (least[column], from[column]) = (cost, at);
                }
                if least[column] < step {
                    (step, next) = (least[column], column);
                }
            }
            for column in 0..=columns {
                if seen[column] {
                    u[taken[column]] += step;
                    v[column] -= step;
                } else {
                    least[column] -= step;
                }
            }
            at = next;
            if taken[at] == 0 {
                break;
            }
        }
        while at != 0 {
            taken[at] = taken[from[at]];
            at = from[at];
        }
    }
    taken.iter().skip(1).map(|row| row.checked_sub(1)).collect()
}
