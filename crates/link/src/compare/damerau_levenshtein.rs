//! Edit distances that count the exchange of two neighbours as one edit. There are two, and they differ:
//! from `CA` to `ABC` it is 2 edits where letters may be put between exchanged ones (unrestricted), and 3
//! where each piece of text is edited once (optimal string alignment).

use std::collections::HashMap;

/// Whether one letter put in, left out, changed or exchanged with its neighbour turns one text into the other, or
/// nothing has to. Both forms of the distance agree up to one edit.
pub fn within_one_edit(a: &str, b: &str) -> bool {
    if a.is_ascii() && b.is_ascii() {
        return one_edit(a.as_bytes(), b.as_bytes());
    }
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    one_edit(&a, &b)
}

/// The same for letters.
pub(crate) fn one_edit<T: PartialEq>(a: &[T], b: &[T]) -> bool {
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    if long.len() - short.len() > 1 {
        return false;
    }
    let before = short.iter().zip(long).take_while(|(x, y)| x == y).count();
    let (short, long) = (
        short.get(before..).unwrap_or_default(),
        long.get(before..).unwrap_or_default(),
    );
    let after = short.iter().rev().zip(long.iter().rev());
    let after = after.take_while(|(x, y)| x == y).count();
    let left = long.len() - after;
    match left {
        0 | 1 => true,
        2 if short.len() == long.len() => {
            matches!((short, long), ([a, b, ..], [c, d, ..]) if a == d && b == c)
        }
        _ => false,
    }
}

/// The distance in which each piece of text is edited once.
pub fn osa_distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let width = b.len() + 1;
    let mut two_above = vec![0; width];
    let mut above: Vec<usize> = (0..width).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = Vec::with_capacity(width);
        row.push(i + 1);
        for (j, y) in b.iter().enumerate() {
            let at =
                |row: &[usize], place: usize| row.get(place).copied().unwrap_or(usize::MAX / 2);
            let mut least = (at(&above, j) + usize::from(x != y))
                .min(at(&above, j + 1) + 1)
                .min(at(&row, j) + 1);
            let before = i.checked_sub(1).and_then(|i| a.get(i));
            let behind = j.checked_sub(1).and_then(|j| b.get(j));
            if before == Some(y) && behind == Some(x) && j > 0 {
                least = least.min(at(&two_above, j - 1) + 1);
            }
            row.push(least);
        }
        two_above = std::mem::replace(&mut above, row);
    }
    above.last().copied().unwrap_or_default()
}

/// The distance in which letters may come between two that were exchanged.
pub fn unrestricted_distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let far = a.len() + b.len();
    let width = b.len() + 2;
    let mut table = vec![0; (a.len() + 2) * width];
    let at = |i: usize, j: usize| i * width + j;
    let put = |table: &mut Vec<usize>, place: usize, value: usize| {
        if let Some(cell) = table.get_mut(place) {
            *cell = value;
        }
    };
    let look = |table: &[usize], place: usize| table.get(place).copied().unwrap_or(far);
    put(&mut table, at(0, 0), far);
    for i in 0..=a.len() {
        put(&mut table, at(i + 1, 0), far);
        put(&mut table, at(i + 1, 1), i);
    }
    for j in 0..=b.len() {
        put(&mut table, at(0, j + 1), far);
        put(&mut table, at(1, j + 1), j);
    }
    let mut last_row: HashMap<char, usize> = HashMap::new();
    for (i, x) in (1..).zip(&a) {
        let mut last_column = 0;
        for (j, y) in (1..).zip(&b) {
            let row = last_row.get(y).copied().unwrap_or_default();
            let column = last_column;
            let cost = usize::from(x != y);
            if cost == 0 {
                last_column = j;
            }
            let exchanged = look(&table, at(row, column)) + (i - row - 1) + 1 + (j - column - 1);
            let least = (look(&table, at(i, j)) + cost)
                .min(look(&table, at(i + 1, j)) + 1)
                .min(look(&table, at(i, j + 1)) + 1)
                .min(exchanged);
            put(&mut table, at(i + 1, j + 1), least);
        }
        last_row.insert(*x, i);
    }
    look(&table, at(a.len() + 1, b.len() + 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::tests::texts;

    #[test]
    fn the_two_forms_differ_where_they_should() {
        assert_eq!(unrestricted_distance("CA", "ABC"), 2);
        assert_eq!(osa_distance("CA", "ABC"), 3);
    }

    #[test]
    fn distances_are_those_of_another_library_and_symmetric() {
        let all = texts();
        for a in &all {
            for b in &all {
                let (osa, free) = (osa_distance(a, b), unrestricted_distance(a, b));
                assert_eq!(osa, strsim::osa_distance(a, b), "{a} {b}");
                assert_eq!(free, strsim::damerau_levenshtein(a, b), "{a} {b}");
                assert_eq!(osa, osa_distance(b, a), "{a} {b}");
                assert_eq!(within_one_edit(a, b), osa <= 1, "{a} {b}");
            }
        }
    }
}
