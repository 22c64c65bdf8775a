//! GraphQL over WebSocket: the `graphql-transport-ws` protocol.
//!
//! One task owns the socket and everything that the connection knows; operations run in tasks of their own and
//! hand it finished frames through a bounded queue. So a slow reader holds its own operations back and nobody
//! else's, and a frame of an operation that is over is dropped where it would be sent: after a `complete`
//! nothing of that operation follows, even if its id is in use again.

use std::borrow::Cow;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use async_graphql::parser::types::OperationType;
use async_graphql::{Executor, Response as Answered, ServerError};
use axum::extract::ws::{CloseFrame, Message, WebSocketUpgrade};
use axum::extract::{FromRequestParts as _, Request};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream::BoxStream;
use futures_util::{Sink, SinkExt as _, Stream, StreamExt as _};
use serde_json::{Map, Value};
use tokio::sync::mpsc;
use tokio::task::{AbortHandle, Id, JoinError, JoinSet};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at, timeout};

use super::limits::{Bound, coded};
use super::messages::{Incoming, Outgoing};
use super::request::{Params, Plan, plan};
use super::wire::{self, Answer, json};
use super::{Callers, Ending, Hub, Life, Origin, alarm};
use crate::listen::Seat;

const PROTOCOL: &str = "graphql-transport-ws";

/// Frames that wait for the socket before operations wait for it too.
const QUEUE: usize = 16;

/// Time for the client to answer a close frame before the connection is dropped.
const FAREWELL: Duration = Duration::from_secs(2);

/// The longest reason that a close frame can carry.
const REASON_BYTES: usize = 123;

/// Signs of life that may go unanswered.
const MISSED_BEATS: u8 = 2;

/// Turns a request into a connection of the protocol.
pub(super) async fn upgrade<E: Executor, C: Callers>(hub: Arc<Hub<E, C>>, request: Request) -> Response {
    let (mut parts, _) = request.into_parts();
    let origin = Origin::of(&parts.extensions);
    let upgrade = match WebSocketUpgrade::from_request_parts(&mut parts, &()).await {
        Ok(upgrade) => upgrade.protocols([PROTOCOL]),
        Err(rejection) => return rejection.into_response(),
    };
    // Twice the limit, so that what is over it can still be refused by its proper code.
    let longest = hub.limits.body_bytes.saturating_mul(2);
    let upgrade = upgrade.max_message_size(longest).max_frame_size(longest);
    upgrade.on_upgrade(move |socket| async move {
        let agreed = socket.protocol().is_some();
        let session = Session::new(hub, socket, parts.headers, origin);
        if agreed {
            session.run().await;
        } else {
            session.finish(close(4406, "Subprotocol not acceptable")).await;
        }
    })
}

/// Why a connection ends.
#[derive(Debug, PartialEq, Eq)]
enum End {
    /// The client is gone, or does not answer.
    Gone,
    /// With a close frame.
    Close(u16, Cow<'static, str>),
}

fn close(code: u16, reason: impl Into<Cow<'static, str>>) -> End {
    End::Close(code, reason.into())
}

type Step = Result<(), End>;

/// An operation that was started and is not over.
struct Running {
    serial: u64,
    endless: bool,
    task: AbortHandle,
}

/// A frame of an operation, on its way to the socket.
struct Event {
    id: String,
    serial: u64,
    frame: String,
    last: bool,
}

struct Session<E, C: Callers, S> {
    hub: Arc<Hub<E, C>>,
    socket: S,
    headers: HeaderMap,
    peer: Option<SocketAddr>,
    /// The connection is counted, and waited for, as long as this is here.
    _seat: Option<Seat>,
    life: Life,
    /// When `connection_init` must have come; `None` once it has.
    init_by: Option<Instant>,
    caller: Option<C::Caller>,
    running: HashMap<String, Running>,
    tasks: JoinSet<()>,
    serial: u64,
    sender: mpsc::Sender<Event>,
    events: mpsc::Receiver<Event>,
    unanswered: u8,
    /// When the connection closes at the latest, once the process drains.
    leave_by: Option<Instant>,
}

impl<E, C, S> Session<E, C, S>
where
    E: Executor,
    C: Callers,
    S: Stream<Item = Result<Message, axum::Error>> + Sink<Message, Error = axum::Error> + Unpin,
{
    fn new(hub: Arc<Hub<E, C>>, socket: S, headers: HeaderMap, origin: Origin) -> Self {
        let (sender, events) = mpsc::channel(QUEUE);
        Self {
            init_by: Some(Instant::now() + hub.limits.init_timeout),
            hub,
            socket,
            headers,
            peer: origin.peer,
            _seat: origin.seat,
            life: Life { expires: None, draining: origin.draining },
            caller: None,
            running: HashMap::new(),
            tasks: JoinSet::new(),
            serial: 0,
            sender,
            events,
            unanswered: 0,
            leave_by: None,
        }
    }

    async fn run(mut self) {
        let every = self.hub.limits.keep_alive;
        let mut pulse = interval_at(Instant::now() + every, every);
        pulse.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let end = loop {
            if let Err(end) = self.step(&mut pulse).await {
                break end;
            }
        };
        self.finish(end).await;
    }

    /// Waits for one thing to happen, and acts on it.
    async fn step(&mut self, pulse: &mut Interval) -> Step {
        tokio::select! {
            message = self.socket.next() => self.receive(message).await,
            Some(event) = self.events.recv() => self.deliver(event).await,
            Some(ended) = self.tasks.join_next_with_id() => self.reap(ended).await,
            ending = self.life.ending(), if self.leave_by.is_none() => self.end(ending),
            () = alarm(self.init_by) => Err(close(4408, "Connection initialisation timeout")),
            () = alarm(self.leave_by) => Err(going_away()),
            _ = pulse.tick() => self.beat().await,
        }
    }

    async fn receive(&mut self, message: Option<Result<Message, axum::Error>>) -> Step {
        self.unanswered = 0;
        match message {
            None => Err(End::Gone),
            // Only its words tell a message over the socket's own limit from a broken frame.
            Some(Err(error)) if error.to_string().contains("too long") => {
                Err(close(1009, format!("Message longer than {} bytes", self.hub.limits.body_bytes)))
            }
            Some(Err(error)) => Err(close(1002, format!("Unreadable frame: {error}"))),
            Some(Ok(Message::Text(text))) if text.len() > self.hub.limits.body_bytes => {
                Err(close(1009, format!("Message longer than {} bytes", self.hub.limits.body_bytes)))
            }
            Some(Ok(Message::Text(text))) => match Incoming::read(&text) {
                Ok(message) => self.act(message).await,
                Err(reason) => Err(close(4400, reason)),
            },
            Some(Ok(Message::Binary(_))) => Err(close(4400, "Invalid message: a text frame is expected")),
            // Pings are answered, and a close is, by the socket itself; after a close it ends.
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Close(_))) => Ok(()),
        }
    }

    async fn act(&mut self, message: Incoming) -> Step {
        match message {
            Incoming::Init(payload) => self.init(payload.as_ref()).await,
            Incoming::Ping(payload) => self.send(&Outgoing::Pong { payload: payload.as_ref() }).await,
            Incoming::Pong => Ok(()),
            Incoming::Subscribe { id, params } => self.subscribe(id, params).await,
            Incoming::Complete { id } => {
                if let Some(running) = self.running.remove(&id) {
                    running.task.abort();
                }
                self.settle()
            }
        }
    }

    async fn init(&mut self, payload: Option<&Map<String, Value>>) -> Step {
        if self.init_by.take().is_none() {
            return Err(close(4429, "Too many initialisation requests"));
        }
        let known = self.hub.callers.by_init(payload, &self.headers, self.peer);
        let caller = match timeout(self.hub.limits.timeout, known).await {
            Ok(Ok(caller)) => caller,
            Ok(Err(refusal)) if is_passing(refusal.status) => return Err(close(1013, refusal.message)),
            Ok(Err(refusal)) => return Err(close(4403, format!("Forbidden: {}", refusal.message))),
            Err(_elapsed) => return Err(close(1013, "Try again later")),
        };
        self.life.expires = self.hub.callers.expires_in(&caller).map(|left| Instant::now() + left);
        self.caller = Some(caller);
        self.send(&Outgoing::ConnectionAck).await
    }

    async fn subscribe(&mut self, id: String, params: Params) -> Step {
        let Some(caller) = self.caller.clone() else { return Err(close(4401, "Unauthorized")) };
        if self.running.contains_key(&id) {
            return Err(close(4409, format!("Subscriber for {id} already exists")));
        }
        match timeout(self.hub.limits.timeout, self.hub.callers.recheck(&caller)).await {
            Ok(Ok(())) => {}
            Ok(Err(refusal)) if !is_passing(refusal.status) => {
                return Err(close(4403, format!("Forbidden: {}", refusal.message)));
            }
            Ok(Err(_)) | Err(_) => return Err(close(1013, "Try again later")),
        }
        if self.leave_by.is_some() {
            // Not refused: the client asks again where it connects next.
            return Ok(());
        }
        let room = Bound::Operations.check(self.hub.limits.operations, self.running.len() + 1, None);
        match room.and_then(|()| plan(params, &self.hub.documents, &self.hub.limits)) {
            Ok(plan) => {
                self.start(caller, id, plan);
                Ok(())
            }
            Err(error) => self.fail(&id, error).await,
        }
    }

    fn start(&mut self, caller: C::Caller, id: String, plan: Plan) {
        self.serial += 1;
        let endless = plan.kind == OperationType::Subscription;
        let lane = Lane { id: id.clone(), serial: self.serial, sender: self.sender.clone() };
        let task = self.tasks.spawn(operate(self.hub.answers(caller, plan), lane));
        self.running.insert(id, Running { serial: self.serial, endless, task });
    }

    /// Sends a frame, unless its operation is over.
    async fn deliver(&mut self, event: Event) -> Step {
        if self.running.get(&event.id).is_none_or(|running| running.serial != event.serial) {
            return Ok(());
        }
        if event.last {
            self.running.remove(&event.id);
        }
        self.push(Message::Text(event.frame.into())).await?;
        self.settle()
    }

    /// An operation that panicked would never end for its client.
    async fn reap(&mut self, ended: Result<(Id, ()), JoinError>) -> Step {
        let Err(error) = ended else { return Ok(()) };
        let found = self.running.iter().find(|(_, running)| running.task.id() == error.id());
        let Some(id) = found.map(|(id, _)| id.clone()).filter(|_| error.is_panic()) else { return Ok(()) };
        tracing::error!(error = %error, "a GraphQL operation panicked");
        self.running.remove(&id);
        self.fail(&id, coded("INTERNAL", "Something went wrong here.", None)).await?;
        self.settle()
    }

    fn end(&mut self, ending: Ending) -> Step {
        if ending == Ending::Expired {
            return Err(close(4403, "Forbidden: the token has expired"));
        }
        // Subscriptions are cut, not completed: a client takes up a cut one where it connects next.
        self.leave_by = Some(Instant::now() + self.hub.limits.drain_grace);
        self.running.retain(|_, running| {
            if running.endless {
                running.task.abort();
            }
            !running.endless
        });
        self.settle()
    }

    /// Leaves, where the process drains and nothing is left to answer.
    fn settle(&self) -> Step {
        if self.leave_by.is_some() && self.running.is_empty() { Err(going_away()) } else { Ok(()) }
    }

    async fn beat(&mut self) -> Step {
        if self.unanswered >= MISSED_BEATS {
            return Err(End::Gone);
        }
        self.unanswered += 1;
        self.push(Message::Ping(axum::body::Bytes::new())).await
    }

    async fn fail(&mut self, id: &str, error: ServerError) -> Step {
        let refused = wire::refused(error);
        self.send(&Outgoing::Error { id, payload: &refused.errors }).await
    }

    async fn send(&mut self, message: &Outgoing<'_>) -> Step {
        self.push(Message::Text(json(message).into())).await
    }

    async fn push(&mut self, message: Message) -> Step {
        match timeout(self.hub.limits.write_timeout, self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(End::Gone),
        }
    }

    /// Stops every operation, says why, and lets the client say goodbye: a connection that is dropped with
    /// unread messages is reset, and the reason is lost.
    async fn finish(mut self, end: End) {
        self.tasks.abort_all();
        let End::Close(code, reason) = end else { return };
        let frame = CloseFrame { code, reason: clip(&reason).into() };
        if self.push(Message::Close(Some(frame))).await.is_ok() {
            let goodbye = async { while let Some(Ok(_)) = self.socket.next().await {} };
            drop(timeout(FAREWELL, goodbye).await);
        }
    }
}

fn going_away() -> End {
    close(1012, "Service restart")
}

/// Whether a refusal may be over soon, so that the client should try again.
fn is_passing(status: StatusCode) -> bool {
    status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS
}

/// As much of a reason as a close frame can carry.
fn clip(reason: &str) -> &str {
    let end = (0..=REASON_BYTES.min(reason.len())).rev().find(|end| reason.is_char_boundary(*end));
    reason.get(..end.unwrap_or_default()).unwrap_or_default()
}

/// Where the frames of one operation go.
struct Lane {
    id: String,
    serial: u64,
    sender: mpsc::Sender<Event>,
}

impl Lane {
    /// Waits for room in the queue. Where the connection is gone, this task is about to be.
    async fn send(&self, message: &Outgoing<'_>, last: bool) {
        let event = Event { id: self.id.clone(), serial: self.serial, frame: json(message), last };
        drop(self.sender.send(event).await);
    }
}

/// Runs an operation to its end.
async fn operate(mut answers: BoxStream<'static, Answered>, lane: Lane) {
    while let Some(answered) = answers.next().await {
        if wire::is_refused(&answered) {
            return lane.send(&Outgoing::Error { id: &lane.id, payload: &answered.errors }, true).await;
        }
        lane.send(&Outgoing::Next { id: &lane.id, payload: Answer(&answered) }, false).await;
    }
    lane.send(&Outgoing::Complete { id: &lane.id }, true).await;
}

#[cfg(test)]
#[path = "ws_tests.rs"]
mod tests;
