//! Acting on a version that was handed in: approving, sending back, taking back, signing, and what comes after its end.
//!
//! INVARIANT: an act names the digest of the text that its author saw, and takes the next number of all acts before it
//! looks at anything. Of two acts at once the second is judged on what the first left behind.

use super::{
    ActKind, ActRefusal, AgreementAct, ApprovalRules, TRIES, VersionLife, act, in_words,
    next_number, version, was_taken,
};
use crate::{Control, ControlError, row::kept, time::to_millis};
use chrono::{DateTime, Utc};
use model::Date;
use sqlx::{Any, Transaction};

/// Who acts: an account in one of its positions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgreementActor {
    /// The account.
    pub username: String,
    /// The role in which they act.
    pub role: String,
    /// The organisation for which they act.
    pub organisation: String,
}

/// A signature to be put on record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSignature {
    /// The party that signs, by its code.
    pub party: String,
    /// Who signed for it.
    pub name: String,
    /// As what they signed.
    pub role: String,
    /// The day on which they did.
    pub day: Date,
    /// Where the evidence lies, such as the signed letter.
    pub evidence: String,
}

/// What became of an act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Acted {
    /// It is on record, under this number.
    Now(u64),
    /// It was on record already, under this number.
    Already(u64),
    /// It cannot stand.
    Refused(ActRefusal),
}

impl Control {
    /// Approves the version with this digest. Sent twice, it counts once.
    pub async fn approve_agreement(
        &self,
        digest: &str,
        who: &AgreementActor,
        words: &str,
        rules: &ApprovalRules,
        at: DateTime<Utc>,
    ) -> Result<Acted, ControlError> {
        if !words.is_empty() {
            in_words("a remark", words)?;
        }
        self.act(
            ActKind::Approved,
            digest,
            who,
            Said::Words(words),
            rules,
            at,
        )
        .await
    }

    /// Sends the version with this digest back to its writers.
    pub async fn return_agreement(
        &self,
        digest: &str,
        who: &AgreementActor,
        reason: &str,
        rules: &ApprovalRules,
        at: DateTime<Utc>,
    ) -> Result<Acted, ControlError> {
        in_words("the reason for sending back", reason)?;
        self.act(
            ActKind::Returned,
            digest,
            who,
            Said::Words(reason),
            rules,
            at,
        )
        .await
    }

    /// Takes the version with this digest back; for those who wrote it.
    pub async fn withdraw_agreement(
        &self,
        digest: &str,
        who: &AgreementActor,
        reason: &str,
        rules: &ApprovalRules,
        at: DateTime<Utc>,
    ) -> Result<Acted, ControlError> {
        in_words("the reason for taking back", reason)?;
        self.act(
            ActKind::Withdrawn,
            digest,
            who,
            Said::Words(reason),
            rules,
            at,
        )
        .await
    }

    /// Puts the signature of a party on record. Whether it is a party is for the caller to see: no text is read here.
    pub async fn sign_agreement(
        &self,
        digest: &str,
        who: &AgreementActor,
        signature: &NewSignature,
        rules: &ApprovalRules,
        at: DateTime<Utc>,
    ) -> Result<Acted, ControlError> {
        in_words("the name of who signed", &signature.name)?;
        in_words("the role of who signed", &signature.role)?;
        in_words("the evidence of a signature", &signature.evidence)?;
        self.act(
            ActKind::Signed,
            digest,
            who,
            Said::Signature(signature),
            rules,
            at,
        )
        .await
    }

    /// Puts on record that an agreement is being closed, or that what was held under it was destroyed. The version need
    /// not be one that was handed in: agreements that come as content end too. Said twice, it is kept once.
    pub async fn end_agreement(
        &self,
        kind: ActKind,
        (reference, version, digest): (&str, &str, &str),
        who: &AgreementActor,
        words: &str,
        at: DateTime<Utc>,
    ) -> Result<Acted, ControlError> {
        if !matches!(kind, ActKind::Closing | ActKind::Destroyed) {
            return Err(ControlError::Form {
                what: "the end of an agreement",
                wanted: "is `closing` or `destroyed`",
            });
        }
        in_words("the reason for an end", words)?;
        let mut tries = 0;
        loop {
            tries += 1;
            let done = async {
                let mut all = self.write().await?;
                let number = next_number(&mut all, LAST).await?;
                let rows = sqlx::query(
                    "SELECT * FROM agreement_acts WHERE digest = $1 AND act = $2 ORDER BY number",
                )
                .bind(digest)
                .bind(kind.as_str())
                .fetch_all(&mut *all)
                .await?;
                if let Some(row) = rows.first() {
                    return Ok(Acted::Already(act(row)?.number));
                }
                let new = blank(number, kind, (reference, version, digest), who, at);
                let new = AgreementAct {
                    words: words.to_owned(),
                    ..new
                };
                add(&mut all, &new).await?;
                all.commit().await?;
                Ok(Acted::Now(number))
            };
            match done.await {
                Err(ControlError::Database(source)) if tries < TRIES && was_taken(&source) => {}
                done => return done,
            }
        }
    }

    async fn act(
        &self,
        kind: ActKind,
        digest: &str,
        who: &AgreementActor,
        said: Said<'_>,
        rules: &ApprovalRules,
        at: DateTime<Utc>,
    ) -> Result<Acted, ControlError> {
        let mut tries = 0;
        loop {
            tries += 1;
            match self.try_to_act(kind, digest, who, said, rules, at).await {
                Err(ControlError::Database(source)) if tries < TRIES && was_taken(&source) => {}
                done => return done,
            }
        }
    }

    async fn try_to_act(
        &self,
        kind: ActKind,
        digest: &str,
        who: &AgreementActor,
        said: Said<'_>,
        rules: &ApprovalRules,
        at: DateTime<Utc>,
    ) -> Result<Acted, ControlError> {
        let mut all = self.write().await?;
        let number = next_number(&mut all, LAST).await?;
        let Some((life, later)) = life_of(&mut all, digest).await? else {
            return Ok(Acted::Refused(ActRefusal::NoSuchText));
        };
        if let Some(before) = life.acts.iter().find(|act| said.is(kind, who, act)) {
            return Ok(Acted::Already(before.number));
        }
        let later = later.as_deref();
        let allowed = match (kind, said) {
            (ActKind::Approved, _) => life.may_approve(who, later, rules),
            (ActKind::Returned, _) => life.may_return(who, later, rules),
            (ActKind::Signed, Said::Signature(signature)) => life.may_sign(&signature.party, rules),
            _ => life.may_withdraw(who, rules),
        };
        if let Err(refusal) = allowed {
            return Ok(Acted::Refused(refusal));
        }
        let about = &life.version;
        let new = blank(
            number,
            kind,
            (&about.reference, &about.version, &about.digest),
            who,
            at,
        );
        add(&mut all, &said.in_act(new)).await?;
        all.commit().await?;
        Ok(Acted::Now(number))
    }
}

const LAST: &str = "SELECT COALESCE(MAX(number), 0) AS last FROM agreement_acts";

/// What an act says beside what was done.
#[derive(Debug, Clone, Copy)]
enum Said<'a> {
    Words(&'a str),
    Signature(&'a NewSignature),
}

impl Said<'_> {
    /// Whether an act on record is this one, sent before.
    fn is(self, kind: ActKind, who: &AgreementActor, act: &AgreementAct) -> bool {
        act.kind == kind
            && match self {
                // Who approves twice, in whatever role, approves once.
                Self::Words(_) => act.by == who.username,
                Self::Signature(new) => {
                    (&act.party, &act.name, &act.day)
                        == (&new.party, &new.name, &new.day.to_string())
                }
            }
    }

    fn in_act(self, act: AgreementAct) -> AgreementAct {
        match self {
            Self::Words(words) => AgreementAct {
                words: words.to_owned(),
                ..act
            },
            Self::Signature(new) => AgreementAct {
                party: new.party.clone(),
                name: new.name.clone(),
                signer_role: new.role.clone(),
                day: new.day.to_string(),
                words: new.evidence.clone(),
                ..act
            },
        }
    }
}

fn blank(
    number: u64,
    kind: ActKind,
    (reference, version, digest): (&str, &str, &str),
    who: &AgreementActor,
    at: DateTime<Utc>,
) -> AgreementAct {
    AgreementAct {
        number,
        kind,
        reference: reference.to_owned(),
        version: version.to_owned(),
        digest: digest.to_owned(),
        party: String::new(),
        name: String::new(),
        signer_role: String::new(),
        day: String::new(),
        words: String::new(),
        at,
        by: who.username.clone(),
        role: who.role.clone(),
        organisation: who.organisation.clone(),
    }
}

/// A version with its acts, and the version of the same agreement that was handed in last after it and still counts.
async fn life_of(
    all: &mut Transaction<'static, Any>,
    digest: &str,
) -> Result<Option<(VersionLife, Option<String>)>, ControlError> {
    let rows = sqlx::query(
        "SELECT digest, number, reference, version, changes, why, writers, submitted_at, submitted_by
         FROM agreement_versions WHERE reference =
             (SELECT v.reference FROM agreement_versions v WHERE v.digest = $1) ORDER BY number",
    )
    .bind(digest)
    .fetch_all(&mut **all)
    .await?;
    let mut lives = Vec::with_capacity(rows.len());
    for row in &rows {
        let version = version(row)?;
        let acts = sqlx::query("SELECT * FROM agreement_acts WHERE digest = $1 ORDER BY number")
            .bind(&version.digest)
            .fetch_all(&mut **all)
            .await?;
        let acts = acts.iter().map(act).collect::<Result<_, _>>()?;
        lives.push(VersionLife { version, acts });
    }
    let Some(at) = lives.iter().position(|l| l.version.digest == digest) else {
        return Ok(None);
    };
    let after = lives.split_off(at + 1);
    let later = after.into_iter().rev().find(|l| l.over().is_none());
    Ok(lives
        .pop()
        .map(|life| (life, later.map(|l| l.version.version))))
}

async fn add(all: &mut Transaction<'static, Any>, new: &AgreementAct) -> Result<(), ControlError> {
    sqlx::query(
        "INSERT INTO agreement_acts (number, act, reference, version, digest, party, name, signer_role, day, words,
             acted_at, acted_by, acted_as, acted_for)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
    )
    .bind(kept(new.number, "number")?)
    .bind(new.kind.as_str())
    .bind(&new.reference)
    .bind(&new.version)
    .bind(&new.digest)
    .bind(&new.party)
    .bind(&new.name)
    .bind(&new.signer_role)
    .bind(&new.day)
    .bind(&new.words)
    .bind(to_millis(new.at))
    .bind(&new.by)
    .bind(&new.role)
    .bind(&new.organisation)
    .execute(&mut **all)
    .await?;
    Ok(())
}
