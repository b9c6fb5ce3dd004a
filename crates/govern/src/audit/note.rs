//! Checkpoints: how far the log had come, as a note that the log signs and that witnesses cosign.
//!
//! The forms are those of C2SP: signed-note, tlog-checkpoint and tlog-cosignature.

use super::tree::Hash;
use crate::Digest;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use ed25519_dalek::{Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest as _, Sha256};
use signed_note::{Note, Signature, StandardVerifier, Verifier as _};
use std::fmt;
use zeroize::Zeroizing;

/// The kind of key that signs checkpoints.
const SIGNS: u8 = 1;
/// The kind of key that cosigns them.
const COSIGNS: u8 = 4;
/// How a written private key begins.
const PRIVATE: &str = "PRIVATE+KEY+";

/// The state of a log at a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log: one line of text.
    pub origin: String,
    /// How many entries it had.
    pub size: u64,
    /// The root of the tree over them.
    pub root: Digest,
}

/// A checkpoint as a note, with all its signatures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedCheckpoint {
    pub checkpoint: Checkpoint,
    text: String,
}

/// Who cosigned a checkpoint, and when.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cosigned {
    pub witness: String,
    /// Seconds since 1970.
    pub at: u64,
}

/// Why a text is not a checkpoint that can be relied on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotACheckpoint {
    /// It has another shape.
    #[error(
        "a checkpoint is a signed note: the name of the log, its number of entries, its root, an empty line, and signatures"
    )]
    Shape,
    /// It is not signed with the key that was given.
    #[error("the checkpoint is not signed with the key of the log")]
    NotSigned,
}

/// A text that is not a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a key is a name without spaces or plus signs, eight hexadecimal digits, and the key in base64, with plus signs between them"
)]
pub struct NotAKey;

/// A key with which a log signs, or a witness cosigns.
#[derive(Clone)]
pub struct NoteKey {
    name: String,
    key: SigningKey,
    kind: u8,
}

/// The public half of such a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    name: String,
    key: VerifyingKey,
    kind: u8,
}

impl fmt::Debug for NoteKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NoteKey({})", self.name)
    }
}

fn name_fits(name: &str) -> bool {
    signed_note::is_key_name_valid(name) && !name.chars().any(char::is_control)
}

/// The number of a key: the beginning of a digest over its name, kind and bytes.
fn number(name: &str, kind: u8, key: &VerifyingKey) -> u32 {
    let mut bytes = vec![kind];
    bytes.extend_from_slice(key.as_bytes());
    let mut hasher = Sha256::new();
    hasher.update(name.as_bytes());
    hasher.update(b"\n");
    hasher.update(&bytes);
    let digest: [u8; 32] = hasher.finalize().into();
    u32::from_be_bytes(*digest.first_chunk::<4>().unwrap_or(&[0; 4]))
}

/// A key in its written form: name, number, kind and bytes.
fn parse(text: &str) -> Option<(&str, u32, u8, Zeroizing<[u8; 32]>)> {
    let mut parts = text.trim().splitn(3, '+');
    let (name, id, key) = (parts.next()?, parts.next()?, parts.next()?);
    let bytes = Zeroizing::new(BASE64_STANDARD.decode(key).ok()?);
    let (kind, key) = bytes.split_first()?;
    let key: [u8; 32] = key.try_into().ok()?;
    let id = (id.len() == 8).then(|| u32::from_str_radix(id, 16).ok())??;
    name_fits(name).then_some((name, id, *kind, Zeroizing::new(key)))
}

impl NoteKey {
    /// A key of a log, from 32 random bytes.
    pub fn for_log(name: &str, seed: &[u8; 32]) -> Result<Self, NotAKey> {
        Self::new(name, seed, SIGNS)
    }

    /// A key of a witness, from 32 random bytes.
    pub fn for_witness(name: &str, seed: &[u8; 32]) -> Result<Self, NotAKey> {
        Self::new(name, seed, COSIGNS)
    }

    fn new(name: &str, seed: &[u8; 32], kind: u8) -> Result<Self, NotAKey> {
        if !name_fits(name) {
            return Err(NotAKey);
        }
        Ok(Self {
            name: name.to_owned(),
            key: SigningKey::from_bytes(seed),
            kind,
        })
    }

    /// Reads a key from the text of its file.
    pub fn parse(text: &str) -> Result<Self, NotAKey> {
        let found = text.trim().strip_prefix(PRIVATE).and_then(parse);
        let (name, id, kind, seed) = found.ok_or(NotAKey)?;
        let key = Self::new(name, &seed, kind)?;
        let known = matches!(kind, SIGNS | COSIGNS);
        if known && id == number(name, kind, &key.key.verifying_key()) {
            Ok(key)
        } else {
            Err(NotAKey)
        }
    }

    /// The text of its file.
    pub fn to_file_text(&self) -> Zeroizing<String> {
        let mut bytes = Zeroizing::new(vec![self.kind]);
        bytes.extend_from_slice(self.key.as_bytes());
        let id = number(&self.name, self.kind, &self.key.verifying_key());
        let encoded = Zeroizing::new(BASE64_STANDARD.encode(bytes.as_slice()));
        Zeroizing::new(format!("{PRIVATE}{}+{id:08x}+{}\n", self.name, *encoded))
    }

    /// The public half.
    pub fn public(&self) -> PublicKey {
        PublicKey {
            name: self.name.clone(),
            key: self.key.verifying_key(),
            kind: self.kind,
        }
    }

    /// Signs a checkpoint; its origin is the name of the key.
    pub fn sign(&self, size: u64, root: Hash) -> SignedCheckpoint {
        let checkpoint = Checkpoint {
            origin: self.name.clone(),
            size,
            root: Digest::from_hash(root),
        };
        let body = checkpoint.to_string();
        let signature = self.key.sign(body.as_bytes()).to_bytes();
        let line = signature_line(&self.name, self.id(), &signature);
        SignedCheckpoint {
            text: format!("{body}\n{line}"),
            checkpoint,
        }
    }

    /// A line by which a witness cosigns a checkpoint at a moment, in seconds since 1970.
    pub fn cosign(&self, checkpoint: &Checkpoint, at: u64) -> String {
        let message = cosigned_message(at, checkpoint.to_string().as_bytes());
        let mut signature = at.to_be_bytes().to_vec();
        signature.extend_from_slice(&self.key.sign(&message).to_bytes());
        signature_line(&self.name, self.id(), &signature)
    }

    fn id(&self) -> u32 {
        number(&self.name, self.kind, &self.key.verifying_key())
    }
}

fn signature_line(name: &str, id: u32, signature: &[u8]) -> String {
    let mut bytes = id.to_be_bytes().to_vec();
    bytes.extend_from_slice(signature);
    format!("\u{2014} {name} {}\n", BASE64_STANDARD.encode(bytes))
}

fn cosigned_message(at: u64, body: &[u8]) -> Vec<u8> {
    let mut message = format!("cosignature/v1\ntime {at}\n").into_bytes();
    message.extend_from_slice(body);
    message
}

impl PublicKey {
    /// Reads a public key: `name+1234abcd+base64`.
    pub fn parse(text: &str) -> Result<Self, NotAKey> {
        let (name, id, kind, bytes) = parse(text).ok_or(NotAKey)?;
        let key = VerifyingKey::from_bytes(&bytes).map_err(|_| NotAKey)?;
        let known = matches!(kind, SIGNS | COSIGNS);
        if known && id == number(name, kind, &key) {
            Ok(Self {
                name: name.to_owned(),
                key,
                kind,
            })
        } else {
            Err(NotAKey)
        }
    }

    /// The name: of a log its origin.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it is the key of a witness.
    pub fn cosigns(&self) -> bool {
        self.kind == COSIGNS
    }

    /// The moment at which this key signed, 0 for a log; `None` where it did not.
    fn signed(&self, body: &str, signature: &Signature) -> Option<u64> {
        if signature.name() != self.name
            || signature.id() != number(&self.name, self.kind, &self.key)
        {
            return None;
        }
        if self.kind == SIGNS {
            let verifier = StandardVerifier::new(&self.to_string()).ok()?;
            return verifier
                .verify(body.as_bytes(), signature.signature())
                .then_some(0);
        }
        let (at, signed) = signature.signature().split_first_chunk::<8>()?;
        let at = u64::from_be_bytes(*at);
        let signed = ed25519_dalek::Signature::from_slice(signed).ok()?;
        self.key
            .verify_strict(&cosigned_message(at, body.as_bytes()), &signed)
            .ok()
            .map(|()| at)
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = vec![self.kind];
        bytes.extend_from_slice(self.key.as_bytes());
        let id = number(&self.name, self.kind, &self.key);
        write!(
            f,
            "{}+{id:08x}+{}",
            self.name,
            BASE64_STANDARD.encode(bytes)
        )
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let root = BASE64_STANDARD.encode(self.root.to_hash().0);
        writeln!(f, "{}\n{}\n{root}", self.origin, self.size)
    }
}

impl SignedCheckpoint {
    /// Reads a note without looking at its signatures.
    pub fn read(text: &str) -> Result<Self, NotACheckpoint> {
        let note = Note::from_bytes(text.as_bytes()).map_err(|_| NotACheckpoint::Shape)?;
        let body = std::str::from_utf8(note.text()).map_err(|_| NotACheckpoint::Shape)?;
        let mut lines = body.lines();
        let mut next = || lines.next().ok_or(NotACheckpoint::Shape);
        let (origin, size, root) = (next()?, next()?, next()?);
        let root: [u8; 32] = BASE64_STANDARD
            .decode(root)
            .ok()
            .and_then(|bytes| bytes.try_into().ok())
            .ok_or(NotACheckpoint::Shape)?;
        let checkpoint = Checkpoint {
            origin: origin.to_owned(),
            size: size.parse().map_err(|_| NotACheckpoint::Shape)?,
            root: Digest::from_hash(Hash(root)),
        };
        // Our checkpoints have no lines beyond the three, and a witness must not cosign what it does not read.
        if checkpoint.to_string() == body && !origin.is_empty() {
            Ok(Self {
                checkpoint,
                text: text.to_owned(),
            })
        } else {
            Err(NotACheckpoint::Shape)
        }
    }

    /// Reads a note that a log signed.
    pub fn open(text: &str, key: &PublicKey) -> Result<Self, NotACheckpoint> {
        let read = Self::read(text)?;
        let signed = read
            .signatures()
            .iter()
            .any(|signature| key.signed(&read.body(), signature).is_some());
        if signed && read.checkpoint.origin == key.name {
            Ok(read)
        } else {
            Err(NotACheckpoint::NotSigned)
        }
    }

    /// Who of these witnesses cosigned it, and when.
    pub fn cosigned(&self, witnesses: &[PublicKey]) -> Vec<Cosigned> {
        let body = self.body();
        let mut all: Vec<Cosigned> = self
            .signatures()
            .iter()
            .flat_map(|signature| {
                witnesses
                    .iter()
                    .filter(|key| key.cosigns())
                    .filter_map(|key| {
                        Some(Cosigned {
                            witness: key.name.clone(),
                            at: key.signed(&body, signature)?,
                        })
                    })
            })
            .collect();
        all.sort();
        all.dedup_by(|a, b| a.witness == b.witness);
        all
    }

    /// The same note with those lines of another that these witnesses signed and that it does not have.
    #[must_use]
    pub fn with_cosignatures(mut self, other: &Self, witnesses: &[PublicKey]) -> Self {
        if other.checkpoint != self.checkpoint {
            return self;
        }
        let body = self.body();
        for signature in other.signatures() {
            let known = witnesses
                .iter()
                .any(|key| key.cosigns() && key.signed(&body, &signature).is_some());
            let has = self
                .signatures()
                .iter()
                .any(|own| own.name() == signature.name() && own.id() == signature.id());
            if known && !has {
                let line = signature.to_bytes();
                self.text.push_str(&String::from_utf8_lossy(&line));
            }
        }
        self
    }

    /// The same note with one line more.
    #[must_use]
    pub fn with_line(mut self, line: &str) -> Self {
        self.text.push_str(line);
        self
    }

    /// The note.
    pub fn text(&self) -> &str {
        &self.text
    }

    fn body(&self) -> String {
        self.checkpoint.to_string()
    }

    fn signatures(&self) -> Vec<Signature> {
        self.text
            .rsplit_once("\n\n")
            .map(|(_, lines)| {
                lines
                    .lines()
                    .filter_map(|line| Signature::from_bytes(line.as_bytes()).ok())
                    .collect()
            })
            .unwrap_or_default()
    }
}
