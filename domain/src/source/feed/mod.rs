//! Feeds: where a source's news is fetched, when, and how the last fetch went.
//!
//! A worker claims what is due (`claim.rs`) and reports how it went (`record.rs`), which also writes the history (`history.rs`). What
//! operators do with feeds is in `desk.rs`.

use std::time::Duration;

use sea_orm::sea_query::{Expr, Query};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::fault::Fault;
use super::schedule::Wishes;
use super::{Sources, resolve};
use crate::clock::Timestamp;
use crate::db::count;
use crate::db::entity::feeds;
use crate::error::{Error, Result};
use crate::id::{FeedId, PublicId, SourceId};
use crate::page::{Binding, Page, PageRequest};
use crate::policy::Action;

mod claim;
mod desk;
mod history;
mod record;

pub use claim::LEASE;
pub use history::{Fetch, Outcome};
pub use record::{Doing, FetchReport, Read, Validators, Via};

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
    pub validators: Validators,
    /// Digest of the bytes last taken in.
    pub content_hash: Option<String>,
    /// Whether it is fetched.
    pub status: FeedStatus,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it was last fetched.
    pub last_fetched_at: Option<Timestamp>,
    /// When a fetch last worked.
    pub last_worked_at: Option<Timestamp>,
    /// When a fetch last brought something new.
    pub last_new_at: Option<Timestamp>,
    /// When it was last asked for without a condition.
    pub last_whole_at: Option<Timestamp>,
    /// Whether it was seen to change while its validators said that it had not: it is asked for whole each time.
    pub validators_lie: bool,
    /// When it is due.
    pub next_fetch_at: Option<Timestamp>,
    /// What it says of when to come.
    pub wishes: Wishes,
    /// Failures since the last success.
    pub failures: u32,
    /// Since when it fails.
    pub failing_since: Option<Timestamp>,
    /// What is wrong.
    pub fault: Option<Fault>,
    /// The same in one plain sentence.
    pub last_error: Option<String>,
    /// Where it says that it has moved for good, and how often in a row it said so.
    pub moving_to: Option<(String, u32)>,
    /// Until when somebody is fetching it.
    pub leased_until: Option<Timestamp>,
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
    /// Every status.
    pub const ALL: [Self; 3] = [Self::Active, Self::Paused, Self::Gone];

    /// The name as it is stored and published.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Paused => "paused",
            Self::Gone => "gone",
        }
    }
}

/// Which feeds are meant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FeedFilter {
    /// Of these sources: ids or slugs.
    pub sources: Vec<String>,
    /// In one of these states.
    pub statuses: Vec<FeedStatus>,
    /// Only those that fail, or only those that do not.
    pub failing: Option<bool>,
}

impl Sources<'_> {
    /// The feed at an address, if it is known.
    pub async fn feed_at(&self, url: &str) -> Result<Option<Feed>> {
        self.viewer.require(Action::ManageSources)?;
        let find = feeds::Entity::find().filter(feeds::Column::Url.eq(url));
        Ok(find.one(self.room.db.primary()).await?.map(Into::into))
    }

    /// One feed.
    pub async fn feed(&self, id: FeedId) -> Result<Feed> {
        self.viewer.require(Action::ManageSources)?;
        let found = feeds::Entity::find_by_id(id.uuid()).one(self.room.db.primary()).await?;
        found.map(Into::into).ok_or(Error::NotFound("feed"))
    }

    /// A page of feeds, latest added first.
    pub async fn feeds(&self, filter: &FeedFilter, page: &PageRequest) -> Result<Page<Feed>> {
        self.viewer.require(Action::ManageSources)?;
        let plan = page.plan(Binding::of(&["feeds", &format!("{filter:?}")]))?;
        let mut select = Query::select();
        select.from(feeds::Entity);
        if !filter.sources.is_empty() {
            let named = resolve(self.room, filter.sources.iter()).await?;
            let missing = filter.sources.iter().find(|source| !named.contains_key(*source));
            if let Some(missing) = missing {
                let message = format!("there is no source with the id or slug `{missing}`");
                return Err(Error::invalid("source", "unknown", message));
            }
            select.and_where(feeds::Column::SourceId.is_in(named.into_values()));
        }
        if !filter.statuses.is_empty() {
            let statuses = filter.statuses.iter().map(|status| status.as_str());
            select.and_where(feeds::Column::Status.is_in(statuses));
        }
        if let Some(failing) = filter.failing {
            let failures = feeds::Column::Failures;
            select.and_where(if failing { failures.gt(0) } else { failures.eq(0) });
        }
        let age = (Expr::col(feeds::Column::CreatedAt), Expr::col(feeds::Column::Id));
        let page = plan.newest_ids(self.room.db.primary(), select, age).await?;
        let ids: Vec<Uuid> = page.nodes().copied().collect();
        let find = feeds::Entity::find().filter(feeds::Column::Id.is_in(ids));
        let rows = find.all(self.room.db.primary()).await?;
        let mut found: std::collections::HashMap<Uuid, Feed> =
            rows.into_iter().map(|row| (row.id, row.into())).collect();
        Ok(page.filter_map(|id| found.remove(&id)))
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

fn duration(millis: i64) -> Duration {
    Duration::from_millis(u64::try_from(millis).unwrap_or_default())
}

impl From<feeds::Model> for Feed {
    fn from(row: feeds::Model) -> Self {
        let time = |at: Option<i64>| at.map(Timestamp::from_millis);
        let known = |status: &FeedStatus| status.as_str() == row.status;
        Self {
            id: FeedId::from_uuid(row.id),
            source: SourceId::from_uuid(row.source_id),
            title: row.title,
            format: row.format,
            validators: Validators { etag: row.etag, last_modified: row.last_modified },
            content_hash: row.content_hash,
            status: FeedStatus::ALL.into_iter().find(known).unwrap_or(FeedStatus::Paused),
            created_at: Timestamp::from_millis(row.created_at),
            last_fetched_at: time(row.last_fetched_at),
            last_worked_at: time(row.last_worked_at),
            last_new_at: time(row.last_new_at),
            last_whole_at: time(row.last_whole_at),
            validators_lie: row.validators_lie,
            next_fetch_at: time(row.next_fetch_at),
            wishes: Wishes {
                ttl: row.ttl_ms.map(duration),
                skip_hours: u32::try_from(row.skip_hours).unwrap_or_default(),
                skip_days: u8::try_from(row.skip_days).unwrap_or_default(),
                rhythm: row.rhythm_ms.map(duration),
            },
            failures: count(row.failures),
            failing_since: time(row.failing_since),
            fault: row.fault.as_deref().and_then(Fault::parse),
            last_error: row.last_error,
            moving_to: row.moving_to.map(|to| (to, count(row.moves))),
            leased_until: time(row.leased_until),
            url: row.url,
        }
    }
}
