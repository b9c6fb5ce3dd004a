//! The reporting period in the terminal: what is stated beside what the dates say, and months as bars.

use super::{Page, Report, TEXT_COLUMN, thousands};
use crate::check::profile::{Profile, ThinMonth, words};
use std::{collections::BTreeMap, fmt::Write as _};

/// The longest bar.
const BAR: u64 = 40;
/// How many thin months are named in the line about the period.
const NAMED: usize = 3;

impl Page {
    pub(super) fn period(&mut self, report: &Report, with_months: bool) {
        if let Some(line) = period_line(&report.profile) {
            self.plain(&line);
        }
        if with_months {
            for series in &report.profile.series {
                self.bars(&report.profile, &series.name, &series.title);
            }
        }
    }

    /// One bar for each month, in a block for each series.
    fn bars(&mut self, profile: &Profile, name: &str, title: &str) {
        let counts = || profile.months.iter().map(|m| profile.count(m, name));
        let Some(most) = counts().max().filter(|most| *most > 0) else {
            return;
        };
        let width = thousands(most).len();
        self.plain("");
        self.plain(&format!("{title}, month by month"));
        for (month, count) in profile.months.iter().zip(counts()) {
            // A month that has anything at all has a bar.
            let length = u128::from(count) * u128::from(BAR) / u128::from(most);
            let length = usize::try_from(length).unwrap_or_default();
            let bar = "#".repeat(length.max(usize::from(count > 0)));
            let mut line = format!("  {:<10}{:>width$}  {bar}", month.month, thousands(count));
            let thin = |t: &ThinMonth| t.month == month.month && t.series == name;
            if let Some(thin) = profile.thin.iter().find(|t| thin(t)) {
                let _ = write!(line, "  thin (usual: {})", thousands(thin.usual));
            }
            self.plain(line.trim_end());
        }
        let outside = profile.outside.get(name).copied().unwrap_or_default();
        if outside > 0 {
            self.plain(&format!(
                "{:TEXT_COLUMN$}and {} in other months",
                "",
                thousands(outside)
            ));
        }
    }
}

/// `Reporting period: you say 1 Apr 2025 to 31 Mar 2026; March 2026 has 211 rows (usual: 31,000).`
fn period_line(profile: &Profile) -> Option<String> {
    let stated = profile.stated?;
    let mut parts = vec![format!("you say {}", stated.words())];
    match profile.derived {
        Some(derived) if derived != stated => {
            parts.push(format!("the dates reach from {}", derived.words()));
        }
        Some(_) if profile.thin.is_empty() => parts.push("the dates agree".to_owned()),
        _ => {}
    }
    let mut months: BTreeMap<&str, Vec<&ThinMonth>> = BTreeMap::new();
    for thin in &profile.thin {
        months.entry(&thin.month).or_default().push(thin);
    }
    let left = months.len().saturating_sub(NAMED);
    for (month, thin) in months.into_iter().rev().take(NAMED) {
        let count: u64 = thin.iter().map(|t| t.count).sum();
        let usual: u64 = thin.iter().map(|t| t.usual).sum();
        let what = match thin.as_slice() {
            [one] => title_of(profile, &one.series),
            _ => "rows".to_owned(),
        };
        parts.push(format!(
            "{} has {} {what} (usual: {})",
            words::month(month),
            thousands(count),
            thousands(usual)
        ));
    }
    if left > 0 {
        parts.push(format!("and {left} other months are thin"));
    }
    Some(format!("Reporting period: {}.", parts.join("; ")))
}

/// The title of a series inside a sentence.
fn title_of(profile: &Profile, name: &str) -> String {
    let titled = profile.series.iter().find(|s| s.name == name);
    titled.map_or_else(String::new, |s| s.title.to_lowercase())
}
