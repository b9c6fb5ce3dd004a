//! The process that keeps the keys, answering the other zones over a socket of this machine.

use crate::{config::Config, fault::Usage, keys::ANALYSIS_DOMAIN, workspace::Workspace};
use anyhow::{Context, Result};
use custody::{Ask, Caller, Custodian, CustodyError, Keeper, KeyFacts, Kind};
use govern::{AuditKeeper, EntryBody, ObjectKind, Outcome};
use std::{os::unix::fs::PermissionsExt, sync::Arc, time::Duration};
use tokio::{net::UnixListener, sync::Semaphore};
use zeroize::Zeroizing;

/// How many callers are answered at a time.
const CALLERS: usize = 64;
/// How long a connection may stay silent.
const SILENCE: Duration = Duration::from_hours(1);

/// Both files of keys behind one face: a domain says which.
struct Both {
    pseudonyms: Arc<Keeper>,
    recipients: Arc<Keeper>,
}

impl Both {
    fn of(&self, domain: &str) -> &Keeper {
        if domain == ANALYSIS_DOMAIN {
            &self.pseudonyms
        } else {
            &self.recipients
        }
    }
}

impl Custodian for Both {
    fn in_use(&self, domain: &str) -> Result<Option<String>, CustodyError> {
        self.of(domain).in_use(domain)
    }

    fn pseudonyms(
        &self,
        domain: &str,
        kind: Kind,
        values: &[&str],
    ) -> Result<Vec<String>, CustodyError> {
        self.of(domain).pseudonyms(domain, kind, values)
    }

    fn sealed(&self, domain: &str, values: &[&str]) -> Result<Vec<String>, CustodyError> {
        self.of(domain).sealed(domain, values)
    }

    fn opened(
        &self,
        domain: &str,
        sealed: &[&str],
    ) -> Result<Vec<Zeroizing<String>>, CustodyError> {
        self.of(domain).opened(domain, sealed)
    }

    fn led(&self, domain: &str, pseudonyms: &[&str]) -> Result<Vec<Option<String>>, CustodyError> {
        self.of(domain).led(domain, pseudonyms)
    }

    fn facts(&self) -> Result<Vec<KeyFacts>, CustodyError> {
        Err(CustodyError::Cannot("nobody is told which keys there are"))
    }
}

/// Answers callers until the process ends. The socket is in place when this returns.
pub(crate) fn keep_keys(workspace: &Arc<Workspace>) -> Result<()> {
    let config = &workspace.config;
    let Some(path) = config
        .custody
        .socket
        .as_ref()
        .map(|path| config.place(path))
    else {
        return Ok(());
    };
    let callers = Arc::new(callers(config)?);
    // Sees to the key of the analysis zone, so that the first caller finds it.
    workspace.keys.of_analysis()?;
    let custodian = Arc::new(Both {
        pseudonyms: Arc::clone(&workspace.keys.pseudonyms),
        recipients: Arc::clone(&workspace.keys.recipients),
    });
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    // One that a process left behind; a living one would answer.
    if std::os::unix::net::UnixStream::connect(&path).is_ok() {
        return Err(Usage(format!(
            "another process keeps keys at `{}`",
            path.display()
        ))
        .into());
    }
    let _ = std::fs::remove_file(&path);
    let listener = UnixListener::bind(&path)
        .with_context(|| format!("cannot listen at `{}`", path.display()))?;
    // Who may come in is decided by the folder, by the user of the other end, and by the credential.
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o666))?;
    let workspace = Arc::clone(workspace);
    let turns = Arc::new(Semaphore::new(CALLERS));
    tokio::spawn(async move {
        while let Ok(turn) = Arc::clone(&turns).acquire_owned().await {
            let Ok((stream, _)) = listener.accept().await else {
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            };
            let user = stream.peer_cred().ok().map(|peer| peer.uid());
            let Ok(mut stream) = stream.into_std() else {
                continue;
            };
            let (workspace, callers) = (Arc::clone(&workspace), Arc::clone(&callers));
            let custodian = Arc::clone(&custodian);
            // A thread of its own: it waits for the caller and works for it by turns.
            std::thread::spawn(move || {
                let _turn = turn;
                let ready = stream
                    .set_nonblocking(false)
                    .and_then(|()| stream.set_read_timeout(Some(SILENCE)));
                if ready.is_ok() {
                    let refused = |what: &str| note(&workspace, what);
                    let _ =
                        custody::answer(&mut stream, user, &callers, custodian.as_ref(), &refused);
                }
            });
        }
    });
    Ok(())
}

fn note(workspace: &Workspace, what: &str) {
    let now = workspace.clock.now();
    let mut entry = EntryBody::new(
        now,
        govern::Kind::KeyChanged,
        "key service",
        Outcome::Refused,
    );
    entry.object_kind = Some(ObjectKind::Key);
    entry.reason = Some(what.to_owned());
    if let Err(fault) = workspace.audit.keep(entry) {
        tracing::error!("the audit log cannot be kept: {fault}");
    }
}

fn callers(config: &Config) -> Result<Vec<Caller>> {
    let mut callers = Vec::new();
    for (name, caller) in &config.custody.callers {
        let may = caller
            .may
            .iter()
            .map(|word| {
                Ask::of_word(word).ok_or_else(|| {
                    Usage(format!(
                        "`custody.callers.{name}.may` has `{word}`; there are pseudonyms, seal, open and lead"
                    ))
                })
            })
            .collect::<Result<Vec<_>, _>>()?;
        callers.push(Caller {
            name: name.clone(),
            credential_sha256: caller.credential_sha256.to_lowercase(),
            user: caller.user,
            domains: caller.domains.clone(),
            may,
        });
    }
    Ok(callers)
}
