//! The desk: articles written, edited, corrected, published, withdrawn. Bodies may be larger here than elsewhere.

use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse as _, Response};
use broadsheet_domain::article::Article;
use broadsheet_domain::error::Error;
use broadsheet_domain::id::{ArticleId, PublicId};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::articles::{article_id, reference};
use super::respond::{Read, created, expected_revision, private};
use crate::App;
use crate::caller::Caller;
use crate::inputs::{
    CorrectArticleInput, CreateArticleInput, EditArticleInput, EmbargoInput, Json, PageParams, Query,
    ScheduleInput, WithdrawInput, page,
};
use crate::problem::{ReadProblems, Refusal, WriteProblems};
use crate::views::{AliasView, ArticleView, CorrectionList, CorrectionView, RevisionDiffView};

/// A long article with its markup.
const MAX_BODY_BYTES: usize = 4 * 1_024 * 1_024;

/// The desk's operations.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(create_article))
        .routes(routes!(edit_article))
        .routes(routes!(list_corrections, correct_article))
        .routes(routes!(list_aliases))
        .routes(routes!(publish_article))
        .routes(routes!(schedule_article))
        .routes(routes!(embargo_article))
        .routes(routes!(hold_article))
        .routes(routes!(withdraw_article))
        .routes(routes!(restore_article))
        .routes(routes!(diff_revisions))
        .routes(routes!(restore_revision))
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
}

/// Write an article
///
/// A draft, for editors alone until it is published. With an `Idempotency-Key` a repeated request writes once.
#[utoipa::path(post, path = "/articles", operation_id = "create_article", tag = "desk",
    params(("Idempotency-Key" = Option<String>, Header, description = "Your own key for this article, at most 200 characters", example = "8e03978e-40d5-43e8-bc93-6894a57f9324")),
    request_body = CreateArticleInput,
    responses((status = 201, body = ArticleView, headers(("Location" = String, description = "The article's address"))), ReadProblems, WriteProblems),
    security(("bearer" = [])))]
pub async fn create_article(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    Json(input): Json<CreateArticleInput>,
) -> Result<Response, Refusal> {
    let key = headers.get("idempotency-key").map(|key| String::from_utf8_lossy(key.as_bytes()).into_owned());
    let desk = app.newsroom.articles(&caller.viewer);
    let view = ArticleView::from(desk.create(input.manuscript()?, key.as_deref()).await?);
    Ok(created(&format!("/v1/articles/{}", view.id.as_str()), &view))
}

/// Edit an article
///
/// What it said before becomes a revision. Send `If-Match` with the `ETag` you read it under: if somebody changed it
/// meanwhile, nothing is changed and the answer is a 412.
#[utoipa::path(patch, path = "/articles/{article}", operation_id = "edit_article", tag = "desk",
    params(("article" = String, Path, description = "Id or slug", example = "art_01k3v0sxm8e1zr4k5q5w0v6b7c"),
        ("If-Match" = Option<String>, Header, description = "The ETag of the article as you read it, or its revision in quotes", example = "\"3\"")),
    request_body = EditArticleInput,
    responses((status = 200, body = ArticleView), ReadProblems, WriteProblems), security(("bearer" = [])))]
pub async fn edit_article(
    State(app): State<App>,
    caller: Caller,
    Path(article): Path<String>,
    headers: HeaderMap,
    Json(input): Json<EditArticleInput>,
) -> Result<Response, Refusal> {
    let (id, expected) = (article_id(&app, &caller, &article).await?, expected_revision(&headers)?);
    Ok(written(app.newsroom.articles(&caller.viewer).edit(id, input.edit()?, expected).await?))
}

/// List an article's corrections
///
/// Latest first: what was wrong in it, as its readers are told.
#[utoipa::path(get, path = "/articles/{article}/corrections", operation_id = "list_corrections", tag = "articles",
    params(("article" = String, Path, description = "Id or slug", example = "art_01k3v0sxm8e1zr4k5q5w0v6b7c"), PageParams),
    responses((status = 200, body = CorrectionList), ReadProblems), security((), ("bearer" = [])))]
pub async fn list_corrections(
    State(app): State<App>,
    read: Read,
    Path(article): Path<String>,
    Query(params): Query<PageParams>,
) -> Result<Response, Refusal> {
    let page = page(params.limit.as_deref(), params.cursor)?;
    let service = app.newsroom.articles(&read.viewer);
    let id = service.get(&reference(&article)?).await?.record.id.uuid();
    let found = service.corrections(&[id], &page).await?.remove(&id).ok_or(Error::NotFound("article"))?;
    let list = CorrectionList::of(found.map(|correction| CorrectionView::from(&correction)), "newest");
    read.page(&list, &list.page)
}

/// Correct an article
///
/// A change with a public note on what was wrong. `If-Match` as for an edit.
#[utoipa::path(post, path = "/articles/{article}/corrections", operation_id = "correct_article", tag = "desk",
    params(("article" = String, Path, description = "Id or slug", example = "art_01k3v0sxm8e1zr4k5q5w0v6b7c"),
        ("If-Match" = Option<String>, Header, description = "The ETag of the article as you read it, or its revision in quotes", example = "\"3\"")),
    request_body = CorrectArticleInput,
    responses((status = 200, body = ArticleView), ReadProblems, WriteProblems), security(("bearer" = [])))]
pub async fn correct_article(
    State(app): State<App>,
    caller: Caller,
    Path(article): Path<String>,
    headers: HeaderMap,
    Json(input): Json<CorrectArticleInput>,
) -> Result<Response, Refusal> {
    let (id, expected) = (article_id(&app, &caller, &article).await?, expected_revision(&headers)?);
    let desk = app.newsroom.articles(&caller.viewer);
    Ok(written(desk.correct(id, input.edit.edit()?, &input.note, expected).await?))
}

/// The slugs that an article had before.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct Aliases {
    /// Latest first.
    pub data: Vec<AliasView>,
}

/// List the slugs that an article had before
///
/// Latest first, each with the time until which it was the article's own. All lead to the article still.
#[utoipa::path(get, path = "/articles/{article}/aliases", operation_id = "list_aliases", tag = "articles",
    params(("article" = String, Path, description = "Id or slug", example = "art_01k3v0sxm8e1zr4k5q5w0v6b7c")),
    responses((status = 200, body = Aliases), ReadProblems), security((), ("bearer" = [])))]
pub async fn list_aliases(
    State(app): State<App>,
    read: Read,
    Path(article): Path<String>,
) -> Result<Response, Refusal> {
    let service = app.newsroom.articles(&read.viewer);
    let id = service.get(&reference(&article)?).await?.record.id.uuid();
    let data = service.aliases(id).await?.into_iter().map(Into::into).collect();
    read.one(&Aliases { data })
}

/// Publish an article
///
/// Now; or when its embargo ends, if it has one.
#[utoipa::path(post, path = "/articles/{article}/publish", operation_id = "publish_article", tag = "desk",
    params(("article" = String, Path, description = "Id or slug", example = "art_01k3v0sxm8e1zr4k5q5w0v6b7c")),
    responses((status = 200, body = ArticleView), ReadProblems, WriteProblems), security(("bearer" = [])))]
pub async fn publish_article(
    State(app): State<App>,
    caller: Caller,
    Path(article): Path<String>,
) -> Result<Response, Refusal> {
    let id = article_id(&app, &caller, &article).await?;
    Ok(written(app.newsroom.articles(&caller.viewer).publish(id).await?))
}

/// Schedule an article
///
/// It is published by itself at that time, or when its embargo ends, whichever is later.
#[utoipa::path(post, path = "/articles/{article}/schedule", operation_id = "schedule_article", tag = "desk",
    params(("article" = String, Path, description = "Id or slug", example = "art_01k3v0sxm8e1zr4k5q5w0v6b7c")),
    request_body = ScheduleInput,
    responses((status = 200, body = ArticleView), ReadProblems, WriteProblems), security(("bearer" = [])))]
pub async fn schedule_article(
    State(app): State<App>,
    caller: Caller,
    Path(article): Path<String>,
    Json(input): Json<ScheduleInput>,
) -> Result<Response, Refusal> {
    let id = article_id(&app, &caller, &article).await?;
    Ok(written(app.newsroom.articles(&caller.viewer).schedule(id, input.time()?).await?))
}

/// Set or lift an article's embargo
///
/// Until then it is not published, whatever else is asked. Lifting it publishes what waited for nothing else.
#[utoipa::path(post, path = "/articles/{article}/embargo", operation_id = "embargo_article", tag = "desk",
    params(("article" = String, Path, description = "Id or slug", example = "art_01k3v0sxm8e1zr4k5q5w0v6b7c")),
    request_body = EmbargoInput,
    responses((status = 200, body = ArticleView), ReadProblems, WriteProblems), security(("bearer" = [])))]
pub async fn embargo_article(
    State(app): State<App>,
    caller: Caller,
    Path(article): Path<String>,
    Json(input): Json<EmbargoInput>,
) -> Result<Response, Refusal> {
    let id = article_id(&app, &caller, &article).await?;
    Ok(written(app.newsroom.articles(&caller.viewer).embargo(id, input.until.map(Into::into)).await?))
}

/// Hold an article
///
/// Takes what waits for its time back to the desk.
#[utoipa::path(post, path = "/articles/{article}/hold", operation_id = "hold_article", tag = "desk",
    params(("article" = String, Path, description = "Id or slug", example = "art_01k3v0sxm8e1zr4k5q5w0v6b7c")),
    responses((status = 200, body = ArticleView), ReadProblems, WriteProblems), security(("bearer" = [])))]
pub async fn hold_article(
    State(app): State<App>,
    caller: Caller,
    Path(article): Path<String>,
) -> Result<Response, Refusal> {
    let id = article_id(&app, &caller, &article).await?;
    Ok(written(app.newsroom.articles(&caller.viewer).hold(id).await?))
}

/// Withdraw an article
///
/// Readers who look for it are told that it was withdrawn, and why (410); nothing under it is found any more.
#[utoipa::path(post, path = "/articles/{article}/withdraw", operation_id = "withdraw_article", tag = "desk",
    params(("article" = String, Path, description = "Id or slug", example = "art_01k3v0sxm8e1zr4k5q5w0v6b7c")),
    request_body = WithdrawInput,
    responses((status = 200, body = ArticleView), ReadProblems, WriteProblems), security(("bearer" = [])))]
pub async fn withdraw_article(
    State(app): State<App>,
    caller: Caller,
    Path(article): Path<String>,
    Json(input): Json<WithdrawInput>,
) -> Result<Response, Refusal> {
    let id = article_id(&app, &caller, &article).await?;
    Ok(written(app.newsroom.articles(&caller.viewer).withdraw(id, input.reason).await?))
}

/// Restore a withdrawn article
///
/// To its readers, or to the desk where it had none.
#[utoipa::path(post, path = "/articles/{article}/restore", operation_id = "restore_article", tag = "desk",
    params(("article" = String, Path, description = "Id or slug", example = "art_01k3v0sxm8e1zr4k5q5w0v6b7c")),
    responses((status = 200, body = ArticleView), ReadProblems, WriteProblems), security(("bearer" = [])))]
pub async fn restore_article(
    State(app): State<App>,
    caller: Caller,
    Path(article): Path<String>,
) -> Result<Response, Refusal> {
    let id = article_id(&app, &caller, &article).await?;
    Ok(written(app.newsroom.articles(&caller.viewer).restore(id).await?))
}

/// Which revisions to compare.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct DiffParams {
    /// The earlier one.
    #[param(value_type = u32, required = true, minimum = 1, example = 1)]
    from: Option<String>,
    /// The later one; the current one if left out.
    #[param(value_type = Option<u32>, minimum = 2, example = 2)]
    to: Option<String>,
}

/// Compare two revisions of an article
///
/// Headline, dek and body (as plain text), word by word.
#[utoipa::path(get, path = "/articles/{article}/revisions/diff", operation_id = "diff_revisions", tag = "articles",
    params(("article" = String, Path, description = "Id or slug", example = "art_01k3v0sxm8e1zr4k5q5w0v6b7c"), DiffParams),
    responses((status = 200, body = RevisionDiffView), ReadProblems), security((), ("bearer" = [])))]
pub async fn diff_revisions(
    State(app): State<App>,
    read: Read,
    Path(article): Path<String>,
    Query(params): Query<DiffParams>,
) -> Result<Response, Refusal> {
    let service = app.newsroom.articles(&read.viewer);
    let id = service.get(&reference(&article)?).await?.record.id;
    let from = revision_number("from", params.from.as_deref().unwrap_or_default())?;
    let to = params.to.as_deref().map(|text| revision_number("to", text)).transpose()?;
    let diff: RevisionDiffView = service.diff(id, from, to).await?.into();
    read.one(&diff)
}

/// Restore a revision
///
/// The article says again what it said then, in a revision of its own. `If-Match` as for an edit.
#[utoipa::path(post, path = "/articles/{article}/revisions/{revision}/restore", operation_id = "restore_revision", tag = "desk",
    params(("article" = String, Path, description = "Id or slug", example = "art_01k3v0sxm8e1zr4k5q5w0v6b7c"),
        ("revision" = u32, Path, description = "Its number", example = 1),
        ("If-Match" = Option<String>, Header, description = "The ETag of the article as you read it, or its revision in quotes", example = "\"3\"")),
    responses((status = 200, body = ArticleView), ReadProblems, WriteProblems), security(("bearer" = [])))]
pub async fn restore_revision(
    State(app): State<App>,
    caller: Caller,
    Path((article, revision)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let id: ArticleId = article_id(&app, &caller, &article).await?;
    let (revision, expected) = (revision_number("revision", &revision)?, expected_revision(&headers)?);
    Ok(written(app.newsroom.articles(&caller.viewer).restore_revision(id, revision, expected).await?))
}

fn revision_number(field: &str, text: &str) -> Result<u32, Error> {
    let number = text.parse().ok().filter(|number| *number > 0);
    number.ok_or_else(|| Error::invalid(field, "malformed", "must be the number of a revision, from 1"))
}

fn written(article: Article) -> Response {
    private(axum::Json(ArticleView::from(article)).into_response())
}
