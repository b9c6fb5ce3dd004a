//! What is known of a person and their session beside what they ask, for the judges: the facts that decisions read are
//! worked out here and nowhere else. Not here: whether they suffice.

use super::Person;
use crate::{
    fault::NotAllowed,
    networks::{HERE, connection},
    workspace::Workspace,
};
use anyhow::Result;
use control::Session;
use govern::{
    Agreement, Asker, Circumstances, Connection,
    agreement::clauses::Identifiability::{self, Deidentified, PersonalConfidential},
    preferences::state::PreferenceState,
};
use model::{Content, Date};
use std::{collections::BTreeSet, net::IpAddr};

/// What is known of a person at work, and of the session in which they act.
#[derive(Debug, Clone, Default)]
pub(crate) struct Standing {
    /// The last day on which their training counts, where one is on record.
    trained_until: Option<Date>,
    /// The classes of data that the session has opened.
    classes_open: BTreeSet<Identifiability>,
    /// From where they connect, where the network is known.
    connection: Option<Connection>,
    /// The session by its id. A command is a session of its own, which opens one thing and ends.
    session: Option<String>,
}

impl Standing {
    /// Of somebody who is signed in and connects from an address.
    pub(crate) fn of_session(
        session: &Session,
        content: &Content,
        address: Option<IpAddr>,
    ) -> Result<Self> {
        Ok(Self {
            trained_until: session.facts.trained_until,
            classes_open: classes(&session.classes_open),
            connection: connection(content, address)?,
            // A token has none: each of its requests is a session of its own.
            session: Some(session.id.clone()).filter(|id| !id.is_empty()),
        })
    }

    /// Of the person behind an account, at the command line of this machine.
    pub(crate) async fn of_account(workspace: &Workspace, username: &str) -> Result<Self> {
        let facts = workspace.control.person_facts(username).await?;
        Ok(Self {
            trained_until: facts.trained_until,
            connection: connection(&workspace.content, Some(HERE))?,
            ..Self::default()
        })
    }
}

/// Classes by their words. One that this version does not know counts as the closest to a person.
fn classes(words: &BTreeSet<String>) -> BTreeSet<Identifiability> {
    let known = |word: &String| {
        let mut all = Identifiability::ALL.iter().copied();
        all.find(|class| class.code() == word)
            .unwrap_or(PersonalConfidential)
    };
    words.iter().map(known).collect()
}

impl Person {
    /// As the judges know them.
    pub(crate) fn asker(&self) -> Asker {
        Asker {
            username: self.username.clone(),
            organisation: self.organisation.clone(),
            role: self.role.clone(),
        }
    }

    /// What is known beside a question of theirs under an agreement, from data with this state of preferences.
    pub(crate) fn circumstances(
        &self,
        agreement: Option<&Agreement>,
        snapshot: Option<&str>,
    ) -> Circumstances {
        let applied = agreement.map(|a| a.opt_outs.applied()).unwrap_or_default();
        Circumstances {
            training_valid_to: self.standing.trained_until,
            classes_open: self.standing.classes_open.clone(),
            connection: self.standing.connection.clone(),
            preferences_expire: snapshot.and_then(|line| PreferenceState::expires(line, &applied)),
            ..Circumstances::default()
        }
    }

    /// Puts down, before anything is read, that the session opens the classes of these tables. Of two questions at once,
    /// both of which were allowed, the second is refused where the classes may not be mixed.
    pub(crate) async fn opens<'t>(
        &self,
        workspace: &Workspace,
        agreement: Option<&Agreement>,
        tables: impl Iterator<Item = &'t str>,
    ) -> Result<()> {
        let classes: BTreeSet<Identifiability> = tables
            .filter_map(|table| Some((agreement?, agreement?.datasets.get(table)?)))
            .map(|(agreement, terms)| agreement.class_of(terms))
            .collect();
        for class in classes {
            self.opens_class(workspace, class).await?;
        }
        Ok(())
    }

    /// Puts down that the session opens a class of data.
    pub(crate) async fn opens_class(
        &self,
        workspace: &Workspace,
        class: Identifiability,
    ) -> Result<()> {
        let Some(session) = &self.standing.session else {
            return Ok(());
        };
        let never_beside: &[&str] = match class {
            PersonalConfidential => &[Deidentified.code()],
            Deidentified => &[PersonalConfidential.code()],
            Identifiability::AnonymousAggregate => &[],
        };
        let control = &workspace.control;
        if control
            .open_class(session, class.code(), never_beside)
            .await?
        {
            return Ok(());
        }
        let words = "identified and pseudonymised data may not be opened in one session: sign out and in again before you ask this";
        Err(NotAllowed(words.to_owned()).into())
    }
}
