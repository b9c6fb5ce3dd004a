//! Protection: a rule set is applied to a count table. One file per method in `protect/`.
//!
//! Each cell is judged by itself (primary suppression). Whether hidden cells can be worked out from
//! totals or from earlier releases is not looked at here, and a note on the table says so.

pub mod hide;
pub mod midpoint;
pub mod replace;
pub mod round;
pub mod share;
pub mod total;

use crate::{
    Cell, CountTable, Interval, PublishedTable, ReleasableTable, ReleaseRefusal, RuleSet, Unit,
    published::{AppliedRuleSet, Holds, Note, PublishedColumn, PublishedRow},
    rules::{Band, Mark, Show, Totals},
};
use std::cmp::Ordering;

/// The sentence that stands on every table whose rule set hides cells, until hidden cells are
/// also protected against being worked out.
pub const NOT_YET_COMPLEMENTARY: &str = "Complementary suppression has not been applied yet: hidden cells may be worked out from totals";

/// Applies a rule set to a count table. The only way to a table that may leave.
pub fn protect(rules: &RuleSet, table: &CountTable) -> Result<ReleasableTable, ReleaseRefusal> {
    let sums = match rules.totals {
        Totals::TrueValues => None,
        Totals::SumsOfShownParts => Some(total::Parts::of(rules, table)?),
    };
    let mut rows: Vec<PublishedRow> = table
        .rows
        .iter()
        .map(|row| {
            let made = sums.as_ref().filter(|_| row.is_total());
            let cells = table.counts.iter().zip(&row.counts).enumerate();
            PublishedRow {
                labels: row.labels.clone(),
                cells: cells
                    .map(|(place, (column, count))| {
                        made.and_then(|sums| sums.total(&row.labels, place))
                            .unwrap_or_else(|| cell(rules, column.unit, *count))
                    })
                    .collect(),
            }
        })
        .collect();
    // The caller's order could follow the true counts, and so tell hidden ones apart.
    rows.sort_by(|a, b| by_labels(&a.labels, &b.labels));
    let units: Vec<Unit> = table.counts.iter().map(|column| column.unit).collect();
    Ok(ReleasableTable {
        percentages: rules.percentages,
        table: PublishedTable {
            format: 1,
            title: table.title.clone(),
            source: table.source.clone(),
            rule_set: AppliedRuleSet::from(rules),
            dimensions: table.dimensions.clone(),
            columns: table
                .counts
                .iter()
                .map(|column| PublishedColumn {
                    name: column.name.clone(),
                    title: column.title.clone(),
                    holds: Holds::Count(column.unit),
                })
                .collect(),
            rows,
            notes: notes(rules, &units),
        },
    })
}

/// A count of people as a rule set shows it, for reports that are no tables.
pub fn people_as_shown(rules: &RuleSet, count: u64) -> String {
    cell(rules, Unit::People, count).words()
}

/// One true count as its unit and size allow.
pub(crate) fn cell(rules: &RuleSet, unit: Unit, count: u64) -> Cell {
    if rules.exempt.contains(&unit) {
        return Cell::Shown {
            value: count,
            interval: Interval::exactly(count),
        };
    }
    match rules.mark(count) {
        // Both look-ups find at least the count itself, so the fall-backs are never taken.
        Mark::Number(value) => Cell::Shown {
            value,
            interval: rules
                .interval_of_number(value)
                .unwrap_or(Interval::exactly(value)),
        },
        Mark::Symbol(hide) => Cell::Hidden {
            symbol: hide.symbol.clone(),
            interval: rules
                .interval_of_symbol(&hide.symbol)
                .unwrap_or(Interval::exactly(count)),
            reason: format!("hidden because {}", hide.because),
        },
    }
}

/// What has to stand beside a table: every band in words, totals, exemptions, the rule set's own
/// notes, what has not been done, and whose rule it is.
fn notes(rules: &RuleSet, units: &[Unit]) -> Vec<Note> {
    let mut notes: Vec<Note> = rules.bands.iter().map(band_in_words).collect();
    notes.push(Note::saying(totals_in_words(rules.totals)));
    for unit in units.iter().filter(|unit| rules.exempt.contains(unit)) {
        notes.push(Note::saying(format!(
            "Counts of {unit} are not about single people and are shown as they are."
        )));
    }
    notes.extend(rules.notes.iter().map(Note::saying));
    if rules.hides() {
        notes.push(Note::saying(format!("{NOT_YET_COMPLEMENTARY}.")));
    }
    notes.push(Note::saying(format!(
        "Rule set {}, version {}: {}. Source of the rule: {}.",
        rules.name, rules.version, rules.title, rules.source
    )));
    notes
}

/// What happens to counts of one size, in a sentence.
pub(crate) fn band_in_words(band: &Band) -> Note {
    let range = match band.to {
        Some(to) if to == band.from => format!("{to}"),
        Some(to) => format!("{} to {to}", band.from),
        None if band.from == 0 => "Every number".to_owned(),
        None => format!("{} or more", band.from),
    };
    match &band.show {
        Show::AsIs => Note::saying(format!("{range}: shown as it is.")),
        Show::Hidden(hide) => Note {
            symbol: Some(hide.symbol.clone()),
            text: format!("{range}: hidden, because {}.", hide.because),
        },
        Show::Replaced(replace) => Note::saying(format!("{range}: shown as {}.", replace.by)),
        Show::Rounded(round) => Note::saying(format!(
            "{range}: rounded to the nearest {}{}.",
            round.base,
            match round.ties {
                None => "",
                Some(round::Ties::Up) => ", a number in the middle upwards",
                Some(round::Ties::Down) => ", a number in the middle downwards",
                Some(round::Ties::Even) => ", a number in the middle to the even multiple",
            }
        )),
        Show::Midpoint(midpoint) => Note::saying(format!(
            "{range}: shown as the middle of its group of {}.",
            midpoint.base
        )),
    }
}

/// How totals come about, in a sentence.
pub(crate) const fn totals_in_words(totals: Totals) -> &'static str {
    match totals {
        Totals::TrueValues => {
            "Totals are made from the true numbers and then treated like any other number, so parts need not add up to them."
        }
        Totals::SumsOfShownParts => {
            "Totals are the sums of the parts as shown; hidden parts are left out of them."
        }
    }
}

/// Labels in the order of reading: numbers inside them by their size, totals last.
fn by_labels(a: &[Option<String>], b: &[Option<String>]) -> Ordering {
    for (x, y) in a.iter().zip(b) {
        let order = match (x, y) {
            (Some(x), Some(y)) => naturally(x, y),
            (x, y) => x.is_none().cmp(&y.is_none()),
        };
        if order.is_ne() {
            return order;
        }
    }
    Ordering::Equal
}

/// `5 to 9` before `18 to 64`: runs of digits compare as numbers, the rest as text.
fn naturally(a: &str, b: &str) -> Ordering {
    let (mut x, mut y) = (a, b);
    loop {
        let (first, rest_of_x) = run(x);
        let (second, rest_of_y) = run(y);
        if first.is_empty() || second.is_empty() {
            return first.len().cmp(&second.len()).then_with(|| a.cmp(b));
        }
        let order = match (first.parse::<u64>(), second.parse::<u64>()) {
            (Ok(first), Ok(second)) => first.cmp(&second),
            _ => first.cmp(second),
        };
        if order.is_ne() {
            return order;
        }
        (x, y) = (rest_of_x, rest_of_y);
    }
}

/// The longest start that is all digits or has none, and the rest.
fn run(text: &str) -> (&str, &str) {
    let digits = text.starts_with(|c: char| c.is_ascii_digit());
    let end = text
        .find(|c: char| c.is_ascii_digit() != digits)
        .unwrap_or(text.len());
    text.split_at(end)
}
