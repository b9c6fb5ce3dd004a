//! Key files at rest: each an age file for the identity of whoever runs the process, and the identity itself in a
//! file of its own, under a passphrase where one is set.
//!
//! Files from before are plain; they are read as they are until `haven key protect` has been run.

use crate::CustodyError;
use age::secrecy::{ExposeSecret, SecretString};
use std::{
    fmt,
    fs::{File, OpenOptions},
    io::{ErrorKind, Read, Write},
    iter,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::OnceLock,
};
use zeroize::Zeroizing;

/// How every age file begins.
const AGE: &[u8] = b"age-encryption.org/v1";
/// How the line of an identity begins.
const IDENTITY: &str = "AGE-SECRET-KEY-1";
/// The shortest passphrase.
const LEAST_PASSPHRASE: usize = 12;
/// The work that a guess at the passphrase costs: 2^16 rounds of scrypt, which take 64 MiB.
const WORK_FACTOR: u8 = 16;

/// A passphrase, wiped when it is dropped and never shown.
#[derive(Clone)]
pub struct Passphrase(Zeroizing<String>);

impl Passphrase {
    /// Takes a passphrase, without the end of its line.
    pub fn new(text: &str) -> Result<Self, CustodyError> {
        let text = Zeroizing::new(text.trim_end_matches(['\r', '\n']).to_owned());
        if text.chars().count() < LEAST_PASSPHRASE {
            return Err(CustodyError::ShortPassphrase {
                least: LEAST_PASSPHRASE,
            });
        }
        Ok(Self(text))
    }

    fn secret(&self) -> SecretString {
        SecretString::from(self.0.as_str().to_owned())
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("‹passphrase›")
    }
}

/// Opens and writes protected files, for one identity.
pub struct Guard {
    identity: PathBuf,
    passphrase: Option<Passphrase>,
    /// What the file of the identity held, once it has been needed.
    opened: OnceLock<age::x25519::Identity>,
}

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard")
            .field("identity", &self.identity)
            .finish_non_exhaustive()
    }
}

impl Guard {
    /// A guard whose identity is in a file. Nothing is read before it is needed.
    pub fn new(identity: PathBuf, passphrase: Option<Passphrase>) -> Self {
        Self {
            identity,
            passphrase,
            opened: OnceLock::new(),
        }
    }

    /// Where the identity is.
    pub fn identity_path(&self) -> &Path {
        &self.identity
    }

    /// The recipient of this guard, which others may know: it closes and does not open.
    pub fn recipient(&self) -> Result<String, CustodyError> {
        Ok(self.identity(true)?.to_public().to_string())
    }

    /// Reads a file, protected or from before.
    pub fn read(&self, path: &Path) -> Result<Zeroizing<Vec<u8>>, CustodyError> {
        let bytes = whole(path).map_err(CustodyError::file("read the key file", path))?;
        if !bytes.starts_with(AGE) {
            return Ok(bytes);
        }
        let identity = self.identity(false)?;
        let locked = |why| CustodyError::Locked {
            path: path.display().to_string(),
            why,
        };
        let file =
            age::Decryptor::new_buffered(bytes.as_slice()).map_err(|_| locked("it is damaged"))?;
        if file.is_scrypt() {
            return Err(locked(
                "it is under a passphrase of its own, not under the identity",
            ));
        }
        let mut plain = Zeroizing::new(Vec::with_capacity(bytes.len()));
        file.decrypt(iter::once(identity as &dyn age::Identity))
            .map_err(|_| locked("it is not for this identity, or is damaged"))?
            .read_to_end(&mut plain)
            .map_err(|_| locked("it is damaged"))?;
        Ok(plain)
    }

    /// Writes a file for this identity, in place of one that is there.
    pub fn write(&self, path: &Path, plain: &[u8]) -> Result<(), CustodyError> {
        let sealed = sealed_for(&self.identity(true)?.to_public(), plain)?;
        write_whole(path, &sealed, true).map_err(CustodyError::file("write the key file", path))
    }

    /// Writes a file for this identity unless there is one: whether it was written.
    pub fn create(&self, path: &Path, plain: &[u8]) -> Result<bool, CustodyError> {
        let sealed = sealed_for(&self.identity(true)?.to_public(), plain)?;
        created(path, &sealed)
    }

    /// A copy of a file for somebody else's recipient: how two zones come to share the key of what is handed over.
    pub fn copy_for(&self, path: &Path, recipient: &str) -> Result<Vec<u8>, CustodyError> {
        let to: age::x25519::Recipient = recipient
            .trim()
            .parse()
            .map_err(|_| CustodyError::NoRecipient(recipient.chars().take(80).collect()))?;
        sealed_for(&to, &self.read(path)?)
    }

    /// Protects a file from before: whether there was something to do. A kill at any moment leaves the old file or
    /// the new one.
    pub fn protect(&self, path: &Path) -> Result<bool, CustodyError> {
        if is_protected(path)? {
            return Ok(false);
        }
        let plain = self.read(path)?;
        self.write(path, &plain)?;
        // Read back before anyone relies on it.
        if *self.read(path)? != *plain {
            return Err(CustodyError::Locked {
                path: path.display().to_string(),
                why: "it does not read back as it was written",
            });
        }
        Ok(true)
    }

    /// Puts the identity under the passphrase: whether there was something to do.
    pub fn protect_identity(&self) -> Result<bool, CustodyError> {
        let Some(passphrase) = &self.passphrase else {
            return Ok(false);
        };
        let identity = self.identity(true)?;
        if is_protected(&self.identity)? {
            return Ok(false);
        }
        let sealed = under(passphrase, identity_text(identity).as_bytes())?;
        write_whole(&self.identity, &sealed, true)
            .map_err(CustodyError::file("write the identity", &self.identity))?;
        Ok(true)
    }

    /// The identity; a new one is made where there is none and `make` says so.
    fn identity(&self, make: bool) -> Result<&age::x25519::Identity, CustodyError> {
        if let Some(identity) = self.opened.get() {
            return Ok(identity);
        }
        let identity = match whole(&self.identity) {
            Ok(bytes) => self.identity_from(&bytes)?,
            Err(e) if e.kind() == ErrorKind::NotFound && make => {
                let text = identity_text(&age::x25519::Identity::generate());
                let bytes = match &self.passphrase {
                    Some(passphrase) => Zeroizing::new(under(passphrase, text.as_bytes())?),
                    None => Zeroizing::new(text.as_bytes().to_vec()),
                };
                // Where two processes make one at once, both go on with the first.
                created(&self.identity, &bytes)?;
                let kept = whole(&self.identity)
                    .map_err(CustodyError::file("read the identity", &self.identity))?;
                self.identity_from(&kept)?
            }
            Err(e) => return Err(CustodyError::file("read the identity", &self.identity)(e)),
        };
        Ok(self.opened.get_or_init(|| identity))
    }

    fn identity_from(&self, bytes: &[u8]) -> Result<age::x25519::Identity, CustodyError> {
        let locked = |why| CustodyError::Locked {
            path: self.identity.display().to_string(),
            why,
        };
        let plain = if bytes.starts_with(AGE) {
            let passphrase = self.passphrase.as_ref().ok_or_else(|| {
                locked("it is under a passphrase: name its file with `custody.passphrase_file`, or its descriptor with `custody.passphrase_descriptor`")
            })?;
            let identity = age::scrypt::Identity::new(passphrase.secret());
            let mut plain = Zeroizing::new(Vec::with_capacity(bytes.len()));
            age::Decryptor::new_buffered(bytes)
                .map_err(|_| locked("it is damaged"))?
                .decrypt(iter::once(&identity as &dyn age::Identity))
                .map_err(|_| locked("the passphrase is not the one that it was protected with"))?
                .read_to_end(&mut plain)
                .map_err(|_| locked("it is damaged"))?;
            plain
        } else {
            Zeroizing::new(bytes.to_vec())
        };
        std::str::from_utf8(&plain)
            .ok()
            .and_then(|text| text.lines().find(|line| line.trim().starts_with(IDENTITY)))
            .and_then(|line| line.trim().parse().ok())
            .ok_or_else(|| CustodyError::NoIdentity {
                path: self.identity.display().to_string(),
            })
    }
}

/// Whether a file is an age file.
pub fn is_protected(path: &Path) -> Result<bool, CustodyError> {
    let fault = CustodyError::file("read the key file", path);
    let mut start = Vec::with_capacity(AGE.len());
    let read =
        File::open(path).and_then(|file| file.take(AGE.len() as u64).read_to_end(&mut start));
    read.map(|_| start == AGE).map_err(fault)
}

fn identity_text(identity: &age::x25519::Identity) -> Zeroizing<String> {
    Zeroizing::new(format!("{}\n", identity.to_string().expose_secret()))
}

pub(crate) fn sealed_for(
    to: &age::x25519::Recipient,
    plain: &[u8],
) -> Result<Vec<u8>, CustodyError> {
    age::encrypt(to, plain).map_err(|_| CustodyError::Cannot("a file could not be protected"))
}

pub(crate) fn under(passphrase: &Passphrase, plain: &[u8]) -> Result<Vec<u8>, CustodyError> {
    let mut recipient = age::scrypt::Recipient::new(passphrase.secret());
    recipient.set_work_factor(WORK_FACTOR);
    age::encrypt(&recipient, plain)
        .map_err(|_| CustodyError::Cannot("a file could not be put under the passphrase"))
}

/// All bytes of a file, in memory that is wiped. Key files are small; a larger one is none.
fn whole(path: &Path) -> std::io::Result<Zeroizing<Vec<u8>>> {
    const LARGEST: u64 = 64 << 20;
    let file = File::open(path)?;
    let size = file.metadata()?.len();
    if size > LARGEST {
        return Err(ErrorKind::FileTooLarge.into());
    }
    // Room for all from the start, so that growing leaves no copy of a key behind in memory.
    let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(size).unwrap_or(0) + 1));
    file.take(LARGEST).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn created(path: &Path, bytes: &[u8]) -> Result<bool, CustodyError> {
    match write_whole(path, bytes, false) {
        Ok(()) => Ok(true),
        Err(e) if e.kind() == ErrorKind::AlreadyExists => Ok(false),
        Err(e) => Err(CustodyError::file("make the key file", path)(e)),
    }
}

/// Writes a file that only its owner may read, whole or not at all. Without `replace`, a name that is taken is an
/// error.
pub fn write_whole(path: &Path, bytes: &[u8], replace: bool) -> std::io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    std::fs::create_dir_all(folder)?;
    let mut name = [0u8; 8];
    getrandom::fill(&mut name).map_err(|e| std::io::Error::other(e.to_string()))?;
    let beside = folder.join(format!(".new-{}", hex::encode(name)));
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&beside)
        .and_then(|mut file| {
            file.write_all(bytes)?;
            file.sync_all()
        })
        .and_then(|()| {
            if replace {
                std::fs::rename(&beside, path)
            } else {
                // A hard link fails when the name is taken, which a rename would not.
                std::fs::hard_link(&beside, path)
            }
        });
    let _ = std::fs::remove_file(&beside);
    written?;
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guard(folder: &Path, passphrase: Option<&str>) -> Guard {
        let passphrase = passphrase.map(|p| Passphrase::new(p).unwrap());
        Guard::new(folder.join("identity.txt"), passphrase)
    }

    #[test]
    fn a_protected_file_reads_back_and_shows_nothing() {
        let home = tempfile::tempdir().unwrap();
        let (path, secret) = (
            home.path().join("keys/a.key"),
            b"a secret of twenty-nine bytes",
        );
        assert!(guard(home.path(), None).create(&path, secret).unwrap());
        assert!(!guard(home.path(), None).create(&path, b"another").unwrap());
        let on_disk = std::fs::read(&path).unwrap();
        assert!(
            !on_disk
                .windows(10)
                .any(|w| secret.windows(10).any(|s| s == w))
        );
        assert_eq!(**guard(home.path(), None).read(&path).unwrap(), *secret);
        let mut altered = on_disk;
        let end = altered.len() - 1;
        altered[end] ^= 1;
        std::fs::write(&path, altered).unwrap();
        assert!(guard(home.path(), None).read(&path).is_err());
    }

    #[test]
    fn a_plain_file_is_read_until_it_is_protected() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("a.key");
        std::fs::write(&path, b"from before").unwrap();
        let guard = guard(home.path(), None);
        assert_eq!(**guard.read(&path).unwrap(), *b"from before");
        assert!(
            !home.path().join("identity.txt").exists(),
            "nothing is made for reading"
        );
        assert!(guard.protect(&path).unwrap());
        assert!(!guard.protect(&path).unwrap(), "a second time");
        assert!(is_protected(&path).unwrap());
        assert_eq!(**guard.read(&path).unwrap(), *b"from before");
    }

    #[test]
    fn the_identity_opens_with_its_passphrase_alone() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("a.key");
        guard(home.path(), None).create(&path, b"a secret").unwrap();
        let with = guard(home.path(), Some("a long enough passphrase"));
        assert!(with.protect_identity().unwrap());
        let identity = std::fs::read(home.path().join("identity.txt")).unwrap();
        assert!(!String::from_utf8_lossy(&identity).contains(IDENTITY));
        let again = guard(home.path(), Some("a long enough passphrase\n"));
        assert_eq!(**again.read(&path).unwrap(), *b"a secret");
        for wrong in [None, Some("another passphrase")] {
            let fault = guard(home.path(), wrong).read(&path).unwrap_err();
            assert!(matches!(fault, CustodyError::Locked { .. }), "{fault}");
        }
        assert!(Passphrase::new("short").is_err());
    }

    #[test]
    fn a_copy_for_somebody_else_opens_for_them_alone() {
        let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (ours, theirs) = (guard(one.path(), None), guard(other.path(), None));
        let path = one.path().join("a.key");
        ours.create(&path, b"shared").unwrap();
        let copy = ours.copy_for(&path, &theirs.recipient().unwrap()).unwrap();
        let there = other.path().join("a.key");
        std::fs::write(&there, copy).unwrap();
        assert_eq!(**theirs.read(&there).unwrap(), *b"shared");
        assert!(ours.read(&there).is_err());
        assert!(ours.copy_for(&path, "age1nobody").is_err());
    }

    #[test]
    fn nobody_else_may_read_what_is_written() {
        use std::os::unix::fs::PermissionsExt;
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("a.key");
        guard(home.path(), None).create(&path, b"a secret").unwrap();
        for path in [path, home.path().join("identity.txt")] {
            let mode = std::fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{}", path.display());
        }
    }
}
