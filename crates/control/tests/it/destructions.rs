//! Who may have data destroyed.

use crate::people::at;
use control::{Control, DestructionApproval, DestructionKind, NewDestruction};

fn new(id: &str) -> NewDestruction {
    NewDestruction {
        id: id.into(),
        kind: DestructionKind::Submission,
        what: "0123456789abcdef0123".into(),
        reason: "sent by mistake".into(),
        by: "pru".into(),
        role: "privacy_officer".into(),
        at: at(0),
    }
}

pub(crate) async fn two_people_of_two_roles_have_data_destroyed_once(address: &str) {
    let control = Control::open(address).await.unwrap();
    assert!(control.request_destruction(&new("d-1")).await.unwrap());
    assert!(!control.request_destruction(&new("d-1")).await.unwrap());
    // Nothing is certified that nobody approved.
    assert!(
        !control
            .certify_destruction("d-1", "{}", at(1))
            .await
            .unwrap()
    );
    for (who, came_to) in [
        (("pru", "privacy_officer"), DestructionApproval::OwnRequest),
        (("pru", "asset_owner"), DestructionApproval::OwnRequest),
        (("pam", "privacy_officer"), DestructionApproval::SameRole),
        (("ada", "asset_owner"), DestructionApproval::Now),
        (("ada", "asset_owner"), DestructionApproval::Already),
        (("cal", "caldicott_guardian"), DestructionApproval::Already),
    ] {
        let found = control
            .approve_destruction("d-1", who, at(2))
            .await
            .unwrap();
        assert_eq!(found, came_to, "{who:?}");
    }
    let unknown = control.approve_destruction("d-9", ("ada", "asset_owner"), at(2));
    assert_eq!(unknown.await.unwrap(), DestructionApproval::Unknown);
    assert!(
        control
            .certify_destruction("d-1", "{\"a\":1}", at(3))
            .await
            .unwrap()
    );
    assert!(
        !control
            .certify_destruction("d-1", "{\"b\":2}", at(4))
            .await
            .unwrap()
    );
    let kept = control.destruction("d-1").await.unwrap().unwrap();
    assert_eq!(kept.certificate.as_deref(), Some("{\"a\":1}"));
    assert_eq!(
        kept.digest.as_deref(),
        // `printf '{"a":1}' | sha256sum`
        Some("015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862")
    );
    assert_eq!(kept.approved_by.as_deref(), Some("ada"));
    assert_eq!(control.destructions().await.unwrap(), [kept]);
    // What was found when it was begun stays as it was found first.
    for found in ["{\"copies\":3}", "{\"copies\":1}"] {
        let stands = control.destruction_found("d-1", found).await.unwrap();
        assert_eq!(stands.as_deref(), Some("{\"copies\":3}"));
    }
    // Refused by somebody else, and then neither approved nor refused again.
    assert!(control.request_destruction(&new("d-2")).await.unwrap());
    for (who, stands) in [("pru", false), ("ada", true), ("cal", false)] {
        let refused = control.refuse_destruction("d-2", who, "still needed", at(5));
        assert_eq!(refused.await.unwrap(), stands, "{who}");
    }
    let late = control.approve_destruction("d-2", ("cal", "caldicott_guardian"), at(6));
    assert_eq!(late.await.unwrap(), DestructionApproval::Refused);
    // People are digests, each kept once and under the destruction that came first.
    for id in ["d-1", "d-2"] {
        let digests = ["ab".repeat(32), "cd".repeat(32)];
        control.keep_erased(&digests, id, at(7)).await.unwrap();
    }
    let erased = control.erased_people().await.unwrap();
    assert_eq!(erased.len(), 2);
    assert!(erased.values().all(|by| by == "d-1"));
}
