//! How long a search may take.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tantivy::TantivyError;

use super::IndexError;

/// The moment by which a search must have ended. One for each search.
#[derive(Clone, Debug)]
pub struct Deadline {
    at: Option<Instant>,
    passed: Arc<AtomicBool>,
}

impl Deadline {
    /// So long from now.
    pub fn within(time: Duration) -> Self {
        Self { at: Instant::now().checked_add(time), passed: Arc::default() }
    }

    /// As long as it takes, for programs that nobody waits for.
    pub fn never() -> Self {
        Self { at: None, passed: Arc::default() }
    }

    /// An error once the moment has come.
    pub(crate) fn check(&self) -> tantivy::Result<()> {
        if self.at.is_none_or(|at| Instant::now() < at) {
            return Ok(());
        }
        self.passed.store(true, Ordering::Relaxed);
        Err(TantivyError::InternalError("the deadline has passed".to_owned()))
    }

    /// What an error under this deadline means.
    pub(crate) fn explain(&self, error: TantivyError) -> IndexError {
        if self.passed.load(Ordering::Relaxed) { IndexError::TooSlow } else { error.into() }
    }
}
