//! A file that is there whole or not at all: written beside its place, then moved there.

use std::{
    ffi::OsString,
    fs::{File, OpenOptions},
    io::{BufWriter, ErrorKind, Result, Write},
    path::{Path, PathBuf},
};

/// A file under way. Dropped before [`WholeFile::keep`], it leaves nothing.
#[derive(Debug)]
pub struct WholeFile {
    to: PathBuf,
    beside: PathBuf,
    file: Option<BufWriter<File>>,
}

impl WholeFile {
    /// Begins a file that will be called so, for its owner only.
    pub fn new(to: &Path) -> Result<Self> {
        Self::begin(to, 0o600)
    }

    /// Begins a file for whomever the process lets at its files: one that holds nothing about people, such as a part of
    /// the audit log, which the processes of several users write.
    pub fn shared(to: &Path) -> Result<Self> {
        Self::begin(to, 0o666)
    }

    fn begin(to: &Path, mode: u32) -> Result<Self> {
        if to.is_dir() {
            return Err(ErrorKind::IsADirectory.into());
        }
        let mut number = 0;
        loop {
            let beside = beside(to, number);
            let mut options = OpenOptions::new();
            options.read(true).write(true).create_new(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
            #[cfg(not(unix))]
            let _ = mode;
            match options.open(&beside) {
                Ok(file) => {
                    return Ok(Self {
                        to: to.to_owned(),
                        beside,
                        file: Some(BufWriter::with_capacity(1 << 18, file)),
                    });
                }
                Err(e) if e.kind() == ErrorKind::AlreadyExists && number < 1_000 => number += 1,
                Err(e) => return Err(e),
            }
        }
    }

    /// The file is complete: it is put on the disk and in its place.
    pub fn keep(mut self) -> Result<()> {
        if let Some(file) = self.file.take() {
            let file = file
                .into_inner()
                .map_err(std::io::IntoInnerError::into_error)?;
            file.sync_all()?;
            drop(file);
            std::fs::rename(&self.beside, &self.to)?;
        }
        Ok(())
    }

    fn inner(&mut self) -> Result<&mut BufWriter<File>> {
        self.file
            .as_mut()
            .ok_or_else(|| ErrorKind::NotConnected.into())
    }
}

impl Write for WholeFile {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        self.inner()?.write(bytes)
    }

    fn flush(&mut self) -> Result<()> {
        self.inner()?.flush()
    }
}

impl Drop for WholeFile {
    fn drop(&mut self) {
        // After `keep` there is nothing left under this name.
        let _ = std::fs::remove_file(&self.beside);
    }
}

/// `.report.csv.0-part` beside `report.csv`.
fn beside(to: &Path, number: u32) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(to.file_name().unwrap_or_default());
    name.push(format!(".{}-{number}-part", std::process::id()));
    to.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_given_up_leaves_what_was_there() {
        let folder = tempfile::tempdir().unwrap();
        let to = folder.path().join("report.csv");
        std::fs::write(&to, "before").unwrap();
        let mut file = WholeFile::new(&to).unwrap();
        file.write_all(b"half").unwrap();
        drop(file);
        assert_eq!(std::fs::read_to_string(&to).unwrap(), "before");
        let mut file = WholeFile::new(&to).unwrap();
        file.write_all(b"after").unwrap();
        file.keep().unwrap();
        assert_eq!(std::fs::read_to_string(&to).unwrap(), "after");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
