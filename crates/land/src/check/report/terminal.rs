//! The report as text for a terminal: one line a cause, worst first, then what to do next.

mod period;

use super::{Cause, Report, ReportFinding};
use crate::check::profile::words::thousands;
use model::Level;
use std::fmt::Write as _;

/// Whether and how lines are coloured; the words alone say everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// Plain text.
    Off,
    /// ANSI colours.
    On,
}

/// How the report is shown.
#[derive(Debug, Clone, Copy)]
pub struct Rendering<'a> {
    /// Colours or none.
    pub colour: Colour,
    /// Whether warnings and notes are listed, and not only counted.
    pub warnings: bool,
    /// What the person typed for the file, for the commands that are offered.
    pub file: &'a str,
    /// How long the check took.
    pub seconds: Option<f64>,
}

const TEXT_COLUMN: usize = 12;
const MESSAGE_WIDTH: usize = 58;
const LINE_WIDTH: usize = 88;
/// How many places are named for a cause, and how long a cell may be there.
const PLACES: usize = 2;
const CELL_LENGTH: usize = 32;

const RED: &str = "\u{1b}[1;31m";
const YELLOW: &str = "\u{1b}[1;33m";
const GREEN: &str = "\u{1b}[1;32m";
const DIM: &str = "\u{1b}[2m";
const RESET: &str = "\u{1b}[0m";

/// The report as text.
pub fn render(report: &Report, how: Rendering<'_>) -> String {
    let mut page = Page {
        text: String::new(),
        colour: how.colour,
    };
    page.head(report, how.seconds);
    page.section_of_file(report);
    page.section_of_rows(report);
    if report.causes.iter().all(|c| !c.level.rejects()) {
        let rows = thousands(report.rows_accepted);
        page.line(GREEN, &format!("Would be accepted: {rows} rows"));
    }
    page.lesser(report, Level::Warning, report.rows_with_warnings, how);
    page.lesser(report, Level::Note, report.rows_with_notes, how);
    page.period(report, how.warnings);
    if report.rows_skipped > 0 {
        let rows = counted(report.rows_skipped, "row");
        page.plain(&format!("Left out: {rows} with nothing in them"));
    }
    if !report.not_checked.is_empty() {
        let rules = report.not_checked.join(", ");
        page.plain(&format!(
            "Not checked here, since the sender's account or earlier files are needed: {rules}"
        ));
    }
    page.next(report, how);
    page.text
}

struct Page {
    text: String,
    colour: Colour,
}

impl Page {
    fn plain(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn line(&mut self, colour: &str, line: &str) {
        match self.colour {
            Colour::Off => self.plain(line),
            Colour::On => self.plain(&format!("{colour}{line}{RESET}")),
        }
    }

    fn head(&mut self, report: &Report, seconds: Option<f64>) {
        let file = &report.file;
        let mut facts = vec![
            counted(report.rows_in, "row"),
            counted(file.columns as u64, "column"),
        ];
        facts.extend(file.encoding.map(str::to_owned));
        facts.extend(file.delimiter.clone());
        facts.extend(file.sheet.as_ref().map(|sheet| {
            let others = match file.other_sheets {
                0 => String::new(),
                others => format!(" ({} not read)", counted(others as u64, "other")),
            };
            format!("sheet {}{others}", clean(sheet, 60))
        }));
        let mut head = format!(
            "{}  {}   spec {} {}",
            clean(&file.name, 200),
            facts.join(", "),
            report.dataset,
            report.specification
        );
        if let Some(seconds) = seconds {
            // Writing to a text cannot fail.
            let _ = write!(head, "   {seconds:.1} s");
        }
        self.plain(&head);
        if let Some(recognised) = &report.recognised {
            self.line(
                DIM,
                &format!("{}; to choose another: --dataset", recognised.says),
            );
        }
        self.plain("");
    }

    fn section_of_file(&mut self, report: &Report) {
        let causes: Vec<&Cause> = at(report, Level::RejectFile).collect();
        if causes.is_empty() {
            return;
        }
        let causes_in_words = counted(causes.len() as u64, "cause");
        self.line(
            RED,
            &format!("The whole file would be rejected: {causes_in_words}"),
        );
        for cause in causes {
            self.cause(cause, true);
        }
        self.plain("");
    }

    fn section_of_rows(&mut self, report: &Report) {
        let causes: Vec<&Cause> = at(report, Level::RejectRow).collect();
        if causes.is_empty() {
            return;
        }
        self.line(
            RED,
            &format!(
                "Would be rejected: {}, {}",
                counted(causes.len() as u64, "cause"),
                counted(report.rows_rejected, "row")
            ),
        );
        for cause in causes {
            self.cause(cause, true);
        }
        self.plain("");
    }

    fn lesser(&mut self, report: &Report, level: Level, rows: u64, how: Rendering<'_>) {
        let causes: Vec<&Cause> = at(report, level).collect();
        if causes.is_empty() {
            return;
        }
        let (word, colour) = match level {
            Level::Warning => ("Warnings", YELLOW),
            _ => ("Notes", DIM),
        };
        let mut line = format!("{word}: {}", counted(causes.len() as u64, "cause"));
        if rows > 0 {
            let _ = write!(line, ", {}", counted(rows, "row"));
        }
        if how.warnings {
            self.line(colour, &line);
            for cause in causes {
                self.cause(cause, false);
            }
            self.plain("");
        } else {
            let _ = write!(line, "    haven check {} --warnings", how.file);
            self.line(colour, &line);
        }
    }

    fn cause(&mut self, cause: &Cause, with_fix: bool) {
        let message = clean(&cause.message, 200);
        let is_long = message.chars().count() > MESSAGE_WIDTH;
        let count = match cause.rows {
            Some(rows) if is_long => format!("  {}", counted(rows, "row")),
            Some(rows) => format!("  {:>12}", counted(rows, "row")),
            None => String::new(),
        };
        let share = cause
            .rows
            .zip(cause.share)
            .map(|(rows, share)| percent(rows, share))
            .unwrap_or_default();
        // A long message moves its own figures to the right, and no others.
        let line = format!(
            "  {:<10}{message:<MESSAGE_WIDTH$}{count}{share}",
            cause.rule
        );
        self.plain(line.trim_end());
        if let Some(detail) = &cause.detail {
            self.wrapped(&clean(detail, 400));
        }
        if let Some(places) = places(cause) {
            self.indented(&places);
        }
        if let Some(likely) = cause.likely_words() {
            self.wrapped(&clean(&likely, 400));
        }
        let is_shown_above = cause.rows.is_none_or(|rows| rows <= PLACES as u64);
        if !cause.most_common.is_empty() && !is_shown_above {
            let values: Vec<String> = cause
                .most_common
                .iter()
                .map(|v| {
                    let meant = v.suggestion.as_ref().map_or(String::new(), |s| {
                        format!(", perhaps \"{}\"", clean(s, CELL_LENGTH * 2))
                    });
                    let rows = counted(v.rows, "row");
                    format!("\"{}\" ({rows}{meant})", clean(&v.value, CELL_LENGTH * 2))
                })
                .collect();
            self.wrapped(&format!("Most common: {}", values.join(", ")));
        }
        if with_fix && !cause.fix.is_empty() {
            self.wrapped(&clean(&cause.fix, 400));
        }
    }

    fn indented(&mut self, line: &str) {
        self.plain(format!("{:TEXT_COLUMN$}{line}", "").trim_end());
    }

    /// Text in lines of a width that is easy to read.
    fn wrapped(&mut self, text: &str) {
        let mut line = String::new();
        for word in text.split(' ') {
            let width = TEXT_COLUMN + line.chars().count() + word.chars().count() + 1;
            if width > LINE_WIDTH && !line.is_empty() {
                self.indented(&line);
                line.clear();
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        self.indented(&line);
    }

    fn next(&mut self, report: &Report, how: Rendering<'_>) {
        let Some(worst) = report.causes.first() else {
            return;
        };
        let stem = how.file.rsplit_once('.').map_or(how.file, |(stem, _)| stem);
        self.plain("");
        self.plain(&format!(
            "Next: haven explain {}      haven check {} --report {stem}-report.xlsx",
            worst.rule, how.file
        ));
    }
}

fn at(report: &Report, level: Level) -> impl Iterator<Item = &Cause> {
    report.causes.iter().filter(move |c| c.level == level)
}

/// `row 88 AA: 14/05/2025   row 131 AA: 02/06/2025   and 1,202 more`
fn places(cause: &Cause) -> Option<String> {
    let rows = cause.rows?;
    let mut parts: Vec<String> = cause.first.iter().take(PLACES).map(place).collect();
    let told: u64 = cause.first.iter().take(PLACES).map(|f| f.rows).sum();
    let left = rows.saturating_sub(told);
    if left > 0 {
        parts.push(format!("and {} more", thousands(left)));
    }
    Some(parts.join("   "))
}

fn place(finding: &ReportFinding) -> String {
    let mut text = finding
        .row
        .map_or_else(|| "the file".to_owned(), |row| format!("row {row}"));
    // They differ where a cell above holds line breaks; a person looks for the row, an editor for the line.
    if let Some(line) = finding.line.filter(|line| finding.row != Some(*line)) {
        let _ = write!(text, " (line {line})");
    }
    if let Some(letter) = &finding.letter {
        text.push(' ');
        text.push_str(letter);
    }
    match finding.value.as_deref().map(str::trim) {
        None => {}
        Some("") => text.push_str(": blank"),
        Some(value) => {
            text.push_str(": ");
            text.push_str(&clean(value, CELL_LENGTH));
        }
    }
    if let Some(detail) = &finding.detail {
        let beside = if finding.row.is_some() { "with " } else { "" };
        let _ = write!(text, " ({beside}{detail})");
    }
    if let Some(meant) = &finding.suggestion {
        let _ = write!(text, ", perhaps \"{}\"", clean(meant, CELL_LENGTH * 2));
    }
    text
}

/// A text that cannot steer the terminal, cut to a length.
fn clean(text: &str, most: usize) -> String {
    let mut out: String = text
        .chars()
        .take(most)
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect();
    if text.chars().nth(most).is_some() {
        out.push('…');
    }
    out
}

fn counted(n: u64, what: &str) -> String {
    let plural = if n == 1 { "" } else { "s" };
    format!("{} {what}{plural}", thousands(n))
}

/// With one decimal place, or none where there are fewer than a hundred cases.
fn percent(rows: u64, share: f64) -> String {
    let percent = share * 100.0;
    match rows {
        0..100 if percent < 0.5 => String::new(),
        0..100 => format!("  {percent:.0}%"),
        _ => format!("  {percent:.1}%"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_written_as_people_write_them() {
        assert_eq!(thousands(0), "0");
        assert_eq!(thousands(1_204), "1,204");
        assert_eq!(thousands(412_806), "412,806");
        assert_eq!(counted(1, "row"), "1 row");
        assert_eq!(percent(1_204, 0.002_917), "  0.3%");
        assert_eq!(percent(50, 0.12), "  12%");
        assert_eq!(percent(50, 0.000_1), "");
    }

    #[test]
    fn cells_cannot_steer_the_terminal() {
        assert_eq!(clean("\u{1b}[2Jhello", 20), "\u{fffd}[2Jhello");
        assert_eq!(clean("abcdef", 3), "abc…");
    }
}
