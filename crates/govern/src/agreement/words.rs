//! An agreement in plain English: the sentence at the head of its page, and the page clause by clause.

mod page;

pub use page::Section;

use super::clauses::{Clauses, Identifiability, PreferenceKind};
use super::predicate::{CodeSet, Predicate};
use chrono::Datelike;
use model::Date;

impl Clauses {
    /// Who may see what, for which purpose, until when.
    pub fn sentence(&self) -> String {
        let people = match self.access.users.len() {
            1 => "One named person".to_owned(),
            n => format!("{n} named people"),
        };
        let organisations = list_in_words(
            self.access.organisations.iter().map(|o| self.name_of(o)),
            "and",
        );
        let tables = list_in_words(self.datasets.values().map(|d| d.title.as_str()), "and");
        let purposes = list_in_words(self.purposes.iter().map(|p| p.code.words()), "and");
        let seen = match self.identifiability {
            Identifiability::AnonymousAggregate => "protected counts, and no rows, from",
            Identifiability::Deidentified => {
                "rows under pseudonyms, without names or NHS numbers, of"
            }
            Identifiability::PersonalConfidential => "rows that say who each person is, of",
        };
        let named = self.reidentification.as_ref().map(|clause| {
            let professionals = match clause.professionals.len() {
                1 => "One named professional".to_owned(),
                n => format!("{n} named professionals"),
            };
            format!(
                " {professionals} may learn who the people of a list are, once two others have agreed."
            )
        });
        format!(
            "{people} at {organisations} may see {seen} {tables}, {}, for {purposes}, from {} until the end of {}.{}",
            self.rows_in_words(),
            day_in_words(self.term.start),
            day_in_words(self.term.end),
            named.unwrap_or_default(),
        )
    }

    /// Which rows the agreement is about, less those of people who opted out.
    pub fn rows_in_words(&self) -> String {
        let rows = self.minimisation.words();
        let applied: Vec<&str> = self
            .opt_outs
            .applied()
            .into_iter()
            .map(PreferenceKind::words)
            .collect();
        if applied.is_empty() {
            rows
        } else {
            format!(
                "{rows}, leaving out people with {}",
                list_in_words(applied, "or")
            )
        }
    }
}

impl Predicate {
    /// The predicate in words: each begins with what it says of the rows.
    pub fn words(&self) -> String {
        let several = |below: &[Self], word| {
            let parts: Vec<String> = below.iter().map(Self::words).collect();
            list_in_words(parts.iter().map(String::as_str), word)
        };
        match self {
            Self::All(below) => several(below, "and"),
            Self::Any(below) => format!("either {}", several(below, "or")),
            Self::Council(codes) => format!("about people known to {}", names(codes)),
            Self::ResidentIn(codes) => format!("about people living in {}", names(codes)),
            Self::RegisteredWith(codes) => {
                format!("about people registered with a GP at {}", names(codes))
            }
            Self::TreatedBy(codes) => format!("about care given by {}", names(codes)),
            Self::CommissionedBy(codes) => format!("about care paid for by {}", names(codes)),
            Self::HasCode(codes) | Self::InCohort(codes) => format!("about {}", names(codes)),
            Self::HasCodeFrom(set) => format!("about {}", set.title),
            Self::LinkedWith(codes) => format!("linked to the person as {}", names(codes)),
            Self::Period(period) => match (period.from, period.to) {
                (Some(from), Some(to)) => {
                    format!(
                        "in records from {} to {}",
                        day_in_words(from),
                        day_in_words(to)
                    )
                }
                (Some(from), None) => format!("in records from {} onwards", day_in_words(from)),
                (None, Some(to)) => format!("in records up to {}", day_in_words(to)),
                (None, None) => "at any time".to_owned(),
            },
            Self::Age(ages) => match (ages.from, ages.to) {
                (Some(from), Some(to)) => format!("about people aged {from} to {to}"),
                (Some(from), None) => format!("about people aged {from} and over"),
                (None, Some(to)) => format!("about people aged {to} and under"),
                (None, None) => "about people of any age".to_owned(),
            },
            Self::Everyone(_) => "about everyone in the table".to_owned(),
        }
    }
}

/// What codes are called, each name once.
fn names(codes: &CodeSet) -> String {
    let mut names: Vec<&str> = Vec::new();
    for name in codes.values() {
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    list_in_words(names, "or")
}

/// A day in words, such as 1 April 2026.
pub fn day_in_words(day: Date) -> String {
    format!("{} {}", day.day(), day.format("%B %Y"))
}

/// A list in words: `a, b and c`.
pub fn list_in_words<'a>(parts: impl IntoIterator<Item = &'a str>, word: &str) -> String {
    let parts: Vec<&str> = parts.into_iter().collect();
    match parts.as_slice() {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [first @ .., last] => format!("{} {word} {last}", first.join(", ")),
    }
}
