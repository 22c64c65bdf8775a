//! The feeds of sources, as whoever runs the server looks after them, and how fetching goes.

use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use broadsheet_domain::error::{Error, Findings};
use broadsheet_domain::page::{DEFAULT_LIMIT, PageRequest};
use broadsheet_domain::source::feed::{FeedFilter, FeedStatus};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::articles::id;
use super::respond::{created, private};
use crate::App;
use crate::caller::Caller;
use crate::inputs::filters::flag;
use crate::inputs::{AddFeedInput, EditFeedInput, Json, PageParams, Query, page};
use crate::problem::{ReadProblems, Refusal, WriteProblems};
use crate::views::{FeedFetchList, FeedView, HealthView, LedgerView, SourceFeedList};

/// The operations on feeds of sources.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_source_feeds, add_source_feed))
        .routes(routes!(get_source_feed, edit_source_feed))
        .routes(routes!(pause_source_feed))
        .routes(routes!(resume_source_feed))
        .routes(routes!(fetch_source_feed))
        .routes(routes!(list_feed_fetches))
        .routes(routes!(get_intake_health))
        .routes(routes!(get_source_ledger))
}

/// A page of feeds.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct FeedParams {
    /// Only of these sources: ids or slugs, comma-separated.
    #[param(example = "harbour-courier")]
    source: Option<String>,
    /// Only in these states, comma-separated: `active`, `paused`, `gone`.
    #[param(example = "active")]
    status: Option<String>,
    /// Only those that fail, or only those that do not.
    #[param(value_type = Option<bool>, example = true)]
    failing: Option<String>,
    /// How many items, 1 to 200; 20 if left out. More is refused, never cut.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200, example = 20)]
    limit: Option<String>,
    /// `page.next` or `page.prev` of another page, as it is.
    cursor: Option<String>,
}

impl FeedParams {
    fn filter(&self, findings: &mut Findings) -> Result<FeedFilter, Error> {
        let split = |text: &Option<String>| -> Vec<String> {
            let values = text.as_deref().unwrap_or_default().split(',').map(str::trim);
            values.filter(|value| !value.is_empty()).map(ToOwned::to_owned).collect()
        };
        let mut statuses = Vec::new();
        for name in split(&self.status) {
            let known = FeedStatus::ALL.into_iter().find(|status| status.as_str() == name);
            if known.is_none() {
                findings.add("status", "malformed", format!("`{name}` is none of active, paused, gone"));
            }
            statuses.extend(known);
        }
        let failing = findings.absorb(flag("failing", self.failing.as_deref()))?.flatten();
        Ok(FeedFilter { sources: split(&self.source), statuses, failing })
    }
}

/// List the feeds of sources
///
/// Latest added first, with what is wrong with each. For admins.
#[utoipa::path(get, path = "/admin/feeds", operation_id = "list_source_feeds", tag = "intake", params(FeedParams),
    responses((status = 200, body = SourceFeedList), ReadProblems), security(("bearer" = [])))]
pub async fn list_source_feeds(
    State(app): State<App>,
    caller: Caller,
    Query(params): Query<FeedParams>,
) -> Result<Response, Refusal> {
    let mut findings = Findings::default();
    let filter = params.filter(&mut findings)?;
    let page = findings.absorb(page(params.limit.as_deref(), params.cursor))?;
    findings.finish()?;
    let page = page.unwrap_or_else(|| PageRequest::first(DEFAULT_LIMIT));
    let found = app.newsroom.sources(&caller.viewer).feeds(&filter, &page).await?;
    let list = SourceFeedList::of(found.map(Into::into), "newest");
    Ok(private(axum::Json(list).into_response()))
}

/// Get a feed of a source
///
/// With what is wrong with it, since when, and what is done about it. For admins.
#[utoipa::path(get, path = "/admin/feeds/{feed}", operation_id = "get_source_feed", tag = "intake",
    params(("feed" = String, Path, description = "Id", example = "feed_01k3v0sxm8e1zr4k5q5w0v6b7c")),
    responses((status = 200, body = FeedView), ReadProblems), security(("bearer" = [])))]
pub async fn get_source_feed(
    State(app): State<App>,
    caller: Caller,
    Path(feed): Path<String>,
) -> Result<Response, Refusal> {
    let feed = app.newsroom.sources(&caller.viewer).feed(id("feed", &feed)?).await?;
    Ok(private(axum::Json(FeedView::from(feed)).into_response()))
}

/// Add a feed
///
/// It is fetched with the next round, and whenever it is due from then on; one that is followed already is answered as it is.
/// Its source is the publisher of that address, made where there is none, or the one that you name. For admins.
#[utoipa::path(post, path = "/admin/feeds", operation_id = "add_source_feed", tag = "intake", request_body = AddFeedInput,
    responses((status = 201, body = FeedView, headers(("Location" = String, description = "The feed's address"))), ReadProblems, WriteProblems),
    security(("bearer" = [])))]
pub async fn add_source_feed(
    State(app): State<App>,
    caller: Caller,
    Json(input): Json<AddFeedInput>,
) -> Result<Response, Refusal> {
    let AddFeedInput { url, source } = input;
    let feed = app.newsroom.sources(&caller.viewer).add_feed(&url, source.as_deref()).await?;
    let view = FeedView::from(feed);
    Ok(created(&format!("/v1/admin/feeds/{}", view.id.as_str()), &view))
}

/// Give a feed another address
///
/// What was known of the old one (validators, failures) is forgotten. For admins.
#[utoipa::path(patch, path = "/admin/feeds/{feed}", operation_id = "edit_source_feed", tag = "intake",
    params(("feed" = String, Path, description = "Id", example = "feed_01k3v0sxm8e1zr4k5q5w0v6b7c")), request_body = EditFeedInput,
    responses((status = 200, body = FeedView), ReadProblems, WriteProblems), security(("bearer" = [])))]
pub async fn edit_source_feed(
    State(app): State<App>,
    caller: Caller,
    Path(feed): Path<String>,
    Json(input): Json<EditFeedInput>,
) -> Result<Response, Refusal> {
    let feed = app.newsroom.sources(&caller.viewer).readdress_feed(id("feed", &feed)?, &input.url).await?;
    Ok(private(axum::Json(FeedView::from(feed)).into_response()))
}

/// Let a feed rest
///
/// Its articles stay, and it is not fetched. For admins.
#[utoipa::path(post, path = "/admin/feeds/{feed}/pause", operation_id = "pause_source_feed", tag = "intake",
    params(("feed" = String, Path, description = "Id", example = "feed_01k3v0sxm8e1zr4k5q5w0v6b7c")),
    responses((status = 200, body = FeedView), ReadProblems, WriteProblems), security(("bearer" = [])))]
pub async fn pause_source_feed(
    State(app): State<App>,
    caller: Caller,
    Path(feed): Path<String>,
) -> Result<Response, Refusal> {
    let feed = app.newsroom.sources(&caller.viewer).pause_feed(id("feed", &feed)?).await?;
    Ok(private(axum::Json(FeedView::from(feed)).into_response()))
}

/// Have a feed fetched again
///
/// One that rests, or was gone; it is due at once. For admins.
#[utoipa::path(post, path = "/admin/feeds/{feed}/resume", operation_id = "resume_source_feed", tag = "intake",
    params(("feed" = String, Path, description = "Id", example = "feed_01k3v0sxm8e1zr4k5q5w0v6b7c")),
    responses((status = 200, body = FeedView), ReadProblems, WriteProblems), security(("bearer" = [])))]
pub async fn resume_source_feed(
    State(app): State<App>,
    caller: Caller,
    Path(feed): Path<String>,
) -> Result<Response, Refusal> {
    let feed = app.newsroom.sources(&caller.viewer).resume_feed(id("feed", &feed)?).await?;
    Ok(private(axum::Json(FeedView::from(feed)).into_response()))
}

/// Fetch a feed now
///
/// Whether it is due or not, and also while it rests. Answers when the fetch is over, with the feed as it is then; its last fetch
/// (`list_feed_fetches`) says what it brought. For admins.
#[utoipa::path(post, path = "/admin/feeds/{feed}/fetch", operation_id = "fetch_source_feed", tag = "intake",
    params(("feed" = String, Path, description = "Id", example = "feed_01k3v0sxm8e1zr4k5q5w0v6b7c")),
    responses((status = 200, body = FeedView), ReadProblems, WriteProblems), security(("bearer" = [])))]
pub async fn fetch_source_feed(
    State(app): State<App>,
    caller: Caller,
    Path(feed): Path<String>,
) -> Result<Response, Refusal> {
    let feed = crate::intake::fetch::now(&app, &caller.viewer, id("feed", &feed)?).await?;
    Ok(private(axum::Json(FeedView::from(feed)).into_response()))
}

/// List the fetches of a feed
///
/// Of the last 30 days, latest first: how each ended, what it brought, how long it took and how late its news was. For admins.
#[utoipa::path(get, path = "/admin/feeds/{feed}/fetches", operation_id = "list_feed_fetches", tag = "intake",
    params(("feed" = String, Path, description = "Id", example = "feed_01k3v0sxm8e1zr4k5q5w0v6b7c"), PageParams),
    responses((status = 200, body = FeedFetchList), ReadProblems), security(("bearer" = [])))]
pub async fn list_feed_fetches(
    State(app): State<App>,
    caller: Caller,
    Path(feed): Path<String>,
    Query(params): Query<PageParams>,
) -> Result<Response, Refusal> {
    let page = page(params.limit.as_deref(), params.cursor)?;
    let found = app.newsroom.sources(&caller.viewer).fetches(id("feed", &feed)?, &page).await?;
    let list = FeedFetchList::of(found.map(Into::into), "newest");
    Ok(private(axum::Json(list).into_response()))
}

/// Get how intake is doing
///
/// At a glance: how many feeds are fetched, fail, rest; what is due; what is wrong; what the last day brought. For admins.
#[utoipa::path(get, path = "/admin/intake", operation_id = "get_intake_health", tag = "intake",
    responses((status = 200, body = HealthView), ReadProblems), security(("bearer" = [])))]
pub async fn get_intake_health(State(app): State<App>, caller: Caller) -> Result<Response, Refusal> {
    let health = app.newsroom.sources(&caller.viewer).health().await?;
    Ok(private(axum::Json(HealthView::from(health)).into_response()))
}

/// Get the ledger of a source
///
/// By its last 30 days: its fetches and faults, how late its news comes, how often it changes, corrects and takes back what it
/// said. For admins.
#[utoipa::path(get, path = "/admin/sources/{source}/ledger", operation_id = "get_source_ledger", tag = "intake",
    params(("source" = String, Path, description = "Id or slug", example = "harbour-courier")),
    responses((status = 200, body = LedgerView), ReadProblems), security(("bearer" = [])))]
pub async fn get_source_ledger(
    State(app): State<App>,
    caller: Caller,
    Path(source): Path<String>,
) -> Result<Response, Refusal> {
    let ledger = app.newsroom.sources(&caller.viewer).ledger(&source).await?;
    Ok(private(axum::Json(LedgerView::from(ledger)).into_response()))
}
