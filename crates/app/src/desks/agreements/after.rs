//! What is due after the end of agreements: who is told, when, and what remains to be done. Nothing is destroyed by
//! itself: two people have it destroyed.

use super::{AgreementBook, LifeRules, ends::concerns};
use crate::workspace::Workspace;
use anyhow::Result;
use control::{DestructionKind, Notice};
use govern::{
    Agreement, AuditKeeper as _, EntryBody, Kind, ObjectKind, Outcome, State,
    agreement::{AfterEnd, day_in_words, day_of},
};
use model::Date;
use std::collections::BTreeMap;

/// Something that is due soon, or overdue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DueAfterEnd {
    pub(crate) reference: String,
    pub(crate) what: AfterEnd,
    pub(crate) by: Date,
    /// The warning that it has come to: so many days before that day, none once it has passed.
    pub(crate) days: u64,
    /// In a sentence.
    pub(crate) words: String,
}

/// The agreements for which everything was destroyed and certified, each with the day.
pub(crate) type Certified = BTreeMap<String, Date>;

impl Workspace {
    /// For which agreements a certificate of destruction was given.
    pub(crate) async fn certified(&self) -> Result<Certified> {
        let all = self.control.destructions().await?;
        Ok(all
            .into_iter()
            .filter(|d| d.kind == DestructionKind::Agreement)
            .filter_map(|d| Some((d.what, day_of(d.done_at?))))
            .collect())
    }
}

/// What is due within a warning or overdue, the earliest first. Where a later version of the same agreement gives more
/// time and is signed, that one counts.
pub(crate) fn due_after_end(
    book: &AgreementBook,
    rules: &LifeRules,
    certified: &Certified,
    today: Date,
) -> Vec<DueAfterEnd> {
    let mut found: Vec<DueAfterEnd> = Vec::new();
    for agreement in book.iter_on(today).filter(|a| is_held(a, certified, today)) {
        for (what, by) in agreement.after_end() {
            let later = |(other, day): (AfterEnd, Date)| other == what && day > by;
            let extended = book.versions(&agreement.reference).iter().any(|version| {
                version.state(version.term.start).came_into_force()
                    && version.after_end().into_iter().any(later)
            });
            let left = (by - today).num_days();
            if let (Some(days), false) = (reached(rules, left), extended) {
                found.push(DueAfterEnd {
                    reference: agreement.reference.clone(),
                    what,
                    by,
                    days,
                    words: in_words(agreement, what, by, left),
                });
            }
        }
    }
    found.sort_by(|a, b| (a.by, &a.reference, a.what).cmp(&(b.by, &b.reference, b.what)));
    found
}

/// What remains to be done once an agreement has ended, each step with how it stands; nothing where it has not.
pub(crate) fn remains(
    agreement: &Agreement,
    certified: &Certified,
    today: Date,
) -> Vec<(String, String)> {
    let state = agreement.state(today);
    if !matches!(state, State::Expired | State::Closing | State::Destroyed) {
        return Vec::new();
    }
    let wound_up = match agreement.facts().closing {
        Some(day) => format!("Done on {}", day_in_words(day)),
        None if state == State::Destroyed => "Done".to_owned(),
        None => "To be done: `haven agreement close`".to_owned(),
    };
    let done = certified
        .get(&agreement.reference)
        .copied()
        .or(agreement.facts().destroyed);
    let step = |what: AfterEnd, by: Date| {
        let name = match what {
            AfterEnd::Retention => "Let go of what was kept for a duty",
            AfterEnd::Destruction => "Destroy what was made for it",
            AfterEnd::Certificate => "Give the certificate of destruction",
        };
        let how = match (done, (by - today).num_days()) {
            (Some(day), _) => format!("Done on {}", day_in_words(day)),
            (None, left) => until(by, left),
        };
        (name.to_owned(), how)
    };
    std::iter::once(("Say that it is being wound up".to_owned(), wound_up))
        .chain(
            agreement
                .after_end()
                .into_iter()
                .map(|(what, by)| step(what, by)),
        )
        .collect()
}

/// Tells those who should know of what is due, each warning once, and puts each into the audit log. Gives how many
/// warnings were given now.
pub(crate) async fn warn_of_retention(workspace: &Workspace) -> Result<usize> {
    let rules = LifeRules::read(&workspace.content)?;
    let book = workspace.agreements().await?;
    let now = workspace.clock.now();
    let certified = workspace.certified().await?;
    let due = due_after_end(&book, &rules, &certified, day_of(now));
    if due.is_empty() {
        return Ok(0);
    }
    let accounts = workspace.control.accounts().await?;
    let mut given = 0;
    for one in &due {
        let Some(agreement) = book.on(&one.reference, day_of(now)) else {
            continue;
        };
        let (what, by) = (one.what.code(), one.by.to_string());
        // Notices are told once by themselves, so a kill in between leaves none out: the warning comes last.
        let about = format!("agreement-{what}-{}-{by}-{}", one.reference, one.days);
        let told = accounts
            .iter()
            .filter(|a| concerns(a, agreement, &rules.warn_destruction));
        for account in told {
            let notice = Notice {
                username: account.username.clone(),
                about: about.clone(),
                told_at: now,
                words: one.words.clone(),
                href: format!("/agreements/{}", one.reference),
                read_at: None,
            };
            workspace.control.tell(&notice).await?;
        }
        let new = workspace
            .control
            .warn_of_retention(&one.reference, (what, &by), one.days, now)
            .await?;
        if new {
            let mut entry = EntryBody::new(now, Kind::RetentionWarned, "service", Outcome::Done);
            entry.agreement = Some(agreement.reference.clone());
            entry.agreement_version = Some(agreement.version.clone());
            entry.policy_digest = Some(agreement.digest().clone());
            entry.object_kind = Some(ObjectKind::Agreement);
            entry.reason = Some(match one.days {
                0 => format!("{what} was due by {by}"),
                days => format!("{days} days or fewer until {by}: {what}"),
            });
            workspace.audit.keep(entry)?;
            given += 1;
        }
    }
    Ok(given)
}

/// Whether something that was made for an agreement may still be there.
fn is_held(agreement: &Agreement, certified: &Certified, today: Date) -> bool {
    let state = agreement.state(today);
    state.came_into_force()
        && state != State::Destroyed
        && !certified.contains_key(&agreement.reference)
}

/// The nearest warning that a number of days has come to; none of them left once the day has passed.
fn reached(rules: &LifeRules, left: i64) -> Option<u64> {
    match u64::try_from(left) {
        Err(_) => Some(0),
        Ok(left) => rules.warn_days.iter().copied().filter(|d| left <= *d).min(),
    }
}

fn in_words(agreement: &Agreement, what: AfterEnd, by: Date, left: i64) -> String {
    let about = format!("Agreement {} ({})", agreement.reference, agreement.title);
    let what = what.words();
    match left {
        left if left < 0 => format!("{about}: {what}. It was due by {}.", day_in_words(by)),
        0 => format!("{about}: {what} today."),
        1 => format!("{about}: {what} by tomorrow."),
        left => format!("{about}: {what} in {left} days, by {}.", day_in_words(by)),
    }
}

fn until(by: Date, left: i64) -> String {
    match u64::try_from(left) {
        Ok(left) => format!(
            "By {}: {} left",
            day_in_words(by),
            pages::format::counted(left, "day", "days")
        ),
        Err(_) => format!(
            "Overdue: it was due by {}, {} ago",
            day_in_words(by),
            pages::format::counted(left.unsigned_abs(), "day", "days")
        ),
    }
}
