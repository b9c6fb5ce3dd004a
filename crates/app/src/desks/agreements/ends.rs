//! Ends of agreements that are near: who is told, and when. An end needs nobody to act; a warning gives time to renew.

use super::{AgreementBook, LifeRules};
use crate::workspace::Workspace;
use anyhow::Result;
use control::{Account, Notice};
use govern::{
    Agreement, AuditKeeper as _, EntryBody, Kind, ObjectKind, Outcome, State,
    agreement::{day_in_words, day_of},
};
use model::Date;

/// An agreement that ends soon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EndsSoon {
    pub(crate) reference: String,
    /// The warning that it has come to: so many days before the end.
    pub(crate) days: u64,
    /// In a sentence.
    pub(crate) words: String,
}

/// The agreements in force whose end has come within a warning, the nearest end first. Where a later version of the
/// same agreement is signed and goes on, there is nothing to warn of.
pub(crate) fn ends_soon(book: &AgreementBook, rules: &LifeRules, today: Date) -> Vec<EndsSoon> {
    let mut found: Vec<(i64, EndsSoon)> = book
        .iter_on(today)
        .filter(|a| matches!(a.state(today), State::Active | State::Suspended))
        .filter_map(|agreement| {
            let left = agreement.days_left(today);
            let days = reached(rules, left)?;
            let goes_on = book
                .versions(&agreement.reference)
                .iter()
                .any(|other| other.ends() > agreement.ends() && will_hold(other));
            (!goes_on).then(|| {
                let soon = EndsSoon {
                    reference: agreement.reference.clone(),
                    days,
                    words: in_words(agreement, left),
                };
                (left, soon)
            })
        })
        .collect();
    found.sort_by(|a, b| (a.0, &a.1.reference).cmp(&(b.0, &b.1.reference)));
    found.into_iter().map(|(_, soon)| soon).collect()
}

/// The nearest warning that a number of days has come to.
fn reached(rules: &LifeRules, left: i64) -> Option<u64> {
    let left = u64::try_from(left).ok()?;
    rules
        .warn_days
        .iter()
        .copied()
        .filter(|days| left <= *days)
        .min()
}

/// Whether a version is signed by all, so that it holds in its time.
fn will_hold(agreement: &Agreement) -> bool {
    matches!(
        agreement.state(agreement.term.start),
        State::Active | State::Suspended
    )
}

fn in_words(agreement: &Agreement, left: i64) -> String {
    let when = match left {
        0 => "ends today".to_owned(),
        1 => "ends tomorrow".to_owned(),
        left => format!("ends in {left} days, on {}", day_in_words(agreement.ends())),
    };
    format!(
        "Agreement {} ({}) {when}. Access stops by itself when that day is over.",
        agreement.reference, agreement.title
    )
}

/// Tells those who should know of ends that are near, each warning once, and puts each into the audit log. Gives how
/// many warnings were given now.
pub(crate) async fn warn(workspace: &Workspace) -> Result<usize> {
    let rules = LifeRules::read(&workspace.content)?;
    let book = workspace.agreements().await?;
    let now = workspace.clock.now();
    let soon = ends_soon(&book, &rules, day_of(now));
    if soon.is_empty() {
        return Ok(0);
    }
    let accounts = workspace.control.accounts().await?;
    let mut given = 0;
    for end in &soon {
        let Some(agreement) = book.on(&end.reference, day_of(now)) else {
            continue;
        };
        let last_day = agreement.ends().to_string();
        // Notices are told once by themselves, so a kill in between leaves none out: the warning comes last.
        let about = format!("agreement-ends-{}-{last_day}-{}", end.reference, end.days);
        for account in accounts
            .iter()
            .filter(|a| concerns(a, agreement, &rules.warn))
        {
            let notice = Notice {
                username: account.username.clone(),
                about: about.clone(),
                told_at: now,
                words: end.words.clone(),
                href: format!("/agreements/{}", end.reference),
                read_at: None,
            };
            workspace.control.tell(&notice).await?;
        }
        let new = workspace
            .control
            .warn_of_end(&end.reference, &last_day, end.days, now)
            .await?;
        if new {
            let mut entry = EntryBody::new(now, Kind::AgreementWarned, "service", Outcome::Done);
            entry.agreement = Some(agreement.reference.clone());
            entry.agreement_version = Some(agreement.version.clone());
            entry.policy_digest = Some(agreement.digest().clone());
            entry.object_kind = Some(ObjectKind::Agreement);
            entry.reason = Some(format!("{} days or fewer until {last_day}", end.days));
            workspace.audit.keep(entry)?;
            given += 1;
        }
    }
    Ok(given)
}

/// Whether an account is told: in one of the roles for a party, or named as the contact.
pub(super) fn concerns(account: &Account, agreement: &Agreement, roles: &[String]) -> bool {
    let in_role = account.positions.iter().any(|p| {
        roles.iter().any(|role| role == p.role.as_str())
            && agreement.party(&p.organisation).is_some()
    });
    account.disabled_at.is_none() && (in_role || account.display_name == agreement.contact.name)
}
