//! The tables, row by row. Private to the domain: no row ever reaches a wire.

pub mod accounts;
pub mod article_aliases;
pub mod article_authors;
pub mod article_bodies;
pub mod article_corrections;
pub mod article_revisions;
pub mod article_topics;
pub mod articles;
pub mod authors;
pub mod changes;
pub mod comment_revisions;
pub mod comments;
pub mod feeds;
pub mod followers;
pub mod idempotency_keys;
pub mod media;
pub mod refresh_families;
pub mod refresh_tokens;
pub mod saved_queries;
pub mod sources;
pub mod stories;
pub mod story_edits;
pub mod story_members;
pub mod story_partings;
pub mod threads;
pub mod topics;
