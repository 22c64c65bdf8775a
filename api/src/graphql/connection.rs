//! Relay connections from domain pages.

use async_graphql::connection::{Connection, Edge, EmptyFields, PageInfo};
use async_graphql::{ID, OutputType};
use broadsheet_domain::id::ArticleId;
use broadsheet_domain::page::{Page, PageCursor};
use broadsheet_domain::trending::{TrendQuery, Trends};

use crate::views::{
    ArticleView, AuthorView, CommentRevisionView, CommentView, CorrectionView, FeedView, FetchView,
    MediaView, RelatedView, RevisionView, SavedQueryView, SourceView, StoryMemberView, StoryView, TopicView,
    TrendView, TrendingMetaView,
};

/// What a list of articles knows besides its page, on request.
#[derive(Clone, Debug, Default, async_graphql::SimpleObject)]
pub struct Totals {
    /// How many articles the whole list has; it costs what it counts. Only for the top-level list, null elsewhere.
    pub total_count: Option<u64>,
    /// The cursor, for `after`, of what becomes visible after this walk through the list began: the next page skips and
    /// repeats nothing of it. Only for the top-level list by `NEWEST` or `RECENTLY_UPDATED` (which also counts changes as
    /// new), null elsewhere.
    pub newer_cursor: Option<String>,
    /// How many articles of this list `newerCursor` leads to now. Of more than 1,000 that have become visible, the first
    /// 1,000 are looked at: then there may be more. On pages that go on from another, null elsewhere.
    pub newer_count: Option<u64>,
}

/// A page of articles, their ids alone.
#[derive(async_graphql::SimpleObject)]
#[graphql(name = "ArticleIds")]
pub struct ArticleIds {
    /// The ids, in the list's order.
    pub nodes: Vec<ID>,
    /// Where the page stands in its list.
    pub page_info: PageInfo,
    #[graphql(flatten)]
    totals: Totals,
}

impl ArticleIds {
    /// A page of ids.
    pub fn of(page: &Page<ArticleId>, totals: Totals) -> Self {
        let cursor = |item: Option<&(PageCursor, ArticleId)>| item.map(|(cursor, _)| cursor.forward());
        let page_info = PageInfo {
            has_previous_page: page.has_previous,
            has_next_page: page.has_next,
            start_cursor: cursor(page.items.first()),
            end_cursor: cursor(page.items.last()),
        };
        Self { nodes: page.nodes().map(|id| ID(id.to_string())).collect(), page_info, totals }
    }
}

pub type ArticleConnection = Connection<String, ArticleView, Totals>;
pub type AuthorConnection = Connection<String, AuthorView>;
pub type CommentConnection = Connection<String, CommentView>;
pub type CorrectionConnection = Connection<String, CorrectionView>;
pub type CommentRevisionConnection = Connection<String, CommentRevisionView>;
pub type FetchConnection = Connection<String, FetchView>;
pub type MediaConnection = Connection<String, MediaView>;
pub type RelatedConnection = Connection<String, RelatedView>;
pub type RevisionConnection = Connection<String, RevisionView>;
pub type SavedQueryConnection = Connection<String, SavedQueryView>;
pub type SourceFeedConnection = Connection<String, FeedView>;
pub type SourceConnection = Connection<String, SourceView>;
pub type StoryConnection = Connection<String, StoryView>;
pub type StoryMemberConnection = Connection<String, StoryMemberView>;
pub type TopicConnection = Connection<String, TopicView>;
pub type TrendConnection = Connection<String, TrendView, TrendingMetaView>;

/// A connection without totals.
pub fn connection<T: OutputType>(page: Page<T>) -> Connection<String, T> {
    with_fields(page, EmptyFields)
}

/// A connection of articles.
pub fn articles(page: Page<ArticleView>, totals: Totals) -> ArticleConnection {
    with_fields(page, totals)
}

/// A connection of what trends.
pub fn trends(found: Trends, query: &TrendQuery) -> TrendConnection {
    let meta = TrendingMetaView::of(&found, query);
    with_fields(found.page.map(|trend| TrendView::of(trend, true)), meta)
}

fn with_fields<T: OutputType, F: async_graphql::ObjectType>(
    page: Page<T>,
    fields: F,
) -> Connection<String, T, F> {
    let mut connection = Connection::with_additional_fields(page.has_previous, page.has_next, fields);
    connection.edges.extend(page.items.into_iter().map(|(cursor, node)| Edge::new(cursor.forward(), node)));
    connection
}
