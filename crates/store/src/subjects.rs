//! Detail about people beside the log: encrypted under a key of each person, with a commitment in the leaf.
//!
//! Destroying the key destroys the detail, and everything still verifies: the log holds a keyed digest
//! that nothing leads back from. Names of files are keyed digests as well.

use crate::{AuditFile, StoreError};
use aes_gcm::{
    Aes256Gcm, KeyInit,
    aead::{Aead, Nonce, Payload},
};
use chrono::{DateTime, Utc};
use govern::{AuditKeeper as _, Digest, EntryBody, KeepError, Kept, Kind, ObjectKind, Outcome};
use hmac::{Hmac, Mac};
use model::WholeFile;
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use std::{
    fs::{self, File, OpenOptions},
    io::{self, BufRead as _, BufReader, Seek as _, SeekFrom, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

/// The longest detail.
const LONGEST_DETAIL: usize = 64 << 10;

/// What is kept about people, each under a key of their own.
pub struct Subjects {
    folder: PathBuf,
    master: Zeroizing<[u8; 32]>,
}

/// A detail about a person, as it was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detail {
    /// The entry that commits to it, when it is in the log.
    pub seq: Option<u64>,
    pub text: String,
}

/// One line of a person's file.
#[derive(Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum Line {
    Sealed {
        commitment: Digest,
        nonce: String,
        sealed: String,
    },
    Placed {
        commitment: Digest,
        seq: u64,
    },
}

/// Why detail about a person could not be kept or read.
#[derive(Debug, thiserror::Error)]
pub enum SubjectError {
    /// A file could not be read or written.
    #[error("what is kept about people cannot be read or written")]
    File(#[from] io::Error),
    /// The entry could not be kept, so nothing may be done.
    #[error(transparent)]
    NotKept(#[from] KeepError),
    /// The log could not be read.
    #[error(transparent)]
    Log(#[from] StoreError),
    /// The detail is too long.
    #[error("a detail of {bytes} bytes is longer than the {LONGEST_DETAIL} that fit")]
    TooLong { bytes: usize },
    /// A detail is not the one to which the log commits.
    #[error("a detail is not the one to which entry {seq} of the log commits: it has been altered")]
    Altered { seq: u64 },
    /// The key that opens the keys of people is not 64 hexadecimal digits.
    #[error("the key of what is kept about people is not 64 hexadecimal digits")]
    BadKey,
}

fn random<const N: usize>() -> io::Result<Zeroizing<[u8; N]>> {
    let mut bytes = Zeroizing::new([0u8; N]);
    getrandom::fill(bytes.as_mut()).map_err(|e| io::Error::other(e.to_string()))?;
    Ok(bytes)
}

fn mac(key: &[u8], purpose: &str, parts: &[&[u8]]) -> io::Result<[u8; 32]> {
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key).map_err(io::Error::other)?;
    mac.update(purpose.as_bytes());
    for part in parts {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    Ok(mac.finalize().into_bytes().into())
}

fn cipher(key: &[u8]) -> io::Result<Aes256Gcm> {
    Aes256Gcm::new_from_slice(key).map_err(io::Error::other)
}

fn sealed_wrong() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "a sealed text does not open")
}

fn nonce(bytes: [u8; 12]) -> Nonce<Aes256Gcm> {
    bytes.into()
}

/// The files of one person, held against everybody else.
struct Held<'s> {
    subjects: &'s Subjects,
    name: String,
    lines: File,
}

impl Subjects {
    /// Opens the folder, with the key that opens the keys of people: 64 hexadecimal digits.
    pub fn open(folder: PathBuf, master: &str) -> Result<Self, SubjectError> {
        let mut key = Zeroizing::new([0u8; 32]);
        hex::decode_to_slice(master.trim(), key.as_mut()).map_err(|_| SubjectError::BadKey)?;
        Ok(Self {
            folder,
            master: key,
        })
    }

    /// A new key for [`Subjects::open`].
    pub fn new_master() -> io::Result<Zeroizing<String>> {
        Ok(Zeroizing::new(hex::encode(random::<32>()?.as_ref())))
    }

    /// Keeps an entry with detail about a person beside it: the detail is on the disk before the entry
    /// that commits to it.
    pub fn keep_about(
        &self,
        log: &AuditFile,
        mut entry: EntryBody,
        subject: &str,
        detail: &str,
    ) -> Result<Kept, SubjectError> {
        if detail.len() > LONGEST_DETAIL {
            return Err(SubjectError::TooLong {
                bytes: detail.len(),
            });
        }
        let mut held = self.hold(subject)?;
        let key = held.key_or_new()?;
        let salt = random::<16>()?;
        let commitment = Digest::parse(&hex::encode(commit(&key, salt.as_ref(), detail)?))
            .map_err(io::Error::other)?;
        let number: [u8; 12] = *random::<12>()?;
        let mut plain = Zeroizing::new(salt.to_vec());
        plain.extend_from_slice(detail.as_bytes());
        let payload = Payload {
            msg: plain.as_slice(),
            aad: commitment.as_str().as_bytes(),
        };
        let sealed = cipher(key.as_ref())?
            .encrypt(&nonce(number), payload)
            .map_err(|_| sealed_wrong())?;
        held.add(&Line::Sealed {
            commitment: commitment.clone(),
            nonce: hex::encode(number),
            sealed: hex::encode(sealed),
        })?;
        entry.detail = Some(commitment.clone());
        let kept = log.keep(entry)?;
        // Only a help for finding the entry: without it the log is searched for the commitment.
        held.add(&Line::Placed {
            commitment,
            seq: kept.seq,
        })?;
        Ok(kept)
    }

    /// What is kept about a person, oldest first. Detail whose entry was never kept is left out:
    /// nothing was done on the strength of it.
    pub fn details_of(&self, log: &AuditFile, subject: &str) -> Result<Vec<Detail>, SubjectError> {
        let mut held = self.hold(subject)?;
        let Some(key) = held.key()? else {
            return Ok(Vec::new());
        };
        let cipher = cipher(key.as_ref())?;
        let mut found: Vec<(Digest, Detail)> = Vec::new();
        for line in held.read()? {
            match line {
                Line::Sealed {
                    commitment,
                    nonce: number,
                    sealed,
                } => {
                    let number: Option<[u8; 12]> =
                        hex::decode(&number).ok().and_then(|n| n.try_into().ok());
                    let (Some(number), Ok(sealed)) = (number, hex::decode(&sealed)) else {
                        return Err(sealed_wrong().into());
                    };
                    let payload = Payload {
                        msg: sealed.as_slice(),
                        aad: commitment.as_str().as_bytes(),
                    };
                    // Sealed under a key that has been destroyed since.
                    let Ok(plain) = cipher.decrypt(&nonce(number), payload).map(Zeroizing::new)
                    else {
                        continue;
                    };
                    let (salt, text) = plain.split_at_checked(16).ok_or_else(sealed_wrong)?;
                    let text = std::str::from_utf8(text).map_err(io::Error::other)?;
                    if hex::encode(commit(&key, salt, text)?) != commitment.as_str() {
                        return Err(sealed_wrong().into());
                    }
                    let text = text.to_owned();
                    found.push((commitment, Detail { seq: None, text }));
                }
                Line::Placed { commitment, seq } => {
                    for (own, detail) in &mut found {
                        if *own == commitment {
                            detail.seq = Some(seq);
                        }
                    }
                }
            }
        }
        place(log, &mut found)?;
        Ok(found
            .into_iter()
            .map(|(_, detail)| detail)
            .filter(|detail| detail.seq.is_some())
            .collect())
    }

    /// Destroys the key of a person, and with it everything that was kept about them. The log says
    /// before that it is to be done and afterwards that it is done; without an end it may be repeated.
    /// Gives whether there was anything.
    pub fn erase(
        &self,
        log: &AuditFile,
        subject: &str,
        by: &str,
        now: DateTime<Utc>,
    ) -> Result<bool, SubjectError> {
        let held = self.hold(subject)?;
        let there = self.path(&held.name, "key").exists();
        let entry = |outcome: Outcome| {
            let mut entry = EntryBody::new(now, Kind::DetailErased, by, outcome);
            entry.object_kind = Some(ObjectKind::Subject);
            entry.object_digest = Some(Digest::of(&held.name));
            entry
        };
        if !there && held.lines.metadata()?.len() == 0 {
            return Ok(false);
        }
        log.keep(entry(Outcome::Allowed))?;
        let key = self.path(&held.name, "key");
        if there {
            // Over what was there first; what the disk itself keeps of it is beyond a program.
            let mut file = OpenOptions::new().write(true).open(&key)?;
            let length = usize::try_from(file.metadata()?.len()).unwrap_or_default();
            file.write_all(&vec![0; length])?;
            file.sync_all()?;
            fs::remove_file(&key)?;
        }
        held.lines.set_len(0)?;
        held.lines.sync_all()?;
        File::open(&self.folder)?.sync_all()?;
        log.keep(entry(Outcome::Done))?;
        Ok(there)
    }

    fn path(&self, name: &str, ending: &str) -> PathBuf {
        self.folder.join(format!("{name}.{ending}"))
    }

    fn hold(&self, subject: &str) -> Result<Held<'_>, SubjectError> {
        fs::create_dir_all(&self.folder)?;
        let mut name = hex::encode(mac(self.master.as_ref(), "name", &[subject.as_bytes()])?);
        name.truncate(40);
        let lines = private(&self.path(&name, "details"))?;
        lines.lock()?;
        Ok(Held {
            subjects: self,
            name,
            lines,
        })
    }
}

fn private(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)
}

fn commit(key: &Zeroizing<[u8; 32]>, salt: &[u8], detail: &str) -> io::Result<[u8; 32]> {
    mac(key.as_ref(), "commitment", &[salt, detail.as_bytes()])
}

/// Finds the entries that commit to details, and holds the ones against the others.
fn place(log: &AuditFile, found: &mut [(Digest, Detail)]) -> Result<(), SubjectError> {
    let says =
        |line: &str, commitment: &Digest| line.contains(&format!("\"detail\":\"{commitment}\""));
    for (commitment, detail) in found.iter() {
        let Some(seq) = detail.seq else { continue };
        let line = log.line(seq.saturating_sub(1))?.unwrap_or_default();
        if !says(&line, commitment) {
            return Err(SubjectError::Altered { seq });
        }
    }
    if found.iter().all(|(_, detail)| detail.seq.is_some()) {
        return Ok(());
    }
    log.each_line(0, |at, line| {
        let line = String::from_utf8_lossy(line);
        for (commitment, detail) in found.iter_mut() {
            if detail.seq.is_none() && says(&line, commitment) {
                detail.seq = Some(at + 1);
            }
        }
        true
    })?;
    Ok(())
}

impl Held<'_> {
    /// The key of the person, when there is one.
    fn key(&self) -> Result<Option<Zeroizing<[u8; 32]>>, SubjectError> {
        let bytes = match fs::read(self.subjects.path(&self.name, "key")) {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(e.into()),
        };
        // A kill in the middle of destroying it has left zeros.
        if bytes.iter().all(|byte| *byte == 0) {
            return Ok(None);
        }
        let (number, wrapped) = bytes.split_first_chunk::<12>().ok_or_else(sealed_wrong)?;
        let payload = Payload {
            msg: wrapped,
            aad: self.name.as_bytes(),
        };
        let plain = self
            .wrap()?
            .decrypt(&nonce(*number), payload)
            .map(Zeroizing::new)
            .map_err(|_| sealed_wrong())?;
        let key: [u8; 32] = plain.as_slice().try_into().map_err(|_| sealed_wrong())?;
        Ok(Some(Zeroizing::new(key)))
    }

    fn key_or_new(&self) -> Result<Zeroizing<[u8; 32]>, SubjectError> {
        if let Some(key) = self.key()? {
            return Ok(key);
        }
        let key = random::<32>()?;
        let number: [u8; 12] = *random::<12>()?;
        let payload = Payload {
            msg: key.as_ref(),
            aad: self.name.as_bytes(),
        };
        let wrapped = self
            .wrap()?
            .encrypt(&nonce(number), payload)
            .map_err(|_| sealed_wrong())?;
        let mut file = WholeFile::new(&self.subjects.path(&self.name, "key"))?;
        file.write_all(&number)?;
        file.write_all(&wrapped)?;
        file.keep()?;
        File::open(&self.subjects.folder)?.sync_all()?;
        Ok(key)
    }

    fn wrap(&self) -> io::Result<Aes256Gcm> {
        cipher(&mac(self.subjects.master.as_ref(), "wrap", &[])?)
    }

    fn add(&mut self, line: &Line) -> Result<(), SubjectError> {
        let mut text = serde_json::to_vec(line).map_err(io::Error::other)?;
        text.push(b'\n');
        // What a kill has cut off ends in no line end, and stays a line of its own.
        let end = self.lines.seek(SeekFrom::End(0))?;
        if end > 0 && !self.ends_a_line()? {
            text.insert(0, b'\n');
        }
        self.lines.seek(SeekFrom::End(0))?;
        self.lines.write_all(&text)?;
        self.lines.sync_data()?;
        Ok(())
    }

    fn ends_a_line(&mut self) -> io::Result<bool> {
        let mut last = [0u8];
        self.lines.seek(SeekFrom::End(-1))?;
        io::Read::read_exact(&mut self.lines, &mut last)?;
        Ok(last == *b"\n")
    }

    fn read(&mut self) -> Result<Vec<Line>, SubjectError> {
        self.lines.seek(SeekFrom::Start(0))?;
        let mut all = Vec::new();
        for line in BufReader::new(&self.lines).lines() {
            // A line that a kill cut off stands for nothing.
            all.extend(serde_json::from_str(&line?).ok());
        }
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::AuditPlaces;
    use govern::audit::NoteKey;
    use std::sync::Arc;

    fn now() -> DateTime<Utc> {
        DateTime::UNIX_EPOCH
    }

    fn log(home: &Path) -> AuditFile {
        let places = AuditPlaces {
            folder: home.join("audit"),
            chain: home.join("log.jsonl"),
            checkpoint: home.join("audit.txt"),
        };
        let key = NoteKey::for_log("test/audit", &[5; 32]).unwrap();
        AuditFile::open(places, key, Arc::default(), now()).unwrap()
    }

    fn entry() -> EntryBody {
        EntryBody::new(now(), Kind::Traced, "ana", Outcome::Done)
    }

    fn texts(details: &[Detail]) -> Vec<(Option<u64>, &str)> {
        details.iter().map(|d| (d.seq, d.text.as_str())).collect()
    }

    #[test]
    fn detail_is_read_back_and_erased_and_the_log_still_verifies() {
        let home = tempfile::tempdir().unwrap();
        let log = log(home.path());
        let subjects = Subjects::open(home.path().join("subjects"), &"ab".repeat(32)).unwrap();
        for (subject, text) in [("one", "first"), ("two", "other"), ("one", "second")] {
            subjects.keep_about(&log, entry(), subject, text).unwrap();
        }
        let details = subjects.details_of(&log, "one").unwrap();
        assert_eq!(texts(&details), [(Some(1), "first"), (Some(3), "second")]);
        assert!(subjects.details_of(&log, "three").unwrap().is_empty());
        assert!(subjects.erase(&log, "one", "pru", now()).unwrap());
        assert!(!subjects.erase(&log, "one", "pru", now()).unwrap());
        assert!(subjects.details_of(&log, "one").unwrap().is_empty());
        assert_eq!(subjects.details_of(&log, "two").unwrap().len(), 1);
        let verified = log.verify(&[], &[], 1, &|_| {}).unwrap().unwrap();
        assert_eq!(verified.entries, 5);
        // Under a new key the person may be written about again.
        subjects.keep_about(&log, entry(), "one", "third").unwrap();
        let details = subjects.details_of(&log, "one").unwrap();
        assert_eq!(texts(&details), [(Some(6), "third")]);
    }

    #[test]
    fn nothing_on_the_disk_names_the_person_or_the_detail() {
        let home = tempfile::tempdir().unwrap();
        let log = log(home.path());
        let subjects = Subjects::open(home.path().join("subjects"), &"ab".repeat(32)).unwrap();
        subjects
            .keep_about(&log, entry(), "9990000018", "Thornby")
            .unwrap();
        for folder in ["subjects", "audit"] {
            for file in fs::read_dir(home.path().join(folder)).unwrap() {
                let path = file.unwrap().path();
                let bytes = fs::read(&path).unwrap();
                let text = String::from_utf8_lossy(&bytes);
                let name = path.to_string_lossy();
                for value in ["9990000018", "Thornby"] {
                    assert!(!text.contains(value) && !name.contains(value), "{name}");
                    let coded = hex::encode(value);
                    assert!(!text.contains(&coded), "{name}");
                }
            }
        }
    }

    #[test]
    fn altered_detail_and_detail_without_its_entry_are_told() {
        let home = tempfile::tempdir().unwrap();
        let (log, folder) = (log(home.path()), home.path().join("subjects"));
        let subjects = Subjects::open(folder.clone(), &"ab".repeat(32)).unwrap();
        subjects.keep_about(&log, entry(), "one", "first").unwrap();
        let path = fs::read_dir(&folder)
            .unwrap()
            .map(|file| file.unwrap().path())
            .find(|path| path.extension().is_some_and(|e| e == "details"))
            .unwrap();
        let whole = fs::read_to_string(&path).unwrap();
        // Without the note of its place it is found by its commitment.
        fs::write(&path, whole.lines().next().unwrap()).unwrap();
        assert_eq!(subjects.details_of(&log, "one").unwrap()[0].seq, Some(1));
        // A place that is not its own.
        fs::write(&path, whole.replace("\"seq\":1", "\"seq\":7")).unwrap();
        assert!(matches!(
            subjects.details_of(&log, "one"),
            Err(SubjectError::Altered { seq: 7 })
        ));
        // Half a line, as a kill leaves it.
        fs::write(&path, format!("{whole}{{\"commi")).unwrap();
        subjects.keep_about(&log, entry(), "one", "second").unwrap();
        let details = subjects.details_of(&log, "one").unwrap();
        assert_eq!(texts(&details), [(Some(1), "first"), (Some(2), "second")]);
        assert!(matches!(
            subjects.keep_about(&log, entry(), "one", &"x".repeat(70_000)),
            Err(SubjectError::TooLong { .. })
        ));
        assert!(Subjects::open(folder, "short").is_err());
    }
}
