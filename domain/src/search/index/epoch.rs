//! Epochs: what relevance is measured by, which stays the same while somebody reads on.
//!
//! A score depends on how common the words are in the whole index, and on what day it is. Both are taken from an epoch: the state
//! of the index when the epoch began. A cursor remembers its epoch, so the pages of one walk join exactly, whatever is published
//! between them. An epoch ends with its hour or its day, or when the index has grown or shrunk by a sixteenth; the last few are
//! kept. What an old cursor remembers of one that is not kept any more is measured by the present one: pages then join but for
//! articles that the difference moves over the cursor.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use tantivy::Searcher;

use super::rank::Day;
use super::read::Cursor;

/// How long an epoch lasts at most.
const LASTS_MILLIS: i64 = 60 * 60 * 1_000;
/// An index that has changed in size by one part of so many is another.
const PART: u64 = 16;
/// Epochs that are kept. Each keeps files of the index that were merged since.
const KEPT: usize = 6;
/// Numbers come round again.
pub(crate) const NUMBERS: i64 = 64;

/// What relevance is measured by.
pub(crate) struct Epoch {
    number: i64,
    began: i64,
    pub(crate) day: Day,
    /// The index as it was.
    pub(crate) searcher: Searcher,
}

/// The epoch of one page, under the number that its cursors have.
#[derive(Clone)]
pub(crate) struct PageEpoch {
    pub(crate) number: i64,
    pub(crate) epoch: Arc<Epoch>,
}

impl PageEpoch {
    /// One that nobody comes back to: the index as it is, on no day.
    pub(crate) fn passing(current: &Searcher) -> Self {
        let epoch = Epoch { number: 0, began: 0, day: Day::of(0), searcher: current.clone() };
        Self { number: 0, epoch: Arc::new(epoch) }
    }
}

/// The last epochs, oldest first.
#[derive(Default)]
pub(crate) struct Epochs(Mutex<VecDeque<Arc<Epoch>>>);

impl Epochs {
    /// The epoch of a page: its cursor's, if that is kept, or the present one.
    pub(crate) fn of_page(&self, now: i64, after: Option<Cursor>, current: &Searcher) -> PageEpoch {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let remembered = after.map(Cursor::epoch);
        if let Some(epoch) = kept.iter().rev().find(|epoch| Some(epoch.number) == remembered) {
            return PageEpoch { number: epoch.number, epoch: Arc::clone(epoch) };
        }
        let present = kept.back().filter(|last| last.lasts(now, current)).cloned();
        let epoch = present.unwrap_or_else(|| {
            let number =
                kept.back().map_or(now.div_euclid(1_000), |last| last.number + 1).rem_euclid(NUMBERS);
            let searcher = current.clone();
            let begun = Arc::new(Epoch { number, began: now, day: Day::of(now), searcher });
            kept.push_back(Arc::clone(&begun));
            if kept.len() > KEPT {
                kept.pop_front();
            }
            begun
        });
        PageEpoch { number: remembered.unwrap_or(epoch.number), epoch }
    }
}

impl Epoch {
    fn lasts(&self, now: i64, current: &Searcher) -> bool {
        let (then, present) = (self.searcher.num_docs(), current.num_docs());
        (self.began..self.began.saturating_add(LASTS_MILLIS)).contains(&now)
            && self.day == Day::of(now)
            && then.abs_diff(present) <= then / PART
    }
}
