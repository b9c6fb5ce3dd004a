//! What is said at the end: of several files together, and of one that was stopped.

use crate::output::thousands;
use land::check::{Gathering, Report, Specification};
use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
};

/// How the check of one file ended.
#[derive(Debug, Clone, Copy)]
pub(super) enum Ended {
    Unreadable,
    Read {
        rows: u64,
        rejected: u64,
        causes: usize,
        whole: bool,
    },
}

impl Ended {
    pub(super) fn of(report: &Report) -> Self {
        Self::Read {
            rows: report.rows_in,
            rejected: report.rows_rejected,
            causes: report.causes.iter().filter(|c| c.level.rejects()).count(),
            whole: report.file_rejected,
        }
    }

    const fn is_fine(self) -> bool {
        matches!(self, Self::Read { causes: 0, .. })
    }

    fn words(self) -> String {
        match self {
            Self::Unreadable => "could not be read".to_owned(),
            Self::Read {
                causes: 0, rows, ..
            } => {
                format!("would be accepted, {} rows", thousands(rows))
            }
            Self::Read {
                causes,
                whole: true,
                ..
            } => format!("the whole file would be rejected, causes: {causes}"),
            Self::Read {
                causes, rejected, ..
            } => format!(
                "{} rows would be rejected, causes: {causes}",
                thousands(rejected)
            ),
        }
    }
}

/// One line a file, and one for all.
pub(super) fn summary(ends: &[(PathBuf, Ended)]) -> String {
    let fine = ends.iter().filter(|(_, end)| end.is_fine()).count();
    let unread = ends
        .iter()
        .filter(|(_, end)| matches!(end, Ended::Unreadable))
        .count();
    let mut text = format!("{} files: {fine} would be accepted whole", ends.len());
    let with_problems = ends.len() - fine - unread;
    if with_problems > 0 {
        // Writing to a text cannot fail.
        let _ = write!(text, ", {with_problems} with problems");
    }
    if unread > 0 {
        let _ = write!(text, ", {unread} could not be read");
    }
    let names: Vec<String> = ends
        .iter()
        .map(|(path, _)| path.display().to_string())
        .collect();
    let width = names
        .iter()
        .map(|n| n.chars().count())
        .max()
        .unwrap_or_default();
    for (name, (_, end)) in names.iter().zip(ends) {
        let _ = write!(text, "\n  {name:<width$}  {}", end.words());
    }
    text
}

/// What was found in a file until the person stopped it, and how to go on.
pub(super) fn stopped(
    file: &Path,
    specification: &Specification,
    gathering: &Gathering,
    rows: u64,
) -> String {
    let mut text = format!("Stopped after {} rows.", thousands(rows));
    let mut causes: Vec<_> = gathering.tally().causes().collect();
    causes.sort_by_key(|cause| (cause.level, std::cmp::Reverse(cause.rows)));
    if causes.is_empty() {
        text.push_str(" Nothing was found so far.");
    } else {
        text.push_str(" Found so far:");
    }
    for cause in causes {
        let field = cause
            .field
            .and_then(|at| specification.dataset().fields.get(at))
            .map(|f| f.name.as_str());
        let says = specification
            .rule(&cause.rule)
            .map_or_else(String::new, |rule| rule.says_of(field));
        let _ = write!(
            text,
            "\n  {:<10}{:<12}{says}  {} rows",
            cause.rule,
            cause.level.words(),
            thousands(cause.rows)
        );
    }
    let _ = write!(
        text,
        "\nNothing was kept, so the check starts from the first row again: haven check {}",
        file.display()
    );
    text
}

/// The name of a report: as stated for one file, with the file's own name in it for several.
pub(super) fn named(report: &Path, file: &Path, files: usize) -> PathBuf {
    if files == 1 {
        return report.to_owned();
    }
    let stem = report.file_stem().unwrap_or_default().to_string_lossy();
    let of = file.file_stem().unwrap_or_default().to_string_lossy();
    let ending = report.extension().unwrap_or_default().to_string_lossy();
    report.with_file_name(format!("{stem}-{of}.{ending}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_files_end_in_a_line_each() {
        let read = |rows, rejected, causes, whole| Ended::Read {
            rows,
            rejected,
            causes,
            whole,
        };
        let ends = [
            (PathBuf::from("april.csv"), read(1_200, 0, 0, false)),
            (PathBuf::from("may.csv"), read(90, 4, 2, false)),
            (PathBuf::from("june.pdf"), Ended::Unreadable),
        ];
        assert_eq!(
            summary(&ends),
            "3 files: 1 would be accepted whole, 1 with problems, 1 could not be read\n  \
             april.csv  would be accepted, 1,200 rows\n  \
             may.csv    4 rows would be rejected, causes: 2\n  \
             june.pdf   could not be read"
        );
    }

    #[test]
    fn the_reports_of_several_files_do_not_overwrite_each_other() {
        let report = Path::new("out/report.xlsx");
        assert_eq!(named(report, Path::new("in/may.csv"), 1), report);
        assert_eq!(
            named(report, Path::new("in/may.csv"), 2),
            Path::new("out/report-may.xlsx")
        );
    }
}
