//! Rule sets: how counts of each size are shown, as content in `content/releases/`.

use crate::{
    Interval, Unit,
    protect::{hide::Hide, midpoint::Midpoint, replace::Replace, round::Round},
};
use model::{Content, ContentError, Date};
use serde::Deserialize;

/// The rules of one regime, from `content/releases/<name>.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleSet {
    /// The name of its file.
    pub name: String,
    /// What people call it.
    pub title: String,
    /// The version of this file.
    pub version: String,
    /// Where the numbers come from.
    pub source: String,
    /// Since when the regime holds.
    #[serde(default)]
    pub since: Option<Date>,
    /// How sure the source is.
    pub standing: Standing,
    /// How totals come about.
    pub totals: Totals,
    /// How percentages come about.
    pub percentages: Percentages,
    /// The smallest number of people or events whose mean or median may be shown; where it is not
    /// stated, an average is judged like the count behind it.
    #[serde(default)]
    pub average_from: Option<u64>,
    /// Units whose counts are shown as they are.
    pub exempt: Vec<Unit>,
    /// What a reader has to know besides.
    pub notes: Vec<String>,
    /// What happens to counts of each size, from zero upwards without a gap.
    #[serde(rename = "band")]
    pub bands: Vec<Band>,
}

/// Whether someone has read the rule at its source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Read at the source.
    Verified,
    /// Known from others; check before relying on it.
    Reported,
}

/// How totals come about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Totals {
    /// From the true total, protected like any other count; parts need not add up.
    TrueValues,
    /// The sum of the parts as shown.
    SumsOfShownParts,
}

/// How percentages come about. There is no rule that makes them from true numbers: such a
/// percentage gives the true number away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Percentages {
    /// From the two numbers as shown.
    FromShownNumbers,
    /// Not at all.
    NotAllowed,
}

/// What happens to counts of one range.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Band {
    /// The smallest count.
    pub from: u64,
    /// The largest count; none for the last band.
    #[serde(default)]
    pub to: Option<u64>,
    /// What is shown.
    pub show: Show,
}

/// What is shown in place of a count.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Show {
    /// The count itself.
    AsIs,
    /// A symbol.
    Hidden(Hide),
    /// Always the same number.
    Replaced(Replace),
    /// The nearest multiple.
    Rounded(Round),
    /// The middle of its group.
    Midpoint(Midpoint),
}

/// What becomes of one count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark<'a> {
    /// A number is shown.
    Number(u64),
    /// A symbol is shown.
    Symbol(&'a Hide),
}

impl RuleSet {
    /// Reads a rule set by name and checks that it is whole.
    pub fn read(content: &Content, name: &str) -> Result<Self, ContentError> {
        let path = format!("releases/{name}.toml");
        let rules: Self = content.toml(&path)?;
        match rules.fault(name) {
            None => Ok(rules),
            Some(message) => Err(ContentError::Mistake { path, message }),
        }
    }

    /// The names of all rule sets.
    pub fn names(content: &Content) -> Vec<String> {
        content
            .list("releases")
            .into_iter()
            .filter_map(|file| file.strip_suffix(".toml"))
            .map(str::to_owned)
            .collect()
    }

    /// What is shown in place of a count.
    pub fn mark(&self, count: u64) -> Mark<'_> {
        let band = self.bands.iter().rfind(|band| band.from <= count);
        match band.map(|band| &band.show) {
            Some(Show::Hidden(hide)) => Mark::Symbol(hide),
            Some(Show::Replaced(replace)) => Mark::Number(replace.by),
            Some(Show::Rounded(round)) => Mark::Number(round.apply(count)),
            Some(Show::Midpoint(midpoint)) => Mark::Number(midpoint.apply(count)),
            Some(Show::AsIs) | None => Mark::Number(count),
        }
    }

    /// What a shown number tells about the true one: the smallest interval around every count that
    /// is shown so. `None` for a number that this rule set never shows.
    pub fn interval_of_number(&self, shown: u64) -> Option<Interval> {
        self.around(|band| {
            let all = band.interval();
            match &band.show {
                Show::AsIs => Interval::exactly(shown).within(all),
                Show::Hidden(_) => None,
                Show::Replaced(replace) => (replace.by == shown).then_some(all),
                Show::Rounded(round) => round.came_from(shown)?.within(all),
                Show::Midpoint(midpoint) => midpoint.came_from(shown)?.within(all),
            }
        })
    }

    /// What a symbol tells about the true number. `None` for a symbol that this rule set never shows.
    pub fn interval_of_symbol(&self, symbol: &str) -> Option<Interval> {
        self.around(|band| match &band.show {
            Show::Hidden(hide) if hide.symbol == symbol => Some(band.interval()),
            _ => None,
        })
    }

    /// Whether a mean or a median over so many people or events may be shown.
    pub fn average_may_be_shown(&self, over: u64) -> bool {
        let band = self.bands.iter().rfind(|band| band.from <= over);
        let stands = band.is_some_and(|b| !matches!(b.show, Show::Hidden(_) | Show::Replaced(_)));
        over > 0 && self.average_from.map_or(stands, |least| over >= least)
    }

    /// Whether any count can be hidden.
    pub fn hides(&self) -> bool {
        self.bands.iter().any(|b| matches!(b.show, Show::Hidden(_)))
    }

    fn around(&self, of: impl Fn(&Band) -> Option<Interval>) -> Option<Interval> {
        self.bands.iter().filter_map(of).reduce(Interval::around)
    }

    fn fault(&self, name: &str) -> Option<String> {
        if self.name != name {
            return Some(format!(
                "the name is `{}`, the file's is `{name}`",
                self.name
            ));
        }
        let mut next = Some(0);
        for band in &self.bands {
            if next != Some(band.from) {
                return Some(format!(
                    "a band begins at {}, where the one before does not end; bands go from 0 upwards without a gap, the last without `to`",
                    band.from
                ));
            }
            if let Some(fault) = band.fault() {
                return Some(fault);
            }
            next = band.to.and_then(|to| to.checked_add(1));
        }
        match (self.bands.last(), next) {
            (None, _) => Some("there is no `[[band]]`".to_owned()),
            (_, Some(from)) => Some(format!("no band says what happens from {from} upwards")),
            _ => None,
        }
    }
}

impl Band {
    /// The counts that it is about.
    pub fn interval(&self) -> Interval {
        Interval {
            low: self.from,
            high: self.to.unwrap_or(u64::MAX),
        }
    }

    fn fault(&self) -> Option<String> {
        if self.to.is_some_and(|to| to < self.from) {
            return Some(format!("the band from {} ends before it begins", self.from));
        }
        match &self.show {
            // A symbol without an upper end would tell nothing, and would hide large numbers.
            Show::Hidden(_) | Show::Replaced(_) if self.to.is_none() => Some(format!(
                "the band from {} shows one thing for every count above; give it an end",
                self.from
            )),
            Show::Hidden(hide) => hide.fault(),
            Show::AsIs | Show::Replaced(_) => None,
            Show::Rounded(round) => round.fault(),
            Show::Midpoint(midpoint) => midpoint.fault(self.from),
        }
    }
}
