//! Rounding to the nearest multiple of a base.
//!
//! With an odd base there are no ties: to 5 it is 5 x floor((n + 2) / 5). With an even base a number
//! can lie in the middle, and the rule set has to say which way it goes.

use crate::Interval;
use serde::{Deserialize, Serialize};

/// Rounding to the nearest multiple.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Round {
    /// Every number shown is a multiple of it.
    pub base: u64,
    /// Where a number goes that lies in the middle; stated for even bases and for those only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ties: Option<Ties>,
}

/// Where a number goes that lies in the middle between two multiples.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ties {
    /// To the larger multiple.
    Up,
    /// To the smaller multiple.
    Down,
    /// To the multiple that is an even number of bases.
    Even,
}

impl Round {
    /// What is wrong with the settings, if anything is.
    pub fn fault(self) -> Option<String> {
        match (self.base, self.ties) {
            (0 | 1, _) => Some("a rounding base is 2 or more".to_owned()),
            (base, None) if base % 2 == 0 => Some(format!(
                "rounding to {base} has ties; say `ties = \"up\"`, `\"down\"` or `\"even\"`"
            )),
            (base, Some(_)) if base % 2 == 1 => {
                Some(format!("rounding to {base} has no ties; leave `ties` out"))
            }
            _ => None,
        }
    }

    /// The number shown.
    pub fn apply(self, count: u64) -> u64 {
        let base = self.base.max(1);
        let (below, rest) = (count / base, count % base);
        let twice = rest.saturating_mul(2);
        let up = twice > base || (twice == base && self.tie_goes_up(below));
        (below + u64::from(up)).saturating_mul(base)
    }

    /// The numbers that are shown so, zero and above; `None` where none is.
    pub fn came_from(self, shown: u64) -> Option<Interval> {
        let base = self.base.max(1);
        if !shown.is_multiple_of(base) {
            return None;
        }
        let multiple = shown / base;
        let half = base / 2;
        // A tie below goes up to this multiple; a tie above stays down at it.
        let (below, above) = if base.is_multiple_of(2) {
            let from_below = multiple > 0 && self.tie_goes_up(multiple - 1);
            (
                half - u64::from(!from_below),
                half - u64::from(self.tie_goes_up(multiple)),
            )
        } else {
            (half, half)
        };
        Some(Interval {
            low: shown.saturating_sub(below),
            high: shown.saturating_add(above),
        })
    }

    fn tie_goes_up(self, multiple_below: u64) -> bool {
        match self.ties {
            Some(Ties::Up) => true,
            Some(Ties::Even) => multiple_below % 2 == 1,
            Some(Ties::Down) | None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Row by row from the multiples themselves: the nearest, and of two nearest the one that the rule names.
    fn slowly(rule: Round, n: u64) -> u64 {
        let distance = |multiple: u64| (multiple * rule.base).abs_diff(n);
        let least = (0..=n).map(distance).min().unwrap();
        let nearest: Vec<u64> = (0..=n + 1).filter(|m| distance(*m) == least).collect();
        let chosen = match (nearest.as_slice(), rule.ties) {
            ([only], _) => *only,
            ([low, _], Some(Ties::Down)) => *low,
            ([_, high], Some(Ties::Up)) => *high,
            ([low, high], Some(Ties::Even)) => {
                [*low, *high].into_iter().find(|m| m % 2 == 0).unwrap()
            }
            _ => panic!("a tie without a rule"),
        };
        chosen * rule.base
    }

    #[test]
    fn every_base_and_tie_rule_equals_the_slow_way() {
        for base in 2..=12 {
            let ties: &[Option<Ties>] = if base % 2 == 0 {
                &[Some(Ties::Up), Some(Ties::Down), Some(Ties::Even)]
            } else {
                &[None]
            };
            for ties in ties {
                let rule = Round { base, ties: *ties };
                assert_eq!(rule.fault(), None);
                let shown: Vec<u64> = (0..=120).map(|n| slowly(rule, n)).collect();
                for (n, expected) in (0u64..).zip(&shown) {
                    assert_eq!(rule.apply(n), *expected, "{n} to base {base}, {ties:?}");
                }
                for value in 0..=60u64 {
                    let first = shown.iter().position(|s| *s == value);
                    let last = shown.iter().rposition(|s| *s == value);
                    let expected = first.zip(last).map(|(low, high)| Interval {
                        low: low as u64,
                        high: high as u64,
                    });
                    assert_eq!(
                        rule.came_from(value),
                        expected,
                        "{value} at base {base}, {ties:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn rounding_to_five_is_the_stated_formula() {
        let rule = Round {
            base: 5,
            ties: None,
        };
        for n in 0..10_000 {
            assert_eq!(rule.apply(n), 5 * ((n + 2) / 5));
        }
    }

    #[test]
    fn an_even_base_has_to_say_where_ties_go() {
        assert!(
            Round {
                base: 10,
                ties: None
            }
            .fault()
            .is_some()
        );
        assert!(
            Round {
                base: 5,
                ties: Some(Ties::Up)
            }
            .fault()
            .is_some()
        );
        assert!(
            Round {
                base: 1,
                ties: None
            }
            .fault()
            .is_some()
        );
    }
}
