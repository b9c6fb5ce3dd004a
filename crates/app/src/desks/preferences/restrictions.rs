//! Restrictions: people whose records may only be kept while something is looked into. Each stands from the day on which
//! it was taken in until its case is closed, and holds for every agreement.
//!
//! INVARIANT: a case holds a keyed digest of a number. Here is the one place where it is led back to the numbers of the
//! person, for the table that crosses; elsewhere it is a digest of all of them.

use super::{super::IdentifiedDesk, cases::Line};
use crate::{desks::identified::text, fault::NotAllowed, workspace::Workspace};
use anyhow::Result;
use chrono::{DateTime, Utc};
use govern::{Digest, agreement::day_of, preferences::RESTRICTION};
use model::{Identifying, Sql, sql};
use pseudonymise::preferences::ENTRIES;
use std::collections::BTreeSet;

/// The restrictions that stand.
pub(crate) struct Restrictions {
    /// The digest of all of them: which cases, and of whom, as keyed digests.
    pub(crate) digest: String,
    /// When the last of them was taken in.
    pub(crate) newest: DateTime<Utc>,
    /// The people, as keyed digests, with the moment of each.
    people: Vec<(String, DateTime<Utc>)>,
}

impl Workspace {
    /// The restrictions that stand at this moment; none where there are none.
    pub(crate) async fn restrictions(&self) -> Result<Option<Restrictions>> {
        let cases = self.control.standing_restrictions().await?;
        let Some(newest) = cases.iter().map(|case| case.taken.at).max() else {
            return Ok(None);
        };
        let lines = cases
            .iter()
            .map(|case| format!("{}|{}", case.number, case.taken.subject));
        let lines: Vec<String> = lines.collect();
        let people = cases.into_iter().map(|c| (c.taken.subject, c.taken.at));
        Ok(Some(Restrictions {
            digest: Digest::of_parts(lines.iter().map(String::as_str))
                .as_str()
                .to_owned(),
            newest,
            people: people.collect(),
        }))
    }
}

impl IdentifiedDesk<'_> {
    /// The lines of restrictions that cross: one for each number of each person, and one that is about nobody and says
    /// which restrictions these are.
    pub(super) async fn restricted_lines(&self) -> Result<Vec<Line>> {
        let w = self.workspace;
        let Some(stand) = w.restrictions().await? else {
            return Ok(Vec::new());
        };
        let mut lines = vec![Line::marking(
            RESTRICTION,
            &stand.digest,
            day_of(stand.newest),
        )];
        let digests = w.person_digests()?;
        for (subject, at) in &stand.people {
            for number in self.numbers_of(subject, &digests).await? {
                lines.push(Line::about(&number, RESTRICTION, day_of(*at)));
            }
        }
        Ok(lines)
    }

    /// Of some numbers those whose people's records are restricted. An error where what stands was not written down
    /// here yet, since then nobody is to be led back.
    pub(crate) async fn restricted(
        &self,
        numbers: impl Iterator<Item = &Identifying<String>>,
    ) -> Result<BTreeSet<String>> {
        let w = self.workspace;
        if w.control.put_back_waiting().await?.is_some() {
            let words = "a backup was put back, and what people said since is not in it: take it in again from the letters, then run `haven preferences taken-in-again --as USERNAME`";
            return Err(NotAllowed(words.to_owned()).into());
        }
        let Some(stand) = w.restrictions().await? else {
            return Ok(BTreeSet::new());
        };
        let wanted: Vec<Sql> = numbers.map(|n| Sql::text(n.reveal())).collect();
        let mut found = BTreeSet::new();
        let mut current = false;
        if self.store.table(ENTRIES).await?.is_some() {
            let query = sql!(
                "select nhs_number, programme from {} where kind = {} and (nhs_number is null or nhs_number in ({}))",
                Sql::fixed(ENTRIES),
                Sql::text(RESTRICTION),
                Sql::join(wanted.into_iter().chain([Sql::text("")]), ", ")
            );
            for batch in self.engine.look(&[&self.store], &[ENTRIES], &query).await? {
                for row in 0..batch.num_rows() {
                    let number = text(&batch, 0, row);
                    if number.is_empty() {
                        current |= text(&batch, 1, row) == stand.digest;
                    } else {
                        found.insert(number);
                    }
                }
            }
        }
        if current {
            return Ok(found);
        }
        let words = "somebody’s records may only be kept for now, and what people said was not brought across since: run `haven preferences apply` first";
        Err(NotAllowed(words.to_owned()).into())
    }
}
