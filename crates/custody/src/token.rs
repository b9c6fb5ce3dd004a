//! Keys in a PKCS#11 token: they are made there, used there, and never leave it.
//!
//! Tokens offer HMAC-SHA-256, and neither AES-SIV nor CTR under a name that all of them know. SIV is put together here
//! from AES-CMAC and AES-ECB in the token (RFC 5297; a counter block enciphered is a block of the key stream), so that
//! a sealed value is the same as from a key in a file.

use crate::{Algorithm, CustodyError, ring::Token, siv};
use cryptoki::{
    context::{CInitializeArgs, CInitializeFlags, Pkcs11},
    error::{Error, RvError},
    mechanism::Mechanism,
    object::{Attribute, KeyType, ObjectClass, ObjectHandle},
    session::{Session, UserType},
    types::AuthPin,
};
use std::{
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

const BLOCK: usize = 16;
/// What the two halves of a key for SIV are called: for the digest, and for the cipher.
const HALVES: [&str; 2] = ["mac", "enc"];

/// An open token.
pub struct Hsm {
    /// One call at a time, as a session takes them.
    session: Mutex<Session>,
    /// The library has to stay loaded as long as the session is open.
    _library: Pkcs11,
}

impl Hsm {
    /// Opens the token with a label through the library of its maker.
    pub fn open(library: &Path, label: &str, pin: &str) -> Result<Self, CustodyError> {
        let fault = |doing| move |e: Error| failed(doing, &e);
        let pkcs11 = Pkcs11::new(library).map_err(fault("be reached"))?;
        match pkcs11.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
            Ok(()) | Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => {}
            Err(e) => return Err(failed("be opened", &e)),
        }
        let slots = pkcs11.get_slots_with_token().map_err(fault("be found"))?;
        let mut found = None;
        for slot in slots {
            let info = pkcs11.get_token_info(slot).map_err(fault("be found"))?;
            if info.label().trim_end() == label {
                found = Some(slot);
            }
        }
        let slot = found.ok_or_else(|| CustodyError::Token {
            doing: "be found",
            why: format!("no slot holds a token with the label `{label}`"),
        })?;
        let session = pkcs11.open_rw_session(slot).map_err(fault("be opened"))?;
        match session.login(UserType::User, Some(&AuthPin::from(pin.to_owned()))) {
            Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => {}
            Err(e) => return Err(failed("be opened with this PIN", &e)),
        }
        Ok(Self {
            session: Mutex::new(session),
            _library: pkcs11,
        })
    }

    fn session(&self) -> MutexGuard<'_, Session> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn failed(doing: &'static str, fault: &Error) -> CustodyError {
    CustodyError::Token {
        doing,
        why: fault.to_string(),
    }
}

fn key(session: &Session, label: &str) -> Result<ObjectHandle, CustodyError> {
    let wanted = [
        Attribute::Class(ObjectClass::SECRET_KEY),
        Attribute::Label(label.as_bytes().to_vec()),
    ];
    let found = session
        .find_objects(&wanted)
        .map_err(|e| failed("be searched", &e))?;
    found.first().copied().ok_or_else(|| CustodyError::Token {
        doing: "be used",
        why: format!("it holds no key `{label}`"),
    })
}

fn half(label: &str, which: &str) -> String {
    format!("{label}/{which}")
}

fn signed(
    session: &Session,
    mechanism: &Mechanism<'_>,
    key: ObjectHandle,
    message: &[u8],
) -> Result<Vec<u8>, CustodyError> {
    session
        .sign(mechanism, key, message)
        .map_err(|e| failed("digest", &e))
}

/// The two keys of SIV in an open session.
struct Siv<'s> {
    session: &'s Session,
    mac: ObjectHandle,
    cipher: ObjectHandle,
}

impl<'s> Siv<'s> {
    fn of(session: &'s Session, label: &str) -> Result<Self, CustodyError> {
        let [mac, cipher] = HALVES.map(|which| key(session, &half(label, which)));
        Ok(Self {
            session,
            mac: mac?,
            cipher: cipher?,
        })
    }

    fn cmac(&self, message: &[u8]) -> Result<[u8; BLOCK], CustodyError> {
        let made = signed(self.session, &Mechanism::AesCMac, self.mac, message)?;
        made.try_into().map_err(|_| CustodyError::Token {
            doing: "digest",
            why: "its AES-CMAC has another length than 16 bytes".to_owned(),
        })
    }

    /// What the associated data come to: the part of S2V that all values of a domain share.
    fn about(&self, parts: &[&[u8]]) -> Result<[u8; BLOCK], CustodyError> {
        let mut sum = self.cmac(&[0; BLOCK])?;
        for part in parts {
            sum = xored(doubled(sum), self.cmac(part)?);
        }
        Ok(sum)
    }

    /// The synthetic value of a plain text: section 2.4.
    fn synthetic(&self, about: [u8; BLOCK], plain: &[u8]) -> Result<[u8; BLOCK], CustodyError> {
        let mut last = Zeroizing::new(plain.to_vec());
        let mask = if plain.len() >= BLOCK {
            about
        } else {
            last.push(0x80);
            last.resize(BLOCK, 0);
            doubled(about)
        };
        let end = last.len() - BLOCK;
        for (slot, byte) in last.iter_mut().skip(end).zip(mask) {
            *slot ^= byte;
        }
        self.cmac(&last)
    }

    /// Enciphers or deciphers: the key stream is the counter's blocks, enciphered.
    fn stream(&self, synthetic: [u8; BLOCK], text: &[u8]) -> Result<Vec<u8>, CustodyError> {
        if text.is_empty() {
            return Ok(Vec::new());
        }
        // Section 2.5: two bits are cleared, so that 32-bit counters do not carry.
        let mut counter = u128::from_be_bytes(synthetic) & !((1u128 << 63) | (1u128 << 31));
        let mut blocks = Vec::with_capacity(text.len().next_multiple_of(BLOCK));
        for _ in 0..text.len().div_ceil(BLOCK) {
            blocks.extend_from_slice(&counter.to_be_bytes());
            counter = counter.wrapping_add(1);
        }
        let stream = self
            .session
            .encrypt(&Mechanism::AesEcb, self.cipher, &blocks)
            .map_err(|e| failed("encipher", &e))?;
        Ok(text
            .iter()
            .zip(&stream)
            .map(|(text, key)| text ^ key)
            .collect())
    }
}

/// Doubling in the field of 2^128 elements: section 2.3.
const fn doubled(block: [u8; BLOCK]) -> [u8; BLOCK] {
    let value = u128::from_be_bytes(block);
    let carried = if value >> 127 == 1 { 0x87 } else { 0 };
    ((value << 1) ^ carried).to_be_bytes()
}

const fn xored(one: [u8; BLOCK], other: [u8; BLOCK]) -> [u8; BLOCK] {
    (u128::from_be_bytes(one) ^ u128::from_be_bytes(other)).to_be_bytes()
}

impl Token for Hsm {
    fn digests(&self, label: &str, messages: &[Vec<u8>]) -> Result<Vec<[u8; 32]>, CustodyError> {
        let session = self.session();
        let key = key(&session, label)?;
        messages
            .iter()
            .map(|message| {
                let made = signed(&session, &Mechanism::Sha256Hmac, key, message)?;
                made.try_into().map_err(|_| CustodyError::Token {
                    doing: "digest",
                    why: "its HMAC-SHA-256 has another length than 32 bytes".to_owned(),
                })
            })
            .collect()
    }

    fn sealed(
        &self,
        label: &str,
        domain: &str,
        values: &[&[u8]],
    ) -> Result<Vec<Vec<u8>>, CustodyError> {
        let session = self.session();
        let siv = Siv::of(&session, label)?;
        let about = siv.about(&[domain.as_bytes(), siv::VERSION])?;
        values
            .iter()
            .map(|value| {
                let synthetic = siv.synthetic(about, value)?;
                let mut sealed = synthetic.to_vec();
                sealed.extend(siv.stream(synthetic, value)?);
                Ok(sealed)
            })
            .collect()
    }

    fn opened(
        &self,
        label: &str,
        domain: &str,
        sealed: &[Vec<u8>],
    ) -> Result<Vec<Zeroizing<Vec<u8>>>, CustodyError> {
        let session = self.session();
        let siv = Siv::of(&session, label)?;
        let about = siv.about(&[domain.as_bytes(), siv::VERSION])?;
        sealed
            .iter()
            .map(|sealed| {
                let not = || siv::not_sealed(domain);
                let (shown, text) = sealed.split_at_checked(BLOCK).ok_or_else(not)?;
                let shown: [u8; BLOCK] = shown.try_into().map_err(|_| not())?;
                let plain = Zeroizing::new(siv.stream(shown, text)?);
                let right: bool = siv.synthetic(about, &plain)?.ct_eq(&shown).into();
                right.then_some(plain).ok_or_else(not)
            })
            .collect()
    }

    fn make(&self, label: &str, algorithm: Algorithm) -> Result<(), CustodyError> {
        let session = self.session();
        let template = |label: String, kind: KeyType, use_as: Attribute| {
            vec![
                Attribute::Class(ObjectClass::SECRET_KEY),
                Attribute::KeyType(kind),
                Attribute::ValueLen(32u64.into()),
                Attribute::Label(label.into_bytes()),
                Attribute::Token(true),
                Attribute::Private(true),
                Attribute::Sensitive(true),
                Attribute::Extractable(false),
                use_as,
            ]
        };
        let made = |mechanism: &Mechanism<'_>, template: &[Attribute]| {
            session
                .generate_key(mechanism, template)
                .map(|_| ())
                .map_err(|e| failed("make a key", &e))
        };
        match algorithm {
            Algorithm::HmacSha256 => {
                let sign = Attribute::Sign(true);
                let template = template(label.to_owned(), KeyType::GENERIC_SECRET, sign);
                made(&Mechanism::GenericSecretKeyGen, &template)
            }
            Algorithm::Aes256Siv => {
                let [mac, cipher] = HALVES.map(|which| half(label, which));
                let sign = Attribute::Sign(true);
                made(&Mechanism::AesKeyGen, &template(mac, KeyType::AES, sign))?;
                let encrypt = Attribute::Encrypt(true);
                made(
                    &Mechanism::AesKeyGen,
                    &template(cipher, KeyType::AES, encrypt),
                )
            }
        }
    }

    fn destroy(&self, label: &str) -> Result<(), CustodyError> {
        let session = self.session();
        let [mac, cipher] = HALVES.map(|which| half(label, which));
        for label in [label.to_owned(), mac, cipher] {
            let wanted = [
                Attribute::Class(ObjectClass::SECRET_KEY),
                Attribute::Label(label.into_bytes()),
            ];
            let found = session
                .find_objects(&wanted)
                .map_err(|e| failed("be searched", &e))?;
            for object in found {
                session
                    .destroy_object(object)
                    .map_err(|e| failed("destroy a key", &e))?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
