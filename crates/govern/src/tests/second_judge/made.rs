//! Agreements, questions and moments, made by throwing dice.

use super::super::trained;
use crate::{
    Action, Approver, Asker, Circumstances, Digest, Question,
    agreement::clauses::{AreaOfLaw, Identifiability},
};
use chrono::{DateTime, TimeDelta, Utc};
use model::OrganisationCode;
use std::collections::{BTreeMap, BTreeSet};
use toml::{Table, Value};

/// Numbers that look random and repeat exactly (splitmix64).
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Once in `n` times.
    pub(super) fn once_in(&mut self, n: u64) -> bool {
        self.roll().is_multiple_of(n)
    }

    pub(super) fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.roll() % n as u64).unwrap()
    }

    pub(super) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        let index = self.below(from.len());
        &from[index]
    }

    /// A day near one of the days that matter.
    pub(super) fn day(&mut self) -> Value {
        let middle = chrono::NaiveDate::from_ymd_opt(2026, 9, 30).unwrap();
        let shift = TimeDelta::days(i64::try_from(self.below(500)).unwrap() - 250);
        Value::Datetime((middle + shift).to_string().parse().unwrap())
    }
}

/// The shipped agreement with some of its clauses changed.
pub(super) fn an_agreement(base: &Table, dice: &mut Dice) -> Table {
    let mut made = base.clone();
    if dice.once_in(12) {
        let mut suspended = Table::new();
        suspended.insert("from".into(), dice.day());
        suspended.insert("reason".into(), "x".into());
        if dice.once_in(2) {
            suspended.insert("lifted".into(), dice.day());
        }
        made.insert("suspended".into(), Value::Table(suspended));
    }
    if dice.once_in(6) {
        let key = *dice.pick(&["start", "end"]);
        let day = dice.day();
        made["term"].as_table_mut().unwrap().insert(key.into(), day);
    }
    if dice.once_in(6) {
        let signatures = made["signatures"].as_array_mut().unwrap();
        let index = dice.below(signatures.len());
        if dice.once_in(2) {
            signatures.remove(index);
        } else {
            let day = dice.day();
            signatures[index]
                .as_table_mut()
                .unwrap()
                .insert("signed".into(), day);
        }
    }
    if dice.once_in(8) {
        let duty = made["legal"]["confidentiality"].as_table_mut().unwrap();
        let answer = *dice.pick(&["consent", "section_251", "legal_obligation"]);
        duty.insert("answer".into(), answer.into());
        let approvals = (0..=dice.below(2)).map(|n| {
            let mut approval = Table::new();
            approval.insert("reference".into(), format!("A{n}").into());
            approval.insert("start".into(), dice.day());
            approval.insert("end".into(), dice.day());
            Value::Table(approval)
        });
        let approvals: Vec<Value> = approvals.collect();
        duty.insert("approvals".into(), Value::Array(approvals));
    }
    if dice.once_in(6) {
        let purposes = made["purposes"].as_array_mut().unwrap();
        let code = *dice.pick(&["research", "direct_care", "commissioning"]);
        purposes[1]
            .as_table_mut()
            .unwrap()
            .insert("code".into(), code.into());
        if dice.once_in(2) {
            purposes.remove(0);
        }
    }
    if dice.once_in(5) {
        let user = made["access"]["users"][0].as_table_mut().unwrap();
        let key = *dice.pick(&["from", "until"]);
        let day = dice.day();
        user.insert(key.into(), day);
    }
    if dice.once_in(8) {
        let party = made["parties"][0].as_table_mut().unwrap();
        party.insert(
            "roles".into(),
            Value::Array(vec!["joint_controller".into(), "recipient".into()]),
        );
        let access = made["access"].as_table_mut().unwrap();
        access["organisations"]
            .as_array_mut()
            .unwrap()
            .push("621".into());
        if dice.once_in(2) {
            let mut user = Table::new();
            user.insert("account".into(), "sol".into());
            user.insert("organisation".into(), "621".into());
            access["users"]
                .as_array_mut()
                .unwrap()
                .push(Value::Table(user));
        }
    }
    if dice.once_in(8) {
        made["access"]["roles"].as_array_mut().unwrap()[0] = "super_user".into();
    }
    if dice.once_in(8) {
        made.insert("identifiability".into(), "anonymous_aggregate".into());
    }
    if dice.once_in(16) {
        let tables: Vec<String> = made["datasets"]
            .as_table()
            .unwrap()
            .keys()
            .cloned()
            .collect();
        let dataset = made["datasets"][dice.pick(&tables).as_str()]
            .as_table_mut()
            .unwrap();
        let class = *dice.pick(&[
            "anonymous_aggregate",
            "deidentified",
            "personal_confidential",
        ]);
        dataset.insert("class".into(), class.into());
    }
    if dice.once_in(8) {
        let mut duty = made["legal"]["confidentiality"].as_table().unwrap().clone();
        duty.insert("answer".into(), "section_251".into());
        let mut approval = Table::new();
        approval.insert("reference".into(), "A9".into());
        approval.insert("start".into(), dice.day());
        approval.insert("end".into(), dice.day());
        duty.insert(
            "approvals".into(),
            Value::Array(vec![Value::Table(approval)]),
        );
        let tables: Vec<String> = made["datasets"]
            .as_table()
            .unwrap()
            .keys()
            .cloned()
            .collect();
        made["datasets"][dice.pick(&tables).as_str()]
            .as_table_mut()
            .unwrap()
            .insert("confidentiality".into(), Value::Table(duty));
    }
    if dice.once_in(12) {
        let access = made["access"].as_table_mut().unwrap();
        access["users"][0]
            .as_table_mut()
            .unwrap()
            .insert("employer".into(), "Another Body".into());
        let mut contract = Table::new();
        for (key, value) in [
            ("account", "ana"),
            ("employer", "Another Body"),
            ("host", "EST-ICB"),
            ("contract", "HC-1"),
        ] {
            contract.insert(key.into(), value.into());
        }
        contract.insert("start".into(), dice.day());
        contract.insert("end".into(), dice.day());
        access.insert(
            "honorary_contracts".into(),
            Value::Array(vec![Value::Table(contract)]),
        );
    }
    if dice.once_in(4) {
        made["access"].as_table_mut().unwrap().remove("training");
    }
    if dice.once_in(4) {
        let tables: Vec<String> = made["datasets"]
            .as_table()
            .unwrap()
            .keys()
            .cloned()
            .collect();
        let fields = made["datasets"][dice.pick(&tables).as_str()]["fields"]
            .as_table_mut()
            .unwrap();
        let names: Vec<String> = fields.keys().cloned().collect();
        fields.remove(dice.pick(&names));
    }
    if dice.once_in(4) {
        let pairs = made["linkage"].as_array_mut().unwrap();
        pairs.remove(dice.below(2));
    }
    if dice.once_in(4) {
        let kinds = made["opt_outs"].as_table_mut().unwrap();
        for kind in [
            "national_data_opt_out",
            "type_1",
            "local",
            "consent_withdrawn",
            "objection",
            "lacks_capacity",
        ] {
            let apply = dice.once_in(4);
            kinds[kind]
                .as_table_mut()
                .unwrap()
                .insert("apply".into(), apply.into());
        }
    }
    made
}

/// A question that the shipped agreement would mostly allow.
pub(super) fn a_question(base: &Table, dice: &mut Dice) -> Question {
    let mostly = |dice: &mut Dice, usual: &str, others: &[&str]| {
        if dice.once_in(14) {
            *dice.pick(others)
        } else {
            usual
        }
        .to_owned()
    };
    let tables = if dice.once_in(3) {
        vec![*dice.pick(&[
            "long_term_support",
            "person_quarter",
            "cld_event",
            "hospital_spell",
        ])]
    } else if dice.once_in(2) {
        vec!["cld_event", "hospital_spell"]
    } else if dice.once_in(8) {
        (0..dice.below(4))
            .map(|_| {
                *dice.pick(&[
                    "long_term_support",
                    "cld_event",
                    "hospital_spell",
                    "death",
                    "opt_out",
                ])
            })
            .collect()
    } else {
        vec!["long_term_support", "person_quarter"]
    };
    let mut columns: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for name in &tables {
        let Some(Value::Table(dataset)) = base["datasets"].get(name) else {
            continue;
        };
        let mut names: Vec<&str> = dataset["fields"]
            .as_table()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        if dice.once_in(15) {
            names.extend(["primary_diagnosis", "age_in_years"]);
        }
        let touched = (0..dice.below(5))
            .map(|_| (*dice.pick(&names)).to_owned())
            .collect();
        // A table may be named alone, with its columns, or by its columns only.
        if !dice.once_in(5) {
            columns.insert((*name).to_owned(), touched);
        }
    }
    let named: BTreeSet<String> = tables
        .iter()
        .filter(|_| !dice.once_in(10))
        .map(|t| (*t).to_owned())
        .collect();
    Question {
        agreement: mostly(dice, "DSA-0417", &["DSA-0418", ""]),
        purpose: mostly(
            dice,
            "commissioning",
            &["population_health", "research", "Commissioning", ""],
        ),
        person: Asker {
            username: mostly(dice, "ana", &["sol", "Ana", "ana "]),
            organisation: OrganisationCode::new(&mostly(
                dice,
                "EST-ICB",
                &["621", "991", "est-icb"],
            ))
            .unwrap(),
            role: mostly(dice, "analyst", &["super_user", "output_checker"]),
        },
        tables: named,
        columns,
        action: if dice.once_in(3) {
            Action::Release
        } else {
            Action::Ask
        },
        sql_digest: Digest::of("select"),
        preference_snapshot: (!dice.once_in(14)).then(|| {
            if dice.once_in(20) {
                String::new()
            } else if dice.once_in(8) {
                "opt_out@1 national_data_opt_out=ab,2026-04-01T00:00:00Z,2026-10-01T00:00:00Z"
                    .into()
            } else {
                "opt_out@1".into()
            }
        }),
        circumstances: circumstances(dice),
    }
}

/// What is known beside the question: mostly nothing that matters.
pub(super) fn circumstances(dice: &mut Dice) -> Circumstances {
    let mut known = trained();
    if dice.once_in(90) {
        known.training_valid_to = None;
    }
    if dice.once_in(90) {
        known.connection = None;
    } else if dice.once_in(60) {
        let connection = known.connection.as_mut().unwrap();
        connection.territory = *dice.pick(AreaOfLaw::ALL);
        if dice.once_in(2) {
            connection.places = ["elsewhere".to_owned()].into();
        }
    }
    if dice.once_in(8) {
        let first = chrono::NaiveDate::from_ymd_opt(2026, 4, 1).unwrap();
        let on = first + TimeDelta::days(i64::try_from(dice.below(360)).unwrap());
        let tables = ["person_quarter", "hospital_spell", "cld_event"];
        known.drawn.insert((*dice.pick(&tables)).to_owned(), on);
    }
    if dice.once_in(50) {
        known.classes_open.insert(*dice.pick(Identifiability::ALL));
    }
    if dice.once_in(30) {
        let near: DateTime<Utc> = "2026-10-01T00:00:00Z".parse().unwrap();
        let shift = TimeDelta::days(i64::try_from(dice.below(300)).unwrap() - 150);
        known.preferences_expire = Some(near + shift);
    }
    if dice.once_in(20) {
        let near = chrono::NaiveDate::from_ymd_opt(2026, 9, 1).unwrap();
        let shift = TimeDelta::days(i64::try_from(dice.below(600)).unwrap() - 200);
        known.training_valid_to = Some(near + shift);
    }
    if dice.once_in(30) {
        known.approvers_needed = u32::try_from(dice.below(3)).unwrap();
        for _ in 0..dice.below(4) {
            known.approvers.insert(Approver {
                account: (*dice.pick(&["ana", "cal", "ada", "ivy"])).to_owned(),
                role: (*dice.pick(&["caldicott_guardian", "asset_owner"])).to_owned(),
            });
        }
    }
    known
}

/// A moment: within a year, on one of the agreement's own days or beside one, or where clocks change.
pub(super) fn a_moment(made: &Table, dice: &mut Dice) -> DateTime<Utc> {
    let start: DateTime<Utc> = "2026-04-02T00:00:00Z".parse().unwrap();
    let hours = |dice: &mut Dice, most| TimeDelta::hours(i64::try_from(dice.below(most)).unwrap());
    if dice.once_in(12) {
        let edges = [
            "2026-10-25T00:30:00Z",
            "2027-03-28T00:59:59Z",
            "2026-08-31T23:30:00Z",
        ];
        dice.pick(&edges).parse().unwrap()
    } else if dice.once_in(2) {
        let mut days = Vec::new();
        for clause in ["term", "suspended", "legal", "access", "signatures"] {
            days_in(made.get(clause), &mut days);
        }
        let day: chrono::NaiveDate = dice.pick(&days).parse().unwrap();
        // From two hours before the day to two hours after it, so that both its ends are met.
        day.and_hms_opt(0, 0, 0).unwrap().and_utc() - TimeDelta::hours(2) + hours(dice, 28)
    } else {
        start + hours(dice, 360 * 24)
    }
}

/// Every day that a part of an agreement names.
pub(super) fn days_in(value: Option<&Value>, days: &mut Vec<String>) {
    match value {
        Some(Value::Datetime(day)) => days.push(day.to_string()),
        Some(Value::Table(table)) => table.values().for_each(|v| days_in(Some(v), days)),
        Some(Value::Array(items)) => items.iter().for_each(|v| days_in(Some(v), days)),
        _ => {}
    }
}
