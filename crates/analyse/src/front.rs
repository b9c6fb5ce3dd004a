//! The first comment of a query, which says what it is.

use std::collections::BTreeMap;

/// The `-- key: value` lines at the head of a query; an indented comment line goes on with the one before.
pub(crate) fn front_matter(text: &str) -> BTreeMap<String, String> {
    let mut front: BTreeMap<String, String> = BTreeMap::new();
    let mut last: Option<String> = None;
    for line in text.lines().map_while(|line| line.strip_prefix("--")) {
        if let (Some(more), Some(key)) = (line.strip_prefix("   "), &last) {
            if let Some(value) = front.get_mut(key) {
                value.push(' ');
                value.push_str(more.trim());
            }
        } else if let Some((key, value)) = line.split_once(':') {
            front.insert(key.trim().to_owned(), value.trim().to_owned());
            last = Some(key.trim().to_owned());
        }
    }
    front
}
