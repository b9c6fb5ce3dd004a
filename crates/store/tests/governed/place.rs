//! A store with tables, an engine, and questions that go the way of real ones.

use super::sheet::Sheet;
use chrono::{DateTime, Utc};
use govern::{
    Action, Agreements, Asker, AuditKeeper, Circumstances, DecideError, Digest, EntryBody,
    KeepError, Kept, Permit, Policies, decide,
};
use model::{Content, FixedClock, Function, OrganisationCode, Pseudonymous};
use std::{
    collections::BTreeSet,
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};
use store::{
    Answer, AnswerLimits, Engine, EngineSettings, KeptColumns, Store, StoreError, WritePoints,
    ZoneKey,
    arrow::{
        array::RecordBatch,
        util::display::{ArrayFormatter, FormatOptions},
    },
};
use tempfile::TempDir;
use toml::Table;

/// A place of its own, which goes when it is dropped.
pub(crate) struct Place {
    _folder: TempDir,
    pub(crate) store: Store<Pseudonymous>,
    pub(crate) engine: Engine,
    pub(crate) kept: Arc<KeptColumns>,
    functions: Vec<Function>,
    policies: Policies,
    /// What the audit log would hold.
    pub(crate) log: Book,
}

/// Who asks, what for and when.
#[derive(Debug, Clone)]
pub(crate) struct Who {
    pub(crate) account: &'static str,
    pub(crate) organisation: &'static str,
    pub(crate) role: &'static str,
    pub(crate) purpose: &'static str,
    pub(crate) now: DateTime<Utc>,
    pub(crate) action: Action,
    pub(crate) opt_outs_known: bool,
}

impl Who {
    /// The person whom the shipped agreement names, on a day on which it is in force.
    pub(crate) fn usual() -> Self {
        Self {
            account: "ana",
            organisation: "EST-ICB",
            role: "analyst",
            purpose: "commissioning",
            now: "2026-05-01T12:00:00Z".parse().unwrap(),
            action: Action::Ask,
            opt_outs_known: true,
        }
    }
}

/// Why there is no answer.
#[derive(Debug)]
pub(crate) enum No {
    /// An agreement says no: the clause, and the words.
    Refused { clause: String, words: String },
    /// The engine says no, in the words that a person would read.
    Fault(String),
}

/// Keeps entries in memory.
#[derive(Default)]
pub(crate) struct Book(Mutex<Vec<String>>);

impl Book {
    pub(crate) fn text(&self) -> String {
        self.0.lock().unwrap().join("\n")
    }
}

impl AuditKeeper for Book {
    fn keep(&self, entry: EntryBody) -> Result<Kept, KeepError> {
        let mut book = self.0.lock().unwrap();
        book.push(serde_json::to_string(&entry)?);
        Ok(Kept {
            seq: book.len() as u64,
            hash: Digest::none(),
        })
    }
}

impl Place {
    pub(crate) fn new(functions: Vec<Function>) -> Self {
        Self::with(functions, 1, 64 << 20)
    }

    /// With so many threads, and so many bytes for what is kept from one question to the next.
    pub(crate) fn with(functions: Vec<Function>, threads: usize, kept: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let points = Arc::new(WritePoints::default());
        let key = ZoneKey::generate().unwrap();
        let store = Store::open(folder.path(), "own", key, points).unwrap();
        let settings = EngineSettings {
            memory_mb: 1024,
            threads,
            spill_folder: folder.path().join("spill"),
            spill_mb: 200,
            version: String::new(),
        };
        let kept = Arc::new(KeptColumns::new(kept));
        let engine = Engine::new(settings, functions.clone()).unwrap();
        Self {
            _folder: folder,
            store,
            engine: engine.keeping(Arc::clone(&kept)),
            kept,
            functions,
            policies: Policies::new().unwrap(),
            log: Book::default(),
        }
    }

    /// An engine like that of the place, as a process has it that was just begun.
    pub(crate) fn begun(&self, kept: usize) -> Engine {
        let engine = Engine::new(self.engine.settings().clone(), self.functions.clone());
        engine.unwrap().keeping(Arc::new(KeptColumns::new(kept)))
    }

    /// Writes a table.
    pub(crate) async fn put(&self, name: &str, sheet: &Sheet) {
        let mut writer = self.store.writer(name, &sheet.schema()).unwrap();
        writer.write(&sheet.batch()).await.unwrap();
        writer.replace("{}").await.unwrap();
    }

    /// Has a question decided, the way the analysis desk does.
    pub(crate) async fn permit(
        &self,
        agreements: &Agreements,
        who: &Who,
        sql: &str,
    ) -> Result<Permit, No> {
        let agreement = agreements.iter().next().unwrap();
        let tables = self.engine.tables_of(sql).map_err(fault)?;
        let known = agreement.planning_views(&tables);
        let touched = self
            .engine
            .touched(&[&self.store], &known, sql)
            .await
            .map_err(fault)?;
        let question = govern::Question {
            agreement: agreement.reference.clone(),
            purpose: who.purpose.to_owned(),
            person: Asker {
                username: who.account.to_owned(),
                organisation: OrganisationCode::new(who.organisation).unwrap(),
                role: who.role.to_owned(),
            },
            tables: touched.tables,
            columns: touched.columns,
            action: who.action,
            sql_digest: Digest::of(sql),
            preference_snapshot: who.opt_outs_known.then(|| "opt_out@1".to_owned()),
            circumstances: Circumstances {
                training_valid_to: Some("2031-12-31".parse().unwrap()),
                // From where the only agreement lets people ask.
                connection: agreement
                    .access
                    .location
                    .as_ref()
                    .map(|from| govern::Connection {
                        territory: *from.territory.first().unwrap(),
                        places: from.places.iter().cloned().collect(),
                    }),
                ..Circumstances::default()
            },
        };
        let clock = FixedClock(who.now);
        decide(&self.log, agreements, &self.policies, &question, &clock).map_err(|e| match e {
            DecideError::Refused(refusal) => No::Refused {
                clause: refusal.clause().to_owned(),
                words: refusal.to_string(),
            },
            fault @ DecideError::NotKept(_) => No::Fault(fault.to_string()),
        })
    }

    /// Asks a question under the only agreement.
    pub(crate) async fn ask(
        &self,
        agreements: &Agreements,
        who: &Who,
        sql: &str,
    ) -> Result<Answer, No> {
        let permit = self.permit(agreements, who, sql).await?;
        let limits = AnswerLimits {
            rows: 100_000,
            time: Duration::from_mins(1),
        };
        self.engine
            .answer(&[&self.store], &permit, sql, limits)
            .await
            .map_err(fault)
    }
}

/// The words of an error with those of its causes.
#[expect(clippy::needless_pass_by_value, reason = "it is handed to `map_err`")]
fn fault(error: StoreError) -> No {
    let mut words = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(below) = cause {
        words.push_str(": ");
        words.push_str(&below.to_string());
        cause = below.source();
    }
    No::Fault(words)
}

/// One agreement as content, beside the rules of the house and the code sets that are shipped.
pub(crate) fn content(agreement: &Table) -> Content {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../content/agreements");
    let mut files = Vec::new();
    let mut waiting = vec![(root, "agreements".to_owned())];
    while let Some((folder, name)) = waiting.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let below = format!("{name}/{}", path.file_name().unwrap().to_string_lossy());
            if path.is_dir() {
                waiting.push((path, below));
            } else if below == "agreements/house.toml" || below.matches('/').count() > 1 {
                files.push((below, std::fs::read(path).unwrap()));
            }
        }
    }
    files.push((
        "agreements/test.toml".to_owned(),
        toml::to_string(agreement).unwrap().into_bytes(),
    ));
    Content::from_files(files)
}

/// The agreement as it is read; `Err` where its clauses make no sense together.
pub(crate) fn agreements(agreement: &Table) -> Result<Agreements, String> {
    Agreements::read(&content(agreement)).map_err(|e| e.to_string())
}

/// The columns of an answer, and its rows as text, null being empty; numbers with a point have one decimal.
pub(crate) fn rows(answer: &Answer) -> (Vec<String>, Vec<Vec<String>>) {
    let names = answer
        .schema
        .fields()
        .iter()
        .map(|f| f.name().clone())
        .collect();
    (names, in_words(&answer.batches))
}

/// Rows as text, numbers with a point to one place.
pub(crate) fn in_words(batches: &[RecordBatch]) -> Vec<Vec<String>> {
    let options = FormatOptions::default();
    let mut rows = Vec::new();
    for batch in batches {
        let columns: Vec<ArrayFormatter<'_>> = batch
            .columns()
            .iter()
            .map(|c| ArrayFormatter::try_new(c.as_ref(), &options).unwrap())
            .collect();
        rows.extend((0..batch.num_rows()).map(|row| {
            columns
                .iter()
                .zip(batch.columns())
                .map(|(words, column)| {
                    let text = words.value(row).to_string();
                    match text.parse::<f64>() {
                        Ok(number) if column.data_type().is_floating() => format!("{number:.1}"),
                        _ => text,
                    }
                })
                .collect::<Vec<_>>()
        }));
    }
    rows
}

/// The names of the columns of an agreement's table.
pub(crate) fn names(agreement: &Table, table: &str) -> BTreeSet<String> {
    agreement["datasets"][table]["fields"]
        .as_table()
        .unwrap()
        .keys()
        .cloned()
        .collect()
}
