//! A workspace in a folder of its own, the commands that work on it, and a look into its tables.

use model::{Identifiable, Pseudonymous, Sql, Zone};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    sync::{Arc, OnceLock},
    time::Instant,
};
use store::{
    Engine, EngineSettings, Store, WritePoints, ZoneKey,
    arrow::util::display::{ArrayFormatter, FormatOptions},
};
use tempfile::TempDir;

/// The day that the commands take for today, so that a run can be repeated on any day.
pub(crate) const TODAY: &str = "2026-10-30";

/// A workspace that goes when it is dropped.
pub(crate) struct Workspace {
    folder: TempDir,
}

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Workspace {
    /// An empty one.
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    /// The same as another, in another folder.
    pub(crate) fn like(other: &Self) -> Self {
        let copy = Self::new();
        // Another test may be adding to the original's log: a copy of half of it would be no log.
        loop {
            let before = files_of(&other.home());
            copy_folder(&other.home(), &copy.home());
            if files_of(&other.home()) == before {
                break;
            }
            std::fs::remove_dir_all(copy.home()).unwrap();
        }
        if let Ok(bytes) = std::fs::read(identity(&other.home())) {
            std::fs::write(identity(&copy.home()), bytes).unwrap();
        }
        copy
    }

    /// Where the workspace's own files are.
    pub(crate) fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    /// A place beside the workspace, for files to be sent.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A command on this workspace, with nothing of the machine's own settings.
    pub(crate) fn command<S: AsRef<std::ffi::OsStr>>(&self, arguments: &[S]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_haven"));
        command
            .env_clear()
            .env("HOME", self.folder.path())
            .env("HAVEN_HOME", self.home())
            .env("HAVEN_RUN_LEASE_SECONDS", "2")
            .env("HAVEN_CLOCK_STARTS_AT", moment())
            .current_dir(self.folder.path())
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Runs a command to its end.
    pub(crate) fn run<S: AsRef<std::ffi::OsStr>>(&self, arguments: &[S]) -> Ended {
        self.command(arguments).output().unwrap().into()
    }

    /// Runs a command that has to go well, and reads the document that it prints.
    pub(crate) fn json(&self, arguments: &[&str]) -> serde_json::Value {
        let mut all = arguments.to_vec();
        all.push("--json");
        let ended = self.run(&all);
        assert_eq!(
            ended.code,
            Some(0),
            "{arguments:?}: {}{}",
            ended.out,
            ended.err
        );
        serde_json::from_str(&ended.out).unwrap()
    }

    /// Proves the audit log and gives the number of its entries.
    pub(crate) fn audit_is_whole(&self) -> u64 {
        let verified = self.json(&["audit", "verify"]);
        assert_eq!(verified["whole"], true, "{verified}");
        verified["entries"].as_u64().unwrap()
    }

    /// The audit entries of submissions that were landed: one line each, of sender and file.
    pub(crate) fn landings_in_the_log(&self) -> Vec<String> {
        let shown = self.json(&["audit", "show", "--last", "20000"]);
        let entries = shown["entries"].as_array().unwrap();
        let landed = entries
            .iter()
            .filter(|e| e["kind"] == "landed" && e["outcome"] == "done");
        let mut lines: Vec<String> = landed
            .map(|e| format!("{} {}", e["on_behalf_of"], e["object_digest"]))
            .collect();
        lines.sort();
        lines
    }

    /// The receipts of all submissions that are landed, without the moment of receipt.
    pub(crate) fn landed(&self) -> Vec<serde_json::Value> {
        let status = self.json(&["status"]);
        let all = status["submissions"].as_array().unwrap();
        let mut landed: Vec<_> = all
            .iter()
            .filter(|s| s["landed"] == true)
            .map(timeless)
            .collect();
        landed.sort_by_key(|s| s["id"].as_str().unwrap().to_owned());
        landed
    }

    /// The rows of a table of the identified zone; none where the table is not there.
    pub(crate) fn identified(&self, table: &str) -> Vec<String> {
        self.rows::<Identifiable>("identified", "own", "keys/identified.key", table)
    }

    /// The rows of every table of every store, under the names of both.
    pub(crate) fn everything(&self) -> BTreeMap<String, Vec<String>> {
        let mut all = BTreeMap::new();
        for (folder, part, key) in [
            ("identified", "own", "keys/identified.key"),
            ("handover", "handover", "keys/handover.key"),
            ("analysis", "own", "keys/analysis.key"),
        ] {
            let Ok(tables) = std::fs::read_dir(self.home().join(folder).join("objects")) else {
                continue;
            };
            for table in tables {
                let table = table.unwrap().file_name().into_string().unwrap();
                let rows = if folder == "identified" {
                    self.rows::<Identifiable>(folder, part, key, &table)
                } else {
                    self.rows::<Pseudonymous>(folder, part, key, &table)
                };
                all.insert(format!("{folder}/{table}"), rows);
            }
        }
        all
    }

    fn rows<Z: Zone>(
        &self,
        folder: &str,
        part: &'static str,
        key: &str,
        table: &str,
    ) -> Vec<String> {
        if !self.home().join(key).exists() {
            return Vec::new();
        }
        let points = Arc::new(WritePoints::default());
        let key = ZoneKey::parse(&key_text(&self.home(), key), Z::NAME).unwrap();
        let store = Store::<Z>::open(&self.home().join(folder), part, key, points).unwrap();
        let settings = EngineSettings {
            memory_mb: 256,
            threads: 1,
            spill_folder: self.beside("spill"),
            spill_mb: 100,
            version: String::new(),
        };
        let engine = Engine::new(settings, Vec::new()).unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let batches = runtime.block_on(async {
            if store.table(table).await.unwrap().is_none() {
                return Vec::new();
            }
            engine
                .look(
                    &[&store],
                    &[table],
                    &Sql::content(format!("select * from {table}")),
                )
                .await
                .unwrap()
        });
        let mut lines = Vec::new();
        for batch in &batches {
            // The moment of receipt is another on every run.
            let names: Vec<String> = batch
                .schema()
                .fields()
                .iter()
                .map(|f| f.name().clone())
                .collect();
            let options = FormatOptions::default().with_null("(null)");
            let columns: Vec<ArrayFormatter<'_>> = names
                .iter()
                .zip(batch.columns())
                .filter(|(name, _)| *name != "received_at")
                .map(|(_, column)| ArrayFormatter::try_new(column.as_ref(), &options).unwrap())
                .collect();
            for row in 0..batch.num_rows() {
                let cells: Vec<String> = columns.iter().map(|c| c.value(row).to_string()).collect();
                lines.push(cells.join("|"));
            }
        }
        lines.sort();
        lines
    }
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// A receipt without what differs between two runs on the same file.
pub(crate) fn timeless(receipt: &serde_json::Value) -> serde_json::Value {
    let mut receipt = receipt.clone();
    let fields = receipt.as_object_mut().unwrap();
    fields.remove("received_at");
    fields.remove("was_there");
    receipt
}

/// An invented place of some residents, with the files that systems would send about it.
pub(crate) fn invented_place(people: u32) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let (out, truth) = (folder.path().join("place"), folder.path().join("truth"));
    let ended: Ended = Command::new(env!("CARGO_BIN_EXE_haven"))
        .env_clear()
        .current_dir(folder.path())
        .args([
            "synth",
            "--quarters",
            "2",
            "--people",
            &people.to_string(),
            "--out",
        ])
        .arg(&out)
        .arg("--truth")
        .arg(&truth)
        .output()
        .unwrap()
        .into();
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    folder
}

/// Where the identity of a workspace is, which opens its key files.
pub(crate) fn identity(home: &Path) -> PathBuf {
    home.with_extension("identity")
}

/// What a key file of a workspace holds.
pub(crate) fn key_text(home: &Path, key: &str) -> String {
    let guard = custody::Guard::new(identity(home), None);
    String::from_utf8(guard.read(&home.join(key)).unwrap().to_vec()).unwrap()
}

/// Every file of a folder, how long it is and when it was written.
fn files_of(folder: &Path) -> BTreeMap<PathBuf, (u64, std::time::SystemTime)> {
    let mut files = BTreeMap::new();
    let mut waiting = vec![folder.to_path_buf()];
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            match entry.metadata() {
                Ok(about) if about.is_dir() => waiting.push(entry.path()),
                Ok(about) => {
                    let written = about.modified().unwrap();
                    files.insert(entry.path(), (about.len(), written));
                }
                // Gone in the meantime: the next look tells another story.
                Err(_) => {}
            }
        }
    }
    files
}

pub(crate) fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    let Ok(entries) = std::fs::read_dir(from) else {
        return;
    };
    for entry in entries {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// The moment that commands take for now: a month after the demo's last files, whenever the tests are run, and
/// going on as they do, since leases are held from one command to the next.
pub(crate) fn moment() -> String {
    static BEGAN: OnceLock<Instant> = OnceLock::new();
    let since = BEGAN.get_or_init(Instant::now).elapsed();
    let morning = chrono::NaiveDate::from_ymd_opt(2026, 10, 30)
        .unwrap()
        .and_hms_opt(9, 0, 0)
        .unwrap();
    format!("{}Z", (morning + since).format("%Y-%m-%dT%H:%M:%S%.3f"))
}
