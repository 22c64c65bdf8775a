//! Saved queries: a filter or a search with an id, served as list, feeds and stream. `query=` of changes and exports is theirs too.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use broadsheet_domain::article::ArticleFilter;
use broadsheet_domain::changes::Kinds;
use broadsheet_domain::error::{Error, Findings};
use broadsheet_domain::id::QueryId;
use broadsheet_domain::page::PageRequest;
use broadsheet_domain::query::SavedQuery;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::articles::{Asked, id, listed};
use super::changes::follow;
use super::embed::Include;
use super::feeds::{FeedParams, FileName, Subject, answer};
use super::respond::{Read, created, expected_version, private};
use crate::App;
use crate::caller::Caller;
use crate::inputs::{CreateQueryInput, EditQueryInput, Json, PageParams, Query, page, sequence, with_total};
use crate::listen::Draining;
use crate::problem::{ReadProblems, Refusal, WriteProblems};
use crate::views::{ArticleList, ChangeView, SavedQueryList, SavedQueryView};

/// The operations on saved queries.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_queries, create_query))
        .routes(routes!(get_query, edit_query, delete_query))
        .routes(routes!(list_query_articles))
        .routes(routes!(stream_query))
        .routes(routes!(get_query_feed))
}

/// List your own saved queries
///
/// Latest first.
#[utoipa::path(get, path = "/queries", operation_id = "list_queries", tag = "queries", params(PageParams),
    responses((status = 200, body = SavedQueryList), ReadProblems), security(("bearer" = [])))]
pub async fn list_queries(
    State(app): State<App>,
    read: Read,
    Query(params): Query<PageParams>,
) -> Result<Response, Refusal> {
    let page = page(params.limit.as_deref(), params.cursor)?;
    let found = app.newsroom.queries(&read.viewer).own(&page).await?;
    let list = SavedQueryList::of(found.map(SavedQueryView::from), "newest");
    read.page(&list, &list.page)
}

/// Save a query
///
/// A filter of articles, or a search, gets an id, under which it is a list, feeds, a stream, and `query=` of changes and exports, for whoever
/// knows the id. At most 200 an account. With an `Idempotency-Key` a repeated request saves once.
#[utoipa::path(post, path = "/queries", operation_id = "create_query", tag = "queries",
    params(("Idempotency-Key" = Option<String>, Header, description = "Your own key for this query, at most 200 characters", example = "8e03978e-40d5-43e8-bc93-6894a57f9324")),
    request_body = CreateQueryInput,
    responses((status = 201, body = SavedQueryView, headers(("Location" = String, description = "The query's address"))), ReadProblems, WriteProblems),
    security(("bearer" = [])))]
pub async fn create_query(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Json(input): Json<CreateQueryInput>,
) -> Result<Response, Refusal> {
    let key = headers.get("idempotency-key").map(|key| String::from_utf8_lossy(key.as_bytes()).into_owned());
    caller.viewer.require_account()?;
    let view = SavedQueryView::from(app.newsroom.queries(&caller.viewer).save(input.query(key)?).await?);
    Ok(created(&format!("/v1/queries/{}", view.id.as_str()), &view))
}

/// Get a saved query
///
/// Whoever knows the id may; who saved it is not told.
#[utoipa::path(get, path = "/queries/{query}", operation_id = "get_query", tag = "queries",
    params(("query" = String, Path, description = "Id", example = "qry_01k3v0sxm8e1zr4k5q5w0v6b7c")),
    responses((status = 200, body = SavedQueryView), ReadProblems), security((), ("bearer" = [])))]
pub async fn get_query(
    State(app): State<App>,
    read: Read,
    Path(query): Path<String>,
) -> Result<Response, Refusal> {
    let query = named(&app, &read, &query).await?;
    let version = query.updated_at.millis();
    read.versioned(&SavedQueryView::from(query), version)
}

/// Change your own saved query
///
/// What is left out stays. Send `If-Match` with the `ETag` you read it under: if it was saved anew meanwhile, nothing is changed
/// and the answer is a 412.
#[utoipa::path(patch, path = "/queries/{query}", operation_id = "edit_query", tag = "queries",
    params(("query" = String, Path, description = "Id", example = "qry_01k3v0sxm8e1zr4k5q5w0v6b7c"),
        ("If-Match" = Option<String>, Header, description = "The ETag of the query as you read it")),
    request_body = EditQueryInput,
    responses((status = 200, body = SavedQueryView), ReadProblems, WriteProblems), security(("bearer" = [])))]
pub async fn edit_query(
    State(app): State<App>,
    caller: Caller,
    Path(query): Path<String>,
    headers: HeaderMap,
    Json(input): Json<EditQueryInput>,
) -> Result<Response, Refusal> {
    let (id, expected): (QueryId, _) = (id("query", &query)?, expected_version(&headers)?);
    let query = app.newsroom.queries(&caller.viewer).edit(id, input.edit()?, expected).await?;
    Ok(private(axum::Json(SavedQueryView::from(query)).into_response()))
}

/// Delete your own saved query
///
/// Its id leads nowhere from now on, and its streams end. `If-Match` as for a change.
#[utoipa::path(delete, path = "/queries/{query}", operation_id = "delete_query", tag = "queries",
    params(("query" = String, Path, description = "Id", example = "qry_01k3v0sxm8e1zr4k5q5w0v6b7c"),
        ("If-Match" = Option<String>, Header, description = "The ETag of the query as you read it")),
    responses((status = 204, description = "Deleted"), ReadProblems, WriteProblems), security(("bearer" = [])))]
pub async fn delete_query(
    State(app): State<App>,
    caller: Caller,
    Path(query): Path<String>,
    headers: HeaderMap,
) -> Result<StatusCode, Refusal> {
    let expected = expected_version(&headers)?;
    app.newsroom.queries(&caller.viewer).delete(id("query", &query)?, expected).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A page of what a saved query finds.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct ItemParams {
    /// How many items, 1 to 200; 20 if left out. More is refused, never cut.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200, example = 20)]
    limit: Option<String>,
    /// `page.next`, `page.prev` or `page.newer` of another page, as it is. Once the query was changed it is refused.
    cursor: Option<String>,
    /// `true` adds `page.total`; it costs what it counts.
    #[param(value_type = Option<bool>)]
    with_total: Option<String>,
    /// Comma-separated: `body`, `topics`, `media`, `comments`, `revisions`, `corrections`, `json_ld`, `story`.
    #[param(example = "topics,media")]
    include: Option<String>,
    /// Comma-separated: only these fields of each article, and its `id`. What is left out is missed by clients that were
    /// generated from this document: they expect whole articles.
    #[param(example = "headline,url")]
    fields: Option<String>,
}

/// List what a saved query finds
///
/// The list of articles, with the query's filters and sort, as you may see it. With `q` pages are those of a search: what is
/// published is found within two seconds, and there is no `page.newer`.
#[utoipa::path(get, path = "/queries/{query}/items", operation_id = "list_query_articles", tag = "queries",
    params(("query" = String, Path, description = "Id", example = "qry_01k3v0sxm8e1zr4k5q5w0v6b7c"), ItemParams),
    responses((status = 200, body = ArticleList), ReadProblems), security((), ("bearer" = [])))]
pub async fn list_query_articles(
    State(app): State<App>,
    read: Read,
    Path(query): Path<String>,
    Query(params): Query<ItemParams>,
) -> Result<Response, Refusal> {
    let mut findings = Findings::default();
    let total = findings.absorb(with_total(params.with_total.as_deref()))?;
    let at = findings.absorb(page(params.limit.as_deref(), params.cursor.clone()))?;
    findings.finish()?;
    let saved = named(&app, &read, &query).await?;
    let asked = Asked {
        page: at.unwrap_or_else(|| PageRequest::first(broadsheet_domain::page::DEFAULT_LIMIT)),
        with_total: total.flatten().unwrap_or(false),
        goes_on: params.cursor.is_some(),
        include: params.include,
        fields: params.fields,
    };
    listed(&app, &read, &saved.definition, asked).await
}

/// A saved query's feed
///
/// `feed.rss`, `feed.atom` or `feed.json`: the newest that it finds, with their whole text, media and topics.
#[utoipa::path(get, path = "/queries/{query}/{file}", operation_id = "get_query_feed", tag = "feeds",
    params(("query" = String, Path, description = "Id", example = "qry_01k3v0sxm8e1zr4k5q5w0v6b7c"),
        ("file" = String, Path, description = "`feed` with its format: .rss, .atom or .json", example = "feed.rss"), FeedParams),
    responses((status = 200, description = "RSS 2.0, Atom 1.0 or JSON Feed 1.1", content_type = "application/rss+xml", body = String), ReadProblems),
    security((), ("bearer" = [])))]
pub async fn get_query_feed(
    State(app): State<App>,
    read: Read,
    Path((query, file)): Path<(String, String)>,
    Query(params): Query<FeedParams>,
) -> Result<Response, Refusal> {
    let FileName { name, format } = file.parse()?;
    if name != "feed" {
        return Err(Error::NotFound("feed").into());
    }
    let saved = named(&app, &read, &query).await?;
    let home_url = format!("{}/v1/queries/{}/items", app.config.public_url(), saved.id);
    let subject = Subject {
        id: Some(saved.id.to_string()),
        title: saved.name,
        description: None,
        language: None,
        image_url: None,
        home_url,
    };
    answer(&app, &read, format, subject, &saved.definition, &params).await
}

/// What to follow of a saved query.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct QueryStreamParams {
    /// The `sequence` of a change or export, for those who cannot send `Last-Event-ID`, which goes before it; left out, from now
    /// on.
    #[param(example = "1042")]
    since: Option<String>,
    /// Comma-separated, of articles: `body`, `topics`, `media`; all three if left out, `none` of them by that word.
    #[param(example = "body,topics,media")]
    include: Option<String>,
}

/// Follow a saved query
///
/// An event for each article that enters, changes or leaves (`left`, `gone`): the stream of changes with `query=` and
/// `kinds=article`. Send `Last-Event-ID` to go on where a connection broke. It ends when the query is changed or deleted: then
/// begin again with what it finds.
#[utoipa::path(get, path = "/queries/{query}/events", operation_id = "stream_query", tag = "queries",
    params(("query" = String, Path, description = "Id", example = "qry_01k3v0sxm8e1zr4k5q5w0v6b7c"), QueryStreamParams,
        ("Last-Event-ID" = Option<String>, Header, description = "The id of the last event received")),
    responses((status = 200, description = "Server-sent events", content_type = "text/event-stream", body = ChangeView), ReadProblems),
    security((), ("bearer" = [])))]
pub async fn stream_query(
    State(app): State<App>,
    caller: Caller,
    Path(query): Path<String>,
    Query(params): Query<QueryStreamParams>,
    headers: HeaderMap,
    draining: Option<axum::Extension<Draining>>,
) -> Result<Response, Refusal> {
    let include = Include::parse_copy(params.include.as_deref())?;
    let asked = crate::inputs::ChangeQuery {
        since: params.since.as_deref().map(|text| sequence("since", text)).transpose()?,
        kinds: Kinds::parse(["article"])?,
        limit: broadsheet_domain::changes::DEFAULT_LIMIT,
        filter: ArticleFilter::default(),
        query: Some(id("query", &query)?),
    };
    follow(app, caller, asked, include, &headers, draining).await
}

async fn named(app: &App, read: &Read, query: &str) -> Result<SavedQuery, Refusal> {
    Ok(app.newsroom.queries(&read.viewer).get(id("query", query)?).await?)
}
