//! A small repeatable source of chance: same seed, same throws. Not for secrets.

use chrono::{Days, NaiveDate};

/// The dice: a counter that is mixed on every throw.
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// Dice that fall alike for the same seed.
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0x5DEE_CE66)
    }

    /// The next 64 bits.
    pub fn throw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 to one below `count`.
    pub fn below(&mut self, count: usize) -> usize {
        let count = count.max(1) as u64;
        usize::try_from(self.throw() % count).unwrap_or(0)
    }

    /// A number from `low` to `high`, both included.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        let width = usize::try_from(high - low + 1).unwrap_or(1);
        low + i64::try_from(self.below(width)).unwrap_or(0)
    }

    /// Whether something that happens in `percent` of cases happens now.
    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// Whether something that happens in `per_mille` of a thousand cases happens now.
    pub fn rarely(&mut self, per_mille: usize) -> bool {
        self.below(1000) < per_mille
    }

    /// One of the values; the default of the type if there are none.
    pub fn pick<T: Clone + Default>(&mut self, values: &[T]) -> T {
        let place = self.below(values.len());
        values.get(place).cloned().unwrap_or_default()
    }

    /// The values in another order.
    pub fn shuffle<T>(&mut self, values: &mut [T]) {
        for last in (1..values.len()).rev() {
            let other = self.below(last + 1);
            values.swap(last, other);
        }
    }
}

/// The day `count` days after (or before, when negative) `day`.
pub fn plus(day: NaiveDate, count: i64) -> NaiveDate {
    let moved = if count < 0 {
        day.checked_sub_days(Days::new(count.unsigned_abs()))
    } else {
        day.checked_add_days(Days::new(count.unsigned_abs()))
    };
    moved.unwrap_or(day)
}

/// The day with this year, month and day of month; the first of 1970 if there is none such.
pub fn day(year: i32, month: u32, of_month: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, of_month).unwrap_or_default()
}
