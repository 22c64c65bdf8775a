//! What trends, and why.

use async_graphql::{Enum, ID, SimpleObject};
use broadsheet_domain::trending::{Signal, Trend, TrendQuery, Trends, Weighed, Window};
use serde::Serialize;
use utoipa::ToSchema;

use super::{ArticleView, PageView, Timestamp, wire_enum};

wire_enum! {
    /// What is ranked by.
    TrendsByView as TrendsBy "TrendsBy" from broadsheet_domain::trending::By {
        /// Every signal, weighed.
        All,
        /// Publishers that began to tell a story in the window, alone.
        Publishers,
        /// People who commented in the window, alone.
        Comments,
        /// Reads in the window, alone.
        Reads,
    }
}

wire_enum! {
    /// What is weighed.
    TrendSignalKindView as TrendSignalKind "TrendSignalKind" from Signal {
        /// Of a story: publishers whose first article of it is in the window. One is usual and does not count.
        Publishers,
        /// People with a comment in the window that readers can read, each once. Two are usual and do not count.
        Comments,
        /// Reads in the window. They are known by the hour: of the hour in which the window begins, as much as lies in it.
        Reads,
    }
}

/// How far back is looked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema, Enum)]
#[graphql(name = "TrendingWindow")]
#[schema(as = TrendingWindow)]
pub enum WindowView {
    /// The last hour.
    #[serde(rename = "1h")]
    Hour,
    /// The last 24 hours.
    #[serde(rename = "24h")]
    Day,
    /// The last seven days.
    #[serde(rename = "7d")]
    Week,
}

impl From<Window> for WindowView {
    fn from(window: Window) -> Self {
        match window {
            Window::Hour => Self::Hour,
            Window::Day => Self::Day,
            Window::Week => Self::Week,
        }
    }
}

impl From<WindowView> for Window {
    fn from(window: WindowView) -> Self {
        match window {
            WindowView::Hour => Self::Hour,
            WindowView::Day => Self::Day,
            WindowView::Week => Self::Week,
        }
    }
}

/// Something that trends.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "Trend")]
#[schema(as = Trend)]
pub struct TrendView {
    /// The article that stands for it: of a story the one that told it first, or else the latest that can be shown.
    pub article: ArticleView,
    /// The story that trends; null where it is this article alone.
    #[schema(value_type = Option<String>, required = true, example = "sto_01k3v0sxm8e1zr4k5q5w0v6b7c")]
    pub story_id: Option<ID>,
    /// How much it trends, above 0; comparable within one ranking.
    #[schema(example = 0.42)]
    pub score: f64,
    /// Why: every signal as it was weighed. In REST with `explain=true`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, value_type = Vec<TrendSignalView>)]
    pub explain: Option<Vec<TrendSignalView>>,
}

/// A signal as it was weighed: `contribution` is `weight · ln(1 + effective) / ln(1 + full)`, and the sum of the contributions
/// is the score.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "TrendSignal")]
#[schema(as = TrendSignal)]
pub struct TrendSignalView {
    /// Which.
    pub signal: TrendSignalKindView,
    /// How many were counted in the window.
    #[schema(example = 4.0)]
    pub count: f64,
    /// How many of these are beyond the usual, each as much as it is young: 1 for now, 0 for the window's far end.
    #[schema(example = 2.6)]
    pub effective: f64,
    /// What the signal weighs in this ranking.
    #[schema(example = 0.5)]
    pub weight: f64,
    /// How many, effectively, make it count for its whole weight.
    #[schema(example = 10.0)]
    pub full: f64,
    /// What it adds to the score.
    #[schema(example = 0.26)]
    pub contribution: f64,
}

impl From<Weighed> for TrendSignalView {
    fn from(weighed: Weighed) -> Self {
        let Weighed { signal, count, effective, weight, full, contribution } = weighed;
        Self { signal: signal.into(), count, effective, weight, full, contribution }
    }
}

impl TrendView {
    /// Something that trends, with why if that was asked for.
    pub fn of(trend: Trend, explain: bool) -> Self {
        let Trend { article, story, score, signals } = trend;
        Self {
            article: article.into(),
            story_id: story.map(|story| ID(story.to_string())),
            score,
            explain: explain.then(|| signals.into_iter().map(Into::into).collect()),
        }
    }
}

/// Of which window, and from when, a ranking is.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
#[graphql(name = "TrendingMeta")]
#[schema(as = TrendingMeta)]
pub struct TrendingMetaView {
    /// How far back was looked.
    pub window: WindowView,
    /// What was ranked by.
    pub by: TrendsByView,
    /// The window's far end.
    pub from: Timestamp,
    /// The window's near end: when the ranking was computed.
    pub computed_at: Timestamp,
}

impl TrendingMetaView {
    /// Of this ranking.
    pub fn of(found: &Trends, query: &TrendQuery) -> Self {
        Self {
            window: query.window.into(),
            by: query.by.into(),
            from: found.from.into(),
            computed_at: found.computed_at.into(),
        }
    }
}

/// A page of what trends.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TrendList {
    /// The items, the most first.
    pub data: Vec<TrendView>,
    /// Where the page stands in its list.
    pub page: PageView,
    /// Of which window, and from when.
    pub meta: TrendingMetaView,
}

impl TrendList {
    /// A page, with why if that was asked for.
    pub fn of(found: Trends, query: &TrendQuery, explain: bool) -> Self {
        let meta = TrendingMetaView::of(&found, query);
        let mut page = PageView::of(&found.page, query.by.as_str());
        // A walk through a ranking has nothing that is newer: the next ranking has.
        page.newer = None;
        let views = found.page.items.into_iter().map(|(_, trend)| TrendView::of(trend, explain));
        Self { data: views.collect(), page, meta }
    }
}
