//! What lists want to know of the log: which articles have become visible since some change.

use std::sync::{Mutex, MutexGuard, PoisonError};

use sea_orm::sea_query::{Condition, Expr, ExprTrait, Query, SelectStatement, SimpleExpr};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::{Change, ChangeKind, Log};
use crate::db::dialect;
use crate::db::entity::changes;
use crate::error::Result;

/// Arrivals that are looked at together.
pub(crate) const MOST_ARRIVALS: u64 = 1_000;
/// How far the log is read beyond a change: old cursors cost no more than young ones.
const MOST_CHANGES: i64 = 10_000;

/// What is news to a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum News {
    /// Articles that become visible: to a list by publication.
    Arrived,
    /// Those, and articles that change: to a list by last change.
    Changed,
}

impl News {
    fn kinds(self) -> &'static [ChangeKind] {
        use ChangeKind::{ArticleCorrected, ArticlePublished, ArticleRestored, ArticleUpdated};
        match self {
            Self::Arrived => &[ArticlePublished, ArticleRestored],
            Self::Changed => &[ArticlePublished, ArticleRestored, ArticleUpdated, ArticleCorrected],
        }
    }

    fn is(self) -> SimpleExpr {
        // The index of news has this condition, and the planner knows it again by the letter only.
        let indexed = Expr::cust(
            "kind IN ('article.corrected', 'article.published', 'article.restored', 'article.updated')",
        );
        indexed.and(changes::Column::Kind.is_in(self.kinds().iter().map(|kind| kind.as_str())))
    }

    /// Whether an article, by its id, has not arrived after `until`. Cheap where nothing has happened since; beyond some
    /// thousands of changes it no longer looks, and an old walk may show again what the next one shows too. `sequenced` says
    /// that each row of the log has its sequence from the beginning, as in SQLite; those without one will have a later one.
    pub(crate) fn had_arrived(self, article: &SimpleExpr, until: i64, sequenced: bool) -> Condition {
        let later =
            changes::Column::Seq.gt(until).and(changes::Column::Seq.lte(until.saturating_add(MOST_CHANGES)));
        let not_in = |which: SimpleExpr| article.clone().not_in_subquery(self.subjects(which));
        let arrived = Condition::all().add(not_in(later));
        if sequenced { arrived } else { arrived.add(not_in(changes::Column::Seq.is_null())) }
    }

    fn subjects(self, which: SimpleExpr) -> SelectStatement {
        let column = changes::Column::SubjectId;
        Query::select().column(column).from(changes::Entity).and_where(which).and_where(self.is()).take()
    }
}

/// What this process knows of the newest news without asking, and whether it has heard of everything that it did itself.
#[derive(Debug, Default)]
pub(super) struct Newest(Mutex<Known>);

#[derive(Clone, Copy, Debug, Default)]
struct Known {
    committed: u64,
    followed: u64,
    /// Of [`News::Arrived`] and [`News::Changed`]; none where nobody follows the log.
    newest: Option<(i64, i64)>,
}

impl Newest {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// This process has appended to the log.
    pub(super) fn commit(&self) {
        self.known().committed += 1;
    }

    /// How often this process had appended to the log by now.
    pub(super) fn committed(&self) -> u64 {
        self.known().committed
    }

    /// Whatever was appended here by then has been heard of.
    pub(super) fn followed(&self, committed: u64) {
        self.known().followed = committed;
    }

    /// The log is followed from here on.
    pub(super) fn begin(&self, arrived: i64, changed: i64) {
        self.known().newest = Some((arrived, changed));
    }

    /// The follower has come to a change.
    pub(super) fn hear(&self, change: &Change) {
        if let Some((arrived, changed)) = &mut self.known().newest {
            for (news, newest) in [(News::Arrived, arrived), (News::Changed, changed)] {
                if news.kinds().contains(&change.kind) {
                    *newest = Ord::max(*newest, change.seq);
                }
            }
        }
    }

    fn of(&self, news: News) -> Option<i64> {
        let Known { committed, followed, newest } = *self.known();
        let (arrived, changed) = newest.filter(|_| committed == followed)?;
        Some(match news {
            News::Arrived => arrived,
            News::Changed => changed,
        })
    }
}

/// Articles that have arrived after some change.
pub(crate) struct Arrivals {
    /// Which, each once.
    pub(crate) ids: Vec<Uuid>,
    /// Up to which change this is so.
    pub(crate) until: i64,
}

impl Log {
    /// The sequence of the newest news. What this process has done is in it; of other nodes, what it has heard of.
    pub(crate) async fn newest(&self, news: News) -> Result<i64> {
        let newest = match self.newest.of(news) {
            Some(known) => known,
            None => self.ask_newest(news).await?,
        };
        match self.db.replica() {
            // A replica that lags shows less than is known here.
            Some(replica) => {
                Ok(Ord::min(newest, last_on(replica, changes::Column::Seq.is_not_null()).await?))
            }
            None => Ok(newest),
        }
    }

    pub(super) async fn ask_newest(&self, news: News) -> Result<i64> {
        dialect::sequence_changes(self.db.primary()).await?;
        last_on(self.db.primary(), changes::Column::Seq.is_not_null().and(news.is())).await
    }

    /// What has arrived after a change: everything up to `until`, or a limited number of the first.
    pub(crate) async fn arrivals(&self, news: News, after: i64, until: Option<i64>) -> Result<Arrivals> {
        let known = self.newest.of(news);
        if known.is_some_and(|newest| newest <= after) {
            return Ok(Arrivals { ids: Vec::new(), until: until.unwrap_or(after) });
        }
        if known.is_none() {
            dialect::sequence_changes(self.db.primary()).await?;
        }
        let end = Ord::min(until.unwrap_or(i64::MAX), after.saturating_add(MOST_CHANGES));
        let rows: Vec<(Option<i64>, Uuid)> = changes::Entity::find()
            .select_only()
            .columns([changes::Column::Seq, changes::Column::SubjectId])
            .filter(changes::Column::Seq.gt(after).and(changes::Column::Seq.lte(end)).and(news.is()))
            .order_by_asc(changes::Column::Seq)
            .limit(MOST_ARRIVALS)
            .into_tuple()
            .all(self.db.primary())
            .await?;
        let cut = u64::try_from(rows.len()).is_ok_and(|rows| rows == MOST_ARRIVALS);
        let last = rows.last().and_then(|(seq, _)| *seq).unwrap_or(after);
        // Where a long stretch of the log holds no more news, the next walk begins behind the stretch.
        let passed = !cut && known.is_some_and(|newest| newest >= end);
        let mut ids: Vec<Uuid> = rows.into_iter().map(|(_, id)| id).collect();
        ids.sort_unstable();
        ids.dedup();
        Ok(Arrivals { ids, until: until.unwrap_or(if passed { end } else { last }) })
    }
}

async fn last_on(on: &sea_orm::DatabaseConnection, which: SimpleExpr) -> Result<i64> {
    let find = changes::Entity::find().select_only().column(changes::Column::Seq).filter(which);
    let last: Option<Option<i64>> = find.order_by_desc(changes::Column::Seq).into_tuple().one(on).await?;
    Ok(last.flatten().unwrap_or(0))
}
