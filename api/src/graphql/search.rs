//! Searching, suggestions, and what is related.

use async_graphql::connection::{Connection, Edge};
use async_graphql::{Context, Object, Result, SimpleObject};
use broadsheet_domain::error::Error;
use broadsheet_domain::search::SearchQuery;

use super::arguments::{ArticleFilterInput, list_cost, page};
use super::errors::graphql;
use super::query::parts;
use crate::inputs::{MAX_BUCKETS, MAX_SUGGESTIONS, bucket_limit, sort_of};
use crate::views::{
    FacetCountsView, FacetView, SearchHitView, SearchMetaView, SearchSortView, SuggestionsView,
};

/// What a search answers besides its hits.
#[derive(SimpleObject)]
pub struct SearchExtras {
    /// How many articles are found; it costs what it counts.
    total_count: Option<u64>,
    /// What was found, counted by each of `facets`.
    facets: Vec<FacetCountsView>,
    /// How the search index is doing.
    meta: SearchMetaView,
}

/// A page of what was found.
pub type SearchHitConnection = Connection<String, SearchHitView, SearchExtras>;

/// Searches.
#[derive(Default)]
pub struct SearchReads;

#[Object]
impl SearchReads {
    /// Articles by what they say. `q` is in the query language (as in REST): words, `"phrases"`, `+ -`, `AND OR NOT`,
    /// parentheses, `parliam*`, fields such as `title:` and `published:2026-11-01/P1W`; every article, if left out. One that
    /// cannot be read is refused with the position of what is wrong and a hint. Sorted by relevance, or newest first where there
    /// is no query. `facets` are counted, `facetLimit` values of each.
    #[graphql(
        complexity = "25 + 10 * facets.as_ref().map_or(0, Vec::len) + list_cost(first, last, child_complexity)"
    )]
    #[expect(clippy::too_many_arguments, reason = "Relay's four, a query, a filter, a sort and facets")]
    async fn search(
        &self,
        ctx: &Context<'_>,
        q: Option<String>,
        filter: Option<ArticleFilterInput>,
        sort: Option<SearchSortView>,
        facets: Option<Vec<FacetView>>,
        facet_limit: Option<u32>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<SearchHitConnection> {
        let (newsroom, viewer) = parts(ctx)?;
        let page = page(first, after, last, before)?;
        within("facetLimit", facet_limit, MAX_BUCKETS)?;
        let service = newsroom.search(viewer);
        let meta = service.status().map_err(graphql)?.into();
        let sort = sort_of(q.as_deref(), sort.map(Into::into));
        let wanted = SearchQuery { text: q, filter: filter.unwrap_or_default().into(), sort };
        let prepared = Box::pin(service.prepare(&wanted)).await.map_err(graphql)?;
        let ahead = ctx.look_ahead();
        let highlight = [ahead.field("nodes"), ahead.field("edges").field("node")]
            .iter()
            .any(|hit| hit.field("highlights").exists());
        let found = Box::pin(service.hits(&prepared, &page, highlight)).await.map_err(graphql)?;
        let wanted: Vec<_> = facets.unwrap_or_default().into_iter().map(Into::into).collect();
        let facets = if wanted.is_empty() || !ahead.field("facets").exists() {
            Vec::new()
        } else {
            Box::pin(service.facets(&prepared, wanted, bucket_limit(facet_limit))).await.map_err(graphql)?
        };
        let total_count = if ahead.field("totalCount").exists() {
            Some(service.count(&prepared).await.map_err(graphql)?)
        } else {
            None
        };
        let extras = SearchExtras { total_count, facets: facets.into_iter().map(Into::into).collect(), meta };
        let mut connection = Connection::with_additional_fields(found.has_previous, found.has_next, extras);
        let edges = found.items.into_iter().map(|(cursor, hit)| Edge::new(cursor.forward(), hit.into()));
        connection.edges.extend(edges);
        Ok(connection)
    }

    /// What somebody who types may mean: the text completed, names, articles; `limit` of each (1 to 20).
    #[graphql(complexity = "25 + 5 * child_complexity")]
    async fn search_suggestions(
        &self,
        ctx: &Context<'_>,
        q: String,
        #[graphql(default = 5)] limit: u32,
    ) -> Result<SuggestionsView> {
        let (newsroom, viewer) = parts(ctx)?;
        within("limit", Some(limit), MAX_SUGGESTIONS)?;
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let found = Box::pin(newsroom.search(viewer).suggest(&q, limit)).await.map_err(graphql)?;
        Ok(found.into())
    }
}

fn within(field: &str, value: Option<u32>, most: u32) -> Result<()> {
    if value.is_none_or(|value| (1..=most).contains(&value)) {
        return Ok(());
    }
    let message = format!("must be a whole number from 1 to {most}");
    Err(graphql(Error::invalid(field, "out_of_range", message)))
}
