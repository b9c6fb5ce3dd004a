//! Every false link with what explains it: how it weighs, the level of each comparison, and why it was taken for right.

use super::{
    Over,
    curve::Verdict,
    intervals::real,
    judged::{Fate, Judged, Rule},
    links::{cell, name_of},
    text::Text,
    told::Told,
};
use crate::{
    explain::{Classes, Explanation, Explanations},
    files::{Cell, Column, FileError, open, write},
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, path::Path};

/// With what false links are explained.
#[derive(Debug, Clone, Copy)]
pub struct Explaining<'a> {
    /// The sentences.
    pub explanations: &'a Explanations,
    /// The model and what it learned, where the next likeliest class is wanted.
    pub classes: Option<Classes<'a>>,
}

/// False links that are explained one by one; more of them say no more.
const MOST: usize = 100_000;
/// False links that stand in the evaluation itself.
const LISTED: usize = 1_000;
/// False links that a person reads of one by one.
const SHOWN: usize = 20;
/// The end of the name of a column that holds levels.
const LEVEL: &str = "_level";

/// In what way a link is false.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Falsehood {
    /// Another person though the right one is in the index.
    WrongPerson,
    /// A person for somebody who is not in the index.
    NotInTheIndex,
    /// A pair of two people.
    TwoPeople,
}

impl Falsehood {
    /// What people read.
    pub fn words(self) -> &'static str {
        match self {
            Self::WrongPerson => "wrong person, the right one is in the index",
            Self::NotInTheIndex => "a person for somebody who is not in the index",
            Self::TwoPeople => "two people",
        }
    }
}

/// A false link with what explains it. Its ids are written to files only, for they may be NHS numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FalseLink {
    /// Its row in the file of links; the header is row 1.
    pub row: u64,
    /// The record on the left.
    #[serde(skip)]
    pub left: String,
    /// The record on the right.
    #[serde(skip)]
    pub right: String,
    /// The match weight.
    pub weight: f64,
    /// The probability that was said.
    pub probability: f64,
    /// How far it was ahead of the next person; none where there is none.
    pub margin: Option<f64>,
    /// In what way it is false.
    pub is: Falsehood,
    /// Why it was taken for right.
    pub explanation: Explanation,
}

/// What explains how many false links.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// The pattern; empty where none fits.
    pub pattern: String,
    /// What usually lies behind it.
    pub says: String,
    /// How many false links it explains.
    pub count: u64,
}

/// The false links of one way of deciding.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FalseLinks {
    /// The way of deciding.
    pub under: String,
    /// How many there are.
    pub count: u64,
    /// What explains them, the commonest first.
    pub reasons: Vec<Reason>,
    /// The first of them, in the order of their rows.
    pub links: Vec<FalseLink>,
}

impl FalseLinks {
    /// The reasons, and the first links by their rows, for a person to read.
    pub(crate) fn tell(&self, text: &mut Text) {
        text.head(2, "False links, and why");
        if self.count == 0 {
            text.line(format_args!("None {}.", self.under));
            return;
        }
        text.line(format_args!("{} {}.\n", self.count, self.under));
        let reasons = self.reasons.iter();
        let rows = reasons.map(|reason| vec![reason.says.clone(), reason.count.to_string()]);
        text.table(
            &["what usually lies behind it", "links"],
            &rows.collect::<Vec<_>>(),
        );
        text.line(format_args!("\nThe first of them:\n"));
        let rows = self.links.iter().take(SHOWN).map(|link| {
            let next = link.explanation.next.as_ref();
            vec![
                link.row.to_string(),
                format!("{:.2}", link.weight),
                format!("{:.4}", link.probability),
                link.margin
                    .map_or_else(String::new, |margin| format!("{margin:.2}")),
                link.is.words().to_owned(),
                link.explanation.sentence(),
                next.map_or_else(String::new, |next| next.class.clone()),
            ]
        });
        let head = [
            "row",
            "weight",
            "probability",
            "margin",
            "in truth",
            "why it was linked",
            "next likeliest",
        ];
        text.table(&head, &rows.collect::<Vec<_>>());
    }
}

/// The false links under a rule, each with its explanation.
pub(crate) fn explained(
    path: &Path,
    judged: &Judged,
    rule: Rule,
    over: Over,
    explaining: &Explaining<'_>,
    told: &mut Told,
) -> Result<Vec<FalseLink>, FileError> {
    let mut wanted: BTreeMap<u64, FalseLink> = BTreeMap::new();
    let mut more = 0;
    for scored in &judged.scored {
        let is = match (scored.verdict, over) {
            (Verdict::Right, _) => continue,
            (Verdict::Wrong, _) => Falsehood::WrongPerson,
            (Verdict::Falsely, Over::Queries) => Falsehood::NotInTheIndex,
            (Verdict::Falsely, Over::Pairs) => Falsehood::TwoPeople,
        };
        if rule.of(scored) != Fate::Given {
            continue;
        }
        if wanted.len() >= MOST {
            more += 1;
            continue;
        }
        let link = FalseLink {
            row: scored.row,
            left: String::new(),
            right: String::new(),
            weight: scored.weight,
            probability: scored.probability,
            margin: Some(scored.margin).filter(|margin| margin.is_finite()),
            is,
            explanation: explaining.explanations.explain(&[]),
        };
        wanted.insert(scored.row, link);
    }
    if more > 0 {
        told.say(
            &name_of(path),
            "more false links than are explained one by one".to_owned(),
            more,
        );
    }
    if !wanted.is_empty() {
        fill(path, &mut wanted, explaining)?;
    }
    Ok(wanted.into_values().collect())
}

/// Reads the ids and levels of the rows that are wanted.
fn fill(
    path: &Path,
    wanted: &mut BTreeMap<u64, FalseLink>,
    explaining: &Explaining<'_>,
) -> Result<(), FileError> {
    let columns = open(path, &[])?.columns().to_vec();
    let comparisons: Vec<&str> = columns
        .iter()
        .filter_map(|column| column.strip_suffix(LEVEL))
        .collect();
    let named: Vec<String> = comparisons
        .iter()
        .map(|name| format!("{name}{LEVEL}"))
        .collect();
    let mut asked = vec!["left_id", "right_id"];
    asked.extend(named.iter().map(String::as_str));
    let mut rows = open(path, &asked)?;
    let mut row_number = 1;
    while let Some((count, columns)) = rows.next_batch()? {
        let last = row_number + count as u64;
        for (number, link) in wanted.range_mut(row_number + 1..=last) {
            let row = number_in_batch(*number, row_number);
            cell(&columns, 0, row).clone_into(&mut link.left);
            cell(&columns, 1, row).clone_into(&mut link.right);
            let levels: Vec<(&str, &str)> = comparisons
                .iter()
                .enumerate()
                .map(|(at, name)| (*name, cell(&columns, at + 2, row)))
                .collect();
            link.explanation = explaining.explanations.explain(&levels);
            let classes = explaining.classes.as_ref();
            link.explanation.next =
                classes.and_then(|classes| classes.next(&classes.levels(&levels)?));
        }
        row_number = last;
    }
    Ok(())
}

fn number_in_batch(row: u64, before: u64) -> usize {
    usize::try_from(row - before - 1).unwrap_or(usize::MAX)
}

/// What explains how many of them.
pub(crate) fn summary(under: String, links: &[FalseLink], count: u64) -> FalseLinks {
    let mut reasons: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for link in links {
        let explanation = &link.explanation;
        *reasons
            .entry((&explanation.pattern, &explanation.says))
            .or_insert(0) += 1;
    }
    let mut reasons: Vec<Reason> = reasons
        .into_iter()
        .map(|((pattern, says), count)| Reason {
            pattern: pattern.to_owned(),
            says: says.to_owned(),
            count,
        })
        .collect();
    // Sorting keeps the order of names where counts are equal.
    reasons.sort_by_key(|reason| std::cmp::Reverse(reason.count));
    FalseLinks {
        under,
        count,
        reasons,
        links: links.iter().take(LISTED).cloned().collect(),
    }
}

/// Writes false links with their ids, what explains them and the level of each comparison.
pub fn write_false_links(path: &Path, links: &[FalseLink]) -> Result<u64, FileError> {
    let column = |name: &str, number: bool| Column {
        name: name.to_owned(),
        number,
    };
    let mut columns = vec![
        column("row", true),
        column("left_id", false),
        column("right_id", false),
        column("match_weight", true),
        column("probability", true),
        column("margin", true),
        column("is", false),
        column("explanation", false),
        column("pattern", false),
        column("next_class", false),
        column("next_class_share", true),
    ];
    let comparisons = links
        .first()
        .map(|link| link.explanation.levels.as_slice())
        .unwrap_or_default();
    columns.extend(
        comparisons
            .iter()
            .map(|(name, _)| column(&format!("{name}{LEVEL}"), false)),
    );
    let text = |text: &str| Cell::Text(text.to_owned().into());
    let rows = links.iter().map(|link| {
        let explanation = &link.explanation;
        let next = explanation.next.as_ref();
        let mut row = vec![
            Cell::Number(real(link.row)),
            text(&link.left),
            text(&link.right),
            Cell::Number(link.weight),
            Cell::Number(link.probability),
            Cell::Number(link.margin.unwrap_or(f64::INFINITY)),
            text(link.is.words()),
            text(&explanation.sentence()),
            text(&explanation.pattern),
            text(next.map_or("", |next| &next.class)),
            Cell::Number(next.map_or(f64::INFINITY, |next| next.share)),
        ];
        row.extend(explanation.levels.iter().map(|(_, level)| text(level)));
        row
    });
    write(path, &columns, rows)
}
