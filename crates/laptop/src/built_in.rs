//! Content as it was when the program was built, or a folder of it.

use anyhow::Result;
use include_dir::{Dir, include_dir};
use model::Content;
use std::path::Path;

static CONTENT: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../content");

/// The content of a folder, or what is built in.
pub fn content(folder: Option<&Path>) -> Result<Content> {
    if let Some(folder) = folder {
        return Ok(Content::from_folder(folder)?);
    }
    let mut files = Vec::new();
    gather(&CONTENT, &mut files);
    Ok(Content::from_files(files))
}

fn gather(folder: &Dir<'_>, files: &mut Vec<(String, Vec<u8>)>) {
    for file in folder.files() {
        files.push((
            file.path().to_string_lossy().replace('\\', "/"),
            file.contents().to_vec(),
        ));
    }
    for below in folder.dirs() {
        gather(below, files);
    }
}
