//! The invented place after the whole journey, made once and shared by the tests that only ask of it.

use crate::workspace::{Ended, Workspace};
use model::{Function, Pseudonymous, Sql, Zone};
use std::{
    io::Write,
    path::Path,
    process::{Command, Stdio},
    sync::{Arc, OnceLock},
};
use store::{
    Engine, EngineSettings, Store, WritePoints, ZoneKey,
    arrow::{
        array::RecordBatch,
        util::display::{ArrayFormatter, FormatOptions},
    },
};

/// The agreement of the demo that is in force, and what its analyst asks for.
pub(crate) const IN_FORCE: [&str; 6] = [
    "--agreement",
    "DSA-0417",
    "--purpose",
    "commissioning",
    "--as",
    "ana",
];

/// A workspace in which the whole journey was run.
pub(crate) struct Demo {
    pub(crate) workspace: Workspace,
    /// What the run said.
    pub(crate) ran: Ended,
}

/// The place, made by the first test that needs it.
pub(crate) fn demo() -> &'static Demo {
    static PLACE: OnceLock<Demo> = OnceLock::new();
    PLACE.get_or_init(|| {
        let workspace = Workspace::new();
        let ran = workspace.run(&["demo", "--no-serve", "--people", "1500"]);
        assert_eq!(ran.code, Some(0), "{}{}", ran.out, ran.err);
        Demo { workspace, ran }
    })
}

impl Demo {
    /// Asks in SQL under the agreement that is in force.
    pub(crate) fn ask(&self, sql: &str) -> Ended {
        self.with_question(&[&["ask"][..], &IN_FORCE].concat(), sql)
    }

    /// Asks for a table that may leave.
    pub(crate) fn release(&self, sql: &str) -> Ended {
        self.with_question(&[&["release"][..], &IN_FORCE].concat(), sql)
    }

    /// The rows of a question that has to be answered.
    pub(crate) fn rows(&self, sql: &str) -> Vec<Vec<Option<String>>> {
        self.rows_under(&IN_FORCE, sql)
    }

    /// The rows of a question that has to be answered under some agreement.
    pub(crate) fn rows_under(&self, terms: &[&str], sql: &str) -> Vec<Vec<Option<String>>> {
        let ended = self.with_question(&[&["ask", "--json"][..], terms].concat(), sql);
        assert_eq!(ended.code, Some(0), "{sql}: {}", ended.err);
        let document: serde_json::Value = serde_json::from_str(&ended.out).unwrap();
        serde_json::from_value(document["rows"].clone()).unwrap()
    }

    /// Runs a command whose question comes on standard input, as long ones must.
    pub(crate) fn with_question(&self, arguments: &[&str], sql: &str) -> Ended {
        with_input(self.workspace.command(&[arguments, &["-"]].concat()), sql)
    }
}

/// Runs a command with this text on its standard input.
pub(crate) fn with_input(mut command: Command, text: &str) -> Ended {
    let mut child = command
        .env("HAVEN_ENGINE__ANSWER_SECONDS", "5")
        .env("HAVEN_ENGINE__MEMORY_MB", "128")
        .env("HAVEN_ENGINE__SPILL_MB", "200")
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let text = text.to_owned();
    // A command that refuses early does not read to the end, which is no fault.
    let writing = std::thread::spawn(move || drop(input.write_all(text.as_bytes())));
    let ended = child.wait_with_output().unwrap().into();
    writing.join().unwrap();
    ended
}

/// Some columns of a table of the analysis side as the store has them, as text; null is empty.
pub(crate) fn table(
    folder: &str,
    part: &'static str,
    table: &str,
    columns: &[&str],
) -> Vec<Vec<String>> {
    let home = demo().workspace.home();
    let store = open::<Pseudonymous>(&home, folder, part);
    let sql = Sql::content(format!("select {} from {table}", columns.join(", ")));
    let engine = engine(&home.join("look"));
    cells(&wait(engine.look(&[&store], &[table], &sql)).unwrap())
}

/// A store of the workspace, opened with its key.
pub(crate) fn open<Z: Zone>(home: &Path, folder: &str, part: &'static str) -> Store<Z> {
    let key = crate::workspace::key_text(home, &format!("keys/{folder}.key"));
    Store::open(
        &home.join(folder),
        part,
        ZoneKey::parse(&key, Z::NAME).unwrap(),
        Arc::new(WritePoints::default()),
    )
    .unwrap()
}

/// An engine that knows no function of ours.
pub(crate) fn engine(spill: &Path) -> Engine {
    engine_with(spill, Vec::new())
}

/// An engine with functions.
pub(crate) fn engine_with(spill: &Path, functions: Vec<Function>) -> Engine {
    let settings = EngineSettings {
        memory_mb: 256,
        threads: 2,
        spill_folder: spill.to_path_buf(),
        spill_mb: 100,
        version: String::new(),
    };
    Engine::new(settings, functions).unwrap()
}

/// Waits for work of the store.
pub(crate) fn wait<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
        .block_on(work)
}

/// Rows as text; null is empty.
pub(crate) fn cells(batches: &[RecordBatch]) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    for batch in batches {
        let options = FormatOptions::default();
        let columns: Vec<ArrayFormatter<'_>> = batch
            .columns()
            .iter()
            .map(|c| ArrayFormatter::try_new(c.as_ref(), &options).unwrap())
            .collect();
        rows.extend((0..batch.num_rows()).map(|row| {
            columns
                .iter()
                .map(|c| c.value(row).to_string())
                .collect::<Vec<_>>()
        }));
    }
    rows
}
