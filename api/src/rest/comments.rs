//! Comments.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use broadsheet_domain::comment::{Branch, NewComment};
use broadsheet_domain::error::Error;
use broadsheet_domain::id::{CommentId, PublicId};
use std::collections::HashMap;
use uuid::Uuid;

use super::articles::{article_id, id};
use super::embed::with_replies;
use super::respond::{Read, created, private};
use crate::App;
use crate::caller::Caller;
use crate::inputs::{
    CommentInput, CommentPatch, Json, PageParams, Query, ReasonInput, SortedPage, comments_page, page,
};
use crate::problem::{ReadProblems, Refusal, WriteProblems};
use crate::views::{CommentList, CommentRevisionList, CommentRevisionView, CommentView};

/// List an article's comments
///
/// Those that answer nothing, each with the first of its replies; every comment's `replies.page` goes on from there.
#[utoipa::path(get, path = "/articles/{article}/comments", operation_id = "list_comments", tag = "comments",
    params(("article" = String, Path, description = "Id or slug", example = "art_01k3v0sxm8e1zr4k5q5w0v6b7c"), SortedPage),
    responses((status = 200, body = CommentList), ReadProblems), security((), ("bearer" = [])))]
pub async fn list_comments(
    State(app): State<App>,
    read: Read,
    Path(article): Path<String>,
    Query(params): Query<SortedPage>,
) -> Result<Response, Refusal> {
    let reference = super::articles::reference(&article)?;
    let id = app.newsroom.articles(&read.viewer).get(&reference).await?.record.id.uuid();
    branch(&app, &read, Branch::Roots(id), &params).await
}

/// List a comment's replies
///
/// Its direct replies, each with the first of its own.
#[utoipa::path(get, path = "/comments/{comment}/replies", operation_id = "list_replies", tag = "comments",
    params(("comment" = String, Path, description = "Id", example = "com_01k3v0sxm8e1zr4k5q5w0v6b7c"), SortedPage),
    responses((status = 200, body = CommentList), ReadProblems), security((), ("bearer" = [])))]
pub async fn list_replies(
    State(app): State<App>,
    read: Read,
    Path(comment): Path<String>,
    Query(params): Query<SortedPage>,
) -> Result<Response, Refusal> {
    let parent = app.newsroom.comments(&read.viewer).get(id("comment", &comment)?).await?;
    branch(&app, &read, Branch::Replies(parent.id.uuid()), &params).await
}

async fn branch(app: &App, read: &Read, branch: Branch, params: &SortedPage) -> Result<Response, Refusal> {
    let query = comments_page(params)?;
    let top = app.newsroom.comments(&read.viewer).pages(&[branch], query.sort, &query.page).await?;
    let mut lists: HashMap<Uuid, CommentList> =
        with_replies(&app.newsroom, &read.viewer, top, query.sort, query.depth, &query.replies).await?;
    let list = lists.remove(&branch.key()).ok_or(Error::NotFound("comment"))?;
    read.page(&list, &list.page)
}

/// Post a comment
///
/// With an `Idempotency-Key` a repeated request posts once and answers the comment that was posted
/// (draft-ietf-httpapi-idempotency-key-header-07; keys are kept for 24 hours).
#[utoipa::path(post, path = "/articles/{article}/comments", operation_id = "post_comment", tag = "comments",
    params(("article" = String, Path, description = "Id or slug", example = "art_01k3v0sxm8e1zr4k5q5w0v6b7c"),
        ("Idempotency-Key" = Option<String>, Header, description = "Your own key for this comment, at most 200 characters", example = "8e03978e-40d5-43e8-bc93-6894a57f9324")),
    request_body = CommentInput,
    responses((status = 201, body = CommentView, headers(("Location" = String, description = "The comment's address"))), ReadProblems, WriteProblems),
    security(("bearer" = [])))]
pub async fn post_comment(
    State(app): State<App>,
    caller: Caller,
    Path(article): Path<String>,
    headers: HeaderMap,
    Json(input): Json<CommentInput>,
) -> Result<Response, Refusal> {
    let new = NewComment {
        article: article_id(&app, &caller, &article).await?,
        parent: input.parent_id.as_deref().map(|parent| id("parent_id", parent)).transpose()?,
        markdown: input.body,
        idempotency_key: headers
            .get("idempotency-key")
            .map(|key| String::from_utf8_lossy(key.as_bytes()).into_owned()),
    };
    let view = CommentView::from(app.newsroom.comments(&caller.viewer).post(new).await?);
    Ok(created(&format!("/v1/comments/{}", view.id.as_str()), &view))
}

/// Get a comment
#[utoipa::path(get, path = "/comments/{comment}", operation_id = "get_comment", tag = "comments",
    params(("comment" = String, Path, description = "Id", example = "com_01k3v0sxm8e1zr4k5q5w0v6b7c")),
    responses((status = 200, body = CommentView), ReadProblems), security((), ("bearer" = [])))]
pub async fn get_comment(
    State(app): State<App>,
    read: Read,
    Path(comment): Path<String>,
) -> Result<Response, Refusal> {
    let comment = app.newsroom.comments(&read.viewer).get(id("comment", &comment)?).await?;
    read.one(&CommentView::from(comment))
}

/// Edit one's own comment
///
/// Within the edit window; what it said before is kept for moderators.
#[utoipa::path(patch, path = "/comments/{comment}", operation_id = "edit_comment", tag = "comments",
    params(("comment" = String, Path, description = "Id", example = "com_01k3v0sxm8e1zr4k5q5w0v6b7c")), request_body = CommentPatch,
    responses((status = 200, body = CommentView), ReadProblems, WriteProblems), security(("bearer" = [])))]
pub async fn edit_comment(
    State(app): State<App>,
    caller: Caller,
    Path(comment): Path<String>,
    Json(patch): Json<CommentPatch>,
) -> Result<Response, Refusal> {
    let id: CommentId = id("comment", &comment)?;
    let comment = app.newsroom.comments(&caller.viewer).edit(id, &patch.body).await?;
    Ok(private(axum::Json(CommentView::from(comment)).into_response()))
}

/// Delete one's own comment
///
/// Its text goes for good; a tombstone keeps its place in the thread.
#[utoipa::path(delete, path = "/comments/{comment}", operation_id = "delete_comment", tag = "comments",
    params(("comment" = String, Path, description = "Id", example = "com_01k3v0sxm8e1zr4k5q5w0v6b7c")),
    responses((status = 204, description = "Deleted"), ReadProblems, WriteProblems), security(("bearer" = [])))]
pub async fn delete_comment(
    State(app): State<App>,
    caller: Caller,
    Path(comment): Path<String>,
) -> Result<StatusCode, Refusal> {
    app.newsroom.comments(&caller.viewer).delete(id("comment", &comment)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// List what a comment said before
///
/// Newest first; for its author and for moderators.
#[utoipa::path(get, path = "/comments/{comment}/revisions", operation_id = "list_comment_revisions", tag = "moderation",
    params(("comment" = String, Path, description = "Id", example = "com_01k3v0sxm8e1zr4k5q5w0v6b7c"), PageParams),
    responses((status = 200, body = CommentRevisionList), ReadProblems), security(("bearer" = [])))]
pub async fn list_comment_revisions(
    State(app): State<App>,
    read: Read,
    Path(comment): Path<String>,
    Query(params): Query<PageParams>,
) -> Result<Response, Refusal> {
    let page = page(params.limit.as_deref(), params.cursor)?;
    let revisions = app.newsroom.comments(&read.viewer).revisions(id("comment", &comment)?, &page).await?;
    let list =
        CommentRevisionList::of(revisions.map(|revision| CommentRevisionView::from(&revision)), "newest");
    read.page(&list, &list.page)
}

/// Hide a comment
///
/// Readers see a tombstone; its author learns the reason. For moderators.
#[utoipa::path(post, path = "/comments/{comment}/hide", operation_id = "hide_comment", tag = "moderation",
    params(("comment" = String, Path, description = "Id", example = "com_01k3v0sxm8e1zr4k5q5w0v6b7c")), request_body = ReasonInput,
    responses((status = 200, body = CommentView), ReadProblems, WriteProblems), security(("bearer" = [])))]
pub async fn hide_comment(
    State(app): State<App>,
    caller: Caller,
    Path(comment): Path<String>,
    Json(input): Json<ReasonInput>,
) -> Result<Response, Refusal> {
    let comment = app.newsroom.comments(&caller.viewer).hide(id("comment", &comment)?, &input.reason).await?;
    Ok(private(axum::Json(CommentView::from(comment)).into_response()))
}

/// Restore a hidden comment
///
/// For moderators.
#[utoipa::path(post, path = "/comments/{comment}/restore", operation_id = "restore_comment", tag = "moderation",
    params(("comment" = String, Path, description = "Id", example = "com_01k3v0sxm8e1zr4k5q5w0v6b7c")),
    responses((status = 200, body = CommentView), ReadProblems, WriteProblems), security(("bearer" = [])))]
pub async fn restore_comment(
    State(app): State<App>,
    caller: Caller,
    Path(comment): Path<String>,
) -> Result<Response, Refusal> {
    let comment = app.newsroom.comments(&caller.viewer).restore(id("comment", &comment)?).await?;
    Ok(private(axum::Json(CommentView::from(comment)).into_response()))
}
