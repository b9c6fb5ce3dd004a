//! How a long reading of a file goes: rows, rate, time left, problems so far.

use super::thousands;
use indicatif::{ProgressBar, ProgressStyle};
use std::{
    fmt::Write as _,
    io::{Write as _, stderr},
    time::{Duration, Instant},
};

/// How often a line is written where no bar can move.
const EVERY: Duration = Duration::from_secs(10);

/// The progress of one file: a bar on a terminal, else a line every ten seconds.
#[derive(Debug)]
pub struct Meter {
    what: String,
    bar: Option<ProgressBar>,
    quiet: bool,
    started: Instant,
    told: u64,
}

impl Meter {
    pub(super) fn new(what: String, moving: bool, quiet: bool) -> Self {
        let bar = moving.then(|| {
            let bar = ProgressBar::new_spinner();
            if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
                bar.set_style(style);
            }
            bar
        });
        Self {
            what,
            bar,
            quiet,
            started: Instant::now(),
            told: 0,
        }
    }

    /// So many rows are done, and so much of the file where that is known (0 to 1).
    pub fn at(&mut self, rows: u64, part: Option<f64>, problems: u64) {
        if self.quiet {
            return;
        }
        let elapsed = self.started.elapsed();
        if let Some(bar) = &self.bar {
            bar.set_message(line(&self.what, elapsed, rows, part, problems));
            bar.tick();
            return;
        }
        let turn = elapsed.as_secs() / EVERY.as_secs();
        if turn != self.told {
            self.told = turn;
            let line = line(&self.what, elapsed, rows, part, problems);
            // Nobody may be there to read it; the work goes on.
            let _ = writeln!(stderr(), "{line}");
        }
    }

    /// The work is done.
    pub fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn line(what: &str, elapsed: Duration, rows: u64, part: Option<f64>, problems: u64) -> String {
    let millis = u64::try_from(elapsed.as_millis())
        .unwrap_or(u64::MAX)
        .max(1);
    let rate = rows.saturating_mul(1_000) / millis;
    let mut line = format!(
        "{what}: {} rows, {} rows/s",
        thousands(rows),
        thousands(rate)
    );
    // Writing to a text cannot fail.
    if let Some(part) = part.filter(|part| *part > 0.01) {
        let left = elapsed.mul_f64(((1.0 - part) / part).clamp(0.0, 1e6));
        let _ = write!(
            line,
            ", {:.0}%, {} s left",
            part * 100.0,
            thousands(left.as_secs() + 1)
        );
    }
    if problems > 0 {
        let _ = write!(line, ", {} rows with problems so far", thousands(problems));
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_how_far_how_fast_and_how_long() {
        let ten = Duration::from_secs(10);
        assert_eq!(
            line("Checking march.csv", ten, 20_000, Some(0.25), 7),
            "Checking march.csv: 20,000 rows, 2,000 rows/s, 25%, 31 s left, 7 rows with problems so far"
        );
        assert_eq!(
            line("Checking -", ten, 10, None, 0),
            "Checking -: 10 rows, 1 rows/s"
        );
    }
}
