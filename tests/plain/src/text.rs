//! Text as the methods compare it: without regard to case and to trailing blanks (section 1.1).
//!
//! Leading blanks count. A cell of nothing but blanks equals the empty text, which a file uses for
//! "missing", so it is read as missing.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

/// The one fold through which all text is compared.
pub fn fold(text: &str) -> String {
    text.trim_end_matches(' ').to_lowercase()
}

/// Text that equals, orders and groups by its folded form, and prints as it was written.
#[derive(Clone)]
pub struct Text {
    written: String,
    folded: String,
}

impl Text {
    /// The text without its trailing blanks, or nothing if nothing else is in it.
    pub fn read(cell: &str) -> Option<Self> {
        let written = cell.trim_end_matches(' ');
        (!written.is_empty()).then(|| Self::new(written))
    }

    /// A text that is known to be there.
    pub fn new(written: &str) -> Self {
        Self {
            written: written.to_owned(),
            folded: fold(written),
        }
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.written
    }

    /// As it is compared.
    pub fn folded(&self) -> &str {
        &self.folded
    }

    /// Whether it is this value.
    pub fn is(&self, value: &str) -> bool {
        self.folded == fold(value)
    }

    /// Whether it holds this value somewhere.
    pub fn has(&self, part: &str) -> bool {
        self.folded.contains(&part.to_lowercase())
    }

    /// Whether it begins with this value.
    pub fn begins(&self, start: &str) -> bool {
        self.folded.starts_with(&start.to_lowercase())
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        self.folded == other.folded
    }
}

impl Eq for Text {}

impl PartialOrd for Text {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Text {
    fn cmp(&self, other: &Self) -> Ordering {
        self.folded.cmp(&other.folded)
    }
}

impl Hash for Text {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.folded.hash(state);
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.written)
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

/// Whether a text is there and is this value.
pub fn is(text: Option<&Text>, value: &str) -> bool {
    text.is_some_and(|text| text.is(value))
}

/// Whether a text is there and is one of these values.
pub fn is_one_of(text: Option<&Text>, values: &[&str]) -> bool {
    text.is_some_and(|text| values.iter().any(|value| text.is(value)))
}

/// Whether a text is there and holds this part.
pub fn has(text: Option<&Text>, part: &str) -> bool {
    text.is_some_and(|text| text.has(part))
}

/// Whether a text is there and begins so.
pub fn begins(text: Option<&Text>, start: &str) -> bool {
    text.is_some_and(|text| text.begins(start))
}

/// As written, for a cell.
pub fn cell(text: Option<&Text>) -> Option<String> {
    text.map(|text| text.as_str().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_trailing_blanks_do_not_count_and_leading_blanks_do() {
        assert_eq!(Text::new("Service User  "), Text::new("service user"));
        assert_ne!(Text::new(" Service user"), Text::new("Service user"));
        assert_eq!(Text::read("   "), None);
        assert!(is(Text::read("DIRECT payment ").as_ref(), "Direct payment"));
        assert!(!is(None, "Direct payment"));
    }
}
