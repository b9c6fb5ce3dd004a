//! Another Haven, by its interface for machines: files go there in parts, and what became of them comes back.

use crate::http::{RemoteError, Tls, address, client, json, not_reached, well};
use reqwest::{Client, RequestBuilder, Response, header::HeaderMap};
use serde_json::Value;
use zeroize::Zeroizing;

const TUS: (&str, &str) = ("tus-resumable", "1.0.0");

/// Where a service is, and what opens it.
pub struct Opening {
    /// Its address, without a path.
    pub address: String,
    /// The token of whoever calls.
    pub token: Zeroizing<String>,
    /// Certificates.
    pub tls: Tls,
    /// Our name and version.
    pub client: String,
}

/// A service that can be called.
pub struct Haven {
    client: Client,
    address: String,
    token: Zeroizing<String>,
}

/// How far an upload has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stands {
    /// How many bytes are there.
    pub offset: u64,
    /// The path of the submission, once all are.
    pub submission: Option<String>,
}

impl Haven {
    /// Gets ready to call; nothing is called yet.
    pub fn open(opening: Opening) -> Result<Self, RemoteError> {
        Ok(Self {
            client: client(&opening.tls, &opening.client)?,
            address: address(&opening.address)?,
            token: opening.token,
        })
    }

    /// The address as it was given.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Begins an upload of so many bytes, or finds the one that the same key began; gives its path.
    pub async fn begin(
        &self,
        key: &str,
        length: u64,
        metadata: &str,
    ) -> Result<String, RemoteError> {
        let call = self
            .client
            .post(self.at("/api/v1/uploads"))
            .header(TUS.0, TUS.1)
            .header("idempotency-key", key)
            .header("upload-length", length)
            .header("upload-metadata", metadata);
        let response = self.call(call).await?;
        let path = text(response.headers(), "location").filter(|path| path.starts_with('/'));
        path.ok_or_else(|| self.odd("it does not say where the upload is"))
    }

    /// How far an upload has come; `None` where there is no such upload any more.
    pub async fn stands(&self, upload: &str) -> Result<Option<Stands>, RemoteError> {
        let call = self.client.head(self.at(upload)).header(TUS.0, TUS.1);
        match self.call(call).await {
            Ok(response) => self.read_stands(response.headers()).map(Some),
            Err(fault) if matches!(fault.status(), Some(404 | 410)) => Ok(None),
            Err(fault) => Err(fault),
        }
    }

    /// Adds a piece at its place.
    pub async fn add(
        &self,
        upload: &str,
        offset: u64,
        piece: Vec<u8>,
    ) -> Result<Stands, RemoteError> {
        let call = self
            .client
            .patch(self.at(upload))
            .header(TUS.0, TUS.1)
            .header("content-type", "application/offset+octet-stream")
            .header("upload-offset", offset)
            .body(piece);
        self.read_stands(self.call(call).await?.headers())
    }

    /// A document, and how many seconds the service wants to be left alone before it is asked again.
    pub async fn document(&self, path: &str) -> Result<(Value, Option<u64>), RemoteError> {
        let response = self.call(self.client.get(self.at(path))).await?;
        let wait = crate::http::retry_after(&response);
        Ok((json(&self.address, response).await?, wait))
    }

    /// Sends a document, once for each key, and gives the answer.
    pub async fn post(&self, path: &str, key: &str, body: &Value) -> Result<Value, RemoteError> {
        let call = self
            .client
            .post(self.at(path))
            .header("idempotency-key", key)
            .header("content-type", "application/json")
            .body(body.to_string());
        json(&self.address, self.call(call).await?).await
    }

    /// A file, handed on in pieces.
    pub async fn file<E: From<RemoteError>>(
        &self,
        path: &str,
        mut take: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut response = self.call(self.client.get(self.at(path))).await?;
        while let Some(piece) = response
            .chunk()
            .await
            .map_err(|e| not_reached(&self.address, &e))?
        {
            take(&piece)?;
        }
        Ok(())
    }

    fn at(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }

    async fn call(&self, call: RequestBuilder) -> Result<Response, RemoteError> {
        let response = call
            .bearer_auth(self.token.as_str())
            .send()
            .await
            .map_err(|e| not_reached(&self.address, &e))?;
        well(&self.address, response, in_words).await
    }

    fn read_stands(&self, headers: &HeaderMap) -> Result<Stands, RemoteError> {
        let offset = text(headers, "upload-offset").and_then(|o| o.parse().ok());
        Ok(Stands {
            offset: offset
                .ok_or_else(|| self.odd("it does not say how far the upload has come"))?,
            submission: text(headers, "haven-submission").filter(|path| path.starts_with('/')),
        })
    }

    fn odd(&self, why: &str) -> RemoteError {
        RemoteError::NotUnderstood {
            host: self.address.clone(),
            why: why.to_owned(),
        }
    }
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    let value = headers.get(name)?.to_str().ok()?;
    (!value.is_empty()).then(|| value.to_owned())
}

/// The words of a problem (RFC 9457).
fn in_words(body: &[u8]) -> Option<String> {
    let problem: Value = serde_json::from_slice(body).ok()?;
    let words = |name: &str| problem.get(name).and_then(Value::as_str);
    match (words("title"), words("detail")) {
        (Some(title), Some(detail)) => Some(format!("{title} {detail}")),
        (title, detail) => title.or(detail).map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_is_told_in_its_own_words() {
        let body = br#"{"type": "/problems/period", "title": "The period is wrong.", "detail": "State both.", "status": 422}"#;
        assert_eq!(
            in_words(body).as_deref(),
            Some("The period is wrong. State both.")
        );
        assert_eq!(in_words(b"<html>"), None);
    }
}
