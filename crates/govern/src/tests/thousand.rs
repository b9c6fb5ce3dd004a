//! Decisions with many agreements: each is right, and how long one takes does not grow with their number.
//!
//! `AGREEMENTS=1000 FIGURES=FILE` makes it the benchmark of `benches/governance`: the file gets the figures.

use super::{NOON, allowed, content_with, main_text, moment};
use crate::{
    Agreements, AuditKeeper, Digest, EntryBody, KeepError, Kept, Policies,
    agreement::clauses::PurposeCode, decide,
};
use model::{Content, FixedClock};
use std::{io::Write, time::Instant};

struct Nowhere;

impl AuditKeeper for Nowhere {
    fn keep(&self, _: EntryBody) -> Result<Kept, KeepError> {
        Ok(Kept {
            seq: 1,
            hash: Digest::none(),
        })
    }
}

/// Agreements that differ in reference, person and purpose.
fn many(count: usize) -> Content {
    let text = main_text();
    let house = content_with(&text);
    let mut files = vec![(
        "agreements/house.toml".to_owned(),
        house.bytes("agreements/house.toml").unwrap().to_vec(),
    )];
    for n in 0..count {
        let other = text
            .replace("DSA-0417", &format!("DSA-{n:05}"))
            .replace("account = \"ana\"", &format!("account = \"ana{n}\""));
        files.push((format!("agreements/a{n}.toml"), other.into_bytes()));
    }
    Content::from_files(files)
}

fn asked(name: &str) -> Option<String> {
    std::env::var_os(name).and_then(|value| value.into_string().ok())
}

#[test]
fn each_of_many_agreements_decides_by_its_own_policies() {
    let count = asked("AGREEMENTS").map_or(12, |n| n.parse().unwrap());
    let agreements = Agreements::read(&many(count)).unwrap();
    assert_eq!(agreements.iter().count(), count);
    let policies = Policies::new().unwrap();
    let clock = FixedClock(moment(NOON));
    let started = Instant::now();
    for agreement in agreements.iter() {
        policies.of(agreement).unwrap();
    }
    let building = started.elapsed();
    let whole = policies.whole(&agreements).unwrap();
    assert_eq!(
        whole.policies().len(),
        count * 3 + 14,
        "two purposes and the files that leave for each, and the global forbids"
    );
    let mut taken = Vec::new();
    for round in 0..2_000usize.min(count * 4) {
        let n = (round * 7_919) % count;
        let mut question = allowed();
        question.agreement = format!("DSA-{n:05}");
        question.person.username = format!("ana{n}");
        let others = round % 4 == 3;
        if others {
            question.person.username = format!("ana{}", (n + 1) % count);
        }
        question.purpose = PurposeCode::PopulationHealth.code().to_owned();
        let started = Instant::now();
        let decided = decide(&Nowhere, &agreements, &policies, &question, &clock);
        taken.push(started.elapsed());
        assert_eq!(decided.is_err(), others, "{n}");
    }
    taken.sort();
    if let Some(path) = asked("FIGURES") {
        let micros = |part: usize| taken[taken.len() * part / 100].as_micros();
        let mut file = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(path)
            .unwrap();
        writeln!(
            file,
            "decisions,agreements,{count},policies,{},build_all_ms,{},median_us,{},p95_us,{},p99_us,{}",
            whole.policies().len(),
            building.as_millis(),
            micros(50),
            micros(95),
            micros(99),
        )
        .unwrap();
    }
}
