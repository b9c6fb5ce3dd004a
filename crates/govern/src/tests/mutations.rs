//! A change of any clause changes everything that speaks of it, and nothing that does not.
//!
//! Each leaf of an agreement that uses every clause is changed, and each item of a list is taken out, one
//! at a time. For each thing that is made from an agreement, `SPEAKERS` says of which clauses it speaks:
//! those change it. Something new that is made from agreements is one more entry.

use super::shipped;
use crate::{
    agreement::{Clauses, House, changes, clauses, list_in_words, review, state::State},
    compile::{self, GovernedView, Recipient},
    policy,
    register::Used,
};
use std::{collections::BTreeSet, fmt::Write as _, sync::OnceLock};
use toml::{Table, Value};

const COMPLETE: &str = include_str!("complete.toml");

/// Something that is made from an agreement.
struct Speaker {
    name: &'static str,
    made: fn(&Clauses, &House) -> String,
    /// The clauses that it speaks of: a path that begins with one of these changes it. `*` is any one part.
    speaks_of: &'static [&'static str],
    /// Clauses that may or may not change it, such as a name that stands in it only at times. With a sign
    /// of equality before it, the clause itself and nothing below it.
    may: &'static [&'static str],
}

const SPEAKERS: &[Speaker] = &[
    Speaker {
        name: "the page",
        made: |clauses, _| {
            clauses
                .in_words()
                .into_iter()
                .flat_map(|section| section.sentences)
                .collect::<Vec<_>>()
                .join("\n")
        },
        speaks_of: &["*"],
        may: &[],
    },
    Speaker {
        name: "the row filter",
        made: filters,
        speaks_of: &[
            "datasets.*.period",
            "datasets.*.facts",
            "linkage.*.grade_floor",
            "opt_outs.*.apply",
            "minimisation.all.1",
            "minimisation.all.2.any.0",
        ],
        // What codes are called is not in a filter, and what they are is.
        may: &[
            "minimisation",
            "linkage",
            "=datasets.*",
            // Preferences may be about a programme, a purpose or a recipient.
            "opt_outs.*.programme",
            "purposes",
            "access.organisations",
        ],
    },
    Speaker {
        name: "the policies",
        made: |clauses, _| policy::in_text(clauses),
        speaks_of: &[
            "reference",
            "version",
            "term.start",
            "term.end",
            "access.organisations",
            "access.roles",
            "access.users.*.account",
            "access.users.*.organisation",
            "access.honorary_contracts.*.start",
            "access.honorary_contracts.*.end",
            "access.location",
            "datasets.*.refresh",
            "purposes.*.code",
            "outputs.file_kinds",
            "reidentification.purposes",
            "reidentification.professionals.*.account",
            "reidentification.professionals.*.role",
            "reidentification.approvers",
            "reidentification.days",
        ],
        may: &[
            "access",
            "datasets",
            "linkage",
            "opt_outs.*.apply",
            "=opt_outs.*",
            "reidentification",
            "identifiability",
            "purposes",
        ],
    },
    Speaker {
        name: "the columns",
        made: masks,
        speaks_of: &[
            "datasets.*.fields.*.from",
            "datasets.*.fields.*.treatment",
            "linkage.*.key_domain",
            "reference",
            "purposes.*.code",
        ],
        // Within one line of versions pseudonyms stay the same.
        may: &[
            "version",
            "datasets",
            "linkage",
            "access.organisations",
            "purposes",
        ],
    },
    Speaker {
        name: "the sentence",
        made: |clauses, _| clauses.sentence(),
        speaks_of: &[
            "identifiability",
            "term.start",
            "term.end",
            "datasets.*.title",
            "purposes.*.code",
            "opt_outs.*.apply",
            "minimisation.all.1",
        ],
        may: &[
            "reidentification",
            "minimisation",
            "parties",
            "access",
            "datasets",
            "purposes",
            "opt_outs",
        ],
    },
    Speaker {
        name: "the register entry",
        made: |clauses, _| {
            let on = "2026-05-01".parse().unwrap();
            serde_json::to_string(&clauses.register_entry(on)).unwrap()
        },
        speaks_of: &[
            "reference",
            "version",
            "title",
            "lay_summary",
            "identifiability",
            "contact",
            "term.issued",
            "term.start",
            "term.end",
            "term.review",
            "legal.art6",
            "legal.art9",
            "legal.statutory_power",
            "legal.confidentiality.answer",
            "legal.confidentiality.reason",
            "legal.confidentiality.approvals.*.reference",
            "parties.*.organisation",
            "parties.*.name",
            "parties.*.roles",
            "purposes.*.code",
            "purposes.*.lay_summary",
            "purposes.*.outputs",
            "purposes.*.benefits",
            "purposes.*.commercial",
            "datasets.*.title",
            "datasets.*.why",
            "datasets.*.fields.*.why",
            "datasets.*.fields.*.treatment.rounded",
            "linkage.*.why",
            "opt_outs.*.apply",
            "opt_outs.*.reason",
            "outputs.rule_set",
            "outputs.checker",
        ],
        may: &["*"],
    },
    Speaker {
        name: "the notice",
        made: |clauses, _| format!("{:?}", clauses.notice()),
        speaks_of: &[
            "lay_title",
            "lay_summary",
            "identifiability",
            "purposes.*.lay_summary",
            "purposes.*.benefits",
            "purposes.*.commercial",
            "datasets.*.title",
            "datasets.*.why",
            "linkage.*.why",
            "opt_outs.*.apply",
            "storage.*.place",
            "term.start",
            "term.end",
            "term.destruction_due",
            "term.retention.what",
            "onward.sharing",
            "contact.name",
        ],
        may: &["*"],
    },
    Speaker {
        name: "the entry in the form of the national register",
        made: |clauses, _| serde_json::to_string(&clauses.national_use(&Used::default())).unwrap(),
        speaks_of: &[
            "reference",
            "term.start",
            "term.end",
            "datasets.*.title",
            "opt_outs.*.apply",
            "opt_outs.*.reason",
            "purposes.*.outputs",
        ],
        may: &["*"],
    },
    Speaker {
        name: "the state over time",
        made: |clauses, _| {
            let first: model::Date = "2026-02-01".parse().unwrap();
            let mut said = String::new();
            let mut before: Option<State> = None;
            for day in first.iter_days().take(600) {
                let state = clauses.state(day);
                if before != Some(state) {
                    write!(said, "{day} {state}; ").unwrap();
                }
                before = Some(state);
            }
            said
        },
        speaks_of: &[
            "term.start",
            "term.end",
            "suspended.from",
            "suspended.lifted",
            "submitted.on",
        ],
        may: &[
            "parties",
            "framework_contracts",
            "approved",
            "submitted",
            "signatures",
            "suspended",
        ],
    },
];

fn filters(clauses: &Clauses, house: &House) -> String {
    said_of_views(clauses, house, |view| view.filter.as_str().to_owned())
}

fn masks(clauses: &Clauses, house: &House) -> String {
    said_of_views(clauses, house, |view| format!("{:?}", view.columns))
}

/// What is said of the view of every table for every recipient, or which fact the table does not keep.
fn said_of_views(
    clauses: &Clauses,
    house: &House,
    says: impl Fn(GovernedView) -> String,
) -> String {
    let mut said = BTreeSet::new();
    for dataset in &clauses.datasets {
        let columns: BTreeSet<String> = dataset
            .1
            .fields
            .keys()
            .map(|column| column.as_str().to_owned())
            .collect();
        for organisation in &clauses.access.organisations {
            for purpose in &clauses.purposes {
                let recipient = Recipient {
                    organisation,
                    purpose: purpose.code,
                    on: "2026-05-01".parse().unwrap(),
                };
                let view = compile::view(clauses, house, dataset, &columns, recipient)
                    .map_or_else(|missing| format!("{missing:?}"), &says);
                said.insert(format!("{}: {view}", dataset.0));
            }
        }
    }
    said.into_iter().collect::<Vec<_>>().join("\n")
}

/// A changed agreement: the path that was changed, and the clauses as they are then.
struct Mutant {
    path: Vec<String>,
    clauses: Clauses,
}

/// Made once for all tests: each is read as a whole.
fn mutants(house: &House) -> &'static [Mutant] {
    static MADE: OnceLock<Vec<Mutant>> = OnceLock::new();
    MADE.get_or_init(|| make_mutants(house))
}

fn make_mutants(house: &House) -> Vec<Mutant> {
    let base: Table = COMPLETE.parse().unwrap();
    let (before, _) = review(COMPLETE, house);
    let before = before.unwrap();
    let mut paths = Vec::new();
    every_path(&Value::Table(base.clone()), &mut Vec::new(), &mut paths);
    let mut made = Vec::new();
    let mut unchanged = Vec::new();
    for path in paths {
        let mut any = false;
        for change in changes_of(at(&base, &path)) {
            let mut changed = Value::Table(base.clone());
            put(&mut changed, &path, change);
            let text = toml::to_string(&changed).unwrap();
            if let (Some(clauses), _) = review(&text, house)
                && clauses != before
            {
                made.push(Mutant {
                    path: path.clone(),
                    clauses,
                });
                any = true;
                break;
            }
        }
        if !any && !matches!(at(&base, &path), Value::Table(_) | Value::Array(_)) {
            unchanged.push(path.join("."));
        }
    }
    // What a map names its entries by is not a leaf; every leaf was changed somehow.
    assert!(unchanged.is_empty(), "{unchanged:?}");
    made
}

fn every_path(value: &Value, path: &mut Vec<String>, paths: &mut Vec<Vec<String>>) {
    if !path.is_empty() {
        paths.push(path.clone());
    }
    let mut below = |key: String, value: &Value| {
        path.push(key);
        every_path(value, path, paths);
        path.pop();
    };
    match value {
        Value::Table(table) => {
            for (key, value) in table {
                below(key.clone(), value);
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                below(index.to_string(), value);
            }
        }
        _ => {}
    }
}

/// What a value may be changed to: a leaf to something else, a list or a table to nothing.
fn changes_of(value: &Value) -> Vec<Option<Value>> {
    match value {
        Value::String(text) => {
            let mut to: Vec<Value> = vec![format!("{text} x").into(), format!("{text}x").into()];
            let lists: [Vec<&str>; 10] = [
                clauses::Identifiability::ALL
                    .iter()
                    .map(|c| c.code())
                    .collect(),
                clauses::ConfidentialityAnswer::ALL
                    .iter()
                    .map(|c| c.code())
                    .collect(),
                clauses::PurposeCode::ALL.iter().map(|c| c.code()).collect(),
                clauses::PartyRole::ALL.iter().map(|c| c.code()).collect(),
                clauses::AreaOfLaw::ALL.iter().map(|c| c.code()).collect(),
                clauses::Sector::ALL.iter().map(|c| c.code()).collect(),
                clauses::Refresh::ALL.iter().map(|c| c.code()).collect(),
                clauses::Checker::ALL.iter().map(|c| c.code()).collect(),
                vec![
                    "not_sensitive",
                    "ordinary",
                    "certain",
                    "super_user",
                    "none",
                    "standards_exceeded",
                    "standards_met",
                    "pdf",
                    "zip",
                    "year",
                    "as_is",
                    "99 and over",
                ],
                vec!["18 to 60", "dementia-2"],
            ];
            to.extend(lists.concat().into_iter().map(Value::from));
            to.push(Value::String("EST-HAVEN".to_owned()));
            to.into_iter().map(Some).collect()
        }
        Value::Integer(n) => vec![Some(Value::Integer(n + 1))],
        Value::Boolean(b) => vec![Some(Value::Boolean(!b))],
        Value::Datetime(day) => {
            let day: model::Date = day.to_string().parse().unwrap();
            let next = day.succ_opt().unwrap().to_string().parse().unwrap();
            vec![Some(Value::Datetime(next))]
        }
        Value::Table(_) | Value::Array(_) => vec![None],
        Value::Float(_) => Vec::new(),
    }
}

fn at<'a>(base: &'a Table, path: &[String]) -> &'a Value {
    let (first, rest) = path.split_first().unwrap();
    rest.iter()
        .fold(&base[first.as_str()], |value, key| match value {
            Value::Table(table) => &table[key.as_str()],
            Value::Array(items) => &items[key.parse::<usize>().unwrap()],
            _ => unreachable!(),
        })
}

/// Puts a value in the place of another, or takes it out.
fn put(value: &mut Value, path: &[String], to: Option<Value>) {
    let (key, rest) = path.split_first().unwrap();
    match (value, rest.is_empty()) {
        (Value::Table(table), true) => match to {
            Some(to) => {
                table.insert(key.clone(), to);
            }
            None => {
                table.remove(key);
            }
        },
        (Value::Array(items), true) => {
            let index: usize = key.parse().unwrap();
            match to {
                Some(to) => items[index] = to,
                None => {
                    items.remove(index);
                }
            }
        }
        (Value::Table(table), false) => put(&mut table[key.as_str()], rest, to),
        (Value::Array(items), false) => {
            let index: usize = key.parse().unwrap();
            put(&mut items[index], rest, to);
        }
        _ => unreachable!(),
    }
}

fn begins(path: &[String], pattern: &str) -> bool {
    if pattern == "*" {
        return true;
    }
    let (pattern, whole) = pattern
        .strip_prefix('=')
        .map_or((pattern, false), |rest| (rest, true));
    let parts: Vec<&str> = pattern.split('.').collect();
    path.len() >= parts.len()
        && (!whole || path.len() == parts.len())
        && path
            .iter()
            .zip(parts)
            .all(|(part, wanted)| wanted == "*" || part == wanted)
}

#[test]
fn a_change_of_any_clause_changes_whatever_speaks_of_it() {
    let house = House::read(&shipped()).unwrap();
    let (complete, findings) = review(COMPLETE, &house);
    assert!(findings.is_empty(), "{findings:#?}");
    let complete = complete.unwrap();
    let mutants = mutants(&house);
    assert!(mutants.len() > 300, "{}", mutants.len());
    let mut wrong = Vec::new();
    for speaker in SPEAKERS {
        let before = (speaker.made)(&complete, &house);
        let mut moved = 0;
        for mutant in mutants {
            let named = |patterns: &[&str]| patterns.iter().any(|p| begins(&mutant.path, p));
            let changed = (speaker.made)(&mutant.clauses, &house) != before;
            moved += usize::from(changed);
            let path = mutant.path.join(".");
            if named(speaker.speaks_of) && !changed {
                wrong.push(format!("{path} leaves {} as it was", speaker.name));
            } else if changed && !named(speaker.speaks_of) && !named(speaker.may) {
                wrong.push(format!("{path} changes {}", speaker.name));
            }
        }
        assert!(moved > 3, "{} never changes", speaker.name);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_change_of_a_clause_is_told() {
    let house = House::read(&shipped()).unwrap();
    let complete = review(COMPLETE, &house).0.unwrap();
    assert_eq!(changes(&complete, &complete), []);
    for mutant in mutants(&house) {
        let path = mutant.path.join(".");
        for told in [
            changes(&complete, &mutant.clauses),
            changes(&mutant.clauses, &complete),
        ] {
            assert!(!told.is_empty(), "a change of {path} is not told");
            for change in &told {
                assert!(
                    !change.says.is_empty() && change.says.ends_with(['.', '”']),
                    "{change:?}"
                );
                let first = change.clause.split('.').next().unwrap();
                assert_eq!(first, mutant.path[0], "{path}: {change:?}");
            }
        }
    }
}

#[test]
fn an_agreement_that_is_written_reads_back_the_same() {
    let house = House::read(&shipped()).unwrap();
    let complete = review(COMPLETE, &house).0.unwrap();
    let text = complete.to_text().unwrap();
    let (again, findings) = review(&text, &house);
    assert_eq!(again.as_ref(), Some(&complete));
    assert_eq!(findings, []);
    assert_eq!(changes(&complete, &again.unwrap()), []);
    // Not a clause is left out of what every clause is tried on.
    let sections: Vec<&str> = complete.in_words().iter().map(|s| s.title).collect();
    assert_eq!(
        sections.len(),
        15,
        "{}",
        list_in_words(sections.clone(), "and")
    );
}
