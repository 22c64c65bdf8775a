//! Reserved event streams: the single connection mode of `graphql-sse`.
//!
//! A client reserves a stream by a token, opens it once, and starts operations by other requests; their frames
//! meet here. A reservation belongs to whoever made it, lapses when it is not opened in time, and ends with its
//! stream. Nothing here knows HTTP bodies or GraphQL: frames are bytes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::Bytes;
use axum::http::StatusCode;
use futures_util::stream::{self, Stream};
use tokio::sync::mpsc;
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep};

use super::Refusal;
use super::limits::{Bound, Limits};

/// Frames that wait for a stream before operations wait for it too.
const QUEUE: usize = 32;

/// All reservations of the process.
#[derive(Default)]
pub(super) struct Reservations {
    all: Mutex<HashMap<String, Arc<Reservation>>>,
}

impl Reservations {
    /// Keeps a stream for `owner` under `token`, for a while.
    pub(super) fn reserve(
        self: &Arc<Self>,
        token: &str,
        owner: Option<String>,
        expires: Option<Instant>,
        limits: &Limits,
    ) -> Result<(), Refusal> {
        let mut all = hold(&self.all);
        if all.len() >= limits.reservations {
            let message = "Too many event streams are reserved. Try again later.";
            return Err(Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "UNAVAILABLE", message));
        }
        all.insert(token.to_owned(), Arc::new(Reservation::new(owner, expires)));
        drop(all);
        let (all, token, patience) = (Arc::clone(self), token.to_owned(), limits.reservation_ttl);
        tokio::spawn(async move {
            sleep(patience).await;
            all.lapse(&token);
        });
        Ok(())
    }

    /// The reservation that a token names.
    pub(super) fn find(&self, token: &str) -> Result<Arc<Reservation>, Refusal> {
        let unknown = || {
            Refusal::new(StatusCode::NOT_FOUND, "STREAM_NOT_FOUND", "No stream is reserved by this token.")
        };
        hold(&self.all).get(token).cloned().ok_or_else(unknown)
    }

    /// Opens a reserved stream: its frames, until it is dropped. There is one only.
    pub(super) fn open(
        self: &Arc<Self>,
        token: &str,
    ) -> Result<impl Stream<Item = Bytes> + Send + use<>, Refusal> {
        let found = self.find(token)?;
        let once_only =
            || Refusal::new(StatusCode::CONFLICT, "STREAM_ALREADY_OPEN", "This stream is open already.");
        let frames = hold(&found.frames).take().ok_or_else(once_only)?;
        let opened = Opened { reservations: Arc::clone(self), token: token.to_owned(), reservation: found };
        Ok(stream::unfold((frames, opened), |(mut frames, opened)| async move {
            loop {
                let frame = frames.recv().await?;
                if opened.reservation.admits(&frame) {
                    return Some((frame.bytes, (frames, opened)));
                }
            }
        }))
    }

    fn lapse(&self, token: &str) {
        let unopened = |reservation: Arc<Reservation>| hold(&reservation.frames).is_some();
        if self.find(token).is_ok_and(unopened) {
            self.forget(token);
        }
    }

    fn forget(&self, token: &str) {
        let forgotten = hold(&self.all).remove(token);
        if let Some(reservation) = forgotten {
            reservation.end();
        }
    }
}

/// Ends a reservation with its stream.
struct Opened {
    reservations: Arc<Reservations>,
    token: String,
    reservation: Arc<Reservation>,
}

impl Drop for Opened {
    fn drop(&mut self) {
        self.reservations.forget(&self.token);
    }
}

/// A frame of an operation, on its way to the stream.
struct Frame {
    id: String,
    serial: u64,
    bytes: Bytes,
    last: bool,
}

/// One stream, reserved or open, and the operations that write to it.
pub(super) struct Reservation {
    owner: Option<String>,
    /// When the owner's credentials run out.
    pub(super) expires: Option<Instant>,
    sender: mpsc::Sender<Frame>,
    /// `None` once the stream was opened.
    frames: Mutex<Option<mpsc::Receiver<Frame>>>,
    running: Mutex<Running>,
}

#[derive(Default)]
struct Running {
    ended: bool,
    serial: u64,
    operations: HashMap<String, (u64, Option<AbortHandle>)>,
}

impl Reservation {
    fn new(owner: Option<String>, expires: Option<Instant>) -> Self {
        let (sender, frames) = mpsc::channel(QUEUE);
        Self { owner, expires, sender, frames: Mutex::new(Some(frames)), running: Mutex::default() }
    }

    /// Refuses everybody but the owner. `ticket` lets in who shows no credentials as well: a browser's
    /// `EventSource` can show none, and the token is the ticket then.
    pub(super) fn belongs_to(&self, identity: Option<&str>, ticket: bool) -> Result<(), Refusal> {
        if self.owner.as_deref() == identity || ticket && identity.is_none() {
            return Ok(());
        }
        Err(Refusal::new(StatusCode::FORBIDDEN, "FORBIDDEN", "This stream was reserved by somebody else."))
    }

    /// Enters an operation, at most `limit` at once.
    pub(super) fn begin(self: &Arc<Self>, id: &str, limit: usize) -> Result<Lane, Refusal> {
        let mut running = hold(&self.running);
        if running.ended {
            return Err(Refusal::new(StatusCode::NOT_FOUND, "STREAM_NOT_FOUND", "This stream has ended."));
        }
        if running.operations.contains_key(id) {
            let message = "An operation with this id is running already.";
            return Err(Refusal::new(StatusCode::CONFLICT, "OPERATION_ALREADY_EXISTS", message));
        }
        Bound::Operations
            .check(limit, running.operations.len() + 1, None)
            .map_err(|error| Refusal::new(StatusCode::TOO_MANY_REQUESTS, "LIMIT_EXCEEDED", error.message))?;
        running.serial += 1;
        let serial = running.serial;
        running.operations.insert(id.to_owned(), (serial, None));
        Ok(Lane { reservation: Arc::clone(self), id: id.to_owned(), serial })
    }

    /// Stops an operation; nothing more of it is sent. One that is over already is no error.
    pub(super) fn stop(&self, id: &str) {
        let stopped = hold(&self.running).operations.remove(id);
        if let Some((_, Some(task))) = stopped {
            task.abort();
        }
    }

    /// Whether a frame may be sent: its operation is not over. The last frame ends it.
    fn admits(&self, frame: &Frame) -> bool {
        let mut running = hold(&self.running);
        let current = running.operations.get(&frame.id).is_some_and(|(serial, _)| *serial == frame.serial);
        if current && frame.last {
            running.operations.remove(&frame.id);
        }
        current
    }

    fn end(&self) {
        let mut running = hold(&self.running);
        running.ended = true;
        for (_, (_, task)) in running.operations.drain() {
            if let Some(task) = task {
                task.abort();
            }
        }
    }
}

/// Where the frames of one operation go.
#[derive(Clone)]
pub(super) struct Lane {
    reservation: Arc<Reservation>,
    pub(super) id: String,
    serial: u64,
}

impl Lane {
    /// Names the task that runs the operation. Where the operation was stopped meanwhile, the task is too.
    pub(super) fn run_by(&self, task: AbortHandle) {
        let mut running = hold(&self.reservation.running);
        match running.operations.get_mut(&self.id) {
            Some((serial, running_by)) if *serial == self.serial => *running_by = Some(task),
            _ => task.abort(),
        }
    }

    /// Waits for room in the queue. Where the stream has ended, this task is about to.
    pub(super) async fn send(&self, bytes: Bytes, last: bool) {
        let frame = Frame { id: self.id.clone(), serial: self.serial, bytes, last };
        drop(self.reservation.sender.send(frame).await);
    }

    /// Takes the operation out without a frame: it never began.
    pub(super) fn withdraw(&self) {
        let mut running = hold(&self.reservation.running);
        if running.operations.get(&self.id).is_some_and(|(serial, _)| *serial == self.serial) {
            running.operations.remove(&self.id);
        }
    }
}

/// A lock that a panic elsewhere does not spoil: each change under it is complete in itself.
fn hold<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures_util::StreamExt as _;

    use super::*;

    fn reserved(limits: &Limits) -> (Arc<Reservations>, Arc<Reservation>) {
        let reservations = Arc::new(Reservations::default());
        reservations.reserve("t", Some("ann".to_owned()), None, limits).unwrap();
        let reservation = reservations.find("t").unwrap();
        (reservations, reservation)
    }

    fn status<T>(result: Result<T, Refusal>) -> u16 {
        result.err().expect("a refusal").status.as_u16()
    }

    #[tokio::test]
    async fn opens_once_and_ends_with_its_stream() {
        let (reservations, reservation) = reserved(&Limits::default());
        let stream = reservations.open("t").unwrap();
        assert_eq!(status(reservations.open("t")), 409);
        drop(stream);
        assert_eq!(status(reservations.find("t")), 404);
        assert_eq!(status(reservation.begin("1", 9)), 404);
    }

    #[tokio::test]
    async fn sends_what_was_queued_before_it_opened() {
        let (reservations, reservation) = reserved(&Limits::default());
        let lane = reservation.begin("1", 9).unwrap();
        lane.send(Bytes::from_static(b"one"), false).await;
        lane.send(Bytes::from_static(b"two"), true).await;
        let mut stream = std::pin::pin!(reservations.open("t").unwrap());
        let frames: Vec<_> = stream.by_ref().take(2).collect().await;
        assert_eq!(frames, ["one", "two"]);
        assert!(reservation.begin("1", 9).is_ok());
    }

    #[tokio::test]
    async fn sends_nothing_of_a_stopped_operation() {
        let (reservations, reservation) = reserved(&Limits::default());
        let old = reservation.begin("1", 9).unwrap();
        old.send(Bytes::from_static(b"old"), false).await;
        reservation.stop("1");
        let new = reservation.begin("1", 9).unwrap();
        new.send(Bytes::from_static(b"new"), false).await;
        let frames: Vec<_> = reservations.open("t").unwrap().take(1).collect().await;
        assert_eq!(frames, ["new"]);
    }

    #[tokio::test]
    async fn stops_the_task_of_an_operation() {
        let (_all, reservation) = reserved(&Limits::default());
        let lane = reservation.begin("1", 9).unwrap();
        let task = tokio::spawn(std::future::pending::<()>());
        lane.run_by(task.abort_handle());
        reservation.stop("1");
        assert!(task.await.unwrap_err().is_cancelled());
        let other = tokio::spawn(std::future::pending::<()>());
        lane.run_by(other.abort_handle());
        assert!(other.await.unwrap_err().is_cancelled());
    }

    #[tokio::test]
    async fn lapses_unless_it_is_opened() {
        let limits = Limits { reservation_ttl: Duration::from_millis(20), ..Limits::default() };
        let (reservations, _) = reserved(&limits);
        reservations.reserve("opened", None, None, &limits).unwrap();
        let _stream = reservations.open("opened").unwrap();
        while reservations.find("t").is_ok() {
            sleep(Duration::from_millis(5)).await;
        }
        assert!(reservations.find("opened").is_ok());
    }

    #[tokio::test]
    async fn bounds_streams_and_operations() {
        let limits = Limits { reservations: 1, ..Limits::default() };
        let (reservations, reservation) = reserved(&limits);
        assert_eq!(status(reservations.reserve("u", None, None, &limits)), 503);
        let _first = reservation.begin("1", 2).unwrap();
        assert_eq!(status(reservation.begin("1", 2)), 409);
        let _second = reservation.begin("2", 2).unwrap();
        assert_eq!(status(reservation.begin("3", 2)), 429);
    }

    #[tokio::test]
    async fn belongs_to_whoever_made_it() {
        let (_all, reservation) = reserved(&Limits::default());
        assert!(reservation.belongs_to(Some("ann"), false).is_ok());
        assert!(reservation.belongs_to(None, true).is_ok());
        assert_eq!(status(reservation.belongs_to(None, false)), 403);
        assert_eq!(status(reservation.belongs_to(Some("bob"), true)), 403);
    }
}
