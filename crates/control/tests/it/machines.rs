//! Tokens of machines, and files that they send in parts.

use crate::people::{at, organisation, position};
use control::{Control, Role, Stated, Upload};
use model::{Identifying, SubmissionId};

pub(crate) async fn a_token_stands_for_one_role_and_organisation_until_it_ends(address: &str) {
    let control = Control::open(address).await.unwrap();
    let place = position(Role::Submitter, "991");
    let token = control
        .create_token("caseworks.991", &place, at(0), at(60))
        .await
        .unwrap();
    assert_eq!(format!("{token:?}"), "‹access token›");
    let of = async |text: &str, minute| control.session_of_token(text, at(minute)).await.unwrap();
    let session = of(token.reveal(), 59).await.unwrap();
    assert_eq!(
        (session.username.as_str(), &session.position),
        ("caseworks.991", &place)
    );
    assert!(of(token.reveal(), 60).await.is_none(), "it has ended");
    for wrong in ["", "haven_", "haven_00", &token.reveal()[6..]] {
        assert!(of(wrong, 1).await.is_none(), "{wrong}");
    }
    // A token is no session of the site, and a form of nobody's.
    assert!(
        control
            .session(token.reveal(), at(1))
            .await
            .unwrap()
            .is_none()
    );
    assert!(!session.csrf_matches(""));
    assert_eq!(control.revoke_tokens("caseworks.991").await.unwrap(), 1);
    assert!(of(token.reveal(), 1).await.is_none());
    let odd = control
        .create_token("Case Works", &place, at(0), at(60))
        .await;
    assert!(odd.is_err());
}

pub(crate) async fn an_upload_is_its_organisations_own_until_it_runs_out(address: &str) {
    let control = Control::open(address).await.unwrap();
    let upload = Upload {
        id: "ab12".into(),
        username: "caseworks.991".into(),
        organisation: organisation("991"),
        dataset: "home-care".into(),
        file_name: Identifying::new("../march.csv".into()),
        stated: Some(Stated {
            window: None,
            from: "2026-01-01".parse().unwrap(),
            to: "2026-03-31".parse().unwrap(),
        }),
        bytes: 7,
        created_at: at(0),
        ends_at: at(60),
        submission: None,
    };
    control.begin_upload(&upload).await.unwrap();
    let of = async |code: &'static str, minute| {
        control
            .upload("ab12", &organisation(code), at(minute))
            .await
            .unwrap()
    };
    let kept = of("991", 1).await.unwrap();
    assert_eq!((kept.stated, kept.bytes), (upload.stated, 7));
    assert_eq!(kept.file_name.reveal(), "march.csv");
    assert!(of("992", 1).await.is_none());
    assert!(of("991", 60).await.is_none());
    let became = SubmissionId::from_digest("cd34");
    control.finish_upload("ab12", &became).await.unwrap();
    assert_eq!(of("991", 1).await.unwrap().submission, Some(became));
    assert!(control.ended_uploads(at(59)).await.unwrap().is_empty());
    assert_eq!(control.ended_uploads(at(60)).await.unwrap(), ["ab12"]);
    control.forget_upload("ab12").await.unwrap();
    assert!(of("991", 1).await.is_none());
}
