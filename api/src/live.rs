//! Live changes: the log's tail, narrowed to what a subscriber follows and seen through its viewer.
//!
//! Nothing is skipped: a subscriber that falls behind the live tail reads the log itself.

use std::sync::Arc;

use async_stream::stream;
use broadsheet_domain::article::ArticleRef;
use broadsheet_domain::change::{Change, ChangeKind};
use broadsheet_domain::changes::{Batch, Watch};
use broadsheet_domain::comment::CommentStatus;
use broadsheet_domain::error::{Error, Result};
use broadsheet_domain::id::{ArticleId, CommentId, PublicId, QueryId};
use broadsheet_domain::query::Definition;
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

/// A saved query, and the newest change before it was read: a later change of it ends what follows it.
pub type Followed = Option<(QueryId, i64)>;

/// A saved query that is to be followed. Say so before it is read.
pub async fn followed(newsroom: &Newsroom, query: Option<QueryId>) -> Result<Followed> {
    match query {
        None => Ok(None),
        Some(query) => Ok(Some((query, newsroom.log().last().await?))),
    }
}

fn is_over(query: Followed, change: &Change) -> bool {
    let is_changed = matches!(change.kind, ChangeKind::QuerySaved | ChangeKind::QueryDeleted);
    is_changed && query.is_some_and(|(query, head)| change.subject == query.uuid() && change.seq > head)
}

/// What a subscriber follows.
pub struct Within {
    /// Which changes.
    pub watch: Watch,
    /// By which query, if any.
    pub query: Followed,
}

/// Every change that the viewer may be told and that is followed, from `since` (or now) on, in batches as they come. A batch
/// may tell nothing: then only its `next` is news.
pub async fn change_batches(
    newsroom: Newsroom,
    viewer: Viewer,
    within: Within,
    since: Option<i64>,
) -> Result<impl Stream<Item = Batch> + Send> {
    let service = newsroom.changes(&viewer);
    let Within { watch, query } = within;
    let since = since.unwrap_or_else(|| service.head());
    service.check_reached(since).await?;
    Ok(stream! {
        for await rows in changes(newsroom.clone(), Some(since)).ready_chunks(TOLD_AT_ONCE) {
            let rows: Vec<&Change> = rows.iter().map(AsRef::as_ref).collect();
            let next = rows.last().map_or(since, |change| change.seq);
            let over = rows.iter().any(|change| is_over(query, change));
            // What could not be read is read again: a subscriber may wait, and misses nothing.
            loop {
                match newsroom.changes(&viewer).tell(&rows, &watch).await {
                    Ok(changes) => {
                        yield Batch { changes, next, more: false };
                        if over {
                            return;
                        }
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
    (articles, query): (Definition, Followed),
    since: Option<i64>,
) -> Result<impl Stream<Item = ArticleEventView> + Send> {
    let asked = newsroom.queries(&viewer).asking(articles).await?;
    Ok(stream! {
        for await change in changes(newsroom.clone(), since) {
            if is_over(query, &change) {
                return;
            }
            if change.kind != ChangeKind::ArticlePublished {
                continue;
            }
            let article = ArticleRef::Id(ArticleId::from_uuid(change.subject));
            let found = async {
                let article = newsroom.articles(&viewer).get(&article).await?;
                let found = newsroom.queries(&viewer).finds(&asked, &article).await?;
                Ok::<_, Error>(found.then_some(article))
            };
            match found.await {
                Ok(Some(article)) => {
                    yield ArticleEventView {
                        sequence: change.seq.to_string().into(),
                        kind: ChangeKindView::ArticlePublished,
                        at: change.at.into(),
                        article: ArticleView::from(article),
                    };
                }
                Ok(None) | Err(Error::NotFound(_)) => {}
                Err(error) => crate::problem::log_internal(&error),
            }
        }
    })
}
