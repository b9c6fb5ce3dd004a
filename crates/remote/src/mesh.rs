//! A mailbox of the Message Exchange for Social Care and Health, by its HTTP interface.
//!
//! Messages come and go in chunks, each of them compressed by itself or not at all. What a message holds is
//! handed on in pieces; no chunk is held in memory whole.

mod incoming;
mod token;

pub use incoming::{Incoming, ReceiveError};

use crate::http::{RemoteError, Tls, bytes, client, json, not_reached, well};
use flate2::{Compression, write::GzEncoder};
use model::Clock;
use reqwest::{Client, RequestBuilder, Response};
use serde_json::Value;
use std::{io::Write, sync::Arc};
use token::Tokens;
use zeroize::Zeroizing;

/// The form in which the service answers.
const ACCEPT: &str = "application/vnd.mesh.v2+json";
/// How many pages of an inbox are read in one go.
const PAGES: usize = 20;

/// Where a mailbox is, and what opens it.
pub struct Opening {
    /// The address of the service, without a path.
    pub address: String,
    /// The name of the mailbox.
    pub mailbox: String,
    /// Its password.
    pub password: Zeroizing<String>,
    /// The key that all mailboxes of the environment share.
    pub shared_key: Zeroizing<String>,
    /// Certificates.
    pub tls: Tls,
    /// Our name and version.
    pub client: String,
}

/// A mailbox that can be called.
pub struct Mailbox {
    client: Client,
    address: String,
    name: String,
    version: String,
    tokens: Tokens,
    /// Whether a certificate of ours is shown.
    known: bool,
}

/// What is written on a message that goes out.
#[derive(Debug, Clone)]
pub struct Label {
    /// The mailbox that it goes to.
    pub to: String,
    /// The workflow that it belongs to.
    pub workflow: String,
    /// Our own name for it.
    pub local_id: String,
    /// What it is about.
    pub subject: String,
    /// The name of what it holds.
    pub file_name: String,
    /// The kind of what it holds.
    pub content_type: String,
}

impl Mailbox {
    /// Makes ready to call; nothing is sent yet.
    pub fn open(opening: &Opening, clock: Arc<dyn Clock>) -> Result<Self, RemoteError> {
        Ok(Self {
            client: client(&opening.tls, &opening.client)?,
            address: opening.address.trim_end_matches('/').to_owned(),
            name: opening.mailbox.to_uppercase(),
            version: opening.client.clone(),
            known: opening.tls.certificate.is_some(),
            tokens: Tokens::new(
                &opening.mailbox.to_uppercase(),
                opening.password.clone(),
                &opening.shared_key,
                clock,
            )?,
        })
    }

    /// Proves that the mailbox opens. The service wants to hear this at least once a day.
    pub async fn handshake(&self) -> Result<(), RemoteError> {
        let call = self
            .client
            .post(self.at(""))
            .header("mex-ClientVersion", &self.version)
            .header("mex-OSName", "any")
            .header("mex-OSVersion", "any");
        self.call(call).await.map(|_| ())
    }

    /// The messages that wait, the oldest first.
    pub async fn inbox(&self) -> Result<Vec<String>, RemoteError> {
        let (mut waiting, mut next) = (Vec::new(), self.at("/inbox"));
        for _ in 0..PAGES {
            let page = json(&self.address, self.call(self.client.get(&next)).await?).await?;
            let messages = page.get("messages").and_then(Value::as_array);
            let messages = messages.ok_or_else(|| self.odd("the inbox has no list of messages"))?;
            waiting.extend(messages.iter().filter_map(Value::as_str).map(str::to_owned));
            // A path on the same service, and nothing else.
            match page.pointer("/links/next").and_then(Value::as_str) {
                Some(path) if path.starts_with('/') && !messages.is_empty() => {
                    next = format!("{}{path}", self.address);
                }
                _ => break,
            }
        }
        Ok(waiting)
    }

    /// Begins to receive a message.
    pub async fn receive(&self, message: &str) -> Result<Incoming<'_>, RemoteError> {
        let response = self.chunk(message, 1).await?;
        Ok(Incoming::new(self, message, response))
    }

    /// Says that a message has arrived and may go.
    pub async fn acknowledge(&self, message: &str) -> Result<(), RemoteError> {
        let path = format!("/inbox/{}/status/acknowledged", in_a_path(message));
        self.call(self.client.put(self.at(&path))).await.map(|_| ())
    }

    /// Sends a message, compressed and in chunks of at most so many bytes before they are compressed; gives its
    /// name.
    pub async fn send(
        &self,
        label: &Label,
        body: &[u8],
        chunk: usize,
    ) -> Result<String, RemoteError> {
        let pieces: Vec<&[u8]> = body.chunks(chunk.max(1)).collect();
        let total = pieces.len();
        let mut name: Option<String> = None;
        for (at, piece) in (1usize..).zip(pieces) {
            let path = match &name {
                None => "/outbox".to_owned(),
                Some(name) => format!("/outbox/{}/{at}", in_a_path(name)),
            };
            let kind = if total == 1 {
                label.content_type.as_str()
            } else {
                "application/octet-stream"
            };
            let mut call = self
                .client
                .post(self.at(&path))
                .header("content-type", kind)
                .header("content-encoding", "gzip")
                .header("mex-chunk-range", format!("{at}:{total}"))
                .body(self.compressed(piece)?);
            if name.is_none() {
                for (header, value) in [
                    ("mex-to", &label.to),
                    ("mex-workflowid", &label.workflow),
                    ("mex-localid", &label.local_id),
                    ("mex-subject", &label.subject),
                    ("mex-filename", &label.file_name),
                    ("mex-content-type", &label.content_type),
                ] {
                    call = call.header(header, value);
                }
            }
            let response = self.call(call).await?;
            if name.is_none() {
                let said = json(&self.address, response).await?;
                let given = said.get("message_id").and_then(Value::as_str);
                let given = given.ok_or_else(|| self.odd("a message that was sent has no name"))?;
                name = Some(given.to_owned());
            }
        }
        name.ok_or_else(|| self.odd("there is nothing to send"))
    }

    /// How a message stands that we have sent.
    pub async fn track(&self, message: &str) -> Result<Value, RemoteError> {
        let path = format!("/outbox/tracking?messageID={}", in_a_path(message));
        json(
            &self.address,
            self.call(self.client.get(self.at(&path))).await?,
        )
        .await
    }

    async fn chunk(&self, message: &str, number: u32) -> Result<Response, RemoteError> {
        let message = in_a_path(message);
        let path = match number {
            1 => format!("/inbox/{message}"),
            _ => format!("/inbox/{message}/{number}"),
        };
        let call = self.client.get(self.at(&path));
        self.call(call.header("accept-encoding", "gzip")).await
    }

    async fn call(&self, call: RequestBuilder) -> Result<Response, RemoteError> {
        let call = call
            .header("accept", ACCEPT)
            .header("authorization", self.tokens.next().as_str());
        let response = call.send().await.map_err(|e| self.not_reached(&e))?;
        well(&self.address, response, said).await
    }

    /// A call that could not be made, with what to look at where certificates are in the way.
    fn not_reached(&self, fault: &reqwest::Error) -> RemoteError {
        let fault = not_reached(&self.address, fault);
        let RemoteError::NotReached { host, why } = fault else {
            return fault;
        };
        let instead = if why.contains("peer certificate") {
            ". The service is not who `mesh.authorities_file` vouches for"
        } else if !self.known && self.address.starts_with("https:") {
            ". MESH wants to see a certificate; set `mesh.certificate_file` and `mesh.key_file`"
        } else {
            ""
        };
        RemoteError::NotReached {
            host,
            why: format!("{why}{instead}"),
        }
    }

    fn at(&self, path: &str) -> String {
        let mailbox = in_a_path(&self.name);
        format!("{}/messageexchange/{mailbox}{path}", self.address)
    }

    fn compressed(&self, piece: &[u8]) -> Result<Vec<u8>, RemoteError> {
        let mut out = GzEncoder::new(Vec::new(), Compression::default());
        out.write_all(piece)
            .and_then(|()| out.finish())
            .map_err(|e| self.odd(&e.to_string()))
    }

    fn odd(&self, why: &str) -> RemoteError {
        RemoteError::NotUnderstood {
            host: self.address.clone(),
            why: why.to_owned(),
        }
    }
}

/// The service's own words about a call that it refused.
fn said(body: &[u8]) -> Option<String> {
    let document: Value = serde_json::from_slice(body).ok()?;
    let words = document
        .pointer("/detail/0/msg")
        .or_else(|| document.get("errorDescription"))
        .or_else(|| document.get("message"))?;
    words.as_str().map(str::to_owned)
}

/// A name as a part of an address: whatever is no letter, digit, hyphen or underscore is written as its number.
fn in_a_path(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_') {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push_str(&hex::encode_upper([byte]));
        }
    }
    out
}

/// The rest of an answer that nobody needs, so that its connection can be used again.
async fn rest(host: &str, response: Response) {
    let _ = bytes(host, response).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hostile_name_stays_in_its_place_in_the_address() {
        assert_eq!(
            in_a_path("20220228174323222_ABCDEF"),
            "20220228174323222_ABCDEF"
        );
        assert_eq!(in_a_path("../a?b=c#d e"), "%2E%2E%2Fa%3Fb%3Dc%23d%20e");
    }

    #[test]
    fn what_the_service_says_of_a_refusal_is_read_in_both_of_its_forms() {
        let second =
            br#"{"detail":[{"event":"SEND","code":"12","msg":"Unregistered to address"}]}"#;
        let first = br#"{"errorDescription":"Unregistered to address"}"#;
        for body in [&second[..], &first[..]] {
            assert_eq!(said(body).as_deref(), Some("Unregistered to address"));
        }
        assert_eq!(said(b"<soap>"), None);
    }
}
