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
    rules: Vec<Vec<Part>>,
    tables: Vec<Table>,
}

#[derive(Debug, Clone, Copy)]
struct Part {
    column: usize,
    earlier: bool,
    table: usize,
    derive: Derive,
    /// Where the derived value stands in a row of the table.
    place: usize,
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
            tables: Vec::new(),
        };
        for block in &model.blocks {
            let mut parts = Vec::new();
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
                parts.push(Part {
                    column: at,
                    earlier: column.earlier,
                    table,
                    derive,
                    place,
                });
            }
            keys.rules.push(parts);
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

    /// The key of a row by its present values; 0 where the rule says nothing.
    pub(super) fn key(&self, dictionary: &Dictionary, rule: usize, codes: &[u32]) -> u64 {
        let mut key = begin(rule);
        for part in self.rules.get(rule).map(Vec::as_slice).unwrap_or_default() {
            let code = codes.get(part.column).copied().unwrap_or(MISSING);
            let derived = self.derived(dictionary, part, code);
            if derived == NO_KEY {
                return NO_KEY;
            }
            key = add(key, derived);
        }
        end(key)
    }

    /// Whether a rule gives a row more than one key, because of its earlier values.
    pub(super) fn changes(&self, rule: usize, people: &People, row: usize) -> bool {
        let parts = self.rules.get(rule).map(Vec::as_slice).unwrap_or_default();
        parts
            .iter()
            .any(|part| part.earlier && !people.earlier(part.column, row).is_empty())
    }

    /// All keys of a row by one rule: with each of its earlier values in turn.
    pub(super) fn keys(
        &self,
        dictionary: &Dictionary,
        rule: usize,
        people: &People,
        row: usize,
        out: &mut Vec<u64>,
    ) {
        out.clear();
        out.push(begin(rule));
        let codes = people.row(row);
        let mut next = Vec::new();
        for part in self.rules.get(rule).map(Vec::as_slice).unwrap_or_default() {
            let now = codes.get(part.column).copied().unwrap_or(MISSING);
            let earlier: &[u32] = if part.earlier {
                people.earlier(part.column, row)
            } else {
                &[]
            };
            next.clear();
            for code in std::iter::once(now).chain(earlier.iter().copied()) {
                let derived = self.derived(dictionary, part, code);
                if derived != NO_KEY {
                    next.extend(out.iter().map(|key| add(*key, derived)));
                }
            }
            std::mem::swap(out, &mut next);
            out.truncate(MOST_KEYS);
        }
        for key in out.iter_mut() {
            *key = end(*key);
        }
        out.sort_unstable();
        out.dedup();
    }

    /// The rules by which two rows share a key, one bit each.
    pub fn shared(
        &self,
        dictionary: &Dictionary,
        left: (&People, usize),
        right: (&People, usize),
        memory: &mut Vec<u64>,
    ) -> u32 {
        (0..self.rules()).fold(0, |shared, rule| {
            let key = self.key(dictionary, rule, left.0.row(left.1));
            let same = if key == NO_KEY {
                false
            } else if self.changes(rule, right.0, right.1) {
                self.keys(dictionary, rule, right.0, right.1, memory);
                memory.contains(&key)
            } else {
                self.key(dictionary, rule, right.0.row(right.1)) == key
            };
            shared | (u32::from(same) << rule)
        })
    }

    /// For each rule, a number of rows of `people` that no key has more of.
    pub(super) fn most_rows(&self, dictionary: &Dictionary, people: &People) -> Vec<u64> {
        let parts = self.rules.iter().map(|parts| {
            let most = parts
                .iter()
                .map(|part| self.most_rows_of(dictionary, people, part));
            most.min().unwrap_or(0)
        });
        parts.collect()
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
