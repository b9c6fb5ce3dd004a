//! The log proves itself: every change to it is found, and the first entry concerned is named.

use super::moment;
use crate::{
    AuditFault, Chain, Checkpoint, Digest, EntryBody, Kind, ObjectKind, Outcome, Verified,
    audit::lines, verify,
};

/// A log of some entries, of different kinds and lengths, and its checkpoint.
fn log(entries: u64) -> (Vec<u8>, Checkpoint) {
    let mut chain = Chain::start();
    let mut text = Vec::new();
    for n in 0..entries {
        let mut body = EntryBody::new(
            moment("2026-05-01T12:00:00Z") + chrono::TimeDelta::seconds(i64::try_from(n).unwrap()),
            if n % 2 == 0 {
                Kind::DecisionAllowed
            } else {
                Kind::Answered
            },
            "ana",
            Outcome::Done,
        );
        body.object_kind = Some(ObjectKind::Question);
        body.object_digest = (n % 3 == 0).then(|| Digest::of(n.to_string()));
        body.rows = (n % 2 == 1).then_some(n);
        body.reason = (n % 4 == 0).then(|| format!("Zoë said \"{n}\" \\ {{}}"));
        let (entry, line) = chain.next(body).unwrap();
        text.extend_from_slice(line.as_bytes());
        text.push(b'\n');
        chain.accept(&entry);
    }
    (text, chain.checkpoint("haven.example/audit"))
}

fn prove(text: &[u8], checkpoint: Option<&Checkpoint>) -> Result<Verified, AuditFault> {
    verify(lines(text), checkpoint)
}

fn line_of(text: &[u8], offset: usize) -> u64 {
    text[..offset]
        .iter()
        .fold(1, |n, b| n + u64::from(*b == b'\n'))
}

fn entry_of(fault: &AuditFault) -> u64 {
    match fault {
        AuditFault::Unreadable { entry, .. }
        | AuditFault::Altered { entry }
        | AuditFault::OutOfPlace { entry, .. }
        | AuditFault::Unlinked { entry }
        | AuditFault::CheckpointDiffers { entry } => *entry,
        AuditFault::TailDropped { entries, .. } => entries + 1,
    }
}

#[test]
fn a_log_that_was_not_touched_is_whole() {
    let (text, checkpoint) = log(20);
    let verified = prove(&text, Some(&checkpoint)).unwrap();
    assert_eq!(
        verified.to_string(),
        "20 entries, each as it was written; the checkpoint vouches for 20"
    );
    assert_eq!(verified.hash, checkpoint.hash);
    assert_eq!(verified.last, Some(moment("2026-05-01T12:00:19Z")));
    let (none, start) = log(0);
    assert_eq!(prove(&none, Some(&start)).unwrap().entries, 0);
}

#[test]
fn a_log_that_has_grown_since_its_checkpoint_is_whole() {
    let (text, _) = log(20);
    let (_, earlier) = log(12);
    assert_eq!(prove(&text, Some(&earlier)).unwrap().vouched, Some(12));
}

#[test]
fn every_change_of_a_byte_is_found_where_it_is() {
    let (text, checkpoint) = log(6);
    for offset in 0..text.len() {
        let line = line_of(&text, offset);
        for flip in [
            1u8, 2, 4, 8, 16, 32, 64, 128, b'\n', b'\r', b' ', b'"', b'}', b'\\',
        ] {
            let mut altered = text.clone();
            altered[offset] ^= flip;
            for set in [flip, altered[offset]] {
                altered[offset] = set;
                if altered == text {
                    continue;
                }
                let fault = prove(&altered, Some(&checkpoint)).unwrap_err();
                assert_eq!(entry_of(&fault), line, "byte {offset} to {set}: {fault}");
                // Without a checkpoint too. Only the last line end may look like a cut-off line.
                if offset + 1 < text.len() {
                    let fault = prove(&altered, None).unwrap_err();
                    assert_eq!(entry_of(&fault), line, "byte {offset} to {set}: {fault}");
                }
            }
        }
    }
}

#[test]
fn a_byte_put_in_or_taken_out_is_found() {
    let (text, checkpoint) = log(5);
    for offset in 0..text.len() {
        let line = line_of(&text, offset);
        let mut shorter = text.clone();
        shorter.remove(offset);
        // Without its line end the last entry is still whole.
        if offset + 1 < text.len() {
            let fault = prove(&shorter, Some(&checkpoint)).unwrap_err();
            assert_eq!(entry_of(&fault), line, "without byte {offset}: {fault}");
        }
        for byte in [b'0', b' ', b'\n', b'"', b'a'] {
            let mut longer = text.clone();
            longer.insert(offset, byte);
            // A line end beside a line end makes an empty line after the entry.
            let at = line + u64::from(byte == b'\n' && text[offset] == b'\n');
            let fault = prove(&longer, Some(&checkpoint)).unwrap_err();
            assert_eq!(entry_of(&fault), at, "with {byte} at {offset}: {fault}");
        }
    }
    let mut longer = text.clone();
    longer.push(b'\n');
    assert!(matches!(
        prove(&longer, Some(&checkpoint)),
        Err(AuditFault::Altered { entry: 6 })
    ));
}

fn split(text: &[u8]) -> Vec<Vec<u8>> {
    text.split_inclusive(|b| *b == b'\n')
        .map(<[u8]>::to_vec)
        .collect()
}

#[test]
fn entries_dropped_swapped_repeated_or_put_in_are_found() {
    let (text, checkpoint) = log(8);
    let (other, _) = log(9);
    let entries = split(&text);
    for i in 0..entries.len() {
        let at = i as u64 + 1;
        let mut dropped = entries.clone();
        dropped.remove(i);
        assert_eq!(
            entry_of(&prove(&dropped.concat(), Some(&checkpoint)).unwrap_err()),
            at
        );

        let mut repeated = entries.clone();
        repeated.insert(i, entries[i].clone());
        assert_eq!(
            entry_of(&prove(&repeated.concat(), Some(&checkpoint)).unwrap_err()),
            at + 1
        );

        let mut inserted = entries.clone();
        inserted.insert(i, split(&other)[8].clone());
        assert_eq!(
            entry_of(&prove(&inserted.concat(), Some(&checkpoint)).unwrap_err()),
            at
        );

        for j in i + 1..entries.len() {
            let mut swapped = entries.clone();
            swapped.swap(i, j);
            assert_eq!(
                entry_of(&prove(&swapped.concat(), Some(&checkpoint)).unwrap_err()),
                at
            );
        }
    }
}

#[test]
fn an_entry_written_anew_is_found_by_the_one_after_it() {
    let (text, _) = log(5);
    let entries = split(&text);
    // The third entry is replaced by one that is whole, numbered right, and follows the second.
    let two = std::str::from_utf8(&entries[1]).unwrap().trim_end();
    let chain = Chain::after(&crate::Entry::read(two).unwrap());
    let forged = EntryBody::new(
        moment("2026-05-01T12:00:02Z"),
        Kind::Landed,
        "eve",
        Outcome::Done,
    );
    let (_, line) = chain.next(forged).unwrap();
    let mut altered = entries.clone();
    altered[2] = format!("{line}\n").into_bytes();
    assert!(matches!(
        prove(&altered.concat(), None),
        Err(AuditFault::Unlinked { entry: 4 })
    ));
}

#[test]
fn a_log_written_anew_is_found_by_the_checkpoint() {
    let (_, checkpoint) = log(5);
    let mut chain = Chain::start();
    let mut text = String::new();
    for _ in 0..7 {
        let body = EntryBody::new(
            moment("2026-05-01T12:00:00Z"),
            Kind::Landed,
            "eve",
            Outcome::Done,
        );
        let (entry, line) = chain.next(body).unwrap();
        text.push_str(&line);
        text.push('\n');
        chain.accept(&entry);
    }
    assert!(prove(text.as_bytes(), None).is_ok());
    assert!(matches!(
        prove(text.as_bytes(), Some(&checkpoint)),
        Err(AuditFault::CheckpointDiffers { entry: 5 })
    ));
}

#[test]
fn a_dropped_tail_is_found_by_the_checkpoint() {
    let (text, checkpoint) = log(6);
    let entries = split(&text);
    for kept in 0..6u64 {
        let short = entries[..usize::try_from(kept).unwrap()].concat();
        assert!(prove(&short, None).is_ok());
        match prove(&short, Some(&checkpoint)) {
            Err(AuditFault::TailDropped { entries, size: 6 }) => assert_eq!(entries, kept),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_line_cut_off_while_it_was_written_is_told_from_tampering() {
    let (text, _) = log(6);
    let (five, checkpoint) = log(5);
    for end in five.len() + 1..text.len() - 1 {
        let verified = prove(&text[..end], Some(&checkpoint)).unwrap();
        assert!(verified.torn_tail);
        assert_eq!(verified.entries, 5);
    }
    assert_eq!(
        prove(&text[..five.len() + 40], Some(&checkpoint))
            .unwrap()
            .to_string(),
        "5 entries, each as it was written; torn tail after entry 5: a line was cut off while it was written; the checkpoint vouches for 5"
    );
    // All but its line end: the entry is whole.
    let verified = prove(&text[..text.len() - 1], Some(&checkpoint)).unwrap();
    assert_eq!((verified.entries, verified.torn_tail), (6, false));
    // The same cut, in an entry that a checkpoint vouches for, is a dropped tail.
    let (_, six) = log(6);
    assert!(matches!(
        prove(&text[..text.len() - 5], Some(&six)),
        Err(AuditFault::TailDropped {
            entries: 5,
            size: 6
        })
    ));
    // A cut-off line that is not the last is tampering.
    let mut middle = split(&text);
    middle[2].truncate(50);
    middle[2].push(b'\n');
    assert!(matches!(
        prove(&middle.concat(), None),
        Err(AuditFault::Altered { entry: 3 })
    ));
}

#[test]
fn a_chain_goes_on_where_a_log_ended() {
    let (text, checkpoint) = log(5);
    let verified = prove(&text, None).unwrap();
    let chain = Chain::resume(&verified);
    assert_eq!(chain.checkpoint("haven.example/audit"), checkpoint);
    let body = EntryBody::new(
        moment("2026-05-02T12:00:00Z"),
        Kind::TailMended,
        "haven",
        Outcome::Done,
    );
    let (_, line) = chain.next(body).unwrap();
    let longer = [text, line.into_bytes()].concat();
    assert_eq!(prove(&longer, Some(&checkpoint)).unwrap().entries, 6);
}

#[test]
fn a_file_that_is_no_log_is_told_in_bounded_memory() {
    let endless = std::io::BufReader::new(std::io::repeat(b'x'));
    assert!(matches!(
        verify(lines(endless), None),
        Err(AuditFault::Unreadable { entry: 1, .. })
    ));
    assert!(matches!(
        prove(b"a picture, say\n", None),
        Err(AuditFault::Altered { entry: 1 })
    ));
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
}
