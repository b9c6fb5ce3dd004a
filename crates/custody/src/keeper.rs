//! Whoever has the keys: a file on this machine, or the process that keeps it, with the same questions to both.

use crate::{Algorithm, Bridge, CustodyError, Guard, KeyFacts, Kind, Ring, ring::Token};
use std::{
    fs::{File, OpenOptions},
    io::ErrorKind,
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};
use zeroize::Zeroizing;

/// What may be asked of keys. Nothing gives a key.
pub trait Custodian: Send + Sync {
    /// The id of the key with which pseudonyms of a domain are made now; none where there is no key yet.
    fn in_use(&self, domain: &str) -> Result<Option<String>, CustodyError>;
    /// The pseudonyms of values, in their order.
    fn pseudonyms(
        &self,
        domain: &str,
        kind: Kind,
        values: &[&str],
    ) -> Result<Vec<String>, CustodyError>;
    /// Values sealed for a domain, so that only this custodian leads them back.
    fn sealed(&self, domain: &str, values: &[&str]) -> Result<Vec<String>, CustodyError>;
    /// What was sealed, led back.
    fn opened(&self, domain: &str, sealed: &[&str])
    -> Result<Vec<Zeroizing<String>>, CustodyError>;
    /// Pseudonyms that were made under an earlier key, as they are under the one in use: over the bridge. None for
    /// one that the bridge does not know.
    fn led(&self, domain: &str, pseudonyms: &[&str]) -> Result<Vec<Option<String>>, CustodyError>;
    /// What may be told of the keys.
    fn facts(&self) -> Result<Vec<KeyFacts>, CustodyError>;
}

/// Today, as key files write it.
pub type Today = Arc<dyn Fn() -> String + Send + Sync>;

/// A key file on this machine.
pub struct Keeper {
    path: PathBuf,
    guard: Arc<Guard>,
    token: Option<Arc<dyn Token>>,
    today: Today,
    /// The ring as it was read, and what the file looked like then.
    read: Mutex<Option<(Stamp, Arc<Ring>)>>,
}

/// What tells one state of a file from another without reading it.
type Stamp = (u64, u64, i64, i64);

impl Keeper {
    /// Keys in a file, which need not be there yet. `token` holds the keys that are made from now on.
    pub fn new(
        path: PathBuf,
        guard: Arc<Guard>,
        token: Option<Arc<dyn Token>>,
        today: Today,
    ) -> Self {
        Self {
            path,
            guard,
            token,
            today,
            read: Mutex::new(None),
        }
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The ring as it is now. Whatever another process has changed is seen.
    pub fn ring(&self) -> Result<Arc<Ring>, CustodyError> {
        let stamp = match std::fs::metadata(&self.path) {
            Ok(facts) => (facts.ino(), facts.len(), facts.mtime(), facts.mtime_nsec()),
            Err(e) if e.kind() == ErrorKind::NotFound => {
                return Ok(Arc::new(Ring::new().with_token(self.token.clone())));
            }
            Err(e) => return Err(CustodyError::file("read the key file", &self.path)(e)),
        };
        if let Ok(read) = self.read.lock()
            && let Some((seen, ring)) = &*read
            && *seen == stamp
        {
            return Ok(Arc::clone(ring));
        }
        let ring = Arc::new(self.fresh()?);
        if let Ok(mut read) = self.read.lock() {
            *read = Some((stamp, Arc::clone(&ring)));
        }
        Ok(ring)
    }

    fn fresh(&self) -> Result<Ring, CustodyError> {
        let bytes = self.guard.read(&self.path)?;
        let text = std::str::from_utf8(&bytes).map_err(|_| CustodyError::NotAKeyFile)?;
        Ok(Ring::parse(text)?.with_token(self.token.clone()))
    }

    /// Changes the ring, under a lock that holds between processes, and keeps it. A kill leaves the old ring or the
    /// new one.
    pub fn change<T>(
        &self,
        change: impl FnOnce(&mut Ring, &str) -> Result<T, CustodyError>,
    ) -> Result<T, CustodyError> {
        let _lock = self.lock()?;
        let mut ring = if self.path.exists() {
            self.fresh()?
        } else {
            Ring::new().with_token(self.token.clone())
        };
        let done = change(&mut ring, &(self.today)())?;
        self.guard.write(&self.path, ring.format().as_bytes())?;
        Ok(done)
    }

    /// Sees to it that a domain has a key of its own.
    pub fn ensure(&self, domain: &str, algorithm: Algorithm) -> Result<(), CustodyError> {
        let has = |ring: &Ring| {
            ring.facts()
                .iter()
                .any(|key| key.domain == domain && key.algorithm == algorithm)
        };
        let ring = self.ring()?;
        if has(&ring) {
            return Ok(());
        }
        self.change(|ring, today| {
            if !has(ring) {
                ring.draw(domain, algorithm, today)?;
            }
            Ok(())
        })
    }

    /// Makes the bridge of a domain from an earlier key to the one in use. `pairs` has for each person what the
    /// earlier pseudonym and what the new one is made of. Gives how many people it leads.
    pub fn build_bridge(
        &self,
        domain: &str,
        from: &str,
        kind: Kind,
        pairs: &[(&str, &str)],
    ) -> Result<usize, CustodyError> {
        self.ensure(Bridge::DOMAIN, Algorithm::HmacSha256)?;
        self.ensure(Bridge::DOMAIN, Algorithm::Aes256Siv)?;
        let ring = self.ring()?;
        Bridge::build(&ring, &self.bridges(), domain, from, kind, pairs)
    }

    /// Where bridges are.
    pub fn bridges(&self) -> PathBuf {
        self.path.with_extension("bridges")
    }

    fn lock(&self) -> Result<File, CustodyError> {
        let path = self.path.with_extension("lock");
        let fault = |e| CustodyError::file("lock the key file", &path)(e);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(fault)?;
        }
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .map_err(fault)?;
        file.lock().map_err(fault)?;
        Ok(file)
    }
}

impl Custodian for Keeper {
    fn in_use(&self, domain: &str) -> Result<Option<String>, CustodyError> {
        Ok(self.ring()?.in_use(domain))
    }

    fn pseudonyms(
        &self,
        domain: &str,
        kind: Kind,
        values: &[&str],
    ) -> Result<Vec<String>, CustodyError> {
        match self.ring()?.pseudonyms(domain, None, kind, values) {
            // The first pseudonyms for a recipient draw its key; that changes nothing for anyone.
            Err(CustodyError::NoKey(_)) if kind == Kind::Recipient && crate::is_domain(domain) => {
                self.ensure(domain, Algorithm::HmacSha256)?;
                self.ring()?.pseudonyms(domain, None, kind, values)
            }
            made => made,
        }
    }

    fn sealed(&self, domain: &str, values: &[&str]) -> Result<Vec<String>, CustodyError> {
        match self.ring()?.sealed(domain, values) {
            Err(CustodyError::NoKey(_)) if crate::is_domain(domain) => {
                self.ensure(domain, Algorithm::Aes256Siv)?;
                self.ring()?.sealed(domain, values)
            }
            made => made,
        }
    }

    fn opened(
        &self,
        domain: &str,
        sealed: &[&str],
    ) -> Result<Vec<Zeroizing<String>>, CustodyError> {
        self.ring()?.opened(domain, sealed)
    }

    fn led(&self, domain: &str, pseudonyms: &[&str]) -> Result<Vec<Option<String>>, CustodyError> {
        let ring = self.ring()?;
        Bridge::lead(&ring, &self.bridges(), domain, pseudonyms)
    }

    fn facts(&self) -> Result<Vec<KeyFacts>, CustodyError> {
        Ok(self.ring()?.facts())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keeper(folder: &Path) -> Keeper {
        let guard = Guard::new(folder.join("identity.txt"), None);
        Keeper::new(
            folder.join("keys/a.keys"),
            Arc::new(guard),
            None,
            Arc::new(|| "2026-11-22".to_owned()),
        )
    }

    #[test]
    fn the_first_pseudonyms_for_a_recipient_draw_a_key_of_its_own() {
        let home = tempfile::tempdir().unwrap();
        let one = keeper(home.path());
        let made = one
            .pseudonyms("dsa-1/1/ORG/research", Kind::Recipient, &["p1"])
            .unwrap();
        // Another process reads the same.
        let again =
            keeper(home.path()).pseudonyms("dsa-1/1/ORG/research", Kind::Recipient, &["p1"]);
        assert_eq!(made, again.unwrap());
        assert!(
            one.pseudonyms("analysis", Kind::Person, &["p1"]).is_err(),
            "not of other kinds"
        );
        assert!(one.pseudonyms("a b", Kind::Recipient, &["p1"]).is_err());
        let sealed = one.sealed("dsa-1/1/ORG/research", &["p1"]).unwrap();
        let sealed: Vec<&str> = sealed.iter().map(String::as_str).collect();
        assert_eq!(
            *one.opened("dsa-1/1/ORG/research", &sealed).unwrap()[0],
            "p1"
        );
    }

    #[test]
    fn what_another_process_changes_is_seen_and_both_draw_one_key() {
        let home = tempfile::tempdir().unwrap();
        let keepers: Vec<Keeper> = (0..4).map(|_| keeper(home.path())).collect();
        let made: Vec<String> = std::thread::scope(|scope| {
            let threads: Vec<_> = keepers
                .iter()
                .map(|k| scope.spawn(|| k.pseudonyms("dsa-1", Kind::Recipient, &["p1"]).unwrap()))
                .collect();
            threads
                .into_iter()
                .map(|t| t.join().unwrap().remove(0))
                .collect()
        });
        assert!(made.iter().all(|m| *m == made[0]), "{made:?}");
        keepers[0]
            .change(|ring, today| ring.draw("dsa-1", Algorithm::HmacSha256, today))
            .unwrap();
        let after = keepers[1]
            .pseudonyms("dsa-1", Kind::Recipient, &["p1"])
            .unwrap();
        assert!(after[0].starts_with("k2-"), "{after:?}");
    }

    #[test]
    fn over_the_bridge_pseudonyms_of_an_earlier_key_become_those_of_the_new_one() {
        let home = tempfile::tempdir().unwrap();
        let keeper = keeper(home.path());
        keeper.ensure("analysis", Algorithm::HmacSha256).unwrap();
        let people: Vec<String> = (0..500).map(|n| format!("p{n}")).collect();
        let people: Vec<&str> = people.iter().map(String::as_str).collect();
        let pairs: Vec<(&str, &str)> = people.iter().map(|p| (*p, *p)).collect();
        let made = || {
            keeper
                .pseudonyms("analysis", Kind::Person, &people)
                .unwrap()
        };
        let change = || {
            keeper
                .change(|ring, today| ring.draw("analysis", Algorithm::HmacSha256, today))
                .unwrap()
        };
        let first = made();
        let first: Vec<&str> = first.iter().map(String::as_str).collect();
        change();
        assert!(matches!(
            keeper.led("analysis", &first),
            Err(CustodyError::NoBridge { .. })
        ));
        assert_eq!(
            keeper
                .build_bridge("analysis", "k1", Kind::Person, &pairs)
                .unwrap(),
            500
        );
        change();
        assert_eq!(
            keeper
                .build_bridge("analysis", "k2", Kind::Person, &pairs)
                .unwrap(),
            500
        );
        let last = made();
        // Over two bridges, one after the other; and what is of the key in use stays.
        let led = keeper.led("analysis", &first).unwrap();
        assert_eq!(led, last.iter().cloned().map(Some).collect::<Vec<_>>());
        assert_eq!(
            keeper.led("analysis", &[&last[3]]).unwrap(),
            [Some(last[3].clone())]
        );
        let nobody = format!("k1-{}", "0".repeat(32));
        assert_eq!(keeper.led("analysis", &[&nobody]).unwrap(), [None]);
        assert!(keeper.led("analysis", &["no pseudonym"]).is_err());
        // Nothing in the files of the bridges shows a pseudonym.
        for file in std::fs::read_dir(keeper.bridges()).unwrap() {
            let bytes = std::fs::read(file.unwrap().path()).unwrap();
            for pseudonym in first.iter().copied().chain(last.iter().map(String::as_str)) {
                let digits = hex::decode(&pseudonym[3..]).unwrap();
                assert!(!bytes.windows(16).any(|w| w == digits));
            }
        }
        // Without its own keys a bridge leads nowhere.
        keeper
            .change(|ring, today| ring.destroy(Bridge::DOMAIN, None, today))
            .unwrap();
        assert!(keeper.led("analysis", &first).is_err());
    }
}
