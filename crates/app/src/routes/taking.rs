//! Taking a file in, whichever road it came by: written down, then checked on a thread of its own.

use super::{fault::Fault, site::Site};
use crate::{
    desks::{IdentifiedDesk, Receipt, Submission, land_error},
    windows::{PeriodError, Window},
};
use anyhow::Result;
use axum::body::Bytes;
use chrono::{DateTime, Utc};
use control::Stated;
use land::{LandError, receive::ReceiveSettings};
use model::{Date, Identifying, OrganisationCode, SubmissionId};
use std::{
    io::{self, Read},
    sync::Arc,
    time::Duration,
};
use store::Original;
use tokio::{sync::mpsc, time::timeout};

/// What a sender says of a file.
#[derive(Debug, Clone)]
pub(super) struct Offered {
    pub(super) dataset: String,
    pub(super) organisation: OrganisationCode,
    pub(super) file_name: Identifying<String>,
    pub(super) username: String,
    pub(super) today: Date,
    pub(super) stated: Option<Stated>,
}

/// What became of a file so far.
#[derive(Debug)]
pub(super) enum Taken {
    /// It was checked to its end.
    Checked(Box<Receipt>),
    /// It is safe, and is being checked.
    UnderWay(SubmissionId),
    /// It is not a file that can be read; in a sentence, and under which id the attempt is kept.
    NotReadable(SubmissionId, String),
}

/// The period of a file: of the window that was named or is usual now, whole or as stated. `None` where the
/// dataset is not asked for by windows, and then a stated period stands by itself.
pub(super) fn period(
    site: &Site,
    dataset: &str,
    window: Option<&str>,
    days: Option<(Date, Date)>,
    now: DateTime<Utc>,
) -> Result<Option<Stated>, PeriodFault> {
    let window = match window {
        Some(name) => Some(
            site.windows
                .named(dataset, name)
                .ok_or(PeriodFault::NoWindow)?,
        ),
        None => site.windows.usual(dataset, now),
    };
    match (window, days) {
        (Some(window), days) => Ok(Some(window.stated(days).map_err(PeriodFault::Period)?)),
        (None, Some((from, to))) if from > to => Err(PeriodFault::Period(PeriodError::Backwards)),
        (None, Some((from, to))) => Ok(Some(Stated {
            window: None,
            from,
            to,
        })),
        (None, None) => Ok(None),
    }
}

/// Why a period cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum PeriodFault {
    NoWindow,
    Period(PeriodError),
}

/// The window that asked for a stated period.
pub(super) fn window_of<'s>(
    site: &'s Site,
    dataset: &str,
    stated: Option<&Stated>,
) -> Option<&'s Window> {
    site.windows.named(dataset, stated?.window.as_deref()?)
}

/// Takes a kept file in, and waits for its check for so long. The check goes on when nobody waits any more.
pub(super) async fn take_in(
    site: &Arc<Site>,
    original: Original,
    offered: Offered,
    patience: Duration,
) -> Result<Taken, Fault> {
    let submission = Submission {
        dataset: offered.dataset,
        sender: offered.organisation,
        file_name: offered.file_name,
        received_by: offered.username,
        today: offered.today,
        reading: ReceiveSettings::default(),
        straight: false,
        stated: offered.stated,
        recognised: None,
    };
    let assurance = "Your file is safe and has not been used.";
    let ours = |fault: anyhow::Error| Fault::Ours { fault, assurance };
    let kept = original.clone();
    let (id, submission) = at_desk(site, async move |desk| {
        let submission = desk.of_release(&kept, submission)?;
        let id = desk.note_receipt(&kept, &submission).await?;
        Ok((id, submission))
    })
    .await?
    .map_err(ours)?;
    let turns = Arc::clone(&site.landing);
    let mut landing = tokio::spawn(at_desk_owned(Arc::clone(site), async move |desk| {
        let _turn = turns.acquire_owned().await?;
        desk.land(&original, submission, |_| {}).await
    }));
    let Ok(done) = timeout(patience, &mut landing).await else {
        return Ok(Taken::UnderWay(id));
    };
    match done.map_err(|e| ours(e.into()))?? {
        Ok(receipt) => Ok(Taken::Checked(Box::new(receipt))),
        Err(fault) => match land_error(&fault) {
            // Where our disk failed, the file is not to blame.
            Some(land) if !matches!(land, LandError::Unreadable(_)) => {
                Ok(Taken::NotReadable(id, land.sentence()))
            }
            _ => Err(ours(fault)),
        },
    }
}

/// Work at the identified desk, on a thread of its own, since the table's writer stays on one.
pub(super) async fn at_desk<T: Send + 'static>(
    site: &Arc<Site>,
    work: impl AsyncFnOnce(&IdentifiedDesk<'_>) -> Result<T> + Send + 'static,
) -> Result<Result<T>, Fault> {
    at_desk_owned(Arc::clone(site), work).await
}

async fn at_desk_owned<T: Send + 'static>(
    site: Arc<Site>,
    work: impl AsyncFnOnce(&IdentifiedDesk<'_>) -> Result<T> + Send + 'static,
) -> Result<Result<T>, Fault> {
    let runtime = tokio::runtime::Handle::current();
    let done = tokio::task::spawn_blocking(move || {
        runtime.block_on(async { work(&site.workspace.identified()?).await })
    });
    Ok(done.await?)
}

/// What became of the bytes of a file.
pub(super) enum Kept {
    Whole(Original),
    TooLarge,
    BrokenOff,
}

/// Where the bytes of a file come from.
pub(super) trait Source {
    /// The next piece; `None` at the end. An error where the sender has gone or is silent for too long.
    async fn next(&mut self) -> Result<Option<Bytes>, Gone>;
}

/// The sender has gone.
#[derive(Debug)]
pub(super) struct Gone;

/// A piece of a file on its way to the thread that encrypts it.
enum Piece {
    Bytes(Bytes),
    /// The file is whole. Without this the pieces stopped coming for another reason.
    End,
}

/// Streams a file into the vault; at most a few pieces are in memory.
pub(super) async fn keep(site: &Arc<Site>, mut source: impl Source) -> Result<Kept, Fault> {
    let (send, take) = mpsc::channel(8);
    let workspace = Arc::clone(&site.workspace);
    let keeping = tokio::task::spawn_blocking(move || {
        let pieces = Pieces {
            take,
            now: Bytes::new(),
            whole: false,
        };
        workspace.identified()?.keep_original(pieces, |_| {})
    });
    loop {
        let piece = match source.next().await {
            Ok(Some(bytes)) => Piece::Bytes(bytes),
            Ok(None) => Piece::End,
            Err(Gone) => break,
        };
        let ends = matches!(piece, Piece::End);
        if send.send(piece).await.is_err() || ends {
            break;
        }
    }
    drop(send);
    kept(keeping.await?)
}

/// What became of bytes that the vault was given.
pub(super) fn kept(done: Result<Original>) -> Result<Kept, Fault> {
    match done {
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
