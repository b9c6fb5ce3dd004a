//! The levels of a pair: every comparison of a model, over two rows of codes.
//!
//! What two distinct values have in common is worked out once and remembered in a small table of each thread, for
//! the same names meet again and again.

use super::{osa_distance, within_one_edit};
use crate::{
    LinkError,
    compare::jaro_winkler,
    match_model::{Atom, Condition, MatchModel, Names, Test},
    people::{Clean, Dictionary, Domain, MISSING, People, date_parts, number_digits},
};

/// The level of a comparison that says nothing because a value is missing.
pub const SAYS_NOTHING: u8 = 0;
/// At most so many comparisons.
pub(crate) const MOST: usize = crate::match_model::MOST_COMPARISONS;
/// The levels of a pair, one a comparison; 0 says nothing, 1 is the best.
pub type Levels = [u8; MOST];

/// Remembered answers of a thread: two codes, and for up to 32 tests whether the answer is known and holds.
#[derive(Debug)]
pub struct Memory {
    slots: Vec<Slot>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Slot {
    codes: u64,
    known: u32,
    holds: u32,
}

/// Slots of the table; it fits the second cache of one core.
const SLOTS: usize = 1 << 14;

impl Default for Memory {
    fn default() -> Self {
        Self {
            slots: vec![Slot::default(); SLOTS],
        }
    }
}

/// A test with the kind of values that it looks at, and its place among remembered answers.
#[derive(Debug, Clone, Copy)]
struct Step {
    atom: Atom,
    clean: Clean,
    remembered: Option<u8>,
}

#[derive(Debug, Clone)]
struct CompiledLevel {
    any: Vec<Vec<Step>>,
    takes: Vec<usize>,
}

#[derive(Debug, Clone)]
struct CompiledComparison {
    column: usize,
    earlier: bool,
    levels: Vec<CompiledLevel>,
    worst: u8,
}

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
        let mut compiler = Compiler {
            model,
            dictionary,
            remembered: Vec::new(),
        };
        let mut comparisons = Vec::new();
        for comparison in &model.comparisons {
            let column = model.column(comparison.column.get_ref()).unwrap_or(0);
            let mut levels = Vec::new();
            for level in &comparison.levels {
                let takes = level.takes.iter();
                levels.push(CompiledLevel {
                    any: compiler.condition(level.when.get_ref())?,
                    takes: takes
                        .filter_map(|name| model.comparison(name.get_ref()))
                        .collect(),
                });
            }
            comparisons.push(CompiledComparison {
                column,
                earlier: model.columns.get(column).is_some_and(|c| c.earlier),
                worst: u8::try_from(levels.len() + 1).unwrap_or(u8::MAX),
                levels,
            });
        }
        let vetoes = model.vetoes.iter();
        let vetoes = vetoes
            .map(|veto| compiler.condition(veto.when.get_ref()))
            .collect::<Result<_, _>>()?;
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
        let mut taken = 0u32;
        for (comparison, slot) in self.comparisons.iter().zip(&mut levels) {
            let column = comparison.column;
            let nothing_right = right.code(column) == MISSING
                && !(comparison.earlier && !right.people.earlier(column, right.row).is_empty());
            if left.code(column) == MISSING || nothing_right {
                continue;
            }
            *slot = comparison.worst;
            for (number, level) in (1u8..).zip(&comparison.levels) {
                let holds = level.any.iter().any(|all| {
                    all.iter()
                        .all(|step| holds(step, dictionary, left, right, memory))
                });
                if holds {
                    *slot = number;
                    for other in &level.takes {
                        taken |= 1 << other;
                    }
                    break;
                }
            }
        }
        if taken != 0 {
            for (at, slot) in levels.iter_mut().enumerate() {
                if taken & (1 << at) != 0 {
                    *slot = SAYS_NOTHING;
                }
            }
        }
        levels
    }

    /// The first veto that speaks against a pair.
    pub fn veto(
        &self,
        dictionary: &Dictionary,
        left: &Record<'_>,
        right: &Record<'_>,
        memory: &mut Memory,
    ) -> Option<usize> {
        self.vetoes.iter().position(|any| {
            any.iter().any(|all| {
                all.iter()
                    .all(|step| holds(step, dictionary, left, right, memory))
            })
        })
    }
}

struct Compiler<'a> {
    model: &'a MatchModel,
    dictionary: &'a Dictionary,
    remembered: Vec<Test>,
}

impl Compiler<'_> {
    fn condition(&mut self, text: &str) -> Result<Vec<Vec<Step>>, LinkError> {
        let columns = |name: &str| self.model.column(name);
        let lists = |name: &str| self.dictionary.lists().bounds(name);
        let names = Names {
            columns: &columns,
            lists: &lists,
            all_columns: Vec::new(),
        };
        let condition =
            Condition::read(text, &names).map_err(|wrong| LinkError::Mistake {
                path: self.model.title.clone(),
                message: wrong.message,
            })?;
        let any = condition.any.into_iter();
        Ok(any
            .map(|all| all.into_iter().map(|atom| self.step(atom)).collect())
            .collect())
    }

    fn step(&mut self, atom: Atom) -> Step {
        let clean = self
            .model
            .columns
            .get(atom.left)
            .map_or(Clean::Code, |column| column.clean);
        let dear = !matches!(
            atom.test,
            Test::Exact | Test::Exchanged | Test::TwoParts | Test::Century | Test::Year
        ) && !matches!(clean, Clean::Date | Clean::Number);
        let remembered = dear.then(|| {
            let known = self.remembered.iter().position(|test| *test == atom.test);
            known.unwrap_or_else(|| {
                self.remembered.push(atom.test);
                self.remembered.len() - 1
            })
        });
        Step {
            atom,
            clean,
            // Beyond 32 tests nothing is remembered; the answer is the same.
            remembered: remembered
                .and_then(|at| u8::try_from(at).ok())
                .filter(|at| *at < 32),
        }
    }
}

fn holds(
    step: &Step,
    dictionary: &Dictionary,
    left: &Record<'_>,
    right: &Record<'_>,
    memory: &mut Memory,
) -> bool {
    let atom = &step.atom;
    let a = left.code(atom.left);
    let mut one = |b: u32| between(step, dictionary, a, b, memory);
    let found = if atom.earlier {
        right
            .people
            .earlier(atom.right, right.row)
            .iter()
            .any(|b| one(*b))
    } else {
        one(right.code(atom.right))
    };
    found != atom.not
}

fn between(step: &Step, dictionary: &Dictionary, a: u32, b: u32, memory: &mut Memory) -> bool {
    if a == MISSING || b == MISSING {
        return false;
    }
    if step.atom.test == Test::Exact {
        return a == b;
    }
    let domain = dictionary.domain(step.clean);
    let Some(test) = step.remembered else {
        return value_test(step.atom.test, dictionary, step.clean, a, b);
    };
    if a == b {
        return equal_passes(step.atom.test, domain, a);
    }
    let (low, high) = (a.min(b), a.max(b));
    let codes = (u64::from(low) << 32) | u64::from(high) | (u64::from(step.clean == Clean::Name) << 63);
    let bit = 1u32 << test;
    let place = crate::people::mix(codes) as usize & (SLOTS - 1);
    if let Some(slot) = memory.slots.get(place) {
        if slot.codes == codes && slot.known & bit != 0 {
            return slot.holds & bit != 0;
        }
    }
    let answer = value_test(step.atom.test, dictionary, step.clean, low, high);
    if let Some(slot) = memory.slots.get_mut(place) {
        if slot.codes != codes {
            *slot = Slot {
                codes,
                ..Slot::default()
            };
        }
        slot.known |= bit;
        if answer {
            slot.holds |= bit;
        }
    }
    answer
}

/// Whether a test holds between a value and itself; an initial is no more than a letter.
fn equal_passes(test: Test, domain: &Domain, code: u32) -> bool {
    match test {
        Test::Initial => domain.text(code).chars().count() == 1,
        Test::List(from, to) => domain
            .sets(domain.facts(code))
            .iter()
            .any(|set| (from..to).contains(set)),
        Test::Soundex => domain.facts(code).soundex.is_some() || domain.clean() != Clean::Name,
        Test::Prefix(letters) => domain.text(code).chars().count() >= usize::from(letters),
        _ => true,
    }
}

/// Whether a test holds between two values. All tests are symmetric.
pub(crate) fn value_test(test: Test, dictionary: &Dictionary, clean: Clean, a: u32, b: u32) -> bool {
    let domain = dictionary.domain(clean);
    match clean {
        Clean::Date => date_test(test, a, b),
        Clean::Number => {
            let (a, b) = (number_digits(domain, a), number_digits(domain, b));
            text_test(test, &a, &b)
        }
        Clean::Name => name_test(test, domain, a, b),
        Clean::Postcode | Clean::Code => text_test(test, domain.text(a), domain.text(b)),
    }
}

fn name_test(test: Test, domain: &Domain, a: u32, b: u32) -> bool {
    let (x, y) = (domain.facts(a), domain.facts(b));
    match test {
        Test::JaroWinkler(least) => {
            // No more letters can agree than kinds of letters allow for; most pairs end here.
            let common = (x.letters & y.letters).count_ones();
            if common == 0 && least > 0.0 {
                return false;
            }
            let only_x = (x.letters & !y.letters).count_ones();
            let only_y = (y.letters & !x.letters).count_ones();
            let (long_x, long_y) = (f64::from(x.length), f64::from(y.length));
            let agree = (long_x - f64::from(only_x)).min(long_y - f64::from(only_y));
            let most = (agree / long_x + agree / long_y + 1.0) / 3.0;
            let most = 0.4f64.mul_add(1.0 - most, most);
            most >= least && jaro_winkler(domain.text(a), domain.text(b)) >= least
        }
        Test::Edits(edits) => {
            if x.length.abs_diff(y.length) > u16::from(edits) {
                return false;
            }
            let apart = (x.letters & !y.letters).count_ones().max((y.letters & !x.letters).count_ones());
            apart <= u32::from(edits) && text_test(test, domain.text(a), domain.text(b))
        }
        Test::Soundex => x.soundex.is_some() && x.soundex == y.soundex,
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
        Test::FirstWord => a.split(' ').next() == b.split(' ').next(),
        Test::SharesWord => a.split(' ').any(|word| b.split(' ').any(|other| word == other)),
        Test::SameLetters => a
            .chars()
            .filter(|c| *c != ' ')
            .eq(b.chars().filter(|c| *c != ' ')),
        Test::Outward => a.split(' ').next() == b.split(' ').next(),
        Test::Sector => {
            let head = |text: &str| text.len().checked_sub(2).and_then(|to| text.get(..to)).map(str::to_owned);
            head(a).is_some() && head(a) == head(b)
        }
        Test::Area => {
            let head = |text: &str| {
                text.chars().take_while(char::is_ascii_alphabetic).collect::<String>()
            };
            !head(a).is_empty() && head(a) == head(b)
        }
        Test::Soundex => {
            let code = super::soundex(a);
            code.is_some() && code == super::soundex(b)
        }
        _ => false,
    }
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

/// The eight digits of a date, the first ones first.
fn digits(code: u32) -> [u8; 8] {
    let (year, month, day) = date_parts(code);
    let mut number = year * 10_000 + month * 100 + day;
    let mut digits = [0; 8];
    for slot in digits.iter_mut().rev() {
        *slot = u8::try_from(number % 10).unwrap_or(0);
        number /= 10;
    }
    digits
}

fn one_digit(a: u32, b: u32) -> bool {
    let (a, b) = (digits(a), digits(b));
    let mut apart = a.iter().zip(&b).enumerate().filter(|(_, (x, y))| x != y);
    match (apart.next(), apart.next(), apart.next()) {
        (_, None, _) => true,
        (Some((at, (x, y))), Some((next, (z, w))), None) => next == at + 1 && x == w && y == z,
        _ => false,
    }
}

/// Days since a day long ago, by the calendar of today.
fn days_of(code: u32) -> u32 {
    let (year, month, day) = date_parts(code);
    let (year, month) = if month <= 2 { (year.saturating_sub(1), month + 9) } else { (year, month - 3) };
    365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day
}
