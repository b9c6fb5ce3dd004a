//! What concerns the file: several processes at once, what its bytes hold, and tampering.

use crate::{
    crowds,
    people::{at, password, with_ada},
};
use control::{Control, ControlError, NewRelease, ReleaseState};
use sqlx::{ConnectOptions, Executor, sqlite::SqliteConnectOptions};
use std::{path::Path, process::Command, str::FromStr};

/// The file that tells a child where to write and what to say, in its working directory.
const ORDERS: &str = "child-orders.txt";

/// Not a test by itself: the other half of the next one, run as a process of its own. Without orders
/// in the working directory there is nothing to do.
#[tokio::test]
async fn child_process() {
    let Ok(orders) = std::fs::read_to_string(ORDERS) else {
        return;
    };
    let (owner, address) = orders.split_once(' ').unwrap();
    let control = Control::open(address).await.unwrap();
    let (kept, runs, leases) = crowds::write(&control, owner).await;
    std::fs::write("child-report.txt", format!("{kept} {runs} {leases}")).unwrap();
}

#[test]
fn processes_write_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let address = format!("sqlite://{}", folder.path().join("control.db").display());
    let children: Vec<_> = (0..4)
        .map(|n| {
            let place = folder.path().join(format!("child {n}"));
            std::fs::create_dir(&place).unwrap();
            std::fs::write(place.join(ORDERS), format!("child{n} {address}")).unwrap();
            let child = Command::new(std::env::current_exe().unwrap())
                .args(["--exact", "sqlite_only::child_process", "--nocapture"])
                .current_dir(&place)
                .spawn()
                .unwrap();
            (place, child)
        })
        .collect();
    let mut sums = [0; 3];
    for (place, mut child) in children {
        assert!(child.wait().unwrap().success());
        let report = std::fs::read_to_string(place.join("child-report.txt")).unwrap();
        for (sum, number) in sums.iter_mut().zip(report.split(' ')) {
            *sum += number.parse::<usize>().unwrap();
        }
    }
    assert_eq!(sums, [15, 15, 15]);
}

#[tokio::test]
async fn the_file_holds_no_password_and_no_token() {
    let folder = tempfile::tempdir().unwrap();
    let control = with_ada(&address(folder.path())).await;
    let signed_in = control
        .sign_in("ada.thornby", &password(), at(0))
        .await
        .unwrap()
        .signed_in()
        .unwrap();
    let mut bytes = Vec::new();
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        bytes.extend(std::fs::read(entry.unwrap().path()).unwrap());
    }
    let holds = |text: &str| bytes.windows(text.len()).any(|w| w == text.as_bytes());
    // First that the search finds what is there.
    assert!(holds("Ada Thornby") && holds("$argon2id$"));
    assert!(holds(signed_in.session.csrf_token()));
    assert!(!holds("correct horse"));
    assert!(!holds(signed_in.token.reveal()));
}

#[tokio::test]
async fn an_altered_release_is_not_shown() {
    let folder = tempfile::tempdir().unwrap();
    let control = Control::open(&address(folder.path())).await.unwrap();
    let release = NewRelease {
        id: "x1".into(),
        title: "t".into(),
        agreement: "a".into(),
        agreement_version: "1".into(),
        purpose: "p".into(),
        rule_set: "r".into(),
        table_json: "[10]".into(),
        created_at: at(0),
        created_by: "ada.thornby".into(),
        state: ReleaseState::Released,
    };
    control.add_release(&release).await.unwrap();
    tamper(folder.path(), "UPDATE releases SET table_json = '[3]'").await;
    let refused = control.public_release("x1").await.unwrap_err();
    assert!(matches!(refused, ControlError::Altered { ref id } if id == "x1"));
}

#[tokio::test]
async fn rows_that_were_never_ours_are_refused_by_the_tables() {
    let folder = tempfile::tempdir().unwrap();
    let control = with_ada(&address(folder.path())).await;
    tamper(
        folder.path(),
        "PRAGMA ignore_check_constraints = ON; UPDATE positions SET role = 'king'",
    )
    .await;
    let unreadable = control.account("ada.thornby").await.unwrap_err();
    assert!(matches!(
        unreadable,
        ControlError::Unreadable { column: "role" }
    ));
}

fn address(folder: &Path) -> String {
    format!("sqlite://{}", folder.join("control.db").display())
}

async fn tamper(folder: &Path, statement: &'static str) {
    let mut connection = SqliteConnectOptions::from_str(&address(folder))
        .unwrap()
        .connect()
        .await
        .unwrap();
    connection.execute(statement).await.unwrap();
}
