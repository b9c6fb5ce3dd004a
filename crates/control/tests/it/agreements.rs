//! The life of agreements: handing in, approving, signing, drafts; and what is stopped at once.

use crate::people::{ada, at, password};
use control::{
    ActKind, ActRefusal, Acted, AgreementActor, ApprovalRules, Control, DraftSaved,
    NewAgreementVersion, NewSignature, Stage, Submitted, SuspendedKind, SuspensionDone,
    VersionLife,
};
use sha2::{Digest as _, Sha256};

fn rules() -> ApprovalRules {
    ApprovalRules {
        roles: ["asset_owner", "ig_lead", "caldicott_guardian"]
            .map(str::to_owned)
            .to_vec(),
        needed: 2,
    }
}

fn actor(username: &str, role: &str) -> AgreementActor {
    AgreementActor {
        username: username.into(),
        role: role.into(),
        organisation: "EST-ICB".into(),
    }
}

fn new(reference: &str, version: &str, text: &str) -> NewAgreementVersion {
    NewAgreementVersion {
        reference: reference.into(),
        version: version.into(),
        changes: String::new(),
        text: text.into(),
        why: "One more year".into(),
        writers: vec!["meg".into()],
        by: "meg".into(),
        at: at(0),
    }
}

fn digest(text: &str) -> String {
    hex::encode(Sha256::digest(text))
}

fn signature(party: &str, name: &str) -> NewSignature {
    NewSignature {
        party: party.into(),
        name: name.into(),
        role: "Caldicott Guardian".into(),
        day: "2026-04-01".parse().unwrap(),
        evidence: "letter of 1 April, folder 12".into(),
    }
}

async fn submit(control: &Control, new: &NewAgreementVersion) -> Submitted {
    control.submit_agreement(new, None).await.unwrap()
}

async fn approve(control: &Control, text: &str, who: (&str, &str)) -> Acted {
    control
        .approve_agreement(&digest(text), &actor(who.0, who.1), "", &rules(), at(1))
        .await
        .unwrap()
}

async fn life(control: &Control, text: &str) -> VersionLife {
    let lives = control.agreement_lives().await.unwrap();
    lives
        .into_iter()
        .find(|l| l.version.digest == digest(text))
        .unwrap()
}

fn refused(acted: &Acted) -> &ActRefusal {
    match acted {
        Acted::Refused(refusal) => refusal,
        other => panic!("{other:?} was not refused"),
    }
}

pub(crate) async fn a_version_is_kept_once_by_its_digest(address: &str) {
    let control = Control::open(address).await.unwrap();
    let first = new("DSA-1", "1.0", "one");
    assert_eq!(submit(&control, &first).await, Submitted::Now(1));
    assert_eq!(submit(&control, &first).await, Submitted::Already(1));
    assert_eq!(
        submit(&control, &new("DSA-1", "1.0", "another text")).await,
        Submitted::VersionTaken
    );
    assert_eq!(
        submit(&control, &new("DSA-1", "1.1", "two")).await,
        Submitted::Now(2)
    );
    let text = control.agreement_text(&digest("one")).await.unwrap();
    assert_eq!(text.as_deref(), Some("one"));
    assert_eq!(control.agreement_text("nothing").await.unwrap(), None);
    let kept = life(&control, "two").await.version;
    assert_eq!(
        (kept.reference.as_str(), kept.version.as_str(), kept.number),
        ("DSA-1", "1.1", 2)
    );
    assert_eq!(kept.writers, ["meg"]);
    for wrong in ["", "nul \0", &"x".repeat(300_000)] {
        let refused = control
            .submit_agreement(&new("DSA-2", "1", wrong), None)
            .await;
        assert!(refused.is_err());
    }
}

pub(crate) async fn two_people_of_different_roles_approve(address: &str) {
    let control = Control::open(address).await.unwrap();
    submit(&control, &new("DSA-1", "1.0", "one")).await;
    assert_eq!(
        refused(&approve(&control, "something else", ("ivy", "ig_lead")).await),
        &ActRefusal::NoSuchText
    );
    assert_eq!(
        refused(&approve(&control, "one", ("meg", "ig_lead")).await),
        &ActRefusal::OwnText
    );
    assert!(matches!(
        refused(&approve(&control, "one", ("ana", "analyst")).await),
        ActRefusal::NotAnApprover { .. }
    ));
    assert_eq!(
        approve(&control, "one", ("ivy", "ig_lead")).await,
        Acted::Now(1)
    );
    // The same person again, in whatever role, is the same approval.
    for role in ["ig_lead", "asset_owner"] {
        assert_eq!(
            approve(&control, "one", ("ivy", role)).await,
            Acted::Already(1)
        );
    }
    assert!(matches!(
        refused(&approve(&control, "one", ("ira", "ig_lead")).await),
        ActRefusal::SameRole { .. }
    ));
    assert_eq!(
        life(&control, "one").await.stage(&rules()),
        Stage::Submitted
    );
    assert_eq!(
        approve(&control, "one", ("ada", "asset_owner")).await,
        Acted::Now(2)
    );
    assert_eq!(life(&control, "one").await.stage(&rules()), Stage::Approved);
    assert!(matches!(
        refused(&approve(&control, "one", ("cal", "caldicott_guardian")).await),
        ActRefusal::EnoughApprovals { .. }
    ));
}

pub(crate) async fn approvals_at_once_are_judged_one_after_the_other(address: &str) {
    let control = Control::open(address).await.unwrap();
    submit(&control, &new("DSA-1", "1.0", "one")).await;
    let (a, b, c, d) = tokio::join!(
        approve(&control, "one", ("ivy", "ig_lead")),
        approve(&control, "one", ("ira", "ig_lead")),
        approve(&control, "one", ("ada", "asset_owner")),
        approve(&control, "one", ("ivy", "ig_lead")),
    );
    let kept = life(&control, "one").await;
    let roles: Vec<&str> = kept.approvals().map(|act| act.role.as_str()).collect();
    assert_eq!(roles.len(), 2, "{a:?} {b:?} {c:?} {d:?}");
    assert!(roles.contains(&"ig_lead") && roles.contains(&"asset_owner"));
}

pub(crate) async fn a_version_that_went_back_or_was_overtaken_takes_no_approval(address: &str) {
    let control = Control::open(address).await.unwrap();
    submit(&control, &new("DSA-1", "1.0", "one")).await;
    submit(&control, &new("DSA-1", "1.1", "two")).await;
    assert_eq!(
        refused(&approve(&control, "one", ("ivy", "ig_lead")).await),
        &ActRefusal::Superseded {
            version: "1.1".into()
        }
    );
    let who = actor("cal", "caldicott_guardian");
    let back = control
        .return_agreement(
            &digest("two"),
            &who,
            "The period is too long",
            &rules(),
            at(2),
        )
        .await
        .unwrap();
    assert_eq!(back, Acted::Now(1));
    assert!(matches!(
        refused(&approve(&control, "two", ("ivy", "ig_lead")).await),
        ActRefusal::Over { .. }
    ));
    assert_eq!(life(&control, "two").await.stage(&rules()), Stage::Returned);
    // What overtook it is gone, so the earlier one counts again, until its writer takes it back.
    assert_eq!(
        approve(&control, "one", ("ivy", "ig_lead")).await,
        Acted::Now(2)
    );
    for (name, taken) in [("ana", false), ("meg", true)] {
        let who = actor(name, "agreement_manager");
        let done = control
            .withdraw_agreement(&digest("one"), &who, "A slip", &rules(), at(3))
            .await
            .unwrap();
        assert_eq!(done == Acted::Now(3), taken);
    }
    assert_eq!(
        life(&control, "one").await.stage(&rules()),
        Stage::Withdrawn
    );
    let without = control
        .return_agreement(
            &digest("one"),
            &actor("cal", "caldicott_guardian"),
            " ",
            &rules(),
            at(4),
        )
        .await;
    assert!(without.is_err(), "a reason is needed");
}

pub(crate) async fn a_party_signs_once_and_only_what_was_approved(address: &str) {
    let control = Control::open(address).await.unwrap();
    submit(&control, &new("DSA-1", "1.0", "one")).await;
    let who = actor("ivy", "ig_lead");
    let sign = async |new: NewSignature| {
        control
            .sign_agreement(&digest("one"), &who, &new, &rules(), at(5))
            .await
            .unwrap()
    };
    assert_eq!(
        refused(&sign(signature("621", "Amara Invented")).await),
        &ActRefusal::NotApproved {
            needed: 2,
            given: 0
        }
    );
    approve(&control, "one", ("ivy", "ig_lead")).await;
    approve(&control, "one", ("ada", "asset_owner")).await;
    assert_eq!(
        sign(signature("621", "Amara Invented")).await,
        Acted::Now(3)
    );
    assert_eq!(
        sign(signature("621", "Amara Invented")).await,
        Acted::Already(3)
    );
    assert!(matches!(
        refused(&sign(signature("621", "Bryn Invented")).await),
        ActRefusal::PartySigned { .. }
    ));
    let (one, two) = tokio::join!(
        sign(signature("991", "Chandra Invented")),
        sign(signature("991", "Dilys Invented"))
    );
    assert!(matches!(&one, Acted::Now(_)) != matches!(&two, Acted::Now(_)));
    let kept = life(&control, "one").await;
    assert_eq!(kept.signatures().count(), 2);
    let first = kept.signatures().next().unwrap();
    assert_eq!(
        (first.day.as_str(), first.words.as_str(), first.by.as_str()),
        ("2026-04-01", "letter of 1 April, folder 12", "ivy")
    );
}

pub(crate) async fn the_end_of_an_agreement_is_kept_once(address: &str) {
    let control = Control::open(address).await.unwrap();
    let who = actor("ivy", "ig_lead");
    // Of an agreement that came as content, so no version of it was handed in.
    let about = ("DSA-0417", "1.0", "abc");
    for expected in [Acted::Now(1), Acted::Already(1)] {
        let done = control
            .end_agreement(ActKind::Closing, about, &who, "The project ended", at(0))
            .await
            .unwrap();
        assert_eq!(done, expected);
    }
    let not_an_end = control
        .end_agreement(ActKind::Approved, about, &who, "sly", at(0))
        .await;
    assert!(not_an_end.is_err());
    assert_eq!(control.agreement_acts().await.unwrap().len(), 1);
    for (days, new) in [(90, true), (90, false), (30, true)] {
        let warned = control.warn_of_end("DSA-0417", "2027-03-31", days, at(0));
        assert_eq!(warned.await.unwrap(), new);
    }
}

pub(crate) async fn a_draft_is_changed_only_as_its_writer_saw_it(address: &str) {
    let control = Control::open(address).await.unwrap();
    let id = control
        .begin_agreement_draft("a", "", "meg", at(0))
        .await
        .unwrap();
    let save = async |revision, text: &str, by: &str| {
        control
            .save_agreement_draft(&id, revision, text, by, at(1))
            .await
            .unwrap()
    };
    assert_eq!(save(1, "b", "meg").await, DraftSaved::Now(2));
    assert_eq!(save(1, "b", "meg").await, DraftSaved::Now(2));
    assert!(matches!(
        save(1, "c", "mel").await,
        DraftSaved::Changed(draft) if draft.text == "b"
    ));
    assert_eq!(save(2, "c", "mel").await, DraftSaved::Now(3));
    let (one, two) = tokio::join!(save(3, "d", "meg"), save(3, "e", "mel"));
    assert!(matches!(&one, DraftSaved::Now(4)) != matches!(&two, DraftSaved::Now(4)));

    // What is handed in is what was looked at, and both who wrote it are its writers.
    let draft = control.agreement_draft(&id).await.unwrap().unwrap();
    let version = NewAgreementVersion {
        writers: draft.writers.clone(),
        ..new("DSA-1", "1.0", &draft.text)
    };
    for (revision, expected) in [(3, Submitted::DraftChanged), (4, Submitted::Now(1))] {
        let done = control.submit_agreement(&version, Some((&id, revision)));
        assert_eq!(done.await.unwrap(), expected);
    }
    assert_eq!(control.agreement_draft(&id).await.unwrap(), None);
    assert_eq!(
        life(&control, &draft.text).await.version.writers,
        ["meg", "mel"]
    );
    assert_eq!(save(4, "f", "meg").await, DraftSaved::Gone);
}

pub(crate) async fn a_suspension_holds_until_it_is_lifted(address: &str) {
    let control = Control::open(address).await.unwrap();
    let kind = SuspendedKind::Agreement;
    let suspend = async |why: &str| control.suspend(kind, "DSA-1", why, "ivy", at(0)).await;
    assert_eq!(
        suspend("An incident").await.unwrap(),
        SuspensionDone::Now(1)
    );
    assert_eq!(
        suspend("Another").await.unwrap(),
        SuspensionDone::Already(1)
    );
    assert!(suspend("two\nlines").await.is_err());
    let standing = control.suspension_of(kind, "DSA-1").await.unwrap().unwrap();
    assert_eq!(standing.reason, "An incident");
    assert_eq!(control.suspension_of(kind, "DSA-2").await.unwrap(), None);
    for expected in [SuspensionDone::Now(1), SuspensionDone::Already(1)] {
        let lifted = control.lift(1, "It was put right", "cal", at(9));
        assert_eq!(lifted.await.unwrap(), expected);
    }
    assert_eq!(
        control.lift(7, "none", "cal", at(9)).await.unwrap(),
        SuspensionDone::None
    );
    assert_eq!(control.suspension_of(kind, "DSA-1").await.unwrap(), None);
    let stamp = control.agreement_stamp().await.unwrap();
    assert_eq!(suspend("Again").await.unwrap(), SuspensionDone::Now(2));
    assert_ne!(control.agreement_stamp().await.unwrap(), stamp);
    let all = control.suspensions().await.unwrap();
    assert_eq!(all.len(), 2);
    assert_eq!(
        all[0].lifted,
        Some((at(9), "cal".into(), "It was put right".into()))
    );
}

pub(crate) async fn a_suspended_person_is_out_at_once(address: &str) {
    let control = crate::people::with_ada(address).await;
    let name = ada().username;
    let signed_in = control.sign_in(&name, &password(), at(0)).await.unwrap();
    let signed_in = signed_in.signed_in().unwrap();
    let token = signed_in.token.reveal().to_owned();
    let machine = control
        .create_token(&name, &signed_in.session.position, at(0), at(600))
        .await
        .unwrap();
    assert!(control.session(&token, at(1)).await.unwrap().is_some());

    // However the name is typed.
    let kind = SuspendedKind::Person;
    let done = control.suspend(kind, " ADA.Thornby ", "An incident", "ivy", at(1));
    assert_eq!(done.await.unwrap(), SuspensionDone::Now(1));
    assert!(control.session(&token, at(1)).await.unwrap().is_none());
    assert!(control.sign_in(&name, &password(), at(1)).await.is_err());
    let by_token = control.session_of_token(machine.reveal(), at(1)).await;
    assert!(by_token.unwrap().is_none());
    let account = control.account(&name).await.unwrap().unwrap();
    assert_eq!(account.disabled_at, Some(at(1)));

    control.lift(1, "A mistake", "cal", at(2)).await.unwrap();
    assert!(control.sign_in(&name, &password(), at(2)).await.is_ok());
    // What they held before does not come back to life.
    assert!(control.session(&token, at(2)).await.unwrap().is_none());
    let by_token = control.session_of_token(machine.reveal(), at(2)).await;
    assert!(by_token.unwrap().is_none());
    let account = control.account(&name).await.unwrap().unwrap();
    assert_eq!(account.disabled_at, None);
}

pub(crate) async fn a_suspended_release_is_public_no_more(address: &str) {
    let control = Control::open(address).await.unwrap();
    let release = crate::releases::release("r1", control::ReleaseState::Released);
    assert!(control.add_release(&release).await.unwrap());
    assert_eq!(control.public_releases().await.unwrap().len(), 1);
    let kind = SuspendedKind::Release;
    control
        .suspend(kind, "r1", "A count was wrong", "ivy", at(1))
        .await
        .unwrap();
    assert!(control.public_release("r1").await.unwrap().is_none());
    assert!(control.public_releases().await.unwrap().is_empty());
    assert!(control.any_release("r1").await.unwrap().is_some());
    control.lift(1, "It was right", "cal", at(2)).await.unwrap();
    assert!(control.public_release("r1").await.unwrap().is_some());
}
