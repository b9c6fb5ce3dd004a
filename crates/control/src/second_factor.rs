//! The second factor: codes of an authenticator (RFC 6238), and recovery codes for the day on which it is lost.
//!
//! The secret rests sealed under the accounts' key together with the name of its owner, so that neither the database
//! alone nor another row of it gives a code. A code counts once.

use crate::{
    Control, ControlError,
    accounts::plain,
    row::{Read, first},
    secret::digest,
    time::to_millis,
};
use aes_gcm::{
    Aes256Gcm, KeyInit,
    aead::{Aead, Nonce, Payload},
};
use chrono::{DateTime, Utc};
use std::fmt;
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};
use totp_rs::{Algorithm, Builder, Totp};
use zeroize::Zeroizing;

/// The length of a step in seconds, and how many digits a code has: what every authenticator knows.
const STEP: u64 = 30;
const DIGITS: u8 = 6;
/// 160 bits, as RFC 4226 asks for.
const SECRET_BYTES: usize = 20;
const NONCE_BYTES: usize = 12;
/// How many recovery codes there are, and how many bytes of chance each has.
const RECOVERY_CODES: usize = 10;
const RECOVERY_BYTES: usize = 10;
/// Letters that nobody takes for one another.
const LETTERS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// The key under which secrets of accounts rest. It never prints.
#[derive(Clone)]
pub struct AccountKey(Zeroizing<[u8; 32]>);

/// Where somebody stands with their second factor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecondFactor {
    /// Since when it counts.
    pub since: DateTime<Utc>,
    /// How many recovery codes are left.
    pub codes_left: u64,
}

/// What an authenticator needs to know, for its owner's eyes alone.
pub struct Enrolment {
    /// The address that an authenticator opens.
    pub address: Zeroizing<String>,
    /// The secret in letters, for an authenticator that has to be told.
    pub secret: Zeroizing<String>,
}

/// Codes that each count once, for the day on which the authenticator is lost.
pub struct RecoveryCodes(Vec<Zeroizing<String>>);

impl AccountKey {
    /// A new random key.
    pub fn generate() -> Result<Self, ControlError> {
        let mut bytes = Zeroizing::new([0u8; 32]);
        getrandom::fill(bytes.as_mut()).map_err(|_| ControlError::Random)?;
        Ok(Self(bytes))
    }

    /// From 64 hexadecimal digits, as a key file holds them.
    pub fn parse(text: &str) -> Result<Self, ControlError> {
        let mut bytes = Zeroizing::new([0u8; 32]);
        hex::decode_to_slice(text.trim(), bytes.as_mut()).map_err(|_| ControlError::Form {
            what: "the key of the accounts",
            wanted: "is 64 hexadecimal digits",
        })?;
        Ok(Self(bytes))
    }

    /// The text of its file.
    pub fn to_file_text(&self) -> Zeroizing<String> {
        Zeroizing::new(format!("{}\n", hex::encode(self.0.as_ref())))
    }

    fn seal(&self, owner: &str, plain: &[u8]) -> Result<String, ControlError> {
        let mut nonce = [0u8; NONCE_BYTES];
        getrandom::fill(&mut nonce).map_err(|_| ControlError::Random)?;
        let payload = Payload {
            msg: plain,
            aad: owner.as_bytes(),
        };
        let sealed = self
            .cipher()?
            .encrypt(&Nonce::<Aes256Gcm>::from(nonce), payload)
            .map_err(|_| ControlError::Sealed)?;
        Ok(format!("{}{}", hex::encode(nonce), hex::encode(sealed)))
    }

    fn open(&self, owner: &str, sealed: &str) -> Result<Zeroizing<Vec<u8>>, ControlError> {
        let bytes = hex::decode(sealed).map_err(|_| ControlError::Sealed)?;
        let (nonce, sealed) = bytes
            .split_first_chunk::<NONCE_BYTES>()
            .ok_or(ControlError::Sealed)?;
        let payload = Payload {
            msg: sealed,
            aad: owner.as_bytes(),
        };
        self.cipher()?
            .decrypt(&Nonce::<Aes256Gcm>::from(*nonce), payload)
            .map(Zeroizing::new)
            .map_err(|_| ControlError::Sealed)
    }

    fn cipher(&self) -> Result<Aes256Gcm, ControlError> {
        Aes256Gcm::new_from_slice(self.0.as_ref()).map_err(|_| ControlError::Sealed)
    }
}

impl fmt::Debug for AccountKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("‹accounts' key›")
    }
}

impl fmt::Debug for Enrolment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("‹enrolment›")
    }
}

impl fmt::Debug for RecoveryCodes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("‹recovery codes›")
    }
}

impl RecoveryCodes {
    /// The codes as text, for the page on which their owner sees them once.
    pub fn reveal(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|code| code.as_str())
    }

    fn new() -> Result<Self, ControlError> {
        let mut codes = Vec::with_capacity(RECOVERY_CODES);
        for _ in 0..RECOVERY_CODES {
            let mut bytes = Zeroizing::new([0u8; RECOVERY_BYTES]);
            getrandom::fill(bytes.as_mut()).map_err(|_| ControlError::Random)?;
            codes.push(in_letters(bytes.as_ref()));
        }
        Ok(Self(codes))
    }
}

impl Control {
    /// Where somebody stands with their second factor; `None` where they have none that counts.
    pub async fn second_factor(
        &self,
        username: &str,
    ) -> Result<Option<SecondFactor>, ControlError> {
        let rows = sqlx::query(
            "SELECT f.confirmed_at, (SELECT COUNT(*) FROM recovery_codes c
                 WHERE c.username = f.username) AS codes
             FROM second_factors f WHERE f.username = $1 AND f.confirmed_at IS NOT NULL",
        )
        .bind(plain(username))
        .fetch_all(&self.pool)
        .await?;
        let Some(row) = first(rows) else {
            return Ok(None);
        };
        let row = Read(&row);
        Ok(Some(SecondFactor {
            since: row.moment("confirmed_at")?,
            codes_left: row.count("codes")?,
        }))
    }

    /// Makes a new secret for somebody who has no second factor that counts. `false` where they have one.
    pub async fn begin_second_factor(
        &self,
        username: &str,
        key: &AccountKey,
        now: DateTime<Utc>,
    ) -> Result<bool, ControlError> {
        let username = self.known(username).await?;
        let mut secret = Zeroizing::new([0u8; SECRET_BYTES]);
        getrandom::fill(secret.as_mut()).map_err(|_| ControlError::Random)?;
        let made = sqlx::query(
            "INSERT INTO second_factors (username, secret, created_at, last_step)
             VALUES ($1, $2, $3, 0)
             ON CONFLICT (username) DO UPDATE SET secret = $2, created_at = $3, last_step = 0
                 WHERE second_factors.confirmed_at IS NULL",
        )
        .bind(&username)
        .bind(key.seal(&username, secret.as_ref())?)
        .bind(to_millis(now))
        .execute(&self.pool)
        .await?
        .rows_affected();
        Ok(made == 1)
    }

    /// What the authenticator of somebody who is setting one up has to be told; `None` where nothing is under way.
    pub async fn enrolment(
        &self,
        username: &str,
        issuer: &str,
        key: &AccountKey,
    ) -> Result<Option<Enrolment>, ControlError> {
        let username = plain(username);
        let Some(row) = self.second_factor_row(&username).await? else {
            return Ok(None);
        };
        if row.confirmed {
            return Ok(None);
        }
        let secret = key.open(&username, &row.secret)?;
        let totp = totp(&secret, &username, issuer)?;
        let address = totp.to_url().map_err(|_| ControlError::Sealed)?;
        Ok(Some(Enrolment {
            address: Zeroizing::new(address),
            secret: Zeroizing::new(totp.secret().to_base32()),
        }))
    }

    /// Lets a second factor count once its owner has shown a code of it, and gives the recovery codes, once.
    /// `None` where the code is not right or nothing is under way.
    pub async fn confirm_second_factor(
        &self,
        username: &str,
        typed: &str,
        key: &AccountKey,
        now: DateTime<Utc>,
    ) -> Result<Option<RecoveryCodes>, ControlError> {
        let username = plain(username);
        let Some(row) = self.second_factor_row(&username).await? else {
            return Ok(None);
        };
        if row.confirmed {
            return Ok(None);
        }
        let secret = key.open(&username, &row.secret)?;
        let Some(step) = matching_step(&secret, typed, now)? else {
            return Ok(None);
        };
        let codes = RecoveryCodes::new()?;
        let mut all = self.write().await?;
        let confirmed = sqlx::query(
            "UPDATE second_factors SET confirmed_at = $3, last_step = $4
             WHERE username = $1 AND secret = $2 AND confirmed_at IS NULL",
        )
        .bind(&username)
        .bind(&row.secret)
        .bind(to_millis(now))
        .bind(step)
        .execute(&mut *all)
        .await?
        .rows_affected();
        if confirmed != 1 {
            return Ok(None);
        }
        sqlx::query("DELETE FROM recovery_codes WHERE username = $1")
            .bind(&username)
            .execute(&mut *all)
            .await?;
        for code in codes.reveal() {
            sqlx::query("INSERT INTO recovery_codes (username, code_digest) VALUES ($1, $2)")
                .bind(&username)
                .bind(recovery_digest(&username, code))
                .execute(&mut *all)
                .await?;
        }
        all.commit().await?;
        Ok(Some(codes))
    }

    /// Takes a second factor away, with its recovery codes and every session. Says whether there was one.
    pub async fn remove_second_factor(&self, username: &str) -> Result<bool, ControlError> {
        let username = self.known(username).await?;
        let mut all = self.write().await?;
        let gone = take_second_factor(&mut all, &username).await?;
        all.commit().await?;
        Ok(gone)
    }

    /// Whether a typed code is right: one of the authenticator, of this step or one beside it and later than any
    /// that counted before, or a recovery code. Either counts once.
    pub(crate) async fn code_counts(
        &self,
        username: &str,
        typed: &str,
        key: &AccountKey,
        now: DateTime<Utc>,
    ) -> Result<bool, ControlError> {
        let Some(row) = self.second_factor_row(username).await? else {
            return Ok(false);
        };
        if !row.confirmed {
            return Ok(false);
        }
        let secret = key.open(username, &row.secret)?;
        if let Some(step) = matching_step(&secret, typed, now)? {
            let counted = sqlx::query(
                "UPDATE second_factors SET last_step = $2 WHERE username = $1 AND last_step < $2",
            )
            .bind(username)
            .bind(step)
            .execute(&self.pool)
            .await?
            .rows_affected();
            return Ok(counted == 1);
        }
        let used =
            sqlx::query("DELETE FROM recovery_codes WHERE username = $1 AND code_digest = $2")
                .bind(username)
                .bind(recovery_digest(username, typed))
                .execute(&self.pool)
                .await?
                .rows_affected();
        Ok(used == 1)
    }

    async fn second_factor_row(&self, username: &str) -> Result<Option<Row>, ControlError> {
        let rows =
            sqlx::query("SELECT secret, confirmed_at FROM second_factors WHERE username = $1")
                .bind(username)
                .fetch_all(&self.pool)
                .await?;
        let Some(row) = first(rows) else {
            return Ok(None);
        };
        let row = Read(&row);
        Ok(Some(Row {
            secret: row.text("secret")?,
            confirmed: row.moment_if_any("confirmed_at")?.is_some(),
        }))
    }
}

struct Row {
    secret: String,
    confirmed: bool,
}

pub(crate) async fn take_second_factor(
    all: &mut sqlx::Transaction<'static, sqlx::Any>,
    username: &str,
) -> Result<bool, ControlError> {
    sqlx::query("DELETE FROM recovery_codes WHERE username = $1")
        .bind(username)
        .execute(&mut **all)
        .await?;
    let gone = sqlx::query("DELETE FROM second_factors WHERE username = $1")
        .bind(username)
        .execute(&mut **all)
        .await?
        .rows_affected();
    crate::accounts::end_sessions(all, username).await?;
    Ok(gone > 0)
}

fn totp(secret: &[u8], owner: &str, issuer: &str) -> Result<Totp, ControlError> {
    // A colon would end the issuer in the address.
    let issuer: String = issuer.chars().filter(|c| *c != ':').take(60).collect();
    Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(DIGITS)
        .with_skew(1)
        .with_step_duration(STEP)
        .with_secret(secret.to_vec())
        .with_account_name(owner)
        .with_issuer(Some(issuer))
        .build()
        .map_err(|_| ControlError::Sealed)
}

/// The step whose code was typed: this one, or the one before or after it. All three are worked out and compared in
/// full, so that the time tells nothing.
fn matching_step(
    secret: &[u8],
    typed: &str,
    now: DateTime<Utc>,
) -> Result<Option<i64>, ControlError> {
    let typed: String = typed
        .chars()
        .filter(|c| !c.is_whitespace())
        .take(20)
        .collect();
    let totp = totp(secret, "owner", "issuer")?;
    let now = u64::try_from(now.timestamp()).unwrap_or_default();
    let this = now / STEP;
    let mut found = Choice::from(0);
    let mut step = 0;
    for tried in [this.saturating_sub(1), this, this.saturating_add(1)] {
        let code = Zeroizing::new(totp.generate(tried.saturating_mul(STEP)).to_string());
        let same = code.as_bytes().ct_eq(typed.as_bytes());
        step.conditional_assign(&tried, same);
        found |= same;
    }
    if !bool::from(found) {
        return Ok(None);
    }
    i64::try_from(step)
        .map(Some)
        .map_err(|_| ControlError::TooLarge {
            column: "last_step",
        })
}

/// A code as its digest: with the name, so that equal codes of two people differ. 80 bits of chance need no slow hash.
fn recovery_digest(username: &str, typed: &str) -> String {
    let letters: String = typed
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| match c.to_ascii_lowercase() {
            'o' => '0',
            'i' | 'l' => '1',
            other => other,
        })
        .take(40)
        .collect();
    digest(&format!("recovery code of {username}: {letters}"))
}

/// Bytes in groups of four letters, five bits each.
fn in_letters(bytes: &[u8]) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(bytes.len() * 2));
    let (mut held, mut bits, mut written) = (0u32, 0u32, 0usize);
    for byte in bytes {
        held = (held << 8) | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            if written > 0 && written.is_multiple_of(4) {
                text.push('-');
            }
            let at = usize::try_from((held >> bits) & 31).unwrap_or_default();
            text.push(char::from(LETTERS.get(at).copied().unwrap_or(b'0')));
            written += 1;
        }
        held &= (1 << bits) - 1;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    #[test]
    fn codes_are_those_of_rfc_6238() {
        // Appendix B of the RFC, SHA-1, the last six of its eight digits.
        let secret = b"12345678901234567890";
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
        ] {
            let step = matching_step(secret, code, at(seconds)).unwrap();
            assert_eq!(step, Some(seconds / 30), "{code}");
            // One step early and late, and none further.
            assert_eq!(matching_step(secret, code, at(seconds - 30)).unwrap(), step);
            assert_eq!(matching_step(secret, code, at(seconds + 30)).unwrap(), step);
            assert_eq!(matching_step(secret, code, at(seconds + 60)).unwrap(), None);
            let spaced = format!(" {} {} ", &code[..3], &code[3..]);
            assert_eq!(matching_step(secret, &spaced, at(seconds)).unwrap(), step);
        }
        for wrong in [
            "",
            "28708",
            "2870822",
            "２８７０８２",
            "+28708",
            &"9".repeat(10_000),
        ] {
            assert_eq!(
                matching_step(secret, wrong, at(59)).unwrap(),
                None,
                "{wrong}"
            );
        }
    }

    #[test]
    fn a_sealed_secret_opens_for_its_owner_under_its_key_alone() {
        let key = AccountKey::generate().unwrap();
        let sealed = key.seal("ada", b"hush").unwrap();
        assert!(!sealed.contains(&hex::encode("hush")));
        assert_eq!(key.open("ada", &sealed).unwrap().as_slice(), b"hush");
        assert!(key.open("ben", &sealed).is_err());
        assert!(
            AccountKey::generate()
                .unwrap()
                .open("ada", &sealed)
                .is_err()
        );
        for cut in ["", "zz", "00", &sealed[..sealed.len() - 2]] {
            assert!(key.open("ada", cut).is_err());
        }
        let again = AccountKey::parse(&key.to_file_text()).unwrap();
        assert_eq!(again.open("ada", &sealed).unwrap().as_slice(), b"hush");
        assert_eq!(format!("{key:?}"), "‹accounts' key›");
    }

    #[test]
    fn recovery_codes_differ_and_are_read_however_they_are_typed() {
        let codes = RecoveryCodes::new().unwrap();
        let all: std::collections::BTreeSet<&str> = codes.reveal().collect();
        assert_eq!(all.len(), 10);
        assert!(
            all.iter()
                .all(|c| c.len() == 19 && c.matches('-').count() == 3)
        );
        assert_eq!(in_letters(&[0xff; 10]).as_str(), "zzzz-zzzz-zzzz-zzzz");
        assert_eq!(in_letters(&[0; 10]).as_str(), "0000-0000-0000-0000");
        let digest = recovery_digest("ada", "01ab-cdef-ghjk-mnpq");
        assert_eq!(recovery_digest("ada", " OLAB cdef ghjk MNPQ\n"), digest);
        assert_ne!(recovery_digest("ben", "01ab-cdef-ghjk-mnpq"), digest);
    }
}
