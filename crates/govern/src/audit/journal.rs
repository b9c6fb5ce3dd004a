//! The journal: the entries that are on the disk and in no full bundle yet, as bytes.
//!
//! A head says what lies before it; batches follow, each written at once and with a digest, so that
//! one that was cut off is recognised. Files belong to `store`.

use super::{
    tree::{Edge, Hash, bundle_lines_and_rest},
    walk::Walk,
};
use crate::Digest;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// How a journal begins.
const MAGIC: &[u8] = b"haven audit journal 1\n";
/// How long the part of a batch before its entries is: two lengths and a digest.
const BATCH_HEAD: usize = 4 + 4 + 32;

/// What lies before a journal.
#[derive(Debug, Clone, PartialEq)]
pub struct Before {
    /// The right edge of the tree over the entries in full bundles.
    pub edge: Edge,
    /// What the first entry of the journal follows.
    pub walk: Walk,
}

/// Some entries that were written at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    pub lines: Vec<Vec<u8>>,
    /// Whether its digest is its own.
    pub sound: bool,
    /// How many bytes of the journal it is.
    pub length: u64,
}

/// A journal as it was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Journal {
    pub before: Before,
    pub batches: Vec<Batch>,
    /// How many bytes there are up to the end of the last whole batch.
    pub whole: u64,
    /// Whether something follows that is no whole batch.
    pub torn: bool,
}

/// Bytes that do not begin as a journal does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the journal of the audit log was altered")]
pub struct NotAJournal;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    size: u64,
    last: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    chained: Option<Digest>,
    edge: Vec<Vec<String>>,
}

/// The beginning of a journal.
pub fn head(before: &Before) -> Result<Vec<u8>, serde_json::Error> {
    let text = |hash: &Hash| hex::encode(hash.0);
    let head = Head {
        size: before.edge.size(),
        last: before.walk.last().as_ref().map(text),
        chained: before.walk.chained().cloned(),
        edge: (0..8)
            .map(|level| before.edge.level(level).iter().map(text).collect())
            .collect(),
    };
    let head = serde_json::to_vec(&head)?;
    let mut bytes = MAGIC.to_vec();
    bytes.extend_from_slice(&u32::try_from(head.len()).unwrap_or(u32::MAX).to_be_bytes());
    bytes.extend_from_slice(&Sha256::digest(&head));
    bytes.extend_from_slice(&head);
    Ok(bytes)
}

/// A batch, from its entries as a bundle has them.
pub fn batch(count: usize, bundle: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(BATCH_HEAD + bundle.len());
    // INVARIANT: a keeper writes at most some thousand entries of 64 KiB at once.
    bytes.extend_from_slice(
        &u32::try_from(bundle.len())
            .unwrap_or(u32::MAX)
            .to_be_bytes(),
    );
    bytes.extend_from_slice(&u32::try_from(count).unwrap_or(u32::MAX).to_be_bytes());
    bytes.extend_from_slice(&Sha256::digest(bundle));
    bytes.extend_from_slice(bundle);
    bytes
}

/// Reads a journal.
pub fn read(bytes: &[u8]) -> Result<Journal, NotAJournal> {
    let (before, start) = read_head(bytes).ok_or(NotAJournal)?;
    let mut journal = Journal {
        before,
        batches: Vec::new(),
        whole: 0,
        torn: false,
    };
    let mut rest = bytes.get(start..).unwrap_or_default();
    let mut at = start;
    while !rest.is_empty() {
        let Some((found, length)) = read_batch(rest) else {
            journal.torn = true;
            break;
        };
        rest = rest.get(length..).unwrap_or_default();
        at += length;
        journal.batches.push(found);
    }
    // A batch with another digest than its own at the very end is one that was cut off by the disk,
    // unless a checkpoint vouches for it: that is for the reader to say.
    journal.whole = at as u64;
    Ok(journal)
}

fn read_head(bytes: &[u8]) -> Option<(Before, usize)> {
    let rest = bytes.strip_prefix(MAGIC)?;
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let (digest, rest) = rest.split_first_chunk::<32>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let head = rest.get(..length)?;
    if Sha256::digest(head).as_slice() != digest {
        return None;
    }
    let head: Head = serde_json::from_slice(head).ok()?;
    let hash =
        |text: &String| -> Option<Hash> { Some(Hash(hex::decode(text).ok()?.try_into().ok()?)) };
    let mut levels = Vec::new();
    for level in &head.edge {
        levels.push(level.iter().map(hash).collect::<Option<Vec<_>>>()?);
    }
    let last = match &head.last {
        Some(text) => Some(hash(text)?),
        None => None,
    };
    let edge = Edge::from_levels(head.size, levels)?;
    let walk = Walk::after(head.size, last, head.chained);
    Some((Before { edge, walk }, MAGIC.len() + 4 + 32 + length))
}

fn read_batch(bytes: &[u8]) -> Option<(Batch, usize)> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let (count, rest) = rest.split_first_chunk::<4>()?;
    let (digest, rest) = rest.split_first_chunk::<32>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let bundle = rest.get(..length)?;
    let (lines, left) = bundle_lines_and_rest(bundle);
    let sound = Sha256::digest(bundle).as_slice() == digest
        && left.is_empty()
        && lines.len() as u64 == u64::from(u32::from_be_bytes(*count));
    let lines = lines.into_iter().map(<[u8]>::to_vec).collect();
    let whole = BATCH_HEAD + length;
    let batch = Batch {
        lines,
        sound,
        length: whole as u64,
    };
    Some((batch, whole))
}
