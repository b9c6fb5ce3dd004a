//! Pages of agreements: the list, one, a draft, what waits, questions in words, suspensions.

use super::*;
use pages::*;

/// Adds them to the others.
pub(super) fn add_pages(pages: &mut Vec<(&'static str, String)>) {
    let frame = signed_in(
        "Information governance lead",
        &["Agreements", "Register of data uses", "Service status"],
    );
    let mut add = |name, page: Markup| pages.push((name, page.into_string()));
    add("agreements", agreements(&frame, &list_view()));
    add(
        "agreements-empty",
        agreements(&frame, &AgreementsView::default()),
    );
    let nothing_found = AgreementsView {
        all: 2,
        query: "nothing like this".into(),
        ..AgreementsView::default()
    };
    add("agreements-none-found", agreements(&frame, &nothing_found));
    add("agreement", agreement(&frame, &agreement_view()));
    let suspended = AgreementView {
        title: "Care at home after hospital, suspended".into(),
        state: AgreementState::Suspended,
        stopped: strings(&[
            "Suspended since 4 May 2026: A laptop was lost.",
            "The security assurance of Estuary Region ICB has run out.",
        ]),
        warning: None,
        ..agreement_view()
    };
    add("agreement-suspended", agreement(&frame, &suspended));
    add("agreement-draft", agreement_draft(&frame, &draft_view()));
    let fit = AgreementDraftView {
        title: "Care at home after hospital, ready".into(),
        stops: Vec::new(),
        submit_href: Some("/agreements/drafts/ab/submit".into()),
        ..draft_view()
    };
    add("agreement-draft-ready", agreement_draft(&frame, &fit));
    add(
        "agreement-approvals",
        agreement_queue(&frame, &approvals_view()),
    );
    add(
        "agreement-version",
        agreement_version(&frame, &version_view()),
    );
    add("agreement-words", agreement_words(&frame, &words_view()));
    add("agreement-form", form_page(&frame, &form_view(Vec::new())));
    let errors = vec![
        FieldError::new("title", "Write what professionals call it."),
        FieldError::new("term.end", "The agreement ends before it starts."),
        FieldError::new("parties.0.roles", "A party needs a role."),
    ];
    add(
        "agreement-form-error",
        form_page(&frame, &form_view(errors)),
    );
    add("check-answers", check_answers(&frame, &check_view()));
    add("suspensions", suspensions(&frame, &suspensions_view()));
}

fn list_view() -> AgreementsView {
    AgreementsView {
        due: vec![Link::new(
            "Agreement DSA-1234 (Falls): what was made for it is to be destroyed. It was due by 30 June 2025.",
            "/agreements/DSA-1234",
        )],
        agreements: vec![
            row(AgreementState::InForce, "365 days left"),
            row(AgreementState::EndsSoon, "28 days left"),
            row(AgreementState::Suspended, ""),
        ],
        all: 3,
        query: "care".into(),
        state: "active".into(),
        states: vec![
            ("active".into(), "active".into()),
            ("expired".into(), "expired".into()),
        ],
        warnings: vec![
            Link::new(
                "Agreement DSA-0001 (Care at home after hospital) ends in 28 days, on 31 March 2027.",
                "/agreements/DSA-0001",
            ),
            Link::new(
                "Agreement DSA-0002 (Falls) ends in 80 days, on 22 May 2027.",
                "/agreements/DSA-0002",
            ),
        ],
        waiting: vec![waiting("one more approval")],
        drafts: vec![waiting("a slip in the term")],
        actions: vec![Link::new("Write a new agreement", "/agreements/new")],
    }
}

fn waiting(waits_for: &str) -> WaitingRow {
    WaitingRow {
        id: "DSA-0001, version 1.1".into(),
        href: format!("/agreements/approvals/{HASH}"),
        title: "Care at home after hospital".into(),
        waits_for: waits_for.into(),
        by: "meg".into(),
        at: at("2026-03-01T09:00:00Z"),
    }
}

fn row(state: AgreementState, left: &str) -> AgreementRow {
    AgreementRow {
        id: "DSA-0001, version 1.0".into(),
        href: "/agreements/DSA-0001".into(),
        title: "Care at home after hospital".into(),
        sentence: agreement_view().sentence,
        state,
        ends: day(2027, 3, 31),
        left: left.into(),
    }
}

fn draft_view() -> AgreementDraftView {
    AgreementDraftView {
        id: "DSA-0001, version 1.1".into(),
        title: "Care at home after hospital".into(),
        changed: "Changed by meg on 1 March 2026 at 9:00am".into(),
        sections: vec![
            DraftSection { title: "Parties".into(), href: "/agreements/drafts/ab/part/parties".into(), hint: "Who is bound by it".into(), stops: false },
            DraftSection { title: "Term".into(), href: "/agreements/drafts/ab/part/term".into(), hint: "When it holds".into(), stops: true },
        ],
        sentence: Some(agreement_view().sentence),
        stops: vec!["`term.end`: the agreement ends before it starts, at line 18\n   |\n18 | end = 2026-03-01\n   |".into()],
        warns: strings(&["The review is more than a year after the start."]),
        changes: vec![("It newly allows".into(), strings(&["cid to see stays in hospital"]))],
        submit_href: None,
        links: vec![Link::new("Change the text as a file", "/agreements/drafts/ab/text")],
        drop_href: "/agreements/drafts/ab/drop".into(),
        csrf: "token".into(),
    }
}

fn approvals_view() -> AgreementQueueView {
    AgreementQueueView {
        to_approve: vec![waiting("1 of 2 approvals")],
        to_sign: Vec::new(),
        over: vec![waiting("sent back by cal")],
    }
}

fn version_view() -> AgreementVersionView {
    AgreementVersionView {
        document: AgreementView {
            state: AgreementState::WaitsForApproval,
            ..agreement_view()
        },
        digest: HASH.into(),
        why: "One more year, and stays in hospital".into(),
        written: "by meg, handed in on 1 March 2026 at 9:00am".into(),
        compared_with: "Compared with version 1.0, which is in force.".into(),
        changes: vec![(
            "It newly allows".into(),
            strings(&["cid to see stays in hospital"]),
        )],
        acts: vec![(
            "1 March 2026 at 9:10am".into(),
            "Approved by ada, information asset owner".into(),
        )],
        waits_for: "one more approval, from another role".into(),
        actions: vec![
            Link::new("Approve", "/agreements/approvals/x/approve"),
            Link::new("Send back", "/agreements/approvals/x/return"),
        ],
        cannot: Some("You wrote this version, and nobody approves what they wrote.".into()),
        links: vec![Link::new(
            "The text as a file (TOML)",
            "/agreements/approvals/x/file",
        )],
    }
}

fn words_view() -> AgreementWordsView {
    AgreementWordsView {
        heading: "What if".into(),
        caption: "DSA-0001".into(),
        lede: strings(&["Nothing is changed by asking."]),
        questions: vec![WordsQuestion {
            heading: "What if it ended on a day?".into(),
            action: "/agreements/DSA-0001/what-if".into(),
            hidden: vec![("ask".into(), "ends".into())],
            fields: vec![FormField::Line {
                name: "table".into(),
                label: "Table".into(),
                hint: String::new(),
                value: "cld_event".into(),
            }],
            button: "Show".into(),
        }],
        errors: Vec::new(),
        answer: Some("Who could see cld_event".into()),
        lists: vec![
            WordsList {
                heading: "People".into(),
                lines: strings(&["ana, at Estuary Region ICB"]),
                empty: String::new(),
            },
            WordsList {
                heading: "Nobody else".into(),
                lines: Vec::new(),
                empty: "Nobody else may see it.".into(),
            },
        ],
        links: vec![Link::new("Back to the agreement", "/agreements/DSA-0001")],
        parents: vec![Link::new("Agreements", "/agreements")],
    }
}

fn form_view(errors: Vec<FieldError>) -> FormPageView {
    let text = |text: &str| text.to_owned();
    FormPageView {
        heading: if errors.is_empty() {
            text("Term")
        } else {
            text("Term, with mistakes")
        },
        caption: text("DSA-0001, version 1.1"),
        lede: strings(&["When it holds."]),
        beware: Some((
            text("A later draft"),
            text("mel changed this draft while you wrote."),
        )),
        message: Some(text("18 | end = 2026-03-01\n   |       ^^^^^^^^^^")),
        action: text("/agreements/drafts/ab/part/term"),
        csrf: text("token"),
        hidden: vec![(text("revision"), text("3"))],
        fields: vec![
            FormField::Heading(text("What it is")),
            FormField::Line {
                name: text("title"),
                label: text("Title"),
                hint: text("For professionals"),
                value: text("Care at home"),
            },
            FormField::Area {
                name: text("lay_summary"),
                label: text("Summary"),
                hint: String::new(),
                value: String::new(),
                rows: 6,
                code: false,
            },
            FormField::Day {
                name: text("term.end"),
                label: text("Last day"),
                hint: text("For example, 31 3 2027"),
                value: [text("31"), text("3"), text("2027")],
            },
            FormField::One {
                name: text("identifiability"),
                label: text("How close to a person"),
                hint: String::new(),
                items: vec![(
                    text("deidentified"),
                    text("Rows under pseudonyms"),
                    text("inside the safe haven"),
                )],
                value: text("deidentified"),
            },
            FormField::Pick {
                name: text("checker"),
                label: text("Who checks"),
                hint: String::new(),
                items: vec![(text("one_person"), text("one person"))],
                value: text("one_person"),
            },
            FormField::Many {
                name: text("parties.0.roles"),
                label: text("Roles"),
                hint: text("All that apply"),
                items: vec![
                    (text("controller"), text("controller"), true),
                    (text("processor"), text("processor"), false),
                ],
            },
            FormField::File {
                name: text("file"),
                label: text("A file"),
                hint: text("TOML"),
            },
        ],
        button: text("Save"),
        back: Link::new("Go back without saving", "/agreements/drafts/ab"),
        parents: vec![
            Link::new("Agreements", "/agreements"),
            Link::new("Draft", "/agreements/drafts/ab"),
        ],
        errors,
    }
}

fn check_view() -> CheckAnswersView {
    CheckAnswersView {
        heading: "Check before you suspend".into(),
        caption: "DSA-0001".into(),
        lede: strings(&["It holds from the next request on."]),
        beware: Some((
            "Questions stop at once".into(),
            "3 people ask under this agreement.".into(),
        )),
        answers: vec![
            ("What".into(), "agreement DSA-0001".into()),
            ("Why".into(), "A laptop was lost".into()),
        ],
        action: "/suspensions/new".into(),
        csrf: "token".into(),
        hidden: vec![("reason".into(), "A laptop was lost".into())],
        button: "Suspend now".into(),
        stops: true,
        back: Link::new("Go back", "/suspensions"),
        parents: vec![Link::new("Suspensions", "/suspensions")],
    }
}

fn suspensions_view() -> SuspensionsView {
    let row = |what: &str, lifted| SuspensionRow {
        what: what.into(),
        reason: "A laptop was lost".into(),
        at: at("2026-05-04T09:12:00Z"),
        by: "ivy".into(),
        lift_href: Some("/suspensions/1/lift".into()),
        lifted,
    };
    let lifted = (
        at("2026-05-05T09:12:00Z"),
        "cal".to_owned(),
        "It was found".to_owned(),
    );
    SuspensionsView {
        done: Some("Agreement DSA-0001 is suspended.".into()),
        standing: vec![row("agreement DSA-0001", None)],
        lifted: vec![row("person ana", Some(lifted))],
        suspend_href: Some("/suspensions/new".into()),
    }
}

fn agreement_view() -> AgreementView {
    let fields = [
        ("Event type", "as sent"),
        ("Date of birth", "month only"),
        ("Postcode", "sector and neighbourhood only"),
        ("NHS number", "pseudonym for this recipient"),
        ("First name", "left out"),
    ];
    AgreementView {
        id: "DSA-0001".into(),
        version: "1.1".into(),
        title: "Care at home after hospital".into(),
        sentence: "Analysts of Estuary Region ICB may count people with long-term support in three councils, to plan care at home, until 31 March 2027.".into(),
        state: AgreementState::EndsSoon,
        warning: Some("It ends in 28 days. After that day nothing more can be asked under it.".into()),
        starts: day(2026, 4, 1),
        ends: day(2027, 3, 31),
        parties: vec![Party { name: "Southend-on-Sea City Council".into(), part: "controller".into(), signed: Some(day(2026, 2, 1)) }, Party { name: "Estuary Region ICB".into(), part: "recipient".into(), signed: None }],
        legal_basis: vec![("Data protection".into(), "UK GDPR Article 6(1)(e) and Article 9(2)(h)".into()), ("Duty of confidence".into(), "effectively anonymised in the hands of the recipient".into())],
        purposes: vec![("planning".into(), "Plan how much care at home is needed".into())],
        people_and_places: strings(&["Analysts of Estuary Region ICB", "Inside the data environment, in England"]),
        datasets: vec![AgreementDataset { title: "Client level data, release 2".into(), fields: fields.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect() }],
        rows: strings(&["People aged 18 and over who live in the three councils", "Events from 1 April 2025"]),
        linkage: strings(&["Client level data with hospital stays", "Nothing else"]),
        opt_outs: strings(&["National data opt-out: applied", "Type 1 opt-out: applied to GP data, of which there is none here"]),
        output_rules: strings(&["Counts of people only", "1 to 7 hidden, the rest to the nearest 5"]),
        more: vec![("Passing on".into(), strings(&["Nothing may be passed on."]))],
        stopped: Vec::new(),
        remains: vec![
            ("Say that it is being wound up".into(), "To be done: `haven agreement close`".into()),
            ("Destroy what was made for it".into(), "Overdue: it was due by 30 June 2025, 510 days ago".into()),
        ],
        actions: vec![Link::new("Compare versions", "/agreements/DSA-0001/compare"), Link::new("Suspend at once", "/suspensions/new?kind=agreement&subject=DSA-0001")],
        downloads: vec![Link::new("The text as a file (TOML)", "/agreements/DSA-0001/file")],
        rule: vec![("Text".into(), HASH.into()), ("Row filter of cld_event".into(), HASH.into())],
        history: vec![("1 March 2026".into(), "Approved by ada, asset owner".into())],
        versions: vec![Link::new("Version 1.0, ended", "/agreements/DSA-0001?version=1.0")],
    }
}
