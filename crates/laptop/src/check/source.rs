//! A file to be read, and how far the reading has come.

use land::{
    LandError,
    receive::{FileKind, ReceiveSettings, Receiver, open, open_seekable},
};
use model::Dataset;
use std::{
    fs::File,
    io::{Cursor, Read, Result, Seek, SeekFrom},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

/// How much of a stream is looked at to recognise its release.
const HEAD: u64 = 4 << 20;

/// A file that can be read only once, such as standard input, with its beginning read already.
pub(crate) struct Stream {
    head: Vec<u8>,
    rest: Box<dyn Read + Send>,
}

impl Stream {
    /// The beginning of a file that can be read only once; nothing for one that can be read again.
    pub(crate) fn begin(path: &Path) -> std::result::Result<Option<Self>, LandError> {
        let mut rest: Box<dyn Read + Send> = if path == Path::new("-") {
            Box::new(std::io::stdin())
        } else {
            let facts = std::fs::metadata(path)?;
            if facts.is_dir() {
                return Err(LandError::Folder);
            }
            if facts.is_file() {
                return Ok(None);
            }
            Box::new(File::open(path)?)
        };
        let mut head = Vec::new();
        (&mut rest).take(HEAD).read_to_end(&mut head)?;
        Ok(Some(Self { head, rest }))
    }

    /// The beginning alone, as a file.
    pub(crate) fn open_head(
        &self,
        dataset: &Dataset,
        settings: &ReceiveSettings,
    ) -> std::result::Result<Receiver, LandError> {
        open(Box::new(Cursor::new(self.head.clone())), dataset, settings)
    }
}

/// A file that was opened.
pub(crate) struct Source {
    pub(crate) receiver: Receiver,
    /// What it is called.
    pub(crate) name: String,
    pub(crate) position: Position,
}

impl Source {
    /// Opens a file; `-` is standard input.
    pub(crate) fn open(
        path: &Path,
        dataset: &Dataset,
        settings: &ReceiveSettings,
    ) -> std::result::Result<Self, LandError> {
        Self::go_on(path, Stream::begin(path)?, dataset, settings)
    }

    /// Opens a file, or goes on with one that was begun.
    pub(crate) fn go_on(
        path: &Path,
        begun: Option<Stream>,
        dataset: &Dataset,
        settings: &ReceiveSettings,
    ) -> std::result::Result<Self, LandError> {
        let read = Arc::new(AtomicU64::new(0));
        if let Some(stream) = begun {
            let whole = Cursor::new(stream.head).chain(stream.rest);
            return Ok(Self {
                receiver: open(Box::new(whole), dataset, settings)?,
                name: if path == Path::new("-") {
                    "standard input".to_owned()
                } else {
                    name_of(path)
                },
                position: Position { read, whole: None },
            });
        }
        let facts = std::fs::metadata(path)?;
        let counted = Counted {
            file: File::open(path)?,
            read: Arc::clone(&read),
        };
        let receiver = open_seekable(Box::new(counted), dataset, settings)?;
        // The parts of a workbook are read in an order of their own, which tells nothing of what is left.
        let is_in_order = receiver.detected().kind == FileKind::Csv;
        Ok(Self {
            receiver,
            name: name_of(path),
            position: Position {
                read,
                whole: is_in_order.then_some(facts.len()),
            },
        })
    }
}

fn name_of(path: &Path) -> String {
    path.file_name().map_or_else(
        || path.display().to_string(),
        |name| name.to_string_lossy().into_owned(),
    )
}

/// How much of a file was read.
#[derive(Debug, Clone)]
pub(crate) struct Position {
    read: Arc<AtomicU64>,
    whole: Option<u64>,
}

impl Position {
    /// From 0 to 1, where it can be known.
    #[expect(clippy::cast_precision_loss, reason = "a part is shown in per cent")]
    pub(crate) fn part(&self) -> Option<f64> {
        let whole = self.whole.filter(|whole| *whole > 0)?;
        Some((self.read.load(Ordering::Relaxed) as f64 / whole as f64).min(1.0))
    }
}

struct Counted {
    file: File,
    read: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let count = self.file.read(buffer)?;
        self.read.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

impl Seek for Counted {
    fn seek(&mut self, to: SeekFrom) -> Result<u64> {
        let at = self.file.seek(to)?;
        self.read.store(at, Ordering::Relaxed);
        Ok(at)
    }
}
