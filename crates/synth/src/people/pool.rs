//! The pool: how many people of each age and sex are still to be housed.

use super::Sex;
use crate::{
    draw::{Draw, fixed},
    facts::AgeRow,
};

/// People still to be housed, by age and sex.
pub(super) struct Pool {
    male: Vec<u32>,
    female: Vec<u32>,
}

/// So many people, scaled and rounded.
pub(super) fn scaled(people: u32, share: f64) -> u32 {
    u32::try_from(fixed(f64::from(people) * share + 0.5, 1.0)).unwrap_or(u32::MAX)
}

impl Pool {
    /// `people` in the proportions of the source, exactly: the largest remainders are rounded up.
    pub(super) fn new(rows: &[AgeRow], people: u32) -> Self {
        let total: f64 = rows.iter().map(|r| r.male + r.female).sum();
        let cells: Vec<f64> = rows
            .iter()
            .flat_map(|r| [r.male, r.female])
            .map(|n| n * f64::from(people) / total.max(1.0))
            .collect();
        let mut counts: Vec<u32> = cells
            .iter()
            .map(|c| u32::try_from(fixed(*c, 1.0)).unwrap_or(0))
            .collect();
        let mut short = people.saturating_sub(counts.iter().sum());
        let mut order: Vec<usize> = (0..cells.len()).collect();
        let rest = |at: usize| {
            let cell = cells.get(at).copied().unwrap_or(0.0);
            cell - cell.floor()
        };
        order.sort_by(|a, b| rest(*b).total_cmp(&rest(*a)).then(a.cmp(b)));
        for at in order {
            if short == 0 {
                break;
            }
            if let Some(count) = counts.get_mut(at) {
                *count += 1;
                short -= 1;
            }
        }
        let oldest = rows.iter().map(|r| r.age).max().unwrap_or(0) as usize;
        let mut pool = Self {
            male: vec![0; oldest + 1],
            female: vec![0; oldest + 1],
        };
        for (row, pair) in rows.iter().zip(counts.chunks(2)) {
            if let [male, female] = pair {
                *pool.slot(Sex::Male, row.age) += male;
                *pool.slot(Sex::Female, row.age) += female;
            }
        }
        pool
    }

    #[expect(
        clippy::indexing_slicing,
        reason = "ages come from the rows that set the lengths, or are checked by `left`"
    )]
    fn slot(&mut self, sex: Sex, age: u32) -> &mut u32 {
        match sex {
            Sex::Male => &mut self.male[age as usize],
            Sex::Female => &mut self.female[age as usize],
        }
    }

    fn left(&self, sex: Sex, age: u32) -> u32 {
        let list = match sex {
            Sex::Male => &self.male,
            Sex::Female => &self.female,
        };
        list.get(age as usize).copied().unwrap_or(0)
    }

    /// Takes someone of this sex whose age is nearest to `age` and within the bounds; `None` if there is nobody.
    pub(super) fn take(&mut self, sex: Sex, age: i32, low: i32, high: i32) -> Option<u32> {
        let high = high.min(i32::try_from(self.male.len()).unwrap_or(0) - 1);
        for away in 0..=(high - low).max(0) {
            for candidate in [age - away, age + away] {
                if candidate < low || candidate > high {
                    continue;
                }
                let Ok(candidate) = u32::try_from(candidate) else {
                    continue;
                };
                if self.left(sex, candidate) > 0 {
                    *self.slot(sex, candidate) -= 1;
                    return Some(candidate);
                }
            }
        }
        None
    }

    /// Takes anyone whose age is within the bounds, as likely as there are such people.
    pub(super) fn take_any(&mut self, low: u32, high: u32, draw: &mut Draw) -> Option<(Sex, u32)> {
        let span = low..=high.min(u32::try_from(self.male.len()).unwrap_or(0));
        let total: u32 = span
            .clone()
            .map(|age| self.left(Sex::Male, age) + self.left(Sex::Female, age))
            .sum();
        if total == 0 {
            return None;
        }
        let mut mark = draw.below(total);
        for age in span {
            for sex in [Sex::Male, Sex::Female] {
                let here = self.left(sex, age);
                if mark < here {
                    *self.slot(sex, age) -= 1;
                    return Some((sex, age));
                }
                mark -= here;
            }
        }
        None
    }

    /// How many adults are left.
    pub(super) fn adults(&self) -> u32 {
        let adults = |list: &[u32]| list.iter().skip(18).sum::<u32>();
        adults(&self.male) + adults(&self.female)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::Topic;

    #[test]
    fn everyone_is_housed_once_in_the_proportions_of_the_source() {
        let rows: Vec<AgeRow> = (0..90)
            .map(|age| AgeRow {
                age,
                male: 10.0 + f64::from(age % 7),
                female: 11.0,
            })
            .collect();
        let mut pool = Pool::new(&rows, 777);
        let mut draw = Draw::of(1, Topic::Households, 0);
        let mut taken = 0;
        while pool.take_any(0, 120, &mut draw).is_some() {
            taken += 1;
        }
        assert_eq!(taken, 777);
    }

    #[test]
    fn the_nearest_age_is_taken() {
        let rows: Vec<AgeRow> = [30, 40]
            .into_iter()
            .map(|age| AgeRow {
                age,
                male: 1.0,
                female: 1.0,
            })
            .collect();
        let mut pool = Pool::new(&rows, 4);
        assert_eq!(pool.take(Sex::Female, 36, 25, 45), Some(40));
        assert_eq!(pool.take(Sex::Female, 36, 25, 45), Some(30));
        assert_eq!(pool.take(Sex::Female, 36, 25, 45), None);
        assert_eq!(pool.take(Sex::Male, 36, 20, 29), None);
    }
}
