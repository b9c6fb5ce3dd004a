//! The levels of a pair: every comparison of a model, over two rows of codes.
//!
//! What two distinct values have in common is worked out once and remembered in a small table of each thread, for
//! the same names meet again and again.

mod values;

pub(crate) use values::value_test;

use crate::{
    LinkError,
    match_model::{Atom, Condition, MatchModel, Names, Test},
    people::{Clean, Dictionary, MISSING, People, mix},
};
use values::{Holding, quickly, slowly};

/// The level of a comparison that says nothing because a value is missing.
pub const SAYS_NOTHING: u8 = 0;
/// At most so many comparisons.
pub(crate) const MOST: usize = crate::match_model::MOST_COMPARISONS;
/// The levels of a pair, one a comparison; 0 says nothing, 1 is the best.
pub type Levels = [u8; MOST];

/// What a thread remembers: for each comparison, which of its tests hold between two codes.
#[derive(Debug, Default)]
pub struct Memory {
    tables: Vec<Vec<Slot>>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Slot {
    codes: u64,
    holds: u32,
}

/// Slots for one comparison; the tables of all of them fit the second cache of one core.
const SLOTS: usize = 1 << 13;

/// Tests between the two values of a comparison's own column stand in a mask, worked out once for two values; the
/// others look at other columns or at earlier values, and are asked when it comes to them.
#[derive(Debug, Clone)]
struct All {
    yes: u32,
    no: u32,
    others: Vec<Step>,
}

impl All {
    fn fits(&self, mask: u32) -> bool {
        mask & self.yes == self.yes && mask & self.no == 0
    }
}

#[derive(Debug, Clone, Copy)]
struct Step {
    atom: Atom,
    clean: Clean,
}

#[derive(Debug, Clone)]
struct CompiledLevel {
    any: Vec<All>,
    /// Columns of which two must be the same for any of the alternatives to hold, where each of them asks for that:
    /// nearly all pairs end here.
    gates: Option<Vec<(usize, usize)>>,
    takes: Vec<usize>,
}

#[derive(Debug, Clone)]
struct CompiledComparison {
    column: usize,
    clean: Clean,
    earlier: bool,
    /// Whether the first level is no more than the same value.
    exact_first: bool,
    tests: Vec<Test>,
    levels: Vec<CompiledLevel>,
    /// For each mask, the first level that the tests of the own column decide.
    decided: Vec<u8>,
    /// The levels that ask for more than that, by their numbers.
    asking: Vec<u8>,
    worst: u8,
}

/// Beyond so many tests a table by mask would not fit the cache.
const MOST_IN_TABLE: usize = 12;

/// The comparisons of a model, ready to run.
#[derive(Debug, Clone)]
pub struct Comparer {
    comparisons: Vec<CompiledComparison>,
    vetoes: Vec<Vec<Vec<Step>>>,
}

/// One record: its side and its row.
#[derive(Debug, Clone, Copy)]
pub struct Record<'a> {
    /// The side.
    pub people: &'a People,
    /// The row.
    pub row: usize,
    /// Its codes.
    pub codes: &'a [u32],
}

impl<'a> Record<'a> {
    /// The record in a row.
    pub fn new(people: &'a People, row: usize) -> Self {
        Self {
            people,
            row,
            codes: people.row(row),
        }
    }

    pub(crate) fn code(&self, column: usize) -> u32 {
        self.codes.get(column).copied().unwrap_or(MISSING)
    }
}

impl Comparer {
    /// From a model whose lists the dictionary holds.
    pub fn new(model: &MatchModel, dictionary: &Dictionary) -> Result<Self, LinkError> {
        let read = |text: &str| condition(model, dictionary, text);
        let mut comparisons = Vec::new();
        for comparison in &model.comparisons {
            let column = model.column(comparison.column.get_ref()).unwrap_or(0);
            let of_column = model.columns.get(column);
            let mut compiled = CompiledComparison {
                column,
                clean: of_column.map_or(Clean::Code, |c| c.clean),
                earlier: of_column.is_some_and(|c| c.earlier),
                exact_first: false,
                tests: Vec::new(),
                levels: Vec::new(),
                decided: Vec::new(),
                asking: Vec::new(),
                worst: u8::try_from(comparison.levels.len() + 1).unwrap_or(u8::MAX),
            };
            for level in &comparison.levels {
                let takes = level.takes.iter();
                let alternatives = read(level.when.get_ref())?.any.into_iter();
                let any: Vec<All> = alternatives
                    .map(|atoms| compiled.all(model, atoms))
                    .collect();
                compiled.levels.push(CompiledLevel {
                    gates: gates(&any),
                    any,
                    takes: takes
                        .filter_map(|name| model.comparison(name.get_ref()))
                        .collect(),
                });
            }
            compiled.exact_first = compiled.tests.first() == Some(&Test::Exact)
                && compiled.levels.first().is_some_and(|level| {
                    level.takes.is_empty()
                        && matches!(level.any.as_slice(), [all] if all.yes == 1 && all.no == 0 && all.others.is_empty())
                });
            compiled.decide();
            comparisons.push(compiled);
        }
        let mut vetoes = Vec::new();
        for veto in &model.vetoes {
            let any = read(veto.when.get_ref())?.any.into_iter();
            let steps = any.map(|atoms| atoms.into_iter().map(|atom| step(model, atom)).collect());
            vetoes.push(steps.collect());
        }
        Ok(Self {
            comparisons,
            vetoes,
        })
    }

    /// How many comparisons there are.
    pub fn len(&self) -> usize {
        self.comparisons.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.comparisons.is_empty()
    }

    /// The levels of a pair.
    pub fn levels(
        &self,
        dictionary: &Dictionary,
        left: &Record<'_>,
        right: &Record<'_>,
        memory: &mut Memory,
    ) -> Levels {
        let mut levels = [SAYS_NOTHING; MOST];
        for (at, (comparison, slot)) in self.comparisons.iter().zip(&mut levels).enumerate() {
            (*slot, _) = comparison.level(at, dictionary, left, right, memory);
        }
        self.take(&mut levels);
        levels
    }

    /// The levels of many pairs, one comparison after the other, so that what one of them needs stays near.
    pub fn levels_of(
        &self,
        dictionary: &Dictionary,
        left: &People,
        right: &People,
        pairs: &[(u32, u32)],
        memory: &mut Memory,
        out: &mut Vec<Levels>,
    ) {
        out.clear();
        out.resize(pairs.len(), [SAYS_NOTHING; MOST]);
        for (at, comparison) in self.comparisons.iter().enumerate() {
            for ((l, r), levels) in pairs.iter().zip(out.iter_mut()) {
                let pair = (
                    Record::new(left, *l as usize),
                    Record::new(right, *r as usize),
                );
                let (level, _) = comparison.level(at, dictionary, &pair.0, &pair.1, memory);
                if let Some(slot) = levels.get_mut(at) {
                    *slot = level;
                }
            }
        }
        for levels in out {
            self.take(levels);
        }
    }

    /// Silences the comparisons whose evidence another one counts.
    fn take(&self, levels: &mut Levels) {
        let mut taken = 0u32;
        for (comparison, level) in self.comparisons.iter().zip(levels.iter()) {
            for other in comparison
                .compiled(*level)
                .map_or(&[][..], |level| &level.takes)
            {
                taken |= 1 << other;
            }
        }
        if taken != 0 {
            for (at, slot) in levels.iter_mut().enumerate() {
                if taken & (1 << at) != 0 {
                    *slot = SAYS_NOTHING;
                }
            }
        }
    }

    /// The first veto that speaks against a pair.
    pub fn veto(
        &self,
        dictionary: &Dictionary,
        left: &Record<'_>,
        right: &Record<'_>,
    ) -> Option<usize> {
        self.vetoes.iter().position(|any| {
            any.iter()
                .any(|all| all.iter().all(|step| holds(step, dictionary, left, right)))
        })
    }
}

impl CompiledComparison {
    fn all(&mut self, model: &MatchModel, atoms: Vec<Atom>) -> All {
        let mut all = All {
            yes: 0,
            no: 0,
            others: Vec::new(),
        };
        for atom in atoms {
            let own = atom.left == self.column && atom.right == self.column && !atom.earlier;
            let known = self.tests.iter().position(|test| *test == atom.test);
            let place = known.unwrap_or(self.tests.len());
            if !own || place >= 32 {
                all.others.push(step(model, atom));
                continue;
            }
            if known.is_none() {
                self.tests.push(atom.test);
            }
            if atom.not {
                all.no |= 1 << place;
            } else {
                all.yes |= 1 << place;
            }
        }
        all
    }

    /// Works out what the tests of the own column decide by themselves.
    fn decide(&mut self) {
        let asks = |level: &CompiledLevel| level.any.iter().any(|all| !all.others.is_empty());
        self.asking = (1u8..)
            .zip(&self.levels)
            .filter(|(_, level)| asks(level))
            .map(|(number, _)| number)
            .collect();
        if self.tests.len() > MOST_IN_TABLE {
            return;
        }
        self.decided = (0..1u32 << self.tests.len())
            .map(|mask| {
                let mut levels = (1u8..).zip(&self.levels);
                let first = levels.find(|(_, level)| {
                    level
                        .any
                        .iter()
                        .any(|all| all.others.is_empty() && all.fits(mask))
                });
                first.map_or(self.worst, |(number, _)| number)
            })
            .collect();
    }

    /// The level that holds, and the comparisons whose evidence it takes.
    fn level(
        &self,
        number: usize,
        dictionary: &Dictionary,
        left: &Record<'_>,
        right: &Record<'_>,
        memory: &mut Memory,
    ) -> (u8, &[usize]) {
        let (a, b) = (left.code(self.column), right.code(self.column));
        let only_earlier = b == MISSING
            && self.earlier
            && !right.people.earlier(self.column, right.row).is_empty();
        if a == MISSING || (b == MISSING && !only_earlier) {
            return (SAYS_NOTHING, &[]);
        }
        if a == b && self.exact_first {
            return (1, &[]);
        }
        let mask = if only_earlier {
            0
        } else {
            self.mask(number, dictionary, a, b, memory)
        };
        let decided = self.decided.get(mask as usize).copied();
        let holds = |level: &CompiledLevel| {
            let open = |(a, b): &(usize, usize)| {
                let code = left.code(*a);
                code != MISSING && code == right.code(*b)
            };
            if level
                .gates
                .as_ref()
                .is_some_and(|gates| !gates.iter().any(open))
            {
                return false;
            }
            level.any.iter().any(|all| {
                all.fits(mask)
                    && all
                        .others
                        .iter()
                        .all(|step| holds(step, dictionary, left, right))
            })
        };
        let number = if let Some(decided) = decided {
            let mut before = self.asking.iter().take_while(|number| **number < decided);
            let asked = before.find(|number| self.compiled(**number).is_some_and(holds));
            asked.copied().unwrap_or(decided)
        } else {
            let mut levels = (1u8..).zip(&self.levels);
            let first = levels.find(|(_, level)| holds(level));
            first.map_or(self.worst, |(number, _)| number)
        };
        (
            number,
            self.compiled(number).map_or(&[], |level| &level.takes),
        )
    }

    fn compiled(&self, number: u8) -> Option<&CompiledLevel> {
        self.levels.get(usize::from(number).wrapping_sub(1))
    }

    /// Which of the tests hold between two values.
    fn mask(
        &self,
        number: usize,
        dictionary: &Dictionary,
        a: u32,
        b: u32,
        memory: &mut Memory,
    ) -> u32 {
        let (low, high) = (a.min(b), a.max(b));
        let domain = dictionary.domain(self.clean);
        if let Holding::Known(mask) = quickly(&self.tests, domain, low, high) {
            return mask;
        }
        let codes = (u64::from(low) << 32) | u64::from(high);
        if memory.tables.len() <= number {
            memory
                .tables
                .resize_with(number + 1, || vec![Slot::default(); SLOTS]);
        }
        let place = place_of(codes);
        let slot = memory
            .tables
            .get_mut(number)
            .and_then(|table| table.get_mut(place));
        match slot {
            Some(slot) if slot.codes == codes => slot.holds,
            Some(slot) => {
                let holds = slowly(&self.tests, domain, low, high);
                *slot = Slot { codes, holds };
                holds
            }
            None => slowly(&self.tests, domain, low, high),
        }
    }
}

/// The columns that alternatives ask to be the same, where each of them asks for two.
fn gates(any: &[All]) -> Option<Vec<(usize, usize)>> {
    let mut gates = Vec::new();
    for all in any {
        let mut steps = all.others.iter().map(|step| step.atom);
        let exact =
            steps.find(|atom| matches!(atom.test, Test::Exact) && !atom.not && !atom.earlier)?;
        let gate = (exact.left, exact.right);
        if !gates.contains(&gate) {
            gates.push(gate);
        }
    }
    Some(gates)
}

/// The slot of two codes.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the mask keeps it below the number of slots"
)]
fn place_of(codes: u64) -> usize {
    mix(codes) as usize & (SLOTS - 1)
}

fn condition(
    model: &MatchModel,
    dictionary: &Dictionary,
    text: &str,
) -> Result<Condition, LinkError> {
    let columns = |name: &str| model.column(name);
    let lists = |name: &str| dictionary.lists().bounds(name);
    let names = Names {
        columns: &columns,
        lists: &lists,
        all_columns: Vec::new(),
    };
    Condition::read(text, &names).map_err(|wrong| LinkError::Mistake {
        path: model.title.clone(),
        message: wrong.message,
    })
}

fn step(model: &MatchModel, atom: Atom) -> Step {
    let column = model.columns.get(atom.left);
    Step {
        atom,
        clean: column.map_or(Clean::Code, |column| column.clean),
    }
}

fn holds(step: &Step, dictionary: &Dictionary, left: &Record<'_>, right: &Record<'_>) -> bool {
    let atom = &step.atom;
    let a = left.code(atom.left);
    // Nearly every alternative begins so, and nearly all end here.
    if matches!(atom.test, Test::Exact) && !atom.earlier {
        return (a != MISSING && a == right.code(atom.right)) != atom.not;
    }
    let domain = dictionary.domain(step.clean);
    let one = |b: u32| a != MISSING && b != MISSING && value_test(atom.test, domain, a, b);
    let found = if atom.earlier {
        let earlier = right.people.earlier(atom.right, right.row);
        earlier.iter().any(|b| one(*b))
    } else {
        one(right.code(atom.right))
    };
    found != atom.not
}
