//! The fast evaluator against a slow and obvious one, on generated rows; and the same answer whatever
//! the size of batches and the number of threads.

use super::{check_batches, check_bytes, content, csv, settings};
use crate::{
    check::{
        Checker, Specification,
        expression::{parser::parse, slow::Row, syntax::Expression},
        rule_file::{Against, Example, KindName, Per, RuleFile, WrittenRule},
        specification::shared::rule_paths,
    },
    receive::{HeaderMatch, RawBatch, RawColumn},
};
use model::{Content, Date, FieldKind};
use std::collections::{BTreeMap, BTreeSet};

/// A small generator of our own, so that a failure can be repeated from its seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % sides.max(1)
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.roll(from.len())]
    }
}

const ODD: [&str; 16] = [
    "",
    " ",
    "NULL",
    "n/a",
    "Unknown",
    "=1+1",
    "-5",
    "9.99E+09",
    "tab\there",
    "bell\u{7}",
    "two  spaces",
    "\u{a0}edge",
    " edge ",
    "É",
    "0",
    "x",
];
const DATES: [&str; 18] = [
    "01/01/1900",
    "31/12/1899",
    "01/01/1915",
    "05/05/1915",
    "14/03/1941",
    "01/06/2006",
    "31/12/2007",
    "29/02/2024",
    "31/12/2024",
    "01/01/2025",
    "24/02/2025",
    "25/02/2025",
    "30/06/2025",
    "31/12/2025",
    "01/01/2026",
    "16/01/2026",
    "31/12/9999",
    "31/02/2025",
];
const TEXTS: [&str; 16] = [
    "9995260182",
    "999 526 0182",
    "9995260183",
    "9999999999",
    "1234567890",
    "9434765919",
    "999-159-0838",
    "LN99 9ZA",
    "ln999za",
    "ZZ99 3VZ",
    "QX1 1AA",
    "LN1 1CA",
    "X1001",
    "about 999 526 0182 at ada@example.org",
    "1-999000003",
    "Y9990",
];
const NUMBERS: [&str; 12] = [
    "0",
    "0.00",
    "1",
    "2.5",
    "21",
    "169",
    "10000.01",
    "-3",
    "£1",
    "1,000",
    "23.505",
    "9999999999999999",
];

fn cell(specification: &Specification, field: usize, dice: &mut Dice) -> String {
    let facts = &specification.dataset().fields[field];
    if dice.roll(8) == 0 {
        return (*dice.pick(&ODD)).to_owned();
    }
    match facts.kind {
        FieldKind::Date => (*dice.pick(&DATES)).to_owned(),
        FieldKind::Integer | FieldKind::Decimal | FieldKind::Number => {
            (*dice.pick(&NUMBERS)).to_owned()
        }
        FieldKind::Text => (*dice.pick(&TEXTS)).to_owned(),
        FieldKind::Code => {
            let book = specification.code_book(field).unwrap();
            let value = &dice.pick(book.entries()).value;
            match dice.roll(8) {
                0 => value.to_uppercase(),
                1 => value.replace('-', "–"),
                2 => value.replace(' ', "  "),
                3 => format!("{value}?"),
                _ => value.clone(),
            }
        }
    }
}

/// The base rows, and all rows that break a rule according to its examples.
fn starting_rows(specification: &Specification) -> Vec<BTreeMap<String, String>> {
    let base = &specification.base_rows;
    let failing = specification.rules.iter().flat_map(|rule| &rule.fails);
    let rows = failing.flat_map(|example| {
        let written: Vec<&BTreeMap<String, String>> = match example {
            Example::Row(row) => vec![row],
            Example::File(file) => file.rows.iter().collect(),
            Example::Raw(_) => Vec::new(),
        };
        let whole = |row| specification.whole_row(row, example.release()).unwrap();
        written.into_iter().map(whole).collect::<Vec<_>>()
    });
    base.rows.values().cloned().chain(rows).collect()
}

pub(super) fn rows(specification: &Specification, count: usize, seed: u64) -> Vec<Vec<String>> {
    let mut dice = Dice(seed);
    let bases = starting_rows(specification);
    let fields = &specification.dataset().fields;
    (0..count)
        .map(|_| {
            let base = dice.pick(&bases);
            let mut row: Vec<String> = fields
                .iter()
                .map(|f| base.get(&f.column).cloned().unwrap_or_default())
                .collect();
            match dice.roll(40) {
                0 => row.iter_mut().for_each(String::clear),
                1 => (0..row.len()).for_each(|at| row[at] = cell(specification, at, &mut dice)),
                _ => {
                    for _ in 0..dice.roll(7) {
                        let at = dice.roll(row.len());
                        row[at] = cell(specification, at, &mut dice);
                    }
                }
            }
            row
        })
        .collect()
}

pub(super) fn batch(rows: &[Vec<String>], widths: &[u32], first_row: u64) -> RawBatch {
    let fields = rows.first().map_or(0, Vec::len);
    let mut columns = vec![RawColumn::default(); fields];
    for row in rows {
        for (column, cell) in columns.iter_mut().zip(row) {
            column.bytes.extend_from_slice(cell.as_bytes());
            column.ends.push(u32::try_from(column.bytes.len()).unwrap());
        }
    }
    let numbers: Vec<u64> = (first_row..).take(rows.len()).collect();
    RawBatch {
        rows: rows.len(),
        lines: numbers.clone(),
        row_numbers: numbers,
        widths: widths.to_vec(),
        columns,
    }
}

pub(super) fn header(fields: usize) -> HeaderMatch {
    HeaderMatch {
        columns: (0..fields).map(|at| u32::try_from(at).ok()).collect(),
        in_order: true,
        width: fields,
        row: 1,
        ..HeaderMatch::default()
    }
}

/// Row (none for the file), rule and field.
pub(super) type Place = (Option<u64>, String, Option<String>);

/// Rules read again from their files, and judged one row at a time.
pub(super) struct Slow<'a> {
    pub(super) content: &'a Content,
    pub(super) specification: &'a Specification,
    pub(super) definitions: BTreeMap<String, Expression>,
    pub(super) rules: Vec<WrittenRule>,
    pub(super) today: Date,
}

impl<'a> Slow<'a> {
    pub(super) fn new(content: &'a Content, specification: &'a Specification, today: Date) -> Self {
        let mut slow = Self {
            content,
            specification,
            definitions: BTreeMap::new(),
            rules: Vec::new(),
            today,
        };
        let dataset = specification.dataset();
        let is_for = |releases: &[toml::Spanned<String>]| {
            let release = dataset.release().unwrap();
            releases.is_empty() || releases.iter().any(|named| named.get_ref() == release)
        };
        for path in rule_paths(content, dataset) {
            let file: RuleFile = content.toml(&path).unwrap();
            for definition in file.definitions {
                let is = parse(definition.is.get_ref()).unwrap();
                if is_for(&definition.releases) {
                    slow.definitions.insert(definition.name.into_inner(), is);
                }
            }
            // Rules about the last submission have nothing to say where there is none.
            let written = content.text(&path).unwrap();
            let of_last = |rule: &WrittenRule| {
                let code = format!("code = \"{}\"", rule.code.get_ref());
                let from = written.split(&code).nth(1).unwrap_or_default();
                let text = from.split("says = ").next().unwrap_or_default();
                text.contains("last.")
                    || text.contains("compared.")
                    || text.contains("in_shared_months")
                    || rule.against == Against::Last
            };
            let rules = file.rules.into_iter();
            slow.rules
                .extend(rules.filter(|r| is_for(&r.releases) && !of_last(r)));
        }
        slow
    }

    pub(super) fn fields(&self, rule: &WrittenRule) -> Vec<usize> {
        let fields = &self.specification.dataset().fields;
        rule.fields
            .iter()
            .flat_map(|name| match name.get_ref().as_str() {
                "*" => (0..fields.len()).collect(),
                "codes" => (0..fields.len())
                    .filter(|at| fields[*at].kind == FieldKind::Code)
                    .collect(),
                name => vec![fields.iter().position(|f| f.column == name).unwrap()],
            })
            .collect()
    }

    pub(super) fn holds(
        &self,
        when: &Expression,
        row: &(Vec<String>, u32),
        cell: Option<usize>,
        counted: &BTreeMap<String, f64>,
    ) -> bool {
        Row {
            content: self.content,
            specification: self.specification,
            definitions: &self.definitions,
            cells: &row.0,
            other: None,
            cell,
            today: self.today,
            sender: "503",
            row_width: row.1 as usize,
            header_width: self.specification.dataset().fields.len(),
            counted,
        }
        .is_true(when)
    }

    pub(super) fn in_row(
        &self,
        row: &(Vec<String>, u32),
        number: u64,
        places: &mut BTreeSet<Place>,
    ) -> bool {
        let nothing = BTreeMap::new();
        let is_set_apart = self.rules.iter().filter(|r| r.alone).find(|rule| {
            let when = parse(rule.when.as_ref().unwrap().get_ref()).unwrap();
            self.holds(&when, row, None, &nothing)
        });
        if let Some(rule) = is_set_apart {
            places.insert((Some(number), rule.code.get_ref().clone(), None));
            return false;
        }
        for rule in &self.rules {
            let when = rule.when.as_ref().map(|w| parse(w.get_ref()).unwrap());
            let true_for = |cell| {
                when.as_ref()
                    .is_none_or(|when| self.holds(when, row, cell, &nothing))
            };
            let fields = self.fields(rule);
            let found: Vec<Option<usize>> = match rule.kind {
                _ if rule.alone => Vec::new(),
                KindName::Condition if true_for(None) => vec![fields.first().copied()],
                KindName::Cell | KindName::Required | KindName::NotApplicable => fields
                    .iter()
                    .filter(|field| {
                        let blank = row.0[**field].trim().is_empty();
                        let fits = match rule.kind {
                            KindName::Required => blank,
                            KindName::NotApplicable => !blank,
                            _ => true,
                        };
                        fits && true_for(Some(**field))
                    })
                    .map(|field| Some(*field))
                    .collect(),
                _ => Vec::new(),
            };
            for field in found {
                let name = field.map(|at| self.specification.dataset().fields[at].name.clone());
                places.insert((Some(number), rule.code.get_ref().clone(), name));
            }
        }
        true
    }

    /// Rules that count over the file, or are reported once for it.
    fn in_file(&self, rows: &[(Vec<String>, u32)], places: &mut BTreeSet<Place>) {
        let nothing = BTreeMap::new();
        let name = |field: Option<usize>| {
            field.map(|at| self.specification.dataset().fields[at].name.clone())
        };
        for rule in &self.rules {
            let code = rule.code.get_ref().clone();
            let fields = self.fields(rule);
            let first = fields.first().copied();
            match rule.kind {
                KindName::Once => {
                    let when = parse(rule.when.as_ref().unwrap().get_ref()).unwrap();
                    if rows
                        .iter()
                        .any(|row| self.holds(&when, row, None, &nothing))
                    {
                        places.insert((None, code, name(first)));
                    }
                }
                KindName::OneValue => {
                    for field in fields {
                        let is_date =
                            self.specification.dataset().fields[field].kind == FieldKind::Date;
                        let values: BTreeSet<String> = rows
                            .iter()
                            .map(|row| row.0[field].trim().to_uppercase())
                            .filter(|text| {
                                !text.is_empty()
                                    && (!is_date || Date::parse_from_str(text, "%d/%m/%Y").is_ok())
                            })
                            .collect();
                        if values.len() > 1 {
                            places.insert((None, code.clone(), name(Some(field))));
                        }
                    }
                }
                KindName::Count => {
                    let per_cell = rule.counts.values().any(|c| c.get_ref().contains("cell)"));
                    let columns = if per_cell {
                        fields.iter().map(|f| Some(*f)).collect()
                    } else {
                        vec![None]
                    };
                    let mut groups: Vec<(Option<usize>, BTreeMap<String, f64>)> = Vec::new();
                    for cell in columns {
                        let mut counts = BTreeMap::new();
                        for (named, counted) in &rule.counts {
                            let counted = parse(counted.get_ref()).unwrap();
                            let n = rows
                                .iter()
                                .filter(|row| self.holds(&counted, row, cell, &nothing))
                                .count();
                            counts.insert(named.clone(), n as f64);
                        }
                        groups.push((cell.or(first), counts));
                    }
                    if rule.per == Per::File && groups.len() > 1 {
                        let mut sums = BTreeMap::new();
                        for (_, counts) in &groups {
                            for (named, n) in counts {
                                *sums.entry(named.clone()).or_insert(0.0) += n;
                            }
                        }
                        groups = vec![(None, sums)];
                    }
                    let when = parse(rule.when.as_ref().unwrap().get_ref()).unwrap();
                    for (field, mut counts) in groups {
                        counts.insert("rows".to_owned(), rows.len() as f64);
                        let different: BTreeSet<String> = rows
                            .iter()
                            .filter_map(|row| Some(row.0[field?].trim().to_uppercase()))
                            .filter(|text| !text.is_empty())
                            .collect();
                        counts.insert("different".to_owned(), different.len().min(2) as f64);
                        let nobody = (vec![String::new(); 200], 0);
                        if self.holds(&when, &nobody, None, &counts) {
                            places.insert((None, code.clone(), name(field)));
                        }
                    }
                }
                _ => {}
            }
        }
    }
}

#[test]
fn the_fast_evaluator_agrees_with_the_slow_one() {
    fast_and_slow_agree("cld-r2");
}

#[test]
fn they_agree_on_an_earlier_release_too() {
    fast_and_slow_agree("cld-r1");
}

fn fast_and_slow_agree(name: &str) {
    let content = content();
    let specification = Specification::read(&content, name).unwrap();
    let today: Date = "2026-01-15".parse().unwrap();
    let slow = Slow::new(&content, &specification, today);
    let fields = specification.dataset().fields.len();
    let mut rules_that_found = BTreeSet::new();
    for seed in 0..60 {
        let mut dice = Dice(seed + 1000);
        // Files of a few rows, for the rules that count, and of more than one word of bits.
        let length = *dice.pick(&[1, 2, 3, 64, 130]);
        let mut rows = rows(&specification, length, seed);
        if seed == 7 {
            // One row over and over, for the rules about columns that have one value only.
            rows = vec![rows[0].clone(); 130];
        }
        let widths: Vec<u32> = rows
            .iter()
            .map(|_| u32::try_from(fields).unwrap() - u32::from(dice.roll(30) == 0))
            .collect();
        let checker = Checker::new(
            &specification,
            &header(fields),
            settings("2026-01-15", Some("503")),
        );
        let (findings, facts) = check_batches(&checker, vec![batch(&rows, &widths, 2)]);
        let mut fast: BTreeSet<Place> = findings
            .into_iter()
            .map(|f| (f.row, f.rule, f.field))
            .collect();
        let received = crate::check::tests::whole_files::received();
        fast.extend(
            checker
                .finish(&facts, None, &received)
                .into_iter()
                // Months have tests of their own, in `profile`.
                .filter(|f| specification.rule(&f.rule).unwrap().kind() != "months")
                .map(|f| (f.row, f.rule, f.field)),
        );
        let mut expected = BTreeSet::new();
        let mut judged = Vec::new();
        for ((row, width), number) in rows.into_iter().zip(widths).zip(2..) {
            let row = (row, width);
            if slow.in_row(&row, number, &mut expected) {
                judged.push(row);
            }
        }
        slow.in_file(&judged, &mut expected);
        let missed: Vec<_> = expected.difference(&fast).take(5).collect();
        let extra: Vec<_> = fast.difference(&expected).take(5).collect();
        assert!(
            missed.is_empty() && extra.is_empty(),
            "seed {seed}: missed {missed:?}, extra {extra:?}"
        );
        rules_that_found.extend(expected.into_iter().map(|(_, rule, _)| rule));
    }
    let silent: Vec<&str> = slow
        .rules
        .iter()
        .filter(|r| {
            // Rules across rows have their own second version, in `across.rs`.
            !matches!(
                r.kind,
                KindName::Header
                    | KindName::File
                    | KindName::Months
                    | KindName::Duplicate
                    | KindName::Varies
                    | KindName::Group
                    | KindName::Pair
                    | KindName::Tally
            )
        })
        .map(|r| r.code.get_ref().as_str())
        .filter(|code| !rules_that_found.contains(*code))
        .collect();
    // A rule that generated rows do not reach is a rule about which the agreement says nothing.
    assert!(silent.len() <= 3, "{silent:?}");
}

#[test]
fn batches_and_threads_do_not_change_the_answer() {
    let content = content();
    let specification = Specification::read(&content, "cld-r2").unwrap();
    let file = csv(&specification, &rows(&specification, 500, 77));
    let settings = settings("2026-01-15", Some("503"));
    let once = check_bytes(&specification, &file, settings.clone(), 100_000, 1);
    assert!(once.findings.len() > 500);
    for (batch_rows, threads) in [(1, 4), (7, 3), (64, 2), (65, 8), (499, 2)] {
        let again = check_bytes(&specification, &file, settings.clone(), batch_rows, threads);
        assert_eq!(
            again.findings, once.findings,
            "{batch_rows} rows, {threads} threads"
        );
        assert_eq!(again.outcome.rows_accepted, once.outcome.rows_accepted);
        assert_eq!(again.outcome.rows_rejected, once.outcome.rows_rejected);
        assert_eq!(again.outcome.rows_skipped, once.outcome.rows_skipped);
        let total = |c: &super::Checked| -> Vec<(String, u64)> {
            let causes = c.gathering.tally().causes();
            causes.map(|t| (t.rule.clone(), t.rows)).collect()
        };
        assert_eq!(total(&again), total(&once));
        let row_numbers = |c: &super::Checked| -> Vec<i64> {
            c.accepted
                .iter()
                .flat_map(|b| {
                    let numbers = b.column(0).as_any();
                    let numbers = numbers.downcast_ref::<arrow_array::Int64Array>().unwrap();
                    numbers.values().to_vec()
                })
                .collect()
        };
        assert_eq!(row_numbers(&again), row_numbers(&once));
    }
}
