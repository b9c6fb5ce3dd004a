//! The reference page of the rule sets, made from the rule sets themselves.

use crate::{
    RuleSet, Unit,
    protect::{NOT_YET_COMPLEMENTARY, band_in_words, totals_in_words},
    rules::{Percentages, Standing},
};

/// The page `docs/disclosure-rules.md`.
pub fn page(rule_sets: &[RuleSet]) -> String {
    let mut page = format!(
        "# Disclosure rules

Made from `content/releases/` by the crate `release`; a test fails when this page is stale. To change
a rule, change its file there. To add one, add a file.

A count table leaves only through one of these rule sets. The agreement names the rule set. A table is
refused where a column is about single people, where a column is not a count, where it has more rows than
people, and where each row holds one person. Rows are put in the order of their labels, since an
order by size would tell hidden numbers apart. Percentages are made from shown numbers only.

{NOT_YET_COMPLEMENTARY}. Nor are earlier releases compared yet.

The last column says which true numbers a reader can infer, given the number or symbol shown.
"
    );
    for rules in rule_sets {
        page.push_str(&section(rules));
    }
    page
}

fn section(rules: &RuleSet) -> String {
    let mut lines = vec![
        format!("\n## {}\n", rules.name),
        format!("{} (version {}).\n", rules.title, rules.version),
        format!(
            "Source: {}{}. {}\n",
            rules.source,
            rules
                .since
                .map(|since| format!(", since {}", since.format("%-d %B %Y")))
                .unwrap_or_default(),
            match rules.standing {
                Standing::Verified => "Read at the source.",
                Standing::Reported => "Known at second hand: check it before relying on it.",
            }
        ),
    ];
    for band in &rules.bands {
        let note = band_in_words(band);
        let symbol = note
            .symbol
            .map(|symbol| format!(" Shown as `{symbol}`."))
            .unwrap_or_default();
        lines.push(format!("- {}{symbol}", note.text));
    }
    lines.push(format!("- {}", totals_in_words(rules.totals)));
    if rules.percentages == Percentages::NotAllowed {
        lines.push("- Percentages are not allowed.".to_owned());
    }
    lines.push(match rules.average_from {
        Some(least) => {
            format!("- Means and medians are shown where they are over {least} or more.")
        }
        None => {
            "- A mean or a median is shown where the number behind it is not hidden.".to_owned()
        }
    });
    if !rules.exempt.is_empty() {
        let units: Vec<String> = rules.exempt.iter().map(Unit::to_string).collect();
        lines.push(format!(
            "- Counts of {} are shown as they are.",
            units.join(" and ")
        ));
    }
    lines.extend(rules.notes.iter().map(|note| format!("- {note}")));
    lines.push("\n| true number | shown | may stand for |\n|---|---|---|".to_owned());
    lines.extend(EXAMPLES.iter().map(|count| example(rules, *count)));
    let mut text = lines.join("\n");
    text.push('\n');
    text
}

/// Numbers on both sides of every threshold in use.
const EXAMPLES: [u64; 14] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 13, 1204];

fn example(rules: &RuleSet, count: u64) -> String {
    use crate::rules::Mark;
    let (shown, interval) = match rules.mark(count) {
        Mark::Number(value) => (value.to_string(), rules.interval_of_number(value)),
        Mark::Symbol(hide) => (
            format!("`{}`", hide.symbol),
            rules.interval_of_symbol(&hide.symbol),
        ),
    };
    let stands_for = interval.map_or(String::new(), |i| {
        if i.low == i.high {
            i.low.to_string()
        } else {
            format!("{} to {}", i.low, i.high)
        }
    });
    format!("| {count} | {shown} | {stands_for} |")
}
