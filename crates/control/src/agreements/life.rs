//! What follows from the acts on a version: how far it has come, and who may act on it now. Pure, so that a page shows
//! what the database will say.

use super::{ActKind, AgreementAct, AgreementActor, AgreementVersion};

/// Whose approvals count, and how many it takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApprovalRules {
    /// The roles of those who approve.
    pub roles: Vec<String>,
    /// How many people, each of another role than the rest.
    pub needed: usize,
}

/// A version with what was done with it, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionLife {
    /// The version.
    pub version: AgreementVersion,
    /// What was done with it, first to last.
    pub acts: Vec<AgreementAct>,
}

/// How far a version has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// It waits for approvals.
    Submitted,
    /// It has its approvals; parties may sign.
    Approved,
    /// An approver sent it back.
    Returned,
    /// Its writers took it back.
    Withdrawn,
}

/// Why an act on a version cannot stand.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ActRefusal {
    /// No version has this text.
    #[error("no version with this text was handed in: it has changed since you looked at it")]
    NoSuchText,
    /// It no longer waits.
    #[error("the version was {what} by {by}: nothing more can be done with it")]
    Over { what: &'static str, by: String },
    /// A later version was handed in.
    #[error("version {version} was handed in after it: look at that one instead")]
    Superseded { version: String },
    /// Nobody approves what they wrote.
    #[error("you wrote this version, and nobody approves what they wrote")]
    OwnText,
    /// Not a role whose approval counts.
    #[error("the role {role} does not approve agreements")]
    NotAnApprover { role: String },
    /// The other approval comes from the same role.
    #[error("{by} approved it as {role} already: the other approval has to come from another role")]
    SameRole { role: String, by: String },
    /// It has what it needs.
    #[error("it has been approved already, by {by}")]
    EnoughApprovals { by: String },
    /// It has not been approved.
    #[error("it can be signed once {needed} people have approved it; {given} of them have")]
    NotApproved { needed: usize, given: usize },
    /// A signature of this party stands.
    #[error("`{party}` has signed already: {name}, {day}")]
    PartySigned {
        party: String,
        name: String,
        day: String,
    },
    /// Only those who wrote it take it back.
    #[error("only those who wrote it can take it back")]
    NotYours,
}

impl VersionLife {
    /// The approvals that were given.
    pub fn approvals(&self) -> impl Iterator<Item = &AgreementAct> {
        self.of(ActKind::Approved)
    }

    /// The signatures of parties.
    pub fn signatures(&self) -> impl Iterator<Item = &AgreementAct> {
        self.of(ActKind::Signed)
    }

    /// How far it has come.
    pub fn stage(&self, rules: &ApprovalRules) -> Stage {
        match self.over() {
            Some(act) if act.kind == ActKind::Returned => Stage::Returned,
            Some(_) => Stage::Withdrawn,
            None if self.approvals().count() >= rules.needed => Stage::Approved,
            None => Stage::Submitted,
        }
    }

    /// The act that ended its way into force.
    pub fn over(&self) -> Option<&AgreementAct> {
        self.acts
            .iter()
            .find(|act| matches!(act.kind, ActKind::Returned | ActKind::Withdrawn))
    }

    /// Whether somebody may approve it now; `later` is the version that was handed in after it, if any.
    pub fn may_approve(
        &self,
        who: &AgreementActor,
        later: Option<&str>,
        rules: &ApprovalRules,
    ) -> Result<(), ActRefusal> {
        self.may_judge(who, later, rules)?;
        let same = self.approvals().find(|act| act.role == who.role);
        match same {
            Some(act) => Err(ActRefusal::SameRole {
                role: act.role.clone(),
                by: act.by.clone(),
            }),
            None => Ok(()),
        }
    }

    /// Whether somebody may send it back now.
    pub fn may_return(
        &self,
        who: &AgreementActor,
        later: Option<&str>,
        rules: &ApprovalRules,
    ) -> Result<(), ActRefusal> {
        self.may_judge(who, later, rules)
    }

    fn may_judge(
        &self,
        who: &AgreementActor,
        later: Option<&str>,
        rules: &ApprovalRules,
    ) -> Result<(), ActRefusal> {
        if !rules.roles.contains(&who.role) {
            return Err(ActRefusal::NotAnApprover {
                role: who.role.clone(),
            });
        }
        if self.version.writers.contains(&who.username) {
            return Err(ActRefusal::OwnText);
        }
        self.is_open()?;
        if let Some(version) = later {
            return Err(ActRefusal::Superseded {
                version: version.to_owned(),
            });
        }
        if self.stage(rules) == Stage::Approved {
            return Err(ActRefusal::EnoughApprovals {
                by: self
                    .approvals()
                    .map(|act| act.by.as_str())
                    .collect::<Vec<_>>()
                    .join(" and "),
            });
        }
        Ok(())
    }

    /// Whether a signature of a party may be put on record now.
    pub fn may_sign(&self, party: &str, rules: &ApprovalRules) -> Result<(), ActRefusal> {
        self.is_open()?;
        if self.stage(rules) != Stage::Approved {
            return Err(ActRefusal::NotApproved {
                needed: rules.needed,
                given: self.approvals().count(),
            });
        }
        match self.signatures().find(|act| act.party == party) {
            Some(act) => Err(ActRefusal::PartySigned {
                party: act.party.clone(),
                name: act.name.clone(),
                day: act.day.clone(),
            }),
            None => Ok(()),
        }
    }

    /// Whether somebody may take it back now: its writers, until it has been approved.
    pub fn may_withdraw(
        &self,
        who: &AgreementActor,
        rules: &ApprovalRules,
    ) -> Result<(), ActRefusal> {
        self.is_open()?;
        if !self.version.writers.contains(&who.username) {
            return Err(ActRefusal::NotYours);
        }
        if self.stage(rules) == Stage::Approved {
            return Err(ActRefusal::EnoughApprovals {
                by: self
                    .approvals()
                    .map(|act| act.by.as_str())
                    .collect::<Vec<_>>()
                    .join(" and "),
            });
        }
        Ok(())
    }

    fn is_open(&self) -> Result<(), ActRefusal> {
        match self.over() {
            None => Ok(()),
            Some(act) => Err(ActRefusal::Over {
                what: if act.kind == ActKind::Returned {
                    "sent back"
                } else {
                    "taken back"
                },
                by: act.by.clone(),
            }),
        }
    }

    fn of(&self, kind: ActKind) -> impl Iterator<Item = &AgreementAct> {
        self.acts.iter().filter(move |act| act.kind == kind)
    }
}
