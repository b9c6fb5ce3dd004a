//! Counting what leaves: the bytes of an answer's body as the connection takes them, and an entry of the
//! log at its end, also when it was cut off.

use super::listen::Peer;
use crate::request::{Account, Asked, within};
use axum::{
    extract::{ConnectInfo, Request, State},
    http::{HeaderName, HeaderValue, Method},
    middleware::Next,
    response::Response,
};
use govern::EntryBody;
use model::Clock;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc},
};
use store::AuditFile;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The header by which a caller may name a request.
const REQUEST_ID: &str = "haven-request-id";
/// How many answers may be on their way to the log at once; more wait.
const UNDER_WAY: usize = 4_096;
/// How many ends of answers are written at once.
const AT_ONCE: usize = 1_024;
/// The longest head of an answer that is looked at.
const LONGEST_HEAD: usize = 64 << 10;

/// A place among the answers on their way to the log; those of callers who have gone need none.
type Room = Option<OwnedSemaphorePermit>;

/// Takes the ends of answers to the log.
#[derive(Clone)]
pub(super) struct Book {
    send: mpsc::Sender<(EntryBody, Room)>,
    room: Arc<Semaphore>,
    clock: Arc<dyn Clock>,
}

impl Book {
    /// A book whose entries are written by a thread of its own, many at a time.
    pub(super) fn open(audit: Arc<AuditFile>, clock: Arc<dyn Clock>) -> Self {
        let (send, take) = mpsc::channel::<(EntryBody, Room)>();
        std::thread::spawn(move || {
            while let Ok(first) = take.recv() {
                let (bodies, room): (Vec<EntryBody>, Vec<_>) = std::iter::once(first)
                    .chain(take.try_iter().take(AT_ONCE))
                    .unzip();
                for fault in audit.keep_all(bodies).into_iter().filter_map(Result::err) {
                    tracing::error!("the end of an answer is not in the log: {fault}");
                }
                drop(room);
            }
        });
        Self {
            send,
            room: Arc::new(Semaphore::new(UNDER_WAY)),
            clock,
        }
    }

    /// The caller went away before there was an answer: nothing of it has left.
    fn gone(&self, account: Account) {
        let owed = Owed {
            account,
            status: 499,
            room: None,
        };
        self.end(owed, 0, false);
    }

    fn end(&self, owed: Owed, bytes: u64, whole: bool) {
        let entry = owed
            .account
            .end(self.clock.now(), owed.status, bytes, whole);
        let _ = self.send.send((entry, owed.room));
    }
}

/// What is owed to the log for one answer.
struct Owed {
    account: Account,
    status: u16,
    room: Room,
}

/// An answer that the connection is about to write.
struct Expected {
    /// Whether it has a body at all.
    bodiless: bool,
    owed: Option<Owed>,
}

/// The answers of one connection that are not written yet.
#[derive(Default)]
pub(super) struct Meter {
    expected: Mutex<BTreeMap<String, Expected>>,
    book: Mutex<Option<Book>>,
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Gives each request an id, and hands what is owed for its answer to the connection that writes it.
pub(super) async fn counted(State(book): State<Book>, request: Request, next: Next) -> Response {
    let nobody = book.clone();
    let asked = Asked::new(move |account| nobody.gone(account));
    let meter = request
        .extensions()
        .get::<ConnectInfo<Peer>>()
        .map(|peer| Arc::clone(&peer.0.meter));
    let bodiless = request.method() == Method::HEAD;
    let mut response = within(Arc::clone(&asked), next.run(request)).await;
    if let Ok(id) = HeaderValue::from_str(&asked.id) {
        response
            .headers_mut()
            .insert(HeaderName::from_static(REQUEST_ID), id);
    }
    let status = response.status().as_u16();
    // Room is waited for before what is owed is taken, so that a caller who leaves meanwhile is not lost.
    let room = Arc::clone(&book.room).acquire_owned().await;
    if let (Some(meter), Ok(room)) = (meter, room) {
        let owed = asked.account().map(|account| Owed {
            account,
            status,
            room: Some(room),
        });
        *held(&meter.book) = Some(book);
        held(&meter.expected).insert(asked.id.clone(), Expected { bodiless, owed });
    }
    response
}

impl Meter {
    /// What is known of the answer with this id.
    fn take(&self, id: &str) -> Option<Expected> {
        held(&self.expected).remove(id)
    }

    fn end(&self, owed: Owed, bytes: u64, whole: bool) {
        if let Some(book) = &*held(&self.book) {
            book.end(owed, bytes, whole);
        }
    }

    /// The connection is gone: what was not written has not left.
    fn close(&self) {
        let left = std::mem::take(&mut *held(&self.expected));
        for owed in left.into_values().filter_map(|expected| expected.owed) {
            self.end(owed, 0, false);
        }
    }
}

/// What a connection writes, followed byte by byte: heads, and bodies with the answers they belong to.
pub(super) struct Leaves {
    meter: Arc<Meter>,
    at: At,
    owed: Option<Owed>,
    bytes: u64,
}

enum At {
    Head(Vec<u8>),
    /// So many bytes of the body are left.
    Body(u64),
    /// Before the size of a chunk, within it, or after it.
    Size(Vec<u8>),
    Chunk(u64),
    AfterChunk(u8),
    /// After the last chunk, line by line.
    Trailer(Vec<u8>),
    /// Until the connection ends.
    Rest,
}

impl Leaves {
    pub(super) fn new(meter: Arc<Meter>) -> Self {
        Self {
            meter,
            at: At::Head(Vec::new()),
            owed: None,
            bytes: 0,
        }
    }

    /// Bytes that the peer's connection has taken.
    pub(super) fn took(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            bytes = self.step(bytes);
        }
    }

    fn step<'b>(&mut self, bytes: &'b [u8]) -> &'b [u8] {
        match &mut self.at {
            At::Head(head) => {
                // Two bytes of what came before may belong to the end of the head.
                let (first, rest) = bytes.split_at(1);
                head.extend_from_slice(first);
                if head.ends_with(b"\r\n\r\n") {
                    let head = std::mem::take(head);
                    self.begin(&head);
                } else if head.len() > LONGEST_HEAD {
                    self.at = At::Rest;
                }
                rest
            }
            At::Body(left) => {
                let here = usize::try_from(*left)
                    .unwrap_or(usize::MAX)
                    .min(bytes.len());
                *left -= here as u64;
                let done = *left == 0;
                self.bytes += here as u64;
                if done {
                    self.finish();
                }
                bytes.get(here..).unwrap_or_default()
            }
            At::Size(line) => {
                let (first, rest) = bytes.split_at(1);
                line.extend_from_slice(first);
                if line.ends_with(b"\r\n") {
                    let text = String::from_utf8_lossy(line);
                    let digits = text.split([';', '\r']).next().unwrap_or_default().trim();
                    self.at = match u64::from_str_radix(digits, 16) {
                        Ok(0) => At::Trailer(Vec::new()),
                        Ok(size) => At::Chunk(size),
                        Err(_) => At::Rest,
                    };
                } else if line.len() > 100 {
                    self.at = At::Rest;
                }
                rest
            }
            At::Chunk(left) => {
                let here = usize::try_from(*left)
                    .unwrap_or(usize::MAX)
                    .min(bytes.len());
                *left -= here as u64;
                if *left == 0 {
                    self.at = At::AfterChunk(2);
                }
                self.bytes += here as u64;
                bytes.get(here..).unwrap_or_default()
            }
            At::AfterChunk(left) => {
                *left -= 1;
                if *left == 0 {
                    self.at = At::Size(Vec::new());
                }
                bytes.get(1..).unwrap_or_default()
            }
            At::Trailer(line) => {
                let (first, rest) = bytes.split_at(1);
                line.extend_from_slice(first);
                if line.as_slice() == b"\r\n" {
                    self.finish();
                } else if line.ends_with(b"\r\n") {
                    line.clear();
                }
                rest
            }
            At::Rest => {
                self.bytes += bytes.len() as u64;
                &[]
            }
        }
    }

    /// The head of an answer is out.
    fn begin(&mut self, head: &[u8]) {
        let text = String::from_utf8_lossy(head);
        let mut lines = text.split("\r\n");
        let status: u16 = lines
            .next()
            .and_then(|line| line.split(' ').nth(1)?.parse().ok())
            .unwrap_or_default();
        let (mut length, mut chunked, mut id) = (None, false, String::new());
        for (name, value) in lines.filter_map(|line| line.split_once(':')) {
            let value = value.trim();
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = value.parse::<u64>().ok(),
                "transfer-encoding" => chunked = value.eq_ignore_ascii_case("chunked"),
                REQUEST_ID => value.clone_into(&mut id),
                _ => {}
            }
        }
        self.at = At::Head(Vec::new());
        if (100..200).contains(&status) {
            return;
        }
        let expected = self.meter.take(&id);
        let bodiless = expected.as_ref().is_some_and(|e| e.bodiless) || matches!(status, 204 | 304);
        self.owed = expected.and_then(|expected| expected.owed);
        self.bytes = 0;
        match (bodiless, chunked, length) {
            (true, ..) | (_, false, Some(0)) => self.finish(),
            (_, true, _) => self.at = At::Size(Vec::new()),
            (_, false, Some(length)) => self.at = At::Body(length),
            (_, false, None) => self.at = At::Rest,
        }
    }

    /// The answer is out in full.
    fn finish(&mut self) {
        self.at = At::Head(Vec::new());
        if let Some(owed) = self.owed.take() {
            self.meter.end(owed, self.bytes, true);
        }
    }
}

impl Drop for Leaves {
    fn drop(&mut self) {
        let whole = matches!(self.at, At::Rest);
        if let Some(owed) = self.owed.take() {
            self.meter.end(owed, self.bytes, whole);
        }
        self.meter.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::{Requests, within};
    use govern::{Kept, Kind, Outcome};
    use store::Attending as _;

    fn owed(room: &Arc<Semaphore>) -> Owed {
        let asked = Asked::new(|_| {});
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        runtime.block_on(within(Arc::clone(&asked), async {
            let body = EntryBody::new(
                chrono::DateTime::UNIX_EPOCH,
                Kind::DecisionAllowed,
                "ana",
                Outcome::Allowed,
            );
            let hash = govern::Digest::of("x");
            Requests.after(&body, &Kept { seq: 7, hash });
        }));
        Owed {
            account: asked.account().unwrap(),
            status: 200,
            room: Arc::clone(room).try_acquire_owned().ok(),
        }
    }

    /// What the log is told of these answers, written in pieces of some length and then cut off.
    fn told(expected: &[(&str, bool)], stream: &[u8], piece: usize) -> Vec<(u64, Outcome)> {
        let (send, take) = mpsc::channel();
        let room = Arc::new(Semaphore::new(10));
        let clock: Arc<dyn Clock> = Arc::new(model::FixedClock(chrono::DateTime::UNIX_EPOCH));
        let meter = Arc::new(Meter::default());
        for (id, bodiless) in expected {
            let owed = Some(owed(&room));
            let bodiless = *bodiless;
            held(&meter.expected).insert((*id).to_owned(), Expected { bodiless, owed });
        }
        *held(&meter.book) = Some(Book { send, room, clock });
        let mut leaves = Leaves::new(meter);
        stream.chunks(piece).for_each(|bytes| leaves.took(bytes));
        drop(leaves);
        take.try_iter()
            .map(|(entry, _)| {
                assert_eq!(entry.kind, Kind::Served);
                assert!(
                    entry
                        .decision_id
                        .as_deref()
                        .is_some_and(|id| id.starts_with("7-"))
                );
                (entry.bytes.unwrap(), entry.outcome)
            })
            .collect()
    }

    #[test]
    fn bodies_are_counted_whatever_their_form_and_however_they_are_cut() {
        let one = "HTTP/1.1 200 OK\r\nHaven-Request-Id: a\r\ncontent-length: 5\r\n\r\nhello";
        let chunked = "HTTP/1.1 200 OK\r\nhaven-request-id: b\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n";
        let head = "HTTP/1.1 200 OK\r\nhaven-request-id: c\r\ncontent-length: 99\r\n\r\n";
        let none = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 403 Forbidden\r\nhaven-request-id: d\r\ncontent-length: 0\r\n\r\n";
        let other = "HTTP/1.1 200 OK\r\nhaven-request-id: z\r\ncontent-length: 3\r\n\r\nxyz";
        let all = [one, chunked, other, head, none].concat();
        let (a, b, c, d) = (("a", false), ("b", false), ("c", true), ("d", false));
        for piece in [1, 2, 3, 7, 64, 4_096] {
            assert_eq!(
                told(&[a, b, c, d], all.as_bytes(), piece),
                [5, 13, 0, 0].map(|bytes| (bytes, Outcome::Done)),
            );
            let (whole, cut) = (one.len() + chunked.len() - 12, Outcome::Failed);
            let stream = &all.as_bytes()[..whole];
            assert_eq!(
                told(&[a, b, c], stream, piece),
                [(5, Outcome::Done), (8, cut), (0, cut)]
            );
            assert_eq!(told(&[a], &one.as_bytes()[..30], piece), [(0, cut)]);
        }
    }
}
