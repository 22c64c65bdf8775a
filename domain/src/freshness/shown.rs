//! The tracker: what an answer depends on is noted where it is read, in the domain, whoever asks and over whichever protocol.
//! So no handler and no resolver has to say what it shows, and none can forget to.
//!
//! Whoever wants to know wraps the reading in [`watch`]. A read that chooses things in a way that no record says (a list, a
//! search) notes the list besides its things; one whose answer changes without a change of the log says so:
//! [`brief`], [`passing`], [`never`].

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::key::{Class, Key};

/// Keys that an answer names outside, at most, and their length together: proxies take headers of 8 KiB.
const MOST_NAMED: usize = 200;
const MOST_BYTES: usize = 7_680;
/// Keys that are remembered of an answer.
const MOST_REMEMBERED: usize = 2_000;

/// For how long an answer stands while nothing that it depends on changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lasting {
    /// Until then.
    #[default]
    Told,
    /// Until then here; others are not told of everything that changes it.
    Brief,
    /// It changes with the time.
    Passing,
    /// Not at all.
    Never,
}

/// What an answer depends on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    keys: Vec<Key>,
    lasting: Lasting,
}

impl Shown {
    /// The keys.
    pub(super) fn keys(&self) -> &[Key] {
        &self.keys
    }

    /// How many things and lists it depends on.
    #[expect(clippy::len_without_is_empty, reason = "nothing is `is_unknown`")]
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether nothing is known of what it depends on.
    pub fn is_unknown(&self) -> bool {
        self.keys.is_empty()
    }

    /// For how long it stands.
    pub fn lasting(&self) -> Lasting {
        self.lasting
    }

    /// The keys as words, for caches outside: at most 200 and below 8 KiB. Of the class with the most things one word stands
    /// for all until it is so; every change that touches one of the things touches that word too.
    pub fn surrogate_keys(&self) -> String {
        let mut keys = self.keys.clone();
        fold(&mut keys, MOST_NAMED);
        loop {
            let words: Vec<String> = keys.iter().map(ToString::to_string).collect();
            let text = words.join(" ");
            if text.len() <= MOST_BYTES || !fold_largest(&mut keys) {
                return text;
            }
        }
    }

    fn settle(mut self) -> Self {
        fold(&mut self.keys, MOST_REMEMBERED);
        self
    }
}

/// Puts keys in order, each once, and lets one stand for the many of its class until there are no more than `most`.
fn fold(keys: &mut Vec<Key>, most: usize) {
    keys.sort_unstable();
    keys.dedup();
    while keys.len() > most && fold_largest(keys) {}
}

/// Lets one key stand for all of the largest class; whether there was one.
fn fold_largest(keys: &mut Vec<Key>) -> bool {
    let mut sizes = BTreeMap::<Class, usize>::new();
    for key in keys.iter().filter(|key| !key.id.is_nil()) {
        *sizes.entry(key.class).or_default() += 1;
    }
    let Some((class, _)) = sizes.into_iter().max_by_key(|(_, size)| *size) else { return false };
    let coarser = keys.iter().find(|key| key.class == class).map(|key| key.coarser());
    keys.retain(|key| key.class != class || key.id.is_nil());
    keys.extend(coarser.into_iter().flatten());
    keys.sort_unstable();
    keys.dedup();
    true
}

#[derive(Debug, Default)]
struct Tracker(Mutex<Shown>);

impl Tracker {
    fn shown(&self) -> MutexGuard<'_, Shown> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

tokio::task_local! {
    static TRACKER: Arc<Tracker>;
}

/// Reads, and tells what the answer depends on.
pub async fn watch<F: Future>(reading: F) -> (F::Output, Shown) {
    let tracker = Arc::<Tracker>::default();
    let output = TRACKER.scope(Arc::clone(&tracker), reading).await;
    let shown = std::mem::take(&mut *tracker.shown());
    (output, shown.settle())
}

/// Work of the present reading that a task of its own will do: what it reads is noted with the rest.
pub fn inherit<F: Future>(work: F) -> impl Future<Output = F::Output> {
    let tracker = TRACKER.try_with(Arc::clone).ok();
    async move {
        match tracker {
            Some(tracker) => TRACKER.scope(tracker, work).await,
            None => work.await,
        }
    }
}

/// Notes what the present reading depends on; nothing, where nobody watches.
pub(crate) fn note(keys: impl IntoIterator<Item = Key>) {
    let _ = TRACKER.try_with(|tracker| {
        let shown = &mut *tracker.shown();
        shown.keys.extend(keys);
        // A walk through an archive meets the same sources and topics again and again.
        if shown.keys.len() > 4 * MOST_REMEMBERED {
            fold(&mut shown.keys, MOST_REMEMBERED);
        }
    });
}

fn lasts(lasting: Lasting) {
    let _ = TRACKER.try_with(|tracker| {
        let shown = &mut *tracker.shown();
        shown.lasting = shown.lasting.max(lasting);
    });
}

/// What is being read also changes in ways that the public log does not tell.
pub fn brief() {
    lasts(Lasting::Brief);
}

/// What is being read changes with the time.
pub fn passing() {
    lasts(Lasting::Passing);
}

/// What is being read is not to be kept by anybody.
pub fn never() {
    lasts(Lasting::Never);
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn many(class: Class, count: u128) -> impl Iterator<Item = Key> {
        (1..=count).map(move |id| Key::one(class, Uuid::from_u128(id)))
    }

    #[tokio::test]
    async fn what_is_read_is_noted_also_by_tasks_and_only_while_somebody_watches() {
        note(many(Class::Article, 1));
        let ((), shown) = watch(async {
            note(many(Class::Article, 1));
            tokio::spawn(inherit(async {
                note(many(Class::Source, 1));
                passing();
            }))
            .await
            .unwrap();
            note(many(Class::Article, 1));
            brief();
        })
        .await;
        assert_eq!((shown.keys().len(), shown.lasting()), (2, Lasting::Passing));
    }

    #[tokio::test]
    async fn of_too_many_keys_one_stands_for_the_largest_class() {
        let ((), shown) = watch(async {
            note(many(Class::Article, 150).chain(many(Class::Topic, 60)).chain(many(Class::OfSource, 3)));
        })
        .await;
        let text = shown.surrogate_keys();
        let words: Vec<&str> = text.split(' ').collect();
        assert_eq!((words.len(), words[0]), (64, "art"));
        let ((), shown) =
            watch(async { note(many(Class::OfSource, 199).chain(many(Class::Thread, 1))) }).await;
        assert_eq!(shown.surrogate_keys(), "comments:art_00000000000000000000000001 articles edits");
        let ((), shown) = watch(async { note(many(Class::Article, 5_000)) }).await;
        assert_eq!(shown.keys().len(), 1);
    }
}
