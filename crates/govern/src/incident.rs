//! What the kinds of incident ask for, and the clock of each report. Facts come in; nothing here reads a clock or
//! knows what an installation calls its kinds.

use chrono::{DateTime, TimeDelta, Utc};
use model::{Content, ContentError};
use serde::Deserialize;

/// The file of content that says so.
const FILE: &str = "incidents.toml";

/// What an installation does when something has gone wrong.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IncidentRules {
    /// The roles that work on incidents.
    pub work: Vec<String>,
    /// The roles that take a release back.
    pub recall: Vec<String>,
    /// From how many hours before a report is due it is told of once more.
    pub warn_hours: u32,
    /// Who may have to be told.
    #[serde(rename = "report")]
    pub reports: Vec<Report>,
    /// What kinds there are.
    #[serde(rename = "category")]
    pub categories: Vec<Category>,
}

/// Somebody who may have to be told.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    pub code: String,
    /// Who, as the end of a sentence.
    pub to: String,
    /// How many hours after it was noticed; without, it is without undue delay.
    #[serde(default)]
    pub within_hours: Option<u32>,
    /// Which law or policy says so.
    pub source: String,
}

/// A kind of incident.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Category {
    pub code: String,
    pub title: String,
    /// When it is one of these.
    pub means: String,
    /// Who has to be told, by code.
    pub report: Vec<String>,
    /// How many days there are to see to it, where nobody says otherwise.
    pub days: u32,
    /// What the register calls one of them, and several.
    pub public: (String, String),
}

/// What is known of an incident, as far as a clock asks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    /// When it was first noticed.
    pub noticed_at: DateTime<Utc>,
    /// When it was reported to whoever the clock is about.
    pub reported_at: Option<DateTime<Utc>>,
    /// Whether it has to be reported at all, where that was assessed.
    pub must_report: Option<bool>,
}

/// How a report stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clock {
    /// It was made: in time, or so late that the reasons belong in it.
    Made { at: DateTime<Utc>, late: bool },
    /// It was assessed that none has to be made.
    NotNeeded,
    /// It is due.
    Runs { until: DateTime<Utc> },
    /// It should have been made.
    Overdue { since: DateTime<Utc> },
    /// It is due without undue delay.
    Waits,
}

impl IncidentRules {
    /// Reads them.
    pub fn read(content: &Content) -> Result<Self, ContentError> {
        content.toml(FILE)
    }

    /// A kind by its code.
    pub fn category(&self, code: &str) -> Option<&Category> {
        self.categories.iter().find(|c| c.code == code)
    }

    /// Somebody to be told, by code.
    pub fn report(&self, code: &str) -> Option<&Report> {
        self.reports.iter().find(|r| r.code == code)
    }

    /// Who has to be told of a kind of incident, unless it is assessed otherwise. A kind that content no longer has
    /// asks for every report that has a limit: what is forgotten must not become a reason to tell nobody.
    pub fn reports_of(&self, category: &str) -> Vec<&Report> {
        match self.category(category) {
            Some(known) => known.report.iter().filter_map(|c| self.report(c)).collect(),
            None => self
                .reports
                .iter()
                .filter(|r| r.within_hours.is_some())
                .collect(),
        }
    }
}

impl Report {
    /// How this report of an incident stands.
    pub fn clock(&self, known: &Known, now: DateTime<Utc>) -> Clock {
        let until = self
            .within_hours
            .map(|hours| known.noticed_at + TimeDelta::hours(i64::from(hours)));
        match (known.reported_at, known.must_report, until) {
            (Some(at), _, until) => Clock::Made {
                at,
                late: until.is_some_and(|until| at > until),
            },
            (None, Some(false), _) => Clock::NotNeeded,
            (None, _, None) => Clock::Waits,
            (None, _, Some(until)) if now > until => Clock::Overdue { since: until },
            (None, _, Some(until)) => Clock::Runs { until },
        }
    }
}

impl Clock {
    /// Whether somebody still has to be told.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Runs { .. } | Self::Overdue { .. } | Self::Waits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hour: i64) -> DateTime<Utc> {
        "2026-11-20T09:30:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::hours(hour)
    }

    fn report(within_hours: Option<u32>) -> Report {
        Report {
            code: "a".to_owned(),
            to: "somebody".to_owned(),
            within_hours,
            source: "a law".to_owned(),
        }
    }

    #[test]
    fn a_report_is_due_72_hours_after_somebody_noticed() {
        let known = |reported_at: Option<i64>, must_report| Known {
            noticed_at: at(0),
            reported_at: reported_at.map(at),
            must_report,
        };
        let until = at(72);
        for (hours, known, expected) in [
            (0, known(None, None), Clock::Runs { until }),
            (72, known(None, None), Clock::Runs { until }),
            (73, known(None, None), Clock::Overdue { since: until }),
            (73, known(None, Some(true)), Clock::Overdue { since: until }),
            (73, known(None, Some(false)), Clock::NotNeeded),
            (
                99,
                known(Some(72), None),
                Clock::Made {
                    at: at(72),
                    late: false,
                },
            ),
            (
                99,
                known(Some(73), Some(true)),
                Clock::Made {
                    at: at(73),
                    late: true,
                },
            ),
            // What was told stays told, whatever was assessed later.
            (
                99,
                known(Some(1), Some(false)),
                Clock::Made {
                    at: at(1),
                    late: false,
                },
            ),
        ] {
            let clock = report(Some(72)).clock(&known, at(hours));
            assert_eq!(clock, expected, "{hours} {known:?}");
        }
        let open = report(None).clock(&known(None, None), at(1000));
        assert_eq!(open, Clock::Waits);
        assert!(open.is_open());
        assert!(!Clock::NotNeeded.is_open());
    }

    #[test]
    fn every_report_of_a_category_is_one_that_there_is() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../content");
        let content = Content::from_folder(&root).unwrap();
        let rules = IncidentRules::read(&content).unwrap();
        assert!(!rules.categories.is_empty());
        for category in &rules.categories {
            for code in &category.report {
                assert!(rules.report(code).is_some(), "{}: {code}", category.code);
            }
            assert_eq!(
                rules.reports_of(&category.code).len(),
                category.report.len()
            );
        }
        let unknown = rules.reports_of("no such category");
        assert!(unknown.iter().all(|r| r.within_hours.is_some()) && !unknown.is_empty());
    }
}
