//! What a pair weighs: the match weight of Fellegi and Sunter, with classes of pairs beside strangers.
//!
//! Two records may be alike because they are one person, by chance, or because they are relatives or neighbours. In
//! a household the family name, the postcode and (twins) the birth date agree together, so weights that are added up
//! as if they were independent lie. Here each class of pairs has a rate and, within it, independent shares of levels;
//! the weight is the logarithm, to base 2, of the pairs expected of one person against all others:
//!
//! `W = log2( sum over classes of one person of rate * product of shares ) - log2( the same over all other classes )`
//!
//! Strangers are one class: their rate is the number of records that a record is held against, and values count as
//! often as they occur (term frequency). With strangers alone this is the usual prior plus sum of partial weights.

mod by_level;

pub use by_level::{ByLevel, by_level};

use crate::{
    compare::pair::{Levels, Record, SAYS_NOTHING},
    match_model::{Kind, MatchModel, STRANGERS, Shares},
    people::{Clean, Dictionary, MISSING, People},
};

/// At most so many classes, strangers among them.
pub const MOST_CLASSES: usize = 8;

/// A number for each class.
pub type PerClass = [f64; MOST_CLASSES];

/// The shares of levels, by class, as training learns them and scoring uses them. The first class is strangers.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameters {
    /// What each class is called.
    pub names: Vec<String>,
    /// Whether its pairs are one person.
    pub same_person: Vec<bool>,
    /// Pairs of each class for one record.
    pub rates: Vec<f64>,
    /// By class and comparison, the share of each level, the best first and "else" last: one row, or one for each level
    /// of the comparison that it depends on, one after the other, the first for where that one says nothing.
    pub shares: Vec<Vec<Vec<f64>>>,
    /// For each comparison, how many levels it has with "else", and the one that it depends on.
    pub shape: Vec<(usize, Option<usize>)>,
    /// By class and comparison, whether rare values count.
    pub term_frequency: Vec<Vec<bool>>,
    /// Whether training leaves a class as it is.
    pub fixed: Vec<bool>,
    /// By class and comparison, the class whose shares these are: itself, or one before it.
    pub owner: Vec<Vec<usize>>,
    /// By class and comparison, the probability that the true values are the same, where the shares follow from it.
    pub agrees: Vec<Vec<Option<f64>>>,
}

/// Where the first class of one person stands; strangers stand before it.
pub(crate) const ONE_PERSON: usize = 1;

/// The frequencies of one comparison's values.
#[derive(Debug, Clone)]
struct Frequencies {
    column: usize,
    /// The share of each value among all that are there, by code.
    share: Vec<f32>,
    rarest: f64,
    /// The share of pairs of strangers that agree exactly.
    exact: f64,
    /// The strength of each level, and whether it is about an earlier value.
    levels: Vec<(f64, bool)>,
}

/// Ready to weigh pairs.
#[derive(Debug, Clone)]
pub struct Weigher {
    classes: usize,
    /// For each comparison where its levels begin in `lanes`, and for one that depends on another the place of that one
    /// and how long a row is.
    starts: Vec<(usize, Option<(usize, usize)>)>,
    /// For each level of each comparison, the share in every class.
    lanes: Vec<PerClass>,
    rates: PerClass,
    same: [bool; MOST_CLASSES],
    frequencies: Vec<Option<Frequencies>>,
    counts_tf: Vec<[bool; MOST_CLASSES]>,
}

/// What a pair weighs, in parts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weight {
    /// The pairs of one person that would look so, for one record.
    pub same: f64,
    /// The pairs of different people that would look so.
    pub different: f64,
}

impl Weight {
    /// The match weight in bits.
    pub fn bits(self) -> f64 {
        self.same.log2() - self.different.log2()
    }
}

/// What a bar is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BarKind {
    /// What is known before anything is compared.
    Prior,
    /// A comparison.
    Comparison,
    /// How rare the value is that agrees.
    Rarity,
    /// What is taken off because relatives and neighbours look alike too.
    LookAlikes,
    /// What other candidates take off, and what it adds that the person is probably there.
    OtherCandidates,
}

/// One bar of the chart that explains a weight.
#[derive(Debug, Clone, PartialEq)]
pub struct Bar {
    /// What it is about.
    pub kind: BarKind,
    /// The comparison, or what else it is about, in words.
    pub name: String,
    /// The level that held.
    pub level: String,
    /// What it adds to the weight.
    pub bits: f64,
}

impl Parameters {
    /// As the model has them; a share that it leaves out begins as a guess.
    pub fn of(model: &MatchModel) -> Self {
        let mut parameters = Self {
            names: vec![STRANGERS.to_owned()],
            same_person: vec![false],
            rates: vec![1.0],
            shares: Vec::new(),
            term_frequency: vec![vec![true; model.comparisons.len()]],
            fixed: vec![true],
            owner: vec![vec![0; model.comparisons.len()]],
            agrees: vec![vec![None; model.comparisons.len()]],
            shape: (0..model.comparisons.len())
                .map(|at| (model.level_names(at).len(), model.depends_on(at)))
                .collect(),
        };
        let levels = |at: usize| model.level_names(at).len();
        let rows = |at: usize, shares: Option<&Shares>, guess: &dyn Fn() -> Vec<f64>| match shares {
            Some(Shares::Depending(rows)) => rows.concat(),
            Some(Shares::Alone(row)) => row.repeat(model.share_rows(at)),
            None => guess().repeat(model.share_rows(at)),
        };
        let strangers = model
            .comparisons
            .iter()
            .enumerate()
            .map(|(at, comparison)| {
                let known = model
                    .strangers
                    .levels
                    .get(comparison.name.get_ref().as_str());
                rows(at, known, &|| falling(levels(at), 0.001, false))
            });
        let strangers: Vec<Vec<f64>> = strangers.collect();
        for (number, class) in (1..MOST_CLASSES).zip(&model.classes) {
            let like = class.like.as_ref();
            let like = like.and_then(|like| {
                parameters
                    .names
                    .iter()
                    .position(|name| name == like.get_ref())
            });
            let own = |name: &str| class.own.iter().any(|own| own.get_ref() == name);
            let owners = model
                .comparisons
                .iter()
                .enumerate()
                .map(|(at, comparison)| match like {
                    Some(like)
                        if !own(comparison.name.get_ref())
                            && !class
                                .agrees
                                .contains_key(comparison.name.get_ref().as_str()) =>
                    {
                        parameters
                            .owner
                            .get(like)
                            .and_then(|of| of.get(at))
                            .copied()
                            .unwrap_or(like)
                    }
                    _ => number,
                });
            let owners: Vec<usize> = owners.collect();
            let shares = model.comparisons.iter().zip(&strangers).enumerate();
            let shares = shares.map(|(at, (comparison, strangers))| {
                let known = class.levels.get(comparison.name.get_ref().as_str());
                if known.is_none() && !class.same_person {
                    return strangers.clone();
                }
                rows(at, known, &|| falling(levels(at), 0.9, true))
            });
            let shares = shares.collect();
            parameters.owner.push(owners);
            parameters.shares.push(shares);
            parameters.names.push(class.name.get_ref().clone());
            parameters.same_person.push(class.same_person);
            parameters.rates.push(class.rate);
            parameters.fixed.push(class.fixed);
            let agrees = model.comparisons.iter();
            let agrees = agrees.map(|comparison| {
                class
                    .agrees
                    .get(comparison.name.get_ref().as_str())
                    .copied()
            });
            parameters.agrees.push(agrees.collect());
            let counted = |name: &str| class.term_frequency.iter().any(|c| c.get_ref() == name);
            let comparisons = model.comparisons.iter();
            parameters
                .term_frequency
                .push(comparisons.map(|c| counted(c.name.get_ref())).collect());
        }
        parameters.shares.insert(0, strangers);
        parameters.share_out();
        parameters
    }

    /// Gives every class the shares that follow from others: those of the class that owns them, or those of one
    /// person and of strangers mixed.
    pub fn share_out(&mut self) {
        for class in 0..self.classes() {
            for comparison in 0..self.shape.len() {
                let owner = self
                    .owner
                    .get(class)
                    .and_then(|of| of.get(comparison))
                    .copied()
                    .unwrap_or(class);
                let agrees = self
                    .agrees
                    .get(class)
                    .and_then(|of| of.get(comparison))
                    .copied()
                    .flatten();
                let shares = match agrees {
                    Some(agrees) => self.mixed(comparison, agrees),
                    None if owner != class => self.shares_of(owner, comparison).to_vec(),
                    None => continue,
                };
                if let Some(slot) = self
                    .shares
                    .get_mut(class)
                    .and_then(|of| of.get_mut(comparison))
                {
                    *slot = shares;
                }
            }
        }
    }

    fn mixed(&self, comparison: usize, agrees: f64) -> Vec<f64> {
        let pairs = self
            .shares_of(ONE_PERSON, comparison)
            .iter()
            .zip(self.shares_of(0, comparison));
        pairs
            .map(|(same, other)| agrees.mul_add(same - other, *other))
            .collect()
    }

    /// The shares of a comparison in a class.
    pub fn shares_of(&self, class: usize, comparison: usize) -> &[f64] {
        let shares = self.shares.get(class).and_then(|of| of.get(comparison));
        shares.map(Vec::as_slice).unwrap_or_default()
    }

    /// How many classes there are, strangers among them.
    pub fn classes(&self) -> usize {
        self.names.len()
    }
}

/// Shares that fall from the best level on, or rise to it.
fn falling(levels: usize, best: f64, from_best: bool) -> Vec<f64> {
    let others = levels.saturating_sub(1).max(1);
    let mut rest = 1.0 - best;
    let mut shares = vec![best];
    for at in 0..others {
        let share = if at + 1 == others {
            rest
        } else if from_best {
            rest / 2.0
        } else {
            rest * 0.01
        };
        shares.push(share);
        rest -= share;
    }
    shares
}

/// How many records a record is held against, on average.
#[expect(
    clippy::cast_precision_loss,
    reason = "no file has 2 to the power of 52 records"
)]
pub fn strangers_rate(kind: Kind, left: usize, right: usize) -> f64 {
    match kind {
        Kind::Trace | Kind::Link => right as f64,
        Kind::Dedupe => (left.saturating_sub(1)) as f64 / 2.0,
        Kind::LinkAndDedupe => ((left + right).saturating_sub(1)) as f64 / 2.0,
    }
}

/// How often the values of the compared columns occur, over both sides together.
#[derive(Debug, Clone)]
pub struct Counts {
    /// For each comparison whose values are weighed by how often they occur: the share of each value, by code.
    of: Vec<Option<Vec<f32>>>,
    /// For each comparison, the share of pairs that would agree by chance.
    pub exact: Vec<Option<f64>>,
}

impl Counts {
    /// For a comparison that is weighed by frequency: the share of each value by its code, and of pairs that agree.
    pub fn shares(&self, comparison: usize) -> Option<(&[f32], f64)> {
        let shares = self.of.get(comparison)?.as_deref()?;
        Some((shares, self.exact.get(comparison).copied().flatten()?))
    }

    /// Counts the values of both sides; of one file, `right` is `None`.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        reason = "a share needs no more than single precision"
    )]
    pub fn of(
        model: &MatchModel,
        dictionary: &Dictionary,
        left: &People,
        right: Option<&People>,
    ) -> Self {
        let mut counts = Self {
            of: Vec::new(),
            exact: Vec::new(),
        };
        for comparison in &model.comparisons {
            let column = model.column(comparison.column.get_ref()).unwrap_or(0);
            let clean = model.columns.get(column).map_or(Clean::Code, |c| c.clean);
            if clean == Clean::Number {
                counts.of.push(None);
                // Nobody shares a number; two records in a thousand million is the floor.
                counts.exact.push(Some(1e-9));
                continue;
            }
            let distinct = dictionary.domain(clean).distinct();
            let (of_left, filled_left) = left.counts(column, distinct);
            let (of_right, filled_right) = match right {
                Some(right) => right.counts(column, distinct),
                None => (Vec::new(), 0),
            };
            let rate = |count: u32, filled: u64| f64::from(count) / (filled.max(1) as f64);
            let exact: f64 = if right.is_some() {
                let pairs = of_left.iter().zip(&of_right);
                pairs
                    .map(|(a, b)| rate(*a, filled_left) * rate(*b, filled_right))
                    .sum()
            } else {
                of_left.iter().map(|a| rate(*a, filled_left).powi(2)).sum()
            };
            counts.exact.push(Some(exact.max(1e-9)));
            let share = comparison.term_frequency.then(|| {
                let filled = filled_left + filled_right;
                let mut all = of_left;
                for (sum, more) in all.iter_mut().zip(&of_right) {
                    *sum = sum.saturating_add(*more);
                }
                all.iter()
                    .map(|count| rate(*count, filled) as f32)
                    .collect()
            });
            counts.of.push(share);
        }
        counts
    }
}

impl Weigher {
    /// From what was learned and how often values occur; `strangers` is how many records a record is held against.
    pub fn new(
        model: &MatchModel,
        parameters: &Parameters,
        counts: &Counts,
        strangers: f64,
    ) -> Self {
        let classes = parameters.classes();
        let mut weigher = Self {
            classes,
            starts: Vec::new(),
            lanes: Vec::new(),
            rates: [0.0; MOST_CLASSES],
            same: [false; MOST_CLASSES],
            frequencies: Vec::new(),
            counts_tf: Vec::new(),
        };
        for class in 0..classes {
            let rate = if class == 0 {
                strangers
            } else {
                parameters.rates.get(class).copied().unwrap_or(0.0)
            };
            set(&mut weigher.rates, class, rate);
            let same = parameters.same_person.get(class).copied().unwrap_or(false);
            if let Some(slot) = weigher.same.get_mut(class) {
                *slot = same;
            }
        }
        for (at, comparison) in model.comparisons.iter().enumerate() {
            let levels = comparison.levels.len() + 1;
            let parent = model.depends_on(at).map(|parent| (parent, levels + 1));
            weigher.starts.push((weigher.lanes.len(), parent));
            for row in 0..model.share_rows(at) {
                let mut nothing = [0.0; MOST_CLASSES];
                nothing
                    .iter_mut()
                    .take(classes)
                    .for_each(|lane| *lane = 1.0);
                weigher.lanes.push(nothing);
                for level in 0..levels {
                    let mut lane = [0.0; MOST_CLASSES];
                    for (class, slot) in lane.iter_mut().enumerate().take(classes) {
                        let shares = parameters
                            .shares
                            .get(class)
                            .and_then(|shares| shares.get(at));
                        let share = shares.and_then(|shares| shares.get(row * levels + level));
                        *slot = share.copied().unwrap_or(1e-9).max(1e-12);
                    }
                    weigher.lanes.push(lane);
                }
            }
            let mut counted = [false; MOST_CLASSES];
            for (slot, of_class) in counted.iter_mut().zip(&parameters.term_frequency) {
                *slot = of_class.get(at).copied().unwrap_or(false);
            }
            weigher.counts_tf.push(counted);
            let share = counts.of.get(at).cloned().flatten();
            weigher.frequencies.push(share.map(|share| {
                Frequencies {
                    column: model.column(comparison.column.get_ref()).unwrap_or(0),
                    share,
                    rarest: comparison.rarest.max(1e-9),
                    exact: parameters
                        .shares
                        .first()
                        .and_then(|shares| shares.get(at)?.first())
                        .copied()
                        .unwrap_or(1e-9)
                        .max(1e-12),
                    levels: comparison
                        .levels
                        .iter()
                        .map(|level| (level.tf, level.when.get_ref().contains(" earlier ")))
                        .collect(),
                }
            }));
        }
        weigher
    }

    /// How often the value of a pair occurs, against the average, to the power of the level's strength: below 1 for
    /// a rare value. 1 where the frequency says nothing.
    fn rarity(&self, comparison: usize, level: u8, left: &Record<'_>, right: &Record<'_>) -> f64 {
        let Some(Some(frequencies)) = self.frequencies.get(comparison) else {
            return 1.0;
        };
        let place = usize::from(level).wrapping_sub(1);
        let Some((strength, earlier)) = frequencies.levels.get(place) else {
            return 1.0;
        };
        if *strength <= 0.0 {
            return 1.0;
        }
        let share = |code: u32| match code {
            MISSING => 0.0,
            _ => frequencies.share.get(code as usize).copied().unwrap_or(0.0),
        };
        let left = share(left.code(frequencies.column));
        // The value that agreed with an earlier one is the left one.
        let right = if *earlier {
            0.0
        } else {
            share(right.code(frequencies.column))
        };
        let of_pair = f64::from(left.max(right)).max(frequencies.rarest);
        let ratio = of_pair / frequencies.exact;
        if (*strength - 1.0).abs() < f64::EPSILON {
            ratio
        } else {
            ratio.powf(*strength)
        }
    }

    fn lane(&self, comparison: usize, levels: &Levels) -> &PerClass {
        const NONE: PerClass = [1.0; MOST_CLASSES];
        let level_of = |comparison: usize| levels.get(comparison).copied().map_or(0, usize::from);
        let Some((start, parent)) = self.starts.get(comparison) else {
            return &NONE;
        };
        let row = parent.map_or(0, |(parent, length)| level_of(parent) * length);
        self.lanes
            .get(start + row + level_of(comparison))
            .unwrap_or(&NONE)
    }

    /// What each class expects of pairs that look like this one.
    pub fn per_class(&self, levels: &Levels, left: &Record<'_>, right: &Record<'_>) -> PerClass {
        let mut expected = self.rates;
        for (comparison, level) in levels.iter().enumerate().take(self.starts.len()) {
            if *level != SAYS_NOTHING {
                self.add_level(&mut expected, comparison, levels);
                self.add_rarity(&mut expected, comparison, *level, left, right);
            }
        }
        expected
    }

    /// What the level of a comparison changes in each class.
    #[inline]
    fn add_level(&self, expected: &mut PerClass, comparison: usize, levels: &Levels) {
        let lane = self.lane(comparison, levels);
        for (sum, share) in expected.iter_mut().zip(lane) {
            *sum *= share;
        }
    }

    /// What the rarity of the value changes in the classes in which it counts.
    #[inline]
    fn add_rarity(
        &self,
        expected: &mut PerClass,
        comparison: usize,
        level: u8,
        left: &Record<'_>,
        right: &Record<'_>,
    ) {
        let rarity = self.rarity(comparison, level, left, right);
        if (rarity - 1.0).abs() > f64::EPSILON {
            let counted = self.counts_tf.get(comparison);
            for (sum, counted) in expected.iter_mut().zip(counted.into_iter().flatten()) {
                if *counted {
                    *sum *= rarity;
                }
            }
        }
    }

    /// How many pairs of one person are expected for each record.
    pub fn same_rate(&self) -> f64 {
        let rates = self.rates.iter().zip(&self.same);
        rates.filter(|(_, same)| **same).map(|(rate, _)| rate).sum()
    }

    /// What a pair weighs.
    pub fn weigh(&self, levels: &Levels, left: &Record<'_>, right: &Record<'_>) -> Weight {
        let expected = self.per_class(levels, left, right);
        let mut weight = Weight {
            same: 0.0,
            different: 0.0,
        };
        for (sum, same) in expected.iter().zip(&self.same).take(self.classes) {
            if *same {
                weight.same += sum;
            } else {
                weight.different += sum;
            }
        }
        weight
    }

    /// The match weight in bars: the prior, each comparison, the rarity of its value, and what is taken off because
    /// relatives and neighbours look alike too. Their sum is the match weight.
    pub fn bars(
        &self,
        model: &MatchModel,
        levels: &Levels,
        left: &Record<'_>,
        right: &Record<'_>,
    ) -> Vec<Bar> {
        let bar = |kind: BarKind, name: &str, level: &str, bits: f64| Bar {
            kind,
            name: name.to_owned(),
            level: level.to_owned(),
            bits,
        };
        // Each bar is what it changes in the classes of one person together against strangers, in the order of the model.
        let so_far = |expected: &PerClass| {
            let same = expected.iter().zip(&self.same);
            let same: f64 = same.filter(|(_, same)| **same).map(|(sum, _)| sum).sum();
            same.log2() - expected.first().copied().unwrap_or(1.0).log2()
        };
        let mut expected = self.rates;
        let mut before = so_far(&expected);
        let words = "Before anything is compared";
        let mut bars = vec![bar(BarKind::Prior, words, "", before)];
        for (at, comparison) in model.comparisons.iter().enumerate() {
            let level = levels.get(at).copied().unwrap_or(SAYS_NOTHING);
            let names = model.level_names(at);
            let name = usize::from(level).checked_sub(1);
            let Some(name) = name.and_then(|level| names.get(level).copied()) else {
                continue;
            };
            let about = comparison.name.get_ref();
            self.add_level(&mut expected, at, levels);
            let alike = so_far(&expected);
            bars.push(bar(BarKind::Comparison, about, name, alike - before));
            self.add_rarity(&mut expected, at, level, left, right);
            before = so_far(&expected);
            if (before - alike).abs() > f64::EPSILON {
                let words = format!("{about}: how rare");
                bars.push(bar(BarKind::Rarity, &words, name, before - alike));
            }
        }
        let weight = self.weigh(levels, left, right);
        let words = "Relatives and neighbours look alike too";
        bars.push(bar(BarKind::LookAlikes, words, "", weight.bits() - before));
        bars
    }
}

fn set(lanes: &mut PerClass, at: usize, value: f64) {
    if let Some(slot) = lanes.get_mut(at) {
        *slot = value;
    }
}
