//! Several versions of one agreement, and which of them holds on a day.

use super::{Agreement, House, State, locate, names, path_of};
use model::{Content, ContentError, Date};
use std::{cmp::Ordering, collections::BTreeMap, sync::Arc};

/// Every agreement that is known, each with all its versions.
#[derive(Debug, Clone, Default)]
pub struct Agreements {
    /// By reference; the versions of each in ascending order, at least one.
    by_reference: BTreeMap<String, Vec<Agreement>>,
}

/// The order of versions: by their parts as numbers where they are numbers, so that 1.10 follows 1.9.
pub fn version_order(a: &str, b: &str) -> Ordering {
    let parts = |version: &str| -> Vec<(u64, String)> {
        version
            .split('.')
            .map(|part| (part.parse().unwrap_or(u64::MAX), part.to_owned()))
            .collect()
    };
    parts(a).cmp(&parts(b))
}

impl Agreements {
    /// Reads those of content. One that makes no sense stops the rest: a half-read set of agreements
    /// would answer "there is no such agreement" where the truth is "there is, and it is broken".
    pub fn read(content: &Content) -> Result<Self, ContentError> {
        let house = Arc::new(House::read(content)?);
        let mut all = Self::default();
        for name in names(content) {
            let agreement = Agreement::of_content(content, &name, &house)?;
            if let Some(other) = all.add(agreement) {
                let path = path_of(&name);
                let says = format!(
                    "`{}` is the reference and version of `{}` too",
                    other.reference, other.name
                );
                return Err(ContentError::Mistake {
                    message: locate::pointing_at(content.text(&path)?, "reference", &says),
                    path,
                });
            }
        }
        Ok(all)
    }

    /// Adds a version. Where the same version is known already, the new one takes its place and the
    /// one that was known comes back.
    pub fn add(&mut self, agreement: Agreement) -> Option<Agreement> {
        let versions = self
            .by_reference
            .entry(agreement.reference.clone())
            .or_default();
        let same = |known: &Agreement| version_order(&known.version, &agreement.version);
        match versions.binary_search_by(same) {
            Ok(at) => versions
                .get_mut(at)
                .map(|known| std::mem::replace(known, agreement)),
            Err(at) => {
                versions.insert(at, agreement);
                None
            }
        }
    }

    /// The newest version of the agreement with this reference that was ever signed by all; the newest
    /// of all, where none was. What holds on a day is [`on`](Self::on).
    pub fn get(&self, reference: &str) -> Option<&Agreement> {
        let versions = self.by_reference.get(reference)?;
        versions
            .iter()
            .rev()
            .find(|version| version.state(Date::MAX).came_into_force())
            .or_else(|| versions.last())
    }

    /// The version of an agreement that speaks for it on a day: the newest that has come into force,
    /// even where it has been stopped or has ended since, so that no older one comes back. Before any
    /// has, the newest of those that have come furthest.
    pub fn on(&self, reference: &str, day: Date) -> Option<&Agreement> {
        let versions = self.by_reference.get(reference)?;
        versions
            .iter()
            .rev()
            .find(|version| version.state(day).came_into_force() && version.term.start <= day)
            .or_else(|| {
                // Of equals, `max_by_key` takes the last, which is the newest.
                versions
                    .iter()
                    .max_by_key(|version| how_far(version.state(day)))
            })
    }

    /// The version that permits something on a day, if any does.
    pub fn in_force(&self, reference: &str, day: Date) -> Option<&Agreement> {
        self.on(reference, day)
            .filter(|version| version.state(day) == State::Active)
    }

    /// The agreements, each by the version that [`get`](Self::get) gives, by reference.
    pub fn iter(&self) -> impl Iterator<Item = &Agreement> {
        self.by_reference
            .keys()
            .filter_map(|reference| self.get(reference))
    }

    /// The agreements, each by the version that speaks for it on a day, by reference.
    pub fn iter_on(&self, day: Date) -> impl Iterator<Item = &Agreement> {
        self.by_reference
            .keys()
            .filter_map(move |reference| self.on(reference, day))
    }

    /// Every version of an agreement, the oldest first.
    pub fn versions(&self, reference: &str) -> &[Agreement] {
        self.by_reference.get(reference).map_or(&[], Vec::as_slice)
    }

    /// One version of an agreement.
    pub fn version(&self, reference: &str, version: &str) -> Option<&Agreement> {
        self.versions(reference)
            .iter()
            .find(|known| known.version == version)
    }

    /// Every version of every agreement, by reference and version.
    pub fn every_version(&self) -> impl Iterator<Item = &Agreement> {
        self.by_reference.values().flatten()
    }
}

/// How far a version that has not come into force has come.
const fn how_far(state: State) -> u8 {
    match state {
        State::Draft => 0,
        State::Submitted => 1,
        State::Approved => 2,
        _ => 3,
    }
}
