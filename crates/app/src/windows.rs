//! Windows: which period each dataset is asked for, from when until when. Data from `content/windows/`.
//!
//! Times in content are London time as a clock on the wall shows it; everything else here is UTC.

use anyhow::{Context, Result, bail};
use chrono::{DateTime, LocalResult, NaiveDateTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Europe::London;
use control::Stated;
use model::{Content, Dataset, Date};
use serde::Deserialize;

/// The windows of all datasets, in the order in which they close.
#[derive(Debug, Clone, Default)]
pub(crate) struct Windows(Vec<Window>);

/// One window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Window {
    /// What it asks for, as content names it: a dataset or a family of them.
    pub(crate) dataset: String,
    /// All datasets whose files it takes, that name included.
    takes: Vec<String>,
    pub(crate) name: String,
    /// The days that a whole file covers.
    pub(crate) from: Date,
    pub(crate) to: Date,
    pub(crate) opens: DateTime<Utc>,
    pub(crate) closes: DateTime<Utc>,
    /// Whether files sent after the close are taken.
    pub(crate) takes_late: bool,
    /// What happens to files sent after the close, in a sentence.
    pub(crate) after: String,
}

/// How a moment stands to a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    Before,
    Open,
    Closed,
}

/// Why a period cannot be stated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PeriodError {
    #[error("the first day of the period is after its last day")]
    Backwards,
    #[error("the period lies outside the one that is asked for")]
    Outside,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    dataset: String,
    after: String,
    late: Late,
    #[serde(rename = "window")]
    windows: Vec<Written>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    from: toml::value::Datetime,
    to: toml::value::Datetime,
    opens: toml::value::Datetime,
    closes: toml::value::Datetime,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Late {
    Accepted,
    Refused,
}

impl Windows {
    /// Reads all windows.
    pub(crate) fn read(content: &Content) -> Result<Self> {
        let mut all: Vec<Window> = Vec::new();
        for name in content.list("windows") {
            let path = format!("windows/{name}");
            let file: File = content.toml(&path)?;
            let mut takes = Dataset::meant_by(content, &file.dataset)?;
            takes.push(file.dataset.clone());
            for written in &file.windows {
                let window = file.window(written, &takes).with_context(|| {
                    format!("the window `{}` in `content/{path}`", written.name)
                })?;
                if all
                    .iter()
                    .any(|w| w.dataset == window.dataset && w.name == window.name)
                {
                    bail!("`content/{path}` has two windows `{}`", window.name);
                }
                all.push(window);
            }
        }
        all.sort_by(|a, b| (a.closes, &a.name).cmp(&(b.closes, &b.name)));
        Ok(Self(all))
    }

    /// A window by its name.
    pub(crate) fn named(&self, dataset: &str, name: &str) -> Option<&Window> {
        self.0.iter().find(|w| w.is_for(dataset) && w.name == name)
    }

    /// The windows that a file may be sent to now, the one that closes first before the others; those that
    /// have closed and still take files come after them, the latest first.
    pub(crate) fn taking(&self, dataset: &str, now: DateTime<Utc>) -> Vec<&Window> {
        let of = |standing| {
            self.0
                .iter()
                .filter(move |w| w.is_for(dataset) && w.standing(now) == standing)
        };
        let late = of(Standing::Closed).rev().filter(|w| w.takes_late).take(2);
        of(Standing::Open).chain(late).collect()
    }

    /// The window that a file is for when its sender does not say.
    pub(crate) fn usual(&self, dataset: &str, now: DateTime<Utc>) -> Option<&Window> {
        self.taking(dataset, now).first().copied()
    }

    /// The next window to open.
    pub(crate) fn next(&self, dataset: &str, now: DateTime<Utc>) -> Option<&Window> {
        self.0
            .iter()
            .filter(|w| w.is_for(dataset))
            .find(|w| w.standing(now) == Standing::Before)
    }
}

impl File {
    fn window(&self, written: &Written, takes: &[String]) -> Result<Window> {
        let window = Window {
            dataset: self.dataset.clone(),
            takes: takes.to_vec(),
            name: written.name.clone(),
            from: day(&written.from)?,
            to: day(&written.to)?,
            opens: moment(local(&written.opens)?, Edge::Opens)?,
            closes: moment(local(&written.closes)?, Edge::Closes)?,
            takes_late: self.late == Late::Accepted,
            after: self.after.clone(),
        };
        if window.from > window.to {
            bail!("its first day is after its last");
        }
        if window.opens >= window.closes {
            bail!("it closes before it opens");
        }
        Ok(window)
    }
}

impl Window {
    /// Whether it asks for a dataset, or for the family that this is a release of.
    pub(crate) fn is_for(&self, dataset: &str) -> bool {
        self.takes.iter().any(|taken| taken == dataset)
    }

    /// How a moment stands to it. The moment of closing is outside.
    pub(crate) fn standing(&self, now: DateTime<Utc>) -> Standing {
        if now < self.opens {
            Standing::Before
        } else if now < self.closes {
            Standing::Open
        } else {
            Standing::Closed
        }
    }

    /// The period that a sender states, within this window; the whole of it where none is stated.
    pub(crate) fn stated(&self, period: Option<(Date, Date)>) -> Result<Stated, PeriodError> {
        let (from, to) = period.unwrap_or((self.from, self.to));
        if from > to {
            return Err(PeriodError::Backwards);
        }
        if from < self.from || to > self.to {
            return Err(PeriodError::Outside);
        }
        Ok(Stated {
            window: Some(self.name.clone()),
            from,
            to,
        })
    }

    /// Whether a stated period is shorter than what was asked for.
    pub(crate) fn is_partial(&self, stated: &Stated) -> bool {
        stated.from > self.from || stated.to < self.to
    }
}

/// Which end of a window a moment is.
#[derive(Debug, Clone, Copy)]
enum Edge {
    Opens,
    Closes,
}

/// A time on a London wall as a moment. An hour that comes twice is read in favour of the sender; one that does
/// not come at all is read as if the clocks had not moved yet.
fn moment(local: NaiveDateTime, edge: Edge) -> Result<DateTime<Utc>> {
    let found = match London.from_local_datetime(&local) {
        LocalResult::Single(at) => at,
        LocalResult::Ambiguous(first, second) => match edge {
            Edge::Opens => first,
            Edge::Closes => second,
        },
        LocalResult::None => London
            .from_local_datetime(&(local - TimeDelta::hours(1)))
            .single()
            .map(|at| at + TimeDelta::hours(1))
            .context("the time does not exist")?,
    };
    Ok(found.with_timezone(&Utc))
}

fn day(written: &toml::value::Datetime) -> Result<Date> {
    written
        .to_string()
        .parse()
        .with_context(|| format!("`{written}` is not a day"))
}

fn local(written: &toml::value::Datetime) -> Result<NaiveDateTime> {
    let text = written.to_string();
    if written.offset.is_some() {
        bail!("`{text}` names a time zone; times here are London time");
    }
    NaiveDateTime::parse_from_str(&text, "%Y-%m-%dT%H:%M:%S")
        .with_context(|| format!("`{text}` is not a day and a time"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn windows(opens: &str, closes: &str, late: &str) -> Result<Windows> {
        let text = format!(
            "dataset = \"home-care\"\nafter = \"It is late.\"\nlate = \"{late}\"\n[[window]]\nname = \"q\"\n\
             from = 2025-04-01\nto = 2026-03-31\nopens = {opens}\ncloses = {closes}\n"
        );
        Windows::read(&Content::from_files([(
            "windows/x.toml".to_owned(),
            text.into_bytes(),
        )]))
    }

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn windows_open_and_close_by_the_clock_on_a_london_wall() {
        // In March the clocks go from 01:00 UTC, 1:00am, to 2:00am; in October from 2:00am back to 1:00am.
        for (closes, moment) in [
            ("2026-03-28T17:00:00", "2026-03-28T17:00:00Z"),
            ("2026-03-29T00:59:59", "2026-03-29T00:59:59Z"),
            ("2026-03-29T02:00:00", "2026-03-29T01:00:00Z"),
            ("2026-03-29T17:00:00", "2026-03-29T16:00:00Z"),
            ("2026-10-24T17:00:00", "2026-10-24T16:00:00Z"),
            ("2026-10-25T17:00:00", "2026-10-25T17:00:00Z"),
            // Half past one does not come on the one night, and comes twice on the other.
            ("2026-03-29T01:30:00", "2026-03-29T01:30:00Z"),
            ("2026-10-25T01:30:00", "2026-10-25T01:30:00Z"),
        ] {
            let all = windows("2026-01-01T09:00:00", closes, "accepted").unwrap();
            assert_eq!(all.0[0].closes, at(moment), "{closes}");
        }
        let opens = windows("2026-10-25T01:30:00", "2026-11-01T09:00:00", "accepted").unwrap();
        assert_eq!(opens.0[0].opens, at("2026-10-25T00:30:00Z"));
    }

    #[test]
    fn the_moment_of_closing_is_outside_on_both_sides_of_a_change_of_clocks() {
        for (closes, last, first) in [
            (
                "2026-03-29T17:00:00",
                "2026-03-29T15:59:59.999Z",
                "2026-03-29T16:00:00Z",
            ),
            (
                "2026-10-25T17:00:00",
                "2026-10-25T16:59:59.999Z",
                "2026-10-25T17:00:00Z",
            ),
        ] {
            let all = windows("2026-01-01T09:00:00", closes, "accepted").unwrap();
            assert_eq!(all.0[0].standing(at(last)), Standing::Open, "{closes}");
            assert_eq!(all.0[0].standing(at(first)), Standing::Closed, "{closes}");
        }
    }

    #[test]
    fn closed_windows_take_files_where_content_says_so() {
        let (opens, closes) = ("2026-04-01T09:00:00", "2026-04-30T17:00:00");
        for (late, takes) in [("accepted", true), ("refused", false)] {
            let all = windows(opens, closes, late).unwrap();
            let taken = |moment| all.usual("home-care", at(moment)).is_some();
            assert!(!taken("2026-04-01T07:59:59Z"), "not open yet");
            assert!(taken("2026-04-01T08:00:00Z"));
            assert_eq!(taken("2026-05-02T08:00:00Z"), takes, "{late}");
            assert!(all.usual("other", at("2026-04-02T08:00:00Z")).is_none());
            let next = all.next("home-care", at("2026-03-01T08:00:00Z"));
            assert_eq!(next.map(|w| w.name.as_str()), Some("q"));
        }
    }

    #[test]
    fn a_shorter_period_is_partial_and_one_beyond_the_window_is_none() {
        let all = windows("2026-04-01T09:00:00", "2026-04-30T17:00:00", "accepted").unwrap();
        let window = &all.0[0];
        let state = |from: &str, to: &str| {
            window.stated(Some((from.parse().unwrap(), to.parse().unwrap())))
        };
        assert!(!window.is_partial(&window.stated(None).unwrap()));
        assert!(!window.is_partial(&state("2025-04-01", "2026-03-31").unwrap()));
        assert!(window.is_partial(&state("2025-04-01", "2026-03-30").unwrap()));
        assert!(window.is_partial(&state("2026-01-01", "2026-03-31").unwrap()));
        assert_eq!(state("2025-03-31", "2026-03-31"), Err(PeriodError::Outside));
        assert_eq!(
            state("2026-03-02", "2026-03-01"),
            Err(PeriodError::Backwards)
        );
    }

    #[test]
    fn mistakes_in_windows_are_named() {
        for (opens, closes, words) in [
            (
                "2026-04-30T17:00:00",
                "2026-04-01T09:00:00",
                "before it opens",
            ),
            ("2026-04-01T09:00:00Z", "2026-04-30T17:00:00", "London time"),
            ("2026-04-01", "2026-04-30T17:00:00", "a day and a time"),
        ] {
            let fault = format!("{:#}", windows(opens, closes, "accepted").unwrap_err());
            assert!(
                fault.contains(words) && fault.contains("windows/x.toml"),
                "{fault}"
            );
        }
    }
}
