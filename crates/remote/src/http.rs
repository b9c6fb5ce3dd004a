//! What every call shares: TLS, patience, and faults in words that say what to do.

use reqwest::{Certificate, Client, Identity, Response, StatusCode, Url, redirect::Policy};
use std::{error::Error, time::Duration};
use zeroize::Zeroizing;

/// How long a connection may take to stand, and how long the other side may be silent.
const TO_CONNECT: Duration = Duration::from_secs(20);
const SILENT: Duration = Duration::from_mins(2);
/// The longest answer that is read into memory.
const LONGEST_ANSWER: usize = 4 * 1024 * 1024;
/// How much of another service's own words is passed on.
const LONGEST_WORDS: usize = 300;

/// How we and the other side prove who we are. All in PEM.
#[derive(Default)]
pub struct Tls {
    /// Our certificate, with those that vouch for it.
    pub certificate: Option<Vec<u8>>,
    /// Its key.
    pub key: Option<Zeroizing<Vec<u8>>>,
    /// Who may vouch for the other side, and nobody else; none leaves it to the machine's own list.
    pub authorities: Option<Vec<u8>>,
}

/// Why a call came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum RemoteError {
    /// What was given for TLS is not what it should be.
    #[error("cannot use the {what}: {why}")]
    Unusable { what: &'static str, why: String },
    /// Nobody answered, or the line broke.
    #[error("cannot reach {host}: {why}")]
    NotReached { host: String, why: String },
    /// It does not know us.
    #[error("{host} does not let us in (status {status}): {words}")]
    NotAllowed {
        host: String,
        status: u16,
        words: String,
    },
    /// It asks us to come back later.
    #[error("{host} is busy (status {status}); it asks to be called again in {seconds} seconds")]
    Busy {
        host: String,
        status: u16,
        seconds: u64,
    },
    /// It said no.
    #[error("{host} said no (status {status}): {words}")]
    Refused {
        host: String,
        status: u16,
        words: String,
    },
    /// Its answer is not what it should be.
    #[error("the answer of {host} cannot be understood: {why}")]
    NotUnderstood { host: String, why: String },
}

impl RemoteError {
    /// The status of the answer, where there was one.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::NotAllowed { status, .. }
            | Self::Busy { status, .. }
            | Self::Refused { status, .. } => Some(*status),
            _ => None,
        }
    }
}

/// An address of a service as it was given, without a slash at its end. Secrets go over a line that others can
/// read only where that line does not leave the machine.
pub fn address(given: &str) -> Result<String, RemoteError> {
    let unusable = |why: &str| RemoteError::Unusable {
        what: "address of the service",
        why: why.to_owned(),
    };
    let url = Url::parse(given)
        .map_err(|_| unusable("write it as https://haven.example, or with a port"))?;
    let is_here = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    match url.scheme() {
        "https" => {}
        "http" if is_here => {}
        "http" => {
            return Err(unusable(
                "it begins with http:// and is not this machine; use https://",
            ));
        }
        _ => return Err(unusable("it begins with https://")),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(unusable("it holds a name or a password; leave them out"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(unusable("leave out what follows `?` or `#`"));
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

/// A client that follows no redirects: a token or a file goes where it was sent and nowhere else.
pub fn client(tls: &Tls, name: &str) -> Result<Client, RemoteError> {
    let unusable = |what: &'static str| {
        move |fault: reqwest::Error| RemoteError::Unusable {
            what,
            why: in_words(&fault),
        }
    };
    let mut builder = Client::builder()
        .user_agent(name)
        .redirect(Policy::none())
        .connect_timeout(TO_CONNECT)
        .read_timeout(SILENT);
    if let Some(authorities) = &tls.authorities {
        let what = "file of certificate authorities";
        let certificates = Certificate::from_pem_bundle(authorities).map_err(unusable(what))?;
        if certificates.is_empty() {
            let why = "there is no certificate in it".to_owned();
            return Err(RemoteError::Unusable { what, why });
        }
        builder = builder.tls_certs_only(certificates);
    }
    match (&tls.certificate, &tls.key) {
        (Some(certificate), Some(key)) => {
            let mut both = Zeroizing::new(key.to_vec());
            both.push(b'\n');
            both.extend_from_slice(certificate);
            let identity = Identity::from_pem(&both);
            let what = "certificate and key of this side";
            builder = builder.identity(identity.map_err(unusable(what))?);
        }
        (None, None) => {}
        _ => {
            return Err(RemoteError::Unusable {
                what: "certificate and key of this side",
                why: "one is set without the other".to_owned(),
            });
        }
    }
    builder
        .build()
        .map_err(unusable("certificates that were given"))
}

/// A call that could not be made, or whose answer broke off.
pub(crate) fn not_reached(host: &str, fault: &reqwest::Error) -> RemoteError {
    RemoteError::NotReached {
        host: host.to_owned(),
        why: in_words(fault),
    }
}

/// Leaves an answer that is well as it is, and turns any other into a fault.
pub(crate) async fn well(
    host: &str,
    response: Response,
    words: impl Fn(&[u8]) -> Option<String>,
) -> Result<Response, RemoteError> {
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    let host = host.to_owned();
    if matches!(
        status,
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE
    ) {
        return Err(RemoteError::Busy {
            host,
            status: status.as_u16(),
            seconds: retry_after(&response).unwrap_or(60),
        });
    }
    let body = bytes(&host, response).await.unwrap_or_default();
    let said = words(&body).unwrap_or_else(|| {
        let reason = status.canonical_reason().unwrap_or("no reason given");
        reason.to_owned()
    });
    let words = said
        .chars()
        .filter(|c| !c.is_control())
        .take(LONGEST_WORDS)
        .collect();
    let status = status.as_u16();
    Err(match status {
        401 | 403 => RemoteError::NotAllowed {
            host,
            status,
            words,
        },
        _ => RemoteError::Refused {
            host,
            status,
            words,
        },
    })
}

/// How many seconds an answer asks us to wait.
pub(crate) fn retry_after(response: &Response) -> Option<u64> {
    let header = response.headers().get("retry-after")?;
    header.to_str().ok()?.trim().parse().ok()
}

/// A short answer, whole.
pub(crate) async fn bytes(host: &str, mut response: Response) -> Result<Vec<u8>, RemoteError> {
    let mut all = Vec::new();
    while let Some(piece) = response.chunk().await.map_err(|e| not_reached(host, &e))? {
        if all.len() + piece.len() > LONGEST_ANSWER {
            return Err(RemoteError::NotUnderstood {
                host: host.to_owned(),
                why: "it is longer than 4 MiB".to_owned(),
            });
        }
        all.extend_from_slice(&piece);
    }
    Ok(all)
}

/// A short answer as JSON.
pub(crate) async fn json(host: &str, response: Response) -> Result<serde_json::Value, RemoteError> {
    let all = bytes(host, response).await?;
    serde_json::from_slice(&all).map_err(|e| RemoteError::NotUnderstood {
        host: host.to_owned(),
        why: format!("it is not JSON: {e}"),
    })
}

/// A fault with its causes. The address is left out: it may name a person's file.
fn in_words(fault: &reqwest::Error) -> String {
    let mut words: Vec<String> = Vec::new();
    let mut cause: Option<&dyn Error> = fault.source();
    while let Some(now) = cause {
        words.push(now.to_string());
        cause = now.source();
    }
    // The last is the one that says what happened; those above it repeat it. Addresses of manuals do not help.
    let last = words
        .pop()
        .map(|w| w.split(": https://").next().unwrap_or_default().to_owned());
    last.unwrap_or_else(|| {
        if fault.is_timeout() {
            "it took too long to answer".to_owned()
        } else {
            "the line broke".to_owned()
        }
    })
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn a_secret_leaves_the_machine_encrypted_or_not_at_all() {
        for (given, taken) in [
            ("https://haven.example", Some("https://haven.example")),
            ("https://haven.example/", Some("https://haven.example")),
            (
                "https://haven.example/mesh/",
                Some("https://haven.example/mesh"),
            ),
            ("http://127.0.0.1:8080", Some("http://127.0.0.1:8080")),
            ("http://localhost:8080", Some("http://localhost:8080")),
            ("http://[::1]:8080", Some("http://[::1]:8080")),
            ("http://haven.example", None),
            ("http://localhost.example:8080", None),
            ("http://127.0.0.1:8080@haven.example", None),
            ("https://name:word@haven.example", None),
            ("ftp://haven.example", None),
            ("haven.example", None),
            ("https://", None),
            ("", None),
        ] {
            assert_eq!(address(given).ok().as_deref(), taken, "{given}");
        }
    }
}
