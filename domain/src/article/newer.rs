//! What has become visible since a walk through a list began: few articles, found by the log and filtered in memory, so that
//! it costs what has happened since and not what there is.

use uuid::Uuid;

use super::list::{news_of, order};
use super::matcher::{Matcher, Resolved};
use super::{ArticleFilter, ArticleSort, assemble, list};
use crate::change::{Arrivals, News};
use crate::error::Result;
use crate::id::PublicId;
use crate::newsroom::Room;
use crate::page::{Page, Plan, SortKey, Walk};
use crate::policy::Viewer;

/// A page of a walk through what has arrived after a change, in the list's own order.
pub(super) async fn page(
    room: &Room,
    viewer: &Viewer,
    resolved: Resolved,
    sort: ArticleSort,
    news: News,
    plan: Plan,
) -> Result<Page<Uuid>> {
    let Walk { after, until } = plan.walk.unwrap_or(Walk { after: 0, until: None });
    let arrivals = room.log.arrivals(news, after, until).await?;
    let plan = plan.walking(Walk { after, until: Some(arrivals.until) });
    let found = let_through(room, viewer, &Matcher::from(resolved), sort, &arrivals).await?;
    Ok(plan.page_of_memory(found, &order(sort)))
}

/// How many have arrived after a change.
pub(super) async fn count(
    room: &Room,
    viewer: &Viewer,
    filter: &ArticleFilter,
    sort: ArticleSort,
    since: Option<i64>,
) -> Result<Option<u64>> {
    let Some((news, since)) = news_of(filter, sort)?.zip(since) else { return Ok(None) };
    let arrivals = room.log.arrivals(news, since, None).await?;
    if arrivals.ids.is_empty() {
        return Ok(Some(0));
    }
    let matcher = Matcher::of(room, viewer, filter).await?;
    let found = let_through(room, viewer, &matcher, sort, &arrivals).await?;
    Ok(Some(u64::try_from(found.len()).unwrap_or(u64::MAX)))
}

async fn let_through(
    room: &Room,
    viewer: &Viewer,
    matcher: &Matcher,
    sort: ArticleSort,
    arrivals: &Arrivals,
) -> Result<Vec<(SortKey, Uuid)>> {
    // Most are looked at and not shown; what is shown is read again.
    let (articles, _) = crate::freshness::watch(assemble::articles(room, viewer, &arrivals.ids)).await;
    let articles = articles?;
    let found = articles.values().filter(|article| matcher.lets_through(article)).map(|article| {
        let record = &article.record;
        let at = match sort {
            ArticleSort::Newest | ArticleSort::Oldest => record.published_at,
            ArticleSort::RecentlyUpdated => record.updated_at,
        };
        let id = record.id.uuid();
        (SortKey { value: at.millis(), id }, id)
    });
    let mut found: Vec<(SortKey, Uuid)> = found.collect();
    if matcher.resolved().filter.collapse.is_some() && !found.is_empty() {
        let ids: Vec<Uuid> = found.iter().map(|(_, id)| *id).collect();
        let standing = list::standing(room, matcher.resolved(), &ids, arrivals.until).await?;
        found.retain(|(_, id)| standing.contains(id));
    }
    Ok(found)
}
