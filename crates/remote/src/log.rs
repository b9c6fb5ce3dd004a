//! The published part of another Haven's log: its checkpoint and tiles, and the address that takes
//! cosignatures.

use crate::http::{RemoteError, Tls, address, client, not_reached};
use reqwest::{Client, StatusCode};

/// The longest answer that is read.
const LONGEST: usize = 20 << 20;

/// A log at an address.
pub struct Log {
    client: Client,
    address: String,
}

impl Log {
    /// The log of the Haven at this address.
    pub fn open(given: &str, tls: &Tls, name: &str) -> Result<Self, RemoteError> {
        Ok(Self {
            client: client(tls, name)?,
            address: address(given)?,
        })
    }

    /// A file below `/log/`; `None` where there is none.
    pub async fn file(&self, path: &str) -> Result<Option<Vec<u8>>, RemoteError> {
        let url = format!("{}/log/{path}", self.address);
        let fault = |e: reqwest::Error| not_reached(&self.address, &e);
        let mut response = self.client.get(url).send().await.map_err(fault)?;
        match response.status() {
            StatusCode::OK => {}
            StatusCode::NOT_FOUND => return Ok(None),
            status => return Err(self.refused(status, "")),
        }
        let mut bytes = Vec::new();
        while let Some(piece) = response.chunk().await.map_err(fault)? {
            bytes.extend_from_slice(&piece);
            if bytes.len() > LONGEST {
                return Err(RemoteError::NotUnderstood {
                    host: self.address.clone(),
                    why: "it is too long".to_owned(),
                });
            }
        }
        Ok(Some(bytes))
    }

    /// Brings a cosigned checkpoint.
    pub async fn bring(&self, note: &str) -> Result<(), RemoteError> {
        let url = format!("{}/log/cosignatures", self.address);
        let call = self.client.post(url).body(note.to_owned());
        let response = call
            .send()
            .await
            .map_err(|e| not_reached(&self.address, &e))?;
        match response.status() {
            StatusCode::OK => Ok(()),
            status => Err(self.refused(status, "it does not take this cosignature: tell its operator the public key of the witness")),
        }
    }

    fn refused(&self, status: StatusCode, words: &str) -> RemoteError {
        RemoteError::Refused {
            host: self.address.clone(),
            status: status.as_u16(),
            words: words.to_owned(),
        }
    }
}
