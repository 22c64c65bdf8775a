//! The ledger: how intake is doing at a glance, and what can be said of a source: how late, how reliable, how often it changes
//! what it said.

use std::collections::BTreeMap;
use std::time::Duration;

use sea_orm::sea_query::{Alias, CaseStatement, Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect};

use super::Sources;
use super::fault::Fault;
use super::feed::{FeedStatus, Outcome};
use crate::change::ChangeKind;
use crate::clock::Timestamp;
use crate::db::entity::{articles, changes, feed_fetches, feeds};
use crate::db::rows;
use crate::error::Result;
use crate::id::{ArticleId, PublicId};
use crate::policy::Action;

const DAY: i64 = 24 * 3_600 * 1_000;
/// Days that a source's ledger looks back.
pub const DAYS: i64 = 30;
/// Articles whose lateness is looked at.
const SAMPLE: u64 = 1_000;
/// What a minor change is counted under.
const MINOR: &str = "minor";

/// How intake is doing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// Feeds that are fetched.
    pub active: u64,
    /// Of those, feeds that fail.
    pub failing: u64,
    /// Feeds that rest.
    pub paused: u64,
    /// Feeds that are gone for good.
    pub gone: u64,
    /// Feeds that are due now.
    pub due: u64,
    /// For how long the one that waits longest has been due.
    pub overdue: Duration,
    /// Of the feeds that fail, how many by what is wrong.
    pub faults: BTreeMap<Fault, u64>,
    /// Fetches of the last 24 hours.
    pub day: Fetches,
}

/// Fetches of some time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fetches {
    /// That brought a document.
    pub taken: u64,
    /// That found nothing changed.
    pub unchanged: u64,
    /// That did not work.
    pub failed: u64,
    /// New articles.
    pub new: u64,
    /// Articles that got a revision.
    pub updated: u64,
    /// Entries that could not become articles.
    pub refused: u64,
    /// Bytes that were read.
    pub bytes: u64,
}

/// What can be said of a source, by its last [`DAYS`] days.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ledger {
    /// Fetches of its feeds.
    pub fetches: Fetches,
    /// Fetches that failed, by what was wrong.
    pub faults: BTreeMap<Fault, u64>,
    /// Articles that it published.
    pub articles: u64,
    /// Changes of articles by the publisher after publication, by what readers see: minor ones, and substantive ones.
    pub minor_edits: u64,
    /// See `minor_edits`.
    pub substantive_edits: u64,
    /// Corrections that were told to readers.
    pub corrections: u64,
    /// Articles taken back.
    pub withdrawals: u64,
    /// From publication to us, of the last thousand articles: the median, and what nine of ten stay below.
    pub lag: Option<(Duration, Duration)>,
}

#[derive(FromQueryResult)]
struct Count {
    name: Option<String>,
    number: i64,
}

#[derive(FromQueryResult)]
struct Due {
    number: i64,
    first: Option<i64>,
}

#[derive(FromQueryResult)]
struct Sum {
    outcome: String,
    number: i64,
    new: Option<i64>,
    updated: Option<i64>,
    refused: Option<i64>,
    bytes: Option<i64>,
}

fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}

impl Sources<'_> {
    /// How intake is doing.
    pub async fn health(&self) -> Result<Health> {
        self.viewer.require(Action::ManageSources)?;
        let (db, now) = (self.room.db.primary(), self.room.now());
        let mut by_status = Query::select();
        by_status.expr_as(Expr::col(feeds::Column::Status), Alias::new("name"));
        by_status.expr_as(feeds::Column::Id.count(), Alias::new("number"));
        by_status.from(feeds::Entity).group_by_col(feeds::Column::Status);
        let mut health = Health::default();
        for Count { name, number } in rows::<Count>(db, &by_status).await? {
            let known = FeedStatus::ALL.into_iter().find(|status| Some(status.as_str()) == name.as_deref());
            match known {
                Some(FeedStatus::Active) => health.active = unsigned(number),
                Some(FeedStatus::Gone) => health.gone = unsigned(number),
                Some(FeedStatus::Paused) | None => health.paused += unsigned(number),
            }
        }
        let mut by_fault = Query::select();
        by_fault.expr_as(Expr::col(feeds::Column::Fault), Alias::new("name"));
        by_fault.expr_as(feeds::Column::Id.count(), Alias::new("number"));
        by_fault.from(feeds::Entity).and_where(feeds::Column::Status.eq(FeedStatus::Active.as_str()));
        by_fault.and_where(feeds::Column::Failures.gt(0)).group_by_col(feeds::Column::Fault);
        for Count { name, number } in rows::<Count>(db, &by_fault).await? {
            health.failing += unsigned(number);
            if let Some(fault) = name.as_deref().and_then(Fault::parse) {
                health.faults.insert(fault, unsigned(number));
            }
        }
        let mut due = Query::select();
        due.expr_as(feeds::Column::Id.count(), Alias::new("number"));
        due.expr_as(feeds::Column::NextFetchAt.min(), Alias::new("first")).from(feeds::Entity);
        due.and_where(feeds::Column::Status.eq(FeedStatus::Active.as_str()));
        due.and_where(feeds::Column::NextFetchAt.lte(now.millis()));
        for Due { number, first } in rows::<Due>(db, &due).await? {
            health.due = unsigned(number);
            health.overdue = Duration::from_millis(unsigned(first.map_or(0, |first| now.millis() - first)));
        }
        health.day = self.fetches_since(None, now.plus_millis(-DAY)).await?.0;
        Ok(health)
    }

    /// What can be said of a source: id or slug.
    pub async fn ledger(&self, source: &str) -> Result<Ledger> {
        self.viewer.require(Action::ManageSources)?;
        let id = self.get(source).await?.id.uuid();
        let since = self.room.now().plus_millis(-DAYS * DAY);
        let (fetches, faults) = self.fetches_since(Some(id), since).await?;
        let own = Query::select()
            .column(articles::Column::Id)
            .from(articles::Entity)
            .and_where(articles::Column::SourceId.eq(id))
            .take();
        let minor = Expr::col(changes::Column::Detail).like("%\"significance\":\"minor\"%");
        let name =
            CaseStatement::new().case(minor, Expr::val(MINOR)).finally(Expr::col(changes::Column::Kind));
        let mut happened = Query::select();
        happened.expr_as(name, Alias::new("name"));
        happened.expr_as(changes::Column::Id.count(), Alias::new("number")).from(changes::Entity);
        happened.and_where(changes::Column::At.gte(since.millis()));
        happened.and_where(changes::Column::SubjectId.in_subquery(own));
        happened.group_by_col(Alias::new("name"));
        let mut ledger = Ledger { fetches, faults, ..Ledger::default() };
        for Count { name, number } in rows::<Count>(self.room.db.primary(), &happened).await? {
            let number = unsigned(number);
            let is = |kind: ChangeKind| name.as_deref() == Some(kind.as_str());
            if name.as_deref() == Some(MINOR) {
                ledger.minor_edits = number;
            } else if is(ChangeKind::ArticlePublished) {
                ledger.articles = number;
            } else if is(ChangeKind::ArticleUpdated) {
                ledger.substantive_edits = number;
            } else if is(ChangeKind::ArticleCorrected) {
                ledger.corrections = number;
            } else if is(ChangeKind::ArticleWithdrawn) {
                ledger.withdrawals = number;
            }
        }
        ledger.lag = self.lag(articles::Column::SourceId.eq(id)).await?;
        Ok(ledger)
    }

    /// From publication to us: the median of these articles, if there are any.
    pub async fn lag_of(&self, new: &[ArticleId]) -> Result<Option<Duration>> {
        if new.is_empty() {
            return Ok(None);
        }
        let most = usize::try_from(SAMPLE).unwrap_or(usize::MAX);
        let ids = new.iter().take(most).map(|id| id.uuid());
        Ok(self.lag(articles::Column::Id.is_in(ids)).await?.map(|(median, _)| median))
    }

    async fn lag(&self, which: sea_orm::sea_query::SimpleExpr) -> Result<Option<(Duration, Duration)>> {
        let late: Vec<(i64, i64)> = articles::Entity::find()
            .select_only()
            .columns([articles::Column::FirstSeenAt, articles::Column::PublishedAt])
            .filter(which)
            .order_by_desc(articles::Column::PublishedAt)
            .limit(SAMPLE)
            .into_tuple()
            .all(self.room.db.primary())
            .await?;
        let mut lags: Vec<u64> =
            late.into_iter().map(|(seen, published)| unsigned(seen - published)).collect();
        lags.sort_unstable();
        let at = |share: usize| lags.get(lags.len() * share / 100).copied().map(Duration::from_millis);
        Ok(at(50).zip(at(90)))
    }

    async fn fetches_since(
        &self,
        source: Option<uuid::Uuid>,
        since: Timestamp,
    ) -> Result<(Fetches, BTreeMap<Fault, u64>)> {
        use feed_fetches::Column;
        let within = |select: &mut SelectStatement| {
            select.from(feed_fetches::Entity).and_where(Column::At.gte(since.millis()));
            if let Some(source) = source {
                select.and_where(Column::SourceId.eq(source));
            }
        };
        // PostgreSQL's sum of whole numbers is a decimal.
        let sum = |column: Column| Expr::expr(Expr::col(column).sum()).cast_as(Alias::new("BIGINT"));
        let mut sums = Query::select();
        within(sums.column(Column::Outcome).expr_as(Column::Id.count(), Alias::new("number")));
        for (column, name) in [
            (Column::New, "new"),
            (Column::Updated, "updated"),
            (Column::Refused, "refused"),
            (Column::Bytes, "bytes"),
        ] {
            sums.expr_as(sum(column), Alias::new(name));
        }
        sums.group_by_col(Column::Outcome);
        let mut fetches = Fetches::default();
        for sum in rows::<Sum>(self.room.db.primary(), &sums).await? {
            let number = unsigned(sum.number);
            match Outcome::ALL.into_iter().find(|outcome| outcome.as_str() == sum.outcome) {
                Some(Outcome::Taken) => fetches.taken = number,
                Some(Outcome::Unchanged) => fetches.unchanged = number,
                Some(Outcome::Failed) | None => fetches.failed += number,
            }
            let more = |sum: Option<i64>| unsigned(sum.unwrap_or_default());
            fetches.new += more(sum.new);
            fetches.updated += more(sum.updated);
            fetches.refused += more(sum.refused);
            fetches.bytes += more(sum.bytes);
        }
        let mut by_fault = Query::select();
        by_fault.expr_as(Expr::col(Column::Fault), Alias::new("name"));
        within(by_fault.expr_as(Column::Id.count(), Alias::new("number")));
        by_fault.and_where(Column::Fault.is_not_null()).group_by_col(Column::Fault);
        let counted = rows::<Count>(self.room.db.primary(), &by_fault).await?;
        let faults = counted
            .into_iter()
            .filter_map(|row| Some((Fault::parse(row.name.as_deref()?)?, unsigned(row.number))))
            .collect();
        Ok((fetches, faults))
    }
}
