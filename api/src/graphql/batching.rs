//! Relations in batches: what the resolvers of a request ask for is loaded together, once none of them can go on without.
//!
//! A loader that waits for a moment splits a batch whenever the machine is slower than the moment is long, and then the
//! number of SQL statements depends on luck. Here the request itself says when: it is polled until it has nothing left to
//! do but wait, and only then the batches go out. So their number is a matter of the query's shape alone.

use std::collections::HashMap;
use std::future::Future;
use std::hash::Hash;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use async_graphql::Response;
use async_graphql::extensions::{Extension, ExtensionContext, ExtensionFactory, NextExecute};
use broadsheet_domain::error::{Error, Fault};
use broadsheet_domain::freshness::inherit;
use futures_util::task::AtomicWaker;
use tokio::sync::oneshot;
use tokio::task::AbortHandle;

use super::loaders::{Loaders, Relations};

/// Polls in a row before the request lets others have the thread.
const TURNS: usize = 64;

/// How the values of one kind of key are loaded.
pub trait Load<K>: Send + Sync {
    /// What a key leads to.
    type Value: Clone + Send + 'static;

    /// The values that exist under these keys.
    fn load(&self, keys: &[K]) -> impl Future<Output = Result<HashMap<K, Self::Value>, Arc<Error>>> + Send;
}

type Answer<V> = Result<Option<V>, Arc<Error>>;

/// Keys that wait to be loaded together, each with whoever asked for it.
pub struct Queue<K, V> {
    waiting: Mutex<HashMap<K, Vec<oneshot::Sender<Answer<V>>>>>,
}

impl<K, V> Default for Queue<K, V> {
    fn default() -> Self {
        Self { waiting: Mutex::default() }
    }
}

impl<K: Clone + Eq + Hash + Send + Sync + 'static, V: Clone + Send + 'static> Queue<K, V> {
    /// The value under a key, with all others that the request asks for in the same breath.
    pub async fn load_one(&self, key: K) -> Answer<V> {
        let (sender, receiver) = oneshot::channel();
        self.lock().entry(key).or_default().push(sender);
        let lost = |error| Arc::new(Error::Internal(Fault::new("a batch was lost", error)));
        receiver.await.map_err(lost)?
    }

    /// Loads what waits, as one of the batches that are under way.
    pub fn dispatch(&self, relations: &Arc<Relations>, batches: &Batches)
    where
        Relations: Load<K, Value = V>,
    {
        let waiting = std::mem::take(&mut *self.lock());
        if waiting.is_empty() {
            return;
        }
        let relations = Arc::clone(relations);
        let under_way = batches.begin();
        let task = tokio::spawn(inherit(async move {
            let keys: Vec<K> = waiting.keys().cloned().collect();
            let loaded = relations.load(&keys).await;
            for (key, senders) in waiting {
                let answer = loaded.as_ref().map(|found| found.get(&key).cloned()).map_err(Arc::clone);
                for sender in senders {
                    let _ = sender.send(answer.clone()); // whoever has gone needs no answer
                }
            }
            drop(under_way);
        }));
        batches.attend(task.abort_handle());
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<K, Vec<oneshot::Sender<Answer<V>>>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The batches of a request that are under way. The next go out when all of these have been answered in full: an answer in
/// part would let a part of the next batch go before the rest. Work for a request that has ended is dropped with it.
#[derive(Default)]
pub struct Batches {
    under_way: Arc<AtomicUsize>,
    /// Whoever has something to load once these are done. Not always who began them: each event of a subscription is
    /// executed by itself, and the next may wait for what the one before had to load.
    waiting: Arc<Mutex<Vec<Waker>>>,
    tasks: Mutex<Vec<AbortHandle>>,
}

/// Counts a batch as under way until it is dropped; then those who wait are woken.
struct UnderWay {
    count: Arc<AtomicUsize>,
    waiting: Arc<Mutex<Vec<Waker>>>,
}

impl Batches {
    fn begin(&self) -> UnderWay {
        self.under_way.fetch_add(1, Ordering::SeqCst);
        UnderWay { count: Arc::clone(&self.under_way), waiting: Arc::clone(&self.waiting) }
    }

    /// Wakes a request when what is under way is done. Say so before asking whether it is.
    pub fn wake_when_done(&self, waker: &Waker) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if !waiting.iter().any(|known| known.will_wake(waker)) {
            waiting.push(waker.clone());
        }
    }

    fn attend(&self, task: AbortHandle) {
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        tasks.retain(|task| !task.is_finished());
        tasks.push(task);
    }

    /// Whether the next batches may go.
    pub fn are_done(&self) -> bool {
        self.under_way.load(Ordering::SeqCst) == 0
    }
}

impl Drop for Batches {
    fn drop(&mut self) {
        self.tasks.get_mut().unwrap_or_else(PoisonError::into_inner).iter().for_each(AbortHandle::abort);
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.count.fetch_sub(1, Ordering::SeqCst);
        let waiting = std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner));
        waiting.into_iter().for_each(Waker::wake);
    }
}

/// Runs each request so that its batches go out whenever it waits.
pub struct Batching;

impl ExtensionFactory for Batching {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Self)
    }
}

#[async_graphql::async_trait::async_trait]
impl Extension for Batching {
    async fn execute(
        &self,
        ctx: &ExtensionContext<'_>,
        operation: Option<&str>,
        next: NextExecute<'_>,
    ) -> Response {
        let running = next.run(ctx, operation);
        match ctx.data_opt::<Loaders>() {
            Some(loaders) => Attended { running: Box::pin(running), loaders, turn: Arc::default() }.await,
            None => running.await,
        }
    }
}

/// A request whose loaders are attended to.
struct Attended<'l, F> {
    running: Pin<Box<F>>,
    loaders: &'l Loaders,
    turn: Arc<Turn>,
}

/// Whether the request was woken since it was last polled.
#[derive(Default)]
struct Turn {
    woken: AtomicBool,
    outer: AtomicWaker,
}

impl Wake for Turn {
    fn wake(self: Arc<Self>) {
        self.woken.store(true, Ordering::SeqCst);
        self.outer.wake();
    }
}

impl<F: Future> Future for Attended<'_, F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        self.turn.outer.register(cx.waker());
        let waker = Waker::from(Arc::clone(&self.turn));
        for _ in 0..TURNS {
            self.turn.woken.store(false, Ordering::SeqCst);
            if let Poll::Ready(output) = self.running.as_mut().poll(&mut Context::from_waker(&waker)) {
                return Poll::Ready(output);
            }
            if !self.turn.woken.load(Ordering::SeqCst) {
                // Nothing left to do but wait: what was asked for so far is a batch.
                self.loaders.dispatch(&waker);
                return Poll::Pending;
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}
