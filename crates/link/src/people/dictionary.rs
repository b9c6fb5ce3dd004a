//! The distinct values of both sides, by kind, and the lists that names stand in.

use super::{
    Clean, Cleaned, Domain,
    clean::{self, NoValues},
    domain::date_code,
};
use crate::{clean::postcode_key, compare::Place};
use chrono::Datelike as _;
use std::collections::{BTreeMap, HashMap};

/// The kinds of values.
const KINDS: [Clean; 6] = [
    Clean::Name,
    Clean::Postcode,
    Clean::Date,
    Clean::Number,
    Clean::Code,
    Clean::List,
];

/// Lists of names that mean one: nicknames, spellings of one name in another script.
#[derive(Debug, Clone, Default)]
pub struct Lists {
    /// For a name, the sets it stands in; sets are numbered over all lists.
    sets: HashMap<String, Vec<u32>>,
    /// For each list, the number of its first set, and of the first set after it.
    bounds: BTreeMap<String, (u32, u32)>,
    next: u32,
}

impl Lists {
    /// Adds a list: each set is the names that mean one. A name may stand in several sets.
    pub fn add<'a>(&mut self, list: &str, sets: impl IntoIterator<Item = Vec<&'a str>>) {
        let from = self.next;
        for set in sets {
            for name in set {
                let key = crate::clean::name_letters(name).join(" ");
                let of = self.sets.entry(key).or_default();
                if of.last() != Some(&self.next) {
                    of.push(self.next);
                }
            }
            self.next += 1;
        }
        self.bounds.insert(list.to_owned(), (from, self.next));
    }

    /// The numbers of a list's sets.
    pub fn bounds(&self, list: &str) -> Option<(u32, u32)> {
        self.bounds.get(list).copied()
    }

    /// The names of the lists.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.bounds.keys().map(String::as_str)
    }

    fn of(&self, name: &str) -> Vec<u32> {
        self.sets.get(name).cloned().unwrap_or_default()
    }
}

/// Whether the words after the first of a column's value belong to another column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Split {
    /// The value is one.
    Whole,
    /// The first word stays, the others go elsewhere.
    FirstApart,
}

/// The distinct values of both sides.
#[derive(Debug, Clone)]
pub struct Dictionary {
    /// One for each kind, in the order of [`KINDS`].
    domains: [Domain; KINDS.len()],
    lists: Lists,
    no: NoValues,
}

impl Dictionary {
    /// Without values.
    pub fn new(lists: Lists) -> Self {
        Self {
            domains: KINDS.map(Domain::new),
            lists,
            no: NoValues::default(),
        }
    }

    /// The same, where these texts count as no value: words of names, beginnings of postcodes, codes, dates, and
    /// all dates before the earliest.
    #[must_use]
    pub fn without(
        mut self,
        names: &[String],
        places: &[String],
        codes: &[String],
        dates: &[String],
        earliest: Option<&str>,
    ) -> Self {
        let bare = NoValues::default();
        self.no = NoValues {
            names: names.iter().map(|n| n.to_uppercase()).collect(),
            places: places.to_vec(),
            codes: codes.iter().map(|c| c.to_uppercase()).collect(),
            earliest: earliest.map_or(0, |day| clean::date(day, &bare)),
            dates: dates.iter().map(|day| clean::date(day, &bare)).collect(),
            latest: self.no.latest,
        };
        self
    }

    /// The same, where all dates after a day count as missing; of several such days the earliest counts.
    #[must_use]
    pub fn until(mut self, day: model::Date) -> Self {
        let year = u32::try_from(day.year()).unwrap_or(0);
        let code = date_code(year, day.month(), day.day());
        self.no.latest = Some(self.no.latest.map_or(code, |before| before.min(code)));
        self
    }

    /// The values of one kind.
    pub fn domain(&self, kind: Clean) -> &Domain {
        let [name, postcode, date, number, code, list] = &self.domains;
        match kind {
            Clean::Name => name,
            Clean::Postcode => postcode,
            Clean::Date => date,
            Clean::Number => number,
            Clean::Code => code,
            Clean::List => list,
        }
    }

    fn domain_mut(&mut self, kind: Clean) -> &mut Domain {
        let [name, postcode, date, number, code, list] = &mut self.domains;
        match kind {
            Clean::Name => name,
            Clean::Postcode => postcode,
            Clean::Date => date,
            Clean::Number => number,
            Clean::Code => code,
            Clean::List => list,
        }
    }

    /// The lists of names.
    pub fn lists(&self) -> &Lists {
        &self.lists
    }

    /// Cleans a value and gives its code.
    pub fn clean(&mut self, kind: Clean, text: &str, split: Split) -> Cleaned {
        let [name, postcode, _, number, codes, lists] = &mut self.domains;
        let no = &self.no;
        let code = match kind {
            Clean::Name => return clean::name(name, text, no, split == Split::FirstApart),
            Clean::Postcode => clean::postcode(postcode, text, no),
            Clean::Date => clean::date(text, no),
            Clean::Number => clean::number(number, text),
            Clean::Code => clean::code(codes, text, no),
            Clean::List => clean::list(lists, text, no),
        };
        Cleaned { code, rest: 0 }
    }

    /// The code of two names put one after the other.
    pub fn joined(&mut self, first: u32, second: u32) -> u32 {
        let domain = self.domain_mut(Clean::Name);
        match (first, second) {
            (0, code) | (code, 0) => code,
            (a, b) => {
                let text = format!("{} {}", domain.text(a), domain.text(b));
                domain.code(&text)
            }
        }
    }

    /// Says where a postcode is; one that no record has is not kept.
    pub fn locate(&mut self, postcode: &str, place: Place) {
        if let Some(key) = postcode_key(postcode) {
            self.domain_mut(Clean::Postcode).locate(&key, place);
        }
    }

    /// Works out what comparisons need of every new value. Call it when both sides are read.
    pub fn describe(&mut self) {
        let lists = &self.lists;
        for domain in &mut self.domains {
            domain.describe(|name| lists.of(name));
        }
    }
}
