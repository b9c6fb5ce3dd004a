//! Where people lived: one address for most, two or three for those who moved in these years.

use super::{Stay, Town, home};
use crate::{days, draw::Draw, facts::Facts};
use model::Date;

/// The places of a household, earliest first.
pub(super) fn of_household(facts: &Facts, council: u8, age: u32, draw: &mut Draw) -> Vec<Stay> {
    let now = home(&facts.ground, council, age, draw).unwrap_or(0);
    let rates = &facts.rates.moves;
    let moved = draw.chance(rates.a_year * facts.calendar.years());
    if !moved {
        return vec![Stay {
            from: Date::MIN,
            postcode: now,
        }];
    }
    let on = day_in_history(facts, draw);
    let before = if draw.chance(rates.within_council) {
        home(&facts.ground, council, age, draw)
    } else if draw.chance(rates.from_neighbour) {
        neighbour(facts, council, draw)
            .and_then(|neighbour| home(&facts.ground, neighbour, age, draw))
    } else {
        draw.pick(&facts.ground.elsewhere).copied()
    };
    vec![
        Stay {
            from: Date::MIN,
            postcode: before.unwrap_or(now),
        },
        Stay {
            from: on,
            postcode: now,
        },
    ]
}

/// The places of someone who left the household for elsewhere.
pub(super) fn of_leaver(facts: &Facts, stays: &[Stay], draw: &mut Draw) -> Vec<Stay> {
    let on = day_in_history(facts, draw);
    let mut places: Vec<Stay> = stays.iter().filter(|s| s.from < on).copied().collect();
    if let Some(postcode) = draw.pick(&facts.ground.elsewhere) {
        places.push(Stay {
            from: on,
            postcode: *postcode,
        });
    }
    places
}

/// Another council of the place, more likely a larger one.
pub(super) fn neighbour(facts: &Facts, council: u8, draw: &mut Draw) -> Option<u8> {
    let others: Vec<u8> = (0u8..)
        .zip(&facts.ground.councils)
        .map(|(at, _)| at)
        .filter(|at| *at != council)
        .collect();
    draw.pick(&others).copied()
}

/// A day of the history, each as likely.
pub(super) fn day_in_history(facts: &Facts, draw: &mut Draw) -> Date {
    let into = draw.between(1, facts.calendar.length() - 1);
    days::plus(facts.calendar.begins, into)
}

impl Town {
    /// Keeps the places of a person who was born on a day: those that ended before it are left out.
    pub(super) fn keep_stays(&mut self, stays: &[Stay], born: Date) -> (u32, u8) {
        let first = u32::try_from(self.stays.len()).unwrap_or(u32::MAX);
        let at_birth = stays.iter().rposition(|s| s.from <= born).unwrap_or(0);
        let kept = stays.get(at_birth..).unwrap_or_default();
        self.stays.extend_from_slice(kept);
        (first, u8::try_from(kept.len()).unwrap_or(u8::MAX))
    }
}
