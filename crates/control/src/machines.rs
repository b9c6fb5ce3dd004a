//! Programs that prove by a signed assertion who they are (RFC 7523), and get a token that soon ends. Their keys are
//! registered by an administrator; a certificate of mutual TLS may take the place of a key.

use crate::{
    AccessToken, Control, ControlError, Position, Role,
    row::{Read, first},
    secret::digest,
    time::to_millis,
    words::words,
};
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde_json::{Map, Value};

/// The longest assertion that is looked at.
const LONGEST: usize = 8 * 1024;
/// How far ahead the end of an assertion may lie: its id has to be remembered until then.
const LONGEST_LIFE: TimeDelta = TimeDelta::minutes(5);

words! {
    /// How a program proves who it is.
    pub enum KeyAlgorithm {
        /// ECDSA with P-256 and SHA-256.
        Es256 = "ES256",
        /// Ed25519.
        EdDsa = "EdDSA",
        /// RSA with SHA-256.
        Rs256 = "RS256",
        /// A certificate of mutual TLS, by the SHA-256 of its bytes.
        Tls = "tls",
    }
}

/// A program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Machine {
    /// What it calls itself.
    pub client_id: String,
    /// What it is.
    pub display_name: String,
    /// As what it acts, and for whom.
    pub position: Position,
    /// Since when it cannot be used.
    pub disabled_at: Option<DateTime<Utc>>,
    /// Its keys, with those that have ended.
    pub keys: Vec<MachineKey>,
}

/// A key of a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MachineKey {
    /// What it is called.
    pub key_id: String,
    /// How it signs.
    pub algorithm: KeyAlgorithm,
    /// When it was registered.
    pub created_at: DateTime<Utc>,
    /// Since when it does not count.
    pub ended_at: Option<DateTime<Utc>>,
}

/// What an assertion has to fit.
#[derive(Debug, Clone)]
pub struct AssertionRules {
    /// For whom it has to be meant: any of these.
    pub audiences: Vec<String>,
    /// How wrong clocks may be.
    pub skew: TimeDelta,
    /// How long the token counts.
    pub token_lasts: TimeDelta,
}

/// A token that was given for an assertion.
#[derive(Debug, Clone)]
pub struct Granted {
    /// The token.
    pub token: AccessToken,
    /// Whose it is.
    pub client_id: String,
    /// As what it acts.
    pub position: Position,
}

/// Why an assertion does not count. Told to the log; the program that shows it is told only that it does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AssertionRefusal {
    /// It is no signed assertion.
    #[error("it is no signed assertion")]
    Malformed,
    /// Nobody of that name is registered, or it is disabled.
    #[error("no program of that name may come")]
    UnknownClient,
    /// None of the program's keys is of that name and kind.
    #[error("no key of that name and kind is registered")]
    UnknownKey,
    /// The signature is not right.
    #[error("the signature is not right")]
    BadSignature,
    /// Issuer and subject are not both the program.
    #[error("issuer and subject are not both the program")]
    WrongIssuer,
    /// It is meant for another service.
    #[error("it is meant for another service")]
    WrongAudience,
    /// It has ended, or has no end.
    #[error("it has ended, or has no end")]
    Expired,
    /// It is not of now: issued in the future, or to end too late.
    #[error("it is not of now: issued in the future, or to end too late")]
    NotNow,
    /// It has no id of a sensible length.
    #[error("it has no id, or an endless one")]
    NoId,
    /// It was shown before.
    #[error("it was shown before")]
    Replayed,
}

impl Control {
    /// Registers a program. `false` where its name is taken, by a program or by a person.
    pub async fn create_machine(
        &self,
        client_id: &str,
        display_name: &str,
        position: &Position,
        by: &str,
        now: DateTime<Utc>,
    ) -> Result<bool, ControlError> {
        let shaped = (2..=64).contains(&client_id.len())
            && client_id.bytes().all(|b| {
                b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'_' | b'-')
            });
        if !shaped {
            return Err(ControlError::Form {
                what: "the name of a program",
                wanted: "has 2 to 64 lower-case letters, digits, `.`, `_` or `-`",
            });
        }
        if self.account(client_id).await?.is_some() {
            return Ok(false);
        }
        let made = sqlx::query(
            "INSERT INTO machines (client_id, display_name, role, organisation, created_at, created_by)
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (client_id) DO NOTHING",
        )
        .bind(client_id)
        .bind(display_name.trim().chars().take(200).collect::<String>())
        .bind(position.role.as_str())
        .bind(position.organisation.as_str())
        .bind(to_millis(now))
        .bind(by)
        .execute(&self.pool)
        .await?
        .rows_affected();
        Ok(made == 1)
    }

    /// Registers a key of a program: a public key in PEM, or the SHA-256 of a certificate in hexadecimal. `false` where
    /// a key of that name is or was there: keys are never changed.
    pub async fn add_machine_key(
        &self,
        client_id: &str,
        key_id: &str,
        algorithm: KeyAlgorithm,
        public_key: &str,
        by: &str,
        now: DateTime<Utc>,
    ) -> Result<bool, ControlError> {
        if self.machine(client_id).await?.is_none() {
            return Err(ControlError::Missing {
                what: "program",
                id: client_id.chars().take(64).collect(),
            });
        }
        let named =
            (1..=100).contains(&key_id.len()) && key_id.bytes().all(|b| b.is_ascii_graphic());
        let usable = match algorithm {
            KeyAlgorithm::Tls => public_key.len() == 64 && hex::decode(public_key).is_ok(),
            _ => public_key.len() <= LONGEST && decoding_key(algorithm, public_key).is_some(),
        };
        if !named || !usable {
            return Err(ControlError::Form {
                what: "a key of a program",
                wanted: "has a name of 1 to 100 letters without spaces, and is a public key in PEM of the stated kind",
            });
        }
        let made = sqlx::query(
            "INSERT INTO machine_keys (client_id, key_id, algorithm, public_key, created_at, created_by)
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (client_id, key_id) DO NOTHING",
        )
        .bind(client_id)
        .bind(key_id)
        .bind(algorithm.as_str())
        .bind(public_key)
        .bind(to_millis(now))
        .bind(by)
        .execute(&self.pool)
        .await?
        .rows_affected();
        Ok(made == 1)
    }

    /// Ends a key, and every token of its program. Says whether the key counted.
    pub async fn end_machine_key(
        &self,
        client_id: &str,
        key_id: &str,
        now: DateTime<Utc>,
    ) -> Result<bool, ControlError> {
        let ended = sqlx::query(
            "UPDATE machine_keys SET ended_at = $3
             WHERE client_id = $1 AND key_id = $2 AND ended_at IS NULL",
        )
        .bind(client_id)
        .bind(key_id)
        .bind(to_millis(now))
        .execute(&self.pool)
        .await?
        .rows_affected();
        self.revoke_tokens(client_id).await?;
        Ok(ended == 1)
    }

    /// Stops a program at once, and ends its tokens. Says whether it could be used.
    pub async fn disable_machine(
        &self,
        client_id: &str,
        now: DateTime<Utc>,
    ) -> Result<bool, ControlError> {
        let disabled = sqlx::query(
            "UPDATE machines SET disabled_at = $2 WHERE client_id = $1 AND disabled_at IS NULL",
        )
        .bind(client_id)
        .bind(to_millis(now))
        .execute(&self.pool)
        .await?
        .rows_affected();
        self.revoke_tokens(client_id).await?;
        Ok(disabled == 1)
    }

    /// A program by its name.
    pub async fn machine(&self, client_id: &str) -> Result<Option<Machine>, ControlError> {
        let rows = sqlx::query("SELECT * FROM machines WHERE client_id = $1")
            .bind(client_id)
            .fetch_all(&self.pool)
            .await?;
        let Some(row) = first(rows) else {
            return Ok(None);
        };
        self.read_machine(&Read(&row)).await.map(Some)
    }

    /// All programs, by name.
    pub async fn machines(&self) -> Result<Vec<Machine>, ControlError> {
        let rows = sqlx::query("SELECT * FROM machines ORDER BY client_id")
            .fetch_all(&self.pool)
            .await?;
        let mut machines = Vec::with_capacity(rows.len());
        for row in &rows {
            machines.push(self.read_machine(&Read(row)).await?);
        }
        Ok(machines)
    }

    /// The token for an assertion. The outer error is a fault, the inner one a no.
    pub async fn token_for_assertion(
        &self,
        assertion: &str,
        rules: &AssertionRules,
        now: DateTime<Utc>,
    ) -> Result<Result<Granted, AssertionRefusal>, ControlError> {
        if assertion.len() > LONGEST {
            return Ok(Err(AssertionRefusal::Malformed));
        }
        let claimed =
            jsonwebtoken::dangerous::insecure_decode_claims::<Map<String, Value>>(assertion);
        let (Ok(header), Ok(claimed)) = (decode_header(assertion), claimed) else {
            return Ok(Err(AssertionRefusal::Malformed));
        };
        let client_id = claimed
            .get("sub")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let machine = self.machine(client_id).await?;
        let Some(machine) = machine.filter(|machine| machine.disabled_at.is_none()) else {
            return Ok(Err(AssertionRefusal::UnknownClient));
        };
        let claims = match self
            .verified(&machine, header.alg, header.kid.as_deref(), assertion)
            .await?
        {
            Ok(claims) => claims,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let (jti, ends) = match fits(&claims, &machine.client_id, rules, now) {
            Ok(found) => found,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let new = sqlx::query(
            "INSERT INTO used_assertions (client_id, jti_digest, ends_at) VALUES ($1, $2, $3)
             ON CONFLICT (client_id, jti_digest) DO NOTHING",
        )
        .bind(&machine.client_id)
        .bind(digest(&jti))
        .bind(to_millis(ends + rules.skew))
        .execute(&self.pool)
        .await?
        .rows_affected();
        if new != 1 {
            return Ok(Err(AssertionRefusal::Replayed));
        }
        self.grant(machine, rules, now).await.map(Ok)
    }

    /// The token for a certificate of mutual TLS that the connection has shown and proved, by its SHA-256.
    pub async fn token_for_certificate(
        &self,
        client_id: &str,
        sha256: &str,
        rules: &AssertionRules,
        now: DateTime<Utc>,
    ) -> Result<Result<Granted, AssertionRefusal>, ControlError> {
        let machine = self.machine(client_id).await?;
        let Some(machine) = machine.filter(|machine| machine.disabled_at.is_none()) else {
            return Ok(Err(AssertionRefusal::UnknownClient));
        };
        let rows = sqlx::query(
            "SELECT key_id FROM machine_keys WHERE client_id = $1 AND algorithm = 'tls'
                 AND public_key = $2 AND ended_at IS NULL",
        )
        .bind(&machine.client_id)
        .bind(sha256.to_lowercase())
        .fetch_all(&self.pool)
        .await?;
        if rows.is_empty() {
            return Ok(Err(AssertionRefusal::UnknownKey));
        }
        self.grant(machine, rules, now).await.map(Ok)
    }

    async fn grant(
        &self,
        machine: Machine,
        rules: &AssertionRules,
        now: DateTime<Utc>,
    ) -> Result<Granted, ControlError> {
        let ends_at = now + rules.token_lasts;
        let token = self
            .create_token(&machine.client_id, &machine.position, now, ends_at)
            .await?;
        Ok(Granted {
            token,
            client_id: machine.client_id,
            position: machine.position,
        })
    }

    async fn verified(
        &self,
        machine: &Machine,
        algorithm: Algorithm,
        key_id: Option<&str>,
        assertion: &str,
    ) -> Result<Result<Map<String, Value>, AssertionRefusal>, ControlError> {
        let rows = sqlx::query(
            "SELECT key_id, algorithm, public_key FROM machine_keys
             WHERE client_id = $1 AND ended_at IS NULL ORDER BY key_id LIMIT 20",
        )
        .bind(&machine.client_id)
        .fetch_all(&self.pool)
        .await?;
        let mut refusal = AssertionRefusal::UnknownKey;
        for row in &rows {
            let row = Read(row);
            let kind = row.word("algorithm", KeyAlgorithm::from_word)?;
            // The algorithm is the key's, never the assertion's own choice.
            let same = signs(kind) == Some(algorithm);
            if !same || key_id.is_some_and(|id| row.text("key_id").ok().as_deref() != Some(id)) {
                continue;
            }
            let Some(key) = decoding_key(kind, &row.text("public_key")?) else {
                continue;
            };
            refusal = AssertionRefusal::BadSignature;
            let mut signature_alone = Validation::new(algorithm);
            signature_alone.required_spec_claims.clear();
            signature_alone.validate_exp = false;
            signature_alone.validate_aud = false;
            if let Ok(found) = decode::<Map<String, Value>>(assertion, &key, &signature_alone) {
                return Ok(Ok(found.claims));
            }
        }
        Ok(Err(refusal))
    }

    async fn read_machine(&self, row: &Read<'_>) -> Result<Machine, ControlError> {
        let client_id = row.text("client_id")?;
        let keys = sqlx::query(
            "SELECT key_id, algorithm, created_at, ended_at FROM machine_keys
             WHERE client_id = $1 ORDER BY key_id",
        )
        .bind(&client_id)
        .fetch_all(&self.pool)
        .await?;
        Ok(Machine {
            display_name: row.text("display_name")?,
            position: Position {
                role: row.word("role", Role::from_word)?,
                organisation: row.organisation("organisation")?,
            },
            disabled_at: row.moment_if_any("disabled_at")?,
            keys: keys
                .iter()
                .map(|row| {
                    let row = Read(row);
                    Ok(MachineKey {
                        key_id: row.text("key_id")?,
                        algorithm: row.word("algorithm", KeyAlgorithm::from_word)?,
                        created_at: row.moment("created_at")?,
                        ended_at: row.moment_if_any("ended_at")?,
                    })
                })
                .collect::<Result<_, ControlError>>()?,
            client_id,
        })
    }
}

const fn signs(kind: KeyAlgorithm) -> Option<Algorithm> {
    match kind {
        KeyAlgorithm::Es256 => Some(Algorithm::ES256),
        KeyAlgorithm::EdDsa => Some(Algorithm::EdDSA),
        KeyAlgorithm::Rs256 => Some(Algorithm::RS256),
        KeyAlgorithm::Tls => None,
    }
}

fn decoding_key(kind: KeyAlgorithm, pem: &str) -> Option<DecodingKey> {
    let pem = pem.as_bytes();
    match kind {
        KeyAlgorithm::Es256 => DecodingKey::from_ec_pem(pem).ok(),
        KeyAlgorithm::EdDsa => DecodingKey::from_ed_pem(pem).ok(),
        KeyAlgorithm::Rs256 => DecodingKey::from_rsa_pem(pem).ok(),
        KeyAlgorithm::Tls => None,
    }
}

/// The id and the end of an assertion whose signature is right, if all else is.
fn fits(
    claims: &Map<String, Value>,
    client_id: &str,
    rules: &AssertionRules,
    now: DateTime<Utc>,
) -> Result<(String, DateTime<Utc>), AssertionRefusal> {
    let is_client = |name: &str| claims.get(name).and_then(Value::as_str) == Some(client_id);
    if !is_client("iss") || !is_client("sub") {
        return Err(AssertionRefusal::WrongIssuer);
    }
    let ours = |value: &Value| {
        let text = value.as_str().unwrap_or_default();
        rules.audiences.iter().any(|audience| audience == text)
    };
    // One audience: an assertion for several services could be shown by one of them to another.
    let meant = match claims.get("aud") {
        Some(Value::Array(all)) => matches!(all.as_slice(), [one] if ours(one)),
        Some(one) => ours(one),
        None => false,
    };
    if !meant {
        return Err(AssertionRefusal::WrongAudience);
    }
    let moment = |name: &str| {
        let value = claims.get(name)?;
        #[expect(
            clippy::cast_possible_truncation,
            reason = "seconds; what is out of range is no moment"
        )]
        let seconds = value
            .as_i64()
            .or_else(|| value.as_f64().map(|s| s as i64))?;
        DateTime::from_timestamp(seconds, 0)
    };
    let ends = moment("exp").ok_or(AssertionRefusal::Expired)?;
    if ends <= now - rules.skew {
        return Err(AssertionRefusal::Expired);
    }
    let ahead = |name: &str| moment(name).is_some_and(|at| at > now + rules.skew);
    if ends > now + LONGEST_LIFE + rules.skew || ahead("iat") || ahead("nbf") {
        return Err(AssertionRefusal::NotNow);
    }
    match claims.get("jti").and_then(Value::as_str) {
        Some(jti) if (1..=200).contains(&jti.len()) => Ok((jti.to_owned(), ends)),
        _ => Err(AssertionRefusal::NoId),
    }
}
