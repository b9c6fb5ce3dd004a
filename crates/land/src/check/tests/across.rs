//! Rules across rows against a slow and obvious version: every row is held against every other.

use super::{Checked, agreement::Slow, check_bytes, content, csv, settings};
use crate::check::{
    Scratch, Specification,
    expression::{parser::parse, slow::Row, syntax::ExpressionKind},
    rule_file::{KindName, Reported, WrittenRule},
};
use model::Date;
use std::collections::{BTreeMap, BTreeSet};

/// Row (none for the file), rule and field.
type Place = (Option<u64>, String, Option<String>);
type Cells = Vec<String>;

struct Plain<'a> {
    slow: Slow<'a>,
    rows: &'a [Cells],
}

impl Plain<'_> {
    fn row<'r>(
        &'r self,
        at: usize,
        cell: Option<usize>,
        other: Option<usize>,
        counted: &'r BTreeMap<String, f64>,
    ) -> Row<'r> {
        Row {
            content: self.slow.content,
            specification: self.slow.specification,
            definitions: &self.slow.definitions,
            cells: &self.rows[at],
            other: other.map(|at| self.rows[at].as_slice()),
            cell,
            today: self.slow.today,
            sender: "503",
            row_width: self.rows[at].len(),
            header_width: self.rows[at].len(),
            counted,
        }
    }

    fn is_true(&self, text: Option<&String>, at: usize, cell: Option<usize>) -> bool {
        let nothing = BTreeMap::new();
        text.is_none_or(|text| {
            let when = parse(text).unwrap();
            self.row(at, cell, None, &nothing).is_true(&when)
        })
    }

    /// The key of a row, or `None` where a part of it is blank that must not be.
    fn key(&self, by: &[String], at: usize, cell: Option<usize>, blanks: bool) -> Option<String> {
        let nothing = BTreeMap::new();
        let mut key = Vec::new();
        for part in by {
            let shown = if part == "*" {
                Some(format!(
                    "{:?}",
                    self.rows[at].iter().map(|c| c.trim()).collect::<Vec<_>>()
                ))
            } else {
                self.row(at, cell, None, &nothing)
                    .shown(&parse(part).unwrap())
            };
            if shown.is_none() && !blanks {
                return None;
            }
            key.push(format!("{shown:?}"));
        }
        Some(key.join("|"))
    }

    fn places(&self, rule: &WrittenRule) -> BTreeSet<Place> {
        let by: Vec<String> = rule.by.iter().map(|b| b.get_ref().clone()).collect();
        let takes_part = rule.takes_part.as_ref().map(toml::Spanned::get_ref);
        let fields = self.slow.fields(rule);
        let place = |row: Option<usize>, field: Option<usize>| {
            let fields = &self.slow.specification.dataset().fields;
            (
                row.map(|at| at as u64 + 2),
                rule.code.get_ref().clone(),
                field.map(|at| fields[at].name.clone()),
            )
        };
        let mut places = BTreeSet::new();
        if rule.kind == KindName::Pair {
            let other_by: Vec<String> = rule.other_by.iter().map(|b| b.get_ref().clone()).collect();
            let other_by = if other_by.is_empty() { &by } else { &other_by };
            let other = rule
                .other
                .as_ref()
                .map(toml::Spanned::get_ref)
                .or(takes_part);
            let when = parse(rule.when.as_ref().unwrap().get_ref()).unwrap();
            let finds_none = rule.finds.as_ref().is_some_and(|f| f.get_ref() == "none");
            let nothing = BTreeMap::new();
            let cells: Vec<Option<usize>> = if by.iter().any(|b| b.contains("cell")) {
                fields.iter().map(|f| Some(*f)).collect()
            } else {
                vec![None]
            };
            for cell in cells {
                for at in (0..self.rows.len()).filter(|at| self.is_true(takes_part, *at, None)) {
                    let Some(key) = self.key(&by, at, cell, false) else {
                        continue;
                    };
                    let fits = (0..self.rows.len()).any(|b| {
                        (b != at || cell.is_some())
                            && self.is_true(other, b, None)
                            && self.key(other_by, b, None, false).as_ref() == Some(&key)
                            && self.row(at, None, Some(b), &nothing).is_true(&when)
                    });
                    if fits != finds_none {
                        places.insert(place(Some(at), cell.or(fields.first().copied())));
                    }
                }
            }
            return places;
        }
        let blanks = rule.kind == KindName::Duplicate;
        let mut groups: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for at in (0..self.rows.len()).filter(|at| self.is_true(takes_part, *at, None)) {
            if let Some(key) = self.key(&by, at, None, blanks) {
                groups.entry(key).or_default().push(at);
            }
        }
        let first = fields.first().copied();
        for group in groups.values() {
            match rule.kind {
                KindName::Duplicate => {
                    places.extend(group.iter().skip(1).map(|at| place(Some(*at), first)));
                }
                KindName::Varies => {
                    for field in &fields {
                        let nothing = BTreeMap::new();
                        let column = &self.slow.specification.dataset().fields[*field].column;
                        let column = parse(column).unwrap();
                        let values: BTreeSet<String> = group
                            .iter()
                            .filter_map(|at| self.row(*at, None, None, &nothing).shown(&column))
                            .collect();
                        let blank = |at: &&usize| self.rows[**at][*field].trim().is_empty();
                        let some_blank = group.iter().filter(blank).count();
                        let partly = some_blank > 0 && some_blank < group.len();
                        if values.len() > 1 || rule.blanks && partly {
                            places.insert(place(group.first().copied(), Some(*field)));
                        }
                    }
                }
                KindName::Group => {
                    let counts = self.counts(rule, group);
                    let when = parse(rule.when.as_ref().unwrap().get_ref()).unwrap();
                    let mut found = group
                        .iter()
                        .filter(|at| self.row(**at, None, None, &counts).is_true(&when));
                    match rule.reports {
                        Reported::Rows => places.extend(found.map(|at| place(Some(*at), first))),
                        Reported::First if found.next().is_some() => {
                            places.insert(place(group.first().copied(), first));
                        }
                        _ => {}
                    }
                }
                _ => {}
            }
        }
        places
    }

    fn counts(&self, rule: &WrittenRule, group: &[usize]) -> BTreeMap<String, f64> {
        let nothing = BTreeMap::new();
        let mut counts = BTreeMap::new();
        for (name, text) in &rule.counts {
            let ExpressionKind::Call {
                name: how,
                arguments,
                ..
            } = parse(text.get_ref()).unwrap().kind
            else {
                panic!("{text:?}")
            };
            let shown: Vec<String> = group
                .iter()
                .filter_map(|at| self.row(*at, None, None, &nothing).shown(&arguments[0]))
                .collect();
            let figure = match how.as_str() {
                "count" => shown.iter().filter(|t| *t == "true").count() as f64,
                "distinct" => shown.iter().collect::<BTreeSet<_>>().len() as f64,
                // Only compared with dates, and so told as a day from the same origin below.
                "earliest" => shown
                    .iter()
                    .map(|t| t.parse::<Date>().unwrap())
                    .min()
                    .map_or(f64::NAN, |d| f64::from(crate::check::layout::days(d))),
                other => panic!("{other}"),
            };
            counts.insert(name.clone(), figure);
        }
        counts
    }
}

fn found(checked: &Checked) -> BTreeMap<String, BTreeSet<Place>> {
    let mut by_rule: BTreeMap<String, BTreeSet<Place>> = BTreeMap::new();
    for finding in &checked.findings {
        by_rule.entry(finding.rule.clone()).or_default().insert((
            finding.row,
            finding.rule.clone(),
            finding.field.clone(),
        ));
    }
    by_rule
}

#[test]
fn rules_across_rows_agree_with_every_row_held_against_every_other() {
    let content = content();
    let specification = Specification::read(&content, "cld-r2").unwrap();
    let mut reached = BTreeSet::new();
    for (seed, length) in (0..).zip([3, 12, 40, 90].into_iter().cycle().take(12)) {
        let mut rows = super::agreement::rows(&specification, length, seed + 500);
        let people = specification
            .dataset()
            .fields
            .iter()
            .position(|f| f.column == "la_person_unique_identifier");
        for (at, row) in rows.iter_mut().enumerate() {
            // A blank line belongs to no rule; some people come several times, and some rows are copies.
            row[people.unwrap()] = format!("X{}", at * 7 % 11);
        }
        let copy = rows[0].clone();
        rows.push(copy);
        let file = csv(&specification, &rows);
        let checked = check_bytes(
            &specification,
            &file,
            settings("2026-01-15", Some("503")),
            17,
            2,
        );
        let fast = found(&checked);
        let plain = Plain {
            slow: Slow::new(&content, &specification, "2026-01-15".parse().unwrap()),
            rows: &rows,
        };
        for rule in &plain.slow.rules {
            if !matches!(
                rule.kind,
                KindName::Duplicate | KindName::Varies | KindName::Group | KindName::Pair
            ) {
                continue;
            }
            // A date as a figure is compared with dates, which the plain version has no value for.
            if rule
                .counts
                .values()
                .any(|c| c.get_ref().starts_with("earliest"))
            {
                continue;
            }
            let code = rule.code.get_ref();
            let expected = plain.places(rule);
            let nothing = BTreeSet::new();
            assert_eq!(
                fast.get(code).unwrap_or(&nothing),
                &expected,
                "{code} seed {seed}"
            );
            if !expected.is_empty() {
                reached.insert(code.clone());
            }
        }
    }
    assert!(reached.len() >= 17, "{reached:?}");
}

#[test]
fn what_does_not_fit_into_memory_gives_the_same_answer() {
    let content = content();
    let specification = Specification::read(&content, "cld-r2").unwrap();
    let rows = super::agreement::rows(&specification, 400, 9);
    let file = csv(&specification, &rows);
    let usual = settings("2026-01-15", Some("503"));
    let narrow = crate::check::CheckSettings {
        scratch: Scratch {
            memory: 0,
            folder: Some(std::env::temp_dir()),
        },
        ..usual.clone()
    };
    let expected = check_bytes(&specification, &file, usual, 64, 1);
    let spilled = check_bytes(&specification, &file, narrow, 64, 3);
    assert!(
        expected
            .findings
            .iter()
            .any(|f| f.rule.starts_with("CLD-X"))
    );
    assert_eq!(spilled.findings, expected.findings);
    assert_eq!(
        spilled.outcome.set_aside_across,
        expected.outcome.set_aside_across
    );
}
