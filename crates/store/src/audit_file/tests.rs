//! The log on the disk: kept, cut, altered, taken over.

use super::*;
use govern::{
    AuditFault, Chain, Digest, Kind, Outcome, Verified,
    audit::{EntryProof, NoteKey, tree::bundle_path},
};
use std::fs;

struct Home(tempfile::TempDir);

impl Home {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn open(&self) -> AuditFile {
        self.try_open().unwrap()
    }

    fn try_open(&self) -> Result<AuditFile, StoreError> {
        let places = AuditPlaces {
            folder: self.path("audit"),
            chain: self.path("audit/log.jsonl"),
            checkpoint: self.path("elsewhere/audit.txt"),
        };
        let key = NoteKey::for_log("test/audit", &[5; 32]).unwrap();
        AuditFile::open(places, key, Arc::default(), moment())
    }

    fn verify(&self) -> Result<Verified, AuditFault> {
        self.open().verify(&[], &[], 2, &|_| {}).unwrap()
    }
}

fn moment() -> chrono::DateTime<chrono::Utc> {
    chrono::DateTime::UNIX_EPOCH
}

fn entry(n: u64) -> EntryBody {
    let mut body = EntryBody::new(moment(), Kind::Landed, "test", Outcome::Done);
    body.rows = Some(n);
    body
}

fn filled(entries: u64) -> Home {
    let home = Home::new();
    let log = home.open();
    let mut next = 0;
    while next < entries {
        // Batches of uneven lengths.
        let end = (next + 1 + next % 700).min(entries);
        for kept in log.keep_all((next..end).map(entry).collect()) {
            kept.unwrap();
        }
        next = end;
    }
    home
}

#[test]
fn entries_are_read_back_in_their_order_from_bundles_and_journal() {
    let home = filled(3_000);
    let log = home.open();
    let mut rows = Vec::new();
    log.each(|entry| {
        assert_eq!(entry.seq, rows.len() as u64 + 1);
        rows.push(entry.body.rows.unwrap());
    })
    .unwrap();
    assert_eq!(rows, (0..3_000).collect::<Vec<_>>());
    let newest: Vec<u64> = log.newest(3).unwrap().iter().map(|e| e.seq).collect();
    assert_eq!(newest, [3_000, 2_999, 2_998]);
    for index in [0, 255, 256, 2_047, 2_999] {
        let line = log.line(index).unwrap().unwrap();
        assert!(line.starts_with(&format!("{{\"seq\":{},", index + 1)));
    }
    assert_eq!(log.line(3_000).unwrap(), None);
    let verified = home.verify().unwrap();
    assert_eq!((verified.entries, verified.vouched), (3_000, Some(3_000)));
    assert!(fs::metadata(home.path("audit/journal")).unwrap().len() < 1_000_000);
}

#[test]
fn threads_and_processes_take_turns() {
    let home = Home::new();
    // Two openings are to each other as two processes are.
    std::thread::scope(|scope| {
        let logs = [Arc::new(home.open()), Arc::new(home.open())];
        for thread in 0..16 {
            let log = Arc::clone(&logs[thread % 2]);
            scope.spawn(move || {
                for n in 0..40 {
                    log.keep(entry(n)).unwrap();
                }
            });
        }
    });
    assert_eq!(home.verify().unwrap().entries, 640);
}

#[test]
fn a_cut_anywhere_in_the_last_batch_is_mended_and_said() {
    let home = filled(300);
    let before = fs::metadata(home.path("audit/journal")).unwrap().len();
    let checkpoint = fs::read(home.path("elsewhere/audit.txt")).unwrap();
    home.open().keep(entry(300)).unwrap();
    let whole = fs::read(home.path("audit/journal")).unwrap();
    for end in (usize::try_from(before).unwrap() + 1..whole.len()).step_by(13) {
        // As a kill leaves it: the batch half written, the checkpoint not yet.
        fs::write(home.path("audit/journal"), &whole[..end]).unwrap();
        fs::write(home.path("elsewhere/audit.txt"), &checkpoint).unwrap();
        let seen = home.verify().unwrap();
        assert!(seen.torn_tail && seen.entries == 300);
        assert_eq!(home.open().keep(entry(9)).unwrap().seq, 302);
        let kinds: Vec<Kind> = home
            .open()
            .newest(2)
            .unwrap()
            .iter()
            .map(|e| e.body.kind)
            .collect();
        assert_eq!(kinds, [Kind::Landed, Kind::TailMended]);
        let seen = home.verify().unwrap();
        assert_eq!((seen.torn_tail, seen.entries), (false, 302));
    }
}

#[test]
fn a_batch_that_a_checkpoint_vouches_for_is_not_a_torn_tail() {
    let home = filled(300);
    let path = home.path("audit/journal");
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() - 3]).unwrap();
    let fault = home.verify().unwrap_err();
    assert!(
        matches!(fault, AuditFault::TailDropped { size: 300, .. }),
        "{fault}"
    );
    // Nothing is appended to it either, so that what was dropped stays to be seen.
    home.open().keep(entry(1)).unwrap_err();
    let mut altered = whole.clone();
    let at = altered.len() - 120;
    altered[at] ^= 1;
    fs::write(&path, &altered).unwrap();
    home.open().keep(entry(1)).unwrap_err();
    assert!(home.verify().is_err());
    fs::write(&path, &whole).unwrap();
    assert_eq!(home.open().keep(entry(1)).unwrap().seq, 301);
}

/// Changes the bytes of a file, and gives what verification says.
fn with(home: &Home, path: &str, change: impl FnOnce(&mut Vec<u8>)) -> String {
    let path = home.path(path);
    let kept = fs::read(&path).unwrap();
    let mut bytes = kept.clone();
    change(&mut bytes);
    fs::write(&path, &bytes).unwrap();
    let said = home.verify().unwrap_err().to_string();
    fs::write(&path, kept).unwrap();
    assert!(home.verify().is_ok());
    said
}

fn exchange(bytes: &mut [u8], from: &str, to: &str) {
    let at = bytes
        .windows(from.len())
        .position(|w| w == from.as_bytes())
        .unwrap();
    bytes[at..at + to.len()].copy_from_slice(to.as_bytes());
}

#[test]
fn an_altered_entry_or_tile_is_found_and_named() {
    let home = filled(3_000);
    let bundle = "audit/tile/entries/002";
    let altered = |from: &str, to: &str| with(&home, bundle, |bytes| exchange(bytes, from, to));
    assert_eq!(
        altered("\"rows\":600,", "\"rows\":601,"),
        "entry 601 has been altered"
    );
    assert_eq!(
        altered("\"rows\":767,", "\"rows\":766,"),
        "entry 768 has been altered"
    );
    assert_eq!(
        altered("\"rows\":512,", "\"rows\":513,"),
        "entry 513 has been altered"
    );
    assert_eq!(
        altered("{\"seq\":700,", "{\"seq\":701,"),
        "entry 700 is not in its place: entry 701 stands there"
    );
    assert_eq!(
        with(&home, "audit/tile/0/002", |bytes| bytes[40] ^= 1),
        "the tile `tile/0/002` is not that of the entries: it has been altered"
    );
    assert_eq!(
        with(&home, bundle, |bytes| bytes.truncate(bytes.len() - 10)),
        "entry 768 has been altered"
    );
    assert_eq!(
        with(&home, "audit/journal", |bytes| exchange(
            bytes,
            "\"rows\":2990,",
            "\"rows\":2991,"
        )),
        "entry 2991 has been altered"
    );
}

#[test]
fn a_missing_tile_is_made_again_and_a_missing_bundle_is_not() {
    let home = filled(3_000);
    fs::remove_file(home.path("audit/tile/0/003")).unwrap();
    assert_eq!(home.verify().unwrap().missing_tiles, 1);
    assert_eq!(home.verify().unwrap().missing_tiles, 0);
    fs::remove_file(home.path("audit/tile/entries/003")).unwrap();
    assert!(matches!(
        home.verify(),
        Err(AuditFault::Unreadable { entry: 769, .. })
    ));
}

#[test]
fn a_log_written_anew_is_found_by_a_checkpoint_from_elsewhere() {
    let home = filled(600);
    let kept = fs::read_to_string(home.path("elsewhere/audit.txt")).unwrap();
    let other = Home::new();
    for n in 0..900 {
        drop(other.open().keep_all(vec![entry(n + 7)]));
        if n > 2 {
            drop(other.open().keep_all((0..897).map(entry).collect()));
            break;
        }
    }
    let log = other.open();
    let against = log.against(&kept).unwrap();
    let fault = log
        .verify(&[against], &[], 1, &|_| {})
        .unwrap()
        .unwrap_err();
    assert!(
        matches!(fault, AuditFault::CheckpointDiffers { entry: 600 }),
        "{fault}"
    );
    let longer = filled(1_000);
    let log = longer.open();
    let against = log.against(&kept).unwrap();
    let verified = log.verify(&[against], &[], 2, &|_| {}).unwrap().unwrap();
    assert_eq!(verified.vouched, Some(1_000));
}

#[test]
fn what_is_published_is_a_log_as_c2sp_describes_it() {
    let home = filled(700);
    let log = home.open();
    let note = log.publish().unwrap();
    assert_eq!(note.checkpoint.size, 700);
    let read = |path: &str| log.file(path).unwrap();
    assert_eq!(read("tile/0/000").unwrap().len(), 256 * 32);
    assert_eq!(read("tile/0/002.p/188").unwrap().len(), 188 * 32);
    assert_eq!(read("tile/1/000.p/2").unwrap().len(), 2 * 32);
    let bundle = read("tile/entries/002.p/188").unwrap();
    assert_eq!(
        govern::audit::tree::bundle_lines(&bundle).unwrap().len(),
        188
    );
    // A partial tile that has become full is given in full.
    assert_eq!(read("tile/0/001.p/7").unwrap().len(), 256 * 32);
    for wrong in ["tile/0/9", "../keys", "tile/0/x000/000", "journal"] {
        assert_eq!(read(wrong), None);
    }
    let line = log.line(650).unwrap().unwrap();
    let proof = EntryProof::make(&log.tiles().unwrap(), &line, 650, note).unwrap();
    EntryProof::check(&proof.to_string(), &log.public_key()).unwrap();
    assert!(!home.path("audit/tile/0/001.p").exists());
}

#[test]
fn only_cosignatures_of_known_witnesses_on_our_checkpoints_are_taken_in() {
    let home = filled(10);
    let log = home.open();
    let witness = NoteKey::for_witness("council/witness", &[1; 32]).unwrap();
    let known = [witness.public()];
    let note = log.publish().unwrap();
    let good = note
        .clone()
        .with_line(&witness.cosign(&note.checkpoint, 77));
    let take = |text: &str| log.take_cosignatures(text, &known).unwrap();
    assert_eq!(take(note.text()), None);
    assert_eq!(take("x"), None);
    let stranger = NoteKey::for_log("test/audit", &[9; 32]).unwrap();
    let forged = stranger.sign(10, note.checkpoint.root.to_hash());
    let forged = forged
        .clone()
        .with_line(&witness.cosign(&forged.checkpoint, 77));
    assert_eq!(take(forged.text()), None);
    assert_eq!(take(good.text()), Some(1));
    assert_eq!(log.cosigned().unwrap().unwrap().text(), good.text());
    log.keep(entry(11)).unwrap();
    let later = log.publish().unwrap();
    let later = later
        .clone()
        .with_line(&witness.cosign(&later.checkpoint, 78));
    assert_eq!(take(later.text()), Some(1));
    assert_eq!(
        take(good.text()),
        None,
        "an older one does not replace a newer"
    );
    let verified = log.verify(&[], &known, 1, &|_| {}).unwrap().unwrap();
    assert_eq!(verified.cosignatures, 1);
}

/// A log as the version before tiles wrote it.
fn chain(entries: usize) -> String {
    let zeros = "0".repeat(64);
    let mut before = zeros;
    let mut log = String::new();
    for n in 1..=entries {
        let text = format!(
            r#"{{"seq":{n},"time":"2026-05-01T10:00:00.123Z","kind":"landed","actor":"ana","rows":{n},"outcome":"done","prev_hash":"{before}""#
        );
        let hash = Digest::of(format!("{before}{text}}}"));
        log = format!("{log}{text},\"hash\":\"{hash}\"}}\n");
        before = hash.as_str().to_owned();
    }
    log
}

#[test]
fn a_chain_of_an_earlier_version_becomes_the_first_leaves() {
    for (entries, tail) in [(1, ""), (255, ""), (256, ""), (700, "{\"seq\":701,\"ti")] {
        let home = Home::new();
        let old = chain(entries);
        fs::create_dir_all(home.path("audit")).unwrap();
        fs::create_dir_all(home.path("elsewhere")).unwrap();
        fs::write(home.path("audit/log.jsonl"), format!("{old}{tail}")).unwrap();
        let hash = &old.trim_end()[old.trim_end().len() - 66..][..64];
        let checkpoint = format!("test/audit\n{entries}\n{hash}\n");
        fs::write(home.path("elsewhere/audit.txt"), &checkpoint).unwrap();
        let log = home.open();
        assert_eq!(log.keep(entry(1)).unwrap().seq, entries as u64 + 2);
        let mut lines = Vec::new();
        log.each_line(0, |_, line| {
            lines.push(String::from_utf8(line.to_vec()).unwrap());
            true
        })
        .unwrap();
        assert_eq!(lines[..entries].join("\n"), old.trim_end());
        assert!(lines[entries].contains("\"kind\":\"log_migrated\""));
        let against = log.against(&checkpoint).unwrap();
        let verified = log.verify(&[against], &[], 2, &|_| {}).unwrap().unwrap();
        assert_eq!(verified.entries, entries as u64 + 2);
        let other = log
            .against(&checkpoint.replace(hash, &"0".repeat(64)))
            .unwrap();
        assert!(log.verify(&[other], &[], 2, &|_| {}).unwrap().is_err());
        // Once only.
        assert_eq!(home.open().size().unwrap(), entries as u64 + 2);
    }
}

#[test]
fn a_chain_that_was_altered_is_not_taken_over() {
    let home = Home::new();
    fs::create_dir_all(home.path("audit")).unwrap();
    fs::write(
        home.path("audit/log.jsonl"),
        chain(9).replace("\"rows\":4,", "\"rows\":5,"),
    )
    .unwrap();
    let fault = home.try_open().unwrap_err();
    let why = std::error::Error::source(&fault).unwrap().to_string();
    assert!(why.contains("entry 4 has been altered"), "{why}");
    assert!(!home.path("audit/journal").exists());
}

#[test]
fn an_entry_that_does_not_fit_stands_alone() {
    let home = Home::new();
    let log = home.open();
    let mut endless = entry(2);
    endless.actor = "x".repeat(70_000);
    let results = log.keep_all(vec![entry(1), endless, entry(3)]);
    let kept: Vec<Option<u64>> = results
        .iter()
        .map(|r| r.as_ref().ok().map(|k| k.seq))
        .collect();
    assert_eq!(kept, [Some(1), None, Some(2)]);
    assert!(matches!(results[1], Err(KeepError::TooLong { .. })));
    assert_eq!(home.verify().unwrap().entries, 2);
}

#[test]
fn the_whole_folder_gone_is_a_dropped_tail() {
    let home = filled(5);
    fs::remove_dir_all(home.path("audit")).unwrap();
    assert!(matches!(
        home.verify(),
        Err(AuditFault::TailDropped {
            entries: 0,
            size: 5
        })
    ));
    home.open().keep(entry(1)).unwrap_err();
    // Chain and bundle names stay what they are.
    assert_eq!(bundle_path(2, 256), "tile/entries/002");
    assert_eq!(Chain::start().size(), 0);
}
