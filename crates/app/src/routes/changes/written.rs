//! Changes and news as they are written in content. A change that starts before its notice has run, or that
//! names what does not exist, is a mistake and told at the start.

use crate::routes::library::Library;
use anyhow::{Context, Result, bail};
use chrono::Months;
use model::{Content, Date};
use serde::Deserialize;

/// All changes and all news, newest first.
pub(in crate::routes) struct Changes {
    pub(super) all: Vec<Change>,
    pub(super) news: Vec<NewsItem>,
    settings: Settings,
}

/// `content/changes.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    notice_months: NoticeMonths,
    feed: Feed,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NoticeMonths {
    minor: u32,
    major: u32,
}

/// What the feed is called.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Feed {
    pub(super) title: String,
    pub(super) author: String,
    /// A name and a year in which it was ours, for names of entries that never change.
    pub(super) tag: String,
}

/// How deep a change goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    Minor,
    Major,
}

impl Kind {
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Minor => "minor",
            Self::Major => "major",
        }
    }

    pub(super) const fn means(self) -> &'static str {
        match self {
            Self::Minor => "you need not change your own system",
            Self::Major => "you may have to change your own system",
        }
    }
}

/// A change somebody has asked for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Change {
    /// The name of its file.
    #[serde(skip)]
    pub(super) id: String,
    pub(super) title: String,
    pub(super) dataset: String,
    pub(super) kind: Kind,
    #[serde(deserialize_with = "crate::routes::site::day")]
    pub(super) proposed: Date,
    pub(super) proposed_by: String,
    pub(super) proposal: Vec<String>,
    pub(super) reason: Vec<String>,
    #[serde(default)]
    pub(super) fields: Vec<String>,
    /// Rules that are there already.
    #[serde(default)]
    pub(super) rules: Vec<String>,
    #[serde(default)]
    pub(super) decision: Option<Decision>,
    #[serde(default, deserialize_with = "day_if_any")]
    pub(super) starts: Option<Date>,
}

/// What was decided.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Decision {
    #[serde(deserialize_with = "crate::routes::site::day")]
    pub(super) day: Date,
    pub(super) outcome: Outcome,
    pub(super) why: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Outcome {
    Accepted,
    Declined,
}

impl Outcome {
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Accepted => "Accepted",
            Self::Declined => "Declined",
        }
    }
}

/// A piece of news.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewsItem {
    /// The name of its file.
    #[serde(skip)]
    pub(super) id: String,
    pub(super) title: String,
    #[serde(deserialize_with = "crate::routes::site::day")]
    pub(super) day: Date,
    pub(super) says: Vec<String>,
    #[serde(default)]
    pub(super) changes: Vec<String>,
}

fn day_if_any<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Date>, D::Error> {
    crate::routes::site::day(from).map(Some)
}

impl Changes {
    pub(in crate::routes) fn read(content: &Content, library: &Library) -> Result<Self> {
        let settings: Settings = content.toml("changes.toml")?;
        let mut changes = Vec::new();
        for file in content.list("changes") {
            let Some(id) = file.strip_suffix(".toml") else {
                continue;
            };
            let mut change: Change = content.toml(&format!("changes/{file}"))?;
            id.clone_into(&mut change.id);
            changes.push(change);
        }
        let mut news = Vec::new();
        for file in content.list("news") {
            let Some(id) = file.strip_suffix(".toml") else {
                continue;
            };
            let mut item: NewsItem = content.toml(&format!("news/{file}"))?;
            id.clone_into(&mut item.id);
            if let Some(missing) = item
                .changes
                .iter()
                .find(|name| !changes.iter().any(|c: &Change| c.id == **name))
            {
                bail!("`content/news/{file}` names the change `{missing}`, and there is none");
            }
            news.push(item);
        }
        changes.sort_by(|a, b| b.proposed.cmp(&a.proposed).then_with(|| b.id.cmp(&a.id)));
        news.sort_by(|a, b| b.day.cmp(&a.day).then_with(|| b.id.cmp(&a.id)));
        let read = Self {
            all: changes,
            news,
            settings,
        };
        for change in &read.all {
            read.check(change, library)
                .with_context(|| format!("`content/changes/{}.toml`", change.id))?;
        }
        Ok(read)
    }

    /// How long the notice of a kind is, in months.
    pub(super) const fn months(&self, kind: Kind) -> u32 {
        match kind {
            Kind::Minor => self.settings.notice_months.minor,
            Kind::Major => self.settings.notice_months.major,
        }
    }

    /// The first day on which a change may come that was decided on a day.
    pub(super) fn earliest(&self, kind: Kind, decided: Date) -> Option<Date> {
        decided.checked_add_months(Months::new(self.months(kind)))
    }

    pub(super) const fn feed(&self) -> &Feed {
        &self.settings.feed
    }

    fn check(&self, change: &Change, library: &Library) -> Result<()> {
        let entry = library
            .of(&change.dataset)
            .with_context(|| format!("there is no dataset `{}`", change.dataset))?;
        for column in &change.fields {
            if entry.specification.dataset().field(column).is_none() {
                bail!("`{}` has no column `{column}`", change.dataset);
            }
        }
        for code in &change.rules {
            if entry.specification.rule(code).is_none() {
                bail!("`{}` has no rule `{code}`", change.dataset);
            }
        }
        let Some(starts) = change.starts else {
            return Ok(());
        };
        let earliest = change
            .decision
            .as_ref()
            .filter(|d| d.outcome == Outcome::Accepted)
            .and_then(|d| self.earliest(change.kind, d.day));
        match earliest {
            None => bail!("it has a start, and was not accepted"),
            Some(earliest) if starts < earliest => bail!(
                "it starts on {starts}, and a {} change may not start before {earliest}, {} months after its decision",
                change.kind.words(),
                self.months(change.kind)
            ),
            Some(_) => Ok(()),
        }
    }
}
