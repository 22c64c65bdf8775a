//! The index of this node: how it is doing, and how it is asked without holding up anybody else.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Semaphore;

use super::index::{Deadline, Index, IndexError, Opened, Settings};
use super::read_id;
use crate::error::{Error, Fault, Result};
use crate::freshness::{Class, Key, note, passing};
use crate::newsroom::Room;

/// How far a new index has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Building {
    /// Articles that are in it.
    pub done: u64,
    /// Articles that there were when it was begun.
    pub total: u64,
}

/// How the index is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SearchStatus {
    /// How far in the log the index has been told.
    pub sequence: i64,
    /// How far this process has heard of the log; what lies between is not found yet.
    pub newest: i64,
    /// A new index that is being made, while the old one (if there is one) answers.
    pub building: Option<Building>,
}

/// The index and what is known of it.
pub(crate) struct Node {
    pub(super) index: Index,
    /// Up to where it has been told of the log, in memory: what is on disk may be a little behind.
    told: AtomicI64,
    /// Whether it holds every article that it should: not before it was first filled.
    whole: AtomicBool,
    building: Mutex<Option<Building>>,
    done: AtomicU64,
    permits: Arc<Semaphore>,
    time_limit: Duration,
}

/// A node and whether its index has to be made anew.
pub(super) struct Found {
    pub(super) node: Node,
    /// How far in the log the index was told; none where it is of no use.
    pub(super) position: Option<i64>,
}

/// Why an index could not be opened.
pub(super) enum NotOpened {
    /// Another process uses it.
    InUse,
    /// Something else.
    Failed(Error),
}

impl From<NotOpened> for Error {
    fn from(why: NotOpened) -> Self {
        match why {
            NotOpened::InUse => fault("opening the search index", IndexError::InUse),
            NotOpened::Failed(error) => error,
        }
    }
}

/// Opens the index in a directory, or makes an empty one.
pub(super) async fn open(room: &Room, directory: &Path) -> std::result::Result<Found, NotOpened> {
    let directory = directory.to_owned();
    let opening =
        tokio::task::spawn_blocking(move || Index::open_or_create(&directory, Settings::default(), read_id));
    let opened =
        opening.await.map_err(|error| NotOpened::Failed(fault("opening the search index", error)))?;
    let (index, opened) = opened.map_err(|error| match error {
        IndexError::InUse => NotOpened::InUse,
        other => NotOpened::Failed(fault("opening the search index", other)),
    })?;
    let position = match opened {
        Opened::Existing { position } => Some(position).filter(|position| *position > 0),
        Opened::Fresh => None,
        Opened::Discarded(reason) => {
            tracing::warn!(reason, "the search index is of no use and will be made anew");
            None
        }
    };
    Ok(Found { node: Node::of(index, position, room.settings.search_time_limit), position })
}

impl Node {
    fn of(index: Index, position: Option<i64>, time_limit: Duration) -> Self {
        // Searching is work for processors: more at once would only be slower.
        let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        Self {
            index,
            told: AtomicI64::new(position.unwrap_or(0)),
            whole: AtomicBool::new(position.is_some()),
            building: Mutex::new(None),
            done: AtomicU64::new(0),
            permits: Arc::new(Semaphore::new(cores.max(2))),
            time_limit,
        }
    }

    pub(super) fn told(&self, through: i64) {
        self.told.store(through, Ordering::SeqCst);
    }

    pub(super) fn begin(&self, total: u64) {
        self.done.store(0, Ordering::SeqCst);
        *self.lock() = Some(Building { done: 0, total });
    }

    pub(super) fn progress(&self, articles: u64) -> Building {
        let done = self.done.fetch_add(articles, Ordering::SeqCst) + articles;
        let mut building = self.lock();
        let total = building.map_or(0, |building| building.total);
        let now = Building { done, total: total.max(done) };
        *building = Some(now);
        now
    }

    /// A new index stands, or the attempt was given up.
    pub(super) fn end(&self, whole: bool) {
        if whole {
            self.whole.store(true, Ordering::SeqCst);
        }
        *self.lock() = None;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Building>> {
        self.building.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn status(&self, newest: i64) -> SearchStatus {
        let sequence = self.told.load(Ordering::SeqCst);
        SearchStatus { sequence, newest: newest.max(sequence), building: *self.lock() }
    }

    pub(super) fn documents(&self) -> Result<u64> {
        let stats = self.index.stats();
        Ok(stats.map_err(|error| fault("looking at the search index", error))?.documents)
    }

    /// Asks the index, on a thread that may block, within the time that a search may take.
    pub(crate) async fn ask<T: Send + 'static>(
        self: &Arc<Self>,
        question: impl FnOnce(&Index, &Deadline) -> super::index::Result<T> + Send + 'static,
    ) -> Result<T> {
        if !self.whole.load(Ordering::SeqCst) {
            return Err(self.not_yet());
        }
        // The index is a moment behind the log: what is kept by the log's word would be kept for too long.
        passing();
        note([Key::all(Class::Articles), Key::all(Class::Edits)]);
        let deadline = Deadline::within(self.time_limit);
        let waiting = tokio::time::timeout(self.time_limit, Arc::clone(&self.permits).acquire_owned());
        let Ok(Ok(permit)) = waiting.await else {
            return Err(Error::Unavailable {
                code: "search_busy",
                message: "Too many searches are being answered: try again in a moment.".to_owned(),
            });
        };
        let node = Arc::clone(self);
        let asked = tokio::task::spawn_blocking(move || {
            let answer = question(&node.index, &deadline);
            drop(permit);
            answer
        });
        asked.await.map_err(|error| fault("searching did not end well", error))?.map_err(refused)
    }

    fn not_yet(&self) -> Error {
        let message = match *self.lock() {
            Some(Building { done, total }) => {
                format!(
                    "The search index is being made: {done} of {total} articles are in it. Try again later."
                )
            }
            None => "The search index is about to be made. Try again in a moment.".to_owned(),
        };
        Error::Unavailable { code: "search_unavailable", message }
    }
}

/// An error of the index in the domain's words.
fn refused(error: IndexError) -> Error {
    match error {
        IndexError::TooSlow => Error::Unavailable { code: "search_too_slow", message: error.to_string() },
        IndexError::TooComplex(_) => Error::invalid("q", "too_complex", error.to_string()),
        other => fault("searching", other),
    }
}

pub(super) fn fault(
    doing: &'static str,
    error: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> Error {
    Fault::new(doing, error).into()
}
