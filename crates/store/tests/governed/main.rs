//! An agreement, a store and the engine in this process: what the suites about governed questions share.
//!
//! [`Place`] goes the way of a real question: what it touches, both judges, a permit, the real plan. [`slow`] is the
//! second implementation, plain Rust over rows, which reads the agreement's file and shares no code with the first.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod bypass;
mod cost;
mod differential;
mod kept;
mod place;
mod sheet;
mod slow;

use toml::{Table, Value};

/// Numbers that look random and repeat exactly (splitmix64).
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Once in `n` times.
    pub(crate) fn once_in(&mut self, n: u64) -> bool {
        self.roll().is_multiple_of(n)
    }

    pub(crate) fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.roll() % n as u64).unwrap()
    }

    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        let index = self.below(from.len());
        &from[index]
    }
}

/// The shipped agreement that others are made from, as its file has it, so that whatever an agreement must say is there.
pub(crate) fn shipped() -> Table {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../content/agreements/southend-icb-long-term-support.toml");
    std::fs::read_to_string(path).unwrap().parse().unwrap()
}

/// An agreement like the shipped one over other tables: `own` replaces its minimisation, its opt-outs' `apply`, and
/// the facts and fields of its tables; `linkage` lists pairs of tables with a key domain.
pub(crate) fn agreement(own: &Table) -> Table {
    let mut made = shipped();
    let a_dataset = made["datasets"]["long_term_support"].clone();
    let a_pair = made["linkage"][0].clone();
    let mut datasets = Table::new();
    for (name, says) in own["datasets"].as_table().unwrap() {
        let mut dataset = a_dataset.clone();
        let inside = dataset.as_table_mut().unwrap();
        for part in ["facts", "fields"] {
            inside.insert(part.to_owned(), says[part].clone());
        }
        datasets.insert(name.clone(), dataset);
    }
    made.insert("datasets".to_owned(), Value::Table(datasets));
    let mut pairs = Vec::new();
    for says in own["linkage"].as_array().unwrap() {
        let mut pair = a_pair.clone();
        for part in ["from", "to", "key_domain"] {
            pair.as_table_mut()
                .unwrap()
                .insert(part.to_owned(), says[part].clone());
        }
        pairs.push(pair);
    }
    made.insert("linkage".to_owned(), Value::Array(pairs));
    made.insert("minimisation".to_owned(), own["minimisation"].clone());
    for (kind, apply) in own["opt_outs"].as_table().unwrap() {
        made["opt_outs"][kind]
            .as_table_mut()
            .unwrap()
            .insert("apply".to_owned(), apply.clone());
    }
    for (key, value) in own {
        if !["datasets", "linkage", "minimisation", "opt_outs"].contains(&key.as_str()) {
            made.insert(key.clone(), value.clone());
        }
    }
    made
}
