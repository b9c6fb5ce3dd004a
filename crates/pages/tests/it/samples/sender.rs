//! Pages of those who send files.

use super::*;
use model::Level;
use pages::*;

/// Adds them to the others.
#[expect(clippy::too_many_lines, reason = "a list of samples")]
pub(super) fn add_pages(pages: &mut Vec<(&'static str, String)>) {
    let frame = signed_in("Submitter", &["Your submissions", "Agreements"]);
    let mut add = |name, page: Markup| pages.push((name, page.into_string()));
    add(
        "start-signed-in",
        start(
            &frame,
            &StartView {
                tasks: vec![
                    Task {
                        text: "Send a file".into(),
                        href: "/submissions/new".into(),
                        hint: "The March file is due on 30 April 2026".into(),
                    },
                    Task {
                        text: "See your submissions".into(),
                        href: "/submissions".into(),
                        hint: String::new(),
                    },
                ],
                notices: vec![StartNotice {
                    about: "links-7".into(),
                    words: "Links of 3 records were found wrong and put right. Tables that you used under DSA-0417 were made again: look at what you made from them before.".into(),
                    href: "/linkage/corrections#links-7".into(),
                }],
                csrf: "token".into(),
                before_you_start: vec![],
            },
        ),
    );
    add(
        "role",
        choose_role(
            &frame,
            &RoleView {
                csrf: "token".into(),
                roles: vec![
                    role("submitter", "Submitter", true),
                    role("reader", "Second reader", false),
                ],
                errors: vec![],
            },
        ),
    );
    add(
        "role-error",
        choose_role(
            &frame,
            &RoleView {
                csrf: "token".into(),
                roles: vec![
                    role("submitter", "Submitter", false),
                    role("reader", "Second reader", false),
                ],
                errors: vec![FieldError::new(
                    "role",
                    "Choose the role you want to work in.",
                )],
            },
        ),
    );
    add("submissions", submissions(&frame, &submissions_view()));
    add(
        "submissions-empty",
        submissions(
            &frame,
            &SubmissionsView {
                organisation: "Crowstone Council".into(),
                can_send: true,
                ..Default::default()
            },
        ),
    );
    add("upload", upload(&frame, &upload_view(1)));
    add(
        "upload-error",
        upload(
            &frame,
            &UploadView {
                errors: vec![
                    FieldError::new("dataset", "Choose the dataset that the file belongs to."),
                    FieldError::new("from-day", "Write the first day as a day, month and year."),
                    FieldError::new("file", "Choose a file. CSV and Excel (XLSX) can be read."),
                ],
                shorter: ["31", "2", "2026", "", "", ""].map(str::to_owned),
                ..upload_view(2)
            },
        ),
    );
    add("result", result(&frame, &result_view()));
    add(
        "result-clean",
        result(
            &frame,
            &ResultView {
                state: SubmissionState::Accepted,
                causes: vec![],
                rows_landed: 412_806,
                rows_set_aside: 0,
                not_checked: vec![],
                ..result_view()
            },
        ),
    );
    add(
        "result-rejected",
        result(
            &frame,
            &ResultView {
                state: SubmissionState::NotAccepted,
                causes: vec![cause_row("CLD-F009", Level::RejectFile, 0)],
                rows_landed: 0,
                rows_set_aside: 412_806,
                receipt_href: None,
                ..result_view()
            },
        ),
    );
    add(
        "result-running",
        result(
            &frame,
            &ResultView {
                state: SubmissionState::Running,
                causes: vec![],
                receipt_href: None,
                period: None,
                detected: vec![],
                downloads: vec![],
                not_checked: vec![],
                ..result_view()
            },
        ),
    );
    add(
        "result-not-sent",
        result(
            &frame,
            &ResultView {
                state: SubmissionState::NotSent,
                receipt_href: None,
                next: NextSteps {
                    confirm_href: Some("/submissions/1/confirm".into()),
                    preview_href: Some("/submissions/1/preview".into()),
                    withdraw_href: Some("/submissions/1/withdraw".into()),
                    kept_until: Some(at("2026-04-14T16:00:00Z")),
                    window: Some("The window closes on 30 April 2026 at 5:00pm. A file sent after that is marked as late.".into()),
                    ..NextSteps::default()
                },
                ..result_view()
            },
        ),
    );
    add(
        "result-sent",
        result(
            &frame,
            &ResultView {
                next: NextSteps {
                    withdraw_href: Some("/submissions/1/withdraw".into()),
                    replace_href: Some("/submissions/new".into()),
                    window: Some("The window closed on 31 January 2026 at 5:00pm.".into()),
                    late: true,
                    partial: true,
                    ..NextSteps::default()
                },
                ..result_view()
            },
        ),
    );
    add(
        "result-replaced",
        result(
            &frame,
            &ResultView {
                state: SubmissionState::Replaced,
                receipt_href: None,
                next: NextSteps {
                    replaced_href: Some("/submissions/2".into()),
                    ..NextSteps::default()
                },
                ..result_view()
            },
        ),
    );
    add("confirm", confirm(&frame, &confirm_view()));
    add(
        "confirm-error",
        confirm(
            &frame,
            &ConfirmView {
                errors: vec![FieldError::new(
                    "declared",
                    "Tick the box to say that this is the file you mean to send.",
                )],
                ..confirm_view()
            },
        ),
    );
    add("withdraw", withdraw(&frame, &withdraw_view(Some(411_496))));
    add("withdraw-attempt", withdraw(&frame, &withdraw_view(None)));
    add(
        "problem",
        problem(
            &frame,
            &ProblemView {
                name: "offset".into(),
                status: 409,
                title: "The upload is at another place".into(),
                instead: "Ask where it is with HEAD, and go on from there.".into(),
            },
        ),
    );
    add("check", check(&frame, &check_view()));
    add(
        "check-error",
        check(
            &frame,
            &CheckView {
                errors: vec![FieldError::new("file", "Choose a file.")],
                ..check_view()
            },
        ),
    );
    add(
        "check-found",
        check(
            &frame,
            &CheckView {
                outcome: Some(CheckOutcome {
                    file: "march.csv".into(),
                    dataset: "Client level data, release 2".into(),
                    rejected: false,
                    rows_in: 412_806,
                    rows_accepted: 411_496,
                    sha256: HASH.into(),
                    specification: "Client level data 2.1".into(),
                    engine: "haven 0.1.0".into(),
                    recognised: Some(
                        "Taken for Release 2: in the first 10000 rows, 35076 cells with a value that only Release 2 has".into(),
                    ),
                    detected: strings(&["Windows-1252"]),
                    causes: vec![
                        CauseRow {
                            href: String::new(),
                            ..cause_row("CLD-P003", Level::RejectRow, 1_310)
                        },
                        cause_row("CLD-P006", Level::Warning, 9_455),
                    ],
                    not_checked: vec![Link::new(
                        "Events of your last file are missing",
                        "/rules/CLD-H001",
                    )],
                }),
                ..check_view()
            },
        ),
    );
    add("cause", cause(&frame, &cause_view()));
    add(
        "cause-file",
        cause(
            &frame,
            &CauseView {
                rows: 0,
                lines: vec![],
                paging: None,
                level: Level::RejectFile,
                ..cause_view()
            },
        ),
    );
    add(
        "cause-column",
        cause(
            &frame,
            &CauseView {
                rows: 0,
                lines: vec![CauseLine {
                    row: None,
                    line: None,
                    column: Some(26),
                    field: Some("Event_End_Date".into()),
                    cell: None,
                    detail: Some("it stands in two columns".into()),
                }],
                paging: None,
                level: Level::RejectFile,
                ..cause_view()
            },
        ),
    );
    add("receipt", receipt(&frame, &receipt_view()));
    add(
        "forbidden",
        forbidden(
            &frame,
            &ForbiddenView {
                reason:
                    "Your agreement DSA-0192 covers Estuary Vale. This table also has Crowstone."
                        .into(),
                clause: Some("DSA-0192, rows".into()),
                instead: Some("Ask Jo Example (IG lead), or choose Estuary Vale only.".into()),
            },
        ),
    );
    add(
        "too-large",
        too_large(
            &frame,
            &TooLargeView {
                size_in_bytes: Some(6_100_000_000),
                limit_in_bytes: 4_000_000_000,
            },
        ),
    );
}

fn role(value: &str, role: &str, current: bool) -> RoleChoice {
    RoleChoice {
        value: value.into(),
        role: role.into(),
        organisation: "Southend-on-Sea City Council".into(),
        current,
    }
}

fn submissions_view() -> SubmissionsView {
    let row = |file: &str, state| SubmissionRow {
        href: "/submissions/1".into(),
        file: file.into(),
        dataset: "Client level data, release 2".into(),
        received_at: at("2026-03-31T16:00:00Z"),
        rows: 412_806,
        state,
        period: Some("1 April 2025 to 31 March 2026".into()),
        late: state == SubmissionState::Accepted,
        partial: state == SubmissionState::Accepted,
    };
    SubmissionsView {
        organisation: "Southend-on-Sea City Council".into(),
        due: vec![Due {
            dataset: "Client level data, release 2".into(),
            period: "April 2025 to March 2026".into(),
            closes: at("2026-04-30T16:00:00Z"),
            late: true,
            afterwards: "Files still count, for the next quarter.".into(),
        }],
        submissions: vec![
            row("march.csv", SubmissionState::NeedsYou),
            row(
                "2026_client_level_data_rolling_twelve_months_final_v3.xlsx",
                SubmissionState::Accepted,
            ),
            row("february.csv", SubmissionState::NotAccepted),
            row("january.csv", SubmissionState::Replaced),
            row("now.csv", SubmissionState::Running),
            row("attempt.csv", SubmissionState::NotSent),
            row("old.csv", SubmissionState::Expired),
        ],
        paging: Some(Paging {
            page: 2,
            pages: 9,
            href: "/submissions?page=".into(),
        }),
        can_send: true,
        notice: Some("The file march.csv was withdrawn.".into()),
    }
}

fn upload_view(datasets: usize) -> UploadView {
    let all = [
        (
            "cld-r2",
            "Client level data, release 2",
            "Adult social care, one row for each event",
        ),
        ("hospital-spells", "Hospital stays", ""),
    ];
    UploadView {
        csrf: "token".into(),
        datasets: all
            .iter()
            .take(datasets)
            .map(|(name, title, hint)| DatasetChoice {
                name: (*name).into(),
                title: (*title).into(),
                hint: (*hint).into(),
                releases: vec![
                    ("cld-r1".into(), "Release 1".into()),
                    ("cld-r2".into(), "Release 2".into()),
                ],
            })
            .collect(),
        chosen: None,
        release: None,
        limit_in_bytes: 4_000_000_000,
        window: Some(
            "The window for April 2025 to March 2026 closes on 30 April 2026 at 5:00pm.".into(),
        ),
        periods: vec![
            PeriodChoice {
                name: "2026-q1".into(),
                title: "1 April 2025 to 31 March 2026".into(),
                hint: "The window closes on 30 April 2026 at 5:00pm".into(),
                chosen: true,
            },
            PeriodChoice {
                name: "2025-q4".into(),
                title: "1 January 2025 to 31 December 2025".into(),
                hint: "The window closed on 31 January 2026 at 5:00pm. A file sent now is late."
                    .into(),
                chosen: false,
            },
        ],
        shorter: Default::default(),
        errors: vec![],
    }
}

fn cause_row(rule: &str, level: Level, rows: u64) -> CauseRow {
    CauseRow { rule: rule.into(), href: format!("/submissions/1/findings/{rule}"), says: "Event end date is before event start date".into(), level, rows, fix: "Check which of the two dates is wrong. Often the end date was typed in the year before.".into(), values: Vec::new(), likely: None }
}

fn result_view() -> ResultView {
    ResultView {
        file: "march.csv".into(),
        dataset: "Client level data, release 2".into(),
        period: Some("March 2026".into()),
        received_at: at("2026-03-31T16:00:00Z"),
        state: SubmissionState::NeedsYou,
        rows_in: 412_806,
        rows_landed: 411_496,
        rows_set_aside: 1_310,
        sha256: HASH.into(),
        specification: "Client level data 2.1".into(),
        engine: "haven 0.1.0".into(),
        recognised: None,
        detected: strings(&["Windows-1252", "comma between the columns"]),
        causes: vec![
            CauseRow {
                likely: Some(
                    "Most common: Event End Date typed in the previous year (1,117 rows)".into(),
                ),
                ..cause_row("CLD-P003", Level::RejectRow, 1_204)
            },
            CauseRow {
                fix: "`haven fix` can do it.".into(),
                values: strings(&["\"M\" (100 rows; use \"Male\")", "\"F\" (6 rows)"]),
                ..cause_row("CLD-N001", Level::RejectRow, 106)
            },
            cause_row("CLD-P006", Level::Warning, 9_455),
            cause_row("CLD-F004", Level::Note, 0),
        ],
        not_checked: vec![Link::new(
            "Events of your last file are missing",
            "/rules/CLD-H001",
        )],
        receipt_href: Some("/submissions/1/receipt".into()),
        downloads: vec![Link::new(
            "All findings as CSV",
            "/submissions/1/findings.csv",
        )],
        can_send: true,
        next: NextSteps {
            here_href: "/submissions/1".into(),
            ..NextSteps::default()
        },
    }
}

fn cause_view() -> CauseView {
    let line = |row, cell: Option<&str>| CauseLine {
        row: Some(row),
        line: Some(row + 2),
        column: Some(26),
        field: Some("Event_End_Date".into()),
        cell: cell.map(str::to_owned),
        detail: (row == 1_700).then(|| "rows 37, 38 and 39".to_owned()),
    };
    CauseView {
        result_href: "/submissions/1".into(),
        rule: "CLD-P003".into(),
        says: "Event end date is before event start date".into(),
        level: Level::RejectRow,
        why: "An event that ends before it starts takes real care away from the totals.".into(),
        fix: "Check which of the two dates is wrong in your own system, and export again.".into(),
        rows: 1_204,
        rows_in: 412_806,
        values: strings(&["\"14/05/2024\" (12 rows)"]),
        likely: Some("Most common: Event_End_Date typed in the previous year (1,117 rows)".into()),
        lines: vec![
            line(88, Some("14/05/2025")),
            line(131, Some("  02/06/2025")),
            line(1_500, Some("")),
            line(1_700, None),
        ],
        lines_differ: true,
        paging: Some(Paging {
            page: 1,
            pages: 25,
            href: "/submissions/1/findings/CLD-P003?page=".into(),
        }),
        downloads: vec![Link::new(
            "All 1,204 rows as CSV",
            "/submissions/1/findings/CLD-P003.csv",
        )],
    }
}

fn receipt_view() -> ReceiptView {
    ReceiptView {
        result_href: "/submissions/1".into(),
        reference: "6f1c2ab09d3e44f0a1b2".into(),
        organisation: "Southend-on-Sea City Council".into(),
        file: "march.csv".into(),
        dataset: "Client level data, release 2".into(),
        period: Some("1 January 2026 to 31 March 2026".into()),
        sent: Some((at("2026-03-31T16:20:00Z"), "Jo Example".into())),
        marks: strings(&[
            "It was sent after the window had closed, and is marked as late.",
            "It covers a part of the period that was asked for.",
        ]),
        received_at: at("2026-03-31T16:00:00Z"),
        sha256: HASH.into(),
        size_in_bytes: 123_456_789,
        rows_in: 412_806,
        rows_landed: 411_496,
        rows_set_aside: 1_310,
        reasons: vec![
            ("Event end date is before event start date".into(), 1_204),
            ("NHS number fails its check digit".into(), 106),
        ],
        next: strings(&[
            "We look for the person behind each row.",
            "Your data-quality report is ready tomorrow morning.",
        ]),
    }
}

fn confirm_view() -> ConfirmView {
    ConfirmView {
        csrf: "token".into(),
        result_href: "/submissions/1".into(),
        organisation: "Southend-on-Sea City Council".into(),
        file: "2026_client_level_data_rolling_twelve_months_final_v3.xlsx".into(),
        dataset: "Client level data, release 2".into(),
        period: Some("1 January 2026 to 31 March 2026".into()),
        sha256: HASH.into(),
        rows_in: 412_806,
        rows_landed: 411_496,
        rows_set_aside: 1_310,
        warnings: 2,
        window: Some("The window closed on 30 April 2026 at 5:00pm.".into()),
        beware: vec![(
            "It takes the place of a file".into(),
            "The file march.csv, sent on 3 April 2026 at 10:00am, no longer counts once you send this one.".into(),
        )],
        declaration: "I have looked at the result, and this is the file that my organisation means to send.".into(),
        errors: vec![],
    }
}

fn withdraw_view(rows: Option<u64>) -> WithdrawView {
    WithdrawView {
        csrf: "token".into(),
        result_href: "/submissions/1".into(),
        file: "march.csv".into(),
        dataset: "Client level data, release 2".into(),
        period: Some("1 April 2025 to 31 March 2026".into()),
        rows,
        window: Some("The window closes on 30 April 2026 at 5:00pm.".into()),
    }
}

fn check_view() -> CheckView {
    CheckView {
        csrf: "token".into(),
        datasets: upload_view(1).datasets,
        chosen: None,
        release: None,
        limit_in_bytes: 100_000_000,
        outcome: None,
        can_send: true,
        errors: vec![],
    }
}
