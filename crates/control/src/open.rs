//! Opening the control database, and bringing its tables up to date.

use crate::{ControlError, SignInRules, password::Passwords};
use sqlx::{
    Any, AnyPool, ConnectOptions, Connection, Executor, Transaction,
    any::AnyPoolOptions,
    migrate::Migrator,
    sqlite::{SqliteConnectOptions, SqliteJournalMode},
};
use std::{path::Path, str::FromStr, time::Duration};

static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// How long a connection waits while another one writes. Every write of ours takes milliseconds, so
/// whoever waits this long has met a disk that hangs.
const PATIENCE: Duration = Duration::from_secs(30);

/// The control data of one installation. Cheap to share behind an `Arc`; safe to open in several processes.
#[derive(Debug)]
pub struct Control {
    pub(crate) pool: AnyPool,
    pub(crate) passwords: Passwords,
    pub(crate) rules: SignInRules,
    database: Database,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Database {
    Sqlite,
    Postgres,
}

impl Control {
    /// Whether the data are in a file of this machine.
    pub(crate) fn is_file(&self) -> bool {
        self.database == Database::Sqlite
    }

    /// Opens the database at `sqlite:...` (a file, made if absent) or `postgres://...`, and brings its
    /// tables up to date.
    pub async fn open(address: &str) -> Result<Self, ControlError> {
        sqlx::any::install_default_drivers();
        let (scheme, _) = address.split_once(':').unwrap_or((address, ""));
        let database = match scheme {
            "sqlite" => Database::Sqlite,
            "postgres" | "postgresql" => Database::Postgres,
            // Only what stands before the colon: the rest may hold a password.
            other => {
                let scheme = other.chars().take(20).collect();
                return Err(ControlError::Address { scheme });
            }
        };
        let (pool, database) = match database {
            Database::Sqlite => (sqlite(address).await?, database),
            Database::Postgres => (postgres(address).await?, database),
        };
        let control = Self {
            pool,
            passwords: Passwords::new().await?,
            rules: SignInRules::default(),
            database,
        };
        control.bring_up_to_date().await?;
        Ok(control)
    }

    /// Opens the `SQLite` database in a file, made if absent.
    pub async fn open_file(path: &Path) -> Result<Self, ControlError> {
        let fault = |source| ControlError::File {
            path: path.display().to_string(),
            source,
        };
        let whole = std::path::absolute(path).map_err(fault)?;
        if let Some(folder) = whole.parent() {
            std::fs::create_dir_all(folder).map_err(fault)?;
        }
        Self::open(&file_address(&whole)).await
    }

    /// The same with other rules for signing in.
    #[must_use]
    pub fn with_sign_in_rules(mut self, rules: SignInRules) -> Self {
        self.rules = rules;
        self
    }

    /// Waits until every connection is closed. Without it connections close by themselves, later.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    /// A transaction that writes. `SQLite` takes the lock for writing at once: a transaction that first
    /// reads and then writes would fail, not wait, when another wrote in between.
    pub(crate) async fn write(&self) -> Result<Transaction<'static, Any>, ControlError> {
        Ok(match self.database {
            Database::Sqlite => self.pool.begin_with("BEGIN IMMEDIATE").await?,
            Database::Postgres => self.pool.begin().await?,
        })
    }

    async fn bring_up_to_date(&self) -> Result<(), ControlError> {
        let fault = |source| ControlError::Migrate { source };
        match self.database {
            // sqlx locks PostgreSQL while it migrates, and SQLite not at all: the transaction does.
            Database::Sqlite => {
                let mut all = self.write().await?;
                // `run` takes no connection out of a transaction in a future that moves between threads.
                let run = MIGRATIONS.run_direct(None, &mut *all, false);
                run.await.map_err(fault)?;
                all.commit().await?;
            }
            Database::Postgres => MIGRATIONS.run(&self.pool).await.map_err(fault)?,
        }
        self.give_ids().await
    }
}

async fn sqlite(address: &str) -> Result<AnyPool, ControlError> {
    let fault = |source| ControlError::Open { source };
    if address.contains(":memory:") || address.contains("mode=memory") {
        return Err(ControlError::InMemory);
    }
    let options = SqliteConnectOptions::from_str(address).map_err(fault)?;
    make_private(options.get_filename())?;
    keep_a_write_ahead_log(&options).await.map_err(fault)?;
    AnyPoolOptions::new()
        .max_connections(4)
        .acquire_timeout(PATIENCE)
        .after_connect(|connection, _| {
            Box::pin(async move {
                // Stated here and not in the address, so that no address can leave them out. FULL: a
                // receipt that was given has to survive the loss of power.
                connection
                    .execute(
                        "PRAGMA busy_timeout = 30000; PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL;",
                    )
                    .await?;
                Ok(())
            })
        })
        .connect(address)
        .await
        .map_err(fault)
}

async fn postgres(address: &str) -> Result<AnyPool, ControlError> {
    AnyPoolOptions::new()
        .max_connections(10)
        .acquire_timeout(PATIENCE)
        .connect(address)
        .await
        .map_err(|source| ControlError::Open { source })
}

/// The write-ahead log is a property of the file, kept in it. `SQLite` refuses, without waiting, to
/// change it while another connection is open, so two processes that start at once take turns here.
async fn keep_a_write_ahead_log(options: &SqliteConnectOptions) -> Result<(), sqlx::Error> {
    let options = options
        .clone()
        .create_if_missing(true)
        .busy_timeout(PATIENCE)
        .journal_mode(SqliteJournalMode::Wal);
    let mut tries = 0;
    loop {
        match options.connect().await {
            Ok(connection) => return connection.close().await,
            Err(sqlx::Error::Database(e)) if tries < 100 && e.message().contains("locked") => {
                tries += 1;
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            Err(e) => return Err(e),
        }
    }
}

/// Makes the file, readable by its owner only: it holds password hashes. `SQLite` gives its log the
/// same rights. A file that is there keeps the rights it has.
fn make_private(path: &Path) -> Result<(), ControlError> {
    let mut options = std::fs::OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
        .open(path)
        .map(|_| ())
        .map_err(|source| ControlError::File {
            path: path.display().to_string(),
            source,
        })
}

/// The address of a file; characters with a meaning in addresses are written as their bytes.
fn file_address(path: &Path) -> String {
    let mut address = "sqlite://".to_owned();
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' | b'~' => {
                address.push(char::from(*byte));
            }
            _ => {
                address.push('%');
                address.push_str(&hex::encode_upper([*byte]));
            }
        }
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn addresses_that_are_none_of_ours_are_refused_without_their_secrets() {
        for address in ["mysql://user:hush@host/db", "haven.db", "sqlite::memory:"] {
            let refused = Control::open(address).await.unwrap_err();
            assert!(!refused.to_string().contains("hush"), "{refused}");
        }
    }

    #[tokio::test]
    async fn files_with_odd_names_open_and_are_private() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a %20 b?c#d é").join("control.db");
        let control = Control::open_file(&path).await.unwrap();
        assert!(path.exists());
        control.close().await;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }
}
