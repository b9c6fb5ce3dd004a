//! An assertion by which we prove with a key who we are (RFC 7523), as the national care identity asks for.

use super::OidcError;
use crate::http::RemoteError;
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::json;

/// What kind of proof it is.
pub(super) const KIND: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// How long one counts.
const COUNTS: TimeDelta = TimeDelta::minutes(2);

/// A private key of ours, and how it signs. It never prints.
pub struct ClientKey {
    key: EncodingKey,
    algorithm: Algorithm,
    key_id: Option<String>,
}

impl ClientKey {
    /// From a PEM file. The algorithm is RS256, RS512, PS256, ES256 or `EdDSA`.
    pub fn read(pem: &[u8], algorithm: &str, key_id: Option<String>) -> Result<Self, OidcError> {
        let unusable = |why: &str| {
            OidcError::Remote(RemoteError::Unusable {
                what: "private key for the provider",
                why: why.to_owned(),
            })
        };
        let (algorithm, key) = match algorithm {
            "RS256" => (Algorithm::RS256, EncodingKey::from_rsa_pem(pem)),
            "RS512" => (Algorithm::RS512, EncodingKey::from_rsa_pem(pem)),
            "PS256" => (Algorithm::PS256, EncodingKey::from_rsa_pem(pem)),
            "ES256" => (Algorithm::ES256, EncodingKey::from_ec_pem(pem)),
            "EdDSA" => (Algorithm::EdDSA, EncodingKey::from_ed_pem(pem)),
            _ => {
                return Err(unusable(
                    "its algorithm is none of RS256, RS512, PS256, ES256, EdDSA",
                ));
            }
        };
        Ok(Self {
            key: key.map_err(|_| unusable("it is no PEM of a key for its algorithm"))?,
            algorithm,
            key_id,
        })
    }

    pub(super) fn assertion(
        &self,
        client_id: &str,
        audience: &str,
        now: DateTime<Utc>,
    ) -> Result<String, OidcError> {
        let mut random = [0u8; 16];
        let machine = |why: String| {
            OidcError::Remote(RemoteError::Unusable {
                what: "machine's random numbers or key",
                why,
            })
        };
        getrandom::fill(&mut random).map_err(|e| machine(e.to_string()))?;
        let mut header = Header::new(self.algorithm);
        header.kid.clone_from(&self.key_id);
        let claims = json!({
            "iss": client_id,
            "sub": client_id,
            "aud": audience,
            "iat": now.timestamp(),
            "exp": (now + COUNTS).timestamp(),
            "jti": hex::encode(random),
        });
        encode(&header, &claims, &self.key).map_err(|e| machine(e.to_string()))
    }
}
