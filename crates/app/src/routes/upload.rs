//! Upload (`/submissions/new`): one file, streamed into the vault, then landed.

use super::{Answer, fault::Fault, visit::Visit};
use crate::desks::{Submission, land_error};
use axum::{
    body::Bytes,
    extract::{FromRequest, Multipart, Request, multipart::Field},
    http::{StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use land::{LandError, receive::ReceiveSettings};
use model::Identifying;
use pages::{DatasetChoice, FieldError, UploadView};
use std::{
    io::{self, Read},
    sync::Arc,
    time::Duration,
};
use store::Original;
use tokio::{sync::mpsc, time::timeout};

/// How long a sender may be silent.
const PATIENCE: Duration = Duration::from_mins(1);
/// What the parts of the form around the file may add to its size.
const AROUND: u64 = 64 * 1024;
/// The longest field besides the file.
const LONGEST_FIELD: usize = 1_000;
/// How much of a form that is refused is read nevertheless, so that the browser gets to the answer.
const READ_TO_ANSWER: usize = 64 * 1024 * 1024;

pub(super) fn page(visit: &Visit) -> Response {
    form(visit, StatusCode::OK, None, Vec::new())
}

pub(super) async fn post(visit: &Visit, request: Request) -> Answer {
    let limit = visit.site.limit_in_bytes();
    let length = request
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|l| l.to_str().ok()?.parse::<u64>().ok());
    if length.is_some_and(|length| length > limit.saturating_add(AROUND)) {
        return Err(Fault::TooLarge {
            size_in_bytes: length,
        });
    }
    let mut parts = Multipart::from_request(request, &())
        .await
        .map_err(|_| Fault::ForeignForm)?;
    let csrf = field(&mut parts, "csrf").await;
    if let Err(fault) = visit.check_csrf(&csrf.unwrap_or_default()) {
        drain(&mut parts).await;
        return Err(fault);
    }
    let dataset = field(&mut parts, "dataset")
        .await
        .filter(|d| visit.site.service.datasets.contains(d));
    let Some(dataset) = dataset else {
        drain(&mut parts).await;
        let errors = vec![FieldError::new(
            "dataset",
            "Choose the dataset that the file belongs to.",
        )];
        return Ok(form(visit, StatusCode::UNPROCESSABLE_ENTITY, None, errors));
    };
    let again = |error: String| {
        form(
            visit,
            StatusCode::UNPROCESSABLE_ENTITY,
            Some(dataset.clone()),
            vec![FieldError::new("file", error)],
        )
    };
    let file = timeout(PATIENCE, parts.next_field())
        .await
        .ok()
        .and_then(Result::ok)
        .flatten();
    let Some(file) = file.filter(|f| f.name() == Some("file")) else {
        return Ok(again("Choose a file.".to_owned()));
    };
    let file_name = Identifying::new(file.file_name().unwrap_or_default().to_owned());
    let original = match keep(visit, file).await? {
        Kept::Whole(original) => original,
        Kept::TooLarge => {
            return Err(Fault::TooLarge {
                size_in_bytes: None,
            });
        }
        Kept::BrokenOff => {
            return Ok(again(
                "The file did not arrive whole. Send it again.".to_owned(),
            ));
        }
    };
    if original.bytes == 0 && file_name.reveal().is_empty() {
        return Ok(again("Choose a file.".to_owned()));
    }
    let submission = Submission {
        dataset: dataset.clone(),
        sender: visit.organisation()?.clone(),
        file_name,
        received_by: visit.session()?.username.clone(),
        today: visit.today(),
        reading: ReceiveSettings::default(),
    };
    let workspace = Arc::clone(&visit.site.workspace);
    let turns = Arc::clone(&visit.site.landing);
    // It goes on when the sender closes the page: a landing is never cut off half-way for that.
    // On a thread of its own, since the table's writer stays on one.
    let runtime = tokio::runtime::Handle::current();
    let landing = tokio::task::spawn_blocking(move || {
        runtime.block_on(async {
            let _turn = turns.acquire_owned().await?;
            workspace
                .identified()?
                .land(&original, submission, |_| {})
                .await
        })
    });
    let assurance = "Your file is safe and has not been used.";
    match landing.await.map_err(|e| Fault::Ours {
        fault: e.into(),
        assurance,
    })? {
        Ok(receipt) => Ok(Redirect::to(&format!("/submissions/{}", receipt.id)).into_response()),
        Err(fault) => match land_error(&fault) {
            // Where our disk failed, the file is not to blame.
            Some(land) if !matches!(land, LandError::Unreadable(_)) => Ok(again(land.sentence())),
            _ => Err(Fault::Ours { fault, assurance }),
        },
    }
}

/// What became of the bytes.
enum Kept {
    Whole(Original),
    TooLarge,
    BrokenOff,
}

/// A piece of a file on its way to the thread that encrypts it.
enum Piece {
    Bytes(Bytes),
    /// The file is whole. Without this the pieces stopped coming for another reason.
    End,
}

/// Streams the file into the vault; at most a few pieces are in memory.
async fn keep(visit: &Visit, mut file: Field<'_>) -> Result<Kept, Fault> {
    let (send, take) = mpsc::channel(8);
    let workspace = Arc::clone(&visit.site.workspace);
    let keeping = tokio::task::spawn_blocking(move || {
        let pieces = Pieces {
            take,
            now: Bytes::new(),
            whole: false,
        };
        workspace.identified()?.keep_original(pieces, |_| {})
    });
    loop {
        let piece = match timeout(PATIENCE, file.chunk()).await {
            Ok(Ok(Some(bytes))) => Piece::Bytes(bytes),
            Ok(Ok(None)) => Piece::End,
            Ok(Err(_)) | Err(_) => break,
        };
        let ends = matches!(piece, Piece::End);
        if send.send(piece).await.is_err() || ends {
            break;
        }
    }
    drop(send);
    match keeping.await? {
        Ok(original) => Ok(Kept::Whole(original)),
        Err(fault) => match fault
            .chain()
            .find_map(|c| c.downcast_ref::<io::Error>())
            .map(io::Error::kind)
        {
            Some(io::ErrorKind::FileTooLarge) => Ok(Kept::TooLarge),
            Some(io::ErrorKind::UnexpectedEof) => Ok(Kept::BrokenOff),
            _ => Err(fault.into()),
        },
    }
}

/// The pieces as a reader for a thread that waits.
struct Pieces {
    take: mpsc::Receiver<Piece>,
    now: Bytes,
    whole: bool,
}

impl Read for Pieces {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.now.is_empty() && !self.whole {
            match self.take.blocking_recv() {
                Some(Piece::Bytes(bytes)) => self.now = bytes,
                Some(Piece::End) => self.whole = true,
                None => return Err(io::Error::from(io::ErrorKind::UnexpectedEof)),
            }
        }
        let count = self.now.len().min(out.len());
        let piece = self.now.split_to(count);
        for (slot, byte) in out.iter_mut().zip(piece) {
            *slot = byte;
        }
        Ok(count)
    }
}

/// The text of the next field, where it has this name and is short.
async fn field(parts: &mut Multipart, name: &str) -> Option<String> {
    let mut field = timeout(PATIENCE, parts.next_field()).await.ok()?.ok()??;
    if field.name() != Some(name) {
        return None;
    }
    let mut text = Vec::new();
    while let Some(bytes) = timeout(PATIENCE, field.chunk()).await.ok()?.ok()? {
        text.extend_from_slice(&bytes);
        if text.len() > LONGEST_FIELD {
            return None;
        }
    }
    String::from_utf8(text).ok()
}

/// Reads what is left of a form, up to a limit.
async fn drain(parts: &mut Multipart) {
    let mut read = 0;
    while let Ok(Ok(Some(mut field))) = timeout(PATIENCE, parts.next_field()).await {
        while let Ok(Ok(Some(bytes))) = timeout(PATIENCE, field.chunk()).await {
            read += bytes.len();
            if read > READ_TO_ANSWER {
                return;
            }
        }
    }
}

fn form(
    visit: &Visit,
    status: StatusCode,
    chosen: Option<String>,
    errors: Vec<FieldError>,
) -> Response {
    let view = UploadView {
        csrf: visit.csrf(),
        datasets: visit
            .site
            .service
            .datasets
            .iter()
            .map(|name| DatasetChoice {
                name: name.clone(),
                title: visit.site.title_of(name),
                hint: String::new(),
            })
            .collect(),
        chosen,
        limit_in_bytes: visit.site.limit_in_bytes(),
        window: None,
        errors,
    };
    Visit::page_with(status, &pages::upload(&visit.frame(), &view))
}
