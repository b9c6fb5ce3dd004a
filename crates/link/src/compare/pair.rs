//! The levels of a pair: every comparison of a model, over two rows of codes.
//!
//! What two distinct values have in common is worked out once and remembered in a small table of each thread, for
//! the same names meet again and again.

use super::{metres_between, osa_distance, shared_items, within_one_edit};
use crate::{
    LinkError,
    compare::jaro_winkler,
    match_model::{Atom, Condition, MatchModel, Names, Test},
    people::{Clean, Dictionary, Domain, Facts, MISSING, People, date_parts, mix, number_digits},
};

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
                let any = alternatives
                    .map(|atoms| compiled.all(model, atoms))
                    .collect();
                compiled.levels.push(CompiledLevel {
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
        if matches!(self.clean, Clean::Date) || matches!(self.tests.as_slice(), [Test::Exact]) {
            return self.work_out(dictionary, low, high);
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
                let holds = self.work_out(dictionary, low, high);
                *slot = Slot { codes, holds };
                holds
            }
            None => self.work_out(dictionary, low, high),
        }
    }

    fn work_out(&self, dictionary: &Dictionary, a: u32, b: u32) -> u32 {
        let domain = dictionary.domain(self.clean);
        self.tests
            .iter()
            .enumerate()
            .fold(0, |mask, (place, test)| {
                mask | (u32::from(value_test(*test, domain, a, b)) << place)
            })
    }
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

/// Whether a test holds between two values. All tests are symmetric.
pub(crate) fn value_test(test: Test, domain: &Domain, a: u32, b: u32) -> bool {
    if test == Test::Exact {
        return a == b;
    }
    match domain.clean() {
        Clean::Date => date_test(test, a, b),
        Clean::Number => {
            let (a, b) = (number_digits(domain, a), number_digits(domain, b));
            text_test(test, &a, &b)
        }
        Clean::Name => name_test(test, domain, a, b),
        Clean::Postcode => match test {
            Test::Distance(metres) => match (domain.place(a), domain.place(b)) {
                (Some(a), Some(b)) => metres_between(a, b) <= f64::from(metres),
                _ => false,
            },
            _ => text_test(test, domain.text(a), domain.text(b)),
        },
        Clean::Code => text_test(test, domain.text(a), domain.text(b)),
        Clean::List => match test {
            Test::Shares(items) => {
                shared_items(domain.text(a), domain.text(b)) >= usize::from(items)
            }
            _ => false,
        },
    }
}

fn name_test(test: Test, domain: &Domain, a: u32, b: u32) -> bool {
    let (x, y) = (domain.facts(a), domain.facts(b));
    match test {
        Test::JaroWinkler(least) => {
            jaro_winkler_at_most(x, y) >= least
                && jaro_winkler(domain.text(a), domain.text(b)) >= least
        }
        Test::Edits(edits) => {
            if x.length.abs_diff(y.length) > edits {
                return false;
            }
            let apart = (x.letters & !y.letters)
                .count_ones()
                .max((y.letters & !x.letters).count_ones());
            apart <= u32::from(edits) && text_test(test, domain.text(a), domain.text(b))
        }
        Test::Soundex => x.soundex != 0 && x.soundex == y.soundex,
        Test::SameLetters => x.compact == y.compact,
        Test::FirstWord => domain.words(x).first() == domain.words(y).first(),
        Test::SharesWord => {
            let others = domain.words(y);
            domain.words(x).iter().any(|word| others.contains(word))
        }
        Test::List(from, to) => {
            let others = domain.sets(y);
            let mut sets = domain.sets(x).iter();
            sets.any(|set| (from..to).contains(set) && others.contains(set))
        }
        _ => text_test(test, domain.text(a), domain.text(b)),
    }
}

/// No more letters can agree than kinds of letters allow for; most pairs of names end here.
fn jaro_winkler_at_most(x: Facts, y: Facts) -> f64 {
    let only = |x: Facts, y: Facts| f64::from((x.letters & !y.letters).count_ones());
    let (long_x, long_y) = (f64::from(x.length), f64::from(y.length));
    if x.length == u8::MAX || y.length == u8::MAX {
        return 1.0;
    }
    let agree = (long_x - only(x, y)).min(long_y - only(y, x)).max(0.0);
    let most = (agree / long_x + agree / long_y + 1.0) / 3.0;
    let same = ((x.head ^ y.head).trailing_zeros() / 8).min(4);
    (0.1 * f64::from(same)).mul_add(1.0 - most, most)
}

fn text_test(test: Test, a: &str, b: &str) -> bool {
    match test {
        Test::Exact => a == b,
        Test::JaroWinkler(least) => jaro_winkler(a, b) >= least,
        Test::Edits(1) => within_one_edit(a, b),
        Test::Edits(edits) => osa_distance(a, b) <= usize::from(edits),
        Test::Initial => {
            let (first_a, first_b) = (a.chars().next(), b.chars().next());
            let single = a.chars().nth(1).is_none() || b.chars().nth(1).is_none();
            single && first_a.is_some() && first_a == first_b
        }
        Test::Prefix(letters) => {
            let letters = usize::from(letters);
            let head = |text: &str| text.chars().take(letters).collect::<String>();
            let long = |text: &str| text.chars().count() >= letters;
            long(a) && long(b) && head(a) == head(b)
        }
        // The outward part of a postcode is its first word.
        Test::FirstWord | Test::Outward => a.split(' ').next() == b.split(' ').next(),
        Test::SharesWord => a
            .split(' ')
            .any(|word| b.split(' ').any(|other| word == other)),
        Test::SameLetters => a
            .chars()
            .filter(|c| *c != ' ')
            .eq(b.chars().filter(|c| *c != ' ')),
        Test::Sector => {
            let head = |text| sector(text).filter(|head: &&str| !head.is_empty());
            head(a).is_some() && head(a) == head(b)
        }
        Test::Area => {
            let head = |text: &str| text.bytes().take_while(u8::is_ascii_alphabetic).count();
            head(a) > 0 && a.get(..head(a)) == b.get(..head(b))
        }
        Test::Soundex => {
            let code = super::soundex(a);
            code.is_some() && code == super::soundex(b)
        }
        _ => false,
    }
}

/// A postcode without its last two letters.
fn sector(text: &str) -> Option<&str> {
    text.get(..text.len().checked_sub(2)?)
}

fn date_test(test: Test, a: u32, b: u32) -> bool {
    let ((year, month, day), (other_year, other_month, other_day)) = (date_parts(a), date_parts(b));
    match test {
        Test::Exact => a == b,
        Test::Exchanged => year == other_year && month == other_day && day == other_month,
        Test::TwoParts => {
            let same = [year == other_year, month == other_month, day == other_day];
            same.iter().filter(|same| **same).count() >= 2
        }
        Test::Century => {
            (month, day) == (other_month, other_day) && year.abs_diff(other_year) == 100
        }
        Test::Year => year == other_year,
        Test::WithinDays(days) => days_of(a).abs_diff(days_of(b)) <= days,
        Test::OneDigit => one_digit(a, b),
        _ => false,
    }
}

/// The eight digits of a date, four bits each.
const fn digits(code: u32) -> u32 {
    let (year, month, day) = date_parts(code);
    (pair_of_digits(year / 100) << 24)
        | (pair_of_digits(year % 100) << 16)
        | (pair_of_digits(month) << 8)
        | pair_of_digits(day)
}

const fn pair_of_digits(number: u32) -> u32 {
    ((number / 10 % 10) << 4) | (number % 10)
}

/// Whether one digit differs, or two neighbours are exchanged.
fn one_digit(a: u32, b: u32) -> bool {
    let (a, b) = (digits(a), digits(b));
    let apart = a ^ b;
    let first = apart.trailing_zeros() / 4 * 4;
    match apart.checked_shr(first).unwrap_or(0) {
        0..=0xF => true,
        rest if rest <= 0xFF => {
            let (x, y) = ((a >> first) & 0xFF, (b >> first) & 0xFF);
            x == (y >> 4 | (y & 0xF) << 4)
        }
        _ => false,
    }
}

/// Days since a day long ago, by the calendar of today.
fn days_of(code: u32) -> u32 {
    let (year, month, day) = date_parts(code);
    let (year, month) = if month <= 2 {
        (year.saturating_sub(1), month + 9)
    } else {
        (year, month - 3)
    };
    365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day
}
