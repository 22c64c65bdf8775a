//! GraphQL over server-sent events: both modes of the `graphql-sse` protocol.
//!
//! Distinct connections: a request of `/graphql` or `/graphql/stream` that accepts `text/event-stream` is
//! answered by a stream of its own. Single connection: `PUT /graphql/stream` reserves a stream, a `GET` opens it,
//! and what each further `POST` starts, and `DELETE` stops, is written to it.
//!
//! A document that does not parse is refused before a stream begins; whatever validation and execution find is
//! told in the stream, as the protocol wants. When the process drains, or the caller's credentials run out,
//! a stream just ends, and the client connects again.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use async_graphql::parser::types::OperationType;
use async_graphql::{Executor, Response as Answered, ServerError};
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, VARY};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use futures_util::future::{FutureExt as _, ready};
use futures_util::stream::{self, BoxStream, Stream, StreamExt as _};
use serde::Serialize;
use serde_json::Value;
use tokio::sync::oneshot;
use tokio::time::{Instant, MissedTickBehavior, interval_at};
use url::form_urlencoded;

use super::accept::{Format, negotiate};
use super::http::{Asked, answer, check_method_and_type, method_not_allowed, not_acceptable, read};
use super::limits::coded;
use super::reply::Reply;
use super::request::{Params, Plan, plan};
use super::reservation::Lane;
use super::wire::{self, Answer, json};
use super::{Callers, Hub, Life, Origin, Refusal};

/// The methods of `/graphql/stream`.
const METHODS: &str = "GET, POST, PUT, DELETE";

const TOKEN_HEADER: &str = "x-graphql-event-stream-token";

/// A sign of life that no client sees.
const COMMENT: Bytes = Bytes::from_static(b":\n\n");

/// Has an empty `data` field: without it a browser's `EventSource` does not tell of the event.
const COMPLETE: Bytes = Bytes::from_static(b"event: complete\ndata: \n\n");

/// Answers one request by a stream of its own.
pub(super) fn distinct<E: Executor, C: Callers>(
    hub: &Arc<Hub<E, C>>,
    caller: C::Caller,
    planned: Result<Plan, ServerError>,
    origin: Origin,
) -> Response {
    let endless = planned.as_ref().is_ok_and(|plan| plan.kind == OperationType::Subscription);
    let left = hub.callers.expires_in(&caller);
    // A query or mutation ends by itself, and is not cut half-way.
    let life = if endless {
        Life { expires: left.map(|left| Instant::now() + left), draining: origin.draining }
    } else {
        Life::default()
    };
    let answers = match planned {
        Ok(plan) => hub.answers(caller, plan),
        Err(error) if wire::code_of(&error) == Some("GRAPHQL_PARSE_FAILED") => {
            return refused(&wire::refused(error));
        }
        Err(error) => stream::once(ready(wire::refused(error))).boxed(),
    };
    let frames =
        answers.map(|answered| event("next", &Answer(&answered))).chain(stream::once(ready(COMPLETE)));
    respond(frames, life, hub.limits.keep_alive)
}

/// A request error as plain JSON, by its status: older clients' 200 would read as a stream.
fn refused(answered: &Answered) -> Response {
    let status = wire::status(answered, Format::Graphql);
    Reply::new(status, Format::Json, json(&Answer(answered))).into_response()
}

fn event(name: &str, data: &impl Serialize) -> Bytes {
    Bytes::from(format!("event: {name}\ndata: {}\n\n", json(data)))
}

/// A stream of `frames` with signs of life between them, the first at once: it opens the stream in browsers
/// that wait for a byte.
fn respond(frames: impl Stream<Item = Bytes> + Send + 'static, life: Life, keep_alive: Duration) -> Response {
    let mut pulse = interval_at(Instant::now() + keep_alive, keep_alive);
    pulse.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let frames = stream::once(ready(COMMENT)).chain(frames).boxed();
    let body = stream::unfold((frames, life, pulse), |(mut frames, life, mut pulse)| async move {
        let frame = tokio::select! {
            biased;
            // First, or a stream that always has something to say would outlive its credentials.
            _ = life.ending() => None,
            frame = frames.next() => frame,
            _ = pulse.tick() => Some(COMMENT),
        }?;
        Some((Ok::<_, Infallible>(frame), (frames, life, pulse)))
    });
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static(Format::Events.media_type())),
        (CACHE_CONTROL, HeaderValue::from_static("no-cache, no-transform")),
        (VARY, HeaderValue::from_static("Accept, Authorization")),
        // Tells proxies of the nginx kind to pass each event on at once.
        (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no")),
    ];
    (headers, Body::from_stream(body)).into_response()
}

/// Answers whatever comes to `/graphql/stream`.
pub(super) async fn stream<E: Executor, C: Callers>(
    State(hub): State<Arc<Hub<E, C>>>,
    request: Request,
) -> Response {
    let method = request.method().clone();
    dispatch(hub, request).await.unwrap_or_else(|refusal| {
        Reply::refusal(&refusal, Format::Json).allow(&method, METHODS).into_response()
    })
}

async fn dispatch<E: Executor, C: Callers>(
    hub: Arc<Hub<E, C>>,
    request: Request,
) -> Result<Response, Refusal> {
    let token = token(request.headers(), request.uri());
    // A body cannot be shared between threads, so what does not read it does not hold it.
    let head = |request: Request| request.into_parts().0;
    match (request.method(), token) {
        (&Method::PUT, token) => reserve(&hub, &head(request), token).await,
        (&Method::DELETE, token) => stop(&hub, &head(request), &token.ok_or_else(no_token)?).await,
        (&Method::GET | &Method::POST, token) => {
            let accepted = negotiate(request.headers()).ok_or_else(not_acceptable)?;
            match (token, accepted.best) {
                (None, Format::Events) => answer(hub, request, accepted).await,
                (Some(token), Format::Events) => open(&hub, &head(request), &token).await,
                (Some(token), _) => submit(&hub, request, &token).await,
                (None, _) => Err(no_token()),
            }
        }
        _ => Err(method_not_allowed("This method is not served here.")),
    }
}

fn no_token() -> Refusal {
    let message =
        "Name a reserved stream by X-GraphQL-Event-Stream-Token or ?token=, or accept text/event-stream.";
    Refusal::new(StatusCode::NOT_FOUND, "STREAM_NOT_FOUND", message)
}

fn token(headers: &HeaderMap, uri: &Uri) -> Option<String> {
    let header = headers.get(TOKEN_HEADER).and_then(|value| value.to_str().ok()).map(str::to_owned);
    header.or_else(|| url_parameter(uri, "token")).filter(|token| !token.is_empty())
}

fn url_parameter(uri: &Uri, name: &str) -> Option<String> {
    let mut pairs = form_urlencoded::parse(uri.query()?.as_bytes());
    pairs.find(|(found, _)| found == name).map(|(_, value)| value.into_owned())
}

/// Who sends `request`, and by what name.
async fn known<E, C: Callers>(
    hub: &Hub<E, C>,
    request: &Parts,
) -> Result<(C::Caller, Option<String>), Refusal> {
    let origin = Origin::of(&request.extensions);
    let caller = hub.callers.by_headers(&request.headers, origin.peer).await?;
    let identity = hub.callers.identity(&caller);
    Ok((caller, identity))
}

/// `PUT`: keeps a stream for the caller, and answers with its token.
async fn reserve<E, C: Callers>(
    hub: &Hub<E, C>,
    request: &Parts,
    token: Option<String>,
) -> Result<Response, Refusal> {
    let (caller, identity) = known(hub, request).await?;
    if token.is_some_and(|token| hub.reservations.find(&token).is_ok()) {
        return Err(Refusal::new(
            StatusCode::CONFLICT,
            "STREAM_ALREADY_RESERVED",
            "This stream is reserved already.",
        ));
    }
    let token = hub.callers.fresh_token();
    let expires = hub.callers.expires_in(&caller).map(|left| Instant::now() + left);
    hub.reservations.reserve(&token, identity, expires, &hub.limits)?;
    let headers = [(CONTENT_TYPE, "text/plain; charset=utf-8"), (CACHE_CONTROL, "no-store")];
    Ok((StatusCode::CREATED, headers, token).into_response())
}

/// `GET`: opens a reserved stream.
async fn open<E, C: Callers>(hub: &Hub<E, C>, request: &Parts, token: &str) -> Result<Response, Refusal> {
    let (_, identity) = known(hub, request).await?;
    let reservation = hub.reservations.find(token)?;
    reservation.belongs_to(identity.as_deref(), true)?;
    let frames = hub.reservations.open(token)?;
    let draining = Origin::of(&request.extensions).draining;
    let life = Life { expires: reservation.expires, draining };
    Ok(respond(frames, life, hub.limits.keep_alive))
}

/// `DELETE`: stops an operation.
async fn stop<E, C: Callers>(hub: &Hub<E, C>, request: &Parts, token: &str) -> Result<Response, Refusal> {
    let (_, identity) = known(hub, request).await?;
    let reservation = hub.reservations.find(token)?;
    reservation.belongs_to(identity.as_deref(), false)?;
    let id =
        url_parameter(&request.uri, "operationId").filter(|id| !id.is_empty()).ok_or_else(no_operation_id)?;
    reservation.stop(&id);
    Ok(StatusCode::OK.into_response())
}

/// `POST`: starts an operation that writes to a reserved stream.
async fn submit<E: Executor, C: Callers>(
    hub: &Arc<Hub<E, C>>,
    request: Request,
    token: &str,
) -> Result<Response, Refusal> {
    let (parts, body) = request.into_parts();
    let (caller, identity) = known(hub, &parts).await?;
    let reservation = hub.reservations.find(token)?;
    reservation.belongs_to(identity.as_deref(), false)?;
    check_method_and_type(&parts)?;
    let Asked::One(params) = read(hub, &parts, body).await? else {
        return Err(Refusal::bad_request("A batch cannot be written to an event stream."));
    };
    let id = operation_id(&params)?;
    let plan = match plan(params, &hub.documents, &hub.limits) {
        Ok(plan) if plan.kind == OperationType::Mutation && parts.method != Method::POST => {
            return Err(method_not_allowed("Mutations take POST."));
        }
        Ok(plan) => plan,
        Err(error) => return Ok(refused(&wire::refused(error))),
    };
    let lane = reservation.begin(&id, hub.limits.operations)?;
    Ok(start(hub, caller, plan, lane).await)
}

fn operation_id(params: &Params) -> Result<String, Refusal> {
    match params.extensions.get("operationId") {
        Some(Value::String(id)) if !id.is_empty() => Ok(id.clone()),
        Some(Value::Number(id)) => Ok(id.to_string()),
        _ => Err(no_operation_id()),
    }
}

fn no_operation_id() -> Refusal {
    Refusal::bad_request("The operation id is missing.")
}

/// Runs an operation beside the request, which is answered as soon as it is known to be valid.
async fn start<E: Executor, C: Callers>(
    hub: &Arc<Hub<E, C>>,
    caller: C::Caller,
    plan: Plan,
    lane: Lane,
) -> Response {
    let (begun, verdict) = oneshot::channel();
    let endless = plan.kind == OperationType::Subscription;
    let task = tokio::spawn(operate(hub.answers(caller, plan), endless, lane.clone(), begun));
    lane.run_by(task.abort_handle());
    match verdict.await {
        Ok(None) => StatusCode::ACCEPTED.into_response(),
        Ok(Some(answered)) => refused(&answered),
        Err(_unsaid) => match task.await {
            Err(error) if error.is_panic() => {
                tracing::error!(error = %error, "a GraphQL operation panicked");
                lane.withdraw();
                let error = coded("INTERNAL", "Something went wrong here.", None);
                Reply::new(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    Format::Json,
                    json(&Answer(&wire::refused(error))),
                )
                .into_response()
            }
            // The operation was stopped before it began.
            Ok(()) | Err(_) => StatusCode::NO_CONTENT.into_response(),
        },
    }
}

#[derive(Serialize)]
struct Framed<'a> {
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<Answer<'a>>,
}

/// Runs an operation to its end. A subscription is validated when it is first polled, before it waits for
/// anything; a query or mutation is known to be valid when it is done.
async fn operate(
    answers: BoxStream<'static, Answered>,
    endless: bool,
    lane: Lane,
    begun: oneshot::Sender<Option<Answered>>,
) {
    let mut answers = answers.fuse();
    let first = if endless { answers.next().now_or_never().flatten() } else { answers.next().await };
    if first.as_ref().is_some_and(wire::is_refused) {
        lane.withdraw();
        drop(begun.send(first));
        return;
    }
    // Where the request is gone meanwhile, the stream is not.
    drop(begun.send(None));
    let mut answers = stream::iter(first).chain(answers);
    while let Some(answered) = answers.next().await {
        let framed = Framed { id: &lane.id, payload: Some(Answer(&answered)) };
        lane.send(event("next", &framed), false).await;
    }
    lane.send(event("complete", &Framed { id: &lane.id, payload: None }), true).await;
}

#[cfg(test)]
#[path = "sse_tests.rs"]
mod tests;
