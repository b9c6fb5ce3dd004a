//! Many at once: nobody fails, and nothing is lost or doubled.

use crate::{people::at, submissions::submission};
use control::{Control, NewRun};
use std::{sync::Arc, time::Duration};

pub(crate) async fn several_open_a_new_database_at_once(address: &str) {
    let opening: Vec<_> = (0..6)
        .map(|_| {
            let address = address.to_owned();
            tokio::spawn(async move { Control::open(&address).await })
        })
        .collect();
    for each in opening {
        let control = each.await.unwrap().unwrap();
        assert!(control.accounts().await.unwrap().is_empty());
    }
}

pub(crate) async fn two_pools_write_at_once(address: &str) {
    let pools = [
        Arc::new(Control::open(address).await.unwrap()),
        Arc::new(Control::open(address).await.unwrap()),
    ];
    let mut writers = Vec::new();
    for (number, pool) in pools.iter().enumerate() {
        for task in 0..4 {
            let (pool, owner) = (pool.clone(), format!("{number} {task}"));
            writers.push(tokio::spawn(async move { write(&pool, &owner).await }));
        }
    }
    let (mut kept, mut runs, mut leases) = (0, 0, 0);
    for writer in writers {
        let (k, r, l) = writer.await.unwrap();
        (kept, runs, leases) = (kept + k, runs + r, leases + l);
    }
    // Every writer tried all of them; each was done exactly once.
    assert_eq!((kept, runs, leases), (15, 15, 15));
    assert_eq!(pools[0].all_submissions().await.unwrap().len(), 15);
    let all = pools[1].recent_runs(100).await.unwrap();
    assert_eq!(all.len(), 15);
    assert!(all.iter().all(|run| run.steps.len() == 2));
}

/// Tries to keep 15 submissions, start 15 runs and take 15 leases; says how many of each were new.
pub(crate) async fn write(control: &Control, owner: &str) -> (usize, usize, usize) {
    let (mut kept, mut runs, mut leases) = (0, 0, 0);
    for n in 0..15 {
        let new = submission(&format!("{n:x}"), "991");
        kept += usize::from(control.receive_submission(&new).await.unwrap());
        let run = NewRun {
            id: format!("r{n}"),
            kind: "receive".into(),
            subject: None,
            started_at: at(n),
            code_version: "0.1.0".into(),
            inputs_digest: "d".into(),
            steps: vec!["land".into(), "check".into()],
        };
        runs += usize::from(control.start_run(&run).await.unwrap());
        let minute = Duration::from_mins(1);
        let lease = control.take_lease(&run.id, owner, minute, at(0));
        leases += usize::from(lease.await.unwrap().is_some());
    }
    (kept, runs, leases)
}
