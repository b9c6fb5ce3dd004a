//! The keys that this process may use: its own key files, and whoever makes pseudonyms for it.
//!
//! Which zone a process is of decides what it opens; nothing here gives a key to a page or a command.

use crate::{
    config::{Config, ProcessZone, ZoneConfig},
    fault::Usage,
};
use anyhow::{Context, Result};
use chrono::SecondsFormat;
use custody::{
    Algorithm, Client, Custodian, CustodyError, Guard, Hsm, Keeper, Passphrase, Today, Token,
};
use model::Clock;
use pseudonymise::Maker;
use std::{
    collections::BTreeMap,
    fs::File,
    io::Read,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};
use store::ZoneKey;
use zeroize::Zeroizing;

/// The name of the key domain of the analysis zone's own pseudonyms.
pub(crate) const ANALYSIS_DOMAIN: &str = "analysis";
/// The name of the key domain that recipients' keys are made from in workspaces from before.
pub(crate) const RECIPIENTS_DOMAIN: &str = "recipients";

/// The keys that this process may use.
pub(crate) struct Keys {
    guard: Arc<Guard>,
    /// The key of pseudonyms within the analysis zone.
    pub(crate) pseudonyms: Arc<Keeper>,
    /// The keys of recipients' own pseudonyms.
    pub(crate) recipients: Arc<Keeper>,
    /// The process that keeps the keys, for a process of another zone.
    service: Option<Arc<Client>>,
    stores: Mutex<BTreeMap<PathBuf, (Stamp, ZoneKey)>>,
}

type Stamp = (u64, u64, i64, i64);

impl Keys {
    /// The keys of the settings. Nothing is opened before it is needed.
    pub(crate) fn new(config: &Config, clock: &Arc<dyn Clock>) -> Result<Self> {
        let guard = Arc::new(Guard::new(config.identity(), passphrase(config)?));
        let clock = Arc::clone(clock);
        let today: Today = Arc::new(move || {
            let now = clock.now().to_rfc3339_opts(SecondsFormat::Secs, true);
            now.split('T').next().unwrap_or_default().to_owned()
        });
        let token = token(config)?;
        let keeper = |path: &Path| {
            let path = config.place(path);
            Arc::new(Keeper::new(
                path,
                Arc::clone(&guard),
                token.clone(),
                Arc::clone(&today),
            ))
        };
        Ok(Self {
            service: service(config)?,
            pseudonyms: keeper(&config.pseudonym_keys),
            recipients: keeper(&config.recipient_keys),
            guard,
            stores: Mutex::default(),
        })
    }

    /// Who opens and writes key files.
    pub(crate) fn guard(&self) -> &Guard {
        &self.guard
    }

    /// Who makes the pseudonyms of the analysis zone.
    pub(crate) fn of_analysis(&self) -> Result<Arc<dyn Custodian>> {
        if let Some(service) = &self.service {
            return Ok(Arc::clone(service) as Arc<dyn Custodian>);
        }
        self.pseudonyms
            .ensure(ANALYSIS_DOMAIN, Algorithm::HmacSha256)?;
        Ok(Arc::clone(&self.pseudonyms) as Arc<dyn Custodian>)
    }

    /// Who makes recipients' own pseudonyms.
    pub(crate) fn of_recipients(&self) -> Arc<dyn Custodian> {
        match &self.service {
            Some(service) => Arc::clone(service) as Arc<dyn Custodian>,
            None => Arc::clone(&self.recipients) as Arc<dyn Custodian>,
        }
    }

    /// The id of the key that those of recipients are made from, in a workspace from before they had their own.
    pub(crate) fn before_own_keys(&self) -> Result<Option<String>> {
        match &self.service {
            Some(_) => Ok(None),
            None => Ok(self.recipients.in_use(RECIPIENTS_DOMAIN)?),
        }
    }

    /// The key of a store; a new one is made where there is none.
    pub(crate) fn of_store(
        &self,
        config: &Config,
        zone: &ZoneConfig,
        name: &'static str,
    ) -> Result<ZoneKey> {
        let path = config.place(&zone.key);
        if !path.exists() {
            // Where two processes make one at once, both go on with the first.
            self.guard
                .create(&path, ZoneKey::generate()?.to_file_text().as_bytes())?;
        }
        let facts = std::fs::metadata(&path)
            .with_context(|| format!("cannot read the key file `{}`", path.display()))?;
        let stamp = (facts.ino(), facts.len(), facts.mtime(), facts.mtime_nsec());
        if let Ok(stores) = self.stores.lock()
            && let Some((seen, key)) = stores.get(&path)
            && *seen == stamp
        {
            return Ok(key.clone());
        }
        let bytes = self.guard.read(&path)?;
        let text = std::str::from_utf8(&bytes).unwrap_or_default();
        let key = ZoneKey::parse(text, name)?;
        if let Ok(mut stores) = self.stores.lock() {
            stores.insert(path, (stamp, key.clone()));
        }
        Ok(key)
    }
}

/// The token of the settings, for a process that uses keys itself.
fn token(config: &Config) -> Result<Option<Arc<dyn Token>>> {
    let settings = &config.custody.token;
    let uses = config.zone.does(ProcessZone::Custody) || config.custody.socket.is_none();
    let (Some(library), true) = (&settings.library, uses) else {
        return Ok(None);
    };
    let pin_file = settings.pin_file.as_ref().ok_or_else(|| {
        Usage("`custody.token.library` needs `custody.token.pin_file`".to_owned())
    })?;
    let pin = secret(&config.place(pin_file), "PIN of the token")?;
    let token = Hsm::open(library, &settings.label, pin.trim())?;
    Ok(Some(Arc::new(token) as Arc<dyn Token>))
}

/// The text of a small file, wiped when it is dropped.
fn secret(path: &Path, what: &str) -> Result<Zeroizing<String>> {
    let mut text = Zeroizing::new(String::with_capacity(1024));
    File::open(path)
        .and_then(|file| file.take(1000).read_to_string(&mut text))
        .with_context(|| format!("cannot read the {what} from `{}`", path.display()))?;
    Ok(text)
}

/// The process that keeps the keys, where this one is of another zone and the settings say where it listens.
fn service(config: &Config) -> Result<Option<Arc<Client>>> {
    let apart = matches!(config.zone, ProcessZone::Landing | ProcessZone::Analysis);
    let (Some(socket), true) = (&config.custody.socket, apart) else {
        return Ok(None);
    };
    let path = config.custody.credential_file.as_ref().ok_or_else(|| {
        Usage("`custody.socket` needs `custody.credential_file`: make one with `haven key credential`".to_owned())
    })?;
    let credential = secret(&config.place(path), "credential")?;
    Ok(Some(Arc::new(Client::new(
        config.place(socket),
        &credential,
    ))))
}

/// Pseudonyms made by a custodian, as the crossing asks for them.
pub(crate) fn maker(custodian: Arc<dyn Custodian>) -> Maker {
    Arc::new(move |domain, kind, values| {
        let kind = match kind {
            pseudonymise::Kind::Person => custody::Kind::Person,
            pseudonymise::Kind::Record => custody::Kind::Record,
            pseudonymise::Kind::Recipient => custody::Kind::Recipient,
        };
        custodian
            .pseudonyms(domain, kind, values)
            .map_err(|fault| in_words(&fault))
    })
}

/// A fault with its cause, as words.
fn in_words(fault: &CustodyError) -> String {
    match std::error::Error::source(fault) {
        Some(cause) => format!("{fault}: {cause}"),
        None => fault.to_string(),
    }
}

/// The passphrase of the identity, from the file or the descriptor that the settings name.
pub(crate) fn passphrase(config: &Config) -> Result<Option<Passphrase>> {
    let from = match (
        &config.custody.passphrase_file,
        config.custody.passphrase_descriptor,
    ) {
        (Some(path), _) => config.place(path),
        (None, Some(descriptor)) => PathBuf::from(format!("/dev/fd/{descriptor}")),
        (None, None) => return Ok(None),
    };
    let text = secret(&from, "passphrase of the keys")?;
    Ok(Some(Passphrase::new(&text)?))
}
