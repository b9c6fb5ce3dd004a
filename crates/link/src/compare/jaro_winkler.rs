//! Jaro and Jaro-Winkler similarity, from 0 (nothing alike) to 1 (the same).
//!
//! The bonus for a common beginning is a tenth for each of up to four letters, and is given only where Jaro is
//! above 0.7, as Winkler does; some engines leave that condition out.

/// Letters of a common beginning that count, what each adds, and from where on they count at all.
const PREFIX: usize = 4;
const BONUS: f64 = 0.1;
const FROM: f64 = 0.7;
/// Texts of up to so many letters are compared with one word of bits.
const IN_A_WORD: usize = 64;

/// The Jaro-Winkler similarity of two texts.
pub fn jaro_winkler(a: &str, b: &str) -> f64 {
    let jaro = jaro(a, b);
    if jaro <= FROM {
        return jaro;
    }
    let same = if a.is_ascii() && b.is_ascii() {
        let pairs = a.bytes().zip(b.bytes()).take(PREFIX);
        pairs.take_while(|(x, y)| x == y).count()
    } else {
        let pairs = a.chars().zip(b.chars()).take(PREFIX);
        pairs.take_while(|(x, y)| x == y).count()
    };
    (BONUS * as_number(same)).mul_add(1.0 - jaro, jaro)
}

/// The Jaro similarity of two texts.
pub fn jaro(a: &str, b: &str) -> f64 {
    if a.is_ascii() && b.is_ascii() && a.len() <= IN_A_WORD && b.len() <= IN_A_WORD {
        return of_bytes(a.as_bytes(), b.as_bytes());
    }
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    of_letters(&a, &b)
}

/// Letters that agree count where they stand no further apart than half the longer text, less one.
fn window(a: usize, b: usize) -> usize {
    (a.max(b) / 2).saturating_sub(1)
}

fn of_bytes(a: &[u8], b: &[u8]) -> f64 {
    let window = window(a.len(), b.len());
    let (mut of_a, mut of_b) = (0u64, 0u64);
    for (at, letter) in a.iter().enumerate() {
        let from = at.saturating_sub(window);
        let near = b.iter().enumerate().skip(from).take(at + window + 1 - from);
        for (place, other) in near {
            let bit = 1u64 << place;
            if other == letter && of_b & bit == 0 {
                of_a |= 1 << at;
                of_b |= bit;
                break;
            }
        }
    }
    let matches = of_a.count_ones() as usize;
    let mut exchanged = 0;
    let (mut left_a, mut left_b) = (of_a, of_b);
    while left_a != 0 {
        let (x, y) = (left_a.trailing_zeros(), left_b.trailing_zeros());
        exchanged += usize::from(a.get(x as usize) != b.get(y as usize));
        left_a &= left_a - 1;
        left_b &= left_b - 1;
    }
    score(matches, exchanged, a.len(), b.len())
}

fn of_letters(a: &[char], b: &[char]) -> f64 {
    let window = window(a.len(), b.len());
    let mut taken = vec![false; b.len()];
    let mut of_a = Vec::new();
    for (at, letter) in a.iter().enumerate() {
        let from = at.saturating_sub(window);
        let near = b.iter().zip(&mut taken).skip(from);
        for (other, taken) in near.take(at + window + 1 - from) {
            if other == letter && !*taken {
                *taken = true;
                of_a.push(letter);
                break;
            }
        }
    }
    let of_b = b.iter().zip(&taken).filter(|(_, taken)| **taken);
    let exchanged = of_a.iter().zip(of_b).filter(|(x, (y, _))| **x != *y);
    score(of_a.len(), exchanged.count(), a.len(), b.len())
}

fn score(matches: usize, exchanged: usize, a: usize, b: usize) -> f64 {
    if a == 0 && b == 0 {
        return 1.0;
    }
    if matches == 0 {
        return 0.0;
    }
    let m = as_number(matches);
    let pairs = as_number(exchanged / 2);
    (m / as_number(a) + m / as_number(b) + (m - pairs) / m) / 3.0
}

#[expect(clippy::cast_precision_loss, reason = "lengths of names")]
const fn as_number(n: usize) -> f64 {
    n as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::tests::texts;

    #[test]
    fn published_pairs_have_their_published_values() {
        assert!((jaro("MARTHA", "MARHTA") - 0.9444).abs() < 5e-5);
        for (a, b, expected) in [
            ("MARTHA", "MARHTA", 0.9611),
            ("DIXON", "DICKSONX", 0.8133),
            ("DWAYNE", "DUANE", 0.8400),
            ("SMITH", "SMYTHE", 0.8578),
            ("KATHERINE", "CATHERINE", 0.9259),
            ("JONES", "JOHNSON", 0.8324),
            ("MOHAMMED", "MUHAMMAD", 0.8500),
            // Not above 0.7 before the bonus, so there is none.
            ("ABC", "ABXYZ", 0.6889),
            ("", "", 1.0),
            ("A", "", 0.0),
        ] {
            let got = jaro_winkler(a, b);
            assert!((got - expected).abs() < 5e-5, "{a} {b}: {got}");
        }
    }

    #[test]
    fn words_of_bits_and_lists_of_letters_agree_and_so_does_another_library() {
        let all = texts();
        for a in &all {
            for b in &all {
                let (x, y): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
                let plain = of_letters(&x, &y);
                assert_eq!(jaro(a, b).to_bits(), plain.to_bits(), "{a} {b}");
                assert!((plain - strsim::jaro(a, b)).abs() < 1e-12, "{a} {b}");
                assert!((plain - of_letters(&y, &x)).abs() < 1e-12, "{a} {b}");
            }
        }
    }
}
