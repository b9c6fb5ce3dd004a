//! The secret that the data owners of a project share, and the keys that are made from it.

use super::ClkError;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

/// Fewer bytes can be guessed.
const FEWEST: usize = 16;

/// The secret of a project. It does not print itself, and its bytes are overwritten when it is dropped.
#[derive(Clone)]
pub struct Secret(Zeroizing<Vec<u8>>);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(kept)")
    }
}

impl Secret {
    /// From the bytes of a file; line ends and blanks at its end do not count, as editors add them.
    pub fn new(bytes: &[u8]) -> Result<Self, ClkError> {
        let bytes = bytes.trim_ascii_end();
        let problem = if bytes.is_empty() {
            "empty"
        } else if bytes.len() < FEWEST {
            "too short"
        } else if bytes.iter().all(|byte| Some(byte) == bytes.first()) {
            "one sign repeated"
        } else {
            return Ok(Self(Zeroizing::new(bytes.to_vec())));
        };
        Err(ClkError::Secret { problem })
    }

    /// The key for one use: nobody who has the key of one field learns that of another.
    pub(super) fn key(&self, kind: &str, name: &str) -> Key {
        // HMAC takes a key longer than a block by its digest: here always, so that none is cut short.
        let mut block = Zeroizing::new([0u8; 64]);
        let digest = Zeroizing::new(<[u8; 32]>::from(<Sha256 as sha2::Digest>::digest(&*self.0)));
        for (slot, byte) in block.iter_mut().zip(digest.iter()) {
            *slot = *byte;
        }
        let parts = [b"haven clk 1".as_slice(), kind.as_bytes(), name.as_bytes()];
        let derived = Key::of_block(&block).digest(&parts);
        let mut block = Zeroizing::new([0u8; 64]);
        for (slot, byte) in block.iter_mut().zip(derived.iter()) {
            *slot = *byte;
        }
        Key::of_block(&block)
    }
}

/// A key ready for use.
#[derive(Clone)]
pub(super) struct Key(Hmac<Sha256>);

impl Key {
    fn of_block(block: &[u8; 64]) -> Self {
        Self(Hmac::<Sha256>::new(block.into()))
    }

    /// The keyed digest of parts with a zero byte between them. Only the last part may hold one.
    pub(super) fn digest(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = self.0.clone();
        for (place, part) in parts.iter().enumerate() {
            if place > 0 {
                mac.update(&[0]);
            }
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }

    /// Keyed numbers from 0 to 65,535 without end, for one message.
    pub(super) fn numbers<'a>(&'a self, message: &'a [u8]) -> impl Iterator<Item = u16> + 'a {
        (0u32..).flat_map(move |block| {
            let mut mac = self.0.clone();
            mac.update(message);
            mac.update(&block.to_le_bytes());
            let bytes: [u8; 32] = mac.finalize().into_bytes().into();
            let (pairs, _) = bytes.as_chunks::<2>();
            let numbers: [u16; 16] =
                std::array::from_fn(|at| pairs.get(at).map_or(0, |pair| u16::from_le_bytes(*pair)));
            numbers
        })
    }
}
