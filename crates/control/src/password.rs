//! Passwords: argon2id, and the same work for names that nobody has.

use crate::ControlError;
use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use std::fmt;
use tokio::sync::Semaphore;

/// A password as it was typed. It never prints.
#[derive(Clone)]
pub struct Password(String);

/// Shorter ones can be tried out by whoever gets hold of a hash.
const SHORTEST: usize = 12;
/// More bytes than anybody types: a longer text only keeps the machine busy.
const LONGEST: usize = 1_000;

impl Password {
    /// A password as it was typed.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    fn form(&self) -> Result<(), ControlError> {
        if self.0.chars().count() < SHORTEST || self.0.len() > LONGEST {
            return Err(ControlError::Form {
                what: "a password",
                wanted: "has 12 characters or more, and at most 1,000 bytes",
            });
        }
        Ok(())
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("‹password›")
    }
}

/// Hashes and checks passwords, few at a time: each takes 19 MiB, and a crowd of guesses must not
/// take the machine's memory.
#[derive(Debug)]
pub(crate) struct Passwords {
    turns: Semaphore,
    /// The hash of a password that nobody knows, with the same cost as every other.
    nobody: String,
}

impl Passwords {
    pub(crate) async fn new() -> Result<Self, ControlError> {
        let unknown = Password(crate::secret::random_hex()?);
        Ok(Self {
            turns: Semaphore::new(2),
            nobody: on_a_thread(move || hash(&unknown)).await??,
        })
    }

    /// The hash to keep.
    pub(crate) async fn hash(&self, password: &Password) -> Result<String, ControlError> {
        password.form()?;
        let password = password.clone();
        let _turn = self.turn().await?;
        on_a_thread(move || hash(&password)).await?
    }

    /// Whether a password is the one behind the hash. Where there is no hash the same work is done,
    /// and the answer is no: the time does not tell whether there is such an account.
    pub(crate) async fn matches(
        &self,
        password: &Password,
        kept: Option<String>,
    ) -> Result<bool, ControlError> {
        let known = kept.is_some();
        let kept = kept.unwrap_or_else(|| self.nobody.clone());
        // Cut, not refused, so that this takes as long as any other try.
        let typed: Vec<u8> = password.0.bytes().take(LONGEST + 1).collect();
        let _turn = self.turn().await?;
        let fits = on_a_thread(move || {
            let kept = PasswordHash::new(&kept).map_err(|_| ControlError::Hashing)?;
            Ok::<bool, ControlError>(cost()?.verify_password(&typed, &kept).is_ok())
        })
        .await??;
        Ok(fits && known)
    }

    async fn turn(&self) -> Result<tokio::sync::SemaphorePermit<'_>, ControlError> {
        self.turns
            .acquire()
            .await
            .map_err(|_| ControlError::Hashing)
    }
}

fn hash(password: &Password) -> Result<String, ControlError> {
    cost()?
        .hash_password(password.0.as_bytes())
        .map(|hash| hash.to_string())
        .map_err(|_| ControlError::Hashing)
}

/// 19 MiB, two passes, one lane: the smallest setting of the OWASP password storage guide for argon2id.
fn cost() -> Result<Argon2<'static>, ControlError> {
    let params = Params::new(19 * 1024, 2, 1, None).map_err(|_| ControlError::Hashing)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

async fn on_a_thread<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, ControlError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| ControlError::Hashing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_matches_and_nobody_matches_nothing() {
        let passwords = Passwords::new().await.unwrap();
        let right = Password::new("a long enough one");
        let hash = passwords.hash(&right).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(
            passwords
                .nobody
                .starts_with("$argon2id$v=19$m=19456,t=2,p=1$")
        );
        assert!(passwords.matches(&right, Some(hash.clone())).await.unwrap());
        let wrong = Password::new("a long enough two");
        assert!(!passwords.matches(&wrong, Some(hash)).await.unwrap());
        assert!(!passwords.matches(&right, None).await.unwrap());
    }

    #[tokio::test]
    async fn short_and_endless_passwords_are_not_taken() {
        let passwords = Passwords::new().await.unwrap();
        for text in ["eleven char", &"x".repeat(1_001)] {
            let refused = passwords.hash(&Password::new(text)).await.unwrap_err();
            assert!(!refused.to_string().contains(text));
        }
        assert_eq!(format!("{:?}", Password::new("hush")), "‹password›");
    }
}
