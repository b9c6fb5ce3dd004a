//! What is done to a filter against attacks on patterns and frequencies of bits.

use super::{scheme::Flips, secret::Key};

/// One half laid over the other: half as many bits, each whether two of the old ones differ.
pub(super) fn fold(filter: &[u64]) -> Vec<u64> {
    let (low, high) = filter.split_at(filter.len() / 2);
    low.iter().zip(high).map(|(low, high)| low ^ high).collect()
}

/// Each bit becomes whether its two neighbours differ; the last one's neighbour is the first.
pub(super) fn rule90(filter: &[u64]) -> Vec<u64> {
    let before = filter.iter().cycle().skip(filter.len().saturating_sub(1));
    let after = filter.iter().cycle().skip(1);
    let all = filter.iter().zip(before).zip(after);
    all.map(|((word, before), after)| (word << 1 | before >> 63) ^ (word >> 1 | after << 63))
        .collect()
}

/// The chance of a flip in parts of 65,536, rounded up: never less noise than was stated.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "between 0 and half of 65,536"
)]
pub(super) fn chance(flips: &Flips) -> u16 {
    (65_536.0 / (1.0 + flips.epsilon.exp())).ceil() as u16
}

/// Turns each bit with a chance in parts of 65,536.
pub(super) fn flip(filter: &mut [u64], chance: u16, key: &Key, message: &[u8]) {
    let mut numbers = key.numbers(message);
    for word in filter {
        for at in 0..64 {
            if numbers.next().is_some_and(|number| number < chance) {
                *word ^= 1 << at;
            }
        }
    }
}

/// A keyed order of the bits.
pub(super) fn order(bits: usize, key: &Key) -> Vec<usize> {
    let mut order: Vec<usize> = (0..bits).collect();
    let mut numbers = key.numbers(b"order");
    for at in (1..bits).rev() {
        let high = numbers.next().unwrap_or_default();
        let low = numbers.next().unwrap_or_default();
        let number = u64::from(high) << 16 | u64::from(low);
        let other = usize::try_from((number * (at as u64 + 1)) >> 32).unwrap_or(0);
        order.swap(at, other);
    }
    order
}

/// The filter with its complement behind it, all bits in a keyed order: every filter has the same number of bits.
pub(super) fn balance(filter: &[u64], order: &[usize]) -> Vec<u64> {
    let wide: Vec<u64> = filter
        .iter()
        .copied()
        .chain(filter.iter().map(|word| !word))
        .collect();
    let mut balanced = vec![0; wide.len()];
    for (to, from) in order.iter().enumerate() {
        if wide
            .get(from / 64)
            .is_some_and(|word| word >> (from % 64) & 1 == 1)
            && let Some(word) = balanced.get_mut(to / 64)
        {
            *word |= 1 << (to % 64);
        }
    }
    balanced
}
