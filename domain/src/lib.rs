//! What is true in Broadsheet and who may do it.
//!
//! The only way in is [`Newsroom`](newsroom::Newsroom): every call starts from a [`Viewer`](policy::Viewer), so that what
//! somebody may see is decided in one place for lists, counts, relations, subscriptions and feeds alike. Nothing here
//! speaks a protocol; see the `api` crate for those. To add an aggregate: a folder with its types, its reads and its
//! writes, an accessor in `newsroom.rs`, and its kinds of change in `change.rs`.

#![warn(missing_docs)]

pub mod account;
pub mod article;
pub mod author;
pub mod change;
pub mod changes;
pub mod clock;
pub mod comment;
mod db;
pub mod error;
pub mod freshness;
pub mod id;
mod idempotency;
mod memory;
pub mod newsroom;
pub mod page;
pub mod policy;
pub mod query;
pub mod reads;
pub mod search;
pub mod source;
pub mod story;
pub mod text;
pub mod topic;
pub mod trending;

pub use db::DatabaseSettings;
pub use error::{Error, Result};
pub use newsroom::{Newsroom, Settings};
pub use policy::Viewer;
