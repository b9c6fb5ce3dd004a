//! What if: who would lose what, who could see this, and why could they. Pure functions over the
//! agreements that are known; nothing is decided here and nothing is opened.

use super::{
    Agreement, Agreements, State,
    clauses::{DatasetTerms, Identifiability, LinkagePair, User},
};
use crate::agreement::day_in_words;
use model::{Date, OrganisationCode};
use std::collections::{BTreeMap, BTreeSet};

/// Someone who could see something on a day, under one agreement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sight {
    pub agreement: String,
    pub version: String,
    pub account: String,
    pub organisation: OrganisationCode,
    /// The roles, of which the person needs one.
    pub roles: Vec<String>,
    /// The purposes, of which the person names one.
    pub purposes: Vec<String>,
    pub class: Identifiability,
    /// How the column is shown, where one was asked for.
    pub shown: Option<String>,
    /// Which rows, in words.
    pub rows: String,
}

/// One clause of the chain that opens something to someone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Because {
    pub agreement: String,
    pub version: String,
    /// The clause, by its path in the file.
    pub clause: String,
    pub says: String,
}

/// What someone loses when an agreement ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loss {
    pub account: String,
    pub organisation: OrganisationCode,
    /// Columns that nothing else opens to the person, by table.
    pub gone: BTreeMap<String, BTreeSet<String>>,
    /// Columns that another agreement still opens, by table, each table with those agreements.
    pub kept: BTreeMap<String, BTreeSet<String>>,
}

/// What follows when an agreement ends on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IfEnded {
    pub agreement: String,
    pub version: String,
    pub losses: Vec<Loss>,
    /// The professionals who could no longer receive a list of people.
    pub professionals: Vec<String>,
    /// The outputs that would no longer be made.
    pub outputs: Vec<String>,
    /// The last day by which what was made for it would have to be destroyed.
    pub destruction_due: Date,
}

impl Agreements {
    /// Who could see a table, or one column of it, on a day: over all agreements in force then.
    pub fn who_could_see(&self, table: &str, column: Option<&str>, on: Date) -> Vec<Sight> {
        let mut sights = Vec::new();
        for agreement in self.iter_on(on).filter(|a| a.state(on) == State::Active) {
            let Some(terms) = opened(agreement, table, column) else {
                continue;
            };
            let users = agreement.access.users.iter();
            for user in users.filter(|u| may_ask(agreement, u, on)) {
                sights.push(Sight {
                    agreement: agreement.reference.clone(),
                    version: agreement.version.clone(),
                    account: user.account.clone(),
                    organisation: user.organisation.clone(),
                    roles: agreement.access.roles.clone(),
                    purposes: agreement
                        .purposes
                        .iter()
                        .map(|p| p.code.code().to_owned())
                        .collect(),
                    class: agreement.class_of(terms),
                    shown: column
                        .and_then(|name| terms.fields.get(name))
                        .map(|field| field.treatment.words()),
                    rows: agreement.rows_in_words(),
                });
            }
        }
        sights
    }

    /// Why a person could see a table, or one column of it, on a day: for each agreement that opens it,
    /// the chain of clauses. No chain: they could not.
    pub fn why_could_see(
        &self,
        account: &str,
        table: &str,
        column: Option<&str>,
        on: Date,
    ) -> Vec<Vec<Because>> {
        let mut chains = Vec::new();
        for agreement in self.iter_on(on).filter(|a| a.state(on) == State::Active) {
            let users = agreement.access.users.iter();
            let user = users
                .filter(|u| u.account == account)
                .find(|u| may_ask(agreement, u, on));
            if let (Some(terms), Some(user)) = (opened(agreement, table, column), user) {
                chains.push(chain(agreement, user, (table, terms), column));
            }
        }
        chains
    }

    /// What would follow if an agreement ended on a day: from the day after, nothing is open under it.
    /// Nothing follows where it is not in force then.
    pub fn if_ended(&self, reference: &str, on: Date) -> Option<IfEnded> {
        let ending = self.in_force(reference, on)?;
        let mut losses = Vec::new();
        for user in ending
            .access
            .users
            .iter()
            .filter(|u| may_ask(ending, u, on))
        {
            let mut loss = Loss {
                account: user.account.clone(),
                organisation: user.organisation.clone(),
                gone: BTreeMap::new(),
                kept: BTreeMap::new(),
            };
            for (table, terms) in &ending.datasets {
                for column in terms.fields.keys() {
                    let others: BTreeSet<String> = self
                        .who_could_see(table.as_str(), Some(column.as_str()), on)
                        .into_iter()
                        .filter(|s| s.account == user.account && s.agreement != ending.reference)
                        .map(|s| s.agreement)
                        .collect();
                    if others.is_empty() {
                        loss.gone
                            .entry(table.as_str().to_owned())
                            .or_default()
                            .insert(column.as_str().to_owned());
                    } else {
                        loss.kept
                            .entry(table.as_str().to_owned())
                            .or_default()
                            .extend(others);
                    }
                }
            }
            losses.push(loss);
        }
        let spare = ending.term.destruction_due - ending.term.end;
        Some(IfEnded {
            agreement: ending.reference.clone(),
            version: ending.version.clone(),
            losses,
            professionals: ending
                .reidentification
                .iter()
                .flat_map(|clause| &clause.professionals)
                .filter(|p| p.named(on))
                .map(|p| p.account.clone())
                .collect(),
            outputs: ending
                .purposes
                .iter()
                .flat_map(|p| p.outputs.iter().cloned())
                .collect(),
            destruction_due: on
                .checked_add_signed(spare)
                .unwrap_or(ending.term.destruction_due)
                .min(ending.term.destruction_due),
        })
    }
}

fn may_ask(agreement: &Agreement, user: &User, on: Date) -> bool {
    agreement
        .access
        .person(&user.account, &user.organisation, on)
        .is_some()
        && agreement.access.organisations.contains(&user.organisation)
}

fn opened<'a>(
    agreement: &'a Agreement,
    table: &str,
    column: Option<&str>,
) -> Option<&'a DatasetTerms> {
    agreement
        .datasets
        .get(table)
        .filter(|terms| column.is_none_or(|name| terms.fields.contains_key(name)))
}

fn chain(
    agreement: &Agreement,
    user: &User,
    (table, terms): (&str, &DatasetTerms),
    column: Option<&str>,
) -> Vec<Because> {
    let because = |clause: &str, says: String| Because {
        agreement: agreement.reference.clone(),
        version: agreement.version.clone(),
        clause: clause.to_owned(),
        says,
    };
    let term = &agreement.term;
    let mut chain = vec![
        because(
            "signatures",
            format!(
                "Agreement {} was approved by two people and signed by every party.",
                agreement.reference
            ),
        ),
        because(
            "term",
            format!(
                "It is in force from {} until the end of {}.",
                day_in_words(term.start),
                day_in_words(agreement.ends())
            ),
        ),
        because(
            "access.users",
            format!(
                "It names {}, for {}.",
                user.account,
                agreement.name_of(&user.organisation)
            ),
        ),
        because(
            "access.roles",
            format!(
                "It asks for the role {}.",
                agreement.access.roles.join(" or ")
            ),
        ),
        because(
            "identifiability",
            format!("It opens {}.", agreement.class_of(terms).words()),
        ),
        because(
            &format!("datasets.{table}"),
            format!("It opens the table {table}: {}", terms.why),
        ),
    ];
    if let Some(employer) = &user.employer {
        chain.push(because(
            "access.honorary_contracts",
            format!(
                "{} is employed by {employer} and has an honorary contract.",
                user.account
            ),
        ));
    }
    if let Some((name, field)) = column.and_then(|name| terms.fields.get_key_value(name)) {
        chain.push(because(
            &format!("datasets.{table}.fields.{name}"),
            format!(
                "It shows {name} {}: {}.",
                field.treatment.words(),
                field.why
            ),
        ));
    }
    let linked = linked_with(agreement, table);
    if !linked.is_empty() {
        chain.push(because(
            "linkage",
            format!(
                "It lets {table} be used together with {}.",
                super::list_in_words(linked, "and")
            ),
        ));
    }
    chain.push(because(
        "minimisation",
        format!("It is about rows {}.", agreement.rows_in_words()),
    ));
    chain.push(because(
        "purposes",
        format!(
            "The person names one of its purposes: {}.",
            super::list_in_words(agreement.purposes.iter().map(|p| p.code.words()), "or")
        ),
    ));
    chain
}

/// The tables that may be used together with one.
fn linked_with<'a>(agreement: &'a Agreement, table: &str) -> Vec<&'a str> {
    let other = |pair: &'a LinkagePair| {
        if pair.from.as_str() == table {
            Some(pair.to.as_str())
        } else if pair.to.as_str() == table {
            Some(pair.from.as_str())
        } else {
            None
        }
    };
    agreement.linkage.iter().filter_map(other).collect()
}
