//! What each role asks of its people, from `content/roles.toml` and the settings. Not here: which pages a role has.

use crate::config::AccountsConfig;
use anyhow::{Context, Result};
use control::{Assurance, Role, Session};
use model::{Content, Date};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// What all roles ask.
#[derive(Debug)]
pub(crate) struct Roles {
    by_role: BTreeMap<Role, Asks>,
    approvers: BTreeSet<Role>,
}

/// What one role asks.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asks {
    /// Two factors.
    pub(crate) second_factor: bool,
    /// Training that counts.
    pub(crate) training: bool,
    /// A second person, before somebody gets it.
    pub(crate) approval: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    approvers: Vec<Role>,
    role: BTreeMap<Role, Asks>,
}

/// Why a role's pages are closed to somebody who holds the role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Closed {
    /// They showed one factor.
    SecondFactor,
    /// Their training ended then.
    TrainingEnded(Date),
    /// No training is on record.
    NoTraining,
    /// Their employment ended then.
    Left(Date),
}

impl Roles {
    /// Reads them.
    pub(crate) fn read(content: &Content, settings: &AccountsConfig) -> Result<Self> {
        let written: Written = content.toml("roles.toml")?;
        let mut by_role = written.role;
        if let Some(named) = &settings.second_factor_for {
            let named = named
                .iter()
                .map(|word| {
                    Role::from_word(word).with_context(|| {
                        format!(
                            "`accounts.second_factor_for` names `{word}`, and there is no such role"
                        )
                    })
                })
                .collect::<Result<BTreeSet<_>>>()?;
            for role in Role::ALL {
                by_role.entry(*role).or_default().second_factor = named.contains(role);
            }
        }
        Ok(Self {
            by_role,
            approvers: written.approvers.into_iter().collect(),
        })
    }

    /// What a role asks.
    pub(crate) fn of(&self, role: Role) -> Asks {
        self.by_role.get(&role).copied().unwrap_or_default()
    }

    /// Whether somebody in this role may decide what waits for a second person.
    pub(crate) fn may_approve(&self, role: Role) -> bool {
        self.approvers.contains(&role)
    }

    /// Why the pages of a session's role are closed to it on a day. A program has neither training nor factors: its
    /// token is bound to its role.
    pub(crate) fn closed(&self, session: &Session, today: Date) -> Option<Closed> {
        if session.program {
            return None;
        }
        if let Some(last) = session.facts.employed_until
            && session.facts.has_left_by(today)
        {
            return Some(Closed::Left(last));
        }
        let asks = self.of(session.position.role);
        if asks.second_factor && !session.invented && session.assurance < Assurance::Two {
            return Some(Closed::SecondFactor);
        }
        if asks.training && !session.facts.is_trained_on(today) {
            return Some(
                session
                    .facts
                    .trained_until
                    .map_or(Closed::NoTraining, Closed::TrainingEnded),
            );
        }
        None
    }
}

impl Closed {
    /// Why, and what to do.
    pub(crate) fn in_words(self) -> String {
        let date = pages::format::date;
        match self {
            Self::SecondFactor => {
                "Your role asks for a second factor. Set one up; then its pages open.".to_owned()
            }
            Self::TrainingEnded(day) => format!(
                "Your training counted until {}. Renew it, and ask an administrator to put it on record.",
                date(day)
            ),
            Self::NoTraining => {
                "Your training is not on record. Ask an administrator to put it there.".to_owned()
            }
            Self::Left(day) => format!(
                "Your employment ended on {}, as we have it on record. If that is wrong, ask an administrator.",
                date(day)
            ),
        }
    }
}
