//! The log as a tree: published vectors, and a slow, obvious second implementation.

use super::moment;
use crate::{
    AuditFault, Chain, Digest, Entry, EntryBody, Kind, Outcome,
    audit::{
        EntryProof, NoteKey, ProofError, PublicKey, SignedCheckpoint, Tiles, Walk,
        check_consistency, check_inclusion, consistency, inclusion, journal, root_of,
        tree::{
            Edge, FullTile, Hash, TILE, Tile, bundle_bytes, bundle_lines, bundle_path, leaf_hash,
            tile_bytes, tile_hashes, tile_path,
        },
    },
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use std::collections::BTreeMap;

/// RFC 6962, section 2.1, word for word.
mod slow {
    use super::Hash;
    use sha2::{Digest as _, Sha256};

    pub(super) fn leaf(entry: &[u8]) -> Hash {
        Hash(Sha256::digest([&[0u8], entry].concat()).into())
    }

    fn split(n: usize) -> usize {
        let mut k = 1;
        while k * 2 < n {
            k *= 2;
        }
        k
    }

    pub(super) fn root(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => Hash(Sha256::digest([]).into()),
            [one] => *one,
            _ => {
                let (left, right) = leaves.split_at(split(leaves.len()));
                Hash(Sha256::digest([&[1u8][..], &root(left).0, &root(right).0].concat()).into())
            }
        }
    }

    pub(super) fn path(at: usize, leaves: &[Hash]) -> Vec<Hash> {
        if leaves.len() == 1 {
            return Vec::new();
        }
        let k = split(leaves.len());
        let (left, right) = leaves.split_at(k);
        let (mut hashes, other) = if at < k {
            (path(at, left), root(right))
        } else {
            (path(at - k, right), root(left))
        };
        hashes.push(other);
        hashes
    }

    pub(super) fn proof(m: usize, leaves: &[Hash]) -> Vec<Hash> {
        subproof(m, leaves, true)
    }

    fn subproof(m: usize, leaves: &[Hash], known: bool) -> Vec<Hash> {
        if m == leaves.len() {
            return if known {
                Vec::new()
            } else {
                vec![root(leaves)]
            };
        }
        let k = split(leaves.len());
        let (left, right) = leaves.split_at(k);
        let (mut proof, other) = if m <= k {
            (subproof(m, left, known), root(right))
        } else {
            (subproof(m - k, right, false), root(left))
        };
        proof.push(other);
        proof
    }
}

/// Tiles in memory.
#[derive(Default)]
struct Grown {
    edge: Edge,
    full: BTreeMap<(u8, u64), Vec<Hash>>,
}

impl Grown {
    fn of(leaves: &[Hash]) -> Self {
        let mut grown = Self::default();
        for leaf in leaves {
            let full = &mut grown.full;
            grown.edge.push(
                *leaf,
                |FullTile {
                     level,
                     index,
                     hashes,
                 }| {
                    assert!(full.insert((level, index), hashes).is_none());
                },
            );
        }
        grown
    }
}

impl Tiles for Grown {
    fn hashes(&self, level: u8, index: u64, width: usize) -> Result<Vec<Hash>, String> {
        let there = self.full.get(&(level, index)).cloned().or_else(|| {
            let mut unfinished = self.edge.unfinished();
            let found = unfinished.find(|(l, i, _)| (*l, *i) == (level, index));
            found.map(|(_, _, hashes)| hashes.to_vec())
        });
        there
            .filter(|hashes| hashes.len() >= width)
            .ok_or_else(|| format!("no tile {level} {index}"))
    }
}

fn leaves(how_many: usize) -> Vec<Hash> {
    (0..how_many)
        .map(|n| slow::leaf(n.to_string().as_bytes()))
        .collect()
}

fn hash(text: &str) -> Hash {
    Digest::parse(text).unwrap().to_hash()
}

#[test]
fn roots_are_those_of_the_published_vectors() {
    // The inputs and roots of the tests of certificate-transparency-go, merkletree.
    let inputs = [
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    ];
    let roots = [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];
    let mut edge = Edge::new();
    assert_eq!(edge.root(), slow::root(&[]));
    for (input, root) in inputs.iter().zip(roots) {
        edge.push(leaf_hash(&hex::decode(input).unwrap()), |_| {});
        assert_eq!(edge.root(), hash(root), "{} leaves", edge.size());
    }
}

#[test]
fn a_log_of_70_000_entries_has_the_tiles_of_the_reference() {
    let grown = Grown::of(&leaves(70_000));
    let full = |level: u8| grown.full.keys().filter(|(l, _)| *l == level).count();
    assert_eq!((full(0), full(1), full(2)), (273, 1, 0));
    let partial: Vec<(u8, u64, usize)> = grown
        .edge
        .unfinished()
        .map(|(level, index, hashes)| (level, index, hashes.len()))
        .collect();
    assert_eq!(partial, [(0, 273, 112), (1, 1, 17), (2, 0, 1)]);
    let roots: Vec<Hash> = leaves(273 * TILE).chunks(TILE).map(slow::root).collect();
    let mut anew = Edge::from_roots(&roots);
    for leaf in &leaves(70_000)[273 * TILE..] {
        anew.push(*leaf, |_| {});
    }
    assert_eq!(anew.root(), grown.edge.root());
    assert_eq!(anew.root(), slow::root(&leaves(70_000)));
}

#[test]
fn paths_are_those_of_the_reference() {
    assert_eq!(tile_path(0, 1_234_067, TILE), "tile/0/x001/x234/067");
    assert_eq!(tile_path(1, 1, 17), "tile/1/001.p/17");
    assert_eq!(bundle_path(273, 112), "tile/entries/273.p/112");
    for path in [
        "tile/0/x001/x234/067",
        "tile/63/000",
        "tile/entries/x001/000.p/255",
    ] {
        assert_eq!(Tile::parse(path).unwrap().path(), path);
    }
    for wrong in [
        "",
        "tile/0/",
        "tile/0/1",
        "tile/0/x000/001",
        "tile/0/001/002",
        "tile/0/x001",
        "tile/64/000",
        "tile/00/000",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/012",
        "tile/0/../000",
        "tile/-1/000",
        "tile/0/+01",
        "tile/0/x999/x999/x999/x999/x999/x999/x999/999",
    ] {
        assert_eq!(Tile::parse(wrong), None, "{wrong}");
    }
}

#[test]
fn roots_and_proofs_agree_with_the_slow_implementation() {
    let sizes = (1..70).chain([255, 256, 257, 511, 512, 513, 600]);
    for size in sizes {
        let leaves = leaves(size);
        let grown = Grown::of(&leaves);
        let (n, root) = (size as u64, slow::root(&leaves));
        assert_eq!(grown.edge.root(), root);
        assert_eq!(root_of(&grown, n).unwrap(), root);
        let step = 1 + size / 40;
        for at in (0..size).step_by(step) {
            let hashes = inclusion(&grown, at as u64, n).unwrap();
            assert_eq!(hashes, slow::path(at, &leaves), "{at} of {size}");
            check_inclusion(&hashes, n, root, at as u64, leaves[at]).unwrap();
            let wrong = check_inclusion(&hashes, n, root, at as u64, slow::leaf(b"other"));
            assert!(matches!(wrong, Err(ProofError::DoesNotHold)));
        }
        for from in (1..=size).step_by(step) {
            let hashes = consistency(&grown, from as u64, n).unwrap();
            assert_eq!(hashes, slow::proof(from, &leaves), "{from} of {size}");
            let before = slow::root(&leaves[..from]);
            check_consistency(&hashes, (from as u64, before), (n, root)).unwrap();
            let other = slow::leaf(b"other");
            check_consistency(&hashes, (from as u64, other), (n, root)).unwrap_err();
        }
    }
}

#[test]
fn proofs_that_are_cut_changed_or_made_up_do_not_hold() {
    let leaves = leaves(300);
    let (grown, root) = (Grown::of(&leaves), slow::root(&leaves));
    let good = inclusion(&grown, 123, 300).unwrap();
    for at in 0..good.len() {
        let mut cut = good.clone();
        cut.remove(at);
        check_inclusion(&cut, 300, root, 123, leaves[123]).unwrap_err();
        let mut changed = good.clone();
        changed[at].0[7] ^= 1;
        check_inclusion(&changed, 300, root, 123, leaves[123]).unwrap_err();
        let mut longer = good.clone();
        longer.insert(at, good[at]);
        check_inclusion(&longer, 300, root, 123, leaves[123]).unwrap_err();
    }
    for (size, at) in [(300, 124), (0, 0), (u64::MAX, 123), (123, 123)] {
        check_inclusion(&good, size, root, at, leaves[123]).unwrap_err();
    }
    for (from, to) in [(0, 300), (301, 300), (u64::MAX, 300), (7, u64::MAX)] {
        check_consistency(&good, (from, root), (to, root)).unwrap_err();
    }
    let empty = slow::root(&[]);
    check_consistency(&[], (0, empty), (300, root)).unwrap();
}

#[test]
fn tiles_and_bundles_read_back_and_others_are_told() {
    let hashes = leaves(256);
    assert_eq!(tile_hashes(&tile_bytes(&hashes)), Some(hashes.clone()));
    assert_eq!(tile_hashes(&[0; 33]), None);
    assert_eq!(tile_hashes(&[0; 257 * 32]), None);
    let lines: Vec<&[u8]> = vec![b"one", b"", b"three"];
    let bytes = bundle_bytes(lines.iter().copied());
    assert_eq!(bytes, b"\0\x03one\0\0\0\x05three");
    assert_eq!(bundle_lines(&bytes), Some(lines));
    assert_eq!(bundle_lines(&bytes[..bytes.len() - 1]), None);
    assert_eq!(bundle_lines(b"\0"), None);
    assert_eq!(bundle_lines(&[0xff; 70]), None);
}

fn entries(how_many: u64) -> Vec<String> {
    let mut chain = Chain::start();
    (0..how_many)
        .map(|n| {
            let mut body = EntryBody::new(
                moment("2026-05-01T12:00:00Z"),
                Kind::Answered,
                "ana",
                Outcome::Done,
            );
            body.rows = Some(n);
            let (entry, line) = chain.next(body).unwrap();
            chain.accept(&entry);
            line
        })
        .collect()
}

fn walk(lines: &[String]) -> Result<u64, AuditFault> {
    let mut walk = Walk::new();
    for line in lines {
        walk.step(line.as_bytes())?;
    }
    Ok(walk.size())
}

#[test]
fn entries_altered_dropped_swapped_repeated_or_put_in_are_found() {
    let lines = entries(8);
    assert_eq!(walk(&lines).unwrap(), 8);
    for i in 0..7 {
        let at = i as u64 + 1;
        let mut dropped = lines.clone();
        dropped.remove(i);
        assert!(matches!(walk(&dropped), Err(AuditFault::OutOfPlace { entry, .. }) if entry == at));
        let mut repeated = lines.clone();
        repeated.insert(i, lines[i].clone());
        assert!(
            matches!(walk(&repeated), Err(AuditFault::OutOfPlace { entry, .. }) if entry == at + 1)
        );
        let mut altered = lines.clone();
        altered[i] = altered[i].replace("ana", "eve");
        assert!(matches!(walk(&altered), Err(AuditFault::Unlinked { entry }) if entry == at + 1));
        let mut swapped = lines.clone();
        swapped.swap(i, i + 1);
        assert!(walk(&swapped).is_err());
    }
}

#[test]
fn a_journal_reads_back_and_a_cut_anywhere_is_a_torn_tail() {
    let lines = entries(300);
    let mut edge = Edge::new();
    for line in &lines[..256] {
        edge.push(leaf_hash(line.as_bytes()), |_| {});
    }
    let before = journal::Before {
        edge,
        walk: Walk::after_line(256, lines[255].as_bytes()),
    };
    let mut bytes = journal::head(&before).unwrap();
    let head = bytes.len();
    let mut ends = vec![head];
    for part in [&lines[256..257], &lines[257..290], &lines[290..300]] {
        let bundle = bundle_bytes(part.iter().map(String::as_bytes));
        bytes.extend(journal::batch(part.len(), &bundle));
        ends.push(bytes.len());
    }
    let read = journal::read(&bytes).unwrap();
    assert_eq!(read.before, before);
    assert!(!read.torn && read.batches.iter().all(|batch| batch.sound));
    for end in (head..bytes.len()).step_by(7) {
        let cut = journal::read(&bytes[..end]).unwrap();
        let whole = ends.iter().rposition(|e| *e <= end).unwrap();
        assert_eq!(cut.batches.len(), whole, "cut at {end}");
        assert_eq!(cut.torn, ends[whole] != end);
        assert_eq!(cut.whole, ends[whole] as u64);
    }
    for at in (0..bytes.len()).step_by(11) {
        let mut altered = bytes.clone();
        altered[at] ^= 4;
        match journal::read(&altered) {
            Err(_) => assert!(at < head),
            Ok(found) => assert!(
                at >= head && (found.torn || found.batches.iter().any(|batch| !batch.sound)),
                "byte {at}"
            ),
        }
    }
}

#[test]
fn keys_are_those_of_the_published_vector() {
    // The key of the tests of golang.org/x/mod/sumdb/note.
    let secret = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
    let public = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    let key = NoteKey::parse(secret).unwrap();
    assert_eq!(key.public().to_string(), public);
    assert_eq!(key.to_file_text().trim_end(), secret);
    assert_eq!(PublicKey::parse(public).unwrap(), key.public());
    assert_eq!(format!("{key:?}"), "NoteKey(PeterNeumann)");
    for wrong in ["", "a+b+c", &public.replace("c74f20a3", "c74f20a4"), secret] {
        assert!(PublicKey::parse(wrong).is_err(), "{wrong}");
    }
    assert!(NoteKey::for_log("two words", &[1; 32]).is_err());
    assert!(NoteKey::for_log("a+b", &[1; 32]).is_err());
}

fn log_key() -> NoteKey {
    NoteKey::for_log("haven.example/audit", &[7; 32]).unwrap()
}

#[test]
fn a_checkpoint_is_a_note_that_another_implementation_believes() {
    let note = log_key().sign(70_000, slow::leaf(b"root"));
    let other = signed_note::VerifierList::new(vec![Box::new(
        signed_note::StandardVerifier::new(&log_key().public().to_string()).unwrap(),
    )]);
    let theirs = signed_note::Note::from_bytes(note.text().as_bytes()).unwrap();
    assert_eq!(theirs.verify(&other).unwrap().0.len(), 1);
    let head = tlog_tiles::Checkpoint::from_bytes(theirs.text()).unwrap();
    assert_eq!(
        (head.origin(), head.size()),
        ("haven.example/audit", 70_000)
    );
    assert_eq!(*head.hash(), slow::leaf(b"root"));
    let read = SignedCheckpoint::open(note.text(), &log_key().public()).unwrap();
    assert_eq!(read, note);
}

#[test]
fn an_altered_or_unsigned_checkpoint_is_not_believed() {
    let key = log_key().public();
    let text = log_key().sign(42, slow::leaf(b"root")).text().to_owned();
    let stranger = NoteKey::for_log("haven.example/audit", &[8; 32]).unwrap();
    let foreign = stranger.sign(42, slow::leaf(b"root"));
    for wrong in [
        String::new(),
        text.replace("42", "43"),
        text.replace("\n42", "\n042"),
        text.replace("haven.example", "haven.elsewhere"),
        text.trim_end().to_owned(),
        foreign.text().to_owned(),
        text.split("\n\n").next().unwrap().to_owned(),
        text.replacen("\n\n", "\nand more\n\n", 1),
    ] {
        assert!(SignedCheckpoint::open(&wrong, &key).is_err(), "{wrong}");
    }
}

#[test]
fn witnesses_cosign_and_only_known_ones_count() {
    let witness = NoteKey::for_witness("council.example/witness", &[3; 32]).unwrap();
    let stranger = NoteKey::for_witness("stranger.example", &[4; 32]).unwrap();
    let note = log_key().sign(42, slow::leaf(b"root"));
    let line = witness.cosign(&note.checkpoint, 1_679_315_147);
    let cosigned = note
        .clone()
        .with_line(&line)
        .with_line(&stranger.cosign(&note.checkpoint, 5));
    let known = [witness.public()];
    let who = cosigned.cosigned(&known);
    assert_eq!(who.len(), 1);
    assert_eq!(
        (who[0].witness.as_str(), who[0].at),
        ("council.example/witness", 1_679_315_147)
    );
    let ours = note.clone().with_cosignatures(&cosigned, &known);
    assert_eq!(ours.text(), note.clone().with_line(&line).text());
    // A cosignature of another checkpoint, and one by a key that signs logs.
    let other = log_key().sign(43, slow::leaf(b"root"));
    let moved = note
        .clone()
        .with_line(&witness.cosign(&other.checkpoint, 9));
    assert!(moved.cosigned(&known).is_empty());
    assert!(cosigned.cosigned(&[log_key().public()]).is_empty());
    // The time is part of what is signed: the eight bytes after the number of the key.
    let encoded = line.trim_end().rsplit(' ').next().unwrap();
    let mut bytes = BASE64_STANDARD.decode(encoded).unwrap();
    assert_eq!(bytes.len(), 4 + 8 + 64);
    assert_eq!(bytes[4..12], 1_679_315_147u64.to_be_bytes());
    bytes[11] ^= 1;
    let later = line.replace(encoded, &BASE64_STANDARD.encode(&bytes));
    assert!(note.with_line(&later).cosigned(&known).is_empty());
}

#[test]
fn a_stranger_checks_a_proof_with_nothing_but_the_key() {
    let lines = entries(300);
    let leaves: Vec<Hash> = lines.iter().map(|l| leaf_hash(l.as_bytes())).collect();
    let grown = Grown::of(&leaves);
    let note = log_key().sign(300, grown.edge.root());
    let proof = EntryProof::make(&grown, &lines[41], 41, note.clone()).unwrap();
    let text = proof.to_string();
    assert!(text.starts_with("c2sp.org/tlog-proof@v1\nextra "));
    let key = log_key().public();
    let read = EntryProof::check(&text, &key).unwrap();
    assert_eq!(read, proof);
    assert_eq!(read.entry().unwrap().seq, 42);
    let stranger = NoteKey::for_log("haven.example/audit", &[8; 32]).unwrap();
    for (wrong, key) in [
        (text.replace("index 41", "index 40"), key.clone()),
        (text.replacen("extra e", "extra f", 1), key.clone()),
        (text.replace("\n300\n", "\n301\n"), key.clone()),
        (text.clone(), stranger.public()),
        (String::new(), key.clone()),
        (text.replace("@v1", "@v2"), key),
    ] {
        assert!(EntryProof::check(&wrong, &key).is_err(), "{wrong}");
    }
    assert!(EntryProof::make(&grown, &lines[41], 42, note.clone()).is_err());
    assert!(EntryProof::make(&grown, &lines[41], 300, note).is_err());
}

#[test]
fn an_entry_that_does_not_fit_is_not_kept() {
    let body = EntryBody::new(
        moment("2026-05-01T12:00:00Z"),
        Kind::Landed,
        &"x".repeat(70_000),
        Outcome::Done,
    );
    assert!(matches!(
        Chain::start().next(body),
        Err(crate::KeepError::TooLong { .. })
    ));
    assert!(Entry::read("").is_err());
}
