//! Array intersection: how many items two lists have in common.

/// What stands between the items of a cleaned list. No item holds it.
pub const BETWEEN: char = ';';

/// How many items stand in both of two cleaned lists, which are in order and hold each item once.
pub fn shared_items(a: &str, b: &str) -> usize {
    let (mut left, mut right) = (a.split(BETWEEN).peekable(), b.split(BETWEEN).peekable());
    let mut shared = 0;
    while let (Some(x), Some(y)) = (left.peek(), right.peek()) {
        match x.cmp(y) {
            std::cmp::Ordering::Less => left.next(),
            std::cmp::Ordering::Greater => right.next(),
            std::cmp::Ordering::Equal => {
                shared += usize::from(!x.is_empty());
                left.next();
                right.next()
            }
        };
    }
    shared
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    #[test]
    fn items_in_both_are_counted_once() {
        for (a, b, expected) in [
            ("A;B;C", "B;C;D", 2),
            ("A", "A", 1),
            ("A", "AB", 0),
            ("A;B", "C", 0),
            ("", "", 0),
            ("", "A", 0),
            ("07700 900001;07700 900002", "07700 900002", 1),
        ] {
            assert_eq!(shared_items(a, b), expected, "{a} {b}");
            assert_eq!(shared_items(b, a), expected, "{b} {a}");
        }
    }

    proptest! {
        #[test]
        fn as_many_are_shared_as_two_sets_share(
            a in proptest::collection::btree_set("[A-C]{1,2}", 0..8),
            b in proptest::collection::btree_set("[A-C]{1,2}", 0..8),
        ) {
            let list = |set: &BTreeSet<String>| {
                set.iter().map(String::as_str).collect::<Vec<_>>().join(";")
            };
            prop_assert_eq!(shared_items(&list(&a), &list(&b)), a.intersection(&b).count());
        }
    }
}
