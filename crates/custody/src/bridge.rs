//! Bridges: from the pseudonyms of an earlier key to those of the next, for whoever has the keys and nobody else.
//!
//! A bridge is a file of pairs in the order of their first half: a keyed digest of the earlier pseudonym, by which a
//! pair is found, and the new pseudonym sealed. Without the ring it shows how many people there are, and no more.

use crate::{
    CustodyError, Kind, Ring,
    key::{key_number, written},
    protect::write_whole,
};
use sha2::{Digest, Sha256};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

const MARK: &[u8; 8] = b"HAVENB01";
/// 16 bytes to find it by, and 16 bytes sealed, which AES-SIV makes 32.
const RECORD: usize = 48;
const FOUND_BY: usize = 16;

/// A bridge between the pseudonyms of two keys.
#[derive(Debug)]
pub struct Bridge;

impl Bridge {
    /// The domain of the keys that bridges are sealed with.
    pub const DOMAIN: &'static str = "bridge";

    /// Makes the bridge of a domain from an earlier key to the one in use, in a folder, whole or not at all.
    pub(crate) fn build(
        ring: &Ring,
        folder: &Path,
        domain: &str,
        from: &str,
        kind: Kind,
        pairs: &[(&str, &str)],
    ) -> Result<usize, CustodyError> {
        let to = ring
            .in_use(domain)
            .ok_or_else(|| CustodyError::NoKey(domain.to_owned()))?;
        if from == to {
            return Err(CustodyError::Cannot(
                "a bridge leads from an earlier key to the one in use, and this one is in use",
            ));
        }
        let (earlier, later): (Vec<&str>, Vec<&str>) = pairs.iter().copied().unzip();
        let earlier = ring.pseudonyms(domain, Some(from), kind, &earlier)?;
        let earlier: Vec<&str> = earlier.iter().map(String::as_str).collect();
        let places = places(ring, domain, &earlier)?;
        let key = ring.key_for(domain, Some(&to))?;
        let later = ring.digests(domain, &key, kind, &later)?;
        let later: Vec<&[u8]> = later
            .iter()
            .map(|d| d.get(..16).unwrap_or_default())
            .collect();
        let sealed = ring.siv_sealed(domain, ring.siv_key(Self::DOMAIN, None)?, &later)?;
        let records: BTreeMap<[u8; FOUND_BY], Vec<u8>> = places.into_iter().zip(sealed).collect();
        let mut bytes = Vec::with_capacity(MARK.len() + records.len() * RECORD);
        bytes.extend_from_slice(MARK);
        for (place, sealed) in &records {
            bytes.extend_from_slice(place);
            bytes.extend_from_slice(sealed);
        }
        let path = place(folder, domain, from, &to);
        write_whole(&path, &bytes, true).map_err(CustodyError::file("write the bridge", &path))?;
        Ok(records.len())
    }

    /// Leads pseudonyms to those of the key in use, over as many bridges as there are keys between.
    pub(crate) fn lead(
        ring: &Ring,
        folder: &Path,
        domain: &str,
        pseudonyms: &[&str],
    ) -> Result<Vec<Option<String>>, CustodyError> {
        let to = ring
            .in_use(domain)
            .ok_or_else(|| CustodyError::NoKey(domain.to_owned()))?;
        let mut now: Vec<Option<String>> = Vec::with_capacity(pseudonyms.len());
        for pseudonym in pseudonyms {
            id_of(pseudonym).ok_or(CustodyError::Cannot("this is no pseudonym"))?;
            now.push(Some((*pseudonym).to_owned()));
        }
        // Each bridge leads to a later key, so that there are no more turns than keys.
        for _ in 0..ring.facts().len() {
            let Some(from) = now
                .iter()
                .flatten()
                .find_map(|p| id_of(p).filter(|id| *id != to))
            else {
                break;
            };
            let from = from.to_owned();
            let (path, next) = bridge_from(ring, folder, domain, &from)?;
            let records = read(&path)?;
            let here: Vec<usize> = (0..now.len())
                .filter(|place| {
                    let pseudonym = now.get(*place).and_then(Option::as_deref);
                    pseudonym.and_then(id_of) == Some(from.as_str())
                })
                .collect();
            let texts: Vec<&str> = here
                .iter()
                .filter_map(|place| now.get(*place).and_then(Option::as_deref))
                .collect();
            let found_by = places(ring, domain, &texts)?;
            let mut led = Vec::with_capacity(here.len());
            for place in &found_by {
                led.push(match sealed_at(&records, place) {
                    Some(sealed) => {
                        let key = ring.siv_key(Self::DOMAIN, None)?;
                        let opened = ring.siv_opened(domain, key, sealed.to_vec());
                        let bytes = opened.map_err(|_| damaged(&path))?;
                        Some(written(&next, &bytes))
                    }
                    None => None,
                });
            }
            for (place, led) in here.into_iter().zip(led) {
                if let Some(slot) = now.get_mut(place) {
                    *slot = led;
                }
            }
        }
        Ok(now)
    }
}

/// The key's id of a pseudonym.
fn id_of(pseudonym: &str) -> Option<&str> {
    let (id, digits) = pseudonym.split_once('-')?;
    let shaped = digits.len() == 32 && digits.bytes().all(|b| b.is_ascii_hexdigit());
    (shaped && key_number(id).is_some()).then_some(id)
}

/// By what pairs are found: a digest under the bridges' own key.
fn places(
    ring: &Ring,
    domain: &str,
    pseudonyms: &[&str],
) -> Result<Vec<[u8; FOUND_BY]>, CustodyError> {
    let key = ring.key_for(Bridge::DOMAIN, None)?;
    let values: Vec<String> = pseudonyms
        .iter()
        .map(|p| format!("{domain}\0{p}"))
        .collect();
    let values: Vec<&str> = values.iter().map(String::as_str).collect();
    let digests = ring.digests(Bridge::DOMAIN, &key, Kind::Bridge, &values)?;
    Ok(digests
        .iter()
        .map(|digest| {
            let mut place = [0u8; FOUND_BY];
            for (slot, byte) in place.iter_mut().zip(digest) {
                *slot = *byte;
            }
            place
        })
        .collect())
}

/// The name of a bridge's file: the domain by its digest, so that no recipient shows in a list of files.
fn place(folder: &Path, domain: &str, from: &str, to: &str) -> PathBuf {
    folder.join(format!("{}-{from}-{to}.bridge", shown(domain)))
}

fn shown(domain: &str) -> String {
    let digest = hex::encode(Sha256::digest(domain.as_bytes()));
    digest.get(..24).unwrap_or_default().to_owned()
}

/// The bridge that begins at a key and leads furthest.
fn bridge_from(
    ring: &Ring,
    folder: &Path,
    domain: &str,
    from: &str,
) -> Result<(PathBuf, String), CustodyError> {
    let facts = ring.facts();
    let ids = facts
        .iter()
        .filter(|key| key.domain == domain)
        .map(|key| key.id.clone());
    let mut later: Vec<String> = ids
        .filter(|id| key_number(id).map(|n| n.1) > key_number(from).map(|n| n.1))
        .collect();
    later.sort_by_key(|id| key_number(id).map(|n| n.1));
    later
        .into_iter()
        .rev()
        .map(|to| (place(folder, domain, from, &to), to))
        .find(|(path, _)| path.exists())
        .ok_or_else(|| CustodyError::NoBridge {
            domain: domain.to_owned(),
            from: from.to_owned(),
        })
}

fn read(path: &Path) -> Result<Vec<u8>, CustodyError> {
    let bytes = std::fs::read(path).map_err(CustodyError::file("read the bridge", path))?;
    match bytes.strip_prefix(MARK) {
        Some(records) if records.len() % RECORD == 0 => Ok(records.to_vec()),
        _ => Err(damaged(path)),
    }
}

fn damaged(path: &Path) -> CustodyError {
    CustodyError::BadBridge {
        path: path.display().to_string(),
    }
}

/// What is sealed under a place, by halving.
fn sealed_at<'r>(records: &'r [u8], place: &[u8; FOUND_BY]) -> Option<&'r [u8]> {
    let (mut low, mut high) = (0, records.len() / RECORD);
    while low < high {
        let middle = low.midpoint(high);
        let record = records.get(middle * RECORD..(middle + 1) * RECORD)?;
        let (found_by, sealed) = record.split_at(FOUND_BY);
        match found_by.cmp(place.as_slice()) {
            std::cmp::Ordering::Equal => return Some(sealed),
            std::cmp::Ordering::Less => low = middle + 1,
            std::cmp::Ordering::Greater => high = middle,
        }
    }
    None
}
