//! The same road from a MESH mailbox: what comes is kept, checked and answered, and only then leaves the inbox.
//!
//! The inbox is the list of what is left to do. A message that was gone through in part, because the process was
//! killed or the line broke, is gone through again: the same file is the same submission, and an answer that has
//! gone out is noted down before its message leaves the inbox.

mod answer;
mod lists;
mod sent;
mod settings;

use super::{
    api::problem::Problem,
    fault::{Fault, without_values},
    sending::{Outcome as Declared, send_on},
    site::Site,
    taking::{Gone, Kept, Offered, Source, Taken, keep, period, take_in},
};
use crate::clock::SystemClock;
pub(crate) use lists::send_list;

use answer::{Answer, answer, refusal};
use anyhow::{Context, Result, anyhow};
use axum::body::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use control::{SubmissionRecord, SubmissionState};
use model::{Clock, Identifying, SubmissionId};
use remote::{
    http::RemoteError,
    mesh::{Incoming, Label, Mailbox, ReceiveError},
};
use sent::Sent;
use serde::{Deserialize, Serialize};
use settings::{Sender, Settings};
use std::{
    fs::{File, TryLockError},
    sync::Arc,
    time::Duration,
};

/// How long the check of a file may take.
const CHECKED_WITHIN: Duration = Duration::from_hours(24);
/// How often the mailbox is proven to open.
const HANDSHAKE_EVERY: TimeDelta = TimeDelta::hours(12);
/// How the name begins that we give to our own answers.
const OURS: &str = "haven-answer-";

/// What became of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Outcome {
    /// The file counts.
    Accepted,
    /// The file has passed and waits for its declaration.
    Waiting,
    /// The file has not passed its check.
    Rejected,
    /// Nothing of it was kept.
    Refused,
    /// It was no file: a report of the service, or an answer of our own kind.
    NoFile,
    /// It stays in the inbox for another time.
    Left,
}

/// A message, and what became of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Done {
    pub(crate) message: String,
    pub(crate) from: String,
    pub(crate) workflow: String,
    pub(crate) outcome: Outcome,
    pub(crate) submission: Option<SubmissionId>,
    /// The name of the answer.
    pub(crate) answer: Option<String>,
    pub(crate) why: Option<String>,
}

/// The mailbox with all that is needed to go through its inbox.
pub(crate) struct Post {
    site: Arc<Site>,
    mailbox: Mailbox,
    settings: Settings,
    sent: Sent,
}

/// Goes through the inbox again and again beside the requests, where there is a mailbox.
pub(crate) fn keep_mailbox(site: &Arc<Site>) -> Result<()> {
    let config = &site.workspace.config.mesh;
    if config.address.is_empty() {
        return Ok(());
    }
    let every = Duration::from_secs(config.poll_seconds.max(1));
    let post = Post::of(Arc::clone(site))?;
    let runtime = tokio::runtime::Handle::current();
    // A thread of its own: the table's writer stays on one.
    std::thread::spawn(move || {
        runtime.block_on(async move {
            let mut opened = None;
            loop {
                if let Err(fault) = post.again(&mut opened, &mut tell).await {
                    tracing::error!("the mailbox: {}", without_values(&fault));
                }
                tokio::time::sleep(every).await;
            }
        });
    });
    Ok(())
}

/// Tells the log of a message. No name of a file is in it.
fn tell(done: &Done) {
    let Done {
        message, outcome, ..
    } = done;
    match outcome {
        Outcome::Left | Outcome::NoFile => {
            let why = done.why.as_deref().unwrap_or_default();
            tracing::warn!(message, ?outcome, why, "a message");
        }
        _ => tracing::info!(message, ?outcome, "a message"),
    }
}

impl Post {
    /// The mailbox of a workspace.
    pub(crate) fn open(workspace: Arc<crate::workspace::Workspace>) -> Result<Self> {
        Self::of(Arc::new(Site::without_pages(workspace)?))
    }

    fn of(site: Arc<Site>) -> Result<Self> {
        let settings = Settings::read(&site)?;
        let opening = settings::opening(&site.workspace.config)?;
        Ok(Self {
            // The service compares the minute with its own, whatever our clock was set to.
            mailbox: Mailbox::open(&opening, Arc::new(SystemClock))?,
            sent: Sent::open(&site.workspace)?,
            settings,
            site,
        })
    }

    /// Proves that the mailbox opens, and counts what waits.
    pub(crate) async fn check(&self) -> Result<usize> {
        self.mailbox.handshake().await?;
        Ok(self.mailbox.inbox().await?.len())
    }

    /// How a message of ours stands.
    pub(crate) async fn track(&self, message: &str) -> Result<serde_json::Value> {
        Ok(self.mailbox.track(message).await?)
    }

    /// Goes through the inbox, and proves now and then that the mailbox opens.
    pub(crate) async fn again(
        &self,
        opened: &mut Option<DateTime<Utc>>,
        tell: &mut dyn FnMut(&Done),
    ) -> Result<Vec<Done>> {
        let now = SystemClock.now();
        if opened.is_none_or(|at| now - at > HANDSHAKE_EVERY) {
            self.mailbox.handshake().await?;
            *opened = Some(now);
        }
        self.round(tell).await
    }

    /// Goes through the inbox once.
    async fn round(&self, tell: &mut dyn FnMut(&Done)) -> Result<Vec<Done>> {
        let Some(_turn) = self.turn()? else {
            // Another process is at it.
            return Ok(Vec::new());
        };
        self.sent.sweep(SystemClock.now())?;
        let mut all = Vec::new();
        for message in self.mailbox.inbox().await? {
            let done = match self.one(&message).await {
                Ok(done) => done,
                Err(fault) if is_of_the_service(&fault) => return Err(fault),
                // One message does not stand in the way of the others.
                Err(fault) => Done {
                    why: Some(without_values(&fault)),
                    ..Done::of(&message, Outcome::Left)
                },
            };
            tell(&done);
            all.push(done);
        }
        Ok(all)
    }

    fn turn(&self) -> Result<Option<File>> {
        let config = &self.site.workspace.config;
        let path = config.place(&config.identified.folder).join("mailbox.lock");
        let file =
            File::create(&path).with_context(|| format!("cannot write `{}`", path.display()))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(fault)) => Err(fault.into()),
        }
    }

    async fn one(&self, message: &str) -> Result<Done> {
        let points = self.site.workspace.points();
        if let Some(done) = self.sent.of(message)? {
            self.mailbox.acknowledge(message).await?;
            return Ok(done);
        }
        let mut incoming = self.mailbox.receive(message).await?;
        if self.is_a_list(&incoming) {
            return self.take_list(message, incoming).await;
        }
        let about = |outcome| Done {
            from: incoming.from.clone(),
            workflow: incoming.workflow.clone(),
            ..Done::of(message, outcome)
        };
        if incoming.kind == "REPORT" || self.settings.is_an_answer(&incoming) {
            let done = Done {
                why: Some(incoming.status.clone()).filter(|s| !s.is_empty()),
                ..about(Outcome::NoFile)
            };
            incoming.leave().await;
            self.mailbox.acknowledge(message).await?;
            return Ok(done);
        }
        let (done, letter) = match self.settings.accepts(&incoming) {
            Ok((sender, dataset)) => {
                let begun = about(Outcome::Left);
                self.take(begun, &mut incoming, sender, dataset).await?
            }
            Err(problem) => (about(Outcome::Refused), refusal(&problem)),
        };
        points.reach();
        let label = self.label(&incoming, &done, &letter);
        incoming.leave().await;
        let body = letter.document.to_string();
        let name = self
            .mailbox
            .send(&label, body.as_bytes(), self.settings.chunk)
            .await?;
        points.reach();
        let done = Done {
            answer: Some(name),
            why: letter.why,
            ..done
        };
        self.sent.note(message, &done)?;
        points.reach();
        self.mailbox.acknowledge(message).await?;
        points.reach();
        Ok(done)
    }

    /// Keeps the file, checks it, and declares it where that is agreed.
    async fn take(
        &self,
        done: Done,
        incoming: &mut Incoming<'_>,
        sender: &Sender,
        dataset: &str,
    ) -> Result<(Done, Answer)> {
        let (site, now) = (&self.site, self.site.workspace.clock.now());
        let refused = |problem: &Problem| {
            let done = Done {
                outcome: Outcome::Refused,
                ..done.clone()
            };
            Ok((done, refusal(problem)))
        };
        let (file_name, by) = (
            incoming.file_name.clone(),
            format!("mesh {}", incoming.from),
        );
        let mut failure = None;
        let pieces = Pieces {
            incoming,
            failure: &mut failure,
        };
        let original = match keep(site, pieces).await.map_err(ours)? {
            Kept::Whole(original) => original,
            Kept::TooLarge => return refused(&Problem::too_large(site.limit_in_bytes())),
            Kept::BrokenOff => match failure {
                Some(ReceiveError::Damaged(why)) => {
                    return refused(&Problem::new("broken-off").detail(why));
                }
                Some(ReceiveError::Remote(fault)) => return Err(fault.into()),
                None => return Err(anyhow!("the message broke off")),
            },
        };
        let stated = period(site, dataset, None, None, now)
            .map_err(|fault| anyhow!("the usual window has no period: {fault:?}"))?;
        let offered = Offered {
            dataset: dataset.to_owned(),
            organisation: sender.organisation.clone(),
            file_name: Identifying::new(file_name),
            username: by.clone(),
            today: laptop::london_day(now)?,
            stated,
        };
        let taken = take_in(site, original, offered, CHECKED_WITHIN).await;
        let (id, mut problem) = match taken.map_err(ours)? {
            Taken::Checked(receipt) => (receipt.id, None),
            Taken::UnderWay(_) => return Err(anyhow!("the check takes longer than a day")),
            Taken::NotReadable(id, why) => (id, Some(Problem::new("not-readable").detail(why))),
        };
        let mut record = self.record(&id, sender).await?;
        if sender.declared && record.state == SubmissionState::Checked {
            problem = self.declare(&record, &by).await?;
            record = self.record(&id, sender).await?;
        }
        let outcome = match record.state {
            SubmissionState::Landed => Outcome::Accepted,
            SubmissionState::Checked => Outcome::Waiting,
            _ => Outcome::Rejected,
        };
        let done = Done {
            outcome,
            submission: Some(id),
            ..done
        };
        let letter = answer(site, &record, problem.as_ref()).await?;
        Ok((done, letter))
    }

    /// Sends a file on in the name of its sender; a problem where its window does not take it.
    async fn declare(&self, record: &SubmissionRecord, by: &str) -> Result<Option<Problem>> {
        // The rules may have changed since the check, and then it is checked again first.
        for _ in 0..2 {
            let now = self.site.workspace.clock.now();
            let declared = send_on(&self.site, record, now, by.to_owned()).await;
            match declared.map_err(ours)? {
                Declared::Sent | Declared::NotAnAttempt => return Ok(None),
                Declared::CheckedAgain => {}
                Declared::Refused(why) => return Ok(Some(Problem::new("window").detail(why))),
            }
        }
        Ok(Some(Problem::new("check-again")))
    }

    async fn record(&self, id: &SubmissionId, sender: &Sender) -> Result<SubmissionRecord> {
        let control = &self.site.workspace.control;
        let record = control.submission(id, &sender.organisation).await?;
        record.context("the submission was not written down")
    }

    fn label(&self, incoming: &Incoming<'_>, done: &Done, letter: &Answer) -> Label {
        let mut of: String = done
            .message
            .chars()
            .filter(char::is_ascii_graphic)
            .collect();
        of.truncate(200);
        Label {
            to: incoming.from.clone(),
            workflow: self.settings.answer_workflow(&incoming.workflow),
            local_id: format!("{OURS}{of}"),
            subject: format!("Haven: {}", letter.subject),
            file_name: format!("{OURS}{of}.json"),
            content_type: "application/json".to_owned(),
        }
    }
}

impl Done {
    fn of(message: &str, outcome: Outcome) -> Self {
        Self {
            message: message.to_owned(),
            from: String::new(),
            workflow: String::new(),
            outcome,
            submission: None,
            answer: None,
            why: None,
        }
    }
}

/// Whether a fault is about the service as a whole, so that the other messages would meet it too.
fn is_of_the_service(fault: &anyhow::Error) -> bool {
    matches!(
        fault.downcast_ref::<RemoteError>(),
        Some(
            RemoteError::NotReached { .. }
                | RemoteError::NotAllowed { .. }
                | RemoteError::Busy { .. }
        )
    )
}

/// A fault of the site's own without its page.
fn ours(fault: Fault) -> anyhow::Error {
    match fault {
        Fault::Ours { fault, .. } => fault,
        other => anyhow!("{other:?}"),
    }
}

/// What a message holds, as it comes. Why it stopped is left behind.
struct Pieces<'a, 'm> {
    incoming: &'a mut Incoming<'m>,
    failure: &'a mut Option<ReceiveError>,
}

impl Source for Pieces<'_, '_> {
    async fn next(&mut self) -> Result<Option<Bytes>, Gone> {
        match self.incoming.next().await {
            Ok(piece) => Ok(piece.map(Bytes::from)),
            Err(fault) => {
                *self.failure = Some(fault);
                Err(Gone)
            }
        }
    }
}
