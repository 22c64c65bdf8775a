//! The edge of Broadsheet: REST, GraphQL, feed intake, the command line. What is true and who may do it is decided in the
//! `domain` crate; here it is spoken. No database crate is imported, and no rule is written twice.
//!
//! A reader's question goes `rest` or `graphql` → `caller` → `newsroom` → `views`; news comes in `intake/fetch` →
//! `intake/parse` → `intake/map` → the domain. No step goes back.

use std::sync::Arc;

use broadsheet_domain::Newsroom;
use broadsheet_domain::clock::Clock;
use broadsheet_domain::id::IdSource;

pub mod caching;
pub mod caller;
pub mod cli;
pub mod config;
pub mod demo;
pub mod documents;
pub mod graphql;
pub mod import;
pub mod inputs;
pub mod intake;
pub mod layers;
pub mod listen;
pub mod live;
pub mod metrics;
pub mod outbound;
pub mod problem;
pub mod reading;
pub mod rest;
pub mod router;
pub mod serve;
pub mod sessions;
pub mod syndication;
pub mod tokens;
pub mod views;
pub mod workers;

use caching::{KeptAnswers, Policy};
use caller::Door;
use config::Config;
use outbound::{Outbound, OutboundError};
use sessions::Sessions;
use tokens::{KeyError, Tokens};

/// Everything that requests need.
#[derive(Clone)]
pub struct App {
    /// The domain.
    pub newsroom: Newsroom,
    /// Recognises callers.
    pub door: Door,
    /// Opens, renews and ends sign-ins.
    pub sessions: Sessions,
    /// Signs and verifies.
    pub tokens: Arc<Tokens>,
    /// Answers that may be given again.
    pub kept: KeptAnswers,
    /// Fetches what is outside.
    pub outbound: Outbound,
    /// What the operator decided.
    pub config: Arc<Config>,
}

/// Why the product could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The database or its schema.
    #[error("the newsroom could not be opened")]
    Newsroom(#[from] broadsheet_domain::Error),
    /// The signing keys.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// The outbound client.
    #[error(transparent)]
    Outbound(#[from] OutboundError),
    /// The data directory or the listening address.
    #[error("{0}: {1}")]
    Io(String, std::io::Error),
}

/// Makes a folder for the server's own eyes, where there is none: it will hold e-mail addresses and keys.
fn make_private(path: &std::path::Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

impl App {
    /// Opens the newsroom and the keys, making both where they are missing.
    pub async fn open(config: Config, clock: Arc<dyn Clock>, ids: IdSource) -> Result<Self, StartError> {
        let shown = || format!("the data directory {} could not be made", config.data_dir.display());
        make_private(&config.data_dir).map_err(|error| StartError::Io(shown(), error))?;
        let newsroom = Newsroom::open(&config.database(), config.rules(), clock, ids).await?;
        let tokens = Arc::new(Tokens::open(&config.data_dir.join("keys"), config.public_url())?);
        Ok(Self {
            door: Door::new(newsroom.clone(), Arc::clone(&tokens), config.server.trusted_proxies.clone()),
            sessions: Sessions::new(newsroom.clone(), Arc::clone(&tokens)),
            kept: KeptAnswers::new(config.answer_bytes(), Policy::of(&config)),
            outbound: Outbound::new(config.outbound())?,
            newsroom,
            tokens,
            config: Arc::new(config),
        })
    }
}
