//! What the platform knows, as data: a tree of files under `content/`, in memory.

use serde::de::DeserializeOwned;
use std::{collections::BTreeMap, path::Path};

/// The files of `content/`, by path from its root with `/` between the parts.
#[derive(Debug, Clone, Default)]
pub struct Content {
    files: BTreeMap<String, Vec<u8>>,
}

/// A piece of content cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ContentError {
    /// No such file.
    #[error("content file `{path}` is missing{}", nearest.as_ref().map(|n| format!(", nearest is `{n}`")).unwrap_or_default())]
    Missing {
        path: String,
        nearest: Option<String>,
    },
    /// The folder could not be read.
    #[error("content folder `{path}` cannot be read")]
    Folder {
        path: String,
        source: std::io::Error,
    },
    /// The file is not text in UTF-8.
    #[error("content file `{path}` is not UTF-8 text")]
    NotText { path: String },
    /// The file has a mistake; `message` points at the line and the character.
    #[error("{message}\n   content/{path}")]
    Mistake { path: String, message: String },
}

impl Content {
    /// From files that were read or built in elsewhere.
    pub fn from_files(files: impl IntoIterator<Item = (String, Vec<u8>)>) -> Self {
        Self {
            files: files.into_iter().collect(),
        }
    }

    /// From a folder on disk.
    pub fn from_folder(root: &Path) -> Result<Self, ContentError> {
        let mut files = BTreeMap::new();
        let mut waiting = vec![root.to_path_buf()];
        while let Some(folder) = waiting.pop() {
            let fault = |source| ContentError::Folder {
                path: folder.display().to_string(),
                source,
            };
            for entry in std::fs::read_dir(&folder).map_err(fault)? {
                let path = entry.map_err(fault)?.path();
                if path.is_dir() {
                    waiting.push(path);
                } else if let Ok(below) = path.strip_prefix(root) {
                    let name = below
                        .components()
                        .map(|c| c.as_os_str().to_string_lossy())
                        .collect::<Vec<_>>()
                        .join("/");
                    files.insert(name, std::fs::read(&path).map_err(fault)?);
                }
            }
        }
        Ok(Self { files })
    }

    /// The bytes of a file.
    pub fn bytes(&self, path: &str) -> Result<&[u8], ContentError> {
        self.files
            .get(path)
            .map(Vec::as_slice)
            .ok_or_else(|| ContentError::Missing {
                path: path.to_owned(),
                nearest: nearest(path, self.files.keys().map(String::as_str)).map(str::to_owned),
            })
    }

    /// The text of a file.
    pub fn text(&self, path: &str) -> Result<&str, ContentError> {
        std::str::from_utf8(self.bytes(path)?).map_err(|_| ContentError::NotText {
            path: path.to_owned(),
        })
    }

    /// A TOML file, read into a type that refuses what it does not know.
    pub fn toml<T: DeserializeOwned>(&self, path: &str) -> Result<T, ContentError> {
        toml::from_str(self.text(path)?).map_err(|e| ContentError::Mistake {
            path: path.to_owned(),
            message: e.to_string(),
        })
    }

    /// The names of the folders and files directly below a folder, in order.
    pub fn list(&self, folder: &str) -> Vec<&str> {
        let prefix = if folder.is_empty() {
            String::new()
        } else {
            format!("{folder}/")
        };
        let mut names: Vec<&str> = self
            .files
            .keys()
            .filter_map(|path| path.strip_prefix(&prefix))
            .filter_map(|below| below.split('/').next())
            .collect();
        names.dedup();
        names
    }

    /// Whether there is a file at this path.
    pub fn has(&self, path: &str) -> bool {
        self.files.contains_key(path)
    }
}

/// The name most like the one asked for, if any is near enough to be meant.
pub fn nearest<'a>(asked: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let asked = asked.to_lowercase();
    names
        .into_iter()
        .map(|name| (edits(&asked, &name.to_lowercase()), name))
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, name)| *distance <= name.chars().count().max(3) / 3)
        .map(|(_, name)| name)
}

/// Levenshtein distance in characters; names are short, so the plain table is enough.
fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut previous: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut row = vec![i + 1];
        for ((y, above_left), above) in b.iter().zip(&previous).zip(previous.iter().skip(1)) {
            let left = row.last().copied().unwrap_or_default();
            row.push(
                (above_left + usize::from(x != *y))
                    .min(above + 1)
                    .min(left + 1),
            );
        }
        previous = row;
    }
    previous.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_offered() {
        assert_eq!(
            nearest("Event_Start_Dt", ["Event_Start_Date", "LA_Name"]),
            Some("Event_Start_Date")
        );
        assert_eq!(nearest("banana", ["LA_Name"]), None);
    }

    #[test]
    fn folders_are_listed_once() {
        let content = Content::from_files([
            ("a/x.toml".into(), vec![]),
            ("a/y/z".into(), vec![]),
            ("a/y/w".into(), vec![]),
        ]);
        assert_eq!(content.list("a"), ["x.toml", "y"]);
    }
}
