//! Where the files go: one folder for what systems send, another for who is who.

use crate::{Place, SynthError};
use std::{
    fs::{self, File},
    io::BufWriter,
    path::{Path, PathBuf},
};

/// The two folders.
pub(crate) struct Shelf {
    out: PathBuf,
    truth: PathBuf,
}

impl Shelf {
    /// Makes the folders, and refuses to put one into the other.
    pub(crate) fn open(out: &Path, truth: &Path) -> Result<Self, SynthError> {
        let make = |folder: &Path| {
            fs::create_dir_all(folder)
                .and_then(|()| folder.canonicalize())
                .map_err(SynthError::write(folder))
        };
        let (whole_out, whole_truth) = (make(out)?, make(truth)?);
        if whole_out.starts_with(&whole_truth) || whole_truth.starts_with(&whole_out) {
            return Err(SynthError::TruthNotApart {
                out: out.display().to_string(),
                truth: truth.display().to_string(),
            });
        }
        Ok(Self {
            out: whole_out,
            truth: whole_truth,
        })
    }

    /// A new file to be sent.
    pub(super) fn sheet(&self, path: &str, header: &[&str]) -> Result<Sheet, SynthError> {
        Sheet::open(&self.out, path, header)
    }

    /// A new file of the truth.
    pub(super) fn truth(&self, path: &str, header: &[&str]) -> Result<Sheet, SynthError> {
        Sheet::open(&self.truth, path, header)
    }

    /// Lists the files.
    pub(super) fn manifest(&self, place: &Place) -> Result<(), SynthError> {
        let path = self.out.join("manifest.json");
        let temporary = self.out.join(".manifest.json.partial");
        let text = serde_json::to_string_pretty(place)
            .map_err(|e| SynthError::write(&path)(std::io::Error::other(e)))?;
        fs::write(&temporary, text + "\n")
            .and_then(|()| fs::rename(&temporary, &path))
            .map_err(SynthError::write(&path))
    }
}

/// A CSV file on its way. Until it is finished it has a name that nothing looks for.
pub(super) struct Sheet {
    writer: csv::Writer<BufWriter<File>>,
    temporary: PathBuf,
    path: PathBuf,
    rows: u64,
}

impl Sheet {
    fn open(root: &Path, path: &str, header: &[&str]) -> Result<Self, SynthError> {
        let path = root.join(path);
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let temporary = path.with_file_name(format!(".{name}.partial"));
        let make = || {
            fs::create_dir_all(path.parent().unwrap_or(root))?;
            File::create(&temporary)
        };
        let file = make().map_err(SynthError::write(&path))?;
        let mut writer = csv::Writer::from_writer(BufWriter::with_capacity(1 << 17, file));
        writer
            .write_record(header)
            .map_err(SynthError::write_csv(&path))?;
        Ok(Self {
            writer,
            temporary,
            path,
            rows: 0,
        })
    }

    /// Writes a row.
    pub(super) fn row(&mut self, cells: &[String]) -> Result<(), SynthError> {
        self.rows += 1;
        self.writer
            .write_record(cells)
            .map_err(SynthError::write_csv(&self.path))
    }

    /// Rows written so far, without the header.
    pub(super) const fn rows(&self) -> u64 {
        self.rows
    }

    /// Gives the file its name; tells its rows.
    pub(super) fn finish(mut self) -> Result<u64, SynthError> {
        self.writer
            .flush()
            .and_then(|()| fs::rename(&self.temporary, &self.path))
            .map_err(SynthError::write(&self.path))?;
        Ok(self.rows)
    }
}
