//! The rules beside a slow, obvious second judge, and each refusal by itself.

use super::*;

fn at(minutes: i64) -> DateTime<Utc> {
    let nine: DateTime<Utc> = "2026-10-30T09:00:00Z".parse().unwrap();
    nine + TimeDelta::minutes(minutes)
}

fn set<T: Ord>(all: impl IntoIterator<Item = T>) -> BTreeSet<T> {
    all.into_iter().collect()
}

fn organisation(code: &str) -> OrganisationCode {
    OrganisationCode::new(code).unwrap()
}

fn terms() -> CareTerms {
    CareTerms {
        agreement: "DSA-1".into(),
        version: "1.0".into(),
        policy_digest: Digest::of("agreement"),
        purposes: set(["risk_stratification_case_finding".to_owned()]),
        in_force: true,
        professionals: vec![CareProfessional {
            account: "cleo".into(),
            organisation: organisation("EST-ICB"),
            role: "clinician".into(),
            relationship: "Patients of the practices of the network".into(),
        }],
        fields: vec!["name".into(), "postcode".into()],
        days: 14,
        largest: 50,
        approver_roles: set(["caldicott_guardian".to_owned(), "asset_owner".to_owned()]),
        training: false,
    }
}

fn facts() -> CareFacts {
    CareFacts {
        request: "r1".into(),
        agreement: "DSA-1".into(),
        policy_digest: Digest::of("agreement"),
        purpose: "risk_stratification_case_finding".into(),
        set: Digest::of("set"),
        asked: Digest::of("asked"),
        requester: "ana".into(),
        professional: "cleo".into(),
        organisation: organisation("EST-ICB"),
        fields: vec!["name".into()],
        days: 7,
        approve_by: at(1_000),
        said: Vec::new(),
        withdrawn_at: None,
        revoked_at: None,
        closed_at: None,
    }
}

fn said(by: &str, role: &str, approves: bool, minutes: i64) -> Said {
    Said {
        by: by.into(),
        role: role.into(),
        approves,
        saw: Digest::of("asked"),
        at: at(minutes),
    }
}

fn approved() -> CareFacts {
    CareFacts {
        said: vec![
            said("cal", "caldicott_guardian", true, 10),
            said("ada", "asset_owner", true, 20),
        ],
        ..facts()
    }
}

fn who(name: &str, role: &str, code: &str) -> Asker {
    Asker {
        username: name.into(),
        organisation: organisation(code),
        role: role.into(),
    }
}

fn cleo() -> Asker {
    who("cleo", "clinician", "EST-ICB")
}

fn clause<T: std::fmt::Debug>(judged: Result<T, Refusal>) -> String {
    judged.unwrap_err().clause().to_owned()
}

#[test]
fn a_request_is_for_what_the_agreement_says() {
    assert!(may_ask(&terms(), &facts(), 50).is_ok());
    let with = |change: &dyn Fn(&mut CareFacts)| {
        let mut changed = facts();
        change(&mut changed);
        changed
    };
    for (changed, people, refused) in [
        (facts(), 51, "reidentification.largest"),
        (facts(), 0, "reidentification.largest"),
        (
            with(&|f| f.purpose = "commissioning".into()),
            5,
            "reidentification.purposes",
        ),
        (
            with(&|f| f.organisation = organisation("991")),
            5,
            "reidentification.professionals",
        ),
        (
            with(&|f| f.professional = "cody".into()),
            5,
            "reidentification.professionals",
        ),
        (
            with(&|f| f.fields.push("date_of_birth".into())),
            5,
            "reidentification.fields",
        ),
        (with(&|f| f.fields.clear()), 5, "reidentification.fields"),
        (with(&|f| f.days = 15), 5, "reidentification.days"),
        (with(&|f| f.days = 0), 5, "reidentification.days"),
    ] {
        assert_eq!(clause(may_ask(&terms(), &changed, people)), refused);
    }
}

#[test]
fn three_people_and_two_roles_before_anything_opens() {
    let saw = Digest::of("asked");
    let judge = |facts: &CareFacts, who: &Asker, minutes| {
        may_judge(&terms(), facts, who, &saw, at(minutes))
    };
    let cal = who("cal", "caldicott_guardian", "EST-ICB");
    assert!(judge(&facts(), &cal, 1).is_ok());
    let one = CareFacts {
        said: vec![said("cal", "caldicott_guardian", true, 10)],
        ..facts()
    };
    let asset = "asset_owner";
    assert!(judge(&one, &who("ada", asset, "EST-ICB"), 11).is_ok());
    for (facts, who, minutes) in [
        // Whoever asked, or would receive it, in whichever role.
        (facts(), who("ana", asset, "EST-ICB"), 1),
        (facts(), who("cleo", asset, "EST-ICB"), 1),
        // The same person again, in another role; another person in the same role.
        (one.clone(), who("cal", asset, "EST-ICB"), 11),
        (one.clone(), who("dee", "caldicott_guardian", "EST-ICB"), 11),
        // Too late, and when it has been said already.
        (facts(), cal.clone(), 1_000),
        (approved(), who("eve", asset, "EST-ICB"), 30),
    ] {
        let refused = clause(judge(&facts, &who, minutes));
        assert_eq!(refused, "reidentification.approval", "{who:?}");
    }
    for role in ["operator", "administrator", "clinician", "ig_lead", ""] {
        let refused = clause(judge(&facts(), &who("max", role, "EST-ICB"), 1));
        assert_eq!(refused, "reidentification.approver_roles", "{role}");
    }
    let other = may_judge(&terms(), &facts(), &cal, &Digest::of("other"), at(1));
    assert_eq!(clause(other), "reidentification.approval");
    let changed = CareTerms {
        policy_digest: Digest::of("agreement of today"),
        ..terms()
    };
    let other = may_judge(&changed, &facts(), &cal, &saw, at(1));
    assert_eq!(clause(other), "reidentification");
}

#[test]
fn a_list_opens_to_the_named_professional_while_it_is_approved() {
    let open = |terms: &CareTerms, facts: &CareFacts, who: &Asker, minutes| {
        may_open(terms, facts, who, &Digest::of("set"), at(minutes))
    };
    let until = at(20 + 7 * 24 * 60);
    assert_eq!(open(&terms(), &approved(), &cleo(), 21), Ok(until));
    for other in [
        who("cleo", "analyst", "EST-ICB"),
        who("cleo", "clinician", "991"),
        who("cody", "clinician", "EST-ICB"),
        who("max", "administrator", "EST-ICB"),
        who("ana", "analyst", "EST-ICB"),
    ] {
        let refused = clause(open(&terms(), &approved(), &other, 21));
        assert_eq!(refused, "reidentification.professional", "{other:?}");
    }
    let after = 20 + 7 * 24 * 60;
    assert!(open(&terms(), &approved(), &cleo(), after - 1).is_ok());
    let with = |change: &dyn Fn(&mut CareFacts)| {
        let mut changed = approved();
        change(&mut changed);
        changed
    };
    for (facts, minutes) in [
        (approved(), after),
        (facts(), 21),
        (with(&|f| f.withdrawn_at = Some(at(21))), 22),
        (with(&|f| f.revoked_at = Some(at(21))), 22),
        (with(&|f| f.closed_at = Some(at(21))), 22),
        (with(&|f| f.said[1].approves = false), 22),
        (with(&|f| f.said[1].saw = Digest::of("other")), 22),
        (with(&|f| f.said[1].by = "cal".into()), 22),
        (with(&|f| f.said[1].by = "ana".into()), 22),
        (with(&|f| f.said[1].by = "cleo".into()), 22),
        (with(&|f| f.said[1].role = "caldicott_guardian".into()), 22),
        (with(&|f| f.said[1].role = "operator".into()), 22),
        (with(&|f| f.said[1].at = at(1_000)), 1_001),
    ] {
        let refused = clause(open(&terms(), &facts, &cleo(), minutes));
        assert_eq!(refused, "reidentification.approval", "{facts:?}");
    }
    let altered = may_open(&terms(), &approved(), &cleo(), &Digest::of("more"), at(21));
    assert_eq!(clause(altered), "reidentification.set");
    let changed = CareTerms {
        policy_digest: Digest::of("another"),
        ..terms()
    };
    let suspended = CareTerms {
        in_force: false,
        ..terms()
    };
    let struck = CareTerms {
        professionals: Vec::new(),
        ..terms()
    };
    for (terms, refused) in [
        (changed, "reidentification"),
        (suspended, "reidentification"),
        (struck, "reidentification.professional"),
    ] {
        assert_eq!(clause(open(&terms, &approved(), &cleo(), 21)), refused);
    }
}

/// The same by going through every pair of approvals.
fn slow_is_approved(facts: &CareFacts, roles: &BTreeSet<String>, now: DateTime<Utc>) -> bool {
    let stopped = facts.withdrawn_at.is_some() || facts.revoked_at.is_some();
    if stopped || facts.closed_at.is_some() || facts.said.iter().any(|s| !s.approves) {
        return false;
    }
    let fine = |s: &Said| {
        s.saw == facts.asked
            && s.at < facts.approve_by
            && roles.contains(&s.role)
            && ![&facts.requester, &facts.professional].contains(&&s.by)
    };
    let days = TimeDelta::days(i64::try_from(facts.days).unwrap());
    let mut second: Option<DateTime<Utc>> = None;
    for a in &facts.said {
        for b in &facts.said {
            if fine(a) && fine(b) && a.by != b.by && a.role != b.role {
                let later = a.at.max(b.at);
                second = Some(second.map_or(later, |s| s.min(later)));
            }
        }
    }
    second.is_some_and(|second| now < second + days)
}

#[test]
fn the_state_agrees_with_a_slow_second_judge() {
    let roles = terms().approver_roles;
    let people = ["ana", "cleo", "cal", "ada"];
    let kinds = ["caldicott_guardian", "asset_owner", "operator"];
    let mut seed = 11_u64;
    let mut next = |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        usize::try_from(seed >> 33).unwrap() % below
    };
    let mut open = 0;
    for _ in 0..20_000 {
        let mut facts = facts();
        for turn in 0..next(4) {
            let mut one = said(people[next(4)], kinds[next(3)], next(12) > 0, 0);
            one.at = at(i64::try_from(turn * 300 + next(300)).unwrap());
            if next(10) == 0 {
                one.saw = Digest::of("other");
            }
            // A database keeps one of a person and one of a role; the rules do not lean on it for the first.
            if facts.said.iter().all(|s| s.role != one.role) {
                facts.said.push(one);
            }
        }
        facts.revoked_at = (next(15) == 0).then(|| at(1));
        facts.closed_at = (next(15) == 0).then(|| at(1));
        let now = at(i64::try_from(next(15_000)).unwrap());
        let fast = matches!(state(&facts, &roles, now), CareState::Approved { .. });
        assert_eq!(fast, slow_is_approved(&facts, &roles, now), "{facts:?}");
        open += usize::from(fast);
    }
    assert!(open > 100, "{open}");
}

#[test]
fn glass_is_broken_with_a_second_persons_word_and_for_its_time() {
    use super::glass::{GlassFacts, GlassTerms, may_judge, may_look};
    let terms = GlassTerms {
        professional_role: "clinician".into(),
        approver_roles: set(["caldicott_guardian".to_owned(), "asset_owner".to_owned()]),
    };
    let waiting = GlassFacts {
        request: "g1".into(),
        person: "k1-0".into(),
        asked: Digest::of("asked"),
        professional: "cleo".into(),
        organisation: organisation("EST-ICB"),
        approve_by: at(30),
        judged: false,
        agreed: None,
    };
    let saw = Digest::of("asked");
    let cal = who("cal", "caldicott_guardian", "EST-ICB");
    assert!(may_judge(&terms, &waiting, &cal, &saw, at(29)).is_ok());
    for (who, saw, minutes) in [
        (who("cleo", "caldicott_guardian", "EST-ICB"), &saw, 1),
        (who("max", "administrator", "EST-ICB"), &saw, 1),
        (cal.clone(), &Digest::of("other"), 1),
        (cal.clone(), &saw, 30),
    ] {
        assert!(may_judge(&terms, &waiting, &who, saw, at(minutes)).is_err());
    }
    let agreed = |by: &str, role: &str| GlassFacts {
        judged: true,
        agreed: Some((by.into(), role.into(), at(70))),
        ..waiting.clone()
    };
    let open = agreed("cal", "caldicott_guardian");
    assert_eq!(may_look(&terms, &open, &cleo(), at(69)), Ok(at(70)));
    for (facts, who, minutes) in [
        (&waiting, cleo(), 1),
        (&open, cleo(), 70),
        (&open, who("cody", "clinician", "EST-ICB"), 1),
        (&open, who("cleo", "clinician", "991"), 1),
        (&open, who("max", "administrator", "EST-ICB"), 1),
        (&agreed("cleo", "caldicott_guardian"), cleo(), 1),
        (&agreed("max", "administrator"), cleo(), 1),
    ] {
        assert!(
            may_look(&terms, facts, &who, at(minutes)).is_err(),
            "{who:?}"
        );
    }
}
