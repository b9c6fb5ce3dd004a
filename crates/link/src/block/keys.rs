//! The keys of block rules, from tables of what each distinct value gives.

use super::NO_KEY;
use crate::{
    match_model::MatchModel,
    people::{Clean, Derive, Dictionary, MISSING, People, mix},
};

/// Nobody has so many names and addresses; a hostile history must not make a product of them.
const MOST_KEYS: usize = 256;

/// The keys of block rules.
#[derive(Debug)]
pub struct Keys {
    /// For each rule, which of the parts must be the same.
    rules: Vec<Vec<usize>>,
    /// For each rule, the columns with earlier values that it looks at, one bit each.
    changing: Vec<u64>,
    /// What is taken from the values of a row; several rules may ask for one part.
    parts: Vec<Part>,
    tables: Vec<Table>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Part {
    column: usize,
    earlier: bool,
    table: usize,
    derive: Derive,
    /// Where the derived value stands in a row of the table.
    place: usize,
}

/// What is asked for again and again while rows are held against each other.
#[derive(Debug, Default)]
pub struct SharedMemory {
    left: Vec<u64>,
    parts: RowParts,
}

/// What the parts of one row are; of use for one row after the other.
#[derive(Debug, Default)]
pub(super) struct RowParts {
    present: Vec<u64>,
    earlier: Vec<Vec<u64>>,
    found: Vec<u64>,
    next: Vec<u64>,
}

/// What each code of one kind of values gives: a row a code, a number for each derivation that any rule asks for.
#[derive(Debug)]
struct Table {
    clean: Clean,
    derives: Vec<Derive>,
    by_code: Vec<u32>,
}

impl Keys {
    /// For the block rules of a model, over the values that the dictionary holds now.
    pub fn new(model: &MatchModel, dictionary: &Dictionary) -> Self {
        let mut keys = Self {
            rules: Vec::new(),
            changing: Vec::new(),
            parts: Vec::new(),
            tables: Vec::new(),
        };
        for block in &model.blocks {
            let (mut parts, mut changing) = (Vec::new(), 0);
            for part in &block.same {
                let words: Vec<&str> = part.get_ref().split_whitespace().collect();
                let [column, derive @ ..] = words.as_slice() else {
                    continue;
                };
                let (Some(at), Some(derive)) = (model.column(column), Derive::read(derive)) else {
                    continue;
                };
                let Some(column) = model.columns.get(at) else {
                    continue;
                };
                let (table, place) = keys.place(column.clean, derive);
                let part = Part {
                    column: at,
                    earlier: column.earlier,
                    table,
                    derive,
                    place,
                };
                if part.earlier {
                    changing |= bit(at);
                }
                let known = keys.parts.iter().position(|known| *known == part);
                parts.push(known.unwrap_or(keys.parts.len()));
                if known.is_none() {
                    keys.parts.push(part);
                }
            }
            keys.rules.push(parts);
            keys.changing.push(changing);
        }
        for table in &mut keys.tables {
            table.fill(dictionary);
        }
        keys
    }

    fn place(&mut self, clean: Clean, derive: Derive) -> (usize, usize) {
        let known = self.tables.iter().position(|table| table.clean == clean);
        let at = known.unwrap_or_else(|| {
            self.tables.push(Table {
                clean,
                derives: Vec::new(),
                by_code: Vec::new(),
            });
            self.tables.len() - 1
        });
        let Some(table) = self.tables.get_mut(at) else {
            return (at, 0);
        };
        let known = table.derives.iter().position(|known| *known == derive);
        let place = known.unwrap_or_else(|| {
            table.derives.push(derive);
            table.derives.len() - 1
        });
        (at, place)
    }

    /// How many rules there are.
    pub fn rules(&self) -> usize {
        self.rules.len()
    }

    fn derived(&self, dictionary: &Dictionary, part: &Part, code: u32) -> u64 {
        let Some(table) = self.tables.get(part.table) else {
            return NO_KEY;
        };
        if code == MISSING {
            return NO_KEY;
        }
        if table.by_code.is_empty() {
            let domain = dictionary.domain(table.clean);
            return domain.derived(code, part.derive).unwrap_or(NO_KEY);
        }
        let at = code as usize * table.derives.len() + part.place;
        table
            .by_code
            .get(at)
            .map_or(NO_KEY, |derived| u64::from(*derived))
    }

    /// The keys of a row by its present values, by rule; 0 where a rule says nothing.
    pub(super) fn present(
        &self,
        dictionary: &Dictionary,
        codes: &[u32],
        row: &mut RowParts,
        mut put: impl FnMut(usize, u64),
    ) {
        row.present.clear();
        row.present.extend(self.parts.iter().map(|part| {
            let code = codes.get(part.column).copied().unwrap_or(MISSING);
            self.derived(dictionary, part, code)
        }));
        for (rule, parts) in self.rules.iter().enumerate() {
            let mut key = begin(rule);
            let mut whole = true;
            for part in parts {
                let derived = row.present.get(*part).copied().unwrap_or(NO_KEY);
                whole &= derived != NO_KEY;
                key = add(key, derived);
            }
            put(rule, if whole { end(key) } else { NO_KEY });
        }
    }

    /// The keys that earlier values add to those of the present ones, by rule. The row's parts must be known already.
    pub(super) fn earlier(
        &self,
        dictionary: &Dictionary,
        people: &People,
        at: usize,
        row: &mut RowParts,
        mut put: impl FnMut(usize, u64),
    ) {
        let mut changed = 0;
        for column in 0..people.width() {
            if !people.earlier(column, at).is_empty() {
                changed |= bit(column);
            }
        }
        if changed == 0 {
            return;
        }
        row.earlier.resize_with(self.parts.len(), Vec::new);
        let parts = self.parts.iter().zip(&row.present);
        for ((part, present), values) in parts.zip(&mut row.earlier) {
            values.clear();
            if part.earlier && changed & bit(part.column) != 0 {
                // A value that was there before, or gives what the present one gives, adds no key.
                for code in people.earlier(part.column, at) {
                    let derived = self.derived(dictionary, part, *code);
                    if derived != NO_KEY && derived != *present && !values.contains(&derived) {
                        values.push(derived);
                    }
                    if values.len() >= MOST_KEYS {
                        break;
                    }
                }
            }
        }
        let rules = self.rules.iter().zip(&self.changing).enumerate();
        for (rule, (parts, _)) in rules.filter(|(_, (_, changing))| **changing & changed != 0) {
            row.combine(rule, parts);
            for key in row.found.iter().copied() {
                put(rule, key);
            }
        }
    }

    /// The rules by which two rows share a key, one bit each.
    pub fn shared(
        &self,
        dictionary: &Dictionary,
        left: (&People, usize),
        right: (&People, usize),
        memory: &mut SharedMemory,
    ) -> u32 {
        let SharedMemory { left: keys, parts } = memory;
        keys.clear();
        keys.resize(self.rules(), NO_KEY);
        self.present(dictionary, left.0.row(left.1), parts, |rule, key| {
            if let Some(slot) = keys.get_mut(rule) {
                *slot = key;
            }
        });
        let mut shared = 0;
        let mut meet = |rule: usize, key: u64| {
            let same = key != NO_KEY && keys.get(rule) == Some(&key);
            shared |= u32::from(same) << rule;
        };
        self.present(dictionary, right.0.row(right.1), parts, &mut meet);
        self.earlier(dictionary, right.0, right.1, parts, &mut meet);
        shared
    }

    /// For each rule, a number of rows of `people` that no key has more of.
    pub(super) fn most_rows(&self, dictionary: &Dictionary, people: &People) -> Vec<u64> {
        let of_parts = self.parts.iter();
        let of_parts: Vec<u64> = of_parts
            .map(|part| self.most_rows_of(dictionary, people, part))
            .collect();
        let rules = self.rules.iter().map(|parts| {
            let most = parts.iter().filter_map(|part| of_parts.get(*part));
            most.min().copied().unwrap_or(0)
        });
        rules.collect()
    }

    fn most_rows_of(&self, dictionary: &Dictionary, people: &People, part: &Part) -> u64 {
        let Some(table) = self.tables.get(part.table) else {
            return 0;
        };
        if table.clean == Clean::Number {
            // Codes of numbers are too many to count, and nearly all of them differ.
            return people.len() as u64;
        }
        let distinct = dictionary.domain(table.clean).distinct();
        let counts = people.counts_with_earlier(part.column, distinct);
        let mut sums = std::collections::HashMap::<u64, u64, ahash::RandomState>::with_hasher(
            ahash::RandomState::with_seeds(1, 2, 3, 4),
        );
        for (code, count) in (0u32..).zip(&counts).filter(|(_, count)| **count > 0) {
            *sums
                .entry(self.derived(dictionary, part, code))
                .or_insert(0) += u64::from(*count);
        }
        sums.remove(&NO_KEY);
        sums.into_values().max().unwrap_or(0)
    }
}

impl RowParts {
    /// The keys of one rule with each of the earlier values in turn, without that of the present ones alone.
    fn combine(&mut self, rule: usize, parts: &[usize]) {
        let Self {
            present,
            earlier,
            found,
            next,
        } = self;
        found.clear();
        let mut values = parts.iter().filter_map(|part| earlier.get(*part));
        if values.all(Vec::is_empty) {
            return;
        }
        found.push(begin(rule));
        let mut whole = true;
        for part in parts {
            let now = present.get(*part).copied().unwrap_or(NO_KEY);
            let before = earlier.get(*part).map(Vec::as_slice).unwrap_or_default();
            whole &= now != NO_KEY;
            if before.is_empty() && now != NO_KEY {
                for key in found.iter_mut() {
                    *key = add(*key, now);
                }
                continue;
            }
            let now = (now != NO_KEY).then_some(now);
            next.clear();
            for derived in now.into_iter().chain(before.iter().copied()) {
                next.extend(found.iter().map(|key| add(*key, derived)));
            }
            std::mem::swap(found, next);
            found.truncate(MOST_KEYS);
        }
        for key in found.iter_mut() {
            *key = end(*key);
        }
        // The first is that of the present values, where there is one.
        if whole && !found.is_empty() {
            found.swap_remove(0);
        }
    }
}

impl Table {
    /// Dates and numbers are taken apart on the spot; text is worked out once.
    #[expect(clippy::cast_possible_truncation, reason = "half of a hash is a hash")]
    fn fill(&mut self, dictionary: &Dictionary) {
        if matches!(self.clean, Clean::Date | Clean::Number) {
            return;
        }
        let domain = dictionary.domain(self.clean);
        self.by_code.reserve(domain.distinct() * self.derives.len());
        for code in 0..domain.distinct() {
            let code = u32::try_from(code).unwrap_or(u32::MAX);
            for derive in &self.derives {
                let derived = domain.derived(code, *derive);
                self.by_code
                    .push(derived.map_or(0, |hash| (hash as u32).max(1)));
            }
        }
    }
}

/// The bit of a column; columns beyond the number of bits share the last one.
fn bit(column: usize) -> u64 {
    1 << column.min(63)
}

fn begin(rule: usize) -> u64 {
    (rule as u64 + 1) << 40
}

/// Adds a part to a key: a multiplication and a rotation, for this is done for every part of every row.
const fn add(key: u64, derived: u64) -> u64 {
    (key ^ derived)
        .wrapping_mul(0x9E37_79B9_7F4A_7C15)
        .rotate_left(29)
}

const fn end(key: u64) -> u64 {
    let key = mix(key);
    if key == NO_KEY { 1 } else { key }
}
