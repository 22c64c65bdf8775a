//! Whether what was derived at some moment still is what it would be now.
//!
//! One tracker notes what an answer depends on (`shown.rs`), under keys (`key.rs`); each change touches keys. From that come
//! the freshness of answers that are kept here, the keys by which caches outside purge, and when what an answer shows last
//! changed. Whoever keeps an answer takes the [`Moment`] before reading anything. Each change marks what it touches with the
//! next moment: an answer is stale once something that it depends on has a younger mark. Marks share stripes, so an answer may
//! be given up for another's change, but never kept against its own.

use std::sync::atomic::{AtomicU64, Ordering};

use uuid::Uuid;

use crate::change::{ChangeKind, Detail};
use crate::clock::Timestamp;

mod key;
mod shown;

pub use key::Key;
pub(crate) use key::{Class, changes_lists, touched};
pub(crate) use shown::note;
pub use shown::{Lasting, Shown, brief, inherit, never, passing, watch};

const STRIPES: usize = 8_192;

/// A point in the order of changes, as this process hears of them: the time in milliseconds, and never the same twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(u64);

/// The marks of a process.
pub(crate) struct Marks {
    clock: AtomicU64,
    /// Of single things.
    stripes: Vec<AtomicU64>,
    /// Of whatever is of a class, by one of its things.
    classes: Vec<AtomicU64>,
    /// Of all things of a class at once.
    wide: Vec<AtomicU64>,
    everything: AtomicU64,
}

impl Marks {
    pub(crate) fn new() -> Self {
        let marks = |count: usize| (0..count).map(|_| AtomicU64::new(0)).collect();
        Self {
            clock: AtomicU64::new(0),
            stripes: marks(STRIPES),
            classes: marks(Class::ALL.len()),
            wide: marks(Class::ALL.len()),
            everything: AtomicU64::new(0),
        }
    }

    pub(crate) fn now(&self) -> Moment {
        Moment(self.clock.load(Ordering::SeqCst))
    }

    /// The next moment: the present, or just after the last one where that was not before.
    fn next(&self, now: Timestamp) -> u64 {
        let now = u64::try_from(now.millis()).unwrap_or_default();
        let next = |last: u64| now.max(last.saturating_add(1));
        let last = self.clock.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |last| Some(next(last)));
        last.map_or(0, next)
    }

    /// Marks what a change touches. Call it when nothing in this process gives the old state any more.
    pub(crate) fn mark(
        &self,
        kind: ChangeKind,
        subject: Uuid,
        article: Option<Uuid>,
        detail: &Detail,
        now: Timestamp,
    ) {
        let moment = self.next(now);
        let set = |mark: Option<&AtomicU64>| {
            if let Some(mark) = mark {
                mark.fetch_max(moment, Ordering::SeqCst);
            }
        };
        for key in touched(kind, subject, article, detail) {
            set(self.classes.get(key.class.index()));
            if !key.id.is_nil() {
                set(self.stripe(key));
            }
        }
        // Another version of Broadsheet wrote it, which did not say which lists.
        if changes_lists(kind) && detail.lists.is_empty() {
            for class in [Class::OfSource, Class::OfAuthor, Class::OfTopic] {
                set(self.wide.get(class.index()));
            }
        }
        // Shown inside articles and comments, whoever they belong to; and rare.
        if matches!(
            kind,
            ChangeKind::SourceUpdated
                | ChangeKind::AccountUpdated
                | ChangeKind::TopicUpdated
                | ChangeKind::TopicMerged
        ) {
            set(Some(&self.everything));
        }
    }

    /// Makes everything stale that was made before.
    pub(crate) fn mark_everything(&self, now: Timestamp) {
        let moment = self.next(now);
        self.everything.fetch_max(moment, Ordering::SeqCst);
    }

    pub(crate) fn is_fresh(&self, since: Moment, shown: &Shown) -> bool {
        self.everything.load(Ordering::SeqCst) <= since.0
            && shown.keys().iter().all(|key| self.newest(*key) <= since.0)
    }

    /// When something that an answer depends on was last marked; none where that is not known.
    pub(crate) fn last_marked(&self, shown: &Shown) -> Option<Moment> {
        let everything = self.everything.load(Ordering::SeqCst);
        let newest = shown.keys().iter().map(|key| self.newest(*key)).fold(everything, u64::max);
        (everything > 0).then_some(Moment(newest))
    }

    fn newest(&self, key: Key) -> u64 {
        let of = |mark: Option<&AtomicU64>| mark.map_or(u64::MAX, |mark| mark.load(Ordering::SeqCst));
        let class = key.class.index();
        if key.id.is_nil() {
            return of(self.classes.get(class)).max(of(self.wide.get(class)));
        }
        of(self.stripe(key)).max(of(self.wide.get(class)))
    }

    /// The last bytes of a UUIDv7 are random: stripes fill evenly. Things of several classes share an id, and no stripe.
    fn stripe(&self, key: Key) -> Option<&AtomicU64> {
        let tail = usize::try_from(key.id.as_u128() & 0xffff).unwrap_or_default();
        self.stripes.get((tail + 509 * key.class.index()) % STRIPES)
    }
}

impl Moment {
    /// The time of it.
    pub fn at(self) -> Timestamp {
        Timestamp::from_millis(i64::try_from(self.0).unwrap_or(i64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn showing(keys: impl IntoIterator<Item = Key>) -> Shown {
        watch(async { note(keys) }).await.1
    }

    #[tokio::test]
    async fn an_answer_is_stale_once_something_on_it_changes_and_not_before() {
        let marks = Marks::new();
        let (shown, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let in_list = |list: &str| Detail { lists: vec![list.to_owned()], ..Detail::default() };
        let mark = |kind, article, detail: &Detail| {
            marks.mark(kind, article, Some(article), detail, Timestamp::from_millis(1_000));
        };
        let topic = Key::one(Class::OfTopic, Uuid::from_u128(7));
        let answer = showing([Key::one(Class::Article, shown)]).await;
        let list = showing([Key::one(Class::Article, shown), Key::all(Class::Articles)]).await;
        let part = showing([Key::one(Class::Article, shown), topic]).await;
        let before = marks.now();
        mark(ChangeKind::CommentPosted, other, &Detail::default());
        mark(ChangeKind::ArticleUpdated, other, &Detail::default());
        assert!(
            [&answer, &list, &part].iter().all(|shown| marks.is_fresh(before, shown)),
            "edits change no list"
        );
        mark(ChangeKind::ArticlePublished, other, &in_list("top_00000000000000000000000008"));
        assert!(
            marks.is_fresh(before, &answer)
                && !marks.is_fresh(before, &list)
                && marks.is_fresh(before, &part)
        );
        mark(ChangeKind::ArticlePublished, other, &in_list("top_00000000000000000000000007"));
        assert!(marks.is_fresh(before, &answer) && !marks.is_fresh(before, &part));
        let between = marks.now();
        mark(ChangeKind::ArticlePublished, other, &Detail::default());
        assert!(!marks.is_fresh(between, &part), "whoever does not say which lists means all");
        mark(ChangeKind::CommentPosted, shown, &Detail::default());
        assert!(!marks.is_fresh(before, &answer) && marks.is_fresh(marks.now(), &answer));
        let between = marks.now();
        mark(ChangeKind::AccountUpdated, other, &Detail::default());
        assert!(!marks.is_fresh(between, &answer));
    }

    #[tokio::test]
    async fn moments_are_times_that_never_repeat() {
        let (marks, shown) = (Marks::new(), showing([Key::all(Class::Articles)]).await);
        assert_eq!(marks.last_marked(&shown), None);
        marks.mark_everything(Timestamp::from_millis(5_000));
        assert_eq!(marks.last_marked(&shown).map(|moment| moment.at().millis()), Some(5_000));
        let publish = |now| {
            let id = Uuid::from_u128(1);
            marks.mark(
                ChangeKind::ArticlePublished,
                id,
                Some(id),
                &Detail::default(),
                Timestamp::from_millis(now),
            );
            marks.last_marked(&shown).unwrap().at().millis()
        };
        assert_eq!((publish(5_000), publish(4_000), publish(9_000)), (5_001, 5_002, 9_000));
    }
}
