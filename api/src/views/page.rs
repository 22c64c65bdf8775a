//! Pages of lists, as REST shows them. List types are concrete, so that generated clients name them.

use broadsheet_domain::id::ArticleId;
use broadsheet_domain::page::Page;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    ArticleView, AuthorView, CommentRevisionView, CommentView, CorrectionView, FeedView, FetchView,
    RelatedView, RevisionView, SavedQueryView, SourceView, StoryMemberView, StoryView, TopicView,
};

/// Where a page stands in its list.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Page)]
pub struct PageView {
    /// The cursor of the next page, if there is one.
    #[schema(required = true)]
    pub next: Option<String>,
    /// The cursor of the page before, if there is one.
    #[schema(required = true)]
    pub prev: Option<String>,
    /// How many items were asked for.
    #[schema(example = 20)]
    pub limit: u32,
    /// The sort in force.
    #[schema(example = "newest")]
    pub sort: String,
    /// How many items the whole list has. With `with_total=true`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = u64, required = false)]
    pub total: Option<u64>,
    /// The cursor of what becomes visible after this walk through the list began: the next page skips and repeats nothing of
    /// it. In lists of articles by `newest` or `recently_updated` (which also counts changes as new).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = false)]
    pub newer: Option<String>,
    /// How many articles of this list `newer` leads to now. Of more than 1,000 that have become visible, the first 1,000
    /// are looked at: then there may be more. On pages that go on from another.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = u64, required = false)]
    pub newer_count: Option<u64>,
}

impl PageView {
    /// The page's place, under the sort in force.
    pub fn of<T>(page: &Page<T>, sort: &str) -> Self {
        Self {
            next: page.next(),
            prev: page.previous(),
            limit: page.limit,
            sort: sort.to_owned(),
            total: None,
            newer: page.newer(),
            newer_count: None,
        }
    }
}

/// A page of articles, their ids alone.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ArticleIdList {
    /// The ids.
    #[schema(example = json!(["art_01k3v0sxm8e1zr4k5q5w0v6b7c"]))]
    pub data: Vec<String>,
    /// Where the page stands in its list.
    pub page: PageView,
}

impl ArticleIdList {
    /// A page of ids.
    pub fn of(page: &Page<ArticleId>, sort: &str) -> Self {
        Self { data: page.nodes().map(ToString::to_string).collect(), page: PageView::of(page, sort) }
    }
}

/// Declares a page type and how it is made from a domain page.
macro_rules! lists {
    ($($(#[$doc:meta])* $list:ident of $view:ty),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, Serialize, ToSchema)]
        pub struct $list {
            /// The items.
            pub data: Vec<$view>,
            /// Where the page stands in its list.
            pub page: PageView,
        }

        impl $list {
            /// A page of views.
            pub fn of(page: Page<$view>, sort: &str) -> Self {
                let place = PageView::of(&page, sort);
                Self { data: page.items.into_iter().map(|(_, view)| view).collect(), page: place }
            }
        }
    )*};
}

lists! {
    /// A page of articles.
    ArticleList of ArticleView,
    /// A page of one's own saved queries.
    SavedQueryList of SavedQueryView,
    /// A page of feeds of sources.
    SourceFeedList of FeedView,
    /// A page of a feed's fetches.
    FeedFetchList of FetchView,
    /// A page of sources.
    SourceList of SourceView,
    /// A page of authors.
    AuthorList of AuthorView,
    /// A page of stories.
    StoryList of StoryView,
    /// A page of a story's articles.
    StoryMemberList of StoryMemberView,
    /// A page of topics.
    TopicList of TopicView,
    /// A page of comments.
    CommentList of CommentView,
    /// A page of what is related to an article.
    RelatedList of RelatedView,
    /// A page of an article's superseded revisions.
    RevisionList of RevisionView,
    /// A page of an article's corrections.
    CorrectionList of CorrectionView,
    /// A page of a comment's superseded revisions.
    CommentRevisionList of CommentRevisionView,
}
