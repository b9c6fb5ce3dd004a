//! Pages about specifications, their rules and the questions that people ask.

use super::*;
use model::Level;
use pages::*;

/// Adds them to the others.
pub(super) fn add_pages(pages: &mut Vec<(&'static str, String)>) {
    let frame = visitor();
    let mut add = |name, page: Markup| pages.push((name, page.into_string()));
    add("specs", specs(&frame, &specs_view()));
    add("specs-none", specs(&frame, &SpecsView::default()));
    add("spec", spec(&frame, &spec_view()));
    add("spec-long", spec(&frame, &long_spec()));
    add("spec-field", spec_field(&frame, &field_view()));
    add(
        "spec-field-bare",
        spec_field(
            &frame,
            &SpecFieldView {
                spec: a_spec(),
                name: "Event Reference".into(),
                means: "What the event is called in your system.".into(),
                ..Default::default()
            },
        ),
    );
    add("spec-rules", spec_rules(&frame, &rules_view()));
    add(
        "spec-rules-none",
        spec_rules(
            &frame,
            &SpecRulesView {
                query: "moon <b>".into(),
                rules: vec![],
                ..rules_view()
            },
        ),
    );
    add("spec-codes", spec_codes(&frame, &codes_view()));
    add("rule", rule(&frame, &rule_view()));
    add(
        "rule-bare",
        rule(
            &frame,
            &RuleView {
                fields: vec![],
                passes: vec![],
                fails: vec![],
                when: None,
                specs: vec![],
                level: Level::RejectFile,
                ..rule_view()
            },
        ),
    );
    add("guidance", guidance(&frame, &guidance_view()));
    add("guidance-none", guidance(&frame, &GuidanceView::default()));
}

fn a_spec() -> Link {
    Link::new("Client level data, release 2", "/specs/care/2.0")
}

fn specs_view() -> SpecsView {
    SpecsView {
        specifications: vec![
            SpecRow {
                title: "Client level data, release 2".into(),
                href: "/specs/care/2.0".into(),
                version: "2.0 (May 2025)".into(),
                fields: 50,
                rules: 187,
            },
            SpecRow {
                title: "Deaths".into(),
                href: "/specs/d/1".into(),
                version: "1".into(),
                fields: 6,
                rules: 1,
            },
        ],
        more: vec![Link::new("Help with sending files", "/guidance")],
    }
}

fn field_row(number: u64) -> FieldRow {
    FieldRow {
        number,
        name: format!("Column {number}"),
        href: format!("/specs/care/2.0/fields/column_{number}"),
        means: "Day on which the event began.".into(),
        holds: "A date: day/month/year".into(),
        list: number
            .is_multiple_of(3)
            .then(|| Link::new("See the list", "/specs/care/2.0/codes/gender")),
        identifying: number.is_multiple_of(4),
    }
}

fn spec_view() -> SpecView {
    SpecView {
        title: "Client level data, release 2".into(),
        version: "2.0 (May 2025)".into(),
        source: "The data specification of May 2025.".into(),
        fields: (1..=5).map(field_row).collect(),
        lists: vec![Link::new(
            "Gender (4 values)",
            "/specs/care/2.0/codes/gender",
        )],
        examples: vec![Link::new(
            "example.csv",
            "/specs/care/2.0/files/example.csv",
        )],
        downloads: vec![Link::new(
            "All columns as CSV",
            "/specs/care/2.0/dictionary.csv",
        )],
        rules_href: "/specs/care/2.0/rules".into(),
        rules: 187,
        others: vec![],
    }
}

/// A column with a name as long as names get, in a specification without anything else.
fn long_spec() -> SpecView {
    SpecView {
        title: "Everything that could ever be collected about adult social care and those who give it without pay".into(),
        fields: vec![FieldRow {
            number: 1,
            name: "No.OfAdultsBeingCaredForByThisUnpaidCarerIncludingThoseKnownByAssociationOnly".into(),
            href: "/specs/care/2.0/fields/x".into(),
            means: "x".repeat(80),
            holds: "Text".into(),
            list: None,
            identifying: true,
        }],
        ..Default::default()
    }
}

fn field_view() -> SpecFieldView {
    SpecFieldView {
        spec: a_spec(),
        number: 27,
        letters: "AA".into(),
        name: "Event Start Date".into(),
        column: "event_start_date".into(),
        means: "Day on which the event began.".into(),
        holds: "A date: day/month/year".into(),
        max_length: Some(10),
        identifying: false,
        needed: vec![
            Needed {
                what: "It must be filled in".into(),
                words: "in every row".into(),
                ..Needed::default()
            },
            Needed {
                what: "It has no meaning".into(),
                words: "where".into(),
                condition: Some("carer_by_association or not service".into()),
                names: vec![(
                    "carer_by_association".into(),
                    "The row is about a carer who is known by association.".into(),
                )],
            },
        ],
        guidance: strings(&["A change of system must not reset it."]),
        list: Some(Link::new("Gender", "/specs/care/2.0/codes/gender")),
        words: strings(&["Male", "Female"]),
        more_words: true,
        rules: vec![rule_row("CLD-E001", Level::RejectRow)],
        previous: Some(Link::new("Event Reference", "/specs/care/2.0/fields/a")),
        next: Some(Link::new("Event End Date", "/specs/care/2.0/fields/b")),
    }
}

fn rule_row(code: &str, level: Level) -> RuleRow {
    RuleRow {
        code: code.into(),
        href: format!("/rules/{code}"),
        says: "Event end date is before event start date".into(),
        level,
        stage: (level == Level::Note).then(|| "In shadow until 1 April 2027".into()),
    }
}

fn rules_view() -> SpecRulesView {
    SpecRulesView {
        spec: a_spec(),
        href: "/specs/care/2.0/rules".into(),
        query: String::new(),
        level: "row".into(),
        all: 187,
        rules: vec![
            rule_row("CLD-E001", Level::RejectRow),
            rule_row("CLD-F001", Level::RejectFile),
            rule_row("CLD-E002", Level::Note),
        ],
    }
}

fn codes_view() -> SpecCodesView {
    SpecCodesView {
        spec: a_spec(),
        title: "Gender".into(),
        source: "The data specification of May 2025.".into(),
        fields: vec![Link::new("Gender", "/specs/care/2.0/fields/gender")],
        attributes: strings(&["Confidence", "Group"]),
        values: vec![
            ("Male".into(), strings(&["certain", ""])),
            ("Female".into(), strings(&["certain", ""])),
        ],
        earlier_release: Some("Release 1".into()),
        earlier: vec![
            ("Not known".into(), "Unknown".into()),
            ("Withheld".into(), String::new()),
        ],
        downloads: vec![Link::new(
            "The list as CSV",
            "/specs/care/2.0/codes/gender.csv",
        )],
    }
}

fn rule_view() -> RuleView {
    RuleView {
        code: "CLD-E001".into(),
        says: "Event end date is before event start date".into(),
        level: Level::RejectRow,
        why: "An event cannot end before it begins.".into(),
        fix: "Check which of the two dates is wrong.".into(),
        fields: vec![
            Link::new("Event Start Date", "/specs/care/2.0/fields/a"),
            Link::new("Event End Date", "/specs/care/2.0/fields/b"),
        ],
        when: Some("event_end_date < event_start_date".into()),
        source: vec![
            Link::new("our own proposal", ""),
            Link::new(
                "the NHS Data Dictionary",
                "https://www.datadictionary.nhs.uk/",
            ),
        ],
        stages: vec![("In force".into(), "Since 1 October 2025".into())],
        specs: vec![a_spec()],
        passes: vec![RuleExample {
            columns: strings(&["Event Start Date", "Event End Date"]),
            rows: vec![strings(&["06/01/2025", "07/01/2025"])],
        }],
        fails: vec![RuleExample {
            columns: strings(&["Event Start Date", "Event End Date"]),
            rows: vec![strings(&["06/01/2025", "05/01/2025"]), strings(&["", "x"])],
        }],
    }
}

fn guidance_view() -> GuidanceView {
    GuidanceView {
        topics: vec![GuidanceTopic {
            title: "Before you send".into(),
            questions: vec![(
                "What do I need?".into(),
                strings(&[
                    "You need an account and a file.",
                    "The person who runs the service gives you the account.",
                ]),
            )],
        }],
        more: vec![Link::new("What you can send", "/specs")],
    }
}
