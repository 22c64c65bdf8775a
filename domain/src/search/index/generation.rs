//! Generations of the index on disk: each a directory of its own, one of them current.
//!
//! `current` names the generation that answers; it is replaced by renaming, so a crash leaves either the old or the new one.
//! A rebuild fills a new generation while the old one answers. What is neither current nor being filled is removed.

use std::fs;
use std::path::{Path, PathBuf};

use tantivy::directory::MmapDirectory;
use tantivy::{IndexReader, IndexSettings, ReloadPolicy};

use super::epoch::Epochs;
use super::schema::{Fields, LAYOUT, schema};
use super::{IndexError, Result, analysis};

const POINTER: &str = "current";

/// What the index may use.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Memory for articles not yet on disk while following the log, in bytes; at least 15 million.
    pub live_heap: usize,
    /// The same for each thread of a rebuild.
    pub rebuild_heap: usize,
    /// Threads of a rebuild, of eight at most.
    pub rebuild_threads: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { live_heap: 48_000_000, rebuild_heap: 192_000_000, rebuild_threads: 2 }
    }
}

/// What was found when the index was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opened {
    /// Nothing: the log is to be read from its beginning.
    Fresh,
    /// An index that has been told of the log up to here.
    Existing {
        /// The last position that was committed.
        position: i64,
    },
    /// An index that is of no use. A new one stands in its place: the log is to be read from its beginning.
    Discarded(String),
}

/// Figures of the index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stats {
    /// Articles.
    pub documents: u64,
    /// Articles that are gone and still take up space.
    pub deleted: u64,
    /// On disk.
    pub bytes: u64,
    /// Parts that a search reads one by one.
    pub segments: u64,
    /// How far in the log it has been told.
    pub position: i64,
}

/// One index and its reader.
pub(crate) struct Generation {
    pub(crate) index: tantivy::Index,
    pub(crate) reader: IndexReader,
    pub(crate) fields: Fields,
    pub(crate) name: String,
    pub(crate) epochs: Epochs,
}

impl Generation {
    /// In memory.
    pub(crate) fn in_memory() -> Result<Self> {
        let (schema, _) = schema();
        Self::of(tantivy::Index::create_in_ram(schema), String::new())
    }

    /// An empty one on disk.
    pub(crate) fn create(root: &Path) -> Result<Self> {
        let number = numbers(root)?.into_iter().max().unwrap_or(0) + 1;
        let name = format!("v{LAYOUT}-{number}");
        let path = root.join(&name);
        fs::create_dir_all(&path)?;
        let directory = MmapDirectory::open(&path).map_err(tantivy::TantivyError::from)?;
        let (schema, _) = schema();
        let index = tantivy::Index::create(directory, schema, IndexSettings::default())?;
        Self::of(index, name)
    }

    /// The current one on disk; an error says in words why there is none that can be used.
    pub(crate) fn open(root: &Path) -> std::result::Result<Self, String> {
        // Tantivy panics over files that were cut short.
        std::panic::catch_unwind(|| Self::open_sound(root))
            .unwrap_or_else(|_| Err("damaged files".to_owned()))
    }

    fn open_sound(root: &Path) -> std::result::Result<Self, String> {
        let name = fs::read_to_string(root.join(POINTER)).map_err(|error| format!("no pointer: {error}"))?;
        let name = name.trim();
        if !name.starts_with(&format!("v{LAYOUT}-")) || name.contains(['/', '\\']) {
            return Err(format!("another layout: {name}"));
        }
        let index = tantivy::Index::open_in_dir(root.join(name)).map_err(|error| error.to_string())?;
        let (schema, _) = schema();
        if index.schema() != schema {
            return Err("another schema".to_owned());
        }
        Self::of(index, name.to_owned()).map_err(|error| format!("{error}: {}", cause(&error)))
    }

    fn of(index: tantivy::Index, name: String) -> Result<Self> {
        let (_, fields) = schema();
        analysis::register(index.tokenizers());
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        Ok(Self { index, reader, fields, name, epochs: Epochs::default() })
    }

    /// How far in the log it has been told: 0 for nothing at all.
    pub(crate) fn position(&self) -> Result<i64> {
        let payload = self.index.load_metas()?.payload;
        Ok(payload.and_then(|payload| payload.parse().ok()).unwrap_or(0))
    }

    /// Its figures.
    pub(crate) fn stats(&self) -> Result<Stats> {
        let searcher = self.reader.searcher();
        let readers = searcher.segment_readers();
        let bytes = searcher.space_usage()?.total().get_bytes();
        Ok(Stats {
            documents: searcher.num_docs(),
            deleted: readers.iter().map(|reader| u64::from(reader.num_deleted_docs())).sum(),
            bytes,
            segments: u64::try_from(readers.len()).unwrap_or(u64::MAX),
            position: self.position()?,
        })
    }
}

/// Makes a generation the current one and removes the others.
pub(crate) fn make_current(root: &Path, name: &str) -> Result<()> {
    let new = root.join(format!("{POINTER}.new"));
    let file = fs::File::create(&new)?;
    std::io::Write::write_all(&mut &file, name.as_bytes())?;
    file.sync_all()?;
    fs::rename(&new, root.join(POINTER))?;
    sync_directory(root)?;
    remove_others(root, name)
}

/// Removes every generation but one.
pub(crate) fn remove_others(root: &Path, name: &str) -> Result<()> {
    for path in generations(root)? {
        if path.file_name().is_some_and(|found| found != name) {
            fs::remove_dir_all(&path)?;
        }
    }
    Ok(())
}

/// Whether nothing was ever kept here.
pub(crate) fn is_empty(root: &Path) -> Result<bool> {
    Ok(!root.join(POINTER).exists() && generations(root)?.is_empty())
}

fn generations(root: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(root)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() && number(&entry.file_name().to_string_lossy()).is_some() {
            found.push(entry.path());
        }
    }
    Ok(found)
}

fn numbers(root: &Path) -> Result<Vec<u64>> {
    let names = generations(root)?;
    Ok(names.iter().filter_map(|path| number(&path.file_name()?.to_string_lossy())).collect())
}

/// The number in `v1-7`.
fn number(name: &str) -> Option<u64> {
    let (layout, number) = name.strip_prefix('v')?.split_once('-')?;
    layout.parse::<u32>().ok()?;
    number.parse().ok()
}

/// A rename is on disk once its directory is.
fn sync_directory(root: &Path) -> Result<()> {
    Ok(fs::File::open(root)?.sync_all()?)
}

fn cause(error: &IndexError) -> String {
    std::error::Error::source(error).map(ToString::to_string).unwrap_or_default()
}
