//! The facts of a question, worked out: dates compared, signatures counted, ages of lists judged.
//!
//! They are plain data with one written form. A decision is a function of them and of the policies, so that one can
//! be told again from the two digests that the audit log keeps.

use super::text::day_number;
use crate::{
    Action, Agreement, Asker, Digest, Question, Refusal, State,
    agreement::{
        clauses::{AreaOfLaw, Identifiability, Location, Refresh},
        day_of,
    },
    judge::{can_be_compiled, is_approved, is_unmixed, stale_list},
};
use chrono::{DateTime, Utc};
use model::{Date, OrganisationCode};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What is known of the person, the session and the moment beside the question itself. What nobody has said is left
/// out: where an agreement asks for training, training that is not known of refuses.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
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
    /// From where the person connects, where the network is known.
    pub connection: Option<Connection>,
    /// The last day on which something was let out under the agreement that was made from another state of a table than
    /// the present one, by table.
    pub drawn: BTreeMap<String, Date>,
}

/// From where somebody connects.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Connection {
    /// Under which law the place lies.
    pub territory: AreaOfLaw,
    /// What agreements call it.
    pub places: BTreeSet<String>,
}

/// A person who approved something, in the role in which it was done.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approver {
    pub account: String,
    pub role: String,
}

impl Circumstances {
    /// Whether training is known of that counts on a day.
    pub(crate) fn is_trained_on(&self, day: Date) -> bool {
        self.training_valid_to.is_some_and(|last| day <= last)
    }

    /// Whether the session may open rows that say who people are.
    pub(crate) fn may_name_people(&self) -> Result<(), Refusal> {
        let mut classes = self.classes_open.clone();
        classes.insert(Identifiability::PersonalConfidential);
        is_unmixed(&classes)
    }
}

impl Connection {
    /// Whether it is from where an agreement says.
    pub(crate) fn is_at(&self, location: &Location) -> bool {
        let known = |place: &String| location.places.contains(place);
        location.territory.contains(&self.territory)
            && (location.places.is_empty() || self.places.iter().any(known))
    }
}

/// What stands in the facts for a word that the agreement does not have. It decides as what was typed would, and keeps
/// nothing of it: a value that points at someone can be typed anywhere, even as the name of a column.
const OUTSIDE: &str = "?";

/// Everything that the policies look at, and what it was worked out from.
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
    pub location_needed: bool,
    pub location_agreed: bool,
    /// Where the person connects from: nothing, where that is not known.
    pub territory: String,
    pub places: BTreeSet<String>,
    /// How often the recipient gets a newer state, by table.
    pub refresh: BTreeMap<String, Refresh>,
    /// The tables of which a newer state would be let out too soon.
    pub drawn_too_soon: BTreeSet<String>,
    /// What is known beside the question: the facts above are worked out from it.
    pub told: Circumstances,
}

/// Whether no list of preferences that the question was asked with is too old by now.
fn are_fresh(agreement: &Agreement, question: &Question, now: DateTime<Utc>) -> bool {
    let mut snapshot = question.preference_snapshot.iter();
    let expires = question.circumstances.preferences_expire;
    expires.is_none_or(|end| now < end)
        && snapshot.all(|snapshot| stale_list(agreement, snapshot, now).is_none())
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
        let from = known.connection.clone();
        let (territory, places) = from
            .map(|from| (from.territory.code().to_owned(), from.places))
            .unwrap_or_default();
        let names = question.touched().into_keys();
        let opened = names.filter_map(|table| agreement.datasets.get_key_value(table));
        let opened = opened.collect::<Vec<_>>().into_iter();
        let accounts: BTreeSet<&str> = known.approvers.iter().map(|a| a.account.as_str()).collect();
        let roles: BTreeSet<&str> = known.approvers.iter().map(|a| a.role.as_str()).collect();
        Self {
            account: person.username.clone(),
            organisation: person.organisation.as_str().to_owned(),
            role: in_words_of(roles_of(agreement), &person.role),
            action: question.action,
            agreement: in_words_of([agreement.reference.as_str()], &question.agreement),
            version: agreement.version.clone(),
            terms: agreement.digest().clone(),
            purpose: in_words_of(
                agreement.purposes.iter().map(|p| p.code.code()),
                &question.purpose,
            ),
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
            tables: touched_in_words_of(agreement, question),
            preferences_needed: agreement.house().always_asks()
                || !agreement.opt_outs.applied().is_empty(),
            preferences_known: question
                .preference_snapshot
                .as_ref()
                .is_some_and(|snapshot| !snapshot.is_empty()),
            preferences_fresh: are_fresh(agreement, question, now),
            honorary_needed: listed.is_some_and(|user| user.employer.is_some()),
            honorary_in_date: listed
                .is_some_and(|user| agreement.access.contract(user, today).is_some()),
            training_needed: agreement.access.training.is_some(),
            training_in_date: known.is_trained_on(today),
            classes,
            approvers_needed: known.approvers_needed,
            approvers: count(accounts.len()),
            approver_roles: count(roles.len()),
            approver_is_asker: accounts.contains(person.username.as_str()),
            location_needed: agreement.access.location.is_some(),
            location_agreed: agreement.access.location.as_ref().is_none_or(|location| {
                known.connection.as_ref().is_some_and(|c| c.is_at(location))
            }),
            territory,
            places,
            refresh: opened
                .clone()
                .map(|(table, terms)| (table.as_str().to_owned(), terms.refresh))
                .collect(),
            drawn_too_soon: opened
                .filter(|(table, terms)| {
                    let drawn = known.drawn.get(table.as_str());
                    drawn.is_some_and(|last| !terms.refresh.is_due(*last, today))
                })
                .map(|(table, _)| table.as_str().to_owned())
                .collect(),
            told: known.clone(),
        }
    }

    /// The question again, in the words of its agreement, so that it can be judged once more: with the digest of its
    /// text and the state of preferences, which the entry of a decision keeps.
    pub(crate) fn question(
        &self,
        sql_digest: Digest,
        preference_snapshot: Option<String>,
    ) -> Option<Question> {
        Some(Question {
            agreement: self.agreement.clone(),
            purpose: self.purpose.clone(),
            person: Asker {
                username: self.account.clone(),
                organisation: OrganisationCode::new(&self.organisation).ok()?,
                role: self.role.clone(),
            },
            tables: self.tables.keys().cloned().collect(),
            columns: self.tables.clone(),
            action: self.action,
            sql_digest,
            preference_snapshot,
            circumstances: self.told.clone(),
        })
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

/// What was typed, where it is one of these words.
fn in_words_of<'w>(words: impl IntoIterator<Item = &'w str>, typed: &str) -> String {
    let mut words = words.into_iter();
    words.find(|w| *w == typed).unwrap_or(OUTSIDE).to_owned()
}

/// The roles of which an agreement speaks.
fn roles_of(agreement: &Agreement) -> impl Iterator<Item = &str> {
    let led = agreement.reidentification.iter();
    let professionals = led.flat_map(|clause| clause.professionals.iter().map(|p| p.role.as_str()));
    let asking = agreement.access.roles.iter().map(String::as_str);
    asking.chain(professionals)
}

/// What a question touches, in the words of its agreement.
fn touched_in_words_of(
    agreement: &Agreement,
    question: &Question,
) -> BTreeMap<String, BTreeSet<String>> {
    let mut told: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (table, columns) in question.touched() {
        let known = agreement.datasets.get_key_value(table);
        let name = known.map_or(OUTSIDE, |(name, _)| name.as_str());
        let fields = known.map(|(_, terms)| &terms.fields);
        let columns = columns.into_iter().map(|column| {
            let field = fields.and_then(|f| f.get_key_value(column));
            field.map_or(OUTSIDE, |(name, _)| name.as_str()).to_owned()
        });
        told.entry(name.to_owned()).or_default().extend(columns);
    }
    told
}

pub(super) fn count(of: usize) -> u32 {
    u32::try_from(of).unwrap_or(u32::MAX)
}
