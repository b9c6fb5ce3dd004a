//! Acts on agreements: each is asked whether it may stand, put into the audit log, and only then done. Where somebody
//! else was quicker, the log has that too.

use super::{AgreementBook, LifeRules};
use crate::{fault::NotAllowed, workspace::Workspace};
use anyhow::{Context as _, Result};
use control::{
    ActKind, ActRefusal, Acted, AgreementActor, AgreementVersion, NewAgreementVersion,
    NewSignature, Submitted, SuspendedKind, SuspensionDone, VersionLife,
};
use govern::{
    Agreement, AuditKeeper as _, Digest, EntryBody, Kind, ObjectKind, Outcome,
    agreement::NotAnAgreement,
};
use model::OrganisationCode;

/// Why an act on an agreement does not stand, in words for whoever acts.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LifeRefusal {
    /// Its life does not allow it now.
    #[error(transparent)]
    Act(#[from] ActRefusal),
    /// The role is not one that does this.
    #[error("the role {role} does not {what}; {may} does")]
    Role {
        role: String,
        what: &'static str,
        may: String,
    },
    /// The text is no agreement.
    #[error("{message}")]
    Text { message: String },
    /// Another text has this reference and version.
    #[error(
        "version {version} of {reference} is there already, with another text: give yours a version of its own"
    )]
    VersionTaken { reference: String, version: String },
    /// The draft was changed.
    #[error("the draft was changed after you looked at it: look at it again")]
    DraftChanged,
    /// Not a party.
    #[error("`{0}` is not a party of this agreement")]
    NotAParty(String),
    /// Not for this organisation.
    #[error("you act for {own}, and only {may} puts the signatures of other parties on record")]
    NotYourParty { own: String, may: String },
    /// A day that lies ahead.
    #[error("the day of a signature cannot lie ahead")]
    SignedAhead,
    /// A reference that is an address of this site.
    #[error("`{0}` cannot be a reference here: it is a word of this site's addresses")]
    Reserved(String),
    /// No such thing.
    #[error("there is no {what} `{which}`")]
    Nothing { what: &'static str, which: String },
    /// Nobody lifts what was laid on them.
    #[error("nobody suspends themselves or lifts their own suspension")]
    Oneself,
    /// It has not ended.
    #[error("it can be wound up once it has ended, and it has not")]
    NotEnded,
}

/// A version that was handed in.
#[derive(Debug, Clone)]
pub(crate) struct Handed {
    pub(crate) reference: String,
    pub(crate) version: String,
    pub(crate) digest: String,
    /// Whether it was handed in before.
    pub(crate) already: bool,
}

/// What is to be stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SuspendWhat {
    pub(crate) kind: SuspendedKind,
    pub(crate) subject: String,
}

/// References that would hide a page of this site.
const RESERVED: [&str; 4] = ["new", "drafts", "approvals", "simulate"];

/// An account that acts: in the first of its positions whose role is one of these.
pub(crate) async fn actor_of(
    workspace: &Workspace,
    username: &str,
    roles: &[String],
) -> Result<AgreementActor> {
    let account = workspace
        .control
        .account(username)
        .await?
        .filter(|account| account.disabled_at.is_none())
        .ok_or_else(|| {
            NotAllowed(format!(
                "there is no account `{username}` here; name yours with `--as`"
            ))
        })?;
    let position = account
        .positions
        .iter()
        .find(|p| roles.iter().any(|role| role == p.role.as_str()))
        .ok_or_else(|| {
            NotAllowed(format!(
                "account `{username}` does not do this; {} does",
                roles.join(" or ")
            ))
        })?;
    Ok(AgreementActor {
        username: account.username.clone(),
        role: position.role.to_string(),
        organisation: position.organisation.to_string(),
    })
}

impl Workspace {
    /// Hands a text in for approval.
    pub(crate) async fn submit_agreement(
        &self,
        who: &AgreementActor,
        text: &str,
        why: &str,
        draft: Option<&control::AgreementDraft>,
    ) -> Result<Result<Handed, LifeRefusal>> {
        let rules = LifeRules::read(&self.content)?;
        if let Err(refusal) = has_role(who, "write agreements", &rules.write) {
            return Ok(Err(refusal));
        }
        let book = self.agreements().await?;
        let agreement = match Agreement::from_text("draft", text, book.house()) {
            Ok(agreement) => agreement,
            Err(fault) => return Ok(Err(mistakes(&fault))),
        };
        let (reference, version) = (agreement.reference.clone(), agreement.version.clone());
        if RESERVED.contains(&reference.as_str()) {
            return Ok(Err(LifeRefusal::Reserved(reference)));
        }
        let digest = agreement.digest().clone();
        let known = book.version(&reference, &version);
        let handed = |already| Handed {
            reference: reference.clone(),
            version: version.clone(),
            digest: digest.as_str().to_owned(),
            already,
        };
        if book.life(digest.as_str()).is_none() && known.is_some() {
            return Ok(Err(LifeRefusal::VersionTaken { reference, version }));
        }
        let changes = draft.map(|d| d.changes.clone()).filter(|c| !c.is_empty());
        let changes = changes.unwrap_or_else(|| {
            book.get(&reference)
                .map(|a| a.digest().as_str().to_owned())
                .unwrap_or_default()
        });
        let new = NewAgreementVersion {
            reference: reference.clone(),
            version: version.clone(),
            changes,
            text: text.to_owned(),
            why: why.to_owned(),
            writers: draft.map(|d| d.writers.clone()).unwrap_or_default(),
            by: who.username.clone(),
            at: self.clock.now(),
        };
        let about = (reference.as_str(), version.as_str(), &digest);
        self.log_act(
            Kind::AgreementSubmitted,
            who,
            about,
            Outcome::Done,
            "handed in for approval",
        )?;
        let draft = draft.map(|d| (d.id.as_str(), d.revision));
        Ok(match self.control.submit_agreement(&new, draft).await? {
            Submitted::Now(_) => Ok(handed(false)),
            Submitted::Already(_) => Ok(handed(true)),
            no => {
                self.log_act(
                    Kind::AgreementSubmitted,
                    who,
                    about,
                    Outcome::Refused,
                    "not handed in",
                )?;
                Err(match no {
                    Submitted::DraftChanged => LifeRefusal::DraftChanged,
                    _ => LifeRefusal::VersionTaken { reference, version },
                })
            }
        })
    }

    /// Approves, sends back or takes back the version with this digest.
    pub(crate) async fn judge_agreement(
        &self,
        kind: ActKind,
        who: &AgreementActor,
        digest: &str,
        words: &str,
    ) -> Result<Result<AgreementVersion, LifeRefusal>> {
        let rules = LifeRules::read(&self.content)?.approval();
        let book = self.agreements().await?;
        let Some(life) = book.life(digest) else {
            return Ok(Err(ActRefusal::NoSuchText.into()));
        };
        // What was done before by the same person is done, and not judged again.
        let done = |act: &control::AgreementAct| act.kind == kind && act.by == who.username;
        if life.acts.iter().any(done) {
            return Ok(Ok(life.version.clone()));
        }
        let later = book.later(life);
        let allowed = match kind {
            ActKind::Approved => life.may_approve(who, later, &rules),
            ActKind::Returned => life.may_return(who, later, &rules),
            _ => life.may_withdraw(who, &rules),
        };
        let (logged, says) = match kind {
            ActKind::Approved => (Kind::AgreementApproved, "approved"),
            ActKind::Returned => (Kind::AgreementReturned, "sent back"),
            _ => (Kind::AgreementReturned, "taken back"),
        };
        if let Err(refusal) = allowed {
            self.log_life(logged, who, life, Outcome::Refused, &refusal.to_string())?;
            return Ok(Err(refusal.into()));
        }
        self.log_life(logged, who, life, Outcome::Done, says)?;
        let now = self.clock.now();
        let control = &self.control;
        let acted = match kind {
            ActKind::Approved => {
                control
                    .approve_agreement(digest, who, words, &rules, now)
                    .await?
            }
            ActKind::Returned => {
                control
                    .return_agreement(digest, who, words, &rules, now)
                    .await?
            }
            _ => {
                control
                    .withdraw_agreement(digest, who, words, &rules, now)
                    .await?
            }
        };
        self.settled(acted, logged, who, life)
    }

    /// Puts the signature of a party on record.
    pub(crate) async fn sign_agreement(
        &self,
        who: &AgreementActor,
        digest: &str,
        signature: &NewSignature,
    ) -> Result<Result<AgreementVersion, LifeRefusal>> {
        let rules = LifeRules::read(&self.content)?;
        let book = self.agreements().await?;
        let (Some(life), Some(agreement)) = (book.life(digest), book.by_digest(digest)) else {
            return Ok(Err(ActRefusal::NoSuchText.into()));
        };
        if let Err(refusal) = may_sign_for(who, &agreement, signature, &rules) {
            return Ok(Err(refusal));
        }
        if signature.day > govern::agreement::day_of(self.clock.now()) {
            return Ok(Err(LifeRefusal::SignedAhead));
        }
        let day = signature.day.to_string();
        let same = |act: &control::AgreementAct| {
            act.party == signature.party && act.name == signature.name && act.day == day
        };
        if life.signatures().any(same) {
            return Ok(Ok(life.version.clone()));
        }
        if let Err(refusal) = life.may_sign(&signature.party, &rules.approval()) {
            let says = refusal.to_string();
            self.log_life(Kind::AgreementSigned, who, life, Outcome::Refused, &says)?;
            return Ok(Err(refusal.into()));
        }
        let says = format!("signed by {}", signature.party);
        self.log_life(Kind::AgreementSigned, who, life, Outcome::Done, &says)?;
        let acted = self
            .control
            .sign_agreement(digest, who, signature, &rules.approval(), self.clock.now())
            .await?;
        self.settled(acted, Kind::AgreementSigned, who, life)
    }

    /// Says that an agreement that has ended is being wound up.
    pub(crate) async fn close_agreement(
        &self,
        who: &AgreementActor,
        reference: &str,
        words: &str,
    ) -> Result<Result<(), LifeRefusal>> {
        let rules = LifeRules::read(&self.content)?;
        if let Err(refusal) = has_role(who, "wind agreements up", &rules.close) {
            return Ok(Err(refusal));
        }
        let now = self.clock.now();
        let today = govern::agreement::day_of(now);
        let book = self.agreements().await?;
        let Some(agreement) = book.on(reference, today) else {
            return Ok(Err(nothing("agreement", reference)));
        };
        if agreement.days_left(today) >= 0 {
            return Ok(Err(LifeRefusal::NotEnded));
        }
        let about = (reference, agreement.version.as_str(), agreement.digest());
        self.log_act(
            Kind::AgreementClosed,
            who,
            about,
            Outcome::Done,
            "is being wound up",
        )?;
        let about = (
            reference,
            agreement.version.as_str(),
            agreement.digest().as_str(),
        );
        self.control
            .end_agreement(ActKind::Closing, about, who, words, now)
            .await?;
        Ok(Ok(()))
    }

    /// Stops something at once; gives the number of the suspension.
    pub(crate) async fn suspend(
        &self,
        who: &AgreementActor,
        what: &SuspendWhat,
        reason: &str,
    ) -> Result<Result<u64, LifeRefusal>> {
        let rules = LifeRules::read(&self.content)?;
        if let Err(refusal) = has_role(who, "suspend", &rules.suspend) {
            return Ok(Err(refusal));
        }
        let book = self.agreements().await?;
        if let Some(refusal) = self.unknown(&book, who, what).await? {
            return Ok(Err(refusal));
        }
        let mut entry = self.entry_about(&book, Kind::Suspended, who, what);
        entry.reason = Some(format!("{} {}", what.kind, what.subject));
        self.audit.keep(entry)?;
        let now = self.clock.now();
        let done = self
            .control
            .suspend(what.kind, &what.subject, reason, &who.username, now)
            .await?;
        Ok(match done {
            SuspensionDone::Now(number) | SuspensionDone::Already(number) => Ok(number),
            SuspensionDone::None => Err(nothing("suspension of", &what.subject)),
        })
    }

    /// Lifts a suspension; says what it was of.
    pub(crate) async fn lift_suspension(
        &self,
        who: &AgreementActor,
        number: u64,
        why: &str,
    ) -> Result<Result<SuspendWhat, LifeRefusal>> {
        let rules = LifeRules::read(&self.content)?;
        if let Err(refusal) = has_role(who, "lift suspensions", &rules.suspend) {
            return Ok(Err(refusal));
        }
        let book = self.agreements().await?;
        let Some(suspension) = book.suspensions.iter().find(|s| s.number == number) else {
            return Ok(Err(nothing("suspension", &number.to_string())));
        };
        let what = SuspendWhat {
            kind: suspension.kind,
            subject: suspension.subject.clone(),
        };
        if what.kind == SuspendedKind::Person && what.subject == who.username {
            return Ok(Err(LifeRefusal::Oneself));
        }
        let mut entry = self.entry_about(&book, Kind::SuspensionLifted, who, &what);
        entry.reason = Some(format!("{} {}", what.kind, what.subject));
        self.audit.keep(entry)?;
        self.control
            .lift(number, why, &who.username, self.clock.now())
            .await?;
        Ok(Ok(what))
    }

    /// Why something cannot be suspended: there is no such thing, or it is oneself.
    async fn unknown(
        &self,
        book: &AgreementBook,
        who: &AgreementActor,
        what: &SuspendWhat,
    ) -> Result<Option<LifeRefusal>> {
        let subject = what.subject.as_str();
        Ok(match what.kind {
            SuspendedKind::Agreement if book.get(subject).is_none() => {
                Some(nothing("agreement", subject))
            }
            SuspendedKind::Release if self.control.any_release(subject).await?.is_none() => {
                Some(nothing("release", subject))
            }
            SuspendedKind::Person if subject == who.username => Some(LifeRefusal::Oneself),
            SuspendedKind::Person if self.control.account(subject).await?.is_none() => {
                Some(nothing("account", subject))
            }
            _ => None,
        })
    }

    fn entry_about(
        &self,
        book: &AgreementBook,
        kind: Kind,
        who: &AgreementActor,
        what: &SuspendWhat,
    ) -> EntryBody {
        let mut entry = EntryBody::new(self.clock.now(), kind, &who.username, Outcome::Done);
        entry.on_behalf_of = Some(who.organisation.clone());
        entry.object_kind = Some(match what.kind {
            SuspendedKind::Agreement => ObjectKind::Agreement,
            SuspendedKind::Person => ObjectKind::Account,
            SuspendedKind::Release => ObjectKind::Release,
        });
        let today = govern::agreement::day_of(self.clock.now());
        if what.kind == SuspendedKind::Agreement
            && let Some(agreement) = book.on(&what.subject, today)
        {
            entry.agreement = Some(agreement.reference.clone());
            entry.agreement_version = Some(agreement.version.clone());
            entry.policy_digest = Some(agreement.digest().clone());
        }
        entry
    }

    fn settled(
        &self,
        acted: Acted,
        kind: Kind,
        who: &AgreementActor,
        life: &VersionLife,
    ) -> Result<Result<AgreementVersion, LifeRefusal>> {
        Ok(match acted {
            Acted::Now(_) | Acted::Already(_) => Ok(life.version.clone()),
            Acted::Refused(refusal) => {
                self.log_life(kind, who, life, Outcome::Refused, &refusal.to_string())?;
                Err(refusal.into())
            }
        })
    }

    fn log_life(
        &self,
        kind: Kind,
        who: &AgreementActor,
        life: &VersionLife,
        outcome: Outcome,
        says: &str,
    ) -> Result<()> {
        let version = &life.version;
        let digest = Digest::parse(&version.digest)?;
        let about = (
            version.reference.as_str(),
            version.version.as_str(),
            &digest,
        );
        self.log_act(kind, who, about, outcome, says)
    }

    /// Keeps an entry about an act on a version. What people typed as a reason is not in it.
    pub(crate) fn log_act(
        &self,
        kind: Kind,
        who: &AgreementActor,
        (reference, version, digest): (&str, &str, &Digest),
        outcome: Outcome,
        says: &str,
    ) -> Result<()> {
        let mut entry = EntryBody::new(self.clock.now(), kind, &who.username, outcome);
        entry.on_behalf_of = Some(who.organisation.clone());
        entry.agreement = Some(reference.to_owned());
        entry.agreement_version = Some(version.to_owned());
        entry.policy_digest = Some(digest.clone());
        entry.object_kind = Some(ObjectKind::Agreement);
        entry.object_digest = Some(digest.clone());
        entry.reason = Some(format!("{says}, as {}", who.role));
        self.audit
            .keep(entry)
            .context("nothing is done while the audit log cannot be written")?;
        Ok(())
    }
}

/// What is wrong with a text, each at its line.
fn mistakes(fault: &NotAnAgreement) -> LifeRefusal {
    let all: Vec<&str> = fault.findings.iter().map(|f| f.message.as_str()).collect();
    LifeRefusal::Text {
        message: all.join("\n\n"),
    }
}

fn has_role(who: &AgreementActor, what: &'static str, roles: &[String]) -> Result<(), LifeRefusal> {
    if roles.contains(&who.role) {
        return Ok(());
    }
    Err(LifeRefusal::Role {
        role: who.role.clone(),
        what,
        may: roles.join(" or "),
    })
}

fn may_sign_for(
    who: &AgreementActor,
    agreement: &Agreement,
    signature: &NewSignature,
    rules: &LifeRules,
) -> Result<(), LifeRefusal> {
    let party = OrganisationCode::new(&signature.party)
        .ok()
        .filter(|code| agreement.party(code).is_some())
        .ok_or_else(|| LifeRefusal::NotAParty(signature.party.chars().take(60).collect()))?;
    if rules.sign_for_others.contains(&who.role) {
        return Ok(());
    }
    has_role(who, "sign agreements", &rules.sign)?;
    if party.as_str() == who.organisation {
        return Ok(());
    }
    Err(LifeRefusal::NotYourParty {
        own: who.organisation.clone(),
        may: rules.sign_for_others.join(" or "),
    })
}

fn nothing(what: &'static str, which: &str) -> LifeRefusal {
    LifeRefusal::Nothing {
        what,
        which: which.chars().filter(|c| !c.is_control()).take(60).collect(),
    }
}
