//! What trends: stories, and articles that are part of none, each once, by how many publishers, people and readers turn to
//! them within a window.
//!
//! `score.rs` says what weighs how much, and why; `signals.rs` counts; `ranking.rs` computes the whole ranking every so often
//! and keeps it, so that a page costs no more than its articles. A ranking holds ids and numbers alone: what stands on a page
//! is loaded through the viewer, so what was withdrawn since is gone at once.

use std::collections::HashMap;
use std::sync::Arc;

use sea_orm::sea_query::Order;
use uuid::Uuid;

use crate::article::{Article, ArticleFilter, Articles, Matcher};
use crate::clock::Timestamp;
use crate::error::Result;
use crate::id::StoryId;
use crate::newsroom::Room;
use crate::page::{Binding, Page, PageRequest, SortKey, Walk};
use crate::policy::Viewer;

mod ranking;
mod score;
mod signals;

pub(crate) use ranking::Rankings;
use ranking::{Entry, Ranking};
pub use score::{Signal, Weighed};

/// How far back is looked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Window {
    /// The last hour.
    Hour,
    /// The last 24 hours.
    #[default]
    Day,
    /// The last seven days.
    Week,
}

impl Window {
    /// Every window.
    pub const ALL: [Self; 3] = [Self::Hour, Self::Day, Self::Week];

    /// The name as it is published.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hour => "1h",
            Self::Day => "24h",
            Self::Week => "7d",
        }
    }

    fn hours(self) -> u16 {
        match self {
            Self::Hour => 1,
            Self::Day => 24,
            Self::Week => 7 * 24,
        }
    }

    fn millis(self) -> i64 {
        i64::from(self.hours()) * 3_600_000
    }

    fn millis_f64(self) -> f64 {
        f64::from(self.hours()) * 3_600_000.0
    }

    /// How long a ranking is shown before the next is computed: what happens in a minute changes little in a week.
    fn refresh_millis(self) -> i64 {
        match self {
            Self::Hour => 15_000,
            Self::Day => 30_000,
            Self::Week => 60_000,
        }
    }
}

/// What is ranked by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum By {
    /// Every signal, weighed.
    #[default]
    All,
    /// Publishers that began to tell a story, alone.
    Publishers,
    /// People who commented, alone.
    Comments,
    /// Reads, alone.
    Reads,
}

impl By {
    /// Every criterion.
    pub const ALL: [Self; 4] = [Self::All, Self::Publishers, Self::Comments, Self::Reads];

    /// The name as it is published.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Publishers => "publishers",
            Self::Comments => "comments",
            Self::Reads => "reads",
        }
    }
}

/// A window with its ends, both inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    window: Window,
    from: Timestamp,
    until: Timestamp,
}

impl Span {
    fn before(until: Timestamp, window: Window) -> Self {
        Self { window, from: until.plus_millis(-window.millis()), until }
    }
}

/// What trends: a story under its key, or an article that is part of none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Key {
    Article(Uuid),
    Story(Uuid),
}

impl Key {
    fn uuid(self) -> Uuid {
        match self {
            Self::Article(id) | Self::Story(id) => id,
        }
    }

    fn story(self) -> Option<Uuid> {
        match self {
            Self::Story(id) => Some(id),
            Self::Article(_) => None,
        }
    }
}

/// What somebody wants to know.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrendQuery {
    /// How far back to look.
    pub window: Window,
    /// What to rank by.
    pub by: By,
    /// Which articles may stand for what trends. What is counted is the whole story, whoever tells it.
    pub filter: ArticleFilter,
}

/// Something that trends.
#[derive(Clone, Debug)]
pub struct Trend {
    /// The article that stands for it: the story's first that the filter lets through, or else its latest.
    pub article: Article,
    /// The story.
    pub story: Option<StoryId>,
    /// How much it trends: the sum of what the signals contribute.
    pub score: f64,
    /// Every signal as it was weighed.
    pub signals: [Weighed; 3],
}

/// A page of what trends.
#[derive(Clone, Debug)]
pub struct Trends {
    /// The page.
    pub page: Page<Trend>,
    /// The window's far end.
    pub from: Timestamp,
    /// When the ranking was computed: the window's near end.
    pub computed_at: Timestamp,
}

/// What trends, as one viewer may see it.
pub struct Trending<'a> {
    room: &'a Room,
    viewer: &'a Viewer,
}

impl<'a> Trending<'a> {
    pub(crate) fn new(room: &'a Room, viewer: &'a Viewer) -> Self {
        Self { room, viewer }
    }

    /// A page of what trends, the most first. Whoever pages goes on in the ranking in which they began, as long as it is
    /// remembered (some minutes, by the node that computed it), and then in the current one, from the same score.
    pub async fn list(&self, query: &TrendQuery, page: &PageRequest) -> Result<Trends> {
        // A ranking grows old without anything happening.
        crate::freshness::passing();
        let TrendQuery { window, by, filter } = query;
        let matcher = self.articles().matcher(filter.clone()).await?;
        let plan =
            page.plan(Binding::of(&["trending", window.as_str(), by.as_str(), &format!("{filter:?}")]))?;
        let began = plan.walk.and_then(|walk| walk.until).map(Timestamp::from_millis);
        let ranking = match began.and_then(|at| self.room.rankings.as_of(*window, at)) {
            Some(remembered) => remembered,
            None => self.room.rankings.current(self.room, *window).await?,
        };
        let plan = plan.walking(Walk { after: 0, until: Some(ranking.span.until.millis()) });
        let list = ranking.list(*by);
        let page = if *filter == ArticleFilter::default() {
            let page = plan.page_of_memory(list.to_vec(), &Order::Desc);
            let shown = self.shown(&ranking, *by, page.nodes().copied(), &matcher).await?;
            page.filter_map(|key| shown.get(&key).cloned())
        } else {
            let shown = self.shown(&ranking, *by, list.iter().map(|(_, key)| *key), &matcher).await?;
            let let_through = |(place, key): &(SortKey, Key)| Some((*place, shown.get(key)?.clone()));
            plan.page_of_memory(list.iter().filter_map(let_through).collect(), &Order::Desc)
        };
        let (from, computed_at) = (ranking.span.from, ranking.span.until);
        Ok(Trends { page, from, computed_at })
    }

    fn articles(&self) -> Articles<'_> {
        Articles::new(self.room, self.viewer)
    }

    /// What trends, each by the first of its articles that the viewer may see and the filter lets through.
    async fn shown(
        &self,
        ranking: &Arc<Ranking>,
        by: By,
        keys: impl Iterator<Item = Key>,
        matcher: &Matcher,
    ) -> Result<HashMap<Key, Trend>> {
        let entries: Vec<(Key, &Entry)> =
            keys.filter_map(|key| Some((key, ranking.entries.get(&key)?))).collect();
        let ids: Vec<Uuid> = entries.iter().flat_map(|(_, entry)| entry.articles.iter().copied()).collect();
        let articles = self.articles().get_many(&ids).await?;
        let shown = |(key, entry): (Key, &Entry)| {
            let mut telling = entry.articles.iter().filter_map(|id| articles.get(id));
            let article = telling.find(|article| matcher.lets_through(article))?.clone();
            let (score, signals) = (entry.counts.score(by), entry.counts.weighed(by));
            Some((key, Trend { story: article.record.story, article, score, signals }))
        };
        Ok(entries.into_iter().filter_map(shown).collect())
    }
}
