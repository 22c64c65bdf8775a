//! Reads of articles, counted so that nothing about readers is kept: an article, an hour, a number.
//!
//! Counts gather in memory (`tally.rs`); one worker writes them every few seconds, and a last time when the server stops. What a
//! crash can lose are the reads of those seconds. Reading an article costs no statement, and no read ever waits for a write.
//! Whom a flood comes from is kept in memory alone, under a salt that is forgotten with the hour (`flood.rs`).

use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicI64, Ordering};

use sea_orm::sea_query::{Alias, Expr, ExprTrait, OnConflict};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};

use crate::article::{Article, ArticleRef, ArticleStatus, Articles};
use crate::clock::Timestamp;
use crate::db::entity::article_reads::{ActiveModel, Column, Entity};
use crate::error::Result;
use crate::id::{ArticleId, PublicId};
use crate::newsroom::{Room, Settings};
use crate::policy::{Viewer, network_of};

mod flood;
mod tally;

use flood::FloodGuard;
use tally::{Place, Tally};

/// Milliseconds of an hour.
pub(crate) const HOUR: i64 = 3_600_000;
/// How long hours are kept: the longest window of what trends, and a day.
const KEPT: i64 = 8 * 24 * HOUR;
/// Articles (each in its hour) whose reads may wait to be written: some ten megabytes.
const MOST_WAITING: usize = 100_000;
/// Rows that one statement writes.
const ROWS: usize = 1_000;

/// What is counted as a read of an article. Never two of these, so that no read is counted twice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReadsCounted {
    /// Each answer that shows the article's page.
    #[default]
    Answers,
    /// Each time that a front end says that its page is read.
    Beacons,
    /// Nothing.
    Off,
}

/// An article that was answered as a page, and whose readers count. Only [`Reads::of`] makes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadArticle(ArticleId);

/// What one writing did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Reads that were written.
    pub reads: u64,
    /// Reads that were not counted since the last writing, for want of room.
    pub lost: u64,
}

/// The counter of a process.
pub(crate) struct ReadCounter {
    counted: ReadsCounted,
    tally: Mutex<Tally>,
    guard: Mutex<FloodGuard>,
    forgotten_until: AtomicI64,
}

impl ReadCounter {
    pub(crate) fn new(settings: &Settings) -> Self {
        Self {
            counted: settings.reads_counted,
            tally: Mutex::new(Tally::with_room_for(MOST_WAITING)),
            guard: Mutex::new(FloodGuard::new(settings.reads_per_address)),
            forgotten_until: AtomicI64::new(0),
        }
    }

    /// Counts a read, unless it is one of a flood. Two short locks, and nothing else.
    fn count(&self, article: ArticleId, viewer: &Viewer, now: Timestamp) {
        let place = Place { article: article.uuid(), hour: hour_of(now) };
        if let Some(address) = viewer.address() {
            let mut guard = self.guard.lock().unwrap_or_else(PoisonError::into_inner);
            if !guard.admits(place, network_of(address)) {
                return;
            }
        }
        self.tally().add(place, 1);
    }

    fn tally(&self) -> std::sync::MutexGuard<'_, Tally> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads, as one viewer makes them.
pub struct Reads<'a> {
    room: &'a Room,
    viewer: &'a Viewer,
}

impl<'a> Reads<'a> {
    pub(crate) fn new(room: &'a Room, viewer: &'a Viewer) -> Self {
        Self { room, viewer }
    }

    /// The article, if it is one whose readers count: what only editors see is not read, but looked at.
    pub fn of(article: &Article) -> Option<ReadArticle> {
        (article.record.status == ArticleStatus::Published).then_some(ReadArticle(article.record.id))
    }

    /// Counts that an article's page was answered to somebody, where answers count. Who they are does not matter; where
    /// they call from is held against floods.
    pub fn answered(&self, read: ReadArticle) {
        if self.room.reads.counted == ReadsCounted::Answers {
            self.room.reads.count(read.0, self.viewer, self.room.now());
        }
    }

    /// Counts that a front end says that an article is read, where beacons count. Refused is only what the viewer cannot see;
    /// whether it counts (`of_person`: no robot said it) makes no difference to the answer.
    pub async fn record(&self, article: &ArticleRef, of_person: bool) -> Result<()> {
        let article = Articles::new(self.room, self.viewer).get(article).await?;
        if let Some(read) = Self::of(&article)
            && of_person
            && self.room.reads.counted == ReadsCounted::Beacons
        {
            self.room.reads.count(read.0, self.viewer, self.room.now());
        }
        Ok(())
    }

    /// Writes what has gathered, and forgets hours that no window reaches any more. What cannot be written waits for the next
    /// time.
    pub async fn write(&self) -> Result<Written> {
        let (mut waiting, lost) = self.room.reads.tally().take();
        let mut written = Written { reads: 0, lost };
        while !waiting.is_empty() {
            let rows = waiting.split_off(waiting.len().saturating_sub(ROWS));
            if let Err(error) = self.upsert(&rows).await {
                let mut tally = self.room.reads.tally();
                waiting.into_iter().chain(rows).for_each(|(place, reads)| tally.add(place, reads));
                return Err(error);
            }
            written.reads += rows.iter().map(|(_, reads)| u64::from(*reads)).sum::<u64>();
        }
        self.forget_old().await?;
        Ok(written)
    }

    async fn upsert(&self, rows: &[(Place, u32)]) -> Result<()> {
        let row = |(place, reads): &(Place, u32)| ActiveModel {
            article_id: Set(place.article),
            hour: Set(place.hour),
            reads: Set(i64::from(*reads)),
        };
        let more = Expr::col((Alias::new("excluded"), Column::Reads));
        let sum = Expr::col((Entity, Column::Reads)).add(more);
        let add = OnConflict::columns([Column::ArticleId, Column::Hour]).value(Column::Reads, sum).to_owned();
        let insert = Entity::insert_many(rows.iter().map(row)).on_conflict(add);
        insert.exec_without_returning(self.room.db.writer()).await?;
        Ok(())
    }

    /// Once an hour.
    async fn forget_old(&self) -> Result<()> {
        let oldest = hour_of(self.room.now()) - KEPT;
        if self.room.reads.forgotten_until.load(Ordering::SeqCst) == oldest {
            return Ok(());
        }
        Entity::delete_many().filter(Column::Hour.lt(oldest)).exec(self.room.db.writer()).await?;
        self.room.reads.forgotten_until.store(oldest, Ordering::SeqCst);
        Ok(())
    }
}

/// The first moment of an hour.
pub(crate) fn hour_of(at: Timestamp) -> i64 {
    at.millis() - at.millis().rem_euclid(HOUR)
}
