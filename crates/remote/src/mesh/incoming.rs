//! A message on its way in: chunk after chunk, unpacked in small pieces.

use super::{Mailbox, rest};
use crate::http::{RemoteError, not_reached};
use flate2::write::MultiGzDecoder;
use reqwest::Response;
use std::{collections::VecDeque, io::Write};

/// How many packed bytes are unpacked at a time. They come to a thousand times as much at worst.
const AT_ONCE: usize = 4 * 1024;

/// Why a message could not be received.
#[derive(Debug, thiserror::Error)]
pub enum ReceiveError {
    /// The message itself is not whole or not packed as it says: trying again would not help.
    #[error("{0}")]
    Damaged(String),
    /// The service could not be called: it may go well another time.
    #[error(transparent)]
    Remote(#[from] RemoteError),
}

/// A message of which some has come.
pub struct Incoming<'m> {
    mailbox: &'m Mailbox,
    message: String,
    /// Who has sent it.
    pub from: String,
    /// The workflow that it belongs to.
    pub workflow: String,
    /// The sender's own name for it.
    pub local_id: String,
    /// The name of the file; it may name a person.
    pub file_name: String,
    /// `DATA`, or `REPORT` for one of the service's own.
    pub kind: String,
    /// What a report says.
    pub status: String,
    chunks: u32,
    at: u32,
    response: Option<Response>,
    unpack: Option<MultiGzDecoder<Vec<u8>>>,
    packed: VecDeque<u8>,
    begun: bool,
}

impl<'m> Incoming<'m> {
    pub(super) fn new(mailbox: &'m Mailbox, message: &str, response: Response) -> Self {
        let header = |name: &str| {
            let value = response.headers().get(name);
            value
                .and_then(|v| v.to_str().ok())
                .unwrap_or_default()
                .trim()
                .to_owned()
        };
        let total = header("mex-chunk-range");
        let total = total
            .split_once(':')
            .and_then(|(_, n)| n.trim().parse().ok());
        Self {
            mailbox,
            message: message.to_owned(),
            from: header("mex-from").to_uppercase(),
            workflow: header("mex-workflowid"),
            local_id: header("mex-localid"),
            file_name: header("mex-filename"),
            kind: header("mex-messagetype").to_uppercase(),
            status: header("mex-statusdescription"),
            chunks: total.unwrap_or(1),
            at: 1,
            response: Some(response),
            unpack: None,
            packed: VecDeque::new(),
            begun: false,
        }
    }

    /// The next piece of what the message holds; `None` at its end.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, ReceiveError> {
        loop {
            if !self.packed.is_empty() {
                let piece = self.unpacked()?;
                if !piece.is_empty() {
                    return Ok(Some(piece));
                }
                continue;
            }
            let Some(response) = self.response.as_mut() else {
                return Ok(None);
            };
            if !self.begun {
                self.unpack = packing(response, self.at)?;
                self.begun = true;
            }
            let host = &self.mailbox.address;
            let piece = response.chunk().await.map_err(|e| not_reached(host, &e))?;
            match piece {
                Some(bytes) if self.unpack.is_some() => self.packed.extend(bytes),
                Some(bytes) if bytes.is_empty() => {}
                Some(bytes) => return Ok(Some(bytes.to_vec())),
                None => {
                    let last = self.end_of_chunk().await?;
                    if !last.is_empty() {
                        return Ok(Some(last));
                    }
                }
            }
        }
    }

    /// Leaves the rest of the message where it is.
    pub async fn leave(mut self) {
        if let Some(response) = self.response.take().filter(|_| self.chunks == 1) {
            rest(&self.mailbox.address, response).await;
        }
    }

    fn unpacked(&mut self) -> Result<Vec<u8>, ReceiveError> {
        let Some(unpack) = self.unpack.as_mut() else {
            return Ok(self.packed.drain(..).collect());
        };
        let few = self.packed.len().min(AT_ONCE);
        let piece: Vec<u8> = self.packed.drain(..few).collect();
        unpack.write_all(&piece).map_err(|_| broken(self.at))?;
        Ok(std::mem::take(unpack.get_mut()))
    }

    /// What the unpacking still held; then the next chunk is asked for.
    async fn end_of_chunk(&mut self) -> Result<Vec<u8>, ReceiveError> {
        let mut last = Vec::new();
        if let Some(mut unpack) = self.unpack.take() {
            unpack.try_finish().map_err(|_| broken(self.at))?;
            last = std::mem::take(unpack.get_mut());
        }
        self.response = None;
        if self.at < self.chunks {
            self.at += 1;
            let next = self.mailbox.chunk(&self.message, self.at).await;
            self.response = Some(next.map_err(|fault| match fault.status() {
                Some(404 | 410) => ReceiveError::Damaged(format!(
                    "Chunk {} of {} is missing.",
                    self.at, self.chunks
                )),
                _ => fault.into(),
            })?);
            self.begun = false;
        }
        Ok(last)
    }
}

/// How a chunk is packed.
fn packing(
    response: &Response,
    chunk: u32,
) -> Result<Option<MultiGzDecoder<Vec<u8>>>, ReceiveError> {
    let encoding = response.headers().get("content-encoding");
    let encoding = encoding.map_or(Some(""), |v| v.to_str().ok());
    match encoding.map(|e| e.trim().to_ascii_lowercase()).as_deref() {
        Some("" | "identity") => Ok(None),
        Some("gzip" | "x-gzip") => Ok(Some(MultiGzDecoder::new(Vec::new()))),
        _ => Err(ReceiveError::Damaged(format!(
            "Chunk {chunk} is packed in a way that we do not read. Send it with the content encoding `gzip`, or with none."
        ))),
    }
}

fn broken(chunk: u32) -> ReceiveError {
    ReceiveError::Damaged(format!(
        "Chunk {chunk} says that it is gzip, and cannot be unpacked as such."
    ))
}
