//! What went wrong (`/incidents`): the list, writing one down, one with its timeline, and what is done about it.

mod act;
mod new;

use super::{Answer, ask::sentence, fault::Fault, list::Page, visit::Visit};
use crate::desks::incidents::clocks;
use axum::{
    extract::Request,
    response::{IntoResponse as _, Redirect},
};
use chrono::{DateTime, NaiveTime, TimeDelta, TimeZone as _, Utc};
use chrono_tz::Europe::London;
use control::{Incident, IncidentFact, IncidentLine, IncidentLineKind, SuspendedKind};
use govern::{
    agreement::day_of,
    incident::{Clock, IncidentRules, Report},
};
use pages::{
    FormField, IncidentRow, IncidentState, IncidentView, IncidentsView, Link, ReportRow,
    ReportState, TimelineRow, format,
};
use std::collections::BTreeMap;

type Fields = BTreeMap<String, String>;

/// Everything under `/incidents`.
pub(super) async fn answer(visit: &Visit, page: Page, request: Request) -> Answer {
    match page {
        Page::Incidents => list(visit).await,
        Page::IncidentNew => new::page(visit).await,
        Page::PostIncidentNew => new::post(visit, request).await,
        Page::Incident => one(visit, request).await,
        Page::IncidentAct => act::page(visit, request).await,
        Page::PostIncidentAct => act::post(visit, request).await,
        _ => Err(Fault::NotFound),
    }
}

async fn list(visit: &Visit) -> Answer {
    let workspace = &visit.site.workspace;
    let rules = workspace.incident_rules()?;
    let all = workspace.control.incidents().await?;
    let (mut open, closed): (Vec<IncidentRow>, Vec<IncidentRow>) = all
        .iter()
        .map(|incident| row(visit, &rules, incident))
        .partition(|row| row.state != IncidentState::Closed);
    open.sort_by_key(|row| (row.state != IncidentState::Overdue, row.due, row.number));
    let view = IncidentsView {
        open,
        closed,
        actions: vec![
            Link::new("Suspensions", "/suspensions"),
            Link::new("Releases", "/releases"),
        ],
    };
    Ok(Visit::page(&pages::incidents(&visit.frame(), &view)))
}

fn row(visit: &Visit, rules: &IncidentRules, incident: &Incident) -> IncidentRow {
    let (owner, due) = assigned(incident);
    let state = state(visit, rules, incident);
    IncidentRow {
        number: incident.number,
        title: incident.title.clone(),
        category: category(rules, incident).to_lowercase(),
        state,
        owner,
        due,
        next_report: if state == IncidentState::Closed {
            String::new()
        } else {
            next_report(&clocks(rules, incident, visit.now))
        },
    }
}

async fn one(visit: &Visit, mut request: Request) -> Answer {
    let part = visit.part(&mut request, "number").await?;
    let (number, ending) = visit.without_ending(&part);
    let incident = found(visit, number).await?;
    if ending == ".json" {
        return file(visit, &incident).await;
    }
    let rules = visit.site.workspace.incident_rules()?;
    let view = view(visit, &rules, &incident).await?;
    Ok(Visit::page(&pages::incident(&visit.frame(), &view)))
}

/// The whole of it, with the entries of the log that belong to it. That it was taken is in the log first.
async fn file(visit: &Visit, incident: &Incident) -> Answer {
    let workspace = &visit.site.workspace;
    workspace.log_export(&visit.session()?.username, incident)?;
    let document = workspace.incident_document(incident).await?;
    let name = format!("incident-{}.json", incident.number);
    let body = serde_json::to_vec_pretty(&document)?;
    Ok(Visit::file("application/json", &name, body))
}

async fn view(
    visit: &Visit,
    rules: &IncidentRules,
    incident: &Incident,
) -> Result<IncidentView, Fault> {
    let (owner, due) = assigned(incident);
    let number = incident.number;
    let mut lines: Vec<&IncidentLine> = incident.lines.iter().collect();
    lines.sort_by_key(|line| (line.happened_at, line.line));
    let open = incident.closed().is_none();
    let acts = [
        ("Add to the timeline", "add"),
        ("Stop something at once", "stop"),
        ("Say who sees to it", "assign"),
        ("Close it", "close"),
    ];
    let acts = acts
        .iter()
        .map(|(words, act)| Link::new(*words, format!("/incidents/{number}/{act}")));
    let recall = Link::new("Withdraw a release", "/releases");
    Ok(IncidentView {
        number,
        title: incident.title.clone(),
        category: category(rules, incident).to_lowercase(),
        state: state(visit, rules, incident),
        noticed_at: incident.noticed_at(),
        opened: (incident.opened_at, incident.opened_by.clone()),
        owner,
        due,
        done: done(visit, incident),
        reports: clocks(rules, incident, visit.now)
            .into_iter()
            .map(|(report, clock)| report_row(report, clock, visit.now))
            .collect(),
        timeline: lines.iter().map(|line| timeline(rules, line)).collect(),
        stopped: stopped(visit, incident).await?,
        actions: if open {
            acts.chain([recall]).collect()
        } else {
            Vec::new()
        },
        downloads: vec![Link::new(
            "Timeline, and the entries of the audit log that belong to it (JSON)",
            format!("/incidents/{number}.json"),
        )],
    })
}

/// What the reader has just done. The address names a line only, and the words come from what is on record.
fn done(visit: &Visit, incident: &Incident) -> Option<String> {
    let line: u64 = visit.query("done")?.parse().ok()?;
    let line = incident.lines.iter().find(|l| l.line == line)?;
    Some(match (&line.fact, line.kind) {
        (_, IncidentLineKind::Noticed) => {
            "The incident is on record, and those who work on incidents were told.".to_owned()
        }
        (Some(IncidentFact::Stopped(kind, which)), _) => {
            format!("{} is stopped from now on.", sentence_start(*kind, which))
        }
        (_, IncidentLineKind::Assigned) => "Who sees to it is on record.".to_owned(),
        (_, IncidentLineKind::Closed) => "The incident is closed.".to_owned(),
        _ => "The line is in the timeline.".to_owned(),
    })
}

fn sentence_start(kind: SuspendedKind, which: &str) -> String {
    sentence(&format!("{kind} {which}"))
        .trim_end_matches('.')
        .to_owned()
}

/// What was stopped because of it, and how that stands now.
async fn stopped(visit: &Visit, incident: &Incident) -> Result<Vec<(Link, String)>, Fault> {
    let control = &visit.site.workspace.control;
    let withdrawn = control.withdrawals().await?;
    let mut rows: Vec<(Link, String)> = Vec::new();
    for (kind, which) in incident.stopped() {
        let back = withdrawn
            .iter()
            .find(|w| kind == SuspendedKind::Release && w.release == which);
        let now = match (back, control.suspension_of(kind, which).await?) {
            (Some(back), _) => format!("Withdrawn on {}", format::moment(back.at)),
            (None, Some(standing)) => format!("Suspended since {}", format::moment(standing.at)),
            (None, None) => "The suspension was lifted".to_owned(),
        };
        let href = match kind {
            SuspendedKind::Release => format!("/releases/{which}/recall"),
            SuspendedKind::Agreement | SuspendedKind::Person => "/suspensions".to_owned(),
        };
        let row = (Link::new(sentence_start(kind, which), href), now);
        if !rows.contains(&row) {
            rows.push(row);
        }
    }
    Ok(rows)
}

fn timeline(rules: &IncidentRules, line: &IncidentLine) -> TimelineRow {
    let kind = match line.kind {
        IncidentLineKind::Noticed => "Noticed",
        IncidentLineKind::Contained => "Contained",
        IncidentLineKind::Assessed => "Assessed",
        IncidentLineKind::Told => "Told",
        IncidentLineKind::PutRight => "Put right",
        IncidentLineKind::Assigned => "Given to somebody",
        IncidentLineKind::Closed => "Closed",
    };
    let more = match &line.fact {
        None => String::new(),
        Some(IncidentFact::Stopped(kind, which)) => format!("Stopped: {kind} {which}."),
        Some(IncidentFact::MustReport(true)) => "It has to be reported.".to_owned(),
        Some(IncidentFact::MustReport(false)) => "It does not have to be reported.".to_owned(),
        Some(IncidentFact::Reported(code)) => {
            let to = rules.report(code).map_or(code.as_str(), |r| r.to.as_str());
            format!("To {to}.")
        }
        Some(IncidentFact::Assigned(owner, due)) => {
            format!("{owner} sees to it by {}.", format::date(*due))
        }
    };
    TimelineRow {
        happened_at: line.happened_at,
        kind: kind.to_owned(),
        words: line.words.clone(),
        more,
        written: (line.written_by.clone(), line.written_at),
    }
}

fn report_row(report: &Report, clock: Clock, now: DateTime<Utc>) -> ReportRow {
    let (state, says) = match clock {
        Clock::Made { at, late: false } => {
            (ReportState::Made, format!("On {}.", format::moment(at)))
        }
        Clock::Made { at, late: true } => (
            ReportState::MadeLate,
            format!(
                "On {}, later than it should have been: the reasons belong in the report.",
                format::moment(at)
            ),
        ),
        Clock::NotNeeded => (
            ReportState::NotNeeded,
            "It was assessed that nobody has to be told.".to_owned(),
        ),
        Clock::Runs { until } => {
            let hours = u64::try_from((until - now).num_hours()).unwrap_or_default();
            (
                ReportState::Due,
                format!(
                    "By {}: {} left.",
                    format::moment(until),
                    format::counted(hours, "hour", "hours")
                ),
            )
        }
        Clock::Overdue { since } => (
            ReportState::Overdue,
            format!(
                "It was due by {}. Tell them now, with the reasons for the delay.",
                format::moment(since)
            ),
        ),
        Clock::Waits => (ReportState::Due, "Without undue delay.".to_owned()),
    };
    ReportRow {
        to: upper(&report.to),
        state,
        says,
        source: report.source.clone(),
    }
}

/// Who has to be told next, and by when; empty where nobody has to.
fn next_report(clocks: &[(&Report, Clock)]) -> String {
    let next = clocks
        .iter()
        .filter_map(|(report, clock)| match clock {
            Clock::Runs { until } => Some((*until, *report, "by")),
            Clock::Overdue { since } => Some((*since, *report, "was due by")),
            Clock::Waits => Some((DateTime::<Utc>::MAX_UTC, *report, "")),
            Clock::Made { .. } | Clock::NotNeeded => None,
        })
        .min_by_key(|(at, ..)| *at);
    match next {
        None => String::new(),
        Some((_, report, "")) => format!("{}, without undue delay", upper(&report.to)),
        Some((at, report, how)) => {
            format!("{}, {how} {}", upper(&report.to), format::moment(at))
        }
    }
}

fn state(visit: &Visit, rules: &IncidentRules, incident: &Incident) -> IncidentState {
    let late = |(_, clock): &(&Report, Clock)| matches!(clock, Clock::Overdue { .. });
    if incident.closed().is_some() {
        IncidentState::Closed
    } else if incident
        .assigned()
        .is_some_and(|(_, due)| due < visit.today())
        || clocks(rules, incident, visit.now).iter().any(late)
    {
        IncidentState::Overdue
    } else {
        IncidentState::Open
    }
}

fn assigned(incident: &Incident) -> (String, Option<model::Date>) {
    incident
        .assigned()
        .map_or_else(Default::default, |(owner, due)| {
            (owner.to_owned(), Some(due))
        })
}

fn category<'c>(rules: &'c IncidentRules, incident: &'c Incident) -> &'c str {
    rules
        .category(&incident.category)
        .map_or(incident.category.as_str(), |c| c.title.as_str())
}

/// The incident of an address.
async fn found(visit: &Visit, number: &str) -> Result<Incident, Fault> {
    let number: u64 = number.parse().map_err(|_| Fault::NotFound)?;
    let found = visit.site.workspace.incident(number).await?;
    found.ok_or(Fault::NotFound)
}

/// The two questions about when something happened, filled with what was typed or with this moment.
fn when(visit: &Visit, fields: &Fields, label: &str) -> [FormField; 2] {
    let typed = |name: &str| fields.get(name).cloned();
    let now = visit.now.with_timezone(&London);
    let day = day_of(visit.now);
    let part = |ending: &str, usual: String| typed(&format!("at-{ending}")).unwrap_or(usual);
    [
        FormField::Day {
            name: "at".to_owned(),
            label: label.to_owned(),
            hint: "The day, such as 22 11 2026".to_owned(),
            value: [
                part("day", day.format("%-d").to_string()),
                part("month", day.format("%-m").to_string()),
                part("year", day.format("%Y").to_string()),
            ],
        },
        FormField::Line {
            name: "time".to_owned(),
            label: "At what time?".to_owned(),
            hint: "As on a clock in London, such as 14:05".to_owned(),
            value: typed("time").unwrap_or_else(|| now.format("%H:%M").to_string()),
        },
    ]
}

/// The moment of those two questions.
fn moment_in(fields: &Fields) -> Option<DateTime<Utc>> {
    let day = super::agreements::day_in(fields, "at")?;
    let time = fields.get("time")?.trim();
    let time = NaiveTime::parse_from_str(time, "%H:%M").ok()?;
    in_london(day, time)
}

/// A time on a London wall as a moment: the earlier of two, and an hour later where it does not come at all.
pub(crate) fn in_london(day: model::Date, time: NaiveTime) -> Option<DateTime<Utc>> {
    let local = day.and_time(time);
    let found = London.from_local_datetime(&local).earliest();
    let found = found.or_else(|| {
        let later = local.checked_add_signed(TimeDelta::hours(1))?;
        London.from_local_datetime(&later).earliest()
    });
    found.map(|at| at.with_timezone(&Utc))
}

/// A text with its first letter in capitals.
fn upper(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "it is the whole answer of the pages that end with it"
)]
fn redirect(to: &str) -> Answer {
    Ok(Redirect::to(to).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_a_london_wall() {
        let at = |day: &str, time: &str| {
            let time = NaiveTime::parse_from_str(time, "%H:%M").unwrap();
            in_london(day.parse().unwrap(), time).unwrap().to_string()
        };
        assert_eq!(at("2026-11-22", "14:05"), "2026-11-22 14:05:00 UTC");
        assert_eq!(at("2026-07-01", "14:05"), "2026-07-01 13:05:00 UTC");
        // The hour that comes twice, and the one that does not come.
        assert_eq!(at("2026-10-25", "01:30"), "2026-10-25 00:30:00 UTC");
        assert_eq!(at("2026-03-29", "01:30"), "2026-03-29 01:30:00 UTC");
    }
}
