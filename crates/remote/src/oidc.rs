//! A provider of `OpenID` Connect: where it sends people, and what it vouches for when they come back.
//!
//! Authorisation code with PKCE, state and nonce. What is given back has a right signature, issuer, audience, nonce and
//! time. Who somebody is here is not known here.

mod assertion;

pub use assertion::ClientKey;

use crate::http::{RemoteError, Tls, address, bytes, client, not_reached};
use chrono::{DateTime, TimeDelta, Utc};
use openidconnect::{
    AdditionalClaims, AuthType, AuthorizationCode, ClaimsVerificationError, Client, ClientId,
    ClientSecret, CsrfToken, DiscoveryError, EmptyExtraTokenFields, EndpointMaybeSet,
    EndpointNotSet, EndpointSet, HttpRequest, HttpResponse, IdTokenFields, IssuerUrl, Nonce,
    OAuth2TokenResponse, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RequestTokenError,
    Scope, SignatureVerificationError, StandardErrorResponse, StandardTokenResponse, TokenResponse,
    TokenUrl, UserInfoUrl,
    core::{
        CoreAuthDisplay, CoreAuthPrompt, CoreAuthenticationFlow, CoreErrorResponseType,
        CoreGenderClaim, CoreJsonWebKey, CoreJweContentEncryptionAlgorithm,
        CoreJwsSigningAlgorithm, CoreProviderMetadata, CoreRevocableToken,
        CoreRevocationErrorResponse, CoreTokenIntrospectionResponse, CoreTokenType,
    },
    http,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::sync::Mutex;
use zeroize::Zeroizing;

/// How long what a provider says of itself is believed, and how soon it may be asked again over a key that is not known.
const BELIEVED: TimeDelta = TimeDelta::hours(1);
const ASKED_AGAIN: TimeDelta = TimeDelta::seconds(30);
/// How old a word about somebody may be.
const FRESH: TimeDelta = TimeDelta::minutes(10);
/// The signatures that count: those that a client's own secret cannot make.
const SIGNATURES: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// How we prove to a provider who we are.
pub enum ClientProof {
    /// A secret that both sides know.
    Secret(Zeroizing<String>),
    /// A key of our own.
    Key(ClientKey),
}

/// What is agreed with a provider.
pub struct Agreed {
    /// Its address, as it names itself.
    pub issuer: String,
    /// What we are called there.
    pub client_id: String,
    /// How we prove it.
    pub proof: ClientProof,
    /// Where it sends people back to.
    pub redirect: String,
    /// What we ask for beside `openid`.
    pub scopes: Vec<String>,
    /// What else goes with the question, such as `acr_values`.
    pub extra: Vec<(String, String)>,
    /// How wrong clocks may be.
    pub skew: TimeDelta,
}

/// Somebody who is about to be sent to the provider.
pub struct Begun {
    /// Where to.
    pub address: String,
    /// What comes back with them.
    pub state: String,
    /// What has to stand in the word about them.
    pub nonce: String,
    /// What proves that we asked.
    pub verifier: String,
}

/// What a provider vouches for.
#[derive(Debug, Clone)]
pub struct Vouched {
    /// What names the person there.
    pub subject: String,
    /// All it says about them.
    pub claims: Map<String, Value>,
}

/// Why nobody can be let in on a provider's word.
#[derive(Debug, thiserror::Error)]
pub enum OidcError {
    /// It could not be reached, or did not answer well.
    #[error(transparent)]
    Remote(#[from] RemoteError),
    /// It is not who we asked, or the word comes from another.
    #[error("the answer comes from another issuer than was agreed")]
    WrongIssuer,
    /// The word is meant for somebody else.
    #[error("the word about the person is meant for another service")]
    WrongAudience,
    /// The word is too old.
    #[error("the word about the person has expired; are the clocks right?")]
    Expired,
    /// The word is of the future, or of long ago.
    #[error("the word about the person is not of this moment; are the clocks right?")]
    NotNow,
    /// The word answers another question.
    #[error("the word about the person answers another question")]
    WrongNonce,
    /// It is signed with a key that the provider does not publish.
    #[error("the word about the person is signed with a key that is not known")]
    UnknownKey,
    /// The signature is not right, or not of a kind that counts.
    #[error("the signature of the word about the person is not right")]
    BadSignature,
    /// The code was used before, is too old, or is none.
    #[error("the provider does not take the code: {0}")]
    CodeRefused(String),
    /// Something else is wrong with the answer.
    #[error("the answer of the provider cannot be used: {0}")]
    NotUnderstood(String),
}

/// A provider.
pub struct Provider {
    agreed: Agreed,
    http: reqwest::Client,
    host: String,
    known: Mutex<Option<(DateTime<Utc>, CoreProviderMetadata)>>,
}

/// Everything that a provider says beside the standard.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct AllClaims {
    #[serde(flatten)]
    rest: Map<String, Value>,
}

impl AdditionalClaims for AllClaims {}

type Tokens = StandardTokenResponse<
    IdTokenFields<
        AllClaims,
        EmptyExtraTokenFields,
        CoreGenderClaim,
        CoreJweContentEncryptionAlgorithm,
        CoreJwsSigningAlgorithm,
    >,
    CoreTokenType,
>;
type OidcClient = Client<
    AllClaims,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    Tokens,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

impl Provider {
    /// A provider that nobody has asked yet.
    pub fn new(agreed: Agreed, tls: &Tls) -> Result<Self, OidcError> {
        let host = address(&agreed.issuer)?;
        Ok(Self {
            http: client(tls, "haven")?,
            agreed,
            host,
            known: Mutex::default(),
        })
    }

    /// Where to send somebody.
    pub async fn begin(&self, now: DateTime<Utc>) -> Result<Begun, OidcError> {
        let metadata = self.metadata(now, BELIEVED).await?;
        let client = self.client(metadata)?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let mut asked = client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                CsrfToken::new_random,
                Nonce::new_random,
            )
            .set_pkce_challenge(challenge);
        for scope in &self.agreed.scopes {
            asked = asked.add_scope(Scope::new(scope.clone()));
        }
        for (name, value) in &self.agreed.extra {
            asked = asked.add_extra_param(name.clone(), value.clone());
        }
        let (address, state, nonce) = asked.url();
        Ok(Begun {
            address: address.to_string(),
            state: state.secret().clone(),
            nonce: nonce.secret().clone(),
            verifier: verifier.secret().clone(),
        })
    }

    /// What the provider vouches for, once somebody has come back with a code.
    pub async fn finish(
        &self,
        code: &str,
        nonce: &str,
        verifier: &str,
        now: DateTime<Utc>,
    ) -> Result<Vouched, OidcError> {
        let metadata = self.metadata(now, BELIEVED).await?;
        let token_address = metadata
            .token_endpoint()
            .map(|endpoint| endpoint.url().to_string())
            .ok_or_else(|| OidcError::NotUnderstood("it has no token endpoint".to_owned()))?;
        let client = self.client(metadata)?;
        let http = self.asks();
        let mut request = client
            .exchange_code(AuthorizationCode::new(code.to_owned()))
            .map_err(|e| OidcError::NotUnderstood(e.to_string()))?
            .set_pkce_verifier(PkceCodeVerifier::new(verifier.to_owned()));
        if let ClientProof::Key(key) = &self.agreed.proof {
            let signed = key.assertion(&self.agreed.client_id, &token_address, now)?;
            request = request
                .add_extra_param("client_assertion_type", assertion::KIND)
                .add_extra_param("client_assertion", signed);
        }
        let tokens = request.request_async(&http).await.map_err(|e| match e {
            RequestTokenError::ServerResponse(said) => {
                OidcError::CodeRefused(plain(said.error().as_ref()))
            }
            RequestTokenError::Request(fault) => OidcError::Remote(fault),
            RequestTokenError::Parse(..) | RequestTokenError::Other(_) => {
                OidcError::NotUnderstood("it is no token".to_owned())
            }
        })?;
        let nonce = Nonce::new(nonce.to_owned());
        let claims = match self.verified(&client, &tokens, &nonce, now) {
            // Keys change: what is published is fetched anew, once.
            Err(OidcError::UnknownKey) => {
                let client = self.client(self.metadata(now, ASKED_AGAIN).await?)?;
                self.verified(&client, &tokens, &nonce, now)?
            }
            other => other?,
        };
        self.with_user_info(claims, &tokens, now).await
    }

    /// Where the provider ends its own session, where it says so.
    pub async fn sign_out_address(
        &self,
        back_to: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<String>, OidcError> {
        // The library leaves this endpoint out of what it reads.
        self.metadata(now, BELIEVED).await?;
        let discovery = format!("{}/.well-known/openid-configuration", self.host);
        let said = self.json(&discovery, None).await?;
        let Some(endpoint) = said.get("end_session_endpoint").and_then(Value::as_str) else {
            return Ok(None);
        };
        address(endpoint)?;
        let mut url = openidconnect::url::Url::parse(endpoint)
            .map_err(|e| OidcError::NotUnderstood(e.to_string()))?;
        url.query_pairs_mut()
            .append_pair("client_id", &self.agreed.client_id)
            .append_pair("post_logout_redirect_uri", back_to);
        Ok(Some(url.to_string()))
    }

    fn client(&self, metadata: CoreProviderMetadata) -> Result<OidcClient, OidcError> {
        let secret = match &self.agreed.proof {
            ClientProof::Secret(secret) => Some(ClientSecret::new(secret.to_string())),
            ClientProof::Key(_) => None,
        };
        let id = ClientId::new(self.agreed.client_id.clone());
        let redirect = RedirectUrl::new(self.agreed.redirect.clone())
            .map_err(|e| OidcError::NotUnderstood(e.to_string()))?;
        let client = OidcClient::from_provider_metadata(metadata, id, secret);
        Ok(client
            .set_redirect_uri(redirect)
            .set_auth_type(match &self.agreed.proof {
                ClientProof::Secret(_) => AuthType::BasicAuth,
                ClientProof::Key(_) => AuthType::RequestBody,
            }))
    }

    /// What the provider says of itself, no older than so long.
    async fn metadata(
        &self,
        now: DateTime<Utc>,
        no_older: TimeDelta,
    ) -> Result<CoreProviderMetadata, OidcError> {
        if let Ok(known) = self.known.lock()
            && let Some((at, metadata)) = known.as_ref()
            && now - *at < no_older
        {
            return Ok(metadata.clone());
        }
        let issuer = IssuerUrl::new(self.agreed.issuer.clone())
            .map_err(|e| OidcError::NotUnderstood(e.to_string()))?;
        let http = self.asks();
        let metadata = CoreProviderMetadata::discover_async(issuer, &http)
            .await
            .map_err(|e| match e {
                DiscoveryError::Request(fault) => OidcError::Remote(fault),
                DiscoveryError::Validation(_) => OidcError::WrongIssuer,
                DiscoveryError::Response(status, ..) => OidcError::Remote(RemoteError::Refused {
                    host: self.host.clone(),
                    status: status.as_u16(),
                    words: "what it says of itself is not there".to_owned(),
                }),
                _ => OidcError::NotUnderstood("what it says of itself".to_owned()),
            })?;
        // Secrets and people go over a line that others cannot read.
        let endpoints = [
            Some(metadata.authorization_endpoint().url()),
            metadata.token_endpoint().map(TokenUrl::url),
            metadata.userinfo_endpoint().map(UserInfoUrl::url),
            Some(metadata.jwks_uri().url()),
        ];
        for endpoint in endpoints.into_iter().flatten() {
            let mut bare = endpoint.clone();
            bare.set_query(None);
            address(bare.as_str())?;
        }
        if let Ok(mut known) = self.known.lock() {
            *known = Some((now, metadata.clone()));
        }
        Ok(metadata)
    }

    fn verified(
        &self,
        client: &OidcClient,
        tokens: &Tokens,
        nonce: &Nonce,
        now: DateTime<Utc>,
    ) -> Result<Map<String, Value>, OidcError> {
        let skew = self.agreed.skew;
        let id_token = tokens.id_token().ok_or_else(|| {
            OidcError::NotUnderstood("there is no word about the person".to_owned())
        })?;
        let verifier = client
            .id_token_verifier()
            .set_allowed_algs(SIGNATURES)
            .set_time_fn(move || now - skew)
            .set_issue_time_verifier_fn(move |issued| {
                let early = issued > now + skew;
                let late = issued < now - FRESH - skew;
                if early || late {
                    Err(NOT_NOW.to_owned())
                } else {
                    Ok(())
                }
            });
        let claims = id_token.claims(&verifier, nonce).map_err(why)?;
        let claims =
            serde_json::to_value(claims).map_err(|e| OidcError::NotUnderstood(e.to_string()))?;
        let Value::Object(claims) = claims else {
            return Err(OidcError::NotUnderstood("it is no object".to_owned()));
        };
        let not_before = claims.get("nbf").and_then(Value::as_i64);
        if not_before.is_some_and(|nbf| nbf > (now + skew).timestamp()) {
            return Err(OidcError::NotNow);
        }
        Ok(claims)
    }

    /// What the provider says about the person beside its word, where it says more. It never takes the place of what
    /// is in the word, which is signed.
    async fn with_user_info(
        &self,
        mut claims: Map<String, Value>,
        tokens: &Tokens,
        now: DateTime<Utc>,
    ) -> Result<Vouched, OidcError> {
        let subject = claims
            .get("sub")
            .and_then(Value::as_str)
            .ok_or_else(|| OidcError::NotUnderstood("it names nobody".to_owned()))?
            .to_owned();
        let metadata = self.metadata(now, BELIEVED).await?;
        if let Some(endpoint) = metadata.userinfo_endpoint() {
            let token = tokens.access_token().secret();
            let said = self.json(endpoint.url().as_str(), Some(token)).await?;
            if said.get("sub").and_then(Value::as_str) != Some(subject.as_str()) {
                return Err(OidcError::NotUnderstood(
                    "what it says more is about somebody else".to_owned(),
                ));
            }
            if let Value::Object(more) = said {
                for (name, value) in more {
                    claims.entry(name).or_insert(value);
                }
            }
        }
        Ok(Vouched { subject, claims })
    }

    async fn json(&self, url: &str, token: Option<&String>) -> Result<Value, OidcError> {
        let mut request = self.http.get(url).header("accept", "application/json");
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let response = request
            .send()
            .await
            .map_err(|e| not_reached(&self.host, &e))?;
        let status = response.status();
        if !status.is_success() {
            return Err(OidcError::Remote(RemoteError::Refused {
                host: self.host.clone(),
                status: status.as_u16(),
                words: "it says no more about the person".to_owned(),
            }));
        }
        Ok(crate::http::json(&self.host, response).await?)
    }

    /// The way the library asks: through our own client, which follows no redirects and reads no endless answer.
    fn asks(
        &self,
    ) -> impl Fn(
        HttpRequest,
    )
        -> std::pin::Pin<Box<dyn Future<Output = Result<HttpResponse, RemoteError>> + Send>> {
        let (client, host) = (self.http.clone(), self.host.clone());
        move |request| Box::pin(asked(client.clone(), host.clone(), request))
    }
}

/// What marks our own finding about time among the library's.
const NOT_NOW: &str = "not of this moment";

async fn asked(
    client: reqwest::Client,
    host: String,
    request: HttpRequest,
) -> Result<HttpResponse, RemoteError> {
    let request = reqwest::Request::try_from(request).map_err(|e| not_reached(&host, &e))?;
    let response = client
        .execute(request)
        .await
        .map_err(|e| not_reached(&host, &e))?;
    let (status, headers) = (response.status(), response.headers().clone());
    let body = bytes(&host, response).await?;
    let mut answer = http::Response::new(body);
    *answer.status_mut() = status;
    *answer.headers_mut() = headers;
    Ok(answer)
}

fn why(fault: ClaimsVerificationError) -> OidcError {
    match fault {
        ClaimsVerificationError::Expired(text) if text.contains(NOT_NOW) => OidcError::NotNow,
        ClaimsVerificationError::Expired(_) => OidcError::Expired,
        ClaimsVerificationError::InvalidAudience(_) => OidcError::WrongAudience,
        ClaimsVerificationError::InvalidIssuer(_) => OidcError::WrongIssuer,
        ClaimsVerificationError::InvalidNonce(_) => OidcError::WrongNonce,
        ClaimsVerificationError::SignatureVerification(
            SignatureVerificationError::NoMatchingKey,
        ) => OidcError::UnknownKey,
        ClaimsVerificationError::SignatureVerification(_) => OidcError::BadSignature,
        _ => OidcError::NotUnderstood("the word about the person".to_owned()),
    }
}

/// A code of the provider's, without anything that could be more than a word.
fn plain(code: &str) -> String {
    code.chars()
        .filter(|c| c.is_ascii_alphanumeric() || *c == '_')
        .take(60)
        .collect()
}
