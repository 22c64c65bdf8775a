//! Who fetches a feed now. Several nodes share the work by leases in the database: whoever moves a lease has the feed, and what
//! it reports counts as long as the lease is still its own. If it dies, the feed is free when the lease ends.

use std::time::Duration;

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait};
use uuid::Uuid;

use super::{Feed, FeedStatus, millis};
use crate::clock::Timestamp;
use crate::db::entity::{feeds, sources};
use crate::error::{Error, Result};
use crate::id::{FeedId, PublicId};
use crate::policy::Action;
use crate::source::{SourceStatus, Sources};

/// Longer than any fetch may take, with its waiting for a host that is asked by others.
pub const LEASE: Duration = Duration::from_secs(10 * 60);

impl Sources<'_> {
    /// Takes up to `limit` feeds that are due and whose source is active, the longest due first. Nobody else is given them
    /// for [`LEASE`].
    pub async fn claim_due(&self, limit: u64) -> Result<Vec<Feed>> {
        self.viewer.require(Action::ManageSources)?;
        let now = self.room.now();
        let active = sources::Entity::find().select_only().column(sources::Column::Id);
        let active = active.filter(sources::Column::Status.eq(SourceStatus::Active.as_str())).into_query();
        let due: Vec<Uuid> = feeds::Entity::find()
            .select_only()
            .column(feeds::Column::Id)
            .filter(feeds::Column::Status.eq(FeedStatus::Active.as_str()))
            .filter(feeds::Column::NextFetchAt.lte(now.millis()))
            .filter(is_free(now))
            .filter(feeds::Column::SourceId.in_subquery(active))
            .order_by_asc(feeds::Column::NextFetchAt)
            .limit(limit)
            .into_tuple()
            .all(self.room.db.primary())
            .await?;
        let mut claimed = Vec::with_capacity(due.len());
        for id in due {
            claimed.extend(self.lease(id, now).await?);
        }
        Ok(claimed)
    }

    /// Takes one feed, due or not, whatever its state. Refused while somebody else fetches it.
    pub async fn claim(&self, id: FeedId) -> Result<Feed> {
        super::desk::require_remote(&self.feed(id).await?)?;
        let busy = || Error::Conflict {
            code: "being_fetched",
            message: "This feed is being fetched at this moment: look at it again in a minute.".to_owned(),
        };
        self.lease(id.uuid(), self.room.now()).await?.ok_or_else(busy)
    }

    /// The feed, if the lease was free.
    async fn lease(&self, id: Uuid, now: Timestamp) -> Result<Option<Feed>> {
        let until = now.plus_millis(millis(LEASE));
        let tx = self.room.db.begin().await?;
        let update = feeds::Entity::update_many()
            .col_expr(feeds::Column::LeasedUntil, Expr::val(until.millis()))
            .filter(feeds::Column::Id.eq(id))
            .filter(is_free(now));
        if update.exec(tx.on()).await?.rows_affected == 0 {
            return Ok(None);
        }
        let row = feeds::Entity::find_by_id(id).one(tx.on()).await?;
        tx.commit().await?;
        Ok(row.map(Into::into))
    }
}

/// Nobody has it, or whoever had it did not come back.
fn is_free(now: Timestamp) -> Condition {
    Condition::any()
        .add(feeds::Column::LeasedUntil.is_null())
        .add(feeds::Column::LeasedUntil.lte(now.millis()))
}
