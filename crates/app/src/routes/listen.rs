//! Taking connections, and dropping those that keep us waiting for a request.

use super::counted::{Leaves, Meter};
use axum::{
    extract::{ConnectInfo, Request, connect_info::Connected},
    middleware::Next,
    response::Response,
    serve::IncomingStream,
};
use std::{
    io,
    net::{IpAddr, SocketAddr},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    time::{Instant, Sleep, sleep},
};

/// How long a connection may take to send the head of a request, and to take a piece of an answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// A listener whose connections lose patience.
pub(super) struct Listener(TcpListener);

/// Who is at the other end of a connection, and how many of their requests are being answered.
#[derive(Clone)]
pub(super) struct Peer {
    pub(super) address: Option<IpAddr>,
    busy: Arc<AtomicUsize>,
    /// The answers that are on their way to them.
    pub(super) meter: Arc<Meter>,
}

/// A connection.
pub(super) struct Connection {
    stream: TcpStream,
    leaves: Leaves,
    peer: Peer,
    deadline: Pin<Box<Sleep>>,
}

impl Listener {
    pub(super) fn new(listener: TcpListener) -> Self {
        Self(listener)
    }
}

impl axum::serve::Listener for Listener {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        let (stream, from) = axum::serve::Listener::accept(&mut self.0).await;
        let peer = Peer {
            address: Some(from.ip()),
            busy: Arc::default(),
            meter: Arc::default(),
        };
        let leaves = Leaves::new(Arc::clone(&peer.meter));
        (
            Connection {
                stream,
                leaves,
                peer,
                deadline: Box::pin(sleep(PATIENCE)),
            },
            from,
        )
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

impl Connected<IncomingStream<'_, Listener>> for Peer {
    fn connect_info(stream: IncomingStream<'_, Listener>) -> Self {
        stream.io().peer.clone()
    }
}

/// While a request is answered its connection may be silent for as long as the answer takes.
pub(super) async fn busy(request: Request, next: Next) -> Response {
    let peer = request
        .extensions()
        .get::<ConnectInfo<Peer>>()
        .map(|c| c.0.clone());
    let _guard = peer.map(|peer| Guard::new(peer.busy));
    next.run(request).await
}

struct Guard(Arc<AtomicUsize>);

impl Guard {
    fn new(busy: Arc<AtomicUsize>) -> Self {
        busy.fetch_add(1, Ordering::Relaxed);
        Self(busy)
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Connection {
    /// Moves the deadline while work is done for the peer, and fails once it has passed.
    fn wait(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        if self.peer.busy.load(Ordering::Relaxed) > 0 {
            self.deadline.as_mut().reset(Instant::now() + PATIENCE);
        }
        match self.deadline.as_mut().poll(cx) {
            Poll::Ready(()) => Err(io::Error::from(io::ErrorKind::TimedOut)),
            Poll::Pending => Ok(()),
        }
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        // Bytes alone do not move the deadline: a head that trickles in is as bad as none.
        this.wait(cx)?;
        Pin::new(&mut this.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.stream).poll_write(cx, bytes);
        match written {
            Poll::Ready(Ok(taken)) => {
                this.deadline.as_mut().reset(Instant::now() + PATIENCE);
                this.leaves.took(bytes.get(..taken).unwrap_or_default());
            }
            Poll::Pending => this.wait(cx)?,
            Poll::Ready(Err(_)) => {}
        }
        written
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}
