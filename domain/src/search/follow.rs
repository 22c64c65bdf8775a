//! Follows the log and tells the index, at most a second behind; makes a new index where there is none, where the log says
//! that it belongs to another database, and where somebody asks for one.

use std::collections::{BTreeSet, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use uuid::Uuid;

use super::index::IndexedArticle;
use super::node::{self, Building, Node, fault};
use super::sweep::Sweep;
use super::{REQUEST, document, fill};
use crate::change::{Change, ChangeKind};
use crate::error::Result;
use crate::newsroom::Room;

/// Changes read at a time.
const BATCH: u64 = 500;
/// While there is more to read, what was told becomes visible this often: each time costs some writing to disk.
const VISIBLE: Duration = Duration::from_millis(750);
/// The least time between two commits: what arrives one by one becomes visible together.
const QUIET: Duration = Duration::from_millis(150);
/// How often the log is looked at where nothing nudges, and whether somebody asks for a new index.
const TICK: Duration = Duration::from_millis(500);
/// Changes that concern no article are not written down one by one, but so many together: read again, they do no harm.
const UNWRITTEN: i64 = 10_000;

/// Opens the index in `directory` and follows until the future is dropped. An error means that it could not be opened.
pub(crate) async fn follow(room: &Room, directory: &Path) -> Result<()> {
    let opened = node::open(room, directory).await?;
    let node = room.search.get_or_init(|| Arc::new(opened.node));
    let follower = Follower {
        room,
        node: Arc::clone(node),
        request: directory.join(REQUEST),
        read: opened.position,
        written: opened.position.unwrap_or(0),
        sweeps: VecDeque::new(),
        told: false,
        visible_since: Instant::now(),
    };
    follower.run().await;
    Ok(())
}

struct Follower<'r> {
    room: &'r Room,
    node: Arc<Node>,
    request: PathBuf,
    /// How far the log was read; none where a new index has to be made.
    read: Option<i64>,
    /// What the index on disk says of that.
    written: i64,
    sweeps: VecDeque<Sweep>,
    /// Whether the index was told of something that is not visible yet.
    told: bool,
    visible_since: Instant,
}

impl Follower<'_> {
    async fn run(mut self) {
        let mut head = self.room.log.head();
        let mut checked = false;
        loop {
            let newest = *head.borrow_and_update();
            if let Err(error) = self.step(newest, &mut checked).await {
                tracing::error!(error = ?error, "the search index could not be told; trying again");
                // What was told since the last commit may be lost: it is told again.
                self.read = self.read.map(|_| self.written);
                self.sweeps.clear();
                self.told = false;
                tokio::time::sleep(TICK).await;
            }
            if self.sweeps.is_empty() {
                let _ = tokio::time::timeout(TICK, head.changed()).await;
                tokio::time::sleep(QUIET.saturating_sub(self.visible_since.elapsed())).await;
            }
        }
    }

    async fn step(&mut self, newest: i64, checked: &mut bool) -> Result<()> {
        if !*checked {
            self.check_database().await?;
            *checked = true;
        }
        if tokio::fs::try_exists(&self.request).await.unwrap_or(false) {
            let removed = tokio::fs::remove_file(&self.request).await;
            removed.map_err(|error| fault("taking a request for a new search index", error))?;
            self.read = None;
        }
        let Some(read) = self.read else { return self.rebuild().await };
        self.catch_up(read, newest).await?;
        self.sweep().await?;
        self.make_visible(false).await
    }

    /// An index that has read further than the log goes belongs to another database, or to one that was put back.
    async fn check_database(&mut self) -> Result<()> {
        let newest = self.room.log.last().await?;
        if self.read.is_some_and(|read| read > newest) {
            tracing::warn!("the search index is ahead of the database and will be made anew");
            self.read = None;
        }
        Ok(())
    }

    async fn rebuild(&mut self) -> Result<()> {
        let began = Instant::now();
        let said = std::sync::atomic::AtomicU64::new(0);
        let say = |building: Building| {
            let tenth = building.done * 10 / building.total.max(1);
            if said.swap(tenth, std::sync::atomic::Ordering::Relaxed) != tenth && building.total > 10_000 {
                let Building { done, total } = building;
                tracing::info!(done, total, "the search index is being made");
            }
        };
        let position = fill::rebuild(self.room, &self.node, say).await?;
        let (articles, seconds) = (self.node.documents()?, began.elapsed().as_secs());
        tracing::info!(articles, seconds, "the search index is made");
        (self.read, self.written) = (Some(position), position);
        self.sweeps.clear();
        self.told = false;
        Ok(())
    }

    async fn catch_up(&mut self, mut read: i64, newest: i64) -> Result<()> {
        while read < newest {
            let look = self.room.log.look(read, BATCH).await?;
            self.tell(concerned(&look.changes)).await?;
            self.sweeps.extend(look.changes.iter().filter_map(Sweep::after));
            read = look.through.max(read);
            self.read = Some(read);
            if !look.full {
                break;
            }
            self.make_visible(true).await?;
        }
        Ok(())
    }

    async fn sweep(&mut self) -> Result<()> {
        let Some(sweep) = self.sweeps.front_mut() else { return Ok(()) };
        let slice = sweep.next(self.room).await?;
        if slice.is_empty() {
            self.sweeps.pop_front();
            return Ok(());
        }
        self.tell(slice).await
    }

    /// Tells what articles are now: those that readers see, and of the others that they are gone.
    async fn tell(&mut self, ids: Vec<Uuid>) -> Result<()> {
        if ids.is_empty() {
            return Ok(());
        }
        let articles = document::load(self.room, &ids).await?;
        let there: BTreeSet<u128> = articles.iter().map(|article| article.id).collect();
        let gone: Vec<u128> = ids.iter().map(Uuid::as_u128).filter(|id| !there.contains(id)).collect();
        self.told = true;
        self.with_index(move |node| put(node, &articles, &gone)).await
    }

    /// Lets readers find what the index was told.
    async fn make_visible(&mut self, more_to_come: bool) -> Result<()> {
        let Some(read) = self.read else { return Ok(()) };
        // What waits to be swept is begun again after a restart.
        let done = self.sweeps.front().map_or(read, |sweep| sweep.seq - 1);
        let worth_writing = self.told || done - self.written > UNWRITTEN;
        let patient = more_to_come || !self.sweeps.is_empty();
        if !worth_writing || (patient && self.visible_since.elapsed() < VISIBLE) {
            if !self.told {
                self.node.told(read);
            }
            return Ok(());
        }
        self.with_index(move |node| node.index.commit(done)).await?;
        self.told = false;
        self.written = done;
        self.visible_since = Instant::now();
        self.node.told(read);
        Ok(())
    }

    async fn with_index(
        &self,
        work: impl FnOnce(&Node) -> super::index::Result<()> + Send + 'static,
    ) -> Result<()> {
        let node = Arc::clone(&self.node);
        let worked = tokio::task::spawn_blocking(move || work(&node)).await;
        let worked = worked.map_err(|error| fault("telling the search index did not end well", error))?;
        worked.map_err(|error| fault("telling the search index", error))
    }
}

fn put(node: &Node, articles: &[IndexedArticle], gone: &[u128]) -> super::index::Result<()> {
    articles.iter().try_for_each(|article| node.index.put(article))?;
    gone.iter().try_for_each(|id| node.index.delete(*id))
}

/// The articles that changes are about, each once.
fn concerned(changes: &[Change]) -> Vec<Uuid> {
    let article = |change: &Change| match change.kind {
        ChangeKind::ArticlePublished
        | ChangeKind::ArticleUpdated
        | ChangeKind::ArticleCorrected
        | ChangeKind::ArticleWithdrawn
        | ChangeKind::ArticleRestored
        | ChangeKind::ArticleMoved => Some(change.subject),
        ChangeKind::StoryFormed
        | ChangeKind::StoryUpdated
        | ChangeKind::ThreadClosed
        | ChangeKind::ThreadOpened => change.article,
        _ => None,
    };
    let ids: BTreeSet<Uuid> = changes.iter().filter_map(article).collect();
    ids.into_iter().collect()
}
