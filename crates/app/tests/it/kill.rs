//! Killed at any moment, a command leaves nothing lost and nothing doubled.

use crate::workspace::{Ended, TODAY, Workspace, invented_place, timeless};
use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

/// Where the random moments begin; another number tries others.
const SEED: u64 = 2_026;

/// Numbers that look random and are the same on every run (`SplitMix64`).
struct Moments(u64);

impl Moments {
    fn below(&mut self, end: Duration) -> Duration {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        let part = u32::try_from(mixed >> 32).unwrap();
        end.mul_f64(f64::from(part) / f64::from(u32::MAX))
    }
}

/// A place to start from, the file that is landed in it, and what an undisturbed run comes to.
struct Case {
    start: Workspace,
    file: PathBuf,
    receipt: serde_json::Value,
    landed: Vec<serde_json::Value>,
    events: Vec<String>,
    findings: Vec<String>,
    log: Vec<String>,
    /// The longest of some undisturbed runs.
    takes: Duration,
}

impl Case {
    /// From an empty home, or from one with a submission of a neighbour landed before.
    fn new(place: &Path, landed_before: bool) -> Self {
        let start = Workspace::new();
        if landed_before {
            let neighbour = place.join("place/cld/991_20260930.csv");
            start.json(&[
                "land",
                neighbour.to_str().unwrap(),
                "--from",
                "991",
                "--today",
                TODAY,
            ]);
        }
        let file = place.join("place/cld/621_20260930.csv");
        let mut takes = Duration::ZERO;
        let (mut clean, mut receipt) = (Workspace::like(&start), serde_json::Value::Null);
        for _ in 0..3 {
            clean = Workspace::like(&start);
            let began = Instant::now();
            let receipts = clean.json(&land(&file));
            takes = takes.max(began.elapsed());
            receipt = timeless(&receipts["receipts"][0]);
        }
        assert_eq!(receipt["landed"], true);
        let (landed, events, findings) = (
            clean.landed(),
            clean.identified("cld_event"),
            clean.identified("finding"),
        );
        assert!(
            events.len() > 100 && !findings.is_empty(),
            "the file is too small to say much"
        );
        assert_eq!(landed.len(), 1 + usize::from(landed_before));
        Self {
            start,
            file,
            receipt,
            landed,
            events,
            findings,
            log: clean.landings_in_the_log(),
            takes,
        }
    }

    /// What a kill has left is nothing or the whole, and landing the file again makes it the whole.
    fn holds_after(&self, killed: &Workspace, when: &str) {
        let id = &self.receipt["id"];
        let events = killed.identified("cld_event");
        let before = self.start.identified("cld_event");
        assert!(
            events == self.events || events == before,
            "{when}: the table has half of a submission"
        );
        let status = killed.json(&["status"]);
        let seen = status["submissions"]
            .as_array()
            .unwrap()
            .iter()
            .find(|s| s["id"] == *id);
        match seen {
            Some(seen) if seen["landed"] == true => {
                assert_eq!(
                    timeless(seen),
                    self.receipt,
                    "{when}: the record is not whole"
                );
                assert_eq!(events, self.events, "{when}: a record without its rows");
            }
            Some(seen) => assert_eq!(seen["rows_landed"], 0, "{when}"),
            None => {}
        }
        let again = killed.json(&land(&self.file));
        assert_eq!(
            timeless(&again["receipts"][0]),
            self.receipt,
            "{when}: another receipt"
        );
        assert_eq!(killed.landed(), self.landed, "{when}: other submissions");
        assert_eq!(
            killed.identified("cld_event"),
            self.events,
            "{when}: other rows"
        );
        assert_eq!(
            killed.identified("finding"),
            self.findings,
            "{when}: other findings"
        );
        killed.audit_is_whole();
        assert_eq!(
            killed.landings_in_the_log(),
            self.log,
            "{when}: other entries in the log"
        );
    }
}

fn land(file: &Path) -> Vec<&str> {
    vec![
        "land",
        file.to_str().unwrap(),
        "--from",
        "621",
        "--today",
        TODAY,
    ]
}

/// Starts a command and kills it after some time, if it still runs then.
fn kill_after(workspace: &Workspace, arguments: &[&str], wait: Duration) {
    let mut child = workspace.command(arguments).spawn().unwrap();
    // The wait is the test: the kill has to come from outside, at a moment that the program knows nothing of.
    std::thread::sleep(wait);
    child.kill().unwrap();
    child.wait().unwrap();
}

fn at_every_write_point(landed_before: bool) {
    let place = invented_place(2_000);
    let case = Case::new(place.path(), landed_before);
    let mut point = 0u64;
    loop {
        point += 1;
        let workspace = Workspace::like(&case.start);
        let output = workspace
            .command(&land(&case.file))
            .env("HAVEN_KILL_AT_WRITE_POINT", point.to_string())
            .output()
            .unwrap();
        let ended = Ended::from(output);
        case.holds_after(&workspace, &format!("write point {point}"));
        let once_more = workspace.json(&land(&case.file));
        assert_eq!(
            once_more["receipts"][0]["was_there"], true,
            "write point {point}: not recognised"
        );
        match ended.code {
            Some(0) => break,
            code => assert_eq!(
                code, None,
                "write point {point} ended the process by itself: {}",
                ended.err
            ),
        }
    }
    assert!(
        point > 12,
        "only {point} write points: some durable change has none"
    );
}

#[test]
fn killing_a_landing_at_each_write_point_in_an_empty_home_loses_and_doubles_nothing() {
    at_every_write_point(false);
}

#[test]
fn killing_a_landing_at_each_write_point_beside_another_submission_loses_and_doubles_nothing() {
    at_every_write_point(true);
}

fn at_fifty_random_moments(landed_before: bool, seed: u64) {
    let place = invented_place(2_000);
    let case = Case::new(place.path(), landed_before);
    let mut moments = Moments(seed);
    for attempt in 0..50 {
        let wait = moments.below(case.takes);
        let workspace = Workspace::like(&case.start);
        kill_after(&workspace, &land(&case.file), wait);
        case.holds_after(&workspace, &format!("attempt {attempt}, after {wait:?}"));
    }
}

#[test]
fn killing_a_landing_at_random_moments_in_an_empty_home_loses_and_doubles_nothing() {
    at_fifty_random_moments(false, SEED);
}

#[test]
fn killing_a_landing_at_random_moments_beside_another_submission_loses_and_doubles_nothing() {
    at_fifty_random_moments(true, SEED + 1);
}

/// The steps after landing, in their order.
const STEPS: [&str; 3] = ["link", "pseudonymise", "derive"];

#[test]
fn killing_the_steps_at_random_moments_changes_no_table() {
    let place = invented_place(1_000);
    let start = Workspace::new();
    land_everything(&start, place.path());
    let clean = Workspace::like(&start);
    let takes = STEPS.map(|step| {
        let began = Instant::now();
        clean.json(&[step]);
        began.elapsed()
    });
    let tables = clean.everything();
    assert!(
        tables.len() > 15
            && tables
                .iter()
                // Nobody has decided anything here.
                .all(|(name, rows)| !rows.is_empty() || name.ends_with("/link_decided")),
        "{:?}",
        tables.keys()
    );
    let mut moments = Moments(SEED);
    for attempt in 0..20 {
        let (at, workspace) = (attempt % STEPS.len(), Workspace::like(&start));
        for step in &STEPS[..at] {
            workspace.json(&[step]);
        }
        let wait = moments.below(takes[at]);
        kill_after(&workspace, &[STEPS[at]], wait);
        for step in STEPS {
            workspace.json(&[step]);
        }
        let after = workspace.everything();
        for (name, rows) in &tables {
            let same = after.get(name).is_some_and(|r| r == rows);
            assert!(
                same,
                "attempt {attempt}, {} killed after {wait:?}: {name} is another",
                STEPS[at]
            );
        }
        assert_eq!(after.len(), tables.len());
        workspace.audit_is_whole();
    }
}

#[test]
fn a_first_landing_that_was_killed_does_not_stand_in_the_way_of_linking() {
    let place = invented_place(1_000);
    let start = Workspace::new();
    land_everything(&start, place.path());
    // The landing of a dataset of which nothing is there yet, killed at each point: the steps run all the same.
    let other = Workspace::new();
    let spells = place.path().join("place/hospital-spells.csv");
    let events = place.path().join("place/cld/621_20260930.csv");
    other.json(&land(&events));
    let index = place.path().join("place/demographic-index.csv");
    other.json(&[
        "land",
        index.to_str().unwrap(),
        "--dataset",
        "demographic-index",
        "--from",
        "PDS",
    ]);
    for point in 1.. {
        let workspace = Workspace::like(&other);
        let arguments = [
            "land",
            spells.to_str().unwrap(),
            "--dataset",
            "hospital-spells",
            "--from",
            "RAJ",
        ];
        let output = workspace
            .command(&arguments)
            .env("HAVEN_KILL_AT_WRITE_POINT", point.to_string())
            .output()
            .unwrap();
        for step in ["link", "pseudonymise"] {
            let ended = workspace.run(&[step]);
            assert_eq!(
                ended.code,
                Some(0),
                "`{step}` after a kill at write point {point}: {}",
                ended.err
            );
        }
        if output.status.success() {
            break;
        }
    }
}

/// Lands every file of an invented place.
fn land_everything(workspace: &Workspace, place: &Path) {
    let manifest = std::fs::read_to_string(place.join("place/manifest.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
    for file in manifest["files"].as_array().unwrap() {
        let path = place.join("place").join(file["path"].as_str().unwrap());
        let (dataset, sender) = (
            file["dataset"].as_str().unwrap(),
            file["sender"].as_str().unwrap(),
        );
        let path = path.to_str().unwrap();
        workspace.run(&[
            "land",
            path,
            "--dataset",
            dataset,
            "--from",
            sender,
            "--today",
            TODAY,
        ]);
    }
}
