//! The desk of those who keep the keys: which there are, and their changes, which need two people. It opens no store
//! and shows no key.

use crate::{
    fault::NotAllowed,
    keys::{ANALYSIS_DOMAIN, RECIPIENTS_DOMAIN},
    workspace::Workspace,
};
use anyhow::Result;
use chrono::{DateTime, Utc};
use control::{Account, KeyChange, KeyRequest, NewKeyRequest, Role};
use custody::{Algorithm, Bridge, Custodian, Keeper, KeyFacts, KeyState, Kind};
use govern::{AuditKeeper, EntryBody, ObjectKind, Outcome};
use std::sync::Arc;

/// Stands for every key of a domain.
pub(crate) const ALL: &str = "all";

/// Who asks or decides.
#[derive(Debug, Clone)]
pub(crate) struct Keyholder {
    pub(crate) username: String,
    pub(crate) role: Role,
    pub(crate) organisation: String,
}

impl Keyholder {
    /// An account in a role that has to do with keys.
    pub(crate) fn of(account: &Account) -> Result<Self> {
        let keys = |role: Role| matches!(role, Role::KeyCustodian | Role::AssetOwner);
        let position = account
            .positions
            .iter()
            .find(|position| keys(position.role))
            .filter(|_| account.disabled_at.is_none())
            .ok_or_else(|| {
                NotAllowed(format!(
                    "account `{}` is neither a key custodian nor an asset owner",
                    account.username
                ))
            })?;
        Ok(Self {
            username: account.username.clone(),
            role: position.role,
            organisation: position.organisation.as_str().to_owned(),
        })
    }
}

/// The desk of the keys.
pub(crate) struct CustodyDesk<'w> {
    workspace: &'w Workspace,
}

impl<'w> CustodyDesk<'w> {
    pub(crate) const fn new(workspace: &'w Workspace) -> Self {
        Self { workspace }
    }

    /// What may be told of all keys that pseudonyms are made with.
    pub(crate) fn facts(&self) -> Result<Vec<KeyFacts>> {
        let keys = &self.workspace.keys;
        let mut facts = keys.pseudonyms.facts()?;
        facts.extend(
            keys.recipients
                .facts()?
                .into_iter()
                // Each file has keys of its own for its bridges; one line is enough.
                .filter(|key| key.domain != Bridge::DOMAIN),
        );
        Ok(facts)
    }

    /// The keeper of a domain's keys.
    pub(crate) fn keeper(&self, domain: &str) -> &Arc<Keeper> {
        let keys = &self.workspace.keys;
        if domain == ANALYSIS_DOMAIN {
            &keys.pseudonyms
        } else {
            &keys.recipients
        }
    }

    /// Draws the first key of a domain; gives its id. Nobody's pseudonyms change by it.
    pub(crate) fn draw_first(
        &self,
        who: &Keyholder,
        domain: &str,
        algorithm: Algorithm,
    ) -> Result<String> {
        custodian_only(who)?;
        let has = self
            .facts()?
            .iter()
            .any(|key| key.domain == domain && key.algorithm == algorithm);
        if has {
            return Err(NotAllowed(format!(
                "domain `{domain}` has a key of this kind: `haven key rotate {domain}` asks for a new one"
            ))
            .into());
        }
        let id = self
            .keeper(domain)
            .change(|ring, today| ring.draw(domain, algorithm, today))?;
        self.note(who, &format!("key {id} of {domain} drawn"), Outcome::Done)?;
        Ok(id)
    }

    /// Asks for a change; gives the number of the request.
    pub(crate) async fn ask(
        &self,
        who: &Keyholder,
        domain: &str,
        change: KeyChange,
        id: Option<&str>,
        why: &str,
    ) -> Result<u64> {
        custodian_only(who)?;
        let mine: Vec<KeyFacts> = self
            .facts()?
            .into_iter()
            .filter(|key| key.domain == domain && !matches!(key.state, KeyState::Destroyed { .. }))
            .collect();
        if domain == Bridge::DOMAIN {
            return Err(NotAllowed(
                "the keys of bridges are changed with the keys that the bridges lead from"
                    .to_owned(),
            )
            .into());
        }
        let key_id = match change {
            KeyChange::Rotate => {
                let number = mine
                    .iter()
                    .filter(|key| key.algorithm == Algorithm::HmacSha256)
                    .filter_map(|key| custody::key_number(&key.id))
                    .map(|(_, number)| number)
                    .max()
                    .ok_or_else(|| {
                        NotAllowed(format!(
                            "domain `{domain}` has no key that could be replaced"
                        ))
                    })?;
                format!("k{}", number + 1)
            }
            KeyChange::Destroy => {
                let id = id.unwrap_or(ALL);
                if !mine.iter().any(|key| id == ALL || key.id == id) {
                    return Err(NotAllowed(format!(
                        "domain `{domain}` has no key that could be destroyed"
                    ))
                    .into());
                }
                id.to_owned()
            }
        };
        let new = NewKeyRequest {
            domain: domain.to_owned(),
            change,
            key_id,
            why: why.to_owned(),
            asked_by: who.username.clone(),
            asked_at: self.workspace.clock.now(),
        };
        let number = self.workspace.control.ask_key_change(&new).await?;
        let number = number.ok_or_else(|| {
            NotAllowed(format!(
                "another change of domain `{domain}` waits: decide that one first"
            ))
        })?;
        let what = format!("key change {number} asked for: {change} {domain}");
        self.note(who, &what, Outcome::Done)?;
        Ok(number)
    }

    /// Approves or refuses a change, and carries out what is approved.
    pub(crate) async fn decide(
        &self,
        who: &Keyholder,
        number: u64,
        approve: bool,
    ) -> Result<KeyRequest> {
        let control = &self.workspace.control;
        let request = self.request(number).await?;
        let now = self.workspace.clock.now();
        if request.asked.asked_by == who.username {
            let what = format!("key change {number}: nobody decides what they asked for");
            self.note(who, &what, Outcome::Refused)?;
            return Err(NotAllowed(
                "nobody approves their own change: another key custodian or an asset owner has to"
                    .to_owned(),
            )
            .into());
        }
        if !control
            .decide_key_change(number, &who.username, approve, now)
            .await?
        {
            return Err(NotAllowed(format!("change {number} has been decided already")).into());
        }
        let word = if approve { "approved" } else { "refused" };
        self.note(who, &format!("key change {number} {word}"), Outcome::Done)?;
        if approve {
            self.carry_out(who, number).await?;
        }
        self.request(number).await
    }

    /// Carries out an approved change. Done twice it comes to the same, so that one that was cut off can be gone on
    /// with.
    pub(crate) async fn carry_out(&self, who: &Keyholder, number: u64) -> Result<()> {
        let request = self.request(number).await?;
        if request.state() != control::KeyRequestState::Approved {
            return Ok(());
        }
        let asked = &request.asked;
        match asked.change {
            KeyChange::Rotate => self.rotate(&asked.domain, &asked.key_id)?,
            KeyChange::Destroy => {
                let id = Some(asked.key_id.as_str()).filter(|id| *id != ALL);
                self.keeper(&asked.domain).change(|ring, today| {
                    match ring.destroy(&asked.domain, id, today) {
                        // It was destroyed before the request could be marked as done.
                        Err(custody::CustodyError::NoKey(_)) => Ok(Vec::new()),
                        done => done,
                    }
                })?;
            }
        }
        let what = format!(
            "key change {number} carried out: {} {} of {}",
            asked.change, asked.key_id, asked.domain
        );
        self.note(who, &what, Outcome::Done)?;
        let now = self.workspace.clock.now();
        Ok(self.workspace.control.key_change_done(number, now).await?)
    }

    /// Puts a new key in use. Pseudonyms of recipients are made from those of the analysis zone, so their keys change
    /// with that zone's: a pseudonym that changes always shows another key.
    fn rotate(&self, domain: &str, id: &str) -> Result<()> {
        let keys = &self.workspace.keys;
        let there =
            |facts: &[KeyFacts]| facts.iter().any(|key| key.domain == domain && key.id == id);
        let keeper = self.keeper(domain);
        if there(&keeper.facts()?) {
            return Ok(());
        }
        if domain == ANALYSIS_DOMAIN {
            keys.recipients.change(|ring, today| {
                for key in ring.facts() {
                    let changes = key.algorithm == Algorithm::HmacSha256
                        && key.state == KeyState::InUse
                        && key.domain != Bridge::DOMAIN;
                    if changes {
                        ring.draw(&key.domain, Algorithm::HmacSha256, today)?;
                    }
                }
                Ok(())
            })?;
        }
        keeper.change(|ring, today| {
            if !there(&ring.facts()) {
                ring.draw(domain, Algorithm::HmacSha256, today)?;
            }
            Ok(())
        })?;
        Ok(())
    }

    /// Makes the bridges of a domain, from every earlier key to the one in use, for people by their internal
    /// identities. Gives the keys that they lead from.
    pub(crate) fn bridge(
        &self,
        who: &Keyholder,
        domain: &str,
        people: &[String],
    ) -> Result<Vec<String>> {
        custodian_only(who)?;
        let people: Vec<&str> = people.iter().map(String::as_str).collect();
        let keeper = self.keeper(domain);
        let earlier = earlier(&keeper.facts()?, domain);
        if earlier.is_empty() {
            return Err(NotAllowed(format!(
                "domain `{domain}` has no earlier key that a bridge could lead from"
            ))
            .into());
        }
        let (kind, pairs) = self.pairs(domain, &people)?;
        let pairs: Vec<(&str, &str)> = pairs
            .iter()
            .map(|(a, b)| (a.as_str(), b.as_str()))
            .collect();
        for from in &earlier {
            keeper.build_bridge(domain, from, kind, &pairs)?;
            self.note(
                who,
                &format!("bridge of {domain} from key {from} made"),
                Outcome::Done,
            )?;
        }
        Ok(earlier)
    }

    /// What an earlier pseudonym of each person and the one of now are made of. A recipient's is made from the
    /// analysis zone's, whose key may have changed as well.
    fn pairs(&self, domain: &str, people: &[&str]) -> Result<(Kind, Vec<(String, String)>)> {
        let same = |texts: &[&str]| {
            texts
                .iter()
                .map(|t| ((*t).to_owned(), (*t).to_owned()))
                .collect()
        };
        if domain == ANALYSIS_DOMAIN {
            return Ok((Kind::Person, same(people)));
        }
        let ring = self.workspace.keys.pseudonyms.ring()?;
        let now = ring.pseudonyms(ANALYSIS_DOMAIN, None, Kind::Person, people)?;
        let mut pairs: Vec<(String, String)> =
            same(&now.iter().map(String::as_str).collect::<Vec<_>>());
        for id in earlier(&ring.facts(), ANALYSIS_DOMAIN) {
            let then = ring.pseudonyms(ANALYSIS_DOMAIN, Some(&id), Kind::Person, people)?;
            pairs.extend(then.into_iter().zip(now.iter().cloned()));
        }
        Ok((Kind::Recipient, pairs))
    }

    async fn request(&self, number: u64) -> Result<KeyRequest> {
        let request = self.workspace.control.key_request(number).await?;
        Ok(request.ok_or_else(|| NotAllowed(format!("there is no change {number} of a key")))?)
    }

    /// Keeps an entry in the audit log, before anything relies on what it says.
    pub(crate) fn note(&self, who: &Keyholder, what: &str, outcome: Outcome) -> Result<()> {
        let mut entry = EntryBody::new(
            self.workspace.clock.now(),
            govern::Kind::KeyChanged,
            &who.username,
            outcome,
        );
        entry.on_behalf_of = Some(who.organisation.clone());
        entry.object_kind = Some(ObjectKind::Key);
        entry.reason = Some(what.to_owned());
        self.workspace.audit.keep(entry)?;
        Ok(())
    }
}

/// The keys of a domain that were in use before the one that is, as far as they can still be used.
fn earlier(facts: &[KeyFacts], domain: &str) -> Vec<String> {
    facts
        .iter()
        .filter(|key| key.domain == domain && key.algorithm == Algorithm::HmacSha256)
        .filter(|key| key.state == KeyState::Earlier)
        .map(|key| key.id.clone())
        .collect()
}

fn custodian_only(who: &Keyholder) -> Result<()> {
    if who.role == Role::KeyCustodian {
        return Ok(());
    }
    Err(NotAllowed("only a key custodian may do this; an asset owner approves".to_owned()).into())
}

/// How many days ago a key was made, where that is known.
pub(crate) fn age(key: &KeyFacts, now: DateTime<Utc>) -> Option<i64> {
    let made: chrono::NaiveDate = key.made.as_deref()?.parse().ok()?;
    Some((now.date_naive() - made).num_days())
}

/// What a domain is for, in words.
pub(crate) fn what_for(domain: &str) -> String {
    match domain {
        ANALYSIS_DOMAIN => "Pseudonyms within the analysis zone".to_owned(),
        RECIPIENTS_DOMAIN => "Keys of recipients, as workspaces from before make them".to_owned(),
        Bridge::DOMAIN => "Seals bridges between keys".to_owned(),
        other => {
            let parts: Vec<&str> = other.split('/').collect();
            match parts.as_slice() {
                [agreement, version, organisation, purpose, ..] => format!(
                    "Pseudonyms for {organisation} under {agreement}, version {version}, for {}",
                    purpose.replace('_', " ")
                ),
                _ => format!("Pseudonyms of {other}"),
            }
        }
    }
}
