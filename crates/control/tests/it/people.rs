//! The people, places and moments of the scenarios.

use chrono::{DateTime, TimeDelta, Utc};
use control::{Control, NewAccount, Password, Position, Role};
use model::OrganisationCode;

/// A moment of 1 April 2026, so many minutes after nine.
pub(crate) fn at(minutes: i64) -> DateTime<Utc> {
    let nine: DateTime<Utc> = "2026-04-01T09:00:00Z".parse().unwrap();
    nine + TimeDelta::minutes(minutes)
}

pub(crate) fn organisation(code: &str) -> OrganisationCode {
    OrganisationCode::new(code).unwrap()
}

pub(crate) fn position(role: Role, code: &str) -> Position {
    Position {
        role,
        organisation: organisation(code),
    }
}

pub(crate) fn password() -> Password {
    Password::new("correct horse battery")
}

/// A database with Ada, who submits for 991 and also for 992.
pub(crate) async fn with_ada(address: &str) -> Control {
    let control = Control::open(address).await.unwrap();
    assert!(control.create_account(&ada(), at(0)).await.unwrap());
    control
}

pub(crate) fn ada() -> NewAccount {
    NewAccount {
        username: "ada.thornby".into(),
        display_name: "Ada Thornby".into(),
        positions: vec![
            position(Role::Submitter, "992"),
            position(Role::Submitter, "991"),
        ],
        password: password(),
    }
}
