//! Telling the index: one article at a time, committed together with how far in the log they reach.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use tantivy::IndexWriter;
use tantivy::indexer::{IndexWriterOptions, LogMergePolicy};

use super::generation::{Generation, Opened, Settings, Stats, is_empty, make_current, remove_others};
use super::schema::IndexedArticle;
use super::{Index, ReadId, Result};

/// Larger parts are not merged any more: nothing would be gained, and no phrase search reads longer without looking at its
/// deadline than through one part.
const LARGEST_SEGMENT: usize = 250_000;

/// Bodies between two commits of a rebuild, in bytes. Tantivy takes up to 10,000 articles ahead of its threads, however long
/// they are; a commit waits for them.
const MOST_WAITING: usize = 256_000_000;

impl Index {
    /// Opens the index in a directory, or makes one. `read_id` reads public ids in queries.
    pub fn open_or_create(root: &Path, settings: Settings, read_id: ReadId) -> Result<(Self, Opened)> {
        std::fs::create_dir_all(root)?;
        let fresh = is_empty(root)?;
        let (generation, opened) = match Generation::open(root) {
            Ok(generation) => {
                let position = generation.position()?;
                (generation, Opened::Existing { position })
            }
            Err(reason) => {
                let generation = Generation::create(root)?;
                (generation, if fresh { Opened::Fresh } else { Opened::Discarded(reason) })
            }
        };
        // The writer's lock comes first: where another process has it, nothing of its is removed.
        let writer = Writer::new(&generation, 1, settings.live_heap)?;
        match &opened {
            Opened::Existing { .. } => remove_others(root, &generation.name)?,
            Opened::Fresh | Opened::Discarded(_) => make_current(root, &generation.name)?,
        }
        Ok((Self::of(Some(root.to_owned()), settings, read_id, generation, writer), opened))
    }

    /// An index that goes with its process, for tests.
    pub fn in_memory(read_id: ReadId) -> Result<Self> {
        let settings = Settings { live_heap: 15_000_000, rebuild_heap: 15_000_000, rebuild_threads: 1 };
        let generation = Generation::in_memory()?;
        let writer = Writer::new(&generation, 1, settings.live_heap)?;
        Ok(Self::of(None, settings, read_id, generation, writer))
    }

    fn of(
        root: Option<PathBuf>,
        settings: Settings,
        read_id: ReadId,
        generation: Generation,
        writer: Writer,
    ) -> Self {
        let current = RwLock::new(Arc::new(generation));
        Self { root, settings, read_id, current, writer: Mutex::new(Some(writer)) }
    }

    /// Tells of an article, new or changed; readers see it after the next commit. After an error, what was told since the
    /// last commit is forgotten, and the log is to be read again from [`position`](Self::position).
    pub fn put(&self, article: &IndexedArticle) -> Result<()> {
        self.write(|generation, writer| writer.put(generation, article))
    }

    /// Tells that an article is gone. Errors as for [`put`](Self::put).
    pub fn delete(&self, id: u128) -> Result<()> {
        self.write(|generation, writer| {
            writer.delete(generation, id);
            Ok(())
        })
    }

    /// Makes visible what was told, as the state of the log at `position`. Errors as for [`put`](Self::put).
    pub fn commit(&self, position: i64) -> Result<()> {
        self.write(|generation, writer| {
            writer.commit(position)?;
            Ok(generation.reader.reload()?)
        })
    }

    /// How far in the log the index has been told: 0 for nothing at all.
    pub fn position(&self) -> Result<i64> {
        self.generation().position()
    }

    /// Figures of what readers see.
    pub fn stats(&self) -> Result<Stats> {
        self.generation().stats()
    }

    /// Begins a new index beside this one, which goes on answering (and may be written to) until
    /// [`Rebuild::finish`]. What an unfinished rebuild leaves on disk goes when the index is opened next.
    pub fn rebuild(&self) -> Result<Rebuild<'_>> {
        let generation = self.root.as_deref().map_or_else(Generation::in_memory, Generation::create)?;
        let writer = Writer::new(&generation, self.settings.rebuild_threads, self.settings.rebuild_heap)?;
        Ok(Rebuild { index: self, generation, writer, told: HashSet::new(), waiting: 0 })
    }

    fn write<T>(&self, work: impl FnOnce(&Generation, &mut Writer) -> Result<T>) -> Result<T> {
        let mut slot = self.lock_writer();
        let generation = self.generation();
        let mut writer = match slot.take() {
            Some(writer) => writer,
            None => Writer::new(&generation, 1, self.settings.live_heap)?,
        };
        // On an error the writer is not put back: the next call begins with a new one, at the last commit.
        let done = work(&generation, &mut writer)?;
        *slot = Some(writer);
        Ok(done)
    }

    fn lock_writer(&self) -> MutexGuard<'_, Option<Writer>> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A new index being filled while the old one answers.
pub struct Rebuild<'i> {
    index: &'i Index,
    generation: Generation,
    writer: Writer,
    /// Looking for what an article replaces is dear; here most replace nothing.
    told: HashSet<u128>,
    /// Bytes of bodies since the last commit.
    waiting: usize,
}

impl Rebuild<'_> {
    /// Tells of an article.
    pub fn put(&mut self, article: &IndexedArticle) -> Result<()> {
        if !self.told.insert(article.id) {
            self.delete(article.id);
        }
        self.waiting += article.body.len();
        if self.waiting > MOST_WAITING {
            self.writer.commit(0)?;
            self.waiting = 0;
        }
        self.writer.add(&self.generation, article)
    }

    /// Tells that an article is gone.
    pub fn delete(&mut self, id: u128) {
        self.writer.delete(&self.generation, id);
    }

    /// Puts the new index in the place of the old one, as the state of the log at `position`.
    pub fn finish(self, position: i64) -> Result<()> {
        let Self { index, generation, mut writer, told: _, waiting: _ } = self;
        writer.commit(position)?;
        writer.inner.wait_merging_threads()?;
        generation.reader.reload()?;
        let mut slot = index.lock_writer();
        let live = Writer::new(&generation, 1, index.settings.live_heap)?;
        if let Some(root) = &index.root {
            make_current(root, &generation.name)?;
        }
        *slot = Some(live);
        *index.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(generation);
        Ok(())
    }
}

/// Tantivy's writer with our options.
pub(super) struct Writer {
    inner: IndexWriter,
}

impl Writer {
    fn new(generation: &Generation, threads: usize, heap: usize) -> Result<Self> {
        let threads = threads.clamp(1, 8);
        let options = IndexWriterOptions::builder()
            .num_worker_threads(threads)
            .memory_budget_per_thread(heap)
            .num_merge_threads(threads)
            .build();
        let inner = generation.index.writer_with_options(options)?;
        let mut policy = LogMergePolicy::default();
        policy.set_max_docs_before_merge(LARGEST_SEGMENT);
        policy.set_del_docs_ratio_before_merge(0.2);
        inner.set_merge_policy(Box::new(policy));
        Ok(Self { inner })
    }

    fn put(&self, generation: &Generation, article: &IndexedArticle) -> Result<()> {
        self.delete(generation, article.id);
        self.add(generation, article)
    }

    fn add(&self, generation: &Generation, article: &IndexedArticle) -> Result<()> {
        self.inner.add_document(generation.fields.document(article))?;
        Ok(())
    }

    fn delete(&self, generation: &Generation, id: u128) {
        self.inner.delete_term(generation.fields.id_term(id));
    }

    fn commit(&mut self, position: i64) -> Result<()> {
        let mut prepared = self.inner.prepare_commit()?;
        prepared.set_payload(&position.to_string());
        prepared.commit()?;
        Ok(())
    }
}
