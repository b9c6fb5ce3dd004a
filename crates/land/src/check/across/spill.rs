//! A nameless file for what does not fit into memory, encrypted under a key that lives as long as the check.

use crate::check::Scratch;
use aes_gcm::{
    Aes256Gcm, KeyInit,
    aead::{AeadInOut, Nonce},
};
use std::{
    fs::File,
    io::{Error, Read, Result, Seek, SeekFrom, Write},
    sync::Mutex,
};

/// The file. It has no name, so that nothing is left of it after a kill.
pub(crate) struct Spill {
    inner: Mutex<Inner>,
    cipher: Aes256Gcm,
}

struct Inner {
    file: File,
    length: u64,
    blocks: u64,
}

/// Where a block stands.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Block {
    at: u64,
    number: u64,
    words: usize,
}

impl Block {
    /// How many words it holds.
    pub(crate) const fn words(&self) -> usize {
        self.words
    }
}

impl Spill {
    pub(crate) fn new(scratch: &Scratch) -> Result<Self> {
        let file = match &scratch.folder {
            Some(folder) => tempfile::tempfile_in(folder)?,
            None => tempfile::tempfile()?,
        };
        let mut key = [0; 32];
        getrandom::fill(&mut key).map_err(|_| Error::other("no random numbers to be had"))?;
        Ok(Self {
            inner: Mutex::new(Inner {
                file,
                length: 0,
                blocks: 0,
            }),
            cipher: Aes256Gcm::new(&key.into()),
        })
    }

    pub(crate) fn write(&self, words: &[u32]) -> Result<Block> {
        let mut bytes: Vec<u8> = Vec::with_capacity(words.len() * 4 + 16);
        for word in words {
            bytes.extend_from_slice(&word.to_le_bytes());
        }
        let mut inner = self.inner.lock().map_err(|_| poisoned())?;
        let number = inner.blocks;
        self.cipher
            .encrypt_in_place(&nonce(number), &[], &mut bytes)
            .map_err(|_| Error::other("a block could not be encrypted"))?;
        let at = inner.length;
        inner.file.seek(SeekFrom::Start(at))?;
        inner.file.write_all(&bytes)?;
        inner.length += bytes.len() as u64;
        inner.blocks += 1;
        Ok(Block {
            at,
            number,
            words: words.len(),
        })
    }

    /// Adds a block's words to `out`.
    pub(crate) fn read(&self, block: Block, out: &mut Vec<u32>) -> Result<()> {
        let mut bytes = vec![0; block.words * 4 + 16];
        {
            let mut inner = self.inner.lock().map_err(|_| poisoned())?;
            inner.file.seek(SeekFrom::Start(block.at))?;
            inner.file.read_exact(&mut bytes)?;
        }
        self.cipher
            .decrypt_in_place(&nonce(block.number), &[], &mut bytes)
            .map_err(|_| Error::other("a block was changed on the disk"))?;
        let (words, _) = bytes.as_chunks::<4>();
        out.extend(words.iter().map(|word| u32::from_le_bytes(*word)));
        Ok(())
    }
}

fn poisoned() -> Error {
    Error::other("another thread stopped while it wrote")
}

fn nonce(number: u64) -> Nonce<Aes256Gcm> {
    let mut nonce = [0; 12];
    if let Some(place) = nonce.first_chunk_mut() {
        *place = number.to_le_bytes();
    }
    nonce.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_come_back_whole_and_are_not_readable_on_the_disk() {
        let spill = Spill::new(&Scratch::default()).unwrap();
        let first: Vec<u32> = (0..1000).collect();
        let blocks = [spill.write(&first).unwrap(), spill.write(&[7]).unwrap()];
        let mut back = Vec::new();
        spill.read(blocks[1], &mut back).unwrap();
        spill.read(blocks[0], &mut back).unwrap();
        assert_eq!(back.first(), Some(&7));
        assert_eq!(back.get(1..), Some(first.as_slice()));
        let mut inner = spill.inner.lock().unwrap();
        let mut bytes = Vec::new();
        inner.file.seek(SeekFrom::Start(0)).unwrap();
        inner.file.read_to_end(&mut bytes).unwrap();
        drop(inner);
        let plain: Vec<u8> = (500u32..520).flat_map(u32::to_le_bytes).collect();
        assert!(!bytes.windows(plain.len()).any(|window| window == plain));
    }
}
