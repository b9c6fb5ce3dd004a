//! The agreements that there are: those of content and the versions that were handed in, each with what is known of it
//! from outside its text. Every question, page and command has them from here, so that a suspension, a signature or an
//! end holds in the very next request.

mod acts;
mod after;
mod ends;

pub(crate) use acts::{LifeRefusal, SuspendWhat, actor_of};
pub(crate) use after::{DueAfterEnd, due_after_end, remains, warn_of_retention};
pub(crate) use ends::{ends_soon, warn};

use crate::workspace::Workspace;
use anyhow::{Context as _, Result};
use chrono::{DateTime, Utc};
use control::{
    ActKind, AgreementAct, ApprovalRules, Stage, SuspendedKind, Suspension, VersionLife,
};
use govern::{
    Agreement, Agreements, Digest,
    agreement::{Facts, House, clauses, day_of},
};
use model::{Content, Date, OrganisationCode};
use serde::Deserialize;
use std::{
    collections::BTreeMap,
    ops::Deref,
    sync::{Arc, Mutex},
};

/// Who does what in the life of an agreement, from `content/agreement-life.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LifeRules {
    pub(crate) write: Vec<String>,
    pub(crate) approve: Vec<String>,
    pub(crate) sign: Vec<String>,
    pub(crate) sign_for_others: Vec<String>,
    pub(crate) suspend: Vec<String>,
    pub(crate) close: Vec<String>,
    pub(crate) know_all: Vec<String>,
    pub(crate) warn_days: Vec<u64>,
    pub(crate) warn: Vec<String>,
    pub(crate) warn_destruction: Vec<String>,
}

impl LifeRules {
    /// Reads them.
    pub(crate) fn read(content: &Content) -> Result<Self> {
        Ok(content.toml("agreement-life.toml")?)
    }

    /// Whose approvals count. How many it takes is the model's to say.
    pub(crate) fn approval(&self) -> ApprovalRules {
        ApprovalRules {
            roles: self.approve.clone(),
            needed: govern::agreement::facts::APPROVALS_NEEDED,
        }
    }
}

/// All that is known of agreements at a moment.
#[derive(Debug)]
pub(crate) struct AgreementBook {
    agreements: Agreements,
    /// The versions that were handed in, with what was done with them.
    pub(crate) lives: Vec<VersionLife>,
    /// What was stopped, and lifted.
    pub(crate) suspensions: Vec<Suspension>,
    acts: Vec<AgreementAct>,
    /// The text of each version that was handed in, by digest.
    texts: BTreeMap<String, String>,
    /// Versions that were in force and can no longer be read, with why: their agreements permit nothing.
    pub(crate) unreadable: Vec<(String, String)>,
    house: Arc<House>,
}

impl Deref for AgreementBook {
    type Target = Agreements;
    fn deref(&self) -> &Agreements {
        &self.agreements
    }
}

/// The book as it was read last, with the stamp of control data that it was made from.
#[derive(Debug, Default)]
pub(crate) struct Shelf(Mutex<Option<(String, Arc<AgreementBook>)>>);

impl Workspace {
    /// The agreements that there are, as control data have it at this moment.
    pub(crate) async fn agreements(&self) -> Result<Arc<AgreementBook>> {
        // The stamp is taken first: what changes while the book is read is read again the next time.
        let stamp = self.control.agreement_stamp().await?;
        let shelved = self.shelf.0.lock().ok().and_then(|held| held.clone());
        if let Some((known, book)) = shelved
            && known == stamp
        {
            return Ok(book);
        }
        let book = Arc::new(AgreementBook::read(self).await?);
        if let Ok(mut held) = self.shelf.0.lock() {
            *held = Some((stamp, Arc::clone(&book)));
        }
        Ok(book)
    }
}

impl AgreementBook {
    async fn read(workspace: &Workspace) -> Result<Self> {
        let control = &workspace.control;
        let restricting = !control.standing_restrictions().await?.is_empty();
        let put_back = control.put_back_waiting().await?.is_some();
        let house = House::read(&workspace.content)?;
        let house = house
            .while_restricting(restricting)
            .while_put_back(put_back);
        let house = Arc::new(house);
        let (lives, acts, suspensions) = (
            control.agreement_lives().await?,
            control.agreement_acts().await?,
            control.suspensions().await?,
        );
        let approval = LifeRules::read(&workspace.content)?.approval();
        let mut found: Vec<Agreement> = Agreements::read(&workspace.content)?
            .every_version()
            .map(|agreement| {
                let facts = Facts::of_a_file();
                let facts = with_ends(facts, agreement.digest().as_str(), &acts);
                let facts = with_suspensions(facts, &agreement.reference, &suspensions);
                agreement.clone().in_house(&house).with_facts(facts)
            })
            .collect();
        let mut texts = BTreeMap::new();
        let mut unreadable: Vec<(String, String)> = Vec::new();
        for life in &lives {
            let version = &life.version;
            let text = control
                .agreement_text(&version.digest)
                .await?
                .with_context(|| format!("the text of {} is not there", version.reference))?;
            if life.over().is_none() {
                match Agreement::from_text(&version.reference, &text, &house) {
                    Ok(agreement) => {
                        let facts = with_ends(facts_of(life), &version.digest, &acts);
                        let facts = with_suspensions(facts, &version.reference, &suspensions);
                        found.push(agreement.with_facts(facts));
                    }
                    // It was read when it was handed in, so what agreements need has changed since.
                    Err(fault) if life.stage(&approval) == Stage::Approved => {
                        unreadable.push((version.reference.clone(), fault.to_string()));
                    }
                    Err(_) => {}
                }
            }
            texts.insert(version.digest.clone(), text);
        }
        let mut agreements = Agreements::default();
        // An older version must not come back because the one in force cannot be read.
        found.retain(|a| {
            unreadable
                .iter()
                .all(|(reference, _)| *reference != a.reference)
        });
        for agreement in found {
            agreements.add(agreement);
        }
        Ok(Self {
            agreements,
            lives,
            suspensions,
            acts,
            texts,
            unreadable,
            house,
        })
    }

    /// What holds for every agreement.
    pub(crate) fn house(&self) -> &Arc<House> {
        &self.house
    }

    /// The life of a version that was handed in, by its digest.
    pub(crate) fn life(&self, digest: &str) -> Option<&VersionLife> {
        self.lives.iter().find(|life| life.version.digest == digest)
    }

    /// The version of the same agreement that was handed in last after this one and still counts.
    pub(crate) fn later(&self, life: &VersionLife) -> Option<&str> {
        let version = &life.version;
        self.lives
            .iter()
            .rev()
            .take_while(|other| other.version.number > version.number)
            .find(|other| other.version.reference == version.reference && other.over().is_none())
            .map(|other| other.version.version.as_str())
    }

    /// The text of a version by its digest: one that was handed in, or a file of content.
    pub(crate) fn text(&self, content: &Content, digest: &str) -> Option<String> {
        self.texts.get(digest).cloned().or_else(|| {
            let of_content = self
                .agreements
                .every_version()
                .find(|a| a.digest().as_str() == digest)?;
            let path = format!("agreements/{}.toml", of_content.name());
            content
                .text(&path)
                .ok()
                .filter(|text| Digest::of(text).as_str() == digest)
                .map(str::to_owned)
        })
    }

    /// A version by its digest as it stood at a moment: by what had been done with it until then. For judging an old
    /// decision again.
    pub(crate) fn as_it_stood(&self, digest: &str, at: DateTime<Utc>) -> Option<Agreement> {
        let version = self.by_digest(digest)?;
        let facts = match self.life(digest) {
            Some(life) => facts_by(life, Some(at)),
            None => Facts::of_a_file(),
        };
        let acts: Vec<AgreementAct> = self.acts.iter().filter(|a| a.at <= at).cloned().collect();
        let suspensions: Vec<Suspension> = self
            .suspensions
            .iter()
            .filter(|s| s.at <= at)
            .cloned()
            .map(|mut s| {
                s.lifted = s.lifted.filter(|(lifted, _, _)| *lifted <= at);
                s
            })
            .collect();
        let facts = with_ends(facts, digest, &acts);
        let facts = with_suspensions(facts, &version.reference, &suspensions);
        Some(version.with_facts(facts))
    }

    /// A version by its digest, as everyone reads it, whether or not it counts any more.
    pub(crate) fn by_digest(&self, digest: &str) -> Option<Agreement> {
        let known = self
            .agreements
            .every_version()
            .find(|a| a.digest().as_str() == digest);
        known.cloned().or_else(|| {
            let life = self.life(digest)?;
            let text = self.texts.get(digest)?;
            let agreement =
                Agreement::from_text(&life.version.reference, text, &self.house).ok()?;
            Some(agreement.with_facts(facts_of(life)))
        })
    }
}

/// What was done with a version, as facts about it.
fn facts_of(life: &VersionLife) -> Facts {
    facts_by(life, None)
}

/// What had been done with a version by a moment, as facts about it.
fn facts_by(life: &VersionLife, at: Option<DateTime<Utc>>) -> Facts {
    let version = &life.version;
    let done = |act: &&AgreementAct| at.is_none_or(|at| act.at <= at);
    Facts {
        submitted: Some(clauses::Assent {
            name: version.by.clone(),
            role: "agreement_manager".to_owned(),
            on: day_of(version.at),
        }),
        approvals: life
            .approvals()
            .filter(done)
            .map(|act| clauses::Assent {
                name: act.by.clone(),
                role: act.role.clone(),
                on: day_of(act.at),
            })
            .collect(),
        signatures: life
            .signatures()
            .filter(done)
            .filter_map(signature)
            .collect(),
        ..Facts::default()
    }
}

fn signature(act: &AgreementAct) -> Option<clauses::Signature> {
    Some(clauses::Signature {
        party: OrganisationCode::new(&act.party).ok()?,
        name: act.name.clone(),
        role: act.signer_role.clone(),
        signed: act.day.parse().ok()?,
    })
}

fn with_ends(facts: Facts, digest: &str, acts: &[AgreementAct]) -> Facts {
    let day = |kind: ActKind| -> Option<Date> {
        acts.iter()
            .find(|act| act.kind == kind && act.digest == digest)
            .map(|act| day_of(act.at))
    };
    Facts {
        closing: day(ActKind::Closing),
        destroyed: day(ActKind::Destroyed),
        ..facts
    }
}

fn with_suspensions(facts: Facts, reference: &str, suspensions: &[Suspension]) -> Facts {
    let of_it = suspensions
        .iter()
        .filter(|s| s.kind == SuspendedKind::Agreement && s.subject == reference);
    Facts {
        suspensions: of_it
            .map(|s| clauses::Suspension {
                from: day_of(s.at),
                reason: s.reason.clone(),
                lifted: s.lifted.as_ref().map(|(at, _, _)| day_of(*at)),
            })
            .collect(),
        ..facts
    }
}
