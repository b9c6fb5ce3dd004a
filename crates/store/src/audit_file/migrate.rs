//! Taking over the chain of an earlier version: its lines become the first leaves, byte for byte, and
//! an entry says so.

use super::{
    AuditFile,
    append::{Tail, put},
    held, invalid,
};
use chrono::{DateTime, Utc};
use govern::{
    Digest, EntryBody, Kind, ObjectKind, Outcome,
    audit::{
        Chain, LONGEST_LINE, Walk,
        journal::Before,
        tree::{
            Edge, FullTile, TILE, TILE_ENTRIES, bundle_bytes, bundle_path, tile_bytes, tile_path,
        },
    },
};
use std::{
    fs::File,
    io::{self, BufRead as _, BufReader, Read as _},
};

impl AuditFile {
    /// Takes the chain over, once. A kill in between leaves the chain as it is, and the next opening
    /// does it again.
    pub(super) fn migrate(&self, now: DateTime<Utc>) -> io::Result<()> {
        let missing = |path: &std::path::Path| !path.exists();
        if missing(&self.places.chain) || !missing(&self.journal()) {
            return Ok(());
        }
        let mut tail = held(&self.tail);
        let _lock = self.lock(true)?;
        if !missing(&self.journal()) {
            return Ok(());
        }
        self.set_old_checkpoint_aside()?;
        let (before, lines, told) = self.read_chain(now)?;
        let all: Vec<Vec<u8>> = lines.into_iter().chain([told]).collect();
        self.new_journal(&before, &all)?;
        let known: Tail = self.end(None)?;
        let head = self.key.sign(known.edge.size(), known.edge.root());
        put(&self.places.checkpoint, head.text().as_bytes())?;
        *tail = Some(known);
        Ok(())
    }

    /// The checkpoint of a chain has another form; it stays readable beside the new one.
    fn set_old_checkpoint_aside(&self) -> io::Result<()> {
        let path = &self.places.checkpoint;
        match std::fs::read_to_string(path) {
            Ok(text) if super::prove::old_checkpoint(&text).is_some() => {
                let mut aside = path.clone().into_os_string();
                aside.push(".chain");
                std::fs::rename(path, aside)
            }
            Ok(_) => Ok(()),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(e) => Err(e),
        }
    }

    /// Reads the chain, proves it, writes its full bundles, and gives what the journal begins with.
    fn read_chain(&self, now: DateTime<Utc>) -> io::Result<(Before, Vec<Vec<u8>>, Vec<u8>)> {
        let mut reader = BufReader::with_capacity(1 << 20, File::open(&self.places.chain)?);
        let (mut walk, mut edge) = (Walk::new(), Edge::new());
        let mut before = Before {
            edge: Edge::new(),
            walk: Walk::new(),
        };
        let mut lines: Vec<Vec<u8>> = Vec::new();
        let mut torn = false;
        loop {
            let mut line = Vec::new();
            let most = LONGEST_LINE as u64 + 2;
            if reader.by_ref().take(most).read_until(b'\n', &mut line)? == 0 {
                break;
            }
            if line.pop_if(|byte| *byte == b'\n').is_none() {
                // Cut off while it was written, and never acknowledged.
                torn = true;
                break;
            }
            let leaf = walk.step(&line).map_err(|fault| {
                invalid(format!(
                    "the log of the earlier version cannot be taken over: {fault}"
                ))
            })?;
            let mut full: Vec<FullTile> = Vec::new();
            edge.push(leaf, |tile| full.push(tile));
            lines.push(line);
            for tile in full {
                let folder = &self.places.folder;
                if tile.level == 0 {
                    let bytes = bundle_bytes(lines.iter().map(Vec::as_slice));
                    put(&folder.join(bundle_path(tile.index, TILE)), &bytes)?;
                    lines.clear();
                }
                put(
                    &folder.join(tile_path(tile.level, tile.index, TILE)),
                    &tile_bytes(&tile.hashes),
                )?;
            }
            if edge.size() % TILE_ENTRIES == 0 {
                before = Before {
                    edge: edge.clone(),
                    walk: walk.clone(),
                };
            }
        }
        let mut body = EntryBody::new(now, Kind::LogMigrated, "haven", Outcome::Done);
        body.object_kind = Some(ObjectKind::Log);
        body.rows = Some(walk.size());
        body.object_digest = Some(Digest::from_hash(edge.root()));
        body.reason = Some(if torn {
            "a chain of an earlier version; a line that was cut off was left out".to_owned()
        } else {
            "a chain of an earlier version".to_owned()
        });
        let hash = walk.last().map_or_else(Digest::none, Digest::from_hash);
        let (_, line) = Chain::at(walk.size(), hash).next(body).map_err(invalid)?;
        Ok((before, lines, line.into_bytes()))
    }
}
