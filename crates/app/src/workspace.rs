//! A workspace: where everything is, and who may open what.
//!
//! Each desk gets the stores and keys of its own zone and no others.

use crate::{
    clock::{ShiftedClock, SystemClock},
    config::{Config, ProcessZone, ZoneConfig},
    desks::{AnalysisDesk, Envelopes, IdentifiedDesk, agreements::Shelf},
    fault::NotAllowed,
    keys::{ANALYSIS_DOMAIN, Keys, maker},
    registered::Counted,
};
use anyhow::{Context, Result, bail};
use control::{AccountKey, Control};
use govern::Policies;
use govern::audit::{NoteKey, PublicKey};
use model::{Clock, Content, Function, Zone};
use pseudonymise::KnownWords;
use std::{
    fs::File,
    io::{ErrorKind, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::Arc,
};
use store::{
    AuditFile, AuditPlaces, Engine, EngineSettings, KeptColumns, Partials, Store, Subjects, Vault,
    WritePoints,
};
use zeroize::Zeroizing;

/// The version of this program, in reports, receipts and the provenance of tables.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// A file of this name says that the workspace is being put back from a backup.
pub(crate) const RESTORING: &str = "restoring";

/// What every part of the program shares.
pub(crate) struct Workspace {
    pub(crate) config: Config,
    pub(crate) content: Arc<Content>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) control: Arc<Control>,
    pub(crate) audit: Arc<AuditFile>,
    /// What the public register has counted.
    pub(crate) counted: Arc<Counted>,
    pub(crate) keys: Keys,
    /// The policies of agreements, each built once for each of its states.
    pub(crate) policies: Policies,
    points: Arc<WritePoints>,
    pub(crate) shelf: Shelf,
    /// What is kept of governed tables between questions.
    kept: Arc<KeptColumns>,
}

impl Workspace {
    /// Opens the workspace of the settings, and makes what is not there yet. One that is being put back from a
    /// backup is not opened: what was destroyed since would be there again.
    pub(crate) async fn open(config: Config, content: Arc<Content>) -> Result<Self> {
        if config.home.join(RESTORING).exists() {
            bail!(
                "`{}` is being put back from a backup: run `haven restore` to its end",
                config.home.display()
            );
        }
        Self::open_restored(config, content).await
    }

    /// A place for sealed files outside of the workspace, under the key of the identified zone.
    pub(crate) fn sealed(config: &Config, folder: &Path) -> Result<Vault> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let keys = Keys::new(config, &clock)?;
        let key = keys.of_store(config, &config.identified, model::Identifiable::NAME)?;
        Ok(Vault::open(folder, key, Arc::new(WritePoints::new(None)))?)
    }

    /// Opens a workspace that is put back from a backup, to finish that.
    pub(crate) async fn open_restored(config: Config, content: Arc<Content>) -> Result<Self> {
        std::fs::create_dir_all(&config.home)
            .with_context(|| format!("cannot make the workspace `{}`", config.home.display()))?;
        let points = Arc::new(WritePoints::new(config.kill_at_write_point));
        let control = Arc::new(if config.control.contains("://") {
            Control::open(&config.control).await?
        } else {
            let path = config.place(Path::new(&config.control));
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder)?;
            }
            Control::open_file(&path).await?
        });
        let clock: Arc<dyn Clock> = match config.clock_starts_at {
            Some(moment) => Arc::new(ShiftedClock::starting_at(moment)),
            None => Arc::new(SystemClock),
        };
        let audit = Arc::new(
            AuditFile::open(
                AuditPlaces {
                    folder: config.place(&config.audit.folder),
                    chain: config.place(&config.audit.log),
                    checkpoint: config.place(&config.audit.checkpoint),
                },
                log_key(&config)?,
                Arc::clone(&points),
                clock.now(),
            )?
            .attended(Box::new(crate::request::Requests)),
        );
        let kept = KeptColumns::new(config.engine.kept_mb.saturating_mul(1024 * 1024));
        Ok(Self {
            keys: Keys::new(&config, &clock)?,
            config,
            content,
            clock,
            control,
            audit,
            counted: Arc::default(),
            policies: Policies::new()?,
            points,
            shelf: Shelf::default(),
            kept: Arc::new(kept),
        })
    }

    /// The witnesses whose cosignatures count.
    pub(crate) fn witnesses(&self) -> Result<Vec<PublicKey>> {
        let keys = self.config.audit.witnesses.iter();
        keys.map(|text| {
            PublicKey::parse(text)
                .ok()
                .filter(PublicKey::cosigns)
                .with_context(|| format!("`{text}` in `audit.witnesses` is not the public key of a witness, as `haven audit witness` shows it"))
        })
        .collect()
    }

    /// What is kept about people beside the log, each under a key of their own.
    pub(crate) fn subjects(&self) -> Result<Subjects> {
        let config = &self.config;
        let master = key_file(
            &config.place(&config.audit.subjects_key),
            Subjects::new_master,
        )?;
        Ok(Subjects::open(
            config.place(&config.audit.subjects),
            &master,
        )?)
    }

    /// The moments at which something durable happens, for the test that kills the process at each.
    pub(crate) fn points(&self) -> &WritePoints {
        &self.points
    }

    /// Refuses work of a zone that this process is not of.
    pub(crate) fn of_zone(&self, zone: ProcessZone) -> Result<()> {
        let mine = self.config.zone;
        if mine.does(zone) {
            return Ok(());
        }
        Err(NotAllowed(format!(
            "this process is of the zone `{}` and opens nothing of the zone `{}`",
            mine.word(),
            zone.word()
        ))
        .into())
    }

    /// The key under which secrets of accounts rest.
    pub(crate) fn account_key(&self) -> Result<AccountKey> {
        let path = self.config.place(&self.config.accounts.key);
        let text = key_file(&path, || {
            let key = AccountKey::generate().map_err(std::io::Error::other)?;
            Ok(key.to_file_text())
        })?;
        AccountKey::parse(&text)
            .with_context(|| format!("cannot use the key in `{}`", path.display()))
    }

    /// The desk of the identified side.
    pub(crate) fn identified(&self) -> Result<IdentifiedDesk<'_>> {
        self.of_zone(ProcessZone::Landing)?;
        let config = &self.config;
        let custodian = self.keys.of_analysis()?;
        let key_id = custodian.in_use(ANALYSIS_DOMAIN)?;
        let mut functions = link::functions();
        functions.extend(pseudonymise::functions(
            &maker(custodian),
            ANALYSIS_DOMAIN,
            KnownWords::read(&self.content)?,
        ));
        let key = self
            .keys
            .of_store(config, &config.identified, model::Identifiable::NAME)?;
        Ok(IdentifiedDesk {
            workspace: self,
            vault: Vault::open(
                &config.place(&config.identified.folder).join("vault"),
                key.clone(),
                Arc::clone(&self.points),
            )?,
            partials: Partials::open(
                &config.place(&config.identified.folder).join("uploads"),
                key,
                Arc::clone(&self.points),
            )?,
            store: self.store::<model::Identifiable>(&config.identified, "own")?,
            handover: self.store::<model::Pseudonymous>(&config.handover, "handover")?,
            engine: self.engine(&config.identified, functions, key_id.as_deref())?,
        })
    }

    /// The tables of the identified side, for whoever asks only how they stand.
    pub(crate) fn identified_tables(&self) -> Result<Store<model::Identifiable>> {
        self.of_zone(ProcessZone::Landing)?;
        self.store(&self.config.identified, "own")
    }

    /// The desk of the analysis side.
    pub(crate) fn analysis(&self) -> Result<AnalysisDesk<'_>> {
        self.of_zone(ProcessZone::Analysis)?;
        let config = &self.config;
        let custodian = self.keys.of_recipients();
        let key_id = self.keys.before_own_keys()?;
        let functions = pseudonymise::recipient_functions(&maker(custodian));
        Ok(AnalysisDesk {
            workspace: self,
            handover: self.store(&config.handover, "handover")?,
            store: self.store(&config.analysis, "own")?,
            engine: self
                .engine(&config.analysis, functions, key_id.as_deref())?
                .keeping(Arc::clone(&self.kept)),
        })
    }

    /// Lets go of what this process keeps of governed tables between questions.
    pub(crate) fn let_go_of_kept(&self) {
        self.kept.clear();
    }

    /// The sealed sets of cohorts, in the analysis zone.
    pub(crate) fn cohorts(&self) -> Result<Vault> {
        self.of_zone(ProcessZone::Analysis)?;
        let zone = &self.config.analysis;
        Ok(Vault::open(
            &self.config.place(&zone.folder).join("cohorts"),
            self.keys
                .of_store(&self.config, zone, model::Pseudonymous::NAME)?,
            Arc::clone(&self.points),
        )?)
    }

    /// The sealed lists of people for professionals, each under a key of its own.
    pub(crate) fn envelopes(&self) -> Envelopes {
        Envelopes::of(self, Arc::clone(&self.points))
    }

    fn store<Z: Zone>(&self, zone: &ZoneConfig, part: &'static str) -> Result<Store<Z>> {
        let key = self.keys.of_store(&self.config, zone, Z::NAME)?;
        Ok(Store::open(
            &self.config.place(&zone.folder),
            part,
            key,
            Arc::clone(&self.points),
        )?)
    }

    fn engine(
        &self,
        zone: &ZoneConfig,
        functions: Vec<Function>,
        key_id: Option<&str>,
    ) -> Result<Engine> {
        let settings = EngineSettings {
            memory_mb: self.config.engine.memory_mb,
            threads: self.config.threads(),
            spill_folder: self.config.place(&zone.folder).join("spill"),
            spill_mb: self.config.engine.spill_mb,
            version: format!("{VERSION} {}", key_id.unwrap_or_default()),
        };
        Ok(Engine::new(settings, functions)?)
    }
}

/// The key with which the log signs its checkpoints, under the name that the settings give it.
fn log_key(config: &Config) -> Result<NoteKey> {
    let (path, name) = (config.place(&config.audit.key), &config.audit.origin);
    let cannot = || {
        format!(
            "cannot use the key of the audit log in `{}`: `audit.origin` is a name without spaces or plus signs, and the key was made for it",
            path.display()
        )
    };
    let text = key_file(&path, || {
        let mut seed = Zeroizing::new([0u8; 32]);
        getrandom::fill(seed.as_mut()).map_err(|e| std::io::Error::other(e.to_string()))?;
        let key = NoteKey::for_log(name, &seed).map_err(std::io::Error::other)?;
        Ok(key.to_file_text())
    })
    .with_context(cannot)?;
    let key = NoteKey::parse(&text).with_context(cannot)?;
    if key.public().name() == name && !key.public().cosigns() {
        Ok(key)
    } else {
        bail!(cannot())
    }
}

/// The text of a key file; a new one is made where there is none. Two processes that make it at once end
/// with the same file, since its name is given to a whole file and only once.
fn key_file(
    path: &Path,
    make: impl FnOnce() -> std::io::Result<Zeroizing<String>>,
) -> Result<Zeroizing<String>> {
    let named = |doing: &str| format!("cannot {doing} the key file `{}`", path.display());
    match std::fs::read_to_string(path) {
        Ok(text) => return Ok(Zeroizing::new(text)),
        Err(e) if e.kind() == ErrorKind::NotFound => {}
        Err(e) => return Err(e).with_context(|| named("read")),
    }
    let folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
    std::fs::create_dir_all(&folder).with_context(|| named("make"))?;
    let beside: PathBuf = folder.join(format!(".new-{}", std::process::id()));
    let text = make().with_context(|| named("make"))?;
    let mut file: File = std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&beside)
        .with_context(|| named("make"))?;
    file.write_all(text.as_bytes())
        .and_then(|()| file.sync_all())
        .with_context(|| named("write"))?;
    let linked = std::fs::hard_link(&beside, path);
    let _ = std::fs::remove_file(&beside);
    match linked {
        Ok(()) => Ok(text),
        Err(e) if e.kind() == ErrorKind::AlreadyExists => std::fs::read_to_string(path)
            .map(Zeroizing::new)
            .with_context(|| named("read")),
        Err(e) => Err(e).with_context(|| named("make")),
    }
}
