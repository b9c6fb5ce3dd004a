//! Settings: flags, then environment (`HAVEN_…`), then `./haven.toml`, then the user's file, then the system's.
//!
//! Read once, passed down in parts. Unknown keys are refused. Keys are in files of their own, never here.

mod accounts;
mod mesh;

pub(crate) use accounts::{AccountsConfig, ProviderConfig};
pub(crate) use mesh::{MeshConfig, MeshWorkflow};

use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    fmt,
    path::{Path, PathBuf},
    time::Duration,
};
use toml::{Table, Value};
use zeroize::Zeroizing;

/// The environment variable with the token of whoever calls a server.
pub(crate) const TOKEN: &str = "HAVEN_TOKEN";

/// All settings. Folders that are not absolute lie below `home`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Config {
    /// The workspace. Example: `./haven-home`.
    pub(crate) home: PathBuf,
    /// A folder to read content from instead of what is built in. Example: `./content`.
    pub(crate) content: Option<PathBuf>,
    /// The zone of this process: `landing`, `analysis`, `custody`, or `all` of them.
    pub(crate) zone: ProcessZone,
    /// The identified zone: names may be there.
    pub(crate) identified: ZoneConfig,
    /// What the identified side hands to the analysis side: pseudonyms only.
    pub(crate) handover: ZoneConfig,
    /// The analysis zone: pseudonyms only.
    pub(crate) analysis: ZoneConfig,
    /// The key of pseudonyms within the analysis zone; the identified side alone has it.
    pub(crate) pseudonym_keys: PathBuf,
    /// The keys of recipients' own pseudonyms; the analysis side alone has them.
    pub(crate) recipient_keys: PathBuf,
    /// Custody of keys.
    pub(crate) custody: CustodyConfig,
    /// Accounts, submissions, runs: an `sqlite:` or `postgres:` address; a bare path is a `SQLite` file.
    pub(crate) control: String,
    /// The audit log.
    pub(crate) audit: AuditConfig,
    /// The query engine.
    pub(crate) engine: EngineConfig,
    /// The site.
    pub(crate) site: SiteConfig,
    /// Tracing against the index of the workspace.
    pub(crate) trace: TraceConfig,
    /// Clerical review of pairs.
    pub(crate) review: ReviewConfig,
    /// The mailbox that files come to.
    pub(crate) mesh: MeshConfig,
    /// Re-identification for care, and emergencies.
    pub(crate) cases: CasesConfig,
    /// The server that files are sent to.
    pub(crate) server: ServerConfig,
    /// What people said about the use of their records.
    pub(crate) preferences: PreferencesConfig,
    /// Accounts, and the providers through which people come.
    pub(crate) accounts: AccountsConfig,
    /// The largest file that is taken in, in MB.
    pub(crate) largest_file_mb: u64,
    /// How many days a file that was checked and not sent on is kept.
    pub(crate) attempt_days: u64,
    /// How many hours an upload in parts may take.
    pub(crate) upload_hours: u64,
    /// How many days a backup is kept, unless it says otherwise when it is made.
    pub(crate) backup_days: u64,
    /// What was destroyed, a line each, to be destroyed again when a backup is put back; better on another disk.
    /// Example: `/mnt/other/haven-destructions.jsonl`.
    pub(crate) destructions: PathBuf,
    /// How many seconds after a run was killed its steps may be run again.
    pub(crate) run_lease_seconds: u64,
    /// The moment at which the program's clock starts, instead of now: to repeat a run, and for tests.
    /// Example: `2026-10-30T09:00:00Z`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) clock_starts_at: Option<chrono::DateTime<chrono::Utc>>,
    /// The test of write points: the process ends at this one. Only for tests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) kill_at_write_point: Option<u64>,
}

/// A PKCS#11 token.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct TokenConfig {
    /// The library of its maker. Example: `/usr/lib/softhsm/libsofthsm2.so`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) library: Option<PathBuf>,
    /// Its label. Example: `haven`.
    pub(crate) label: String,
    /// The file with its PIN. Example: `/run/haven/pin`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) pin_file: Option<PathBuf>,
}

/// Which part of the work a process does, and so what it opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ProcessZone {
    /// Everything, as on a machine of one person.
    All,
    /// Landing and identity: what names are in.
    Landing,
    /// What has pseudonyms only.
    Analysis,
    /// Keys, and no data.
    Custody,
}

impl ProcessZone {
    /// Whether a process of this zone does the work of another.
    pub(crate) fn does(self, of: Self) -> bool {
        self == Self::All || self == of
    }

    /// The word of the settings.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Landing => "landing",
            Self::Analysis => "analysis",
            Self::Custody => "custody",
        }
    }
}

/// A process that may ask the one that keeps the keys.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CallerConfig {
    /// The SHA-256 of its credential, as `haven key credential` shows it.
    pub(crate) credential_sha256: String,
    /// The number of the user of the operating system that it has to run as.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) user: Option<u32>,
    /// The domains that it may ask about: names, or beginnings with `*` after them.
    pub(crate) domains: Vec<String>,
    /// What it may ask for: `pseudonyms`, `seal`, `open`, `lead`.
    #[serde(default = "pseudonyms_alone")]
    pub(crate) may: Vec<String>,
}

fn pseudonyms_alone() -> Vec<String> {
    vec!["pseudonyms".to_owned()]
}

/// One zone's folder and key.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ZoneConfig {
    /// Where the zone's files are.
    pub(crate) folder: PathBuf,
    /// The file with the zone's key, protected for the identity of `custody.identity_file`.
    pub(crate) key: PathBuf,
}

/// Custody of keys (docs/keys.md).
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct CustodyConfig {
    /// The age identity that opens the key files; without it, a file beside the workspace that ends in `.identity`.
    /// Better on another disk. Example: `/etc/haven/identity.txt`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) identity_file: Option<PathBuf>,
    /// The file with the passphrase that the identity is under. Example: `/run/haven/passphrase`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) passphrase_file: Option<PathBuf>,
    /// The open file from which the passphrase is read, by its number. Example: `3`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) passphrase_descriptor: Option<u32>,
    /// Where the process that keeps the keys listens; without it, keys are used from their files.
    /// Example: `/run/haven/keys.sock`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) socket: Option<PathBuf>,
    /// The file with the credential that this process shows there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) credential_file: Option<PathBuf>,
    /// The token in which keys of pseudonyms are made; without it, they are in their files.
    pub(crate) token: TokenConfig,
    /// Who may ask the process that keeps the keys.
    pub(crate) callers: BTreeMap<String, CallerConfig>,
}

/// The audit log and the checkpoint kept outside it (docs/audit.md).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct AuditConfig {
    /// The folder of the log: tiles, bundles, journal. Example: `/var/log/haven/audit`.
    pub(crate) folder: PathBuf,
    /// The log of an earlier version, a chain of lines, which is taken over once.
    pub(crate) log: PathBuf,
    /// The key with which checkpoints are signed.
    pub(crate) key: PathBuf,
    /// The folder with detail about people, each under a key of their own.
    pub(crate) subjects: PathBuf,
    /// The key that opens the keys of people: 64 hexadecimal digits.
    pub(crate) subjects_key: PathBuf,
    /// The public keys of witnesses whose cosignatures are taken in and published.
    pub(crate) witnesses: Vec<String>,
    /// The last checkpoint; better on another disk. Example: `/mnt/other/haven-checkpoint.txt`.
    pub(crate) checkpoint: PathBuf,
    /// The name of this log in checkpoints.
    pub(crate) origin: String,
}

/// The limits of the query engine.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct EngineConfig {
    /// Memory for queries in MB; what does not fit is spilled to disk.
    pub(crate) memory_mb: usize,
    /// Threads; 0 means as many as the machine has cores.
    pub(crate) threads: usize,
    /// How much may be spilled, in MB.
    pub(crate) spill_mb: u64,
    /// How many rows an answer may have.
    pub(crate) answer_rows: usize,
    /// How many seconds an answer may take.
    pub(crate) answer_seconds: u64,
    /// Memory in MB, beside that for queries, for what is kept of governed tables between questions; 0 keeps nothing.
    pub(crate) kept_mb: usize,
}

/// The site.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct SiteConfig {
    /// Where it listens. Example: `127.0.0.1:8080`.
    pub(crate) address: String,
    /// The service's name in the header.
    pub(crate) name: String,
    /// Where the NHS.UK frontend's files are, as set-up has put them.
    pub(crate) frontend: PathBuf,
    /// Whether readers reach it over HTTPS, as behind a proxy on the same machine. Cookies are then sent
    /// over HTTPS only; they always are where it listens elsewhere than on the machine itself.
    pub(crate) https: bool,
    /// Our certificate with those that vouch for it, in PEM. Anywhere but on the machine itself, it is needed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) certificate_file: Option<PathBuf>,
    /// The key of the certificate, in PEM.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) key_file: Option<PathBuf>,
    /// Who may vouch for callers that show a certificate, in PEM.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) client_authorities_file: Option<PathBuf>,
    /// Whether every caller has to show a certificate: for an address that machines alone use.
    pub(crate) client_certificates: bool,
    /// The largest file, in MB, that is checked in memory and forgotten.
    pub(crate) largest_check_mb: u64,
    /// How many files a minute may be checked from one network address by those who are not signed in.
    pub(crate) checks_a_minute: u64,
    /// How many times a minute somebody may try to sign in from one network address.
    pub(crate) sign_ins_a_minute: u64,
}

/// Tracing against the index of the workspace (docs/fhir.md).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct TraceConfig {
    /// The memory that the index may take while it is made, in MB: about 250 for 1,000,000 people.
    pub(crate) index_mb: u64,
    /// How many times a minute one account may ask over FHIR.
    pub(crate) asks_a_minute: u64,
}

/// Clerical review of pairs (docs/clerical-review.md).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ReviewConfig {
    /// Of a hundred pairs, how many wait for a second person. Which ones follows from their tokens.
    pub(crate) second_percent: u64,
    /// A pair waits where an answer is expected to put right at least so many hundredths of a record.
    pub(crate) least_percent: u64,
    /// How many pairs a sample has of each band of match weight, of those that are linked and of the others.
    pub(crate) sample_per_band: u64,
}

/// Re-identification for care, and emergencies (docs/case-finding.md).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct CasesConfig {
    /// The folder of the keys of envelopes. Not to be copied: a key that is destroyed has to be gone.
    pub(crate) envelope_keys: PathBuf,
    /// How many days a request waits for its approvals.
    pub(crate) approve_days: u64,
    /// The role in which somebody may ask for one person's records in an emergency.
    pub(crate) emergency_role: String,
    /// The roles of which the second person comes.
    pub(crate) emergency_approvers: Vec<String>,
    /// How many minutes such a request waits for the second person.
    pub(crate) emergency_wait_minutes: u64,
    /// For how many minutes the records are open once that person has agreed.
    pub(crate) emergency_minutes: u64,
    /// Within how many days a privacy officer has to look at it afterwards.
    pub(crate) emergency_review_days: u64,
}

impl Default for CasesConfig {
    fn default() -> Self {
        Self {
            envelope_keys: "keys/envelopes".into(),
            approve_days: 14,
            emergency_role: "clinician".to_owned(),
            emergency_approvers: vec!["caldicott_guardian".to_owned(), "asset_owner".to_owned()],
            emergency_wait_minutes: 60,
            emergency_minutes: 60,
            emergency_review_days: 3,
        }
    }
}

/// A server that `haven submit`, `status` and `results` call (docs/sending.md).
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ServerConfig {
    /// Where it is. Example: `https://haven.example`.
    pub(crate) address: String,
    /// The file with the token. The environment variable `HAVEN_TOKEN` holds the token itself, and comes first.
    pub(crate) token_file: Option<PathBuf>,
    /// Who may vouch for the server, in PEM; without it, whoever the machine trusts.
    pub(crate) authorities_file: Option<PathBuf>,
}

/// What people said about the use of their records (docs/preferences.md).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct PreferencesConfig {
    /// For how many days, from the moment at which it was asked for, a cleaned list may be used.
    pub(crate) list_days: u32,
    /// The largest share of a list, in hundredths, that may be absent from its answer.
    pub(crate) most_absent_percent: u64,
    /// How lines end in the files that ask: `lf` or `crlf`. Both are read.
    pub(crate) line_ending: String,
    /// The workflow in which the check service is asked over MESH.
    pub(crate) workflow: String,
    /// The mailbox of the check service.
    pub(crate) recipient: String,
}

impl Default for PreferencesConfig {
    fn default() -> Self {
        Self {
            list_days: 7,
            most_absent_percent: 15,
            line_ending: "lf".to_owned(),
            workflow: "SPINE_NTT_UPHOLDING".to_owned(),
            recipient: "X26HC036".to_owned(),
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        let zone = |name: &str| ZoneConfig {
            folder: name.into(),
            key: format!("keys/{name}.key").into(),
        };
        Self {
            home: "haven-home".into(),
            content: None,
            zone: ProcessZone::All,
            identified: zone("identified"),
            handover: zone("handover"),
            analysis: zone("analysis"),
            pseudonym_keys: "keys/pseudonyms.keys".into(),
            recipient_keys: "keys/recipients.keys".into(),
            custody: CustodyConfig::default(),
            control: "control/haven.sqlite".to_owned(),
            audit: AuditConfig::default(),
            engine: EngineConfig::default(),
            site: SiteConfig::default(),
            trace: TraceConfig::default(),
            review: ReviewConfig::default(),
            mesh: MeshConfig::default(),
            cases: CasesConfig::default(),
            server: ServerConfig::default(),
            preferences: PreferencesConfig::default(),
            accounts: AccountsConfig::default(),
            largest_file_mb: 4_000,
            attempt_days: 14,
            upload_hours: 24,
            backup_days: 35,
            destructions: "audit/destructions.jsonl".into(),
            run_lease_seconds: 20,
            clock_starts_at: None,
            kill_at_write_point: None,
        }
    }
}

impl Default for AuditConfig {
    fn default() -> Self {
        Self {
            folder: "audit".into(),
            log: "audit/log.jsonl".into(),
            key: "keys/audit.key".into(),
            subjects: "subjects".into(),
            subjects_key: "keys/subjects.key".into(),
            witnesses: Vec::new(),
            checkpoint: "checkpoint/audit.txt".into(),
            origin: "haven/audit".to_owned(),
        }
    }
}

impl Default for EngineConfig {
    fn default() -> Self {
        Self {
            memory_mb: 1_024,
            threads: 0,
            spill_mb: 50_000,
            answer_rows: 10_000,
            answer_seconds: 60,
            kept_mb: 256,
        }
    }
}

impl Default for SiteConfig {
    fn default() -> Self {
        Self {
            address: "127.0.0.1:8080".to_owned(),
            name: "Haven".to_owned(),
            frontend: "frontend".into(),
            https: false,
            certificate_file: None,
            key_file: None,
            client_authorities_file: None,
            client_certificates: false,
            largest_check_mb: 100,
            checks_a_minute: 6,
            sign_ins_a_minute: 30,
        }
    }
}

impl Default for TraceConfig {
    fn default() -> Self {
        Self {
            index_mb: 2_000,
            asks_a_minute: 300,
        }
    }
}

impl Default for ReviewConfig {
    fn default() -> Self {
        Self {
            second_percent: 10,
            least_percent: 1,
            sample_per_band: 20,
        }
    }
}

/// Why settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    /// A file is there and cannot be read.
    #[error("cannot read the settings in `{path}`")]
    Unreadable {
        path: String,
        source: std::io::Error,
    },
    /// A file or a variable has a mistake.
    #[error("the settings in {origin} have a mistake:\n{message}")]
    Mistake { origin: String, message: String },
}

/// Settings, and where each came from.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// The settings.
    pub(crate) config: Config,
    /// For each key that was set, where.
    pub(crate) origins: BTreeMap<String, String>,
    /// The token of whoever calls a server.
    pub(crate) token: Option<Secret>,
}

/// A text that is shown nowhere.
#[derive(Clone)]
pub(crate) struct Secret(Zeroizing<String>);

impl Secret {
    /// The text itself.
    pub(crate) const fn reveal(&self) -> &Zeroizing<String> {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("‹secret›")
    }
}

impl Settings {
    /// Reads all places, the weakest first, so that each overwrites what came before.
    pub(crate) fn read(
        flags: Vec<(&str, String)>,
        environment: &BTreeMap<String, String>,
    ) -> Result<Self, ConfigError> {
        // The defaults lie beneath, so that a part of a table may be set and the rest stays.
        let mut merged = defaults();
        let mut origins = BTreeMap::new();
        let user = environment
            .get("XDG_CONFIG_HOME")
            .map(PathBuf::from)
            .or_else(|| {
                environment
                    .get("HOME")
                    .map(|home| Path::new(home).join(".config"))
            })
            .map(|folder| folder.join("haven/haven.toml"));
        let files = [
            Some(PathBuf::from("/etc/haven/haven.toml")),
            user,
            Some(PathBuf::from("haven.toml")),
        ];
        for path in files.into_iter().flatten() {
            let Some(table) = read_file(&path)? else {
                continue;
            };
            let origin = format!("`{}`", path.display());
            check(&table, &origin)?;
            merge(&mut merged, table, "", &origin, &mut origins);
        }
        for (name, value) in environment {
            // A secret is no setting: it is shown nowhere, and kept in no file of settings.
            if name == TOKEN {
                continue;
            }
            if let Some(key) = name.strip_prefix("HAVEN_") {
                // HAVEN_ENGINE__MEMORY_MB is engine.memory_mb.
                let path = key.to_lowercase().replace("__", ".");
                let origin = format!("the environment variable {name}");
                let table = nested(&path, scalar(value));
                check(&table, &origin)?;
                merge(&mut merged, table, "", &origin, &mut origins);
            }
        }
        for (path, value) in flags {
            merge(
                &mut merged,
                nested(path, scalar(&value)),
                "",
                "a flag",
                &mut origins,
            );
        }
        let config: Config = Value::Table(merged)
            .try_into()
            .map_err(|e: toml::de::Error| ConfigError::Mistake {
                origin: "all places together".to_owned(),
                message: e.to_string(),
            })?;
        let token = environment
            .get(TOKEN)
            .map(|token| Secret(Zeroizing::new(token.trim().to_owned())));
        Ok(Self {
            config,
            origins,
            token,
        })
    }
}

impl Config {
    /// Where people and machines reach the site, without a slash at its end.
    pub(crate) fn public_address(&self) -> String {
        let stated = self.accounts.address.trim_end_matches('/');
        if stated.is_empty() {
            let scheme = if self.site.https { "https" } else { "http" };
            return format!("{scheme}://{}", self.site.address);
        }
        stated.to_owned()
    }

    /// A path of the settings: as it is when absolute, else below the workspace.
    pub(crate) fn place(&self, path: &Path) -> PathBuf {
        if path.is_absolute() {
            path.to_path_buf()
        } else {
            self.home.join(path)
        }
    }

    /// The file with the identity that opens the key files.
    pub(crate) fn identity(&self) -> PathBuf {
        if let Some(path) = &self.custody.identity_file {
            return self.place(path);
        }
        // Beside the workspace and not in it, so that a copy of the workspace alone opens nothing.
        let name = self.home.file_name().unwrap_or("haven".as_ref());
        let mut name = name.to_os_string();
        name.push(".identity");
        self.home.with_file_name(name)
    }

    /// Every key file of the settings, there or not.
    pub(crate) fn key_files(&self) -> Vec<PathBuf> {
        let mut paths: Vec<&PathBuf> = Vec::new();
        if self.zone.does(ProcessZone::Landing) {
            paths.extend([&self.identified.key, &self.handover.key]);
        }
        if self.zone.does(ProcessZone::Analysis) {
            paths.extend([&self.analysis.key, &self.handover.key]);
        }
        // With a process that keeps the keys, the others have none of these.
        if self.zone.does(ProcessZone::Custody) || self.custody.socket.is_none() {
            paths.extend([&self.pseudonym_keys, &self.recipient_keys]);
        }
        paths.dedup();
        paths.into_iter().map(|path| self.place(path)).collect()
    }

    /// How long a run is held for a process that no longer says that it lives.
    pub(crate) fn run_lease(&self) -> Duration {
        Duration::from_secs(self.run_lease_seconds.max(1))
    }

    /// Where rules across rows keep what they compare: an eighth of the memory, then nameless files, encrypted,
    /// beside the identified zone.
    pub(crate) fn scratch(&self) -> land::check::Scratch {
        land::check::Scratch {
            memory: (self.engine.memory_mb << 20) / 8,
            folder: Some(self.place(&self.identified.folder)),
        }
    }

    /// How many threads work at once.
    pub(crate) fn threads(&self) -> usize {
        match self.engine.threads {
            0 => std::thread::available_parallelism().map_or(2, usize::from),
            stated => stated,
        }
    }
}

fn read_file(path: &Path) -> Result<Option<Table>, ConfigError> {
    match std::fs::read_to_string(path) {
        Ok(text) => text
            .parse()
            .map(Some)
            .map_err(|e: toml::de::Error| ConfigError::Mistake {
                origin: format!("`{}`", path.display()),
                message: e.to_string(),
            }),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(ConfigError::Unreadable {
            path: path.display().to_string(),
            source,
        }),
    }
}

/// Reads each place by itself, so that a mistake is reported with the place where it is.
fn check(table: &Table, origin: &str) -> Result<(), ConfigError> {
    let mut whole = defaults();
    merge(&mut whole, table.clone(), "", origin, &mut BTreeMap::new());
    Value::Table(whole)
        .try_into::<Config>()
        .map(|_| ())
        .map_err(|e| ConfigError::Mistake {
            origin: origin.to_owned(),
            message: e.to_string(),
        })
}

/// The defaults as a table.
fn defaults() -> Table {
    match Value::try_from(Config::default()) {
        Ok(Value::Table(table)) => table,
        _ => Table::new(),
    }
}

fn merge(
    into: &mut Table,
    from: Table,
    prefix: &str,
    origin: &str,
    origins: &mut BTreeMap<String, String>,
) {
    for (key, value) in from {
        let path = if prefix.is_empty() {
            key.clone()
        } else {
            format!("{prefix}.{key}")
        };
        match (into.get_mut(&key), value) {
            (Some(Value::Table(below)), Value::Table(value)) => {
                merge(below, value, &path, origin, origins);
            }
            (_, Value::Table(value)) => {
                let mut below = Table::new();
                merge(&mut below, value, &path, origin, origins);
                into.insert(key, Value::Table(below));
            }
            (_, value) => {
                origins.insert(path, origin.to_owned());
                into.insert(key, value);
            }
        }
    }
}

fn nested(path: &str, value: Value) -> Table {
    let mut table = Table::new();
    match path.split_once('.') {
        Some((first, rest)) => table.insert(first.to_owned(), Value::Table(nested(rest, value))),
        None => table.insert(path.to_owned(), value),
    };
    table
}

/// A value from text: a whole number or true or false where it reads as one.
fn scalar(text: &str) -> Value {
    text.parse::<i64>()
        .map(Value::Integer)
        .or_else(|_| text.parse::<bool>().map(Value::Boolean))
        .unwrap_or_else(|_| Value::String(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect()
    }

    #[test]
    fn flags_win_over_the_environment() {
        let environment = environment(&[("HAVEN_HOME", "/a"), ("HAVEN_ENGINE__MEMORY_MB", "64")]);
        let settings = Settings::read(vec![("home", "/b".to_owned())], &environment).unwrap();
        assert_eq!(settings.config.home, Path::new("/b"));
        assert_eq!(settings.config.engine.memory_mb, 64);
        assert_eq!(settings.origins["home"], "a flag");
        assert_eq!(
            settings.origins["engine.memory_mb"],
            "the environment variable HAVEN_ENGINE__MEMORY_MB"
        );
    }

    #[test]
    fn a_part_of_a_table_may_be_set() {
        let settings =
            Settings::read(Vec::new(), &environment(&[("HAVEN_IDENTIFIED__KEY", "/k")])).unwrap();
        assert_eq!(settings.config.identified.key, Path::new("/k"));
        assert_eq!(settings.config.identified.folder, Path::new("identified"));
    }

    #[test]
    fn an_unknown_key_is_refused_by_name() {
        let fault = Settings::read(Vec::new(), &environment(&[("HAVEN_HOEM", "/a")]))
            .unwrap_err()
            .to_string();
        assert!(
            fault.contains("HAVEN_HOEM") && fault.contains("hoem"),
            "{fault}"
        );
    }
}
