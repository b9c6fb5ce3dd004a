//! Results on standard output, everything else on standard error. The only place that prints.

mod meter;

pub use meter::Meter;

use crate::cli::Flags;
use indicatif::{ProgressBar, ProgressStyle};
use std::{
    io::{IsTerminal, Write, stderr, stdout},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

/// Where a command speaks.
#[derive(Debug, Clone)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each says one thing about one end"
)]
pub struct Output {
    /// One JSON document instead of words.
    pub json: bool,
    /// Nothing but the exit status.
    pub quiet: bool,
    /// Whether results may be coloured.
    pub colour: bool,
    /// Whether a bar may move on standard error.
    moving: bool,
}

impl Output {
    /// From the flags, whether the environment asks for no colour, and what the ends are.
    pub fn new(flags: &Flags, plain: bool) -> Self {
        let plain = plain || flags.no_color;
        Self {
            json: flags.json,
            quiet: flags.quiet,
            colour: !plain && stdout().is_terminal(),
            moving: !flags.quiet && stderr().is_terminal(),
        }
    }

    /// The same for work whose own results are not asked for: with `--json` they would spoil the document.
    #[must_use]
    pub fn beside_a_document(&self) -> Self {
        Self {
            json: false,
            quiet: self.quiet || self.json,
            ..self.clone()
        }
    }

    /// A result. A reader that has gone away (`| head`) is no fault.
    pub fn result(&self, text: &str) {
        if !self.quiet {
            let _ = writeln!(stdout(), "{}", text.trim_end_matches('\n'));
        }
    }

    /// Results as they are, at once.
    pub fn bytes(&self, bytes: &[u8]) {
        if !self.quiet && !bytes.is_empty() {
            let mut out = stdout().lock();
            let _ = out.write_all(bytes).and_then(|()| out.flush());
        }
    }

    /// A result as one JSON document.
    pub fn document(&self, value: &serde_json::Value) {
        self.result(&serde_json::to_string_pretty(value).unwrap_or_default());
    }

    /// Something on the way.
    pub fn tell(&self, text: &str) {
        if !self.quiet {
            let _ = writeln!(stderr(), "{text}");
        }
    }

    /// What went wrong: told even when all else is quiet.
    pub fn fault(&self, text: &str) {
        let _ = writeln!(stderr(), "error: {text}");
    }

    /// How the reading of a file goes, with what is found on the way.
    pub fn meter(&self, what: &str) -> Meter {
        Meter::new(what.to_owned(), self.moving, self.quiet)
    }

    /// Progress of a long piece of work: a bar on a terminal, else a line every ten seconds.
    pub fn progress(&self, what: &str, total: Option<u64>) -> Progress {
        let bar = self.moving.then(|| {
            let bar = total.map_or_else(ProgressBar::new_spinner, ProgressBar::new);
            let template = match total {
                Some(_) => "{msg} [{bar:30}] {human_pos} of {human_len}, {per_sec}, {eta} left",
                None => "{spinner} {msg} {human_pos} rows, {per_sec}",
            };
            if let Ok(style) = ProgressStyle::with_template(template) {
                bar.set_style(style.progress_chars("=> "));
            }
            bar.set_message(what.to_owned());
            bar
        });
        let quiet = self.quiet;
        Progress {
            what: what.to_owned(),
            bar,
            quiet,
            started: Instant::now(),
            told: Arc::default(),
        }
    }
}

/// The progress of one piece of work.
#[derive(Debug, Clone)]
pub struct Progress {
    what: String,
    bar: Option<ProgressBar>,
    quiet: bool,
    started: Instant,
    told: Arc<AtomicU64>,
}

impl Progress {
    /// How far the work has come.
    pub fn at(&self, done: u64) {
        if let Some(bar) = &self.bar {
            bar.set_position(done);
            return;
        }
        let tens = self.started.elapsed().as_secs() / 10;
        if !self.quiet && self.told.swap(tens, Ordering::Relaxed) != tens {
            let seconds = self
                .started
                .elapsed()
                .max(Duration::from_millis(1))
                .as_secs_f64();
            let _ = writeln!(stderr(), "{} {done} rows, {:.0} s", self.what, seconds);
        }
    }

    /// The work is done.
    pub fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// A whole number with commas between thousands.
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A table for a terminal: columns as wide as what they hold, numbers to the right.
pub fn table(header: &[String], rows: &[Vec<Option<String>>]) -> String {
    let mut widths: Vec<usize> = header.iter().map(|h| h.chars().count()).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.as_deref().unwrap_or("").chars().count());
        }
    }
    let numeric: Vec<bool> = (0..header.len())
        .map(|at| {
            let mut cells = rows.iter().filter_map(|row| row.get(at)?.as_deref());
            rows.iter()
                .any(|row| row.get(at).is_some_and(Option::is_some))
                && cells.all(|c| c.parse::<f64>().is_ok())
        })
        .collect();
    let line = |cells: &mut dyn Iterator<Item = &str>| {
        let mut out = String::new();
        for ((cell, width), right) in cells.zip(&widths).zip(&numeric) {
            let space = " ".repeat(width.saturating_sub(cell.chars().count()));
            if *right {
                out.push_str(&space);
                out.push_str(cell);
            } else {
                out.push_str(cell);
                out.push_str(&space);
            }
            out.push_str("  ");
        }
        out.trim_end().to_owned()
    };
    let mut out = line(&mut header.iter().map(String::as_str));
    out.push('\n');
    out.push_str(&"-".repeat(widths.iter().sum::<usize>() + 2 * widths.len().saturating_sub(1)));
    out.push('\n');
    for row in rows {
        out.push_str(&line(&mut row.iter().map(|c| c.as_deref().unwrap_or(""))));
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_have_commas() {
        assert_eq!(
            [0, 999, 1_204, 1_234_567].map(thousands),
            ["0", "999", "1,204", "1,234,567"]
        );
    }
}
