//! Feeds: where a source's news is fetched, when, and how the last fetch went.

use std::time::Duration;

use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait};
use uuid::Uuid;

use super::Sources;
use super::schedule::{self, Hints};
use crate::clock::Timestamp;
use crate::db::entity::{feeds, sources};
use crate::db::{count, stored};
use crate::error::{Error, Result};
use crate::id::{FeedId, PublicId, SourceId};
use crate::policy::Action;

/// A feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feed {
    /// Its id.
    pub id: FeedId,
    /// Whose.
    pub source: SourceId,
    /// Where it is fetched; `file:` names one that came from disk.
    pub url: String,
    /// Its own title.
    pub title: Option<String>,
    /// Its format, as last seen.
    pub format: Option<String>,
    /// For the next conditional request.
    pub etag: Option<String>,
    /// For the next conditional request.
    pub last_modified: Option<String>,
    /// Digest of the bytes last taken in.
    pub content_hash: Option<String>,
    /// Whether it is fetched.
    pub status: FeedStatus,
    /// When it was last fetched.
    pub last_fetched_at: Option<Timestamp>,
    /// When it is due.
    pub next_fetch_at: Option<Timestamp>,
    /// Failures since the last success.
    pub failures: u32,
    /// What went wrong last.
    pub last_error: Option<String>,
}

/// Whether a feed is fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FeedStatus {
    /// When it is due.
    Active,
    /// Never: it came from disk, or rests.
    Paused,
    /// Never again: the publisher answered 410.
    Gone,
}

impl FeedStatus {
    const ALL: [Self; 3] = [Self::Active, Self::Paused, Self::Gone];

    /// The name as it is stored and published.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Paused => "paused",
            Self::Gone => "gone",
        }
    }
}

/// How a fetch went.
#[derive(Clone, Debug)]
pub enum FetchOutcome {
    /// A document was taken in.
    Taken {
        /// Its format.
        format: String,
        /// The feed's own title.
        title: Option<String>,
        /// For the next conditional request.
        etag: Option<String>,
        /// For the next conditional request.
        last_modified: Option<String>,
        /// Digest of the bytes.
        content_hash: String,
        /// Where it has moved for good.
        moved_to: Option<String>,
    },
    /// Nothing had changed.
    Unchanged,
    /// It did not work.
    Failed {
        /// One plain sentence.
        error: String,
    },
    /// The publisher says that it is gone for good.
    Gone,
}

impl Sources<'_> {
    /// The feed at an address, if it is known.
    pub async fn feed_at(&self, url: &str) -> Result<Option<Feed>> {
        self.viewer.require(Action::ManageSources)?;
        let find = feeds::Entity::find().filter(feeds::Column::Url.eq(url));
        Ok(find.one(self.room.db.primary()).await?.map(Into::into))
    }

    /// The feed of a source at an address: the known one, or a new one. A polled feed is due at once.
    pub async fn ensure_feed(&self, source: SourceId, url: &str, polled: bool) -> Result<Feed> {
        if let Some(known) = self.feed_at(url).await? {
            return Ok(known);
        }
        let status = if polled { FeedStatus::Active } else { FeedStatus::Paused };
        let now = self.room.now();
        let row = feeds::ActiveModel {
            id: Set(self.room.ids.new_uuid()),
            source_id: Set(source.uuid()),
            url: Set(url.to_owned()),
            status: Set(status.as_str().to_owned()),
            next_fetch_at: Set(polled.then_some(now.millis())),
            failures: Set(0),
            created_at: Set(now.millis()),
            ..feeds::ActiveModel::default()
        };
        let tx = self.room.db.begin().await?;
        let inserted = feeds::Entity::insert(row).exec_without_returning(tx.on()).await;
        match inserted {
            Err(error) if crate::db::is_unique_violation(&error) => drop(tx),
            outcome => {
                outcome?;
                tx.commit().await?;
            }
        }
        self.feed_at(url).await?.ok_or(Error::NotFound("feed"))
    }

    /// Every feed with its source's name, for the operator.
    pub async fn feeds(&self) -> Result<Vec<(Feed, String)>> {
        self.viewer.require(Action::ManageSources)?;
        let rows = feeds::Entity::find().order_by_asc(feeds::Column::Id).all(self.room.db.primary()).await?;
        let ids: Vec<Uuid> = rows.iter().map(|row| row.source_id).collect();
        let sources = self.get_many(&ids).await?;
        let name = |id: &Uuid| sources.get(id).map(|source| source.name.clone()).unwrap_or_default();
        Ok(rows
            .into_iter()
            .map(|row| (name(&row.source_id), row))
            .map(|(name, row)| (row.into(), name))
            .collect())
    }

    /// Takes up to `limit` feeds that are due and whose source is active. Nobody else is given them for `lease`.
    pub async fn claim_due(&self, limit: u64, lease: Duration) -> Result<Vec<Feed>> {
        self.viewer.require(Action::ManageSources)?;
        let now = self.room.now();
        let active = sources::Entity::find().select_only().column(sources::Column::Id);
        let active = active.filter(sources::Column::Status.eq("active")).into_query();
        let due = feeds::Entity::find()
            .filter(feeds::Column::Status.eq(FeedStatus::Active.as_str()))
            .filter(feeds::Column::NextFetchAt.lte(now.millis()))
            .filter(feeds::Column::SourceId.in_subquery(active))
            .order_by_asc(feeds::Column::NextFetchAt)
            .limit(limit)
            .all(self.room.db.primary())
            .await?;
        let until = now.plus_millis(millis(lease));
        let mut claimed = Vec::new();
        for row in due {
            if self.claim(&row, until).await? {
                claimed.push(row.into());
            }
        }
        Ok(claimed)
    }

    /// Only who moves the due time from what it was has the feed.
    async fn claim(&self, row: &feeds::Model, until: Timestamp) -> Result<bool> {
        let tx = self.room.db.begin().await?;
        let update =
            feeds::Entity::update_many().col_expr(feeds::Column::NextFetchAt, Expr::val(until.millis()));
        let update = update
            .filter(feeds::Column::Id.eq(row.id))
            .filter(feeds::Column::NextFetchAt.eq(row.next_fetch_at));
        let moved = update.exec(tx.on()).await?.rows_affected == 1;
        tx.commit().await?;
        Ok(moved)
    }

    /// Notes how a fetch went and when the feed is due again; answers that moment.
    pub async fn record_fetch(
        &self,
        feed: &Feed,
        outcome: FetchOutcome,
        hints: Hints,
    ) -> Result<Option<Timestamp>> {
        self.viewer.require(Action::ManageSources)?;
        let now = self.room.now();
        let failures =
            if matches!(outcome, FetchOutcome::Failed { .. }) { feed.failures.saturating_add(1) } else { 0 };
        let wait = if failures > 0 {
            schedule::after_failure(failures, hints)
        } else {
            schedule::after_success(hints)
        };
        let due = (feed.status == FeedStatus::Active).then(|| now.plus_millis(millis(wait)));
        let row = feeds::ActiveModel {
            id: Set(feed.id.uuid()),
            last_fetched_at: Set(Some(now.millis())),
            next_fetch_at: Set(due.map(Timestamp::millis)),
            failures: Set(stored(failures)),
            last_error: Set(None),
            ..feeds::ActiveModel::default()
        };
        let tx = self.room.db.begin().await?;
        let mut row = with_outcome(row, outcome);
        if let Set(url) = &row.url {
            let at_the_new_address = feeds::Entity::find().filter(feeds::Column::Url.eq(url));
            let taken = at_the_new_address.filter(feeds::Column::Id.ne(feed.id.uuid())).one(tx.on()).await?;
            if taken.is_some() {
                // One feed is enough: this one rests, and says why.
                row.last_error = Set(Some(format!("It has moved to {url}, which is followed already.")));
                row.url = sea_orm::ActiveValue::NotSet;
                row.status = Set(FeedStatus::Paused.as_str().to_owned());
                row.next_fetch_at = Set(None);
            }
        }
        feeds::Entity::update(row).exec(tx.on()).await?;
        tx.commit().await?;
        Ok(due)
    }

    /// Has a feed fetched from now on that rested, or was gone.
    pub async fn follow(&self, feed: Feed) -> Result<Feed> {
        self.viewer.require(Action::ManageSources)?;
        let row = feeds::ActiveModel {
            id: Set(feed.id.uuid()),
            status: Set(FeedStatus::Active.as_str().to_owned()),
            next_fetch_at: Set(Some(self.room.now().millis())),
            failures: Set(0),
            last_error: Set(None),
            ..feeds::ActiveModel::default()
        };
        let tx = self.room.db.begin().await?;
        feeds::Entity::update(row).exec(tx.on()).await?;
        tx.commit().await?;
        Ok(Feed { status: FeedStatus::Active, failures: 0, last_error: None, ..feed })
    }
}

fn with_outcome(mut row: feeds::ActiveModel, outcome: FetchOutcome) -> feeds::ActiveModel {
    match outcome {
        FetchOutcome::Taken { format, title, etag, last_modified, content_hash, moved_to } => {
            row.format = Set(Some(format));
            row.title = Set(title);
            row.etag = Set(etag);
            row.last_modified = Set(last_modified);
            row.content_hash = Set(Some(content_hash));
            if let Some(url) = moved_to {
                row.url = Set(url);
            }
        }
        FetchOutcome::Unchanged => {}
        FetchOutcome::Failed { error } => row.last_error = Set(Some(error)),
        FetchOutcome::Gone => {
            row.status = Set(FeedStatus::Gone.as_str().to_owned());
            row.next_fetch_at = Set(None);
            row.last_error =
                Set(Some("The publisher says that this feed is gone for good (410).".to_owned()));
        }
    }
    row
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

impl From<feeds::Model> for Feed {
    fn from(row: feeds::Model) -> Self {
        let feeds::Model {
            id,
            source_id,
            url,
            title,
            format,
            etag,
            last_modified,
            content_hash,
            status,
            last_fetched_at,
            next_fetch_at,
            failures,
            last_error,
            created_at: _,
        } = row;
        Self {
            id: FeedId::from_uuid(id),
            source: SourceId::from_uuid(source_id),
            url,
            title,
            format,
            etag,
            last_modified,
            content_hash,
            status: FeedStatus::ALL
                .into_iter()
                .find(|known| known.as_str() == status)
                .unwrap_or(FeedStatus::Paused),
            last_fetched_at: last_fetched_at.map(Timestamp::from_millis),
            next_fetch_at: next_fetch_at.map(Timestamp::from_millis),
            failures: count(failures),
            last_error,
        }
    }
}
