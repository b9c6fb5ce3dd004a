//! Incidents: writing one down, adding to it, stopping something because of it, closing it. Each act is in the audit log
//! first. What is written says what happened to the service, never whom it happened to.

mod file;
mod told;

pub(crate) use told::remind;

use super::agreements::{LifeRefusal, SuspendWhat};
use crate::workspace::Workspace;
use anyhow::Result;
use chrono::{DateTime, TimeDelta, Utc};
use control::{
    AgreementActor, Incident, IncidentDone, IncidentFact, IncidentLineKind, IncidentRefusal,
    NewIncident, NewIncidentLine, file_name::without_nhs_numbers,
};
use govern::{
    AuditKeeper as _, Digest, EntryBody, Kind, ObjectKind, Outcome,
    agreement::day_of,
    incident::{Clock, IncidentRules, Known, Report},
};
use model::Date;

/// The longest line of a timeline, in characters.
const LONGEST: usize = 1_000;
const LONGEST_TITLE: usize = 120;

/// Why something about an incident is not written down, in words for whoever writes.
#[derive(Debug, thiserror::Error)]
pub(crate) enum IncidentFault {
    /// Its timeline does not take it now.
    #[error(transparent)]
    Refused(#[from] IncidentRefusal),
    /// What was to be stopped cannot be.
    #[error(transparent)]
    Stopping(#[from] LifeRefusal),
    /// The role is not one that does this.
    #[error("the role {role} does not work on incidents; {may} does")]
    Role { role: String, may: String },
    /// No such kind.
    #[error("there is no category `{asked}`; there are {known}")]
    Category { asked: String, known: String },
    /// Nobody like that is told.
    #[error("there is no report `{asked}`; there are {known}")]
    Report { asked: String, known: String },
    /// A moment that lies ahead.
    #[error("it cannot have happened after now")]
    Ahead,
    /// A day that has passed.
    #[error("the day by which it is seen to has passed")]
    DuePassed,
    /// Somebody who cannot see it.
    #[error("`{0}` cannot see to it: they have no account in a role that works on incidents")]
    Owner(String),
    /// Too long, or nothing.
    #[error("{what} has 1 to {most} characters")]
    Words { what: &'static str, most: usize },
    /// A number of somebody.
    #[error("take the NHS number out of {what}: nothing here may say whose records they are")]
    Number { what: &'static str },
    /// A kind of line that is written by an act of its own.
    #[error("`{0}` is not written by hand: assign it or close it instead")]
    NotByHand(IncidentLineKind),
    /// Closed by whoever saw to it.
    #[error("you see to it, so somebody else closes it: they look whether it is put right")]
    OwnClosing,
    /// Closed before everybody was told.
    #[error(
        "{to} has not been told: write down when it was, or that it was assessed that nobody has to be"
    )]
    NotTold { to: String },
}

/// An incident as somebody writes it down.
#[derive(Debug, Clone)]
pub(crate) struct Opening {
    pub(crate) category: String,
    pub(crate) title: String,
    pub(crate) noticed_at: DateTime<Utc>,
    pub(crate) words: String,
    /// Who sees to it; without, whoever writes it down.
    pub(crate) owner: Option<String>,
    /// By which day; without, as its category says.
    pub(crate) due: Option<Date>,
}

/// A line as somebody writes it.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) kind: IncidentLineKind,
    pub(crate) happened_at: DateTime<Utc>,
    pub(crate) words: String,
    pub(crate) fact: Option<IncidentFact>,
}

impl Workspace {
    /// What this installation does when something has gone wrong.
    pub(crate) fn incident_rules(&self) -> Result<IncidentRules> {
        Ok(IncidentRules::read(&self.content)?)
    }

    /// One incident.
    pub(crate) async fn incident(&self, number: u64) -> Result<Option<Incident>> {
        let all = self.control.incidents().await?;
        Ok(all.into_iter().find(|incident| incident.number == number))
    }

    /// Writes an incident down; gives its number.
    pub(crate) async fn open_incident(
        &self,
        who: &AgreementActor,
        opening: &Opening,
    ) -> Result<Result<u64, IncidentFault>> {
        let rules = self.incident_rules()?;
        let now = self.clock.now();
        let fits = works(who, &rules)
            .and_then(|()| fit("the title", &opening.title, LONGEST_TITLE))
            .and_then(|()| fit("what was noticed", &opening.words, LONGEST))
            .and_then(|()| past(opening.noticed_at, now));
        if let Err(fault) = fits {
            return Ok(Err(fault));
        }
        let Some(category) = rules.category(&opening.category) else {
            let known: Vec<&str> = rules.categories.iter().map(|c| c.code.as_str()).collect();
            return Ok(Err(IncidentFault::Category {
                asked: opening.category.chars().take(60).collect(),
                known: known.join(", "),
            }));
        };
        let owner = opening.owner.clone();
        let owner = owner.unwrap_or_else(|| who.username.clone());
        let usual = day_of(now + TimeDelta::days(i64::from(category.days)));
        let due = opening.due.unwrap_or(usual);
        if let Err(fault) = self.can_see_to(&owner, due, &rules).await? {
            return Ok(Err(fault));
        }
        let new = NewIncident {
            category: opening.category.clone(),
            title: opening.title.clone(),
            noticed_at: opening.noticed_at,
            words: opening.words.clone(),
            owner: owner.clone(),
            due,
            by: who.username.clone(),
            at: now,
        };
        let digest = digest_of(&new.category, &new.title, &new.by);
        let says = format!("{}, for {owner} by {due}", new.category);
        self.keep_about(Kind::IncidentOpened, who, digest, says, Outcome::Done)?;
        let done = self.control.open_incident(&new).await?;
        let number = match done {
            IncidentDone::Now(number) | IncidentDone::Already(number) => number,
            IncidentDone::Refused(refusal) => return Ok(Err(refusal.into())),
        };
        self.tell_of_opening(number, category, &owner, due).await?;
        Ok(Ok(number))
    }

    /// Adds a line to the timeline of an incident.
    pub(crate) async fn add_to_incident(
        &self,
        who: &AgreementActor,
        number: u64,
        line: Line,
    ) -> Result<Result<u64, IncidentFault>> {
        let rules = self.incident_rules()?;
        let by_hand = match line.kind {
            IncidentLineKind::Assigned | IncidentLineKind::Closed => {
                Err(IncidentFault::NotByHand(line.kind))
            }
            _ => Ok(()),
        };
        let fits = works(who, &rules)
            .and(by_hand)
            .and_then(|()| fit("what happened", &line.words, LONGEST))
            .and_then(|()| past(line.happened_at, self.clock.now()))
            .and_then(|()| reports_to_someone(&line, &rules));
        if let Err(fault) = fits {
            return Ok(Err(fault));
        }
        self.write(who, number, Kind::IncidentNoted, line, None)
            .await
    }

    /// Says who sees to an incident, and by when.
    pub(crate) async fn assign_incident(
        &self,
        who: &AgreementActor,
        number: u64,
        (owner, due): (&str, Date),
        words: &str,
    ) -> Result<Result<u64, IncidentFault>> {
        let rules = self.incident_rules()?;
        let fits = works(who, &rules).and_then(|()| fit("the reason", words, LONGEST));
        if let Err(fault) = fits {
            return Ok(Err(fault));
        }
        if let Err(fault) = self.can_see_to(owner, due, &rules).await? {
            return Ok(Err(fault));
        }
        let line = Line {
            kind: IncidentLineKind::Assigned,
            happened_at: self.clock.now(),
            words: words.to_owned(),
            fact: Some(IncidentFact::Assigned(owner.to_owned(), due)),
        };
        let done = self
            .write(who, number, Kind::IncidentAssigned, line, None)
            .await?;
        if done.is_ok() {
            self.tell_owner(number, owner, due).await?;
        }
        Ok(done)
    }

    /// Stops something at once because of an incident, and says so in its timeline.
    pub(crate) async fn stop_for_incident(
        &self,
        who: &AgreementActor,
        number: u64,
        what: &SuspendWhat,
        reason: &str,
    ) -> Result<Result<u64, IncidentFault>> {
        let rules = self.incident_rules()?;
        let fits = works(who, &rules).and_then(|()| fit("the reason", reason, LONGEST));
        if let Err(fault) = fits {
            return Ok(Err(fault));
        }
        match self.incident(number).await? {
            None => return Ok(Err(IncidentRefusal::None.into())),
            Some(incident) if incident.closed().is_some() => {
                return Ok(Err(IncidentRefusal::Closed.into()));
            }
            Some(_) => {}
        }
        // It is stopped first: a kill in between leaves a line out, and not something open.
        if let Err(refusal) = self.suspend(who, what, reason).await? {
            return Ok(Err(refusal.into()));
        }
        let line = Line {
            kind: IncidentLineKind::Contained,
            happened_at: self.clock.now(),
            words: reason.to_owned(),
            fact: Some(IncidentFact::Stopped(what.kind, what.subject.clone())),
        };
        self.write(who, number, Kind::IncidentNoted, line, None)
            .await
    }

    /// Closes an incident: by somebody who does not see to it, once everybody was told who has to be.
    pub(crate) async fn close_incident(
        &self,
        who: &AgreementActor,
        number: u64,
        words: &str,
    ) -> Result<Result<u64, IncidentFault>> {
        let rules = self.incident_rules()?;
        let fits = works(who, &rules).and_then(|()| fit("what came of it", words, LONGEST));
        if let Err(fault) = fits {
            return Ok(Err(fault));
        }
        let Some(incident) = self.incident(number).await? else {
            return Ok(Err(IncidentRefusal::None.into()));
        };
        let own = incident.assigned().is_some_and(|(o, _)| o == who.username);
        let closed_before = incident.closed().is_some();
        let now = self.clock.now();
        let open = clocks(&rules, &incident, now)
            .into_iter()
            .find(|(_, clock)| clock.is_open());
        let fault = match open {
            _ if closed_before => None,
            _ if own => Some(IncidentFault::OwnClosing),
            Some((report, _)) => Some(IncidentFault::NotTold {
                to: report.to.clone(),
            }),
            None => None,
        };
        if let Some(fault) = fault {
            let digest = digest_of(&incident.category, &incident.title, &incident.opened_by);
            let says = format!("incident {number}: {fault}");
            self.keep_about(Kind::IncidentClosed, who, digest, says, Outcome::Refused)?;
            return Ok(Err(fault));
        }
        let line = Line {
            kind: IncidentLineKind::Closed,
            happened_at: now,
            words: words.to_owned(),
            fact: None,
        };
        let seen = Some(incident.lines.len());
        self.write(who, number, Kind::IncidentClosed, line, seen)
            .await
    }

    /// Puts a line on record, with its entry in the log before it.
    async fn write(
        &self,
        who: &AgreementActor,
        number: u64,
        kind: Kind,
        line: Line,
        seen: Option<usize>,
    ) -> Result<Result<u64, IncidentFault>> {
        let Some(incident) = self.incident(number).await? else {
            return Ok(Err(IncidentRefusal::None.into()));
        };
        let digest = digest_of(&incident.category, &incident.title, &incident.opened_by);
        let says = format!("incident {number}: {}", line.kind);
        self.keep_about(kind, who, digest.clone(), says.clone(), Outcome::Done)?;
        let new = NewIncidentLine {
            kind: line.kind,
            happened_at: line.happened_at,
            words: line.words,
            fact: line.fact,
            by: who.username.clone(),
            at: self.clock.now(),
            seen,
        };
        Ok(match self.control.add_to_incident(number, &new).await? {
            IncidentDone::Now(line) | IncidentDone::Already(line) => Ok(line),
            IncidentDone::Refused(refusal) => {
                let says = format!("{says}; {refusal}");
                self.keep_about(kind, who, digest, says, Outcome::Refused)?;
                Err(refusal.into())
            }
        })
    }

    /// Whether somebody can be given an incident, by that day.
    async fn can_see_to(
        &self,
        owner: &str,
        due: Date,
        rules: &IncidentRules,
    ) -> Result<Result<(), IncidentFault>> {
        if due < day_of(self.clock.now()) {
            return Ok(Err(IncidentFault::DuePassed));
        }
        let account = self.control.account(owner).await?;
        let works = account.is_some_and(|account| {
            account.disabled_at.is_none()
                && account
                    .positions
                    .iter()
                    .any(|p| in_role(p.role.as_str(), rules))
        });
        Ok(if works {
            Ok(())
        } else {
            Err(IncidentFault::Owner(owner.chars().take(64).collect()))
        })
    }

    /// An entry about an incident. What people typed is not in it.
    fn keep_about(
        &self,
        kind: Kind,
        who: &AgreementActor,
        digest: Digest,
        says: String,
        outcome: Outcome,
    ) -> Result<()> {
        let mut entry = EntryBody::new(self.clock.now(), kind, &who.username, outcome);
        entry.on_behalf_of = Some(who.organisation.clone());
        entry.role = Some(who.role.clone());
        entry.object_kind = Some(ObjectKind::Incident);
        entry.object_digest = Some(digest);
        entry.reason = Some(says);
        self.audit.keep(entry)?;
        Ok(())
    }
}

/// The digest by which the log names an incident.
pub(crate) fn digest_of(category: &str, title: &str, opened_by: &str) -> Digest {
    Digest::of_parts([category, title, opened_by])
}

/// How each report of an incident stands.
pub(crate) fn clocks<'r>(
    rules: &'r IncidentRules,
    incident: &Incident,
    now: DateTime<Utc>,
) -> Vec<(&'r Report, Clock)> {
    let asked = rules.reports_of(&incident.category);
    // What was reported beyond what is asked stands there too.
    let more = rules.reports.iter().filter(|report| {
        incident.reported_at(&report.code).is_some() && !asked.iter().any(|a| a.code == report.code)
    });
    asked
        .iter()
        .copied()
        .chain(more)
        .map(|report| {
            let known = Known {
                noticed_at: incident.noticed_at(),
                reported_at: incident.reported_at(&report.code),
                must_report: incident.must_report(),
            };
            (report, report.clock(&known, now))
        })
        .collect()
}

fn works(who: &AgreementActor, rules: &IncidentRules) -> Result<(), IncidentFault> {
    if in_role(&who.role, rules) {
        return Ok(());
    }
    Err(IncidentFault::Role {
        role: who.role.clone(),
        may: rules.work.join(" or "),
    })
}

fn in_role(role: &str, rules: &IncidentRules) -> bool {
    rules.work.iter().any(|works| works == role)
}

fn reports_to_someone(line: &Line, rules: &IncidentRules) -> Result<(), IncidentFault> {
    match &line.fact {
        Some(IncidentFact::Reported(code)) if rules.report(code).is_none() => {
            let known: Vec<&str> = rules.reports.iter().map(|r| r.code.as_str()).collect();
            Err(IncidentFault::Report {
                asked: code.chars().take(60).collect(),
                known: known.join(", "),
            })
        }
        _ => Ok(()),
    }
}

fn past(moment: DateTime<Utc>, now: DateTime<Utc>) -> Result<(), IncidentFault> {
    if moment > now {
        return Err(IncidentFault::Ahead);
    }
    Ok(())
}

/// Whether words can be kept: some, not too many, and no NHS number among them.
pub(crate) fn fit(what: &'static str, words: &str, most: usize) -> Result<(), IncidentFault> {
    let length = words.chars().count();
    if words.trim().is_empty() || length > most || words.contains(char::is_control) {
        return Err(IncidentFault::Words { what, most });
    }
    if without_nhs_numbers(words) != words {
        return Err(IncidentFault::Number { what });
    }
    Ok(())
}
