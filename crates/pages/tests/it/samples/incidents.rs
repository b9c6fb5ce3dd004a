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
    add("recall", recall(&frame, &recall_view()));
    let withdrawn = RecallView {
        done: Some("The table is withdrawn. Everybody who had it was told.".into()),
        withdrawn: Some((at("2026-11-17T14:12:00Z"), "A count was wrong.".into())),
        fields: Vec::new(),
        ..recall_view()
    };
    add("recalled", recall(&frame, &withdrawn));
    let gone = WithdrawnView {
        id: "0f7a1b2c3d4e".into(),
        title: "People with long-term support by age and sex".into(),
        at: at("2026-11-17T14:12:00Z"),
        reason: "A count was wrong.".into(),
        agreement: Link::new("DSA-1234", "/register/DSA-1234"),
    };
    add("release-withdrawn", release_withdrawn(&frame, &gone));
}

fn recall_view() -> RecallView {
    let had = |who: &str, how: &str, told: &str| HadRow {
        who: who.into(),
        how: how.into(),
        last: at("2026-11-16T09:12:00Z"),
        told: told.into(),
    };
    RecallView {
        id: "0f7a1b2c3d4e".into(),
        title: "People with long-term support by age and sex".into(),
        facts: vec![
            ("State".into(), "It has left".into()),
            ("Agreement".into(), "DSA-1234 version 1.0".into()),
        ],
        had: vec![
            had(
                "ana, for EST-ICB",
                "made it, read it as a page and took it as CSV",
                "not yet",
            ),
            had(
                "cas, for EST-HAVEN",
                "read it as a page",
                "told on 17 November 2026 at 2:12pm, not read yet",
            ),
        ],
        fields: vec![FormField::Area {
            name: "reason".into(),
            label: "Why, in words for the public?".into(),
            hint: "Up to 500 characters.".into(),
            value: String::new(),
            rows: 4,
            code: false,
        }],
        csrf: "token".into(),
        ..RecallView::default()
    }
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
