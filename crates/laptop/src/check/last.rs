//! The file that was accepted before, where the sender has it beside the one that is checked.

use anyhow::{Context, Result};
use land::{
    check::{Earlier, ROWS_LOOKED_AT, recognise},
    receive::{ReceiveSettings, Receiver, open_path},
};
use model::{Content, Dataset};
use sha2::{Digest as _, Sha256};
use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

/// The last accepted file, opened, and what is known of it.
pub(super) struct Last {
    pub(super) earlier: Earlier,
    pub(super) receiver: Receiver,
}

impl Last {
    /// Opens it as if it were of the dataset of the file that is held against it.
    pub(super) fn open(
        path: &Path,
        dataset: &Dataset,
        reading: &ReceiveSettings,
        content: &Content,
    ) -> Result<Self> {
        let named = || path.display().to_string();
        let receiver = open_path(path, dataset, reading).with_context(named)?;
        Ok(Self {
            earlier: Earlier {
                sha256: vec![fingerprint(path).with_context(named)?],
                of_later_release: of_later_release(path, dataset, reading, content)
                    .with_context(named)?,
            },
            receiver,
        })
    }
}

fn fingerprint(path: &Path) -> io::Result<String> {
    let (mut file, mut digest) = (File::open(path)?, Sha256::new());
    let mut piece = vec![0; 1 << 16];
    loop {
        match file.read(&mut piece)? {
            0 => return Ok(hex::encode(digest.finalize())),
            n => digest.update(piece.get(..n).unwrap_or_default()),
        }
    }
}

fn of_later_release(
    path: &Path,
    dataset: &Dataset,
    reading: &ReceiveSettings,
    content: &Content,
) -> Result<bool> {
    let Some(family) = dataset.family.as_ref().filter(|family| !family.usual) else {
        return Ok(false);
    };
    let found = recognise(
        content,
        &family.name,
        |dataset| open_path(path, dataset, reading),
        ROWS_LOOKED_AT,
    )?;
    let of = Dataset::read(content, &found.dataset)?;
    Ok(of.family.is_some_and(|family| family.usual))
}
