//! What is kept in memory of governed tables, so that the next question under the same agreement need not work it
//! out once more: which rows pass, and columns of these rows as the agreement lets them be seen. Nothing of a row that
//! does not pass is kept, nothing of an asker's question is, and nothing of it is ever written.
//!
//! A thing is named by a digest of all that it was made from ([`view`] has the list). Files never change, so what was
//! kept under a name holds for as long as anybody can ask for that name; what it costs is memory, which is bounded.

mod column;
mod rows;
mod units;
mod view;

use column::Column;
use rows::Rows;
use sha2::{Digest, Sha256};
use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
pub(crate) use view::KeptView;

/// What the smallest thing takes: its name, and where it stands.
const LEAST: usize = 256;

/// What is kept of governed tables by one process, for all of its questions.
pub struct KeptColumns {
    limit: usize,
    inside: Mutex<Inside>,
}

#[derive(Default)]
struct Inside {
    things: BTreeMap<KeptKey, Thing>,
    bytes: usize,
    uses: u64,
}

struct Thing {
    of: TableFiles,
    what: Kept,
    bytes: usize,
    used: u64,
}

/// A thing that is kept.
#[derive(Clone)]
enum Kept {
    /// Which rows of a table pass.
    Rows(Arc<Rows>),
    /// A column of these rows.
    Column(Arc<Column>),
    /// A column that was found to need more than there is room for.
    TooLarge,
}

/// The name of a thing: a digest of all that it was made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct KeptKey([u8; 32]);

impl KeptKey {
    /// Each part has its length before it, so that no two lists of parts look alike.
    fn of<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        Self(hash.finalize().into())
    }
}

/// A table, and the files that it had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct TableFiles {
    table: KeptKey,
    files: KeptKey,
}

impl KeptColumns {
    /// Keeps as much as fits into so many bytes; nothing where there are none.
    pub fn new(limit: usize) -> Self {
        Self {
            limit,
            inside: Mutex::default(),
        }
    }

    /// How many bytes are kept now.
    pub fn bytes(&self) -> usize {
        self.inside().bytes
    }

    /// Lets go of everything.
    pub fn clear(&self) {
        let mut inside = self.inside();
        inside.things.clear();
        inside.bytes = 0;
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        // Every change of what is inside is whole before the lock is let go.
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn get(&self, key: &KeptKey) -> Option<Kept> {
        let mut inside = self.inside();
        inside.uses += 1;
        let now = inside.uses;
        let thing = inside.things.get_mut(key)?;
        thing.used = now;
        Some(thing.what.clone())
    }

    /// Keeps a thing, and lets go of those that were not used for longest until all fit.
    fn put(&self, key: KeptKey, of: TableFiles, what: Kept, bytes: usize) {
        let bytes = bytes.saturating_add(LEAST);
        if bytes > self.limit {
            return;
        }
        let mut inside = self.inside();
        inside.uses += 1;
        let used = inside.uses;
        inside.forget(&key);
        while inside.bytes + bytes > self.limit {
            let oldest = inside.things.iter().min_by_key(|(_, thing)| thing.used);
            let Some(oldest) = oldest.map(|(key, _)| *key) else {
                break;
            };
            inside.forget(&oldest);
        }
        inside.bytes += bytes;
        let thing = Thing {
            of,
            what,
            bytes,
            used,
        };
        inside.things.insert(key, thing);
    }

    /// Lets go of what was made from other files of this table than those that it has now: nobody asks for it any
    /// more, and some of its rows may have been destroyed.
    fn forget_other_files(&self, now: TableFiles) {
        let mut inside = self.inside();
        let gone: Vec<KeptKey> = inside
            .things
            .iter()
            .filter(|(_, thing)| thing.of.table == now.table && thing.of.files != now.files)
            .map(|(key, _)| *key)
            .collect();
        for key in gone {
            inside.forget(&key);
        }
    }
}

impl Inside {
    fn forget(&mut self, key: &KeptKey) {
        if let Some(thing) = self.things.remove(key) {
            self.bytes -= thing.bytes;
        }
    }
}

impl fmt::Debug for KeptColumns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeptColumns")
            .field("limit", &self.limit)
            .field("bytes", &self.bytes())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(of: &str) -> KeptKey {
        KeptKey::of([of.as_bytes()])
    }

    fn put(kept: &KeptColumns, name: &str, table: &str, files: &str, bytes: usize) {
        let of = TableFiles {
            table: key(table),
            files: key(files),
        };
        kept.put(key(name), of, Kept::TooLarge, bytes - LEAST);
    }

    fn names(kept: &KeptColumns) -> Vec<&'static str> {
        let all = ["a", "b", "c", "d", "e"];
        all.into_iter()
            .filter(|name| kept.inside().things.contains_key(&key(name)))
            .collect()
    }

    #[test]
    fn what_was_not_used_for_longest_makes_room() {
        let kept = KeptColumns::new(3_000);
        for name in ["a", "b", "c"] {
            put(&kept, name, "t", "1", 1_000);
        }
        assert!(kept.get(&key("a")).is_some());
        put(&kept, "d", "t", "1", 1_000);
        assert_eq!(names(&kept), ["a", "c", "d"]);
        put(&kept, "e", "t", "1", 2_500);
        assert_eq!((names(&kept), kept.bytes()), (vec!["e"], 2_500));
        put(&kept, "e", "t", "1", 500);
        assert_eq!((names(&kept), kept.bytes()), (vec!["e"], 500));
    }

    #[test]
    fn what_is_larger_than_the_room_is_not_kept_and_drives_nothing_out() {
        let kept = KeptColumns::new(3_000);
        put(&kept, "a", "t", "1", 1_000);
        put(&kept, "b", "t", "1", 3_001);
        assert_eq!(names(&kept), ["a"]);
    }

    #[test]
    fn other_files_of_a_table_are_forgotten_and_other_tables_stay() {
        let kept = KeptColumns::new(9_000);
        put(&kept, "a", "t", "1", 1_000);
        put(&kept, "b", "t", "2", 1_000);
        put(&kept, "c", "u", "1", 1_000);
        kept.forget_other_files(TableFiles {
            table: key("t"),
            files: key("2"),
        });
        assert_eq!((names(&kept), kept.bytes()), (vec!["b", "c"], 2_000));
    }

    #[test]
    fn no_two_lists_of_parts_have_one_name() {
        let of = |parts: &[&str]| KeptKey::of(parts.iter().map(|p| p.as_bytes()));
        assert_ne!(of(&["ab", "c"]), of(&["a", "bc"]));
        assert_ne!(of(&["ab"]), of(&["ab", ""]));
    }
}
