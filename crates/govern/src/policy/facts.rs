//! The facts of a question, worked out: dates compared, signatures counted, ages of lists judged.
//!
//! They are plain data with one written form. A decision is a function of them and of the policies, so that one can
//! be told again from the two digests that the audit log keeps.

use super::text::day_number;
use crate::{
    Action, Agreement, Digest, Question, State,
    agreement::{clauses::Identifiability, day_of},
    judge::{can_be_compiled, is_approved, stale_list},
};
use chrono::{DateTime, Utc};
use model::Date;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What is known of the person, the session and the moment beside the question itself. What nobody has said is left
/// out, and nobody is refused for that alone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Circumstances {
    /// The last day on which the person's training counts.
    pub training_valid_to: Option<Date>,
    /// The classes of data that this session has opened already.
    pub classes_open: BTreeSet<Identifiability>,
    /// The moment from which the list of preferences is too old to be used.
    pub preferences_expire: Option<DateTime<Utc>>,
    /// How many approvals, by different people in different roles, this question needs.
    pub approvers_needed: u32,
    /// Who approved it.
    pub approvers: BTreeSet<Approver>,
}

/// A person who approved something, in the role in which it was done.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Approver {
    pub account: String,
    pub role: String,
}

/// Everything that the policies look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own that a policy reads"
)]
pub struct QuestionFacts {
    pub account: String,
    pub organisation: String,
    pub role: String,
    pub action: Action,
    /// The reference that the question names.
    pub agreement: String,
    pub version: String,
    /// The digest of the agreement's file.
    pub terms: Digest,
    pub purpose: String,
    /// The class of each table that is touched and opened.
    pub table_classes: BTreeMap<String, Identifiability>,
    /// Days since 1 January 1970, as the United Kingdom counts them.
    pub day: i64,
    pub first_day: i64,
    pub last_day: i64,
    /// Whether the agreement is in force.
    pub active: bool,
    pub approved: bool,
    pub rows_defined: bool,
    /// Every table that is touched, with its columns.
    pub tables: BTreeMap<String, BTreeSet<String>>,
    pub preferences_needed: bool,
    pub preferences_known: bool,
    pub preferences_fresh: bool,
    pub honorary_needed: bool,
    pub honorary_in_date: bool,
    pub training_needed: bool,
    pub training_in_date: bool,
    /// The classes of data that the session has opened, this question's among them.
    pub classes: BTreeSet<String>,
    pub approvers_needed: u32,
    pub approvers: u32,
    pub approver_roles: u32,
    pub approver_is_asker: bool,
}

impl QuestionFacts {
    /// Works them out for a question under an agreement at a moment.
    pub fn of(agreement: &Agreement, question: &Question, now: DateTime<Utc>) -> Self {
        let today = day_of(now);
        let known = &question.circumstances;
        let person = &question.person;
        let own = question
            .touched()
            .into_keys()
            .filter_map(|table| agreement.datasets.get(table)?.confidentiality.as_ref());
        let approved = own
            .chain([&agreement.legal.confidentiality])
            .all(|duty| is_approved(duty, today));
        let owned = |columns: BTreeSet<&str>| columns.into_iter().map(str::to_owned).collect();
        let listed = agreement
            .access
            .users
            .iter()
            .find(|u| u.account == person.username && u.organisation == person.organisation);
        let touched: BTreeMap<&str, Identifiability> = question
            .touched()
            .into_keys()
            .filter_map(|table| {
                let (_, terms) = agreement.datasets.get_key_value(table)?;
                Some((table, agreement.class_of(terms)))
            })
            .collect();
        let classes = known
            .classes_open
            .iter()
            .chain(touched.values())
            .map(|class| class.code().to_owned())
            .collect();
        let accounts: BTreeSet<&str> = known.approvers.iter().map(|a| a.account.as_str()).collect();
        let roles: BTreeSet<&str> = known.approvers.iter().map(|a| a.role.as_str()).collect();
        Self {
            account: person.username.clone(),
            organisation: person.organisation.as_str().to_owned(),
            role: person.role.clone(),
            action: question.action,
            agreement: question.agreement.clone(),
            version: agreement.version.clone(),
            terms: agreement.digest().clone(),
            purpose: question.purpose.clone(),
            table_classes: touched
                .iter()
                .map(|(table, class)| ((*table).to_owned(), *class))
                .collect(),
            day: day_number(today),
            first_day: day_number(agreement.term.start),
            last_day: day_number(agreement.ends()),
            active: agreement.state(today) == State::Active,
            approved,
            rows_defined: can_be_compiled(agreement, question),
            tables: question
                .touched()
                .into_iter()
                .map(|(table, columns)| (table.to_owned(), owned(columns)))
                .collect(),
            preferences_needed: !agreement.opt_outs.applied().is_empty(),
            preferences_known: question
                .preference_snapshot
                .as_ref()
                .is_some_and(|snapshot| !snapshot.is_empty()),
            preferences_fresh: known.preferences_expire.is_none_or(|end| now < end)
                && question
                    .preference_snapshot
                    .as_ref()
                    .is_none_or(|snapshot| stale_list(agreement, snapshot, now).is_none()),
            honorary_needed: listed.is_some_and(|user| user.employer.is_some()),
            honorary_in_date: listed
                .is_some_and(|user| agreement.access.contract(user, today).is_some()),
            training_needed: agreement.access.training.is_some(),
            training_in_date: known.training_valid_to.is_none_or(|last| today <= last),
            classes,
            approvers_needed: known.approvers_needed,
            approvers: count(accounts.len()),
            approver_roles: count(roles.len()),
            approver_is_asker: accounts.contains(person.username.as_str()),
        }
    }

    /// The digest of their one written form.
    pub fn digest(&self) -> Digest {
        // A structure of plain values always has a written form.
        Digest::of(serde_json::to_vec(self).unwrap_or_default())
    }

    /// The class of a table; of one that is not opened nothing is permitted, whatever its class.
    pub(super) fn class(&self, table: &str) -> Identifiability {
        self.table_classes
            .get(table)
            .copied()
            .unwrap_or(Identifiability::Deidentified)
    }

    /// The tables that are touched beside one.
    pub(super) fn beside<'a>(&'a self, table: &'a str) -> impl Iterator<Item = &'a str> {
        self.tables
            .keys()
            .map(String::as_str)
            .filter(move |other| *other != table)
    }
}

fn count(of: usize) -> u32 {
    u32::try_from(of).unwrap_or(u32::MAX)
}
