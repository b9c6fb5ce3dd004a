//! The findings as one page: no script, nothing from elsewhere, prints well.

use super::{
    about, counts, outcome,
    workbook::{first_rows, most_common},
};
use crate::{WholeFile, output::thousands};
use anyhow::Result;
use base64::{Engine, prelude::BASE64_STANDARD};
use land::check::{Cause, Report, ReportFinding};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use model::Level;
use sha2::{Digest, Sha256};
use std::{io::Write, path::Path};

/// How many findings the page lists one by one; a longer page is of no use to anybody.
pub(super) const ROWS: usize = 2_000;

const STYLE: &str = include_str!("page.css");

/// Writes the page.
pub(super) fn write(report: &Report, path: &Path) -> Result<()> {
    let mut file = WholeFile::new(path)?;
    file.write_all(page(report).into_string().as_bytes())?;
    Ok(file.keep()?)
}

fn page(report: &Report) -> Markup {
    // The page may use its own style and nothing else, whatever a cell in it tries.
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        BASE64_STANDARD.encode(Sha256::digest(STYLE))
    );
    html! {
        (DOCTYPE)
        html lang="en-GB" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="referrer" content="no-referrer";
                title { (outcome(report)) " - check of " (report.file.name) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                a.skip href="#causes" { "Skip to the causes" }
                header { p { "Check of a file before it is sent" } }
                main {
                    h1 { (report.file.name) }
                    (verdict(report))
                    (summary(report))
                    (causes(report))
                    (rows(report))
                    (fixes(report))
                    (about_section(report))
                }
            }
        }
    }
}

fn verdict(report: &Report) -> Markup {
    let (class, word) = if report.file_rejected {
        ("verdict bad", "Rejected")
    } else if report.rows_rejected > 0 {
        ("verdict part", "Accepted in part")
    } else {
        ("verdict good", "Accepted")
    };
    html! {
        p class=(class) { strong { (word) } " " (outcome(report)) "." }
    }
}

fn summary(report: &Report) -> Markup {
    html! {
        h2 { "Summary" }
        dl {
            @for (name, count) in counts(report) {
                div { dt { (name) } dd { (thousands(count)) } }
            }
        }
    }
}

fn causes(report: &Report) -> Markup {
    html! {
        h2 #causes { "Causes" }
        @if report.causes.is_empty() {
            p { "Nothing was found. The file keeps all rules that can be checked here." }
        } @else {
            p { "Worst first. Mend a cause in your own system, make the file again and check it again." }
            div.scroll role="region" aria-label="Causes" tabindex="0" {
                table {
                    caption { "Each kind of problem, with how many rows have it" }
                    thead { tr {
                        th scope="col" { "Rule" }
                        th scope="col" { "Level" }
                        th scope="col" { "What is wrong" }
                        th scope="col" { "Column" }
                        th.number scope="col" { "Rows" }
                        th.number scope="col" { "Share" }
                        th scope="col" { "First rows" }
                        th scope="col" { "Most common" }
                    } }
                    tbody { @for cause in &report.causes { (cause_row(cause)) } }
                }
            }
        }
    }
}

fn cause_row(cause: &Cause) -> Markup {
    let share = cause
        .share
        .map_or_else(String::new, |share| format!("{:.1}%", share * 100.0));
    html! {
        tr {
            th scope="row" { (cause.rule) }
            td { (level(cause.level)) }
            td { (cause.message) }
            td { (column(cause.column.as_deref(), cause.letter.as_deref())) }
            td.number { @if let Some(rows) = cause.rows { (thousands(rows)) } @else { "whole file" } }
            td.number { (share) }
            td { (first_rows(cause)) }
            td { (most_common(cause)) @if let Some(likely) = cause.likely_words() { p { (likely) } } }
        }
    }
}

fn level(level: Level) -> Markup {
    let class = match level {
        Level::RejectFile | Level::RejectRow => "tag bad",
        Level::Warning => "tag part",
        Level::Note => "tag",
    };
    html! { span class=(class) { (level.words()) } }
}

fn column(name: Option<&str>, letter: Option<&str>) -> Markup {
    html! {
        @if let Some(name) = name { (name) }
        @if let Some(letter) = letter { " (" (letter) ")" }
    }
}

fn rows(report: &Report) -> Markup {
    let listed = report.findings.len().min(ROWS);
    let left = report.findings_left_out + (report.findings.len() - listed) as u64;
    html! {
        h2 { "Rows" }
        @if report.findings.is_empty() {
            p { "No row has a finding." }
        } @else {
            @if left > 0 {
                p { "The first " (thousands(listed as u64)) " findings are listed here. "
                    (thousands(left)) " more are counted above; a report that ends in .csv lists all of them." }
            }
            div.scroll role="region" aria-label="Rows" tabindex="0" {
                table {
                    caption { "Each finding, with the row and column as your spreadsheet shows them" }
                    thead { tr {
                        th.number scope="col" { "Row" }
                        th scope="col" { "Column" }
                        th scope="col" { "Cell" }
                        th scope="col" { "What is wrong" }
                        th scope="col" { "Perhaps meant" }
                        th scope="col" { "Rule" }
                    } }
                    tbody { @for finding in report.findings.iter().take(ROWS) { (finding_row(finding)) } }
                }
            }
        }
    }
}

fn finding_row(f: &ReportFinding) -> Markup {
    html! {
        tr {
            th.number scope="row" { @if let Some(row) = f.row { (row) } @else { "whole file" } }
            td { (column(f.column.as_deref(), f.letter.as_deref())) }
            td.cell { (f.value.as_deref().unwrap_or_default()) }
            td {
                (f.message)
                @if let Some(detail) = &f.detail { " (" (detail) ")" }
            }
            td.cell { (f.suggestion.as_deref().unwrap_or_default()) }
            td { (f.rule) }
        }
    }
}

fn fixes(report: &Report) -> Markup {
    html! {
        h2 { "How to fix" }
        @if report.causes.is_empty() {
            p { "There is nothing to fix." }
        }
        @for cause in &report.causes {
            section {
                h3 { (cause.rule) ": " (cause.message) }
                p { (cause.fix) }
                p { "Why it matters: " (cause.why) }
            }
        }
    }
}

fn about_section(report: &Report) -> Markup {
    html! {
        h2 { "About this check" }
        dl {
            @for (name, text) in about(report) {
                div { dt { (name) } dd.long { (text) } }
            }
        }
        p { "This page may show cells of the file. Keep it as carefully as the file itself." }
    }
}
