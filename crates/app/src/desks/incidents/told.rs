//! Who is told of incidents, and when: those who work on them when one is written down, its owner when it is theirs, all
//! of them when a report or an incident is nearly due or overdue. Each is told once.

use super::clocks;
use crate::workspace::Workspace;
use anyhow::Result;
use chrono::TimeDelta;
use control::{Account, Incident, Notice};
use govern::{
    agreement::{day_in_words, day_of},
    incident::{Category, Clock, IncidentRules, Report},
};
use model::Date;
use pages::format;

impl Workspace {
    /// Tells those who work on incidents of a new one.
    pub(super) async fn tell_of_opening(
        &self,
        number: u64,
        category: &Category,
        owner: &str,
        due: Date,
    ) -> Result<()> {
        let rules = self.incident_rules()?;
        let words = format!(
            "Incident {number} was written down: {}. {owner} sees to it by {}.",
            category.title.to_lowercase(),
            day_in_words(due)
        );
        let all = self.control.accounts().await?;
        for account in all.iter().filter(|a| is_told(a, &rules)) {
            self.tell_about(number, &account.username, "opened", &words)
                .await?;
        }
        Ok(())
    }

    /// Tells somebody that an incident is theirs to see to.
    pub(super) async fn tell_owner(&self, number: u64, owner: &str, due: Date) -> Result<()> {
        let words = format!(
            "Incident {number} is yours to see to by {}.",
            day_in_words(due)
        );
        self.tell_about(number, owner, &format!("assigned-{due}"), &words)
            .await
    }

    async fn tell_about(&self, number: u64, who: &str, event: &str, words: &str) -> Result<()> {
        let notice = Notice {
            username: who.to_owned(),
            about: format!("incident-{number}-{event}"),
            told_at: self.clock.now(),
            words: words.to_owned(),
            href: format!("/incidents/{number}"),
            read_at: None,
        };
        self.control.tell(&notice).await?;
        Ok(())
    }
}

/// Tells those who work on incidents of what is nearly due and of what is overdue.
pub(crate) async fn remind(workspace: &Workspace) -> Result<()> {
    let rules = workspace.incident_rules()?;
    let all = workspace.control.incidents().await?;
    let open: Vec<&Incident> = all.iter().filter(|i| i.closed().is_none()).collect();
    if open.is_empty() {
        return Ok(());
    }
    let accounts = workspace.control.accounts().await?;
    for incident in open {
        for (event, words) in due(&rules, incident, workspace) {
            for account in accounts.iter().filter(|a| is_told(a, &rules)) {
                workspace
                    .tell_about(incident.number, &account.username, &event, &words)
                    .await?;
            }
        }
    }
    Ok(())
}

/// What of an incident is nearly due or overdue: the event, and a sentence.
fn due(rules: &IncidentRules, incident: &Incident, workspace: &Workspace) -> Vec<(String, String)> {
    let now = workspace.clock.now();
    let number = incident.number;
    let soon = TimeDelta::hours(i64::from(rules.warn_hours));
    let of_report = |(report, clock): (&Report, Clock)| match clock {
        Clock::Runs { until } if until - now <= soon => Some((
            format!("{}-soon", report.code),
            format!(
                "Incident {number} has to be reported to {} by {}.",
                report.to,
                format::moment(until)
            ),
        )),
        Clock::Overdue { since } => Some((
            format!("{}-overdue", report.code),
            format!(
                "Incident {number} should have been reported to {} by {}. Report it now, with the reasons for the delay.",
                report.to,
                format::moment(since)
            ),
        )),
        _ => None,
    };
    let mut found: Vec<(String, String)> = clocks(rules, incident, now)
        .into_iter()
        .filter_map(of_report)
        .collect();
    if let Some((owner, day)) = incident.assigned()
        && day < day_of(now)
    {
        found.push((
            format!("overdue-{day}"),
            format!(
                "Incident {number} was to be seen to by {}, and is open: ask {owner}.",
                day_in_words(day)
            ),
        ));
    }
    found
}

fn is_told(account: &Account, rules: &IncidentRules) -> bool {
    let works = |role: &str| rules.work.iter().any(|works| works == role);
    account.disabled_at.is_none() && account.positions.iter().any(|p| works(p.role.as_str()))
}
