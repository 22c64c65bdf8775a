//! What operators do with feeds: add them, correct their addresses, let them rest, ask for them now.

use sea_orm::{ActiveValue::Set, EntityTrait};
use url::Url;

use super::{Feed, FeedStatus};
use crate::db::entity::feeds;
use crate::error::{Error, Result};
use crate::id::{FeedId, PublicId, SourceId};
use crate::policy::Action;
use crate::source::{SourceHint, Sources};

impl Sources<'_> {
    /// Adds a feed that is due at once: of the source that is named (id or slug), or of the publisher of that address. One that
    /// is known is answered as it is, and fetched from now on.
    pub async fn add_feed(&self, url: &str, source: Option<&str>) -> Result<Feed> {
        self.viewer.require(Action::ManageSources)?;
        let url = address(url)?;
        if let Some(known) = self.feed_at(url.as_str()).await? {
            return self.resume_feed(known.id).await;
        }
        let source = match source {
            Some(source) => self.get(source).await.map_err(|error| unknown_source(error, source))?.id,
            None => {
                self.ensure(SourceHint { feed_url: Some(url.clone()), ..SourceHint::default() }).await?.id
            }
        };
        self.ensure_feed(source, url.as_str(), true).await
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

    /// Has a feed fetched from now on that rested, or was gone.
    pub async fn resume_feed(&self, id: FeedId) -> Result<Feed> {
        let feed = self.feed(id).await?;
        require_remote(&feed)?;
        if feed.status == FeedStatus::Active {
            return Ok(feed);
        }
        let row = feeds::ActiveModel {
            status: Set(FeedStatus::Active.as_str().to_owned()),
            next_fetch_at: Set(Some(self.room.now().millis())),
            ..forgiven(&feed)
        };
        self.update(row).await
    }

    /// Lets a feed rest: its articles stay, and it is not fetched.
    pub async fn pause_feed(&self, id: FeedId) -> Result<Feed> {
        let feed = self.feed(id).await?;
        let row = feeds::ActiveModel {
            id: Set(feed.id.uuid()),
            status: Set(FeedStatus::Paused.as_str().to_owned()),
            next_fetch_at: Set(None),
            ..feeds::ActiveModel::default()
        };
        self.update(row).await
    }

    /// Gives a feed another address. What was known of the old one (validators, failures) is forgotten; it is due at once
    /// where it is fetched at all.
    pub async fn readdress_feed(&self, id: FeedId, url: &str) -> Result<Feed> {
        let feed = self.feed(id).await?;
        let url = address(url)?;
        if let Some(other) = self.feed_at(url.as_str()).await?.filter(|other| other.id != id) {
            let message = format!("is the address of the feed {} already", other.id);
            return Err(Error::invalid("url", "taken", message));
        }
        let active = feed.status == FeedStatus::Active;
        let row = feeds::ActiveModel {
            url: Set(url.to_string()),
            etag: Set(None),
            last_modified: Set(None),
            content_hash: Set(None),
            validators_lie: Set(false),
            next_fetch_at: Set(active.then(|| self.room.now().millis())),
            ..forgiven(&feed)
        };
        self.update(row).await
    }

    async fn update(&self, row: feeds::ActiveModel) -> Result<Feed> {
        self.viewer.require(Action::ManageSources)?;
        let tx = self.room.db.begin().await?;
        let row = feeds::Entity::update(row).exec(tx.on()).await?;
        tx.commit().await?;
        Ok(row.into())
    }
}

fn address(text: &str) -> Result<Url> {
    let url = Url::parse(text.trim()).ok().filter(|url| {
        let plain = url.username().is_empty() && url.password().is_none();
        matches!(url.scheme(), "http" | "https") && url.has_host() && plain
    });
    let message = "must be an absolute http or https address, without a user name or password";
    url.ok_or_else(|| Error::invalid("url", "malformed", message))
}

fn unknown_source(error: Error, source: &str) -> Error {
    match error {
        Error::NotFound(_) => {
            Error::invalid("source", "unknown", format!("there is no source with the id or slug `{source}`"))
        }
        other => other,
    }
}

/// A file is taken in by whoever has it: there is nothing to fetch.
pub(super) fn require_remote(feed: &Feed) -> Result<()> {
    if feed.url.starts_with("http") {
        return Ok(());
    }
    let message =
        "This feed came from a file: give it an address first, or take the file in again.".to_owned();
    Err(Error::Conflict { code: "feed_has_no_address", message })
}

fn forgiven(feed: &Feed) -> feeds::ActiveModel {
    feeds::ActiveModel {
        id: Set(feed.id.uuid()),
        failures: Set(0),
        failing_since: Set(None),
        fault: Set(None),
        last_error: Set(None),
        moving_to: Set(None),
        moves: Set(0),
        ..feeds::ActiveModel::default()
    }
}
