//! The policies: what they permit, that a missing fact opens nothing, and that an answer can be told again.

mod opening;

use super::{
    facts::{Approver, QuestionFacts},
    set::{Policies, PolicySlice, Weighed, context},
    text,
};
use crate::{
    Action, Agreement, Agreements, Question,
    agreement::clauses::Identifiability,
    tests::{NOON, allowed, changed, moment, read, shipped},
};
use cedar_policy::{Authorizer, Decision, Entities, Entity, PolicySet};
use std::collections::{BTreeMap, BTreeSet, HashMap};

fn policies() -> Policies {
    Policies::new().unwrap_or_else(|e| panic!("{e}"))
}

fn main() -> Agreement {
    Agreements::read(&shipped())
        .unwrap()
        .get("DSA-0417")
        .unwrap()
        .clone()
}

fn facts(question: &Question) -> QuestionFacts {
    QuestionFacts::of(&main(), question, moment(NOON))
}

fn weigh(facts: &QuestionFacts) -> Weighed {
    policies().of(&main()).unwrap().weigh(facts)
}

type Change = (&'static str, fn(&mut QuestionFacts));

/// One way for each forbid to apply.
const FORBIDDEN: [Change; 16] = [
    ("global/agreement-not-active", |f| f.active = false),
    ("global/agreement-not-active", |f| f.day = f.first_day - 1),
    ("global/agreement-not-active", |f| f.day = f.last_day + 1),
    ("global/approval-not-in-date", |f| f.approved = false),
    ("global/rows-not-defined", |f| f.rows_defined = false),
    ("global/honorary-contract-missing-or-ended", |f| {
        f.honorary_needed = true;
        f.honorary_in_date = false;
    }),
    ("global/training-lapsed", |f| {
        f.training_needed = true;
        f.training_in_date = false;
    }),
    ("global/location-not-agreed", |f| f.location_agreed = false),
    ("global/newer-state-let-out-too-soon", |f| {
        f.action = Action::Release;
        f.drawn_too_soon = f.tables.keys().cloned().collect();
    }),
    ("global/classes-mixed-in-one-session", |f| {
        f.classes.insert("personal_confidential".into());
    }),
    ("global/preferences-missing-or-stale", |f| {
        f.preferences_known = false;
    }),
    ("global/preferences-missing-or-stale", |f| {
        f.preferences_fresh = false;
    }),
    ("global/approvers-not-separate", |f| f.approvers_needed = 2),
    ("global/approvers-not-separate", |f| {
        (f.approvers_needed, f.approvers, f.approver_roles) = (2, 2, 1);
    }),
    ("global/approvers-not-separate", |f| {
        f.approver_is_asker = true;
    }),
    ("global/rows-of-an-agreement-for-aggregates", |f| {
        for class in f.table_classes.values_mut() {
            *class = Identifiability::AnonymousAggregate;
        }
    }),
];

#[test]
fn the_permit_of_the_agreement_decides_where_nothing_forbids() {
    let weighed = weigh(&facts(&allowed()));
    assert!(weighed.allowed, "{weighed:?}");
    assert_eq!(
        weighed.determined_by,
        ["DSA-0417/1.0/commissioning/deidentified".to_owned()].into()
    );
}

#[test]
fn each_forbid_decides_by_its_id() {
    for (id, change) in FORBIDDEN {
        let mut facts = facts(&allowed());
        change(&mut facts);
        let weighed = weigh(&facts);
        assert!(!weighed.allowed, "{id}");
        assert_eq!(weighed.determined_by, [id.to_owned()].into(), "{id}");
        assert_eq!(weighed.erred, BTreeSet::new());
    }
    let ids: BTreeSet<&str> = FORBIDDEN.iter().map(|(id, _)| *id).collect();
    let slice = policies().of(&main()).unwrap();
    let global: BTreeSet<String> = slice
        .policies()
        .into_keys()
        .filter(|id| id.starts_with("global/"))
        // Those that are about lists and emergencies are tried by themselves.
        .filter(|id| !id.contains("list-is") && !id.contains("emergency-is"))
        .collect();
    assert_eq!(global, ids.into_iter().map(str::to_owned).collect());
}

#[test]
fn a_fact_that_is_missing_opens_nothing() {
    let mut starts = vec![facts(&allowed())];
    for (_, change) in FORBIDDEN {
        let mut facts = facts(&allowed());
        change(&mut facts);
        starts.push(facts);
    }
    let slice = policies().of(&main()).unwrap();
    let mut tried = 0;
    for (nth, facts) in starts.iter().enumerate() {
        let forbidden = nth > 0;
        for table in facts.tables.keys() {
            for (name, _) in context(facts, table) {
                let mut less = context(facts, table);
                less.retain(|(other, _)| *other != name);
                // The first line: the request does not keep to the schema, so it is not even asked.
                assert!(
                    slice
                        .ask(facts, table, less.clone(), Some(slice.schema()))
                        .is_err(),
                    "{name}"
                );
                // The second and the third: something errs, and even an engine that passes over errors permits nothing.
                let told = slice.ask(facts, table, less, None).unwrap();
                assert_eq!(told.decision(), Decision::Deny, "without {name}");
                // Where a forbid applies, reading may stop before it comes to this fact.
                assert!(
                    forbidden || told.diagnostics().errors().next().is_some(),
                    "no policy missed {name}"
                );
                tried += 1;
            }
        }
    }
    assert!(tried > 800, "{tried}");
}

#[test]
fn each_forbid_alone_errs_without_each_fact_that_it_reads() {
    let slice = policies().of(&main()).unwrap();
    let facts = facts(&allowed());
    let table = facts.tables.keys().next().unwrap().clone();
    // Those of other actions are not asked here.
    let elsewhere = [
        "/export",
        "/find",
        "/open",
        "/list-is",
        "/emergency-is",
        "/newer-state",
    ];
    let here = |id: &String| elsewhere.iter().all(|other| !id.contains(other));
    for (id, text) in slice.policies().into_iter().filter(|(id, _)| here(id)) {
        for (name, _) in context(&facts, &table) {
            let mut less = context(&facts, &table);
            less.retain(|(other, _)| *other != name);
            let told = slice.ask(&facts, &table, less, None).unwrap();
            let erred: BTreeSet<String> = told
                .diagnostics()
                .errors()
                .map(super::set::policy_of)
                .collect();
            // Reading stops where the answer is known, so a fact that stands first in a policy is always read.
            let word = |c: char| c.is_ascii_lowercase() || c == '_';
            let first = text
                .split("context.")
                .nth(1)
                .and_then(|rest| rest.split(|c| !word(c)).next());
            if first == Some(name.as_str()) {
                assert!(erred.contains(&id), "{id} without {name}: {erred:?}");
            }
        }
    }
}

#[test]
fn a_table_without_its_attributes_opens_nothing() {
    let slice = policies().of(&main()).unwrap();
    let facts = facts(&allowed());
    for missing in ["class", "fields", "beside", "refresh"] {
        let entities = slice.entities().iter().map(|entity| {
            let (uid, mut attributes, parents) = entity.clone().into_inner();
            attributes.remove(missing);
            Entity::new(
                uid,
                attributes.into_iter().collect::<HashMap<_, _>>(),
                parents,
            )
            .unwrap()
        });
        let entities = Entities::from_entities(entities, None).unwrap();
        for table in facts.tables.keys() {
            let request =
                PolicySlice::request(&facts, table, context(&facts, table), None).unwrap();
            let told = Authorizer::new().is_authorized(&request, slice.set(), &entities);
            assert_eq!(told.decision(), Decision::Deny, "without {missing}");
        }
    }
}

#[test]
fn an_error_denies_even_where_a_permit_matches() {
    // A forbid that errs is skipped by the engine, which is the trap; the verdict is still no.
    let slice = policies().of(&main()).unwrap();
    let mut set: PolicySet = slice.set().clone();
    set.add(
        cedar_policy::Policy::parse(
            Some(cedar_policy::PolicyId::new("trap")),
            "forbid (principal, action, resource) when { context.opted_out };",
        )
        .unwrap(),
    )
    .unwrap();
    let open = slice.with(set);
    let facts = facts(&allowed());
    let table = facts.tables.keys().next().unwrap();
    let told = open
        .ask(&facts, table, context(&facts, table), None)
        .unwrap();
    assert_eq!(
        told.decision(),
        Decision::Allow,
        "the engine skips what errs"
    );
    let weighed = open.weigh(&facts);
    assert!(!weighed.allowed);
    assert_eq!(weighed.erred, ["trap".to_owned()].into());
}

#[test]
fn names_stay_names() {
    for hostile in [
        "x\" || true || \"",
        "x\"] };\npermit(principal, action, resource);//",
        "\\",
        "\\\" || true",
        "\u{0}\u{7f}\u{202e}é€",
        "*",
        "'",
    ] {
        let quoted = text::quoted(hostile);
        let source =
            format!("permit (principal, action, resource) when {{ context.role == {quoted} }};");
        let set: PolicySet = source.parse().unwrap_or_else(|e| panic!("{quoted}: {e}"));
        assert_eq!(set.num_of_policies(), 1);
        let json = set
            .policies()
            .next()
            .unwrap()
            .to_json()
            .unwrap()
            .to_string();
        let written = serde_json::to_string(hostile).unwrap();
        assert!(json.contains(&written), "{json} lacks {written}");
    }
    let role = "x\\\" || true || \\\"";
    let odd = read(&changed(
        "roles = [\"analyst\"]",
        &format!("roles = [\"{role}\"]"),
    ))
    .unwrap();
    let mut question = allowed();
    question.person.role = "analyst".into();
    let facts = QuestionFacts::of(&odd, &question, moment(NOON));
    assert!(!policies().of(&odd).unwrap().weigh(&facts).allowed);
}

#[test]
fn every_shipped_agreement_keeps_to_the_schema_and_a_slice_decides_as_the_whole() {
    let agreements = Agreements::read(&shipped()).unwrap();
    let policies = policies();
    let whole = policies.whole(&agreements).unwrap();
    for agreement in agreements.iter() {
        let slice = policies.of(agreement).unwrap();
        for action in [Action::Ask, Action::Count, Action::Release] {
            for (purpose, day) in [
                ("commissioning", NOON),
                ("service_evaluation", "2024-09-01T12:00:00Z"),
            ] {
                let mut question = allowed();
                question.agreement.clone_from(&agreement.reference);
                question.purpose = purpose.into();
                question.action = action;
                let table = agreement
                    .datasets
                    .keys()
                    .next()
                    .unwrap()
                    .as_str()
                    .to_owned();
                question.tables = [table].into();
                question.columns = BTreeMap::new();
                let facts = QuestionFacts::of(agreement, &question, moment(day));
                let (one, all) = (slice.weigh(&facts), whole.weigh(&facts));
                assert_eq!(
                    (one.allowed, one.determined_by, one.erred),
                    (all.allowed, all.determined_by, all.erred)
                );
            }
        }
    }
}

#[test]
fn a_slice_is_built_once_for_each_state_of_an_agreement() {
    let policies = policies();
    let (one, again) = (policies.of(&main()).unwrap(), policies.of(&main()).unwrap());
    assert!(std::sync::Arc::ptr_eq(&one, &again));
    let other = read(&changed("version = \"1.0\"", "version = \"1.1\"")).unwrap();
    assert_ne!(policies.of(&other).unwrap().digest(), one.digest());
}

#[test]
fn a_decision_is_told_again_from_what_was_kept() {
    let mut question = allowed();
    question.circumstances.approvers_needed = 2;
    question.circumstances.approvers = [("cal", "caldicott_guardian"), ("ada", "asset_owner")]
        .map(|(account, role)| Approver {
            account: account.into(),
            role: role.into(),
        })
        .into();
    let facts = facts(&question);
    let first = weigh(&facts);
    assert!(first.allowed);
    let kept = serde_json::to_string(&facts).unwrap();
    let told: QuestionFacts = serde_json::from_str(&kept).unwrap();
    assert_eq!(told.digest(), first.facts);
    assert_eq!(weigh(&told), first);
}

#[test]
fn any_change_of_the_file_changes_the_policies() {
    let before = policies().of(&main()).unwrap().digest().clone();
    for (from, to) in [
        ("end = 2027-03-31", "end = 2027-03-30"),
        ("account = \"ana\"", "account = \"anna\""),
        ("when_rules_find_something", "two_people"),
    ] {
        let other = read(&changed(from, to)).unwrap();
        assert_ne!(*policies().of(&other).unwrap().digest(), before, "{from}");
    }
}
