//! Code lists as the check uses them: every spelling that a value may have, and what it stands for.
//!
//! A value is compared without regard to letter case, the style of dashes and the number of spaces;
//! whether it was exact is kept, because the sender is told.

use super::suggest::letters;
use csv_core::{ReadRecordResult, Reader};
use model::{Content, ContentError};
use serde::Deserialize;
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::OnceLock,
};

/// A code list with all that is known about its values.
#[derive(Debug, Clone)]
pub struct CodeBook {
    /// The list's name, which is that of its file.
    pub name: String,
    /// What people call it.
    pub title: String,
    /// Where it comes from.
    pub source: String,
    /// What an earlier release is called, where one is mapped to this list.
    pub earlier_release: Option<String>,
    /// What a later release is called, where this list is mapped to one.
    pub later_release: Option<String>,
    /// The names of the columns beside the value, such as `group`.
    attributes: Vec<String>,
    entries: Vec<Entry>,
    /// Spelling without case, dash style and doubled spaces, to position in `entries`.
    folded: HashMap<String, u16>,
    /// The values on the list, each with its letters alone; worked out when a suggestion is first looked for.
    letters: OnceLock<Vec<(String, String)>>,
}

/// One value that the list knows.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// The official spelling.
    pub(crate) value: String,
    pub(crate) standing: Standing,
    /// Whether the release that is mapped to this one, where one is, does not have it.
    pub(crate) only_here: bool,
    /// By position: for a value on the list, the value of the later release that took its place; for a value
    /// of the later release, the one on the list to which it goes back.
    counterpart: Option<u16>,
    /// The text that lands in its place, where that is another: the value of the later release.
    pub(crate) lands_as: Option<String>,
    /// One text for each of the book's attributes.
    attributes: Vec<String>,
}

impl Entry {
    const fn new(value: String, standing: Standing, attributes: Vec<String>) -> Self {
        Self {
            value,
            standing,
            only_here: false,
            counterpart: None,
            lands_as: None,
            attributes,
        }
    }

    /// The text that lands; `None` where the cell lands as it was sent.
    pub(crate) fn landing(&self) -> Option<&str> {
        match self.standing {
            Standing::Earlier { .. } => None,
            Standing::Listed | Standing::Withdrawn | Standing::Later => {
                Some(self.lands_as.as_ref().unwrap_or(&self.value))
            }
        }
    }
}

/// What a value is to the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// On the list.
    Listed,
    /// Once on the list, or on it in another state: known, but not to be used.
    Withdrawn,
    /// Valid in a later release only.
    Later,
    /// Valid in an earlier release only.
    Earlier {
        /// The value that took its place, by position.
        equivalent: Option<u16>,
        /// Whether the equivalent is confirmed (or known not to exist).
        sure: bool,
    },
}

/// The file beside a list that says what it is.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Description {
    title: String,
    source: String,
    #[serde(default, rename = "note")]
    _note: Option<String>,
    /// Lists whose values count as part of this one.
    #[serde(default)]
    with: Vec<String>,
    #[serde(default)]
    earlier: Option<Earlier>,
    #[serde(default)]
    later: Option<Later>,
    /// Other spellings that are taken for a value.
    #[serde(default)]
    also: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Earlier {
    release: String,
    mapping: String,
}

/// A later release in whose values files land.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Later {
    release: String,
    /// The list of that release.
    list: String,
    mapping: String,
}

/// A line of a mapping from an earlier release to a later one.
struct Mapped<'a> {
    value: &'a str,
    equivalent: Option<&'a str>,
    /// Whether it is what the later value goes back to, where several do.
    goes_back: bool,
}

const CONFIRMED: [&str; 2] = ["certain", "likely"];

impl CodeBook {
    /// Reads `codes/<name>.csv` and the `.toml` beside it.
    pub fn read(content: &Content, name: &str) -> Result<Self, ContentError> {
        let about: Description = content.toml(&format!("codes/{name}.toml"))?;
        let mut book = Self {
            name: name.to_owned(),
            title: about.title,
            source: about.source,
            earlier_release: about.earlier.as_ref().map(|e| e.release.clone()),
            later_release: about.later.as_ref().map(|l| l.release.clone()),
            attributes: Vec::new(),
            entries: Vec::new(),
            folded: HashMap::new(),
            letters: OnceLock::new(),
        };
        for part in std::iter::once(name).chain(about.with.iter().map(String::as_str)) {
            book.add_file(content, part)?;
        }
        let beside = format!("codes/{name}.toml");
        for (spelling, value) in &about.also {
            let position = book.position(value).ok_or_else(|| ContentError::Mistake {
                path: beside.clone(),
                message: format!("`{value}` is not a value of the list `{name}`"),
            })?;
            book.folded.insert(fold(spelling), position);
        }
        if let Some(earlier) = about.earlier {
            book.add_earlier(content, &earlier.mapping)?;
        }
        if let Some(later) = about.later {
            book.add_later(content, &later)?;
        }
        Ok(book)
    }

    fn add_file(&mut self, content: &Content, name: &str) -> Result<(), ContentError> {
        let path = format!("codes/{name}.csv");
        let mut records = records(content.text(&path)?).into_iter();
        let header = records.next().unwrap_or_default();
        let mistake = |message: String| ContentError::Mistake {
            path: path.clone(),
            message,
        };
        if header.first().map(String::as_str) != Some("value") {
            return Err(mistake("the first column must be `value`".to_owned()));
        }
        let others: Vec<String> = header.into_iter().skip(1).collect();
        if self.entries.is_empty() {
            self.attributes = others;
        } else if self.attributes != others {
            return Err(mistake(format!(
                "the columns differ from those of `{}`, whose values these join",
                self.name
            )));
        }
        for record in records {
            let mut cells = record.into_iter();
            let value = cells.next().unwrap_or_default();
            let mut attributes: Vec<String> = cells.collect();
            attributes.resize(self.attributes.len(), String::new());
            let status = self
                .attributes
                .iter()
                .position(|a| a == "status")
                .and_then(|at| attributes.get(at));
            let standing = if status.is_none_or(|s| s == "current") {
                Standing::Listed
            } else {
                Standing::Withdrawn
            };
            let spelling = fold(&value);
            let position = self.next_position(&path)?;
            if self.folded.insert(spelling, position).is_some() {
                return Err(mistake(format!("`{value}` is on the list twice")));
            }
            self.entries.push(Entry::new(value, standing, attributes));
        }
        Ok(())
    }

    fn add_earlier(&mut self, content: &Content, mapping: &str) -> Result<(), ContentError> {
        let path = format!("codes/{mapping}.csv");
        let confidence = self.attributes.iter().position(|a| a == "confidence");
        let records = records(content.text(&path)?);
        let mapped = mapped(&records, &self.name);
        let before: BTreeSet<String> = mapped.iter().map(|line| fold(line.value)).collect();
        for entry in &mut self.entries {
            entry.only_here = !before.contains(&fold(&entry.value));
        }
        for line in mapped {
            let value = line.value;
            if self.folded.contains_key(&fold(value)) {
                continue;
            }
            let target = self.target(&path, line.equivalent)?;
            let sure = target.is_none_or(|at| {
                self.entries
                    .get(usize::from(at))
                    .zip(confidence)
                    .and_then(|(entry, at)| entry.attributes.get(at))
                    .is_none_or(|c| CONFIRMED.contains(&c.as_str()))
            });
            let position = self.next_position(&path)?;
            self.folded.insert(fold(value), position);
            let standing = Standing::Earlier {
                equivalent: target,
                sure,
            };
            let attributes = vec![String::new(); self.attributes.len()];
            self.entries
                .push(Entry::new(value.to_owned(), standing, attributes));
        }
        Ok(())
    }

    /// Adds the values of a later release, and what each value of this one is called there.
    fn add_later(&mut self, content: &Content, later: &Later) -> Result<(), ContentError> {
        let path = format!("codes/{}.csv", later.list);
        for entry in &mut self.entries {
            entry.only_here = true;
        }
        let mut values = records(content.text(&path)?).into_iter();
        let header = values.next().unwrap_or_default();
        for record in values {
            let mut cells = header.iter().zip(record);
            let Some((_, value)) = cells.next() else {
                continue;
            };
            let stated: BTreeMap<&String, String> = cells.collect();
            if let Some(same) = self.position(&value) {
                if let Some(entry) = self.entries.get_mut(usize::from(same)) {
                    entry.only_here = false;
                    entry.lands_as = (entry.value != value).then_some(value);
                }
                continue;
            }
            let attributes = self.attributes.iter();
            let attributes = attributes.map(|name| stated.get(name).cloned().unwrap_or_default());
            let entry = Entry::new(value, Standing::Later, attributes.collect());
            let position = self.next_position(&path)?;
            self.folded.insert(fold(&entry.value), position);
            self.entries.push(entry);
        }
        let path = format!("codes/{}.csv", later.mapping);
        let records = records(content.text(&path)?);
        for line in mapped(&records, &later.list) {
            let own = self
                .position(line.value)
                .ok_or_else(|| ContentError::Mistake {
                    path: path.clone(),
                    message: format!(
                        "`{}` is not a value of the list `{}`",
                        line.value, self.name
                    ),
                })?;
            let target = self.target(&path, line.equivalent)?;
            let Some(target) = target.filter(|target| *target != own) else {
                continue;
            };
            if let Some(entry) = self.entries.get_mut(usize::from(own)) {
                entry.counterpart = Some(target);
                entry.lands_as = line.equivalent.map(str::to_owned);
            }
            if let Some(entry) = self.entries.get_mut(usize::from(target)) {
                // The first that maps to it, unless another one is named as what it goes back to.
                if entry.counterpart.is_none() || line.goes_back {
                    entry.counterpart = Some(own);
                }
            }
        }
        Ok(())
    }

    /// The position of an equivalent, where there is one.
    fn target(&self, path: &str, equivalent: Option<&str>) -> Result<Option<u16>, ContentError> {
        let Some(equivalent) = equivalent else {
            return Ok(None);
        };
        self.position(equivalent)
            .map(Some)
            .ok_or_else(|| ContentError::Mistake {
                path: path.to_owned(),
                message: format!("`{equivalent}` is not a value of the list `{}`", self.name),
            })
    }

    fn next_position(&self, path: &str) -> Result<u16, ContentError> {
        u16::try_from(self.entries.len())
            .ok()
            .filter(|n| *n < u16::MAX - 2)
            .ok_or_else(|| ContentError::Mistake {
                path: path.to_owned(),
                message: "a code list holds at most 65,000 values".to_owned(),
            })
    }

    /// The values on the list, in order.
    pub fn values(&self) -> impl Iterator<Item = &str> {
        self.entries
            .iter()
            .filter(|e| e.standing == Standing::Listed)
            .map(|e| e.value.as_str())
    }

    /// The values on the list, in order, each with its letters alone.
    pub(super) fn letters(&self) -> &[(String, String)] {
        self.letters.get_or_init(|| {
            self.values()
                .map(|value| (value.to_owned(), letters(value)))
                .collect()
        })
    }

    /// The values on the list, in order, each with what stands beside it.
    pub fn listed(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.entries
            .iter()
            .filter(|e| e.standing == Standing::Listed)
            .map(|e| (e.value.as_str(), e.attributes.as_slice()))
    }

    /// The values of the earlier release that are not on the list, in order, each with the one that took its
    /// place.
    pub fn earlier(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.entries.iter().filter_map(|e| match e.standing {
            Standing::Earlier { equivalent, .. } => {
                let now = equivalent.and_then(|at| self.entry(at));
                Some((e.value.as_str(), now.map(|n| n.value.as_str())))
            }
            _ => None,
        })
    }

    /// The names of the columns that the list has beside its values.
    pub fn attribute_names(&self) -> impl Iterator<Item = &str> {
        self.attributes.iter().map(String::as_str)
    }

    /// The official spelling of a value on the list, however it was typed.
    pub fn official(&self, text: &str) -> Option<&str> {
        let entry = self.entry(self.position(text)?)?;
        (entry.standing == Standing::Listed).then_some(entry.value.as_str())
    }

    /// The value on the list that a value of another release is called here: the one that took the place of
    /// an earlier value, or to which a later value goes back.
    pub fn equivalent(&self, text: &str) -> Option<&str> {
        let entry = self.entry(self.position(text)?)?;
        let here = match entry.standing {
            Standing::Earlier { equivalent, .. } => equivalent,
            Standing::Later => entry.counterpart,
            Standing::Listed | Standing::Withdrawn => None,
        };
        self.entry(here?).map(|e| e.value.as_str())
    }

    /// The text that lands in the place of a value, however it was typed: that of the later release where the
    /// list is mapped to one, and the official spelling otherwise.
    pub fn lands_as(&self, text: &str) -> Option<&str> {
        let entry = self.entry(self.position(text)?)?;
        entry.landing()
    }

    /// What an official value of the later release is called here, letter for letter, where that is another text.
    pub(crate) fn written_here(&self, text: &str) -> Option<&str> {
        let entry = self.entry(self.position(text)?)?;
        let here = match entry.standing {
            Standing::Later if entry.value == text => self.entry(entry.counterpart?)?,
            Standing::Listed if entry.lands_as.as_deref() == Some(text) => entry,
            _ => return None,
        };
        Some(&here.value)
    }

    /// Whether some value lands as another text than its own.
    pub(crate) fn changes_on_landing(&self) -> bool {
        self.entries.iter().any(|e| e.lands_as.is_some())
    }

    /// The value as whose equal a value counts in conditions, by position: that of the later of two releases.
    pub(crate) fn stands_for(&self, position: u16) -> u16 {
        let other = self.entry(position).and_then(|entry| match entry.standing {
            Standing::Earlier { equivalent, .. } => equivalent,
            Standing::Listed => entry.counterpart,
            Standing::Later | Standing::Withdrawn => None,
        });
        other.unwrap_or(position)
    }

    /// Whether the value is one of the earlier of two releases that nothing in the later one stands for.
    pub(crate) fn is_without_equivalent(&self, position: u16) -> bool {
        self.entry(position)
            .is_some_and(|entry| match entry.standing {
                Standing::Earlier { equivalent, .. } => equivalent.is_none(),
                Standing::Listed => {
                    self.later_release.is_some() && entry.only_here && entry.counterpart.is_none()
                }
                Standing::Later | Standing::Withdrawn => false,
            })
    }

    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    pub(crate) fn entry(&self, position: u16) -> Option<&Entry> {
        self.entries.get(usize::from(position))
    }

    /// The position of a value, however it was typed.
    pub(crate) fn position(&self, text: &str) -> Option<u16> {
        self.folded.get(&fold(text)).copied()
    }

    /// The position of a value that is already folded.
    pub(crate) fn folded_position(&self, folded: &str) -> Option<u16> {
        self.folded.get(folded).copied()
    }

    /// What an attribute says of a value; a value of an earlier release says what its equivalent does.
    pub(crate) fn attribute(&self, position: u16, name: &str) -> Option<&str> {
        let at = self.attributes.iter().position(|a| a == name)?;
        let entry = self.entry(position)?;
        let standing_for = match entry.standing {
            Standing::Earlier {
                equivalent: Some(now),
                ..
            } => self.entry(now)?,
            _ => entry,
        };
        standing_for.attributes.get(at).map(String::as_str)
    }
}

/// The lines of a mapping (list, value, equivalent, confidence, `goes_back`) that are about a list of the
/// later release.
fn mapped<'a>(records: &'a [Vec<String>], list: &str) -> Vec<Mapped<'a>> {
    let header = records.first();
    let back = header.and_then(|h| h.iter().position(|name| name == "goes_back"));
    let mut lines = Vec::new();
    for record in records.iter().skip(1) {
        if let [of, value, equivalent, ..] = record.as_slice()
            && of == list
        {
            lines.push(Mapped {
                value,
                equivalent: Some(equivalent.as_str()).filter(|e| !e.is_empty()),
                goes_back: back
                    .and_then(|at| record.get(at))
                    .is_some_and(|said| said == "yes"),
            });
        }
    }
    lines
}

/// A spelling without letter case, dash style and doubled spaces.
pub(crate) fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut gap = false;
    for c in text.trim().chars() {
        if c.is_whitespace() {
            gap = true;
            continue;
        }
        if gap {
            out.push(' ');
            gap = false;
        }
        match c {
            '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' | '\u{ff0d}' => {
                out.push('-');
            }
            _ => out.extend(c.to_lowercase()),
        }
    }
    out
}

/// The records of a CSV text, for small files of our own.
pub(crate) fn records(text: &str) -> Vec<Vec<String>> {
    let mut reader = Reader::new();
    let mut input = text.as_bytes();
    let mut cells = vec![0; text.len() + 1];
    let mut ends = vec![0; text.len() + 1];
    let mut out = Vec::new();
    let (mut wrote, mut ended) = (0, 0);
    loop {
        let (result, read, written, n) = reader.read_record(
            input,
            cells.get_mut(wrote..).unwrap_or_default(),
            ends.get_mut(ended..).unwrap_or_default(),
        );
        input = input.get(read..).unwrap_or_default();
        wrote += written;
        ended += n;
        match result {
            ReadRecordResult::Record => {
                let mut start = 0;
                let record = ends
                    .iter()
                    .take(ended)
                    .map(|end| {
                        let cell = cells.get(start..*end).unwrap_or_default();
                        start = *end;
                        String::from_utf8_lossy(cell).into_owned()
                    })
                    .collect();
                out.push(record);
                (wrote, ended) = (0, 0);
            }
            ReadRecordResult::InputEmpty => {}
            ReadRecordResult::End
            | ReadRecordResult::OutputFull
            | ReadRecordResult::OutputEndsFull => return out,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn book() -> CodeBook {
        let file = |path: &str, text: &str| (path.to_owned(), text.as_bytes().to_vec());
        let content = Content::from_files([
            file(
                "codes/colour.csv",
                "value,confidence,group\nDeep red,certain,warm\nSea - blue,inferred,cold\n",
            ),
            file(
                "codes/colour.toml",
                "title = \"Colour\"\nsource = \"nobody\"\n[earlier]\nrelease = \"Old\"\nmapping = \"old\"\n[also]\ncrimson = \"Deep red\"\n",
            ),
            file(
                "codes/old.csv",
                "list,value,equivalent,confidence\ncolour,DEEP RED,Deep red,certain\ncolour,Rouge,Deep red,certain\ncolour,Bleu,Sea - blue,certain\ncolour,Vert,,certain\n",
            ),
        ]);
        CodeBook::read(&content, "colour").unwrap()
    }

    #[test]
    fn spelling_counts_only_in_letters() {
        let book = book();
        assert_eq!(book.official("deep  RED "), Some("Deep red"));
        assert_eq!(book.official("sea – blue"), Some("Sea - blue"));
        assert_eq!(book.official("Crimson"), Some("Deep red"));
        assert_eq!(book.official("sea -blue"), None);
        assert_eq!(book.values().count(), 2);
    }

    #[test]
    fn earlier_values_stand_for_their_equivalents() {
        let book = book();
        assert_eq!(book.official("rouge"), None);
        assert_eq!(book.equivalent("ROUGE"), Some("Deep red"));
        assert_eq!(book.equivalent("Vert"), None);
        let standing = |text| book.entry(book.position(text).unwrap()).unwrap().standing;
        assert!(matches!(
            standing("Rouge"),
            Standing::Earlier { sure: true, .. }
        ));
        assert!(matches!(
            standing("Bleu"),
            Standing::Earlier { sure: false, .. }
        ));
        assert!(matches!(
            standing("Vert"),
            Standing::Earlier {
                sure: true,
                equivalent: None
            }
        ));
        assert_eq!(
            book.attribute(book.position("Rouge").unwrap(), "group"),
            Some("warm")
        );
    }
}
