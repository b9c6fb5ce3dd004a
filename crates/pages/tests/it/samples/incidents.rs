//! Pages of incidents: the list, one that is open, one that is closed, and a form.

use super::*;
use pages::*;

/// Adds them to the others.
pub(super) fn add_pages(pages: &mut Vec<(&'static str, String)>) {
    let frame = signed_in(
        "Privacy officer",
        &["Incidents", "Agreements", "Register of data uses"],
    );
    let mut add = |name, page: Markup| pages.push((name, page.into_string()));
    let empty = IncidentsView::default();
    add("incidents-none", incidents(&frame, &empty));
    add("incidents", incidents(&frame, &list_view()));
    add("incident", incident(&frame, &open_view()));
    let closed = IncidentView {
        title: "The check of a backup was left out".into(),
        category: "deviation from a procedure".into(),
        state: IncidentState::Closed,
        reports: Vec::new(),
        stopped: Vec::new(),
        actions: Vec::new(),
        done: Some("The incident is closed.".into()),
        ..open_view()
    };
    add("incident-closed", incident(&frame, &closed));
}

fn list_view() -> IncidentsView {
    let row = |number, title: &str, state, due, next: &str| IncidentRow {
        number,
        title: title.into(),
        category: "personal data breach".into(),
        state,
        owner: "pru".into(),
        due: Some(due),
        next_report: next.into(),
    };
    IncidentsView {
        open: vec![
            row(
                3,
                "A laptop was lost",
                IncidentState::Overdue,
                day(2026, 12, 22),
                "The Information Commissioner\u{2019}s Office, was due by 20 November 2026 at 2:05pm",
            ),
            row(
                4,
                "Anunusuallylongtitlewithoutanyspacesinitthathastobebrokensomewhereonasmallscreen",
                IncidentState::Open,
                day(2027, 1, 4),
                "",
            ),
        ],
        closed: vec![row(
            1,
            "A file went to the wrong council",
            IncidentState::Closed,
            day(2026, 6, 1),
            "",
        )],
        actions: vec![Link::new("Suspensions", "/suspensions")],
    }
}

fn open_view() -> IncidentView {
    let report = |to: &str, state, says: &str| ReportRow {
        to: to.into(),
        state,
        says: says.into(),
        source: "UK GDPR, Article 33(1): not later than 72 hours after becoming aware.".into(),
    };
    let line = |kind: &str, words: &str, more: &str| TimelineRow {
        happened_at: at("2026-11-17T14:05:00Z"),
        kind: kind.into(),
        words: words.into(),
        more: more.into(),
        written: ("pru".into(), at("2026-11-17T14:20:00Z")),
    };
    IncidentView {
        number: 3,
        title: "A laptop was lost".into(),
        category: "personal data breach".into(),
        state: IncidentState::Overdue,
        noticed_at: at("2026-11-17T14:05:00Z"),
        opened: (at("2026-11-17T14:20:00Z"), "pru".into()),
        owner: "ivy".into(),
        due: Some(day(2026, 12, 22)),
        done: None,
        reports: vec![
            report(
                "The Information Commissioner\u{2019}s Office",
                ReportState::Overdue,
                "It was due by 20 November 2026 at 2:05pm. Tell them now, with the reasons for the delay.",
            ),
            report(
                "NHS England",
                ReportState::Made,
                "On 18 November 2026 at 9am.",
            ),
            report(
                "The controllers of the data",
                ReportState::MadeLate,
                "On 21 November 2026 at 9am, later than it should have been: the reasons belong in the report.",
            ),
            report(
                "The people whose records they are",
                ReportState::Due,
                "Without undue delay.",
            ),
            report(
                "Somebody else",
                ReportState::NotNeeded,
                "It was assessed that nobody has to be told.",
            ),
        ],
        timeline: vec![
            line("Noticed", "It was left on a train", ""),
            line(
                "Contained",
                "Nobody can sign in as them",
                "Stopped: person ana.",
            ),
            line(
                "Given to somebody",
                "",
                "ivy sees to it by 22 December 2026.",
            ),
        ],
        stopped: vec![
            (
                Link::new("Person ana", "/suspensions"),
                "Suspended since 17 November 2026 at 2:10pm".into(),
            ),
            (
                Link::new("Release 0f7a1b2c3d4e", "/releases/0f7a1b2c3d4e/recall"),
                "Taken back on 17 November 2026 at 2:12pm".into(),
            ),
        ],
        actions: vec![
            Link::new("Add to the timeline", "/incidents/3/add"),
            Link::new("Close it", "/incidents/3/close"),
        ],
        downloads: vec![Link::new("Timeline (JSON)", "/incidents/3.json")],
    }
}
