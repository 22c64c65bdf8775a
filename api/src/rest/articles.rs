//! Articles.

use axum::extract::{Path, State};
use axum::response::Response;
use broadsheet_domain::article::{Article, ArticleRef, ArticleSort};
use broadsheet_domain::error::Error;
use broadsheet_domain::id::{ArticleId, PublicId};
use broadsheet_domain::page::{Page, PageRequest};
use broadsheet_domain::query::{Definition, QuerySort};
use broadsheet_domain::reads::Reads;
use serde::Deserialize;
use utoipa::IntoParams;

use super::embed::Include;
use super::items::item;
use super::respond::{OtherFormat, Read, private, select_fields};
use crate::App;
use crate::caching::shows_page;
use crate::caller::Caller;
use crate::inputs::{
    ArticleIdParams, ArticleParams, ArticleQuery, PageParams, Query, article_ids, articles, page,
};
use crate::problem::{ReadProblems, Refusal, WriteProblems};
use crate::syndication::{json_ld, ninjs};
use crate::views::{ArticleIdList, ArticleList, ArticleView, RevisionList, RevisionView};

/// An id where the text begins like one, a slug otherwise. A wrong prefix is a clear refusal, not an unknown slug.
pub fn reference(text: &str) -> Result<ArticleRef, Error> {
    if broadsheet_domain::id::prefix_of(text).is_some() || text.starts_with("art_") {
        return id("article", text).map(ArticleRef::Id);
    }
    Ok(ArticleRef::Slug(text.to_owned()))
}

/// An id of the right kind.
pub fn id<I: PublicId>(field: &str, text: &str) -> Result<I, Error> {
    text.parse().map_err(|error: broadsheet_domain::id::IdError| {
        Error::invalid(field, "malformed", error.to_string())
    })
}

/// What to show of one article.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct ShowParams {
    /// Comma-separated: `body`, `topics`, `media`, `comments`, `revisions`, `corrections`, `json_ld`, `story`, `related`.
    #[param(example = "body,media,comments")]
    include: Option<String>,
    /// Comma-separated: only these fields, and the `id`. What is left out is missed by clients that were generated from this
    /// document: they expect a whole article.
    #[param(example = "headline,url")]
    fields: Option<String>,
}

/// List articles
///
/// Newest first unless sorted otherwise; nothing is skipped or repeated while news lands between two pages: that is behind
/// `page.newer`, counted by `page.newer_count`.
#[utoipa::path(get, path = "/articles", operation_id = "list_articles", tag = "articles", params(ArticleParams),
    responses((status = 200, body = ArticleList), ReadProblems), security((), ("bearer" = [])))]
pub async fn list_articles(
    State(app): State<App>,
    read: Read,
    Query(params): Query<ArticleParams>,
) -> Result<Response, Refusal> {
    let ArticleQuery { filter, sort, page, with_total, goes_on } = articles(&params)?;
    let sort = Some(match sort {
        ArticleSort::Newest => QuerySort::Newest,
        ArticleSort::Oldest => QuerySort::Oldest,
        ArticleSort::RecentlyUpdated => QuerySort::RecentlyUpdated,
    });
    let asked = Asked { page, with_total, goes_on, include: params.include, fields: params.fields };
    listed(&app, &read, &Definition { text: None, filter, sort }, asked).await
}

/// What of a list of articles is to be shown, and how.
pub(super) struct Asked {
    pub(super) page: PageRequest,
    pub(super) with_total: bool,
    /// Whether the page goes on from another.
    pub(super) goes_on: bool,
    pub(super) include: Option<String>,
    pub(super) fields: Option<String>,
}

/// Answers with a page of what is asked for.
pub(super) async fn listed(
    app: &App,
    read: &Read,
    definition: &Definition,
    asked: Asked,
) -> Result<Response, Refusal> {
    let include = Include::parse(asked.include.as_deref())?.for_list(&definition.filter);
    let fields = include.fields(asked.fields.as_deref())?;
    let service = app.newsroom.queries(&read.viewer);
    let found = service.find(definition, &asked.page).await?;
    let newer_count = if asked.goes_on { service.newer_count(definition, &found).await? } else { None };
    let articles = Box::pin(include.embed(app, &read.viewer, found)).await?;
    let mut list = ArticleList::of(articles, definition.sort_name());
    list.page.newer_count = newer_count;
    if asked.with_total {
        list.page.total = Some(service.count(definition).await?);
    }
    match &fields {
        None => read.page(&list, &list.page),
        Some(fields) => read.page(&select_fields(&list, fields)?, &list.page),
    }
}

/// List the ids of articles
///
/// The list of articles with the same filters, sorts and cursors, but ids alone, and up to 10,000 on a page: to find out
/// what is missing, or to fetch everything.
#[utoipa::path(get, path = "/articles/ids", operation_id = "list_article_ids", tag = "articles", params(ArticleIdParams),
    responses((status = 200, body = ArticleIdList), ReadProblems), security((), ("bearer" = [])))]
pub async fn list_article_ids(
    State(app): State<App>,
    read: Read,
    Query(params): Query<ArticleIdParams>,
) -> Result<Response, Refusal> {
    let query = article_ids(&params)?;
    let service = app.newsroom.articles(&read.viewer);
    let found = service.list_ids(&query.filter, query.sort, &query.page).await?;
    let mut list = ArticleIdList::of(&found, query.sort.as_str());
    if query.goes_on {
        list.page.newer_count = service.newer_count(&query.filter, query.sort, &found).await?;
    }
    if query.with_total {
        list.page.total = Some(service.count(&query.filter).await?);
    }
    read.page(&list, &list.page)
}

/// Get an article
///
/// By id or slug; a slug that it had before redirects to the present one. `Accept: application/ld+json` answers schema.org's
/// `NewsArticle` with its whole text, `Accept: application/ninjs+json` ninjs 3.1. With `include=body,media,comments` this is the
/// whole page of an article in one call.
#[utoipa::path(get, path = "/articles/{article}", operation_id = "get_article", tag = "articles",
    params(("article" = String, Path, description = "Id or slug", example = "art_01k3v0sxm8e1zr4k5q5w0v6b7c"), ShowParams),
    responses((status = 200, body = ArticleView), (status = 308, description = "The article has another slug now",
        headers(("Location" = String, description = "Its address"))), ReadProblems), security((), ("bearer" = [])))]
pub async fn get_article(
    State(app): State<App>,
    read: Read,
    Path(article): Path<String>,
    Query(params): Query<ShowParams>,
) -> Result<Response, Refusal> {
    show(&app, &read, &reference(&article)?, &params).await
}

/// Which article, and what to show of it.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct ByUrl {
    /// The article's address at its publisher's, with or without tracking parameters.
    #[param(required = true, example = "https://harbour-courier.example/news/storm-surge?utm_source=rss")]
    url: Option<String>,
    /// Comma-separated: `body`, `topics`, `media`, `comments`, `revisions`, `corrections`, `json_ld`, `story`, `related`.
    include: Option<String>,
    /// Comma-separated: only these fields, and the `id`. What is left out is missed by clients that were generated from this
    /// document: they expect a whole article.
    fields: Option<String>,
}

/// Get an article by its publisher's URL
///
/// So that a page that shows a publisher's link can find the article, and its thread, behind it.
#[utoipa::path(get, path = "/articles/by-url", operation_id = "get_article_by_url", tag = "articles", params(ByUrl),
    responses((status = 200, body = ArticleView), ReadProblems), security((), ("bearer" = [])))]
pub async fn get_article_by_url(
    State(app): State<App>,
    read: Read,
    Query(params): Query<ByUrl>,
) -> Result<Response, Refusal> {
    let url = params.url.as_deref().unwrap_or_default().parse();
    let url =
        url.map_err(|error| Error::invalid("url", "malformed", format!("must be an absolute URL: {error}")))?;
    show(&app, &read, &ArticleRef::Url(url), &ShowParams { include: params.include, fields: params.fields })
        .await
}

async fn show(
    app: &App,
    read: &Read,
    reference: &ArticleRef,
    params: &ShowParams,
) -> Result<Response, Refusal> {
    let include = Include::parse_one(params.include.as_deref())?;
    let fields = include.fields(params.fields.as_deref())?;
    let article = app.newsroom.articles(&read.viewer).get(reference).await?;
    if let ArticleRef::Slug(slug) = reference
        && *slug != article.record.slug
    {
        return Ok(read.moved(&article.record.slug));
    }
    let revision = i64::from(article.record.revision);
    if let Some(format) = read.wants() {
        return in_format(app, read, &article, format).await;
    }
    if let Some(page) = Reads::of(&article) {
        shows_page(page); // every GET is noted
    }
    let view = include.embed_one(app, &read.viewer, article).await?;
    match &fields {
        None => read.versioned(&view, revision),
        Some(fields) => read.versioned(&select_fields(&view, fields)?, revision),
    }
}

/// An article in the format that its reader prefers.
async fn in_format(
    app: &App,
    read: &Read,
    article: &Article,
    format: OtherFormat,
) -> Result<Response, Refusal> {
    let id = article.record.id.uuid();
    let service = app.newsroom.articles(&read.viewer);
    let body = service.bodies(&[id]).await?.remove(&id);
    let all = PageRequest::first(broadsheet_domain::page::MAX_LIMIT);
    let corrections = service.corrections(&[id], &all).await?.remove(&id);
    let corrections: Vec<_> = corrections.iter().flat_map(Page::nodes).cloned().collect();
    let item = item(&app.config, article, body.as_deref(), &corrections);
    Ok(match format {
        OtherFormat::JsonLd => {
            let options = json_ld::Options { article_body: true, accessible_for_free: None };
            read.document(json_ld::render(&item, options).to_string(), json_ld::MEDIA_TYPE)
        }
        OtherFormat::Ninjs => {
            let embargo = article.record.embargo_until.map(broadsheet_domain::clock::Timestamp::to_datetime);
            read.document(ninjs::render(&item, embargo).to_string(), ninjs::MEDIA_TYPE)
        }
    })
}

/// List what an article said before
///
/// Newest first. The current revision is the article itself.
#[utoipa::path(get, path = "/articles/{article}/revisions", operation_id = "list_article_revisions", tag = "articles",
    params(("article" = String, Path, description = "Id or slug", example = "art_01k3v0sxm8e1zr4k5q5w0v6b7c"), PageParams),
    responses((status = 200, body = RevisionList), ReadProblems), security((), ("bearer" = [])))]
pub async fn list_article_revisions(
    State(app): State<App>,
    read: Read,
    Path(article): Path<String>,
    Query(params): Query<PageParams>,
) -> Result<Response, Refusal> {
    let page = page(params.limit.as_deref(), params.cursor)?;
    let service = app.newsroom.articles(&read.viewer);
    let id = service.get(&reference(&article)?).await?.record.id.uuid();
    let revisions = service.revisions(&[id], &page).await?.remove(&id).ok_or(Error::NotFound("article"))?;
    let list = RevisionList::of(revisions.map(|revision| RevisionView::from(&revision)), "newest");
    read.page(&list, &list.page)
}

/// Close an article's thread
///
/// It takes no new comments; what was said stays. For moderators.
#[utoipa::path(post, path = "/articles/{article}/comments/close", operation_id = "close_thread", tag = "moderation",
    params(("article" = String, Path, description = "Id or slug", example = "art_01k3v0sxm8e1zr4k5q5w0v6b7c")),
    responses((status = 200, body = ArticleView), ReadProblems, WriteProblems), security(("bearer" = [])))]
pub async fn close_thread(
    State(app): State<App>,
    caller: Caller,
    Path(article): Path<String>,
) -> Result<Response, Refusal> {
    set_open(&app, &caller, &article, false).await
}

/// Open an article's thread again
///
/// For moderators.
#[utoipa::path(post, path = "/articles/{article}/comments/open", operation_id = "open_thread", tag = "moderation",
    params(("article" = String, Path, description = "Id or slug", example = "art_01k3v0sxm8e1zr4k5q5w0v6b7c")),
    responses((status = 200, body = ArticleView), ReadProblems, WriteProblems), security(("bearer" = [])))]
pub async fn open_thread(
    State(app): State<App>,
    caller: Caller,
    Path(article): Path<String>,
) -> Result<Response, Refusal> {
    set_open(&app, &caller, &article, true).await
}

async fn set_open(app: &App, caller: &Caller, article: &str, open: bool) -> Result<Response, Refusal> {
    use axum::response::IntoResponse as _;
    let id = article_id(app, caller, article).await?;
    let article = app.newsroom.articles(&caller.viewer).set_comments_open(id, open).await?;
    Ok(private(axum::Json(ArticleView::from(article)).into_response()))
}

/// The id behind an id or slug.
pub async fn article_id(app: &App, caller: &Caller, text: &str) -> Result<ArticleId, Error> {
    match reference(text)? {
        ArticleRef::Id(id) => Ok(id),
        slug => Ok(app.newsroom.articles(&caller.viewer).get(&slug).await?.record.id),
    }
}
