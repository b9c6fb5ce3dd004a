//! A second judge, slow and obvious: it reads the agreement's TOML as a tree of text, collects every
//! reason to refuse, and names the first. It shares no code with the first, and agrees with it on
//! thousands of generated agreements and questions.

mod made;

use super::{MAIN, read, shipped};
use crate::{Action, Agreement, Policies, Question, QuestionFacts, judge};
use chrono::{DateTime, Datelike, Days, TimeDelta, Timelike, Utc, Weekday};
use made::{Dice, a_moment, a_question, an_agreement};
use std::collections::{BTreeMap, BTreeSet};
use toml::{Table, Value};

/// The order in which clauses are asked, from the documentation of agreements.
const ORDER: [&str; 24] = [
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
    "access.location",
    "identifiability",
    "datasets",
    "datasets.*.fields",
    "datasets.*.confidentiality",
    "linkage",
    "opt_outs",
    "session",
    "approvals",
    "datasets.*.refresh",
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
        access.contains_key("training") && trained_to.is_none_or(|d| d.to_string() < today),
        "access.training",
    );

    if let Some(Value::Table(location)) = access.get("location") {
        let there = question.circumstances.connection.as_ref().is_some_and(|c| {
            let places = strings(location, "places");
            let territories = strings(location, "territory");
            territories.iter().any(|t| t == c.territory.code())
                && (places.is_empty() || places.iter().any(|place| c.places.contains(place)))
        });
        refuse(!there, "access.location");
    }

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

    let mut beside: Vec<String> = question
        .circumstances
        .classes_open
        .iter()
        .map(|class| class.code().to_owned())
        .collect();
    for name in opened.keys() {
        if let Some(dataset) = datasets.get(name) {
            let own = dataset.get("class").and_then(Value::as_str);
            let general = text(agreement, "identifiability");
            beside.push(own.map_or(general, str::to_owned));
        }
    }
    let holds = |class: &str| beside.iter().any(|c| c == class);
    refuse(
        holds("personal_confidential") && holds("deidentified"),
        "session",
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

    for name in opened.keys().filter(|_| question.action == Action::Release) {
        let refresh = datasets.get(name).and_then(|d| d.get("refresh"));
        let Some(last) = question.circumstances.drawn.get(name) else {
            continue;
        };
        let (then, now) = (last.to_string(), today.clone());
        let quarter = |day: &str| {
            (
                day[..4].to_owned(),
                (day[5..7].parse::<u32>().unwrap() - 1) / 3,
            )
        };
        let too_soon = match refresh.and_then(Value::as_str) {
            Some("once") => true,
            Some("daily") => then >= now,
            Some("monthly") => then[..7] >= now[..7],
            Some("quarterly") => quarter(&then) >= quarter(&now),
            Some("yearly") => then[..4] >= now[..4],
            _ => false,
        };
        refuse(too_soon, &format!("datasets.{name}.refresh"));
    }

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
    } else if clause.ends_with(".refresh") {
        "datasets.*.refresh"
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
