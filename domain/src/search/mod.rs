//! Search: an index of this node's own (`index/`), told by the change log (`follow.rs`), which gives ids and never decides who
//! may see what. Every hit is loaded through the viewer who asks (`find.rs`).

mod document;
mod fill;
mod find;
mod follow;
pub mod index;
mod node;
mod sweep;

pub use find::{
    FacetBucket, FacetCounts, Highlight, HighlightField, Hit, Prepared, Search, SearchQuery, SearchSort,
};
pub use find::{SuggestedName, Suggestions};
pub use node::{Building, SearchStatus};

pub(crate) use follow::follow;
pub(crate) use node::Node;

use std::path::Path;
use std::sync::Arc;

use crate::error::Result;
use crate::newsroom::Room;

/// A file of this name in the index's directory asks the server that uses the directory for a new index.
const REQUEST: &str = "rebuild-requested";

/// Reads public ids in queries, for the index, which knows keys alone.
fn read_id(text: &str) -> Option<u128> {
    crate::id::uuid_of(text).map(|id| id.as_u128())
}

/// How a new index comes to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rebuilt {
    /// It was made, of so many articles.
    Done {
        /// Articles in it.
        articles: u64,
    },
    /// A server uses the directory: it makes the new one while the old one answers.
    Requested,
}

/// Makes a new index in a directory, or asks the server that uses the directory to do so. `progress` is told how many
/// articles are done, and of how many.
pub(crate) async fn rebuild(
    room: &Room,
    directory: &Path,
    progress: impl Fn(Building) + Send,
) -> Result<Rebuilt> {
    let node = match node::open(room, directory).await {
        Ok(opened) => opened.node,
        Err(node::NotOpened::InUse) => {
            let request = directory.join(REQUEST);
            let asked = tokio::fs::write(&request, []).await;
            asked.map_err(|error| node::fault("asking for a new search index", error))?;
            return Ok(Rebuilt::Requested);
        }
        Err(node::NotOpened::Failed(error)) => return Err(error),
    };
    let node = Arc::new(node);
    fill::rebuild(room, &node, progress).await?;
    Ok(Rebuilt::Done { articles: node.documents()? })
}
