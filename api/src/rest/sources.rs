//! Sources and authors.

use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;
use utoipa::IntoParams;

use super::respond::Read;
use crate::App;
use crate::inputs::{PageParams, Query, page};
use crate::problem::{ReadProblems, Refusal};
use crate::views::{AuthorList, AuthorView, SourceList, SourceView};

/// List sources
///
/// Latest added first.
#[utoipa::path(get, path = "/sources", operation_id = "list_sources", tag = "sources", params(PageParams),
    responses((status = 200, body = SourceList), ReadProblems), security((), ("bearer" = [])))]
pub async fn list_sources(
    State(app): State<App>,
    read: Read,
    Query(params): Query<PageParams>,
) -> Result<Response, Refusal> {
    let page = page(params.limit.as_deref(), params.cursor)?;
    let sources = app.newsroom.sources(&read.viewer).list(&page).await?;
    let list = SourceList::of(sources.map(|source| source.as_ref().into()), "newest");
    read.page(&list, &list.page)
}

/// Get a source
#[utoipa::path(get, path = "/sources/{source}", operation_id = "get_source", tag = "sources",
    params(("source" = String, Path, description = "Id or slug", example = "harbour-courier")),
    responses((status = 200, body = SourceView), ReadProblems), security((), ("bearer" = [])))]
pub async fn get_source(
    State(app): State<App>,
    read: Read,
    Path(source): Path<String>,
) -> Result<Response, Refusal> {
    let source = app.newsroom.sources(&read.viewer).get(&source).await?;
    read.one(&SourceView::from(source.as_ref()))
}

/// A page of authors.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct AuthorParams {
    /// Only those named in the bylines of this source: id or slug.
    source: Option<String>,
    /// How many items, 1 to 200; 20 if left out. More is refused, never cut.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200, example = 20)]
    limit: Option<String>,
    /// `page.next` or `page.prev` of another page, as it is.
    cursor: Option<String>,
}

/// List authors
///
/// Latest seen first.
#[utoipa::path(get, path = "/authors", operation_id = "list_authors", tag = "authors", params(AuthorParams),
    responses((status = 200, body = AuthorList), ReadProblems), security((), ("bearer" = [])))]
pub async fn list_authors(
    State(app): State<App>,
    read: Read,
    Query(params): Query<AuthorParams>,
) -> Result<Response, Refusal> {
    let page = page(params.limit.as_deref(), params.cursor)?;
    let authors = app.newsroom.authors(&read.viewer).list(params.source.as_deref(), &page).await?;
    let list = AuthorList::of(authors.map(|author| author.as_ref().into()), "newest");
    read.page(&list, &list.page)
}

/// Get an author
#[utoipa::path(get, path = "/authors/{author}", operation_id = "get_author", tag = "authors",
    params(("author" = String, Path, description = "Id or slug", example = "ann-lee")),
    responses((status = 200, body = AuthorView), ReadProblems), security((), ("bearer" = [])))]
pub async fn get_author(
    State(app): State<App>,
    read: Read,
    Path(author): Path<String>,
) -> Result<Response, Refusal> {
    let author = app.newsroom.authors(&read.viewer).get(&author).await?;
    read.one(&AuthorView::from(author.as_ref()))
}
