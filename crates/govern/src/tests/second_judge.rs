//! A second judge, slow and obvious: it reads the agreement's TOML as a tree of text, collects every
//! reason to refuse, and names the first. It shares no code with the first, and agrees with it on
//! thousands of generated agreements and questions.

use super::{MAIN, read, shipped};
use crate::{
    Action, Agreement, Approver, Asker, Circumstances, Digest, Policies, Question, QuestionFacts,
    judge,
};
use chrono::{DateTime, Datelike, Days, TimeDelta, Timelike, Utc, Weekday};
use model::OrganisationCode;
use std::collections::{BTreeMap, BTreeSet};
use toml::{Table, Value};

/// The order in which clauses are asked, from the documentation of agreements.
const ORDER: [&str; 21] = [
    "reference",
    "submitted",
    "approved",
    "signatures",
    "term.end",
    "suspended",
    "term.start",
    "legal.confidentiality",
    "purposes",
    "access.organisations",
    "access.users",
    "access.honorary_contracts",
    "access.training",
    "access.roles",
    "identifiability",
    "datasets",
    "datasets.*.fields",
    "datasets.*.confidentiality",
    "linkage",
    "opt_outs",
    "approvals",
];

/// The clause that refuses, or what is opened: each table with its columns.
type Verdict = Result<BTreeMap<String, BTreeSet<String>>, String>;

fn slow_judge(agreement: &Table, question: &Question, now: DateTime<Utc>) -> Verdict {
    let today = uk_day(now);
    let mut reasons: Vec<String> = Vec::new();
    let mut refuse = |when: bool, clause: &str| {
        if when {
            reasons.push(clause.to_owned());
        }
    };

    refuse(
        text(agreement, "reference") != question.agreement,
        "reference",
    );

    let submitted = text(table(agreement, "submitted"), "on");
    refuse(submitted > today, "submitted");
    let approvals = list(agreement, "approved");
    let approved = approvals.into_iter().filter(|a| text(a, "on") <= today);
    refuse(approved.count() < 2, "approved");

    for party in list(agreement, "parties") {
        let signed = list(agreement, "signatures")
            .into_iter()
            .any(|s| text(s, "party") == text(party, "organisation") && text(s, "signed") <= today);
        refuse(!signed, "signatures");
    }
    let term = table(agreement, "term");
    refuse(today > text(term, "end"), "term.end");
    refuse(today < text(term, "start"), "term.start");
    if let Some(Value::Table(suspended)) = agreement.get("suspended") {
        let begun = text(suspended, "from") <= today;
        let over = suspended.contains_key("lifted") && text(suspended, "lifted") <= today;
        refuse(begun && !over, "suspended");
    }

    let duty = table(table(agreement, "legal"), "confidentiality");
    if ["consent", "section_251"].contains(&text(duty, "answer").as_str()) {
        let approved = list(duty, "approvals")
            .into_iter()
            .any(|a| text(a, "start") <= today && text(a, "end") >= today);
        refuse(!approved, "legal.confidentiality");
    }

    let purposes: Vec<String> = list(agreement, "purposes")
        .into_iter()
        .map(|p| text(p, "code"))
        .collect();
    refuse(!purposes.contains(&question.purpose), "purposes");

    let access = table(agreement, "access");
    let organisation = question.person.organisation.as_str().to_owned();
    refuse(
        !strings(access, "organisations").contains(&organisation),
        "access.organisations",
    );
    refuse(
        !strings(access, "roles").contains(&question.person.role),
        "access.roles",
    );
    let named = list(access, "users").into_iter().any(|u| {
        text(u, "account") == question.person.username
            && text(u, "organisation") == organisation
            && (!u.contains_key("from") || text(u, "from") <= today)
            && (!u.contains_key("until") || text(u, "until") >= today)
    });
    refuse(!named, "access.users");
    let abroad = list(access, "users").into_iter().any(|u| {
        text(u, "account") == question.person.username
            && text(u, "organisation") == organisation
            && u.contains_key("employer")
    });
    let contract = list(access, "honorary_contracts").into_iter().any(|c| {
        text(c, "account") == question.person.username
            && text(c, "host") == organisation
            && text(c, "start") <= today
            && text(c, "end") >= today
    });
    refuse(abroad && !contract, "access.honorary_contracts");
    let trained_to = question.circumstances.training_valid_to;
    refuse(
        access.contains_key("training") && trained_to.is_some_and(|d| d.to_string() < today),
        "access.training",
    );

    let datasets = table(agreement, "datasets");
    let mut classes = vec![text(agreement, "identifiability")];
    for name in question.tables.iter().chain(question.columns.keys()) {
        if let Some(class) = datasets.get(name).and_then(|d| d.get("class")) {
            classes.push(class.as_str().unwrap().to_owned());
        }
    }
    let has = |class: &str| classes.iter().any(|c| c == class);
    refuse(
        has("personal_confidential")
            || (has("anonymous_aggregate") && question.action == Action::Ask),
        "identifiability",
    );
    let mut opened: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for name in question.tables.iter().chain(question.columns.keys()) {
        opened.insert(
            name.clone(),
            question.columns.get(name).cloned().unwrap_or_default(),
        );
    }
    refuse(opened.is_empty(), "datasets");
    for (name, columns) in &opened {
        let Some(Value::Table(dataset)) = datasets.get(name) else {
            refuse(true, "datasets");
            continue;
        };
        for column in columns {
            refuse(
                !table(dataset, "fields").contains_key(column),
                &format!("datasets.{name}.fields"),
            );
        }
        if let Some(Value::Table(duty)) = dataset.get("confidentiality") {
            let approved = list(duty, "approvals")
                .into_iter()
                .any(|a| text(a, "start") <= today && text(a, "end") >= today);
            let needed = ["consent", "section_251"].contains(&text(duty, "answer").as_str());
            refuse(
                needed && !approved,
                &format!("datasets.{name}.confidentiality"),
            );
        }
    }

    let listed: Vec<(String, String)> = list(agreement, "linkage")
        .into_iter()
        .map(|p| (text(p, "from"), text(p, "to")))
        .collect();
    for one in opened.keys() {
        for other in opened.keys() {
            let pair = (one.clone(), other.clone());
            let back = (other.clone(), one.clone());
            refuse(
                one != other && !listed.contains(&pair) && !listed.contains(&back),
                "linkage",
            );
        }
    }

    let applied = table(agreement, "opt_outs")
        .values()
        .any(|kind| kind.get("apply") == Some(&Value::Boolean(true)));
    let loaded = question.preference_snapshot.clone().unwrap_or_default();
    let old = question.circumstances.preferences_expire;
    // A cleaned list is named with its kind, its digest, when it was asked for and when it runs out.
    let moment = now.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    let run_out = loaded.split(' ').any(|part| {
        let (kind, facts) = part.split_once('=').unwrap_or_default();
        let asked = table(agreement, "opt_outs").get(kind);
        asked.is_some_and(|kind| kind.get("apply") == Some(&Value::Boolean(true)))
            && facts.split(',').nth(2).unwrap() <= moment.as_str()
    });
    refuse(
        (applied && (loaded.is_empty() || old.is_some_and(|end| now >= end))) || run_out,
        "opt_outs",
    );

    let approvers = &question.circumstances.approvers;
    let mut accounts: Vec<&str> = approvers.iter().map(|a| a.account.as_str()).collect();
    let mut roles: Vec<&str> = approvers.iter().map(|a| a.role.as_str()).collect();
    accounts.sort_unstable();
    accounts.dedup();
    roles.sort_unstable();
    roles.dedup();
    let fewest = accounts.len().min(roles.len());
    refuse(
        fewest < question.circumstances.approvers_needed as usize
            || accounts.contains(&question.person.username.as_str()),
        "approvals",
    );

    // Of several reasons the first in the order is named; of several tables, the first by name.
    reasons.sort_by_key(|clause| (place(clause), clause.clone()));
    match reasons.into_iter().next() {
        Some(clause) => Err(clause),
        None => Ok(opened),
    }
}

fn place(clause: &str) -> usize {
    let general = if clause.ends_with(".fields") {
        "datasets.*.fields"
    } else if clause.starts_with("datasets.") {
        "datasets.*.confidentiality"
    } else {
        clause
    };
    ORDER.iter().position(|c| *c == general).unwrap()
}

fn text(table: &Table, key: &str) -> String {
    match table.get(key) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Datetime(day)) => day.to_string(),
        other => panic!("{key} is {other:?}"),
    }
}

fn table<'a>(table: &'a Table, key: &str) -> &'a Table {
    table.get(key).and_then(Value::as_table).unwrap()
}

fn list<'a>(table: &'a Table, key: &str) -> Vec<&'a Table> {
    let items = table.get(key).and_then(Value::as_array);
    items
        .into_iter()
        .flatten()
        .filter_map(Value::as_table)
        .collect()
}

fn strings(table: &Table, key: &str) -> Vec<String> {
    let items = table.get(key).and_then(Value::as_array).unwrap();
    items
        .iter()
        .map(|v| v.as_str().unwrap().to_owned())
        .collect()
}

/// The day in the United Kingdom, from the rule itself: an hour ahead from one in the morning UTC
/// of the last Sunday of March to that of October.
fn uk_day(now: DateTime<Utc>) -> String {
    let last_sunday = |month: u32| {
        let mut day = chrono::NaiveDate::from_ymd_opt(now.year(), month, 31).unwrap();
        while day.weekday() != Weekday::Sun {
            day = day - Days::new(1);
        }
        day.and_hms_opt(1, 0, 0).unwrap().and_utc()
    };
    let summer = now >= last_sunday(3) && now < last_sunday(10);
    let local = now + TimeDelta::hours(i64::from(summer));
    local.format("%Y-%m-%d").to_string()
}

/// Numbers that look random and repeat exactly (splitmix64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Once in `n` times.
    fn once_in(&mut self, n: u64) -> bool {
        self.roll().is_multiple_of(n)
    }

    fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.roll() % n as u64).unwrap()
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        let index = self.below(from.len());
        &from[index]
    }

    /// A day near one of the days that matter.
    fn day(&mut self) -> Value {
        let middle = chrono::NaiveDate::from_ymd_opt(2026, 9, 30).unwrap();
        let shift = TimeDelta::days(i64::try_from(self.below(500)).unwrap() - 250);
        Value::Datetime((middle + shift).to_string().parse().unwrap())
    }
}

/// The shipped agreement with some of its clauses changed.
fn an_agreement(base: &Table, dice: &mut Dice) -> Table {
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
fn a_question(base: &Table, dice: &mut Dice) -> Question {
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
fn circumstances(dice: &mut Dice) -> Circumstances {
    let mut known = Circumstances::default();
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
fn a_moment(made: &Table, dice: &mut Dice) -> DateTime<Utc> {
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
fn days_in(value: Option<&Value>, days: &mut Vec<String>) {
    match value {
        Some(Value::Datetime(day)) => days.push(day.to_string()),
        Some(Value::Table(table)) => table.values().for_each(|v| days_in(Some(v), days)),
        Some(Value::Array(items)) => items.iter().for_each(|v| days_in(Some(v), days)),
        _ => {}
    }
}

#[test]
fn two_judges_agree_on_thousands_of_agreements_and_questions() {
    let content = shipped();
    let base: Table = content.toml(&format!("agreements/{MAIN}.toml")).unwrap();
    let policies = Policies::new().unwrap();
    let mut dice = Dice(20_260_401);
    let mut verdicts: BTreeMap<String, usize> = BTreeMap::new();
    let mut pairs = 0;
    while pairs < 12_000 {
        let made = an_agreement(&base, &mut dice);
        let written = toml::to_string(&made).unwrap();
        // Some changes make no sense together, and such a file is never read.
        let Ok(agreement) = read(&written) else {
            continue;
        };
        for _ in 0..4 {
            let question = a_question(&base, &mut dice);
            let now = a_moment(&made, &mut dice);
            let slow = slow_judge(&made, &question, now);
            let fast = fast_judge(&agreement, &question, now);
            assert_eq!(fast, slow, "{question:?}\nat {now}\n{written}");
            // The policies are a third, built for each state of an agreement: some of them are enough.
            if pairs % 48 < 4 {
                let facts = QuestionFacts::of(&agreement, &question, now);
                let weighed = policies.of(&agreement).unwrap().weigh(&facts);
                assert_eq!(
                    weighed.allowed,
                    fast.is_ok(),
                    "{weighed:?}\n{fast:?}\n{facts:?}\nat {now}\n{written}"
                );
            }
            *verdicts
                .entry(fast.err().unwrap_or_else(|| "allowed".into()))
                .or_default() += 1;
            pairs += 1;
        }
    }
    // Every clause has refused often enough to be compared, and enough was allowed.
    for clause in ORDER {
        let named: usize = verdicts
            .iter()
            .filter(|(found, _)| *found != "allowed" && place(found) == place(clause))
            .map(|(_, n)| n)
            .sum();
        assert!(
            named >= 10,
            "{clause} refused {named} times of {pairs}: {verdicts:?}"
        );
    }
    assert!(verdicts["allowed"] * 6 >= pairs, "{verdicts:?}");
}

fn fast_judge(agreement: &Agreement, question: &Question, now: DateTime<Utc>) -> Verdict {
    let terms = judge(agreement, question, now).map_err(|refusal| refusal.clause().to_owned())?;
    assert!(terms.expires() > now && terms.expires() <= now + TimeDelta::hours(25));
    assert!(terms.expires().minute() == 0 && uk_day(terms.expires()) > uk_day(now));
    Ok(terms
        .views()
        .iter()
        .map(|view| {
            let columns = view.columns.iter().map(|c| c.name.as_str().to_owned());
            (view.table.as_str().to_owned(), columns.collect())
        })
        .collect())
}
