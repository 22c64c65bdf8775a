//! Searching, suggestions, and what is related.

use axum::extract::{Path, State};
use axum::response::Response;
use broadsheet_domain::freshness::Shown;
use broadsheet_domain::id::PublicId as _;
use broadsheet_domain::search::Hit;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::articles::reference;
use super::embed::Include;
use super::respond::{Read, unkept};
use crate::App;
use crate::inputs::{Query, RelatedParams, SearchParams, SuggestParams, search as read_search};
use crate::problem::{ReadProblems, Refusal};
use crate::views::{
    FacetCountsView, PageView, RelatedList, RelatedView, SearchHitView, SearchMetaView, SuggestionsView,
};

/// The operations of this part.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(search_articles))
        .routes(routes!(suggest_searches))
        .routes(routes!(list_related))
}

/// A page of what was found.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SearchList {
    /// The items.
    data: Vec<SearchHitView>,
    /// Where the page stands in its list.
    page: PageView,
    /// What was found, counted. With `facets=`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Vec<FacetCountsView>, required = false)]
    facets: Option<Vec<FacetCountsView>>,
    /// How the search index is doing.
    meta: SearchMetaView,
}

/// Search articles
///
/// What is published is found within two seconds, what is withdrawn no longer at once. A query that cannot be read is refused
/// with the position of what is wrong in `errors[].position`, and a hint. Pages by time skip and repeat nothing while news
/// lands; by relevance an article may change its place when what is common among the words changes much.
#[utoipa::path(get, path = "/search", operation_id = "search_articles", tag = "search", params(SearchParams),
    responses((status = 200, body = SearchList), ReadProblems), security((), ("bearer" = [])))]
pub async fn search_articles(
    State(app): State<App>,
    read: Read,
    Query(params): Query<SearchParams>,
) -> Result<Response, Refusal> {
    let include = Include::parse(params.include.as_deref())?;
    let request = read_search(&params)?;
    let service = app.newsroom.search(&read.viewer);
    // Before the search: the index has read at least so far.
    let meta = service.status()?.into();
    let prepared = Box::pin(service.prepare(&request.query)).await?;
    let found = Box::pin(service.hits(&prepared, &request.page, request.highlight)).await?;
    let mut page = PageView::of(&found, request.query.sort.as_str());
    if request.with_total {
        page.total = Some(service.count(&prepared).await?);
    }
    let facets = if request.facets.is_empty() {
        None
    } else {
        let counted = Box::pin(service.facets(&prepared, request.facets, request.facet_limit)).await?;
        Some(counted.into_iter().map(Into::into).collect())
    };
    let shown = Shown::of(found.nodes().map(|hit| hit.article.record.id.uuid())).as_list();
    let hits: Vec<Hit> = found.nodes().cloned().collect();
    let articles = Box::pin(include.embed(&app, &read.viewer, found.map(|hit| hit.article))).await?;
    let dressed = hits.into_iter().zip(articles.items);
    let data = dressed.map(|(hit, (_, article))| SearchHitView { article, ..hit.into() }).collect();
    let list = SearchList { data, page, facets, meta };
    // The index is a moment behind the log: what is kept by the log's word would be kept for too long.
    Ok(unkept(read.page(&list, &list.page, shown)?))
}

/// Suggest searches
///
/// What somebody who types may mean: the text completed, names of publishers, sections, topics and authors, and articles.
#[utoipa::path(get, path = "/search/suggest", operation_id = "suggest_searches", tag = "search", params(SuggestParams),
    responses((status = 200, body = SuggestionsView), ReadProblems), security((), ("bearer" = [])))]
pub async fn suggest_searches(
    State(app): State<App>,
    read: Read,
    Query(params): Query<SuggestParams>,
) -> Result<Response, Refusal> {
    let limit = params.limit()?;
    let text = params.q.unwrap_or_default();
    let found = Box::pin(app.newsroom.search(&read.viewer).suggest(&text, limit)).await?;
    let shown = Shown::of(found.articles.iter().map(|article| article.record.id.uuid())).as_list();
    Ok(unkept(read.one(&SuggestionsView::from(found), shown)?))
}

/// List what is related to an article
///
/// Other publishers' articles of its story, mixed with articles that have the same telling words, no publisher's too often.
#[utoipa::path(get, path = "/articles/{article}/related", operation_id = "list_related", tag = "articles",
    params(("article" = String, Path, description = "Id or slug", example = "art_01k3v0sxm8e1zr4k5q5w0v6b7c"), RelatedParams),
    responses((status = 200, body = RelatedList), ReadProblems), security((), ("bearer" = [])))]
pub async fn list_related(
    State(app): State<App>,
    read: Read,
    Path(article): Path<String>,
    Query(params): Query<RelatedParams>,
) -> Result<Response, Refusal> {
    let (page, explain) = params.read()?;
    let service = app.newsroom.articles(&read.viewer);
    let article = service.get(&reference(&article)?).await?;
    let found = Box::pin(service.related(&article, &page)).await?;
    let ids = found.nodes().map(|related| related.article.record.id.uuid());
    let shown = Shown::of(ids.chain([article.record.id.uuid()])).as_list();
    let list = RelatedList::of(found.map(|related| related_view(related, explain)), "relevance");
    Ok(unkept(read.page(&list, &list.page, shown)?))
}

/// What is related, with what was weighed or without.
pub fn related_view(related: broadsheet_domain::article::Related, explain: bool) -> RelatedView {
    let view = RelatedView::from(related);
    if explain { view } else { view.unexplained() }
}
