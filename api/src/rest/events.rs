//! Live changes as server-sent events, with `Last-Event-ID` to go on from where a connection broke.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use broadsheet_domain::error::Error;
use futures_util::{Stream, StreamExt};
use serde::Serialize;

use crate::App;
use crate::caller::Caller;
use crate::inputs::{FollowParams, Query, follow};
use crate::listen::Draining;
use crate::live;
use crate::problem::{ReadProblems, Refusal};
use crate::views::{ArticleEventView, CommentEventView};

const KEEP_ALIVE: Duration = Duration::from_secs(12);

/// Follow an article's comments
///
/// An event for each comment that is posted, edited, deleted, hidden or restored: its `event` is the kind, its `id` the
/// sequence, its `data` a `CommentEvent`. Send `Last-Event-ID` to receive what happened since.
#[utoipa::path(get, path = "/articles/{article}/comments/events", operation_id = "stream_comments", tag = "comments",
    params(("article" = String, Path, description = "Id or slug", example = "art_01k3v0sxm8e1zr4k5q5w0v6b7c"), ("Last-Event-ID" = Option<String>, Header, description = "The id of the last event received")),
    responses((status = 200, description = "Server-sent events", content_type = "text/event-stream", body = CommentEventView), ReadProblems),
    security((), ("bearer" = [])))]
pub async fn stream_comments(
    State(app): State<App>,
    caller: Caller,
    Path(article): Path<String>,
    headers: HeaderMap,
    draining: Option<axum::Extension<Draining>>,
) -> Result<Response, Refusal> {
    let article = super::articles::article_id(&app, &caller, &article).await?;
    let since = since(&app, &headers)?;
    let events =
        live::comment_events(app.newsroom.clone(), caller.viewer.clone(), article, Some(since)).await?;
    let events = events.map(|event| to_event(event.kind, event.sequence.as_str(), &event));
    Ok(stream(since, events, until_over(&app, caller, draining)))
}

/// Follow new articles
///
/// An event for each article that appears and that the filter lets through; its `data` is an `ArticleEvent`.
#[utoipa::path(get, path = "/articles/events", operation_id = "stream_articles", tag = "articles",
    params(FollowParams, ("Last-Event-ID" = Option<String>, Header, description = "The id of the last event received")),
    responses((status = 200, description = "Server-sent events", content_type = "text/event-stream", body = ArticleEventView), ReadProblems),
    security((), ("bearer" = [])))]
pub async fn stream_articles(
    State(app): State<App>,
    caller: Caller,
    Query(params): Query<FollowParams>,
    headers: HeaderMap,
    draining: Option<axum::Extension<Draining>>,
) -> Result<Response, Refusal> {
    let (filter, query) = follow(&params)?;
    let followed = live::followed(&app.newsroom, query).await?;
    let articles = app.newsroom.queries(&caller.viewer).asked(query, filter).await?;
    let since = since(&app, &headers)?;
    let events =
        live::article_events(app.newsroom.clone(), caller.viewer.clone(), (articles, followed), Some(since))
            .await?;
    let events = events.map(|event| to_event(event.kind, event.sequence.as_str(), &event));
    Ok(stream(since, events, until_over(&app, caller, draining)))
}

/// Where the stream begins: after the last event received, or now.
fn since(app: &App, headers: &HeaderMap) -> Result<i64, Error> {
    Ok(last_event_id(headers)?.unwrap_or_else(|| *app.newsroom.log().head().borrow()))
}

pub(super) fn last_event_id(headers: &HeaderMap) -> Result<Option<i64>, Error> {
    let Some(value) = headers.get("last-event-id") else { return Ok(None) };
    let sequence = value.to_str().ok().and_then(|text| text.parse().ok()).filter(|sequence| *sequence >= 0);
    sequence.map(Some).ok_or_else(|| {
        Error::invalid("Last-Event-ID", "malformed", "must be the id of an event of this stream")
    })
}

#[expect(clippy::unnecessary_wraps, reason = "what a stream of events is made of")]
pub(super) fn to_event(kind: impl Serialize, id: &str, event: &impl Serialize) -> Result<Event, Infallible> {
    let name = serde_json::to_value(kind)
        .ok()
        .and_then(|name| name.as_str().map(ToOwned::to_owned))
        .unwrap_or_default();
    let data = serde_json::to_string(event).unwrap_or_default();
    Ok(Event::default().event(name).id(id).data(data))
}

/// Completes with the server's drain, so that clients reconnect elsewhere, and when the caller's token runs out or stands for
/// somebody else than it did.
pub(super) fn until_over(
    app: &App,
    caller: Caller,
    draining: Option<axum::Extension<Draining>>,
) -> impl Future<Output = ()> + Send + 'static {
    let left = app.door.expires_in(&caller);
    let gone = app.door.clone().until_gone(caller);
    async move {
        let drained = async {
            match draining {
                Some(axum::Extension(draining)) => draining.0.cancelled_owned().await,
                None => std::future::pending().await,
            }
        };
        let expired = async {
            match left {
                Some(left) => tokio::time::sleep(left).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = drained => {}
            () = expired => {}
            () = gone => {}
        }
    }
}

/// Begins with an id alone: a browser tells nobody of it, and sends it when the connection breaks before the first event.
pub(super) fn stream(
    since: i64,
    events: impl Stream<Item = Result<Event, Infallible>> + Send + 'static,
    over: impl Future<Output = ()> + Send + 'static,
) -> Response {
    let begin = futures_util::stream::iter([Ok(Event::default().id(since.to_string()))]);
    let mut response = Sse::new(begin.chain(events).take_until(Box::pin(over)))
        .keep_alive(KeepAlive::new().interval(KEEP_ALIVE))
        .into_response();
    let headers = response.headers_mut();
    headers.insert("cache-control", axum::http::HeaderValue::from_static("no-store"));
    headers.insert("x-accel-buffering", axum::http::HeaderValue::from_static("no"));
    response
}
