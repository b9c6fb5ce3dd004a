//! How alike two filters are.

/// The Dice coefficient from the bits that both have, and the bits that each has; 0 where neither has any.
#[expect(
    clippy::cast_precision_loss,
    reason = "counts of bits are far below 2^52"
)]
pub fn dice(common: usize, left: usize, right: usize) -> f64 {
    let both = left + right;
    if both == 0 {
        0.0
    } else {
        (2 * common) as f64 / both as f64
    }
}

/// The fewest bits that filters of `both` bits together must share to be as alike as `threshold`; at least one.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share of a count of bits"
)]
pub fn needed(threshold: f64, both: usize) -> usize {
    let mut common = (threshold * both as f64 / 2.0).max(1.0) as usize;
    // Rounding is put right by the same division that tells the likeness, so that the two never disagree.
    while common > 1 && dice(common - 1, both, 0) >= threshold {
        common -= 1;
    }
    while common < both && dice(common, both, 0) < threshold {
        common += 1;
    }
    common
}
