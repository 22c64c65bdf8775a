//! What trends; and reads of articles, as they are counted.

use async_graphql::{Context, ID, Object, Result};
use broadsheet_domain::article::{Article, ArticleRef};
use broadsheet_domain::reads::Reads;
use broadsheet_domain::trending::TrendQuery;

use super::arguments::{ArticleFilterInput, list_cost, page};
use super::connection::{TrendConnection, trends};
use super::errors::graphql;
use super::mutation::{ReadPayload, id};
use super::query::parts;
use crate::caching::shows_page;
use crate::inputs::{TrendsByView, WindowView};
use crate::reading::Reader;

/// Counts that an article's page was asked for. A query that goes no further than what hangs on the article, as the next page
/// of its thread does, shows no page.
pub(super) fn read(ctx: &Context<'_>, article: &Article) -> Result<()> {
    let (newsroom, viewer) = parts(ctx)?;
    let shows = |field: &str| ctx.look_ahead().field(field).exists();
    if let Some(read) = Reads::of(article)
        && (shows("body") || shows("headline"))
        && !shows_page(read)
        && ctx.data::<Reader>()?.is_person()
    {
        newsroom.reads(viewer).answered(read);
    }
    Ok(())
}

/// Reads of what trends.
#[derive(Default)]
pub struct TrendingQuery;

#[Object]
impl TrendingQuery {
    /// What trends: stories, and articles that are part of none, each once, the most first: by how many publishers began to
    /// tell it, how many people commented and how often it was read within the window; what happened just now counts most.
    /// The ranking is computed every 15 to 60 seconds (`computedAt`); the pages of a walk belong to the ranking in which it
    /// began, as long as that is remembered. The filter says which articles may stand for what trends; what is counted is the
    /// whole story, whoever tells it.
    #[graphql(complexity = "list_cost(first, last, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "Relay's four, a window, a criterion and a filter")]
    async fn trending(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "WindowView::Day")] window: WindowView,
        #[graphql(default_with = "TrendsByView::All")] by: TrendsByView,
        filter: Option<ArticleFilterInput>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<TrendConnection> {
        let (newsroom, viewer) = parts(ctx)?;
        let query =
            TrendQuery { window: window.into(), by: by.into(), filter: filter.unwrap_or_default().into() };
        let page = page(first, after, last, before)?;
        let found = newsroom.trending(viewer).list(&query, &page).await.map_err(graphql)?;
        Ok(trends(found, &query))
    }
}

/// What readers do without writing anything.
#[derive(Default)]
pub struct ReadMutation;

#[Object]
impl ReadMutation {
    /// Tells that an article is read: for front ends whose readers do not all ask this server, because pages are cached,
    /// prefetched or delivered by somebody else. It counts where the server's `reads.count` is `beacons`; where it is
    /// `answers`, as by default, queries of `article` and `node` that show its headline or body count by themselves and this
    /// does nothing. The answer is the same whether it counts or not; nothing about the reader is kept.
    async fn record_read(&self, ctx: &Context<'_>, article_id: ID) -> Result<ReadPayload> {
        let (newsroom, viewer) = parts(ctx)?;
        let of_person = ctx.data::<Reader>()?.is_person();
        let record = async {
            let article = ArticleRef::Id(id("article_id", &article_id)?);
            newsroom.reads(viewer).record(&article, of_person).await
        };
        ReadPayload::of(record.await.map(|()| true))
    }
}
