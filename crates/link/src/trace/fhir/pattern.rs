//! What a name or postcode must be like: equal, or with `*` for whatever stands there.

/// A cleaned text in pieces; between two pieces anything may stand.
#[derive(Clone)]
pub(super) struct Pattern {
    pieces: Vec<String>,
}

impl Pattern {
    /// Cleans the pieces of a text. `least` characters must stand before the first `*`.
    pub(super) fn read(
        text: &str,
        least: usize,
        clean: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, String> {
        let pieces: Vec<String> = text
            .split('*')
            .map(|piece| clean(piece).unwrap_or_default())
            .collect();
        let first = pieces.first().map_or(0, |piece| piece.chars().count());
        if pieces.len() > 1 && first < least {
            return Err(format!("must have {least} characters before the first `*`"));
        }
        if first == 0 {
            return Err("must have letters or digits".to_owned());
        }
        Ok(Self { pieces })
    }

    /// Whether it has a `*`.
    pub(super) const fn is_wild(&self) -> bool {
        self.pieces.len() > 1
    }

    /// All of it, where it has no `*`.
    pub(super) fn whole(&self) -> Option<&str> {
        match self.pieces.as_slice() {
            [whole] => Some(whole),
            _ => None,
        }
    }

    /// Whether a cleaned text is like this.
    pub(super) fn fits(&self, text: &str) -> bool {
        let [first, between @ .., last] = self.pieces.as_slice() else {
            return self.whole() == Some(text);
        };
        let Some(mut rest) = text.strip_prefix(first.as_str()) else {
            return false;
        };
        for piece in between {
            match rest.find(piece.as_str()) {
                Some(at) => rest = rest.get(at + piece.len()..).unwrap_or_default(),
                None => return false,
            }
        }
        rest.ends_with(last.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name_key;

    #[test]
    fn wildcards_stand_for_anything_after_two_letters() {
        for (pattern, fits, not) in [
            ("Sm*", &["SM", "SMITH", "SMYTHE"][..], &["S", "ASMITH"][..]),
            ("sm*th", &["SMITH", "SMTH"], &["SMITHE", "SM"]),
            ("ann*a*e", &["ANNMARIE", "ANNAE"], &["ANNE", "ANNA"]),
            ("O'B*", &["OBRIEN"], &["ORBISON"]),
            ("smith", &["SMITH"], &["SMITHE", "SMIT", ""]),
            ("smith**", &["SMITH", "SMITHSON"], &["SMIT"]),
        ] {
            let pattern_read = Pattern::read(pattern, 2, name_key).unwrap();
            for text in fits {
                assert!(pattern_read.fits(text), "{pattern} {text}");
            }
            for text in not {
                assert!(!pattern_read.fits(text), "{pattern} {text}");
            }
        }
        for none in ["*", "S*", "*mith", "S*mith", "'O*", "", "'", "12"] {
            assert!(Pattern::read(none, 2, name_key).is_err(), "{none}");
        }
    }
}
