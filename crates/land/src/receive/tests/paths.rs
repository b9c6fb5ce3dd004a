//! Files by their path: those that change, may not be read, or are no files.

use super::{dataset, drain};
use crate::{
    LandError,
    receive::{RawBatch, ReceiveSettings, of_path, open_path},
};
use std::{
    fs::{File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

/// A folder of its own for each test, gone when the test ends.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("land-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A table that does not fit in what is read at once.
fn long() -> Vec<u8> {
    let mut bytes = b"LA Code,Last Name,Visit Date\n".to_vec();
    bytes.extend(b"503,Thornby,2026-01-01\n".repeat(100_000));
    bytes
}

/// Changes a file once its first rows were read, and says what comes of reading on.
fn changed(path: &Path, change: impl FnOnce()) -> Result<(), LandError> {
    let settings = ReceiveSettings::default();
    let mut receiver = open_path(path, &dataset(), &settings).unwrap();
    assert!(receiver.next_batch(RawBatch::default()).unwrap().is_some());
    change();
    while receiver.next_batch(RawBatch::default())?.is_some() {}
    receiver.finish().map(|_| ())
}

const CHANGED: &str = "the file changed while it was read, wait until it is whole and try again";

#[test]
fn a_file_that_grows_or_shrinks_is_not_taken_for_whole() {
    let folder = Folder::new("changes");
    let packed = super::gzip(&long());
    let archive = super::zip(&[("a.csv", &long())]);
    for (name, bytes) in [("a.csv", long()), ("a.gz", packed), ("a.zip", archive)] {
        let path = folder.file(name, &bytes);
        let grown = changed(&path, || {
            let mut file = OpenOptions::new().append(true).open(&path).unwrap();
            file.write_all(b"504,Late,2026-01-02\n").unwrap();
        });
        assert_eq!(grown.unwrap_err().to_string(), CHANGED, "{name}");
        let shrunk = changed(&path, || {
            let file = OpenOptions::new().write(true).open(&path).unwrap();
            file.set_len(bytes.len() as u64 / 2).unwrap();
        });
        assert_eq!(shrunk.unwrap_err().to_string(), CHANGED, "{name}");
    }
}

#[test]
fn a_file_that_is_replaced_is_read_as_it_was() {
    let folder = Folder::new("replaced");
    let path = folder.file("a.csv", &long());
    let other = folder.file("b.csv", b"LA Code\n1\n");
    changed(&path, || std::fs::rename(&other, &path).unwrap()).unwrap();
}

#[test]
fn why_a_file_cannot_be_opened_is_said_in_words() {
    let message = |kind: io::ErrorKind| of_path(kind.into()).to_string();
    assert_eq!(
        message(io::ErrorKind::PermissionDenied),
        "you may not read this file, ask its owner to let you or to make a copy"
    );
    assert_eq!(
        message(io::ErrorKind::NotFound),
        "there is no file of that name, check the name and the folder"
    );
    let folder = Folder::new("below-a-file");
    let below = folder.file("a.csv", b"x").join("b.csv");
    let opened = open_path(&below, &dataset(), &ReceiveSettings::default());
    assert_eq!(
        opened.err().unwrap().to_string(),
        "there is no file of that name, check the name and the folder"
    );
}

#[cfg(unix)]
#[test]
fn devices_are_read_no_further_than_they_must_be() {
    let settings = ReceiveSettings::default();
    let message = |path: &str| {
        open_path(Path::new(path), &dataset(), &settings)
            .err()
            .unwrap()
            .to_string()
    };
    assert_eq!(message("/dev/null"), "the file is empty");
    assert_eq!(
        message("/dev/zero"),
        "this looks like a file that is not text, not a CSV or Excel file"
    );
    assert_eq!(
        message("/dev/urandom"),
        "this looks like a file that is not text, not a CSV or Excel file"
    );
}

#[cfg(unix)]
#[test]
fn a_pipe_is_read_as_a_stream() {
    let folder = Folder::new("pipe");
    let path = folder.0.join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&path).status();
    assert!(made.unwrap().success());
    let from = path.clone();
    let writer = std::thread::spawn(move || {
        let mut pipe = File::create(from).unwrap();
        pipe.write_all(&long()).unwrap();
    });
    let receiver = open_path(&path, &dataset(), &ReceiveSettings::default()).unwrap();
    assert_eq!(drain(receiver).unwrap().rows.len(), 100_000);
    writer.join().unwrap();
}
