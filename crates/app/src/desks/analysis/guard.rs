//! Pairs of releases: what is to leave is held against what has left, so that no two tell who opted out.
//!
//! Guarded: two tables of the same people under another state of preferences, or under an agreement that leaves others
//! out. Of the same versions of the data and with figures that differ, the second is refused; otherwise it waits for a
//! checker. Not guarded here: tables that only add up to each other, and what follows from several at once.

use super::AnalysisDesk;
use crate::fault::NotAllowed;
use anyhow::Result;
use control::{ReleaseBasis, ReleaseState};
use govern::{Terms, agreement::day_of};
use model::Date;
use release::{PublishedTable, Side, side_by_side};
use std::collections::{BTreeMap, BTreeSet};

impl AnalysisDesk<'_> {
    /// The last day on which something was let out under an agreement that was made from another state of a table than
    /// the present one, by table. What was sent back or taken back was never let out.
    pub(super) async fn drawn(
        &self,
        agreement: &str,
        tables: &BTreeSet<String>,
    ) -> Result<BTreeMap<String, Date>> {
        let w = self.workspace;
        let mut versions: BTreeMap<String, String> = BTreeMap::new();
        for name in tables {
            for store in self.stores() {
                if let Some(table) = store.table(name).await? {
                    versions.insert(name.clone(), table.version().to_string());
                    break;
                }
            }
        }
        let kept = w.control.release_bases().await?;
        let mut drawn: BTreeMap<String, Date> = BTreeMap::new();
        for record in w.control.all_releases().await? {
            let left = matches!(
                record.state,
                ReleaseState::InReview | ReleaseState::Released
            );
            let Some(basis) = kept.iter().find(|b| b.release == record.id) else {
                continue;
            };
            if record.agreement != agreement || !left {
                continue;
            }
            let day = day_of(record.created_at);
            for (name, version) in names(&basis.tables) {
                if versions.get(name).is_some_and(|now| now != version) {
                    let last = drawn.entry(name.to_owned()).or_insert(day);
                    *last = day.max(*last);
                }
            }
        }
        Ok(drawn)
    }

    /// What a release is made from.
    pub(super) async fn basis(&self, terms: &Terms) -> Result<ReleaseBasis> {
        let agreements = self.workspace.agreements().await?;
        let agreement = agreements.get(terms.agreement());
        let policy = agreement.map(|a| a.opt_outs.policy()).unwrap_or_default();
        let mut tables = Vec::new();
        for view in terms.views() {
            let name = view.table.as_str();
            for store in self.stores() {
                if let Some(table) = store.table(name).await? {
                    tables.push(format!("{name}@{}", table.version()));
                    break;
                }
            }
        }
        tables.sort();
        let policy: Vec<String> = policy
            .iter()
            .map(|(kind, programme)| match programme {
                Some(programme) => format!("{}:{programme}", kind.code()),
                None => kind.code().to_owned(),
            })
            .collect();
        Ok(ReleaseBasis {
            release: String::new(),
            tables: tables.join(" "),
            preference_state: terms.preference_snapshot().unwrap_or_default().to_owned(),
            preference_policy: policy.join(" "),
            held_because: String::new(),
        })
    }

    /// Holds a table that is to leave against those that have left or wait. `Err` where the pair would tell who opted
    /// out; else why it waits for a checker, where it does.
    pub(super) async fn beside_earlier(
        &self,
        basis: &ReleaseBasis,
        table: &PublishedTable,
    ) -> Result<Option<String>> {
        let w = self.workspace;
        let steps = analyse::steps(&analyse::Derivation::all(&w.content)?)?;
        let made_from: BTreeMap<&str, &[String]> = steps
            .iter()
            .map(|step| (step.writes.as_str(), step.reads.as_slice()))
            .collect();
        let kept = w.control.release_bases().await?;
        let mut held = Vec::new();
        for record in w.control.all_releases().await? {
            if !matches!(
                record.state,
                ReleaseState::InReview | ReleaseState::Released
            ) {
                continue;
            }
            let Some(earlier) = kept.iter().find(|b| b.release == record.id) else {
                continue;
            };
            let same_preferences = earlier.preference_state == basis.preference_state
                && earlier.preference_policy == basis.preference_policy;
            let (mine, theirs) = (
                roots(&basis.tables, &made_from),
                roots(&earlier.tables, &made_from),
            );
            if same_preferences || mine.is_disjoint(&theirs) {
                continue;
            }
            let other = PublishedTable::from_json(&record.table_json)?;
            match side_by_side(&other, table) {
                Side::Alike => {}
                Side::Differs(cells) if same_versions(&basis.tables, &earlier.tables) => {
                    let figures = if cells == 1 {
                        "one figure"
                    } else {
                        "some figures"
                    };
                    return Err(NotAllowed(format!(
                        "this table and release {} are of the same data, and other people are left out of one than of the other: {figures} differ, which would tell of those who opted out. Ask for it under the agreement and the state of preferences of that release, or have that one withdrawn first",
                        record.id
                    ))
                    .into());
                }
                Side::Differs(_) | Side::Apart => held.push(record.id),
            }
        }
        held.sort();
        Ok((!held.is_empty()).then(|| {
            format!(
                "Release {} is of the same people, with other preferences applied. Look at both side by side before this one leaves.",
                held.join(" and release ")
            )
        }))
    }
}

/// The names of tables with the landed ones that they are made from.
fn roots<'t>(tables: &'t str, made_from: &BTreeMap<&'t str, &'t [String]>) -> BTreeSet<&'t str> {
    let mut roots = BTreeSet::new();
    let mut left: Vec<&str> = names(tables).map(|(name, _)| name).collect();
    while let Some(name) = left.pop() {
        if roots.insert(name) {
            left.extend(
                made_from
                    .get(name)
                    .into_iter()
                    .flat_map(|reads| reads.iter().map(String::as_str)),
            );
        }
    }
    roots
}

/// Whether the tables that both are made from have the same versions, where there are any.
fn same_versions(one: &str, other: &str) -> bool {
    let other: BTreeMap<&str, &str> = names(other).collect();
    let mut both = names(one)
        .filter_map(|(name, version)| Some((version, *other.get(name)?)))
        .peekable();
    both.peek().is_some() && both.all(|(one, other)| one == other)
}

fn names(tables: &str) -> impl Iterator<Item = (&str, &str)> {
    tables
        .split_whitespace()
        .filter_map(|table| table.split_once('@'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_of_the_same_people_where_they_are_made_from_the_same_files() {
        let reads = ["cld_event".to_owned(), "hospital_spell".to_owned()];
        let made_from = BTreeMap::from([("person_quarter", &reads[..])]);
        let of = |tables| roots(tables, &made_from);
        assert!(!of("person_quarter@3").is_disjoint(&of("cld_event@1")));
        assert!(of("person_quarter@3").is_disjoint(&of("death@1")));
    }

    #[test]
    fn versions_are_the_same_where_every_table_of_both_has_the_same() {
        assert!(same_versions("a@1 b@2", "b@2"));
        assert!(!same_versions("a@1 b@2", "a@1 b@3"));
        assert!(!same_versions("a@1", "b@1"));
    }
}
