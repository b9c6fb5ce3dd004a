//! Pages of those who read the audit log, and what the public sees of it.

use super::*;
use pages::*;

/// Adds them to the others.
pub(super) fn add_pages(pages: &mut Vec<(&'static str, String)>) {
    let frame = signed_in("Auditor", &["Audit log", "Agreements"]);
    let mut add = |name, page: Markup| pages.push((name, page.into_string()));
    let kinds = vec![
        ("answered".to_owned(), "was shown an answer".to_owned()),
        ("signed_in".to_owned(), "signed in".to_owned()),
    ];
    let empty = AuditView {
        kinds: kinds.clone(),
        csrf: HASH.to_owned(),
        ..AuditView::default()
    };
    add("audit", audit(&frame, &empty));
    let found = AuditView {
        fields: vec![
            AuditField {
                name: "area",
                value: "Westborough".to_owned(),
            },
            AuditField {
                name: "since",
                value: "2026-05".to_owned(),
            },
        ],
        searched: true,
        hits: vec![AuditHit {
            sentence: "On 2 May 2026 at 13:00, ana (analyst, for EST-ICB) was shown an answer of 3 rows from long_term_support under agreement DSA-0001 version 2 for population health.".to_owned(),
            why: vec!["The agreement is limited to 621 Southend-on-Sea City Council, around Westborough: people who live there may have been among the rows.".to_owned()],
            href: "/audit/4711".to_owned(),
            number: 4_711,
        }],
        total: 1,
        elsewhere: 2,
        looked_at: 70_000,
        cannot_say: vec!["It does not hold whose rows they were.".to_owned()],
        downloads: vec![Link::new("What was found as CSV", "/audit.csv?area=Westborough")],
        proven: Some((true, "70000 entries, each as it was written".to_owned())),
        ..empty.clone()
    };
    add("audit-found", audit(&frame, &found));
    let wrong = AuditView {
        errors: vec![FieldError::new(
            "since",
            "Write the day as 2026-05-01, or the month as 2026-05.",
        )],
        fields: vec![AuditField {
            name: "since",
            value: "<May>".to_owned(),
        }],
        proven: Some((false, "entry 7 has been altered".to_owned())),
        ..empty
    };
    add("audit-error", audit(&frame, &wrong));
    let entry = AuditEntryView {
        number: 4_711,
        when: "2 May 2026 at 13:00".to_owned(),
        what: "was shown an answer".to_owned(),
        parts: vec![
            ("actor".to_owned(), "ana".to_owned()),
            ("terms digest".to_owned(), HASH.to_owned()),
        ],
        replay: Some(Link::new("Judge this decision again", "/audit/4711/replay")),
        leaf: HASH.to_owned(),
        proof: Link::new(
            "Proof that this entry is in the log",
            "/audit/4711.tlog-proof",
        ),
        key: "haven/audit+1a2b3c4d+AYEKFALVFGyNhPJEMzD1QIDrY7hfZx09iUvxdXHKDFz".to_owned(),
    };
    add("audit-entry", audit_entry(&frame, &entry));
    add_replays(&frame, &mut add);
    let public = LogView {
        size: 70_000,
        note: format!("haven/audit\n70000\n{HASH}\n\n\u{2014} haven/audit {HASH}{HASH}\n"),
        key: "haven/audit+1a2b3c4d+AYEKFALVFGyNhPJEMzD1QIDrY7hfZx09iUvxdXHKDFz".to_owned(),
        cosigned_size: Some(69_000),
        cosigned_note: Some(format!("haven/audit\n69000\n{HASH}\n")),
        cosignatures: vec![LogCosignature {
            witness: "council.example/witness".to_owned(),
            at: DateTime::from_timestamp(1_790_000_000, 0),
        }],
        witnesses: vec!["council.example/witness".to_owned()],
    };
    add("log", log(&frame, &public));
    add("log-unwatched", log(&frame, &LogView::default()));
}

/// A decision judged again: the same, something else, and what is no decision.
fn add_replays(frame: &Frame, add: &mut impl FnMut(&'static str, Markup)) {
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let judged = AuditReplayView {
        number: 4_711,
        same: Some(true),
        sentences: strings(&[
            "Entry 4711, decided on 2026-05-02 12:00:00 under agreement DSA-0001 version 2, was judged again from the facts that it keeps.",
            "The same comes out: allowed, by DSA-0001/2/population_health/deidentified.",
        ]),
        compared: vec![
            (
                "Outcome".to_owned(),
                "allowed".to_owned(),
                "allowed".to_owned(),
            ),
            (
                "Digest of the rows".to_owned(),
                HASH.to_owned(),
                HASH.to_owned(),
            ),
        ],
        facts: vec![
            pair("agreement", "DSA-0001"),
            pair("training in date", "yes"),
            pair("policies", HASH),
        ],
    };
    add("audit-replay", audit_replay(frame, &judged));
    let other = AuditReplayView {
        same: Some(false),
        compared: vec![(
            "Outcome".to_owned(),
            "allowed".to_owned(),
            "refused".to_owned(),
        )],
        ..judged.clone()
    };
    add("audit-replay-other", audit_replay(frame, &other));
    let none = AuditReplayView {
        number: 12,
        sentences: strings(&["Entry 12 is no decision."]),
        ..AuditReplayView::default()
    };
    add("audit-replay-none", audit_replay(frame, &none));
}
