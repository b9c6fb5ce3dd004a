//! A folder with the files of the methods: which file stands for which table.

use analyse::methods::{Layout, Rows, There};
use anyhow::{Context as _, Result};
use model::Content;
use sha2::{Digest as _, Sha256};
use std::{
    collections::BTreeMap,
    fs::File,
    io::{Cursor, Read as _},
    path::{Path, PathBuf},
};

/// The endings that a file may have, the first that is there counts.
const ENDINGS: [&str; 3] = ["parquet", "csv", "csv.gz"];

/// Where a table comes from.
pub(crate) enum Source {
    /// A file of the folder.
    File(PathBuf),
    /// The content's own.
    BuiltIn(String, Vec<u8>),
}

/// The folder.
pub(crate) struct Folder {
    path: PathBuf,
    sources: BTreeMap<String, Vec<Source>>,
}

impl Folder {
    /// Looks for the file of each layout, in the folder, in its `mapping` folder and in the content.
    pub(crate) fn open(
        path: &Path,
        layouts: &BTreeMap<String, Layout>,
        content: &Content,
    ) -> Result<Self> {
        std::fs::read_dir(path)
            .with_context(|| format!("cannot read the folder `{}`", path.display()))?;
        let mut sources = BTreeMap::new();
        for layout in layouts.values() {
            let found = if layout.numbered {
                several(path, &layout.file)?
            } else {
                find(path, &layout.file, content).into_iter().collect()
            };
            if !found.is_empty() {
                sources.insert(layout.table.clone(), found);
            }
        }
        Ok(Self {
            path: path.to_owned(),
            sources,
        })
    }

    /// The tables that there is something for, with the columns that their first file has.
    pub(crate) fn there(&self, layouts: &BTreeMap<String, Layout>) -> Result<There> {
        let mut there = There::new();
        for (table, sources) in &self.sources {
            let (Some(source), Some(layout)) = (sources.first(), layouts.get(table)) else {
                continue;
            };
            let columns = match source.parquet() {
                Some(path) if path.is_dir() => match parquet_files(path)?.first() {
                    Some(file) => store::parquet_columns(file)?,
                    None => Vec::new(),
                }
                .iter()
                .map(|column| column.to_lowercase())
                .collect(),
                Some(path) => store::parquet_columns(path)?
                    .iter()
                    .map(|column| column.to_lowercase())
                    .collect(),
                None => source.rows(layout)?.columns(),
            };
            there.insert(table.clone(), columns);
        }
        Ok(there)
    }

    /// Where a table comes from.
    pub(crate) fn sources(&self, table: &str) -> &[Source] {
        self.sources.get(table).map_or(&[], Vec::as_slice)
    }

    /// The parameters that the folder tells.
    pub(crate) fn parameters(&self) -> Result<Option<String>> {
        let path = self.path.join("parameters.json");
        match std::fs::read_to_string(&path) {
            Ok(text) => Ok(Some(text)),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(e).with_context(|| format!("cannot read `{}`", path.display())),
        }
    }
}

/// The file, and those whose name goes on with `_` and a number, in their order.
fn several(folder: &Path, file: &str) -> Result<Vec<Source>> {
    let mut found: Vec<(u64, PathBuf)> = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned());
        let rest = name.as_deref().and_then(|name| name.strip_prefix(file));
        let Some(rest) = rest else { continue };
        let Some((number, ending)) = rest.split_once('.') else {
            continue;
        };
        let number = match number.strip_prefix('_') {
            Some(number) => number.parse().ok(),
            None => number.is_empty().then_some(0),
        };
        if let (Some(number), true) = (
            number,
            ENDINGS.get(1..).is_some_and(|e| e.contains(&ending)),
        ) {
            found.push((number, path));
        }
    }
    found.sort();
    Ok(found
        .into_iter()
        .map(|(_, path)| Source::File(path))
        .collect())
}

fn find(folder: &Path, file: &str, content: &Content) -> Option<Source> {
    for ending in &ENDINGS {
        for place in [folder.to_owned(), folder.join("mapping")] {
            let path = place.join(format!("{file}.{ending}"));
            // Parquet may come as a folder of files.
            if path.is_file() || (*ending == "parquet" && path.is_dir()) {
                return Some(Source::File(path));
            }
        }
    }
    ENDINGS.iter().find_map(|ending| {
        let path = format!("measures/reference/{file}.{ending}");
        let bytes = content.bytes(&path).ok()?.to_vec();
        Some(Source::BuiltIn(path, bytes))
    })
}

impl Source {
    /// What people call it: its place below the folder, or in the content.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::File(path) => path
                .file_name()
                .map_or_else(String::new, |name| name.to_string_lossy().into_owned()),
            Self::BuiltIn(path, _) => format!("content/{path}"),
        }
    }

    /// Whether it is the folder's own, rather than the content's.
    pub(crate) fn is_own(&self) -> bool {
        matches!(self, Self::File(_))
    }

    /// The file, where it is Parquet.
    pub(crate) fn parquet(&self) -> Option<&Path> {
        match self {
            Self::File(path) if path.extension().is_some_and(|end| end == "parquet") => Some(path),
            _ => None,
        }
    }

    /// Its rows, where it is CSV.
    pub(crate) fn rows(&self, layout: &Layout) -> Result<Rows> {
        Ok(match self {
            Self::File(path) => Rows::open(path, layout)?,
            Self::BuiltIn(path, bytes) => {
                let bytes = Box::new(Cursor::new(bytes.clone()));
                Rows::of(bytes, Path::new(path), layout)?
            }
        })
    }

    /// The SHA-256 of its bytes.
    pub(crate) fn digest(&self) -> Result<String> {
        let mut hash = Sha256::new();
        match self {
            Self::BuiltIn(_, bytes) => hash.update(bytes),
            Self::File(path) if path.is_dir() => {
                for file in parquet_files(path)? {
                    digest_file(&file, &mut hash)?;
                }
            }
            Self::File(path) => digest_file(path, &mut hash)?,
        }
        Ok(hex::encode(hash.finalize()))
    }
}

/// The Parquet files of a folder, in the order of their names.
fn parquet_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|end| end == "parquet") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn digest_file(path: &Path, hash: &mut Sha256) -> Result<()> {
    let cannot = || format!("cannot read `{}`", path.display());
    let mut file = File::open(path).with_context(cannot)?;
    let mut buffer = vec![0; 1 << 20];
    loop {
        let read = file.read(&mut buffer).with_context(cannot)?;
        if read == 0 {
            return Ok(());
        }
        hash.update(buffer.get(..read).unwrap_or_default());
    }
}
