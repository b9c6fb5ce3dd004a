//! Settings of accounts: where their key is, how the site is reached, which providers people come through.

use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, path::PathBuf};

/// Accounts (docs/signing-in.md).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct AccountsConfig {
    /// The file with the key under which secrets of accounts rest: 64 hexadecimal digits.
    pub(crate) key: PathBuf,
    /// Where people and machines reach the site, for links and for providers. Example: `https://haven.example`.
    pub(crate) address: String,
    /// The roles that ask for a second factor, in place of those of `content/roles.toml`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) second_factor_for: Option<Vec<String>>,
    /// How many seconds a token of a machine counts.
    pub(crate) token_seconds: u64,
    /// How many seconds clocks of others may be wrong.
    pub(crate) clock_skew_seconds: u64,
    /// The providers of `OpenID` Connect, by name.
    pub(crate) providers: BTreeMap<String, ProviderConfig>,
}

/// One provider.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProviderConfig {
    /// Its address, as it names itself. Example: `https://login.example/tenant/v2.0`.
    pub(crate) issuer: String,
    /// What we are called there.
    pub(crate) client_id: String,
    /// The file with our secret there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) client_secret_file: Option<PathBuf>,
    /// The file with our private key, in PEM, in place of a secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) client_key_file: Option<PathBuf>,
    /// What the provider calls that key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) client_key_id: Option<String>,
    /// How we sign with it: RS256, RS512, PS256, ES256 or `EdDSA`.
    #[serde(default = "rs512")]
    pub(crate) client_key_algorithm: String,
    /// Who its people are here: a file of content below `providers/`.
    pub(crate) mapping: String,
    /// Who may vouch for it, in PEM; without it, whoever the machine trusts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) authorities_file: Option<PathBuf>,
}

fn rs512() -> String {
    "RS512".to_owned()
}

impl Default for AccountsConfig {
    fn default() -> Self {
        Self {
            key: "keys/accounts.key".into(),
            address: String::new(),
            second_factor_for: None,
            token_seconds: 600,
            clock_skew_seconds: 30,
            providers: BTreeMap::new(),
        }
    }
}
