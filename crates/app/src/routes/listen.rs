//! Taking connections, plain or encrypted, and dropping those that keep us waiting for a request.

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
    sync::{Semaphore, mpsc},
    time::{Instant, Sleep, sleep, timeout},
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

/// How long a connection may take to send the head of a request, and to take a piece of an answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// How many connections may be agreeing on their encryption at a time.
const GREETING: usize = 256;

/// A listener whose connections lose patience.
pub(super) enum Listener {
    /// As they come.
    Plain(TcpListener),
    /// Encrypted, once both sides have agreed.
    Encrypted {
        local: SocketAddr,
        agreed: mpsc::Receiver<(Connection, SocketAddr)>,
    },
}

/// Who is at the other end of a connection, and how many of their requests are being answered.
#[derive(Clone)]
pub(super) struct Peer {
    pub(super) address: Option<IpAddr>,
    busy: Arc<AtomicUsize>,
    /// The answers that are on their way to them.
    pub(super) meter: Arc<Meter>,
}

/// The bytes of a connection.
enum Stream {
    Plain(TcpStream),
    Encrypted(Box<TlsStream<TcpStream>>),
}

/// A connection.
pub(super) struct Connection {
    stream: Stream,
    leaves: Leaves,
    peer: Peer,
    deadline: Pin<Box<Sleep>>,
}

impl Listener {
    pub(super) const fn plain(listener: TcpListener) -> Self {
        Self::Plain(listener)
    }

    /// Connections are agreed on beside each other, so that a slow one keeps nobody waiting.
    pub(super) fn encrypted(mut listener: TcpListener, tls: TlsAcceptor) -> io::Result<Self> {
        let local = listener.local_addr()?;
        let (give, agreed) = mpsc::channel(GREETING);
        let turns = Arc::new(Semaphore::new(GREETING));
        tokio::spawn(async move {
            while let Ok(turn) = Arc::clone(&turns).acquire_owned().await {
                let (stream, from) = axum::serve::Listener::accept(&mut listener).await;
                let (tls, give) = (tls.clone(), give.clone());
                tokio::spawn(async move {
                    let _turn = turn;
                    if let Ok(Ok(stream)) = timeout(PATIENCE, tls.accept(stream)).await {
                        let stream = Stream::Encrypted(Box::new(stream));
                        let _ = give.send((Connection::new(stream, from), from)).await;
                    }
                });
            }
        });
        Ok(Self::Encrypted { local, agreed })
    }
}

impl axum::serve::Listener for Listener {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        match self {
            Self::Plain(listener) => {
                let (stream, from) = axum::serve::Listener::accept(listener).await;
                (Connection::new(Stream::Plain(stream), from), from)
            }
            Self::Encrypted { agreed, .. } => match agreed.recv().await {
                Some(connection) => connection,
                // Nobody accepts any more: the process is ending.
                None => std::future::pending().await,
            },
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        match self {
            Self::Plain(listener) => listener.local_addr(),
            Self::Encrypted { local, .. } => Ok(*local),
        }
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
    fn new(stream: Stream, from: SocketAddr) -> Self {
        let peer = Peer {
            address: Some(from.ip()),
            busy: Arc::default(),
            meter: Arc::default(),
        };
        Self {
            stream,
            leaves: Leaves::new(Arc::clone(&peer.meter)),
            peer,
            deadline: Box::pin(sleep(PATIENCE)),
        }
    }

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
        match &mut this.stream {
            Stream::Plain(stream) => Pin::new(stream).poll_read(cx, buffer),
            Stream::Encrypted(stream) => Pin::new(stream).poll_read(cx, buffer),
        }
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = match &mut this.stream {
            Stream::Plain(stream) => Pin::new(stream).poll_write(cx, bytes),
            Stream::Encrypted(stream) => Pin::new(stream).poll_write(cx, bytes),
        };
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
        match &mut self.get_mut().stream {
            Stream::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Stream::Encrypted(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.get_mut().stream {
            Stream::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Stream::Encrypted(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}
