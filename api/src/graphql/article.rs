//! What hangs on an article.

use async_graphql::{ComplexObject, Context, Json, Result};
use broadsheet_domain::comment::Branch;
use broadsheet_domain::id::PublicId;
use broadsheet_domain::page::{Binding, page_of_slice};

use super::arguments::{CommentSortView, list_cost, page};
use super::connection::{
    AuthorConnection, CommentConnection, CorrectionConnection, MediaConnection, RelatedConnection,
    RevisionConnection, TopicConnection, connection,
};
use super::errors::graphql;
use super::loaders::{BodyKey, CommentsOf, CorrectionsKey, Loaders, RevisionsKey, StoryKey, shared};
use super::query::parts;
use crate::App;
use crate::views::{
    AliasView, ArticleView, BodyView, CommentView, CorrectionView, RelatedView, RevisionDiffView,
    RevisionView, StoryView,
};

#[ComplexObject]
#[expect(clippy::unused_async, reason = "async-graphql takes async resolvers only")]
impl ArticleView {
    /// What the article says; null where its publisher sends no text.
    async fn body(&self, ctx: &Context<'_>) -> Result<Option<BodyView>> {
        if let Some(body) = &self.article.past_body {
            return Ok(Some(body.as_ref().into()));
        }
        let loaded = ctx.data::<Loaders>()?.bodies.load_one(BodyKey(self.article.record.id.uuid())).await;
        Ok(loaded.map_err(|error| shared(&error))?.map(|body| body.as_ref().into()))
    }

    /// Bylines in the publisher's order.
    #[graphql(complexity = "list_cost(first, last, child_complexity)")]
    async fn authors(
        &self,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<AuthorConnection> {
        let binding = Binding::of(&["article.authors", self.id.as_str()]);
        Ok(connection(
            page_of_slice(&self.authors, binding, &page(first, after, last, before)?).map_err(graphql)?,
        ))
    }

    /// Topics in the publisher's order.
    #[graphql(complexity = "list_cost(first, last, child_complexity)")]
    async fn topics(
        &self,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<TopicConnection> {
        let binding = Binding::of(&["article.topics", self.id.as_str()]);
        Ok(connection(
            page_of_slice(&self.all_topics(), binding, &page(first, after, last, before)?)
                .map_err(graphql)?,
        ))
    }

    /// Images, video and audio in order.
    #[graphql(complexity = "list_cost(first, last, child_complexity)")]
    async fn media(
        &self,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<MediaConnection> {
        let binding = Binding::of(&["article.media", self.id.as_str()]);
        Ok(connection(
            page_of_slice(&self.all_media(), binding, &page(first, after, last, before)?).map_err(graphql)?,
        ))
    }

    /// What it said before, newest first.
    #[graphql(complexity = "list_cost(first, last, child_complexity)")]
    async fn revisions(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<RevisionConnection> {
        let key = RevisionsKey(self.article.record.id.uuid(), page(first, after, last, before)?);
        let loaded = ctx.data::<Loaders>()?.revisions.load_one(key).await.map_err(|error| shared(&error))?;
        let revisions = loaded.ok_or_else(|| graphql(broadsheet_domain::Error::NotFound("article")))?;
        Ok(connection(revisions.map(|revision| RevisionView::from(&revision))))
    }

    /// What was wrong in it, latest first.
    #[graphql(complexity = "list_cost(first, last, child_complexity)")]
    async fn corrections(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<CorrectionConnection> {
        let key = CorrectionsKey(self.article.record.id.uuid(), page(first, after, last, before)?);
        let loaded =
            ctx.data::<Loaders>()?.corrections.load_one(key).await.map_err(|error| shared(&error))?;
        let found = loaded.ok_or_else(|| graphql(broadsheet_domain::Error::NotFound("article")))?;
        Ok(connection(found.map(|correction| CorrectionView::from(&correction))))
    }

    /// The story that it is part of; null where it tells none.
    async fn story(&self, ctx: &Context<'_>) -> Result<Option<StoryView>> {
        let Some(story) = self.article.record.story else { return Ok(None) };
        let loaded = ctx.data::<Loaders>()?.stories.load_one(StoryKey(story.uuid())).await;
        Ok(loaded.map_err(|error| shared(&error))?.map(Into::into))
    }

    /// Other publishers' articles of its story, mixed with articles that have the same telling words, no publisher's too often;
    /// at most 50 in all.
    #[graphql(complexity = "25 + list_cost(first, last, child_complexity)")]
    async fn related(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<RelatedConnection> {
        let (newsroom, viewer) = parts(ctx)?;
        let page = page(first, after, last, before)?;
        let found =
            Box::pin(newsroom.articles(viewer).related(&self.article, &page)).await.map_err(graphql)?;
        Ok(connection(found.map(RelatedView::from)))
    }

    /// schema.org's `NewsArticle`, to stand in a page's `script` element.
    async fn json_ld(&self, ctx: &Context<'_>) -> Result<Json<serde_json::Value>> {
        Ok(Json(crate::rest::json_ld(&ctx.data::<App>()?.config, &self.article)))
    }

    /// The slugs that it had before, latest first; they lead to it still.
    #[graphql(complexity = "5 + child_complexity")]
    async fn aliases(&self, ctx: &Context<'_>) -> Result<Vec<AliasView>> {
        let (newsroom, viewer) = parts(ctx)?;
        let found = newsroom.articles(viewer).aliases(self.article.record.id.uuid()).await;
        Ok(found.map_err(graphql)?.into_iter().map(Into::into).collect())
    }

    /// What is different between two revisions, word by word: headline, dek and body as plain text. `to` is the current one
    /// if left out.
    #[graphql(complexity = "50 + child_complexity")]
    async fn diff(&self, ctx: &Context<'_>, from: u32, to: Option<u32>) -> Result<RevisionDiffView> {
        let (newsroom, viewer) = parts(ctx)?;
        let diff = newsroom.articles(viewer).diff(self.article.record.id, from, to).await;
        Ok(diff.map_err(graphql)?.into())
    }

    /// The comments that answer nothing; each has its `replies`.
    #[graphql(complexity = "list_cost(first, last, child_complexity)")]
    async fn comments(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "CommentSortView::Newest")] sort: CommentSortView,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<CommentConnection> {
        let branch = Branch::Roots(self.article.record.id.uuid());
        comments_of(ctx, branch, sort, page(first, after, last, before)?).await
    }
}

/// A page of comments below an article or comment.
pub async fn comments_of(
    ctx: &Context<'_>,
    branch: Branch,
    sort: CommentSortView,
    page: broadsheet_domain::page::PageRequest,
) -> Result<CommentConnection> {
    let key = CommentsOf { branch, sort: sort.into(), page };
    let loaded = ctx.data::<Loaders>()?.comments.load_one(key).await.map_err(|error| shared(&error))?;
    let comments = loaded.ok_or_else(|| graphql(broadsheet_domain::Error::NotFound("comment")))?;
    Ok(connection(comments.map(CommentView::from)))
}
