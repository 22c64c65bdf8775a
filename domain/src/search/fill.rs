//! Makes a new index of everything that readers see, beside the old one, which goes on answering.
//!
//! The log's newest change is noted first and the articles are read after it, so the new index is at least as new as that
//! change; what happens meanwhile is told to it afterwards, by following the log from there.

use std::sync::Arc;

use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};
use tokio::sync::mpsc;
use uuid::Uuid;

use super::document;
use super::index::IndexedArticle;
use super::node::{Building, Node, fault};
use crate::article::ArticleStatus;
use crate::db::entity::articles;
use crate::error::Result;
use crate::newsroom::Room;

/// Articles read at a time.
const BATCH: u64 = 500;
/// Batches that wait for the index; more would only take memory.
const WAITING: usize = 2;

/// What the thread that fills the index is told.
enum Step {
    Articles(Vec<IndexedArticle>),
    /// These were all.
    Finish,
}

/// Makes a new index and puts it in the place of the old one; answers how far in the log it has been told.
pub(super) async fn rebuild(
    room: &Room,
    node: &Arc<Node>,
    progress: impl Fn(Building) + Send,
) -> Result<i64> {
    let position = room.log.last().await?;
    let total = published().count(room.db.primary()).await?;
    node.begin(total);
    let made = make(room, node, position, progress).await;
    node.end(made.is_ok());
    made?;
    node.told(position);
    Ok(position)
}

async fn make(
    room: &Room,
    node: &Arc<Node>,
    position: i64,
    progress: impl Fn(Building) + Send,
) -> Result<()> {
    let (tell, told) = mpsc::channel(WAITING);
    let filling = Arc::clone(node);
    let filled = tokio::task::spawn_blocking(move || fill(&filling, told, position));
    let read = read(room, node, &tell, progress).await;
    // Without the last step, the thread gives up what it has begun.
    drop(tell);
    let filled = filled.await.map_err(|error| fault("filling the search index did not end well", error))?;
    filled.map_err(|error| fault("filling the search index", error))?;
    read
}

/// Reads every article that readers see, in the order of their keys.
async fn read(
    room: &Room,
    node: &Node,
    tell: &mpsc::Sender<Step>,
    progress: impl Fn(Building) + Send,
) -> Result<()> {
    let mut after: Option<Uuid> = None;
    loop {
        let mut find = published().select_only().column(articles::Column::Id);
        if let Some(after) = after {
            find = find.filter(articles::Column::Id.gt(after));
        }
        let find = find.order_by_asc(articles::Column::Id).limit(BATCH);
        let ids: Vec<Uuid> = find.into_tuple().all(room.db.primary()).await?;
        let Some(last) = ids.last().copied() else { break };
        let read = document::load(room, &ids).await?;
        let count = u64::try_from(read.len()).unwrap_or_default();
        if tell.send(Step::Articles(read)).await.is_err() {
            // The thread has ended, and says why.
            return Ok(());
        }
        progress(node.progress(count));
        after = Some(last);
    }
    let _ = tell.send(Step::Finish).await; // where nobody listens, the thread says why
    Ok(())
}

fn published() -> sea_orm::Select<articles::Entity> {
    articles::Entity::find().filter(articles::Column::Status.eq(ArticleStatus::Published.as_str()))
}

fn fill(node: &Node, mut told: mpsc::Receiver<Step>, position: i64) -> super::index::Result<()> {
    let mut rebuild = node.index.rebuild()?;
    while let Some(step) = told.blocking_recv() {
        match step {
            Step::Articles(batch) => batch.iter().try_for_each(|article| rebuild.put(article))?,
            Step::Finish => return rebuild.finish(position),
        }
    }
    Ok(())
}
