//! How a fetch went, and what follows: when the feed is due again, where it has moved, and a line of its history.

use std::time::Duration;

use sea_orm::{ActiveValue::NotSet, ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};

use super::{Feed, FeedStatus, history, millis};
use crate::clock::Timestamp;
use crate::db::entity::feeds;
use crate::db::{Tx, stored};
use crate::error::Result;
use crate::id::PublicId;
use crate::policy::Action;
use crate::source::Sources;
use crate::source::fault::Fault;
use crate::source::schedule::{self, Hints, Wishes};

/// A feed moves after it has said so many times in a row that it has moved for good: a publisher's mistake of an hour does not
/// count.
const MOVES: u32 = 3;

/// What makes the next request conditional (RFC 9110, 8.8).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Validators {
    /// For `If-None-Match`.
    pub etag: Option<String>,
    /// For `If-Modified-Since`.
    pub last_modified: Option<String>,
}

/// Why a feed was fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Via {
    /// It was due.
    Schedule,
    /// Somebody asked for it.
    Request,
    /// Its hub brought it.
    Hub,
}

impl Via {
    /// Every reason.
    pub const ALL: [Self; 3] = [Self::Schedule, Self::Request, Self::Hub];

    /// The name as it is stored and published.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Schedule => "schedule",
            Self::Request => "request",
            Self::Hub => "hub",
        }
    }
}

/// A fetch that is over.
#[derive(Clone, Debug)]
pub struct FetchReport {
    /// Why it was made.
    pub via: Via,
    /// How it ended.
    pub doing: Doing,
    /// The answer's status; none where there was no answer.
    pub status: Option<u16>,
    /// How long it took.
    pub took: Duration,
    /// Bytes that were read, decompressed.
    pub bytes: u64,
    /// What the answer says of the next request.
    pub hints: Hints,
    /// Whether the whole was asked for, whatever was known.
    pub whole: bool,
    /// Where redirects that are for good led.
    pub moved_to: Option<String>,
}

/// How a fetch ended.
#[derive(Clone, Debug)]
pub enum Doing {
    /// A document was taken in.
    Taken(Box<Read>),
    /// Nothing had changed: a 304, or the same bytes. With new validators, where the answer brought some.
    Unchanged(Option<Validators>),
    /// It did not work.
    Failed {
        /// What kind of trouble it is.
        fault: Fault,
        /// One plain sentence.
        error: String,
    },
}

/// A document that was taken in.
#[derive(Clone, Debug, Default)]
pub struct Read {
    /// Its format.
    pub format: String,
    /// The feed's own title.
    pub title: Option<String>,
    /// For the next conditional request.
    pub validators: Validators,
    /// Digest of the bytes.
    pub content_hash: String,
    /// What it says of when to come.
    pub wishes: Wishes,
    /// Its entries, and what became of them.
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
    /// Notes how a fetch went and when the feed is due again; answers that moment. What somebody reports whose lease has ended
    /// goes into the history only: another has the feed.
    pub async fn record_fetch(&self, feed: &Feed, report: FetchReport) -> Result<Option<Timestamp>> {
        self.viewer.require(Action::ManageSources)?;
        let now = self.room.now();
        let tx = self.room.db.begin().await?;
        history::insert(self.room, &tx, feed, &report, now).await?;
        let found = feeds::Entity::find_by_id(feed.id.uuid()).one(tx.on()).await?;
        let held = found.is_some_and(|row| row.leased_until == feed.leased_until.map(Timestamp::millis));
        let due = if held { self.settle(&tx, feed, report, now).await? } else { feed.next_fetch_at };
        tx.commit().await?;
        Ok(due)
    }

    async fn settle(
        &self,
        tx: &Tx,
        feed: &Feed,
        report: FetchReport,
        now: Timestamp,
    ) -> Result<Option<Timestamp>> {
        let bounds = self.room.settings.fetching;
        let mut row = feeds::ActiveModel {
            id: Set(feed.id.uuid()),
            last_fetched_at: Set(Some(now.millis())),
            leased_until: Set(None),
            ..feeds::ActiveModel::default()
        };
        if report.whole && !matches!(report.doing, Doing::Failed { .. }) {
            row.last_whole_at = Set(Some(now.millis()));
        }
        let mut wishes = feed.wishes;
        let wait = match report.doing {
            Doing::Taken(read) => {
                wishes = read.wishes;
                worked(&mut row, now);
                taken(&mut row, feed, *read, now);
                schedule::after_success(wishes, report.hints, bounds)
            }
            Doing::Unchanged(validators) => {
                worked(&mut row, now);
                if let Some(Validators { etag, last_modified }) = validators {
                    (row.etag, row.last_modified) = (Set(etag), Set(last_modified));
                }
                schedule::after_success(wishes, report.hints, bounds)
            }
            Doing::Failed { fault, error } => {
                let failures = feed.failures.saturating_add(1);
                row.failures = Set(stored(failures));
                row.failing_since = Set(Some(feed.failing_since.unwrap_or(now).millis()));
                row.fault = Set(Some(fault.as_str().to_owned()));
                row.last_error = Set(Some(error));
                if fault == Fault::Gone {
                    row.status = Set(FeedStatus::Gone.as_str().to_owned());
                }
                schedule::after_failure(failures, fault, report.hints, bounds)
            }
        };
        let rests = feed.status != FeedStatus::Active || row.status.is_set();
        let mut due = (!rests).then(|| schedule::due(now, wait, wishes, feed.id.uuid()));
        if !moves(tx, &mut row, feed, report.moved_to).await? {
            due = None;
        }
        row.next_fetch_at = Set(due.map(Timestamp::millis));
        feeds::Entity::update(row).exec(tx.on()).await?;
        Ok(due)
    }
}

fn worked(row: &mut feeds::ActiveModel, now: Timestamp) {
    row.last_worked_at = Set(Some(now.millis()));
    (row.failures, row.failing_since) = (Set(0), Set(None));
    (row.fault, row.last_error) = (Set(None), Set(None));
}

fn taken(row: &mut feeds::ActiveModel, feed: &Feed, read: Read, now: Timestamp) {
    let known = |one: &Option<String>, other: &Option<String>| one.is_some() && one == other;
    let same = if read.validators.etag.is_some() {
        known(&read.validators.etag, &feed.validators.etag)
    } else {
        known(&read.validators.last_modified, &feed.validators.last_modified)
    };
    // Other bytes under the same validators: what they say is worth nothing.
    if same && feed.content_hash.as_ref().is_some_and(|hash| *hash != read.content_hash) {
        row.validators_lie = Set(true);
    }
    if read.new > 0 {
        row.last_new_at = Set(Some(now.millis()));
    }
    row.format = Set(Some(read.format));
    row.title = Set(read.title);
    row.etag = Set(read.validators.etag);
    row.last_modified = Set(read.validators.last_modified);
    row.content_hash = Set(Some(read.content_hash));
    row.ttl_ms = Set(read.wishes.ttl.map(millis));
    row.skip_hours = Set(i32::try_from(read.wishes.skip_hours).unwrap_or_default());
    row.skip_days = Set(i32::from(read.wishes.skip_days));
    row.rhythm_ms = Set(read.wishes.rhythm.map(millis));
}

/// Counts that a feed says it has moved for good, and moves it when it has said so often enough. Answers whether it is fetched
/// any further.
async fn moves(tx: &Tx, row: &mut feeds::ActiveModel, feed: &Feed, moved_to: Option<String>) -> Result<bool> {
    let Some(to) = moved_to else {
        (row.moving_to, row.moves) = (Set(None), Set(0));
        return Ok(true);
    };
    let before = feed.moving_to.as_ref().filter(|(known, _)| *known == to).map_or(0, |(_, times)| *times);
    if before + 1 < MOVES {
        (row.moving_to, row.moves) = (Set(Some(to)), Set(stored(before + 1)));
        return Ok(true);
    }
    (row.moving_to, row.moves) = (Set(None), Set(0));
    let there = feeds::Entity::find().filter(feeds::Column::Url.eq(&to));
    let taken = there.filter(feeds::Column::Id.ne(feed.id.uuid())).one(tx.on()).await?.is_some();
    if !taken {
        row.url = Set(to);
        return Ok(true);
    }
    // One feed is enough: this one rests, and says why.
    row.last_error = Set(Some(format!("It has moved to {to}, which is followed already.")));
    row.url = NotSet;
    row.status = Set(FeedStatus::Paused.as_str().to_owned());
    Ok(false)
}
