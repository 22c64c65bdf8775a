//! GraphQL on the wire: over HTTP, over WebSocket (`graphql-transport-ws`) and over server-sent events
//! (`graphql-sse`), all at `/graphql`, with reserved event streams at `/graphql/stream`.
//!
//! A request takes one way whatever carried it: `request` reads it, `persisted` finds or parses its document,
//! `survey` measures that, [`Callers`] says who asks, and [`Hub`] runs it under the deadline. The transports
//! (`http`, `ws`, `sse` with `reservation`) only frame what comes of it, by `wire` and `reply`. Nothing here knows a type of
//! the schema, a table or a token: the first is the executor's, the others are [`Callers`]' business.

mod accept;
mod http;
mod limits;
mod messages;
mod nulls;
mod persisted;
mod reply;
mod request;
mod reservation;
mod sse;
mod survey;
#[cfg(test)]
mod trial;
mod wire;
mod ws;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use async_graphql::parser::types::OperationType;
use async_graphql::{Executor, Request, Response};
use axum::Router;
use axum::extract::ConnectInfo;
use axum::http::{Extensions, HeaderMap, StatusCode};
use axum::routing::any;
use futures_util::future::pending;
use futures_util::stream::{self, BoxStream, StreamExt as _};
use serde_json::{Map, Value};
use tokio::time::{Instant, sleep_until, timeout_at};

use self::limits::coded;
pub use self::limits::{Limits, apply};
use self::persisted::Documents;
use self::request::Plan;
use self::reservation::Reservations;
use crate::listen::{Draining, Seat};

/// What the transports need from the rest of the API.
pub trait Callers: Clone + Send + Sync + 'static {
    /// Who asks; goes with every request that they make.
    type Caller: Clone + Send + Sync + 'static;

    /// Who sends these headers. Nobody in particular is a caller too; bad credentials are a [`Refusal`].
    fn by_headers(
        &self,
        headers: &HeaderMap,
        peer: Option<SocketAddr>,
    ) -> impl Future<Output = Result<Self::Caller, Refusal>> + Send;

    /// Who opens this WebSocket: by the payload of its `connection_init`, else by the headers of its upgrade.
    fn by_init(
        &self,
        payload: Option<&Map<String, Value>>,
        headers: &HeaderMap,
        peer: Option<SocketAddr>,
    ) -> impl Future<Output = Result<Self::Caller, Refusal>> + Send;

    /// Adds the data of one request: its caller, fresh loaders.
    fn prepare(&self, caller: Self::Caller, request: Request) -> Request;

    /// A stable name for who this is, the same in every request of theirs; `None` for nobody in particular.
    fn identity(&self, caller: &Self::Caller) -> Option<String>;

    /// How long the caller's credentials are still good for; `None` where they do not run out.
    fn expires_in(&self, caller: &Self::Caller) -> Option<Duration> {
        let _ = caller;
        None
    }

    /// Whether the caller still is who they were when they came: asked before each operation on a connection that stays open.
    fn recheck(&self, caller: &Self::Caller) -> impl Future<Output = Result<(), Refusal>> + Send {
        let _ = caller;
        std::future::ready(Ok(()))
    }

    /// Completes when the caller no longer is who they were: banned, signed out, trusted with something else.
    fn until_gone(&self, caller: Self::Caller) -> impl Future<Output = ()> + Send + 'static {
        drop(caller);
        pending()
    }

    /// An unguessable name for a reserved event stream, of characters that need no escape in a URL.
    fn fresh_token(&self) -> String;
}

/// Why a request was not let in: what the client is told of it.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// The status of the answer.
    pub status: StatusCode,
    /// `extensions.code` of its only error.
    pub code: &'static str,
    /// The sentence for a person.
    pub message: String,
}

impl Refusal {
    fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into() }
    }

    fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "BAD_REQUEST", message)
    }
}

/// Serves `executor` at `/graphql` and `/graphql/stream`. Build its schema through [`apply`] with the same
/// `limits`. The peer's address is read from axum's [`ConnectInfo`] and the end of the process from
/// [`Draining`], where the listener put them among a request's extensions.
pub fn routes<E: Executor, C: Callers>(executor: E, callers: C, limits: Limits) -> Router {
    let documents = Documents::new(limits.documents_bytes);
    let reservations = Arc::new(Reservations::default());
    let hub = Arc::new(Hub { executor, callers, limits, documents, reservations });
    Router::new()
        .route("/graphql", any(http::graphql::<E, C>))
        .route("/graphql/stream", any(sse::stream::<E, C>))
        .with_state(hub)
}

/// What all transports share.
struct Hub<E, C> {
    executor: E,
    callers: C,
    limits: Limits,
    documents: Documents,
    reservations: Arc<Reservations>,
}

impl<E: Executor, C: Callers> Hub<E, C> {
    /// When a query or mutation that starts now must be done.
    fn deadline(&self) -> Instant {
        Instant::now() + self.limits.timeout
    }

    /// Runs a query or mutation; what is not done by `deadline` is dropped, its database work with it.
    async fn execute(&self, caller: C::Caller, plan: Plan, deadline: Instant) -> Response {
        let request = self.callers.prepare(caller, plan.request);
        match timeout_at(deadline, self.executor.execute(request)).await {
            Ok(response) => wire::complete(response),
            Err(_elapsed) => {
                let seconds = self.limits.timeout.as_secs_f32();
                let message = format!(
                    "The operation took longer than {seconds} s and was stopped. Ask for less at a time."
                );
                Response::from_errors(vec![coded(wire::TIMEOUT, message, None)])
            }
        }
    }

    /// Everything that a plan answers: one response, or a subscription's, one by one.
    fn answers(self: &Arc<Self>, caller: C::Caller, plan: Plan) -> BoxStream<'static, Response> {
        if plan.kind == OperationType::Subscription {
            let gone = self.callers.until_gone(caller.clone());
            let request = self.callers.prepare(caller, plan.request);
            let answers = self.executor.execute_stream(request, None).map(wire::complete);
            return answers.take_until(Box::pin(gone)).boxed();
        }
        let hub = Arc::clone(self);
        let deadline = hub.deadline();
        stream::once(async move { hub.execute(caller, plan, deadline).await }).boxed()
    }
}

/// Where a request came from.
struct Origin {
    peer: Option<SocketAddr>,
    draining: Option<Draining>,
    seat: Option<Seat>,
}

impl Origin {
    fn of(extensions: &Extensions) -> Self {
        let peer = extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0);
        Self {
            peer,
            draining: extensions.get::<Draining>().cloned(),
            seat: extensions.get::<Seat>().cloned(),
        }
    }
}

/// How long a connection that stays open may stay open.
#[derive(Default)]
struct Life {
    expires: Option<Instant>,
    draining: Option<Draining>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    Expired,
    Draining,
}

impl Life {
    /// Waits for whichever end comes first. May be dropped and called again.
    async fn ending(&self) -> Ending {
        let drained = async {
            match &self.draining {
                Some(Draining(token)) => token.cancelled().await,
                None => pending().await,
            }
        };
        tokio::select! {
            () = alarm(self.expires) => Ending::Expired,
            () = drained => Ending::Draining,
        }
    }
}

/// Waits until `at`, or for ever.
async fn alarm(at: Option<Instant>) {
    match at {
        Some(at) => sleep_until(at).await,
        None => pending().await,
    }
}
