//! Live changes, by `graphql-transport-ws` and `graphql-sse`.

use async_graphql::{Context, ID, Result, Subscription as GraphqlSubscription};
use broadsheet_domain::Viewer;
use broadsheet_domain::changes::Batch;
use futures_util::{Stream, StreamExt as _, stream};

use super::arguments::{ArticleFilterInput, chosen, sequence, watch};
use super::errors::graphql;
use super::query::id;
use crate::App;
use crate::live;
use crate::views::{ArticleEventView, ChangeView, CommentEventView};

/// Live changes.
pub struct Subscription;

fn since(text: Option<ID>) -> Result<Option<i64>> {
    let malformed =
        || broadsheet_domain::Error::invalid("since", "malformed", "must be the `sequence` of an event");
    let parse = |text: ID| {
        text.parse::<i64>().ok().filter(|sequence| *sequence >= 0).ok_or_else(|| graphql(malformed()))
    };
    text.map(parse).transpose()
}

#[GraphqlSubscription]
impl Subscription {
    /// What happens to the comments of an article: posted, edited, deleted, hidden, restored. `since` is the `sequence` of
    /// the last event received: what happened after it comes first.
    async fn comment_events(
        &self,
        ctx: &Context<'_>,
        article_id: ID,
        #[graphql(name = "since")] after: Option<ID>,
    ) -> Result<impl Stream<Item = CommentEventView> + use<>> {
        let (app, viewer) = (ctx.data::<App>()?.clone(), ctx.data::<Viewer>()?.clone());
        let article = id("articleId", &article_id)?;
        live::comment_events(app.newsroom, viewer, article, since(after)?).await.map_err(graphql)
    }

    /// Articles that appear and that the filter lets through, or that a saved query finds. `since` is the `sequence` of the last event received.
    async fn article_published(
        &self,
        ctx: &Context<'_>,
        filter: Option<ArticleFilterInput>,
        query: Option<ID>,
        #[graphql(name = "since")] after: Option<ID>,
    ) -> Result<impl Stream<Item = ArticleEventView> + use<>> {
        let (app, viewer) = (ctx.data::<App>()?.clone(), ctx.data::<Viewer>()?.clone());
        let articles = chosen(&app.newsroom, &viewer, (filter, query)).await?;
        live::article_events(app.newsroom, viewer, articles, since(after)?).await.map_err(graphql)
    }
    /// What happens, from `since` on (or from now), in the order of commits, none left out: the query of the same name as it
    /// grows. `since` is the `sequence` of the last change received. By a saved query it ends when that is changed or deleted:
    /// then begin again with what it finds.
    async fn changes(
        &self,
        ctx: &Context<'_>,
        #[graphql(name = "since")] after: Option<ID>,
        kinds: Option<Vec<String>>,
        filter: Option<ArticleFilterInput>,
        query: Option<ID>,
    ) -> Result<impl Stream<Item = ChangeView> + use<>> {
        let (app, viewer) = (ctx.data::<App>()?.clone(), ctx.data::<Viewer>()?.clone());
        let watch = watch(&app.newsroom, &viewer, kinds, (filter, query)).await?;
        let batches = live::change_batches(app.newsroom, viewer, watch, sequence(after)?).await;
        let changes = |batch: Batch| stream::iter(batch.changes.into_iter().filter_map(ChangeView::of));
        Ok(batches.map_err(graphql)?.flat_map(changes))
    }
}
