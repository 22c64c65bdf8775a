//! Whether what was derived at some moment still is what it would be now.
//!
//! Whoever keeps an answer takes the [`Moment`] before reading anything, and notes what the answer shows. Each change marks
//! what it touches with the next moment: an answer is stale once something that it shows has a younger mark. Marks share
//! stripes, so an answer may be given up for another's change, but never kept against its own.

use std::sync::atomic::{AtomicU64, Ordering};

use uuid::Uuid;

use crate::change::ChangeKind;
use crate::clock::Timestamp;

const STRIPES: usize = 8_192;

/// A point in the order of changes, as this process hears of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(u64);

/// What an answer shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    ids: Vec<Uuid>,
    listing: bool,
    until: Option<Timestamp>,
}

impl Shown {
    /// Things under these database keys.
    pub fn of(ids: impl IntoIterator<Item = Uuid>) -> Self {
        Self { ids: ids.into_iter().collect(), listing: false, until: None }
    }

    /// A list that a new or changed article, source, author or topic may change, besides the things on it.
    #[must_use]
    pub fn as_list(self) -> Self {
        Self { listing: true, ..self }
    }

    /// What is only good before a moment, whatever changes or does not.
    #[must_use]
    pub fn until(self, moment: Timestamp) -> Self {
        Self { until: Some(moment), ..self }
    }

    pub(crate) fn is_timely(&self, now: Timestamp) -> bool {
        self.until.is_none_or(|until| now < until)
    }
}

/// The marks of a process.
pub(crate) struct Marks {
    clock: AtomicU64,
    stripes: Vec<AtomicU64>,
    lists: AtomicU64,
    everything: AtomicU64,
}

impl Marks {
    pub(crate) fn new() -> Self {
        Self {
            clock: AtomicU64::new(0),
            stripes: (0..STRIPES).map(|_| AtomicU64::new(0)).collect(),
            lists: AtomicU64::new(0),
            everything: AtomicU64::new(0),
        }
    }

    pub(crate) fn now(&self) -> Moment {
        Moment(self.clock.load(Ordering::SeqCst))
    }

    /// Marks what a change touches. Call it when nothing in this process gives the old state any more.
    pub(crate) fn mark(&self, kind: ChangeKind, subject: Uuid, article: Option<Uuid>) {
        let moment = self.clock.fetch_add(1, Ordering::SeqCst) + 1;
        for id in [Some(subject), article].into_iter().flatten() {
            if let Some(stripe) = self.stripe(id) {
                stripe.fetch_max(moment, Ordering::SeqCst);
            }
        }
        match kind {
            ChangeKind::ArticlePublished
            | ChangeKind::ArticleUpdated
            | ChangeKind::ArticleCorrected
            | ChangeKind::ArticleWithdrawn
            | ChangeKind::ArticleRestored
            | ChangeKind::ArticleMoved
            | ChangeKind::StoryFormed
            | ChangeKind::StoryUpdated
            | ChangeKind::StoryMerged
            | ChangeKind::StorySplit
            | ChangeKind::SourceAdded
            // A list may be of articles whose threads are open.
            | ChangeKind::ThreadClosed
            | ChangeKind::ThreadOpened => {
                self.lists.fetch_max(moment, Ordering::SeqCst);
            }
            // Shown inside articles and comments, whoever they belong to; and rare.
            ChangeKind::SourceUpdated
            | ChangeKind::AccountUpdated
            | ChangeKind::TopicUpdated
            | ChangeKind::TopicMerged => {
                self.everything.fetch_max(moment, Ordering::SeqCst);
            }
            ChangeKind::ArticleDrafted
            | ChangeKind::ArticleScheduled
            | ChangeKind::QuerySaved
            | ChangeKind::QueryDeleted
            | ChangeKind::CommentPosted
            | ChangeKind::CommentEdited
            | ChangeKind::CommentDeleted
            | ChangeKind::CommentHidden
            | ChangeKind::CommentRestored
            | ChangeKind::AccountRegistered
            | ChangeKind::AccountBanned
            | ChangeKind::AccountReadmitted
            | ChangeKind::SessionStarted
            | ChangeKind::SessionEnded => {}
        }
    }

    /// Makes everything stale that was made before.
    pub(crate) fn mark_everything(&self) {
        let moment = self.clock.fetch_add(1, Ordering::SeqCst) + 1;
        self.everything.fetch_max(moment, Ordering::SeqCst);
    }

    pub(crate) fn is_fresh(&self, since: Moment, shown: &Shown) -> bool {
        let unmarked = |mark: &AtomicU64| mark.load(Ordering::SeqCst) <= since.0;
        unmarked(&self.everything)
            && (!shown.listing || unmarked(&self.lists))
            && shown.ids.iter().all(|id| self.stripe(*id).is_some_and(unmarked))
    }

    /// The last bytes of a UUIDv7 are random: stripes fill evenly.
    fn stripe(&self, id: Uuid) -> Option<&AtomicU64> {
        let tail = usize::try_from(id.as_u128() & 0xffff).unwrap_or_default();
        self.stripes.get(tail % STRIPES)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_stale_once_something_on_it_changes_and_not_before() {
        let marks = Marks::new();
        let (shown, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let before = marks.now();
        let answer = Shown::of([shown]);
        marks.mark(ChangeKind::CommentPosted, Uuid::from_u128(3), Some(other));
        assert!(marks.is_fresh(before, &answer));
        assert!(marks.is_fresh(before, &answer.clone().as_list()), "comments change no list");
        marks.mark(ChangeKind::ArticlePublished, other, Some(other));
        assert!(marks.is_fresh(before, &answer) && !marks.is_fresh(before, &answer.clone().as_list()));
        marks.mark(ChangeKind::CommentPosted, Uuid::from_u128(3), Some(shown));
        assert!(!marks.is_fresh(before, &answer) && marks.is_fresh(marks.now(), &answer));
        let between = marks.now();
        marks.mark(ChangeKind::AccountUpdated, other, None);
        assert!(!marks.is_fresh(between, &answer));
    }
}
