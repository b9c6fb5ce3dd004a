//! The state of preferences that an answer is made from, as one line of text: which version of the table, and which
//! cleaned lists with their digest, when each was asked for and when it runs out. Never who is on a list.

use super::{PUT_BACK, RESTRICTION};
use crate::agreement::{clauses::PreferenceKind, day_in_words, day_of};
use chrono::{DateTime, SecondsFormat, Utc};

/// A cleaned list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CleanedList {
    /// The code of the kind of preference.
    pub kind: String,
    /// The keyed digest of the list.
    pub digest: String,
    /// When it was asked for: what a person said later is not in it.
    pub requested_at: DateTime<Utc>,
    /// From when it must not be used.
    pub expires_at: DateTime<Utc>,
}

/// The state of preferences.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PreferenceState {
    /// Names and versions of tables, such as `opt_out@3`.
    pub tables: Vec<String>,
    /// The cleaned lists, one of a kind.
    pub lists: Vec<CleanedList>,
}

impl CleanedList {
    /// A list that there is none of.
    pub fn none(kind: &str) -> Self {
        Self {
            kind: kind.to_owned(),
            digest: "none".to_owned(),
            requested_at: DateTime::UNIX_EPOCH,
            expires_at: DateTime::UNIX_EPOCH,
        }
    }
}

impl PreferenceState {
    /// The line that decisions and releases keep.
    pub fn line(&self) -> String {
        let moment = |at: &DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Secs, true);
        let lists = self.lists.iter().map(|list| {
            format!(
                "{}={},{},{}",
                list.kind,
                list.digest,
                moment(&list.requested_at),
                moment(&list.expires_at)
            )
        });
        let all: Vec<String> = self.tables.iter().cloned().chain(lists).collect();
        all.join(" ")
    }

    /// The same in words, for people who decide; the line itself is in the log.
    pub fn words(&self) -> String {
        let day = |at: &DateTime<Utc>| day_in_words(day_of(*at));
        let lists = self.lists.iter().map(|list| {
            let kind = list.kind.replace('_', " ");
            if list.kind == RESTRICTION {
                format!("restrictions as of {}", day(&list.requested_at))
            } else if list.kind == PUT_BACK {
                format!("a backup that was put back on {}", day(&list.expires_at))
            } else if list.digest == "none" {
                format!("no cleaned list of {kind}")
            } else {
                format!(
                    "list of {kind} asked for on {} and usable until {}",
                    day(&list.requested_at),
                    day(&list.expires_at)
                )
            }
        });
        let tables = self.tables.iter().map(|table| match table.split_once('@') {
            Some((name, version)) => format!("{} in version {version}", name.replace('_', " ")),
            None => table.clone(),
        });
        tables.chain(lists).collect::<Vec<_>>().join("; ")
    }

    /// Reads such a line. What is not understood names no list, so that nothing opens by it.
    pub fn read(line: &str) -> Self {
        let mut state = Self::default();
        for part in line.split_whitespace() {
            match part.split_once('=') {
                None => state.tables.push(part.to_owned()),
                Some((kind, facts)) => state.lists.extend(list(kind, facts)),
            }
        }
        state
    }

    /// The moment from which a state is too old for an agreement, by its kinds of preferences that apply: the end of
    /// the first cleaned list to run out.
    pub fn expires(line: &str, applied: &[PreferenceKind]) -> Option<DateTime<Utc>> {
        let lists = Self::read(line).lists.into_iter();
        lists
            .filter(|list| applied.iter().any(|kind| kind.code() == list.kind))
            .map(|list| list.expires_at)
            .min()
    }

    /// The cleaned list of a kind.
    pub fn list(&self, kind: &str) -> Option<&CleanedList> {
        self.lists.iter().find(|list| list.kind == kind)
    }
}

fn list(kind: &str, facts: &str) -> Option<CleanedList> {
    let mut facts = facts.split(',');
    let digest = facts.next()?.to_owned();
    let mut moment = || facts.next()?.parse().ok();
    Some(CleanedList {
        kind: kind.to_owned(),
        digest,
        requested_at: moment()?,
        expires_at: moment()?,
    })
}
