//! What hangs on a comment.

use async_graphql::{ComplexObject, Context, Result};
use broadsheet_domain::comment::Branch;
use broadsheet_domain::id::{CommentId, PublicId};

use super::arguments::{CommentSortView, list_cost, page};
use super::article::comments_of;
use super::connection::{CommentConnection, CommentRevisionConnection, connection};
use super::errors::graphql;
use super::loaders::{Loaders, shared};
use crate::App;
use crate::views::{ArticleView, CommentRevisionView, CommentView};

#[ComplexObject]
impl CommentView {
    /// The article that it stands under.
    async fn article(&self, ctx: &Context<'_>) -> Result<ArticleView> {
        let loaded = ctx
            .data::<Loaders>()?
            .articles
            .load_one(self.article_key)
            .await
            .map_err(|error| shared(&error))?;
        loaded.map(ArticleView::from).ok_or_else(|| graphql(broadsheet_domain::Error::NotFound("article")))
    }

    /// Its direct replies.
    #[graphql(complexity = "list_cost(first, last, child_complexity)")]
    async fn replies(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "CommentSortView::Newest")] sort: CommentSortView,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<CommentConnection> {
        comments_of(ctx, Branch::Replies(self.key), sort, page(first, after, last, before)?).await
    }

    /// What it said before its edits, newest first; for its author and for moderators. One statement for each comment asked.
    #[graphql(complexity = "20 + list_cost(first, last, child_complexity)")]
    async fn revisions(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<CommentRevisionConnection> {
        let (app, viewer) = (ctx.data::<App>()?, ctx.data::<broadsheet_domain::Viewer>()?);
        let page = page(first, after, last, before)?;
        let revisions = app
            .newsroom
            .comments(viewer)
            .revisions(CommentId::from_uuid(self.key), &page)
            .await
            .map_err(graphql)?;
        Ok(connection(revisions.map(|revision| CommentRevisionView::from(&revision))))
    }
}
