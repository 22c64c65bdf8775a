//! Passwords: Argon2id on a bounded number of threads, and the same work for accounts that do not exist.

use std::sync::Arc;

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use tokio::sync::{OnceCell, Semaphore};

use crate::error::{Error, Fault, Result};

/// Hashes and verifies; at most so many at a time, since each takes memory and a core.
pub(crate) struct Passwords {
    threads: Arc<Semaphore>,
    /// A hash of nobody's password, so that an unknown e-mail costs what a wrong password costs.
    nobody: OnceCell<String>,
}

impl Passwords {
    pub(crate) fn new(threads: usize) -> Self {
        Self { threads: Arc::new(Semaphore::new(threads.max(1))), nobody: OnceCell::new() }
    }

    /// The password as it may be stored (a PHC string with its own salt).
    pub(crate) async fn hash(&self, password: &str) -> Result<String> {
        let password = password.to_owned();
        let hash = move || Argon2::default().hash_password(password.as_bytes()).map(|hash| hash.to_string());
        let hashed = self.on_a_thread(hash).await?;
        hashed.map_err(|error| Error::Internal(Fault::new("a password could not be hashed", error)))
    }

    /// Whether the password is the one behind `stored`; without one the same work is done for nothing.
    pub(crate) async fn verify(&self, password: &str, stored: Option<String>) -> Result<bool> {
        let known = stored.is_some();
        let stored = match stored {
            Some(hash) => hash,
            None => self.nobody.get_or_try_init(|| self.hash("nobody has this password")).await?.clone(),
        };
        let password = password.to_owned();
        let verify = move || Argon2::default().verify_password(password.as_bytes(), stored.as_str()).is_ok();
        Ok(self.on_a_thread(verify).await? && known)
    }

    async fn on_a_thread<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let internal = |error: Box<dyn std::error::Error + Send + Sync>| {
            Error::Internal(Fault::new("password work did not end well", error))
        };
        let permit =
            Arc::clone(&self.threads).acquire_owned().await.map_err(|error| internal(error.into()))?;
        let done = tokio::task::spawn_blocking(move || {
            let _permit = permit; // given back when the work is done, even if the caller has gone
            work()
        });
        done.await.map_err(|error| internal(error.into()))
    }
}
