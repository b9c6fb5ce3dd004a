//! The tree over the entries: RFC 6962 hashing, and the tiles of 256 hashes in which it is kept.
//!
//! Pure: where tiles lie is for `store`.

use sha2::{Digest as _, Sha256};
pub use tlog_tiles::Hash;

/// How many hashes a full tile has, and how many entries a full bundle.
pub const TILE: usize = 256;

/// The same as a number of entries.
pub const TILE_ENTRIES: u64 = 256;

/// How many levels of nodes a tile covers.
const HEIGHT: u8 = 8;

/// The hash of an entry as a leaf: SHA-256 over a zero byte and its line.
pub fn leaf_hash(line: &[u8]) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update([0]);
    hasher.update(line);
    Hash(hasher.finalize().into())
}

/// The hash of a node above two others: SHA-256 over a one byte and both.
pub fn node_hash(left: Hash, right: Hash) -> Hash {
    let mut bytes = [0u8; 65];
    let (head, both) = bytes.split_at_mut(1);
    head.fill(1);
    let (first, second) = both.split_at_mut(32);
    first.copy_from_slice(&left.0);
    second.copy_from_slice(&right.0);
    Hash(Sha256::digest(bytes).into())
}

/// The root over a power of two of nodes.
pub fn perfect_root(nodes: &[Hash]) -> Hash {
    match nodes {
        [] => tlog_tiles::EMPTY_HASH,
        [one] => *one,
        _ => {
            let mut level: Vec<Hash> = pairs(nodes);
            while level.len() > 1 {
                level = pairs(&level);
            }
            level.first().copied().unwrap_or(tlog_tiles::EMPTY_HASH)
        }
    }
}

fn pairs(nodes: &[Hash]) -> Vec<Hash> {
    nodes
        .chunks(2)
        .map(|pair| match pair {
            [left, right] => node_hash(*left, *right),
            [one] => *one,
            _ => tlog_tiles::EMPTY_HASH,
        })
        .collect()
}

/// The right edge of a growing tree: what is needed to add leaves and to work out the root.
///
/// Level 0 holds hashes of entries, level 1 roots of 256 of them, and so on; each level only those
/// that have no full tile yet.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Edge {
    size: u64,
    levels: Vec<Vec<Hash>>,
}

/// A full tile, as the edge gives it off.
#[derive(Debug, Clone, PartialEq)]
pub struct FullTile {
    pub level: u8,
    pub index: u64,
    pub hashes: Vec<Hash>,
}

impl Edge {
    /// The edge of an empty tree.
    pub fn new() -> Self {
        Self::default()
    }

    /// The edge of a tree of some size, from the hashes of its unfinished tiles.
    pub fn from_levels(size: u64, mut levels: Vec<Vec<Hash>>) -> Option<Self> {
        while levels.pop_if(|level| level.is_empty()).is_some() {}
        let edge = Self { size, levels };
        let fits = (0..HEIGHT).all(|level| {
            let here = edge.level(level).len() as u64;
            here == (size >> (u32::from(HEIGHT) * u32::from(level))) % TILE_ENTRIES
        });
        (fits && edge.levels.len() <= usize::from(HEIGHT)).then_some(edge)
    }

    /// The edge of a tree of full bundles, from the root of each.
    pub fn from_roots(roots: &[Hash]) -> Self {
        let mut levels = vec![Vec::new()];
        let mut nodes = roots.to_vec();
        for _ in 1..HEIGHT {
            let (full, rest) = nodes.as_chunks::<TILE>();
            levels.push(rest.to_vec());
            nodes = full.iter().map(|tile| perfect_root(tile)).collect();
        }
        while levels.pop_if(|level| level.is_empty()).is_some() {}
        Self {
            size: roots.len() as u64 * TILE_ENTRIES,
            levels,
        }
    }

    /// How many leaves the tree has.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The hashes of a level's unfinished tile.
    pub fn level(&self, level: u8) -> &[Hash] {
        self.levels
            .get(usize::from(level))
            .map(Vec::as_slice)
            .unwrap_or_default()
    }

    /// The unfinished tiles: level, index and hashes.
    pub fn unfinished(&self) -> impl Iterator<Item = (u8, u64, &[Hash])> {
        (0..HEIGHT).filter_map(|level| {
            let hashes = self.level(level);
            let above = u32::from(HEIGHT) * (u32::from(level) + 1);
            let index = self.size.checked_shr(above).unwrap_or_default();
            (!hashes.is_empty()).then_some((level, index, hashes))
        })
    }

    /// Adds a leaf; tiles that it fills are handed on, the lowest first.
    pub fn push(&mut self, leaf: Hash, mut full: impl FnMut(FullTile)) {
        self.size += 1;
        let mut node = leaf;
        for level in 0..HEIGHT {
            let at = usize::from(level);
            if self.levels.len() == at {
                self.levels.push(Vec::new());
            }
            let Some(hashes) = self.levels.get_mut(at) else {
                return;
            };
            hashes.push(node);
            if hashes.len() < TILE {
                return;
            }
            let hashes = std::mem::take(hashes);
            node = perfect_root(&hashes);
            let above = u32::from(HEIGHT) * (u32::from(level) + 1);
            full(FullTile {
                level,
                index: self.size.checked_shr(above).unwrap_or(1).saturating_sub(1),
                hashes,
            });
        }
    }

    /// The root of the tree.
    pub fn root(&self) -> Hash {
        let mut whole = Vec::new();
        for nodes in self.levels.iter().rev() {
            let mut rest = nodes.as_slice();
            while !rest.is_empty() {
                let (first, others) = rest.split_at(1 << rest.len().ilog2());
                whole.push(perfect_root(first));
                rest = others;
            }
        }
        whole
            .into_iter()
            .rev()
            .reduce(|right, left| node_hash(left, right))
            .unwrap_or(tlog_tiles::EMPTY_HASH)
    }
}

/// The path of a tile: `tile/0/x001/x234/067`, and `.p/112` after it where it has 112 hashes.
pub fn tile_path(level: u8, index: u64, width: usize) -> String {
    format!("tile/{level}/{}", place(index, width))
}

/// The path of a bundle of entries.
pub fn bundle_path(index: u64, width: usize) -> String {
    format!("tile/entries/{}", place(index, width))
}

fn place(index: u64, width: usize) -> String {
    let mut path = format!("{:03}", index % 1000);
    let mut rest = index / 1000;
    while rest > 0 {
        path = format!("x{:03}/{path}", rest % 1000);
        rest /= 1000;
    }
    if width < TILE {
        format!("{path}.p/{width}")
    } else {
        path
    }
}

/// What a path names, when it is in its one written form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tile {
    /// Hashes of a level.
    Hashes { level: u8, index: u64, width: usize },
    /// Entries.
    Entries { index: u64, width: usize },
}

impl Tile {
    /// Reads a path below the log's address, such as `tile/0/x001/x234/067.p/12`.
    pub fn parse(path: &str) -> Option<Self> {
        let (kind, rest) = path.strip_prefix("tile/")?.split_once('/')?;
        let (number, width) = match rest.split_once(".p/") {
            Some((number, width)) => {
                let width: usize = width.parse().ok()?;
                ((1..TILE).contains(&width)).then_some((number, width))?
            }
            None => (rest, TILE),
        };
        let mut index = 0u64;
        for part in number.split('/') {
            let digits = part.strip_prefix('x').unwrap_or(part);
            if digits.len() != 3 {
                return None;
            }
            index = index
                .checked_mul(1000)?
                .checked_add(digits.parse::<u64>().ok()?)?;
        }
        let tile = if kind == "entries" {
            Self::Entries { index, width }
        } else {
            let level = kind.parse().ok().filter(|level| *level < 64)?;
            Self::Hashes {
                level,
                index,
                width,
            }
        };
        (tile.path() == path).then_some(tile)
    }

    /// The path of it.
    pub fn path(&self) -> String {
        match *self {
            Self::Hashes {
                level,
                index,
                width,
            } => tile_path(level, index, width),
            Self::Entries { index, width } => bundle_path(index, width),
        }
    }
}

/// The bytes of a tile.
pub fn tile_bytes(hashes: &[Hash]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| hash.0).collect()
}

/// The hashes of a tile's bytes.
pub fn tile_hashes(bytes: &[u8]) -> Option<Vec<Hash>> {
    let (whole, rest) = bytes.as_chunks::<32>();
    (rest.is_empty() && whole.len() <= TILE).then(|| whole.iter().map(|h| Hash(*h)).collect())
}

/// The bytes of a bundle: each entry after its length in two bytes.
pub fn bundle_bytes<'a>(lines: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for line in lines {
        // INVARIANT: a line is not longer than `LONGEST_LINE`, which two bytes count.
        let length = u16::try_from(line.len()).unwrap_or(u16::MAX);
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.extend_from_slice(line);
    }
    bytes
}

/// The entries of a bundle's bytes; `None` where the bytes end within one.
pub fn bundle_lines(bytes: &[u8]) -> Option<Vec<&[u8]>> {
    let (lines, rest) = bundle_lines_and_rest(bytes);
    rest.is_empty().then_some(lines)
}

/// The entries of a bundle's bytes, and what is left behind the last whole one.
pub fn bundle_lines_and_rest(mut bytes: &[u8]) -> (Vec<&[u8]>, &[u8]) {
    let mut lines = Vec::with_capacity(TILE);
    while let Some((length, rest)) = bytes.split_first_chunk::<2>() {
        let length = usize::from(u16::from_be_bytes(*length));
        let Some((line, rest)) = rest.split_at_checked(length) else {
            break;
        };
        lines.push(line);
        bytes = rest;
    }
    (lines, bytes)
}
