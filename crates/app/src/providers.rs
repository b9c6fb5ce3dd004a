//! The providers of `OpenID` Connect that the settings name, each with its mapping: a file of content that says who its
//! people are here. What a provider says is only ever compared with the words of that file.

use crate::config::{Config, ProviderConfig};
use anyhow::{Context, Result, bail};
use chrono::TimeDelta;
use control::{Arrival, Assurance, Position, Role};
use model::{Content, OrganisationCode};
use remote::{
    http::Tls,
    oidc::{Agreed, ClientKey, ClientProof, Provider, Vouched},
};
use serde::Deserialize;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use std::{collections::BTreeMap, path::Path};
use zeroize::Zeroizing;

/// The providers, by name.
#[derive(Default)]
pub(crate) struct Providers(BTreeMap<String, Known>);

/// One provider with its mapping.
pub(crate) struct Known {
    pub(crate) provider: Provider,
    pub(crate) mapping: Mapping,
}

/// Who a provider's people are here: a file below `content/providers/`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Mapping {
    /// What the provider is called on the sign-in page.
    pub(crate) called: String,
    /// What is asked for beside `openid`.
    #[serde(default)]
    scopes: Vec<String>,
    /// What else goes with the question.
    #[serde(default)]
    ask: BTreeMap<String, String>,
    /// The claim that names a person for good.
    #[serde(default = "sub")]
    subject: String,
    /// The claims of which the first that is there becomes the user name here.
    username: Vec<String>,
    /// The claims of which the first that is there is the name to show.
    name: Vec<String>,
    /// How sure the provider is.
    assurance: Sureness,
    /// What gives a role. Without any, roles are given here or by a directory.
    #[serde(default, rename = "position")]
    positions: Vec<Rule>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sureness {
    claim: String,
    levels: BTreeMap<String, Assurance>,
}

/// What gives a role.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    /// The claim that is looked at: a word, a list of words, or a list of records; all claims where it is not named.
    #[serde(default)]
    claim: Option<String>,
    /// The words that count, where the claim has words.
    #[serde(default)]
    is: Vec<String>,
    /// The fields that have to hold one of these words, where it has records.
    #[serde(default, rename = "where")]
    conditions: BTreeMap<String, Vec<String>>,
    /// The role that it gives.
    role: Role,
    /// The organisation, where it is always the same.
    #[serde(default)]
    organisation: Option<String>,
    /// The field that names the organisation there.
    #[serde(default)]
    organisation_from: Option<String>,
    /// What each of its words is here. A word that is not in it gives nothing.
    #[serde(default)]
    organisations: BTreeMap<String, String>,
}

fn sub() -> String {
    "sub".to_owned()
}

impl Providers {
    /// Reads the mappings and prepares the providers; nobody is asked yet.
    pub(crate) fn read(config: &Config, content: &Content, address: &str) -> Result<Self> {
        let mut all = BTreeMap::new();
        for (name, settings) in &config.accounts.providers {
            let known = Known::read(config, content, address, name, settings)
                .with_context(|| format!("the provider `{name}` cannot be used"))?;
            all.insert(name.clone(), known);
        }
        Ok(Self(all))
    }

    /// One of them.
    pub(crate) fn get(&self, name: &str) -> Option<&Known> {
        self.0.get(name)
    }

    /// Each with what it is called.
    pub(crate) fn called(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(name, known)| (name.as_str(), known.mapping.called.as_str()))
    }
}

impl Known {
    fn read(
        config: &Config,
        content: &Content,
        address: &str,
        name: &str,
        settings: &ProviderConfig,
    ) -> Result<Self> {
        let shaped = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if name.is_empty() || name.len() > 20 || !name.chars().all(shaped) {
            bail!("its name has small letters, digits and hyphens, at most 20");
        }
        let mapping: Mapping = content.toml(&format!("providers/{}.toml", settings.mapping))?;
        mapping.check()?;
        let read = |path: &Path| {
            let path = config.place(path);
            std::fs::read(&path)
                .map(Zeroizing::new)
                .with_context(|| format!("cannot read `{}`", path.display()))
        };
        let proof = match (&settings.client_secret_file, &settings.client_key_file) {
            (Some(file), None) => {
                let text = String::from_utf8(read(file)?.to_vec())?;
                ClientProof::Secret(Zeroizing::new(text.trim().to_owned()))
            }
            (None, Some(file)) => ClientProof::Key(ClientKey::read(
                &read(file)?,
                &settings.client_key_algorithm,
                settings.client_key_id.clone(),
            )?),
            _ => bail!("set either `client_secret_file` or `client_key_file`"),
        };
        let authorities = settings.authorities_file.as_ref();
        let tls = Tls {
            authorities: authorities
                .map(|file| read(file))
                .transpose()?
                .map(|b| b.to_vec()),
            ..Tls::default()
        };
        let skew = i64::try_from(config.accounts.clock_skew_seconds.min(300))?;
        let agreed = Agreed {
            issuer: settings.issuer.clone(),
            client_id: settings.client_id.clone(),
            proof,
            redirect: format!("{address}/sign-in/from/{name}"),
            scopes: mapping.scopes.clone(),
            extra: mapping.ask.clone().into_iter().collect(),
            skew: TimeDelta::seconds(skew),
        };
        Ok(Self {
            provider: Provider::new(agreed, &tls)?,
            mapping,
        })
    }
}

impl Mapping {
    fn check(&self) -> Result<()> {
        for rule in &self.positions {
            match (&rule.organisation, &rule.organisation_from) {
                (Some(code), None) => {
                    OrganisationCode::new(code)?;
                }
                (None, Some(_)) if !rule.organisations.is_empty() => {
                    for code in rule.organisations.values() {
                        OrganisationCode::new(code)?;
                    }
                }
                _ => bail!(
                    "each `[[position]]` has `organisation`, or `organisation_from` with `organisations`"
                ),
            }
            if rule.is.is_empty() && rule.conditions.is_empty() {
                bail!("each `[[position]]` has `is` or `where`: what everybody has gives no role");
            }
        }
        Ok(())
    }

    /// Who somebody is here for whom the provider vouches; `None` where what should name them is not there.
    pub(crate) fn arrival(&self, provider: &str, vouched: &Vouched) -> Option<Arrival> {
        let claims = &vouched.claims;
        let subject = if self.subject == "sub" {
            vouched.subject.clone()
        } else {
            word(claims.get(&self.subject)?)?
        };
        let first = |names: &[String]| {
            let said = names.iter().filter_map(|name| word(claims.get(name)?));
            said.map(|w| w.trim().to_owned()).find(|w| !w.is_empty())
        };
        let display_name: String = first(&self.name)
            .unwrap_or_else(|| format!("{} user", self.called))
            .chars()
            .filter(|c| !c.is_control())
            .take(200)
            .collect();
        let sureness = claims.get(&self.assurance.claim).and_then(word);
        let assurance = sureness.and_then(|said| self.assurance.levels.get(&said).copied());
        Some(Arrival {
            provider: provider.to_owned(),
            username: username(provider, first(&self.username).as_deref(), &subject),
            display_name,
            positions: (!self.positions.is_empty()).then(|| self.positions(claims)),
            // What the provider does not vouch for is one factor.
            assurance: assurance.unwrap_or(Assurance::One),
            subject,
        })
    }

    fn positions(&self, claims: &Map<String, Value>) -> Vec<Position> {
        let mut positions: Vec<Position> = self
            .positions
            .iter()
            .flat_map(|rule| rule.positions(claims))
            .collect();
        positions.sort();
        positions.dedup();
        positions
    }
}

impl Rule {
    fn positions(&self, claims: &Map<String, Value>) -> Vec<Position> {
        let all = Value::Object(claims.clone());
        let looked_at = match &self.claim {
            Some(name) => claims.get(name),
            None => Some(&all),
        };
        let parts: &[Value] = match looked_at {
            Some(Value::Array(parts)) => parts,
            Some(one) => std::slice::from_ref(one),
            None => &[],
        };
        parts
            .iter()
            .filter(|part| self.counts(part))
            .filter_map(|part| self.position(part))
            .collect()
    }

    fn counts(&self, part: &Value) -> bool {
        let said =
            |value: &Value, words: &[String]| word(value).is_some_and(|w| words.contains(&w));
        (self.is.is_empty() || said(part, &self.is))
            && self.conditions.iter().all(|(field, words)| {
                part.get(field).is_some_and(|value| match value {
                    Value::Array(any) => any.iter().any(|value| said(value, words)),
                    one => said(one, words),
                })
            })
    }

    fn position(&self, part: &Value) -> Option<Position> {
        let code = match (&self.organisation, &self.organisation_from) {
            (Some(code), _) => code,
            (None, Some(field)) => self.organisations.get(&word(part.get(field)?)?)?,
            (None, None) => return None,
        };
        Some(Position {
            role: self.role,
            organisation: OrganisationCode::new(code).ok()?,
        })
    }
}

/// A claim as a word: text as it is, numbers in digits.
fn word(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(yes) => Some(yes.to_string()),
        _ => None,
    }
}

/// The user name of somebody who comes through a provider: with the provider's name before it, so that it is never that
/// of an account of this place's own; what had to be changed in it ends with a digest, so that no two become one.
pub(crate) fn username(provider: &str, said: Option<&str>, subject: &str) -> String {
    let said = said.unwrap_or(subject).to_lowercase();
    let plain: String = said
        .chars()
        .map(|c| {
            if c.is_ascii_lowercase() || c.is_ascii_digit() || "._-@".contains(c) {
                c
            } else {
                '-'
            }
        })
        .collect();
    let room = 64 - provider.len() - 1;
    if plain == said && plain.len() <= room && !plain.is_empty() {
        return format!("{provider}.{plain}");
    }
    let digest = hex::encode(Sha256::digest(format!("{subject} {said}")));
    let short: String = digest.chars().take(10).collect();
    let kept: String = plain.chars().take(room.saturating_sub(11)).collect();
    format!("{provider}.{kept}-{short}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn mapping(name: &str) -> Mapping {
        let content = laptop::content(None).unwrap();
        let mapping: Mapping = content.toml(&format!("providers/{name}.toml")).unwrap();
        mapping.check().unwrap();
        mapping
    }

    fn arrival(name: &str, claims: Value) -> Arrival {
        let Value::Object(claims) = claims else {
            panic!()
        };
        let subject = claims["sub"].as_str().unwrap().to_owned();
        mapping(name)
            .arrival(name, &Vouched { subject, claims })
            .unwrap()
    }

    fn held(arrival: &Arrival) -> Vec<String> {
        let all = arrival.positions.as_ref().unwrap();
        all.iter()
            .map(|p| format!("{}@{}", p.role, p.organisation))
            .collect()
    }

    #[test]
    fn a_role_of_the_national_care_identity_counts_where_its_organisation_is_mapped() {
        let role = |code: &str, organisation: &str| json!({"role_code": code, "org_code": organisation, "person_roleid": "1"});
        let arrival = arrival(
            "cis2",
            json!({
                "sub": "555000000001", "nhsid_useruid": "555000000001", "name": "EXAMPLE Cleo (Dr)",
                "authentication_assurance_level": "3",
                "nhsid_nrbac_roles": [
                    role("S8000:G8000:R8000", "EST-ICB"), role("S8000:G8000:R8000", "ELSEWHERE"), role("S1:G2:R3", "EST-ICB"),
                ],
            }),
        );
        assert_eq!(held(&arrival), ["clinician@EST-ICB"]);
        assert_eq!(arrival.assurance, Assurance::Three);
        assert_eq!(arrival.username, "cis2.555000000001");
        assert_eq!(arrival.display_name, "EXAMPLE Cleo (Dr)");
    }

    #[test]
    fn a_group_gives_what_the_file_says_and_nothing_else_does() {
        let arrival = arrival(
            "entra",
            json!({
                "sub": "pairwise", "oid": "00000000-0000-0000-0000-00000000000a", "tid": "11111111-1111-1111-1111-111111111111",
                "preferred_username": "Ana.Example@icb.example", "name": "Ana\u{7} Example",
                "groups": ["aaaaaaaa-0000-0000-0000-000000000001", "analyst", 7, {"analyst": true}], "roles": "administrator",
            }),
        );
        assert_eq!(held(&arrival), ["analyst@EST-ICB"]);
        assert_eq!(arrival.assurance, Assurance::One, "nothing was said of it");
        assert_eq!(arrival.username, "entra.ana.example@icb.example");
        assert_eq!(arrival.subject, "00000000-0000-0000-0000-00000000000a");
        assert_eq!(arrival.display_name, "Ana Example");
    }

    #[test]
    fn names_of_providers_people_never_meet() {
        assert_eq!(username("p", Some("a"), "1"), "p.a");
        let odd = [
            username("p", Some("a b"), "1"),
            username("p", Some("a+b"), "1"),
            username("p", Some("a-b"), "1"),
        ];
        assert_eq!(odd[2], "p.a-b");
        assert_ne!(odd[0], odd[1]);
        assert!(odd.iter().all(|n| n.len() <= 64));
        let long = username("entra", Some(&"x".repeat(500)), "1");
        assert_eq!(long.len(), 64);
        assert_ne!(username("p", None, "s1"), username("p", None, "s2"));
        assert!(username("p", Some(""), "s").starts_with("p.-"));
    }
}
