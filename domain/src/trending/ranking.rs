//! Rankings: computed now and then, kept in memory, and the same for everybody; who may see what of them is asked anew for each
//! page.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sea_orm::sea_query::{Expr, Order, Query};
use sea_orm::{ColumnTrait, FromQueryResult};
use uuid::Uuid;

use super::score::Counts;
use super::{By, Key, Span, Window, signals};
use crate::article::ArticleStatus;
use crate::clock::Timestamp;
use crate::db::entity::{articles, stories};
use crate::db::{dialect, rows};
use crate::error::Result;
use crate::newsroom::Room;
use crate::page::SortKey;

/// The longest list that a ranking gives.
const LONGEST: usize = 300;
/// A story's latest articles that may stand for it, besides the one that told it first.
const TELLING: u64 = 8;
/// Rankings of a window that are remembered, so that whoever pages goes on in theirs.
const REMEMBERED: usize = 4;
/// A ranking that is so many times older than it should be is not shown while another is computed.
const TOO_OLD: i64 = 20;

/// Something that trends.
pub(super) struct Entry {
    /// Articles that can stand for it, the one that should first.
    pub(super) articles: Vec<Uuid>,
    pub(super) counts: Counts,
}

/// What trended at a moment.
pub(super) struct Ranking {
    pub(super) span: Span,
    pub(super) entries: HashMap<Key, Entry>,
    lists: HashMap<By, Vec<(SortKey, Key)>>,
}

impl Ranking {
    /// Everything that trends, the most first, by one criterion.
    pub(super) fn list(&self, by: By) -> &[(SortKey, Key)] {
        self.lists.get(&by).map_or(&[], Vec::as_slice)
    }

    /// Until when it is shown without another being computed.
    pub(super) fn fresh_until(&self) -> Timestamp {
        self.span.until.plus_millis(self.span.window.refresh_millis())
    }

    fn too_old_at(&self) -> Timestamp {
        self.span.until.plus_millis(self.span.window.refresh_millis() * TOO_OLD)
    }

    async fn compute(room: &Room, span: Span) -> Result<Self> {
        let counted = signals::counted(room, span).await?;
        let lists: HashMap<By, Vec<(SortKey, Key)>> =
            By::ALL.into_iter().map(|by| (by, strongest(&counted, by))).collect();
        let ranked: HashMap<Key, Counts> = lists
            .values()
            .flatten()
            .filter_map(|(_, key)| counted.get(key).map(|counts| (*key, *counts)))
            .collect();
        let mut telling = telling(room, ranked.keys().filter_map(|key| key.story()).collect()).await?;
        let mut entry = |(key, counts)| {
            let articles = match key {
                Key::Article(id) => vec![id],
                Key::Story(id) => telling.remove(&id).unwrap_or_default(),
            };
            (key, Entry { articles, counts })
        };
        let entries = ranked.into_iter().map(&mut entry).collect();
        Ok(Self { span, entries, lists })
    }
}

/// A score is never negative, and such numbers are in the order of their bits.
fn sort_key(score: f64, key: Key) -> SortKey {
    SortKey { value: i64::try_from(score.to_bits()).unwrap_or_default(), id: key.uuid() }
}

fn strongest(counted: &HashMap<Key, Counts>, by: By) -> Vec<(SortKey, Key)> {
    let scored = counted.iter().map(|(key, counts)| (counts.score(by), *key));
    let mut list: Vec<(SortKey, Key)> =
        scored.filter(|(score, _)| *score > 0.0).map(|(score, key)| (sort_key(score, key), key)).collect();
    list.sort_unstable_by(|one, other| other.cmp(one));
    list.truncate(LONGEST);
    list
}

/// The articles that can stand for stories: the one that told it first, then the latest.
async fn telling(room: &Room, ids: Vec<Uuid>) -> Result<HashMap<Uuid, Vec<Uuid>>> {
    #[derive(FromQueryResult)]
    struct Row {
        story: Uuid,
        article: Uuid,
    }
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let mut leads = Query::select();
    leads.expr_as(Expr::col(stories::Column::Id), "story");
    leads.expr_as(Expr::col(stories::Column::LeadId), "article").from(stories::Entity);
    leads.and_where(stories::Column::Id.is_in(ids.clone()));
    let latest = |story: &Uuid| {
        let mut part = Query::select();
        part.expr_as(Expr::col(articles::Column::StoryId), "story");
        part.expr_as(Expr::col(articles::Column::Id), "article").from(articles::Entity);
        part.and_where(articles::Column::StoryId.eq(*story))
            .and_where(articles::Column::StoryId.is_not_null());
        part.and_where(articles::Column::Status.eq(ArticleStatus::Published.as_str()));
        part.order_by(articles::Column::PublishedAt, Order::Desc);
        part.order_by(articles::Column::Id, Order::Desc).limit(TELLING).take()
    };
    let mut found: Vec<Row> = rows(room.db.reader(), &leads).await?;
    for union in dialect::union_all(ids.iter().map(latest).collect()) {
        found.extend(rows::<Row>(room.db.reader(), &union).await?);
    }
    let mut telling = HashMap::<Uuid, Vec<Uuid>>::new();
    for row in found {
        let known = telling.entry(row.story).or_default();
        if !known.contains(&row.article) {
            known.push(row.article);
        }
    }
    Ok(telling)
}

/// The rankings of a process, some megabytes at most: one computation a window at a time, and none for whoever can be shown the one before.
#[derive(Default)]
pub(crate) struct Rankings {
    windows: [OfWindow; 3],
    fallback: OfWindow,
}

#[derive(Default)]
struct OfWindow {
    /// The latest last.
    remembered: Mutex<VecDeque<Arc<Ranking>>>,
    computing: tokio::sync::Mutex<()>,
}

impl Rankings {
    fn of(&self, window: Window) -> &OfWindow {
        let place = Window::ALL.iter().position(|known| *known == window).unwrap_or_default();
        self.windows.get(place).unwrap_or(&self.fallback)
    }

    /// The ranking of that very moment, if it is remembered.
    pub(super) fn as_of(&self, window: Window, at: Timestamp) -> Option<Arc<Ranking>> {
        self.of(window).lock().iter().find(|ranking| ranking.span.until == at).cloned()
    }

    /// The ranking of now, or nearly: whoever comes when it has grown old computes the next, and all others are shown the
    /// old one meanwhile. They wait only where there is none, or none that could be shown.
    pub(super) async fn current(&self, room: &Room, window: Window) -> Result<Arc<Ranking>> {
        let of_window = self.of(window);
        let latest = of_window.latest();
        if let Some(fresh) = latest.as_ref().filter(|ranking| room.now() < ranking.fresh_until()) {
            return Ok(Arc::clone(fresh));
        }
        let _computing = match (of_window.computing.try_lock(), latest) {
            (Ok(alone), _) => alone,
            (Err(_), Some(old)) if room.now() < old.too_old_at() => return Ok(old),
            (Err(_), _) => of_window.computing.lock().await,
        };
        // It may have been computed while this one waited.
        if let Some(fresh) = of_window.latest().filter(|ranking| room.now() < ranking.fresh_until()) {
            return Ok(fresh);
        }
        let ranking = Arc::new(Ranking::compute(room, Span::before(room.now(), window)).await?);
        of_window.remember(&ranking);
        Ok(ranking)
    }
}

impl OfWindow {
    fn lock(&self) -> MutexGuard<'_, VecDeque<Arc<Ranking>>> {
        self.remembered.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn latest(&self) -> Option<Arc<Ranking>> {
        self.lock().back().cloned()
    }

    fn remember(&self, ranking: &Arc<Ranking>) {
        let mut remembered = self.lock();
        remembered.push_back(Arc::clone(ranking));
        while remembered.len() > REMEMBERED {
            remembered.pop_front();
        }
    }
}
