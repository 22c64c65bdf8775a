//! Deadlines on bytes: a body that must arrive, a peer that must take what it asked for, a connection that must be used.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes};
use http_body_util::BodyExt as _;
use hyper::body::{Body as HttpBody, Frame, Incoming, SizeHint};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::time::{Instant, Sleep, sleep, sleep_until};

/// Whether a request's body may take its time, as long as some of it arrives now and then: for whoever takes it as it
/// arrives, and knows from whom.
#[derive(Clone, Debug, Default)]
pub struct Unhurried(Arc<AtomicBool>);

impl Unhurried {
    /// From now on, it may.
    pub fn take_time(&self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// A request's body that must have arrived by a deadline; where it is unhurried, the next part of it.
pub(super) struct TimedBody {
    body: Incoming,
    deadline: Pin<Box<Sleep>>,
    within: Duration,
    unhurried: Unhurried,
    waiting: bool,
}

impl TimedBody {
    pub(super) fn new(body: Incoming, within: Duration, unhurried: Unhurried) -> Self {
        Self { body, deadline: Box::pin(sleep(within)), within, unhurried, waiting: false }
    }

    /// A new deadline for each part: what counts is how long the sender lets us wait, not how long we let it.
    fn wait(&mut self) {
        if !self.waiting && self.unhurried.0.load(Ordering::SeqCst) {
            self.waiting = true;
            self.deadline.as_mut().reset(Instant::now() + self.within);
        }
    }
}

impl HttpBody for TimedBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(cx) {
            self.waiting = false;
            return Poll::Ready(frame.map(|frame| frame.map_err(io::Error::other)));
        }
        self.wait();
        if self.deadline.as_mut().poll(cx).is_ready() {
            let late = "the request's body did not arrive in time";
            return Poll::Ready(Some(Err(io::Error::new(io::ErrorKind::TimedOut, late))));
        }
        Poll::Pending
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A socket whose peer must take what is written to it: without progress for too long, writing fails.
pub(super) struct TimedStream {
    stream: TcpStream,
    within: Duration,
    stuck: Option<Pin<Box<Sleep>>>,
}

impl TimedStream {
    pub(super) fn new(stream: TcpStream, within: Duration) -> Self {
        Self { stream, within, stuck: None }
    }

    fn watch<T>(&mut self, cx: &mut Context<'_>, progress: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if progress.is_ready() {
            self.stuck = None;
            return progress;
        }
        let within = self.within;
        let stuck = self.stuck.get_or_insert_with(|| Box::pin(sleep(within)));
        if stuck.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the client takes nothing")));
        }
        Poll::Pending
    }
}

impl AsyncRead for TimedStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for TimedStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let progress = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.watch(cx, progress)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let progress = Pin::new(&mut self.stream).poll_write_vectored(cx, bytes);
        self.watch(cx, progress)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// Whether a connection has requests that are being answered.
#[derive(Clone, Default)]
pub(super) struct Activity(Arc<Counter>);

#[derive(Default)]
struct Counter {
    requests: AtomicUsize,
    changed: Notify,
}

/// A request that is being answered.
pub(super) struct InFlight(Arc<Counter>);

impl Activity {
    pub(super) fn begin(&self) -> InFlight {
        self.0.requests.fetch_add(1, Ordering::SeqCst);
        self.0.changed.notify_waiters();
        InFlight(Arc::clone(&self.0))
    }

    pub(super) fn is_idle(&self) -> bool {
        self.0.requests.load(Ordering::SeqCst) == 0
    }

    /// Completes once nothing has been asked for so long.
    pub(super) async fn idle_for(&self, within: Duration) {
        loop {
            let changed = self.0.changed.notified();
            if !self.is_idle() {
                changed.await;
                continue;
            }
            let until = Instant::now() + within;
            tokio::select! {
                () = changed => {}
                () = sleep_until(until) => if self.is_idle() { return },
            }
        }
    }
}

impl InFlight {
    /// The answer's body; the request is in flight until it has been sent or given up.
    pub(super) fn attach(self, body: Body) -> Body {
        Body::new(body.map_frame(move |frame| {
            let _answering = &self;
            frame
        }))
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.requests.fetch_sub(1, Ordering::SeqCst);
        self.0.changed.notify_waiters();
    }
}
