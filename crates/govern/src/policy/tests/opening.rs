//! Lists and emergencies before the policies: what opens, which forbid decides, and that a fact that is missing opens
//! nothing.

use super::policies;
use crate::{
    Agreement, Agreements, Asker, Circumstances, Digest,
    agreement::{clauses::Identifiability, day_of},
    care::{
        CareFacts, CareTerms, Said,
        glass::{GlassFacts, GlassTerms},
    },
    policy::{
        opening::{OpeningFacts, UrgencyFacts},
        set::Weighed,
    },
    tests::{shipped, trained},
};
use cedar_policy::Decision;
use chrono::{DateTime, TimeDelta, Utc};
use model::OrganisationCode;
use std::collections::BTreeSet;

fn at(minutes: i64) -> DateTime<Utc> {
    let nine: DateTime<Utc> = "2026-10-30T09:00:00Z".parse().unwrap();
    nine + TimeDelta::minutes(minutes)
}

/// The shipped agreement that lets people be led back.
fn finding() -> Agreement {
    let all = Agreements::read(&shipped()).unwrap();
    let leads = |a: &&Agreement| a.reidentification.is_some();
    all.iter().find(leads).unwrap().clone()
}

fn organisation(code: &str) -> OrganisationCode {
    OrganisationCode::new(code).unwrap()
}

fn cleo() -> Asker {
    Asker {
        username: "cleo".into(),
        organisation: organisation("EST-ICB"),
        role: "clinician".into(),
    }
}

fn said(by: &str, role: &str, minutes: i64) -> Said {
    Said {
        by: by.into(),
        role: role.into(),
        approves: true,
        saw: Digest::of("asked"),
        at: at(minutes),
    }
}

pub(crate) fn opening(agreement: &Agreement) -> OpeningFacts {
    OpeningFacts {
        who: cleo(),
        care: CareFacts {
            request: "r1".into(),
            agreement: agreement.reference.clone(),
            policy_digest: agreement.digest().clone(),
            purpose: "risk_stratification_case_finding".into(),
            set: Digest::of("set"),
            asked: Digest::of("asked"),
            requester: "ana".into(),
            professional: "cleo".into(),
            organisation: organisation("EST-ICB"),
            fields: vec!["nhs_number".into()],
            days: 7,
            approve_by: at(1_000),
            said: vec![
                said("cal", "caldicott_guardian", 10),
                said("ada", "asset_owner", 20),
            ],
            withdrawn_at: None,
            revoked_at: None,
            closed_at: None,
        },
        set: Digest::of("set"),
        told: trained(),
    }
}

fn urgency() -> UrgencyFacts {
    let roles = ["caldicott_guardian", "asset_owner"].map(str::to_owned);
    UrgencyFacts {
        who: cleo(),
        terms: GlassTerms {
            professional_role: "clinician".into(),
            approver_roles: roles.into(),
        },
        glass: GlassFacts {
            request: "g1".into(),
            person: "k1-0".into(),
            asked: Digest::of("asked"),
            professional: "cleo".into(),
            organisation: organisation("EST-ICB"),
            approve_by: at(30),
            judged: true,
            agreed: Some(("cal".into(), "caldicott_guardian".into(), at(70))),
        },
        told: Circumstances::default(),
    }
}

fn weigh(facts: &OpeningFacts, now: DateTime<Utc>) -> Weighed {
    let agreement = finding();
    let terms = CareTerms::of(&agreement, day_of(now)).unwrap();
    let slice = policies().of(&agreement).unwrap();
    slice.weigh_opening(&agreement, &terms, facts, now)
}

#[test]
fn a_list_opens_by_the_permit_of_its_agreement() {
    let weighed = weigh(&opening(&finding()), at(21));
    assert!(weighed.allowed, "{weighed:?}");
    let by: Vec<&String> = weighed.determined_by.iter().collect();
    assert_eq!(by.len(), 1);
    assert!(
        by[0].ends_with("/risk_stratification_case_finding/open"),
        "{by:?}"
    );
    let urgent = policies().emergency().weigh_emergency(&urgency(), at(10));
    assert!(urgent.allowed, "{urgent:?}");
    assert_eq!(urgent.determined_by, ["emergency".to_owned()].into());
}

#[test]
fn each_forbid_of_lists_decides_by_its_id() {
    type Change = fn(&mut OpeningFacts);
    let forbidden: [(&str, Change); 14] = [
        ("global/list-is-not-what-was-approved", |f| {
            f.set = Digest::of("more");
        }),
        ("global/list-is-not-what-was-approved", |f| {
            f.care.policy_digest = Digest::of("another");
        }),
        ("global/list-is-not-what-was-approved", |f| {
            f.care.revoked_at = Some(at(20));
        }),
        ("global/list-is-not-what-was-approved", |f| {
            f.care.withdrawn_at = Some(at(20));
        }),
        ("global/list-is-not-what-was-approved", |f| {
            f.care.closed_at = Some(at(20));
        }),
        ("global/list-is-not-what-was-approved", |f| {
            f.care.said.push(Said {
                approves: false,
                ..said("max", "asset_owner", 1)
            });
        }),
        ("global/list-is-not-what-was-approved", |f| f.care.days = 0),
        ("global/list-is-for-somebody-else", |f| {
            f.who.username = "cody".into();
        }),
        ("global/list-is-for-somebody-else", |f| {
            f.who.organisation = organisation("621");
        }),
        ("global/training-lapsed", |f| {
            f.told.training_valid_to = None;
        }),
        ("global/training-lapsed", |f| {
            f.told.training_valid_to = Some("2026-10-29".parse().unwrap());
        }),
        ("global/classes-mixed-in-one-session", |f| {
            f.told.classes_open.insert(Identifiability::Deidentified);
        }),
        ("global/approvers-not-separate", |f| {
            f.care.said.truncate(1);
        }),
        // Who asked, or would receive it, is not counted, so that approvals are missing.
        ("global/approvers-not-separate", |f| {
            f.care.said[1].by = "ana".into();
        }),
    ];
    for (id, change) in forbidden {
        let mut facts = opening(&finding());
        change(&mut facts);
        let weighed = weigh(&facts, at(21));
        assert!(!weighed.allowed, "{id}");
        assert!(weighed.determined_by.contains(id), "{id}: {weighed:?}");
        assert_eq!(weighed.erred, BTreeSet::new());
    }
    // After its time, and for what its permit does not say, nothing opens either.
    assert!(!weigh(&opening(&finding()), at(20 + 7 * 24 * 60)).allowed);
    let others: [fn(&mut OpeningFacts); 4] = [
        |f| f.care.purpose = "commissioning".into(),
        |f| f.care.fields.push("religion".into()),
        |f| f.who.role = "administrator".into(),
        |f| f.care.days = 15,
    ];
    for change in others {
        let mut facts = opening(&finding());
        change(&mut facts);
        assert!(!weigh(&facts, at(21)).allowed, "{facts:?}");
    }
}

#[test]
fn each_forbid_of_emergencies_decides_by_its_id() {
    type Change = fn(&mut UrgencyFacts);
    let forbidden: [(&str, Change); 6] = [
        ("global/emergency-is-not-agreed-or-over", |f| {
            f.glass.agreed = Some(("cal".into(), "caldicott_guardian".into(), at(10)));
        }),
        ("global/emergency-is-not-agreed-or-over", |f| {
            f.glass.agreed = Some(("max".into(), "administrator".into(), at(70)));
        }),
        ("global/emergency-is-not-agreed-or-over", |f| {
            f.who.role = "analyst".into();
        }),
        ("global/emergency-is-not-agreed-or-over", |f| {
            f.glass.agreed = None;
        }),
        ("global/approvers-not-separate", |f| {
            f.glass.agreed = Some(("cleo".into(), "caldicott_guardian".into(), at(70)));
        }),
        ("global/classes-mixed-in-one-session", |f| {
            f.told.classes_open.insert(Identifiability::Deidentified);
        }),
    ];
    for (id, change) in forbidden {
        let mut facts = urgency();
        change(&mut facts);
        let weighed = policies().emergency().weigh_emergency(&facts, at(10));
        assert!(!weighed.allowed, "{id}");
        assert!(weighed.determined_by.contains(id), "{id}: {weighed:?}");
    }
}

#[test]
fn a_fact_that_is_missing_opens_no_list_and_no_emergency() {
    let agreement = finding();
    let policies = policies();
    let slice = policies.of(&agreement).unwrap();
    let terms = CareTerms::of(&agreement, day_of(at(21))).unwrap();
    let list = opening(&agreement).context(&agreement, &terms, at(21));
    let urgent = urgency().context(at(21));
    let resources = [
        (
            &*slice,
            "open",
            ("List", agreement.reference.as_str()),
            list,
        ),
        (
            policies.emergency(),
            "break_glass",
            ("Emergency", "emergency"),
            urgent,
        ),
    ];
    for (slice, action, resource, whole) in resources {
        let ask = |facts, schema| slice.one("cleo", action, resource, facts, schema);
        let told = ask(whole.clone(), Some(slice.schema())).unwrap();
        assert_eq!(told.decision(), Decision::Allow, "{action}");
        for (name, _) in &whole {
            let mut less = whole.clone();
            less.retain(|(other, _)| other != name);
            assert!(
                ask(less.clone(), Some(slice.schema())).is_err(),
                "{action} without {name}"
            );
            let told = ask(less, None).unwrap();
            assert_eq!(told.decision(), Decision::Deny, "{action} without {name}");
            assert!(
                told.diagnostics().errors().next().is_some(),
                "no policy missed {name}"
            );
        }
    }
}
