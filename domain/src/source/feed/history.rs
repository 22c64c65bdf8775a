//! Each fetch of a feed, for a month: how it ended, what it brought, how long it took, and how late the news was.

use std::time::Duration;

use sea_orm::sea_query::{Expr, Query};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::record::{Doing, FetchReport, Via};
use super::{Feed, duration, millis};
use crate::clock::Timestamp;
use crate::db::entity::feed_fetches;
use crate::db::{Tx, count, stored};
use crate::error::Result;
use crate::id::{FeedId, PublicId};
use crate::newsroom::Room;
use crate::page::{Binding, Page, PageRequest};
use crate::policy::Action;
use crate::source::Sources;
use crate::source::fault::Fault;

/// How long a fetch is remembered.
pub(crate) const KEPT: Duration = Duration::from_secs(30 * 24 * 3_600);
/// Rows that one statement forgets.
const FORGOTTEN: u64 = 5_000;

/// How a fetch ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// A document was taken in.
    Taken,
    /// Nothing had changed.
    Unchanged,
    /// It did not work.
    Failed,
}

impl Outcome {
    /// Every outcome.
    pub const ALL: [Self; 3] = [Self::Taken, Self::Unchanged, Self::Failed];

    /// The name as it is stored and published.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Taken => "taken",
            Self::Unchanged => "unchanged",
            Self::Failed => "failed",
        }
    }
}

/// A fetch that is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetch {
    /// When it ended.
    pub at: Timestamp,
    /// Why it was made.
    pub via: Via,
    /// How it ended.
    pub outcome: Outcome,
    /// The answer's status; none where there was no answer.
    pub status: Option<u32>,
    /// What went wrong.
    pub fault: Option<Fault>,
    /// The same in one plain sentence.
    pub error: Option<String>,
    /// How long it took.
    pub took: Duration,
    /// Bytes that were read.
    pub bytes: u64,
    /// Entries of the document.
    pub entries: u32,
    /// New articles.
    pub new: u32,
    /// Articles that got a revision.
    pub updated: u32,
    /// Entries that said nothing new.
    pub unchanged: u32,
    /// Entries that could not become articles.
    pub refused: u32,
    /// From publication to us: the median of the new.
    pub lag: Option<Duration>,
}

impl Sources<'_> {
    /// A page of a feed's fetches, latest first.
    pub async fn fetches(&self, feed: FeedId, page: &PageRequest) -> Result<Page<Fetch>> {
        let feed = self.feed(feed).await?;
        let plan = page.plan(Binding::of(&["fetches", &feed.id.to_string()]))?;
        let mut select = Query::select();
        select.from(feed_fetches::Entity);
        select.and_where(feed_fetches::Column::FeedId.eq(feed.id.uuid()));
        let age = (Expr::col(feed_fetches::Column::At), Expr::col(feed_fetches::Column::Id));
        let page = plan.newest_ids(self.room.db.primary(), select, age).await?;
        let ids: Vec<Uuid> = page.nodes().copied().collect();
        let find = feed_fetches::Entity::find().filter(feed_fetches::Column::Id.is_in(ids));
        let rows = find.all(self.room.db.primary()).await?;
        let mut found: std::collections::HashMap<Uuid, Fetch> =
            rows.into_iter().map(|row| (row.id, row.into())).collect();
        Ok(page.filter_map(|id| found.remove(&id)))
    }

    /// Forgets fetches that are older than a month, some thousands at a time; answers how many.
    pub async fn forget_fetches(&self) -> Result<u64> {
        self.viewer.require(Action::ManageSources)?;
        let before = self.room.now().plus_millis(-millis(KEPT)).millis();
        let mut old = Query::select();
        old.column(feed_fetches::Column::Id).from(feed_fetches::Entity);
        old.and_where(feed_fetches::Column::At.lt(before)).limit(FORGOTTEN);
        let tx = self.room.db.begin().await?;
        let delete = feed_fetches::Entity::delete_many().filter(feed_fetches::Column::Id.in_subquery(old));
        let forgotten = delete.exec(tx.on()).await?.rows_affected;
        tx.commit().await?;
        Ok(forgotten)
    }
}

pub(super) async fn insert(
    room: &Room,
    tx: &Tx,
    feed: &Feed,
    report: &FetchReport,
    now: Timestamp,
) -> Result<()> {
    let read = match &report.doing {
        Doing::Taken(read) => Some(read),
        Doing::Unchanged(_) | Doing::Failed { .. } => None,
    };
    let (outcome, fault, error) = match &report.doing {
        Doing::Taken(_) => (Outcome::Taken, None, None),
        Doing::Unchanged(_) => (Outcome::Unchanged, None, None),
        Doing::Failed { fault, error } => (Outcome::Failed, Some(fault), Some(error.clone())),
    };
    let number = |of: fn(&super::Read) -> u32| Set(stored(read.map_or(0, |read| of(read))));
    let row = feed_fetches::ActiveModel {
        id: Set(room.ids.new_uuid()),
        feed_id: Set(feed.id.uuid()),
        source_id: Set(feed.source.uuid()),
        at: Set(now.millis()),
        via: Set(report.via.as_str().to_owned()),
        outcome: Set(outcome.as_str().to_owned()),
        status: Set(report.status.map(i32::from)),
        fault: Set(fault.map(|fault| fault.as_str().to_owned())),
        error: Set(error),
        took_ms: Set(millis(report.took)),
        bytes: Set(i64::try_from(report.bytes).unwrap_or(i64::MAX)),
        entries: number(|read| read.entries),
        new: number(|read| read.new),
        updated: number(|read| read.updated),
        unchanged: number(|read| read.unchanged),
        refused: number(|read| read.refused),
        lag_ms: Set(read.and_then(|read| read.lag).map(millis)),
    };
    feed_fetches::Entity::insert(row).exec_without_returning(tx.on()).await?;
    Ok(())
}

impl From<feed_fetches::Model> for Fetch {
    fn from(row: feed_fetches::Model) -> Self {
        let via = Via::ALL.into_iter().find(|via| via.as_str() == row.via);
        let outcome = Outcome::ALL.into_iter().find(|outcome| outcome.as_str() == row.outcome);
        Self {
            at: Timestamp::from_millis(row.at),
            via: via.unwrap_or(Via::Schedule),
            outcome: outcome.unwrap_or(Outcome::Failed),
            status: row.status.map(count),
            fault: row.fault.as_deref().and_then(Fault::parse),
            error: row.error,
            took: duration(row.took_ms),
            bytes: u64::try_from(row.bytes).unwrap_or_default(),
            entries: count(row.entries),
            new: count(row.new),
            updated: count(row.updated),
            unchanged: count(row.unchanged),
            refused: count(row.refused),
            lag: row.lag_ms.map(duration),
        }
    }
}
