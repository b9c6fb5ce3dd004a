//! The register as files: JSON with every field, CSV for spreadsheets, Atom for readers of feeds.

use super::{Happened, Registered};
use crate::routes::safe;
use anyhow::{Result, anyhow};
use atom_syndication::{Entry, Feed, FixedDateTime, Generator, Link, Person, Text};
use std::collections::BTreeMap;

/// The mark by which spreadsheets know UTF-8.
const MARK: &[u8] = "\u{feff}".as_bytes();

/// The columns of the register as CSV: the union of both national formats, and what nobody else publishes.
const HEADINGS: [&str; 39] = [
    "Reference",
    "Version",
    "Title",
    "Lay title",
    "Summary",
    "Applicant",
    "Controllers",
    "Controller type",
    "Type of organisation",
    "Commercial",
    "Start date",
    "End date",
    "State",
    "Purposes and objectives",
    "Processing",
    "Outputs",
    "Benefits",
    "Datasets",
    "Class of data",
    "Sensitivity",
    "Legal basis",
    "Duty of confidence",
    "Opt-outs",
    "National data opt-out applied",
    "Access method",
    "Sub-licensing",
    "Linkage",
    "Safe setting",
    "Privacy enhancement",
    "Other approvals",
    "Latest approval date",
    "Funders",
    "Files that left",
    "Questions answered",
    "Questions refused",
    "Rows in answers",
    "People left out by their own choice",
    "Checkpoint of the log",
    "Certificate of destruction",
];

/// The whole register. Fields are added, never renamed.
pub(crate) fn json(all: &[Registered], happened: &Happened) -> Result<String> {
    let incidents: BTreeMap<&str, u64> = happened
        .incidents
        .iter()
        .map(|(code, _, number)| (code.as_str(), *number))
        .collect();
    let document = serde_json::json!({
        "version": 2, "emergencies_opened": happened.emergencies, "incidents": incidents, "entries": all,
    });
    Ok(serde_json::to_string_pretty(&document)?)
}

/// Every version of one agreement; none where there is no such agreement.
pub(crate) fn one_json(all: &[Registered], reference: &str) -> Result<Option<String>> {
    let of_it: Vec<&Registered> = all
        .iter()
        .filter(|r| r.entry.reference == reference)
        .collect();
    if of_it.is_empty() {
        return Ok(None);
    }
    let document = serde_json::json!({"version": 2, "entries": of_it});
    Ok(Some(serde_json::to_string_pretty(&document)?))
}

/// One line for each version of each agreement.
pub(crate) fn csv(all: &[Registered]) -> Result<Vec<u8>> {
    let mut out = writer();
    out.write_record(HEADINGS)?;
    for r in all {
        let (e, n, a, u) = (
            &r.entry,
            &r.national_register,
            &r.alliance_standard,
            &r.used,
        );
        let joined = |words: &[String]| safe(&words.join("; "));
        let yes = |is: bool| if is { "yes" } else { "no" }.to_owned();
        let datasets: Vec<String> = n.datasets.iter().map(|d| d.dataset.clone()).collect();
        let mut sensitivities: Vec<String> = n
            .datasets
            .iter()
            .map(|d| d.sensitivity.to_owned())
            .collect();
        sensitivities.dedup();
        out.write_record([
            safe(&e.reference),
            safe(&e.version),
            safe(&e.title),
            safe(&r.notice.title),
            safe(e.lay_summary.trim()),
            safe(&n.applicant),
            joined(&n.controllers),
            n.controller_type.to_owned(),
            joined(&n.type_of_organisation),
            yes(n.commercial),
            e.starts.to_string(),
            e.ends.to_string(),
            e.state.to_string(),
            joined(&n.objective),
            joined(&n.processing),
            joined(&n.outputs),
            joined(&n.benefits),
            joined(&datasets),
            a.data_sensitivity_level.to_owned(),
            joined(&sensitivities),
            joined(&n.legal_basis),
            safe(&a.duty_of_confidentiality),
            joined(&n.opt_outs),
            yes(a.national_data_opt_out_applied),
            n.access_method.to_owned(),
            safe(&n.sub_licensing),
            joined(&a.how_data_are_processed),
            joined(&a.access_location),
            joined(&a.privacy_enhancement),
            joined(&a.other_approvals),
            a.latest_approval_date
                .map(|d| d.to_string())
                .unwrap_or_default(),
            joined(&a.funders_and_sponsors),
            u.files.len().to_string(),
            u.questions.to_string(),
            u.refused.to_string(),
            u.rows.to_string(),
            u.people_left_out.clone().unwrap_or_default(),
            u.checkpoint
                .as_deref()
                .map(|c| safe(&c.lines().collect::<Vec<_>>().join(" ")))
                .unwrap_or_default(),
            u.destruction_certificate.clone().unwrap_or_default(),
        ])?;
    }
    out.into_inner().map_err(|fault| anyhow!("{fault}"))
}

/// One line for each file that left.
pub(crate) fn files_csv(all: &[Registered]) -> Result<Vec<u8>> {
    let mut out = writer();
    out.write_record([
        "Reference",
        "File",
        "Title",
        "Purpose",
        "Rule set",
        "Release date",
        "Withdrawn",
        "Why it was withdrawn",
    ])?;
    for r in all.iter().filter(|r| !r.replaced) {
        for file in &r.used.files {
            out.write_record([
                safe(&r.entry.reference),
                safe(&file.id),
                safe(&file.title),
                safe(&file.purpose),
                safe(&file.rule_set),
                govern::agreement::day_of(file.released_at).to_string(),
                file.withdrawn
                    .map(|day| day.to_string())
                    .unwrap_or_default(),
                file.withdrawn_because
                    .as_deref()
                    .map(safe)
                    .unwrap_or_default(),
            ])?;
        }
    }
    out.into_inner().map_err(|fault| anyhow!("{fault}"))
}

/// A feed: an entry for each version, the newest first. `authority` is the name of this log, which stays the same
/// wherever the register is served; `address` stands before each link.
pub(crate) fn atom(all: &[Registered], service: &str, authority: &str, address: &str) -> String {
    let mut newest: Vec<&Registered> = all.iter().collect();
    newest.sort_by_key(|r| std::cmp::Reverse(r.changed()));
    let link = |href: String, rel: &str| Link {
        href: format!("{address}{href}"),
        rel: rel.to_owned(),
        ..Link::default()
    };
    let entries: Vec<Entry> = newest
        .iter()
        .map(|r| Entry {
            id: format!(
                "urn:x-haven:{authority}:register/{}/{}",
                r.entry.reference, r.entry.version
            ),
            title: Text::plain(r.notice.title.clone()),
            summary: Some(Text::plain(r.entry.lay_summary.trim().to_owned())),
            updated: FixedDateTime::from(r.changed()),
            published: Some(FixedDateTime::from(
                r.entry.issued.and_time(chrono::NaiveTime::MIN).and_utc(),
            )),
            links: vec![link(r.href(), "alternate")],
            ..Entry::default()
        })
        .collect();
    let updated = newest
        .first()
        .map_or_else(FixedDateTime::default, |r| FixedDateTime::from(r.changed()));
    Feed {
        title: Text::plain(format!("{service}: register of data uses")),
        id: format!("urn:x-haven:{authority}:register"),
        updated,
        authors: vec![Person {
            name: service.to_owned(),
            ..Person::default()
        }],
        generator: Some(Generator {
            value: "Haven".to_owned(),
            ..Generator::default()
        }),
        links: vec![
            link("/register.atom".to_owned(), "self"),
            link("/register".to_owned(), "alternate"),
        ],
        entries,
        ..Feed::default()
    }
    .to_string()
}

fn writer() -> csv::Writer<Vec<u8>> {
    csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(MARK.to_vec())
}
