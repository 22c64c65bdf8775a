//! The public log: batches from any place on, and the same as it grows.

use std::convert::Infallible;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::sse::Event;
use axum::response::{IntoResponse as _, Response};
use broadsheet_domain::changes::Batch;
use futures_util::Stream;

use super::embed::Include;
use super::events::{last_event_id, stream, to_event, until_over};
use super::respond::private;
use crate::App;
use crate::caller::Caller;
use crate::inputs::{self, ChangeParams, ChangeQuery, ChangeStreamParams, Query};
use crate::listen::Draining;
use crate::live;
use crate::problem::{ReadProblems, Refusal, log_internal};
use crate::views::{ChangeBatchView, ChangeView};

/// Changes that nobody is told, after which a stream says how far it is: a client that comes back need not go through them
/// again.
const UNTOLD: i64 = 100;

/// List changes
///
/// Every creation, edit, correction, withdrawal, merge and comment event after `since`, in the order of commits, none left
/// out. Each shows its subject as it is now. To keep a copy: take an export, then follow from its `sequence`; put what is
/// shown in the place of what you have, and drop what is `gone`. With a filter, articles that it does not let through (any
/// more) are `left`.
#[utoipa::path(get, path = "/changes", operation_id = "list_changes", tag = "changes", params(ChangeParams),
    responses((status = 200, body = ChangeBatchView), ReadProblems), security((), ("bearer" = [])))]
pub async fn list_changes(
    State(app): State<App>,
    caller: Caller,
    Query(params): Query<ChangeParams>,
) -> Result<Response, Refusal> {
    let include = Include::parse_copy(params.include.as_deref())?;
    let asked = inputs::changes(&params)?;
    let service = app.newsroom.changes(&caller.viewer);
    let articles = app.newsroom.queries(&caller.viewer).asked(asked.query, asked.filter).await?;
    let watch = service.watch(asked.kinds, articles).await?;
    let Batch { changes, next, more } = service.read(asked.since, asked.limit, &watch).await?;
    let changes = include.dress(&app.newsroom, &caller.viewer, changes).await?;
    // Never from a cache: it shows the present, under an address that names a moment of the past.
    Ok(private(axum::Json(ChangeBatchView::of(changes, next, more)).into_response()))
}

/// Follow changes
///
/// The list of changes as it grows: an event's `event` is the kind, its `id` the sequence, its `data` a `Change`. Send
/// `Last-Event-ID` to go on where a connection broke; nothing is missed, and nothing is told twice.
#[utoipa::path(get, path = "/changes/events", operation_id = "stream_changes", tag = "changes",
    params(ChangeStreamParams, ("Last-Event-ID" = Option<String>, Header, description = "The id of the last event received")),
    responses((status = 200, description = "Server-sent events", content_type = "text/event-stream", body = ChangeView), ReadProblems),
    security((), ("bearer" = [])))]
pub async fn stream_changes(
    State(app): State<App>,
    caller: Caller,
    Query(params): Query<ChangeStreamParams>,
    headers: HeaderMap,
    draining: Option<axum::Extension<Draining>>,
) -> Result<Response, Refusal> {
    let include = Include::parse_copy(params.include.as_deref())?;
    let asked = inputs::stream(&params)?;
    follow(app, caller, asked, include, &headers, draining).await
}

/// Answers with changes as they happen.
pub(super) async fn follow(
    app: App,
    caller: Caller,
    asked: ChangeQuery,
    include: Include,
    headers: &HeaderMap,
    draining: Option<axum::Extension<Draining>>,
) -> Result<Response, Refusal> {
    let service = app.newsroom.changes(&caller.viewer);
    let since = last_event_id(headers)?.or(asked.since).unwrap_or_else(|| service.head());
    let query = live::followed(&app.newsroom, asked.query).await?;
    let articles = app.newsroom.queries(&caller.viewer).asked(asked.query, asked.filter).await?;
    let watch = service.watch(asked.kinds, articles).await?;
    let within = live::Within { watch, query };
    let batches =
        live::change_batches(app.newsroom.clone(), caller.viewer.clone(), within, Some(since)).await?;
    let events = events(app.clone(), caller.viewer.clone(), include, since, batches);
    Ok(stream(since, events, until_over(&app, caller, draining)))
}

fn events(
    app: App,
    viewer: broadsheet_domain::Viewer,
    include: Include,
    since: i64,
    batches: impl Stream<Item = Batch> + Send,
) -> impl Stream<Item = Result<Event, Infallible>> + Send {
    async_stream::stream! {
        let mut told = since;
        for await Batch { changes, next, .. } in batches {
            let views = loop {
                match include.dress(&app.newsroom, &viewer, changes.clone()).await {
                    Ok(views) => break views,
                    Err(error) => {
                        log_internal(&error);
                        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
                    }
                }
            };
            for view in views {
                told = view.sequence.parse().unwrap_or(told);
                yield to_event(view.kind, view.sequence.as_str(), &view);
            }
            if next - told >= UNTOLD {
                told = next;
                yield Ok(Event::default().id(next.to_string()));
            }
        }
    }
}
