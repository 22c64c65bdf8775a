//! Live changes: the log's tail, narrowed to what a subscriber follows and seen through its viewer.
//!
//! Nothing is skipped: a subscriber that falls behind the live tail reads the log itself.

use std::sync::Arc;

use async_stream::stream;
use broadsheet_domain::article::{ArticleFilter, ArticleRef};
use broadsheet_domain::change::{Change, ChangeKind};
use broadsheet_domain::changes::{Batch, Watch};
use broadsheet_domain::comment::CommentStatus;
use broadsheet_domain::error::{Error, Result};
use broadsheet_domain::id::{ArticleId, CommentId, PublicId};
use broadsheet_domain::{Newsroom, Viewer};
use futures_util::{Stream, StreamExt as _};
use tokio::sync::broadcast::error::RecvError;

use crate::views::{ArticleEventView, ArticleView, ChangeKindView, CommentEventView};

const CATCH_UP: u64 = 500;
/// Changes that are looked up together for a subscriber.
const TOLD_AT_ONCE: usize = 200;

/// Every change after `since` (or from now on), in order, as this process hears of them.
fn changes(newsroom: Newsroom, since: Option<i64>) -> impl Stream<Item = Arc<Change>> + Send {
    stream! {
        let mut live = newsroom.log().subscribe();
        let mut seen = since.unwrap_or_else(|| *newsroom.log().head().borrow());
        let mut behind = since.is_some();
        loop {
            while behind {
                match newsroom.log().read(seen, CATCH_UP).await {
                    Ok(missed) => {
                        behind = !missed.is_empty();
                        for change in missed {
                            seen = change.seq;
                            yield Arc::new(change);
                        }
                    }
                    Err(error) => {
                        crate::problem::log_internal(&error);
                        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
                    }
                }
            }
            match live.recv().await {
                Ok(change) if change.seq > seen => {
                    seen = change.seq;
                    yield change;
                }
                Ok(_) => {}
                Err(RecvError::Lagged(_)) => behind = true,
                Err(RecvError::Closed) => return,
            }
        }
    }
}

/// What happens to the comments of an article that the viewer may see.
pub async fn comment_events(
    newsroom: Newsroom,
    viewer: Viewer,
    article: ArticleId,
    since: Option<i64>,
) -> Result<impl Stream<Item = CommentEventView> + Send> {
    newsroom.articles(&viewer).get(&ArticleRef::Id(article)).await?;
    Ok(stream! {
        for await change in changes(newsroom.clone(), since) {
            if change.article != Some(article.uuid()) {
                continue;
            }
            let Some(kind) = comment_kind(change.kind) else { continue };
            let comment = CommentId::from_uuid(change.subject);
            match newsroom.comments(&viewer).get(comment).await {
                Ok(comment) => {
                    // What it says now may be younger than the change; what is told never contradicts what is shown.
                    let kind = if comment.status == CommentStatus::Deleted { ChangeKindView::CommentDeleted } else { kind };
                    yield CommentEventView {
                        sequence: change.seq.to_string().into(),
                        kind,
                        at: change.at.into(),
                        comment: comment.into(),
                    };
                }
                Err(Error::NotFound(_)) => {}
                Err(error) => crate::problem::log_internal(&error),
            }
        }
    })
}

fn comment_kind(kind: ChangeKind) -> Option<ChangeKindView> {
    ChangeKindView::of(kind).filter(|_| kind.family() == "comment")
}

/// Every change that the viewer may be told and that is followed, from `since` (or now) on, in batches as they come. A batch
/// may tell nothing: then only its `next` is news.
pub async fn change_batches(
    newsroom: Newsroom,
    viewer: Viewer,
    watch: Watch,
    since: Option<i64>,
) -> Result<impl Stream<Item = Batch> + Send> {
    let service = newsroom.changes(&viewer);
    let since = since.unwrap_or_else(|| service.head());
    service.check_reached(since).await?;
    Ok(stream! {
        for await rows in changes(newsroom.clone(), Some(since)).ready_chunks(TOLD_AT_ONCE) {
            let rows: Vec<&Change> = rows.iter().map(AsRef::as_ref).collect();
            let next = rows.last().map_or(since, |change| change.seq);
            // What could not be read is read again: a subscriber may wait, and misses nothing.
            loop {
                match newsroom.changes(&viewer).tell(&rows, &watch).await {
                    Ok(changes) => {
                        yield Batch { changes, next, more: false };
                        break;
                    }
                    Err(error) => {
                        crate::problem::log_internal(&error);
                        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
                    }
                }
            }
        }
    })
}

/// Articles that appear and that a filter lets through.
pub async fn article_events(
    newsroom: Newsroom,
    viewer: Viewer,
    filter: ArticleFilter,
    since: Option<i64>,
) -> Result<impl Stream<Item = ArticleEventView> + Send> {
    let filter = newsroom.articles(&viewer).matcher(filter).await?;
    Ok(stream! {
        for await change in changes(newsroom.clone(), since) {
            if change.kind != ChangeKind::ArticlePublished {
                continue;
            }
            let article = ArticleRef::Id(ArticleId::from_uuid(change.subject));
            match newsroom.articles(&viewer).get(&article).await {
                Ok(article) if filter.lets_through(&article) => {
                    yield ArticleEventView {
                        sequence: change.seq.to_string().into(),
                        kind: ChangeKindView::ArticlePublished,
                        at: change.at.into(),
                        article: ArticleView::from(article),
                    };
                }
                Ok(_) | Err(Error::NotFound(_)) => {}
                Err(error) => crate::problem::log_internal(&error),
            }
        }
    })
}
