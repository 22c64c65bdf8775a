//! The embedded search index: what articles say, by word, and what they are about, by id.
//!
//! It is told of articles by whoever follows the change log, and knows how far in the log it has been told. It never decides
//! who may see what: it gives ids, and must only be told of articles that every reader may see, because counts and suggestions
//! come from it alone.
//!
//! No search takes longer than its [`Deadline`]: it ends with [`IndexError::TooSlow`] instead.

mod address;
mod analysis;
mod collect;
mod deadline;
mod epoch;
mod facets;
mod filter;
mod generation;
mod highlight;
mod plan;
mod prefix;
mod rank;
mod read;
mod schema;
mod similar;
mod statistics;
mod suggest;
#[cfg(test)]
mod tests;
mod words;
mod writer;

pub use deadline::Deadline;
pub use facets::{Bucket, BucketValue, Facet};
pub use filter::{Filters, Pick};
pub use generation::{Opened, Settings, Stats};
pub use highlight::{Fragment, Part, highlight};
pub use read::{Cursor, Direction, Hit, Hits, Request, Sort, Total};
pub use schema::{Flag, IndexedArticle, Kind, Named};
pub use similar::{Sample, Similar};
pub use suggest::{NameSuggestion, Suggestions};
pub use words::any_words;
pub use writer::Rebuild;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, RwLock};

use generation::Generation;

/// Reads a public id (`src_01h455vb4pex5vsknk084sn02q`), where the text is one.
pub type ReadId = fn(&str) -> Option<u128>;

/// Why the index gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// The search took longer than its deadline.
    #[error("The search takes too long: ask for less, or for rarer words.")]
    TooSlow,
    /// The search asks for more than can be answered in bounded time.
    #[error("The search asks for too much at once: {0}.")]
    TooComplex(&'static str),
    /// Another process writes to the same directory.
    #[error("Another process uses this search index.")]
    InUse,
    /// The disk or the index itself is at fault.
    #[error("The search index failed.")]
    Broken(#[source] tantivy::TantivyError),
    /// The directory cannot be used.
    #[error("The directory of the search index cannot be used.")]
    Directory(#[source] std::io::Error),
}

impl From<tantivy::TantivyError> for IndexError {
    fn from(error: tantivy::TantivyError) -> Self {
        match error {
            tantivy::TantivyError::LockFailure(..) => Self::InUse,
            other => Self::Broken(other),
        }
    }
}

impl From<std::io::Error> for IndexError {
    fn from(error: std::io::Error) -> Self {
        Self::Directory(error)
    }
}

/// A result of the index.
pub type Result<T> = std::result::Result<T, IndexError>;

/// The index: any number of readers, and one writer at a time.
pub struct Index {
    root: Option<PathBuf>,
    settings: Settings,
    read_id: ReadId,
    current: RwLock<Arc<Generation>>,
    writer: Mutex<Option<writer::Writer>>,
}

impl Index {
    fn generation(&self) -> Arc<Generation> {
        Arc::clone(&self.current.read().unwrap_or_else(std::sync::PoisonError::into_inner))
    }
}
